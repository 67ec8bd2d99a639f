"""What CTAS, INSERT and UNLOAD leave, and that they leave nothing when they end early."""

import datetime
import decimal
import io
import json
import signal
import time

import pyarrow.orc
import pyarrow.parquet
import pytest

RESULTS = "s3://results/athena/"
# Rows without end: some hundred megabytes are written before a test stops it.
MANY_ROWS = """SELECT x * 10000 + y AS n, concat('row ', cast(x * 7919 + y * 104729 + z AS varchar)) AS text FROM UNNEST(sequence(1, 10000)) AS a(x)
    CROSS JOIN UNNEST(sequence(1, 10000)) AS b(y) CROSS JOIN UNNEST(sequence(1, 10000)) AS c(z)"""


class Lab:
    def __init__(self, server):
        self.s3, self.athena, self.glue = (server.client(service) for service in ("s3", "athena", "glue"))

    def prepare(self):
        for bucket in ("lake", "results"):
            self.s3.create_bucket(Bucket=bucket)
        self.glue.create_database(DatabaseInput={"Name": "lab"})
        return self

    def start(self, sql, **result):
        return self.athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": "lab"},
            ResultConfiguration={"OutputLocation": RESULTS, **result},
        )["QueryExecutionId"]

    def execution(self, query):
        return self.athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]

    def wait(self, query, *states):
        until = time.monotonic() + 60
        while (found := self.execution(query))["Status"]["State"] not in (states or ("SUCCEEDED", "FAILED", "CANCELLED")):
            assert time.monotonic() < until, found
            time.sleep(0.005)
        return found

    def run(self, sql, **result):
        execution = self.wait(self.start(sql, **result))
        assert execution["Status"]["State"] == "SUCCEEDED", (sql, execution["Status"])
        return execution

    def rows(self, sql):
        query = self.run(sql)["QueryExecutionId"]
        found = self.athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"][1:]
        return [tuple(datum.get("VarCharValue") for datum in row["Data"]) for row in found]

    def lines(self, sql):
        query = self.run(sql)["QueryExecutionId"]
        found = self.athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
        return [row["Data"][0].get("VarCharValue", "") for row in found]

    def keys(self, prefix, bucket="lake"):
        return [found["Key"] for found in self.s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])]

    def refusal(self, sql):
        execution = self.wait(self.start(sql))
        assert execution["Status"]["State"] == "FAILED", (sql, execution["Status"])
        return execution["Status"]["StateChangeReason"]


@pytest.fixture
def lab(server):
    return Lab(server).prepare()


def test_files_are_encrypted_as_the_results_are(lab):
    sealed = {"EncryptionConfiguration": {"EncryptionOption": "SSE_S3"}}
    lab.run("CREATE TABLE made WITH (external_location = 's3://lake/made/', partitioned_by = ARRAY['p']) AS SELECT 1 AS n, 'a' AS p", **sealed)
    lab.run("INSERT INTO made VALUES (2, 'a'), (3, 'b')", **sealed)
    lab.run("UNLOAD (SELECT * FROM made) TO 's3://lake/unloaded/' WITH (format = 'JSON')", **sealed)
    lab.run("INSERT INTO made VALUES (4, 'c')")
    encrypted = {key: lab.s3.head_object(Bucket="lake", Key=key).get("ServerSideEncryption") for key in lab.keys("")}
    assert len(encrypted) == 5
    assert {how for key, how in encrypted.items() if "p=c" not in key} == {"AES256"}
    assert lab.glue.get_table(DatabaseName="lab", Name="made")["Table"]["Parameters"]["has_encrypted_data"] == "true"
    assert lab.rows("SELECT sum(n) FROM made") == [("10",)]


