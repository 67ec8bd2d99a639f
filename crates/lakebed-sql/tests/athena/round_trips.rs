//! What `SHOW CREATE` answers makes the same again.

use lakebed_sql::{Athena, QueryAnswer};

async fn answer(athena: &Athena, sql: &str) -> QueryAnswer {
    match athena.run(Some("lake"), sql).await {
        Ok(answer) => answer,
        Err(error) => panic!("{error}: {sql}"),
    }
}

async fn shown(athena: &Athena, sql: &str) -> String {
    let lines: Vec<String> = answer(athena, sql)
        .await
        .rows
        .into_iter()
        .flatten()
        .flatten()
        .collect();
    lines.join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn show_create_makes_the_same_again() {
    let folder = tempfile::tempdir().unwrap();
    let lake = crate::lake::open(folder.path());
    let athena = &lake.athena;
    answer(athena, "CREATE DATABASE lake").await;
    for sql in [
        "CREATE EXTERNAL TABLE t (a int) LOCATION 's3://bucket/t/'",
        r"CREATE EXTERNAL TABLE t (`select` map<string,array<struct<x:decimal(10,2),y:char(3)>>> COMMENT 'it''s \\ \t', b varchar(7))
          COMMENT 'a \'comment\'' PARTITIONED BY (`date` date COMMENT 'd', hour int)
          CLUSTERED BY (b, `select`) SORTED BY (b DESC, `select` ASC) INTO 8 BUCKETS
          ROW FORMAT DELIMITED FIELDS TERMINATED BY '\001' ESCAPED BY '\\' COLLECTION ITEMS TERMINATED BY '|'
          MAP KEYS TERMINATED BY ':' LINES TERMINATED BY '\n' NULL DEFINED AS 'n/a'
          STORED AS TEXTFILE LOCATION 's3://bucket/a b/' TBLPROPERTIES ('skip.header.line.count'='1', 'k'='a=b;''c''')",
        r#"CREATE EXTERNAL TABLE t (a string) ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe'
           WITH SERDEPROPERTIES ('input.regex'='^(\\d+) "([^"]*)"\\s*$') LOCATION 's3://bucket/t/'"#,
        "CREATE EXTERNAL TABLE t (a double) STORED AS ORC LOCATION 's3://bucket/t/'",
    ] {
        answer(athena, sql).await;
        let ddl = shown(athena, "SHOW CREATE TABLE t").await;
        let before = lake.catalog.table("lake", "t").unwrap();
        answer(athena, "DROP TABLE t").await;
        answer(athena, &ddl).await;
        assert_eq!(shown(athena, "SHOW CREATE TABLE t").await, ddl);
        let after = lake.catalog.table("lake", "t").unwrap();
        assert_eq!(after.storage_descriptor, before.storage_descriptor, "{ddl}");
        assert_eq!(after.partition_keys, before.partition_keys, "{ddl}");
        assert_eq!(after.description, before.description, "{ddl}");
        answer(athena, "DROP TABLE t").await;
    }
    answer(
        athena,
        "CREATE VIEW \"my view\" AS SELECT 'it''s' AS \"A b\", 1 AS n\n-- what\nWHERE true",
    )
    .await;
    let ddl = shown(athena, "SHOW CREATE VIEW `my view`").await;
    answer(athena, "DROP VIEW `my view`").await;
    answer(athena, &ddl).await;
    assert_eq!(shown(athena, "SHOW CREATE VIEW `my view`").await, ddl);
    assert_eq!(shown(athena, "SELECT * FROM \"my view\"").await, "it's\n1");
}
