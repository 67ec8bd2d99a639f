"""Glue Data Quality by boto3: rulesets, runs over tables, results, history, and nodes of jobs."""

import io
import json
import time

import pandas
import pytest
from botocore.exceptions import ClientError

from test_glue_jobs import create_job, csv_source, run_job

OVER = {"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"}
ORDERS = "id,city,price\n1,Seoul,10.5\n2,Busan,20\n3,Seoul,30\n4,,40\n"


@pytest.fixture
def orders(glue, s3, bucket):
    """The table `lake.orders` over one CSV file."""
    s3.put_object(Bucket=bucket, Key="orders/day1.csv", Body=ORDERS.encode())
    glue.create_database(DatabaseInput={"Name": "lake"})
    glue.create_table(
        DatabaseName="lake",
        TableInput={
            "Name": "orders",
            "StorageDescriptor": {
                "Columns": [
                    {"Name": "id", "Type": "bigint"},
                    {"Name": "city", "Type": "string"},
                    {"Name": "price", "Type": "double"},
                ],
                "Location": f"s3://{bucket}/orders/",
                "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "SerdeInfo": {
                    "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                    "Parameters": {"field.delim": ",", "skip.header.line.count": "1"},
                },
            },
            "Parameters": {"skip.header.line.count": "1"},
        },
    )
    return {"GlueTable": {"DatabaseName": "lake", "TableName": "orders"}}


