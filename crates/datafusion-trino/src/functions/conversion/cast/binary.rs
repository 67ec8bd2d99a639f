//! Between bytes, UUIDs and addresses.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, BinaryBuilder, StructArray};
use arrow::compute::cast as arrow_cast;
use arrow::datatypes::DataType;
use datafusion::common::Result;

use super::invalid;
use crate::functions::scalar::{Input, Output};
use crate::types::{IpAddress, Own, Packed, Uuid, type_name};

/// Between bytes and the sketches that they are of.
pub(super) fn sketch(array: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    match to {
        DataType::Struct(fields) => {
            let bytes = arrow_cast(array, &DataType::Binary)?;
            let nulls = bytes.nulls().cloned();
            let sketches = StructArray::try_new(fields.clone(), vec![bytes], nulls)?;
            Ok(Arc::new(sketches))
        }
        _ => {
            let sketches = Packed::<&[u8]>::column(array)?;
            let bytes = (0..array.len()).map(|row| Packed::<&[u8]>::get(&sketches, row));
            let bytes: BinaryArray = bytes.map(|packed| packed.map(|packed| packed.0)).collect();
            Ok(arrow_cast(&bytes, to)?)
        }
    }
}

pub(super) fn cast(array: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    match Own::of(to) {
        Some(Own::Uuid) => read(array, to, |bytes| match <[u8; 16]>::try_from(bytes) {
            Ok(bytes) => Ok(Uuid(bytes)),
            Err(_) => Err(invalid(format!(
                "Invalid UUID binary length: {}",
                bytes.len()
            ))),
        }),
        Some(Own::IpAddress) => read(array, to, |bytes| {
            if let Ok(bytes) = <[u8; 16]>::try_from(bytes) {
                return Ok(IpAddress(bytes));
            }
            match <[u8; 4]>::try_from(bytes) {
                Ok(v4) => Ok(IpAddress(
                    std::net::Ipv4Addr::from(v4).to_ipv6_mapped().octets(),
                )),
                Err(_) => Err(invalid(format!(
                    "Invalid IP address binary length: {}",
                    bytes.len()
                ))),
            }
        }),
        _ => {
            let row = array.as_struct_opt().ok_or_else(|| {
                invalid(format!(
                    "Cannot cast {} to varbinary",
                    type_name(array.data_type())
                ))
            })?;
            let fixed = row.column(0).as_fixed_size_binary();
            let mut bytes = BinaryBuilder::with_capacity(row.len(), row.len() * 16);
            for place in 0..row.len() {
                match row.is_valid(place) {
                    true => bytes.append_value(fixed.value(place)),
                    false => bytes.append_null(),
                }
            }
            let bytes: ArrayRef = Arc::new(bytes.finish());
            Ok(arrow_cast(&bytes, to)?)
        }
    }
}

fn read<R: Output>(
    array: &ArrayRef,
    to: &DataType,
    value: impl Fn(&[u8]) -> Result<R>,
) -> Result<ArrayRef> {
    let bytes = arrow_cast(array, &DataType::Binary)?;
    let column: &BinaryArray = <&[u8] as Input<'_>>::column(&bytes)?;
    let mut builder = R::builder(array.len(), to)?;
    for row in 0..array.len() {
        let bytes = column.is_valid(row).then(|| column.value(row));
        R::append(bytes.map(&value).transpose()?, &mut builder);
    }
    Ok(R::finish(builder))
}
