"""Reading files as Spark does, where Sail does it otherwise.

* A path that is not there fails; Sail reads nothing.
* Partition columns get the types their values have; Sail makes them text.
* Schemas are inferred from all rows, not from the first thousand of each file: what came later
  would be lost.
* Rows of CSV that are too short are filled with nulls; Sail fails, as it does for rows that are too
  long.
* JSON fields with values of several types are text, and values that do not fit a schema are null;
  Sail fails.
* Inferred timestamps are `timestamp` and columns without a value are text; Sail says
  `timestamp_ntz` and `void`.
"""

import datetime
import fnmatch
import re

from lakebed_job import objects

# What Sail infers schemas from: as many rows as there are.
ALL_ROWS = str(2**31 - 1)

HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"


def guard():
    from pyspark.sql.connect.readwriter import DataFrameReader

    load = DataFrameReader.load

    def load_like_spark(self, path=None, format=None, schema=None, **options):
        if path is None:
            path = self._options.get("path")
        paths = [path] if isinstance(path, str) else list(path or [])
        if schema is not None:
            self.schema(schema)
        if format is not None:
            self.format(format)
        if not paths or not all(map(objects.is_s3, paths)):
            return load(self, path, format, None, **options)
        for one in paths:
            check_is_there(one)
        self.options(**options)
        if self._format == "json" and not is_multiline(self._options):
            frame = read_json_lines(self, load, paths)
        else:
            if self._format == "csv":
                self.option("allowTruncatedRows", "true")
            if not self._schema and self._format in ("csv", "json"):
                self.option("schemaInferMaxRecords", ALL_ROWS)
            frame = load(self, path)
        return frame if self._schema else with_spark_types(frame, paths)

    DataFrameReader.load = load_like_spark


def is_multiline(options):
    return any(key.lower() == "multiline" and value.lower() == "true" for key, value in options.items())


def read_json_lines(reader, load, paths):
    """JSON lines by way of text, each taken apart by the schema that is given, or fits all."""
    from awsglue import json_schema
    from awsglue.sources import parsed
    from pyspark.sql.types import StructType

    lines = load(reader._client.read.format("text"), paths)
    schema = reader._schema
    if not schema:
        schema = json_schema.infer(lines, whole="bigint")
    elif schema.lstrip().startswith("{"):
        import json

        schema = StructType.fromJson(json.loads(schema))
    return parsed(lines, schema)


def check_is_there(path):
    bucket, key = objects.split(path)
    fixed = re.split(r"[*?\[{]", key)[0]
    for found in objects.listed(f"s3://{bucket}/{fixed}"):
        name = found["Key"]
        if fixed == key:
            there = name == key or not key or name.startswith(key.rstrip("/") + "/")
        else:
            # A pattern of Hadoop's, which may also end at a folder.
            there = (
                any(fnmatch.fnmatch(name, pattern) for pattern in [key, key.rstrip("/") + "/*"]) or "{" in key
            )
        if there:
            return
    from pyspark.errors import AnalysisException

    raise AnalysisException(f"[PATH_NOT_FOUND] Path does not exist: {path}. SQLSTATE: 42K03")


def with_spark_types(frame, paths):
    from pyspark.sql import functions as F
    from pyspark.sql import types as T

    casts = {}
    text_columns = set()
    for field in frame.schema.fields:
        if isinstance(field.dataType, T.TimestampNTZType):
            casts[field.name] = "timestamp"
        elif isinstance(field.dataType, T.NullType):
            casts[field.name] = "string"
        elif isinstance(field.dataType, T.StringType):
            text_columns.add(field.name)
    infer = frame.sparkSession.conf.get("spark.sql.sources.partitionColumnTypeInference.enabled", "true")
    if infer != "false" and text_columns:
        for name, values in partition_values(paths).items():
            kind = type_of(values)
            if name in text_columns and kind != "string":
                casts[name] = kind
    if not casts:
        return frame
    return frame.withColumns({name: F.col(f"`{name}`").cast(kind) for name, kind in casts.items()})


def partition_values(paths):
    """The values of each `key=value` folder below the paths."""
    values = {}
    for path in paths:
        bucket, prefix = objects.split(path)
        if re.search(r"[*?\[{]", prefix):
            continue
        folder = prefix.rstrip("/") + "/" if prefix else ""
        for found in objects.listed(f"s3://{bucket}/{folder}"):
            for part in found["Key"][len(folder) :].split("/")[:-1]:
                name, separator, value = part.partition("=")
                if separator:
                    values.setdefault(name, set()).add(value)
    return values


def type_of(values):
    """The type Spark infers of a partition column's values. Spark SQL guide, "Partition Discovery"."""
    values = {value for value in values if value != HIVE_NULL}
    if not values:
        return "string"
    if all(re.fullmatch(r"[+-]?\d{1,18}", value) for value in values):
        small = all(-(2**31) <= int(value) < 2**31 for value in values)
        return "int" if small else "bigint"
    if all(re.fullmatch(r"[+-]?(\d+\.\d*|\.\d+|\d+)([eE][+-]?\d+)?", value) for value in values):
        return "double"
    if all(is_date(value) for value in values):
        return "date"
    return "string"


def is_date(text):
    try:
        return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", text)) and bool(datetime.date.fromisoformat(text))
    except ValueError:
        return False
