use std::sync::Arc;

use lakebed_engine::{CsvOptions, EngineError, FilesFormat, FilesTable};

use crate::bed::{Bed, rows};

fn csv(with_header: bool, multiline: bool) -> FilesFormat {
    FilesFormat::Csv(CsvOptions {
        separator: b',',
        quote: Some(b'"'),
        escape: None,
        with_header,
        multiline,
    })
}

async fn read(bed: &Bed, path: &str, format: FilesFormat) -> Result<String, EngineError> {
    let session = bed.session();
    let table = FilesTable::infer(&session, &[path.to_owned()], format).await?;
    session
        .context()
        .register_table("t", Arc::new(table))
        .unwrap();
    Ok(rows(&session, "SELECT * FROM t").await?)
}

#[tokio::test]
async fn csv_columns_are_texts_named_by_the_header() {
    let bed = Bed::new().await;
    bed.put("in/a.csv", "ID,note\n1,\"two\nlines\"\n\n2,\n")
        .await;
    assert_eq!(
        read(&bed, "s3://lake/in/", csv(true, true)).await.unwrap(),
        "+----+-------+\n\
         | ID | note  |\n\
         +----+-------+\n\
         | 1  | two   |\n\
         |    | lines |\n\
         | 2  |       |\n\
         +----+-------+"
    );
    assert_eq!(
        read(&bed, "s3a://lake/in/a.csv", csv(false, true))
            .await
            .unwrap()
            .lines()
            .nth(1),
        Some("| col0 | col1  |")
    );
}

#[tokio::test]
async fn json_columns_are_what_all_records_hold() {
    let bed = Bed::new().await;
    let array = r#"[
        {"Id": 1, "info": {"city": "서울"}},
        {"Id": 3000000000, "info": {"zip": 4524}, "late": [1.5]}
    ]"#;
    bed.put("in/a.json", array).await;
    assert_eq!(
        read(&bed, "s3://lake/in/", FilesFormat::Json { multiline: true })
            .await
            .unwrap(),
        "+------------+---------------------+-------+\n\
         | Id         | info                | late  |\n\
         +------------+---------------------+-------+\n\
         | 1          | {city: 서울, zip: } |       |\n\
         | 3000000000 | {city: , zip: 4524} | [1.5] |\n\
         +------------+---------------------+-------+"
    );
}

#[tokio::test]
async fn what_is_not_of_the_format_is_named() {
    let bed = Bed::new().await;
    bed.put("in/a.json", "{\"a\": 1}\n[2]\n").await;
    let json = || FilesFormat::Json { multiline: false };
    let error = read(&bed, "s3://lake/in/", json()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "HIVE_BAD_DATA: record 2 of file s3://lake/in/a.json is not a JSON object"
    );
    let error = read(&bed, "s3://lake/in/", FilesFormat::Parquet)
        .await
        .unwrap_err();
    assert_eq!(error.name(), Some("HIVE_BAD_DATA"), "{error}");
    let error = read(&bed, "s3://lake/nothing/", json()).await.unwrap_err();
    assert_eq!(error.to_string(), "no files under 's3://lake/nothing/'");
}
