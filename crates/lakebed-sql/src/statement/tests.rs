#![allow(clippy::unwrap_used, clippy::panic)]

use datafusion_trino::Location;
use lakebed_wire::athena::StatementType;

use super::create_table::Buckets;
use super::*;

fn create_table(sql: &str) -> CreateTable {
    match parse(sql).unwrap() {
        Statement::CreateTable(create) => *create,
        other => panic!("{other:?}"),
    }
}

fn alter_table(sql: &str) -> TableChange {
    match parse(sql).unwrap() {
        Statement::AlterTable(alter) => alter.change,
        other => panic!("{other:?}"),
    }
}

#[test]
fn create_external_table_with_all_clauses() {
    let create = create_table(
        r#"CREATE EXTERNAL TABLE IF NOT EXISTS `Lake`.`Visits` (
             id bigint COMMENT 'the key', -- a comment
             tags array<string>,
             `where` struct<city:string, at:timestamp>
           )
           COMMENT 'who came'
           PARTITIONED BY (`year` string, month int)
           CLUSTERED BY (id) SORTED BY (id DESC) INTO 4 BUCKETS
           ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t' ESCAPED BY '\\'
             COLLECTION ITEMS TERMINATED BY '|' MAP KEYS TERMINATED BY ':'
             LINES TERMINATED BY '\n' NULL DEFINED AS ''
           STORED AS TEXTFILE
           LOCATION 's3://lake/visits/'
           TBLPROPERTIES ("skip.header.line.count"="1", 'it''s'='x');"#,
    );
    let text = |text: &str| Some(text.to_owned());
    assert!(create.if_not_exists);
    assert_eq!(create.name.database, text("lake"));
    assert_eq!(create.name.table, "visits");
    let columns: Vec<(&str, &str)> = create
        .columns
        .iter()
        .chain(&create.partition_keys)
        .map(|column| (column.name.as_str(), column.kind.as_str()))
        .collect();
    assert_eq!(
        columns,
        [
            ("id", "bigint"),
            ("tags", "array<string>"),
            ("where", "struct<city:string,at:timestamp>"),
            ("year", "string"),
            ("month", "int"),
        ]
    );
    assert_eq!(create.columns[0].comment, text("the key"));
    assert_eq!(create.comment, text("who came"));
    assert_eq!(
        create.buckets,
        Some(Buckets {
            columns: vec!["id".to_owned()],
            sorted_by: vec![("id".to_owned(), false)],
            count: 4,
        })
    );
    assert_eq!(
        create.row_format,
        Some(RowFormat::Delimited(Delimiters {
            field: text("\t"),
            escape: text("\\"),
            collection: text("|"),
            map_key: text(":"),
            line: text("\n"),
            null: text(""),
        }))
    );
    assert_eq!(
        create.storage,
        Some(StorageFormat::Named("TEXTFILE".to_owned()))
    );
    assert_eq!(create.location, text("s3://lake/visits/"));
    assert_eq!(
        create.properties,
        [
            ("skip.header.line.count".to_owned(), "1".to_owned()),
            ("it's".to_owned(), "x".to_owned()),
        ]
    );
}

#[test]
fn create_external_table_with_a_serde() {
    let create = create_table(
        "create external table t (a string) \
         row format serde 'org.apache.hadoop.hive.serde2.OpenCSVSerde' \
         with serdeproperties ('separatorChar'=',','escapeChar'='\\\\') \
         stored as inputformat 'In' outputformat 'Out' location 's3://b/p/'",
    );
    assert_eq!(
        create.row_format,
        Some(RowFormat::SerDe {
            class: "org.apache.hadoop.hive.serde2.OpenCSVSerde".to_owned(),
            properties: vec![
                ("separatorChar".to_owned(), ",".to_owned()),
                ("escapeChar".to_owned(), "\\".to_owned()),
            ],
        })
    );
    assert_eq!(
        create.storage,
        Some(StorageFormat::Classes {
            input: "In".to_owned(),
            output: "Out".to_owned(),
        })
    );
}

