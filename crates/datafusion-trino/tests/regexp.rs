//! Regular expressions as Java has them. Trino manual, "Regular expression functions".

use datafusion_trino::evaluate;

#[test]
fn patterns_are_java_s() {
    for (text, pattern, expected) in [
        ("abc", "(?<=a)b(?!d)", "true"),
        ("aaa", "a++a", "false"),
        ("abab", r"^(ab)\1$", "true"),
        ("xx", r"(?<c>x)\k<c>", "true"),
        ("a.c", r"^\Qa.c\E$", "true"),
        ("abc", r"^\Qa.c\E$", "false"),
        ("{\"a\"", "{\"a", "true"),
        ("ab", "^[a-z&&[^b]]+$", "false"),
        ("Ä", r"^\p{Lower}$", "false"),
        ("ä", r"^\p{Lower}$", "true"),
        ("ä", "(?i)^Ä$", "true"),
        ("٣", r"^\d$", "true"),
        ("a\nb", "a.b", "false"),
        ("a\nb", "(?s)a.b", "true"),
        ("a\nb", "(?m)^b$", "true"),
        ("a\n", "a$", "true"),
        ("a\n\n", "a$", "false"),
        ("a\n", r"a\z", "false"),
        ("a-b", "[+--]", "true"),
        ("\t", r"\011", "true"),
        ("\u{1}", r"\cA", "true"),
    ] {
        let expression = format!("regexp_like('{text}', '{pattern}')");
        assert_eq!(evaluate(&expression), expected, "{expression}");
    }
}

#[test]
fn wrong_patterns_and_groups_are_refused() {
    for expression in [
        "regexp_like('a', '(')",
        "regexp_like('a', '[')",
        "regexp_like('a', '*')",
        r"regexp_like('a', '\p{NoSuchClass}')",
        "regexp_extract('a', 'a', -1)",
        "regexp_replace('a', 'a', '${b}')",
        r"regexp_replace('a', 'a', '\')",
        "regexp_position('a', 'a', 0)",
    ] {
        let answer = evaluate(expression);
        assert!(
            answer.starts_with("INVALID_FUNCTION_ARGUMENT"),
            "{expression}: {answer}"
        );
    }
}

#[test]
fn columns_have_patterns_of_their_own() {
    let rows = "FROM (VALUES (1, 'a1', '[a-z]'), (2, 'b2', '[0-9]'), (3, NULL, 'x'), (4, 'c', NULL)) t(id, text, pattern)";
    for (expression, expected) in [
        ("regexp_extract(text, pattern)", "[a, 2, null, null]"),
        (
            "regexp_replace(text, pattern, '<$0>')",
            "[<a>1, b<2>, null, null]",
        ),
        (
            "regexp_replace(text, '([a-z])', x -> x[1] || pattern)",
            "[a[a-z]1, b[0-9]2, null, null]",
        ),
        ("regexp_count(text, pattern)", "[1, 1, null, null]"),
        (
            "try(regexp_extract(text, '.', id - 2))",
            "[null, b, null, null]",
        ),
    ] {
        let query = format!("array_agg(x ORDER BY id) FROM (SELECT id, {expression} AS x {rows})");
        assert_eq!(evaluate(&query), expected, "{expression}");
    }
}
