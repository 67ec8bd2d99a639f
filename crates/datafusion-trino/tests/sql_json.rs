//! SQL/JSON by its manual, "JSON functions and operators".

use datafusion_trino::evaluate;

const SALES: &str = r#"'[{"customer": 100, "region": "AFRICA"}, {"region": "ASIA"}, {"customer": 300, "region": "AFRICA", "comment": null}]'"#;

/// What `path` leads to, in an array.
fn found(document: &str, path: &str) -> String {
    evaluate(&format!(
        "json_query({document}, '{path}' WITH UNCONDITIONAL ARRAY WRAPPER ERROR ON ERROR)"
    ))
}

#[test]
fn accessors_lead_to_values() {
    for (path, expected) in [
        ("lax $.customer", "[100,300]"),
        ("lax $[1].*", r#"["ASIA"]"#),
        ("strict $[*].region", r#"["AFRICA","ASIA","AFRICA"]"#),
        ("lax $[last].comment", "[null]"),
        ("lax $[0 to 1].region", r#"["AFRICA","ASIA"]"#),
        ("lax $[2, 0, 0].customer", "[300,100,100]"),
        ("lax $[last - 1].region", r#"["ASIA"]"#),
        ("lax $[1 to 7].region", r#"["ASIA","AFRICA"]"#),
        ("lax $..region", r#"["AFRICA","ASIA","AFRICA"]"#),
        ("lax $[0][0][0].\"customer\"", "[100]"),
    ] {
        assert_eq!(found(SALES, path), expected, "{path}");
    }
}

#[test]
fn filters_keep_what_is_true() {
    for (path, expected) in [
        ("lax $?(@.region != \"ASIA\").customer", "[100,300]"),
        ("lax $?(!exists(@.customer)).region", r#"["ASIA"]"#),
        (
            "lax $?(@.customer > 100 && @.region == \"AFRICA\").customer",
            "[300]",
        ),
        (
            "lax $?(@.customer == 100 || @.region == \"ASIA\").region",
            r#"["AFRICA","ASIA"]"#,
        ),
        ("lax $?(@.region starts with \"AS\").region", r#"["ASIA"]"#),
        (
            "lax $?(@.region like_regex \"^a.*a$\" flag \"i\").region",
            r#"["AFRICA","ASIA","AFRICA"]"#,
        ),
        (
            "lax $?((@.customer > \"x\") is unknown).customer",
            "[100,300]",
        ),
        ("lax $?(@.comment == null).customer", "[300]"),
        ("lax $?(@.customer + 1 == 101).customer", "[100]"),
        // Null is no less and no greater than anything; errors are unknown.
        ("lax $?(@.comment < 1).customer", "null"),
        (
            "strict $[*]?(@.customer > 0).region",
            r#"["AFRICA","AFRICA"]"#,
        ),
    ] {
        assert_eq!(found(SALES, path), expected, "{path}");
    }
}

#[test]
fn methods_and_arithmetic_are_sql_s() {
    for (document, path, expected) in [
        (
            "'[-1, 23e4, \"5.6\"]'",
            "lax $.double()",
            "[-1.0,230000.0,5.6]",
        ),
        ("'[-1.5, -1, 1.3]'", "lax $.ceiling()", "[-1.0,-1,2.0]"),
        ("'[-1.5, -1, 1.3]'", "lax $.floor()", "[-2.0,-1,1.0]"),
        ("'[-1.5, -1, 1.3]'", "lax $.abs()", "[1.5,1,1.3]"),
        ("'[[0, 1, 2], [], 7]'", "lax $[*].size()", "[3,0,1]"),
        (
            "'[null, 1, \"a\", true, [], {}]'",
            "lax $[*].type()",
            r#"["null","number","string","boolean","array","object"]"#,
        ),
        (
            r#"'[{"a": 1}, {"b": 2}]'"#,
            "lax $.keyvalue()",
            r#"[{"name":"a","value":1,"id":0},{"name":"b","value":2,"id":1}]"#,
        ),
        ("'[7, 2]'", "lax $[0] / $[1]", "[3]"),
        ("'[7, 2]'", "lax ($[0] - $[1]) * 2 % 4", "[2]"),
        ("'[7, 2]'", "lax -$[0] + +$[1]", "[-5]"),
        ("'[7, 2]'", "lax $[0] + 0.5", "[7.5]"),
        ("'[7, 2]'", "lax $[0] * 1e0", "[7.0]"),
        ("'\"2024-01-02\"'", "lax $.datetime().type()", r#"["date"]"#),
        (
            "'\"2024-01-02 10:11:12 UTC\"'",
            "lax $.datetime().type()",
            r#"["timestamp with time zone"]"#,
        ),
    ] {
        assert_eq!(found(document, path), expected, "{path} in {document}");
    }
}

#[test]
fn strict_paths_refuse_what_lax_ones_overlook() {
    for (document, path, reason) in [
        (
            "'[1]'",
            "strict $.a",
            "invalid item type. Expected: OBJECT, actual: ARRAY",
        ),
        (
            "'{}'",
            "strict $.a",
            "structural error: missing member 'a' in JSON object",
        ),
        (
            "'[1]'",
            "strict $[1]",
            "structural error: invalid array subscript: [1, 1] for array of size 1",
        ),
        (
            "'1'",
            "strict $[*]",
            "invalid item type. Expected: ARRAY, actual: NUMBER",
        ),
        (
            "'[1, \"a\"]'",
            "lax $.floor()",
            "invalid item type. Expected: NUMBER, actual: STRING",
        ),
        ("'1'", "lax $ / 0", "Division by zero"),
        (
            "'[1, 2]'",
            "lax $ + 1",
            "arithmetic binary expression requires singleton operands",
        ),
        (
            "'2147483647'",
            "lax $ + 1",
            "integer addition overflow: 2147483647 + 1",
        ),
    ] {
        let expected = format!("PATH_EVALUATION_ERROR: path evaluation failed: {reason}");
        assert_eq!(found(document, path), expected, "{path} in {document}");
    }
}

#[test]
fn clauses_say_what_else_is_answered() {
    for (expression, expected) in [
        ("json_exists('{', 'lax $')", "false"),
        ("json_exists('{', 'lax $' TRUE ON ERROR)", "true"),
        ("json_exists('{', 'lax $' UNKNOWN ON ERROR)", "null"),
        (
            "json_exists('{', 'lax $' ERROR ON ERROR)",
            "JSON_INPUT_CONVERSION_ERROR: conversion to JSON failed: malformed input argument to JSON_EXISTS function",
        ),
        (
            "json_exists(X'5B0035005D00' FORMAT JSON ENCODING UTF16, 'lax $[0]?(@ == 5)')",
            "true",
        ),
        (
            "json_exists('[]' FORMAT JSON ENCODING UTF8, 'lax $')",
            "TYPE_MISMATCH: line 1:8: Cannot read input of type varchar as JSON using formatting JSON ENCODING UTF8",
        ),
        (
            "json_value('[1, 2]', 'lax $[7]' DEFAULT 'none' ON EMPTY)",
            "none",
        ),
        (
            "json_value('[1, 2]', 'lax $[*]' DEFAULT 'none' ON EMPTY DEFAULT 'many' ON ERROR)",
            "many",
        ),
        (
            "json_value('[]', 'lax $[0]' ERROR ON EMPTY NULL ON ERROR)",
            "JSON_VALUE_RESULT_ERROR: cannot extract SQL scalar from JSON: JSON path found no items",
        ),
        (
            "json_value('\"2001-02-03\"', 'lax $' RETURNING date)",
            "2001-02-03",
        ),
        (
            "json_value('\"x\"', 'lax $' RETURNING integer DEFAULT -1 ON ERROR)",
            "-1",
        ),
        (
            "json_value('\"nice\"', 'lax $' RETURNING char(6))",
            "nice  ",
        ),
        ("json_value('{\"a\": true}', 'lax $.a')", "true"),
        (
            "json_value('1', 'lax $x' PASSING DATE '2001-02-03' AS \"x\" RETURNING date)",
            "2001-02-03",
        ),
        ("json_value('1.10', 'lax $')", "1.1E0"),
        (
            "json_query('\"a\"', 'lax $' OMIT QUOTES ON SCALAR STRING)",
            "a",
        ),
        ("json_query('\"a\"', 'lax $' KEEP QUOTES)", "\"a\""),
        ("json_query('[1]', 'lax $' WITH CONDITIONAL WRAPPER)", "[1]"),
        ("json_query('1', 'lax $' WITH CONDITIONAL WRAPPER)", "[1]"),
        ("json_query('[1]', 'lax $[7]' EMPTY OBJECT ON EMPTY)", "{}"),
        (
            "json_query('{\"b\": 1.0, \"a\": 2}', 'lax $')",
            "{\"b\":1.0,\"a\":2}",
        ),
        (
            "json_query('5', 'lax $' RETURNING varbinary FORMAT JSON ENCODING UTF16)",
            "35 00",
        ),
        (
            "json_query('5', 'lax $' RETURNING bigint)",
            "TYPE_MISMATCH: line 1:8: Cannot output JSON value as bigint using formatting JSON",
        ),
        (
            "json_array(1, json_object('a' : json_array()), DATE '2001-02-03')",
            "[1,{\"a\":[]},\"2001-02-03\"]",
        ),
        ("json_array('[1]' FORMAT JSON, '[1]')", "[[1],\"[1]\"]"),
        ("json_object('a' : NULL ABSENT ON NULL)", "{}"),
        (
            "json_object(KEY 'a' VALUE 1, 'a' : 2 WITH UNIQUE KEYS)",
            "INVALID_FUNCTION_ARGUMENT: duplicate key passed to JSON_OBJECT function",
        ),
        (
            "json_object('a' : '[' FORMAT JSON)",
            "JSON_INPUT_CONVERSION_ERROR: conversion to JSON failed: malformed value passed to JSON_OBJECT function",
        ),
        (
            "json_value('1', 'lax $' DEFAULT 1)",
            "SYNTAX_ERROR: line 1:41: mismatched input ')'",
        ),
        (
            "json_query('1', 'lax $' WITH ARRAY)",
            "SYNTAX_ERROR: line 1:42: mismatched input ')'",
        ),
        (
            "json_query('1', upper('lax $'))",
            "SYNTAX_ERROR: line 1:24: mismatched input 'upper'",
        ),
    ] {
        assert_eq!(evaluate(expression), expected, "{expression}");
    }
}

#[test]
fn columns_are_queried_row_by_row() {
    let rows =
        r#"FROM (VALUES (1, '{"a": [1, 2]}'), (2, '{"a": []}'), (3, NULL), (4, '{')) t(id, j)"#;
    for (expression, expected) in [
        (
            "json_value(j, 'lax $.a[last]' RETURNING bigint)",
            "[2, null, null, null]",
        ),
        (
            "json_query(j, 'lax $.a' EMPTY ARRAY ON ERROR)",
            "[[1,2], [], null, []]",
        ),
        (
            "json_exists(j, 'lax $.a[$n]' PASSING id - 1 AS \"n\")",
            "[true, false, null, false]",
        ),
        // A default is cast to the type that is returned.
        (
            "json_value(j, 'lax $.b' DEFAULT id * 10 ON EMPTY)",
            "[10, 20, null, null]",
        ),
        (
            "json_object('id' : id, 'j' : j ABSENT ON NULL)",
            r#"[{"j":"{\"a\": [1, 2]}","id":1}, {"j":"{\"a\": []}","id":2}, {"id":3}, {"j":"{","id":4}]"#,
        ),
    ] {
        let query = format!("array_agg(x ORDER BY id) FROM (SELECT id, {expression} AS x {rows})");
        assert_eq!(evaluate(&query), expected, "{expression}");
    }
}
