//! Patterns and the lines they take apart.
#![allow(clippy::unwrap_used, clippy::panic)]

use lakebed_grok::{Error, FieldType, Grok};
use rstest::rstest;

/// The named fields of a line, as `name=text`; a field the line does not have is left out.
fn found(pattern: &str, custom: &str, line: &str) -> Option<String> {
    let grok = Grok::compile(pattern, custom).unwrap();
    let captures = grok.captures(line).unwrap()?;
    let texts: Vec<String> = grok
        .fields()
        .iter()
        .enumerate()
        .filter_map(|(index, field)| Some(format!("{}={}", field.name, captures.get(index)?)))
        .collect();
    Some(texts.join(" | "))
}

#[rstest]
#[case(
    "%{COMBINEDAPACHELOG}",
    r#"127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326 "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)""#,
    Some(
        r#"clientip=127.0.0.1 | ident=- | auth=frank | timestamp=10/Oct/2000:13:55:36 -0700 | verb=GET | request=/apache_pb.gif | httpversion=1.0 | response=200 | bytes=2326 | referrer="http://www.example.com/start.html" | agent="Mozilla/4.08 [en] (Win98; I ;Nav)""#
    )
)]
#[case(
    "%{COMMONAPACHELOG}",
    r#"host.example.com - - [10/Oct/2000:13:55:36 -0700] "\x16\x03\x01" 400 -"#,
    Some(
        r"clientip=host.example.com | ident=- | auth=- | timestamp=10/Oct/2000:13:55:36 -0700 | rawrequest=\x16\x03\x01 | response=400 | bytes=-"
    )
)]
#[case(
    "%{SYSLOGBASE} %{GREEDYDATA:message}",
    "Feb  9 06:25:43 ip-10-0-0-1 sshd[4821]: Accepted publickey for 한글",
    Some(
        "timestamp=Feb  9 06:25:43 | logsource=ip-10-0-0-1 | program=sshd | pid=4821 | message=Accepted publickey for 한글"
    )
)]
#[case(
    "%{IPV6:ip} %{IP:other}",
    "2001:db8::ff00:42:8329 fe80::1%eth0",
    Some("ip=2001:db8::ff00:42:8329 | other=fe80::1%eth0")
)]
#[case(
    "%{URIPROTO:proto}://%{URIHOST:host}%{URIPATHPARAM:path}",
    "svn+ssh://example.com:8080/a/b.html?x=[1]&y=2",
    Some("proto=svn+ssh | host=example.com:8080 | port=8080 | path=/a/b.html?x=[1]&y=2")
)]
#[case(
    "%{UNIXPATH:unix} %{WINPATH:win}",
    r"/var/log/x.log C:\Temp\a b",
    Some(r"unix=/var/log/x.log | win=C:\Temp\a b")
)]
#[case(
    "%{TIMESTAMP_ISO8601:t}",
    "2024-03-01T23:59:59.123+09:00",
    Some("t=2024-03-01T23:59:59.123+09:00")
)]
#[case(
    "%{UUID:id} %{MAC:mac}",
    "0f8fad5b-d9cb-469f-a165-70867728950e 00:1B:44:11:3A:B7",
    Some("id=0f8fad5b-d9cb-469f-a165-70867728950e | mac=00:1B:44:11:3A:B7")
)]
#[case(
    "^%{IPV4:ip} %{DATA: size}$",
    "10.0.0.1 12",
    Some("ip=10.0.0.1 | size=12")
)]
// A number is not found inside of another one.
#[case("%{GREEDYDATA:rest}%{NUMBER:n}", "x12.5", Some("rest=x | n=12.5"))]
#[case("%{NUMBER:n} %{GREEDYDATA:rest}", "no number", None)]
// Of two groups of one name the one that took part counts.
#[case("(?:a=%{INT:n}|b=%{INT:n})", "b=7", Some("n=7"))]
#[case(
    r"(?<year>\d{4})-(?P<month>\d\d)",
    "2024-03",
    Some("year=2024 | month=03")
)]
#[case(
    "%{DATA:key}=%{QS:value}",
    r#"say="a \"b\" c""#,
    Some(r#"key=say | value="a \"b\" c""#)
)]
fn built_in_patterns_take_lines_apart(
    #[case] pattern: &str,
    #[case] line: &str,
    #[case] expected: Option<&str>,
) {
    assert_eq!(found(pattern, "", line).as_deref(), expected);
}

