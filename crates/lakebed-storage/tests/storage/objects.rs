use std::collections::BTreeMap;

use bytes::Bytes;
use futures::{StreamExt, stream};
use lakebed_core::{EventKind, ObjectChange, ObjectEvent};
use lakebed_storage::{
    BodyChecks, BoxError, BucketName, ByteRange, Checksum, ChecksumAlgorithm, ContentMd5,
    DeleteObject, GetObject, ObjectMetadata, PutObject, body,
};
use proptest::prelude::*;
use rstest::rstest;

use crate::bed::{Bed, bytes, code, key, lake, text};

#[tokio::test]
async fn an_object_is_a_file_with_a_row() {
    let bed = Bed::new().await;
    let metadata = ObjectMetadata {
        content_type: Some("text/csv".to_owned()),
        cache_control: Some("no-cache".to_owned()),
        user: BTreeMap::from([("owner".to_owned(), "가람".to_owned())]),
        ..ObjectMetadata::default()
    };
    let put = PutObject {
        metadata: metadata.clone(),
        ..PutObject::default()
    };
    let object = bed.put_with("csv/a.csv", "a,b\n1,2\n", put).await.unwrap();

    assert_eq!(object.etag.as_str(), "e5ebd4c02cefbe7955977c67ada242b7");
    assert_eq!((object.size, &object.metadata), (8, &metadata));
    assert_eq!(bed.head("csv/a.csv").await.unwrap(), object);
    assert_eq!(bed.get("csv/a.csv").await.unwrap(), "a,b\n1,2\n");
    let file = bed.path("buckets/lake/csv/a.csv");
    assert_eq!(std::fs::read_to_string(file).unwrap(), "a,b\n1,2\n");
    assert!(bed.files("tmp").is_empty());
}

#[tokio::test]
async fn an_object_without_a_type_is_binary() {
    let bed = Bed::new().await;
    let object = bed.put("a.csv", "").await;
    let content_type = object.metadata.content_type.as_deref();
    assert_eq!(content_type, Some("binary/octet-stream"));
    assert_eq!(object.etag.quoted(), "\"d41d8cd98f00b204e9800998ecf8427e\"");
    assert_eq!(bed.get("a.csv").await.unwrap(), "");
}

#[tokio::test]
async fn a_missing_object_and_a_missing_bucket_are_told_apart() {
    let bed = Bed::new().await;
    assert_eq!(code(bed.get("nothing").await), "NoSuchKey");
    assert_eq!(code(bed.head("nothing").await), "NoSuchKey");
    let nowhere = BucketName::parse("nowhere").unwrap();
    let put = bed
        .storage
        .put_object(&nowhere, &key("k"), body("b"), PutObject::default())
        .await;
    assert_eq!(code(put), "NoSuchBucket");
    assert!(bed.files("tmp").is_empty());
}

#[tokio::test]
async fn a_long_object_streams_in_and_out() {
    let bed = Bed::new().await;
    let chunk = Bytes::from_iter((0..=255_u8).cycle().take(100_000));
    let chunks = stream::iter(std::iter::repeat_n(chunk.clone(), 70).map(Ok)).boxed();
    let object = bed
        .storage
        .put_object(&lake(), &key("long"), chunks, PutObject::default())
        .await
        .unwrap();
    assert_eq!(object.size, 7_000_000);
    let whole = chunk.repeat(70);
    let read = bed.get_with("long", GetObject::default()).await.unwrap();
    assert!(bytes(read).await == whole);
    let middle = GetObject {
        range: ByteRange::parse("bytes=600001-2600000"),
        ..GetObject::default()
    };
    let read = bed.get_with("long", middle).await.unwrap();
    assert_eq!(
        (read.head.range.clone(), read.head.partial),
        (600_001..2_600_001, true)
    );
    assert!(bytes(read).await == whole[600_001..2_600_001]);
}

