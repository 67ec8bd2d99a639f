//! Plans queries over the catalog's tables, and the queries of the views they read.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::catalog::{CatalogProvider, CatalogProviderList, MemoryCatalogProvider};
use datafusion::catalog::{MemoryCatalogProviderList, TableProvider};
use datafusion::common::Column;
use datafusion::datasource::ViewTable;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion_trino::PlannedQuery;
use futures::FutureExt;
use futures::future::BoxFuture;
use lakebed_engine::Session;

use super::hidden_columns;
use super::tables::{self, Source};
use super::view::ViewDefinition;
use super::{CATALOG, DEFAULT_DATABASE, Lake};
use crate::error::{ErrorKind, QueryError, Result};
use crate::statement::QueryText;

/// A view by database and name.
type ViewName = (String, String);

impl Lake {
    /// Plans a query in `database`.
    ///
    /// # Errors
    /// `CATALOG_NOT_FOUND`, `SCHEMA_NOT_FOUND`, `TABLE_NOT_FOUND` at the place of the name, and
    /// whatever Trino's analyser refuses.
    pub(crate) async fn plan(
        &self,
        session: &Session,
        database: &str,
        text: &QueryText,
    ) -> Result<PlannedQuery> {
        let planner = Planner {
            lake: self,
            session,
        };
        planner.plan(database, text, &[]).await
    }

    /// Plans the query of a view that is to be made, which must not read itself.
    pub(crate) async fn plan_view(
        &self,
        session: &Session,
        database: &str,
        text: &QueryText,
        name: ViewName,
    ) -> Result<PlannedQuery> {
        let planner = Planner {
            lake: self,
            session,
        };
        planner.plan(database, text, &[name]).await
    }
}

struct Planner<'a> {
    lake: &'a Lake,
    session: &'a Session,
}

impl Planner<'_> {
    /// Plans a query that the views `within` read, the outermost first.
    fn plan<'a>(
        &'a self,
        database: &'a str,
        text: &'a QueryText,
        within: &'a [ViewName],
    ) -> BoxFuture<'a, Result<PlannedQuery>> {
        async move {
            let mut parsed = datafusion_trino::parse(text.as_str(), text.parameters())?;
            let hidden = hidden_columns::are_named(text.as_str());
            let shown = MemoryCatalogProvider::new();
            let mut with_hidden = BTreeSet::new();
            for (reference, location) in datafusion_trino::tables(&parsed.query) {
                let found = tables::find(self.lake, database, &reference, hidden)
                    .map_err(|error| error.or_at(location))?;
                let table = reference.table.clone();
                let schema = tables::schema(&shown, &found.database)?;
                let is_shown = schema.table_exist(&table);
                let provider = match found.source {
                    Source::Rows(provider) => provider,
                    Source::Files(provider) => {
                        with_hidden.insert(reference);
                        provider
                    }
                    // With its database and without, a name can mean the same view.
                    Source::View(_) if is_shown => continue,
                    Source::View(view) => {
                        let name = (found.database, table.clone());
                        self.view(name, &view, within)
                            .await
                            .map_err(|error| error.or_at(location))?
                    }
                };
                if !is_shown {
                    schema
                        .register_table(table, provider)
                        .map_err(|error| QueryError::from(&error))?;
                }
            }
            if hidden {
                hidden_columns::hide_from_wildcards(&mut parsed.query, &with_hidden);
            }
            let state = self.state(shown, database, within);
            Ok(datafusion_trino::plan(&state, parsed).await?)
        }
        .boxed()
    }

    /// What a query sees: the tables it names and no other. The session keeps the outermost's.
    fn state(
        &self,
        shown: MemoryCatalogProvider,
        database: &str,
        within: &[ViewName],
    ) -> SessionState {
        let shown: Arc<dyn CatalogProvider> = Arc::new(shown);
        let context = self.session.context();
        if within.is_empty() {
            context.register_catalog(CATALOG, shown);
            return context.state();
        }
        let catalogs = MemoryCatalogProviderList::new();
        catalogs.register_catalog(CATALOG.to_owned(), shown);
        let config = context
            .copied_config()
            .with_default_catalog_and_schema(CATALOG, database);
        SessionStateBuilder::new_from_existing(context.state())
            .with_config(config)
            .with_catalog_list(Arc::new(catalogs))
            .build()
    }

    /// A view as a table.
    async fn view(
        &self,
        name: ViewName,
        view: &ViewDefinition,
        within: &[ViewName],
    ) -> Result<Arc<dyn TableProvider>> {
        let called = format!("{CATALOG}.{}.{}", name.0, name.1);
        if within.contains(&name) {
            return Err(QueryError::new(
                ErrorKind::Named("VIEW_IS_RECURSIVE".to_owned()),
                format!("View '{called}' is recursive"),
            ));
        }
        let text = QueryText::whole(view.original_sql.clone());
        let database = view.schema.as_deref().unwrap_or(DEFAULT_DATABASE);
        let within = [within, &[name]].concat();
        let planned = self.plan(database, &text, &within).await.map_err(|error| {
            QueryError::new(
                ErrorKind::Named("INVALID_VIEW".to_owned()),
                format!(
                    "Failed analyzing stored view '{called}': {}",
                    error.located_message()
                ),
            )
        })?;
        let plan = columns_whole(&called, view, &planned.plan)?;
        Ok(Arc::new(ViewTable::new(
            plan,
            Some(view.original_sql.clone()),
        )))
    }
}

/// The plan with the columns called as the view's are.
fn columns_whole(called: &str, view: &ViewDefinition, plan: &LogicalPlan) -> Result<LogicalPlan> {
    let schema = plan.schema();
    if schema.fields().len() != view.columns.len() {
        return Err(QueryError::new(
            ErrorKind::Named("VIEW_IS_STALE".to_owned()),
            format!(
                "View '{called}' is stale or in invalid state: it has {} columns, its query has {}",
                view.columns.len(),
                schema.fields().len()
            ),
        ));
    }
    let columns = view.columns.iter().enumerate().map(|(position, column)| {
        Expr::Column(Column::from(schema.qualified_field(position)))
            .alias(column.name.to_lowercase())
    });
    LogicalPlanBuilder::from(plan.clone())
        .project(columns)
        .and_then(LogicalPlanBuilder::build)
        .map_err(|error| QueryError::from(&error))
}
