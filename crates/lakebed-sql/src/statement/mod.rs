//! The front of Athena's SQL: which statement is this, and what does it ask for?
//!
//! Hive's DDL and Athena's own statements are parsed here in full; of a query only its place is
//! found, the query planner parses the rest.

mod alter_table;
mod create_table;
mod create_table_as;
mod cursor;
mod database;
mod explain;
mod hive_type;
mod iceberg;
mod insert;
mod kind;
mod lexer;
mod partition_spec;
mod prepared;
mod query_text;
mod table;
mod unload;
mod view;

pub(crate) use alter_table::{AlterTable, ColumnPlace, NewPartition, TableChange};
pub(crate) use create_table::{
    ColumnDefinition, CreateTable, Delimiters, RowFormat, StorageFormat,
};
pub(crate) use create_table_as::{CreateTableAs, PropertyValue, TableProperty};
pub(crate) use cursor::TableName;
pub(crate) use database::{AlterDatabase, CreateDatabase, DropDatabase, ShowDatabases};
pub(crate) use explain::{Explain, ExplainFormat, ExplainType};
pub(crate) use insert::Insert;
pub(crate) use kind::StatementKind;
pub(crate) use partition_spec::PartitionSpec;
pub(crate) use prepared::{Execute, Prepare};
pub(crate) use query_text::QueryText;
pub(crate) use table::{Describe, DescribeDetail, DropTable, ShowTableProperties, ShowTables};
pub(crate) use unload::Unload;
pub(crate) use view::CreateView;

use crate::error::{ErrorKind, QueryError, Result};
use cursor::Cursor;
use lexer::StringStyle;

/// A statement and what it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Statement {
    Query(QueryText),
    Explain(Explain),
    Insert(Insert),
    CreateTableAs(CreateTableAs),
    CreateView(CreateView),
    Unload(Unload),
    Prepare(Prepare),
    Execute(Execute),
    Deallocate(String),
    CreateDatabase(CreateDatabase),
    AlterDatabase(AlterDatabase),
    DropDatabase(DropDatabase),
    CreateTable(Box<CreateTable>),
    DropTable(DropTable),
    DropView(DropTable),
    AlterTable(AlterTable),
    RepairTable(TableName),
    ShowDatabases(ShowDatabases),
    ShowTables(ShowTables),
    ShowViews(ShowTables),
    ShowColumns(TableName),
    ShowPartitions(TableName),
    ShowCreateTable(TableName),
    ShowCreateView(TableName),
    ShowTableProperties(ShowTableProperties),
    Describe(Describe),
    DescribeView(TableName),
    /// A statement of Athena's that is not executed yet.
    Unsupported(Unsupported),
}

impl Statement {
    /// The query in the statement, if it has one.
    pub(crate) fn query(&self) -> Option<&QueryText> {
        match self {
            Self::Query(query) => Some(query),
            Self::Explain(explain) => explain.statement.query(),
            Self::Insert(insert) => Some(&insert.query),
            Self::CreateTableAs(create) => Some(&create.query),
            Self::CreateView(create) => Some(&create.query),
            Self::Unload(unload) => Some(&unload.query),
            _ => None,
        }
    }

    fn query_mut(&mut self) -> Option<&mut QueryText> {
        match self {
            Self::Query(query) => Some(query),
            Self::Explain(explain) => explain.statement.query_mut(),
            Self::Insert(insert) => Some(&mut insert.query),
            Self::CreateTableAs(create) => Some(&mut create.query),
            Self::CreateView(create) => Some(&mut create.query),
            Self::Unload(unload) => Some(&mut unload.query),
            _ => None,
        }
    }
}

/// The name of a statement that is not executed yet, and how Athena files it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unsupported {
    pub(crate) name: &'static str,
    pub(crate) kind: StatementKind,
}

/// Parses one statement; a trailing `;` is allowed.
///
/// # Errors
/// `SYNTAX_ERROR` with the place of what is wrong. Athena refuses such statements when they are
/// started, with `InvalidRequestException`.
pub(crate) fn parse(text: &str) -> Result<Statement> {
    let mut cursor = Cursor::new(text, StringStyle::Trino).or_else(|error| {
        // What looks like an open quote to Trino may be an escape in Hive's DDL.
        Cursor::new(text, StringStyle::Hive).map_err(|_| error)
    })?;
    if cursor.peek().is_none() {
        return Err(QueryError::at(
            ErrorKind::SyntaxError,
            cursor.location(),
            "mismatched input '<EOF>'. Expecting: <statement>",
        ));
    }
    if speaks_hive(&cursor) {
        let mut cursor = Cursor::new(text, StringStyle::Hive)?;
        return parse_hive(&mut cursor);
    }
    query_text::refuse_many(text)?;
    parse_trino(&mut cursor)
}

