//! Rulesets evaluated over small frames, through the public API.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, Float64Array, Int64Array, ListArray, RecordBatch, StringArray,
};
use arrow::datatypes::Int64Type;
use arrow::util::pretty::pretty_format_batches;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use datafusion::prelude::{DataFrame, SessionContext};
use lakebed_quality::{Evaluated, Evaluation, History, Ruleset, SparkSql, Verdict};

/// The engine's own SQL stands in for Spark's.
struct PlainSql;

#[async_trait]
impl SparkSql for PlainSql {
    async fn query(
        &self,
        sql: &str,
        tables: Vec<(String, DataFrame)>,
    ) -> Result<DataFrame, String> {
        let session = SessionContext::new();
        for (name, frame) in tables {
            session
                .register_table(name, frame.into_view())
                .map_err(|error| error.to_string())?;
        }
        let sql = sql.replace('`', "\"");
        session
            .sql(&sql)
            .await
            .map_err(|error| error.strip_backtrace())
    }
}

fn now() -> DateTime<Utc> {
    "2024-05-10T12:00:00Z".parse().unwrap()
}

fn frame(columns: Vec<(&str, ArrayRef)>) -> DataFrame {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns
            .into_iter()
            .map(|(name, column)| (name, column, true)),
    );
    SessionContext::new().read_batch(batch.unwrap()).unwrap()
}

/// Six orders: one id twice, a null and an empty city, ages of days.
fn orders() -> DataFrame {
    let days = |age: i32| 19_853 - age;
    frame(vec![
        ("id", Arc::new(Int64Array::from(vec![1, 2, 3, 4, 5, 5]))),
        (
            "city",
            Arc::new(StringArray::from(vec![
                Some("Seoul"),
                Some("Busan"),
                Some("Seoul"),
                None,
                Some(""),
                Some("  "),
            ])),
        ),
        (
            "price",
            Arc::new(Float64Array::from(vec![
                Some(10.0),
                Some(20.0),
                Some(30.0),
                Some(40.0),
                Some(50.0),
                None,
            ])),
        ),
        (
            "tax",
            Arc::new(Float64Array::from(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])),
        ),
        (
            "amount",
            Arc::new(StringArray::from(vec!["1", "2", " 3", "x", "5.5", "6"])),
        ),
        (
            "day",
            Arc::new(Date32Array::from(vec![
                Some(days(0)),
                Some(days(1)),
                Some(days(2)),
                Some(days(3)),
                Some(days(40)),
                None,
            ])),
        ),
    ])
}

fn customers() -> DataFrame {
    frame(vec![
        ("id", Arc::new(Int64Array::from(vec![1, 2, 3, 3]))),
        (
            "city",
            Arc::new(StringArray::from(vec!["Seoul", "Jeju", "Seoul", "Seoul"])),
        ),
        (
            "price",
            Arc::new(Float64Array::from(vec![10.0, 20.0, 30.0, 30.0])),
        ),
    ])
}

fn evaluation<'a>(ruleset: &'a Ruleset, history: &'a History) -> Evaluation<'a> {
    Evaluation {
        ruleset,
        primary: orders(),
        references: BTreeMap::from([("customers".to_owned(), customers())]),
        sources: Vec::new(),
        sql: &PlainSql,
        history,
        now: now(),
    }
}

async fn evaluate(rules: &str, history: &History) -> Evaluated {
    let ruleset = Ruleset::parse(rules).unwrap();
    evaluation(&ruleset, history).run().await.unwrap()
}

/// `Passed`, or the verdict and the message; then the metrics.
fn spell(evaluated: &Evaluated, index: usize) -> String {
    let rule = &evaluated.rules[index];
    let mut text = rule.verdict.as_str().to_owned();
    if let Some(message) = &rule.message {
        text.push_str(": ");
        text.push_str(message);
    }
    for (name, value) in &rule.metrics {
        text.push_str(&format!(" | {name} {value:.4}"));
    }
    text
}

