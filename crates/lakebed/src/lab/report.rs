//! What the lab says: one block a step as it ends, or one JSON document at the end.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fluent_bundle::FluentValue;
use serde::Serialize;

use crate::client::QueryRows;
use crate::lab::prices;
use crate::messages::Messages;
use crate::sql::table;
use crate::style;

/// One step that ended well.
#[derive(Debug, Serialize)]
pub(crate) struct Step {
    /// The step's name in JSON and, with `lab-title-` before it, in the message catalogs.
    pub(crate) id: &'static str,
    pub(crate) seconds: f64,
    /// What was made: object, table and partition names.
    pub(crate) made: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scanned_bytes: Option<u64>,
    pub(crate) aws_cost_usd: f64,
    /// A query's answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) answer: Option<Answer>,
}

/// A query and its rows.
#[derive(Debug, Serialize)]
pub(crate) struct Answer {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Option<String>>>,
}

impl From<QueryRows> for Answer {
    fn from(rows: QueryRows) -> Self {
        Self {
            columns: rows.columns,
            rows: rows.rows,
        }
    }
}

/// Collects the steps and shows them.
pub(crate) struct Report {
    messages: Messages,
    json: bool,
    data_dir: PathBuf,
    steps: Vec<Step>,
}

impl Report {
    pub(crate) fn new(messages: Messages, json: bool, data_dir: &Path) -> Self {
        Self {
            messages,
            json,
            data_dir: data_dir.to_owned(),
            steps: Vec::new(),
        }
    }

    /// Says that the server is up.
    pub(crate) fn begin(&self, took: Duration) {
        let text = self.messages.text(
            "lab-started",
            &[
                ("folder", self.data_dir.display().to_string().into()),
                ("milliseconds", took.as_millis().to_string().into()),
            ],
        );
        self.say(&style::strong(&text));
    }

    /// Shows progress of a step under way; replaced by the next line on a terminal.
    pub(crate) fn title(&self, id: &str, number: usize) {
        let title = self
            .messages
            .text(id, &[("number", number.to_string().into())]);
        self.say(&format!("\n{}", style::strong(&title)));
    }

    /// Says one thing about the step under way.
    pub(crate) fn detail(&self, id: &str, variables: &[(&str, FluentValue<'_>)]) {
        self.say(&format!("  {}", self.messages.text(id, variables)));
    }

    /// Ends a step.
    pub(crate) fn end(&mut self, step: Step) {
        if let Some(answer) = &step.answer {
            let rows = QueryRows {
                columns: answer.columns.clone(),
                rows: answer.rows.clone(),
            };
            self.say(&table(&rows).to_string());
        }
        let seconds = format!("{:.3}", step.seconds);
        let cost = dollars(step.aws_cost_usd);
        let text = match step.scanned_bytes {
            Some(bytes) => self.messages.text(
                "lab-step-scanned",
                &[
                    ("seconds", seconds.into()),
                    ("scanned", style::bytes(bytes).into()),
                    ("cost", cost.into()),
                ],
            ),
            None => self.messages.text(
                "lab-step-done",
                &[("seconds", seconds.into()), ("cost", cost.into())],
            ),
        };
        self.say(&format!("  {} {}", style::good("✓"), style::faint(&text)));
        self.steps.push(step);
    }

    /// The error that ends the lab, naming the step in the user's language.
    pub(crate) fn failure(
        &self,
        title: &str,
        number: usize,
        source: Box<dyn Error>,
    ) -> Box<dyn Error> {
        let step = self
            .messages
            .text(title, &[("number", number.to_string().into())]);
        Box::new(StepFailed {
            text: self.messages.text("lab-failed", &[("step", step.into())]),
            source,
        })
    }

    /// Sums up.
    pub(crate) fn finish(&self, took: Duration) -> Result<(), serde_json::Error> {
        let cost: f64 = self.steps.iter().map(|step| step.aws_cost_usd).sum();
        let scanned: u64 = self
            .steps
            .iter()
            .filter_map(|step| step.scanned_bytes)
            .sum();
        if self.json {
            let document = serde_json::json!({
                "data_dir": self.data_dir,
                "seconds": took.as_secs_f64(),
                "scanned_bytes": scanned,
                "aws_cost_usd": cost,
                "prices": { "region": prices::REGION, "published": prices::DATE },
                "steps": self.steps,
            });
            anstream::println!("{}", serde_json::to_string_pretty(&document)?);
            return Ok(());
        }
        let total = self.messages.text(
            "lab-total",
            &[
                ("seconds", format!("{:.2}", took.as_secs_f64()).into()),
                ("scanned", style::bytes(scanned).into()),
                ("cost", dollars(cost).into()),
                ("region", prices::REGION.into()),
                ("date", prices::DATE.into()),
            ],
        );
        self.say(&format!("\n{}", style::strong(&total)));
        let look = self.messages.text(
            "lab-look",
            &[("folder", self.data_dir.display().to_string().into())],
        );
        self.say(&look);
        Ok(())
    }

    fn say(&self, text: &str) {
        if !self.json {
            anstream::println!("{text}");
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{text}")]
struct StepFailed {
    text: String,
    source: Box<dyn Error>,
}

/// US dollars with as many digits as the smallest step needs.
fn dollars(amount: f64) -> String {
    format!("${amount:.6}")
}
