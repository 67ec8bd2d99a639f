//! Log events, as rows in order of their time and then of their coming.

use std::fmt;

use lakebed_core::rusqlite::{Row, params};
use lakebed_core::{Connection, Transaction};

use crate::Error;

/// The most bytes of messages a page holds. CloudWatch Logs API reference, "GetLogEvents".
pub(crate) const PAGE_BYTES: usize = 1024 * 1024;
/// The most events a page holds.
pub(crate) const PAGE_EVENTS: usize = 10_000;

/// An event to be kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewEvent<'message> {
    pub(crate) at: i64,
    pub(crate) message: &'message str,
}

/// An event that is kept.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) position: Position,
    pub(crate) stream: i64,
    pub(crate) ingested: i64,
    pub(crate) message: String,
}

/// Where an event stands among all others. Its text is 56 digits, as AWS's ids of events are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    /// Milliseconds since 1970.
    pub(crate) at: i64,
    pub(crate) id: i64,
}

impl Position {
    /// Before every event of this time and later.
    pub(crate) fn start_of(at: i64) -> Self {
        Self { at, id: 0 }
    }

    pub(crate) fn parse(digits: &str) -> Option<Self> {
        if digits.len() != 56 {
            return None;
        }
        let (at, id) = digits.split_at_checked(28)?;
        Some(Self {
            at: at.parse().ok()?,
            id: id.parse().ok()?,
        })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:028}{:028}", self.at, self.id)
    }
}

/// Adds events to a stream.
pub(crate) fn append<'message>(
    tx: &Transaction<'_>,
    group: i64,
    stream: i64,
    now: i64,
    events: impl Iterator<Item = NewEvent<'message>>,
) -> Result<(), Error> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO log_events (log_group, stream, at, ingested, message) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let (mut first, mut last, mut bytes) = (i64::MAX, i64::MIN, 0);
    for event in events {
        insert.execute(params![group, stream, event.at, now, event.message])?;
        first = first.min(event.at);
        last = last.max(event.at);
        bytes += event.message.len();
    }
    if first > last {
        return Ok(());
    }
    tx.prepare_cached(
        "UPDATE log_streams SET first_event = min(coalesce(first_event, ?2), ?2),
             last_event = max(coalesce(last_event, ?3), ?3), last_ingestion = ?4, bytes = bytes + ?5
         WHERE id = ?1",
    )?
    .execute(params![stream, first, last, now, bytes as i64])?;
    Ok(())
}

/// Whose events are read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Source {
    Group(i64),
    Stream(i64),
}

/// The way events are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Forward,
    Backward,
}

/// Reads the events that stand strictly between `after` and `before`, one by one, until `take`
/// has enough and says `false`.
pub(crate) fn scan(
    connection: &Connection,
    source: Source,
    (after, before): (Position, Position),
    direction: Direction,
    mut take: impl FnMut(Event) -> bool,
) -> Result<(), Error> {
    let (column, owner) = match source {
        Source::Group(id) => ("log_group", id),
        Source::Stream(id) => ("stream", id),
    };
    let order = match direction {
        Direction::Forward => "at, id",
        Direction::Backward => "at DESC, id DESC",
    };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT at, id, stream, ingested, message FROM log_events
         WHERE {column} = ?1 AND (at, id) > (?2, ?3) AND (at, id) < (?4, ?5) ORDER BY {order}"
    ))?;
    let mut rows = statement.query(params![owner, after.at, after.id, before.at, before.id])?;
    while let Some(row) = rows.next()? {
        if !take(read(row)?) {
            break;
        }
    }
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Event, lakebed_core::rusqlite::Error> {
    Ok(Event {
        position: Position {
            at: row.get(0)?,
            id: row.get(1)?,
        },
        stream: row.get(2)?,
        ingested: row.get(3)?,
        message: row.get(4)?,
    })
}
