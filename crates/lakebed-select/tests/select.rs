//! What expressions select, from objects in memory.
#![allow(clippy::unwrap_used)]

use std::io;
use std::io::Write;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use lakebed_select::{
    Compression, CsvInput, CsvOutput, Error, HeaderUse, Input, InputFormat, JsonShape,
    OutputFormat, ScanRange, Source, Statement, select,
};
use rstest::rstest;

struct Memory(Bytes);

impl Source for Memory {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read(&self, range: Range<u64>) -> io::Result<Bytes> {
        Ok(self.0.slice(range.start as usize..range.end as usize))
    }
}

fn run(object: &[u8], input: &Input, output: OutputFormat, text: &str) -> Result<String, Error> {
    let statement = Statement::parse(text)?;
    let mut written = Vec::new();
    let source = Arc::new(Memory(Bytes::copy_from_slice(object)));
    select(&statement, source, input, output, |chunk, _| {
        written.extend_from_slice(&chunk);
        true
    })?;
    Ok(String::from_utf8(written).unwrap())
}

fn csv(header: HeaderUse) -> Input {
    Input {
        format: InputFormat::Csv(CsvInput {
            header,
            ..CsvInput::default()
        }),
        compression: Compression::None,
        scan_range: None,
    }
}

fn json(shape: JsonShape) -> Input {
    Input {
        format: InputFormat::Json(shape),
        ..csv(HeaderUse::None)
    }
}

const PEOPLE: &[u8] = b"name,Age,city\nana,31,Seoul\nbo,7,\"Busan, KR\"\ncho,,Seoul\n";

fn of_people(text: &str) -> Result<String, Error> {
    run(
        PEOPLE,
        &csv(HeaderUse::Use),
        OutputFormat::Csv(CsvOutput::default()),
        text,
    )
}

#[rstest]
#[case("SELECT * FROM S3Object LIMIT 2", "ana,31,Seoul\nbo,7,\"Busan, KR\"\n")]
#[case("SELECT s.NAME FROM S3Object s WHERE s.city = 'Seoul'", "ana\ncho\n")]
#[case("SELECT s.\"Age\", s.\"age\" FROM S3Object s LIMIT 1", "31,\n")]
#[case(
    "SELECT _1, _3 FROM S3Object WHERE age <> '' AND CAST(age AS INT) > 10",
    "ana,Seoul\n"
)]
#[case(
    "SELECT name FROM S3Object WHERE age > 10 OR name LIKE 'b%'",
    "ana\nbo\n"
)]
#[case("SELECT name FROM S3Object WHERE name NOT IN ('ana', 'bo')", "cho\n")]
#[case("SELECT name FROM S3Object WHERE name BETWEEN 'b' AND 'c'", "bo\n")]
#[case(
    "SELECT name FROM S3Object WHERE nothing IS MISSING AND NOT name IS NULL LIMIT 1",
    "ana\n"
)]
#[case(
    "SELECT COUNT(*), SUM(CAST(age AS INT)), MIN(name), MAX(name) FROM S3Object WHERE age <> ''",
    "2,38,ana,bo\n"
)]
#[case(
    "SELECT AVG(CAST(age AS FLOAT)) * 2 FROM S3Object WHERE age <> ''",
    "38\n"
)]
#[case("SELECT COUNT(name) FROM S3Object WHERE name = 'nobody'", "0\n")]
#[case("SELECT SUM(age) FROM S3Object WHERE name = 'nobody'", "\n")]
#[case(
    "SELECT UPPER(name) || '-' || CHAR_LENGTH(city) FROM S3Object LIMIT 1",
    "ANA-5\n"
)]
#[case(
    "SELECT SUBSTRING(city, 1, 3), SUBSTRING(city FROM 4) FROM S3Object LIMIT 1",
    "Seo,ul\n"
)]
#[case(
    "SELECT TRIM(BOTH 'a' FROM name), TRIM('  x ') FROM S3Object LIMIT 1",
    "n,x\n"
)]
#[case(
    "SELECT CASE WHEN age > 18 THEN 'old' ELSE 'young' END FROM S3Object LIMIT 2",
    "old\nyoung\n"
)]
#[case(
    "SELECT COALESCE(nothing, name), NULLIF(name, 'ana') FROM S3Object LIMIT 1",
    "ana,\n"
)]
#[case(
    "SELECT 1 + 2 * 3, 7 / 2, 7 % 4, -(2), 1.5 * 2 FROM S3Object LIMIT 1",
    "7,3,3,-2,3\n"
)]
#[case(
    "SELECT EXTRACT(YEAR FROM TO_TIMESTAMP('2010-01-01T')), DATE_DIFF(month, `2010-01T`, `2011-03T`) FROM S3Object LIMIT 1",
    "2010,14\n"
)]
#[case(
    "SELECT DATE_ADD(day, 1, TO_TIMESTAMP('2010-02-28')) FROM S3Object LIMIT 1",
    "2010-03-01T00:00:00Z\n"
)]
#[case("SELECT name FROM S3Object LIMIT 0", "")]
fn csv_records_are_selected(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(of_people(text).unwrap(), expected);
}

