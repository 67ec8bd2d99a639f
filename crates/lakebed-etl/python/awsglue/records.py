"""A user's own functions over records."""

import datetime
import decimal
import json

from awsglue.json_schema import ddl, merge
from awsglue.json_schema import kind_of as kind_of_json


class DynamicRecord(dict):
    """A record as `filter` and `map` hand it out: fields by `[...]` and as attributes."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name, value):
        self[name] = value


def record(value):
    if isinstance(value, dict):
        return DynamicRecord({name: record(one) for name, one in value.items()})
    if isinstance(value, list):
        return [record(one) for one in value]
    return value


def filtered(frame, keep):
    """The records for which `keep` holds."""

    def of_batches(batches):
        import pyarrow

        for batch in batches:
            kept = [bool(keep(record(row))) for row in batch.to_pylist()]
            yield batch.filter(pyarrow.array(kept, pyarrow.bool_()))

    return frame.mapInArrow(of_batches, frame.schema)


def mapped(frame, change):
    """What `change` makes of each record. The types are those of the values it gives, found by a
    first pass over them."""
    from functools import reduce

    from pyspark.sql import functions as F

    def of_batches(batches):
        import pyarrow

        for batch in batches:
            rows = [change(record(row)) for row in batch.to_pylist()]
            values = [json.dumps(row, default=as_text) for row in rows]
            kinds = [json.dumps(kind_of(row)) for row in rows]
            yield pyarrow.RecordBatch.from_arrays(
                [pyarrow.array(values, pyarrow.string()), pyarrow.array(kinds, pyarrow.string())],
                ["value", "kind"],
            )

    texts = frame.mapInArrow(of_batches, "value string, kind string")
    kinds = [json.loads(row[0]) for row in texts.select("kind").distinct().collect()]
    whole = reduce(merge, kinds, None)
    if not isinstance(whole, dict):
        return frame.limit(0)
    # Fields stay where they were; new ones follow.
    fields = whole["fields"]
    order = [name for name in frame.columns if name in fields] + [
        name for name in fields if name not in frame.columns
    ]
    schema = ", ".join(f"`{name}` {ddl(fields[name])}" for name in order)
    return texts.select(F.from_json("value", schema).alias("_row")).select("_row.*")


def kind_of(value):
    """The type of a Python value, in the terms of `json_schema`."""
    if isinstance(value, datetime.datetime):
        return "timestamp"
    if isinstance(value, datetime.date):
        return "date"
    if isinstance(value, decimal.Decimal):
        return "decimal(38,18)"
    if isinstance(value, (list, tuple)):
        element = None
        for one in value:
            element = merge(element, kind_of(one))
        return {"element": element}
    if isinstance(value, dict):
        return {"fields": {name: kind_of(one) for name, one in value.items()}}
    return kind_of_json(value)


def as_text(value):
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return str(value)


def as_json(frame):
    """The rows, each as JSON; fields without a value are left out."""
    return [
        json.dumps(_without_nulls(row.asDict(recursive=True)), default=as_text) for row in frame.collect()
    ]


def _without_nulls(value):
    return {name: one for name, one in value.items() if one is not None}
