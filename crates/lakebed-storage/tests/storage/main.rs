//! What the storage promises, through its public API and on a disk of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bed;
mod buckets;
mod conditions;
mod copying;
mod encryption;
mod events;
mod lifecycle;
mod listing;
mod multipart;
mod object_store;
mod objects;
mod places;
mod recovery;
mod versions;
mod watching;
