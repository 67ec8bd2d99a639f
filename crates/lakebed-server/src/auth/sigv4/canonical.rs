use http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use sha2::{Digest, Sha256};

/// Everything but the unreserved characters of RFC 3986.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The same for paths, whose slashes stay.
const ENCODED_IN_PATH: &AsciiSet = &ENCODED.remove(b'/');

/// How a service wants the path written in the canonical request. Signature Version 4
/// documentation, "Create a canonical request".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathForm {
    /// S3: as the key is, encoded once.
    Once,
    /// All others: without `.`, `..` and doubled slashes, and encoded once more than on the wire.
    NormalizedTwice,
}

/// A request as it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CanonicalRequest(Vec<u8>);

impl CanonicalRequest {
    /// Writes `parts` in canonical form with the headers that are signed, whose names are in
    /// lower case.
    pub(crate) fn of(
        parts: &Parts,
        signed_headers: &[String],
        payload_hash: &str,
        form: PathForm,
    ) -> Self {
        let mut text = Vec::new();
        let mut line = |bytes: &[u8]| {
            text.extend_from_slice(bytes);
            text.push(b'\n');
        };
        line(parts.method.as_str().as_bytes());
        line(canonical_path(parts.uri.path(), form).as_bytes());
        line(canonical_query(parts.uri.query().unwrap_or_default()).as_bytes());
        for name in signed_headers {
            line(&canonical_header(parts, name));
        }
        line(b"");
        line(signed_headers.join(";").as_bytes());
        text.extend_from_slice(payload_hash.as_bytes());
        Self(text)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Its SHA-256 in lower-case hexadecimal, which goes into the string to sign.
    pub(crate) fn hash(&self) -> String {
        hex::encode(Sha256::digest(&self.0))
    }
}

fn canonical_path(path: &str, form: PathForm) -> String {
    match form {
        PathForm::Once => {
            let key: Vec<u8> = percent_decode_str(path).collect();
            percent_encode(&key, ENCODED_IN_PATH).to_string()
        }
        PathForm::NormalizedTwice => {
            percent_encode(normalized(path).as_bytes(), ENCODED_IN_PATH).to_string()
        }
    }
}

/// A path without empty and dot segments. RFC 3986, section 6.
fn normalized(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            segment => kept.push(segment),
        }
    }
    let ends_in_slash = ["/", "/.", "/.."].iter().any(|end| path.ends_with(end));
    let end = if ends_in_slash && !kept.is_empty() {
        "/"
    } else {
        ""
    };
    format!("/{}{end}", kept.join("/"))
}

/// The parameters, encoded and in order, without the signature itself.
fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter(|(name, _)| *name != "X-Amz-Signature")
        .map(|(name, value)| (reencoded(name), reencoded(value)))
        .collect();
    pairs.sort_unstable();
    let written: Vec<String> = pairs
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    written.join("&")
}

/// Encodes what a client may have encoded in other ways; a plus sign is a space.
fn reencoded(text: &str) -> String {
    let spaced = text.replace('+', " ");
    let bytes: Vec<u8> = percent_decode_str(&spaced).collect();
    percent_encode(&bytes, ENCODED).to_string()
}

/// `name:value`, with values of the same name joined and spaces drawn together.
fn canonical_header(parts: &Parts, name: &str) -> Vec<u8> {
    let values: Vec<Vec<u8>> = parts
        .headers
        .get_all(name)
        .iter()
        .map(|value| drawn_together(value.as_bytes()))
        .collect();
    [name.as_bytes(), b":", &values.join(&b","[..])].concat()
}

/// Takes spaces off the ends and makes runs of them one.
fn drawn_together(value: &[u8]) -> Vec<u8> {
    let words: Vec<&[u8]> = value
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
        .collect();
    words.join(&b" "[..])
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("/", "/", "/")]
    #[case("/a%20b/c", "/a%20b/c", "/a%2520b/c")]
    #[case("/a+b", "/a%2Bb", "/a%2Bb")]
    #[case("//a/./b/../c/", "//a/./b/../c/", "/a/c/")]
    #[case("/a/..", "/a/..", "/")]
    #[case("/%ED%95%9C~(x)", "/%ED%95%9C~%28x%29", "/%25ED%2595%259C~%28x%29")]
    fn paths_are_encoded_once_for_s3_and_twice_for_others(
        #[case] path: &str,
        #[case] s3: &str,
        #[case] others: &str,
    ) {
        assert_eq!(canonical_path(path, PathForm::Once), s3);
        assert_eq!(canonical_path(path, PathForm::NormalizedTwice), others);
    }

    #[rstest]
    #[case("acl", "acl=")]
    #[case("b=2&a=1&a=0", "a=0&a=1&b=2")]
    #[case("prefix=a/b c+d&X-Amz-Signature=ff", "prefix=a%2Fb%20c%20d")]
    #[case("a=%7E%2b&A=1", "A=1&a=~%2B")]
    fn queries_are_encoded_and_in_order(#[case] query: &str, #[case] canonical: &str) {
        assert_eq!(canonical_query(query), canonical);
    }
}
