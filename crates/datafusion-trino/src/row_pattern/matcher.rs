//! Finds the rows that a pattern matches, by backtracking.

use std::collections::HashSet;

use datafusion::common::Result;

use super::program::Instruction;
use crate::error::{ErrorCode, TrinoError};

/// Steps after which a match is given up where conditions hang on labels, which can take as many
/// as there are ways to label the rows.
const MAX_STEPS: usize = 10_000_000;

/// A row of a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Labelled {
    pub(super) label: usize,
    pub(super) is_excluded: bool,
}

/// Whether rows can have labels.
pub(super) trait Conditions {
    /// Whether the row behind `matched`, which is the last, can have its label. The first of
    /// `matched` is the row `start`.
    fn holds(&self, start: usize, matched: &[Labelled]) -> Result<bool>;
}

/// Looks for matches in the rows of a partition.
pub(super) struct Matcher<'a> {
    program: &'a [Instruction],
    rows: usize,
    seen: Seen,
}

impl<'a> Matcher<'a> {
    pub(super) fn new(program: &'a [Instruction], rows: usize, depend_on_labels: bool) -> Self {
        Self {
            program,
            rows,
            seen: match depend_on_labels {
                true => Seen::OnWay(vec![HashSet::new()]),
                false => Seen::ByRow(HashSet::new()),
            },
        }
    }

    /// The labels of the preferred match that begins at `start`; none if there is no match.
    ///
    /// # Errors
    /// What a condition fails with; `GENERIC_USER_ERROR` after too many steps.
    pub(super) fn find(
        &mut self,
        start: usize,
        conditions: &impl Conditions,
    ) -> Result<Option<Vec<Labelled>>> {
        // Where to go on: the instruction, and how many labels are kept of those of the last way.
        let mut ways = vec![(0_usize, 0_usize)];
        let mut matched: Vec<Labelled> = Vec::new();
        let mut steps = 0_usize;
        self.seen.begin();
        while let Some((mut at, kept)) = ways.pop() {
            matched.truncate(kept);
            self.seen.go_back(kept);
            loop {
                steps += 1;
                if steps > MAX_STEPS {
                    return Err(too_many_steps().into());
                }
                let row = start + matched.len();
                match self.program[at] {
                    Instruction::Match { label, is_excluded } => {
                        if row == self.rows {
                            break;
                        }
                        matched.push(Labelled { label, is_excluded });
                        if !conditions.holds(start, &matched)? {
                            break;
                        }
                        self.seen.advance();
                        at += 1;
                    }
                    Instruction::Split(first, second) => {
                        // Seen before: that way led nowhere, or leads around an empty loop.
                        if !self.seen.insert(at, row) {
                            break;
                        }
                        ways.push((second, matched.len()));
                        at = first;
                    }
                    Instruction::Jump(to) => at = to,
                    Instruction::AtStart if row == 0 => at += 1,
                    Instruction::AtEnd if row == self.rows => at += 1,
                    Instruction::AtStart | Instruction::AtEnd => break,
                    Instruction::Done => {
                        self.seen.forget();
                        return Ok(Some(matched));
                    }
                }
            }
        }
        Ok(None)
    }
}

fn too_many_steps() -> TrinoError {
    TrinoError::new(
        ErrorCode::GenericUserError,
        format!(
            "the row pattern takes more than {MAX_STEPS} steps at one row: make it less ambiguous"
        ),
    )
}

/// The splits a search has come to, with what they hang on.
enum Seen {
    /// On the row alone: what led nowhere leads nowhere in later searches.
    ByRow(HashSet<(usize, usize)>),
    /// On the labels of all rows before: known for the way that is being gone only.
    OnWay(Vec<HashSet<usize>>),
}

impl Seen {
    /// Another search begins.
    fn begin(&mut self) {
        if let Self::OnWay(rows) = self {
            rows.clear();
            rows.push(HashSet::new());
        }
    }

