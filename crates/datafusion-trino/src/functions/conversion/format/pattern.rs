//! Format strings: `%[index$][flags][width][.precision]conversion`. Java's `Formatter`.

use super::value::Value;
use super::{moment, number};

/// A format string by its parts.
#[derive(Debug)]
pub(super) struct Pattern(Vec<Part>);

#[derive(Debug)]
enum Part {
    Text(String),
    Specifier(Specifier),
}

/// Which argument is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Argument {
    Next,
    /// The one written last.
    Last,
    /// Counted from 0.
    At(usize),
}

/// How an argument is written.
#[derive(Debug)]
pub(super) struct Specifier {
    argument: Argument,
    /// As it is written.
    pub(super) text: String,
    pub(super) flags: Flags,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
    /// In lower case; what follows `t` for dates and times.
    pub(super) conversion: char,
    is_moment: bool,
    is_upper: bool,
}

#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Flags {
    pub(super) left: bool,
    pub(super) alternate: bool,
    pub(super) plus: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    pub(super) group: bool,
    pub(super) parentheses: bool,
}

/// The widest field.
const MAX_WIDTH: usize = 1 << 20;

impl Pattern {
    /// # Errors
    /// The reason in Java's words.
    pub(super) fn compile(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(percent) = rest.find('%') {
            if percent > 0 {
                parts.push(Part::Text(rest[..percent].to_owned()));
            }
            let (specifier, after) = Specifier::parse(&rest[percent..])?;
            parts.push(match specifier.conversion {
                'n' if !specifier.is_moment => Part::Text("\n".to_owned()),
                _ => Part::Specifier(specifier),
            });
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self(parts))
    }

    /// # Errors
    /// The reason in Java's words.
    pub(super) fn format(&self, values: &[Value]) -> Result<String, String> {
        let mut out = String::new();
        let (mut next, mut last) = (0, None);
        for part in &self.0 {
            let specifier = match part {
                Part::Text(text) => {
                    out.push_str(text);
                    continue;
                }
                Part::Specifier(specifier) => specifier,
            };
            if specifier.conversion == '%' {
                specifier.pad("%", &mut out);
                continue;
            }
            let place = match specifier.argument {
                Argument::At(place) => Some(place),
                Argument::Last => last,
                Argument::Next => {
                    next += 1;
                    Some(next - 1)
                }
            };
            last = place;
            let value = place.and_then(|place| values.get(place));
            let value = value.ok_or_else(|| format!("Format specifier '{}'", specifier.text))?;
            specifier.write(value, &mut out)?;
        }
        Ok(out)
    }
}

impl Specifier {
    /// The specifier at the beginning of a text, and what follows it.
    fn parse(text: &str) -> Result<(Self, &str), String> {
        let mut rest = &text[1..];
        let mut argument = Argument::Next;
        let digits = |rest: &str| rest.bytes().take_while(u8::is_ascii_digit).count();
        let length = digits(rest);
        if length > 0 && rest[length..].starts_with('$') && !rest.starts_with('0') {
            let place: usize = rest[..length].parse().map_err(|_| "index too large")?;
            argument = Argument::At(place - 1);
            rest = &rest[length + 1..];
        }
        let mut flags = Flags::default();
        while let Some(flag) = rest.chars().next() {
            let is_set = match flag {
                '-' => &mut flags.left,
                '#' => &mut flags.alternate,
                '+' => &mut flags.plus,
                ' ' => &mut flags.space,
                '0' => &mut flags.zero,
                ',' => &mut flags.group,
                '(' => &mut flags.parentheses,
                '<' => {
                    argument = Argument::Last;
                    rest = &rest[1..];
                    continue;
                }
                _ => break,
            };
            if *is_set {
                return Err(format!("Flags = '{flag}'"));
            }
            *is_set = true;
            rest = &rest[1..];
        }
        let number = |rest: &mut &str| {
            let length = digits(rest);
            let (number, after) = rest.split_at(length);
            *rest = after;
            number
                .parse::<usize>()
                .ok()
                .filter(|number| *number <= MAX_WIDTH)
        };
        let has_width = digits(rest) > 0;
        let width = number(&mut rest);
        let mut precision = None;
        let mut is_whole = !has_width || width.is_some();
        if let Some(after) = rest.strip_prefix('.') {
            rest = after;
            precision = number(&mut rest);
            is_whole &= precision.is_some();
        }
        let mut conversion = rest.chars().next();
        let mut is_moment = false;
        if let Some(prefix @ ('t' | 'T')) = conversion {
            let suffix = rest[1..].chars().next();
            is_moment = suffix.is_some();
            conversion = suffix.or(Some(prefix));
        }
        let Some(letter) = conversion.filter(|_| is_whole) else {
            return Err("Conversion = '%'".to_owned());
        };
        let is_upper = match is_moment {
            true => rest.starts_with('T'),
            false => letter.is_ascii_uppercase(),
        };
        let end = usize::from(is_moment) + letter.len_utf8();
        let written = &text[..text.len() - rest.len() + end];
        let specifier = Self {
            argument,
            text: written.to_owned(),
            flags,
            width,
            precision,
            conversion: match is_moment {
                true => letter,
                false => letter.to_ascii_lowercase(),
            },
            is_moment,
            is_upper,
        };
        specifier.check(letter)?;
        Ok((specifier, &rest[end..]))
    }

