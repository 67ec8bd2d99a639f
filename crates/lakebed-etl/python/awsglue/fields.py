"""Columns and fields of structs, named by paths: `a`, `a.b`, and `` `a.b` `` for a column of that
name."""

import re


def parts(path):
    """A path's steps."""
    if path.startswith("`") and path.endswith("`") and "`" not in path[1:-1]:
        return [path[1:-1]]
    return [quoted or plain for quoted, plain in re.findall(r"`([^`]+)`|([^.`]+)", path)]


def column(path):
    from pyspark.sql import functions as F

    return F.col(".".join(f"`{part}`" for part in parts(path)))


def find(schema, path, case_sensitive=False):
    """The steps of a path as the schema writes them; none if it has no such field."""
    from pyspark.sql.types import StructType

    same = (
        (lambda one, other: one == other)
        if case_sensitive
        else (lambda one, other: one.lower() == other.lower())
    )
    wanted = parts(path)
    # A column may itself be called `a.b`.
    for field in schema.fields:
        if same(field.name, path.strip("`")):
            return [field.name]
    found, kind = [], schema
    for part in wanted:
        if not isinstance(kind, StructType):
            return None
        field = next((field for field in kind.fields if same(field.name, part)), None)
        if field is None:
            return None
        found.append(field.name)
        kind = field.dataType
    return found


def check_action(action):
    """The type that an action of resolveChoice casts to; none if it takes choices apart."""
    verb, separator, kind = action.partition(":")
    if verb in ("cast", "project") and separator:
        return {"long": "bigint", "integer": "int", "short": "smallint", "byte": "tinyint"}.get(kind, kind)
    if action in ("make_cols", "make_struct"):
        return None
    raise ValueError(
        f"resolveChoice knows cast:TYPE, project:TYPE, make_cols, make_struct and match_catalog, got '{action}'"
    )


def mapped(frame, mappings, case_sensitive):
    """ApplyMapping: what is not there is left out; a target `a.b` makes a struct."""
    from pyspark.sql import functions as F

    schema = frame.schema
    tree = {}
    for mapping in mappings:
        if len(mapping) == 4:
            source, _, target, kind = mapping
        elif len(mapping) == 2:
            (source, target), kind = mapping, None
        else:
            raise ValueError(f"a mapping is (source, type, target, type) or (source, target), got {mapping}")
        steps = find(schema, source, case_sensitive)
        if steps is None:
            continue
        value = F.col(".".join(f"`{step}`" for step in steps))
        if kind:
            value = value.cast(spark_type(kind))
        *outer, last = parts(target)
        branch = tree
        for step in outer:
            branch = branch.setdefault(step, {})
        branch[last] = value
    return frame.select(*[_built(value).alias(name) for name, value in tree.items()])


def _built(value):
    from pyspark.sql import functions as F

    if isinstance(value, dict):
        return F.struct(*[_built(one).alias(name) for name, one in value.items()])
    return value


def spark_type(kind):
    """Spark's name of a type of Glue's."""
    return {"long": "bigint", "integer": "int", "short": "smallint", "byte": "tinyint"}.get(
        kind.lower(), kind
    )


def selected(frame, wanted):
    """The columns of paths, those of structs with their structs; what is not there is left out."""
    from pyspark.sql import functions as F

    schema, tree = frame.schema, {}
    for path in wanted:
        steps = find(schema, path)
        if steps is None:
            continue
        branch = tree
        for step in steps[:-1]:
            branch = branch.setdefault(step, {})
        branch[steps[-1]] = F.col(".".join(f"`{step}`" for step in steps))
    return frame.select(*[_built(value).alias(name) for name, value in tree.items()])


def dropped(frame, unwanted):
    for path in unwanted:
        steps = find(frame.schema, path)
        if steps is None:
            continue
        if len(steps) == 1:
            frame = frame.drop(steps[0])
        else:
            frame = _changed(frame, steps, lambda _: None)
    return frame


def renamed(frame, old, new):
    steps = find(frame.schema, old)
    if steps is None:
        raise ValueError(f"no field '{old}'; there are: {', '.join(frame.columns)}")
    target = parts(new)[-1] if new.startswith("`") or len(steps) > 1 else new
    if len(steps) == 1:
        return frame.withColumnRenamed(steps[0], target)
    return _changed(frame, steps, lambda value: {target: value})


def replaced(frame, path, change):
    """The frame with one field changed, where it was."""
    steps = find(frame.schema, path)
    if steps is None:
        return frame
    if len(steps) == 1:
        return frame.withColumn(steps[0], change(column(f"`{steps[0]}`")))
    return _changed(frame, steps, lambda value: {steps[-1]: change(value)})


def _changed(frame, steps, change):
    """Rebuilds the struct that a field is of: `change` gives the fields instead of it, by name."""
    from pyspark.sql import functions as F

    def build(kind, before, rest):
        fields = []
        for field in kind.fields:
            value = before[field.name]
            if field.name != rest[0]:
                fields.append(value.alias(field.name))
            elif len(rest) > 1:
                fields.append(build(field.dataType, value, rest[1:]).alias(field.name))
            else:
                fields += [one.alias(name) for name, one in (change(value) or {}).items()]
        return F.when(before.isNotNull(), F.struct(*fields))

    top = steps[0]
    kind = next(field.dataType for field in frame.schema.fields if field.name == top)
    return frame.withColumn(top, build(kind, F.col(f"`{top}`"), steps[1:]))


def flattened(frame):
    from pyspark.sql import functions as F
    from pyspark.sql.types import StructType

    def leaves(kind, steps):
        for field in kind.fields:
            if isinstance(field.dataType, StructType):
                yield from leaves(field.dataType, [*steps, field.name])
            else:
                yield [*steps, field.name]

    return frame.select(
        *[
            F.col(".".join(f"`{step}`" for step in steps)).alias(".".join(steps))
            for steps in leaves(frame.schema, [])
        ]
    )


def joined(left, keys, right, other_keys):
    """An equality join. A column of the right frame that the left one has too gets a dot before its
    name."""
    from functools import reduce

    if len(keys) != len(other_keys) or not keys:
        raise ValueError(
            f"a join takes as many fields of one frame as of the other, got {keys} and {other_keys}"
        )
    taken = set(left.columns)
    names = {name: f".{name}" if name in taken else name for name in right.columns}
    right = right.toDF(*names.values())
    tests = [
        column(key) == column(f"`{names.get(other, other)}`" if other in names else other)
        for key, other in zip(keys, other_keys)
    ]
    return left.join(right, reduce(lambda one, other: one & other, tests), "inner")
