//! `split_to_map(string, entryDelimiter, keyValueDelimiter) -> map(varchar, varchar)` and
//! `split_to_multimap(…) -> map(varchar, array(varchar))`. Trino manual, "String functions and
//! operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("split_to_map('a=1,b=2', ',', '=')"), "{a=1, b=2}");
//! assert_eq!(evaluate("split_to_multimap('a=1,a=2', ',', '=')"), "{a=[1, 2]}");
//! assert_eq!(evaluate("split_to_map('a=1,a=2', ',', '=')"),
//!     "INVALID_FUNCTION_ARGUMENT: Duplicate keys (a) are not allowed");
//! ```

use std::sync::Arc;

use arrow::array::{ArrayBuilder, ListBuilder, MapBuilder, MapFieldNames, StringBuilder};
use arrow::datatypes::{DataType, Field};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::TrinoError;
use crate::functions::scalar::Kind::Varchar;
use crate::functions::scalar::{Call, Returns, scalar};

pub(in crate::functions) fn udfs() -> [ScalarUDF; 2] {
    [
        scalar("split_to_map")
            .overload(
                [Varchar, Varchar, Varchar],
                Returns::Of(|_| Ok(map_of(DataType::Utf8))),
                |call| {
                    let mut maps = builder(StringBuilder::new());
                    each_row(call, &mut maps, |maps, entries| {
                        for (place, (key, value)) in entries.iter().enumerate() {
                            if entries[..place].iter().any(|(earlier, _)| earlier == key) {
                                return Err(TrinoError::invalid_argument(format!(
                                    "Duplicate keys ({key}) are not allowed"
                                )));
                            }
                            maps.keys().append_value(key);
                            maps.values().append_value(value);
                        }
                        Ok(())
                    })?;
                    Ok(Arc::new(maps.finish()))
                },
            )
            .udf(),
        scalar("split_to_multimap")
            .overload(
                [Varchar, Varchar, Varchar],
                Returns::Of(|_| Ok(map_of(DataType::new_list(DataType::Utf8, true)))),
                |call| {
                    let mut maps = builder(ListBuilder::new(StringBuilder::new()));
                    each_row(call, &mut maps, |maps, entries| {
                        for (place, (key, _)) in entries.iter().enumerate() {
                            if entries[..place].iter().any(|(earlier, _)| earlier == key) {
                                continue;
                            }
                            maps.keys().append_value(key);
                            let same = entries.iter().filter(|(other, _)| other == key);
                            for (_, value) in same {
                                maps.values().values().append_value(value);
                            }
                            maps.values().append(true);
                        }
                        Ok(())
                    })?;
                    Ok(Arc::new(maps.finish()))
                },
            )
            .udf(),
    ]
}

type Maps<V> = MapBuilder<StringBuilder, V>;

fn builder<V: ArrayBuilder>(values: V) -> Maps<V> {
    let names = MapFieldNames {
        entry: "entries".to_owned(),
        key: "key".to_owned(),
        value: "value".to_owned(),
    };
    MapBuilder::new(Some(names), StringBuilder::new(), values)
}

fn map_of(values: DataType) -> DataType {
    let entry = vec![
        Field::new("key", DataType::Utf8, false),
        Field::new("value", values, true),
    ];
    let entries = Field::new("entries", DataType::Struct(entry.into()), false);
    DataType::Map(Arc::new(entries), false)
}

fn each_row<V: ArrayBuilder>(
    call: &Call<'_>,
    maps: &mut Maps<V>,
    append: impl Fn(&mut Maps<V>, &[(&str, &str)]) -> Result<()>,
) -> Result<()> {
    let texts = call.column::<&str>(0)?;
    let (entry, pair) = (call.column::<&str>(1)?, call.column::<&str>(2)?);
    for row in 0..call.rows() {
        let (Some(text), Some(entry), Some(pair)) = (texts.get(row), entry.get(row), pair.get(row))
        else {
            maps.append(false)?;
            continue;
        };
        append(maps, &entries(text, entry, pair)?)?;
        maps.append(true)?;
    }
    Ok(())
}

fn entries<'a>(text: &'a str, entry: &str, pair: &str) -> Result<Vec<(&'a str, &'a str)>> {
    let refused = |message: &str| Err(TrinoError::invalid_argument(message));
    if entry.is_empty() {
        return refused("entryDelimiter is empty");
    }
    if pair.is_empty() {
        return refused("keyValueDelimiter is empty");
    }
    if entry == pair {
        return refused("entryDelimiter and keyValueDelimiter must not be the same");
    }
    text.split_terminator(entry)
        .map(|entry| match entry.split_once(pair) {
            Some((key, value)) if !value.contains(pair) => Ok((key, value)),
            _ => Err(TrinoError::invalid_argument(format!(
                "Key-value delimiter must appear exactly once in each entry. Bad input: '{entry}'"
            ))),
        })
        .collect()
}
