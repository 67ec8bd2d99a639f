//! The language of `GetPartitions`' `Expression`: "SQL syntax similar to the SQL WHERE filter
//! clause" over the partition keys (Glue API reference, GetPartitions).

mod bounds;
mod lexer;
mod parser;
mod value;

use chrono::Datelike;
use lakebed_wire::glue::Column;
use regex::Regex;

use crate::Error;
use lakebed_core::hive_path::NULL_PARTITION;

pub(super) use self::bounds::Bounds;
use self::value::{KeyType, Value};

/// A partition expression, bound to the keys of a table.
#[derive(Debug, Clone)]
pub struct Expression {
    condition: Condition,
    types: Vec<KeyType>,
}

#[derive(Debug, Clone)]
enum Condition {
    /// All of them.
    And(Vec<Condition>),
    /// Any of them.
    Or(Vec<Condition>),
    Not(Box<Condition>),
    Compare {
        key: usize,
        operator: Operator,
        literal: Value,
    },
    Between {
        key: usize,
        low: Value,
        high: Value,
    },
    In {
        key: usize,
        literals: Vec<Value>,
    },
    Like {
        key: usize,
        pattern: Regex,
    },
    IsNull {
        key: usize,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Expression {
    /// Reads an expression over `keys`.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] naming what is wrong and where.
    pub fn parse(text: &str, keys: &[Column]) -> Result<Self, Error> {
        let invalid = |reason: String| {
            Error::InvalidInput(format!("Invalid partition expression! {reason}: {text}"))
        };
        let types: Vec<KeyType> = keys
            .iter()
            .map(|key| KeyType::of(key.r#type.as_deref().unwrap_or("string")))
            .collect();
        let tokens = lexer::tokens(text).map_err(invalid)?;
        let condition = parser::Parser::new(&tokens, keys, &types)
            .parse()
            .map_err(invalid)?;
        Ok(Self { condition, types })
    }

    /// Whether a partition with these values matches. As in SQL, what compares with null does not.
    ///
    /// Values of the first keys only say whether any partition with them can match.
    #[must_use]
    pub fn matches(&self, values: &[String]) -> bool {
        self.can_be(true, &self.condition, values)
    }

    /// Whether a condition can be `truth`, whatever the values of the keys that have none are.
    fn can_be(&self, truth: bool, condition: &Condition, values: &[String]) -> bool {
        match condition {
            Condition::And(conditions) | Condition::Or(conditions) => {
                let mut can_be = conditions
                    .iter()
                    .map(|condition| self.can_be(truth, condition, values));
                // One false is enough for AND, one true for OR.
                if truth == matches!(condition, Condition::And(_)) {
                    can_be.all(|can_be| can_be)
                } else {
                    can_be.any(|can_be| can_be)
                }
            }
            Condition::Not(inner) => self.can_be(!truth, inner, values),
            Condition::IsNull { key } => values
                .get(*key)
                .is_none_or(|text| self.value(*key, text).is_none() == truth),
            Condition::Compare { key, .. }
            | Condition::Between { key, .. }
            | Condition::In { key, .. }
            | Condition::Like { key, .. } => values.get(*key).is_none_or(|text| {
                self.value(*key, text)
                    .and_then(|value| holds(condition, &value))
                    == Some(truth)
            }),
        }
    }

    /// A key's value; none where it is null or not of the key's type.
    fn value(&self, key: usize, text: &str) -> Option<Value> {
        if text == NULL_PARTITION {
            return None;
        }
        Value::read(*self.types.get(key)?, text)
    }
}

/// A text that sorts among those of its type as the values do; what is no value of the type, and
/// null, comes first.
pub(super) fn sort_key(glue_type: &str, text: &str) -> String {
    let value = match text {
        NULL_PARTITION => None,
        text => Value::read(KeyType::of(glue_type), text),
    };
    value.as_ref().map_or_else(String::new, sort_key_of)
}

/// The same of a value.
pub(super) fn sort_key_of(value: &Value) -> String {
    // Shifted, so that negative numbers sort first.
    let whole = |number: i64| format!("{:016x}", (number as u64) ^ (1 << 63));
    match value {
        Value::Text(text) => format!("={text}"),
        Value::Whole(number) => whole(*number),
        Value::Real(number) => {
            let bits = (number + 0.0).to_bits();
            let mask = if bits >> 63 == 1 { u64::MAX } else { 1 << 63 };
            format!("{:016x}", bits ^ mask)
        }
        Value::Date(date) => whole(date.num_days_from_ce().into()),
        Value::Timestamp(time) => whole(time.and_utc().timestamp_micros()),
        Value::Boolean(value) => u8::from(*value).to_string(),
    }
}

/// Whether a condition on one key holds for its value; none for other conditions.
fn holds(condition: &Condition, value: &Value) -> Option<bool> {
    match condition {
        Condition::Compare {
            operator, literal, ..
        } => {
            let order = value.compare(literal)?;
            Some(match operator {
                Operator::Equal => order.is_eq(),
                Operator::NotEqual => order.is_ne(),
                Operator::Less => order.is_lt(),
                Operator::LessOrEqual => order.is_le(),
                Operator::Greater => order.is_gt(),
                Operator::GreaterOrEqual => order.is_ge(),
            })
        }
        Condition::Between { low, high, .. } => {
            Some(value.compare(low)?.is_ge() && value.compare(high)?.is_le())
        }
        Condition::In { literals, .. } => Some(literals.contains(value)),
        Condition::Like { pattern, .. } => match value {
            Value::Text(text) => Some(pattern.is_match(text)),
            _ => None,
        },
        Condition::And(_) | Condition::Or(_) | Condition::Not(_) | Condition::IsNull { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn keys() -> Vec<Column> {
        [
            ("year", "int"),
            ("month", "string"),
            ("day", "date"),
            ("price", "decimal(10,2)"),
        ]
        .map(|(name, kind)| Column {
            name: name.to_owned(),
            r#type: Some(kind.to_owned()),
            ..Default::default()
        })
        .to_vec()
    }

    fn matches(expression: &str, values: [&str; 4]) -> bool {
        Expression::parse(expression, &keys())
            .unwrap()
            .matches(&values.map(str::to_owned))
    }

    const MARCH: [&str; 4] = ["2025", "03", "2025-03-09", "9.50"];

    #[test]
    fn comparisons_follow_the_keys_types() {
        let cases = [
            ("year = 2025", true),
            ("year = '2025'", true),
            ("YEAR >= 999", true),
            ("2024 < year", true),
            ("year <> 2025", false),
            ("year != 2024", true),
            ("month = '03'", true),
            ("month = '3'", false),
            ("month > '1'", false),
            ("day = '2025-03-09'", true),
            ("day < date '2025-03-10'", true),
            ("price < 10", true),
            ("price = 9.5", true),
            ("price between .5 and 1e1", true),
            ("price > 9.5E+0", false),
            ("date '2025-03-01' <= day", true),
            ("(year) = ((2025))", true),
            ("((year) > 2020 and ((month)) in (('03')))", true),
        ];
        for (expression, expected) in cases {
            assert_eq!(matches(expression, MARCH), expected, "{expression}");
        }
    }

    #[test]
    fn conditions_combine_as_in_sql() {
        let cases = [
            ("year = 2025 and month = '03'", true),
            ("year = 2024 or month = '03'", true),
            ("not year = 2024", true),
            ("year = 2024 or year = 2025 and month = '04'", false),
            ("(year = 2024 or year = 2025) and month = '03'", true),
            ("year between 2020 and 2025", true),
            ("year not between 2020 and 2024", true),
            ("month in ('01', '02', '03')", true),
            ("month not in ('01')", true),
            ("month like '0%'", true),
            ("month like '_3'", true),
            ("month not like '1%'", true),
            ("month not like '1%' and not (year < 2025)", true),
            ("month is not null", true),
            ("`month` is null", false),
            ("\"month\" = '03'", true),
        ];
        for (expression, expected) in cases {
            assert_eq!(matches(expression, MARCH), expected, "{expression}");
        }
    }

    #[test]
    fn null_partitions_match_only_is_null() {
        let unknown = ["2025", NULL_PARTITION, "2025-01-01", "1"];
        assert!(matches("month is null", unknown));
        assert!(!matches("month = '01'", unknown));
        assert!(!matches("month <> '01'", unknown));
        assert!(!matches("not month = '01'", unknown));
        assert!(matches("month = '__HIVE_DEFAULT_PARTITION__'", unknown));
        assert!(!matches("month <> '__HIVE_DEFAULT_PARTITION__'", unknown));
        assert!(matches("month <> '__HIVE_DEFAULT_PARTITION__'", MARCH));
    }

    #[test]
    fn long_lists_of_conditions_are_no_nesting() {
        let years: Vec<String> = (0..5000)
            .map(|year| format!("year = {year} and month = '03'"))
            .collect();
        assert!(matches(&years.join(" or "), MARCH));
        assert!(matches(
            &format!("not ({})", years[..2025].join(" or ")),
            MARCH
        ));
    }

    #[test]
    fn the_first_values_say_whether_any_partition_can_match() {
        let cases = [
            ("year = 2025", "2025", true),
            ("year = 2024", "2025", false),
            ("month = '03'", "2025", true),
            ("year = 2024 and month = '03'", "2025", false),
            ("year = 2024 or month = '03'", "2025", true),
            ("not (year = 2025 or month = '03')", "2025", false),
            ("not (year = 2025 and month = '03')", "2025", true),
            ("year is null", "2025", false),
            ("month is null", "2025", true),
        ];
        for (expression, year, expected) in cases {
            let expression = Expression::parse(expression, &keys()).unwrap();
            assert_eq!(
                expression.matches(&[year.to_owned()]),
                expected,
                "{expression:?} {year}"
            );
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases = [
            ("yeer = 2025", "column 'yeer' is not a partition key"),
            ("year = 'abc'", "'abc' is not a value of type int"),
            ("year =", "expected a value, found the end"),
            (
                "year = 2025 month = '03'",
                "expected AND, OR or the end, found 'month'",
            ),
            ("year = 'open", "the text that starts at 8 is not closed"),
            ("year ~ 1", "'~' at 6 is not understood"),
            ("(year = 2025", "expected ')', found the end"),
            ("year = 2.5", "'2.5' is not a value of type int"),
            (
                "year like '2%'",
                "Integral data type doesn't support operation 'LIKE'",
            ),
            ("", "expected a partition key, found the end"),
        ];
        for (expression, reason) in cases {
            let error = Expression::parse(expression, &keys())
                .unwrap_err()
                .to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
