"""What surrounds a query: workgroups, kept queries, the queue, results that are used again."""

import time
import uuid

import botocore.exceptions
import pytest
import requests

RESULTS = "s3://results/athena/"
# Too many rows to be counted before a test loses its patience.
ENDLESS = """
    SELECT count(*) FROM UNNEST(sequence(1, 10000)) AS a(x)
    CROSS JOIN UNNEST(sequence(1, 10000)) AS b(y)
    CROSS JOIN UNNEST(sequence(1, 10000)) AS c(z) WHERE (x * y + z) % 7 = 3
"""


@pytest.fixture(autouse=True)
def place_for_results(s3, glue):
    s3.create_bucket(Bucket="results")
    glue.create_database(DatabaseInput={"Name": "default"})


@pytest.fixture
def start(athena):
    def start(sql, location=RESULTS, **more):
        if location:
            more["ResultConfiguration"] = {"OutputLocation": location, **more.pop("result", {})}
        return athena.start_query_execution(QueryString=sql, **more)["QueryExecutionId"]

    return start


@pytest.fixture
def finished(athena):
    def finished(query_id, within=60):
        until = time.monotonic() + within
        while time.monotonic() < until:
            execution = athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
            if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
                return execution
            time.sleep(0.005)
        raise AssertionError(f"{query_id} does not end: {execution}")

    return finished


@pytest.fixture
def run(start, finished):
    return lambda sql, **more: finished(start(sql, **more))


@pytest.fixture
def numbers(s3, run):
    """A table of CSV files over s3://lake/numbers/."""
    s3.create_bucket(Bucket="lake")
    s3.put_object(Bucket="lake", Key="numbers/a.csv", Body="1,one\n2,two\n")
    made = run(
        "CREATE EXTERNAL TABLE numbers (n int, name string) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' "
        "LOCATION 's3://lake/numbers/'"
    )
    assert made["Status"]["State"] == "SUCCEEDED", made["Status"]


