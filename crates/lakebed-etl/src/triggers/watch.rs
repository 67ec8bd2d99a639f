//! Triggers that fire by themselves: by the clock, and by what ends.

use lakebed_core::{Cron, Event, EventKind, StoreError, Subscription, Timestamp};
use lakebed_wire::glue::{CrawlState, JobRun, JobRunState, Trigger, TriggerState};

use super::definition::{Ended, takes_note};
use super::records::{self, Record, TRIGGERS};
use super::{Origin, Triggers};
use crate::operations;
use crate::workflows::RunKey;

/// The run of a workflow that something was part of, and the id of a job run's first attempt.
type OfRun = (RunKey, Option<String>);

/// Fires triggers as they become due. A clock that was moved past several moments of a schedule
/// fires its trigger once.
pub(super) async fn follow(triggers: Triggers, mut events: Subscription, mut since: Timestamp) {
    let shared = &triggers.shared;
    let clock = shared.platform.clock.clone();
    let mut due = triggers.due_after(since);
    loop {
        let soonest = due.iter().map(|(_, moment)| *moment).min();
        let wake = async {
            match soonest {
                Some(moment) => clock.sleep_until(moment).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = shared.stop.cancelled() => return,
            () = wake => {
                since = clock.now();
                for (name, _) in due.iter().filter(|(_, moment)| *moment <= since) {
                    triggers.fire_if_active(name);
                }
                due = triggers.due_after(since);
            }
            // A schedule that was set now is not due for what lies before.
            () = shared.changed.notified() => {
                since = clock.now();
                due = triggers.due_after(since);
            }
            event = events.recv() => match event {
                Some(event) => triggers.take_note(&event),
                None => return,
            },
        }
    }
}

impl Triggers {
    /// The active triggers with a schedule, and when each is due after `since`.
    fn due_after(&self, since: Timestamp) -> Vec<(String, Timestamp)> {
        let records = match records::all(&self.shared.platform.store) {
            Ok(records) => records,
            Err(error) => {
                tracing::error!(%error, "cannot read the schedules of triggers");
                return Vec::new();
            }
        };
        records
            .into_iter()
            .filter(|record| is_active(&record.trigger))
            .filter_map(|Record { trigger, .. }| {
                let cron: Cron = trigger.schedule?.parse().ok()?;
                Some((trigger.name?, cron.next_after(since)?))
            })
            .collect()
    }

    fn fire_if_active(&self, name: &str) {
        if let Ok(Record { trigger, .. }) = records::find(&self.shared.platform.store, name)
            && is_active(&trigger)
        {
            self.fire_by_itself(&trigger);
        }
    }

    /// Nobody waits for the answer: what could not be started stands in the log.
    fn fire_by_itself(&self, trigger: &Trigger) {
        if self.fire(trigger).is_ok() {
            tracing::info!(trigger = trigger.name, "fired");
        }
    }

    /// Fires the triggers whose conditions an event meets.
    fn take_note(&self, event: &Event) {
        let Some((ended, run)) = self.ended_for_a_trigger(&event.kind) else {
            return;
        };
        if let Some((key, first_id)) = run {
            let error = match &event.kind {
                EventKind::CrawlStateChanged { error, .. } => error.as_deref(),
                _ => None,
            };
            if let Err(error) = self.carry_on(&key, first_id.as_deref(), &ended, error) {
                tracing::error!(%error, "a workflow's run cannot be carried on");
            }
            return;
        }
        let firing = self.shared.platform.store.write(|transaction| {
            let mut firing = Vec::new();
            for (name, mut record) in TRIGGERS.page(transaction, "", None, usize::MAX)? {
                let Some(predicate) = &record.trigger.predicate else {
                    continue;
                };
                if !is_active(&record.trigger) || record.trigger.workflow_name.is_some() {
                    continue;
                }
                let before = record.met.clone();
                let fires = takes_note(predicate, &mut record.met, &ended);
                if record.met != before {
                    TRIGGERS.put(transaction, "", &name, &record)?;
                }
                if fires {
                    firing.push(record.trigger);
                }
            }
            Ok::<_, StoreError>(firing)
        });
        match firing {
            Ok(firing) => firing
                .iter()
                .for_each(|trigger| self.fire_by_itself(trigger)),
            Err(error) => tracing::error!(%error, "cannot tell which triggers fire"),
        }
    }

    /// What ended, if a trigger had started it: "Dependent jobs are only started if the job which
    /// completes was started by a trigger" (AWS Glue developer guide, "Triggering jobs"). If it was
    /// a trigger of a workflow only that workflow follows ("Blueprint and workflow restrictions"):
    /// then also the run of the workflow, and for a job the id of its run's first attempt.
    fn ended_for_a_trigger(&self, kind: &EventKind) -> Option<(Ended, Option<OfRun>)> {
        match kind {
            EventKind::JobRunStateChanged {
                job, run_id, state, ..
            } => {
                let state = match state.as_str() {
                    "SUCCEEDED" => JobRunState::Succeeded,
                    "FAILED" => JobRunState::Failed,
                    "STOPPED" => JobRunState::Stopped,
                    "TIMEOUT" => JobRunState::Timeout,
                    _ => return None,
                };
                let run = self.shared.jobs.find_run(job, run_id).ok()?;
                run.trigger_name.as_ref()?;
                // A run that failed and is tried again has not ended yet.
                let is_last = state != JobRunState::Failed || !self.is_retried(&run);
                if !is_last {
                    return None;
                }
                let first_id = run_id.split("_attempt_").next().unwrap_or_default();
                let of_run = self.shared.started.lock().jobs.remove(first_id);
                Some((
                    Ended::Job(job.clone(), state),
                    of_run.map(|key| (key, Some(first_id.to_owned()))),
                ))
            }
            EventKind::CrawlStateChanged { crawler, state, .. } => {
                let state = match state.as_str() {
                    "Succeeded" => CrawlState::Succeeded,
                    "Failed" => CrawlState::Failed,
                    "Stopped" => CrawlState::Cancelled,
                    _ => return None,
                };
                let of_run = match self.shared.started.lock().crawls.remove(crawler)? {
                    Origin::Trigger => None,
                    Origin::Run(key) => Some((key, None)),
                };
                Some((Ended::Crawler(crawler.clone(), state), of_run))
            }
            _ => None,
        }
    }
}

impl Triggers {
    /// Whether a run that failed is followed by another attempt.
    fn is_retried(&self, run: &JobRun) -> bool {
        let job = run.job_name.as_deref().unwrap_or_default();
        let retries = operations::find_job(&self.shared.jobs, job).ok();
        let retries = retries.and_then(|job| job.max_retries).unwrap_or(0);
        run.attempt.unwrap_or(0) < retries
    }
}

fn is_active(trigger: &Trigger) -> bool {
    trigger.state == Some(TriggerState::Activated)
}
