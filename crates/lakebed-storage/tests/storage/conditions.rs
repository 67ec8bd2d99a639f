use std::time::Duration;

use lakebed_core::Timestamp;
use lakebed_storage::{
    CopyObject, DeleteObject, EtagMatch, GetObject, ObjectInfo, PutObject, ReadConditions,
    WriteCondition,
};

use crate::bed::{Bed, code, key, lake};

fn matching(object: &ObjectInfo) -> Option<EtagMatch> {
    Some(EtagMatch::parse(&object.etag.quoted()))
}

fn other() -> Option<EtagMatch> {
    Some(EtagMatch::parse("\"0123\", W/\"4567\""))
}

fn later(object: &ObjectInfo) -> Timestamp {
    object.modified.plus(Duration::from_secs(10))
}

fn earlier(object: &ObjectInfo) -> Timestamp {
    Timestamp::from_millis(object.modified.as_millis() - 10_000)
}

#[tokio::test]
async fn reads_hold_to_their_conditions() {
    let bed = Bed::new().await;
    let object = bed.put("k", "1").await;
    let none = ReadConditions::default;
    let if_match = |tags| ReadConditions {
        if_match: tags,
        ..none()
    };
    let if_none_match = |tags| ReadConditions {
        if_none_match: tags,
        ..none()
    };
    let modified_since = |date| ReadConditions {
        if_modified_since: Some(date),
        ..none()
    };
    let unmodified_since = |date| ReadConditions {
        if_unmodified_since: Some(date),
        ..none()
    };
    let failed = Some("PreconditionFailed");
    let not_modified = Some("NotModified");
    for (conditions, refused) in [
        (if_match(matching(&object)), None),
        (if_match(other()), failed),
        (if_none_match(matching(&object)), not_modified),
        (if_none_match(Some(EtagMatch::Any)), not_modified),
        (if_none_match(other()), None),
        (modified_since(earlier(&object)), None),
        (modified_since(object.modified), not_modified),
        (unmodified_since(object.modified), None),
        (unmodified_since(earlier(&object)), failed),
        // A tag overrules a date: RFC 9110, section 13.2.2.
        (
            ReadConditions {
                if_match: matching(&object),
                ..unmodified_since(earlier(&object))
            },
            None,
        ),
        (
            ReadConditions {
                if_none_match: other(),
                ..modified_since(later(&object))
            },
            None,
        ),
    ] {
        let get = GetObject {
            conditions: conditions.clone(),
            ..GetObject::default()
        };
        let head = bed
            .storage
            .head_object(&lake(), &key("k"), get.clone())
            .await;
        assert_eq!(
            head.err().map(|error| error.code()),
            refused,
            "{conditions:?}"
        );
        let read = bed.get_with("k", get).await;
        assert_eq!(
            read.err().map(|error| error.code()),
            refused,
            "{conditions:?}"
        );
        let copy = CopyObject {
            source_conditions: conditions.clone(),
            ..CopyObject::default()
        };
        let copied = bed
            .storage
            .copy_object((&lake(), &key("k")), (&lake(), &key("copy")), copy)
            .await;
        let refused = refused.and(failed);
        assert_eq!(
            copied.err().map(|error| error.code()),
            refused,
            "{conditions:?}"
        );
    }
}

fn on(condition: WriteCondition) -> PutObject {
    PutObject {
        condition,
        ..PutObject::default()
    }
}

#[tokio::test]
async fn if_none_match_puts_the_first_only() {
    let bed = Bed::new().await;
    let first = bed.put_with("k", "1", on(WriteCondition::absent())).await;
    assert!(first.is_ok());
    let second = bed.put_with("k", "2", on(WriteCondition::absent())).await;
    assert_eq!(code(second), "PreconditionFailed");
    assert_eq!(bed.get("k").await.unwrap(), "1");
    assert!(bed.files("tmp").is_empty());
}

#[tokio::test]
async fn if_match_puts_over_the_version_it_names() {
    let bed = Bed::new().await;
    let named = |etag: &str| on(WriteCondition::matching(EtagMatch::parse(etag)));
    assert_eq!(code(bed.put_with("k", "1", named("*")).await), "NoSuchKey");
    let first = bed.put("k", "1").await;
    let second = bed.put_with("k", "2", named(first.etag.as_str())).await;
    assert!(second.is_ok());
    let stale = bed.put_with("k", "3", named(first.etag.as_str())).await;
    assert_eq!(code(stale), "PreconditionFailed");
    assert_eq!(bed.get("k").await.unwrap(), "2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_put_the_first_one_wins() {
    let bed = Bed::new().await;
    let puts = (0..16).map(|number| {
        let bytes = number.to_string();
        let bed = &bed;
        async move {
            bed.put_with("k", &bytes, on(WriteCondition::absent()))
                .await
        }
    });
    let outcomes = futures::future::join_all(puts).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
}

#[tokio::test]
async fn a_delete_holds_to_its_tag() {
    let bed = Bed::new().await;
    let object = bed.put("k", "1").await;
    let delete = async |text: &str, tag: &EtagMatch| {
        bed.storage
            .delete_object(
                &lake(),
                &key(text),
                DeleteObject {
                    if_match: Some(tag.clone()),
                    ..DeleteObject::default()
                },
            )
            .await
    };
    assert_eq!(
        code(delete("k", &other().unwrap()).await),
        "PreconditionFailed"
    );
    assert_eq!(code(delete("missing", &EtagMatch::Any).await), "NoSuchKey");
    delete("k", &matching(&object).unwrap()).await.unwrap();
    assert_eq!(bed.keys().await, [""; 0]);
}
