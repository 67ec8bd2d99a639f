//! Runs of jobs: how one is carried out, watched, logged and ended.

mod log;
mod pipeline;
mod progress;
mod records;
mod spill;
mod supervisor;

pub(crate) use log::{RunLog, log_group};
pub(crate) use pipeline::Pipeline;
pub(crate) use progress::Progress;
pub use progress::RunProgress;
pub(crate) use records::{fail_interrupted, find, is_over, list, new_run, retry_of, save};
pub(crate) use supervisor::{Ending, announce, supervise};
