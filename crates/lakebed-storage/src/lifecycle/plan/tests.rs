use rstest::rstest;

use super::*;
use crate::settings::{NoncurrentExpiration, NoncurrentTransition, Transition};

const KIB_200: u64 = 200 * 1024;

fn moment(text: &str) -> Timestamp {
    serde_json::from_value(text.into()).unwrap()
}

fn rule(id: &str) -> LifecycleRule {
    LifecycleRule {
        id: id.to_owned(),
        enabled: true,
        ..LifecycleRule::default()
    }
}

fn expiring(id: &str, expiration: Expiration) -> LifecycleRule {
    LifecycleRule {
        expiration: Some(expiration),
        ..rule(id)
    }
}

fn moving(id: &str, days: u32, class: &str) -> LifecycleRule {
    LifecycleRule {
        transitions: vec![Transition {
            time: TransitionTime::Days(days),
            storage_class: class.to_owned(),
        }],
        ..rule(id)
    }
}

fn noncurrent(days: u32, newer_versions: Option<u32>) -> LifecycleRule {
    LifecycleRule {
        noncurrent_expiration: Some(NoncurrentExpiration {
            days,
            newer_versions,
        }),
        ..rule("noncurrent")
    }
}

/// An object of 200 KiB in STANDARD, written on New Year's Day at noon, now current.
fn object(tags: &Tags) -> Subject<'_> {
    Subject {
        key: "logs/a",
        modified: moment("2026-01-01T12:00:00Z"),
        standing: Standing::Current { alone: true },
        kind: Kind::Object {
            size_bytes: KIB_200,
            tags,
            storage_class: "STANDARD",
            locked: false,
        },
    }
}

fn of_class<'a>(tags: &'a Tags, storage_class: &'a str, size_bytes: u64) -> Subject<'a> {
    Subject {
        kind: Kind::Object {
            size_bytes,
            tags,
            storage_class,
            locked: false,
        },
        ..object(tags)
    }
}

fn planned(
    rules: impl Into<Vec<LifecycleRule>>,
    versioning: Versioning,
    subject: &Subject<'_>,
    now: &str,
) -> Option<(Action, String)> {
    let lifecycle = Lifecycle {
        rules: rules.into(),
        ..Lifecycle::default()
    };
    let day = LifecycleDay::default();
    plan(&lifecycle, versioning, subject, moment(now), day).map(|due| (due.action, due.rule))
}

fn action(
    rules: impl Into<Vec<LifecycleRule>>,
    subject: &Subject<'_>,
    now: &str,
) -> Option<Action> {
    planned(rules, Versioning::Unversioned, subject, now).map(|(action, _)| action)
}

fn to(class: &str) -> Option<Action> {
    Some(Action::Transition(class.to_owned()))
}

#[rstest]
#[case(Expiration::Days(1), "2026-01-02T23:59:59Z", None)]
#[case(Expiration::Days(1), "2026-01-03T00:00:00Z", Some(Action::Delete))]
#[case(
    Expiration::Date(moment("2026-02-01T00:00:00Z")),
    "2026-01-31T23:59:59Z",
    None
)]
#[case(
    Expiration::Date(moment("2026-02-01T00:00:00Z")),
    "2026-02-01T00:00:00Z",
    Some(Action::Delete)
)]
#[case(Expiration::DeleteMarker(true), "2027-01-01T00:00:00Z", None)]
fn objects_expire_by_age_and_by_date(
    #[case] expiration: Expiration,
    #[case] now: &str,
    #[case] expected: Option<Action>,
) {
    let tags = Tags::default();
    let rules = [expiring("rule", expiration)];
    assert_eq!(action(rules, &object(&tags), now), expected);
}

#[rstest]
#[case(Versioning::Unversioned, Action::Delete)]
#[case(Versioning::Enabled, Action::MarkDeleted)]
#[case(Versioning::Suspended, Action::MarkDeleted)]
fn expiry_hides_where_versions_are_kept(#[case] versioning: Versioning, #[case] expected: Action) {
    let tags = Tags::default();
    let rules = [expiring("rule", Expiration::Days(1))];
    let found = planned(rules, versioning, &object(&tags), "2026-02-01T00:00:00Z");
    assert_eq!(found, Some((expected, "rule".to_owned())));
}

