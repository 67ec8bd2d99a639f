//! Tables and writes over a real data folder, through the public API.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int32Array, RecordBatch, StringArray};
use arrow::util::pretty::pretty_format_batches;
use async_trait::async_trait;
use datafusion::datasource::MemTable;
use futures::TryStreamExt;
use lakebed_core::{Platform, Settings};
use lakebed_engine::{
    BoxError, CsvOptions, Engine, EngineSettings, FilesFormat, FilesTable, LakeTable,
    ParquetCompression, PartitionSource, Session, WriteFormat, WriteOptions, WriteReport,
    write_partitioned,
};
use lakebed_storage::{BucketName, Storage};
use lakebed_wire::glue::{Column, Partition, SerDeInfo, StorageDescriptor, Table};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};

const OPEN_CSV: &str = "org.apache.hadoop.hive.serde2.OpenCSVSerde";
const LAZY_SIMPLE: &str = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe";
const OPENX_JSON: &str = "org.openx.data.jsonserde.JsonSerDe";
const PARQUET: &str = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe";

/// An engine over an empty bucket `lake` in a folder of its own.
struct Lake {
    engine: Engine,
    bucket: Arc<dyn ObjectStore>,
    _folder: tempfile::TempDir,
}

impl Lake {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let platform = Platform::open(Settings::at(folder.path())).unwrap();
        let storage = Storage::open(platform.clone()).unwrap();
        let name: BucketName = "lake".parse().unwrap();
        storage
            .create_bucket(&name, platform.region())
            .await
            .unwrap();
        let bucket = storage.object_store(&name);
        let engine = Engine::new(&platform, storage, EngineSettings::default()).unwrap();
        Self {
            engine,
            bucket,
            _folder: folder,
        }
    }

    async fn put(&self, key: &str, content: &str) {
        self.bucket
            .put(&Path::from(key), content.to_owned().into())
            .await
            .unwrap();
    }

    async fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self
            .bucket
            .list(None)
            .map_ok(|file| file.location.to_string())
            .try_collect()
            .await
            .unwrap();
        keys.sort();
        keys
    }

    fn session(&self) -> Session {
        self.engine.session(self.engine.session_config())
    }

    /// Registers a table as `t` and answers a query over it: the rows as text, and bytes scanned.
    async fn query(&self, table: LakeTable, sql: &str) -> (String, u64) {
        let session = self.session();
        session
            .context()
            .register_table("t", Arc::new(table))
            .unwrap();
        let rows = session
            .context()
            .sql(sql)
            .await
            .unwrap()
            .collect()
            .await
            .unwrap();
        (
            pretty_format_batches(&rows).unwrap().to_string(),
            session.scanned_bytes(),
        )
    }

    async fn query_error(&self, table: LakeTable, sql: &str) -> String {
        let session = self.session();
        session
            .context()
            .register_table("t", Arc::new(table))
            .unwrap();
        session
            .context()
            .sql(sql)
            .await
            .unwrap()
            .collect()
            .await
            .unwrap_err()
            .to_string()
    }
}

/// Partitions that are a list; keeps the expressions it was asked with.
#[derive(Debug, Default)]
struct Listed {
    partitions: Vec<Partition>,
    asked: Arc<std::sync::Mutex<Vec<Option<String>>>>,
}

#[async_trait]
impl PartitionSource for Listed {
    async fn partitions(&self, expression: Option<&str>) -> Result<Vec<Partition>, BoxError> {
        self.asked
            .lock()
            .unwrap()
            .push(expression.map(str::to_owned));
        Ok(self.partitions.clone())
    }
}

fn column((name, kind): &(&str, &str)) -> Column {
    Column {
        name: (*name).to_owned(),
        r#type: Some((*kind).to_owned()),
        ..Default::default()
    }
}

