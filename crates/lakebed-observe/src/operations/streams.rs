use lakebed_core::{Arn, CallContext};
use lakebed_wire::logs::{
    self, CreateLogStreamOutput, CreateLogStreamRequest, DeleteLogStreamOutput,
    DeleteLogStreamRequest, DescribeLogStreamsRequest, DescribeLogStreamsResponse, LogStream,
    LogStreamOperations, OrderBy,
};

use super::named_group;
use crate::streams::{self, Stream};
use crate::{Error, Logs, groups, paging};

impl LogStreamOperations for Logs {
    async fn create_log_stream(
        &self,
        _context: &CallContext,
        request: CreateLogStreamRequest,
    ) -> Result<CreateLogStreamOutput, logs::Error> {
        let now = self.clock.now().as_millis();
        self.store.write(|tx| {
            let group = groups::find(tx, &request.log_group_name)?;
            streams::make(tx, group.id, &request.log_stream_name, now)
        })?;
        Ok(CreateLogStreamOutput::default())
    }

    async fn delete_log_stream(
        &self,
        _context: &CallContext,
        request: DeleteLogStreamRequest,
    ) -> Result<DeleteLogStreamOutput, logs::Error> {
        self.flush();
        self.store.write(|tx| {
            let group = groups::find(tx, &request.log_group_name)?;
            let stream = streams::find(tx, group.id, &request.log_stream_name)?;
            streams::remove(tx, &stream)
        })?;
        Ok(DeleteLogStreamOutput::default())
    }

    async fn describe_log_streams(
        &self,
        context: &CallContext,
        request: DescribeLogStreamsRequest,
    ) -> Result<DescribeLogStreamsResponse, logs::Error> {
        self.flush();
        let order = request.order_by.unwrap_or(OrderBy::LogStreamName);
        let prefix = request.log_stream_name_prefix.as_deref();
        if order == OrderBy::LastEventTime && prefix.is_some() {
            return Err(logs::Error::invalid_parameter(
                "Cannot order by LastEventTime with a logStreamNamePrefix.",
            ));
        }
        let limit = paging::limit(request.limit);
        let after = paging::read_token(request.next_token.as_deref())?;
        let (group, mut found) = self.store.read(|connection| {
            let group = named_group(
                connection,
                request.log_group_name.as_deref(),
                request.log_group_identifier.as_deref(),
            )?;
            let found = streams::list(connection, group.id, prefix.unwrap_or_default())?;
            Ok::<_, Error>((group, found))
        })?;
        let key = |stream: &Stream| sort_key(order, stream);
        found.sort_by_cached_key(key);
        if request.descending == Some(true) {
            found.reverse();
        }
        if let Some(after) = after {
            let descending = request.descending == Some(true);
            found.retain(|stream| match descending {
                true => key(stream) < after,
                false => key(stream) > after,
            });
        }
        let next_token = paging::cut(&mut found, limit, key);
        let shown = found.into_iter().map(|stream| {
            let resource = format!("log-group:{}:log-stream:{}", group.name, stream.name);
            let arn = Arn::regional("logs", &context.region, &context.account, &resource);
            LogStream {
                log_stream_name: Some(stream.name),
                creation_time: Some(stream.created),
                first_event_timestamp: stream.first_event,
                last_event_timestamp: stream.last_event,
                last_ingestion_time: stream.last_ingestion,
                upload_sequence_token: Some(format!("{:056}", stream.id)),
                arn: Some(arn.to_string()),
                // Always 0 since 2019. CloudWatch Logs API reference, "LogStream".
                stored_bytes: Some(0),
            }
        });
        Ok(DescribeLogStreamsResponse {
            log_streams: Some(shown.collect()),
            next_token,
        })
    }
}

/// A text in whose order streams are shown.
fn sort_key(order: OrderBy, stream: &Stream) -> String {
    match order {
        OrderBy::LogStreamName => stream.name.clone(),
        OrderBy::LastEventTime => {
            format!("{:020}{}", stream.last_event.unwrap_or(0), stream.name)
        }
    }
}