#[test]
fn create_table_as_knows_its_properties_and_its_query() {
    let sql = "CREATE TABLE db.t WITH (format = 'PARQUET', partitioned_by = ARRAY['y', 'm'], \
               bucket_count = 4, is_external = false)\nAS SELECT a FROM u WITH NO DATA";
    let Statement::CreateTableAs(create) = parse(sql).unwrap() else {
        panic!("not a CTAS");
    };
    let values: Vec<(&str, &PropertyValue)> = create
        .properties
        .iter()
        .map(|property| (property.name.as_str(), &property.value))
        .collect();
    assert_eq!(
        values,
        [
            ("format", &PropertyValue::Text("PARQUET".to_owned())),
            (
                "partitioned_by",
                &PropertyValue::Texts(vec!["y".to_owned(), "m".to_owned()])
            ),
            ("bucket_count", &PropertyValue::Number(4)),
            ("is_external", &PropertyValue::Boolean(false)),
        ]
    );
    assert!(!create.with_data);
    // The query stands where it stood: second line, fourth column.
    let query = create.query.as_str();
    assert_eq!(query.trim(), "SELECT a FROM u");
    let start = query.find("SELECT").unwrap();
    assert_eq!(Location::of(query, start), Location { line: 2, column: 4 });
}

#[test]
fn inserts_have_optional_columns() {
    for (sql, columns, query) in [
        ("INSERT INTO t SELECT 1", None, "SELECT 1"),
        (
            "insert into db.t (a, B) values (1, 2);",
            Some(vec!["a", "b"]),
            "values (1, 2)",
        ),
        ("INSERT INTO t (SELECT 1)", None, "(SELECT 1)"),
    ] {
        let Statement::Insert(insert) = parse(sql).unwrap() else {
            panic!("{sql}");
        };
        let columns = columns.map(|names| names.into_iter().map(str::to_owned).collect());
        assert_eq!(insert.columns, columns, "{sql}");
        assert_eq!(insert.query.as_str().trim(), query, "{sql}");
    }
}

#[test]
fn partitions_are_added_and_dropped() {
    let TableChange::AddPartitions {
        if_not_exists,
        partitions,
    } = alter_table(
        "ALTER TABLE t ADD IF NOT EXISTS PARTITION (dt='2020-01-01', hr=1) LOCATION 's3://b/x/' \
         PARTITION (dt=DATE '2020-01-02', hr=-2)",
    )
    else {
        panic!("not ADD PARTITION");
    };
    assert!(if_not_exists);
    let shown: Vec<String> = partitions
        .iter()
        .map(|partition| {
            let terms: Vec<String> = partition
                .spec
                .0
                .iter()
                .map(|term| format!("{}{}{}", term.key, term.operator, term.value))
                .collect();
            let location = partition.location.as_deref().unwrap_or("-");
            format!("{} at {location}", terms.join("/"))
        })
        .collect();
    assert_eq!(
        shown,
        [
            "dt=2020-01-01/hr=1 at s3://b/x/",
            "dt=2020-01-02/hr=-2 at -"
        ]
    );
    let TableChange::DropPartitions { partitions, .. } =
        alter_table("ALTER TABLE t DROP PARTITION (dt<'2020'), PARTITION (dt='x')")
    else {
        panic!("not DROP PARTITION");
    };
    assert_eq!(partitions[0].0[0].operator, "<");
    assert_eq!(partitions.len(), 2);
}

