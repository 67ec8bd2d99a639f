//! The JSON paths of classifiers: "Writing JSON custom classifiers", AWS Glue Developer Guide.

use std::fmt;

/// A JSON path whose values are the records: `$[*]`, `$.records[*]`, `$.a.b`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JsonPath(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Field(String),
    /// `.*`, `['*']`
    AnyField,
    Element(usize),
    /// `[*]`
    AnyElement,
}

impl JsonPath {
    /// Parses the operators that Glue documents: `$`, `.name`, `['name']`, `[number]`, and the
    /// wildcard `*` in place of a name or number.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim().strip_prefix('$')?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, after) = if let Some(after) = rest.strip_prefix("['") {
                let (name, after) = after.split_once("']")?;
                (Step::named(name)?, after)
            } else if let Some(after) = rest.strip_prefix('[') {
                let (index, after) = after.split_once(']')?;
                let step = match index {
                    "*" => Step::AnyElement,
                    index => Step::Element(index.parse().ok()?),
                };
                (step, after)
            } else {
                let after = rest.strip_prefix('.')?;
                let (name, after) = after.split_at(after.find(['.', '[']).unwrap_or(after.len()));
                (Step::named(name)?, after)
            };
            steps.push(step);
            rest = after;
        }
        Some(Self(steps))
    }

    pub(super) fn steps(&self) -> &[Step] {
        &self.0
    }
}

impl Step {
    fn named(name: &str) -> Option<Self> {
        match name {
            "" => None,
            "*" => Some(Self::AnyField),
            name if name.contains(['*', ']']) => None,
            name => Some(Self::Field(name.to_owned())),
        }
    }
}

/// The path as a classifier spells it.
impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        for step in &self.0 {
            match step {
                Step::Field(name) if name.contains(['.', '[', ' ']) => write!(f, "['{name}']")?,
                Step::Field(name) => write!(f, ".{name}")?,
                Step::AnyField => f.write_str(".*")?,
                Step::Element(index) => write!(f, "[{index}]")?,
                Step::AnyElement => f.write_str("[*]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("$", "$")]
    #[case("$[*]", "$[*]")]
    #[case("$.a['b'].*[3]", "$.a.b.*[3]")]
    #[case("$['a.b']['*']", "$['a.b'].*")]
    fn paths_are_spelt_as_glue_spells_them(#[case] path: &str, #[case] spelt: &str) {
        assert_eq!(JsonPath::parse(path).unwrap().to_string(), spelt);
    }

    #[rstest]
    #[case("records")]
    #[case("$..a")]
    #[case("$.a[-1]")]
    #[case("$.a[0:2]")]
    #[case("$[?(@.a)]")]
    #[case("$.")]
    fn paths_of_other_operators_are_refused(#[case] path: &str) {
        assert_eq!(JsonPath::parse(path), None);
    }
}
