use std::fmt;
use std::net::IpAddr;

use lakebed_core::Timestamp;
use lakebed_storage::Bucket;

/// One line of a log. What is unknown, or is not of this operation, is `-`.
///
/// S3 user guide, "Amazon S3 server access log format".
#[derive(Debug, Clone)]
pub(super) struct Record {
    /// By canonical user id.
    pub(super) owner: String,
    pub(super) bucket: Bucket,
    pub(super) time: Timestamp,
    pub(super) remote_ip: Option<IpAddr>,
    pub(super) requester: Option<String>,
    pub(super) request_id: String,
    pub(super) operation: String,
    /// As it stands in the request: encoded.
    pub(super) key: Option<String>,
    pub(super) request_line: Option<String>,
    pub(super) status: Option<u16>,
    pub(super) error_code: Option<String>,
    pub(super) bytes_sent: Option<u64>,
    /// In bytes.
    pub(super) object_size: Option<u64>,
    pub(super) total_millis: Option<u64>,
    pub(super) turn_around_millis: Option<u64>,
    pub(super) referer: Option<String>,
    pub(super) user_agent: Option<String>,
    pub(super) version: Option<String>,
    pub(super) host_id: Option<String>,
    pub(super) signature_version: Option<&'static str>,
    pub(super) authentication: Option<&'static str>,
    pub(super) host: Option<String>,
}

impl Record {
    /// A record of which only this is known.
    pub(super) fn new(
        owner: String,
        bucket: Bucket,
        time: Timestamp,
        request_id: String,
        operation: String,
    ) -> Self {
        Self {
            owner,
            bucket,
            time,
            remote_ip: None,
            requester: None,
            request_id,
            operation,
            key: None,
            request_line: None,
            status: None,
            error_code: None,
            bytes_sent: None,
            object_size: None,
            total_millis: None,
            turn_around_millis: None,
            referer: None,
            user_agent: None,
            version: None,
            host_id: None,
            signature_version: None,
            authentication: None,
            host: None,
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.time.to_datetime().format("%d/%b/%Y:%H:%M:%S %z");
        write!(f, "{} {} [{time}]", self.owner, self.bucket.name)?;
        plain(f, self.remote_ip.as_ref())?;
        plain(f, self.requester.as_ref())?;
        plain(f, Some(&self.request_id))?;
        plain(f, Some(&self.operation))?;
        plain(f, self.key.as_ref())?;
        quoted(f, self.request_line.as_deref())?;
        plain(f, self.status.as_ref())?;
        plain(f, self.error_code.as_ref())?;
        // S3 writes no bytes as none.
        plain(f, self.bytes_sent.filter(|bytes| *bytes > 0).as_ref())?;
        plain(f, self.object_size.as_ref())?;
        plain(f, self.total_millis.as_ref())?;
        plain(f, self.turn_around_millis.as_ref())?;
        quoted(f, Some(self.referer.as_deref().unwrap_or("-")))?;
        quoted(f, Some(self.user_agent.as_deref().unwrap_or("-")))?;
        plain(f, self.version.as_ref())?;
        plain(f, self.host_id.as_ref())?;
        plain(f, self.signature_version.as_ref())?;
        // Connections here have no cipher suite.
        f.write_str(" -")?;
        plain(f, self.authentication.as_ref())?;
        plain(f, self.host.as_ref())?;
        // Nor a version of TLS; requests come through no access point, and no ACL is told of.
        f.write_str(" - - -")
    }
}

fn plain(f: &mut fmt::Formatter<'_>, field: Option<&impl fmt::Display>) -> fmt::Result {
    match field {
        Some(value) => write!(f, " {value}"),
        None => f.write_str(" -"),
    }
}

/// A quote inside would end the field.
fn quoted(f: &mut fmt::Formatter<'_>, field: Option<&str>) -> fmt::Result {
    match field {
        Some(value) => write!(f, " \"{}\"", value.replace('"', "%22")),
        None => f.write_str(" -"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use lakebed_core::{AccountId, Region};
    use lakebed_storage::BucketName;

    use super::*;

    fn bucket() -> Bucket {
        Bucket {
            name: BucketName::parse("lake").unwrap(),
            region: Region::default(),
            created: Timestamp::default(),
            owner: AccountId::default(),
        }
    }

    #[test]
    fn a_line_has_26_fields_in_their_order() {
        let time = Timestamp::from_millis(1_549_411_238_999);
        let record = Record {
            remote_ip: Some([192, 0, 2, 3].into()),
            requester: Some("someone".to_owned()),
            key: Some("a%20b".to_owned()),
            request_line: Some("GET /lake/a%20b?versionId=null HTTP/1.1".to_owned()),
            status: Some(404),
            error_code: Some("NoSuchKey".to_owned()),
            bytes_sent: Some(113),
            object_size: Some(5),
            total_millis: Some(7),
            turn_around_millis: Some(3),
            user_agent: Some("curl \"quoted\"".to_owned()),
            version: Some("null".to_owned()),
            host_id: Some("HOST=".to_owned()),
            signature_version: Some("SigV4"),
            authentication: Some("AuthHeader"),
            host: Some("localhost:4566".to_owned()),
            ..Record::new(
                "OWNER".to_owned(),
                bucket(),
                time,
                "REQUEST".to_owned(),
                "REST.GET.OBJECT".to_owned(),
            )
        };
        assert_eq!(
            record.to_string(),
            "OWNER lake [06/Feb/2019:00:00:38 +0000] 192.0.2.3 someone REQUEST REST.GET.OBJECT a%20b \"GET /lake/a%20b?versionId=null HTTP/1.1\" 404 NoSuchKey 113 5 7 3 \"-\" \"curl %22quoted%22\" null HOST= SigV4 - AuthHeader localhost:4566 - - -"
        );
    }

    #[test]
    fn what_is_unknown_is_a_hyphen() {
        let operation = "S3.EXPIRE.OBJECT".to_owned();
        let record = Record::new(
            "OWNER".to_owned(),
            bucket(),
            Timestamp::default(),
            "ID".to_owned(),
            operation,
        );
        assert_eq!(
            record.to_string(),
            "OWNER lake [01/Jan/1970:00:00:00 +0000] - - ID S3.EXPIRE.OBJECT - - - - - - - - \"-\" \"-\" - - - - - - - - -"
        );
    }
}
