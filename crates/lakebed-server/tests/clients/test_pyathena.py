"""PyAthena's ways to ask Athena: its cursors, the asynchronous ones, and SQLAlchemy."""

import asyncio
import datetime
import decimal
import functools
import urllib.parse

import pandas
import pyarrow.fs
import pyathena
import pytest
import sqlalchemy
from pyathena.aio.connection import AioConnection
from pyathena.arrow.async_cursor import AsyncArrowCursor
from pyathena.arrow.cursor import ArrowCursor
from pyathena.async_cursor import AsyncCursor, AsyncDictCursor
from pyathena.cursor import DictCursor
from pyathena.pandas.async_cursor import AsyncPandasCursor
from pyathena.pandas.cursor import PandasCursor
from pyathena.s3fs.async_cursor import AsyncS3FSCursor
from pyathena.s3fs.cursor import S3FSCursor
from sqlalchemy.engine import create_engine

STAGING = "s3://results/athena/"

# A value of each type, and what Python makes of it.
VALUES = {
    "bool": ("true", True),
    "tiny": ("CAST(-128 AS tinyint)", -128),
    "small": ("CAST(32767 AS smallint)", 32767),
    "int_": ("2147483647", 2147483647),
    "big": ("9007199254740993", 9007199254740993),
    "real_": ("CAST(1.5 AS real)", 1.5),
    "double_": ("-2.5e300", -2.5e300),
    "dec": ("DECIMAL '12345678901234567890.12'", decimal.Decimal("12345678901234567890.12")),
    "text": ("'it''s \"x\", 한글\n2'", "it's \"x\", 한글\n2"),
    "empty": ("''", ""),
    "none": ("CAST(NULL AS varchar)", None),
    "day": ("DATE '2026-02-28'", datetime.date(2026, 2, 28)),
    "moment": ("TIMESTAMP '2026-02-28 23:59:59.123'", datetime.datetime(2026, 2, 28, 23, 59, 59, 123000)),
    "bytes_": ("X'00ff10'", b"\x00\xff\x10"),
    "list_": ("ARRAY[1, 2, 3]", [1, 2, 3]),
    # PyAthena does not know the types of a map's values.
    "map_": ("MAP(ARRAY['a', 'b'], ARRAY[1, 2])", {"a": "1", "b": "2"}),
}
EVERY_TYPE = "SELECT " + ", ".join(f"{sql} AS {name}" for name, (sql, _) in VALUES.items())


@pytest.fixture
def lake(server, s3, glue, monkeypatch):
    for bucket in ("lake", "results"):
        s3.create_bucket(Bucket=bucket)
    glue.create_database(DatabaseInput={"Name": "lab", "Description": "where we try things"})
    # The cursors that read results from S3 make clients of their own, and the Arrow ones a file system
    # of Arrow's, to which PyAthena does not hand the endpoint.
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.endpoint)
    monkeypatch.setattr(pyarrow.fs, "S3FileSystem", functools.partial(pyarrow.fs.S3FileSystem, endpoint_override=server.endpoint))
    return {"s3_staging_dir": STAGING, "region_name": "us-east-1", "schema_name": "lab", "poll_interval": 0.01}


@pytest.fixture
def visits(lake):
    """A partitioned table with rows."""
    with pyathena.connect(**lake).cursor() as cursor:
        cursor.execute(
            """CREATE EXTERNAL TABLE visits (id bigint COMMENT 'who', city string, spent decimal(10,2), tags array<string>)
            COMMENT 'who came' PARTITIONED BY (day date COMMENT 'when') STORED AS PARQUET
            LOCATION 's3://lake/visits/' TBLPROPERTIES ('parquet.compression' = 'SNAPPY')"""
        )
        cursor.execute(
            """INSERT INTO visits VALUES (1, 'Seoul', DECIMAL '1.50', ARRAY['a', 'b'], DATE '2026-01-01'),
            (2, NULL, NULL, NULL, DATE '2026-01-01'), (3, 'Busan', DECIMAL '2.00', ARRAY[], DATE '2026-01-02')"""
        )
        cursor.execute("CREATE VIEW cities AS SELECT city, count(*) AS n FROM visits GROUP BY city")
    return "visits"


@pytest.mark.parametrize("cursor_class", [pyathena.cursor.Cursor, S3FSCursor])
def test_every_type_arrives_as_pythons(lake, cursor_class):
    with pyathena.connect(cursor_class=cursor_class, **lake).cursor() as cursor:
        [row] = cursor.execute(EVERY_TYPE).fetchall()
        names = [column[0] for column in cursor.description]
    wanted = {name: value for name, (_, value) in VALUES.items()}
    assert dict(zip(names, row)) == wanted


