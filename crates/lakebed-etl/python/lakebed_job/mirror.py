"""The Data Catalog in Spark SQL: `spark.sql("… FROM db.table")`, `spark.table`, `saveAsTable`,
`insertInto`.

Sail keeps a catalog in memory. A table is mirrored into it when a statement names it, and what a
script makes or drops is made or dropped in the Data Catalog.
"""

import re


NAME = r"`?([A-Za-z_][\w-]*)`?\s*\.\s*`?([A-Za-z_]\w*)`?"
_mirrored = {}


def guard():
    from pyspark.sql.connect.catalog import Catalog
    from pyspark.sql.connect.readwriter import DataFrameReader, DataFrameWriter
    from pyspark.sql.connect.session import SparkSession

    sql, table = SparkSession.sql, DataFrameReader.table

    def sql_with_catalog(self, sqlQuery, args=None, **kwargs):
        done = carry_out(self, sqlQuery, lambda text: sql_with_catalog(self, text, args, **kwargs))
        if done is not None:
            return done
        mirror_named(self, sqlQuery, sql)
        return sql(self, sqlQuery, args, **kwargs)

    def table_with_catalog(self, tableName):
        mirror_named(self._client, qualified(self._client, tableName), sql)
        return table(self, tableName)

    def save_as_table(self, name, format=None, mode=None, partitionBy=None, **options):
        self.mode(mode).options(**options)
        if partitionBy is not None:
            self.partitionBy(partitionBy)
        if format is not None:
            self.format(format)
        save_table(self, qualified(self._spark, name))

    def insert_into(self, tableName, overwrite=None):
        if overwrite is not None:
            self.mode("overwrite" if overwrite else "append")
        insert(self, qualified(self._spark, tableName))

    def table_exists(self, tableName, dbName=None):
        from awsglue import catalog_tables

        database, name = split(
            f"{dbName}.{tableName}" if dbName else qualified(self._sparkSession, tableName)
        )
        return bool(database and catalog_tables.find(database, name)) or is_view(self, tableName)

    def database_exists(self, dbName):
        return dbName in databases()

    is_view = Catalog.tableExists
    SparkSession.sql = sql_with_catalog
    SparkSession.table = lambda self, tableName: self.read.table(tableName)
    DataFrameReader.table = table_with_catalog
    DataFrameWriter.saveAsTable = save_as_table
    DataFrameWriter.insertInto = insert_into
    Catalog.tableExists = table_exists
    Catalog.databaseExists = database_exists


def databases():
    from awsglue import catalog_tables

    pages = catalog_tables.glue().get_paginator("get_databases").paginate()
    return [database["Name"] for page in pages for database in page["DatabaseList"]]


def qualified(session, name):
    """A table's name with its database: the current one unless it names one."""
    if "." in name:
        return name
    current = session.catalog.currentDatabase()
    return f"{current}.{name}"


def split(name):
    found = re.fullmatch(NAME, name.strip())
    return found.groups() if found else (None, None)


def mirror_named(session, text, sql):
    """Mirrors the tables that a statement names."""
    named = set(re.findall(NAME, text))
    current = session.catalog.currentDatabase()
    if current != "default":
        words = re.findall(
            r"\b(?:from|join|table|into)\s+`?([A-Za-z_]\w*)`?(?!\s*[.\w`(])", text, re.IGNORECASE
        )
        named |= {(current, word) for word in words}
    if not named:
        return
    from awsglue import catalog_tables

    known = {name.lower(): name for name in databases()}
    for database, name in named:
        database = known.get(database.lower())
        table = catalog_tables.find(database, name.lower()) if database else None
        if table is not None:
            mirror(session, database, table, sql)


