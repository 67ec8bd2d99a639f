//! How long TPC-H's lineitem takes from CSV to Snappy Parquet, partitioned by the year and month of
//! shipping: one write in a process of its own, whose time, CPU time and peak of memory it prints.
//!
//!     cargo bench --package lakebed-benches --bench writer -- lineitem.csv FOLDER
//!
//! `benches/writer.py` runs it beside DuckDB and Polars.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a bench that cannot run should say so"
)]

use std::path::Path;
use std::time::Instant;

use arrow::datatypes::{DataType, Field, Schema};
use datafusion::prelude::CsvReadOptions;
use lakebed_core::{Platform, Settings};
use lakebed_engine::{
    Engine, EngineSettings, ParquetCompression, Session, WriteFormat, WriteOptions, WriteReport,
    write_partitioned,
};
use lakebed_storage::Storage;
use tokio::runtime::Runtime;

/// DuckDB and Polars take money for doubles as well.
fn lineitem() -> Schema {
    let column = |name: &str, data_type| Field::new(format!("l_{name}"), data_type, true);
    Schema::new(vec![
        column("orderkey", DataType::Int64),
        column("partkey", DataType::Int64),
        column("suppkey", DataType::Int64),
        column("linenumber", DataType::Int64),
        column("quantity", DataType::Int64),
        column("extendedprice", DataType::Float64),
        column("discount", DataType::Float64),
        column("tax", DataType::Float64),
        column("returnflag", DataType::Utf8),
        column("linestatus", DataType::Utf8),
        column("shipdate", DataType::Date32),
        column("commitdate", DataType::Date32),
        column("receiptdate", DataType::Date32),
        column("shipinstruct", DataType::Utf8),
        column("shipmode", DataType::Utf8),
        column("comment", DataType::Utf8),
    ])
}

async fn write(session: &Session, file: &str) -> WriteReport {
    let schema = lineitem();
    let options = CsvReadOptions::new().schema(&schema);
    let context = session.context();
    context
        .register_csv("lineitem", file, options)
        .await
        .unwrap();
    let sql = "SELECT *, CAST(date_part('year', l_shipdate) AS int) AS ship_year, \
               CAST(date_part('month', l_shipdate) AS int) AS ship_month FROM lineitem";
    let plan = context.sql(sql).await.unwrap();
    let plan = plan.create_physical_plan().await.unwrap();
    let snappy = WriteFormat::Parquet(ParquetCompression::Snappy);
    let options = WriteOptions {
        partition_by: vec!["ship_year".to_owned(), "ship_month".to_owned()],
        ..WriteOptions::new("s3://lake/out/", snappy)
    };
    write_partitioned(session, plan, &options).await.unwrap()
}

/// The time that all threads have computed.
fn cpu_seconds() -> f64 {
    let statistics = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, numbers) = statistics.rsplit_once(')').unwrap();
    let ticks = numbers.split_whitespace().skip(11).take(2);
    ticks
        .map(|ticks| ticks.parse::<f64>().unwrap())
        .sum::<f64>()
        / 100.0
}

fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = peak.unwrap().split_whitespace().nth(1).unwrap();
    kib.parse::<u64>().unwrap() / 1024
}

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let [csv, folder] = &arguments[..] else {
        eprintln!("the bench 'writer' wants two arguments: lineitem.csv FOLDER");
        return;
    };
    let bucket = Path::new(folder).join("buckets/lake/csv");
    std::fs::create_dir_all(&bucket).unwrap();
    std::fs::hard_link(csv, bucket.join("lineitem.csv")).unwrap();

    let platform = Platform::open(Settings::at(Path::new(folder))).unwrap();
    let storage = Storage::open(platform.clone()).unwrap();
    let engine = Engine::new(&platform, storage, EngineSettings::default()).unwrap();
    let session = engine.session(engine.session_config());
    // Storage has read the file once to know its checksum: that is no part of the write.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let (began, cpu) = (Instant::now(), cpu_seconds());
    let task = engine.spawn(async move { write(&session, "s3://lake/csv/lineitem.csv").await });
    let report = Runtime::new().unwrap().block_on(task).unwrap();
    println!(
        "{{\"seconds\": {:.3}, \"cpu_seconds\": {:.2}, \"peak_mib\": {}, \"rows\": {}, \"files\": {}, \"bytes\": {}}}",
        began.elapsed().as_secs_f64(),
        cpu_seconds() - cpu,
        peak_mib(),
        report.rows,
        report.files.len(),
        report.bytes
    );
}
