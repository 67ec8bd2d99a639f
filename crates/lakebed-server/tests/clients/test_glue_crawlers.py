"""Crawlers by boto3 and the AWS CLI."""

import datetime
import gzip
import io
import json
import time

import pyarrow
import pyarrow.parquet
import pytest
import requests

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


def test_a_schedule_starts_a_crawler_when_the_clock_passes_it(own_server):
    server = own_server()
    glue, s3 = server.client("glue"), server.client("s3")
    s3.create_bucket(Bucket="lake")
    s3.put_object(Bucket="lake", Key="sales/a.csv", Body="id,amount\n1,2.5\n")
    targets = {"S3Targets": [{"Path": "s3://lake/sales/"}]}
    with pytest.raises(glue.exceptions.InvalidInputException, match="one of Day-of-month and Day-of-week must be"):
        glue.create_crawler(Name="c", Role=ROLE, DatabaseName="lake", Targets=targets, Schedule="cron(0 12 * * * *)")
    glue.create_crawler(Name="c", Role=ROLE, DatabaseName="lake", Targets=targets, Schedule="cron(15 12 * * ? *)")
    schedule = {"ScheduleExpression": "cron(15 12 * * ? *)", "State": "SCHEDULED"}
    assert glue.get_crawler(Name="c")["Crawler"]["Schedule"] == schedule

    glue.stop_crawler_schedule(CrawlerName="c")
    advance(server, "1d")
    assert "LastCrawl" not in glue.get_crawler(Name="c")["Crawler"], "its schedule is stopped"
    glue.start_crawler_schedule(CrawlerName="c")
    with pytest.raises(glue.exceptions.SchedulerRunningException):
        glue.start_crawler_schedule(CrawlerName="c")
    advance(server, "1d")
    assert wait_until_ready(glue, "c")["LastCrawl"]["Status"] == "SUCCEEDED"

    glue.update_crawler_schedule(CrawlerName="c", Schedule="cron(0 0 1 * ? *)")
    advance(server, "32d")
    crawls = wait_for_crawls(glue, "c", 2)
    assert crawls[0]["StartTime"] - crawls[1]["StartTime"] >= datetime.timedelta(days=31)
    glue.update_crawler_schedule(CrawlerName="c", Schedule="")
    with pytest.raises(glue.exceptions.NoScheduleException):
        glue.start_crawler_schedule(CrawlerName="c")


def advance(server, by):
    requests.post(f"{server.endpoint}/_lakebed/clock", params={"advance": by}, timeout=60).raise_for_status()


def wait_for_crawls(glue, name, count):
    """The crawls of a crawler, the latest first, when there are so many and the last one ended."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        crawls = glue.list_crawls(CrawlerName=name)["Crawls"]
        if len(crawls) >= count and crawls[0]["State"] != "RUNNING":
            return crawls
        time.sleep(0.02)
    raise TimeoutError(f"crawler {name} does not run {count} times")


def test_a_crawl_stopped_in_the_middle_leaves_whole_tables(own_server, tmp_path):
    folder = tmp_path / "data" / "buckets" / "lake" / "t"
    folder.mkdir(parents=True)
    for number in range(3_000):
        (folder / f"{number}.json").write_text(json.dumps({f"column_{number}": number}))
    server = own_server()
    glue = server.client("glue")
    glue.create_crawler(Name="c", Role=ROLE, DatabaseName="lake", Targets={"S3Targets": [{"Path": "s3://lake/t/"}]})
    glue.start_crawler(Name="c")
    while (metrics := glue.get_crawler_metrics(CrawlerNameList=["c"])["CrawlerMetricsList"][0])["TablesCreated"] == 0:
        assert glue.get_crawler(Name="c")["Crawler"]["State"] == "RUNNING", "it ended before it was seen to work"
    assert not metrics["StillEstimating"]
    running = glue.list_crawls(CrawlerName="c")["Crawls"][0]
    assert running["State"] == "RUNNING" and "EndTime" not in running
    glue.stop_crawler(Name="c")
    assert wait_until_ready(glue, "c")["LastCrawl"]["Status"] == "CANCELLED"
    stopped = glue.list_crawls(CrawlerName="c")["Crawls"][0]
    assert stopped["State"] == "STOPPED"
    pages = glue.get_paginator("get_tables").paginate(DatabaseName="lake")
    tables = [table for page in pages for table in page["TableList"]]
    assert 0 < len(tables) < 3_000
    assert json.loads(stopped["Summary"])["TABLE"]["ADD"]["Count"] == len(tables)
    for table in tables:
        number = table["Name"].removesuffix("_json")
        assert columns(table) == {f"column_{number}": "int"}
    glue.start_crawler(Name="c")
    assert wait_until_ready(glue, "c")["LastCrawl"]["Status"] == "SUCCEEDED"
    added = json.loads(glue.list_crawls(CrawlerName="c")["Crawls"][0]["Summary"])["TABLE"]["ADD"]["Count"]
    assert added == 3_000 - len(tables)


def test_tables_of_the_catalog_are_brought_up_to_date(glue, s3, bucket):
    for day in (1, 2):
        s3.put_object(Bucket=bucket, Key=f"visits/{day}/a.json", Body=json.dumps({"page": "home", "seconds": day}))
    glue.create_database(DatabaseInput={"Name": "web"})
    column = {"Name": "page", "Type": "string"}
    by_hand = {
        "Name": "visits_by_day",
        "PartitionKeys": [{"Name": "day", "Type": "string"}],
        "StorageDescriptor": {"Location": f"s3://{bucket}/visits/", "Columns": [column]},
    }
    glue.create_table(DatabaseName="web", TableInput=by_hand)
    targets = {"CatalogTargets": [{"DatabaseName": "web", "Tables": ["visits_by_day"]}]}
    policy = {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"}
    glue.create_crawler(Name="c", Role=ROLE, Targets=targets, SchemaChangePolicy=policy)
    glue.start_crawler(Name="c")
    assert wait_until_ready(glue, "c")["LastCrawl"]["Status"] == "SUCCEEDED"
    tables = glue.get_tables(DatabaseName="web")["TableList"]
    assert [table["Name"] for table in tables] == ["visits_by_day"]
    assert columns(tables[0]) == {"page": "string", "seconds": "int"}
    assert [key["Name"] for key in tables[0]["PartitionKeys"]] == ["day"]
    partitions = glue.get_partitions(DatabaseName="web", TableName="visits_by_day")["Partitions"]
    assert [partition["Values"] for partition in partitions] == [["1"], ["2"]]
