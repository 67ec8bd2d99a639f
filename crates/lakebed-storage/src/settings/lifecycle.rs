use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lakebed_core::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Error, Result, Tags};

/// The most rules a bucket may have.
const MOST_RULES: usize = 1000;

/// The longest id of a rule, in characters.
const LONGEST_ID: usize = 255;

/// The longest prefix, in bytes: that of a key.
const LONGEST_PREFIX: usize = 1024;

/// The most noncurrent versions a rule may keep.
const MOST_KEPT_VERSIONS: u32 = 100;

/// How long an object stays in an infrequent-access class, and before it in STANDARD, in days.
const INFREQUENT_ACCESS_DAYS: u32 = 30;

const DAY_MILLIS: i64 = 86_400_000;

/// Storage classes that a rule can move objects to, from the warmest to the coldest.
const TRANSITION_CLASSES: [&str; 6] = [
    "STANDARD_IA",
    "INTELLIGENT_TIERING",
    "ONEZONE_IA",
    "GLACIER_IR",
    "GLACIER",
    "DEEP_ARCHIVE",
];

/// What happens to objects as they grow old.
///
/// S3 user guide, "Managing the lifecycle of objects".
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Lifecycle {
    pub rules: Vec<LifecycleRule>,
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub transition_minimum: TransitionMinimum,
}

/// Below which size transitions leave objects alone that say nothing of sizes themselves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TransitionMinimum {
    /// 128 KiB, whatever the class.
    #[default]
    AllStorageClasses128K,
    /// Any size goes to GLACIER and DEEP_ARCHIVE, 128 KiB and more to the others.
    VariesByStorageClass,
}

/// A rule: which objects, and what happens to them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LifecycleRule {
    /// Empty is replaced by a generated one.
    pub id: String,
    pub enabled: bool,
    pub filter: LifecycleFilter,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiration: Option<Expiration>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transitions: Vec<Transition>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noncurrent_expiration: Option<NoncurrentExpiration>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub noncurrent_transitions: Vec<NoncurrentTransition>,
    /// Days after which an upload in parts that is not complete is aborted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abort_uploads_after: Option<u32>,
}

/// Which objects a rule is for: those that fit all it names, so every object if it names nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LifecycleFilter {
    /// The prefix stands in the rule itself, as before there were filters.
    #[serde(skip_serializing_if = "super::is_default")]
    pub legacy: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    #[serde(skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// In bytes; an object of this size does not fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_greater_than: Option<u64>,
    /// In bytes; an object of this size does not fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_less_than: Option<u64>,
}

/// When current versions go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Expiration {
    /// So many days after they were written.
    Days(u32),
    /// All of them from a midnight on, UTC.
    Date(Timestamp),
    /// Whether delete markers go that no version is left behind.
    DeleteMarker(bool),
}

/// When an object is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TransitionTime {
    /// So many days after it was written.
    Days(u32),
    /// From a midnight on, UTC.
    Date(Timestamp),
}

/// When current versions are moved to another storage class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    pub time: TransitionTime,
    pub storage_class: String,
}

/// When versions go that are no longer current.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoncurrentExpiration {
    /// Days since there is a newer version.
    pub days: u32,
    /// How many of the newest noncurrent versions stay whatever their age.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newer_versions: Option<u32>,
}

/// When versions that are no longer current are moved to another storage class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoncurrentTransition {
    /// Days since there is a newer version.
    pub days: u32,
    /// How many of the newest noncurrent versions stay where they are whatever their age.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newer_versions: Option<u32>,
    pub storage_class: String,
}

impl Lifecycle {
    /// Checks the rules as S3 does and gives those an id that have none.
    ///
    /// # Errors
    /// `MalformedXML`, `InvalidRequest` and `InvalidArgument`.
    pub fn accept(mut self) -> Result<Self> {
        if self.rules.is_empty() {
            return Err(Error::MalformedXml);
        }
        if self.rules.len() > MOST_RULES {
            return Err(invalid_request(
                "The number of lifecycle rules must not exceed the allowed limit of 1000 rules",
            ));
        }
        for rule in &mut self.rules {
            if rule.id.is_empty() {
                rule.id = STANDARD.encode(Uuid::new_v4().to_string());
            }
            rule.check()?;
        }
        let mut seen = HashSet::new();
        for rule in &self.rules {
            if !seen.insert(rule.id.as_str()) {
                return Err(invalid(
                    "ID",
                    &rule.id,
                    "Rule ID must be unique. Found same ID for more than one rule",
                ));
            }
        }
        Ok(self)
    }
}

