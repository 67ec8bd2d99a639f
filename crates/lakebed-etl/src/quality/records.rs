//! The records of runs: evaluations and recommendations are kept alike.

use lakebed_core::{Documents, MetadataStore, Platform, StoreError, Timestamp};
use lakebed_wire::glue::{
    Error, GetDataQualityRuleRecommendationRunResponse, GetDataQualityRulesetEvaluationRunResponse,
    TaskStatusType,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::jobs::internal;

/// What the two kinds of runs have in common.
pub(super) trait Run: Serialize + DeserializeOwned + Clone + Send + 'static {
    const KIND: &'static str;

    fn id(&self) -> &str;
    fn status(&self) -> Option<TaskStatusType>;
    fn started_on(&self) -> Option<Timestamp>;
    fn timeout_minutes(&self) -> Option<i32>;
    /// Moves the run to a state.
    fn enter(&mut self, status: TaskStatusType, error: Option<String>, now: Timestamp);
}

macro_rules! run {
    ($shape:ty, $kind:literal) => {
        impl Run for $shape {
            const KIND: &'static str = $kind;

            fn id(&self) -> &str {
                self.run_id.as_deref().unwrap_or_default()
            }

            fn status(&self) -> Option<TaskStatusType> {
                self.status
            }

            fn started_on(&self) -> Option<Timestamp> {
                self.started_on
            }

            fn timeout_minutes(&self) -> Option<i32> {
                self.timeout
            }

            fn enter(&mut self, status: TaskStatusType, error: Option<String>, now: Timestamp) {
                self.status = Some(status);
                self.error_string = error;
                self.last_modified_on = Some(now);
                if is_over(status) {
                    self.completed_on = Some(now);
                    let lasted = now.since(self.started_on.unwrap_or(now));
                    self.execution_time = i32::try_from(lasted.as_secs()).ok();
                }
            }
        }
    };
}

run!(
    GetDataQualityRulesetEvaluationRunResponse,
    "data quality evaluation run"
);
run!(
    GetDataQualityRuleRecommendationRunResponse,
    "data quality recommendation run"
);

/// Whether a run has come to its end.
pub(super) fn is_over(status: TaskStatusType) -> bool {
    matches!(
        status,
        TaskStatusType::Stopped
            | TaskStatusType::Succeeded
            | TaskStatusType::Failed
            | TaskStatusType::Timeout
    )
}

/// Runs of one kind, by id.
pub(super) struct Runs<R> {
    documents: Documents<R>,
}

impl<R: Run> Runs<R> {
    pub(super) const fn of(kind: &'static str) -> Self {
        Self {
            documents: Documents::of(kind),
        }
    }

    pub(super) fn save(&self, store: &MetadataStore, run: &R) -> Result<(), StoreError> {
        store.write(|transaction| self.documents.put(transaction, "", run.id(), run))
    }

    /// # Errors
    /// `EntityNotFoundException` if there is none of that id.
    pub(super) fn find(&self, store: &MetadataStore, id: &str) -> Result<R, Error> {
        store
            .read(|connection| self.documents.get(connection, "", id))
            .map_err(internal)?
            .ok_or_else(|| Error::entity_not_found(format!("The {} {id} was not found.", R::KIND)))
    }

    /// All runs, the newest first.
    pub(super) fn list(&self, store: &MetadataStore) -> Result<Vec<R>, StoreError> {
        let mut runs = store.read(|connection| self.documents.list(connection, ""))?;
        runs.sort_by(|one, other| {
            (other.started_on(), other.id()).cmp(&(one.started_on(), one.id()))
        });
        Ok(runs)
    }

    /// Ends the runs that were under way when the process that ran them died.
    pub(super) fn fail_interrupted(&self, platform: &Platform) -> Result<(), StoreError> {
        for mut run in self.list(&platform.store)? {
            if run.status().is_none_or(is_over) {
                continue;
            }
            let reason = "lakebed ended while the run was under way; start it again";
            let now = platform.clock.now();
            run.enter(TaskStatusType::Failed, Some(reason.to_owned()), now);
            self.save(&platform.store, &run)?;
        }
        Ok(())
    }
}
