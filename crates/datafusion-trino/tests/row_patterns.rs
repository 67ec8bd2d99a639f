//! `MATCH_RECOGNIZE`, as the Trino manual's "Pattern matching" has it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use datafusion::error::DataFusionError;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion_trino::TextColumn;

/// The rows in their order: `1 a | 2 b`.
async fn rows(query: &str) -> Result<String, String> {
    let context =
        SessionContext::new_with_config(datafusion_trino::configured(SessionConfig::new()));
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
    Ok(rows.join(" | "))
}

/// Each case: what is selected, the clause, the answer; of prices that fall and rise twice.
async fn check(cases: &[(&str, &str, &str)]) {
    for (selected, clause, expected) in cases {
        let query = format!(
            "SELECT {selected} FROM (VALUES (3, 9), (1, 10), (2, 8), (5, 8), (4, 7)) t(id, price) MATCH_RECOGNIZE ({clause}) m"
        );
        let answer = rows(&query).await.unwrap_or_else(|refusal| refusal);
        assert_eq!(answer, *expected, "{clause}");
    }
}

#[tokio::test]
async fn one_row_for_each_match() {
    check(&[
        (
            "*",
            "ORDER BY id MEASURES A.price AS top, LAST(D.price) AS bottom, LAST(U.id) AS id, match_number() AS n
             PATTERN (A D+ U+) DEFINE D AS price < PREV(price), U AS price > PREV(price)",
            "10 8 3 1",
        ),
        // The last row of one is the first of the next.
        (
            "top, bottom, n",
            "ORDER BY id MEASURES A.price AS top, LAST(D.price) AS bottom, match_number() AS n
             AFTER MATCH SKIP TO LAST U
             PATTERN (A D+ U+) DEFINE D AS price < PREV(price), U AS price > PREV(price)",
            "10 8 1 | 9 7 2",
        ),
        ("c", "MEASURES count(*) AS c PATTERN (A+?)", "1 | 1 | 1 | 1 | 1"),
        ("c", "MEASURES count(*) AS c PATTERN (A{2})", "2 | 2"),
        ("c", "MEASURES count(*) AS c PATTERN (A{2,3}?)", "2 | 2"),
        ("c", "MEASURES count(*) AS c PATTERN (A{,4})", "4 | 1"),
        ("c", "MEASURES count(*) AS c AFTER MATCH SKIP TO NEXT ROW PATTERN (^ A+ $)", "5"),
        (
            "c",
            "ORDER BY id MEASURES array_agg(classifier()) AS c PATTERN (PERMUTE(A, B, C)) DEFINE A AS id = 2, C AS id = 1",
            "[C, A, B]",
        ),
        // Those of a set; the classifier of rows that have not got one yet is null.
        (
            "s, n",
            "ORDER BY id MEASURES sum(U.price) AS s, classifier(U) AS n PATTERN (A B C+) SUBSET U = (A, B)",
            "18 B",
        ),
        ("c", "ORDER BY id MEASURES NEXT(price, 2) AS c PATTERN (A) DEFINE A AS id = 2", "7"),
        ("c", "ORDER BY id MEASURES count(*) AS c PATTERN (A+) DEFINE A AS NEXT(classifier()) = 'A'", ""),
    ])
    .await;
}

