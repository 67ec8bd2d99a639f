//! How is data cleaned, joined and written by a Glue job? This crate keeps job definitions, runs
//! visual jobs (graphs of sources, transforms and targets) on the engine, and keeps their runs:
//! states, progress, logs.
//!
//! It does not speak HTTP, does not run scripts (a job without a graph fails at once and says so),
//! and reads and writes no bytes itself: the engine does, through storage.

mod casts;
mod columns;
mod definition;
mod error;
mod graph;
mod jobs;
mod lake;
mod nesting;
mod nodes;
mod operations;
mod runs;
mod source;
mod spark;
mod targets;
mod types;

pub use jobs::Jobs;
pub use runs::RunProgress;
