"""The workshop from upload to query, by boto3, by the AWS CLI, and as `lakebed lab run`.

What must come out is computed here by pandas from the raw files, independently of Lakebed.
"""

import csv
import datetime
import io
import json
import os
import re
import subprocess
import time

import pandas
import pyarrow.parquet
import pytest

RAW = "workshop-raw-data"
PROCESSED = "workshop-processed-data"
RESULTS = "workshop-query-results"
FILES = ["csv/ai-tool-usage.csv", "json/student-profiles.json", "parquet/survey-responses.parquet"]
ROLE = "arn:aws:iam::000000000000:role/GlueWorkshopRole"


@pytest.fixture(scope="module")
def workshop_folder():
    import conftest

    return conftest.FIXTURES / "workshop"


@pytest.fixture(scope="module")
def cleaned(workshop_folder):
    """The survey as the job must leave it."""
    usage = pandas.read_csv(workshop_folder / FILES[0], dtype=str, keep_default_na=False, encoding="utf-8-sig")
    usage = usage.drop_duplicates("response_id")
    for column in ["student_id", "student_name"]:
        usage[column] = usage[column].str.strip()
    for column in ["ai_tool", "purpose"]:
        usage[column] = usage[column].str.strip().str.lower()
    usage["usage_date"] = usage["usage_date"].map(read_date)
    for column in ["usage_minutes", "session_count", "satisfaction", "monthly_cost_krw"]:
        usage[column] = pandas.to_numeric(usage[column].str.replace(",", ""), errors="coerce")
    valid = usage["student_id"].str.fullmatch(r"S\d{4}") & usage["usage_date"].notna() & usage["usage_minutes"].notna()
    usage = usage[valid].copy()
    usage["year"] = usage["usage_date"].map(lambda date: f"{date:%Y}")
    usage["month"] = usage["usage_date"].map(lambda date: f"{date:%m}")

    profiles = pandas.read_json(workshop_folder / FILES[1], lines=True)
    profiles["major"] = profiles["profile"].map(lambda profile: profile["major"])
    survey = pyarrow.parquet.read_table(workshop_folder / FILES[2]).to_pandas()
    joined = usage.merge(profiles[["student_id", "major", "gpa"]], on="student_id", how="left")
    return joined.merge(survey[["student_id", "overall_score", "confidence"]], on="student_id", how="left")


def read_date(text):
    for pattern in ["%Y-%m-%d", "%m/%d/%Y", "%Y.%m.%d"]:
        try:
            return datetime.datetime.strptime(text.strip(), pattern).date()
        except ValueError:
            pass
    return None


class Boto3:
    """Calls operations through boto3."""

    def __init__(self, server, aws):
        self.server = server

    def call(self, service, operation, **arguments):
        method = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
        return getattr(self.server.client(service), method)(**arguments)

    def upload(self, path, bucket, key):
        self.server.client("s3").upload_file(str(path), bucket, key)


class AwsCli:
    """Calls operations through the AWS CLI."""

    def __init__(self, server, aws):
        self.aws = aws

    def call(self, service, operation, **arguments):
        command = re.sub(r"(?<!^)(?=[A-Z])", "-", operation).lower()
        service = {"s3": "s3api"}.get(service, service)
        return self.aws(service, command, "--cli-input-json", json.dumps(arguments))

    def upload(self, path, bucket, key):
        self.aws("s3", "cp", path, f"s3://{bucket}/{key}")