#[rstest]
#[case(ChecksumAlgorithm::Crc32, "y/Q5Jg==")]
#[case(ChecksumAlgorithm::Crc32C, "4waSgw==")]
#[case(ChecksumAlgorithm::Crc64Nvme, "rosUhgp5mIg=")]
#[case(ChecksumAlgorithm::Sha1, "98O8HYCOBHMq32eZZczDTKeuNEE=")]
#[case(
    ChecksumAlgorithm::Sha256,
    "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="
)]
#[tokio::test]
async fn checksums_are_verified_and_kept(
    #[case] algorithm: ChecksumAlgorithm,
    #[case] value: &str,
) {
    let bed = Bed::new().await;
    let checked = |checks| PutObject {
        checks,
        ..PutObject::default()
    };
    let value = Checksum::parse(algorithm, value).unwrap();
    let announced = BodyChecks {
        checksum: Some(value.clone()),
        ..BodyChecks::default()
    };
    let object = bed.put_with("k", "123456789", checked(announced)).await;
    assert_eq!(object.unwrap().checksum.unwrap().checksum, value);

    let trailing = value.clone();
    let trailing = BodyChecks {
        algorithm: Some(algorithm),
        trailer: Some(Box::new(move || Ok(Some(trailing)))),
        ..BodyChecks::default()
    };
    let refused = bed.put_with("k", "12345678", checked(trailing)).await;
    assert_eq!(code(refused), "BadDigest");
    assert_eq!(bed.get("k").await.unwrap(), "123456789");
    assert!(bed.files("tmp").is_empty());
}

#[tokio::test]
async fn a_body_that_is_not_what_was_announced_leaves_nothing() {
    let bed = Bed::new().await;
    let checked = |checks| PutObject {
        checks,
        ..PutObject::default()
    };
    let md5 = BodyChecks {
        content_md5: Some(ContentMd5::parse("1B2M2Y8AsgTpgAmY7PhCfg==").unwrap()),
        ..BodyChecks::default()
    };
    assert_eq!(
        code(bed.put_with("k", "x", checked(md5)).await),
        "BadDigest"
    );
    let length = BodyChecks {
        content_length: Some(2),
        ..BodyChecks::default()
    };
    let short = bed.put_with("k", "x", checked(length)).await;
    assert_eq!(code(short), "IncompleteBody");
    let huge = BodyChecks {
        content_length: Some(6 << 30),
        ..BodyChecks::default()
    };
    let huge = bed.put_with("k", "x", checked(huge)).await;
    assert_eq!(code(huge), "EntityTooLarge");

    let broken = stream::iter([Ok(Bytes::from("x")), Err(BoxError::from("cut"))]).boxed();
    let broken = bed
        .storage
        .put_object(&lake(), &key("k"), broken, PutObject::default())
        .await;
    assert_eq!(code(broken), "IncompleteBody");

    assert_eq!(bed.keys().await, [""; 0]);
    assert!(bed.files("tmp").is_empty() && bed.files("buckets").is_empty());
}

#[tokio::test]
async fn metadata_has_limits() {
    let bed = Bed::new().await;
    let put = |metadata| PutObject {
        metadata,
        ..PutObject::default()
    };
    let large = ObjectMetadata {
        user: BTreeMap::from([("n".to_owned(), "v".repeat(2048))]),
        ..ObjectMetadata::default()
    };
    assert_eq!(
        code(bed.put_with("k", "", put(large)).await),
        "MetadataTooLarge"
    );
    let class = |name: &str| ObjectMetadata {
        storage_class: Some(name.to_owned()),
        ..ObjectMetadata::default()
    };
    assert_eq!(
        code(bed.put_with("k", "", put(class("COLD"))).await),
        "InvalidStorageClass"
    );
    let object = bed.put_with("k", "", put(class("STANDARD_IA"))).await;
    let storage_class = object.unwrap().metadata.storage_class;
    assert_eq!(storage_class.as_deref(), Some("STANDARD_IA"));
}

