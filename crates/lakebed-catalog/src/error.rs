use lakebed_core::StoreError;
use lakebed_wire::glue;

/// What the catalog refuses, in Glue's words.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `EntityNotFoundException`.
    #[error("{0}")]
    NotFound(String),
    /// `AlreadyExistsException`.
    #[error("{0}")]
    AlreadyExists(String),
    /// `InvalidInputException`.
    #[error("{0}")]
    InvalidInput(String),
    /// `ConditionCheckFailureException`.
    #[error("{0}")]
    ConditionFailed(String),
    /// `ResourceNumberLimitExceededException`.
    #[error("{0}")]
    LimitExceeded(String),
    /// `VersionMismatchException`: the table changed since the caller read it.
    #[error("{0}")]
    VersionMismatch(String),
    /// The metadata cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    pub(crate) fn database_not_found(name: &str) -> Self {
        Self::NotFound(format!("Database {name} not found."))
    }

    pub(crate) fn table_not_found(name: &str) -> Self {
        Self::NotFound(format!("Table {name} not found."))
    }

    pub(crate) fn version_not_found(version: &str) -> Self {
        Self::NotFound(format!("Table version {version} not found."))
    }
}

impl From<Error> for glue::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(message) => Self::entity_not_found(message),
            Error::AlreadyExists(message) => Self::already_exists(message),
            Error::InvalidInput(message) => Self::invalid_input(message),
            Error::ConditionFailed(message) => Self::condition_check_failure(message),
            Error::LimitExceeded(message) => Self::resource_number_limit_exceeded(message),
            // UpdateTable does not document VersionMismatchException; it answers this one.
            Error::VersionMismatch(message) => Self::concurrent_modification(message),
            Error::Store(error) => Self::Internal(error.to_string()),
        }
    }
}
