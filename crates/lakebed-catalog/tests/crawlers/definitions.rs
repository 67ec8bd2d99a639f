use lakebed_wire::glue::{
    self, CatalogTarget, CrawlerOperations, CrawlerTargets, CreateClassifierRequest,
    CreateCrawlerRequest, CreateGrokClassifierRequest, CreateXMLClassifierRequest, DeleteBehavior,
    JdbcTarget, LakeFormationConfiguration, RecrawlBehavior, RecrawlPolicy, S3Target,
    SchemaChangePolicy, UpdateBehavior, UpdateCrawlerRequest,
};

use crate::bed::{Bed, crawler};

#[tokio::test]
async fn definitions_that_cannot_run_are_refused() {
    let bed = Bed::new().await;
    let good = || crawler("c", &["t/"]);
    let with_target = |targets| CreateCrawlerRequest { targets, ..good() };
    let cases = [
        (
            with_target(CrawlerTargets::default()),
            "at least one target",
        ),
        (
            with_target(CrawlerTargets {
                jdbc_targets: Some(vec![JdbcTarget::default()]),
                ..Default::default()
            }),
            "JDBC targets are not supported",
        ),
        (
            with_target(CrawlerTargets {
                s3_targets: Some(vec![S3Target {
                    path: Some("hdfs://lake/t".to_owned()),
                    ..Default::default()
                }]),
                ..Default::default()
            }),
            "not an Amazon S3 path",
        ),
        (
            with_target(CrawlerTargets {
                catalog_targets: Some(vec![CatalogTarget {
                    database_name: "lake".to_owned(),
                    tables: vec!["t".to_owned()],
                    ..Default::default()
                }]),
                ..good().targets
            }),
            "cannot be combined",
        ),
        (
            with_target(CrawlerTargets {
                catalog_targets: Some(vec![CatalogTarget {
                    database_name: "lake".to_owned(),
                    tables: vec!["t".to_owned()],
                    ..Default::default()
                }]),
                ..Default::default()
            }),
            "The SchemaChangePolicy for Catalog target can have only LOG DeleteBehavior value.",
        ),
        (
            CreateCrawlerRequest {
                schedule: Some("cron(0/4 * * * ? *)".to_owned()),
                ..good()
            },
            "runs more often than every 5 minutes",
        ),
        (
            CreateCrawlerRequest {
                schedule: Some("cron(0 12 * * *)".to_owned()),
                ..good()
            },
            "it must have six fields, got 5",
        ),
        (
            CreateCrawlerRequest {
                table_prefix: Some("p".repeat(65)),
                ..good()
            },
            "cannot be longer than 64",
        ),
        (
            CreateCrawlerRequest {
                configuration: Some("{\"Version\":1.0,\"Groups\":{}}".to_owned()),
                ..good()
            },
            "Configuration contains unsupported keys: Groups.",
        ),
        (
            CreateCrawlerRequest {
                recrawl_policy: Some(RecrawlPolicy {
                    recrawl_behavior: Some(RecrawlBehavior::CrawlEventMode),
                }),
                ..good()
            },
            "CRAWL_EVENT_MODE is not supported",
        ),
        (
            CreateCrawlerRequest {
                recrawl_policy: Some(RecrawlPolicy {
                    recrawl_behavior: Some(RecrawlBehavior::CrawlNewFoldersOnly),
                }),
                schema_change_policy: Some(SchemaChangePolicy {
                    update_behavior: Some(UpdateBehavior::Log),
                    delete_behavior: Some(DeleteBehavior::DeprecateInDatabase),
                }),
                ..good()
            },
            "can have only LOG DeleteBehavior value and LOG UpdateBehavior value.",
        ),
        (
            CreateCrawlerRequest {
                lake_formation_configuration: Some(LakeFormationConfiguration {
                    use_lake_formation_credentials: Some(true),
                    account_id: Some("111122223333".to_owned()),
                }),
                ..good()
            },
            "another account",
        ),
    ];
    for (request, words) in cases {
        let error = bed.create(request).await.unwrap_err();
        assert_eq!(error.code(), "InvalidInputException");
        assert!(error.to_string().contains(words), "{error}");
    }
    let unknown = CreateCrawlerRequest {
        classifiers: Some(vec!["nobody".to_owned()]),
        ..good()
    };
    let error = bed.create(unknown).await.unwrap_err();
    assert_eq!(error.code(), "EntityNotFoundException");
}

