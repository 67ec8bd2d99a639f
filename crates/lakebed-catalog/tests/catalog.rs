//! The Data Catalog through its Rust API.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::thread;

use lakebed_catalog::expression::Expression;
use lakebed_catalog::{Catalog, Error, TableUpdate};
use lakebed_core::{Platform, Settings};
use lakebed_wire::glue::{
    Column, DatabaseInput, Partition, PartitionIndex, PartitionInput, TableInput,
};
use rstest::rstest;
use tempfile::TempDir;

/// A catalog with the table `lake.sales`, partitioned by year, month and shop.
fn catalog() -> (TempDir, Catalog) {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(Platform::open(Settings::at(folder.path())).unwrap());
    catalog
        .create_database(DatabaseInput {
            name: "lake".to_owned(),
            ..Default::default()
        })
        .unwrap();
    catalog.create_table("lake", sales(), None).unwrap();
    (folder, catalog)
}

fn sales() -> TableInput {
    TableInput {
        name: "sales".to_owned(),
        partition_keys: Some(keys()),
        ..Default::default()
    }
}

fn keys() -> Vec<Column> {
    [("year", "int"), ("month", "string"), ("shop", "string")]
        .map(|(name, kind)| Column {
            name: name.to_owned(),
            r#type: Some(kind.to_owned()),
            ..Default::default()
        })
        .to_vec()
}

/// Ten years of twelve months of five shops, two of them with names that keys must escape.
fn partitions() -> Vec<Vec<String>> {
    let mut partitions = Vec::new();
    for year in 2016..2026 {
        for month in 1..=12 {
            for shop in [
                "Seoul",
                "부산",
                "a\u{1}b",
                "\u{2}",
                "__HIVE_DEFAULT_PARTITION__",
            ] {
                partitions.push(vec![
                    year.to_string(),
                    format!("{month:02}"),
                    shop.to_owned(),
                ]);
            }
        }
    }
    partitions
}

fn inputs(partitions: &[Vec<String>]) -> Vec<PartitionInput> {
    partitions
        .iter()
        .map(|values| PartitionInput {
            values: Some(values.clone()),
            ..Default::default()
        })
        .collect()
}

fn values(partitions: Vec<Partition>) -> Vec<Vec<String>> {
    partitions
        .into_iter()
        .map(|partition| partition.values.unwrap())
        .collect()
}

