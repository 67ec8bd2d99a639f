"""Athena through the AWS SDK for pandas: its ways of reading, its helpers, its cache."""

import datetime

import awswrangler as wr
import boto3
import pandas
import pytest

RESULTS = "s3://results/wr/"


@pytest.fixture
def lake(server, s3, glue, monkeypatch):
    for bucket in ("lake", "results"):
        s3.create_bucket(Bucket=bucket)
    glue.create_database(DatabaseInput={"Name": "lab"})
    for service in ("s3", "athena", "glue", "sts"):
        monkeypatch.setattr(wr.config, f"{service}_endpoint_url", server.endpoint)
    boto3.setup_default_session(region_name="us-east-1")
    wr.config.athena_query_wait_polling_delay = 0.01
    # The library keeps what it saw of finished queries across tests; the server does not.
    wr.athena._cache._cache_manager._cache.clear()
    wr.athena._cache._cache_manager._pqueue.clear()
    return "lab"


@pytest.fixture
def trips(lake):
    frame = pandas.DataFrame(
        {
            "id": [1, 2, 3, 4],
            "who": ["Ann", "Bob", None, "Dora"],
            "fare": [1.5, 2.5, None, 4.0],
            "at": pandas.to_datetime(["2026-01-01 10:00", "2026-01-02 11:30", "2026-02-01 00:00", "2026-02-02 00:00"]),
            "month": ["2026-01", "2026-01", "2026-02", "2026-02"],
        }
    )
    wr.s3.to_parquet(df=frame, path="s3://lake/trips/", dataset=True, database=lake, table="trips", partition_cols=["month"])
    return frame


@pytest.mark.parametrize("way", ["plain", "ctas", "unload"])
def test_a_query_is_read_in_each_way(lake, trips, s3, glue, way):
    options = {"plain": {"ctas_approach": False}, "ctas": {"ctas_approach": True}, "unload": {"ctas_approach": False, "unload_approach": True}}
    read = wr.athena.read_sql_query(
        "SELECT id, who, fare, at, month FROM trips", database=lake, s3_output=RESULTS, keep_files=False, **options[way]
    ).sort_values("id", ignore_index=True)
    assert read["id"].tolist() == [1, 2, 3, 4]
    assert read["who"].isna().tolist() == [False, False, True, False]
    assert read["fare"].sum() == 8.0
    assert read["at"][1] == pandas.Timestamp("2026-01-02 11:30")
    assert read["month"].tolist() == trips["month"].tolist()
    # It takes away after itself what it made.
    assert [table["Name"] for table in glue.get_tables(DatabaseName=lake)["TableList"]] == ["trips"]
    left = [found["Key"] for found in s3.list_objects_v2(Bucket="results").get("Contents", [])]
    assert [key for key in left if key.endswith((".csv", ".parquet"))] == []


@pytest.mark.parametrize("options", [{"ctas_approach": True}, {"ctas_approach": False}, {"ctas_approach": False, "unload_approach": True}])
def test_results_come_in_pieces(lake, trips, options):
    pieces = list(wr.athena.read_sql_query("SELECT id FROM trips", database=lake, s3_output=RESULTS, chunksize=2, **options))
    assert sorted(pandas.concat(pieces)["id"].tolist()) == [1, 2, 3, 4]
    assert all(len(piece) <= 2 for piece in pieces)


def test_results_of_no_rows_have_columns(lake, trips):
    for options in ({"ctas_approach": True}, {"ctas_approach": False}):
        read = wr.athena.read_sql_query("SELECT id, who FROM trips WHERE id > 99", database=lake, s3_output=RESULTS, **options)
        assert read.empty and list(read.columns) == ["id", "who"]


def test_parameters(lake, trips):
    def ids(sql, **options):
        return wr.athena.read_sql_query(sql, database=lake, s3_output=RESULTS, ctas_approach=False, **options)["id"].tolist()

    assert ids("SELECT id FROM trips WHERE who = :who", params={"who": "Bob"}) == [2]
    assert ids("SELECT id FROM trips WHERE id > ? ORDER BY id", params=["2"], paramstyle="qmark") == [3, 4]
    since = datetime.date(2026, 1, 2)
    assert ids("SELECT id FROM trips WHERE at >= :since ORDER BY id LIMIT 1", params={"since": since}) == [2]


def test_answers_come_from_the_librarys_cache(lake, trips):
    def read():
        return wr.athena.read_sql_query(
            "SELECT count(*) AS n FROM trips", database=lake, s3_output=RESULTS, ctas_approach=False,
            athena_cache_settings={"max_cache_seconds": 900, "max_cache_query_inspections": 50},
        )

    first, again = read(), read()
    assert first["n"].tolist() == again["n"].tolist() == [4]
    assert again.query_metadata["QueryExecutionId"] == first.query_metadata["QueryExecutionId"]


def test_athena_reuses_results(lake, trips):
    def start():
        return wr.athena.start_query_execution(
            "SELECT sum(fare) AS s FROM trips", database=lake, s3_output=RESULTS, wait=True,
            result_reuse_configuration={"ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": 5}},
        )

    start()
    assert start()["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"]


