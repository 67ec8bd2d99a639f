use crate::bed::{Bed, GROK, HIVE_JSON, REGEX, table};

const ACCESS_LOG: &str = r#"10.0.0.1 - - [31/Jan/2025:10:11:12 +0000] "GET /a HTTP/1.1" 200 5
no line of a log
10.0.0.2 - kim [31/Jan/2025:10:11:13 +0000] "POST /b HTTP/1.1" 404 -
"#;

#[tokio::test]
async fn a_group_of_the_regular_expression_is_a_column() {
    let bed = Bed::new().await;
    bed.put("log/a.log", ACCESS_LOG).await;
    let pattern =
        r#"([^ ]*) ([^ ]*) ([^ ]*) \[([^\]]*)\] "([^ ]*) ([^ ]*) [^"]*" (-|[0-9]*) (-|[0-9]*)"#;
    let columns = [
        "host string",
        "identity string",
        "user string",
        "time string",
        "method string",
        "path string",
        "status int",
        "size int",
    ];
    let log = table(
        &columns,
        "s3://lake/log/",
        REGEX,
        &[("input.regex", pattern)],
    );
    assert_eq!(
        bed.query(&log, "SELECT host, \"user\", status, size FROM t")
            .await
            .unwrap(),
        "+----------+------+--------+------+\n\
         | host     | user | status | size |\n\
         +----------+------+--------+------+\n\
         | 10.0.0.1 | -    | 200    | 5    |\n\
         |          |      |        |      |\n\
         | 10.0.0.2 | kim  | 404    |      |\n\
         +----------+------+--------+------+"
    );
    for (columns, parameters, expected) in [
        (
            &columns[..3],
            &[("input.regex", pattern)][..],
            "HIVE_CURSOR_ERROR: Number of matching groups doesn't match the number of columns: \
             8 groups, 3 columns (table db.t, file s3://lake/log/a.log record 1)",
        ),
        (
            &columns[..],
            &[][..],
            "HIVE_INVALID_METADATA: This table does not have serde property \"input.regex\"! \
             (table db.t)",
        ),
    ] {
        let wrong = table(columns, "s3://lake/log/", REGEX, parameters);
        assert_eq!(bed.error(&wrong, "SELECT host FROM t").await, expected);
    }
    let unreadable = table(&columns, "s3://lake/log/", REGEX, &[("input.regex", "(")]);
    let error = bed.error(&unreadable, "SELECT host FROM t").await;
    assert!(
        error.starts_with("HIVE_INVALID_METADATA: the 'input.regex' of table db.t is not"),
        "{error}"
    );
}

#[tokio::test]
async fn a_field_of_the_grok_pattern_is_a_column() {
    let bed = Bed::new().await;
    bed.put("log/a.log", ACCESS_LOG).await;
    let log = table(
        &[
            "clientip string",
            "verb string",
            "response int",
            "request string",
        ],
        "s3://lake/log/",
        GROK,
        &[
            (
                "input.format",
                "%{IP:clientip} %{REST:rest}\\[%{HTTPDATE:time}\\] \"%{WORD:verb} %{NOTSPACE:request} %{NOTSPACE}\" %{INT:response}",
            ),
            ("input.grokCustomPatterns", "REST [^\\[]*\\nUNUSED x"),
        ],
    );
    assert_eq!(
        bed.query(&log, "SELECT * FROM t").await.unwrap(),
        "+----------+------+----------+---------+\n\
         | clientip | verb | response | request |\n\
         +----------+------+----------+---------+\n\
         | 10.0.0.1 | GET  | 200      | /a      |\n\
         |          |      |          |         |\n\
         | 10.0.0.2 | POST | 404      | /b      |\n\
         +----------+------+----------+---------+"
    );
    let wrong = table(
        &["a string"],
        "s3://lake/log/",
        GROK,
        &[("input.format", "%{NO_SUCH:a}")],
    );
    assert_eq!(
        bed.error(&wrong, "SELECT a FROM t").await,
        "HIVE_INVALID_METADATA: the grok pattern of table db.t cannot be used: there is no grok \
         pattern 'NO_SUCH'"
    );
}

#[tokio::test]
async fn cloudtrail_records_stand_in_one_object() {
    let bed = Bed::new().await;
    let document = r#"{"Records":[
        {"eventVersion":"1.08","eventName":"PutObject","userIdentity":{"type":"IAMUser","accountId":"1"},"requestParameters":{"bucketName":"lake","key":"}\""}},
        {"eventVersion":"1.08","eventName":"ConsoleLogin","requestParameters":null}]}"#;
    bed.put("trail/a.json", document).await;
    let mut trail = table(
        &[
            "eventname string",
            "useridentity struct<type:string,accountid:string>",
            "requestparameters string",
        ],
        "s3://lake/trail/",
        HIVE_JSON,
        &[],
    );
    let descriptor = trail.storage_descriptor.as_mut().unwrap();
    descriptor.input_format = Some("com.amazon.emr.cloudtrail.CloudTrailInputFormat".to_owned());
    assert_eq!(
        bed.query(&trail, "SELECT * FROM t").await.unwrap(),
        "+--------------+-------------------------------+-----------------------------------+\n\
         | eventname    | useridentity                  | requestparameters                 |\n\
         +--------------+-------------------------------+-----------------------------------+\n\
         | PutObject    | {type: IAMUser, accountid: 1} | {\"bucketName\":\"lake\",\"key\":\"}\\\"\"} |\n\
         | ConsoleLogin |                               |                                   |\n\
         +--------------+-------------------------------+-----------------------------------+"
    );
}