#[tokio::test]
async fn all_rows_of_each_match() {
    check(&[
        (
            "*",
            "ORDER BY id MEASURES classifier() AS label, RUNNING sum(price) AS running, FINAL sum(price) AS final
             ALL ROWS PER MATCH PATTERN (A B+ C) DEFINE C AS price > PREV(price)",
            "1 A 10 42 10 | 2 B 18 42 8 | 3 B 27 42 9 | 4 B 34 42 7 | 5 C 42 42 8",
        ),
        (
            "id, label, n",
            "ORDER BY id MEASURES classifier() AS label, match_number() AS n
             ALL ROWS PER MATCH WITH UNMATCHED ROWS PATTERN (A B) DEFINE A AS id = 2",
            "1 null null | 2 A 1 | 3 B 1 | 4 null null | 5 null null",
        ),
        // Empty matches have numbers.
        (
            "id, label, n",
            "ORDER BY id MEASURES classifier() AS label, match_number() AS n
             ALL ROWS PER MATCH PATTERN (A*) DEFINE A AS id > 3",
            "1 null 1 | 2 null 2 | 3 null 3 | 4 A 4 | 5 A 4",
        ),
        (
            "id",
            "ORDER BY id ALL ROWS PER MATCH OMIT EMPTY MATCHES PATTERN (A*) DEFINE A AS id > 3",
            "4 | 5",
        ),
        (
            "id, label",
            "ORDER BY id MEASURES classifier() AS label ALL ROWS PER MATCH PATTERN (A {- B+ -} C) DEFINE C AS id = 5",
            "1 A | 5 C",
        ),
    ])
    .await;
}

#[tokio::test]
async fn partitions_are_matched_by_themselves() {
    let query = "SELECT part, ids FROM (VALUES ('b', 2), ('a', 1), ('b', 1), (NULL, 7), ('a', 2), (NULL, 8)) t(part, id)
        MATCH_RECOGNIZE (PARTITION BY part ORDER BY id DESC MEASURES array_agg(id) AS ids PATTERN (A+)) ORDER BY part";
    assert_eq!(
        rows(query).await.unwrap(),
        "a [2, 1] | b [2, 1] | null [8, 7]"
    );
}

#[tokio::test]
async fn wrong_clauses_are_refused_at_their_place() {
    let begin = "SELECT 1 FROM (VALUES 1) t(id) MATCH_RECOGNIZE (";
    for (clause, expected) in [
        (
            "MEASURES nope AS c PATTERN (A)",
            "COLUMN_NOT_FOUND: line 1:58: Column 'nope' cannot be resolved or requester is not authorized to access requested resources",
        ),
        (
            "PATTERN (A) DEFINE A AS id",
            "TYPE_MISMATCH: line 1:73: Expression defining a label must be boolean (actual type: integer)",
        ),
        (
            "PATTERN (A) DEFINE A AS id = 'x'",
            "TYPE_MISMATCH: line 1:76: Cannot apply operator: integer = varchar",
        ),
        (
            "PATTERN (A) DEFINE B AS id > 1",
            "INVALID_LABEL: line 1:68: defined variable: B is not a primary pattern variable",
        ),
        (
            "PATTERN (A |)",
            "SYNTAX_ERROR: line 1:60: mismatched input '|'",
        ),
        ("PATTERN A", "SYNTAX_ERROR: line 1:57: mismatched input 'A'"),
        (
            "MEASURES sum(A.id + B.id) AS s PATTERN (A B)",
            "INVALID_ARGUMENTS: line 1:69: All labels and classifiers inside the call to an aggregate function must match",
        ),
        (
            "MEASURES id AS s AFTER MATCH SKIP TO FIRST A PATTERN (A)",
            "GENERIC_USER_ERROR: AFTER MATCH SKIP failed: cannot skip to first row of match",
        ),
        (
            "MEASURES id AS s AFTER MATCH SKIP TO B PATTERN (A B?)",
            "GENERIC_USER_ERROR: AFTER MATCH SKIP failed: pattern variable is not present in match",
        ),
    ] {
        let refusal = rows(&format!("{begin}{clause})")).await.unwrap_err();
        assert_eq!(refusal, expected, "{clause}");
    }
}

#[tokio::test]
async fn nested_repetitions_end() {
    let query = "SELECT count(*) FROM (SELECT x FROM UNNEST(sequence(1, 5000)) t(x))
        MATCH_RECOGNIZE (ORDER BY x MEASURES count(*) AS c PATTERN ((A+)+ B) DEFINE B AS false)";
    assert_eq!(rows(query).await.unwrap(), "0");
}
