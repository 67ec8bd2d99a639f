//! Who may do what: under `--auth enforce` every request is held against the policies of the
//! caller, the policy of the bucket, its public access block and the ACLs.
//!
//! What an operation needs stands in [`action`], what policies can ask of a request in
//! [`conditions`], and how all they say comes to a yes or no in [`decision`]; here what bears on
//! a request is fetched.

mod action;
mod conditions;
mod decision;
mod policies;
mod status;

use http::{Extensions, HeaderMap, Uri};
use lakebed_core::{CallContext, Timestamp};
use lakebed_govern::policy::{Policy, Verdict};
use lakebed_storage::{
    Bucket, BucketName, BucketSettings, Error, ObjectInfo, ObjectKey, Storage, Tags, UploadId,
    VersionId,
};
use s3s::dto::CopySource;
use s3s::{S3Error, S3Result, s3_error};

pub(super) use self::conditions::SignedBy;
pub(super) use self::status::policy_status;

use self::action::{Need, Scope};
use self::conditions::{Asked, ConditionKey};
use self::decision::{Asker, Denial, Facts};
use self::policies::{Question, identity_verdict};
use super::acl::{self, Owners};
use super::convert::{refusal, text, version_of};
use crate::auth::{AuthMode, Caller};

/// Lets requests through, or not. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Access {
    pub(super) storage: Storage,
    pub(super) owners: Owners,
    pub(super) mode: AuthMode,
}

/// A request and who makes it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request<'a> {
    uri: &'a Uri,
    headers: &'a HeaderMap,
    call: &'a CallContext,
    caller: &'a Caller,
    signed_by: Option<SignedBy>,
}

/// The bucket or object an action is on.
#[derive(Debug)]
struct Resource<'a> {
    bucket: &'a Bucket,
    settings: &'a BucketSettings,
    key: Option<&'a ObjectKey>,
    /// None for keys that have no object, and where it does not matter.
    object: Option<&'a ObjectInfo>,
    /// It is an upload that the caller's account began.
    initiated: bool,
}

impl<'a> Request<'a> {
    /// # Errors
    /// `InternalError` for a request that did not come through the endpoint.
    pub(super) fn new(
        uri: &'a Uri,
        headers: &'a HeaderMap,
        extensions: &'a Extensions,
    ) -> S3Result<Self> {
        let unknown = || s3_error!(InternalError, "a request came without its caller");
        Ok(Self {
            uri,
            headers,
            call: extensions.get().ok_or_else(unknown)?,
            caller: extensions.get().ok_or_else(unknown)?,
            signed_by: extensions.get().copied(),
        })
    }

    fn version(&self) -> S3Result<Option<VersionId>> {
        let query = self.uri.query().unwrap_or_default();
        let named = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "versionId");
        version_of(named.as_ref().map(|(_, version)| version.as_ref()))
    }

    fn upload(&self) -> Option<UploadId> {
        let query = self.uri.query().unwrap_or_default();
        let mut parameters = form_urlencoded::parse(query.as_bytes());
        let (_, id) = parameters.find(|(name, _)| name == "uploadId")?;
        UploadId::parse(&id).ok()
    }

    fn source(&self) -> Option<CopySource> {
        CopySource::parse(text(self.headers, "x-amz-copy-source")?).ok()
    }

    fn keys(&self, now: Timestamp) -> Vec<ConditionKey> {
        Asked {
            uri: self.uri,
            headers: self.headers,
            call: self.call,
            signed_by: self.signed_by,
            now,
        }
        .keys()
    }

    fn denied(&self, action: &str, resource: &str, reason: Denial) -> S3Error {
        let caller = self.call.principal.arn.as_str();
        tracing::info!(caller, action, resource, %reason, "access denied");
        s3_error!(AccessDenied, "Access Denied")
    }
}

impl Access {
    /// Whether anybody is ever refused.
    pub(super) fn is_enforced(&self) -> bool {
        self.mode == AuthMode::Enforce
    }

