//! What targets write and what the catalog learns of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use lakebed_wire::glue::JobRunState;
use serde_json::{Value, json};
use support::{Lake, students};

async fn lake() -> Lake {
    let lake = Lake::new().await;
    let rows = "{\"id\": 1, \"year\": \"2025\", \"month\": \"01\"}\n\
                {\"id\": 2, \"year\": \"2025\", \"month\": \"02\"}\n\
                {\"id\": 3, \"year\": \"2025\", \"month\": null}\n";
    lake.put("raw", "students/a.json", rows).await;
    lake.json_table(
        "students",
        "s3://raw/students/",
        &[("id", "int"), ("year", "string"), ("month", "string")],
    );
    lake
}

fn partitioned(behavior: &str) -> Value {
    json!({"S3DirectTarget": {
        "Name": "Out", "Inputs": ["students"], "Path": "s3://out/t", "Format": "parquet",
        "Compression": "snappy", "PartitionKeys": [["Year"], ["month"]],
        "SchemaChangePolicy": {
            "EnableUpdateCatalog": true, "UpdateBehavior": behavior, "Database": "lab", "Table": "sink"
        }
    }})
}

fn nodes(target: &Value) -> Value {
    json!({"students": students(), "out": target})
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_spread_over_as_many_files_as_asked() {
    let target = |number: &str, format: &str| {
        json!({"S3DirectTarget": {
            "Name": "Out", "Inputs": ["students"], "Path": "s3://out/t", "Format": format,
            "NumberTargetPartitions": number
        }})
    };
    for (number, format, ending) in [
        ("2", "parquet", ".snappy.parquet"),
        ("3", "orc", ".orc"),
        ("0", "avro", ".avro"),
        ("", "json", ".json"),
    ] {
        let lake = lake().await;
        lake.succeed(nodes(&target(number, format))).await;
        let keys = lake.keys("out").await;
        let files: usize = number.parse().unwrap_or_default();
        assert_eq!(keys.len(), files.max(1), "{keys:?}");
        assert!(keys.iter().all(|key| key.ends_with(ending)), "{keys:?}");
    }
    let lake = lake().await;
    assert_eq!(
        lake.fail(nodes(&target("two", "parquet"))).await,
        "node 'Out' (S3DirectTarget): NumberTargetPartitions cannot be 'two'"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_become_folders_and_catalog_entries() {
    let lake = lake().await;
    let run = lake
        .succeed(nodes(&partitioned("UPDATE_IN_DATABASE")))
        .await;
    let folders: Vec<String> = lake
        .keys("out")
        .await
        .iter()
        .map(|key| key.rsplit_once('/').unwrap().0.to_owned())
        .collect();
    assert_eq!(
        folders,
        [
            "t/year=2025/month=01",
            "t/year=2025/month=02",
            "t/year=2025/month=__HIVE_DEFAULT_PARTITION__"
        ]
    );
    let table = lake.catalog.table("lab", "sink").unwrap();
    let storage = table.storage_descriptor.clone().unwrap();
    let columns: Vec<(String, Option<String>)> = storage
        .columns
        .unwrap()
        .into_iter()
        .map(|column| (column.name, column.r#type))
        .collect();
    assert_eq!(columns, [("id".to_owned(), Some("int".to_owned()))]);
    assert_eq!(storage.location.unwrap(), "s3://out/t/");
    assert_eq!(
        storage.serde_info.unwrap().serialization_library.unwrap(),
        "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
    );
    let parameters = table.parameters.unwrap();
    assert_eq!(parameters["classification"], "parquet");
    assert_eq!(parameters["CreatedByJob"], "job");
    assert_eq!(parameters["CreatedByJobRun"], run.id.unwrap());
    let keys: Vec<String> = table
        .partition_keys
        .unwrap()
        .into_iter()
        .map(|key| key.name)
        .collect();
    assert_eq!(keys, ["year", "month"]);
    let partitions = lake.catalog.partitions("lab", "sink", None).unwrap();
    let values: Vec<Vec<String>> = partitions
        .iter()
        .map(|partition| partition.values.clone().unwrap())
        .collect();
    assert_eq!(
        values,
        [
            ["2025", "01"],
            ["2025", "02"],
            ["2025", "__HIVE_DEFAULT_PARTITION__"]
        ]
    );
    let storage = partitions[0].storage_descriptor.clone().unwrap();
    assert_eq!(storage.location.unwrap(), "s3://out/t/year=2025/month=01/");
}

#[tokio::test(flavor = "multi_thread")]
async fn targets_append_and_keep_the_table_up_to_date() {
    let lake = lake().await;
    lake.succeed(nodes(&partitioned("UPDATE_IN_DATABASE")))
        .await;
    for (job, behavior, version) in [
        ("same", "UPDATE_IN_DATABASE", "0"),
        ("logs", "LOG", "0"),
        ("wider", "UPDATE_IN_DATABASE", "1"),
    ] {
        let wide = job != "same";
        let query = if wide {
            "SELECT *, id * 2 AS twice FROM s"
        } else {
            "SELECT * FROM s"
        };
        let mut target = partitioned(behavior);
        target["S3DirectTarget"]["Inputs"] = json!(["sql"]);
        lake.job(
            job,
            json!({
                "students": students(),
                "sql": {"SparkSQL": {
                    "Name": "Widen", "Inputs": ["students"], "SqlQuery": query,
                    "SqlAliases": [{"From": "students", "Alias": "s"}]
                }},
                "out": target
            }),
        )
        .await;
        let id = lake.start(job).await;
        let run = lake.ended(job, &id).await;
        assert_eq!(run.job_run_state, Some(JobRunState::Succeeded), "{run:?}");
        let table = lake.catalog.table("lab", "sink").unwrap();
        assert_eq!(table.version_id.as_deref(), Some(version), "{job}");
    }
    assert_eq!(lake.keys("out").await.len(), 12, "each run adds its files");
    let columns = lake.catalog.table("lab", "sink").unwrap();
    let columns = columns.storage_descriptor.unwrap().columns.unwrap();
    assert_eq!(columns[1].name, "twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_partition_keys_are_refused_and_leave_nothing() {
    let lake = lake().await;
    lake.table(json!({
        "Name": "sink",
        "PartitionKeys": [{"Name": "day", "Type": "string"}],
        "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "int"}], "Location": "s3://out/t/"}
    }));
    let message = lake.fail(nodes(&partitioned("UPDATE_IN_DATABASE"))).await;
    assert_eq!(
        message,
        "node 'Out' (S3DirectTarget): table lab.sink has the partition keys (day), the target writes \
         (year, month)"
    );
    assert!(lake.keys("out").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_targets_are_both_there_or_neither() {
    let lake = lake().await;
    let message = lake
        .fail(json!({
            "students": students(),
            "a-good": {"S3GlueParquetTarget": {"Name": "Good", "Inputs": ["students"], "Path": "s3://out/good/"}},
            "b-bad": {"S3GlueParquetTarget": {
                "Name": "Bad", "Inputs": ["students"], "Path": "s3://out/bad/", "PartitionKeys": [["absent"]]
            }}
        }))
        .await;
    assert_eq!(
        message,
        "node 'Bad' (S3GlueParquetTarget): column 'absent' not found; available: id, year, month"
    );
    assert!(lake.keys("out").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_not_there_fails_the_run() {
    let lake = lake().await;
    let message = lake
        .fail(json!({
            "students": students(),
            "out": {"S3GlueParquetTarget": {"Name": "Out", "Inputs": ["students"], "Path": "s3://absent/x/"}}
        }))
        .await;
    assert!(
        message.starts_with("node 'Out' (S3GlueParquetTarget): "),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn csv_and_json_files_are_written_too() {
    let lake = lake().await;
    let target = |format: &str, table: &str| {
        json!({"S3DirectTarget": {
            "Name": format, "Inputs": ["students"], "Path": format!("s3://out/{format}/"), "Format": format,
            "SchemaChangePolicy": {"EnableUpdateCatalog": true, "Database": "lab", "Table": table}
        }})
    };
    lake.succeed(json!({
        "students": students(), "c": target("csv", "as_csv"), "j": target("json", "as_json")
    }))
    .await;
    for table in ["as_csv", "as_json"] {
        lake.job(
            table,
            json!({
                "s": {"CatalogSource": {"Name": "Again", "Database": "lab", "Table": table}},
                "out": {"S3GlueParquetTarget": {
                    "Name": "Out", "Inputs": ["s"], "Path": format!("s3://out/again/{table}/")
                }}
            }),
        )
        .await;
        let id = lake.start(table).await;
        lake.ended(table, &id).await;
        let rows = lake.parquet(&format!("s3://out/again/{table}/")).await;
        assert_eq!(
            rows[..3],
            ["id|year|month", "1|2025|01", "2|2025|02"],
            "{table}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn catalog_targets_write_into_their_table() {
    let lake = lake().await;
    lake.succeed(nodes(&partitioned("UPDATE_IN_DATABASE")))
        .await;
    lake.job(
        "more",
        json!({
            "students": students(),
            "sql": {"SparkSQL": {
                "Name": "Later", "Inputs": ["students"],
                "SqlQuery": "SELECT id, '2026' AS year, '03' AS month FROM students",
                "SqlAliases": [{"From": "students", "Alias": "students"}]
            }},
            "out": {"S3CatalogTarget": {
                "Name": "Sink", "Inputs": ["sql"], "Database": "lab", "Table": "sink",
                "PartitionKeys": [["year"], ["month"]],
                "SchemaChangePolicy": {"EnableUpdateCatalog": true, "UpdateBehavior": "UPDATE_IN_DATABASE"}
            }}
        }),
    )
    .await;
    let id = lake.start("more").await;
    let run = lake.ended("more", &id).await;
    assert_eq!(run.job_run_state, Some(JobRunState::Succeeded), "{run:?}");
    let values = ["2026".to_owned(), "03".to_owned()];
    assert!(lake.catalog.partition("lab", "sink", &values).is_ok());
}
