"""What buckets are set to do: round trips and refusals by boto3, CORS by plain HTTP."""

import base64
import datetime
import hashlib
import json

import pytest
import requests
from botocore.exceptions import ClientError

UTC = datetime.timezone.utc


def refused(call, **arguments):
    """The code and status of a call that must fail."""
    with pytest.raises(ClientError) as error:
        call(**arguments)
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def answer(response):
    """What an answer says, without how it was sent."""
    return {name: value for name, value in response.items() if name != "ResponseMetadata"}


def test_tags_of_a_bucket(s3, bucket):
    assert refused(s3.get_bucket_tagging, Bucket=bucket) == ("NoSuchTagSet", 404)
    tags = [{"Key": f"key {n:02}", "Value": "größe: +-=._:/@"} for n in range(50)]
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == tags
    s3.delete_bucket_tagging(Bucket=bucket)
    s3.delete_bucket_tagging(Bucket=bucket)
    assert refused(s3.get_bucket_tagging, Bucket=bucket) == ("NoSuchTagSet", 404)


def test_a_bucket_can_begin_with_tags(s3):
    tags = [{"Key": "team", "Value": "lake + co"}]
    s3.create_bucket(Bucket="tagged", CreateBucketConfiguration={"Tags": tags})
    assert s3.get_bucket_tagging(Bucket="tagged")["TagSet"] == tags


@pytest.mark.parametrize(
    "tags",
    [
        [{"Key": f"key{n}", "Value": ""} for n in range(51)],
        [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}],
        [{"Key": "k" * 129, "Value": ""}],
        [{"Key": "k", "Value": "v" * 257}],
        [{"Key": "aws:owner", "Value": "me"}],
        [{"Key": "a", "Value": "<html>"}],
    ],
)
def test_tags_that_no_bucket_may_have(s3, bucket, tags):
    assert refused(s3.put_bucket_tagging, Bucket=bucket, Tagging={"TagSet": tags}) == ("InvalidTag", 400)


LIFECYCLE = [
    {
        "ID": "legacy",
        "Prefix": "old/",
        "Status": "Disabled",
        "Expiration": {"Days": 31},
        "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}],
    },
    {
        "ID": "all",
        "Filter": {},
        "Status": "Enabled",
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        "Expiration": {"ExpiredObjectDeleteMarker": True},
    },
    {
        "ID": "one tag",
        "Filter": {"Tag": {"Key": "team", "Value": "lake"}},
        "Status": "Enabled",
        "Expiration": {"Date": datetime.datetime(2030, 1, 1, tzinfo=UTC)},
        "Transitions": [{"Date": datetime.datetime(2029, 1, 1, tzinfo=UTC), "StorageClass": "GLACIER"}],
    },
    {
        "ID": "size",
        "Filter": {"ObjectSizeGreaterThan": 1024},
        "Status": "Enabled",
        "Transitions": [
            {"Days": 0, "StorageClass": "INTELLIGENT_TIERING"},
            {"Days": 90, "StorageClass": "DEEP_ARCHIVE"},
        ],
    },
    {
        "ID": "both",
        "Filter": {
            "And": {
                "Prefix": "logs/",
                "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}],
                "ObjectSizeGreaterThan": 10,
                "ObjectSizeLessThan": 20,
            }
        },
        "Status": "Enabled",
        "NoncurrentVersionExpiration": {"NoncurrentDays": 60, "NewerNoncurrentVersions": 5},
        "NoncurrentVersionTransitions": [
            {"NoncurrentDays": 30, "NewerNoncurrentVersions": 2, "StorageClass": "STANDARD_IA"}
        ],
    },
]


def test_lifecycle_rules_come_back_as_they_were_put(s3, bucket):
    missing = ("NoSuchLifecycleConfiguration", 404)
    assert refused(s3.get_bucket_lifecycle_configuration, Bucket=bucket) == missing
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": LIFECYCLE})
    got = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert got["Rules"] == LIFECYCLE
    assert got["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    put = s3.put_bucket_lifecycle_configuration(
        Bucket=bucket,
        LifecycleConfiguration={"Rules": [{"Filter": {}, "Status": "Enabled", "Expiration": {"Days": 1}}]},
        TransitionDefaultMinimumObjectSize="varies_by_storage_class",
    )
    assert put["TransitionDefaultMinimumObjectSize"] == "varies_by_storage_class"
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"][0]["ID"]
    s3.delete_bucket_lifecycle(Bucket=bucket)
    assert refused(s3.get_bucket_lifecycle_configuration, Bucket=bucket) == missing


