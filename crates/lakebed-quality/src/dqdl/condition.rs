//! Conditions: an operator and what it compares with.

use std::time::Duration;

use super::DqdlError;
use super::operand::{self, Formula, Instant, Operand, TextOperand, Variables};
use super::rule_type::Operands;
use super::stream::Stream;

/// An operator with its operands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Relation<T> {
    /// Both ends are outside: "Expressions" calls the range exclusive.
    Between(T, T),
    NotBetween(T, T),
    Greater(T),
    GreaterOrEqual(T),
    Less(T),
    LessOrEqual(T),
    Equal(T),
    NotEqual(T),
    In(Vec<T>),
    NotIn(Vec<T>),
}

impl<T> Relation<T> {
    /// The operands, in the order they are written.
    pub(crate) fn operands(&self) -> Vec<&T> {
        match self {
            Self::Between(low, high) | Self::NotBetween(low, high) => vec![low, high],
            Self::Greater(one)
            | Self::GreaterOrEqual(one)
            | Self::Less(one)
            | Self::LessOrEqual(one)
            | Self::Equal(one)
            | Self::NotEqual(one) => vec![one],
            Self::In(many) | Self::NotIn(many) => many.iter().collect(),
        }
    }

    /// The same relation with other operands.
    ///
    /// # Errors
    /// The first that `change` gives.
    pub(crate) fn try_map<U, E>(
        &self,
        mut change: impl FnMut(&T) -> Result<U, E>,
    ) -> Result<Relation<U>, E> {
        Ok(match self {
            Self::Between(low, high) => Relation::Between(change(low)?, change(high)?),
            Self::NotBetween(low, high) => Relation::NotBetween(change(low)?, change(high)?),
            Self::Greater(one) => Relation::Greater(change(one)?),
            Self::GreaterOrEqual(one) => Relation::GreaterOrEqual(change(one)?),
            Self::Less(one) => Relation::Less(change(one)?),
            Self::LessOrEqual(one) => Relation::LessOrEqual(change(one)?),
            Self::Equal(one) => Relation::Equal(change(one)?),
            Self::NotEqual(one) => Relation::NotEqual(change(one)?),
            Self::In(many) => Relation::In(many.iter().map(change).collect::<Result<_, _>>()?),
            Self::NotIn(many) => {
                Relation::NotIn(many.iter().map(change).collect::<Result<_, _>>()?)
            }
        })
    }
}

impl<T: PartialOrd> Relation<T> {
    /// Whether a value stands in the relation.
    pub(crate) fn holds(&self, value: &T) -> bool {
        match self {
            Self::Between(low, high) => value > low && value < high,
            Self::NotBetween(low, high) => value <= low || value >= high,
            Self::Greater(one) => value > one,
            Self::GreaterOrEqual(one) => value >= one,
            Self::Less(one) => value < one,
            Self::LessOrEqual(one) => value <= one,
            Self::Equal(one) => value == one,
            Self::NotEqual(one) => value != one,
            Self::In(many) => many.contains(value),
            Self::NotIn(many) => !many.contains(value),
        }
    }
}

pub(crate) type NumberCondition = Relation<Formula>;

/// A condition on texts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TextMatch {
    Relation(Relation<TextOperand>),
    /// A regular expression that the whole text must match.
    Matches(String),
    NotMatches(String),
}

/// What a rule's values must be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Condition {
    Number(NumberCondition),
    Text(TextMatch),
    Date(Relation<Instant>),
    Duration(Relation<Duration>),
    /// Bytes.
    Size(Relation<u64>),
}

/// Whether the next token begins a condition.
pub(super) fn begins(stream: &Stream) -> bool {
    ["=", "!=", "!", ">", ">=", "<", "<="]
        .iter()
        .any(|sign| stream.is_sign(sign))
        || ["between", "in", "not", "matches"]
            .iter()
            .any(|word| stream.is_word(word))
}

/// Parses a condition on one of the kinds of operands that the rule allows.
pub(super) fn parse(
    stream: &mut Stream,
    allowed: &[Operands],
    variables: &Variables,
) -> Result<Condition, DqdlError> {
    let place = stream.place();
    let negated = stream.take_word("not");
    if stream.take_word("matches") {
        if !allowed.contains(&Operands::Text) {
            return Err(stream.error_since(place, "this rule type compares no texts".to_owned()));
        }
        let pattern = stream.expect_quoted("a regular expression")?;
        return Ok(Condition::Text(if negated {
            TextMatch::NotMatches(pattern)
        } else {
            TextMatch::Matches(pattern)
        }));
    }
    let relation = relation(stream, negated, |stream| {
        operand::parse(stream, variables, allowed.contains(&Operands::Date))
    })?;
    classify(&relation, allowed).ok_or_else(|| {
        let kinds: Vec<&str> = allowed.iter().map(|kind| kind.words()).collect();
        let message = format!(
            "the operands must all be {}: '{}'",
            kinds.join(", or all "),
            stream.text_since(place)
        );
        stream.error_since(place, message)
    })
}