def wait(ask, is_over, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = ask()
        if is_over(answer):
            return answer
        time.sleep(0.02)
    raise AssertionError(f"not over after {seconds} s: {answer}")


def upload(client, folder):
    for bucket in [RAW, PROCESSED, RESULTS]:
        client.call("s3", "CreateBucket", Bucket=bucket)
    for key in FILES:
        client.upload(folder / key, RAW, key)


def crawl(client):
    client.call("glue", "CreateDatabase", DatabaseInput={"Name": "workshop"})
    classifier = {
        "Name": "workshop-csv",
        "Delimiter": ",",
        "QuoteSymbol": '"',
        "ContainsHeader": "PRESENT",
        "Serde": "OpenCSVSerDe",
    }
    client.call("glue", "CreateClassifier", CsvClassifier=classifier)
    client.call(
        "glue",
        "CreateCrawler",
        Name="workshop-crawler",
        Role=ROLE,
        DatabaseName="workshop",
        Classifiers=["workshop-csv"],
        Targets={"S3Targets": [{"Path": f"s3://{RAW}/{key}"} for key in FILES]},
    )
    client.call("glue", "StartCrawler", Name="workshop-crawler")
    crawler = wait(
        lambda: client.call("glue", "GetCrawler", Name="workshop-crawler")["Crawler"],
        lambda crawler: crawler["State"] == "READY" and "LastCrawl" in crawler,
    )
    assert crawler["LastCrawl"]["Status"] == "SUCCEEDED", crawler["LastCrawl"]
    tables = client.call("glue", "GetTables", DatabaseName="workshop")["TableList"]
    return {table["Name"]: table for table in tables}


def transform(client, folder):
    job = json.loads((folder / "job.json").read_text())
    client.call("glue", "CreateJob", **job)
    run_id = client.call("glue", "StartJobRun", JobName=job["Name"])["JobRunId"]
    return wait(
        lambda: client.call("glue", "GetJobRun", JobName=job["Name"], RunId=run_id)["JobRun"],
        lambda run: run["JobRunState"] not in ["STARTING", "RUNNING", "STOPPING", "WAITING"],
    )


def query(client, sql):
    """The finished execution, and the rows of the API's answer with their header."""
    started = client.call(
        "athena",
        "StartQueryExecution",
        QueryString=sql,
        QueryExecutionContext={"Database": "workshop"},
        ResultConfiguration={"OutputLocation": f"s3://{RESULTS}/"},
    )
    query_id = started["QueryExecutionId"]
    execution = wait(
        lambda: client.call("athena", "GetQueryExecution", QueryExecutionId=query_id)["QueryExecution"],
        lambda execution: execution["Status"]["State"] not in ["QUEUED", "RUNNING"],
    )
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    results = client.call("athena", "GetQueryResults", QueryExecutionId=query_id)["ResultSet"]
    rows = [[datum.get("VarCharValue") for datum in row["Data"]] for row in results["Rows"]]
    return execution, rows


def check_tables(tables):
    """Right names, types, SerDes and parameters."""
    assert sorted(tables) == ["ai_tool_usage_csv", "student_profiles_json", "survey_responses_parquet"]
    serde = lambda table: table["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"]
    columns = lambda table: {c["Name"]: c["Type"] for c in table["StorageDescriptor"]["Columns"]}

    usage = tables["ai_tool_usage_csv"]
    assert serde(usage) == "org.apache.hadoop.hive.serde2.OpenCSVSerde"
    assert list(columns(usage)) == [
        "response_id", "student_id", "student_name", "usage_date", "ai_tool", "purpose",
        "usage_minutes", "session_count", "satisfaction", "monthly_cost_krw", "comment",
    ]
    assert set(columns(usage).values()) == {"string"}
    assert usage["Parameters"]["classification"] == "csv"
    assert usage["Parameters"]["skip.header.line.count"] == "1"

    profiles = tables["student_profiles_json"]
    assert profiles["Parameters"]["classification"] == "json"
    assert serde(profiles) == "org.openx.data.jsonserde.JsonSerDe"
    types = columns(profiles)
    assert types["student_id"] == "string"
    assert types["name"] == "struct<ko:string,en:string>"
    assert types["profile"] == "struct<grade:int,major:string,city:string>"
    assert types["gpa"] == "double"
    assert types["scholarship"] == "boolean"
    assert types["devices"] == "array<string>"
    assert types["courses"] == "array<struct<code:string,credits:int,score:double>>"

    survey = tables["survey_responses_parquet"]
    assert survey["Parameters"]["classification"] == "parquet"
    assert columns(survey) == {
        "student_id": "string",
        "submitted_at": "timestamp",
        "survey_date": "date",
        "overall_score": "int",
        "confidence": "double",
        "recommends": "boolean",
        "weekly_study_hours": "bigint",
        "budget_krw": "decimal(12,2)",
        "preferred_tools": "array<string>",
    }
    for table in tables.values():
        assert table["Parameters"]["UPDATED_BY_CRAWLER"] == "workshop-crawler"


def check_written(server, cleaned):
    """The Parquet files, read by pyarrow, hold what pandas computed."""
    s3 = server.client("s3")
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=PROCESSED)["Contents"]]
    read = lambda key: pyarrow.parquet.read_table(io.BytesIO(s3.get_object(Bucket=PROCESSED, Key=key)["Body"].read()))
    parts = []
    for key in keys:
        if key.startswith("aggregated/"):
            continue
        year, month, _ = re.fullmatch(r"year=(\d{4})/month=(\d{2})/(.+\.parquet)", key).groups()
        file = pyarrow.parquet.ParquetFile(io.BytesIO(s3.get_object(Bucket=PROCESSED, Key=key)["Body"].read()))
        assert file.metadata.row_group(0).column(0).compression == "SNAPPY"
        parts.append(file.read().to_pandas().assign(year=year, month=month))
    assert {(part["year"].iloc[0], part["month"].iloc[0]) for part in parts} == {("2025", "01"), ("2025", "02")}
    written = pandas.concat(parts).set_index("response_id").sort_index()
    expected = cleaned.set_index("response_id").sort_index()
    assert list(written.index) == list(expected.index)
    for column in ["student_id", "student_name", "ai_tool", "purpose", "usage_date", "year", "month", "major"]:
        assert list(written[column]) == list(expected[column]), column
    for column in ["usage_minutes", "session_count", "satisfaction", "monthly_cost_krw", "gpa", "overall_score", "confidence"]:
        pandas.testing.assert_series_equal(
            written[column].astype(float), expected[column].astype(float), check_names=False, obj=column
        )
    # Spark rounds half up; so does this.
    hours = (expected["usage_minutes"] / 60).map(lambda value: float(f"{value + 1e-9:.2f}"))
    pandas.testing.assert_series_equal(written["usage_hours"], hours, check_names=False)
    levels = pandas.cut(expected["usage_minutes"], [0, 119, 599, 10**9], labels=["light", "regular", "heavy"])
    assert list(written["usage_level"]) == list(levels)
    assert set(written["source_file"]) == {f"s3://{RAW}/{FILES[0]}"}
    assert written["ingestion_time"].notna().all()
    blank = cleaned.set_index("response_id")["comment"].str.strip().sort_index() == ""
    assert list(written["comment"].isna()) == list(blank)

    summary = pandas.concat(read(key).to_pandas() for key in keys if key.startswith("aggregated/"))
    groups = cleaned.groupby("ai_tool")
    expected = pandas.DataFrame({
        "responses": groups.size(),
        "total_minutes": groups["usage_minutes"].sum(),
        "mean_minutes": groups["usage_minutes"].mean(),
        "stddev_minutes": groups["usage_minutes"].std(),
        "mean_satisfaction": groups["satisfaction"].mean(),
    })
    pandas.testing.assert_frame_equal(summary.set_index("ai_tool").sort_index(), expected, check_dtype=False)


