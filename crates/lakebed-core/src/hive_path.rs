//! Folder names of Hive-style partitions: `year=2025/month=01/`.

use std::fmt::Write as _;

/// The value that stands for null in folder names.
pub const NULL_PARTITION: &str = "__HIVE_DEFAULT_PARTITION__";

/// Characters that Hive writes as `%XX` in partition folders (FileUtils.escapePathName).
const ESCAPED: &[char] = &[
    '"', '#', '%', '\'', '*', '/', ':', '=', '?', '\\', '{', '[', ']', '^', '\u{7f}',
];

/// The folders of a partition, without a slash at the end.
#[must_use]
pub fn write(keys: &[&str], values: &[Option<&str>]) -> String {
    let folder = |(key, value): (&&str, &Option<&str>)| {
        let value = value
            .filter(|value| !value.is_empty())
            .map_or_else(|| NULL_PARTITION.to_owned(), escape);
        format!("{}={value}", escape(key))
    };
    keys.iter()
        .zip(values)
        .map(folder)
        .collect::<Vec<_>>()
        .join("/")
}

/// A folder's key and value if it is named `key=value`.
#[must_use]
pub fn read(folder: &str) -> Option<(String, String)> {
    let (key, value) = folder.split_once('=')?;
    (!key.is_empty()).then(|| (unescape(key), unescape(value)))
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if ESCAPED.contains(&character) || character < ' ' {
            let _ = write!(escaped, "%{:02X}", u32::from(character));
        } else {
            escaped.push(character);
        }
    }
    escaped
}

fn unescape(text: &str) -> String {
    let mut plain = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes();
    while let Some((&first, rest)) = bytes.split_first() {
        let code = rest
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        match code
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            .filter(|_| first == b'%')
        {
            Some(byte) => {
                plain.push(byte);
                bytes = &rest[2..];
            }
            None => {
                plain.push(first);
                bytes = rest;
            }
        }
    }
    String::from_utf8(plain).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_read_back_as_they_were_written() {
        for value in ["2025", "a/b=c", "100%", "서울", "12:30", "x\u{1}y"] {
            let path = write(&["key"], &[Some(value)]);
            assert!(!path.contains('/'), "{path}");
            assert_eq!(read(&path), Some(("key".to_owned(), value.to_owned())));
        }
        assert_eq!(
            write(&["year", "month"], &[Some("2025"), None]),
            "year=2025/month=__HIVE_DEFAULT_PARTITION__"
        );
    }

    #[test]
    fn other_folders_are_not_partitions() {
        assert_eq!(read("2025"), None);
        assert_eq!(read("=2025"), None);
        assert_eq!(read("a=%zz"), Some(("a".to_owned(), "%zz".to_owned())));
    }
}
