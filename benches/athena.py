#!/usr/bin/env python3
"""Measures Athena as clients feel it: one query, planning over many partitions, many clients at once.

    cargo xtask figures athena

builds the release binary and runs this with the test clients. By itself it takes another binary, and how
long and with how many clients to go on:

    python benches/athena.py target/debug/lakebed --clients 20 --seconds 10
"""

import argparse
import collections
import statistics
import sys
import tempfile
import threading
import time

from figures import client, query, resident_mib, start

REPEATS = 50
PARTITIONS = 10_000

# What the clients ask, over and over: the mix of a notebook, a dashboard and a pipeline. `{n}` is another
# number each time.
MIX = [
    "SELECT 1",
    "SELECT kind, count(*) AS n, sum(amount) AS amount FROM sales GROUP BY kind ORDER BY kind",
    "SELECT id, amount FROM sales WHERE day = '2026-01-{day:02}' AND amount > {n} ORDER BY amount DESC LIMIT 10",
    "SELECT a.kind, max(b.amount) FROM sales a JOIN sales b ON a.id = b.id WHERE a.day = '2026-01-{day:02}' GROUP BY a.kind",
    "SHOW PARTITIONS sales",
    "DESCRIBE sales",
    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'default'",
    "CREATE TABLE made_{n} WITH (external_location = 's3://lake/made/{n}/') AS SELECT id, amount FROM sales WHERE day = '2026-01-{day:02}'",
    "UNLOAD (SELECT id FROM sales WHERE day = '2026-01-{day:02}') TO 's3://lake/unloaded/{n}/' WITH (format = 'PARQUET')",
    "INSERT INTO appended SELECT id, amount FROM sales WHERE day = '2026-01-{day:02}' LIMIT 5",
]


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def prepare(endpoint):
    s3, glue, athena = (client(service, endpoint) for service in ("s3", "glue", "athena"))
    for bucket in ("lake", "results"):
        s3.create_bucket(Bucket=bucket)
    glue.create_database(DatabaseInput={"Name": "default"})
    query(
        athena,
        """CREATE TABLE sales WITH (external_location = 's3://lake/sales/', partitioned_by = ARRAY['day']) AS
        SELECT n AS id, n % 7 AS kind, (n * 7919) % 10000 AS amount, concat('2026-01-', lpad(CAST(n % 28 + 1 AS varchar), 2, '0')) AS day
        FROM UNNEST(sequence(1, 10000)) AS t(n)""",
    )
    query(athena, "CREATE TABLE appended WITH (external_location = 's3://lake/appended/') AS SELECT CAST(1 AS bigint) AS id, CAST(1 AS bigint) AS amount")


def latency(endpoint):
    """Milliseconds of `SELECT 1`, from start to rows."""
    athena = client("athena", endpoint)
    took = [query(athena, "SELECT 1") for _ in range(REPEATS)]
    return {"SELECT 1, median ms": statistics.median(took), "SELECT 1, 95th percentile ms": percentile(took, 0.95)}


def planning(endpoint):
    """Milliseconds that a query over one of many partitions is planned, as the query says."""
    glue, athena = client("glue", endpoint), client("athena", endpoint)
    query(athena, "CREATE EXTERNAL TABLE many (n int) PARTITIONED BY (p int) STORED AS PARQUET LOCATION 's3://lake/many/'")
    storage = glue.get_table(DatabaseName="default", Name="many")["Table"]["StorageDescriptor"]
    for first in range(0, PARTITIONS, 100):
        glue.batch_create_partition(
            DatabaseName="default", TableName="many",
            PartitionInputList=[
                {"Values": [str(p)], "StorageDescriptor": {**storage, "Location": f"s3://lake/many/p={p}/"}}
                for p in range(first, first + 100)
            ],
        )
    took = {}
    for name, condition in [("one of 10,000 partitions", "p = 5000"), ("all of 10,000 partitions", "p >= 0")]:
        planned = []
        for _ in range(10):
            query_id = athena.start_query_execution(
                QueryString=f"SELECT count(*) FROM many WHERE {condition}", ResultConfiguration={"OutputLocation": "s3://results/"}
            )["QueryExecutionId"]
            while (execution := athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"])["Status"]["State"] in ("QUEUED", "RUNNING"):
                time.sleep(0.001)
            assert execution["Status"]["State"] == "SUCCEEDED", execution
            planned.append(execution["Statistics"]["QueryPlanningTimeInMillis"])
        took[f"planning a query of {name}, median ms"] = statistics.median(planned)
    return took


def crowd(process, endpoint, clients, seconds):
    """Many clients with the mix; nothing may fail but by quota."""
    took = collections.defaultdict(list)
    failures, refused, lock = [], [], threading.Lock()
    until = time.monotonic() + seconds

    def go_on(number):
        athena = client("athena", endpoint)
        turn = 0
        while time.monotonic() < until and not failures:
            kind = (number + turn) % len(MIX)
            turn += 1
            sql = MIX[kind].format(n=number * 1_000_000 + turn, day=(number + turn) % 28 + 1)
            try:
                milliseconds = query(athena, sql, pause=0.02)
            except athena.exceptions.TooManyRequestsException:
                # More than 20 statements of DDL at a time are refused, as on AWS.
                with lock:
                    refused.append(sql)
                time.sleep(0.1)
                continue
            except Exception as error:  # whatever it is, it is a failure of the run
                with lock:
                    failures.append(f"{sql}: {error}")
                return
            with lock:
                took[kind].append(milliseconds)

    before = resident_mib(process)
    threads = [threading.Thread(target=go_on, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    memory = [before]
    while any(thread.is_alive() for thread in threads):
        memory.append(resident_mib(process))
        time.sleep(0.5)
    if failures:
        sys.exit(f"{len(failures)} queries failed, the first: {failures[0]}")
    everything = [milliseconds for some in took.values() for milliseconds in some]
    half = memory[len(memory) // 2:]
    return {
        f"{clients} clients, queries in {seconds} s": len(everything),
        f"{clients} clients, refused by quota": len(refused),
        f"{clients} clients, median ms": statistics.median(everything),
        f"{clients} clients, 99th percentile ms": percentile(everything, 0.99),
        "memory before, MiB": before,
        "memory, highest, MiB": max(memory),
        "memory, highest of the first half, MiB": max(memory[: len(memory) // 2] or memory),
        "memory, highest of the second half, MiB": max(half),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=120)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        process, endpoint, _ = start(options.binary, f"{folder}/data")
        try:
            prepare(endpoint)
            figures = latency(endpoint) | planning(endpoint) | crowd(process, endpoint, options.clients, options.seconds)
        finally:
            process.terminate()
            process.wait()
    width = max(map(len, figures))
    for name, value in figures.items():
        print(f"{name:<{width}}  {value:10.2f}")


if __name__ == "__main__":
    main()
