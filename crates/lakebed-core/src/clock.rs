use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::Utc;
use tokio::sync::Notify;

use crate::Timestamp;

/// The one clock of a running Lakebed: the machine's time plus an offset that only grows.
///
/// Schedules, lifecycle and retention follow this clock, so that moving it forward makes them
/// act. Signature checks must use [`Clock::wall_now`]: clients sign with the real time.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    offset_millis: AtomicI64,
    moved: Notify,
}

impl Clock {
    /// A clock that shows the machine's time.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// The time everything but signature checks goes by.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let offset = self.shared.offset_millis.load(Ordering::Acquire);
        Timestamp::from_millis(Utc::now().timestamp_millis().saturating_add(offset))
    }

    /// The machine's own time.
    #[must_use]
    pub fn wall_now(&self) -> Timestamp {
        Timestamp::from(Utc::now())
    }

    /// How far the clock is ahead of the machine's.
    #[must_use]
    pub fn ahead(&self) -> Duration {
        let offset = self.shared.offset_millis.load(Ordering::Acquire);
        Duration::from_millis(u64::try_from(offset).unwrap_or(0))
    }

    /// Moves the clock forward and wakes everyone who sleeps on it.
    pub fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.shared
            .offset_millis
            .fetch_add(millis, Ordering::AcqRel);
        self.shared.moved.notify_waiters();
    }

    /// Waits until the clock shows `moment`, by passing of time or by [`Clock::advance`].
    pub async fn sleep_until(&self, moment: Timestamp) {
        loop {
            let moved = self.shared.moved.notified();
            tokio::pin!(moved);
            // Registered before looking at the time, so that no move is missed in between.
            moved.as_mut().enable();
            let left = moment.since(self.now());
            if left.is_zero() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                () = moved => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn advancing_wakes_a_sleeper() {
        let clock = Clock::system();
        let sleeper = {
            let clock = clock.clone();
            let wake = clock.now().plus(Duration::from_secs(86_400));
            tokio::spawn(async move { clock.sleep_until(wake).await })
        };
        tokio::task::yield_now().await;
        clock.advance(Duration::from_secs(86_401));
        tokio::time::timeout(Duration::from_secs(5), sleeper)
            .await
            .unwrap()
            .unwrap();
    }
}
