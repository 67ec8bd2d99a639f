//! The records of a sample, read in one pass: a few are kept, of the others what a schema needs.

use csv::StringRecord;

use super::CsvRules;
use crate::inference::column_type::ColumnType;
use crate::inference::values::type_of;

/// Records kept: what is so in these is so in the others.
const KEPT: usize = 1_000;

/// The part of the records that must have as many columns as the first.
const CONSISTENT: f64 = 0.7;

/// What a sample holds if it is read by one delimiter.
pub(super) struct Records {
    pub(super) first: StringRecord,
    /// Those that follow the first, as far as they are kept.
    pub(super) kept: Vec<StringRecord>,
    /// How many follow the first.
    followers: u64,
    /// How many of them are as wide as the first.
    as_wide: u64,
    /// The types of the followers' columns.
    types: Vec<ColumnType>,
    /// A follower has a value that is neither text nor missing.
    pub(super) typed: bool,
}

impl Records {
    /// Reads the sample; none if it cannot be read by this delimiter or is no table.
    pub(super) fn read(
        text: &str,
        truncated: bool,
        delimiter: char,
        quote: char,
        rules: &CsvRules,
    ) -> Option<Self> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(u8::try_from(delimiter).ok()?)
            .quote(u8::try_from(quote).ok()?)
            .trim(if rules.trim {
                csv::Trim::All
            } else {
                csv::Trim::None
            })
            .from_reader(text.as_bytes());
        let mut first = StringRecord::new();
        if !reader.read_record(&mut first).ok()? || first.len() < rules.least_columns() {
            return None;
        }
        let mut records = Self {
            types: vec![ColumnType::Unknown; first.len()],
            first,
            kept: Vec::new(),
            followers: 0,
            as_wide: 0,
            typed: false,
        };
        let mut record = StringRecord::new();
        let mut next = StringRecord::new();
        let mut more = reader.read_record(&mut record).ok()?;
        while more {
            more = reader.read_record(&mut next).ok()?;
            // The sample's end may cut its last record.
            if more || !truncated {
                records.add(&record);
            }
            std::mem::swap(&mut record, &mut next);
        }
        records.is_table().then_some(records)
    }

    fn add(&mut self, record: &StringRecord) {
        self.followers += 1;
        self.as_wide += u64::from(record.len() == self.first.len());
        for (kind, cell) in self.types.iter_mut().zip(record) {
            // Nothing widens text.
            if *kind == ColumnType::String && self.typed {
                continue;
            }
            let found = type_of(cell);
            self.typed |= !matches!(found, ColumnType::String | ColumnType::Unknown);
            *kind = std::mem::replace(kind, ColumnType::Unknown).merge(found);
        }
        if self.kept.len() < KEPT {
            self.kept.push(record.clone());
        }
    }

    /// A record follows the first, and most are as wide as it.
    fn is_table(&self) -> bool {
        self.followers > 0 && (self.as_wide + 1) as f64 >= CONSISTENT * (self.followers + 1) as f64
    }

    /// How many columns the first record has.
    pub(super) fn width(&self) -> usize {
        self.first.len()
    }

    /// How many rows there are if the first record is a header, or not.
    pub(super) fn rows(&self, header: bool) -> u64 {
        self.followers + u64::from(!header)
    }

    /// The kept rows.
    pub(super) fn kept_rows(&self, header: bool) -> impl Iterator<Item = &StringRecord> + Clone {
        let first = (!header).then_some(&self.first);
        first.into_iter().chain(&self.kept)
    }

    /// The types of the columns.
    pub(super) fn types(&self, header: bool) -> Vec<ColumnType> {
        let mut types = self.types.clone();
        if !header {
            for (kind, cell) in types.iter_mut().zip(&self.first) {
                *kind = std::mem::replace(kind, ColumnType::Unknown).merge(type_of(cell));
            }
        }
        types
    }
}
