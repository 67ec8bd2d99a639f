"""What Spark scripts of Glue do: the awsglue package, and Spark where its engine here differs.

What must come out is read by pyarrow and pandas, independently of the engine.
"""

import io
import json
import os
import pathlib
import socket
import subprocess

import pandas
import pyarrow.csv
import pyarrow.parquet
import pytest
from glue_scripts import Jobs

PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
}
TEXT = {
    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
}

# What scripts of Glue begin with.
START = """
import json, sys
from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection
from awsglue.job import Job
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from pyspark.sql import functions as F
import boto3

glueContext = GlueContext(SparkContext.getOrCreate())
spark = glueContext.spark_session

def rows(frame):
    frame = frame.toDF() if isinstance(frame, DynamicFrame) else frame
    return sorted((row.asDict(recursive=True) for row in frame.collect()), key=str)

def tell(**answers):
    body = json.dumps(answers, default=str).encode()
    boto3.client("s3").put_object(Bucket="scripts", Key="answers", Body=body)
"""


class Lake(Jobs):
    """A bucket `lake` and a database `lake`, and scripts that tell what they found."""

    def __init__(self, server):
        super().__init__(server)
        self.s3.create_bucket(Bucket="lake")
        self.glue.create_database(DatabaseInput={"Name": "lake", "LocationUri": "s3://lake/tables/"})

    def put(self, key, body):
        self.s3.put_object(Bucket="lake", Key=key, Body=body)

    def put_parquet(self, key, **columns):
        buffer = io.BytesIO()
        pyarrow.parquet.write_table(pyarrow.table(columns), buffer)
        self.put(key, buffer.getvalue())

    def keys(self, prefix=""):
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket="lake", Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def body(self, key):
        return self.s3.get_object(Bucket="lake", Key=key)["Body"].read()

    def parquet(self, prefix):
        """All rows of the Parquet files under a prefix, with the values of their folders."""
        parts = []
        for key in self.keys(prefix):
            part = pyarrow.parquet.ParquetFile(io.BytesIO(self.body(key))).read().to_pandas()
            folders = [folder.split("=") for folder in key.split("/")[:-1] if "=" in folder]
            parts.append(part.assign(**dict(folders)))
        return pandas.concat(parts, ignore_index=True)

    def table(self, name, location, columns, keys=(), storage=PARQUET, **parameters):
        split = lambda pairs: [{"Name": column, "Type": kind} for column, kind in pairs]
        self.glue.create_table(
            DatabaseName="lake",
            TableInput={
                "Name": name,
                "TableType": "EXTERNAL_TABLE",
                "Parameters": parameters,
                "PartitionKeys": split(keys),
                "StorageDescriptor": {"Columns": split(columns), "Location": location, **storage},
            },
        )

    def partition(self, name, values, location=None):
        table = self.glue.get_table(DatabaseName="lake", Name=name)["Table"]
        stored = dict(table["StorageDescriptor"])
        keys = [key["Name"] for key in table["PartitionKeys"]]
        folders = "/".join(f"{key}={value}" for key, value in zip(keys, values))
        stored["Location"] = location or f"{stored['Location'].rstrip('/')}/{folders}/"
        self.glue.create_partition(
            DatabaseName="lake",
            TableName=name,
            PartitionInput={"Values": list(values), "StorageDescriptor": stored},
        )

    def partitions(self, name):
        found = self.glue.get_partitions(DatabaseName="lake", TableName=name)["Partitions"]
        return sorted(partition["Values"] for partition in found)

    def columns(self, name):
        table = self.glue.get_table(DatabaseName="lake", Name=name)["Table"]
        return [(column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]]

    def ask(self, script, arguments=None, name="job", **more):
        """What a script that follows START tells."""
        self.succeed(START + script, arguments, name=name, **more)
        return json.loads(self.s3.get_object(Bucket="scripts", Key="answers")["Body"].read())

    def refuse(self, script, name="job"):
        """The error message of a script that follows START."""
        run = self.run(START + script, name=name)
        assert run["JobRunState"] == "FAILED"
        return run["ErrorMessage"]


