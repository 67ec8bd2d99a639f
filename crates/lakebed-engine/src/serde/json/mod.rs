//! The JSON SerDes of Hive and OpenX: an object a record, missing members null, members that no
//! column has ignored ("Hive JSON SerDe" and "OpenX JSON SerDe", Athena user guide).

mod columns;
mod names;
mod syntax;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Schema, SchemaRef};

use self::columns::{Columns, Misfit, not_null};
use self::names::{Names, Order};
use super::Parameters;
use crate::text::{Margins, RecordEnd, RecordError, TextFormat};

/// How a table's records are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Json {
    pub(crate) dialect: Dialect,
    pub(crate) end: RecordEnd,
    pub(crate) margins: Margins,
}

/// In what the two SerDes and their settings differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// Hive's SerDe, which is stricter about types; otherwise OpenX's.
    pub(crate) is_hive: bool,
    /// Records that are not JSON become rows of nulls (`ignore.malformed.json`).
    pub(crate) ignore_malformed: bool,
    /// Values that are not of their column's type become null (`use.null.for.invalid.data`).
    pub(crate) null_for_invalid: bool,
    /// `case.insensitive`.
    pub(crate) case_insensitive: bool,
    /// A key `a.b` goes to the column `a_b` (`dots.in.keys`).
    pub(crate) dots_in_keys: bool,
    /// Keys of columns (`mapping.column`).
    pub(crate) mapping: HashMap<String, String>,
}

impl Dialect {
    /// The OpenX SerDe without settings.
    pub(crate) fn open_x() -> Self {
        Self {
            is_hive: false,
            ignore_malformed: false,
            null_for_invalid: false,
            case_insensitive: true,
            dots_in_keys: false,
            mapping: HashMap::new(),
        }
    }

    /// The OpenX SerDe as a table sets it.
    pub(crate) fn of_open_x_table(parameters: &Parameters<'_>) -> Self {
        Self {
            is_hive: false,
            ignore_malformed: parameters.is_true("ignore.malformed.json"),
            null_for_invalid: parameters.is_true("use.null.for.invalid.data"),
            case_insensitive: parameters
                .serde("case.insensitive")
                .is_none_or(|text| !text.trim().eq_ignore_ascii_case("false")),
            dots_in_keys: parameters.is_true("dots.in.keys"),
            mapping: parameters
                .with_prefix("mapping.")
                .map(|(column, key)| (column.to_lowercase(), key.to_owned()))
                .collect(),
        }
    }

    /// Hive's SerDe as a table sets it.
    pub(crate) fn of_hive_table(parameters: &Parameters<'_>) -> Self {
        Self {
            is_hive: true,
            ignore_malformed: parameters.is_true("ignore.malformed.json"),
            null_for_invalid: false,
            ..Self::open_x()
        }
    }

    fn malformed(&self, record: usize, reason: &str) -> RecordError {
        let reason = if self.is_hive {
            format!("JsonParseException: {reason}")
        } else {
            format!("Row is not a valid JSON Object - JSONException: {reason}")
        };
        RecordError::unreadable(record, reason)
    }
}

impl TextFormat for Json {
    fn record_end(&self) -> RecordEnd {
        self.end
    }

    fn margins(&self) -> Margins {
        self.margins
    }

    fn decode(
        &self,
        records: &[&[u8]],
        schema: &SchemaRef,
        columns: &[usize],
    ) -> Result<RecordBatch, RecordError> {
        let rows = Rows::find(&self.dialect, records, schema, columns)?;
        rows.batch(&self.dialect, schema, columns)
    }
}

/// Where in the records the wanted columns' values are.
struct Rows<'a> {
    /// Which record each row is: blank ones are no rows.
    numbers: Vec<usize>,
    /// A column's values, for each wanted column.
    values: Vec<Vec<Option<&'a [u8]>>>,
}

