//! How a request that breaks its model is answered, through the public API.
#![allow(clippy::unwrap_used)]

use lakebed_wire::{Failure, Service, athena, glue, sts, validate};
use serde_json::{Value, json};

fn refusal(service: &Service, operation: &str, request: &Value) -> Failure {
    let input = service.implemented(operation).unwrap().input.unwrap();
    validate(service, input, request).unwrap_err()
}

/// The violations of a request to Glue, without the count in front.
fn violations(operation: &str, request: &Value) -> String {
    let failure = refusal(&glue::SERVICE, operation, request);
    assert_eq!(failure.code, "ValidationException");
    let (_, violations) = failure.message.split_once(" detected: ").unwrap();
    violations.to_owned()
}

#[test]
fn a_member_of_a_structure_in_a_list_is_named_by_its_number() {
    let columns = json!([{"Name": "id"}, {"Name": "note", "Comment": "two\nlines"}]);
    let request = json!({
        "DatabaseName": "db",
        "TableInput": {"Name": "t", "StorageDescriptor": {"Columns": columns}},
    });
    assert_eq!(
        violations("CreateTable", &request),
        "Value 'two\nlines' at 'tableInput.storageDescriptor.columns.2.member.comment' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: [\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\t]*"
    );
}

#[test]
fn bad_texts_in_a_list_are_told_once_for_the_whole_list() {
    let request = json!({"DatabaseName": "db", "TablesToDelete": ["", "a", ""]});
    assert_eq!(
        violations("BatchDeleteTable", &request),
        "Value '[, a, ]' at 'tablesToDelete' failed to satisfy constraint: Member must satisfy constraint: \
         [Member must have length less than or equal to 255, Member must have length greater than or equal to 1, \
         Member must satisfy regular expression pattern: [\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\t]*]"
    );
}

#[test]
fn keys_and_values_of_a_map_are_told_once_for_the_whole_map() {
    let long = "v".repeat(512_001);
    let request =
        json!({"DatabaseInput": {"Name": "db", "Parameters": {"": "empty", "long": long}}});
    let place = "failed to satisfy constraint:";
    let told = violations("CreateDatabase", &request);
    for expected in [
        format!(
            "at 'databaseInput.parameters' {place} Map keys must satisfy constraint: [Member must have length less than or equal to 255, \
             Member must have length greater than or equal to 1, "
        ),
        format!(
            "at 'databaseInput.parameters' {place} Map value must satisfy constraint: [Member must have length less than or equal to 512000]"
        ),
    ] {
        assert!(told.contains(&expected), "{told}");
    }
}

#[test]
fn a_null_in_a_list_is_refused_and_a_null_member_was_not_sent() {
    let request = json!({"DatabaseName": "db", "TablesToDelete": [null]});
    let told = violations("BatchDeleteTable", &request);
    assert!(
        told.starts_with("Value '[null]' at 'tablesToDelete'")
            && told.ends_with(", Member must not be null]"),
        "{told}"
    );

    let input = glue::SERVICE
        .implemented("GetTables")
        .unwrap()
        .input
        .unwrap();
    let request = json!({"DatabaseName": "db", "MaxResults": null, "NoSuchMember": {"a": 1}});
    assert_eq!(validate(&glue::SERVICE, input, &request), Ok(()));
}

#[test]
fn numbers_keep_their_range() {
    for (sent, constraint) in [
        (0, "greater than or equal to 1"),
        (101, "less than or equal to 100"),
        (99_999_999_999_i64, "less than or equal to 100"),
    ] {
        assert_eq!(
            violations(
                "GetTables",
                &json!({"DatabaseName": "db", "MaxResults": sent})
            ),
            format!(
                "Value '{sent}' at 'maxResults' failed to satisfy constraint: Member must have value {constraint}"
            )
        );
    }
}

#[test]
fn texts_are_measured_in_utf_16_units() {
    let input = glue::SERVICE
        .implemented("GetDatabase")
        .unwrap()
        .input
        .unwrap();
    let named = |name: String| validate(&glue::SERVICE, input, &json!({"Name": name}));
    assert_eq!(named("한".repeat(255)), Ok(()));
    assert_eq!(named("😀".repeat(127)), Ok(()));
    let message = named("😀".repeat(128)).unwrap_err().message;
    assert!(message.ends_with("Member must have length less than or equal to 255"));
}

#[test]
fn counting_stops_at_ten() {
    let columns = vec![json!({"Name": ""}); 50];
    let request = json!({
        "DatabaseName": "db",
        "TableInput": {"Name": "t", "StorageDescriptor": {"Columns": columns}},
    });
    let message = refusal(&glue::SERVICE, "CreateTable", &request).message;
    assert!(
        message.starts_with("10 validation errors detected: "),
        "{message}"
    );
    assert_eq!(message.matches("failed to satisfy").count(), 10);
}

#[test]
fn each_service_has_its_own_code() {
    let failure = refusal(&athena::SERVICE, "GetQueryExecution", &json!({}));
    assert_eq!(failure.code, "InvalidRequestException");
    assert_eq!(
        failure.message,
        "1 validation error detected: Value null at 'queryExecutionId' failed to satisfy constraint: Member must not be null"
    );
    assert_eq!(
        Value::Object(failure.members),
        json!({"AthenaErrorCode": "INVALID_INPUT"})
    );

    let role = "arn:aws:iam::000000000000:role/etl";
    let request = json!({"RoleArn": role, "RoleSessionName": "세션"});
    assert_eq!(
        refusal(&sts::SERVICE, "AssumeRole", &request),
        Failure::new(
            400,
            "ValidationError",
            "1 validation error detected: Value '세션' at 'roleSessionName' failed to satisfy constraint: \
             Member must satisfy regular expression pattern: [\\w+=,.@-]*"
        )
    );
}

#[test]
fn a_wrong_json_type_is_told_before_anything_else() {
    for (operation, request, message) in [
        (
            "ListWorkGroups",
            json!({"MaxResults": "1"}),
            "STRING_VALUE can not be converted to an Integer at 'maxResults'",
        ),
        (
            "ListWorkGroups",
            json!({"MaxResults": true}),
            "TRUE_VALUE can not be converted to an Integer at 'maxResults'",
        ),
        (
            "ListWorkGroups",
            json!({"MaxResults": 1.5}),
            "NUMBER_VALUE can not be converted to an Integer at 'maxResults'",
        ),
        (
            "ListWorkGroups",
            json!({"MaxResults": [1]}),
            "Start of list found where not expected at 'maxResults'",
        ),
        (
            "ListWorkGroups",
            json!({"NextToken": {}}),
            "Start of structure or map found where not expected at 'nextToken'",
        ),
        (
            "ListWorkGroups",
            json!([]),
            "Start of list found where not expected",
        ),
        (
            "StartQueryExecution",
            json!({"QueryString": "", "ExecutionParameters": [1]}),
            "NUMBER_VALUE can not be converted to a String at 'executionParameters.1.member'",
        ),
        (
            "StartQueryExecution",
            json!({"QueryString": "", "ExecutionParameters": "x"}),
            "Expected list or null at 'executionParameters'",
        ),
        (
            "StartQueryExecution",
            json!({"QueryString": "", "ResultConfiguration": "x"}),
            "Expected null at 'resultConfiguration'",
        ),
    ] {
        let failure = refusal(&athena::SERVICE, operation, &request);
        assert_eq!(
            failure,
            Failure::new(400, "SerializationException", message)
        );
    }
}