    /// Notes a split; false if it was seen.
    fn insert(&mut self, at: usize, row: usize) -> bool {
        match self {
            Self::ByRow(seen) => seen.insert((at, row)),
            Self::OnWay(rows) => rows.last_mut().is_some_and(|seen| seen.insert(at)),
        }
    }

    /// A row more is matched.
    fn advance(&mut self) {
        if let Self::OnWay(rows) = self {
            rows.push(HashSet::new());
        }
    }

    /// So many rows are matched again.
    fn go_back(&mut self, matched: usize) {
        if let Self::OnWay(rows) = self {
            rows.truncate(matched + 1);
        }
    }

    /// The way that was gone led to a match.
    fn forget(&mut self) {
        if let Self::ByRow(seen) = self {
            seen.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::pattern::Pattern::{self, *};
    use super::super::program::compile;
    use super::*;

    /// Rows are texts of the labels they can have.
    struct Texts<'a> {
        rows: &'a [&'a str],
    }

    impl Conditions for Texts<'_> {
        fn holds(&self, start: usize, matched: &[Labelled]) -> Result<bool> {
            let row = self.rows[start + matched.len() - 1];
            let label = ["a", "b", "c"][matched.last().unwrap().label];
            Ok(row.contains(label))
        }
    }

    fn repeated(pattern: Pattern, least: u32, most: Option<u32>, is_greedy: bool) -> Pattern {
        Repeated {
            pattern: Box::new(pattern),
            least,
            most,
            is_greedy,
        }
    }

    #[test]
    fn the_preferred_match_is_found() {
        let any = || Alternatives(vec![Label(0), Label(1)]);
        let cases: Vec<(Pattern, &[&str], Option<&str>)> = vec![
            (Sequence(vec![Label(0), Label(1)]), &["a", "b"], Some("ab")),
            (Sequence(vec![Label(0), Label(1)]), &["a", "c"], None),
            (any(), &["ab"], Some("a")),
            (
                repeated(any(), 0, None, true),
                &["b", "ab", "c"],
                Some("ba"),
            ),
            (repeated(Label(0), 0, None, false), &["a", "a"], Some("")),
            (
                repeated(Label(0), 2, Some(3), true),
                &["a", "a", "a", "a"],
                Some("aaa"),
            ),
            (
                repeated(Label(0), 2, Some(3), false),
                &["a", "a", "a", "a"],
                Some("aa"),
            ),
            // An empty loop ends.
            (
                repeated(repeated(Label(0), 0, None, true), 0, None, true),
                &["a", "b"],
                Some("a"),
            ),
            (repeated(Empty, 1, None, true), &["a"], Some("")),
            (Sequence(vec![Start, Label(0), End]), &["a"], Some("a")),
            (Sequence(vec![Label(0), End]), &["a", "a"], None),
            (Permuted(vec![Label(0), Label(1)]), &["b", "a"], Some("ba")),
            (
                Permuted(vec![Label(0), Label(1)]),
                &["ab", "ab"],
                Some("ab"),
            ),
        ];
        for (pattern, rows, expected) in cases {
            let program = compile(&pattern).unwrap();
            for by_labels in [false, true] {
                let mut matcher = Matcher::new(&program, rows.len(), by_labels);
                let found = matcher.find(0, &Texts { rows }).unwrap();
                let found = found.map(|labels| {
                    let labels = labels.iter().map(|row| ["a", "b", "c"][row.label]);
                    labels.collect::<String>()
                });
                assert_eq!(found.as_deref(), expected, "{pattern:?} on {rows:?}");
            }
        }
    }

    #[test]
    fn nested_repetitions_take_no_longer_than_rows() {
        let inner = repeated(Label(0), 1, None, true);
        let pattern = Sequence(vec![repeated(inner, 1, None, true), Label(1)]);
        let rows = vec!["a"; 100_000];
        let program = compile(&pattern).unwrap();
        let mut matcher = Matcher::new(&program, rows.len(), false);
        for start in 0..rows.len() {
            assert_eq!(matcher.find(start, &Texts { rows: &rows }).unwrap(), None);
        }
    }
}
