//! What the engine reads and writes a second: one table of 200,000 rows as CSV, JSON and Parquet.
//!
//!     cargo bench --package lakebed-benches
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a bench that cannot run should say so"
)]

use std::fmt::Write as _;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use async_trait::async_trait;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use datafusion::prelude::{CsvReadOptions, JsonReadOptions};
use lakebed_core::{Platform, Settings};
use lakebed_engine::{
    BoxError, Engine, EngineSettings, LakeTable, ParquetCompression, PartitionSource, Session,
    WriteFormat, WriteOptions, write_partitioned,
};
use lakebed_storage::{BucketName, Storage};
use lakebed_wire::glue::{Column, Partition, SerDeInfo, StorageDescriptor, Table};
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use tokio::runtime::Runtime;

const ROWS: u64 = 200_000;
const QUERY: &str = "SELECT tool, count(*), sum(minutes) FROM t GROUP BY tool";
const COLUMNS: [(&str, &str); 4] = [
    ("id", "bigint"),
    ("tool", "string"),
    ("minutes", "double"),
    ("comment", "string"),
];

#[derive(Debug)]
struct NoPartitions;

#[async_trait]
impl PartitionSource for NoPartitions {
    async fn partitions(&self, _: Option<&str>) -> Result<Vec<Partition>, BoxError> {
        Ok(Vec::new())
    }
}

fn table(serde: &str, location: &str) -> LakeTable {
    let columns = COLUMNS.map(|(name, kind)| Column {
        name: name.to_owned(),
        r#type: Some(kind.to_owned()),
        ..Default::default()
    });
    let table = Table {
        name: "t".to_owned(),
        storage_descriptor: Some(StorageDescriptor {
            columns: Some(columns.to_vec()),
            location: Some(location.to_owned()),
            serde_info: Some(SerDeInfo {
                serialization_library: Some(serde.to_owned()),
                parameters: Some([("field.delim".to_owned(), ",".to_owned())].into()),
                ..Default::default()
            }),
            ..Default::default()
        }),
        ..Default::default()
    };
    LakeTable::try_new(&table, Arc::new(NoPartitions)).unwrap()
}

async fn aggregate(engine: &Engine, serde: &str, location: &str) -> usize {
    let session = engine.session(engine.session_config());
    session
        .context()
        .register_table("t", Arc::new(table(serde, location)))
        .unwrap();
    run(&session).await
}

/// The same through DataFusion's own readers, which know no SerDe.
async fn aggregate_by_datafusion(engine: &Engine, file: &str) -> usize {
    let session = engine.session(engine.session_config());
    let types = [
        DataType::Int64,
        DataType::Utf8,
        DataType::Float64,
        DataType::Utf8,
    ];
    let fields = COLUMNS.iter().zip(types);
    let fields = fields.map(|((name, _), data_type)| Field::new(*name, data_type, true));
    let schema = Schema::new(fields.collect::<Vec<_>>());
    let context = session.context();
    if file.ends_with(".csv") {
        let options = CsvReadOptions::new().has_header(false).schema(&schema);
        context.register_csv("t", file, options).await.unwrap();
    } else {
        let options = JsonReadOptions::default().schema(&schema);
        context.register_json("t", file, options).await.unwrap();
    }
    run(&session).await
}

async fn run(session: &Session) -> usize {
    let rows = session
        .context()
        .sql(QUERY)
        .await
        .unwrap()
        .collect()
        .await
        .unwrap();
    rows.iter().map(|batch| batch.num_rows()).sum()
}

async fn write(session: &Session, location: &str, partition_by: &[&str]) -> u64 {
    let source = table(
        "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
        "s3://lake/csv/",
    );
    session.context().deregister_table("t").unwrap();
    session
        .context()
        .register_table("t", Arc::new(source))
        .unwrap();
    let plan = session
        .context()
        .sql("SELECT * FROM t")
        .await
        .unwrap()
        .create_physical_plan()
        .await
        .unwrap();
    let snappy = WriteFormat::Parquet(ParquetCompression::Snappy);
    let options = WriteOptions {
        partition_by: partition_by.iter().map(|key| (*key).to_owned()).collect(),
        ..WriteOptions::new(location, snappy)
    };
    write_partitioned(session, plan, &options)
        .await
        .unwrap()
        .rows
}

fn benches(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (engine, csv_bytes) = runtime.block_on(async {
        let platform = Platform::open(Settings::at(folder.path())).unwrap();
        let storage = Storage::open(platform.clone()).unwrap();
        let bucket: BucketName = "lake".parse().unwrap();
        storage.create_bucket(&bucket, platform.region()).await.unwrap();
        let (mut csv, mut json) = (String::new(), String::new());
        for id in 0..ROWS {
            let (tool, minutes) = (["chatgpt", "claude", "gemini"][id as usize % 3], (id * 7 % 600) as f64 / 4.0);
            writeln!(csv, "{id},{tool},{minutes},a comment of usual length 한글").unwrap();
            writeln!(json, "{{\"id\":{id},\"tool\":\"{tool}\",\"minutes\":{minutes},\"comment\":\"a comment of usual length 한글\"}}").unwrap();
        }
        let store = storage.object_store(&bucket);
        let csv_bytes = csv.len() as u64;
        store.put(&Path::from("csv/a.csv"), csv.into()).await.unwrap();
        store.put(&Path::from("json/a.json"), json.into()).await.unwrap();
        (Engine::new(&platform, storage, EngineSettings::default()).unwrap(), csv_bytes)
    });
    let session = engine.session(engine.session_config());
    runtime.block_on(write(&session, "s3://lake/parquet/", &[]));

    let mut group = criterion.benchmark_group("aggregate 200,000 rows");
    group.throughput(Throughput::Elements(ROWS)).sample_size(20);
    for (name, serde, location) in [
        (
            "LazySimple CSV",
            "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
            "s3://lake/csv/",
        ),
        (
            "OpenCSV",
            "org.apache.hadoop.hive.serde2.OpenCSVSerde",
            "s3://lake/csv/",
        ),
        (
            "JSON",
            "org.openx.data.jsonserde.JsonSerDe",
            "s3://lake/json/",
        ),
        (
            "Parquet",
            "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
            "s3://lake/parquet/",
        ),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| runtime.block_on(aggregate(&engine, serde, location)));
        });
    }
    for (name, file) in [
        ("DataFusion's CSV", "s3://lake/csv/a.csv"),
        ("DataFusion's JSON", "s3://lake/json/a.json"),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| runtime.block_on(aggregate_by_datafusion(&engine, file)));
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("CSV to Snappy Parquet");
    group
        .throughput(Throughput::Bytes(csv_bytes))
        .sample_size(20);
    for (name, partition_by) in [("one file", &[][..]), ("three partitions", &["tool"][..])] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| runtime.block_on(write(&session, "s3://lake/out/", partition_by)));
        });
    }
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
