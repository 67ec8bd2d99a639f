//! Reading of `multipart/form-data` while it arrives. RFC 7578 and, for the delimiters, RFC 2046,
//! section 5.1.1.

use std::fmt;

use bytes::{Buf, Bytes, BytesMut};
use futures::stream::{BoxStream, Stream, StreamExt};
use memchr::memmem::Finder;

/// The longest line accepted in the head of a part, in bytes.
const LONGEST_LINE: usize = 8 * 1024;

/// How many lines the head of a part may have.
const MOST_LINES: usize = 32;

/// What is wrong with a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum FormDataError {
    /// It is not of the form its content type says.
    #[error("the form is not well-formed multipart/form-data")]
    Malformed,
    /// It ends before its end.
    #[error("the form ends early")]
    Incomplete,
}

/// A form whose parts are read one after the other.
pub(super) struct FormData {
    source: BoxStream<'static, Result<Bytes, FormDataError>>,
    buffer: BytesMut,
    /// What stands before each part and at the end: a line end, two hyphens, the boundary.
    delimiter: Finder<'static>,
}

/// The head of a part.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) filename: Option<String>,
}

impl FormData {
    /// Reads `body`, whose parts are told apart by the boundary in `content_type`.
    ///
    /// # Errors
    /// [`FormDataError::Malformed`] if that has no boundary.
    pub(super) fn new<E>(
        body: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
        content_type: &str,
    ) -> Result<Self, FormDataError> {
        let boundary = parameter(content_type, "boundary")
            .filter(|boundary| !boundary.is_empty() && boundary.len() <= 200)
            .ok_or(FormDataError::Malformed)?;
        let delimiter = format!("\r\n--{boundary}");
        Ok(Self {
            source: body
                .map(|piece| piece.map_err(|_| FormDataError::Incomplete))
                .boxed(),
            // The first delimiter has no line before it that it could end.
            buffer: BytesMut::from("\r\n"),
            delimiter: Finder::new(delimiter.as_bytes()).into_owned(),
        })
    }

    /// Goes on to the next part, past what is left of this one; none behind the last.
    ///
    /// # Errors
    /// [`FormDataError`].
    pub(super) async fn next_part(&mut self) -> Result<Option<Part>, FormDataError> {
        while self.chunk().await?.is_some() {}
        let delimiter = self.delimiter.needle().len();
        self.fill_to(delimiter + 2).await?;
        self.buffer.advance(delimiter);
        if self.buffer.starts_with(b"--") {
            return Ok(None);
        }
        if !self.line().await?.trim().is_empty() {
            return Err(FormDataError::Malformed);
        }
        let mut part = None;
        for _ in 0..MOST_LINES {
            let line = self.line().await?;
            if line.is_empty() {
                return part.map(Some).ok_or(FormDataError::Malformed);
            }
            let (name, value) = line.split_once(':').ok_or(FormDataError::Malformed)?;
            if name.eq_ignore_ascii_case("content-disposition") {
                part = Some(Part {
                    name: parameter(value, "name").ok_or(FormDataError::Malformed)?,
                    filename: parameter(value, "filename"),
                });
            }
        }
        Err(FormDataError::Malformed)
    }

    /// The next piece of this part; none at its end.
    ///
    /// # Errors
    /// [`FormDataError::Incomplete`].
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, FormDataError> {
        loop {
            let available = match self.delimiter.find(&self.buffer) {
                Some(0) => return Ok(None),
                Some(end) => end,
                // What may be the beginning of a delimiter has to wait.
                None => (self.buffer.len() + 1).saturating_sub(self.delimiter.needle().len()),
            };
            if available > 0 {
                return Ok(Some(self.buffer.split_to(available).freeze()));
            }
            self.fill().await?;
        }
    }

    /// Takes a line of a part's head, without its end.
    async fn line(&mut self) -> Result<String, FormDataError> {
        loop {
            if let Some(end) = memchr::memmem::find(&self.buffer, b"\r\n") {
                let line = self.buffer.split_to(end + 2);
                return std::str::from_utf8(&line[..end])
                    .map(str::to_owned)
                    .map_err(|_| FormDataError::Malformed);
            }
            if self.buffer.len() > LONGEST_LINE {
                return Err(FormDataError::Malformed);
            }
            self.fill().await?;
        }
    }

    async fn fill_to(&mut self, length: usize) -> Result<(), FormDataError> {
        while self.buffer.len() < length {
            self.fill().await?;
        }
        Ok(())
    }

