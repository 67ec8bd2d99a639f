use lakebed_core::Region;
use lakebed_storage::{BucketName, Usage};

use crate::bed::{Bed, code, lake};

fn region(name: &str) -> Region {
    name.parse().unwrap()
}

#[tokio::test]
async fn a_bucket_is_a_folder() {
    let bed = Bed::new().await;
    assert!(bed.path("buckets/lake").is_dir());
    let found = bed.storage.head_bucket(&lake()).await.unwrap();
    assert_eq!(found.region, region("us-east-1"));

    bed.storage.delete_bucket(&lake()).await.unwrap();
    assert!(!bed.path("buckets/lake").exists());
    assert_eq!(code(bed.storage.head_bucket(&lake()).await), "NoSuchBucket");
    assert_eq!(
        code(bed.storage.delete_bucket(&lake()).await),
        "NoSuchBucket"
    );
}

#[tokio::test]
async fn making_ones_bucket_again_succeeds_in_us_east_1_only() {
    let bed = Bed::new().await;
    let storage = &bed.storage;
    let first = storage.head_bucket(&lake()).await.unwrap();
    let again = storage.create_bucket(&lake(), &region("us-east-1")).await;
    assert_eq!(again.unwrap(), first);
    let elsewhere = storage.create_bucket(&lake(), &region("eu-west-1")).await;
    assert_eq!(code(elsewhere), "BucketAlreadyOwnedByYou");

    let seoul = BucketName::parse("seoul").unwrap();
    let made = storage
        .create_bucket(&seoul, &region("ap-northeast-2"))
        .await;
    assert_eq!(made.unwrap().region, region("ap-northeast-2"));
    let again = storage
        .create_bucket(&seoul, &region("ap-northeast-2"))
        .await;
    assert_eq!(code(again), "BucketAlreadyOwnedByYou");
}

#[tokio::test]
async fn a_bucket_with_objects_stays() {
    let bed = Bed::new().await;
    bed.put("a/b", "1").await;
    assert_eq!(
        code(bed.storage.delete_bucket(&lake()).await),
        "BucketNotEmpty"
    );
    bed.delete("a/b").await;
    bed.storage.delete_bucket(&lake()).await.unwrap();
}

#[tokio::test]
async fn a_file_dropped_a_moment_ago_keeps_its_bucket() {
    let bed = Bed::new().await;
    std::fs::create_dir(bed.path("buckets/lake/empty")).unwrap();
    std::fs::write(bed.path("buckets/lake/dropped.csv"), "a,b").unwrap();
    assert_eq!(
        code(bed.storage.delete_bucket(&lake()).await),
        "BucketNotEmpty"
    );
    assert!(bed.path("buckets/lake/dropped.csv").is_file());
}

#[tokio::test]
async fn buckets_and_their_regions_outlive_the_process() {
    let bed = Bed::new().await;
    let oslo = BucketName::parse("oslo").unwrap();
    bed.storage
        .create_bucket(&oslo, &region("eu-north-1"))
        .await
        .unwrap();
    let before = bed.storage.list_buckets().await.unwrap();
    let bed = bed.reopen(|_| {}).await;
    assert_eq!(bed.storage.list_buckets().await.unwrap(), before);
}

#[tokio::test]
async fn reset_leaves_nothing() {
    let bed = Bed::new().await;
    bed.put("plain", "1").await;
    bed.put("aside/", "2").await;
    let full = Usage {
        buckets: 1,
        objects: 2,
        bytes: 2,
    };
    assert_eq!(bed.storage.usage().await.unwrap(), full);

    bed.storage.reset().await.unwrap();
    let empty = Usage {
        buckets: 0,
        objects: 0,
        bytes: 0,
    };
    assert_eq!(bed.storage.usage().await.unwrap(), empty);
    assert_eq!(bed.storage.list_buckets().await.unwrap(), []);
    assert!(bed.files("buckets").is_empty() && bed.files("objects").is_empty());
    assert_eq!(code(bed.get("plain").await), "NoSuchBucket");
}