EVERY = {"ID": "r", "Filter": {}, "Status": "Enabled"}
EXPIRE = {"Expiration": {"Days": 1}}


@pytest.mark.parametrize(
    "rules, code",
    [
        ([EVERY], "InvalidRequest"),
        ([{**EVERY, **EXPIRE, "Status": "enabled"}], "MalformedXML"),
        ([{"Status": "Enabled", **EXPIRE}], "MalformedXML"),
        ([{**EVERY, **EXPIRE, "Prefix": "a"}], "MalformedXML"),
        ([{**EVERY, "Expiration": {"Days": 0}}], "InvalidArgument"),
        ([{**EVERY, "Expiration": {"Days": -1}}], "InvalidArgument"),
        ([{**EVERY, "Expiration": {"Days": 1, "ExpiredObjectDeleteMarker": True}}], "MalformedXML"),
        ([{**EVERY, "Expiration": {"Date": datetime.datetime(2030, 1, 1, 5, tzinfo=UTC)}}], "InvalidArgument"),
        ([{**EVERY, **EXPIRE}, {**EVERY, **EXPIRE}], "InvalidArgument"),
        ([{**EVERY, **EXPIRE, "ID": "i" * 256}], "InvalidArgument"),
        ([{**EVERY, **EXPIRE, "Filter": {"Prefix": "a", "ObjectSizeLessThan": 9}}], "MalformedXML"),
        ([{**EVERY, **EXPIRE, "Filter": {"And": {"Prefix": "a"}}}], "MalformedXML"),
        ([{**EVERY, "Transitions": [{"Days": 1, "StorageClass": "ONEZONE_IA"}]}], "InvalidArgument"),
        ([{**EVERY, "Transitions": [{"Days": 1, "StorageClass": "WARM"}]}], "MalformedXML"),
        ([{**EVERY, "Transitions": [{"Days": -1, "StorageClass": "GLACIER"}]}], "InvalidArgument"),
        ([{**EVERY, **EXPIRE, "Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}], "InvalidArgument"),
        ([{**EVERY, "NoncurrentVersionExpiration": {"NewerNoncurrentVersions": 1}}], "MalformedXML"),
        (
            [
                {
                    **EVERY,
                    "Filter": {"Tag": {"Key": "a", "Value": "b"}},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                }
            ],
            "InvalidRequest",
        ),
    ],
)
def test_lifecycle_rules_that_s3_refuses(s3, bucket, rules, code):
    put = s3.put_bucket_lifecycle_configuration
    assert refused(put, Bucket=bucket, LifecycleConfiguration={"Rules": rules}) == (code, 400)


def test_encryption_of_a_bucket(s3, bucket):
    missing = ("ServerSideEncryptionConfigurationNotFoundError", 404)
    assert refused(s3.get_bucket_encryption, Bucket=bucket) == missing
    for default, key in [
        ({"SSEAlgorithm": "AES256"}, False),
        ({"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/lake"}, True),
        ({"SSEAlgorithm": "aws:kms:dsse"}, False),
    ]:
        rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": key}
        configuration = {"Rules": [rule]}
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=configuration)
        got = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
        assert got == configuration
    s3.delete_bucket_encryption(Bucket=bucket)
    assert refused(s3.get_bucket_encryption, Bucket=bucket) == missing

    def put(*defaults):
        rules = [{"ApplyServerSideEncryptionByDefault": default} for default in defaults]
        configuration = {"Rules": rules}
        return refused(s3.put_bucket_encryption, Bucket=bucket, ServerSideEncryptionConfiguration=configuration)

    plain = {"SSEAlgorithm": "AES256"}
    assert put({"SSEAlgorithm": "ROT13"}) == ("MalformedXML", 400)
    assert put(plain, plain) == ("MalformedXML", 400)
    assert put({**plain, "KMSMasterKeyID": "k"}) == ("InvalidArgument", 400)


def test_object_lock_of_a_bucket(s3, bucket):
    put = s3.put_object_lock_configuration
    lock = {
        "ObjectLockEnabled": "Enabled",
        "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Years": 1}},
    }
    missing = ("ObjectLockConfigurationNotFoundError", 404)
    assert refused(s3.get_object_lock_configuration, Bucket=bucket) == missing
    assert refused(put, Bucket=bucket, ObjectLockConfiguration=lock) == ("InvalidBucketState", 409)
    s3.create_bucket(Bucket="vault", ObjectLockEnabledForBucket=True)
    got = s3.get_object_lock_configuration(Bucket="vault")["ObjectLockConfiguration"]
    assert got == {"ObjectLockEnabled": "Enabled"}
    put(Bucket="vault", ObjectLockConfiguration=lock)
    assert s3.get_object_lock_configuration(Bucket="vault")["ObjectLockConfiguration"] == lock
    suspended = {"Status": "Suspended"}
    assert refused(
        s3.put_bucket_versioning, Bucket="vault", VersioningConfiguration=suspended
    ) == ("InvalidBucketState", 409)
    for retention, code in [
        ({"Mode": "GOVERNANCE", "Days": 1, "Years": 1}, "MalformedXML"),
        ({"Mode": "GOVERNANCE"}, "MalformedXML"),
        ({"Mode": "governance", "Days": 1}, "MalformedXML"),
        ({"Mode": "GOVERNANCE", "Days": 0}, "InvalidRetentionPeriod"),
        ({"Mode": "GOVERNANCE", "Years": 101}, "InvalidArgument"),
    ]:
        bad = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}}
        assert refused(put, Bucket="vault", ObjectLockConfiguration=bad) == (code, 400)


