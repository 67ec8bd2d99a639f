//! The patterns that need no definition: "AWS Glue built-in patterns" of "Writing custom
//! classifiers", AWS Glue Developer Guide.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::error::Error;

/// Parts that have this name are matched and not kept.
pub(crate) const UNWANTED: &str = "UNWANTED";

const PATTERNS: &[(&str, &str)] = &[
    ("USERNAME", r"[a-zA-Z0-9._-]+"),
    ("USER", "%{USERNAME:UNWANTED}"),
    ("INT", r"[+-]?[0-9]+"),
    ("NUMBER", "%{BASE10NUM:UNWANTED}"),
    ("BOOLEAN", "(?i)true|false"),
    ("POSINT", r"\b[1-9][0-9]*\b"),
    ("NONNEGINT", r"\b[0-9]+\b"),
    ("WORD", r"\b\w+\b"),
    ("NOTSPACE", r"\S+"),
    ("SPACE", r"\s*"),
    ("DATA", ".*?"),
    ("GREEDYDATA", ".*"),
    (
        "UUID",
        "[A-Fa-f0-9]{8}-(?:[A-Fa-f0-9]{4}-){3}[A-Fa-f0-9]{12}",
    ),
    // Networking.
    (
        "MAC",
        "%{CISCOMAC:UNWANTED}|%{WINDOWSMAC:UNWANTED}|%{COMMONMAC:UNWANTED}",
    ),
    ("CISCOMAC", r"(?:[A-Fa-f0-9]{4}\.){2}[A-Fa-f0-9]{4}"),
    ("WINDOWSMAC", "(?:[A-Fa-f0-9]{2}-){5}[A-Fa-f0-9]{2}"),
    ("COMMONMAC", "(?:[A-Fa-f0-9]{2}:){5}[A-Fa-f0-9]{2}"),
    ("IP", "%{IPV6:UNWANTED}|%{IPV4:UNWANTED}"),
    (
        "HOSTNAME",
        r"\b[0-9A-Za-z][0-9A-Za-z_-]{0,62}(?:\.[0-9A-Za-z][0-9A-Za-z_-]{0,62})*(?:\.?|\b)",
    ),
    ("HOST", "%{HOSTNAME:UNWANTED}"),
    ("IPORHOST", "%{HOSTNAME:UNWANTED}|%{IP:UNWANTED}"),
    ("HOSTPORT", "%{IPORHOST}:%{POSINT:PORT}"),
    // Paths.
    ("PATH", "%{UNIXPATH}|%{WINPATH}"),
    ("UNIXPATH", r"(?>/(?>[\w_%!$@:.,~-]+|\\.)*)+"),
    ("TTY", r"/dev/(?:pts|tty[pq]?)\w*/?[0-9]+"),
    ("WINPATH", r"(?>[A-Za-z]+:|\\)(?:\\[^\\?*]*)+"),
    ("URIPROTO", r"[A-Za-z]+(?:\+[A-Za-z+]+)?"),
    ("URIHOST", "%{IPORHOST}(?::%{POSINT:port})?"),
    ("URIPATH", r"(?:/[A-Za-z0-9$.+!*'(){},~:;=@#%_-]*)+"),
    ("URIPARAM", r"\?[A-Za-z0-9$.+!*'|(){},~@#%&/=:;_?\[\]-]*"),
    ("URIPATHPARAM", "%{URIPATH}(?:%{URIPARAM})?"),
    (
        "URI",
        "%{URIPROTO}://(?:%{USER}(?::[^@]*)?@)?(?:%{URIHOST})?(?:%{URIPATHPARAM})?",
    ),
    // Dates and times.
    (
        "MONTH",
        r"\b(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:tember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b",
    ),
    ("MONTHNUM", "0?[1-9]|1[0-2]"),
    ("MONTHNUM2", "0[1-9]|1[0-2]"),
    ("MONTHDAY", "0[1-9]|[12][0-9]|3[01]|[1-9]"),
    (
        "DAY",
        "Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?",
    ),
    ("YEAR", r"(?:\d\d){1,2}"),
    ("HOUR", "2[0-3]|[01]?[0-9]"),
    ("MINUTE", "[0-5][0-9]"),
    // 60 is a leap second.
    ("SECOND", "(?:[0-5]?[0-9]|60)(?:[:.,][0-9]+)?"),
    ("DATE_US", "%{MONTHNUM}[/-]%{MONTHDAY}[/-]%{YEAR}"),
    ("DATE_EU", "%{MONTHDAY}[./-]%{MONTHNUM}[./-]%{YEAR}"),
    ("DATESTAMP_US", "%{DATE_US}[- ]%{TIME}"),
    ("DATESTAMP_EU", "%{DATE_EU}[- ]%{TIME}"),
    ("ISO8601_TIMEZONE", "Z|[+-]%{HOUR}(?::?%{MINUTE})"),
    ("ISO8601_SECOND", "%{SECOND}|60"),
    (
        "TIMESTAMP_ISO8601",
        "%{YEAR}-%{MONTHNUM}-%{MONTHDAY}[T ]%{HOUR}:?%{MINUTE}(?::?%{SECOND})?%{ISO8601_TIMEZONE}?",
    ),
    ("TZ", "[PMCE][SD]T|UTC"),
    (
        "DATESTAMP_RFC822",
        "%{DAY} %{MONTH} %{MONTHDAY} %{YEAR} %{TIME} %{TZ}",
    ),
    (
        "DATESTAMP_RFC2822",
        "%{DAY}, %{MONTHDAY} %{MONTH} %{YEAR} %{TIME} %{ISO8601_TIMEZONE}",
    ),
    (
        "DATESTAMP_OTHER",
        "%{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{TZ} %{YEAR}",
    ),
    (
        "DATESTAMP_EVENTLOG",
        "%{YEAR}%{MONTHNUM2}%{MONTHDAY}%{HOUR}%{MINUTE}%{SECOND}",
    ),
    ("CISCOTIMESTAMP", "%{MONTH} %{MONTHDAY} %{TIME}"),
    ("SYSLOGTIMESTAMP", "%{MONTH} +%{MONTHDAY} %{TIME}"),
    ("PROG", r"[\w._/%-]+"),
    ("SYSLOGPROG", r"%{PROG:program}(?:\[%{POSINT:pid}\])?"),
    ("SYSLOGHOST", "%{IPORHOST}"),
    (
        "SYSLOGFACILITY",
        "<%{NONNEGINT:facility}.%{NONNEGINT:priority}>",
    ),
    ("HTTPDATE", "%{MONTHDAY}/%{MONTH}/%{YEAR}:%{TIME} %{INT}"),
    ("QS", "%{QUOTEDSTRING:UNWANTED}"),
    // Log formats.
    (
        "SYSLOGBASE",
        "%{SYSLOGTIMESTAMP:timestamp} (?:%{SYSLOGFACILITY} )?%{SYSLOGHOST:logsource} %{SYSLOGPROG}:",
    ),
    ("MESSAGESLOG", "%{SYSLOGBASE} %{DATA}"),
    (
        "COMMONAPACHELOG",
        r#"%{IPORHOST:clientip} %{USER:ident} %{USER:auth} \[%{HTTPDATE:timestamp}\] "(?:%{WORD:verb} %{NOTSPACE:request}(?: HTTP/%{NUMBER:httpversion})?|%{DATA:rawrequest})" %{NUMBER:response} (?:%{Bytes:bytes=%{NUMBER}|-})"#,
    ),
    (
        "COMBINEDAPACHELOG",
        "%{COMMONAPACHELOG} %{QS:referrer} %{QS:agent}",
    ),
    (
        "COMMONAPACHELOG_DATATYPED",
        r#"%{IPORHOST:clientip} %{USER:ident;boolean} %{USER:auth} \[%{HTTPDATE:timestamp;date;dd/MMM/yyyy:HH:mm:ss Z}\] "(?:%{WORD:verb;string} %{NOTSPACE:request}(?: HTTP/%{NUMBER:httpversion;float})?|%{DATA:rawrequest})" %{NUMBER:response;int} (?:%{NUMBER:bytes;long}|-)"#,
    ),
    (
        "LOGLEVEL",
        "[Aa]lert|ALERT|[Tt]race|TRACE|[Dd]ebug|DEBUG|[Nn]otice|NOTICE|[Ii]nfo|INFO|[Ww]arn?(?:ing)?|WARN?(?:ING)?|[Ee]rr?(?:or)?|ERR?(?:OR)?|[Cc]rit?(?:ical)?|CRIT?(?:ICAL)?|[Ff]atal|FATAL|[Ss]evere|SEVERE|EMERG(?:ENCY)?|[Ee]merg(?:ency)?",
    ),
];

