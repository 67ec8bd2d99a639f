//! One run of a workflow, as values: what it started, what that came to, what follows.

use std::collections::{BTreeMap, BTreeSet};

use lakebed_core::Timestamp;
use lakebed_wire::glue::{
    Action, Crawl, CrawlState, JobRun, JobRunState, StartingEventBatchCondition, Trigger,
    TriggerState, TriggerType, WorkflowRunStatistics, WorkflowRunStatus,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::graph::{self, Step};
use crate::runs;
use crate::triggers::{Ended, takes_note};

/// The run property that names the events which began a run. AWS Glue developer guide, "Viewing the
/// EventBridge events that started a workflow".
const EVENT_IDS: &str = "aws:eventIds";

/// A run of a workflow, and all that is needed to go on with it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(super) workflow: String,
    pub(super) id: String,
    pub(super) previous: Option<String>,
    pub(super) properties: BTreeMap<String, String>,
    pub(super) started: Timestamp,
    pub(super) completed: Option<Timestamp>,
    pub(super) status: WorkflowRunStatus,
    pub(super) error: Option<String>,
    /// How many events began the run and how long the first had waited, in seconds.
    pub(super) events: Option<StartingEventBatchCondition>,
    /// The triggers of the workflow as they were when the run began.
    pub(super) triggers: Vec<Trigger>,
    /// By trigger, the positions of its conditions that hold.
    met: BTreeMap<String, BTreeSet<usize>>,
    pub(super) attempts: Vec<Attempt>,
}

/// A job run or a crawl that a trigger started, or should have.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Attempt {
    /// What was asked for.
    pub(super) action: Action,
    pub(super) trigger: String,
    pub(super) work: Work,
}

/// What came of an action.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Work {
    /// The record when the run started and, once it is over, when it ended. Without an id it never
    /// started.
    Job(Box<JobRun>),
    Crawler(String, Crawl),
}

impl Work {
    pub(super) fn step(&self) -> Step {
        match self {
            Self::Job(run) => Step::Job(run.job_name.clone().unwrap_or_default()),
            Self::Crawler(name, _) => Step::Crawler(name.clone()),
        }
    }

    pub(super) fn is_over(&self) -> bool {
        match self {
            Self::Job(run) => run.job_run_state.is_some_and(runs::is_over),
            Self::Crawler(_, crawl) => !matches!(
                crawl.state,
                Some(CrawlState::Running | CrawlState::Cancelling)
            ),
        }
    }

    fn ended(&self) -> Option<Ended> {
        match self {
            Self::Job(run) => Some(Ended::Job(run.job_name.clone()?, run.job_run_state?)),
            Self::Crawler(name, crawl) => Some(Ended::Crawler(name.clone(), crawl.state?)),
        }
    }
}

