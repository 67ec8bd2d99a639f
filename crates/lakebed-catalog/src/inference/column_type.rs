//! Hive's types as Glue writes them, and the type that holds the values of two.

use std::fmt;

/// The type of a column or of a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ColumnType {
    /// Only nulls were seen: written as `string`, gives way to any other type.
    Unknown,
    Boolean,
    TinyInt,
    SmallInt,
    Int,
    BigInt,
    Float,
    Double,
    Decimal {
        precision: u8,
        scale: i8,
    },
    String,
    Varchar(u32),
    Char(u32),
    Binary,
    Date,
    Timestamp,
    Array(Box<ColumnType>),
    Map(Box<ColumnType>, Box<ColumnType>),
    /// Fields in the order in which they were first seen.
    Struct(Vec<(String, ColumnType)>),
    /// One of several types, none of them null.
    Union(Vec<ColumnType>),
}

impl ColumnType {
    /// The narrowest type that holds the values of both; `string` where nothing narrower does.
    pub(crate) fn merge(self, other: Self) -> Self {
        match (self, other) {
            (one, other) if one == other => one,
            (Self::Unknown, known) | (known, Self::Unknown) => known,
            (Self::Array(one), Self::Array(other)) => Self::Array(Box::new(one.merge(*other))),
            (Self::Map(key, value), Self::Map(other_key, other_value)) => Self::Map(
                Box::new(key.merge(*other_key)),
                Box::new(value.merge(*other_value)),
            ),
            (Self::Struct(one), Self::Struct(other)) => Self::Struct(merge_fields(one, other)),
            (one, other) => match (one.number_rank(), other.number_rank()) {
                (Some(rank), Some(other_rank)) if rank >= other_rank => one,
                (Some(_), Some(_)) => other,
                _ => Self::String,
            },
        }
    }

    /// The type or a part of it is a union.
    pub(super) fn holds_union(&self) -> bool {
        match self {
            Self::Union(_) => true,
            Self::Array(element) => element.holds_union(),
            Self::Map(key, value) => key.holds_union() || value.holds_union(),
            Self::Struct(fields) => fields.iter().any(|(_, kind)| kind.holds_union()),
            _ => false,
        }
    }

    /// The place of a number type in Glue's widening order.
    fn number_rank(&self) -> Option<u8> {
        match self {
            Self::TinyInt => Some(0),
            Self::SmallInt => Some(1),
            Self::Int => Some(2),
            Self::BigInt => Some(3),
            Self::Float => Some(4),
            Self::Double => Some(5),
            _ => None,
        }
    }
}

/// All fields of both, those of `one` first.
pub(super) fn merge_fields(
    mut one: Vec<(String, ColumnType)>,
    other: Vec<(String, ColumnType)>,
) -> Vec<(String, ColumnType)> {
    for (place, (name, kind)) in other.into_iter().enumerate() {
        match place_of(&one, place, &name).and_then(|found| one.get_mut(found)) {
            Some((_, existing)) => {
                *existing = std::mem::replace(existing, ColumnType::Unknown).merge(kind);
            }
            None => one.push((name, kind)),
        }
    }
    one
}

/// The place of the field of this name. It is looked for at `hint` first: records mostly have
/// their fields in the same order.
pub(super) fn place_of(fields: &[(String, ColumnType)], hint: usize, name: &str) -> Option<usize> {
    match fields.get(hint) {
        Some((known, _)) if known == name => Some(hint),
        _ => fields.iter().position(|(known, _)| known == name),
    }
}

/// The type as Hive DDL spells it.
impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean => f.write_str("boolean"),
            Self::TinyInt => f.write_str("tinyint"),
            Self::SmallInt => f.write_str("smallint"),
            Self::Int => f.write_str("int"),
            Self::BigInt => f.write_str("bigint"),
            Self::Float => f.write_str("float"),
            Self::Double => f.write_str("double"),
            Self::Decimal { precision, scale } => write!(f, "decimal({precision},{scale})"),
            Self::Binary => f.write_str("binary"),
            Self::Date => f.write_str("date"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::Array(element) => write!(f, "array<{element}>"),
            Self::Map(key, value) => write!(f, "map<{key},{value}>"),
            // Hive has no struct without fields.
            Self::Struct(fields) if fields.is_empty() => f.write_str("string"),
            Self::Struct(fields) => {
                f.write_str("struct<")?;
                for (index, (name, kind)) in fields.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(f, "{comma}{name}:{kind}")?;
                }
                f.write_str(">")
            }
            Self::Union(kinds) => {
                let kinds: Vec<String> = kinds.iter().map(Self::to_string).collect();
                write!(f, "uniontype<{}>", kinds.join(","))
            }
            Self::Varchar(length) => write!(f, "varchar({length})"),
            Self::Char(length) => write!(f, "char({length})"),
            Self::Unknown | Self::String => f.write_str("string"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ColumnType::*;
    use rstest::rstest;

    #[rstest]
    #[case(Int, BigInt, "bigint")]
    #[case(Double, BigInt, "double")]
    #[case(Boolean, Int, "string")]
    #[case(Date, Timestamp, "string")]
    #[case(Unknown, Date, "date")]
    #[case(Unknown, Unknown, "string")]
    #[case(Array(Box::new(Unknown)), Array(Box::new(Int)), "array<int>")]
    #[case(Array(Box::new(Int)), Int, "string")]
    #[case(
        Struct(vec![("a".into(), Int), ("b".into(), Unknown)]),
        Struct(vec![("b".into(), Double), ("c".into(), String)]),
        "struct<a:int,b:double,c:string>"
    )]
    fn two_types_become_one(
        #[case] one: ColumnType,
        #[case] other: ColumnType,
        #[case] merged: &str,
    ) {
        assert_eq!(one.merge(other).to_string(), merged);
    }
}
