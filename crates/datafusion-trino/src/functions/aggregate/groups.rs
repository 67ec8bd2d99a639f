//! Rows that are the same.

use std::collections::HashMap;

use arrow::array::{ArrayRef, UInt32Array};
use arrow::compute::{SortOptions, take};
use arrow::row::{RowConverter, Rows, SortField};
use datafusion::common::Result;

/// Which rows are the same.
pub(super) struct Groups {
    /// The first row of each group, in the order of the rows.
    pub(super) firsts: Vec<u32>,
    /// The group of each row.
    pub(super) of_rows: Vec<usize>,
}

impl Groups {
    pub(super) fn of(columns: &[ArrayRef]) -> Result<Self> {
        let rows = comparable(columns, &vec![SortOptions::default(); columns.len()])?;
        let mut known = HashMap::with_capacity(rows.num_rows());
        let mut groups = Self {
            firsts: Vec::new(),
            of_rows: Vec::with_capacity(rows.num_rows()),
        };
        for (place, row) in rows.iter().enumerate() {
            let group = *known.entry(row).or_insert_with(|| {
                groups.firsts.push(place as u32);
                groups.firsts.len() - 1
            });
            groups.of_rows.push(group);
        }
        Ok(groups)
    }

    pub(super) fn len(&self) -> usize {
        self.firsts.len()
    }
}

/// Rows in a form that compares as they do.
pub(super) fn comparable(columns: &[ArrayRef], options: &[SortOptions]) -> Result<Rows> {
    let fields = columns
        .iter()
        .zip(options)
        .map(|(column, options)| SortField::new_with_options(column.data_type().clone(), *options));
    let converter = RowConverter::new(fields.collect())?;
    Ok(converter.convert_columns(columns)?)
}

/// These rows of all columns.
pub(super) fn take_rows(columns: &[ArrayRef], rows: Vec<u32>) -> Result<Vec<ArrayRef>> {
    let rows = UInt32Array::from(rows);
    let taken = columns.iter().map(|column| Ok(take(column, &rows, None)?));
    taken.collect()
}

/// The first row of each group by these keys.
pub(super) fn first_rows(columns: &[ArrayRef], keys: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
    take_rows(columns, Groups::of(keys)?.firsts)
}

/// The rows where a column is not null.
pub(in crate::functions) fn rows_with(
    columns: &[ArrayRef],
    column: &ArrayRef,
) -> Result<Vec<ArrayRef>> {
    match column.logical_nulls() {
        Some(nulls) => {
            let valid = nulls.valid_indices().map(|row| row as u32);
            take_rows(columns, valid.collect())
        }
        None => Ok(columns.to_vec()),
    }
}