def test_versioning_of_a_bucket(s3, bucket):
    put = s3.put_bucket_versioning
    mfa = {"Status": "Enabled", "MFADelete": "Enabled"}
    assert refused(put, Bucket=bucket, VersioningConfiguration=mfa) == ("NotImplemented", 501)
    assert refused(put, Bucket=bucket, VersioningConfiguration={"Status": "on"}) == ("MalformedXML", 400)
    without = ("IllegalVersioningConfigurationException", 400)
    assert refused(put, Bucket=bucket, VersioningConfiguration={}) == without


def test_who_owns_and_who_may(s3, bucket):
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    missing = ("OwnershipControlsNotFoundError", 404)
    assert refused(s3.get_bucket_ownership_controls, Bucket=bucket) == missing
    for ownership in ["ObjectWriter", "BucketOwnerPreferred", "BucketOwnerEnforced"]:
        controls = {"Rules": [{"ObjectOwnership": ownership}]}
        s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=controls)
        assert s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"] == controls
    nobody = {"Rules": [{"ObjectOwnership": "Nobody"}]}
    put = s3.put_bucket_ownership_controls
    assert refused(put, Bucket=bucket, OwnershipControls=nobody) == ("MalformedXML", 400)

    block = {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": False,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": False,
    }
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == block
    s3.delete_public_access_block(Bucket=bucket)
    missing = ("NoSuchPublicAccessBlockConfiguration", 404)
    assert refused(s3.get_public_access_block, Bucket=bucket) == missing


def policy_for(bucket):
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::000000000000:root"},
                "Action": "s3:GetObject",
                "Resource": f"arn:aws:s3:::{bucket}/*",
            }
        ],
    }


