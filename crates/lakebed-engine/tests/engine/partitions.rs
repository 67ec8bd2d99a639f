use std::sync::Arc;

use lakebed_engine::{EngineError, LakeTable};

use crate::bed::{Bed, OPEN_CSV, Partitions, column, rows, table};

/// A table with a partition a month; files of other months would fail the query if they were read.
async fn months(bed: &Bed) -> (LakeTable, Arc<Partitions>) {
    bed.put("m/year=2025/month=01/a.csv", "10\n11\n").await;
    bed.put("m/year=2025/month=02/a.csv", "broken\n").await;
    bed.put("m/elsewhere/a.csv", "30\n").await;
    let mut table = table(&["n int"], "s3://lake/m/", OPEN_CSV, &[]);
    table.partition_keys = Some(vec![column("year int"), column("month string")]);
    let partitions = Arc::new(Partitions::new(&[
        (&["2025", "01"], "s3://lake/m/year=2025/month=01/"),
        (&["2025", "02"], "s3://lake/m/year=2025/month=02"),
        (
            &["__HIVE_DEFAULT_PARTITION__", "03"],
            "s3://lake/m/elsewhere/",
        ),
        (&["2024", "01"], "s3://lake/m/year=2024/month=01/"),
    ]));
    let source: Arc<Partitions> = Arc::clone(&partitions);
    (LakeTable::try_new(&table, source).unwrap(), partitions)
}

#[tokio::test]
async fn only_files_of_matching_partitions_are_opened() {
    let bed = Bed::new().await;
    let (table, partitions) = months(&bed).await;
    let session = bed.session_with(table);
    assert_eq!(
        rows(
            &session,
            "SELECT n, year, month FROM t WHERE year = 2025 AND month < '02' ORDER BY n"
        )
        .await
        .unwrap(),
        "+----+------+-------+\n\
         | n  | year | month |\n\
         +----+------+-------+\n\
         | 10 | 2025 | 01    |\n\
         | 11 | 2025 | 01    |\n\
         +----+------+-------+"
    );
    assert_eq!(session.scanned_bytes(), 6);
    let asked = partitions.asked();
    assert_eq!(
        asked.last().unwrap().as_deref(),
        Some("year = 2025 AND month < '02'")
    );
}

#[tokio::test]
async fn filters_that_glue_cannot_express_prune_too() {
    let bed = Bed::new().await;
    let (table, partitions) = months(&bed).await;
    let session = bed.session_with(table);
    let sql =
        "SELECT n FROM t WHERE year IS NULL OR concat(year, '-', month) = '2025-01' ORDER BY n";
    assert_eq!(
        rows(&session, sql).await.unwrap(),
        "+----+\n| n  |\n+----+\n| 10 |\n| 11 |\n| 30 |\n+----+"
    );
    assert_eq!(partitions.asked().last().unwrap(), &None);
}

#[tokio::test]
async fn without_a_filter_every_partition_is_read() {
    let bed = Bed::new().await;
    let (table, _) = months(&bed).await;
    let session = bed.session_with(table);
    let error = rows(&session, "SELECT sum(n) FROM t").await.unwrap_err();
    let error = EngineError::find(&error).unwrap().to_string();
    assert!(error.contains("m/year=2025/month=02/a.csv"), "{error}");
}

#[tokio::test]
async fn a_partition_value_that_is_not_of_its_keys_type_is_named() {
    let bed = Bed::new().await;
    let mut table = table(&["n int"], "s3://lake/m/", OPEN_CSV, &[]);
    table.partition_keys = Some(vec![column("year int")]);
    for (values, wanted) in [
        (
            &["x"] as &[&str],
            "a partition of table db.t has the value 'x' for key 'year', which is not of type int",
        ),
        (
            &["2025", "01"],
            "a partition of table db.t has the values [2025, 01], but the table has 1 partition keys",
        ),
    ] {
        let partitions = Partitions::new(&[(values, "s3://lake/m/")]);
        let lake_table = LakeTable::try_new(&table, Arc::new(partitions)).unwrap();
        let session = bed.session_with(lake_table);
        let error = rows(&session, "SELECT * FROM t").await.unwrap_err();
        let error = EngineError::find(&error).unwrap();
        assert_eq!(
            error.to_string(),
            format!("HIVE_INVALID_METADATA: {wanted}")
        );
    }
}
