"""dbt with dbt-athena, unmodified, on the small project beside this file."""

import json
import os
import pathlib
import shutil
import subprocess

import pytest

PROJECT = pathlib.Path(__file__).parent / "dbt_project"
DBT = os.environ.get("LAKEBED_DBT")


@pytest.fixture
def dbt(server, s3, tmp_path):
    """Runs dbt in a copy of the project and gives what became of each node."""
    assert DBT, "LAKEBED_DBT names no dbt; cargo xtask test --only wire installs one and sets it"
    for bucket in ("lake", "results"):
        s3.create_bucket(Bucket=bucket)
    project = tmp_path / "project"
    shutil.copytree(PROJECT, project)
    environment = os.environ | {
        "AWS_ENDPOINT_URL": server.endpoint,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_PROFILES_DIR": str(project),
    }

    def run(*arguments, **variables):
        command = [DBT, *arguments, "--vars", json.dumps(variables)]
        done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        results = json.loads((project / "target/run_results.json").read_text())["results"]
        return {result["unique_id"].split(".")[2]: result["status"] for result in results}

    run.project = project
    return run


@pytest.fixture
def rows(athena):
    def rows(sql):
        query = athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": "shop"},
            ResultConfiguration={"OutputLocation": "s3://results/"},
        )["QueryExecutionId"]
        while True:
            execution = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
                break
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        found = athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"][1:]
        return [tuple(datum.get("VarCharValue") for datum in row["Data"]) for row in found]

    return rows


def test_a_project_is_built_and_built_again(dbt, rows, glue):
    first = dbt("build")
    assert set(first.values()) == {"success", "pass"}
    assert rows("SELECT customer, amount, month FROM revenue ORDER BY month, amount") == [
        ("Ann", "10.50", "2026-01"),
        ("Ann", "7.25", "2026-02"),
        ("Clara, the 3rd", None, "2026-02"),
    ]
    # More partitions than one statement may write: dbt writes them in batches.
    assert rows("SELECT count(*), count(DISTINCT day) FROM many_days") == [("150", "150")]
    described = glue.get_table(DatabaseName="shop", Name="revenue")["Table"]
    assert described["Description"] == "What each customer spent in a month"
    assert described["StorageDescriptor"]["Columns"][0]["Comment"] == "Who bought"

    second = dbt("build", factor=2, with_customer=True)
    assert second == first
    # Rows were appended; the days from February on were written anew, with a new column.
    assert rows("SELECT order_id, count(*) FROM events GROUP BY order_id ORDER BY order_id") == [
        ("1", "1"), ("2", "1"), ("3", "1"), ("4", "2"),
    ]
    assert rows("SELECT order_id, customer, CAST(amount AS double) FROM daily ORDER BY order_id") == [
        ("1", None, "10.5"), ("2", None, "20.0"), ("3", "Clara, the 3rd", None), ("4", "Ann", "14.5"),
    ]
    # Nothing stays of the tables that dbt made on its way.
    leftovers = [table["Name"] for table in glue.get_tables(DatabaseName="shop")["TableList"] if "__" in table["Name"]]
    assert leftovers == []


def test_a_snapshot_remembers_what_changed(dbt, rows):
    dbt("build", "--select", "+customers")
    seed = dbt.project / "seeds/inserted_customers.csv"
    seed.write_text("name,city\nAnn,Jeju\nCleo,Daegu\n")
    dbt("build", "--select", "+customers")
    assert rows("SELECT name, city, dbt_valid_to IS NULL FROM customers ORDER BY name, dbt_valid_from") == [
        ("Ann", "Seoul", "false"), ("Ann", "Jeju", "true"), ("Bob", "Busan", "false"), ("Cleo", "Daegu", "true"),
    ]


def test_documentation_has_what_the_catalog_knows(dbt):
    dbt("build", "--select", "+revenue")
    dbt("docs", "generate")
    catalog = json.loads((dbt.project / "target/catalog.json").read_text())["nodes"]
    columns = {name: column["type"] for name, column in catalog["seed.shop.orders"]["columns"].items()}
    assert columns == {
        "order_id": "int", "customer": "string", "amount": "decimal(10,2)", "ordered_on": "date", "paid": "boolean",
    }
    assert catalog["model.shop.recent_orders"]["metadata"]["type"] == "view"
    assert catalog["model.shop.revenue"]["columns"]["customer"]["comment"] == "Who bought"


def test_a_failing_data_test_fails(dbt):
    dbt("seed")
    dbt("run", "--select", "recent_orders")
    (dbt.project / "tests/no_orders.sql").write_text("select * from {{ ref('recent_orders') }}")
    with pytest.raises(AssertionError, match="Got 3 results, configured to fail if != 0"):
        dbt("test", "--select", "no_orders")
