//! What the scripts of a job have read, kept from run to run.
//!
//! A script finds the state of the last run that committed, and writes a new one when it calls
//! `job.commit()`. Glue user guide, "Tracking processed data using job bookmarks".

use lakebed_core::{Documents, MetadataStore, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One document a version under its job's name; keys sort as versions do.
const BOOKMARKS: Documents<Bookmark> = Documents::of("glue.job_bookmark");

/// The state of a job's sources after a run that committed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Bookmark {
    /// How many runs have committed.
    pub(crate) version: u32,
    /// The run that committed last.
    pub(crate) run_id: Option<String>,
    /// The run that committed before it.
    pub(crate) previous_run_id: Option<String>,
    /// What each source has read, by its `transformation_ctx`.
    pub(crate) state: Value,
}

/// The bookmark of a job; none if none was ever committed, or all were reset.
pub(crate) fn load(store: &MetadataStore, job: &str) -> Result<Option<Bookmark>, StoreError> {
    let mut versions = store.read(|connection| BOOKMARKS.list(connection, job))?;
    Ok(versions.pop())
}

/// Keeps the state that a run committed, as the job's next version.
pub(super) fn commit(
    store: &MetadataStore,
    job: &str,
    run_id: &str,
    state: &Value,
) -> Result<(), StoreError> {
    store.write(|transaction| {
        let before = BOOKMARKS.list(transaction, job)?.pop().unwrap_or_default();
        let next = Bookmark {
            version: before.version + 1,
            run_id: Some(run_id.to_owned()),
            previous_run_id: before.run_id,
            state: state.clone(),
        };
        BOOKMARKS.put(transaction, job, &key(next.version), &next)
    })
}

/// Forgets what a job has read: all of it, or what it read after a run; the answer is what is left.
/// None if that run committed nothing.
pub(crate) fn reset(
    store: &MetadataStore,
    job: &str,
    after: Option<&str>,
) -> Result<Option<Bookmark>, StoreError> {
    store.write(|transaction| {
        let versions = BOOKMARKS.list(transaction, job)?;
        let Some(run_id) = after else {
            BOOKMARKS.delete_scope(transaction, job)?;
            return Ok(Some(Bookmark::default()));
        };
        let kept = versions
            .iter()
            .find(|bookmark| bookmark.run_id.as_deref() == Some(run_id))
            .cloned();
        if let Some(kept) = &kept {
            for later in versions.iter().filter(|one| one.version > kept.version) {
                BOOKMARKS.delete(transaction, job, &key(later.version))?;
            }
        }
        Ok(kept)
    })
}

fn key(version: u32) -> String {
    format!("{version:010}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use lakebed_core::Durability;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_bookmark_goes_forward_with_commits_and_back_by_resets() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lakebed.db");
        let store = MetadataStore::open(&path, Durability::Process).unwrap();
        assert_eq!(load(&store, "etl").unwrap(), None);

        for (run, state) in [("jr_1", json!({"a": 1})), ("jr_2", json!({"a": 2}))] {
            commit(&store, "etl", run, &state).unwrap();
        }
        let second = load(&store, "etl").unwrap().unwrap();
        assert_eq!((second.version, &second.state), (2, &json!({"a": 2})));
        assert_eq!(second.previous_run_id.as_deref(), Some("jr_1"));
        assert_eq!(load(&store, "other").unwrap(), None);

        assert_eq!(reset(&store, "etl", Some("jr_9")).unwrap(), None);
        reset(&store, "etl", Some("jr_1")).unwrap().unwrap();
        assert_eq!(load(&store, "etl").unwrap().unwrap().state, json!({"a": 1}));
        reset(&store, "etl", None).unwrap().unwrap();
        assert_eq!(load(&store, "etl").unwrap(), None);
    }
}
