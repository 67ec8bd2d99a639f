//! Types and their names.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, IntervalUnit, TimeUnit};

use super::{MAX_CHAR_LENGTH, MAX_TIME_PRECISION, Own, unit_precision};

/// The type in Trino's words, such as `array(varchar)`.
pub fn type_name(data_type: &DataType) -> String {
    if let Some(own) = Own::of(data_type) {
        return own.name();
    }
    match data_type {
        DataType::Null => "unknown".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Int8 => "tinyint".to_owned(),
        DataType::Int16 | DataType::UInt8 => "smallint".to_owned(),
        DataType::Int32 | DataType::UInt16 => "integer".to_owned(),
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => "bigint".to_owned(),
        DataType::Float16 | DataType::Float32 => "real".to_owned(),
        DataType::Float64 => "double".to_owned(),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => format!("decimal({precision},{scale})"),
        DataType::Date32 | DataType::Date64 => "date".to_owned(),
        DataType::Time32(unit) | DataType::Time64(unit) => {
            format!("time({})", unit_precision(*unit))
        }
        DataType::Timestamp(unit, zone) => {
            let zone = zone.as_ref().map_or("", |_| " with time zone");
            format!("timestamp({}){zone}", unit_precision(*unit))
        }
        DataType::Interval(IntervalUnit::YearMonth) => "interval year to month".to_owned(),
        DataType::Interval(_) | DataType::Duration(_) => "interval day to second".to_owned(),
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => "varbinary".to_owned(),
        DataType::List(element)
        | DataType::LargeList(element)
        | DataType::FixedSizeList(element, _) => {
            format!("array({})", type_name(element.data_type()))
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(pair) if pair.len() == 2 => format!(
                "map({}, {})",
                type_name(pair[0].data_type()),
                type_name(pair[1].data_type())
            ),
            _ => "map".to_owned(),
        },
        DataType::Struct(fields) => {
            let names = field_names(fields);
            let fields: Vec<String> = fields
                .iter()
                .zip(names)
                .map(|(field, name)| {
                    let data_type = type_name(field.data_type());
                    match name {
                        Some(name) => format!("{name} {data_type}"),
                        None => data_type,
                    }
                })
                .collect();
            format!("row({})", fields.join(", "))
        }
        DataType::Dictionary(_, values) => type_name(values),
        _ => "varchar".to_owned(),
    }
}

/// The names of a row's fields; `ROW(1, 'x')` has none, and Arrow's are `c0`, `c1`, ….
pub(crate) fn field_names(fields: &Fields) -> impl Iterator<Item = Option<&str>> {
    let unnamed = fields
        .iter()
        .enumerate()
        .all(|(position, field)| *field.name() == unnamed_field(position));
    fields
        .iter()
        .map(move |field| (!unnamed).then(|| field.name().as_str()))
}

fn unnamed_field(position: usize) -> String {
    format!("c{position}")
}

