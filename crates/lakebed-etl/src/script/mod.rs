//! Script jobs: the user's own Python, run in a process group of its own.
//!
//! Spark scripts (`glueetl`) run on Sail, a Spark Connect server without a JVM, and find an
//! `awsglue` package that was written for this (`crates/lakebed-etl/python`). Python shell jobs run
//! on the bare interpreter. Both need a Python environment, which [`ScriptEngines`] installs.

mod arguments;
mod bookmarks;
mod engines;
mod host;
mod outcome;
mod package;
mod process;
mod scan;
mod work;

pub(crate) use bookmarks::{Bookmark, load as load_bookmark, reset as reset_bookmark};
pub use engines::{EngineError, EngineKind, EngineStatus, ScriptEngines};
pub use host::{ScriptCredentials, ScriptHost};
pub(crate) use work::{ScriptRun, clear_work_folders};
