use serde_json::Value;

use super::document::{PolicyError, strings};

/// Who asks. IAM user guide, "AWS JSON policy elements: Principal".
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    /// The account; none for somebody without credentials.
    pub account: Option<&'a str>,
    /// The ARN of the root, user, role or session.
    pub arn: &'a str,
    /// The account's canonical user id, by which S3 may name it.
    pub canonical_id: &'a str,
}

impl Caller<'_> {
    fn is_root(&self) -> bool {
        self.arn.ends_with(":root")
    }
}

/// The principals a statement is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Principals {
    pub(super) named: Vec<Principal>,
    /// It is `NotPrincipal`.
    pub(super) inverted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Principal {
    /// `*`, in its two spellings.
    Anyone,
    /// An account: everybody whom the account lets.
    Account(String),
    /// A user, role or session.
    Arn(String),
    CanonicalUser(String),
    /// Whoever an identity provider knows: nobody who calls here.
    Federated(String),
    /// A service of AWS: nobody who calls here.
    Service(String),
}

/// How a statement names a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Named {
    Not,
    /// By the account, which passes on what it wants.
    ByAccount,
    Directly,
}

impl Principals {
    pub(super) fn read(value: &Value, inverted: bool) -> Result<Self, PolicyError> {
        let mut named = Vec::new();
        match value {
            Value::String(text) if text == "*" => named.push(Principal::Anyone),
            Value::Object(kinds) if !kinds.is_empty() => {
                for (kind, values) in kinds {
                    for text in strings(values).ok_or(PolicyError::Principal)? {
                        named.push(Principal::read(kind, text)?);
                    }
                }
            }
            _ => return Err(PolicyError::Principal),
        }
        Ok(Self { named, inverted })
    }

    /// How the statement names a caller.
    pub(super) fn naming(&self, caller: &Caller<'_>) -> Named {
        match (self.inverted, self.spares(caller)) {
            (true, true) => Named::Not,
            (true, false) => Named::Directly,
            (false, _) => self.namings(caller).max().unwrap_or(Named::Not),
        }
    }

    /// Whether `NotPrincipal` leaves a caller out. Whoever acts for an account is left out only if
    /// the account is named, too: it is looked at before them. IAM user guide, "AWS JSON policy
    /// elements: NotPrincipal".
    fn spares(&self, caller: &Caller<'_>) -> bool {
        let named = |how: Named| self.namings(caller).any(|naming| naming == how);
        self.named.contains(&Principal::Anyone)
            || (named(Named::ByAccount) && (caller.is_root() || named(Named::Directly)))
    }

    fn namings(&self, caller: &Caller<'_>) -> impl Iterator<Item = Named> {
        self.named.iter().map(|principal| principal.naming(caller))
    }
}

impl Principal {
    fn read(kind: &str, text: String) -> Result<Self, PolicyError> {
        match kind {
            "AWS" if text == "*" => Ok(Self::Anyone),
            "AWS" => Self::read_aws(text),
            "CanonicalUser" => Ok(Self::CanonicalUser(text)),
            "Federated" => Ok(Self::Federated(text)),
            "Service" => Ok(Self::Service(text)),
            _ => Err(PolicyError::Principal),
        }
    }

