//! Who may open a data folder.

use std::path::Path;

use rusqlite::Connection;

use crate::client::{ListedPart, ListedUpload, path};
use crate::content::Content;
use crate::dice::Dice;
use crate::server::{Server, up};

/// What a data folder is that the first Lakebeds wrote.
const FIRST_FORMAT: &str = "
ALTER TABLE s3_buckets RENAME TO new_buckets;
ALTER TABLE s3_objects RENAME TO new_objects;
ALTER TABLE s3_parts RENAME TO new_parts;
CREATE TABLE s3_buckets (
    name TEXT PRIMARY KEY,
    region TEXT NOT NULL,
    created INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE s3_objects (
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    version TEXT NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    modified INTEGER NOT NULL,
    checksum TEXT,
    storage_class TEXT,
    crc64nvme INTEGER NOT NULL,
    blob TEXT NOT NULL,
    plain INTEGER NOT NULL,
    file_modified INTEGER NOT NULL,
    details TEXT NOT NULL,
    PRIMARY KEY (bucket, key, version)
) WITHOUT ROWID;
CREATE TABLE s3_parts (
    upload TEXT NOT NULL,
    number INTEGER NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    modified INTEGER NOT NULL,
    checksum TEXT NOT NULL,
    crc64nvme INTEGER NOT NULL,
    blob TEXT NOT NULL,
    PRIMARY KEY (upload, number)
) WITHOUT ROWID;
INSERT INTO s3_buckets SELECT name, region, created FROM new_buckets;
INSERT INTO s3_objects SELECT bucket, key, version, size, etag, modified, checksum, storage_class,
    crc64nvme, blob, plain, file_modified, details FROM new_objects;
INSERT INTO s3_parts SELECT upload, number, size, etag, modified, checksum, crc64nvme, blob
    FROM new_parts;
DROP TABLE new_buckets;
DROP TABLE new_objects;
DROP TABLE new_parts;
DROP TABLE s3_versions;
DROP TABLE s3_format;
";

fn change_index(data_dir: &Path, statements: &str) {
    let index = Connection::open(data_dir.join("lakebed.db")).unwrap();
    index.execute_batch(statements).unwrap();
}

fn refusal(data_dir: &Path) -> String {
    Server::run(up(data_dir), data_dir).expect_err("started")
}

#[test]
fn a_second_server_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let server = Server::start(&data_dir);
    let client = server.client();
    client.create_bucket("lake");
    let said = refusal(&data_dir);
    assert!(said.contains("is in use by another lakebed"), "{said}");
    assert_eq!(client.put("lake", "k", b"1").unwrap().status, 200);
    drop(server);
    let again = Server::start(&data_dir);
    assert_eq!(again.client().get("/lake/k").unwrap().body, b"1");
}

#[test]
fn a_folder_of_a_newer_format_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let server = Server::start(&data_dir);
    server.client().create_bucket("lake");
    server.client().put("lake", "k", b"1").unwrap();
    drop(server);
    let index = Connection::open(data_dir.join("lakebed.db")).unwrap();
    let read = "SELECT format FROM s3_format";
    let today: i64 = index.query_row(read, [], |row| row.get(0)).unwrap();
    index
        .execute("UPDATE s3_format SET format = 99", [])
        .unwrap();
    let said = refusal(&data_dir);
    assert!(said.contains("format 99"), "{said}");
    assert!(said.contains("open it with a newer lakebed"), "{said}");
    let kept: i64 = index.query_row(read, [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 99);
    index
        .execute("UPDATE s3_format SET format = ?1", [today])
        .unwrap();
    drop(index);
    let again = Server::start(&data_dir);
    assert_eq!(again.client().get("/lake/k").unwrap().body, b"1");
}

#[test]
fn a_folder_of_the_first_format_is_brought_to_todays() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let mut dice = Dice::of_seed(1);
    let contents: Vec<(&str, Content)> = ["plain/k", "aside/", "plain"]
        .iter()
        .map(|key| (*key, Content::new(&mut dice, 1000)))
        .collect();
    let server = Server::start(&data_dir);
    let client = server.client();
    client.create_bucket("lake");
    for (key, content) in &contents {
        assert_eq!(content.put(&client, "lake", key).unwrap().status, 200);
    }
    let id = client.create_upload("lake", "parts", &[]).unwrap();
    let key = "parts".to_owned();
    let upload = ListedUpload { key, id };
    let part = client.upload_part("lake", &upload, 1, b"a part").unwrap();
    let etag = part.header("etag").unwrap().to_owned();
    let before = client.get("/lake?versions").unwrap().text();
    drop(server);
    change_index(&data_dir, FIRST_FORMAT);

    let server = Server::start(&data_dir);
    let client = server.client();
    for (key, content) in &contents {
        let answer = client.get(&path("lake", key)).unwrap();
        assert!(content.is_in(&answer), "{key}: {answer:?}");
    }
    assert_eq!(client.get("/lake?versions").unwrap().text(), before);
    let parts = [ListedPart { number: 1, etag }];
    assert_eq!(client.parts("lake", &upload), parts);
    let completed = client.complete_upload("lake", &upload, &parts).unwrap();
    assert_eq!(completed.status, 200, "{}", completed.text());
    assert_eq!(client.get("/lake/parts").unwrap().body, b"a part");
}