    fn check(&self, letter: char) -> Result<(), String> {
        let known = match (self.is_moment, self.is_upper) {
            (true, _) => moment::is_conversion(letter),
            (false, true) => "BHSCXEGA".contains(letter),
            (false, false) => "bhscdoxefga%n".contains(letter),
        };
        if !known {
            let prefix = if self.is_moment { "t" } else { "" };
            return Err(format!("Conversion = '{prefix}{letter}'"));
        }
        let Flags {
            left,
            plus,
            space,
            zero,
            ..
        } = self.flags;
        if (left || zero) && self.width.is_none() {
            return Err(self.text.clone());
        }
        if plus && space || left && zero {
            return Err(format!("Flags = '{}'", self.flags.text()));
        }
        if let Some(precision) = self.precision
            && (self.is_moment || matches!(self.conversion, 'd' | 'o' | 'x' | 'c' | '%' | 'n'))
        {
            return Err(precision.to_string());
        }
        let is_number =
            !self.is_moment && matches!(self.conversion, 'd' | 'o' | 'x' | 'e' | 'f' | 'g' | 'a');
        let no_number_flags = self.flags.group || plus || space || zero || self.flags.parentheses;
        let wrong = match self.conversion {
            _ if self.is_moment => self.flags.alternate || no_number_flags,
            'd' => self.flags.alternate,
            'e' => self.flags.group,
            'g' => self.flags.alternate,
            _ => !is_number && self.conversion != '%' && (self.flags.alternate || no_number_flags),
        };
        match wrong {
            true => Err(format!(
                "Conversion = {}, Flags = {}",
                self.conversion,
                self.flags.text()
            )),
            false => Ok(()),
        }
    }

    fn write(&self, value: &Value, out: &mut String) -> Result<(), String> {
        let text = match (self.is_moment, self.conversion) {
            (false, 'b') => match value {
                Value::Null => "false".to_owned(),
                Value::Boolean(value) => value.to_string(),
                _ => "true".to_owned(),
            },
            _ if matches!(value, Value::Null) => "null".to_owned(),
            (false, 's') => value.to_string(),
            (false, 'h') => format!("{:x}", value.hash().ok_or_else(|| self.mismatch(value))?),
            (true, _) => {
                moment::write(self.conversion, value).ok_or_else(|| self.mismatch(value))?
            }
            (false, _) => {
                let written = number::write(self, value).ok_or_else(|| self.mismatch(value))?;
                self.pad(&self.cased(written), out);
                return Ok(());
            }
        };
        let text = match self.precision {
            Some(length) => text.chars().take(length).collect(),
            None => text,
        };
        self.pad(&self.cased(text), out);
        Ok(())
    }

    fn cased(&self, text: String) -> String {
        match self.is_upper {
            true => text.to_uppercase(),
            false => text,
        }
    }

    fn mismatch(&self, value: &Value) -> String {
        format!("{} != {}", self.conversion, value.java_class())
    }

    fn pad(&self, text: &str, out: &mut String) {
        let blanks = self.width.unwrap_or(0).saturating_sub(text.chars().count());
        let blanks = std::iter::repeat_n(' ', blanks);
        if self.flags.left {
            out.push_str(text);
            out.extend(blanks);
        } else {
            out.extend(blanks);
            out.push_str(text);
        }
    }
}

impl Flags {
    fn text(self) -> String {
        let flags = [
            (self.left, '-'),
            (self.alternate, '#'),
            (self.plus, '+'),
            (self.space, ' '),
            (self.zero, '0'),
            (self.group, ','),
            (self.parentheses, '('),
        ];
        flags
            .into_iter()
            .filter_map(|(is_set, flag)| is_set.then_some(flag))
            .collect()
    }
}
