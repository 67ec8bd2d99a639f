//! Scores the dialect against corpora of queries with the answers Trino gives.
//!
//!     cargo run -p datafusion-trino --example conformance -- CORPUS [PART] [--only TEXT] [--failures]
//!
//! `CORPUS` is a folder with `functions.csv`, `unit_exprs.jsonl` and `unit_queries.jsonl`; `PART`
//! is `functions`, `expressions` or `queries`, all of them if left out. `--only` takes the cases
//! whose group or query contains a text, `--failures` shows each case that differs, `--json`
//! answers the scores as JSON.
#![allow(
    clippy::print_stdout,
    reason = "an example's answer goes to the terminal"
)]

mod answer;
mod cases;
mod compare;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use answer::Answer;
use cases::{Case, Expected, Part};

struct Options {
    corpus: PathBuf,
    parts: Vec<Part>,
    only: Option<String>,
    failures: bool,
    json: bool,
}

#[derive(Default)]
struct Score {
    exact: usize,
    cases: usize,
}

fn main() -> ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_stack_size(16 << 20)
        .enable_all()
        .build();
    let scored = runtime
        .map_err(|error| error.to_string())
        .and_then(|runtime| runtime.block_on(score(&options)));
    match scored {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn options() -> Result<Options, String> {
    let usage = "usage: conformance CORPUS [functions|expressions|queries] [--only TEXT] [--failures] [--json]";
    let mut options = Options {
        corpus: PathBuf::new(),
        parts: Vec::new(),
        only: None,
        failures: false,
        json: false,
    };
    let mut corpus = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--only" => options.only = Some(arguments.next().ok_or(usage)?),
            "--failures" => options.failures = true,
            "--json" => options.json = true,
            "functions" => options.parts.push(Part::Functions),
            "expressions" => options.parts.push(Part::Expressions),
            "queries" => options.parts.push(Part::Queries),
            _ if corpus.is_none() => corpus = Some(PathBuf::from(argument)),
            _ => return Err(usage.to_owned()),
        }
    }
    options.corpus = corpus.ok_or(usage)?;
    if options.parts.is_empty() {
        options.parts = vec![Part::Functions, Part::Expressions, Part::Queries];
    }
    Ok(options)
}

async fn score(options: &Options) -> Result<(), String> {
    let mut totals = serde_json::Map::new();
    for part in &options.parts {
        let cases = cases::read(&options.corpus, *part)?;
        let mut groups: BTreeMap<String, Score> = BTreeMap::new();
        for case in cases
            .into_iter()
            .filter(|case| case.is_wanted(options.only.as_deref()))
        {
            let answer = answer::to(&case.sql).await;
            let differs = difference(&case, &answer);
            let score = groups.entry(case.group.clone()).or_default();
            score.cases += 1;
            match differs {
                None => score.exact += 1,
                Some(difference) if options.failures => {
                    println!("{}\n    {}\n    {difference}", case.id, case.sql);
                }
                Some(_) => {}
            }
        }
        let exact: usize = groups.values().map(|score| score.exact).sum();
        let cases: usize = groups.values().map(|score| score.cases).sum();
        if options.json {
            let groups: serde_json::Map<_, _> = groups
                .into_iter()
                .map(|(group, score)| {
                    let score = serde_json::json!({ "exact": score.exact, "cases": score.cases });
                    (group, score)
                })
                .collect();
            let total = serde_json::json!({ "exact": exact, "cases": cases, "groups": groups });
            totals.insert(part.name().to_owned(), total);
            continue;
        }
        for (group, score) in &groups {
            println!("{group:<44} {:>5} / {:>5}", score.exact, score.cases);
        }
        println!("{:<44} {exact:>5} / {cases:>5}", part.name().to_uppercase());
    }
    if options.json {
        println!("{}", serde_json::Value::Object(totals));
    }
    Ok(())
}

/// How an answer differs from what Trino gives, if it does.
fn difference(case: &Case, answer: &Answer) -> Option<String> {
    match (&case.expected, answer) {
        // Trino refuses the values; that the function or the syntax is unknown is no such refusal.
        (Expected::Error { analysis }, Answer::Refused(error)) => {
            let unknown = error.starts_with("SYNTAX_ERROR")
                || error.starts_with("FUNCTION_NOT_FOUND")
                || error.starts_with("NOT_SUPPORTED")
                || error.starts_with("GENERIC_INTERNAL_ERROR")
                || error.starts_with("TYPE_MISMATCH");
            (unknown && !analysis).then(|| format!("expected a refusal of the value, got {error}"))
        }
        (Expected::Error { .. }, Answer::Rows { rows, .. }) => {
            Some(format!("expected a refusal, got {rows:?}"))
        }
        (Expected::Text(expected), Answer::Rows { rows, .. }) => {
            let first = rows.first().and_then(|row| row.first()).cloned().flatten();
            let text = first.unwrap_or_else(|| "null".to_owned());
            (&text != expected).then(|| format!("expected {expected:?}, got {text:?}"))
        }
        (
            Expected::Rows {
                rows: expected,
                any_order,
            },
            Answer::Rows { rows, types },
        ) => compare::rows(expected, rows, types, *any_order),
        (_, Answer::Refused(error)) => Some(format!("refused: {error}")),
        (_, Answer::Died(how)) => Some(format!("died: {how}")),
    }
}
