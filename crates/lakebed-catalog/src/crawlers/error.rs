use lakebed_core::StoreError;
use lakebed_wire::glue;

/// What crawlers and classifiers refuse, in Glue's words.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CrawlerError {
    /// As the catalog says it.
    #[error(transparent)]
    Catalog(#[from] crate::Error),
    /// `CrawlerRunningException`.
    #[error("{0}")]
    Running(String),
    /// `CrawlerNotRunningException`.
    #[error("{0}")]
    NotRunning(String),
    /// `CrawlerStoppingException`.
    #[error("{0}")]
    Stopping(String),
    /// `NoScheduleException`.
    #[error("{0}")]
    NoSchedule(String),
    /// `SchedulerRunningException`.
    #[error("{0}")]
    SchedulerRunning(String),
    /// `SchedulerNotRunningException`.
    #[error("{0}")]
    SchedulerNotRunning(String),
}

impl From<StoreError> for CrawlerError {
    fn from(error: StoreError) -> Self {
        Self::Catalog(error.into())
    }
}

impl From<CrawlerError> for glue::Error {
    fn from(error: CrawlerError) -> Self {
        match error {
            CrawlerError::Catalog(error) => error.into(),
            CrawlerError::Running(message) => Self::crawler_running(message),
            CrawlerError::NotRunning(message) => Self::crawler_not_running(message),
            CrawlerError::Stopping(message) => Self::crawler_stopping(message),
            CrawlerError::NoSchedule(message) => Self::no_schedule(message),
            CrawlerError::SchedulerRunning(message) => Self::scheduler_running(message),
            CrawlerError::SchedulerNotRunning(message) => Self::scheduler_not_running(message),
        }
    }
}
