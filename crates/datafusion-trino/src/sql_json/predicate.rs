//! Whether a filter keeps an item: yes, no, or nobody knows. Errors are unknown.

use std::cmp::Ordering;

use super::evaluate::{Document, Scope};
use super::item::Item;
use super::operators::compare;
use super::path::{Comparison, Path, Predicate};
use crate::types::json::JsonValue;

/// None for unknown.
pub(super) fn holds(
    predicate: &Predicate,
    document: &Document<'_>,
    scope: Scope<'_>,
    objects: &mut i32,
) -> Option<bool> {
    match predicate {
        Predicate::And(left, right) => {
            let left = holds(left, document, scope, objects);
            if left == Some(false) {
                return left;
            }
            match holds(right, document, scope, objects) {
                Some(false) => Some(false),
                right => left.and(right),
            }
        }
        Predicate::Or(left, right) => {
            let left = holds(left, document, scope, objects);
            if left == Some(true) {
                return left;
            }
            match holds(right, document, scope, objects) {
                Some(true) => Some(true),
                right => left.and(right),
            }
        }
        Predicate::Not(negated) => holds(negated, document, scope, objects).map(|holds| !holds),
        Predicate::IsUnknown(of) => Some(holds(of, document, scope, objects).is_none()),
        Predicate::Exists(path) => {
            let items = document.items(path, scope, objects).ok()?;
            Some(!items.is_empty())
        }
        Predicate::Compare {
            comparison,
            left,
            right,
        } => {
            let left = document.unwrapped(left, scope, objects).ok()?;
            let right = document.unwrapped(right, scope, objects).ok()?;
            any_pair(*comparison, &left, &right, document.lax)
        }
        Predicate::StartsWith { whole, prefix } => {
            let prefix = document.unwrapped(prefix, scope, objects).ok()?;
            let [prefix] = prefix.as_slice() else {
                return None;
            };
            let prefix = prefix.text()?;
            any_text(whole, document, scope, objects, |text| {
                Some(text.starts_with(&prefix))
            })
        }
        Predicate::LikeRegex { text, pattern } => {
            any_text(text, document, scope, objects, |text| {
                pattern.is_match(text).ok()
            })
        }
    }
}

/// Whether a text of a path passes a test. In lax mode the first that does decides, or the first
/// item that is no text.
fn any_text(
    path: &Path,
    document: &Document<'_>,
    scope: Scope<'_>,
    objects: &mut i32,
    test: impl Fn(&str) -> Option<bool>,
) -> Option<bool> {
    let mut found = false;
    for item in document.unwrapped(path, scope, objects).ok()? {
        if test(&item.text()?)? {
            found = true;
            if document.lax {
                break;
            }
        }
    }
    Some(found)
}

/// What an item is to comparisons.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Category {
    Null,
    Scalar,
    Structure,
}

fn category(item: &Item) -> Category {
    match item {
        Item::Json(JsonValue::Null) => Category::Null,
        Item::Json(JsonValue::Array(_) | JsonValue::Object(_)) => Category::Structure,
        Item::Json(_) | Item::Value(_) => Category::Scalar,
    }
}

/// Whether a comparison is true of any pair. Trino manual, "Comparison rules".
fn any_pair(comparison: Comparison, left: &[Item], right: &[Item], lax: bool) -> Option<bool> {
    if left.is_empty() || right.is_empty() {
        return Some(false);
    }
    let has = |items: &[Item], wanted| items.iter().any(|item| category(item) == wanted);
    let [a, b] = [left, right].map(|items| {
        [Category::Null, Category::Scalar, Category::Structure].map(|wanted| has(items, wanted))
    });
    let [a_null, a_scalar, a_structure] = a;
    let [b_null, b_scalar, b_structure] = b;
    // Structures compare with null only.
    if a_structure && (b_structure || b_scalar) || a_scalar && b_structure {
        return None;
    }
    let mut found = match comparison {
        Comparison::Equal => a_null && b_null,
        Comparison::NotEqual => {
            a_null && (b_scalar || b_structure) || b_null && (a_scalar || a_structure)
        }
        _ => false,
    };
    if found && lax || !a_scalar || !b_scalar {
        return Some(found);
    }
    for one in left
        .iter()
        .filter(|item| category(item) == Category::Scalar)
    {
        for other in right
            .iter()
            .filter(|item| category(item) == Category::Scalar)
        {
            let (one, other) = (one.scalar().ok()??, other.scalar().ok()??);
            if is_true(comparison, compare(&one, &other)?) {
                found = true;
                if lax {
                    return Some(true);
                }
            }
        }
    }
    Some(found)
}

fn is_true(comparison: Comparison, ordering: Ordering) -> bool {
    match comparison {
        Comparison::Equal => ordering.is_eq(),
        Comparison::NotEqual => ordering.is_ne(),
        Comparison::Less => ordering.is_lt(),
        Comparison::LessOrEqual => ordering.is_le(),
        Comparison::Greater => ordering.is_gt(),
        Comparison::GreaterOrEqual => ordering.is_ge(),
    }
}
