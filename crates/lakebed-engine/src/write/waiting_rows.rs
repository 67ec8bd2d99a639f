//! Rows that wait until there are enough of them for a row group.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::DataType;
use datafusion::execution::memory_pool::MemoryReservation;

use super::partitioner::PartitionValues;
use super::spilled_rows::SpilledRows;
use crate::EngineError;

/// Too much waits if this does, and fewer bytes of one file are not worth a chunk: they are spilled.
const LEAST_CHUNK_BYTES: usize = 4 << 20;

/// How many rows are kept, and how many are encoded at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The rows of a chunk.
    pub(super) chunk_rows: usize,
    /// The bytes that make a chunk even of fewer rows.
    pub(super) chunk_bytes: usize,
    /// The bytes of all rows that wait.
    pub(super) waiting_bytes: usize,
    /// The most files, or partitions' buckets, that a write may make.
    pub(super) files: Option<usize>,
}

/// What the rows of one file have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct FileKey {
    pub(super) values: PartitionValues,
    pub(super) bucket: Option<u32>,
    /// Which of a partition's files, where it is to have several.
    pub(super) share: u32,
}

/// Rows that are encoded together.
#[derive(Debug)]
pub(super) struct Chunk {
    /// The number of the file's key, in the order in which keys appeared.
    pub(super) file: usize,
    pub(super) key: Arc<FileKey>,
    pub(super) batches: Vec<RecordBatch>,
}

/// The rows of all files that are not encoded yet, in memory and on disk.
pub(super) struct WaitingRows {
    limits: Limits,
    numbers: HashMap<FileKey, usize>,
    files: Vec<Waiting>,
    bytes: usize,
    memory: MemoryReservation,
    spilled: SpilledRows,
}

struct Waiting {
    key: Arc<FileKey>,
    batches: Vec<RecordBatch>,
    rows: usize,
    bytes: usize,
    /// Those of its rows that are on disk.
    spilled_rows: usize,
    spilled_bytes: usize,
}

impl Waiting {
    fn is_full(&self, limits: &Limits) -> bool {
        self.rows + self.spilled_rows >= limits.chunk_rows
            || self.bytes + self.spilled_bytes >= limits.chunk_bytes
    }
}

impl WaitingRows {
    pub(super) fn new(limits: Limits, memory: MemoryReservation, spilled: SpilledRows) -> Self {
        Self {
            limits,
            numbers: HashMap::new(),
            files: Vec::new(),
            bytes: 0,
            memory,
            spilled,
        }
    }

    /// Takes rows of one file, and gives chunks that are to be encoded now: those that are full, and
    /// the largest ones if too much waits. Where even the largest are small, all rows are spilled.
    ///
    /// # Errors
    /// [`EngineError::TooManyPartitions`], or that spilling failed.
    pub(super) fn add(
        &mut self,
        key: FileKey,
        rows: RecordBatch,
    ) -> Result<Vec<Chunk>, EngineError> {
        let number = self.number_of(key)?;
        let mut chunks = Vec::new();
        let mut rest = rows;
        loop {
            let waiting = &mut self.files[number];
            let room = self.limits.chunk_rows - waiting.rows - waiting.spilled_rows;
            let taken = rest.slice(0, rest.num_rows().min(room));
            rest = rest.slice(taken.num_rows(), rest.num_rows() - taken.num_rows());
            let bytes = bytes_of(&taken);
            waiting.rows += taken.num_rows();
            waiting.bytes += bytes;
            waiting.batches.push(taken);
            self.bytes += bytes;
            if waiting.is_full(&self.limits) {
                chunks.push(self.take(number)?);
            }
            if rest.num_rows() == 0 {
                break;
            }
        }
        if self.bytes > self.limits.waiting_bytes || self.memory.try_resize(self.bytes).is_err() {
            self.take_largest(&mut chunks)?;
            // What is smaller than before has room.
            self.memory.resize(self.bytes);
        }
        Ok(chunks)
    }

