use lakebed_catalog::TableUpdate;
use lakebed_wire::glue::{
    self, CatalogTarget, Column, CreateCrawlerRequest, DatabaseInput, DeleteBehavior,
    LastCrawlStatus, PartitionInput, RecrawlBehavior, RecrawlPolicy, SchemaChangePolicy,
    StorageDescriptor, TableInput, UpdateBehavior,
};

use crate::bed::{Bed, crawler, outline};

#[tokio::test]
async fn nothing_new_makes_no_version() {
    let bed = Bed::new().await;
    bed.put("t/p=1/a.csv", "id,n\n1,2\n").await;
    bed.crawl_path("t/").await;
    let before = bed.catalog.table("lake", "t").unwrap();
    bed.crawl("c").await;
    assert_eq!(bed.catalog.table("lake", "t").unwrap(), before);
}

#[tokio::test]
async fn a_new_column_makes_a_version() {
    let bed = Bed::new().await;
    bed.put("t/a.json", "{\"a\":1,\"b\":2,\"c\":3}").await;
    bed.crawl_path("t/").await;
    bed.put("t/a.json", "{\"a\":1.5,\"b\":2,\"c\":3,\"d\":true}")
        .await;
    bed.crawl("c").await;
    let versions = bed.catalog.table_versions("lake", "t").unwrap();
    let outlines: Vec<String> = versions.iter().map(outline).collect();
    assert_eq!(
        outlines,
        [
            "t(a double, b int, c int, d boolean)",
            "t(a int, b int, c int)"
        ]
    );
}

#[tokio::test]
async fn a_policy_of_logging_changes_no_table() {
    let bed = Bed::new().await;
    bed.put("t/a.json", "{\"a\":1,\"b\":2}").await;
    bed.create(CreateCrawlerRequest {
        schema_change_policy: Some(SchemaChangePolicy {
            update_behavior: Some(UpdateBehavior::Log),
            delete_behavior: Some(DeleteBehavior::Log),
        }),
        ..crawler("c", &["t/"])
    })
    .await
    .unwrap();
    bed.crawl("c").await;
    bed.put("t/a.json", "{\"a\":1,\"b\":2,\"c\":3}").await;
    bed.crawl("c").await;
    assert_eq!(bed.outlines(), ["t(a int, b int)"]);
    bed.delete("t/a.json").await;
    bed.crawl("c").await;
    assert_eq!(bed.outlines(), ["t(a int, b int)"]);
}

#[tokio::test]
async fn new_partitions_are_added_and_peoples_own_are_kept() {
    let bed = Bed::new().await;
    bed.put("t/day=1/a.csv", "id,n\n1,2\n").await;
    bed.put("t/day=2/a.csv", "id,n\n1,2\n").await;
    bed.create(CreateCrawlerRequest {
        schema_change_policy: Some(SchemaChangePolicy {
            update_behavior: None,
            delete_behavior: Some(DeleteBehavior::DeleteFromDatabase),
        }),
        ..crawler("c", &["t/"])
    })
    .await
    .unwrap();
    bed.crawl("c").await;
    let own = PartitionInput {
        values: Some(vec!["elsewhere".to_owned()]),
        ..Default::default()
    };
    bed.catalog.add_partitions("lake", "t", vec![own]).unwrap();
    bed.delete("t/day=1/a.csv").await;
    bed.put("t/day=3/a.csv", "id,n\n1,2\n").await;
    bed.crawl("c").await;
    let mut values: Vec<String> = bed
        .catalog
        .partitions("lake", "t", None)
        .unwrap()
        .into_iter()
        .flat_map(|partition| partition.values.unwrap())
        .collect();
    values.sort();
    assert_eq!(values, ["2", "3", "elsewhere"]);
}

#[tokio::test]
async fn a_table_without_files_is_deprecated_until_they_are_back() {
    let bed = Bed::new().await;
    bed.put("t/a.csv", "id,n\n1,2\n").await;
    bed.crawl_path("t/").await;
    bed.delete("t/a.csv").await;
    bed.crawl("c").await;
    let table = bed.catalog.table("lake", "t").unwrap();
    let since: i64 = table.parameters.unwrap()["DEPRECATED_BY_CRAWLER"]
        .parse()
        .unwrap();
    assert!(since > 0, "the moment of its deprecation");

    bed.put("t/a.csv", "id,n\n1,2\n").await;
    bed.crawl("c").await;
    let table = bed.catalog.table("lake", "t").unwrap();
    assert!(
        !table
            .parameters
            .unwrap()
            .contains_key("DEPRECATED_BY_CRAWLER")
    );
}