#[test]
fn statements_are_filed_as_athena_files_them() {
    for (sql, statement_type, substatement_type) in [
        ("SELECT 1", StatementType::Dml, "SELECT"),
        ("(SELECT 1) UNION (SELECT 2);", StatementType::Dml, "SELECT"),
        (
            "WITH t AS (SELECT 1) SELECT * FROM t",
            StatementType::Dml,
            "SELECT",
        ),
        ("VALUES 1, 2", StatementType::Dml, "SELECT"),
        (
            "EXPLAIN (FORMAT JSON) SELECT 1",
            StatementType::Dml,
            "EXPLAIN",
        ),
        (
            "EXPLAIN ANALYZE VERBOSE SELECT 1",
            StatementType::Dml,
            "EXPLAIN",
        ),
        ("INSERT INTO t SELECT 1", StatementType::Dml, "INSERT"),
        (
            "CREATE TABLE t AS SELECT 1 a",
            StatementType::Ddl,
            "CREATE_TABLE_AS_SELECT",
        ),
        (
            "create database if not exists d comment 'x'",
            StatementType::Ddl,
            "CREATE_DATABASE",
        ),
        (
            "DROP SCHEMA IF EXISTS d CASCADE",
            StatementType::Ddl,
            "DROP_DATABASE",
        ),
        (
            "DROP TABLE IF EXISTS `d`.`t`",
            StatementType::Ddl,
            "DROP_TABLE",
        ),
        ("MSCK REPAIR TABLE t", StatementType::Ddl, "MSCK_REPAIR"),
        (
            "SHOW DATABASES LIKE 'a*'",
            StatementType::Utility,
            "SHOW_DATABASES",
        ),
        (
            "SHOW TABLES IN d '*log*'",
            StatementType::Utility,
            "SHOW_TABLES",
        ),
        (
            "SHOW COLUMNS FROM t IN d",
            StatementType::Utility,
            "SHOW_COLUMNS",
        ),
        (
            "SHOW PARTITIONS d.t",
            StatementType::Utility,
            "SHOW_PARTITIONS",
        ),
        (
            "SHOW CREATE TABLE `t`",
            StatementType::Utility,
            "SHOW_CREATE_TABLE",
        ),
        (
            "SHOW TBLPROPERTIES t('k')",
            StatementType::Utility,
            "SHOW_TBLPROPERTIES",
        ),
        (
            "DESCRIBE FORMATTED d.t c",
            StatementType::Utility,
            "DESCRIBE_TABLE",
        ),
        (
            "UNLOAD (SELECT 1) TO 's3://b/o/' WITH (format='ORC')",
            StatementType::Dml,
            "UNLOAD",
        ),
        (
            "CREATE OR REPLACE VIEW v AS SELECT 1 a",
            StatementType::Ddl,
            "CREATE_VIEW",
        ),
        (
            "CREATE TABLE i (id int) PARTITIONED BY (bucket(16, id)) LOCATION 's3://b/' TBLPROPERTIES ('table_type'='ICEBERG')",
            StatementType::Ddl,
            "CREATE_TABLE",
        ),
    ] {
        let kind = parse(sql).unwrap().kind();
        assert_eq!(kind.statement_type, statement_type, "{sql}");
        assert_eq!(kind.substatement_type, substatement_type, "{sql}");
    }
}

