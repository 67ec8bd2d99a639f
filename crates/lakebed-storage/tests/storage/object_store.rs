use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use lakebed_core::EventKind;
use lakebed_storage::BucketName;
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, Error, GetOptions, GetRange, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt, PutMode, PutMultipartOptions, PutOptions, PutPayload, UpdateVersion,
};

use crate::bed::{Bed, lake};

async fn bed_with(keys: &[&str]) -> (Bed, Arc<dyn ObjectStore>) {
    let bed = Bed::new().await;
    for key in keys {
        bed.put(key, key).await;
    }
    let store = bed.storage.object_store(&lake());
    (bed, store)
}

fn names(metas: &[ObjectMeta]) -> Vec<&str> {
    metas.iter().map(|meta| meta.location.as_ref()).collect()
}

#[tokio::test]
async fn what_is_put_is_got_with_its_attributes() {
    let (bed, store) = bed_with(&[]).await;
    let path = Path::from("year=2025/part-0.parquet");
    let attributes = Attributes::from_iter([
        (Attribute::ContentType, "application/vnd.apache.parquet"),
        (Attribute::Metadata("rows".into()), "5"),
    ]);
    let options = PutOptions {
        attributes: attributes.clone(),
        ..PutOptions::default()
    };
    let payload = PutPayload::from_iter([Bytes::from("PAR"), Bytes::from("1")]);
    let put = store.put_opts(&path, payload, options).await.unwrap();

    let got = store.get(&path).await.unwrap();
    assert_eq!(got.attributes, attributes);
    assert_eq!((got.meta.size, &got.meta.e_tag), (4, &put.e_tag));
    assert_eq!(got.bytes().await.unwrap(), "PAR1");
    assert_eq!(store.head(&path).await.unwrap().e_tag, put.e_tag);
    let object = bed.head("year=2025/part-0.parquet").await.unwrap();
    assert_eq!(Some(object.etag.quoted()), put.e_tag);
}

