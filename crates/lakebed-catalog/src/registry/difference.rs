//! The difference between two definitions as a JSON Patch (RFC 6902).

use serde_json::{Value, json};

/// What turns `first` into `second`.
pub(super) fn json_patch(first: &Value, second: &Value) -> Value {
    let mut operations = Vec::new();
    compare(first, second, "", &mut operations);
    Value::Array(operations)
}

fn compare(first: &Value, second: &Value, path: &str, operations: &mut Vec<Value>) {
    match (first, second) {
        (Value::Object(before), Value::Object(after)) => {
            for (key, value) in before {
                let path = format!("{path}/{}", escaped(key));
                match after.get(key) {
                    Some(other) => compare(value, other, &path, operations),
                    None => operations.push(json!({ "op": "remove", "path": path })),
                }
            }
            for (key, value) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
                let path = format!("{path}/{}", escaped(key));
                operations.push(json!({ "op": "add", "path": path, "value": value }));
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            for (place, (value, other)) in before.iter().zip(after).enumerate() {
                compare(value, other, &format!("{path}/{place}"), operations);
            }
            for place in (after.len()..before.len()).rev() {
                operations.push(json!({ "op": "remove", "path": format!("{path}/{place}") }));
            }
            for (place, value) in after.iter().enumerate().skip(before.len()) {
                let path = format!("{path}/{place}");
                operations.push(json!({ "op": "add", "path": path, "value": value }));
            }
        }
        _ if first == second => {}
        _ => operations.push(json!({ "op": "replace", "path": path, "value": second })),
    }
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::json_patch;

    #[test]
    fn a_patch_names_what_was_added_removed_and_replaced() {
        let first = json!({ "name": "a", "fields": [1, 2], "doc/x": 1 });
        let second = json!({ "name": "b", "fields": [1, 2, 3], "new": true });
        assert_eq!(
            json_patch(&first, &second),
            json!([
                { "op": "remove", "path": "/doc~1x" },
                { "op": "add", "path": "/fields/2", "value": 3 },
                { "op": "replace", "path": "/name", "value": "b" },
                { "op": "add", "path": "/new", "value": true },
            ])
        );
    }
}
