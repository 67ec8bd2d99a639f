"""The schema of JSON lines, from all of them."""

import json

# What a column is called that no single type fits.
CHOICE = "choice"


def infer(lines, whole="int"):
    """The schema, as Spark's DDL, of a DataFrame of JSON lines in its column `value`.

    `whole` is the type of whole numbers that fit into an int: Glue's own reader says int, Spark's
    says bigint.

    A field with whole and broken numbers is a double; one with values of kinds that do not fit
    together is text, as `resolveChoice` with `cast:string` would make it.
    """
    from functools import reduce

    found = lines.select("value").mapInPandas(_of_batches, "kind string").collect()
    kind = reduce(merge, (json.loads(row[0]) for row in found), None)
    if not isinstance(kind, dict):
        return ""
    return ", ".join(f"{_name(name)} {ddl(one, whole)}" for name, one in kind.get("fields", {}).items())


def _of_batches(batches):
    import pandas

    kind = None
    for batch in batches:
        for text in batch["value"]:
            if text is None or not text.strip():
                continue
            try:
                kind = merge(kind, kind_of(json.loads(text)))
            except ValueError:
                continue
    yield pandas.DataFrame({"kind": [json.dumps(kind)]})


def kind_of(value):
    """A scalar's type as text, a list or an object as a dict, none for null."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "int" if -(2**31) <= value < 2**31 else "bigint"
    if isinstance(value, float):
        return "double"
    if isinstance(value, str):
        return "string"
    if isinstance(value, list):
        element = None
        for one in value:
            element = merge(element, kind_of(one))
        return {"element": element}
    return {"fields": {name: kind_of(one) for name, one in value.items()}}


def merge(one, other):
    """The type that values of both have."""
    if one is None or one == other:
        return other
    if other is None:
        return one
    if isinstance(one, dict) and isinstance(other, dict):
        if "element" in one and "element" in other:
            return {"element": merge(one["element"], other["element"])}
        if "fields" in one and "fields" in other:
            names = [*one["fields"], *[name for name in other["fields"] if name not in one["fields"]]]
            return {
                "fields": {name: merge(one["fields"].get(name), other["fields"].get(name)) for name in names}
            }
        return CHOICE
    numbers = ["int", "bigint", "double"]
    if one in numbers and other in numbers:
        return max(one, other, key=numbers.index)
    return CHOICE


def ddl(kind, whole="int"):
    if kind is None or kind == CHOICE:
        return "string"
    if kind == "int":
        return whole
    if isinstance(kind, str):
        return kind
    if "element" in kind:
        return f"array<{ddl(kind['element'], whole)}>"
    if not kind["fields"]:
        return "string"
    return (
        "struct<"
        + ", ".join(f"{_name(name)}: {ddl(one, whole)}" for name, one in kind["fields"].items())
        + ">"
    )


def _name(name):
    return "`" + name.replace("`", "``") + "`"
