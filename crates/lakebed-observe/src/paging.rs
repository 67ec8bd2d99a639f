//! Pages of groups and streams: the token is the last entry shown, so that a listing survives
//! changes between its pages.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::Error;

/// The most groups and streams a page holds, which is also what it holds unasked.
const PAGE: usize = 50;

/// How many entries a request wants.
pub(crate) fn limit(requested: Option<i32>) -> usize {
    requested
        .and_then(|limit| usize::try_from(limit).ok())
        .unwrap_or(PAGE)
        .clamp(1, PAGE)
}

/// The position a token stands for.
pub(crate) fn read_token(token: Option<&str>) -> Result<Option<String>, Error> {
    let Some(token) = token else { return Ok(None) };
    URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .map(Some)
        .ok_or_else(|| Error::InvalidParameter("The specified nextToken is invalid.".to_owned()))
}

/// Cuts `entries`, of which one more than `limit` was asked for, and says how to ask for the rest.
pub(crate) fn cut<T>(
    entries: &mut Vec<T>,
    limit: usize,
    position: impl FnOnce(&T) -> String,
) -> Option<String> {
    if entries.len() <= limit {
        return None;
    }
    entries.truncate(limit);
    let last = entries.last().map(position);
    last.map(|last| URL_SAFE_NO_PAD.encode(last))
}