def test_zstd_tries_as_hard_as_told(lab):
    query = "SELECT concat('value ', cast(n % 977 AS varchar), ' of ', cast(n AS varchar)) AS text FROM (SELECT 2 * x + y AS n FROM UNNEST(sequence(1, 10000)) AS a(x) CROSS JOIN UNNEST(sequence(0, 1)) AS b(y))"
    sizes = {}
    for format in ("PARQUET", "TEXTFILE"):
        for level in (1, 19):
            folder = f"{format}-{level}/"
            lab.run(
                f"UNLOAD ({query}) TO 's3://lake/{folder}' WITH (format = '{format}', compression = 'ZSTD', compression_level = {level})"
            )
            [key] = lab.keys(folder)
            sizes[format, level] = lab.s3.head_object(Bucket="lake", Key=key)["ContentLength"]
    assert sizes["PARQUET", 19] < sizes["PARQUET", 1] and sizes["TEXTFILE", 19] < sizes["TEXTFILE", 1], sizes
    lab.run(
        "CREATE TABLE hard WITH (write_compression = 'ZSTD', compression_level = 7, external_location = 's3://lake/hard/') AS SELECT 1 AS n"
    )
    assert lab.glue.get_table(DatabaseName="lab", Name="hard")["Table"]["Parameters"]["compression_level"] == "7"
    [key] = lab.keys("hard/")
    file = pyarrow.parquet.ParquetFile(io.BytesIO(lab.s3.get_object(Bucket="lake", Key=key)["Body"].read()))
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    assert "an integer from 1 to 22" in lab.refusal(
        "UNLOAD (SELECT 1 AS n) TO 's3://lake/wrong/' WITH (format = 'PARQUET', compression = 'ZSTD', compression_level = 23)"
    )


def test_rows_go_where_their_partition_lies(lab):
    lab.s3.create_bucket(Bucket="elsewhere")
    lab.run("CREATE EXTERNAL TABLE t (n int) PARTITIONED BY (p string) STORED AS PARQUET LOCATION 's3://lake/t/'")
    lab.run("ALTER TABLE t ADD PARTITION (p = 'far') LOCATION 's3://elsewhere/far/' PARTITION (p = 'odd') LOCATION 's3://lake/odd-place/'")
    lab.run("INSERT INTO t VALUES (1, 'far'), (2, 'odd'), (3, 'new')")
    assert len(lab.keys("far/", bucket="elsewhere")) == 1
    assert len(lab.keys("odd-place/")) == 1 and len(lab.keys("t/")) == 1
    assert lab.rows("SELECT n, p FROM t ORDER BY n") == [("1", "far"), ("2", "odd"), ("3", "new")]


def test_stopped_writes_leave_nothing(lab):
    lab.run("CREATE EXTERNAL TABLE t (n bigint, text varchar(50)) PARTITIONED BY (p string) STORED AS PARQUET LOCATION 's3://lake/t/'")
    lab.run("ALTER TABLE t ADD PARTITION (p = 'x') LOCATION 's3://lake/elsewhere/'")
    queries = [
        lab.start(f"INSERT INTO t SELECT n, text, 'x' FROM ({MANY_ROWS})"),
        lab.start(f"CREATE TABLE made WITH (external_location = 's3://lake/made/') AS {MANY_ROWS}"),
        lab.start(f"UNLOAD ({MANY_ROWS}) TO 's3://lake/unloaded/' WITH (format = 'TEXTFILE')"),
    ]
    for query in queries:
        lab.wait(query, "RUNNING")
    time.sleep(1)
    for query in queries:
        lab.athena.stop_query_execution(QueryExecutionId=query)
        status = lab.execution(query)["Status"]
        assert status["State"] == "CANCELLED", status
    assert lab.keys("") == []
    assert [table["Name"] for table in lab.glue.get_tables(DatabaseName="lab")["TableList"]] == ["t"]
    assert lab.rows("SELECT count(*) FROM t") == [("0",)]
    # Nothing is in the way of another try.
    lab.run("CREATE TABLE made WITH (external_location = 's3://lake/made/') AS SELECT 1 AS n")


def test_a_server_killed_amid_writes_shows_nothing_of_them(own_server):
    server = own_server()
    lab = Lab(server).prepare()
    lab.run("CREATE TABLE t WITH (external_location = 's3://lake/t/') AS SELECT 1 AS n, 'a' AS text")
    before = lab.keys("")
    queries = [
        lab.start(f"INSERT INTO t SELECT cast(n AS integer), text FROM ({MANY_ROWS})"),
        lab.start(f"CREATE TABLE made WITH (external_location = 's3://lake/made/') AS {MANY_ROWS}"),
    ]
    for query in queries:
        lab.wait(query, "RUNNING")
    # Long enough that parts of files have been uploaded.
    time.sleep(3)
    server.stop(signal.SIGKILL)

    lab = Lab(own_server())
    assert lab.keys("") == before
    assert [lab.execution(query)["Status"]["State"] for query in queries] == ["FAILED", "FAILED"]
    assert [table["Name"] for table in lab.glue.get_tables(DatabaseName="lab")["TableList"]] == ["t"]
    assert lab.rows("SELECT * FROM t") == [("1", "a")]
    assert not list((server.data_dir / "buckets").rglob("*made*"))


