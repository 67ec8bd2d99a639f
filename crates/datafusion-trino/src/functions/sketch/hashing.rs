use std::io::Cursor;

use arrow::array::{Array, ArrayRef};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::functions::scalar::Input;
use crate::text::TextColumn;

/// A hash of each value that is not null: of the bytes of bigints, doubles and texts, and of the
/// text of everything else.
pub(super) fn hashes(values: &ArrayRef) -> Result<Vec<u64>> {
    let data_type = values.data_type();
    if data_type.is_integer() || *data_type == DataType::Boolean {
        let numbers = cast(values, &DataType::Int64)?;
        let numbers = <i64 as Input>::column(&numbers)?;
        return Ok(numbers
            .iter()
            .flatten()
            .map(|number| hash(&number.to_le_bytes()))
            .collect());
    }
    if data_type.is_floating() {
        let numbers = cast(values, &DataType::Float64)?;
        let numbers = <f64 as Input>::column(&numbers)?;
        return Ok(numbers
            .iter()
            .flatten()
            .map(|number| hash(&number.to_bits().to_le_bytes()))
            .collect());
    }
    let texts = TextColumn::new(values)?;
    Ok((0..values.len())
        .filter_map(|row| texts.text(row))
        .map(|text| hash(text.as_bytes()))
        .collect())
}

/// The first half of MurmurHash3's 128 bits.
fn hash(bytes: &[u8]) -> u64 {
    // Reading from memory cannot fail.
    let hash = murmur3::murmur3_x64_128(&mut Cursor::new(bytes), 0).unwrap_or_default();
    hash as u64
}
