//! The operations on data catalogs: the Glue catalog in Athena's shapes.

use lakebed_core::CallContext;
use lakebed_wire::athena::{
    CatalogOperations, Column, DataCatalog, DataCatalogStatus, DataCatalogSummary, DataCatalogType,
    Database, Error, GetDataCatalogInput, GetDataCatalogOutput, GetDatabaseInput,
    GetDatabaseOutput, GetTableMetadataInput, GetTableMetadataOutput, ListDataCatalogsInput,
    ListDataCatalogsOutput, ListDatabasesInput, ListDatabasesOutput, ListTableMetadataInput,
    ListTableMetadataOutput, TableMetadata,
};
use lakebed_wire::glue;
use regex::RegexBuilder;

use super::Athena;
use super::queries::check_catalog;

const CATALOG_NAME: &str = "AwsDataCatalog";
const MAX_LISTED: usize = 50;

/// What the catalog refuses, as Athena passes it on: clients look for Glue's code in the text.
fn metadata_error(context: &CallContext, error: &lakebed_catalog::Error) -> Error {
    match error {
        lakebed_catalog::Error::Store(error) => Error::Internal(error.to_string()),
        lakebed_catalog::Error::NotFound(_) => Error::metadata(format!(
            "Entity Not Found (Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException; Request ID: {}; Proxy: null)",
            context.request_id
        )),
        other => Error::metadata(other.to_string()),
    }
}

fn database(database: glue::Database) -> Database {
    Database {
        name: database.name,
        description: database.description,
        parameters: database.parameters,
    }
}

fn column(column: glue::Column) -> Column {
    Column {
        name: column.name,
        r#type: column.r#type,
        comment: column.comment,
    }
}

fn table(table: glue::Table) -> TableMetadata {
    let storage = table.storage_descriptor.unwrap_or_default();
    let mut parameters = table.parameters.unwrap_or_default();
    let serde = storage.serde_info.unwrap_or_default();
    // Athena shows the storage among the parameters.
    let shown = [
        ("location", storage.location),
        ("inputformat", storage.input_format),
        ("outputformat", storage.output_format),
        ("serde.serialization.lib", serde.serialization_library),
    ];
    for (key, value) in shown {
        if let Some(value) = value {
            parameters.insert(key.to_owned(), value);
        }
    }
    for (key, value) in serde.parameters.unwrap_or_default() {
        parameters.insert(format!("serde.param.{key}"), value);
    }
    TableMetadata {
        name: table.name,
        create_time: table.create_time,
        last_access_time: table.last_access_time,
        table_type: table.table_type,
        columns: Some(
            storage
                .columns
                .unwrap_or_default()
                .into_iter()
                .map(column)
                .collect(),
        ),
        partition_keys: Some(
            table
                .partition_keys
                .unwrap_or_default()
                .into_iter()
                .map(column)
                .collect(),
        ),
        parameters: Some(parameters),
    }
}

/// The items after the one called `after`, and the token of the next page.
fn page<T>(
    items: Vec<T>,
    name: impl Fn(&T) -> &str,
    after: Option<&str>,
    max: Option<i32>,
) -> (Vec<T>, Option<String>) {
    let limit = max
        .and_then(|max| usize::try_from(max).ok())
        .unwrap_or(MAX_LISTED);
    let mut items: Vec<T> = items
        .into_iter()
        .filter(|item| after.is_none_or(|after| name(item) > after))
        .collect();
    let more = items.len() > limit;
    items.truncate(limit);
    let next = match more {
        true => items.last().map(|item| name(item).to_owned()),
        false => None,
    };
    (items, next)
}

