"""Athena's statements by boto3, AWS SDK for pandas and PyAthena: views, prepared statements, UNLOAD, DDL."""

import base64
import gzip
import json
import time

import awswrangler as wr
import boto3
import botocore.exceptions
import pyathena
import pytest

RESULTS = "s3://results/athena/"


@pytest.fixture
def run(athena, s3, glue):
    """Runs a statement and gives its execution once it has ended."""
    for bucket in ("results", "lake"):
        s3.create_bucket(Bucket=bucket)
    glue.create_database(DatabaseInput={"Name": "lake"})

    def run(sql, **more):
        started = athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": "lake"},
            ResultConfiguration={"OutputLocation": RESULTS},
            **more,
        )
        while True:
            execution = athena.get_query_execution(QueryExecutionId=started["QueryExecutionId"])["QueryExecution"]
            if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
                return execution
            time.sleep(0.005)

    return run


@pytest.fixture
def do(run):
    """Runs statements that must succeed; gives the last one's execution."""

    def do(*statements, **more):
        for sql in statements:
            execution = run(sql, **more)
            assert execution["Status"]["State"] == "SUCCEEDED", (sql, execution["Status"])
        return execution

    return do


@pytest.fixture
def rows(athena, do):
    def rows(sql, **more):
        execution = do(sql, **more)
        found = athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])["ResultSet"]["Rows"]
        found = [[datum.get("VarCharValue") for datum in row["Data"]] for row in found]
        return found[1:] if execution["StatementType"] == "DML" else found

    return rows


ORDERS = """CREATE TABLE orders WITH (format = 'PARQUET', external_location = 's3://lake/orders/', partitioned_by = ARRAY['day'])
AS SELECT * FROM (VALUES (1, 'a', 1.5, '2025-01-01'), (2, 'b', 2.5, '2025-01-02'), (3, 'a', 4.0, '2025-01-02')) t(id, kind, price, day)"""


def test_a_view_is_kept_as_athena_keeps_it(do, rows, glue):
    execution = do(ORDERS, "CREATE VIEW totals AS SELECT kind, count(*) AS orders, sum(price) AS total FROM orders GROUP BY kind")
    assert (execution["StatementType"], execution["SubstatementType"]) == ("DDL", "CREATE_VIEW")
    view = glue.get_table(DatabaseName="lake", Name="totals")["Table"]
    assert view["TableType"] == "VIRTUAL_VIEW"
    assert view["Parameters"]["presto_view"] == "true"
    assert view["ViewExpandedText"] == "/* Presto View */"
    text = view["ViewOriginalText"]
    assert text.startswith("/* Presto View: ") and text.endswith(" */")
    definition = json.loads(base64.b64decode(text[len("/* Presto View: ") : -len(" */")]))
    assert definition["schema"] == "lake"
    assert [column["name"] for column in definition["columns"]] == ["kind", "orders", "total"]
    assert definition["columns"][1]["type"] == "bigint"
    assert [column["Type"] for column in view["StorageDescriptor"]["Columns"]][:2] == ["string", "bigint"]
    assert rows("SELECT kind, orders FROM totals ORDER BY 1") == [["a", "2"], ["b", "1"]]


def test_a_view_that_another_client_made_in_athenas_form_is_read(do, rows, glue):
    do(ORDERS)
    definition = {
        "originalSql": "SELECT id, kind FROM orders WHERE price > 2",
        "catalog": "awsdatacatalog",
        "schema": "lake",
        "columns": [{"name": "id", "type": "integer"}, {"name": "kind", "type": "varchar"}],
    }
    encoded = base64.b64encode(json.dumps(definition).encode()).decode()
    glue.create_table(
        DatabaseName="lake",
        TableInput={
            "Name": "dear",
            "TableType": "VIRTUAL_VIEW",
            "ViewOriginalText": f"/* Presto View: {encoded} */",
            "ViewExpandedText": "/* Presto View */",
            "Parameters": {"presto_view": "true"},
            "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "int"}, {"Name": "kind", "Type": "string"}]},
        },
    )
    assert rows("SELECT * FROM dear ORDER BY id") == [["2", "b"], ["3", "a"]]