impl LifecycleFilter {
    /// Whether an object is meant.
    #[must_use]
    pub fn matches(&self, key: &str, tags: &Tags, size_bytes: u64) -> bool {
        self.matches_key(key)
            && self
                .tags
                .iter()
                .all(|(name, value)| tags.get(name) == Some(value))
            && self
                .size_greater_than
                .is_none_or(|bound| size_bytes > bound)
            && self.size_less_than.is_none_or(|bound| size_bytes < bound)
    }

    /// Whether a key begins as it must.
    #[must_use]
    pub fn matches_key(&self, key: &str) -> bool {
        self.prefix
            .as_deref()
            .is_none_or(|prefix| key.starts_with(prefix))
    }

    /// Whether it looks at sizes.
    pub(crate) fn names_sizes(&self) -> bool {
        self.size_greater_than.is_some() || self.size_less_than.is_some()
    }

    fn check(&self) -> Result<()> {
        if self
            .prefix
            .as_deref()
            .is_some_and(|prefix| prefix.len() > LONGEST_PREFIX)
        {
            return Err(invalid_request("The maximum size of a prefix is 1024"));
        }
        if let (Some(above), Some(below)) = (self.size_greater_than, self.size_less_than)
            && above.saturating_add(1) >= below
        {
            return Err(invalid_request(
                "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'",
            ));
        }
        Ok(())
    }

    /// Names the filter as S3's errors do.
    fn named(&self) -> String {
        format!("(prefix={})", self.prefix.as_deref().unwrap_or_default())
    }
}

impl LifecycleRule {
    fn check(&self) -> Result<()> {
        if self.id.chars().count() > LONGEST_ID {
            return Err(invalid(
                "ID",
                &self.id,
                "ID length should not exceed allowed limit of 255",
            ));
        }
        self.filter.check()?;
        let idle = self.expiration.is_none()
            && self.transitions.is_empty()
            && self.noncurrent_expiration.is_none()
            && self.noncurrent_transitions.is_empty()
            && self.abort_uploads_after.is_none();
        if idle {
            return Err(invalid_request(
                "At least one action needs to be specified in a rule",
            ));
        }
        self.check_reach()?;
        self.check_expiration()?;
        self.check_transitions()?;
        self.check_noncurrent()
    }

    /// Refuses actions on what the filter cannot tell apart: delete markers and unfinished
    /// uploads have neither tags nor sizes.
    fn check_reach(&self) -> Result<()> {
        let by = match (self.filter.tags.is_empty(), self.filter.names_sizes()) {
            (true, false) => return Ok(()),
            (false, _) => "Tags",
            (true, true) => "Object Size",
        };
        let action = if self.abort_uploads_after.is_some() {
            "AbortIncompleteMultipartUpload"
        } else if self.expiration == Some(Expiration::DeleteMarker(true)) {
            "ExpiredObjectDeleteMarker"
        } else {
            return Ok(());
        };
        Err(invalid_request(format!(
            "{action} cannot be specified with {by}"
        )))
    }

    fn check_expiration(&self) -> Result<()> {
        match self.expiration {
            Some(Expiration::Days(0)) => return Err(not_positive("Days", "Expiration")),
            Some(Expiration::Date(date)) => check_midnight(date)?,
            _ => {}
        }
        if self.abort_uploads_after == Some(0) {
            return Err(not_positive(
                "DaysAfterInitiation",
                "AbortIncompleteMultipartUpload",
            ));
        }
        Ok(())
    }

