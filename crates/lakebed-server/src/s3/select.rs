//! `SelectObjectContent`: records of an object by an expression.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use http::StatusCode;
use lakebed_select::{
    Compression, CsvOutput, HeaderUse, Input, InputFormat, JsonShape, OutputFormat, QuoteFields,
    Source, Statement,
};
use lakebed_storage::{
    BucketName, ByteRange, EtagMatch, GetObject, HeadObject, ObjectKey, ReadConditions, Storage,
};
use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::adapter::{S3Adapter, address};
use super::convert::{count, refusal};
use super::encryption::customer_key;

/// How many events may wait for the client.
const WAITING: usize = 4;

pub(super) async fn content(
    s3: &S3Adapter,
    request: S3Request<SelectObjectContentInput>,
) -> S3Result<S3Response<SelectObjectContentOutput>> {
    let customer_key = customer_key(&request.headers)?;
    let input = request.input;
    let (bucket, key) = address(&input.bucket, input.key)?;
    let asked = input.request;
    if asked.expression_type.as_str() != ExpressionType::SQL {
        return Err(refused(
            "InvalidExpressionType",
            "The ExpressionType is invalid. Only SQL expressions are supported.",
        ));
    }
    let statement = Statement::parse(&asked.expression).map_err(|error| select_error(&error))?;
    let format = input_of(&asked)?;
    let output = output_of(&asked.output_serialization)?;
    let progress = asked
        .request_progress
        .and_then(|progress| progress.enabled)
        .unwrap_or(false);
    let get = GetObject {
        customer_key,
        ..GetObject::default()
    };
    let head: HeadObject = get.clone();
    let head = s3.storage.head_object(&bucket, &key, head).await;
    let object = head.map_err(refusal)?.object;
    let source = StoredObject {
        storage: s3.storage.clone(),
        bucket,
        key,
        // All reads are of one version.
        get: GetObject {
            version: Some(object.version.clone()),
            conditions: ReadConditions {
                if_match: Some(EtagMatch::OneOf(vec![object.etag.as_str().to_owned()])),
                ..ReadConditions::default()
            },
            ..get
        },
        size: object.size,
        runtime: Handle::current(),
    };
    let (events, stream) = mpsc::channel(WAITING);
    tokio::task::spawn_blocking(move || {
        let source = Arc::new(source);
        run(&statement, source, &format, output, progress, &events);
    });
    Ok(S3Response::new(SelectObjectContentOutput {
        payload: Some(SelectObjectContentEventStream::new(ReceiverStream::new(
            stream,
        ))),
    }))
}

type Event = S3Result<SelectObjectContentEvent>;

/// Selects, and sends what comes of it. What goes wrong by now is an event, too.
fn run(
    statement: &Statement,
    source: Arc<dyn Source>,
    input: &Input,
    output: OutputFormat,
    with_progress: bool,
    events: &mpsc::Sender<Event>,
) {
    let send = |event| events.blocking_send(Ok(event)).is_ok();
    let selected = lakebed_select::select(statement, source, input, output, |chunk, progress| {
        let records = RecordsEvent {
            payload: Some(chunk),
        };
        let sent = send(SelectObjectContentEvent::Records(records));
        if !with_progress {
            return sent;
        }
        let details = Progress {
            bytes_processed: Some(count(progress.processed)),
            bytes_returned: Some(count(progress.returned)),
            bytes_scanned: Some(count(progress.scanned)),
        };
        sent && send(SelectObjectContentEvent::Progress(ProgressEvent {
            details: Some(details),
        }))
    });
    match selected {
        Ok(progress) => {
            let details = Stats {
                bytes_processed: Some(count(progress.processed)),
                bytes_returned: Some(count(progress.returned)),
                bytes_scanned: Some(count(progress.scanned)),
            };
            let stats = StatsEvent {
                details: Some(details),
            };
            if send(SelectObjectContentEvent::Stats(stats)) {
                send(SelectObjectContentEvent::End(EndEvent {}));
            }
        }
        Err(lakebed_select::Error::Receiver) => {}
        // Nobody may be left to hear it.
        Err(error) => drop(events.blocking_send(Err(select_error(&error)))),
    }
}

