//! Numbers: `d`, `o`, `x`, `e`, `f`, `g`, `a`.

use super::pattern::Specifier;
use super::value::Value;

/// None if the conversion does not take such values.
pub(super) fn write(specifier: &Specifier, value: &Value) -> Option<String> {
    match (specifier.conversion, value) {
        ('d', Value::Long(value)) => {
            let digits = value.unsigned_abs().to_string();
            Some(framed(specifier, &digits, *value < 0))
        }
        ('o', Value::Long(value)) => Some(unsigned(specifier, &format!("{value:o}"), "0")),
        ('x', Value::Long(value)) => Some(unsigned(specifier, &format!("{value:x}"), "0x")),
        ('e' | 'f' | 'g', Value::Decimal(unscaled, scale)) => {
            let digits = Digits {
                digits: unscaled.unsigned_abs().to_string(),
                scale: i32::try_from(*scale).ok()?,
            };
            Some(framed(specifier, &real(specifier, digits), *unscaled < 0))
        }
        ('e' | 'f' | 'g' | 'a', Value::Float(value)) => Some(double(specifier, (*value).into())),
        ('e' | 'f' | 'g' | 'a', Value::Double(value)) => Some(double(specifier, *value)),
        _ => None,
    }
}

/// The digits with sign and groups, and with zeros up to the width.
fn framed(specifier: &Specifier, digits: &str, is_negative: bool) -> String {
    let flags = specifier.flags;
    let digits = match flags.group {
        true => grouped(digits),
        false => digits.to_owned(),
    };
    let (before, after) = match (is_negative, flags.parentheses) {
        (true, true) => ("(", ")"),
        (true, false) => ("-", ""),
        (false, _) if flags.plus => ("+", ""),
        (false, _) if flags.space => (" ", ""),
        (false, _) => ("", ""),
    };
    let taken = before.len() + digits.len() + after.len();
    let zeros = match flags.zero {
        true => specifier.width.unwrap_or(0).saturating_sub(taken),
        false => 0,
    };
    format!("{before}{}{digits}{after}", "0".repeat(zeros))
}

