//! `DROP TABLE`: forgets the table; the files of external tables stay.

use super::{Answer, Context, hive};
use crate::error::Result;
use crate::statement::DropTable;

pub(super) fn execute(context: &Context, drop: &DropTable) -> Result<Answer> {
    let database = context.database_of(&drop.name);
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