def wait(get, run_id, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        run = get(RunId=run_id)
        if run["Status"] in OVER:
            return run
        time.sleep(0.05)
    raise AssertionError(f"run {run_id} does not end: {run}")


def evaluate(glue, source, *names, **more):
    run = glue.start_data_quality_ruleset_evaluation_run(
        DataSource=source, Role="lab", RulesetNames=list(names), **more
    )
    return wait(glue.get_data_quality_ruleset_evaluation_run, run["RunId"])


def test_rulesets_are_kept_and_checked(glue):
    target = {"DatabaseName": "lake", "TableName": "orders"}
    text = 'Rules = [ RowCount > 1, IsComplete "id" ]'
    for name in ["b", "a", "c"]:
        glue.create_data_quality_ruleset(
            Name=name, Ruleset=text, Description="first", TargetTable=target, Tags={"team": name}
        )
    found = glue.get_data_quality_ruleset(Name="a")
    assert (found["Ruleset"], found["TargetTable"], found["Description"]) == (text, target, "first")
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        glue.create_data_quality_ruleset(Name="a", Ruleset=text)
    with pytest.raises(glue.exceptions.InvalidInputException, match="line 1:10 expected a rule type"):
        glue.create_data_quality_ruleset(Name="d", Ruleset="Rules = [ Rowcount > 1 ]")
    updated = glue.update_data_quality_ruleset(Name="a", Ruleset="Rules = [ RowCount > 2 ]")
    assert (updated["Ruleset"], updated["Description"]) == ("Rules = [ RowCount > 2 ]", "first")
    first = glue.list_data_quality_rulesets(MaxResults=2)
    rest = glue.list_data_quality_rulesets(MaxResults=2, NextToken=first["NextToken"])
    named = [(one["Name"], one["RuleCount"]) for one in first["Rulesets"] + rest["Rulesets"]]
    assert named == [("a", 1), ("b", 2), ("c", 2)] and "NextToken" not in rest
    tagged = glue.list_data_quality_rulesets(Tags={"team": "c"})["Rulesets"]
    assert [one["Name"] for one in tagged] == ["c"]
    glue.delete_data_quality_ruleset(Name="a")
    for missing in [glue.get_data_quality_ruleset, glue.delete_data_quality_ruleset]:
        with pytest.raises(glue.exceptions.EntityNotFoundException):
            missing(Name="a")


def test_a_run_evaluates_a_table(glue, s3, bucket, orders):
    glue.create_data_quality_ruleset(
        Name="orders",
        Ruleset="""Rules = [
            RowCount = 4,
            IsComplete "id" labels = ["level" = "high"],
            ColumnValues "price" < 40,
            Mean "price" between 25 and 26 where "city <> ''",
            CustomSql "select count(*) from primary where city = 'Seoul'" = 2,
            CustomSql "select count(*) from primary p join lake.orders o on p.id = o.id" = 4,
            CustomSql "select count(*) from lake.nothing" > 0,
            FileSize > 10 B,
            (ColumnExists "nothing") or (IsUnique "id")
        ] Analyzers = [ DistinctValuesCount "city" ]""",
    )
    run = evaluate(
        glue,
        orders,
        "orders",
        AdditionalRunOptions={"ResultsS3Prefix": f"s3://{bucket}/results/"},
    )
    assert (run["Status"], run["NumberOfWorkers"], run["Timeout"]) == ("SUCCEEDED", 5, 2880), run
    [result_id] = run["ResultIds"]
    result = glue.get_data_quality_result(ResultId=result_id)
    rules = {rule["Name"]: rule for rule in result["RuleResults"]}
    outcomes = [rule["Result"] for rule in result["RuleResults"]]
    assert outcomes == ["PASS", "PASS", "FAIL", "FAIL", "PASS", "PASS", "FAIL", "PASS", "PASS"], result["RuleResults"]
    assert rules["Rule_1"]["EvaluatedMetrics"] == {"Dataset.*.RowCount": 4.0}
    assert rules["Rule_2"]["Labels"] == {"level": "high"}
    assert rules["Rule_3"]["EvaluationMessage"] == "Value: 40.0 does not meet the constraint requirement!"
    assert rules["Rule_3"]["EvaluatedMetrics"] == {"Column.price.Maximum": 40.0}
    # 10.5, 20 and 30: the fourth order has no city.
    assert rules["Rule_4"]["EvaluatedMetrics"]["Column.price.Mean"] == pytest.approx(60.5 / 3)
    assert rules["Rule_8"]["EvaluatedMetrics"]["Dataset.*.MaximumFileSize"] == len(ORDERS)
    assert result["Score"] == pytest.approx(6 / 9)
    assert result["DataSource"] == orders and result["RulesetName"] == "orders"
    assert result["AggregatedMetrics"]["TotalRulesFailed"] == 3.0
    [analyzer] = result["AnalyzerResults"]
    assert analyzer["EvaluatedMetrics"] == {"Column.city.DistinctValuesCount": 3.0}
    batch = glue.batch_get_data_quality_result(ResultIds=[result_id, "dqresult-0"])
    assert [one["Score"] for one in batch["Results"]] == [result["Score"]]
    assert batch["ResultsNotFound"] == ["dqresult-0"]
    listed = glue.list_data_quality_results(Filter={"DataSource": orders})["Results"]
    assert [one["ResultId"] for one in listed] == [result_id]
    written = s3.get_object(Bucket=bucket, Key=f"results/{result_id}.json")["Body"].read()
    assert json.loads(written)["Score"] == result["Score"]


def test_references_and_what_is_missing(glue, orders):
    glue.create_data_quality_ruleset(
        Name="same",
        Ruleset='Rules = [ RowCountMatch "other" = 1.0, SchemaMatch "other" = 1.0, '
        'ReferentialIntegrity "id" "other.id" = 1.0, DatasetMatch "other" "id" = 1.0 ]',
    )
    run = evaluate(glue, orders, "same", AdditionalDataSources={"other": orders})
    result = glue.get_data_quality_result(ResultId=run["ResultIds"][0])
    assert result["Score"] == 1.0, result["RuleResults"]
    alone = evaluate(glue, orders, "same")
    messages = glue.get_data_quality_result(ResultId=alone["ResultIds"][0])["RuleResults"]
    assert {one["EvaluationMessage"] for one in messages} == {"other not found in additional sources"}
    nobody = {"GlueTable": {"DatabaseName": "lake", "TableName": "nobody"}}
    for source, name in [(nobody, "same"), (orders, "nothing")]:
        with pytest.raises(glue.exceptions.EntityNotFoundException):
            evaluate(glue, source, name)
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_data_quality_ruleset_evaluation_run(RunId="dqrun-0")
    with pytest.raises(glue.exceptions.InvalidInputException, match="SUCCEEDED"):
        glue.cancel_data_quality_ruleset_evaluation_run(RunId=run["RunId"])
    runs = glue.list_data_quality_ruleset_evaluation_runs(
        Filter={"DataSource": orders, "RulesetName": "same"}
    )["Runs"]
    assert [one["RunId"] for one in runs] == [alone["RunId"], run["RunId"]]


def test_history_moves_limits_and_finds_anomalies(glue, s3, bucket, orders):
    glue.create_data_quality_ruleset(
        Name="watch", Ruleset='Rules = [ RowCount >= avg(last(3)), DetectAnomalies "RowCount" ]'
    )
    outcomes = []
    for _ in range(3):
        run = evaluate(glue, orders, "watch")
        result = glue.get_data_quality_result(ResultId=run["ResultIds"][0])
        outcomes.append([rule["Result"] for rule in result["RuleResults"]])
    assert outcomes == [["FAIL", "PASS"], ["PASS", "PASS"], ["PASS", "PASS"]]
    many = ORDERS + "".join(f"{n},Jeju,1\n" for n in range(5, 100))
    s3.put_object(Bucket=bucket, Key="orders/day1.csv", Body=many.encode())
    run = evaluate(glue, orders, "watch")
    result = glue.get_data_quality_result(ResultId=run["ResultIds"][0])
    assert [rule["Result"] for rule in result["RuleResults"]] == ["PASS", "FAIL"]
    assert result["RuleResults"][0]["EvaluatedRule"] == "RowCount >= 4.0"
    [observation] = result["Observations"]
    observed = observation["MetricBasedObservation"]
    assert observed["MetricName"] == "Dataset.*.RowCount"
    assert observed["MetricValues"]["ActualValue"] == 99.0
    assert observed["MetricValues"]["ExpectedValue"] == 4.0

    series = glue.list_data_quality_statistics(StatisticId=observed["StatisticId"])["Statistics"]
    assert [one["DoubleValue"] for one in series] == [99.0, 4.0, 4.0, 4.0]
    assert series[0]["ProfileId"] == result["ProfileId"]
    assert (series[0]["StatisticName"], series[0]["EvaluationLevel"]) == ("RowCount", "Dataset")
    # Without the anomaly the next run expects 4 rows again.
    answer = glue.batch_put_data_quality_statistic_annotation(
        InclusionAnnotations=[
            {
                "ProfileId": result["ProfileId"],
                "StatisticId": observed["StatisticId"],
                "InclusionAnnotation": "EXCLUDE",
            },
            {"ProfileId": "p", "StatisticId": "s", "InclusionAnnotation": "EXCLUDE"},
        ]
    )
    assert [one["ProfileId"] for one in answer["FailedInclusionAnnotations"]] == ["p"]
    [annotation] = glue.list_data_quality_statistic_annotations()["Annotations"]
    assert annotation["InclusionAnnotation"]["Value"] == "EXCLUDE"
    run = evaluate(glue, orders, "watch")
    again = glue.get_data_quality_result(ResultId=run["ResultIds"][0])
    assert again["RuleResults"][0]["EvaluatedRule"] == "RowCount >= 4.0"


def test_a_recommended_ruleset_holds(glue, orders):
    started = glue.start_data_quality_rule_recommendation_run(
        DataSource=orders, Role="lab", CreatedRulesetName="proposed"
    )
    run = wait(glue.get_data_quality_rule_recommendation_run, started["RunId"])
    assert run["Status"] == "SUCCEEDED", run
    assert 'IsComplete "id"' in run["RecommendedRuleset"]
    ruleset = glue.get_data_quality_ruleset(Name="proposed")
    assert ruleset["Ruleset"] == run["RecommendedRuleset"]
    assert ruleset["RecommendationRunId"] == run["RunId"]
    result_id = evaluate(glue, orders, "proposed")["ResultIds"][0]
    assert glue.get_data_quality_result(ResultId=result_id)["Score"] == 1.0
    listed = glue.list_data_quality_rule_recommendation_runs()["Runs"]
    assert [one["CreatedRulesetName"] for one in listed] == ["proposed"]


def frame_of(s3, bucket, prefix):
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]]
    parts = [
        pandas.read_parquet(io.BytesIO(s3.get_object(Bucket=bucket, Key=key)["Body"].read()))
        for key in keys
    ]
    return pandas.concat(parts, ignore_index=True)