/// Parses the condition of a threshold.
pub(super) fn parse_number(stream: &mut Stream) -> Result<NumberCondition, DqdlError> {
    let negated = stream.take_word("not");
    relation(stream, negated, |stream| {
        operand::formula(stream).map(|formula| vec![formula])
    })
}

/// Parses an operator and its operands; an operand may stand for several where a list is wanted.
fn relation<T>(
    stream: &mut Stream,
    negated: bool,
    mut operand: impl FnMut(&mut Stream) -> Result<Vec<T>, DqdlError>,
) -> Result<Relation<T>, DqdlError> {
    let mut one = |stream: &mut Stream| {
        let place = stream.place();
        let mut found = operand(stream)?;
        match (found.pop(), found.is_empty()) {
            (Some(only), true) => Ok(only),
            _ => Err(stream.error_since(place, "expected one value, found a list".to_owned())),
        }
    };
    if stream.take_word("between") {
        let low = one(stream)?;
        if !stream.take_either_case("and") {
            return Err(stream.expected("'and'"));
        }
        let high = one(stream)?;
        return Ok(if negated {
            Relation::NotBetween(low, high)
        } else {
            Relation::Between(low, high)
        });
    }
    if stream.take_word("in") {
        let many = if stream.is_sign("[") {
            stream.list(&mut operand)?.into_iter().flatten().collect()
        } else {
            operand(stream)?
        };
        return Ok(if negated {
            Relation::NotIn(many)
        } else {
            Relation::In(many)
        });
    }
    if negated {
        return Err(stream.expected("'between', 'in' or 'matches'"));
    }
    if stream.take_sign("!") {
        stream.expect_sign("=")?;
        return Ok(Relation::NotEqual(one(stream)?));
    }
    let sign = ["=", "!=", ">=", "<=", ">", "<"]
        .into_iter()
        .find(|sign| stream.take_sign(sign))
        .ok_or_else(|| stream.expected("a condition"))?;
    let operand = one(stream)?;
    Ok(match sign {
        "=" => Relation::Equal(operand),
        "!=" => Relation::NotEqual(operand),
        ">=" => Relation::GreaterOrEqual(operand),
        "<=" => Relation::LessOrEqual(operand),
        ">" => Relation::Greater(operand),
        _ => Relation::Less(operand),
    })
}

/// The condition as the first kind all operands belong to; `NULL` belongs to several.
fn classify(relation: &Relation<Operand>, allowed: &[Operands]) -> Option<Condition> {
    allowed.iter().find_map(|kind| match kind {
        // Texts have no order here.
        Operands::Text if !is_equality(relation) => None,
        Operands::Text => of_kind(relation, |operand| match operand {
            Operand::Text(text) => Some(text.clone()),
            Operand::Null => Some(TextOperand::Null),
            _ => None,
        })
        .map(|relation| Condition::Text(TextMatch::Relation(relation))),
        Operands::Number => of_kind(relation, |operand| match operand {
            Operand::Number(number) => Some(number.clone()),
            Operand::Null => Some(Formula::Null),
            _ => None,
        })
        .map(Condition::Number),
        Operands::Date => of_kind(relation, |operand| match operand {
            Operand::Instant(instant) => Some(instant.clone()),
            Operand::Null => Some(Instant::Null),
            _ => None,
        })
        .map(Condition::Date),
        Operands::Duration => of_kind(relation, |operand| match operand {
            Operand::Duration(duration) => Some(*duration),
            _ => None,
        })
        .map(Condition::Duration),
        // A size without a unit counts bytes.
        Operands::Size => of_kind(relation, |operand| match operand {
            Operand::Size(bytes) => Some(*bytes),
            Operand::Number(Formula::Number(bytes)) if *bytes >= 0.0 => Some(*bytes as u64),
            _ => None,
        })
        .map(Condition::Size),
    })
}

fn is_equality<T>(relation: &Relation<T>) -> bool {
    matches!(
        relation,
        Relation::Equal(_) | Relation::NotEqual(_) | Relation::In(_) | Relation::NotIn(_)
    )
}

fn of_kind<T>(
    relation: &Relation<Operand>,
    pick: impl Fn(&Operand) -> Option<T>,
) -> Option<Relation<T>> {
    relation.try_map(|operand| pick(operand).ok_or(())).ok()
}

impl Operands {
    fn words(self) -> &'static str {
        match self {
            Self::Number => "numbers",
            Self::Text => "texts",
            Self::Date => "dates",
            Self::Duration => "durations (3 days, 4 hours, 5 minutes)",
            Self::Size => "sizes (5 B, 6 KB, 7 MB)",
        }
    }
}
