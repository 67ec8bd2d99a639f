#!/usr/bin/env python3
"""Measures crawls beside DuckDB, which looks at the same files in the same run.

    cargo xtask figures crawlers

builds the release binary and runs this with the test clients. DuckDB is asked for the columns only
(`DESCRIBE`, `sniff_csv`): the crawler does that, groups the files and writes tables and partitions.
Each figure is the median of several runs; memory is the peak of the process while it ran.
"""

import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import boto3
import botocore.config
import duckdb
import pyarrow
import pyarrow.parquet

ROLE = "arn:aws:iam::000000000000:role/crawler"
REPEATS = 3
MIB = 1 << 20
LARGE_BYTES = 5 << 30


def write_small_csv_files(folder):
    """10,000 files of 40 rows in 1,000 partitions."""
    for day in range(1_000):
        partition = folder / f"year={2024 + day // 365}" / f"day={day % 365:03}"
        partition.mkdir(parents=True)
        for part in range(10):
            rows = "".join(f"{day},{part},{row},name {row},{row * 1.5}\n" for row in range(40))
            (partition / f"{part}.csv").write_text("day_number,part,id,name,amount\n" + rows)


def write_large_csv_file(folder):
    """One file of 5 GiB: its first 16 MiB are rows, the rest is a hole that takes no disk."""
    folder.mkdir(parents=True)
    with open(folder / "large.csv", "w") as file:
        file.write("id,name,amount\n")
        row = 0
        while file.tell() < 16 * MIB:
            file.write("".join(f"{row + n},name {row + n},{(row + n) * 1.5}\n" for n in range(10_000)))
            row += 10_000
        file.truncate(LARGE_BYTES)


def write_parquet_files(folder):
    """2,000 files of 20 columns and 1,000 rows."""
    columns = {f"c{n}": list(range(1_000)) for n in range(10)} | {f"t{n}": ["text"] * 1_000 for n in range(10)}
    table = pyarrow.table(columns)
    for part in range(2_000):
        partition = folder / f"month={part // 100:02}"
        partition.mkdir(parents=True, exist_ok=True)
        pyarrow.parquet.write_table(table, partition / f"{part}.parquet")


# What is written, how many files that is, and what DuckDB is asked.
CASES = {
    "10,000 small CSV files": (
        write_small_csv_files,
        10_000,
        "DESCRIBE SELECT * FROM read_csv('{folder}/**/*.csv', hive_partitioning = true, union_by_name = true)",
    ),
    "one CSV file of 5 GiB": (write_large_csv_file, 1, "SELECT * FROM sniff_csv('{folder}/large.csv')"),
    "2,000 Parquet files": (
        write_parquet_files,
        2_000,
        "DESCRIBE SELECT * FROM read_parquet('{folder}/**/*.parquet', hive_partitioning = true, union_by_name = true)",
    ),
}


def start(binary, data):
    """A server over the folder, when it has found the files there."""
    command = [binary, "up", "--port", "0", "--data-dir", str(data)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in process.stdout:
        if found := re.search(r"http://127\.0\.0\.1:\d+", line):
            return process, found.group()
    sys.exit("the server ended before it served")


def client(service, endpoint):
    config = botocore.config.Config(retries={"total_max_attempts": 1}, read_timeout=600)
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        config=config,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def peak_mib(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) / 1024


def forget_peak(process):
    pathlib.Path(f"/proc/{process.pid}/clear_refs").write_text("5")


def crawl(glue):
    """Crawls anew, from no table to all; gives the seconds."""
    if any(database["Name"] == "lake" for database in glue.get_databases()["DatabaseList"]):
        glue.delete_database(Name="lake")
    began = time.perf_counter()
    glue.start_crawler(Name="crawler")
    while (crawler := glue.get_crawler(Name="crawler")["Crawler"])["State"] != "READY":
        time.sleep(0.002)
    seconds = time.perf_counter() - began
    if crawler["LastCrawl"]["Status"] != "SUCCEEDED":
        sys.exit(f"the crawl did not succeed: {crawler['LastCrawl']}")
    return seconds


def measure_crawls(binary, data, files):
    """Seconds and MiB of crawling the bucket `lake`."""
    process, endpoint = start(binary, data)
    try:
        s3, glue = client("s3", endpoint), client("glue", endpoint)
        found = sum(page["KeyCount"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket="lake"))
        if found != files:
            sys.exit(f"{found} of {files} files were found")
        targets = {"S3Targets": [{"Path": "s3://lake/data/"}]}
        glue.create_crawler(Name="crawler", Role=ROLE, DatabaseName="lake", Targets=targets)
        forget_peak(process)
        seconds = statistics.median(crawl(glue) for _ in range(REPEATS))
        tables = glue.get_tables(DatabaseName="lake")["TableList"]
        if len(tables) != 1:
            sys.exit(f"one table was to be made, not {[table['Name'] for table in tables]}")
        return seconds, peak_mib(process)
    finally:
        process.terminate()
        process.wait()


DUCKDB = """
import resource, statistics, sys, time
import duckdb
seconds = []
for _ in range(int(sys.argv[2])):
    connection = duckdb.connect()
    began = time.perf_counter()
    connection.sql(sys.argv[1]).fetchall()
    seconds.append(time.perf_counter() - began)
print(statistics.median(seconds), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def measure_duckdb(question):
    """Seconds and MiB of DuckDB, in a process of its own."""
    command = [sys.executable, "-c", DUCKDB, question, str(REPEATS)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, mib = done.stdout.split()
    return float(seconds), float(mib)


def main():
    binary = sys.argv[1]
    print(f"DuckDB {duckdb.__version__}; medians of {REPEATS}\n")
    print("| files | crawl | files/s | peak MiB | DuckDB | peak MiB | crawl / DuckDB |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, (write, files, question) in CASES.items():
        data = pathlib.Path(tempfile.mkdtemp(prefix="lakebed-crawlers-"))
        try:
            folder = data / "buckets" / "lake" / "data"
            write(folder)
            ours, our_mib = measure_crawls(binary, data, files)
            theirs, their_mib = measure_duckdb(question.format(folder=folder))
            print(
                f"| {name} | {ours:.3f} s | {files / ours:,.0f} | {our_mib:.0f} "
                f"| {theirs:.3f} s | {their_mib:.0f} | {ours / theirs:.2f} |",
                flush=True,
            )
        finally:
            shutil.rmtree(data)


main()
