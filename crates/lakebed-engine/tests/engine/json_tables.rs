use lakebed_engine::EngineError;

use crate::bed::{Bed, OPENX_JSON, table};

const STUDENTS: &str = r#"{"Id": 1, "Name": {"Ko": "김", "En": "Kim"}, "tags": ["a", "b"], "extra": 9}
{"id": "2", "name": null, "scores": {"Math": 90.5}}

{"id": 3, "tags": [], "note": {"free": [1, true]}}
"#;

#[tokio::test]
async fn members_go_to_columns_by_name_at_every_depth() {
    let bed = Bed::new().await;
    bed.put("json/a.json", STUDENTS).await;
    let table = table(
        &[
            "id int",
            "name struct<ko:string,en:string>",
            "tags array<string>",
            "scores map<string,double>",
            "note string",
        ],
        "s3://lake/json/",
        OPENX_JSON,
        &[],
    );
    assert_eq!(
        bed.query(
            &table,
            "SELECT id, name['ko'] AS ko, tags, scores, note FROM t ORDER BY id"
        )
        .await
        .unwrap(),
        "+----+----+--------+--------------+-------------------+\n\
         | id | ko | tags   | scores       | note              |\n\
         +----+----+--------+--------------+-------------------+\n\
         | 1  | 김 | [a, b] |              |                   |\n\
         | 2  |    |        | {Math: 90.5} |                   |\n\
         | 3  |    | []     |              | {\"free\":[1,true]} |\n\
         +----+----+--------+--------------+-------------------+"
    );
}

#[tokio::test]
async fn records_that_do_not_fit_are_errors_or_nulls_as_the_table_says() {
    let bed = Bed::new().await;
    bed.put("json/a.json", "{\"n\": 1}\n{\"n\": \n{\"n\": \"x\"}\n")
        .await;
    let strict = table(&["n int"], "s3://lake/json/", OPENX_JSON, &[]);
    let error = bed.query(&strict, "SELECT n FROM t").await.unwrap_err();
    let error = EngineError::find(&error).unwrap().to_string();
    assert_eq!(
        error,
        "HIVE_CURSOR_ERROR: Row is not a valid JSON Object - JSONException: End of input at \
         character 6 (table db.t, file s3://lake/json/a.json record 2)"
    );
    let lenient = table(
        &["n int"],
        "s3://lake/json/",
        OPENX_JSON,
        &[
            ("ignore.malformed.json", "TRUE"),
            ("use.null.for.invalid.data", "TRUE"),
        ],
    );
    assert_eq!(
        bed.query(&lenient, "SELECT n FROM t").await.unwrap(),
        "+---+\n| n |\n+---+\n| 1 |\n|   |\n|   |\n+---+"
    );
}

#[tokio::test]
async fn a_value_of_another_type_is_an_error_that_names_the_record() {
    let bed = Bed::new().await;
    bed.put("json/a.json", "{\"n\": 1}\n\n{\"n\": \"x\"}\n")
        .await;
    let table = table(&["n int"], "s3://lake/json/", OPENX_JSON, &[]);
    let error = bed.query(&table, "SELECT n FROM t").await.unwrap_err();
    let error = EngineError::find(&error).unwrap().to_string();
    assert_eq!(
        error,
        "HIVE_BAD_DATA: column 'n': Error parsing field value 'x' for field 0: For input string: \
         \"x\" (table db.t, file s3://lake/json/a.json record 3)"
    );
}