@pytest.fixture
def lake(server):
    return Lake(server)


def test_a_dynamic_overwrite_replaces_the_partitions_it_writes_and_no_others(lake):
    for day, value in [("1", "old"), ("2", "old"), ("3", "old")]:
        lake.put_parquet(f"t/day={day}/old.parquet", v=[value])
    lake.ask("""
spark.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
new = spark.createDataFrame([("new", 2), ("new", 4)], "v string, day int")
new.write.mode("overwrite").partitionBy("day").parquet("s3://lake/t/")
tell()
""")
    found = lake.parquet("t/")
    assert sorted(zip(found["day"], found["v"])) == [("1", "old"), ("2", "new"), ("3", "old"), ("4", "new")]
    assert not [key for key in lake.keys() if "_temporary" in key]

    # Static, the default of Spark, replaces all.
    lake.ask(
        """
spark.createDataFrame([("newest", 9)], "v string, day int").write.mode("overwrite").partitionBy("day").parquet("s3://lake/t/")
tell()
""",
        name="static",
    )
    assert list(lake.parquet("t/")["v"]) == ["newest"]


def test_a_failing_dynamic_overwrite_leaves_what_was_there(lake):
    lake.put_parquet("t/day=1/old.parquet", v=["old"])
    message = lake.refuse("""
boom = F.udf(lambda v: 1 // 0, "string")
spark.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
new = spark.createDataFrame([("x", 1)], "v string, day int").withColumn("v", boom("v"))
new.write.mode("overwrite").partitionBy("day").parquet("s3://lake/t/")
""")
    assert "ZeroDivisionError" in message
    assert lake.keys() == ["t/day=1/old.parquet"]


def test_coalesce_says_how_many_files_and_keeps_the_order(lake):
    lake.ask("""
frame = spark.range(100000).withColumn("v", F.col("id") * 2).orderBy(F.desc("id"))
frame.coalesce(1).write.option("header", "true").csv("s3://lake/one/")
frame.select("id").coalesce(1).write.mode("overwrite").parquet("s3://lake/again/")
frame.select("id").coalesce(1).write.mode("overwrite").parquet("s3://lake/again/")
spark.range(100000).repartition(3).write.json("s3://lake/three/")
DynamicFrame.fromDF(frame, glueContext, "f").coalesce(1).write("s3", {"path": "s3://lake/dynamic/"}, "parquet")
tell()
""")
    (one,) = lake.keys("one/")
    csv = pandas.read_csv(io.BytesIO(lake.body(one)))
    assert list(csv["id"]) == list(range(99999, -1, -1))
    assert list(csv.columns) == ["id", "v"]
    assert len(lake.keys("again/")) == len(lake.keys("dynamic/")) == 1
    assert list(lake.parquet("again/")["id"]) == list(range(99999, -1, -1))
    three = lake.keys("three/")
    lines = b"".join(map(lake.body, three)).splitlines()
    assert (len(three), len(lines)) == (3, 100000)


def test_a_path_that_is_not_there_fails(lake):
    lake.put("there/a.csv", "a\n1\n")
    for name, path in [
        ("folder", "s3://lake/nowhere/"),
        ("prefix", "s3://lake/the"),
        ("pattern", "s3://lake/nowhere/*.csv"),
    ]:
        message = lake.refuse(f"spark.read.csv({path!r})", name=name)
        assert message.startswith("Error Category: QUERY_ERROR; Failed Line Number: "), message
        assert f"[PATH_NOT_FOUND] Path does not exist: {path}." in message
    lake.ask('tell(n=spark.read.csv("s3://lake/there/*.csv").count())', name="found")


