use std::fmt;

use datafusion::error::DataFusionError;
use datafusion_trino::{Location, TrinoError};
use lakebed_core::FailureClass;

use crate::lake;

/// Why a statement was refused or failed: Trino's name for it, where in the text, and its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryError {
    kind: ErrorKind,
    location: Option<Location>,
    message: String,
}

impl QueryError {
    /// An error that has no place in the text.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            location: None,
            message: message.into(),
        }
    }

    /// An error at a place in the text.
    #[must_use]
    pub fn at(kind: ErrorKind, location: Location, message: impl Into<String>) -> Self {
        Self {
            kind,
            location: Some(location),
            message: message.into(),
        }
    }

    /// The same error at `location`, unless it has a place already.
    #[must_use]
    pub fn or_at(mut self, location: Location) -> Self {
        self.location.get_or_insert(location);
        self
    }

    /// A statement of Athena's that Lakebed does not execute.
    #[must_use]
    pub fn unsupported(what: &str) -> Self {
        Self::new(
            ErrorKind::NotSupported,
            format!("lakebed does not support {what} yet"),
        )
    }

    /// Trino's name of the error, such as `COLUMN_NOT_FOUND`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.kind.name()
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// Where in the text of the statement, if it has a place there.
    #[must_use]
    pub fn location(&self) -> Option<Location> {
        self.location
    }

    /// The words without name and place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The words with their place, as `StartQueryExecution` answers malformed statements.
    #[must_use]
    pub fn located_message(&self) -> String {
        match self.location {
            Some(location) => format!("{location}: {}", self.message),
            None => self.message.clone(),
        }
    }

    /// Who has to act, by the workshop's classes.
    #[must_use]
    pub fn class(&self) -> FailureClass {
        self.kind.class()
    }
}

/// Athena's form: `COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved …`.
impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            // Hive's DDL task and Athena itself speak without a name.
            ErrorKind::Ddl | ErrorKind::QueryTimeout => f.write_str(&self.located_message()),
            _ => write!(f, "{}: {}", self.name(), self.located_message()),
        }
    }
}

impl std::error::Error for QueryError {}

impl From<TrinoError> for QueryError {
    fn from(error: TrinoError) -> Self {
        Self {
            kind: ErrorKind::from_name(error.code().name()),
            location: error.location(),
            message: error.message().to_owned(),
        }
    }
}

impl From<&DataFusionError> for QueryError {
    /// An error of planning or execution by its cause: ours, the engine's, or Trino's.
    fn from(error: &DataFusionError) -> Self {
        if let Some(cause) = Self::cause_of(error) {
            return cause;
        }
        // Athena user guide, "Troubleshoot issues in Athena": it tells no more than that.
        match lakebed_engine::is_exhausted(error) {
            true => Self::new(
                ErrorKind::ExceededMemoryLimit,
                "Query exhausted resources at this scale factor",
            ),
            false => TrinoError::from(error).into(),
        }
    }
}

impl QueryError {
    /// The error of ours or the engine's that DataFusion passed on, if there is one.
    pub(crate) fn cause_of(error: &DataFusionError) -> Option<Self> {
        datafusion_trino::find_cause(error, |cause| {
            let own = cause.downcast_ref::<Self>().cloned();
            own.or_else(|| lake::engine_error(cause))
        })
    }
}

macro_rules! error_kinds {
    ($($variant:ident $name:literal $class:ident $error_type:literal;)*) => {
        /// Trino's and the Hive connector's error names, as far as they are raised here.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum ErrorKind {
            $($variant,)*
            /// A name given by the engine, which reads the files.
            Named(String),
        }

        impl ErrorKind {
            /// The name in Trino's spelling.
            #[must_use]
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Named(name) => name,
                }
            }

            /// The kind with this name.
            #[must_use]
            pub fn from_name(name: &str) -> Self {
                match name {
                    $($name => Self::$variant,)*
                    _ => Self::Named(name.to_owned()),
                }
            }

            fn class(&self) -> FailureClass {
                match self {
                    $(Self::$variant => FailureClass::$class,)*
                    Self::Named(_) => FailureClass::Data,
                }
            }

            /// The number Athena gives this kind in `AthenaError.ErrorType`.
            /// Athena user guide, "Athena error catalog".
            #[must_use]
            pub fn error_type(&self) -> i32 {
                match self {
                    $(Self::$variant => $error_type,)*
                    Self::Named(_) => 1001,
                }
            }
        }
    };
}

