//! What the functions that queries use most cost, beside DataFusion's own of the same meaning: one
//! column of 100,000 rows each.
//!
//!     cargo bench --package lakebed-benches --bench functions
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a bench that cannot run should say so"
)]

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{SessionConfig, SessionContext};
use tokio::runtime::Runtime;

const ROWS: u64 = 100_000;

/// A name, an expression of Trino's, and one of DataFusion's with the same meaning if it has one.
const CASES: [(&str, &str, Option<&str>); 20] = [
    ("add", "n + 1", Some("n + 1")),
    ("divide", "x / 3e0", Some("x / 3.0")),
    ("compare", "n > 500", Some("n > 500")),
    (
        "case",
        "CASE WHEN n > 500 THEN 'many' ELSE 'few' END",
        Some("CASE WHEN n > 500 THEN 'many' ELSE 'few' END"),
    ),
    ("coalesce", "coalesce(x, 0e0)", Some("coalesce(x, 0.0)")),
    (
        "cast_to_varchar",
        "CAST(n AS varchar)",
        Some("CAST(n AS varchar)"),
    ),
    (
        "cast_to_bigint",
        "CAST(digits AS bigint)",
        Some("CAST(digits AS bigint)"),
    ),
    ("round", "round(x, 2)", Some("round(x, 2)")),
    ("abs", "abs(x)", Some("abs(x)")),
    ("length", "length(name)", Some("character_length(name)")),
    ("lower", "lower(name)", Some("lower(name)")),
    ("substr", "substr(name, 2, 3)", Some("substr(name, 2, 3)")),
    (
        "concat",
        "name || '-' || digits",
        Some("name || '-' || digits"),
    ),
    (
        "replace",
        "replace(name, 'a', 'b')",
        Some("replace(name, 'a', 'b')"),
    ),
    ("like", "name LIKE '%tool%'", Some("name LIKE '%tool%'")),
    (
        "split_part",
        "split_part(name, '-', 2)",
        Some("split_part(name, '-', 2)"),
    ),
    (
        "regexp_like",
        "regexp_like(name, 'to+l-[0-9]')",
        Some("regexp_like(name, 'to+l-[0-9]')"),
    ),
    (
        "date_trunc",
        "date_trunc('month', at)",
        Some("date_trunc('month', at)"),
    ),
    (
        "date_format",
        "date_format(at, '%Y-%m-%d')",
        Some("to_char(at, '%Y-%m-%d')"),
    ),
    (
        "json_extract_scalar",
        "json_extract_scalar(document, '$.tool.name')",
        None,
    ),
];

fn batch() -> RecordBatch {
    let rows = 0..ROWS as i64;
    let texts = |text: fn(i64) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.clone().map(text)))
    };
    let columns: [(&str, ArrayRef); 6] = [
        (
            "n",
            Arc::new(Int64Array::from_iter_values(
                rows.clone().map(|row| row % 1_000),
            )),
        ),
        (
            "x",
            Arc::new(Float64Array::from_iter(
                rows.clone()
                    .map(|row| (row % 7 != 0).then_some(row as f64 * 1.37)),
            )),
        ),
        (
            "name",
            texts(|row| format!("Tool-{} of many tools", row % 50)),
        ),
        ("digits", texts(|row| (row * 31).to_string())),
        (
            "document",
            texts(|row| {
                format!(
                    r#"{{"id": {row}, "tool": {{"name": "tool {}", "tags": [1, 2]}}}}"#,
                    row % 50
                )
            }),
        ),
        (
            "at",
            Arc::new(TimestampMillisecondArray::from_iter_values(
                rows.clone().map(|row| 1_700_000_000_000 + row * 61_000),
            )),
        ),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn context(config: SessionConfig) -> SessionContext {
    let context = SessionContext::new_with_config(config.with_target_partitions(1));
    context.register_batch("t", batch()).unwrap();
    context
}

fn functions(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let trino = context(datafusion_trino::configured(SessionConfig::new()));
    datafusion_trino::register(&trino);
    let plain = context(SessionConfig::new());
    for (name, ours, theirs) in CASES {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(ROWS));
        let ours = format!("SELECT {ours} FROM t");
        let planned = runtime.block_on(async {
            let parsed = datafusion_trino::parse(&ours, &[]).unwrap();
            datafusion_trino::plan(&trino.state(), parsed)
                .await
                .unwrap()
        });
        let run = |context: &SessionContext, plan: &LogicalPlan| {
            let frame = runtime.block_on(context.execute_logical_plan(plan.clone()));
            runtime.block_on(frame.unwrap().collect()).unwrap()
        };
        group.bench_function("trino", |bencher| {
            bencher.iter(|| run(&trino, &planned.plan));
        });
        if let Some(theirs) = theirs {
            let theirs = format!("SELECT {theirs} FROM t");
            let plan = runtime
                .block_on(plain.state().create_logical_plan(&theirs))
                .unwrap();
            group.bench_function("datafusion", |bencher| {
                bencher.iter(|| run(&plain, &plan));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, functions);
criterion_main!(benches);