    fn check_transitions(&self) -> Result<()> {
        let mut by_days = false;
        let mut by_date = false;
        match self.expiration {
            Some(Expiration::Days(_)) => by_days = true,
            Some(Expiration::Date(_)) => by_date = true,
            _ => {}
        }
        for transition in &self.transitions {
            match transition.time {
                TransitionTime::Days(days) => {
                    by_days = true;
                    check_warm_days("Days", "Transition", days, &transition.storage_class)?;
                }
                TransitionTime::Date(date) => {
                    by_date = true;
                    check_midnight(date)?;
                }
            }
        }
        if by_days && by_date {
            return Err(invalid_request(format!(
                "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for filter '{}'",
                self.filter.named()
            )));
        }
        let steps: Vec<_> = self
            .transitions
            .iter()
            .filter_map(|transition| match transition.time {
                TransitionTime::Days(days) => Some((days, transition.storage_class.as_str())),
                TransitionTime::Date(_) => None,
            })
            .collect();
        self.check_steps("Days", "Transition", &steps)?;
        let classes = self
            .transitions
            .iter()
            .map(|transition| transition.storage_class.as_str());
        self.check_classes("Transition", classes)?;
        self.check_moved_before_expiry()
    }

    fn check_moved_before_expiry(&self) -> Result<()> {
        for transition in &self.transitions {
            let (unit, in_time) = match (self.expiration, transition.time) {
                (Some(Expiration::Days(end)), TransitionTime::Days(move_)) => ("Days", move_ < end),
                (Some(Expiration::Date(end)), TransitionTime::Date(move_)) => ("Date", move_ < end),
                _ => continue,
            };
            if !in_time {
                return Err(self.too_early(unit, "Expiration", "Transition"));
            }
        }
        Ok(())
    }

    fn check_noncurrent(&self) -> Result<()> {
        const EXPIRATION: &str = "NoncurrentVersionExpiration";
        const TRANSITION: &str = "NoncurrentVersionTransition";
        if let Some(expiration) = self.noncurrent_expiration {
            if expiration.days == 0 {
                return Err(not_positive("NoncurrentDays", EXPIRATION));
            }
            self.check_newer(EXPIRATION, expiration.newer_versions)?;
        }
        for transition in &self.noncurrent_transitions {
            let NoncurrentTransition {
                days,
                newer_versions,
                storage_class,
            } = transition;
            self.check_newer(TRANSITION, *newer_versions)?;
            check_warm_days("NoncurrentDays", TRANSITION, *days, storage_class)?;
            if self
                .noncurrent_expiration
                .is_some_and(|expiration| *days >= expiration.days)
            {
                return Err(self.too_early("NoncurrentDays", EXPIRATION, TRANSITION));
            }
        }
        let steps: Vec<_> = self
            .noncurrent_transitions
            .iter()
            .map(|transition| (transition.days, transition.storage_class.as_str()))
            .collect();
        self.check_steps("NoncurrentDays", TRANSITION, &steps)?;
        self.check_classes(TRANSITION, steps.iter().map(|(_, class)| *class))
    }

    /// Checks how many newer versions stay. A rule without a `Filter` cannot say.
    fn check_newer(&self, action: &str, newer: Option<u32>) -> Result<()> {
        let Some(newer) = newer else { return Ok(()) };
        if self.filter.legacy {
            return Err(Error::MalformedXml);
        }
        if !(1..=MOST_KEPT_VERSIONS).contains(&newer) {
            return Err(invalid(
                "NewerNoncurrentVersions",
                &newer,
                format!(
                    "'NewerNoncurrentVersions' for {action} action must be between 1 and {MOST_KEPT_VERSIONS}"
                ),
            ));
        }
        Ok(())
    }

    /// Checks that an object stays its days in an infrequent-access class before it moves on.
    fn check_steps(&self, unit: &str, action: &str, steps: &[(u32, &str)]) -> Result<()> {
        for &(warm_days, warm) in steps {
            for &(days, class) in steps {
                let colder = coldness(class) > coldness(warm);
                let minimum = warm_days.saturating_add(INFREQUENT_ACCESS_DAYS);
                if is_infrequent_access(warm) && colder && days < minimum {
                    return Err(invalid(
                        "Days",
                        &days,
                        format!(
                            "'{unit}' in the '{action}' action with StorageClass '{class}' for filter '{}' must be {INFREQUENT_ACCESS_DAYS} days more than the '{action}' action with StorageClass '{warm}'",
                            self.filter.named()
                        ),
                    ));
                }
            }
        }
        Ok(())
    }

