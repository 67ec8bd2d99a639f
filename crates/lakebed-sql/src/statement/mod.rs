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
mod insert;
mod kind;
mod lexer;
mod partition_spec;
mod query_text;
mod table;

pub(crate) use alter_table::{AlterTable, NewPartition, TableChange};
pub(crate) use create_table::{
    ColumnDefinition, CreateTable, Delimiters, RowFormat, StorageFormat,
};
pub(crate) use create_table_as::{CreateTableAs, PropertyValue, TableProperty};
pub(crate) use cursor::TableName;
pub(crate) use database::{CreateDatabase, DropDatabase, ShowDatabases};
pub(crate) use explain::{Explain, ExplainFormat};
pub(crate) use insert::Insert;
pub(crate) use kind::StatementKind;
pub(crate) use partition_spec::PartitionSpec;
pub(crate) use query_text::QueryText;
pub(crate) use table::{Describe, DescribeDetail, DropTable, ShowTableProperties, ShowTables};

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
    CreateDatabase(CreateDatabase),
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
    ShowTableProperties(ShowTableProperties),
    Describe(Describe),
    /// A statement of Athena's that is not executed yet.
    Unsupported(Unsupported),
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
        table::parse_name(cursor)?;
        return Ok(unsupported("DESCRIBE VIEW", StatementKind::DESCRIBE_VIEW));
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
        cursor.identifier()?;
        cursor.expect_all(&["SET", "DBPROPERTIES"])?;
        cursor.properties()?;
        cursor.end()?;
        return Ok(unsupported("ALTER DATABASE", StatementKind::ALTER_DATABASE));
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
        table::parse_name(cursor)?;
        return Ok(unsupported(
            "SHOW CREATE VIEW",
            StatementKind::SHOW_CREATE_VIEW,
        ));
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
    if cursor.take(&["CREATE", "TABLE"]) {
        return parse_create_table(cursor);
    }
    if cursor.take(&["CREATE", "OR", "REPLACE", "VIEW"]) || cursor.take(&["CREATE", "VIEW"]) {
        cursor.table_name()?;
        cursor.expect("AS")?;
        QueryText::rest(cursor)?;
        return Ok(unsupported("CREATE VIEW", StatementKind::CREATE_VIEW));
    }
    if cursor.at_keywords(&["CREATE"]) {
        cursor.skip();
        return Err(cursor.unexpected("'DATABASE', 'EXTERNAL', 'OR', 'SCHEMA', 'TABLE', 'VIEW'"));
    }
    match kind::named_by_first_word(cursor) {
        Some((name, kind)) => Ok(unsupported(name, kind)),
        None => Err(cursor.unexpected(
            "'ALTER', 'CREATE', 'DEALLOCATE', 'DELETE', 'DESC', 'DESCRIBE', 'DROP', 'EXECUTE', 'EXPLAIN', 'INSERT', 'MERGE', 'MSCK', 'PREPARE', 'SHOW', 'UNLOAD', 'UPDATE', 'VACUUM', <query>",
        )),
    }
}

/// `CREATE TABLE`: CTAS, or an Iceberg table when columns follow the name.
fn parse_create_table(cursor: &mut Cursor<'_>) -> Result<Statement> {
    let if_not_exists = cursor.take(&["IF", "NOT", "EXISTS"]);
    let name = cursor.table_name()?;
    if cursor.take_symbol('(') {
        cursor.skip_to_closing_parenthesis()?;
        return Ok(unsupported(
            "CREATE TABLE of Iceberg tables",
            StatementKind::CREATE_TABLE,
        ));
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