def test_policy_of_a_bucket(server, s3, bucket):
    assert refused(s3.get_bucket_policy, Bucket=bucket) == ("NoSuchBucketPolicy", 404)
    policy = json.dumps(policy_for(bucket))
    put = s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    assert put["ResponseMetadata"]["HTTPStatusCode"] == 204
    got = s3.get_bucket_policy(Bucket=bucket)
    assert got["Policy"] == policy
    assert got["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "application/json"
    s3.delete_bucket_policy(Bucket=bucket)
    assert refused(s3.get_bucket_policy, Bucket=bucket) == ("NoSuchBucketPolicy", 404)
    for bad in ["", "[]", "{", " " * 20_480 + policy]:
        assert refused(s3.put_bucket_policy, Bucket=bucket, Policy=bad) == ("MalformedPolicy", 400)


def test_notifications_of_a_bucket(s3, bucket):
    put, get = s3.put_bucket_notification_configuration, s3.get_bucket_notification_configuration
    assert answer(get(Bucket=bucket)) == {}
    arn = "arn:aws:{}:us-east-1:000000000000:{}"
    configuration = {
        "TopicConfigurations": [
            {"Id": "t", "TopicArn": arn.format("sns", "topic"), "Events": ["s3:ObjectRemoved:*"]}
        ],
        "QueueConfigurations": [
            {
                "Id": "q",
                "QueueArn": arn.format("sqs", "queue"),
                "Events": ["s3:ObjectCreated:Put", "s3:ObjectCreated:Post"],
                "Filter": {
                    "Key": {
                        "FilterRules": [
                            {"Name": "prefix", "Value": "in/"},
                            {"Name": "suffix", "Value": ".csv"},
                        ]
                    }
                },
            }
        ],
        "LambdaFunctionConfigurations": [
            {
                "Id": "f",
                "LambdaFunctionArn": arn.format("lambda", "function:etl"),
                "Events": ["s3:ObjectCreated:*"],
                "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "out/"}]}},
            }
        ],
        "EventBridgeConfiguration": {},
    }
    put(Bucket=bucket, NotificationConfiguration=configuration)
    assert answer(get(Bucket=bucket)) == configuration

    everything = {**configuration["LambdaFunctionConfigurations"][0], "Id": "g", "Filter": {}}
    elsewhere = {"TopicArn": "arn:aws:sns:eu-west-1:000000000000:t", "Events": ["s3:ObjectCreated:*"]}
    unknown = {"TopicArn": arn.format("sns", "t"), "Events": ["s3:Nothing"]}
    for bad in [
        {**configuration, "LambdaFunctionConfigurations": [everything]},
        {"TopicConfigurations": [elsewhere]},
        {"TopicConfigurations": [unknown]},
        {"QueueConfigurations": [{"QueueArn": "queue", "Events": ["s3:ObjectCreated:*"]}]},
    ]:
        assert refused(put, Bucket=bucket, NotificationConfiguration=bad) == ("InvalidArgument", 400)
    assert answer(get(Bucket=bucket)) == configuration
    put(Bucket=bucket, NotificationConfiguration={})
    assert answer(get(Bucket=bucket)) == {}


def test_logging_of_a_bucket(s3, bucket):
    assert answer(s3.get_bucket_logging(Bucket=bucket)) == {}
    s3.create_bucket(Bucket="logs")

    def log_to(target, **more):
        enabled = {"TargetBucket": target, "TargetPrefix": "lake/", **more}
        s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": enabled})
        return s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"]

    simple = {"TargetBucket": "logs", "TargetPrefix": "lake/", "TargetObjectKeyFormat": {"SimplePrefix": {}}}
    assert log_to("logs") == simple
    partitioned = {"PartitionedPrefix": {"PartitionDateSource": "EventTime"}}
    assert log_to("logs", TargetObjectKeyFormat=partitioned)["TargetObjectKeyFormat"] == partitioned
    assert refused(log_to, target="nowhere") == ("InvalidTargetBucketForLogging", 400)
    wrong = {"PartitionedPrefix": {"PartitionDateSource": "Someday"}}
    assert refused(log_to, target="logs", TargetObjectKeyFormat=wrong) == ("MalformedXML", 400)
    payer = {"Payer": "Requester"}
    s3.put_bucket_request_payment(Bucket="logs", RequestPaymentConfiguration=payer)
    assert refused(log_to, target="logs") == ("InvalidTargetBucketForLogging", 400)
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})
    assert answer(s3.get_bucket_logging(Bucket=bucket)) == {}


def test_logs_go_where_acls_let_them(own_server):
    s3 = own_server("--s3-acls", "on").client("s3")
    s3.create_bucket(Bucket="lake")
    s3.create_bucket(Bucket="logs")
    owner = s3.list_buckets()["Owner"]["ID"]
    grants = [{"Grantee": {"Type": "CanonicalUser", "ID": owner}, "Permission": "READ"}]
    enabled = {"TargetBucket": "logs", "TargetPrefix": "", "TargetGrants": grants}
    status = {"LoggingEnabled": enabled}
    put = s3.put_bucket_logging
    closed = ("InvalidTargetBucketForLogging", 400)
    assert refused(put, Bucket="lake", BucketLoggingStatus=status) == closed
    s3.put_bucket_acl(Bucket="logs", ACL="log-delivery-write")
    put(Bucket="lake", BucketLoggingStatus=status)
    assert s3.get_bucket_logging(Bucket="lake")["LoggingEnabled"]["TargetGrants"] == grants
    s3.put_bucket_acl(Bucket="logs", ACL="private")
    enforced = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    s3.put_bucket_ownership_controls(Bucket="logs", OwnershipControls=enforced)
    assert refused(put, Bucket="lake", BucketLoggingStatus=status) == ("InvalidArgument", 400)


