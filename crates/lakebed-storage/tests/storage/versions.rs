//! Versions: what is kept, what a delete leaves, what comes back.

use std::collections::BTreeMap;

use lakebed_storage::{
    CopyObject, DeleteObject, Deleted, GetObject, ListVersions, ObjectInfo, PutObject, Retention,
    RetentionMode, VersionId, VersionKind, Versioning,
};
use proptest::prelude::*;

use crate::bed::{Bed, code, key, lake, text};

impl Bed {
    async fn keep_versions(&self, versioning: Versioning) {
        self.storage
            .change_bucket_settings(&lake(), move |settings| {
                settings.versioning = versioning;
                Ok(())
            })
            .await
            .unwrap();
    }

    async fn get_version(
        &self,
        name: &str,
        version: &VersionId,
    ) -> lakebed_storage::Result<String> {
        let get = GetObject {
            version: Some(version.clone()),
            ..GetObject::default()
        };
        Ok(text(self.get_with(name, get).await?).await)
    }

    async fn delete_version(&self, name: &str, version: &VersionId) -> Deleted {
        let delete = DeleteObject {
            version: Some(version.clone()),
            ..DeleteObject::default()
        };
        self.delete_with(name, delete).await.unwrap()
    }

    /// All versions, as `key: bytes` or `key: -` for a marker, `*` behind the latest.
    async fn history(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for version in self.versions(ListVersions::default()).await.versions {
            let bytes = match &version.kind {
                VersionKind::Object(object) => self
                    .get_version(&version.key, &object.version)
                    .await
                    .unwrap(),
                VersionKind::DeleteMarker { .. } => "-".to_owned(),
            };
            let latest = if version.latest { "*" } else { "" };
            lines.push(format!("{}: {bytes}{latest}", version.key));
        }
        lines
    }

    async fn versions(&self, list: ListVersions) -> lakebed_storage::VersionListing {
        let listing = self.storage.list_object_versions(&lake(), list).await;
        listing.unwrap()
    }
}

#[tokio::test]
async fn every_write_makes_a_version_and_the_newest_is_a_plain_file() {
    let bed = Bed::new().await;
    let before = bed.put("k", "before").await;
    assert!(before.version.is_null());
    bed.keep_versions(Versioning::Enabled).await;
    let first = bed.put("k", "first").await;
    let second = bed.put("k", "second").await;
    assert_ne!(first.version, second.version);
    assert_eq!(bed.get("k").await.unwrap(), "second");
    assert_eq!(bed.get_version("k", &first.version).await.unwrap(), "first");
    assert_eq!(
        bed.get_version("k", &VersionId::null()).await.unwrap(),
        "before"
    );
    assert_eq!(bed.history().await, ["k: second*", "k: first", "k: before"]);
    assert_eq!(bed.files("buckets/lake"), ["k"]);
    assert_eq!(
        std::fs::read_to_string(bed.path("buckets/lake/k")).unwrap(),
        "second"
    );
    assert_eq!(bed.files("objects").len(), 2);
    assert_eq!(bed.keys().await, ["k"]);
}

#[tokio::test]
async fn a_delete_leaves_a_marker_and_deleting_the_marker_brings_the_object_back() {
    let bed = Bed::new().await;
    bed.keep_versions(Versioning::Enabled).await;
    let object = bed.put("folder/k", "bytes").await;
    let deleted = bed
        .delete_with("folder/k", DeleteObject::default())
        .await
        .unwrap();
    assert!(deleted.marker);
    let marker = deleted.version.unwrap();
    assert_eq!(code(bed.get("folder/k").await), "NoSuchKey");
    assert_eq!(
        code(bed.get_version("folder/k", &marker).await),
        "MethodNotAllowed"
    );
    let other = bed.put("other", "1").await.version;
    assert_eq!(
        code(bed.get_version("folder/k", &other).await),
        "NoSuchVersion"
    );
    assert_eq!(bed.keys().await, ["other"]);
    assert!(!bed.path("buckets/lake/folder").exists());
    assert_eq!(
        code(bed.storage.delete_bucket(&lake()).await),
        "BucketNotEmpty"
    );
    assert_eq!(
        bed.history().await,
        ["folder/k: -*", "folder/k: bytes", "other: 1*"]
    );

    let undone = bed.delete_version("folder/k", &marker).await;
    assert_eq!(undone.version, Some(marker));
    assert!(undone.marker);
    assert_eq!(bed.get("folder/k").await.unwrap(), "bytes");
    assert_eq!(bed.files("buckets/lake"), ["folder/k", "other"]);

    bed.delete_version("folder/k", &object.version).await;
    assert_eq!(bed.keys().await, ["other"]);
    assert!(bed.files("objects").is_empty());
}

