//! One supervised process group.

use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

/// Which of its two outputs a process wrote to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    Output,
    Error,
}

/// The longest line that is kept whole, in bytes; longer ones become several.
const LONGEST_LINE: u64 = 256 * 1024;

/// A process group that lives as long as this value and no longer than this process.
///
/// Its leader reads a pipe that nobody writes to. The pipe closes when this value is dropped and
/// when this process ends, however it ends; then the leader kills its whole group. That holds for
/// `kill -9` too, and on every Unix.
pub(super) struct ProcessGroup {
    _alive: Option<ChildStdin>,
    ended: oneshot::Receiver<io::Result<ExitStatus>>,
}

impl ProcessGroup {
    /// Starts the leader; each line it or its children write is handed to `tell`.
    ///
    /// # Errors
    /// If the program cannot be started.
    pub(super) fn start(
        mut command: Command,
        tell: impl Fn(Stream, &str) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let alive = child.stdin.take();
        let tell = Arc::new(tell);
        let output = child
            .stdout
            .take()
            .map(|pipe| tell_lines(pipe, Stream::Output, Arc::clone(&tell)));
        let errors = child
            .stderr
            .take()
            .map(|pipe| tell_lines(pipe, Stream::Error, tell));
        let (sender, ended) = oneshot::channel();
        thread::spawn(move || {
            let _ = sender.send(wait(child, output.into_iter().chain(errors)));
        });
        Ok(Self {
            _alive: alive,
            ended,
        })
    }

    /// Waits until the leader has ended and all it wrote was told.
    ///
    /// # Errors
    /// If it cannot be waited for.
    pub(super) async fn ended(&mut self) -> io::Result<ExitStatus> {
        (&mut self.ended)
            .await
            .unwrap_or_else(|_| Err(io::Error::other("nobody waits for the process")))
    }
}

fn wait(mut child: Child, readers: impl Iterator<Item = JoinHandle<()>>) -> io::Result<ExitStatus> {
    let status = child.wait();
    for reader in readers {
        let _ = reader.join();
    }
    status
}

fn tell_lines(
    pipe: impl Read + Send + 'static,
    stream: Stream,
    tell: Arc<impl Fn(Stream, &str) + Send + Sync + 'static>,
) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut line = Vec::new();
        loop {
            line.clear();
            match reader
                .by_ref()
                .take(LONGEST_LINE)
                .read_until(b'\n', &mut line)
            {
                Ok(1..) => tell(stream, String::from_utf8_lossy(&line).trim_end()),
                Ok(0) | Err(_) => return,
            }
        }
    })
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use parking_lot::Mutex;

    #[tokio::test]
    async fn what_a_process_writes_is_told_by_line_and_stream() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&lines);
        let mut command = Command::new("sh");
        command.args(["-c", "echo one; echo two >&2; printf three; exit 7"]);
        let mut group = ProcessGroup::start(command, move |stream, line| {
            told.lock().push((stream, line.to_owned()));
        })
        .unwrap();
        let status = group.ended().await.unwrap();
        assert_eq!(status.code(), Some(7));
        let mut lines = lines.lock().clone();
        lines.sort_by_key(|(_, line)| line.clone());
        let expected = [
            (Stream::Output, "one".to_owned()),
            (Stream::Output, "three".to_owned()),
            (Stream::Error, "two".to_owned()),
        ];
        assert_eq!(lines, expected);
    }
}
