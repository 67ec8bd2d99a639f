//! Conditions. IAM user guide, "IAM JSON policy elements: Condition operators" and "Multivalued
//! context keys".

use std::net::IpAddr;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value};

use super::document::{PolicyError, shown};
use super::keys::ConditionKeys;
use super::pattern::Pattern;

/// One key under one operator, with the values it is compared to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) operator: Operator,
    /// `…IfExists`
    pub(super) if_exists: bool,
    pub(super) set: Option<Set>,
    pub(super) key: String,
    pub(super) values: Vec<String>,
}

/// How the several values of a key count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Set {
    /// `ForAllValues:`
    All,
    /// `ForAnyValue:`
    Any,
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operator {
    pub(super) test: Test,
    /// `…Not…`: no value may compare.
    pub(super) negated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Test {
    String { any_case: bool, wildcards: bool },
    Numeric(Order),
    Date(Order),
    Bool,
    Binary,
    IpAddress,
    Arn,
    Null,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Condition {
    pub(super) fn read_all(operators: &Map<String, Value>) -> Result<Vec<Self>, PolicyError> {
        let mut conditions = Vec::new();
        for (operator, keys) in operators {
            let Value::Object(keys) = keys else {
                return Err(PolicyError::Condition);
            };
            for (key, values) in keys {
                conditions.push(Self::read(operator, key, values)?);
            }
        }
        Ok(conditions)
    }

    fn read(name: &str, key: &str, values: &Value) -> Result<Self, PolicyError> {
        let (set, rest) = match name.split_once(':') {
            Some(("ForAllValues", rest)) => (Some(Set::All), rest),
            Some(("ForAnyValue", rest)) => (Some(Set::Any), rest),
            Some(_) => return Err(PolicyError::ConditionOperator(name.to_owned())),
            None => (None, name),
        };
        let (rest, if_exists) = match rest.strip_suffix("IfExists") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let operator = Operator::named(rest)
            .filter(|operator| !(if_exists && operator.test == Test::Null))
            .ok_or_else(|| PolicyError::ConditionOperator(name.to_owned()))?;
        let values: Vec<String> = match values {
            Value::Array(values) => values.iter().map(shown).collect(),
            Value::Object(_) | Value::Null => return Err(PolicyError::Condition),
            value => vec![shown(value)],
        };
        if let Some(value) = values.iter().find(|value| !operator.test.takes(value)) {
            return Err(PolicyError::ConditionValue {
                operator: name.to_owned(),
                value: value.clone(),
            });
        }
        Ok(Self {
            operator,
            if_exists,
            set,
            key: key.to_owned(),
            values,
        })
    }
}

impl Operator {
    fn named(name: &str) -> Option<Self> {
        let string = |any_case, wildcards| Test::String {
            any_case,
            wildcards,
        };
        let (test, negated) = match name {
            "StringEquals" => (string(false, false), false),
            "StringNotEquals" => (string(false, false), true),
            "StringEqualsIgnoreCase" => (string(true, false), false),
            "StringNotEqualsIgnoreCase" => (string(true, false), true),
            "StringLike" => (string(false, true), false),
            "StringNotLike" => (string(false, true), true),
            "Bool" => (Test::Bool, false),
            "BinaryEquals" => (Test::Binary, false),
            "IpAddress" => (Test::IpAddress, false),
            "NotIpAddress" => (Test::IpAddress, true),
            // Both compare ARNs as patterns.
            "ArnEquals" | "ArnLike" => (Test::Arn, false),
            "ArnNotEquals" | "ArnNotLike" => (Test::Arn, true),
            "Null" => (Test::Null, false),
            _ => return Self::ordered(name),
        };
        Some(Self { test, negated })
    }

    fn ordered(name: &str) -> Option<Self> {
        let (test, order): (fn(Order) -> Test, &str) = match name.strip_prefix("Numeric") {
            Some(order) => (Test::Numeric, order),
            None => (Test::Date, name.strip_prefix("Date")?),
        };
        let (order, negated) = match order {
            "Equals" => (Order::Equal, false),
            "NotEquals" => (Order::Equal, true),
            "LessThan" => (Order::Less, false),
            "LessThanEquals" => (Order::LessOrEqual, false),
            "GreaterThan" => (Order::Greater, false),
            "GreaterThanEquals" => (Order::GreaterOrEqual, false),
            _ => return None,
        };
        Some(Self {
            test: test(order),
            negated,
        })
    }
}

/// Decides whether a request meets a condition.
pub(super) fn holds(
    condition: &Condition,
    keys: &ConditionKeys,
    variables: Option<&ConditionKeys>,
) -> bool {
    let found = keys.get(&condition.key);
    if condition.operator.test == Test::Null {
        let absent = found.is_none();
        return condition
            .values
            .iter()
            .any(|value| value.eq_ignore_ascii_case("true") == absent);
    }
    let Some(found) = found else {
        return condition.if_exists
            || condition.set == Some(Set::All)
            // What a request does not say is not equal to anything.
            || (condition.set.is_none() && condition.operator.negated);
    };
    let compares = |text: &String| {
        let compares = condition
            .values
            .iter()
            .any(|value| condition.operator.test.compares(text, value, variables));
        compares != condition.operator.negated
    };
    match condition.set {
        Some(Set::All) => found.iter().all(compares),
        Some(Set::Any) => found.iter().any(compares),
        // A key with one value; several under a negation must all be unlike.
        None if condition.operator.negated => found.iter().all(compares),
        None => found.iter().any(compares),
    }
}

impl Test {
    /// Whether a value in a policy makes sense for this test. Variables may become anything.
    fn takes(self, value: &str) -> bool {
        if value.contains("${") {
            return true;
        }
        match self {
            Self::Numeric(_) => value.parse::<f64>().is_ok(),
            Self::Date(_) => parse_date(value).is_some(),
            Self::Bool | Self::Null => {
                value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false")
            }
            Self::IpAddress => Network::parse(value).is_some(),
            Self::String { .. } | Self::Binary | Self::Arn => true,
        }
    }

    fn compares(self, found: &str, value: &str, variables: Option<&ConditionKeys>) -> bool {
        match self {
            Self::String {
                any_case,
                wildcards,
            } => {
                let Some(pattern) = Pattern::read(value, variables) else {
                    return false;
                };
                let pattern = if wildcards {
                    pattern
                } else {
                    pattern.literal()
                };
                if any_case {
                    pattern.matches_in_any_case(found)
                } else {
                    pattern.matches(found)
                }
            }
            Self::Arn => {
                Pattern::read(value, variables).is_some_and(|pattern| pattern.matches_arn(found))
            }
            Self::Numeric(order) => match (found.parse::<f64>(), value.parse::<f64>()) {
                (Ok(found), Ok(value)) => order.holds(&found, &value),
                _ => false,
            },
            Self::Date(order) => match (parse_date(found), parse_date(value)) {
                (Some(found), Some(value)) => order.holds(&found, &value),
                _ => false,
            },
            Self::Bool => found.eq_ignore_ascii_case(value),
            Self::Binary => found == value,
            Self::IpAddress => match (found.parse(), Network::parse(value)) {
                (Ok(address), Some(network)) => network.contains(address),
                _ => false,
            },
            Self::Null => false,
        }
    }
}

impl Order {
    fn holds<T: PartialOrd>(self, found: &T, value: &T) -> bool {
        match self {
            Self::Equal => found == value,
            Self::Less => found < value,
            Self::LessOrEqual => found <= value,
            Self::Greater => found > value,
            Self::GreaterOrEqual => found >= value,
        }
    }
}

/// A date in one of the forms of ISO 8601 that W3C takes, or as seconds since 1970.
fn parse_date(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(seconds) = text.parse::<i64>() {
        return DateTime::from_timestamp(seconds, 0);
    }
    if let Ok(date) = DateTime::parse_from_rfc3339(text) {
        return Some(date.to_utc());
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc())
}

/// Addresses that begin alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Network {
    address: IpAddr,
    pub(super) prefix_bits: u32,
}

impl Network {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address.parse().ok()?, Some(bits.parse().ok()?)),
            None => (text.parse().ok()?, None),
        };
        let longest = match address {
            IpAddr::V4(_) => 32,
            IpAddr::V6(_) => 128,
        };
        let prefix_bits = bits.unwrap_or(longest);
        (prefix_bits <= longest).then_some(Self {
            address,
            prefix_bits,
        })
    }

    pub(super) fn is_v4(self) -> bool {
        self.address.is_ipv4()
    }

    fn contains(self, address: IpAddr) -> bool {
        let (network, address, width) = match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => (
                u128::from(network.to_bits()),
                u128::from(address.to_bits()),
                32,
            ),
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                (network.to_bits(), address.to_bits(), 128)
            }
            _ => return false,
        };
        let ignored = width - self.prefix_bits;
        (network ^ address).checked_shr(ignored).unwrap_or(0) == 0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn check(operator: &str, value: &Value, found: Option<&[&str]>) -> bool {
        let mut values = Vec::new();
        if let Some(found) = found {
            let found = found.iter().map(|text| (*text).to_owned()).collect();
            values.push(("s3:prefix", found));
        }
        values.push(("aws:username", vec!["ana".to_owned()]));
        let keys = values.into_iter().collect();
        let conditions = json!({ operator: { "S3:Prefix": value } });
        let conditions = Condition::read_all(conditions.as_object().unwrap()).unwrap();
        conditions
            .iter()
            .all(|condition| holds(condition, &keys, Some(&keys)))
    }

    #[rstest]
    #[case("StringEquals", json!("a"), "a", true)]
    #[case("StringEquals", json!("a"), "A", false)]
    #[case("StringEquals", json!(["b", "a"]), "a", true)]
    #[case("StringEquals", json!("a*"), "ab", false)]
    #[case("StringEquals", json!("${aws:username}"), "ana", true)]
    #[case("StringEquals", json!("${aws:unknown}"), "ana", false)]
    #[case("StringNotEquals", json!(["b", "a"]), "a", false)]
    #[case("StringNotEquals", json!("b"), "a", true)]
    #[case("StringEqualsIgnoreCase", json!("A"), "a", true)]
    #[case("StringNotEqualsIgnoreCase", json!("A"), "a", false)]
    #[case("StringLike", json!("a?c*"), "abcd", true)]
    #[case("StringLike", json!("home/${aws:username}/*"), "home/ana/x", true)]
    #[case("StringNotLike", json!("a*"), "abc", false)]
    #[case("NumericEquals", json!(10), "10", true)]
    #[case("NumericNotEquals", json!("10"), "10", false)]
    #[case("NumericLessThan", json!(10), "9", true)]
    #[case("NumericLessThanEquals", json!(10), "11", false)]
    #[case("NumericGreaterThan", json!(10), "x", false)]
    #[case("NumericGreaterThanEquals", json!(10), "10", true)]
    #[case("DateLessThan", json!("2026-01-02"), "2026-01-01T23:59:59Z", true)]
    #[case("DateEquals", json!("2026-01-01T00:00:00Z"), "1767225600", true)]
    #[case("DateGreaterThan", json!("2026-01-02T00:00:00Z"), "2026-01-01T00:00:00Z", false)]
    #[case("Bool", json!(true), "true", true)]
    #[case("Bool", json!("false"), "true", false)]
    #[case("BinaryEquals", json!("QUJD"), "QUJD", true)]
    #[case("IpAddress", json!("10.0.0.0/8"), "10.1.2.3", true)]
    #[case("IpAddress", json!("10.0.0.0/8"), "11.1.2.3", false)]
    #[case("IpAddress", json!("0.0.0.0/0"), "11.1.2.3", true)]
    #[case("IpAddress", json!("2001:db8::/32"), "2001:db8:1::1", true)]
    #[case("IpAddress", json!("10.0.0.1"), "::ffff:10.0.0.1", true)]
    #[case("NotIpAddress", json!("10.0.0.0/8"), "10.1.2.3", false)]
    #[case("ArnLike", json!("arn:aws:s3:::l*"), "arn:aws:s3:::lake", true)]
    #[case("ArnEquals", json!("arn:aws:s3:::l*"), "arn:aws:s3:::lake", true)]
    #[case("ArnNotLike", json!("arn:aws:s3:::l*"), "arn:aws:s3:::lake", false)]
    #[case("Null", json!(false), "a", true)]
    #[case("Null", json!("true"), "a", false)]
    fn operators(
        #[case] operator: &str,
        #[case] value: Value,
        #[case] found: &str,
        #[case] expected: bool,
    ) {
        assert_eq!(check(operator, &value, Some(&[found])), expected);
    }

    #[rstest]
    #[case("StringEquals", json!("a"), false)]
    #[case("StringNotEquals", json!("a"), true)]
    #[case("NumericLessThan", json!(1), false)]
    #[case("StringEqualsIfExists", json!("a"), true)]
    #[case("ForAllValues:StringEquals", json!("a"), true)]
    #[case("ForAnyValue:StringEquals", json!("a"), false)]
    #[case("ForAnyValue:StringNotEquals", json!("a"), false)]
    #[case("Null", json!(true), true)]
    #[case("Null", json!(false), false)]
    fn what_the_request_does_not_say(
        #[case] operator: &str,
        #[case] value: Value,
        #[case] expected: bool,
    ) {
        assert_eq!(check(operator, &value, None), expected);
    }

    #[rstest]
    #[case("ForAllValues:StringEquals", json!(["a", "b"]), &["a", "b"], true)]
    #[case("ForAllValues:StringEquals", json!(["a", "b"]), &["a", "c"], false)]
    #[case("ForAllValues:StringEquals", json!("a"), &[], true)]
    #[case("ForAnyValue:StringEquals", json!(["a", "b"]), &["a", "c"], true)]
    #[case("ForAnyValue:StringLike", json!("x*"), &["a", "c"], false)]
    #[case("ForAnyValue:StringNotEquals", json!("a"), &["a", "c"], true)]
    #[case("ForAllValues:StringNotEquals", json!("a"), &["a", "c"], false)]
    fn several_values(
        #[case] operator: &str,
        #[case] value: Value,
        #[case] found: &[&str],
        #[case] expected: bool,
    ) {
        assert_eq!(check(operator, &value, Some(found)), expected);
    }

    #[rstest]
    #[case(json!({"NumericEquals": {"k": "ten"}}))]
    #[case(json!({"DateEquals": {"k": "tomorrow"}}))]
    #[case(json!({"IpAddress": {"k": "10.0.0.0/33"}}))]
    #[case(json!({"Bool": {"k": "maybe"}}))]
    #[case(json!({"NullIfExists": {"k": "true"}}))]
    #[case(json!({"ForSomeValues:StringEquals": {"k": "v"}}))]
    #[case(json!({"NumericDateEquals": {"k": "1"}}))]
    #[case(json!({"StringEquals": "v"}))]
    fn malformed_conditions_are_refused(#[case] conditions: Value) {
        assert!(Condition::read_all(conditions.as_object().unwrap()).is_err());
    }
}
