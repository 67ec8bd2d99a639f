//! Script jobs: the user's own Python, run in a process group of its own.
//!
//! Spark scripts (`glueetl`) run on Sail, a Spark Connect server without a JVM; Python shell jobs on
//! the bare interpreter. Both need a Python environment, which [`ScriptEngines`] installs.

mod arguments;
mod engines;
mod host;
mod outcome;
mod package;
mod process;
mod scan;
mod work;

pub use engines::{EngineError, EngineKind, EngineStatus, ScriptEngines};
pub use host::{ScriptCredentials, ScriptHost};
pub(crate) use work::{ScriptRun, clear_work_folders};
