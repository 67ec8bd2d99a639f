"""How S3 requests may come: chunked, presigned, by virtual host, malformed, or from the CLI."""

import base64
import http.client
import os
import socket
import time
import zlib

import botocore.config
import pytest
import requests
from botocore.exceptions import ClientError


def raw(server, head, body=b""):
    """Sends bytes that no client would and gives the whole answer."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode("latin-1") + body)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer.decode("latin-1")


CHUNKED = {
    "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "Content-Encoding": "aws-chunked",
    "x-amz-decoded-content-length": "11",
    "x-amz-trailer": "x-amz-checksum-crc32",
}


def chunked(crc, *chunks):
    body = b"".join(f"{len(chunk):x}".encode() + b"\r\n" + chunk + b"\r\n" for chunk in chunks)
    value = base64.b64encode(crc.to_bytes(4, "big")).decode()
    return body + f"0\r\nx-amz-checksum-crc32:{value}\r\n\r\n".encode()


def test_chunked_bodies_are_unwrapped_and_checked(server, s3, bucket):
    body = chunked(zlib.crc32(b"hello world"), b"hello ", b"world")
    response = requests.put(f"{server.endpoint}/{bucket}/k", data=body, headers=CHUNKED)
    assert response.status_code == 200, response.text
    assert response.headers["x-amz-checksum-crc32"] == "DUoRhQ=="
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert got["Body"].read() == b"hello world"
    assert got["ChecksumCRC32"] == "DUoRhQ=="
    assert "ContentEncoding" not in got


@pytest.mark.parametrize(
    "body, expected",
    [
        (chunked(0, b"hello ", b"world"), "BadDigest"),
        (chunked(zlib.crc32(b"hello"), b"hello"), "IncompleteBody"),
        (b"b\r\nhello world\r\n0\r\n\r\n", "MalformedTrailerError"),
        (b"b\r\nhello world\r\n", "IncompleteBody"),
        (b"what is this\r\n", "InvalidRequest"),
    ],
)
def test_chunked_bodies_that_are_not_as_announced_are_not_stored(server, s3, bucket, body, expected):
    response = requests.put(f"{server.endpoint}/{bucket}/k", data=body, headers=CHUNKED)
    assert (response.status_code, f"<Code>{expected}</Code>" in response.text) == (400, True), response.text
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_signed_chunks_are_unwrapped(server, s3, bucket):
    signature = "0" * 64
    body = f"5;chunk-signature={signature}\r\nhello\r\n0;chunk-signature={signature}\r\n\r\n".encode()
    headers = {
        "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "Content-Encoding": "aws-chunked,gzip",
        "x-amz-decoded-content-length": "5",
    }
    assert requests.put(f"{server.endpoint}/{bucket}/k", data=body, headers=headers).status_code == 200
    got = s3.get_object(Bucket=bucket, Key="k")
    assert (got["Body"].read(), got["ContentEncoding"]) == (b"hello", "gzip")


def test_an_upload_of_unknown_length_is_refused(server, bucket):
    response = requests.put(f"{server.endpoint}/{bucket}/k", data=iter([b"a", b"b"]))
    assert response.status_code == 501
    assert "<Code>NotImplemented</Code>" in response.text


def test_presigned_urls(server, s3, bucket):
    put = s3.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "a b"}, ExpiresIn=60)
    assert requests.put(put, data=b"by URL").status_code == 200
    get = s3.generate_presigned_url(
        "get_object", {"Bucket": bucket, "Key": "a b", "ResponseContentType": "text/csv"}, ExpiresIn=60
    )
    response = requests.get(get)
    assert (response.content, response.headers["Content-Type"]) == (b"by URL", "text/csv")
    head = s3.generate_presigned_url("head_object", {"Bucket": bucket, "Key": "a b"})
    assert requests.head(head).headers["Content-Length"] == "6"


def test_presigned_urls_expire(server, bucket):
    s3 = server.client("s3", config=botocore.config.Config(signature_version="s3v4"))
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    url = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"}, ExpiresIn=1)
    assert requests.get(url).status_code == 200
    time.sleep(2.1)
    response = requests.get(url)
    assert response.status_code == 403
    assert "<Code>AccessDenied</Code><Message>Request has expired</Message><Expires>" in response.text
    forever = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"}, ExpiresIn=604801)
    response = requests.get(forever)
    assert response.status_code == 400
    assert "<Code>AuthorizationQueryParametersError</Code>" in response.text


def test_version_2_presigned_urls(server, bucket):
    config = botocore.config.Config(signature_version="s3")
    client = server.client("s3", config=config)
    url = client.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "k"}, ExpiresIn=60)
    assert requests.put(url, data=b"x").status_code == 200
    expired = client.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"}, ExpiresIn=-10)
    assert requests.get(expired).status_code == 403


@pytest.mark.parametrize("domain", ["localhost", "s3.localhost", "s3.us-east-1.localhost"])
def test_virtual_hosts_name_buckets(server, s3, bucket, domain):
    host = {"Host": f"{bucket}.{domain}:{server.port}"}
    assert requests.put(f"{server.endpoint}/a/k", data=b"x", headers=host).status_code == 200
    assert s3.get_object(Bucket=bucket, Key="a/k")["Body"].read() == b"x"
    listing = requests.get(f"{server.endpoint}/?list-type=2", headers=host)
    assert "<Key>a/k</Key>" in listing.text
    missing = requests.get(f"{server.endpoint}/b", headers=host)
    assert f"<Resource>/{bucket}/b</Resource>" in missing.text


def test_virtual_hosted_addressing_from_boto3(server, s3, bucket):
    config = botocore.config.Config(s3={"addressing_style": "virtual"})
    client = server.client("s3", config=config)
    client.meta.events.register("before-send.s3", redirect_to(server))
    client.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def redirect_to(server):
    """Resolves `*.localhost` to the server as browsers and most resolvers do, and tests cannot
    rely on. The `Host` header stays what the client made it."""

    def send(request, **_):
        host = request.url.split("/")[2]
        request.headers["Host"] = host
        request.url = request.url.replace(host, f"127.0.0.1:{server.port}")

    return send


@pytest.mark.parametrize(
    "key", ["../../outside", "a/../../outside", "..", "%2e%2e/%2e%2e/outside", "a//b", "a/./b", "a/", "/lead"]
)
def test_keys_that_look_like_paths_stay_in_their_bucket(server, s3, bucket, key):
    encoded = key.replace("/", "%2F") if "%" not in key else key
    answer = raw(
        server,
        f"PUT /{bucket}/{encoded} HTTP/1.1\nHost: localhost\nContent-Length: 1\nConnection: close\n\n",
        b"x",
    )
    assert answer.startswith("HTTP/1.1 200"), answer
    stored = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert stored == [key.replace("%2e", ".")]
    assert s3.get_object(Bucket=bucket, Key=stored[0])["Body"].read() == b"x"
    outside = [folder for folder, _, files in os.walk(server.data_dir.parent) if "outside" in files]
    assert not outside


@pytest.mark.parametrize(
    "path, expected",
    [
        ("/lake/%ff%fe", "InvalidURI"),
        ("/lake/" + "k" * 1025, "KeyTooLongError"),
    ],
)
def test_keys_that_s3_refuses(server, bucket, path, expected):
    answer = raw(server, f"PUT {path} HTTP/1.1\nHost: localhost\nContent-Length: 0\nConnection: close\n\n")
    assert answer.startswith("HTTP/1.1 400"), answer
    assert f"<Code>{expected}</Code>" in answer


def test_expect_continue(server, s3, bucket):
    head = f"PUT /{bucket}/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(head.encode())
        assert connection.recv(1024).startswith(b"HTTP/1.1 100 Continue")
        connection.sendall(b"body")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"body"


def test_a_refusal_arrives_while_the_body_is_still_sent(server, bucket):
    """And the same connection serves the next request."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.connect()
    connection.auto_open = False
    for _ in range(3):
        connection.request("PUT", f"/{bucket}/k", b"x" * (20 * 1024 * 1024), {"x-amz-tagging": "a=1&a=2"})
        response = connection.getresponse()
        assert response.status == 400
        assert b"<Code>InvalidArgument</Code>" in response.read()