def test_rows_as_dictionaries_and_in_pages(lake):
    with pyathena.connect(cursor_class=DictCursor, **lake).cursor() as cursor:
        cursor.execute("SELECT n, n * n AS square FROM UNNEST(sequence(1, 2500)) AS t(n) ORDER BY n")
        first = cursor.fetchmany(2)
        rest = cursor.fetchall()
    assert first == [{"n": 1, "square": 1}, {"n": 2, "square": 4}]
    assert len(rest) == 2498 and rest[-1] == {"n": 2500, "square": 6250000}


def test_parameters_are_pythons_or_athenas(lake, visits):
    with pyathena.connect(**lake).cursor() as cursor:
        found = cursor.execute("SELECT id FROM visits WHERE city = %(city)s", {"city": "Seoul"}).fetchall()
        assert found == [(1,)]
        found = cursor.execute(
            "SELECT id FROM visits WHERE city = ? AND day = CAST(? AS date)", ["'Busan'", "'2026-01-02'"], paramstyle="qmark"
        ).fetchall()
        assert found == [(3,)]


def test_the_cursor_tells_of_its_query(lake, visits):
    with pyathena.connect(**lake).cursor() as cursor:
        cursor.execute("SELECT * FROM visits")
        assert cursor.state == "SUCCEEDED"
        assert (cursor.statement_type, cursor.substatement_type) == ("DML", "SELECT")
        assert cursor.data_scanned_in_bytes > 0
        assert cursor.output_location == f"{STAGING}{cursor.query_id}.csv"
        assert cursor.engine_execution_time_in_millis >= 0
        assert cursor.rowcount == -1
        cursor.execute("INSERT INTO visits SELECT 4, 'Jeju', DECIMAL '3.00', NULL, DATE '2026-01-03'")
        assert cursor.rowcount == 1


@pytest.mark.parametrize("unload", [False, True])
def test_arrow_tables(lake, visits, unload):
    with pyathena.connect(cursor_class=ArrowCursor, **lake).cursor(unload=unload) as cursor:
        table = cursor.execute("SELECT id, city, spent, day FROM visits ORDER BY id").as_arrow()
    rows = table.to_pylist()
    assert sorted(row["id"] for row in rows) == [1, 2, 3]
    first = next(row for row in rows if row["id"] == 1)
    # From the result file decimals are read as text.
    assert (first["city"], decimal.Decimal(first["spent"])) == ("Seoul", decimal.Decimal("1.50"))
    assert str(first["day"])[:10] == "2026-01-01"


@pytest.mark.parametrize("options", [{}, {"unload": True}, {"chunksize": 2}])
def test_pandas_frames(lake, visits, options):
    with pyathena.connect(cursor_class=PandasCursor, **lake).cursor(**options) as cursor:
        found = cursor.execute("SELECT id, city, day FROM visits ORDER BY id").as_pandas()
        frame = pandas.concat(list(found)) if "chunksize" in options else found
    frame = frame.sort_values("id")
    assert frame["id"].tolist() == [1, 2, 3]
    assert frame["city"].isna().tolist() == [False, True, False]


def test_results_of_no_rows(lake, visits):
    for cursor_class, rows in [
        (pyathena.cursor.Cursor, lambda cursor: cursor.fetchall()),
        (S3FSCursor, lambda cursor: cursor.fetchall()),
        (PandasCursor, lambda cursor: cursor.as_pandas().to_dict("records")),
        (ArrowCursor, lambda cursor: cursor.as_arrow().to_pylist()),
    ]:
        with pyathena.connect(cursor_class=cursor_class, **lake).cursor() as cursor:
            assert list(rows(cursor.execute("SELECT * FROM visits WHERE id > 100"))) == []


def test_futures_of_results(lake, visits):
    sql = "SELECT id FROM visits ORDER BY id"
    for cursor_class, rows in [
        (AsyncCursor, lambda result: [row[0] for row in result.fetchall()]),
        (AsyncDictCursor, lambda result: [row["id"] for row in result.fetchall()]),
        (AsyncS3FSCursor, lambda result: [row[0] for row in result.fetchall()]),
        (AsyncPandasCursor, lambda result: result.as_pandas()["id"].tolist()),
        (AsyncArrowCursor, lambda result: result.as_arrow()["id"].to_pylist()),
    ]:
        with pyathena.connect(cursor_class=cursor_class, **lake).cursor() as cursor:
            _, future = cursor.execute(sql)
            assert rows(future.result(timeout=30)) == [1, 2, 3], cursor_class


def test_a_future_is_cancelled(lake):
    slow = "SELECT count(*) FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN UNNEST(sequence(1, 10000)) b(y) CROSS JOIN UNNEST(sequence(1, 10000)) c(z) WHERE (x * y + z) % 7 = 3"
    with pyathena.connect(cursor_class=AsyncCursor, **lake).cursor() as cursor:
        query_id, future = cursor.execute(slow)
        cursor.cancel(query_id).result(timeout=30)
        assert future.result(timeout=30).state == "CANCELLED"


