//! Server access logs: a line for every request to a bucket that keeps a log, delivered as objects
//! to the bucket it names.
//!
//! S3 user guide, "Logging requests with server access logging". Lines wait in memory for their
//! delivery: as on AWS, logs are kept as well as may be, and a killed process loses the last ones.

mod body;
mod delivery;
mod entry;
mod lifecycle;
mod notes;
mod operation;
mod pending;
mod record;

pub(crate) use delivery::AccessLog;
pub(in crate::s3) use notes::LogNotes;
