//! What was logged? This crate is CloudWatch Logs: groups, streams and events in the metadata
//! store, their retention by the clock, and the filter patterns that find them. Services write
//! into it through `lakebed_core::LogSink`.
//!
//! It knows none of those services, does not speak HTTP, and keeps no metrics: metric filters,
//! subscriptions and Insights queries are not here. Logs lie on disk unencrypted.

mod error;
mod events;
mod groups;
mod logs;
mod operations;
mod paging;
mod pattern;
mod retention;
mod streams;
mod writer;

pub use error::Error;
pub use logs::Logs;
