//! The workshop's job over the workshop's files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lakebed_engine::LakeTable;
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
                    {"Name": "overall_score", "Type": "int"},
                    {"Name": "confidence", "Type": "double"},
                    {"Name": "recommends", "Type": "boolean"},
                    {"Name": "weekly_study_hours", "Type": "bigint"}
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

/// What the job keeps of one response.
struct Response {
    tool: String,
    minutes: i64,
    satisfaction: Option<i64>,
    month: &'static str,
}

/// The responses the job must keep, found without it: the first of each id, with a student's id,
/// a date in one of three forms and a number of minutes.
fn kept_responses() -> Vec<Response> {
    let text = std::str::from_utf8(CSV)
        .unwrap()
        .trim_start_matches('\u{feff}');
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut seen = BTreeSet::new();
    let mut kept = Vec::new();
    for record in reader.records() {
        let record = record.unwrap();
        let field = |position: usize| record[position].trim();
        if !seen.insert(field(0).to_owned()) {
            continue;
        }
        let student = field(1).as_bytes();
        let is_student =
            student.len() == 5 && student[0] == b'S' && student[1..].iter().all(u8::is_ascii_digit);
        let month = match field(3) {
            date if date.starts_with("2025-01-") || date.starts_with("2025.01.") => "01",
            date if date.starts_with("2025-02-") || date.starts_with("2025.02.") => "02",
            date if date.starts_with("01/") && date.ends_with("/2025") => "01",
            date if date.starts_with("02/") && date.ends_with("/2025") => "02",
            _ => continue,
        };
        let Ok(minutes) = field(6).replace(',', "").parse() else {
            continue;
        };
        if is_student {
            kept.push(Response {
                tool: field(4).to_lowercase(),
                minutes,
                satisfaction: field(8).parse().ok(),
                month,
            });
        }
    }
    kept
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workshop_job_cleans_enriches_and_summarises() {
    let lake = workshop().await;
    let request: CreateJobRequest = serde_json::from_str(JOB).unwrap();
    lake.jobs.create_job(&lake.context, request).await.unwrap();
    let id = lake.start("workshop-etl").await;
    let run = lake.ended("workshop-etl", &id).await;
    let log = lake.run_log(&id).await;
    assert_eq!(run.job_run_state, Some(JobRunState::Succeeded), "{log}");

    let kept = kept_responses();
    let mut months: BTreeMap<&str, usize> = BTreeMap::new();
    let mut tools: BTreeMap<&str, Vec<&Response>> = BTreeMap::new();
    for response in &kept {
        *months.entry(response.month).or_default() += 1;
        tools.entry(&response.tool).or_default().push(response);
    }

    let session = lake.engine.session(lake.engine.session_config());
    let table = |name: &str| {
        let definition = lake.catalog.table("workshop", name).unwrap();
        let partitions = Arc::new(support::Partitions {
            catalog: lake.catalog.clone(),
            database: "workshop",
            table: name.to_owned(),
        });
        let table = LakeTable::try_new(&definition, partitions).unwrap();
        session
            .context()
            .register_table(name, Arc::new(table))
            .unwrap();
    };
    table("ai_tool_analytics");
    table("summary_statistics");

    let by_month = support::rows(
        &session,
        "SELECT year, month, count(*), count(source_file), count(ingestion_time)
         FROM ai_tool_analytics GROUP BY year, month ORDER BY month",
    )
    .await;
    let expected: Vec<String> = months
        .iter()
        .map(|(month, count)| format!("2025|{month}|{count}|{count}|{count}"))
        .collect();
    assert_eq!(by_month, expected);

    let summary = support::rows(
        &session,
        "SELECT ai_tool, responses, total_minutes, round(mean_minutes, 6),
                round(stddev_minutes, 6), round(mean_satisfaction, 6)
         FROM summary_statistics ORDER BY ai_tool",
    )
    .await;
    let expected: Vec<String> = tools
        .iter()
        .map(|(tool, responses)| {
            let count = responses.len() as f64;
            let total: i64 = responses.iter().map(|response| response.minutes).sum();
            let mean = total as f64 / count;
            let squares: f64 = responses
                .iter()
                .map(|response| (response.minutes as f64 - mean).powi(2))
                .sum();
            let deviation = (squares / (count - 1.0)).sqrt();
            let scores: Vec<i64> = responses.iter().filter_map(|r| r.satisfaction).collect();
            let score = scores.iter().sum::<i64>() as f64 / scores.len() as f64;
            let rounded = |number: f64| (number * 1e6).round() / 1e6;
            format!(
                "{tool}|{}|{total}|{}|{}|{}",
                responses.len(),
                rounded(mean),
                rounded(deviation),
                rounded(score)
            )
        })
        .collect();
    assert_eq!(summary, expected);

    let sources = support::rows(
        &session,
        "SELECT DISTINCT source_file FROM ai_tool_analytics",
    )
    .await;
    assert_eq!(sources, ["s3://workshop-raw-data/csv/ai-tool-usage.csv"]);
}
