//! A lake in a temporary folder, and jobs that run in it.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use datafusion::arrow::util::pretty::pretty_format_batches;
use lakebed_catalog::Catalog;
use lakebed_core::{CallContext, Platform, Settings};
use lakebed_engine::{Engine, EngineSettings, FilesFormat, FilesTable};
use lakebed_etl::Jobs;
use lakebed_storage::{BucketName, ListObjects, ObjectKey, PutObject, Storage, body};
use lakebed_wire::glue::{
    CreateJobRequest, DatabaseInput, GetJobRunRequest, JobOperations, JobRun, JobRunState,
    StartJobRunRequest, TableInput,
};
use serde_json::{Value, json};

pub struct Lake {
    pub folder: tempfile::TempDir,
    pub platform: Platform,
    pub storage: Storage,
    pub catalog: Catalog,
    pub engine: Engine,
    pub jobs: Jobs,
    pub context: CallContext,
}

impl Lake {
    /// Two buckets, `raw` and `out`, and a database `lab`.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let platform = Platform::open(Settings::at(folder.path())).unwrap();
        let storage = Storage::open(platform.clone()).unwrap();
        let catalog = Catalog::open(platform.clone());
        let settings = EngineSettings {
            threads: 2,
            ..EngineSettings::default()
        };
        let engine = Engine::new(&platform, storage.clone(), settings).unwrap();
        let jobs = Jobs::open(platform.clone(), catalog.clone(), engine.clone()).unwrap();
        let context = platform.internal_context();
        let lake = Self {
            folder,
            platform,
            storage,
            catalog,
            engine,
            jobs,
            context,
        };
        lake.bucket("raw").await;
        lake.bucket("out").await;
        lake.database("lab");
        lake
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

    /// The Parquet files under a path as a table of text, rows in the order of their text.
    pub async fn parquet(&self, path: &str) -> Vec<String> {
        self.query(path, "SELECT * FROM t").await
    }

    /// What a query says of the Parquet files under a path, called `t`.
    pub async fn query(&self, path: &str, sql: &str) -> Vec<String> {
        let session = self.engine.session(self.engine.session_config());
        let paths = [path.to_owned()];
        let files = FilesTable::infer(&session, &paths, FilesFormat::Parquet)
            .await
            .unwrap();
        let context = session.context();
        context
            .register_table("t", std::sync::Arc::new(files))
            .unwrap();
        let batches = context.sql(sql).await.unwrap().collect().await.unwrap();
        let shown = pretty_format_batches(&batches).unwrap().to_string();
        let mut lines: Vec<String> = shown
            .lines()
            .filter(|line| !line.starts_with('+'))
            .map(|line| {
                let cells = line.trim_matches('|').split('|').map(str::trim);
                cells.collect::<Vec<_>>().join("|")
            })
            .collect();
        if lines.len() > 1 {
            lines[1..].sort();
        }
        lines
    }
}

/// A source over the JSON lines table `lab.students`.
pub fn students() -> Value {
    json!({"CatalogSource": {"Name": "Students", "Database": "lab", "Table": "students"}})
}

/// A Parquet target under `s3://out/t/`.
pub fn target(input: &str) -> Value {
    json!({"S3GlueParquetTarget": {"Name": "Out", "Inputs": [input], "Path": "s3://out/t/", "Compression": "snappy"}})
}
