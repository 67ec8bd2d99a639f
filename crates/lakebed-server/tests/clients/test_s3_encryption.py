"""Encryption at rest, as boto3 and plain HTTP see it, and as it lies on disk."""

import base64
import json
import time

import pytest
import requests
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

MARK = b"student 17 of the workshop"
KEY = "pO3upElrwuEXSoFwCfnZPdSsmt/xWeFa0N9KgDijwVs="
KEY_MD5 = "DWygnHRtgiJ77HCm+1rvHw=="
OTHER_KEY = "6b+WOZ1T3cqZMxgThRcXAQBrS5mXKdDUphvpxptl9/4="
OTHER_KEY_MD5 = "arxBvwY2V4SiOne6yppVPQ=="
KMS_KEY = "1f6a2b4c-0d3e-4f5a-8b7c-9d0e1f2a3b4c"
KMS_ARN = f"arn:aws:kms:us-east-1:000000000000:key/{KMS_KEY}"


def customer_key(prefix="SSE", key=KEY, md5=KEY_MD5):
    return {
        f"{prefix}CustomerAlgorithm": "AES256",
        f"{prefix}CustomerKey": key,
        f"{prefix}CustomerKeyMD5": md5,
    }


# How an object is written, what must be said to read it and to copy it, and what answers say.
MODES = {
    "plain": ({}, {}, {}, {}),
    "sse-s3": (
        {"ServerSideEncryption": "AES256"},
        {},
        {},
        {"x-amz-server-side-encryption": "AES256"},
    ),
    "sse-kms": (
        {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/lake"},
        {},
        {},
        {
            "x-amz-server-side-encryption": "aws:kms",
            "x-amz-server-side-encryption-aws-kms-key-id": KMS_ARN,
        },
    ),
    "dsse-kms": (
        {"ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": KMS_ARN},
        {},
        {},
        {
            "x-amz-server-side-encryption": "aws:kms:dsse",
            "x-amz-server-side-encryption-aws-kms-key-id": KMS_ARN,
        },
    ),
    "sse-c": (
        customer_key(),
        customer_key(),
        customer_key("CopySourceSSE"),
        {
            "x-amz-server-side-encryption-customer-algorithm": "AES256",
            "x-amz-server-side-encryption-customer-key-md5": KEY_MD5,
        },
    ),
}
ENCRYPTED = [mode for mode in MODES if mode != "plain"]


@pytest.fixture(scope="module")
def key_server(start_server, tmp_path_factory):
    identities = tmp_path_factory.mktemp("keys") / "identities.toml"
    identities.write_text(f'kms_keys = [{{ id = "{KMS_KEY}", alias = "alias/lake" }}]\n')
    return start_server("--identities", str(identities))


@pytest.fixture
def server(key_server):
    key_server.reset()
    return key_server


def refusal(call, **arguments):
    with pytest.raises(ClientError) as error:
        call(**arguments)
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def said(response):
    """What an answer says of encryption."""
    headers = response["ResponseMetadata"]["HTTPHeaders"]
    return {name: value for name, value in headers.items() if "encryption" in name}


def content(size):
    lines = b"".join(MARK + b", line %d\n" % line for line in range(size // 30))
    return lines[:size]


def sealed_files(server):
    return [path for path in (server.data_dir / "objects").rglob("*") if path.is_file()]


def body(s3, bucket, key, **options):
    return s3.get_object(Bucket=bucket, Key=key, **options)["Body"].read()


@pytest.mark.parametrize("mode", ENCRYPTED)
def test_an_object_is_encrypted_on_disk_and_read_back(s3, bucket, server, mode):
    write, read, _, answered = MODES[mode]
    data = content(300_000)
    assert said(s3.put_object(Bucket=bucket, Key="in/k.csv", Body=data, **write)) == answered
    assert not (server.data_dir / "buckets" / bucket / "in/k.csv").exists()
    [file] = sealed_files(server)
    assert MARK not in file.read_bytes()

    head = s3.head_object(Bucket=bucket, Key="in/k.csv", **read)
    assert (head["ContentLength"], said(head)) == (300_000, answered)
    assert s3.list_objects_v2(Bucket=bucket)["Contents"][0]["Size"] == 300_000
    got = s3.get_object(Bucket=bucket, Key="in/k.csv", **read)
    assert said(got) == answered
    assert got["Body"].read() == data
    for first, last in [(0, 0), (65_535, 65_536), (70_000, 250_000), (299_999, 299_999)]:
        part = body(s3, bucket, "in/k.csv", Range=f"bytes={first}-{last}", **read)
        assert part == data[first : last + 1]


@pytest.mark.parametrize("mode", ENCRYPTED)
def test_a_file_that_was_tampered_with_is_an_error(s3, bucket, server, mode):
    write, read, _, _ = MODES[mode]
    s3.put_object(Bucket=bucket, Key="k", Body=content(1000), **write)
    [file] = sealed_files(server)
    sealed = file.read_bytes()
    for at in [0, 20, 500, len(sealed) - 1]:
        changed = bytearray(sealed)
        changed[at] ^= 1
        file.write_bytes(changed)
        refused = refusal(s3.get_object, Bucket=bucket, Key="k", **read)
        assert refused == ("InternalError", 500)
    file.write_bytes(sealed[:-1])
    assert refusal(s3.get_object, Bucket=bucket, Key="k", **read) == ("InternalError", 500)
    file.write_bytes(sealed)
    assert body(s3, bucket, "k", **read) == content(1000)


def test_a_large_object_breaks_off_where_it_was_tampered_with(s3, bucket, server):
    data = content(3_000_000)
    s3.put_object(Bucket=bucket, Key="k", Body=data, ServerSideEncryption="AES256")
    [file] = sealed_files(server)
    changed = bytearray(file.read_bytes())
    changed[2_500_000] ^= 1
    file.write_bytes(changed)
    assert body(s3, bucket, "k", Range="bytes=0-2000000") == data[:2_000_001]
    received = b""
    with pytest.raises(requests.exceptions.RequestException):
        with requests.get(f"{server.endpoint}/{bucket}/k", stream=True, timeout=60) as response:
            for chunk in response.iter_content(65_536):
                received += chunk
    assert len(received) < len(data)
    assert data.startswith(received)


def test_a_customers_object_needs_its_key(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"bytes", **customer_key())
    s3.put_object(Bucket=bucket, Key="plain", Body=b"bytes")
    other = customer_key(key=OTHER_KEY, md5=OTHER_KEY_MD5)
    attributes = {"ObjectAttributes": ["ObjectSize"]}

    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="k")
    assert error.value.response["Error"]["Message"] == (
        "The object was stored using a form of Server Side Encryption. "
        "The correct parameters must be provided to retrieve the object."
    )
    assert refusal(s3.get_object, Bucket=bucket, Key="k", **other) == ("AccessDenied", 403)
    assert refusal(s3.head_object, Bucket=bucket, Key="k") == ("400", 400)
    assert refusal(s3.head_object, Bucket=bucket, Key="k", **other) == ("403", 403)
    without = refusal(s3.get_object_attributes, Bucket=bucket, Key="k", **attributes)
    assert without == ("InvalidRequest", 400)
    found = s3.get_object_attributes(Bucket=bucket, Key="k", **attributes, **customer_key())
    assert found["ObjectSize"] == 5
    needless = refusal(s3.get_object, Bucket=bucket, Key="plain", **customer_key())
    assert needless == ("InvalidRequest", 400)
    s3.delete_object(Bucket=bucket, Key="k")


@pytest.mark.parametrize(
    "headers, code",
    [
        ({"": "AES192"}, "InvalidArgument"),
        ({"-aws-kms-key-id": "k"}, "InvalidArgument"),
        ({"": "AES256", "-aws-kms-key-id": "k"}, "InvalidArgument"),
        ({"": "aws:kms", "-aws-kms-key-id": "no-such-key"}, "KMS.NotFoundException"),
        ({"": "aws:kms", "-context": "not base64"}, "InvalidArgument"),
        ({"": "AES256", "-customer-algorithm": "AES256"}, "InvalidArgument"),
        ({"-customer-algorithm": "AES192"}, "InvalidEncryptionAlgorithmError"),
        ({"-customer-key": KEY, "-customer-key-md5": KEY_MD5}, "InvalidArgument"),
        ({"-customer-algorithm": "AES256"}, "InvalidArgument"),
        ({"-customer-algorithm": "AES256", "-customer-key": KEY}, "InvalidArgument"),
        (
            {
                "-customer-algorithm": "AES256",
                "-customer-key": KEY,
                "-customer-key-md5": OTHER_KEY_MD5,
            },
            "InvalidArgument",
        ),
        (
            {
                "-customer-algorithm": "AES256",
                "-customer-key": base64.b64encode(b"short").decode(),
                "-customer-key-md5": "Tybd82bVOC6bkwGHKrjp6A==",
            },
            "InvalidArgument",
        ),
    ],
)
def test_headers_that_are_wrong_are_refused(server, bucket, headers, code):
    url = f"{server.endpoint}/{bucket}/k"
    headers = {f"x-amz-server-side-encryption{name}": value for name, value in headers.items()}
    response = requests.put(url, data=b"bytes", headers=headers, timeout=60)
    assert (response.status_code, f"<Code>{code}</Code>" in response.text) == (400, True)
    assert requests.head(url, timeout=60).status_code == 404


def test_reads_do_not_say_how_to_encrypt(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"bytes", ServerSideEncryption="AES256")
    headers = {"x-amz-server-side-encryption": "AES256"}
    for method in ["GET", "HEAD"]:
        url = f"{server.endpoint}/{bucket}/k"
        assert requests.request(method, url, headers=headers, timeout=60).status_code == 400


def test_what_a_writer_says_of_kms_is_answered(s3, bucket):
    context = base64.b64encode(json.dumps({"team": "lake"}).encode()).decode()
    put = s3.put_object(
        Bucket=bucket,
        Key="k",
        Body=b"bytes",
        ServerSideEncryption="aws:kms",
        SSEKMSEncryptionContext=context,
        BucketKeyEnabled=True,
    )
    assert put["SSEKMSKeyId"].startswith("arn:aws:kms:us-east-1:000000000000:key/")
    assert json.loads(base64.b64decode(put["SSEKMSEncryptionContext"])) == {"team": "lake"}
    assert put["BucketKeyEnabled"]
    got = s3.get_object(Bucket=bucket, Key="k")
    assert (got["SSEKMSKeyId"], got["BucketKeyEnabled"]) == (put["SSEKMSKeyId"], True)
    assert "SSEKMSEncryptionContext" not in got
    assert got["Body"].read() == b"bytes"


@pytest.mark.parametrize("source", MODES)
@pytest.mark.parametrize("target", MODES)
def test_copies_go_from_any_encryption_to_any(s3, bucket, source, target):
    data = content(100_000)
    s3.put_object(Bucket=bucket, Key="source", Body=data, **MODES[source][0])
    copied = s3.copy_object(
        Bucket=bucket,
        Key="target",
        CopySource={"Bucket": bucket, "Key": "source"},
        **MODES[target][0],
        **MODES[source][2],
    )
    assert said(copied) == MODES[target][3]
    assert body(s3, bucket, "target", **MODES[target][1]) == data


def test_an_object_can_be_encrypted_where_it_is(s3, bucket, server):
    s3.put_object(Bucket=bucket, Key="k", Body=MARK)
    itself = {"Bucket": bucket, "Key": "k", "CopySource": {"Bucket": bucket, "Key": "k"}}
    assert refusal(s3.copy_object, **itself) == ("InvalidRequest", 400)
    s3.copy_object(**itself, ServerSideEncryption="AES256")
    assert not (server.data_dir / "buckets" / bucket / "k").exists()
    assert body(s3, bucket, "k") == MARK
    assert s3.head_object(Bucket=bucket, Key="k")["ServerSideEncryption"] == "AES256"


@pytest.mark.parametrize("mode", ENCRYPTED)
def test_uploads_in_parts(s3, bucket, server, tmp_path, mode):
    write, read, _, answered = MODES[mode]
    data = content(12_000_000)
    path = tmp_path / "large.csv"
    path.write_bytes(data)
    parts = TransferConfig(multipart_threshold=1, multipart_chunksize=5 * 1024 * 1024)
    s3.upload_file(str(path), bucket, "large.csv", ExtraArgs=write, Config=parts)
    head = s3.head_object(Bucket=bucket, Key="large.csv", **read)
    assert said(head) == answered
    assert head["ETag"].endswith('-3"')
    assert body(s3, bucket, "large.csv", **read) == data
    second = s3.get_object(Bucket=bucket, Key="large.csv", PartNumber=2, **read)
    assert second["Body"].read() == data[5 * 1024 * 1024 : 10 * 1024 * 1024]
    [file] = sealed_files(server)
    assert MARK not in file.read_bytes()


def test_a_part_needs_the_key_its_upload_was_begun_with(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", **customer_key())["UploadId"]
    part = {"Bucket": bucket, "Key": "k", "UploadId": upload, "PartNumber": 1}
    other = customer_key(key=OTHER_KEY, md5=OTHER_KEY_MD5)
    assert refusal(s3.upload_part, Body=b"bytes", **part) == ("InvalidRequest", 400)
    assert refusal(s3.upload_part, Body=b"bytes", **part, **other) == ("InvalidRequest", 400)
    tag = s3.upload_part(Body=b"bytes", **part, **customer_key())["ETag"]
    again = s3.upload_part(Body=b"bytes", **part, **customer_key())["ETag"]
    assert tag == again
    complete = {
        "Bucket": bucket,
        "Key": "k",
        "UploadId": upload,
        "MultipartUpload": {"Parts": [{"ETag": tag, "PartNumber": 1}]},
    }
    # The part has a checksum, as boto3 gives it, and so the completion must bring the key too.
    assert refusal(s3.complete_multipart_upload, **complete) == ("InvalidRequest", 400)
    assert refusal(s3.complete_multipart_upload, **complete, **other) == ("InvalidRequest", 400)
    s3.complete_multipart_upload(**complete, **customer_key())
    assert body(s3, bucket, "k", **customer_key()) == b"bytes"


def set_default(s3, bucket, **rule):
    s3.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": rule, "BucketKeyEnabled": True}]
        },
    )


def test_a_bucket_encrypts_what_is_put_in_it(s3, bucket, server):
    set_default(s3, bucket, SSEAlgorithm="aws:kms", KMSMasterKeyID=KMS_KEY)
    put = s3.put_object(Bucket=bucket, Key="k", Body=MARK)
    assert (put["SSEKMSKeyId"], put["BucketKeyEnabled"]) == (KMS_ARN, True)
    assert put["ETag"] != s3.put_object(Bucket=bucket, Key="other", Body=MARK)["ETag"]
    [one, other] = sealed_files(server)
    assert MARK not in one.read_bytes() + other.read_bytes()
    assert body(s3, bucket, "k") == MARK
    asked = s3.put_object(Bucket=bucket, Key="k", Body=MARK, ServerSideEncryption="AES256")
    assert asked["ServerSideEncryption"] == "AES256"

    set_default(s3, bucket, SSEAlgorithm="aws:kms", KMSMasterKeyID="alias/none")
    refused = refusal(s3.put_object, Bucket=bucket, Key="k", Body=MARK)
    assert refused == ("KMS.NotFoundException", 400)
    s3.delete_bucket_encryption(Bucket=bucket)
    assert "ServerSideEncryption" not in s3.put_object(Bucket=bucket, Key="k", Body=MARK)
    assert (server.data_dir / "buckets" / bucket / "k").read_bytes() == MARK


def test_keys_survive_a_restart(own_server):
    server = own_server()
    s3 = server.client("s3")
    s3.create_bucket(Bucket="lake")
    for mode in ["sse-s3", "sse-c"]:
        s3.put_object(Bucket="lake", Key=mode, Body=MARK, **MODES[mode][0])
    s3.put_object(Bucket="lake", Key="kms", Body=MARK, ServerSideEncryption="aws:kms")
    server.stop()
    s3 = own_server().client("s3")
    assert body(s3, "lake", "sse-s3") == MARK
    assert body(s3, "lake", "sse-c", **customer_key()) == MARK
    assert body(s3, "lake", "kms") == MARK


@pytest.fixture
def query(athena):
    """Runs a statement and gives its rows, without the header, as texts."""

    def query(sql, results):
        started = athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": "default"},
            ResultConfiguration={"OutputLocation": results},
        )
        query_id = started["QueryExecutionId"]
        while True:
            execution = athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
            if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
                break
            time.sleep(0.01)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        rows = athena.get_query_results(QueryExecutionId=query_id)["ResultSet"]["Rows"]
        return [[datum.get("VarCharValue") for datum in row["Data"]] for row in rows[1:]]

    return query


