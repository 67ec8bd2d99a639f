//! `cargo xtask conformance`: how many queries of a corpus Trino's dialect answers as Trino does,
//! kept in docs/conformance.md.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use serde::Deserialize;

use crate::process::{cargo, output_of};
use crate::{Outcome, root, write_generated};

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cargo xtask conformance --corpus ../corpora/trino")]
pub(crate) struct Options {
    /// The folder with functions.csv, unit_exprs.jsonl and unit_queries.jsonl
    #[arg(long)]
    corpus: PathBuf,
    /// Change nothing; fail if a score is lower than the one in docs/conformance.md
    #[arg(long)]
    check: bool,
}

/// The scores of the parts of a corpus, by the parts' names.
type Scores = BTreeMap<String, Part>;

#[derive(Debug, Deserialize)]
struct Part {
    #[serde(flatten)]
    total: Score,
    groups: BTreeMap<String, Score>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Score {
    exact: usize,
    cases: usize,
}

impl Score {
    fn missed(self) -> usize {
        self.cases - self.exact
    }
}

const BEGIN: &str = "<!-- scores -->\n";
const END: &str = "<!-- end of scores -->\n";

pub(crate) fn run(options: &Options) -> Outcome {
    let corpus = std::path::absolute(&options.corpus)?;
    let mut measure = cargo(&["run", "--quiet", "--package", "datafusion-trino"]);
    measure
        .args(["--example", "conformance", "--"])
        .arg(corpus)
        .arg("--json");
    let scores: Scores = serde_json::from_str(&output_of(measure)?)?;
    let path = root().join("docs").join("conformance.md");
    let page = std::fs::read_to_string(&path)?;
    let outside = || {
        format!(
            "{} has no part between {BEGIN:?} and {END:?}",
            path.display()
        )
    };
    let (before, rest) = page.split_once(BEGIN).ok_or_else(outside)?;
    let (recorded, after) = rest.split_once(END).ok_or_else(outside)?;
    if options.check {
        return check(&scores, recorded);
    }
    let page = format!("{before}{BEGIN}{}{END}{after}", table(&scores));
    write_generated(&path, &page, false)
}

/// Fails if a score has fallen below the recorded one.
fn check(scores: &Scores, recorded: &str) -> Outcome {
    for (part, Part { total, .. }) in scores {
        let least = recorded_score(recorded, part)
            .ok_or_else(|| format!("docs/conformance.md has no score of {part}"))?;
        println!(
            "conformance: {part} {} of {} (at least {least})",
            total.exact, total.cases
        );
        if total.exact < least {
            return Err(format!(
                "{part}: {} of {} are exact, and docs/conformance.md says {least}",
                total.exact, total.cases
            )
            .into());
        }
    }
    Ok(())
}

/// The number in `| part | number | …`.
fn recorded_score(table: &str, part: &str) -> Option<usize> {
    let row = table
        .lines()
        .find(|line| line.starts_with(&format!("| {part} |")))?;
    row.split('|').nth(2)?.trim().replace(',', "").parse().ok()
}

/// How many groups that miss cases are named.
const WORST: usize = 40;

fn table(scores: &Scores) -> String {
    let mut page = String::from("| part | exact | of | |\n| --- | ---: | ---: | ---: |\n");
    for (part, Part { total, .. }) in scores {
        let share = 100.0 * total.exact as f64 / total.cases.max(1) as f64;
        let _ = writeln!(
            page,
            "| {part} | {} | {} | {share:.1} % |",
            total.exact, total.cases
        );
    }
    let mut missing: Vec<(&str, &str, Score)> = scores
        .iter()
        .flat_map(|(part, scores)| {
            let groups = scores.groups.iter();
            groups.map(move |(group, score)| (part.as_str(), group.as_str(), *score))
        })
        .filter(|(_, _, score)| score.missed() > 0)
        .collect();
    missing.sort_by_key(|(part, group, score)| (std::cmp::Reverse(score.missed()), *part, *group));
    page.push_str(
        "\nWhere most is missing:\n\n| part | group | exact | of |\n| --- | --- | ---: | ---: |\n",
    );
    for (part, group, score) in missing.into_iter().take(WORST) {
        let _ = writeln!(
            page,
            "| {part} | {group} | {} | {} |",
            score.exact, score.cases
        );
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_score_is_found_by_its_part() {
        let table =
            "| part | exact | of |\n| functions | 1,317 | 1,615 |\n| queries | 221 | 454 |\n";
        assert_eq!(recorded_score(table, "functions"), Some(1_317));
        assert_eq!(recorded_score(table, "queries"), Some(221));
        assert_eq!(recorded_score(table, "expressions"), None);
    }
}
