//! `GetQueryResults`: pages of a result, read from its file.

use bytes::{Bytes, BytesMut};
use lakebed_storage::Storage;
use lakebed_wire::athena::{
    self, Datum, GetQueryResultsInput, GetQueryResultsOutput, ResultSet, ResultSetMetadata, Row,
};
use object_store::{ObjectStore, ObjectStoreExt};

use super::Athena;
use super::history::QueryRecord;
use crate::results::csv;
use crate::results::output::OutputFile;

const MAX_ROWS: usize = 1_000;
/// How much of the file is read at a time, in bytes.
const CHUNK: u64 = 1 << 20;

/// One page; the token is the offset in the file where the next one begins.
pub(super) async fn read(
    storage: &Storage,
    record: QueryRecord,
    request: &GetQueryResultsInput,
) -> Result<GetQueryResultsOutput, athena::Error> {
    let limit = request
        .max_results
        .and_then(|max| usize::try_from(max).ok())
        .unwrap_or(MAX_ROWS)
        .min(MAX_ROWS);
    let offset: u64 = match &request.next_token {
        Some(token) => token
            .parse()
            .map_err(|_| Athena::refusal("Invalid NextToken", "INVALID_INPUT"))?,
        None => 0,
    };
    let file = record.output_location().and_then(OutputFile::parse);
    let page = match file {
        Some(file) if has_rows(&file) => read_page(storage, &file, offset, limit).await?,
        _ => Page::default(),
    };
    Ok(GetQueryResultsOutput {
        update_count: record.update_count,
        result_set: Some(ResultSet {
            rows: Some(page.rows),
            result_set_metadata: Some(ResultSetMetadata {
                column_info: Some(record.columns),
            }),
        }),
        next_token: page.next.map(|offset| offset.to_string()),
    })
}

#[derive(Default)]
struct Page {
    rows: Vec<Row>,
    /// Where the next page begins, if there is one.
    next: Option<u64>,
}

/// Statements that write leave no rows.
fn has_rows(file: &OutputFile) -> bool {
    file.key.ends_with(".csv") || file.key.ends_with(".txt")
}

async fn read_page(
    storage: &Storage,
    file: &OutputFile,
    offset: u64,
    limit: usize,
) -> Result<Page, athena::Error> {
    let store = storage.object_store(&file.bucket);
    let path = file.path();
    let size = store.head(&path).await.map_err(unreadable)?.size;
    let read_row = match file.key.ends_with(".csv") {
        true => read_csv_row,
        false => read_line,
    };
    let mut page = Page::default();
    let mut buffer = BytesMut::new();
    let mut loaded = offset.min(size);
    let mut at = loaded;
    while page.rows.len() < limit && at < size {
        let rest = &buffer[..];
        if let Some((row, length)) = read_row(rest, loaded == size) {
            page.rows.push(row);
            at += length as u64;
            let _ = buffer.split_to(length.min(buffer.len()));
        } else if loaded < size {
            let chunk = chunk(store.as_ref(), &path, loaded, size).await?;
            loaded += chunk.len() as u64;
            buffer.extend_from_slice(&chunk);
        } else {
            break;
        }
    }
    page.next = (at < size && page.rows.len() == limit).then_some(at);
    Ok(page)
}

async fn chunk(
    store: &dyn ObjectStore,
    path: &object_store::path::Path,
    from: u64,
    size: u64,
) -> Result<Bytes, athena::Error> {
    let to = size.min(from + CHUNK);
    store.get_range(path, from..to).await.map_err(unreadable)
}

fn unreadable(error: object_store::Error) -> athena::Error {
    match error {
        object_store::Error::NotFound { .. } => {
            Athena::refusal("Could not find results", "RESULT_NOT_FOUND")
        }
        other => athena::Error::Internal(other.to_string()),
    }
}

fn datum(text: Option<String>) -> Datum {
    Datum {
        var_char_value: text,
    }
}

fn read_csv_row(bytes: &[u8], _: bool) -> Option<(Row, usize)> {
    let (values, length) = csv::read_row(bytes)?;
    let row = Row {
        data: Some(values.into_iter().map(datum).collect()),
    };
    Some((row, length))
}

/// A line is one value, whatever columns it holds; the last one has no line feed.
fn read_line(bytes: &[u8], is_last: bool) -> Option<(Row, usize)> {
    let (line, length) = match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&bytes[..end], end + 1),
        None if is_last => (bytes, bytes.len()),
        None => return None,
    };
    let text = String::from_utf8_lossy(line).into_owned();
    let row = Row {
        data: Some(vec![datum(Some(text))]),
    };
    Some((row, length))
}
