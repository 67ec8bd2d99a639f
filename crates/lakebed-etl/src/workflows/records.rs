//! The records of workflows and of their runs.

use lakebed_core::{Connection, Documents, StoreError, Transaction};
use lakebed_wire::glue::{Error, Trigger, Workflow};

use super::run::Run;
use crate::triggers::TRIGGERS;

/// Workflows as they were defined, without runs and graph.
pub(super) const WORKFLOWS: Documents<Workflow> = Documents::of("glue.workflow");

/// Runs by workflow and id.
pub(super) const RUNS: Documents<Run> = Documents::of("glue.workflow_run");

/// The workflow of this name.
///
/// # Errors
/// `EntityNotFoundException` if there is none.
pub(crate) fn find(connection: &Connection, name: &str) -> Result<Workflow, Failure> {
    WORKFLOWS.get(connection, "", name)?.ok_or_else(|| {
        refused(Error::entity_not_found(format!(
            "Workflow {name} not found."
        )))
    })
}

/// One run of a workflow.
///
/// # Errors
/// `EntityNotFoundException` if there is none.
pub(super) fn find_run(connection: &Connection, workflow: &str, id: &str) -> Result<Run, Failure> {
    RUNS.get(connection, workflow, id)?.ok_or_else(|| {
        let message = format!("Workflow run {id} of workflow {workflow} not found.");
        refused(Error::entity_not_found(message))
    })
}

/// The runs of a workflow, the latest first.
pub(super) fn runs(connection: &Connection, workflow: &str) -> Result<Vec<Run>, StoreError> {
    let mut runs = RUNS.list(connection, workflow)?;
    runs.sort_by(|one, other| (other.started, &other.id).cmp(&(one.started, &one.id)));
    Ok(runs)
}

/// The triggers of a workflow, in the order of their names.
pub(crate) fn triggers(
    connection: &Connection,
    workflow: &str,
) -> Result<Vec<Trigger>, StoreError> {
    let records = TRIGGERS.list(connection, "")?;
    let triggers = records.into_iter().map(|record| record.trigger);
    Ok(triggers
        .filter(|trigger| trigger.workflow_name.as_deref() == Some(workflow))
        .collect())
}

/// Removes all workflows and their runs.
pub(crate) fn clear(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    for name in WORKFLOWS.keys(transaction, "", None, usize::MAX)? {
        RUNS.delete_scope(transaction, &name)?;
    }
    WORKFLOWS.delete_scope(transaction, "")?;
    Ok(())
}

/// Why a transaction over workflows is undone.
#[derive(Debug)]
pub(crate) enum Failure {
    Refused(Box<Error>),
    Store(StoreError),
}

/// An answer that undoes the transaction.
pub(crate) fn refused(error: Error) -> Failure {
    Failure::Refused(Box::new(error))
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<lakebed_catalog::Error> for Failure {
    fn from(error: lakebed_catalog::Error) -> Self {
        refused(error.into())
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(error) => *error,
            Failure::Store(error) => crate::jobs::internal(error),
        }
    }
}
