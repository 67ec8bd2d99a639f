//! Patterns as instructions for the matcher.

use super::pattern::Pattern;
use crate::error::{ErrorCode, Result, TrinoError};

/// Longer programs are refused: they come from huge repetitions and permutations.
const MAX_INSTRUCTIONS: usize = 100_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instruction {
    /// The next row has this label.
    Match {
        label: usize,
        is_excluded: bool,
    },
    /// Goes on at the first; at the second if that leads nowhere.
    Split(usize, usize),
    Jump(usize),
    AtStart,
    AtEnd,
    Done,
}

/// Compiles a pattern.
///
/// # Errors
/// `NOT_SUPPORTED` if it is too large.
pub(super) fn compile(pattern: &Pattern) -> Result<Vec<Instruction>> {
    let mut compiler = Compiler::default();
    compiler.add(pattern)?;
    compiler.push(Instruction::Done)?;
    Ok(compiler.program)
}

#[derive(Default)]
struct Compiler {
    program: Vec<Instruction>,
    is_excluded: bool,
}

impl Compiler {
    fn push(&mut self, instruction: Instruction) -> Result<usize> {
        if self.program.len() == MAX_INSTRUCTIONS {
            return Err(TrinoError::new(
                ErrorCode::NotSupported,
                "the row pattern is too large: its repetitions and permutations make more than 100000 steps",
            ));
        }
        self.program.push(instruction);
        Ok(self.program.len() - 1)
    }

    fn add(&mut self, pattern: &Pattern) -> Result<()> {
        match pattern {
            Pattern::Empty => {}
            Pattern::Label(label) => {
                self.push(Instruction::Match {
                    label: *label,
                    is_excluded: self.is_excluded,
                })?;
            }
            Pattern::Sequence(all) => {
                for pattern in all {
                    self.add(pattern)?;
                }
            }
            Pattern::Alternatives(all) => self.alternatives(all.iter(), Self::add)?,
            Pattern::Permuted(all) => {
                let orders = permutations(all.len())?;
                self.alternatives(orders.iter(), |compiler, order| {
                    order
                        .iter()
                        .try_for_each(|place| compiler.add(&all[*place]))
                })?;
            }
            Pattern::Excluded(inner) => {
                let before = std::mem::replace(&mut self.is_excluded, true);
                self.add(inner)?;
                self.is_excluded = before;
            }
            Pattern::Start => {
                self.push(Instruction::AtStart)?;
            }
            Pattern::End => {
                self.push(Instruction::AtEnd)?;
            }
            Pattern::Repeated {
                pattern,
                least,
                most,
                is_greedy,
            } => self.repeated(pattern, *least, *most, *is_greedy)?,
        }
        Ok(())
    }

    fn alternatives<T>(
        &mut self,
        all: impl ExactSizeIterator<Item = T>,
        add: impl Fn(&mut Self, T) -> Result<()>,
    ) -> Result<()> {
        let last = all.len() - 1;
        let mut ends = Vec::with_capacity(last);
        for (place, pattern) in all.enumerate() {
            if place == last {
                add(self, pattern)?;
                continue;
            }
            let split = self.push(Instruction::Done)?;
            add(self, pattern)?;
            ends.push(self.push(Instruction::Done)?);
            self.program[split] = Instruction::Split(split + 1, self.program.len());
        }
        for end in ends {
            self.program[end] = Instruction::Jump(self.program.len());
        }
        Ok(())
    }

    fn repeated(
        &mut self,
        pattern: &Pattern,
        least: u32,
        most: Option<u32>,
        is_greedy: bool,
    ) -> Result<()> {
        let preferring = |inside, outside| match is_greedy {
            true => Instruction::Split(inside, outside),
            false => Instruction::Split(outside, inside),
        };
        for _ in 0..least {
            self.add(pattern)?;
        }
        let Some(most) = most else {
            let split = self.push(Instruction::Done)?;
            self.add(pattern)?;
            self.push(Instruction::Jump(split))?;
            self.program[split] = preferring(split + 1, self.program.len());
            return Ok(());
        };
        let mut splits = Vec::new();
        for _ in least..most {
            splits.push(self.push(Instruction::Done)?);
            self.add(pattern)?;
        }
        let end = self.program.len();
        for split in splits {
            self.program[split] = preferring(split + 1, end);
        }
        Ok(())
    }
}

/// All orders of so many, the first ones first.
fn permutations(count: usize) -> Result<Vec<Vec<usize>>> {
    if count > 7 {
        return Err(TrinoError::new(
            ErrorCode::NotSupported,
            "PERMUTE of more than 7 patterns is not supported",
        ));
    }
    let mut orders = vec![Vec::new()];
    for _ in 0..count {
        orders = orders
            .into_iter()
            .flat_map(|order: Vec<usize>| {
                let rest = (0..count).filter(|place| !order.contains(place));
                rest.map(|place| [order.as_slice(), &[place]].concat())
                    .collect::<Vec<_>>()
            })
            .collect();
    }
    Ok(orders)
}
