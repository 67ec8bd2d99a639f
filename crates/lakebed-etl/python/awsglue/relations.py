"""Nested rows as flat tables: `relationalize`."""

import uuid


def relationalized(frame, root, staging_path):
    """The root table and one for each array: rows of it have the array's `id` in its parent's
    column, their `index`, and what was in the array as `COLUMN.val`.

    Ids are given once and kept in the staging path, or they would differ between the tables.
    """
    if not staging_path:
        raise ValueError("relationalize keeps intermediate tables in S3 and takes a staging_path")
    tables = {}
    _add(frame, root, staging_path.rstrip("/"), tables)
    return tables


def _add(frame, name, staging_path, tables):
    from pyspark.sql import functions as F
    from pyspark.sql.types import ArrayType

    from awsglue.fields import flattened

    flat = flattened(frame)
    arrays = [field.name for field in flat.schema.fields if isinstance(field.dataType, ArrayType)]
    if not arrays:
        tables[name] = flat
        return
    place = f"{staging_path}/{uuid.uuid4().hex}"
    flat.withColumn("_id", F.monotonically_increasing_id()).write.parquet(place)
    kept = frame.sparkSession.read.parquet(place)
    columns = [
        F.when(F.col(f"`{column}`").isNotNull(), F.col("_id")).alias(column)
        if column in arrays
        else F.col(f"`{column}`")
        for column in flat.columns
    ]
    tables[name] = kept.select(*columns)
    for column in arrays:
        items = kept.where(F.col(f"`{column}`").isNotNull()).select(
            F.col("_id").alias("id"), F.posexplode(F.col(f"`{column}`")).alias("index", f"{column}.val")
        )
        value = next(field for field in items.schema.fields if field.name == f"{column}.val")
        fields = getattr(value.dataType, "fields", None)
        if fields is not None:
            inner = [
                F.col(f"`{value.name}`.`{field.name}`").alias(f"{value.name}.{field.name}")
                for field in fields
            ]
            items = items.select("id", "index", *inner)
        _add(items, f"{name}_{column}", staging_path, tables)
