use http::Method;

/// What logs call the subresources that a query names.
const SUBRESOURCES: [(&str, &str); 31] = [
    ("accelerate", "ACCELERATE"),
    ("acl", "ACL"),
    ("analytics", "ANALYTICS"),
    ("attributes", "OBJECT_ATTRIBUTES"),
    ("cors", "CORS"),
    ("delete", "MULTI_OBJECT_DELETE"),
    ("encryption", "ENCRYPTION"),
    ("intelligent-tiering", "INTELLIGENT_TIERING"),
    ("inventory", "INVENTORY"),
    ("legal-hold", "OBJECT_LOCK_LEGALHOLD"),
    ("lifecycle", "LIFECYCLE"),
    ("location", "LOCATION"),
    ("logging", "LOGGING_STATUS"),
    ("metrics", "METRICS"),
    ("notification", "NOTIFICATION"),
    ("object-lock", "OBJECT_LOCK_CONFIGURATION"),
    ("ownershipControls", "OWNERSHIP_CONTROLS"),
    ("policy", "BUCKETPOLICY"),
    ("policyStatus", "POLICY_STATUS"),
    ("publicAccessBlock", "PUBLIC_ACCESS_BLOCK"),
    ("replication", "REPLICATION"),
    ("requestPayment", "REQUEST_PAYMENT"),
    ("restore", "RESTORE"),
    ("retention", "OBJECT_LOCK_RETENTION"),
    ("select", "SELECT"),
    ("torrent", "TORRENT"),
    ("uploadId", "UPLOAD"),
    ("uploads", "UPLOADS"),
    ("versioning", "VERSIONING"),
    ("versions", "BUCKETVERSIONS"),
    ("website", "WEBSITE"),
];

/// What a log calls a request, such as `REST.GET.OBJECT`. It goes by how the request looks, since
/// one that is refused is logged too. S3 user guide, "Amazon S3 server access log format".
pub(super) fn operation_name(method: &Method, query: &str, has_key: bool, is_copy: bool) -> String {
    if method == Method::OPTIONS {
        return "REST.OPTIONS.PREFLIGHT".to_owned();
    }
    let parameters: Vec<_> = form_urlencoded::parse(query.as_bytes())
        .map(|(name, _)| name)
        .collect();
    let has = |wanted: &str| parameters.iter().any(|name| name == wanted);
    let resource = if has("uploadId") && has("partNumber") {
        "PART"
    } else if has("tagging") {
        if has_key { "OBJECT_TAGGING" } else { "TAGGING" }
    } else {
        let named = SUBRESOURCES.iter().find(|(name, _)| has(name));
        named.map_or(if has_key { "OBJECT" } else { "BUCKET" }, |(_, name)| name)
    };
    let verb = if is_copy { "COPY" } else { method.as_str() };
    format!("REST.{verb}.{resource}")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Method::GET, "", true, false, "REST.GET.OBJECT")]
    #[case(Method::HEAD, "versionId=null", true, false, "REST.HEAD.OBJECT")]
    #[case(Method::GET, "list-type=2&prefix=a", false, false, "REST.GET.BUCKET")]
    #[case(Method::GET, "versions", false, false, "REST.GET.BUCKETVERSIONS")]
    #[case(Method::GET, "logging", false, false, "REST.GET.LOGGING_STATUS")]
    #[case(Method::PUT, "tagging", false, false, "REST.PUT.TAGGING")]
    #[case(Method::PUT, "tagging=", true, false, "REST.PUT.OBJECT_TAGGING")]
    #[case(Method::POST, "delete", false, false, "REST.POST.MULTI_OBJECT_DELETE")]
    #[case(Method::POST, "uploads", true, false, "REST.POST.UPLOADS")]
    #[case(Method::PUT, "partNumber=1&uploadId=x", true, false, "REST.PUT.PART")]
    #[case(Method::PUT, "partNumber=1&uploadId=x", true, true, "REST.COPY.PART")]
    #[case(Method::POST, "uploadId=x", true, false, "REST.POST.UPLOAD")]
    #[case(Method::PUT, "", true, true, "REST.COPY.OBJECT")]
    #[case(Method::OPTIONS, "", true, false, "REST.OPTIONS.PREFLIGHT")]
    fn operations_are_named_by_method_and_resource(
        #[case] method: Method,
        #[case] query: &str,
        #[case] has_key: bool,
        #[case] is_copy: bool,
        #[case] name: &str,
    ) {
        assert_eq!(operation_name(&method, query, has_key, is_copy), name);
    }
}
