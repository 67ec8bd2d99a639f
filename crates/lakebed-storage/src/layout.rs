//! Which key is which file. Pure: knows names, touches nothing.

use std::path::{Component, Path, PathBuf};

/// The longest file name the common file systems take, in bytes.
const MAX_NAME_BYTES: usize = 255;

/// The path, relative to the bucket's folder, of the file that holds a key's bytes; none if the
/// key cannot be a path there.
///
/// Two keys never share a path, and no path leaves the folder.
pub(crate) fn plain_path(key: &str) -> Option<PathBuf> {
    let mut path = PathBuf::new();
    for name in key.split('/') {
        if !is_plain_name(name) || (cfg!(windows) && !is_plain_on_windows(name)) {
            return None;
        }
        path.push(name);
    }
    Some(path)
}

fn is_plain_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..")
        && name.len() <= MAX_NAME_BYTES
        && !name.chars().any(char::is_control)
}

/// Windows reserves device names and some characters, and drops dots and spaces at the end.
fn is_plain_on_windows(name: &str) -> bool {
    const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];
    let stem = name.split('.').next().unwrap_or(name).trim_end();
    let numbered_port = stem.len() == 4
        && stem.is_char_boundary(3)
        && ["COM", "LPT"].contains(&stem[..3].to_ascii_uppercase().as_str())
        && stem.ends_with(|last: char| last.is_ascii_digit());
    let device = DEVICES
        .iter()
        .any(|device| stem.eq_ignore_ascii_case(device));
    !numbered_port
        && !device
        && !name.ends_with(['.', ' '])
        && !name.contains(['<', '>', ':', '"', '\\', '|', '?', '*'])
}

/// The key of a file, from its path relative to the bucket's folder; none if no key is kept
/// there (a name that is not UTF-8, or one [`plain_path`] never makes).
pub(crate) fn key_of(relative: &Path) -> Option<String> {
    let mut key = String::new();
    for component in relative.components() {
        let Component::Normal(name) = component else {
            return None;
        };
        if !key.is_empty() {
            key.push('/');
        }
        key.push_str(name.to_str()?);
    }
    (plain_path(&key).as_deref() == Some(relative)).then_some(key)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("csv/ai-tool-usage.csv")]
    #[case("year=2025/month=01/part-0.snappy.parquet")]
    #[case("학생/설문.json")]
    #[case(".hidden")]
    #[case("...")]
    fn an_ordinary_key_is_its_own_path(#[case] key: &str) {
        assert_eq!(plain_path(key).unwrap(), Path::new(key));
    }

    #[rstest]
    #[case("")]
    #[case("/")]
    #[case("folder/")]
    #[case("/rooted")]
    #[case("a//b")]
    #[case("..")]
    #[case("../../etc/passwd")]
    #[case("a/../b")]
    #[case("a/./b")]
    #[case("nul\0byte")]
    #[case("line\nbreak")]
    fn a_key_that_is_no_path_has_none(#[case] key: &str) {
        assert_eq!(plain_path(key), None);
        assert_eq!(plain_path(&"n".repeat(256)), None);
    }

    #[rstest]
    #[case("con")]
    #[case("NUL.txt")]
    #[case("com1")]
    #[case("a:b")]
    #[case("back\\slash")]
    #[case("dot.")]
    fn windows_names_are_reserved(#[case] name: &str) {
        assert!(!is_plain_on_windows(name));
        assert!(is_plain_on_windows("content.csv"));
    }

    proptest! {
        #[test]
        fn a_path_stays_in_its_folder_and_tells_its_key(
            key in "([a-c가]|[./\\\\~\0 ]|\\.\\./){1,24}"
        ) {
            if let Some(path) = plain_path(&key) {
                prop_assert!(path.components().all(|part| matches!(part, Component::Normal(_))));
                prop_assert_eq!(key_of(&path), Some(key));
            }
        }
    }
}
