use std::time::Duration;

use lakebed_core::{EventKind, ObjectChange, Subscription};
use lakebed_storage::settings::{
    Expiration, Lifecycle, LifecycleRule, NoncurrentExpiration, Transition, TransitionMinimum,
    TransitionTime,
};
use lakebed_storage::{
    CreateUpload, GetObject, ListUploads, ListVersions, RestoreObject, RestoreOutcome, RestoreTier,
    VersionKind, Versioning,
};

use crate::bed::{Bed, code, key, lake};

const DAY: Duration = Duration::from_secs(86_400);

fn rule(id: &str) -> LifecycleRule {
    LifecycleRule {
        id: id.to_owned(),
        enabled: true,
        ..LifecycleRule::default()
    }
}

impl Bed {
    async fn set_rules(&self, rules: impl Into<Vec<LifecycleRule>>) {
        let lifecycle = Lifecycle {
            rules: rules.into(),
            transition_minimum: TransitionMinimum::VariesByStorageClass,
        };
        let lifecycle = lifecycle.accept().unwrap();
        self.storage
            .change_bucket_settings(&lake(), move |settings| {
                settings.lifecycle = Some(lifecycle);
                Ok(())
            })
            .await
            .unwrap();
    }

    async fn begin_versions(&self) {
        self.storage
            .change_bucket_settings(&lake(), |settings| {
                settings.versioning = Versioning::Enabled;
                Ok(())
            })
            .await
            .unwrap();
    }

    async fn versions_left(&self) -> Vec<(String, bool)> {
        let listing = self
            .storage
            .list_object_versions(&lake(), ListVersions::default())
            .await
            .unwrap();
        let is_marker = |kind| matches!(kind, VersionKind::DeleteMarker { .. });
        let versions = listing.versions.into_iter();
        versions
            .map(|version| (version.key, is_marker(version.kind)))
            .collect()
    }

    fn advance(&self, days: u32) {
        self.platform.clock.advance(DAY * days);
    }
}

