"""Glue's workflows by boto3: what they are made of, how runs go on, end, stop and are resumed."""

import time

import pytest
from botocore.exceptions import ClientError
from glue_scripts import Jobs
from test_glue_triggers import advance, make_jobs, when

ROLE = "arn:aws:iam::000000000000:role/lab"


@pytest.fixture
def lake(glue, s3, bucket):
    """Jobs `first`, `second` and `broken`, and a crawler `look` over their input."""
    make_jobs(glue, s3, bucket)
    glue.create_database(DatabaseInput={"Name": "lake"})
    targets = {"S3Targets": [{"Path": f"s3://{bucket}/in/"}]}
    glue.create_crawler(Name="look", Role=ROLE, DatabaseName="lake", Targets=targets)


def begin(glue, workflow, *actions, **more):
    more = {"Type": "ON_DEMAND", **more}
    glue.create_trigger(Name=f"{workflow}-begin", WorkflowName=workflow, Actions=actions, **more)


def follow(glue, workflow, name, conditions, *actions, **more):
    more = {"StartOnCreation": True, **more}
    predicate = {"Logical": "AND", "Conditions": conditions}
    glue.create_trigger(
        Name=name,
        WorkflowName=workflow,
        Type="CONDITIONAL",
        Predicate=predicate,
        Actions=actions,
        **more,
    )


