//! Finding tables by what they are called and made of.
//!
//! Glue API reference, "SearchTables" and "PropertyPredicate".

use std::cmp::Ordering;

use chrono::DateTime;
use lakebed_core::Timestamp;
use lakebed_wire::glue::{Comparator, PropertyPredicate, Sort, SortCriterion, Table};

use crate::catalog::{DATABASES, TABLES};
use crate::paging::Page;
use crate::{Catalog, Error};

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TableSearch {
    text: Option<Text>,
    filters: Vec<Filter>,
    order: Option<Order>,
}

#[derive(Debug, Clone, PartialEq)]
enum Text {
    /// In quotes: a name, a comment or a value that is this.
    Exact(String),
    /// All of these words, wherever they stand.
    Words(Vec<String>),
}

#[derive(Debug, Clone, PartialEq)]
enum Filter {
    /// A property that is this, or has it for one of its words.
    Is(String, String),
    Time(TimeField, Comparator, Timestamp),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TimeField {
    Created,
    Updated,
    LastAccess,
}

#[derive(Debug, Clone, PartialEq)]
struct Order {
    field: String,
    descending: bool,
}

impl TimeField {
    fn named(name: &str) -> Option<Self> {
        match name.to_lowercase().as_str() {
            "createtime" => Some(Self::Created),
            "updatetime" => Some(Self::Updated),
            "lastaccesstime" => Some(Self::LastAccess),
            _ => None,
        }
    }

    fn of(self, table: &Table) -> Option<Timestamp> {
        match self {
            Self::Created => table.create_time,
            Self::Updated => table.update_time,
            Self::LastAccess => table.last_access_time,
        }
    }
}

impl TableSearch {
    /// # Errors
    /// [`Error::InvalidInput`] for filters without key or value, times that are none, and more
    /// than one field to sort by.
    pub(crate) fn of(
        text: Option<&str>,
        filters: Vec<PropertyPredicate>,
        sort: Vec<SortCriterion>,
    ) -> Result<Self, Error> {
        let text = text.map(str::trim).filter(|text| !text.is_empty());
        let text = text.map(|text| {
            let quoted = text
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'));
            match quoted {
                Some(quoted) => Text::Exact(quoted.to_lowercase()),
                None => Text::Words(
                    text.to_lowercase()
                        .split_whitespace()
                        .map(str::to_owned)
                        .collect(),
                ),
            }
        });
        let mut sort = sort.into_iter();
        let (order, more) = (sort.next(), sort.next());
        if more.is_some() {
            return Err(Error::InvalidInput(
                "SortCriteria can name one field only.".to_owned(),
            ));
        }
        Ok(Self {
            text,
            filters: filters.into_iter().map(filter).collect::<Result<_, _>>()?,
            order: order.map(|order| Order {
                field: order.field_name.unwrap_or_default(),
                descending: order.sort == Some(Sort::Desc),
            }),
        })
    }

