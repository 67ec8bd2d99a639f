"""Multipart uploads on the wire."""

import base64
import hashlib
import os
import zlib

import pytest
from botocore.exceptions import ClientError

MIB = 1024 * 1024


def code(error):
    return error.value.response["Error"]["Code"]


def upload(s3, bucket, key, parts, **options):
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key=key, **options)["UploadId"]
    sent = []
    for number, body in enumerate(parts, start=1):
        part = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=body)
        sent.append({"PartNumber": number, "ETag": part["ETag"]})
    return upload_id, sent


def test_parts_become_an_object(s3, bucket):
    parts = [os.urandom(5 * MIB), os.urandom(5 * MIB), b"the end"]
    upload_id, sent = upload(s3, bucket, "k", parts, ContentType="text/csv", Metadata={"m": "1"})
    listed = s3.list_parts(Bucket=bucket, Key="k", UploadId=upload_id)["Parts"]
    assert [(part["PartNumber"], part["Size"]) for part in listed] == [(1, 5 * MIB), (2, 5 * MIB), (3, 7)]
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    done = s3.complete_multipart_upload(
        Bucket=bucket, Key="k", UploadId=upload_id, MultipartUpload={"Parts": sent}
    )
    digests = b"".join(hashlib.md5(part).digest() for part in parts)
    assert done["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-3"'
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == b"".join(parts)
    assert (got["ContentType"], got["Metadata"], got["ETag"]) == ("text/csv", {"m": "1"}, done["ETag"])
    second = s3.get_object(Bucket=bucket, Key="k", PartNumber=2)
    assert (second["Body"].read(), second["PartsCount"]) == (parts[1], 3)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_the_transfer_manager_uploads_large_files_in_parts(s3, bucket, tmp_path):
    path = tmp_path / "large"
    path.write_bytes(os.urandom(20 * MIB))
    s3.upload_file(str(path), bucket, "large")
    assert s3.head_object(Bucket=bucket, Key="large")["ETag"].endswith('-3"')
    s3.download_file(bucket, "large", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == path.read_bytes()


def test_checksums_of_parts_and_whole(s3, bucket):
    parts = [b"a" * 5 * MIB, b"b"]
    upload_id = s3.create_multipart_upload(
        Bucket=bucket, Key="k", ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT"
    )["UploadId"]
    sent = []
    for number, body in enumerate(parts, start=1):
        part = s3.upload_part(
            Bucket=bucket, Key="k", UploadId=upload_id, PartNumber=number, Body=body, ChecksumAlgorithm="CRC32"
        )
        sent.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumCRC32": part["ChecksumCRC32"]})
    whole = base64.b64encode(zlib.crc32(b"".join(parts)).to_bytes(4, "big")).decode()
    with pytest.raises(ClientError) as error:
        s3.complete_multipart_upload(
            Bucket=bucket,
            Key="k",
            UploadId=upload_id,
            MultipartUpload={"Parts": sent},
            ChecksumCRC32="AAAAAA==",
            ChecksumType="FULL_OBJECT",
        )
    assert code(error) == "BadDigest"
    done = s3.complete_multipart_upload(
        Bucket=bucket,
        Key="k",
        UploadId=upload_id,
        MultipartUpload={"Parts": sent},
        ChecksumCRC32=whole,
        ChecksumType="FULL_OBJECT",
    )
    assert (done["ChecksumCRC32"], done["ChecksumType"]) == (whole, "FULL_OBJECT")


def test_parts_may_be_copied(s3, bucket):
    s3.put_object(Bucket=bucket, Key="source", Body=b"0" * (5 * MIB) + b"tail")
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    first = s3.upload_part_copy(
        Bucket=bucket,
        Key="k",
        UploadId=upload_id,
        PartNumber=1,
        CopySource=f"{bucket}/source",
        CopySourceRange=f"bytes=0-{5 * MIB - 1}",
    )["CopyPartResult"]
    second = s3.upload_part_copy(
        Bucket=bucket, Key="k", UploadId=upload_id, PartNumber=2, CopySource=f"{bucket}/source"
    )["CopyPartResult"]
    s3.complete_multipart_upload(
        Bucket=bucket,
        Key="k",
        UploadId=upload_id,
        MultipartUpload={
            "Parts": [{"PartNumber": 1, "ETag": first["ETag"]}, {"PartNumber": 2, "ETag": second["ETag"]}]
        },
    )
    assert s3.head_object(Bucket=bucket, Key="k")["ContentLength"] == 10 * MIB + 4


def test_what_does_not_fit_is_refused(s3, bucket):
    upload_id, sent = upload(s3, bucket, "k", [b"small", b"also small"])
    for parts, expected in [
        (sent, "EntityTooSmall"),
        (list(reversed(sent)), "InvalidPartOrder"),
        ([{"PartNumber": 7, "ETag": sent[0]["ETag"]}], "InvalidPart"),
        ([{"PartNumber": 1, "ETag": '"other"'}], "InvalidPart"),
    ]:
        with pytest.raises(ClientError) as error:
            s3.complete_multipart_upload(
                Bucket=bucket, Key="k", UploadId=upload_id, MultipartUpload={"Parts": parts}
            )
        assert code(error) == expected
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload_id)
    with pytest.raises(ClientError) as error:
        s3.list_parts(Bucket=bucket, Key="k", UploadId=upload_id)
    assert code(error) == "NoSuchUpload"
    with pytest.raises(ClientError) as error:
        s3.upload_part(Bucket=bucket, Key="k", UploadId="made-up", PartNumber=1, Body=b"x")
    assert code(error) == "NoSuchUpload"


def test_uploads_under_way_are_listed(s3, bucket):
    for key in ("a/1", "a/2", "b"):
        s3.create_multipart_upload(Bucket=bucket, Key=key)
    listing = s3.list_multipart_uploads(Bucket=bucket)
    assert [upload["Key"] for upload in listing["Uploads"]] == ["a/1", "a/2", "b"]
    folders = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    assert [entry["Prefix"] for entry in folders["CommonPrefixes"]] == ["a/"]
    pages = s3.get_paginator("list_multipart_uploads").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": 1}
    )
    assert [upload["Key"] for page in pages for upload in page["Uploads"]] == ["a/1", "a/2", "b"]
