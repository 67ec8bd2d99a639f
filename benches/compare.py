#!/usr/bin/env python3
"""Runs SQL files over the same Parquet files on Lakebed and on DuckDB, and compares rows and times.

    python benches/compare.py target/release/lakebed DATA QUERIES [--json]

DATA has a Parquet file, or a folder of them, for each table; QUERIES has a .sql file for each query,
in a dialect that both take. TPC-H's data is made by `tpchgen-cli parquet -s 1 --output-dir DATA`.
Numbers are the same if they differ by less than one in a billion, or where DuckDB's, rounded to the
digits of ours, is ours: averages and quotients of decimals have few digits in Trino. Rows of queries
without ORDER BY are compared sorted. The exit code is 1 if a query fails or differs.
"""

import argparse
import decimal
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import boto3
import botocore.config
import duckdb

HIVE = {
    "BIGINT": "bigint",
    "INTEGER": "int",
    "SMALLINT": "smallint",
    "TINYINT": "tinyint",
    "DOUBLE": "double",
    "FLOAT": "float",
    "BOOLEAN": "boolean",
    "VARCHAR": "string",
    "BLOB": "binary",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
}


class Lakebed:
    """A server of its own, with the tables of a folder."""

    def __init__(self, binary, folder):
        command = [binary, "up", "--port", "0", "--data-dir", folder, "--json"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        options = {
            "endpoint_url": json.loads(self.process.stdout.readline())["endpoint"],
            "region_name": "us-east-1",
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
            "config": botocore.config.Config(s3={"addressing_style": "path"}),
        }
        self.s3 = boto3.client("s3", **options)
        self.athena = boto3.client("athena", **options)
        self.s3.create_bucket(Bucket="compare")
        self.rows("CREATE DATABASE compare")

    def add(self, name, files, columns):
        for file in files:
            self.s3.upload_file(str(file), "compare", f"{name}/{file.name}")
        columns = ", ".join(f"`{column}` {hive(kind)}" for column, kind in columns)
        location = f"s3://compare/{name}/"
        self.rows(f"CREATE EXTERNAL TABLE compare.{name} ({columns}) STORED AS PARQUET LOCATION '{location}'")

    def rows(self, query):
        started = self.athena.start_query_execution(
            QueryString=query,
            QueryExecutionContext={"Database": "compare"},
            ResultConfiguration={"OutputLocation": "s3://compare/results/"},
        )
        query_id = started["QueryExecutionId"]
        while True:
            status = self.athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"]
            if status["State"] in ("SUCCEEDED", "FAILED", "CANCELLED"):
                break
            time.sleep(0.002)
        if status["State"] != "SUCCEEDED":
            raise RuntimeError(status.get("StateChangeReason", status["State"]))
        pages = self.athena.get_paginator("get_query_results").paginate(QueryExecutionId=query_id)
        rows = [[cell.get("VarCharValue") for cell in row["Data"]] for page in pages for row in page["ResultSet"]["Rows"]]
        return rows[1:]

    def stop(self):
        self.process.terminate()
        self.process.wait()


def hive(kind):
    return HIVE.get(kind) or kind.lower()


def same(ours, theirs):
    if ours == theirs or ours is None or theirs is None:
        return ours == theirs
    try:
        ours, theirs = decimal.Decimal(ours), decimal.Decimal(theirs)
    except decimal.InvalidOperation:
        return ours.rstrip() == theirs.rstrip()
    rounded = theirs.quantize(decimal.Decimal(1).scaleb(ours.as_tuple().exponent), decimal.ROUND_HALF_UP)
    return ours == rounded or abs(ours - theirs) <= abs(theirs) * decimal.Decimal("1e-9")


def difference(query, ours, theirs):
    """How the rows differ; none if they do not."""
    theirs = [[None if cell is None else str(cell) for cell in row] for row in theirs]
    if len(ours) != len(theirs):
        return f"{len(ours)} rows, DuckDB {len(theirs)}"
    if "order by" not in query.lower():
        ours, theirs = (sorted(rows, key=lambda row: [cell or "" for cell in row]) for rows in (ours, theirs))
    for number, (our, their) in enumerate(zip(ours, theirs), start=1):
        if len(our) != len(their) or not all(map(same, our, their)):
            return f"row {number}: {our}, DuckDB {their}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("queries", type=pathlib.Path)
    parser.add_argument("--json", action="store_true", help="print a JSON document")
    options = parser.parse_args()
    duck = duckdb.connect()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        lakebed = Lakebed(options.binary, folder)
        try:
            for entry in sorted(options.data.iterdir()):
                files = sorted(entry.rglob("*.parquet")) if entry.is_dir() else [entry]
                name = entry.stem
                duck.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({[str(file) for file in files]})")
                columns = [(row[0], row[1]) for row in duck.execute(f"DESCRIBE {name}").fetchall()]
                lakebed.add(name, files, columns)
            for file in sorted(options.queries.glob("*.sql"), key=lambda file: (len(file.stem), file.stem)):
                query = file.read_text().strip().rstrip(";")
                began = time.perf_counter()
                theirs = duck.execute(query).fetchall()
                result = {"query": file.stem, "rows": len(theirs), "duckdb_seconds": time.perf_counter() - began}
                began = time.perf_counter()
                try:
                    result["difference"] = difference(query, lakebed.rows(query), theirs)
                except RuntimeError as error:
                    result["difference"] = str(error)
                result["lakebed_seconds"] = time.perf_counter() - began
                results.append(result)
        finally:
            lakebed.stop()
    if options.json:
        print(json.dumps(results, indent=2))
    else:
        for result in results:
            times = f"{result['lakebed_seconds']:8.3f} s  DuckDB {result['duckdb_seconds']:8.3f} s"
            print(f"{result['query']:<12} {result['rows']:>8} rows {times}  {result['difference'] or 'same'}")
    different = sum(result["difference"] is not None for result in results)
    print(f"{len(results) - different} of {len(results)} queries answer the same", file=sys.stderr)
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
