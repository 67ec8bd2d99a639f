//! How written files are laid out, and writes that memory does not hold.

use lakebed_core::{Platform, Settings};
use lakebed_engine::{
    Engine, EngineSettings, FilesFormat, FilesTable, ParquetCompression, ParquetLayout,
    WriteFormat, WriteOptions, write_partitioned,
};
use lakebed_storage::Storage;
use parquet::basic::Encoding;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::serialized_reader::ReadOptionsBuilder;

use crate::bed::{Bed, lake, rows};

fn options() -> WriteOptions {
    let snappy = WriteFormat::Parquet(ParquetCompression::Snappy);
    WriteOptions::new("s3://lake/out/", snappy)
}

/// The footer of the only file that a write of these rows makes.
async fn footer(sql: &str, options: WriteOptions) -> ParquetMetaData {
    let bed = Bed::new().await;
    let report = bed.write(sql, options).await.unwrap();
    let content = bed.content(&report.files[0].path).await;
    let with_index = ReadOptionsBuilder::new().with_page_index().build();
    let content = bytes::Bytes::from(content);
    let reader = SerializedFileReader::new_with_options(content, with_index).unwrap();
    reader.metadata().clone()
}

const NUMBERS: &str =
    "SELECT 10000 - n AS n, n % 7 AS seven FROM generate_series(1, 10000) AS s(n)";

#[tokio::test]
async fn parquet_is_laid_out_as_asked() {
    let asked = WriteOptions {
        sort_by: vec!["n".to_owned()],
        parquet: ParquetLayout {
            row_group_rows: Some(4_000),
            dictionary: Some(false),
            bloom_filters: vec!["seven".to_owned()],
            no_page_index: true,
            ..ParquetLayout::default()
        },
        ..options()
    };
    let file = footer(NUMBERS, asked).await;
    let mut groups = Vec::new();
    for group in file.row_groups() {
        let sorted_by = group.sorting_columns().unwrap();
        assert_eq!((sorted_by.len(), sorted_by[0].column_idx), (1, 0));
        let [n, seven] = group.columns() else {
            panic!("{group:?}");
        };
        assert!(n.bloom_filter_offset().is_none() && seven.bloom_filter_offset().is_some());
        assert!(
            seven
                .encodings()
                .all(|encoding| encoding != Encoding::RLE_DICTIONARY)
        );
        assert!(n.column_index_offset().is_none() && n.offset_index_offset().is_none());
        let bytes = n.statistics().unwrap().min_bytes_opt().unwrap();
        groups.push((
            group.num_rows(),
            i64::from_le_bytes(bytes.try_into().unwrap()),
        ));
    }
    assert_eq!(groups, [(4_000, 0), (4_000, 4_000), (2_000, 8_000)]);
}

#[tokio::test]
async fn only_columns_that_repeat_have_dictionaries_unless_asked() {
    let file = footer(NUMBERS, options()).await;
    let has_dictionary = |column: usize| {
        let column = file.row_group(0).column(column);
        column.dictionary_page_offset().is_some()
    };
    assert_eq!(
        (file.num_row_groups(), has_dictionary(0), has_dictionary(1)),
        (1, false, true)
    );
    assert!(file.row_group(0).column(0).column_index_offset().is_some());
}

#[tokio::test]
async fn rows_are_spread_evenly_over_the_files_that_are_asked_for() {
    let bed = Bed::new().await;
    let spread = WriteOptions {
        files_per_partition: 3,
        partition_by: vec!["half".to_owned()],
        ..options()
    };
    let sql = "SELECT n, n % 2 AS half FROM generate_series(1, 600) AS s(n)";
    let report = bed.write(sql, spread).await.unwrap();
    let rows: Vec<u64> = report.files.iter().map(|file| file.rows).collect();
    assert_eq!(rows, [100; 6]);
}

#[tokio::test]
async fn columns_that_are_not_there_are_named() {
    let bed = Bed::new().await;
    let none = || vec!["none".to_owned()];
    let sorted = WriteOptions {
        sort_by: none(),
        ..options()
    };
    let filtered = WriteOptions {
        parquet: ParquetLayout {
            bloom_filters: none(),
            ..ParquetLayout::default()
        },
        ..options()
    };
    for (options, reason) in [
        (sorted, "column 'none' to sort by is not among"),
        (filtered, "column 'none' of a bloom filter is not among"),
    ] {
        let error = bed.write(NUMBERS, options).await.unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
    assert_eq!(bed.keys().await, Vec::<String>::new());
}

/// Forty MB of rows, of 250 partitions that come in turns.
#[tokio::test]
async fn partitions_that_memory_does_not_hold_have_one_file_each() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::open(Settings::at(folder.path())).unwrap();
    let storage = Storage::open(platform.clone()).unwrap();
    storage
        .create_bucket(&lake(), platform.region())
        .await
        .unwrap();
    let settings = EngineSettings {
        memory_limit_bytes: 16 << 20,
        threads: 2,
        ..EngineSettings::default()
    };
    let engine = Engine::new(&platform, storage, settings).unwrap();
    let session = engine.session(engine.session_config());
    let sql =
        "SELECT n, repeat('x', 190) AS t, n % 250 AS key FROM generate_series(1, 200000) AS s(n)";
    let plan = session.context().sql(sql).await.unwrap();
    let plan = plan.create_physical_plan().await.unwrap();
    let by_key = WriteOptions {
        partition_by: vec!["key".to_owned()],
        ..options()
    };
    let report = write_partitioned(&session, plan, &by_key).await.unwrap();
    assert_eq!((report.rows, report.files.len()), (200_000, 250));
    assert!(report.files.iter().all(|file| file.rows == 800));
    let out = "s3://lake/out/".to_owned();
    let table = FilesTable::infer(&session, &[out], FilesFormat::Parquet)
        .await
        .unwrap();
    session
        .context()
        .register_table("t", std::sync::Arc::new(table))
        .unwrap();
    let sum = "SELECT sum(n) AS s, count(DISTINCT n) AS d FROM t";
    assert_eq!(
        rows(&session, sum).await.unwrap(),
        "+-------------+--------+\n\
         | s           | d      |\n\
         +-------------+--------+\n\
         | 20000100000 | 200000 |\n\
         +-------------+--------+"
    );
    let spilled = std::fs::read_dir(folder.path().join("spill")).unwrap();
    let files = spilled.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
    assert_eq!(files.count(), 0);
}
