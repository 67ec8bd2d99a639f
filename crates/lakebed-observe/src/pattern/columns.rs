use serde_json::Value;

use super::InvalidPattern;
use super::condition::Condition;
use super::scanner::Scanner;

/// Fields between spaces, each with what must hold of it, if anything.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    /// From the first on.
    front: Vec<Option<Condition<()>>>,
    /// Up to the last, behind `...`; none where the pattern names all fields.
    back: Option<Vec<Option<Condition<()>>>>,
}

impl Columns {
    pub(super) fn parse(scanner: &mut Scanner<'_>) -> Result<Self, InvalidPattern> {
        let mut columns = Self::default();
        loop {
            if scanner.take("...") {
                if columns.back.replace(Vec::new()).is_some() {
                    return Err(InvalidPattern("a pattern has one ... at most".to_owned()));
                }
            } else {
                let column = column(scanner)?;
                match &mut columns.back {
                    Some(back) => back.push(column),
                    None => columns.front.push(column),
                }
            }
            if !scanner.take(",") {
                scanner.demand("]")?;
                return Ok(columns);
            }
        }
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let fields = split(text);
        let back = self.back.as_deref().unwrap_or_default();
        let named = self.front.len() + back.len();
        let fits = match self.back {
            Some(_) => fields.len() >= named,
            None => fields.len() == named,
        };
        let last = fields.iter().skip(fields.len().saturating_sub(back.len()));
        fits && self.front.iter().zip(&fields).all(holds) && back.iter().zip(last).all(holds)
    }
}

fn holds((column, field): (&Option<Condition<()>>, &&str)) -> bool {
    let value = |(): &()| Some(Value::String((*field).to_owned()));
    column
        .as_ref()
        .is_none_or(|condition| condition.holds(&value))
}

/// Reads a field's name, and what must hold of it where anything follows the name.
fn column(scanner: &mut Scanner<'_>) -> Result<Option<Condition<()>>, InvalidPattern> {
    let name = |scanner: &mut Scanner<'_>| {
        scanner.peek();
        match scanner.word(|c| c.is_alphanumeric() || "_-".contains(c)) {
            "" => Err(scanner.wrong("expected a name")),
            _ => Ok(()),
        }
    };
    let mut ahead = scanner.clone();
    if name(&mut ahead).is_ok() && matches!(ahead.peek(), Some(',' | ']')) {
        *scanner = ahead;
        return Ok(None);
    }
    Condition::parse(scanner, &name).map(Some)
}

/// The fields of a text; what stands in quotes or brackets is one.
fn split(text: &str) -> Vec<&str> {
    let mut fields = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let closing = match first {
            '"' => Some('"'),
            '[' => Some(']'),
            _ => None,
        };
        let enclosed = closing.and_then(|closing| rest[1..].split_once(closing));
        let (field, behind) =
            enclosed.unwrap_or_else(|| rest.split_once(char::is_whitespace).unwrap_or((rest, "")));
        fields.push(field);
        rest = behind.trim_start();
    }
    fields
}
