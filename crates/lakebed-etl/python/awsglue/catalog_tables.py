"""Tables of the Data Catalog as a script reads, makes and changes them."""

import functools

from lakebed_job import objects

FORMATS = {
    "parquet": (
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    ),
    "csv": (
        "org.apache.hadoop.mapred.TextInputFormat",
        "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
    ),
    "json": (
        "org.apache.hadoop.mapred.TextInputFormat",
        "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "org.openx.data.jsonserde.JsonSerDe",
    ),
}


@functools.cache
def glue():
    import boto3

    return boto3.client("glue")


def find(database, name):
    """The table; none if there is none."""
    try:
        return glue().get_table(DatabaseName=database, Name=name)["Table"]
    except glue().exceptions.EntityNotFoundException:
        return None


def get(database, name):
    table = find(database, name)
    if table is None:
        from pyspark.errors import AnalysisException

        raise AnalysisException(
            f"[TABLE_OR_VIEW_NOT_FOUND] the table {database}.{name} is not in the Data Catalog"
        )
    return table


def partitions(database, name):
    """All partitions of a table."""
    pages = glue().get_paginator("get_partitions").paginate(DatabaseName=database, TableName=name)
    return [partition for page in pages for partition in page["Partitions"]]


def hive_columns(schema, keys=()):
    """The columns of a Spark schema as the catalog names them, partition keys apart."""
    wanted = [key.lower() for key in keys]
    columns = {field.name.lower(): hive_type(field.dataType) for field in schema.fields}
    data = [{"Name": name, "Type": kind} for name, kind in columns.items() if name not in wanted]
    return data, [{"Name": key, "Type": columns[key]} for key in wanted]


def hive_type(kind):
    text = kind.simpleString().replace("timestamp_ntz", "timestamp")
    return "string" if text == "void" else text.lower()


def descriptor(location, form, columns, separator=",", header=False):
    """A storage descriptor over files of a format."""
    reader, writer, serde = FORMATS[form]
    parameters = {"field.delim": separator} if form == "csv" else {"serialization.format": "1"}
    found = {
        "Columns": columns,
        "Location": location,
        "InputFormat": reader,
        "OutputFormat": writer,
        "SerdeInfo": {"SerializationLibrary": serde, "Parameters": parameters},
        "Parameters": {"classification": form},
    }
    if form == "csv" and header:
        found["Parameters"]["skip.header.line.count"] = "1"
    return found


def record(
    database, name, location, form, schema, keys, update="UPDATE_IN_DATABASE", header=False, separator=","
):
    """Makes the table if it is not there, adds new columns to it if it may, and adds the partitions
    that lie under its location."""
    data, key_columns = hive_columns(schema, keys)
    table = find(database, name)
    if table is None:
        stored = descriptor(location, form, data, separator, header)
        table = {
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "PartitionKeys": key_columns,
            "Parameters": {"EXTERNAL": "TRUE", **stored["Parameters"]},
            "StorageDescriptor": stored,
        }
        glue().create_table(DatabaseName=database, TableInput=table)
    elif update == "UPDATE_IN_DATABASE":
        add_columns(database, table, data)
    if keys:
        add_partitions(database, name)


def add_columns(database, table, columns):
    stored = table["StorageDescriptor"]
    known = {column["Name"] for column in [*stored["Columns"], *table.get("PartitionKeys", [])]}
    new = [column for column in columns if column["Name"] not in known]
    if not new:
        return
    kept = ("Name", "Description", "Owner", "Retention", "PartitionKeys", "TableType", "Parameters")
    changed = {member: table[member] for member in kept if member in table}
    changed["StorageDescriptor"] = {**stored, "Columns": [*stored["Columns"], *new]}
    glue().update_table(DatabaseName=database, TableInput=changed)


def add_partitions(database, name):
    """Adds a partition for each folder `key=value/…` under the table that has none; the answer is
    how many."""
    table = get(database, name)
    stored = table["StorageDescriptor"]
    keys = [key["Name"] for key in table.get("PartitionKeys", [])]
    known = {tuple(partition["Values"]) for partition in partitions(database, name)}
    root = stored["Location"].rstrip("/") + "/"
    _, prefix = objects.split(root)
    new = {}
    for found in objects.listed(root):
        below = found["Key"][len(prefix) :]
        folders = below.split("/")[: len(keys)]
        pairs = [folder.partition("=") for folder in folders]
        if objects.is_hidden(found["Key"], prefix) or [pair[0].lower() for pair in pairs] != keys:
            continue
        values = tuple(unescaped(pair[2]) for pair in pairs)
        if values not in known:
            new[values] = root + "/".join(folders) + "/"
    added = [
        {"Values": list(values), "StorageDescriptor": {**stored, "Location": location}}
        for values, location in sorted(new.items())
    ]
    for start in range(0, len(added), 100):
        answer = glue().batch_create_partition(
            DatabaseName=database, TableName=name, PartitionInputList=added[start : start + 100]
        )
        for error in answer.get("Errors", []):
            # Another run may have added it meanwhile.
            if error["ErrorDetail"]["ErrorCode"] != "AlreadyExistsException":
                raise RuntimeError(
                    f"cannot add the partition {error['PartitionValues']}: {error['ErrorDetail']}"
                )
    return len(added)


def unescaped(value):
    import urllib.parse

    return urllib.parse.unquote(value)
