use datafusion::error::DataFusionError;

/// A refusal with Trino's name for it, carried through DataFusion's errors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct FunctionError {
    /// Trino's name, such as `INVALID_FUNCTION_ARGUMENT`.
    pub(crate) name: &'static str,
    pub(crate) message: String,
}

impl FunctionError {
    /// A value the function cannot take.
    pub(super) fn invalid_argument(message: impl Into<String>) -> DataFusionError {
        Self::wrapped("INVALID_FUNCTION_ARGUMENT", message)
    }

    /// A call whose arguments have the wrong number or types.
    pub(super) fn wrong_types(message: impl Into<String>) -> DataFusionError {
        Self::wrapped("TYPE_MISMATCH", message)
    }

    fn wrapped(name: &'static str, message: impl Into<String>) -> DataFusionError {
        DataFusionError::External(Box::new(Self {
            name,
            message: message.into(),
        }))
    }
}
