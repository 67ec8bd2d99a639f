#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;

fn parse(rule: &str) -> Result<Ruleset, String> {
    Ruleset::parse(&format!("Rules = [ {rule} ]")).map_err(|error| error.to_string())
}

/// Every rule type in its forms; the text Glue prints is the text read, where they are spelt alike.
#[test]
fn rules_are_read_and_printed() {
    let rules = [
        r#"AggregateMatch "sum(price)" "sum(reference.price)" between 0.9 and 1.1"#,
        r#"ColumnCorrelation "height" "weight" > 0.8 where "age > 20""#,
        "ColumnCount not between 3 and 8",
        r#"ColumnDataType "born" = "Date" with threshold > 0.9"#,
        r#"ColumnDataType "born" in ["Date","Integer"]"#,
        r#"ColumnExists "id""#,
        r#"ColumnLength "zip" in [5,9]"#,
        r#"ColumnNamesMatchPattern "[a-z_]+""#,
        r#"ColumnValues "id" between -3 and 17.5"#,
        r#"ColumnValues "id" != NULL"#,
        r#"ColumnValues "id" not in [1,2,NULL]"#,
        r#"ColumnValues "city" in ["Seoul","Busan",EMPTY,WHITESPACES_ONLY,NULL]"#,
        r#"ColumnValues "city" not matches "[0-9]+" with threshold between 0.4 and 0.8"#,
        r#"ColumnValues "city" = "it's \"quoted\"""#,
        r#"ColumnValues "day" > (now() - 3 days)"#,
        r#"ColumnValues "day" between (now() - 3 hours) and now()"#,
        r#"ColumnValues "day" in ["2024-01-31","2024-02-29",NULL]"#,
        r#"ColumnValues "at" > "9:30 AM""#,
        r#"ColumnValues "city" in ["a"] with ignoreCase = "true""#,
        r#"Completeness "id" >= 0.95 where "country = 'KR'""#,
        r#"CustomSql "select count(*) from primary where \"a\" = 1" between 10 and 20"#,
        r#"CustomSql "select id from primary where age > 18" with threshold > 0.5"#,
        r#"DataFreshness "ordered" between 2 days and 96 hours"#,
        r#"DatasetMatch "reference" "id1->id2,day" "price" >= 0.9"#,
        r#"DetectAnomalies "ColumnCorrelation" "a" "b""#,
        r#"DistinctValuesCount "state" = 3"#,
        r#"Entropy "state" < 2"#,
        r#"FileFreshness "s3://bucket/" > "2024-01-01" with timeZone = "Asia/Seoul""#,
        r#"FileMatch "s3://bucket/a" "s3://bucket/b" with hashAlgorithm = "MD5""#,
        r#"FileMatch in ["abc","def"]"#,
        "FileSize between 2 KB and 1 TB with threshold > 0.7",
        r#"FileUniqueness "s3://bucket/" > 0.5 with recentFiles = 1 with filterOrder = ["uriRegex","recentFiles"]"#,
        r#"IsComplete "id""#,
        r#"IsPrimaryKey "year" "month""#,
        r#"IsUnique "id" where "id > 3""#,
        r#"Mean "rating" > avg(last(10)) - std(last(5))"#,
        r#"Mean "rating" between (0.9 * min(last(10))) and 1.1 * percentile(last(10),75)"#,
        r#"ReferentialIntegrity "a,b" "reference.{c,d}" = 1.0"#,
        "RowCount = 100",
        r#"RowCountMatch "reference" > 0.5"#,
        r#"SchemaMatch "reference" = 1.0"#,
        r#"StandardDeviation "rating" < 1"#,
        r#"Sum "price" <= 5"#,
        r#"UniqueValueRatio "score" between 0 and 0.5"#,
        r#"Uniqueness "vendor" "at" = 1"#,
        r#"Variance "rating" < 1"#,
        r#"(IsComplete "id") and (IsUnique "id")"#,
        r#"(RowCount > 0) OR ((IsComplete "a") AND (IsUnique "b"))"#,
    ];
    for rule in rules {
        let parsed = parse(rule).unwrap_or_else(|error| panic!("{rule}: {error}"));
        let texts: Vec<&str> = parsed.rules.iter().map(|rule| rule.text.as_str()).collect();
        assert_eq!(texts, [rule]);
    }
}

