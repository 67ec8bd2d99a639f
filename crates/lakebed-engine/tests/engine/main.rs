//! What the engine promises, through its public API and over a storage on a disk of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod avro_tables;
mod bed;
mod csv_tables;
mod files_tables;
mod hidden_columns;
mod json_tables;
mod layouts;
mod limits;
mod log_tables;
mod orc_tables;
mod parquet_tables;
mod partitions;
mod requests;
mod text_files;
mod writes;
