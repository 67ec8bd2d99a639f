//! `url_extract_fragment`, `_host`, `_path`, `_port`, `_protocol` and `_query` of a URL, and
//! `url_extract_parameter(url, name) -> varchar`; null for what is no URL. Trino manual, "URL
//! functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("url_extract_host('http://lake.example:8080/a?k=v#top')"), "lake.example");
//! assert_eq!(evaluate("url_extract_parameter('http://a/b?k1=v1&k2&k1=v2', 'k1')"), "v1");
//! assert_eq!(evaluate("url_extract_port('http://lake.example/')"), "null");
//! ```

use datafusion::logical_expr::ScalarUDF;
use percent_encoding::percent_decode_str;

use crate::functions::scalar::Kind::{Bigint, Varchar};
use crate::functions::scalar::scalar;

macro_rules! part {
    ($name:literal, $part:expr) => {
        scalar($name)
            .overload([Varchar], Varchar, |call| {
                call.try_map1(|url: &str| Ok(Uri::of(url).map($part)))
            })
            .udf()
    };
}

pub(in crate::functions) fn udfs() -> [ScalarUDF; 7] {
    [
        part!("url_extract_fragment", |uri: Uri<'_>| decoded(uri.fragment)),
        part!("url_extract_host", |uri: Uri<'_>| uri.host.to_owned()),
        part!("url_extract_path", |uri: Uri<'_>| decoded(uri.path)),
        part!("url_extract_protocol", |uri: Uri<'_>| uri.scheme.to_owned()),
        part!("url_extract_query", |uri: Uri<'_>| decoded(uri.query)),
        scalar("url_extract_port")
            .overload([Varchar], Bigint, |call| {
                call.try_map1(|url: &str| Ok(Uri::of(url).and_then(|uri| uri.port)))
            })
            .udf(),
        scalar("url_extract_parameter")
            .overload([Varchar, Varchar], Varchar, |call| {
                call.try_map2(|url: &str, name: &str| {
                    Ok(Uri::of(url).and_then(|uri| uri.parameter(name)))
                })
            })
            .udf(),
    ]
}

/// A URI's parts, empty where it has none. RFC 2396.
struct Uri<'a> {
    scheme: &'a str,
    host: &'a str,
    port: Option<i64>,
    path: &'a str,
    query: &'a str,
    fragment: &'a str,
}

impl<'a> Uri<'a> {
    /// None if the text is no URI.
    fn of(text: &'a str) -> Option<Self> {
        let is_foreign = |c: char| c.is_ascii_control() || " \"<>\\^`{|}".contains(c);
        if text.contains(is_foreign) || !has_whole_escapes(text) {
            return None;
        }
        let (rest, fragment) = text.split_once('#').unwrap_or((text, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (scheme, rest) = match rest.split_once(':') {
            Some((scheme, rest)) if is_scheme(scheme) => (scheme, rest),
            Some((scheme, _)) if !scheme.contains('/') => return None,
            _ => ("", rest),
        };
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
            None => ("", rest),
        };
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        let (host, port) = match host.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
            _ => (host, None),
        };
        Some(Self {
            scheme,
            host,
            port,
            path,
            query,
            fragment,
        })
    }

    /// The first value of a parameter of the query; empty if it has none.
    fn parameter(&self, name: &str) -> Option<String> {
        self.query.split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(key) == name && !pair.is_empty()).then(|| decoded(&value.replace('+', " ")))
        })
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

fn has_whole_escapes(text: &str) -> bool {
    text.split('%').skip(1).all(|escape| {
        let digits = escape.bytes().take(2);
        digits.filter(u8::is_ascii_hexdigit).count() == 2
    })
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
