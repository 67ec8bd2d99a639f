//! The operations on prepared statements, which each workgroup keeps by name.

use lakebed_core::{CallContext, Connection, StoreError, Transaction};
use lakebed_wire::athena::{
    BatchGetPreparedStatementInput, BatchGetPreparedStatementOutput, CreatePreparedStatementInput,
    CreatePreparedStatementOutput, DeletePreparedStatementInput, DeletePreparedStatementOutput,
    Error, GetPreparedStatementInput, GetPreparedStatementOutput, ListPreparedStatementsInput,
    ListPreparedStatementsOutput, PreparedStatementOperations, PreparedStatementSummary,
    UnprocessedPreparedStatementName, UpdatePreparedStatementInput, UpdatePreparedStatementOutput,
};

use super::Athena;
use super::queries::internal;
use crate::execute::PREPARED;

const MAX_LISTED: usize = 50;

/// Whether a workgroup has any.
pub(super) fn are_in(connection: &Connection, workgroup: &str) -> Result<bool, StoreError> {
    Ok(PREPARED.count(connection, workgroup)? > 0)
}

/// Forgets those of a workgroup.
pub(super) fn remove_from(
    transaction: &Transaction<'_>,
    workgroup: &str,
) -> Result<(), StoreError> {
    PREPARED.delete_scope(transaction, workgroup)?;
    Ok(())
}

fn not_found(workgroup: &str, name: &str) -> Error {
    Error::ResourceNotFoundException {
        message: format!("PreparedStatement {name} was not found in workGroup {workgroup}"),
        resource_name: Some(name.to_owned()),
    }
}

impl PreparedStatementOperations for Athena {
    /// Keeps a statement.
    ///
    /// # Errors
    /// `InvalidRequestException` if there is no such workgroup, or the name is taken.
    async fn create_prepared_statement(
        &self,
        _: &CallContext,
        request: CreatePreparedStatementInput,
    ) -> Result<CreatePreparedStatementOutput, Error> {
        let (workgroup, name) = (&request.work_group, &request.statement_name);
        self.workgroup(workgroup)?;
        let statements = &self.shared.prepared_statements;
        if statements
            .find(workgroup, name)
            .map_err(internal)?
            .is_some()
        {
            return Err(Self::refusal(
                format!("PreparedStatement {name} already exists in workGroup {workgroup}"),
                "INVALID_INPUT",
            ));
        }
        statements
            .keep(
                workgroup,
                name,
                &request.query_statement,
                request.description,
            )
            .map_err(internal)?;
        Ok(CreatePreparedStatementOutput {})
    }

    /// # Errors
    /// `ResourceNotFoundException` if the workgroup has none of that name.
    async fn get_prepared_statement(
        &self,
        _: &CallContext,
        request: GetPreparedStatementInput,
    ) -> Result<GetPreparedStatementOutput, Error> {
        let (workgroup, name) = (&request.work_group, &request.statement_name);
        self.workgroup(workgroup)?;
        let statement = self
            .shared
            .prepared_statements
            .find(workgroup, name)
            .map_err(internal)?
            .ok_or_else(|| not_found(workgroup, name))?;
        Ok(GetPreparedStatementOutput {
            prepared_statement: Some(statement),
        })
    }

    async fn batch_get_prepared_statement(
        &self,
        _: &CallContext,
        request: BatchGetPreparedStatementInput,
    ) -> Result<BatchGetPreparedStatementOutput, Error> {
        let workgroup = &request.work_group;
        self.workgroup(workgroup)?;
        let mut found = Vec::new();
        let mut unprocessed = Vec::new();
        for name in request.prepared_statement_names {
            let statements = &self.shared.prepared_statements;
            match statements.find(workgroup, &name).map_err(internal)? {
                Some(statement) => found.push(statement),
                None => unprocessed.push(UnprocessedPreparedStatementName {
                    error_code: Some("STATEMENT_NOT_FOUND".to_owned()),
                    error_message: Some(not_found(workgroup, &name).to_string()),
                    statement_name: Some(name),
                }),
            }
        }
        Ok(BatchGetPreparedStatementOutput {
            prepared_statements: Some(found),
            unprocessed_prepared_statement_names: Some(unprocessed),
        })
    }

    /// A workgroup's statements, by name.
    ///
    /// # Errors
    /// `InvalidRequestException` if there is no such workgroup.
    async fn list_prepared_statements(
        &self,
        _: &CallContext,
        request: ListPreparedStatementsInput,
    ) -> Result<ListPreparedStatementsOutput, Error> {
        let workgroup = &request.work_group;
        self.workgroup(workgroup)?;
        let limit = request
            .max_results
            .and_then(|max| usize::try_from(max).ok())
            .unwrap_or(MAX_LISTED);
        let after = request.next_token.as_deref();
        let mut statements = self
            .shared
            .platform
            .store
            .read(|connection| PREPARED.page(connection, workgroup, after, limit + 1))
            .map_err(internal)?;
        let more = statements.len() > limit;
        statements.truncate(limit);
        Ok(ListPreparedStatementsOutput {
            next_token: statements
                .last()
                .filter(|_| more)
                .map(|(name, _)| name.clone()),
            prepared_statements: Some(
                statements
                    .into_iter()
                    .map(|(name, statement)| PreparedStatementSummary {
                        statement_name: Some(name),
                        last_modified_time: statement.last_modified_time,
                    })
                    .collect(),
            ),
        })
    }

    /// Replaces a statement's text.
    ///
    /// # Errors
    /// `ResourceNotFoundException` if the workgroup has none of that name.
    async fn update_prepared_statement(
        &self,
        _: &CallContext,
        request: UpdatePreparedStatementInput,
    ) -> Result<UpdatePreparedStatementOutput, Error> {
        let (workgroup, name) = (&request.work_group, &request.statement_name);
        self.workgroup(workgroup)?;
        let statements = &self.shared.prepared_statements;
        let before = statements
            .find(workgroup, name)
            .map_err(internal)?
            .ok_or_else(|| not_found(workgroup, name))?;
        let description = request.description.or(before.description);
        statements
            .keep(workgroup, name, &request.query_statement, description)
            .map_err(internal)?;
        Ok(UpdatePreparedStatementOutput {})
    }

    /// # Errors
    /// `ResourceNotFoundException` if the workgroup has none of that name.
    async fn delete_prepared_statement(
        &self,
        _: &CallContext,
        request: DeletePreparedStatementInput,
    ) -> Result<DeletePreparedStatementOutput, Error> {
        let (workgroup, name) = (&request.work_group, &request.statement_name);
        self.workgroup(workgroup)?;
        let statements = &self.shared.prepared_statements;
        match statements.remove(workgroup, name).map_err(internal)? {
            true => Ok(DeletePreparedStatementOutput {}),
            false => Err(not_found(workgroup, name)),
        }
    }
}
