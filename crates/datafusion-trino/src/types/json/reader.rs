use std::borrow::Cow;

/// That a text is no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    BeginObject,
    EndObject,
    BeginArray,
    EndArray,
    /// The name of an object's member; its value follows.
    Key(Cow<'a, str>),
    Text(Cow<'a, str>),
    /// The digits as they are written.
    Number(&'a str),
    Boolean(bool),
    Null,
}

/// Reads a text token by token, as far as it is asked to: what follows may be no JSON.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// The arrays and objects that are open; true for objects.
    open: Vec<bool>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// A value comes.
    Value,
    /// The first element or member comes, or the end.
    Opened,
    /// A comma comes, or the end.
    Follows,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            open: Vec::new(),
            state: State::Value,
        }
    }

    /// The next token; none at the end of the text.
    pub(crate) fn next(&mut self) -> Result<Option<Token<'a>>, Malformed> {
        self.skip_blanks();
        let Some(byte) = self.peek() else {
            return match self.open.is_empty() && self.at_root() {
                true => Ok(None),
                false => Err(Malformed),
            };
        };
        let in_object = self.open.last().copied();
        let token = match (self.state, in_object, byte) {
            (State::Opened | State::Follows, Some(false), b']') => self.close(Token::EndArray),
            (State::Opened | State::Follows, Some(true), b'}') => self.close(Token::EndObject),
            (State::Opened, Some(true), _) => self.key()?,
            (State::Follows, Some(is_object), b',') => {
                self.at += 1;
                self.skip_blanks();
                match is_object {
                    true => self.key()?,
                    false => self.value()?,
                }
            }
            (State::Follows, Some(_), _) => return Err(Malformed),
            _ => self.value()?,
        };
        Ok(Some(token))
    }

    /// The next token, which must be there.
    pub(crate) fn expect(&mut self) -> Result<Token<'a>, Malformed> {
        self.next()?.ok_or(Malformed)
    }

    /// Skips what is in the array or object that `token` begins, and its end.
    pub(crate) fn skip(&mut self, token: &Token<'_>) -> Result<(), Malformed> {
        if !matches!(token, Token::BeginArray | Token::BeginObject) {
            return Ok(());
        }
        let depth = self.open.len();
        while self.open.len() >= depth {
            self.expect()?;
        }
        Ok(())
    }

    /// Whether no value is begun.
    fn at_root(&self) -> bool {
        self.state != State::Opened
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn close(&mut self, token: Token<'a>) -> Token<'a> {
        self.at += 1;
        self.open.pop();
        self.state = State::Follows;
        token
    }

    fn key(&mut self) -> Result<Token<'a>, Malformed> {
        let key = self.string()?;
        self.skip_blanks();
        if self.peek() != Some(b':') {
            return Err(Malformed);
        }
        self.at += 1;
        self.state = State::Value;
        Ok(Token::Key(key))
    }

    fn value(&mut self) -> Result<Token<'a>, Malformed> {
        let byte = self.peek().ok_or(Malformed)?;
        match byte {
            b'{' | b'[' => {
                self.at += 1;
                self.open.push(byte == b'{');
                self.state = State::Opened;
                return Ok(match byte {
                    b'{' => Token::BeginObject,
                    _ => Token::BeginArray,
                });
            }
            _ => {}
        }
        let token = match byte {
            b'"' => Token::Text(self.string()?),
            b'-' | b'0'..=b'9' => Token::Number(self.number()?),
            b't' => self.word("true", Token::Boolean(true))?,
            b'f' => self.word("false", Token::Boolean(false))?,
            b'n' => self.word("null", Token::Null)?,
            _ => return Err(Malformed),
        };
        self.state = match self.open.is_empty() {
            true => State::Value,
            false => State::Follows,
        };
        Ok(token)
    }

    fn word(&mut self, word: &str, token: Token<'a>) -> Result<Token<'a>, Malformed> {
        let rest = self.text[self.at..].strip_prefix(word).ok_or(Malformed)?;
        if rest.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
            return Err(Malformed);
        }
        self.at += word.len();
        Ok(token)
    }

    fn digits(&mut self) -> Result<(), Malformed> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        match self.at > start {
            true => Ok(()),
            false => Err(Malformed),
        }
    }

    fn number(&mut self) -> Result<&'a str, Malformed> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        match self.peek() {
            None | Some(b' ' | b'\t' | b'\n' | b'\r' | b',' | b']' | b'}') => {
                Ok(&self.text[start..self.at])
            }
            Some(_) => Err(Malformed),
        }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Malformed> {
        if self.peek() != Some(b'"') {
            return Err(Malformed);
        }
        self.at += 1;
        let mut start = self.at;
        let mut unescaped = String::new();
        loop {
            match self.peek().ok_or(Malformed)? {
                b'"' => {
                    let rest = &self.text[start..self.at];
                    self.at += 1;
                    return Ok(match unescaped.is_empty() {
                        true => Cow::Borrowed(rest),
                        false => Cow::Owned(unescaped + rest),
                    });
                }
                b'\\' => {
                    unescaped.push_str(&self.text[start..self.at]);
                    self.at += 1;
                    unescaped.push(self.escape()?);
                    start = self.at;
                }
                0..=0x1F => return Err(Malformed),
                _ => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<char, Malformed> {
        let byte = self.peek().ok_or(Malformed)?;
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{C}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.code_unit()?;
                if let Some(c) = char::from_u32(unit) {
                    return Ok(c);
                }
                // The first of a surrogate pair; one that stands alone is no character.
                let rest = self.at;
                if (0xD800..0xDC00).contains(&unit) && self.text[rest..].starts_with("\\u") {
                    self.at += 2;
                    let low = self.code_unit()?;
                    if (0xDC00..0xE000).contains(&low) {
                        let code = 0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                        return char::from_u32(code).ok_or(Malformed);
                    }
                    self.at = rest;
                }
                '?'
            }
            _ => return Err(Malformed),
        })
    }

    fn code_unit(&mut self) -> Result<u32, Malformed> {
        let digits = self.text.get(self.at..self.at + 4).ok_or(Malformed)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Malformed);
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).map_err(|_| Malformed)
    }
}
