//! Log groups, as rows.

use std::collections::BTreeMap;

use lakebed_core::rusqlite::{OptionalExtension, Row, params};
use lakebed_core::{Connection, Transaction};

use crate::Error;

pub(crate) type Tags = BTreeMap<String, String>;

/// The most tags a group may have. CloudWatch Logs API reference, "TagResource".
const MAX_TAGS: usize = 50;

const STANDARD: &str = "STANDARD";

/// A log group.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) id: i64,
    pub(crate) name: String,
    /// Its class by its name on the wire.
    pub(crate) class: String,
    pub(crate) created: i64,
    pub(crate) retention_days: Option<i32>,
    /// Of the messages it holds.
    pub(crate) bytes: i64,
}

const COLUMNS: &str = "id, name, class, created, retention_days,
    (SELECT coalesce(sum(bytes), 0) FROM log_streams WHERE log_group = log_groups.id)";

fn read(row: &Row<'_>) -> Result<Group, lakebed_core::rusqlite::Error> {
    Ok(Group {
        id: row.get(0)?,
        name: row.get(1)?,
        class: row.get(2)?,
        created: row.get(3)?,
        retention_days: row.get(4)?,
        bytes: row.get(5)?,
    })
}

/// Finds a group by its name.
///
/// # Errors
/// [`Error::NotFound`].
pub(crate) fn find(connection: &Connection, name: &str) -> Result<Group, Error> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM log_groups WHERE name = ?1"))?
        .query_row([name], read)
        .optional()?
        .ok_or_else(Error::group_not_found)
}

/// Makes a group.
///
/// # Errors
/// [`Error::AlreadyExists`].
pub(crate) fn make(
    tx: &Transaction<'_>,
    name: &str,
    class: Option<&str>,
    tags: &Tags,
    now: i64,
) -> Result<(), Error> {
    check_tags(tags)?;
    let made = tx
        .prepare_cached(
            "INSERT OR IGNORE INTO log_groups (name, class, created, tags) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![name, class.unwrap_or(STANDARD), now, print(tags)])?;
    if made == 0 {
        return Err(Error::AlreadyExists(
            "The specified log group already exists".to_owned(),
        ));
    }
    Ok(())
}

/// The id of a group that comes to be unless it is there.
pub(crate) fn find_or_make(tx: &Transaction<'_>, name: &str, now: i64) -> Result<i64, Error> {
    tx.prepare_cached(
        "INSERT OR IGNORE INTO log_groups (name, class, created, tags) VALUES (?1, ?2, ?3, '{}')",
    )?
    .execute(params![name, STANDARD, now])?;
    let id = tx
        .prepare_cached("SELECT id FROM log_groups WHERE name = ?1")?
        .query_row([name], |row| row.get(0))?;
    Ok(id)
}

/// Removes a group with all that is in it.
pub(crate) fn remove(tx: &Transaction<'_>, group: &Group) -> Result<(), Error> {
    tx.execute("DELETE FROM log_events WHERE log_group = ?1", [group.id])?;
    tx.execute("DELETE FROM log_streams WHERE log_group = ?1", [group.id])?;
    tx.execute("DELETE FROM log_groups WHERE id = ?1", [group.id])?;
    Ok(())
}

pub(crate) fn set_retention(
    tx: &Transaction<'_>,
    group: &Group,
    days: Option<i32>,
) -> Result<(), Error> {
    tx.execute(
        "UPDATE log_groups SET retention_days = ?2 WHERE id = ?1",
        params![group.id, days],
    )?;
    Ok(())
}

/// Which groups a listing shows.
#[derive(Debug, Default)]
pub(crate) struct Wanted<'request> {
    pub(crate) prefix: Option<&'request str>,
    /// What names contain somewhere, in this case of letters.
    pub(crate) part: Option<&'request str>,
    pub(crate) class: Option<&'request str>,
    /// The name after which to begin.
    pub(crate) after: Option<&'request str>,
}

/// Up to `limit` groups in order of their names.
pub(crate) fn list(
    connection: &Connection,
    wanted: &Wanted<'_>,
    limit: usize,
) -> Result<Vec<Group>, Error> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let groups = connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM log_groups
             WHERE name > coalesce(?1, '') AND (?2 IS NULL OR substr(name, 1, length(?2)) = ?2)
               AND (?3 IS NULL OR instr(name, ?3) > 0) AND (?4 IS NULL OR class = ?4)
             ORDER BY name LIMIT ?5"
        ))?
        .query_map(
            params![
                wanted.after,
                wanted.prefix,
                wanted.part,
                wanted.class,
                limit
            ],
            read,
        )?
        .collect::<Result<_, _>>()?;
    Ok(groups)
}

pub(crate) fn tags(connection: &Connection, group: &Group) -> Result<Tags, Error> {
    let text: String = connection
        .prepare_cached("SELECT tags FROM log_groups WHERE id = ?1")?
        .query_row([group.id], |row| row.get(0))?;
    Ok(serde_json::from_str(&text).unwrap_or_default())
}

/// Replaces the tags of a group.
///
/// # Errors
/// [`Error::TooManyTags`] for more than 50.
pub(crate) fn set_tags(tx: &Transaction<'_>, group: &Group, tags: &Tags) -> Result<(), Error> {
    check_tags(tags)?;
    tx.execute(
        "UPDATE log_groups SET tags = ?2 WHERE id = ?1",
        params![group.id, print(tags)],
    )?;
    Ok(())
}

fn print(tags: &Tags) -> String {
    serde_json::json!(tags).to_string()
}

fn check_tags(tags: &Tags) -> Result<(), Error> {
    if tags.len() > MAX_TAGS {
        return Err(Error::TooManyTags(format!(
            "A resource can have no more than {MAX_TAGS} tags."
        )));
    }
    Ok(())
}
