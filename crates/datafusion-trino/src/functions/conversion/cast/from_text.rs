//! From `varchar`.

use std::net::IpAddr;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;
use datafusion::common::{Result, internal_err};

use super::number::rescale;
use super::{Family, invalid};
use crate::functions::decimal::power_of_ten;
use crate::functions::scalar::{Date, Input, Output};
use crate::types::{
    Char, IpAddress, Moment, Own, TimeOfDay, Uuid, Zone, ZonedMoment, ZonedTime, read_date,
    round_time,
};

pub(super) fn cast(array: &ArrayRef, family: Family, to: &DataType) -> Result<ArrayRef> {
    match Own::of(to) {
        Some(Own::Uuid) => parse(array, to, uuid),
        Some(Own::IpAddress) => parse(array, to, ip_address),
        Some(Own::Char(length)) => parse(array, to, |text| Ok(Char(char(text, length).to_owned()))),
        Some(Own::Time(precision)) => parse(array, to, |text| time(text, precision)),
        Some(Own::TimeWithZone(precision)) => parse(array, to, |text| zoned_time(text, precision)),
        Some(Own::Timestamp(precision)) => parse(array, to, |text| timestamp(text, precision)),
        Some(Own::TimestampWithZone(precision)) => {
            parse(array, to, |text| zoned_timestamp(text, precision))
        }
        Some(Own::Json) => super::to_json::cast(array),
        Some(own @ (Own::Geometry | Own::SphericalGeography | Own::BingTile | Own::Sketch(_))) => {
            internal_err!("texts are not cast to {}", own.name())
        }
        None => match (family, to) {
            (Family::Timestamp, to) => {
                let precision = crate::types::timestamp_precision(to).unwrap_or(3);
                parse(array, to, |text| timestamp(text, precision))
            }
            (_, DataType::Boolean) => parse(array, to, boolean),
            (_, DataType::Int8) => parse(array, to, |text| integer::<i8>(text, "TINYINT")),
            (_, DataType::Int16) => parse(array, to, |text| integer::<i16>(text, "SMALLINT")),
            (_, DataType::Int32) => parse(array, to, |text| integer::<i32>(text, "INT")),
            (_, DataType::Int64) => parse(array, to, |text| integer::<i64>(text, "BIGINT")),
            (_, DataType::Float32) => parse(array, to, |text| float::<f32>(text, "REAL")),
            (_, DataType::Float64) => parse(array, to, |text| float::<f64>(text, "DOUBLE")),
            (_, DataType::Decimal128(precision, scale)) => parse(array, to, |text| {
                decimal(text, *precision, scale.unsigned_abs())
            }),
            (_, DataType::Date32) => parse(array, to, |text| match read_date(text.trim()) {
                Some(days) => Ok(Date(days)),
                None => Err(invalid(format!("Value cannot be cast to date: {text}"))),
            }),
            (Family::Bytes, to) => {
                let bytes = parse(array, &DataType::Binary, |text| {
                    Ok(text.as_bytes().to_vec())
                })?;
                Ok(arrow::compute::cast(&bytes, to)?)
            }
            (_, other) => internal_err!("texts are not cast to {other}"),
        },
    }
}

fn parse<R: Output>(
    array: &ArrayRef,
    to: &DataType,
    value: impl Fn(&str) -> Result<R>,
) -> Result<ArrayRef> {
    let texts = <&str as Input<'_>>::column(array)?;
    let mut builder = R::builder(array.len(), to)?;
    for row in 0..array.len() {
        let text = <&str as Input<'_>>::get(&texts, row);
        R::append(text.map(&value).transpose()?, &mut builder);
    }
    Ok(R::finish(builder))
}

fn boolean(text: &str) -> Result<bool> {
    match text.to_ascii_lowercase().as_str() {
        "t" | "true" | "1" => Ok(true),
        "f" | "false" | "0" => Ok(false),
        _ => Err(invalid(format!("Cannot cast '{text}' to BOOLEAN"))),
    }
}

fn integer<R: std::str::FromStr>(text: &str, kind: &str) -> Result<R> {
    text.parse()
        .map_err(|_| invalid(format!("Cannot cast '{text}' to {kind}")))
}

/// As Java reads them: blanks around, and a letter for the width behind, do not count.
fn float<R: std::str::FromStr>(text: &str, kind: &str) -> Result<R> {
    let digits = text.trim();
    let unsigned = digits.strip_prefix(['-', '+']).unwrap_or(digits);
    let is_named = matches!(unsigned, "NaN" | "Infinity");
    let digits = match is_named {
        true => digits,
        false => digits.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(digits),
    };
    let is_number = is_named || unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let number = is_number.then(|| digits.parse().ok()).flatten();
    number.ok_or_else(|| invalid(format!("Cannot cast '{text}' to {kind}")))
}

