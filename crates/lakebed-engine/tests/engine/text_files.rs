//! What all text formats have in common: compression, lines around the data, what cannot be read.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::bed::{Bed, LAZY_SIMPLE, OPENX_JSON, table, texts};

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_file_that_was_cut_off_is_named() {
    let bed = Bed::new().await;
    let whole = gzip("1\n2\n3\n".repeat(10_000).as_bytes());
    bed.put("t/a.csv.gz", whole[..whole.len() / 2].to_vec())
        .await;
    let cut_off = table(&["n int"], "s3://lake/t/", LAZY_SIMPLE, &[]);
    assert_eq!(
        bed.error(&cut_off, "SELECT sum(n) FROM t").await,
        "HIVE_CURSOR_ERROR: Failed to read file at s3://lake/t/a.csv.gz: unexpected end of file"
    );
    bed.put("t/a.csv.gz", "no gzip at all\n").await;
    assert_eq!(
        bed.error(&cut_off, "SELECT sum(n) FROM t").await,
        "HIVE_CURSOR_ERROR: Failed to read file at s3://lake/t/a.csv.gz: invalid gzip header"
    );
}

#[tokio::test]
async fn lines_around_the_data_are_left_out() {
    let bed = Bed::new().await;
    bed.put("t/a.csv", "made by x\nid\n1\n2\ntotal\n3\n").await;
    bed.put("t/b.csv", "only\nlines\naround\n").await;
    let mut margins = table(&["n string"], "s3://lake/t/", LAZY_SIMPLE, &[]);
    margins.parameters = Some(texts(&[
        ("skip.header.line.count", "2"),
        ("skip.footer.line.count", "2"),
    ]));
    assert_eq!(
        bed.query(&margins, "SELECT n FROM t").await.unwrap(),
        "+---+\n| n |\n+---+\n| 1 |\n| 2 |\n+---+"
    );
}

/// A gigabyte of one line, which a megabyte unpacks to, and objects in objects without end.
#[tokio::test]
async fn lines_without_end_are_refused_before_they_fill_the_memory() {
    let bed = Bed::new().await;
    let mut endless = GzEncoder::new(Vec::new(), Compression::best());
    let filling = vec![b'x'; 1 << 20];
    for _ in 0..1_024 {
        endless.write_all(&filling).unwrap();
    }
    bed.put("long/a.csv.gz", endless.finish().unwrap()).await;
    let long = table(&["s string"], "s3://lake/long/", LAZY_SIMPLE, &[]);
    let error = bed.error(&long, "SELECT count(*) FROM t").await;
    assert!(
        error.starts_with("HIVE_CURSOR_ERROR: Line too long in text file: s3://lake/long/a.csv.gz"),
        "{error}"
    );
    let deep = "{\"a\":".repeat(1_000_000);
    bed.put("deep/a.json", deep).await;
    let deep = table(&["a string"], "s3://lake/deep/", OPENX_JSON, &[]);
    let error = bed.error(&deep, "SELECT a FROM t").await;
    assert!(
        error.starts_with(
            "HIVE_CURSOR_ERROR: Row is not a valid JSON Object - JSONException: Nested too deeply"
        ),
        "{error}"
    );
}

#[tokio::test]
async fn two_columns_of_one_name_are_refused() {
    let bed = Bed::new().await;
    let twice = table(
        &["a int", "b int", "A string"],
        "s3://lake/t/",
        LAZY_SIMPLE,
        &[],
    );
    assert_eq!(
        bed.error(&twice, "SELECT b FROM t").await,
        "HIVE_INVALID_METADATA: Hive metadata for table db.t is invalid: Table descriptor \
         contains duplicate columns ('a')"
    );
}
