"""What policies let callers do with Glue, Athena and STS, under `--auth enforce`."""

import boto3
import botocore.config
import pytest
from botocore.exceptions import ClientError

IDENTITIES = """
[[accounts]]
id = "111111111111"
access_keys = [{ id = "AKIAROOT", secret = "root" }]

[[accounts.users]]
name = "reader"
access_keys = [{ id = "AKIAREADER", secret = "reader" }]
policies = ['''{
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "glue:Get*", "Resource": [
            "arn:aws:glue:*:*:catalog", "arn:aws:glue:*:*:database/open", "arn:aws:glue:*:*:table/open/*"]},
        {"Effect": "Allow", "Action": "athena:*", "Resource": "arn:aws:athena:*:*:workgroup/${aws:username}"},
        {"Effect": "Deny", "Action": "glue:GetTable", "Resource": "arn:aws:glue:*:*:table/open/secret"}
    ]
}''']

[[accounts.users]]
name = "nobody"
access_keys = [{ id = "AKIANOBODY", secret = "nobody" }]

[[accounts]]
id = "222222222222"
access_keys = [{ id = "AKIAOTHER", secret = "other" }]
"""
ROOT, READER = ("AKIAROOT", "root"), ("AKIAREADER", "reader")
NOBODY, OTHER = ("AKIANOBODY", "nobody"), ("AKIAOTHER", "other")


@pytest.fixture(scope="module")
def enforcing_server(start_server, tmp_path_factory):
    path = tmp_path_factory.mktemp("identities") / "identities.toml"
    path.write_text(IDENTITIES)
    return start_server("--auth", "enforce", "--identities", str(path), "--account-id", "111111111111")


@pytest.fixture
def server(enforcing_server):
    enforcing_server.reset()
    return enforcing_server


def as_(server, service, keys, token=None):
    return boto3.client(
        service,
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id=keys[0],
        aws_secret_access_key=keys[1],
        aws_session_token=token,
        config=botocore.config.Config(retries={"total_max_attempts": 1}),
    )


def refusal(call, **arguments):
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


@pytest.fixture
def catalog(server):
    glue = as_(server, "glue", ROOT)
    for database in ["open", "closed"]:
        glue.create_database(DatabaseInput={"Name": database})
        for table in ["plain", "secret"]:
            glue.create_table(DatabaseName=database, TableInput={"Name": table})


def test_a_user_may_what_its_policies_allow(server, catalog):
    glue = as_(server, "glue", READER)
    assert glue.get_database(Name="open")["Database"]["Name"] == "open"
    assert glue.get_table(DatabaseName="open", Name="plain")["Table"]["Name"] == "plain"
    user = "User: arn:aws:iam::111111111111:user/reader is not authorized to perform:"
    assert refusal(glue.get_table, DatabaseName="closed", Name="plain") == (
        "AccessDeniedException",
        f"{user} glue:GetTable on resource: arn:aws:glue:us-east-1:111111111111:database/closed"
        " because no identity-based policy allows the glue:GetTable action",
    )
    assert refusal(glue.get_table, DatabaseName="open", Name="secret") == (
        "AccessDeniedException",
        f"{user} glue:GetTable on resource: arn:aws:glue:us-east-1:111111111111:table/open/secret"
        " with an explicit deny in an identity-based policy",
    )
    assert refusal(glue.delete_database, Name="open")[0] == "AccessDeniedException"


def test_a_user_without_policies_may_only_ask_who_it_is(server):
    assert refusal(as_(server, "glue", NOBODY).get_databases)[0] == "AccessDeniedException"
    assert refusal(as_(server, "athena", NOBODY).list_work_groups)[0] == "AccessDeniedException"
    sts = as_(server, "sts", NOBODY)
    assert sts.get_caller_identity()["Arn"] == "arn:aws:iam::111111111111:user/nobody"


def test_queries_are_of_their_workgroup(server):
    as_(server, "s3", ROOT).create_bucket(Bucket="results")
    root = as_(server, "athena", ROOT)
    for name in ["reader", "others"]:
        root.create_work_group(
            Name=name,
            Configuration={"ResultConfiguration": {"OutputLocation": "s3://results/"}},
        )
    reader = as_(server, "athena", READER)
    own = reader.start_query_execution(QueryString="SELECT 1", WorkGroup="reader")["QueryExecutionId"]
    assert reader.get_query_execution(QueryExecutionId=own)["QueryExecution"]["WorkGroup"] == "reader"
    other = root.start_query_execution(QueryString="SELECT 1", WorkGroup="others")["QueryExecutionId"]
    code, message = refusal(reader.get_query_execution, QueryExecutionId=other)
    assert code == "AccessDeniedException"
    assert "workgroup/others" in message
    assert refusal(reader.start_query_execution, QueryString="SELECT 1")[0] == "AccessDeniedException"


def test_sessions_have_the_policies_of_their_user(server, catalog):
    given = as_(server, "sts", READER).get_session_token()["Credentials"]
    keys = (given["AccessKeyId"], given["SecretAccessKey"])
    glue = as_(server, "glue", keys, token=given["SessionToken"])
    assert glue.get_database(Name="open")
    assert refusal(glue.get_database, Name="closed")[0] == "AccessDeniedException"


def test_roles_that_are_configured_nowhere_cannot_be_assumed(server):
    code, message = refusal(
        as_(server, "sts", ROOT).assume_role,
        RoleArn="arn:aws:iam::111111111111:role/Crawler",
        RoleSessionName="one",
    )
    assert code == "AccessDenied"
    assert message.startswith("User: arn:aws:iam::111111111111:root is not authorized to perform: sts:AssumeRole")


def test_the_catalog_is_of_one_account(server, catalog):
    code, message = refusal(as_(server, "glue", OTHER).get_database, Name="open")
    assert code == "AccessDeniedException"
    assert message.endswith("because no resource-based policy allows the glue:GetDatabase action")