def target(name, source, path):
    return {
        "S3DirectTarget": {
            "Name": name,
            "Inputs": [source],
            "Path": path,
            "Format": "parquet",
            "Compression": "snappy",
        }
    }


RULES = 'Rules = [ RowCount > 100, ColumnValues "city" != EMPTY, IsUnique "id" ]'


def test_a_job_tells_good_rows_from_bad(glue, s3, bucket):
    s3.put_object(Bucket=bucket, Key="in/orders.csv", Body=ORDERS.encode())
    nodes = {
        "source": csv_source(f"s3://{bucket}/in/"),
        "check": {
            "EvaluateDataQualityMultiFrame": {
                "Name": "Check",
                "Inputs": ["source"],
                "Ruleset": RULES,
                "PublishingOptions": {"EvaluationContext": "orders"},
            }
        },
        "rows": {"SelectFromCollection": {"Name": "rowLevelOutcomes", "Inputs": ["check"], "Index": 0}},
        "rules": {"SelectFromCollection": {"Name": "Second", "Inputs": ["check"], "Index": 2}},
        "good": target("Rows", "rows", f"s3://{bucket}/rows/"),
        "told": target("Rules", "rules", f"s3://{bucket}/rules/"),
    }
    create_job(glue, "check", nodes)
    run = run_job(glue, "check")
    assert run["JobRunState"] == "SUCCEEDED", run
    rows = frame_of(s3, bucket, "rows/").sort_values("id").reset_index(drop=True)
    assert list(rows["DataQualityEvaluationResult"]) == ["Passed", "Passed", "Passed", "Failed"]
    assert list(rows["DataQualityRulesFail"][3]) == ['ColumnValues "city" != EMPTY']
    assert list(rows["DataQualityRulesPass"][3]) == ['IsUnique "id"']
    assert list(rows["DataQualityRulesSkip"][3]) == ["RowCount > 100"]
    rules = frame_of(s3, bucket, "rules/")
    assert list(rules["Outcome"]) == ["Failed", "Failed", "Passed"]
    assert dict(rules["EvaluatedMetrics"][0]) == {"Dataset.*.RowCount": 4.0}
    [listed] = glue.list_data_quality_results(Filter={"JobName": "check"})["Results"]
    result = glue.get_data_quality_result(ResultId=listed["ResultId"])
    assert (result["EvaluationContext"], result["JobRunId"]) == ("orders", run["Id"])
    assert result["Score"] == pytest.approx(1 / 3)


