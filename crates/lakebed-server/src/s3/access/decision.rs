//! Whether a request is authorized, from what every policy and ACL says of it.
//!
//! S3 user guide, "How Amazon S3 authorizes a request": the account of a user must let it, the
//! bucket's owner must not forbid it, and who owns the resource must allow it.

use lakebed_core::AccountId;
use lakebed_govern::policy::Verdict;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker<'a> {
    Anonymous,
    /// The account itself, which nobody restricts but the owner of what it asks for.
    Root(&'a AccountId),
    /// Somebody of an account, with what the policies of the identity say.
    User(&'a AccountId, Verdict),
}

/// All that bears on one action on one resource of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Facts<'a> {
    pub(super) asker: Asker<'a>,
    pub(super) bucket_owner: &'a AccountId,
    /// Who must allow it: of an object that is there its owner, else the bucket's.
    pub(super) resource_owner: &'a AccountId,
    pub(super) bucket_policy: Verdict,
    /// The bucket policy is public, and public buckets serve their own account alone.
    pub(super) restricted: bool,
    /// The ACL of the resource grants it, public grants left out where they are ignored.
    pub(super) granted: bool,
    /// It is about the bucket policy itself, from which the owner's root cannot be locked out.
    pub(super) mends_policy: bool,
}

/// Why a request is not authorized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Denial {
    #[error("an identity-based policy denies it")]
    ByIdentityPolicy,
    #[error("the bucket policy denies it")]
    ByBucketPolicy,
    #[error("the bucket's policy is public and the public access block restricts it")]
    ByPublicAccessBlock,
    #[error("no identity-based policy allows it")]
    NoIdentityPolicy,
    #[error("neither a bucket policy nor an ACL of the owner's allows it")]
    NotByOwner,
}

impl<'a> Asker<'a> {
    fn account(self) -> Option<&'a AccountId> {
        match self {
            Self::Anonymous => None,
            Self::Root(account) | Self::User(account, _) => Some(account),
        }
    }

    /// What its own account says.
    fn own_verdict(self) -> Verdict {
        match self {
            Self::Anonymous => Verdict::Silent,
            Self::Root(_) => Verdict::Allowed,
            Self::User(_, verdict) => verdict,
        }
    }
}