#[tokio::test]
async fn a_table_without_files_is_deleted_if_the_policy_says_so() {
    let bed = Bed::new().await;
    bed.put("t/a.csv", "id,n\n1,2\n").await;
    bed.create(CreateCrawlerRequest {
        schema_change_policy: Some(SchemaChangePolicy {
            update_behavior: None,
            delete_behavior: Some(DeleteBehavior::DeleteFromDatabase),
        }),
        ..crawler("c", &["t/"])
    })
    .await
    .unwrap();
    bed.crawl("c").await;
    bed.delete("t/a.csv").await;
    bed.crawl("c").await;
    assert_eq!(bed.outlines(), Vec::<String>::new());
}

#[tokio::test]
async fn a_table_whose_only_file_became_unreadable_is_left_alone() {
    let bed = Bed::new().await;
    bed.put("t/a.csv", "id,n\n1,2\n").await;
    let before = bed.crawl_path("t/").await;
    bed.put("t/a.csv", [0xff, 0xfe, b'i', 0]).await;
    bed.crawl("c").await;
    assert_eq!(bed.catalog.tables("lake").unwrap(), before);
}

#[tokio::test]
async fn new_columns_are_merged_into_a_table_that_people_edited() {
    let bed = Bed::new().await;
    bed.put("t/a.json", "{\"a\":1,\"b\":2,\"c\":3}").await;
    bed.create(CreateCrawlerRequest {
        configuration: Some(
            "{\"Version\":1.0,\"CrawlerOutput\":{\"Tables\":{\"AddOrUpdateBehavior\":\"MergeNewColumns\"}}}"
                .to_owned(),
        ),
        ..crawler("c", &["t/"])
    })
    .await
    .unwrap();
    bed.crawl("c").await;
    bed.put("t/a.json", "{\"a\":\"x\",\"b\":2,\"d\":4}").await;
    bed.crawl("c").await;
    assert_eq!(bed.outlines(), ["t(a int, b int, c int, d int)"]);
}

#[tokio::test]
async fn a_crawl_of_new_folders_only_adds_partitions_and_nothing_else() {
    let bed = Bed::new().await;
    bed.put("lake/t/day=1/a.csv", "id,n\n1,2\n").await;
    bed.create(CreateCrawlerRequest {
        recrawl_policy: Some(RecrawlPolicy {
            recrawl_behavior: Some(RecrawlBehavior::CrawlNewFoldersOnly),
        }),
        ..crawler("c", &["lake/t/", "lake/u/"])
    })
    .await
    .unwrap();
    bed.crawl("c").await;
    bed.put("lake/t/day=1/a.csv", "no longer a table\n").await;
    bed.put("lake/t/day=2/a.csv", "id,n\n1,2.5\n").await;
    bed.put("lake/t/day=3/a.csv", "other,columns\n1,2.5\n")
        .await;
    bed.put("lake/u/a.csv", "id,n\n1,2\n").await;
    bed.crawl("c").await;
    assert_eq!(bed.outlines(), ["t(id bigint, n bigint) by (day string)"]);
    assert_eq!(bed.catalog.partitions("lake", "t", None).unwrap().len(), 2);
}

#[tokio::test]
async fn more_tables_than_the_threshold_fail_the_crawl() {
    let bed = Bed::new().await;
    bed.put("t/a.json", "{\"a\":1}").await;
    bed.put("t/b.json", "{\"b\":1}").await;
    bed.create(CreateCrawlerRequest {
        configuration: Some(
            "{\"Version\":1.0,\"CrawlerOutput\":{\"Tables\":{\"TableThreshold\":1}}}".to_owned(),
        ),
        ..crawler("c", &["t/"])
    })
    .await
    .unwrap();
    let last = bed.crawl("c").await;
    assert_eq!(last.status, Some(LastCrawlStatus::Failed));
    assert!(bed.catalog.tables("lake").is_err(), "nothing is written");
}

