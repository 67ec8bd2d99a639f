//! The clauses of SQL/JSON, which the parser does not know: `json_value(x, 'lax $' RETURNING bigint)`
//! becomes `"$json_value"('…', x)`, whose first argument are the clauses. See [`crate::sql_json`].

use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Word};

use super::parse::location;
use super::tokens::closing;
use crate::error::{ErrorCode, Location, Result, TrinoError};
use crate::sql_json::{Behavior, Clauses, Encoding, Format, Function, Named, Wrapper};

/// Writes the calls as the parser takes them.
///
/// # Errors
/// `SYNTAX_ERROR` where a clause is none.
pub(super) fn rewrite(tokens: Vec<TokenWithSpan>) -> Result<Vec<TokenWithSpan>> {
    match (0..tokens.len()).any(|position| call_at(&tokens, position).is_some()) {
        true => rewritten(&tokens),
        false => Ok(tokens),
    }
}

/// The function that is called at a place, and where its parenthesis closes.
fn call_at(tokens: &[TokenWithSpan], position: usize) -> Option<(Function, usize)> {
    let Token::Word(Word {
        value,
        quote_style: None,
        ..
    }) = &tokens.get(position)?.token
    else {
        return None;
    };
    let function = Function::of(value)?;
    let is_qualified = position > 0 && tokens[position - 1].token == Token::Period;
    if is_qualified || tokens.get(position + 1)?.token != Token::LParen {
        return None;
    }
    Some((function, closing(tokens, position + 1)?))
}

fn rewritten(tokens: &[TokenWithSpan]) -> Result<Vec<TokenWithSpan>> {
    let mut out = Vec::with_capacity(tokens.len());
    let mut position = 0;
    while let Some(token) = tokens.get(position) {
        let Some((function, close)) = call_at(tokens, position) else {
            out.push(token.clone());
            position += 1;
            continue;
        };
        let (clauses, arguments) = match function {
            Function::Array | Function::Object => {
                constructor(function, &tokens[position + 2..=close])?
            }
            _ => Reader::new(&tokens[position + 2..=close]).query(function)?,
        };
        let at = |token| TokenWithSpan::new(token, tokens[position].span);
        out.push(at(Token::Word(Word {
            value: function.internal_name().to_owned(),
            quote_style: Some('"'),
            keyword: datafusion::sql::sqlparser::keywords::Keyword::NoKeyword,
        })));
        out.push(tokens[position + 1].clone());
        out.push(at(Token::SingleQuotedString(clauses.to_text())));
        for argument in arguments {
            out.push(at(Token::Comma));
            out.extend(rewritten(argument)?);
        }
        out.push(tokens[close].clone());
        position = close + 1;
    }
    Ok(out)
}

type Call<'a> = (Clauses, Vec<&'a [TokenWithSpan]>);

fn is_word(token: &TokenWithSpan, word: &str) -> bool {
    matches!(&token.token, Token::Word(Word { value, quote_style: None, .. })
        if value.eq_ignore_ascii_case(word))
}

/// The parts of a list between commas that are in no parentheses.
fn split<'a>(tokens: &'a [TokenWithSpan], separator: &Token) -> Vec<&'a [TokenWithSpan]> {
    let mut parts = Vec::new();
    let (mut begin, mut depth) = (0, 0_usize);
    for (position, token) in tokens.iter().enumerate() {
        match &token.token {
            Token::LParen | Token::LBracket => depth += 1,
            Token::RParen | Token::RBracket => depth = depth.saturating_sub(1),
            token if depth == 0 && token == separator => {
                parts.push(&tokens[begin..position]);
                begin = position + 1;
            }
            _ => {}
        }
    }
    parts.push(&tokens[begin..]);
    parts
}

/// Reads the tokens of a call behind its parenthesis, up to the one that closes it.
struct Reader<'a> {
    rest: &'a [TokenWithSpan],
}

impl<'a> Reader<'a> {
    fn new(rest: &'a [TokenWithSpan]) -> Self {
        Self { rest }
    }

    fn unexpected<T>(&self) -> Result<T> {
        unexpected(self.rest)
    }

    /// Takes these words if they come next.
    fn take(&mut self, words: &[&str]) -> bool {
        let found = self.rest.len() > words.len()
            && self
                .rest
                .iter()
                .zip(words)
                .all(|(token, word)| is_word(token, word));
        if found {
            self.rest = &self.rest[words.len()..];
        }
        found
    }

