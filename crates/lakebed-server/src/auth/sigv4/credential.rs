use std::fmt;

/// How every credential scope ends.
const TERMINAL: &str = "aws4_request";

/// Who signs and for what: `ACCESSKEY/DATE/REGION/SERVICE/aws4_request`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Credential {
    pub(crate) access_key: String,
    pub(crate) scope: Scope,
}

/// What a signature is good for: one day, one region, one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    /// `YYYYMMDD`.
    pub(crate) date: String,
    pub(crate) region: String,
    pub(crate) service: String,
}

/// What is wrong with a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CredentialFault {
    /// It has not five parts.
    Form,
    /// The access key is empty.
    AccessKey,
    /// The date is not `YYYYMMDD`.
    Date(String),
    /// The date is not that of the request.
    OtherDate { scope: String, signed: String },
    /// It is for another region than that of what is asked for.
    Region { scope: String, expected: String },
    /// It is for another service than the one that is asked.
    Service { scope: String, expected: String },
    /// It ends in something else than `aws4_request`.
    Terminal(String),
}

impl Credential {
    /// Reads a credential. Access keys may contain slashes, so it is read from the end.
    ///
    /// # Errors
    /// The [`CredentialFault`] of its form.
    pub(crate) fn parse(text: &str) -> Result<Self, CredentialFault> {
        let parts: Vec<&str> = text.rsplitn(5, '/').collect();
        let [terminal, service, region, date, access_key] = parts[..] else {
            return Err(CredentialFault::Form);
        };
        if access_key.is_empty() {
            return Err(CredentialFault::AccessKey);
        }
        if terminal != TERMINAL {
            return Err(CredentialFault::Terminal(terminal.to_owned()));
        }
        if date.len() != 8 || !date.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(CredentialFault::Date(date.to_owned()));
        }
        Ok(Self {
            access_key: access_key.to_owned(),
            scope: Scope {
                date: date.to_owned(),
                region: region.to_owned(),
                service: service.to_owned(),
            },
        })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            date,
            region,
            service,
        } = self;
        write!(f, "{date}/{region}/{service}/{TERMINAL}")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("AKID/20150830/us-east-1/s3/aws4_request", "AKID")]
    #[case("a/b/20150830/us-east-1/s3/aws4_request", "a/b")]
    fn credentials_are_read_from_the_end(#[case] text: &str, #[case] access_key: &str) {
        let credential = Credential::parse(text).unwrap();
        assert_eq!(credential.access_key, access_key);
        assert_eq!(
            credential.scope.to_string(),
            "20150830/us-east-1/s3/aws4_request"
        );
    }

    #[rstest]
    #[case("AKID", CredentialFault::Form)]
    #[case("AKID/us-east-1/s3/aws4_request", CredentialFault::Form)]
    #[case("/20150830/us-east-1/s3/aws4_request", CredentialFault::AccessKey)]
    #[case("AKID/2015/us-east-1/s3/aws4_request", CredentialFault::Date("2015".into()))]
    #[case("AKID/20150830/us-east-1/s3/aws5", CredentialFault::Terminal("aws5".into()))]
    fn malformed_credentials_are_named(#[case] text: &str, #[case] fault: CredentialFault) {
        assert_eq!(Credential::parse(text), Err(fault));
    }
}
