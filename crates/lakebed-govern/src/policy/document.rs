use serde_json::{Map, Value};

use super::condition::Condition;
use super::json;
use super::principal::Principals;

/// A policy document that has been read and is well-formed.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Variables mean something: the version is 2012-10-17.
    pub(super) has_variables: bool,
    pub(super) statements: Vec<Statement>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Statement {
    pub(super) effect: Effect,
    /// None in policies of identities, which are about who has them.
    pub(super) principals: Option<Principals>,
    pub(super) actions: Selection,
    pub(super) resources: Option<Selection>,
    pub(super) conditions: Vec<Condition>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// Patterns one of which must match, or none of which may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selection {
    pub(super) patterns: Vec<String>,
    /// It is `NotAction` or `NotResource`.
    pub(super) inverted: bool,
}

/// Why a document is no policy. The texts are those of S3's `MalformedPolicy`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    #[error("Policies must be valid JSON and the first byte must be '{{'")]
    NotAnObject,
    #[error("This policy contains invalid Json")]
    InvalidJson,
    #[error("The policy must contain a valid version string")]
    Version,
    #[error("Unknown field {0}")]
    UnknownField(String),
    #[error("Missing required field {0}")]
    MissingField(&'static str),
    #[error("Could not parse the policy: {0} must be a string or a list of strings")]
    NotStrings(&'static str),
    #[error("Could not parse the policy: Statement must be an object or a list of objects")]
    Statement,
    #[error("Invalid effect: {0}")]
    Effect(String),
    #[error("Statement has both {0} and its opposite")]
    Both(&'static str),
    #[error("Could not parse the policy: {0} must be a string")]
    NotString(&'static str),
    #[error("Invalid principal in policy")]
    Principal,
    #[error("Allow with NotPrincipal is not allowed.")]
    AllowWithNotPrincipal,
    #[error("Invalid Condition type : {0}")]
    ConditionOperator(String),
    #[error("Could not parse the policy: Condition must map operators to keys and values")]
    Condition,
    #[error("Policy has invalid value '{value}' for {operator}")]
    ConditionValue { operator: String, value: String },
}

impl Policy {
    /// Reads a policy document.
    ///
    /// # Errors
    /// [`PolicyError`] for what is no policy in the grammar of the IAM user guide.
    pub fn parse(json: &str) -> Result<Self, PolicyError> {
        if !json.trim_start().starts_with('{') {
            return Err(PolicyError::NotAnObject);
        }
        let Some(Value::Object(document)) = json::parse(json) else {
            return Err(PolicyError::InvalidJson);
        };
        only_fields(&document, &["Version", "Id", "Statement"])?;
        string_or_nothing(&document, "Id")?;
        let has_variables = match document.get("Version") {
            None => false,
            Some(Value::String(version)) if version == "2012-10-17" => true,
            Some(Value::String(version)) if version == "2008-10-17" => false,
            Some(_) => return Err(PolicyError::Version),
        };
        let statements = match document.get("Statement") {
            None => return Err(PolicyError::MissingField("Statement")),
            Some(Value::Object(statement)) => vec![Statement::read(statement)?],
            Some(Value::Array(statements)) => statements
                .iter()
                .map(|statement| match statement {
                    Value::Object(statement) => Statement::read(statement),
                    _ => Err(PolicyError::Statement),
                })
                .collect::<Result<_, _>>()?,
            Some(_) => return Err(PolicyError::Statement),
        };
        Ok(Self {
            has_variables,
            statements,
        })
    }
}

impl Statement {
    fn read(statement: &Map<String, Value>) -> Result<Self, PolicyError> {
        only_fields(
            statement,
            &[
                "Sid",
                "Effect",
                "Principal",
                "NotPrincipal",
                "Action",
                "NotAction",
                "Resource",
                "NotResource",
                "Condition",
            ],
        )?;
        string_or_nothing(statement, "Sid")?;
        let effect = match statement.get("Effect") {
            None => return Err(PolicyError::MissingField("Effect")),
            Some(Value::String(effect)) if effect == "Allow" => Effect::Allow,
            Some(Value::String(effect)) if effect == "Deny" => Effect::Deny,
            Some(other) => return Err(PolicyError::Effect(shown(other))),
        };
        let principals = match (statement.get("Principal"), statement.get("NotPrincipal")) {
            (None, None) => None,
            (Some(principal), None) => Some(Principals::read(principal, false)?),
            (None, Some(principal)) => Some(Principals::read(principal, true)?),
            (Some(_), Some(_)) => return Err(PolicyError::Both("Principal")),
        };
        if effect == Effect::Allow && principals.as_ref().is_some_and(|named| named.inverted) {
            return Err(PolicyError::AllowWithNotPrincipal);
        }
        let conditions = match statement.get("Condition") {
            None => Vec::new(),
            Some(Value::Object(conditions)) => Condition::read_all(conditions)?,
            Some(_) => return Err(PolicyError::Condition),
        };
        Ok(Self {
            effect,
            principals,
            actions: Selection::read(statement, "Action", "NotAction")?
                .ok_or(PolicyError::MissingField("Action"))?,
            resources: Selection::read(statement, "Resource", "NotResource")?,
            conditions,
        })
    }
}

impl Selection {
    fn read(
        statement: &Map<String, Value>,
        name: &'static str,
        opposite: &'static str,
    ) -> Result<Option<Self>, PolicyError> {
        let (patterns, inverted) = match (statement.get(name), statement.get(opposite)) {
            (None, None) => return Ok(None),
            (Some(patterns), None) => (patterns, false),
            (None, Some(patterns)) => (patterns, true),
            (Some(_), Some(_)) => return Err(PolicyError::Both(name)),
        };
        let patterns = strings(patterns).ok_or(PolicyError::NotStrings(name))?;
        Ok(Some(Self { patterns, inverted }))
    }
}

fn only_fields(object: &Map<String, Value>, known: &[&str]) -> Result<(), PolicyError> {
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(unknown) => Err(PolicyError::UnknownField(unknown.clone())),
        None => Ok(()),
    }
}

fn string_or_nothing(object: &Map<String, Value>, name: &'static str) -> Result<(), PolicyError> {
    match object.get(name) {
        None | Some(Value::String(_)) => Ok(()),
        Some(_) => Err(PolicyError::NotString(name)),
    }
}

/// A string, or a list of some.
pub(super) fn strings(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(values) if !values.is_empty() => values
            .iter()
            .map(|value| value.as_str().map(str::to_owned))
            .collect(),
        _ => None,
    }
}

pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("", "Policies must be valid JSON and the first byte must be '{'")]
    #[case("[]", "Policies must be valid JSON and the first byte must be '{'")]
    #[case("{", "This policy contains invalid Json")]
    #[case(
        r#"{"Statement":[],"Statement":[]}"#,
        "This policy contains invalid Json"
    )]
    #[case(
        r#"{"Statement":{"Effect":"Deny","Effect":"Allow","Action":"a:b"}}"#,
        "This policy contains invalid Json"
    )]
    #[case(
        r#"{"Id":1,"Statement":[]}"#,
        "Could not parse the policy: Id must be a string"
    )]
    #[case(
        r#"{"Statement":{"Sid":1}}"#,
        "Could not parse the policy: Sid must be a string"
    )]
    #[case(
        r#"{"Statement":{"Effect":"Allow","Action":"a:b","NotPrincipal":{"AWS":"111111111111"}}}"#,
        "Allow with NotPrincipal is not allowed."
    )]
    #[case("{}", "Missing required field Statement")]
    #[case(r#"{"Statement":[],"Colour":1}"#, "Unknown field Colour")]
    #[case(
        r#"{"Version":"2020-01-01","Statement":[]}"#,
        "The policy must contain a valid version string"
    )]
    #[case(r#"{"Statement":{"Effect":"allow"}}"#, "Invalid effect: allow")]
    #[case(r#"{"Statement":{"Effect":"Allow"}}"#, "Missing required field Action")]
    #[case(
        r#"{"Statement":{"Effect":"Allow","Action":"a:b","NotAction":"a:c"}}"#,
        "Statement has both Action and its opposite"
    )]
    #[case(
        r#"{"Statement":{"Effect":"Allow","Action":"a:b","Condition":{"StringIs":{"k":"v"}}}}"#,
        "Invalid Condition type : StringIs"
    )]
    #[case(
        r#"{"Statement":{"Effect":"Allow","Action":"a:b","Principal":"me"}}"#,
        "Invalid principal in policy"
    )]
    fn what_is_no_policy_is_refused(#[case] json: &str, #[case] expected: &str) {
        assert_eq!(Policy::parse(json).unwrap_err().to_string(), expected);
    }

    #[test]
    fn one_statement_and_one_string_need_no_list() {
        let single = r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
        let listed = r#"{"Statement":[{"Effect":"Allow","Action":["s3:*"],"Resource":["*"]}]}"#;
        assert_eq!(
            Policy::parse(single).unwrap(),
            Policy::parse(listed).unwrap()
        );
    }
}
