//! The records of triggers, one document each.

use std::collections::BTreeSet;

use lakebed_core::{Documents, MetadataStore, StoreError, Transaction};
use lakebed_wire::glue::{Error, Trigger};
use serde::{Deserialize, Serialize};

use crate::jobs::internal;

pub(crate) const TRIGGERS: Documents<Record> = Documents::of("glue.trigger");

/// A trigger, and how near it is to firing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) trigger: Trigger,
    /// The positions of the conditions that hold since it last fired.
    #[serde(default)]
    pub(super) met: BTreeSet<usize>,
}

/// The trigger of this name.
///
/// # Errors
/// `EntityNotFoundException` if there is none.
pub(super) fn find(store: &MetadataStore, name: &str) -> Result<Record, Error> {
    store
        .read(|connection| TRIGGERS.get(connection, "", name))
        .map_err(internal)?
        .ok_or_else(|| not_found(name))
}

pub(super) fn not_found(name: &str) -> Error {
    Error::entity_not_found(format!("Trigger {name} not found."))
}

pub(super) fn all(store: &MetadataStore) -> Result<Vec<Record>, StoreError> {
    store.read(|connection| TRIGGERS.list(connection, ""))
}

pub(super) fn clear(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    TRIGGERS.delete_scope(transaction, "")?;
    Ok(())
}
