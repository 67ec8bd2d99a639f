//! Where and how rows are written.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lakebed_storage::Encryption;

use super::buckets::Buckets;
use super::format::WriteFormat;
use super::parquet_layout::ParquetLayout;
use crate::EngineError;

/// Where and how rows are written.
#[derive(Debug, Clone)]
pub struct WriteOptions {
    /// The folder, such as `s3://bucket/prefix/`.
    pub location: String,
    /// The files' format.
    pub format: WriteFormat,
    /// Columns that become folders `key=value` and leave the files.
    pub partition_by: Vec<String>,
    /// How the rows of a partition are spread over files; without it a partition has one file, or
    /// as many as `target_file_bytes` makes.
    pub buckets: Option<Buckets>,
    /// What file names begin with; a number and the format's ending follow.
    pub file_stem: String,
    /// Over how many files the rows of a partition are spread evenly.
    pub files_per_partition: u32,
    /// A file that has grown to this size, in bytes, is followed by another.
    pub target_file_bytes: Option<u64>,
    /// The most partitions a write may make.
    pub max_partitions: Option<usize>,
    /// Told how far the write is.
    pub progress: Option<WriteProgress>,
    /// Where partitions lie that do not lie where their values say.
    pub places: Option<PartitionPlaces>,
    /// How the files are encrypted; none is as their bucket is set.
    pub encryption: Option<Encryption>,
    /// How hard zstd tries, from 1 to 22, where it compresses (not in Avro); none is 3.
    pub zstd_level: Option<i32>,
    /// The columns by which the rows of each file are ordered, nulls last.
    pub sort_by: Vec<String>,
    /// How Parquet files are laid out.
    pub parquet: ParquetLayout,
}

impl WriteOptions {
    /// One file of all rows.
    #[must_use]
    pub fn new(location: &str, format: WriteFormat) -> Self {
        Self {
            location: location.to_owned(),
            format,
            partition_by: Vec::new(),
            buckets: None,
            file_stem: "part".to_owned(),
            files_per_partition: 1,
            target_file_bytes: None,
            max_partitions: None,
            progress: None,
            places: None,
            encryption: None,
            zstd_level: None,
            sort_by: Vec::new(),
            parquet: ParquetLayout::default(),
        }
    }
}

type PlaceOf = dyn Fn(&[Option<String>]) -> Result<Option<String>, EngineError> + Send + Sync;

/// Knows where partitions lie. Clones know the same.
#[derive(Clone)]
pub struct PartitionPlaces(Arc<PlaceOf>);

impl PartitionPlaces {
    /// Asks `place_of` for the location of a partition, by its values; none is where they say.
    pub fn new(
        place_of: impl Fn(&[Option<String>]) -> Result<Option<String>, EngineError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self(Arc::new(place_of))
    }

    pub(super) fn of(&self, values: &[Option<String>]) -> Result<Option<String>, EngineError> {
        (self.0)(values)
    }
}

impl fmt::Debug for PartitionPlaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PartitionPlaces")
    }
}

/// How far a write is. Clones share the figures.
#[derive(Debug, Clone, Default)]
pub struct WriteProgress {
    rows: Arc<AtomicU64>,
    files: Arc<AtomicU64>,
}

impl WriteProgress {
    /// Rows taken in so far.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Files begun so far.
    #[must_use]
    pub fn files(&self) -> u64 {
        self.files.load(Ordering::Relaxed)
    }

    pub(super) fn add_rows(&self, rows: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }

    pub(super) fn add_file(&self) {
        self.files.fetch_add(1, Ordering::Relaxed);
    }
}
