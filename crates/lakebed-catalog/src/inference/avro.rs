//! Avro container files: the writer's schema in the header, in Glue's types.

use std::collections::BTreeMap;

use serde_json::Value;

use super::column_type::ColumnType;
use super::format::Format;
use super::schema::FileSchema;
use super::surprise::Surprise;

pub(super) const MAGIC: &[u8] = b"Obj\x01";

/// The bytes that end the header and every block.
const SYNC_BYTES: usize = 16;

/// Schemas nested deeper than this are refused.
const MOST_LEVELS: usize = 64;

/// The columns of the container file that starts with these bytes.
pub(super) fn infer_avro(bytes: &[u8]) -> Result<FileSchema, String> {
    let mut rest = bytes.get(MAGIC.len()..).unwrap_or_default();
    let schema = read_schema(&mut rest)
        .ok_or("damaged Avro file: the header ends early or holds no schema")?;
    rest = rest.get(SYNC_BYTES..).unwrap_or_default();
    let parsed: Value = serde_json::from_str(&schema)
        .map_err(|error| format!("damaged Avro file: the schema is not JSON: {error}"))?;
    let columns = columns(&parsed)?;
    let surprises = Surprise::unions(&columns);
    let (records, unread) = count_records(rest);
    Ok(FileSchema::new(Format::Avro { schema }, columns)
        .sampled(records, (bytes.len() - unread) as u64)
        .surprising(surprises))
}

/// The columns of records of a schema.
pub(crate) fn columns(schema: &Value) -> Result<Vec<(String, ColumnType)>, String> {
    match Names::default().resolve(schema, "", 0)? {
        ColumnType::Struct(fields) if !fields.is_empty() => Ok(fields),
        _ => Err("the Avro schema is not a record with fields".to_owned()),
    }
}

/// Reads the header's metadata and takes the schema out of it.
fn read_schema(rest: &mut &[u8]) -> Option<String> {
    let mut schema = None;
    loop {
        let mut entries = read_long(rest)?;
        if entries == 0 {
            return schema;
        }
        if entries < 0 {
            entries = entries.checked_neg()?;
            read_long(rest)?;
        }
        for _ in 0..entries {
            let key = read_bytes(rest)?;
            let value = read_bytes(rest)?;
            if key == b"avro.schema" {
                schema = Some(String::from_utf8(value.to_vec()).ok()?);
            }
        }
    }
}

/// Records in the blocks that lie whole in the sample, and the bytes that follow these blocks.
fn count_records(mut blocks: &[u8]) -> (u64, usize) {
    let mut found = 0;
    while let Some((records, rest)) = skip_block(blocks) {
        found += records;
        blocks = rest;
    }
    (found, blocks.len())
}

/// The number of records in the block, and what follows it.
fn skip_block(mut rest: &[u8]) -> Option<(u64, &[u8])> {
    let records = u64::try_from(read_long(&mut rest)?).ok()?;
    let bytes = usize::try_from(read_long(&mut rest)?).ok()?;
    Some((records, rest.get(bytes.checked_add(SYNC_BYTES)?..)?))
}

/// A zigzag number of variable length.
fn read_long(rest: &mut &[u8]) -> Option<i64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some((number >> 1) as i64 ^ -((number & 1) as i64));
        }
    }
    None
}

fn read_bytes<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(read_long(rest)?).ok()?;
    let bytes = rest.get(..length)?;
    *rest = &rest[length..];
    Some(bytes)
}

/// The named types met so far.
#[derive(Default)]
struct Names {
    /// Without a type while its own definition is being read.
    types: BTreeMap<String, Option<ColumnType>>,
}

