//! Which column a member belongs to.

use std::borrow::Cow;
use std::collections::HashMap;

use arrow::datatypes::{Fields, Schema};

use super::Dialect;
use super::syntax::Quoted;

/// Finds columns by members' names.
#[derive(Debug)]
pub(super) struct Names {
    by_key: HashMap<String, usize>,
    case_insensitive: bool,
    dots: bool,
}

impl Names {
    /// The names of a table's columns; those that are mapped have the keys they are mapped to.
    pub(super) fn of_columns(schema: &Schema, wanted: &[usize], dialect: &Dialect) -> Self {
        let keys = wanted.iter().map(|&column| {
            let name = schema.field(column).name();
            dialect.mapping.get(name).unwrap_or(name)
        });
        Self::new(keys, dialect)
    }

    /// The names of a struct's fields.
    pub(super) fn of_fields(fields: &Fields, dialect: &Dialect) -> Self {
        Self::new(fields.iter().map(|field| field.name()), dialect)
    }

    fn new<'a>(keys: impl Iterator<Item = &'a String>, dialect: &Dialect) -> Self {
        let case_insensitive = dialect.case_insensitive;
        let keys = keys.enumerate().map(|(index, key)| {
            let key = if case_insensitive {
                key.to_lowercase()
            } else {
                key.clone()
            };
            (key, index)
        });
        Self {
            by_key: keys.collect(),
            case_insensitive,
            dots: dialect.dots_in_keys,
        }
    }

    /// The number of the column, among those that are wanted.
    pub(super) fn find(&self, key: Quoted<'_>) -> Option<usize> {
        let mut name = key.text();
        let lower = |c: char| !c.is_ascii_uppercase() && c.is_ascii();
        if self.case_insensitive && !name.chars().all(lower) {
            name = Cow::Owned(name.to_lowercase());
        }
        let found = self.by_key.get(name.as_ref()).copied();
        if found.is_none() && self.dots && name.contains('.') {
            return self.by_key.get(&name.replace('.', "_")).copied();
        }
        found
    }
}

/// The columns of a record's members, as the records before had them: records of a file mostly
/// have the same members in the same order.
#[derive(Debug, Default)]
pub(super) struct Order<'a> {
    known: Vec<(&'a [u8], Option<usize>)>,
    next: usize,
}

impl<'a> Order<'a> {
    pub(super) fn begin(&mut self) {
        self.next = 0;
    }

    /// The column of the record's next member.
    pub(super) fn find(&mut self, names: &Names, key: Quoted<'a>) -> Option<usize> {
        let place = self.next;
        self.next += 1;
        if let Some((known, column)) = self.known.get(place)
            && *known == key.raw
        {
            return *column;
        }
        let column = names.find(key);
        self.known.truncate(place);
        self.known.push((key.raw, column));
        column
    }
}
