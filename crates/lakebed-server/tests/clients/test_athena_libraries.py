"""Athena by the libraries that people use: PyAthena and the AWS SDK for pandas."""

import awswrangler
import boto3
import pandas
import pyathena
import pyathena.pandas.cursor
import pytest


@pytest.fixture
def lake(server, s3, glue):
    for bucket in ("lake", "results"):
        s3.create_bucket(Bucket=bucket)
    glue.create_database(DatabaseInput={"Name": "lab"})
    return "s3://results/athena/"


@pytest.fixture
def connect(server, lake, monkeypatch):
    # Some cursors read results from S3 with a client of their own.
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.endpoint)

    def connect(**more):
        return pyathena.connect(
            s3_staging_dir=lake,
            region_name="us-east-1",
            schema_name="lab",
            poll_interval=0.01,
            **more,
        )

    return connect


@pytest.fixture
def wrangler(server, lake):
    for service in ("s3", "athena", "glue", "sts"):
        setattr(awswrangler.config, f"{service}_endpoint_url", server.endpoint)
    return boto3.Session(region_name="us-east-1")


def test_pyathena_reads_typed_rows(connect):
    with connect().cursor() as cursor:
        cursor.execute("SELECT 1 AS n, 'x' AS s, DATE '2025-01-31' AS d, 1.5e0 AS f, true AS b, CAST(NULL AS integer) AS z")
        assert [column[0] for column in cursor.description] == ["n", "s", "d", "f", "b", "z"]
        [row] = cursor.fetchall()
    assert (row[0], row[1], str(row[2]), row[3], row[4], row[5]) == (1, "x", "2025-01-31", 1.5, True, None)


def test_pyathena_runs_ddl_and_shows(connect):
    with connect().cursor() as cursor:
        cursor.execute("CREATE EXTERNAL TABLE t (id int) PARTITIONED BY (p string) STORED AS PARQUET LOCATION 's3://lake/t/'")
        cursor.execute("INSERT INTO t VALUES (1, 'x'), (2, 'y')")
        cursor.execute("SHOW PARTITIONS t")
        assert sorted(cursor.fetchall()) == [("p=x",), ("p=y",)]
        cursor.execute("SELECT id, p FROM t ORDER BY id")
        assert cursor.fetchall() == [(1, "x"), (2, "y")]


def test_pyathena_raises_what_athena_says(connect):
    with connect().cursor() as cursor:
        with pytest.raises(pyathena.error.OperationalError, match="TABLE_NOT_FOUND: line 1:15"):
            cursor.execute("SELECT * FROM nope")


def test_pyathena_gives_pandas_frames(connect):
    with connect(cursor_class=pyathena.pandas.cursor.PandasCursor).cursor() as cursor:
        frame = cursor.execute("SELECT * FROM (VALUES (1, 'a'), (2, NULL)) t(n, s) ORDER BY n").as_pandas()
    assert frame["n"].tolist() == [1, 2]
    assert frame["s"].isna().tolist() == [False, True]


def test_wrangler_writes_a_table_and_queries_it(wrangler, lake):
    frame = pandas.DataFrame({"id": [1, 2, 3], "city": ["Seoul", "Busan", None], "year": ["2024", "2025", "2025"]})
    awswrangler.s3.to_parquet(
        df=frame, path="s3://lake/visits/", dataset=True, database="lab", table="visits",
        partition_cols=["year"], boto3_session=wrangler,
    )
    read = awswrangler.athena.read_sql_query(
        "SELECT id, city, year FROM visits WHERE year = '2025' ORDER BY id",
        database="lab", ctas_approach=False, s3_output=lake, boto3_session=wrangler,
    )
    assert read["id"].tolist() == [2, 3]
    assert read["city"].fillna("-").tolist() == ["Busan", "-"]
    assert read["year"].tolist() == ["2025", "2025"]


def test_wrangler_reads_through_ctas(wrangler, lake):
    read = awswrangler.athena.read_sql_query(
        "SELECT * FROM (VALUES (1, 1.5e0), (2, 2.5e0)) t(n, f)",
        database="lab", ctas_approach=True, s3_output=lake, boto3_session=wrangler,
    )
    assert sorted(read["n"].tolist()) == [1, 2]
    assert read["f"].sum() == 4.0