def test_writes_are_explained(lab):
    lab.run("CREATE TABLE t WITH (external_location = 's3://lake/t/', format = 'ORC') AS SELECT 1 AS n, 'a' AS p")
    before = lab.keys("")
    writes = {
        "INSERT INTO t SELECT n + 1, p FROM t": "TableWriter[table = t, location = s3://lake/t/, format = ORC]",
        "CREATE TABLE u WITH (external_location = 's3://lake/u/') AS SELECT * FROM t": "TableWriter[table = u, location = s3://lake/u/, format = PARQUET]",
        "UNLOAD (SELECT * FROM t) TO 's3://lake/v/' WITH (format = 'JSON')": "TableWriter[location = s3://lake/v/, format = JSON]",
    }
    for sql, writer in writes.items():
        for options in ("", "(TYPE LOGICAL)"):
            first, *rest = lab.lines(f"EXPLAIN {options} {sql}")
            assert first == writer
            assert rest and all(line.startswith("  ") for line in rest if line)
        assert lab.lines(f"EXPLAIN (TYPE VALIDATE) {sql}") == ["true"]
        plan = json.loads("\n".join(lab.lines(f"EXPLAIN (FORMAT JSON) {sql}")))
        assert plan["0"]["name"] == "TableWriter" and len(plan["0"]["children"]) == 1
        read = json.loads("\n".join(lab.lines(f"EXPLAIN (TYPE IO) {sql}")))
        assert [found["table"]["schemaTable"]["table"] for found in read["inputTableColumnInfos"]] == ["t"]
    assert lab.keys("") == before
    assert "TABLE_ALREADY_EXISTS" in lab.refusal("EXPLAIN CREATE TABLE t AS SELECT 1 AS n")
    assert "lakebed does not support EXPLAIN ANALYZE" in lab.refusal("EXPLAIN ANALYZE INSERT INTO t SELECT * FROM t")


def test_runtime_statistics_tell_what_each_stage_did(lab):
    lab.run(
        "CREATE TABLE t WITH (external_location = 's3://lake/t/') AS SELECT n, n % 10 AS k FROM UNNEST(sequence(1, 5000)) AS s(n)"
    )
    query = lab.run("SELECT k, count(*) AS c FROM t WHERE n <= 4000 GROUP BY k ORDER BY k")["QueryExecutionId"]
    statistics = lab.athena.get_query_runtime_statistics(QueryExecutionId=query)["QueryRuntimeStatistics"]
    assert statistics["Rows"]["InputRows"] == 5000
    assert statistics["Rows"]["OutputRows"] == 10
    stage = statistics["OutputStage"]
    assert (stage["StageId"], stage["State"], stage["OutputRows"]) == (0, "FINISHED", 10)
    stages = [stage]
    while stages[-1]["SubStages"]:
        assert len(stages[-1]["SubStages"]) == 1
        [below] = stages[-1]["SubStages"]
        assert stages[-1]["InputRows"] == below["OutputRows"]
        stages.append(below)
    assert len(stages) >= 2
    assert stages[-1]["InputRows"] == 5000
    assert stage["QueryStagePlan"]["Name"]


def test_orc_files_are_read_by_others(lab):
    lab.run(
        """UNLOAD (SELECT n, CAST(n AS decimal(10, 2)) / 4 AS price, n % 2 = 0 AS even, date_add('day', n, DATE '1969-12-01') AS day,
        CASE WHEN n % 3 = 0 THEN NULL ELSE ARRAY[concat('t', CAST(n AS varchar)), NULL] END AS tags,
        MAP(ARRAY['n'], ARRAY[n]) AS scores, TIMESTAMP '2026-01-31 10:11:12.500' AS at
        FROM UNNEST(sequence(1, 1000)) AS t(n)) TO 's3://lake/orc/' WITH (format = 'ORC', compression = 'ZSTD', compression_level = 12)"""
    )
    [key] = lab.keys("orc/")
    file = pyarrow.orc.ORCFile(io.BytesIO(lab.s3.get_object(Bucket="lake", Key=key)["Body"].read()))
    assert (file.nrows, file.compression) == (1000, "ZSTD")
    rows = file.read().to_pylist()
    assert [row["n"] for row in rows] == list(range(1, 1001))
    first, third = rows[0], rows[2]
    assert first["price"] == decimal.Decimal("0.25") and first["day"] == datetime.date(1969, 12, 2)
    assert (first["even"], rows[1]["even"]) == (False, True)
    assert (first["tags"], third["tags"], first["scores"]) == (["t1", None], None, [("n", 1)])
    assert first["at"] == datetime.datetime(2026, 1, 31, 10, 11, 12, 500000)