def refused(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    error = caught.value.response
    return error["Error"]["Code"], error["Error"]["Message"], error


def test_named_queries_are_kept(athena):
    athena.create_work_group(Name="team")
    kept = {"Name": "all", "Database": "default", "QueryString": "SELECT 1", "Description": "one", "WorkGroup": "team"}
    token = str(uuid.uuid4())
    ids = {athena.create_named_query(**kept, ClientRequestToken=token)["NamedQueryId"] for _ in range(2)}
    assert len(ids) == 1, "the same token makes the same query once"
    code, message, _ = refused(athena.create_named_query, **{**kept, "QueryString": "SELECT 2"}, ClientRequestToken=token)
    assert (code, message) == ("InvalidRequestException", "Idempotent parameters do not match")
    first = ids.pop()
    second = athena.create_named_query(**{**kept, "Name": "two"})["NamedQueryId"]

    assert athena.get_named_query(NamedQueryId=first)["NamedQuery"] == {**kept, "NamedQueryId": first}
    pages = athena.get_paginator("list_named_queries").paginate(WorkGroup="team", PaginationConfig={"PageSize": 1})
    assert sorted(id for page in pages for id in page["NamedQueryIds"]) == sorted([first, second])
    assert athena.list_named_queries()["NamedQueryIds"] == []

    athena.update_named_query(NamedQueryId=first, Name="renamed", QueryString="SELECT 3")
    missing = str(uuid.uuid4())
    batch = athena.batch_get_named_query(NamedQueryIds=[first, missing])
    assert [query["Name"] for query in batch["NamedQueries"]] == ["renamed"]
    assert [query["NamedQueryId"] for query in batch["UnprocessedNamedQueryIds"]] == [missing]
    athena.delete_named_query(NamedQueryId=first)
    assert refused(athena.get_named_query, NamedQueryId=first)[0] == "InvalidRequestException"
    assert refused(athena.delete_named_query, NamedQueryId=first)[0] == "InvalidRequestException"

    assert "not empty" in refused(athena.delete_work_group, WorkGroup="team")[1]
    athena.delete_work_group(WorkGroup="team", RecursiveDeleteOption=True)
    assert refused(athena.get_named_query, NamedQueryId=second)[0] == "InvalidRequestException"


def test_workgroups_have_tags(athena):
    athena.create_work_group(Name="team", Tags=[{"Key": "cost", "Value": "42"}])
    arn = "arn:aws:athena:us-east-1:000000000000:workgroup/team"
    athena.tag_resource(ResourceARN=arn, Tags=[{"Key": "owner", "Value": "data"}, {"Key": "cost", "Value": "43"}])
    athena.untag_resource(ResourceARN=arn, TagKeys=["absent"])
    pages = athena.get_paginator("list_tags_for_resource").paginate(ResourceARN=arn)
    tags = {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
    assert tags == {"cost": "43", "owner": "data"}
    athena.untag_resource(ResourceARN=arn, TagKeys=["cost"])
    assert [tag["Key"] for tag in athena.list_tags_for_resource(ResourceARN=arn)["Tags"]] == ["owner"]

    code, _, _ = refused(athena.list_tags_for_resource, ResourceARN=arn + "x")
    assert code == "ResourceNotFoundException"
    many = [{"Key": f"k{n}", "Value": ""} for n in range(50)]
    assert "50 tags" in refused(athena.tag_resource, ResourceARN=arn, Tags=many)[1]
    assert "reserved" in refused(athena.tag_resource, ResourceARN=arn, Tags=[{"Key": "aws:x", "Value": ""}])[1]


@pytest.mark.parametrize(
    ("enforced", "own", "asked", "used"),
    [
        (True, "s3://results/own/", "s3://results/asked/", "s3://results/own/"),
        (False, "s3://results/own/", "s3://results/asked/", "s3://results/asked/"),
        (False, "s3://results/own/", None, "s3://results/own/"),
        (True, None, "s3://results/asked/", "s3://results/asked/"),
    ],
)
def test_workgroups_say_where_results_go(athena, run, enforced, own, asked, used):
    configuration = {"EnforceWorkGroupConfiguration": enforced}
    if own:
        configuration["ResultConfiguration"] = {"OutputLocation": own}
    athena.create_work_group(Name="team", Configuration=configuration)
    execution = run("SELECT 1", location=asked, WorkGroup="team")
    location = execution["ResultConfiguration"]["OutputLocation"]
    assert location == f"{used}{execution['QueryExecutionId']}.csv"


def test_results_are_encrypted_as_asked(athena, s3, run, server):
    athena.create_work_group(
        Name="sealed",
        Configuration={
            "ResultConfiguration": {
                "OutputLocation": "s3://results/sealed/",
                "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"},
            }
        },
    )
    execution = run("SELECT 'secret' AS word", location=None, WorkGroup="sealed")
    assert execution["ResultConfiguration"]["EncryptionConfiguration"] == {"EncryptionOption": "SSE_S3"}
    key = f"sealed/{execution['QueryExecutionId']}.csv"
    for name in (key, f"{key}.metadata"):
        assert s3.head_object(Bucket="results", Key=name)["ServerSideEncryption"] == "AES256"
    assert s3.get_object(Bucket="results", Key=key)["Body"].read() == b'"word"\n"secret"\n'
    row = athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])["ResultSet"]["Rows"][1]
    assert row["Data"] == [{"VarCharValue": "secret"}]
    assert not (server.data_dir / "buckets" / "results" / "sealed").exists(), "no plain file is left"

    client_side = {"EncryptionConfiguration": {"EncryptionOption": "CSE_KMS", "KmsKey": "k"}}
    code, message, _ = refused(
        athena.start_query_execution,
        QueryString="SELECT 1",
        ResultConfiguration={"OutputLocation": RESULTS, **client_side},
    )
    assert code == "InvalidRequestException" and "CSE_KMS" in message


def test_a_query_that_scans_too_much_is_cancelled(athena, s3, run):
    s3.create_bucket(Bucket="lake")
    line = ("x" * 999 + "\n").encode()
    for part in range(4):
        s3.put_object(Bucket="lake", Key=f"wide/{part}.csv", Body=line * 10_000)
    made = run("CREATE EXTERNAL TABLE wide (line string) LOCATION 's3://lake/wide/'")
    assert made["Status"]["State"] == "SUCCEEDED", made["Status"]
    athena.create_work_group(
        Name="thrifty",
        Configuration={
            "BytesScannedCutoffPerQuery": 10_000_000,
            "ResultConfiguration": {"OutputLocation": RESULTS},
        },
    )
    assert run("SELECT 1", WorkGroup="thrifty")["Status"]["State"] == "SUCCEEDED"
    for sql in [
        "SELECT count(*) FROM wide WHERE line LIKE '%y%'",
        "CREATE TABLE narrow AS SELECT substr(line, 1, 2) AS s FROM wide",
    ]:
        execution = run(sql, WorkGroup="thrifty")
        assert execution["Status"]["State"] == "CANCELLED", execution["Status"]
        assert "Bytes scanned limit was exceeded" in execution["Status"]["StateChangeReason"]
        assert execution["Statistics"]["DataScannedInBytes"] > 10_000_000
    assert run("DESCRIBE narrow")["Status"]["State"] == "FAILED", "no table is left"


