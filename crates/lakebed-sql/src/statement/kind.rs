//! How Athena files a statement: `StatementType` and `SubstatementType`.

use lakebed_wire::athena::StatementType;

use super::{Statement, TableChange};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StatementKind {
    pub(crate) statement_type: StatementType,
    pub(crate) substatement_type: &'static str,
}

macro_rules! kinds {
    ($($name:ident $statement_type:ident;)*) => {
        impl StatementKind {
            $(pub(crate) const $name: Self = Self {
                statement_type: StatementType::$statement_type,
                substatement_type: stringify!($name),
            };)*
        }
    };
}

kinds! {
    SELECT Dml;
    EXPLAIN Dml;
    INSERT Dml;
    DELETE Dml;
    UPDATE Dml;
    MERGE Dml;
    UNLOAD Dml;
    EXECUTE Dml;
    OPTIMIZE Dml;
    VACUUM Dml;
    CREATE_TABLE_AS_SELECT Ddl;
    CREATE_TABLE Ddl;
    CREATE_VIEW Ddl;
    CREATE_DATABASE Ddl;
    ALTER_DATABASE Ddl;
    DROP_DATABASE Ddl;
    DROP_TABLE Ddl;
    DROP_VIEW Ddl;
    ALTER_TABLE Ddl;
    ALTER_TABLE_ADD_PARTITION Ddl;
    ALTER_TABLE_DROP_PARTITION Ddl;
    MSCK_REPAIR Ddl;
    PREPARE Ddl;
    DEALLOCATE Ddl;
    SHOW_DATABASES Utility;
    SHOW_TABLES Utility;
    SHOW_VIEWS Utility;
    SHOW_COLUMNS Utility;
    SHOW_PARTITIONS Utility;
    SHOW_CREATE_TABLE Utility;
    SHOW_CREATE_VIEW Utility;
    SHOW_TBLPROPERTIES Utility;
    DESCRIBE_TABLE Utility;
    DESCRIBE_VIEW Utility;
}

impl StatementKind {
    /// Under which quota a query counts: CTAS is DDL that counts as DML. Athena user guide,
    /// "Service Quotas".
    pub(crate) fn counts_as(self) -> StatementType {
        match self {
            Self::CREATE_TABLE_AS_SELECT => StatementType::Dml,
            other => other.statement_type,
        }
    }
}

impl Statement {
    /// How Athena files this statement.
    pub(crate) fn kind(&self) -> StatementKind {
        match self {
            Self::Query(_) => StatementKind::SELECT,
            Self::Explain(_) => StatementKind::EXPLAIN,
            Self::Insert(_) => StatementKind::INSERT,
            Self::CreateTableAs(_) => StatementKind::CREATE_TABLE_AS_SELECT,
            Self::CreateView(_) => StatementKind::CREATE_VIEW,
            Self::Unload(_) => StatementKind::UNLOAD,
            Self::Prepare(_) => StatementKind::PREPARE,
            Self::Execute(_) => StatementKind::EXECUTE,
            Self::Deallocate(_) => StatementKind::DEALLOCATE,
            Self::CreateDatabase(_) => StatementKind::CREATE_DATABASE,
            Self::AlterDatabase(_) => StatementKind::ALTER_DATABASE,
            Self::DropDatabase(_) => StatementKind::DROP_DATABASE,
            Self::CreateTable(_) => StatementKind::CREATE_TABLE,
            Self::DropTable(_) => StatementKind::DROP_TABLE,
            Self::DropView(_) => StatementKind::DROP_VIEW,
            Self::AlterTable(alter) => match alter.change {
                TableChange::AddPartitions { .. } => StatementKind::ALTER_TABLE_ADD_PARTITION,
                TableChange::DropPartitions { .. } => StatementKind::ALTER_TABLE_DROP_PARTITION,
                _ => StatementKind::ALTER_TABLE,
            },
            Self::RepairTable(_) => StatementKind::MSCK_REPAIR,
            Self::ShowDatabases(_) => StatementKind::SHOW_DATABASES,
            Self::ShowTables(_) => StatementKind::SHOW_TABLES,
            Self::ShowViews(_) => StatementKind::SHOW_VIEWS,
            Self::ShowColumns(_) => StatementKind::SHOW_COLUMNS,
            Self::ShowPartitions(_) => StatementKind::SHOW_PARTITIONS,
            Self::ShowCreateTable(_) => StatementKind::SHOW_CREATE_TABLE,
            Self::ShowCreateView(_) => StatementKind::SHOW_CREATE_VIEW,
            Self::ShowTableProperties(_) => StatementKind::SHOW_TBLPROPERTIES,
            Self::Describe(_) => StatementKind::DESCRIBE_TABLE,
            Self::DescribeView(_) => StatementKind::DESCRIBE_VIEW,
            Self::Unsupported(unsupported) => unsupported.kind,
        }
    }
}
