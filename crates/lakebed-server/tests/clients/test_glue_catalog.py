"""The Data Catalog by boto3 and the AWS CLI: databases, tables and their versions, partitions."""

import datetime
import itertools
import json
import signal
import time

import pytest
from botocore.exceptions import ClientError, ParamValidationError

ACCOUNT = "000000000000"
NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"
PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
}


def columns(**types):
    return [{"Name": name, "Type": kind} for name, kind in types.items()]


def descriptor(location="s3://lake/sales/", **types):
    return {**PARQUET, "Location": location, "Columns": columns(**(types or {"amount": "double"}))}


def table(name="sales", keys=(), **more):
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": columns(**dict(keys)),
        "StorageDescriptor": descriptor(),
        **more,
    }


def refused(call, **arguments):
    """The code and the message with which a call is refused."""
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def pages(call, result, **arguments):
    """The lengths of a listing's pages and what is on them all."""
    lengths, found = [], []
    while True:
        answer = call(**arguments)
        lengths.append(len(answer[result]))
        found.extend(answer[result])
        if "NextToken" not in answer:
            return lengths, found
        arguments["NextToken"] = answer["NextToken"]


@pytest.fixture
def lake(glue):
    """A database that is there and empty."""
    glue.create_database(DatabaseInput={"Name": "lake"})
    return "lake"


@pytest.fixture
def sales(glue, lake):
    """A table partitioned by year and month, with the 24 months of 2024 and 2025."""
    keys = {"year": "int", "month": "string"}
    glue.create_table(DatabaseName=lake, TableInput=table(keys=keys.items()))
    months = itertools.product(["2024", "2025"], [f"{month:02}" for month in range(1, 13)])
    glue.batch_create_partition(
        DatabaseName=lake,
        TableName="sales",
        PartitionInputList=[
            {"Values": list(values), "StorageDescriptor": descriptor(f"s3://lake/sales/{'/'.join(values)}/")}
            for values in months
        ],
    )
    return {"DatabaseName": lake, "TableName": "sales"}


# Databases


