//! Clients that ask as fast as they are answered.

use std::error::Error;
use std::io;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use crate::http::{Answer, Connection};

/// A kind of request, asked again and again.
pub(crate) struct Load<'a> {
    pub(crate) clients: usize,
    pub(crate) lasts: Duration,
    /// What client `0` asks the `1`th time.
    pub(crate) request: &'a (dyn Fn(&mut Connection, usize, usize) -> io::Result<Answer> + Sync),
    /// What the answer must be.
    pub(crate) status: u16,
    pub(crate) body_bytes: Option<u64>,
}

/// How fast the answers came.
#[derive(Debug, Clone)]
pub(crate) struct Speed {
    pub(crate) requests: usize,
    pub(crate) per_second: f64,
    pub(crate) median: Duration,
    pub(crate) slowest_hundredth: Duration,
}

impl Load<'_> {
    /// # Errors
    /// If a connection breaks or an answer is not what it must be.
    pub(crate) fn run(&self, address: &str) -> Result<Speed, Box<dyn Error + Send + Sync>> {
        let ready = Barrier::new(self.clients);
        let mut times = Vec::new();
        let mut per_second = 0.0;
        thread::scope(|scope| {
            let clients: Vec<_> = (0..self.clients)
                .map(|client| {
                    let ready = &ready;
                    scope.spawn(move || self.ask(address, client, ready))
                })
                .collect();
            for client in clients {
                let (took, elapsed) = client.join().map_err(|_| "a client panicked")??;
                per_second += took.len() as f64 / elapsed.as_secs_f64();
                times.extend(took);
            }
            Ok::<(), Box<dyn Error + Send + Sync>>(())
        })?;
        times.sort_unstable();
        Ok(Speed {
            requests: times.len(),
            per_second,
            median: times[times.len() / 2],
            slowest_hundredth: times[(times.len() * 99 / 100).min(times.len() - 1)],
        })
    }

    fn ask(
        &self,
        address: &str,
        client: usize,
        ready: &Barrier,
    ) -> Result<(Vec<Duration>, Duration), Box<dyn Error + Send + Sync>> {
        let connection = Connection::open(address);
        ready.wait();
        let mut connection = connection?;
        let mut times = Vec::new();
        let began = Instant::now();
        while began.elapsed() < self.lasts {
            let asked = Instant::now();
            let answer = (self.request)(&mut connection, client, times.len())?;
            times.push(asked.elapsed());
            if answer.status != self.status
                || self
                    .body_bytes
                    .is_some_and(|bytes| bytes != answer.body_bytes)
            {
                return Err(format!("{address} answered {answer:?}").into());
            }
        }
        Ok((times, began.elapsed()))
    }
}