#[tokio::test]
async fn a_suspended_bucket_writes_and_deletes_the_null_version() {
    let bed = Bed::new().await;
    bed.keep_versions(Versioning::Enabled).await;
    bed.put("k", "kept").await;
    bed.keep_versions(Versioning::Suspended).await;
    assert!(bed.put("k", "null 1").await.version.is_null());
    assert!(bed.put("k", "null 2").await.version.is_null());
    assert_eq!(bed.history().await, ["k: null 2*", "k: kept"]);
    bed.delete("k").await;
    assert_eq!(bed.history().await, ["k: -*", "k: kept"]);
    bed.keep_versions(Versioning::Enabled).await;
    bed.put("k", "new").await;
    assert_eq!(bed.history().await, ["k: new*", "k: -", "k: kept"]);
    bed.keep_versions(Versioning::Suspended).await;
    bed.put("k", "null 3").await;
    assert_eq!(bed.history().await, ["k: null 3*", "k: new", "k: kept"]);
    assert_eq!(bed.files("objects").len(), 2);
}

#[tokio::test]
async fn versions_are_listed_in_pages_and_under_prefixes() {
    let bed = Bed::new().await;
    bed.keep_versions(Versioning::Enabled).await;
    for name in ["a", "b/1", "b/2", "c"] {
        for round in 0..3 {
            bed.put(name, &round.to_string()).await;
        }
    }
    let all = bed.history().await;
    let mut paged = Vec::new();
    let mut list = ListVersions {
        max_keys: 2,
        ..ListVersions::default()
    };
    loop {
        let page = bed.versions(list.clone()).await;
        for version in page.versions {
            let VersionKind::Object(object) = &version.kind else {
                panic!("no marker was made");
            };
            let bytes = bed
                .get_version(&version.key, &object.version)
                .await
                .unwrap();
            let latest = if version.latest { "*" } else { "" };
            paged.push(format!("{}: {bytes}{latest}", version.key));
        }
        let Some((key, version)) = page.next else {
            break;
        };
        (list.key_marker, list.version_marker) = (Some(key), version);
    }
    assert_eq!(paged, all);

    let folders = ListVersions {
        delimiter: Some("/".to_owned()),
        max_keys: 4,
        ..ListVersions::default()
    };
    let page = bed.versions(folders.clone()).await;
    assert_eq!(page.common_prefixes, ["b/"]);
    assert_eq!(page.versions.len(), 3);
    let (after, version) = page.next.unwrap();
    assert_eq!((after.as_str(), &version), ("b/", &None));
    let page = bed
        .versions(ListVersions {
            key_marker: Some(after),
            ..folders
        })
        .await;
    assert!(page.common_prefixes.is_empty());
    assert_eq!(page.versions.len(), 3);
    assert_eq!(page.next, None);
}

#[tokio::test]
async fn an_old_version_can_be_copied_over_the_current_one() {
    let bed = Bed::new().await;
    bed.keep_versions(Versioning::Enabled).await;
    let old = bed.put("k", "old").await;
    bed.put("k", "new").await;
    let copy = CopyObject {
        source_version: Some(old.version),
        ..CopyObject::default()
    };
    let place = (&lake(), &key("k"));
    bed.storage.copy_object(place, place, copy).await.unwrap();
    assert_eq!(bed.history().await, ["k: old*", "k: new", "k: old"]);
}

