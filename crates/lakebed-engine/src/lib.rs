//! DataFusion made ready for a lake: how a catalog table's files become rows, and rows become
//! files.
//!
//! * [`Engine`] owns the threads, the memory limit and the spill folder that all queries share.
//! * [`Session`] is one query or job run: a DataFusion session whose object stores are the buckets
//!   of storage, and which counts every byte its scans fetch.
//! * [`LakeTable`] reads a table of the catalog, [`FilesTable`] reads files that no table describes.
//! * [`write_partitioned`] writes rows as files in Hive-style partition folders, all or none.
//!
//! The engine knows tables as Glue describes them, but not the catalog that keeps them, nor any
//! API: no statements, no jobs, no HTTP.

mod engine;
mod error;
mod files;
mod listing;
mod location;
mod scan_counter;
mod scan_log;
mod serde;
mod session;
mod table;
mod text;
pub mod types;
mod write;

pub use engine::{Engine, EngineSettings};
pub use error::{BoxError, EngineError, is_exhausted};
pub use files::{CsvOptions, FilesFormat, FilesTable};
pub use location::Location;
pub use scan_counter::{ScanCounter, ScanRequests};
pub use scan_log::TableScan;
pub use serde::text_limit::TextLimit;
pub use session::Session;
pub use table::{HIDDEN_COLUMNS, LakeTable, PartitionSource};
pub use write::{
    AvroCompression, Buckets, HiveDelimiters, OrcCompression, ParquetCompression, ParquetLayout,
    PartitionPlaces, PendingWrite, TextCompression, WriteFormat, WriteOptions, WriteProgress,
    WriteReport, WrittenFile, parquet_column_sizes, write_partitioned, write_pending,
};