/// `-12.345e2`: rounded half away from zero.
fn decimal(text: &str, precision: u8, scale: u8) -> Result<i128> {
    let refuse = |why: &str| {
        invalid(format!(
            "Cannot cast VARCHAR '{text}' to DECIMAL({precision}, {scale}). {why}"
        ))
    };
    let (digits, from) =
        read_decimal(text.trim()).ok_or_else(|| refuse("Value is not a number."))?;
    digits
        .and_then(|digits| rescale(digits, from, scale))
        .filter(|value| value.unsigned_abs() < power_of_ten(precision.into()).unsigned_abs())
        .ok_or_else(|| refuse("Value too large."))
}

/// A number's digits, none if they are too many, and how many of them are behind the point. None
/// if it is no number.
fn read_decimal(text: &str) -> Option<(Option<i128>, i32)> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let unsigned = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let is_number = (!whole.is_empty() || !fraction.is_empty())
        && whole
            .bytes()
            .chain(fraction.bytes())
            .all(|c| c.is_ascii_digit());
    is_number.then_some(())?;
    // Zeros behind the point are no digits to keep.
    let fraction = fraction.trim_end_matches('0');
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    let magnitude: Option<i128> = match digits {
        "" => Some(0),
        digits => digits.parse().ok(),
    };
    let sign = if mantissa.starts_with('-') { -1 } else { 1 };
    let behind = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
    Some((magnitude.map(|value| sign * value), behind))
}

fn uuid(text: &str) -> Result<Uuid> {
    let hyphens = text.bytes().filter(|byte| *byte == b'-').count();
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    let well_formed = text.len() == 36 && hyphens == 4 && text.is_ascii();
    let value = well_formed
        .then(|| u128::from_str_radix(&digits, 16).ok())
        .flatten();
    match value {
        Some(value) => Ok(Uuid(value.to_be_bytes())),
        None => Err(invalid(format!("Cannot cast value to UUID: {text}"))),
    }
}

fn ip_address(text: &str) -> Result<IpAddress> {
    match text.parse() {
        Ok(IpAddr::V4(v4)) => Ok(IpAddress(v4.to_ipv6_mapped().octets())),
        Ok(IpAddr::V6(v6)) => Ok(IpAddress(v6.octets())),
        Err(_) => Err(invalid(format!("Cannot cast value to IPADDRESS: {text}"))),
    }
}

/// A text cut to a length, without the blanks at its end.
fn char(text: &str, length: u32) -> &str {
    let end = text
        .char_indices()
        .nth(length as usize)
        .map_or(text.len(), |(end, _)| end);
    text[..end].trim_end_matches(' ')
}

fn time(text: &str, precision: u8) -> Result<TimeOfDay> {
    match ZonedTime::read(text) {
        Some((picos, _, None)) => Ok(TimeOfDay(round_time(picos, precision))),
        _ => Err(invalid(format!("Value cannot be cast to time: {text}"))),
    }
}

fn zoned_time(text: &str, precision: u8) -> Result<ZonedTime> {
    match ZonedTime::read(text) {
        Some((picos, _, offset)) => {
            Ok(ZonedTime::from_local(picos, offset.unwrap_or(0)).round(precision))
        }
        None => Err(invalid(format!(
            "Value cannot be cast to time with time zone: {text}"
        ))),
    }
}

fn timestamp(text: &str, precision: u8) -> Result<Moment> {
    match Moment::read(text) {
        // What clocks showed there; the zone is forgotten.
        Some(written) if written.zone.is_none_or(|zone| Zone::parse(zone).is_some()) => {
            Ok(written.local.round(precision))
        }
        _ => Err(invalid(format!(
            "Value cannot be cast to timestamp: {text}"
        ))),
    }
}

fn zoned_timestamp(text: &str, precision: u8) -> Result<ZonedMoment> {
    let read = || {
        let written = Moment::read(text)?;
        let zone = match written.zone {
            Some(zone) => Zone::parse(zone)?,
            None => Zone::UTC,
        };
        let moment = written.local.round(precision).to_utc(zone);
        Some(ZonedMoment { moment, zone })
    };
    read().ok_or_else(|| {
        invalid(format!(
            "Value cannot be cast to timestamp with time zone: {text}"
        ))
    })
}