def expected_answers(cleaned, folder):
    """The rows of each of the workshop's queries, numbers as numbers."""
    usage = pandas.read_csv(folder / FILES[0], dtype=str, keep_default_na=False, encoding="utf-8-sig")
    missing = usage["usage_minutes"].str.strip().isin(["", "N/A", "null"])
    raw = [[len(usage), usage["response_id"].nunique(), int(missing.sum())]]

    january = cleaned[cleaned["month"] == "01"].groupby("ai_tool")["usage_minutes"]
    aggregation = [
        [tool, len(minutes), minutes.sum(), round(minutes.mean(), 2)] for tool, minutes in january
    ]
    aggregation.sort(key=lambda row: (-row[1], row[0]))

    join = [
        [major, rows["student_id"].nunique(), round(rows["usage_minutes"].mean(), 2), round(rows["overall_score"].mean(), 2)]
        for major, rows in sorted(cleaned.groupby("major"), key=lambda group: group[0].encode())
    ]

    totals = cleaned.groupby(["ai_tool", "student_id"])["usage_minutes"].sum().reset_index()
    window = []
    for tool, rows in totals.groupby("ai_tool"):
        best = sorted(zip(-rows["usage_minutes"], rows["student_id"]))[:3]
        window += [[tool, place, student, -minutes] for place, (minutes, student) in enumerate(best, 1)]

    levels = pandas.cut(cleaned["usage_minutes"], [0, 119, 599, 10**9], labels=["light", "regular", "heavy"])
    statistics = [
        [
            level,
            len(rows),
            rows["usage_minutes"].median(),
            round(rows["usage_minutes"].std(), 4),
            round(rows["usage_minutes"].corr(rows["session_count"]), 6),
        ]
        for level, rows in cleaned.groupby(levels.astype(str))
    ]
    return {
        "0-raw-csv": raw,
        "1-aggregation": aggregation,
        "2-join": join,
        "3-window": window,
        "4-statistics": statistics,
    }


