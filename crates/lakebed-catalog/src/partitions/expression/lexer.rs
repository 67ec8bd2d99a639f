/// A token of a partition expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A bare word: a key or a keyword.
    Word(String),
    /// A key in backticks or double quotes.
    QuotedWord(String),
    /// A text in single quotes.
    Text(String),
    /// A number.
    Number(String),
    /// `=`, `<>`, `(`, `,` and the like.
    Symbol(&'static str),
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Word(text) | Self::QuotedWord(text) | Self::Text(text) | Self::Number(text) => {
                write!(f, "'{text}'")
            }
            Self::Symbol(symbol) => write!(f, "'{symbol}'"),
        }
    }
}

const SYMBOLS: [&str; 12] = [
    "<>", "!=", "<=", ">=", "==", "=", "<", ">", "(", ")", ",", "-",
];

/// Splits an expression; what is wrong is told with its place, counted in characters from one.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let place = text[..text.len() - rest.len()].chars().count() + 1;
        let Some(first) = rest.chars().next() else {
            return Ok(tokens);
        };
        if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
            tokens.push(Token::Symbol(symbol));
            rest = &rest[symbol.len()..];
        } else if matches!(first, '\'' | '"' | '`') {
            let (content, after) = quoted(rest, first)
                .ok_or_else(|| format!("the text that starts at {place} is not closed"))?;
            tokens.push(if first == '\'' {
                Token::Text(content)
            } else {
                Token::QuotedWord(content)
            });
            rest = after;
        } else if first.is_ascii_digit() || first == '.' {
            let end = end_of_number(rest);
            tokens.push(Token::Number(rest[..end].to_owned()));
            rest = &rest[end..];
        } else if first.is_alphanumeric() || first == '_' {
            let end = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        } else {
            return Err(format!("'{first}' at {place} is not understood"));
        }
    }
}

/// Where the number that `text` starts with ends: `10`, `2.5`, `.5`, `3e14`, `1.5E-3`.
fn end_of_number(text: &str) -> usize {
    let digits = |from: usize| {
        text[from..]
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .map_or(text.len(), |length| from + length)
    };
    let mantissa = digits(0);
    let Some(exponent) = text[mantissa..].strip_prefix(['e', 'E']) else {
        return mantissa;
    };
    let sign = usize::from(exponent.starts_with(['+', '-']));
    if exponent[sign..].starts_with(|c: char| c.is_ascii_digit()) {
        digits(mantissa + 1 + sign)
    } else {
        mantissa
    }
}

/// The content of a quoted text, in which the quote stands doubled, and what comes after it.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut content = String::new();
    let mut rest = text.strip_prefix(quote)?;
    loop {
        let end = rest.find(quote)?;
        content.push_str(&rest[..end]);
        rest = &rest[end + quote.len_utf8()..];
        match rest.strip_prefix(quote) {
            Some(after) => {
                content.push(quote);
                rest = after;
            }
            None => return Some((content, rest)),
        }
    }
}
