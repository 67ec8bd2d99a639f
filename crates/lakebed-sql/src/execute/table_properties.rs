//! The values of the properties in `WITH (…)`.

use std::ops::RangeInclusive;

use crate::error::{ErrorKind, QueryError, Result};
use crate::lake::CATALOG;
use crate::statement::{PropertyValue, TableProperty};

const ZSTD_LEVELS: RangeInclusive<i32> = 1..=22;

pub(super) fn text(property: &TableProperty) -> Result<String> {
    match &property.value {
        PropertyValue::Text(text) => Ok(text.clone()),
        _ => Err(wrong_value(property, "a varchar")),
    }
}

/// Names of columns.
pub(super) fn folded(property: &TableProperty) -> Result<Vec<String>> {
    match &property.value {
        PropertyValue::Texts(texts) => Ok(texts.iter().map(|name| name.to_lowercase()).collect()),
        _ => Err(wrong_value(property, "an array(varchar)")),
    }
}

pub(super) fn number(property: &TableProperty) -> Result<u32> {
    match &property.value {
        PropertyValue::Number(number) => Ok(*number),
        _ => Err(wrong_value(property, "an integer")),
    }
}

/// How hard zstd tries. Athena user guide, "Use ZSTD compression levels".
pub(super) fn zstd_level(property: &TableProperty) -> Result<i32> {
    let level = i32::try_from(number(property)?).ok();
    level
        .filter(|level| ZSTD_LEVELS.contains(level))
        .ok_or_else(|| wrong_value(property, "an integer from 1 to 22"))
}

fn wrong_value(property: &TableProperty, expected: &str) -> QueryError {
    QueryError::at(
        ErrorKind::InvalidTableProperty,
        property.location,
        format!(
            "Invalid value for catalog '{CATALOG}' table property '{}': expected {expected}",
            property.name
        ),
    )
}

pub(super) fn unknown_property(property: &TableProperty) -> QueryError {
    QueryError::at(
        ErrorKind::InvalidTableProperty,
        property.location,
        format!(
            "Catalog '{CATALOG}' table property '{}' does not exist",
            property.name
        ),
    )
}
