"""Datasets of AWS SDK for pandas: files and catalog entries written and read together."""

import awswrangler as wr
import boto3
import pandas as pd
import pytest

# The SDK's own use of pandas is not our business.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::pandas.errors.Pandas4Warning")


@pytest.fixture
def session(server):
    for service in ("s3", "glue", "athena", "sts"):
        setattr(wr.config, f"{service}_endpoint_url", server.endpoint)
    yield boto3.Session(region_name="us-east-1")
    wr.config.reset()


FRAME = pd.DataFrame(
    {
        "student": ["김하늘", "Lee, Jun", None, "Park"],
        "minutes": [30, 45, 60, 15],
        "score": [4.5, None, 3.25, 5.0],
        "year": ["2024", "2025", "2025", "2025"],
    }
)


@pytest.fixture
def usage(session, bucket):
    """A partitioned table, written by AWS SDK for pandas."""
    wr.catalog.create_database("school", boto3_session=session)
    wr.s3.to_parquet(
        FRAME,
        path=f"s3://{bucket}/usage/",
        dataset=True,
        database="school",
        table="usage",
        partition_cols=["year"],
        boto3_session=session,
    )
    return "usage"


def test_a_frame_becomes_a_table_and_comes_back(session, usage, bucket):
    assert wr.catalog.get_table_types("school", usage, boto3_session=session) == {
        "student": "string",
        "minutes": "bigint",
        "score": "double",
        "year": "string",
    }
    assert len(wr.s3.list_objects(f"s3://{bucket}/usage/year=2025/", boto3_session=session)) == 1
    back = wr.s3.read_parquet(f"s3://{bucket}/usage/", dataset=True, boto3_session=session)
    assert sorted(back["minutes"]) == [15, 30, 45, 60]


def test_more_partitions_are_appended(session, usage, bucket):
    wr.s3.to_parquet(
        FRAME.assign(year="2026"),
        path=f"s3://{bucket}/usage/",
        dataset=True,
        mode="append",
        database="school",
        table="usage",
        partition_cols=["year"],
        boto3_session=session,
    )
    partitions = wr.catalog.get_partitions("school", usage, boto3_session=session)
    assert sorted(values[0] for values in partitions.values()) == ["2024", "2025", "2026"]
