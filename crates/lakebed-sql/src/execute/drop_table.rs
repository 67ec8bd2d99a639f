//! `DROP TABLE`: forgets the table; the files of external tables stay.

use super::{Answer, Context, hive};
use crate::error::Result;
use crate::lake::is_view;
use crate::statement::DropTable;

pub(super) fn execute(context: &Context, drop: &DropTable) -> Result<Answer> {
    let database = context.database_of(&drop.name);
    let is_a_view = context
        .lake
        .catalog
        .table(database, &drop.name.table)
        .is_ok_and(|table| is_view(&table));
    if is_a_view {
        return Err(hive::semantic_error(
            "[Error 10159]: Cannot drop a view with DROP TABLE",
        ));
    }
    match context
        .lake
        .catalog
        .delete_table(database, &drop.name.table)
    {
        Ok(()) => Ok(Answer::Nothing),
        Err(lakebed_catalog::Error::NotFound(_)) if drop.if_exists => Ok(Answer::Nothing),
        Err(lakebed_catalog::Error::NotFound(_)) => {
            Err(hive::table_not_found(database, &drop.name.table))
        }
        Err(error) => Err(hive::task_failed(&error)),
    }
}
