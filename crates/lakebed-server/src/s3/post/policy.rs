//! The document that says what a form may upload. S3 API reference, "POST Policy".

use chrono::NaiveDateTime;
use lakebed_core::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// What a form's policy asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PostPolicy {
    expiration: Timestamp,
    conditions: Vec<Condition>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Condition {
    /// The field, by its name in lower case, has this value.
    Equals { field: String, value: String },
    /// The field begins so.
    StartsWith { field: String, prefix: String },
    /// The file is so many bytes long.
    ContentLength(LengthRange),
}

/// How long the file may be, in bytes, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LengthRange {
    pub(super) least: u64,
    pub(super) most: u64,
}

/// Why a form is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::s3) enum PolicyError {
    /// `InvalidPolicyDocument`.
    #[error("Invalid Policy: {0}")]
    Invalid(String),
    /// `AccessDenied`.
    #[error("Invalid according to Policy: {0}")]
    Violated(String),
}

/// The document as it is written.
#[derive(Deserialize)]
struct Document {
    expiration: Option<String>,
    conditions: Option<Vec<Value>>,
}

impl PostPolicy {
    /// Reads the decoded document.
    ///
    /// # Errors
    /// [`PolicyError::Invalid`].
    pub(super) fn parse(document: &str) -> Result<Self, PolicyError> {
        let document: Document =
            serde_json::from_str(&as_json(document)).map_err(|_| invalid("Invalid JSON."))?;
        let expiration = document
            .expiration
            .ok_or_else(|| invalid("Policy missing expiration."))?;
        let conditions = document
            .conditions
            .ok_or_else(|| invalid("Policy missing conditions."))?;
        let mut read = Vec::with_capacity(conditions.len());
        for condition in &conditions {
            read_condition(condition, &mut read)?;
        }
        Ok(Self {
            expiration: NaiveDateTime::parse_from_str(&expiration, "%Y-%m-%dT%H:%M:%S%.fZ")
                .map(|moment| Timestamp::from(moment.and_utc()))
                .map_err(|_| invalid(format!("Invalid 'expiration' value: '{expiration}'")))?,
            conditions: read,
        })
    }

    /// Checks the fields of a form, whose names are in lower case. All conditions must hold, and
    /// every field must be named in one. The file's length is checked as it comes.
    ///
    /// # Errors
    /// [`PolicyError::Violated`].
    pub(super) fn check<'form>(
        &self,
        fields: impl Iterator<Item = (&'form str, &'form str)> + Clone,
        now: Timestamp,
    ) -> Result<(), PolicyError> {
        if now > self.expiration {
            return Err(PolicyError::Violated("Policy expired.".to_owned()));
        }
        let value = |wanted: &str| {
            fields
                .clone()
                .find(|(name, _)| *name == wanted)
                .map(|(_, value)| value)
        };
        for condition in &self.conditions {
            let holds = match condition {
                Condition::Equals {
                    field,
                    value: wanted,
                } => value(field) == Some(wanted),
                Condition::StartsWith { field, prefix } => match value(field) {
                    Some(value) => starts_with(field, value, prefix),
                    // A field that is not there is empty, but a content type has to be there.
                    None => prefix.is_empty() && field != "content-type",
                },
                Condition::ContentLength(_) => true,
            };
            if !holds {
                let failed = format!("Policy Condition failed: {}", condition.describe());
                return Err(PolicyError::Violated(failed));
            }
        }
        let extra: Vec<&str> = fields
            .map(|(name, _)| name)
            .filter(|name| !self.names(name))
            .collect();
        if extra.is_empty() {
            Ok(())
        } else {
            let extra = format!("Extra input fields: {}", extra.join(", "));
            Err(PolicyError::Violated(extra))
        }
    }

    /// How long the file may be: what all conditions of its length allow.
    pub(super) fn content_length(&self) -> Option<LengthRange> {
        self.conditions
            .iter()
            .filter_map(|condition| match condition {
                Condition::ContentLength(range) => Some(*range),
                _ => None,
            })
            .reduce(|one, other| LengthRange {
                least: one.least.max(other.least),
                most: one.most.min(other.most),
            })
    }

    fn names(&self, wanted: &str) -> bool {
        self.conditions.iter().any(|condition| match condition {
            Condition::Equals { field, .. } | Condition::StartsWith { field, .. } => {
                field == wanted
            }
            Condition::ContentLength(_) => false,
        })
    }
}

