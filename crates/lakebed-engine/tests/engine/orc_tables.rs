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

/// Values of every length, sign and depth, in runs and out of them, in several batches and stripes.
#[tokio::test]
async fn many_values_of_every_type_come_back() {
    let values = "SELECT n, \
        arrow_cast(CASE WHEN n % 50 < 20 THEN 5 ELSE n % 127 END, 'Int8') AS tiny, \
        arrow_cast((n * 7919) % 65536 - 32768, 'Int16') AS small, \
        CASE WHEN n % 7 = 0 THEN NULL ELSE n * n * (CASE WHEN n % 2 = 0 THEN 1000003 ELSE -1000003 END) END AS big, \
        arrow_cast(n, 'Float32') / 3 AS f, n % 3 = 0 AS b, \
        arrow_cast(arrow_cast(n % 40000 - 20000, 'Int32'), 'Date32') AS day, \
        arrow_cast(CASE WHEN n % 9 = 0 THEN NULL ELSE (n - 30000) * 86400003 END, 'Timestamp(Millisecond, None)') AS t, \
        arrow_cast((n - 30000) * 12345.67, 'Decimal128(38, 10)') AS price, \
        CASE WHEN n % 5 = 0 THEN NULL WHEN n % 11 = 0 THEN arrow_cast(make_array(), 'List(Utf8)') \
             ELSE make_array(n::text, NULL, '') END AS tags, \
        CASE WHEN n % 4 = 0 THEN NULL ELSE named_struct('a', n % 10, 'b', named_struct('c', make_array(n % 3, n))) END AS deep, \
        CASE WHEN n % 6 = 0 THEN NULL ELSE map([n::text, 'k'], [n, NULL]) END AS scores \
        FROM generate_series(0, 59999) AS g(n)";
    let columns = [
        "n bigint",
        "tiny tinyint",
        "small smallint",
        "big bigint",
        "f float",
        "b boolean",
        "day date",
        "t timestamp",
        "price decimal(38,10)",
        "tags array<string>",
        "deep struct<a:bigint,b:struct<c:array<bigint>>>",
        "scores map<string,bigint>",
    ];
    let bed = Bed::new().await;
    bed.write(values, options(OrcCompression::Zlib))
        .await
        .unwrap();
    let written = table(&columns, "s3://lake/t/", ORC, &[]);
    let table = LakeTable::try_new(&written, Arc::new(Partitions::none())).unwrap();
    let session = bed.session_with(table);
    let compared = [
        "@.tiny",
        "@.small",
        "@.big",
        "@.f",
        "@.b",
        "@.day",
        "@.t",
        "@.price",
        "@.tags::text",
        "@.deep.a",
        "@.deep.b.c::text",
        "map_keys(@.scores)::text",
        "map_values(@.scores)::text",
    ]
    .map(|value| {
        let (read, given) = (value.replace('@', "t"), value.replace('@', "v"));
        format!("({read} IS NOT DISTINCT FROM {given})")
    })
    .join(" AND ");
    let differing = format!(
        "SELECT count(*) AS both, sum(CASE WHEN {compared} THEN 0 ELSE 1 END) AS differing \
         FROM t JOIN ({values}) v ON t.n = v.n"
    );
    assert_eq!(
        rows(&session, &differing).await.unwrap(),
        "+-------+-----------+\n\
         | both  | differing |\n\
         +-------+-----------+\n\
         | 60000 | 0         |\n\
         +-------+-----------+"
    );
}

#[tokio::test]
async fn what_orc_cannot_hold_is_refused() {
    let bed = Bed::new().await;
    let sql = "SELECT arrow_cast(-500, 'Timestamp(Millisecond, None)') AS t";
    let error = bed
        .write(sql, options(OrcCompression::Zlib))
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("ORC cannot hold fractions of the last second before 1970"),
        "{error}"
    );
    assert!(bed.keys().await.is_empty());
}
