//! What formulas come to, given the earlier values of a metric. Source: "Dynamic rules".

use super::CheckError;
use crate::dqdl::{Formula, Relation};

/// The operands of a relation as numbers.
///
/// `history` gives, newest first, the earlier values of the metric that an operand is compared
/// with; `upper` says whether the operand bounds the metric from above.
pub(super) fn resolve(
    relation: &Relation<Formula>,
    history: impl Fn(bool) -> Vec<f64>,
) -> Result<Relation<f64>, CheckError> {
    let mut position = 0;
    relation.try_map(|formula| {
        let upper = match relation {
            Relation::Less(_) | Relation::LessOrEqual(_) => true,
            Relation::Between(..) | Relation::NotBetween(..) => position == 1,
            _ => false,
        };
        position += 1;
        let earlier = if formula.is_dynamic() {
            history(upper)
        } else {
            Vec::new()
        };
        number(formula, &earlier)
    })
}

enum Value {
    One(f64),
    Many(Vec<f64>),
}

fn number(formula: &Formula, earlier: &[f64]) -> Result<f64, CheckError> {
    match evaluate(formula, earlier)? {
        Value::One(number) => Ok(number),
        Value::Many(values) => match values[..] {
            [one] => Ok(one),
            _ => Err(CheckError::new(
                "last(k) gives a list: use avg, min, max, sum, std, median, percentile or index",
            )),
        },
    }
}

fn evaluate(formula: &Formula, earlier: &[f64]) -> Result<Value, CheckError> {
    match formula {
        Formula::Number(number) => Ok(Value::One(*number)),
        Formula::Null => Err(CheckError::new("NULL is not a number to compare with")),
        Formula::Binary(left, operator, right) => {
            let (left, right) = (number(left, earlier)?, number(right, earlier)?);
            Ok(Value::One(match operator {
                '+' => left + right,
                '-' => left - right,
                '*' => left * right,
                _ => left / right,
            }))
        }
        Formula::Call(name, arguments) => call(name, arguments, earlier),
    }
}

fn call(name: &str, arguments: &[Formula], earlier: &[f64]) -> Result<Value, CheckError> {
    if name == "last" {
        let count = match arguments {
            [] => 1.0,
            [count] => number(count, earlier)?,
            _ => return Err(CheckError::new("last takes one number")),
        };
        let count = count.max(0.0) as usize;
        if earlier.is_empty() {
            return Err(CheckError::new(
                "there is no earlier value of this metric that last() could give",
            ));
        }
        let values = earlier.iter().take(count).copied().collect();
        return Ok(Value::Many(values));
    }
    let Some((first, rest)) = arguments.split_first() else {
        return Err(CheckError::new(format!("{name} takes an argument")));
    };
    let values = match evaluate(first, earlier)? {
        Value::One(one) => vec![one],
        Value::Many(values) => values,
    };
    let rest: Vec<f64> = rest
        .iter()
        .map(|argument| number(argument, earlier))
        .collect::<Result<_, _>>()?;
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let result = match (name, &rest[..]) {
        ("avg" | "average" | "mean", []) => mean,
        ("sum", []) => values.iter().sum(),
        ("min", []) => values.iter().copied().fold(f64::INFINITY, f64::min),
        ("max", []) => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        ("std", []) => {
            let squares = values.iter().map(|value| (value - mean).powi(2));
            (squares.sum::<f64>() / count).sqrt()
        }
        ("median", []) => percentile(&values, 50.0),
        ("percentile", [rank]) => percentile(&values, *rank),
        ("abs", []) if values.len() == 1 => values[0].abs(),
        ("index", [position]) => *values.get(*position as usize).ok_or_else(|| {
            CheckError::new(format!(
                "index {position} is beyond the {} earlier values",
                values.len()
            ))
        })?,
        _ => {
            return Err(CheckError::new(format!(
                "no function '{name}' with {} arguments",
                arguments.len()
            )));
        }
    };
    Ok(Value::One(result))
}

