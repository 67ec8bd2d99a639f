use s3s::S3Result;
use s3s::host::{S3Host, VirtualHost};

/// Domains under which a subdomain names a bucket. All of them resolve to this machine wherever
/// `localhost` and its subdomains do.
const BASES: [&str; 2] = ["localhost", "localhost.localstack.cloud"];

/// Finds the bucket that a host name addresses. S3 user guide, "Virtual hosting of general
/// purpose buckets".
#[derive(Debug, Clone, Copy)]
pub(crate) struct BucketHosts;

impl S3Host for BucketHosts {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        let host = VirtualHost::new(host);
        Ok(match bucket_of(host.domain()).map(str::to_owned) {
            Some(bucket) => host.with_bucket(bucket),
            None => host,
        })
    }
}

/// The bucket in a host name: what stands before `.localhost`, `.s3.localhost` or
/// `.s3.REGION.localhost`. Other hosts address buckets by path.
pub(crate) fn bucket_of(host: &str) -> Option<&str> {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let inside = BASES
        .iter()
        .find_map(|base| name.strip_suffix(base)?.strip_suffix('.'))?;
    let bucket = without_endpoint(inside);
    (!bucket.is_empty()).then_some(bucket)
}

/// Takes `s3` or `s3.REGION` (in either of AWS's spellings) off the end of a subdomain.
fn without_endpoint(subdomain: &str) -> &str {
    let ends = |labels: &str| labels == "s3" || is_regional_endpoint(labels);
    if ends(subdomain) {
        return "";
    }
    for (dot, _) in subdomain.match_indices('.') {
        if ends(&subdomain[dot + 1..]) {
            return &subdomain[..dot];
        }
    }
    subdomain
}

fn is_regional_endpoint(labels: &str) -> bool {
    labels
        .strip_prefix("s3.")
        .or_else(|| labels.strip_prefix("s3-"))
        .is_some_and(|region| region.parse::<lakebed_core::Region>().is_ok())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("localhost:4566", None)]
    #[case("s3.localhost:4566", None)]
    #[case("s3.us-east-1.localhost", None)]
    #[case("s3-us-west-2.localhost", None)]
    #[case("lake.localhost:4566", Some("lake"))]
    #[case("lake.s3.localhost", Some("lake"))]
    #[case("lake.s3.ap-northeast-2.localhost:4566", Some("lake"))]
    #[case("my.dotted.lake.s3.localhost", Some("my.dotted.lake"))]
    #[case("lake.s3.us-east-1.localhost.localstack.cloud:4566", Some("lake"))]
    #[case("data.example.com", None)]
    #[case("notlocalhost", None)]
    #[case("[::1]:4566", None)]
    fn hosts_name_buckets(#[case] host: &str, #[case] bucket: Option<&str>) {
        assert_eq!(bucket_of(host), bucket);
    }
}