#[rstest]
#[case("year = 2025")]
#[case("month = '07'")]
#[case("shop = 'Seoul'")]
#[case("shop is null and year <> 2020")]
#[case("not (year between 2017 and 2024) and month > '10'")]
#[case("year = 2016 and month = '01' or year = 2025 and shop like '%산'")]
#[case("month in ('02', '13') and not shop = 'Seoul'")]
#[case("year = 1999")]
#[case("not (year = 2020 and month = '06')")]
#[case("shop in ('Busan', 'Seoul', 'Seoul') and year > 2019")]
#[case("month = '03' and year between 2018 and 2020")]
#[case("year >= 2024 and year < 2025 and shop >= 'C'")]
fn the_partitions_found_are_those_that_match(
    #[case] expression: &str,
    #[values("", "shop", "month year, Shop month, shop year month")] indexes: &str,
) {
    let (_folder, catalog) = catalog();
    let all = partitions();
    let (first, rest) = all.split_at(all.len() / 2);
    catalog
        .add_partitions("lake", "sales", inputs(first))
        .unwrap();
    for keys in indexes.split(", ").filter(|keys| !keys.is_empty()) {
        let index = PartitionIndex {
            keys: keys.split(' ').map(str::to_owned).collect(),
            index_name: keys.replace(' ', "_"),
        };
        catalog
            .create_partition_index("lake", "sales", index)
            .unwrap();
    }
    catalog
        .add_partitions("lake", "sales", inputs(rest))
        .unwrap();
    // What is taken away is not found through an index either.
    let (gone, all) = all.split_first().unwrap();
    catalog.delete_partition("lake", "sales", gone).unwrap();
    let matching = Expression::parse(expression, &keys()).unwrap();
    let mut expected: Vec<Vec<String>> = all
        .iter()
        .filter(|values| matching.matches(values))
        .cloned()
        .collect();
    let mut found = values(
        catalog
            .partitions("lake", "sales", Some(expression))
            .unwrap(),
    );
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn an_index_is_checked_and_goes_with_its_table() {
    let (_folder, catalog) = catalog();
    let create = |name: &str, keys: &[&str]| {
        let index = PartitionIndex {
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            index_name: name.to_owned(),
        };
        catalog.create_partition_index("lake", "sales", index)
    };
    assert!(matches!(
        create("a", &["price"]),
        Err(Error::InvalidInput(_))
    ));
    assert!(matches!(
        create("a", &["shop", "SHOP"]),
        Err(Error::InvalidInput(_))
    ));
    create("a", &["shop"]).unwrap();
    assert!(matches!(
        create("a", &["month"]),
        Err(Error::AlreadyExists(_))
    ));
    create("b", &["month"]).unwrap();
    create("c", &["shop", "month"]).unwrap();
    assert!(matches!(
        create("d", &["year"]),
        Err(Error::LimitExceeded(_))
    ));
    catalog
        .delete_partition_index("lake", "sales", "b")
        .unwrap();
    assert!(matches!(
        catalog.delete_partition_index("lake", "sales", "b"),
        Err(Error::NotFound(_))
    ));
    let names: Vec<String> = catalog
        .partition_indexes("lake", "sales")
        .unwrap()
        .into_iter()
        .map(|index| index.index_name)
        .collect();
    assert_eq!(names, ["a", "c"]);

    let all = partitions();
    catalog
        .add_partitions("lake", "sales", inputs(&all))
        .unwrap();
    catalog.delete_table("lake", "sales").unwrap();
    catalog.create_table("lake", sales(), None).unwrap();
    assert!(
        catalog
            .partition_indexes("lake", "sales")
            .unwrap()
            .is_empty()
    );
    create("a", &["shop"]).unwrap();
    let found = catalog
        .partitions("lake", "sales", Some("shop = 'Seoul'"))
        .unwrap();
    assert!(found.is_empty());
}

#[test]
fn partitions_that_are_there_stay_as_they_are_and_are_named() {
    let (_folder, catalog) = catalog();
    let all = partitions();
    assert!(
        catalog
            .add_partitions("LAKE", "Sales", inputs(&all[..3]))
            .unwrap()
            .is_empty()
    );
    let before = catalog.partition("lake", "sales", &all[0]).unwrap();
    let known = catalog
        .add_partitions("lake", "sales", inputs(&all[..5]))
        .unwrap();
    assert_eq!(known, all[..3]);
    assert_eq!(catalog.partition("lake", "sales", &all[0]).unwrap(), before);
    assert_eq!(catalog.partitions("lake", "sales", None).unwrap().len(), 5);
}

#[test]
fn a_batch_with_a_wrong_partition_adds_none() {
    let (_folder, catalog) = catalog();
    let mut batch = partitions()[..3].to_vec();
    batch[2].pop();
    let refused = catalog.add_partitions("lake", "sales", inputs(&batch));
    assert!(
        matches!(refused, Err(Error::InvalidInput(_))),
        "{refused:?}"
    );
    assert!(
        catalog
            .partitions("lake", "sales", None)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn of_two_updates_of_one_version_one_wins() {
    let (_folder, catalog) = catalog();
    let update = TableUpdate {
        expected_version: Some("0".to_owned()),
        ..Default::default()
    };
    let outcomes: Vec<Result<(), Error>> = thread::scope(|scope| {
        let updates: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| catalog.update_table("lake", sales(), &update)))
            .collect();
        updates
            .into_iter()
            .map(|update| update.join().unwrap())
            .collect()
    });
    let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let lost = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Err(Error::VersionMismatch(_))))
        .count();
    assert_eq!((won, lost), (1, 7));
    assert_eq!(catalog.table_versions("lake", "sales").unwrap().len(), 2);
}