    /// The tokens up to the first one, in no parentheses, where `ends` holds.
    fn until(&mut self, ends: impl Fn(&[TokenWithSpan]) -> bool) -> Result<&'a [TokenWithSpan]> {
        let mut depth = 0_usize;
        for (position, token) in self.rest.iter().enumerate() {
            let is_end =
                depth == 0 && (position + 1 == self.rest.len() || ends(&self.rest[position..]));
            if is_end {
                let (before, rest) = self.rest.split_at(position);
                if before.is_empty() {
                    return self.unexpected();
                }
                self.rest = rest;
                return Ok(before);
            }
            match token.token {
                Token::LParen | Token::LBracket => depth += 1,
                Token::RParen | Token::RBracket => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        self.unexpected()
    }

    fn format(&mut self) -> Result<Option<Format>> {
        if !self.take(&["FORMAT", "JSON"]) {
            return Ok(None);
        }
        if !self.take(&["ENCODING"]) {
            return Ok(Some(Format { encoding: None }));
        }
        let encodings = [
            ("UTF8", Encoding::Utf8),
            ("UTF16", Encoding::Utf16),
            ("UTF32", Encoding::Utf32),
        ];
        for (name, encoding) in encodings {
            if self.take(&[name]) {
                let encoding = Some(encoding);
                return Ok(Some(Format { encoding }));
            }
        }
        self.unexpected()
    }

    /// `RETURNING type [FORMAT JSON …]`
    fn returning(&mut self, clauses: &mut Clauses) -> Result<()> {
        if !self.take(&["RETURNING"]) {
            return Ok(());
        }
        let data_type = self.until(|rest| {
            let is_zone = rest.get(1).is_some_and(|next| is_word(next, "TIME"));
            let ends = [
                "FORMAT", "WITHOUT", "KEEP", "OMIT", "ERROR", "NULL", "EMPTY", "DEFAULT",
            ];
            ends.iter().any(|end| is_word(&rest[0], end)) || is_word(&rest[0], "WITH") && !is_zone
        })?;
        let words: Vec<String> = data_type
            .iter()
            .map(|token| token.token.to_string())
            .collect();
        clauses.returning = Some(words.join(" "));
        clauses.output = self.format()?;
        Ok(())
    }

    /// `json_exists`, `json_query` and `json_value`.
    fn query(mut self, function: Function) -> Result<Call<'a>> {
        let mut clauses = Clauses::default();
        if function == Function::Exists {
            clauses.on_error = Behavior::False;
        }
        let is_format = |rest: &[TokenWithSpan]| {
            is_word(&rest[0], "FORMAT") && rest.get(1).is_some_and(|next| is_word(next, "JSON"))
        };
        let input = self.until(|rest| rest[0].token == Token::Comma || is_format(rest))?;
        let mut arguments = vec![input];
        clauses.input = self.format()?;
        match self.rest {
            [comma, path, rest @ ..] if comma.token == Token::Comma => {
                let Token::SingleQuotedString(path) = &path.token else {
                    return unexpected(&self.rest[1..]);
                };
                clauses.path.clone_from(path);
                self.rest = rest;
            }
            _ => return self.unexpected(),
        }
        if self.take(&["PASSING"]) {
            self.passing(&mut clauses, &mut arguments)?;
        }
        if function != Function::Exists {
            self.returning(&mut clauses)?;
        }
        if function == Function::Query {
            self.wrapper(&mut clauses)?;
            self.quotes(&mut clauses)?;
        }
        self.behaviors(function, &mut clauses, &mut arguments)?;
        match self.rest {
            [_] => Ok((clauses, arguments)),
            _ => self.unexpected(),
        }
    }

    fn passing(
        &mut self,
        clauses: &mut Clauses,
        arguments: &mut Vec<&'a [TokenWithSpan]>,
    ) -> Result<()> {
        loop {
            let value =
                self.until(|rest| is_word(&rest[0], "AS") || is_word(&rest[0], "FORMAT"))?;
            let format = self.format()?;
            if !self.take(&["AS"]) {
                return self.unexpected();
            }
            let name = match self.rest {
                [first, rest @ ..] if !rest.is_empty() => match &first.token {
                    Token::Word(word) => {
                        self.rest = rest;
                        match word.quote_style {
                            Some(_) => word.value.clone(),
                            None => word.value.to_uppercase(),
                        }
                    }
                    _ => return self.unexpected(),
                },
                _ => return self.unexpected(),
            };
            arguments.push(value);
            clauses.passing.push(Named { name, format });
            match self.rest {
                [comma, rest @ ..] if comma.token == Token::Comma => self.rest = rest,
                _ => return Ok(()),
            }
        }
    }