#[tokio::test]
async fn crawlers_are_listed_changed_and_removed() {
    let bed = Bed::new().await;
    for name in ["one", "two", "three"] {
        bed.create(crawler(name, &["t/"])).await.unwrap();
    }
    let again = bed.create(crawler("one", &["t/"])).await.unwrap_err();
    assert_eq!(again.code(), "AlreadyExistsException");

    let page = |token| glue::ListCrawlersRequest {
        max_results: Some(2),
        next_token: token,
        tags: None,
    };
    let first = bed
        .crawlers
        .list_crawlers(&bed.context, page(None))
        .await
        .unwrap();
    assert_eq!(first.crawler_names.unwrap(), ["one", "three"]);
    let second = bed
        .crawlers
        .list_crawlers(&bed.context, page(first.next_token))
        .await
        .unwrap();
    assert_eq!(second.crawler_names.unwrap(), ["two"]);
    assert_eq!(second.next_token, None);

    let update = UpdateCrawlerRequest {
        name: "one".to_owned(),
        description: Some("new".to_owned()),
        ..Default::default()
    };
    bed.crawlers
        .update_crawler(&bed.context, update)
        .await
        .unwrap();
    let one = bed.get("one").await;
    assert_eq!(one.description.as_deref(), Some("new"));
    assert_eq!(one.version, Some(2));
    assert_eq!(one.database_name.as_deref(), Some("lake"));

    let delete = glue::DeleteCrawlerRequest {
        name: "one".to_owned(),
    };
    bed.crawlers
        .delete_crawler(&bed.context, delete.clone())
        .await
        .unwrap();
    let error = bed
        .crawlers
        .delete_crawler(&bed.context, delete)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "Crawler entry with name one does not exist"
    );
    let batch = glue::BatchGetCrawlersRequest {
        crawler_names: vec!["one".to_owned(), "two".to_owned()],
    };
    let batch = bed
        .crawlers
        .batch_get_crawlers(&bed.context, batch)
        .await
        .unwrap();
    assert_eq!(batch.crawlers.unwrap().len(), 1);
    assert_eq!(batch.crawlers_not_found.unwrap(), ["one"]);
}

#[tokio::test]
async fn a_classifier_that_could_read_nothing_is_refused() {
    let bed = Bed::new().await;
    let grok = |pattern: &str| CreateClassifierRequest {
        grok_classifier: Some(CreateGrokClassifierRequest {
            classification: "log".to_owned(),
            name: "lines".to_owned(),
            grok_pattern: pattern.to_owned(),
            custom_patterns: None,
        }),
        ..Default::default()
    };
    let xml = |row_tag: &str| CreateClassifierRequest {
        xml_classifier: Some(CreateXMLClassifierRequest {
            classification: "xml".to_owned(),
            name: "rows".to_owned(),
            row_tag: Some(row_tag.to_owned()),
        }),
        ..Default::default()
    };
    for (request, message) in [
        (grok("%{NOSUCH:a}"), "there is no grok pattern 'NOSUCH'"),
        (grok("(a"), "not a regular expression"),
        (
            xml("<row>"),
            "RowTag '<row>' is not the name of an XML element",
        ),
    ] {
        let refused = bed.crawlers.create_classifier(&bed.context, request).await;
        let error = refused.unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[tokio::test]
async fn targets_stay_while_new_folders_only_are_crawled() {
    let bed = Bed::new().await;
    bed.create(CreateCrawlerRequest {
        recrawl_policy: Some(RecrawlPolicy {
            recrawl_behavior: Some(RecrawlBehavior::CrawlNewFoldersOnly),
        }),
        ..crawler("c", &["t/"])
    })
    .await
    .unwrap();
    let policy = bed.get("c").await.schema_change_policy.unwrap();
    assert_eq!(policy.update_behavior, Some(UpdateBehavior::Log));
    let update = |recrawl| UpdateCrawlerRequest {
        name: "c".to_owned(),
        targets: Some(crawler("c", &["u/"]).targets),
        recrawl_policy: recrawl,
        ..Default::default()
    };
    let refused = bed
        .crawlers
        .update_crawler(&bed.context, update(None))
        .await;
    assert_eq!(
        refused.unwrap_err().to_string(),
        "Amazon S3 target is immutable when Crawl new folders only is selected"
    );
    let everything = RecrawlPolicy {
        recrawl_behavior: Some(RecrawlBehavior::CrawlEverything),
    };
    bed.crawlers
        .update_crawler(&bed.context, update(Some(everything)))
        .await
        .unwrap();
}
