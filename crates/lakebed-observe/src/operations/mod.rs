//! The operations of CloudWatch Logs, one file a family.

mod events;
mod filter;
mod groups;
mod put;
mod streams;
mod tags;

use lakebed_core::Connection;

use crate::Error;
use crate::groups::{self as records, Group};

/// Finds the group that a request names, by its name or by its name or ARN as an identifier.
fn named_group(
    connection: &Connection,
    name: Option<&str>,
    identifier: Option<&str>,
) -> Result<Group, Error> {
    let name = match (name, identifier) {
        (Some(_), Some(_)) => {
            return Err(Error::InvalidParameter(
                "LogGroup name and LogGroup identifier are mutually exclusive parameters."
                    .to_owned(),
            ));
        }
        (Some(name), None) => name,
        (None, Some(identifier)) => group_of_arn(identifier).unwrap_or(identifier),
        (None, None) => {
            return Err(Error::InvalidParameter(
                "LogGroup name or LogGroup identifier is required.".to_owned(),
            ));
        }
    };
    records::find(connection, name)
}

/// The name in the ARN of a log group, which may end in `:*`.
fn group_of_arn(arn: &str) -> Option<&str> {
    let (service, name) = arn.split_once(":log-group:")?;
    service.starts_with("arn:aws:logs:").then_some(())?;
    Some(name.strip_suffix(":*").unwrap_or(name))
}