def test_writing_where_something_is_fails_unless_told_otherwise(lake):
    lake.put_parquet("t/a.parquet", v=[1])
    for name, write in [("plain", "spark.range(1)"), ("one", "spark.range(1).coalesce(1)")]:
        assert "already exists" in lake.refuse(f'{write}.write.parquet("s3://lake/t/")', name=name)
    lake.ask('spark.range(1).write.mode("ignore").parquet("s3://lake/t/"); tell()', name="ignore")
    assert lake.keys() == ["t/a.parquet"]


def test_partition_columns_and_times_have_the_types_spark_infers(lake):
    moment = pandas.Timestamp("2025-01-02 03:04:05")
    lake.put_parquet("t/year=2024/month=01/name=x/a.parquet", at=[moment])
    lake.put_parquet("t/year=2025/month=02/name=2/a.parquet", at=[moment])
    lake.put("empty/a.csv", "a,b\n1,\n2,\n")
    found = lake.ask("""
empty = spark.read.option("header", "true").option("inferSchema", "true").csv("s3://lake/empty/")
tell(types=dict(spark.read.parquet("s3://lake/t/").dtypes), empty=dict(empty.dtypes))
""")
    assert found["types"] == {"at": "timestamp", "year": "int", "month": "int", "name": "string"}
    assert found["empty"]["b"] == "string"


def test_schemas_are_inferred_from_all_rows(lake):
    lines = [json.dumps({"a": number}) for number in range(5000)]
    lake.put("json/a.json", "\n".join([*lines, '{"a": 0.5, "late": {"x": [1]}}']))
    lake.put("json/b.json", '{"b": true}\n{"b": "no"}\n')
    lake.put("csv/a.csv", "a,b\n" + "1,\n" * 5000 + "x,late\n")
    found = lake.ask("""
csv = spark.read.csv("s3://lake/csv/", header=True, inferSchema=True)
lines = spark.read.json("s3://lake/json/")
given = spark.read.schema("a int, late struct<x: array<int>>").json("s3://lake/json/a.json")
tell(json=[lines.dtypes, lines.agg(F.count("*"), F.sum("a"), F.max("b")).collect()[0][:]], csv=[csv.dtypes, csv.agg(F.max("b")).collect()[0][0]],
     given=given.where("late is not null").collect())
""")
    types, sums = found["json"]
    assert sorted(types) == [["a", "double"], ["b", "string"], ["late", "struct<x:array<bigint>>"]]
    assert sums == [5003, sum(range(5000)) + 0.5, "true"]
    assert found["csv"] == [[["a", "string"], ["b", "string"]], "late"]
    assert found["given"] == [[None, [[1]]]]


def test_a_catalog_table_has_the_catalogs_columns_types_and_partitions(lake):
    day = lambda number: f"t/day={number:02}/a.parquet"
    for number in range(1, 4):
        lake.put_parquet(day(number), Value=[number], dropped=["x"])
    lake.put_parquet("elsewhere/a.parquet", Value=[4])
    columns = [("value", "bigint"), ("added", "string")]
    lake.table("t", "s3://lake/t/", columns, [("day", "string")])
    for number in (1, 2):
        lake.partition("t", [f"{number:02}"])
    lake.partition("t", ["04"], "s3://lake/elsewhere/")
    found = lake.ask("""
read = glueContext.create_dynamic_frame.from_catalog
whole = read(database="lake", table_name="t")
some = read(database="lake", table_name="t", push_down_predicate="day >= '02' and day < '05'")
none = read(name_space="lake", table_name="t", push_down_predicate="day = '99'")
tell(whole=rows(whole), types=whole.toDF().dtypes, some=rows(some), none=[rows(none), none.toDF().dtypes],
     sql=rows(spark.sql("SELECT t.value, day FROM lake.t WHERE day = '01'")))
""")
    row = lambda value, day: {"value": value, "added": None, "day": day}
    assert found["whole"] == [row(1, "01"), row(2, "02"), row(4, "04")]
    assert found["types"] == [["value", "bigint"], ["added", "string"], ["day", "string"]]
    assert found["some"] == [row(2, "02"), row(4, "04")]
    assert found["none"] == [[], found["types"]]
    assert found["sql"] == [{"value": 1, "day": "01"}]