def test_a_disabled_workgroup_runs_nothing(athena, start):
    athena.create_work_group(Name="idle")
    athena.update_work_group(WorkGroup="idle", State="DISABLED")
    code, message, _ = refused(start, sql="SELECT 1", WorkGroup="idle")
    assert (code, message) == ("InvalidRequestException", "WorkGroup idle is disabled")
    athena.update_work_group(WorkGroup="idle", State="ENABLED")
    assert start("SELECT 1", WorkGroup="idle")


def test_results_must_go_to_the_expected_owner(athena, run):
    right = {"ExpectedBucketOwner": "000000000000"}
    assert run("SELECT 1", result=right)["Status"]["State"] == "SUCCEEDED"
    code, message, _ = refused(
        athena.start_query_execution,
        QueryString="SELECT 1",
        ResultConfiguration={"OutputLocation": RESULTS, "ExpectedBucketOwner": "111111111111"},
    )
    assert code == "InvalidRequestException" and "results" in message


REUSE = {"ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": 10}}}


def reused(execution):
    return execution["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"]


def test_results_are_reused_while_nothing_changed(athena, s3, glue, run, numbers, server):
    sql = "SELECT sum(n) AS total FROM numbers"
    first = run(sql, **REUSE)
    assert not reused(first) and first["Statistics"]["DataScannedInBytes"] > 0
    second = run(sql, **REUSE)
    assert reused(second)
    assert second["QueryExecutionId"] != first["QueryExecutionId"]
    assert second["Statistics"]["DataScannedInBytes"] == 0
    assert second["ResultConfiguration"]["OutputLocation"] == first["ResultConfiguration"]["OutputLocation"]
    rows = athena.get_query_results(QueryExecutionId=second["QueryExecutionId"])["ResultSet"]["Rows"]
    assert rows[1]["Data"] == [{"VarCharValue": "3"}]
    assert not reused(run(sql)), "only who asks for it gets an old result"
    assert not reused(run("SELECT sum(n) AS other FROM numbers", **REUSE))
    athena.create_work_group(Name="other")
    assert not reused(run(sql, WorkGroup="other", **REUSE)), "workgroups do not share"

    s3.put_object(Bucket="lake", Key="numbers/b.csv", Body="4,four\n")
    third = run(sql, **REUSE)
    assert not reused(third), "an object is new"
    rows = athena.get_query_results(QueryExecutionId=third["QueryExecutionId"])["ResultSet"]["Rows"]
    assert rows[1]["Data"] == [{"VarCharValue": "7"}]
    assert reused(run(sql, **REUSE))

    altered = run("ALTER TABLE numbers SET TBLPROPERTIES ('touched' = 'yes')")
    assert altered["Status"]["State"] == "SUCCEEDED", altered["Status"]
    fourth = run(sql, **REUSE)
    assert not reused(fourth), "the table has another version"
    key = fourth["ResultConfiguration"]["OutputLocation"].removeprefix("s3://results/")
    s3.delete_object(Bucket="results", Key=key)
    assert not reused(run(sql, **REUSE)), "the result is gone"


def test_clocks_and_dice_are_never_reused(run, numbers):
    for sql in ["SELECT now(), n FROM numbers", "SELECT rand() FROM numbers"]:
        assert [reused(run(sql, **REUSE)) for _ in range(2)] == [False, False], sql


def test_results_grow_too_old(own_server):
    server = own_server()
    server.client("s3").create_bucket(Bucket="results")
    athena = server.client("athena")

    def run():
        query_id = athena.start_query_execution(
            QueryString="SELECT 1", ResultConfiguration={"OutputLocation": RESULTS}, **REUSE
        )["QueryExecutionId"]
        while True:
            execution = athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
            if execution["Status"]["State"] == "SUCCEEDED":
                return execution
            time.sleep(0.005)

    assert [reused(run()) for _ in range(2)] == [False, True]
    requests.post(f"{server.endpoint}/_lakebed/clock?advance=601s", timeout=10).raise_for_status()
    assert not reused(run())


