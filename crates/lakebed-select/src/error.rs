/// The result of reading, evaluating or writing.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a selection was refused or failed. Codes are those of the S3 API reference, "Error
/// responses", list of SELECT Object Content error codes.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The expression is not in the language.
    #[error("{message} at line {line}, column {column}")]
    Parse {
        code: &'static str,
        message: String,
        line: usize,
        column: usize,
    },
    /// The expression cannot be evaluated.
    #[error("{message}")]
    Evaluate { code: &'static str, message: String },
    /// The object is not what the request says it is.
    #[error("{message}")]
    Data { code: &'static str, message: String },
    /// The bytes could not be read.
    #[error("the object could not be read: {0}")]
    Read(#[from] std::io::Error),
    /// Nobody takes what is selected any more.
    #[error("the receiver is gone")]
    Receiver,
}

impl Error {
    /// The S3 error code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Parse { code, .. } | Self::Evaluate { code, .. } | Self::Data { code, .. } => {
                code
            }
            Self::Read(_) | Self::Receiver => "InternalError",
        }
    }

    pub(crate) fn evaluate(code: &'static str, message: impl Into<String>) -> Self {
        Self::Evaluate {
            code,
            message: message.into(),
        }
    }

    pub(crate) fn data(code: &'static str, message: impl Into<String>) -> Self {
        Self::Data {
            code,
            message: message.into(),
        }
    }
}
