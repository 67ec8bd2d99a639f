//! Log streams, as rows.

use lakebed_core::rusqlite::{OptionalExtension, Row, params};
use lakebed_core::{Connection, Transaction};

use crate::Error;

/// A log stream.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) created: i64,
    /// Of its first and its last event, and when the last was taken in.
    pub(crate) first_event: Option<i64>,
    pub(crate) last_event: Option<i64>,
    pub(crate) last_ingestion: Option<i64>,
}

const COLUMNS: &str = "id, name, created, first_event, last_event, last_ingestion";

fn read(row: &Row<'_>) -> Result<Stream, lakebed_core::rusqlite::Error> {
    Ok(Stream {
        id: row.get(0)?,
        name: row.get(1)?,
        created: row.get(2)?,
        first_event: row.get(3)?,
        last_event: row.get(4)?,
        last_ingestion: row.get(5)?,
    })
}

/// Finds a stream of a group by its name.
///
/// # Errors
/// [`Error::NotFound`].
pub(crate) fn find(connection: &Connection, group: i64, name: &str) -> Result<Stream, Error> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM log_streams WHERE log_group = ?1 AND name = ?2"
        ))?
        .query_row(params![group, name], read)
        .optional()?
        .ok_or_else(Error::stream_not_found)
}

/// Makes a stream.
///
/// # Errors
/// [`Error::AlreadyExists`].
pub(crate) fn make(tx: &Transaction<'_>, group: i64, name: &str, now: i64) -> Result<(), Error> {
    if insert(tx, group, name, now)? {
        return Ok(());
    }
    Err(Error::AlreadyExists(
        "The specified log stream already exists".to_owned(),
    ))
}

/// The id of a stream that comes to be unless it is there.
pub(crate) fn find_or_make(
    tx: &Transaction<'_>,
    group: i64,
    name: &str,
    now: i64,
) -> Result<i64, Error> {
    insert(tx, group, name, now)?;
    Ok(find(tx, group, name)?.id)
}

fn insert(tx: &Transaction<'_>, group: i64, name: &str, now: i64) -> Result<bool, Error> {
    let made = tx
        .prepare_cached(
            "INSERT OR IGNORE INTO log_streams (log_group, name, created) VALUES (?1, ?2, ?3)",
        )?
        .execute(params![group, name, now])?;
    Ok(made == 1)
}

/// Removes a stream with its events.
pub(crate) fn remove(tx: &Transaction<'_>, stream: &Stream) -> Result<(), Error> {
    tx.execute("DELETE FROM log_events WHERE stream = ?1", [stream.id])?;
    tx.execute("DELETE FROM log_streams WHERE id = ?1", [stream.id])?;
    Ok(())
}

/// The streams of a group whose names start with `prefix`, in order of their names.
pub(crate) fn list(
    connection: &Connection,
    group: i64,
    prefix: &str,
) -> Result<Vec<Stream>, Error> {
    let streams = connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM log_streams
             WHERE log_group = ?1 AND substr(name, 1, length(?2)) = ?2 ORDER BY name"
        ))?
        .query_map(params![group, prefix], read)?
        .collect::<Result<_, _>>()?;
    Ok(streams)
}