def test_a_database_comes_back_as_glue_completes_it(glue):
    before = datetime.datetime.now(datetime.timezone.utc)
    glue.create_database(
        DatabaseInput={
            "Name": "Sales_2025",
            "Description": "판매",
            "LocationUri": "s3://lake/sales/",
            "Parameters": {"owner": "data"},
        }
    )
    database = glue.get_database(Name="SALES_2025")["Database"]
    created = database.pop("CreateTime")
    assert datetime.timedelta(0) <= created - before.replace(microsecond=0) < datetime.timedelta(minutes=1)
    assert database == {
        "Name": "sales_2025",
        "Description": "판매",
        "LocationUri": "s3://lake/sales/",
        "Parameters": {"owner": "data"},
        "CatalogId": ACCOUNT,
        "CreateTableDefaultPermissions": [
            {"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}
        ],
    }


def test_databases_are_refused_in_glues_words(glue, lake):
    missing = ("EntityNotFoundException", "Database nothing not found.")
    assert refused(glue.get_database, Name="nothing") == missing
    assert refused(glue.delete_database, Name="nothing") == missing
    assert refused(glue.update_database, Name="nothing", DatabaseInput={"Name": "nothing"}) == missing
    assert refused(glue.get_tables, DatabaseName="nothing") == missing
    assert refused(glue.get_table, DatabaseName="nothing", Name="t") == missing
    assert refused(glue.create_table, DatabaseName="nothing", TableInput=table()) == missing
    assert refused(glue.create_database, DatabaseInput={"Name": "LAKE"}) == (
        "AlreadyExistsException",
        "Database already exists.",
    )
    code, message = refused(glue.get_database, Name="lake", CatalogId="111122223333")
    assert (code, "111122223333" in message) == ("EntityNotFoundException", True)
    code, message = refused(glue.create_database, DatabaseInput={"Name": "a" * 256})
    assert (code, "databaseInput.name" in message) == ("ValidationException", True)


def test_an_updated_database_keeps_its_name_and_birthday(glue, lake):
    created = glue.get_database(Name=lake)["Database"]["CreateTime"]
    glue.update_database(Name=lake, DatabaseInput={"Name": lake, "Description": "all of it"})
    database = glue.get_database(Name=lake)["Database"]
    assert (database["Description"], database["CreateTime"]) == ("all of it", created)


def test_databases_are_listed_in_pages(glue):
    for number in range(7):
        glue.create_database(DatabaseInput={"Name": f"db{number}"})
    lengths, found = pages(glue.get_databases, "DatabaseList", MaxResults=3)
    assert lengths == [3, 3, 1]
    assert [database["Name"] for database in found] == [f"db{number}" for number in range(7)]
    assert glue.get_databases(AttributesToGet=["NAME"])["DatabaseList"][0] == {"Name": "db0", "CatalogId": ACCOUNT}
    assert glue.get_databases(ResourceShareType="FOREIGN")["DatabaseList"] == []
    assert refused(glue.get_databases, NextToken="not ours")[0] == "InvalidInputException"


def test_a_database_goes_with_all_that_is_in_it(glue, sales):
    glue.delete_database(Name="lake")
    glue.create_database(DatabaseInput={"Name": "lake"})
    assert glue.get_tables(DatabaseName="lake")["TableList"] == []
    glue.create_table(DatabaseName="lake", TableInput=table(keys={"year": "int", "month": "string"}.items()))
    assert glue.get_partitions(**sales)["Partitions"] == []


# Tables


def test_a_table_comes_back_as_glue_completes_it(glue, lake):
    wanted = table(
        "Sales",
        keys={"Year": "int"}.items(),
        Description="sales by year",
        Owner="data",
        Parameters={"classification": "parquet"},
        StorageDescriptor=descriptor(Amount="double"),
    )
    glue.create_table(DatabaseName="LAKE", TableInput=wanted)
    found = glue.get_table(DatabaseName=lake, Name="SALES")["Table"]
    assert found.pop("CreateTime") == found.pop("UpdateTime")
    assert found.pop("CreatedBy").startswith(f"arn:aws:iam::{ACCOUNT}:")
    assert found == {
        "Name": "sales",
        "DatabaseName": "lake",
        "CatalogId": ACCOUNT,
        "Description": "sales by year",
        "Owner": "data",
        "Retention": 0,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": "parquet"},
        "PartitionKeys": columns(year="int"),
        "StorageDescriptor": {
            **descriptor(amount="double"),
            "Compressed": False,
            "NumberOfBuckets": 0,
            "StoredAsSubDirectories": False,
        },
        "IsRegisteredWithLakeFormation": False,
        "IsMultiDialectView": False,
        "VersionId": "0",
    }


def test_tables_are_refused_in_glues_words(glue, lake):
    glue.create_table(DatabaseName=lake, TableInput=table())
    assert refused(glue.create_table, DatabaseName=lake, TableInput=table("SALES")) == (
        "AlreadyExistsException",
        "Table already exists.",
    )
    missing = ("EntityNotFoundException", "Table nothing not found.")
    assert refused(glue.get_table, DatabaseName=lake, Name="nothing") == missing
    assert refused(glue.delete_table, DatabaseName=lake, Name="nothing") == missing
    assert refused(glue.update_table, DatabaseName=lake, TableInput=table("nothing")) == missing
    assert refused(glue.get_table_versions, DatabaseName=lake, TableName="nothing") == missing
    assert refused(glue.get_partitions, DatabaseName=lake, TableName="nothing") == missing
    with pytest.raises(ParamValidationError):
        glue.create_table(DatabaseName=lake, TableInput={})


@pytest.mark.parametrize(
    "expression, names",
    [
        ("orders", ["orders"]),
        ("orders*", ["orders", "orders_2024", "orders_2025"]),
        ("*_2025", ["orders_2025", "sales_2025"]),
        ("*ers*", ["orders", "orders_2024", "orders_2025"]),
        ("o*2025", ["orders_2025"]),
        ("sales_2025|orders", ["orders", "sales_2025"]),
        (r"\w+_202[45]", ["orders_2024", "orders_2025", "sales_2025"]),
        ("ORDERS", ["orders"]),
        ("rders", []),
    ],
)
def test_tables_are_found_by_expression(glue, lake, expression, names):
    for name in ["orders", "orders_2024", "orders_2025", "sales_2025"]:
        glue.create_table(DatabaseName=lake, TableInput=table(name))
    lengths, found = pages(glue.get_tables, "TableList", DatabaseName=lake, Expression=expression, MaxResults=1)
    assert [table["Name"] for table in found] == names
    assert lengths == [1] * len(names) or lengths == [0]


def test_what_is_listed_of_tables_can_be_chosen(glue, lake):
    glue.create_table(DatabaseName=lake, TableInput=table())
    identity = {"Name": "sales", "DatabaseName": lake, "CatalogId": ACCOUNT}
    listed = glue.get_tables(DatabaseName=lake, AttributesToGet=["NAME"])["TableList"]
    assert listed == [identity]
    listed = glue.get_tables(DatabaseName=lake, AttributesToGet=["NAME", "TABLE_TYPE"])["TableList"]
    assert listed == [{**identity, "TableType": "EXTERNAL_TABLE"}]
    assert refused(glue.get_tables, DatabaseName=lake, Expression="(")[0] == "InvalidInputException"


def test_many_tables_are_deleted_and_the_missing_named(glue, lake):
    for name in ["a", "b"]:
        glue.create_table(DatabaseName=lake, TableInput=table(name))
    errors = glue.batch_delete_table(DatabaseName=lake, TablesToDelete=["a", "gone", "b"])["Errors"]
    assert [(error["TableName"], error["ErrorDetail"]["ErrorCode"]) for error in errors] == [
        ("gone", "EntityNotFoundException")
    ]
    assert glue.get_tables(DatabaseName=lake)["TableList"] == []


# Versions


def test_an_update_keeps_what_was_as_a_version(glue, lake):
    glue.create_table(DatabaseName=lake, TableInput=table())
    for kind in ["int", "bigint"]:
        glue.update_table(DatabaseName=lake, TableInput=table(StorageDescriptor=descriptor(amount=kind)))
    glue.update_table(
        DatabaseName=lake, TableInput=table(StorageDescriptor=descriptor(amount="string")), SkipArchive=True
    )
    lengths, versions = pages(
        glue.get_table_versions, "TableVersions", DatabaseName=lake, TableName="sales", MaxResults=2
    )
    types = {
        version["VersionId"]: version["Table"]["StorageDescriptor"]["Columns"][0]["Type"] for version in versions
    }
    assert lengths == [2, 1]
    assert list(types.items()) == [("3", "string"), ("1", "int"), ("0", "double")]

    one = {"DatabaseName": lake, "TableName": "sales"}
    version = glue.get_table_version(**one, VersionId="1")["TableVersion"]["Table"]
    current = glue.get_table(DatabaseName=lake, Name="sales")["Table"]
    assert version["StorageDescriptor"]["Columns"] == columns(amount="int")
    assert glue.get_table_version(**one)["TableVersion"] == {"VersionId": "3", "Table": current}
    assert version["CreateTime"] == current["CreateTime"] and version["CreatedBy"] == current["CreatedBy"]
    assert refused(glue.get_table_version, **one, VersionId="2")[0] == "EntityNotFoundException"
    assert refused(glue.get_table_version, **one, VersionId="latest")[0] == "InvalidInputException"


def test_versions_can_be_deleted_but_not_the_current_one(glue, lake):
    glue.create_table(DatabaseName=lake, TableInput=table())
    for _ in range(3):
        glue.update_table(DatabaseName=lake, TableInput=table())
    one = {"DatabaseName": lake, "TableName": "sales"}
    glue.delete_table_version(**one, VersionId="0")
    assert refused(glue.delete_table_version, **one, VersionId="0")[0] == "EntityNotFoundException"
    errors = glue.batch_delete_table_version(**one, VersionIds=["1", "3", "9"])["Errors"]
    assert [(error["VersionId"], error["ErrorDetail"]["ErrorCode"]) for error in errors] == [
        ("3", "InvalidInputException"),
        ("9", "EntityNotFoundException"),
    ]
    left = glue.get_table_versions(**one)["TableVersions"]
    assert [version["VersionId"] for version in left] == ["3", "2"]


def test_an_update_of_an_outdated_version_is_refused(glue, lake):
    glue.create_table(DatabaseName=lake, TableInput=table())
    glue.update_table(DatabaseName=lake, TableInput=table(Description="first"), VersionId="0")
    assert refused(
        glue.update_table, DatabaseName=lake, TableInput=table(Description="second"), VersionId="0"
    ) == ("ConcurrentModificationException", "Update table failed due to concurrent modifications.")
    found = glue.get_table(DatabaseName=lake, Name="sales")["Table"]
    assert (found["VersionId"], found["Description"]) == ("1", "first")


# Partitions


def test_a_partition_comes_back_as_glue_completes_it(glue, sales):
    partition = glue.get_partition(**sales, PartitionValues=["2025", "03"])["Partition"]
    del partition["CreationTime"]
    assert partition == {
        "Values": ["2025", "03"],
        "DatabaseName": "lake",
        "TableName": "sales",
        "CatalogId": ACCOUNT,
        "StorageDescriptor": {
            **descriptor("s3://lake/sales/2025/03/"),
            "Compressed": False,
            "NumberOfBuckets": 0,
            "StoredAsSubDirectories": False,
        },
    }


def test_partitions_are_refused_in_glues_words(glue, sales):
    assert refused(glue.create_partition, **sales, PartitionInput={"Values": ["2025", "01"]}) == (
        "AlreadyExistsException",
        "Partition already exists.",
    )
    assert refused(glue.create_partition, **sales, PartitionInput={"Values": ["2025"]}) == (
        "InvalidInputException",
        "The number of partition keys do not match the number of partition values",
    )
    assert refused(glue.get_partition, **sales, PartitionValues=["1999", "01"]) == (
        "EntityNotFoundException",
        "Cannot find partition.",
    )
    assert refused(glue.delete_partition, **sales, PartitionValues=["1999", "01"])[0] == "EntityNotFoundException"
    assert refused(
        glue.update_partition, **sales, PartitionValueList=["2025", "01"], PartitionInput={"Values": ["2025", "02"]}
    ) == ("AlreadyExistsException", "Partition already exists.")


def test_partition_values_may_be_any_text(glue, sales):
    odd = [["2026", value] for value in [" ", "서울", "a/b=c", "'quoted'", "2026\t01"]]
    answer = glue.batch_create_partition(**sales, PartitionInputList=[{"Values": values} for values in odd])
    assert answer["Errors"] == []
    for values in odd:
        assert glue.get_partition(**sales, PartitionValues=values)["Partition"]["Values"] == values
    found = glue.get_partitions(**sales, Expression="year = 2026 and month = '''quoted'''")["Partitions"]
    assert [partition["Values"] for partition in found] == [["2026", "'quoted'"]]


def test_batches_report_each_entry(glue, sales):
    errors = glue.batch_create_partition(
        **sales, PartitionInputList=[{"Values": ["2025", "01"]}, {"Values": ["2026", "01"]}]
    )["Errors"]
    assert [(error["PartitionValues"], error["ErrorDetail"]["ErrorCode"]) for error in errors] == [
        (["2025", "01"], "AlreadyExistsException")
    ]

    found = glue.batch_get_partition(
        **sales, PartitionsToGet=[{"Values": ["2026", "01"]}, {"Values": ["1999", "01"]}]
    )
    assert [partition["Values"] for partition in found["Partitions"]] == [["2026", "01"]]
    assert found["UnprocessedKeys"] == []

    errors = glue.batch_update_partition(
        **sales,
        Entries=[
            {"PartitionValueList": ["2026", "01"], "PartitionInput": {"Values": ["2026", "02"]}},
            {"PartitionValueList": ["1999", "01"], "PartitionInput": {"Values": ["1999", "01"]}},
        ],
    )["Errors"]
    assert [(error["PartitionValueList"], error["ErrorDetail"]["ErrorCode"]) for error in errors] == [
        (["1999", "01"], "EntityNotFoundException")
    ]

    errors = glue.batch_delete_partition(
        **sales, PartitionsToDelete=[{"Values": ["2026", "01"]}, {"Values": ["2026", "02"]}]
    )["Errors"]
    assert [error["PartitionValues"] for error in errors] == [["2026", "01"]]
    assert len(glue.get_partitions(**sales)["Partitions"]) == 24


@pytest.mark.parametrize(
    "expression, count",
    [
        ("year = 2025", 12),
        ("year = '2025' AND month IN ('01', '02')", 2),
        ("year > 2024 and month <= '03'", 3),
        ("year BETWEEN 2024 AND 2024", 12),
        ("NOT (year = 2025 OR month LIKE '0%')", 3),
        ("month like '_2'", 4),
        ("((year) = (2025)) AND month <> '12'", 11),
        (f"month = '{NULL_PARTITION}'", 1),
        ("month is null", 1),
        ("year = 1999", 0),
    ],
)
def test_partitions_are_found_by_expression(glue, sales, expression, count):
    glue.create_partition(**sales, PartitionInput={"Values": ["2023", NULL_PARTITION]})
    lengths, found = pages(glue.get_partitions, "Partitions", **sales, Expression=expression, MaxResults=5)
    values = [partition["Values"] for partition in found]
    assert len(found) == count and values == sorted(values)
    assert lengths == [5] * (count // 5) + [count % 5] * (count % 5 > 0 or count == 0)


@pytest.mark.parametrize(
    "expression, reason",
    [
        ("yeer = 2025", "'yeer' is not a partition key"),
        ("year = 'soon'", "'soon' is not a value of type int"),
        ("year = 2025 AND", "found the end"),
        ("year LIKE '2%'", "Integral data type doesn't support operation 'LIKE'"),
        ("amount > 1", "'amount' is not a partition key"),
        ("(" * 1000 + "year = 1", "deep"),
    ],
)
def test_expressions_that_are_none_are_refused_with_the_reason(glue, sales, expression, reason):
    code, message = refused(glue.get_partitions, **sales, Expression=expression)
    assert code == "InvalidInputException"
    assert message.startswith("Invalid partition expression!") and reason in message


def test_segments_share_the_partitions_among_them(glue, sales):
    def values(**segment):
        _, found = pages(glue.get_partitions, "Partitions", **sales, **segment, MaxResults=4)
        return [tuple(partition["Values"]) for partition in found]

    parts = [values(Segment={"SegmentNumber": number, "TotalSegments": 3}) for number in range(3)]
    assert sorted(itertools.chain(*parts)) == values()
    assert all(0 < len(part) < 24 for part in parts)
    code, _ = refused(glue.get_partitions, **sales, Segment={"SegmentNumber": 3, "TotalSegments": 3})
    assert code == "InvalidInputException"


def test_columns_of_partitions_can_be_left_out(glue, sales):
    for partition in glue.get_partitions(**sales, ExcludeColumnSchema=True)["Partitions"]:
        assert "Columns" not in partition["StorageDescriptor"]
        assert partition["StorageDescriptor"]["Location"].startswith("s3://lake/sales/")


@pytest.mark.parametrize("key", ["event-date", "day of week", "2nd", "not", "date", '"', "요일"])
def test_athena_finds_partitions_whatever_their_key_is_called(glue, athena, s3, lake, key):
    s3.create_bucket(Bucket="lake")
    text = {
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"},
        "Columns": columns(n="int"),
    }
    place = "s3://lake/numbers/"
    keys = {key: "string"}
    glue.create_table(
        DatabaseName=lake,
        TableInput=table("numbers", keys=keys.items(), StorageDescriptor={**text, "Location": place}),
    )
    for value in ["1", "20", "300"]:
        s3.put_object(Bucket="lake", Key=f"numbers/{value}/file", Body=f"{value}\n".encode())
        partition = {"Values": [value], "StorageDescriptor": {**text, "Location": f"{place}{value}/"}}
        glue.create_partition(DatabaseName=lake, TableName="numbers", PartitionInput=partition)
    quoted = '"' + key.replace('"', '""') + '"'
    wanted = " OR ".join(f"({quoted} = '{value}' AND n > 0)" for value in ["1", "300"])
    many = " OR ".join(f"({quoted} >= '{number}' AND {quoted} < '{number}')" for number in range(100))
    query = athena.start_query_execution(
        QueryString=f"SELECT sum(n) FROM numbers WHERE {wanted} OR {many}",
        QueryExecutionContext={"Database": lake},
        ResultConfiguration={"OutputLocation": "s3://lake/results/"},
    )["QueryExecutionId"]
    while True:
        status = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
        if status["State"] not in ["QUEUED", "RUNNING"]:
            break
        time.sleep(0.02)
    assert status["State"] == "SUCCEEDED", status["StateChangeReason"]
    rows = athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
    assert rows[1]["Data"][0]["VarCharValue"] == "301"


# Other clients, restarts


def test_the_command_line_sees_the_same_catalog(aws, glue):
    aws("glue", "create-database", "--database-input", json.dumps({"Name": "cli"}))
    wanted = table(keys={"day": "date"}.items())
    aws("glue", "create-table", "--database-name", "cli", "--table-input", json.dumps(wanted))
    one = ["--database-name", "cli", "--table-name", "sales"]
    for day in ["2025-01-31", "2025-02-01", "2025-02-02"]:
        aws("glue", "create-partition", *one, "--partition-input", json.dumps({"Values": [day]}))
    found = aws("glue", "get-partitions", *one, "--expression", "day >= '2025-02-01'")
    assert [partition["Values"] for partition in found["Partitions"]] == [["2025-02-01"], ["2025-02-02"]]
    assert aws("glue", "get-tables", "--database-name", "cli")["TableList"][0]["Name"] == "sales"
    assert glue.get_table(DatabaseName="cli", Name="sales")["Table"]["PartitionKeys"] == columns(day="date")


def test_the_catalog_outlives_a_kill(own_server):
    server = own_server()
    glue = server.client("glue")
    glue.create_database(DatabaseInput={"Name": "lake"})
    glue.create_table(DatabaseName="lake", TableInput=table(keys={"year": "int"}.items()))
    glue.create_partition(DatabaseName="lake", TableName="sales", PartitionInput={"Values": ["2025"]})
    glue.update_table(DatabaseName="lake", TableInput=table(keys={"year": "int"}.items(), Description="kept"))
    server.stop(signal.SIGKILL)

    glue = own_server().client("glue")
    assert glue.get_table(DatabaseName="lake", Name="sales")["Table"]["Description"] == "kept"
    assert len(glue.get_table_versions(DatabaseName="lake", TableName="sales")["TableVersions"]) == 2
    found = glue.get_partitions(DatabaseName="lake", TableName="sales", Expression="year = 2025")
    assert [partition["Values"] for partition in found["Partitions"]] == [["2025"]]


def test_partitions_of_a_hundred_days_a_year_are_found_among_thousands(glue, lake):
    keys = {"year": "int", "day": "int", "hour": "string"}
    glue.create_table(DatabaseName=lake, TableInput=table(keys=keys.items()))
    one = {"DatabaseName": lake, "TableName": "sales"}
    everything = itertools.product(range(2016, 2026), range(1, 101), ["00", "06", "12", "18"])
    inputs = [{"Values": [str(value) for value in values]} for values in everything]
    for start in range(0, len(inputs), 100):
        batch = inputs[start : start + 100]
        assert glue.batch_create_partition(**one, PartitionInputList=batch)["Errors"] == []

    def count(expression):
        paginator = glue.get_paginator("get_partitions")
        return sum(len(page["Partitions"]) for page in paginator.paginate(**one, Expression=expression))

    assert count("year >= 2016") == 4000
    assert count("day = 7") == 40
    assert count("hour = '06' and day > 98") == 20
    assert count("year = 2025 and day = 100 and hour = '18'") == 1
    assert count("year = 2015 or (day = 1 and hour = '00')") == 10

