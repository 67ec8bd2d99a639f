//! Sketches of many values, which are made in parts and merged.
#![allow(clippy::panic)]

use datafusion_trino::evaluate;

const NUMBERS: &str = "FROM UNNEST(sequence(1, 10000)) t(x)";

/// Sketches of ten shares of the numbers, as the rows of a query.
fn in_parts(sketch: &str) -> String {
    format!("FROM (SELECT {sketch} AS s {NUMBERS} GROUP BY x % 10) p")
}

fn number(expression: &str) -> f64 {
    let answer = evaluate(expression);
    answer
        .parse()
        .unwrap_or_else(|_| panic!("{expression}: {answer}"))
}

#[test]
fn what_is_counted_is_near() {
    for (expression, truth) in [
        (format!("cardinality(approx_set(x)) {NUMBERS}"), 10_000.0),
        (
            format!("cardinality(merge(s)) {}", in_parts("approx_set(x)")),
            10_000.0,
        ),
        (
            format!(
                "cardinality(merge(s)) {}",
                in_parts("approx_set('k' || CAST(x % 7 AS varchar))")
            ),
            7.0,
        ),
        (
            format!(
                "cardinality(merge_set_digest(s)) {}",
                in_parts("make_set_digest(x)")
            ),
            10_000.0,
        ),
        (
            format!(
                "intersection_cardinality(make_set_digest(x), make_set_digest(x + 5000)) {NUMBERS}"
            ),
            5_000.0,
        ),
    ] {
        let counted = number(&expression);
        assert!(
            (counted / truth - 1.0).abs() < 0.06,
            "{expression}: {counted}"
        );
    }
}

#[test]
fn quantiles_are_near() {
    for digest in [
        "tdigest_agg(x)",
        "qdigest_agg(x)",
        "qdigest_agg(CAST(x AS real))",
    ] {
        for share in [0.0, 0.01, 0.5, 0.9, 1.0] {
            for expression in [
                format!("value_at_quantile({digest}, {share:?}) {NUMBERS}"),
                format!(
                    "value_at_quantile(merge(s), {share:?}) {}",
                    in_parts(digest)
                ),
            ] {
                let value = number(&expression);
                assert!(
                    (value - share * 10_000.0).abs() < 60.0,
                    "{expression}: {value}"
                );
            }
        }
    }
}

#[test]
fn sketches_are_kept_as_bytes() {
    for (sketch, kind, question) in [
        ("approx_set(x)", "HyperLogLog", "cardinality(#)"),
        ("tdigest_agg(x)", "tdigest", "value_at_quantile(#, 0.5)"),
        (
            "qdigest_agg(x)",
            "qdigest(bigint)",
            "value_at_quantile(#, 0.5)",
        ),
    ] {
        let again = format!("CAST(CAST({sketch} AS varbinary) AS {kind})");
        let answers = [sketch, &again]
            .map(|sketch| evaluate(&format!("{} {NUMBERS}", question.replace('#', sketch))));
        assert_eq!(answers[0], answers[1], "{kind}");
        assert_eq!(evaluate(&format!("typeof({sketch}) {NUMBERS}")), kind);
        let broken = format!("CAST(from_hex('ff00ff') AS {kind})");
        assert!(
            evaluate(&question.replace('#', &broken))
                .starts_with("INVALID_FUNCTION_ARGUMENT: Cannot deserialize"),
            "{kind}"
        );
    }
}
