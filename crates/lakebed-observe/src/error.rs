use lakebed_core::{StoreError, rusqlite};
use lakebed_wire::logs;

/// What CloudWatch Logs refuses.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `ResourceNotFoundException`.
    #[error("{0}")]
    NotFound(String),
    /// `ResourceAlreadyExistsException`.
    #[error("{0}")]
    AlreadyExists(String),
    /// `InvalidParameterException`.
    #[error("{0}")]
    InvalidParameter(String),
    /// `TooManyTagsException`.
    #[error("{0}")]
    TooManyTags(String),
    /// The logs cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    pub(crate) fn group_not_found() -> Self {
        Self::NotFound("The specified log group does not exist.".to_owned())
    }

    pub(crate) fn stream_not_found() -> Self {
        Self::NotFound("The specified log stream does not exist.".to_owned())
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<Error> for logs::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(message) => Self::resource_not_found(message),
            Error::AlreadyExists(message) => Self::resource_already_exists(message),
            Error::InvalidParameter(message) => Self::invalid_parameter(message),
            Error::TooManyTags(message) => Self::too_many_tags(message),
            Error::Store(error) => Self::Internal(error.to_string()),
        }
    }
}