/// A pattern that looks at what stands before or after it.
///
/// Regular expressions that look around are matched by trying, others in one pass. So a pattern is
/// first matched by its core, and what it stands between is looked at afterwards.
#[derive(Debug)]
pub(crate) struct Guarded {
    name: &'static str,
    /// The pattern without looking around. It matches wherever the pattern does, and tries in the
    /// same order.
    pub(crate) core: &'static str,
    /// The whole pattern.
    exact: &'static str,
    /// Where none of these bytes stands before a match of the core, and none of those after it,
    /// it is the pattern's match too.
    pub(crate) not_before: fn(u8) -> bool,
    pub(crate) not_after: fn(u8) -> bool,
}

const GUARDED: &[Guarded] = &[
    Guarded {
        name: "BASE10NUM",
        core: r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)",
        exact: r"(?<![0-9.+-])(?>[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+))",
        not_before: |byte| byte.is_ascii_digit() || b".+-".contains(&byte),
        // The match is as long as it can be, as an atomic group's is.
        not_after: |byte| byte.is_ascii_digit() || byte == b'.',
    },
    Guarded {
        name: "BASE16NUM",
        core: r"[+-]?(?:0x)?[0-9A-Fa-f]+",
        exact: r"(?<![0-9A-Fa-f])[+-]?(?:0x)?[0-9A-Fa-f]+",
        not_before: |byte| byte.is_ascii_hexdigit(),
        not_after: |_| false,
    },
    Guarded {
        name: "BASE16FLOAT",
        core: r"\b[+-]?(?:0x)?(?:[0-9A-Fa-f]+(?:\.[0-9A-Fa-f]*)?|\.[0-9A-Fa-f]+)\b",
        exact: r"\b(?<![0-9A-Fa-f.])[+-]?(?:0x)?(?:[0-9A-Fa-f]+(?:\.[0-9A-Fa-f]*)?|\.[0-9A-Fa-f]+)\b",
        not_before: |byte| byte.is_ascii_hexdigit() || byte == b'.',
        not_after: |_| false,
    },
    Guarded {
        name: "QUOTEDSTRING",
        core: r#""(?:\\.|[^\\"])*"|'(?:\\.|[^\\'])*'|`(?:\\.|[^\\`])*`"#,
        exact: r#"(?<!\\)(?:"(?:\\.|[^\\"])*"|'(?:\\.|[^\\'])*'|`(?:\\.|[^\\`])*`)"#,
        not_before: |byte| byte == b'\\',
        not_after: |_| false,
    },
    Guarded {
        name: "IPV4",
        core: r"(?:(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})\.){3}(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})",
        exact: r"(?<![0-9])(?:(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})\.){3}(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})(?![0-9])",
        not_before: |byte| byte.is_ascii_digit(),
        not_after: |byte| byte.is_ascii_digit(),
    },
    Guarded {
        name: "TIME",
        core: "%{HOUR}:%{MINUTE}:%{SECOND}",
        exact: "%{HOUR}:%{MINUTE}:%{SECOND}(?![0-9])",
        not_before: |_| false,
        not_after: |byte| byte.is_ascii_digit(),
    },
];