impl CatalogOperations for Athena {
    /// # Errors
    /// `InvalidRequestException` for any catalog but `AwsDataCatalog`.
    async fn get_data_catalog(
        &self,
        context: &CallContext,
        request: GetDataCatalogInput,
    ) -> Result<GetDataCatalogOutput, Error> {
        check_catalog(&request.name)?;
        let account = context.account.to_string();
        Ok(GetDataCatalogOutput {
            data_catalog: Some(DataCatalog {
                name: request.name,
                description: None,
                r#type: DataCatalogType::Glue,
                parameters: Some([("catalog-id".to_owned(), account)].into()),
                status: Some(DataCatalogStatus::CreateComplete),
                connection_type: None,
                error: None,
            }),
        })
    }

    async fn list_data_catalogs(
        &self,
        _: &CallContext,
        _: ListDataCatalogsInput,
    ) -> Result<ListDataCatalogsOutput, Error> {
        Ok(ListDataCatalogsOutput {
            data_catalogs_summary: Some(vec![DataCatalogSummary {
                catalog_name: Some(CATALOG_NAME.to_owned()),
                r#type: Some(DataCatalogType::Glue),
                ..DataCatalogSummary::default()
            }]),
            next_token: None,
        })
    }

    /// # Errors
    /// `MetadataException` if there is no such database.
    async fn get_database(
        &self,
        context: &CallContext,
        request: GetDatabaseInput,
    ) -> Result<GetDatabaseOutput, Error> {
        check_catalog(&request.catalog_name)?;
        let found = self
            .shared
            .lake
            .catalog
            .database(&request.database_name)
            .map_err(|error| metadata_error(context, &error))?;
        Ok(GetDatabaseOutput {
            database: Some(database(found)),
        })
    }

    /// # Errors
    /// `InvalidRequestException` for any catalog but `AwsDataCatalog`.
    async fn list_databases(
        &self,
        context: &CallContext,
        request: ListDatabasesInput,
    ) -> Result<ListDatabasesOutput, Error> {
        check_catalog(&request.catalog_name)?;
        let all = self
            .shared
            .lake
            .catalog
            .databases()
            .map_err(|error| metadata_error(context, &error))?;
        let (listed, next_token) = page(
            all,
            |database| database.name.as_str(),
            request.next_token.as_deref(),
            request.max_results,
        );
        Ok(ListDatabasesOutput {
            database_list: Some(listed.into_iter().map(database).collect()),
            next_token,
        })
    }

    /// # Errors
    /// `MetadataException` if there is no such table.
    async fn get_table_metadata(
        &self,
        context: &CallContext,
        request: GetTableMetadataInput,
    ) -> Result<GetTableMetadataOutput, Error> {
        check_catalog(&request.catalog_name)?;
        let found = self
            .shared
            .lake
            .catalog
            .table(&request.database_name, &request.table_name)
            .map_err(|error| metadata_error(context, &error))?;
        Ok(GetTableMetadataOutput {
            table_metadata: Some(table(found)),
        })
    }

    /// # Errors
    /// `MetadataException` if there is no such database; `InvalidRequestException` if the
    /// expression is no regular expression.
    async fn list_table_metadata(
        &self,
        context: &CallContext,
        request: ListTableMetadataInput,
    ) -> Result<ListTableMetadataOutput, Error> {
        check_catalog(&request.catalog_name)?;
        let mut all = self
            .shared
            .lake
            .catalog
            .tables(&request.database_name)
            .map_err(|error| metadata_error(context, &error))?;
        if let Some(expression) = &request.expression {
            let pattern = RegexBuilder::new(&format!("^(?:{expression})$"))
                .case_insensitive(true)
                .build()
                .map_err(|_| {
                    Self::refusal(
                        format!("'{expression}' is not a regular expression"),
                        "INVALID_INPUT",
                    )
                })?;
            all.retain(|table| pattern.is_match(&table.name));
        }
        let (listed, next_token) = page(
            all,
            |table| table.name.as_str(),
            request.next_token.as_deref(),
            request.max_results,
        );
        Ok(ListTableMetadataOutput {
            table_metadata_list: Some(listed.into_iter().map(table).collect()),
            next_token,
        })
    }
}