def test_a_table_of_many_partitions_is_read_by_one_listing(lake):
    lake.table("many", "s3://lake/many/", [("value", "int")], [("n", "int")])
    for number in range(40):
        lake.put_parquet(f"many/n={number}/a.parquet", value=[number])
        if number != 7:
            lake.partition("many", [str(number)])
    found = lake.ask("""
whole = glueContext.create_dynamic_frame.from_catalog(database="lake", table_name="many")
some = glueContext.create_dynamic_frame.from_catalog(database="lake", table_name="many", push_down_predicate="n < 38")
tell(sums=[frame.toDF().agg(F.count("*"), F.sum("value"), F.sum("n")).collect()[0][:] for frame in (whole, some)])
""")
    assert found["sums"] == [[39, 773, 773], [37, 696, 696]]


def test_text_tables_are_read_by_their_serde(lake):
    lake.put("csv/a.csv", 'id;name;day\n1;"Kim; A";2025-01-02\nx;B;never\n')
    lake.put(
        "json/a.json", '{"id": 1, "tags": ["a"], "at": {"city": "서울"}}\n{"id": "2", "at": {"city": 3}}\n'
    )
    open_csv = {
        **TEXT,
        "SerdeInfo": {
            "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
            "Parameters": {"separatorChar": ";"},
        },
    }
    json_serde = {**TEXT, "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"}}
    orc = {**TEXT, "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.orc.OrcSerde"}}
    lake.table(
        "c",
        "s3://lake/csv/",
        [("id", "int"), ("name", "string"), ("day", "date")],
        storage=open_csv,
        **{"skip.header.line.count": "1"},
    )
    lake.table(
        "j",
        "s3://lake/json/",
        [("id", "int"), ("tags", "array<string>"), ("at", "struct<city:string>")],
        storage=json_serde,
    )
    lake.table("o", "s3://lake/orc/", [("id", "int")], storage=orc)
    found = lake.ask("""
read = lambda name: rows(glueContext.create_dynamic_frame.from_catalog(database="lake", table_name=name))
tell(c=read("c"), j=read("j"))
""")
    assert found["c"] == [
        {"id": 1, "name": "Kim; A", "day": "2025-01-02"},
        {"id": None, "name": "B", "day": None},
    ]
    assert found["j"] == [
        {"id": 1, "tags": ["a"], "at": {"city": "서울"}},
        {"id": 2, "tags": None, "at": {"city": "3"}},
    ]
    message = lake.refuse(
        'glueContext.create_dynamic_frame.from_catalog(database="lake", table_name="o")', name="orc"
    )
    assert "the table lake.o (SerDe 'OrcSerde') cannot be read by Spark scripts here" in message


def test_files_are_read_by_options(lake):
    lake.put("csv/a.csv", "1|x\n2\n")
    lake.put("csv/skip.csv", "9|z\n")
    lake.put("json/a.json", '{"a": 1, "b": {"c": "x"}}\n{"a": "one", "b": {"d": 1.5}}\n')
    found = lake.ask("""
read = glueContext.create_dynamic_frame.from_options
csv = read("s3", {"paths": ["s3://lake/csv/"], "exclusions": '["**/skip.csv"]'}, "csv", {"separator": "|"})
documents = read(connection_type="s3", connection_options={"paths": ["s3://lake/json/"], "recurse": True}, format="json")
tell(csv=rows(csv), json=rows(documents), types=documents.toDF().dtypes)
""")
    assert found["csv"] == [{"col0": "1", "col1": "x"}, {"col0": "2", "col1": None}]
    # Two types in one column would be a choice on Glue; here it is text.
    assert found["types"] == [["a", "string"], ["b", "struct<c:string,d:double>"]]
    assert found["json"] == [{"a": "1", "b": {"c": "x", "d": None}}, {"a": "one", "b": {"c": None, "d": 1.5}}]