impl Run {
    /// A run that starts nothing yet.
    pub(super) fn begin(
        workflow: &str,
        triggers: Vec<Trigger>,
        properties: BTreeMap<String, String>,
        now: Timestamp,
    ) -> Self {
        Self {
            workflow: workflow.to_owned(),
            id: format!("wr_{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()),
            previous: None,
            properties,
            started: now,
            completed: None,
            status: WorkflowRunStatus::Running,
            error: None,
            events: None,
            triggers,
            met: BTreeMap::new(),
            attempts: Vec::new(),
        }
    }

    /// Notes which events the run begins with.
    pub(super) fn begun_by(&mut self, ids: &[String], waited_seconds: i32) {
        let listed = format!("[{}]", ids.join(","));
        self.properties.insert(EVENT_IDS.to_owned(), listed);
        self.events = Some(StartingEventBatchCondition {
            batch_size: i32::try_from(ids.len()).ok(),
            batch_window: Some(waited_seconds),
        });
    }

    /// A run that failed before it started anything.
    pub(super) fn refused(mut self, error: String) -> Self {
        self.status = WorkflowRunStatus::Error;
        self.completed = Some(self.started);
        self.error = Some(error);
        self
    }

    pub(super) fn is_under_way(&self) -> bool {
        matches!(
            self.status,
            WorkflowRunStatus::Running | WorkflowRunStatus::Stopping
        )
    }

    /// What begins the run: the only trigger that waits for nothing within the workflow.
    pub(super) fn start_trigger(&self) -> Option<&Trigger> {
        self.triggers.iter().find(|trigger| starts(trigger))
    }

    /// Keeps how something that the run started has ended: a crawl, or the job run whose first
    /// attempt has this id.
    pub(super) fn note_end(
        &mut self,
        first_id: Option<&str>,
        ended: &Ended,
        error: Option<&str>,
        now: Timestamp,
    ) {
        for attempt in &mut self.attempts {
            match (&mut attempt.work, ended) {
                (Work::Job(run), Ended::Job(_, state)) if run.id.as_deref() == first_id => {
                    run.job_run_state = Some(*state);
                }
                (Work::Crawler(crawler, crawl), Ended::Crawler(name, state))
                    if crawler == name && crawl.completed_on.is_none() =>
                {
                    crawl.state = Some(*state);
                    crawl.completed_on = Some(now);
                    crawl.error_message = error.map(str::to_owned);
                }
                _ => {}
            }
        }
    }

    /// Takes note of how something ended, and says which triggers that fires.
    pub(super) fn takes_note(&mut self, ended: &Ended) -> Vec<Trigger> {
        if self.status != WorkflowRunStatus::Running {
            return Vec::new();
        }
        let mut firing = Vec::new();
        for trigger in &self.triggers {
            let (Some(name), Some(predicate)) = (&trigger.name, &trigger.predicate) else {
                continue;
            };
            if trigger.state != Some(TriggerState::Activated) {
                continue;
            }
            let met = self.met.entry(name.clone()).or_default();
            if takes_note(predicate, met, ended) {
                firing.push(trigger.clone());
            }
        }
        firing
    }

    /// Ends the run if nothing that it started is under way.
    pub(super) fn settle(&mut self, now: Timestamp) {
        if !self.is_under_way() || self.attempts.iter().any(|attempt| !attempt.work.is_over()) {
            return;
        }
        self.completed = Some(now);
        self.status = match self.status {
            WorkflowRunStatus::Stopping => WorkflowRunStatus::Stopped,
            _ => WorkflowRunStatus::Completed,
        };
    }

    /// A run that goes on from this one: what the nodes named by `node_ids` did, and all that came
    /// after them, is to be done again. Also says what to start.
    ///
    /// # Errors
    /// The id of a node that this run started nothing for.
    pub(super) fn resume(
        &self,
        node_ids: &[String],
        now: Timestamp,
    ) -> Result<(Self, Vec<Attempt>), String> {
        let mut chosen = BTreeSet::new();
        let mut again = Vec::new();
        for id in node_ids {
            let attempt = self
                .attempts
                .iter()
                .rfind(|attempt| attempt.work.step().node_id(&self.workflow) == *id)
                .ok_or_else(|| id.clone())?;
            if chosen.insert(attempt.work.step()) {
                again.push(attempt.clone());
            }
        }
        let redone = graph::downstream(&self.triggers, &chosen);
        let (triggers, properties) = (self.triggers.clone(), self.properties.clone());
        let mut run = Self::begin(&self.workflow, triggers, properties, now);
        run.previous = Some(self.id.clone());
        for attempt in &self.attempts {
            if redone.contains(&attempt.work.step()) {
                continue;
            }
            // What holds already goes on to hold; it fires nothing a second time.
            if let Some(ended) = attempt.work.ended() {
                run.takes_note(&ended);
            }
            run.attempts.push(attempt.clone());
        }
        Ok((run, again))
    }

    /// How many actions there are and how those that were taken stand.
    pub(super) fn statistics(&self) -> WorkflowRunStatistics {
        let total = self
            .triggers
            .iter()
            .flat_map(graph::started_by)
            .collect::<BTreeSet<_>>();
        let mut counts = [0_i32; 7];
        for attempt in &self.attempts {
            let place = match &attempt.work {
                Work::Job(run) => match run.job_run_state {
                    Some(JobRunState::Timeout) => 0,
                    Some(JobRunState::Failed) => 1,
                    Some(JobRunState::Stopped) => 2,
                    Some(JobRunState::Succeeded) => 3,
                    Some(JobRunState::Error | JobRunState::Expired) => 5,
                    Some(JobRunState::Waiting) => 6,
                    _ => 4,
                },
                Work::Crawler(_, crawl) => match crawl.state {
                    Some(CrawlState::Failed) => 1,
                    Some(CrawlState::Cancelled) => 2,
                    Some(CrawlState::Succeeded) => 3,
                    Some(CrawlState::Error) => 5,
                    _ => 4,
                },
            };
            counts[place] += 1;
        }
        let [
            timeout,
            failed,
            stopped,
            succeeded,
            running,
            errored,
            waiting,
        ] = counts;
        WorkflowRunStatistics {
            total_actions: i32::try_from(total.len()).ok(),
            timeout_actions: Some(timeout),
            failed_actions: Some(failed),
            stopped_actions: Some(stopped),
            succeeded_actions: Some(succeeded),
            running_actions: Some(running),
            errored_actions: Some(errored),
            waiting_actions: Some(waiting),
        }
    }
}

/// Whether a trigger begins its workflow.
pub(crate) fn starts(trigger: &Trigger) -> bool {
    trigger.r#type != Some(TriggerType::Conditional)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use lakebed_wire::glue::{Condition, Predicate};

    use super::*;

    fn start(job: &str) -> Action {
        Action {
            job_name: Some(job.to_owned()),
            ..Action::default()
        }
    }

    fn after(job: &str, then: &str) -> Trigger {
        Trigger {
            name: Some(format!("{job}-{then}")),
            r#type: Some(TriggerType::Conditional),
            state: Some(TriggerState::Activated),
            predicate: Some(Predicate {
                logical: None,
                conditions: Some(vec![Condition {
                    job_name: Some(job.to_owned()),
                    state: Some(JobRunState::Succeeded),
                    ..Condition::default()
                }]),
            }),
            actions: Some(vec![start(then)]),
            ..Trigger::default()
        }
    }

    fn attempt(job: &str, state: JobRunState) -> Attempt {
        Attempt {
            action: start(job),
            trigger: "t".to_owned(),
            work: Work::Job(Box::new(JobRun {
                job_name: Some(job.to_owned()),
                job_run_state: Some(state),
                ..JobRun::default()
            })),
        }
    }

    fn names(run: &Run) -> Vec<String> {
        let steps = run.attempts.iter().map(|attempt| attempt.work.step());
        steps.map(|step| step.name().to_owned()).collect()
    }

    #[test]
    fn a_resumed_run_does_the_chosen_nodes_and_what_follows_again() {
        let now = Timestamp::from_millis(0);
        let triggers = vec![after("a", "b"), after("b", "c"), after("a", "d")];
        let mut run = Run::begin("w", triggers, BTreeMap::new(), now);
        run.attempts = vec![
            attempt("a", JobRunState::Succeeded),
            attempt("b", JobRunState::Failed),
            attempt("d", JobRunState::Succeeded),
        ];
        run.settle(now);
        assert_eq!(run.status, WorkflowRunStatus::Completed);

        let (mut resumed, again) = run
            .resume(&[Step::Job("b".to_owned()).node_id("w")], now)
            .unwrap();
        assert_eq!(names(&resumed), ["a", "d"]);
        assert_eq!(again.len(), 1);
        assert_eq!(resumed.previous, Some(run.id.clone()));
        let ended = Ended::Job("b".to_owned(), JobRunState::Succeeded);
        let firing = resumed.takes_note(&ended);
        assert_eq!(firing.len(), 1, "{firing:?}");
        assert_eq!(firing[0].name.as_deref(), Some("b-c"));

        let never_ran = Step::Job("c".to_owned()).node_id("w");
        assert_eq!(
            run.resume(std::slice::from_ref(&never_ran), now)
                .unwrap_err(),
            never_ran
        );
    }

    #[test]
    fn a_run_that_is_stopped_fires_nothing_and_ends_with_what_it_started() {
        let now = Timestamp::from_millis(0);
        let mut run = Run::begin("w", vec![after("a", "b")], BTreeMap::new(), now);
        run.attempts = vec![attempt("a", JobRunState::Running)];
        run.status = WorkflowRunStatus::Stopping;
        run.settle(now);
        assert_eq!(run.status, WorkflowRunStatus::Stopping);
        let ended = Ended::Job("a".to_owned(), JobRunState::Succeeded);
        assert_eq!(run.takes_note(&ended), []);
        run.attempts = vec![attempt("a", JobRunState::Succeeded)];
        run.settle(now);
        assert_eq!(run.status, WorkflowRunStatus::Stopped);
        let statistics = run.statistics();
        assert_eq!(statistics.total_actions, Some(1));
        assert_eq!(statistics.succeeded_actions, Some(1));
    }
}