    /// Decides about a request by its operation and address. What does not exist is for the
    /// operation to miss.
    ///
    /// # Errors
    /// `AccessDenied`.
    pub(super) async fn check(
        &self,
        request: Request<'_>,
        operation: &str,
        bucket: Option<&str>,
        key: Option<&str>,
    ) -> S3Result<()> {
        if !self.is_enforced() {
            return Ok(());
        }
        let version = request.version()?;
        let source = request.source();
        let from_version = matches!(
            &source,
            Some(CopySource::Bucket {
                version_id: Some(_),
                ..
            })
        );
        let keys = request.keys(self.storage.now());
        for need in action::needs(operation, request.headers, version.is_some(), from_version) {
            match (need.scope, &source) {
                (Scope::Account, _) => {
                    self.check_in_account(request, need, &keys, bucket)?;
                }
                (Scope::Bucket, _) => {
                    self.check_on(request, need, &keys, bucket, None, None)
                        .await?;
                }
                (Scope::Object | Scope::NewObject, _) => {
                    self.check_on(request, need, &keys, bucket, key, version.as_ref())
                        .await?;
                }
                (
                    Scope::Source,
                    Some(CopySource::Bucket {
                        bucket,
                        key,
                        version_id,
                    }),
                ) => {
                    let version = version_of(version_id.as_deref())?;
                    self.check_on(
                        request,
                        need,
                        &keys,
                        Some(bucket),
                        Some(key),
                        version.as_ref(),
                    )
                    .await?;
                }
                // Other sources are not implemented, which the operation says.
                (Scope::Source, _) => {}
            }
        }
        Ok(())
    }

    /// Decides about putting tags on an object, of which policies may ask.
    ///
    /// # Errors
    /// `AccessDenied`.
    pub(super) async fn check_tagging(
        &self,
        request: Request<'_>,
        bucket: &str,
        key: &str,
        tags: &Tags,
    ) -> S3Result<()> {
        if !self.is_enforced() {
            return Ok(());
        }
        let version = request.version()?;
        let mut keys = request.keys(self.storage.now());
        keys.extend(conditions::requested_tags(tags));
        let operation = "PutObjectTagging";
        for need in action::needs(operation, request.headers, version.is_some(), false) {
            let version = version.as_ref();
            self.check_on(request, need, &keys, Some(bucket), Some(key), version)
                .await?;
        }
        Ok(())
    }

    /// Decides about one of many deletions.
    ///
    /// # Errors
    /// `AccessDenied`.
    pub(super) async fn check_deletion(
        &self,
        request: Request<'_>,
        bucket: &BucketName,
        key: &ObjectKey,
        version: Option<&VersionId>,
        bypasses: bool,
    ) -> S3Result<()> {
        if !self.is_enforced() {
            return Ok(());
        }
        let mut keys = request.keys(self.storage.now());
        keys.extend(version.map(|id| ("s3:VersionId".to_owned(), vec![id.to_string()])));
        for need in action::deletion(version.is_some(), bypasses) {
            let (bucket, key) = (Some(bucket.as_str()), Some(key.as_str()));
            self.check_on(request, need, &keys, bucket, key, version)
                .await?;
        }
        Ok(())
    }

    /// Decides about what is nobody else's: an account's own list of buckets, a bucket to be.
    fn check_in_account(
        &self,
        request: Request<'_>,
        need: Need,
        keys: &[ConditionKey],
        bucket: Option<&str>,
    ) -> S3Result<()> {
        let resource = format!("arn:aws:s3:::{}", bucket.unwrap_or("*"));
        let question = Question {
            principal: &request.call.principal,
            action: need.action,
            resource: &resource,
            keys,
        };
        let allowed = match request.caller.identity() {
            None => Err(Denial::NotByOwner),
            Some(identity) => match identity_verdict(identity, &question) {
                Verdict::Allowed => Ok(()),
                Verdict::Denied => Err(Denial::ByIdentityPolicy),
                Verdict::Silent | Verdict::AllowedToAccount => Err(Denial::NoIdentityPolicy),
            },
        };
        allowed.map_err(|reason| request.denied(need.action, &resource, reason))
    }

    /// Decides about an action on a bucket, or on an object in it.
    async fn check_on(
        &self,
        request: Request<'_>,
        need: Need,
        keys: &[ConditionKey],
        bucket: Option<&str>,
        key: Option<&str>,
        version: Option<&VersionId>,
    ) -> S3Result<()> {
        let Some(name) = bucket.and_then(|name| BucketName::parse(name).ok()) else {
            return Ok(());
        };
        let (Ok(bucket), Ok(settings)) = (
            self.storage.head_bucket(&name).await,
            self.storage.bucket_settings(&name),
        ) else {
            return Ok(());
        };
        let key = match key.map(|key| ObjectKey::parse(key.to_owned())).transpose() {
            Ok(key) => key,
            Err(_) => return Ok(()),
        };
        let mut resource = Resource {
            bucket: &bucket,
            settings: &settings,
            key: key.as_ref(),
            object: None,
            initiated: false,
        };
        if let Some(key) = key.as_ref().filter(|_| need.is_on_upload()) {
            resource.initiated = self.is_initiator(request, &name, key).await;
        }
        let Some(key) = key.as_ref().filter(|_| need.is_on_stored_object()) else {
            return self.check_resource(request, need, keys, &resource);
        };
        let object = self.stored_object(&name, key, version).await?;
        resource.object = object.as_ref();
        if object.is_some() {
            return self.check_resource(request, need, keys, &resource);
        }
        // That a key has no object is told to who may list it. S3 API reference, "GetObject".
        resource.key = None;
        let listing = action::listing(version.is_some());
        let mut keys = keys.to_vec();
        keys.retain(|(name, _)| name != "s3:prefix");
        keys.push(("s3:prefix".to_owned(), vec![key.as_str().to_owned()]));
        self.check_resource(request, listing, &keys, &resource)
    }

