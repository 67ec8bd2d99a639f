//! How a table's files become rows: one folder a SerDe.
//!
//! A SerDe is named by its Java class, as the catalog keeps it; classes of several packages that
//! read the same files are one SerDe here.

pub(crate) mod align;
pub(crate) mod avro;
mod grok;
pub(crate) mod json;
pub(crate) mod lazy_simple;
pub(crate) mod open_csv;
pub(crate) mod orc;
mod parameters;
pub(crate) mod parquet;
mod regex;
pub(crate) mod text_limit;

use std::sync::Arc;

pub(crate) use self::parameters::Parameters;

use self::avro::AvroReader;
use self::grok::GrokLines;
use self::json::{Dialect, Json};
use self::lazy_simple::LazySimple;
use self::open_csv::OpenCsv;
use self::orc::OrcReader;
use self::regex::RegexLines;
use crate::EngineError;
use crate::table::RowSource;
use crate::text::{Margins, RecordEnd, TextFormat, TextReader};

/// The input format of CloudTrail's log files, whichever SerDe stands beside it ("Query AWS
/// CloudTrail logs", Athena user guide).
const CLOUDTRAIL_INPUT: &str = "CloudTrailInputFormat";

/// What reads the files of a table with a SerDe; `input_format` and `library` are Java classes.
///
/// # Errors
/// [`EngineError::UnsupportedFormat`] for SerDes that nothing here reads,
/// [`EngineError::InvalidMetadata`] for settings that make no sense.
pub(crate) fn row_source(
    table: &str,
    library: &str,
    input_format: &str,
    parameters: &Parameters<'_>,
) -> Result<RowSource, EngineError> {
    let margins = Margins {
        header: parameters.lines("skip.header.line.count"),
        footer: parameters.lines("skip.footer.line.count"),
    };
    let text = |format: Arc<dyn TextFormat>| {
        Ok(RowSource::Text(Arc::new(TextReader {
            format,
            table: table.to_owned(),
        })))
    };
    let json = |dialect, end| {
        text(Arc::new(Json {
            dialect,
            end,
            margins,
        }))
    };
    let class = library.rsplit('.').next().unwrap_or_default();
    let cloudtrail = input_format.ends_with(CLOUDTRAIL_INPUT);
    match class {
        "AvroSerDe" => Ok(RowSource::Avro(Arc::new(AvroReader))),
        "CloudTrailSerde" => json(Dialect::open_x(), RecordEnd::JsonObject { inside: 1 }),
        "JsonSerDe" if cloudtrail => json(Dialect::open_x(), RecordEnd::JsonObject { inside: 1 }),
        "JsonSerDe" if library.contains("openx") => {
            json(Dialect::of_open_x_table(parameters), RecordEnd::Line)
        }
        "JsonSerDe" => json(Dialect::of_hive_table(parameters), RecordEnd::Line),
        "ParquetHiveSerDe" => Ok(RowSource::TableParquet {
            by_index: parameters.is_true("parquet.column.index.access"),
        }),
        "OrcSerde" => Ok(RowSource::Orc(Arc::new(OrcReader {
            by_index: parameters
                .serde("orc.column.index.access")
                .is_none_or(|text| !text.trim().eq_ignore_ascii_case("false")),
        }))),
        "OpenCSVSerde" => text(Arc::new(OpenCsv::of_table(parameters, margins))),
        "LazySimpleSerDe" => text(Arc::new(LazySimple::of_table(parameters, margins))),
        "GrokSerDe" => text(Arc::new(GrokLines::of_table(table, parameters, margins)?)),
        "RegexSerDe" => text(Arc::new(RegexLines::of_table(table, parameters, margins)?)),
        "" => Err(EngineError::UnsupportedFormat(format!(
            "table {table} names no SerDe"
        ))),
        _ => Err(EngineError::UnsupportedFormat(format!(
            "table {table} has the SerDe '{library}', which lakebed does not read yet"
        ))),
    }
}
