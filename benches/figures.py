#!/usr/bin/env python3
"""Measures what a user feels: start, memory, size, the lab, and queries through boto3.

    cargo xtask figures

builds the release binary and runs this with the test clients. Every figure is the median of several
runs on this machine, in this one run; DuckDB, in process, stands beside the queries.
"""

import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import boto3
import botocore.config
import duckdb

ROOT = pathlib.Path(__file__).resolve().parents[1]
USAGE = ROOT / "fixtures/workshop/csv/ai-tool-usage.csv"
AGGREGATE = "SELECT ai_tool, count(*) AS n, count(DISTINCT student_id) AS students FROM usage GROUP BY ai_tool ORDER BY n DESC"
REPEATS = 15


def start(binary, folder):
    """A server, and the milliseconds until it answered its first request."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [binary, "up", "--port", "0", "--data-dir", folder, "--json"], stdout=subprocess.PIPE, text=True
    )
    endpoint = json.loads(process.stdout.readline())["endpoint"]
    urllib.request.urlopen(f"{endpoint}/_lakebed/health").read()
    return process, endpoint, (time.perf_counter() - began) * 1000


def resident_mib(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) / 1024


def client(service, endpoint):
    config = botocore.config.Config(retries={"total_max_attempts": 1})
    return boto3.client(
        service, endpoint_url=endpoint, region_name="us-east-1", config=config,
        aws_access_key_id="test", aws_secret_access_key="test",
    )


def query(athena, sql, pause=0):
    """Milliseconds from start_query_execution to the rows, asking again after a pause in seconds."""
    began = time.perf_counter()
    query_id = athena.start_query_execution(
        QueryString=sql, ResultConfiguration={"OutputLocation": "s3://results/"}
    )["QueryExecutionId"]
    while True:
        status = athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"]
        if status["State"] not in ("QUEUED", "RUNNING"):
            break
        time.sleep(pause)
    assert status["State"] == "SUCCEEDED", status
    athena.get_query_results(QueryExecutionId=query_id)
    return (time.perf_counter() - began) * 1000


def median(measure):
    return statistics.median(measure() for _ in range(REPEATS))


def measure(binary):
    figures = {"release binary, MB": os.path.getsize(binary) / 1e6}
    starts = []
    for _ in range(5):
        with tempfile.TemporaryDirectory() as folder:
            process, _, milliseconds = start(binary, folder)
            starts.append(milliseconds)
            process.terminate()
            process.wait()
    figures["start to first answer, ms"] = statistics.median(starts)

    with tempfile.TemporaryDirectory() as folder:
        labs = []
        for _ in range(5):
            done = subprocess.run([binary, "lab", "run", "--json", "--data-dir", f"{folder}/lab"], capture_output=True, check=True)
            labs.append(json.loads(done.stdout)["seconds"])
        figures["lab run, warm, s"] = statistics.median(labs)

        process, endpoint, _ = start(binary, f"{folder}/data")
        time.sleep(1)
        figures["idle memory, MiB"] = resident_mib(process)
        s3, athena = client("s3", endpoint), client("athena", endpoint)
        for bucket in ["raw", "results"]:
            s3.create_bucket(Bucket=bucket)
        s3.upload_file(str(USAGE), "raw", "usage/usage.csv")
        header = USAGE.read_text(encoding="utf-8-sig").splitlines()[0]
        columns = ", ".join(f"{name} string" for name in header.split(","))
        query(athena, "CREATE DATABASE IF NOT EXISTS default")
        query(athena, f"CREATE EXTERNAL TABLE usage ({columns}) ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde' LOCATION 's3://raw/usage/' TBLPROPERTIES ('skip.header.line.count'='1')")
        figures["SELECT 1 through boto3, ms"] = median(lambda: query(athena, "SELECT 1"))
        figures["5,000-row CSV aggregate through boto3, ms"] = median(lambda: query(athena, AGGREGATE))
        figures["memory after queries, MiB"] = resident_mib(process)
        process.terminate()
        process.wait()

    database = duckdb.connect()
    database.execute(f"CREATE VIEW usage AS SELECT * FROM read_csv('{USAGE}', all_varchar = true)")

    def in_duckdb():
        began = time.perf_counter()
        database.execute(AGGREGATE).fetchall()
        return (time.perf_counter() - began) * 1000

    figures["the same aggregate in DuckDB, in process, ms"] = median(in_duckdb)
    return figures


if __name__ == "__main__":
    figures = measure(sys.argv[1])
    width = max(map(len, figures))
    for name, value in figures.items():
        print(f"{name:<{width}}  {value:10.2f}")