def test_parameters_stand_for_question_marks(do, rows, run, athena):
    do(ORDERS)
    sql = "SELECT id FROM orders WHERE kind = ? AND price > ?"
    assert rows(sql, ExecutionParameters=["'a'", "2"]) == [["3"]]
    execution = do(sql, ExecutionParameters=["'b'", "2"])
    assert execution["ExecutionParameters"] == ["'b'", "2"]
    failed = run(sql, ExecutionParameters=["'a'"])
    assert failed["Status"]["State"] == "FAILED"
    assert failed["Status"]["StateChangeReason"] == "SYNTAX_ERROR: line 1:1: Incorrect number of parameters: expected 2 but found 1"
    for parameter in ["'a' OR 1 = 1) --", "'a'; DROP TABLE orders"]:
        with pytest.raises(botocore.exceptions.ClientError, match="is not an expression"):
            run("SELECT id FROM orders WHERE (kind = ?)", ExecutionParameters=[parameter])


def test_prepared_statements_belong_to_a_workgroup(do, rows, athena, run):
    do(ORDERS)
    athena.create_work_group(Name="other")
    kept = dict(WorkGroup="primary", StatementName="dear")
    athena.create_prepared_statement(QueryStatement="SELECT id FROM orders WHERE price > ? ORDER BY 1", Description="d", **kept)
    with pytest.raises(botocore.exceptions.ClientError, match="already exists"):
        athena.create_prepared_statement(QueryStatement="SELECT 1", **kept)
    assert rows("EXECUTE dear USING 2") == [["2"], ["3"]]
    assert rows("EXECUTE dear", ExecutionParameters=["3"]) == [["3"]]
    with pytest.raises(athena.exceptions.InvalidRequestException, match="dear was not found"):
        run("EXECUTE dear USING 2", WorkGroup="other")

    athena.update_prepared_statement(QueryStatement="SELECT ? AS n", **kept)
    got = athena.get_prepared_statement(**kept)["PreparedStatement"]
    assert (got["QueryStatement"], got["Description"]) == ("SELECT ? AS n", "d")
    do("PREPARE more FROM SELECT 1 AS one")
    listed = athena.list_prepared_statements(WorkGroup="primary", MaxResults=1)
    assert [statement["StatementName"] for statement in listed["PreparedStatements"]] == ["dear"]
    listed = athena.list_prepared_statements(WorkGroup="primary", NextToken=listed["NextToken"])
    assert [statement["StatementName"] for statement in listed["PreparedStatements"]] == ["more"]
    batch = athena.batch_get_prepared_statement(WorkGroup="primary", PreparedStatementNames=["more", "none"])
    assert [statement["QueryStatement"] for statement in batch["PreparedStatements"]] == ["SELECT 1 AS one"]
    assert [name["StatementName"] for name in batch["UnprocessedPreparedStatementNames"]] == ["none"]

    do("DEALLOCATE PREPARE more")
    athena.delete_prepared_statement(**kept)
    for name in ("dear", "more"):
        with pytest.raises(athena.exceptions.ResourceNotFoundException):
            athena.get_prepared_statement(WorkGroup="primary", StatementName=name)
    assert athena.list_prepared_statements(WorkGroup="other")["PreparedStatements"] == []


def test_unload_leaves_files_and_a_manifest(do, run, s3):
    do(ORDERS)
    execution = do(
        "UNLOAD (SELECT id, kind, day FROM orders) TO 's3://lake/out/' "
        "WITH (format = 'TEXTFILE', field_delimiter = '|', compression = 'GZIP', partitioned_by = ARRAY['day'])"
    )
    assert (execution["StatementType"], execution["SubstatementType"]) == ("DML", "UNLOAD")
    bucket, key = execution["Statistics"]["DataManifestLocation"].removeprefix("s3://").split("/", 1)
    manifest = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode().split()
    assert all(path.startswith("s3://lake/out/day=2025-01-0") for path in manifest)
    lines = []
    for path in manifest:
        file = s3.get_object(Bucket="lake", Key=path.removeprefix("s3://lake/"))["Body"].read()
        lines += gzip.decompress(file).decode().splitlines()
    assert sorted(lines) == ["1|a", "2|b", "3|a"]
    again = run("UNLOAD (SELECT id FROM orders) TO 's3://lake/out/' WITH (format = 'PARQUET')")
    assert again["Status"]["StateChangeReason"].startswith("HIVE_PATH_ALREADY_EXISTS")