#[tokio::test]
async fn a_retained_version_is_not_deleted_before_its_time() {
    let bed = Bed::new().await;
    bed.keep_versions(Versioning::Enabled).await;
    let now = bed.platform.clock.now();
    let put = |mode| PutObject {
        properties: lakebed_storage::ObjectProperties {
            retention: Some(Retention {
                mode,
                until: lakebed_core::Timestamp::from_millis(now.as_millis() + 60_000),
            }),
            ..Default::default()
        },
        ..PutObject::default()
    };
    let delete = async |object: &ObjectInfo, bypass_governance| {
        let delete = DeleteObject {
            version: Some(object.version.clone()),
            bypass_governance,
            ..DeleteObject::default()
        };
        bed.delete_with("k", delete).await
    };
    let governed = bed
        .put_with("k", "1", put(RetentionMode::Governance))
        .await
        .unwrap();
    assert_eq!(code(delete(&governed, false).await), "AccessDenied");
    assert!(delete(&governed, true).await.is_ok());
    let held = bed
        .put_with("k", "1", put(RetentionMode::Compliance))
        .await
        .unwrap();
    assert_eq!(code(delete(&held, true).await), "AccessDenied");
    bed.delete("k").await;
    assert_eq!(bed.history().await, ["k: -*", "k: 1"]);
}

#[tokio::test]
async fn what_happens_to_files_happens_to_versions() {
    let bed = Bed::new().await;
    bed.keep_versions(Versioning::Enabled).await;
    bed.put("changed", "1").await;
    bed.put("removed", "1").await;
    bed.put("removed", "2").await;
    let bed = bed
        .reopen(|bed| {
            std::fs::write(bed.path("buckets/lake/changed"), "from outside").unwrap();
            std::fs::remove_file(bed.path("buckets/lake/removed")).unwrap();
        })
        .await;
    assert_eq!(
        bed.history().await,
        ["changed: from outside*", "removed: -*", "removed: 1"]
    );
}

#[tokio::test]
async fn a_file_that_was_lifted_when_the_process_died_is_where_the_index_says() {
    let bed = Bed::new().await;
    bed.keep_versions(Versioning::Enabled).await;
    bed.put("k", "old").await;
    let lifted_before_commit = bed.blob("k");
    let bed = bed
        .reopen(|bed| {
            let lifted = bed.path("tmp").join(&lifted_before_commit);
            std::fs::rename(bed.path("buckets/lake/k"), lifted).unwrap();
        })
        .await;
    assert_eq!(bed.history().await, ["k: old*"]);

    let old = bed.blob("k");
    bed.put("k", "new").await;
    let new = bed.blob("k");
    let bed = bed
        .reopen(|bed| {
            let aside = bed.path("objects").join(&old[..2]).join(&old);
            std::fs::rename(aside, bed.path("tmp").join(&old)).unwrap();
            std::fs::rename(bed.path("buckets/lake/k"), bed.path("tmp").join(&new)).unwrap();
        })
        .await;
    assert_eq!(bed.history().await, ["k: new*", "k: old"]);
    assert!(bed.files("tmp").is_empty());
}

/// What may be done to a few keys.
#[derive(Debug, Clone)]
enum Act {
    Put(usize),
    Delete(usize),
    DeleteVersion(usize, usize),
    Set(Versioning),
}

const KEYS: [&str; 4] = ["a", "a/b", "folder/c", "folder/"];

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => (0..KEYS.len()).prop_map(Act::Put),
        2 => (0..KEYS.len()).prop_map(Act::Delete),
        2 => (0..KEYS.len(), 0..4_usize).prop_map(|(key, age)| Act::DeleteVersion(key, age)),
        1 => prop_oneof![Just(Versioning::Enabled), Just(Versioning::Suspended)].prop_map(Act::Set),
    ];
    prop::collection::vec(act, 1..24)
}

/// What S3 promises, in its simplest form: of each key its versions, the newest first.
#[derive(Default)]
struct Model {
    versioning: Versioning,
    keys: BTreeMap<&'static str, Vec<(VersionId, Option<String>)>>,
}

impl Model {
    fn write(&mut self, name: &'static str, id: VersionId, bytes: Option<String>) {
        let versions = self.keys.entry(name).or_default();
        versions.retain(|(known, _)| *known != id);
        versions.insert(0, (id, bytes));
    }

    fn history(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (name, versions) in &self.keys {
            for (age, (_, bytes)) in versions.iter().enumerate() {
                let latest = if age == 0 { "*" } else { "" };
                let bytes = bytes.as_deref().unwrap_or("-");
                lines.push(format!("{name}: {bytes}{latest}"));
            }
        }
        lines
    }
}