#[rstest]
#[case(LifecycleFilter { prefix: Some("logs/".to_owned()), ..LifecycleFilter::default() }, true)]
#[case(LifecycleFilter { prefix: Some("data/".to_owned()), ..LifecycleFilter::default() }, false)]
#[case(LifecycleFilter { tags: Tags::parse_header("team=lake").unwrap(), ..LifecycleFilter::default() }, true)]
#[case(LifecycleFilter { tags: Tags::parse_header("team=sea").unwrap(), ..LifecycleFilter::default() }, false)]
#[case(LifecycleFilter { size_greater_than: Some(KIB_200), ..LifecycleFilter::default() }, false)]
#[case(LifecycleFilter { size_less_than: Some(KIB_200 + 1), ..LifecycleFilter::default() }, true)]
fn a_rule_is_for_what_its_filter_fits(#[case] filter: LifecycleFilter, #[case] fits: bool) {
    let tags = Tags::parse_header("team=lake").unwrap();
    let rule = LifecycleRule {
        filter,
        ..expiring("rule", Expiration::Days(1))
    };
    let disabled = LifecycleRule {
        enabled: false,
        ..rule.clone()
    };
    let now = "2026-02-01T00:00:00Z";
    assert_eq!(action([rule], &object(&tags), now).is_some(), fits);
    assert_eq!(action([disabled], &object(&tags), now), None);
}

#[test]
fn permanent_deletion_comes_before_transitions_and_these_before_markers() {
    let tags = Tags::default();
    let rules = [
        moving("cold", 1, "GLACIER"),
        expiring("gone", Expiration::Days(1)),
    ];
    let now = "2026-02-01T00:00:00Z";
    let found = planned(rules.clone(), Versioning::Unversioned, &object(&tags), now);
    assert_eq!(found, Some((Action::Delete, "gone".to_owned())));
    let found = planned(rules, Versioning::Enabled, &object(&tags), now);
    let glacier = Action::Transition("GLACIER".to_owned());
    assert_eq!(found, Some((glacier, "cold".to_owned())));
}

#[test]
fn of_two_rules_the_earlier_due_is_named() {
    let tags = Tags::default();
    let rules = [
        expiring("late", Expiration::Days(20)),
        expiring("early", Expiration::Days(10)),
    ];
    let now = "2026-02-01T00:00:00Z";
    let found = planned(rules.clone(), Versioning::Unversioned, &object(&tags), now);
    assert_eq!(found, Some((Action::Delete, "early".to_owned())));
    let before = "2026-01-11T00:00:00Z";
    assert_eq!(action(rules, &object(&tags), before), None);
}

#[test]
fn of_two_transitions_the_colder_one_is_made() {
    let tags = Tags::default();
    let rules = [
        moving("warm", 30, "STANDARD_IA"),
        moving("cold", 60, "GLACIER"),
    ];
    let found = |now| action(rules.clone(), &object(&tags), now);
    assert_eq!(found("2026-01-31T23:00:00Z"), None);
    assert_eq!(found("2026-02-01T00:00:00Z"), to("STANDARD_IA"));
    assert_eq!(found("2026-03-03T00:00:00Z"), to("GLACIER"));
}

#[rstest]
#[case("STANDARD", "STANDARD_IA", true)]
#[case("REDUCED_REDUNDANCY", "STANDARD_IA", true)]
#[case("STANDARD_IA", "STANDARD_IA", false)]
#[case("GLACIER", "STANDARD_IA", false)]
#[case("INTELLIGENT_TIERING", "STANDARD_IA", false)]
#[case("ONEZONE_IA", "GLACIER_IR", false)]
#[case("ONEZONE_IA", "GLACIER", true)]
#[case("GLACIER_IR", "DEEP_ARCHIVE", true)]
fn objects_only_get_colder(#[case] from: &str, #[case] target: &str, #[case] moves: bool) {
    let tags = Tags::default();
    let subject = of_class(&tags, from, KIB_200);
    let found = action(
        [moving("rule", 30, target)],
        &subject,
        "2027-01-01T00:00:00Z",
    );
    assert_eq!(found, to(target).filter(|_| moves));
}

#[rstest]
#[case(TransitionMinimum::AllStorageClasses128K, "GLACIER", None, 1, false)]
#[case(
    TransitionMinimum::AllStorageClasses128K,
    "GLACIER",
    None,
    131_072,
    true
)]
#[case(TransitionMinimum::AllStorageClasses128K, "GLACIER", Some(0), 1, true)]
#[case(TransitionMinimum::VariesByStorageClass, "GLACIER", None, 1, true)]
#[case(
    TransitionMinimum::VariesByStorageClass,
    "STANDARD_IA",
    None,
    131_071,
    false
)]
fn small_objects_stay(
    #[case] transition_minimum: TransitionMinimum,
    #[case] class: &str,
    #[case] size_greater_than: Option<u64>,
    #[case] size_bytes: u64,
    #[case] moves: bool,
) {
    let tags = Tags::default();
    let lifecycle = Lifecycle {
        rules: vec![LifecycleRule {
            filter: LifecycleFilter {
                size_greater_than,
                ..LifecycleFilter::default()
            },
            ..moving("rule", 30, class)
        }],
        transition_minimum,
    };
    let subject = of_class(&tags, "STANDARD", size_bytes);
    let now = moment("2027-01-01T00:00:00Z");
    let day = LifecycleDay::default();
    let found = plan(&lifecycle, Versioning::Unversioned, &subject, now, day);
    assert_eq!(found.is_some(), moves);
}

