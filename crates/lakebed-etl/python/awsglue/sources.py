"""What a script reads: tables of the Data Catalog and files in S3."""

import json

from awsglue import bookmark, catalog_tables
from lakebed_job import objects

# Partitions that are read one by one; more are read by one listing of the table's folder.
FEW = 32

UNREADABLE = "cannot be read by Spark scripts here; {what}"


class Files:
    """How files are read: format of Spark, options, and the columns if they are known."""

    def __init__(self, form, options=None, columns=None):
        self.form = form
        self.options = options or {}
        self.columns = columns


def read_table(spark, database, name, predicate="", transformation_ctx="", options=None):
    """The rows of a table, of those partitions alone that `predicate` lets through.

    The columns and their types are the catalog's, the partitions those it lists.
    """
    options = options or {}
    table = catalog_tables.get(database, name)
    stored = table["StorageDescriptor"]
    files = files_of(table, database)
    keys = [(key["Name"], key["Type"]) for key in table.get("PartitionKeys", [])]
    if not keys:
        paths = chosen(stored["Location"], transformation_ctx, options)
        return read_groups(spark, files, keys, [([], paths)])
    predicate = " AND ".join(
        f"({part})" for part in (predicate, options.get("catalogPartitionPredicate")) if part
    )
    partitions = matching(spark, keys, catalog_tables.partitions(database, name), predicate)
    narrowed = is_narrowed(transformation_ctx, options)
    if (
        not narrowed
        and len(partitions) > FEW
        and all(lies_by_keys(stored["Location"], keys, one) for one in partitions)
    ):
        return read_folder(spark, files, keys, stored["Location"], partitions)
    found = []
    for partition in partitions:
        location = partition["StorageDescriptor"]["Location"]
        found += [(partition["Values"], location, one) for one in visible(location, options)]
    if narrowed:
        found = narrow(found, transformation_ctx, options)
    groups = {}
    for values, location, one in found:
        groups.setdefault(tuple(values), []).append(url_of(location, one))
    return read_groups(spark, files, keys, list(groups.items()))


def read_paths(spark, form, paths, format_options, connection_options, transformation_ctx):
    """The rows of files under S3 paths, in a format of Glue's."""
    paths = [paths] if isinstance(paths, str) else list(paths)
    form, options, names = glue_format(form, format_options)
    if is_narrowed(transformation_ctx, connection_options):
        found = [((), path, one) for path in paths for one in visible(path, connection_options)]
        paths = [url_of(path, one) for _, path, one in narrow(found, transformation_ctx, connection_options)]
        if not paths:
            return empty(spark, [])
    if form == "json":
        return read_json(spark, paths, format_options)
    frame = spark.read.format(form).options(**options).load(paths)
    return frame.toDF(*names(frame)) if names else frame


def glue_format(form, format_options):
    """Spark's format and options for Glue's, and how unnamed columns are called. Glue user guide,
    "Data format options for inputs and outputs"."""
    form = (form or "parquet").lower()
    if form in ("parquet", "glueparquet"):
        return "parquet", {}, None
    if form == "json":
        return "json", {}, None
    if form == "csv":
        header = truth(format_options.get("withHeader", False))
        options = {
            "sep": format_options.get("separator", ","),
            "header": str(header).lower(),
            "multiLine": str(
                truth(format_options.get("multiLine", format_options.get("multiline", False)))
            ).lower(),
        }
        quote = format_options.get("quoteChar", '"')
        options["quote"] = "" if quote in (-1, "-1") else quote
        if format_options.get("escaper"):
            options["escape"] = format_options["escaper"]
        # Glue counts unnamed columns from 0.
        names = None if header else lambda frame: [f"col{number}" for number in range(len(frame.columns))]
        return "csv", options, names
    raise ValueError(f"the format '{form}' " + UNREADABLE.format(what="parquet, csv and json can"))


