//! How a script ended, and what Glue says of it.

use serde::Deserialize;

/// What the process that watches a script writes when the script is over.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Outcome {
    /// The exit code of the script, negative for a signal.
    pub(super) exit: i32,
    /// The exception that ended it.
    pub(super) error: Option<ScriptError>,
}

/// An exception nobody caught.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct ScriptError {
    /// The class, without its module.
    pub(super) class: String,
    pub(super) message: String,
    /// The last line of the user's own script in the traceback.
    pub(super) line: Option<u32>,
}

/// The longest message a run keeps, in characters.
const LONGEST: usize = 2000;

impl Outcome {
    /// What becomes the run's `ErrorMessage`; none if the script ended well.
    pub(super) fn failure(&self) -> Option<String> {
        if let Some(error) = &self.error {
            return Some(error.to_message());
        }
        match self.exit {
            0 => None,
            // Linux: killed by the kernel, most often for want of memory.
            -9 => Some(message(
                "OUT_OF_MEMORY_ERROR",
                None,
                "the script's process was killed (signal 9), most often for want of memory",
            )),
            signal if signal < 0 => Some(message(
                "UNCLASSIFIED_ERROR",
                None,
                &format!("the script's process died of signal {}", -signal),
            )),
            code => Some(message(
                "UNCLASSIFIED_ERROR",
                None,
                &format!("SystemExit: {code}"),
            )),
        }
    }
}

impl ScriptError {
    fn to_message(&self) -> String {
        let text = match self.message.as_str() {
            "" => self.class.clone(),
            told => format!("{}: {told}", self.class),
        };
        message(category(&self.class, &self.message), self.line, &text)
    }
}

/// Glue's form: the category, the line, the exception.
pub(super) fn message(category: &str, line: Option<u32>, text: &str) -> String {
    let line = line.map_or_else(String::new, |line| format!("Failed Line Number: {line}; "));
    let text: String = text.chars().take(LONGEST).collect();
    format!("Error Category: {category}; {line}{text}")
}

/// Glue's categories, as far as they are told by an exception's class. Glue user guide,
/// "Monitoring with job run insights".
fn category(class: &str, message: &str) -> &'static str {
    match class {
        "AnalysisException" | "ParseException" => "QUERY_ERROR",
        "SyntaxError" | "IndentationError" | "TabError" => "SYNTAX_ERROR",
        "ImportError" | "ModuleNotFoundError" => "IMPORT_ERROR",
        "MemoryError" => "OUT_OF_MEMORY_ERROR",
        "GlueArgumentError" | "IllegalArgumentException" => "INVALID_ARGUMENT_ERROR",
        "NoSuchBucket" | "NoSuchKey" | "EntityNotFoundException" => "RESOURCE_NOT_FOUND_ERROR",
        "PermissionError" => "PERMISSION_ERROR",
        _ if message.contains("AccessDenied") => "PERMISSION_ERROR",
        _ => "UNCLASSIFIED_ERROR",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(class: &str, message: &str, line: Option<u32>) -> Outcome {
        Outcome {
            exit: 1,
            error: Some(ScriptError {
                class: class.to_owned(),
                message: message.to_owned(),
                line,
            }),
        }
    }

    #[test]
    fn a_failure_is_told_in_glues_form() {
        let cases = [
            (
                failed("NameError", "name 'x' is not defined", Some(12)),
                "Error Category: UNCLASSIFIED_ERROR; Failed Line Number: 12; NameError: name 'x' is not defined",
            ),
            (
                failed("AnalysisException", "no column", None),
                "Error Category: QUERY_ERROR; AnalysisException: no column",
            ),
            (
                failed("KeyboardInterrupt", "", Some(1)),
                "Error Category: UNCLASSIFIED_ERROR; Failed Line Number: 1; KeyboardInterrupt",
            ),
            (
                Outcome {
                    exit: 3,
                    error: None,
                },
                "Error Category: UNCLASSIFIED_ERROR; SystemExit: 3",
            ),
            (
                Outcome {
                    exit: -11,
                    error: None,
                },
                "Error Category: UNCLASSIFIED_ERROR; the script's process died of signal 11",
            ),
        ];
        for (outcome, expected) in cases {
            assert_eq!(outcome.failure().as_deref(), Some(expected));
        }
        assert_eq!(Outcome::default().failure(), None);
    }
}
