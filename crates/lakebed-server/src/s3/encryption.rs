//! What requests say of encryption, and what answers say of it.
//!
//! S3 user guide, "Protecting data with server-side encryption".

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use lakebed_storage::settings::SseAlgorithm;
use lakebed_storage::{CustomerKey, Encryption, EncryptionKind, Error, KmsEncryption};
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::convert::{refusal, text};
use super::failure::add_detail;

const ALGORITHM: HeaderName = HeaderName::from_static("x-amz-server-side-encryption");
const KMS_KEY: HeaderName = HeaderName::from_static("x-amz-server-side-encryption-aws-kms-key-id");
const CONTEXT: HeaderName = HeaderName::from_static("x-amz-server-side-encryption-context");
const BUCKET_KEY: HeaderName =
    HeaderName::from_static("x-amz-server-side-encryption-bucket-key-enabled");
const CUSTOMER_ALGORITHM: HeaderName =
    HeaderName::from_static("x-amz-server-side-encryption-customer-algorithm");
const CUSTOMER_KEY: HeaderName =
    HeaderName::from_static("x-amz-server-side-encryption-customer-key");
const CUSTOMER_KEY_MD5: HeaderName =
    HeaderName::from_static("x-amz-server-side-encryption-customer-key-md5");

/// What the headers that tell the key of a copy's source begin with.
const SOURCE: &str = "x-amz-copy-source-server-side-encryption-customer-";

/// How a request asks for a new object to be encrypted; none leaves it to the bucket.
///
/// # Errors
/// `InvalidArgument` and `InvalidEncryptionAlgorithmError` for headers that are wrong or do not go
/// together.
pub(super) fn wanted_encryption(headers: &HeaderMap) -> S3Result<Option<Encryption>> {
    let asks_for_customer_key = [CUSTOMER_ALGORITHM, CUSTOMER_KEY, CUSTOMER_KEY_MD5]
        .iter()
        .any(|name| headers.contains_key(name));
    let algorithm = headers.get(ALGORITHM);
    if let (true, Some(algorithm)) = (asks_for_customer_key, algorithm) {
        return Err(invalid(
            algorithm,
            "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
        ));
    }
    if asks_for_customer_key {
        return Ok(customer_key(headers)?.map(Encryption::Customer));
    }
    let kms_key = text(headers, KMS_KEY.as_str());
    let algorithm = match algorithm {
        None => None,
        Some(value) => {
            let known = value.to_str().ok().and_then(SseAlgorithm::parse);
            Some(known.ok_or_else(|| {
                invalid(value, "The encryption method specified is not supported")
            })?)
        }
    };
    let dual_layer = match algorithm {
        Some(SseAlgorithm::Kms) => false,
        Some(SseAlgorithm::KmsDsse) => true,
        None | Some(SseAlgorithm::Aes256) if kms_key.is_some() => {
            return Err(refusal(Error::InvalidArgument {
                name: "x-amz-server-side-encryption",
                value: algorithm.map_or("null", SseAlgorithm::as_str).to_owned(),
                message: "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms".to_owned(),
            }));
        }
        None => return Ok(None),
        Some(SseAlgorithm::Aes256) => return Ok(Some(Encryption::S3)),
    };
    Ok(Some(Encryption::Kms(KmsEncryption {
        key: kms_key.map(str::to_owned),
        dual_layer,
        bucket_key: bucket_key(headers)?,
        context: context(headers)?,
    })))
}

/// The key a customer provides with a request.
///
/// # Errors
/// `InvalidArgument`, `InvalidEncryptionAlgorithmError`.
pub(super) fn customer_key(headers: &HeaderMap) -> S3Result<Option<CustomerKey>> {
    parse_customer_key(
        text(headers, CUSTOMER_ALGORITHM.as_str()),
        text(headers, CUSTOMER_KEY.as_str()),
        text(headers, CUSTOMER_KEY_MD5.as_str()),
    )
}

/// The key a customer provides for the source of a copy.
///
/// # Errors
/// As [`customer_key`].
pub(super) fn source_customer_key(headers: &HeaderMap) -> S3Result<Option<CustomerKey>> {
    let get = |name: &str| text(headers, &format!("{SOURCE}{name}"));
    parse_customer_key(get("algorithm"), get("key"), get("key-md5"))
}

