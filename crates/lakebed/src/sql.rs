//! `lakebed sql`: statements on Athena, one at a time or at a prompt.

use std::error::Error;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use comfy_table::{Table, presets};
use lakebed_wire::athena::{QueryExecution, QueryExecutionState};
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config, EditMode};

use crate::arguments::SqlOptions;
use crate::client::{Advised, Client, ClientError, QueryRows};
use crate::server::{OwnServer, default_folder};
use crate::style;

/// Where answers are written: the bucket the Athena console would use in this account and region.
const RESULTS_BUCKET: &str = "aws-athena-query-results-lakebed";

/// A statement did not succeed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct StatementFailed(String);

struct Answer {
    rows: QueryRows,
    took: Duration,
    scanned_bytes: u64,
    /// None where the server has none to give.
    advised: Option<Advised>,
}

/// Runs one statement, or opens a prompt when there is none.
pub(crate) fn run(options: SqlOptions) -> Result<(), Box<dyn Error>> {
    let own_server = options.data_dir.map(OwnServer::start).transpose()?;
    let endpoint = match &own_server {
        Some(server) => server.endpoint(),
        None => options.endpoint.endpoint,
    };
    let client = Client::new(&endpoint);
    client.create_bucket(RESULTS_BUCKET)?;
    match options.statement {
        Some(statement) => print_answer(
            &execute(&client, &statement, &options.database)?,
            options.json,
        ),
        None => prompt(&client, options.database, options.json),
    }
}

fn execute(client: &Client, statement: &str, database: &str) -> Result<Answer, Box<dyn Error>> {
    let started = Instant::now();
    let execution = client.execute(statement, database, &format!("s3://{RESULTS_BUCKET}/"))?;
    let id = succeeded(&execution)?;
    let rows = client.rows(id)?.without_header();
    let advised = match client.advice(id) {
        Ok(advised) => Some(advised),
        Err(error) => {
            tracing::debug!(%error, "no advice");
            None
        }
    };
    let scanned = execution
        .statistics
        .as_ref()
        .and_then(|statistics| statistics.data_scanned_in_bytes);
    Ok(Answer {
        rows,
        took: started.elapsed(),
        scanned_bytes: scanned
            .and_then(|bytes| u64::try_from(bytes).ok())
            .unwrap_or(0),
        advised,
    })
}

/// The id of an execution that succeeded.
fn succeeded(execution: &QueryExecution) -> Result<&str, StatementFailed> {
    let status = execution.status.as_ref();
    if status.and_then(|status| status.state) == Some(QueryExecutionState::Succeeded) {
        return Ok(execution.query_execution_id.as_deref().unwrap_or_default());
    }
    let reason = status.and_then(|status| status.state_change_reason.clone());
    Err(StatementFailed(
        reason.unwrap_or_else(|| "the query was cancelled".to_owned()),
    ))
}

fn print_answer(answer: &Answer, json: bool) -> Result<(), Box<dyn Error>> {
    if json {
        let document = serde_json::json!({
            "columns": answer.rows.columns,
            "rows": answer.rows.rows,
            "seconds": answer.took.as_secs_f64(),
            "scanned_bytes": answer.scanned_bytes,
            "advice": answer.advised.as_ref().map(|advised| &advised.advice),
        });
        anstream::println!("{document}");
        return Ok(());
    }
    let rows = &answer.rows;
    if !rows.rows.is_empty() || !rows.columns.is_empty() {
        anstream::println!("{}", table(rows));
    }
    let count = rows.rows.len();
    let noun = if count == 1 { "row" } else { "rows" };
    let summary = format!(
        "{count} {noun} in {:.3} s, {} scanned",
        answer.took.as_secs_f64(),
        style::bytes(answer.scanned_bytes)
    );
    anstream::println!("{}", style::faint(&summary));
    for advice in answer.advised.iter().flat_map(|advised| &advised.advice) {
        let saves = match advice.saved_bytes {
            Some(bytes) => format!(" (saves {})", style::bytes(bytes)),
            None => String::new(),
        };
        anstream::println!("{}", style::faint(&format!("{}{saves}", advice.message)));
    }
    Ok(())
}

/// The rows as a text table, nulls left empty.
pub(crate) fn table(rows: &QueryRows) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_BORDERS_ONLY);
    table.set_header(&rows.columns);
    for row in &rows.rows {
        table.add_row(row.iter().map(|value| value.as_deref().unwrap_or("")));
    }
    table
}

fn prompt(client: &Client, mut database: String, json: bool) -> Result<(), Box<dyn Error>> {
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .edit_mode(EditMode::Emacs)
        .auto_add_history(true)
        .build();
    let mut editor: rustyline::Editor<(), FileHistory> = rustyline::Editor::with_config(config)?;
    let history = default_folder("sql-history");
    if editor.load_history(&history).is_err() {
        tracing::debug!(path = %history.display(), "no history yet");
    }
    if std::io::stdin().is_terminal() {
        anstream::println!(
            "Athena at {}; end a statement with ;  \\? for help, \\q to leave",
            client.endpoint()
        );
    }
    let mut statement = String::new();
    loop {
        let prompt = if statement.is_empty() {
            format!("{database}> ")
        } else {
            "     -> ".to_owned()
        };
        let line = match editor.readline(&prompt) {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => {
                statement.clear();
                continue;
            }
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(error.into()),
        };
        let text = line.trim();
        let to_run = match text {
            "" => continue,
            "\\q" | "exit" | "quit" => break,
            "\\?" => {
                anstream::println!(
                    "\\d        tables of {database}\n\\d NAME   columns of a table\n\\l        databases\n\\c NAME   use a database\n\\q        leave"
                );
                continue;
            }
            "\\d" => format!("SHOW TABLES IN `{database}`"),
            "\\l" => "SHOW DATABASES".to_owned(),
            _ if let Some(name) = text.strip_prefix("\\d ") => {
                format!("DESCRIBE `{}`", name.trim())
            }
            _ if let Some(name) = text.strip_prefix("\\c ") => {
                database = name.trim().to_owned();
                continue;
            }
            _ => {
                statement.push_str(&line);
                statement.push('\n');
                if !text.ends_with(';') {
                    continue;
                }
                std::mem::take(&mut statement)
            }
        };
        match execute(client, &to_run, &database) {
            Ok(answer) => print_answer(&answer, json)?,
            Err(error)
                if error
                    .downcast_ref::<ClientError>()
                    .is_some_and(ClientError::is_fatal) =>
            {
                return Err(error);
            }
            Err(error) => anstream::eprintln!("{}", style::error(&*error)),
        }
    }
    if let Some(folder) = history.parent() {
        std::fs::create_dir_all(folder)?;
    }
    editor.save_history(&history)?;
    Ok(())
}