/// An object that is read by ranges, on a thread that may block.
struct StoredObject {
    storage: Storage,
    bucket: BucketName,
    key: ObjectKey,
    get: GetObject,
    size: u64,
    runtime: Handle,
}

impl Source for StoredObject {
    fn size(&self) -> u64 {
        self.size
    }

    fn read(&self, range: Range<u64>) -> io::Result<Bytes> {
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let get = GetObject {
            range: Some(ByteRange::Bounded {
                first: range.start,
                last: range.end - 1,
            }),
            ..self.get.clone()
        };
        self.runtime.block_on(async {
            let read = self
                .storage
                .get_object(&self.bucket, &self.key, get)
                .await
                .map_err(io::Error::other)?;
            let chunks: Vec<Bytes> = read.body.try_collect().await.map_err(io::Error::other)?;
            Ok(match <[Bytes; 1]>::try_from(chunks) {
                Ok([chunk]) => chunk,
                Err(chunks) => Bytes::from(chunks.concat()),
            })
        })
    }
}

fn input_of(asked: &SelectObjectContentRequest) -> S3Result<Input> {
    let input = &asked.input_serialization;
    let compression = match input.compression_type.as_ref().map(CompressionType::as_str) {
        None | Some(CompressionType::NONE) => Compression::None,
        Some(CompressionType::GZIP) => Compression::Gzip,
        Some(CompressionType::BZIP2) => Compression::Bzip2,
        Some(_) => {
            return Err(refused(
                "InvalidCompressionFormat",
                "The file is not in a supported compression format. Only GZIP and BZIP2 are supported.",
            ));
        }
    };
    let format = match (&input.csv, &input.json, &input.parquet) {
        (Some(csv), None, None) => InputFormat::Csv(csv_input(csv)?),
        (None, Some(json), None) => {
            InputFormat::Json(match json.type_.as_ref().map(JSONType::as_str) {
                Some(JSONType::LINES) => JsonShape::Lines,
                Some(JSONType::DOCUMENT) => JsonShape::Document,
                _ => {
                    return Err(refused(
                        "InvalidJsonType",
                        "The JsonType is invalid. Only DOCUMENT and LINES are supported.",
                    ));
                }
            })
        }
        (None, None, Some(_)) if compression == Compression::None => InputFormat::Parquet,
        (None, None, Some(_)) => {
            return Err(refused(
                "InvalidRequestParameter",
                "Parquet objects are compressed within: CompressionType must be NONE.",
            ));
        }
        (None, None, None) => {
            return Err(refused(
                "MissingRequiredParameter",
                "The SelectRequest entity is missing a required parameter: one of CSV, JSON and Parquet.",
            ));
        }
        _ => {
            return Err(refused(
                "ObjectSerializationConflict",
                "The SelectRequest entity can contain only one of CSV, JSON and Parquet.",
            ));
        }
    };
    let scan_range = match &asked.scan_range {
        None => None,
        Some(range) => Some(scan_range(range)?),
    };
    Ok(Input {
        format,
        compression,
        scan_range,
    })
}

fn scan_range(range: &ScanRange) -> S3Result<lakebed_select::ScanRange> {
    let invalid = || {
        refused(
            "InvalidScanRange",
            "The value of a parameter in ScanRange is not valid.",
        )
    };
    let byte = |at: Option<i64>| at.map(u64::try_from).transpose().map_err(|_| invalid());
    let range = lakebed_select::ScanRange {
        start: byte(range.start)?,
        end: byte(range.end)?,
    };
    match (range.start, range.end) {
        (None, None) => Err(invalid()),
        (Some(start), Some(end)) if start > end => Err(invalid()),
        _ => Ok(range),
    }
}