/// Reads the three texts a customer's key comes in: all of them, or none.
///
/// # Errors
/// As [`customer_key`].
pub(super) fn parse_customer_key(
    algorithm: Option<&str>,
    key: Option<&str>,
    md5: Option<&str>,
) -> S3Result<Option<CustomerKey>> {
    let missing = |what: &str| {
        refusal(Error::InvalidArgument {
            name: "x-amz-server-side-encryption",
            value: "null".to_owned(),
            message: format!(
                "Requests specifying Server Side Encryption with Customer provided keys must provide {what}."
            ),
        })
    };
    let algorithm = match (algorithm, key.or(md5)) {
        (None, None) => return Ok(None),
        (None, Some(_)) => return Err(missing("a valid encryption algorithm")),
        (Some(algorithm), _) => algorithm,
    };
    if algorithm != SseAlgorithm::Aes256.as_str() {
        return Err(invalid_customer_algorithm(algorithm));
    }
    let key = key.ok_or_else(|| missing("an appropriate secret key"))?;
    let md5 = md5.ok_or_else(|| missing("the client calculated MD5 of the secret key"))?;
    CustomerKey::parse(key, md5).map(Some).map_err(refusal)
}

/// Refuses headers that say how to encrypt, on a request that reads. S3 API reference,
/// "GetObject".
///
/// # Errors
/// `InvalidArgument`.
pub(super) fn refuse_on_read(headers: &HeaderMap) -> S3Result<()> {
    match headers.get(ALGORITHM) {
        None => Ok(()),
        Some(value) => Err(invalid(
            value,
            "x-amz-server-side-encryption header is not supported for this operation.",
        )),
    }
}

/// What an answer says of the encryption of an object; of a customer's key only if the request
/// had it.
pub(super) fn describe(
    encryption: Option<&EncryptionKind>,
    customer_key: Option<&CustomerKey>,
) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut say = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    match encryption {
        None => {}
        Some(EncryptionKind::S3) => say(ALGORITHM, SseAlgorithm::Aes256.as_str()),
        Some(EncryptionKind::Kms {
            key_arn,
            dual_layer,
            bucket_key,
            context: _,
        }) => {
            let algorithm = match dual_layer {
                false => SseAlgorithm::Kms,
                true => SseAlgorithm::KmsDsse,
            };
            say(ALGORITHM, algorithm.as_str());
            say(KMS_KEY, key_arn);
            if *bucket_key {
                say(BUCKET_KEY, "true");
            }
        }
        Some(EncryptionKind::Customer) => {
            if let Some(customer_key) = customer_key {
                say(CUSTOMER_ALGORITHM, SseAlgorithm::Aes256.as_str());
                say(CUSTOMER_KEY_MD5, &customer_key.md5());
            }
        }
    }
    headers
}

/// What the answer to a write says: besides the above, the encryption context that the writer
/// added.
pub(super) fn describe_written(
    encryption: Option<&EncryptionKind>,
    customer_key: Option<&CustomerKey>,
) -> HeaderMap {
    let mut headers = describe(encryption, customer_key);
    if let Some(EncryptionKind::Kms { context, .. }) = encryption
        && !context.is_empty()
        && let Ok(json) = serde_json::to_vec(context)
        && let Ok(value) = HeaderValue::from_str(&STANDARD.encode(json))
    {
        headers.insert(CONTEXT, value);
    }
    headers
}

fn bucket_key(headers: &HeaderMap) -> S3Result<Option<bool>> {
    match headers.get(BUCKET_KEY).map(HeaderValue::as_bytes) {
        None => Ok(None),
        Some(value) if value.eq_ignore_ascii_case(b"true") => Ok(Some(true)),
        Some(value) if value.eq_ignore_ascii_case(b"false") => Ok(Some(false)),
        Some(value) => Err(refusal(Error::InvalidArgument {
            name: "x-amz-server-side-encryption-bucket-key-enabled",
            value: String::from_utf8_lossy(value).into_owned(),
            message: "the bucket key is either enabled (true) or not (false)".to_owned(),
        })),
    }
}

/// What the writer adds to the encryption context.
fn context(headers: &HeaderMap) -> S3Result<BTreeMap<String, String>> {
    let Some(value) = headers.get(CONTEXT) else {
        return Ok(BTreeMap::new());
    };
    STANDARD
        .decode(value.as_bytes())
        .ok()
        .and_then(|json| serde_json::from_slice(&json).ok())
        .ok_or_else(|| {
            refusal(Error::InvalidArgument {
                name: "x-amz-server-side-encryption-context",
                value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
                message: "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map".to_owned(),
            })
        })
}

fn invalid(value: &HeaderValue, message: &str) -> S3Error {
    refusal(Error::InvalidArgument {
        name: "x-amz-server-side-encryption",
        value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
        message: message.to_owned(),
    })
}

