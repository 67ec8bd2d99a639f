//! Rows that wait on disk, because memory has no room for those of so many files.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::FileReader;
use arrow::ipc::writer::FileWriter;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SpillFile;
use datafusion::execution::disk_manager::DiskManager;

/// What was spilled so far: a file of Arrow IPC each time, with one batch for each file to be
/// written.
pub(super) struct SpilledRows {
    disk: Arc<DiskManager>,
    schema: SchemaRef,
    runs: Vec<Run>,
}

struct Run {
    /// Gone with the last of those who hold it.
    _file: Arc<dyn SpillFile>,
    reader: FileReader<BufReader<File>>,
    /// Which batch is whose.
    batches: HashMap<usize, usize>,
}

impl SpilledRows {
    pub(super) fn none(disk: Arc<DiskManager>, schema: SchemaRef) -> Self {
        Self {
            disk,
            schema,
            runs: Vec::new(),
        }
    }

    /// Puts the rows of some files, by their numbers, on disk.
    ///
    /// # Errors
    /// If the disk has no room for them, or may not give it.
    pub(super) fn spill(&mut self, rows: Vec<(usize, Vec<RecordBatch>)>) -> Result<()> {
        let file = self.disk.create_tmp_file("writing partitions")?;
        let mut writer = FileWriter::try_new(file.open_writer()?, &self.schema)?;
        let mut batches = HashMap::with_capacity(rows.len());
        for (number, (owner, rows)) in rows.into_iter().enumerate() {
            writer.write(&concat_batches(&self.schema, &rows)?)?;
            batches.insert(owner, number);
        }
        writer.finish()?;
        writer.get_mut().finish()?;
        let path = file.path().ok_or_else(|| {
            DataFusionError::Internal("rows can be spilled to files only".to_owned())
        })?;
        let reader = FileReader::try_new_buffered(File::open(path)?, None)?;
        self.runs.push(Run {
            _file: file,
            reader,
            batches,
        });
        Ok(())
    }

    /// The rows of one file, in the order in which they were spilled; they are not kept.
    pub(super) fn take(&mut self, owner: usize) -> Result<Vec<RecordBatch>> {
        let mut rows = Vec::new();
        for run in &mut self.runs {
            let Some(number) = run.batches.remove(&owner) else {
                continue;
            };
            run.reader.set_index(number)?;
            if let Some(batch) = run.reader.next() {
                rows.push(batch?);
            }
        }
        self.runs.retain(|run| !run.batches.is_empty());
        Ok(rows)
    }
}