def check_answer(name, rows, expected):
    assert len(rows) == len(expected), name
    for row, wanted in zip(rows, expected):
        for index, (value, want) in enumerate(zip(row, wanted, strict=True)):
            if isinstance(want, str):
                assert value == want, (name, row)
            elif name == "4-statistics" and index == 2:
                # approx_percentile is an estimate.
                assert float(value) == pytest.approx(float(want), rel=0.03), (name, row)
            else:
                assert float(value) == pytest.approx(float(want), rel=1e-9, abs=0.0051 if "." in str(value) else 0), (name, row)


@pytest.mark.parametrize("driver", [Boto3, AwsCli])
def test_the_workshop_runs_from_upload_to_query(driver, server, aws, workshop_folder, cleaned):
    client = driver(server, aws)
    upload(client, workshop_folder)
    check_tables(crawl(client))

    run = transform(client, workshop_folder)
    assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
    check_written(server, cleaned)
    tables = {table["Name"]: table for table in client.call("glue", "GetTables", DatabaseName="workshop")["TableList"]}
    assert {"ai_tool_analytics", "summary_statistics"} <= set(tables)
    assert [key["Name"] for key in tables["ai_tool_analytics"]["PartitionKeys"]] == ["year", "month"]
    partitions = client.call("glue", "GetPartitions", DatabaseName="workshop", TableName="ai_tool_analytics")
    assert [partition["Values"] for partition in partitions["Partitions"]] == [["2025", "01"], ["2025", "02"]]

    expected = expected_answers(cleaned, workshop_folder)
    for path in sorted((workshop_folder / "queries").glob("*.sql")):
        execution, rows = query(client, path.read_text())
        header, *rows = rows
        check_answer(path.stem, rows, expected[path.stem])
        # The same as CSV in the results bucket.
        bucket, key = re.fullmatch(r"s3://([^/]+)/(.+)", execution["ResultConfiguration"]["OutputLocation"]).groups()
        body = server.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        frame = pandas.read_csv(io.BytesIO(body), dtype=str, keep_default_na=False)
        assert list(frame.columns) == header
        assert frame.values.tolist() == [[value or "" for value in row] for row in rows]
        assert execution["Statistics"]["DataScannedInBytes"] > 0


