//! Prepared statements: texts that a workgroup keeps under a name. `PREPARE` and `DEALLOCATE`.

use datafusion_trino::Location;
use lakebed_core::{Documents, Platform, StoreError};
use lakebed_wire::athena::PreparedStatement;

use super::{Answer, Context};
use crate::error::{ErrorKind, QueryError, Result};
use crate::statement::{self, Execute, Prepare, Statement};

/// By workgroup and name.
pub(crate) const PREPARED: Documents<PreparedStatement> =
    Documents::of("athena.prepared_statement");

/// The prepared statements of all workgroups. Cheap to clone.
#[derive(Clone)]
pub(crate) struct PreparedStatements {
    pub(crate) platform: Platform,
}

impl PreparedStatements {
    pub(crate) fn find(
        &self,
        workgroup: &str,
        name: &str,
    ) -> Result<Option<PreparedStatement>, StoreError> {
        self.platform
            .store
            .read(|connection| PREPARED.get(connection, workgroup, name))
    }

    /// Keeps a statement; one of the same name goes.
    pub(crate) fn keep(
        &self,
        workgroup: &str,
        name: &str,
        text: &str,
        description: Option<String>,
    ) -> Result<(), StoreError> {
        let statement = PreparedStatement {
            statement_name: Some(name.to_owned()),
            query_statement: Some(text.to_owned()),
            work_group_name: Some(workgroup.to_owned()),
            description,
            last_modified_time: Some(self.platform.clock.now()),
        };
        self.platform
            .store
            .write(|transaction| PREPARED.put(transaction, workgroup, name, &statement))
    }

    /// Forgets a statement; says whether it was there.
    pub(crate) fn remove(&self, workgroup: &str, name: &str) -> Result<bool, StoreError> {
        self.platform
            .store
            .write(|transaction| PREPARED.delete(transaction, workgroup, name))
    }

    /// The statement that `EXECUTE` means, with its parameters: those of `USING`, or `more`.
    ///
    /// # Errors
    /// `NOT_FOUND` if the workgroup has no such statement; `SYNTAX_ERROR` if what is kept is none.
    pub(crate) fn statement(
        &self,
        workgroup: &str,
        execute: &Execute,
        more: Vec<String>,
    ) -> Result<Statement> {
        let kept = self
            .find(workgroup, &execute.name)
            .map_err(|error| internal(&error))?
            .and_then(|kept| kept.query_statement)
            .ok_or_else(|| not_found(workgroup, &execute.name))?;
        let mut statement = statement::parse(&kept)?;
        if matches!(statement, Statement::Execute(_)) {
            return Err(QueryError::at(
                ErrorKind::SyntaxError,
                Location::START,
                format!(
                    "the prepared statement {} is an EXECUTE itself",
                    execute.name
                ),
            ));
        }
        let parameters = match execute.parameters.is_empty() {
            true => more,
            false => execute.parameters.clone(),
        };
        statement.set_parameters(parameters)?;
        Ok(statement)
    }
}

fn internal(error: &StoreError) -> QueryError {
    QueryError::new(ErrorKind::GenericInternalError, error.to_string())
}

fn not_found(workgroup: &str, name: &str) -> QueryError {
    QueryError::new(
        ErrorKind::Named("NOT_FOUND".to_owned()),
        format!("PreparedStatement {name} was not found in workGroup {workgroup}"),
    )
}

/// Athena's `PREPARE` replaces a statement of the same name.
pub(super) fn prepare(context: &Context, prepare: &Prepare) -> Result<Answer> {
    context
        .prepared_statements
        .keep(&context.workgroup, &prepare.name, &prepare.statement, None)
        .map_err(|error| internal(&error))?;
    Ok(Answer::Nothing)
}

pub(super) fn deallocate(context: &Context, name: &str) -> Result<Answer> {
    let removed = context
        .prepared_statements
        .remove(&context.workgroup, name)
        .map_err(|error| internal(&error))?;
    match removed {
        true => Ok(Answer::Nothing),
        false => Err(not_found(&context.workgroup, name)),
    }
}
