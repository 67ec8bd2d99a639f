//! A lake in a temporary folder, and jobs that run in it.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::Array;
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::catalog::TableProvider;
use lakebed_catalog::Catalog;
use lakebed_core::{CallContext, Platform, Settings};
use lakebed_engine::{
    BoxError, Engine, EngineSettings, FilesFormat, FilesTable, PartitionSource, Session,
};
use lakebed_etl::Jobs;
use lakebed_observe::Logs;
use lakebed_storage::{BucketName, ListObjects, ObjectKey, PutObject, Storage, body};
use lakebed_wire::glue::{
    CreateJobRequest, DatabaseInput, GetJobRunRequest, JobOperations, JobRun, JobRunState,
    Partition, StartJobRunRequest, TableInput,
};
use lakebed_wire::logs::{GetLogEventsRequest, LogEventOperations};
use serde_json::{Value, json};

pub struct Lake {
    pub folder: tempfile::TempDir,
    pub platform: Platform,
    pub storage: Storage,
    pub catalog: Catalog,
    pub engine: Engine,
    pub jobs: Jobs,
    pub logs: Logs,
    pub context: CallContext,
}

impl Lake {
    /// Two buckets, `raw` and `out`, and a database `lab`.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let platform = Platform::open(Settings::at(folder.path())).unwrap();
        let storage = Storage::open(platform.clone()).unwrap();
        let catalog = Catalog::open(platform.clone());
        let logs = Logs::open(&platform).unwrap();
        let settings = EngineSettings {
            threads: 2,
            ..EngineSettings::default()
        };
        let engine = Engine::new(&platform, storage.clone(), settings).unwrap();
        let jobs = Jobs::open(
            platform.clone(),
            catalog.clone(),
            engine.clone(),
            Arc::new(logs.clone()),
        )
        .unwrap();
        let context = platform.internal_context();
        let lake = Self {
            folder,
            platform,
            storage,
            catalog,
            engine,
            jobs,
            logs,
            context,
        };
        lake.bucket("raw").await;
        lake.bucket("out").await;
        lake.database("lab");
        lake
    }

    /// What a run of a visual job has told so far; nothing before its first line.
    pub async fn run_log(&self, run_id: &str) -> String {
        let request = GetLogEventsRequest {
            log_group_name: Some("/aws-glue/jobs/logs-v2".to_owned()),
            log_stream_name: format!("{run_id}-driver"),
            ..GetLogEventsRequest::default()
        };
        let answer = self.logs.get_log_events(&self.context, request).await;
        let events = answer
            .ok()
            .and_then(|answer| answer.events)
            .unwrap_or_default();
        let lines: Vec<String> = events
            .into_iter()
            .filter_map(|event| event.message)
            .collect();
        lines.join("\n")
    }

    pub async fn bucket(&self, name: &str) {
        let name: BucketName = name.parse().unwrap();
        let region = self.platform.region();
        self.storage.create_bucket(&name, region).await.unwrap();
    }

    pub fn database(&self, name: &str) {
        let input = DatabaseInput {
            name: name.to_owned(),
            ..DatabaseInput::default()
        };
        self.catalog.create_database(input).unwrap();
    }

    pub async fn put(&self, bucket: &str, key: &str, bytes: impl Into<Vec<u8>>) {
        let bucket: BucketName = bucket.parse().unwrap();
        let key = ObjectKey::parse(key).unwrap();
        self.storage
            .put_object(&bucket, &key, body(bytes.into()), PutObject::default())
            .await
            .unwrap();
    }

    /// The keys of a bucket, in order.
    pub async fn keys(&self, bucket: &str) -> Vec<String> {
        let bucket: BucketName = bucket.parse().unwrap();
        let wanted = ListObjects::default();
        let listing = self.storage.list_objects(&bucket, wanted).await.unwrap();
        listing
            .objects
            .into_iter()
            .map(|object| object.key)
            .collect()
    }

    /// A catalog table over JSON lines: `columns` as (name, Hive type).
    pub fn json_table(&self, name: &str, location: &str, columns: &[(&str, &str)]) {
        let columns: Vec<Value> = columns
            .iter()
            .map(|(name, hive)| json!({"Name": name, "Type": hive}))
            .collect();
        self.table(json!({
            "Name": name,
            "StorageDescriptor": {
                "Columns": columns,
                "Location": location,
                "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"}
            },
            "Parameters": {"classification": "json"}
        }));
    }

    pub fn table(&self, input: Value) {
        let input: TableInput = serde_json::from_value(input).unwrap();
        self.catalog.create_table("lab", input, None).unwrap();
    }

    /// Makes a job of these nodes.
    pub async fn job(&self, name: &str, nodes: Value) {
        self.try_job(json!({
            "Name": name,
            "Role": "lab",
            "Command": {"Name": "glueetl"},
            "WorkerType": "G.1X",
            "NumberOfWorkers": 2,
            "CodeGenConfigurationNodes": nodes
        }))
        .await
        .unwrap();
    }

    pub async fn try_job(&self, job: Value) -> Result<(), lakebed_wire::glue::Error> {
        let request: CreateJobRequest = serde_json::from_value(job).unwrap();
        self.jobs.create_job(&self.context, request).await?;
        Ok(())
    }

    pub async fn start(&self, name: &str) -> String {
        let request = StartJobRunRequest {
            job_name: name.to_owned(),
            ..StartJobRunRequest::default()
        };
        let started = self.jobs.start_job_run(&self.context, request).await;
        started.unwrap().job_run_id.unwrap()
    }

    pub async fn job_run(&self, name: &str, id: &str) -> JobRun {
        let request = GetJobRunRequest {
            job_name: name.to_owned(),
            run_id: id.to_owned(),
            ..GetJobRunRequest::default()
        };
        let found = self.jobs.get_job_run(&self.context, request).await;
        found.unwrap().job_run.unwrap()
    }

    /// Waits until a run is over.
    pub async fn ended(&self, name: &str, id: &str) -> JobRun {
        for _ in 0..1200 {
            let run = self.job_run(name, id).await;
            if !matches!(
                run.job_run_state,
                Some(JobRunState::Starting | JobRunState::Running | JobRunState::Stopping)
            ) {
                return run;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("run {id} does not end");
    }

    /// Runs a job of these nodes to its end.
    pub async fn run(&self, nodes: Value) -> JobRun {
        self.job("job", nodes).await;
        let id = self.start("job").await;
        self.ended("job", &id).await
    }

    /// Runs a job of these nodes, which must succeed.
    pub async fn succeed(&self, nodes: Value) -> JobRun {
        let run = self.run(nodes).await;
        assert_eq!(
            run.job_run_state,
            Some(JobRunState::Succeeded),
            "{:?}",
            run.error_message
        );
        run
    }

    /// Runs a job of these nodes, which must fail; answers its message.
    pub async fn fail(&self, nodes: Value) -> String {
        let run = self.run(nodes).await;
        assert_eq!(run.job_run_state, Some(JobRunState::Failed));
        run.error_message.unwrap()
    }

    /// The Parquet files under a path: the columns' names, then the rows, sorted.
    pub async fn parquet(&self, path: &str) -> Vec<String> {
        let session = self.engine.session(self.engine.session_config());
        let paths = [path.to_owned()];
        let files = FilesTable::infer(&session, &paths, FilesFormat::Parquet)
            .await
            .unwrap();
        let names: Vec<String> = files
            .schema()
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect();
        session
            .context()
            .register_table("t", Arc::new(files))
            .unwrap();
        let mut rows = rows(&session, "SELECT * FROM t").await;
        rows.sort();
        rows.insert(0, names.join("|"));
        rows
    }
}

/// The rows a query gives, cells between bars.
pub async fn rows(session: &Session, sql: &str) -> Vec<String> {
    let frame = session.context().sql(sql).await.unwrap();
    let mut rows = Vec::new();
    for batch in frame.collect().await.unwrap() {
        for row in 0..batch.num_rows() {
            let cells: Vec<String> = batch
                .columns()
                .iter()
                .map(|column| {
                    if column.is_null(row) {
                        "null".to_owned()
                    } else {
                        array_value_to_string(column, row).unwrap()
                    }
                })
                .collect();
            rows.push(cells.join("|"));
        }
    }
    rows
}

/// The partitions of a catalog table.
#[derive(Clone)]
pub struct Partitions {
    pub catalog: Catalog,
    pub database: &'static str,
    pub table: String,
}

impl std::fmt::Debug for Partitions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "partitions of {}.{}", self.database, self.table)
    }
}

