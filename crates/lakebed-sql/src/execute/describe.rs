//! `DESCRIBE`: Hive's padded text, which clients take apart.

use std::collections::BTreeMap;

use lakebed_core::Timestamp;
use lakebed_wire::glue;

use super::{Answer, Context, alter_table, hive, show};
use crate::error::Result;
use crate::results::Column;
use crate::statement::{Describe, DescribeDetail};

pub(super) fn execute(context: &Context, describe: &Describe) -> Result<Answer> {
    let mut table = context.table(&describe.name)?;
    if let Some(spec) = &describe.partition {
        let partition = alter_table::partition_of(context, &describe.name, &table, spec)?;
        // A partition has columns and a place of its own.
        table.storage_descriptor = partition.storage_descriptor;
        table.parameters = partition.parameters;
    }
    if let Some(name) = &describe.column {
        let column = show::all_columns(&table).find(|column| column.name == *name);
        return match column {
            Some(column) => Ok(answer(vec![line(column)])),
            None => Err(hive::execution_error(&format!(
                "cannot find field {name} from [{}]",
                show::all_columns(&table)
                    .map(|column| column.name.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            ))),
        };
    }
    Ok(answer(match describe.detail {
        DescribeDetail::Columns => column_lines(&table),
        DescribeDetail::Extended => extended_lines(&table),
        DescribeDetail::Formatted => formatted_lines(&table),
    }))
}

pub(super) fn answer(lines: Vec<String>) -> Answer {
    Answer::Lines {
        columns: vec![
            Column::text("col_name"),
            Column::text("data_type"),
            Column::text("comment"),
        ],
        lines,
    }
}

const BLANK: &str = "\t \t ";

fn column_lines(table: &glue::Table) -> Vec<String> {
    let mut lines: Vec<String> = show::all_columns(table).map(line).collect();
    lines.extend(key_lines(table));
    lines
}

/// What follows the columns of a partitioned table.
fn key_lines(table: &glue::Table) -> Vec<String> {
    let keys = table.partition_keys.as_deref().unwrap_or_default();
    if keys.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![
        BLANK.to_owned(),
        "# Partition Information\t \t ".to_owned(),
        heading(),
        BLANK.to_owned(),
    ];
    lines.extend(keys.iter().map(line));
    lines
}

fn heading() -> String {
    format!(
        "# {:<20}\t{:<20}\t{:<20}",
        "col_name", "data_type", "comment"
    )
}

pub(super) fn line(column: &glue::Column) -> String {
    format!(
        "{:<20}\t{:<20}\t{:<20}",
        column.name,
        column.r#type.as_deref().unwrap_or_default(),
        column.comment.as_deref().unwrap_or_default(),
    )
}

/// The columns, and everything else in one line.
fn extended_lines(table: &glue::Table) -> Vec<String> {
    let storage = table.storage_descriptor.clone().unwrap_or_default();
    let serde = storage.serde_info.clone().unwrap_or_default();
    let fields = |columns: &[glue::Column]| -> String {
        let fields: Vec<String> = columns
            .iter()
            .map(|column| {
                format!(
                    "FieldSchema(name:{}, type:{}, comment:{})",
                    column.name,
                    column.r#type.as_deref().unwrap_or_default(),
                    column.comment.as_deref().unwrap_or("null")
                )
            })
            .collect();
        fields.join(", ")
    };
    let pairs = |properties: &BTreeMap<String, String>| -> String {
        let pairs: Vec<String> = properties
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        pairs.join(", ")
    };
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "null".to_owned());
    let columns: Vec<glue::Column> = show::all_columns(table).cloned().collect();
    let detail = format!(
        "Table(tableName:{}, dbName:{}, owner:{}, createTime:{}, lastAccessTime:0, retention:{}, sd:StorageDescriptor(cols:[{}], location:{}, inputFormat:{}, outputFormat:{}, compressed:{}, numBuckets:{}, serdeInfo:SerDeInfo(name:{}, serializationLib:{}, parameters:{{{}}}), bucketCols:[{}], sortCols:[], parameters:{{}}), partitionKeys:[{}], parameters:{{{}}}, viewOriginalText:{}, viewExpandedText:{}, tableType:{})",
        table.name,
        text(&table.database_name),
        text(&table.owner),
        table.create_time.map_or(0, |time| time.as_millis() / 1000),
        table.retention.unwrap_or_default(),
        fields(&columns),
        text(&storage.location),
        text(&storage.input_format),
        text(&storage.output_format),
        storage.compressed.unwrap_or_default(),
        storage.number_of_buckets.unwrap_or(-1),
        text(&serde.name),
        text(&serde.serialization_library),
        pairs(&serde.parameters.unwrap_or_default()),
        storage.bucket_columns.unwrap_or_default().join(", "),
        fields(table.partition_keys.as_deref().unwrap_or_default()),
        pairs(&table.parameters.clone().unwrap_or_default()),
        text(&table.view_original_text),
        text(&table.view_expanded_text),
        text(&table.table_type),
    );
    let mut lines = column_lines(table);
    lines.push(BLANK.to_owned());
    lines.push(format!("Detailed Table Information\t{detail}\t"));
    lines
}

