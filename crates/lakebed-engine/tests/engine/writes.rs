use std::sync::Arc;

use lakebed_engine::{
    AvroCompression, Buckets, EngineError, FilesFormat, FilesTable, HiveDelimiters, LakeTable,
    OrcCompression, ParquetCompression, TextCompression, WriteFormat, WriteOptions, WriteProgress,
    write_pending,
};

use crate::bed::{
    AVRO, Bed, LAZY_SIMPLE, OPENX_JSON, ORC, PARQUET, Partitions, column, rows, table,
};

fn options(format: WriteFormat, partition_by: &[&str]) -> WriteOptions {
    WriteOptions {
        partition_by: partition_by.iter().map(|key| (*key).to_owned()).collect(),
        ..WriteOptions::new("s3://lake/out/", format)
    }
}

fn snappy() -> WriteFormat {
    WriteFormat::Parquet(ParquetCompression::Snappy)
}

const ROWS: &str = "SELECT column1 AS n, column2 AS year, column3 AS city FROM \
                    (VALUES (1, 2025, '서울'), (2, 2024, 'a/b'), (3, 2025, '서울'), (4, 2024, NULL))";

#[tokio::test]
async fn partitions_become_folders_that_a_table_reads_back() {
    let bed = Bed::new().await;
    let progress = WriteProgress::default();
    let report = bed
        .write(
            ROWS,
            WriteOptions {
                progress: Some(progress.clone()),
                ..options(snappy(), &["year", "city"])
            },
        )
        .await
        .unwrap();
    assert_eq!(report.rows, 4);
    assert_eq!((progress.rows(), progress.files()), (4, 3));
    let mut places: Vec<(&str, u64)> = report
        .files
        .iter()
        .map(|file| (file.path.rsplit_once('/').unwrap().0, file.rows))
        .collect();
    places.sort_unstable();
    assert_eq!(
        places,
        [
            ("s3://lake/out/year=2024/city=__HIVE_DEFAULT_PARTITION__", 1),
            ("s3://lake/out/year=2024/city=a%2Fb", 1),
            ("s3://lake/out/year=2025/city=서울", 2),
        ]
    );
    let null = report
        .files
        .iter()
        .find(|file| file.path.contains("DEFAULT"));
    assert_eq!(
        null.unwrap().partition_values,
        [Some("2024".to_owned()), None]
    );
    assert_eq!(
        report.bytes,
        report.files.iter().map(|file| file.bytes).sum::<u64>()
    );
    assert_eq!(report.schema.fields().len(), 1);
    assert!(
        bed.keys()
            .await
            .iter()
            .all(|key| key.ends_with(".snappy.parquet"))
    );

    let mut table = table(&["n bigint"], "s3://lake/out/", PARQUET, &[]);
    table.partition_keys = Some(vec![column("year int"), column("city string")]);
    let partitions = Partitions::new(&[
        (&["2024", "__HIVE_DEFAULT_PARTITION__"], places[0].0),
        (&["2024", "a/b"], places[1].0),
        (&["2025", "서울"], places[2].0),
    ]);
    let session = bed.session_with(LakeTable::try_new(&table, Arc::new(partitions)).unwrap());
    assert_eq!(
        rows(&session, "SELECT * FROM t ORDER BY n").await.unwrap(),
        "+---+------+------+\n\
         | n | year | city |\n\
         +---+------+------+\n\
         | 1 | 2025 | 서울 |\n\
         | 2 | 2024 | a/b  |\n\
         | 3 | 2025 | 서울 |\n\
         | 4 | 2024 |      |\n\
         +---+------+------+"
    );
}