@pytest.mark.parametrize("timing, loaded", [("Immediate", False), ("AfterDataLoad", True)])
def test_a_job_stops_when_rules_fail(glue, s3, bucket, timing, loaded):
    s3.put_object(Bucket=bucket, Key="in/orders.csv", Body=ORDERS.encode())
    nodes = {
        "source": csv_source(f"s3://{bucket}/in/"),
        "check": {
            "EvaluateDataQuality": {
                "Name": "Check",
                "Inputs": ["source"],
                "Ruleset": RULES,
                "Output": "PrimaryInput",
                "StopJobOnFailureOptions": {"StopJobOnFailureTiming": timing},
            }
        },
        "out": target("Out", "check", f"s3://{bucket}/out/"),
    }
    create_job(glue, "stop", nodes)
    run = run_job(glue, "stop")
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"] == (
        "node 'Check' (EvaluateDataQuality): data quality rules failed: "
        'RowCount > 100; ColumnValues "city" != EMPTY'
    )
    assert ("Contents" in s3.list_objects_v2(Bucket=bucket, Prefix="out/")) == loaded


def test_an_unknown_statistics_model_is_refused(glue):
    with pytest.raises(ClientError) as refused:
        glue.get_data_quality_model(ProfileId="p")
    assert "GetDataQualityModel" in str(refused.value)
