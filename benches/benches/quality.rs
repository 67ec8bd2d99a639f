//! One ruleset of 20 rules over 1,000,000 rows: all at once, and one after the other.
//!
//!     cargo bench --package lakebed-benches --bench quality
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a bench that cannot run should say so"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use async_trait::async_trait;
use chrono::Utc;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use datafusion::datasource::MemTable;
use datafusion::prelude::{DataFrame, SessionContext};
use lakebed_quality::{Evaluation, History, Ruleset, SparkSql, Verdict};
use tokio::runtime::Runtime;

const ROWS: i64 = 1_000_000;
const BATCH: i64 = 8_192;
const RULES: [&str; 20] = [
    "RowCount = 1000000",
    r#"IsComplete "id""#,
    r#"IsUnique "id""#,
    r#"ColumnValues "id" >= 0"#,
    r#"Completeness "city" > 0.9"#,
    r#"ColumnValues "city" in ["Seoul","Busan","Jeju",NULL]"#,
    r#"ColumnLength "city" <= 5"#,
    r#"DistinctValuesCount "city" = 3"#,
    r#"Entropy "city" < 2"#,
    r#"IsComplete "price""#,
    r#"ColumnValues "price" between -1 and 1001"#,
    r#"Mean "price" between 400 and 600"#,
    r#"StandardDeviation "price" < 400"#,
    r#"Sum "price" > 0"#,
    r#"ColumnValues "email" matches "[a-z0-9]+@example\.com""#,
    r#"ColumnLength "email" > 10"#,
    r#"Uniqueness "email" > 0.4"#,
    r#"UniqueValueRatio "email" >= 0"#,
    r#"ColumnCorrelation "id" "price" < 0.5"#,
    r#"ColumnDataType "code" = "Integer""#,
];

struct NoSql;

#[async_trait]
impl SparkSql for NoSql {
    async fn query(&self, sql: &str, _: Vec<(String, DataFrame)>) -> Result<DataFrame, String> {
        Err(format!("no rule here has SQL: {sql}"))
    }
}

fn rows(start: i64) -> RecordBatch {
    let ids = || start..(start + BATCH).min(ROWS);
    let city = |id: i64| match id % 20 {
        0 => None,
        1..8 => Some("Seoul"),
        8..14 => Some("Busan"),
        _ => Some("Jeju"),
    };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(ids().collect::<Int64Array>())),
        ("city", Arc::new(ids().map(city).collect::<StringArray>())),
        (
            "price",
            Arc::new(
                ids()
                    .map(|id| Some((id * 7919 % 1000) as f64))
                    .collect::<Float64Array>(),
            ),
        ),
        (
            "email",
            Arc::new(StringArray::from_iter_values(
                ids().map(|id| format!("user{id}@example.com")),
            )),
        ),
        (
            "code",
            Arc::new(StringArray::from_iter_values(
                ids().map(|id| (id % 977).to_string()),
            )),
        ),
    ];
    RecordBatch::try_from_iter_with_nullable(
        columns
            .into_iter()
            .map(|(name, column)| (name, column, true)),
    )
    .unwrap()
}

fn orders() -> DataFrame {
    let batches: Vec<RecordBatch> = (0..ROWS).step_by(BATCH as usize).map(rows).collect();
    let schema = batches[0].schema();
    let half = batches.len() / 2;
    let partitions = vec![batches[..half].to_vec(), batches[half..].to_vec()];
    let table = MemTable::try_new(schema, partitions).unwrap();
    SessionContext::new().read_table(Arc::new(table)).unwrap()
}

async fn evaluate(ruleset: &Ruleset, primary: DataFrame) {
    let evaluation = Evaluation {
        ruleset,
        primary,
        references: BTreeMap::new(),
        sources: Vec::new(),
        sql: &NoSql,
        history: &History::new(),
        now: Utc::now(),
    };
    let evaluated = evaluation.run().await.unwrap();
    assert_eq!(
        evaluated.count(Verdict::Passed),
        evaluated.rules.len(),
        "{:#?}",
        evaluated.rules
    );
}

fn quality(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let orders = orders();
    let ruleset =
        |rules: &[&str]| Ruleset::parse(&format!("Rules = [ {} ]", rules.join(", "))).unwrap();
    let all = ruleset(&RULES);
    let each = RULES.map(|rule| ruleset(&[rule]));
    let mut group = criterion.benchmark_group("quality");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(ROWS as u64));
    group.bench_function("20 rules, one ruleset", |bencher| {
        bencher.iter(|| runtime.block_on(evaluate(&all, orders.clone())));
    });
    group.bench_function("20 rules, one by one", |bencher| {
        bencher.iter(|| {
            for one in &each {
                runtime.block_on(evaluate(one, orders.clone()));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, quality);
criterion_main!(benches);
