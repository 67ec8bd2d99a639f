use std::collections::BTreeMap;
use std::time::Duration;

use lakebed_core::Timestamp;

use super::AuthError;
use super::sigv4::SigningTime;

/// The longest a presigned URL may hold, in seconds. S3 user guide, "Download and upload objects
/// with presigned URLs".
const LONGEST_SECONDS: i64 = 604_800;

/// What a version 4 presigned URL is recognised by, and what must come with it.
const REQUIRED: [&str; 6] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-Date",
    "X-Amz-SignedHeaders",
    "X-Amz-Expires",
];

/// Checks that a URL, if it is presigned, is complete and has not expired. `now` is the real
/// time: clients sign with it.
///
/// # Errors
/// [`AuthError::Parameters`] or [`AuthError::Expired`].
pub(crate) fn check_presigned(query: &str, now: Timestamp) -> Result<(), AuthError> {
    let parameters: BTreeMap<_, _> = form_urlencoded::parse(query.as_bytes()).collect();
    let get = |name: &str| parameters.get(name).map(AsRef::as_ref);
    let expires = if REQUIRED.iter().any(|name| parameters.contains_key(*name)) {
        let [_, _, _, Some(date), _, Some(lifetime)] = REQUIRED.map(get) else {
            return Err(AuthError::incomplete_query());
        };
        if REQUIRED.iter().any(|name| !parameters.contains_key(*name)) {
            return Err(AuthError::incomplete_query());
        }
        signing_time(date)?.plus(lifetime_of(lifetime)?)
    } else if let (Some(expires), Some(_)) = (get("Expires"), get("AWSAccessKeyId")) {
        // Version 2: a moment in seconds since the epoch.
        let seconds: i64 = expires
            .parse()
            .map_err(|_| AuthError::Parameters("Invalid date (should be seconds since epoch)"))?;
        Timestamp::from_millis(seconds.saturating_mul(1000))
    } else {
        return Ok(());
    };
    if now > expires {
        return Err(AuthError::Expired { expires, now });
    }
    Ok(())
}

fn signing_time(date: &str) -> Result<Timestamp, AuthError> {
    SigningTime::parse_basic(date)
        .map(SigningTime::timestamp)
        .ok_or(AuthError::Parameters(
            "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"",
        ))
}

fn lifetime_of(seconds: &str) -> Result<Duration, AuthError> {
    let seconds: i64 = seconds
        .parse()
        .map_err(|_| AuthError::Parameters("X-Amz-Expires should be a number"))?;
    if seconds > LONGEST_SECONDS {
        return Err(AuthError::Parameters(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
        ));
    }
    u64::try_from(seconds)
        .map(Duration::from_secs)
        .map_err(|_| AuthError::Parameters("X-Amz-Expires must be non-negative"))
}

/// Whether a query parameter is one of those that presigning a URL adds to it.
pub(crate) fn is_of_signature(name: &str) -> bool {
    REQUIRED.contains(&name)
        || name.eq_ignore_ascii_case("X-Amz-Security-Token")
        || ["AWSAccessKeyId", "Signature", "Expires"].contains(&name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;

    use super::*;

    const SIGNED: &str = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a&X-Amz-Signature=s&X-Amz-SignedHeaders=host";

    fn at(text: &str) -> Timestamp {
        serde_json::from_value(text.into()).unwrap()
    }

    fn check(rest: &str) -> Result<(), String> {
        check_presigned(&format!("{SIGNED}&{rest}"), at("2026-01-02T00:10:00Z")).map_err(|error| {
            match error {
                AuthError::Parameters(message) => message.to_owned(),
                other => format!("{other:?}"),
            }
        })
    }

    #[rstest]
    #[case("X-Amz-Date=20260102T000000Z&X-Amz-Expires=600")]
    #[case("X-Amz-Date=20260101T000000Z&X-Amz-Expires=604800")]
    fn a_url_holds_to_its_last_second(#[case] rest: &str) {
        assert_eq!(check(rest), Ok(()));
    }

    #[rstest]
    #[case("X-Amz-Date=20260102T000000Z&X-Amz-Expires=599", "Expired")]
    #[case(
        "X-Amz-Date=20260102T000000Z&X-Amz-Expires=604801",
        "must be less than a week"
    )]
    #[case("X-Amz-Date=20260102T000000Z&X-Amz-Expires=-1", "must be non-negative")]
    #[case("X-Amz-Date=20260102T000000Z&X-Amz-Expires=soon", "should be a number")]
    #[case("X-Amz-Date=today&X-Amz-Expires=60", "ISO8601 Long Format")]
    #[case("X-Amz-Date=20260102T000000Z", "requires the X-Amz-Algorithm")]
    fn anything_else_is_refused(#[case] rest: &str, #[case] message: &str) {
        let refused = check(rest).unwrap_err();
        assert!(refused.contains(message), "{refused}");
    }

    #[test]
    fn version_2_urls_expire_too() {
        let url = |expires: i64| format!("AWSAccessKeyId=a&Signature=s&Expires={expires}");
        let now = Timestamp::from_millis(1_000_000);
        assert_eq!(check_presigned(&url(1_000), now), Ok(()));
        assert!(check_presigned(&url(999), now).is_err());
    }

    #[rstest]
    #[case("X-Amz-Date", true)]
    #[case("x-amz-security-token", true)]
    #[case("x-amz-acl", false)]
    #[case("versionId", false)]
    fn presigning_adds_its_own_parameters(#[case] name: &str, #[case] added: bool) {
        assert_eq!(is_of_signature(name), added);
    }
}