    /// The rows that still wait of the first file that has some.
    pub(super) fn take_next(&mut self) -> Result<Option<Chunk>, EngineError> {
        let has_rows = |file: &Waiting| file.rows + file.spilled_rows > 0;
        let chunk = match self.files.iter().position(has_rows) {
            Some(file) => Some(self.take(file)?),
            None => None,
        };
        self.memory.resize(self.bytes);
        Ok(chunk)
    }

    /// How many files have got rows so far.
    pub(super) fn files(&self) -> usize {
        self.files.len()
    }

    fn number_of(&mut self, key: FileKey) -> Result<usize, EngineError> {
        let next = self.files.len();
        match self.numbers.entry(key) {
            Entry::Occupied(known) => Ok(*known.get()),
            Entry::Vacant(new) => {
                if let Some(limit) = self.limits.files
                    && next >= limit
                {
                    return Err(EngineError::TooManyPartitions { limit });
                }
                self.files.push(Waiting {
                    key: Arc::new(new.key().clone()),
                    batches: Vec::new(),
                    rows: 0,
                    bytes: 0,
                    spilled_rows: 0,
                    spilled_bytes: 0,
                });
                Ok(*new.insert(next))
            }
        }
    }

    fn take(&mut self, file: usize) -> Result<Chunk, EngineError> {
        let waiting = &mut self.files[file];
        let mut batches = Vec::new();
        if waiting.spilled_rows > 0 {
            batches = self.spilled.take(file)?;
        }
        batches.append(&mut waiting.batches);
        self.bytes -= waiting.bytes;
        (waiting.rows, waiting.bytes) = (0, 0);
        (waiting.spilled_rows, waiting.spilled_bytes) = (0, 0);
        Ok(Chunk {
            file,
            key: Arc::clone(&waiting.key),
            batches,
        })
    }

    /// Makes room: by the largest chunks until a quarter is free, or by spilling.
    fn take_largest(&mut self, chunks: &mut Vec<Chunk>) -> Result<(), EngineError> {
        let mut by_size: Vec<usize> = (0..self.files.len()).collect();
        by_size.sort_unstable_by_key(|&file| Reverse(self.files[file].bytes));
        let enough = self.bytes.min(self.limits.waiting_bytes) / 4 * 3;
        for file in by_size {
            if self.bytes <= enough {
                break;
            }
            if self.files[file].bytes < LEAST_CHUNK_BYTES {
                return self.spill();
            }
            chunks.push(self.take(file)?);
        }
        Ok(())
    }

    fn spill(&mut self) -> Result<(), EngineError> {
        let mut rows = Vec::new();
        for (file, waiting) in self.files.iter_mut().enumerate() {
            if waiting.rows > 0 {
                waiting.spilled_rows += std::mem::take(&mut waiting.rows);
                waiting.spilled_bytes += std::mem::take(&mut waiting.bytes);
                rows.push((file, std::mem::take(&mut waiting.batches)));
            }
        }
        self.bytes = 0;
        Ok(self.spilled.spill(rows)?)
    }
}

/// The memory that rows need, of buffers that others share their part only.
fn bytes_of(rows: &RecordBatch) -> usize {
    rows.columns().iter().map(column_bytes).sum()
}

fn column_bytes(column: &ArrayRef) -> usize {
    match column.data_type() {
        DataType::Utf8View => {
            let texts = column.as_string_view();
            texts.len() * size_of::<u128>() + texts.total_buffer_bytes_used()
        }
        DataType::BinaryView => {
            let bytes = column.as_binary_view();
            bytes.len() * size_of::<u128>() + bytes.total_buffer_bytes_used()
        }
        _ => {
            let slice = column.to_data().get_slice_memory_size();
            slice.unwrap_or_else(|_| column.get_array_memory_size())
        }
    }
}
