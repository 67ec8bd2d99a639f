//! ORC: the schema of the footer in Glue's types ("ORC Specification v1").

mod footer;
mod message;

use super::column_type::ColumnType;
use super::format::Format;
use super::schema::FileSchema;
use super::surprise::Surprise;
pub(super) use footer::Tail;
use footer::{Footer, Kind, Type};

pub(super) const MAGIC: &[u8] = b"ORC";

/// Types nested deeper than this are refused.
const MOST_LEVELS: usize = 64;

/// The columns of an ORC file whose last bytes are these; `tail` says how many it takes.
pub(super) fn infer_orc(tail: &Tail, bytes: &[u8], file_bytes: u64) -> Result<FileSchema, String> {
    let footer = tail
        .footer(bytes)
        .map_err(|reason| format!("damaged ORC file: {reason}"))?;
    let columns = match column_type(&footer, 0, 0)? {
        ColumnType::Struct(fields) if !fields.is_empty() => fields,
        _ => return Err("the ORC file has no columns".to_owned()),
    };
    let surprises = Surprise::unions(&columns);
    Ok(FileSchema::new(Format::Orc, columns)
        .sampled(footer.rows, file_bytes)
        .surprising(surprises))
}

fn column_type(footer: &Footer, index: usize, level: usize) -> Result<ColumnType, String> {
    let damaged = || format!("damaged ORC file: type {index} is not complete");
    if level > MOST_LEVELS {
        return Err(format!(
            "the ORC schema nests deeper than {MOST_LEVELS} levels"
        ));
    }
    let Type {
        kind,
        subtypes,
        names,
        max_length,
        precision,
        scale,
    } = footer.types.get(index).ok_or_else(damaged)?;
    let child = |place: usize| {
        let child = subtypes.get(place).copied().ok_or_else(damaged)?;
        column_type(footer, child, level + 1)
    };
    Ok(match kind {
        Kind::Boolean => ColumnType::Boolean,
        Kind::Byte => ColumnType::TinyInt,
        Kind::Short => ColumnType::SmallInt,
        Kind::Int => ColumnType::Int,
        Kind::Long => ColumnType::BigInt,
        Kind::Float => ColumnType::Float,
        Kind::Double => ColumnType::Double,
        Kind::String => ColumnType::String,
        Kind::Varchar => ColumnType::Varchar(*max_length),
        Kind::Char => ColumnType::Char(*max_length),
        Kind::Binary => ColumnType::Binary,
        Kind::Decimal => ColumnType::Decimal {
            precision: u8::try_from(*precision).map_err(|_| damaged())?,
            scale: i8::try_from(*scale).map_err(|_| damaged())?,
        },
        Kind::Timestamp | Kind::TimestampInstant => ColumnType::Timestamp,
        Kind::Date => ColumnType::Date,
        Kind::List => ColumnType::Array(Box::new(child(0)?)),
        Kind::Map => ColumnType::Map(Box::new(child(0)?), Box::new(child(1)?)),
        Kind::Struct => {
            let mut fields = Vec::with_capacity(names.len());
            for (place, name) in names.iter().enumerate() {
                fields.push((name.clone(), child(place)?));
            }
            ColumnType::Struct(fields)
        }
        Kind::Union => {
            let kinds = (0..subtypes.len()).map(child);
            ColumnType::Union(kinds.collect::<Result<_, _>>()?)
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rstest::rstest;

    /// Files that pyarrow wrote, one a compression.
    macro_rules! file {
        ($name:literal) => {
            include_bytes!(concat!("../../../tests/files/", $name, ".orc"))
        };
    }

    fn infer(file: &[u8]) -> Result<FileSchema, String> {
        infer_orc(&Tail::of(file)?, file, file.len() as u64)
    }

    #[rstest]
    #[case::zlib(
        file!("types"),
        "id bigint, n int, tiny tinyint, price decimal(9,2), day date, at timestamp, ok boolean, ratio float, score double, name string, raw binary"
    )]
    #[case::snappy(file!("nested"), "l array<int>, m map<string,bigint>, s struct<x:int,y:string>")]
    #[case::zstd(file!("zstd"), "id bigint, name string")]
    #[case::lz4(file!("lz4"), "id bigint, name string")]
    #[case::uncompressed(file!("uncompressed"), "id bigint, name string")]
    fn footers_become_glue_types(#[case] file: &[u8], #[case] expected: &str) {
        let schema = infer(file).unwrap();
        let columns: Vec<String> = schema
            .columns
            .iter()
            .map(|(name, kind)| format!("{name} {kind}"))
            .collect();
        assert_eq!(columns.join(", "), expected);
        assert_eq!(schema.sampled_records, 2);
    }

    #[test]
    fn no_damage_goes_unnoticed_or_panics() {
        let file = file!("types");
        for end in 0..file.len() {
            assert!(infer(&file[..end]).is_err(), "cut off after {end} bytes");
        }
        for place in 0..file.len() {
            let mut damaged = file.to_vec();
            damaged[place] ^= 0x55;
            // A damaged footer may still be readable; it must not bring the crawl down.
            let _ = infer(&damaged);
        }
    }
}
