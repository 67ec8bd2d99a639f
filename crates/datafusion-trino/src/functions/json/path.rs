//! JSON paths as `json_extract` takes them: `$.store.book[0]["title"]`.

use datafusion::common::Result;
use serde_json::Value;

use crate::error::TrinoError;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct JsonPath(Vec<Step>);

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

impl JsonPath {
    pub(super) fn compile(path: &str) -> Result<Self> {
        parse(path)
            .map(Self)
            .ok_or_else(|| TrinoError::invalid_argument(format!("Invalid JSON path: '{path}'")))
    }

    pub(super) fn find<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(value, |value, step| match step {
            Step::Key(key) => value.get(key),
            Step::Index(index) => value.get(index),
        })
    }
}

fn parse(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let length = after.find(['.', '[']).unwrap_or(after.len());
            let (key, after) = after.split_at(length);
            if key.is_empty() {
                return None;
            }
            steps.push(Step::Key(key.to_owned()));
            rest = after;
        } else {
            let (step, after) = parse_bracket(rest.strip_prefix('[')?)?;
            steps.push(step);
            rest = after;
        }
    }
    Some(steps)
}

/// `0]` or `"key"]`.
fn parse_bracket(rest: &str) -> Option<(Step, &str)> {
    if let Some(quoted) = rest.strip_prefix('"') {
        let (key, rest) = quoted.split_once("\"]")?;
        return Some((Step::Key(key.to_owned()), rest));
    }
    let (index, rest) = rest.split_once(']')?;
    Some((Step::Index(index.parse().ok()?), rest))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn paths_lead_to_values() {
        let value = serde_json::json!({"a": {"b c": [1, {"d": "x"}]}});
        for (path, expected) in [
            ("$", Some(&value)),
            ("$.a[\"b c\"][0]", value.pointer("/a/b c/0")),
            ("$.a.b c[1].d", value.pointer("/a/b c/1/d")),
            ("$.a.missing", None),
            ("$.a[\"b c\"][7]", None),
        ] {
            assert_eq!(
                JsonPath::compile(path).unwrap().find(&value),
                expected,
                "{path}"
            );
        }
        for wrong in ["", "a", "$a", "$.", "$[x]", "$[\"a\""] {
            assert!(JsonPath::compile(wrong).is_err(), "{wrong}");
        }
    }
}
