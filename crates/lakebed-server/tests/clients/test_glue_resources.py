"""What the catalog keeps besides tables, by boto3: tags, functions, connections, policies, settings; and odd tables."""

import json
import time

import pytest
from botocore.exceptions import ClientError

ARN = "arn:aws:glue:us-east-1:000000000000:"


@pytest.fixture
def lake(glue):
    glue.create_database(DatabaseInput={"Name": "lake"}, Tags={"team": "data"})


def refused(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


def crawler(name, **more):
    return {"Name": name, "Role": "crawler", "DatabaseName": "lake", "Targets": {"S3Targets": [{"Path": "s3://raw/"}]}, **more}


def job(name, **more):
    return {"Name": name, "Role": "job", "Command": {"Name": "glueetl", "ScriptLocation": "s3://code/x.py"}, **more}


def connection(name, **more):
    properties = {"JDBC_CONNECTION_URL": "jdbc:postgresql://db/x", "USERNAME": "u", "PASSWORD": "secret"}
    return {"Name": name, "ConnectionType": "JDBC", "ConnectionProperties": properties, **more}


def test_tags_are_kept_from_the_beginning_and_changed(glue, lake):
    glue.create_crawler(**crawler("nightly", Tags={"team": "data", "cost": "1"}))
    glue.create_job(**job("clean", Tags={"team": "data"}))
    glue.create_connection(ConnectionInput=connection("db"), Tags={"team": "data"})
    glue.create_table(DatabaseName="lake", TableInput={"Name": "sales"})
    for resource in ["database/lake", "crawler/nightly", "job/clean", "connection/db"]:
        assert glue.get_tags(ResourceArn=ARN + resource)["Tags"]["team"] == "data", resource
    for resource in ["database/lake", "table/lake/sales", "job/clean"]:
        glue.tag_resource(ResourceArn=ARN + resource, TagsToAdd={"team": "other", "new": ""})
        glue.untag_resource(ResourceArn=ARN + resource, TagsToRemove=["new", "absent"])
        assert glue.get_tags(ResourceArn=ARN + resource)["Tags"] == {"team": "other"}, resource
    assert glue.list_crawlers(Tags={"team": "data", "cost": "1"})["CrawlerNames"] == ["nightly"]
    assert glue.list_crawlers(Tags={"team": "nobody"})["CrawlerNames"] == []
    assert glue.list_jobs(Tags={"team": "other"})["JobNames"] == ["clean"]

    assert refused(glue.get_tags, ResourceArn=ARN + "crawler/gone") == "EntityNotFoundException"
    assert refused(glue.get_tags, ResourceArn="arn:aws:glue:us-east-1:999999999999:job/clean") == "InvalidInputException"
    many = {f"k{n}": "" for n in range(50)}
    assert refused(glue.tag_resource, ResourceArn=ARN + "job/clean", TagsToAdd=many) == "InvalidInputException"
    assert refused(glue.create_job, **job("clean", Tags={"team": "thief"})) == "AlreadyExistsException"
    assert glue.get_tags(ResourceArn=ARN + "job/clean")["Tags"] == {"team": "other"}
    glue.delete_job(JobName="clean")
    glue.create_job(**job("clean"))
    assert glue.get_tags(ResourceArn=ARN + "job/clean")["Tags"] == {}, "tags go with what they are on"


def test_functions_live_in_a_database(glue, lake):
    function = {
        "FunctionName": "Mask",
        "ClassName": "org.example.Mask",
        "OwnerName": "data",
        "OwnerType": "USER",
        "ResourceUris": [{"ResourceType": "JAR", "Uri": "s3://code/mask.jar"}],
    }
    glue.create_user_defined_function(DatabaseName="lake", FunctionInput=function)
    assert refused(glue.create_user_defined_function, DatabaseName="lake", FunctionInput={**function, "FunctionName": "mask"}) == "AlreadyExistsException"
    assert refused(glue.create_user_defined_function, DatabaseName="gone", FunctionInput=function) == "EntityNotFoundException"
    got = glue.get_user_defined_function(DatabaseName="lake", FunctionName="MASK")["UserDefinedFunction"]
    assert {name: got[name] for name in function} == function
    assert got["DatabaseName"] == "lake" and got["CatalogId"] == "000000000000" and got["CreateTime"]
    for name in ["unmask", "hash"]:
        glue.create_user_defined_function(DatabaseName="lake", FunctionInput={**function, "FunctionName": name})
    pages = glue.get_paginator("get_user_defined_functions").paginate(Pattern="*mask", PaginationConfig={"PageSize": 1})
    assert [one["FunctionName"] for page in pages for one in page["UserDefinedFunctions"]] == ["Mask", "unmask"]
    glue.update_user_defined_function(DatabaseName="lake", FunctionName="mask", FunctionInput={**function, "FunctionName": "mask2", "ClassName": "x"})
    assert glue.get_user_defined_function(DatabaseName="lake", FunctionName="mask2")["UserDefinedFunction"]["ClassName"] == "x"
    assert refused(glue.get_user_defined_function, DatabaseName="lake", FunctionName="mask") == "EntityNotFoundException"
    glue.delete_user_defined_function(DatabaseName="lake", FunctionName="mask2")
    assert refused(glue.delete_user_defined_function, DatabaseName="lake", FunctionName="mask2") == "EntityNotFoundException"
    glue.delete_database(Name="lake")
    assert glue.get_user_defined_functions(Pattern=".*")["UserDefinedFunctions"] == []


def test_connections_are_kept_and_hide_their_password(glue):
    glue.create_connection(ConnectionInput=connection("db", MatchCriteria=["prod"]))
    glue.create_connection(ConnectionInput={**connection("net"), "ConnectionType": "NETWORK", "ConnectionProperties": {}})
    assert refused(glue.create_connection, ConnectionInput=connection("db")) == "AlreadyExistsException"
    shown = glue.get_connection(Name="db")["Connection"]
    assert shown["ConnectionProperties"]["PASSWORD"] == "secret" and shown["Status"] == "READY"
    hidden = glue.get_connection(Name="db", HidePassword=True)["Connection"]
    assert "PASSWORD" not in hidden["ConnectionProperties"] and "USERNAME" in hidden["ConnectionProperties"]
    for filter_, names in [({}, ["db", "net"]), ({"ConnectionType": "NETWORK"}, ["net"]), ({"MatchCriteria": ["prod"]}, ["db"])]:
        pages = glue.get_paginator("get_connections").paginate(Filter=filter_, PaginationConfig={"PageSize": 1})
        assert [one["Name"] for page in pages for one in page["ConnectionList"]] == names
    glue.update_connection(Name="db", ConnectionInput=connection("db", Description="main"))
    assert glue.get_connection(Name="db")["Connection"]["Description"] == "main"
    assert refused(glue.create_connection, ConnectionInput=connection("x", ValidateCredentials=True)) == "InvalidInputException"
    answer = glue.batch_delete_connection(ConnectionNameList=["db", "gone"])
    assert answer["Succeeded"] == ["db"] and answer["Errors"]["gone"]["ErrorCode"] == "EntityNotFoundException"
    assert refused(glue.get_connection, Name="db") == "EntityNotFoundException"


def test_resource_policies_are_guarded_by_their_hash(glue):
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "glue:GetTable", "Resource": ARN + "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    assert refused(glue.get_resource_policy) == "EntityNotFoundException"
    assert refused(glue.put_resource_policy, PolicyInJson=policy, PolicyExistsCondition="MUST_EXIST") == "EntityNotFoundException"
    first = glue.put_resource_policy(PolicyInJson=policy, PolicyExistsCondition="NOT_EXIST")["PolicyHash"]
    assert refused(glue.put_resource_policy, PolicyInJson=policy, PolicyExistsCondition="NOT_EXIST") == "ConditionCheckFailureException"
    got = glue.get_resource_policy()
    assert (got["PolicyInJson"], got["PolicyHash"]) == (policy, first)
    other = json.dumps({"Version": "2012-10-17", "Statement": statement})
    second = glue.put_resource_policy(PolicyInJson=other, PolicyHashCondition=first)["PolicyHash"]
    assert second != first
    assert refused(glue.put_resource_policy, PolicyInJson=policy, PolicyHashCondition=first) == "ConditionCheckFailureException"
    assert [one["PolicyHash"] for one in glue.get_resource_policies()["GetResourcePoliciesResponseList"]] == [second]
    for wrong in ["{]", "{}", json.dumps({"Statement": [{"Effect": "Allow"}]})]:
        assert refused(glue.put_resource_policy, PolicyInJson=wrong) == "InvalidInputException"
    assert refused(glue.delete_resource_policy, PolicyHashCondition=first) == "ConditionCheckFailureException"
    glue.delete_resource_policy(PolicyHashCondition=second)
    assert refused(glue.delete_resource_policy) == "EntityNotFoundException"


def test_encryption_settings_are_kept(glue):
    settings = glue.get_data_catalog_encryption_settings()["DataCatalogEncryptionSettings"]
    assert settings["EncryptionAtRest"]["CatalogEncryptionMode"] == "DISABLED"
    wanted = {
        "EncryptionAtRest": {"CatalogEncryptionMode": "SSE-KMS", "SseAwsKmsKeyId": "alias/lake"},
        "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": False},
    }
    glue.put_data_catalog_encryption_settings(DataCatalogEncryptionSettings=wanted)
    assert glue.get_data_catalog_encryption_settings()["DataCatalogEncryptionSettings"] == wanted
    without_key = {"ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": True}}
    assert refused(glue.put_data_catalog_encryption_settings, DataCatalogEncryptionSettings=without_key) == "InvalidInputException"


def test_a_column_may_stand_twice_and_athena_refuses_to_read_it(glue, athena, bucket, lake):
    columns = [{"Name": name, "Type": "int"} for name in ("x", "X")]
    serde = {"SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"}
    table = {
        "Name": "t",
        "TableType": "EXTERNAL_TABLE",
        "StorageDescriptor": {
            "Columns": columns,
            "Location": "s3://lake/t/",
            "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "SerdeInfo": serde,
        },
    }
    glue.create_table(DatabaseName="lake", TableInput=table)
    started = athena.start_query_execution(
        QueryString="SELECT * FROM lake.t", ResultConfiguration={"OutputLocation": "s3://lake/results/"}
    )
    for _ in range(200):
        status = athena.get_query_execution(QueryExecutionId=started["QueryExecutionId"])["QueryExecution"]["Status"]
        if status["State"] not in ("QUEUED", "RUNNING"):
            break
        time.sleep(0.02)
    assert status["StateChangeReason"].startswith("HIVE_INVALID_METADATA")
    assert "duplicate columns ('x')" in status["StateChangeReason"]
