use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lakebed_core::Timestamp;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::storage::Inner;
use crate::{Error, Storage};

/// Carries out rules and ends restores when it is time, by the clock.
#[derive(Debug)]
pub(crate) struct Runner {
    stop: Arc<Stop>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Stop {
    stopped: AtomicBool,
    told: Notify,
}

impl Storage {
    /// Begins to carry out lifecycle rules and restores, until [`Storage::shutdown`]. Needs a
    /// Tokio runtime.
    pub fn start_lifecycle(&self) {
        let mut runner = self.inner.runner.lock();
        if runner.is_none() {
            *runner = Some(Runner::start(self.clone()));
        }
    }
}

impl Runner {
    fn start(storage: Storage) -> Self {
        let stop = Arc::new(Stop::default());
        // Read before the task gets its turn: the clock may be moved at once.
        let begun = storage.now();
        let task = tokio::spawn(run(storage, Arc::clone(&stop), begun));
        Self { stop, task }
    }

    /// Lets what is being done to one object finish, then stops.
    pub(crate) async fn stop(self) {
        self.stop.stopped.store(true, Ordering::Release);
        self.stop.told.notify_one();
        if let Err(error) = self.task.await {
            tracing::warn!(%error, "the lifecycle runner did not stop cleanly");
        }
    }
}

async fn run(storage: Storage, stop: Arc<Stop>, mut last: Timestamp) {
    while !stop.stopped.load(Ordering::Acquire) {
        let now = storage.now();
        pass_until_done(&storage, &stop, last, now).await;
        last = now;
        let next_pass = storage.inner.lifecycle_day.next_pass(now);
        while !stop.stopped.load(Ordering::Acquire) && storage.now() < next_pass {
            let wake = attend_restores(&storage).await;
            let wake = wake.map_or(next_pass, |moment| moment.min(next_pass));
            tokio::select! {
                () = storage.inner.platform.clock.sleep_until(wake) => {}
                () = storage.inner.restores_changed.notified() => {}
                () = stop.told.notified() => {}
            }
        }
    }
}

/// Carries out all rules. One pass may make the next one find something, as a delete marker whose
/// last version went; a clock that was moved over many days gets a pass for each, while there is
/// something to do.
async fn pass_until_done(storage: &Storage, stop: &Arc<Stop>, last: Timestamp, now: Timestamp) {
    for _ in 0..storage.inner.lifecycle_day.days_between(last, now) {
        let stop = Arc::clone(stop);
        let pass = storage.blocking(move |inner| Ok(pass(inner, &stop)));
        match pass.await {
            Ok(0) => return,
            Ok(done) => tracing::info!(done, "carried out lifecycle rules"),
            Err(error) => {
                tracing::error!(%error, "a lifecycle pass did not finish");
                return;
            }
        }
    }
}

fn pass(inner: &Inner, stop: &Stop) -> usize {
    let stopped = || stop.stopped.load(Ordering::Acquire);
    let mut done = 0;
    for open in inner.all_buckets() {
        if stopped() {
            break;
        }
        let bucket = &open.bucket.name;
        match inner.carry_out_rules(bucket, &stopped) {
            Ok(count) => done += count,
            // Deleted meanwhile.
            Err(Error::NoSuchBucket { .. }) => {}
            Err(error) => {
                tracing::warn!(%bucket, %error, "the lifecycle rules of a bucket could not be carried out");
            }
        }
    }
    done
}

/// Does what is due to restores; says when something will be due again.
async fn attend_restores(storage: &Storage) -> Option<Timestamp> {
    let attended = storage.blocking(Inner::attend_restores).await;
    attended.unwrap_or_else(|error| {
        tracing::warn!(%error, "restores could not be attended to");
        None
    })
}
