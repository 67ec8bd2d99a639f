"""Objects on the wire: what is stored comes back, whole or in part, and only when it should."""

import base64
import datetime
import hashlib
import socket
import zlib

import botocore.exceptions
import pytest
import requests
from botocore.exceptions import ClientError


def code(error):
    return error.value.response["Error"]["Code"]


def status(error):
    return error.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_an_object_comes_back_with_its_metadata(s3, bucket):
    put = s3.put_object(
        Bucket=bucket,
        Key="csv/수업 자료 & more.csv",
        Body=b"a,b\n1,2\n",
        ContentType="text/csv",
        CacheControl="max-age=60",
        ContentLanguage="ko",
        ContentDisposition='attachment; filename="a.csv"',
        Expires=datetime.datetime(2027, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc),
        Metadata={"source": "survey", "row-count": "1"},
    )
    assert put["ETag"] == f'"{hashlib.md5(b"a,b" + bytes([10]) + b"1,2" + bytes([10])).hexdigest()}"'
    got = s3.get_object(Bucket=bucket, Key="csv/수업 자료 & more.csv")
    assert got["Body"].read() == b"a,b\n1,2\n"
    for answer in (got, s3.head_object(Bucket=bucket, Key="csv/수업 자료 & more.csv")):
        assert answer["ContentLength"] == 8
        assert answer["ETag"] == put["ETag"]
        assert answer["ContentType"] == "text/csv"
        assert answer["CacheControl"] == "max-age=60"
        assert answer["ContentLanguage"] == "ko"
        assert answer["ContentDisposition"] == 'attachment; filename="a.csv"'
        assert answer["ExpiresString"] == "Sat, 02 Jan 2027 03:04:05 GMT"
        assert answer["Metadata"] == {"source": "survey", "row-count": "1"}
        assert answer["AcceptRanges"] == "bytes"


def test_metadata_may_be_unicode(server, s3, bucket):
    response = requests.put(
        f"{server.endpoint}/{bucket}/k", data=b"x", headers={"x-amz-meta-author": "김하늘".encode()}
    )
    assert response.status_code == 200
    echoed = requests.head(f"{server.endpoint}/{bucket}/k").headers["x-amz-meta-author"]
    assert echoed == "=?UTF-8?B?" + base64.b64encode("김하늘".encode()).decode() + "?="


def test_an_object_without_content_type_is_an_octet_stream(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    head = s3.head_object(Bucket=bucket, Key="k")
    assert (head["ContentType"], head["ContentLength"]) == ("binary/octet-stream", 0)


@pytest.mark.parametrize(
    "header, content, content_range",
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=5-99", b"56789", "bytes 5-9/10"),
    ],
)
def test_ranges(s3, bucket, header, content, content_range):
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    got = s3.get_object(Bucket=bucket, Key="k", Range=header)
    assert got["Body"].read() == content
    assert got["ContentRange"] == content_range
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    head = s3.head_object(Bucket=bucket, Key="k", Range=header)
    assert (head["ContentLength"], head["ResponseMetadata"]["HTTPStatusCode"]) == (len(content), 206)


def test_a_range_behind_the_end_is_refused(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="k", Range="bytes=10-20")
    assert (code(error), status(error)) == ("InvalidRange", 416)


