//! From a path's text to its tree.

use datafusion::common::ScalarValue;
use datafusion::sql::sqlparser::ast::BinaryOperator;
use fancy_regex::RegexBuilder;

use super::path::{Comparison, JsonPath, Method, Path, Predicate};
use crate::error::{ErrorCode, TrinoError};

/// How deep a path may nest.
const MAX_DEPTH: usize = 100;

/// The path of a text whose `$name` are the values passed by these names.
///
/// # Errors
/// `INVALID_PATH` if it is none, or speaks of a value that is not passed.
pub(super) fn parse(text: &str, names: &[&str]) -> Result<JsonPath, TrinoError> {
    let mut parser = Parser {
        rest: text,
        names,
        depth: 0,
    };
    parser.path().map_err(|reason| {
        let reason = reason.unwrap_or_else(|| {
            let column = text.chars().count() - parser.rest.chars().count();
            let found = parser.rest.chars().next();
            let found = found.map_or("<EOF>".to_owned(), String::from);
            format!("line 1:{}: mismatched input '{found}'", column + 1)
        });
        TrinoError::new(ErrorCode::InvalidPath, reason)
    })
}

struct Parser<'a> {
    rest: &'a str,
    names: &'a [&'a str],
    depth: usize,
}

/// None where something else was expected at the rest.
type Parsed<T> = Result<T, Option<String>>;

const SYMBOLS: [&str; 24] = [
    "&&", "||", "==", "<>", "!=", "<=", ">=", "..", "<", ">", "!", "(", ")", "[", "]", ".", ",",
    "*", "/", "%", "+", "-", "?", "@",
];

