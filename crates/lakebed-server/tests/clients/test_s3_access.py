"""Who may do what on S3: policies, ACLs, object ownership and public access blocks, enforced."""

import json
import time

import boto3
import botocore.config
import pytest
import requests
from botocore import UNSIGNED
from botocore.exceptions import ClientError

LAKE, PEER = "111111111111", "222222222222"
PEER_ID = "b" * 64
IDENTITIES = """
[[accounts]]
id = "111111111111"
display_name = "lake"
access_keys = [{ id = "LAKEROOT", secret = "s" }]

[[accounts.users]]
name = "reader"
access_keys = [{ id = "LAKEREADER", secret = "s" }]
policies = [{ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "s3:Get*", Resource = "arn:aws:s3:::*/home/${aws:username}/*" },
    { Effect = "Deny", Action = "s3:Get*", Resource = "*", Condition = { StringEquals = { "s3:ExistingObjectTag/secret" = "yes" } } },
] }]

[[accounts.users]]
name = "nobody"
access_keys = [{ id = "LAKENOBODY", secret = "s" }]

[[accounts]]
id = "222222222222"
display_name = "peer"
canonical_id = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
email = "peer@example.com"
access_keys = [{ id = "PEERROOT", secret = "s" }]

[[accounts.users]]
name = "idle"
access_keys = [{ id = "PEERIDLE", secret = "s" }]
"""
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"


@pytest.fixture(scope="module")
def identities(tmp_path_factory):
    path = tmp_path_factory.mktemp("identities") / "identities.toml"
    path.write_text(IDENTITIES)
    return str(path)


@pytest.fixture(scope="module")
def with_acls(start_server, identities):
    """A server whose new buckets have ACLs that count."""
    flags = ["--auth", "enforce", "--identities", identities, "--account-id", LAKE]
    return start_server(*flags, "--s3-acls", "on")


@pytest.fixture(scope="module")
def of_today(start_server, identities):
    """A server whose buckets begin as AWS's do."""
    return start_server("--auth", "enforce", "--identities", identities, "--account-id", LAKE)


@pytest.fixture
def server(with_acls):
    with_acls.reset()
    return with_acls


def as_(server, key):
    """A client; without a key an anonymous one."""
    config = botocore.config.Config(
        retries={"total_max_attempts": 1}, signature_version="s3v4" if key else UNSIGNED
    )
    return boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key="s" if key else None,
        config=config,
    )


@pytest.fixture
def lake(server):
    client = as_(server, "LAKEROOT")
    client.create_bucket(Bucket="lake")
    client.put_object(Bucket="lake", Key="a", Body=b"a")
    return client


@pytest.fixture
def peer(server):
    return as_(server, "PEERROOT")


@pytest.fixture
def anyone(server):
    return as_(server, None)