def test_a_sink_makes_its_table_adds_columns_and_partitions(lake):
    script = """
def write(frame):
    sink = glueContext.getSink(connection_type="s3", path="s3://lake/out/", enableUpdateCatalog=True,
        updateBehavior="UPDATE_IN_DATABASE", partitionKeys=["year", "month"])
    sink.setCatalogInfo(catalogDatabase="lake", catalogTableName="out")
    sink.setFormat("glueparquet", compression="gzip")
    sink.writeFrame(DynamicFrame.fromDF(frame, glueContext, "out"))

write(spark.createDataFrame([(1, "2025", "01"), (2, "2025", "02")], "Id int, year string, month string"))
write(spark.createDataFrame([(3, "x", "2025", "03")], "Id int, extra string, year string, month string"))
tell()
"""
    lake.ask(script)
    assert lake.columns("out") == [("id", "int"), ("extra", "string")]
    assert lake.partitions("out") == [["2025", "01"], ["2025", "02"], ["2025", "03"]]
    found = lake.parquet("out/")
    assert sorted(zip(found["Id"], found["month"])) == [(1, "01"), (2, "02"), (3, "03")]
    file = pyarrow.parquet.ParquetFile(io.BytesIO(lake.body(lake.keys("out/")[0])))
    assert file.metadata.row_group(0).column(0).compression == "GZIP"


def test_frames_are_written_by_options_and_to_the_catalog(lake):
    lake.put_parquet("t/day=1/a.parquet", id=[1])
    lake.table("t", "s3://lake/t/", [("id", "bigint")], [("day", "int")])
    lake.ask("""
frame = DynamicFrame.fromDF(spark.createDataFrame([("2", "a,b", 5), ("3", None, 6)], "id string, name string, day int"), glueContext, "f")
glueContext.write_dynamic_frame.from_options(frame=frame, connection_type="s3",
    connection_options={"path": "s3://lake/csv/"}, format="csv", format_options={"separator": "|"})
glueContext.write_dynamic_frame.from_options(frame=frame, connection_type="s3",
    connection_options={"path": "s3://lake/json/", "partitionKeys": ["day"]}, format="json")
glueContext.write_dynamic_frame.from_catalog(frame=frame, database="lake", table_name="t",
    additional_options={"enableUpdateCatalog": True, "partitionKeys": ["day"]})
empty = frame.filter(lambda row: False)
glueContext.write_dynamic_frame.from_options(empty, "s3", {"path": "s3://lake/empty/"}, "parquet")
tell()
""")
    text = b"".join(map(lake.body, lake.keys("csv/"))).decode()
    assert sorted(set(text.splitlines())) == ["2|a,b|5", "3||6", "id|name|day"]
    assert {key.split("/")[1] for key in lake.keys("json/")} == {"day=5", "day=6"}
    lines = [json.loads(line) for key in lake.keys("json/") for line in lake.body(key).splitlines()]
    assert sorted(lines, key=str) == [{"id": "2", "name": "a,b"}, {"id": "3"}]
    found = lake.parquet("t/")
    assert sorted(zip(found["id"], found["day"])) == [(1, "1"), (2, "5"), (3, "6")]
    assert lake.partitions("t") == [["1"], ["5"], ["6"]]
    assert lake.columns("t") == [("id", "bigint"), ("name", "string")]
    assert lake.keys("empty/") == []