def read_json(spark, paths, format_options=None):
    """JSON lines as Glue reads them: a column that has values of several types becomes text, and
    jsonPath chooses the part of a document."""
    if (format_options or {}).get("jsonPath"):
        raise ValueError("jsonPath " + UNREADABLE.format(what="select the part after reading"))
    from awsglue.json_schema import infer

    lines = (
        spark.read.format("text")
        .options(wholetext=str(bool((format_options or {}).get("multiline"))).lower())
        .load(paths)
    )
    schema = infer(lines)
    return parsed(lines, schema)


def parsed(lines, schema):
    """JSON lines with one column a field; partition columns stay."""
    from pyspark.sql import functions as F

    if not schema:
        return lines.drop("value").limit(0)
    others = [F.col(f"`{name}`") for name in lines.columns if name != "value"]
    taken = lines.where("value is not null and trim(value) <> ''").select(
        F.from_json("value", schema).alias("_row"), *others
    )
    return taken.select("_row.*", *others)


def files_of(table, database):
    """How the files of a table are read, by its SerDe."""
    stored = table["StorageDescriptor"]
    info = stored.get("SerdeInfo", {})
    serde = info.get("SerializationLibrary", "").rsplit(".", 1)[-1]
    parameters = {**table.get("Parameters", {}), **stored.get("Parameters", {}), **info.get("Parameters", {})}
    columns = [(column["Name"], column["Type"]) for column in stored["Columns"]]
    if serde == "ParquetHiveSerDe":
        return Files("parquet", {}, columns)
    if "Json" in serde or "JSON" in serde:
        return Files("json", {}, columns)
    if serde in ("LazySimpleSerDe", "OpenCSVSerde", "OpenCSVSerDe"):
        options = {
            "sep": parameters.get("separatorChar")
            or parameters.get("field.delim")
            or parameters.get("delimiter")
            or ("," if serde.startswith("Open") else "\x01"),
            "quote": parameters.get("quoteChar", '"'),
            "header": "true" if parameters.get("skip.header.line.count", "0") != "0" else "false",
        }
        if parameters.get("escapeChar", "\\") != "\\":
            options["escape"] = parameters["escapeChar"]
        return Files("csv", options, columns)
    raise ValueError(
        f"the table {database}.{table['Name']} (SerDe '{serde or 'none'}') "
        + UNREADABLE.format(what="Parquet, CSV and JSON can: copy it into Parquet by CTAS")
    )


def read_groups(spark, files, keys, groups):
    """The rows of groups of files, each with its own values of the partition keys."""
    from pyspark.sql import functions as F

    frames = []
    for values, paths in groups:
        if not paths:
            continue
        frame = in_columns(files, reader(spark, files).load(paths))
        for (key, kind), value in zip(keys, values):
            frame = frame.withColumn(key, F.lit(value).cast(kind))
        frames.append(frame)
    if not frames:
        return empty(spark, [*files.columns, *keys])
    whole = frames[0]
    for frame in frames[1:]:
        whole = whole.unionAll(frame)
    return whole


def read_folder(spark, files, keys, location, partitions):
    """The rows of partitions that lie in folders `key=value` of one folder, by one listing of it."""
    from pyspark.sql import functions as F

    kept = files.columns
    raw = [(key, "string") for key, _ in keys]
    frame = reader(spark, files, raw).load(location)
    chosen_values = " OR ".join(
        "("
        + " AND ".join(f"`{key}` = {quoted(value)}" for (key, _), value in zip(keys, partition["Values"]))
        + ")"
        for partition in partitions
    )
    frame = frame.where(chosen_values)
    shaped = in_columns(files, frame, [key for key, _ in keys])
    names = [F.col(f"`{name}`") for name, _ in kept]
    return shaped.select(*names, *[F.col(f"`{key}`").cast(kind).alias(key) for key, kind in keys])


def reader(spark, files, extra=()):
    """A reader of a table's files, as they are stored: text stays text."""
    if files.form == "json":
        return spark.read.format("text")
    found = spark.read.format(files.form).options(**files.options)
    if files.form == "csv":
        names = [*[name for name, _ in files.columns], *[key for key, _ in extra]]
        found = found.schema(", ".join(f"`{name}` string" for name in names))
    return found


