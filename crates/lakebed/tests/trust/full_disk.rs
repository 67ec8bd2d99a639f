//! A disk that fills up: a small tmpfs, mounted where only the server sees it.

use std::path::Path;
use std::process::Command;

use crate::client::{Client, ListedUpload, path};
use crate::content::Content;
use crate::dice::Dice;
use crate::files::files_below;
use crate::server::{Server, up};

const MIB: usize = 1024 * 1024;

/// Has a command see a small disk at a folder.
///
/// A user namespace lets anybody mount; where those are forbidden this runs as root only.
fn on_small_disk(command: &Command, folder: &Path) -> Command {
    let mount = r#"mount -t tmpfs -o size=24m lakebed "$0" && exec "$@""#;
    let mut wrapped = Command::new("unshare");
    if !may_mount(&["--user", "--map-root-user", "--mount"]) {
        assert!(
            may_mount(&["--mount"]),
            "neither unprivileged user namespaces nor root: nothing can be mounted"
        );
        wrapped.arg("--mount");
    } else {
        wrapped.args(["--user", "--map-root-user", "--mount"]);
    }
    wrapped.args(["sh", "-c", mount]);
    wrapped.arg(folder);
    wrapped.arg(command.get_program()).args(command.get_args());
    wrapped
}

fn may_mount(unshare: &[&str]) -> bool {
    let mount = ["mount", "-t", "tmpfs", "none", "/mnt"];
    let tried = Command::new("unshare").args(unshare).args(mount).output();
    tried.is_ok_and(|output| output.status.success())
}

/// A server on a small disk, and what it kept of contents put until there was no room.
struct Full {
    server: Server,
    client: Client,
    kept: Vec<(String, Content)>,
    dice: Dice,
}

impl Full {
    fn new(data_dir: &Path) -> Self {
        std::fs::create_dir(data_dir).unwrap();
        let server = Server::run(on_small_disk(&up(data_dir), data_dir), data_dir).unwrap();
        let client = server.client();
        client.create_bucket("lake");
        let mut full = Self {
            server,
            client,
            kept: Vec::new(),
            dice: Dice::of_seed(1),
        };
        for size in [3 * MIB, 256 * 1024, 4096, 1] {
            full.fill(size);
        }
        full
    }

    /// Puts objects of a size until one is refused.
    fn fill(&mut self, size: usize) {
        loop {
            let content = Content::new(&mut self.dice, size);
            let key = format!("{size}/{}", self.kept.len());
            let answer = content.put(&self.client, "lake", &key).unwrap();
            if answer.status != 200 {
                assert_eq!(answer.status, 507, "{}", answer.text());
                assert!(answer.text().contains("is full"), "{}", answer.text());
                return;
            }
            self.kept.push((key, content));
            assert!(self.kept.len() < 100_000, "the disk never fills");
        }
    }

    fn check(&self) {
        let mut keys: Vec<&str> = self.kept.iter().map(|(key, _)| key.as_str()).collect();
        keys.sort_unstable();
        assert_eq!(self.client.keys("lake", ""), keys);
        for (key, content) in &self.kept {
            let answer = self.client.get(&path("lake", key)).unwrap();
            assert!(content.is_in(&answer), "{key} is not whole");
        }
    }
}

#[test]
fn a_full_disk_refuses_writes_and_keeps_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let mut full = Full::new(&data_dir);
    full.check();

    // An overwrite that does not fit leaves the object as it was.
    let (key, _) = full.kept[0].clone();
    let larger = Content::new(&mut full.dice, 4 * MIB);
    let answer = larger.put(&full.client, "lake", &key).unwrap();
    assert_eq!(answer.status, 507, "{}", answer.text());
    full.check();

    // So does a copy, and a part of an upload.
    let source = path("lake", &key);
    let headers = [("x-amz-copy-source", source.as_str())];
    let copy = full.client.send("PUT", "/lake/copy", &headers, Some(b""));
    assert_eq!(copy.unwrap().status, 507);
    full.check();
    let inside = full.server.sees(&data_dir);
    assert_eq!(files_below(&inside.join("tmp")), [""; 0]);

    // Deletes make room.
    for (key, _) in full.kept.drain(..2) {
        let answer = full.client.delete("lake", &key).unwrap();
        assert_eq!(answer.status, 204, "{}", answer.text());
    }
    full.check();
    let content = Content::new(&mut full.dice, 4 * MIB);
    let answer = content.put(&full.client, "lake", "fits").unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    full.kept.push(("fits".to_owned(), content));
    full.check();
}

#[test]
fn a_part_that_does_not_fit_leaves_its_upload_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    std::fs::create_dir(&data_dir).unwrap();
    let server = Server::run(on_small_disk(&up(&data_dir), &data_dir), &data_dir).unwrap();
    let client = server.client();
    client.create_bucket("lake");
    let id = client.create_upload("lake", "k", &[]).unwrap();
    let key = "k".to_owned();
    let upload = ListedUpload { key, id };
    let part = vec![7; 9 * MIB];
    for (number, status) in [(1, 200), (2, 200), (3, 507)] {
        let answer = client.upload_part("lake", &upload, number, &part).unwrap();
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    let parts = client.parts("lake", &upload);
    assert_eq!(parts.len(), 2);
    let completed = client.complete_upload("lake", &upload, &parts).unwrap();
    assert!(completed.text().contains("is full"), "{}", completed.text());
    assert_eq!(client.parts("lake", &upload), parts);
    assert_eq!(client.keys("lake", ""), [""; 0]);
    assert_eq!(client.abort_upload("lake", &upload).unwrap().status, 204);
    let inside = server.sees(&data_dir);
    assert_eq!(files_below(&inside.join("uploads")), [""; 0]);
    assert_eq!(files_below(&inside.join("tmp")), [""; 0]);
    assert_eq!(client.put("lake", "k", &part).unwrap().status, 200);
}