#[test]
fn malformed_statements_are_refused_where_they_go_wrong() {
    for (sql, expected) in [
        (
            "",
            "line 1:1: mismatched input '<EOF>'. Expecting: <statement>",
        ),
        (
            "CREATE EXTERNAL VIEW v",
            "line 1:17: mismatched input 'VIEW'. Expecting: 'TABLE'",
        ),
        (
            "CREATE EXTERNAL TABLE t (a\n  txt)",
            "line 2:3: mismatched input 'txt'. Expecting: <type>",
        ),
        (
            "SHOW TABLES IN d x",
            "line 1:18: mismatched input 'x'. Expecting: <EOF>",
        ),
        (
            "DROP TABLE",
            "line 1:11: mismatched input '<EOF>'. Expecting: <identifier>",
        ),
        (
            "INSERT t SELECT 1",
            "line 1:8: mismatched input 't'. Expecting: 'INTO'",
        ),
        (
            "CREATE TABLE t (a int) LOCATION 's3://b/'",
            "line 1:8: missing EXTERNAL at 'TABLE': only tables with 'table_type'='ICEBERG' go without",
        ),
        (
            "ALTER TABLE t DROP PARTITION (a => 1)",
            "line 1:34: mismatched input '>'. Expecting: <constant>",
        ),
        (
            "ALTER TABLE t CHANGE a int",
            "line 1:27: mismatched input '<EOF>'. Expecting: <type>",
        ),
        (
            "CREATE VIEW v (a) AS SELECT 1",
            "line 1:15: mismatched input '('. Expecting: 'AS'",
        ),
        (
            "DELETE t WHERE a = 1",
            "line 1:8: mismatched input 't'. Expecting: 'FROM'",
        ),
        (
            "OPTIMIZE t REWRITE DATA",
            "line 1:24: mismatched input '<EOF>'. Expecting: 'USING'",
        ),
        (
            "MERGE INTO t AS x USING",
            "line 1:24: mismatched input '<EOF>'. Expecting: <relation>",
        ),
        (
            "UNLOAD SELECT 1 TO 's3://b/'",
            "line 1:8: mismatched input 'SELECT'. Expecting: '('",
        ),
        (
            "EXECUTE q USING 1,",
            "line 1:19: mismatched input '<EOF>'. Expecting: <expression>",
        ),
        (
            "DROP TABLE other.d.t",
            "line 1:12: Catalog 'other' does not exist",
        ),
    ] {
        assert_eq!(parse(sql).unwrap_err().located_message(), expected, "{sql}");
    }
}

#[test]
fn one_statement_at_a_time() {
    let error = parse("SELECT 1; SELECT 2").unwrap_err();
    assert_eq!(
        error.message(),
        "Only one sql statement is allowed. Got: SELECT 1; SELECT 2"
    );
    assert!(parse("SELECT ';';").is_ok());
}