/// The columns and everything else, a line each.
fn formatted_lines(table: &glue::Table) -> Vec<String> {
    let storage = table.storage_descriptor.clone().unwrap_or_default();
    let serde = storage.serde_info.clone().unwrap_or_default();
    let mut lines = vec![heading(), BLANK.to_owned()];
    let data = storage.columns.as_deref().unwrap_or_default();
    lines.extend(data.iter().map(line));
    lines.extend(key_lines(table));
    lines.push(BLANK.to_owned());
    lines.push("# Detailed Table Information\t \t ".to_owned());
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let created = table.create_time.map(hive_time).unwrap_or_default();
    let retention = table.retention.unwrap_or_default().to_string();
    for (name, value) in [
        ("Database:", text(&table.database_name)),
        ("Owner:", text(&table.owner)),
        ("CreateTime:", created),
        ("LastAccessTime:", "UNKNOWN".to_owned()),
        ("Protect Mode:", "None".to_owned()),
        ("Retention:", retention),
        ("Location:", text(&storage.location)),
        ("Table Type:", text(&table.table_type)),
    ] {
        lines.push(fact(name, &value));
    }
    lines.push("Table Parameters:\t \t ".to_owned());
    lines.extend(properties(table.parameters.as_ref()));
    lines.push(BLANK.to_owned());
    lines.push("# Storage Information\t \t ".to_owned());
    let compressed = match storage.compressed {
        Some(true) => "Yes",
        _ => "No",
    };
    let buckets = storage.number_of_buckets.unwrap_or(-1).to_string();
    let bucket_columns = format!(
        "[{}]",
        storage.bucket_columns.unwrap_or_default().join(", ")
    );
    let sorted: Vec<String> = storage
        .sort_columns
        .unwrap_or_default()
        .into_iter()
        .map(|order| format!("Order(col:{}, order:{})", order.column, order.sort_order))
        .collect();
    for (name, value) in [
        ("SerDe Library:", text(&serde.serialization_library)),
        ("InputFormat:", text(&storage.input_format)),
        ("OutputFormat:", text(&storage.output_format)),
        ("Compressed:", compressed.to_owned()),
        ("Num Buckets:", buckets),
        ("Bucket Columns:", bucket_columns),
        ("Sort Columns:", format!("[{}]", sorted.join(", "))),
    ] {
        lines.push(fact(name, &value));
    }
    lines.push("Storage Desc Params:\t \t ".to_owned());
    lines.extend(properties(serde.parameters.as_ref()));
    lines
}

fn fact(name: &str, value: &str) -> String {
    format!("{name:<20}\t{value:<20}\t ")
}

fn properties(properties: Option<&BTreeMap<String, String>>) -> Vec<String> {
    properties
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("\t{key:<20}\t{value:<20}"))
        .collect()
}

/// `Sat Nov 22 10:07:28 UTC 2025`.
fn hive_time(time: Timestamp) -> String {
    time.to_datetime()
        .format("%a %b %d %H:%M:%S UTC %Y")
        .to_string()
}
