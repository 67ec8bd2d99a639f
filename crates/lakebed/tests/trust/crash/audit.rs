//! Holds a server that came back against what clients were promised.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::history::History;
use super::worker::{BUCKET, VERSIONED};
use super::world::{Expected, Version, VersionedKey, World};
use crate::client::{Client, ListedVersion, path};
use crate::content::Content;
use crate::files::files_below;

/// What was promised, and what is found wrong.
pub(crate) struct Audit<'a> {
    world: &'a World,
    client: &'a Client,
    data_dir: &'a Path,
    wrong: Vec<String>,
}

/// Looks at everything there should be and is. What was uncertain is known afterwards.
pub(crate) fn audit(world: &World, client: &Client, data_dir: &Path) -> Vec<String> {
    let mut audit = Audit {
        world,
        client,
        data_dir,
        wrong: Vec::new(),
    };
    // Before anything else is asked: what is left over would be cleared away by nobody now.
    audit.check_temporary_files();
    audit.check_uploads();
    audit.check_objects();
    audit.check_versions();
    audit.check_files();
    audit.wrong
}

impl Audit<'_> {
    fn complain(&mut self, complaint: String) {
        self.wrong.push(complaint);
    }

    fn check_temporary_files(&mut self) {
        for file in files_below(&self.data_dir.join("tmp")) {
            self.complain(format!("a stray file: tmp/{file}"));
        }
    }

    fn check_objects(&mut self) {
        let mut histories = self.world.histories.lock().unwrap();
        let listed: BTreeSet<String> = self.client.keys(BUCKET, "").into_iter().collect();
        for (key, history) in histories.iter_mut() {
            if let Some(content) = self.check_object(key, history, listed.contains(key)) {
                history.settle(content, self.world.moments.now());
            }
        }
        for key in listed {
            if !histories.contains_key(&key) {
                self.complain(format!("{BUCKET}/{key} is listed, but nobody wrote it"));
            }
        }
    }

    /// What a key holds, if it is one of the things it may hold.
    fn check_object(
        &mut self,
        key: &str,
        history: &History,
        listed: bool,
    ) -> Option<Option<Content>> {
        let answer = self.client.get(&path(BUCKET, key)).unwrap();
        if listed != (answer.status == 200) {
            self.complain(format!(
                "{BUCKET}/{key}: GET answers {}, and the listing {}",
                answer.status,
                if listed { "has it" } else { "has it not" }
            ));
        }
        let possible = history.last();
        for write in &possible {
            let content = write.and_then(|write| write.content);
            let holds = match content {
                Some(content) => content.is_in(&answer),
                None => answer.status == 404,
            };
            if holds {
                return Some(content);
            }
        }
        let possible: Vec<String> = possible
            .iter()
            .map(|write| write.map_or("nothing".to_owned(), ToString::to_string))
            .collect();
        self.complain(format!(
            "{BUCKET}/{key} should be the outcome of [{}], but GET answers {} with token {:?} and {} bytes",
            possible.join("; "),
            answer.status,
            answer.header("x-amz-meta-token"),
            answer.body.len(),
        ));
        None
    }

    fn check_uploads(&mut self) {
        let mut listed = self.client.uploads(BUCKET);
        let mut pending = self.world.pending.lock().unwrap();
        for known in pending.iter_mut() {
            let Some(promised) = known else { continue };
            let Some(at) = listed.iter().position(|one| *one == promised.upload) else {
                if !promised.completing {
                    let key = &promised.upload.key;
                    self.complain(format!("the upload of {BUCKET}/{key} is lost"));
                }
                *known = None;
                continue;
            };
            let upload = listed.swap_remove(at);
            let parts = self.client.parts(BUCKET, &upload);
            for part in &promised.parts {
                if !parts.contains(part) {
                    let (key, number) = (&upload.key, part.number);
                    self.complain(format!("part {number} of {BUCKET}/{key} is lost"));
                }
            }
            promised.completing = false;
        }
        // Begun when the server died: nobody knows their ids.
        for upload in listed {
            self.client.abort_upload(BUCKET, &upload).unwrap();
        }
    }

    fn check_versions(&mut self) {
        let mut listed: BTreeMap<String, Vec<ListedVersion>> = BTreeMap::new();
        for version in self.client.versions(VERSIONED) {
            listed.entry(version.key.clone()).or_default().push(version);
        }
        let current: BTreeSet<String> = self.client.keys(VERSIONED, "").into_iter().collect();
        let mut versions = self.world.versions.lock().unwrap();
        for (key, known) in versions.iter_mut() {
            let mut found = listed.remove(key).unwrap_or_default();
            // The listing need not say how versions and markers follow each other.
            found.sort_by_key(|version| version.marker);
            self.check_versioned_key(key, known, &found, current.contains(key));
        }
        for key in listed.keys() {
            self.complain(format!("{VERSIONED}/{key} has versions nobody wrote"));
        }
    }

    fn check_versioned_key(
        &mut self,
        key: &str,
        known: &mut VersionedKey,
        found: &[ListedVersion],
        current: bool,
    ) {
        if current
            != found
                .iter()
                .any(|version| version.latest && !version.marker)
        {
            self.complain(format!(
                "{VERSIONED}/{key}: the listings of keys and versions disagree"
            ));
        }
        let attempt = known.attempt.take();
        let possible = possible_versions(&known.versions, attempt.as_ref(), found);
        let Some(settled) = possible
            .into_iter()
            .find(|versions| is_listed(versions, found))
        else {
            self.complain(format!(
                "{VERSIONED}/{key} should have the versions {:?} and the outcome of {attempt:?}, but has {found:?}",
                known.versions
            ));
            return;
        };
        for (id, content) in &settled {
            let target = format!("{}?versionId={id}", path(VERSIONED, key));
            let answer = self.client.get(&target).unwrap();
            let holds = match content {
                Some(content) => content.is_in(&answer),
                None => answer.status == 405,
            };
            if !holds {
                self.complain(format!(
                    "version {id} of {VERSIONED}/{key} should be {content:?}, but GET answers {} with {} bytes",
                    answer.status,
                    answer.body.len(),
                ));
            }
        }
        known.versions = settled;
    }

    /// As many files as there are versions and parts, no more.
    fn check_files(&mut self) {
        let versions = self.client.versions(VERSIONED);
        let objects = versions.iter().filter(|version| !version.marker).count()
            + self.client.keys(BUCKET, "").len();
        let mut files = files_below(&self.data_dir.join("buckets"));
        files.extend(files_below(&self.data_dir.join("objects")));
        if files.len() != objects {
            self.complain(format!(
                "{objects} versions lie in {} files: {files:#?}",
                files.len()
            ));
        }
        let uploads = self.client.uploads(BUCKET);
        let parts: usize = uploads
            .iter()
            .map(|upload| self.client.parts(BUCKET, upload).len())
            .sum();
        let files = files_below(&self.data_dir.join("uploads"));
        if files.len() != parts {
            self.complain(format!(
                "{parts} parts lie in {} files: {files:#?}",
                files.len()
            ));
        }
    }
}

