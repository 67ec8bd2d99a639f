use super::keys::ConditionKeys;

/// A text of a policy in which `*` and `?` stand for others, and `${…}` for what is known of the
/// request. IAM user guide, "IAM policy elements: Variables and tags".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Token>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Character(char),
    /// `?`
    One,
    /// `*`
    Many,
}

impl Pattern {
    /// Reads a text with its wildcards. Where `variables` are given they are put in, as they are:
    /// a wildcard in a value stands for itself. None if the request does not say what a variable
    /// without a default is.
    pub(super) fn read(text: &str, variables: Option<&ConditionKeys>) -> Option<Self> {
        let mut tokens = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            if let Some(keys) = variables
                && let Some((name, after)) = variable(rest)
            {
                tokens.extend(value_of(name, keys)?.chars().map(Token::Character));
                rest = after;
                continue;
            }
            tokens.push(match character {
                '*' => Token::Many,
                '?' => Token::One,
                character => Token::Character(character),
            });
            rest = &rest[character.len_utf8()..];
        }
        Some(Self(tokens))
    }

    /// Makes wildcards stand for themselves.
    pub(super) fn literal(self) -> Self {
        let literal = |token| match token {
            Token::One => Token::Character('?'),
            Token::Many => Token::Character('*'),
            character @ Token::Character(_) => character,
        };
        Self(self.0.into_iter().map(literal).collect())
    }

    /// Puts `*` for the parts that an ARN lacks, as in policies of identities. IAM user guide, "IAM
    /// JSON policy elements: Resource".
    pub(super) fn completed(mut self) -> Self {
        let colon = Token::Character(':');
        let parts = 1 + self.0.iter().filter(|token| **token == colon).count();
        if parts > 1 {
            for _ in parts..ARN_PARTS {
                self.0.extend([colon, Token::Many]);
            }
        }
        self
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        matches(&self.0, &text, |pattern, character| pattern == character)
    }

    pub(super) fn matches_in_any_case(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        matches(&self.0, &text, |pattern, character| {
            pattern.to_lowercase().eq(character.to_lowercase())
        })
    }

    /// Matches an ARN part by part: a wildcard does not reach over the colons between them.
    pub(super) fn matches_arn(&self, arn: &str) -> bool {
        if self.0 == [Token::Many] {
            return true;
        }
        let mut parts = self
            .0
            .splitn(ARN_PARTS, |token| *token == Token::Character(':'));
        let mut texts = arn.splitn(ARN_PARTS, ':');
        loop {
            match (parts.next(), texts.next()) {
                (None, None) => return true,
                (Some(part), Some(text)) if Self(part.to_vec()).matches(text) => {}
                _ => return false,
            }
        }
    }
}

const ARN_PARTS: usize = 6;

/// The name in `${name}` at the beginning of a text, and what follows.
fn variable(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix("${")?.split_once('}')
}

/// The value of a variable: of a condition key, or of a character that has a meaning.
fn value_of<'v>(name: &'v str, keys: &'v ConditionKeys) -> Option<&'v str> {
    if matches!(name, "*" | "?" | "$") {
        return Some(name);
    }
    let (key, default) = match name.split_once(',') {
        Some((key, default)) => (key.trim(), Some(default.trim().trim_matches('\''))),
        None => (name.trim(), None),
    };
    keys.single(key).or(default)
}

fn matches(pattern: &[Token], text: &[char], same: impl Fn(char, char) -> bool) -> bool {
    let (mut at, mut reached) = (0, 0);
    // Where to go back to: behind the last `*`, with one more character in it.
    let mut retry: Option<(usize, usize)> = None;
    while reached < text.len() {
        let fits = match pattern.get(at) {
            Some(Token::Many) => {
                retry = Some((at + 1, reached));
                at += 1;
                continue;
            }
            Some(Token::One) => true,
            Some(Token::Character(character)) => same(*character, text[reached]),
            None => false,
        };
        if fits {
            at += 1;
            reached += 1;
        } else if let Some((behind, from)) = retry {
            at = behind;
            reached = from + 1;
            retry = Some((behind, reached));
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|token| *token == Token::Many)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn read(text: &str) -> Pattern {
        Pattern::read(text, None).unwrap()
    }

    #[rstest]
    #[case("arn:aws:s3:::lake/*", "arn:aws:s3:::lake/a:b/c", true)]
    #[case("arn:aws:s3:::lake", "arn:aws:s3:::lake/a", false)]
    #[case("arn:aws:s3:::l?ke*", "arn:aws:s3:::lake", true)]
    #[case("arn:*:::lake", "arn:aws:s3:::lake", false)]
    #[case("*", "arn:aws:s3:::lake", true)]
    #[case("arn:aws:s3:*:*:lake", "arn:aws:s3:::lake", true)]
    fn arns(#[case] pattern: &str, #[case] arn: &str, #[case] expected: bool) {
        assert_eq!(read(pattern).matches_arn(arn), expected);
    }

    #[rstest]
    #[case("*", "*")]
    #[case("arn:aws:s3", "arn:aws:s3:*:*:*")]
    #[case("arn:aws:s3:::", "arn:aws:s3:::")]
    #[case("arn:aws:glue:*:*:table/a:b", "arn:aws:glue:*:*:table/a:b")]
    fn short_arns_are_completed(#[case] short: &str, #[case] whole: &str) {
        assert_eq!(read(short).completed(), read(whole));
    }

    #[test]
    fn variables_are_put_in_as_they_are() {
        let keys: ConditionKeys = [("aws:username", vec!["a*".to_owned()])]
            .into_iter()
            .collect();
        let pattern = Pattern::read("home/${AWS:UserName}/*", Some(&keys)).unwrap();
        assert!(pattern.matches("home/a*/x"));
        assert!(!pattern.matches("home/ab/x"));
        assert_eq!(Pattern::read("${aws:nothing}", Some(&keys)), None);
        let with_default = Pattern::read("${aws:nothing, 'me'}", Some(&keys)).unwrap();
        assert!(with_default.matches("me"));
        let star = Pattern::read("a${*}", Some(&keys)).unwrap();
        assert!(star.matches("a*") && !star.matches("ab"));
        // The older version of the language has no variables.
        assert!(read("${aws:username}").matches("${aws:username}"));
    }

    /// The definition: slow and plain.
    fn slowly(pattern: &[Token], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((Token::Many, rest)), None) => slowly(rest, text),
            (Some((Token::Many, rest)), Some((_, less))) => {
                slowly(rest, text) || slowly(pattern, less)
            }
            (Some((Token::One, rest)), Some((_, less))) => slowly(rest, less),
            (Some((Token::Character(wanted), rest)), Some((found, less))) => {
                wanted == found && slowly(rest, less)
            }
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn matching_is_as_defined(pattern in "[ab*?]{0,8}", text in "[ab]{0,8}") {
            let pattern = read(&pattern);
            let characters: Vec<char> = text.chars().collect();
            prop_assert_eq!(pattern.matches(&text), slowly(&pattern.0, &characters));
        }
    }
}