/// Whether the statement goes to Athena's Hive parser: all DDL but CTAS and views.
fn speaks_hive(cursor: &Cursor<'_>) -> bool {
    let begins = |keywords: &[&str]| cursor.at_keywords(keywords);
    begins(&["CREATE", "EXTERNAL"])
        || begins(&["CREATE", "DATABASE"])
        || begins(&["CREATE", "SCHEMA"])
        || begins(&["DROP"])
        || begins(&["SHOW"])
        || begins(&["DESCRIBE"])
        || begins(&["DESC"])
        || begins(&["ALTER"])
        || begins(&["MSCK"])
}

fn parse_hive(cursor: &mut Cursor<'_>) -> Result<Statement> {
    if cursor.take(&["CREATE", "EXTERNAL"]) {
        cursor.expect("TABLE")?;
        let create = create_table::parse(cursor)?;
        return Ok(Statement::CreateTable(Box::new(create)));
    }
    if cursor.take(&["CREATE"]) {
        cursor.skip();
        return Ok(Statement::CreateDatabase(database::parse_create(cursor)?));
    }
    if cursor.take(&["DROP"]) {
        return parse_drop(cursor);
    }
    if cursor.take(&["SHOW"]) {
        return parse_show(cursor);
    }
    if cursor.take(&["DESCRIBE", "VIEW"]) {
        return Ok(Statement::DescribeView(table::parse_name(cursor)?));
    }
    if cursor.take_any(&["DESCRIBE", "DESC"]) {
        return Ok(Statement::Describe(table::parse_describe(cursor)?));
    }
    if cursor.take(&["MSCK"]) {
        cursor.expect_all(&["REPAIR", "TABLE"])?;
        return Ok(Statement::RepairTable(table::parse_name(cursor)?));
    }
    cursor.expect("ALTER")?;
    if cursor.take_any(&["DATABASE", "SCHEMA"]) {
        return Ok(Statement::AlterDatabase(database::parse_alter(cursor)?));
    }
    if cursor.take(&["TABLE"]) {
        return Ok(Statement::AlterTable(alter_table::parse(cursor)?));
    }
    Err(cursor.unexpected("'DATABASE', 'SCHEMA', 'TABLE'"))
}

fn parse_drop(cursor: &mut Cursor<'_>) -> Result<Statement> {
    if cursor.take_any(&["DATABASE", "SCHEMA"]) {
        return Ok(Statement::DropDatabase(database::parse_drop(cursor)?));
    }
    if cursor.take(&["TABLE"]) {
        return Ok(Statement::DropTable(table::parse_drop(cursor)?));
    }
    if cursor.take(&["VIEW"]) {
        return Ok(Statement::DropView(table::parse_drop(cursor)?));
    }
    Err(cursor.unexpected("'DATABASE', 'SCHEMA', 'TABLE', 'VIEW'"))
}

fn parse_show(cursor: &mut Cursor<'_>) -> Result<Statement> {
    if cursor.take_any(&["DATABASES", "SCHEMAS"]) {
        return Ok(Statement::ShowDatabases(database::parse_show(cursor)?));
    }
    if cursor.take(&["TABLES"]) {
        return Ok(Statement::ShowTables(table::parse_show_tables(cursor)?));
    }
    if cursor.take(&["VIEWS"]) {
        return Ok(Statement::ShowViews(table::parse_show_tables(cursor)?));
    }
    if cursor.take(&["COLUMNS"]) {
        return Ok(Statement::ShowColumns(table::parse_show_columns(cursor)?));
    }
    if cursor.take(&["PARTITIONS"]) {
        return Ok(Statement::ShowPartitions(table::parse_name(cursor)?));
    }
    if cursor.take(&["TBLPROPERTIES"]) {
        return Ok(Statement::ShowTableProperties(
            table::parse_show_properties(cursor)?,
        ));
    }
    if cursor.take(&["CREATE", "TABLE"]) {
        return Ok(Statement::ShowCreateTable(table::parse_name(cursor)?));
    }
    if cursor.take(&["CREATE", "VIEW"]) {
        return Ok(Statement::ShowCreateView(table::parse_name(cursor)?));
    }
    Err(cursor.unexpected(
        "'COLUMNS', 'CREATE', 'DATABASES', 'PARTITIONS', 'SCHEMAS', 'TABLES', 'TBLPROPERTIES', 'VIEWS'",
    ))
}

