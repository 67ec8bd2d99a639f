use std::borrow::Cow;

use crate::statement::Step;
use crate::value::Value;

/// What a record of some format has at a path.
pub(crate) trait Record {
    /// What is there; missing if nothing is.
    fn get(&self, steps: &[Step]) -> Cow<'_, Value>;

    /// All fields with their names, in the order of the record.
    fn fields(&self) -> Vec<(Cow<'_, str>, Cow<'_, Value>)>;
}

/// A record of JSON or Parquet.
impl Record for Value {
    fn get(&self, steps: &[Step]) -> Cow<'_, Value> {
        let mut here = self;
        for step in steps {
            let next = match (step, here) {
                (Step::Name(name), Value::Tuple(fields)) => named(fields, name, false),
                (Step::Quoted(name), Value::Tuple(fields)) => named(fields, name, true),
                (Step::At(at), Value::List(values)) => values.get(*at),
                _ => None,
            };
            match next {
                Some(next) => here = next,
                None => return Cow::Owned(Value::Missing),
            }
        }
        Cow::Borrowed(here)
    }

    fn fields(&self) -> Vec<(Cow<'_, str>, Cow<'_, Value>)> {
        match self {
            Self::Tuple(fields) => fields
                .iter()
                .map(|(name, value)| (Cow::Borrowed(name.as_str()), Cow::Borrowed(value)))
                .collect(),
            value => vec![(Cow::Borrowed("_1"), Cow::Borrowed(value))],
        }
    }
}

/// A field by its name; by position where no field has the name `_1`.
fn named<'v>(fields: &'v [(String, Value)], name: &str, exactly: bool) -> Option<&'v Value> {
    let same = |field: &str| {
        if exactly {
            field == name
        } else {
            field.eq_ignore_ascii_case(name)
        }
    };
    let found = fields
        .iter()
        .find(|(field, _)| field == name)
        .or_else(|| fields.iter().find(|(field, _)| same(field)));
    match found {
        Some((_, value)) => Some(value),
        None => position(name)
            .and_then(|at| fields.get(at))
            .map(|(_, value)| value),
    }
}

/// The position that `_1` names, from 0.
pub(crate) fn position(name: &str) -> Option<usize> {
    name.strip_prefix('_')?
        .parse::<usize>()
        .ok()?
        .checked_sub(1)
}

/// The records that lie behind the steps of a `FROM` clause in one document.
pub(crate) fn records(document: Value, steps: &[Step]) -> Vec<Value> {
    let mut found = vec![document];
    for step in steps {
        let mut next = Vec::new();
        for value in found {
            match (step, value) {
                (Step::Each, Value::List(values)) => next.extend(values),
                // What is no list is one of itself.
                (Step::Each, value) => next.push(value),
                (step, value) => match value.get(std::slice::from_ref(step)).into_owned() {
                    Value::Missing => {}
                    value => next.push(value),
                },
            }
        }
        found = next;
    }
    found
}
