//! Glue Data Quality: rulesets, runs that evaluate them over tables or propose them, and what they
//! found, kept so that later runs can look back at it.

mod assess;
mod node;
mod operations;
mod page;
mod profiles;
mod recommendations;
mod records;
mod results;
mod rulesets;
mod runs;
mod service;
mod spark_sql;
mod statistics;
mod tables;
mod tasks;

pub(crate) use node::{Checked, Surroundings, evaluate};
pub use service::Quality;
