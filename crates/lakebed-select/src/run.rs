use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use crate::evaluate::{Accumulator, Record, Scope, evaluate, truth};
use crate::input::{
    Counter, CsvRecords, Input, InputFormat, JsonRecords, ParquetRecords, Source, open,
    record_bounds,
};
use crate::output::OutputFormat;
use crate::statement::{Expression, Item, Items, Statement, Step};
use crate::value::Value;
use crate::{Compression, Error, HeaderUse, Result};

/// How much is gathered before it is handed on. S3 sends at most 1 MB at once.
const CHUNK_BYTES: usize = 512 * 1024;

/// How far a selection has come. In bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Read from the object.
    pub scanned: u64,
    /// Of these, uncompressed.
    pub processed: u64,
    /// Handed on.
    pub returned: u64,
}

/// Selects records of an object, and hands what is written to `send`, chunk by chunk, with how
/// far it has come. Blocks. Says at the end how far it came.
///
/// # Errors
/// [`Error::Data`] for an object that is not what `input` says, [`Error::Evaluate`],
/// [`Error::Receiver`] once `send` answers false.
pub fn select(
    statement: &Statement,
    source: Arc<dyn Source>,
    input: &Input,
    output: OutputFormat,
    send: impl FnMut(Bytes, Progress) -> bool,
) -> Result<Progress> {
    let mut selection = Selection {
        statement,
        output,
        send,
        scanned: Counter::default(),
        processed: Counter::default(),
        returned: 0,
        buffer: Vec::new(),
        left: statement.limit.unwrap_or(u64::MAX),
        accumulators: statement
            .aggregates
            .iter()
            .map(|aggregate| Accumulator::new(aggregate.kind))
            .collect(),
    };
    selection.run(source, input)?;
    selection.finish()
}

struct Selection<'s, F> {
    statement: &'s Statement,
    output: OutputFormat,
    send: F,
    scanned: Counter,
    processed: Counter,
    returned: u64,
    buffer: Vec<u8>,
    /// How many records may still be written.
    left: u64,
    accumulators: Vec<Accumulator>,
}

impl<F: FnMut(Bytes, Progress) -> bool> Selection<'_, F> {
    fn run(&mut self, source: Arc<dyn Source>, input: &Input) -> Result<()> {
        let ranged = input.scan_range.is_some();
        if ranged && input.compression != Compression::None {
            return Err(Error::data(
                "UnsupportedScanRangeInput",
                "Scan range queries are not supported on this type of object.",
            ));
        }
        let (begin, partial, end) = record_bounds(input.scan_range, source.size());
        let reader = |from| {
            open(
                Arc::clone(&source),
                from,
                input.compression,
                &self.scanned,
                &self.processed,
            )
        };
        match &input.format {
            InputFormat::Csv(format) => {
                // Only `[*]` leads anywhere from a line.
                if self.statement.from.iter().any(|step| *step != Step::Each) {
                    return Ok(());
                }
                let header = if begin > 0 && format.header == HeaderUse::Use {
                    Some(CsvRecords::header(reader(0), format)?)
                } else {
                    None
                };
                let mut records =
                    CsvRecords::new(reader(begin), format, header, begin, partial, end)?;
                while self.left > 0
                    && let Some(record) = records.next()?
                {
                    self.take(&record)?;
                }
            }
            InputFormat::Json(shape) => {
                if ranged && *shape == crate::JsonShape::Document {
                    return Err(Error::data(
                        "UnsupportedScanRangeInput",
                        "Scan range queries are not supported on this type of object.",
                    ));
                }
                let from = self.statement.from.clone();
                let mut records =
                    JsonRecords::new(reader(begin), *shape, from, begin, partial, end)?;
                while self.left > 0
                    && let Some(record) = records.next()?
                {
                    self.take(&record)?;
                }
            }
            InputFormat::Parquet => {
                let mut records = ParquetRecords::new(source, &self.scanned)?;
                while self.left > 0
                    && let Some(record) = records.next()?
                {
                    for record in crate::evaluate::records(record, &self.statement.from) {
                        self.take(&record)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Holds a record against the expression, and writes or counts it.
    fn take<R: Record>(&mut self, record: &R) -> Result<()> {
        let statement = self.statement;
        let scope = Scope {
            record: Some(record),
            aggregates: &[],
        };
        if let Some(filter) = &statement.filter
            && truth(&*evaluate(filter, &scope)?) != Some(true)
        {
            return Ok(());
        }
        if !statement.aggregates.is_empty() {
            for (aggregate, accumulator) in statement.aggregates.iter().zip(&mut self.accumulators)
            {
                match &aggregate.argument {
                    None => accumulator.count_record(),
                    Some(argument) => accumulator.add(&*evaluate(argument, &scope)?)?,
                }
            }
            return Ok(());
        }
        self.left -= 1;
        let fields = match &statement.items {
            Items::All => record.fields(),
            Items::Some(items) => named(items, &scope)?,
        };
        self.output.write(&fields, &mut self.buffer)?;
        if self.buffer.len() >= CHUNK_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let chunk = Bytes::from(std::mem::take(&mut self.buffer));
        self.returned += chunk.len() as u64;
        let progress = self.progress();
        if (self.send)(chunk, progress) {
            Ok(())
        } else {
            Err(Error::Receiver)
        }
    }

    fn progress(&self) -> Progress {
        let scanned = self.scanned.get();
        Progress {
            scanned,
            processed: match self.processed.get() {
                // Parquet is not unpacked as a whole.
                0 => scanned,
                processed => processed,
            },
            returned: self.returned,
        }
    }

    fn finish(mut self) -> Result<Progress> {
        let statement = self.statement;
        if !statement.aggregates.is_empty()
            && let Items::Some(items) = &statement.items
            && self.left > 0
        {
            let accumulators = std::mem::take(&mut self.accumulators);
            let aggregates: Vec<Value> =
                accumulators.into_iter().map(Accumulator::finish).collect();
            let scope: Scope<'_, Value> = Scope {
                record: None,
                aggregates: &aggregates,
            };
            let fields = named(items, &scope)?;
            self.output.write(&fields, &mut self.buffer)?;
        }
        if !self.buffer.is_empty() {
            self.flush()?;
        }
        Ok(self.progress())
    }
}

/// The columns of one answer, each with its name: the one it was given, the last of its path, or
/// its position.
fn named<'v, R: Record>(
    items: &'v [Item],
    scope: &Scope<'v, R>,
) -> Result<Vec<(Cow<'v, str>, Cow<'v, Value>)>> {
    let mut fields = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        let name = match (&item.name, &item.expression) {
            (Some(name), _) => Cow::Borrowed(name.as_str()),
            (None, Expression::Path(steps)) => match steps.last() {
                Some(Step::Name(name) | Step::Quoted(name)) => Cow::Borrowed(name.as_str()),
                _ => Cow::Owned(format!("_{}", at + 1)),
            },
            (None, _) => Cow::Owned(format!("_{}", at + 1)),
        };
        fields.push((name, evaluate(&item.expression, scope)?));
    }
    Ok(fields)
}
