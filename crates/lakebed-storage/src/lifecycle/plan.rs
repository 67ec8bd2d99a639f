//! What rules say is to be done to one version of a key, or to one upload, now.

use std::cmp::Reverse;

use lakebed_core::Timestamp;

use super::LifecycleDay;
use crate::settings::{
    Expiration, Lifecycle, LifecycleFilter, LifecycleRule, TransitionMinimum, TransitionTime,
    coldness,
};
use crate::{Tags, Versioning};

/// Below this size transitions leave objects alone unless their rule speaks of sizes, in bytes.
/// S3 user guide, "Transitioning objects using Amazon S3 Lifecycle".
const TRANSITION_MINIMUM_BYTES: u64 = 128 * 1024;

/// A version of a key, as rules see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) key: &'a str,
    /// When it was written.
    pub(super) modified: Timestamp,
    pub(super) standing: Standing,
    pub(super) kind: Kind<'a>,
}

/// Where a version stands among those of its key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Standing {
    /// It is the newest one; alone if there is no other.
    Current { alone: bool },
    /// There has been a newer one since then; so many of the newer ones are not current either.
    Noncurrent { since: Timestamp, newer: usize },
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Kind<'a> {
    Object {
        size_bytes: u64,
        tags: &'a Tags,
        storage_class: &'a str,
        /// Retention or a legal hold keeps it.
        locked: bool,
    },
    DeleteMarker,
}

/// What is to be done, and which rule says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) action: Action,
    pub(super) rule: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    /// The version goes for good.
    Delete,
    /// A delete marker is put before the version.
    MarkDeleted,
    /// The version goes to another storage class.
    Transition(String),
}

impl Action {
    /// The order in which one is chosen of several that are due: permanent deletion, then a
    /// transition, to the coldest class first, then a marker. S3 user guide, "Conflicting
    /// lifecycle actions".
    fn precedence(&self) -> (u8, Reverse<Option<usize>>) {
        match self {
            Self::Delete => (0, Reverse(None)),
            Self::Transition(class) => (1, Reverse(coldness(class))),
            Self::MarkDeleted => (2, Reverse(None)),
        }
    }
}

/// Decides what is to be done to a version.
pub(super) fn plan(
    lifecycle: &Lifecycle,
    versioning: Versioning,
    subject: &Subject<'_>,
    now: Timestamp,
    day: LifecycleDay,
) -> Option<Due> {
    let mut chosen: Option<(Timestamp, Due)> = None;
    for rule in lifecycle.rules.iter().filter(|rule| rule.enabled) {
        if !subject.fits(&rule.filter) {
            continue;
        }
        let minimum = lifecycle.transition_minimum;
        for (at, action) in subject.scheduled(rule, minimum, versioning, day) {
            let rank = |at: Timestamp, action: &Action| (action.precedence(), at);
            let first = chosen
                .as_ref()
                .is_none_or(|(other, due)| rank(at, &action) < rank(*other, &due.action));
            if at <= now && first {
                let rule = rule.id.clone();
                chosen = Some((at, Due { action, rule }));
            }
        }
    }
    chosen.map(|(_, due)| due)
}

/// Decides whether an upload that was begun is to be given up; the answer is the rule's id.
pub(super) fn plan_abort<'a>(
    lifecycle: &'a Lifecycle,
    key: &str,
    initiated: Timestamp,
    now: Timestamp,
    day: LifecycleDay,
) -> Option<&'a str> {
    let rules = lifecycle.rules.iter().filter(|rule| rule.enabled);
    let due = rules.filter(|rule| {
        rule.filter.matches_key(key)
            && rule
                .abort_uploads_after
                .is_some_and(|days| day.end_after(initiated, days) <= now)
    });
    due.map(|rule| rule.id.as_str()).next()
}

impl Subject<'_> {
    /// Delete markers have neither tags nor a size.
    fn fits(&self, filter: &LifecycleFilter) -> bool {
        match self.kind {
            Kind::Object {
                size_bytes, tags, ..
            } => filter.matches(self.key, tags, size_bytes),
            Kind::DeleteMarker => {
                filter.matches_key(self.key) && filter.tags.is_empty() && !filter.names_sizes()
            }
        }
    }

    /// What a rule will do to the version, and when.
    fn scheduled(
        &self,
        rule: &LifecycleRule,
        minimum: TransitionMinimum,
        versioning: Versioning,
        day: LifecycleDay,
    ) -> Vec<(Timestamp, Action)> {
        let mut scheduled = Vec::new();
        match self.standing {
            Standing::Current { alone } => {
                scheduled.extend(self.expiration(rule, alone, versioning, day));
                for transition in &rule.transitions {
                    let at = match transition.time {
                        TransitionTime::Days(days) => day.end_after(self.modified, days),
                        TransitionTime::Date(date) => date,
                    };
                    if self.can_move(&transition.storage_class, &rule.filter, minimum) {
                        let action = Action::Transition(transition.storage_class.clone());
                        scheduled.push((at, action));
                    }
                }
            }
            Standing::Noncurrent { since, newer } => {
                let past = |kept: Option<u32>| newer >= kept.unwrap_or(0) as usize;
                if let Some(expiration) = rule.noncurrent_expiration
                    && past(expiration.newer_versions)
                    && self.can_go()
                {
                    scheduled.push((day.end_after(since, expiration.days), Action::Delete));
                }
                for transition in &rule.noncurrent_transitions {
                    if past(transition.newer_versions)
                        && self.can_move(&transition.storage_class, &rule.filter, minimum)
                    {
                        let action = Action::Transition(transition.storage_class.clone());
                        scheduled.push((day.end_after(since, transition.days), action));
                    }
                }
            }
        }
        scheduled
    }

    fn expiration(
        &self,
        rule: &LifecycleRule,
        alone: bool,
        versioning: Versioning,
        day: LifecycleDay,
    ) -> Option<(Timestamp, Action)> {
        let is_marker = matches!(self.kind, Kind::DeleteMarker);
        let at = match rule.expiration? {
            Expiration::Days(days) => day.end_after(self.modified, days),
            Expiration::Date(date) => date,
            Expiration::DeleteMarker(true) if is_marker => self.modified,
            Expiration::DeleteMarker(_) => return None,
        };
        // A marker that hides nothing any more is cleaned up; others stay.
        let action = match (is_marker, versioning) {
            (true, _) if alone => Action::Delete,
            (true, _) => return None,
            (false, Versioning::Unversioned) => Action::Delete,
            (false, Versioning::Enabled | Versioning::Suspended) => Action::MarkDeleted,
        };
        Some((at, action))
    }

    fn can_go(&self) -> bool {
        !matches!(self.kind, Kind::Object { locked: true, .. })
    }

    /// Objects move to colder classes only, and small ones stay where they are.
    fn can_move(&self, target: &str, filter: &LifecycleFilter, minimum: TransitionMinimum) -> bool {
        let Kind::Object {
            size_bytes,
            storage_class,
            ..
        } = self.kind
        else {
            return false;
        };
        let archive = matches!(target, "GLACIER" | "DEEP_ARCHIVE");
        let large_enough = size_bytes >= TRANSITION_MINIMUM_BYTES
            || filter.names_sizes()
            || (archive && minimum == TransitionMinimum::VariesByStorageClass);
        // One Zone-IA is not offered a way to Glacier Instant Retrieval.
        let offered = (storage_class, target) != ("ONEZONE_IA", "GLACIER_IR");
        large_enough && offered && coldness(target) > coldness(storage_class)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
