//! The `.metadata` file beside a result: the columns as a protocol-buffers message.
//!
//! AWS does not publish its form. Drivers that read results from S3 know these fields: the
//! query's id is 1, an update's kind 2 and count 3, each column a message 4.

use lakebed_wire::athena::{ColumnInfo, ColumnNullable};

/// What a statement that writes did: its name, such as `INSERT`, and how many rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Update<'a> {
    pub(crate) kind: &'a str,
    pub(crate) rows: u64,
}

/// The file's bytes.
pub(crate) fn encode(
    query_id: &str,
    update: Option<Update<'_>>,
    columns: &[ColumnInfo],
) -> Vec<u8> {
    let mut file = Vec::new();
    put_text(1, query_id, &mut file);
    if let Some(update) = update {
        put_text(2, update.kind, &mut file);
        put_number(3, update.rows, &mut file);
    }
    for column in columns {
        put_bytes(4, &encode_column(column), &mut file);
    }
    file
}

fn encode_column(column: &ColumnInfo) -> Vec<u8> {
    let mut message = Vec::new();
    let texts = [
        (1, column.catalog_name.as_deref()),
        (2, column.schema_name.as_deref()),
        (3, column.table_name.as_deref()),
        (4, Some(column.name.as_str())),
        (5, column.label.as_deref()),
        (6, Some(column.r#type.as_str())),
    ];
    for (number, text) in texts {
        put_text(number, text.unwrap_or_default(), &mut message);
    }
    for (number, value) in [(7, column.precision), (8, column.scale)] {
        let value = u64::try_from(value.unwrap_or_default()).unwrap_or_default();
        put_number(number, value, &mut message);
    }
    let nullable = match column.nullable {
        Some(ColumnNullable::NotNull) => 1,
        Some(ColumnNullable::Nullable) => 2,
        _ => 3,
    };
    put_number(9, nullable, &mut message);
    put_number(
        10,
        column.case_sensitive.unwrap_or_default().into(),
        &mut message,
    );
    message
}

fn put_text(number: u8, text: &str, out: &mut Vec<u8>) {
    put_bytes(number, text.as_bytes(), out);
}

/// A field of wire type 2: its length, then its bytes.
fn put_bytes(number: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(number << 3 | 2);
    put_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// A field of wire type 0.
fn put_number(number: u8, value: u64, out: &mut Vec<u8>) {
    out.push(number << 3);
    put_varint(value, out);
}

fn put_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Column;
    use datafusion_trino::ColumnType;

    #[test]
    fn fields_stand_where_drivers_look_for_them() {
        let column = Column {
            name: "n".to_owned(),
            kind: ColumnType::BIGINT,
        };
        let file = encode("id", None, &[column.to_info()]);
        let mut expected = vec![0x0a, 2, b'i', b'd', 0x22, 32];
        expected.extend_from_slice(b"\x0a\x04hive\x12\x00\x1a\x00\x22\x01n\x2a\x01n\x32\x06bigint");
        expected.extend_from_slice(&[0x38, 19, 0x40, 0, 0x48, 3, 0x50, 0]);
        assert_eq!(file, expected);
    }
}