def test_transforms_do_what_glue_documents(lake):
    found = lake.ask("""
data = [(1, " a ", (10, "x"), [1, 2], None), (2, "b", (20, "y"), [], None), (3, "c", (30, "z"), None, None)]
frame = DynamicFrame.fromDF(spark.createDataFrame(data, "id int, name string, at struct<n:int,s:string>, list array<int>, none string"), glueContext, "f")
other = DynamicFrame.fromDF(spark.createDataFrame([(1, "A"), (9, "Z")], "id int, label string"), glueContext, "o")

def shout(record):
    record["name"] = record["name"].upper()
    record["twice"] = record["id"] * 2
    del record["none"]
    return record

mapping = [("id", "int", "key", "long"), ("at.n", "int", "nested.n", "string"), ("gone", "int", "gone", "int"), ("name", "`a.b`")]
collection = SplitFields.apply(frame, ["id", "name"], "left", "right")
by_rows = SplitRows.apply(frame, {"id": {">": 1, "<": 3}}, "in", "out")
tables = Relationalize.apply(frame=frame, staging_path="s3://scripts/stage/", name="root")
boxed = DynamicFrame.fromDF(spark.createDataFrame([('{"a": 1}',), ('{"a": 2, "b": "x"}',)], "doc string"), glueContext, "b")
tell(
    mapping=[frame.apply_mapping(mapping).toDF().dtypes, rows(ApplyMapping.apply(frame=frame, mappings=mapping))[0]],
    select=SelectFields.apply(frame=frame, paths=["id", "at.s", "gone"]).toDF().dtypes,
    drop=frame.drop_fields(paths=["list", "none", "at.n"]).toDF().dtypes,
    rename=RenameField.apply(frame, "at.n", "m").toDF().dtypes,
    filter=[row["id"] for row in rows(Filter.apply(frame=frame, f=lambda row: row["id"] > 1 and row.name != "c"))],
    map=[Map.apply(frame=frame, f=shout).toDF().dtypes, rows(Map.apply(frame=frame, f=shout))[0]],
    join=rows(Join.apply(frame, other, "id", "id").select_fields(["id", "name", "`.id`", "label"])),
    resolve=frame.resolveChoice(specs=[("id", "cast:string"), ("at.n", "project:long")]).toDF().dtypes[:3],
    dropped=DropNullFields.apply(frame=frame).toDF().columns,
    split=[collection.select("left").toDF().columns, SelectFromCollection.apply(dfc=collection, key="right").toDF().columns],
    rows=[[row["id"] for row in rows(by_rows[name])] for name in ("in", "out")],
    relations={name: rows(tables.select(name)) for name in tables.keys()},
    unbox=Unbox.apply(frame=boxed, path="doc", format="json").toDF().dtypes,
    flat=UnnestFrame.apply(frame).toDF().columns,
    union=frame.union(frame).count(),
    merged=rows(other.mergeDynamicFrame(DynamicFrame.fromDF(spark.createDataFrame([(9, "new")], "id int, label string"), glueContext, "s"), ["id"])),
)
""")
    assert found["mapping"] == [
        [["key", "bigint"], ["nested", "struct<n:string>"], ["a.b", "string"]],
        {"key": 1, "nested": {"n": "10"}, "a.b": " a "},
    ]
    assert found["select"] == [["id", "int"], ["at", "struct<s:string>"]]
    assert found["drop"] == [["id", "int"], ["name", "string"], ["at", "struct<s:string>"]]
    assert found["rename"][2] == ["at", "struct<m:int,s:string>"]
    assert found["filter"] == [2]
    assert found["map"] == [
        [
            ["id", "int"],
            ["name", "string"],
            ["at", "struct<n:int,s:string>"],
            ["list", "array<int>"],
            ["twice", "int"],
        ],
        {"id": 1, "name": " A ", "at": {"n": 10, "s": "x"}, "list": [1, 2], "twice": 2},
    ]
    assert found["join"] == [{"id": 1, "name": " a ", ".id": 1, "label": "A"}]
    assert found["resolve"] == [["id", "string"], ["name", "string"], ["at", "struct<n:bigint,s:string>"]]
    assert found["dropped"] == ["id", "name", "at", "list"]
    assert found["split"] == [["id", "name"], ["at", "list", "none"]]
    assert found["rows"] == [[2], [1, 3]]
    root, items = found["relations"]["root"], found["relations"]["root_list"]
    assert [row["at.n"] for row in root] == [10, 20, 30]
    (parent,) = {item["id"] for item in items}
    assert parent == root[0]["list"]
    assert [(item["index"], item["list.val"]) for item in items] == [(0, 1), (1, 2)]
    assert found["unbox"] == [["doc", "struct<a:int,b:string>"]]
    assert found["flat"] == ["id", "name", "at.n", "at.s", "list", "none"]
    assert found["union"] == 6
    assert found["merged"] == [{"id": 1, "label": "A"}, {"id": 9, "label": "new"}]


