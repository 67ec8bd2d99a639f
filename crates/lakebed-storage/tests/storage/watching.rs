use std::fs;
use std::time::Duration;

use lakebed_core::{Event, EventKind, ObjectChange, Subscription};
use lakebed_storage::PutObject;

use crate::bed::{Bed, code};

/// What happened to which object of which bytes.
type Told = (String, String, Option<String>, ObjectChange);

/// The next event, which must come while the watcher can be expected to see it.
async fn next(events: &mut Subscription) -> Told {
    let event = tokio::time::timeout(Duration::from_secs(20), events.recv()).await;
    let event: &Event = &event.expect("no event came").unwrap();
    match event.kind.clone() {
        EventKind::Object(event) => (event.bucket, event.key, event.etag, event.change),
        other => panic!("not of an object: {other:?}"),
    }
}

fn adopted(bucket: &str, key: &str, bytes: &str) -> Told {
    use md5::{Digest, Md5};
    let etag = hex::encode(Md5::digest(bytes));
    let change = ObjectChange::Created { operation: "Adopt" };
    (bucket.to_owned(), key.to_owned(), Some(etag), change)
}

fn removed(key: &str) -> Told {
    let change = ObjectChange::Deleted;
    ("lake".to_owned(), key.to_owned(), None, change)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_dropped_changed_and_removed_is_an_object_throughout() {
    let bed = Bed::new().await;
    let mut events = bed.platform.events.subscribe();
    let file = bed.path("buckets/lake/dropped.csv");
    fs::write(&file, "a,b\n").unwrap();
    assert_eq!(
        next(&mut events).await,
        adopted("lake", "dropped.csv", "a,b\n")
    );
    assert_eq!(bed.get("dropped.csv").await.unwrap(), "a,b\n");

    fs::write(&file, "a,b\n1,2\n").unwrap();
    assert_eq!(
        next(&mut events).await,
        adopted("lake", "dropped.csv", "a,b\n1,2\n")
    );

    fs::remove_file(&file).unwrap();
    assert_eq!(next(&mut events).await, removed("dropped.csv"));
    assert_eq!(code(bed.head("dropped.csv").await), "NoSuchKey");
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_come_and_go_with_what_is_in_them() {
    let bed = Bed::new().await;
    let mut events = bed.platform.events.subscribe();
    let outside = bed.path("outside");
    fs::create_dir_all(outside.join("deep")).unwrap();
    fs::write(outside.join("deep/x"), "1").unwrap();
    fs::rename(&outside, bed.path("buckets/lake/inside")).unwrap();
    assert_eq!(
        next(&mut events).await,
        adopted("lake", "inside/deep/x", "1")
    );

    fs::rename(bed.path("buckets/lake/inside"), &outside).unwrap();
    assert_eq!(next(&mut events).await, removed("inside/deep/x"));

    fs::rename(&outside, bed.path("buckets/new-bucket")).unwrap();
    assert_eq!(
        next(&mut events).await,
        adopted("new-bucket", "deep/x", "1")
    );
    assert_eq!(bed.storage.list_buckets().await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_whose_folder_is_taken_away_is_empty() {
    let bed = Bed::new().await;
    bed.put("a/b", "1").await;
    let mut events = bed.platform.events.subscribe();
    fs::rename(bed.path("buckets/lake"), bed.path("elsewhere")).unwrap();
    assert_eq!(next(&mut events).await, removed("a/b"));
    bed.put("a/b", "2").await;
    assert_eq!(bed.get("a/b").await.unwrap(), "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn own_writes_are_not_adopted() {
    let bed = Bed::new().await;
    let mut events = bed.platform.events.subscribe();
    for number in 0..20 {
        bed.put(&format!("folder-{number}/k"), "1").await;
        bed.put_with(&format!("folder-{number}/k"), "2", PutObject::default())
            .await
            .unwrap();
    }
    for number in 0..20 {
        bed.delete(&format!("folder-{number}/k")).await;
    }
    // Seen after all that came before it.
    fs::write(bed.path("buckets/lake/last"), "").unwrap();
    let mut seen = Vec::new();
    loop {
        match next(&mut events).await {
            (_, key, _, ObjectChange::Created { operation: "Adopt" }) => {
                assert_eq!(key, "last");
                break;
            }
            event => seen.push(event),
        }
    }
    assert_eq!(seen.len(), 60);
}
