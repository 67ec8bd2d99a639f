//! The workshop's job over the workshop's files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use lakebed_wire::glue::{CreateJobRequest, JobOperations, JobRunState};
use serde_json::{Value, json};
use support::Lake;

const CSV: &[u8] = include_bytes!("../../../fixtures/workshop/csv/ai-tool-usage.csv");
const JSON: &[u8] = include_bytes!("../../../fixtures/workshop/json/student-profiles.json");
const PARQUET: &[u8] =
    include_bytes!("../../../fixtures/workshop/parquet/survey-responses.parquet");
const JOB: &str = include_str!("../../../fixtures/workshop/job.json");

/// The tables as the workshop's crawler makes them.
async fn workshop() -> Lake {
    let lake = Lake::new().await;
    lake.bucket("workshop-raw-data").await;
    lake.bucket("workshop-processed-data").await;
    lake.database("workshop");
    lake.put("workshop-raw-data", "csv/ai-tool-usage.csv", CSV)
        .await;
    lake.put("workshop-raw-data", "json/student-profiles.json", JSON)
        .await;
    lake.put(
        "workshop-raw-data",
        "parquet/survey-responses.parquet",
        PARQUET,
    )
    .await;
    let header = "response_id,student_id,student_name,usage_date,ai_tool,purpose,usage_minutes,\
                  session_count,satisfaction,monthly_cost_krw,comment";
    let usage: Vec<Value> = header
        .split(',')
        .map(|name| json!({"Name": name, "Type": "string"}))
        .collect();
    let tables = [
        json!({
            "Name": "ai_tool_usage_csv",
            "StorageDescriptor": {
                "Columns": usage,
                "Location": "s3://workshop-raw-data/csv/ai-tool-usage.csv",
                "SerdeInfo": {
                    "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
                    "Parameters": {"separatorChar": ",", "quoteChar": "\"", "escapeChar": "\\"}
                }
            },
            "Parameters": {"classification": "csv", "skip.header.line.count": "1"}
        }),
        json!({
            "Name": "student_profiles_json",
            "StorageDescriptor": {
                "Columns": [
                    {"Name": "student_id", "Type": "string"},
                    {"Name": "name", "Type": "struct<ko:string,en:string>"},
                    {"Name": "profile", "Type": "struct<grade:int,major:string,city:string>"},
                    {"Name": "gpa", "Type": "double"},
                    {"Name": "courses", "Type": "array<struct<code:string,credits:int,score:double>>"}
                ],
                "Location": "s3://workshop-raw-data/json/student-profiles.json",
                "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"}
            },
            "Parameters": {"classification": "json"}
        }),
        json!({
            "Name": "survey_responses_parquet",
            "StorageDescriptor": {
                "Columns": [
                    {"Name": "student_id", "Type": "string"},
                    {"Name": "overall_score", "Type": "double"},
                    {"Name": "confidence", "Type": "int"},
                    {"Name": "recommends", "Type": "boolean"},
                    {"Name": "weekly_study_hours", "Type": "double"}
                ],
                "Location": "s3://workshop-raw-data/parquet/survey-responses.parquet",
                "SerdeInfo": {
                    "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
                }
            },
            "Parameters": {"classification": "parquet"}
        }),
    ];
    for table in tables {
        let input = serde_json::from_value(table).unwrap();
        lake.catalog.create_table("workshop", input, None).unwrap();
    }
    lake
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workshop_job_cleans_enriches_and_summarises() {
    let lake = workshop().await;
    let request: CreateJobRequest = serde_json::from_str(JOB).unwrap();
    lake.jobs.create_job(&lake.context, request).await.unwrap();
    let id = lake.start("workshop-etl").await;
    let run = lake.ended("workshop-etl", &id).await;
    let log = lake.jobs.run_log("workshop-etl", &id).unwrap();
    assert_eq!(run.job_run_state, Some(JobRunState::Succeeded), "{log}");
    println!("{log}");

    for key in lake.keys("workshop-processed-data").await {
        println!("{key}");
    }
    let table = lake.catalog.table("workshop", "ai_tool_analytics").unwrap();
    println!("{}", serde_json::to_string_pretty(&table).unwrap());
    for row in lake
        .parquet("s3://workshop-processed-data/aggregated/")
        .await
    {
        println!("{row}");
    }
    panic!("look");
}
