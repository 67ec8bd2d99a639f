//! How long events are kept: a number of days by the group, else for ever.

use lakebed_core::{MetadataStore, Timestamp, rusqlite::params};

use crate::Error;

const DAY_MILLIS: i64 = 86_400_000;

/// The retentions there are, in days. CloudWatch Logs API reference, "PutRetentionPolicy".
const RETENTIONS: [i32; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

/// How many events are removed in one transaction, so that writers need not wait long.
const SWEPT_AT_ONCE: i64 = 10_000;

pub(crate) fn check(days: i32) -> Result<(), Error> {
    if RETENTIONS.contains(&days) {
        return Ok(());
    }
    let allowed: Vec<String> = RETENTIONS.iter().map(i32::to_string).collect();
    Err(Error::InvalidParameter(format!(
        "1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
        allowed.join(", ")
    )))
}

/// The time of the oldest events that a retention keeps, in milliseconds.
pub(crate) fn oldest_kept(now: Timestamp, days: Option<i32>) -> i64 {
    days.map_or(0, |days| now.as_millis() - i64::from(days) * DAY_MILLIS)
}

/// Removes the events that no retention keeps.
pub(crate) fn sweep(store: &MetadataStore, now: Timestamp) -> Result<(), Error> {
    loop {
        let removed: usize = store.write(|tx| {
            let expired: Vec<(i64, i64)> = tx
                .prepare_cached(
                    "SELECT e.id, e.stream FROM log_groups g JOIN log_events e ON e.log_group = g.id
                     WHERE g.retention_days IS NOT NULL AND e.at < ?1 - g.retention_days * ?2
                     LIMIT ?3",
                )?
                .query_map(params![now.as_millis(), DAY_MILLIS, SWEPT_AT_ONCE], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?
                .collect::<Result<_, _>>()?;
            for (event, stream) in &expired {
                tx.prepare_cached(
                    "UPDATE log_streams SET bytes = bytes - (SELECT octet_length(message) FROM log_events WHERE id = ?1)
                     WHERE id = ?2",
                )?
                .execute(params![event, stream])?;
                tx.prepare_cached("DELETE FROM log_events WHERE id = ?1")?
                    .execute([event])?;
            }
            Ok::<_, Error>(expired.len())
        })?;
        if removed == 0 {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use lakebed_core::{LogLine, LogSink, Platform, Settings};

    use super::*;
    use crate::{Logs, groups};

    #[test]
    fn expired_events_are_removed_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let platform = Platform::open(Settings::at(folder.path())).unwrap();
        let logs = Logs::open(&platform).unwrap();
        let now = platform.clock.now();
        let line = |group: &str, days: i64, message: &str| LogLine {
            group: Arc::from(group),
            stream: Arc::from("s"),
            at: Timestamp::from_millis(now.as_millis() - days * DAY_MILLIS),
            message: message.to_owned(),
        };
        logs.write(line("brief", 4, "expired"));
        logs.write(line("brief", 2, "kept"));
        logs.write(line("endless", 400, "kept too"));
        logs.flush();
        logs.store
            .write(|tx| {
                let group = groups::find(tx, "brief")?;
                groups::set_retention(tx, &group, Some(3))
            })
            .unwrap();
        sweep(&logs.store, now).unwrap();
        let left: Vec<String> = logs
            .store
            .read(|connection| {
                let left = connection
                    .prepare("SELECT message FROM log_events ORDER BY id")?
                    .query_map([], |row| row.get(0))?
                    .collect::<Result<_, _>>()?;
                Ok::<_, Error>(left)
            })
            .unwrap();
        assert_eq!(left, ["kept", "kept too"]);
        let group = logs
            .store
            .read(|connection| groups::find(connection, "brief"))
            .unwrap();
        assert_eq!(group.bytes, 4);
    }
}