def code_of(call, **arguments):
    """The code a call is refused with; none if it is not."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def put_policy(client, *statements, bucket="lake"):
    usual = {"Effect": "Allow", "Principal": "*", "Resource": f"arn:aws:s3:::{bucket}/*"}
    document = {"Version": "2012-10-17", "Statement": [{**usual, **s} for s in statements]}
    client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))


def grants_of(answer):
    return [
        (grant["Grantee"].get("ID") or grant["Grantee"].get("URI"), grant["Permission"])
        for grant in answer["Grants"]
    ]


# Whose buckets are


def test_accounts_see_their_own_buckets(lake, peer):
    peer.create_bucket(Bucket="pond")
    assert [b["Name"] for b in lake.list_buckets()["Buckets"]] == ["lake"]
    listed = peer.list_buckets()
    assert [b["Name"] for b in listed["Buckets"]] == ["pond"]
    assert listed["Owner"] == {"ID": PEER_ID, "DisplayName": "peer"}
    assert code_of(peer.create_bucket, Bucket="lake") == "BucketAlreadyExists"


def test_a_bucket_is_closed_to_others(lake, peer, anyone):
    for other in (peer, anyone):
        for call, arguments in [
            (other.list_objects_v2, {}),
            (other.get_bucket_acl, {}),
            (other.delete_bucket, {}),
            (other.put_bucket_policy, {"Policy": "{}"}),
            (other.get_object, {"Key": "a"}),
            (other.get_object, {"Key": "missing"}),
            (other.put_object, {"Key": "b"}),
            (other.delete_object, {"Key": "a"}),
            (other.create_multipart_upload, {"Key": "b"}),
        ]:
            assert code_of(call, Bucket="lake", **arguments) == "AccessDenied", (call, arguments)
    assert code_of(anyone.list_buckets) == "AccessDenied"
    assert code_of(anyone.create_bucket, Bucket="pond") == "AccessDenied"
    assert code_of(anyone.get_object, Bucket="pond", Key="a") == "NoSuchBucket"


def test_expected_owners_are_held_against_the_real_one(lake):
    assert code_of(lake.head_bucket, Bucket="lake", ExpectedBucketOwner=LAKE) is None
    expected = {"Bucket": "lake", "Key": "a", "ExpectedBucketOwner": PEER}
    assert code_of(lake.get_object, **expected) == "AccessDenied"
    source = {"CopySource": "lake/a", "ExpectedSourceBucketOwner": PEER}
    assert code_of(lake.copy_object, Bucket="lake", Key="b", **source) == "AccessDenied"


# Policies


def test_users_have_what_their_policies_allow(server, lake):
    reader = as_(server, "LAKEREADER")
    for key in ("home/reader/a", "home/other/a"):
        lake.put_object(Bucket="lake", Key=key, Body=b"x")
    assert reader.get_object(Bucket="lake", Key="home/reader/a")["Body"].read() == b"x"
    assert code_of(reader.get_object, Bucket="lake", Key="home/other/a") == "AccessDenied"
    assert code_of(reader.put_object, Bucket="lake", Key="home/reader/b") == "AccessDenied"
    assert code_of(reader.list_buckets) == "AccessDenied"
    # What is not there is told to who may list.
    assert code_of(reader.get_object, Bucket="lake", Key="home/reader/z") == "AccessDenied"
    assert code_of(lake.get_object, Bucket="lake", Key="home/reader/z") == "NoSuchKey"
    tags = {"TagSet": [{"Key": "secret", "Value": "yes"}]}
    lake.put_object_tagging(Bucket="lake", Key="home/reader/a", Tagging=tags)
    assert code_of(reader.get_object, Bucket="lake", Key="home/reader/a") == "AccessDenied"


def test_a_bucket_policy_names_whom_it_lets_in(server, lake, peer, anyone):
    nobody, idle = as_(server, "LAKENOBODY"), as_(server, "PEERIDLE")
    get = {"Bucket": "lake", "Key": "a"}
    put_policy(lake, {"Principal": {"AWS": f"arn:aws:iam::{LAKE}:user/nobody"}, "Action": "s3:GetObject"})
    assert code_of(nobody.get_object, **get) is None
    assert code_of(peer.get_object, **get) == "AccessDenied"
    put_policy(lake, {"Principal": {"AWS": [LAKE, PEER]}, "Action": "s3:GetObject"})
    assert code_of(peer.get_object, **get) is None
    assert code_of(nobody.get_object, **get) == "AccessDenied", "the account must let its user"
    assert code_of(idle.get_object, **get) == "AccessDenied", "the account must let its user"
    assert code_of(anyone.get_object, **get) == "AccessDenied"
    put_policy(lake, {"Action": "s3:GetObject"})
    assert code_of(anyone.get_object, **get) is None
    assert code_of(anyone.get_object, Bucket="lake", Key="missing") == "AccessDenied"


def test_conditions_are_about_the_request(lake, peer):
    put_policy(
        lake,
        {
            "Action": "s3:ListBucket",
            "Resource": "arn:aws:s3:::lake",
            "Condition": {
                "StringLike": {"s3:prefix": "public/*"},
                "NumericLessThanEquals": {"s3:max-keys": 10},
                "IpAddress": {"aws:SourceIp": "127.0.0.0/8"},
            },
        },
        {
            "Action": "s3:PutObject",
            "Condition": {"StringEquals": {"s3:RequestObjectTag/team": "lake"}},
        },
        {"Action": "s3:PutObjectTagging"},
        {"Effect": "Deny", "Action": "s3:*", "Condition": {"StringLike": {"aws:UserAgent": "*evil*"}}},
    )
    assert code_of(peer.list_objects_v2, Bucket="lake", Prefix="public/", MaxKeys=10) is None
    for wrong in ({"Prefix": "public/", "MaxKeys": 11}, {"Prefix": "private/", "MaxKeys": 1}, {"MaxKeys": 1}):
        assert code_of(peer.list_objects_v2, Bucket="lake", **wrong) == "AccessDenied", wrong
    assert code_of(peer.put_object, Bucket="lake", Key="t", Tagging="team=lake") is None
    assert code_of(peer.put_object, Bucket="lake", Key="u", Tagging="team=pond") == "AccessDenied"
    assert code_of(peer.put_object, Bucket="lake", Key="v") == "AccessDenied"


def test_a_denial_holds_for_the_owner_but_never_locks_the_root_out(server, lake):
    everything = ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"]
    put_policy(lake, {"Effect": "Deny", "Action": "s3:*", "Resource": everything})
    assert code_of(lake.get_object, Bucket="lake", Key="a") == "AccessDenied"
    assert code_of(lake.list_objects_v2, Bucket="lake") == "AccessDenied"
    assert code_of(as_(server, "LAKENOBODY").delete_bucket_policy, Bucket="lake") == "AccessDenied"
    lake.delete_bucket_policy(Bucket="lake")
    assert code_of(lake.get_object, Bucket="lake", Key="a") is None


def test_copies_need_the_source_and_deletions_every_key(lake, peer):
    peer.create_bucket(Bucket="pond")
    lake.put_object(Bucket="lake", Key="public/a", Body=b"a")
    only = "arn:aws:s3:::lake/public/*"
    put_policy(lake, {"Action": ["s3:GetObject", "s3:DeleteObject"], "Resource": only})
    assert code_of(peer.copy_object, Bucket="pond", Key="c", CopySource="lake/public/a") is None
    assert code_of(peer.copy_object, Bucket="pond", Key="c", CopySource="lake/a") == "AccessDenied"
    upload = peer.create_multipart_upload(Bucket="pond", Key="d")["UploadId"]
    part = {"Bucket": "pond", "Key": "d", "UploadId": upload, "PartNumber": 1}
    assert code_of(peer.upload_part_copy, **part, CopySource="lake/public/a") is None
    assert code_of(peer.upload_part_copy, **part, CopySource="lake/a") == "AccessDenied"
    objects = [{"Key": "a"}, {"Key": "public/a"}]
    answer = peer.delete_objects(Bucket="lake", Delete={"Objects": objects})
    assert [d["Key"] for d in answer["Deleted"]] == ["public/a"]
    assert [(e["Key"], e["Code"]) for e in answer["Errors"]] == [("a", "AccessDenied")]
    assert [o["Key"] for o in lake.list_objects_v2(Bucket="lake")["Contents"]] == ["a"]


def test_versions_have_actions_of_their_own(lake, peer):
    enabled = {"Status": "Enabled"}
    lake.put_bucket_versioning(Bucket="lake", VersioningConfiguration=enabled)
    version = lake.put_object(Bucket="lake", Key="a", Body=b"2")["VersionId"]
    put_policy(lake, {"Action": ["s3:GetObject", "s3:DeleteObject"]})
    named = {"Bucket": "lake", "Key": "a", "VersionId": version}
    assert code_of(peer.get_object, Bucket="lake", Key="a") is None
    assert code_of(peer.get_object, **named) == "AccessDenied"
    assert code_of(peer.delete_object, **named) == "AccessDenied"
    put_policy(lake, {"Action": ["s3:GetObjectVersion"], "Condition": {"StringEquals": {"s3:VersionId": version}}})
    assert code_of(peer.get_object, **named) is None
    assert code_of(peer.get_object, Bucket="lake", Key="a") == "AccessDenied"


def test_presigned_urls_have_the_rights_of_who_signed(server, lake, peer):
    for client, status in ((lake, 200), (peer, 403)):
        url = client.generate_presigned_url("get_object", Params={"Bucket": "lake", "Key": "a"})
        assert requests.get(url, timeout=60).status_code == status
    put_policy(
        lake,
        {"Action": "s3:GetObject", "Condition": {"StringEquals": {"s3:authType": "REST-QUERY-STRING"}}},
    )
    url = peer.generate_presigned_url("get_object", Params={"Bucket": "lake", "Key": "a"})
    assert requests.get(url, timeout=60).status_code == 200
    assert code_of(peer.get_object, Bucket="lake", Key="a") == "AccessDenied"


def test_forms_have_the_rights_of_who_signed(server, lake, peer):
    for client, status in ((lake, 204), (peer, 403)):
        post = client.generate_presigned_post("lake", "form")
        sent = requests.post(post["url"], data=post["fields"], files={"file": b"f"}, timeout=60)
        assert sent.status_code == status, sent.text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Action": "glue:*"}, "Policy has invalid action"),
        ({"Resource": "arn:aws:s3:::pond/*"}, "Policy has invalid resource"),
        ({"Principal": {"AWS": "peer"}}, "Invalid principal in policy"),
        ({"Effect": "allow"}, "Invalid effect: allow"),
        ({"Condition": {"Is": {"a": "b"}}}, "Invalid Condition type : Is"),
    ],
)
def test_what_is_no_policy_is_refused(lake, change, message):
    with pytest.raises(ClientError) as refused:
        put_policy(lake, {"Action": "s3:GetObject", **change})
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("MalformedPolicy", message)
    assert code_of(lake.get_bucket_policy, Bucket="lake") == "NoSuchBucketPolicy"


# ACLs


def test_canned_acls_grant_to_groups(lake, anyone, peer):
    lake.put_bucket_acl(Bucket="lake", ACL="public-read")
    owner = lake.list_buckets()["Owner"]
    answer = lake.get_bucket_acl(Bucket="lake")
    assert answer["Owner"] == owner
    assert grants_of(answer) == [(ALL_USERS, "READ"), (owner["ID"], "FULL_CONTROL")]
    assert code_of(anyone.list_objects_v2, Bucket="lake") is None
    assert code_of(anyone.get_object, Bucket="lake", Key="a") == "AccessDenied"
    assert code_of(anyone.get_object, Bucket="lake", Key="missing") == "NoSuchKey"
    lake.put_object_acl(Bucket="lake", Key="a", ACL="authenticated-read")
    assert code_of(anyone.get_object, Bucket="lake", Key="a") == "AccessDenied"
    assert code_of(peer.get_object, Bucket="lake", Key="a") is None


def test_headers_and_documents_grant_to_accounts(lake, peer):
    lake.put_object(Bucket="lake", Key="h", GrantRead='emailaddress="peer@example.com"')
    assert grants_of(lake.get_object_acl(Bucket="lake", Key="h")) == [(PEER_ID, "READ")]
    assert code_of(peer.get_object, Bucket="lake", Key="h") is None
    assert code_of(peer.get_object_acl, Bucket="lake", Key="h") == "AccessDenied"
    owner = lake.list_buckets()["Owner"]
    grantee = {"Type": "CanonicalUser", "ID": PEER_ID}
    document = {"Owner": owner, "Grants": [{"Grantee": grantee, "Permission": "WRITE_ACP"}]}
    lake.put_object_acl(Bucket="lake", Key="h", AccessControlPolicy=document)
    assert code_of(peer.get_object, Bucket="lake", Key="h") == "AccessDenied"
    assert code_of(peer.put_object_acl, Bucket="lake", Key="h", ACL="public-read") is None
    assert code_of(peer.get_object, Bucket="lake", Key="h") is None


def test_what_is_no_acl_is_refused(lake):
    put = {"Bucket": "lake", "Key": "a"}
    assert code_of(lake.put_object_acl, **put) == "MissingSecurityHeader"
    assert code_of(lake.put_object_acl, **put, GrantRead="id=_foo") == "InvalidArgument"
    email = "emailAddress=eve@example.com"
    assert code_of(lake.put_object_acl, **put, GrantRead=email) == "UnresolvableGrantByEmailAddress"
    both = {"ACL": "private", "GrantRead": f"id={PEER_ID}"}
    assert code_of(lake.put_object_acl, **put, **both) == "InvalidRequest"
    stranger = {"Owner": {"ID": PEER_ID}, "Grants": []}
    assert code_of(lake.put_object_acl, **put, AccessControlPolicy=stranger) == "AccessDenied"


# Ownership


@pytest.mark.parametrize(
    ("ownership", "without", "with_full_control"),
    [
        ("ObjectWriter", "peer", "peer"),
        ("BucketOwnerPreferred", "peer", "lake"),
        ("BucketOwnerEnforced", "lake", "lake"),
    ],
)
def test_ownership_decides_whose_an_object_is(lake, peer, ownership, without, with_full_control):
    lake.create_bucket(Bucket="shared", ObjectOwnership=ownership)
    put_policy(lake, {"Action": ["s3:PutObject", "s3:PutObjectAcl"]}, bucket="shared")
    peer.put_object(Bucket="shared", Key="1")
    peer.put_object(Bucket="shared", Key="2", ACL="bucket-owner-full-control")
    listed = lake.list_objects_v2(Bucket="shared", FetchOwner=True)["Contents"]
    assert [o["Owner"]["DisplayName"] for o in listed] == [without, with_full_control]
    expected = None if without == "lake" else "AccessDenied"
    assert code_of(lake.get_object, Bucket="shared", Key="1") == expected
    assert code_of(lake.get_object, Bucket="shared", Key="2") is None


def test_an_owner_of_everything_has_no_acls(lake, peer):
    lake.put_bucket_acl(Bucket="lake", ACL="public-read")
    enforced = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    put = {"Bucket": "lake", "OwnershipControls": enforced}
    assert code_of(lake.put_bucket_ownership_controls, **put) == "InvalidBucketAclWithObjectOwnership"
    lake.put_bucket_acl(Bucket="lake", ACL="private")
    lake.put_object_acl(Bucket="lake", Key="a", ACL="public-read")
    assert code_of(peer.get_object, Bucket="lake", Key="a") is None
    lake.put_bucket_ownership_controls(**put)
    assert code_of(peer.get_object, Bucket="lake", Key="a") == "AccessDenied"
    unsupported = "AccessControlListNotSupported"
    assert code_of(lake.put_bucket_acl, Bucket="lake", ACL="private") == unsupported
    assert code_of(lake.put_object, Bucket="lake", Key="b", ACL="private") == unsupported
    lake.delete_bucket_ownership_controls(Bucket="lake")
    assert code_of(peer.get_object, Bucket="lake", Key="a") is None, "the ACL was only asleep"


# Public access


def test_buckets_begin_as_on_aws(of_today):
    of_today.reset()
    lake = as_(of_today, "LAKEROOT")
    lake.create_bucket(Bucket="lake")
    controls = lake.get_bucket_ownership_controls(Bucket="lake")["OwnershipControls"]
    assert controls == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    block = lake.get_public_access_block(Bucket="lake")["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True} and len(block) == 4
    with pytest.raises(ClientError) as refused:
        put_policy(lake, {"Action": "s3:GetObject"})
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    public = {"Bucket": "open", "ACL": "public-read"}
    assert code_of(lake.create_bucket, **public) == "InvalidBucketAclWithObjectOwnership"
    public["ObjectOwnership"] = "ObjectWriter"
    assert code_of(lake.create_bucket, **public) == "InvalidBucketAclWithBlockPublicAccessError"


def block(client, **switches):
    names = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]
    configuration = {name: switches.get(name, False) for name in names}
    client.put_public_access_block(Bucket="lake", PublicAccessBlockConfiguration=configuration)


def test_public_acls_are_refused_or_ignored(lake, anyone):
    lake.put_object_acl(Bucket="lake", Key="a", ACL="public-read")
    block(lake, BlockPublicAcls=True)
    assert code_of(anyone.get_object, Bucket="lake", Key="a") is None
    assert code_of(lake.put_object_acl, Bucket="lake", Key="a", ACL="public-read") == "AccessDenied"
    assert code_of(lake.put_object, Bucket="lake", Key="b", ACL="public-read") == "AccessDenied"
    assert code_of(lake.put_bucket_acl, Bucket="lake", ACL="authenticated-read") == "AccessDenied"
    block(lake, IgnorePublicAcls=True)
    assert code_of(lake.put_bucket_acl, Bucket="lake", ACL="public-read") is None
    assert code_of(anyone.get_object, Bucket="lake", Key="a") == "AccessDenied"
    assert code_of(anyone.list_objects_v2, Bucket="lake") == "AccessDenied"


def test_public_policies_are_refused_or_restricted(lake, peer, anyone):
    is_public = lambda: lake.get_bucket_policy_status(Bucket="lake")["PolicyStatus"]["IsPublic"]
    assert not is_public()
    put_policy(lake, {"Action": "s3:GetObject"})
    assert is_public()
    block(lake, RestrictPublicBuckets=True)
    for other in (peer, anyone):
        assert code_of(other.get_object, Bucket="lake", Key="a") == "AccessDenied"
    assert code_of(lake.get_object, Bucket="lake", Key="a") is None
    put_policy(lake, {"Action": "s3:GetObject", "Principal": {"AWS": PEER}})
    assert not is_public()
    assert code_of(peer.get_object, Bucket="lake", Key="a") is None
    block(lake, BlockPublicPolicy=True)
    with pytest.raises(ClientError) as refused:
        put_policy(lake, {"Action": "s3:GetObject"})
    assert refused.value.response["Error"]["Code"] == "AccessDenied"


def test_retention_is_bypassed_only_with_leave(lake, peer):
    lake.create_bucket(Bucket="vault", ObjectLockEnabledForBucket=True)
    until = time.time() + 3600
    retained = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": until}
    version = lake.put_object(Bucket="vault", Key="a", Body=b"a", **retained)["VersionId"]
    allowed = {"Action": ["s3:DeleteObjectVersion"]}
    put_policy(lake, allowed, bucket="vault")
    delete = {"Bucket": "vault", "Key": "a", "VersionId": version, "BypassGovernanceRetention": True}
    assert code_of(peer.delete_object, **delete) == "AccessDenied"
    put_policy(lake, allowed, {"Action": "s3:BypassGovernanceRetention"}, bucket="vault")
    assert code_of(peer.delete_object, **delete) is None