    /// Checks that each class is one a rule can move objects to, and comes once.
    fn check_classes<'a>(
        &self,
        action: &str,
        classes: impl Iterator<Item = &'a str>,
    ) -> Result<()> {
        let mut seen = HashSet::new();
        for class in classes {
            if !TRANSITION_CLASSES.contains(&class) {
                return Err(Error::MalformedXml);
            }
            if !seen.insert(class) {
                return Err(invalid_request(format!(
                    "'StorageClass' must be different for '{action}' actions in same 'Rule' with filter '{}'",
                    self.filter.named()
                )));
            }
        }
        Ok(())
    }

    fn too_early(&self, unit: &'static str, late: &str, early: &str) -> Error {
        invalid(
            unit,
            &"",
            format!(
                "'{unit}' in the {late} action for filter '{}' must be greater than '{unit}' in the {early} action",
                self.filter.named()
            ),
        )
    }
}

/// How cold a class is that rules can move objects to; none of one from which they start.
pub(crate) fn coldness(class: &str) -> Option<usize> {
    TRANSITION_CLASSES.iter().position(|known| *known == class)
}

fn is_infrequent_access(class: &str) -> bool {
    matches!(class, "STANDARD_IA" | "ONEZONE_IA")
}

fn check_warm_days(unit: &'static str, action: &str, days: u32, class: &str) -> Result<()> {
    if is_infrequent_access(class) && days < INFREQUENT_ACCESS_DAYS {
        return Err(invalid(
            unit,
            &days,
            format!(
                "'{unit}' in {action} action must be greater than or equal to {INFREQUENT_ACCESS_DAYS} for storageClass '{class}'"
            ),
        ));
    }
    Ok(())
}

fn check_midnight(date: Timestamp) -> Result<()> {
    if date.as_millis().rem_euclid(DAY_MILLIS) != 0 {
        return Err(invalid("Date", &date, "'Date' must be at midnight GMT"));
    }
    Ok(())
}

fn not_positive(unit: &'static str, action: &str) -> Error {
    invalid(
        unit,
        &0,
        format!("'{unit}' for {action} action must be a positive integer"),
    )
}

fn invalid(name: &'static str, value: &dyn ToString, message: impl Into<String>) -> Error {
    Error::InvalidArgument {
        name,
        value: value.to_string(),
        message: message.into(),
    }
}

