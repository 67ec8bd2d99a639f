//! What conditions compare with: formulas, texts, dates, durations, sizes.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{NaiveDate, NaiveTime};

use super::DqdlError;
use super::stream::Stream;
use super::token::Kind;

/// A number, perhaps made of earlier values of the metric.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Formula {
    Number(f64),
    Null,
    Binary(Box<Formula>, char, Box<Formula>),
    /// `avg(last(10))`: names are checked where they are evaluated.
    Call(String, Vec<Formula>),
}

impl Formula {
    /// Whether the formula looks at earlier values.
    pub(crate) fn is_dynamic(&self) -> bool {
        match self {
            Self::Number(_) | Self::Null => false,
            Self::Binary(left, _, right) => left.is_dynamic() || right.is_dynamic(),
            Self::Call(..) => true,
        }
    }
}

/// A text or a kind of emptiness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TextOperand {
    Text(String),
    Null,
    Empty,
    WhitespacesOnly,
}

/// A point in time, absolute or relative to when the rule is evaluated.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Instant {
    Date(NaiveDate),
    /// A time of the day of evaluation.
    Time(NaiveTime),
    /// Seconds after (or before) now.
    FromNow(i64),
    Null,
}

/// An operand before it is known what the condition is about.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    Number(Formula),
    Text(TextOperand),
    Instant(Instant),
    Duration(Duration),
    Size(u64),
    Null,
}

/// The named values of a document.
pub(super) type Variables = BTreeMap<String, Vec<TextOperand>>;

/// Parses one operand. Quoted dates and times are read as such only if the rule compares dates.
pub(super) fn parse(
    stream: &mut Stream,
    variables: &Variables,
    dates: bool,
) -> Result<Vec<Operand>, DqdlError> {
    if let Some(keyword) = keyword(stream) {
        return Ok(vec![match keyword {
            TextOperand::Null => Operand::Null,
            other => Operand::Text(other),
        }]);
    }
    match stream.peek().kind.clone() {
        Kind::Quoted(text) => {
            let instant = dates.then(|| quoted_instant(&text)).flatten();
            stream.advance();
            Ok(vec![instant.map_or_else(
                || Operand::Text(TextOperand::Text(text)),
                Operand::Instant,
            )])
        }
        Kind::Sign("$") => {
            let values = variable(stream, variables)?;
            Ok(values.into_iter().map(Operand::Text).collect())
        }
        Kind::Word(word) if word == "now" => now(stream).map(|at| vec![Operand::Instant(at)]),
        Kind::Sign("(") if matches!(&stream.ahead(1).kind, Kind::Word(word) if word == "now") => {
            stream.advance();
            let at = now_with_offset(stream)?;
            stream.expect_sign(")")?;
            Ok(vec![Operand::Instant(at)])
        }
        _ => measured(stream).map(|operand| vec![operand]),
    }
}

fn keyword(stream: &mut Stream) -> Option<TextOperand> {
    let keywords = [
        ("null", TextOperand::Null),
        ("empty", TextOperand::Empty),
        ("whitespaces_only", TextOperand::WhitespacesOnly),
    ];
    keywords
        .into_iter()
        .find(|(word, _)| stream.take_either_case(word))
        .map(|(_, keyword)| keyword)
}

/// `$name`, and what the document says it stands for.
pub(super) fn variable(
    stream: &mut Stream,
    variables: &Variables,
) -> Result<Vec<TextOperand>, DqdlError> {
    let place = stream.place();
    stream.expect_sign("$")?;
    let Kind::Word(name) = stream.peek().kind.clone() else {
        return Err(stream.expected("the name of a variable"));
    };
    stream.advance();
    variables
        .get(&name)
        .cloned()
        .ok_or_else(|| stream.error_since(place, format!("variable '{name}' is not defined")))
}

/// One value of a variable's definition.
pub(super) fn text(stream: &mut Stream) -> Result<TextOperand, DqdlError> {
    match keyword(stream) {
        Some(keyword) => Ok(keyword),
        None => Ok(TextOperand::Text(stream.expect_quoted("a text")?)),
    }
}

