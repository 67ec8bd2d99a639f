//! Whether storage can be trusted, asked from outside: of the real binary, over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod client;
mod concurrency;
mod content;
mod crash;
mod dice;
mod files;
mod folder;
#[cfg(target_os = "linux")]
mod full_disk;
mod keys;
#[cfg(target_os = "linux")]
mod read_only;
mod server;