/// By linear interpolation between the closest ranks.
pub(super) fn percentile(values: &[f64], rank: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let position = (rank / 100.0).clamp(0.0, 1.0) * (sorted.len().max(1) - 1) as f64;
    let (low, high) = (position.floor() as usize, position.ceil() as usize);
    match (sorted.get(low), sorted.get(high)) {
        (Some(low), Some(high)) => low + (high - low) * position.fract(),
        _ => f64::NAN,
    }
}

/// A relation as rules spell it.
pub(super) fn spell(relation: &Relation<f64>) -> String {
    let list = |many: &[f64]| {
        let many: Vec<String> = many.iter().map(|one| double(*one)).collect();
        format!("[{}]", many.join(","))
    };
    match relation {
        Relation::Between(low, high) => format!("between {} and {}", double(*low), double(*high)),
        Relation::NotBetween(low, high) => {
            format!("not between {} and {}", double(*low), double(*high))
        }
        Relation::Greater(one) => format!("> {}", double(*one)),
        Relation::GreaterOrEqual(one) => format!(">= {}", double(*one)),
        Relation::Less(one) => format!("< {}", double(*one)),
        Relation::LessOrEqual(one) => format!("<= {}", double(*one)),
        Relation::Equal(one) => format!("= {}", double(*one)),
        Relation::NotEqual(one) => format!("!= {}", double(*one)),
        Relation::In(many) => format!("in {}", list(many)),
        Relation::NotIn(many) => format!("not in {}", list(many)),
    }
}

/// A number as Java's `Double.toString` spells it, which is what Glue's messages hold.
pub(super) fn double(number: f64) -> String {
    let size = number.abs();
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned();
    }
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        return format!("{number:?}");
    }
    let spelt = format!("{number:e}");
    let (digits, exponent) = spelt.split_once('e').unwrap_or((&spelt, "0"));
    let point = if digits.contains('.') { "" } else { ".0" };
    format!("{digits}{point}E{exponent}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use crate::dqdl::Ruleset;
    use crate::dqdl::{Body, Condition};

    fn resolved(condition: &str, earlier: &[f64]) -> Result<String, String> {
        let ruleset = Ruleset::parse(&format!("Rules = [ RowCount {condition} ]")).unwrap();
        let Body::Check(check) = &ruleset.rules[0].body else {
            panic!("not a check")
        };
        let Some(Condition::Number(relation)) = &check.condition else {
            panic!("not a number condition")
        };
        resolve(relation, |_| earlier.to_vec())
            .map(|relation| spell(&relation))
            .map_err(|error| error.message)
    }

    #[test]
    fn formulas_look_back_at_the_newest_values() {
        let earlier = [10.0, 20.0, 60.0, 1000.0];
        let cases = [
            ("> avg(last(3))", "> 30.0"),
            ("= last(1)", "= 10.0"),
            (
                "between min(last(2)) and 1.5 * max(last(2))",
                "between 10.0 and 30.0",
            ),
            ("< median(last(3)) + std(last(1))", "< 20.0"),
            ("<= index(last(3), 2) - 10 / 2", "<= 55.0"),
            ("in [sum(last(2)),percentile(last(3),25)]", "in [30.0,15.0]"),
            ("= 12345678", "= 1.2345678E7"),
            ("= (1 + 2) * 3", "= 9.0"),
        ];
        for (condition, expected) in cases {
            assert_eq!(resolved(condition, &earlier).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn what_cannot_be_computed_is_said() {
        let cases = [
            ("> avg(last(3))", &[][..], "there is no earlier value"),
            ("> last(2)", &[1.0, 2.0][..], "last(k) gives a list"),
            (
                "> twice(1)",
                &[][..],
                "no function 'twice' with 1 arguments",
            ),
            (
                "> index(last(2), 5)",
                &[1.0][..],
                "index 5 is beyond the 1 earlier values",
            ),
        ];
        for (condition, earlier, message) in cases {
            let error = resolved(condition, earlier).unwrap_err();
            assert!(error.starts_with(message), "{error}");
        }
    }
}
