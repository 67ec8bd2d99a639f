//! Text files as batches of rows.

use std::collections::VecDeque;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use datafusion::datasource::physical_plan::FileOpenFuture;
use datafusion::error::{DataFusionError, Result};
use datafusion_datasource::boundary_stream::AlignedBoundaryStream;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};

use super::compression::{Compression, decompressed};
use super::{RecordError, Splitter, TextFormat};
use crate::EngineError;
use crate::table::{FileReader, OpenFile};

/// Bytes that are looked through at once: fewer would make small batches.
const READ_AT_ONCE: usize = 256 << 10;

/// The longest record, in bytes; as in Trino (`hive.text.max-line-length`).
const LONGEST_RECORD: usize = 100 << 20;

/// Reads text files in one format.
#[derive(Debug)]
pub(crate) struct TextReader {
    pub(crate) format: Arc<dyn TextFormat>,
    /// The table, for messages.
    pub(crate) table: String,
}

/// A file's content in pieces, uncompressed; `place` names the file in errors.
///
/// # Errors
/// [`EngineError::Cursor`] for what is not compressed as the file's name says, or not to its end.
pub(crate) fn pieces(
    place: &str,
    path: &Path,
    stream: BoxStream<'static, object_store::Result<Bytes>>,
) -> Result<BoxStream<'static, Result<Bytes>>> {
    let place = place.to_owned();
    let failed = move |error: io::Error| match error.downcast::<object_store::Error>() {
        Ok(error) => DataFusionError::from(error),
        Err(error) => {
            EngineError::Cursor(format!("Failed to read file at {place}: {error}")).into()
        }
    };
    match decompressed(path, stream) {
        Ok(stream) => Ok(stream.map_err(failed).boxed()),
        Err(error) => Err(failed(error)),
    }
}

impl FileReader for TextReader {
    fn open(&self, store: Arc<dyn ObjectStore>, file: OpenFile) -> FileOpenFuture {
        let range = file.range();
        let from_start = range.as_ref().is_none_or(|range| range.start == 0);
        let margins = self.format.margins();
        let reader = Reader {
            splitter: Splitter::new(self.format.record_end()),
            format: Arc::clone(&self.format),
            schema: file.schema,
            columns: file.columns,
            batch_size: file.batch_size,
            place: Place {
                table: self.table.clone(),
                file: file.url,
                record: from_start.then_some(0),
            },
            to_skip: if from_start { margins.header } else { 0 },
            footer: margins.footer,
            held_back: VecDeque::new(),
            at_start: from_start,
            buffer: Vec::new(),
        };
        let path = file.file.object_meta.location;
        let size = file.file.object_meta.size;
        Box::pin(async move {
            let input = match range {
                Some(range) if Compression::of(&path).is_none() => {
                    let Range { start, end } = range;
                    AlignedBoundaryStream::new(store, path, start, end, size, b'\n')
                        .await?
                        .map_err(DataFusionError::from)
                        .boxed()
                }
                _ => {
                    let stream = store.get(&path).await?.into_stream();
                    pieces(&reader.place.file, &path, stream)?
                }
            };
            Ok(batches(input, reader))
        })
    }
}

/// Where in which file a record stands, for messages.
#[derive(Debug)]
struct Place {
    table: String,
    file: String,
    /// Records before this batch; unknown where the reading did not begin at the start.
    record: Option<usize>,
}

impl Place {
    fn error(&self, error: &RecordError) -> DataFusionError {
        let number = match (self.record, error.record) {
            (Some(before), Some(record)) => format!(" record {}", before + record + 1),
            _ => String::new(),
        };
        let Place { table, file, .. } = self;
        error
            .at(&format!("table {table}, file {file}{number}"))
            .into()
    }
}

/// Cuts one file into batches.
struct Reader {
    splitter: Splitter,
    format: Arc<dyn TextFormat>,
    schema: SchemaRef,
    columns: Vec<usize>,
    batch_size: usize,
    place: Place,
    to_skip: usize,
    footer: usize,
    /// The last records so far, which are the footer if the file ends here.
    held_back: VecDeque<Vec<u8>>,
    at_start: bool,
    buffer: Vec<u8>,
}

impl Reader {
    /// The batches that the next piece of the file completes; none stands for its end.
    fn read(&mut self, piece: Option<&Bytes>) -> Result<Vec<RecordBatch>> {
        self.buffer
            .extend_from_slice(piece.map_or(&[], |piece| piece));
        let at_end = piece.is_none();
        if !at_end && self.buffer.len() - self.splitter.seen() < READ_AT_ONCE {
            return Ok(Vec::new());
        }
        // Hadoop's line reader drops a byte order mark, and so does Athena.
        if std::mem::replace(&mut self.at_start, false) && self.buffer.starts_with(b"\xef\xbb\xbf")
        {
            self.buffer.drain(..3);
        }
        let buffer = std::mem::take(&mut self.buffer);
        let (ranges, next) = self.splitter.split(&buffer, at_end);
        if buffer.len() - next > LONGEST_RECORD {
            return Err(self.too_long());
        }
        let records: Vec<&[u8]> = ranges.into_iter().map(|range| &buffer[range]).collect();
        let skipped = self.to_skip.min(records.len());
        self.to_skip -= skipped;
        self.place.record = self.place.record.map(|record| record + skipped);
        let records = &records[skipped..];
        let batches = if self.footer == 0 {
            self.decode(records)
        } else {
            let before = self.hold_back(records);
            self.decode(&before.iter().map(Vec::as_slice).collect::<Vec<_>>())
        };
        self.buffer = buffer;
        self.buffer.drain(..next);
        batches
    }

    /// The records that are not the file's last ones, however it goes on.
    fn hold_back(&mut self, records: &[&[u8]]) -> Vec<Vec<u8>> {
        self.held_back
            .extend(records.iter().map(|record| record.to_vec()));
        let certain = self.held_back.len().saturating_sub(self.footer);
        self.held_back.drain(..certain).collect()
    }

    fn decode(&mut self, records: &[&[u8]]) -> Result<Vec<RecordBatch>> {
        let mut batches = Vec::new();
        for records in records.chunks(self.batch_size) {
            let batch = self.format.decode(records, &self.schema, &self.columns);
            batches.push(batch.map_err(|error| self.place.error(&error))?);
            self.place.record = self.place.record.map(|record| record + records.len());
        }
        Ok(batches)
    }

    fn too_long(&self) -> DataFusionError {
        let error = RecordError::unreadable(
            0,
            format!("Line too long in text file: {}", self.place.file),
        );
        self.place.error(&error)
    }
}

fn batches(
    input: BoxStream<'static, Result<Bytes>>,
    reader: Reader,
) -> BoxStream<'static, Result<RecordBatch>> {
    let state = Some((input, reader));
    futures::stream::try_unfold(state, |state| async move {
        let Some((mut input, mut reader)) = state else {
            return Ok(None);
        };
        let piece = input.next().await.transpose()?;
        let at_end = piece.is_none();
        let batches = reader.read(piece.as_ref())?;
        let next = (!at_end).then_some((input, reader));
        Ok::<_, DataFusionError>(Some((
            futures::stream::iter(batches.into_iter().map(Ok)),
            next,
        )))
    })
    .try_flatten()
    .boxed()
}
