//! Queries that are kept under a name.

use lakebed_core::{CallContext, Connection, Documents, StoreError, Transaction};
use lakebed_wire::athena::{
    BatchGetNamedQueryInput, BatchGetNamedQueryOutput, CreateNamedQueryInput,
    CreateNamedQueryOutput, DeleteNamedQueryInput, DeleteNamedQueryOutput, Error,
    GetNamedQueryInput, GetNamedQueryOutput, ListNamedQueriesInput, ListNamedQueriesOutput,
    NamedQuery, NamedQueryOperations, UnprocessedNamedQueryId, UpdateNamedQueryInput,
    UpdateNamedQueryOutput,
};

use super::Athena;
use super::queries::internal;
use super::workgroups::PRIMARY;

const NAMED_QUERIES: Documents<NamedQuery> = Documents::of("athena.named_query");
/// Ids by workgroup.
const IN_WORKGROUP: Documents<String> = Documents::of("athena.named_query_in_workgroup");
/// What a client's request token made.
const TOKENS: Documents<NamedQuery> = Documents::of("athena.named_query_token");

const MAX_LISTED: usize = 50;

fn not_found(id: &str) -> Error {
    Athena::refusal(format!("NamedQuery {id} was not found"), "INVALID_INPUT")
}

/// Whether a workgroup has any.
pub(super) fn are_in(connection: &Connection, workgroup: &str) -> Result<bool, StoreError> {
    Ok(IN_WORKGROUP.count(connection, workgroup)? > 0)
}

/// Forgets those of a workgroup.
pub(super) fn remove_from(
    transaction: &Transaction<'_>,
    workgroup: &str,
) -> Result<(), StoreError> {
    for id in IN_WORKGROUP.list(transaction, workgroup)? {
        NAMED_QUERIES.delete(transaction, "", &id)?;
    }
    IN_WORKGROUP.delete_scope(transaction, workgroup)?;
    Ok(())
}

impl Athena {
    fn named_query(&self, id: &str) -> Result<Option<NamedQuery>, Error> {
        self.shared
            .platform
            .store
            .read(|connection| NAMED_QUERIES.get(connection, "", id))
            .map_err(internal)
    }
}

impl NamedQueryOperations for Athena {
    /// Keeps a query; one that a token has made already is answered again.
    ///
    /// # Errors
    /// `InvalidRequestException` if there is no such workgroup, or the token made another query.
    async fn create_named_query(
        &self,
        _: &CallContext,
        request: CreateNamedQueryInput,
    ) -> Result<CreateNamedQueryOutput, Error> {
        let workgroup = request.work_group.unwrap_or_else(|| PRIMARY.to_owned());
        self.workgroup(&workgroup)?;
        let id = uuid::Uuid::new_v4().to_string();
        let query = NamedQuery {
            name: request.name,
            description: request.description,
            database: request.database,
            query_string: request.query_string,
            named_query_id: Some(id.clone()),
            work_group: Some(workgroup.clone()),
        };
        let token = request.client_request_token;
        let before = self
            .shared
            .platform
            .store
            .write(|transaction| {
                if let Some(token) = &token {
                    if let Some(before) = TOKENS.get(transaction, "", token)? {
                        return Ok(Some(before));
                    }
                    TOKENS.put(transaction, "", token, &query)?;
                }
                NAMED_QUERIES.put(transaction, "", &id, &query)?;
                IN_WORKGROUP.put(transaction, &workgroup, &id, &id)?;
                Ok::<_, StoreError>(None)
            })
            .map_err(internal)?;
        let Some(before) = before else {
            return Ok(CreateNamedQueryOutput {
                named_query_id: Some(id),
            });
        };
        let same = NamedQuery {
            named_query_id: before.named_query_id.clone(),
            ..query
        } == before;
        match same {
            true => Ok(CreateNamedQueryOutput {
                named_query_id: before.named_query_id,
            }),
            false => Err(Self::refusal(
                "Idempotent parameters do not match",
                "IDEMPOTENT_PARAMETER_MISMATCH",
            )),
        }
    }

