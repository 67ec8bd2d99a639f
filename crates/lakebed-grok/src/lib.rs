//! Which fields does a line of a log hold? A grok pattern says so: named regular expressions,
//! built in or the user's own, put together into one and matched against a line at a time.
//!
//! Classifiers take the fields' names and types from a pattern, the Grok SerDe their texts from
//! each line. Syntax and built-in patterns are those of "Writing custom classifiers", AWS Glue
//! Developer Guide.
//!
//! This crate reads no files, knows no tables, and leaves it to its callers to turn a text into
//! a value of the field's type.

mod error;
mod expansion;
mod field_type;
mod grok;
mod library;

pub use error::Error;
pub use field_type::FieldType;
pub use grok::{Captures, Field, Grok};
