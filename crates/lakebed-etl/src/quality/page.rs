use lakebed_wire::glue::Error;

use crate::operations::paging;

/// The most items one answer holds.
const PAGE: usize = 100;

/// The items of one answer, after those that a token says were given already.
///
/// # Errors
/// `InvalidInputException` if the token is none of ours.
pub(super) fn page<T>(
    items: Vec<T>,
    key: impl Fn(&T) -> Option<&str>,
    token: Option<&str>,
    asked: Option<i32>,
) -> Result<(Vec<T>, Option<String>), Error> {
    let mut items = items;
    if let Some(token) = token {
        let last = paging::read_token(token)?;
        let seen = items
            .iter()
            .position(|item| key(item) == Some(last.as_str()))
            .ok_or_else(|| Error::invalid_input(format!("Invalid NextToken: {token}")))?;
        items.drain(..=seen);
    }
    let size = paging::size(asked, PAGE);
    let more = items.len() > size;
    items.truncate(size);
    let next = match items.last().and_then(&key) {
        Some(last) if more => Some(paging::write_token(last)),
        _ => None,
    };
    Ok((items, next))
}
