use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::content::Content;

/// Counts moments: of two that follow each other the later has the greater number.
#[derive(Debug, Default)]
pub(crate) struct Moments(AtomicU64);

impl Moments {
    pub(crate) fn now(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

/// A write of a key: what was asked, and what the key holds if it took effect.
#[derive(Debug, Clone)]
pub(crate) struct Write {
    pub(crate) operation: &'static str,
    /// None leaves no object.
    pub(crate) content: Option<Content>,
    pub(crate) began: u64,
    /// None if the server died before it answered.
    pub(crate) acknowledged: Option<u64>,
}

/// All writes of a key since it was known what it holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct History(Vec<Write>);

impl History {
    pub(crate) fn push(&mut self, write: Write) {
        self.0.push(write);
    }

    /// The writes that may be the last to have taken effect: those that no other, acknowledged,
    /// began after. None stands for the key nobody wrote to.
    pub(crate) fn last(&self) -> Vec<Option<&Write>> {
        let acknowledged = |write: &Write| write.acknowledged.is_some();
        let superseded = |write: &Write| {
            write.acknowledged.is_some_and(|end| {
                self.0
                    .iter()
                    .any(|other| acknowledged(other) && other.began > end)
            })
        };
        let mut last: Vec<_> = self
            .0
            .iter()
            .filter(|write| !superseded(write))
            .map(Some)
            .collect();
        if !self.0.iter().any(acknowledged) {
            last.push(None);
        }
        last
    }

    /// Begins anew with what was found.
    pub(crate) fn settle(&mut self, content: Option<Content>, now: u64) {
        self.0 = vec![Write {
            operation: "what an earlier round left",
            content,
            began: now,
            acknowledged: Some(now),
        }];
    }
}

impl fmt::Display for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.operation)?;
        if let Some(content) = self.content {
            write!(f, " of {content}")?;
        }
        f.write_str(match self.acknowledged {
            Some(_) => ", acknowledged",
            None => ", unanswered",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(operation: &'static str, began: u64, acknowledged: Option<u64>) -> Write {
        Write {
            operation,
            content: None,
            began,
            acknowledged,
        }
    }

    fn last(writes: &[Write]) -> Vec<&'static str> {
        let history = History(writes.to_vec());
        let last = history.last();
        let name = |write: &Option<&Write>| write.map_or("nothing", |write| write.operation);
        last.iter().map(name).collect()
    }

    #[test]
    fn an_acknowledged_write_ends_those_before_it() {
        let (first, second) = (write("first", 0, Some(1)), write("second", 2, Some(3)));
        assert_eq!(last(&[first, second]), ["second"]);
    }

    #[test]
    fn of_writes_at_the_same_time_either_may_be_last() {
        let (first, second) = (write("first", 0, Some(2)), write("second", 1, Some(3)));
        assert_eq!(last(&[first, second]), ["first", "second"]);
    }

    #[test]
    fn an_unanswered_write_may_have_taken_effect_or_not() {
        assert_eq!(last(&[write("only", 0, None)]), ["only", "nothing"]);
        let (first, second) = (write("first", 0, Some(1)), write("second", 2, None));
        assert_eq!(last(&[first, second]), ["first", "second"]);
    }
}
