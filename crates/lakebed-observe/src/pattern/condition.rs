use regex::Regex;
use serde_json::Value;

use super::InvalidPattern;
use super::scanner::Scanner;

/// Comparisons joined by `&&` and `||`, of which `&&` binds closer.
#[derive(Debug)]
pub(crate) enum Condition<Subject> {
    Any(Vec<Self>),
    All(Vec<Self>),
    Is(Subject, Test),
}

#[derive(Debug)]
pub(crate) enum Test {
    Matches(Regex),
    Differs(Regex),
    EqualsNumber(f64, Regex),
    DiffersFromNumber(f64, Regex),
    Ordered(Order, f64),
    IsNull,
    IsBoolean(bool),
    Absent,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Order {
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl<Subject> Condition<Subject> {
    /// Reads a condition whose subjects `subject` reads.
    pub(super) fn parse(
        scanner: &mut Scanner<'_>,
        subject: &dyn Fn(&mut Scanner<'_>) -> Result<Subject, InvalidPattern>,
    ) -> Result<Self, InvalidPattern> {
        let mut any = Vec::new();
        loop {
            let mut all = Vec::new();
            loop {
                all.push(Self::parse_one(scanner, subject)?);
                if !scanner.take("&&") {
                    break;
                }
            }
            any.push(Self::All(all));
            if !scanner.take("||") {
                return Ok(Self::Any(any));
            }
        }
    }

    fn parse_one(
        scanner: &mut Scanner<'_>,
        subject: &dyn Fn(&mut Scanner<'_>) -> Result<Subject, InvalidPattern>,
    ) -> Result<Self, InvalidPattern> {
        if scanner.take("(") {
            let inner = Self::parse(scanner, subject)?;
            scanner.demand(")")?;
            return Ok(inner);
        }
        let subject = subject(scanner)?;
        Ok(Self::Is(subject, Test::parse(scanner)?))
    }

    /// Whether it holds of the values that `find` finds.
    pub(super) fn holds(&self, find: &dyn Fn(&Subject) -> Option<Value>) -> bool {
        match self {
            Self::Any(conditions) => conditions.iter().any(|condition| condition.holds(find)),
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(find)),
            Self::Is(subject, test) => test.holds(find(subject).as_ref()),
        }
    }
}

impl Test {
    fn parse(scanner: &mut Scanner<'_>) -> Result<Self, InvalidPattern> {
        if scanner.take("IS") {
            return if scanner.take("NULL") {
                Ok(Self::IsNull)
            } else if scanner.take("TRUE") {
                Ok(Self::IsBoolean(true))
            } else if scanner.take("FALSE") {
                Ok(Self::IsBoolean(false))
            } else {
                Err(scanner.wrong("expected NULL, TRUE or FALSE"))
            };
        }
        if scanner.take("NOT") {
            scanner.demand("EXISTS")?;
            return Ok(Self::Absent);
        }
        let orders = [
            ("<=", Order::AtMost),
            (">=", Order::AtLeast),
            ("<", Order::Less),
            (">", Order::Greater),
        ];
        for (sign, order) in orders {
            if scanner.take(sign) {
                return Ok(Self::Ordered(order, number(scanner)?));
            }
        }
        let differs = scanner.take("!=");
        if !differs && !scanner.take("=") {
            return Err(scanner.wrong("expected a comparison"));
        }
        scanner.peek();
        if let Some(regex) = scanner.regex()? {
            return Ok(match differs {
                true => Self::Differs(regex),
                false => Self::Matches(regex),
            });
        }
        let text = match scanner.quoted('"')? {
            Some(text) => text,
            None => operand(scanner)?.to_owned(),
        };
        let regex = wildcard(&text)?;
        Ok(match (differs, text.parse()) {
            (true, Ok(number)) => Self::DiffersFromNumber(number, regex),
            (true, Err(_)) => Self::Differs(regex),
            (false, Ok(number)) => Self::EqualsNumber(number, regex),
            (false, Err(_)) => Self::Matches(regex),
        })
    }

    /// Of a value that is not there nothing holds but that it is absent.
    fn holds(&self, value: Option<&Value>) -> bool {
        let Some(value) = value else {
            return matches!(self, Self::Absent);
        };
        let text = text_of(value);
        let text = text.as_deref();
        let as_number = || text.and_then(|text| text.parse::<f64>().ok());
        match self {
            Self::Matches(regex) => text.is_some_and(|text| regex.is_match(text)),
            Self::Differs(regex) => text.is_some_and(|text| !regex.is_match(text)),
            Self::EqualsNumber(number, regex) => {
                as_number() == Some(*number) || text.is_some_and(|text| regex.is_match(text))
            }
            Self::DiffersFromNumber(number, regex) => {
                as_number() != Some(*number) && text.is_some_and(|text| !regex.is_match(text))
            }
            Self::Ordered(order, limit) => as_number().is_some_and(|found| match order {
                Order::Less => found < *limit,
                Order::AtMost => found <= *limit,
                Order::Greater => found > *limit,
                Order::AtLeast => found >= *limit,
            }),
            Self::IsNull => value.is_null(),
            Self::IsBoolean(wanted) => value.as_bool() == Some(*wanted),
            Self::Absent => false,
        }
    }
}

/// What a value is compared by; objects, arrays and null are like nothing.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(boolean) => Some(boolean.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn number(scanner: &mut Scanner<'_>) -> Result<f64, InvalidPattern> {
    scanner.peek();
    let text = operand(scanner)?;
    text.parse()
        .map_err(|_| InvalidPattern(format!("'{text}' is not a number")))
}

/// A value that is not in quotes.
fn operand<'pattern>(scanner: &mut Scanner<'pattern>) -> Result<&'pattern str, InvalidPattern> {
    let text = scanner.word(|c| !c.is_whitespace() && !r#"(){}[]&|,="<>!"#.contains(c));
    if text.is_empty() {
        return Err(scanner.wrong("expected a value"));
    }
    Ok(text)
}

/// What a text with `*` for anything matches, from its start to its end.
fn wildcard(text: &str) -> Result<Regex, InvalidPattern> {
    let parts: Vec<String> = text.split('*').map(regex::escape).collect();
    Regex::new(&format!(r"(?s)\A{}\z", parts.join(".*")))
        .map_err(|_| InvalidPattern(format!("'{text}' is too long")))
}
