//! Pages of a listing: the token is the last key shown, so that a page costs the same wherever it
//! lies and a listing survives changes between its pages.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::Error;

/// Where a page starts and how long it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    /// The key after which it starts; none for the first.
    pub(crate) after: Option<String>,
    /// The most entries it holds.
    pub(crate) limit: usize,
}

impl Page {
    /// The page a request asks for.
    pub(crate) fn requested(
        next_token: Option<&str>,
        max_results: Option<i32>,
        default: usize,
    ) -> Result<Self, Error> {
        let limit = max_results
            .and_then(|limit| usize::try_from(limit).ok())
            .unwrap_or(default)
            .clamp(1, default);
        let after = next_token
            .filter(|token| !token.is_empty())
            .map(read_token)
            .transpose()?;
        Ok(Self { after, limit })
    }

    /// Cuts `entries`, of which one more than the limit was asked for, to the page, and says how
    /// to ask for the next.
    pub(crate) fn cut<T>(&self, mut entries: Vec<(String, T)>) -> (Vec<T>, Option<String>) {
        let more = entries.len() > self.limit;
        entries.truncate(self.limit);
        let token = entries
            .last()
            .filter(|_| more)
            .map(|(key, _)| URL_SAFE_NO_PAD.encode(key));
        (entries.into_iter().map(|(_, entry)| entry).collect(), token)
    }
}

fn read_token(token: &str) -> Result<String, Error> {
    URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| Error::InvalidInput("Invalid pagination token provided".to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_token_leads_to_the_next_page() {
        let page = Page::requested(None, Some(2), 100).unwrap();
        let entries = ["가", "b", "c"].map(|key| (key.to_owned(), ())).to_vec();
        let (shown, token) = page.cut(entries);
        assert_eq!(shown.len(), 2);
        let next = Page::requested(token.as_deref(), None, 100).unwrap();
        assert_eq!(
            next,
            Page {
                after: Some("b".to_owned()),
                limit: 100
            }
        );
    }

    #[test]
    fn the_last_page_has_no_token_and_a_wrong_token_is_refused() {
        let page = Page::requested(None, Some(2), 100).unwrap();
        let (_, token) = page.cut(vec![("a".to_owned(), ()), ("b".to_owned(), ())]);
        assert_eq!(token, None);
        assert!(matches!(
            Page::requested(Some("?"), None, 100),
            Err(Error::InvalidInput(_))
        ));
    }
}
