"""Writing files as Spark does, where Sail does it otherwise.

* `partitionOverwriteMode=dynamic` replaces the partitions that are written; Sail deletes all.
* `coalesce(n)` and `repartition(n)` give n files; Sail gives as many as it likes.

Both are written beside their place first, so that a failure leaves what was there.
"""

import uuid

from lakebed_job import objects

# A column of the files to come, never in them: folders of it become the files.
FILE = "_lakebed_file"
DYNAMIC = "spark.sql.sources.partitionOverwriteMode"
WRITABLE = ("parquet", "csv", "json", "text")


def guard():
    from pyspark.sql.connect.readwriter import DataFrameWriter

    save = DataFrameWriter.save

    def save_like_spark(self, path=None, format=None, mode=None, partitionBy=None, **options):
        self.mode(mode).options(**options)
        if partitionBy is not None:
            self.partitionBy(partitionBy)
        if format is not None:
            self.format(format)
        path = path or self._write.options.get("path")
        if path is None or not objects.is_s3(path) or (self._write.source or "parquet") not in WRITABLE:
            return save(self, path)
        return write(self, save, path)

    DataFrameWriter.save = save_like_spark


def write(writer, save, path):
    operation = writer._write
    mode = (operation.mode or "error").lower()
    if mode == "ignore" and any(True for _ in objects.under(path)):
        return
    keys = (
        [operation.partitioning_cols]
        if isinstance(operation.partitioning_cols, str)
        else list(operation.partitioning_cols)
    )
    asked = operation.options.get("partitionOverwriteMode") or writer._spark.conf.get(DYNAMIC, "static")
    replace_partitions = mode == "overwrite" and bool(keys) and asked.lower() == "dynamic"
    files = None if keys else asked_files(writer._df)
    if not replace_partitions and files is None:
        return save(writer, path)
    if mode in ("error", "errorifexists", "default") and any(True for _ in objects.under(path)):
        from pyspark.errors import AnalysisException

        raise AnalysisException(f"[PATH_ALREADY_EXISTS] Path {path} already exists. SQLSTATE: 42K04")
    stage = f"{path.rstrip('/')}/_temporary/{uuid.uuid4().hex}"
    try:
        if files is not None:
            in_files(writer, files)
        operation.mode = "append"
        save(writer, stage)
        if replace_partitions:
            replace = "partitions"
        else:
            replace = "all" if mode == "overwrite" else "nothing"
        publish(stage, path, replace)
    finally:
        bucket, prefix = objects.split(stage)
        objects.delete(bucket, [found["Key"] for found in objects.under(stage)])


def asked_files(plan):
    """How many files a plan asks for: `coalesce(n)` or `repartition(n)`, and nothing after it that
    moves rows between partitions."""
    from pyspark.sql.connect import plan as plans

    keep = (
        plans.Project,
        plans.Filter,
        plans.WithColumns,
        plans.WithColumnsRenamed,
        plans.Drop,
        plans.SubqueryAlias,
        plans.ToDF,
        plans.ToSchema,
    )
    while isinstance(plan, keep):
        plan = plan._child
    return plan._num_partitions if isinstance(plan, plans.Repartition) else None


def in_files(writer, files):
    """Lets the rows go to that many files. A folder of a key becomes one file, in the order of the
    rows."""
    from pyspark.sql import functions as F
    from pyspark.sql.connect import plan as plans
    from pyspark.sql.connect.dataframe import DataFrame

    plan = writer._write._child
    if files == 1:
        # One folder is one partition anyway, and Sail's coalesce would lose the order of the rows.
        plan, number = (plan._child if isinstance(plan, plans.Repartition) else plan), F.lit(0)
    else:
        number = F.monotonically_increasing_id() % files
    frame = DataFrame(plan, writer._spark).withColumn(FILE, number)
    writer._write._child = frame._plan
    writer._write.partitioning_cols = [FILE]


def publish(stage, path, replace):
    """Brings staged files to their place, after removing what they replace."""
    bucket, staged_prefix = objects.split(stage.rstrip("/") + "/")
    _, prefix = objects.split(path.rstrip("/") + "/")
    moves = []
    for found in objects.under(stage):
        below = found["Key"][len(staged_prefix) :].split("/")
        folders = [part for part in below[:-1] if not part.startswith(FILE + "=")]
        moves.append((found["Key"], prefix + "/".join([*folders, below[-1]])))
    if len({target for _, target in moves}) < len(moves):
        moves = [(source, numbered(target, number)) for number, (source, target) in enumerate(moves)]
    doomed = []
    if replace == "all":
        doomed = [
            found["Key"]
            for found in objects.under(path)
            if not found["Key"].startswith(prefix + "_temporary/")
        ]
    elif replace == "partitions":
        for folder in {target.rsplit("/", 1)[0] + "/" for _, target in moves}:
            doomed += [found["Key"] for found in objects.listed(f"s3://{bucket}/{folder}")]
    objects.delete(bucket, doomed)
    for source, target in moves:
        objects.client().copy({"Bucket": bucket, "Key": source}, bucket, target)


def numbered(target, number):
    folder, _, name = target.rpartition("/")
    return f"{folder}/part-{number:05d}-{name}"
