#![allow(clippy::unwrap_used)]
use super::*;

/// 2025-03-15T12:00:00Z.
const NOW: Timestamp = Timestamp::from_millis(1_742_040_000_000);

fn table(keys: &[(&str, &str)], properties: &[(&str, &str)]) -> glue::Table {
    let key = |(name, kind): &(&str, &str)| glue::Column {
        name: (*name).to_owned(),
        r#type: Some((*kind).to_owned()),
        ..glue::Column::default()
    };
    let mut parameters = Properties::from([("projection.enabled".to_owned(), "true".to_owned())]);
    parameters.extend(
        properties
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    glue::Table {
        name: "t".to_owned(),
        database_name: Some("db".to_owned()),
        partition_keys: Some(keys.iter().map(key).collect()),
        parameters: Some(parameters),
        storage_descriptor: Some(glue::StorageDescriptor {
            location: Some("s3://lake/t/".to_owned()),
            ..glue::StorageDescriptor::default()
        }),
        ..glue::Table::default()
    }
}

fn projected(table: &glue::Table, expression: Option<&str>) -> Result<Vec<glue::Partition>> {
    let projection = Projection::of(table)?.unwrap();
    projection.partitions(expression, NOW)
}

/// The values of the one key, separated by blanks.
fn values(kind: &str, properties: &[(&str, &str)], expression: &str) -> String {
    let table = table(&[("k", kind)], properties);
    let expression = (!expression.is_empty()).then_some(expression);
    let values: Vec<String> = projected(&table, expression)
        .unwrap()
        .into_iter()
        .flat_map(|partition| partition.values.unwrap())
        .collect();
    values.join(" ")
}

#[test]
fn columns_have_the_values_their_properties_say() {
    let integer = [
        ("projection.k.type", "integer"),
        ("projection.k.range", "8,12"),
    ];
    let digits = [
        ("projection.k.type", "integer"),
        ("projection.k.range", "0,20"),
        ("projection.k.interval", "10"),
        ("projection.k.digits", "3"),
    ];
    let days = [
        ("projection.k.type", "date"),
        ("projection.k.format", "yyyy/MM/dd"),
        ("projection.k.range", "NOW-2DAYS,NOW"),
    ];
    let months = [
        ("projection.k.type", "date"),
        ("projection.k.format", "yyyy-MM"),
        ("projection.k.range", "2024-11,NOW"),
        ("projection.k.interval", "2"),
        ("projection.k.interval.unit", "MONTHS"),
    ];
    let hours = [
        ("projection.k.type", "date"),
        ("projection.k.format", "yyyy-MM-dd'T'HH"),
        ("projection.k.range", "2025-03-15T00,2025-03-15T12"),
        ("projection.k.interval", "6"),
        ("projection.k.interval.unit", "HOURS"),
    ];
    let since_2000 = [
        ("projection.k.type", "date"),
        ("projection.k.format", "yyyy-MM-dd"),
        ("projection.k.range", "2000-01-01,NOW+1YEAR"),
    ];
    let colours = [
        ("projection.k.type", "enum"),
        ("projection.k.values", "red, green,blue"),
    ];
    let given = [("projection.k.type", "injected")];
    for (kind, properties, expression, expected) in [
        ("int", &integer[..], "", "8 9 10 11 12"),
        ("int", &integer, "k > 9 AND k <= 11", "9 10 11"),
        ("int", &integer, "(k = 9 OR k = 40)", "9"),
        // Texts of different lengths are not in the order of their numbers.
        ("string", &integer, "k >= '9'", "8 9 10 11 12"),
        ("string", &digits, "", "000 010 020"),
        ("string", &digits, "k = '010'", "010"),
        ("int", &digits, "k BETWEEN 5 AND 100", "000 010 020"),
        ("string", &days, "", "2025/03/13 2025/03/14 2025/03/15"),
        ("string", &days, "k = '2025/03/14'", "2025/03/14"),
        ("string", &months, "", "2024-11 2025-01 2025-03"),
        (
            "string",
            &hours,
            "",
            "2025-03-15T00 2025-03-15T06 2025-03-15T12",
        ),
        ("date", &since_2000, "k = '2024-02-29'", "2024-02-29"),
        (
            "date",
            &since_2000,
            "k IN ('1999-01-01', '2026-03-15')",
            "2026-03-15",
        ),
        ("string", &colours, "", "red green blue"),
        ("string", &given, "k = 'a' AND k IN ('a', 'b')", "a"),
    ] {
        assert_eq!(
            values(kind, properties, expression),
            expected,
            "{kind} {expression}"
        );
    }
}

#[test]
fn bounds_keep_long_ranges_short() {
    let seconds = [
        ("projection.k.type", "date"),
        ("projection.k.format", "yyyy-MM-dd-HH-mm-ss"),
        ("projection.k.range", "1970-01-01-00-00-00,NOW"),
        ("projection.k.interval", "1"),
        ("projection.k.interval.unit", "SECONDS"),
    ];
    let expression = "k >= '2025-03-01-00-00-00' AND k < '2025-03-01-00-00-02'";
    let found = values("string", &seconds, expression);
    assert!(
        found.contains("2025-03-01-00-00-00 2025-03-01-00-00-01"),
        "{found}"
    );
    assert!(found.split(' ').count() <= 5, "{found}");
    let numbers = [
        ("projection.k.type", "integer"),
        ("projection.k.range", "0,9223372036854775807"),
    ];
    assert_eq!(values("bigint", &numbers, "k = 77"), "77");
    assert_eq!(
        values("bigint", &numbers, "k >= 9223372036854775806"),
        "9223372036854775806 9223372036854775807"
    );
    let refused = projected(&table(&[("k", "bigint")], &numbers), None).unwrap_err();
    assert_eq!(refused.name(), "CONSTRAINT_VIOLATION");
}

#[test]
fn partitions_lie_where_the_template_says() {
    let keys = [("region", "string"), ("day", "date")];
    let properties = [
        ("projection.region.type", "enum"),
        ("projection.region.values", "eu,us"),
        ("projection.day.type", "date"),
        ("projection.day.format", "yyyy/MM/dd"),
        ("projection.day.range", "2025/03/15,NOW"),
    ];
    let locations = |properties: &[(&str, &str)]| -> Vec<String> {
        projected(&table(&keys, properties), None)
            .unwrap()
            .into_iter()
            .map(|partition| partition.storage_descriptor.unwrap().location.unwrap())
            .collect()
    };
    assert_eq!(
        locations(&properties),
        [
            "s3://lake/t/region=eu/day=2025%2F03%2F15/",
            "s3://lake/t/region=us/day=2025%2F03%2F15/"
        ]
    );
    let template = ("storage.location.template", "s3://logs/${region}/x/${day}");
    assert_eq!(
        locations(&[&properties[..], &[template]].concat()),
        ["s3://logs/eu/x/2025/03/15", "s3://logs/us/x/2025/03/15"]
    );
}

#[test]
fn properties_that_make_no_sense_are_refused() {
    let date = |format: &'static str, range: &'static str| {
        vec![
            ("projection.k.type", "date"),
            ("projection.k.format", format),
            ("projection.k.range", range),
        ]
    };
    for (properties, told) in [
        (vec![], "missing projection configuration: [k]"),
        (
            vec![("projection.k.type", "uuid")],
            "Type 'uuid' is none of",
        ),
        (vec![("projection.k.type", "enum")], "'projection.k.values'"),
        (
            vec![
                ("projection.k.type", "integer"),
                ("projection.k.range", "5,1"),
            ],
            "ends before it begins: 5,1",
        ),
        (
            vec![
                ("projection.k.type", "integer"),
                ("projection.k.range", "5"),
            ],
            "two ends",
        ),
        (date("yyyy-MM-dd", "NOW,tomorrow"), "'tomorrow'"),
        (
            date("yyyy-MM-dd", "NOW-3FORTNIGHTS,NOW"),
            "'NOW-3FORTNIGHTS'",
        ),
        (date("yyyy-QQ", "NOW,NOW"), "'yyyy-QQ'"),
        (date("yyyy-MM-dd HH", "NOW,NOW"), "interval.unit"),
        (
            vec![
                ("projection.k.type", "injected"),
                ("storage.location.template", "s3://b/x/"),
            ],
            "does not contain the partition column 'k'",
        ),
    ] {
        let refused = projected(&table(&[("k", "string")], &properties), None).unwrap_err();
        assert_eq!(refused.name(), "INVALID_TABLE_PROPERTY", "{properties:?}");
        assert!(
            refused.message().contains(told),
            "{properties:?}: {refused}"
        );
    }
    let injected = table(&[("k", "string")], &[("projection.k.type", "injected")]);
    let refused = projected(&injected, Some("k > 'a'")).unwrap_err();
    assert_eq!(refused.name(), "CONSTRAINT_VIOLATION");
}
