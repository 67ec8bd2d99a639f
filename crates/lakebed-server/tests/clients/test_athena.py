"""Athena by boto3 and the AWS CLI: the life of a query, its results and its refusals."""

import time

import botocore.exceptions
import duckdb
import pytest

RESULTS = "s3://results/athena/"


@pytest.fixture
def results_bucket(s3):
    s3.create_bucket(Bucket="results")


@pytest.fixture
def run(athena, results_bucket):
    """Runs a statement and gives its execution once it has ended."""

    def run(sql, database="default", **more):
        started = athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": database},
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
def rows(athena, run):
    """Runs a query and gives its rows without the header, as texts."""

    def rows(sql, database="default"):
        execution = run(sql, database)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=execution["QueryExecutionId"])
        found = [[datum.get("VarCharValue") for datum in row["Data"]] for page in pages for row in page["ResultSet"]["Rows"]]
        return found[1:] if execution["StatementType"] == "DML" else found

    return rows


@pytest.fixture
def survey(s3, fixtures, run):
    """The workshop's survey as a table of Parquet files."""
    s3.create_bucket(Bucket="raw")
    file = next((fixtures / "workshop" / "parquet").glob("*.parquet"))
    s3.upload_file(str(file), "raw", f"survey/{file.name}")
    types = {
        "BIGINT": "bigint", "INTEGER": "int", "SMALLINT": "smallint", "TINYINT": "tinyint", "DOUBLE": "double",
        "FLOAT": "float", "BOOLEAN": "boolean", "DATE": "date", "VARCHAR": "string",
    }
    columns = duckdb.sql(f"DESCRIBE SELECT * FROM '{file}'").fetchall()
    listed = ", ".join(f"`{name}` {types.get(kind, 'timestamp')}" for name, kind, *_ in columns)
    for sql in ["CREATE DATABASE workshop", f"CREATE EXTERNAL TABLE workshop.survey ({listed}) STORED AS PARQUET LOCATION 's3://raw/survey/'"]:
        execution = run(sql)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    return file


