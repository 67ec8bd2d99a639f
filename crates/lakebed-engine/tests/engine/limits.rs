//! Columns of a declared length, and queries that want more than they may have.

use lakebed_core::{Platform, Settings};
use lakebed_engine::{Engine, EngineSettings, ParquetCompression, WriteFormat, WriteOptions};
use lakebed_storage::Storage;

use crate::bed::{Bed, LAZY_SIMPLE, PARQUET, rows, table};

#[tokio::test]
async fn texts_are_cut_to_the_declared_length() {
    let bed = Bed::new().await;
    bed.put("csv/a", "abcdef,abc,x\nab,a  b,y\n,\\N,z\n").await;
    let columns = ["v varchar(3)", "c char(2)", "s string"];
    let text = table(
        &columns,
        "s3://lake/csv/",
        LAZY_SIMPLE,
        &[("field.delim", ",")],
    );
    assert_eq!(
        bed.query(
            &text,
            "SELECT s, v, c, character_length(c) AS l FROM t ORDER BY s"
        )
        .await
        .unwrap(),
        "+---+-----+----+---+\n\
         | s | v   | c  | l |\n\
         +---+-----+----+---+\n\
         | x | abc | ab | 2 |\n\
         | y | ab  | a  | 1 |\n\
         | z |     |    |   |\n\
         +---+-----+----+---+"
    );
    // What a file's statistics say of its longer texts must not hide them.
    let snappy = WriteFormat::Parquet(ParquetCompression::Snappy);
    bed.write(
        "SELECT 'abcdef' AS v, 1 AS n",
        WriteOptions::new("s3://lake/p/", snappy),
    )
    .await
    .unwrap();
    let parquet = table(&["v varchar(3)", "n bigint"], "s3://lake/p/", PARQUET, &[]);
    for condition in [
        "v = 'abc'",
        "v < 'abcd'",
        "v LIKE '___'",
        "v IN ('abc', 'x')",
    ] {
        assert_eq!(
            bed.query(
                &parquet,
                &format!("SELECT n FROM t WHERE {condition} ORDER BY v LIMIT 1")
            )
            .await
            .unwrap(),
            "+---+\n| n |\n+---+\n| 1 |\n+---+",
            "{condition}"
        );
    }
}

#[tokio::test]
async fn greedy_queries_fail_alone() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::open(Settings::at(folder.path())).unwrap();
    let storage = Storage::open(platform.clone()).unwrap();
    let settings = EngineSettings {
        memory_limit_bytes: 12 << 20,
        spill_limit_bytes: 16 << 20,
        threads: 2,
    };
    let engine = Engine::new(&platform, storage, settings).unwrap();
    let numbers = "SELECT unnest(range(0, 1000)) AS n";
    let sort = format!(
        "SELECT a.n, b.n, md5(CAST(a.n * b.n AS varchar)) AS m FROM ({numbers}) a CROSS JOIN ({numbers}) b ORDER BY m"
    );
    let group = format!(
        "SELECT a.n, array_agg(repeat(CAST(b.n AS varchar), 20)) AS all_of_them FROM ({numbers}) a CROSS JOIN ({numbers}) b GROUP BY a.n"
    );
    for greedy in [sort, group] {
        let session = engine.session(engine.session_config());
        let error = rows(&session, &greedy).await.unwrap_err();
        assert!(lakebed_engine::is_exhausted(&error), "{error}");
        // What it held and spilled is free again.
        drop(session);
        let session = engine.session(engine.session_config());
        let modest = format!("SELECT count(DISTINCT n % 1000) AS c FROM ({numbers})");
        assert_eq!(
            rows(&session, &modest).await.unwrap(),
            "+------+\n| c    |\n+------+\n| 1000 |\n+------+"
        );
        let spilled = std::fs::read_dir(folder.path().join("spill")).unwrap();
        let files = spilled.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
        assert_eq!(files.count(), 0);
    }
}