def in_columns(files, frame, extra=()):
    """What was read, in the table's columns and types; a column that files lack is null."""
    from pyspark.sql import functions as F

    if files.form == "json":
        # A number that is written as text is a number for the table's SerDe.
        schema = ", ".join(f"`{name}` {kind if '<' in kind else 'string'}" for name, kind in files.columns)
        frame = parsed(frame, schema)
    stored = {name.lower(): name for name in frame.columns}
    columns = []
    for name, kind in files.columns:
        source = F.col(f"`{stored[name]}`") if name in stored else F.lit(None)
        columns.append(source.cast(kind).alias(name))
    return frame.select(*columns, *[F.col(f"`{key}`") for key in extra])


def empty(spark, columns):
    """No rows, of these columns."""
    names = ", ".join(f"cast(null as {kind}) as `{name}`" for name, kind in columns) or "1 as nothing"
    frame = spark.sql(f"SELECT {names}").limit(0)
    return frame if columns else frame.drop("nothing")


def matching(spark, keys, partitions, predicate):
    """The partitions for which a predicate of Spark SQL over the keys holds."""
    if not predicate or not partitions:
        return partitions
    from pyspark.sql import functions as F

    rows = [(number, *partition["Values"]) for number, partition in enumerate(partitions)]
    names = ", ".join(["_number int", *[f"`{key}` string" for key, _ in keys]])
    frame = spark.createDataFrame(rows, names)
    typed = frame.select("_number", *[F.col(f"`{key}`").cast(kind).alias(key) for key, kind in keys])
    return [
        partitions[row[0]] for row in typed.where(predicate).select("_number").orderBy("_number").collect()
    ]


def lies_by_keys(root, keys, partition):
    expected = root.rstrip("/") + "".join(
        f"/{key}={value}" for (key, _), value in zip(keys, partition["Values"])
    )
    return partition["StorageDescriptor"]["Location"].rstrip("/") == expected


def visible(location, options):
    """The files of a folder, or the one file it is, that Spark reads: not hidden, not excluded."""
    import fnmatch

    bucket, prefix = objects.split(location)
    excluded = options.get("exclusions") or []
    excluded = json.loads(excluded) if isinstance(excluded, str) else excluded
    folder = prefix.rstrip("/") + "/" if prefix else ""
    for found in objects.listed(f"s3://{bucket}/{prefix.rstrip('/')}"):
        key = found["Key"]
        if key != prefix and not key.startswith(folder):
            continue
        if key.endswith("/") or objects.is_hidden(key, folder):
            continue
        url = f"s3://{bucket}/{key}"
        if any(fnmatch.fnmatch(url, pattern) or fnmatch.fnmatch(key, pattern) for pattern in excluded):
            continue
        yield found


def chosen(location, transformation_ctx, options):
    """The files of an unpartitioned source that are to be read."""
    found = [((), location, one) for one in visible(location, options)]
    return [url_of(location, one) for _, _, one in narrow(found, transformation_ctx, options)]


def is_narrowed(transformation_ctx, options):
    """Whether a source reads some of its files only."""
    return bookmark.is_on(transformation_ctx) or any(
        options.get(option) for option in ("exclusions", "boundedFiles", "boundedSize")
    )


def url_of(location, found):
    return f"s3://{objects.split(location)[0]}/{found['Key']}"


def narrow(found, transformation_ctx, options):
    """Leaves out what the bookmark has seen, and what goes beyond the bounds of a run."""
    most_files = int(options.get("boundedFiles") or 0)
    most_bytes = int(options.get("boundedSize") or 0)
    ordered = sorted(found, key=lambda one: (one[2]["LastModified"], one[2]["Key"]))
    fresh = {id(one) for one in bookmark.candidates(transformation_ctx, [entry[2] for entry in ordered])}
    taken, size = [], 0
    for entry in ordered:
        if id(entry[2]) not in fresh:
            continue
        size += entry[2]["Size"]
        if (most_files and len(taken) == most_files) or (most_bytes and taken and size > most_bytes):
            break
        taken.append(entry)
    bookmark.read(transformation_ctx, [entry[2] for entry in taken])
    return taken


def quoted(value):
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def truth(value):
    return str(value).lower() == "true"