impl Names {
    fn resolve(
        &mut self,
        schema: &Value,
        namespace: &str,
        level: usize,
    ) -> Result<ColumnType, String> {
        if level > MOST_LEVELS {
            return Err(format!(
                "the Avro schema nests deeper than {MOST_LEVELS} levels"
            ));
        }
        match schema {
            Value::String(name) => self.named(name, namespace),
            Value::Array(branches) => self.union(branches, namespace, level),
            Value::Object(definition) => {
                let text = |key: &str| definition.get(key).and_then(Value::as_str);
                let inner = |key: &str| {
                    definition
                        .get(key)
                        .ok_or_else(|| format!("the Avro schema lacks '{key}': {schema}"))
                };
                match text("type") {
                    Some("record" | "error") => self.record(schema, namespace, level),
                    Some(kind @ ("enum" | "fixed")) => {
                        let found = match (kind, decimal(schema)) {
                            ("enum", _) => ColumnType::String,
                            (_, Some(decimal)) => decimal,
                            _ => ColumnType::Binary,
                        };
                        self.types
                            .insert(full_name(schema, namespace).0, Some(found.clone()));
                        Ok(found)
                    }
                    Some("array") => Ok(ColumnType::Array(Box::new(self.resolve(
                        inner("items")?,
                        namespace,
                        level + 1,
                    )?))),
                    Some("map") => Ok(ColumnType::Map(
                        Box::new(ColumnType::String),
                        Box::new(self.resolve(inner("values")?, namespace, level + 1)?),
                    )),
                    Some(primitive) => match logical(text("logicalType"), schema) {
                        Some(found) => Ok(found),
                        None => self.named(primitive, namespace),
                    },
                    // `{"type": {"type": …}}` and `{"type": [ … ]}`.
                    None => self.resolve(inner("type")?, namespace, level + 1),
                }
            }
            _ => Err(format!("'{schema}' is no Avro type")),
        }
    }

    fn named(&self, name: &str, namespace: &str) -> Result<ColumnType, String> {
        Ok(match name {
            "null" => ColumnType::Unknown,
            "boolean" => ColumnType::Boolean,
            "int" => ColumnType::Int,
            "long" => ColumnType::BigInt,
            "float" => ColumnType::Float,
            "double" => ColumnType::Double,
            "bytes" => ColumnType::Binary,
            "string" => ColumnType::String,
            _ => {
                let qualified = qualify(name, namespace);
                match self.types.get(&qualified).or_else(|| self.types.get(name)) {
                    Some(Some(found)) => found.clone(),
                    Some(None) => {
                        return Err(format!(
                            "the Avro record '{name}' holds itself, which no Hive type can say"
                        ));
                    }
                    None => return Err(format!("the Avro schema does not define '{name}'")),
                }
            }
        })
    }

    fn union(
        &mut self,
        branches: &[Value],
        namespace: &str,
        level: usize,
    ) -> Result<ColumnType, String> {
        let mut kinds = Vec::new();
        for branch in branches {
            if branch.as_str() != Some("null") {
                kinds.push(self.resolve(branch, namespace, level + 1)?);
            }
        }
        Ok(match kinds.len() {
            0 => ColumnType::Unknown,
            1 => kinds.swap_remove(0),
            _ => ColumnType::Union(kinds),
        })
    }

    fn record(
        &mut self,
        schema: &Value,
        namespace: &str,
        level: usize,
    ) -> Result<ColumnType, String> {
        let (name, namespace) = full_name(schema, namespace);
        let fields = schema
            .get("fields")
            .and_then(Value::as_array)
            .ok_or_else(|| format!("the Avro record '{name}' has no fields"))?;
        self.types.insert(name.clone(), None);
        let mut found = Vec::with_capacity(fields.len());
        for field in fields {
            let field_name = field
                .get("name")
                .and_then(Value::as_str)
                .ok_or_else(|| format!("a field of the Avro record '{name}' has no name"))?;
            let kind = field
                .get("type")
                .ok_or_else(|| format!("the Avro field '{field_name}' has no type"))?;
            found.push((
                field_name.to_owned(),
                self.resolve(kind, &namespace, level + 1)?,
            ));
        }
        let record = ColumnType::Struct(found);
        self.types.insert(name, Some(record.clone()));
        Ok(record)
    }
}

/// The full name of a named type and the namespace of what it defines.
fn full_name(schema: &Value, namespace: &str) -> (String, String) {
    let text = |key: &str| schema.get(key).and_then(Value::as_str);
    let name = text("name").unwrap_or_default();
    let name = qualify(name, text("namespace").unwrap_or(namespace));
    let namespace = name.rsplit_once('.').map_or("", |(namespace, _)| namespace);
    (name.clone(), namespace.to_owned())
}

fn qualify(name: &str, namespace: &str) -> String {
    if name.contains('.') || namespace.is_empty() {
        name.to_owned()
    } else {
        format!("{namespace}.{name}")
    }
}

/// The type that a logical type stands for.
fn logical(name: Option<&str>, schema: &Value) -> Option<ColumnType> {
    match name? {
        "decimal" => decimal(schema),
        "date" => Some(ColumnType::Date),
        "timestamp-millis" | "timestamp-micros" => Some(ColumnType::Timestamp),
        _ => None,
    }
}