fn quoted_instant(text: &str) -> Option<Instant> {
    if text.len() == 10
        && let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d")
    {
        return Some(Instant::Date(date));
    }
    ["%H:%M", "%I:%M %p"]
        .iter()
        .find_map(|format| NaiveTime::parse_from_str(text, format).ok())
        .map(Instant::Time)
}

fn now(stream: &mut Stream) -> Result<Instant, DqdlError> {
    stream.advance();
    stream.expect_sign("(")?;
    stream.expect_sign(")")?;
    Ok(Instant::FromNow(0))
}

fn now_with_offset(stream: &mut Stream) -> Result<Instant, DqdlError> {
    now(stream)?;
    let sign = if stream.take_sign("-") {
        -1
    } else if stream.take_sign("+") {
        1
    } else {
        return Err(stream.expected("'-' or '+' and a duration"));
    };
    let place = stream.place();
    match measured(stream)? {
        Operand::Duration(duration) => {
            let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
            Ok(Instant::FromNow(sign * seconds))
        }
        _ => Err(stream.error_since(
            place,
            "expected a duration in days, hours or minutes".to_owned(),
        )),
    }
}

/// A number with a unit, or a formula.
fn measured(stream: &mut Stream) -> Result<Operand, DqdlError> {
    if let Kind::Number(digits) = &stream.peek().kind
        && let Ok(count) = digits.parse::<u64>()
        && let Kind::Word(unit) = &stream.ahead(1).kind
        && let Some(operand) = with_unit(count, unit)
    {
        stream.advance();
        stream.advance();
        return Ok(operand);
    }
    formula(stream).map(Operand::Number)
}

fn with_unit(count: u64, unit: &str) -> Option<Operand> {
    let seconds = match unit {
        "days" => Some(86_400),
        "hours" => Some(3_600),
        "minutes" => Some(60),
        _ => None,
    };
    if let Some(seconds) = seconds {
        let duration = Duration::from_secs(count.saturating_mul(seconds));
        return Some(Operand::Duration(duration));
    }
    let power = ["B", "KB", "MB", "GB", "TB"]
        .iter()
        .position(|known| *known == unit)?;
    let bytes = 1024_u64.pow(u32::try_from(power).ok()?);
    Some(Operand::Size(count.saturating_mul(bytes)))
}

/// Sums of products, left to right.
pub(super) fn formula(stream: &mut Stream) -> Result<Formula, DqdlError> {
    let mut left = product(stream)?;
    loop {
        let operator = if stream.take_sign("+") {
            '+'
        } else if stream.take_sign("-") {
            '-'
        } else {
            return Ok(left);
        };
        left = Formula::Binary(Box::new(left), operator, Box::new(product(stream)?));
    }
}

fn product(stream: &mut Stream) -> Result<Formula, DqdlError> {
    let mut left = factor(stream)?;
    loop {
        let operator = if stream.take_sign("*") {
            '*'
        } else if stream.take_sign("/") {
            '/'
        } else {
            return Ok(left);
        };
        left = Formula::Binary(Box::new(left), operator, Box::new(factor(stream)?));
    }
}

fn factor(stream: &mut Stream) -> Result<Formula, DqdlError> {
    if stream.is_sign("(") {
        return stream.nested(formula);
    }
    if stream.take_either_case("null") {
        return Ok(Formula::Null);
    }
    let negative = stream.take_sign("-");
    match stream.peek().kind.clone() {
        Kind::Number(digits) => {
            let number: f64 = digits.parse().map_err(|_| stream.expected("a number"))?;
            stream.advance();
            Ok(Formula::Number(if negative { -number } else { number }))
        }
        Kind::Word(name) if !negative && matches!(stream.ahead(1).kind, Kind::Sign("(")) => {
            stream.advance();
            let arguments = stream.nested(arguments)?;
            Ok(Formula::Call(name, arguments))
        }
        _ => Err(stream.expected("a number")),
    }
}

fn arguments(stream: &mut Stream) -> Result<Vec<Formula>, DqdlError> {
    let mut arguments = Vec::new();
    if !stream.is_sign(")") {
        arguments.push(formula(stream)?);
        while stream.take_sign(",") {
            arguments.push(formula(stream)?);
        }
    }
    Ok(arguments)
}
