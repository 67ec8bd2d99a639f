use crate::value::Value;
use crate::{Error, Result};

/// Whether a text is like a pattern: `%` stands for any text, `_` for one character.
///
/// # Errors
/// `LikeInvalidInputs` for an escape that is not one character, or that escapes nothing.
pub(super) fn like(text: &Value, pattern: &Value, escape: Option<&Value>) -> Result<Value> {
    if text.is_absent() || pattern.is_absent() {
        return Ok(Value::Null);
    }
    let invalid = |message| Error::evaluate("LikeInvalidInputs", message);
    let escape = match escape {
        None => None,
        Some(escape) => {
            let escape = escape.text();
            let mut characters = escape.chars();
            match (characters.next(), characters.next()) {
                (Some(character), None) => Some(character),
                _ => return Err(invalid("the escape of LIKE must be one character")),
            }
        }
    };
    let mut tokens = Vec::new();
    let pattern = pattern.text();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        tokens.push(match character {
            character if Some(character) == escape => match characters.next() {
                Some(escaped) => Token::Character(escaped),
                None => return Err(invalid("the pattern of LIKE ends with its escape")),
            },
            '%' => Token::Many,
            '_' => Token::One,
            character => Token::Character(character),
        });
    }
    let text: Vec<char> = text.text().chars().collect();
    Ok(Value::Bool(matches(&tokens, &text)))
}

#[derive(Clone, Copy, PartialEq)]
enum Token {
    Character(char),
    One,
    Many,
}

fn matches(pattern: &[Token], text: &[char]) -> bool {
    let (mut at, mut reached) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while reached < text.len() {
        match pattern.get(at) {
            Some(Token::Many) => {
                at += 1;
                retry = Some((at, reached));
            }
            Some(token) if matches_one(*token, text[reached]) => {
                at += 1;
                reached += 1;
            }
            _ => match retry {
                Some((behind, from)) => {
                    at = behind;
                    reached = from + 1;
                    retry = Some((behind, reached));
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|token| *token == Token::Many)
}

fn matches_one(token: Token, character: char) -> bool {
    match token {
        Token::One => true,
        Token::Character(wanted) => wanted == character,
        Token::Many => false,
    }
}
