"""The Glue Schema Registry through boto3."""

import json

import pytest
from botocore.exceptions import ClientError


def record(*fields):
    return json.dumps({"type": "record", "name": "order", "fields": list(fields)})


ID = {"name": "id", "type": "long"}
NOTE = {"name": "note", "type": "string"}
NOTE_WITH_DEFAULT = {"name": "note", "type": ["null", "string"], "default": None}


def code(refused):
    return refused.value.response["Error"]["Code"]


@pytest.fixture
def orders(glue):
    registry = "sales"
    glue.create_registry(RegistryName=registry, Description="orders", Tags={"team": "lake"})
    return {"SchemaName": "orders", "RegistryName": registry}


def create(glue, orders, compatibility, definition=None, data_format="AVRO"):
    return glue.create_schema(
        RegistryId={"RegistryName": orders["RegistryName"]},
        SchemaName=orders["SchemaName"],
        DataFormat=data_format,
        Compatibility=compatibility,
        SchemaDefinition=definition or record(ID),
    )


def test_registries_are_kept_listed_changed_and_deleted(glue, orders):
    name = orders["RegistryName"]
    found = glue.get_registry(RegistryId={"RegistryName": name})
    assert (found["Description"], found["Status"]) == ("orders", "AVAILABLE")
    assert glue.get_tags(ResourceArn=found["RegistryArn"])["Tags"] == {"team": "lake"}
    listed = glue.get_paginator("list_registries").paginate(PaginationConfig={"PageSize": 1})
    assert name in [item["RegistryName"] for page in listed for item in page["Registries"]]
    with pytest.raises(ClientError) as refused:
        glue.create_registry(RegistryName=name)
    assert code(refused) == "AlreadyExistsException"
    glue.update_registry(RegistryId={"RegistryArn": found["RegistryArn"]}, Description="new")
    assert glue.get_registry(RegistryId={"RegistryName": name})["Description"] == "new"
    create(glue, orders, "NONE")
    assert glue.delete_registry(RegistryId={"RegistryName": name})["Status"] == "DELETING"
    with pytest.raises(ClientError) as refused:
        glue.get_schema(SchemaId=orders)
    assert code(refused) == "EntityNotFoundException"


def test_a_schema_without_registry_lies_in_the_default_one(glue):
    name = "orders"
    made = glue.create_schema(
        SchemaName=name, DataFormat="AVRO", Compatibility="NONE", SchemaDefinition=record(ID)
    )
    assert made["RegistryName"] == "default-registry"
    assert (made["LatestSchemaVersion"], made["NextSchemaVersion"]) == (1, 2)
    assert made["SchemaVersionStatus"] == "AVAILABLE"
    assert glue.get_schema(SchemaId={"SchemaArn": made["SchemaArn"]})["SchemaName"] == name


@pytest.mark.parametrize(
    "compatibility, definition, status",
    [
        ("BACKWARD", record(ID, NOTE_WITH_DEFAULT), "AVAILABLE"),
        ("BACKWARD", record(ID, NOTE), "FAILURE"),
        ("FORWARD", record(ID, NOTE), "AVAILABLE"),
        ("FULL", record(ID, NOTE), "FAILURE"),
        ("NONE", record(NOTE), "AVAILABLE"),
    ],
)
def test_versions_fit_by_the_mode(glue, orders, compatibility, definition, status):
    create(glue, orders, compatibility)
    added = glue.register_schema_version(SchemaId=orders, SchemaDefinition=definition)
    assert (added["VersionNumber"], added["Status"]) == (2, status)
    found = glue.get_schema_version(SchemaVersionId=added["SchemaVersionId"])
    assert (found["Status"], found["SchemaDefinition"]) == (status, definition)


def test_json_schemas_are_compared_too(glue, orders):
    def schema(required):
        properties = {"id": {"type": "integer"}, "note": {"type": "string"}}
        return json.dumps({"type": "object", "properties": properties, "required": required})

    create(glue, orders, "BACKWARD", schema(["id"]), "JSON")
    stricter = glue.register_schema_version(
        SchemaId=orders, SchemaDefinition=schema(["id", "note"])
    )
    assert stricter["Status"] == "FAILURE"
    looser = glue.register_schema_version(SchemaId=orders, SchemaDefinition=schema([]))
    assert looser["Status"] == "AVAILABLE"


def test_the_same_definition_is_the_same_version(glue, orders):
    first = create(glue, orders, "BACKWARD")
    spaced = json.dumps(json.loads(record(ID)), indent=4)
    again = glue.register_schema_version(SchemaId=orders, SchemaDefinition=spaced)
    assert again["SchemaVersionId"] == first["SchemaVersionId"]
    found = glue.get_schema_by_definition(SchemaId=orders, SchemaDefinition=spaced)
    assert found["SchemaVersionId"] == first["SchemaVersionId"]
    with pytest.raises(ClientError) as refused:
        glue.get_schema_by_definition(SchemaId=orders, SchemaDefinition=record(NOTE))
    assert code(refused) == "EntityNotFoundException"


