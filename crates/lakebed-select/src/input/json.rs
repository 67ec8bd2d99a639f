use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};

use super::JsonShape;
use crate::evaluate::records;
use crate::statement::Step;
use crate::value::Value;
use crate::{Error, Result};

/// The longest record S3 Select takes, in bytes.
const LONGEST_LINE: usize = 1024 * 1024;

/// The records of a JSON object.
pub(crate) struct JsonRecords {
    input: Documents,
    from: Vec<Step>,
    waiting: VecDeque<Value>,
}

enum Documents {
    Lines {
        input: BufReader<Box<dyn Read + Send>>,
        line: Vec<u8>,
        number: u64,
        at: u64,
        end: u64,
    },
    Stream(
        serde_json::StreamDeserializer<
            'static,
            serde_json::de::IoRead<BufReader<Box<dyn Read + Send>>>,
            Value,
        >,
    ),
}

impl JsonRecords {
    /// Begins to read. With `partial` the input begins in the middle of a line, which is skipped.
    ///
    /// # Errors
    /// If the object cannot be read.
    pub(crate) fn new(
        mut input: BufReader<Box<dyn Read + Send>>,
        shape: JsonShape,
        from: Vec<Step>,
        begin: u64,
        partial: bool,
        end: u64,
    ) -> Result<Self> {
        let input = match shape {
            JsonShape::Document => {
                Documents::Stream(serde_json::Deserializer::from_reader(input).into_iter())
            }
            JsonShape::Lines => {
                let skipped = if partial {
                    super::csv::skip_until(&mut input, b'\n')?
                } else {
                    0
                };
                Documents::Lines {
                    input,
                    line: Vec::new(),
                    number: 0,
                    at: begin + skipped,
                    end,
                }
            }
        };
        Ok(Self {
            input,
            from,
            waiting: VecDeque::new(),
        })
    }

    /// The next record.
    ///
    /// # Errors
    /// `JSONParsingError`, `OverMaxRecordSize`.
    pub(crate) fn next(&mut self) -> Result<Option<Value>> {
        loop {
            if let Some(record) = self.waiting.pop_front() {
                return Ok(Some(record));
            }
            match self.input.next()? {
                Some(document) => self.waiting.extend(records(document, &self.from)),
                None => return Ok(None),
            }
        }
    }
}

impl Documents {
    fn next(&mut self) -> Result<Option<Value>> {
        match self {
            Self::Stream(stream) => stream.next().transpose().map_err(|error| {
                Error::data(
                    "JSONParsingError",
                    format!("the object is not JSON: {error}"),
                )
            }),
            Self::Lines {
                input,
                line,
                number,
                at,
                end,
            } => loop {
                if *at >= *end {
                    return Ok(None);
                }
                line.clear();
                let read = input.read_until(b'\n', line)?;
                if read == 0 {
                    return Ok(None);
                }
                *at += read as u64;
                *number += 1;
                if read > LONGEST_LINE {
                    return Err(Error::data(
                        "OverMaxRecordSize",
                        format!("the record in line {number} is longer than 1 MB"),
                    ));
                }
                let text = line.trim_ascii();
                if text.is_empty() {
                    continue;
                }
                // Records may follow each other on one line, too.
                let mut values = serde_json::Deserializer::from_slice(text).into_iter::<Value>();
                let parsed = values.next().transpose().map_err(|error| {
                    Error::data(
                        "JSONParsingError",
                        format!("line {number} of the object is not JSON: {error}"),
                    )
                })?;
                return Ok(parsed);
            },
        }
    }
}
