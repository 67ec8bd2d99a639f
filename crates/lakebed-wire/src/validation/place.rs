use std::fmt;

/// Where in the request a value stands; written out only when something is wrong with it.
pub(super) enum Place<'a> {
    /// The request itself.
    Root,
    /// A structure's member.
    Member(&'a Place<'a>, &'a str),
    /// A list's element, counted from zero.
    Element(&'a Place<'a>, usize),
    /// A map's value under this key.
    Entry(&'a Place<'a>, &'a str),
}

/// `tableInput.storageDescriptor.columns.5.member.comment`: members start small, elements count
/// from one.
impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(parent, name) => {
                parent.write_before_step(f)?;
                let mut characters = name.chars();
                let first = characters.next().map(|first| first.to_ascii_lowercase());
                write!(f, "{}{}", first.unwrap_or_default(), characters.as_str())
            }
            Self::Element(parent, index) => {
                parent.write_before_step(f)?;
                write!(f, "{}.member", index + 1)
            }
            Self::Entry(parent, key) => {
                parent.write_before_step(f)?;
                write!(f, "{key}.member")
            }
        }
    }
}

impl Place<'_> {
    fn write_before_step(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            place => write!(f, "{place}."),
        }
    }
}
