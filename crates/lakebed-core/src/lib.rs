//! What every Lakebed service shares: who and where we are (account, region, ARNs), what time it
//! is (one clock that can be moved), where metadata is kept (one SQLite database), what happened
//! (one event bus) and who is calling.
//!
//! This crate knows no service: neither their shapes nor their rules.

mod account;
mod arn;
mod clock;
mod context;
mod cron;
mod events;
mod failure;
pub mod hive_path;
mod logs;
mod object_event;
mod platform;
pub mod prices;
mod store;
mod timestamp;

pub use account::{AccountId, InvalidAccountId, InvalidRegion, Region};
pub use arn::Arn;
pub use clock::Clock;
pub use context::{CallContext, Principal, RequestId};
pub use cron::{Cron, CronError};
pub use events::{Event, EventBus, EventKind, QualitySubject, Subscription};
pub use failure::FailureClass;
pub use logs::{LogLine, LogSink, LogWriter};
pub use object_event::{ObjectChange, ObjectEvent};
pub use platform::{Durability, Platform, PlatformError, Settings};
pub use store::{Connection, Documents, MetadataStore, StoreError, Transaction};
pub use timestamp::Timestamp;

/// The SQLite driver, so that crates with tables of their own use the version the store uses.
pub use rusqlite;