    fn read_aws(text: String) -> Result<Self, PolicyError> {
        if is_account(&text) {
            return Ok(Self::Account(text));
        }
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, "iam" | "sts", "", account, resource] = parts[..] else {
            return Err(PolicyError::Principal);
        };
        if !partition.starts_with("aws") || !is_account(account) || resource.contains('*') {
            return Err(PolicyError::Principal);
        }
        if resource == "root" {
            return Ok(Self::Account(account.to_owned()));
        }
        Ok(Self::Arn(text))
    }

    fn naming(&self, caller: &Caller<'_>) -> Named {
        let when = |holds: bool, naming: Named| if holds { naming } else { Named::Not };
        match self {
            Self::Anyone => Named::Directly,
            Self::Account(account) => when(caller.account == Some(account), Named::ByAccount),
            Self::Arn(arn) => when(
                arn == caller.arn || is_session_of(caller.arn, arn),
                Named::Directly,
            ),
            Self::CanonicalUser(id) => when(
                caller.account.is_some() && id == caller.canonical_id,
                Named::ByAccount,
            ),
            Self::Federated(_) | Self::Service(_) => Named::Not,
        }
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether `arn:aws:sts::A:assumed-role/R/session` is a session of `arn:aws:iam::A:role/path/R`.
fn is_session_of(session: &str, role: &str) -> bool {
    let of = |arn: &str, kind: &str| -> Option<(String, String)> {
        let (head, resource) = arn.split_once(kind)?;
        let account = head.rsplit(':').nth(1)?;
        Some((account.to_owned(), resource.to_owned()))
    };
    let (Some((account, session)), Some((role_account, role))) =
        (of(session, ":assumed-role/"), of(role, ":role/"))
    else {
        return false;
    };
    account == role_account && session.split('/').next() == role.rsplit('/').next()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    const ANA: Caller<'_> = Caller {
        account: Some("111111111111"),
        arn: "arn:aws:iam::111111111111:user/team/ana",
        canonical_id: "aaaa",
    };

    #[rstest]
    #[case(json!("*"), Named::Directly)]
    #[case(json!({"AWS": "*"}), Named::Directly)]
    #[case(json!({"AWS": "111111111111"}), Named::ByAccount)]
    #[case(json!({"AWS": ["222222222222", "arn:aws:iam::111111111111:root"]}), Named::ByAccount)]
    #[case(json!({"AWS": "arn:aws:iam::111111111111:user/team/ana"}), Named::Directly)]
    #[case(json!({"AWS": "arn:aws:iam::111111111111:user/ana"}), Named::Not)]
    #[case(json!({"CanonicalUser": "aaaa"}), Named::ByAccount)]
    #[case(json!({"Service": "logging.s3.amazonaws.com"}), Named::Not)]
    fn statements_name_callers(#[case] principal: Value, #[case] expected: Named) {
        let principals = Principals::read(&principal, false).unwrap();
        assert_eq!(principals.naming(&ANA), expected);
    }

    #[rstest]
    #[case(json!("*"), true, true)]
    #[case(json!({"AWS": "111111111111"}), true, false)]
    #[case(json!({"CanonicalUser": "aaaa"}), true, false)]
    #[case(json!({"AWS": "arn:aws:iam::111111111111:user/team/ana"}), false, false)]
    #[case(json!({"AWS": ["111111111111", "arn:aws:iam::111111111111:user/team/ana"]}), true, true)]
    #[case(json!({"AWS": ["111111111111", "arn:aws:iam::111111111111:user/bob"]}), true, false)]
    #[case(json!({"AWS": ["222222222222", "arn:aws:iam::111111111111:user/team/ana"]}), false, false)]
    fn not_principal_spares_who_is_named_with_the_account(
        #[case] principal: Value,
        #[case] spares_root: bool,
        #[case] spares_ana: bool,
    ) {
        let principals = Principals::read(&principal, true).unwrap();
        let root = Caller {
            arn: "arn:aws:iam::111111111111:root",
            ..ANA
        };
        assert_eq!(principals.naming(&root) == Named::Not, spares_root);
        assert_eq!(principals.naming(&ANA) == Named::Not, spares_ana);
    }

    #[test]
    fn a_role_stands_for_its_sessions() {
        let caller = Caller {
            arn: "arn:aws:sts::111111111111:assumed-role/Crawler/one",
            ..ANA
        };
        let role = json!({"AWS": "arn:aws:iam::111111111111:role/service-role/Crawler"});
        let principals = Principals::read(&role, false).unwrap();
        assert_eq!(principals.naming(&caller), Named::Directly);
    }

    #[rstest]
    #[case(json!("me"))]
    #[case(json!({"AWS": "arn:aws:iam::111111111111:user/*"}))]
    #[case(json!({"AWS": "ana"}))]
    #[case(json!({"AWS": []}))]
    #[case(json!({"Person": "ana"}))]
    #[case(json!({}))]
    fn nobody_is_refused(#[case] principal: Value) {
        assert_eq!(
            Principals::read(&principal, false),
            Err(PolicyError::Principal)
        );
    }
}
