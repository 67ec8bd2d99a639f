//! Java's regular expressions, as Trino's engine takes them, in the words of the regex crates.

use std::iter::Peekable;
use std::str::Chars;

/// A pattern in two forms, because `$` and `\Z` also match before a newline that ends the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Translated {
    /// For texts that do not end with a newline.
    pub(super) plain: String,
    /// For those that do, if it is another one.
    pub(super) before_newline: Option<String>,
}

pub(super) fn translate(pattern: &str) -> Translated {
    let plain = Translation::new(pattern, r"\z").run();
    let before_newline = Translation::new(pattern, r"(?=\n?\z)").run();
    Translated {
        before_newline: (before_newline != plain).then_some(before_newline),
        plain,
    }
}

struct Translation<'a> {
    rest: Peekable<Chars<'a>>,
    out: String,
    /// How the end of the text is asked for.
    end: &'static str,
    /// Whether `$` is the end of a line, here and in the groups around.
    multi_line: Vec<bool>,
}

impl<'a> Translation<'a> {
    fn new(pattern: &'a str, end: &'static str) -> Self {
        Self {
            rest: pattern.chars().peekable(),
            out: String::with_capacity(pattern.len() + 8),
            end,
            multi_line: vec![false],
        }
    }

    fn run(mut self) -> String {
        while let Some(c) = self.rest.next() {
            match c {
                '\\' => self.escape(),
                '[' => self.class(),
                '(' => self.group(),
                ')' => {
                    if self.multi_line.len() > 1 {
                        self.multi_line.pop();
                    }
                    self.out.push(c);
                }
                '$' if self.multi_line.last() == Some(&false) => self.out.push_str(self.end),
                '{' => self.interval(),
                '}' => self.out.push_str(r"\}"),
                c => self.out.push(c),
            }
        }
        self.out
    }

    fn escape(&mut self) {
        match self.rest.next() {
            // The engine says that something is missing.
            None => self.out.push('\\'),
            Some('Q') => self.quote(),
            Some('Z') => self.out.push_str(self.end),
            Some('h') => self.out.push_str(HORIZONTAL_SPACE),
            Some(c) => self.common_escape(c),
        }
    }

    /// What `\` before `c` means in classes and outside.
    fn common_escape(&mut self, c: char) {
        match c {
            '0' => self.octal(),
            'c' => {
                if let Some(control) = self.rest.next() {
                    let code = u32::from(control.to_ascii_uppercase()) ^ 64;
                    self.out.push_str(&format!("\\x{{{code:x}}}"));
                }
            }
            'p' | 'P' => self.property(c == 'P'),
            'e' => self.out.push_str(r"\x1B"),
            'A'
            | 'B'
            | 'D'
            | 'G'
            | 'R'
            | 'S'
            | 'W'
            | 'X'
            | 'a'
            | 'b'
            | 'd'
            | 'f'
            | 'k'
            | 'n'
            | 'r'
            | 's'
            | 't'
            | 'u'
            | 'v'
            | 'w'
            | 'x'
            | 'z'
            | '1'..='9' => {
                self.out.push('\\');
                self.out.push(c);
            }
            ' ' => self.out.push_str(r"\x20"),
            '<' | '>' => self.out.push(c),
            c if c.is_ascii_punctuation() => {
                self.out.push('\\');
                self.out.push(c);
            }
            // Any other letter stands for itself.
            c => self.out.push(c),
        }
    }

    /// `\Q…\E`: everything stands for itself.
    fn quote(&mut self) {
        while let Some(c) = self.rest.next() {
            if c == '\\' && self.rest.next_if_eq(&'E').is_some() {
                return;
            }
            self.out
                .push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
        }
    }

    /// `\0n`, `\0nn`, `\0mnn`.
    fn octal(&mut self) {
        let mut code = 0;
        for _ in 0..3 {
            let Some(digit) = self.rest.peek().and_then(|digit| digit.to_digit(8)) else {
                break;
            };
            if code * 8 + digit > 0o377 {
                break;
            }
            code = code * 8 + digit;
            self.rest.next();
        }
        self.out.push_str(&format!("\\x{{{code:x}}}"));
    }

    /// `\p{name}` and `\pL`.
    fn property(&mut self, mut is_negated: bool) {
        let Some('{') = self.rest.next_if_eq(&'{') else {
            self.out.push_str(if is_negated { r"\P" } else { r"\p" });
            return;
        };
        if self.rest.next_if_eq(&'^').is_some() {
            is_negated = !is_negated;
        }
        let mut name = String::new();
        while let Some(c) = self.rest.next_if(|c| *c != '}') {
            name.push(c);
        }
        if self.rest.next().is_none() {
            // The engine says that the brace is not closed.
            self.out.push_str(&format!("\\p{{{name}"));
            return;
        }
        let negation = if is_negated { "^" } else { "" };
        match posix_class(&name.to_ascii_lowercase()) {
            Some(class) => self.out.push_str(&format!("[{negation}{class}]")),
            None => self.out.push_str(&format!("\\p{{{negation}{name}}}")),
        }
    }

