"""Lifecycle rules, storage classes and restores, as boto3 sees them. No test waits for a day to
pass: the clock of a server of its own is advanced."""

import datetime
import time

import pytest
import requests
from botocore.exceptions import ClientError

ENOUGH = b"x" * (128 * 1024)


def advance(server, by):
    answer = requests.post(f"{server.endpoint}/_lakebed/clock", params={"advance": by}, timeout=60)
    answer.raise_for_status()
    return answer.json()


def until(condition, seconds=30):
    """Waits until something holds that happens at once, but after the clock was advanced."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def refusal(error):
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def set_rules(s3, bucket, *rules, **options):
    rules = [{"Status": "Enabled", "Filter": {}, **rule} for rule in rules]
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration={"Rules": rules}, **options
    )


def keys(s3, bucket):
    return [found["Key"] for found in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def headers(answer):
    return answer["ResponseMetadata"]["HTTPHeaders"]


@pytest.fixture
def lake(own_server):
    """A server whose clock may be advanced, its client, and a bucket."""
    server = own_server()
    s3 = server.client("s3")
    s3.create_bucket(Bucket="lake")
    return server, s3, "lake"


def test_the_clock_only_goes_forward(own_server):
    server = own_server()
    clock = f"{server.endpoint}/_lakebed/clock"
    before = requests.get(clock, timeout=60).json()
    assert before["ahead_seconds"] == 0
    after = advance(server, "30d")
    assert after["ahead_seconds"] == 30 * 86400
    moment = datetime.datetime.fromisoformat
    assert moment(after["now"]) - moment(before["now"]) >= datetime.timedelta(days=30)
    for wrong in ["", "advance=-1d", "advance=tomorrow"]:
        assert requests.post(f"{clock}?{wrong}", timeout=60).status_code == 400
    server.stop()
    again = own_server()
    clock = requests.get(f"{again.endpoint}/_lakebed/clock", timeout=60).json()
    assert clock["ahead_seconds"] == 30 * 86400


def test_objects_expire_by_prefix_tag_size_and_age(lake):
    server, s3, bucket = lake
    s3.put_object(Bucket=bucket, Key="logs/old", Body=b"1")
    s3.put_object(Bucket=bucket, Key="tagged", Body=b"1", Tagging="keep=no&team=lake")
    s3.put_object(Bucket=bucket, Key="half-tagged", Body=b"1", Tagging="keep=no")
    s3.put_object(Bucket=bucket, Key="large", Body=b"12345")
    s3.put_object(Bucket=bucket, Key="small", Body=b"1")
    tags = [{"Key": "keep", "Value": "no"}, {"Key": "team", "Value": "lake"}]
    set_rules(
        s3,
        bucket,
        {"ID": "logs", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 10}},
        {"ID": "tags", "Filter": {"And": {"Tags": tags}}, "Expiration": {"Days": 3}},
        {"ID": "large", "Filter": {"ObjectSizeGreaterThan": 4}, "Expiration": {"Days": 3}},
        {"ID": "off", "Status": "Disabled", "Expiration": {"Days": 1}},
    )
    advance(server, "5d")
    until(lambda: keys(s3, bucket) == ["half-tagged", "logs/old", "small"])
    s3.put_object(Bucket=bucket, Key="logs/young", Body=b"1")
    advance(server, "7d")
    until(lambda: keys(s3, bucket) == ["half-tagged", "logs/young", "small"])


def test_dates_expire_objects_of_any_age(lake):
    server, s3, bucket = lake
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    midnight = datetime.datetime.now(datetime.timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    date = midnight + datetime.timedelta(days=4)
    set_rules(s3, bucket, {"ID": "date", "Expiration": {"Date": date}})
    forecast = headers(s3.head_object(Bucket=bucket, Key="k"))["x-amz-expiration"]
    assert date.strftime("%a, %d %b %Y 00:00:00 GMT") in forecast
    advance(server, "2d")
    assert keys(s3, bucket) == ["k"]
    advance(server, "2d")
    until(lambda: keys(s3, bucket) == [])


def test_answers_say_when_an_object_expires(s3, bucket):
    rule = {"ID": "two days/로그", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 2}}
    abort = {"ID": "abort", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}
    set_rules(s3, bucket, rule, abort)
    now = datetime.datetime.now(datetime.timezone.utc)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    after = lambda days: midnight + datetime.timedelta(days=days + 1)
    expected = f'expiry-date="{after(2):%a, %d %b %Y} 00:00:00 GMT", rule-id="two%20days%2F%EB%A1%9C%EA%B7%B8"'
    put = s3.put_object(Bucket=bucket, Key="logs/a", Body=b"1")
    copied = s3.copy_object(Bucket=bucket, Key="logs/b", CopySource=f"{bucket}/logs/a")
    head = s3.head_object(Bucket=bucket, Key="logs/a")
    got = s3.get_object(Bucket=bucket, Key="logs/a")
    assert [answer["Expiration"] for answer in (put, copied, head, got)] == [expected] * 4
    assert "Expiration" not in s3.put_object(Bucket=bucket, Key="data/a", Body=b"1")

    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")
    assert (upload["AbortDate"], upload["AbortRuleId"]) == (after(7), "abort")
    listed = s3.list_parts(Bucket=bucket, Key="k", UploadId=upload["UploadId"])
    assert (listed["AbortDate"], listed["AbortRuleId"]) == (after(7), "abort")


def test_versions_age_from_when_they_were_replaced(lake):
    server, s3, bucket = lake
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for number in range(5):
        s3.put_object(Bucket=bucket, Key="k", Body=str(number).encode())
    noncurrent = {"NoncurrentDays": 2, "NewerNoncurrentVersions": 1}
    set_rules(s3, bucket, {"ID": "versions", "NoncurrentVersionExpiration": noncurrent})
    count = lambda: len(s3.list_object_versions(Bucket=bucket).get("Versions", []))
    advance(server, "1d")
    assert count() == 5
    advance(server, "2d")
    until(lambda: count() == 2)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"4"


def test_a_deleted_key_is_cleaned_up_to_the_marker(lake):
    server, s3, bucket = lake
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    set_rules(
        s3,
        bucket,
        {"ID": "expire", "Expiration": {"Days": 1}, "Filter": {"Prefix": "k"}},
        {"ID": "clean", "NoncurrentVersionExpiration": {"NoncurrentDays": 1}},
    )
    advance(server, "2d")
    until(lambda: keys(s3, bucket) == [])
    listing = s3.list_object_versions(Bucket=bucket)
    assert (len(listing["Versions"]), len(listing["DeleteMarkers"])) == (1, 1)
    advance(server, "4d")
    until(lambda: not {"Versions", "DeleteMarkers"} & s3.list_object_versions(Bucket=bucket).keys())


def test_a_locked_version_outlives_the_rules(lake):
    server, s3, _ = lake
    s3.create_bucket(Bucket="vault", ObjectLockEnabledForBucket=True)
    for body in [b"held", b"free", b"newest"]:
        hold = "ON" if body == b"held" else "OFF"
        s3.put_object(Bucket="vault", Key="k", Body=body, ObjectLockLegalHoldStatus=hold)
    set_rules(s3, "vault", {"ID": "r", "NoncurrentVersionExpiration": {"NoncurrentDays": 1}})
    advance(server, "3d")
    bodies = lambda: [
        s3.get_object(Bucket="vault", Key="k", VersionId=found["VersionId"])["Body"].read()
        for found in s3.list_object_versions(Bucket="vault")["Versions"]
    ]
    until(lambda: len(s3.list_object_versions(Bucket="vault")["Versions"]) == 2)
    assert bodies() == [b"newest", b"held"]


def test_uploads_nobody_completes_are_aborted(lake):
    server, s3, bucket = lake
    uploads = lambda: [found["Key"] for found in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])]
    s3.create_multipart_upload(Bucket=bucket, Key="tmp/a")
    s3.create_multipart_upload(Bucket=bucket, Key="data/a")
    abort = {"DaysAfterInitiation": 2}
    set_rules(s3, bucket, {"ID": "a", "Filter": {"Prefix": "tmp/"}, "AbortIncompleteMultipartUpload": abort})
    advance(server, "3d")
    until(lambda: uploads() == ["data/a"])


def test_objects_get_colder_and_must_be_restored(lake):
    server, s3, bucket = lake
    s3.put_object(Bucket=bucket, Key="k", Body=ENOUGH)
    s3.put_object(Bucket=bucket, Key="small", Body=b"1")
    transitions = [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 60, "StorageClass": "GLACIER"}]
    set_rules(s3, bucket, {"ID": "colder", "Transitions": transitions})
    head = lambda key: s3.head_object(Bucket=bucket, Key=key)
    advance(server, "31d")
    until(lambda: head("k").get("StorageClass") == "STANDARD_IA")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == ENOUGH
    advance(server, "30d")
    until(lambda: head("k").get("StorageClass") == "GLACIER")
    assert "StorageClass" not in head("small")

    reads = [
        lambda: s3.get_object(Bucket=bucket, Key="k"),
        lambda: s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/k"),
    ]
    for read in reads:
        with pytest.raises(ClientError) as error:
            read()
        assert refusal(error) == ("InvalidObjectState", 403)
        assert error.value.response["Error"]["StorageClass"] == "GLACIER"

    restore = lambda days, tier: s3.restore_object(
        Bucket=bucket, Key="k", RestoreRequest={"Days": days, "GlacierJobParameters": {"Tier": tier}}
    )["ResponseMetadata"]["HTTPStatusCode"]
    assert restore(2, "Standard") == 202
    with pytest.raises(ClientError) as error:
        restore(2, "Standard")
    assert refusal(error) == ("RestoreAlreadyInProgress", 409)
    assert head("k")["Restore"] == 'ongoing-request="true"'
    advance(server, "5h")
    assert head("k")["Restore"].startswith('ongoing-request="false", expiry-date="')
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == ENOUGH
    assert restore(1, "Standard") == 200
    # A copy is for good.
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/k", StorageClass="STANDARD")
    advance(server, "3d")
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="k")
    assert refusal(error) == ("InvalidObjectState", 403)
    assert "Restore" not in head("k")
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == ENOUGH


def test_restores_are_refused_as_s3_refuses_them(s3, bucket):
    s3.put_object(Bucket=bucket, Key="warm", Body=b"1")
    s3.put_object(Bucket=bucket, Key="cold", Body=b"1", StorageClass="DEEP_ARCHIVE")
    cases = [
        ("warm", {"Days": 1}, ("InvalidObjectState", 403)),
        ("cold", {}, ("MalformedXML", 400)),
        ("cold", {"Days": 0}, ("InvalidArgument", 400)),
        ("cold", {"Days": 1, "GlacierJobParameters": {"Tier": "Expedited"}}, ("InvalidArgument", 400)),
        ("cold", {"Days": 1, "GlacierJobParameters": {"Tier": "Soon"}}, ("MalformedXML", 400)),
        ("missing", {"Days": 1}, ("NoSuchKey", 404)),
    ]
    for key, request, expected in cases:
        with pytest.raises(ClientError) as error:
            s3.restore_object(Bucket=bucket, Key=key, RestoreRequest=request)
        assert refusal(error) == expected, (key, request)


def test_days_can_be_short_for_who_wants_to_watch(own_server):
    server = own_server("--lifecycle-day", "1")
    s3 = server.client("s3")
    s3.create_bucket(Bucket="lake")
    s3.put_object(Bucket="lake", Key="k", Body=b"1")
    set_rules(s3, "lake", {"ID": "soon", "Expiration": {"Days": 1}})
    until(lambda: keys(s3, "lake") == [])