/// A decimal of a precision that Hive has.
fn decimal(schema: &Value) -> Option<ColumnType> {
    if schema.get("logicalType")?.as_str()? != "decimal" {
        return None;
    }
    let precision = u8::try_from(schema.get("precision")?.as_u64()?).ok()?;
    let scale = schema.get("scale").and_then(Value::as_i64).unwrap_or(0);
    let scale = i8::try_from(scale).ok()?;
    (1..=38)
        .contains(&precision)
        .then_some(ColumnType::Decimal { precision, scale })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rstest::rstest;

    fn long(number: i64) -> Vec<u8> {
        let mut zigzag = (number << 1 ^ number >> 63) as u64;
        let mut bytes = Vec::new();
        while zigzag >= 0x80 {
            bytes.push(zigzag as u8 | 0x80);
            zigzag >>= 7;
        }
        bytes.push(zigzag as u8);
        bytes
    }

    fn text(text: &str) -> Vec<u8> {
        [long(text.len() as i64), text.as_bytes().to_vec()].concat()
    }

    /// A container file with two blocks of three records.
    fn file(schema: &str) -> Vec<u8> {
        let block = [long(3), long(4), vec![0; 4], vec![7; SYNC_BYTES]].concat();
        [
            MAGIC.to_vec(),
            long(2),
            text("avro.codec"),
            text("null"),
            text("avro.schema"),
            text(schema),
            long(0),
            vec![7; SYNC_BYTES],
            block.clone(),
            block,
        ]
        .concat()
    }

    fn record(field: &str) -> String {
        format!(
            r#"{{"type":"record","name":"r","namespace":"n","fields":[{{"name":"x","type":{field}}}]}}"#
        )
    }

    #[rstest]
    #[case(r#""int""#, "int")]
    #[case(r#""long""#, "bigint")]
    #[case(r#"["null","float"]"#, "float")]
    #[case(r#"["double","null"]"#, "double")]
    #[case(r#"["int","string","null"]"#, "uniontype<int,string>")]
    #[case(r#""null""#, "string")]
    #[case(r#""bytes""#, "binary")]
    #[case(r#"{"type":"string","logicalType":"uuid"}"#, "string")]
    #[case(r#"{"type":"int","logicalType":"date"}"#, "date")]
    #[case(r#"{"type":"int","logicalType":"time-millis"}"#, "int")]
    #[case(r#"{"type":"long","logicalType":"timestamp-millis"}"#, "timestamp")]
    #[case(r#"{"type":"long","logicalType":"timestamp-micros"}"#, "timestamp")]
    #[case(
        r#"{"type":"bytes","logicalType":"decimal","precision":12,"scale":2}"#,
        "decimal(12,2)"
    )]
    #[case(
        r#"{"type":"fixed","name":"d","size":8,"logicalType":"decimal","precision":9}"#,
        "decimal(9,0)"
    )]
    #[case(r#"{"type":"bytes","logicalType":"decimal","precision":50}"#, "binary")]
    #[case(r#"{"type":"fixed","name":"md5","size":16}"#, "binary")]
    #[case(r#"{"type":"enum","name":"e","symbols":["A","B"]}"#, "string")]
    #[case(r#"{"type":"array","items":["null","int"]}"#, "array<int>")]
    #[case(
        r#"{"type":"map","values":{"type":"array","items":"boolean"}}"#,
        "map<string,array<boolean>>"
    )]
    #[case(
        r#"{"type":"record","name":"p","fields":[{"name":"a","type":{"type":"record","name":"q","fields":[{"name":"v","type":"int"}]}},{"name":"b","type":"n.q"},{"name":"c","type":["null","q"]}]}"#,
        "struct<a:struct<v:int>,b:struct<v:int>,c:struct<v:int>>"
    )]
    fn avro_types_become_glues(#[case] field: &str, #[case] expected: &str) {
        let file = file(&record(field));
        let schema = infer_avro(&file).unwrap();
        assert_eq!(schema.columns[0].1.to_string(), expected);
        assert_eq!(
            (schema.sampled_records, schema.sampled_bytes),
            (6, file.len() as u64)
        );
    }

    #[rstest]
    #[case(record(r#"["null","n.r"]"#), "holds itself")]
    #[case(record(r#""nosuch""#), "does not define 'nosuch'")]
    #[case(r#""int""#.to_owned(), "not a record")]
    #[case("{".to_owned(), "not JSON")]
    fn schemas_without_columns_are_refused(#[case] schema: String, #[case] expected: &str) {
        let error = infer_avro(&file(&schema)).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn a_cut_header_is_damage() {
        let bytes = file(&record(r#""int""#));
        let error = infer_avro(&bytes[..40]).unwrap_err();
        assert!(error.starts_with("damaged Avro file"), "{error}");
    }
}
