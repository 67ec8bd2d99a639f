"""Versions, tags and locks of objects, as boto3 and plain HTTP see them."""

import datetime

import pytest
import requests
from botocore.exceptions import ClientError


def refusal(error):
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def keep_versions(s3, bucket, status="Enabled"):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})


def put(s3, bucket, key, body):
    return s3.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"]


def body(s3, bucket, key, **options):
    return s3.get_object(Bucket=bucket, Key=key, **options)["Body"].read()


def test_a_bucket_says_whether_it_keeps_versions(s3, bucket):
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    assert "VersionId" not in s3.put_object(Bucket=bucket, Key="k", Body=b"0")
    for status in ["Enabled", "Suspended", "Enabled"]:
        keep_versions(s3, bucket, status)
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == status


def test_what_was_deleted_can_be_brought_back(s3, bucket, server):
    s3.put_object(Bucket=bucket, Key="report.csv", Body=b"zero")
    keep_versions(s3, bucket)
    one = put(s3, bucket, "report.csv", b"one")
    two = put(s3, bucket, "report.csv", b"two")
    assert body(s3, bucket, "report.csv") == b"two"
    assert body(s3, bucket, "report.csv", VersionId=one) == b"one"
    assert body(s3, bucket, "report.csv", VersionId="null") == b"zero"
    assert (server.data_dir / "buckets" / bucket / "report.csv").read_bytes() == b"two"

    deleted = s3.delete_object(Bucket=bucket, Key="report.csv")
    assert deleted["DeleteMarker"]
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="report.csv")
    assert refusal(error) == ("NoSuchKey", 404)
    headers = error.value.response["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amz-delete-marker"] == "true"
    assert headers["x-amz-version-id"] == deleted["VersionId"]
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="report.csv", VersionId=deleted["VersionId"])
    assert refusal(error) == ("MethodNotAllowed", 405)
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="report.csv", VersionId="0" * 32)
    assert refusal(error) == ("NoSuchVersion", 404)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)

    undone = s3.delete_object(Bucket=bucket, Key="report.csv", VersionId=deleted["VersionId"])
    assert (undone["DeleteMarker"], undone["VersionId"]) == (True, deleted["VersionId"])
    assert body(s3, bucket, "report.csv") == b"two"
    s3.delete_object(Bucket=bucket, Key="report.csv", VersionId=two)
    assert body(s3, bucket, "report.csv") == b"one"

    source = {"Bucket": bucket, "Key": "report.csv", "VersionId": "null"}
    copied = s3.copy_object(Bucket=bucket, Key="report.csv", CopySource=source)
    assert copied["CopySourceVersionId"] == "null"
    assert body(s3, bucket, "report.csv", VersionId=copied["VersionId"]) == b"zero"


def test_versions_are_listed_by_pages(s3, bucket):
    keep_versions(s3, bucket)
    expected = []
    for key in ["a", "b b", "c/d", "c/e"]:
        versions = [put(s3, bucket, key, str(number).encode()) for number in range(3)]
        versions.append(s3.delete_object(Bucket=bucket, Key=key)["VersionId"])
        expected += [(key, version) for version in reversed(versions)]
    paginator = s3.get_paginator("list_object_versions")
    found = []
    for page in paginator.paginate(Bucket=bucket, PaginationConfig={"PageSize": 3}):
        entries = page.get("Versions", []) + page.get("DeleteMarkers", [])
        found += [(entry["Key"], entry["VersionId"]) for entry in entries]
        assert all(entry["IsLatest"] == ("Size" not in entry) for entry in entries)
    assert sorted(found) == sorted(expected)
    folders = s3.list_object_versions(Bucket=bucket, Delimiter="/")
    assert folders["CommonPrefixes"] == [{"Prefix": "c/"}]

    objects = [{"Key": key, "VersionId": version} for key, version in expected]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    assert len(answer["Deleted"]) == len(expected)
    assert "Errors" not in answer
    s3.delete_bucket(Bucket=bucket)


