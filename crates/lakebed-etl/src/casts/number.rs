//! Texts as numbers and booleans.

/// Reads a whole number; a fraction is cut off, blanks around are ignored.
pub(super) fn parse_integer(text: &str) -> Option<i64> {
    let text = text.trim();
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, fraction),
        None => (text, ""),
    };
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // ".5" and "-.5" are zero; a sign or a point alone is nothing.
    if matches!(whole, "" | "-" | "+") && !fraction.is_empty() {
        return Some(0);
    }
    whole.parse().ok()
}

/// Reads what Java's `Double.parseDouble` reads: exponents, `NaN`, `Infinity`, a trailing `d` or `f`.
pub(super) fn parse_double(text: &str) -> Option<f64> {
    let text = text.trim();
    match text.to_ascii_lowercase().as_str() {
        "nan" => return Some(f64::NAN),
        "inf" | "+inf" | "infinity" | "+infinity" => return Some(f64::INFINITY),
        "-inf" | "-infinity" => return Some(f64::NEG_INFINITY),
        _ => {}
    }
    let digits = match text.as_bytes() {
        [.., digit, b'd' | b'D' | b'f' | b'F'] if digit.is_ascii_digit() || *digit == b'.' => {
            &text[..text.len() - 1]
        }
        _ => text,
    };
    // Rust reads names such as "nan" and "infinity", which are dealt with above.
    if digits
        .bytes()
        .any(|byte| byte.is_ascii_alphabetic() && !matches!(byte, b'e' | b'E'))
    {
        return None;
    }
    digits.parse().ok()
}

/// Reads a decimal and rounds it half up to `scale` digits; null if it needs more than `precision`.
pub(super) fn parse_decimal(text: &str, precision: u8, scale: i8) -> Option<i128> {
    let text = text.trim();
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, digits) = match mantissa.as_bytes().first()? {
        b'-' => (true, &mantissa[1..]),
        b'+' => (false, &mantissa[1..]),
        _ => (false, mantissa),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut unscaled: i128 = 0;
    for byte in whole.bytes().chain(fraction.bytes()) {
        if !byte.is_ascii_digit() {
            return None;
        }
        unscaled = unscaled
            .checked_mul(10)?
            .checked_add(i128::from(byte - b'0'))?;
    }
    let written_scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
    let scaled = rescale(unscaled, i32::from(scale).checked_sub(written_scale)?)?;
    let limit = 10_i128.checked_pow(u32::from(precision))?;
    if scaled >= limit {
        return None;
    }
    Some(if negative { -scaled } else { scaled })
}

/// Moves the decimal point of a number that is not negative, rounding half up.
fn rescale(unscaled: i128, by: i32) -> Option<i128> {
    let Some(factor) = 10_i128.checked_pow(by.unsigned_abs()) else {
        return (by < 0 || unscaled == 0).then_some(0);
    };
    if by >= 0 {
        unscaled.checked_mul(factor)
    } else {
        Some((unscaled + factor / 2) / factor)
    }
}

/// Reads the words Spark takes for true and false.
pub(super) fn parse_boolean(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "t" | "true" | "y" | "yes" | "1" => Some(true),
        "f" | "false" | "n" | "no" | "0" => Some(false),
        _ => None,
    }
}