#[tokio::test]
async fn every_format_is_read_back() {
    let bed = Bed::new().await;
    let sql = "SELECT 1 AS n, 'a \"b\", c' AS s UNION ALL SELECT 2, NULL ORDER BY 1";
    let expected = "+---+----------+\n\
                    | n | s        |\n\
                    +---+----------+\n\
                    | 1 | a \"b\", c |\n\
                    | 2 |          |\n\
                    +---+----------+";
    let csv = || {
        FilesFormat::Csv(lakebed_engine::CsvOptions {
            separator: b',',
            quote: Some(b'"'),
            escape: None,
            with_header: true,
            multiline: false,
        })
    };
    for compression in [
        ParquetCompression::None,
        ParquetCompression::Gzip,
        ParquetCompression::Zstd,
        ParquetCompression::Lz4,
        ParquetCompression::Brotli,
    ] {
        let format = WriteFormat::Parquet(compression);
        check(&bed, sql, format, FilesFormat::Parquet, expected).await;
    }
    for compression in [
        TextCompression::None,
        TextCompression::Gzip,
        TextCompression::Bzip2,
        TextCompression::Zstd,
        TextCompression::Snappy,
        TextCompression::Lz4,
    ] {
        let format = WriteFormat::Csv {
            separator: b',',
            header: true,
            compression,
        };
        check(&bed, sql, format, csv(), expected).await;
        let json = FilesFormat::Json { multiline: false };
        check(&bed, sql, WriteFormat::Json { compression }, json, expected).await;
    }
}

async fn check(bed: &Bed, sql: &str, written: WriteFormat, read: FilesFormat, expected: &str) {
    let options = WriteOptions {
        location: format!("s3://lake/{}", written.ending()),
        ..options(written.clone(), &[])
    };
    let path = options.location.clone();
    let report = bed.write(sql, options).await.unwrap();
    assert_eq!((report.files.len(), report.rows), (1, 2));
    let session = bed.session();
    let file = report.files[0].path.clone();
    assert!(file.ends_with(&written.ending()), "{file} in {path}");
    let table = FilesTable::infer(&session, &[file], read).await.unwrap();
    session
        .context()
        .register_table("t", Arc::new(table))
        .unwrap();
    assert_eq!(
        rows(&session, "SELECT * FROM t").await.unwrap(),
        expected,
        "{written:?}"
    );
}

#[tokio::test]
async fn nothing_is_visible_before_the_commit() {
    let bed = Bed::new().await;
    let session = bed.session();
    let plan = session.context().sql(ROWS).await.unwrap();
    let plan = plan.create_physical_plan().await.unwrap();
    let options = options(snappy(), &["year"]);
    let pending = write_pending(&session, Arc::clone(&plan), &options)
        .await
        .unwrap();
    assert_eq!(bed.keys().await, Vec::<String>::new());
    pending.abort().await;
    assert_eq!(bed.keys().await, Vec::<String>::new());
    let pending = write_pending(&session, plan, &options).await.unwrap();
    assert_eq!(pending.commit().await.unwrap().files.len(), 2);
    assert_eq!(bed.keys().await.len(), 2);
}