def test_coroutines(lake, visits):
    async def rows():
        async with await AioConnection.create(**lake) as connection:
            async with connection.cursor() as cursor:
                await cursor.execute("SELECT id, city FROM visits ORDER BY id")
                return await cursor.fetchall()

    assert asyncio.run(rows()) == [(1, "Seoul"), (2, None), (3, "Busan")]


@pytest.fixture
def engine(server, lake):
    made = []

    def make(driver, **more):
        query = urllib.parse.urlencode({"endpoint_url": server.endpoint, "s3_staging_dir": STAGING, "poll_interval": 0.01} | more)
        made.append(create_engine(f"awsathena+{driver}://test:test@athena.us-east-1.amazonaws.com:443/lab?{query}"))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()


def test_sqlalchemy_inspects_the_catalog(engine, visits):
    inspector = sqlalchemy.inspect(engine("rest"))
    assert set(inspector.get_schema_names()) >= {"lab"}
    assert inspector.get_table_names() == ["visits"]
    assert inspector.get_view_names() == ["cities"]
    assert "count(*)" in inspector.get_view_definition("cities").lower()
    columns = {column["name"]: column for column in inspector.get_columns("visits")}
    assert list(columns) == ["id", "city", "spent", "tags", "day"]
    assert isinstance(columns["id"]["type"], sqlalchemy.types.BIGINT)
    assert (columns["spent"]["type"].precision, columns["spent"]["type"].scale) == (10, 2)
    assert columns["id"]["comment"] == "who"
    assert columns["day"]["dialect_options"]["awsathena_partition"] is True
    assert inspector.get_table_comment("visits") == {"text": "who came"}
    options = inspector.get_table_options("visits")
    assert options["awsathena_location"] == "s3://lake/visits/"
    assert options["awsathena_compression"] == "SNAPPY"
    assert inspector.has_table("visits") and not inspector.has_table("nope")
    with pytest.raises(sqlalchemy.exc.NoSuchTableError):
        inspector.get_columns("nope")


@pytest.mark.parametrize("driver", ["rest", "pandas", "arrow", "s3fs"])
def test_sqlalchemy_reads(engine, visits, driver):
    with engine(driver).connect() as connection:
        table = sqlalchemy.Table("visits", sqlalchemy.MetaData(), autoload_with=connection)
        query = sqlalchemy.select(table.c.id, table.c.city).where(table.c.id >= 1).order_by(table.c.id.desc()).limit(2)
        found = [(int(id), city if isinstance(city, str) and city else None) for id, city in connection.execute(query)]
        # Null texts are NaN to pandas and empty to Arrow.
        assert found == [(3, "Busan"), (2, None)]
        text = sqlalchemy.text("SELECT city FROM visits WHERE id = :id")
        assert connection.execute(text, {"id": 1}).scalar() == "Seoul"


def test_sqlalchemy_writes(engine, lake):
    metadata = sqlalchemy.MetaData()
    table = sqlalchemy.Table(
        "people",
        metadata,
        sqlalchemy.Column("id", sqlalchemy.types.Integer, comment="number"),
        sqlalchemy.Column("name", sqlalchemy.types.String(20)),
        sqlalchemy.Column("born", sqlalchemy.types.Date),
        sqlalchemy.Column("country", sqlalchemy.types.String, awsathena_partition=True),
        awsathena_location="s3://lake/people/",
        awsathena_file_format="PARQUET",
        awsathena_tblproperties={"parquet.compression": "ZSTD"},
    )
    people = [
        {"id": 1, "name": "Ann", "born": datetime.date(1990, 5, 17), "country": "kr"},
        {"id": 2, "name": "Bob's", "born": None, "country": "de"},
    ]
    used = engine("rest")
    with used.connect() as connection:
        metadata.create_all(connection)
        connection.execute(table.insert(), people)
        rows = connection.execute(sqlalchemy.select(table).order_by(table.c.id)).mappings().all()
        assert [dict(row) for row in rows] == people
        counted = sqlalchemy.select(table.c.country, sqlalchemy.func.count()).group_by(table.c.country)
        assert dict(tuple(row) for row in connection.execute(counted)) == {"kr": 1, "de": 1}
        metadata.drop_all(connection)
    assert sqlalchemy.inspect(used).get_table_names() == []


def test_pandas_reads_through_sqlalchemy(engine, visits):
    with engine("rest").connect() as connection:
        frame = pandas.read_sql("SELECT id, city FROM visits ORDER BY id", connection)
        assert frame["id"].tolist() == [1, 2, 3]