    fn takes(&self, table: &Table) -> bool {
        self.text.as_ref().is_none_or(|text| text.is_in(table))
            && self.filters.iter().all(|filter| filter.takes(table))
    }
}

fn filter(predicate: PropertyPredicate) -> Result<Filter, Error> {
    let (Some(key), Some(value)) = (predicate.key, predicate.value) else {
        return Err(Error::InvalidInput(
            "A filter must have a Key and a Value.".to_owned(),
        ));
    };
    let Some(field) = TimeField::named(&key) else {
        return Ok(Filter::Is(key.to_lowercase(), value.to_lowercase()));
    };
    let time = DateTime::parse_from_rfc3339(&value)
        .ok()
        .map(|time| Timestamp::from(time.to_utc()))
        .or_else(|| Some(Timestamp::from_millis(value.parse::<i64>().ok()? * 1_000)))
        .ok_or_else(|| {
            Error::InvalidInput(format!("The Value of filter {key} is not a time: {value}"))
        })?;
    Ok(Filter::Time(
        field,
        predicate.comparator.unwrap_or(Comparator::Equals),
        time,
    ))
}

impl Text {
    fn is_in(&self, table: &Table) -> bool {
        let texts = texts_of(table);
        match self {
            Self::Exact(exact) => texts.iter().any(|text| text == exact),
            Self::Words(words) => words
                .iter()
                .all(|word| texts.iter().any(|text| text.contains(word.as_str()))),
        }
    }
}

impl Filter {
    fn takes(&self, table: &Table) -> bool {
        match self {
            Self::Is(key, value) => {
                property(table, key).is_some_and(|property| is_or_has_word(&property, value))
            }
            Self::Time(field, comparator, time) => {
                field.of(table).is_some_and(|actual| match comparator {
                    Comparator::Equals => actual == *time,
                    Comparator::GreaterThan => actual > *time,
                    Comparator::LessThan => actual < *time,
                    Comparator::GreaterThanEquals => actual >= *time,
                    Comparator::LessThanEquals => actual <= *time,
                })
            }
        }
    }
}

/// Words are what punctuation leaves: `link` is in `customer-link` and not in `xxlinkyy`.
fn is_or_has_word(text: &str, word: &str) -> bool {
    let text = text.to_lowercase();
    text == word
        || text
            .split(|character: char| !character.is_alphanumeric())
            .any(|part| part == word)
}

/// A property of a table; names that are none of Glue's are its parameters'.
fn property(table: &Table, key: &str) -> Option<String> {
    match key {
        "name" => Some(table.name.clone()),
        "databasename" => table.database_name.clone(),
        "description" => table.description.clone(),
        "owner" => table.owner.clone(),
        "tabletype" => table.table_type.clone(),
        "catalogid" => table.catalog_id.clone(),
        "createdby" => table.created_by.clone(),
        "location" => table.storage_descriptor.as_ref()?.location.clone(),
        _ => table
            .parameters
            .iter()
            .flatten()
            .find(|(name, _)| name.to_lowercase() == key)
            .map(|(_, value)| value.clone()),
    }
}

/// All that a text is looked for in.
fn texts_of(table: &Table) -> Vec<String> {
    let columns = table
        .storage_descriptor
        .iter()
        .flat_map(|descriptor| descriptor.columns.iter().flatten())
        .chain(table.partition_keys.iter().flatten());
    let of_columns = columns.flat_map(|column| [Some(column.name.clone()), column.comment.clone()]);
    let of_parameters = table
        .parameters
        .iter()
        .flatten()
        .map(|(_, value)| Some(value.clone()));
    [
        Some(table.name.clone()),
        table.database_name.clone(),
        table.description.clone(),
        table.owner.clone(),
    ]
    .into_iter()
    .chain(of_columns)
    .chain(of_parameters)
    .flatten()
    .map(|text| text.to_lowercase())
    .collect()
}

impl Catalog {
    /// A page of the tables of all databases that a search takes, by database and name unless it
    /// sorts them otherwise.
    pub(crate) fn search_tables(
        &self,
        search: &TableSearch,
        page: &Page,
    ) -> Result<(Vec<Table>, Option<String>), Error> {
        let mut found = self.platform.store.read(|connection| {
            let mut found = Vec::new();
            for database in DATABASES.list(connection, "")? {
                let tables = TABLES.list(connection, &database.name)?;
                found.extend(tables.into_iter().filter(|table| search.takes(table)));
            }
            Ok::<_, Error>(found)
        })?;
        if let Some(Order { field, descending }) = &search.order {
            found.sort_by(|left, right| {
                let order = compare(left, right, field);
                if *descending { order.reverse() } else { order }
            });
        }
        // Sorted anew for each page, tables can only be counted.
        let shown = match &page.after {
            Some(token) => token
                .parse()
                .map_err(|_| Error::InvalidInput("Invalid pagination token provided".to_owned()))?,
            None => 0,
        };
        let entries = found
            .into_iter()
            .enumerate()
            .skip(shown)
            .take(page.limit + 1)
            .map(|(place, table)| ((place + 1).to_string(), table))
            .collect();
        Ok(page.cut(entries))
    }
}

fn compare(left: &Table, right: &Table, field: &str) -> Ordering {
    match TimeField::named(field) {
        Some(time) => time.of(left).cmp(&time.of(right)),
        None => {
            let key = field.to_lowercase();
            property(left, &key).cmp(&property(right, &key))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_punctuation_leaves() {
        for (text, found) in [
            ("customer-link", true),
            ("xx-link-yy", true),
            ("Link", true),
            ("xxlinkyy", false),
        ] {
            assert_eq!(is_or_has_word(text, "link"), found, "{text}");
        }
    }
}