#[async_trait::async_trait]
impl PartitionSource for Partitions {
    async fn partitions(&self, _: Option<&str>) -> Result<Vec<Partition>, BoxError> {
        Ok(self.catalog.partitions(self.database, &self.table, None)?)
    }
}

/// Five students of two schools.
pub const STUDENTS: &str = r#"{"id": 1, "name": "김하늘", "score": 90.5, "tool": "ChatGPT", "note": null, "home": {"city": "서울", "zip": "04524"}}
{"id": 2, "name": "이바다", "score": 71.0, "tool": "claude", "note": "", "home": {"city": "부산", "zip": "48058"}}
{"id": 3, "name": "박별", "score": null, "tool": "ChatGPT", "note": "null", "home": null}
{"id": 3, "name": "박별", "score": null, "tool": "ChatGPT", "note": "null", "home": null}
{"id": 4, "name": "최솔", "score": 88.0, "tool": null, "note": null, "home": {"city": "서울", "zip": "x"}}
"#;

pub async fn lake_with_students() -> Lake {
    let lake = Lake::new().await;
    lake.put("raw", "students/part-0.json", STUDENTS).await;
    lake.json_table(
        "students",
        "s3://raw/students/",
        &[
            ("id", "int"),
            ("name", "string"),
            ("score", "double"),
            ("tool", "string"),
            ("note", "string"),
            ("home", "struct<city:string,zip:string>"),
        ],
    );
    lake
}