#[tokio::test]
async fn a_reader_keeps_the_version_it_opened() {
    let bed = Bed::new().await;
    let old = "old".repeat(1_000_000);
    bed.put("k", &old).await;
    let read = bed.get_with("k", GetObject::default()).await.unwrap();
    bed.put("k", "new").await;
    assert!(text(read).await == old);
    assert_eq!(bed.get("k").await.unwrap(), "new");
    let read = bed.get_with("k", GetObject::default()).await.unwrap();
    bed.delete("k").await;
    assert_eq!(text(read).await, "new");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_of_one_key_win_wholly() {
    let bed = Bed::new().await;
    let mut writers = Vec::new();
    for letter in 'a'..='h' {
        let storage = bed.storage.clone();
        writers.push(tokio::spawn(async move {
            let (lake, key) = (lake(), key("k"));
            for _ in 0..20 {
                let bytes = body(letter.to_string().repeat(1000));
                let put = storage.put_object(&lake, &key, bytes, PutObject::default());
                put.await.unwrap();
                let read = storage.get_object(&lake, &key, GetObject::default());
                let read = read.await.unwrap();
                let etag = read.head.object.etag.clone();
                let bytes = bytes_of_one_letter(text(read).await);
                assert_eq!(etag.as_str(), hex_md5(&bytes));
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert!(bed.files("tmp").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn folders_come_and_go_under_many_writers() {
    let bed = Bed::new().await;
    let mut writers = Vec::new();
    for writer in 0..6 {
        let storage = bed.storage.clone();
        writers.push(tokio::spawn(async move {
            let lake = lake();
            // All share the folders, and one writer's key is the folder of the others'.
            let name = if writer == 0 {
                "a/b".to_owned()
            } else {
                format!("a/b/{writer}")
            };
            let key = key(&name);
            for _ in 0..40 {
                let put = storage.put_object(&lake, &key, body("1"), PutObject::default());
                put.await.unwrap();
                let read = storage.get_object(&lake, &key, GetObject::default());
                assert_eq!(text(read.await.unwrap()).await, "1");
                storage
                    .delete_object(&lake, &key, DeleteObject::default())
                    .await
                    .unwrap();
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(bed.keys().await, [""; 0]);
    let left = ["buckets", "objects", "tmp"].map(|folder| bed.files(folder));
    assert_eq!(left.concat(), [""; 0]);
}

fn bytes_of_one_letter(text: String) -> String {
    assert_eq!(text.len(), 1000);
    assert!(text.chars().all(|letter| text.starts_with(letter)));
    text
}

fn hex_md5(text: &str) -> String {
    use md5::{Digest, Md5};
    hex::encode(Md5::digest(text))
}

#[tokio::test]
async fn deleting_is_idempotent_and_leaves_no_empty_folders() {
    let bed = Bed::new().await;
    for name in ["a/b/c", "a/d", "e"] {
        bed.put(name, "1").await;
    }
    bed.delete("a/b/c").await;
    bed.delete("a/b/c").await;
    assert!(!bed.path("buckets/lake/a/b").exists());
    assert!(bed.path("buckets/lake/a").exists());
    let rest = ["a/d", "e", "missing", "e"].map(|name| (key(name), DeleteObject::default()));
    let answers = bed.storage.delete_objects(&lake(), rest.to_vec()).await;
    assert!(answers.unwrap().iter().all(Result::is_ok));
    assert_eq!(bed.keys().await, [""; 0]);
    assert_eq!(
        std::fs::read_dir(bed.path("buckets/lake")).unwrap().count(),
        0
    );
    assert!(bed.files("tmp").is_empty());
}

#[tokio::test]
async fn what_happens_is_an_event() {
    let bed = Bed::new().await;
    let mut events = bed.platform.events.subscribe();
    let object = bed.put("k", "12").await;
    bed.delete("k").await;
    bed.delete("k").await;
    let mut told = Vec::new();
    while let Ok(event) = events.try_recv() {
        let EventKind::Object(event) = event.kind.clone() else {
            panic!("not of an object: {event:?}");
        };
        told.push(event);
    }
    let [created, removed] = told.try_into().unwrap();
    assert!(created.sequencer < removed.sequencer);
    let expected = ObjectEvent {
        bucket: "lake".to_owned(),
        key: "k".to_owned(),
        version: None,
        size_bytes: Some(2),
        etag: Some(object.etag.to_string()),
        sequencer: created.sequencer,
        change: ObjectChange::Created { operation: "Put" },
    };
    assert_eq!(created, expected);
    let expected = ObjectEvent {
        size_bytes: None,
        etag: None,
        sequencer: removed.sequencer,
        change: ObjectChange::Deleted,
        ..expected
    };
    assert_eq!(removed, expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_range_is_that_slice(size in 0_usize..3000, first in 0_u64..3500, length in 1_u64..3000) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let bed = Bed::new().await;
            let whole: String = ('a'..='z').cycle().take(size).collect();
            bed.put("k", &whole).await;
            let last = first + length - 1;
            let get = GetObject {
                range: Some(ByteRange::Bounded { first, last }),
                ..GetObject::default()
            };
            let read = bed.get_with("k", get).await;
            if first < size as u64 {
                let end = size.min(usize::try_from(last).unwrap() + 1);
                let slice = &whole[usize::try_from(first).unwrap()..end];
                assert_eq!(text(read.unwrap()).await, slice);
            } else {
                assert_eq!(code(read), "InvalidRange");
            }
        });
    }
}