error_kinds! {
    SyntaxError "SYNTAX_ERROR" Configuration 1000;
    ColumnNotFound "COLUMN_NOT_FOUND" Configuration 1006;
    AmbiguousName "AMBIGUOUS_NAME" Configuration 1000;
    TableNotFound "TABLE_NOT_FOUND" Resource 1301;
    SchemaNotFound "SCHEMA_NOT_FOUND" Resource 1301;
    CatalogNotFound "CATALOG_NOT_FOUND" Resource 1301;
    TableAlreadyExists "TABLE_ALREADY_EXISTS" Resource 1302;
    FunctionNotFound "FUNCTION_NOT_FOUND" Configuration 1303;
    TypeMismatch "TYPE_MISMATCH" Configuration 1002;
    TypeNotFound "TYPE_NOT_FOUND" Configuration 1000;
    MismatchedColumnAliases "MISMATCHED_COLUMN_ALIASES" Configuration 1000;
    ExpressionNotAggregate "EXPRESSION_NOT_AGGREGATE" Configuration 1000;
    DivisionByZero "DIVISION_BY_ZERO" Data 1001;
    NumericValueOutOfRange "NUMERIC_VALUE_OUT_OF_RANGE" Data 1001;
    InvalidCastArgument "INVALID_CAST_ARGUMENT" Data 1100;
    InvalidFunctionArgument "INVALID_FUNCTION_ARGUMENT" Data 1001;
    InvalidTableProperty "INVALID_TABLE_PROPERTY" Configuration 1000;
    DuplicateColumnName "DUPLICATE_COLUMN_NAME" Configuration 1000;
    MissingColumnName "MISSING_COLUMN_NAME" Configuration 1000;
    NotSupported "NOT_SUPPORTED" Configuration 1200;
    GenericUserError "GENERIC_USER_ERROR" Configuration 1000;
    GenericInternalError "GENERIC_INTERNAL_ERROR" Resource 200;
    QueryTimeout "QUERY_TIMEOUT" Resource 206;
    ExceededScanLimit "EXCEEDED_SCAN_LIMIT" Resource 1000;
    ExceededMemoryLimit "EXCEEDED_MEMORY_LIMIT" Resource 6;
    ExceededFunctionMemoryLimit "EXCEEDED_FUNCTION_MEMORY_LIMIT" Resource 6;
    HiveBadData "HIVE_BAD_DATA" Data 1001;
    HiveCursorError "HIVE_CURSOR_ERROR" Data 1001;
    HiveFilesystemError "HIVE_FILESYSTEM_ERROR" Resource 1306;
    HivePathAlreadyExists "HIVE_PATH_ALREADY_EXISTS" Resource 1000;
    HiveTooManyOpenPartitions "HIVE_TOO_MANY_OPEN_PARTITIONS" Configuration 1000;
    HiveMetastoreError "HIVE_METASTORE_ERROR" Resource 204;
    Ddl "DDL" Configuration 1003;
}

impl ErrorKind {
    /// Whose fault it is, in Athena's numbers: 1 the system's, 2 the user's.
    #[must_use]
    pub fn category(&self) -> i32 {
        match self {
            Self::GenericInternalError => 1,
            _ => 2,
        }
    }
}

/// What parsing, planning and executing answer.
pub(crate) type Result<T, E = QueryError> = std::result::Result<T, E>;
