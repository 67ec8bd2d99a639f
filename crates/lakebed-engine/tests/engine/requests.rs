//! What a query asks storage for: nothing that it does not need.

use std::sync::Arc;

use lakebed_engine::{LakeTable, ParquetCompression, ScanRequests, WriteFormat, WriteOptions};

use crate::bed::{Bed, PARQUET, Partitions, column, rows, table};

const PARTITIONS: usize = 40;

/// A table of four columns with a Parquet file a partition.
async fn days(bed: &Bed) -> LakeTable {
    let snappy = WriteFormat::Parquet(ParquetCompression::Snappy);
    let options = WriteOptions {
        partition_by: vec!["day".to_owned()],
        ..WriteOptions::new("s3://lake/t/", snappy)
    };
    let sql = format!(
        "SELECT n AS id, n * 2 AS a, n * 3 AS b, concat('text ', CAST(n AS varchar)) AS c, \
         CAST(n % {PARTITIONS} AS varchar) AS day FROM (SELECT unnest(range(0, 4000)) AS n)"
    );
    bed.write(&sql, options).await.unwrap();
    let mut table = table(
        &["id bigint", "a bigint", "b bigint", "c string"],
        "s3://lake/t/",
        PARQUET,
        &[],
    );
    table.partition_keys = Some(vec![column("day string")]);
    let values: Vec<(String, String)> = (0..PARTITIONS)
        .map(|day| (day.to_string(), format!("s3://lake/t/day={day}/")))
        .collect();
    let values: Vec<[&str; 1]> = values.iter().map(|(day, _)| [day.as_str()]).collect();
    let places: Vec<String> = (0..PARTITIONS)
        .map(|day| format!("s3://lake/t/day={day}/"))
        .collect();
    let partitions: Vec<(&[&str], &str)> = values
        .iter()
        .zip(&places)
        .map(|(value, place)| (value.as_slice(), place.as_str()))
        .collect();
    LakeTable::try_new(&table, Arc::new(Partitions::new(&partitions))).unwrap()
}

#[tokio::test]
async fn a_partition_costs_a_listing_and_a_file_its_footer_and_the_columns_read() {
    let bed = Bed::new().await;
    // The footer's length, the footer, and a range a column chunk.
    for (sql, partitions, columns) in [
        ("SELECT sum(a) FROM t WHERE day = '7'", 1, 1),
        ("SELECT sum(a), max(c) FROM t WHERE day = '7'", 1, 2),
        ("SELECT * FROM t WHERE day = '7'", 1, 4),
        ("SELECT sum(b) FROM t WHERE day IN ('7', '8', '9')", 3, 1),
        ("SELECT sum(b) FROM t WHERE day = 'none'", 0, 1),
    ] {
        let session = bed.session_with(days(&bed).await);
        rows(&session, sql).await.unwrap();
        assert_eq!(
            session.scan_requests(),
            ScanRequests {
                listings: partitions,
                heads: 0,
                ranges: partitions * (2 + columns),
            },
            "{sql}"
        );
    }
}

#[tokio::test]
async fn the_bytes_scanned_are_those_of_the_columns_read() {
    let bed = Bed::new().await;
    let scanned = async |sql: &str| {
        let session = bed.session_with(days(&bed).await);
        rows(&session, sql).await.unwrap();
        session.scanned_bytes()
    };
    let everything = scanned("SELECT * FROM t").await;
    let one_column = scanned("SELECT sum(a) FROM t").await;
    let one_day = scanned("SELECT * FROM t WHERE day = '3'").await;
    assert!(one_column < everything, "{one_column} of {everything}");
    assert!(
        one_day * 30 < everything && one_day * 50 > everything,
        "{one_day} of {everything}"
    );
}
