//! `word_stem(word[, lang]) -> varchar`: the stem by Snowball's algorithms, English if no language
//! is named. Trino manual, "String functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("word_stem('generally')"), "general");
//! assert_eq!(evaluate("word_stem('ginormous', 'xx')"),
//!     "INVALID_FUNCTION_ARGUMENT: Unknown stemmer language: xx");
//! ```

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use rust_stemmers::{Algorithm, Stemmer};

use crate::error::TrinoError;
use crate::functions::scalar::Kind::Varchar;
use crate::functions::scalar::scalar;

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("word_stem")
        .overload([Varchar], Varchar, |call| {
            let stemmer = Stemmer::create(Algorithm::English);
            call.map1(|word: &str| stemmer.stem(word).into_owned())
        })
        .overload([Varchar, Varchar], Varchar, |call| {
            call.try_map2(|word: &str, language: &str| {
                let stemmer = Stemmer::create(algorithm(language)?);
                Ok(Some(stemmer.stem(word).into_owned()))
            })
        })
        .udf()
}

fn algorithm(language: &str) -> Result<Algorithm> {
    Ok(match language {
        "da" => Algorithm::Danish,
        "de" => Algorithm::German,
        "en" => Algorithm::English,
        "es" => Algorithm::Spanish,
        "fi" => Algorithm::Finnish,
        "fr" => Algorithm::French,
        "hu" => Algorithm::Hungarian,
        "it" => Algorithm::Italian,
        "nl" => Algorithm::Dutch,
        "no" => Algorithm::Norwegian,
        "pt" => Algorithm::Portuguese,
        "ro" => Algorithm::Romanian,
        "ru" => Algorithm::Russian,
        "sv" => Algorithm::Swedish,
        "tr" => Algorithm::Turkish,
        _ => {
            let message = format!("Unknown stemmer language: {language}");
            return Err(TrinoError::invalid_argument(message));
        }
    })
}
