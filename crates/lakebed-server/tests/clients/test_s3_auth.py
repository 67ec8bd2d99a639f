"""Who may call: signatures as clients make them, and how wrong ones are refused."""

import datetime
import hashlib
import json
import os
import socket
import subprocess
import sys
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import pytest
import requests
from botocore.exceptions import ClientError

IDENTITIES = """
[[accounts]]
id = "111111111111"
display_name = "main"
access_keys = [{ id = "AKIAROOT", secret = "root/secret+" }]

[[accounts.users]]
name = "ana"
path = "/team/"
access_keys = [{ id = "AKIAANA", secret = "ana-secret" }]
policies = [{ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] }]

[[accounts]]
id = "222222222222"
access_keys = [{ id = "AKIAOTHER", secret = "other-secret" }]
"""
ROOT = ("AKIAROOT", "root/secret+")
ANA = ("AKIAANA", "ana-secret")
OTHER = ("AKIAOTHER", "other-secret")


@pytest.fixture(scope="module")
def identities(tmp_path_factory):
    path = tmp_path_factory.mktemp("identities") / "identities.toml"
    path.write_text(IDENTITIES)
    return path


@pytest.fixture(scope="module")
def signed_server(identities, start_server):
    """A server that verifies signatures."""
    return start_server("--auth", "signed", "--identities", str(identities))


@pytest.fixture
def server(signed_server):
    signed_server.reset()
    return signed_server


def as_(server, service, keys, region="us-east-1", token=None, version="s3v4", **config):
    """A client; `version` None leaves how URLs are presigned to boto3."""
    config = botocore.config.Config(
        retries={"total_max_attempts": 1}, signature_version=version if service == "s3" else None, **config
    )
    return boto3.client(
        service,
        endpoint_url=server.endpoint,
        region_name=region,
        aws_access_key_id=keys[0],
        aws_secret_access_key=keys[1],
        aws_session_token=token,
        config=config,
    )


@pytest.fixture
def s3(server):
    return as_(server, "s3", ROOT)


def code_of(error):
    return error.value.response["Error"]["Code"]


def element(response, name):
    return ElementTree.fromstring(response.content).findtext(name)


class Signing:
    """Signs requests by botocore's own signer, and lets tests change them before and after."""

    def __init__(self, server, keys=ROOT, service="s3", region="us-east-1"):
        signer = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
        self.signer = signer(botocore.credentials.Credentials(*keys), service, region)
        self.server = server

    def request(self, method, path, body=b"", headers=None):
        url = self.server.endpoint + path
        request = botocore.awsrequest.AWSRequest(method, url, headers=headers or {}, data=body)
        request.context["payload_signing_enabled"] = True
        self.signer.add_auth(request)
        return request.prepare()

    def send(self, request, **changes):
        headers = {**request.headers, **changes.pop("headers", {})}
        return requests.request(
            changes.get("method", request.method),
            changes.get("url", request.url),
            data=changes.get("body", request.body),
            headers={name: value for name, value in headers.items() if value is not None},
        )


KEYS = ["plain", "a b+c&d=e", "dir//x/../y", "한글/é", "~-_.!*'()", "100%/%20", "semi;colon:@"]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("addressing", ["path", "virtual"])
def test_what_boto3_signs_is_let_in(server, s3, key, addressing):
    s3.create_bucket(Bucket="lake")
    if addressing == "virtual":
        # The names of buckets resolve to this machine only where the resolver knows them.
        host = f"lake.localhost:{server.port}"
        signing = Signing(server)
        path = "/" + urllib.parse.quote(key, safe="/~-_.")
        put = signing.request("PUT", path, b"x", {"Host": host})
        assert raw_send(server, put).startswith("HTTP/1.1 200"), key
        got = s3.get_object(Bucket="lake", Key=key)
        assert got["Body"].read() == b"x"
        return
    s3.put_object(Bucket="lake", Key=key, Body=b"x", Metadata={"a": "b  c"})
    assert [found["Key"] for found in s3.list_objects_v2(Bucket="lake", Prefix=key[:3])["Contents"]] == [key]
    url = s3.generate_presigned_url("get_object", {"Bucket": "lake", "Key": key, "ResponseContentType": "a/b; c"})
    with urllib.request.urlopen(url) as response:
        assert (response.read(), response.headers["Content-Type"]) == (b"x", "a/b; c")


def raw_send(server, request):
    """Sends a prepared request as it is, whose path no client may tidy."""
    target = request.url.split(f":{server.port}", 1)[1]
    lines = [f"{request.method} {target} HTTP/1.1"]
    for name, value in request.headers.items():
        value = value.decode() if isinstance(value, bytes) else value
        lines.append(f"{name}: {value}")
    body = request.body or b""
    lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall("\r\n".join(lines).encode() + body)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer.decode("latin-1")


