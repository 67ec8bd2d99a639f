"""Glue's triggers by boto3: what they start, by word, by the clock, and after one another."""

import time

import pytest
import requests
from botocore.exceptions import ClientError

JOB = {"JobName": "first"}


@pytest.fixture
def jobs(glue, s3, bucket):
    make_jobs(glue, s3, bucket)


def make_jobs(glue, s3, bucket):
    """Jobs `first` and `second`, which copy one file, and `broken`, which finds none."""
    s3.put_object(Bucket=bucket, Key="in/numbers.csv", Body=b"n\n1\n2\n")
    for name, source in [("first", "in/"), ("second", "in/"), ("broken", "nothing/")]:
        nodes = {
            "source": {
                "S3CsvSource": {
                    "Name": "Numbers",
                    "Paths": [f"s3://{bucket}/{source}"],
                    "Separator": "comma",
                    "QuoteChar": "quote",
                    "WithHeader": True,
                }
            },
            "target": {
                "S3GlueParquetTarget": {
                    "Name": "Out",
                    "Inputs": ["source"],
                    "Path": f"s3://{bucket}/out/{name}/",
                    "Compression": "snappy",
                }
            },
        }
        glue.create_job(
            Name=name, Role="lab", Command={"Name": "glueetl"}, CodeGenConfigurationNodes=nodes
        )


def runs_of(glue, job, count, seconds=60):
    """The runs of a job, once there are `count` and all are over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        runs = glue.get_job_runs(JobName=job)["JobRuns"]
        if len(runs) >= count and all("CompletedOn" in run for run in runs):
            return runs
        time.sleep(0.05)
    raise AssertionError(f"{job} has no {count} runs: {runs}")


def when(job, state):
    return {"LogicalOperator": "EQUALS", "JobName": job, "State": state}


def test_a_trigger_is_kept_changed_and_deleted(glue):
    glue.create_trigger(Name="t", Type="ON_DEMAND", Actions=[JOB], Tags={"team": "lake"})
    assert glue.get_trigger(Name="t")["Trigger"] == {
        "Name": "t",
        "Type": "ON_DEMAND",
        "State": "CREATED",
        "Actions": [JOB],
    }
    with pytest.raises(ClientError, match="AlreadyExistsException"):
        glue.create_trigger(Name="t", Type="ON_DEMAND", Actions=[JOB])
    changed = glue.update_trigger(Name="t", TriggerUpdate={"Actions": [{"JobName": "second"}]})
    assert changed["Trigger"]["Actions"] == [{"JobName": "second"}]
    schedule = {"Type": "SCHEDULED", "Schedule": "cron(0 3 * * ? *)"}
    glue.create_trigger(Name="u", Actions=[JOB], StartOnCreation=True, **schedule)
    assert glue.get_trigger(Name="u")["Trigger"]["State"] == "ACTIVATED"
    glue.stop_trigger(Name="u")
    assert glue.get_trigger(Name="u")["Trigger"]["State"] == "DEACTIVATED"

    assert glue.list_triggers(Tags={"team": "lake"})["TriggerNames"] == ["t"]
    assert glue.list_triggers(DependentJobName="first")["TriggerNames"] == ["u"]
    page = glue.get_triggers(MaxResults=1)
    rest = glue.get_triggers(MaxResults=1, NextToken=page["NextToken"])
    assert [page["Triggers"][0]["Name"], rest["Triggers"][0]["Name"]] == ["t", "u"]
    assert "NextToken" not in rest
    found = glue.batch_get_triggers(TriggerNames=["u", "none"])
    assert [it["Name"] for it in found["Triggers"]] == ["u"]
    assert found["TriggersNotFound"] == ["none"]

    glue.delete_trigger(Name="t")
    glue.delete_trigger(Name="t")
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        glue.get_trigger(Name="t")


@pytest.mark.parametrize(
    "wrong",
    [
        {"Type": "SCHEDULED"},
        {"Type": "SCHEDULED", "Schedule": "hourly"},
        {"Type": "CONDITIONAL"},
        {"Type": "CONDITIONAL", "Predicate": {"Conditions": [when("first", "RUNNING")]}},
        {"Type": "ON_DEMAND", "StartOnCreation": True},
        {"Type": "EVENT"},
    ],
)
def test_a_trigger_that_makes_no_sense_is_refused(glue, wrong):
    with pytest.raises(ClientError, match="InvalidInputException"):
        glue.create_trigger(Name="t", Actions=[JOB], **wrong)
    assert glue.list_triggers()["TriggerNames"] == []


def test_jobs_follow_one_another_once_a_trigger_began(glue, jobs):
    glue.create_trigger(
        Name="begin",
        Type="ON_DEMAND",
        Actions=[{"JobName": "first", "Arguments": {"--day": "1"}}, {"JobName": "broken"}],
    )
    glue.create_trigger(
        Name="then",
        Type="CONDITIONAL",
        StartOnCreation=True,
        Predicate={
            "Logical": "AND",
            "Conditions": [when("first", "SUCCEEDED"), when("broken", "FAILED")],
        },
        Actions=[{"JobName": "second"}],
    )
    # A run that no trigger started fires nothing.
    glue.start_job_run(JobName="first")
    glue.start_job_run(JobName="broken")
    runs_of(glue, "first", 1)
    runs_of(glue, "broken", 1)

    glue.start_trigger(Name="begin")
    run = runs_of(glue, "second", 1)[0]
    assert (run["JobRunState"], run["TriggerName"]) == ("SUCCEEDED", "then")
    begun = runs_of(glue, "first", 2)[0]
    assert (begun["TriggerName"], begun["Arguments"]) == ("begin", {"--day": "1"})
    assert len(runs_of(glue, "second", 1)) == 1


def test_a_job_has_failed_once_its_retries_have(glue, jobs):
    job = glue.get_job(JobName="broken")["Job"]
    update = {key: job[key] for key in ("Role", "Command", "CodeGenConfigurationNodes")}
    glue.update_job(JobName="broken", JobUpdate={**update, "MaxRetries": 2})
    glue.create_trigger(Name="begin", Type="ON_DEMAND", Actions=[{"JobName": "broken"}])
    glue.create_trigger(
        Name="then",
        Type="CONDITIONAL",
        StartOnCreation=True,
        Predicate={"Conditions": [when("broken", "FAILED")]},
        Actions=[{"JobName": "second"}],
    )
    glue.start_trigger(Name="begin")
    second = runs_of(glue, "second", 1)
    attempts = glue.get_job_runs(JobName="broken")["JobRuns"]
    assert sorted(run["Attempt"] for run in attempts) == [0, 1, 2]
    assert len(second) == 1
    assert second[0]["StartedOn"] >= max(run["CompletedOn"] for run in attempts)


def test_a_trigger_fires_when_the_clock_passes_its_schedule(own_server):
    server = own_server()
    glue, s3 = server.client("glue"), server.client("s3")
    s3.create_bucket(Bucket="lake")
    make_jobs(glue, s3, "lake")
    nightly = {"Type": "SCHEDULED", "Schedule": "cron(0 3 * * ? *)"}
    glue.create_trigger(Name="nightly", Actions=[JOB], StartOnCreation=True, **nightly)
    glue.create_trigger(Name="off", Actions=[{"JobName": "second"}], **nightly)
    advance(server, "24h")
    assert runs_of(glue, "first", 1)[0]["TriggerName"] == "nightly"
    assert glue.get_job_runs(JobName="second")["JobRuns"] == []


def advance(server, by):
    requests.post(f"{server.endpoint}/_lakebed/clock", params={"advance": by}, timeout=60).raise_for_status()
