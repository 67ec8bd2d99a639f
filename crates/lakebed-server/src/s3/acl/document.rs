//! Between the XML of an ACL and storage's type.

use lakebed_storage::{Acl, Grant, Grantee, MOST_GRANTS, Permission};
use s3s::dto;
use s3s::{S3Result, s3_error};

use super::Owners;
use super::error::malformed;
use super::headers::{group, user, user_with_email};

/// Reads the grants of a document. `owner` is whose the resource is, which the document cannot
/// change.
///
/// # Errors
/// `MalformedACLError`, `InvalidArgument` and `UnresolvableGrantByEmailAddress` for grantees that
/// are nobody, `AccessDenied` for another owner.
pub(super) fn read(
    document: dto::AccessControlPolicy,
    owner: &str,
    owners: &Owners,
) -> S3Result<Acl> {
    let named = document.owner.and_then(|owner| owner.id);
    if named.ok_or_else(malformed)? != owner {
        return Err(s3_error!(AccessDenied, "Access Denied"));
    }
    let entries = document.grants.ok_or_else(malformed)?;
    if entries.len() > MOST_GRANTS {
        return Err(malformed());
    }
    let mut grants = Vec::with_capacity(entries.len());
    for entry in entries {
        let permission = entry.permission.as_ref().ok_or_else(malformed)?;
        grants.push(Grant {
            permission: Permission::parse(permission.as_str()).ok_or_else(malformed)?,
            grantee: read_grantee(&entry.grantee.ok_or_else(malformed)?, owners)?,
        });
    }
    Ok(Acl { grants })
}

/// # Errors
/// As [`read`], for one grantee.
pub(in crate::s3) fn read_grantee(grantee: &dto::Grantee, owners: &Owners) -> S3Result<Grantee> {
    match grantee.type_.as_str() {
        dto::Type::CANONICAL_USER => user(owners, grantee.id.as_deref().ok_or_else(malformed)?),
        dto::Type::GROUP => group(grantee.uri.as_deref().ok_or_else(malformed)?),
        dto::Type::AMAZON_CUSTOMER_BY_EMAIL => {
            let email = grantee.email_address.as_deref().ok_or_else(malformed)?;
            user_with_email(owners, email)
        }
        _ => Err(malformed()),
    }
}

/// The grants of an ACL as S3 lists them, those of groups first.
pub(super) fn write(acl: &Acl, owners: &Owners) -> Vec<dto::Grant> {
    let mut grants: Vec<&Grant> = acl.grants.iter().collect();
    grants.sort_by_key(|grant| matches!(grant.grantee, Grantee::User(_)));
    let grants = grants.into_iter().map(|grant| dto::Grant {
        grantee: Some(write_grantee(&grant.grantee, owners)),
        permission: Some(dto::Permission::from_static(grant.permission.as_str())),
    });
    grants.collect()
}

/// A grantee as S3 shows it.
pub(in crate::s3) fn write_grantee(grantee: &Grantee, owners: &Owners) -> dto::Grantee {
    let (type_, id, uri) = match grantee {
        Grantee::User(id) => (dto::Type::CANONICAL_USER, Some(id.clone()), None),
        Grantee::Group(group) => (dto::Type::GROUP, None, Some(group.uri().to_owned())),
    };
    dto::Grantee {
        display_name: id.as_deref().and_then(|id| owners.display_name(id)),
        email_address: None,
        id,
        type_: dto::Type::from_static(type_),
        uri,
    }
}