/// What the versions of a key may be: what is known, without and with the outcome of what was
/// attempted last.
fn possible_versions(
    known: &[Version],
    attempt: Option<&Expected>,
    found: &[ListedVersion],
) -> Vec<Vec<Version>> {
    let mut after = known.to_vec();
    match attempt {
        Some(Expected::Version(content)) => {
            let is_new = |listed: &&ListedVersion| known.iter().all(|(id, _)| *id != listed.id);
            if let Some(new) = found.iter().find(is_new) {
                after.push((new.id.clone(), *content));
            }
        }
        Some(Expected::Removal { id }) => after.retain(|(known, _)| known != id),
        None => {}
    }
    vec![known.to_vec(), after]
}

/// Whether a listing shows these versions: the objects, then the markers, both from the newest to
/// the oldest, and which of all is the latest.
fn is_listed(versions: &[Version], found: &[ListedVersion]) -> bool {
    let (objects, markers): (Vec<&Version>, Vec<&Version>) = versions
        .iter()
        .rev()
        .partition(|(_, content)| content.is_some());
    let latest = versions.last().map(|(id, _)| id);
    let expected: Vec<ListedVersion> = objects
        .into_iter()
        .chain(markers)
        .map(|(id, content)| ListedVersion {
            key: found
                .first()
                .map_or_else(String::new, |listed| listed.key.clone()),
            id: id.clone(),
            marker: content.is_none(),
            latest: Some(id) == latest,
        })
        .collect();
    expected == found
}
