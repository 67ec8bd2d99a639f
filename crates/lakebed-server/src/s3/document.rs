//! XML documents that clients send, made ready for s3s, which drops what it does not know and
//! character data in CDATA sections, and takes the digits at the head of a text for a number. S3
//! refuses the first and the last, and reads CDATA.

use bytes::Bytes;
use quick_xml::events::Event;
use quick_xml::{Reader, Writer};
use serde::Deserialize;

/// The elements of documents of which s3s drops others.
const CHILDREN: [(&str, &[&str]); 18] = [
    ("AccessControlPolicy", &["Owner", "AccessControlList"]),
    ("BucketLoggingStatus", &["LoggingEnabled"]),
    ("CORSConfiguration", &["CORSRule"]),
    ("CompleteMultipartUpload", &["Part"]),
    (
        "CreateBucketConfiguration",
        &["LocationConstraint", "Location", "Bucket", "Tags"],
    ),
    ("Delete", &["Object", "Quiet"]),
    ("LegalHold", &["Status"]),
    ("LifecycleConfiguration", &["Rule"]),
    (
        "NotificationConfiguration",
        &[
            "TopicConfiguration",
            "QueueConfiguration",
            "CloudFunctionConfiguration",
            "EventBridgeConfiguration",
        ],
    ),
    ("ObjectLockConfiguration", &["ObjectLockEnabled", "Rule"]),
    ("OwnershipControls", &["Rule"]),
    (
        "PublicAccessBlockConfiguration",
        &[
            "BlockPublicAcls",
            "IgnorePublicAcls",
            "BlockPublicPolicy",
            "RestrictPublicBuckets",
        ],
    ),
    ("RequestPaymentConfiguration", &["Payer"]),
    ("Retention", &["Mode", "RetainUntilDate"]),
    ("ServerSideEncryptionConfiguration", &["Rule"]),
    ("Tagging", &["TagSet"]),
    ("TagSet", &["Tag"]),
    ("VersioningConfiguration", &["Status", "MfaDelete"]),
];

/// Elements that are whole numbers.
const NUMBERS: [&str; 10] = [
    "Days",
    "DaysAfterInitiation",
    "MaxAgeSeconds",
    "NewerNoncurrentVersions",
    "NoncurrentDays",
    "ObjectSizeGreaterThan",
    "ObjectSizeLessThan",
    "PartNumber",
    "Size",
    "Years",
];

/// The document says what S3's schema does not allow: `MalformedXML`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// The tags in a document that makes a bucket, which s3s does not read.
///
/// # Errors
/// [`Malformed`] for a tag without key or value.
pub(super) fn first_tags(document: &[u8]) -> Result<FirstTags, Malformed> {
    #[derive(Deserialize)]
    enum Root {
        CreateBucketConfiguration {
            #[serde(rename = "Tags", default)]
            tags: Tags,
        },
    }
    #[derive(Default, Deserialize)]
    struct Tags {
        #[serde(rename = "Tag", default)]
        tags: Vec<Tag>,
    }
    #[derive(Deserialize)]
    struct Tag {
        #[serde(rename = "Key")]
        key: String,
        #[serde(rename = "Value")]
        value: String,
    }
    if document.is_empty() {
        return Ok(FirstTags::default());
    }
    let text = std::str::from_utf8(document).map_err(|_| Malformed)?;
    let Root::CreateBucketConfiguration { tags } =
        quick_xml::de::from_str(text).map_err(|_| Malformed)?;
    let tags = tags.tags.into_iter().map(|tag| (tag.key, tag.value));
    Ok(FirstTags(tags.collect()))
}

/// The tags that a bucket is to begin with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FirstTags(pub(super) Vec<(String, String)>);

