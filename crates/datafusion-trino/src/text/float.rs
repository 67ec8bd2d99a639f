//! Floating-point numbers as Java's `Double.toString` and `Float.toString` spell them.

use std::fmt::{LowerExp, Write};

/// Appends `number`: plain between 10⁻³ and 10⁷, else with an exponent; `NaN`, `Infinity`.
pub(crate) fn write<F: Into<f64> + LowerExp + Copy>(number: F, out: &mut String) {
    let Some((digits, exponent)) = write_sign_and_words(number, out) else {
        return;
    };
    if number.into() == 0.0 {
        out.push_str("0.0");
    } else if (-3..7).contains(&exponent) {
        write_plain(&digits, exponent, out);
    } else {
        write_with_exponent(&digits, exponent, out);
    }
}

/// Appends `number` with an exponent, as casts write it: `1.5E0`, `0E0`.
pub(crate) fn write_scientific<F: Into<f64> + LowerExp + Copy>(number: F, out: &mut String) {
    let Some((digits, exponent)) = write_sign_and_words(number, out) else {
        return;
    };
    match number.into() == 0.0 {
        true => out.push_str("0E0"),
        false => write_with_exponent(&digits, exponent, out),
    }
}

/// Appends what is before the digits, or the word for what has none; answers the digits, and the
/// exponent of the first.
fn write_sign_and_words<F: Into<f64> + LowerExp + Copy>(
    number: F,
    out: &mut String,
) -> Option<(String, i32)> {
    let wide: f64 = number.into();
    if wide.is_nan() {
        out.push_str("NaN");
        return None;
    }
    if wide.is_sign_negative() {
        out.push('-');
    }
    if wide.is_infinite() {
        out.push_str("Infinity");
        return None;
    }
    // The shortest digits that read back as the same number, in the number's own width.
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits = mantissa.chars().filter(char::is_ascii_digit).collect();
    Some((digits, exponent.parse().unwrap_or(0)))
}

fn write_with_exponent(digits: &str, exponent: i32, out: &mut String) {
    let (first, rest) = digits.split_at(1);
    let rest = if rest.is_empty() { "0" } else { rest };
    // Writing to a string cannot fail.
    let _ = write!(out, "{first}.{rest}E{exponent}");
}

/// `digits` with the decimal point after the digit of 10^`exponent`.
fn write_plain(digits: &str, exponent: i32, out: &mut String) {
    let Ok(whole) = usize::try_from(exponent + 1) else {
        out.push_str("0.");
        out.extend(std::iter::repeat_n(
            '0',
            exponent.unsigned_abs() as usize - 1,
        ));
        return out.push_str(digits);
    };
    if whole == 0 {
        out.push_str("0.");
        return out.push_str(digits);
    }
    if digits.len() <= whole {
        out.push_str(digits);
        out.extend(std::iter::repeat_n('0', whole - digits.len()));
        return out.push_str(".0");
    }
    out.push_str(&digits[..whole]);
    out.push('.');
    out.push_str(&digits[whole..]);
}

#[cfg(test)]
mod tests {
    fn text(number: f64) -> String {
        let mut out = String::new();
        super::write(number, &mut out);
        out
    }

    #[test]
    fn doubles_are_spelt_as_java_spells_them() {
        for (number, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (1.5, "1.5"),
            (-123.456, "-123.456"),
            (0.1 + 0.2, "0.30000000000000004"),
            (0.01, "0.01"),
            (0.001, "0.001"),
            (0.000_99, "9.9E-4"),
            (100.0, "100.0"),
            (1_234_567.0, "1234567.0"),
            (9_999_999.0, "9999999.0"),
            (10_000_000.0, "1.0E7"),
            (1e10, "1.0E10"),
            (1.25e-7, "1.25E-7"),
            (1e100, "1.0E100"),
            (f64::MAX, "1.7976931348623157E308"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(text(number), expected);
        }
    }

    #[test]
    fn reals_have_the_digits_of_their_own_width() {
        let mut out = String::new();
        super::write(0.1_f32, &mut out);
        assert_eq!(out, "0.1");
    }
}