def test_documents_are_what_their_digests_say(server, s3, bucket):
    url = f"{server.endpoint}/{bucket}"
    cors = (
        "<CORSConfiguration><CORSRule><AllowedOrigin><![CDATA[https://a.example]]></AllowedOrigin>"
        "<AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>"
    )
    right = base64.b64encode(hashlib.md5(cors.encode()).digest()).decode()
    wrong = base64.b64encode(b"0123456789abcdef").decode()
    for headers, code in [
        ({}, "InvalidRequest"),
        ({"Content-MD5": wrong}, "BadDigest"),
        ({"Content-MD5": "?"}, "InvalidDigest"),
        ({"x-amz-checksum-crc32": "AAAAAA=="}, "BadDigest"),
    ]:
        refusal = requests.put(f"{url}?cors", data=cors, headers=headers, timeout=30)
        assert refusal.status_code == 400
        assert f"<Code>{code}</Code>" in refusal.text
    taken = requests.put(f"{url}?cors", data=cors, headers={"Content-MD5": right}, timeout=30)
    assert taken.status_code == 200
    rule = {"AllowedOrigins": ["https://a.example"], "AllowedMethods": ["GET"]}
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == [rule]
    for document in [
        "<Tagging><TagSet/><Other/></Tagging>",
        "<Tagging><TagSet>",
        "<Other/>",
    ]:
        refusal = requests.put(f"{url}?tagging", data=document, timeout=30)
        assert refusal.status_code == 400
        assert "<Code>MalformedXML</Code>" in refusal.text


def test_who_pays(s3, bucket):
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    put = s3.put_bucket_request_payment
    put(Bucket=bucket, RequestPaymentConfiguration={"Payer": "Requester"})
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "Requester"
    nobody = {"Payer": "Nobody"}
    assert refused(put, Bucket=bucket, RequestPaymentConfiguration=nobody) == ("MalformedXML", 400)


def test_what_no_bucket_has_can_be_asked_for(s3, bucket):
    assert answer(s3.get_bucket_accelerate_configuration(Bucket=bucket)) == {}
    missing = [
        (s3.get_bucket_website, "NoSuchWebsiteConfiguration"),
        (s3.get_bucket_replication, "ReplicationConfigurationNotFoundError"),
    ]
    for get, code in missing:
        assert refused(get, Bucket=bucket) == (code, 404)
    s3.delete_bucket_website(Bucket=bucket)
    s3.delete_bucket_replication(Bucket=bucket)
    for kind in ["analytics", "intelligent_tiering", "inventory", "metrics"]:
        listed = answer(getattr(s3, f"list_bucket_{kind}_configurations")(Bucket=bucket))
        assert not any(isinstance(value, list) for value in listed.values())
        get = getattr(s3, f"get_bucket_{kind}_configuration")
        assert refused(get, Bucket=bucket, Id="one") == ("NoSuchConfiguration", 404)
    website = {"IndexDocument": {"Suffix": "index.html"}}
    assert refused(s3.put_bucket_website, Bucket=bucket, WebsiteConfiguration=website) == (
        "NotImplemented",
        501,
    )
    assert refused(s3.get_bucket_website, Bucket="nowhere") == ("NoSuchBucket", 404)


def test_settings_survive_a_restart(own_server):
    server = own_server()
    s3 = server.client("s3")
    s3.create_bucket(Bucket="lake", ObjectLockEnabledForBucket=True)
    s3.put_bucket_lifecycle_configuration(Bucket="lake", LifecycleConfiguration={"Rules": LIFECYCLE})
    s3.put_bucket_tagging(Bucket="lake", Tagging={"TagSet": [{"Key": "team", "Value": "lake"}]})
    server.stop()
    s3 = own_server().client("s3")
    assert s3.get_bucket_lifecycle_configuration(Bucket="lake")["Rules"] == LIFECYCLE
    assert s3.get_bucket_tagging(Bucket="lake")["TagSet"] == [{"Key": "team", "Value": "lake"}]
    assert s3.get_bucket_versioning(Bucket="lake")["Status"] == "Enabled"
    s3.delete_bucket(Bucket="lake")
    s3.create_bucket(Bucket="lake")
    assert refused(s3.get_bucket_tagging, Bucket="lake") == ("NoSuchTagSet", 404)


