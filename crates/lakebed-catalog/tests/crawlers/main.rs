//! Crawlers through the operations a client calls, over files in a real storage.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bed;
mod definitions;
mod lifecycle;
mod recrawls;
mod schedules;
mod tables;
