//! Sources: catalog tables and files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use serde_json::json;
use support::{Lake, lake_with_students, students, target};

#[tokio::test(flavor = "multi_thread")]
async fn s3_sources_read_csv_json_and_parquet() {
    let lake = lake_with_students().await;
    lake.put("raw", "c/a.csv", "name;note\n\"별; 하나\";x\n")
        .await;
    lake.put(
        "raw",
        "j/a.json",
        "[{\"a\": 1, \"b\": {\"c\": \"x\"}},\n {\"a\": 2.5}]",
    )
    .await;
    lake.succeed(json!({
        "s": {"S3CsvSource": {"Name": "Csv", "Paths": ["s3://raw/c/"], "Separator": "semicolon", "QuoteChar": "quote", "WithHeader": true}},
        "out": {"S3DirectTarget": {"Name": "Out", "Inputs": ["s"], "Path": "s3://out/c", "Format": "parquet"}},
        "j": {"S3JsonSource": {"Name": "Json", "Paths": ["s3://raw/j/"], "Multiline": true}},
        "jout": {"S3DirectTarget": {"Name": "Out", "Inputs": ["j"], "Path": "s3://out/j", "Format": "parquet"}}
    }))
    .await;
    assert_eq!(
        lake.parquet("s3://out/c/").await,
        ["name|note", "별; 하나|x"]
    );
    assert_eq!(
        lake.parquet("s3://out/j/").await,
        ["a|b", "1.0|{c: x}", "2.5|null"]
    );
    lake.job("again", json!({
        "p": {"S3ParquetSource": {"Name": "Parquet", "Paths": ["s3://out/j/"]}},
        "out": {"S3DirectTarget": {"Name": "Out", "Inputs": ["p"], "Path": "s3://out/p", "Format": "parquet"}}
    }))
    .await;
    let id = lake.start("again").await;
    lake.ended("again", &id).await;
    assert_eq!(
        lake.parquet("s3://out/p/").await,
        ["a|b", "1.0|{c: x}", "2.5|null"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_that_are_not_there_are_named() {
    let lake = lake_with_students().await;
    let message = lake
        .fail(json!({
            "s": {"CatalogSource": {"Name": "Raw", "Database": "lab", "Table": "absent"}},
            "out": target("s")
        }))
        .await;
    assert_eq!(
        message,
        "node 'Raw' (CatalogSource): Table absent not found."
    );
    let lake = support::Lake::new().await;
    let message = lake
        .fail(json!({
            "s": {"S3ParquetSource": {"Name": "Raw", "Paths": ["s3://raw/none/"]}},
            "out": target("s")
        }))
        .await;
    assert_eq!(
        message,
        "node 'Raw' (S3ParquetSource): no files under 's3://raw/none/'"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_data_is_blamed_on_its_source() {
    let lake = Lake::new().await;
    lake.put("raw", "students/a.json", "{\"id\": 1}\n{\"id\": oops}\n")
        .await;
    lake.json_table("students", "s3://raw/students/", &[("id", "int")]);
    let message = lake
        .fail(json!({
            "students": students(),
            "n": {"Aggregate": {"Name": "Agg", "Inputs": ["students"], "Groups": [], "Aggs": [{"Column": ["id"], "AggFunc": "sum"}]}},
            "out": target("n")
        }))
        .await;
    assert!(
        message.starts_with("node 'Students' (CatalogSource): HIVE_CURSOR_ERROR"),
        "{message}"
    );
    assert!(lake.keys("out").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn partition_predicates_choose_partitions() {
    let lake = Lake::new().await;
    for day in ["01", "02"] {
        let row = format!("{{\"id\": {day}}}\n").replace(": 0", ": ");
        lake.put("raw", &format!("p/day={day}/a.json"), row).await;
    }
    lake.table(json!({
        "Name": "days",
        "PartitionKeys": [{"Name": "day", "Type": "string"}],
        "StorageDescriptor": {
            "Columns": [{"Name": "id", "Type": "int"}],
            "Location": "s3://raw/p/",
            "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"}
        }
    }));
    let partitions = ["01", "02"].map(|day| {
        serde_json::from_value(json!({
            "Values": [day],
            "StorageDescriptor": {
                "Columns": [{"Name": "id", "Type": "int"}],
                "Location": format!("s3://raw/p/day={day}/"),
                "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"}
            }
        }))
        .unwrap()
    });
    lake.catalog
        .add_partitions("lab", "days", partitions.to_vec())
        .unwrap();
    lake.succeed(json!({
        "s": {"S3CatalogSource": {"Name": "Days", "Database": "lab", "Table": "days", "PartitionPredicate": "day > '01'"}},
        "out": target("s")
    }))
    .await;
    assert_eq!(lake.parquet("s3://out/t/").await, ["id|day", "2|02"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_source_asks_for_is_done_or_refused() {
    let csv = |member: &str, value: serde_json::Value| {
        let mut source = json!({
            "Name": "Csv", "Paths": ["s3://raw/c/"], "Separator": "comma", "QuoteChar": "quote", "WithHeader": true
        });
        source[member] = value;
        json!({"s": {"S3CsvSource": source}, "out": target("s")})
    };
    for (member, value, message) in [
        (
            "Exclusions",
            json!(["**.tmp"]),
            "exclusions are not supported: **.tmp",
        ),
        (
            "SkipFirst",
            json!(true),
            "skipping the first data line (SkipFirst) is not supported",
        ),
        (
            "AdditionalOptions",
            json!({"BoundedFiles": 3}),
            "bounded execution (BoundedFiles, BoundedSize) is not supported",
        ),
        (
            "Escaper",
            json!("ab"),
            "the escape character must be one byte, got 'ab'",
        ),
    ] {
        let lake = Lake::new().await;
        let failed = lake.fail(csv(member, value)).await;
        assert_eq!(failed, format!("node 'Csv' (S3CsvSource): {message}"));
    }
    let lake = Lake::new().await;
    lake.put("raw", "c/a.csv", "n\n1\n").await;
    lake.succeed(csv("Exclusions", json!(["[]"]))).await;
}