def test_a_partition_filter_scans_less(server, aws, workshop_folder):
    client = Boto3(server, aws)
    upload(client, workshop_folder)
    crawl(client)
    assert transform(client, workshop_folder)["JobRunState"] == "SUCCEEDED"
    scanned = lambda sql: query(client, sql)[0]["Statistics"]["DataScannedInBytes"]
    everything = scanned("SELECT sum(usage_minutes) FROM ai_tool_analytics")
    one_month = scanned("SELECT sum(usage_minutes) FROM ai_tool_analytics WHERE year = '2025' AND month = '01'")
    no_month = scanned("SELECT sum(usage_minutes) FROM ai_tool_analytics WHERE month = '12'")
    all_columns = scanned("SELECT * FROM ai_tool_analytics")
    assert no_month == 0 < one_month < everything < all_columns


def run_lab(folder, *arguments):
    command = [os.environ["LAKEBED_BIN"], "lab", "run", "--data-dir", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_the_lab_gives_the_expected_answers_each_time(tmp_path, workshop_folder, cleaned):
    expected = expected_answers(cleaned, workshop_folder)
    queries = dict(zip(["query-raw-csv", "query-aggregation", "query-join", "query-window", "query-statistics"], expected))
    for _ in range(2):
        done = run_lab(tmp_path / "lab", "--json")
        assert done.returncode == 0, done.stderr
        report = json.loads(done.stdout)
        steps = {step["id"]: step for step in report["steps"]}
        assert list(steps) == ["upload", "crawl", "transform", *queries]
        for step, name in queries.items():
            check_answer(name, steps[step]["answer"]["rows"], expected[name])
            assert steps[step]["scanned_bytes"] > 0
        assert report["aws_cost_usd"] == pytest.approx(sum(step["aws_cost_usd"] for step in report["steps"]))
        assert any(name.startswith(f"s3://{PROCESSED}/year=2025/month=01/") for name in steps["transform"]["made"])


@pytest.mark.parametrize("language, total", [("en", "On AWS:"), ("ko", "AWS 비용:")])
def test_the_lab_speaks_both_languages(tmp_path, language, total):
    done = run_lab(tmp_path / "lab", "--lang", language)
    assert done.returncode == 0, done.stderr
    assert total in done.stdout
    assert "lab-" not in done.stdout.replace(str(tmp_path), ""), "a message is missing"
    assert "\x1b[" not in done.stdout, "colours are for terminals"


def test_the_lab_touches_nobody_elses_folder(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    done = run_lab(tmp_path)
    assert done.returncode == 1
    assert "holds something that is not the lab's" in done.stderr
    assert (tmp_path / "thesis.txt").read_text() == "mine"


# What the three ways of the job must agree on: all columns but those that tell of the run.
SAME = """
    SELECT response_id, student_id, student_name, student_name_en, grade, major, city, gpa, usage_date,
        ai_tool, purpose, usage_minutes, usage_hours, session_count, minutes_per_session, satisfaction,
        monthly_cost_krw, usage_level, overall_score, confidence, recommends, weekly_study_hours,
        comment, year, month
    FROM {table} ORDER BY response_id
"""

CTAS = """
    CREATE TABLE ctas_analytics WITH (
        format = 'PARQUET', external_location = 's3://workshop-processed-data/ctas/',
        partitioned_by = ARRAY['year', 'month']
    ) AS
    WITH standardised AS (
        SELECT trim(response_id) AS response_id, trim(student_id) AS student_id, trim(student_name) AS student_name,
            CASE
                WHEN regexp_like(trim(usage_date), '^[0-9]+-[0-9]+-[0-9]+$') THEN date_parse(trim(usage_date), '%Y-%m-%d')
                WHEN regexp_like(trim(usage_date), '^[0-9]+/[0-9]+/[0-9]+$') THEN date_parse(trim(usage_date), '%m/%d/%Y')
                WHEN regexp_like(trim(usage_date), '^[0-9]+[.][0-9]+[.][0-9]+$') THEN date_parse(trim(usage_date), '%Y.%m.%d')
            END AS usage_date,
            lower(trim(ai_tool)) AS ai_tool, lower(trim(purpose)) AS purpose,
            try_cast(replace(usage_minutes, ',', '') AS integer) AS usage_minutes,
            try_cast(session_count AS integer) AS session_count, try_cast(satisfaction AS integer) AS satisfaction,
            try_cast(replace(monthly_cost_krw, ',', '') AS bigint) AS monthly_cost_krw,
            nullif(trim(comment), '') AS comment
        FROM ai_tool_usage_csv
    ), numbered AS (
        SELECT *, row_number() OVER (PARTITION BY response_id) AS n FROM standardised
    )
    SELECT u.response_id, u.student_id, u.student_name, p.name.en AS student_name_en, p.profile.grade AS grade,
        p.profile.major AS major, nullif(p.profile.city, '') AS city, p.gpa, cast(u.usage_date AS date) AS usage_date,
        u.ai_tool, u.purpose, u.usage_minutes, round(u.usage_minutes / 60e0, 2) AS usage_hours, u.session_count,
        round(cast(u.usage_minutes AS double) / u.session_count, 2) AS minutes_per_session, u.satisfaction,
        u.monthly_cost_krw,
        CASE WHEN u.usage_minutes >= 600 THEN 'heavy' WHEN u.usage_minutes >= 120 THEN 'regular' ELSE 'light' END
            AS usage_level,
        s.overall_score, s.confidence, s.recommends, s.weekly_study_hours, u.comment,
        date_format(u.usage_date, '%Y') AS year, date_format(u.usage_date, '%m') AS month
    FROM numbered u
    LEFT JOIN student_profiles_json p ON u.student_id = p.student_id
    LEFT JOIN survey_responses_parquet s ON u.student_id = s.student_id
    WHERE u.n = 1 AND regexp_like(u.student_id, '^S[0-9]{4}$') AND u.usage_date IS NOT NULL
        AND u.usage_minutes IS NOT NULL
"""


def all_rows(server, execution):
    """A query's rows from its result file, as texts."""
    bucket, key = execution["ResultConfiguration"]["OutputLocation"].removeprefix("s3://").split("/", 1)
    text = server.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_the_visual_job_the_script_and_ctas_give_the_same_rows(server, workshop_folder, cleaned):
    client = Boto3(server, None)
    upload(client, workshop_folder)
    crawl(client)
    assert transform(client, workshop_folder)["JobRunState"] == "SUCCEEDED"

    client.upload(workshop_folder / "job.py", RAW, "scripts/job.py")
    client.call(
        "glue",
        "CreateJob",
        Name="workshop-script",
        Role=ROLE,
        Command={"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": f"s3://{RAW}/scripts/job.py"},
        DefaultArguments={"--database": "workshop", "--output": f"s3://{PROCESSED}/script"},
    )
    run_id = client.call("glue", "StartJobRun", JobName="workshop-script")["JobRunId"]
    run = wait(
        lambda: client.call("glue", "GetJobRun", JobName="workshop-script", RunId=run_id)["JobRun"],
        lambda run: run["JobRunState"] not in ["STARTING", "RUNNING"],
        seconds=120,
    )
    assert run["JobRunState"] == "SUCCEEDED", run

    query(client, CTAS)
    visual, script, ctas = (
        all_rows(server, query(client, SAME.format(table=table))[0])
        for table in ["ai_tool_analytics", "script_analytics", "ctas_analytics"]
    )
    assert [row["response_id"] for row in visual] == sorted(cleaned["response_id"])
    assert script == visual
    assert ctas == visual
    summary = server.client("s3").list_objects_v2(Bucket=PROCESSED, Prefix="script/aggregated/")["Contents"]
    assert len(summary) == 1
