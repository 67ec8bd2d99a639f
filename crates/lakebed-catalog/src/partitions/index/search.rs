//! Finding partitions through an index.

use lakebed_core::{Connection, StoreError};
use lakebed_wire::glue::{Partition, Table};

use super::{ENTRIES, INDEXES, Order};
use crate::Error;
use crate::catalog::PARTITIONS;
use crate::paging::Page;
use crate::partitions::expression::{Bounds, Expression, sort_key_of};
use crate::partitions::key::{after_all_with, partition_key};

/// At the start of page tokens that are entries of an index, before its name; no partition's key
/// has an escape before a character that needs none.
const TOKEN: &str = "\u{2}#";
const TOKEN_END: char = '\u{2}';

/// The most places of an index one search looks at.
const MAX_RANGES: usize = 1_000;

/// How many entries are read at a time.
const STRIDE: usize = 256;

/// Where an index ends.
const END: char = char::MAX;

/// Part of an index: after the first, before the second.
type Span = (String, String);

/// An index and the parts of it that hold all partitions an expression can match, in order.
pub(in crate::partitions) struct Search {
    order: Order,
    spans: Vec<Span>,
}

/// The index whose entry a page token is, and the entry.
fn searched_index(token: &str) -> Option<(&str, &str)> {
    token.strip_prefix(TOKEN)?.split_once(TOKEN_END)
}

impl Search {
    /// The search through the index that the expression narrows down most; none if it narrows down
    /// the first partition keys as well. A page that continues another uses the same index.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] if that index is gone.
    pub(in crate::partitions) fn plan(
        connection: &Connection,
        table: &Table,
        scope: &str,
        expression: &Expression,
        page: &Page,
    ) -> Result<Option<Self>, Error> {
        let indexes = INDEXES.list(connection, scope)?;
        let orders = indexes
            .iter()
            .filter_map(|index| Order::of(table, scope, index));
        let continued = page.after.as_deref().map(searched_index);
        match continued {
            Some(Some((name, _))) => {
                let mut orders = orders;
                let order = orders.find(|order| order.name == name);
                let search = order.map(|order| Self::of(order, expression).0);
                search.map(Some).ok_or_else(|| {
                    Error::InvalidInput("Invalid pagination token provided".to_owned())
                })
            }
            Some(None) => Ok(None),
            None => {
                let by_values = Narrowing::of(expression, 0..super::keys_of(table).len());
                let best = orders
                    .map(|order| Self::of(order, expression))
                    .max_by_key(|(_, narrowing)| *narrowing);
                Ok(best
                    .filter(|(_, narrowing)| *narrowing > by_values)
                    .map(|(search, _)| search))
            }
        }
    }

    fn of(order: Order, expression: &Expression) -> (Self, Narrowing) {
        let narrowing = Narrowing::of(expression, order.keys.iter().map(|(place, _)| *place));
        let spans = spans(&order, expression);
        (Self { order, spans }, narrowing)
    }

    /// The partitions of a page that `includes` takes and, if there are more, the first after it,
    /// with their tokens.
    pub(in crate::partitions) fn page(
        &self,
        connection: &Connection,
        scope: &str,
        page: &Page,
        includes: impl Fn(&str) -> bool,
    ) -> Result<Vec<(String, Partition)>, StoreError> {
        let continued = page.after.as_deref().and_then(searched_index);
        let last = continued.map_or("", |(_, entry)| entry);
        let mut found = Vec::new();
        for (start, end) in &self.spans {
            let mut after = start.as_str().max(last).to_owned();
            'span: while found.len() <= page.limit && after < *end {
                let entries = ENTRIES.page(connection, &self.order.scope, Some(&after), STRIDE)?;
                let Some((last, _)) = entries.last() else {
                    break;
                };
                after.clone_from(last);
                for (entry, key) in entries {
                    if entry >= *end || found.len() > page.limit {
                        break 'span;
                    }
                    if includes(&key)
                        && let Some(partition) = PARTITIONS.get(connection, scope, &key)?
                    {
                        let name = &self.order.name;
                        found.push((format!("{TOKEN}{name}{TOKEN_END}{entry}"), partition));
                    }
                }
            }
        }
        Ok(found)
    }
}

/// How far an expression narrows keys down, one after the other: keys that are given exactly, then
/// whether the next lies in a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Narrowing {
    exact: usize,
    ranged: bool,
}

impl Narrowing {
    fn of(expression: &Expression, keys: impl Iterator<Item = usize>) -> Self {
        let mut narrowing = Self {
            exact: 0,
            ranged: false,
        };
        for key in keys {
            match expression.bounds(key) {
                Some(Bounds::Points(_)) => narrowing.exact += 1,
                Some(Bounds::Range { .. }) => {
                    narrowing.ranged = true;
                    return narrowing;
                }
                None => return narrowing,
            }
        }
        narrowing
    }
}

/// The parts of the index that an expression leaves.
fn spans(order: &Order, expression: &Expression) -> Vec<Span> {
    let mut prefixes: Vec<Vec<String>> = vec![Vec::new()];
    for (place, _) in &order.keys {
        match expression.bounds(*place) {
            Some(Bounds::Points(values)) if prefixes.len() * values.len() <= MAX_RANGES => {
                let mut points: Vec<String> = values.iter().map(sort_key_of).collect();
                points.sort_unstable();
                points.dedup();
                prefixes = prefixes
                    .into_iter()
                    .flat_map(|prefix| {
                        points.iter().map(move |point| {
                            let mut longer = prefix.clone();
                            longer.push(point.clone());
                            longer
                        })
                    })
                    .collect();
            }
            Some(Bounds::Range { low, high }) => {
                return prefixes
                    .into_iter()
                    .map(|prefix| {
                        let with = |value| {
                            let mut longer = prefix.clone();
                            longer.push(sort_key_of(value));
                            longer
                        };
                        (
                            partition_key(&low.as_ref().map_or_else(|| prefix.clone(), with)),
                            end_of(&high.as_ref().map_or_else(|| prefix.clone(), with)),
                        )
                    })
                    .collect();
            }
            _ => break,
        }
    }
    prefixes
        .into_iter()
        .map(|prefix| (partition_key(&prefix), end_of(&prefix)))
        .collect()
}

/// Where the entries that start so end.
fn end_of(prefix: &[String]) -> String {
    match prefix {
        [] => END.to_string(),
        prefix => after_all_with(prefix),
    }
}