    /// Whether the caller's account began the upload the request names. S3 user guide, "Multipart
    /// upload API and permissions": the initiator may list its parts and give it up.
    async fn is_initiator(
        &self,
        request: Request<'_>,
        bucket: &BucketName,
        key: &ObjectKey,
    ) -> bool {
        let (Some(identity), Some(upload)) = (request.caller.identity(), request.upload()) else {
            return false;
        };
        let listed = self.storage.list_parts(bucket, key, &upload, 0, 0).await;
        listed.is_ok_and(|listed| listed.upload.owner.as_ref() == Some(&identity.account))
    }

    async fn stored_object(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        version: Option<&VersionId>,
    ) -> S3Result<Option<ObjectInfo>> {
        match self.storage.find_object(bucket, key, version).await {
            Ok(object) => Ok(Some(object)),
            Err(
                Error::NoSuchBucket { .. }
                | Error::NoSuchKey { .. }
                | Error::Deleted { .. }
                | Error::IsDeleteMarker { .. }
                | Error::NoSuchVersion { .. },
            ) => Ok(None),
            Err(error) => Err(refusal(error)),
        }
    }

    fn check_resource(
        &self,
        request: Request<'_>,
        need: Need,
        keys: &[ConditionKey],
        resource: &Resource<'_>,
    ) -> S3Result<()> {
        let arn = match resource.key {
            Some(key) => format!("arn:aws:s3:::{}/{key}", resource.bucket.name),
            None => format!("arn:aws:s3:::{}", resource.bucket.name),
        };
        let mut keys = keys.to_vec();
        let owner = resource.bucket.owner.as_str().to_owned();
        keys.push(("s3:ResourceAccount".to_owned(), vec![owner.clone()]));
        keys.push(("aws:ResourceAccount".to_owned(), vec![owner]));
        keys.extend(
            resource
                .object
                .into_iter()
                .flat_map(conditions::existing_tags),
        );
        let question = Question {
            principal: &request.call.principal,
            action: need.action,
            resource: &arn,
            keys: &keys,
        };
        let owners = self.owners.of_bucket(resource.bucket, resource.settings);
        let written_by = resource.object.and_then(|object| object.owner.as_ref());
        let block = resource.settings.public_access_block.unwrap_or_default();
        let policy = policies::read_bucket_policy(resource.settings.policy.as_deref());
        let facts = Facts {
            asker: match request.caller.identity() {
                None => Asker::Anonymous,
                Some(identity) if identity.is_root() => Asker::Root(&identity.account),
                Some(identity) => {
                    Asker::User(&identity.account, identity_verdict(identity, &question))
                }
            },
            bucket_owner: &resource.bucket.owner,
            resource_owner: owners.account(written_by),
            bucket_policy: policies::bucket_verdict(policy.as_ref(), &question),
            restricted: block.restrict_public_buckets
                && policy.as_ref().is_some_and(Policy::is_public),
            granted: resource.initiated || self.is_granted(request, need, resource),
            mends_policy: need.is_on_policy(),
        };
        decision::decide(&facts).map_err(|reason| request.denied(need.action, &arn, reason))
    }

    /// Whether an ACL grants what is needed.
    fn is_granted(&self, request: Request<'_>, need: Need, resource: &Resource<'_>) -> bool {
        let owners = self.owners.of_bucket(resource.bucket, resource.settings);
        let (acl, permission) = match (resource.object, need.object_permission()) {
            (Some(object), Some(permission)) => (acl::object::acl_of(object, &owners), permission),
            _ => match need.bucket_permission() {
                Some(permission) => {
                    let owner = owners.canonical_id(None);
                    (acl::bucket::acl_of(resource.settings, &owner), permission)
                }
                None => return false,
            },
        };
        let block = resource.settings.public_access_block.unwrap_or_default();
        let acl = if block.ignore_public_acls {
            acl.without_public_grants()
        } else {
            acl
        };
        let principal = &request.call.principal;
        let caller = (!principal.is_anonymous()).then_some(principal.canonical_id.as_str());
        acl.permits(caller, permission)
    }
}
