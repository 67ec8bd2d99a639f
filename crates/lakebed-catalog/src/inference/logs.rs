//! The log formats that Glue knows without being told: "Built-in classifiers", AWS Glue Developer
//! Guide.
//!
//! The guide gives the classifications and, among its built-in grok patterns, those of Apache and
//! syslog. The others follow the formats' own documentation.

use std::sync::LazyLock;

use super::grok::{Grok, lines};
use super::recognition::{Recognition, Verdict};

/// Classification, pattern, custom patterns: in Glue's order.
const LOGS: [(&str, &str, &str); 7] = [
    ("combined_apache", "%{COMBINEDAPACHELOG}", ""),
    ("apache", "%{COMMONAPACHELOG}", ""),
    ("linux_kernel", "%{SYSLOGBASE} %{GREEDYDATA:message}", ""),
    (
        "ruby_logger",
        r"[DFEWIA], \[%{TIMESTAMP_ISO8601:timestamp} #%{POSINT:pid:int}\] +%{LOGGER_LEVEL:loglevel} -- +%{DATA:progname}: %{GREEDYDATA:message}",
        "LOGGER_LEVEL DEBUG|FATAL|ERROR|WARN|INFO|ANY",
    ),
    (
        "squid",
        "%{NUMBER:timestamp:double} +%{NUMBER:duration:long} %{IPORHOST:client_address} %{WORD:cache_result}/%{NONNEGINT:status_code:int} %{NUMBER:bytes:long} %{WORD:request_method} %{NOTSPACE:url} %{NOTSPACE:user} %{WORD:hierarchy_code}/%{NOTSPACE:server} %{NOTSPACE:content_type}",
        "",
    ),
    (
        "redismonlog",
        r#"%{NUMBER:timestamp:double} \[%{INT:database:int} %{NOTSPACE:client}\] "%{WORD:command}" ?%{GREEDYDATA:params}"#,
        "",
    ),
    (
        "redislog",
        r"\[?%{POSINT:pid:int}(?:\]|:%{REDISROLE:role}) %{REDISTIMESTAMP:timestamp} %{REDISLEVEL:level} %{GREEDYDATA:message}",
        "REDISTIMESTAMP %{MONTHDAY} %{MONTH}(?: %{YEAR})? %{TIME}\nREDISROLE [XCSM]\nREDISLEVEL [.*#-]",
    ),
];

/// The classification of what Internet Information Services writes.
const MICROSOFT: &str = "microsoft_log";

/// The formats, each with its pattern compiled to match whole lines.
static KNOWN: LazyLock<Vec<Grok>> = LazyLock::new(|| {
    let mut known = Vec::with_capacity(LOGS.len());
    for (classification, pattern, custom) in LOGS {
        match Grok::compile_for_whole_lines(classification, pattern, custom) {
            Ok(grok) => known.push(grok),
            Err(error) => tracing::error!(classification, %error, "log pattern is broken"),
        }
    }
    known
});

/// The columns of a log of which every line is of one known format.
pub(super) fn infer_log(text: &str, truncated: bool) -> Verdict {
    let microsoft = microsoft_log(text);
    Ok(microsoft
        .iter()
        .chain(KNOWN.iter())
        .find_map(|grok| recognised(text, truncated, grok)))
}

fn recognised(text: &str, truncated: bool, grok: &Grok) -> Option<Recognition> {
    let mut records = 0;
    for line in lines(text, truncated).filter(|line| !is_directive(line, grok)) {
        if !matches!(grok.compiled.captures(line), Ok(Some(_))) {
            return None;
        }
        records += 1;
    }
    let schema = grok.schema().sampled(records, text.len() as u64);
    (records > 0).then(|| Recognition::certain(schema))
}

/// W3C logs have lines about themselves: `#Fields: date time …`.
fn is_directive(line: &str, grok: &Grok) -> bool {
    grok.format.classification == MICROSOFT && line.starts_with('#')
}

/// The pattern of a W3C extended log, whose fields its `#Fields` line names.
fn microsoft_log(text: &str) -> Option<Grok> {
    let fields = text
        .lines()
        .take_while(|line| line.starts_with('#'))
        .find_map(|line| line.strip_prefix("#Fields:"))?;
    let columns: Vec<String> = fields
        .split_ascii_whitespace()
        .map(|field| format!("%{{NOTSPACE:{}}}", column_name(field)))
        .collect();
    if columns.is_empty() {
        return None;
    }
    let pattern = format!("^{}$", columns.join(" "));
    Grok::compile(MICROSOFT, &pattern, "").ok()
}

