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

/// What a disk has at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) is_folder: bool,
    /// Its name is the one it was looked for by: a disk that ignores case finds others too.
    pub(crate) same_name: bool,
}

/// Whether a path can be a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// These folders are to be made first, in their order.
    Free { missing: Vec<PathBuf> },
    /// Something else is there: a file where a folder must be, a folder where the file must be, a
    /// link, or a name in other case.
    Blocked,
}

/// Finds out whether a path can be a file of its own, on a disk that `look` looks at.
///
/// # Errors
/// Those of `look`.
pub(crate) fn find_way<E>(
    path: &Path,
    look: impl Fn(&Path) -> Result<Option<Seen>, E>,
) -> Result<Way, E> {
    let mut missing = Vec::new();
    let mut reached = PathBuf::new();
    for name in path.parent().into_iter().flatten() {
        reached.push(name);
        if !missing.is_empty() {
            missing.push(reached.clone());
            continue;
        }
        match look(&reached)? {
            None => missing.push(reached.clone()),
            Some(seen) if seen.is_folder && seen.same_name => {}
            Some(_) => return Ok(Way::Blocked),
        }
    }
    if missing.is_empty()
        && let Some(seen) = look(path)?
        && (seen.is_folder || !seen.same_name)
    {
        return Ok(Way::Blocked);
    }
    Ok(Way::Free { missing })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::{BTreeMap, BTreeSet};
    use std::convert::Infallible;

    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    /// A disk that ignores case: what it has under a folded path, and the name that was given.
    #[derive(Default)]
    struct FoldingDisk(BTreeMap<String, (PathBuf, bool)>);

    impl FoldingDisk {
        fn fold(path: &Path) -> String {
            path.to_str().unwrap().to_lowercase()
        }

        fn look(&self, path: &Path) -> Option<Seen> {
            let (given, is_folder) = self.0.get(&Self::fold(path))?;
            Some(Seen {
                is_folder: *is_folder,
                same_name: given.file_name() == path.file_name(),
            })
        }

        /// Makes a file of a key if it can be one; says whether.
        fn put(&mut self, key: &str) -> bool {
            let Some(path) = plain_path(key) else {
                return false;
            };
            let look = |path: &Path| Ok::<_, Infallible>(self.look(path));
            let Ok(Way::Free { missing }) = find_way(&path, look) else {
                return false;
            };
            for folder in missing {
                self.0.insert(Self::fold(&folder), (folder, true));
            }
            self.0.insert(Self::fold(&path), (path, false));
            true
        }
    }

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

        #[test]
        fn keys_that_a_disk_cannot_tell_apart_never_share_a_file(
            keys in proptest::collection::vec("[abAB](/?[abABßSs]){0,5}", 1..24)
        ) {
            let mut disk = FoldingDisk::default();
            let plain: BTreeSet<String> =
                keys.iter().filter(|key| disk.put(key)).cloned().collect();
            let files = disk.0.into_values().filter(|(_, is_folder)| !is_folder);
            let found: BTreeSet<String> =
                files.map(|(path, _)| path.to_str().unwrap().to_owned()).collect();
            prop_assert_eq!(found, plain);
        }
    }
}