fn invalid_request(message: impl Into<String>) -> Error {
    Error::InvalidRequest(message.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;

    use super::*;

    fn rule() -> LifecycleRule {
        LifecycleRule {
            id: "rule".to_owned(),
            enabled: true,
            ..LifecycleRule::default()
        }
    }

    fn expiring(expiration: Expiration) -> LifecycleRule {
        LifecycleRule {
            expiration: Some(expiration),
            ..rule()
        }
    }

    fn moving<const N: usize>(steps: [(u32, &str); N]) -> LifecycleRule {
        LifecycleRule {
            transitions: steps
                .map(|(days, class)| Transition {
                    time: TransitionTime::Days(days),
                    storage_class: class.to_owned(),
                })
                .into(),
            ..rule()
        }
    }

    fn tagged(rule: LifecycleRule) -> LifecycleRule {
        LifecycleRule {
            filter: LifecycleFilter {
                tags: Tags::parse_header("team=lake").unwrap(),
                ..LifecycleFilter::default()
            },
            ..rule
        }
    }

    fn accept(rules: impl Into<Vec<LifecycleRule>>) -> Result<Lifecycle> {
        Lifecycle {
            rules: rules.into(),
            ..Lifecycle::default()
        }
        .accept()
    }

    #[rstest]
    #[case(expiring(Expiration::Days(1)))]
    #[case(expiring(Expiration::Date(Timestamp::from_millis(20_000 * DAY_MILLIS))))]
    #[case(expiring(Expiration::DeleteMarker(true)))]
    #[case(moving([(30, "STANDARD_IA"), (60, "GLACIER"), (150, "DEEP_ARCHIVE")]))]
    #[case(moving([(0, "GLACIER"), (1, "DEEP_ARCHIVE")]))]
    #[case(LifecycleRule { expiration: Some(Expiration::Days(31)), ..moving([(30, "ONEZONE_IA")]) })]
    #[case(LifecycleRule { noncurrent_expiration: Some(NoncurrentExpiration { days: 1, newer_versions: Some(100) }), ..rule() })]
    #[case(LifecycleRule { abort_uploads_after: Some(7), ..rule() })]
    fn rules_s3_takes(#[case] rule: LifecycleRule) {
        let taken = accept([rule.clone()]).unwrap();
        assert_eq!(taken.rules, [rule]);
    }

    #[rstest]
    #[case(rule(), "InvalidRequest")]
    #[case(expiring(Expiration::Days(0)), "InvalidArgument")]
    #[case(
        expiring(Expiration::Date(Timestamp::from_millis(1))),
        "InvalidArgument"
    )]
    #[case(tagged(expiring(Expiration::DeleteMarker(true))), "InvalidRequest")]
    #[case(tagged(LifecycleRule { abort_uploads_after: Some(7), ..rule() }), "InvalidRequest")]
    #[case(LifecycleRule { abort_uploads_after: Some(0), ..rule() }, "InvalidArgument")]
    #[case(LifecycleRule { id: "i".repeat(256), ..expiring(Expiration::Days(1)) }, "InvalidArgument")]
    #[case(moving([(29, "STANDARD_IA")]), "InvalidArgument")]
    #[case(moving([(30, "STANDARD_IA"), (59, "GLACIER")]), "InvalidArgument")]
    #[case(moving([(1, "GLACIER"), (2, "GLACIER")]), "InvalidRequest")]
    #[case(moving([(1, "STANDARD")]), "MalformedXML")]
    #[case(LifecycleRule { expiration: Some(Expiration::Days(30)), ..moving([(30, "GLACIER")]) }, "InvalidArgument")]
    #[case(LifecycleRule { expiration: Some(Expiration::Date(Timestamp::from_millis(0))), ..moving([(30, "GLACIER")]) }, "InvalidRequest")]
    #[case(LifecycleRule { noncurrent_expiration: Some(NoncurrentExpiration { days: 0, newer_versions: None }), ..rule() }, "InvalidArgument")]
    #[case(LifecycleRule { noncurrent_expiration: Some(NoncurrentExpiration { days: 1, newer_versions: Some(101) }), ..rule() }, "InvalidArgument")]
    fn rules_s3_refuses(#[case] rule: LifecycleRule, #[case] code: &str) {
        assert_eq!(accept([rule]).unwrap_err().code(), code);
    }

    #[test]
    fn ids_are_unique_and_generated_where_they_lack() {
        let same = [expiring(Expiration::Days(1)), expiring(Expiration::Days(2))];
        assert_eq!(accept(same).unwrap_err().code(), "InvalidArgument");
        let nameless = LifecycleRule {
            id: String::new(),
            ..expiring(Expiration::Days(1))
        };
        let taken = accept([nameless.clone(), nameless]).unwrap();
        assert_ne!(taken.rules[0].id, taken.rules[1].id);
        assert_eq!(taken.rules[0].id.len(), 48);
    }

    #[test]
    fn an_object_fits_a_filter_in_everything_it_names() {
        let filter = LifecycleFilter {
            prefix: Some("logs/".to_owned()),
            tags: Tags::parse_header("team=lake").unwrap(),
            size_greater_than: Some(10),
            size_less_than: Some(20),
            ..LifecycleFilter::default()
        };
        let tags = Tags::parse_header("team=lake&raw").unwrap();
        assert!(filter.matches("logs/a", &tags, 11));
        assert!(!filter.matches("log", &tags, 11));
        assert!(!filter.matches("logs/a", &Tags::default(), 11));
        assert!(!filter.matches("logs/a", &tags, 10));
        assert!(!filter.matches("logs/a", &tags, 20));
        assert!(LifecycleFilter::default().matches("any", &tags, 0));
    }
}
