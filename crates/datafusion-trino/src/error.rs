use std::fmt;

use datafusion::error::DataFusionError;

/// A place in the text of a query; both counted from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    pub line: u64,
    pub column: u64,
}

impl Location {
    /// The beginning of a query.
    pub const START: Self = Self { line: 1, column: 1 };

    /// Where the byte at `offset` of `text` stands.
    #[must_use]
    pub fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.bytes().filter(|byte| *byte == b'\n').count() as u64 + 1,
            column: before[line_start..].chars().count() as u64 + 1,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}:{}", self.line, self.column)
    }
}

/// Why a query was refused or failed: Trino's name for it, where in the text, and its words.
///
/// Travels through DataFusion's errors as [`DataFusionError::External`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrinoError {
    code: ErrorCode,
    location: Option<Location>,
    message: String,
}

impl TrinoError {
    /// An error that has no place in the text.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            location: None,
            message: message.into(),
        }
    }

    /// An error at a place in the text.
    #[must_use]
    pub fn at(code: ErrorCode, location: Location, message: impl Into<String>) -> Self {
        Self {
            code,
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

    /// A value that a function cannot take.
    pub(crate) fn invalid_argument(message: impl Into<String>) -> DataFusionError {
        Self::new(ErrorCode::InvalidFunctionArgument, message).into()
    }

    /// A call whose arguments have the wrong number or types.
    pub(crate) fn wrong_types(message: impl Into<String>) -> DataFusionError {
        Self::new(ErrorCode::TypeMismatch, message).into()
    }

    /// Which of Trino's errors it is.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// Where in the text of the query, if it has a place there.
    #[must_use]
    pub fn location(&self) -> Option<Location> {
        self.location
    }

    /// The words without name and place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// `COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved`.
impl fmt::Display for TrinoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.code.name())?;
        if let Some(location) = self.location {
            write!(f, "{location}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for TrinoError {}

impl From<TrinoError> for DataFusionError {
    fn from(error: TrinoError) -> Self {
        Self::External(Box::new(error))
    }
}

macro_rules! error_codes {
    ($($variant:ident $name:literal;)*) => {
        /// Trino's names of errors (`StandardErrorCode`), as far as they are raised here.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($variant,)*
        }

        impl ErrorCode {
            /// The name in Trino's spelling.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

error_codes! {
    SyntaxError "SYNTAX_ERROR";
    ColumnNotFound "COLUMN_NOT_FOUND";
    AmbiguousName "AMBIGUOUS_NAME";
    FunctionNotFound "FUNCTION_NOT_FOUND";
    TypeMismatch "TYPE_MISMATCH";
    TypeNotFound "TYPE_NOT_FOUND";
    MismatchedColumnAliases "MISMATCHED_COLUMN_ALIASES";
    TableNotFound "TABLE_NOT_FOUND";
    ExpressionNotAggregate "EXPRESSION_NOT_AGGREGATE";
    ExpressionNotScalar "EXPRESSION_NOT_SCALAR";
    ExpressionNotInDistinct "EXPRESSION_NOT_IN_DISTINCT";
    NestedAggregation "NESTED_AGGREGATION";
    NestedWindow "NESTED_WINDOW";
    MissingOver "MISSING_OVER";
    MissingOrderBy "MISSING_ORDER_BY";
    InvalidColumnReference "INVALID_COLUMN_REFERENCE";
    InvalidWindowReference "INVALID_WINDOW_REFERENCE";
    InvalidArguments "INVALID_ARGUMENTS";
    NestedRowPatternRecognition "NESTED_ROW_PATTERN_RECOGNITION";
    InvalidLabel "INVALID_LABEL";
    InvalidLiteral "INVALID_LITERAL";
    DivisionByZero "DIVISION_BY_ZERO";
    NumericValueOutOfRange "NUMERIC_VALUE_OUT_OF_RANGE";
    InvalidCastArgument "INVALID_CAST_ARGUMENT";
    InvalidFunctionArgument "INVALID_FUNCTION_ARGUMENT";
    InvalidPath "INVALID_PATH";
    PathEvaluationError "PATH_EVALUATION_ERROR";
    JsonInputConversionError "JSON_INPUT_CONVERSION_ERROR";
    JsonOutputConversionError "JSON_OUTPUT_CONVERSION_ERROR";
    JsonValueResultError "JSON_VALUE_RESULT_ERROR";
    DuplicateColumnName "DUPLICATE_COLUMN_NAME";
    SubqueryMultipleRows "SUBQUERY_MULTIPLE_ROWS";
    NotSupported "NOT_SUPPORTED";
    GenericUserError "GENERIC_USER_ERROR";
    GenericInternalError "GENERIC_INTERNAL_ERROR";
    ExceededMemoryLimit "EXCEEDED_MEMORY_LIMIT";
    ExceededFunctionMemoryLimit "EXCEEDED_FUNCTION_MEMORY_LIMIT";
}

/// What parsing, planning and executing answer.
pub(crate) type Result<T, E = TrinoError> = std::result::Result<T, E>;