#[tokio::test]
async fn a_write_that_fails_leaves_nothing() {
    let bed = Bed::new().await;
    let broken = "SELECT n, 10 / (100000 - n) AS x FROM generate_series(1, 200000) AS s(n)";
    let error = bed.write(broken, options(snappy(), &[])).await.unwrap_err();
    assert!(error.to_string().contains("zero"), "{error}");
    let too_many = "SELECT n, n AS key FROM generate_series(1, 200) AS s(n)";
    let limited = WriteOptions {
        max_partitions: Some(100),
        ..options(snappy(), &["key"])
    };
    let error = bed.write(too_many, limited).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of 100 open writers for partitions/buckets"
    );
    assert_eq!(bed.keys().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_partition_has_one_file_however_many_partitions_there_are() {
    let bed = Bed::new().await;
    let sql = "SELECT n, n % 300 AS key FROM generate_series(1, 30000) AS s(n)";
    let report = bed.write(sql, options(snappy(), &["key"])).await.unwrap();
    assert_eq!((report.rows, report.files.len()), (30_000, 300));
    let session = bed.session();
    let out = "s3://lake/out/".to_owned();
    let table = FilesTable::infer(&session, &[out], FilesFormat::Parquet)
        .await
        .unwrap();
    session
        .context()
        .register_table("t", Arc::new(table))
        .unwrap();
    assert_eq!(
        rows(&session, "SELECT count(*) AS c, sum(n) AS s FROM t")
            .await
            .unwrap(),
        "+-------+-----------+\n\
         | c     | s         |\n\
         +-------+-----------+\n\
         | 30000 | 450015000 |\n\
         +-------+-----------+"
    );
}

#[tokio::test]
async fn a_file_that_is_large_enough_is_followed_by_another() {
    for (format, library) in [
        (snappy(), PARQUET),
        (
            WriteFormat::Json {
                compression: TextCompression::None,
            },
            OPENX_JSON,
        ),
    ] {
        let bed = Bed::new().await;
        let sql = "SELECT n, md5(CAST(n AS varchar)) AS m FROM generate_series(1, 50000) AS s(n) ORDER BY n";
        let write = WriteOptions {
            target_file_bytes: Some(400_000),
            ..options(format.clone(), &[])
        };
        let report = bed.write(sql, write).await.unwrap();
        assert!(report.files.len() > 2, "{:?}", report.files);
        let (last, others) = report.files.split_last().unwrap();
        for file in others {
            assert!((400_000..1_200_000).contains(&file.bytes), "{file:?}");
        }
        assert!(last.rows > 0);
        let first = format!("s3://lake/out/part-00000-c000{}", format.ending());
        assert_eq!(report.files[0].path, first);
        // In their order the files have the rows in theirs.
        let mut next = 1;
        for file in &report.files {
            let table = table(&["n bigint", "m string"], &file.path, library, &[]);
            let sql = "SELECT min(n) AS low, max(n) AS high FROM t";
            let range = bed.query(&table, sql).await.unwrap();
            let end = next + file.rows;
            let expected = format!("| {} | {} |", next, end - 1);
            assert_eq!(
                words(&range),
                words(&format!("low | high {expected}")),
                "{file:?}"
            );
            next = end;
        }
        assert_eq!(next, 50_001);
    }
}

/// What stands between the lines of a printed table.
fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect()
}

#[tokio::test]
async fn no_rows_are_a_file_with_a_schema_or_no_partition() {
    let bed = Bed::new().await;
    let none = "SELECT 1 AS n, 2 AS year WHERE false";
    let report = bed.write(none, options(snappy(), &[])).await.unwrap();
    assert_eq!((report.files.len(), report.rows), (1, 0));
    let report = bed.write(none, options(snappy(), &["year"])).await.unwrap();
    assert_eq!(report.files.len(), 0);
    assert!(matches!(
        bed.write(none, options(snappy(), &["yaer"])).await,
        Err(EngineError::InvalidMetadata(_))
    ));
}

/// Every type that both formats have, null and not, nested and not.
const TYPES: &str = "SELECT 1 AS n, 'a,b' AS s, 1.5 AS d, true AS b, DATE '2025-01-31' AS day, \
    arrow_cast('2025-01-31T10:11:12.5', 'Timestamp(Millisecond, None)') AS t, \
    arrow_cast('12.34', 'Decimal128(10, 2)') AS price, make_array('x', NULL) AS tags, \
    named_struct('zip', 7, 'city', 'Seoul') AS place, map(['k'], [1]) AS scores, \
    arrow_cast('hi', 'Binary') AS raw \
    UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL";
const TYPE_COLUMNS: [&str; 11] = [
    "n bigint",
    "s string",
    "d double",
    "b boolean",
    "day date",
    "t timestamp",
    "price decimal(10,2)",
    "tags array<string>",
    "place struct<zip:bigint,city:string>",
    "scores map<string,bigint>",
    "raw binary",
];

/// What a table reads of the rows that were written in a format.
async fn written_and_read(
    format: WriteFormat,
    library: &str,
    parameters: &[(&str, &str)],
) -> String {
    let bed = Bed::new().await;
    bed.write(TYPES, options(format, &[])).await.unwrap();
    let table = table(&TYPE_COLUMNS, "s3://lake/out/", library, parameters);
    bed.query(&table, "SELECT * FROM t ORDER BY n")
        .await
        .unwrap()
}