def test_a_query_leaves_its_result_where_athena_leaves_it(run, athena, s3):
    execution = run("SELECT 1 AS n, 'a \"b\"' AS s, CAST(NULL AS varchar) AS z, 1.5e0")
    query_id = execution["QueryExecutionId"]
    assert execution["Status"]["State"] == "SUCCEEDED"
    assert execution["StatementType"] == "DML"
    assert execution["SubstatementType"] == "SELECT"
    assert execution["EngineVersion"]["EffectiveEngineVersion"] == "Athena engine version 3"
    assert execution["ResultConfiguration"]["OutputLocation"] == f"{RESULTS}{query_id}.csv"
    file = s3.get_object(Bucket="results", Key=f"athena/{query_id}.csv")["Body"].read()
    assert file == b'"n","s","z","_col3"\n"1","a ""b""",,"1.5"\n'
    assert s3.head_object(Bucket="results", Key=f"athena/{query_id}.csv.metadata")["ContentLength"] > 0

    answer = athena.get_query_results(QueryExecutionId=query_id)
    assert answer["ResultSet"]["Rows"][1]["Data"] == [
        {"VarCharValue": "1"},
        {"VarCharValue": 'a "b"'},
        {},
        {"VarCharValue": "1.5"},
    ]
    types = [column["Type"] for column in answer["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]]
    assert types == ["integer", "varchar", "varchar", "double"]
    statistics = athena.get_query_runtime_statistics(QueryExecutionId=query_id)["QueryRuntimeStatistics"]
    assert statistics["Rows"]["OutputRows"] == 1


def test_aggregates_are_what_duckdb_computes(survey, rows):
    expected = duckdb.sql(
        f"SELECT recommends, count(*), sum(overall_score), min(student_id) FROM '{survey}' GROUP BY 1 ORDER BY 1 NULLS LAST"
    ).fetchall()
    answered = rows("SELECT recommends, count(*), sum(overall_score), min(student_id) FROM survey GROUP BY 1 ORDER BY 1", "workshop")
    assert len(answered) == len(expected)
    for ours, theirs in zip(answered, expected):
        assert ours[0] == (None if theirs[0] is None else str(theirs[0]).lower())
        assert int(ours[1]) == theirs[1]
        assert float(ours[2]) == pytest.approx(float(theirs[2]))
        assert ours[3] == theirs[3]


def test_windows_and_statistics_are_what_duckdb_computes(survey, rows):
    window = (
        "SELECT student_id, overall_score, rank() OVER (PARTITION BY recommends ORDER BY overall_score DESC, student_id) AS place "
        "FROM {} WHERE overall_score IS NOT NULL ORDER BY student_id, place, overall_score LIMIT 50"
    )
    ours = rows(window.format("survey"), "workshop")
    theirs = duckdb.sql(window.format(f"'{survey}'")).fetchall()
    assert [(a, float(b), int(c)) for a, b, c in ours] == [(a, pytest.approx(float(b)), c) for a, b, c in theirs]

    statistics = "SELECT stddev(overall_score), corr(overall_score, weekly_study_hours), avg(weekly_study_hours) FROM {}"
    [ours] = rows(statistics.format("survey"), "workshop")
    [theirs] = duckdb.sql(statistics.format(f"'{survey}'")).fetchall()
    assert [float(value) for value in ours] == [pytest.approx(value) for value in theirs]


def test_ctas_writes_partitions_that_queries_prune(survey, run, rows, s3, glue):
    made = run(
        "CREATE TABLE by_answer WITH (format = 'PARQUET', write_compression = 'SNAPPY', partitioned_by = ARRAY['answer'], "
        "external_location = 's3://raw/by_answer/') AS SELECT student_id, overall_score, CAST(recommends AS varchar) AS answer FROM survey",
        "workshop",
    )
    assert made["Status"]["State"] == "SUCCEEDED", made["Status"]
    assert made["SubstatementType"] == "CREATE_TABLE_AS_SELECT"
    manifest = made["Statistics"]["DataManifestLocation"].removeprefix("s3://results/")
    files = s3.get_object(Bucket="results", Key=manifest)["Body"].read().decode().split()
    assert files and all(file.startswith("s3://raw/by_answer/answer=") for file in files)
    partitions = glue.get_partitions(DatabaseName="workshop", TableName="by_answer")["Partitions"]
    expected = duckdb.sql(f"SELECT lower(CAST(recommends AS varchar)), count(*) FROM '{survey}' GROUP BY 1").fetchall()
    assert len(partitions) == len(expected)
    for answer, count in expected:
        if answer is not None:
            assert rows(f"SELECT count(*) FROM by_answer WHERE answer = '{answer}'", "workshop") == [[str(count)]]
    everything = run("SELECT sum(overall_score) FROM by_answer", "workshop")
    nothing = run("SELECT sum(overall_score) FROM by_answer WHERE answer = 'never'", "workshop")
    assert everything["Statistics"]["DataScannedInBytes"] > 0
    assert nothing["Statistics"]["DataScannedInBytes"] == 0


@pytest.mark.parametrize(
    "sql, reason",
    [
        (
            "SELECT nope FROM survey",
            "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved or requester is not authorized to access requested resources",
        ),
        ("SELECT *\nFROM nope", "TABLE_NOT_FOUND: line 2:6: Table 'awsdatacatalog.workshop.nope' does not exist"),
        ("SELECT nope(1)", "FUNCTION_NOT_FOUND: line 1:8: Function 'nope' not registered"),
        ("SELECT 1 / 0", "DIVISION_BY_ZERO: Division by zero"),
        ("DROP TABLE nope", "FAILED: SemanticException [Error 10001]: Table not found workshop.nope"),
    ],
)
def test_failures_tell_why_and_where(survey, run, athena, sql, reason):
    execution = run(sql, "workshop")
    assert execution["Status"]["State"] == "FAILED"
    assert execution["Status"]["StateChangeReason"] == reason
    assert execution["Status"]["AthenaError"]["ErrorCategory"] == 2
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])
    assert refused.value.response["Error"]["Message"] == "Query did not finish successfully. Final query state: FAILED"