#[rstest]
#[case("SELECT CAST(name AS INT) FROM S3Object", "CastFailed")]
#[case("SELECT name + 1 FROM S3Object", "EvaluatorInvalidArguments")]
#[case("SELECT 1 / 0 FROM S3Object", "DivisionByZero")]
#[case("SELECT 9223372036854775807 + 1 FROM S3Object", "IntegerOverflow")]
#[case(
    "SELECT TO_STRING(`2010T`, 'bbb') FROM S3Object",
    "EvaluatorInvalidTimestampFormatPattern"
)]
fn what_cannot_be_evaluated_is_an_error(#[case] text: &str, #[case] code: &str) {
    assert_eq!(of_people(text).unwrap_err().code(), code);
}

#[test]
fn a_header_is_a_record_names_or_nothing() {
    let count = |header| {
        let output = OutputFormat::Csv(CsvOutput::default());
        run(
            PEOPLE,
            &csv(header),
            output,
            "SELECT COUNT(*) FROM S3Object",
        )
        .unwrap()
    };
    assert_eq!(count(HeaderUse::None), "4\n");
    assert_eq!(count(HeaderUse::Ignore), "3\n");
    assert_eq!(count(HeaderUse::Use), "3\n");
}

const NESTED: &[u8] = br#"{"id":1,"tags":["a","b"],"at":{"City":"Seoul"}}
{"id":2,"at":{"City":null},"extra":true}
"#;

#[rstest]
#[case(
    "SELECT * FROM S3Object s WHERE s.id = 2",
    "{\"id\":2,\"at\":{\"City\":null},\"extra\":true}\n"
)]
#[case(
    "SELECT s.at.city, s.tags[1] AS tag FROM S3Object s",
    "{\"city\":\"Seoul\",\"tag\":\"b\"}\n{\"city\":null}\n"
)]
#[case(
    "SELECT t FROM S3Object[*].tags[*] t",
    "{\"_1\":\"a\"}\n{\"_1\":\"b\"}\n"
)]
#[case("SELECT s.id FROM S3Object s WHERE s.at.City IS NULL", "{\"id\":2}\n")]
#[case("SELECT s.id FROM S3Object s WHERE s.tags IS MISSING", "{\"id\":2}\n")]
#[case("SELECT SUM(s.id) AS total FROM S3Object s", "{\"total\":3}\n")]
fn json_records_are_selected(#[case] text: &str, #[case] expected: &str) {
    let output = OutputFormat::Json {
        record_delimiter: "\n".to_owned(),
    };
    let selected = run(NESTED, &json(JsonShape::Lines), output.clone(), text).unwrap();
    assert_eq!(selected, expected);
    // The same records one after the other are a document, too.
    let selected = run(NESTED, &json(JsonShape::Document), output, text).unwrap();
    assert_eq!(selected, expected);
}

#[test]
fn a_document_may_be_a_list_of_records() {
    let output = OutputFormat::Csv(CsvOutput::default());
    let document = br#"[{"a": 1}, {"a": 2}]"#;
    let text = "SELECT r.a FROM S3Object[*] r";
    let selected = run(document, &json(JsonShape::Document), output, text).unwrap();
    assert_eq!(selected, "1\n2\n");
}

#[test]
fn a_scan_range_means_the_records_that_begin_in_it() {
    let object = b"one\ntwo\nthree\nfour\n";
    let selected = |start, end| {
        let input = Input {
            scan_range: Some(ScanRange { start, end }),
            ..csv(HeaderUse::None)
        };
        let output = OutputFormat::Csv(CsvOutput::default());
        run(object, &input, output, "SELECT * FROM S3Object").unwrap()
    };
    assert_eq!(selected(Some(0), Some(4)), "one\n");
    assert_eq!(selected(Some(0), Some(5)), "one\ntwo\n");
    assert_eq!(selected(Some(4), Some(9)), "two\nthree\n");
    assert_eq!(selected(Some(5), None), "three\nfour\n");
    assert_eq!(selected(None, Some(7)), "four\n");
    // Ranges that touch give every record once.
    for cut in 0..object.len() as u64 {
        let whole = selected(Some(0), Some(cut)) + &selected(Some(cut), None);
        assert_eq!(whole.as_bytes(), object, "{cut}");
    }
}

#[test]
fn compressed_objects_are_read() {
    let text = "SELECT COUNT(*) FROM S3Object";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(PEOPLE).unwrap();
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(PEOPLE).unwrap();
    for (compression, object) in [
        (Compression::Gzip, gzip.finish().unwrap()),
        (Compression::Bzip2, bzip2.finish().unwrap()),
    ] {
        let input = Input {
            compression,
            ..csv(HeaderUse::Use)
        };
        let output = OutputFormat::Csv(CsvOutput::default());
        assert_eq!(run(&object, &input, output, text).unwrap(), "3\n");
    }
}

#[rstest]
#[case(json(JsonShape::Lines), b"{\"a\":1}\n{\"a\":\n", "JSONParsingError")]
#[case(json(JsonShape::Document), b"{\"a\":1} {", "JSONParsingError")]
#[case(csv(HeaderUse::None), b"a,\xff\n", "InvalidTextEncoding")]
#[case(Input { format: InputFormat::Parquet, ..csv(HeaderUse::None) }, b"no parquet", "ParquetParsingError")]
#[case(Input { compression: Compression::Gzip, ..csv(HeaderUse::None) }, b"no gzip", "TruncatedInput")]
fn objects_that_are_something_else_are_errors(
    #[case] input: Input,
    #[case] object: &[u8],
    #[case] code: &str,
) {
    let output = OutputFormat::Csv(CsvOutput::default());
    let error = run(object, &input, output, "SELECT * FROM S3Object").unwrap_err();
    assert_eq!(error.code(), code, "{error}");
}