    /// `{2}`, `{2,}` and `{2,3}` repeat; any other brace stands for itself.
    fn interval(&mut self) {
        let mut ahead = self.rest.clone();
        let mut count = String::new();
        while let Some(c) = ahead.next_if(|c| c.is_ascii_digit() || *c == ',') {
            count.push(c);
        }
        let parts: Vec<&str> = count.split(',').collect();
        let repeats = matches!(parts.as_slice(), [from] | [from, _] if !from.is_empty());
        if repeats && ahead.next() == Some('}') {
            self.rest = ahead;
            self.out.push_str(&format!("{{{count}}}"));
        } else {
            self.out.push_str(r"\{");
        }
    }

    /// The beginning of a group, and its flags.
    fn group(&mut self) {
        let outer = self.multi_line.last().copied().unwrap_or_default();
        self.out.push('(');
        let mut flags = String::new();
        let mut ahead = self.rest.clone();
        if ahead.next() == Some('?') {
            while let Some(flag) = ahead.next_if(|c| c.is_ascii_alphabetic() || *c == '-') {
                flags.push(flag);
            }
        }
        let inner = match flags.split_once('-') {
            Some((_, off)) if off.contains('m') => false,
            Some((on, _)) => outer || on.contains('m'),
            None => outer || flags.contains('m'),
        };
        match ahead.peek() {
            Some(':') if !flags.is_empty() => self.multi_line.push(inner),
            // Flags for what follows; the parenthesis closes no group.
            Some(')') if !flags.is_empty() => {
                if let Some(here) = self.multi_line.last_mut() {
                    *here = inner;
                }
                self.multi_line.push(inner);
            }
            _ => self.multi_line.push(outer),
        }
    }

    /// A class to its closing bracket, with those in it.
    fn class(&mut self) {
        let mut depth = 1;
        self.out.push('[');
        while depth > 0 {
            let Some(c) = self.rest.next() else {
                return;
            };
            match c {
                '\\' => match self.rest.next() {
                    None => self.out.push('\\'),
                    Some('h') => self.out.push_str(HORIZONTAL_SPACE),
                    // In a class it is a backspace.
                    Some('b') => self.out.push_str(r"\x08"),
                    Some(c) => self.common_escape(c),
                },
                '[' => {
                    depth += 1;
                    self.out.push(c);
                }
                ']' => {
                    depth -= 1;
                    self.out.push(c);
                }
                // Doubled, these are operators to the regex crate only.
                '-' | '~' => {
                    self.out.push(c);
                    if self.rest.next_if_eq(&c).is_some() {
                        self.out.push('\\');
                        self.out.push(c);
                    }
                }
                c => self.out.push(c),
            }
        }
    }
}

const HORIZONTAL_SPACE: &str =
    r"[ \t\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}]";

/// What the names of Java's POSIX classes hold; they know all of Unicode.
fn posix_class(name: &str) -> Option<&'static str> {
    Some(match name {
        "alnum" => r"\p{Alphabetic}\p{Nd}",
        "alpha" => r"\p{Alphabetic}",
        "ascii" => r"\x00-\x7F",
        "blank" => r"\p{Zs}\t",
        "cntrl" => r"\p{Cc}",
        "digit" => r"\p{Nd}",
        "graph" => r"\S&&\P{Cc}&&\P{Cn}&&\P{Cs}",
        "lower" => r"\p{Lowercase}",
        "print" => r"[\S\p{Zs}]&&\P{Cc}&&\P{Cn}&&\P{Cs}",
        "punct" => r"\p{P}",
        "space" => r"\s",
        "upper" => r"\p{Uppercase}",
        "word" => r"\w",
        "xdigit" => r"0-9A-Fa-f",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn java_is_said_in_other_words() {
        for (java, plain) in [
            (r"a+b?", r"a+b?"),
            (r"^a$", r"^a\z"),
            (r"(?m)^a$", r"(?m)^a$"),
            (r"(?m:a$)b$", r"(?m:a$)b\z"),
            (r"((?m)a$)b$", r"((?m)a$)b\z"),
            (r"\Qa.b\E.", r"a\.b."),
            (r"\p{Alpha}\P{Lower}", r"[\p{Alphabetic}][^\p{Lowercase}]"),
            (r"[\p{Upper}x]", r"[[\p{Uppercase}]x]"),
            (r"\p{IsGreek}", r"\p{IsGreek}"),
            (r"\07\0101", r"\x{7}\x{41}"),
            (r#"{"a":1}"#, r#"\{"a":1\}"#),
            (r"a{2}b{2,}c{2,3}d{,3}", r"a{2}b{2,}c{2,3}d\{,3\}"),
            (r"[+--]", r"[+-\-]"),
            (r"[a-z&&[^b]]", r"[a-z&&[^b]]"),
            (r"\<\-\/\é", r"<\-\/é"),
        ] {
            assert_eq!(translate(java).plain, plain, "{java}");
        }
        assert_eq!(translate("a").before_newline, None);
        assert_eq!(
            translate("a$").before_newline.as_deref(),
            Some(r"a(?=\n?\z)")
        );
    }
}