#[rstest]
#[case(Expiration::DeleteMarker(true), true, "2026-01-01T12:00:00Z", true)]
#[case(Expiration::DeleteMarker(false), true, "2027-01-01T00:00:00Z", false)]
#[case(Expiration::DeleteMarker(true), false, "2027-01-01T00:00:00Z", false)]
#[case(Expiration::Days(5), true, "2026-01-06T12:00:00Z", false)]
#[case(Expiration::Days(5), true, "2026-01-07T00:00:00Z", true)]
fn markers_that_hide_nothing_are_cleaned_up(
    #[case] expiration: Expiration,
    #[case] alone: bool,
    #[case] now: &str,
    #[case] cleaned: bool,
) {
    let tags = Tags::default();
    let marker = Subject {
        standing: Standing::Current { alone },
        kind: Kind::DeleteMarker,
        ..object(&tags)
    };
    let rules = [expiring("rule", expiration)];
    let found = planned(rules.clone(), Versioning::Enabled, &marker, now);
    assert_eq!(found.is_some(), cleaned);
    let sized = rules.map(|rule| LifecycleRule {
        filter: LifecycleFilter {
            size_less_than: Some(1),
            ..LifecycleFilter::default()
        },
        ..rule
    });
    assert_eq!(planned(sized, Versioning::Enabled, &marker, now), None);
}

#[rstest]
#[case(noncurrent(2, None), 0, "2026-01-12T23:00:00Z", false)]
#[case(noncurrent(2, None), 0, "2026-01-13T00:00:00Z", true)]
#[case(noncurrent(2, Some(3)), 2, "2027-01-01T00:00:00Z", false)]
#[case(noncurrent(2, Some(3)), 3, "2027-01-01T00:00:00Z", true)]
fn noncurrent_versions_age_from_when_they_were_replaced(
    #[case] rule: LifecycleRule,
    #[case] newer: usize,
    #[case] now: &str,
    #[case] goes: bool,
) {
    let tags = Tags::default();
    let since = moment("2026-01-10T12:00:00Z");
    let version = Subject {
        standing: Standing::Noncurrent { since, newer },
        ..object(&tags)
    };
    let found = planned([rule.clone()], Versioning::Enabled, &version, now);
    assert_eq!(
        found.map(|(action, _)| action),
        goes.then_some(Action::Delete)
    );
    let locked = Subject {
        kind: Kind::Object {
            size_bytes: KIB_200,
            tags: &tags,
            storage_class: "STANDARD",
            locked: true,
        },
        ..version
    };
    assert_eq!(planned([rule], Versioning::Enabled, &locked, now), None);
}

#[test]
fn noncurrent_versions_move_too_but_markers_do_not() {
    let tags = Tags::default();
    let rule = LifecycleRule {
        noncurrent_transitions: vec![NoncurrentTransition {
            days: 1,
            newer_versions: None,
            storage_class: "GLACIER".to_owned(),
        }],
        ..rule("rule")
    };
    let standing = Standing::Noncurrent {
        since: moment("2026-01-10T12:00:00Z"),
        newer: 0,
    };
    let version = Subject {
        standing,
        ..object(&tags)
    };
    let marker = Subject {
        kind: Kind::DeleteMarker,
        ..version
    };
    let now = "2026-01-12T00:00:00Z";
    assert_eq!(action([rule.clone()], &version, now), to("GLACIER"));
    assert_eq!(action([rule], &marker, now), None);
}

#[test]
fn uploads_are_given_up_by_key_and_age() {
    let lifecycle = Lifecycle {
        rules: vec![LifecycleRule {
            filter: LifecycleFilter {
                prefix: Some("logs/".to_owned()),
                ..LifecycleFilter::default()
            },
            abort_uploads_after: Some(2),
            ..rule("abort")
        }],
        ..Lifecycle::default()
    };
    let initiated = moment("2026-01-01T12:00:00Z");
    let day = LifecycleDay::default();
    let due = |key, now| plan_abort(&lifecycle, key, initiated, moment(now), day);
    assert_eq!(due("logs/a", "2026-01-03T12:00:00Z"), None);
    assert_eq!(due("logs/a", "2026-01-04T00:00:00Z"), Some("abort"));
    assert_eq!(due("data/a", "2026-01-04T00:00:00Z"), None);
}