fn invalid_customer_algorithm(algorithm: &str) -> S3Error {
    let mut error = S3Error::with_message(
        S3ErrorCode::Custom("InvalidEncryptionAlgorithmError".into()),
        "The Encryption request you specified is not valid. Supported value: AES256.",
    );
    error.set_status_code(StatusCode::BAD_REQUEST);
    let mut headers = HeaderMap::new();
    add_detail(&mut headers, "ArgumentName", ALGORITHM.as_str());
    add_detail(&mut headers, "ArgumentValue", algorithm);
    error.set_headers(headers);
    error
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;

    use super::*;

    const KEY: &str = "pO3upElrwuEXSoFwCfnZPdSsmt/xWeFa0N9KgDijwVs=";
    const MD5: &str = "DWygnHRtgiJ77HCm+1rvHw==";

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn a_request_without_headers_leaves_it_to_the_bucket() {
        assert_eq!(wanted_encryption(&HeaderMap::new()).unwrap(), None);
    }

    #[test]
    fn a_request_names_keys_of_s3_of_kms_or_of_the_customer() {
        let s3 = headers(&[(ALGORITHM, "AES256")]);
        assert_eq!(wanted_encryption(&s3).unwrap(), Some(Encryption::S3));

        let context = STANDARD.encode(r#"{"team":"lake"}"#);
        let kms = headers(&[
            (ALGORITHM, "aws:kms"),
            (KMS_KEY, "alias/lake"),
            (BUCKET_KEY, "true"),
            (CONTEXT, &context),
        ]);
        let expected = KmsEncryption {
            key: Some("alias/lake".to_owned()),
            dual_layer: false,
            bucket_key: Some(true),
            context: BTreeMap::from([("team".to_owned(), "lake".to_owned())]),
        };
        assert_eq!(
            wanted_encryption(&kms).unwrap(),
            Some(Encryption::Kms(expected))
        );

        let customer = headers(&[
            (CUSTOMER_ALGORITHM, "AES256"),
            (CUSTOMER_KEY, KEY),
            (CUSTOMER_KEY_MD5, MD5),
        ]);
        let expected = CustomerKey::parse(KEY, MD5).unwrap();
        assert_eq!(
            wanted_encryption(&customer).unwrap(),
            Some(Encryption::Customer(expected))
        );
    }

    #[rstest]
    #[case::unknown(&[(ALGORITHM, "aes:kms")], "InvalidArgument", "is not supported")]
    #[case::key_alone(&[(KMS_KEY, "k")], "InvalidArgument", "requires HTTP header")]
    #[case::key_for_s3(&[(ALGORITHM, "AES256"), (KMS_KEY, "k")], "InvalidArgument", "requires HTTP header")]
    #[case::both(&[(ALGORITHM, "AES256"), (CUSTOMER_KEY, KEY)], "InvalidArgument", "is incompatible")]
    #[case::bucket_key(&[(ALGORITHM, "aws:kms"), (BUCKET_KEY, "si")], "InvalidArgument", "true")]
    #[case::context(&[(ALGORITHM, "aws:kms"), (CONTEXT, "e30")], "InvalidArgument", "Base64-encoded")]
    #[case::no_algorithm(&[(CUSTOMER_KEY, KEY), (CUSTOMER_KEY_MD5, MD5)], "InvalidArgument", "a valid encryption algorithm")]
    #[case::other_algorithm(&[(CUSTOMER_ALGORITHM, "AES192")], "InvalidEncryptionAlgorithmError", "Supported value: AES256")]
    #[case::no_key(&[(CUSTOMER_ALGORITHM, "AES256")], "InvalidArgument", "an appropriate secret key")]
    #[case::no_md5(&[(CUSTOMER_ALGORITHM, "AES256"), (CUSTOMER_KEY, KEY)], "InvalidArgument", "client calculated MD5")]
    #[case::other_md5(&[(CUSTOMER_ALGORITHM, "AES256"), (CUSTOMER_KEY, KEY), (CUSTOMER_KEY_MD5, "AA==")], "InvalidArgument", "did not match")]
    fn headers_that_are_wrong_are_refused(
        #[case] pairs: &[(HeaderName, &str)],
        #[case] code: &str,
        #[case] words: &str,
    ) {
        let error = wanted_encryption(&headers(pairs)).unwrap_err();
        assert_eq!(error.code().as_str(), code);
        assert_eq!(error.status_code(), Some(StatusCode::BAD_REQUEST));
        assert!(error.message().unwrap().contains(words));
    }

    #[test]
    fn a_read_does_not_say_how_to_encrypt() {
        let error = refuse_on_read(&headers(&[(ALGORITHM, "AES256")])).unwrap_err();
        assert_eq!(error.code().as_str(), "InvalidArgument");
        assert!(refuse_on_read(&HeaderMap::new()).is_ok());
    }
}
