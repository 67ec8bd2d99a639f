//! What a statement does. Each answers in its own way; where the answer goes is the service's
//! concern.

mod alter_table;
mod create_table;
mod create_table_as;
mod databases;
mod describe;
mod drop_table;
mod explain;
mod fit_text;
mod hive;
mod insert;
mod output_columns;
mod prepared;
mod repair_table;
mod select;
mod show;
mod show_create_table;
mod storage_format;
mod table_properties;
mod target;
mod unload;
mod view;

pub(crate) use prepared::{PREPARED, PreparedStatements};

use std::sync::{Arc, OnceLock};

use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::ExecutionPlan;
use lakebed_engine::Session;
use lakebed_storage::Encryption;
use lakebed_wire::glue;

use crate::error::{QueryError, Result};
use crate::lake::Lake;
use crate::results::Column;
use crate::results::output::OutputFolder;
use crate::statement::{Statement, TableName};

/// What a statement is executed with.
pub(crate) struct Context {
    pub(crate) lake: Lake,
    pub(crate) session: Session,
    /// The database of names that have none, folded.
    pub(crate) database: String,
    pub(crate) query_id: String,
    /// Where results go; tables made without a location go below it.
    pub(crate) output: Option<OutputFolder>,
    /// Who makes tables.
    pub(crate) creator: String,
    /// Whose prepared statements are meant.
    pub(crate) workgroup: String,
    pub(crate) prepared_statements: PreparedStatements,
    /// The most bytes that may be scanned.
    pub(crate) cutoff_bytes: Option<u64>,
    /// How files are encrypted that are written; none is as their bucket is set.
    pub(crate) encryption: Option<Encryption>,
    pub(crate) executed: ExecutedPlan,
}

/// The plan that a statement's rows come from, kept for its metrics. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct ExecutedPlan(Arc<OnceLock<Arc<dyn ExecutionPlan>>>);

impl ExecutedPlan {
    /// A statement executes one plan; only the first is kept.
    fn keep(&self, plan: &Arc<dyn ExecutionPlan>) {
        self.0.get_or_init(|| Arc::clone(plan));
    }

    pub(crate) fn get(&self) -> Option<&Arc<dyn ExecutionPlan>> {
        self.0.get()
    }
}

/// What a statement answers.
pub(crate) enum Answer {
    /// A query's rows, still to be computed.
    Rows {
        columns: Vec<Column>,
        stream: SendableRecordBatchStream,
    },
    /// Lines of text, as `SHOW`, `DESCRIBE` and `EXPLAIN` answer.
    Lines {
        columns: Vec<Column>,
        lines: Vec<String>,
    },
    /// Rows were written to these files.
    Written {
        /// `INSERT` or `CREATE TABLE`.
        kind: &'static str,
        rows: u64,
        files: Vec<String>,
    },
    /// It was done.
    Nothing,
}

impl Context {
    /// Whether more was scanned than may be.
    pub(crate) fn is_cut_off(&self) -> bool {
        self.cutoff_bytes
            .is_some_and(|cutoff| self.session.scanned_bytes() > cutoff)
    }

    /// The database a name is in.
    fn database_of<'a>(&'a self, name: &'a TableName) -> &'a str {
        name.database.as_deref().unwrap_or(&self.database)
    }

    /// A table that a DDL statement names, refused in Hive's words.
    fn table(&self, name: &TableName) -> Result<glue::Table> {
        let database = self.database_of(name);
        self.lake
            .catalog
            .table(database, &name.table)
            .map_err(|error| match error {
                lakebed_catalog::Error::NotFound(_) => hive::table_not_found(database, &name.table),
                other => hive::task_failed(&other),
            })
    }
}

/// Executes a statement.
///
/// # Errors
/// The statement's refusal or failure in Athena's words.
pub(crate) async fn execute(context: &Context, statement: &Statement) -> Result<Answer> {
    match statement {
        Statement::Query(query) => select::execute(context, query).await,
        Statement::Explain(explain) => explain::execute(context, explain).await,
        Statement::Insert(insert) => insert::execute(context, insert).await,
        Statement::CreateTableAs(create) => create_table_as::execute(context, create).await,
        Statement::CreateView(create) => view::create(context, create).await,
        Statement::Unload(unload) => unload::execute(context, unload).await,
        Statement::Prepare(prepare) => prepared::prepare(context, prepare),
        Statement::Execute(execute) => {
            let statement =
                context
                    .prepared_statements
                    .statement(&context.workgroup, execute, Vec::new())?;
            Box::pin(self::execute(context, &statement)).await
        }
        Statement::Deallocate(name) => prepared::deallocate(context, name),
        Statement::CreateDatabase(create) => databases::create(context, create),
        Statement::AlterDatabase(alter) => databases::alter(context, alter),
        Statement::DropDatabase(drop) => databases::drop(context, drop),
        Statement::ShowDatabases(show) => databases::show(context, show),
        Statement::CreateTable(create) => create_table::execute(context, create),
        Statement::DropTable(drop) => drop_table::execute(context, drop),
        Statement::AlterTable(alter) => alter_table::execute(context, alter),
        Statement::RepairTable(name) => repair_table::execute(context, name).await,
        Statement::ShowTables(show) => show::tables(context, show),
        Statement::ShowColumns(name) => show::columns(context, name),
        Statement::ShowPartitions(name) => show::partitions(context, name),
        Statement::ShowTableProperties(show) => show::table_properties(context, show),
        Statement::ShowCreateTable(name) => show_create_table::execute(context, name),
        Statement::Describe(describe) => describe::execute(context, describe),
        Statement::ShowViews(show) => view::show(context, show),
        Statement::ShowCreateView(name) => view::show_create(context, name),
        Statement::DescribeView(name) => view::describe(context, name),
        Statement::DropView(drop) => view::drop(context, drop),
        Statement::Unsupported(unsupported) => Err(QueryError::unsupported(unsupported.name)),
    }
}
