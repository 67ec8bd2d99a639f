//! What `PutLogEvents` takes and what it turns away. CloudWatch Logs API reference,
//! "PutLogEvents".

use lakebed_core::Timestamp;
use lakebed_wire::logs::{InputLogEvent, RejectedLogEventsInfo};

use crate::{Error, retention};

const HOUR_MILLIS: i64 = 3_600_000;
const BATCH_EVENTS: usize = 10_000;
const BATCH_BYTES: usize = 1_048_576;
/// What an event counts besides its message.
const EVENT_OVERHEAD: usize = 26;

/// Checks a batch as a whole.
pub(super) fn check(events: &[InputLogEvent]) -> Result<(), Error> {
    let refuse = |message: String| Err(Error::InvalidParameter(message));
    if events.len() > BATCH_EVENTS {
        return refuse(format!(
            "1 validation error detected: Value at 'logEvents' failed to satisfy constraint: Member must have length less than or equal to {BATCH_EVENTS}"
        ));
    }
    let bytes: usize = events
        .iter()
        .map(|event| event.message.len() + EVENT_OVERHEAD)
        .sum();
    if bytes > BATCH_BYTES {
        return refuse(format!(
            "Upload too large: {bytes} bytes exceeds limit of {BATCH_BYTES}"
        ));
    }
    if !events.is_sorted_by_key(|event| event.timestamp) {
        return refuse(
            "Log events in a single PutLogEvents request must be in chronological order."
                .to_owned(),
        );
    }
    if let (Some(first), Some(last)) = (events.first(), events.last())
        && last.timestamp - first.timestamp > 24 * HOUR_MILLIS
    {
        return refuse(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
                .to_owned(),
        );
    }
    Ok(())
}

/// Cuts a batch in order of time to the events that are neither too old nor too new, and says
/// which are.
pub(super) fn accept(
    events: &[InputLogEvent],
    now: Timestamp,
    retention_days: Option<i32>,
) -> (&[InputLogEvent], Option<RejectedLogEventsInfo>) {
    let earlier_than = |limit: i64| events.partition_point(|event| event.timestamp < limit);
    let too_old = earlier_than(now.as_millis() - 14 * 24 * HOUR_MILLIS);
    let expired = earlier_than(retention::oldest_kept(now, retention_days));
    let too_new = earlier_than(now.as_millis() + 2 * HOUR_MILLIS + 1);
    let index = |index: usize| i32::try_from(index).ok();
    let rejected = RejectedLogEventsInfo {
        too_new_log_event_start_index: index(too_new).filter(|_| too_new < events.len()),
        too_old_log_event_end_index: index(too_old).filter(|_| too_old > 0),
        expired_log_event_end_index: index(expired).filter(|_| expired > too_old),
    };
    let accepted = events.get(too_old.max(expired)..too_new).unwrap_or(&[]);
    let rejected = (accepted.len() < events.len()).then_some(rejected);
    (accepted, rejected)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn events(timestamps: &[i64]) -> Vec<InputLogEvent> {
        timestamps
            .iter()
            .map(|timestamp| InputLogEvent {
                timestamp: *timestamp,
                message: "m".to_owned(),
            })
            .collect()
    }

    #[test]
    fn events_out_of_their_time_are_named() {
        let day = 24 * HOUR_MILLIS;
        let now = 100 * day;
        let batch = events(&[
            now - 15 * day,
            now - 10 * day,
            now - 3 * day,
            now + 2 * HOUR_MILLIS,
            now + 2 * HOUR_MILLIS + 1,
        ]);
        let (accepted, rejected) = accept(&batch, Timestamp::from_millis(now), Some(7));
        assert_eq!(accepted, &batch[2..4]);
        assert_eq!(
            rejected.unwrap(),
            RejectedLogEventsInfo {
                too_old_log_event_end_index: Some(1),
                expired_log_event_end_index: Some(2),
                too_new_log_event_start_index: Some(4),
            }
        );
        let (accepted, rejected) = accept(&batch[2..4], Timestamp::from_millis(now), None);
        assert_eq!((accepted.len(), rejected), (2, None));
    }

    #[test]
    fn a_batch_is_in_order_and_within_a_day() {
        let day = 24 * HOUR_MILLIS;
        for (timestamps, accepted) in [
            (vec![1, 1, 2], true),
            (vec![2, 1], false),
            (vec![0, day], true),
            (vec![0, day + 1], false),
            (vec![0; BATCH_EVENTS], true),
            (vec![0; BATCH_EVENTS + 1], false),
        ] {
            assert_eq!(check(&events(&timestamps)).is_ok(), accepted);
        }
        let mut large = events(&[0]);
        large[0].message = "x".repeat(BATCH_BYTES - EVENT_OVERHEAD);
        assert!(check(&large).is_ok());
        large[0].message.push('x');
        assert!(check(&large).is_err());
    }
}