def test_uploads_of_every_kind(server, s3, tmp_path):
    s3.create_bucket(Bucket="lake")
    content = b"0123456789abcdef" * 700_000
    path = tmp_path / "file"
    path.write_bytes(content)
    s3.upload_file(str(path), "lake", "multipart")
    unsigned = as_(server, "s3", ROOT, s3={"payload_signing_enabled": False})
    unsigned.put_object(Bucket="lake", Key="unsigned", Body=content)
    hashed = as_(server, "s3", ROOT, s3={"payload_signing_enabled": True})
    hashed.put_object(Bucket="lake", Key="hashed", Body=content)
    for key in ["multipart", "unsigned", "hashed"]:
        assert s3.get_object(Bucket="lake", Key=key)["Body"].read() == content


def test_the_cli_signs_too(server, tmp_path):
    environment = {"AWS_ACCESS_KEY_ID": ROOT[0], "AWS_SECRET_ACCESS_KEY": ROOT[1], "AWS_DEFAULT_REGION": "us-east-1"}
    (tmp_path / "a b").write_text("x")

    def aws(*arguments):
        command = [sys.executable, "-m", "awscli", "--endpoint-url", server.endpoint, *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    aws("s3", "mb", "s3://lake")
    aws("s3", "cp", str(tmp_path / "a b"), "s3://lake/a b")
    assert aws("s3", "cp", "s3://lake/a b", "-") == "x"
    assert json.loads(aws("sts", "get-caller-identity"))["Arn"] == "arn:aws:iam::111111111111:root"


@pytest.mark.parametrize("service, call", [("s3", "list_buckets"), ("glue", "get_databases"), ("athena", "list_work_groups"), ("sts", "get_caller_identity")])
def test_wrong_credentials(server, service, call):
    unknown = {"s3": "InvalidAccessKeyId", "sts": "InvalidClientTokenId"}.get(service, "UnrecognizedClientException")
    wrong = {"s3": "SignatureDoesNotMatch", "sts": "SignatureDoesNotMatch"}.get(service, "InvalidSignatureException")
    with pytest.raises(ClientError) as error:
        getattr(as_(server, service, ("AKIANOBODY", "x")), call)()
    assert code_of(error) == unknown
    with pytest.raises(ClientError) as error:
        getattr(as_(server, service, (ROOT[0], "wrong")), call)()
    assert code_of(error) == wrong
    getattr(as_(server, service, ROOT), call)()


def test_unsigned_requests(server):
    response = requests.get(f"{server.endpoint}/lake/k")
    assert (response.status_code, element(response, "Code")) == (403, "AccessDenied")
    response = requests.post(server.endpoint, headers={"X-Amz-Target": "AWSGlue.GetDatabases"}, data="{}")
    assert (response.status_code, response.json()["__type"]) == (400, "MissingAuthenticationTokenException")
    response = requests.post(server.endpoint, data={"Action": "GetCallerIdentity", "Version": "2011-06-15"})
    assert response.status_code == 403
    assert "<Code>MissingAuthenticationToken</Code>" in response.text
    assert requests.get(f"{server.endpoint}/_lakebed/health").status_code == 200


def test_a_mismatch_says_what_was_to_be_signed(server, s3):
    s3.create_bucket(Bucket="lake")
    signing = Signing(server)
    request = signing.request("PUT", "/lake/k", b"x")
    response = signing.send(request, url=f"{server.endpoint}/lake/other")
    assert (response.status_code, element(response, "Code")) == (403, "SignatureDoesNotMatch")
    canonical = element(response, "CanonicalRequest")
    assert canonical.startswith("PUT\n/lake/other\n\nhost:127.0.0.1")
    text = element(response, "StringToSign")
    assert text.endswith("\n" + hashlib.sha256(canonical.encode()).hexdigest())
    assert element(response, "SignatureProvided") == request.headers["Authorization"][-64:]
    assert bytes.fromhex(element(response, "StringToSignBytes").replace(" ", "")).decode() == text
    assert element(response, "AWSAccessKeyId") == ROOT[0]


def test_what_is_changed_after_signing_is_refused(server, s3):
    s3.create_bucket(Bucket="lake")
    signing = Signing(server)
    request = signing.request("PUT", "/lake/k", b"x")
    added = signing.send(request, headers={"x-amz-acl": "public-read"})
    assert element(added, "Message") == "There were headers present in the request which were not signed"
    assert element(added, "HeadersNotSigned") == "x-amz-acl"
    other = signing.send(request, body=b"y")
    assert (other.status_code, element(other, "Code")) == (400, "XAmzContentSHA256Mismatch")
    assert s3.list_objects_v2(Bucket="lake")["KeyCount"] == 0
    assert signing.send(request).status_code == 200


@pytest.mark.parametrize(
    "authorization, status, code, message",
    [
        ("Bearer token", 400, "InvalidArgument", "Unsupported Authorization Type"),
        ("AWS AKIAROOT:c2ln", 403, "SignatureDoesNotMatch", "does not match"),
        ("AWS nonsense", 400, "InvalidArgument", "Expected AwsAccessKeyId:signature"),
        ("AWS4-HMAC-SHA256 Credential=a", 400, "AuthorizationHeaderMalformed", "requires Signature, SignedHeaders"),
        (
            "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=0",
            400,
            "AuthorizationHeaderMalformed",
            'expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request"',
        ),
    ],
)
def test_malformed_authorizations(server, authorization, status, code, message):
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers = {"Authorization": authorization, "x-amz-date": now, "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
    response = requests.get(f"{server.endpoint}/lake/k", headers=headers)
    assert (response.status_code, element(response, "Code")) == (status, code)
    assert message in element(response, "Message")


def test_the_day_of_a_signature_is_that_of_the_request(server):
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    credential = "AKIAROOT/20200101/us-east-1/glue/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0",
        "X-Amz-Date": now,
        "X-Amz-Target": "AWSGlue.GetDatabases",
    }
    response = requests.post(server.endpoint, headers=headers, data="{}")
    assert response.json()["__type"] == "InvalidSignatureException"
    assert f"'20200101' != '{now[:8]}'" in response.json()["message"]


def test_signatures_of_another_time(server):
    signing = Signing(server)
    request = signing.request("GET", "/")
    for by, refused in [(-14, False), (14, False), (-16, True), (16, True)]:
        moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=by)
        if (moment.date() != datetime.datetime.now(datetime.timezone.utc).date()) and not refused:
            continue
        request = botocore.awsrequest.AWSRequest("GET", server.endpoint + "/")
        stamp = moment.strftime("%Y%m%dT%H%M%SZ")
        request.context["timestamp"] = stamp
        request.headers["X-Amz-Date"] = stamp
        request.headers["X-Amz-Content-SHA256"] = "UNSIGNED-PAYLOAD"
        signer = signing.signer
        canonical = signer.canonical_request(request)
        signature = signer.signature(signer.string_to_sign(request, canonical), request)
        signer._inject_signature_to_request(request, signature)
        response = signing.send(request.prepare())
        if refused:
            assert (response.status_code, element(response, "Code")) == (403, "RequestTimeTooSkewed")
            assert element(response, "RequestTime") == stamp
            assert element(response, "MaxAllowedSkewMilliseconds") == "900000"
        else:
            assert response.status_code == 200, response.text


