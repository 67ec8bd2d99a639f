"""Glue's visual jobs by boto3: definitions, runs, and the workshop's job against DuckDB."""

import json
import time

import duckdb
import pandas
import pytest
from botocore.exceptions import ClientError

OVER = {"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR"}


def wait_for_run(glue, job, run_id, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        run = glue.get_job_run(JobName=job, RunId=run_id)["JobRun"]
        if run["JobRunState"] in OVER:
            return run
        time.sleep(0.05)
    raise AssertionError(f"run {run_id} of {job} does not end: {run}")


def run_job(glue, job):
    return wait_for_run(glue, job, glue.start_job_run(JobName=job)["JobRunId"])


def create_job(glue, name, nodes, **more):
    return glue.create_job(
        Name=name, Role="lab", Command={"Name": "glueetl"}, CodeGenConfigurationNodes=nodes, **more
    )


def csv_source(path):
    return {
        "S3CsvSource": {
            "Name": "Numbers",
            "Paths": [path],
            "Separator": "comma",
            "QuoteChar": "quote",
            "WithHeader": True,
        }
    }


def parquet_target(source, path):
    return {"S3GlueParquetTarget": {"Name": "Out", "Inputs": [source], "Path": path, "Compression": "snappy"}}


@pytest.fixture
def lake(s3, bucket):
    """A bucket with one CSV file of 2,000 numbers."""
    rows = "n\n" + "".join(f"{n}\n" for n in range(2000))
    s3.put_object(Bucket=bucket, Key="in/numbers.csv", Body=rows.encode())
    return bucket


def parquet_files(s3, bucket, prefix, folder):
    """Downloads the Parquet files under a prefix, folders kept; gives a pattern that finds them."""
    for entry in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", []):
        file = folder / entry["Key"]
        file.parent.mkdir(parents=True, exist_ok=True)
        s3.download_file(bucket, entry["Key"], str(file))
    return str(folder / prefix / "**" / "*.parquet")


def test_a_definition_comes_back_completed(glue, lake):
    nodes = {"s": csv_source(f"s3://{lake}/in/"), "out": parquet_target("s", f"s3://{lake}/out/")}
    assert create_job(glue, "numbers", nodes, Tags={"team": "data"})["Name"] == "numbers"
    job = glue.get_job(JobName="numbers")["Job"]
    assert job["CodeGenConfigurationNodes"] == nodes
    assert (job["WorkerType"], job["NumberOfWorkers"], job["MaxRetries"]) == ("G.1X", 10, 0)
    assert job["ExecutionProperty"] == {"MaxConcurrentRuns": 1}
    assert job["CreatedOn"] == job["LastModifiedOn"]
    assert glue.list_jobs()["JobNames"] == ["numbers"]
    assert glue.list_jobs(Tags={"team": "data"})["JobNames"] == ["numbers"]
    assert glue.list_jobs(Tags={"team": "web"})["JobNames"] == []
    assert [job["Name"] for job in glue.get_jobs()["Jobs"]] == ["numbers"]
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        create_job(glue, "numbers", nodes)
    glue.update_job(JobName="numbers", JobUpdate={"Role": "r", "Command": {"Name": "glueetl"}, "Timeout": 7})
    assert glue.get_job(JobName="numbers")["Job"]["Timeout"] == 7
    assert glue.delete_job(JobName="numbers")["JobName"] == "numbers"
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_job(JobName="numbers")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.start_job_run(JobName="numbers")


def test_a_broken_graph_is_refused_when_it_is_saved(glue):
    with pytest.raises(ClientError) as error:
        create_job(glue, "broken", {"out": parquet_target("gone", "s3://x/y/")})
    assert error.value.response["Error"]["Code"] == "InvalidInputException"
    assert error.value.response["Error"]["Message"] == (
        "node 'Out' (S3GlueParquetTarget): input 'gone' is not a node of this job; nodes: out"
    )


def test_a_run_has_times_capacity_and_a_state(glue, s3, lake, tmp_path):
    nodes = {"s": csv_source(f"s3://{lake}/in/"), "out": parquet_target("s", f"s3://{lake}/out/")}
    create_job(glue, "numbers", nodes, WorkerType="G.2X", NumberOfWorkers=3)
    run = run_job(glue, "numbers")
    assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
    assert (run["MaxCapacity"], run["Attempt"], run["LogGroupName"]) == (6.0, 0, "/aws-glue/jobs")
    seconds = (run["CompletedOn"] - run["StartedOn"]).total_seconds()
    assert run["DPUSeconds"] == pytest.approx(6 * seconds, abs=0.01)
    assert run["ExecutionTime"] == int(seconds)
    runs = glue.get_job_runs(JobName="numbers")["JobRuns"]
    assert [run["Id"]] == [other["Id"] for other in runs]
    files = parquet_files(s3, lake, "out", tmp_path)
    assert duckdb.sql(f"select count(*), sum(n::int) from '{files}'").fetchall() == [(2000, 1999000)]


def test_a_failed_run_names_the_node(glue, s3, lake):
    nodes = {
        "s": csv_source(f"s3://{lake}/in/"),
        "d": {"DropDuplicates": {"Name": "Dedupe", "Inputs": ["s"], "Columns": [["m"]]}},
        "out": parquet_target("d", f"s3://{lake}/out/"),
    }
    create_job(glue, "failing", nodes)
    run = run_job(glue, "failing")
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"] == "node 'Dedupe' (DropDuplicates): column 'm' not found; available: n"
    assert "Contents" not in s3.list_objects_v2(Bucket=lake, Prefix="out/")


def test_a_stopped_run_stops(glue, s3, lake):
    query = "SELECT a.n FROM t a CROSS JOIN t b CROSS JOIN t c WHERE a.n + b.n + c.n = 1"
    sql = {"Name": "Pair", "Inputs": ["s"], "SqlQuery": query, "SqlAliases": [{"From": "s", "Alias": "t"}]}
    nodes = {
        "s": csv_source(f"s3://{lake}/in/"),
        "q": {"SparkSQL": sql},
        "out": parquet_target("q", f"s3://{lake}/out/"),
    }
    create_job(glue, "slow", nodes)
    run_id = glue.start_job_run(JobName="slow")["JobRunId"]
    with pytest.raises(glue.exceptions.ConcurrentRunsExceededException):
        glue.start_job_run(JobName="slow")
    answer = glue.batch_stop_job_run(JobName="slow", JobRunIds=[run_id, "jr_unknown"])
    assert [run["JobRunId"] for run in answer["SuccessfulSubmissions"]] == [run_id]
    assert answer["Errors"][0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"
    assert wait_for_run(glue, "slow", run_id, seconds=10)["JobRunState"] == "STOPPED"
    assert "Contents" not in s3.list_objects_v2(Bucket=lake, Prefix="out/")


def test_a_run_that_was_killed_with_the_server_is_failed(own_server):
    server = own_server()
    s3, glue = server.client("s3"), server.client("glue")
    s3.create_bucket(Bucket="lake")
    s3.put_object(Bucket="lake", Key="in/a.csv", Body=b"n\n" + b"1\n" * 3000)
    query = "SELECT a.n FROM t a CROSS JOIN t b CROSS JOIN t c WHERE a.n + b.n + c.n = 1"
    sql = {"Name": "Pair", "Inputs": ["s"], "SqlQuery": query, "SqlAliases": [{"From": "s", "Alias": "t"}]}
    nodes = {"s": csv_source("s3://lake/in/"), "q": {"SparkSQL": sql}, "out": parquet_target("q", "s3://lake/out/")}
    create_job(glue, "slow", nodes)
    run_id = glue.start_job_run(JobName="slow")["JobRunId"]
    server.process.kill()
    server.process.wait()
    glue = own_server().client("glue")
    run = glue.get_job_run(JobName="slow", RunId=run_id)["JobRun"]
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"] == "lakebed ended while the run was under way; start it again"


@pytest.fixture
def workshop(s3, glue, fixtures):
    """The workshop's buckets, files and tables, the latter as its crawler makes them."""
    folder = fixtures / "workshop"
    for name in ["workshop-raw-data", "workshop-processed-data"]:
        s3.create_bucket(Bucket=name)
    files = ["csv/ai-tool-usage.csv", "json/student-profiles.json", "parquet/survey-responses.parquet"]
    for key in files:
        s3.upload_file(str(folder / key), "workshop-raw-data", key)
    glue.create_database(DatabaseInput={"Name": "workshop"})
    header = (folder / files[0]).read_text("utf-8-sig").splitlines()[0].split(",")
    survey = duckdb.sql(f"describe select * from '{folder / files[2]}'").df()
    types = {"VARCHAR": "string", "INTEGER": "int", "BIGINT": "bigint", "DOUBLE": "double", "FLOAT": "float",
             "BOOLEAN": "boolean", "DATE": "date", "SMALLINT": "smallint"}
    tables = {
        "ai_tool_usage_csv": (
            [(name, "string") for name in header],
            "org.apache.hadoop.hive.serde2.OpenCSVSerde",
            {"skip.header.line.count": "1"},
        ),
        "student_profiles_json": (
            [("student_id", "string"), ("name", "struct<ko:string,en:string>"),
             ("profile", "struct<grade:int,major:string,city:string>"), ("gpa", "double")],
            "org.openx.data.jsonserde.JsonSerDe",
            {},
        ),
        "survey_responses_parquet": (
            [(row.column_name, types.get(row.column_type, "timestamp")) for row in survey.itertuples()],
            "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
            {},
        ),
    }
    for (name, (columns, serde, parameters)), key in zip(tables.items(), files):
        glue.create_table(
            DatabaseName="workshop",
            TableInput={
                "Name": name,
                "Parameters": parameters,
                "StorageDescriptor": {
                    "Columns": [{"Name": column, "Type": kind} for column, kind in columns],
                    "Location": f"s3://workshop-raw-data/{key}",
                    "SerdeInfo": {"SerializationLibrary": serde},
                },
            },
        )
    return folder


def expected_analytics(folder):
    """What the workshop's job must make of its files, worked out by DuckDB and pandas."""
    usage = pandas.read_csv(folder / "csv/ai-tool-usage.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    usage = usage.apply(lambda column: column.str.strip())
    usage = usage.drop_duplicates("response_id")
    dates = [
        pandas.to_datetime(usage["usage_date"], format=form, errors="coerce")
        for form in ["%Y-%m-%d", "%m/%d/%Y", "%Y.%m.%d"]
    ]
    usage["date"] = dates[0].fillna(dates[1]).fillna(dates[2])
    usage["minutes"] = pandas.to_numeric(usage["usage_minutes"].str.replace(",", ""), errors="coerce")
    usage = usage[usage["student_id"].str.fullmatch("S[0-9]{4}") & usage["date"].notna() & usage["minutes"].notna()]
    usage["tool"] = usage["ai_tool"].str.lower()
    usage["score"] = pandas.to_numeric(usage["satisfaction"], errors="coerce")
    profiles = pandas.read_json(folder / "json/student-profiles.json", lines=True)
    profiles["grade"] = profiles["profile"].map(lambda profile: profile.get("grade") if profile else None)
    usage = usage.merge(profiles[["student_id", "grade"]], on="student_id", how="left")
    survey = duckdb.sql(f"select student_id, overall_score from '{folder}/parquet/survey-responses.parquet'").df()
    return usage.merge(survey, on="student_id", how="left")


def test_the_workshop_job_makes_what_duckdb_and_pandas_make(glue, s3, workshop, tmp_path):
    glue.create_job(**json.loads((workshop / "job.json").read_text()))
    run = run_job(glue, "workshop-etl")
    assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
    expected = expected_analytics(workshop)

    parquet_files(s3, "workshop-processed-data", "", tmp_path)
    analytics = f"{tmp_path}/year=*/month=*/*.parquet"
    found = duckdb.sql(
        f"""select year::varchar || '-' || month as period, count(*) as rows, sum(usage_minutes)::bigint as minutes,
                   sum(grade)::bigint as grades, sum(overall_score)::bigint as scores,
                   count(comment) as comments
            from read_parquet('{analytics}', hive_types = {{'year': varchar, 'month': varchar}})
            group by all order by period"""
    ).fetchall()
    wanted = [
        (period, len(rows), int(rows["minutes"].sum()), int(rows["grade"].sum()), int(rows["overall_score"].sum()),
         int((rows["comment"] != "").sum()))
        for period, rows in expected.groupby(expected["date"].dt.strftime("%Y-%m"))
    ]
    assert found == wanted

    summary = duckdb.sql(
        f"select * from '{tmp_path}/aggregated/*.parquet' order by ai_tool"
    ).df().set_index("ai_tool")
    for tool, rows in expected.groupby("tool"):
        row = summary.loc[tool]
        assert (row["responses"], row["total_minutes"]) == (len(rows), rows["minutes"].sum())
        assert row["mean_minutes"] == pytest.approx(rows["minutes"].mean())
        assert row["stddev_minutes"] == pytest.approx(rows["minutes"].std())
        assert row["mean_satisfaction"] == pytest.approx(rows["score"].mean())
    assert len(summary) == expected["tool"].nunique()

    table = glue.get_table(DatabaseName="workshop", Name="ai_tool_analytics")["Table"]
    assert [key["Name"] for key in table["PartitionKeys"]] == ["year", "month"]
    assert table["Parameters"]["classification"] == "parquet"
    partitions = glue.get_partitions(DatabaseName="workshop", TableName="ai_tool_analytics")["Partitions"]
    assert [partition["Values"] for partition in partitions] == [["2025", "01"], ["2025", "02"]]
    summary_table = glue.get_table(DatabaseName="workshop", Name="summary_statistics")["Table"]
    assert summary_table["StorageDescriptor"]["Location"] == "s3://workshop-processed-data/aggregated/"