#[tokio::test]
async fn rules_of_all_kinds() {
    let cases = [
        ("RowCount = 6", "Passed | Dataset.*.RowCount 6.0000"),
        (
            "RowCount between 6 and 9",
            "Failed: Value: 6.0 does not meet the constraint requirement! | Dataset.*.RowCount 6.0000",
        ),
        (
            r#"RowCount = 2 where "city = 'Seoul'""#,
            "Passed | Dataset.*.RowCount 2.0000",
        ),
        ("ColumnCount = 6", "Passed | Dataset.*.ColumnCount 6.0000"),
        (r#"ColumnExists "id""#, "Passed"),
        (
            r#"ColumnExists "ID""#,
            "Failed: Column ID does not exist in the dataset",
        ),
        (
            r#"ColumnNamesMatchPattern "^[a-z]{2,4}$""#,
            "Failed: Columns that do not match the pattern: price, amount | Dataset.*.ColumnNamesPatternMatchRatio 0.6667",
        ),
        (
            r#"IsComplete "id""#,
            "Passed | Column.id.Completeness 1.0000",
        ),
        (
            r#"IsComplete "city""#,
            "Failed: Value: 0.8333333333333334 does not meet the constraint requirement! | Column.city.Completeness 0.8333",
        ),
        (
            r#"IsComplete "none""#,
            "Failed: Column none does not exist in the dataset",
        ),
        (
            r#"Completeness "city" > 0.8"#,
            "Passed | Column.city.Completeness 0.8333",
        ),
        (
            r#"IsUnique "id""#,
            "Failed: Value: 0.6666666666666666 does not meet the constraint requirement! | Column.id.Uniqueness 0.6667",
        ),
        (
            r#"IsUnique "id" where "id < 5""#,
            "Passed | Column.id.Uniqueness 1.0000",
        ),
        (
            r#"Uniqueness "city" = 0.6"#,
            "Passed | Column.city.Uniqueness 0.6000",
        ),
        (
            r#"IsUnique "id" "tax""#,
            "Passed | Multicolumn.id,tax.Uniqueness 1.0000",
        ),
        (
            r#"IsPrimaryKey "tax""#,
            "Passed | Column.tax.Completeness 1.0000 | Column.tax.Uniqueness 1.0000",
        ),
        (
            r#"IsPrimaryKey "price""#,
            "Failed: Value: 0.8333333333333334 does not meet the constraint requirement! | Column.price.Completeness 0.8333 | Column.price.Uniqueness 1.0000",
        ),
        (
            r#"UniqueValueRatio "id" = 0.8"#,
            "Passed | Column.id.UniqueValueRatio 0.8000",
        ),
        (
            r#"DistinctValuesCount "city" = 4"#,
            "Passed | Column.city.DistinctValuesCount 4.0000",
        ),
        // Frequencies 2, 1, 1, 1 of five values, in nats.
        (
            r#"Entropy "city" between 1.33 and 1.34"#,
            "Passed | Column.city.Entropy 1.3322",
        ),
        (r#"Mean "price" = 30"#, "Passed | Column.price.Mean 30.0000"),
        (r#"Sum "price" = 150"#, "Passed | Column.price.Sum 150.0000"),
        (
            r#"StandardDeviation "price" between 14 and 15"#,
            "Passed | Column.price.StandardDeviation 14.1421",
        ),
        (
            r#"Variance "price" = 200"#,
            "Passed | Column.price.Variance 200.0000",
        ),
        (
            r#"ColumnCorrelation "price" "tax" > 0.99"#,
            "Passed | Multicolumn.price,tax.ColumnCorrelation 1.0000",
        ),
        (
            r#"Mean "city" > 1"#,
            "Failed: Column city is of type Utf8, and Mean takes numbers",
        ),
        // A null's length is 0.
        (
            r#"ColumnLength "city" <= 5"#,
            "Passed | Column.city.MaximumLength 5.0000 | Column.city.MinimumLength 0.0000",
        ),
        (
            r#"ColumnLength "city" >= 1"#,
            "Failed: Value: 0.0 does not meet the constraint requirement! | Column.city.MaximumLength 5.0000 | Column.city.MinimumLength 0.0000",
        ),
        (
            r#"ColumnValues "tax" > 0"#,
            "Passed | Column.tax.Minimum 1.0000",
        ),
        (
            r#"ColumnValues "tax" < 6"#,
            "Failed: Value: 6.0 does not meet the constraint requirement! | Column.tax.Maximum 6.0000",
        ),
        (
            r#"ColumnValues "price" >= 10"#,
            "Failed: Value: NULL does not meet the constraint requirement! | Column.price.Minimum 10.0000",
        ),
        (
            r#"ColumnValues "price" >= 10 with threshold > 0.8"#,
            "Passed | Column.price.ColumnValues.Compliance 0.8333",
        ),
        // Null passes what is negated, unless it is named.
        (
            r#"ColumnValues "price" != 7"#,
            "Passed | Column.price.ColumnValues.Compliance 1.0000",
        ),
        (
            r#"ColumnValues "price" not in [7,NULL]"#,
            "Failed: Value: NULL does not meet the constraint requirement! | Column.price.ColumnValues.Compliance 0.8333",
        ),
        (
            r#"ColumnValues "price" in [10,20,30,40,50,NULL]"#,
            "Passed | Column.price.ColumnValues.Compliance 1.0000",
        ),
        (
            r#"ColumnValues "city" in ["Seoul","Busan",NULL,EMPTY,WHITESPACES_ONLY]"#,
            "Passed | Column.city.ColumnValues.Compliance 1.0000",
        ),
        (
            r#"ColumnValues "city" not in [EMPTY,WHITESPACES_ONLY]"#,
            "Failed: Value: 0.6666666666666666 does not meet the constraint requirement! | Column.city.ColumnValues.Compliance 0.6667",
        ),
        (
            r#"ColumnValues "city" in ["seoul","BUSAN"] where "id < 4" with ignoreCase = "true""#,
            "Passed | Column.city.ColumnValues.Compliance 1.0000",
        ),
        // The whole value must match.
        (
            r#"ColumnValues "city" matches "[A-Z][a-z]{4}" where "id < 4""#,
            "Passed | Column.city.ColumnValues.Compliance 1.0000",
        ),
        (
            r#"ColumnValues "city" matches "[A-Z]" where "id < 4""#,
            "Failed: Value: 0.0 does not meet the constraint requirement! | Column.city.ColumnValues.Compliance 0.0000",
        ),
        (
            r#"ColumnValues "day" > (now() - 5 days) with threshold > 0.6"#,
            "Passed | Column.day.ColumnValues.Compliance 0.6667",
        ),
        (
            r#"ColumnValues "day" <= "2024-05-10" where "id < 5""#,
            "Passed | Column.day.ColumnValues.Compliance 1.0000",
        ),
        (
            r#"ColumnValues "tax" > 100 where "id > 100""#,
            "Passed: No rows matched the filter",
        ),
        (
            r#"ColumnDataType "amount" = "Integer" with threshold > 0.6"#,
            "Passed | Column.amount.ColumnDataType.Compliance 0.6667",
        ),
        (
            r#"ColumnDataType "amount" = "Color""#,
            "Failed: Unrecognized data type: Color; known: Boolean, Date, Timestamp, Integer, Long, Float, Double, Decimal(p,s)",
        ),
        (
            r#"DataFreshness "day" <= 4 days where "id < 5""#,
            "Passed | Column.day.DataFreshness.Compliance 1.0000",
        ),
        (
            r#"DataFreshness "day" < 36 hours"#,
            "Failed: Value: 0.16666666666666666 does not meet the constraint requirement! | Column.day.DataFreshness.Compliance 0.1667",
        ),
        (
            r#"CustomSql "select max(price) from primary" = 50"#,
            "Passed | Dataset.*.CustomSQL 50.0000",
        ),
        (
            r#"CustomSql "select count(*) from primary join customers on primary.id = customers.id" = 4"#,
            "Passed | Dataset.*.CustomSQL 4.0000",
        ),
        (
            r#"CustomSql "select id from primary" = 1"#,
            "Failed: Custom SQL did not return exactly 1 numeric column and row",
        ),
        (
            r#"CustomSql "select id from primary where id < 3" with threshold > 0.3"#,
            "Passed | Dataset.*.CustomSQL.Compliance 0.3333",
        ),
        (
            r#"CustomSql "select id, 1 as one from primary""#,
            "Failed: The columns returned from the SQL statement should only belong to the primary table. Columns not found: one",
        ),
        (
            r#"RowCountMatch "customers" = 1.5"#,
            "Passed | Dataset.customers.RowCountMatch 1.5000",
        ),
        (
            r#"RowCountMatch "nobody" = 1"#,
            "Failed: nobody not found in additional sources",
        ),
        (
            r#"SchemaMatch "customers" = 1"#,
            "Failed: Column counts do not match | Dataset.customers.SchemaMatch 0.0000",
        ),
        (
            r#"AggregateMatch "sum(price)" "sum(customers.price)" > 1.6"#,
            "Passed | Column.price.AggregateMatch 1.6667",
        ),
        (
            r#"AggregateMatch "avg(tax)" "avg(customers.price)" < 0.2"#,
            "Passed | Column.tax,price.AggregateMatch 0.1556",
        ),
        (
            r#"ReferentialIntegrity "id" "customers.id" = 0.5"#,
            "Passed | Column.customers.ReferentialIntegrity 0.5000",
        ),
        (
            r#"ReferentialIntegrity "id,city" "customers.{id,city}" >= 0.5"#,
            "Failed: Value: 0.3333333333333333 does not meet the constraint requirement! | Column.customers.ReferentialIntegrity 0.3333",
        ),
        (
            r#"DatasetMatch "customers" "id" "city,price" > 0.3"#,
            "Passed | Dataset.customers.DatasetMatch 0.3333",
        ),
        (
            r#"(RowCount = 6) and (IsComplete "city")"#,
            "Failed: Value: 0.8333333333333334 does not meet the constraint requirement! | Column.city.Completeness 0.8333 | Dataset.*.RowCount 6.0000",
        ),
        (
            r#"(RowCount = 7) or ((IsUnique "tax") and (ColumnExists "id"))"#,
            "Passed | Column.tax.Uniqueness 1.0000 | Dataset.*.RowCount 6.0000",
        ),
        (
            r#"DetectAnomalies "IsComplete" "id""#,
            "Failed: DetectAnomalies does not support rule type IsComplete",
        ),
    ];
    let rules: Vec<&str> = cases.iter().map(|(rule, _)| *rule).collect();
    let evaluated = evaluate(
        &format!("Rules = [ {} ]", rules.join(",\n")),
        &History::new(),
    )
    .await;
    let mut wrong = Vec::new();
    for (index, (rule, expected)) in cases.iter().enumerate() {
        assert_eq!(evaluated.rules[index].rule, *rule);
        let found = spell(&evaluated, index);
        if found != *expected {
            wrong.push(format!("{rule}\n  is  {found}\n  not {expected}"));
        }
    }
    let wrong = evaluate(
        r#"Rules = [ RowCount > 1 where "nothing > 1" ]"#,
        &History::new(),
    )
    .await;
    assert_eq!(wrong.rules[0].verdict, Verdict::Failed);
    // What cannot be computed for one rule is no reason to know nothing of the others.
    let lists = Ruleset::parse(
        r#"Rules = [ RowCount = 1, ColumnValues "tags" > 3, IsComplete "tags",
                     RowCount = 1 where "id in (select 1)" ]"#,
    )
    .unwrap();
    let tags = ListArray::from_iter_primitive::<Int64Type, _, _>([Some([Some(1)])]);
    let history = History::new();
    let nested = Evaluation {
        primary: frame(vec![
            ("id", Arc::new(Int64Array::from(vec![1]))),
            ("tags", Arc::new(tags)),
        ]),
        ..evaluation(&lists, &history)
    };
    let evaluated = nested.run().await.unwrap();
    let verdicts: Vec<&str> = evaluated
        .rules
        .iter()
        .map(|rule| rule.verdict.as_str())
        .collect();
    assert_eq!(verdicts, ["Passed", "Error", "Passed", "Failed"]);
    let message = wrong.rules[0].message.as_deref().unwrap();
    assert!(
        message.starts_with("The provided where clause is invalid"),
        "{message}"
    );
}

#[tokio::test]
async fn history_moves_limits_and_tells_anomalies() {
    let rules = r#"Rules = [ RowCount > avg(last(2)), Completeness "city" >= min(last(10)),
                   DetectAnomalies "RowCount", DetectAnomalies "Mean" "tax",
                   DetectAnomalies "CustomSQL" "select max(tax) from primary",
                   CustomSql "select min(tax) from primary" >= last(1) ]"#;
    let first = evaluate(rules, &History::new()).await;
    let verdicts: Vec<&str> = first
        .rules
        .iter()
        .map(|rule| rule.verdict.as_str())
        .collect();
    assert_eq!(
        verdicts,
        ["Failed", "Failed", "Passed", "Passed", "Passed", "Failed"]
    );
    assert_eq!(first.statistics["Dataset.*.RowCount"], 6.0);

    let history = History::from([
        ("Dataset.*.RowCount".to_owned(), vec![4.0, 5.0, 900.0]),
        ("Column.city.Completeness".to_owned(), vec![0.5]),
        ("Column.tax.Mean".to_owned(), vec![90.0, 100.0, 110.0]),
        // Statements have histories of their own.
        (
            "Dataset.*.CustomSQL where select max(tax) from primary".to_owned(),
            vec![6.0, 6.0, 6.0],
        ),
        (
            "Dataset.*.CustomSQL where select min(tax) from primary".to_owned(),
            vec![1.0],
        ),
    ]);
    let later = evaluate(rules, &history).await;
    let verdicts: Vec<&str> = later
        .rules
        .iter()
        .map(|rule| rule.verdict.as_str())
        .collect();
    assert_eq!(
        verdicts,
        ["Passed", "Passed", "Passed", "Failed", "Passed", "Passed"]
    );
    assert_eq!(later.rules[0].evaluated_rule, "RowCount > 4.5");
    assert_eq!(later.score(), 5.0 / 6.0);
    let [observation] = &later.observations[..] else {
        panic!("{:?}", later.observations)
    };
    assert_eq!(
        observation.description,
        "Column.tax.Mean is 3.50, which is below the lower limit of 55.52 expected from its history"
    );
    assert_eq!(
        observation.new_rules,
        ["Mean \"tax\" between 55.52 and 144.48"]
    );
}

#[tokio::test]
async fn analyzers_measure_without_judging() {
    let evaluated = evaluate(
        r#"Analyzers = [ RowCount, AllStatistics "price", Completeness "city", Mean "none" ]"#,
        &History::new(),
    )
    .await;
    assert_eq!(evaluated.score(), 1.0);
    assert_eq!(evaluated.analyzers[0].metrics["Dataset.*.RowCount"], 6.0);
    let statistics: Vec<(&str, f64)> = evaluated.analyzers[1]
        .metrics
        .iter()
        .map(|(name, value)| (name.as_str(), *value))
        .collect();
    let entropy = 5.0_f64.ln();
    assert_eq!(statistics.len(), 11);
    assert!(statistics.contains(&("Column.price.Maximum", 50.0)));
    assert!(
        statistics
            .iter()
            .any(|(name, value)| *name == "Column.price.Entropy" && (value - entropy).abs() < 1e-9)
    );
    assert_eq!(
        evaluated.analyzers[3].message.as_deref(),
        Some("Column none does not exist in the dataset")
    );
}

#[tokio::test]
async fn rows_say_which_rules_they_pass() {
    let ruleset = Ruleset::parse(
        r#"Rules = [
            RowCount = 6,
            IsComplete "city",
            IsUnique "id",
            ColumnValues "price" < 40 where "id > 1",
            ReferentialIntegrity "id" "customers.id" = 1,
            (IsComplete "price") and (ColumnLength "city" > 2),
            (IsComplete "price") and (RowCount > 1)
        ]"#,
    )
    .unwrap();
    let history = History::new();
    let (_, rows) = evaluation(&ruleset, &history)
        .run_with_rows()
        .await
        .unwrap();
    let batches = rows
        .sort_by(vec![datafusion::prelude::col("tax")])
        .unwrap()
        .select_columns(&[
            "tax",
            "DataQualityRulesFail",
            "DataQualityRulesSkip",
            "DataQualityEvaluationResult",
        ])
        .unwrap()
        .collect()
        .await
        .unwrap();
    let table = pretty_format_batches(&batches).unwrap().to_string();
    let lines: Vec<String> = table
        .lines()
        .skip(3)
        .filter(|line| line.starts_with('|'))
        .map(|line| line.split('|').map(str::trim).collect::<Vec<_>>()[1..5].join(" | "))
        .collect();
    let always = r#"RowCount = 6, (IsComplete "price") and (RowCount > 1)"#;
    let skip = format!("[{always}]");
    let price = r#"ColumnValues "price" < 40 where "id > 1""#;
    let reference = r#"ReferentialIntegrity "id" "customers.id" = 1"#;
    let both = r#"(IsComplete "price") and (ColumnLength "city" > 2)"#;
    let expected = [
        format!(
            "1.0 | [] | [RowCount = 6, {price}, (IsComplete \"price\") and (RowCount > 1)] | Passed"
        ),
        format!("2.0 | [] | {skip} | Passed"),
        format!("3.0 | [] | {skip} | Passed"),
        format!("4.0 | [IsComplete \"city\", {price}, {reference}, {both}] | {skip} | Failed"),
        format!("5.0 | [IsUnique \"id\", {price}, {reference}, {both}] | {skip} | Failed"),
        format!("6.0 | [IsUnique \"id\", {price}, {reference}, {both}] | {skip} | Failed"),
    ];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn data_fulfils_what_is_recommended_for_it() {
    let text = lakebed_quality::recommend(orders(), &PlainSql, now())
        .await
        .unwrap();
    let evaluated = evaluate(&text, &History::new()).await;
    let failed: Vec<&str> = evaluated
        .rules
        .iter()
        .filter(|rule| rule.verdict != Verdict::Passed)
        .map(|rule| rule.rule.as_str())
        .collect();
    assert_eq!(failed, [] as [&str; 0], "{text}");
    for rule in [
        "RowCount between 3 and 12",
        "IsComplete \"id\"",
        "Completeness \"city\" >= 0.79",
    ] {
        assert!(text.contains(rule), "{text}");
    }
}
