"""Server access logs, as they lie in the bucket they are delivered to."""

import re
import time

import pytest
import requests
from botocore.exceptions import ClientError

FIELD = re.compile(r'\[[^]]*\]|"[^"]*"|[^ ]+')
NAMES = (
    "owner bucket time remote_ip requester request_id operation key request_line status error_code "
    "bytes_sent object_size total_millis turn_around_millis referer user_agent version host_id "
    "signature_version cipher authentication host tls access_point acl_required"
).split()


def advance(server, by):
    requests.post(f"{server.endpoint}/_lakebed/clock", params={"advance": by}, timeout=60).raise_for_status()


def log_objects(s3, bucket="logs"):
    return [found["Key"] for found in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def records(s3, bucket="logs"):
    """All lines that were delivered, as dictionaries of their fields."""
    lines = []
    for key in log_objects(s3, bucket):
        lines += s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode().splitlines()
    parsed = [FIELD.findall(line) for line in lines]
    assert all(len(fields) == len(NAMES) for fields in parsed), parsed
    return [dict(zip(NAMES, fields)) for fields in parsed]


def delivered(server, s3, count):
    """Waits until so many records are there."""
    advance(server, "6m")
    deadline = time.monotonic() + 30
    while len(records(s3)) < count:
        assert time.monotonic() < deadline, records(s3)
        time.sleep(0.05)
    return records(s3)


def log_to(s3, prefix="log/", **key_format):
    target = {"TargetBucket": "logs", "TargetPrefix": prefix, **key_format}
    s3.put_bucket_logging(Bucket="lake", BucketLoggingStatus={"LoggingEnabled": target})


@pytest.fixture
def lake(own_server):
    server = own_server()
    s3 = server.client("s3")
    for bucket in ["lake", "logs"]:
        s3.create_bucket(Bucket=bucket)
    return server, s3


def test_every_request_is_a_line(lake):
    server, s3 = lake
    s3.put_object(Bucket="lake", Key="before", Body=b"1")
    log_to(s3)
    s3.put_object(Bucket="lake", Key="a b", Body=b"12345")
    s3.get_object(Bucket="lake", Key="a b", Range="bytes=1-2")["Body"].read()
    with pytest.raises(ClientError):
        s3.get_object(Bucket="lake", Key="missing")
    s3.head_object(Bucket="lake", Key="a b", VersionId="null")
    s3.list_objects_v2(Bucket="lake")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "lake", "Key": "a b"})
    requests.get(url, headers={"Referer": "http://example.com/"}, timeout=60)
    s3.copy_object(Bucket="lake", Key="copy", CopySource="lake/before")
    s3.delete_objects(Bucket="lake", Delete={"Objects": [{"Key": "copy"}, {"Key": "before"}]})
    found = delivered(server, s3, 11)
    assert len(found) == 11
    assert {record["bucket"] for record in found} == {"lake"}
    assert {record["remote_ip"] for record in found} == {"127.0.0.1"}
    shown = [(record["operation"], record["key"], record["status"], record["error_code"]) for record in found]
    assert sorted(shown) == sorted(
        [
            ("REST.PUT.OBJECT", "a%20b", "200", "-"),
            ("REST.GET.OBJECT", "a%20b", "206", "-"),
            ("REST.GET.OBJECT", "missing", "404", "NoSuchKey"),
            ("REST.HEAD.OBJECT", "a%20b", "200", "-"),
            ("REST.GET.BUCKET", "-", "200", "-"),
            ("REST.GET.OBJECT", "a%20b", "200", "-"),
            ("REST.COPY.OBJECT", "copy", "200", "-"),
            ("REST.COPY.OBJECT_GET", "before", "200", "-"),
            ("BATCH.DELETE.OBJECT", "copy", "204", "-"),
            ("BATCH.DELETE.OBJECT", "before", "204", "-"),
            ("REST.POST.MULTI_OBJECT_DELETE", "-", "200", "-"),
        ]
    )
    put, ranged = found[0], found[1]
    assert put["request_line"].startswith('"PUT /lake/a%20b') and put["request_line"].endswith('HTTP/1.1"')
    assert (put["object_size"], put["bytes_sent"]) == ("5", "-")
    assert (ranged["object_size"], ranged["bytes_sent"]) == ("5", "2")
    assert (put["signature_version"], put["authentication"]) == ("SigV4", "AuthHeader")
    assert "Boto3" in put["user_agent"]
    assert re.fullmatch(r"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\]", put["time"])
    [presigned] = [record for record in found if record["authentication"] == "QueryString"]
    assert presigned["referer"] == '"http://example.com/"'
    [head] = [record for record in found if record["operation"] == "REST.HEAD.OBJECT"]
    assert (head["version"], head["bytes_sent"]) == ("null", "-")
    for key in log_objects(s3):
        assert re.fullmatch(r"log/\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9A-F]{16}", key), key


def test_what_waits_is_delivered_when_the_server_stops(lake, own_server):
    server, s3 = lake
    log_to(s3)
    s3.put_object(Bucket="lake", Key="k", Body=b"1")
    assert log_objects(s3) == []
    server.stop()
    s3 = own_server().client("s3")
    assert [record["key"] for record in records(s3)] == ["k"]


@pytest.mark.parametrize("source", ["EventTime", "DeliveryTime"])
def test_keys_can_be_partitioned_by_date(lake, source):
    server, s3 = lake
    log_to(s3, prefix="", TargetObjectKeyFormat={"PartitionedPrefix": {"PartitionDateSource": source}})
    s3.put_object(Bucket="lake", Key="k", Body=b"1")
    delivered(server, s3, 1)
    [key] = log_objects(s3)
    time_of_day = "00-00-00" if source == "EventTime" else r"\d\d-\d\d-\d\d"
    found = re.fullmatch(
        rf"000000000000/us-east-1/lake/(\d{{4}})/(\d\d)/(\d\d)/(\d{{4}})-(\d\d)-(\d\d)-{time_of_day}-[0-9A-F]{{16}}",
        key,
    )
    assert found and found.groups()[:3] == found.groups()[3:], key


def test_lifecycle_rules_are_in_the_log(lake):
    server, s3 = lake
    log_to(s3)
    s3.put_object(Bucket="lake", Key="k", Body=b"1")
    rule = {"ID": "r", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}
    s3.put_bucket_lifecycle_configuration(Bucket="lake", LifecycleConfiguration={"Rules": [rule]})
    advance(server, "2d")
    deadline = time.monotonic() + 30
    while "k" in log_objects(s3, "lake"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    for _ in range(100):
        advance(server, "6m")
        expired = [record for record in records(s3) if record["operation"] == "S3.EXPIRE.OBJECT"]
        if expired:
            break
        time.sleep(0.05)
    assert [(record["key"], record["requester"]) for record in expired] == [("k", "AmazonS3")]


def test_a_bucket_without_logging_writes_none(lake):
    server, s3 = lake
    log_to(s3)
    s3.put_object(Bucket="lake", Key="logged", Body=b"1")
    s3.put_bucket_logging(Bucket="lake", BucketLoggingStatus={})
    s3.put_object(Bucket="lake", Key="unlogged", Body=b"1")
    found = delivered(server, s3, 2)
    assert [record["operation"] for record in found] == ["REST.PUT.OBJECT", "REST.PUT.LOGGING_STATUS"]