fn csv_input(csv: &CSVInput) -> S3Result<lakebed_select::CsvInput> {
    let usual = lakebed_select::CsvInput::default();
    let header = match csv.file_header_info.as_ref().map(FileHeaderInfo::as_str) {
        None | Some(FileHeaderInfo::NONE) => HeaderUse::None,
        Some(FileHeaderInfo::USE) => HeaderUse::Use,
        Some(FileHeaderInfo::IGNORE) => HeaderUse::Ignore,
        Some(_) => {
            return Err(refused(
                "InvalidFileHeaderInfo",
                "The FileHeaderInfo is invalid. Only NONE, USE, and IGNORE are supported.",
            ));
        }
    };
    Ok(lakebed_select::CsvInput {
        header,
        field_delimiter: one_byte(csv.field_delimiter.as_deref(), usual.field_delimiter)?,
        record_delimiter: match csv.record_delimiter.as_deref() {
            Some("\r\n") => b'\n',
            delimiter => one_byte(delimiter, usual.record_delimiter)?,
        },
        quote: one_byte(csv.quote_character.as_deref(), usual.quote)?,
        quote_escape: one_byte(csv.quote_escape_character.as_deref(), usual.quote_escape)?,
        comment: match csv.comments.as_deref() {
            None => None,
            comments => Some(one_byte(comments, b'#')?),
        },
    })
}

/// A delimiter of the input, which is one byte long here.
fn one_byte(text: Option<&str>, usual: u8) -> S3Result<u8> {
    match text.map(str::as_bytes) {
        None | Some([]) => Ok(usual),
        Some([byte]) => Ok(*byte),
        Some(_) => Err(refused(
            "InvalidRequestParameter",
            "Delimiters, quotes and comments of the input must be one ASCII character.",
        )),
    }
}

fn output_of(output: &OutputSerialization) -> S3Result<OutputFormat> {
    match (&output.csv, &output.json) {
        (Some(csv), None) => Ok(OutputFormat::Csv(csv_output(csv)?)),
        (None, Some(json)) => Ok(OutputFormat::Json {
            record_delimiter: json
                .record_delimiter
                .clone()
                .unwrap_or_else(|| "\n".to_owned()),
        }),
        (None, None) => Err(refused(
            "MissingRequiredParameter",
            "The SelectRequest entity is missing a required parameter: one of CSV and JSON.",
        )),
        (Some(_), Some(_)) => Err(refused(
            "ObjectSerializationConflict",
            "The SelectRequest entity can contain only one of CSV and JSON.",
        )),
    }
}

fn csv_output(csv: &CSVOutput) -> S3Result<CsvOutput> {
    let usual = CsvOutput::default();
    let character = |text: Option<&str>, usual: char| match text {
        None | Some("") => Ok(usual),
        Some(text) => {
            let mut characters = text.chars();
            match (characters.next(), characters.next()) {
                (Some(character), None) => Ok(character),
                _ => Err(refused(
                    "InvalidRequestParameter",
                    "Quotes of the output must be one character.",
                )),
            }
        }
    };
    Ok(CsvOutput {
        quote_fields: match csv.quote_fields.as_ref().map(lakebed_quote_fields) {
            None => usual.quote_fields,
            Some(Some(fields)) => fields,
            Some(None) => {
                return Err(refused(
                    "InvalidQuoteFields",
                    "The QuoteFields is invalid. Only ALWAYS and ASNEEDED are supported.",
                ));
            }
        },
        field_delimiter: csv.field_delimiter.clone().unwrap_or(usual.field_delimiter),
        record_delimiter: csv
            .record_delimiter
            .clone()
            .unwrap_or(usual.record_delimiter),
        quote: character(csv.quote_character.as_deref(), usual.quote)?,
        quote_escape: character(csv.quote_escape_character.as_deref(), usual.quote_escape)?,
    })
}

fn lakebed_quote_fields(fields: &s3s::dto::QuoteFields) -> Option<QuoteFields> {
    match fields.as_str() {
        s3s::dto::QuoteFields::ALWAYS => Some(QuoteFields::Always),
        s3s::dto::QuoteFields::ASNEEDED => Some(QuoteFields::AsNeeded),
        _ => None,
    }
}

fn refused(code: &'static str, message: &str) -> S3Error {
    let mut error = S3Error::with_message(S3ErrorCode::Custom(code.into()), message.to_owned());
    error.set_status_code(StatusCode::BAD_REQUEST);
    error
}

fn select_error(error: &lakebed_select::Error) -> S3Error {
    refused(error.code(), &error.to_string())
}
