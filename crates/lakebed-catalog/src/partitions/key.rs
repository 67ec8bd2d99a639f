//! The values of a partition as one key that sorts as the values do, one after the other.

/// Between values: it sorts before every character that may stand in one.
const SEPARATOR: char = '\u{1}';
/// Before a separator or another of its kind that belongs to a value.
const ESCAPE: char = '\u{2}';

/// The key of these values; no other list of values has it.
pub(crate) fn partition_key(values: &[String]) -> String {
    let mut key = String::new();
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            key.push(SEPARATOR);
        }
        for character in value.chars() {
            if matches!(character, SEPARATOR | ESCAPE) {
                key.push(ESCAPE);
            }
            key.push(character);
        }
    }
    key
}

/// The values of a key.
pub(super) fn partition_values(key: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut escaped = false;
    for character in key.chars() {
        if character == ESCAPE && !escaped {
            escaped = true;
            continue;
        }
        if character == SEPARATOR && !escaped {
            values.push(String::new());
        } else if let Some(value) = values.last_mut() {
            value.push(character);
        }
        escaped = false;
    }
    values
}

/// Sorts after the keys of all partitions whose values start with `leading`, and before all
/// others that sort after these. Meant for fewer values than there are partition keys.
pub(super) fn after_all_with(leading: &[String]) -> String {
    let mut key = partition_key(leading);
    key.push(ESCAPE);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn keys_sort_as_values_and_read_back() {
        let sorted = [
            values(&["", "a"]),
            values(&["2024", "12"]),
            values(&["2025", "01"]),
            values(&["a", "z"]),
            values(&["a\u{1}b", "c"]),
            values(&["a\u{2}", "\u{1}\u{2}"]),
            values(&["ab", ""]),
            values(&["서울", "한국"]),
        ];
        let keys: Vec<String> = sorted.iter().map(|values| partition_key(values)).collect();
        assert!(keys.is_sorted(), "{keys:?}");
        let read: Vec<Vec<String>> = keys.iter().map(|key| partition_values(key)).collect();
        assert_eq!(read, sorted);
    }

    #[test]
    fn all_partitions_that_start_alike_are_passed_at_once() {
        let end = after_all_with(&values(&["a"]));
        assert!(partition_key(&values(&["a", "\u{10ffff}"])) < end);
        for next in [["a\u{1}", ""], ["a\u{2}", ""], ["a!", ""], ["b", ""]] {
            assert!(end < partition_key(&values(&next)), "{next:?}");
        }
    }
}
