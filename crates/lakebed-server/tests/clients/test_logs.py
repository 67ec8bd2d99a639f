"""CloudWatch Logs: what is put comes back, by boto3 and by the AWS CLI."""

import os
import pathlib
import subprocess
import sys
import time

import botocore.exceptions
import pytest
import requests

DAY = 24 * 3600 * 1000
AWS = pathlib.Path(sys.executable).parent / "aws"


@pytest.fixture
def logs(server):
    return server.client("logs")


def now():
    return int(time.time() * 1000)


def make(logs, group, *streams):
    logs.create_log_group(logGroupName=group)
    for stream in streams:
        logs.create_log_stream(logGroupName=group, logStreamName=stream)


def put(logs, group, stream, *events):
    events = [{"timestamp": at, "message": message} for at, message in events]
    return logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def refusal(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


def aws(server, *arguments):
    command = [AWS, "--endpoint-url", server.endpoint, "logs", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=dict(os.environ))
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_groups_are_listed_by_prefix_and_pattern_in_pages(logs):
    for name in ["/b/one", "/a/two", "/a/One"]:
        logs.create_log_group(logGroupName=name, tags={"team": "data"})

    def names(**wanted):
        pages = logs.get_paginator("describe_log_groups").paginate(**wanted, PaginationConfig={"PageSize": 1})
        return [group["logGroupName"] for page in pages for group in page["logGroups"]]

    assert names() == ["/a/One", "/a/two", "/b/one"]
    assert names(logGroupNamePrefix="/a") == ["/a/One", "/a/two"]
    assert names(logGroupNamePattern="one") == ["/b/one"]
    assert refusal(logs.create_log_group, logGroupName="/a/two") == "ResourceAlreadyExistsException"
    assert refusal(logs.create_log_group, logGroupName="a b") == "InvalidParameterException"
    assert refusal(logs.create_log_group, logGroupName="/c", kmsKeyId="k") == "InvalidParameterException"
    assert refusal(names, logGroupNamePrefix="/a", logGroupNamePattern="o") == "InvalidParameterException"
    arn = logs.describe_log_groups(logGroupNamePrefix="/b")["logGroups"][0]["logGroupArn"]
    assert arn == "arn:aws:logs:us-east-1:000000000000:log-group:/b/one"
    logs.tag_resource(resourceArn=arn, tags={"stage": "dev"})
    logs.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"stage": "dev"}
    logs.delete_log_group(logGroupName="/b/one")
    assert refusal(logs.delete_log_group, logGroupName="/b/one") == "ResourceNotFoundException"


def test_streams_are_ordered_by_name_or_last_event(logs):
    make(logs, "g", "a", "b", "c")
    start = now()
    for stream, at in [("a", start), ("c", start - 2000), ("b", start - 1000)]:
        put(logs, "g", stream, (at, "m"))

    def names(**wanted):
        pages = logs.get_paginator("describe_log_streams").paginate(
            logGroupName="g", **wanted, PaginationConfig={"PageSize": 2}
        )
        return [stream["logStreamName"] for page in pages for stream in page["logStreams"]]

    assert names() == ["a", "b", "c"]
    assert names(descending=True) == ["c", "b", "a"]
    assert names(orderBy="LastEventTime") == ["c", "b", "a"]
    assert names(orderBy="LastEventTime", descending=True) == ["a", "b", "c"]
    assert names(logStreamNamePrefix="b") == ["b"]
    assert refusal(names, orderBy="LastEventTime", logStreamNamePrefix="b") == "InvalidParameterException"
    logs.delete_log_stream(logGroupName="g", logStreamName="b")
    assert names() == ["a", "c"]


def test_a_stream_is_read_from_both_ends_and_tokens_stand_still_at_the_end(logs):
    make(logs, "g", "s")
    start = now()
    put(logs, "g", "s", *((start + i, f"m{i}") for i in range(5)))
    wanted = {"logGroupName": "g", "logStreamName": "s", "limit": 2}

    def page(**more):
        answer = logs.get_log_events(**wanted, **more)
        return [event["message"] for event in answer["events"]], answer

    messages, answer = page(startFromHead=True)
    seen = [messages]
    while messages:
        messages, answer = page(nextToken=answer["nextForwardToken"], startFromHead=True)
        seen.append(messages)
    assert seen == [["m0", "m1"], ["m2", "m3"], ["m4"], []]
    token = answer["nextForwardToken"]
    assert page(nextToken=token, startFromHead=True)[1]["nextForwardToken"] == token
    put(logs, "g", "s", (start + 9, "late"))
    assert page(nextToken=token, startFromHead=True)[0] == ["late"]

    messages, answer = page()
    assert messages == ["m4", "late"]
    assert page(nextToken=answer["nextBackwardToken"])[0] == ["m2", "m3"]
    assert page(startTime=start + 1, endTime=start + 3)[0] == ["m1", "m2"]
    assert refusal(logs.get_log_events, **wanted, nextToken="nonsense") == "InvalidParameterException"


