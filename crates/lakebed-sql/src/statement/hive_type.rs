//! Hive's column types, parsed to the text the catalog keeps: `struct<a:int,b:array<string>>`.

use super::cursor::Cursor;
use crate::error::Result;

const PLAIN: &[&str] = &[
    "tinyint",
    "smallint",
    "int",
    "bigint",
    "boolean",
    "float",
    "double",
    "string",
    "binary",
    "date",
    "timestamp",
];

/// How deep types may nest.
const MAX_DEPTH: usize = 64;

/// Parses one type.
pub(crate) fn parse(cursor: &mut Cursor<'_>) -> Result<String> {
    parse_nested(cursor, 0)
}

fn parse_nested(cursor: &mut Cursor<'_>, depth: usize) -> Result<String> {
    if depth > MAX_DEPTH {
        return Err(cursor.unexpected("a type nested less deep"));
    }
    if cursor.take_any(&["INTEGER"]) {
        return Ok("int".to_owned());
    }
    if let Some(name) = PLAIN.iter().find(|name| cursor.at_keywords(&[name])) {
        cursor.skip();
        return Ok((*name).to_owned());
    }
    if cursor.take_any(&["DECIMAL", "NUMERIC"]) {
        if !cursor.at_symbol('(') {
            return Ok("decimal(10,0)".to_owned());
        }
        let digits = cursor.parenthesized(Cursor::integer)?;
        return match digits.as_slice() {
            [precision] => Ok(format!("decimal({precision},0)")),
            [precision, scale] => Ok(format!("decimal({precision},{scale})")),
            _ => Err(cursor.unexpected("precision and scale")),
        };
    }
    for name in ["varchar", "char"] {
        if cursor.take(&[name]) {
            cursor.expect_symbol('(')?;
            let length = cursor.integer()?;
            cursor.expect_symbol(')')?;
            return Ok(format!("{name}({length})"));
        }
    }
    if cursor.take(&["ARRAY"]) {
        cursor.expect_symbol('<')?;
        let element = parse_nested(cursor, depth + 1)?;
        cursor.expect_symbol('>')?;
        return Ok(format!("array<{element}>"));
    }
    if cursor.take(&["MAP"]) {
        cursor.expect_symbol('<')?;
        let key = parse_nested(cursor, depth + 1)?;
        cursor.expect_symbol(',')?;
        let value = parse_nested(cursor, depth + 1)?;
        cursor.expect_symbol('>')?;
        return Ok(format!("map<{key},{value}>"));
    }
    if cursor.take(&["STRUCT"]) {
        return parse_struct(cursor, depth);
    }
    Err(cursor.unexpected("<type>"))
}

fn parse_struct(cursor: &mut Cursor<'_>, depth: usize) -> Result<String> {
    cursor.expect_symbol('<')?;
    let mut fields = Vec::new();
    loop {
        let name = cursor.identifier()?;
        cursor.expect_symbol(':')?;
        let kind = parse_nested(cursor, depth + 1)?;
        if cursor.take(&["COMMENT"]) {
            cursor.string()?;
        }
        fields.push(format!("{name}:{kind}"));
        if !cursor.take_symbol(',') {
            break;
        }
    }
    cursor.expect_symbol('>')?;
    Ok(format!("struct<{}>", fields.join(",")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::statement::lexer::StringStyle;

    #[test]
    fn types_are_kept_as_glue_spells_them() {
        for (written, kept) in [
            ("INT", "int"),
            ("INTEGER", "int"),
            ("Decimal( 10 , 2 )", "decimal(10,2)"),
            ("varchar(20)", "varchar(20)"),
            ("ARRAY<STRING>", "array<string>"),
            ("map< string , array<int> >", "map<string,array<int>>"),
            (
                "STRUCT<`A` : INT, b: struct<c:array<struct<d:date>>>>",
                "struct<a:int,b:struct<c:array<struct<d:date>>>>",
            ),
        ] {
            let mut cursor = Cursor::new(written, StringStyle::Hive).unwrap();
            assert_eq!(parse(&mut cursor).unwrap(), kept, "{written}");
            cursor.end().unwrap();
        }
    }

    #[test]
    fn types_nest_only_so_deep() {
        let deep = format!("{}int{}", "array<".repeat(50_000), ">".repeat(50_000));
        let mut cursor = Cursor::new(&deep, StringStyle::Hive).unwrap();
        assert!(parse(&mut cursor).is_err());
    }

    #[test]
    fn unknown_types_are_refused_where_they_stand() {
        let mut cursor = Cursor::new("array<text>", StringStyle::Hive).unwrap();
        let error = parse(&mut cursor).unwrap_err();
        assert_eq!(
            error.located_message(),
            "line 1:7: mismatched input 'text'. Expecting: <type>"
        );
    }
}
