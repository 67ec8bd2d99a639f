//! How is data cleaned, joined and written by a Glue job? This crate keeps job definitions, runs
//! visual jobs (graphs of sources, transforms and targets) on the engine and scripts in processes of
//! their own, and keeps their runs: states, progress, logs. It also runs Glue Data Quality over
//! tables, and keeps what that found. Triggers start jobs and crawlers, by
//! themselves or as parts of workflows.
//!
//! It does not speak HTTP and reads and writes no data itself: the engine does, through storage, and
//! scripts do, as any client.

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
mod quality;
mod runs;
mod script;
mod source;
mod spark;
mod targets;
mod triggers;
mod types;
mod workflows;

pub use jobs::Jobs;
pub use quality::Quality;
pub use runs::RunProgress;
pub use script::{
    EngineError, EngineKind, EngineStatus, ScriptCredentials, ScriptEngines, ScriptHost,
};
pub use triggers::Triggers;