const ALL_TYPES: &str = "\
+---+-----+-----+------+------------+-------------------------+-------+-------+-----------------------+--------+------+
| n | s   | d   | b    | day        | t                       | price | tags  | place                 | scores | raw  |
+---+-----+-----+------+------------+-------------------------+-------+-------+-----------------------+--------+------+
| 1 | a,b | 1.5 | true | 2025-01-31 | 2025-01-31T10:11:12.500 | 12.34 | [x, ] | {zip: 7, city: Seoul} | {k: 1} | 6869 |
|   |     |     |      |            |                         |       |       |                       |        |      |
+---+-----+-----+------+------------+-------------------------+-------+-------+-----------------------+--------+------+";

#[tokio::test]
async fn avro_keeps_every_type() {
    for compression in [
        AvroCompression::None,
        AvroCompression::Deflate,
        AvroCompression::Snappy,
        AvroCompression::Zstd,
        AvroCompression::Bzip2,
    ] {
        let read = written_and_read(WriteFormat::Avro(compression), AVRO, &[]).await;
        assert_eq!(read, ALL_TYPES, "{compression:?}");
    }
}

#[tokio::test]
async fn orc_keeps_every_type() {
    for compression in [
        OrcCompression::None,
        OrcCompression::Zlib,
        OrcCompression::Snappy,
        OrcCompression::Zstd,
        OrcCompression::Lz4,
    ] {
        let read = written_and_read(WriteFormat::Orc(compression), ORC, &[]).await;
        assert_eq!(read, ALL_TYPES, "{compression:?}");
    }
}

#[tokio::test]
async fn hive_text_keeps_every_type() {
    let format = WriteFormat::HiveText {
        delimiters: HiveDelimiters {
            field: b',',
            escape: Some(b'\\'),
            ..HiveDelimiters::default()
        },
        compression: TextCompression::None,
    };
    let parameters = [("field.delim", ","), ("escape.delim", "\\")];
    let read = written_and_read(format, LAZY_SIMPLE, &parameters).await;
    assert_eq!(read, ALL_TYPES);
}

#[tokio::test]
async fn rows_of_a_bucket_are_in_one_file() {
    let bed = Bed::new().await;
    let buckets = Buckets {
        columns: vec!["n".to_owned()],
        count: 3,
    };
    let numbers = "SELECT n, n % 2 AS even FROM generate_series(0, 999) AS s(n)";
    let write = WriteOptions {
        buckets: Some(buckets.clone()),
        file_stem: "q".to_owned(),
        ..options(snappy(), &["even"])
    };
    let report = bed.write(numbers, write).await.unwrap();
    assert_eq!(
        bed.keys().await,
        [
            "out/even=0/q_bucket-00000.snappy.parquet",
            "out/even=0/q_bucket-00001.snappy.parquet",
            "out/even=0/q_bucket-00002.snappy.parquet",
            "out/even=1/q_bucket-00000.snappy.parquet",
            "out/even=1/q_bucket-00001.snappy.parquet",
            "out/even=1/q_bucket-00002.snappy.parquet",
        ]
    );
    assert_eq!(report.rows, 1_000);
    let second = table(
        &["n bigint"],
        "s3://lake/out/even=1/q_bucket-00001.snappy.parquet",
        PARQUET,
        &[],
    );
    assert_eq!(
        bed.query(
            &second,
            "SELECT min(n % 3) AS low, max(n % 3) AS high, count(*) AS c FROM t"
        )
        .await
        .unwrap(),
        "+-----+------+-----+\n| low | high | c   |\n+-----+------+-----+\n| 1   | 1    | 167 |\n+-----+------+-----+"
    );
    let limited = WriteOptions {
        buckets: Some(buckets),
        max_partitions: Some(5),
        ..options(snappy(), &["even"])
    };
    assert!(matches!(
        bed.write(numbers, limited).await,
        Err(EngineError::TooManyPartitions { limit: 5 })
    ));
}