def test_projected_partitions_are_neither_kept_nor_listed(do, rows, run, s3, glue):
    do(ORDERS)
    # Anything that asks for a partition outside the filter fails: its bucket does not exist.
    do(
        """CREATE EXTERNAL TABLE projected (id int, kind string, price double)
        PARTITIONED BY (bucket string, day string) STORED AS PARQUET LOCATION 's3://lake/orders/'
        TBLPROPERTIES ('projection.enabled'='true', 'projection.bucket.type'='enum', 'projection.bucket.values'='lake,absent-bucket',
        'projection.day.type'='date', 'projection.day.format'='yyyy-MM-dd', 'projection.day.range'='2025-01-01,NOW',
        'storage.location.template'='s3://${bucket}/orders/day=${day}/')"""
    )
    assert rows("SELECT id FROM projected WHERE bucket = 'lake' AND day = '2025-01-02' ORDER BY 1") == [["2"], ["3"]]
    assert run("SELECT id FROM projected WHERE day = '2025-01-02'")["Status"]["State"] == "FAILED"
    assert glue.get_partitions(DatabaseName="lake", TableName="projected")["Partitions"] == []


def test_describe_and_show_have_hives_layout(do, athena, s3):
    do(ORDERS)
    execution = do("DESCRIBE FORMATTED orders")
    bucket, key = execution["ResultConfiguration"]["OutputLocation"].removeprefix("s3://").split("/", 1)
    text = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    lines = text.split("\n")
    assert lines[0] == "# col_name            \tdata_type           \tcomment             "
    assert "Location:           \ts3://lake/orders/   \t " in lines
    assert "\tEXTERNAL            \tTRUE                " in lines
    assert "day                 \tstring              \t                    " in lines


def test_wrangler_and_pyathena_use_views_parameters_and_unload(server, do, monkeypatch):
    do(ORDERS)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.endpoint)
    for service in ("s3", "athena", "glue", "sts"):
        monkeypatch.setattr(wr.config, f"{service}_endpoint_url", server.endpoint)
    usual = dict(database="lake", s3_output=RESULTS, boto3_session=boto3.Session(region_name="us-east-1"))
    wr.athena.start_query_execution(sql="CREATE OR REPLACE VIEW dear AS SELECT * FROM orders WHERE price > 2", wait=True, **usual)
    frame = wr.athena.read_sql_query("SELECT id, kind FROM dear ORDER BY id", ctas_approach=False, **usual)
    assert frame.values.tolist() == [[2, "b"], [3, "a"]]
    frame = wr.athena.read_sql_query(
        "SELECT id FROM dear WHERE kind = ?", ctas_approach=False, params=["'a'"], paramstyle="qmark", **usual
    )
    assert frame.values.tolist() == [[3]]
    frame = wr.athena.read_sql_query("SELECT id, kind FROM dear", ctas_approach=False, unload_approach=True, **{**usual, "s3_output": "s3://results/unloaded/"})
    assert sorted(frame["id"]) == [2, 3]
    wr.athena.create_prepared_statement("SELECT kind FROM orders WHERE id = ?", "one", boto3_session=usual["boto3_session"])
    frame = wr.athena.read_sql_query("EXECUTE one", ctas_approach=False, params=["1"], paramstyle="qmark", **usual)
    assert frame.values.tolist() == [["a"]]

    connection = pyathena.connect(s3_staging_dir=RESULTS, schema_name="lake", region_name="us-east-1", poll_interval=0.01)
    cursor = connection.cursor()
    cursor.execute("SELECT id FROM dear WHERE kind = ?", parameters=["'b'"], paramstyle="qmark")
    assert cursor.fetchall() == [(2,)]