#[test]
fn custom_patterns_go_before_built_in_ones() {
    let custom = "# levels\n\nCRAWLERLOGLEVEL (BENCHMARK|ERROR|WARN|INFO|TRACE)\nMESSAGEPREFIX .*-.*-.*-.*-.*\nINT [0-9]\n";
    let pattern = r"%{TIMESTAMP_ISO8601:timestamp} \[%{MESSAGEPREFIX:message_prefix}\] %{CRAWLERLOGLEVEL:loglevel} : %{INT:first}%{GREEDYDATA:message}";
    assert_eq!(
        found(
            pattern,
            custom,
            "2024-01-01T10:00:00 [a-b-c-d-e] BENCHMARK : 12 files"
        )
        .as_deref(),
        Some(
            "timestamp=2024-01-01T10:00:00 | message_prefix=a-b-c-d-e | loglevel=BENCHMARK | first=1 | message=2 files"
        )
    );
}

#[test]
fn fields_have_the_types_they_are_cast_to() {
    let pattern = "%{INT:a:byte} %{INT:b:short} %{INT:c:int} %{INT:d:long} %{NUMBER:e:float} %{NUMBER:f;double} %{BOOLEAN:g:boolean} %{WORD:h} %{COMMONAPACHELOG_DATATYPED}";
    let grok = Grok::compile(pattern, "").unwrap();
    let types: Vec<String> = grok
        .fields()
        .iter()
        .map(|field| format!("{} {}", field.name, field.kind.hive_name()))
        .collect();
    assert_eq!(
        types.join(", "),
        "a tinyint, b smallint, c int, d bigint, e float, f double, g boolean, h string, \
         clientip string, ident boolean, auth string, timestamp string, verb string, \
         request string, httpversion float, rawrequest string, response int, bytes bigint"
    );
    assert_eq!(grok.fields()[0].kind, FieldType::Byte);
}

#[test]
fn an_outermost_pattern_can_be_asked_for_by_its_own_name() {
    let grok = Grok::compile(
        "%{SYSLOGBASE} %{POSTFIX_QUEUEID:queue_id}: %{GREEDYDATA:syslog_message}",
        "POSTFIX_QUEUEID [0-9A-F]{7,12}",
    )
    .unwrap();
    let line = "Jan  1 06:25:43 mailserver14 postfix/cleanup[21403]: BEF25A72965: message-id=<x>";
    let captures = grok.captures(line).unwrap().unwrap();
    let text = |name: &str| captures.get(grok.field(name).unwrap());
    assert_eq!(
        text("syslogbase"),
        Some("Jan  1 06:25:43 mailserver14 postfix/cleanup[21403]:")
    );
    assert_eq!(text("QUEUE_ID"), Some("BEF25A72965"));
    assert_eq!(grok.field("month"), None);
}

#[rstest]
#[case("%{NOSUCH:a}", "", Error::UnknownPattern("NOSUCH".into()))]
#[case("%{A}", "A x%{B}\nB y%{A}", Error::Cycle("A".into()))]
#[case("%{INT:n:decimal}", "", Error::UnknownType { field: "n".into(), found: "decimal".into() })]
#[case("%{INT:n", "", Error::MalformedReference("%{INT:n".into()))]
#[case("%{}", "", Error::MalformedReference("%{}".into()))]
#[case("%{INT:}", "", Error::MalformedReference("%{INT:}".into()))]
#[case("a\nb", "", Error::LineBreak)]
#[case(r"(a)\1", "", Error::BackReference(r"\1".into()))]
#[case("x", "A x\nB", Error::MalformedCustomPattern { line: 2, text: "B".into() })]
fn broken_patterns_are_refused(#[case] pattern: &str, #[case] custom: &str, #[case] error: Error) {
    assert_eq!(Grok::compile(pattern, custom).unwrap_err(), error);
}

#[test]
fn a_malformed_regular_expression_is_refused() {
    let error = Grok::compile("(unclosed", "").unwrap_err();
    assert!(matches!(error, Error::Regex(_)), "{error}");
}

#[test]
fn patterns_that_double_at_every_level_are_refused() {
    let mut custom = String::from("P0 0123456789abcdef\n");
    for level in 1..64 {
        let below = level - 1;
        custom.push_str(&format!("P{level} %{{P{below}}}%{{P{below}}}\n"));
    }
    let error = Grok::compile("%{P63}", &custom).unwrap_err();
    assert!(matches!(error, Error::TooLong(_)), "{error}");
}

#[test]
fn a_line_that_can_match_in_too_many_ways_is_given_up() {
    let grok = Grok::compile(r"(?=x)(?:x+x+)+(?!x)y", "").unwrap();
    let error = grok.captures(&"x".repeat(5_000)).unwrap_err();
    assert_eq!(error, Error::TooManyAttempts(5_000));
}