def test_tables_are_made_by_queries(lake, trips, glue):
    made = wr.athena.create_ctas_table(
        sql="SELECT id, fare, month FROM trips", database=lake, ctas_table="copied", s3_output="s3://lake/copied/",
        storage_format="parquet", write_compression="snappy", partitioning_info=["month"], wait=True,
    )
    assert made["ctas_table"] == "copied"
    assert len(glue.get_partitions(DatabaseName=lake, TableName="copied")["Partitions"]) == 2
    bucketed = wr.athena.create_ctas_table(
        sql="SELECT id, who FROM trips", database=lake, ctas_table="bucketed", s3_output="s3://lake/bucketed/",
        storage_format="orc", bucketing_info=(["id"], 2), wait=True,
    )
    assert bucketed["ctas_table"] == "bucketed"
    table = glue.get_table(DatabaseName=lake, Name="bucketed")["Table"]["StorageDescriptor"]
    assert (table["NumberOfBuckets"], table["BucketColumns"]) == (2, ["id"])
    empty = wr.athena.create_ctas_table(
        sql="SELECT * FROM trips", database=lake, ctas_table="empty", s3_output="s3://lake/empty/", schema_only=True, wait=True,
    )
    assert wr.athena.read_sql_table(empty["ctas_table"], database=lake, s3_output=RESULTS, ctas_approach=False).empty


def test_helpers_describe_tables(lake, trips):
    described = wr.athena.describe_table("trips", database=lake, s3_output=RESULTS)
    assert described["Column Name"].tolist() == ["id", "who", "fare", "at", "month"]
    assert described["Partition"].tolist() == [False, False, False, False, True]
    assert described["Type"].tolist() == ["bigint", "string", "double", "timestamp", "string"]
    shown = wr.athena.show_create_table("trips", database=lake, s3_output=RESULTS)
    assert shown.startswith("CREATE EXTERNAL TABLE `lab.trips`(") and "PARTITIONED BY" in shown
    again = wr.athena.generate_create_query("trips", database=lake)
    assert "PARTITIONED BY" in again and "`month` string" in again
    types = wr.athena.get_query_columns_types(
        wr.athena.start_query_execution("SELECT id, fare FROM trips", database=lake, s3_output=RESULTS, wait=True)["QueryExecutionId"]
    )
    assert types == {"id": "bigint", "fare": "double"}


def test_a_generated_statement_makes_the_table_again(lake, trips):
    statement = wr.athena.generate_create_query("trips", database=lake).replace("`trips`", "`again`")
    wr.athena.start_query_execution(statement, database=lake, s3_output=RESULTS, wait=True)
    assert wr.athena.read_sql_query("SELECT * FROM again", database=lake, s3_output=RESULTS, ctas_approach=False).empty
    assert wr.athena.repair_table("again", database=lake, s3_output=RESULTS) == "SUCCEEDED"
    read = wr.athena.read_sql_query("SELECT id FROM again ORDER BY id", database=lake, s3_output=RESULTS, ctas_approach=False)
    assert read["id"].tolist() == [1, 2, 3, 4]


def test_finished_queries_are_listed_and_read_again(lake, trips):
    query = wr.athena.start_query_execution("SELECT id FROM trips ORDER BY id", database=lake, s3_output=RESULTS)
    assert wr.athena.wait_query(query)["Status"]["State"] == "SUCCEEDED"
    assert query in wr.athena.list_query_executions()
    assert wr.athena.get_query_results(query)["id"].tolist() == [1, 2, 3, 4]
    executions = wr.athena.get_query_executions([query])
    assert executions["QueryExecutionId"].tolist() == [query]
    assert wr.athena.get_query_execution(query)["Query"] == "SELECT id FROM trips ORDER BY id"
    _, unprocessed = wr.athena.get_query_executions(["00000000-0000-0000-0000-000000000000"], return_unprocessed=True)
    assert len(unprocessed) == 1


def test_a_query_is_stopped(lake):
    slow = "SELECT count(*) FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN UNNEST(sequence(1, 10000)) b(y) CROSS JOIN UNNEST(sequence(1, 10000)) c(z) WHERE (x * y + z) % 7 = 3"
    query = wr.athena.start_query_execution(slow, database=lake, s3_output=RESULTS)
    wr.athena.stop_query_execution(query)
    with pytest.raises(wr.exceptions.QueryCancelled):
        wr.athena.wait_query(query)


def test_failures_are_the_librarys_exceptions(lake):
    with pytest.raises(wr.exceptions.QueryFailed, match="TABLE_NOT_FOUND"):
        wr.athena.read_sql_query("SELECT * FROM nope", database=lake, s3_output=RESULTS, ctas_approach=False)


def test_unload_leaves_the_files(lake, trips, s3):
    wr.athena.unload("SELECT id, month FROM trips", path="s3://lake/unloaded/", database=lake, partitioned_by=["month"], compression="zstd", file_format="PARQUET")
    assert wr.s3.read_parquet("s3://lake/unloaded/", dataset=True, path_suffix=".parquet")["id"].sum() == 10


def test_prepared_statements(lake, trips):
    wr.athena.create_prepared_statement("SELECT id FROM trips WHERE who = ?", statement_name="by_name")
    assert [found["StatementName"] for found in wr.athena.list_prepared_statements()] == ["by_name"]
    read = wr.athena.read_sql_query("EXECUTE \"by_name\" USING 'Dora'", database=lake, s3_output=RESULTS, ctas_approach=False)
    assert read["id"].tolist() == [4]
    wr.athena.delete_prepared_statement("by_name")
    assert wr.athena.list_prepared_statements() == []


def test_workgroups_and_the_usual_bucket(lake, s3):
    assert wr.athena.get_work_group("primary")["WorkGroup"]["State"] == "ENABLED"
    made = wr.athena.create_athena_bucket()
    assert made == "s3://aws-athena-query-results-000000000000-us-east-1/"
    assert s3.head_bucket(Bucket="aws-athena-query-results-000000000000-us-east-1")
