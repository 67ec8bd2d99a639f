//! AWS's shapes, errors and protocols as Rust types.
//!
//! `cargo xtask codegen` makes the modules under [`generated`] from the public service models, for
//! the operations listed in `services.toml`: structures, constraints, errors, one trait per group
//! of operations, and the dispatch to it. The rest is what all services share: checking a request
//! against its constraints, and the JSON and query protocols.
//!
//! This crate knows no behaviour: it neither stores nor decides anything.

mod blob;
mod constraint;
mod failure;
pub mod generated;
pub mod protocol;
mod service;
mod validation;

pub use blob::Blob;
pub use constraint::{List, Map, Member, Pattern, Range, Shape, Structure, Text};
pub use failure::Failure;
pub use generated::{athena, glue, logs, sts};
pub use service::{Operation, Protocol, Service, call};
pub use validation::validate;
