//! What clients were promised: everything the server must still know when it comes back.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::history::{History, Moments, Write};
use crate::client::{ListedPart, ListedUpload};
use crate::content::Content;

/// How many keys all workers write to.
pub(crate) const SHARED_KEYS: usize = 2;

/// What was promised, over all rounds.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) moments: Moments,
    pub(crate) histories: Mutex<BTreeMap<String, History>>,
    /// Of each worker the upload it has under way.
    pub(crate) pending: Mutex<Vec<Option<PendingUpload>>>,
    pub(crate) versions: Mutex<BTreeMap<String, VersionedKey>>,
}

/// An upload that was begun, and its parts that were acknowledged.
#[derive(Debug, Clone)]
pub(crate) struct PendingUpload {
    pub(crate) upload: ListedUpload,
    pub(crate) content: Content,
    pub(crate) parts: Vec<ListedPart>,
    /// Its end was asked for: it may have ended.
    pub(crate) completing: bool,
}

/// What is being done to the versions of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expected {
    /// One is added; without content a marker.
    Version(Option<Content>),
    /// The one with this id goes.
    Removal { id: String },
}

/// The id of a version and what it is; without content a marker.
pub(crate) type Version = (String, Option<Content>);

/// The versions of a key, the oldest first, and the change that has not been acknowledged.
#[derive(Debug, Clone, Default)]
pub(crate) struct VersionedKey {
    pub(crate) versions: Vec<Version>,
    pub(crate) attempt: Option<Expected>,
}

impl World {
    pub(crate) fn of_workers(workers: usize) -> Self {
        Self {
            moments: Moments::default(),
            histories: Mutex::default(),
            pending: Mutex::new(vec![None; workers]),
            versions: Mutex::default(),
        }
    }

    pub(crate) fn record(&self, key: &str, write: Write) {
        let mut histories = self.histories.lock().unwrap();
        histories.entry(key.to_owned()).or_default().push(write);
    }

    /// What a key holds that one worker writes to, if that is certain.
    pub(crate) fn content(&self, key: &str) -> Option<Content> {
        let histories = self.histories.lock().unwrap();
        match histories.get(key)?.last()[..] {
            [Some(write)] => write.content,
            _ => None,
        }
    }

    pub(crate) fn version_ids(&self, key: &str) -> Vec<String> {
        let versions = self.versions.lock().unwrap();
        let known = versions.get(key).map(|known| &known.versions);
        let ids = known.into_iter().flatten().map(|(id, _)| id.clone());
        ids.collect()
    }

    pub(crate) fn attempt_version(&self, key: &str, attempt: Expected) {
        let mut versions = self.versions.lock().unwrap();
        versions.entry(key.to_owned()).or_default().attempt = Some(attempt);
    }

    /// The change that was attempted took effect; `id` is the version the server named.
    pub(crate) fn acknowledge_version(&self, key: &str, id: &str) {
        let mut versions = self.versions.lock().unwrap();
        let key = versions.entry(key.to_owned()).or_default();
        match key.attempt.take() {
            Some(Expected::Version(content)) => key.versions.push((id.to_owned(), content)),
            Some(Expected::Removal { id }) => key.versions.retain(|(known, _)| *known != id),
            None => {}
        }
    }
}