def test_tables_are_made_and_filled_by_spark_sql(lake):
    found = lake.ask("""
frame = spark.createDataFrame([(1, "a", "x"), (2, "b", "y")], "id int, name string, part string")
frame.write.partitionBy("part").saveAsTable("lake.made")
frame.write.mode("append").insertInto("lake.made")
spark.sql("CREATE DATABASE IF NOT EXISTS other")
spark.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
spark.sql("INSERT OVERWRITE TABLE lake.made SELECT 9, 'new', 'y'")
tell(rows=rows(spark.sql("SELECT * FROM lake.made")), there=[spark.catalog.tableExists("lake.made"), spark.catalog.tableExists("lake.gone")],
     partitions=rows(spark.sql("SHOW PARTITIONS lake.made")))
""")
    row = lambda number, name, part: {"id": number, "name": name, "part": part}
    assert found["rows"] == [row(1, "a", "x"), row(1, "a", "x"), row(9, "new", "y")]
    assert found["there"] == [True, False]
    assert found["partitions"] == [{"partition": "part=x"}, {"partition": "part=y"}]
    assert lake.columns("made") == [("id", "int"), ("name", "string")]
    assert lake.partitions("made") == [["x"], ["y"]]
    assert lake.glue.get_database(Name="other")["Database"]["Name"] == "other"
    # A folder that came by other means is found by MSCK.
    lake.put_parquet("tables/made/part=z/a.parquet", id=[3], name=["c"])
    lake.ask(
        'spark.sql("MSCK REPAIR TABLE lake.made"); spark.sql("DROP TABLE IF EXISTS lake.gone"); tell()',
        name="repair",
    )
    assert lake.partitions("made") == [["x"], ["y"], ["z"]]


def test_arguments_are_resolved_as_glue_does(lake):
    found = lake.ask(
        """
args = getResolvedOptions(sys.argv, ["JOB_NAME", "day", "dashes"])
job = Job(glueContext)
job.init(args["JOB_NAME"], args)
job.commit()
try:
    getResolvedOptions(sys.argv, ["missing"])
except Exception as error:
    missing = [type(error).__name__, str(error)]
tell(args=args, missing=missing, context=[SparkContext.getOrCreate().version is not None, glueContext.sql("SELECT 1 AS a").count()])
""",
        {"--day": "2025-01-02", "--dashes": "--x", "--TempDir": "s3://scripts/tmp/"},
    )
    assert {
        name: found["args"][name] for name in ("JOB_NAME", "day", "dashes", "TempDir", "job_bookmark_option")
    } == {
        "JOB_NAME": "job",
        "day": "2025-01-02",
        "dashes": "--x",
        "TempDir": "s3://scripts/tmp/",
        "job_bookmark_option": "job-bookmark-disable",
    }
    assert found["args"]["JOB_RUN_ID"].startswith("jr_")
    assert found["missing"] == ["GlueArgumentError", "the following arguments are required: --missing"]
    assert found["context"] == [True, 1]


def test_purging_deletes_what_is_old_enough(lake):
    for key in ["old/a", "old/b/c", "older"]:
        lake.put(key, "x")
    lake.ask("""
glueContext.purge_s3_path("s3://lake/old/", {"retentionPeriod": 1})
before = boto3.client("s3").list_objects_v2(Bucket="lake")["KeyCount"]
glueContext.purge_s3_path("s3://lake/old/", {"retentionPeriod": 0})
assert before == 3
tell()
""")
    assert lake.keys() == ["older"]


