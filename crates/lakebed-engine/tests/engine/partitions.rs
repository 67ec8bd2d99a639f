use std::sync::Arc;

use lakebed_engine::{EngineError, LakeTable};
use lakebed_wire::glue::Partition;

use crate::bed::{Bed, LAZY_SIMPLE, OPEN_CSV, OPENX_JSON, Partitions, column, rows, table};

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

/// A partition of the table `t`, by the value of its key `p`.
fn described(
    value: &str,
    columns: &[&str],
    library: &str,
    parameters: &[(&str, &str)],
) -> Partition {
    let location = format!("s3://lake/t/p={value}/");
    Partition {
        values: Some(vec![value.to_owned()]),
        storage_descriptor: table(columns, &location, library, parameters).storage_descriptor,
        ..Default::default()
    }
}

async fn query(bed: &Bed, partitions: Vec<Partition>, sql: &str) -> Result<String, String> {
    let mut table = table(
        &["id int", "name string"],
        "s3://lake/t/",
        LAZY_SIMPLE,
        &[("field.delim", ",")],
    );
    table.partition_keys = Some(vec![column("p string")]);
    let partitions = Arc::new(Partitions::described(partitions));
    let session = bed.session_with(LakeTable::try_new(&table, partitions).unwrap());
    rows(&session, sql)
        .await
        .map_err(|error| EngineError::find(&error).unwrap().to_string())
}

#[tokio::test]
async fn a_partition_is_read_by_its_own_serde() {
    let bed = Bed::new().await;
    bed.put("t/p=csv/a", "1,Kim\n").await;
    bed.put("t/p=tsv/a", "2\tLee\n").await;
    bed.put("t/p=json/a", "{\"id\": 3, \"name\": \"Park\"}\n")
        .await;
    let columns = ["id int", "name string"];
    let partitions = vec![
        described("csv", &columns, LAZY_SIMPLE, &[("field.delim", ",")]),
        described("tsv", &columns, LAZY_SIMPLE, &[("field.delim", "\t")]),
        described("json", &[], OPENX_JSON, &[]),
    ];
    assert_eq!(
        query(&bed, partitions, "SELECT * FROM t ORDER BY id")
            .await
            .unwrap(),
        "+----+------+------+\n\
         | id | name | p    |\n\
         +----+------+------+\n\
         | 1  | Kim  | csv  |\n\
         | 2  | Lee  | tsv  |\n\
         | 3  | Park | json |\n\
         +----+------+------+"
    );
}

#[tokio::test]
async fn a_partition_whose_columns_do_not_fit_is_refused() {
    let bed = Bed::new().await;
    bed.put("t/p=1/a", "1,Kim\n").await;
    let narrower = described("1", &["id smallint"], LAZY_SIMPLE, &[("field.delim", ",")]);
    let sql = "SELECT id FROM t";
    assert_eq!(
        query(&bed, vec![narrower], sql).await.unwrap(),
        "+----+\n| id |\n+----+\n| 1  |\n+----+"
    );
    let other = described(
        "1",
        &["id double", "name string"],
        LAZY_SIMPLE,
        &[("field.delim", ",")],
    );
    assert_eq!(
        query(&bed, vec![other], sql).await.unwrap_err(),
        "HIVE_PARTITION_SCHEMA_MISMATCH: There is a mismatch between the table and partition \
         schemas. The types are incompatible and cannot be coerced. The column 'id' in table \
         'db.t' is declared as type 'int', but partition 'p=1' declared column 'id' as type \
         'double'."
    );
}
