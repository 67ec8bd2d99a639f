use std::collections::BTreeMap;

use proptest::prelude::*;
use rstest::rstest;

use crate::bed::Bed;

#[rstest]
#[case("folder/")]
#[case("/rooted")]
#[case("a//b")]
#[case("../../../etc/passwd")]
#[case("a/../../b")]
#[case("./a")]
#[case("..")]
#[case("nul\0byte")]
#[case("bell\u{7}")]
#[tokio::test]
async fn a_key_that_is_no_path_lies_aside(#[case] name: &str) {
    let bed = Bed::new().await;
    bed.put(name, "1").await;
    assert_eq!(bed.get(name).await.unwrap(), "1");
    assert_eq!(bed.keys().await, [name]);
    assert!(bed.files("buckets").is_empty());
    assert_eq!(bed.files("objects").len(), 1);

    let bed = bed.reopen(|_| {}).await;
    bed.put(name, "2").await;
    assert_eq!(bed.get(name).await.unwrap(), "2");
    assert_eq!(bed.files("objects").len(), 1);
    bed.delete(name).await;
    assert!(bed.files("objects").is_empty());
}

#[tokio::test]
async fn an_over_long_name_lies_aside() {
    let bed = Bed::new().await;
    let long = "n".repeat(256);
    bed.put(&long, "1").await;
    let deep = "d/".repeat(511) + "k";
    bed.put(&deep, "2").await;
    assert_eq!(bed.get(&long).await.unwrap(), "1");
    assert_eq!(bed.get(&deep).await.unwrap(), "2");
    assert_eq!(bed.files("objects").len(), 1);
}

#[rstest]
#[case("a", "a/b")]
#[case("a/b", "a")]
#[case("a/b/c/d", "a/b")]
#[tokio::test]
async fn a_key_that_is_another_keys_folder_lies_aside(#[case] first: &str, #[case] second: &str) {
    let bed = Bed::new().await;
    bed.put(first, "first").await;
    bed.put(second, "second").await;
    assert_eq!(bed.files("buckets/lake"), [first]);
    let bed = bed.reopen(|_| {}).await;
    assert_eq!(bed.get(first).await.unwrap(), "first");
    assert_eq!(bed.get(second).await.unwrap(), "second");
    bed.delete(first).await;
    assert_eq!(bed.get(second).await.unwrap(), "second");
    // Once nothing is in the way it is put in its place.
    bed.put(second, "again").await;
    assert_eq!(bed.files("buckets/lake"), [second]);
    assert!(bed.files("objects").is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_leads_nobody_out_of_a_bucket() {
    let bed = Bed::new().await;
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret");
    std::fs::write(&secret, "secret").unwrap();
    let link = bed.path("buckets/lake/link");
    std::os::unix::fs::symlink(outside.path(), &link).unwrap();

    bed.put("link/secret", "mine").await;
    assert_eq!(std::fs::read_to_string(&secret).unwrap(), "secret");
    assert_eq!(bed.get("link/secret").await.unwrap(), "mine");
    bed.delete("link/secret").await;
    assert!(secret.exists());

    // Nor is what lies behind it adopted, or put in the place of an object.
    bed.put("plain", "mine").await;
    let plain = bed.path("buckets/lake/plain");
    let bed = bed
        .reopen(|_| {
            std::fs::remove_file(&plain).unwrap();
            std::os::unix::fs::symlink(&secret, &plain).unwrap();
        })
        .await;
    assert_eq!(bed.keys().await, [""; 0]);
    assert_eq!(bed.get("plain").await.unwrap_err().code(), "NoSuchKey");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_keys_hold_what_was_put_last(
        puts in prop::collection::vec(("[ab./\0가]{1,6}", prop::option::of("[xy]{0,3}")), 1..16)
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let bed = Bed::new().await;
            let mut expected = BTreeMap::new();
            for (name, bytes) in &puts {
                match bytes {
                    Some(bytes) => {
                        bed.put(name, bytes).await;
                        expected.insert(name.clone(), bytes.clone());
                    }
                    None => {
                        bed.delete(name).await;
                        expected.remove(name);
                    }
                }
            }
            let bed = bed.reopen(|_| {}).await;
            assert_eq!(bed.keys().await, expected.keys().cloned().collect::<Vec<_>>());
            for (name, bytes) in &expected {
                assert_eq!(&bed.get(name).await.unwrap(), bytes);
            }
            let files = bed.files("buckets").len() + bed.files("objects").len();
            assert_eq!(files, expected.len());
            assert_eq!(bed.files("tmp"), [""; 0]);
        });
    }
}