#[tokio::test]
async fn what_is_missing_is_not_found() {
    let (bed, store) = bed_with(&[]).await;
    let path = Path::from("missing");
    assert!(matches!(
        store.get(&path).await,
        Err(Error::NotFound { .. })
    ));
    assert!(matches!(
        store.head(&path).await,
        Err(Error::NotFound { .. })
    ));
    let nowhere = BucketName::parse("nowhere").unwrap();
    let nowhere = bed.storage.object_store(&nowhere);
    let listed = nowhere.list(None).try_collect::<Vec<_>>().await;
    assert!(matches!(listed, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn ranges_are_read_exactly() {
    let (bed, store) = bed_with(&[]).await;
    bed.put("k", "0123456789").await;
    let path = Path::from("k");
    let ranges = store.get_ranges(&path, &[2..4, 8..20, 0..1]).await.unwrap();
    assert_eq!(ranges, ["23", "89", "0"]);
    assert_eq!(store.get_range(&path, 3..5).await.unwrap(), "34");
    assert!(store.get_ranges(&path, &[0..1, 10..11]).await.is_err());
    assert!(store.get_range(&path, 10..11).await.is_err());
    for (range, expected) in [(GetRange::Suffix(3), "789"), (GetRange::Offset(6), "6789")] {
        let options = GetOptions::new().with_range(Some(range));
        let got = store.get_opts(&path, options).await.unwrap();
        assert_eq!(got.bytes().await.unwrap(), expected);
    }
}

#[tokio::test]
async fn lists_are_of_folders_not_of_prefixes() {
    let keys = ["a/1", "a/b/2", "ab", "c", "folder/", "x//y"];
    let (_bed, store) = bed_with(&keys).await;
    let list = async |prefix: Option<&str>| {
        let prefix = prefix.map(Path::from);
        let found: Vec<_> = store.list(prefix.as_ref()).try_collect().await.unwrap();
        found
    };
    // Keys that no path spells are not seen.
    assert_eq!(names(&list(None).await), ["a/1", "a/b/2", "ab", "c"]);
    assert_eq!(names(&list(Some("a")).await), ["a/1", "a/b/2"]);
    assert_eq!(names(&list(Some("ab")).await), [""; 0]);

    let offset = Path::from("a/1");
    let after: Vec<_> = store
        .list_with_offset(None, &offset)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(names(&after), ["a/b/2", "ab", "c"]);

    let top = store.list_with_delimiter(None).await.unwrap();
    assert_eq!(names(&top.objects), ["ab", "c"]);
    let folders = ["a", "folder", "x"].map(Path::from);
    assert_eq!(top.common_prefixes, folders);
}

#[tokio::test]
async fn a_list_goes_on_past_a_page() {
    let (bed, store) = bed_with(&[]).await;
    for number in 0..1100 {
        bed.put(&format!("k{number:04}"), "").await;
    }
    let found: Vec<_> = store.list(None).try_collect().await.unwrap();
    assert_eq!(found.len(), 1100);
    assert!(found.is_sorted_by(|left, right| left.location < right.location));
    let gone: Vec<_> = store
        .delete_stream(stream::iter(found).map(|meta| Ok(meta.location)).boxed())
        .try_collect()
        .await
        .unwrap();
    assert_eq!(gone.len(), 1100);
    assert_eq!(bed.keys().await, [""; 0]);
}

#[tokio::test]
async fn create_and_update_hold_to_what_is_there() {
    let (_bed, store) = bed_with(&[]).await;
    let path = Path::from("k");
    let put = async |bytes: &'static str, mode: PutMode| {
        store.put_opts(&path, bytes.into(), mode.into()).await
    };
    let version = |e_tag| UpdateVersion {
        e_tag,
        version: None,
    };
    let absent = put("0", PutMode::Update(version(Some("\"0\"".to_owned())))).await;
    assert!(matches!(absent, Err(Error::Precondition { .. })));
    let first = put("1", PutMode::Create).await.unwrap();
    let second = put("2", PutMode::Create).await;
    assert!(matches!(second, Err(Error::AlreadyExists { .. })));
    put("3", PutMode::Update(first.clone().into()))
        .await
        .unwrap();
    let stale = put("4", PutMode::Update(first.into())).await;
    assert!(matches!(stale, Err(Error::Precondition { .. })));
    let nameless = put("5", PutMode::Update(version(None))).await;
    assert!(nameless.is_err());
    let got = store.get(&path).await.unwrap();
    assert_eq!(got.bytes().await.unwrap(), "3");
}

#[tokio::test]
async fn reads_can_be_conditional() {
    let (_bed, store) = bed_with(&["k"]).await;
    let path = Path::from("k");
    let meta = store.head(&path).await.unwrap();
    let same = GetOptions::new().with_if_none_match(meta.e_tag.clone());
    let same = store.get_opts(&path, same).await;
    assert!(matches!(same, Err(Error::NotModified { .. })));
    let other = GetOptions::new().with_if_match(Some("\"0123\""));
    let other = store.get_opts(&path, other).await;
    assert!(matches!(other, Err(Error::Precondition { .. })));
}

#[tokio::test]
async fn copies_and_renames() {
    let (bed, store) = bed_with(&["a", "b"]).await;
    let [a, b, c] = ["a", "b", "c"].map(Path::from);
    store.copy(&a, &c).await.unwrap();
    store.copy(&a, &a).await.unwrap();
    let there = store.copy_if_not_exists(&a, &b).await;
    assert!(matches!(there, Err(Error::AlreadyExists { .. })));
    let there = store.rename_if_not_exists(&a, &b).await;
    assert!(matches!(there, Err(Error::AlreadyExists { .. })));
    store.rename(&a, &b).await.unwrap();
    assert_eq!(bed.keys().await, ["b", "c"]);
    assert_eq!(bed.get("b").await.unwrap(), "a");
    let missing = store.copy(&a, &b).await;
    assert!(matches!(missing, Err(Error::NotFound { .. })));
}

async fn upload(store: &Arc<dyn ObjectStore>, path: &str) -> Box<dyn MultipartUpload> {
    let options = PutMultipartOptions::default();
    let upload = store.put_multipart_opts(&Path::from(path), options).await;
    upload.unwrap()
}

#[tokio::test]
async fn parts_of_any_size_may_finish_in_any_order() {
    let (bed, store) = bed_with(&[]).await;
    let mut events = bed.platform.events.subscribe();
    let mut upload = upload(&store, "k").await;
    let first = upload.put_part("lake".into());
    let second = upload.put_part("bed".into());
    second.await.unwrap();
    assert!(store.list(None).next().await.is_none());
    first.await.unwrap();
    let put = upload.complete().await.unwrap();
    assert!(put.e_tag.unwrap().ends_with("-2\""));
    assert_eq!(bed.get("k").await.unwrap(), "lakebed");
    let whole = bed.put("whole", "lakebed").await;
    assert_eq!(bed.head("k").await.unwrap().checksum, whole.checksum);
    let event = events.try_recv().unwrap();
    let EventKind::Object(event) = &event.kind else {
        panic!("not of an object: {event:?}");
    };
    assert_eq!((event.key.as_str(), event.size_bytes), ("k", Some(7)));
    assert_eq!(event.change.name(), "ObjectCreated:CompleteMultipartUpload");
}

#[tokio::test]
async fn an_upload_that_is_not_completed_leaves_nothing() {
    let (bed, store) = bed_with(&[]).await;
    let mut aborted = upload(&store, "k").await;
    aborted.put_part("1".into()).await.unwrap();
    aborted.abort().await.unwrap();
    assert!(aborted.complete().await.is_err());

    let mut unfinished = upload(&store, "k").await;
    drop(unfinished.put_part("1".into()));
    assert!(unfinished.complete().await.is_err());
    drop(unfinished);

    assert_eq!(bed.keys().await, [""; 0]);
    assert!(bed.files("tmp").is_empty());
}

#[tokio::test]
async fn an_empty_upload_is_an_empty_object() {
    let (bed, store) = bed_with(&[]).await;
    upload(&store, "k").await.complete().await.unwrap();
    assert_eq!(bed.get("k").await.unwrap(), "");
}
