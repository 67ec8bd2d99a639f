use std::sync::Arc;

use arrow::util::pretty::pretty_format_batches;
use async_trait::async_trait;
use datafusion::error::DataFusionError;
use futures::TryStreamExt;
use lakebed_core::{Platform, Settings};
use lakebed_engine::{
    BoxError, Engine, EngineError, EngineSettings, LakeTable, PartitionSource, Session,
    WriteOptions, WriteReport, write_partitioned,
};
use lakebed_storage::{BucketName, ObjectKey, PutObject, Storage, body};
use lakebed_wire::glue::{Column, Partition, SerDeInfo, StorageDescriptor, Table};
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use tempfile::TempDir;

pub(crate) const OPEN_CSV: &str = "org.apache.hadoop.hive.serde2.OpenCSVSerde";
pub(crate) const LAZY_SIMPLE: &str = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe";
pub(crate) const OPENX_JSON: &str = "org.openx.data.jsonserde.JsonSerDe";
pub(crate) const HIVE_JSON: &str = "org.apache.hive.hcatalog.data.JsonSerDe";
pub(crate) const PARQUET: &str = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe";

pub(crate) const ORC: &str = "org.apache.hadoop.hive.ql.io.orc.OrcSerde";
pub(crate) const AVRO: &str = "org.apache.hadoop.hive.serde2.avro.AvroSerDe";
pub(crate) const REGEX: &str = "org.apache.hadoop.hive.serde2.RegexSerDe";
pub(crate) const GROK: &str = "com.amazonaws.glue.serde.GrokSerDe";

/// An engine over a folder of its own, with the bucket `lake`.
pub(crate) struct Bed {
    pub(crate) engine: Engine,
    pub(crate) storage: Storage,
    _folder: TempDir,
}

impl Bed {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let platform = Platform::open(Settings::at(folder.path())).unwrap();
        let storage = Storage::open(platform.clone()).unwrap();
        let region = platform.region().clone();
        storage.create_bucket(&lake(), &region).await.unwrap();
        let settings = EngineSettings {
            memory_limit_bytes: 256 << 20,
            threads: 2,
            ..EngineSettings::default()
        };
        let engine = Engine::new(&platform, storage.clone(), settings).unwrap();
        Self {
            engine,
            storage,
            _folder: folder,
        }
    }

    pub(crate) async fn put(&self, key: &str, content: impl Into<bytes::Bytes>) {
        let key = ObjectKey::parse(key).unwrap();
        self.storage
            .put_object(&lake(), &key, body(content), PutObject::default())
            .await
            .unwrap();
    }

    /// The content of `s3://lake/key`.
    pub(crate) async fn content(&self, url: &str) -> Vec<u8> {
        let key = url.strip_prefix("s3://lake/").unwrap();
        let store = self.storage.object_store(&lake());
        let object = store.get(&Path::from(key)).await.unwrap();
        object.bytes().await.unwrap().to_vec()
    }

    /// All keys of the bucket.
    pub(crate) async fn keys(&self) -> Vec<String> {
        let store = self.storage.object_store(&lake());
        let mut keys: Vec<String> = store
            .list(None)
            .map_ok(|object| object.location.to_string())
            .try_collect()
            .await
            .unwrap();
        keys.sort();
        keys
    }

    pub(crate) fn session(&self) -> Session {
        self.engine.session(self.engine.session_config())
    }

    /// A session that knows one table, `t`.
    pub(crate) fn session_with(&self, table: LakeTable) -> Session {
        let session = self.session();
        session
            .context()
            .register_table("t", Arc::new(table))
            .unwrap();
        session
    }

    /// The rows of a query over the table `t`, printed.
    pub(crate) async fn query(&self, table: &Table, sql: &str) -> Result<String, DataFusionError> {
        let table = LakeTable::try_new(table, Arc::new(Partitions::none()))?;
        let session = self.session_with(table);
        rows(&session, sql).await
    }

    /// What the query of a table says went wrong.
    pub(crate) async fn error(&self, table: &Table, sql: &str) -> String {
        let error = self.query(table, sql).await.unwrap_err();
        EngineError::find(&error).unwrap().to_string()
    }

    /// Writes what a query without tables gives.
    pub(crate) async fn write(
        &self,
        sql: &str,
        options: WriteOptions,
    ) -> Result<WriteReport, EngineError> {
        let session = self.session();
        let sql = sql.to_owned();
        let task = self.engine.spawn(async move {
            let plan = session.context().sql(&sql).await?;
            let plan = plan.create_physical_plan().await?;
            write_partitioned(&session, plan, &options).await
        });
        task.await.unwrap()
    }
}

pub(crate) fn lake() -> BucketName {
    BucketName::parse("lake").unwrap()
}

pub(crate) async fn rows(session: &Session, sql: &str) -> Result<String, DataFusionError> {
    let batches = session.context().sql(sql).await?.collect().await?;
    Ok(pretty_format_batches(&batches)?.to_string())
}

/// A table with columns such as `id int`, at a location, read by a SerDe with parameters.
pub(crate) fn table(
    columns: &[&str],
    location: &str,
    library: &str,
    parameters: &[(&str, &str)],
) -> Table {
    Table {
        name: "t".to_owned(),
        database_name: Some("db".to_owned()),
        storage_descriptor: Some(StorageDescriptor {
            columns: Some(columns.iter().map(|text| column(text)).collect()),
            location: Some(location.to_owned()),
            serde_info: Some(SerDeInfo {
                serialization_library: Some(library.to_owned()),
                parameters: Some(texts(parameters)),
                ..Default::default()
            }),
            ..Default::default()
        }),
        ..Default::default()
    }
}

pub(crate) fn texts(pairs: &[(&str, &str)]) -> std::collections::BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

pub(crate) fn column(text: &str) -> Column {
    let (name, kind) = text.split_once(' ').unwrap();
    Column {
        name: name.to_owned(),
        r#type: Some(kind.to_owned()),
        ..Default::default()
    }
}

/// Partitions that are given once and for all; it answers all of them whatever is asked, and
/// remembers what was.
#[derive(Debug, Default)]
pub(crate) struct Partitions {
    all: Vec<Partition>,
    asked: std::sync::Mutex<Vec<Option<String>>>,
}

impl Partitions {
    pub(crate) fn none() -> Self {
        Self::default()
    }

    pub(crate) fn new(partitions: &[(&[&str], &str)]) -> Self {
        let all = partitions.iter().map(|(values, location)| Partition {
            values: Some(values.iter().map(|value| (*value).to_owned()).collect()),
            storage_descriptor: Some(StorageDescriptor {
                location: Some((*location).to_owned()),
                ..Default::default()
            }),
            ..Default::default()
        });
        Self {
            all: all.collect(),
            ..Self::default()
        }
    }

    /// Partitions that are described in whole.
    pub(crate) fn described(all: Vec<Partition>) -> Self {
        Self {
            all,
            ..Self::default()
        }
    }

    pub(crate) fn asked(&self) -> Vec<Option<String>> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl PartitionSource for Partitions {
    async fn partitions(&self, expression: Option<&str>) -> Result<Vec<Partition>, BoxError> {
        self.asked
            .lock()
            .unwrap()
            .push(expression.map(str::to_owned));
        Ok(self.all.clone())
    }
}
