"""The `awsglue` package for scripts that run on Lakebed.

Written from the public documentation of AWS Glue ("Glue PySpark extensions reference", "Glue
PySpark transforms reference"); it holds no code of Amazon's.
"""

from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection

__all__ = ["DynamicFrame", "DynamicFrameCollection"]
