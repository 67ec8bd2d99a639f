//! Rows that wait until there are enough of them for a row group.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::DataType;
use datafusion::execution::memory_pool::MemoryReservation;

use super::partitioner::PartitionValues;
use crate::EngineError;

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
}

/// Rows that are encoded together.
#[derive(Debug)]
pub(super) struct Chunk {
    /// The number of the file's key, in the order in which keys appeared.
    pub(super) file: usize,
    pub(super) key: Arc<FileKey>,
    pub(super) batches: Vec<RecordBatch>,
}

/// The rows of all files that are not encoded yet.
pub(super) struct WaitingRows {
    limits: Limits,
    numbers: HashMap<FileKey, usize>,
    files: Vec<Waiting>,
    bytes: usize,
    memory: MemoryReservation,
}

struct Waiting {
    key: Arc<FileKey>,
    batches: Vec<RecordBatch>,
    rows: usize,
    bytes: usize,
}

impl WaitingRows {
    pub(super) fn new(limits: Limits, memory: MemoryReservation) -> Self {
        Self {
            limits,
            numbers: HashMap::new(),
            files: Vec::new(),
            bytes: 0,
            memory,
        }
    }

    /// Takes rows of one file, and gives chunks that are to be encoded now: those that are full, and
    /// the largest ones if too much waits.
    ///
    /// # Errors
    /// [`EngineError::TooManyPartitions`].
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
            let room = self.limits.chunk_rows - waiting.rows;
            let taken = rest.slice(0, rest.num_rows().min(room));
            rest = rest.slice(taken.num_rows(), rest.num_rows() - taken.num_rows());
            let bytes = bytes_of(&taken);
            waiting.rows += taken.num_rows();
            waiting.bytes += bytes;
            waiting.batches.push(taken);
            self.bytes += bytes;
            if waiting.rows >= self.limits.chunk_rows || waiting.bytes >= self.limits.chunk_bytes {
                chunks.push(self.take(number));
            }
            if rest.num_rows() == 0 {
                break;
            }
        }
        if self.bytes > self.limits.waiting_bytes || self.memory.try_resize(self.bytes).is_err() {
            chunks.extend(self.take_largest());
            // What is smaller than before has room.
            self.memory.resize(self.bytes);
        }
        Ok(chunks)
    }

    /// All rows that still wait.
    pub(super) fn take_all(&mut self) -> Vec<Chunk> {
        let with_rows = (0..self.files.len()).filter(|&file| !self.files[file].batches.is_empty());
        let with_rows: Vec<usize> = with_rows.collect();
        let chunks = with_rows.into_iter().map(|file| self.take(file));
        let chunks = chunks.collect();
        self.memory.free();
        chunks
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
                });
                Ok(*new.insert(next))
            }
        }
    }

    fn take(&mut self, file: usize) -> Chunk {
        let waiting = &mut self.files[file];
        self.bytes -= waiting.bytes;
        waiting.rows = 0;
        waiting.bytes = 0;
        Chunk {
            file,
            key: Arc::clone(&waiting.key),
            batches: std::mem::take(&mut waiting.batches),
        }
    }

    /// The largest chunks, until a quarter of the room is free.
    fn take_largest(&mut self) -> Vec<Chunk> {
        let mut by_size: Vec<usize> = (0..self.files.len()).collect();
        by_size.sort_unstable_by_key(|&file| std::cmp::Reverse(self.files[file].bytes));
        let enough = self.bytes.min(self.limits.waiting_bytes) / 4 * 3;
        let mut chunks = Vec::new();
        for file in by_size {
            if self.bytes <= enough {
                break;
            }
            chunks.push(self.take(file));
        }
        chunks
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
