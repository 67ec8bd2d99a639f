use std::sync::Arc;

use lakebed_core::Principal;
use parking_lot::Mutex;

/// What only the operation learns of a request that is logged. It travels in the extensions of
/// the request.
#[derive(Debug, Clone, Default)]
pub(in crate::s3) struct LogNotes(Arc<Mutex<Notes>>);

#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Who turned out to ask, by a form.
    pub(super) requester: Option<Principal>,
    pub(super) deleted: Vec<DeletedKey>,
}

/// A key that was one of many to be deleted, and what became of it: they are logged one by one.
#[derive(Debug)]
pub(super) struct DeletedKey {
    pub(super) key: String,
    pub(super) version: Option<String>,
    pub(super) error_code: Option<&'static str>,
}

impl LogNotes {
    pub(in crate::s3) fn requester(&self, principal: &Principal) {
        self.0.lock().requester = Some(principal.clone());
    }

    pub(in crate::s3) fn deleted(
        &self,
        key: &str,
        version: Option<&str>,
        error_code: Option<&'static str>,
    ) {
        self.0.lock().deleted.push(DeletedKey {
            key: key.to_owned(),
            version: version.map(str::to_owned),
            error_code,
        });
    }

    pub(super) fn take(&self) -> Notes {
        std::mem::take(&mut *self.0.lock())
    }
}
