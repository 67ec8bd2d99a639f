//! Whether a bucket policy is public. S3 user guide, "The meaning of 'public'".

use super::condition::{Condition, Network, Set, Test};
use super::document::{Effect, Policy, Statement};
use super::principal::Principal;

/// Keys that narrow a policy to somebody, if it gives them fixed values.
const NARROWING: [&str; 14] = [
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:sourceip",
    "aws:sourcearn",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceowner",
    "aws:sourceaccount",
    "aws:userid",
    "s3:dataaccesspointaccount",
    ACCESS_POINT,
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

/// Of its value the name of the access point may vary.
const ACCESS_POINT: &str = "s3:dataaccesspointarn";

/// Networks with fewer bits than these are as good as everywhere.
const NARROWEST_V4_BITS: u32 = 8;
const NARROWEST_V6_BITS: u32 = 32;

impl Policy {
    /// Whether the policy lets in people whom it does not name.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.statements.iter().any(Statement::is_public)
    }
}

impl Statement {
    fn is_public(&self) -> bool {
        let to_anyone = self
            .principals
            .as_ref()
            .is_some_and(|principals| principals.named.iter().any(Principal::is_anyone));
        self.effect == Effect::Allow && to_anyone && !self.conditions.iter().any(Condition::narrows)
    }
}

impl Principal {
    /// Whether it is everybody, or everybody with an account at some provider of identities.
    fn is_anyone(&self) -> bool {
        match self {
            Self::Anyone => true,
            Self::Federated(provider) => !provider.starts_with("arn:"),
            Self::Account(_) | Self::Arn(_) | Self::CanonicalUser(_) | Self::Service(_) => false,
        }
    }
}

impl Condition {
    /// Whether a request meets the condition only if it comes from somebody in particular.
    fn narrows(&self) -> bool {
        let key = self.key.to_ascii_lowercase();
        !self.operator.negated
            && !self.if_exists
            // Which a request meets that does not have the key.
            && self.set != Some(Set::All)
            && NARROWING.contains(&key.as_str())
            && self.values.iter().all(|value| match self.operator.test {
                Test::IpAddress => Network::parse(value).is_some_and(|network| {
                    let narrowest = if network.is_v4() {
                        NARROWEST_V4_BITS
                    } else {
                        NARROWEST_V6_BITS
                    };
                    network.prefix_bits >= narrowest
                }),
                Test::String { .. } | Test::Arn => {
                    let fixed = match value.split_once(":accesspoint/") {
                        Some((account, _)) if key == ACCESS_POINT => account,
                        _ => value,
                    };
                    !fixed.contains(['*', '?']) && !fixed.contains("${")
                }
                _ => false,
            })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    #[rstest]
    #[case(json!("*"), json!({}), true)]
    #[case(json!({"AWS": "*"}), json!({}), true)]
    #[case(json!({"AWS": "111111111111"}), json!({}), false)]
    #[case(json!("*"), json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), false)]
    #[case(json!("*"), json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}), true)]
    #[case(json!("*"), json!({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), true)]
    #[case(json!("*"), json!({"StringEquals": {"aws:SourceVpc": "vpc-1"}}), false)]
    #[case(json!("*"), json!({"StringLike": {"aws:SourceVpc": "vpc-*"}}), true)]
    #[case(json!("*"), json!({"StringEquals": {"aws:UserAgent": "curl"}}), true)]
    #[case(json!("*"), json!({"ForAllValues:StringEquals": {"aws:SourceVpc": "vpc-1"}}), true)]
    #[case(json!("*"), json!({"ForAnyValue:StringEquals": {"aws:SourceVpc": "vpc-1"}}), false)]
    #[case(json!("*"), json!({"StringEquals": {"s3:DataAccessPointAccount": "111111111111"}}), false)]
    #[case(json!("*"), json!({"ArnLike": {"s3:DataAccessPointArn": "arn:aws:s3:us-east-1:111111111111:accesspoint/*"}}), false)]
    #[case(json!("*"), json!({"ArnLike": {"s3:DataAccessPointArn": "arn:aws:s3:us-east-1:*:accesspoint/one"}}), true)]
    #[case(json!({"Federated": "graph.facebook.com"}), json!({}), true)]
    #[case(json!({"Federated": "arn:aws:iam::111111111111:saml-provider/corp"}), json!({}), false)]
    #[case(json!({"Service": "logging.s3.amazonaws.com"}), json!({}), false)]
    #[case(json!("*"), json!({"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}), true)]
    fn policies_for_everyone_are_public(
        #[case] principal: Value,
        #[case] condition: Value,
        #[case] expected: bool,
    ) {
        let statement = json!({
            "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::lake/*", "Condition": condition,
        });
        let document = json!({"Version": "2012-10-17", "Statement": statement});
        assert_eq!(
            Policy::parse(&document.to_string()).unwrap().is_public(),
            expected
        );
        let denied = document.to_string().replace("Allow", "Deny");
        assert!(!Policy::parse(&denied).unwrap().is_public());
    }
}
