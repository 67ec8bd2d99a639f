use std::error::Error;

use crate::arguments::EnvOptions;

/// Prints what AWS clients read from the environment.
pub(crate) fn run(options: &EnvOptions) -> Result<(), Box<dyn Error>> {
    let variables = [
        ("AWS_ENDPOINT_URL", options.endpoint.endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", options.region.as_str()),
        ("AWS_DEFAULT_REGION", options.region.as_str()),
    ];
    if options.json {
        let object: serde_json::Map<_, _> = variables
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        anstream::println!("{}", serde_json::Value::Object(object));
        return Ok(());
    }
    for (name, value) in variables {
        anstream::println!("export {name}={}", quote(value));
    }
    Ok(())
}

/// A text as one word of a POSIX shell.
fn quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    if text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_one_word_of_a_shell() {
        assert_eq!(quote("http://127.0.0.1:4566"), "http://127.0.0.1:4566");
        assert_eq!(quote("it's $HOME"), r"'it'\''s $HOME'");
    }
}
