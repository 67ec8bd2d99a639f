//! The values of one projected partition key. Athena user guide, "Supported types for partition
//! projection".

use lakebed_core::Timestamp;

use super::bounds::Bounds;
use super::date::DateProjection;
use super::{MAX_PARTITIONS, Properties, constraint_violation, invalid_property};
use crate::error::Result;

#[derive(Debug)]
pub(super) enum ProjectedColumn {
    Enum(Vec<String>),
    Integer {
        low: i64,
        high: i64,
        interval: i64,
        /// To how many digits values are filled up with zeros.
        digits: usize,
        /// Whether values compare as numbers: not in a column of texts without leading zeros.
        is_numeric: bool,
    },
    Date(DateProjection),
    /// Given by the query.
    Injected,
}

/// A value as the table's column has it, and as it is written in locations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProjectedValue {
    pub(super) value: String,
    pub(super) written: String,
}

impl From<String> for ProjectedValue {
    fn from(text: String) -> Self {
        Self {
            value: text.clone(),
            written: text,
        }
    }
}

/// The properties of one key.
pub(super) struct KeyProperties<'a> {
    pub(super) key: &'a str,
    pub(super) all: &'a Properties,
}

impl<'a> KeyProperties<'a> {
    pub(super) fn find(&self, name: &str) -> Option<&'a str> {
        self.all
            .get(&format!("projection.{}.{name}", self.key))
            .map(String::as_str)
    }

    pub(super) fn require(&self, name: &str) -> Result<&'a str> {
        self.find(name).ok_or_else(|| {
            self.refuse(&format!(
                "Missing required property: 'projection.{}.{name}'",
                self.key
            ))
        })
    }

    pub(super) fn number(&self, name: &str) -> Result<Option<i64>> {
        let Some(text) = self.find(name) else {
            return Ok(None);
        };
        match text.trim().parse() {
            Ok(number) if number > 0 => Ok(Some(number)),
            _ => Err(self.refuse(&format!(
                "Property: 'projection.{}.{name}' must be a positive whole number, not '{text}'",
                self.key
            ))),
        }
    }

    /// The two ends of a range.
    pub(super) fn range(&self) -> Result<(&'a str, &'a str)> {
        let text = self.require("range")?;
        match text.split(',').collect::<Vec<_>>().as_slice() {
            [low, high] => Ok((low.trim(), high.trim())),
            _ => Err(self.refuse(&format!(
                "Property: 'projection.{}.range' needs two ends separated by a comma, not '{text}'",
                self.key
            ))),
        }
    }

    pub(super) fn refuse(&self, message: &str) -> crate::error::QueryError {
        invalid_property(format!(
            "Column projection for column '{}' failed. {message}",
            self.key
        ))
    }
}

impl ProjectedColumn {
    pub(super) fn read(key: &str, hive_type: &str, all: &Properties) -> Result<Self> {
        let properties = KeyProperties { key, all };
        let projection = properties.require("type")?.trim().to_lowercase();
        match projection.as_str() {
            "enum" => {
                let values = properties.require("values")?.split(',');
                Ok(Self::Enum(
                    values.map(|value| value.trim().to_owned()).collect(),
                ))
            }
            "integer" => integer(&properties, hive_type),
            "date" => Ok(Self::Date(DateProjection::read(&properties, hive_type)?)),
            "injected" => Ok(Self::Injected),
            unknown => Err(properties.refuse(&format!(
                "Type '{unknown}' is none of: enum, integer, date, injected"
            ))),
        }
    }

    /// How a value of the table's column is written in locations.
    pub(super) fn written(&self, value: &str) -> String {
        match self {
            Self::Enum(_) | Self::Injected => value.to_owned(),
            Self::Integer { digits, .. } => match value.parse::<i64>() {
                Ok(number) => format!("{number:0digits$}"),
                Err(_) => value.to_owned(),
            },
            Self::Date(dates) => dates.written(value),
        }
    }

    /// The values that can lie within `bounds`.
    pub(super) fn values(
        &self,
        key: &str,
        bounds: &Bounds,
        now: Timestamp,
    ) -> Result<Vec<ProjectedValue>> {
        match self {
            Self::Enum(values) => Ok(values.iter().cloned().map(Into::into).collect()),
            Self::Injected => match &bounds.equal_to {
                Some(values) => Ok(values.iter().map(|value| value.clone().into()).collect()),
                None => Err(constraint_violation(format!(
                    "For the injected projected partition column {key}, the WHERE clause must contain only static equality conditions, and at least one such condition must be present."
                ))),
            },
            Self::Date(dates) => dates.values(key, bounds, now),
            Self::Integer {
                low,
                high,
                interval,
                digits,
                is_numeric,
            } => {
                let write = |number: i64| ProjectedValue::from(format!("{number:0digits$}"));
                let number = |text: &String| text.trim().parse::<i64>().ok();
                if let Some(wanted) = &bounds.equal_to {
                    return Ok(wanted
                        .iter()
                        .filter_map(number)
                        .filter(|number| (low..=high).contains(&number))
                        .filter(|number| (number - low) % interval == 0)
                        .map(write)
                        .collect());
                }
                let (mut first, mut last) = (*low, *high);
                if *is_numeric {
                    if let Some(bound) = bounds.low.as_ref().and_then(number) {
                        let steps = bound.saturating_sub(*low).max(0) / interval;
                        first = low + steps * interval;
                    }
                    if let Some(bound) = bounds.high.as_ref().and_then(number) {
                        last = last.min(bound);
                    }
                }
                let count = (last.saturating_sub(first) / interval).saturating_add(1);
                if usize::try_from(count).is_ok_and(|count| count > MAX_PARTITIONS) {
                    return Err(too_many(key));
                }
                let numbers =
                    std::iter::successors(Some(first), |number| number.checked_add(*interval));
                Ok(numbers
                    .take_while(|number| *number <= last)
                    .map(write)
                    .collect())
            }
        }
    }
}

pub(super) fn too_many(key: &str) -> crate::error::QueryError {
    constraint_violation(format!(
        "partition column '{key}' projects more than {MAX_PARTITIONS} values here: narrow it in the WHERE clause"
    ))
}

fn integer(properties: &KeyProperties<'_>, hive_type: &str) -> Result<ProjectedColumn> {
    let (low, high) = properties.range()?;
    let end = |text: &str| {
        text.parse::<i64>().map_err(|_| {
            properties.refuse(&format!(
                "Property: 'projection.{}.range' needs whole numbers, not '{text}'",
                properties.key
            ))
        })
    };
    let (low, high) = (end(low)?, end(high)?);
    if low > high {
        return Err(properties.refuse(&format!(
            "Property: 'projection.{}.range' ends before it begins: {low},{high}",
            properties.key
        )));
    }
    let digits = properties.number("digits")?.unwrap_or(0);
    let is_number = matches!(hive_type, "tinyint" | "smallint" | "int" | "bigint");
    Ok(ProjectedColumn::Integer {
        low,
        high,
        interval: properties.number("interval")?.unwrap_or(1),
        digits: usize::try_from(digits).unwrap_or_default(),
        is_numeric: is_number || (digits > 0 && low >= 0),
    })
}
