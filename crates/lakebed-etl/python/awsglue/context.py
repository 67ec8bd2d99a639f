"""GlueContext: where a script reads and writes. Glue PySpark extensions reference, "GlueContext"."""

import datetime
import logging
import sys

from awsglue import catalog_tables, sinks, sources
from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection
from lakebed_job import objects


class GlueContext:
    def __init__(self, sparkContext=None, **options):
        from pyspark import SparkContext

        self._sc = sparkContext or SparkContext.getOrCreate()
        self.spark_session = self._sc.session
        self.create_dynamic_frame = _DynamicFrameReader(self)
        self.create_data_frame = _DataFrameReader(self)
        self.write_dynamic_frame = _Writer(self)
        self.write_data_frame = _Writer(self)

    @classmethod
    def getOrCreate(cls, sc):
        return cls(sc)

    @property
    def sparkSession(self):
        return self.spark_session

    def __getattr__(self, name):
        """A GlueContext is an SQLContext too: what is not Glue's is the session's."""
        if name.startswith("_") or not hasattr(self.spark_session, name):
            raise AttributeError(f"GlueContext.{name} is not there")
        return getattr(self.spark_session, name)

    # Reading.

    def create_dynamic_frame_from_catalog(
        self,
        database,
        table_name,
        redshift_tmp_dir="",
        transformation_ctx="",
        push_down_predicate="",
        additional_options=None,
        catalog_id=None,
        **kwargs,
    ):
        frame = sources.read_table(
            self.spark_session,
            database,
            table_name,
            push_down_predicate,
            transformation_ctx,
            additional_options or {},
        )
        return DynamicFrame(frame, self, table_name)

    def create_dynamic_frame_from_options(
        self,
        connection_type,
        connection_options=None,
        format=None,
        format_options=None,
        transformation_ctx="",
        push_down_predicate="",
        **kwargs,
    ):
        options = {**(connection_options or {}), **kwargs}
        if connection_type not in ("s3", "file") and connection_type not in ("parquet", "csv", "json"):
            raise NotImplementedError(f"the connection type '{connection_type}' cannot be read here; s3 can")
        if connection_type in ("parquet", "csv", "json"):
            format = connection_type
        paths = options.get("paths") or options.get("path")
        if not paths:
            raise ValueError("reading from S3 needs the connection option 'paths'")
        frame = sources.read_paths(
            self.spark_session, format, paths, format_options or {}, options, transformation_ctx
        )
        if push_down_predicate:
            frame = frame.where(push_down_predicate)
        return DynamicFrame(frame, self)

    def create_data_frame_from_catalog(
        self, database, table_name, transformation_ctx="", additional_options=None, **kwargs
    ):
        options = additional_options or {}
        return sources.read_table(
            self.spark_session,
            database,
            table_name,
            kwargs.get("push_down_predicate", ""),
            transformation_ctx,
            options,
        )

    def create_data_frame_from_options(
        self,
        connection_type,
        connection_options=None,
        format=None,
        format_options=None,
        transformation_ctx="",
        push_down_predicate="",
        **kwargs,
    ):
        return self.create_dynamic_frame_from_options(
            connection_type,
            connection_options,
            format,
            format_options,
            transformation_ctx,
            push_down_predicate,
            **kwargs,
        ).toDF()

    def getSource(self, connection_type, transformation_ctx="", push_down_predicate="", **options):
        return _Source(self, connection_type, transformation_ctx, push_down_predicate, options)

    # Writing.

    def write_dynamic_frame_from_options(
        self,
        frame,
        connection_type,
        connection_options=None,
        format=None,
        format_options=None,
        transformation_ctx="",
    ):
        frame = self._dynamic(frame)
        if isinstance(frame, DynamicFrameCollection):
            for one in frame.values():
                self.write_dynamic_frame_from_options(
                    one, connection_type, connection_options, format, format_options
                )
            return frame
        sink = self.getSink(connection_type, **(connection_options or {}))
        sink.setFormat(format, **(format_options or {}))
        return sink.writeFrame(frame)

    def write_dynamic_frame_from_catalog(
        self,
        frame,
        database,
        table_name,
        redshift_tmp_dir="",
        transformation_ctx="",
        additional_options=None,
        catalog_id=None,
        **kwargs,
    ):
        return sinks.write_table(self._dynamic(frame), database, table_name, additional_options or {})

    write_data_frame_from_options = write_dynamic_frame_from_options
    write_data_frame_from_catalog = write_dynamic_frame_from_catalog

    def getSink(self, connection_type, format=None, transformation_ctx="", **options):
        if connection_type not in ("s3", "file"):
            raise NotImplementedError(
                f"the connection type '{connection_type}' cannot be written here; s3 can"
            )
        sink = sinks.S3Sink(options)
        if format:
            sink.setFormat(format)
        return sink

    def _dynamic(self, frame):
        return (
            frame if isinstance(frame, (DynamicFrame, DynamicFrameCollection)) else DynamicFrame(frame, self)
        )

    # Around them.

    def get_logger(self):
        return _logger()

    def purge_s3_path(self, s3_path, options=None, transformation_ctx=""):
        """Deletes the files under a path that are older than `retentionPeriod` hours, a week unless
        told otherwise; those in archives stay."""
        options = options or {}
        hours = float(options.get("retentionPeriod", 168))
        before = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=hours)
        bucket, _ = objects.split(s3_path)
        kept = options.get("excludeStorageClasses", ["GLACIER", "DEEP_ARCHIVE"])
        old = [found for found in sources.visible(s3_path, {}) if found["LastModified"] <= before]
        objects.delete(bucket, [found["Key"] for found in old if found.get("StorageClass") not in kept])

    def purge_table(self, database, table_name, options=None, transformation_ctx="", catalog_id=None):
        """Deletes a table's files as `purge_s3_path` does, and partitions that are left without."""
        options = options or {}
        table = catalog_tables.get(database, table_name)
        keys = [(key["Name"], key["Type"]) for key in table.get("PartitionKeys", [])]
        if not keys:
            self.purge_s3_path(table["StorageDescriptor"]["Location"], options)
            return
        found = catalog_tables.partitions(database, table_name)
        for partition in sources.matching(
            self.spark_session, keys, found, options.get("partitionPredicate", "")
        ):
            location = partition["StorageDescriptor"]["Location"]
            self.purge_s3_path(location, options)
            if not any(True for _ in sources.visible(location, {})):
                catalog_tables.glue().delete_partition(
                    DatabaseName=database, TableName=table_name, PartitionValues=partition["Values"]
                )