    async fn fill(&mut self) -> Result<(), FormDataError> {
        let piece = self
            .source
            .next()
            .await
            .ok_or(FormDataError::Incomplete)??;
        self.buffer.extend_from_slice(&piece);
        Ok(())
    }
}

impl fmt::Debug for FormData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FormData")
            .field("buffered", &self.buffer.len())
            .finish_non_exhaustive()
    }
}

/// A parameter of a header such as `form-data; name="key"`. Backslashes stay, as browsers send
/// paths with them, except before a quotation mark.
fn parameter(header: &str, wanted: &str) -> Option<String> {
    let mut rest = header.split_once(';')?.1;
    loop {
        let (name, after) = rest.split_once('=')?;
        let (value, next) = match after.trim_start().strip_prefix('"') {
            Some(quoted) => quoted_value(quoted)?,
            None => match after.split_once(';') {
                Some((value, next)) => (value.trim().to_owned(), next),
                None => (after.trim().to_owned(), ""),
            },
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = next;
    }
}

/// Reads up to the closing quotation mark; gives the value and what follows the next semicolon.
fn quoted_value(quoted: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = quoted.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => {
                let rest = &quoted[at + 1..];
                return Some((value, rest.split_once(';').map_or("", |(_, next)| next)));
            }
            '\\' if characters.peek().is_some_and(|(_, next)| *next == '"') => {
                characters.next();
                value.push('"');
            }
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use futures::stream;
    use rstest::rstest;

    use super::*;

    const TYPE: &str = "multipart/form-data; charset=utf-8; boundary=\"--x\"";
    const FORM: &str = "preamble\r\n----x\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na\r\n--b\r\n\r\n----x  \r\ncontent-type: text/plain\r\ncontent-disposition: form-data; filename=\"a \\\"b\\\" C:\\d;.csv\"; name=file\r\n\r\n\r\n----x\r\nContent-Disposition: form-data; name=last\r\n\r\nz\r\n----x--\r\nepilogue";

    fn form(text: &str, step: usize) -> FormData {
        let pieces: Vec<Result<Bytes, FormDataError>> = text
            .as_bytes()
            .chunks(step)
            .map(|piece| Ok(Bytes::copy_from_slice(piece)))
            .collect();
        FormData::new(stream::iter(pieces), TYPE).unwrap()
    }

    async fn read(text: &str, step: usize) -> Result<Vec<(Part, String)>, FormDataError> {
        let mut form = form(text, step);
        let mut parts = Vec::new();
        while let Some(part) = form.next_part().await? {
            let mut content = Vec::new();
            while let Some(piece) = form.chunk().await? {
                content.extend_from_slice(&piece);
            }
            parts.push((part, String::from_utf8(content).unwrap()));
        }
        Ok(parts)
    }

    fn part(name: &str, filename: Option<&str>) -> Part {
        Part {
            name: name.to_owned(),
            filename: filename.map(str::to_owned),
        }
    }

    #[tokio::test]
    async fn parts_survive_any_cut() {
        for step in 1..=FORM.len() {
            let parts = read(FORM, step).await.unwrap();
            let expected = [
                (part("key", None), "a\r\n--b\r\n".to_owned()),
                (part("file", Some("a \"b\" C:\\d;.csv")), String::new()),
                (part("last", None), "z".to_owned()),
            ];
            assert_eq!(parts, expected, "in pieces of {step}");
        }
    }

    #[tokio::test]
    async fn a_form_that_stops_early_is_incomplete() {
        let end = FORM.find("--\r\nepilogue").unwrap();
        for cut in 0..end {
            let error = read(&FORM[..cut], 7).await.unwrap_err();
            assert_eq!(error, FormDataError::Incomplete, "{:?}", &FORM[..cut]);
        }
    }

    #[rstest]
    #[case::no_disposition("----x\r\ncontent-type: a/b\r\n\r\n\r\n----x--")]
    #[case::no_name("----x\r\ncontent-disposition: form-data\r\n\r\n\r\n----x--")]
    #[case::no_header("----x\r\nnonsense\r\n\r\n\r\n----x--")]
    #[case::longer_boundary("----xy\r\n\r\n----x--")]
    #[tokio::test]
    async fn malformed_parts_are_refused(#[case] text: &str) {
        assert_eq!(read(text, 5).await, Err(FormDataError::Malformed));
    }

    #[rstest]
    #[case("multipart/form-data")]
    #[case("multipart/form-data; boundary=")]
    #[case("multipart/form-data; boundary=\"x")]
    fn a_boundary_is_needed(#[case] content_type: &str) {
        let nothing = stream::empty::<Result<Bytes, FormDataError>>();
        assert!(FormData::new(nothing, content_type).is_err());
    }
}
