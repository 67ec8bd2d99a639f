"""What a script writes: files in S3, and what the Data Catalog learns of them."""

import json

from awsglue import catalog_tables
from awsglue.sources import truth
from lakebed_job import objects


class S3Sink:
    """Files under an S3 path. With `enableUpdateCatalog` the table is made, new columns are added
    to it, and its new partitions. Glue user guide, "Updating the schema, and adding new partitions
    in the Data Catalog using Glue ETL jobs"."""

    def __init__(self, options):
        self._options = options
        self._format, self._format_options = None, {}
        self._database = self._table = None

    def setFormat(self, format, **options):
        self._format, self._format_options = format, {**options.pop("format_options", {}), **options}

    def setCatalogInfo(self, catalogDatabase, catalogTableName, catalogId=""):
        self._database, self._table = catalogDatabase, catalogTableName

    def setAccumulableSize(self, size):
        pass

    def writeFrame(self, dynamic_frame, info=""):
        """Adds the rows as files; the answer is the frame itself."""
        path = self._options.get("path")
        if not path:
            raise ValueError("an S3 sink needs the option 'path'")
        update = truth(self._options.get("enableUpdateCatalog", False))
        if update and not (self._database and self._table):
            raise ValueError(
                "enableUpdateCatalog needs setCatalogInfo(catalogDatabase=…, catalogTableName=…)"
            )
        keys = listed(self._options.get("partitionKeys"))
        frame = dynamic_frame.toDF()
        form = write_files(frame, path, self._format or "parquet", self._format_options, keys, self._options)
        if update:
            catalog_tables.record(
                self._database,
                self._table,
                path.rstrip("/") + "/",
                form,
                frame.schema,
                keys,
                self._options.get("updateBehavior", "UPDATE_IN_DATABASE"),
                header=truth(self._format_options.get("writeHeader", True)),
                separator=self._format_options.get("separator", ","),
            )
        return dynamic_frame

    write = writeFrame


def write_files(frame, path, form, format_options, keys, options):
    """Adds rows as files; the answer is the format they have. No rows make no files."""
    if not objects.is_s3(path):
        raise ValueError(f"a sink writes to s3://bucket/prefix, got '{path}'")
    form = (form or "parquet").lower()
    compression = format_options.get("compression") or options.get("compression")
    writer = frame.write.mode("append")
    if form in ("parquet", "glueparquet"):
        form = "parquet"
        writer = writer.option("compression", compression or "snappy")
    elif form == "csv":
        quote = format_options.get("quoteChar", '"')
        writer = writer.options(
            sep=format_options.get("separator", ","),
            header=str(truth(format_options.get("writeHeader", True))).lower(),
            quote="" if quote in (-1, "-1") else quote,
        )
    elif form != "json":
        raise ValueError(
            f"the format '{form}' cannot be written by Spark scripts here; parquet, csv and json can"
        )
    if form != "parquet" and compression and compression != "none":
        writer = writer.option("compression", compression)
    if keys:
        writer = writer.partitionBy(*keys)
    if not frame.isEmpty():
        writer.format(form).save(path)
    return form


def write_table(dynamic_frame, database, name, options):
    """Adds rows to a table of the Data Catalog, in the columns and types that it has."""
    from pyspark.sql import functions as F

    from awsglue.sources import files_of

    table = catalog_tables.get(database, name)
    files = files_of(table, database)
    frame = dynamic_frame.toDF()
    update = truth(options.get("enableUpdateCatalog", False))
    keys = listed(options.get("partitionKeys")) or [key["Name"] for key in table.get("PartitionKeys", [])]
    kinds = {key["Name"]: key["Type"] for key in table.get("PartitionKeys", [])}
    kinds.update(files.columns)
    columns = []
    for name_ in frame.columns:
        kind = kinds.get(name_.lower())
        if kind:
            columns.append(F.col(f"`{name_}`").cast(kind).alias(name_.lower()))
        elif update:
            columns.append(F.col(f"`{name_}`"))
    frame = frame.select(*columns)
    location = table["StorageDescriptor"]["Location"]
    written = {
        "separator": files.options.get("sep", ","),
        "writeHeader": files.options.get("header", "false"),
    }
    write_files(frame, location, files.form, written, keys, options)
    if update:
        catalog_tables.record(
            database,
            name,
            location,
            files.form,
            frame.schema,
            keys,
            options.get("updateBehavior", "UPDATE_IN_DATABASE"),
        )
    return dynamic_frame


def listed(value):
    """A list, also where it comes as JSON text."""
    if isinstance(value, str):
        return json.loads(value) if value.startswith("[") else [value]
    return list(value or [])
