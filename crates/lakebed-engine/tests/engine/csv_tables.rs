use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use lakebed_core::FailureClass;
use lakebed_engine::EngineError;

use crate::bed::{Bed, LAZY_SIMPLE, OPEN_CSV, table, texts};

#[tokio::test]
async fn open_csv_takes_quotes_off_and_leaves_texts_as_they_are() {
    let bed = Bed::new().await;
    let content = "\u{feff}name,note,score\n\
                   김,\"빠르고, 정확\",5\r\n\
                   ,\"\"\"so\"\" \\\"said\\\"\",-2\n\
                   이,x\n\
                   박,y,7,more";
    bed.put("csv/data.csv", content).await;
    let mut table = table(
        &["name string", "note string", "score int"],
        "s3://lake/csv/",
        OPEN_CSV,
        &[("separatorChar", ","), ("quoteChar", "\"")],
    );
    table.parameters = Some(texts(&[("skip.header.line.count", "1")]));
    assert_eq!(
        bed.query(&table, "SELECT * FROM t").await.unwrap(),
        "+------+--------------+-------+\n\
         | name | note         | score |\n\
         +------+--------------+-------+\n\
         | 김   | 빠르고, 정확 | 5     |\n\
         |      | \"so\" \"said\"  | -2    |\n\
         | 이   | x            |       |\n\
         | 박   | y            | 7     |\n\
         +------+--------------+-------+"
    );
}

#[tokio::test]
async fn open_csv_refuses_what_is_not_of_the_type_and_says_where() {
    let bed = Bed::new().await;
    bed.put("csv/data.csv", "1\n2\n\"\"\n").await;
    let table = table(&["n int"], "s3://lake/csv/", OPEN_CSV, &[]);
    let error = bed.query(&table, "SELECT * FROM t").await.unwrap_err();
    let error = EngineError::find(&error).unwrap();
    assert_eq!(
        error.to_string(),
        "HIVE_BAD_DATA: column 'n': Error parsing field value '' for field 0: For input string: \
         \"\" (table db.t, file s3://lake/csv/data.csv record 3)"
    );
    assert_eq!(error.name(), Some("HIVE_BAD_DATA"));
    assert_eq!(error.class(), FailureClass::Data);
}

#[tokio::test]
async fn columns_that_are_not_asked_for_are_not_converted() {
    let bed = Bed::new().await;
    bed.put("csv/data.csv", "1,x\n2,y\n").await;
    let table = table(&["a int", "b int"], "s3://lake/csv/", OPEN_CSV, &[]);
    let sum = bed
        .query(&table, "SELECT sum(a) AS s FROM t")
        .await
        .unwrap();
    assert_eq!(sum, "+---+\n| s |\n+---+\n| 3 |\n+---+");
    let count = bed
        .query(&table, "SELECT count(*) AS n FROM t")
        .await
        .unwrap();
    assert_eq!(count, "+---+\n| n |\n+---+\n| 2 |\n+---+");
}

#[tokio::test]
async fn lazy_simple_gives_null_for_what_is_not_of_the_type() {
    let bed = Bed::new().await;
    let content = "1\ta\t2025-01-31\t2025-01-31 10:11:12.5\ttrue\n\
                   x\t\\N\tsoon\t\tmaybe\n\
                   \t\n";
    bed.put("tsv/data.tsv", content).await;
    let table = table(
        &["n int", "s string", "d date", "t timestamp", "b boolean"],
        "s3://lake/tsv",
        LAZY_SIMPLE,
        &[("field.delim", "\t"), ("serialization.format", "\t")],
    );
    assert_eq!(
        bed.query(&table, "SELECT *, s IS NULL AS none FROM t")
            .await
            .unwrap(),
        "+---+---+------------+-------------------------+------+-------+\n\
         | n | s | d          | t                       | b    | none  |\n\
         +---+---+------------+-------------------------+------+-------+\n\
         | 1 | a | 2025-01-31 | 2025-01-31T10:11:12.500 | true | false |\n\
         |   |   |            |                         |      | true  |\n\
         |   |   |            |                         |      | false |\n\
         +---+---+------------+-------------------------+------+-------+"
    );
}

#[tokio::test]
async fn lazy_simple_nests_by_separators() {
    let bed = Bed::new().await;
    let content = "a;b;\\N,x:1;y:z,7;seoul:busan\n,,\n\\N,\\N,\\N\n";
    bed.put("t/data.txt", content).await;
    let table = table(
        &[
            "tags array<string>",
            "scores map<string,int>",
            "place struct<zip:int,cities:array<string>>",
        ],
        "s3://lake/t/",
        LAZY_SIMPLE,
        &[
            ("field.delim", ","),
            ("colelction.delim", ";"),
            ("mapkey.delim", ":"),
        ],
    );
    assert_eq!(
        bed.query(&table, "SELECT *, tags IS NULL AS none FROM t")
            .await
            .unwrap(),
        "+----------+-------------+----------------------------------+-------+\n\
         | tags     | scores      | place                            | none  |\n\
         +----------+-------------+----------------------------------+-------+\n\
         | [a, b, ] | {x: 1, y: } | {zip: 7, cities: [seoul, busan]} | false |\n\
         | []       | {}          | {zip: , cities: }                | false |\n\
         |          |             |                                  | true  |\n\
         +----------+-------------+----------------------------------+-------+"
    );
}