impl Condition {
    /// As S3 repeats it in errors.
    fn describe(&self) -> String {
        let written = match self {
            Self::Equals { field, value } => Value::from(vec!["eq", &format!("${field}"), value]),
            Self::StartsWith { field, prefix } => {
                Value::from(vec!["starts-with", &format!("${field}"), prefix])
            }
            Self::ContentLength(range) => {
                serde_json::json!(["content-length-range", range.least, range.most])
            }
        };
        written.to_string().replace("\",\"", "\", \"")
    }
}

/// A `Content-Type` may be a list, each of whose members must begin so.
fn starts_with(field: &str, value: &str, prefix: &str) -> bool {
    if field == "content-type" {
        value
            .split(',')
            .all(|member| member.trim_start().starts_with(prefix))
    } else {
        value.starts_with(prefix)
    }
}

fn invalid(message: impl Into<String>) -> PolicyError {
    PolicyError::Invalid(message.into())
}

/// Reads one element of `conditions`: an object of fields and values, or a list that begins with
/// an operator.
fn read_condition(condition: &Value, conditions: &mut Vec<Condition>) -> Result<(), PolicyError> {
    match condition {
        Value::Object(simple) if simple.len() != 1 => Err(invalid(
            "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.",
        )),
        Value::Object(simple) => {
            for (name, value) in simple {
                let value = value
                    .as_str()
                    .ok_or_else(|| invalid("Invalid Simple-Condition: value must be a string."))?;
                conditions.push(Condition::Equals {
                    field: name.to_lowercase(),
                    value: value.to_owned(),
                });
            }
            Ok(())
        }
        Value::Array(list) => {
            conditions.push(read_operation(list)?);
            Ok(())
        }
        other => Err(invalid(format!("Invalid Condition: {other}"))),
    }
}

fn read_operation(list: &[Value]) -> Result<Condition, PolicyError> {
    let wrong = || invalid(format!("Invalid Condition: {}", Value::from(list.to_vec())));
    let [operator, first, second] = list else {
        return Err(wrong());
    };
    match operator.as_str().map(str::to_lowercase).as_deref() {
        Some("content-length-range") => {
            let least = length(first).ok_or_else(wrong)?;
            let most = length(second).ok_or_else(wrong)?;
            Ok(Condition::ContentLength(LengthRange { least, most }))
        }
        Some(operator @ ("eq" | "starts-with")) => {
            let (Some(field), Some(value)) = (first.as_str(), second.as_str()) else {
                return Err(wrong());
            };
            let field = field.strip_prefix('$').ok_or_else(wrong)?.to_lowercase();
            let value = value.to_owned();
            Ok(if operator == "eq" {
                Condition::Equals { field, value }
            } else {
                Condition::StartsWith {
                    field,
                    prefix: value,
                }
            })
        }
        _ => Err(wrong()),
    }
}

/// A number of bytes, which some clients write as text.
fn length(value: &Value) -> Option<u64> {
    value
        .as_u64()
        .or_else(|| value.as_str().and_then(|text| text.parse().ok()))
}

