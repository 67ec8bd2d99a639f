use datafusion::error::DataFusionError;
use lakebed_core::FailureClass;

/// A cause from a crate below or beside.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Data cannot be read or written. Variants carry the names Trino gives such errors.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// `HIVE_BAD_DATA`: a file's content does not fit the table's definition.
    #[error("HIVE_BAD_DATA: {0}")]
    BadData(String),
    /// `HIVE_CURSOR_ERROR`: a file or a record of it cannot be read.
    #[error("HIVE_CURSOR_ERROR: {0}")]
    Cursor(String),
    /// `HIVE_PARTITION_SCHEMA_MISMATCH`: a partition's columns do not fit its table's.
    #[error("HIVE_PARTITION_SCHEMA_MISMATCH: {0}")]
    PartitionSchemaMismatch(String),
    /// `HIVE_INVALID_METADATA`: the table's definition makes no sense.
    #[error("HIVE_INVALID_METADATA: {0}")]
    InvalidMetadata(String),
    /// `HIVE_UNSUPPORTED_FORMAT`: no reader or writer for this format.
    #[error("HIVE_UNSUPPORTED_FORMAT: {0}")]
    UnsupportedFormat(String),
    /// `HIVE_TOO_MANY_OPEN_PARTITIONS`: a write meets more partitions than it may.
    #[error(
        "HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of {limit} open writers for partitions/buckets"
    )]
    TooManyPartitions {
        /// The most partitions a write may make.
        limit: usize,
    },
    /// A location is not one: no `s3://bucket/…`.
    #[error("'{0}' is not a location in S3: expected s3://bucket/prefix")]
    InvalidLocation(String),
    /// Nothing lies where data was expected.
    #[error("no files under '{0}'")]
    NoFiles(String),
    /// The list of partitions could not be had.
    #[error("the partitions of table {table} cannot be listed")]
    Partitions {
        /// The table.
        table: String,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// `HIVE_FILESYSTEM_ERROR`: storage refused.
    #[error("HIVE_FILESYSTEM_ERROR: {0}")]
    Storage(#[from] object_store::Error),
    /// Planning or execution failed.
    #[error("{0}")]
    Query(#[from] Box<DataFusionError>),
    /// Threads, memory or folders could not be set up.
    #[error("the engine cannot start: {0}")]
    Start(String),
}

impl EngineError {
    /// Trino's name of the error, where it has one.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        match self {
            Self::BadData(_) => Some("HIVE_BAD_DATA"),
            Self::Cursor(_) => Some("HIVE_CURSOR_ERROR"),
            Self::PartitionSchemaMismatch(_) => Some("HIVE_PARTITION_SCHEMA_MISMATCH"),
            Self::InvalidMetadata(_) | Self::InvalidLocation(_) => Some("HIVE_INVALID_METADATA"),
            Self::UnsupportedFormat(_) => Some("HIVE_UNSUPPORTED_FORMAT"),
            Self::TooManyPartitions { .. } => Some("HIVE_TOO_MANY_OPEN_PARTITIONS"),
            Self::Query(error) => Self::find(error).and_then(Self::name),
            Self::Storage(_) => Some("HIVE_FILESYSTEM_ERROR"),
            Self::NoFiles(_) | Self::Partitions { .. } | Self::Start(_) => None,
        }
    }

    /// Where a person looks first.
    #[must_use]
    pub fn class(&self) -> FailureClass {
        match self {
            Self::BadData(_) | Self::Cursor(_) => FailureClass::Data,
            Self::InvalidMetadata(_)
            | Self::PartitionSchemaMismatch(_)
            | Self::UnsupportedFormat(_)
            | Self::TooManyPartitions { .. }
            | Self::InvalidLocation(_) => FailureClass::Configuration,
            Self::NoFiles(_) | Self::Partitions { .. } | Self::Storage(_) | Self::Start(_) => {
                FailureClass::Resource
            }
            Self::Query(error) => {
                Self::find(error).map_or(FailureClass::Configuration, Self::class)
            }
        }
    }

    /// The engine's error inside one of DataFusion's, which wraps what its sources raise.
    #[must_use]
    pub fn find(error: &DataFusionError) -> Option<&Self> {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(error) = cause {
            if let Some(found) = error.downcast_ref::<Self>() {
                return Some(found);
            }
            if let Some(DataFusionError::External(inner)) = error.downcast_ref::<DataFusionError>()
                && let Some(found) = inner.downcast_ref::<Self>()
            {
                return Some(found);
            }
            cause = error.source();
        }
        None
    }
}

/// Whether a query ended because it wanted more memory or spill space than there is for it.
#[must_use]
pub fn is_exhausted(error: &DataFusionError) -> bool {
    // Of spilling, DataFusion tells in words only.
    const SPILLED_TOO_MUCH: &str = "used disk space during the spilling process has exceeded";
    let root = error.find_root();
    matches!(root, DataFusionError::ResourcesExhausted(_))
        || root.to_string().contains(SPILLED_TOO_MUCH)
}

impl From<DataFusionError> for EngineError {
    fn from(error: DataFusionError) -> Self {
        match error {
            DataFusionError::External(inner) => match inner.downcast::<Self>() {
                Ok(own) => *own,
                Err(inner) => Self::Query(Box::new(DataFusionError::External(inner))),
            },
            error => Self::Query(Box::new(error)),
        }
    }
}

impl From<EngineError> for DataFusionError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Query(inner) => *inner,
            error => Self::External(Box::new(error)),
        }
    }
}