#[tokio::test]
async fn escapes_keep_delimiters_at_every_level() {
    let bed = Bed::new().await;
    bed.put("t/data.txt", "a\\,b,c\\;d;e,k\\:1:v:w;l\n").await;
    let table = table(
        &["s string", "tags array<string>", "m map<string,string>"],
        "s3://lake/t/",
        LAZY_SIMPLE,
        &[
            ("field.delim", ","),
            ("collection.delim", ";"),
            ("mapkey.delim", ":"),
            ("escape.delim", "\\"),
        ],
    );
    assert_eq!(
        bed.query(&table, "SELECT * FROM t").await.unwrap(),
        "+-----+----------+-----------------+\n\
         | s   | tags     | m               |\n\
         +-----+----------+-----------------+\n\
         | a,b | [c;d, e] | {k:1: v:w, l: } |\n\
         +-----+----------+-----------------+"
    );
}

#[tokio::test]
async fn compressed_text_is_read_by_its_ending() {
    let bed = Bed::new().await;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(b"a,1\nb,2\n").unwrap();
    bed.put("csv/one.csv.gz", gzip.finish().unwrap()).await;
    bed.put("csv/two.csv", "c,3").await;
    let table = table(
        &["s string", "n int"],
        "s3://lake/csv/",
        LAZY_SIMPLE,
        &[("field.delim", ",")],
    );
    assert_eq!(
        bed.query(&table, "SELECT s, n FROM t ORDER BY n")
            .await
            .unwrap(),
        "+---+---+\n| s | n |\n+---+---+\n| a | 1 |\n| b | 2 |\n| c | 3 |\n+---+---+"
    );
}

#[tokio::test]
async fn large_files_are_read_in_ranges_without_losing_rows() {
    let bed = Bed::new().await;
    let mut content = String::from("n,text\n");
    let rows = 400_000;
    for n in 0..rows {
        content.push_str(&format!("{n},\"row, number {n}, some filling\"\n"));
    }
    assert!(content.len() > 12 << 20, "large enough to be split");
    let size = content.len() as u64;
    bed.put("csv/data.csv", content).await;
    let mut table = table(
        &["n bigint", "text string"],
        "s3://lake/csv/",
        OPEN_CSV,
        &[],
    );
    table.parameters = Some(texts(&[("skip.header.line.count", "1")]));
    let table = lakebed_engine::LakeTable::try_new(
        &table,
        std::sync::Arc::new(crate::bed::Partitions::none()),
    )
    .unwrap();
    let session = bed.session_with(table);
    let sum: i64 = (0..rows).sum();
    assert_eq!(
        crate::bed::rows(&session, "SELECT count(*) AS c, sum(n) AS s FROM t")
            .await
            .unwrap(),
        format!(
            "+--------+-------------+\n\
             | c      | s           |\n\
             +--------+-------------+\n\
             | {rows} | {sum} |\n\
             +--------+-------------+"
        )
    );
    let scanned = session.scanned_bytes();
    assert!(
        (size..size + size / 10).contains(&scanned),
        "{scanned} of {size}"
    );
}

#[tokio::test]
async fn a_location_that_is_a_file_is_read() {
    let bed = Bed::new().await;
    bed.put("csv/one.csv", "a\n").await;
    bed.put("csv/one.csv2", "b\n").await;
    let table = table(&["s string"], "s3://lake/csv/one.csv", OPEN_CSV, &[]);
    assert_eq!(
        bed.query(&table, "SELECT s FROM t").await.unwrap(),
        "+---+\n| s |\n+---+\n| a |\n+---+"
    );
}

#[tokio::test]
async fn hidden_and_empty_files_are_no_data() {
    let bed = Bed::new().await;
    for key in ["t/_SUCCESS", "t/.crc", "t/_temporary/part.csv"] {
        bed.put(key, "no\n").await;
    }
    bed.put("t/empty.csv", "").await;
    bed.put("t/deeper/a.csv", "yes\n").await;
    let table = table(&["s string"], "s3://lake/t/", LAZY_SIMPLE, &[]);
    assert_eq!(
        bed.query(&table, "SELECT s FROM t").await.unwrap(),
        "+-----+\n| s   |\n+-----+\n| yes |\n+-----+"
    );
}

#[tokio::test]
async fn definitions_that_make_no_sense_name_table_and_column() {
    let bed = Bed::new().await;
    let wrong = table(&["n itn"], "s3://lake/t/", LAZY_SIMPLE, &[]);
    let error = bed.query(&wrong, "SELECT 1").await.unwrap_err();
    assert_eq!(
        EngineError::find(&error).unwrap().to_string(),
        "HIVE_INVALID_METADATA: column 'n' of table db.t has the type 'itn', which is not one"
    );
    let unread = table(
        &["n int"],
        "s3://lake/t/",
        "com.amazon.ionhiveserde.IonHiveSerDe",
        &[],
    );
    let error = bed.query(&unread, "SELECT 1").await.unwrap_err();
    assert_eq!(
        EngineError::find(&error).unwrap().name(),
        Some("HIVE_UNSUPPORTED_FORMAT")
    );
}

#[tokio::test]
async fn a_bucket_that_is_missing_is_an_error() {
    let bed = Bed::new().await;
    let table = table(&["s string"], "s3://no-such-lake/t/", LAZY_SIMPLE, &[]);
    let error = bed.query(&table, "SELECT s FROM t").await.unwrap_err();
    let error = EngineError::find(&error).unwrap();
    assert_eq!(error.name(), Some("HIVE_FILESYSTEM_ERROR"), "{error}");
}
