"""What crawlers make of small inputs, and what Athena then reads: a folder a case.

`crates/lakebed-catalog/tests/crawls/README.md` says what a case is made of.
`LAKEBED_BLESS=1` writes what was found into the cases, to be read and judged before it is kept.
"""

import json
import os
import pathlib
import re
import time

import botocore.exceptions
import pytest

CRAWLS = pathlib.Path(__file__).resolve().parents[3] / "lakebed-catalog" / "tests" / "crawls"
CASES = sorted(path.parent.name for path in CRAWLS.glob("*/expected.json"))
ROLE = "arn:aws:iam::000000000000:role/crawler"
# Rows are written out up to this number, and counted beyond.
FEW = 20


def upload(s3, bucket, folder):
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            s3.put_object(Bucket=bucket, Key=file.relative_to(folder).as_posix(), Body=file.read_bytes())


def crawl(glue):
    """Runs the crawler once; gives its `LastCrawl`."""
    glue.start_crawler(Name="crawler")
    deadline = time.monotonic() + 60
    while (crawler := glue.get_crawler(Name="crawler")["Crawler"])["State"] != "READY":
        assert time.monotonic() < deadline, "the crawler does not become ready"
        time.sleep(0.01)
    return crawler["LastCrawl"]


def definitions(columns):
    return [f"{column['Name']} {column['Type']}" for column in columns]


def without_run(parameters):
    """The parameters but for who wrote them and when."""
    steady = {name: value for name, value in parameters.items() if name not in ("CRAWL_RUN_ID", "UPDATED_BY_CRAWLER")}
    if "DEPRECATED_BY_CRAWLER" in steady:
        steady["DEPRECATED_BY_CRAWLER"] = "a moment"
    return steady


def described(glue, athena, table):
    """A table in the words of `expected.json`."""
    storage = table["StorageDescriptor"]
    serde = storage["SerdeInfo"]
    found = {
        "columns": definitions(storage["Columns"]),
        "location": storage["Location"],
        "input_format": storage["InputFormat"],
        "serde": {"library": serde["SerializationLibrary"], "parameters": serde.get("Parameters", {})},
        "parameters": without_run(table["Parameters"]),
    }
    if table.get("PartitionKeys"):
        found["partition_keys"] = definitions(table["PartitionKeys"])
        pages = glue.get_paginator("get_partitions").paginate(DatabaseName="lake", TableName=table["Name"])
        partitions = [partition for page in pages for partition in page["Partitions"]]
        found["partitions"] = {
            partition["StorageDescriptor"]["Location"]: partition["Values"] for partition in partitions
        }
        different = {
            partition["StorageDescriptor"]["Location"]: columns
            for partition in partitions
            if (columns := definitions(partition["StorageDescriptor"]["Columns"])) != found["columns"]
        }
        if different:
            found["partition_columns"] = different
    return found | queried(athena, f'SELECT * FROM "{table["Name"]}"')


def queried(athena, sql):
    """What Athena answers: `rows` if they are few, else their `count`, or the `error`."""
    started = athena.start_query_execution(
        QueryString=sql,
        QueryExecutionContext={"Database": "lake"},
        ResultConfiguration={"OutputLocation": "s3://results/"},
    )
    query = started["QueryExecutionId"]
    deadline = time.monotonic() + 60
    while (status := athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"])["State"] in (
        "QUEUED",
        "RUNNING",
    ):
        assert time.monotonic() < deadline, "the query does not end"
        time.sleep(0.01)
    if status["State"] != "SUCCEEDED":
        return {"error": status["StateChangeReason"]}
    pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=query)
    rows = [[cell.get("VarCharValue") for cell in row["Data"]] for page in pages for row in page["ResultSet"]["Rows"]]
    # The first row names the columns; files may be read in any order.
    rows = sorted(rows[1:], key=lambda row: [(cell is not None, cell or "") for cell in row])
    return {"rows": rows} if len(rows) <= FEW else {"count": len(rows)}


def outcome(server, case, expected):
    """Uploads the case, crawls it once or twice, and describes what came of it."""
    s3, glue, athena = (server.client(service) for service in ("s3", "glue", "athena"))
    s3.create_bucket(Bucket="lake")
    s3.create_bucket(Bucket="results")
    upload(s3, "lake", case / "files")
    for classifier in expected.get("classifiers", []):
        glue.create_classifier(**classifier)
    names = [name for made in expected.get("classifiers", []) for name in [next(iter(made.values()))["Name"]]]
    settings = {"Role": ROLE, "DatabaseName": "lake", "Classifiers": names} | expected["crawler"]
    settings |= {"Configuration": json.dumps(settings["Configuration"])} if "Configuration" in settings else {}
    try:
        glue.create_crawler(Name="crawler", **settings)
    except botocore.exceptions.ClientError as error:
        return {"refused": f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"}
    last = crawl(glue)
    if "later" in expected:
        upload(s3, "lake", case / "later")
        for key in expected["later"].get("deleted", []):
            s3.delete_object(Bucket="lake", Key=key)
        last = crawl(glue)
    found = {} if last["Status"] == "SUCCEEDED" else {"failed": last["ErrorMessage"]}
    databases = [database["Name"] for database in glue.get_databases()["DatabaseList"]]
    tables = glue.get_tables(DatabaseName="lake")["TableList"] if "lake" in databases else []
    found["tables"] = {table["Name"]: described(glue, athena, table) for table in tables}
    if "log" in expected:
        pages = server.client("logs").get_paginator("filter_log_events").paginate(
            logGroupName="/aws-glue/crawlers", logStreamNames=["crawler"]
        )
        log = "\n".join(event["message"] for page in pages for event in page["events"])
        found["log"] = [line for line in expected["log"] if line in log]
    return found


def written(expected):
    """JSON with lists of plain values on one line each."""
    text = json.dumps(expected, indent=2, ensure_ascii=False)
    return re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda list_: "[" + re.sub(r",\s+", ", ", list_[1]) + "]", text) + "\n"


@pytest.mark.parametrize("name", CASES)
def test_crawl(server, name):
    case = CRAWLS / name
    expected = json.loads((case / "expected.json").read_text())
    given = {key: expected[key] for key in ("page", "why", "crawler", "classifiers", "later", "log") if key in expected}
    assert given["page"], "a case names the page of AWS's documentation that it was taken from"
    found = outcome(server, case, expected)
    if os.environ.get("LAKEBED_BLESS"):
        (case / "expected.json").write_text(written(given | {key: value for key, value in found.items() if key != "log"}))
    assert found == {key: value for key, value in expected.items() if key in ("log", "tables", "failed", "refused")}
