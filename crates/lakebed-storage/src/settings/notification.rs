use std::collections::HashSet;

use lakebed_core::Region;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The longest prefix or suffix, in bytes.
const LONGEST_AFFIX: usize = 1024;

/// The events S3 can tell of. S3 user guide, "Supported event types for SQS, SNS, and Lambda".
const EVENTS: [&str; 31] = [
    "s3:TestEvent",
    "s3:ObjectCreated:*",
    "s3:ObjectCreated:Put",
    "s3:ObjectCreated:Post",
    "s3:ObjectCreated:Copy",
    "s3:ObjectCreated:CompleteMultipartUpload",
    "s3:ObjectRemoved:*",
    "s3:ObjectRemoved:Delete",
    "s3:ObjectRemoved:DeleteMarkerCreated",
    "s3:ObjectRestore:*",
    "s3:ObjectRestore:Post",
    "s3:ObjectRestore:Completed",
    "s3:ObjectRestore:Delete",
    "s3:ReducedRedundancyLostObject",
    "s3:Replication:*",
    "s3:Replication:OperationFailedReplication",
    "s3:Replication:OperationMissedThreshold",
    "s3:Replication:OperationReplicatedAfterThreshold",
    "s3:Replication:OperationNotTracked",
    "s3:LifecycleExpiration:*",
    "s3:LifecycleExpiration:Delete",
    "s3:LifecycleExpiration:DeleteMarkerCreated",
    "s3:LifecycleTransition",
    "s3:IntelligentTiering",
    "s3:ObjectAcl:Put",
    "s3:ObjectTagging:*",
    "s3:ObjectTagging:Put",
    "s3:ObjectTagging:Delete",
    "s3:ObjectAnnotation:*",
    "s3:ObjectAnnotation:Put",
    "s3:ObjectAnnotation:Delete",
];

/// Who is told of what happens to a bucket's objects.
///
/// S3 user guide, "Amazon S3 Event Notifications".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notifications {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<NotificationRule>,
    /// Whether every event goes to EventBridge too.
    #[serde(skip_serializing_if = "super::is_default")]
    pub event_bridge: bool,
}

/// One destination, and what it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationRule {
    pub id: String,
    pub service: NotificationService,
    pub arn: String,
    /// Names such as `s3:ObjectCreated:*`.
    pub events: Vec<String>,
    #[serde(default, skip_serializing_if = "KeyFilter::is_default")]
    pub filter: KeyFilter,
}

/// What kind of destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotificationService {
    Sns,
    Sqs,
    Lambda,
}

/// Which keys are told of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeyFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suffix: Option<String>,
}

impl NotificationService {
    const fn name(self) -> &'static str {
        match self {
            Self::Sns => "sns",
            Self::Sqs => "sqs",
            Self::Lambda => "lambda",
        }
    }
}

impl KeyFilter {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Adds a rule: a prefix or a suffix.
    ///
    /// # Errors
    /// `InvalidArgument` for any other, for a second one, and for one that is too long.
    pub fn add(&mut self, name: &str, value: String) -> Result<()> {
        let slot = match name.to_ascii_lowercase().as_str() {
            "prefix" => &mut self.prefix,
            "suffix" => &mut self.suffix,
            _ => {
                return Err(invalid(
                    "FilterRule.Name",
                    name,
                    "filter rule name must be either prefix or suffix",
                ));
            }
        };
        if value.len() > LONGEST_AFFIX {
            return Err(invalid(
                "FilterRule.Value",
                value,
                "Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation",
            ));
        }
        if slot.is_some() {
            return Err(invalid(
                "FilterRule.Name",
                name,
                format!(
                    "Cannot specify more than one {} rule in a filter.",
                    name.to_ascii_lowercase()
                ),
            ));
        }
        *slot = Some(value);
        Ok(())
    }

    /// Whether some key fits both.
    fn overlaps(&self, other: &Self) -> bool {
        let texts = |one: &Option<String>, two: &Option<String>| {
            (
                one.clone().unwrap_or_default(),
                two.clone().unwrap_or_default(),
            )
        };
        let (prefix, other_prefix) = texts(&self.prefix, &other.prefix);
        let (suffix, other_suffix) = texts(&self.suffix, &other.suffix);
        (prefix.starts_with(&other_prefix) || other_prefix.starts_with(&prefix))
            && (suffix.ends_with(&other_suffix) || other_suffix.ends_with(&suffix))
    }
}

impl Notifications {
    /// Checks the configuration of a bucket in a region as S3 does, but for whether the
    /// destinations exist.
    ///
    /// # Errors
    /// `MalformedXML` for a rule without events, else `InvalidArgument`.
    pub fn accept(self, region: &Region) -> Result<Self> {
        let mut ids = HashSet::new();
        for (index, rule) in self.rules.iter().enumerate() {
            rule.check(region)?;
            if !ids.insert(rule.id.as_str()) {
                return Err(invalid(
                    "Id",
                    &rule.id,
                    "Same ID used for multiple configurations. IDs must be unique",
                ));
            }
            let earlier = self.rules.iter().take(index);
            if earlier.into_iter().any(|other| rule.overlaps(other)) {
                return Err(invalid(
                    "Event",
                    rule.events.join(","),
                    "Configurations overlap. Configurations on the same bucket cannot share a common event type.",
                ));
            }
        }
        Ok(self)
    }
}