@pytest.mark.parametrize(
    "request_, message",
    [
        ({"QueryString": "SELEC 1", "ResultConfiguration": {"OutputLocation": RESULTS}}, "line 1:1: mismatched input 'SELEC'"),
        ({"QueryString": "SELECT 1; SELECT 2", "ResultConfiguration": {"OutputLocation": RESULTS}}, "Only one sql statement is allowed"),
        ({"QueryString": "SELECT 1"}, "No output location provided."),
        ({"QueryString": "SELECT 1", "ResultConfiguration": {"OutputLocation": "nowhere"}}, "outputLocation is not a valid S3 path."),
        ({"QueryString": "SELECT 1", "WorkGroup": "nope", "ResultConfiguration": {"OutputLocation": RESULTS}}, "WorkGroup is not found."),
    ],
)
def test_some_requests_are_refused_at_once(results_bucket, athena, request_, message):
    with pytest.raises(athena.exceptions.InvalidRequestException) as refused:
        athena.start_query_execution(**request_)
    assert refused.value.response["Error"]["Message"].startswith(message)


def test_a_running_query_can_be_stopped(results_bucket, athena):
    sql = "SELECT count(*) FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN UNNEST(sequence(1, 10000)) b(y) CROSS JOIN UNNEST(sequence(1, 10000)) c(z) WHERE (x * y + z) % 7 = 3"
    started = athena.start_query_execution(QueryString=sql, ResultConfiguration={"OutputLocation": RESULTS})
    athena.stop_query_execution(QueryExecutionId=started["QueryExecutionId"])
    status = athena.get_query_execution(QueryExecutionId=started["QueryExecutionId"])["QueryExecution"]["Status"]
    assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "Query cancelled by user")


def test_workgroups_live(athena, results_bucket):
    athena.create_work_group(
        Name="lab", Description="x", Configuration={"ResultConfiguration": {"OutputLocation": "s3://results/lab/"}}
    )
    with pytest.raises(athena.exceptions.InvalidRequestException):
        athena.create_work_group(Name="lab")
    started = athena.start_query_execution(QueryString="SELECT 1", WorkGroup="lab")
    execution = athena.get_query_execution(QueryExecutionId=started["QueryExecutionId"])["QueryExecution"]
    assert execution["ResultConfiguration"]["OutputLocation"].startswith("s3://results/lab/")
    athena.update_work_group(WorkGroup="lab", State="DISABLED")
    with pytest.raises(athena.exceptions.InvalidRequestException):
        athena.start_query_execution(QueryString="SELECT 1", WorkGroup="lab")
    assert {group["Name"] for group in athena.list_work_groups()["WorkGroups"]} == {"lab", "primary"}
    athena.delete_work_group(WorkGroup="lab", RecursiveDeleteOption=True)
    with pytest.raises(athena.exceptions.InvalidRequestException):
        athena.get_work_group(WorkGroup="lab")


def test_the_catalog_in_athenas_shapes(survey, athena):
    databases = athena.list_databases(CatalogName="AwsDataCatalog")["DatabaseList"]
    assert "workshop" in {database["Name"] for database in databases}
    table = athena.get_table_metadata(CatalogName="AwsDataCatalog", DatabaseName="workshop", TableName="survey")["TableMetadata"]
    assert table["TableType"] == "EXTERNAL_TABLE"
    assert "student_id" in {column["Name"] for column in table["Columns"]}
    with pytest.raises(athena.exceptions.MetadataException):
        athena.get_table_metadata(CatalogName="AwsDataCatalog", DatabaseName="workshop", TableName="nope")


def test_the_cli_runs_a_query(results_bucket, aws):
    started = aws(
        "athena", "start-query-execution", "--query-string", "SELECT 42 AS answer",
        "--result-configuration", f"OutputLocation={RESULTS}",
    )
    query_id = started["QueryExecutionId"]
    while aws("athena", "get-query-execution", "--query-execution-id", query_id)["QueryExecution"]["Status"]["State"] != "SUCCEEDED":
        time.sleep(0.05)
    answer = aws("athena", "get-query-results", "--query-execution-id", query_id)
    assert [row["Data"][0]["VarCharValue"] for row in answer["ResultSet"]["Rows"]] == ["answer", "42"]
