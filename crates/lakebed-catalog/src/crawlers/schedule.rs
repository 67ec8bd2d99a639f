//! Crawlers that start by themselves when it is time, by the clock.

use std::sync::Arc;
use std::time::Duration;

use lakebed_core::{Cron, Timestamp};
use lakebed_wire::glue::{Crawler, Schedule, ScheduleState};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Crawlers;
use super::error::CrawlerError;
use super::records::{CRAWLERS, Result, find};
use crate::Error;

/// "Cron expressions that lead to rates faster than 5 minutes are not supported" ("Time-based
/// schedules for jobs and crawlers").
const SHORTEST_INTERVAL: Duration = Duration::from_secs(5 * 60);

/// What starts scheduled crawlers. Nothing is started before [`Crawlers::start_schedules`].
#[derive(Debug, Default)]
pub(super) struct Scheduler {
    changed: Notify,
    stop: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Scheduler {
    /// Looks at the schedules anew.
    pub(super) fn look_again(&self) {
        self.changed.notify_one();
    }

    /// Starts no more crawlers.
    pub(super) async fn stop(&self) {
        self.stop.cancel();
        let task = self.task.lock().take();
        if let Some(task) = task
            && let Err(error) = task.await
        {
            tracing::warn!(%error, "the scheduler of crawlers did not stop cleanly");
        }
    }
}

impl Crawlers {
    /// Begins to start crawlers by their schedules, until [`Crawlers::shutdown`]. Needs a Tokio
    /// runtime.
    pub fn start_schedules(&self) {
        let mut task = self.scheduler.task.lock();
        if task.is_none() {
            // Read before the task gets its turn: the clock may be moved at once.
            let begun = self.platform.clock.now();
            *task = Some(tokio::spawn(follow(self.clone(), begun)));
        }
    }

    /// Sets the schedule of a crawler; none, or an empty one, takes it away.
    pub(super) fn reschedule(&self, name: &str, expression: Option<&str>) -> Result<()> {
        let schedule = schedule_of(expression)?;
        self.change_schedule(name, |_| Ok(schedule))
    }

    /// Lets a crawler's schedule start it.
    ///
    /// # Errors
    /// `EntityNotFoundException`, `NoScheduleException`, `SchedulerRunningException`.
    pub(super) fn resume_schedule(&self, name: &str) -> Result<()> {
        self.change_schedule(name, |current| {
            let schedule = current.ok_or_else(|| {
                CrawlerError::NoSchedule(format!("Crawler with name {name} has no schedule"))
            })?;
            if is_on(&schedule) {
                let message = format!("The schedule of crawler {name} is already running");
                return Err(CrawlerError::SchedulerRunning(message));
            }
            Ok(Some(Schedule {
                state: Some(ScheduleState::Scheduled),
                ..schedule
            }))
        })
    }

    /// Keeps a crawler's schedule from starting it.
    ///
    /// # Errors
    /// `EntityNotFoundException`, `SchedulerNotRunningException`.
    pub(super) fn suspend_schedule(&self, name: &str) -> Result<()> {
        self.change_schedule(name, |current| match current {
            Some(schedule) if is_on(&schedule) => Ok(Some(Schedule {
                state: Some(ScheduleState::NotScheduled),
                ..schedule
            })),
            _ => {
                let message = format!("The schedule of crawler {name} is not running");
                Err(CrawlerError::SchedulerNotRunning(message))
            }
        })
    }

    fn change_schedule(
        &self,
        name: &str,
        change: impl FnOnce(Option<Schedule>) -> Result<Option<Schedule>>,
    ) -> Result<()> {
        self.platform.store.write(|tx| {
            let crawler = find(tx, name)?;
            let changed = Crawler {
                schedule: change(crawler.schedule.clone())?,
                ..crawler
            };
            Ok::<_, CrawlerError>(CRAWLERS.put(tx, "", name, &changed)?)
        })?;
        self.scheduler.look_again();
        Ok(())
    }

    /// The crawlers whose schedules run, and when each is due after `since`.
    fn due_after(&self, since: Timestamp) -> Vec<(String, Timestamp)> {
        let crawlers = match self.platform.store.read(|it| CRAWLERS.list(it, "")) {
            Ok(crawlers) => crawlers,
            Err(error) => {
                tracing::error!(%error, "cannot read the schedules of crawlers");
                return Vec::new();
            }
        };
        crawlers
            .into_iter()
            .filter_map(|crawler| {
                let schedule = crawler.schedule.filter(is_on)?;
                let cron: Cron = schedule.schedule_expression?.parse().ok()?;
                Some((crawler.name?, cron.next_after(since)?))
            })
            .collect()
    }
}

/// The schedule that a request sets.
pub(super) fn schedule_of(expression: Option<&str>) -> Result<Option<Schedule>> {
    let Some(expression) = expression.filter(|expression| !expression.is_empty()) else {
        return Ok(None);
    };
    let refused = |reason: String| CrawlerError::from(Error::InvalidInput(reason));
    let cron: Cron = expression
        .parse()
        .map_err(|error: lakebed_core::CronError| refused(error.to_string()))?;
    if cron.shortest_interval() < SHORTEST_INTERVAL {
        return Err(refused(format!(
            "'{expression}' runs more often than every 5 minutes, which is not supported"
        )));
    }
    Ok(Some(Schedule {
        schedule_expression: Some(expression.to_owned()),
        state: Some(ScheduleState::Scheduled),
    }))
}

fn is_on(schedule: &Schedule) -> bool {
    schedule.state == Some(ScheduleState::Scheduled)
}

/// Starts crawlers as they become due. A clock that was moved past several moments of a schedule
/// starts its crawler once.
async fn follow(crawlers: Crawlers, mut since: Timestamp) {
    let scheduler = Arc::clone(&crawlers.scheduler);
    let clock = crawlers.platform.clock.clone();
    loop {
        let due = crawlers.due_after(since);
        let soonest = due.iter().map(|(_, moment)| *moment).min();
        let wake = async {
            match soonest {
                Some(moment) => clock.sleep_until(moment).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = scheduler.stop.cancelled() => return,
            () = wake => {
                since = clock.now();
                for (name, _) in due.iter().filter(|(_, moment)| *moment <= since) {
                    start(&crawlers, name);
                }
            }
            // A schedule that was set now is not due for what lies before.
            () = scheduler.changed.notified() => since = clock.now(),
        }
    }
}

fn start(crawlers: &Crawlers, name: &str) {
    match crawlers.start(name) {
        Ok(()) => {}
        Err(CrawlerError::Running(_)) => {
            tracing::info!(crawler = name, "due while it runs: the schedule skips it");
        }
        Err(error) => tracing::warn!(crawler = name, %error, "the schedule cannot start it"),
    }
}