def test_a_bookmark_leaves_out_what_a_committed_run_has_read(lake):
    lake.table("t", "s3://lake/t/", [("v", "int")], [("day", "int")])
    lake.make(
        START
        + """
args = getResolvedOptions(sys.argv, ["JOB_NAME", "fail"])
job = Job(glueContext)
job.init(args["JOB_NAME"], args)
table = glueContext.create_dynamic_frame.from_catalog(database="lake", table_name="t", transformation_ctx="table")
files = glueContext.create_dynamic_frame.from_options("s3", {"paths": ["s3://lake/t/"]}, "parquet", transformation_ctx="files")
always = glueContext.create_dynamic_frame.from_catalog(database="lake", table_name="t")
tell(v=[sorted(row[0] for row in frame.toDF().select("v").collect()) if frame.toDF().columns else [] for frame in (table, files, always)])
if args["fail"] == "yes":
    raise RuntimeError("before the commit")
job.commit()
"""
    )

    def run(option="enable", fail="no"):
        run_id = lake.start("job", {"--job-bookmark-option": f"job-bookmark-{option}", "--fail": fail})
        run = lake.wait("job", run_id)
        assert run["JobRunState"] == ("FAILED" if fail == "yes" else "SUCCEEDED"), run
        return json.loads(lake.s3.get_object(Bucket="scripts", Key="answers")["Body"].read())["v"]

    def add(value):
        lake.put_parquet(f"t/day={value}/a.parquet", v=[value])
        lake.partition("t", [str(value)])

    add(1)
    assert run(fail="yes") == [[1], [1], [1]]
    assert run() == [[1], [1], [1]]
    assert run() == [[], [], [1]]
    add(2)
    assert run("pause") == [[2], [2], [1, 2]]
    assert run() == [[2], [2], [1, 2]]
    lake.put_parquet("t/day=1/a.parquet", v=[10])
    assert run() == [[10], [10], [2, 10]]
    assert run("disable") == [[2, 10], [2, 10], [2, 10]]

    kept = lake.glue.get_job_bookmark(JobName="job")["JobBookmarkEntry"]
    assert (kept["Version"], kept["JobName"]) == (4, "job")
    assert set(json.loads(kept["JobBookmark"])) == {"table", "files"}
    lake.glue.reset_job_bookmark(JobName="job", RunId=kept["PreviousRunId"])
    assert run() == [[10], [10], [2, 10]]
    lake.glue.reset_job_bookmark(JobName="job")
    with pytest.raises(lake.glue.exceptions.EntityNotFoundException):
        lake.glue.get_job_bookmark(JobName="job")
    assert run() == [[2, 10], [2, 10], [2, 10]]


def test_scripts_can_use_a_spark_server_that_is_there(own_server, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    lake = Lake(own_server("--spark-remote", f"sc://127.0.0.1:{port}"))
    python = pathlib.Path(os.environ["LAKEBED_ENGINES_DIR"], "spark", "bin", "python")
    sail = subprocess.Popen(
        [python, "-m", "pysail", "spark", "server", "--port", str(port)],
        env={
            **os.environ,
            "AWS_ENDPOINT_URL": lake.server.endpoint,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
        },
        cwd=tmp_path,
    )
    try:
        found = lake.ask("""
frame = DynamicFrame.fromDF(spark.range(3), glueContext, "f").map(lambda row: {"twice": row["id"] * 2})
frame.toDF().write.parquet("s3://lake/out/")
tell(rows=rows(frame))
""")
    finally:
        sail.kill()
        sail.wait()
    assert found["rows"] == [{"twice": 0}, {"twice": 2}, {"twice": 4}]
    assert sorted(lake.parquet("out/")["twice"]) == [0, 2, 4]