def mirror(session, database, table, sql):
    """Makes a table of Sail's over a table's files, anew if the catalog's has changed."""
    from awsglue.sources import files_of

    name = f"`{database}`.`{table['Name']}`"
    version = (table.get("VersionId"), table.get("UpdateTime"))
    if _mirrored.get(name) == version:
        return
    files = files_of(table, database)
    sql(session, f"CREATE DATABASE IF NOT EXISTS `{database}`")
    sql(session, f"DROP TABLE IF EXISTS {name}")
    keys = [(key["Name"], key["Type"]) for key in table.get("PartitionKeys", [])]
    columns = ", ".join(f"`{column}` {kind}" for column, kind in [*files.columns, *keys])
    given = {**files.options, "allowTruncatedRows": "true"} if files.form == "csv" else files.options
    options = ", ".join(f"'{key}' '{escaped(value)}'" for key, value in given.items())
    statement = f"CREATE TABLE {name} ({columns}) USING {files.form}"
    if options:
        statement += f" OPTIONS ({options})"
    if keys:
        statement += " PARTITIONED BY (" + ", ".join(f"`{key}`" for key, _ in keys) + ")"
    sql(session, f"{statement} LOCATION '{escaped(table['StorageDescriptor']['Location'])}'")
    _mirrored[name] = version


def escaped(text):
    return text.replace("\\", "\\\\").replace("'", "\\'")


def carry_out(session, statement, again):
    """Does in the Data Catalog what a statement asks of it; none if it asks nothing of it."""
    from awsglue import catalog_tables

    text = statement.strip().rstrip(";").strip()
    glue = catalog_tables.glue
    nothing = lambda: session.range(0).drop("id")
    if found := re.fullmatch(
        r"CREATE\s+(?:DATABASE|SCHEMA)\s+(IF\s+NOT\s+EXISTS\s+)?`?([\w-]+)`?(?:\s+LOCATION\s+'([^']*)')?",
        text,
        re.I,
    ):
        lenient, name, location = found.groups()
        if not (lenient and name in databases()):
            described = {"Name": name, **({"LocationUri": location} if location else {})}
            glue().create_database(DatabaseInput=described)
        return nothing()
    if found := re.fullmatch(rf"DROP\s+TABLE\s+(IF\s+EXISTS\s+)?{NAME}(?:\s+PURGE)?", text, re.I):
        lenient, database, name = found.groups()
        if catalog_tables.find(database, name) or not lenient:
            glue().delete_table(DatabaseName=database, Name=name)
        _mirrored.pop(f"`{database}`.`{name}`", None)
        return nothing()
    if found := re.fullmatch(rf"MSCK\s+REPAIR\s+TABLE\s+{NAME}", text, re.I):
        catalog_tables.add_partitions(*found.groups())
        return nothing()
    if found := re.fullmatch(rf"REFRESH\s+TABLE\s+{NAME}", text, re.I):
        _mirrored.pop("`{}`.`{}`".format(*found.groups()), None)
        return nothing()
    if found := re.fullmatch(r"USE\s+(?:DATABASE\s+)?`?([\w-]+)`?", text, re.I):
        if found.group(1) in databases():
            mirror_database(session, found.group(1))
            session.catalog.setCurrentDatabase(found.group(1))
            return nothing()
    if re.fullmatch(r"SHOW\s+(?:DATABASES|SCHEMAS)", text, re.I):
        return session.createDataFrame([(name,) for name in databases()], "namespace string")
    if found := re.fullmatch(rf"SHOW\s+PARTITIONS\s+{NAME}", text, re.I):
        table = catalog_tables.get(*found.groups())
        keys = [key["Name"] for key in table.get("PartitionKeys", [])]
        rows = [
            ("/".join(f"{key}={value}" for key, value in zip(keys, partition["Values"])),)
            for partition in catalog_tables.partitions(*found.groups())
        ]
        return session.createDataFrame(rows, "partition string")
    if found := re.match(
        rf"INSERT\s+(INTO|OVERWRITE)\s+(?:TABLE\s+)?{NAME}\s+(?=SELECT|WITH|VALUES|TABLE|FROM)", text, re.I
    ):
        verb, database, name = found.groups()
        rows = again(text[found.end() :])
        rows.write.insertInto(f"{database}.{name}", overwrite=verb.upper() == "OVERWRITE")
        return nothing()
    if found := re.match(rf"CREATE\s+(EXTERNAL\s+)?TABLE\s+(IF\s+NOT\s+EXISTS\s+)?{NAME}", text, re.I):
        if found.group(3) in databases():
            raise NotImplementedError(
                f"CREATE TABLE {found.group(3)}.{found.group(4)} in spark.sql is not carried out here; "
                "use saveAsTable, or create it in Athena"
            )
    return None