/// The output of a node that reads the students.
pub async fn output(node: Value) -> Vec<String> {
    let lake = lake_with_students().await;
    lake.succeed(json!({"students": students(), "n": node, "out": target("n")}))
        .await;
    lake.parquet("s3://out/t/").await
}

/// Why a node that reads the students fails.
pub async fn failure(node: Value) -> String {
    let lake = lake_with_students().await;
    lake.fail(json!({"students": students(), "n": node, "out": target("n")}))
        .await
}

/// The ids and one more column, so that expectations stay short.
fn select(columns: &[&str]) -> Value {
    let paths: Vec<Value> = columns.iter().map(|path| json!([path])).collect();
    json!({"SelectFields": {"Name": "Pick", "Inputs": ["n"], "Paths": paths}})
}

pub async fn selected(node: Value, columns: &[&str]) -> Vec<String> {
    let lake = lake_with_students().await;
    lake.succeed(json!({
        "students": students(),
        "n": node,
        "pick": select(columns),
        "out": target("pick")
    }))
    .await;
    lake.parquet("s3://out/t/").await
}

/// A source over the JSON lines table `lab.students`.
pub fn students() -> Value {
    json!({"CatalogSource": {"Name": "Students", "Database": "lab", "Table": "students"}})
}

/// A Parquet target under `s3://out/t/`.
pub fn target(input: &str) -> Value {
    json!({"S3GlueParquetTarget": {"Name": "Out", "Inputs": [input], "Path": "s3://out/t/", "Compression": "snappy"}})
}