/// Decides about a request.
///
/// # Errors
/// Why it is not authorized.
pub(super) fn decide(facts: &Facts<'_>) -> Result<(), Denial> {
    let own = facts.asker.own_verdict();
    let account = facts.asker.account();
    let of_bucket_owner = account == Some(facts.bucket_owner);
    if own == Verdict::Denied {
        return Err(Denial::ByIdentityPolicy);
    }
    let owner_mends =
        facts.mends_policy && of_bucket_owner && matches!(facts.asker, Asker::Root(_));
    if facts.bucket_policy == Verdict::Denied && !owner_mends {
        return Err(Denial::ByBucketPolicy);
    }
    if facts.restricted && !of_bucket_owner {
        return Err(Denial::ByPublicAccessBlock);
    }
    // A bucket policy says nothing about objects that others own, except no.
    let bucket_policy = if facts.resource_owner == facts.bucket_owner {
        facts.bucket_policy
    } else {
        Verdict::Silent
    };
    if account == Some(facts.resource_owner) {
        // Inside an account one of both is enough; what is allowed to the account it passes on.
        return if own == Verdict::Allowed || bucket_policy == Verdict::Allowed {
            Ok(())
        } else {
            Err(Denial::NoIdentityPolicy)
        };
    }
    if account.is_some() && own != Verdict::Allowed {
        return Err(Denial::NoIdentityPolicy);
    }
    let policy_allows = matches!(bucket_policy, Verdict::Allowed | Verdict::AllowedToAccount);
    if policy_allows || facts.granted {
        return Ok(());
    }
    Err(Denial::NotByOwner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;

    use super::*;

    fn account(digit: char) -> AccountId {
        String::from(digit).repeat(12).parse().unwrap()
    }

    /// A request for something of the account 1, by `asker`.
    fn facts<'a>(asker: Asker<'a>, owner: &'a AccountId) -> Facts<'a> {
        Facts {
            asker,
            bucket_owner: owner,
            resource_owner: owner,
            bucket_policy: Verdict::Silent,
            restricted: false,
            granted: false,
            mends_policy: false,
        }
    }

    #[test]
    fn inside_an_account_one_policy_is_enough() {
        let owner = account('1');
        let user = |verdict| facts(Asker::User(&owner, verdict), &owner);
        assert_eq!(decide(&user(Verdict::Allowed)), Ok(()));
        assert_eq!(
            decide(&user(Verdict::Silent)),
            Err(Denial::NoIdentityPolicy)
        );
        let by_bucket = Facts {
            bucket_policy: Verdict::Allowed,
            ..user(Verdict::Silent)
        };
        assert_eq!(decide(&by_bucket), Ok(()));
        let to_account = Facts {
            bucket_policy: Verdict::AllowedToAccount,
            ..user(Verdict::Silent)
        };
        assert_eq!(decide(&to_account), Err(Denial::NoIdentityPolicy));
        assert_eq!(
            decide(&Facts {
                granted: true,
                ..user(Verdict::Silent)
            }),
            Err(Denial::NoIdentityPolicy),
            "an ACL grants to accounts, which pass on what they want"
        );
    }

    #[rstest]
    #[case::nothing(Verdict::Silent, false, Err(Denial::NotByOwner))]
    #[case::policy(Verdict::Allowed, false, Ok(()))]
    #[case::delegated(Verdict::AllowedToAccount, false, Ok(()))]
    #[case::acl(Verdict::Silent, true, Ok(()))]
    #[case::denied(Verdict::Denied, true, Err(Denial::ByBucketPolicy))]
    fn others_need_the_owner(
        #[case] bucket_policy: Verdict,
        #[case] granted: bool,
        #[case] expected: Result<(), Denial>,
    ) {
        let (owner, other) = (account('1'), account('2'));
        for asker in [
            Asker::Anonymous,
            Asker::Root(&other),
            Asker::User(&other, Verdict::Allowed),
        ] {
            let facts = Facts {
                bucket_policy,
                granted,
                ..facts(asker, &owner)
            };
            assert_eq!(decide(&facts), expected, "{asker:?}");
        }
    }

    #[test]
    fn users_of_others_need_their_own_account_too() {
        let (owner, other) = (account('1'), account('2'));
        let by_bucket = |verdict| Facts {
            bucket_policy: Verdict::Allowed,
            ..facts(Asker::User(&other, verdict), &owner)
        };
        assert_eq!(
            decide(&by_bucket(Verdict::Silent)),
            Err(Denial::NoIdentityPolicy)
        );
        assert_eq!(
            decide(&by_bucket(Verdict::Denied)),
            Err(Denial::ByIdentityPolicy)
        );
        assert_eq!(decide(&by_bucket(Verdict::Allowed)), Ok(()));
    }

    #[test]
    fn objects_of_others_are_not_the_bucket_owners_to_give() {
        let (owner, writer) = (account('1'), account('2'));
        let of_writer = |asker| Facts {
            resource_owner: &writer,
            bucket_policy: Verdict::Allowed,
            ..facts(asker, &owner)
        };
        assert_eq!(
            decide(&of_writer(Asker::Root(&owner))),
            Err(Denial::NotByOwner)
        );
        assert_eq!(decide(&of_writer(Asker::Root(&writer))), Ok(()));
        let granted = Facts {
            granted: true,
            ..of_writer(Asker::Root(&owner))
        };
        assert_eq!(decide(&granted), Ok(()));
    }

    #[test]
    fn a_denial_holds_for_the_root_except_to_mend_the_policy() {
        let (owner, other) = (account('1'), account('2'));
        let denied = |asker| Facts {
            bucket_policy: Verdict::Denied,
            ..facts(asker, &owner)
        };
        let mending = |asker| Facts {
            mends_policy: true,
            ..denied(asker)
        };
        let root = Asker::Root(&owner);
        assert_eq!(decide(&denied(root)), Err(Denial::ByBucketPolicy));
        assert_eq!(decide(&mending(root)), Ok(()));
        for asker in [Asker::User(&owner, Verdict::Allowed), Asker::Root(&other)] {
            assert_eq!(decide(&mending(asker)), Err(Denial::ByBucketPolicy));
        }
    }

    #[test]
    fn restricted_buckets_serve_their_own_account() {
        let (owner, other) = (account('1'), account('2'));
        let restricted = |asker| Facts {
            bucket_policy: Verdict::Allowed,
            restricted: true,
            ..facts(asker, &owner)
        };
        for asker in [Asker::Anonymous, Asker::Root(&other)] {
            assert_eq!(decide(&restricted(asker)), Err(Denial::ByPublicAccessBlock));
        }
        assert_eq!(decide(&restricted(Asker::Root(&owner))), Ok(()));
    }
}
