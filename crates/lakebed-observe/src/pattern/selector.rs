use serde_json::Value;

use super::InvalidPattern;
use super::scanner::Scanner;

/// A place in a JSON object: `$.a.b[0]`, `$.['a.b']`.
#[derive(Debug)]
pub(crate) struct Selector(Vec<Step>);

#[derive(Debug)]
enum Step {
    Member(String),
    Item(usize),
}

impl Selector {
    pub(super) fn parse(scanner: &mut Scanner<'_>) -> Result<Self, InvalidPattern> {
        scanner.demand("$")?;
        let mut steps = Vec::new();
        loop {
            let dot = scanner.take(".");
            if scanner.take("[") {
                let named = match scanner.quoted('\'')? {
                    Some(name) => Some(name),
                    None => scanner.quoted('"')?,
                };
                let step = match named {
                    Some(name) => Step::Member(name),
                    None => Step::Item(index(scanner)?),
                };
                scanner.demand("]")?;
                steps.push(step);
            } else if dot {
                let name = scanner.word(|c| c.is_alphanumeric() || "_-@".contains(c));
                if name.is_empty() {
                    return Err(scanner.wrong("expected a name"));
                }
                steps.push(Step::Member(name.to_owned()));
            } else if steps.is_empty() {
                return Err(scanner.wrong("expected ."));
            } else {
                return Ok(Self(steps));
            }
        }
    }

    pub(super) fn find<'event>(&self, event: &'event Value) -> Option<&'event Value> {
        self.0.iter().try_fold(event, |value, step| match step {
            Step::Member(name) => value.get(name),
            Step::Item(index) => value.get(index),
        })
    }
}

fn index(scanner: &mut Scanner<'_>) -> Result<usize, InvalidPattern> {
    let digits = scanner.word(|c| c.is_ascii_digit());
    digits
        .parse()
        .map_err(|_| scanner.wrong("expected a number or a name in quotes"))
}
