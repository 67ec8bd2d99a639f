use std::error::Error;

use lakebed_catalog::{ColumnAccess, SchemaDifference};

use crate::arguments::SchemaDiffOptions;
use crate::client::Client;
use crate::style;

/// Tells what changed between two versions of a table.
pub(crate) fn diff(options: &SchemaDiffOptions) -> Result<(), Box<dyn Error>> {
    let (database, table) = &options.table;
    let client = Client::new(&options.endpoint.endpoint);
    let (from, to) = (options.from.as_deref(), options.to.as_deref());
    let difference = client.schema_difference(database, table, from, to)?;
    if options.json {
        anstream::println!("{}", serde_json::to_string(&difference)?);
        return Ok(());
    }
    let SchemaDifference { from, to, .. } = &difference;
    let title = format!("{database}.{table}: version {from} to {to}");
    anstream::println!("{}", style::strong(&title));
    for change in &difference.changes {
        let of = change.column.as_deref().unwrap_or("the table");
        anstream::println!("  {of} {}", change.kind);
        let verdict = verdict(change.old_data_survives);
        anstream::println!("    {verdict}: {}", style::faint(&change.reason));
    }
    if difference.changes.is_empty() {
        anstream::println!("  no change that readers notice");
    }
    let access = match difference.access {
        Some(ColumnAccess::Name) => "columns are found by name",
        Some(ColumnAccess::Position) => "columns are found by place",
        None => "this SerDe is unknown",
    };
    let verdict = verdict(difference.old_data_survives);
    anstream::println!("old files: {verdict} ({access})");
    Ok(())
}

fn verdict(survives: Option<bool>) -> &'static str {
    match survives {
        Some(true) => "read rightly",
        Some(false) => "not read rightly",
        None => "cannot be told",
    }
}