/// `cs(User-Agent)` is the column `cs_user_agent`.
fn column_name(field: &str) -> String {
    let name: String = field
        .chars()
        .map(|character| match character {
            'a'..='z' | '0'..='9' => character,
            'A'..='Z' => character.to_ascii_lowercase(),
            _ => '_',
        })
        .collect();
    name.trim_matches('_').to_owned()
}

/// What to do about logs that Glue has no built-in classifier for.
pub(super) fn hint(text: &str) -> Option<&'static str> {
    let line = text.lines().next()?;
    let words: Vec<&str> = line.split(' ').collect();
    let first = words.first()?;
    let is_owner = first.len() == 64 && first.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_owner && words.len() > 15 {
        Some(
            "no classifier recognises the file, which looks like an S3 server access log: use a grok classifier",
        )
    } else if ["http", "https", "h2", "grpcs", "ws", "wss"].contains(first) && words.len() > 20 {
        Some(
            "no classifier recognises the file, which looks like an Application Load Balancer log: use a grok classifier",
        )
    } else if line.starts_with("version account-id ") || (*first == "2" && words.len() == 14) {
        Some(
            "no classifier recognises the file, which looks like a VPC flow log: use a CSV classifier with a blank as its delimiter",
        )
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(
        r#"203.0.113.9 - kim [10/Oct/2024:13:55:36 +0900] "GET /a?b=1 HTTP/1.1" 200 2326 "-" "curl/8.5""#,
        "combined_apache: clientip string, ident string, auth string, timestamp string, verb string, request string, httpversion string, rawrequest string, response string, bytes string, referrer string, agent string"
    )]
    #[case(
        r#"203.0.113.9 - - [10/Oct/2024:13:55:36 +0900] "POST /x HTTP/2" 404 -"#,
        "apache: clientip string, ident string, auth string, timestamp string, verb string, request string, httpversion string, rawrequest string, response string, bytes string"
    )]
    #[case(
        "Oct 10 13:55:36 host kernel: eth0: link up",
        "linux_kernel: timestamp string, facility string, priority string, logsource string, program string, pid string, message string"
    )]
    #[case(
        "I, [2024-10-10T13:55:36.123456 #4242]  INFO -- : started",
        "ruby_logger: timestamp string, pid int, loglevel string, progname string, message string"
    )]
    #[case(
        "1286536309.450    180 192.168.0.224 TCP_MISS/200 411 GET http://example.com/ - HIER_DIRECT/203.0.113.9 text/html",
        "squid: timestamp double, duration bigint, client_address string, cache_result string, status_code int, bytes bigint, request_method string, url string, user string, hierarchy_code string, server string, content_type string"
    )]
    #[case(
        r#"1339518083.107412 [0 127.0.0.1:60866] "keys" "*""#,
        "redismonlog: timestamp double, database int, client string, command string, params string"
    )]
    #[case(
        "12:M 10 Oct 2024 13:55:36.123 * Ready to accept connections",
        "redislog: pid int, role string, timestamp string, level string, message string"
    )]
    #[case(
        "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time s-ip cs-method cs(User-Agent)\n2024-10-10 13:55:36 10.0.0.1 GET Mozilla/5.0",
        "microsoft_log: date string, time string, s_ip string, cs_method string, cs_user_agent string"
    )]
    fn a_log_is_told_by_its_lines(#[case] line: &str, #[case] expected: &str) {
        let text = format!("{line}\n{}\n", line.lines().last().unwrap());
        let schema = infer_log(&text, false).unwrap().unwrap().schema;
        let columns: Vec<String> = schema
            .columns
            .iter()
            .map(|(name, kind)| format!("{name} {kind}"))
            .collect();
        let found = format!("{}: {}", schema.format.classification(), columns.join(", "));
        assert_eq!(found, expected);
    }

    #[test]
    fn one_line_of_another_format_and_it_is_no_log() {
        let text = "Oct 10 13:55:36 host kernel: up\nsomething else\n";
        assert_eq!(infer_log(text, false), Ok(None));
    }
}