def mirror_database(session, name):
    from pyspark.sql.connect.plan import SQL
    from pyspark.sql.connect.dataframe import DataFrame

    DataFrame(SQL(f"CREATE DATABASE IF NOT EXISTS `{name}`"), session).collect()


def save_table(writer, qualified_name):
    """Writes a table and makes it in the Data Catalog: under the option `path`, or in its database's
    location."""
    from awsglue import catalog_tables
    from pyspark.errors import AnalysisException
    from pyspark.sql.connect.dataframe import DataFrame

    database, name = split(qualified_name)
    operation = writer._write
    table = catalog_tables.find(database, name)
    mode = (operation.mode or "error").lower()
    if table is not None and mode == "ignore":
        return
    if table is not None and mode in ("error", "errorifexists", "default"):
        raise AnalysisException(
            f"[TABLE_OR_VIEW_ALREADY_EXISTS] Cannot create table or view {qualified_name} because it already exists."
        )
    location = operation.options.pop("path", None)
    if table is not None and mode == "append":
        insert(writer, qualified_name)
        return
    if location is None and table is not None:
        location = table["StorageDescriptor"]["Location"]
    if location is None:
        described = catalog_tables.glue().get_database(Name=database)["Database"]
        if not described.get("LocationUri"):
            raise AnalysisException(
                f"the database '{database}' has no location: say .option('path', 's3://…')"
            )
        location = f"{described['LocationUri'].rstrip('/')}/{name}/"
    form = operation.source or "parquet"
    if form not in catalog_tables.FORMATS:
        raise ValueError(
            f"the format '{form}' cannot be written by Spark scripts here; parquet, csv and json can"
        )
    keys = (
        [operation.partitioning_cols]
        if isinstance(operation.partitioning_cols, str)
        else list(operation.partitioning_cols)
    )
    schema = DataFrame(writer._df, writer._spark).schema
    header = operation.options.get("header", "false") == "true"
    separator = operation.options.get("sep", ",")
    # The table's rows are all new, whatever lay there.
    writer.mode("overwrite").save(location)
    if table is not None:
        catalog_tables.glue().delete_table(DatabaseName=database, Name=name)
    catalog_tables.record(database, name, location, form, schema, keys, header=header, separator=separator)


def insert(writer, qualified_name):
    """Adds rows to a table, or replaces its rows: by position, as SQL does."""
    from awsglue import catalog_tables
    from awsglue.sources import files_of
    from pyspark.errors import AnalysisException
    from pyspark.sql import functions as F
    from pyspark.sql.connect.dataframe import DataFrame

    database, name = split(qualified_name)
    table = catalog_tables.get(database, name)
    files = files_of(table, database)
    keys = [(key["Name"], key["Type"]) for key in table.get("PartitionKeys", [])]
    columns = [*files.columns, *keys]
    session = writer._spark
    frame = DataFrame(writer._df, session)
    if len(frame.columns) != len(columns):
        raise AnalysisException(
            f"[INSERT_COLUMN_ARITY_MISMATCH] {qualified_name} has {len(columns)} columns, the data has {len(frame.columns)}"
        )
    passing = frame.toDF(*[f"_{number}" for number in range(len(columns))])
    shaped = passing.select(
        *[F.col(f"_{number}").cast(kind).alias(column) for number, (column, kind) in enumerate(columns)]
    )
    mode = (writer._write.mode or "append").lower()
    out = (
        shaped.write.mode("overwrite" if mode == "overwrite" else "append")
        .format(files.form)
        .options(**files.options)
    )
    if keys:
        out = out.partitionBy(*[key for key, _ in keys])
    out.save(table["StorageDescriptor"]["Location"])
    if keys:
        catalog_tables.add_partitions(database, name)
    _mirrored.pop(f"`{database}`.`{table['Name']}`", None)
