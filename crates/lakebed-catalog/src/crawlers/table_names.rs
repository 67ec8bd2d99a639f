//! What a crawler calls its tables.

use md5::{Digest, Md5};

/// Glue's limit for the names crawlers give.
const MAX_LENGTH: usize = 128;

/// The name a table gets from where it lies: the last folder's, the file's, or the bucket's.
pub(super) fn table_name(prefix: &str, bucket: &str, location: &str) -> String {
    let last = location
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .filter(|name| !name.is_empty())
        .unwrap_or(bucket);
    clean(&format!("{prefix}{last}"), MAX_LENGTH)
}

/// The name a table gets when its own is another table's already: told apart by its location.
pub(super) fn distinct_name(name: &str, location: &str) -> String {
    let hash = hex_of(&Md5::digest(location.as_bytes()));
    format!("{}_{hash}", clean(name, MAX_LENGTH - hash.len() - 1))
}

/// Lower case letters, digits and underscores, which is what Athena takes without quotes.
fn clean(name: &str, length: usize) -> String {
    name.chars()
        .map(|character| match character.to_ascii_lowercase() {
            plain @ ('a'..='z' | '0'..='9' | '_') => plain,
            _ => '_',
        })
        .take(length)
        .collect()
}

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("", "csv/ai-tool-usage.csv", "ai_tool_usage_csv")]
    #[case("raw_", "sales/Year=2017/", "raw_year_2017")]
    #[case("", "", "my_lake")]
    #[case("", "한글/", "__")]
    fn a_table_is_named_after_its_place(
        #[case] prefix: &str,
        #[case] location: &str,
        #[case] expected: &str,
    ) {
        assert_eq!(table_name(prefix, "my-lake", location), expected);
    }

    #[test]
    fn a_name_taken_gets_a_suffix_that_stays_the_same() {
        let name = distinct_name("data", "s3://lake/b/data/");
        assert_eq!(name.len(), "data_".len() + 32);
        assert_eq!(name, distinct_name("data", "s3://lake/b/data/"));
        assert_ne!(name, distinct_name("data", "s3://lake/c/data/"));
        assert!(distinct_name(&"x".repeat(200), "").len() <= 128);
    }
}
