use serde_json::{Map, Value};

/// An error as it goes on the wire, whatever the protocol.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// The error code, such as `EntityNotFoundException`.
    pub code: String,
    /// What went wrong.
    pub message: String,
    /// The HTTP status.
    pub status: u16,
    /// Members of the error's shape besides the message.
    pub members: Map<String, Value>,
}

impl Failure {
    /// An error of the caller's making.
    #[must_use]
    pub fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            status,
            members: Map::new(),
        }
    }

    /// The request is not what the protocol says.
    #[must_use]
    pub fn serialization(message: impl Into<String>) -> Self {
        Self::new(400, "SerializationException", message)
    }

    /// No service has an operation of this name.
    #[must_use]
    pub fn unknown_operation(operation: &str) -> Self {
        Self::new(
            400,
            "UnknownOperationException",
            format!("unknown operation '{operation}'"),
        )
    }

    /// AWS has the operation and Lakebed does not. 501 is a status that SDKs do not try again.
    #[must_use]
    pub fn not_implemented(service: &str, operation: &str) -> Self {
        let message = format!(
            "lakebed does not implement {service}:{operation} yet; docs/coverage.md lists what it does"
        );
        Self::new(501, "NotImplementedException", message)
    }

    /// Whether the server is to blame.
    #[must_use]
    pub fn is_fault(&self) -> bool {
        self.status >= 500
    }
}
