//! `lakebed lab run`: the workshop, from upload to query, on data that comes with Lakebed.
//!
//! The lab starts a server of its own and is its client: every step is what a student would do
//! with the AWS CLI. It works in a folder of its own, which it empties first, and leaves the
//! result there to look at.

mod prices;
mod report;
mod steps;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::arguments::LabOptions;
use crate::client::Client;
use crate::messages::{Messages, language_of_locale};
use crate::server::{OwnServer, default_folder};

use self::report::Report;

/// Marks a folder as the lab's, so that emptying it cannot hit anybody's data.
const MARKER: &str = "lakebed-lab";

/// The folder holds something that is not the lab's.
#[derive(Debug, thiserror::Error)]
#[error("the folder '{}' holds something that is not the lab's; name an empty or new folder", .0.display())]
struct ForeignFolder(PathBuf);

/// Runs all steps and reports each as it ends.
pub(crate) fn run(options: LabOptions) -> Result<(), Box<dyn Error>> {
    let data_dir = options.data_dir.unwrap_or_else(|| default_folder("lab"));
    let language = options.lang.unwrap_or_else(language_of_locale);
    let messages = Messages::of(language);
    let mut report = Report::new(messages, options.json, &data_dir);
    let started = Instant::now();
    empty(&data_dir)?;
    let server = OwnServer::start(data_dir)?;
    report.begin(started.elapsed());
    let client = Client::new(&server.endpoint());
    steps::run(&client, &mut report)?;
    report.finish(started.elapsed())?;
    Ok(())
}

/// Makes the lab's folder, or removes what an earlier run left in it.
fn empty(folder: &Path) -> Result<(), Box<dyn Error>> {
    let marker = folder.join(MARKER);
    let is_new = !folder.exists() || folder.read_dir()?.next().is_none();
    if !is_new {
        if !marker.exists() {
            return Err(ForeignFolder(folder.to_owned()).into());
        }
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;
    std::fs::write(marker, "")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_the_labs_own_folder_is_emptied() {
        let dir = tempfile::tempdir().unwrap();
        let lab = dir.path().join("lab");
        empty(&lab).unwrap();
        std::fs::write(lab.join("left-over"), "").unwrap();
        empty(&lab).unwrap();
        assert!(!lab.join("left-over").exists());

        let mine = dir.path().join("mine");
        std::fs::create_dir(&mine).unwrap();
        std::fs::write(mine.join("thesis.txt"), "").unwrap();
        assert!(empty(&mine).is_err());
        assert!(mine.join("thesis.txt").exists());
    }
}
