use std::fmt;

use serde_json::Value;

/// A value as AWS's messages show it, which is as Java prints it: `[a, b]`, `{key=value}`.
pub(super) struct Rendered<'a>(pub(super) &'a Value);

impl fmt::Display for Rendered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::String(text) => f.write_str(text),
            Value::Array(elements) => {
                f.write_str("[")?;
                for (index, element) in elements.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{}", Rendered(element))?;
                }
                f.write_str("]")
            }
            Value::Object(entries) => {
                f.write_str("{")?;
                for (index, (key, value)) in entries.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{key}={}", Rendered(value))?;
                }
                f.write_str("}")
            }
            other => write!(f, "{other}"),
        }
    }
}