CORS = [
    {
        "ID": "app",
        "AllowedOrigins": ["https://*.example.com"],
        "AllowedMethods": ["GET", "PUT"],
        "AllowedHeaders": ["content-type", "x-amz-*"],
        "ExposeHeaders": ["ETag", "x-amz-request-id"],
        "MaxAgeSeconds": 600,
    },
    {"AllowedOrigins": ["*"], "AllowedMethods": ["HEAD"]},
]


def cross_origin(response):
    """What an answer tells a browser."""
    start = "access-control-"
    return {
        name.lower().removeprefix(start): value
        for name, value in response.headers.items()
        if name.lower().startswith(start)
    }


def preflight(server, path, origin="https://app.example.com", method="PUT", headers=None):
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    if headers:
        asked["Access-Control-Request-Headers"] = headers
    return requests.options(f"{server.endpoint}{path}", headers=asked, timeout=30)


def test_cors_rules_come_back_as_they_were_put(s3, bucket):
    missing = ("NoSuchCORSConfiguration", 404)
    assert refused(s3.get_bucket_cors, Bucket=bucket) == missing
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": CORS})
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == CORS
    for rule in [
        {"AllowedOrigins": ["*"], "AllowedMethods": ["PATCH"]},
        {"AllowedOrigins": ["http://*.*"], "AllowedMethods": ["GET"]},
        {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "ExposeHeaders": ["x-*"]},
    ]:
        configuration = {"CORSRules": [rule]}
        put = s3.put_bucket_cors
        assert refused(put, Bucket=bucket, CORSConfiguration=configuration) == ("InvalidRequest", 400)
    s3.delete_bucket_cors(Bucket=bucket)
    assert refused(s3.get_bucket_cors, Bucket=bucket) == missing


def test_preflights_are_answered_by_the_rules(server, s3, bucket):
    refusal = preflight(server, f"/{bucket}/key")
    assert refusal.status_code == 403
    assert "CORS is not enabled for this bucket." in refusal.text
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": CORS})
    allowed = preflight(server, f"/{bucket}/key", headers="Content-Type, x-amz-date")
    assert allowed.status_code == 200
    assert cross_origin(allowed) == {
        "allow-origin": "https://app.example.com",
        "allow-methods": "GET, PUT",
        "allow-headers": "content-type, x-amz-date",
        "expose-headers": "ETag, x-amz-request-id",
        "max-age": "600",
        "allow-credentials": "true",
    }
    assert allowed.headers["Vary"].startswith("Origin")
    anybody = preflight(server, f"/{bucket}", origin="https://else.org", method="HEAD")
    assert cross_origin(anybody) == {"allow-origin": "*", "allow-methods": "HEAD"}
    for refusal in [
        preflight(server, f"/{bucket}/key", origin="https://else.org"),
        preflight(server, f"/{bucket}/key", headers="authorization"),
        preflight(server, f"/{bucket}/key", method="DELETE"),
        preflight(server, "/nowhere/key"),
    ]:
        assert refusal.status_code == 403
        assert "<Code>AccessForbidden</Code>" in refusal.text
        assert cross_origin(refusal) == {}
    for asked in [{}, {"Origin": "https://app.example.com"}]:
        refusal = requests.options(f"{server.endpoint}/{bucket}/key", headers=asked, timeout=30)
        assert refusal.status_code == 400
        assert "<Code>BadRequest</Code>" in refusal.text


def test_answers_tell_allowed_origins_so(server, s3, bucket):
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": CORS})
    s3.put_object(Bucket=bucket, Key="key", Body=b"bytes")
    key, origin = f"{server.endpoint}/{bucket}/key", {"Origin": "https://app.example.com"}
    got = requests.get(key, headers=origin, timeout=30)
    assert got.content == b"bytes"
    assert cross_origin(got)["allow-origin"] == "https://app.example.com"
    assert cross_origin(got)["expose-headers"] == "ETag, x-amz-request-id"
    absent = requests.get(f"{key}-not", headers=origin, timeout=30)
    assert absent.status_code == 404
    assert cross_origin(absent)["allow-origin"] == "https://app.example.com"
    for ordinary in [
        requests.get(key, timeout=30),
        requests.get(key, headers={"Origin": "https://else.org"}, timeout=30),
    ]:
        assert ordinary.status_code == 200
        assert cross_origin(ordinary) == {}