fn definition(
    serde: &str,
    location: &str,
    columns: &[(&str, &str)],
    keys: &[(&str, &str)],
    parameters: &[(&str, &str)],
) -> Table {
    let parameters: BTreeMap<String, String> = parameters
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Table {
        name: "t".to_owned(),
        database_name: Some("db".to_owned()),
        parameters: Some(parameters.clone()),
        partition_keys: Some(keys.iter().map(column).collect()),
        storage_descriptor: Some(StorageDescriptor {
            columns: Some(columns.iter().map(column).collect()),
            location: Some(location.to_owned()),
            serde_info: Some(SerDeInfo {
                serialization_library: Some(serde.to_owned()),
                parameters: Some(parameters),
                ..Default::default()
            }),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn table(
    serde: &str,
    location: &str,
    columns: &[(&str, &str)],
    parameters: &[(&str, &str)],
) -> LakeTable {
    LakeTable::try_new(
        &definition(serde, location, columns, &[], parameters),
        Arc::new(Listed::default()),
    )
    .unwrap()
}

fn partition(location: &str, values: &[&str]) -> Partition {
    Partition {
        values: Some(values.iter().map(|value| (*value).to_owned()).collect()),
        storage_descriptor: Some(StorageDescriptor {
            location: Some(location.to_owned()),
            ..Default::default()
        }),
        ..Default::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn quoted_csv_is_read_as_open_csv_serde_reads_it() {
    let lake = Lake::open().await;
    lake.put(
        "csv/a.csv",
        "\u{feff}id,comment,n\n1,\"빠르고, 정확\",7\r\n2,,-1\n",
    )
    .await;
    lake.put("csv/_ignored.csv", "x,y,1\n").await;
    let columns = [("id", "string"), ("comment", "string"), ("n", "int")];
    let parameters = [
        ("separatorChar", ","),
        ("quoteChar", "\""),
        ("skip.header.line.count", "1"),
    ];
    let (rows, _) = lake
        .query(
            table(OPEN_CSV, "s3://lake/csv/", &columns, &parameters),
            "SELECT * FROM t ORDER BY id",
        )
        .await;
    assert_eq!(
        rows,
        "+----+--------------+----+\n\
         | id | comment      | n  |\n\
         +----+--------------+----+\n\
         | 1  | 빠르고, 정확 | 7  |\n\
         | 2  |              | -1 |\n\
         +----+--------------+----+"
    );
    lake.put("csv/b.csv", "id,comment,n\n3,x,\n").await;
    let error = lake
        .query_error(
            table(OPEN_CSV, "s3://lake/csv/", &columns, &parameters),
            "SELECT n FROM t",
        )
        .await;
    assert!(
        error.contains("HIVE_BAD_DATA: column 'n': Error parsing field value '' as int"),
        "{error}"
    );
    assert!(error.contains("file csv/b.csv"), "{error}");
    // A column that nobody asks for is not read and cannot fail.
    let (rows, _) = lake
        .query(
            table(OPEN_CSV, "s3://lake/csv/", &columns, &parameters),
            "SELECT count(id) AS n FROM t",
        )
        .await;
    assert!(rows.contains("| 3 |"), "{rows}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_location_that_is_a_file_is_read() {
    let lake = Lake::open().await;
    lake.put(
        "json/people.json",
        "{\"Id\":\"a\",\"name\":{\"ko\":\"김\"}}\n{\"id\":\"b\"}\n",
    )
    .await;
    lake.put("json/people.json.bak", "not json").await;
    let columns = [("id", "string"), ("name", "struct<ko:string>")];
    let (rows, scanned) = lake
        .query(
            table(OPENX_JSON, "s3://lake/json/people.json", &columns, &[]),
            "SELECT id, name['ko'] AS ko FROM t ORDER BY id",
        )
        .await;
    assert_eq!(
        rows,
        "+----+----+\n\
         | id | ko |\n\
         +----+----+\n\
         | a  | 김 |\n\
         | b  |    |\n\
         +----+----+"
    );
    assert_eq!(scanned, 42);
}

#[tokio::test(flavor = "multi_thread")]
async fn partition_filters_decide_what_is_read() {
    let lake = Lake::open().await;
    let mut partitions = Vec::new();
    for month in ["01", "02", "03"] {
        let folder = format!("sales/year=2025/month={month}");
        lake.put(
            &format!("{folder}/part.txt"),
            &format!("{month},1\n{month},2\n"),
        )
        .await;
        partitions.push(partition(&format!("s3://lake/{folder}/"), &["2025", month]));
    }
    let keys = [("year", "int"), ("month", "string")];
    let definition = definition(
        LAZY_SIMPLE,
        "s3://lake/sales/",
        &[("m", "string"), ("n", "int")],
        &keys,
        &[("field.delim", ",")],
    );
    let source = || Listed {
        partitions: partitions.clone(),
        asked: Arc::default(),
    };

    let everything = LakeTable::try_new(&definition, Arc::new(source())).unwrap();
    assert_eq!(lake.query(everything, "SELECT sum(n) FROM t").await.1, 30);

    let listed = source();
    let asked = Arc::clone(&listed.asked);
    let pruned = LakeTable::try_new(&definition, Arc::new(listed)).unwrap();
    let sql = "SELECT year, month, sum(n) AS n FROM t WHERE year = 2025 AND month >= '02' AND n > 1 GROUP BY year, month ORDER BY month";
    let (rows, scanned) = lake.query(pruned, sql).await;
    assert_eq!(
        rows,
        "+------+-------+---+\n\
         | year | month | n |\n\
         +------+-------+---+\n\
         | 2025 | 02    | 2 |\n\
         | 2025 | 03    | 2 |\n\
         +------+-------+---+"
    );
    assert_eq!(scanned, 20, "two of three files of 10 bytes");
    assert_eq!(
        asked.lock().unwrap().as_slice(),
        [Some("year = 2025 AND month >= '02'".to_owned())]
    );

    let hidden = LakeTable::try_new(&definition, Arc::new(source()))
        .unwrap()
        .with_hidden_columns();
    let (rows, _) = lake
        .query(
            hidden,
            "SELECT DISTINCT \"$path\", \"$file_size\" FROM t WHERE month = '03'",
        )
        .await;
    assert!(
        rows.contains("| s3://lake/sales/year=2025/month=03/part.txt | 10         |"),
        "{rows}"
    );
}

async fn write(
    lake: &Lake,
    options: &WriteOptions,
    batches: Vec<RecordBatch>,
) -> Result<WriteReport, String> {
    let session = lake.session();
    let rows = MemTable::try_new(batches[0].schema(), vec![batches]).unwrap();
    session
        .context()
        .register_table("rows", Arc::new(rows))
        .unwrap();
    let plan = session
        .context()
        .sql("SELECT * FROM rows")
        .await
        .unwrap()
        .create_physical_plan()
        .await
        .unwrap();
    write_partitioned(&session, plan, options)
        .await
        .map_err(|error| error.to_string())
}

fn batch(years: &[i32], tools: &[&str], minutes: &[f64]) -> RecordBatch {
    RecordBatch::try_from_iter([
        (
            "year",
            Arc::new(Int32Array::from(years.to_vec())) as ArrayRef,
        ),
        (
            "Tool",
            Arc::new(StringArray::from(tools.to_vec())) as ArrayRef,
        ),
        (
            "minutes",
            Arc::new(Float64Array::from(minutes.to_vec())) as ArrayRef,
        ),
    ])
    .unwrap()
}

fn parquet_options(partition_by: &[&str]) -> WriteOptions {
    WriteOptions {
        location: "s3://lake/out/".to_owned(),
        format: WriteFormat::Parquet(ParquetCompression::Snappy),
        partition_by: partition_by.iter().map(|key| (*key).to_owned()).collect(),
        file_stem: "part".to_owned(),
        max_partitions: None,
        progress: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_in_partitions_is_read_back() {
    let lake = Lake::open().await;
    let batches = vec![
        batch(&[2024, 2025], &["a", "b"], &[1.5, 2.5]),
        batch(&[2025], &["c"], &[3.5]),
    ];
    let report = write(&lake, &parquet_options(&["year"]), batches)
        .await
        .unwrap();
    assert_eq!((report.rows, report.files.len()), (3, 2));
    assert_eq!(
        lake.keys().await,
        [
            "out/year=2024/part-00000.snappy.parquet",
            "out/year=2025/part-00001.snappy.parquet"
        ]
    );

    let partitions = report
        .files
        .iter()
        .map(|file| {
            let folder = file.path.rsplit_once('/').unwrap().0;
            partition(folder, &[file.partition_values[0].as_deref().unwrap()])
        })
        .collect();
    // The catalog keeps names in lower case; the file has `Tool`.
    let columns = [
        ("tool", "string"),
        ("minutes", "double"),
        ("added_later", "bigint"),
    ];
    let definition = definition(PARQUET, "s3://lake/out/", &columns, &[("year", "int")], &[]);
    let source = Listed {
        partitions,
        asked: Arc::default(),
    };
    let (rows, _) = lake
        .query(
            LakeTable::try_new(&definition, Arc::new(source)).unwrap(),
            "SELECT * FROM t ORDER BY tool",
        )
        .await;
    assert_eq!(
        rows,
        "+------+---------+-------------+------+\n\
         | tool | minutes | added_later | year |\n\
         +------+---------+-------------+------+\n\
         | a    | 1.5     |             | 2024 |\n\
         | b    | 2.5     |             | 2025 |\n\
         | c    | 3.5     |             | 2025 |\n\
         +------+---------+-------------+------+"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_wanted_columns_of_parquet_are_read() {
    let lake = Lake::open().await;
    let tools: Vec<String> = (0..20_000).map(|n| format!("tool number {n}")).collect();
    let tools: Vec<&str> = tools.iter().map(String::as_str).collect();
    let rows = batch(&vec![1; 20_000], &tools, &vec![0.5; 20_000]);
    let report = write(&lake, &parquet_options(&[]), vec![rows])
        .await
        .unwrap();
    let columns = [("year", "int"), ("tool", "string"), ("minutes", "double")];
    let (_, narrow) = lake
        .query(
            table(PARQUET, "s3://lake/out/", &columns, &[]),
            "SELECT sum(minutes) FROM t",
        )
        .await;
    let (_, wide) = lake
        .query(
            table(PARQUET, "s3://lake/out/", &columns, &[]),
            "SELECT max(tool), sum(minutes), sum(year) FROM t",
        )
        .await;
    assert!(narrow * 10 < report.bytes, "{narrow} of {}", report.bytes);
    assert!(wide * 2 > report.bytes, "{wide} of {}", report.bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_fails_leaves_nothing() {
    let lake = Lake::open().await;
    let options = WriteOptions {
        max_partitions: Some(2),
        ..parquet_options(&["year"])
    };
    let error = write(
        &lake,
        &options,
        vec![batch(&[1, 2, 3], &["a", "b", "c"], &[0.0, 0.0, 0.0])],
    )
    .await
    .unwrap_err();
    assert!(
        error.contains("Exceeded limit of 2 open writers"),
        "{error}"
    );
    assert!(lake.keys().await.is_empty());
}

async fn rows(session: &Session, sql: &str) -> String {
    let rows = session
        .context()
        .sql(sql)
        .await
        .unwrap()
        .collect()
        .await
        .unwrap();
    pretty_format_batches(&rows).unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_without_a_table_say_themselves_what_they_hold() {
    let lake = Lake::open().await;
    lake.put("in/a.csv", "ID;Text\n1;\"two\nlines; one field\"\n2\n")
        .await;
    lake.put(
        "pretty/a.json",
        "[\n {\"a\": 1, \"b\": {\"c\": [1]}},\n {\"a\": 2.5}\n]",
    )
    .await;
    let session = lake.session();
    let csv = CsvOptions {
        separator: b';',
        quote: Some(b'"'),
        escape: None,
        with_header: true,
        multiline: true,
    };
    let csv = FilesTable::infer(
        &session,
        &["s3://lake/in/".to_owned()],
        FilesFormat::Csv(csv),
    )
    .await
    .unwrap();
    let json = FilesTable::infer(
        &session,
        &["s3a://lake/pretty/".to_owned()],
        FilesFormat::Json { multiline: true },
    )
    .await
    .unwrap();
    session
        .context()
        .register_table("csv", Arc::new(csv))
        .unwrap();
    session
        .context()
        .register_table("json", Arc::new(json))
        .unwrap();
    assert_eq!(
        rows(
            &session,
            "SELECT \"ID\", replace(\"Text\", chr(10), '|') AS text FROM csv"
        )
        .await,
        "+----+----------------------+\n\
         | ID | text                 |\n\
         +----+----------------------+\n\
         | 1  | two|lines; one field |\n\
         | 2  |                      |\n\
         +----+----------------------+"
    );
    assert_eq!(
        rows(&session, "SELECT a, b FROM json ORDER BY a").await,
        "+-----+----------+\n\
         | a   | b        |\n\
         +-----+----------+\n\
         | 1.0 | {c: [1]} |\n\
         | 2.5 |          |\n\
         +-----+----------+"
    );
    let missing = FilesTable::infer(
        &session,
        &["s3://lake/nowhere/".to_owned()],
        FilesFormat::Parquet,
    )
    .await
    .unwrap_err();
    assert_eq!(missing.to_string(), "no files under 's3://lake/nowhere/'");
}
