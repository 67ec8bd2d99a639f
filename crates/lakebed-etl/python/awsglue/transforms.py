"""Transforms as classes: `ApplyMapping.apply(frame=..., ...)`. Glue PySpark transforms reference."""

from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection


class GlueTransform:
    """A transform; its class and its objects do the same."""

    @classmethod
    def apply(cls, *args, **kwargs):
        return cls()(*args, **kwargs)

    @classmethod
    def name(cls):
        return cls.__name__

    def __call__(self, *args, **kwargs):
        raise NotImplementedError(f"{self.name()} cannot be called")


def _transform(name, call, doc):
    return type(
        name,
        (GlueTransform,),
        {"__call__": lambda self, *args, **kwargs: call(*args, **kwargs), "__doc__": doc},
    )


def _without_context(options):
    return {
        name: value
        for name, value in options.items()
        if name not in ("transformation_ctx", "info", "stageThreshold", "totalThreshold")
    }


def _of_frame(name, method, doc, renamed=()):
    """A transform that is a method of its frame."""

    def call(frame, *args, **kwargs):
        options = _without_context(kwargs)
        for public, own in renamed:
            if public in options:
                options[own] = options.pop(public)
        return getattr(frame, method)(*args, **options)

    return _transform(name, call, doc)


ApplyMapping = _of_frame("ApplyMapping", "apply_mapping", "Maps columns and their types.")
SelectFields = _of_frame("SelectFields", "select_fields", "Keeps some fields.")
DropFields = _of_frame("DropFields", "drop_fields", "Leaves some fields out.")
RenameField = _of_frame(
    "RenameField", "rename_field", "Renames a field.", [("old_name", "oldName"), ("new_name", "newName")]
)
Filter = _of_frame("Filter", "filter", "Keeps the records a function says.")
Map = _of_frame("Map", "map", "Changes each record by a function.")
ResolveChoice = _of_frame("ResolveChoice", "resolveChoice", "Gives columns one type.")
Relationalize = _of_frame(
    "Relationalize", "relationalize", "Makes nested rows flat tables.", [("name", "root_table_name")]
)
Unbox = _of_frame("Unbox", "unbox", "Reads JSON out of a text column.")
UnnestFrame = _of_frame("UnnestFrame", "unnest", "Makes fields of structs columns.")
SplitFields = _of_frame("SplitFields", "split_fields", "Divides a frame by its fields.")
SplitRows = _of_frame("SplitRows", "split_rows", "Divides a frame by its rows.")
DropNullFields = _of_frame("DropNullFields", "drop_null_fields", "Leaves out fields without any value.")
Spigot = _of_frame("Spigot", "spigot", "Writes a sample beside.")
ErrorsAsDynamicFrame = _of_frame("ErrorsAsDynamicFrame", "errorsAsDynamicFrame", "Records that failed: none.")


def _join(frame1, frame2, keys1, keys2, **_):
    return frame1.join(keys1, keys2, frame2)


def _select_from_collection(dfc, key, **_):
    return dfc.select(key)


def _flat_map(dfc, BaseTransform, frame_name, base_kwargs=None, **_):
    """A transform over each frame of a collection."""
    options = base_kwargs or {}
    made = {}
    for key, frame in dfc.items():
        result = BaseTransform.apply(**{frame_name: frame, **options})
        if isinstance(result, DynamicFrameCollection):
            made.update({f"{key}_{name}": one for name, one in result.items()})
        else:
            made[key] = result
    return DynamicFrameCollection(made, dfc._glue_ctx)


Join = _transform("Join", _join, "Joins two frames where fields are equal.")
SelectFromCollection = _transform(
    "SelectFromCollection", _select_from_collection, "One frame of a collection."
)
FlatMap = _transform("FlatMap", _flat_map, "Applies a transform to each frame of a collection.")
MapToCollection = _transform(
    "MapToCollection", _flat_map, "Applies a transform to each frame of a collection."
)

__all__ = [
    "ApplyMapping",
    "DropFields",
    "DropNullFields",
    "DynamicFrame",
    "DynamicFrameCollection",
    "ErrorsAsDynamicFrame",
    "Filter",
    "FlatMap",
    "GlueTransform",
    "Join",
    "Map",
    "MapToCollection",
    "Relationalize",
    "RenameField",
    "ResolveChoice",
    "SelectFields",
    "SelectFromCollection",
    "Spigot",
    "SplitFields",
    "SplitRows",
    "Unbox",
    "UnnestFrame",
]
