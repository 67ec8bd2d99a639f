//! What a crash between two steps of a write leaves, set up by hand, and what start-up makes of it.

use std::fs;
use std::time::{Duration, SystemTime};

use lakebed_core::{Durability, Platform, Settings};
use lakebed_storage::{CreateUpload, GetObject, ObjectMetadata, PutObject, Storage, body};

use crate::bed::{Bed, code, key, lake, text};

fn as_csv() -> PutObject {
    PutObject {
        metadata: ObjectMetadata {
            content_type: Some("text/csv".to_owned()),
            ..ObjectMetadata::default()
        },
        ..PutObject::default()
    }
}

#[tokio::test]
async fn a_write_cut_short_before_its_commit_leaves_the_old_object() {
    let bed = Bed::new().await;
    let old = bed.put("k", "old").await;
    let half = bed.path("tmp/0123456789abcdef0123456789abcdef");
    let bed = bed.reopen(|_| fs::write(&half, "ne").unwrap()).await;
    assert_eq!(bed.head("k").await.unwrap(), old);
    assert_eq!(bed.get("k").await.unwrap(), "old");
    assert!(bed.files("tmp").is_empty());
}

#[tokio::test]
async fn a_write_cut_short_after_its_commit_is_finished() {
    let bed = Bed::new().await;
    bed.put("folder/k", "old").await;
    let file = bed.path("buckets/lake/folder/k");
    let kept = bed.path("kept");
    fs::rename(&file, &kept).unwrap();
    let new = bed.put_with("folder/k", "new", as_csv()).await.unwrap();
    let bed = bed
        .reopen(|bed| {
            let staged = bed.path("tmp").join(bed.blob("folder/k"));
            fs::rename(&file, staged).unwrap();
            fs::rename(&kept, &file).unwrap();
        })
        .await;
    assert_eq!(bed.head("folder/k").await.unwrap(), new);
    assert_eq!(bed.get("folder/k").await.unwrap(), "new");
    assert!(bed.files("tmp").is_empty());
}

#[tokio::test]
async fn a_first_write_cut_short_after_its_commit_is_finished() {
    let bed = Bed::new().await;
    let plain = bed.put_with("folder/k", "1", as_csv()).await.unwrap();
    let aside = bed.put("aside/", "2").await;
    let bed = bed
        .reopen(|bed| {
            let staged = bed.path("tmp").join(bed.blob("folder/k"));
            fs::rename(bed.path("buckets/lake/folder/k"), staged).unwrap();
            fs::remove_dir(bed.path("buckets/lake/folder")).unwrap();
            let blob = bed.blob("aside/");
            let file = bed.path("objects").join(&blob[..2]).join(&blob);
            fs::rename(file, bed.path("tmp").join(&blob)).unwrap();
        })
        .await;
    assert_eq!(bed.head("folder/k").await.unwrap(), plain);
    assert_eq!(bed.get("folder/k").await.unwrap(), "1");
    assert_eq!(bed.head("aside/").await.unwrap(), aside);
    assert_eq!(bed.get("aside/").await.unwrap(), "2");
}

#[tokio::test]
async fn a_write_cut_short_whose_place_was_taken_lies_aside() {
    let bed = Bed::new().await;
    let object = bed.put_with("a/b", "1", as_csv()).await.unwrap();
    let bed = bed
        .reopen(|bed| {
            let staged = bed.path("tmp").join(bed.blob("a/b"));
            fs::rename(bed.path("buckets/lake/a/b"), staged).unwrap();
            fs::remove_dir(bed.path("buckets/lake/a")).unwrap();
            fs::write(bed.path("buckets/lake/a"), "in the way").unwrap();
        })
        .await;
    assert_eq!(bed.head("a/b").await.unwrap(), object);
    assert_eq!(bed.get("a/b").await.unwrap(), "1");
    assert_eq!(bed.get("a").await.unwrap(), "in the way");
}

#[tokio::test]
async fn a_delete_cut_short_before_its_commit_did_not_happen() {
    let bed = Bed::new().await;
    let object = bed.put_with("k", "1", as_csv()).await.unwrap();
    let bed = bed
        .reopen(|bed| {
            let staged = bed.path("tmp").join(bed.blob("k"));
            fs::rename(bed.path("buckets/lake/k"), staged).unwrap();
        })
        .await;
    assert_eq!(bed.head("k").await.unwrap(), object);
    assert_eq!(bed.get("k").await.unwrap(), "1");
}

#[tokio::test]
async fn files_nobody_names_are_removed() {
    let bed = Bed::new().await;
    bed.put("aside/", "kept").await;
    let orphan = bed.path("objects/00");
    let bed = bed
        .reopen(|_| {
            fs::create_dir_all(&orphan).unwrap();
            fs::write(orphan.join("00123456789abcdef0123456789abcde"), "1").unwrap();
        })
        .await;
    assert_eq!(bed.files("objects").len(), 1);
    assert_eq!(bed.get("aside/").await.unwrap(), "kept");
}

#[tokio::test]
async fn a_part_cut_short_before_its_commit_is_removed() {
    let bed = Bed::new().await;
    let upload = bed
        .storage
        .create_multipart_upload(&lake(), &key("k"), CreateUpload::default())
        .await
        .unwrap();
    let ended = bed.path("uploads/ended");
    let half = bed.path("uploads").join(upload.id.as_str()).join("half");
    let bed = bed
        .reopen(|_| {
            fs::create_dir_all(half.parent().unwrap()).unwrap();
            fs::write(half, "1").unwrap();
            fs::create_dir(ended).unwrap();
        })
        .await;
    assert!(bed.files("uploads").is_empty());
    assert!(!bed.path("uploads/ended").exists());
}