def test_a_stopped_query_stops_at_once(athena, start, finished):
    query_id = start(ENDLESS)
    until = time.monotonic() + 30
    while athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"]["State"] != "RUNNING":
        assert time.monotonic() < until
    athena.stop_query_execution(QueryExecutionId=query_id)
    stopped = finished(query_id, within=1)
    assert stopped["Status"]["State"] == "CANCELLED"
    assert stopped["Status"]["StateChangeReason"] == "Query cancelled by user"


def test_queries_wait_in_their_workgroups_line_and_too_many_are_refused(own_server):
    server = own_server("--athena-running", "1", "--athena-active-dml", "3", "--athena-active-ddl", "1")
    athena = server.client("athena")
    server.client("s3").create_bucket(Bucket="results")
    athena.create_work_group(Name="other")

    def start(sql, **more):
        return athena.start_query_execution(
            QueryString=sql, ResultConfiguration={"OutputLocation": RESULTS}, **more
        )["QueryExecutionId"]

    def execution(query_id):
        return athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]

    def wait_for(query_id, *states):
        until = time.monotonic() + 60
        while execution(query_id)["Status"]["State"] not in states:
            assert time.monotonic() < until, execution(query_id)
            time.sleep(0.005)
        return execution(query_id)

    endless = start(ENDLESS)
    wait_for(endless, "RUNNING")
    waiting = [start("SELECT 1"), start("SELECT 2")]
    code, message, answer = refused(start, sql="SELECT 3")
    assert code == "TooManyRequestsException"
    assert answer["Reason"] == "CONCURRENT_QUERY_LIMIT_EXCEEDED"
    assert "exceeded the limit" in message
    # CTAS is DDL, and counts as DML.
    assert refused(start, sql="CREATE TABLE t AS SELECT 1 AS n")[0] == "TooManyRequestsException"
    assert start("SHOW DATABASES") and refused(start, sql="SHOW TABLES")[0] == "TooManyRequestsException"
    assert wait_for(start("SELECT 4", WorkGroup="other"), "SUCCEEDED"), "workgroups do not wait for each other"
    time.sleep(0.3)
    assert [execution(query_id)["Status"]["State"] for query_id in waiting] == ["QUEUED", "QUEUED"]
    athena.stop_query_execution(QueryExecutionId=waiting[0])
    athena.stop_query_execution(QueryExecutionId=endless)
    ended = wait_for(waiting[1], "SUCCEEDED")
    assert ended["Statistics"]["QueryQueueTimeInMillis"] >= 300
    assert execution(waiting[0])["Status"]["State"] == "CANCELLED"


def test_a_query_without_end_times_out(own_server):
    server = own_server("--athena-dml-timeout", "1")
    athena = server.client("athena")
    server.client("s3").create_bucket(Bucket="results")

    def finished(sql):
        query_id = athena.start_query_execution(QueryString=sql, ResultConfiguration={"OutputLocation": RESULTS})["QueryExecutionId"]
        until = time.monotonic() + 20
        while True:
            execution = athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
            if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
                return execution
            assert time.monotonic() < until, execution
            time.sleep(0.01)

    failed = finished(ENDLESS)["Status"]
    assert (failed["State"], failed["StateChangeReason"]) == ("FAILED", "Query timeout")
    assert failed["AthenaError"]["ErrorType"] == 206
    assert finished("SELECT 1")["Status"]["State"] == "SUCCEEDED"


def test_history_survives_a_restart(own_server):
    server = own_server()
    server.client("s3").create_bucket(Bucket="results")
    athena = server.client("athena")
    started = {"QueryString": "SELECT 42 AS n", "ResultConfiguration": {"OutputLocation": RESULTS}}
    token = str(uuid.uuid4())
    done = athena.start_query_execution(**started, ClientRequestToken=token)["QueryExecutionId"]
    while athena.get_query_execution(QueryExecutionId=done)["QueryExecution"]["Status"]["State"] != "SUCCEEDED":
        time.sleep(0.005)
    running = athena.start_query_execution(**{**started, "QueryString": ENDLESS})["QueryExecutionId"]
    server.stop()
    athena = own_server().client("athena")
    assert set(athena.list_query_executions()["QueryExecutionIds"]) == {done, running}
    rows = athena.get_query_results(QueryExecutionId=done)["ResultSet"]["Rows"]
    assert rows[1]["Data"] == [{"VarCharValue": "42"}]
    assert athena.get_query_execution(QueryExecutionId=running)["QueryExecution"]["Status"]["State"] == "FAILED"
    again = athena.start_query_execution(**started, ClientRequestToken=token)["QueryExecutionId"]
    assert again == done


