use lakebed_wire::glue::{
    self, CrawlerOperations, CreateClassifierRequest, CreateCrawlerRequest,
    CreateCsvClassifierRequest, CsvHeaderOption, CsvSerdeOption,
};

use crate::bed::{Bed, crawler, outline, steady};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/workshop");

async fn put_workshop(bed: &Bed) {
    for key in [
        "csv/ai-tool-usage.csv",
        "json/student-profiles.json",
        "parquet/survey-responses.parquet",
    ] {
        bed.put(key, std::fs::read(format!("{FIXTURES}/{key}")).unwrap())
            .await;
    }
}

async fn create_csv_classifier(bed: &Bed, request: CreateCsvClassifierRequest) {
    let request = CreateClassifierRequest {
        csv_classifier: Some(request),
        ..Default::default()
    };
    bed.crawlers
        .create_classifier(&bed.context, request)
        .await
        .unwrap();
}

#[tokio::test]
async fn the_workshops_three_files_become_three_tables() {
    let bed = Bed::new().await;
    put_workshop(&bed).await;
    create_csv_classifier(
        &bed,
        CreateCsvClassifierRequest {
            name: "quoted".to_owned(),
            delimiter: Some(",".to_owned()),
            quote_symbol: Some("\"".to_owned()),
            contains_header: Some(CsvHeaderOption::Present),
            serde: Some(CsvSerdeOption::OpenCSVSerDe),
            ..Default::default()
        },
    )
    .await;
    let paths = [
        "csv/ai-tool-usage.csv",
        "json/student-profiles.json",
        "parquet/survey-responses.parquet",
    ];
    bed.create(CreateCrawlerRequest {
        classifiers: Some(vec!["quoted".to_owned()]),
        ..crawler("workshop", &paths)
    })
    .await
    .unwrap();
    let last = bed.crawl("workshop").await;
    assert_eq!(
        last.status,
        Some(glue::LastCrawlStatus::Succeeded),
        "{last:?}"
    );
    assert_eq!(
        bed.outlines(),
        [
            "ai_tool_usage_csv(response_id string, student_id string, student_name string, \
             usage_date string, ai_tool string, purpose string, usage_minutes string, \
             session_count string, satisfaction string, monthly_cost_krw string, comment string)",
            "student_profiles_json(student_id string, name struct<ko:string,en:string>, \
             profile struct<grade:int,major:string,city:string>, gpa double, enrolled_at string, \
             scholarship boolean, devices array<string>, \
             courses array<struct<code:string,credits:int,score:double>>)",
            "survey_responses_parquet(student_id string, submitted_at timestamp, survey_date date, \
             overall_score int, confidence double, recommends boolean, weekly_study_hours bigint, \
             budget_krw decimal(12,2), preferred_tools array<string>)",
        ]
    );
    let csv = bed.catalog.table("lake", "ai_tool_usage_csv").unwrap();
    let descriptor = csv.storage_descriptor.unwrap();
    assert_eq!(
        descriptor.location.as_deref(),
        Some("s3://lake/csv/ai-tool-usage.csv")
    );
    let serde = descriptor.serde_info.unwrap();
    assert_eq!(
        serde.serialization_library.as_deref(),
        Some("org.apache.hadoop.hive.serde2.OpenCSVSerde")
    );
    assert_eq!(csv.parameters.unwrap()["skip.header.line.count"], "1");
}

