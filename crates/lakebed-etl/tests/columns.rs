//! Nodes that work on one input: its columns, then its rows.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use serde_json::{Value, json};
use support::{failure, lake_with_students, output, selected, students, target};

#[tokio::test(flavor = "multi_thread")]
async fn apply_mapping_renames_casts_nests_and_drops() {
    let mapping = |from: &[&str], to: &str, kind: &str| json!({"FromPath": from, "ToKey": to, "ToType": kind});
    let rows = output(
        json!({"ApplyMapping": {"Name": "Map", "Inputs": ["students"], "Mapping": [
            mapping(&["ID"], "student.id", "string"),
            mapping(&["home", "city"], "student.city", "string"),
            mapping(&["home", "zip"], "zip", "int"),
            mapping(&["score"], "points", "int"),
            {"FromPath": ["note"], "ToKey": "note", "ToType": "string", "Dropped": true},
            mapping(&["absent"], "absent", "string"),
        ]}}),
    )
    .await;
    assert_eq!(
        rows,
        [
            "student|zip|points",
            "{id: 1, city: 서울}|4524|90",
            "{id: 2, city: 부산}|48058|71",
            "{id: 3, city: }|null|null",
            "{id: 3, city: }|null|null",
            "{id: 4, city: 서울}|null|88",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn apply_mapping_maps_the_children_of_structs() {
    let rows = output(
        json!({"ApplyMapping": {"Name": "Map", "Inputs": ["students"], "Mapping": [
            {"FromPath": ["id"], "ToKey": "id", "ToType": "int"},
            {"FromPath": ["home"], "ToKey": "address", "ToType": "struct", "Children": [
                {"FromPath": ["city"], "ToKey": "town", "ToType": "string"}
            ]},
        ]}}),
    )
    .await;
    assert_eq!(rows[0], "id|address");
    assert_eq!(rows[1..3], ["1|{town: 서울}", "2|{town: 부산}"]);
    assert_eq!(rows[3], "3|null");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_type_is_named() {
    let message = failure(
        json!({"ApplyMapping": {"Name": "Map", "Inputs": ["students"], "Mapping": [
            {"FromPath": ["id"], "ToKey": "id", "ToType": "strin"}
        ]}}),
    )
    .await;
    assert_eq!(
        message,
        "node 'Map' (ApplyMapping): mapping of 'id': 'strin' is not a type"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn select_fields_keeps_columns_and_fields() {
    let rows = output(json!({"SelectFields": {
        "Name": "Pick", "Inputs": ["students"], "Paths": [["home", "city"], ["Id"], ["absent"]]
    }}))
    .await;
    assert_eq!(rows[0], "home|id");
    assert!(rows.contains(&"{city: 부산}|2".to_owned()), "{rows:?}");
    let message = failure(json!({"SelectFields": {
        "Name": "Pick", "Inputs": ["students"], "Paths": [["absent"]]
    }}))
    .await;
    assert_eq!(
        message,
        "node 'Pick' (SelectFields): none of the selected columns exists; available: id, name, score, \
         tool, note, home"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn drop_fields_reaches_into_structs() {
    let rows = output(json!({"DropFields": {
        "Name": "Drop", "Inputs": ["students"],
        "Paths": [["name"], ["score"], ["tool"], ["note"], ["home", "zip"], ["absent"]]
    }}))
    .await;
    assert_eq!(
        rows,
        [
            "id|home",
            "1|{city: 서울}",
            "2|{city: 부산}",
            "3|null",
            "3|null",
            "4|{city: 서울}"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn rename_field_renames() {
    let rename = |from: &[&str], to: &str| json!({"RenameField": {"Name": "Rename", "Inputs": ["students"], "SourcePath": from, "TargetPath": [to]}});
    let rows = output(rename(&["tool"], "ai_tool")).await;
    assert_eq!(rows[0], "id|name|score|ai_tool|note|home");
    let message = failure(rename(&["tool"], "name")).await;
    assert_eq!(
        message,
        "node 'Rename' (RenameField): there is a column 'name' already"
    );
    let message = failure(rename(&["home", "city"], "city")).await;
    assert!(message.contains("use an ApplyMapping node"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn drop_null_fields_drops_columns_without_values() {
    let pick = json!({"SelectFields": {
        "Name": "Pick", "Inputs": ["students"], "Paths": [["id"], ["note"]]
    }});
    for (settings, header) in [
        (json!({}), "id|note"),
        (json!({"IsEmpty": true}), "id|note"),
        (json!({"IsEmpty": true, "IsNullString": true}), "id"),
    ] {
        let lake = lake_with_students().await;
        lake.succeed(json!({
            "students": students(),
            "pick": pick,
            "n": {"DropNullFields": {"Name": "Drop", "Inputs": ["pick"], "NullCheckBoxList": settings}},
            "out": target("n")
        }))
        .await;
        assert_eq!(lake.parquet("s3://out/t/").await[0], header, "{settings}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn drop_null_fields_knows_own_placeholders() {
    let lake = lake_with_students().await;
    lake.put(
        "raw",
        "n/a.json",
        "{\"a\": -1, \"b\": 0, \"c\": 1}\n{\"a\": null, \"b\": 0, \"c\": 2}\n",
    )
    .await;
    lake.succeed(json!({
        "s": {"S3JsonSource": {"Name": "Numbers", "Paths": ["s3://raw/n/"]}},
        "n": {"DropNullFields": {
            "Name": "Drop", "Inputs": ["s"],
            "NullCheckBoxList": {"IsNegOne": true},
            "NullTextList": [{"Value": "0", "Datatype": {"Id": "integer", "Label": "Integer"}}]
        }},
        "out": target("n")
    }))
    .await;
    assert_eq!(lake.parquet("s3://out/t/").await, ["c", "1", "2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn drop_duplicates_by_all_columns_or_some() {
    let all = json!({"DropDuplicates": {"Name": "Dedupe", "Inputs": ["students"]}});
    assert_eq!(selected(all, &["id"]).await, ["id", "1", "2", "3", "4"]);
    let some = json!({"DropDuplicates": {"Name": "Dedupe", "Inputs": ["students"], "Columns": [["tool"]]}});
    assert_eq!(
        selected(some, &["tool"]).await,
        ["tool", "ChatGPT", "claude", "null"]
    );
    let message = failure(json!({"DropDuplicates": {
        "Name": "Dedupe", "Inputs": ["students"], "Columns": [["absent"]]
    }}))
    .await;
    assert_eq!(
        message,
        "node 'Dedupe' (DropDuplicates): column 'absent' not found; available: id, name, score, tool, \
         note, home"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn filter_compares_and_matches() {
    let column = |name: &str| json!({"Type": "COLUMNEXTRACTED", "Value": [name]});
    let constant = |value: &str| json!({"Type": "CONSTANT", "Value": [value]});
    let filter = |operator: &str, filters: Value| json!({"Filter": {"Name": "Keep", "Inputs": ["students"], "LogicalOperator": operator, "Filters": filters}});
    let cases = [
        (
            "AND",
            json!([{"Operation": "GTE", "Values": [column("score"), constant("88")]}]),
            vec!["1", "4"],
        ),
        (
            "AND",
            json!([{"Operation": "LT", "Values": [column("score"), constant("88")]}]),
            vec!["2"],
        ),
        (
            "AND",
            json!([{"Operation": "EQ", "Values": [column("tool"), constant("claude")]}]),
            vec!["2"],
        ),
        (
            "AND",
            json!([{"Operation": "EQ", "Negated": true, "Values": [column("tool"), constant("claude")]}]),
            vec!["1", "3", "3", "4"],
        ),
        (
            "AND",
            json!([{"Operation": "REGEX", "Values": [column("tool"), constant("Chat")]}]),
            vec!["1", "3", "3"],
        ),
        (
            "AND",
            json!([{"Operation": "REGEX", "Values": [column("tool"), constant("GPT")]}]),
            vec![],
        ),
        (
            "AND",
            json!([{"Operation": "ISNULL", "Negated": true, "Values": [column("score")]}]),
            vec!["1", "2", "4"],
        ),
        (
            "OR",
            json!([
                {"Operation": "ISNULL", "Values": [column("tool")]},
                {"Operation": "EQ", "Values": [column("id"), constant("2")]}
            ]),
            vec!["2", "4"],
        ),
    ];
    for (operator, filters, ids) in cases {
        let rows = selected(filter(operator, filters.clone()), &["id"]).await;
        assert_eq!(rows[1..], ids[..], "{filters}");
    }
    let message = failure(filter(
        "AND",
        json!([{"Operation": "GT", "Values": [column("score"), constant("high")]}]),
    ))
    .await;
    assert_eq!(
        message,
        "node 'Keep' (Filter): 'high' is not a number, but it is compared with numbers"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn fill_missing_values_adds_a_filled_column() {
    let fill = |column: &str| json!({"FillMissingValues": {"Name": "Fill", "Inputs": ["students"], "ImputedPath": column}});
    let numbers = selected(fill("score"), &["id", "score", "score_filled"]).await;
    let mean = (90.5 + 71.0 + 88.0) / 3.0;
    assert_eq!(numbers[0], "id|score|score_filled");
    assert_eq!(numbers[1..3], ["1|90.5|90.5", "2|71.0|71.0"]);
    assert_eq!(numbers[3], format!("3|null|{mean}"));
    let texts = selected(fill("tool"), &["id", "tool_filled"]).await;
    assert_eq!(texts[5], "4|ChatGPT");
}
