"""Uploads by browser forms: their policies, their signatures, and how they are answered."""

import base64
import datetime
import hashlib
import hmac
import json
import xml.etree.ElementTree as ElementTree

import pytest
import requests

POLICY_ERRORS = {"AccessDenied": 403, "InvalidPolicyDocument": 400}


def policy_of(bucket, *conditions, minutes=10, **document):
    """A policy in base64 that lets keys through that begin with `in/`."""
    ends = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    document = {
        "expiration": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "conditions": [{"bucket": bucket}, ["starts-with", "$key", "in/"], *conditions],
        **document,
    }
    return base64.b64encode(json.dumps(document).encode()).decode()


def signed(policy, secret="test", access_key="test"):
    """The fields of a form that is signed as forms of old are, with version 2."""
    signature = hmac.new(secret.encode(), policy.encode(), hashlib.sha1).digest()
    return {
        "AWSAccessKeyId": access_key,
        "policy": policy,
        "signature": base64.b64encode(signature).decode(),
    }


def post(server, bucket, fields, content=b"1,2\n", filename="a.csv", **more):
    url = f"{server.endpoint}/{bucket}"
    return requests.post(url, data=fields, files={"file": (filename, content)}, timeout=60, **more)


def error(response):
    document = ElementTree.fromstring(response.content)
    return response.status_code, document.findtext("Code"), document.findtext("Message")


def test_boto3s_presigned_posts(server, s3, bucket):
    form = s3.generate_presigned_post(
        bucket,
        "in/${filename}",
        Fields={"Content-Type": "text/csv", "x-amz-meta-team": "lake", "success_action_status": "201"},
        Conditions=[
            ["starts-with", "$Content-Type", "text/"],
            {"x-amz-meta-team": "lake"},
            {"success_action_status": "201"},
            ["content-length-range", 1, 1024],
        ],
    )
    response = requests.post(form["url"], data=form["fields"], files={"file": ("a b.csv", b"1,2\n")})
    assert response.status_code == 201, response.text
    document = ElementTree.fromstring(response.content)
    assert {element.tag: element.text for element in document} == {
        "Location": f"{server.endpoint}/{bucket}/in/a%20b.csv",
        "Bucket": bucket,
        "Key": "in/a b.csv",
        "ETag": response.headers["ETag"],
    }
    got = s3.get_object(Bucket=bucket, Key="in/a b.csv")
    assert got["Body"].read() == b"1,2\n"
    assert (got["ContentType"], got["Metadata"]) == ("text/csv", {"team": "lake"})


def test_a_form_without_a_policy_is_an_upload_too(server, s3, bucket):
    response = post(server, bucket, {"KEY": "k", "tagging": "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>"})
    assert (response.status_code, response.text) == (204, "")
    assert response.headers["Location"] == f"{server.endpoint}/{bucket}/k"
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"1,2\n"
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [{"Key": "a", "Value": "1"}]


def test_the_browser_is_sent_on(server, bucket):
    fields = {"key": "a b", "success_action_redirect": "http://example.com/done?x=1"}
    response = post(server, bucket, fields, allow_redirects=False)
    etag = response.headers["ETag"].strip('"')
    assert response.status_code == 303
    assert response.headers["Location"] == (
        f"http://example.com/done?x=1&bucket={bucket}&key=a+b&etag=%22{etag}%22"
    )


@pytest.mark.parametrize(
    "domain, path", [("localhost", "/"), ("s3.us-east-1.localhost", "/")]
)
def test_forms_by_virtual_host(server, s3, bucket, domain, path):
    host = f"{bucket}.{domain}:{server.port}"
    response = requests.post(
        f"{server.endpoint}{path}", data={"key": "k"}, files={"file": b"x"}, headers={"Host": host}
    )
    assert response.status_code == 204, response.text
    assert response.headers["Location"] == f"http://{host}/k"


def test_checksums_and_headers_in_forms(server, s3, bucket):
    content = b"1,2\n"
    fields = {
        "key": "k",
        "x-amz-checksum-sha256": base64.b64encode(hashlib.sha256(content).digest()).decode(),
        "Content-Disposition": "attachment",
        "Cache-Control": "no-cache",
    }
    assert post(server, bucket, fields, content).status_code == 204
    head = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert head["ChecksumSHA256"] == fields["x-amz-checksum-sha256"]
    assert (head["ContentDisposition"], head["CacheControl"]) == ("attachment", "no-cache")

    status, code, _ = error(post(server, bucket, fields, b"other"))
    assert (status, code) == (400, "BadDigest")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == content