/// The type of this name; none if Trino has no such type. Lengths of `varchar(n)` are taken for
/// what they are elsewhere (see `dialect::types`).
pub(crate) fn parse_type(text: &str) -> Option<DataType> {
    let mut reader = Reader { rest: text.trim() };
    let data_type = reader.data_type()?;
    reader.rest.is_empty().then_some(data_type)
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn data_type(&mut self) -> Option<DataType> {
        let mut data_type = self.simple_type()?;
        // `bigint array`
        while self.word("array") {
            data_type = DataType::new_list(data_type, true);
        }
        Some(data_type)
    }

    fn simple_type(&mut self) -> Option<DataType> {
        let name = self.name()?.to_ascii_lowercase();
        Some(match name.as_str() {
            "boolean" => DataType::Boolean,
            "tinyint" => DataType::Int8,
            "smallint" => DataType::Int16,
            "int" | "integer" => DataType::Int32,
            "bigint" => DataType::Int64,
            "real" => DataType::Float32,
            "double" => {
                self.word("precision");
                DataType::Float64
            }
            "decimal" | "dec" | "numeric" => self.decimal()?,
            "varchar" => {
                self.parameters()?;
                DataType::Utf8
            }
            "char" => {
                let length = self.parameters()?.first().copied().unwrap_or(1);
                let is_length = (0..=MAX_CHAR_LENGTH).contains(&length);
                is_length.then(|| Own::Char(length).data_type())?
            }
            "varbinary" => {
                self.parameters()?;
                DataType::Binary
            }
            "date" => DataType::Date32,
            "time" => match self.temporal()? {
                (precision, false) => Own::Time(precision).data_type(),
                (precision, true) => Own::TimeWithZone(precision).data_type(),
            },
            "timestamp" => match self.temporal()? {
                (precision, false) => Own::Timestamp(precision).data_type(),
                (precision, true) => Own::TimestampWithZone(precision).data_type(),
            },
            "interval" => self.interval()?,
            "json" => Own::Json.data_type(),
            "uuid" => Own::Uuid.data_type(),
            "ipaddress" => Own::IpAddress.data_type(),
            "geometry" => Own::Geometry.data_type(),
            "sphericalgeography" => Own::SphericalGeography.data_type(),
            "bingtile" => Own::BingTile.data_type(),
            "hyperloglog" | "setdigest" | "tdigest" => Own::of_sketch(&name)?,
            "qdigest" => {
                let close = self.open()?;
                let element = type_name(&self.data_type()?);
                self.sign(close)
                    .then(|| Own::of_sketch(&format!("qdigest({element})")))??
            }
            "array" => {
                let close = self.open()?;
                let element = self.data_type()?;
                self.sign(close)
                    .then(|| DataType::new_list(element, true))?
            }
            "map" => {
                let close = self.open()?;
                let key = self.data_type()?;
                let value = self.sign(",").then(|| self.data_type())??;
                self.sign(close).then(|| map_type(key, value))?
            }
            "row" => self.row()?,
            _ => return None,
        })
    }

    /// `(p)`, `(p, s)`, or nothing.
    fn parameters(&mut self) -> Option<Vec<u32>> {
        let mut parameters = Vec::new();
        if !self.sign("(") {
            return Some(parameters);
        }
        loop {
            parameters.push(self.number()?);
            if !self.sign(",") {
                return self.sign(")").then_some(parameters);
            }
        }
    }

    fn decimal(&mut self) -> Option<DataType> {
        let parameters = self.parameters()?;
        let precision = parameters.first().copied().unwrap_or(38);
        let scale = parameters.get(1).copied().unwrap_or(0);
        let is_decimal =
            (1..=38).contains(&precision) && scale <= precision && parameters.len() <= 2;
        is_decimal.then_some(DataType::Decimal128(precision as u8, scale as i8))
    }

    /// A precision, and whether there is a zone.
    fn temporal(&mut self) -> Option<(u8, bool)> {
        let precision = self.parameters()?.first().copied().unwrap_or(3);
        let precision = u8::try_from(precision).ok()?;
        let with = self.word("with");
        if with || self.word("without") {
            let zone = self.word("time") && self.word("zone");
            zone.then_some(())?;
        }
        (precision <= MAX_TIME_PRECISION).then_some((precision, with))
    }

    fn interval(&mut self) -> Option<DataType> {
        if self.word("year") {
            let months = self.word("to") && self.word("month");
            return months.then_some(DataType::Interval(IntervalUnit::YearMonth));
        }
        let seconds = self.word("day") && self.word("to") && self.word("second");
        seconds.then_some(DataType::Duration(TimeUnit::Millisecond))
    }

    /// `row(a bigint, b row(varchar))`, `row(bigint, varchar)`.
    fn row(&mut self) -> Option<DataType> {
        let close = self.open()?;
        let mut fields = Vec::new();
        loop {
            fields.push(self.field(fields.len())?);
            if !self.sign(",") {
                break;
            }
        }
        self.sign(close).then(|| DataType::Struct(fields.into()))
    }

    fn field(&mut self, position: usize) -> Option<Field> {
        let before = self.rest;
        let name = self.name()?;
        if !self.rest.starts_with([',', ')', '>', '('])
            && let Some(data_type) = self.data_type()
        {
            return Some(Field::new(name.to_lowercase(), data_type, true));
        }
        self.rest = before;
        Some(Field::new(unnamed_field(position), self.data_type()?, true))
    }

    fn open(&mut self) -> Option<&'static str> {
        match () {
            () if self.sign("(") => Some(")"),
            () if self.sign("<") => Some(">"),
            () => None,
        }
    }

    fn sign(&mut self, sign: &str) -> bool {
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    /// The keyword, if it comes next.
    fn word(&mut self, word: &str) -> bool {
        let before = self.rest;
        let found = !before.starts_with('"')
            && self
                .name()
                .is_some_and(|name| name.eq_ignore_ascii_case(word));
        if !found {
            self.rest = before;
        }
        found
    }

    /// A name, quoted or not.
    fn name(&mut self) -> Option<&'a str> {
        if let Some(quoted) = self.rest.strip_prefix('"') {
            let (name, rest) = quoted.split_once('"')?;
            self.rest = rest.trim_start();
            return Some(name);
        }
        let end = self
            .rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        (!name.is_empty()).then_some(name)
    }

    fn number(&mut self) -> Option<u32> {
        let number = self.name()?.parse().ok()?;
        Some(number)
    }
}

/// `map(key, value)` as Arrow has it.
pub(crate) fn map_type(key: DataType, value: DataType) -> DataType {
    let entry = Fields::from(vec![
        Field::new("key", key, false),
        Field::new("value", value, true),
    ]);
    let entries = Field::new("entries", DataType::Struct(entry), false);
    DataType::Map(Arc::new(entries), false)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn types_are_named_as_they_are_read() {
        for (text, name) in [
            ("INT", "integer"),
            ("double precision", "double"),
            ("decimal", "decimal(38,0)"),
            ("DECIMAL(10, 2)", "decimal(10,2)"),
            ("char", "char(1)"),
            ("time(0) with time zone", "time(0) with time zone"),
            ("timestamp", "timestamp(3)"),
            ("timestamp(12) without time zone", "timestamp(12)"),
            (
                "timestamp ( 6 ) with time zone",
                "timestamp(6) with time zone",
            ),
            ("interval day to second", "interval day to second"),
            ("array(map(varchar, json))", "array(map(varchar, json))"),
            ("array<integer>", "array(integer)"),
            ("bigint array", "array(bigint)"),
            ("row(bigint, varchar)", "row(bigint, varchar)"),
            (
                "row ( a bigint , \"B c\" row(x timestamp(3) with time zone, time date))",
                "row(a bigint, b c row(x timestamp(3) with time zone, time date))",
            ),
        ] {
            assert_eq!(type_name(&parse_type(text).unwrap()), name, "{text}");
        }
        for text in [
            "",
            "string",
            "decimal(39)",
            "time(13)",
            "row()",
            "array(int",
            "int)",
        ] {
            assert_eq!(parse_type(text), None, "{text}");
        }
    }
}