/// The next event of an object that a rule or a restore is the reason of.
async fn next(events: &mut Subscription) -> (String, ObjectChange) {
    loop {
        let event = tokio::time::timeout(Duration::from_secs(20), events.recv()).await;
        if let EventKind::Object(event) = &event.expect("no event came").unwrap().kind
            && !matches!(event.change, ObjectChange::Created { .. })
        {
            return (event.key.clone(), event.change.clone());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_expire_when_the_clock_says_so() {
    let bed = Bed::new().await;
    let mut events = bed.platform.events.subscribe();
    let expiring = LifecycleRule {
        expiration: Some(Expiration::Days(3)),
        ..rule("three-days")
    };
    bed.put("old", "1").await;
    bed.set_rules([expiring]).await;
    bed.storage.start_lifecycle();
    bed.advance(2);
    bed.put("young", "2").await;
    bed.advance(2);
    let expired = ObjectChange::Expired {
        rule: "three-days".to_owned(),
    };
    assert_eq!(next(&mut events).await, ("old".to_owned(), expired.clone()));
    assert_eq!(bed.keys().await, ["young"]);
    bed.advance(2);
    assert_eq!(next(&mut events).await, ("young".to_owned(), expired));
    assert!(bed.files("buckets/lake").is_empty());
    bed.storage.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_go_and_then_the_marker_that_hides_nothing() {
    let bed = Bed::new().await;
    bed.begin_versions().await;
    bed.put("k", "1").await;
    bed.put("k", "2").await;
    bed.put("kept", "3").await;
    bed.delete("k").await;
    let clean_up = LifecycleRule {
        expiration: Some(Expiration::DeleteMarker(true)),
        noncurrent_expiration: Some(NoncurrentExpiration {
            days: 1,
            newer_versions: None,
        }),
        ..rule("clean-up")
    };
    bed.set_rules([clean_up]).await;
    let mut events = bed.platform.events.subscribe();
    bed.storage.start_lifecycle();
    // Two passes: the marker is alone only when the versions are gone.
    bed.advance(3);
    for _ in 0..3 {
        let (key, change) = next(&mut events).await;
        assert_eq!(
            (key.as_str(), change.name()),
            ("k", "LifecycleExpiration:Delete")
        );
    }
    assert_eq!(bed.versions_left().await, [("kept".to_owned(), false)]);
    bed.storage.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn expiry_hides_the_current_version_of_a_bucket_that_keeps_versions() {
    let bed = Bed::new().await;
    bed.begin_versions().await;
    bed.put("k", "1").await;
    let expiring = LifecycleRule {
        expiration: Some(Expiration::Days(1)),
        ..rule("one-day")
    };
    bed.set_rules([expiring]).await;
    let mut events = bed.platform.events.subscribe();
    bed.storage.start_lifecycle();
    bed.advance(2);
    let (_, change) = next(&mut events).await;
    assert_eq!(change.name(), "LifecycleExpiration:DeleteMarkerCreated");
    let expected = [("k".to_owned(), true), ("k".to_owned(), false)];
    assert_eq!(bed.versions_left().await, expected);
    bed.storage.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_nobody_completes_are_given_up() {
    let bed = Bed::new().await;
    let create = CreateUpload::default();
    let upload = bed
        .storage
        .create_multipart_upload(&lake(), &key("k"), create)
        .await
        .unwrap();
    let aborting = LifecycleRule {
        abort_uploads_after: Some(7),
        ..rule("abort")
    };
    bed.set_rules([aborting]).await;
    let mut events = bed.platform.events.subscribe();
    bed.storage.start_lifecycle();
    bed.advance(8);
    let event = tokio::time::timeout(Duration::from_secs(20), events.recv()).await;
    let expected = EventKind::UploadExpired {
        bucket: "lake".to_owned(),
        key: "k".to_owned(),
        upload_id: upload.id.to_string(),
        rule: "abort".to_owned(),
    };
    assert_eq!(event.unwrap().unwrap().kind, expected);
    let uploads = bed
        .storage
        .list_multipart_uploads(&lake(), ListUploads::default())
        .await
        .unwrap();
    assert!(uploads.uploads.is_empty());
    assert!(bed.files("uploads").is_empty());
    bed.storage.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_object_is_read_only_while_it_is_restored() {
    let bed = Bed::new().await;
    bed.put("k", "1").await;
    let archiving = LifecycleRule {
        transitions: vec![Transition {
            time: TransitionTime::Days(1),
            storage_class: "DEEP_ARCHIVE".to_owned(),
        }],
        ..rule("archive")
    };
    bed.set_rules([archiving]).await;
    let mut events = bed.platform.events.subscribe();
    bed.storage.start_lifecycle();
    bed.advance(2);
    let (_, change) = next(&mut events).await;
    assert_eq!(change.name(), "LifecycleTransition");
    assert_eq!(code(bed.get("k").await), "InvalidObjectState");
    assert_eq!(
        bed.head("k").await.unwrap().metadata.storage_class(),
        "DEEP_ARCHIVE"
    );

    let restore = |days, tier| {
        let restore = RestoreObject { days, tier };
        let storage = bed.storage.clone();
        async move {
            storage
                .restore_object(&lake(), &key("k"), None, restore)
                .await
        }
    };
    let expedited = restore(1, RestoreTier::Expedited).await;
    assert_eq!(code(expedited), "InvalidArgument");
    let bulk = restore(2, RestoreTier::Bulk).await.unwrap();
    assert_eq!(bulk, RestoreOutcome::Accepted);
    let again = restore(2, RestoreTier::Bulk).await;
    assert_eq!(code(again), "RestoreAlreadyInProgress");
    assert_eq!(code(bed.get("k").await), "InvalidObjectState");
    // A faster tier is twelve hours instead of two days.
    let faster = restore(2, RestoreTier::Standard).await.unwrap();
    assert_eq!(faster, RestoreOutcome::Accepted);
    bed.platform.clock.advance(DAY / 2);
    for name in [
        "ObjectRestore:Post",
        "ObjectRestore:Post",
        "ObjectRestore:Completed",
    ] {
        assert_eq!(next(&mut events).await.1.name(), name);
    }
    assert_eq!(bed.get("k").await.unwrap(), "1");
    let longer = restore(5, RestoreTier::Standard).await.unwrap();
    assert_eq!(longer, RestoreOutcome::Extended);
    bed.advance(4);
    assert_eq!(bed.get("k").await.unwrap(), "1");

    // What is awaited is awaited after a restart too.
    bed.storage.shutdown().await;
    bed.advance(3);
    bed.storage.start_lifecycle();
    assert_eq!(next(&mut events).await.1.name(), "ObjectRestore:Delete");
    assert_eq!(code(bed.get("k").await), "InvalidObjectState");
    bed.storage.shutdown().await;
}

#[tokio::test]
async fn only_archived_objects_are_restored() {
    let bed = Bed::new().await;
    bed.put("k", "1").await;
    let restore = RestoreObject {
        days: 1,
        tier: RestoreTier::Standard,
    };
    let refused = bed
        .storage
        .restore_object(&lake(), &key("k"), None, restore)
        .await;
    assert_eq!(code(refused), "InvalidObjectState");
    assert!(bed.get_with("k", GetObject::default()).await.is_ok());
}