@pytest.mark.parametrize(
    "conditions, document, fields, code, message",
    [
        ([], {}, {"acl": "private"}, "AccessDenied", "Extra input fields: acl"),
        (
            [{"acl": "private"}],
            {},
            {"acl": "public-read"},
            "AccessDenied",
            'Policy Condition failed: ["eq", "$acl", "private"]',
        ),
        (
            [["starts-with", "$Content-Type", "text/"]],
            {},
            {},
            "AccessDenied",
            'Policy Condition failed: ["starts-with", "$content-type", "text/"]',
        ),
        ([], {"expiration": "2020-01-01T00:00:00Z"}, {}, "AccessDenied", "Policy expired."),
        ([], {"expiration": "tomorrow"}, {}, "InvalidPolicyDocument", "'expiration'"),
        ([{}], {}, {}, "InvalidPolicyDocument", "exactly one property"),
        ([["content-length-range", 0]], {}, {}, "InvalidPolicyDocument", "Invalid Condition"),
    ],
)
def test_a_form_does_what_its_policy_says(server, s3, bucket, conditions, document, fields, code, message):
    policy = policy_of(bucket, *conditions, **document)
    response = post(server, bucket, {"key": "in/k", **fields, **signed(policy)})
    status, found, text = error(response)
    assert (status, found) == (POLICY_ERRORS[code], code)
    assert message in text
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_policy_is_for_one_bucket(server, s3, bucket):
    s3.create_bucket(Bucket="pond")
    fields = {"key": "in/k", "bucket": bucket, **signed(policy_of(bucket))}
    assert error(post(server, "pond", fields))[:2] == (403, "AccessDenied")
    assert post(server, bucket, fields).status_code == 204


@pytest.mark.parametrize(
    "size, code", [(0, "EntityTooSmall"), (9, "EntityTooSmall"), (10, None), (300_000, None), (300_001, "EntityTooLarge")]
)
def test_a_policy_may_say_how_long_the_file_is(server, s3, bucket, size, code):
    policy = policy_of(bucket, ["content-length-range", 10, 300_000])
    response = post(server, bucket, {"key": "in/k", **signed(policy)}, b"x" * size)
    if code:
        assert error(response)[:2] == (400, code)
        assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    else:
        assert response.status_code == 204, response.text
        assert s3.head_object(Bucket=bucket, Key="in/k")["ContentLength"] == size


@pytest.mark.parametrize(
    "fields, name",
    [
        ({}, "key"),
        ({"key": "in/k", "policy": "e30="}, "AWSAccessKeyId"),
        ({"key": "in/k", "policy": "e30=", "AWSAccessKeyId": "test"}, "Signature"),
        ({"key": "in/k", "policy": "e30=", "x-amz-algorithm": "AWS4-HMAC-SHA256"}, "X-Amz-Credential"),
    ],
)
def test_fields_that_must_be_there_are_named(server, bucket, fields, name):
    response = post(server, bucket, fields)
    assert error(response)[:2] == (400, "InvalidArgument")
    document = ElementTree.fromstring(response.content)
    assert document.findtext("ArgumentName") == name
    assert f"must contain a field named '{name}'" in document.findtext("Message")


def test_forms_that_are_none(server, bucket):
    url = f"{server.endpoint}/{bucket}"
    form = {"Content-Type": "multipart/form-data; boundary=b"}
    key = b'--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n'
    for body, headers, expected in [
        (b"", {"Content-Type": "multipart/form-data"}, "MalformedPOSTRequest"),
        (b"--b\r\nnonsense\r\n\r\n", form, "MalformedPOSTRequest"),
        (key, form, "IncompleteBody"),
        (key + b"--b--\r\n", form, "InvalidArgument"),
        (key + b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nhalf', form, "IncompleteBody"),
        (key[:-3] + b"k" * 30_000 + b"\r\n--b--", form, "MaxPostPreDataLengthExceededError"),
    ]:
        assert error(requests.post(url, data=body, headers=headers))[:2] == (400, expected), body[:60]
    response = requests.post(f"{url}/key", data=key + b"--b--", headers=form)
    assert error(response)[:2] == (405, "MethodNotAllowed")


def test_a_large_file_is_not_held_in_memory(server, s3, bucket):
    before = server.resident_bytes()
    content = b"0123456789abcdef" * (4 * 1024 * 1024)
    assert post(server, bucket, {"key": "k"}, content).status_code == 204
    assert s3.head_object(Bucket=bucket, Key="k")["ETag"] == f'"{hashlib.md5(content).hexdigest()}"'
    assert server.resident_bytes() - before < len(content) // 2