#[tokio::test]
async fn an_update_takes_away_what_no_crawler_says_and_adding_columns_does_not() {
    for (merge, description) in [(false, None), (true, Some("by people".to_owned()))] {
        let bed = Bed::new().await;
        bed.put("t/a.json", "{\"a\":1}").await;
        let tables = if merge {
            "{\"AddOrUpdateBehavior\":\"MergeNewColumns\"}"
        } else {
            "{}"
        };
        bed.create(CreateCrawlerRequest {
            configuration: Some(format!(
                "{{\"Version\":1.0,\"CrawlerOutput\":{{\"Tables\":{tables}}}}}"
            )),
            ..crawler("c", &["t/"])
        })
        .await
        .unwrap();
        bed.crawl("c").await;
        let table = bed.catalog.table("lake", "t").unwrap();
        let described = TableInput {
            name: "t".to_owned(),
            description: Some("by people".to_owned()),
            storage_descriptor: table.storage_descriptor,
            partition_keys: table.partition_keys,
            parameters: table.parameters,
            table_type: table.table_type,
            owner: table.owner,
            retention: table.retention,
            ..Default::default()
        };
        bed.catalog
            .update_table("lake", described, &TableUpdate::default())
            .unwrap();
        bed.crawl("c").await;
        let kept = bed.catalog.table("lake", "t").unwrap();
        assert_eq!(
            kept.description.as_deref(),
            Some("by people"),
            "nothing changed"
        );
        bed.put("t/a.json", "{\"a\":1,\"b\":2}").await;
        bed.crawl("c").await;
        let table = bed.catalog.table("lake", "t").unwrap();
        assert_eq!(outline(&table), "t(a int, b int)");
        assert_eq!(table.description, description);
    }
}

#[tokio::test]
async fn columns_are_not_merged_into_a_table_of_another_kind_of_files() {
    let bed = Bed::new().await;
    bed.put("t/a.json", "{\"a\":1}").await;
    bed.create(CreateCrawlerRequest {
        configuration: Some(
            "{\"Version\":1.0,\"CrawlerOutput\":{\"Tables\":{\"AddOrUpdateBehavior\":\"MergeNewColumns\"}}}"
                .to_owned(),
        ),
        ..crawler("c", &["t/"])
    })
    .await
    .unwrap();
    bed.crawl("c").await;
    bed.delete("t/a.json").await;
    bed.put("t/a.csv", "a,b\n1,2\n").await;
    bed.crawl("c").await;
    let table = bed.catalog.table("lake", "t").unwrap();
    assert_eq!(outline(&table), "t(a int)");
    let parameters = table.parameters.unwrap();
    assert_eq!(parameters["classification"], "json");
    assert!(parameters.contains_key("DEPRECATED_BY_CRAWLER"));
}

#[tokio::test]
async fn tables_of_the_catalog_are_brought_up_to_date_and_none_is_made() {
    let bed = Bed::new().await;
    bed.put("t/day=1/a.json", "{\"a\":1}").await;
    bed.put("u/a.json", "{\"a\":1}").await;
    let column = |name: &str| Column {
        name: name.to_owned(),
        r#type: Some("string".to_owned()),
        comment: None,
        parameters: None,
    };
    bed.catalog
        .create_database(DatabaseInput {
            name: "lake".to_owned(),
            ..Default::default()
        })
        .unwrap();
    let by_hand = TableInput {
        name: "by_hand".to_owned(),
        storage_descriptor: Some(StorageDescriptor {
            location: Some("s3://lake/t/".to_owned()),
            columns: Some(vec![column("old")]),
            ..Default::default()
        }),
        partition_keys: Some(vec![column("when")]),
        ..Default::default()
    };
    bed.catalog.create_table("lake", by_hand, None).unwrap();
    let mut request = crawler("c", &[]);
    request.targets = glue::CrawlerTargets {
        catalog_targets: Some(vec![CatalogTarget {
            database_name: "lake".to_owned(),
            tables: vec!["by_hand".to_owned()],
            ..Default::default()
        }]),
        ..Default::default()
    };
    request.schema_change_policy = Some(SchemaChangePolicy {
        update_behavior: None,
        delete_behavior: Some(DeleteBehavior::Log),
    });
    bed.create(request).await.unwrap();
    bed.crawl("c").await;
    assert_eq!(bed.outlines(), ["by_hand(a int) by (when string)"]);
    let partitions = bed.catalog.partitions("lake", "by_hand", None).unwrap();
    assert_eq!(partitions[0].values.as_deref(), Some(&["1".to_owned()][..]));

    bed.catalog.delete_table("lake", "by_hand").unwrap();
    let last = bed.crawl("c").await;
    assert_eq!(
        last.error_message.as_deref(),
        Some("Tables of the catalog targets do not exist: lake.by_hand")
    );
}
