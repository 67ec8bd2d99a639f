//! The types a pattern can cast a field to.

/// The type of a field, `string` unless the pattern casts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// `byte`, Hive's `tinyint`.
    Byte,
    /// `boolean`.
    Boolean,
    /// `double`.
    Double,
    /// `short`, Hive's `smallint`.
    Short,
    /// `int`.
    Int,
    /// `long`, Hive's `bigint`.
    Long,
    /// `float`.
    Float,
    /// No cast.
    String,
}

impl FieldType {
    /// The type of this name, in any case.
    ///
    /// The built-in `COMMONAPACHELOG_DATATYPED` casts to `date;FORMAT`; the page lists no type
    /// for it, and such a field stays text.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let name = name.split(';').next().unwrap_or_default();
        Some(match name.to_ascii_lowercase().as_str() {
            "byte" => Self::Byte,
            "boolean" => Self::Boolean,
            "double" => Self::Double,
            "short" => Self::Short,
            "int" | "integer" => Self::Int,
            "long" => Self::Long,
            "float" => Self::Float,
            "string" | "date" => Self::String,
            _ => return None,
        })
    }

    /// Hive's name of the type.
    pub fn hive_name(self) -> &'static str {
        match self {
            Self::Byte => "tinyint",
            Self::Boolean => "boolean",
            Self::Double => "double",
            Self::Short => "smallint",
            Self::Int => "int",
            Self::Long => "bigint",
            Self::Float => "float",
            Self::String => "string",
        }
    }
}