impl<'a> Rows<'a> {
    fn find(
        dialect: &Dialect,
        records: &[&'a [u8]],
        schema: &Schema,
        wanted: &[usize],
    ) -> Result<Self, RecordError> {
        let names = Names::of_columns(schema, wanted, dialect);
        let mut order = Order::default();
        let mut rows = Self {
            numbers: Vec::with_capacity(records.len()),
            values: vec![Vec::with_capacity(records.len()); wanted.len()],
        };
        let mut row = vec![None; wanted.len()];
        for (number, &record) in records.iter().enumerate() {
            if record.trim_ascii().is_empty() {
                continue;
            }
            row.fill(None);
            order.begin();
            let mut twice = None;
            let read = syntax::record(record, |key, value| {
                if let Some(column) = order.find(&names, key)
                    && row[column].replace(value).is_some()
                {
                    twice.get_or_insert(key);
                }
            });
            // "If you have two keys like URL and Url …", OpenX JSON SerDe, Athena user guide.
            let wrong = match (read, twice) {
                (Err(error), _) => Some(error.to_string()),
                (Ok(()), Some(key)) => {
                    Some(format!("Duplicate key \"{}\"", key.text().to_lowercase()))
                }
                (Ok(()), None) => None,
            };
            match wrong {
                None => {}
                Some(_) if dialect.ignore_malformed => row.fill(None),
                Some(reason) => return Err(dialect.malformed(number, &reason)),
            }
            rows.numbers.push(number);
            for (values, value) in rows.values.iter_mut().zip(&row) {
                values.push(value.and_then(not_null));
            }
        }
        Ok(rows)
    }

    fn batch(
        self,
        dialect: &Dialect,
        schema: &Schema,
        wanted: &[usize],
    ) -> Result<RecordBatch, RecordError> {
        let mut arrays = Vec::with_capacity(wanted.len());
        for (values, &field) in self.values.iter().zip(wanted) {
            let columns = Columns { dialect, field };
            let data_type = schema.field(field).data_type();
            let array = columns.column(values, data_type).map_err(|misfit| {
                let Misfit { row, reason } = misfit;
                RecordError::value(
                    self.numbers.get(row).copied(),
                    format!("column '{}': {reason}", schema.field(field).name()),
                )
            })?;
            arrays.push(array);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(self.numbers.len()));
        let projected = Arc::new(schema.project(wanted)?);
        Ok(RecordBatch::try_new_with_options(
            projected, arrays, &options,
        )?)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use arrow::datatypes::Field;
    use arrow::util::display::array_value_to_string;
    use arrow::util::pretty::pretty_format_batches;

    use super::*;
    use crate::types::arrow_type;

    fn json(dialect: Dialect) -> Json {
        Json {
            dialect,
            end: RecordEnd::Line,
            margins: Margins::default(),
        }
    }

    fn hive() -> Dialect {
        Dialect {
            is_hive: true,
            ..Dialect::open_x()
        }
    }

    fn schema(columns: &[(&str, &str)]) -> SchemaRef {
        Arc::new(Schema::new(
            columns
                .iter()
                .map(|(name, kind)| Field::new(*name, arrow_type(kind).unwrap(), true))
                .collect::<Vec<_>>(),
        ))
    }

    /// One value as a column of a type, or what is wrong with it.
    fn read(dialect: Dialect, kind: &str, value: &str) -> Result<String, String> {
        let record = format!("{{\"c\": {value}}}");
        let batch = json(dialect)
            .decode(&[record.as_bytes()], &schema(&[("c", kind)]), &[0])
            .map_err(|error| error.reason)?;
        Ok(array_value_to_string(batch.column(0), 0).unwrap())
    }

    #[test]
    fn members_are_found_by_name_whatever_the_case() {
        let columns = [
            ("id", "string"),
            ("name", "struct<ko:string,en:string>"),
            ("scores", "array<double>"),
        ];
        let records: [&[u8]; 4] = [
            r#"{"ID": 7, "Name": {"KO": "김", "extra": 1}, "scores": [1, 2.5]}"#.as_bytes(),
            b"",
            br#"{"name": null, "other": {"id": 1}, "id": "x"}"#,
            br#"{"scores": [], "id": "y"}"#,
        ];
        let batch = json(Dialect::open_x())
            .decode(&records, &schema(&columns), &[0, 1, 2])
            .unwrap();
        assert_eq!(
            pretty_format_batches(&[batch]).unwrap().to_string(),
            "+----+----------------+------------+\n\
             | id | name           | scores     |\n\
             +----+----------------+------------+\n\
             | 7  | {ko: 김, en: } | [1.0, 2.5] |\n\
             | x  |                |            |\n\
             | y  |                | []         |\n\
             +----+----------------+------------+"
        );
    }

    #[test]
    fn open_x_reads_a_value_as_many_types() {
        for (kind, value, expected) in [
            ("int", "\"7\"", "7"),
            ("int", "2.0", "2"),
            ("bigint", "1e3", "1000"),
            ("bigint", "9223372036854775807", "9223372036854775807"),
            ("string", "1.50", "1.50"),
            ("string", "true", "true"),
            ("string", "{ \"a\": [1, 2] }", "{\"a\":[1,2]}"),
            ("string", "\"\\uAE40\"", "김"),
            ("boolean", "\"TRUE\"", "true"),
            ("boolean", "1", "false"),
            ("double", "\"2.5\"", "2.5"),
            ("decimal(5,2)", "1.005", "1.01"),
            ("date", "\"2025-01-31\"", "2025-01-31"),
            (
                "timestamp",
                "\"2025-01-31T10:11:12Z\"",
                "2025-01-31T10:11:12",
            ),
            (
                "timestamp",
                "\"2025-01-31 10:11:12.5\"",
                "2025-01-31T10:11:12.500",
            ),
            ("timestamp", "1738318272", "2025-01-31T10:11:12"),
            ("timestamp", "1738318272500", "2025-01-31T10:11:12.500"),
            ("array<int>", "5", "[5]"),
            ("array<int>", "\"\"", ""),
            ("struct<a:int>", "\" \"", ""),
            (
                "map<string,int>",
                "{\"A\": 1, \"b\": null, \"A\": 2}",
                "{A: 2, b: }",
            ),
            ("map<int,string>", "{\"7\": \"x\"}", "{7: x}"),
            (
                "array<struct<a:array<int>>>",
                "[{\"A\": [1]}, null]",
                "[{a: [1]}, ]",
            ),
            ("int", "null", ""),
        ] {
            assert_eq!(
                read(Dialect::open_x(), kind, value).as_deref(),
                Ok(expected),
                "{value} as {kind}"
            );
        }
    }

    #[test]
    fn values_of_other_types_are_errors_in_the_words_of_the_serdes() {
        let open_x = Dialect::open_x;
        for (dialect, kind, value, expected) in [
            (
                open_x(),
                "int",
                "\"x\"",
                "Error parsing field value 'x' for field 0: For input string: \"x\"",
            ),
            (
                open_x(),
                "tinyint",
                "300",
                "Error parsing field value '300' for field 0: For input string: \"300\"",
            ),
            (
                open_x(),
                "struct<a:int>",
                "\"x\"",
                "Error parsing field value for field 0: java.lang.String cannot be cast to org.openx.data.jsonserde.json.JSONObject",
            ),
            (
                open_x(),
                "int",
                "{}",
                "Error parsing field value for field 0: org.openx.data.jsonserde.json.JSONObject cannot be cast to org.openx.data.jsonserde.json.JsonString",
            ),
            (
                hive(),
                "int",
                "\"7\"",
                "Current token (VALUE_STRING) not numeric, can not use numeric value accessors",
            ),
            (
                hive(),
                "array<int>",
                "7",
                "Error parsing field value for field 0: java.lang.Number cannot be cast to org.openx.data.jsonserde.json.JSONArray",
            ),
            (
                hive(),
                "string",
                "{}",
                "Invalid JSON: varchar value must be a scalar json value",
            ),
        ] {
            let error = read(dialect, kind, value).unwrap_err();
            assert_eq!(
                error,
                format!("column 'c': {expected}"),
                "{value} as {kind}"
            );
        }
        let lenient = Dialect {
            null_for_invalid: true,
            ..open_x()
        };
        assert_eq!(read(lenient, "int", "\"x\"").as_deref(), Ok(""));
        assert_eq!(read(hive(), "int", "7.9").as_deref(), Ok("7"));
    }

    #[test]
    fn a_misfit_deep_in_a_value_names_its_record() {
        let schema = schema(&[("c", "array<map<string,int>>")]);
        let records: [&[u8]; 4] = [
            b"{\"c\": [{\"a\": 1}, {\"b\": 2}]}",
            b"",
            b"{\"c\": []}",
            b"{\"c\": [{\"a\": 1}, {\"b\": \"x\"}]}",
        ];
        let error = json(Dialect::open_x())
            .decode(&records, &schema, &[0])
            .unwrap_err();
        assert_eq!(error.record, Some(3));
        assert!(!error.unreadable);
    }

    #[test]
    fn keys_are_mapped_as_the_table_says() {
        let dialect = Dialect {
            case_insensitive: false,
            dots_in_keys: true,
            mapping: [("one", "URL"), ("two", "Url")]
                .map(|(column, key)| (column.to_owned(), key.to_owned()))
                .into(),
            ..Dialect::open_x()
        };
        let schema = schema(&[
            ("one", "int"),
            ("two", "int"),
            ("a_b", "int"),
            ("url", "int"),
        ]);
        let record: &[u8] = b"{\"URL\": 1, \"Url\": 2, \"a.b\": 3, \"uRl\": 4}";
        let batch = json(dialect)
            .decode(&[record], &schema, &[0, 1, 2, 3])
            .unwrap();
        let row: Vec<String> = (0..4)
            .map(|column| array_value_to_string(batch.column(column), 0).unwrap())
            .collect();
        assert_eq!(row, ["1", "2", "3", ""]);
    }

    #[test]
    fn what_is_no_object_is_an_error_unless_it_is_to_be_ignored() {
        let schema = schema(&[("url", "string")]);
        for (record, reason) in [
            ("{\"url\": ", "End of input at character 8"),
            ("{\"URL\": 1, \"Url\": 2}", "Duplicate key \"url\""),
            (
                "plain text",
                "A JSONObject text must begin with '{' at character 0",
            ),
        ] {
            let records: [&[u8]; 2] = [b"{}", record.as_bytes()];
            let error = json(Dialect::open_x())
                .decode(&records, &schema, &[0])
                .unwrap_err();
            assert_eq!(
                (error.record, error.unreadable, error.reason),
                (
                    Some(1),
                    true,
                    format!("Row is not a valid JSON Object - JSONException: {reason}")
                )
            );
            let lenient = Dialect {
                ignore_malformed: true,
                ..Dialect::open_x()
            };
            let batch = json(lenient).decode(&records, &schema, &[0]).unwrap();
            assert_eq!((batch.num_rows(), batch.column(0).null_count()), (2, 2));
        }
    }
}
