//! Relations and subqueries, as the Trino manual's "SELECT" has them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use datafusion::error::DataFusionError;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion_trino::TextColumn;

/// The rows, sorted: `1 a | 2 b`.
async fn rows(query: &str) -> Result<String, String> {
    rows_within(query, RuntimeEnvBuilder::new()).await
}

async fn rows_within(query: &str, resources: RuntimeEnvBuilder) -> Result<String, String> {
    let config = datafusion_trino::configured(SessionConfig::new());
    let context = SessionContext::new_with_config_rt(config, resources.build_arc().unwrap());
    datafusion_trino::register(&context);
    let parsed = datafusion_trino::parse(query, &[]).map_err(|error| error.to_string())?;
    let planned = datafusion_trino::plan(&context.state(), parsed)
        .await
        .map_err(|error| error.to_string())?;
    let failed = |error: DataFusionError| planned.refusal(&error).to_string();
    let frame = context.execute_logical_plan(planned.plan.clone()).await;
    let batches = frame.map_err(failed)?.collect().await.map_err(failed)?;
    let mut rows = Vec::new();
    for batch in batches {
        let columns: Vec<_> = batch.columns().iter().map(TextColumn::new).collect();
        for row in 0..batch.num_rows() {
            let cells = columns.iter().map(|column| {
                let text = column.as_ref().unwrap().text(row);
                text.unwrap_or_else(|| "null".to_owned())
            });
            rows.push(cells.collect::<Vec<_>>().join(" "));
        }
    }
    rows.sort();
    Ok(rows.join(" | "))
}

async fn check(cases: &[(&str, &str)]) {
    for (query, expected) in cases {
        let answer = rows(query).await.unwrap_or_else(|refusal| refusal);
        assert_eq!(answer, *expected, "{query}");
    }
}

#[tokio::test]
async fn products_do_not_wait_in_memory() {
    let product = "FROM UNNEST(sequence(1, 1000)) t(a) CROSS JOIN UNNEST(sequence(1, 1000)) u(b) CROSS JOIN UNNEST(sequence(1, 3)) v(c)";
    let query = format!("SELECT sum(a + b + c) {product}");
    // The pairs of a and b alone are 16 MB.
    let little = RuntimeEnvBuilder::new().with_memory_limit(2 << 20, 1.0);
    assert_eq!(
        rows_within(&query, little).await.as_deref(),
        Ok("3009000000")
    );
}

#[tokio::test]
async fn subqueries_that_look_outside() {
    check(&[
        // Each row has its own limit.
        (
            "SELECT a, (SELECT b FROM (VALUES (1, 2), (1, 3), (4, 5)) u(a, b) WHERE u.a = t.a ORDER BY b DESC LIMIT 1) FROM (VALUES 1, 4, 6) t(a)",
            "1 3 | 4 5 | 6 null",
        ),
        // Functions without groups answer where there are no rows.
        (
            "SELECT * FROM (VALUES 1, 2) t(a) CROSS JOIN LATERAL (SELECT count(*), max(b) FROM (VALUES 1) u(b) WHERE b >= a)",
            "1 1 1 | 2 0 null",
        ),
        // Groups stay apart.
        (
            "SELECT * FROM (VALUES 1, 2) t(a), LATERAL (SELECT b, count(*) FROM (VALUES (1, 'x'), (1, 'x'), (2, 'y')) u(a, b) WHERE u.a <= t.a GROUP BY b)",
            "1 x 2 | 2 x 2 | 2 y 1",
        ),
        // Nulls outside are values like others.
        (
            "SELECT a, (SELECT count(*) FROM (VALUES 1, NULL) u(b) WHERE b IS NOT DISTINCT FROM a) FROM (VALUES 1, NULL, 3) t(a)",
            "1 1 | 3 0 | null 1",
        ),
        (
            "SELECT a, EXISTS(SELECT b FROM (VALUES 1, 2) u(b) WHERE b < a GROUP BY b HAVING count(*) > 0) FROM (VALUES 1, 2) t(a)",
            "1 false | 2 true",
        ),
        (
            "SELECT a, (SELECT (SELECT max(c) FROM (VALUES 1, 2, 3) v(c) WHERE c < a + b) FROM (VALUES 1) u(b)) FROM (VALUES 1, 2) t(a)",
            "1 1 | 2 2",
        ),
        (
            "SELECT a, (SELECT array_agg(e ORDER BY e DESC) FROM UNNEST(a) u(e)) FROM (VALUES ARRAY[1, 2], ARRAY[]) t(a)",
            "[1, 2] [2, 1] | [] null",
        ),
        (
            "SELECT (SELECT b FROM (VALUES 1, 1) u(b) WHERE b = a) FROM (VALUES 1) t(a)",
            "SUBQUERY_MULTIPLE_ROWS: Scalar sub-query has returned multiple rows",
        ),
    ])
    .await;
}