def wait(glue, workflow, run_id, seconds=60):
    """The run, once it is over, with its nodes by name."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        run = glue.get_workflow_run(Name=workflow, RunId=run_id, IncludeGraph=True)["Run"]
        if "CompletedOn" in run:
            return run, {node["Name"]: node for node in run["Graph"]["Nodes"]}
        time.sleep(0.05)
    raise AssertionError(f"not over after {seconds} s: {run}")


def states(node):
    return [run["JobRunState"] for run in node["JobDetails"]["JobRuns"]]


def counts(run):
    return {name: count for name, count in run["Statistics"].items() if count}


def test_a_workflow_is_kept_changed_and_deleted(glue):
    glue.create_workflow(
        Name="w",
        Description="nightly",
        DefaultRunProperties={"day": "1"},
        MaxConcurrentRuns=2,
        Tags={"team": "lake"},
    )
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        glue.create_workflow(Name="w")
    glue.create_workflow(Name="v")
    first = glue.list_workflows(MaxResults=1)
    rest = glue.list_workflows(MaxResults=1, NextToken=first["NextToken"])
    assert (first["Workflows"], rest["Workflows"], "NextToken" in rest) == (["v"], ["w"], False)

    glue.update_workflow(Name="w", DefaultRunProperties={"day": "2"})
    workflow = glue.get_workflow(Name="w")["Workflow"]
    assert workflow["CreatedOn"] <= workflow.pop("LastModifiedOn")
    workflow.pop("CreatedOn")
    assert workflow == {
        "Name": "w",
        "Description": "nightly",
        "DefaultRunProperties": {"day": "2"},
        "MaxConcurrentRuns": 2,
    }
    arn = "arn:aws:glue:us-east-1:000000000000:workflow/w"
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"team": "lake"}
    found = glue.batch_get_workflows(Names=["w", "none"])
    assert [it["Name"] for it in found["Workflows"]] == ["w"]
    assert found["MissingWorkflows"] == ["none"]

    begin(glue, "w", {"JobName": "first"})
    with pytest.raises(glue.exceptions.InvalidInputException, match="one start trigger"):
        glue.create_trigger(
            Name="other", WorkflowName="w", Type="ON_DEMAND", Actions=[{"JobName": "x"}]
        )
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        begin(glue, "none", {"JobName": "first"})
    assert glue.list_triggers()["TriggerNames"] == ["w-begin"]
    glue.delete_workflow(Name="w")
    glue.delete_workflow(Name="w")
    assert glue.list_triggers()["TriggerNames"] == []
    for call in ("get_workflow", "start_workflow_run", "get_workflow_runs", "update_workflow"):
        with pytest.raises(glue.exceptions.EntityNotFoundException):
            getattr(glue, call)(Name="w")
    with pytest.raises(glue.exceptions.InvalidInputException, match="no start trigger"):
        glue.start_workflow_run(Name="v")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_workflow_run(Name="v", RunId="wr_none")
    with pytest.raises(ClientError, match="CreateBlueprint"):
        glue.create_blueprint(Name="b", BlueprintLocation="s3://b/b.zip")


def test_jobs_and_crawlers_of_a_workflow_follow_one_another(glue, lake):
    glue.create_workflow(Name="w", DefaultRunProperties={"day": "1", "kind": "full"})
    begin(glue, "w", {"JobName": "first", "Arguments": {"--a": "b"}}, {"CrawlerName": "look"})
    crawled = {"LogicalOperator": "EQUALS", "CrawlerName": "look", "CrawlState": "SUCCEEDED"}
    follow(glue, "w", "then", [when("first", "SUCCEEDED"), crawled], {"JobName": "second"})
    follow(glue, "w", "never", [when("second", "FAILED")], {"JobName": "broken"})
    # Outside of the workflow: not fired by what runs within it.
    glue.create_trigger(
        Name="outside",
        Type="CONDITIONAL",
        StartOnCreation=True,
        Predicate={"Conditions": [when("first", "SUCCEEDED")]},
        Actions=[{"JobName": "broken"}],
    )
    run_id = glue.start_workflow_run(Name="w", RunProperties={"day": "2"})["RunId"]
    run, nodes = wait(glue, "w", run_id)
    assert (run["Status"], run["Name"]) == ("COMPLETED", "w")
    assert run["WorkflowRunProperties"] == {"day": "2", "kind": "full"}
    assert counts(run) == {"TotalActions": 4, "SucceededActions": 3}
    (first,) = nodes["first"]["JobDetails"]["JobRuns"]
    assert first["TriggerName"] == "w-begin"
    assert first["Arguments"] == {
        "--a": "b",
        "--WORKFLOW_NAME": "w",
        "--WORKFLOW_RUN_ID": run_id,
    }
    assert states(nodes["second"]) == ["SUCCEEDED"]
    assert states(nodes["broken"]) == []
    (crawl,) = nodes["look"]["CrawlerDetails"]["Crawls"]
    assert (crawl["State"], crawl["LogStream"]) == ("SUCCEEDED", "look")
    second = nodes["second"]["JobDetails"]["JobRuns"][0]
    assert second["StartedOn"] >= max(crawl["CompletedOn"], first["CompletedOn"])
    assert glue.get_job_runs(JobName="broken")["JobRuns"] == []

    # The graph of the definition is that of the run, without what ran.
    workflow = glue.get_workflow(Name="w", IncludeGraph=True)["Workflow"]
    assert workflow["LastRun"]["WorkflowRunId"] == run_id
    named = {node["UniqueId"]: node["Name"] for node in workflow["Graph"]["Nodes"]}
    assert all(name.startswith("wnode_") for name in named)
    edges = {(named[it["SourceId"]], named[it["DestinationId"]]) for it in workflow["Graph"]["Edges"]}
    assert edges == {
        ("w-begin", "first"),
        ("w-begin", "look"),
        ("first", "then"),
        ("look", "then"),
        ("then", "second"),
        ("second", "never"),
        ("never", "broken"),
    }
    assert edges == {
        (named[it["SourceId"]], named[it["DestinationId"]]) for it in run["Graph"]["Edges"]
    }

    # The trigger starts the workflow too.
    glue.start_trigger(Name="w-begin")
    latest = glue.get_workflow_runs(Name="w", MaxResults=1)
    assert latest["Runs"][0]["WorkflowRunId"] != run_id
    rest = glue.get_workflow_runs(Name="w", NextToken=latest["NextToken"])
    assert [it["WorkflowRunId"] for it in rest["Runs"]] == [run_id]
    wait(glue, "w", latest["Runs"][0]["WorkflowRunId"])


def test_a_run_that_failed_in_part_is_resumed(glue, s3, bucket, lake):
    glue.create_workflow(Name="w")
    begin(glue, "w", {"JobName": "first"}, {"JobName": "broken"}, {"JobName": "none"})
    both = [when("first", "SUCCEEDED"), when("broken", "SUCCEEDED")]
    follow(glue, "w", "then", both, {"JobName": "second"})
    run_id = glue.start_workflow_run(Name="w")["RunId"]
    run, nodes = wait(glue, "w", run_id)
    assert counts(run) == {
        "TotalActions": 4,
        "SucceededActions": 1,
        "FailedActions": 1,
        "ErroredActions": 1,
    }
    (missing,) = nodes["none"]["JobDetails"]["JobRuns"]
    assert (missing["JobRunState"], "missing metadata" in missing["ErrorMessage"]) == ("ERROR", True)
    with pytest.raises(glue.exceptions.InvalidInputException, match="no run attempt"):
        glue.resume_workflow_run(Name="w", RunId=run_id, NodeIds=[nodes["second"]["UniqueId"]])

    s3.put_object(Bucket=bucket, Key="nothing/numbers.csv", Body=b"n\n3\n")
    chosen = [nodes["broken"]["UniqueId"]]
    answer = glue.resume_workflow_run(Name="w", RunId=run_id, NodeIds=chosen)
    assert answer["NodeIds"] == chosen
    resumed, nodes = wait(glue, "w", answer["RunId"])
    assert resumed["PreviousRunId"] == run_id
    assert counts(resumed) == {"TotalActions": 4, "SucceededActions": 3, "ErroredActions": 1}
    assert states(nodes["second"]) == ["SUCCEEDED"]
    # What had succeeded did not run again.
    assert len(glue.get_job_runs(JobName="first")["JobRuns"]) == 1


def test_a_run_is_stopped_with_what_it_has_under_way(server, glue, lake):
    Jobs(server).make("import time; time.sleep(600)", name="slow", command="pythonshell")
    glue.create_workflow(Name="w", MaxConcurrentRuns=1)
    begin(glue, "w", {"JobName": "slow"})
    follow(glue, "w", "then", [when("slow", "STOPPED")], {"JobName": "second"})
    run_id = glue.start_workflow_run(Name="w")["RunId"]
    assert counts(glue.get_workflow_run(Name="w", RunId=run_id)["Run"]) == {
        "TotalActions": 2,
        "RunningActions": 1,
    }
    with pytest.raises(glue.exceptions.ConcurrentRunsExceededException, match="for workflow: w"):
        glue.start_workflow_run(Name="w")
    with pytest.raises(ClientError, match="IllegalWorkflowStateException"):
        glue.resume_workflow_run(Name="w", RunId=run_id, NodeIds=["wnode_1"])
    glue.stop_workflow_run(Name="w", RunId=run_id)
    run, nodes = wait(glue, "w", run_id)
    assert run["Status"] == "STOPPED"
    assert states(nodes["slow"]) == ["STOPPED"]
    assert counts(run) == {"TotalActions": 2, "StoppedActions": 1}
    assert states(nodes["second"]) == []
    with pytest.raises(ClientError, match="IllegalWorkflowStateException"):
        glue.stop_workflow_run(Name="w", RunId=run_id)


def test_scripts_share_the_properties_of_their_run(server, glue):
    jobs = Jobs(server)
    jobs.make(
        """
        import sys, boto3
        from awsglue.utils import getResolvedOptions
        args = getResolvedOptions(sys.argv, ["WORKFLOW_NAME", "WORKFLOW_RUN_ID"])
        run = {"Name": args["WORKFLOW_NAME"], "RunId": args["WORKFLOW_RUN_ID"]}
        glue = boto3.client("glue")
        day = glue.get_workflow_run_properties(**run)["RunProperties"]["day"]
        glue.put_workflow_run_properties(**run, RunProperties={"day": day + "1", "rows": "7"})
        """,
        name="script",
    )
    glue.create_workflow(Name="w", DefaultRunProperties={"day": "1", "kind": "full"})
    begin(glue, "w", {"JobName": "script"})
    run_id = glue.start_workflow_run(Name="w")["RunId"]
    run, nodes = wait(glue, "w", run_id, seconds=120)
    assert states(nodes["script"]) == ["SUCCEEDED"], nodes["script"]
    properties = {"day": "11", "kind": "full", "rows": "7"}
    assert run["WorkflowRunProperties"] == properties
    answer = glue.get_workflow_run_properties(Name="w", RunId=run_id)
    assert answer["RunProperties"] == properties


def test_a_scheduled_workflow_runs_by_the_clock_and_outlives_its_server(own_server):
    server = own_server()
    glue, s3 = server.client("glue"), server.client("s3")
    s3.create_bucket(Bucket="lake")
    make_jobs(glue, s3, "lake")
    Jobs(server).make("import time; time.sleep(600)", name="slow", command="pythonshell")
    glue.create_workflow(Name="w", MaxConcurrentRuns=1)
    nightly = {"Type": "SCHEDULED", "Schedule": "cron(0 3 * * ? *)", "StartOnCreation": True}
    begin(glue, "w", {"JobName": "slow"}, **nightly)
    follow(glue, "w", "then", [when("slow", "FAILED")], {"JobName": "second"})
    for runs in (1, 2):
        advance(server, "24h")
        deadline = time.monotonic() + 30
        while len(glue.get_workflow_runs(Name="w")["Runs"]) < runs:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    refused, running = glue.get_workflow_runs(Name="w")["Runs"]
    assert (refused["Status"], running["Status"]) == ("ERROR", "RUNNING")
    assert refused["ErrorMessage"] == "Concurrent runs exceeded for workflow: w."

    server.stop()
    glue = own_server().client("glue")
    run, nodes = wait(glue, "w", running["WorkflowRunId"])
    assert run["Status"] == "COMPLETED"
    assert counts(run)["FailedActions"] == 1
    assert states(nodes["second"]) == []
