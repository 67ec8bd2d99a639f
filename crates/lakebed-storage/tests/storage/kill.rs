use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use lakebed_core::{Platform, Settings};
use lakebed_storage::{DeleteObject, GetObject, ObjectMetadata, PutObject, Storage, body};

use crate::bed::{key, lake, text};

/// Set for the process that writes until it is killed.
const FOLDER: &str = "STORAGE_TEST_WRITE_INTO";

const KEYS: u64 = 7;

/// Version 0, 7, 14, … go to the first key, and so on; every fifth round deletes.
async fn write_until_killed(folder: &Path) {
    let platform = Platform::open(Settings::at(folder)).unwrap();
    let storage = Storage::open(platform.clone()).unwrap();
    let made = storage.create_bucket(&lake(), platform.region()).await;
    made.unwrap();
    for version in 0_u64.. {
        let key = key(&name(version % KEYS));
        if version / KEYS % 5 == 4 {
            storage
                .delete_object(&lake(), &key, DeleteObject::default())
                .await
                .unwrap();
        } else {
            let put = PutObject {
                metadata: ObjectMetadata {
                    user: BTreeMap::from([("version".to_owned(), version.to_string())]),
                    ..ObjectMetadata::default()
                },
                ..PutObject::default()
            };
            let bytes = body(bytes_of(version));
            storage.put_object(&lake(), &key, bytes, put).await.unwrap();
        }
        let mut out = std::io::stdout();
        writeln!(out, "acknowledged {version}").unwrap();
        out.flush().unwrap();
    }
}

/// Some keys are files, one lies aside.
fn name(number: u64) -> String {
    match number {
        0 => "aside/".to_owned(),
        number => format!("folder-{number}/k"),
    }
}

fn bytes_of(version: u64) -> String {
    format!("{version} ").repeat(usize::try_from(version % 1000).unwrap() + 1)
}

/// Lets a process write until it acknowledged a number of writes, kills it, and gives the last
/// version it acknowledged.
fn kill_after(folder: &Path, writes: usize) -> u64 {
    let mut writer = Command::new(std::env::current_exe().unwrap())
        .args(["kill::acknowledged_means_kept", "--exact", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(writer.stdout.take().unwrap());
    let mut acknowledged = output
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| line.strip_prefix("acknowledged ")?.parse().ok());
    let reached = acknowledged.by_ref().take(writes).last();
    writer.kill().unwrap();
    writer.wait().unwrap();
    let after: Option<u64> = acknowledged.last();
    after.or(reached).expect("nothing was acknowledged")
}

#[tokio::test]
async fn acknowledged_means_kept() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return write_until_killed(Path::new(&folder)).await;
    }
    for round in 1..=6 {
        let folder = tempfile::tempdir().unwrap();
        let last = kill_after(folder.path(), round * 53);
        let platform = Platform::open(Settings::at(folder.path())).unwrap();
        let storage = Storage::open(platform).unwrap();
        for number in 0..KEYS {
            // The last acknowledged version of this key, and the one that may have been under way.
            let kept = last - (last + KEYS - number) % KEYS;
            let next = kept + KEYS;
            let key = key(&name(number));
            let read = storage
                .get_object(&lake(), &key, GetObject::default())
                .await;
            let deleted = |version: u64| version / KEYS % 5 == 4;
            let Ok(read) = read else {
                assert!(
                    deleted(kept) || deleted(next) && next == last + 1,
                    "{key} is lost"
                );
                continue;
            };
            let version = read.head.object.metadata.user["version"].parse().unwrap();
            assert!(
                version == kept || version == next && next == last + 1,
                "{key} is old"
            );
            assert_eq!(text(read).await, bytes_of(version));
        }
    }
}
