use std::collections::BTreeSet;

use lakebed_storage::{ListObjects, decode_token, encode_token};
use proptest::prelude::*;

use crate::bed::{Bed, code, key, lake};

/// Every page of a listing: keys and common prefixes of each.
async fn pages(bed: &Bed, mut list: ListObjects) -> Vec<(Vec<String>, Vec<String>)> {
    let mut pages = Vec::new();
    loop {
        let page = bed
            .storage
            .list_objects(&lake(), list.clone())
            .await
            .unwrap();
        let keys = page.objects.into_iter().map(|object| object.key).collect();
        pages.push((keys, page.common_prefixes));
        match page.next {
            Some(next) => list.after = Some(decode_token(&encode_token(&next)).unwrap()),
            None => return pages,
        }
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

async fn bed_with(keys: &[&str]) -> Bed {
    let bed = Bed::new().await;
    for key in keys {
        bed.put(key, "").await;
    }
    bed
}

#[tokio::test]
async fn keys_come_in_the_order_of_their_bytes() {
    let bed = bed_with(&[
        "b",
        "a/c",
        "a.c",
        "a",
        "가",
        "é",
        "z",
        "B",
        "\u{10000}",
        "\u{ffff}",
    ])
    .await;
    let expected = [
        "B",
        "a",
        "a.c",
        "a/c",
        "b",
        "z",
        "é",
        "가",
        "\u{ffff}",
        "\u{10000}",
    ];
    assert_eq!(bed.keys().await, expected);
}

#[tokio::test]
async fn a_delimiter_rolls_keys_up() {
    let bed = bed_with(&["a", "b/1", "b/2", "c/d/1", "c/e", "d"]).await;
    let list = ListObjects {
        delimiter: Some("/".to_owned()),
        ..ListObjects::default()
    };
    let all = pages(&bed, list.clone()).await;
    assert_eq!(all, [(texts(&["a", "d"]), texts(&["b/", "c/"]))]);
    let below = ListObjects {
        prefix: "c/".to_owned(),
        ..list.clone()
    };
    let below = pages(&bed, below).await;
    assert_eq!(below, [(texts(&["c/e"]), texts(&["c/d/"]))]);

    let one_by_one = ListObjects {
        max_keys: 1,
        ..list
    };
    let one_by_one = pages(&bed, one_by_one).await;
    let expected = [
        (texts(&["a"]), texts(&[])),
        (texts(&[]), texts(&["b/"])),
        (texts(&[]), texts(&["c/"])),
        (texts(&["d"]), texts(&[])),
    ];
    assert_eq!(one_by_one, expected);
}

#[tokio::test]
async fn a_listing_may_begin_within_a_common_prefix() {
    let bed = bed_with(&["b/1", "b/2", "c"]).await;
    let list = ListObjects {
        delimiter: Some("/".to_owned()),
        after: Some("b/1".to_owned()),
        ..ListObjects::default()
    };
    assert_eq!(pages(&bed, list).await, [(texts(&["c"]), texts(&[]))]);
}

#[tokio::test]
async fn the_last_page_is_not_truncated() {
    let bed = bed_with(&["a", "b"]).await;
    let list = ListObjects {
        max_keys: 2,
        ..ListObjects::default()
    };
    assert_eq!(pages(&bed, list.clone()).await.len(), 1);
    let none = ListObjects {
        max_keys: 0,
        ..list
    };
    assert_eq!(pages(&bed, none).await, [(texts(&[]), texts(&[]))]);
}

#[tokio::test]
async fn a_page_holds_a_thousand_keys_at_most() {
    let bed = Bed::new().await;
    for number in 0..1001 {
        bed.put(&format!("k{number:04}"), "").await;
    }
    let list = ListObjects {
        max_keys: 5000,
        ..ListObjects::default()
    };
    let sizes: Vec<usize> = pages(&bed, list)
        .await
        .iter()
        .map(|page| page.0.len())
        .collect();
    assert_eq!(sizes, [1000, 1]);
}

#[tokio::test]
async fn a_token_is_not_any_text() {
    assert_eq!(code(decode_token("no token!")), "InvalidArgument");
    let nowhere = lakebed_storage::BucketName::parse("nowhere").unwrap();
    let bed = Bed::new().await;
    let listing = bed
        .storage
        .list_objects(&nowhere, ListObjects::default())
        .await;
    assert_eq!(code(listing), "NoSuchBucket");
}

/// What a listing must hold, by S3's description of it and without an index.
fn expected(keys: &BTreeSet<String>, list: &ListObjects) -> (Vec<String>, Vec<String>) {
    let after = list.after.clone().unwrap_or_default();
    let mut plain = Vec::new();
    let mut common = BTreeSet::new();
    for key in keys.iter().filter(|key| key.starts_with(&list.prefix)) {
        let rest = &key[list.prefix.len()..];
        match list
            .delimiter
            .as_ref()
            .and_then(|delimiter| rest.split_once(delimiter.as_str()))
        {
            Some((first, _)) => {
                let delimiter = list.delimiter.as_deref().unwrap_or_default();
                common.insert(format!("{}{first}{delimiter}", list.prefix));
            }
            None => plain.push(key.clone()),
        }
    }
    plain.retain(|key| *key > after);
    common.retain(|prefix| *prefix > after);
    (plain, common.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn pages_put_together_are_the_whole_listing(
        keys in prop::collection::btree_set("[ab/\u{10ffff}]{1,5}", 0..24),
        prefix in "[ab/]{0,2}",
        delimiter in prop::option::of("[/b]|a/"),
        after in prop::option::of("[ab/]{1,3}"),
        max_keys in 1_usize..5,
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let bed = Bed::new().await;
            for text in &keys {
                bed.storage
                    .put_object(&lake(), &key(text), lakebed_storage::body(""), Default::default())
                    .await
                    .unwrap();
            }
            let list = ListObjects { prefix, delimiter, after, max_keys };
            let mut found = (Vec::new(), Vec::new());
            for (objects, prefixes) in pages(&bed, list.clone()).await {
                assert!(objects.len() + prefixes.len() <= max_keys);
                found.0.extend(objects);
                found.1.extend(prefixes);
            }
            assert_eq!(found, expected(&keys, &list));
        });
    }
}
