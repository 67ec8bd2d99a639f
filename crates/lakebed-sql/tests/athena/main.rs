//! Athena through the crate's public API.
#![allow(clippy::unwrap_used, clippy::panic)]

mod lake;
mod round_trips;
mod service;
mod slt;