/// The document in JSON's own escapes: a policy may also escape the dollar sign and the vertical
/// tab. S3 API reference, "POST Policy: Character Escaping".
fn as_json(document: &str) -> String {
    let mut json = String::with_capacity(document.len());
    let mut rest = document.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            json.push(character);
            continue;
        }
        match rest.next() {
            Some('$') => json.push('$'),
            Some('v') => json.push_str("\\u000b"),
            Some(other) => json.extend(['\\', other]),
            None => json.push('\\'),
        }
    }
    json
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;

    use super::*;

    const FIELDS: [(&str, &str); 4] = [
        ("bucket", "lake"),
        ("key", "in/$a.csv"),
        ("content-type", "text/csv,text/plain"),
        ("x-amz-meta-team", ""),
    ];

    fn policy(conditions: &str) -> Result<PostPolicy, PolicyError> {
        PostPolicy::parse(&format!(
            r#"{{"expiration": "2026-01-02T00:00:00.000Z", "conditions": [{conditions}]}}"#
        ))
    }

    fn check(conditions: &str, now: &str) -> Result<(), String> {
        let now: Timestamp = serde_json::from_value(now.into()).unwrap();
        policy(conditions)
            .unwrap()
            .check(FIELDS.into_iter(), now)
            .map_err(|error| error.to_string())
    }

    const ALL: &str = r#"{"BUCKET": "lake"}, ["Starts-With", "$Key", "in/\$"],
        ["starts-with", "$Content-Type", "text/"],
        ["starts-with", "$x-amz-server-side-encryption", ""], ["eq", "$x-amz-meta-team", ""],
        ["content-length-range", 1, "10"], ["content-length-range", 0, 5]"#;

    #[test]
    fn a_form_that_does_what_its_policy_says_is_taken() {
        assert_eq!(check(ALL, "2026-01-01T23:59:59Z"), Ok(()));
        let range = policy(ALL).unwrap().content_length();
        assert_eq!(range, Some(LengthRange { least: 1, most: 5 }));
    }

    #[rstest]
    #[case::expired(ALL, "2026-01-03T00:00:00Z", "Policy expired.")]
    #[case::other_value(
        r#"{"bucket": "pond"}"#,
        "2026-01-01T00:00:00Z",
        r#"Policy Condition failed: ["eq", "$bucket", "pond"]"#
    )]
    #[case::other_prefix(
        r#"["starts-with", "$Key", "out/"]"#,
        "2026-01-01T00:00:00Z",
        r#"Policy Condition failed: ["starts-with", "$key", "out/"]"#
    )]
    #[case::field_that_is_not_there(
        r#"["eq", "$acl", "private"]"#,
        "2026-01-01T00:00:00Z",
        r#"Policy Condition failed: ["eq", "$acl", "private"]"#
    )]
    #[case::one_of_a_list(
        r#"["starts-with", "$content-type", "text/csv"]"#,
        "2026-01-01T00:00:00Z",
        r#"Policy Condition failed: ["starts-with", "$content-type", "text/csv"]"#
    )]
    #[case::field_without_a_condition(
        r#"{"bucket": "lake"}, ["starts-with", "$key", ""]"#,
        "2026-01-01T00:00:00Z",
        "Extra input fields: content-type, x-amz-meta-team"
    )]
    fn any_other_form_is_refused(
        #[case] conditions: &str,
        #[case] now: &str,
        #[case] reason: &str,
    ) {
        let refused = check(conditions, now).unwrap_err();
        assert_eq!(refused, format!("Invalid according to Policy: {reason}"));
    }

    #[rstest]
    #[case::empty("{}", "Simple-Conditions must have exactly one property")]
    #[case::two(
        r#"{"a": "1", "b": "2"}"#,
        "Simple-Conditions must have exactly one property"
    )]
    #[case::number(r#"{"a": 1}"#, "value must be a string")]
    #[case::word(r#""eq""#, "Invalid Condition")]
    #[case::operator(r#"["ends-with", "$key", ""]"#, "Invalid Condition")]
    #[case::no_dollar(r#"["eq", "key", ""]"#, "Invalid Condition")]
    #[case::one_length(r#"["content-length-range", 0]"#, "Invalid Condition")]
    #[case::negative(r#"["content-length-range", -1, 0]"#, "Invalid Condition")]
    fn malformed_conditions_are_refused(#[case] conditions: &str, #[case] reason: &str) {
        let refused = policy(conditions).unwrap_err().to_string();
        assert!(refused.starts_with("Invalid Policy: "), "{refused}");
        assert!(refused.contains(reason), "{refused}");
    }

    #[rstest]
    #[case("nonsense", "Invalid JSON.")]
    #[case(r#"{"conditions": []}"#, "Policy missing expiration.")]
    #[case(
        r#"{"expiration": "2026-01-02T00:00:00Z"}"#,
        "Policy missing conditions."
    )]
    #[case(
        r#"{"expiration": "tomorrow", "conditions": []}"#,
        "Invalid 'expiration' value: 'tomorrow'"
    )]
    fn documents_need_an_expiration_and_conditions(#[case] document: &str, #[case] reason: &str) {
        let refused = PostPolicy::parse(document).unwrap_err().to_string();
        assert_eq!(refused, format!("Invalid Policy: {reason}"));
    }
}
