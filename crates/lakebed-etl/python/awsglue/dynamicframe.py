"""DynamicFrame: a DataFrame with Glue's own operations. Glue PySpark extensions reference,
"DynamicFrame".

A column has one type here: what Glue would read as a choice of types is text. So `resolveChoice`
casts, and has nothing to do where it would take a choice apart.
"""

from awsglue import fields, records


class DynamicFrame:
    def __init__(self, frame, glue_ctx, name=""):
        self._df = frame
        self.glue_ctx = glue_ctx
        self.name = name

    @classmethod
    def fromDF(cls, dataframe, glue_ctx, name=""):
        """Takes a DataFrame as it is."""
        return cls(dataframe, glue_ctx, name)

    def toDF(self, options=None):
        """The DataFrame, its columns cast as `options` (of `ResolveOption`) say."""
        frame = self._df
        for option in options or []:
            if option.action == "Cast":
                frame = fields.replaced(
                    frame, option.path, lambda column, kind=option.target: column.cast(kind)
                )
        return frame

    def _with(self, frame, name=None):
        return DynamicFrame(frame, self.glue_ctx, name or self.name)

    # Looking at it.

    def count(self):
        return self._df.count()

    def schema(self):
        return self._df.schema

    def printSchema(self):
        self._df.printSchema()

    def show(self, num_rows=20):
        """Prints rows as JSON, one a line."""
        for row in records.as_json(self._df.limit(num_rows)):
            print(row)

    def getNumPartitions(self):
        return 1

    def errorsCount(self):
        return 0

    def stageErrorsCount(self):
        return 0

    def assertErrorThreshold(self):
        pass

    def errorsAsDynamicFrame(self):
        return self._with(self._df.limit(0))

    # Columns.

    def apply_mapping(
        self,
        mappings,
        case_sensitive=False,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        return self._with(fields.mapped(self._df, mappings, case_sensitive))

    def select_fields(self, paths, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return self._with(fields.selected(self._df, _listed(paths)))

    def drop_fields(self, paths, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return self._with(fields.dropped(self._df, _listed(paths)))

    def rename_field(
        self, oldName, newName, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0
    ):
        return self._with(fields.renamed(self._df, oldName, newName))

    def resolveChoice(
        self,
        specs=None,
        choice="",
        database=None,
        table_name=None,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
        catalog_id=None,
    ):
        if bool(specs) == bool(choice):
            raise ValueError("resolveChoice takes either specs or choice")
        if choice == "match_catalog":
            from awsglue import catalog_tables

            table = catalog_tables.get(database, table_name)
            kinds = {
                column["Name"]: column["Type"]
                for column in [*table["StorageDescriptor"]["Columns"], *table.get("PartitionKeys", [])]
            }
            specs = [
                (name, f"cast:{kinds[name.lower()]}") for name in self._df.columns if name.lower() in kinds
            ]
        elif choice:
            # It is meant for columns with a choice of types, and there are none.
            fields.check_action(choice)
            return self
        frame = self._df
        for path, action in specs:
            kind = fields.check_action(action)
            if kind:
                frame = fields.replaced(frame, path, lambda column, kind=kind: column.cast(kind))
        return self._with(frame)

    def drop_null_fields(self):
        from pyspark.sql import functions as F

        names = self._df.columns
        if not names:
            return self
        counts = self._df.agg(
            *[F.count(F.col(f"`{name}`")).alias(f"c{number}") for number, name in enumerate(names)]
        ).collect()[0]
        kept = [name for number, name in enumerate(names) if counts[number] > 0]
        return self._with(self._df.select(*[F.col(f"`{name}`") for name in kept]))

    def unnest(self, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """Fields of structs as columns `a.b`."""
        return self._with(fields.flattened(self._df))

    def unbox(
        self, path, format, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0, **options
    ):
        """A column of JSON text as what the text says."""
        if format != "json":
            raise ValueError(f"unbox reads json here, got '{format}'")
        from pyspark.sql import functions as F

        from awsglue.json_schema import infer

        schema = infer(self._df.select(fields.column(path).alias("value")))
        return self._with(fields.replaced(self._df, path, lambda column: F.from_json(column, schema)))

    # Rows.

    def filter(self, f, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return self._with(records.filtered(self._df, f))

    def map(
        self,
        f,
        preservesPartitioning=False,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        return self._with(records.mapped(self._df, f))

    def join(
        self, paths1, paths2, frame2, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0
    ):
        return self._with(fields.joined(self._df, _listed(paths1), frame2.toDF(), _listed(paths2)))

    def union(self, frame2, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return self._with(self._df.unionByName(frame2.toDF(), allowMissingColumns=True))

    def mergeDynamicFrame(
        self,
        stage_dynamic_frame,
        primary_keys,
        transformation_ctx="",
        options=None,
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        """Rows of the stage frame instead of those with the same keys."""
        keys = _listed(primary_keys)
        staged = stage_dynamic_frame.toDF()
        kept = self._df.join(staged.select(*keys).distinct(), on=keys, how="left_anti")
        return self._with(kept.unionByName(staged, allowMissingColumns=True))

    def repartition(self, num_partitions, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return self._with(self._df.repartition(num_partitions))

    def coalesce(
        self,
        num_partitions,
        shuffle=False,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        return self._with(self._df.coalesce(num_partitions))

    # Several frames.

    def split_fields(
        self, paths, name1, name2, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0
    ):
        chosen = _listed(paths)
        frames = {
            name1: self._with(fields.selected(self._df, chosen), name1),
            name2: self._with(fields.dropped(self._df, chosen), name2),
        }
        return DynamicFrameCollection(frames, self.glue_ctx)

    def split_rows(
        self,
        comparison_dict,
        name1,
        name2,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        from functools import reduce

        from pyspark.sql import functions as F

        compare = {
            "=": lambda column, value: column == value,
            "!=": lambda column, value: column != value,
            "<": lambda column, value: column < value,
            "<=": lambda column, value: column <= value,
            ">": lambda column, value: column > value,
            ">=": lambda column, value: column >= value,
        }
        tests = [
            compare[operator](fields.column(path), F.lit(value))
            for path, wanted in comparison_dict.items()
            for operator, value in wanted.items()
        ]
        fits = F.coalesce(reduce(lambda one, other: one & other, tests), F.lit(False))
        frames = {
            name1: self._with(self._df.where(fits), name1),
            name2: self._with(self._df.where(~fits), name2),
        }
        return DynamicFrameCollection(frames, self.glue_ctx)

    def relationalize(
        self,
        root_table_name,
        staging_path,
        options=None,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        from awsglue.relations import relationalized

        tables = relationalized(self._df, root_table_name, staging_path)
        return DynamicFrameCollection(
            {name: self._with(frame, name) for name, frame in tables.items()}, self.glue_ctx
        )

    # Elsewhere.

    def spigot(self, path, options=None, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """Writes some rows as JSON; the answer is the frame itself."""
        options = options or {}
        sample = self._df
        if options.get("prob") is not None:
            sample = sample.sample(float(options["prob"]))
        if options.get("topk") is not None:
            sample = sample.limit(int(options["topk"]))
        sample.write.mode("append").json(path)
        return self

    def write(
        self, connection_type, connection_options=None, format=None, format_options=None, accumulator_size=0
    ):
        return self.glue_ctx.write_dynamic_frame.from_options(
            self, connection_type, connection_options or {}, format, format_options or {}
        )


class DynamicFrameCollection:
    """DynamicFrames by name."""

    def __init__(self, dynamic_frames, glue_ctx):
        self._frames = dict(dynamic_frames)
        self._glue_ctx = glue_ctx

    def keys(self):
        return self._frames.keys()

    def values(self):
        return self._frames.values()

    def items(self):
        return self._frames.items()

    def select(self, key, transformation_ctx=""):
        if key not in self._frames:
            raise KeyError(f"no frame '{key}'; there are: {', '.join(self._frames)}")
        return self._frames[key]

    __getitem__ = select

    def __len__(self):
        return len(self._frames)

    def map(self, callable, transformation_ctx=""):
        return DynamicFrameCollection(
            {key: callable(frame, transformation_ctx) for key, frame in self.items()}, self._glue_ctx
        )


def _listed(names):
    return [names] if isinstance(names, str) else list(names)