impl Parser<'_> {
    fn path(&mut self) -> Parsed<JsonPath> {
        let lax = match self.word() {
            Some("lax") => true,
            Some("strict") => false,
            _ => return Err(None),
        };
        self.take_word();
        let root = self.expression()?;
        self.skip_blanks();
        match self.rest.is_empty() {
            true => Ok(JsonPath { lax, root }),
            false => Err(None),
        }
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    /// The symbol that comes next.
    fn symbol(&mut self) -> Option<&'static str> {
        self.skip_blanks();
        SYMBOLS
            .into_iter()
            .find(|symbol| self.rest.starts_with(symbol))
    }

    fn take(&mut self, symbol: &str) -> bool {
        let found = self.symbol() == Some(symbol);
        if found {
            self.rest = &self.rest[symbol.len()..];
        }
        found
    }

    fn expect(&mut self, symbol: &str) -> Parsed<()> {
        match self.take(symbol) {
            true => Ok(()),
            false => Err(None),
        }
    }

    /// The word that comes next.
    fn word(&mut self) -> Option<&str> {
        self.skip_blanks();
        word(self.rest)
    }

    fn take_word(&mut self) -> Option<String> {
        let word = self.word()?.to_owned();
        self.rest = &self.rest[word.len()..];
        Some(word)
    }

    fn take_keyword(&mut self, keyword: &str) -> bool {
        let found = self.word() == Some(keyword);
        if found {
            self.rest = &self.rest[keyword.len()..];
        }
        found
    }

    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Some("the path is nested too deep".to_owned()));
        }
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn expression(&mut self) -> Parsed<Path> {
        self.nested(|parser| {
            let mut left = parser.product()?;
            loop {
                let operator = match parser.symbol() {
                    Some("+") => BinaryOperator::Plus,
                    Some("-") => BinaryOperator::Minus,
                    _ => return Ok(left),
                };
                left = parser.operation(operator, left, Self::product)?;
            }
        })
    }

    fn product(&mut self) -> Parsed<Path> {
        let mut left = self.signed()?;
        loop {
            let operator = match self.symbol() {
                Some("*") => BinaryOperator::Multiply,
                Some("/") => BinaryOperator::Divide,
                Some("%") => BinaryOperator::Modulo,
                _ => return Ok(left),
            };
            left = self.operation(operator, left, Self::signed)?;
        }
    }

    /// The operation whose sign, of one character, comes next.
    fn operation(
        &mut self,
        operator: BinaryOperator,
        left: Path,
        right: impl FnOnce(&mut Self) -> Parsed<Path>,
    ) -> Parsed<Path> {
        self.rest = &self.rest[1..];
        Ok(Path::Arithmetic {
            operator,
            left: Box::new(left),
            right: Box::new(right(self)?),
        })
    }

    fn signed(&mut self) -> Parsed<Path> {
        let is_minus = match self.symbol() {
            Some("-") => true,
            Some("+") => false,
            _ => return self.accessors(),
        };
        self.rest = &self.rest[1..];
        let of = Box::new(self.nested(Self::signed)?);
        Ok(Path::Sign { is_minus, of })
    }

    fn accessors(&mut self) -> Parsed<Path> {
        let mut path = self.primary()?;
        loop {
            let of = Box::new(path);
            path = match self.symbol() {
                Some("..") => {
                    self.expect("..")?;
                    let key = self.key()?;
                    Path::Descendants { of, key }
                }
                Some(".") => {
                    self.expect(".")?;
                    self.member(of)?
                }
                Some("[") => {
                    self.expect("[")?;
                    let subscripts = self.subscripts()?;
                    Path::Elements { of, subscripts }
                }
                Some("?") => {
                    self.expect("?")?;
                    self.expect("(")?;
                    let predicate = Box::new(self.disjunction()?);
                    self.expect(")")?;
                    Path::Filter { of, predicate }
                }
                _ => return Ok(*of),
            };
        }
    }

    fn key(&mut self) -> Parsed<String> {
        match self.string()? {
            Some(key) => Ok(key),
            None => self.take_word().ok_or(None),
        }
    }

    fn member(&mut self, of: Box<Path>) -> Parsed<Path> {
        if self.take("*") {
            return Ok(Path::Member { of, key: None });
        }
        let is_quoted = self.rest.trim_start().starts_with('"');
        let key = self.key()?;
        if is_quoted || self.symbol() != Some("(") {
            let key = Some(key);
            return Ok(Path::Member { of, key });
        }
        let method = match key.as_str() {
            "abs" => Method::Abs,
            "ceiling" => Method::Ceiling,
            "datetime" => Method::Datetime,
            "double" => Method::Double,
            "floor" => Method::Floor,
            "keyvalue" => Method::KeyValue,
            "size" => Method::Size,
            "type" => Method::Type,
            _ => return Err(None),
        };
        self.expect("(")?;
        if method == Method::Datetime && self.string()?.is_some() {
            let reason = "datetime method with a format template is not supported";
            return Err(Some(reason.to_owned()));
        }
        self.expect(")")?;
        Ok(Path::Method { of, method })
    }

    fn subscripts(&mut self) -> Parsed<Vec<(Path, Option<Path>)>> {
        let mut subscripts = Vec::new();
        if self.take("*") {
            self.expect("]")?;
            return Ok(subscripts);
        }
        loop {
            let from = self.expression()?;
            let to = match self.take_keyword("to") {
                true => Some(self.expression()?),
                false => None,
            };
            subscripts.push((from, to));
            if self.take("]") {
                return Ok(subscripts);
            }
            self.expect(",")?;
        }
    }

    fn primary(&mut self) -> Parsed<Path> {
        if self.take("(") {
            let path = self.expression()?;
            self.expect(")")?;
            return Ok(path);
        }
        if self.take("@") {
            return Ok(Path::Current);
        }
        if let Some(text) = self.string()? {
            return Ok(Path::Literal(ScalarValue::from(text)));
        }
        if let Some(rest) = self.rest.strip_prefix('$') {
            let Some(name) = word(rest) else {
                self.rest = rest;
                return Ok(Path::Context);
            };
            self.rest = &rest[name.len()..];
            return self.variable(name);
        }
        if let Some(number) = self.number()? {
            return Ok(Path::Literal(number));
        }
        let path = match self.word() {
            Some("true") => Path::Literal(ScalarValue::from(true)),
            Some("false") => Path::Literal(ScalarValue::from(false)),
            Some("null") => Path::JsonNull,
            Some("last") => Path::Last,
            _ => return Err(None),
        };
        self.take_word();
        Ok(path)
    }

    fn variable(&self, name: &str) -> Parsed<Path> {
        let place = self.names.iter().position(|passed| *passed == name);
        place.map(Path::Variable).ok_or_else(|| {
            let same = |passed: &&&str| passed.eq_ignore_ascii_case(name);
            let hint = match self.names.iter().find(same) {
                Some(_) => {
                    format!(". Try quoting \"{name}\" in the PASSING clause to match case")
                }
                None => String::new(),
            };
            Some(format!("no value passed for parameter {name}{hint}"))
        })
    }

    /// A text in double quotes; two of them are one.
    fn string(&mut self) -> Parsed<Option<String>> {
        self.skip_blanks();
        let Some(mut rest) = self.rest.strip_prefix('"') else {
            return Ok(None);
        };
        let mut text = String::new();
        loop {
            let (part, after) = rest.split_once('"').ok_or(None)?;
            text.push_str(part);
            match after.strip_prefix('"') {
                Some(after) => {
                    text.push('"');
                    rest = after;
                }
                None => {
                    self.rest = after;
                    return Ok(Some(text));
                }
            }
        }
    }

    fn number(&mut self) -> Parsed<Option<ScalarValue>> {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let text = self.rest;
        let whole = digits(text);
        let mut end = whole;
        let mut scale = None;
        // `1..key` has no fraction.
        if text[end..].starts_with('.') && !text[end..].starts_with("..") {
            let fraction = digits(&text[end + 1..]);
            if whole + fraction == 0 {
                return Ok(None);
            }
            end += 1 + fraction;
            scale = Some(fraction);
        }
        if end == 0 {
            return Ok(None);
        }
        let exponent = text[end..].strip_prefix(['e', 'E']).and_then(|exponent| {
            let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            let length = exponent.len() - unsigned.len() + digits(unsigned);
            (digits(unsigned) > 0).then_some(1 + length)
        });
        let is_double = exponent.is_some();
        end += exponent.unwrap_or_default();
        let written = &text[..end];
        let number = match scale {
            _ if is_double => written
                .parse()
                .ok()
                .map(|number: f64| ScalarValue::from(number)),
            Some(scale) => decimal(written, scale),
            None => match written.parse::<i32>() {
                Ok(number) => Some(ScalarValue::from(number)),
                Err(_) => written.parse::<i64>().ok().map(ScalarValue::from),
            },
        };
        let number = number.ok_or_else(|| Some(format!("Invalid numeric literal: {written}")))?;
        self.rest = &text[end..];
        Ok(Some(number))
    }

    fn disjunction(&mut self) -> Parsed<Predicate> {
        self.nested(|parser| {
            let mut left = parser.conjunction()?;
            while parser.take("||") {
                left = Predicate::Or(Box::new(left), Box::new(parser.conjunction()?));
            }
            Ok(left)
        })
    }

    fn conjunction(&mut self) -> Parsed<Predicate> {
        let mut left = self.predicate()?;
        while self.take("&&") {
            left = Predicate::And(Box::new(left), Box::new(self.predicate()?));
        }
        Ok(left)
    }

    fn predicate(&mut self) -> Parsed<Predicate> {
        if self.take("!") {
            let negated = match self.word() == Some("exists") {
                true => self.exists()?,
                false => {
                    self.expect("(")?;
                    let negated = self.disjunction()?;
                    self.expect(")")?;
                    negated
                }
            };
            return Ok(Predicate::Not(Box::new(negated)));
        }
        if self.word() == Some("exists") {
            return self.exists();
        }
        if self.symbol() == Some("(") {
            // Either a predicate or a path that is compared.
            let (rest, depth) = (self.rest, self.depth);
            if let Ok(predicate) = self.parenthesized() {
                return Ok(predicate);
            }
            (self.rest, self.depth) = (rest, depth);
        }
        self.comparison()
    }

    fn exists(&mut self) -> Parsed<Predicate> {
        self.take_word();
        self.expect("(")?;
        let path = self.expression()?;
        self.expect(")")?;
        Ok(Predicate::Exists(path))
    }

    fn parenthesized(&mut self) -> Parsed<Predicate> {
        self.expect("(")?;
        let predicate = self.disjunction()?;
        self.expect(")")?;
        if self.take_keyword("is") {
            return match self.take_keyword("unknown") {
                true => Ok(Predicate::IsUnknown(Box::new(predicate))),
                false => Err(None),
            };
        }
        match self.symbol() {
            None | Some(")" | "&&" | "||") => Ok(predicate),
            Some(_) => Err(None),
        }
    }

    fn comparison(&mut self) -> Parsed<Predicate> {
        let left = self.expression()?;
        if self.take_keyword("starts") {
            if !self.take_keyword("with") {
                return Err(None);
            }
            let prefix = self.primary()?;
            return match prefix {
                Path::Literal(ScalarValue::Utf8(_)) | Path::Variable(_) => {
                    Ok(Predicate::StartsWith {
                        whole: left,
                        prefix,
                    })
                }
                _ => Err(None),
            };
        }
        if self.take_keyword("like_regex") {
            return self.like_regex(left);
        }
        let symbol = self.symbol().ok_or(None)?;
        let comparison = match symbol {
            "==" => Comparison::Equal,
            "<>" | "!=" => Comparison::NotEqual,
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            _ => return Err(None),
        };
        self.expect(symbol)?;
        let right = self.expression()?;
        Ok(Predicate::Compare {
            comparison,
            left,
            right,
        })
    }

    fn like_regex(&mut self, text: Path) -> Parsed<Predicate> {
        let pattern = self.string()?.ok_or(None)?;
        let flags = match self.take_keyword("flag") {
            true => self.string()?.ok_or(None)?,
            false => String::new(),
        };
        let mut builder = RegexBuilder::new(&pattern);
        for flag in flags.chars() {
            match flag {
                'i' => builder.case_insensitive(true),
                'm' => builder.multi_line(true),
                's' => builder.dot_matches_new_line(true),
                'x' => builder.ignore_whitespace(true),
                _ => return Err(Some(format!("invalid flag '{flag}' of like_regex"))),
            };
        }
        let pattern = builder.build();
        let pattern = pattern.map_err(|error| Some(format!("invalid like_regex: {error}")))?;
        Ok(Predicate::LikeRegex {
            text,
            pattern: Box::new(pattern),
        })
    }
}

