//! Which records of one object does an expression of S3 Select ask for? Reads CSV, JSON and
//! Parquet as a stream, holds each record against the expression, and writes what is selected.
//!
//! The language is that of the S3 user guide, "SQL reference for Amazon S3 Select": one object, no
//! joins, no grouping. It deliberately is not the query engine's: values have no types before
//! they are cast, and what a record does not have is missing, not an error.
//!
//! This crate knows neither HTTP nor where objects lie: bytes come through [`Source`].

mod error;
mod evaluate;
mod input;
mod output;
mod run;
mod statement;
mod value;

pub use error::{Error, Result};
pub use input::{
    Compression, CsvInput, HeaderUse, Input, InputFormat, JsonShape, ScanRange, Source,
};
pub use output::{CsvOutput, OutputFormat, QuoteFields};
pub use run::{Progress, select};
pub use statement::Statement;
