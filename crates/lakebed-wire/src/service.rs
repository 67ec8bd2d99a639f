use std::future::Future;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Failure, Structure, validate};

/// How a service's requests and answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// AWS JSON; the version stands in the content type.
    Json(&'static str),
    /// Form-encoded requests, XML answers in this namespace.
    Query {
        /// The answers' XML namespace.
        namespace: &'static str,
        /// The API version that requests carry.
        version: &'static str,
    },
    /// REST with XML: S3's.
    RestXml,
}

/// One operation of a service's model.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// Its name.
    pub name: &'static str,
    /// The trait that has it; none where Lakebed does not implement it.
    pub group: Option<&'static str>,
    /// The shape of its answer, for protocols that cannot write JSON as it is.
    pub output: Option<&'static Structure>,
    /// The shape of its request.
    pub input: Option<&'static Structure>,
}

/// A service as its model describes it.
#[derive(Debug)]
pub struct Service {
    /// Its name in credential scopes and ARNs.
    pub name: &'static str,
    /// What stands before the operation's name in `X-Amz-Target`.
    pub target_prefix: &'static str,
    /// How it talks.
    pub protocol: Protocol,
    /// The code of a request that breaks a constraint.
    pub validation_error: &'static str,
    /// What that error has besides its message.
    pub validation_members: &'static [(&'static str, &'static str)],
    /// The code of a failure that is Lakebed's own.
    pub internal_error: &'static str,
    /// Every operation on AWS, sorted by name.
    pub operations: &'static [Operation],
}

impl Service {
    /// Finds an operation that Lakebed implements.
    ///
    /// # Errors
    /// `NotImplementedException` if only AWS has it, `UnknownOperationException` if nobody has.
    pub fn implemented(&self, operation: &str) -> Result<&'static Operation, Failure> {
        let known = self
            .operations
            .binary_search_by_key(&operation, |candidate| candidate.name)
            .map(|index| &self.operations[index])
            .map_err(|_| Failure::unknown_operation(operation))?;
        match known.group {
            Some(_) => Ok(known),
            None => Err(Failure::not_implemented(self.name, operation)),
        }
    }
}

/// Serves one call: checks the request, reads it into its type, runs `operation`, writes its
/// answer. Generated dispatch is made of these.
///
/// # Errors
/// The service's validation error, `SerializationException`, or what the operation answers.
pub async fn call<Request, Answer, Error, Running>(
    service: &Service,
    constraints: &'static Structure,
    request: Value,
    operation: impl FnOnce(Request) -> Running,
) -> Result<Value, Failure>
where
    Request: DeserializeOwned,
    Answer: Serialize,
    Error: Into<Failure>,
    Running: Future<Output = Result<Answer, Error>>,
{
    validate(service, constraints, &request)?;
    let request = serde_json::from_value(request)
        .map_err(|error| Failure::serialization(error.to_string()))?;
    let answer = operation(request).await.map_err(Into::into)?;
    serde_json::to_value(answer).map_err(|error| {
        Failure::new(
            500,
            service.internal_error,
            format!("the answer cannot be written: {error}"),
        )
    })
}
