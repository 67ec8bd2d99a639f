//! Hive's type names, as Glue keeps them, and Arrow's types.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, TimeUnit};

use crate::EngineError;

/// Deeper nesting than this is refused.
const DEEPEST: usize = 64;

/// The Arrow type of a Hive type such as `array<struct<code:string,score:double>>`.
///
/// # Errors
/// [`EngineError::InvalidMetadata`] if it is not a type.
pub fn arrow_type(text: &str) -> Result<DataType, EngineError> {
    let mut parser = Parser {
        text,
        rest: text,
        depth: 0,
    };
    let data_type = parser.data_type()?;
    if parser.rest.trim().is_empty() {
        Ok(data_type)
    } else {
        Err(parser.invalid())
    }
}

/// The Hive type that an Arrow type is kept as.
#[must_use]
pub fn hive_type(data_type: &DataType) -> String {
    match data_type {
        DataType::Boolean => "boolean".to_owned(),
        DataType::Int8 => "tinyint".to_owned(),
        DataType::Int16 | DataType::UInt8 => "smallint".to_owned(),
        DataType::Int32 | DataType::UInt16 => "int".to_owned(),
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => "bigint".to_owned(),
        DataType::Float16 | DataType::Float32 => "float".to_owned(),
        DataType::Float64 => "double".to_owned(),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => format!("decimal({precision},{scale})"),
        DataType::Date32 | DataType::Date64 => "date".to_owned(),
        DataType::Timestamp(..) => "timestamp".to_owned(),
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => "binary".to_owned(),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::ListView(item) => {
            format!("array<{}>", hive_type(item.data_type()))
        }
        DataType::Struct(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|field| format!("{}:{}", field.name(), hive_type(field.data_type())))
                .collect();
            format!("struct<{}>", fields.join(","))
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) if fields.len() == 2 => {
                format!(
                    "map<{},{}>",
                    hive_type(fields[0].data_type()),
                    hive_type(fields[1].data_type())
                )
            }
            _ => "string".to_owned(),
        },
        DataType::Dictionary(_, values) => hive_type(values),
        _ => "string".to_owned(),
    }
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn data_type(&mut self) -> Result<DataType, EngineError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.invalid());
        }
        let name = self.word().to_ascii_lowercase();
        let data_type = match name.as_str() {
            "boolean" => DataType::Boolean,
            "tinyint" | "byte" => DataType::Int8,
            "smallint" | "short" => DataType::Int16,
            "int" | "integer" => DataType::Int32,
            "bigint" | "long" => DataType::Int64,
            "float" | "real" => DataType::Float32,
            "double" => {
                let _ = self.symbol_word("precision");
                DataType::Float64
            }
            "string" => DataType::Utf8,
            "varchar" | "char" => {
                self.numbers()?;
                DataType::Utf8
            }
            "decimal" | "numeric" => match self.numbers()?.as_slice() {
                [] => DataType::Decimal128(10, 0),
                [precision] => self.decimal(*precision, 0)?,
                [precision, scale] => self.decimal(*precision, *scale)?,
                _ => return Err(self.invalid()),
            },
            "date" => DataType::Date32,
            "timestamp" => DataType::Timestamp(TimeUnit::Millisecond, None),
            "binary" => DataType::Binary,
            "array" => {
                self.expect('<')?;
                let item = self.data_type()?;
                self.expect('>')?;
                DataType::List(Arc::new(Field::new("item", item, true)))
            }
            "map" => {
                self.expect('<')?;
                let key = self.data_type()?;
                self.expect(',')?;
                let value = self.data_type()?;
                self.expect('>')?;
                let entries = Fields::from(vec![
                    Field::new("key", key, false),
                    Field::new("value", value, true),
                ]);
                DataType::Map(
                    Arc::new(Field::new("entries", DataType::Struct(entries), false)),
                    false,
                )
            }
            "struct" => {
                self.expect('<')?;
                let mut fields = Vec::new();
                loop {
                    let field = self.field_name()?;
                    self.expect(':')?;
                    fields.push(Field::new(field.to_lowercase(), self.data_type()?, true));
                    if !self.symbol(',') {
                        break;
                    }
                }
                self.expect('>')?;
                DataType::Struct(fields.into())
            }
            _ => return Err(self.invalid()),
        };
        self.depth -= 1;
        Ok(data_type)
    }

    fn decimal(&self, precision: u8, scale: u8) -> Result<DataType, EngineError> {
        match i8::try_from(scale) {
            Ok(scale_value) if (1..=38).contains(&precision) && scale <= precision => {
                Ok(DataType::Decimal128(precision, scale_value))
            }
            _ => Err(self.invalid()),
        }
    }

    /// `(10, 2)`, or nothing.
    fn numbers(&mut self) -> Result<Vec<u8>, EngineError> {
        let mut numbers = Vec::new();
        if !self.symbol('(') {
            return Ok(numbers);
        }
        loop {
            let digits = self.word();
            // Lengths of varchar go up to 65535; only decimals are asked for their numbers.
            let number = digits.parse::<u32>().map_err(|_| self.invalid())?;
            numbers.push(u8::try_from(number).unwrap_or(u8::MAX));
            if !self.symbol(',') {
                break;
            }
        }
        self.expect(')')?;
        Ok(numbers)
    }

    fn word(&mut self) -> &'a str {
        self.rest = self.rest.trim_start();
        let end = self
            .rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    /// A struct's field names may hold anything but a colon.
    fn field_name(&mut self) -> Result<&'a str, EngineError> {
        let end = self.rest.find(':').ok_or_else(|| self.invalid())?;
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        let name = name.trim().trim_matches('`');
        if name.is_empty() {
            Err(self.invalid())
        } else {
            Ok(name)
        }
    }

    fn symbol_word(&mut self, word: &str) -> bool {
        match self.rest.trim_start().strip_prefix(word) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn symbol(&mut self, symbol: char) -> bool {
        match self.rest.trim_start().strip_prefix(symbol) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, symbol: char) -> Result<(), EngineError> {
        if self.symbol(symbol) {
            Ok(())
        } else {
            Err(self.invalid())
        }
    }

    fn invalid(&self) -> EngineError {
        let place = self.text.len() - self.rest.len() + 1;
        EngineError::InvalidMetadata(format!("'{}' is not a type (at {place})", self.text))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn hive_types_survive_the_way_through_arrow() {
        for text in [
            "boolean",
            "tinyint",
            "smallint",
            "int",
            "bigint",
            "float",
            "double",
            "string",
            "date",
            "timestamp",
            "binary",
            "decimal(12,2)",
            "array<string>",
            "map<string,array<int>>",
            "array<struct<code:string,credits:int,score:double>>",
            "struct<이름:string,grade:int>",
        ] {
            assert_eq!(hive_type(&arrow_type(text).unwrap()), text);
        }
    }

    #[test]
    fn spellings_and_spaces_are_forgiven() {
        assert_eq!(arrow_type("DECIMAL").unwrap(), DataType::Decimal128(10, 0));
        assert_eq!(arrow_type("varchar(65535)").unwrap(), DataType::Utf8);
        assert_eq!(
            arrow_type(" Struct< A : int , B : string > ").unwrap(),
            arrow_type("struct<a:int,b:string>").unwrap()
        );
    }

    #[test]
    fn what_is_not_a_type_is_refused() {
        for text in [
            "",
            "strin",
            "array<",
            "array<int",
            "decimal(39,0)",
            "decimal(2,3)",
            "struct<>",
            "map<int>",
            "int int",
        ] {
            assert!(
                matches!(arrow_type(text), Err(EngineError::InvalidMetadata(_))),
                "{text}"
            );
        }
        assert!(arrow_type(&"array<".repeat(10_000)).is_err());
    }
}
