//! `soundex(string) -> varchar`: the American Soundex code, by which names that sound alike are
//! found. Trino manual, "String functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("soundex('Robert')"), "R163");
//! assert_eq!(evaluate("soundex('Ashcraft')"), "A261");
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::TrinoError;
use crate::functions::scalar::Kind::Varchar;
use crate::functions::scalar::scalar;

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("soundex")
        .overload([Varchar], Varchar, |call| {
            call.try_map1(|text: &str| soundex(text).map(Some))
        })
        .udf()
}

fn soundex(text: &str) -> Result<String> {
    if let Some(foreign) = text.chars().find(|c| c.is_alphabetic() && !c.is_ascii()) {
        return Err(TrinoError::invalid_argument(format!(
            "The character is not mapped: {foreign} (index={})",
            u32::from(foreign)
        )));
    }
    let mut letters = text.chars().filter(char::is_ascii_alphabetic);
    let Some(first) = letters.next() else {
        return Ok(String::new());
    };
    let mut code = String::from(first.to_ascii_uppercase());
    let mut last = digit(first);
    for letter in letters {
        let this = digit(letter);
        if let Some(this) = this.filter(|_| this != last) {
            code.push(this);
            if code.len() == 4 {
                break;
            }
        }
        // H and W do not part letters that sound alike; vowels do.
        if !matches!(letter.to_ascii_lowercase(), 'h' | 'w') {
            last = this;
        }
    }
    while code.len() < 4 {
        code.push('0');
    }
    Ok(code)
}

fn digit(letter: char) -> Option<char> {
    Some(match letter.to_ascii_lowercase() {
        'b' | 'f' | 'p' | 'v' => '1',
        'c' | 'g' | 'j' | 'k' | 'q' | 's' | 'x' | 'z' => '2',
        'd' | 't' => '3',
        'l' => '4',
        'm' | 'n' => '5',
        'r' => '6',
        _ => return None,
    })
}
