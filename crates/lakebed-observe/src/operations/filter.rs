//! `FilterLogEvents`: the events of a group, of all its streams in order of time, that a pattern
//! finds.

use std::collections::HashMap;

use lakebed_core::{Connection, Timestamp};
use lakebed_wire::logs::{FilterLogEventsRequest, FilterLogEventsResponse, FilteredLogEvent};

use super::named_group;
use crate::events::{self, Direction, PAGE_BYTES, PAGE_EVENTS, Position, Source};
use crate::pattern::Pattern;
use crate::{Error, retention, streams};

/// How many events one call looks at; then it answers with what it found and a token.
const SEARCHED_AT_ONCE: usize = 100_000;

pub(super) fn filter(
    connection: &Connection,
    request: &FilterLogEventsRequest,
    now: Timestamp,
) -> Result<FilterLogEventsResponse, Error> {
    let pattern = Pattern::parse(request.filter_pattern.as_deref().unwrap_or_default())
        .map_err(|error| Error::InvalidParameter(format!("Invalid filter pattern: {error}")))?;
    let group = named_group(
        connection,
        request.log_group_name.as_deref(),
        request.log_group_identifier.as_deref(),
    )?;
    let names = searched(connection, group.id, request)?;
    let kept = retention::oldest_kept(now, group.retention_days);
    // An event at the end of the time is in it, unlike in `GetLogEvents`.
    let end = request.end_time.unwrap_or(i64::MAX - 1);
    let mut range = (
        Position::start_of(request.start_time.unwrap_or(0).max(kept)),
        Position::start_of(end.saturating_add(1)),
    );
    let direction = match request.start_from_head {
        Some(false) => Direction::Backward,
        Some(true) | None => Direction::Forward,
    };
    if let Some(token) = &request.next_token {
        let position = Position::parse(token).ok_or_else(|| {
            Error::InvalidParameter("The specified nextToken is invalid.".to_owned())
        })?;
        match direction {
            Direction::Forward => range.0 = range.0.max(position),
            Direction::Backward => range.1 = range.1.min(position),
        }
    }
    let limit = request
        .limit
        .and_then(|limit| usize::try_from(limit).ok())
        .unwrap_or(PAGE_EVENTS);
    let (mut found, mut bytes, mut searched) = (Vec::new(), 0, 0);
    let (mut last, mut more) = (None, false);
    // One stream alone is read by itself; several are read as the group, which is in order.
    let source = match (names.len(), names.keys().next()) {
        (0, _) => return Ok(answer(found, None)),
        (1, Some(stream)) => Source::Stream(*stream),
        _ => Source::Group(group.id),
    };
    events::scan(connection, source, range, direction, |event| {
        if found.len() == limit || searched == SEARCHED_AT_ONCE {
            more = true;
            return false;
        }
        let position = event.position;
        if let Some(name) = names.get(&event.stream)
            && pattern.matches(&event.message)
        {
            bytes += event.message.len();
            if bytes > PAGE_BYTES && !found.is_empty() {
                more = true;
                return false;
            }
            found.push(FilteredLogEvent {
                log_stream_name: Some(name.clone()),
                timestamp: Some(position.at),
                message: Some(event.message),
                ingestion_time: Some(event.ingested),
                event_id: Some(position.to_string()),
            });
        }
        searched += 1;
        last = Some(position);
        true
    })?;
    let next = last.filter(|_| more).map(|position| position.to_string());
    Ok(answer(found, next))
}

fn answer(events: Vec<FilteredLogEvent>, next_token: Option<String>) -> FilterLogEventsResponse {
    FilterLogEventsResponse {
        events: Some(events),
        // Always empty since 2019. CloudWatch Logs API reference, "FilterLogEvents".
        searched_log_streams: Some(Vec::new()),
        next_token,
    }
}

/// The names of the streams that are searched, by their ids.
fn searched(
    connection: &Connection,
    group: i64,
    request: &FilterLogEventsRequest,
) -> Result<HashMap<i64, String>, Error> {
    let prefix = request.log_stream_name_prefix.as_deref();
    let found = match (&request.log_stream_names, prefix) {
        (Some(_), Some(_)) => {
            return Err(Error::InvalidParameter(
                "logStreamNames and logStreamNamePrefix are mutually exclusive parameters."
                    .to_owned(),
            ));
        }
        (Some(names), None) => {
            let mut found = Vec::new();
            for name in names {
                found.push(streams::find(connection, group, name)?);
            }
            found
        }
        (None, prefix) => streams::list(connection, group, prefix.unwrap_or_default())?,
    };
    Ok(found
        .into_iter()
        .map(|stream| (stream.id, stream.name))
        .collect())
}