    /// # Errors
    /// `InvalidRequestException` if there is none of that id.
    async fn get_named_query(
        &self,
        _: &CallContext,
        request: GetNamedQueryInput,
    ) -> Result<GetNamedQueryOutput, Error> {
        let id = &request.named_query_id;
        let query = self.named_query(id)?.ok_or_else(|| not_found(id))?;
        Ok(GetNamedQueryOutput {
            named_query: Some(query),
        })
    }

    async fn batch_get_named_query(
        &self,
        _: &CallContext,
        request: BatchGetNamedQueryInput,
    ) -> Result<BatchGetNamedQueryOutput, Error> {
        let mut found = Vec::new();
        let mut unprocessed = Vec::new();
        for id in request.named_query_ids {
            match self.named_query(&id)? {
                Some(query) => found.push(query),
                None => unprocessed.push(UnprocessedNamedQueryId {
                    error_code: Some("INVALID_INPUT".to_owned()),
                    error_message: Some(not_found(&id).to_string()),
                    named_query_id: Some(id),
                }),
            }
        }
        Ok(BatchGetNamedQueryOutput {
            named_queries: Some(found),
            unprocessed_named_query_ids: Some(unprocessed),
        })
    }

    /// Ids of a workgroup's, in the order of their ids.
    ///
    /// # Errors
    /// `InvalidRequestException` if there is no such workgroup.
    async fn list_named_queries(
        &self,
        _: &CallContext,
        request: ListNamedQueriesInput,
    ) -> Result<ListNamedQueriesOutput, Error> {
        let workgroup = request.work_group.as_deref().unwrap_or(PRIMARY);
        self.workgroup(workgroup)?;
        let limit = request
            .max_results
            .and_then(|max| usize::try_from(max).ok())
            .unwrap_or(MAX_LISTED);
        let after = request.next_token.as_deref();
        let mut ids = self
            .shared
            .platform
            .store
            .read(|connection| IN_WORKGROUP.keys(connection, workgroup, after, limit + 1))
            .map_err(internal)?;
        let more = ids.len() > limit;
        ids.truncate(limit);
        Ok(ListNamedQueriesOutput {
            next_token: ids.last().filter(|_| more).cloned(),
            named_query_ids: Some(ids),
        })
    }

    /// # Errors
    /// `InvalidRequestException` if there is none of that id.
    async fn update_named_query(
        &self,
        _: &CallContext,
        request: UpdateNamedQueryInput,
    ) -> Result<UpdateNamedQueryOutput, Error> {
        let id = request.named_query_id;
        let changed = self
            .shared
            .platform
            .store
            .write(|transaction| {
                let Some(mut query) = NAMED_QUERIES.get(transaction, "", &id)? else {
                    return Ok(false);
                };
                query.name = request.name;
                query.query_string = request.query_string;
                if request.description.is_some() {
                    query.description = request.description;
                }
                NAMED_QUERIES.put(transaction, "", &id, &query)?;
                Ok::<_, StoreError>(true)
            })
            .map_err(internal)?;
        match changed {
            true => Ok(UpdateNamedQueryOutput {}),
            false => Err(not_found(&id)),
        }
    }

    /// # Errors
    /// `InvalidRequestException` if there is none of that id.
    async fn delete_named_query(
        &self,
        _: &CallContext,
        request: DeleteNamedQueryInput,
    ) -> Result<DeleteNamedQueryOutput, Error> {
        let id = request.named_query_id;
        let removed = self
            .shared
            .platform
            .store
            .write(|transaction| {
                let Some(query) = NAMED_QUERIES.get(transaction, "", &id)? else {
                    return Ok(false);
                };
                let workgroup = query.work_group.as_deref().unwrap_or(PRIMARY);
                IN_WORKGROUP.delete(transaction, workgroup, &id)?;
                NAMED_QUERIES.delete(transaction, "", &id)
            })
            .map_err(internal)?;
        match removed {
            true => Ok(DeleteNamedQueryOutput {}),
            false => Err(not_found(&id)),
        }
    }
}
