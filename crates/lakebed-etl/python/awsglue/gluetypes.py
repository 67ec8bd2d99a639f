"""Glue's names of data types, over Spark's own. Glue PySpark extensions reference, "PySpark
extension types"."""

from pyspark.sql.types import (  # noqa: F401
    ArrayType,
    BinaryType,
    BooleanType,
    ByteType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    NullType,
    ShortType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

Field = StructField


class ChoiceType(DataType):
    """Values of several types in one column, until `resolveChoice` decides."""

    def __init__(self, choices=()):
        self.choices = list(choices)

    def simpleString(self):
        return "choice<" + ",".join(choice.simpleString() for choice in self.choices) + ">"
