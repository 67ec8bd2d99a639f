use lakebed_core::CallContext;
use lakebed_wire::logs::{
    self, FilterLogEventsRequest, FilterLogEventsResponse, GetLogEventsRequest,
    GetLogEventsResponse, LogEventOperations, OutputLogEvent, PutLogEventsRequest,
    PutLogEventsResponse,
};

use super::{filter, named_group, put};
use crate::events::{self, Direction, Event, NewEvent, PAGE_BYTES, PAGE_EVENTS, Position, Source};
use crate::{Error, Logs, groups, retention, streams};

impl LogEventOperations for Logs {
    async fn put_log_events(
        &self,
        _context: &CallContext,
        request: PutLogEventsRequest,
    ) -> Result<PutLogEventsResponse, logs::Error> {
        put::check(&request.log_events)?;
        let now = self.clock.now();
        let (stream, rejected) = self.store.write(|tx| {
            let group = groups::find(tx, &request.log_group_name)?;
            let stream = streams::find(tx, group.id, &request.log_stream_name)?;
            let (accepted, rejected) = put::accept(&request.log_events, now, group.retention_days);
            let accepted = accepted.iter().map(|event| NewEvent {
                at: event.timestamp,
                message: &event.message,
            });
            events::append(tx, group.id, stream.id, now.as_millis(), accepted)?;
            Ok::<_, Error>((stream, rejected))
        })?;
        Ok(PutLogEventsResponse {
            // Any token is taken, and this one need not be sent back.
            next_sequence_token: Some(format!("{:056}", stream.id)),
            rejected_log_events_info: rejected,
            rejected_entity_info: None,
        })
    }

    async fn get_log_events(
        &self,
        _context: &CallContext,
        request: GetLogEventsRequest,
    ) -> Result<GetLogEventsResponse, logs::Error> {
        self.flush();
        let limit = request
            .limit
            .and_then(|limit| usize::try_from(limit).ok())
            .unwrap_or(PAGE_EVENTS);
        let token = request.next_token.as_deref().map(read_token).transpose()?;
        let from_head = request.start_from_head == Some(true);
        let direction = match token {
            Some((direction, _)) => direction,
            None if from_head => Direction::Forward,
            None => Direction::Backward,
        };
        let (range, page) = self.store.read(|connection| {
            let group = named_group(
                connection,
                request.log_group_name.as_deref(),
                request.log_group_identifier.as_deref(),
            )?;
            let stream = streams::find(connection, group.id, &request.log_stream_name)?;
            let kept = retention::oldest_kept(self.clock.now(), group.retention_days);
            let mut range = (
                Position::start_of(request.start_time.unwrap_or(0).max(kept)),
                Position::start_of(request.end_time.unwrap_or(i64::MAX)),
            );
            match token {
                Some((Direction::Forward, position)) => range.0 = range.0.max(position),
                Some((Direction::Backward, position)) => range.1 = range.1.min(position),
                None => {}
            }
            let source = Source::Stream(stream.id);
            let page = page(connection, source, range, direction, limit)?;
            Ok::<_, Error>((range, page))
        })?;
        // Where nothing was found both tokens stand still, so that a reader of a growing stream
        // goes on from where it is.
        let still = match direction {
            Direction::Forward => range.0,
            Direction::Backward => range.1,
        };
        let first = page.first().map_or(still, |event| event.position);
        let last = page.last().map_or(still, |event| event.position);
        let shown = page.into_iter().map(|event| OutputLogEvent {
            timestamp: Some(event.position.at),
            message: Some(event.message),
            ingestion_time: Some(event.ingested),
        });
        Ok(GetLogEventsResponse {
            events: Some(shown.collect()),
            next_forward_token: Some(format!("f/{last}")),
            next_backward_token: Some(format!("b/{first}")),
        })
    }

    async fn filter_log_events(
        &self,
        _context: &CallContext,
        request: FilterLogEventsRequest,
    ) -> Result<FilterLogEventsResponse, logs::Error> {
        self.flush();
        let now = self.clock.now();
        let answer = self
            .store
            .read(|connection| filter::filter(connection, &request, now))?;
        Ok(answer)
    }
}

/// One page of a stream, in order of time whichever way it was read.
fn page(
    connection: &lakebed_core::Connection,
    source: Source,
    range: (Position, Position),
    direction: Direction,
    limit: usize,
) -> Result<Vec<Event>, Error> {
    let (mut page, mut bytes) = (Vec::new(), 0);
    events::scan(connection, source, range, direction, |event| {
        bytes += event.message.len();
        if page.len() == limit || (bytes > PAGE_BYTES && !page.is_empty()) {
            return false;
        }
        page.push(event);
        true
    })?;
    if direction == Direction::Backward {
        page.reverse();
    }
    Ok(page)
}

fn read_token(token: &str) -> Result<(Direction, Position), Error> {
    let read = match token.split_at_checked(2) {
        Some(("f/", digits)) => Position::parse(digits).map(|at| (Direction::Forward, at)),
        Some(("b/", digits)) => Position::parse(digits).map(|at| (Direction::Backward, at)),
        _ => None,
    };
    read.ok_or_else(|| Error::InvalidParameter("The specified nextToken is invalid.".to_owned()))
}