static BUILT_IN: LazyLock<HashMap<&str, String>> = LazyLock::new(|| {
    let mut patterns: HashMap<&str, String> = PATTERNS
        .iter()
        .map(|(name, definition)| (*name, (*definition).to_owned()))
        .collect();
    patterns.extend(
        GUARDED
            .iter()
            .map(|guarded| (guarded.name, guarded.exact.to_owned())),
    );
    patterns.insert("IPV6", ipv6());
    patterns
});

/// All spellings of RFC 4291: n groups, then `::` or the end, then what may follow n groups.
fn ipv6() -> String {
    let group = "[0-9A-Fa-f]{1,4}";
    let octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
    let ipv4 = format!(r"{octet}(?:\.{octet}){{3}}");
    let mut spellings = vec![
        format!("(?:{group}:){{7}}(?:{group}|:)"),
        format!("(?:{group}:){{6}}(?::{group}|{ipv4}|:)"),
    ];
    for before in (1..=5).rev() {
        let after = 7 - before;
        let between = after - 2;
        spellings.push(format!(
            "(?:{group}:){{{before}}}(?:(?::{group}){{1,{after}}}|(?::{group}){{0,{between}}}:{ipv4}|:)"
        ));
    }
    spellings.push(format!(
        ":(?:(?::{group}){{1,7}}|(?::{group}){{0,5}}:{ipv4}|:)"
    ));
    format!("(?:{})(?:%.+)?", spellings.join("|"))
}

/// The built-in patterns and a user's own, which go before those of the same name.
pub(crate) struct Library<'a> {
    custom: HashMap<&'a str, &'a str>,
}

impl<'a> Library<'a> {
    /// Reads custom patterns: one on a line, its name, a blank, its regular expression. Empty
    /// lines and those that start with `#` do not count.
    pub(crate) fn with_custom(text: &'a str) -> Result<Self, Error> {
        let mut custom = HashMap::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let malformed = || Error::MalformedCustomPattern {
                line: index + 1,
                text: line.to_owned(),
            };
            let (name, definition) = line
                .split_once(|blank: char| blank.is_ascii_whitespace())
                .ok_or_else(malformed)?;
            if !is_name(name) {
                return Err(malformed());
            }
            custom.insert(name, definition.trim_start());
        }
        Ok(Self { custom })
    }

    /// The built-in pattern of this name, if it looks around and no custom one goes before it.
    pub(crate) fn guarded(&self, name: &str) -> Option<&'static Guarded> {
        if self.custom.contains_key(name) {
            return None;
        }
        GUARDED.iter().find(|guarded| guarded.name == name)
    }

    /// The definition of a pattern.
    pub(crate) fn definition(&self, name: &str) -> Result<&str, Error> {
        self.custom
            .get(name)
            .copied()
            .or_else(|| BUILT_IN.get(name).map(String::as_str))
            .ok_or_else(|| Error::UnknownPattern(name.to_owned()))
    }
}

pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::Grok;

    #[test]
    fn every_built_in_pattern_compiles() {
        for name in BUILT_IN.keys() {
            if let Err(error) = Grok::compile(&format!("%{{{name}:x}}"), "") {
                panic!("{name}: {error}");
            }
        }
    }
}
