//! Lines from services, written by a thread of its own: all that have gathered while one
//! transaction was made go into the next.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use lakebed_core::{Clock, LogLine, MetadataStore};

use crate::events::{self, NewEvent};
use crate::{Error, groups, retention, streams};

/// How many lines may wait before writers do.
const QUEUE: usize = 4_096;
/// How many lines one transaction takes.
const BATCH: usize = 1_024;
/// How often expired events are removed. Reads never show them.
const SWEEP: Duration = Duration::from_secs(60);

#[derive(Debug)]
enum Message {
    Line(LogLine),
    /// Answered when everything sent before it is written.
    Flush(SyncSender<()>),
}

#[derive(Debug)]
pub(crate) struct Writer {
    queue: Option<SyncSender<Message>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(crate) fn start(store: MetadataStore, clock: Clock) -> Self {
        let (queue, messages) = sync_channel(QUEUE);
        let thread = thread::Builder::new()
            .name("logs".to_owned())
            .spawn(move || work(&store, &clock, &messages))
            .inspect_err(|error| tracing::error!(%error, "logs cannot be written"))
            .ok();
        Self {
            queue: Some(queue),
            thread,
        }
    }

    pub(crate) fn write(&self, line: LogLine) {
        if !self.send(Message::Line(line)) {
            tracing::warn!("a log line is lost: nobody writes logs any more");
        }
    }

    pub(crate) fn flush(&self) {
        let (done, wait) = sync_channel(1);
        if self.send(Message::Flush(done)) && wait.recv().is_err() {
            tracing::warn!("log lines may be lost: nobody writes logs any more");
        }
    }

    fn send(&self, message: Message) -> bool {
        let queue = self.queue.as_ref();
        queue.is_some_and(|queue| queue.send(message).is_ok())
    }
}

impl Drop for Writer {
    /// Writes what waits.
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that writes logs has panicked");
        }
    }
}

fn work(store: &MetadataStore, clock: &Clock, messages: &Receiver<Message>) {
    loop {
        let first = match messages.recv_timeout(SWEEP) {
            Ok(message) => message,
            Err(RecvTimeoutError::Timeout) => {
                if let Err(error) = retention::sweep(store, clock.now()) {
                    tracing::warn!(%error, "expired log events stay behind");
                }
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let (mut lines, mut waiting) = (Vec::new(), Vec::new());
        for message in std::iter::once(first).chain(messages.try_iter().take(BATCH)) {
            match message {
                Message::Line(line) => lines.push(line),
                Message::Flush(done) => waiting.push(done),
            }
        }
        if let Err(error) = write(store, clock, &lines) {
            tracing::warn!(%error, lines = lines.len(), "log lines are lost");
        }
        for done in waiting {
            // Whoever asked may have gone.
            done.send(()).ok();
        }
    }
}

fn write(store: &MetadataStore, clock: &Clock, lines: &[LogLine]) -> Result<(), Error> {
    if lines.is_empty() {
        return Ok(());
    }
    let now = clock.now().as_millis();
    let of_one_stream =
        |one: &LogLine, other: &LogLine| one.group == other.group && one.stream == other.stream;
    store.write(|tx| {
        for lines in lines.chunk_by(of_one_stream) {
            let Some(line) = lines.first() else { continue };
            let group = groups::find_or_make(tx, &line.group, now)?;
            let stream = streams::find_or_make(tx, group, &line.stream, now)?;
            let events = lines.iter().map(|line| NewEvent {
                at: line.at.as_millis(),
                message: &line.message,
            });
            events::append(tx, group, stream, now, events)?;
        }
        Ok(())
    })
}
