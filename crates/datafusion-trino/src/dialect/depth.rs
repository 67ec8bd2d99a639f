//! How deep the tree of a query will be, seen from its tokens.
//!
//! The parser limits what it nests, but chains such as `1 + 1 + …` become as deep as they are
//! long, and whoever walks, copies or drops such a tree needs stack for each level.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Word};

/// Deeper trees are refused.
const MAX_DEPTH: usize = 500;

/// The operators seen on one level of parentheses that are ancestors of what comes next.
#[derive(Debug, Clone, Copy, Default)]
struct Level {
    set_operations: usize,
    logic: usize,
    comparisons: usize,
    arithmetic: usize,
    /// The depth of what stood in parentheses, which the next operator takes as its operand.
    operand: usize,
}

impl Level {
    fn depth(self) -> usize {
        self.set_operations + self.logic + self.comparisons + self.arithmetic + self.operand
    }

    fn take(&mut self, token: &Token) {
        match token {
            Token::Plus
            | Token::Minus
            | Token::Mul
            | Token::Div
            | Token::Mod
            | Token::StringConcat => self.arithmetic += 1,
            Token::Eq | Token::Neq | Token::Lt | Token::Gt | Token::LtEq | Token::GtEq => {
                self.comparisons += 1;
                self.arithmetic = 0;
            }
            Token::Word(Word {
                quote_style: None,
                keyword,
                ..
            }) => self.take_keyword(*keyword),
            Token::Comma => {
                *self = Self {
                    set_operations: self.set_operations,
                    ..Self::default()
                }
            }
            _ => {}
        }
    }

    fn take_keyword(&mut self, keyword: Keyword) {
        match keyword {
            Keyword::AND | Keyword::OR => {
                self.logic += 1;
                self.comparisons = 0;
                self.arithmetic = 0;
            }
            Keyword::UNION | Keyword::INTERSECT | Keyword::EXCEPT => {
                *self = Self {
                    set_operations: self.set_operations + 1,
                    ..Self::default()
                }
            }
            _ => {}
        }
    }
}

/// Whether the tree of these tokens would be too deep.
pub(super) fn is_too_deep(tokens: &[TokenWithSpan]) -> bool {
    let mut outer: Vec<Level> = Vec::new();
    let mut level = Level::default();
    let mut above = 0;
    for token in tokens {
        match token.token {
            Token::LParen | Token::LBracket => {
                above += level.depth();
                outer.push(std::mem::take(&mut level));
            }
            Token::RParen | Token::RBracket => {
                let inner = level.depth();
                level = outer.pop().unwrap_or_default();
                above = above.saturating_sub(level.depth());
                level.operand = level.operand.max(inner);
            }
            ref other => level.take(other),
        }
        if above + level.depth() > MAX_DEPTH {
            return true;
        }
    }
    false
}
