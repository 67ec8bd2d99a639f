//! Every key S3 allows.

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::client::{Client, path};
use crate::files::files_below;
use crate::server::Server;

/// Keys of all sorts: ordinary ones, steps up and down, names no file system takes, letters that
/// fold, long names, and whatever UTF-8 has.
fn any_key() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        3 => "[a-cA-C]{1,3}",
        2 => "[a-zA-Z0-9!_.*'() -]{1,8}",
        1 => Just("..".to_owned()),
        1 => Just(".".to_owned()),
        1 => Just(String::new()),
        1 => "[.~]{1,4}",
        1 => "(con|NUL|aux.txt|tmp|buckets|lakebed.db|\\.\\.\\\\x)",
        1 => "[ßſKİıéÉ가나中😀]{1,4}",
        1 => "[\\x00-\\x1f\\x7f%+?&#=;:@,<>\"'|\\\\]{1,4}",
        1 => "[a-z]{240,300}",
        1 => "\\PC{1,12}",
    ];
    proptest::collection::vec(name, 1..6)
        .prop_map(|names| names.join("/"))
        .prop_filter("S3 keys have 1 to 1,024 bytes", |key| {
            (1..=1024).contains(&key.len())
        })
}

/// The same letters in the other case, and the key as the folder of another: what collides on a
/// disk and not in S3.
fn with_rivals(keys: Vec<String>) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for key in keys {
        for rival in [
            key.to_uppercase(),
            key.to_lowercase(),
            format!("{key}/below"),
            format!("{key}/"),
        ] {
            if rival.len() <= 1024 {
                all.insert(rival);
            }
        }
        all.insert(key);
    }
    all
}

/// Everything in the data folder that no key of the bucket `lake` may touch.
fn outside(data_dir: &Path) -> Vec<String> {
    let (bucket, aside) = ("buckets/lake/", "objects/");
    files_below(data_dir)
        .into_iter()
        .filter(|file| !file.starts_with(bucket) && !file.starts_with(aside))
        .collect()
}

fn round_trip(
    client: &Client,
    data_dir: &Path,
    keys: &BTreeSet<String>,
) -> Result<(), TestCaseError> {
    let before = outside(data_dir);
    for key in keys {
        let answer = client.put("lake", key, key.as_bytes()).unwrap();
        prop_assert_eq!(answer.status, 200, "PUT {:?}: {}", key, answer.text());
    }
    for key in keys {
        let answer = client.get(&path("lake", key)).unwrap();
        prop_assert_eq!(answer.status, 200, "GET {:?}: {}", key, answer.text());
        prop_assert_eq!(&answer.body, key.as_bytes(), "GET {:?}", key);
    }
    let listed: Vec<String> = client.keys("lake", "");
    let expected: Vec<String> = keys.iter().cloned().collect();
    prop_assert_eq!(listed, expected, "listed in the order of bytes");
    prop_assert_eq!(outside(data_dir), before, "a key escaped its bucket");
    prop_assert_eq!(&client.get("/other/k").unwrap().body, b"other");
    for key in keys {
        let answer = client.delete("lake", key).unwrap();
        prop_assert_eq!(answer.status, 204, "DELETE {:?}: {}", key, answer.text());
    }
    prop_assert_eq!(client.keys("lake", ""), [""; 0]);
    prop_assert_eq!(files_below(&data_dir.join("buckets/lake")), [""; 0]);
    prop_assert_eq!(files_below(&data_dir.join("objects")), [""; 0]);
    Ok(())
}

#[test]
fn every_key_round_trips_and_none_leaves_its_bucket() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("a/b/c/data");
    std::fs::create_dir_all(&data_dir).unwrap();
    let server = Server::start(&data_dir);
    let client = server.client();
    client.create_bucket("lake");
    client.create_bucket("other");
    client.put("other", "k", b"other").unwrap();
    let above = files_below(folder.path());
    let config = Config {
        cases: 24,
        failure_persistence: None,
        ..Config::default()
    };
    let keys = proptest::collection::vec(any_key(), 1..8).prop_map(with_rivals);
    TestRunner::new(config)
        .run(&keys, |keys| {
            let outcome = round_trip(&client, &data_dir, &keys);
            for key in client.keys("lake", "") {
                client.delete("lake", &key).unwrap();
            }
            outcome
        })
        .unwrap();
    assert_eq!(files_below(folder.path()), above);
}
