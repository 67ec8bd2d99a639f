//! Athena through the crate's public API.
#![allow(clippy::unwrap_used, clippy::panic)]

mod lake;
mod service;
mod slt;
