//! Where a record of a text file ends.

use std::ops::Range;

/// What ends a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordEnd {
    /// The end of the line.
    Line,
    /// The end of the line, unless it stands between quotes.
    UnquotedLine {
        /// The quote.
        quote: u8,
        /// What takes the next byte's meaning away.
        escape: Option<u8>,
    },
    /// The closing brace of an object, wherever the lines end.
    JsonObject {
        /// Objects around it: none for one that stands alone or in an array at the top.
        inside: usize,
    },
}

/// Finds records in a file that arrives in pieces.
#[derive(Debug)]
pub(crate) struct Splitter {
    end: RecordEnd,
    /// How far the bytes given so far were looked at.
    seen: usize,
    quoted: bool,
    escaped: bool,
    depth: usize,
    object_start: usize,
}

impl Splitter {
    pub(crate) fn new(end: RecordEnd) -> Self {
        Self {
            end,
            seen: 0,
            quoted: false,
            escaped: false,
            depth: 0,
            object_start: 0,
        }
    }

    /// The records that end in `buffer`, which starts where the last call's answer said the next
    /// record starts; and where, in this buffer, the next record starts. At the end of the file
    /// what is left over is a record too.
    pub(crate) fn split(&mut self, buffer: &[u8], at_end: bool) -> (Vec<Range<usize>>, usize) {
        let (mut records, mut next) = match self.end {
            RecordEnd::Line => self.lines(buffer),
            RecordEnd::UnquotedLine { quote, escape } => self.unquoted_lines(buffer, quote, escape),
            RecordEnd::JsonObject { inside } => self.objects(buffer, inside),
        };
        if at_end && next < buffer.len() {
            records.push(without_return(buffer, next..buffer.len()));
            next = buffer.len();
        }
        self.seen = buffer.len() - next;
        self.object_start = self.object_start.saturating_sub(next);
        (records, next)
    }

    /// How many of the bytes that the next call starts with were looked at already.
    pub(crate) fn seen(&self) -> usize {
        self.seen
    }

    fn lines(&self, buffer: &[u8]) -> (Vec<Range<usize>>, usize) {
        let mut records = Vec::new();
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', &buffer[self.seen..]) {
            let end = self.seen + end;
            records.push(without_return(buffer, start..end));
            start = end + 1;
        }
        (records, start)
    }

    fn unquoted_lines(
        &mut self,
        buffer: &[u8],
        quote: u8,
        escape: Option<u8>,
    ) -> (Vec<Range<usize>>, usize) {
        let mut records = Vec::new();
        let mut start = 0;
        for (index, &byte) in buffer.iter().enumerate().skip(self.seen) {
            if self.escaped {
                self.escaped = false;
            } else if Some(byte) == escape && byte != quote {
                self.escaped = true;
            } else if byte == quote {
                self.quoted = !self.quoted;
            } else if byte == b'\n' && !self.quoted {
                records.push(without_return(buffer, start..index));
                start = index + 1;
            }
        }
        (records, start)
    }

    fn objects(&mut self, buffer: &[u8], inside: usize) -> (Vec<Range<usize>>, usize) {
        let mut records = Vec::new();
        for (index, &byte) in buffer.iter().enumerate().skip(self.seen) {
            if self.quoted {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.quoted = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.quoted = true,
                b'{' => {
                    if self.depth == inside {
                        self.object_start = index;
                    }
                    self.depth += 1;
                }
                b'}' => {
                    let ends_here = self.depth == inside + 1;
                    self.depth = self.depth.saturating_sub(1);
                    if ends_here {
                        records.push(self.object_start..index + 1);
                    }
                }
                _ => {}
            }
        }
        let next = if self.depth <= inside {
            buffer.len()
        } else {
            self.object_start
        };
        (records, next)
    }
}

fn without_return(buffer: &[u8], line: Range<usize>) -> Range<usize> {
    if line.end > line.start && buffer[line.end - 1] == b'\r' {
        line.start..line.end - 1
    } else {
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Splits a text given in pieces of every size: the records must not depend on the pieces.
    fn records(end: RecordEnd, text: &str) -> Vec<String> {
        let whole = in_pieces(end, text, text.len().max(1));
        for size in 1..text.len() {
            assert_eq!(in_pieces(end, text, size), whole, "pieces of {size}");
        }
        whole
    }

    fn in_pieces(end: RecordEnd, text: &str, size: usize) -> Vec<String> {
        let mut splitter = Splitter::new(end);
        let (mut buffer, mut found) = (Vec::new(), Vec::new());
        let pieces: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
        for (index, piece) in pieces.iter().enumerate() {
            buffer.extend_from_slice(piece);
            let (records, next) = splitter.split(&buffer, index + 1 == pieces.len());
            found.extend(
                records
                    .into_iter()
                    .map(|record| String::from_utf8_lossy(&buffer[record]).into_owned()),
            );
            buffer.drain(..next);
        }
        found
    }

    #[test]
    fn lines_end_at_line_feeds_and_at_the_end() {
        assert_eq!(records(RecordEnd::Line, "a\r\nb\n\nc"), ["a", "b", "", "c"]);
        assert_eq!(records(RecordEnd::Line, "a\n"), ["a"]);
    }

    #[test]
    fn quoted_line_feeds_belong_to_the_record() {
        let end = RecordEnd::UnquotedLine {
            quote: b'"',
            escape: Some(b'\\'),
        };
        assert_eq!(
            records(end, "1,\"a\nb\"\n2,\"c\"\"\nd\"\n3,x\\\"\n4"),
            ["1,\"a\nb\"", "2,\"c\"\"\nd\"", "3,x\\\"", "4"]
        );
    }

    #[test]
    fn objects_are_found_in_lines_arrays_and_pretty_print() {
        let expected = [r#"{"a":{"b":1}}"#, r#"{"c":"}\""}"#];
        let alone = RecordEnd::JsonObject { inside: 0 };
        let objects = r#"{"a":{"b":1}},
{"c":"}\""}"#;
        assert_eq!(records(alone, &objects.replace("},\n", "}\n")), expected);
        assert_eq!(records(alone, &format!(" [\n{objects}\n]")), expected);
        let inside = RecordEnd::JsonObject { inside: 1 };
        let document = format!("{{\"Records\": [{objects}]}}\n");
        assert_eq!(records(inside, &document), expected);
    }

    #[test]
    fn an_object_that_is_cut_off_is_a_record_too() {
        let end = RecordEnd::JsonObject { inside: 0 };
        assert_eq!(
            records(end, "{\"a\":1}\n{\"b\":"),
            [r#"{"a":1}"#, r#"{"b":"#]
        );
    }
}