def test_disabled_schemas_take_no_versions_and_checkpoints_start_anew(glue, orders):
    create(glue, orders, "DISABLED")
    with pytest.raises(ClientError) as refused:
        glue.register_schema_version(SchemaId=orders, SchemaDefinition=record(NOTE))
    assert code(refused) == "InvalidInputException"
    glue.update_schema(
        SchemaId=orders, Compatibility="NONE", SchemaVersionNumber={"LatestVersion": True}
    )
    glue.register_schema_version(SchemaId=orders, SchemaDefinition=record(NOTE))
    glue.update_schema(
        SchemaId=orders, Compatibility="FULL_ALL", SchemaVersionNumber={"VersionNumber": 2}
    )
    # Version 1 lies before the checkpoint: it is not asked.
    added = glue.register_schema_version(
        SchemaId=orders, SchemaDefinition=record(NOTE, {**ID, "default": 0})
    )
    assert added["Status"] == "AVAILABLE"
    with pytest.raises(ClientError) as refused:
        glue.delete_schema_versions(SchemaId=orders, Versions="2-3")
    assert code(refused) == "ConditionCheckFailureException"


def test_versions_are_listed_compared_and_deleted(glue, orders):
    create(glue, orders, "NONE")
    for field in (NOTE, NOTE_WITH_DEFAULT):
        glue.register_schema_version(SchemaId=orders, SchemaDefinition=record(ID, field))
    diff = glue.get_schema_versions_diff(
        SchemaId=orders,
        FirstSchemaVersionNumber={"VersionNumber": 1},
        SecondSchemaVersionNumber={"VersionNumber": 2},
        SchemaDiffType="SYNTAX_DIFF",
    )["Diff"]
    assert json.loads(diff) == [{"op": "add", "path": "/fields/1", "value": NOTE}]
    answer = glue.delete_schema_versions(SchemaId=orders, Versions="1-2")
    errors = [error["VersionNumber"] for error in answer["SchemaVersionErrors"]]
    assert errors == [1]
    listed = glue.list_schema_versions(SchemaId=orders)["Schemas"]
    assert [version["VersionNumber"] for version in listed] == [1, 3]
    with pytest.raises(ClientError) as refused:
        glue.get_schema_version(SchemaId=orders, SchemaVersionNumber={"VersionNumber": 2})
    assert code(refused) == "EntityNotFoundException"


def test_metadata_belongs_to_versions(glue, orders):
    version = create(glue, orders, "NONE")["SchemaVersionId"]
    for value in ("a", "b"):
        glue.put_schema_version_metadata(
            SchemaVersionId=version,
            MetadataKeyValue={"MetadataKey": "owner", "MetadataValue": value},
        )
    found = glue.query_schema_version_metadata(SchemaVersionId=version)["MetadataInfoMap"]
    assert found["owner"]["MetadataValue"] == "b"
    others = [other["MetadataValue"] for other in found["owner"]["OtherMetadataValueList"]]
    assert others == ["a"]
    glue.remove_schema_version_metadata(
        SchemaVersionId=version, MetadataKeyValue={"MetadataKey": "owner", "MetadataValue": "b"}
    )
    found = glue.query_schema_version_metadata(SchemaVersionId=version)["MetadataInfoMap"]
    assert found["owner"]["MetadataValue"] == "a"


@pytest.mark.parametrize(
    "data_format, definition, reason",
    [
        ("AVRO", '{"type": "record", "name": "r"}', "no fields"),
        ("AVRO", "{", "EOF while parsing"),
        ("JSON", '{"type": "text"}', "no type of JSON Schema"),
        ("PROTOBUF", 'syntax = "proto3";', "PROTOBUF"),
    ],
)
def test_definitions_that_are_none_are_refused(glue, orders, data_format, definition, reason):
    checked = glue.check_schema_version_validity(
        DataFormat=data_format, SchemaDefinition=definition
    )
    assert not checked["Valid"]
    assert reason in checked["Error"]
    with pytest.raises(ClientError) as refused:
        create(glue, orders, "NONE", definition, data_format)
    assert code(refused) == "InvalidInputException"
    assert reason in refused.value.response["Error"]["Message"]


def test_a_table_takes_its_columns_from_a_schema(glue, orders):
    create(glue, orders, "NONE", record(ID, NOTE_WITH_DEFAULT))
    database = "shop"
    glue.create_database(DatabaseInput={"Name": database})
    glue.create_table(
        DatabaseName=database,
        TableInput={
            "Name": "orders",
            "StorageDescriptor": {
                "Columns": [],
                "SchemaReference": {"SchemaId": orders, "SchemaVersionNumber": 1},
            },
        },
    )
    table = glue.get_table(DatabaseName=database, Name="orders")["Table"]
    columns = [(c["Name"], c["Type"]) for c in table["StorageDescriptor"]["Columns"]]
    assert columns == [("id", "bigint"), ("note", "string")]
