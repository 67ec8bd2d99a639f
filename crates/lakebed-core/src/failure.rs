use std::fmt;

/// The four classes the workshop sorts failures into, which decide where a person looks first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureClass {
    /// An identity may not do what it asked.
    Permission,
    /// The data is not what the schema, the format or the query says.
    Data,
    /// A setting, parameter or statement is wrong.
    Configuration,
    /// Something is missing, full, busy or over a limit.
    Resource,
}

impl FailureClass {
    /// The class's name in logs and message catalogs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Permission => "permission",
            Self::Data => "data",
            Self::Configuration => "configuration",
            Self::Resource => "resource",
        }
    }
}

impl fmt::Display for FailureClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