#[test]
fn connectors_comments_and_blanks_say_nothing() {
    let text = "# the orders\nRules=[\n  ColumnCorrelation of height and weight>0.8, # strong\n\
                RowCount   between 1   and 3\n]";
    let ruleset = Ruleset::parse(text).unwrap();
    let [Body::Check(correlation), _] = [&ruleset.rules[0].body, &ruleset.rules[1].body] else {
        panic!("not a check")
    };
    assert_eq!(correlation.parameters, ["height", "weight"]);
    assert_eq!(ruleset.rules[1].text, "RowCount between 1 and 3");
}

#[test]
fn and_binds_closer_than_or() {
    let ruleset =
        parse(r#"(RowCount > 1) or (RowCount > 2) and (RowCount > 3) and (RowCount > 4)"#).unwrap();
    let Body::Any(parts) = &ruleset.rules[0].body else {
        panic!("not joined by or")
    };
    assert!(matches!(&parts[1].body, Body::All(parts) if parts.len() == 3));
}

#[test]
fn sections_and_definitions() {
    let ruleset = Ruleset::parse(
        r#"
        Metadata = { "Version": "1.0" }
        DataSources = { "Primary": "orders", "AdditionalDataSources": ["customers"] }
        states = ["paid", "sent", NULL]
        key = "id"
        DefaultLabels = ["team" = "lake", "level" = "low"]
        Rules = [
            ColumnValues "state" in $states,
            IsComplete $key labels = ["level" = "high"]
        ]
        Analyzers = [ RowCount, AllStatistics "price" ]
        "#,
    )
    .unwrap();
    let Body::Check(states) = &ruleset.rules[0].body else {
        panic!("not a check")
    };
    let Some(Condition::Text(TextMatch::Relation(Relation::In(values)))) = &states.condition else {
        panic!("not a list of texts")
    };
    let text = |text: &str| TextOperand::Text(text.to_owned());
    assert_eq!(values, &[text("paid"), text("sent"), TextOperand::Null]);
    assert_eq!(ruleset.rules[0].labels["level"], "low");
    assert_eq!(ruleset.rules[1].labels["level"], "high");
    assert_eq!(ruleset.rules[1].labels["team"], "lake");
    assert_eq!(ruleset.rules[1].text, "IsComplete $key");
    let analyzers: Vec<&str> = ruleset
        .analyzers
        .iter()
        .map(|one| one.text.as_str())
        .collect();
    assert_eq!(analyzers, ["RowCount", "AllStatistics \"price\""]);
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let cases = [
        (
            "",
            "line 1:0 expected 'Rules = [' or 'Analyzers = [', found the end of the text",
        ),
        ("Rules = [ ]", "line 1:0 no rules or analyzers provided"),
        (
            "Rules = [ RowCount > 1",
            "line 1:22 expected ',' or ']', found the end of the text",
        ),
        (
            "Rules = [ RowCount > 1 ] x",
            "line 1:25 expected the end of the text, found 'x'",
        ),
        (
            "Rules = [\n  RowCount > 1,\n  rowCount > 1 ]",
            "line 3:2 expected a rule type of DQDL (case matters), found 'rowCount'",
        ),
        (
            "Rules = [ RowCount ]",
            "line 1:19 expected a condition, found ']'",
        ),
        (
            "Rules = [ RowCount > many ]",
            "line 1:21 expected a number, found 'many'",
        ),
        (
            "Rules = [ RowCount between 1 or 2 ]",
            "line 1:29 expected 'and', found 'or'",
        ),
        (
            "Rules = [ IsComplete \"a\" > 1 ]",
            "line 1:25 expected no condition after IsComplete, found '>'",
        ),
        (
            "Rules = [ IsComplete ]",
            "line 1:10 IsComplete takes 1 parameters, found 0",
        ),
        (
            "Rules = [ ColumnCorrelation \"a\" > 1 ]",
            "line 1:10 ColumnCorrelation takes 2 parameters, found 1",
        ),
        (
            "Rules = [ IsUnique > 1 ]",
            "line 1:10 IsUnique takes 1 or more parameters, found 0",
        ),
        (
            "Rules = [ ColumnValues \"a\" in [1, \"2\"] ]",
            "line 1:27 the operands must all be texts, or all numbers, or all dates: 'in [1,\"2\"]'",
        ),
        (
            "Rules = [ DataFreshness \"a\" <= 3 ]",
            "line 1:28 the operands must all be durations (3 days, 4 hours, 5 minutes): '<= 3'",
        ),
        (
            "Rules = [ ColumnValues \"a\" = (now() - 3 weeks) ]",
            "line 1:38 expected a duration in days, hours or minutes",
        ),
        (
            "Rules = [ ColumnValues \"a\" matches ]",
            "line 1:35 expected a regular expression in double quotes, found ']'",
        ),
        (
            "Rules = [ ColumnValues \"a > 1 ]",
            "line 1:23 a text that begins with '\"' has no end",
        ),
        (
            "Rules = [ RowCount > 1 with threshold > 1 ]",
            "line 1:28 RowCount takes no threshold here",
        ),
        (
            "Rules = [ CustomSql \"select 1\" > 1 with threshold > 1 ]",
            "line 1:40 CustomSql takes no threshold here",
        ),
        (
            "Rules = [ RowCount > 1 with color = \"red\" ]",
            "line 1:28 expected 'threshold', as RowCount takes no other tag, found 'color'",
        ),
        (
            "Rules = [ ColumnCount > 1 where \"a > 1\" ]",
            "line 1:26 expected no where clause after ColumnCount, found 'where'",
        ),
        (
            "Rules = [ RowCount > 1 where \" \" ]",
            "line 1:23 the where clause is empty",
        ),
        (
            "Rules = [ AllStatistics \"a\" ]",
            "line 1:10 AllStatistics is an analyzer, not a rule",
        ),
        (
            "Analyzers = [ IsComplete \"a\" ]",
            "line 1:14 IsComplete is not an analyzer",
        ),
        (
            "Rules = [ ColumnValues \"a\" in $b ]",
            "line 1:30 variable 'b' is not defined",
        ),
        (
            "Rules = [ FileMatch \"s3://a\" ]",
            "line 1:10 FileMatch takes two paths, or at most one path and 'in' with checksums",
        ),
        (
            "Rules = [ RowCount > 1 labels = [\"a\" = \"b\", \"a\" = \"c\"] ]",
            "line 1:32 a label's key stands twice",
        ),
        (
            "Rules = [ RowCount > 1; ]",
            "line 1:22 unexpected character ';'",
        ),
        (
            "Metadata = { \"Author\": \"me\" } Rules = [ RowCount > 1 ]",
            "line 1:0 Metadata has no key 'Author'; it knows Version",
        ),
    ];
    for (text, message) in cases {
        let error = Ruleset::parse(text).expect_err(text);
        assert_eq!(error.to_string(), message, "{text}");
    }
}

/// Whatever is cut from a text, the answer is a ruleset or an error, and deep nesting is an error.
#[test]
fn broken_texts_are_answered() {
    let whole = r#"Rules = [ (RowCount between (0.9 * avg(last(10))) and 7) or (ColumnValues "a" in
        ["x",NULL] where "b" with threshold > 0.5), FileSize > 5 KB labels = ["k" = "v"] ] # end"#;
    for start in 0..whole.len() {
        for end in [start, start + 1, start + 7, whole.len()] {
            let end = end.min(whole.len());
            let cut = format!("{}{}", &whole[..start], &whole[end..]);
            if let Err(error) = Ruleset::parse(&cut) {
                assert!(error.line >= 1 && !error.message.is_empty(), "{cut}");
            }
        }
    }
    for deep in [
        format!("Rules = [ {}RowCount > 1 ]", "(".repeat(60_000)),
        format!("Rules = [ RowCount > {}1 ]", "(".repeat(60_000)),
        format!("Rules = [ RowCount > {}1 ]", "avg(".repeat(15_000)),
    ] {
        let error = Ruleset::parse(&deep).unwrap_err();
        assert!(
            error.message.contains("at most 100 nested parentheses"),
            "{error}"
        );
    }
}
