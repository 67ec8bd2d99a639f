//! How Hive's DDL task, which Athena's DDL goes through, speaks.

use regex::Regex;

use crate::error::{ErrorKind, QueryError, Result};

/// A refusal of the task's.
pub(super) fn task_failed(error: &lakebed_catalog::Error) -> QueryError {
    let thrown = match error {
        lakebed_catalog::Error::AlreadyExists(message) => {
            format!("AlreadyExistsException(message:{message})")
        }
        lakebed_catalog::Error::NotFound(message) => {
            format!("NoSuchObjectException(message:{message})")
        }
        lakebed_catalog::Error::InvalidInput(message) => {
            format!("InvalidObjectException(message:{message})")
        }
        other => format!("MetaException(message:{other})"),
    };
    execution_error(&thrown)
}

pub(super) fn execution_error(what: &str) -> QueryError {
    QueryError::new(
        ErrorKind::Ddl,
        format!(
            "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. {what}"
        ),
    )
}

pub(super) fn semantic_error(what: &str) -> QueryError {
    QueryError::new(ErrorKind::Ddl, format!("FAILED: SemanticException {what}"))
}

pub(super) fn table_not_found(database: &str, table: &str) -> QueryError {
    semantic_error(&format!(
        "[Error 10001]: Table not found {database}.{table}"
    ))
}

pub(super) fn database_not_found(database: &str) -> QueryError {
    semantic_error(&format!(
        "[Error 10072]: Database does not exist: {database}"
    ))
}

/// A pattern of `SHOW … LIKE`: a regular expression in which `*` stands for anything and `|`
/// separates alternatives. Athena user guide, "SHOW TABLES".
pub(super) fn show_pattern(pattern: &str) -> Result<Regex> {
    let mut expression = String::from("(?i)^(?:");
    let mut previous = None;
    for c in pattern.chars() {
        match c {
            // `.*` is already what a lone `*` means.
            '*' if previous != Some('.') => expression.push_str(".*"),
            c => expression.push(c),
        }
        previous = Some(c);
    }
    expression.push_str(")$");
    Regex::new(&expression).map_err(|_| {
        semantic_error(&format!(
            "the pattern '{pattern}' is not a regular expression"
        ))
    })
}