fn grouped(digits: &str) -> String {
    let end = digits.find(['.', 'e']).unwrap_or(digits.len());
    let (whole, rest) = digits.split_at(end);
    let mut out = String::with_capacity(digits.len() + whole.len() / 3);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

fn unsigned(specifier: &Specifier, digits: &str, prefix: &str) -> String {
    let prefix = if specifier.flags.alternate {
        prefix
    } else {
        ""
    };
    let taken = prefix.len() + digits.len();
    let zeros = match specifier.flags.zero {
        true => specifier.width.unwrap_or(0).saturating_sub(taken),
        false => 0,
    };
    format!("{prefix}{}{digits}", "0".repeat(zeros))
}

fn double(specifier: &Specifier, value: f64) -> String {
    if !value.is_finite() {
        let word = if value.is_nan() { "NaN" } else { "Infinity" };
        let (flags, is_negative) = (specifier.flags, value < 0.0);
        return match (is_negative, value.is_nan()) {
            (true, _) if flags.parentheses => format!("({word})"),
            (true, _) => format!("-{word}"),
            (false, false) if flags.plus => format!("+{word}"),
            (false, false) if flags.space => format!(" {word}"),
            _ => word.to_owned(),
        };
    }
    if specifier.conversion == 'a' {
        return framed(
            specifier,
            &hexadecimal(value.abs()),
            value.is_sign_negative(),
        );
    }
    // The shortest digits that read back as the same number.
    let scientific = format!("{:e}", value.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let fraction = i32::try_from(digits.len()).unwrap_or(i32::MAX) - 1;
    let digits = Digits {
        digits,
        scale: fraction - exponent,
    };
    framed(
        specifier,
        &real(specifier, digits),
        value.is_sign_negative(),
    )
}

/// `digits / 10^scale`.
struct Digits {
    digits: String,
    scale: i32,
}

impl Digits {
    /// The exponent of the first digit.
    fn exponent(&self) -> i32 {
        i32::try_from(self.digits.len()).unwrap_or(i32::MAX) - 1 - self.scale
    }

    fn is_zero(&self) -> bool {
        self.digits.bytes().all(|digit| digit == b'0')
    }

    /// Rounded half up, or filled with zeros, to so many digits after the point.
    fn with_scale(mut self, scale: i32) -> Self {
        if scale >= self.scale {
            let zeros = usize::try_from(scale - self.scale).unwrap_or_default();
            self.digits.extend(std::iter::repeat_n('0', zeros));
        } else {
            let dropped = usize::try_from(self.scale - scale).unwrap_or_default();
            let kept = self.digits.len().checked_sub(dropped);
            let first = kept.and_then(|kept| self.digits.as_bytes().get(kept).copied());
            let rounds_up = first.is_some_and(|digit| digit >= b'5');
            self.digits.truncate(kept.unwrap_or(0));
            if rounds_up {
                self.digits = incremented(&self.digits);
            }
        }
        if self.digits.is_empty() {
            self.digits.push('0');
        }
        Self { scale, ..self }
    }

    /// With the point, and a zero before it if there is no other digit.
    fn plain(&self) -> String {
        let Ok(scale) = usize::try_from(self.scale) else {
            return self.digits.clone();
        };
        let digits = format!("{:0>width$}", self.digits, width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let whole = whole.trim_start_matches('0');
        let whole = if whole.is_empty() { "0" } else { whole };
        match fraction {
            "" => whole.to_owned(),
            fraction => format!("{whole}.{fraction}"),
        }
    }
}

fn incremented(digits: &str) -> String {
    let kept = digits.trim_end_matches('9');
    let zeros = "0".repeat(digits.len() - kept.len());
    let mut bytes = kept.as_bytes().to_vec();
    match bytes.last_mut() {
        Some(last) => *last += 1,
        None => bytes.push(b'1'),
    }
    let kept: String = bytes.into_iter().map(char::from).collect();
    kept + &zeros
}

fn real(specifier: &Specifier, digits: Digits) -> String {
    let precision = specifier.precision.unwrap_or(6);
    let precision = i32::try_from(precision).unwrap_or(i32::MAX);
    let point = if specifier.flags.alternate && precision == 0 {
        "."
    } else {
        ""
    };
    match specifier.conversion {
        'f' => digits.with_scale(precision).plain() + point,
        'e' => scientific(&digits, precision),
        _ => {
            let precision = precision.max(1);
            if digits.is_zero() {
                return digits.with_scale(precision - 1).plain();
            }
            let scale = precision - 1 - digits.exponent();
            let rounded = digits.with_scale(scale);
            match rounded.exponent() {
                exponent if (-4..precision).contains(&exponent) => {
                    rounded.with_scale(precision - 1 - exponent).plain()
                }
                _ => scientific(&rounded, precision - 1),
            }
        }
    }
}

/// `1.234560e+01`
fn scientific(digits: &Digits, precision: i32) -> String {
    let is_zero = digits.is_zero();
    let significant = digits.digits.trim_start_matches('0').to_owned();
    let digits = match is_zero {
        true => Digits {
            digits: "0".to_owned(),
            scale: 0,
        },
        false => Digits {
            digits: significant,
            scale: digits.scale,
        },
    };
    let scale = precision - digits.exponent();
    let rounded = digits.with_scale(scale);
    let exponent = if is_zero { 0 } else { rounded.exponent() };
    let mantissa = Digits {
        digits: rounded.digits,
        scale: rounded.scale + exponent,
    };
    let sign = if exponent < 0 { '-' } else { '+' };
    let mantissa = mantissa.with_scale(precision).plain();
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

/// Java's `Double.toHexString`.
fn hexadecimal(value: f64) -> String {
    const FRACTION: u64 = (1 << 52) - 1;
    let bits = value.to_bits();
    let (exponent, fraction) = (bits >> 52 & 0x7FF, bits & FRACTION);
    let digits = format!("{fraction:013x}");
    let digits = match digits.trim_end_matches('0') {
        "" => "0",
        digits => digits,
    };
    match (exponent, fraction) {
        (0, 0) => "0x0.0p0".to_owned(),
        (0, _) => format!("0x0.{digits}p-1022"),
        (exponent, _) => format!("0x1.{digits}p{}", exponent.cast_signed() - 1023),
    }
}