def test_events_out_of_time_are_rejected_and_the_rest_is_kept(logs):
    make(logs, "g", "s")
    start = now()
    answer = put(logs, "g", "s", (start, "in time"), (start + DAY // 4, "too new"))
    assert answer["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 1}
    answer = put(logs, "g", "s", (start - 20 * DAY, "too old"))
    assert answer["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}
    events = logs.get_log_events(logGroupName="g", logStreamName="s")["events"]
    assert [event["message"] for event in events] == ["in time"]
    with pytest.raises(logs.exceptions.InvalidParameterException, match="chronological order"):
        put(logs, "g", "s", (start, "b"), (start - 1, "a"))


def test_filters_search_the_streams_of_a_group_in_order_of_time(logs):
    make(logs, "g", "one", "two")
    start = now()
    put(logs, "g", "one", (start, "ERROR 1"), (start + 2, '{"level": "ERROR", "n": 2}'))
    put(logs, "g", "two", (start + 1, "WARN 1"), (start + 3, "ERROR 3"))

    def found(pattern="", **wanted):
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName="g", filterPattern=pattern, **wanted, PaginationConfig={"PageSize": 1}
        )
        return [event["message"] for page in pages for event in page["events"]]

    assert found() == ["ERROR 1", "WARN 1", '{"level": "ERROR", "n": 2}', "ERROR 3"]
    assert found("ERROR -level") == ["ERROR 1", "ERROR 3"]
    assert found("{ $.level = ERROR && $.n > 1 }") == ['{"level": "ERROR", "n": 2}']
    assert found("[level = ERROR || level = WARN, n = 1]") == ["ERROR 1", "WARN 1"]
    assert found(logStreamNames=["two"]) == ["WARN 1", "ERROR 3"]
    assert found(logStreamNamePrefix="o", startTime=start + 1) == ['{"level": "ERROR", "n": 2}']
    assert found(endTime=start + 1) == ["ERROR 1", "WARN 1"]
    assert refusal(found, pattern="{ $.a") == "InvalidParameterException"
    assert refusal(found, logStreamNames=["three"]) == "ResourceNotFoundException"


def test_retention_is_by_the_clock(own_server):
    server = own_server()
    logs = server.client("logs")
    make(logs, "g", "s")
    put(logs, "g", "s", (now(), "m"))
    assert refusal(logs.put_retention_policy, logGroupName="g", retentionInDays=2) == "InvalidParameterException"
    logs.put_retention_policy(logGroupName="g", retentionInDays=3)
    read = lambda: logs.get_log_events(logGroupName="g", logStreamName="s")["events"]
    assert len(read()) == 1
    requests.post(f"{server.endpoint}/_lakebed/clock?advance=4d", timeout=60).raise_for_status()
    assert read() == []
    assert logs.filter_log_events(logGroupName="g")["events"] == []
    logs.delete_retention_policy(logGroupName="g")
    assert "retentionInDays" not in logs.describe_log_groups()["logGroups"][0]


def test_the_cli_finds_what_a_crawl_writes(server, s3, glue):
    s3.create_bucket(Bucket="lake")
    s3.put_object(Bucket="lake", Key="t/a.csv", Body=b"id,n\n1,2\n")
    glue.create_crawler(
        Name="crawler", Role="arn:aws:iam::000000000000:role/crawler", DatabaseName="lake",
        Targets={"S3Targets": [{"Path": "s3://lake/t/"}]},
    )
    glue.start_crawler(Name="crawler")
    while glue.get_crawler(Name="crawler")["Crawler"]["State"] != "READY":
        time.sleep(0.05)
    last = glue.get_crawler(Name="crawler")["Crawler"]["LastCrawl"]
    command = ["filter-log-events", "--log-group-name", last["LogGroup"], "--query", "events[].message"]
    found = aws(server, *command, "--filter-pattern", '"Created table"', "--output", "text")
    assert found.strip() == f"[{last['MessagePrefix']}] INFO : Created table t in database lake"


def test_events_outlive_a_kill(own_server):
    server = own_server()
    logs = server.client("logs")
    make(logs, "g", "s")
    put(logs, "g", "s", (now(), "kept"))
    server.process.kill()
    server.process.wait()
    events = own_server().client("logs").filter_log_events(logGroupName="g")["events"]
    assert [event["message"] for event in events] == ["kept"]


def test_operations_that_are_not_there_say_so(logs):
    assert refusal(logs.describe_metric_filters) == "NotImplementedException"
