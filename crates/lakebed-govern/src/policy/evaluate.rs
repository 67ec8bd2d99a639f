use super::condition::holds;
use super::document::{Effect, Policy, Selection, Statement};
use super::keys::ConditionKeys;
use super::pattern::Pattern;
use super::principal::{Caller, Named};

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Who asks.
    pub caller: Caller<'a>,
    /// Such as `s3:GetObject`.
    pub action: &'a str,
    /// The ARN of what it is to be done to; `*` for actions on nothing in particular.
    pub resource: &'a str,
    pub keys: &'a ConditionKeys,
}

/// What policies say of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// No statement is about it.
    Silent,
    /// A statement allows it to the caller's account, which must let the caller too.
    AllowedToAccount,
    /// A statement allows it to the caller.
    Allowed,
    /// A statement denies it, whatever others allow.
    Denied,
}

/// Holds policies of one kind against a request: those of an identity, or that of a resource.
///
/// IAM user guide, "Policy evaluation logic": a denial beats what is allowed, and what is not
/// allowed is not.
#[must_use]
pub fn verdict<'p>(
    policies: impl IntoIterator<Item = &'p Policy>,
    request: &Request<'_>,
) -> Verdict {
    let mut verdict = Verdict::Silent;
    for policy in policies {
        for statement in &policy.statements {
            let naming = statement.about(request, policy.has_variables);
            let says = match (statement.effect, naming) {
                (_, Named::Not) => continue,
                (Effect::Deny, _) => return Verdict::Denied,
                (Effect::Allow, Named::ByAccount) => Verdict::AllowedToAccount,
                (Effect::Allow, Named::Directly) => Verdict::Allowed,
            };
            if says == Verdict::Allowed || verdict == Verdict::Silent {
                verdict = says;
            }
        }
    }
    verdict
}

impl Statement {
    /// Whether the statement is about a request, and how it names who asks.
    fn about(&self, request: &Request<'_>, has_variables: bool) -> Named {
        let naming = match &self.principals {
            Some(principals) => principals.naming(&request.caller),
            None => Named::Directly,
        };
        let variables = has_variables.then_some(request.keys);
        let applies = naming != Named::Not
            && self.actions.includes(|pattern| {
                Pattern::read(pattern, None)
                    .is_some_and(|pattern| pattern.matches_in_any_case(request.action))
            })
            && self.resources.as_ref().is_none_or(|resources| {
                resources.includes(|pattern| {
                    let pattern = Pattern::read(pattern, variables).map(|pattern| {
                        let is_of_identity = self.principals.is_none();
                        if is_of_identity {
                            pattern.completed()
                        } else {
                            pattern
                        }
                    });
                    pattern.is_some_and(|pattern| pattern.matches_arn(request.resource))
                })
            })
            && self
                .conditions
                .iter()
                .all(|condition| holds(condition, request.keys, variables));
        if applies { naming } else { Named::Not }
    }
}

impl Selection {
    fn includes(&self, matches: impl Fn(&str) -> bool) -> bool {
        self.patterns.iter().any(|pattern| matches(pattern)) != self.inverted
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    fn decide(statements: &Value, action: &str, resource: &str) -> Verdict {
        let document = json!({"Version": "2012-10-17", "Statement": statements});
        let policy = Policy::parse(&document.to_string()).unwrap();
        let keys = [("aws:username", vec!["ana".to_owned()])]
            .into_iter()
            .collect();
        let caller = Caller {
            account: Some("111111111111"),
            arn: "arn:aws:iam::111111111111:user/ana",
            canonical_id: "aaaa",
        };
        let request = Request {
            caller,
            action,
            resource,
            keys: &keys,
        };
        verdict([&policy], &request)
    }

    const OBJECT: &str = "arn:aws:s3:::lake/home/ana/k";

    #[rstest]
    #[case(json!([]), Verdict::Silent)]
    #[case(json!({"Effect": "Allow", "Action": "s3:getobject", "Resource": "*"}), Verdict::Allowed)]
    #[case(json!({"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::lake/*"}), Verdict::Allowed)]
    #[case(json!({"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}), Verdict::Silent)]
    #[case(json!({"Effect": "Allow", "NotAction": "s3:PutObject", "Resource": "*"}), Verdict::Allowed)]
    #[case(json!({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::lake/*"}), Verdict::Silent)]
    #[case(json!({"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::LAKE/*"}), Verdict::Silent)]
    #[case(json!({"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::lake/home/${aws:username}/*"}), Verdict::Allowed)]
    #[case(json!({"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::lake/home/${aws:userid}/*"}), Verdict::Silent)]
    #[case(json!([
        {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::lake/home/*"},
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
    ]), Verdict::Denied)]
    #[case(json!({"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "*", "Resource": "*"}), Verdict::AllowedToAccount)]
    #[case(json!([
        {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "*", "Resource": "*"},
    ]), Verdict::Allowed)]
    #[case(json!({"Effect": "Deny", "NotPrincipal": {"AWS": ["111111111111", "arn:aws:iam::111111111111:user/ana"]}, "Action": "*", "Resource": "*"}), Verdict::Silent)]
    #[case(json!({"Effect": "Deny", "NotPrincipal": {"AWS": "111111111111"}, "Action": "*", "Resource": "*"}), Verdict::Denied)]
    #[case(json!({"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3"}), Verdict::Allowed)]
    #[case(json!({"Effect": "Allow", "Action": "*", "Resource": "arn:aws:glue"}), Verdict::Silent)]
    #[case(json!({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "arn:aws:s3"}), Verdict::Silent)]
    #[case(json!({"Effect": "Allow", "Action": "*", "Resource": "*",
                  "Condition": {"StringEquals": {"aws:username": "eve"}}}), Verdict::Silent)]
    fn statements_decide(#[case] statements: Value, #[case] expected: Verdict) {
        assert_eq!(decide(&statements, "s3:GetObject", OBJECT), expected);
    }
}