def test_the_payload_hash_is_needed(server):
    signing = Signing(server)
    request = signing.request("GET", "/")
    response = signing.send(request, headers={"X-Amz-Content-SHA256": None})
    assert (response.status_code, element(response, "Code")) == (400, "InvalidRequest")
    assert "x-amz-content-sha256" in element(response, "Message")
    response = signing.send(request, headers={"X-Amz-Content-SHA256": "nonsense"})
    assert (response.status_code, element(response, "ArgumentValue")) == (400, "nonsense")


def test_a_bucket_of_another_region_says_where_it_is(server, s3):
    s3.create_bucket(Bucket="seoul", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"})
    signing = Signing(server)
    response = signing.send(signing.request("GET", "/seoul"))
    assert (response.status_code, element(response, "Code")) == (400, "AuthorizationHeaderMalformed")
    assert element(response, "Message").endswith("the region 'us-east-1' is wrong; expecting 'ap-northeast-2'")
    assert element(response, "Region") == response.headers["x-amz-bucket-region"] == "ap-northeast-2"
    # boto3 follows.
    s3.put_object(Bucket="seoul", Key="k", Body=b"x")
    assert as_(server, "s3", ROOT, region="ap-northeast-2").head_object(Bucket="seoul", Key="k")


def test_presigned_urls(server, s3):
    s3.create_bucket(Bucket="lake")
    url = s3.generate_presigned_url("put_object", {"Bucket": "lake", "Key": "k", "Metadata": {"team": "a b"}})
    # botocore signs what stands for headers as headers; other SDKs put it into the query.
    response = requests.put(url, data=b"x", headers={"x-amz-meta-team": "a b"})
    assert response.status_code == 200, response.text
    assert s3.head_object(Bucket="lake", Key="k")["Metadata"] == {"team": "a b"}

    get = s3.generate_presigned_url("get_object", {"Bucket": "lake", "Key": "k"})
    assert requests.get(get).content == b"x"
    for changed, code in [
        (get.replace("/lake/k", "/lake/other"), "SignatureDoesNotMatch"),
        (get + "&versionId=null", "SignatureDoesNotMatch"),
        (get.replace("X-Amz-Expires=3600", "X-Amz-Expires=7200"), "SignatureDoesNotMatch"),
        (get.replace("AKIAROOT", "AKIANOBODY"), "InvalidAccessKeyId"),
        (get.replace("us-east-1", "eu-west-1"), "AuthorizationQueryParametersError"),
        (get.replace("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"), "AuthorizationQueryParametersError"),
    ]:
        response = requests.get(changed)
        assert element(response, "Code") == code, changed
    response = requests.delete(get)
    assert element(response, "Code") == "SignatureDoesNotMatch"
    response = requests.get(get, headers={"Authorization": "AWS4-HMAC-SHA256 Credential=a"})
    assert "Only one auth mechanism allowed" in element(response, "Message")


def test_version_2_where_s3_takes_it(server, s3):
    """boto3 presigns with it in us-east-1 unless told otherwise."""
    s3.create_bucket(Bucket="lake")
    s3.put_object(Bucket="lake", Key="a b", Body=b"x")
    old = as_(server, "s3", ROOT, version=None)
    url = old.generate_presigned_url("get_object", {"Bucket": "lake", "Key": "a b", "ResponseContentType": "a/b"})
    assert "AWSAccessKeyId=" in url
    response = requests.get(url)
    assert (response.content, response.headers["Content-Type"]) == (b"x", "a/b"), response.text
    put = old.generate_presigned_url(
        "put_object", {"Bucket": "lake", "Key": "k", "ContentType": "text/csv", "Metadata": {"team": "a"}}
    )
    assert requests.put(put, data=b"y", headers={"Content-Type": "text/csv"}).status_code == 200
    head = s3.head_object(Bucket="lake", Key="k")
    assert (head["ContentType"], head["Metadata"]) == ("text/csv", {"team": "a"})
    for changed, code in [
        (url.replace("a%20b?", "other?"), "SignatureDoesNotMatch"),
        (url.replace("AKIAROOT", "AKIANOBODY"), "InvalidAccessKeyId"),
    ]:
        assert element(requests.get(changed), "Code") == code, changed
    expired = old.generate_presigned_url("get_object", {"Bucket": "lake", "Key": "a b"}, ExpiresIn=-1)
    assert element(requests.get(expired), "Message") == "Request has expired"
    in_header = as_(server, "s3", ROOT, version="s3")
    assert in_header.get_object(Bucket="lake", Key="a b")["Body"].read() == b"x"

    s3.create_bucket(Bucket="seoul", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"})
    response = requests.get(old.generate_presigned_url("get_object", {"Bucket": "seoul", "Key": "k"}))
    assert (response.status_code, element(response, "Code")) == (400, "InvalidRequest")
    assert "Please use AWS4-HMAC-SHA256." in element(response, "Message")


def test_parameters_of_presigned_urls_stand_for_headers(server, s3):
    s3.create_bucket(Bucket="lake")
    credentials = botocore.credentials.Credentials(*ROOT)
    url = f"{server.endpoint}/lake/k?x-amz-meta-team=a%20b&x-amz-checksum-crc32=DUoRhQ%3D%3D"
    request = botocore.awsrequest.AWSRequest("PUT", url)
    botocore.auth.S3SigV4QueryAuth(credentials, "s3", "us-east-1").add_auth(request)
    url = request.prepare().url
    response = requests.put(url, data=b"other")
    assert element(response, "Code") in ("BadDigest", "XAmzContentChecksumMismatch")
    assert requests.put(url, data=b"hello world").status_code == 200
    head = s3.head_object(Bucket="lake", Key="k", ChecksumMode="ENABLED")
    assert (head["Metadata"], head["ChecksumCRC32"]) == ({"team": "a b"}, "DUoRhQ==")


def test_forms_are_verified(server, s3):
    s3.create_bucket(Bucket="lake")

    def post(keys, **changes):
        form = as_(server, "s3", keys).generate_presigned_post("lake", "k")
        fields = {**form["fields"], **changes}
        return requests.post(form["url"], data=fields, files={"file": b"x"})

    assert post(ROOT).status_code == 204
    old = as_(server, "s3", ROOT, version=None).generate_presigned_post("lake", "k")
    assert "AWSAccessKeyId" in old["fields"]
    assert requests.post(old["url"], data=old["fields"], files={"file": b"x"}).status_code == 204
    wrong = post((ROOT[0], "wrong"))
    assert (wrong.status_code, element(wrong, "Code")) == (403, "SignatureDoesNotMatch")
    nobody = post(("AKIANOBODY", "x"))
    assert (nobody.status_code, element(nobody, "Code")) == (403, "InvalidAccessKeyId")
    anybody = requests.post(f"{server.endpoint}/lake", data={"key": "k"}, files={"file": b"x"})
    assert (anybody.status_code, element(anybody, "Code")) == (403, "AccessDenied")


def test_callers_are_who_their_keys_are_of(server):
    for keys, account, arn in [
        (ROOT, "111111111111", "arn:aws:iam::111111111111:root"),
        (ANA, "111111111111", "arn:aws:iam::111111111111:user/team/ana"),
        (OTHER, "222222222222", "arn:aws:iam::222222222222:root"),
    ]:
        caller = as_(server, "sts", keys).get_caller_identity()
        assert (caller["Account"], caller["Arn"]) == (account, arn)
    assert as_(server, "sts", ANA).get_caller_identity()["UserId"].startswith("AIDA")


def test_temporary_credentials(server, s3):
    s3.create_bucket(Bucket="lake")
    given = as_(server, "sts", ANA).get_session_token(DurationSeconds=900)["Credentials"]
    keys = (given["AccessKeyId"], given["SecretAccessKey"])
    session = as_(server, "sts", keys, token=given["SessionToken"])
    assert session.get_caller_identity()["Arn"] == "arn:aws:iam::111111111111:user/team/ana"
    in_session = as_(server, "s3", keys, token=given["SessionToken"])
    in_session.put_object(Bucket="lake", Key="k", Body=b"x")
    url = in_session.generate_presigned_url("get_object", {"Bucket": "lake", "Key": "k"})
    assert requests.get(url).content == b"x"
    form = in_session.generate_presigned_post("lake", "form")
    assert requests.post(form["url"], data=form["fields"], files={"file": b"x"}).status_code == 204

    for token, code in [(None, "InvalidAccessKeyId"), ("bm9uZQ==", "InvalidToken")]:
        with pytest.raises(ClientError) as error:
            as_(server, "s3", keys, token=token).list_buckets()
        assert code_of(error) == code
    with pytest.raises(ClientError) as error:
        as_(server, "s3", ROOT, token=given["SessionToken"]).list_buckets()
    assert code_of(error) == "InvalidToken"


def test_a_role_of_another_account(server):
    sts = as_(server, "sts", ROOT)
    given = sts.assume_role(RoleArn="arn:aws:iam::222222222222:role/Crawler", RoleSessionName="one")
    keys = (given["Credentials"]["AccessKeyId"], given["Credentials"]["SecretAccessKey"])
    caller = as_(server, "sts", keys, token=given["Credentials"]["SessionToken"]).get_caller_identity()
    assert caller["Arn"] == given["AssumedRoleUser"]["Arn"] == "arn:aws:sts::222222222222:assumed-role/Crawler/one"
    assert caller["UserId"] == given["AssumedRoleUser"]["AssumedRoleId"]
    assert caller["Account"] == "222222222222"


def test_without_auth_a_known_key_still_says_whose_it_is(own_server, identities):
    server = own_server("--identities", str(identities))
    anybody = as_(server, "sts", ("whoever", "x")).get_caller_identity()
    assert anybody["Arn"] == "arn:aws:iam::000000000000:root"
    ana = as_(server, "sts", (ANA[0], "not even her secret")).get_caller_identity()
    assert ana["Arn"] == "arn:aws:iam::111111111111:user/team/ana"


def test_signatures_need_identities(own_server, identities, tmp_path):
    def up(*arguments):
        command = [os.environ["LAKEBED_BIN"], "up", "--port", "0", "--data-dir", str(tmp_path / "d"), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    done = up("--auth", "signed")
    assert done.returncode == 1
    assert "without --identities" in done.stderr
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('[[accounts]]\nid = "1"\n')
    done = up("--auth", "signed", "--identities", str(wrong))
    assert done.returncode == 1
    assert "wrong.toml" in done.stderr and "12 digits" in done.stderr


def test_pages_of_other_origins_cannot_reset(server):
    reset = f"{server.endpoint}/_lakebed/reset"
    assert requests.post(reset, headers={"Origin": "https://example.com"}).status_code == 403
    assert requests.post(reset, headers={"Origin": server.endpoint}).status_code == 200
