//! The globs of a target that name what not to crawl ("Include and exclude patterns").

use regex::Regex;

/// Patterns relative to the target's path; what matches any of them is left out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exclusions(Vec<Regex>);

impl Exclusions {
    /// Compiles the patterns.
    pub(crate) fn parse(patterns: &[String]) -> Result<Self, String> {
        patterns
            .iter()
            .map(|pattern| {
                glob_to_regex(pattern)
                    .and_then(|expression| Regex::new(&expression).ok())
                    .ok_or_else(|| format!("Exclusion pattern '{pattern}' is not a valid glob."))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether the path under the target is left out.
    pub(crate) fn excludes(&self, relative: &str) -> bool {
        self.0.iter().any(|pattern| pattern.is_match(relative))
    }
}

/// `*` and `?` stay within a folder, `**` crosses folders, `[…]` and `{…,…}` choose, `\` escapes.
fn glob_to_regex(glob: &str) -> Option<String> {
    let mut expression = String::from("^");
    let mut characters = glob.chars().peekable();
    let mut in_braces = false;
    while let Some(character) = characters.next() {
        match character {
            '*' if characters.next_if_eq(&'*').is_some() => expression.push_str(".*"),
            '*' => expression.push_str("[^/]*"),
            '?' => expression.push_str("[^/]"),
            '[' => {
                // No set holds the slash, not even one that holds all but some.
                expression.push_str("[[^/]&&[");
                if characters.next_if_eq(&'!').is_some() {
                    expression.push('^');
                }
                let mut empty = true;
                loop {
                    match characters.next()? {
                        ']' if empty => return None,
                        ']' => break,
                        // By itself where it is the first.
                        '-' if !empty => expression.push('-'),
                        inside => expression.push_str(&regex::escape(&inside.to_string())),
                    }
                    empty = false;
                }
                expression.push_str("]]");
            }
            // Groups do not nest.
            '{' if in_braces => return None,
            '{' => {
                in_braces = true;
                expression.push_str("(?:");
            }
            '}' if in_braces => {
                in_braces = false;
                expression.push(')');
            }
            ',' if in_braces => expression.push('|'),
            '\\' => expression.push_str(&regex::escape(&characters.next()?.to_string())),
            other => expression.push_str(&regex::escape(&other.to_string())),
        }
    }
    expression.push('$');
    (!in_braces).then_some(expression)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("*.csv", "a.csv", true)]
    #[case("*.csv", "x/a.csv", false)]
    #[case("**.csv", "x/a.csv", true)]
    #[case("departments/market*", "departments/marketing.xls", true)]
    #[case("departments/market*", "departments/market/a", false)]
    #[case("**/_temporary/**", "x/_temporary/a", true)]
    #[case("*.{csv,avro}", "a.avro", true)]
    #[case("foo.?", "foo.c", true)]
    #[case("[a-c]*.json", "b1.json", true)]
    #[case("[!a-c]*.json", "b1.json", false)]
    #[case("[!a-c]x", "/x", false)]
    #[case("[-a]x", "-x", true)]
    #[case("[*?\\]x", "*x", true)]
    #[case("\\*.csv", "a.csv", false)]
    #[case("\\*.csv", "*.csv", true)]
    #[case(".*", ".hidden", true)]
    #[case("*", "a/b", false)]
    #[case("**", "a/b", true)]
    fn patterns_leave_out(#[case] pattern: &str, #[case] path: &str, #[case] excluded: bool) {
        let exclusions = Exclusions::parse(&[pattern.to_owned()]).unwrap();
        assert_eq!(exclusions.excludes(path), excluded);
    }

    #[rstest]
    #[case("[a")]
    #[case("[]")]
    #[case("{a")]
    #[case("{a,{b}}")]
    fn broken_patterns_are_refused(#[case] pattern: &str) {
        assert!(Exclusions::parse(&[pattern.to_owned()]).is_err());
    }
}
