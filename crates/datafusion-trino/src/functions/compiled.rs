//! Patterns, compiled once for all rows that have the same.

use datafusion::common::Result;

/// The last pattern compiled.
pub(super) struct Compiled<P> {
    compile: fn(&str) -> Result<P>,
    last: Option<(String, P)>,
}

impl<P> Compiled<P> {
    pub(super) fn with(compile: fn(&str) -> Result<P>) -> Self {
        Self {
            compile,
            last: None,
        }
    }

    /// # Errors
    /// If the pattern is none.
    pub(super) fn get(&mut self, pattern: &str) -> Result<&P> {
        let compiled = match self.last.take() {
            Some((last, compiled)) if last == pattern => (last, compiled),
            _ => (pattern.to_owned(), (self.compile)(pattern)?),
        };
        Ok(&self.last.insert(compiled).1)
    }
}
