"""What changed between two versions of a table, asked by HTTP and the command line, held against
what Athena reads of files that are older than the change."""

import json
import os
import subprocess
import time

import pytest
import requests

SERDES = {
    "csv": (
        "org.apache.hadoop.mapred.TextInputFormat",
        "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
        {"field.delim": ","},
        b"1,2\n",
    ),
    "json": (
        "org.apache.hadoop.mapred.TextInputFormat",
        "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "org.openx.data.jsonserde.JsonSerDe",
        {},
        b'{"a": 1, "b": 2}\n',
    ),
}


def table(kind, columns):
    reads, writes, serde, parameters, _ = SERDES[kind]
    return {
        "Name": "t",
        "TableType": "EXTERNAL_TABLE",
        "StorageDescriptor": {
            "Location": f"s3://lake/{kind}/",
            "Columns": [dict(zip(("Name", "Type"), column.split())) for column in columns.split(", ")],
            "InputFormat": reads,
            "OutputFormat": writes,
            "SerdeInfo": {"SerializationLibrary": serde, "Parameters": parameters},
        },
    }


def command(server, *arguments):
    return subprocess.run(
        [os.environ["LAKEBED_BIN"], "schema", "diff", *arguments, "--endpoint", server.endpoint],
        capture_output=True,
        text=True,
        timeout=60,
    )


def rows(athena, sql):
    """The rows a query gives, nulls as None."""
    started = athena.start_query_execution(
        QueryString=sql, ResultConfiguration={"OutputLocation": "s3://lake-results/"}
    )
    while True:
        execution = athena.get_query_execution(QueryExecutionId=started["QueryExecutionId"])["QueryExecution"]
        if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
            break
        time.sleep(0.02)
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    found = athena.get_query_results(QueryExecutionId=started["QueryExecutionId"])["ResultSet"]["Rows"]
    return [[value.get("VarCharValue") for value in row["Data"]] for row in found[1:]]


# How a table of `a int, b int` changes, what is told, and the row that an old file then gives.
@pytest.mark.parametrize(
    ("kind", "columns", "changes", "survives", "row"),
    [
        ("csv", "a int, b int, c string", [("c", "added")], True, {"a": "1", "b": "2", "c": None}),
        ("csv", "c string, a int, b int", [("c", "added"), ("a", "moved"), ("b", "moved")], False, {"a": "2", "b": None}),
        ("csv", "a int, d int", [("d", "renamed")], True, {"a": "1", "d": "2"}),
        ("csv", "a string, b bigint", [("a", "retyped"), ("b", "retyped")], True, {"a": "1", "b": "2"}),
        ("json", "c string, a int, b int", [("c", "added")], True, {"a": "1", "b": "2", "c": None}),
        ("json", "b int", [("a", "dropped")], True, {"b": "2"}),
        ("json", "a int, d int", [("d", "renamed")], False, {"a": "1", "d": None}),
    ],
)
def test_the_verdict_is_what_athena_reads_of_old_files(server, glue, s3, athena, kind, columns, changes, survives, row):
    s3.create_bucket(Bucket="lake")
    s3.create_bucket(Bucket="lake-results")
    s3.put_object(Bucket="lake", Key=f"{kind}/old", Body=SERDES[kind][-1])
    glue.create_database(DatabaseInput={"Name": "lake"})
    glue.create_table(DatabaseName="lake", TableInput=table(kind, "a int, b int"))
    glue.update_table(DatabaseName="lake", TableInput=table(kind, columns))

    told = requests.get(f"{server.endpoint}/_lakebed/glue/tables/lake/t/differences", timeout=60).json()
    assert [(change["column"], change["change"]) for change in told["changes"]] == changes
    assert (told["from"], told["to"], told["old_data_survives"]) == ("0", "1", survives)
    assert rows(athena, f"SELECT {', '.join(row)} FROM lake.t") == [list(row.values())]

    printed = command(server, "lake.t", "--json")
    assert (printed.returncode, json.loads(printed.stdout)) == (0, told)
    text = command(server, "lake.t", "--from", "0", "--to", "1").stdout
    assert ("old files: read rightly" in text) is survives


def test_what_cannot_be_compared_is_refused(server, glue):
    glue.create_database(DatabaseInput={"Name": "lake"})
    glue.create_table(DatabaseName="lake", TableInput=table("csv", "a int"))
    base = f"{server.endpoint}/_lakebed/glue/tables/lake"
    for path, status, message in [
        ("none/differences", 404, "Table none not found."),
        ("t/differences", 404, "Table t has no version before 0."),
        ("t/differences?from=7", 404, "Table version 7 not found."),
    ]:
        answer = requests.get(f"{base}/{path}", timeout=60)
        assert (answer.status_code, answer.json()["message"]) == (status, message)
    failed = command(server, "lake.t")
    assert failed.returncode == 1 and "has no version before 0" in failed.stderr
    assert command(server, "lake").returncode == 2
