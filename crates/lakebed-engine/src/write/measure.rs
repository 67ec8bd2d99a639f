use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use datafusion::error::DataFusionError;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::EngineError;

/// How many bytes each column of these rows takes in a Parquet file compressed with zstd.
///
/// # Errors
/// If Parquet cannot hold the rows.
pub fn parquet_column_sizes(batches: &[RecordBatch]) -> Result<BTreeMap<String, u64>, EngineError> {
    let Some(first) = batches.first() else {
        return Ok(BTreeMap::new());
    };
    let written = || {
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build();
        let mut writer = ArrowWriter::try_new(std::io::sink(), first.schema(), Some(properties))?;
        for batch in batches {
            writer.write(batch)?;
        }
        writer.close()
    };
    let metadata = written().map_err(DataFusionError::from)?;
    let mut sizes = BTreeMap::new();
    for chunk in metadata
        .row_groups()
        .iter()
        .flat_map(|group| group.columns())
    {
        let name = chunk.column_path().parts().first().cloned();
        let bytes = u64::try_from(chunk.compressed_size()).unwrap_or_default();
        *sizes.entry(name.unwrap_or_default()).or_default() += bytes;
    }
    Ok(sizes)
}