class _DynamicFrameReader:
    """`glueContext.create_dynamic_frame.from_catalog(...)`."""

    def __init__(self, context):
        self._context = context

    def from_catalog(
        self,
        database=None,
        table_name=None,
        redshift_tmp_dir="",
        transformation_ctx="",
        push_down_predicate="",
        additional_options=None,
        catalog_id=None,
        name_space=None,
        **kwargs,
    ):
        return self._context.create_dynamic_frame_from_catalog(
            _database(database, name_space),
            table_name,
            redshift_tmp_dir,
            transformation_ctx,
            push_down_predicate,
            additional_options,
            catalog_id,
            **kwargs,
        )

    def from_options(
        self,
        connection_type,
        connection_options=None,
        format=None,
        format_options=None,
        transformation_ctx="",
        push_down_predicate="",
        **kwargs,
    ):
        return self._context.create_dynamic_frame_from_options(
            connection_type,
            connection_options,
            format,
            format_options,
            transformation_ctx,
            push_down_predicate,
            **kwargs,
        )

    def from_rdd(self, *_, **__):
        raise NotImplementedError("create_dynamic_frame.from_rdd needs Spark's JVM; use DynamicFrame.fromDF")


class _DataFrameReader:
    """`glueContext.create_data_frame.from_catalog(...)`."""

    def __init__(self, context):
        self._context = context

    def from_catalog(
        self,
        database=None,
        table_name=None,
        transformation_ctx="",
        additional_options=None,
        name_space=None,
        **kwargs,
    ):
        return self._context.create_data_frame_from_catalog(
            _database(database, name_space), table_name, transformation_ctx, additional_options, **kwargs
        )

    def from_options(self, *args, **kwargs):
        return self._context.create_data_frame_from_options(*args, **kwargs)


class _Writer:
    """`glueContext.write_dynamic_frame.from_options(...)`."""

    def __init__(self, context):
        self._context = context

    def from_options(
        self,
        frame,
        connection_type,
        connection_options=None,
        format=None,
        format_options=None,
        transformation_ctx="",
        **kwargs,
    ):
        return self._context.write_dynamic_frame_from_options(
            frame, connection_type, connection_options, format, format_options, transformation_ctx
        )

    def from_catalog(
        self,
        frame,
        database=None,
        table_name=None,
        redshift_tmp_dir="",
        transformation_ctx="",
        additional_options=None,
        catalog_id=None,
        name_space=None,
        **kwargs,
    ):
        return self._context.write_dynamic_frame_from_catalog(
            frame,
            _database(database, name_space),
            table_name,
            redshift_tmp_dir,
            transformation_ctx,
            additional_options,
        )

    def from_jdbc_conf(self, *_, **__):
        raise NotImplementedError(
            "write_dynamic_frame.from_jdbc_conf: there are no JDBC connections here; write to S3"
        )


class _Source:
    """What `getSource` gives: a source that is read by `getFrame()`."""

    def __init__(self, context, connection_type, transformation_ctx, predicate, options):
        self._context, self._type, self._ctx, self._predicate, self._options = (
            context,
            connection_type,
            transformation_ctx,
            predicate,
            options,
        )
        self._format, self._format_options = None, {}

    def setFormat(self, format, **options):
        self._format, self._format_options = format, options

    def getFrame(self, **options):
        return self._context.create_dynamic_frame_from_options(
            self._type,
            {**self._options, **options},
            self._format,
            self._format_options,
            self._ctx,
            self._predicate,
        )


def _database(database, name_space):
    if not (database or name_space):
        raise TypeError("from_catalog needs the argument 'database'")
    return database or name_space


def _logger():
    """Writes as Spark's own logger does, to the run's error stream; `warn` is its name there."""
    logger = logging.getLogger("GlueLogger")
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s [%(name)s] %(message)s"))
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
        logger.warn = logger.warning
    return logger
