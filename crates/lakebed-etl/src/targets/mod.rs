//! Targets: what is written where, and what the catalog is told of it.
//!
//! All targets of a run are written first, unseen; then they become visible together and the
//! catalog learns of them. Targets append, as Glue's do: each run adds files of its own.

mod catalog;
mod settings;
mod write;

pub(crate) use settings::{Target, ignored, settings};
pub(crate) use write::Written;