impl NotificationRule {
    fn check(&self, region: &Region) -> Result<()> {
        if self.events.is_empty() {
            return Err(Error::MalformedXml);
        }
        for event in &self.events {
            if !EVENTS.contains(&event.as_str()) {
                return Err(invalid(
                    "Event",
                    event,
                    format!("The event '{event}' is not supported for notifications"),
                ));
            }
        }
        let fields: Vec<&str> = self.arn.splitn(6, ':').collect();
        let ["arn", partition, service, arn_region, _account, resource] = fields[..] else {
            return Err(invalid("Arn", &self.arn, "The ARN could not be parsed"));
        };
        if !partition.starts_with("aws") || service != self.service.name() || resource.is_empty() {
            return Err(invalid(
                "Arn",
                &self.arn,
                "The ARN is not well formed or names no destination of this kind",
            ));
        }
        if arn_region != region.as_str() {
            return Err(invalid(
                "Arn",
                &self.arn,
                "The notification destination service region is not valid for the bucket location constraint",
            ));
        }
        Ok(())
    }

    fn overlaps(&self, other: &Self) -> bool {
        let shared = self.events.iter().any(|event| {
            other
                .events
                .iter()
                .any(|one| covers(one, event) || covers(event, one))
        });
        shared && self.filter.overlaps(&other.filter)
    }
}

/// Whether an event's name stands for another: `s3:ObjectCreated:*` for `s3:ObjectCreated:Put`.
fn covers(pattern: &str, event: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(family) => event.starts_with(family),
        None => pattern == event,
    }
}

fn invalid(name: &'static str, value: impl Into<String>, message: impl Into<String>) -> Error {
    Error::InvalidArgument {
        name,
        value: value.into(),
        message: message.into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;

    use super::*;

    const PUT: &str = "s3:ObjectCreated:Put";

    const QUEUE: &str = "arn:aws:sqs:us-east-1:000000000000:lake";

    fn rule(id: &str, event: &str, filter: &[(&str, &str)]) -> NotificationRule {
        let mut keys = KeyFilter::default();
        for (name, value) in filter {
            keys.add(name, (*value).to_owned()).unwrap();
        }
        NotificationRule {
            id: id.to_owned(),
            service: NotificationService::Sqs,
            arn: QUEUE.to_owned(),
            events: vec![event.to_owned()],
            filter: keys,
        }
    }

    fn refusal<const N: usize>(rules: [NotificationRule; N]) -> Option<String> {
        let notifications = Notifications {
            rules: rules.into(),
            event_bridge: true,
        };
        notifications
            .accept(&Region::default())
            .err()
            .map(|error| error.to_string())
    }

    #[rstest]
    #[case::same("s3:ObjectCreated:*", &[], "s3:ObjectCreated:Put", &[], true)]
    #[case::other("s3:ObjectCreated:Put", &[], "s3:ObjectCreated:Post", &[], false)]
    #[case::apart(PUT, &[("prefix", "a")], PUT, &[("prefix", "b")], false)]
    #[case::inside(PUT, &[("prefix", "a")], PUT, &[("prefix", "ab")], true)]
    #[case::ends_apart(
        PUT, &[("prefix", "a"), ("suffix", ".jpg")],
        PUT, &[("Prefix", "ab"), ("Suffix", ".png")],
        false
    )]
    #[case::any_key(PUT, &[("suffix", ".jpg")], PUT, &[], true)]
    fn two_rules_must_not_tell_of_one_event(
        #[case] event: &str,
        #[case] filter: &[(&str, &str)],
        #[case] other_event: &str,
        #[case] other_filter: &[(&str, &str)],
        #[case] overlap: bool,
    ) {
        let refused = refusal([
            rule("one", event, filter),
            rule("two", other_event, other_filter),
        ]);
        assert_eq!(
            refused.as_deref(),
            overlap.then_some("Configurations overlap. Configurations on the same bucket cannot share a common event type.")
        );
    }

    #[rstest]
    #[case("arn:aws:sns:us-east-1:000000000000:lake")]
    #[case("arn:aws:sqs:eu-west-1:000000000000:lake")]
    #[case("lake")]
    fn destinations_s3_refuses(#[case] arn: &str) {
        let refused = NotificationRule {
            arn: arn.to_owned(),
            ..rule("one", "s3:ObjectCreated:*", &[])
        };
        assert!(refusal([refused]).is_some());
    }

    #[test]
    fn events_and_ids() {
        assert_eq!(
            refusal([rule("one", "s3:Nothing", &[])]).as_deref(),
            Some("The event 's3:Nothing' is not supported for notifications")
        );
        let same = [
            rule("one", "s3:ObjectCreated:*", &[]),
            rule("one", "s3:ObjectRemoved:*", &[]),
        ];
        assert_eq!(
            refusal(same).as_deref(),
            Some("Same ID used for multiple configurations. IDs must be unique")
        );
    }

    #[test]
    fn a_filter_has_one_prefix_and_one_suffix() {
        let mut filter = KeyFilter::default();
        filter.add("prefix", "a".to_owned()).unwrap();
        assert!(filter.add("Prefix", "b".to_owned()).is_err());
        assert!(filter.add("infix", "b".to_owned()).is_err());
        assert!(filter.add("suffix", "x".repeat(1025)).is_err());
        filter.add("suffix", "x".repeat(1024)).unwrap();
    }
}
