//! A data folder that may not be written.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::client::path;
use crate::content::Content;
use crate::dice::Dice;
use crate::files::files_below;
use crate::server::{Server, up};

/// Has a command heed permissions, which it does not where it runs as root.
fn without_privileges(command: &Command) -> Command {
    let mut wrapped = Command::new("setpriv");
    wrapped.args(["--bounding-set=-all", "--inh-caps=-all"]);
    let probe = tempfile::tempdir().unwrap();
    set_mode(probe.path(), 0o555);
    let heeded = fs::write(probe.path().join("probe"), "").is_err();
    set_mode(probe.path(), 0o755);
    if heeded {
        wrapped = Command::new(command.get_program());
    } else {
        wrapped.arg(command.get_program());
    }
    wrapped.args(command.get_args());
    wrapped
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// A folder and all below it.
fn folders(top: &Path) -> Vec<PathBuf> {
    let mut found = vec![top.to_owned()];
    for entry in fs::read_dir(top).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(folders(&path));
        }
    }
    found
}

fn set_modes(top: &Path, mode: u32) {
    for folder in folders(top) {
        set_mode(&folder, mode);
    }
}

#[test]
fn a_server_does_not_start_where_it_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    fs::create_dir(&data_dir).unwrap();
    set_mode(&data_dir, 0o555);
    let said = Server::run(without_privileges(&up(&data_dir)), &data_dir).unwrap_err();
    set_mode(&data_dir, 0o755);
    assert!(said.contains("cannot use the data folder"), "{said}");
    assert!(said.contains("ermission denied"), "{said}");
}

#[test]
fn a_folder_that_becomes_read_only_is_still_read() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let server = Server::run(without_privileges(&up(&data_dir)), &data_dir).unwrap();
    let client = server.client();
    client.create_bucket("lake");
    let mut dice = Dice::of_seed(1);
    let content = Content::new(&mut dice, 1000);
    for key in ["folder/k", "aside/"] {
        assert_eq!(content.put(&client, "lake", key).unwrap().status, 200);
    }

    set_modes(&data_dir, 0o555);
    let new = Content::new(&mut dice, 2 * 1024 * 1024);
    for key in ["new", "folder/k", "aside/"] {
        let answer = new.put(&client, "lake", key).unwrap();
        assert_eq!(answer.status, 507, "{}", answer.text());
        assert!(answer.text().contains("read-only"), "{}", answer.text());
    }
    let delete = client.delete("lake", "folder/k").unwrap();
    assert_eq!(delete.status, 507, "{}", delete.text());
    assert_eq!(client.keys("lake", ""), ["aside/", "folder/k"]);
    for key in ["folder/k", "aside/"] {
        let answer = client.get(&path("lake", key)).unwrap();
        assert!(content.is_in(&answer), "{key}: {answer:?}");
    }
    assert_eq!(files_below(&data_dir.join("tmp")), [""; 0]);

    set_modes(&data_dir, 0o755);
    assert_eq!(new.put(&client, "lake", "folder/k").unwrap().status, 200);
    let answer = client.get("/lake/folder/k").unwrap();
    assert!(new.is_in(&answer));
    assert_eq!(client.delete("lake", "folder/k").unwrap().status, 204);
}
