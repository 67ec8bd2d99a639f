use std::cmp::Ordering;

use chrono::{NaiveDate, NaiveDateTime};

/// What a partition key's type means for comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyType {
    Text,
    Whole,
    Real,
    Date,
    Timestamp,
    Boolean,
}

impl KeyType {
    pub(super) fn of(glue_type: &str) -> Self {
        let lower = glue_type.to_ascii_lowercase();
        match lower.split('(').next().unwrap_or_default().trim() {
            "tinyint" | "smallint" | "int" | "integer" | "bigint" | "long" | "short" | "byte" => {
                Self::Whole
            }
            "decimal" | "double" | "float" | "real" => Self::Real,
            "date" => Self::Date,
            "timestamp" => Self::Timestamp,
            "boolean" => Self::Boolean,
            _ => Self::Text,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Whole => "int",
            Self::Real => "decimal",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::Boolean => "boolean",
        }
    }

    /// What Glue calls the type where it cannot do what is asked.
    pub(super) fn family(self) -> &'static str {
        match self {
            Self::Text => "String",
            Self::Whole => "Integral",
            Self::Real => "Decimal",
            Self::Date => "Date",
            Self::Timestamp => "Timestamp",
            Self::Boolean => "Boolean",
        }
    }
}

/// A value of a key's type.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::partitions) enum Value {
    Text(String),
    Whole(i64),
    Real(f64),
    Date(NaiveDate),
    Timestamp(NaiveDateTime),
    Boolean(bool),
}

impl Value {
    /// Reads a text as a value of a type.
    pub(super) fn read(kind: KeyType, text: &str) -> Option<Self> {
        match kind {
            KeyType::Text => Some(Self::Text(text.to_owned())),
            KeyType::Whole => text.trim().parse().ok().map(Self::Whole),
            KeyType::Real => text.trim().parse().ok().map(Self::Real),
            KeyType::Date => text.trim().parse().ok().map(Self::Date),
            KeyType::Timestamp => ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"]
                .into_iter()
                .find_map(|format| NaiveDateTime::parse_from_str(text.trim(), format).ok())
                .or_else(|| {
                    text.trim()
                        .parse::<NaiveDate>()
                        .ok()
                        .and_then(|date| date.and_hms_opt(0, 0, 0))
                })
                .map(Self::Timestamp),
            KeyType::Boolean => match text.trim().to_ascii_lowercase().as_str() {
                "true" => Some(Self::Boolean(true)),
                "false" => Some(Self::Boolean(false)),
                _ => None,
            },
        }
    }

    /// How two values of one type stand to each other.
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Text(left), Self::Text(right)) => Some(left.cmp(right)),
            (Self::Whole(left), Self::Whole(right)) => Some(left.cmp(right)),
            (Self::Real(left), Self::Real(right)) => left.partial_cmp(right),
            (Self::Date(left), Self::Date(right)) => Some(left.cmp(right)),
            (Self::Timestamp(left), Self::Timestamp(right)) => Some(left.cmp(right)),
            (Self::Boolean(left), Self::Boolean(right)) => Some(left.cmp(right)),
            _ => None,
        }
    }
}
