use std::borrow::Cow;
use std::collections::BTreeMap;

use http::HeaderMap;
use http::header::{AUTHORIZATION, DATE};
use http::request::Parts;

use super::{ALGORITHM, ALGORITHM_4A, Credential, SigningTime};
use crate::auth::AuthError;

/// Where a signature stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the `Authorization` header.
    Header,
    /// In the query: the URL is presigned.
    Query,
}

/// What a request says of its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) place: Place,
    pub(crate) credential: Credential,
    /// Names in lower case, in the order they were signed.
    pub(crate) signed_headers: Vec<String>,
    pub(crate) signature: String,
    pub(crate) time: SigningTime,
    /// The session token of temporary credentials.
    pub(crate) token: Option<String>,
}

impl Claim {
    /// Reads the signature of a request; none if it has none.
    ///
    /// # Errors
    /// [`AuthError`] if it is of another kind than version 4 or not whole.
    pub(crate) fn of(parts: &Parts) -> Result<Option<Self>, AuthError> {
        let parameters: BTreeMap<_, _> =
            form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).collect();
        let header = text(&parts.headers, AUTHORIZATION.as_str()).filter(|value| !value.is_empty());
        let presigned = parameters.contains_key("X-Amz-Algorithm");
        let version_2 = parameters.contains_key("AWSAccessKeyId")
            && parameters.contains_key("Signature")
            && parameters.contains_key("Expires");
        match header {
            Some(header) if presigned || version_2 => Err(AuthError::SeveralMechanisms {
                authorization: header.to_owned(),
            }),
            Some(header) => Self::from_header(header, &parts.headers).map(Some),
            None if presigned => Self::from_query(&parameters, &parts.headers).map(Some),
            None if version_2 => Err(AuthError::Version2),
            None => Ok(None),
        }
    }

    fn from_header(header: &str, headers: &HeaderMap) -> Result<Self, AuthError> {
        let authorization = || header.to_owned();
        let (scheme, rest) = header.split_once(' ').unwrap_or((header, ""));
        match scheme {
            ALGORITHM => {}
            ALGORITHM_4A => return Err(AuthError::Version4a),
            "AWS" if rest.contains(':') => return Err(AuthError::Version2),
            "AWS" => {
                return Err(AuthError::MalformedVersion2 {
                    authorization: authorization(),
                });
            }
            _ => {
                return Err(AuthError::UnsupportedType {
                    authorization: authorization(),
                });
            }
        }
        let field = |name: &str| {
            rest.split(',')
                .filter_map(|field| field.trim().split_once('='))
                .find(|(found, _)| *found == name)
                .map(|(_, value)| value.trim())
                .filter(|value| !value.is_empty())
        };
        let time = text(headers, "x-amz-date").or_else(|| text(headers, DATE.as_str()));
        let (Some(credential), Some(signed_headers), Some(signature), Some(time)) = (
            field("Credential"),
            field("SignedHeaders"),
            field("Signature"),
            time,
        ) else {
            let fields = ["Credential", "Signature", "SignedHeaders"];
            return Err(AuthError::Incomplete {
                missing: fields
                    .into_iter()
                    .filter(|name| field(name).is_none())
                    .collect(),
                dated: time.is_some(),
                authorization: authorization(),
            });
        };
        Ok(Self {
            place: Place::Header,
            credential: credential_in(Place::Header, credential)?,
            signed_headers: names(signed_headers),
            signature: signature.to_owned(),
            time: SigningTime::parse_header(time).ok_or(AuthError::NoDate)?,
            token: text(headers, "x-amz-security-token").map(str::to_owned),
        })
    }

    /// Reads a presigned URL.
    fn from_query(
        parameters: &BTreeMap<Cow<'_, str>, Cow<'_, str>>,
        headers: &HeaderMap,
    ) -> Result<Self, AuthError> {
        let get = |name: &str| parameters.get(name).map(AsRef::as_ref);
        match get("X-Amz-Algorithm") {
            Some(ALGORITHM) => {}
            Some(ALGORITHM_4A) => return Err(AuthError::Version4a),
            _ => return Err(AuthError::Algorithm),
        }
        let (Some(credential), Some(signed_headers), Some(signature), Some(time)) = (
            get("X-Amz-Credential"),
            get("X-Amz-SignedHeaders"),
            get("X-Amz-Signature"),
            get("X-Amz-Date"),
        ) else {
            return Err(AuthError::incomplete_query());
        };
        let token = get("X-Amz-Security-Token").or_else(|| text(headers, "x-amz-security-token"));
        Ok(Self {
            place: Place::Query,
            credential: credential_in(Place::Query, credential)?,
            signed_headers: names(signed_headers),
            signature: signature.to_owned(),
            time: SigningTime::parse_basic(time).ok_or(AuthError::NoDate)?,
            token: token.map(str::to_owned),
        })
    }

    /// What of `headers` had to be signed and was not. All `x-amz-` headers have to be; that of
    /// the payload's hash speaks for itself.
    pub(crate) fn unsigned_headers(&self, headers: &HeaderMap) -> Vec<String> {
        let signed = |name: &str| self.signed_headers.iter().any(|signed| signed == name);
        let mut names: Vec<String> = headers
            .keys()
            .map(http::HeaderName::as_str)
            .filter(|name| name.starts_with("x-amz-") && *name != "x-amz-content-sha256")
            .filter(|name| !signed(name))
            .map(str::to_owned)
            .collect();
        if !signed("host") {
            names.insert(0, "host".to_owned());
        }
        names
    }
}

fn text<'headers>(headers: &'headers HeaderMap, name: &str) -> Option<&'headers str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn credential_in(place: Place, text: &str) -> Result<Credential, AuthError> {
    Credential::parse(text).map_err(|fault| AuthError::Credential { place, fault })
}

fn names(signed_headers: &str) -> Vec<String> {
    signed_headers
        .split(';')
        .map(str::to_ascii_lowercase)
        .collect()
}