/// Makes a document ready for s3s. What is not XML stays as it is.
///
/// # Errors
/// [`Malformed`] for elements S3 does not know, and numbers that are none.
pub(super) fn prepare(document: Bytes) -> Result<Bytes, Malformed> {
    if document.trim_ascii_start().first() != Some(&b'<') {
        return Ok(document);
    }
    let mut reader = Reader::from_reader(document.as_ref());
    let mut writer = Writer::new(Vec::with_capacity(document.len()));
    let mut open: Vec<String> = Vec::new();
    let mut has_cdata = false;
    // Where the document is not well-formed, s3s refuses it.
    while let Ok(event) = reader.read_event() {
        let event = match event {
            Event::Eof => break,
            Event::Start(start) => {
                let name = String::from_utf8_lossy(start.name().as_ref()).into_owned();
                check_child(open.last(), &name)?;
                open.push(name);
                Event::Start(start)
            }
            Event::Empty(empty) => {
                check_child(open.last(), &String::from_utf8_lossy(empty.name().as_ref()))?;
                Event::Empty(empty)
            }
            Event::End(end) => {
                open.pop();
                Event::End(end)
            }
            Event::Text(text) => {
                check_number(open.last(), &text)?;
                Event::Text(text)
            }
            Event::CData(data) => {
                has_cdata = true;
                check_number(open.last(), &data)?;
                Event::Text(data.escape().map_err(|_| Malformed)?)
            }
            other => other,
        };
        if writer.write_event(event).is_err() {
            return Ok(document);
        }
    }
    if has_cdata {
        return Ok(Bytes::from(writer.into_inner()));
    }
    Ok(document)
}

fn check_child(parent: Option<&String>, child: &str) -> Result<(), Malformed> {
    let Some(parent) = parent else { return Ok(()) };
    let known = CHILDREN
        .iter()
        .find(|(element, _)| element == parent)
        .is_none_or(|(_, children)| children.contains(&child));
    if known { Ok(()) } else { Err(Malformed) }
}

fn check_number(element: Option<&String>, text: &[u8]) -> Result<(), Malformed> {
    let is_number = element.is_some_and(|element| NUMBERS.contains(&element.as_str()));
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    if is_number && (digits.is_empty() || !digits.iter().all(u8::is_ascii_digit)) {
        return Err(Malformed);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;

    use super::*;

    fn prepared(document: &'static str) -> Result<String, Malformed> {
        let document = prepare(Bytes::from_static(document.as_bytes()))?;
        Ok(String::from_utf8(document.to_vec()).unwrap())
    }

    #[rstest]
    #[case("{\"Version\": \"2012-10-17\"}")]
    #[case("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")]
    #[case("<?xml version=\"1.0\"?>\n<Tagging xmlns=\"x\">\n <TagSet/>\n</Tagging>")]
    #[case("<Rule><Days>-30</Days></Rule>")]
    #[case("<Tagging><TagSet>")]
    #[case("")]
    fn most_documents_stay_as_they_are(#[case] document: &'static str) {
        assert_eq!(prepared(document).as_deref(), Ok(document));
    }

    #[test]
    fn character_data_becomes_text() {
        assert_eq!(
            prepared("<Tag><Key>a<![CDATA[<b> & c]]></Key></Tag>").as_deref(),
            Ok("<Tag><Key>a&lt;b&gt; &amp; c</Key></Tag>")
        );
    }

    #[test]
    fn a_bucket_can_begin_with_tags() {
        let tags = |document: &str| first_tags(document.as_bytes()).map(|tags| tags.0);
        let tagged = "<CreateBucketConfiguration xmlns=\"x\"><LocationConstraint>eu-west-1</LocationConstraint><Tags><Tag><Key>team</Key><Value>lake &amp; co</Value></Tag><Tag><Key>raw</Key><Value/></Tag></Tags></CreateBucketConfiguration>";
        let expected = [("team", "lake & co"), ("raw", "")];
        let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(tags(tagged), Ok(expected.to_vec()));
        assert_eq!(tags(""), Ok(Vec::new()));
        assert_eq!(tags("<CreateBucketConfiguration/>"), Ok(Vec::new()));
        let keyless = "<CreateBucketConfiguration><Tags><Tag/></Tags></CreateBucketConfiguration>";
        assert_eq!(tags(keyless), Err(Malformed));
    }

    #[rstest]
    #[case("<Tagging><TagSet/><Label/></Tagging>")]
    #[case("<NotificationConfiguration><LambdaFunctionConfiguration/></NotificationConfiguration>")]
    #[case("<Rule><Days>30d</Days></Rule>")]
    #[case("<Rule><Days> 30</Days></Rule>")]
    fn what_s3s_would_drop_is_refused(#[case] document: &'static str) {
        assert_eq!(prepared(document), Err(Malformed));
    }
}
