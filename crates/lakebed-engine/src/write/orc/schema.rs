//! A file's types: a tree as a list, parents before their children.

use arrow::datatypes::{DataType, Fields, Schema};
use orc_rust::proto::r#type::Kind;
use orc_rust::proto::{self};

use crate::{EngineError, types};

/// The types of a file with these columns.
///
/// # Errors
/// [`EngineError::UnsupportedFormat`] for a type that ORC does not have.
pub(super) fn types(schema: &Schema) -> Result<Vec<proto::Type>, EngineError> {
    let mut all = Vec::new();
    add(&DataType::Struct(schema.fields().clone()), &mut all)?;
    Ok(all)
}

fn add(data_type: &DataType, all: &mut Vec<proto::Type>) -> Result<u32, EngineError> {
    let id = all.len();
    all.push(proto::Type {
        kind: Some(kind(data_type)?.into()),
        ..proto::Type::default()
    });
    match data_type {
        DataType::Decimal128(precision, scale) => {
            all[id].precision = Some(u32::from(*precision));
            all[id].scale = u32::try_from(*scale).ok();
        }
        DataType::List(item) => all[id].subtypes = vec![add(item.data_type(), all)?],
        DataType::Map(entries, _) => {
            if let DataType::Struct(fields) = entries.data_type() {
                all[id].subtypes = add_all(fields, all)?;
            }
        }
        DataType::Struct(fields) => {
            all[id].field_names = fields.iter().map(|field| field.name().clone()).collect();
            all[id].subtypes = add_all(fields, all)?;
        }
        _ => {}
    }
    u32::try_from(id).map_err(|_| unsupported(data_type))
}

fn add_all(fields: &Fields, all: &mut Vec<proto::Type>) -> Result<Vec<u32>, EngineError> {
    fields
        .iter()
        .map(|field| add(field.data_type(), all))
        .collect()
}

fn kind(data_type: &DataType) -> Result<Kind, EngineError> {
    Ok(match data_type {
        DataType::Boolean => Kind::Boolean,
        DataType::Int8 => Kind::Byte,
        DataType::Int16 => Kind::Short,
        DataType::Int32 => Kind::Int,
        DataType::Int64 => Kind::Long,
        DataType::Float32 => Kind::Float,
        DataType::Float64 => Kind::Double,
        DataType::Utf8 => Kind::String,
        DataType::Binary => Kind::Binary,
        DataType::Date32 => Kind::Date,
        DataType::Timestamp(..) => Kind::Timestamp,
        DataType::Decimal128(..) => Kind::Decimal,
        DataType::List(_) => Kind::List,
        DataType::Map(..) => Kind::Map,
        DataType::Struct(_) => Kind::Struct,
        _ => return Err(unsupported(data_type)),
    })
}

pub(super) fn unsupported(data_type: &DataType) -> EngineError {
    EngineError::UnsupportedFormat(format!(
        "ORC has no type for {}",
        types::hive_type(data_type)
    ))
}