/// The word at the beginning of a text.
fn word(text: &str) -> Option<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    let word = &text[..end];
    (!word.is_empty() && !word.starts_with(|c: char| c.is_ascii_digit())).then_some(word)
}

fn decimal(written: &str, scale: usize) -> Option<ScalarValue> {
    let digits: String = written.chars().filter(char::is_ascii_digit).collect();
    let significant = digits.trim_start_matches('0').len().max(scale).max(1);
    let precision = u8::try_from(significant)
        .ok()
        .filter(|digits| *digits <= 38)?;
    let value = digits.parse().ok()?;
    Some(ScalarValue::Decimal128(
        Some(value),
        precision,
        i8::try_from(scale).ok()?,
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn paths_are_read_or_refused() {
        for path in [
            "lax $",
            "strict $.key.\"a \"\"key\"\"\".*[*][0, 2 to last]..x",
            "lax $?(@.a > 1 && (@.b == \"x\" || !exists(@.c)))",
            "lax $?((@.a < 1) is unknown)",
            "lax ($.a + 1.5) * -2e3 % $p",
            "lax $?((@.a + 1) > 2 && ((@.b)) != null)",
            "lax $?(@ starts with \"a\" || @ starts with $p || @ like_regex \"^a\" flag \"i\")",
            "lax $.abs().ceiling().floor().double().type().size().keyvalue().datetime()",
            "lax $.type.last.lax",
            "lax .5 + 1. - 12345678901",
        ] {
            assert!(
                parse(path, &["p"]).is_ok(),
                "{path}: {:?}",
                parse(path, &["p"])
            );
        }
        for wrong in [
            "",
            "$",
            "lax",
            "lax $.",
            "lax $ $",
            "lax $[",
            "lax $.foo()",
            "lax $?(@.a)",
            "lax $P",
            "lax \"a",
            "lax $?(@ like_regex \"(\")",
            "certainly not a valid path",
        ] {
            assert!(parse(wrong, &["p"]).is_err(), "{wrong}");
        }
        let deep = format!("lax {}1{}", "(".repeat(5_000), ")".repeat(5_000));
        assert!(parse(&deep, &[]).is_err());
        let deep = format!("lax $?({}1 == 1{})", "(".repeat(90), ")".repeat(90));
        assert!(parse(&deep, &[]).is_ok());
    }

    #[test]
    fn a_missing_name_is_told() {
        let refusal = parse("lax $number", &["NUMBER"]).unwrap_err();
        assert_eq!(
            refusal.message(),
            "no value passed for parameter number. Try quoting \"number\" in the PASSING clause to match case"
        );
    }
}
