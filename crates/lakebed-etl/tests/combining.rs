//! Nodes that bring rows together: joins, unions, aggregates and SQL.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use serde_json::json;
use support::{failure, lake_with_students, output, students, target};

#[tokio::test(flavor = "multi_thread")]
async fn joins_of_all_kinds() {
    let right = json!({"S3CsvSource": {
        "Name": "Schools", "Paths": ["s3://raw/schools.csv"], "Separator": "comma", "QuoteChar": "quote", "WithHeader": true
    }});
    let cases = [
        ("equijoin", vec!["id|sid|school", "1|1|한빛", "2|2|가람"]),
        (
            "left",
            vec![
                "id|sid|school",
                "1|1|한빛",
                "2|2|가람",
                "3|null|null",
                "3|null|null",
                "4|null|null",
            ],
        ),
        (
            "right",
            vec!["id|sid|school", "1|1|한빛", "2|2|가람", "null|9|다온"],
        ),
        (
            "outer",
            vec![
                "id|sid|school",
                "1|1|한빛",
                "2|2|가람",
                "3|null|null",
                "3|null|null",
                "4|null|null",
                "null|9|다온",
            ],
        ),
        ("leftsemi", vec!["id", "1", "2"]),
        ("leftanti", vec!["id", "3", "3", "4"]),
    ];
    for (kind, expected) in cases {
        let lake = lake_with_students().await;
        lake.put("raw", "schools.csv", "sid,school\n1,한빛\n2,가람\n9,다온\n")
            .await;
        lake.succeed(json!({
            "students": students(),
            "ids": {"SelectFields": {"Name": "Ids", "Inputs": ["students"], "Paths": [["id"]]}},
            "schools": right,
            "n": {"Join": {"Name": "Join", "Inputs": ["ids", "schools"], "JoinType": kind, "Columns": [
                {"From": "schools", "Keys": [["sid"]]}, {"From": "ids", "Keys": [["id"]]}
            ]}},
            "out": target("n")
        }))
        .await;
        assert_eq!(lake.parquet("s3://out/t/").await, expected, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn joins_with_clashing_names() {
    let nodes = |kind: &str, key: &str| {
        json!({
            "students": students(),
            "l": {"SelectFields": {"Name": "L", "Inputs": ["students"], "Paths": [["id"], ["name"]]}},
            "r": {"SelectFields": {"Name": "R", "Inputs": ["students"], "Paths": [["id"], ["tool"]]}},
            "n": {"Join": {"Name": "Both", "Inputs": ["l", "r"], "JoinType": kind, "Columns": [
                {"From": "l", "Keys": [["id"]]}, {"From": "r", "Keys": [[key]]}
            ]}},
            "out": target("n")
        })
    };
    let first = lake_with_students().await;
    first.succeed(nodes("equijoin", "id")).await;
    let rows = first.parquet("s3://out/t/").await;
    assert_eq!(rows[..2], ["id|name|.id|tool", "1|김하늘|1|ChatGPT"]);
    assert_eq!(rows.len(), 8, "two rows of one id pair to four: {rows:?}");
    assert_eq!(
        lake_with_students().await.fail(nodes("left", "id")).await,
        "node 'Both' (Join): both inputs have the columns id; rename those of one input first, with \
         an ApplyMapping or RenameField node"
    );
    assert_eq!(
        lake_with_students()
            .await
            .fail(nodes("equijoin", "x"))
            .await,
        "node 'Both' (Join): column 'x' not found; available: id, tool"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn unions_by_position() {
    let nodes = |kind: &str| {
        json!({
            "students": students(),
            "a": {"SelectFields": {"Name": "A", "Inputs": ["students"], "Paths": [["id"]]}},
            "b": {"SelectFields": {"Name": "B", "Inputs": ["students"], "Paths": [["score"]]}},
            "n": {"Union": {"Name": "Union", "Inputs": ["a", "b"], "UnionType": kind}},
            "out": target("n")
        })
    };
    let all = lake_with_students().await;
    all.succeed(nodes("ALL")).await;
    assert_eq!(all.parquet("s3://out/t/").await.len(), 11);
    let distinct = lake_with_students().await;
    distinct.succeed(nodes("DISTINCT")).await;
    assert_eq!(
        distinct.parquet("s3://out/t/").await,
        [
            "id", "1.0", "2.0", "3.0", "4.0", "71.0", "88.0", "90.5", "null"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn aggregates_are_named_as_spark_names_them() {
    let agg = |column: &str, function: &str| json!({"Column": [column], "AggFunc": function});
    let rows = output(json!({"Aggregate": {
        "Name": "Agg", "Inputs": ["students"], "Groups": [["tool"]],
        "Aggs": [
            agg("id", "count"), agg("id", "countDistinct"), agg("id", "sum"), agg("id", "sumDistinct"),
            agg("score", "avg"), agg("score", "max"), agg("score", "min"), agg("name", "first"),
            agg("id", "stddev_pop"), agg("id", "var_samp"), agg("id", "skewness"), agg("id", "kurtosis")
        ]
    }}))
    .await;
    assert_eq!(
        rows[0],
        "tool|count(id)|count(DISTINCT id)|sum(id)|sum(DISTINCT id)|avg(score)|max(score)|min(score)|\
         first(name)|stddev_pop(id)|var_samp(id)|skewness(id)|kurtosis(id)"
    );
    // ChatGPT has the ids 1, 3 and 3.
    assert!(
        rows[1].starts_with("ChatGPT|3|2|7|4|90.5|90.5|90.5|김하늘|0.94280904158"),
        "{rows:?}"
    );
    let cells: Vec<&str> = rows[1].split('|').collect();
    assert_eq!(&cells[10][..7], "1.33333");
    assert_eq!(&cells[11][..8], "-0.70710");
    assert_eq!(cells[12], "-1.5");
}

#[tokio::test(flavor = "multi_thread")]
async fn spark_sql_joins_inputs_under_their_aliases() {
    let lake = lake_with_students().await;
    lake.succeed(json!({
        "students": students(),
        "tools": {"Aggregate": {
            "Name": "Tools", "Inputs": ["students"], "Groups": [["tool"]],
            "Aggs": [{"Column": ["id"], "AggFunc": "count"}]
        }},
        "n": {"SparkSQL": {
            "Name": "Query", "Inputs": ["students", "tools"],
            "SqlAliases": [{"From": "students", "Alias": "S"}, {"From": "tools", "Alias": "Tools"}],
            "SqlQuery": "SELECT s.id AS studentId, upper(t.tool) AS Tool, t.`count(id)` AS users, s.home.CITY AS city, input_file_name() AS f FROM s JOIN tools t ON s.tool = t.tool WHERE s.score > '80'"
        }},
        "out": target("n")
    }))
    .await;
    assert_eq!(
        lake.parquet("s3://out/t/").await,
        [
            "studentId|Tool|users|city|f",
            "1|CHATGPT|3|서울|s3://raw/students/part-0.json"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn spark_sql_errors_name_the_node() {
    let query = |sql: &str| json!({"SparkSQL": {"Name": "Query", "Inputs": ["students"], "SqlAliases": [{"From": "students", "Alias": "s"}], "SqlQuery": sql}});
    let message = failure(query("SELECT nothing FROM s")).await;
    assert!(
        message.starts_with("node 'Query' (SparkSQL): column 'nothing' not found; available: "),
        "{message}"
    );
    let message = failure(query("SELEC 1")).await;
    assert!(
        message.starts_with("node 'Query' (SparkSQL): the query cannot be read"),
        "{message}"
    );
}
