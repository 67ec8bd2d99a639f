//! Functions of arrays, as the Trino manual's "Array functions" has them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use datafusion::prelude::SessionContext;
use datafusion_trino::TextColumn;

async fn answer(query: &str) -> Result<String, String> {
    let context = SessionContext::new();
    datafusion_trino::register(&context);
    let parsed = datafusion_trino::parse(query, &[]).map_err(|error| error.to_string())?;
    let planned = datafusion_trino::plan(&context.state(), parsed)
        .await
        .map_err(|error| error.to_string())?;
    let rows = async {
        let frame = context.execute_logical_plan(planned.plan).await?;
        frame.collect().await
    };
    let batches = rows.await.map_err(|error| error.to_string())?;
    let column = TextColumn::new(batches[0].column(0)).unwrap();
    Ok(column.text(0).unwrap_or_else(|| "null".to_owned()))
}

#[tokio::test]
async fn arrays_of_the_elements_of_others() {
    for (expression, expected) in [
        ("slice(ARRAY[1, 2, 3, 4], 2, 2)", "[2, 3]"),
        ("slice(ARRAY[1, 2, 3, 4], -3, 5)", "[2, 3, 4]"),
        ("slice(ARRAY[1, 2], -3, 2)", "[]"),
        ("slice(ARRAY[1, 2], 3, 1)", "[]"),
        ("slice(ARRAY[1, 2], 1, CAST(NULL AS bigint))", "null"),
        ("trim_array(ARRAY['a', NULL, 'd'], 1)", "[a, null]"),
        ("ngrams(ARRAY[1, 2, 3], 2)", "[[1, 2], [2, 3]]"),
        ("ngrams(ARRAY[1, 2, 3], 4)", "[[1, 2, 3]]"),
        (
            "combinations(ARRAY[1, 2, 2], 2)",
            "[[1, 2], [1, 2], [2, 2]]",
        ),
        ("combinations(ARRAY[1], 0)", "[[]]"),
        ("combinations(ARRAY[1], 2)", "[]"),
        ("repeat('a', 2)", "[a, a]"),
        ("repeat(CAST(NULL AS boolean), 2)", "[null, null]"),
        ("repeat(1, 0)", "[]"),
    ] {
        let answer = answer(&format!("SELECT {expression}")).await;
        assert_eq!(answer.as_deref(), Ok(expected), "{expression}");
    }
}

#[tokio::test]
async fn sizes_that_are_refused() {
    for (expression, expected) in [
        ("slice(ARRAY[1], 0, 1)", "SQL array indices start at 1"),
        (
            "slice(ARRAY[1], 1, -1)",
            "length must be greater than or equal to 0",
        ),
        (
            "trim_array(ARRAY[1, 2], 3)",
            "size must not exceed array cardinality 2: 3",
        ),
        ("ngrams(ARRAY[1], 0)", "N must be positive"),
        (
            "combinations(ARRAY[1], 6)",
            "combination size must not exceed 5: 6",
        ),
        (
            "combinations(repeat(1, 100), 5)",
            "combinations exceed max size",
        ),
        (
            "repeat(1, -1)",
            "count argument of repeat function must be greater than or equal to 0",
        ),
    ] {
        let message = answer(&format!("SELECT {expression}")).await.unwrap_err();
        assert!(message.contains(expected), "{expression}: {message}");
    }
}
