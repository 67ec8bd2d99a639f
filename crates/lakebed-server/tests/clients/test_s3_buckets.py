"""Buckets and listings on the wire."""

import pytest
import requests
from botocore.exceptions import ClientError


def code(error):
    return error.value.response["Error"]["Code"]


def test_buckets_come_and_go(s3):
    s3.create_bucket(Bucket="first")
    s3.create_bucket(Bucket="second", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"})
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["first", "second"]
    assert s3.get_bucket_location(Bucket="first")["LocationConstraint"] is None
    assert s3.get_bucket_location(Bucket="second")["LocationConstraint"] == "ap-northeast-2"
    assert s3.head_bucket(Bucket="second")["BucketRegion"] == "ap-northeast-2"
    assert "Status" not in s3.get_bucket_versioning(Bucket="first")
    s3.delete_bucket(Bucket="first")
    with pytest.raises(ClientError) as error:
        s3.head_bucket(Bucket="first")
    assert code(error) == "404"


def test_a_bucket_with_objects_stays(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with pytest.raises(ClientError) as error:
        s3.delete_bucket(Bucket=bucket)
    assert code(error) == "BucketNotEmpty"


def test_making_a_bucket_twice(s3):
    s3.create_bucket(Bucket="mine")
    s3.create_bucket(Bucket="mine")
    seoul = {"LocationConstraint": "ap-northeast-2"}
    s3.create_bucket(Bucket="seoul", CreateBucketConfiguration=seoul)
    with pytest.raises(ClientError) as error:
        s3.create_bucket(Bucket="seoul", CreateBucketConfiguration=seoul)
    assert code(error) == "BucketAlreadyOwnedByYou"


@pytest.mark.parametrize("name", ["UPPER", "a_b", "ab", "192.168.1.1", "a..b", "x" * 64, "_lakebed"])
def test_bucket_names_that_s3_refuses(server, name):
    response = requests.put(f"{server.endpoint}/{name}")
    assert response.status_code == 400
    assert "<Code>InvalidBucketName</Code>" in response.text


def test_pages_of_buckets(s3):
    for name in ("lake-a", "lake-b", "lake-c", "other"):
        s3.create_bucket(Bucket=name)
    first = s3.list_buckets(MaxBuckets=2, Prefix="lake")
    assert [bucket["Name"] for bucket in first["Buckets"]] == ["lake-a", "lake-b"]
    second = s3.list_buckets(MaxBuckets=2, Prefix="lake", ContinuationToken=first["ContinuationToken"])
    assert [bucket["Name"] for bucket in second["Buckets"]] == ["lake-c"]
    assert "ContinuationToken" not in second


@pytest.fixture
def tree(s3, bucket):
    for key in ("a", "b/1", "b/2", "b/c/3", "d e/4", "f+g", "가/나"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    return bucket


def test_listings_are_in_byte_order(s3, tree):
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=tree)["Contents"]]
    assert keys == ["a", "b/1", "b/2", "b/c/3", "d e/4", "f+g", "가/나"]
    assert [entry["Key"] for entry in s3.list_objects(Bucket=tree)["Contents"]] == keys


def test_a_delimiter_makes_folders(s3, tree):
    listing = s3.list_objects_v2(Bucket=tree, Delimiter="/")
    assert [entry["Key"] for entry in listing["Contents"]] == ["a", "f+g"]
    assert [entry["Prefix"] for entry in listing["CommonPrefixes"]] == ["b/", "d e/", "가/"]
    assert listing["KeyCount"] == 5
    inside = s3.list_objects_v2(Bucket=tree, Delimiter="/", Prefix="b/")
    assert [entry["Key"] for entry in inside["Contents"]] == ["b/1", "b/2"]
    assert [entry["Prefix"] for entry in inside["CommonPrefixes"]] == ["b/c/"]


@pytest.mark.parametrize("page_size", [1, 2, 3, 7])
def test_pages_miss_nothing_and_repeat_nothing(s3, tree, page_size):
    for operation in ("list_objects_v2", "list_objects"):
        pages = list(
            s3.get_paginator(operation).paginate(
                Bucket=tree, Delimiter="/", PaginationConfig={"PageSize": page_size}
            )
        )
        seen = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        folders = [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])]
        assert (seen, folders) == (["a", "f+g"], ["b/", "d e/", "가/"]), operation


def test_listing_from_somewhere(s3, tree):
    listing = s3.list_objects_v2(Bucket=tree, StartAfter="b/2", MaxKeys=2)
    assert [entry["Key"] for entry in listing["Contents"]] == ["b/c/3", "d e/4"]
    assert (listing["IsTruncated"], listing["MaxKeys"]) == (True, 2)
    with pytest.raises(ClientError) as error:
        s3.list_objects_v2(Bucket=tree, ContinuationToken="not ours")
    assert code(error) == "InvalidArgument"
    empty = s3.list_objects_v2(Bucket=tree, MaxKeys=0)
    assert (empty["KeyCount"], empty["IsTruncated"]) == (0, False)


def test_operations_that_are_not_implemented_name_themselves(s3, bucket):
    with pytest.raises(ClientError) as error:
        s3.put_bucket_accelerate_configuration(
            Bucket=bucket, AccelerateConfiguration={"Status": "Enabled"}
        )
    assert code(error) == "NotImplemented"
    assert "PutBucketAccelerateConfiguration" in str(error.value)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_public_buckets_are_refused(s3):
    with pytest.raises(ClientError) as error:
        s3.create_bucket(Bucket="open", ACL="public-read")
    assert code(error) == "InvalidBucketAclWithObjectOwnership"


def test_cross_origin_requests_are_not_enabled(server, bucket):
    response = requests.options(
        f"{server.endpoint}/{bucket}/k",
        headers={"Origin": "http://example.com", "Access-Control-Request-Method": "GET"},
    )
    assert response.status_code == 403
    assert "CORS is not enabled" in response.text
