//! Sketches as bytes, and how aggregates make them of rows.

use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BinaryArray};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::error::DataFusionError;

use crate::error::TrinoError;
use crate::functions::aggregate::groups::rows_with;
use crate::functions::aggregate::reduction::{Reduction, one};
use crate::functions::scalar::Input;
use crate::types::Packed;

/// A summary that can be written, read and merged.
pub(super) trait Summary: Sized + 'static {
    /// # Errors
    /// `INVALID_FUNCTION_ARGUMENT` if the bytes are of something else.
    fn read(bytes: &[u8]) -> Result<Self>;
    fn write(&self) -> Vec<u8>;
    fn merge(&mut self, other: Self);
}

/// Bytes that are no such summary.
pub(super) fn unreadable(name: &str) -> DataFusionError {
    TrinoError::invalid_argument(format!("Cannot deserialize {name}"))
}

/// Numbers of eight bytes each; none if there are others.
pub(super) fn numbers(bytes: &[u8]) -> Option<impl Iterator<Item = [u8; 8]>> {
    let (numbers, rest) = bytes.as_chunks::<8>();
    rest.is_empty().then(|| numbers.iter().copied())
}

/// A summary of rows with a value, by `add`; null without any.
pub(super) struct Building<S: Summary>(pub(super) fn(&[ArrayRef]) -> Result<S>);

impl<S: Summary> Debug for Building<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Building")
    }
}

impl<S: Summary> Reduction for Building<S> {
    fn state(&self, _: &[DataType]) -> Vec<DataType> {
        vec![DataType::Binary]
    }

    fn prepare(&self, arguments: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        let rows = rows_with(arguments, &arguments[0])?;
        match rows[0].is_empty() {
            true => Ok(column(None)),
            false => Ok(column(Some((self.0)(&rows)?.write()))),
        }
    }

    fn compact(&self, state: Vec<ArrayRef>) -> Result<Vec<ArrayRef>> {
        Ok(column(merged::<S>(&state)?.map(|summary| summary.write())))
    }

    fn finish(&self, state: &[ArrayRef], returns: &DataType) -> Result<ArrayRef> {
        one(
            merged::<S>(state)?.map(|summary| Packed(summary.write())),
            returns,
        )
    }
}

fn column(bytes: Option<Vec<u8>>) -> Vec<ArrayRef> {
    let bytes = BinaryArray::from_iter([bytes].into_iter().flatten().map(Some));
    vec![Arc::new(bytes)]
}

fn merged<S: Summary>(state: &[ArrayRef]) -> Result<Option<S>> {
    let mut all: Option<S> = None;
    for bytes in state[0].as_binary::<i32>().iter().flatten() {
        let next = S::read(bytes)?;
        match &mut all {
            Some(all) => all.merge(next),
            None => all = Some(next),
        }
    }
    Ok(all)
}

/// The merged summaries of a column of them.
pub(super) fn merge_column<S: Summary>(columns: &[ArrayRef]) -> Result<S> {
    let packed = Packed::<&[u8]>::column(&columns[0])?;
    let mut rows = (0..columns[0].len()).filter_map(|row| Packed::<&[u8]>::get(&packed, row));
    let Some(first) = rows.next() else {
        return Err(TrinoError::invalid_argument("nothing to merge"));
    };
    let mut all = S::read(first.0)?;
    for next in rows {
        all.merge(S::read(next.0)?);
    }
    Ok(all)
}
