#!/usr/bin/env python3
"""Measures the catalog with 100,000 partitions on one table.

    cargo xtask figures catalog

builds the release binary and runs this with the test clients. Times are those of boto3, which reads the
answers too; of questions the median of several.
"""

import itertools
import statistics
import sys
import tempfile
import time

from figures import client, resident_mib, start

PARTITIONS = 100_000
REPEATS = 7
KEYS = {"year": "int", "month": "string", "day": "int", "hour": "string"}
COLUMNS = [{"Name": f"c{number}", "Type": "string"} for number in range(10)]
TABLE = {"DatabaseName": "lake", "TableName": "events"}


def descriptor(location):
    return {"Columns": COLUMNS, "Location": location, "SerdeInfo": {"SerializationLibrary": "x"}}


def partitions():
    values = itertools.product(range(2010, 2022), range(1, 13), range(1, 31), range(24))
    for year, month, day, hour in itertools.islice(values, PARTITIONS):
        path = f"s3://lake/events/year={year}/month={month:02}/day={day}/hour={hour:02}/"
        values = [str(year), f"{month:02}", str(day), f"{hour:02}"]
        yield {"Values": values, "StorageDescriptor": descriptor(path)}


def elapsed(action):
    began = time.perf_counter()
    answer = action()
    return time.perf_counter() - began, answer


def asked(action):
    times = []
    for _ in range(REPEATS):
        seconds, answer = elapsed(action)
        times.append(seconds)
    return statistics.median(times), answer


def row(what, seconds, found=""):
    print(f"| {what} | {seconds * 1000:,.1f} ms | {found} |")


def expressions(glue):
    def matching(expression):
        pages = glue.get_paginator("get_partitions").paginate(
            **TABLE, Expression=expression, ExcludeColumnSchema=True
        )
        return sum(len(page["Partitions"]) for page in pages)

    for expression in (
        "year = 2020 AND month = '03' AND day = 7",
        "year > 2020 AND hour = '11' AND day = 7",
        "hour = '11' AND day = 7 AND month IN ('03', '04')",
        "hour = '99'",
        "year = 1999",
    ):
        seconds, found = asked(lambda: matching(expression))
        row(f"GetPartitions `{expression}`", seconds, found)


def main(binary):
    with tempfile.TemporaryDirectory() as folder:
        server, endpoint, _ = start(binary, folder)
        try:
            measure(client("glue", endpoint))
            print(f"\nmemory of the server at the end: {resident_mib(server):.0f} MiB")
        finally:
            server.terminate()
            server.wait()


def measure(glue):
    glue.create_database(DatabaseInput={"Name": "lake"})
    keys = [{"Name": name, "Type": kind} for name, kind in KEYS.items()]
    table = {"Name": "events", "PartitionKeys": keys, "StorageDescriptor": descriptor("s3://lake/events/")}
    glue.create_table(DatabaseName="lake", TableInput=table)
    print(f"one table of {PARTITIONS:,} partitions\n\n| what | time | partitions |\n| --- | ---: | ---: |")

    def create():
        made = partitions()
        while batch := list(itertools.islice(made, 100)):
            answer = glue.batch_create_partition(**TABLE, PartitionInputList=batch)
            assert not answer.get("Errors"), answer["Errors"]

    seconds, _ = elapsed(create)
    row("BatchCreatePartition, 100 a call", seconds, f"{PARTITIONS:,}")
    seconds, page = asked(lambda: glue.get_partitions(**TABLE, MaxResults=100)["Partitions"])
    row("GetPartitions, a page of 100", seconds, len(page))
    values = ["2015", "06", "7", "11"]
    seconds, _ = asked(lambda: glue.get_partition(**TABLE, PartitionValues=values))
    row("GetPartition", seconds, 1)
    expressions(glue)
    seconds, _ = elapsed(
        lambda: glue.create_partition_index(
            **TABLE, PartitionIndex={"IndexName": "by_hour", "Keys": ["hour", "day"]}
        )
    )
    row("CreatePartitionIndex (hour, day)", seconds)
    while glue.get_partition_indexes(**TABLE)["PartitionIndexDescriptorList"][0]["IndexStatus"] != "ACTIVE":
        time.sleep(0.1)
    print("\nwith the index\n\n| what | time | partitions |\n| --- | ---: | ---: |")
    expressions(glue)


if __name__ == "__main__":
    main(sys.argv[1])