def test_a_refusal_of_a_body_that_was_not_sent_ends_the_connection(server):
    head = "PUT /nowhere/k HTTP/1.1\nHost: localhost\nContent-Length: 4\nExpect: 100-continue\n\n"
    answer = raw(server, head)
    assert answer.startswith("HTTP/1.1 404") and "connection: close" in answer.lower(), answer


def test_other_accounts_own_nothing(s3, bucket):
    with pytest.raises(ClientError) as error:
        s3.list_objects_v2(Bucket=bucket, ExpectedBucketOwner="111122223333")
    assert error.value.response["Error"]["Code"] == "AccessDenied"


def test_the_cli(aws, s3, tmp_path):
    aws("s3", "mb", "s3://cli")
    for name in ("one.csv", "deep/two.csv"):
        path = tmp_path / "up" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    aws("s3", "cp", "--recursive", tmp_path / "up", "s3://cli/data/")
    assert "data/deep/two.csv" in aws("s3", "ls", "--recursive", "s3://cli")
    aws("s3", "cp", "s3://cli/data/one.csv", "s3://cli/copied.csv")
    aws("s3", "mv", "s3://cli/data/one.csv", "s3://cli/moved.csv")
    aws("s3", "sync", "s3://cli", tmp_path / "down")
    assert (tmp_path / "down/moved.csv").read_text() == "one.csv"
    assert (tmp_path / "down/data/deep/two.csv").read_text() == "deep/two.csv"
    large = tmp_path / "large"
    large.write_bytes(bytes(range(256)) * 4096 * 10)
    aws("s3", "cp", large, "s3://cli/large")
    aws("s3", "cp", "s3://cli/large", "s3://cli/large2")
    assert s3.get_object(Bucket="cli", Key="large2")["Body"].read() == large.read_bytes()
    assert aws("s3api", "head-object", "--bucket", "cli", "--key", "large")["ContentLength"] == 10485760
    aws("s3", "cp", "-", "s3://cli/piped", input=b"piped")
    assert aws("s3", "cp", "s3://cli/piped", "-") == "piped"
    aws("s3", "rb", "--force", "s3://cli")
    assert aws("s3api", "list-buckets")["Buckets"] == []