def test_a_malformed_range_is_ignored(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    for header in ("bytes=5-2", "lines=0-1", "bytes=0-1,4-5"):
        response = requests.get(f"{server.endpoint}/{bucket}/k", headers={"Range": header})
        assert (response.status_code, response.content) == (200, b"0123456789"), header


def test_conditional_reads(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    modified = s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    later = modified + datetime.timedelta(hours=1)
    assert s3.get_object(Bucket=bucket, Key="k", IfMatch=etag)["Body"].read() == b"x"
    assert s3.get_object(Bucket=bucket, Key="k", IfUnmodifiedSince=later)["Body"].read() == b"x"
    for condition in ({"IfMatch": '"other"'}, {"IfUnmodifiedSince": modified - datetime.timedelta(hours=1)}):
        with pytest.raises(ClientError) as error:
            s3.get_object(Bucket=bucket, Key="k", **condition)
        assert (code(error), status(error)) == ("PreconditionFailed", 412)
    for condition in ({"IfNoneMatch": etag}, {"IfModifiedSince": later}):
        with pytest.raises(ClientError) as error:
            s3.get_object(Bucket=bucket, Key="k", **condition)
        assert status(error) == 304


def test_not_modified_has_the_tag_and_no_body(server, s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    response = requests.get(f"{server.endpoint}/{bucket}/k", headers={"If-None-Match": etag})
    assert (response.status_code, response.content, response.headers["ETag"]) == (304, b"", etag)


def test_conditional_writes(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfNoneMatch="*")["ETag"]
    with pytest.raises(ClientError) as error:
        s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*")
    assert (code(error), status(error)) == ("PreconditionFailed", 412)
    with pytest.raises(ClientError) as error:
        s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfMatch='"other"')
    assert code(error) == "PreconditionFailed"
    s3.put_object(Bucket=bucket, Key="k", Body=b"3", IfMatch=etag)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"3"


def test_errors_are_documents_that_name_the_request(server, bucket):
    response = requests.get(f"{server.endpoint}/{bucket}/not/there")
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/xml"
    request_id = response.headers["x-amz-request-id"]
    assert response.text == (
        '<?xml version="1.0" encoding="UTF-8"?><Error><Code>NoSuchKey</Code>'
        "<Message>The specified key does not exist.</Message><Key>not/there</Key>"
        f"<Resource>/{bucket}/not/there</Resource><RequestId>{request_id}</RequestId>"
        f"<HostId>{response.headers['x-amz-id-2']}</HostId></Error>"
    )


def test_missing_things(s3, bucket):
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket="nowhere", Key="k")
    assert (code(error), status(error)) == ("NoSuchBucket", 404)
    with pytest.raises(ClientError) as error:
        s3.head_object(Bucket=bucket, Key="k")
    assert (code(error), status(error)) == ("404", 404)
    assert s3.delete_object(Bucket=bucket, Key="k")["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_response_headers_can_be_overridden(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ContentType="text/plain")
    got = s3.get_object(
        Bucket=bucket, Key="k", ResponseContentType="text/csv", ResponseContentDisposition="attachment"
    )
    assert (got["ContentType"], got["ContentDisposition"]) == ("text/csv", "attachment")


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
def test_checksums_are_stored_and_returned(s3, bucket, algorithm):
    try:
        put = s3.put_object(Bucket=bucket, Key="k", Body=b"hello", ChecksumAlgorithm=algorithm)
    except botocore.exceptions.MissingDependencyException:
        # Without the CRT botocore computes only CRC32, SHA-1 and SHA-256: send the value ourselves.
        value = {"CRC32C": "mnG7TA==", "CRC64NVME": "M3eFcAZSQlc="}[algorithm]
        put = s3.put_object(Bucket=bucket, Key="k", Body=b"hello", **{f"Checksum{algorithm}": value})
    head = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert head[f"Checksum{algorithm}"] == put[f"Checksum{algorithm}"]
    assert head["ChecksumType"] == "FULL_OBJECT"
    expected = {
        "CRC32": zlib.crc32(b"hello").to_bytes(4, "big"),
        "SHA1": hashlib.sha1(b"hello").digest(),
        "SHA256": hashlib.sha256(b"hello").digest(),
    }.get(algorithm)
    if expected:
        assert put[f"Checksum{algorithm}"] == base64.b64encode(expected).decode()
    assert f"Checksum{algorithm}" not in s3.head_object(Bucket=bucket, Key="k")


@pytest.mark.parametrize(
    "headers, expected",
    [
        ({"Content-MD5": base64.b64encode(b"0" * 16).decode()}, "BadDigest"),
        ({"Content-MD5": "nonsense"}, "InvalidDigest"),
        ({"x-amz-checksum-crc32": "AAAAAA=="}, "BadDigest"),
        ({"x-amz-checksum-sha256": "short"}, "InvalidRequest"),
        ({"x-amz-checksum-crc32": "AAAAAA==", "x-amz-checksum-sha1": "AAAAAA=="}, "InvalidRequest"),
        ({"x-amz-content-sha256": "0" * 64}, "XAmzContentSHA256Mismatch"),
        ({"x-amz-sdk-checksum-algorithm": "CRC7"}, "InvalidRequest"),
    ],
)
def test_a_body_that_is_not_as_announced_is_not_stored(server, s3, bucket, headers, expected):
    response = requests.put(f"{server.endpoint}/{bucket}/k", data=b"hello", headers=headers)
    assert response.status_code == 400
    assert f"<Code>{expected}</Code>" in response.text
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_unfinished_bodies_are_not_stored(server, s3, bucket):
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(f"PUT /{bucket}/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf".encode())
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    with pytest.raises(ClientError):
        s3.head_object(Bucket=bucket, Key="k")


def test_copies(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a b+c", Body=b"x", ContentType="text/csv", Metadata={"m": "1"})
    copied = s3.copy_object(Bucket=bucket, Key="d", CopySource={"Bucket": bucket, "Key": "a b+c"})
    assert copied["CopyObjectResult"]["ETag"] == f'"{hashlib.md5(b"x").hexdigest()}"'
    got = s3.get_object(Bucket=bucket, Key="d")
    assert (got["Body"].read(), got["ContentType"], got["Metadata"]) == (b"x", "text/csv", {"m": "1"})
    s3.copy_object(
        Bucket=bucket,
        Key="d",
        CopySource=f"{bucket}/d",
        MetadataDirective="REPLACE",
        Metadata={"n": "2"},
        ContentType="text/plain",
    )
    head = s3.head_object(Bucket=bucket, Key="d")
    assert (head["ContentType"], head["Metadata"]) == ("text/plain", {"n": "2"})
    with pytest.raises(ClientError) as error:
        s3.copy_object(Bucket=bucket, Key="d", CopySource=f"{bucket}/d")
    assert code(error) == "InvalidRequest"
    with pytest.raises(ClientError) as error:
        s3.copy_object(Bucket=bucket, Key="e", CopySource=f"{bucket}/missing")
    assert code(error) == "NoSuchKey"
    with pytest.raises(ClientError) as error:
        s3.copy_object(Bucket=bucket, Key="e", CopySource=f"{bucket}/d", CopySourceIfMatch='"other"')
    assert (code(error), status(error)) == ("PreconditionFailed", 412)


def test_many_objects_are_deleted_at_once(s3, bucket):
    keys = [f"k{number}" for number in range(5)]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    deleted = s3.delete_objects(
        Bucket=bucket, Delete={"Objects": [{"Key": key} for key in [*keys[:4], "never there"]]}
    )
    assert [entry["Key"] for entry in deleted["Deleted"]] == [*keys[:4], "never there"]
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["k4"]
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k4"}], "Quiet": True})
    assert "Deleted" not in quiet
    with pytest.raises(ClientError) as error:
        s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": str(n)} for n in range(1001)]})
    assert code(error) == "MalformedXML"


def test_attributes(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello")
    attributes = s3.get_object_attributes(
        Bucket=bucket, Key="k", ObjectAttributes=["ETag", "ObjectSize", "Checksum", "StorageClass"]
    )
    assert attributes["ETag"].strip('"') == hashlib.md5(b"hello").hexdigest()
    assert (attributes["ObjectSize"], attributes["StorageClass"]) == (5, "STANDARD")
    assert attributes["Checksum"]["ChecksumCRC32"] == "NhCmhg=="


def test_what_is_not_implemented_is_refused_and_not_ignored(s3, bucket):
    with pytest.raises(ClientError) as error:
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", WriteOffsetBytes=5)
    assert (code(error), status(error)) == ("NotImplemented", 501)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_memory_does_not_grow_with_the_object(server, s3, bucket, tmp_path):
    size = 100 * 1024 * 1024
    path = tmp_path / "large"
    with open(path, "wb") as file:
        for number in range(100):
            file.write(bytes([number]) * (1024 * 1024))
    s3.put_object(Bucket=bucket, Key="warm", Body=b"x" * 1024 * 1024)
    before = server.resident_bytes()
    with open(path, "rb") as file:
        s3.put_object(Bucket=bucket, Key="large", Body=file)
    digest = hashlib.sha256()
    received = 0
    for chunk in s3.get_object(Bucket=bucket, Key="large")["Body"].iter_chunks(1024 * 1024):
        digest.update(chunk)
        received += len(chunk)
    assert received == size
    assert digest.hexdigest() == hashlib.sha256(path.read_bytes()).hexdigest()
    grown = server.resident_bytes() - before
    assert grown < size // 3, f"the server grew by {grown / 1024 / 1024:.0f} MiB"
