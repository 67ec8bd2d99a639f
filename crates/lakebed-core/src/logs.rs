use std::fmt;
use std::sync::Arc;

use crate::{Clock, Timestamp};

/// One line of a service's log, and the stream it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The log group, such as `/aws-glue/crawlers`.
    pub group: Arc<str>,
    /// The stream in it.
    pub stream: Arc<str>,
    /// When it happened.
    pub at: Timestamp,
    /// The line without its end.
    pub message: String,
}

/// Where services write the logs of what they do. Groups and streams come to be with their first
/// line.
pub trait LogSink: fmt::Debug + Send + Sync {
    /// Takes a line. It waits for nothing but room, and a line that cannot be kept is reported to
    /// the operator, not to the writer: work does not fail for want of a log.
    fn write(&self, line: LogLine);
}

/// Writes one stream, each line with the time it is written at.
#[derive(Debug, Clone)]
pub struct LogWriter {
    sink: Arc<dyn LogSink>,
    clock: Clock,
    group: Arc<str>,
    stream: Arc<str>,
}

impl LogWriter {
    /// A writer of the stream `stream` in the group `group`.
    #[must_use]
    pub fn new(sink: Arc<dyn LogSink>, clock: Clock, group: &str, stream: &str) -> Self {
        Self {
            sink,
            clock,
            group: group.into(),
            stream: stream.into(),
        }
    }

    /// Writes a line that happens now.
    pub fn write(&self, message: impl Into<String>) {
        self.sink.write(LogLine {
            group: Arc::clone(&self.group),
            stream: Arc::clone(&self.stream),
            at: self.clock.now(),
            message: message.into(),
        });
    }
}