#[tokio::test]
async fn a_folder_of_csv_is_a_table_as_glue_writes_it() {
    let bed = Bed::new().await;
    bed.put("raw/Sales-2025/a.csv", "Id,Amount\n1,2.5\n2,3\n")
        .await;
    bed.put("raw/Sales-2025/b.csv", "Id,Amount\n3,4\n").await;
    bed.put("raw/Sales-2025/_SUCCESS", "").await;
    let tables = bed.crawl_path("raw/Sales-2025").await;
    let [table] = &tables[..] else {
        panic!("{tables:?}")
    };
    assert_eq!(outline(table), "sales_2025(id bigint, amount double)");
    assert_eq!(table.table_type.as_deref(), Some("EXTERNAL_TABLE"));
    assert_eq!(table.owner.as_deref(), Some("owner"));
    let expected = serde_json::json!({
        "CrawlerSchemaDeserializerVersion": "1.0",
        "CrawlerSchemaSerializerVersion": "1.0",
        "UPDATED_BY_CRAWLER": "c",
        "areColumnsQuoted": "false",
        "averageRecordSize": "11",
        "classification": "csv",
        "columnsOrdered": "true",
        "compressionType": "none",
        "delimiter": ",",
        "objectCount": "2",
        "recordCount": "3",
        "sizeKey": "34",
        "skip.header.line.count": "1",
        "typeOfData": "file",
    });
    assert_eq!(serde_json::json!(steady(&table.parameters)), expected);
    let descriptor = table.storage_descriptor.as_ref().unwrap();
    assert_eq!(serde_json::json!(steady(&descriptor.parameters)), expected);
    assert_eq!(
        descriptor.location.as_deref(),
        Some("s3://lake/raw/Sales-2025/")
    );
    assert_eq!(descriptor.number_of_buckets, Some(-1));
    assert_eq!(
        serde_json::to_value(&descriptor.serde_info).unwrap(),
        serde_json::json!({
            "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
            "Parameters": {"field.delim": ","},
        })
    );
}

#[tokio::test]
async fn hive_folders_become_partitions() {
    let bed = Bed::new().await;
    for month in ["01", "02"] {
        bed.put(
            &format!("sales/year=2025/month={month}/a.json"),
            "{\"id\":1,\"when\":\"x\"}\n",
        )
        .await;
    }
    let tables = bed.crawl_path("sales/").await;
    assert_eq!(
        outline(&tables[0]),
        "sales(id int, when string) by (year string, month string)"
    );
    let partitions = bed
        .catalog
        .partitions("lake", "sales", Some("month='02'"))
        .unwrap();
    assert_eq!(
        partitions[0]
            .storage_descriptor
            .as_ref()
            .unwrap()
            .location
            .as_deref(),
        Some("s3://lake/sales/year=2025/month=02/")
    );
    let metrics = bed
        .crawlers
        .get_crawler_metrics(&bed.context, glue::GetCrawlerMetricsRequest::default())
        .await
        .unwrap();
    let metrics = &metrics.crawler_metrics_list.unwrap()[0];
    assert_eq!(metrics.tables_created, Some(1));
    assert_eq!(metrics.still_estimating, Some(false));
}

#[tokio::test]
async fn a_bucket_of_formats_becomes_a_table_for_each_folder() {
    let bed = Bed::new().await;
    put_workshop(&bed).await;
    bed.put("notes/readme.txt", "no table in here\n").await;
    let tables = bed.crawl_path("").await;
    let names: Vec<&str> = tables.iter().map(|table| &*table.name).collect();
    assert_eq!(names, ["csv", "json", "parquet"]);
}

#[tokio::test]
async fn names_that_clash_are_told_apart_by_their_place() {
    let bed = Bed::new().await;
    bed.put("a/data/x.json", "{\"a\":1,\"b\":2}").await;
    bed.put("b/data/y.json", "{\"c\":1,\"d\":2}").await;
    bed.create(crawler("c", &["a/data/", "b/data/"]))
        .await
        .unwrap();
    bed.crawl("c").await;
    let tables = bed.catalog.tables("lake").unwrap();
    let names: Vec<&str> = tables.iter().map(|table| &*table.name).collect();
    assert_eq!(names.len(), 2);
    assert_eq!(names[0], "data");
    assert_eq!(names[1].len(), "data_".len() + 32, "{names:?}");
    assert_eq!(
        bed.crawl("c").await.status,
        Some(glue::LastCrawlStatus::Succeeded)
    );
    assert_eq!(bed.catalog.tables("lake").unwrap().len(), 2);
}

