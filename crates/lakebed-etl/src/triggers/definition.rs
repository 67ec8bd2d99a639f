//! Which triggers there can be, and when the conditions of one are met.

use std::collections::BTreeSet;
use std::time::Duration;

use lakebed_core::Cron;
use lakebed_wire::glue::{
    Action, Condition, CrawlState, CreateTriggerRequest, Error, JobRunState, Logical, Predicate,
    Trigger, TriggerState, TriggerType, TriggerUpdate,
};

/// "Cron expressions that lead to rates faster than 5 minutes are not supported" ("Time-based
/// schedules for jobs and crawlers").
const SHORTEST_INTERVAL: Duration = Duration::from_secs(5 * 60);

/// The trigger a request describes.
///
/// # Errors
/// `InvalidInputException` if what it says does not go together.
pub(super) fn create(request: &CreateTriggerRequest) -> Result<Trigger, Error> {
    let starts_now = request.start_on_creation == Some(true);
    if request.r#type == TriggerType::Event {
        return Err(Error::invalid_input(
            "EVENT triggers are not implemented: there is no EventBridge that could send them events",
        ));
    }
    if starts_now && request.r#type == TriggerType::OnDemand {
        return Err(Error::invalid_input(
            "StartOnCreation is not supported for ON_DEMAND triggers",
        ));
    }
    let trigger = Trigger {
        name: Some(request.name.clone()),
        workflow_name: request.workflow_name.clone(),
        r#type: Some(request.r#type),
        state: Some(if starts_now {
            TriggerState::Activated
        } else {
            TriggerState::Created
        }),
        description: request.description.clone(),
        schedule: request.schedule.clone(),
        actions: Some(request.actions.clone()),
        predicate: request.predicate.clone(),
        event_batching_condition: request.event_batching_condition.clone(),
        ..Trigger::default()
    };
    check(trigger)
}

/// The trigger with a new definition, which "updates the previous trigger definition by overwriting
/// it completely" ("TriggerUpdate", AWS Glue API reference).
///
/// # Errors
/// `InvalidInputException` if what it says does not go together.
pub(super) fn update(trigger: Trigger, update: TriggerUpdate) -> Result<Trigger, Error> {
    check(Trigger {
        description: update.description,
        schedule: update.schedule,
        actions: update.actions,
        predicate: update.predicate,
        event_batching_condition: update.event_batching_condition,
        ..trigger
    })
}

fn check(trigger: Trigger) -> Result<Trigger, Error> {
    let kind = trigger.r#type.unwrap_or(TriggerType::OnDemand);
    let scheduled = kind == TriggerType::Scheduled;
    let conditional = kind == TriggerType::Conditional;
    match trigger.schedule.as_deref() {
        Some(schedule) if scheduled => check_schedule(schedule)?,
        None if scheduled => {
            return Err(Error::invalid_input("a SCHEDULED trigger needs a Schedule"));
        }
        Some(_) => return Err(misplaced("Schedule", kind)),
        None => {}
    }
    match &trigger.predicate {
        Some(predicate) if conditional => check_predicate(predicate)?,
        None if conditional => {
            return Err(Error::invalid_input(
                "a CONDITIONAL trigger needs a Predicate",
            ));
        }
        Some(_) => return Err(misplaced("Predicate", kind)),
        None => {}
    }
    if trigger.event_batching_condition.is_some() {
        return Err(misplaced("EventBatchingCondition", kind));
    }
    let actions = trigger.actions.as_deref().unwrap_or_default();
    if actions.is_empty() {
        return Err(Error::invalid_input("a trigger needs at least one action"));
    }
    actions.iter().try_for_each(check_action)?;
    Ok(trigger)
}

fn misplaced(member: &str, kind: TriggerType) -> Error {
    let kind = kind.as_str();
    Error::invalid_input(format!("{member} is not for {kind} triggers"))
}

fn check_schedule(schedule: &str) -> Result<(), Error> {
    let cron: Cron = schedule
        .parse()
        .map_err(|error: lakebed_core::CronError| Error::invalid_input(error.to_string()))?;
    if cron.shortest_interval() < SHORTEST_INTERVAL {
        return Err(Error::invalid_input(format!(
            "'{schedule}' runs more often than every 5 minutes, which is not supported"
        )));
    }
    Ok(())
}

fn check_action(action: &Action) -> Result<(), Error> {
    if action.job_name.is_some() == action.crawler_name.is_some() {
        return Err(Error::invalid_input(
            "an action names either a job or a crawler",
        ));
    }
    Ok(())
}

