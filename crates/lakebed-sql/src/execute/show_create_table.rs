//! `SHOW CREATE TABLE`: a statement that makes the table again, laid out as Hive does.

use std::collections::BTreeMap;

use lakebed_wire::glue;

use super::create_table::COMMENT;
use super::{Answer, Context, hive};
use crate::error::Result;
use crate::lake::is_view;
use crate::results::Column;
use crate::statement::TableName;

pub(super) fn execute(context: &Context, name: &TableName) -> Result<Answer> {
    let table = context.table(name)?;
    if is_view(&table) {
        return Err(hive::semantic_error(&format!(
            "{} is a view: SHOW CREATE VIEW shows its query",
            table.name
        )));
    }
    let ddl = create_statement(context.database_of(name), &table);
    Ok(Answer::Lines {
        columns: vec![Column::text("createtab_stmt")],
        lines: ddl.lines().map(str::to_owned).collect(),
    })
}

/// The blanks at the ends of some lines are Hive's.
fn create_statement(database: &str, table: &glue::Table) -> String {
    let storage = table.storage_descriptor.clone().unwrap_or_default();
    let columns = storage.columns.as_deref().unwrap_or_default();
    let mut ddl = format!(
        "CREATE EXTERNAL TABLE `{database}.{}`(\n{})",
        table.name,
        column_lines(columns)
    );
    let mut parameters = table.parameters.clone().unwrap_or_default();
    let comment = parameters.remove(COMMENT).or(table.description.clone());
    if let Some(comment) = comment.as_deref().filter(|text| !text.is_empty()) {
        ddl.push_str(&format!("\nCOMMENT {}", quoted(comment)));
    }
    let keys = table.partition_keys.as_deref().unwrap_or_default();
    if !keys.is_empty() {
        ddl.push_str(&format!("\nPARTITIONED BY ( \n{})", column_lines(keys)));
    }
    let buckets = storage.number_of_buckets.unwrap_or_default();
    let bucketed_by = storage.bucket_columns.as_deref().unwrap_or_default();
    if buckets > 0 && !bucketed_by.is_empty() {
        ddl.push_str(&format!("\nCLUSTERED BY ( \n{}) ", name_lines(bucketed_by)));
        let sorted_by: Vec<String> = storage
            .sort_columns
            .iter()
            .flatten()
            .map(|order| match order.sort_order {
                0 => format!("  {} DESC", backticked(&order.column)),
                _ => format!("  {} ASC", backticked(&order.column)),
            })
            .collect();
        if !sorted_by.is_empty() {
            ddl.push_str(&format!("\nSORTED BY ( \n{}) ", sorted_by.join(", \n")));
        }
        ddl.push_str(&format!("\nINTO {buckets} BUCKETS"));
    }
    let serde = storage.serde_info.clone().unwrap_or_default();
    if let Some(class) = &serde.serialization_library {
        ddl.push_str(&format!("\nROW FORMAT SERDE \n  {} ", quoted(class)));
    }
    let properties = serde.parameters.unwrap_or_default();
    if !properties.is_empty() {
        ddl.push_str(&format!(
            "\nWITH SERDEPROPERTIES ( \n{}) ",
            property_lines(&properties)
        ));
    }
    if let (Some(input), Some(output)) = (&storage.input_format, &storage.output_format) {
        ddl.push_str(&format!(
            "\nSTORED AS INPUTFORMAT \n  {} \nOUTPUTFORMAT \n  {}",
            quoted(input),
            quoted(output)
        ));
    }
    if let Some(location) = &storage.location {
        ddl.push_str(&format!("\nLOCATION\n  {}", quoted(location)));
    }
    parameters.remove("EXTERNAL");
    if !parameters.is_empty() {
        ddl.push_str(&format!(
            "\nTBLPROPERTIES (\n{})",
            property_lines(&parameters)
        ));
    }
    ddl
}

fn backticked(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

fn name_lines(names: &[String]) -> String {
    let lines: Vec<String> = names
        .iter()
        .map(|name| format!("  {}", backticked(name)))
        .collect();
    lines.join(", \n")
}

fn column_lines(columns: &[glue::Column]) -> String {
    let lines: Vec<String> = columns
        .iter()
        .map(|column| {
            let kind = column.r#type.as_deref().unwrap_or("string");
            match column.comment.as_deref().filter(|text| !text.is_empty()) {
                Some(comment) => {
                    format!(
                        "  {} {kind} COMMENT {}",
                        backticked(&column.name),
                        quoted(comment)
                    )
                }
                None => format!("  {} {kind}", backticked(&column.name)),
            }
        })
        .collect();
    lines.join(", \n")
}

fn property_lines(properties: &BTreeMap<String, String>) -> String {
    let lines: Vec<String> = properties
        .iter()
        .map(|(key, value)| format!("  {}={}", quoted(key), quoted(value)))
        .collect();
    lines.join(", \n")
}

/// A string with Hive's escapes.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("'");
    for c in text.chars() {
        match c {
            '\'' => quoted.push_str("\\'"),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", c as u32)),
            c => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted
}