async fn act(bed: &Bed, model: &mut Model, number: usize, act: &Act) {
    match act {
        Act::Set(versioning) => {
            bed.keep_versions(*versioning).await;
            model.versioning = *versioning;
        }
        Act::Put(at) => {
            let bytes = format!("bytes {number}");
            let object = bed.put(KEYS[*at], &bytes).await;
            model.write(KEYS[*at], object.version, Some(bytes));
        }
        Act::Delete(at) => {
            let deleted = bed.delete_with(KEYS[*at], DeleteObject::default()).await;
            match deleted.unwrap().version {
                Some(marker) => model.write(KEYS[*at], marker, None),
                None => drop(model.keys.remove(KEYS[*at])),
            }
        }
        Act::DeleteVersion(at, age) => {
            let versions = model.keys.entry(KEYS[*at]).or_default();
            if *age < versions.len() {
                let (id, _) = versions.remove(*age);
                bed.delete_version(KEYS[*at], &id).await;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_history_is_kept_and_survives_a_restart(acts in acts()) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let bed = Bed::new().await;
            let mut model = Model::default();
            for (number, next) in acts.iter().enumerate() {
                act(&bed, &mut model, number, next).await;
                assert_eq!(bed.history().await, model.history());
            }
            assert!(bed.files("tmp").is_empty());
            let bed = bed.reopen(|_| {}).await;
            assert_eq!(bed.history().await, model.history());
            let bytes = model.keys.values().flatten().filter(|(_, bytes)| bytes.is_some());
            let files = bed.files("objects").len() + bed.files("buckets/lake").len();
            assert_eq!(files, bytes.count());
        });
    }
}

#[tokio::test]
async fn a_folder_of_the_first_format_is_brought_to_todays() {
    let bed = Bed::new().await;
    bed.put("k", "bytes").await;
    let store = bed.platform.store.clone();
    let bed = bed
        .reopen(move |_| {
            store
                .write(|transaction| {
                    transaction.execute_batch(FIRST_FORMAT)?;
                    Ok::<_, lakebed_core::StoreError>(())
                })
                .unwrap();
        })
        .await;
    assert_eq!(bed.get("k").await.unwrap(), "bytes");
    bed.keep_versions(Versioning::Enabled).await;
    bed.put("k", "more").await;
    assert_eq!(bed.history().await, ["k: more*", "k: bytes"]);
}

/// Makes today's tables those of the first format, which had one version a key and no settings.
const FIRST_FORMAT: &str = "
    DROP TABLE s3_format;
    DROP TABLE s3_versions;
    ALTER TABLE s3_buckets DROP COLUMN owner;
    ALTER TABLE s3_buckets DROP COLUMN settings;
    CREATE TABLE s3_objects_1 (
        bucket TEXT NOT NULL, key TEXT NOT NULL, version TEXT NOT NULL, size INTEGER NOT NULL,
        etag TEXT NOT NULL, modified INTEGER NOT NULL, checksum TEXT, storage_class TEXT,
        crc64nvme INTEGER NOT NULL, blob TEXT NOT NULL, plain INTEGER NOT NULL,
        file_modified INTEGER NOT NULL, details TEXT NOT NULL, PRIMARY KEY (bucket, key, version)
    ) WITHOUT ROWID;
    INSERT INTO s3_objects_1 SELECT bucket, key, version, size, etag, modified, checksum,
        storage_class, crc64nvme, blob, plain, file_modified, details FROM s3_objects;
    DROP TABLE s3_objects;
    ALTER TABLE s3_objects_1 RENAME TO s3_objects;
";

#[tokio::test]
async fn a_folder_of_a_newer_format_is_refused_and_left_alone() {
    let bed = Bed::new().await;
    bed.storage.shutdown().await;
    bed.platform
        .store
        .write(|transaction| {
            transaction.execute("UPDATE s3_format SET format = 99", [])?;
            Ok::<_, lakebed_core::StoreError>(())
        })
        .unwrap();
    let error = lakebed_storage::Storage::open(bed.platform.clone()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the data folder has format 99, and this lakebed knows formats up to 2: open it with a newer lakebed"
    );
    // The storage that was open before still is.
    bed.put("k", "1").await;
}