/// The states that a trigger can listen for ("Condition", AWS Glue API reference).
fn check_predicate(predicate: &Predicate) -> Result<(), Error> {
    let conditions = predicate.conditions.as_deref().unwrap_or_default();
    if conditions.is_empty() {
        return Err(Error::invalid_input(
            "a Predicate needs at least one condition",
        ));
    }
    if conditions.len() > 1 && predicate.logical.is_none() {
        return Err(Error::invalid_input(
            "a Predicate of several conditions needs Logical",
        ));
    }
    for condition in conditions {
        let of_job = condition.job_name.is_some()
            && condition.crawler_name.is_none()
            && condition.crawl_state.is_none()
            && matches!(
                condition.state,
                Some(
                    JobRunState::Succeeded
                        | JobRunState::Stopped
                        | JobRunState::Failed
                        | JobRunState::Timeout
                )
            );
        let of_crawler = condition.crawler_name.is_some()
            && condition.job_name.is_none()
            && condition.state.is_none()
            && matches!(
                condition.crawl_state,
                Some(CrawlState::Succeeded | CrawlState::Failed | CrawlState::Cancelled)
            );
        if !of_job && !of_crawler {
            return Err(Error::invalid_input(
                "a condition names a job and SUCCEEDED, STOPPED, FAILED or TIMEOUT, or a crawler \
                 and SUCCEEDED, FAILED or CANCELLED",
            ));
        }
    }
    Ok(())
}

/// How a job run or a crawl ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    Job(String, JobRunState),
    Crawler(String, CrawlState),
}

/// Takes note of what ended in `met`, the positions of the conditions that hold; says whether the
/// trigger fires, which begins anew with none.
pub(crate) fn takes_note(predicate: &Predicate, met: &mut BTreeSet<usize>, ended: &Ended) -> bool {
    let conditions = predicate.conditions.as_deref().unwrap_or_default();
    let mut meets_now = false;
    for (position, condition) in conditions.iter().enumerate() {
        match outcome(condition, ended) {
            Some(true) => {
                met.insert(position);
                meets_now = true;
            }
            Some(false) => {
                met.remove(&position);
            }
            None => {}
        }
    }
    let fires = match predicate.logical {
        Some(Logical::Any) => meets_now,
        Some(Logical::And) | None => meets_now && met.len() == conditions.len(),
    };
    if fires {
        met.clear();
    }
    fires
}

/// Whether a condition holds after what ended; none if it is about something else.
fn outcome(condition: &Condition, ended: &Ended) -> Option<bool> {
    match ended {
        Ended::Job(job, state) => {
            (condition.job_name.as_ref() == Some(job)).then(|| condition.state == Some(*state))
        }
        Ended::Crawler(crawler, state) => (condition.crawler_name.as_ref() == Some(crawler))
            .then(|| condition.crawl_state == Some(*state)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_job(name: &str, state: JobRunState) -> Condition {
        Condition {
            job_name: Some(name.to_owned()),
            state: Some(state),
            ..Condition::default()
        }
    }

    #[test]
    fn fires_when_any_or_all_conditions_are_met() {
        use JobRunState::{Failed, Succeeded};
        let ended = [
            ("a", Succeeded),
            ("b", Failed),
            ("a", Failed),
            ("b", Succeeded),
            ("a", Succeeded),
            ("b", Succeeded),
        ];
        let cases = [
            (Logical::And, [false, false, false, false, true, false]),
            (Logical::Any, [true, false, false, true, true, true]),
        ];
        for (logical, expected) in cases {
            let predicate = Predicate {
                logical: Some(logical),
                conditions: Some(vec![of_job("a", Succeeded), of_job("b", Succeeded)]),
            };
            let mut met = BTreeSet::new();
            let fired = ended.map(|(job, state)| {
                takes_note(&predicate, &mut met, &Ended::Job(job.to_owned(), state))
            });
            assert_eq!(fired, expected, "{logical:?}");
        }
    }

    #[test]
    fn refuses_what_does_not_go_together() {
        let start = Action {
            job_name: Some("j".to_owned()),
            ..Action::default()
        };
        let request = |kind, schedule: Option<&str>, actions: Vec<Action>| CreateTriggerRequest {
            name: "t".to_owned(),
            workflow_name: None,
            r#type: kind,
            schedule: schedule.map(str::to_owned),
            predicate: None,
            actions,
            description: None,
            start_on_creation: None,
            tags: None,
            event_batching_condition: None,
        };
        let every_hour = Some("cron(0 * * * ? *)");
        assert!(
            create(&request(
                TriggerType::Scheduled,
                every_hour,
                vec![start.clone()]
            ))
            .is_ok()
        );
        let wrong = [
            request(TriggerType::Scheduled, None, vec![start.clone()]),
            request(
                TriggerType::Scheduled,
                Some("cron(* * * * ? *)"),
                vec![start.clone()],
            ),
            request(TriggerType::OnDemand, every_hour, vec![start.clone()]),
            request(TriggerType::OnDemand, None, vec![]),
            request(TriggerType::OnDemand, None, vec![Action::default()]),
            request(TriggerType::Conditional, None, vec![start.clone()]),
            request(TriggerType::Event, None, vec![start]),
        ];
        for request in wrong {
            assert!(create(&request).is_err(), "{request:?}");
        }
    }
}