#[tokio::test]
async fn exclusions_leave_files_out() {
    let bed = Bed::new().await;
    bed.put("raw/a.csv", "id,n\n1,2\n").await;
    bed.put("raw/b.tmp", "other;thing;here\n1;2;3\n").await;
    let mut request = crawler("c", &["raw/"]);
    request.targets.s3_targets.as_mut().unwrap()[0].exclusions = Some(vec!["*.tmp".to_owned()]);
    bed.create(request).await.unwrap();
    bed.crawl("c").await;
    assert_eq!(bed.outlines(), ["raw(id bigint, n bigint)"]);
}

#[tokio::test]
async fn a_json_path_finds_the_records_of_an_array() {
    let bed = Bed::new().await;
    bed.put(
        "people/all.json",
        "[{\"name\":\"a\",\"age\":1},{\"name\":\"b\"}]",
    )
    .await;
    assert_eq!(
        outline(&bed.crawl_path("people/").await[0]),
        "people(array array<struct<name:string,age:int>>)"
    );
    bed.crawlers
        .create_classifier(
            &bed.context,
            CreateClassifierRequest {
                json_classifier: Some(glue::CreateJsonClassifierRequest {
                    name: "elements".to_owned(),
                    json_path: "$[*]".to_owned(),
                }),
                ..Default::default()
            },
        )
        .await
        .unwrap();
    bed.create(CreateCrawlerRequest {
        classifiers: Some(vec!["elements".to_owned()]),
        table_prefix: Some("by_path_".to_owned()),
        ..crawler("d", &["people/"])
    })
    .await
    .unwrap();
    bed.crawl("d").await;
    assert_eq!(bed.outlines()[0], "by_path_people(name string, age int)");
}

#[tokio::test]
async fn a_large_file_is_sampled() {
    let bed = Bed::new().await;
    let mut text = String::from("id,name\n");
    for id in 0..200_000 {
        text.push_str(&format!("{id:06},abcdefghij\n"));
    }
    let size = text.len();
    bed.put("big/big.csv", text).await;
    let table = &bed.crawl_path("big/").await[0];
    assert_eq!(outline(table), "big(id bigint, name string)");
    let parameters = table.parameters.as_ref().unwrap();
    assert_eq!(parameters["sizeKey"], size.to_string());
    let records: f64 = parameters["recordCount"].parse().unwrap();
    assert!((records / 200_000.0 - 1.0).abs() < 0.02, "{records}");
}

#[tokio::test]
async fn partitions_are_indexed_unless_the_configuration_says_no() {
    for (configuration, indexed) in [
        (None, Some("crawler_partition_index(year, month)")),
        (
            Some("{\"Version\":1.0,\"CreatePartitionIndex\":false}"),
            None,
        ),
    ] {
        let bed = Bed::new().await;
        bed.put("t/year=2025/month=01/a.json", "{\"id\":1}").await;
        bed.create(CreateCrawlerRequest {
            configuration: configuration.map(str::to_owned),
            ..crawler("c", &["t/"])
        })
        .await
        .unwrap();
        bed.crawl("c").await;
        let indexes = |bed: &Bed| -> Vec<String> {
            let indexes = bed.catalog.partition_indexes("lake", "t").unwrap();
            let described = indexes.iter().map(|index| {
                let keys: Vec<&str> = index.keys.iter().map(|key| &*key.name).collect();
                format!("{}({})", index.index_name, keys.join(", "))
            });
            described.collect()
        };
        assert_eq!(indexes(&bed), indexed.into_iter().collect::<Vec<_>>());
        let parameters = bed.catalog.table("lake", "t").unwrap().parameters.unwrap();
        assert_eq!(
            parameters.contains_key("partition_filtering.enabled"),
            indexed.is_some()
        );
        // Other keys, another index.
        bed.delete("t/year=2025/month=01/a.json").await;
        bed.put("t/year=2025/a.json", "{\"id\":1}").await;
        bed.crawl("c").await;
        let expected = indexed.map(|_| "crawler_partition_index(year)");
        assert_eq!(indexes(&bed), expected.into_iter().collect::<Vec<_>>());
    }
}