def advice(server, execution):
    url = f"{server.endpoint}/_lakebed/athena/queries/{execution['QueryExecutionId']}/advice"
    answer = requests.get(url, timeout=60)
    answer.raise_for_status()
    return answer.json()


@pytest.fixture
def readings(s3, run):
    """A table of text in three partitions, and the same as Parquet."""
    s3.create_bucket(Bucket="lake")
    for month in range(1, 4):
        rows = "".join(f"{n},{n % 7},{n * 37 % 1000},s{n % 11},note {n % 50}\n" for n in range(20_000))
        s3.put_object(Bucket="lake", Key=f"text/month={month}/a.csv", Body=rows)
    for sql in [
        "CREATE EXTERNAL TABLE readings (n int, day int, value int, sensor string, note string) PARTITIONED BY (month int) "
        "ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://lake/text/'",
        "MSCK REPAIR TABLE readings",
        "CREATE TABLE readings_parquet WITH (format = 'PARQUET', write_compression = 'ZSTD', partitioned_by = ARRAY['month'], "
        "external_location = 's3://lake/parquet/') AS SELECT * FROM readings",
    ]:
        execution = run(sql)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]


def test_advice_saves_what_it_says(server, run, readings):
    def scanned(sql):
        execution = run(sql)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        return execution, execution["Statistics"]["DataScannedInBytes"]

    execution, before = scanned("SELECT sum(value) FROM readings")
    report = advice(server, execution)
    assert report["scanned_bytes"] == before and report["price_usd"] > 0
    told = {one["kind"]: one for one in report["advice"]}
    assert set(told) == {"PARTITION_FILTER", "ROW_FORMAT"}
    assert all(one["table"] == "default.readings" for one in told.values())
    assert "month" in told["PARTITION_FILTER"]["message"]
    for followed, kind in [
        ("SELECT sum(value) FROM readings WHERE month = 2", "PARTITION_FILTER"),
        ("SELECT sum(value) FROM readings_parquet", "ROW_FORMAT"),
    ]:
        saved = before - scanned(followed)[1]
        assert told[kind]["saved_bytes"] == pytest.approx(saved, rel=0.1), kind

    execution, before = scanned("SELECT * FROM readings_parquet WHERE month = 1")
    told = {one["kind"]: one for one in advice(server, execution)["advice"]}
    assert set(told) == {"COLUMNS"}
    execution, after = scanned("SELECT sensor FROM readings_parquet WHERE month = 1")
    assert after < before and advice(server, execution)["advice"] == []

    execution, _ = scanned("SELECT count(*) FROM readings_parquet p JOIN readings t ON p.n = t.n AND t.month = 1 WHERE p.month = 1")
    assert "JOIN_ORDER" in {one["kind"] for one in advice(server, execution)["advice"]}
    execution, _ = scanned("SELECT count(*) FROM readings t JOIN readings_parquet p ON p.n = t.n AND t.month = 1 WHERE p.month = 1")
    assert "JOIN_ORDER" not in {one["kind"] for one in advice(server, execution)["advice"]}


def test_many_small_files_are_told(server, s3, run, numbers):
    for n in range(20):
        s3.put_object(Bucket="lake", Key=f"numbers/{n}.csv", Body=f"{n},x\n")
    told = advice(server, run("SELECT count(*) FROM numbers"))["advice"]
    small = next(one for one in told if one["kind"] == "SMALL_FILES")
    assert "21 files" in small["message"] and small["saved_bytes"] is None and small["saved_usd"] > 0


def test_there_is_no_advice_on_what_did_not_run(server, run):
    failed = run("SELECT * FROM absent")
    for query_id in [failed["QueryExecutionId"], "nothing"]:
        url = f"{server.endpoint}/_lakebed/athena/queries/{query_id}/advice"
        assert requests.get(url, timeout=10).status_code == 404
