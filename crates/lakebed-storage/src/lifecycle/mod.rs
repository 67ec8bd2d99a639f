//! What the lifecycle rules of buckets do: [`plan`] decides, a function of values; [`pass`] does
//! it to a bucket; [`runner`] does it when it is time.
//!
//! S3 user guide, "Managing the lifecycle of objects".

mod day;
mod forecast;
mod pass;
mod plan;
mod runner;

pub use day::LifecycleDay;
pub use forecast::Forecast;
pub(crate) use runner::Runner;
