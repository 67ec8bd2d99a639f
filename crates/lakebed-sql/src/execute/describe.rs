//! `DESCRIBE`: Hive's padded text, which clients take apart.

use lakebed_wire::glue;

use super::{Answer, Context, show};
use crate::error::{QueryError, Result};
use crate::results::Column;
use crate::statement::{Describe, DescribeDetail};

pub(super) fn execute(context: &Context, describe: &Describe) -> Result<Answer> {
    if describe.partition.is_some() {
        return Err(QueryError::unsupported("DESCRIBE … PARTITION"));
    }
    if describe.detail != DescribeDetail::Columns {
        return Err(QueryError::unsupported("DESCRIBE EXTENDED and FORMATTED"));
    }
    let table = context.table(&describe.name)?;
    let lines = match &describe.column {
        Some(name) => show::all_columns(&table)
            .filter(|column| column.name == *name)
            .map(line)
            .collect(),
        None => table_lines(&table),
    };
    Ok(Answer::Lines {
        columns: vec![
            Column::text("col_name"),
            Column::text("data_type"),
            Column::text("comment"),
        ],
        lines,
    })
}

fn table_lines(table: &glue::Table) -> Vec<String> {
    let mut lines: Vec<String> = show::all_columns(table).map(line).collect();
    let keys = table.partition_keys.as_deref().unwrap_or_default();
    if keys.is_empty() {
        return lines;
    }
    let blank = "\t \t ".to_owned();
    lines.push(blank.clone());
    lines.push("# Partition Information\t \t ".to_owned());
    lines.push(format!(
        "# {:<20}\t{:<20}\t{:<20}",
        "col_name", "data_type", "comment"
    ));
    lines.push(blank);
    lines.extend(keys.iter().map(line));
    lines
}

fn line(column: &glue::Column) -> String {
    format!(
        "{:<20}\t{:<20}\t{:<20}",
        column.name,
        column.r#type.as_deref().unwrap_or_default(),
        column.comment.as_deref().unwrap_or_default(),
    )
}