#[test]
fn every_statement_of_athena_parses() {
    for (sql, substatement_type) in [
        (
            "CREATE SCHEMA s LOCATION 's3://b/s/' WITH DBPROPERTIES ('a'='b')",
            "CREATE_DATABASE",
        ),
        (
            "ALTER SCHEMA awsdatacatalog.s SET DBPROPERTIES (\"a\"='b')",
            "ALTER_DATABASE",
        ),
        ("DROP DATABASE IF EXISTS `s` RESTRICT;", "DROP_DATABASE"),
        ("SHOW SCHEMAS", "SHOW_DATABASES"),
        ("SHOW VIEWS FROM awsdatacatalog.s LIKE 'a|b*'", "SHOW_VIEWS"),
        ("SHOW COLUMNS IN s.t", "SHOW_COLUMNS"),
        ("SHOW CREATE VIEW s.v", "SHOW_CREATE_VIEW"),
        ("SHOW TBLPROPERTIES t (\"a\")", "SHOW_TBLPROPERTIES"),
        ("DESC EXTENDED t PARTITION (a='1', b=2) c", "DESCRIBE_TABLE"),
        ("DESCRIBE VIEW v", "DESCRIBE_VIEW"),
        (
            "CREATE EXTERNAL TABLE t (m map<string,array<struct<x:char(2),y:decimal(3)>>>, v varchar(5), b binary, d date) STORED AS ORC LOCATION 's3://b/'",
            "CREATE_TABLE",
        ),
        (
            "CREATE EXTERNAL TABLE t (a int) PARTITIONED BY (`date` string) CLUSTERED BY (a, b) INTO 2 BUCKETS STORED AS AVRO LOCATION 's3://b/'",
            "CREATE_TABLE",
        ),
        (
            "CREATE TABLE IF NOT EXISTS i (id bigint COMMENT 'k', s struct<a:int>) COMMENT 'c' PARTITIONED BY (id, truncate(4, c), hour(at)) LOCATION 's3://b/' TBLPROPERTIES ('table_type' = 'iceberg', 'format'='orc')",
            "CREATE_TABLE",
        ),
        (
            "CREATE TABLE t WITH (table_type = 'ICEBERG', partitioning = ARRAY['day(d)'], is_external = false) AS (SELECT 1 a) WITH NO DATA",
            "CREATE_TABLE_AS_SELECT",
        ),
        (
            "CREATE VIEW \"s\".\"v\" COMMENT 'c' AS WITH a AS (SELECT 1 x) SELECT * FROM a;",
            "CREATE_VIEW",
        ),
        ("DROP VIEW IF EXISTS s.v", "DROP_VIEW"),
        ("DROP TABLE t PURGE", "DROP_TABLE"),
        (
            "ALTER TABLE t ADD PARTITION (a=1) LOCATION 's3://b/1/'",
            "ALTER_TABLE_ADD_PARTITION",
        ),
        (
            "ALTER TABLE t DROP IF EXISTS PARTITION (a>=1, b!='x')",
            "ALTER_TABLE_DROP_PARTITION",
        ),
        (
            "ALTER TABLE t PARTITION (a=1) RENAME TO PARTITION (a=2)",
            "ALTER_TABLE",
        ),
        (
            "ALTER TABLE t PARTITION (a=1) SET LOCATION 's3://b/2/'",
            "ALTER_TABLE",
        ),
        (
            "ALTER TABLE t PARTITION (a=1) ADD COLUMNS (c int COMMENT 'd')",
            "ALTER_TABLE",
        ),
        ("ALTER TABLE t SET LOCATION 's3://b/'", "ALTER_TABLE"),
        (
            "ALTER TABLE t UNSET TBLPROPERTIES ('a', 'b')",
            "ALTER_TABLE",
        ),
        (
            "ALTER TABLE t REPLACE COLUMNS (a int, b array<string>)",
            "ALTER_TABLE",
        ),
        (
            "ALTER TABLE t CHANGE COLUMN a b bigint COMMENT 'c' AFTER d",
            "ALTER_TABLE",
        ),
        ("ALTER TABLE t DROP COLUMN a", "ALTER_TABLE"),
        ("ALTER TABLE t RENAME TO s.u", "ALTER_TABLE"),
        ("PREPARE q FROM INSERT INTO t SELECT ?", "PREPARE"),
        (
            "EXECUTE q USING ARRAY[1, 2], concat('a', ','), -1",
            "EXECUTE",
        ),
        ("DEALLOCATE PREPARE q", "DEALLOCATE"),
        (
            "EXPLAIN (FORMAT GRAPHVIZ, TYPE LOGICAL) (SELECT 1)",
            "EXPLAIN",
        ),
        ("UNLOAD (SELECT ')' FROM (SELECT 1)) TO 's3://b/'", "UNLOAD"),
        ("DELETE FROM i", "DELETE"),
        (
            "UPDATE s.i SET a = b + 1, c = 'x' WHERE d IS NULL",
            "UPDATE",
        ),
        (
            "MERGE INTO i USING (SELECT 1 a) s ON i.a = s.a WHEN MATCHED THEN DELETE",
            "MERGE",
        ),
        (
            "OPTIMIZE i REWRITE DATA USING BIN_PACK WHERE a = 1",
            "OPTIMIZE",
        ),
        ("VACUUM s.i;", "VACUUM"),
        (
            "USING EXTERNAL FUNCTION f(a int) RETURNS int LAMBDA 'l' SELECT f(1)",
            "SELECT",
        ),
    ] {
        let parsed = parse(sql).map_err(|error| error.located_message());
        let kind = parsed.map(|statement| statement.kind().substatement_type);
        assert_eq!(kind, Ok(substatement_type), "{sql}");
    }
}

#[test]
fn parameters_are_cut_at_their_commas() {
    let Statement::Execute(execute) =
        parse("EXECUTE \"My q\" USING f(1, 'a,b'), ARRAY[1, 2] || ?, 'it''s'").unwrap()
    else {
        panic!("not EXECUTE");
    };
    assert_eq!(execute.name, "My q");
    assert_eq!(
        execute.parameters,
        ["f(1, 'a,b')", "ARRAY[1, 2] || ?", "'it''s'"]
    );
}
