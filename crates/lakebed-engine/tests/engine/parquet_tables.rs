use std::sync::Arc;

use arrow::array::{
    ArrayRef, Float32Array, Int32Array, Int64Array, RecordBatch, StringArray, StructArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field};
use lakebed_engine::{EngineError, LakeTable};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use crate::bed::{Bed, PARQUET, Partitions, rows, table};

fn parquet(columns: Vec<(&str, ArrayRef)>, rows_a_group: usize) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(rows_a_group))
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn name() -> ArrayRef {
    let first: ArrayRef = Arc::new(StringArray::from(vec!["Ada", "Alan"]));
    let last: ArrayRef = Arc::new(StringArray::from(vec!["Lovelace", "Turing"]));
    Arc::new(StructArray::from(vec![
        (
            Arc::new(Field::new("firstName", DataType::Utf8, true)),
            first,
        ),
        (Arc::new(Field::new("LAST", DataType::Utf8, true)), last),
    ]))
}

#[tokio::test]
async fn columns_are_found_by_name_whatever_the_case_and_missing_ones_are_null() {
    let bed = Bed::new().await;
    let content = parquet(
        vec![
            ("StudentName", name()),
            ("ID", Arc::new(Int32Array::from(vec![1, 2]))),
            ("score", Arc::new(Float32Array::from(vec![0.5, 1.5]))),
            (
                "seen",
                Arc::new(
                    TimestampMicrosecondArray::from(vec![0, 1_700_000_000_123_456])
                        .with_timezone("UTC"),
                ),
            ),
        ],
        1_000,
    );
    bed.put("p/a.parquet", content).await;
    let table = table(
        &[
            "id bigint",
            "score double",
            "studentname struct<last:string,firstname:string>",
            "seen timestamp",
            "added_later string",
        ],
        "s3://lake/p/",
        PARQUET,
        &[],
    );
    assert_eq!(
        bed.query(
            &table,
            "SELECT id, score, studentname['firstname'] AS first, studentname AS whole, seen, added_later \
             FROM t WHERE id > 1"
        )
        .await
        .unwrap(),
        "+----+-------+-------+---------------------------------+-------------------------+-------------+\n\
         | id | score | first | whole                           | seen                    | added_later |\n\
         +----+-------+-------+---------------------------------+-------------------------+-------------+\n\
         | 2  | 1.5   | Alan  | {last: Turing, firstname: Alan} | 2023-11-14T22:13:20.123 |             |\n\
         +----+-------+-------+---------------------------------+-------------------------+-------------+"
    );
}

#[tokio::test]
async fn a_type_that_does_not_fit_names_file_and_column_if_the_column_is_read() {
    let bed = Bed::new().await;
    let content = parquet(
        vec![
            ("id", Arc::new(Int64Array::from(vec![1]))),
            ("ok", Arc::new(Int64Array::from(vec![2]))),
        ],
        1_000,
    );
    bed.put("p/a.parquet", content).await;
    let table = table(&["id int", "ok bigint"], "s3://lake/p/", PARQUET, &[]);
    let error = bed.query(&table, "SELECT id FROM t").await.unwrap_err();
    let error = EngineError::find(&error).unwrap();
    assert_eq!(
        error.to_string(),
        "HIVE_BAD_DATA: Field id's type bigint in parquet file s3://lake/p/a.parquet \
         is incompatible with type int defined in table schema"
    );
    assert_eq!(
        bed.query(&table, "SELECT ok FROM t").await.unwrap(),
        "+----+\n| ok |\n+----+\n| 2  |\n+----+"
    );
}

#[tokio::test]
async fn a_file_that_is_not_parquet_is_named() {
    let bed = Bed::new().await;
    bed.put("p/a.csv", "not,parquet,at,all\n").await;
    let table = table(&["id int"], "s3://lake/p/", PARQUET, &[]);
    let error = bed.query(&table, "SELECT id FROM t").await.unwrap_err();
    let error = EngineError::find(&error).unwrap().to_string();
    assert!(
        error.starts_with("HIVE_BAD_DATA: Not valid Parquet file: s3://lake/p/a.csv"),
        "{error}"
    );
}

#[tokio::test]
async fn only_the_columns_and_row_groups_a_query_needs_are_fetched() {
    let bed = Bed::new().await;
    let numbers: Vec<i64> = (0..200_000).collect();
    let noise: StringArray = numbers
        .iter()
        .map(|n| Some(format!("{:x}", n.wrapping_mul(0x1E37_79B9_7F4A_7C15))))
        .collect();
    let content = parquet(
        vec![
            ("n", Arc::new(Int64Array::from(numbers))),
            ("noise", Arc::new(noise)),
        ],
        20_000,
    );
    let size = content.len() as u64;
    bed.put("p/a.parquet", content).await;
    let table = table(&["n bigint", "noise string"], "s3://lake/p/", PARQUET, &[]);
    let scanned = async |sql: &str| {
        let table = LakeTable::try_new(&table, Arc::new(Partitions::none())).unwrap();
        let session = bed.session_with(table);
        rows(&session, sql).await.unwrap();
        session.scanned_bytes()
    };
    let everything = scanned("SELECT n, noise FROM t").await;
    let one_column = scanned("SELECT sum(n) FROM t").await;
    let one_group = scanned("SELECT noise FROM t WHERE n = 199999").await;
    let no_column = scanned("SELECT count(*) FROM t").await;
    assert!(everything > size * 9 / 10, "{everything} of {size}");
    assert!(one_column < size * 2 / 3, "{one_column} of {size}");
    assert!(one_group < size / 4, "{one_group} of {size}");
    assert!(no_column < size / 20, "{no_column} of {size}");
}