    fn wrapper(&mut self, clauses: &mut Clauses) -> Result<()> {
        if self.take(&["WITHOUT"]) {
            clauses.wrapper = Wrapper::Without;
        } else if self.take(&["WITH"]) {
            clauses.wrapper = match self.take(&["CONDITIONAL"]) {
                true => Wrapper::Conditional,
                false => {
                    self.take(&["UNCONDITIONAL"]);
                    Wrapper::Unconditional
                }
            };
        } else {
            return Ok(());
        }
        self.take(&["ARRAY"]);
        match self.take(&["WRAPPER"]) {
            true => Ok(()),
            false => self.unexpected(),
        }
    }

    fn quotes(&mut self, clauses: &mut Clauses) -> Result<()> {
        clauses.omits_quotes = self.take(&["OMIT"]);
        if !clauses.omits_quotes && !self.take(&["KEEP"]) {
            return Ok(());
        }
        match self.take(&["QUOTES"]) {
            true => {
                self.take(&["ON", "SCALAR", "STRING"]);
                Ok(())
            }
            false => self.unexpected(),
        }
    }

    /// What stands before `ON EMPTY` and `ON ERROR`.
    fn behaviors(
        &mut self,
        function: Function,
        clauses: &mut Clauses,
        arguments: &mut Vec<&'a [TokenWithSpan]>,
    ) -> Result<()> {
        let allowed: &[(&[&str], Behavior)] = match function {
            Function::Exists => &[
                (&["TRUE"], Behavior::True),
                (&["FALSE"], Behavior::False),
                (&["UNKNOWN"], Behavior::Null),
                (&["ERROR"], Behavior::Error),
            ],
            Function::Query => &[
                (&["NULL"], Behavior::Null),
                (&["ERROR"], Behavior::Error),
                (&["EMPTY", "ARRAY"], Behavior::EmptyArray),
                (&["EMPTY", "OBJECT"], Behavior::EmptyObject),
            ],
            _ => &[
                (&["NULL"], Behavior::Null),
                (&["ERROR"], Behavior::Error),
                (&["DEFAULT"], Behavior::Default),
            ],
        };
        let mut last = None;
        while self.rest.len() > 1 {
            let behavior = allowed.iter().find(|(words, _)| self.take(words));
            let Some((_, behavior)) = behavior else {
                return self.unexpected();
            };
            if *behavior == Behavior::Default {
                arguments.push(self.until(|rest| is_word(&rest[0], "ON"))?);
            }
            let is_empty = function != Function::Exists && self.take(&["ON", "EMPTY"]);
            // Each once, and in this order.
            if last == Some(true) && is_empty || last == Some(false) {
                return self.unexpected();
            }
            if is_empty {
                clauses.on_empty = *behavior;
            } else if self.take(&["ON", "ERROR"]) {
                clauses.on_error = *behavior;
            } else {
                return self.unexpected();
            }
            last = Some(is_empty);
        }
        Ok(())
    }
}

fn unexpected<T>(rest: &[TokenWithSpan]) -> Result<T> {
    let found = rest.first();
    let text = found.map_or("<EOF>".to_owned(), |token| token.token.to_string());
    let place = found.map_or(Location::START, |token| location(token.span.start));
    Err(TrinoError::at(
        ErrorCode::SyntaxError,
        place,
        format!("mismatched input '{text}'"),
    ))
}