#[tokio::test]
async fn what_changed_while_stopped_is_found_at_start() {
    let bed = Bed::new().await;
    for name in ["changed", "removed", "touched", "same"] {
        bed.put_with(name, name, as_csv()).await.unwrap();
    }
    let touched = bed.head("touched").await.unwrap();
    let at = |bed: &Bed, name: &str| bed.path("buckets/lake").join(name);
    let bed = bed
        .reopen(|bed| {
            fs::write(at(bed, "changed"), "CHANGED").unwrap();
            fs::remove_file(at(bed, "removed")).unwrap();
            let file = fs::File::options()
                .write(true)
                .open(at(bed, "touched"))
                .unwrap();
            let yesterday = SystemTime::now() - Duration::from_secs(86_400);
            file.set_modified(yesterday).unwrap();
            fs::create_dir(at(bed, "new")).unwrap();
            fs::write(at(bed, "new/data.csv"), "a,b\n").unwrap();
            fs::create_dir(bed.path("buckets/dropped")).unwrap();
            fs::write(bed.path("buckets/dropped/x"), "").unwrap();
            fs::create_dir(bed.path("buckets/Not_A_Bucket")).unwrap();
        })
        .await;
    assert_eq!(
        bed.keys().await,
        ["changed", "new/data.csv", "same", "touched"]
    );
    assert_eq!(bed.get("changed").await.unwrap(), "CHANGED");
    let changed = bed.head("changed").await.unwrap();
    assert_eq!(changed.etag.as_str(), "e6b94e58bfd13b21bc786578d9f8ba4a");
    assert_eq!(bed.head("touched").await.unwrap(), touched);
    let new = bed.head("new/data.csv").await.unwrap();
    assert_eq!(new.metadata.content_type.as_deref(), Some("text/csv"));
    assert!(new.checksum.is_some());
    let names: Vec<String> = bed
        .storage
        .list_buckets()
        .await
        .unwrap()
        .iter()
        .map(|bucket| bucket.name.to_string())
        .collect();
    assert_eq!(names, ["dropped", "lake"]);
}

#[tokio::test]
async fn a_data_folder_may_be_moved_and_lose_its_times() {
    let bed = Bed::new().await;
    let plain = bed.put_with("a/b", "1", as_csv()).await.unwrap();
    let aside = bed.put_with("a/", "2", as_csv()).await.unwrap();
    let bed = bed
        .reopen(|bed| {
            let blob = bed.blob("a/");
            let aside = bed.path("objects").join(&blob[..2]).join(&blob);
            for file in [bed.path("buckets/lake/a/b"), aside] {
                let copy = bed.path("copy");
                fs::copy(&file, &copy).unwrap();
                fs::rename(copy, file).unwrap();
            }
        })
        .await;
    assert_eq!(bed.head("a/b").await.unwrap(), plain);
    assert_eq!(bed.get("a/b").await.unwrap(), "1");
    assert_eq!(bed.head("a/").await.unwrap(), aside);
    assert_eq!(bed.get("a/").await.unwrap(), "2");
}

#[tokio::test]
async fn a_file_changed_under_the_index_is_read_as_it_is_now() {
    let bed = Bed::new().await;
    bed.storage.shutdown().await;
    bed.put("changed", "old").await;
    bed.put("removed", "old").await;
    fs::write(bed.path("buckets/lake/changed"), "new bytes").unwrap();
    fs::remove_file(bed.path("buckets/lake/removed")).unwrap();
    let read = bed.get_with("changed", GetObject::default()).await.unwrap();
    assert_eq!(read.head.object.size, 9);
    assert_eq!(text(read).await, "new bytes");
    assert_eq!(code(bed.get("removed").await), "NoSuchKey");
    assert_eq!(bed.keys().await, ["changed"]);
}

#[tokio::test]
async fn a_file_dropped_for_a_key_that_lies_aside_takes_its_place() {
    let bed = Bed::new().await;
    bed.put("a/b", "in the way").await;
    bed.put("a", "aside").await;
    bed.delete("a/b").await;
    let file = bed.path("buckets/lake/a");
    let bed = bed.reopen(|_| fs::write(&file, "dropped").unwrap()).await;
    assert_eq!(bed.get("a").await.unwrap(), "dropped");
    assert!(bed.files("objects").is_empty());
}

#[tokio::test]
async fn a_folder_in_the_place_of_an_object_removes_it() {
    let bed = Bed::new().await;
    bed.put("k", "1").await;
    let file = bed.path("buckets/lake/k");
    let bed = bed
        .reopen(|_| {
            fs::remove_file(&file).unwrap();
            fs::create_dir(&file).unwrap();
        })
        .await;
    assert_eq!(code(bed.get("k").await), "NoSuchKey");
    bed.put("k", "2").await;
    assert_eq!(bed.get("k").await.unwrap(), "2");
}

#[tokio::test]
async fn synced_writes_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        durability: Durability::Fsync,
        ..Settings::at(folder.path())
    };
    let platform = Platform::open(settings).unwrap();
    let storage = Storage::open(platform.clone()).unwrap();
    storage
        .create_bucket(&lake(), platform.region())
        .await
        .unwrap();
    for name in ["a/b/c", "aside/"] {
        let put = PutObject::default();
        storage
            .put_object(&lake(), &key(name), body("1"), put)
            .await
            .unwrap();
        let read = storage
            .get_object(&lake(), &key(name), GetObject::default())
            .await;
        assert_eq!(text(read.unwrap()).await, "1");
    }
}
