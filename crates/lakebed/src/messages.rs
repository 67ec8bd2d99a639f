//! What people read, from the message catalogs in `messages/`.

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::arguments::Language;

const ENGLISH: &str = include_str!("messages/en.ftl");
const KOREAN: &str = include_str!("messages/ko.ftl");

/// The messages of one language.
pub(crate) struct Messages {
    bundle: FluentBundle<FluentResource>,
}

impl Messages {
    /// The catalog of `language`.
    pub(crate) fn of(language: Language) -> Self {
        let (tag, source) = match language {
            Language::En => ("en", ENGLISH),
            Language::Ko => ("ko", KOREAN),
        };
        let identifier: LanguageIdentifier = tag.parse().unwrap_or_default();
        // A test holds that the catalogs parse whole; were one damaged, what parses still serves.
        let resource = match FluentResource::try_new(source.to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        let mut bundle = FluentBundle::new(vec![identifier]);
        // Isolation marks are for mixed writing directions; in a terminal they are noise.
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(resource);
        Self { bundle }
    }

    /// The message named `id`, with its variables filled in.
    pub(crate) fn text(&self, id: &str, variables: &[(&str, FluentValue<'_>)]) -> String {
        let Some(pattern) = self
            .bundle
            .get_message(id)
            .and_then(|message| message.value())
        else {
            return id.to_owned();
        };
        let arguments: FluentArgs<'_> = variables
            .iter()
            .map(|(name, value)| (*name, value.clone()))
            .collect();
        let mut errors = Vec::new();
        self.bundle
            .format_pattern(pattern, Some(&arguments), &mut errors)
            .into_owned()
    }
}

/// The language of the user's locale: Korean where it says so, else English.
pub(crate) fn language_of_locale() -> Language {
    match sys_locale::get_locale() {
        Some(locale) if locale.starts_with("ko") => Language::Ko,
        _ => Language::En,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use std::collections::{BTreeMap, BTreeSet};

    use fluent_syntax::ast;

    use super::*;

    /// Every message of a catalog with the variables it names.
    fn catalog(source: &str) -> BTreeMap<String, BTreeSet<String>> {
        let resource = fluent_syntax::parser::parse(source.to_owned())
            .unwrap_or_else(|(_, errors)| panic!("catalog does not parse: {errors:?}"));
        let mut messages = BTreeMap::new();
        for entry in resource.body {
            if let ast::Entry::Message(message) = entry {
                let mut variables = BTreeSet::new();
                for element in message.value.unwrap().elements {
                    if let ast::PatternElement::Placeable { expression } = element {
                        collect_variables(&expression, &mut variables);
                    }
                }
                messages.insert(message.id.name, variables);
            }
        }
        messages
    }

    fn collect_variables(expression: &ast::Expression<String>, variables: &mut BTreeSet<String>) {
        match expression {
            ast::Expression::Inline(ast::InlineExpression::VariableReference { id }) => {
                variables.insert(id.name.clone());
            }
            ast::Expression::Select { selector, variants } => {
                if let ast::InlineExpression::VariableReference { id } = selector {
                    variables.insert(id.name.clone());
                }
                for element in variants.iter().flat_map(|variant| &variant.value.elements) {
                    if let ast::PatternElement::Placeable { expression } = element {
                        collect_variables(expression, variables);
                    }
                }
            }
            ast::Expression::Inline(_) => {}
        }
    }

    #[test]
    fn both_languages_have_the_same_messages_with_the_same_variables() {
        assert_eq!(catalog(ENGLISH), catalog(KOREAN));
    }

    #[test]
    fn every_message_is_used_and_every_used_message_exists() {
        let sources = [
            include_str!("lab.rs"),
            include_str!("lab/steps.rs"),
            include_str!("lab/report.rs"),
            include_str!("lab/prices.rs"),
        ]
        .concat();
        let quoted: BTreeSet<&str> = sources
            .split('"')
            .filter(|text| text.starts_with("lab-"))
            .collect();
        let known: BTreeSet<String> = catalog(ENGLISH).into_keys().collect();
        let used: BTreeSet<String> = quoted.into_iter().map(str::to_owned).collect();
        assert_eq!(used, known);
    }

    #[test]
    fn variables_are_filled_in() {
        let messages = Messages::of(Language::Ko);
        let text = messages.text("lab-failed", &[("step", "크롤".into())]);
        assert!(text.contains("크롤"), "{text}");
        assert!(!text.contains('{'), "{text}");
    }
}