fn parse_trino(cursor: &mut Cursor<'_>) -> Result<Statement> {
    if cursor.at_query_in_parentheses() {
        return Ok(Statement::Query(QueryText::rest(cursor)?));
    }
    if cursor.take(&["EXPLAIN"]) {
        return Ok(Statement::Explain(explain::parse(cursor)?));
    }
    if cursor.take(&["INSERT"]) {
        cursor.expect("INTO")?;
        return Ok(Statement::Insert(insert::parse(cursor)?));
    }
    if cursor.at_keywords(&["CREATE", "TABLE"]) {
        return parse_create_table(cursor);
    }
    if let Some(statement) = iceberg::parse(cursor)? {
        return Ok(statement);
    }
    if cursor.take(&["CREATE", "OR", "REPLACE", "VIEW"]) {
        return Ok(Statement::CreateView(view::parse(cursor, true)?));
    }
    if cursor.take(&["CREATE", "VIEW"]) {
        return Ok(Statement::CreateView(view::parse(cursor, false)?));
    }
    if cursor.take(&["UNLOAD"]) {
        return Ok(Statement::Unload(unload::parse(cursor)?));
    }
    if cursor.take(&["PREPARE"]) {
        return Ok(Statement::Prepare(prepared::parse_prepare(cursor)?));
    }
    if cursor.take(&["EXECUTE"]) {
        return Ok(Statement::Execute(prepared::parse_execute(cursor)?));
    }
    if cursor.take(&["DEALLOCATE"]) {
        return Ok(Statement::Deallocate(prepared::parse_deallocate(cursor)?));
    }
    if cursor.at_keywords(&["CREATE"]) {
        cursor.skip();
        return Err(cursor.unexpected("'DATABASE', 'EXTERNAL', 'OR', 'SCHEMA', 'TABLE', 'VIEW'"));
    }
    if cursor.at_keywords(&["USING", "EXTERNAL", "FUNCTION"]) {
        return Ok(unsupported(
            "USING EXTERNAL FUNCTION",
            StatementKind::SELECT,
        ));
    }
    Err(cursor.unexpected(
        "'ALTER', 'CREATE', 'DEALLOCATE', 'DELETE', 'DESC', 'DESCRIBE', 'DROP', 'EXECUTE', 'EXPLAIN', 'INSERT', 'MERGE', 'MSCK', 'OPTIMIZE', 'PREPARE', 'SHOW', 'UNLOAD', 'UPDATE', 'USING', 'VACUUM', <query>",
    ))
}

/// What `EXPLAIN` explains: statements that have a plan.
fn parse_explained(cursor: &mut Cursor<'_>) -> Result<Statement> {
    if cursor.take(&["INSERT"]) {
        cursor.expect("INTO")?;
        return Ok(Statement::Insert(insert::parse(cursor)?));
    }
    if cursor.at_keywords(&["CREATE", "TABLE"]) {
        return parse_create_table(cursor);
    }
    if cursor.take(&["UNLOAD"]) {
        return Ok(Statement::Unload(unload::parse(cursor)?));
    }
    Ok(Statement::Query(QueryText::rest(cursor)?))
}

/// `CREATE TABLE`: CTAS, or an Iceberg table when columns follow the name.
fn parse_create_table(cursor: &mut Cursor<'_>) -> Result<Statement> {
    cursor.expect("CREATE")?;
    let table = cursor.location();
    cursor.expect("TABLE")?;
    let if_not_exists = cursor.take(&["IF", "NOT", "EXISTS"]);
    let name = cursor.table_name()?;
    if cursor.at_symbol('(') {
        return iceberg::parse_create(cursor, table);
    }
    Ok(Statement::CreateTableAs(create_table_as::parse(
        cursor,
        name,
        if_not_exists,
    )?))
}

fn unsupported(name: &'static str, kind: StatementKind) -> Statement {
    Statement::Unsupported(Unsupported { name, kind })
}

#[cfg(test)]
mod tests;
