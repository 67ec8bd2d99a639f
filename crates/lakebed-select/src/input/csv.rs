use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};

use csv::{ReaderBuilder, StringRecord, Terminator};

use super::{CsvInput, HeaderUse};
use crate::evaluate::Record;
use crate::statement::Step;
use crate::value::Value;
use crate::{Error, Result};

/// The records of a CSV object.
pub(crate) struct CsvRecords {
    reader: csv::Reader<BufReader<Box<dyn Read + Send>>>,
    record: StringRecord,
    names: Names,
    /// Where the reader began, and from where on no record counts. In bytes.
    begin: u64,
    end: u64,
}

/// The names of columns, if there are any.
#[derive(Debug, Default)]
pub(crate) struct Names {
    list: Vec<String>,
    exact: HashMap<String, usize>,
    any_case: HashMap<String, usize>,
}

/// A line of CSV.
pub(crate) struct CsvRecord<'r> {
    record: &'r StringRecord,
    names: &'r Names,
}

impl Names {
    fn of(header: &StringRecord) -> Self {
        let mut names = Self::default();
        for (at, name) in header.iter().enumerate() {
            let name = name.trim_start_matches('\u{feff}');
            names.list.push(name.to_owned());
            names.exact.entry(name.to_owned()).or_insert(at);
            names.any_case.entry(name.to_lowercase()).or_insert(at);
        }
        names
    }

    fn find(&self, step: &Step) -> Option<usize> {
        match step {
            Step::Name(name) => self
                .any_case
                .get(&name.to_lowercase())
                .copied()
                .or_else(|| crate::evaluate::position(name)),
            Step::Quoted(name) => self
                .exact
                .get(name)
                .copied()
                .or_else(|| crate::evaluate::position(name)),
            Step::At(_) | Step::Each => None,
        }
    }
}

impl CsvRecords {
    /// Begins to read. With `partial` the input begins in the middle of a record, which is
    /// skipped.
    ///
    /// # Errors
    /// `InvalidTextEncoding`, `CSVParsingError`.
    pub(crate) fn new(
        mut input: BufReader<Box<dyn Read + Send>>,
        format: &CsvInput,
        header: Option<StringRecord>,
        begin: u64,
        partial: bool,
        end: u64,
    ) -> Result<Self> {
        let mut skipped = 0;
        if partial {
            skipped = skip_until(&mut input, format.record_delimiter)?;
        }
        let doubled = format.quote_escape == format.quote;
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(format.field_delimiter)
            .terminator(match format.record_delimiter {
                b'\n' => Terminator::CRLF,
                other => Terminator::Any(other),
            })
            .quote(format.quote)
            .double_quote(doubled)
            .escape((!doubled).then_some(format.quote_escape))
            .comment(format.comment)
            .from_reader(input);
        let mut records = Self {
            reader,
            record: StringRecord::new(),
            names: Names::default(),
            begin: begin + skipped,
            end,
        };
        if begin == 0 && !partial && format.header != HeaderUse::None {
            records.read()?;
            if format.header == HeaderUse::Use {
                records.names = Names::of(&records.record);
            }
        } else if let Some(header) = header.filter(|_| format.header == HeaderUse::Use) {
            records.names = Names::of(&header);
        }
        Ok(records)
    }

    /// The first line of an object, for readers that begin later.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(crate) fn header(
        input: BufReader<Box<dyn Read + Send>>,
        format: &CsvInput,
    ) -> Result<StringRecord> {
        let plain = CsvInput {
            header: HeaderUse::None,
            ..format.clone()
        };
        let mut records = Self::new(input, &plain, None, 0, false, u64::MAX)?;
        records.read()?;
        Ok(records.record)
    }

    fn read(&mut self) -> Result<bool> {
        if self.begin + self.reader.position().byte() >= self.end {
            return Ok(false);
        }
        self.reader
            .read_record(&mut self.record)
            .map_err(|error| match error.kind() {
                csv::ErrorKind::Utf8 { .. } => Error::data(
                    "InvalidTextEncoding",
                    format!("the object is not encoded in UTF-8: {error}"),
                ),
                csv::ErrorKind::Io(_) => Error::data(
                    "TruncatedInput",
                    format!("the object could not be read to its end: {error}"),
                ),
                _ => Error::data("CSVParsingError", format!("the object is not CSV: {error}")),
            })
    }

    /// The next record.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(crate) fn next(&mut self) -> Result<Option<CsvRecord<'_>>> {
        Ok(self.read()?.then_some(CsvRecord {
            record: &self.record,
            names: &self.names,
        }))
    }
}

impl Record for CsvRecord<'_> {
    fn get(&self, steps: &[Step]) -> Cow<'_, Value> {
        let [step] = steps else {
            return Cow::Owned(Value::Missing);
        };
        let found = self.names.find(step).and_then(|at| self.record.get(at));
        Cow::Owned(found.map_or(Value::Missing, |text| Value::Text(text.to_owned())))
    }

    fn fields(&self) -> Vec<(Cow<'_, str>, Cow<'_, Value>)> {
        let name = |at: usize| match self.names.list.get(at) {
            Some(name) => Cow::Borrowed(name.as_str()),
            None => Cow::Owned(format!("_{}", at + 1)),
        };
        self.record
            .iter()
            .enumerate()
            .map(|(at, text)| (name(at), Cow::Owned(Value::Text(text.to_owned()))))
            .collect()
    }
}

/// Skips what ends with a delimiter; says how many bytes that were.
pub(super) fn skip_until(input: &mut impl BufRead, delimiter: u8) -> Result<u64> {
    let mut skipped = Vec::new();
    Ok(input.read_until(delimiter, &mut skipped)? as u64)
}