def test_tags_belong_to_versions_and_go_along_with_copies(s3, bucket):
    keep_versions(s3, bucket)
    one = s3.put_object(Bucket=bucket, Key="k", Body=b"1", Tagging="team=lake&raw=")["VersionId"]
    tags = [{"Key": "raw", "Value": ""}, {"Key": "team", "Value": "lake"}]
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == tags
    assert s3.get_object(Bucket=bucket, Key="k")["TagCount"] == 2
    head = s3.head_object(Bucket=bucket, Key="k")["ResponseMetadata"]["HTTPHeaders"]
    assert head["x-amz-tagging-count"] == "2"

    put(s3, bucket, "k", b"2")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    assert s3.get_object_tagging(Bucket=bucket, Key="k", VersionId=one)["TagSet"] == tags
    source = {"Bucket": bucket, "Key": "k", "VersionId": one}
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=source)
    assert s3.get_object_tagging(Bucket=bucket, Key="copy")["TagSet"] == tags
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=source, TaggingDirective="REPLACE", Tagging="x=1")
    assert s3.get_object_tagging(Bucket=bucket, Key="copy")["TagSet"] == [{"Key": "x", "Value": "1"}]

    s3.delete_object_tagging(Bucket=bucket, Key="k", VersionId=one)
    assert s3.get_object_tagging(Bucket=bucket, Key="k", VersionId=one)["TagSet"] == []
    many = [{"Key": str(number), "Value": ""} for number in range(11)]
    with pytest.raises(ClientError) as error:
        s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": many})
    assert error.value.response["Error"]["Code"] in ("BadRequest", "InvalidTag")


def test_a_locked_version_stays(server, s3):
    s3.create_bucket(Bucket="vault", ObjectLockEnabledForBucket=True)
    until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=30)
    version = s3.put_object(
        Bucket="vault", Key="k", Body=b"1", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until
    )["VersionId"]
    head = s3.head_object(Bucket="vault", Key="k")
    assert (head["ObjectLockMode"], head["VersionId"]) == ("GOVERNANCE", version)
    with pytest.raises(ClientError) as error:
        s3.delete_object(Bucket="vault", Key="k", VersionId=version)
    assert refusal(error) == ("AccessDenied", 403)
    s3.put_object_legal_hold(Bucket="vault", Key="k", LegalHold={"Status": "ON"})
    answer = s3.delete_objects(
        Bucket="vault",
        Delete={"Objects": [{"Key": "k", "VersionId": version}]},
        BypassGovernanceRetention=True,
    )
    assert [error["Code"] for error in answer["Errors"]] == ["AccessDenied"]
    s3.put_object_legal_hold(Bucket="vault", Key="k", LegalHold={"Status": "OFF"})
    s3.delete_object(Bucket="vault", Key="k", VersionId=version, BypassGovernanceRetention=True)
    assert "Versions" not in s3.list_object_versions(Bucket="vault")


def test_errors_say_what_they_are_about(server, s3, bucket):
    def elements(path, **options):
        answer = requests.get(f"{server.endpoint}{path}", timeout=60, **options)
        return answer.status_code, answer.text

    status, document = elements(f"/{bucket}/missing%20key")
    assert status == 404
    assert "<Key>missing key</Key>" in document
    assert f"<Resource>/{bucket}/missing%20key</Resource>" in document
    assert "<BucketName>nowhere</BucketName>" in elements("/nowhere/k")[1]
    assert elements(f"/{bucket}/%ae%8a-")[0] == 400
    assert "<Code>InvalidURI</Code>" in elements(f"/{bucket}/%ae%8a-")[1]
    status, document = elements(f"/{bucket}/k?versionId=wrong")
    assert "<ArgumentName>versionId</ArgumentName><ArgumentValue>wrong</ArgumentValue>" in document
    s3.put_object(Bucket=bucket, Key="k", Body=b"123")
    status, document = elements(f"/{bucket}/k", headers={"Range": "bytes=5-"})
    assert (status, "<ActualObjectSize>3</ActualObjectSize>" in document) == (416, True)