def test_queries_read_and_write_encrypted_buckets(server, s3, bucket, query):
    set_default(s3, bucket, SSEAlgorithm="AES256")
    s3.put_object(Bucket=bucket, Key="usage/part.csv", Body=b"ana,3\nben,4\n")
    results = f"s3://{bucket}/results/"
    query("CREATE DATABASE workshop", results)
    query(
        "CREATE EXTERNAL TABLE workshop.usage (name string, hours int) ROW FORMAT DELIMITED "
        f"FIELDS TERMINATED BY ',' LOCATION 's3://{bucket}/usage/'",
        results,
    )
    read = query("SELECT name, hours FROM workshop.usage ORDER BY name", results)
    assert read == [["ana", "3"], ["ben", "4"]]
    query(
        "CREATE TABLE workshop.kept WITH (format = 'PARQUET', "
        f"external_location = 's3://{bucket}/kept/') AS SELECT * FROM workshop.usage",
        results,
    )
    assert query("SELECT sum(hours) FROM workshop.kept", results) == [["7"]]
    for found in s3.list_objects_v2(Bucket=bucket)["Contents"]:
        head = s3.head_object(Bucket=bucket, Key=found["Key"])
        assert head["ServerSideEncryption"] == "AES256", found["Key"]
    assert not list((server.data_dir / "buckets" / bucket).rglob("*.*"))
