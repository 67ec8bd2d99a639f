"""Crawlers by boto3 and the AWS CLI."""

import gzip
import io
import json
import time

import pyarrow
import pyarrow.parquet
import pytest

ROLE = "arn:aws:iam::000000000000:role/crawler"


def wait_until_ready(glue, name):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        crawler = glue.get_crawler(Name=name)["Crawler"]
        if crawler["State"] == "READY" and "LastCrawl" in crawler:
            return crawler
        time.sleep(0.02)
    raise TimeoutError(f"crawler {name} does not become ready")


@pytest.fixture
def crawl(glue, bucket):
    """Crawls paths of the bucket into the database `lake`; gives its tables by name."""

    def run(*paths, name="crawler", **options):
        targets = {"S3Targets": [{"Path": f"s3://{bucket}/{path}"} for path in paths]}
        glue.create_crawler(Name=name, Role=ROLE, DatabaseName="lake", Targets=targets, **options)
        glue.start_crawler(Name=name)
        last = wait_until_ready(glue, name)["LastCrawl"]
        assert last["Status"] == "SUCCEEDED", last
        tables = glue.get_tables(DatabaseName="lake")["TableList"]
        return {table["Name"]: table for table in tables}

    return run


def columns(table):
    return {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}


def test_parquet_partitions_are_found(glue, s3, bucket, crawl):
    for month in ["01", "02"]:
        file = io.BytesIO()
        pyarrow.parquet.write_table(pyarrow.table({"id": [1, 2], "amount": [1.5, None]}), file)
        s3.put_object(Bucket=bucket, Key=f"sales/year=2025/month={month}/part.parquet", Body=file.getvalue())
    table = crawl("sales/")["sales"]
    assert columns(table) == {"id": "bigint", "amount": "double"}
    assert [(key["Name"], key["Type"]) for key in table["PartitionKeys"]] == [("year", "string"), ("month", "string")]
    assert table["Parameters"]["recordCount"] == "4"
    assert table["Parameters"]["classification"] == "parquet"
    found = glue.get_partitions(DatabaseName="lake", TableName="sales", Expression="month = '02'")["Partitions"]
    assert [partition["StorageDescriptor"]["Location"] for partition in found] == [
        "s3://lake/sales/year=2025/month=02/"
    ]


def test_gzipped_json_lines_are_read(s3, bucket, crawl):
    lines = "\n".join(json.dumps({"id": n, "tags": ["a"], "at": {"city": "Seoul"}}) for n in range(3))
    s3.put_object(Bucket=bucket, Key="logs/a.json.gz", Body=gzip.compress(lines.encode()))
    table = crawl("logs/")["logs"]
    assert columns(table) == {"id": "int", "tags": "array<string>", "at": "struct<city:string>"}
    assert table["Parameters"]["compressionType"] == "gzip"
    assert table["StorageDescriptor"]["Compressed"]
    assert table["StorageDescriptor"]["SerdeInfo"]["Parameters"] == {"paths": "at,id,tags"}


def test_a_classifier_says_how_csv_is_written(glue, s3, bucket, crawl):
    glue.create_classifier(
        CsvClassifier={
            "Name": "people",
            "Delimiter": ";",
            "QuoteSymbol": "'",
            "ContainsHeader": "ABSENT",
            "Header": ["Name", "Born"],
            "CustomDatatypeConfigured": True,
            "CustomDatatypes": ["string", "date"],
            "Serde": "LazySimpleSerDe",
        }
    )
    s3.put_object(Bucket=bucket, Key="people/a.csv", Body="Kim;2001-01-02\nLee;1999-12-31\n")
    table = crawl("people/", Classifiers=["people"])["people"]
    assert columns(table) == {"name": "string", "born": "date"}
    assert "skip.header.line.count" not in table["Parameters"]
    assert glue.get_classifier(Name="people")["Classifier"]["CsvClassifier"]["Version"] == 1
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        glue.create_classifier(CsvClassifier={"Name": "people"})
    glue.delete_classifier(Name="people")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_classifier(Name="people")


def test_errors_are_glues(glue, bucket):
    with pytest.raises(glue.exceptions.EntityNotFoundException, match="Crawler entry with name c does not exist"):
        glue.get_crawler(Name="c")
    targets = {"S3Targets": [{"Path": f"s3://{bucket}/t/"}]}
    glue.create_crawler(Name="c", Role=ROLE, DatabaseName="lake", Targets=targets)
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        glue.create_crawler(Name="c", Role=ROLE, DatabaseName="lake", Targets=targets)
    with pytest.raises(glue.exceptions.CrawlerNotRunningException):
        glue.stop_crawler(Name="c")
    with pytest.raises(glue.exceptions.InvalidInputException, match="DynamoDB targets"):
        glue.update_crawler(Name="c", Targets={"DynamoDBTargets": [{"Path": "t"}]})
    glue.delete_crawler(Name="c")
    assert glue.list_crawlers()["CrawlerNames"] == []


def test_a_crawler_survives_a_kill_in_the_middle(own_server, tmp_path):
    server = own_server()
    glue, s3 = server.client("glue"), server.client("s3")
    s3.create_bucket(Bucket="lake")
    for number in range(300):
        s3.put_object(Bucket="lake", Key=f"t/{number}.json", Body=json.dumps({f"column_{number}": number}))
    glue.create_crawler(Name="c", Role=ROLE, DatabaseName="lake", Targets={"S3Targets": [{"Path": "s3://lake/t/"}]})
    glue.start_crawler(Name="c")
    server.process.kill()
    server.process.wait()

    glue = own_server().client("glue")
    crawler = wait_until_ready(glue, "c")
    # The kill may come just after the crawl's end.
    assert crawler["LastCrawl"]["Status"] in ("FAILED", "SUCCEEDED")
    glue.start_crawler(Name="c")
    assert wait_until_ready(glue, "c")["LastCrawl"]["Status"] == "SUCCEEDED"
    pages = glue.get_paginator("get_tables").paginate(DatabaseName="lake")
    assert sum(len(page["TableList"]) for page in pages) == 300


def test_the_cli_crawls(aws, s3, bucket):
    s3.put_object(Bucket=bucket, Key="sales/a.csv", Body="id,amount\n1,2.5\n")
    aws("glue", "create-crawler", "--name", "c", "--role", ROLE, "--database-name", "lake",
        "--targets", json.dumps({"S3Targets": [{"Path": f"s3://{bucket}/sales/"}]}))
    aws("glue", "start-crawler", "--name", "c")
    deadline = time.monotonic() + 60
    while aws("glue", "get-crawler", "--name", "c")["Crawler"]["State"] != "READY":
        assert time.monotonic() < deadline
    crawls = aws("glue", "list-crawls", "--crawler-name", "c")["Crawls"]
    assert [crawl["State"] for crawl in crawls] == ["COMPLETED"]
    metrics = aws("glue", "get-crawler-metrics", "--crawler-name-list", "c")["CrawlerMetricsList"][0]
    assert metrics["TablesCreated"] == 1
