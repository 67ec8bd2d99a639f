"""What all services share on the wire: selection, errors, STS, our own endpoints."""

import threading

import boto3
import pytest
import requests
from botocore.exceptions import ClientError

JSON = "application/x-amz-json-1.1"


def call(server, target, body, **headers):
    headers = {"X-Amz-Target": target, "Content-Type": JSON, **headers}
    return requests.post(server.endpoint, data=body, headers=headers)


def test_an_operation_that_only_aws_has_names_itself(glue):
    with pytest.raises(ClientError) as error:
        glue.list_ml_transforms()
    assert error.value.response["Error"]["Code"] == "NotImplementedException"
    assert "ListMLTransforms" in error.value.response["Error"]["Message"]
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_an_operation_that_nobody_has_is_unknown(server):
    response = call(server, "AWSGlue.MakeCoffee", "{}")
    assert response.status_code == 400
    assert response.json()["__type"] == "UnknownOperationException"
    assert response.headers["x-amzn-requestid"]
    assert response.headers["Content-Type"] == JSON


@pytest.mark.parametrize("body", ["{", "[]", '"text"', "\xff"])
def test_malformed_json_is_told(server, body):
    response = call(server, "AWSGlue.GetDatabases", body.encode("latin-1"))
    assert (response.status_code, response.json()["__type"]) == (400, "SerializationException")


def test_requests_are_validated_in_awss_words(server):
    response = call(server, "AWSGlue.GetDatabase", "{}")
    assert response.status_code == 400
    assert response.json()["message"] == (
        "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null"
    )


def test_a_request_that_is_too_large_is_refused(server):
    response = call(server, "AWSGlue.GetDatabases", b" " * (16 * 1024 * 1024 + 1))
    assert response.status_code == 413
    assert response.json()["__type"] == "RequestEntityTooLargeException"


@pytest.mark.parametrize(
    "service, operation",
    [("sqs", "list_queues"), ("sns", "list_topics"), ("lambda", "list_functions"), ("dynamodb", "list_tables")],
)
def test_services_that_are_not_there_say_so(server, service, operation):
    with pytest.raises(ClientError) as error:
        getattr(server.client(service), operation)()
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert f"'{service}'" in str(error.value)


def test_the_caller_is_the_accounts_root(server, aws):
    identity = server.client("sts").get_caller_identity()
    assert identity["Account"] == "000000000000"
    assert identity["Arn"] == "arn:aws:iam::000000000000:root"
    assert identity["UserId"] == "000000000000"
    assert aws("sts", "get-caller-identity")["Account"] == "000000000000"


def test_temporary_credentials_work(server):
    sts = server.client("sts")
    role = "arn:aws:iam::000000000000:role/service-role/Crawler"
    assumed = sts.assume_role(RoleArn=role, RoleSessionName="test", DurationSeconds=900)
    assert assumed["AssumedRoleUser"]["Arn"] == "arn:aws:sts::000000000000:assumed-role/Crawler/test"
    for credentials in (assumed["Credentials"], sts.get_session_token()["Credentials"]):
        client = boto3.client(
            "s3",
            endpoint_url=server.endpoint,
            region_name="us-east-1",
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
        )
        assert client.list_buckets()["Buckets"] == []
    with pytest.raises(ClientError) as error:
        sts.assume_role(RoleArn="arn:aws:iam::000000000000:user/ana", RoleSessionName="test")
    assert error.value.response["Error"]["Code"] == "ValidationError"
    with pytest.raises(ClientError) as error:
        sts.assume_role(RoleArn=role, RoleSessionName="no spaces")
    assert error.value.response["Error"]["Code"] == "ValidationError"


def test_query_errors_are_xml(server):
    response = requests.post(server.endpoint, data={"Action": "MakeCoffee", "Version": "2011-06-15"})
    assert response.status_code == 400
    assert "<Code>" in response.text and "<RequestId>" in response.text


