use regex::Regex;

use super::InvalidPattern;
use super::scanner::Scanner;

/// Words that a text must, may or must not contain.
#[derive(Debug, Default)]
pub(crate) struct Terms {
    all: Vec<Term>,
    any: Vec<Term>,
    none: Vec<Term>,
}

#[derive(Debug)]
enum Term {
    Text(String),
    Regex(Regex),
}

impl Terms {
    pub(super) fn parse(scanner: &mut Scanner<'_>) -> Result<Self, InvalidPattern> {
        let mut terms = Self::default();
        while scanner.peek().is_some() {
            let list = if scanner.take("?") {
                &mut terms.any
            } else if scanner.take("-") {
                &mut terms.none
            } else {
                &mut terms.all
            };
            list.push(term(scanner)?);
        }
        if !terms.all.is_empty() || !terms.none.is_empty() {
            // Terms with a question mark count only among themselves.
            terms.any.clear();
        }
        Ok(terms)
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let contains = |term: &Term| match term {
            Term::Text(wanted) => text.contains(wanted.as_str()),
            Term::Regex(regex) => regex.is_match(text),
        };
        self.all.iter().all(contains)
            && (self.any.is_empty() || self.any.iter().any(contains))
            && !self.none.iter().any(contains)
    }
}

fn term(scanner: &mut Scanner<'_>) -> Result<Term, InvalidPattern> {
    if let Some(phrase) = scanner.quoted('"')? {
        return Ok(Term::Text(phrase));
    }
    if let Some(regex) = scanner.regex()? {
        return Ok(Term::Regex(regex));
    }
    let word = scanner.word(|c| c.is_alphanumeric() || c == '_').to_owned();
    let ended = scanner.word(char::is_whitespace);
    if word.is_empty() || (ended.is_empty() && scanner.peek().is_some()) {
        return Err(scanner.wrong("terms with it stand in double quotes"));
    }
    Ok(Term::Text(word))
}
