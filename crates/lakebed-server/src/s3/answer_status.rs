use http::StatusCode;

/// The status of an answer, where an operation has several that say it succeeded and s3s writes
/// one: put into the extensions of the answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct AnswerStatus(pub(super) StatusCode);