/// `json_array` and `json_object`, whose clauses stand behind the last element or member.
fn constructor(function: Function, tokens: &[TokenWithSpan]) -> Result<Call<'_>> {
    let mut clauses = Clauses {
        null_on_null: function == Function::Object,
        ..Clauses::default()
    };
    let mut inside = &tokens[..tokens.len() - 1];
    if let Some(place) = find_outside(inside, |rest| is_word(&rest[0], "RETURNING")) {
        let mut reader = Reader::new(&tokens[place..]);
        reader.returning(&mut clauses)?;
        if reader.rest.len() > 1 {
            return reader.unexpected();
        }
        inside = &inside[..place];
    }
    if function == Function::Object {
        for (words, unique) in [
            (&["WITH", "UNIQUE", "KEYS"] as &[&str], true),
            (&["WITH", "UNIQUE"], true),
            (&["WITHOUT", "UNIQUE", "KEYS"], false),
            (&["WITHOUT", "UNIQUE"], false),
        ] {
            if let Some(before) = strip_end(inside, words) {
                inside = before;
                clauses.unique_keys = unique;
                break;
            }
        }
    }
    for (words, null_on_null) in [
        (["NULL", "ON", "NULL"], true),
        (["ABSENT", "ON", "NULL"], false),
    ] {
        if let Some(before) = strip_end(inside, &words) {
            inside = before;
            clauses.null_on_null = null_on_null;
            break;
        }
    }
    let mut arguments = Vec::new();
    if !inside.is_empty() {
        for part in split(inside, &Token::Comma) {
            let value = match function {
                Function::Object => {
                    let (name, value) = member(part)?;
                    arguments.push(name);
                    value
                }
                _ => part,
            };
            let (value, format) = formatted(value)?;
            if clauses.unique_keys && format.is_some() && !is_json(value) {
                return Err(TrinoError::new(
                    ErrorCode::NotSupported,
                    "WITH UNIQUE KEYS behavior is not supported for JSON_OBJECT function when input expression has FORMAT",
                ));
            }
            arguments.push(value);
            clauses.values.push(format);
        }
    }
    Ok((clauses, arguments))
}

/// The place of the first token in no parentheses where `is_it` holds.
fn find_outside(
    tokens: &[TokenWithSpan],
    is_it: impl Fn(&[TokenWithSpan]) -> bool,
) -> Option<usize> {
    let mut depth = 0_usize;
    for (position, token) in tokens.iter().enumerate() {
        match token.token {
            Token::LParen | Token::LBracket => depth += 1,
            Token::RParen | Token::RBracket => depth = depth.saturating_sub(1),
            _ if depth == 0 && is_it(&tokens[position..]) => return Some(position),
            _ => {}
        }
    }
    None
}

fn strip_end<'a>(tokens: &'a [TokenWithSpan], words: &[&str]) -> Option<&'a [TokenWithSpan]> {
    let (before, end) = tokens.split_at_checked(tokens.len().checked_sub(words.len())?)?;
    let found = end
        .iter()
        .zip(words)
        .all(|(token, word)| is_word(token, word));
    found.then_some(before)
}

/// A member's name and value: `name : value`, `[KEY] name VALUE value`.
fn member(part: &[TokenWithSpan]) -> Result<(&[TokenWithSpan], &[TokenWithSpan])> {
    let separates =
        |rest: &[TokenWithSpan]| rest[0].token == Token::Colon || is_word(&rest[0], "VALUE");
    let (name, value) = match find_outside(part, separates) {
        Some(place) => (&part[..place], &part[place + 1..]),
        None => return unexpected(part),
    };
    let name = match name {
        [key, name @ ..] if is_word(key, "KEY") && !name.is_empty() => name,
        name => name,
    };
    match name.is_empty() || value.is_empty() {
        true => unexpected(part),
        false => Ok((name, value)),
    }
}

/// A value without its `FORMAT JSON …`. What these functions answer is JSON without it.
fn formatted(value: &[TokenWithSpan]) -> Result<(&[TokenWithSpan], Option<Format>)> {
    let begins = |rest: &[TokenWithSpan]| {
        is_word(&rest[0], "FORMAT") && rest.get(1).is_some_and(|next| is_word(next, "JSON"))
    };
    let Some(place) = find_outside(value, begins) else {
        let format = is_json(value).then_some(Format { encoding: None });
        return Ok((value, format));
    };
    // The reader wants the token that closes the call.
    let mut tail = value[place..].to_vec();
    tail.push(TokenWithSpan::wrap(Token::RParen));
    let mut reader = Reader::new(&tail);
    let format = reader.format()?;
    match reader.rest.len() {
        1 => Ok((&value[..place], format)),
        _ => unexpected(&value[place..]),
    }
}

fn is_json(value: &[TokenWithSpan]) -> bool {
    match call_at(value, 0) {
        Some((Function::Query | Function::Array | Function::Object, close)) => {
            close + 1 == value.len()
        }
        _ => false,
    }
}