def test_health(server):
    health = requests.get(f"{server.endpoint}/_lakebed/health").json()
    assert health["status"] == "running"
    assert health["services"] == ["athena", "glue", "logs", "s3", "sts"]
    assert (health["account"], health["region"]) == ("000000000000", "us-east-1")
    assert health["uptime_seconds"] > 0
    assert requests.get(f"{server.endpoint}/_lakebed/nothing").status_code == 404
    assert requests.get(f"{server.endpoint}/_lakebed/reset").status_code == 405


def test_metrics_count_what_happened(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"12345")
    metrics = requests.get(f"{server.endpoint}/_lakebed/metrics").text
    lines = dict(line.rsplit(" ", 1) for line in metrics.splitlines() if not line.startswith("#"))
    assert int(lines['lakebed_requests_total{service="s3",operation="PutObject",status="200"}']) >= 1
    assert (lines["lakebed_buckets"], lines["lakebed_objects"], lines["lakebed_stored_bytes"]) == ("1", "1", "5")
    assert int(lines["lakebed_resident_memory_bytes"]) > 1_000_000


def test_a_browser_is_told_what_this_is(server):
    page = requests.get(server.endpoint, headers={"Accept": "text/html"})
    assert page.headers["Content-Type"].startswith("text/html")
    assert "Lakebed" in page.text
    assert "<ListAllMyBucketsResult" in requests.get(server.endpoint).text


def test_reset_empties_everything(server, s3, glue):
    s3.create_bucket(Bucket="gone")
    s3.put_object(Bucket="gone", Key="k", Body=b"x")
    glue.create_database(DatabaseInput={"Name": "gone"})
    server.reset()
    assert s3.list_buckets()["Buckets"] == []
    assert glue.get_databases()["DatabaseList"] == []
    s3.create_bucket(Bucket="gone")
    assert "Contents" not in s3.list_objects_v2(Bucket="gone")


def test_reset_while_requests_run(server):
    """Writers meet either the old state or the empty one, and nothing of theirs is left behind."""
    stop = threading.Event()
    answers = set()

    def write():
        session = requests.Session()
        while not stop.is_set():
            answers.add(session.put(f"{server.endpoint}/lake").status_code)
            answers.add(session.put(f"{server.endpoint}/lake/k", data=b"x").status_code)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for _ in range(10):
        server.reset()
    stop.set()
    for writer in writers:
        writer.join()
    assert answers <= {200, 404}, answers
    server.reset()
    assert server.client("s3").list_buckets()["Buckets"] == []
    assert not list((server.data_dir / "buckets").glob("*"))


def test_what_was_acknowledged_survives_a_kill(own_server):
    import signal

    first = own_server()
    client = first.client("s3")
    client.create_bucket(Bucket="lake")
    for number in range(20):
        client.put_object(Bucket="lake", Key=f"k{number}", Body=str(number).encode())
    first.stop(signal.SIGKILL)
    second = own_server().client("s3")
    for number in range(20):
        assert second.get_object(Bucket="lake", Key=f"k{number}")["Body"].read() == str(number).encode()


def test_stopping_finishes_running_requests(own_server):
    import socket

    server = own_server()
    server.client("s3").create_bucket(Bucket="lake")
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(b"PUT /lake/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbo")
        # The server has begun to read the request before it is told to stop.
        threading.Timer(0.5, server.process.terminate).start()
        threading.Timer(1.5, connection.sendall, args=(b"dy",)).start()
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")
    assert server.process.wait(timeout=30) == 0


def test_the_account_and_region_can_be_chosen(own_server):
    server = own_server("--account-id", "123456789012", "--region", "ap-northeast-2")
    assert server.client("sts").get_caller_identity()["Account"] == "123456789012"
    client = server.client("s3", region_name="ap-northeast-2")
    requests.put(f"{server.endpoint}/lake").raise_for_status()
    assert client.get_bucket_location(Bucket="lake")["LocationConstraint"] == "ap-northeast-2"