#[tokio::test]
async fn quantified_comparisons() {
    check(&[
        ("SELECT 1 IN (VALUES 2, NULL), 1 IN (VALUES 1, NULL)", "null true"),
        ("SELECT NULL IN (SELECT 1 WHERE false)", "false"),
        ("SELECT 3 > ALL (VALUES 1, 2), 3 > ALL (VALUES 1, NULL)", "true null"),
        ("SELECT 1 = ANY (VALUES 2), 1 <> SOME (VALUES 1, 2)", "false true"),
        ("SELECT (1, 'a') IN (SELECT 1, 'a')", "true"),
        ("SELECT ROW(0) IN (VALUES ROW(1), NULL)", "null"),
        (
            "SELECT * FROM (VALUES 1, 2) t(a) LEFT JOIN (VALUES 1, 2) u(b) ON a = b AND a IN (VALUES 1)",
            "1 1 | 2 null",
        ),
    ])
    .await;
}

#[tokio::test]
async fn elements_as_rows() {
    check(&[
        (
            "SELECT * FROM UNNEST(ARRAY[ROW(1, 'a'), NULL], ARRAY[7]) WITH ORDINALITY",
            "1 a 7 1 | null null null 2",
        ),
        ("SELECT k, v FROM UNNEST(MAP(ARRAY['a'], ARRAY[1])) t(k, v)", "a 1"),
        (
            "SELECT x FROM UNNEST(CAST(ARRAY[ROW(1, 2)] AS array(row(x int, y int))))",
            "1",
        ),
        (
            "SELECT a, e, n FROM (VALUES ARRAY[5, 6], ARRAY[]) t(a) LEFT JOIN UNNEST(a) WITH ORDINALITY u(e, n) ON true",
            "[5, 6] 5 1 | [5, 6] 6 2 | [] null null",
        ),
        (
            "SELECT * FROM (VALUES 1) t(a) FULL JOIN UNNEST(ARRAY[2, 3]) ON true",
            "1 2 | 1 3",
        ),
        ("SELECT * FROM UNNEST(1)", "TYPE_MISMATCH: line 1:22: Cannot unnest type: integer"),
    ])
    .await;
}

#[tokio::test]
async fn wildcards_of_rows_and_outer_relations() {
    check(&[
        ("SELECT (1, 'a').*, 3", "1 a 3"),
        (
            "SELECT t.r.* AS (x, y) FROM (VALUES ROW(ROW(1, 'a'))) t(r) ORDER BY y",
            "1 a",
        ),
        (
            "SELECT b FROM (SELECT r.* FROM (SELECT CAST(ROW(1, 2) AS row(a int, b int)) r))",
            "2",
        ),
        (
            "SELECT (SELECT t.* FROM (VALUES 0)) FROM (VALUES 1, 2) t(a)",
            "1 | 2",
        ),
        ("WITH t(a) AS (VALUES 1) SELECT * FROM (TABLE t) u", "1"),
    ])
    .await;
}

#[tokio::test]
async fn window_frames() {
    check(&[
        (
            "SELECT array_agg(a) OVER (ORDER BY a ROWS BIGINT '1' PRECEDING) FROM (VALUES 1, 2, 3) t(a)",
            "[1, 2] | [1] | [2, 3]",
        ),
        (
            "SELECT a, count(*) OVER (ORDER BY a RANGE BETWEEN 1.5 PRECEDING AND CURRENT ROW) FROM (VALUES 1, 2, 4) t(a)",
            "1 1 | 2 2 | 4 1",
        ),
    ])
    .await;
}

#[tokio::test]
async fn ties_come_along() {
    check(&[
        (
            "SELECT x FROM (VALUES 3, 1, 2, 2, 1) t(x) ORDER BY x FETCH FIRST ROW WITH TIES",
            "1 | 1",
        ),
        (
            "SELECT x FROM (VALUES 3, 1, 2, 2, 1) t(x) ORDER BY x OFFSET 2 FETCH FIRST 1 ROWS WITH TIES",
            "2 | 2",
        ),
        // What it is ordered by need not be selected.
        (
            "SELECT y FROM (VALUES (3, 1), (1, 2), (1, 3)) t(x, y) ORDER BY x FETCH FIRST ROW WITH TIES",
            "2 | 3",
        ),
        (
            "SELECT x, count(*) FROM (VALUES 3, 1, 2, 2, 1) t(x) GROUP BY x ORDER BY count(*) DESC FETCH FIRST ROW WITH TIES",
            "1 2 | 2 2",
        ),
        (
            "SELECT x FROM (VALUES 3) t(x) FETCH FIRST ROW WITH TIES",
            "MISSING_ORDER_BY: FETCH FIRST WITH TIES clause requires ORDER BY",
        ),
    ])
    .await;
}

#[tokio::test]
async fn nothing_is_below_nan() {
    check(&[
        ("SELECT 1e0 BETWEEN 0e0 AND nan(), 1e0 NOT BETWEEN 0e0 AND nan(), nan() BETWEEN 0e0 AND 1e0", "false true false"),
        ("SELECT x BETWEEN 0e0 AND 2e0 FROM (VALUES 1e0, nan(), NULL) t(x)", "false | null | true"),
    ])
    .await;
}
