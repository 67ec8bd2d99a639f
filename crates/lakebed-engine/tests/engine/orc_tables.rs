use std::sync::Arc;

use lakebed_engine::{EngineError, LakeTable, OrcCompression, WriteFormat, WriteOptions};

use crate::bed::{Bed, ORC, Partitions, rows, table};

fn options(compression: OrcCompression) -> WriteOptions {
    WriteOptions {
        file_stem: "a".to_owned(),
        ..WriteOptions::new("s3://lake/t/", WriteFormat::Orc(compression))
    }
}

const ROWS: &str = "SELECT arrow_cast(1, 'Int32') AS \"Id\", 'Kim' AS name, 1.5 AS d, true AS b, \
    DATE '2025-01-31' AS day, \
    arrow_cast('2025-01-31T10:11:12.5', 'Timestamp(Millisecond, None)') AS t \
    UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL";

#[tokio::test]
async fn columns_are_found_by_place_unless_the_table_says_by_name() {
    for compression in [
        OrcCompression::None,
        OrcCompression::Zlib,
        OrcCompression::Snappy,
        OrcCompression::Zstd,
        OrcCompression::Lz4,
    ] {
        let bed = Bed::new().await;
        bed.write(ROWS, options(compression)).await.unwrap();
        let by_place = table(
            &[
                "number bigint",
                "who string",
                "d double",
                "b boolean",
                "day date",
                "t timestamp",
                "more int",
            ],
            "s3://lake/t/",
            ORC,
            &[],
        );
        assert_eq!(
            bed.query(&by_place, "SELECT * FROM t ORDER BY number")
                .await
                .unwrap(),
            "+--------+-----+-----+------+------------+-------------------------+------+\n\
             | number | who | d   | b    | day        | t                       | more |\n\
             +--------+-----+-----+------+------------+-------------------------+------+\n\
             | 1      | Kim | 1.5 | true | 2025-01-31 | 2025-01-31T10:11:12.500 |      |\n\
             |        |     |     |      |            |                         |      |\n\
             +--------+-----+-----+------+------------+-------------------------+------+",
            "{compression:?}"
        );
        assert_eq!(
            bed.query(&by_place, "SELECT count(*) AS n FROM t")
                .await
                .unwrap(),
            "+---+\n| n |\n+---+\n| 2 |\n+---+"
        );
        let by_name = table(
            &["name string", "id int", "missing int"],
            "s3://lake/t/",
            ORC,
            &[("orc.column.index.access", "false")],
        );
        assert_eq!(
            bed.query(&by_name, "SELECT * FROM t WHERE id = 1")
                .await
                .unwrap(),
            "+------+----+---------+\n\
             | name | id | missing |\n\
             +------+----+---------+\n\
             | Kim  | 1  |         |\n\
             +------+----+---------+"
        );
    }
}

#[tokio::test]
async fn what_does_not_fit_names_file_and_column() {
    let bed = Bed::new().await;
    bed.write(ROWS, options(OrcCompression::Zlib))
        .await
        .unwrap();
    let wrong = table(&["id int", "name int"], "s3://lake/t/", ORC, &[]);
    assert_eq!(
        bed.error(&wrong, "SELECT name FROM t").await,
        "HIVE_BAD_DATA: Field name's type string in orc file s3://lake/t/a-00000.orc is \
         incompatible with type int defined in table schema"
    );
    assert!(bed.query(&wrong, "SELECT id FROM t").await.is_ok());
}

/// Whatever a file holds, the query fails and nothing else does.
#[tokio::test]
async fn broken_files_are_errors() {
    let bed = Bed::new().await;
    let report = bed
        .write(ROWS, options(OrcCompression::Snappy))
        .await
        .unwrap();
    let columns = [
        "id int",
        "name string",
        "d double",
        "b boolean",
        "day date",
        "t timestamp",
    ];
    let broken = table(&columns, "s3://lake/u/", ORC, &[]);
    let whole = bed.content(&report.files[0].path).await;
    for content in [
        &b"no ORC at all, but text"[..],
        b"ORC",
        &whole[..whole.len() / 2],
    ] {
        bed.put("u/a.orc", content.to_vec()).await;
        let error = bed.error(&broken, "SELECT * FROM t").await;
        assert!(
            error.starts_with("HIVE_BAD_DATA: Malformed ORC file.")
                && error.ends_with("[s3://lake/u/a.orc]"),
            "{error}"
        );
    }
    // Every byte changed in turn: rows, or an error, but never a panic or an endless loop.
    for index in (0..whole.len()).step_by(3) {
        let mut changed = whole.clone();
        changed[index] ^= 0xff;
        bed.put("u/a.orc", changed).await;
        if let Err(error) = bed.query(&broken, "SELECT * FROM t").await {
            assert!(EngineError::find(&error).is_some(), "byte {index}: {error}");
        }
    }
}

#[tokio::test]
async fn only_wanted_columns_are_fetched_and_large_files_in_stripes() {
    let bed = Bed::new().await;
    let sql = "SELECT n, 'row, number ' || n || md5(n::text) || md5((n + 1)::text) AS s \
               FROM generate_series(0, 799999) AS t(n)";
    let report = bed.write(sql, options(OrcCompression::None)).await.unwrap();
    assert!(report.bytes > 50 << 20, "several stripes: {}", report.bytes);
    let definition = table(&["n bigint", "s string"], "s3://lake/t/", ORC, &[]);
    let scan = async |sql: &str| {
        let table = LakeTable::try_new(&definition, Arc::new(Partitions::none())).unwrap();
        let session = bed.session_with(table);
        (rows(&session, sql).await.unwrap(), session.scanned_bytes())
    };
    let (sum, narrow) = scan("SELECT count(*) AS c, sum(n) AS total FROM t").await;
    assert_eq!(
        sum,
        "+--------+--------------+\n\
         | c      | total        |\n\
         +--------+--------------+\n\
         | 800000 | 319999600000 |\n\
         +--------+--------------+"
    );
    let (_, wide) = scan("SELECT count(DISTINCT s) FROM t").await;
    assert!(narrow * 5 < report.bytes, "{narrow} of {}", report.bytes);
    assert!(wide * 10 > report.bytes * 8, "{wide} of {}", report.bytes);
}

#[tokio::test]
async fn what_cannot_be_written_is_refused() {
    let bed = Bed::new().await;
    for (sql, kind) in [
        ("SELECT make_array(1) AS c", "array<bigint>"),
        (
            "SELECT arrow_cast(1, 'Decimal128(10, 2)') AS c",
            "decimal(10,2)",
        ),
    ] {
        let error = bed
            .write(sql, options(OrcCompression::Zlib))
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "HIVE_UNSUPPORTED_FORMAT: lakebed does not write ORC columns of type {kind} yet \
                 (column 'c')"
            )
        );
    }
    assert!(bed.keys().await.is_empty());
}
