"""S3 Select on the wire: expressions, formats, refusals."""

import gzip
import io
import json

import pyarrow
import pyarrow.parquet
import pytest
from botocore.exceptions import ClientError

PEOPLE = b"name,age,city\nana,31,Seoul\nbo,7,\"Busan, KR\"\ncho,44,Seoul\n"
CSV = {"CSV": {"FileHeaderInfo": "USE"}}


def select(s3, key, expression, source=CSV, output=None, **options):
    """What is selected, and the statistics."""
    events = s3.select_object_content(
        Bucket="lake",
        Key=key,
        Expression=expression,
        ExpressionType="SQL",
        InputSerialization=source,
        OutputSerialization=output or {"CSV": {}},
        **options,
    )["Payload"]
    records, stats, ended = b"", None, False
    for event in events:
        records += event.get("Records", {}).get("Payload", b"")
        stats = event["Stats"]["Details"] if "Stats" in event else stats
        ended |= "End" in event
    assert ended
    return records.decode(), stats


def refused(s3, *arguments, **options):
    with pytest.raises(ClientError) as error:
        select(s3, *arguments, **options)
    return error.value.response["Error"]["Code"]


def test_records_of_csv_are_selected(s3, bucket):
    s3.put_object(Bucket=bucket, Key="people.csv", Body=PEOPLE)
    where = "WHERE CAST(s.age AS INT) > 10"
    records, stats = select(s3, "people.csv", f"SELECT s.name, s.city FROM S3Object s {where}")
    assert records == "ana,Seoul\ncho,Seoul\n"
    assert stats["BytesScanned"] == len(PEOPLE)
    assert stats["BytesReturned"] == len(records)
    as_json = {"JSON": {}}
    records, _ = select(s3, "people.csv", "SELECT * FROM S3Object s LIMIT 1", output=as_json)
    assert json.loads(records) == {"name": "ana", "age": "31", "city": "Seoul"}
    records, _ = select(s3, "people.csv", "SELECT COUNT(*), AVG(CAST(age AS FLOAT)) FROM S3Object")
    count, average = records.strip().split(",")
    assert (count, float(average)) == ("3", pytest.approx(82 / 3))


def test_other_formats_are_read(s3, bucket):
    rows = [{"id": 1, "tags": ["a", "b"]}, {"id": 2, "tags": []}]
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    s3.put_object(Bucket=bucket, Key="rows.jsonl.gz", Body=gzip.compress(lines))
    source = {"JSON": {"Type": "LINES"}, "CompressionType": "GZIP"}
    records, stats = select(s3, "rows.jsonl.gz", "SELECT s.tags[1] FROM S3Object s WHERE s.id = 1", source)
    assert (records, stats["BytesProcessed"]) == ("b\n", len(lines))

    table = pyarrow.table({"id": [1, 2, 3], "name": ["ana", None, "cho"]})
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer)
    s3.put_object(Bucket=bucket, Key="t.parquet", Body=buffer.getvalue())
    records, _ = select(
        s3, "t.parquet", "SELECT * FROM S3Object s WHERE s.name IS NOT NULL", {"Parquet": {}}, {"JSON": {}}
    )
    assert [json.loads(line) for line in records.splitlines()] == [
        {"id": 1, "name": "ana"},
        {"id": 3, "name": "cho"},
    ]


def test_ranges_of_a_large_object_give_every_record_once(s3, bucket):
    lines = "".join(f"{number},{number % 7}\n" for number in range(200_000)).encode()
    s3.put_object(Bucket=bucket, Key="large.csv", Body=lines)
    source = {"CSV": {"FileHeaderInfo": "NONE"}}
    counted = 0
    for start in range(0, len(lines), 500_000):
        scan = {"Start": start, "End": min(start + 500_000, len(lines))}
        records, _ = select(s3, "large.csv", "SELECT COUNT(*) FROM S3Object", source, ScanRange=scan)
        counted += int(records)
    assert counted == 200_000
    records, _ = select(s3, "large.csv", "SELECT _1 FROM S3Object WHERE _2 = '3'", source)
    assert records == "".join(f"{number}\n" for number in range(200_000) if number % 7 == 3)


@pytest.mark.parametrize(
    "expression, options, code",
    [
        ("SELECT FROM S3Object", {}, "ParseUnexpectedKeyword"),
        ("SELECT a FROM elsewhere", {}, "InvalidDataSource"),
        ("SELECT a FROM S3Object GROUP BY a", {}, "UnsupportedSqlStructure"),
        ("SELECT * FROM S3Object", {"source": {}}, "MissingRequiredParameter"),
        ("SELECT * FROM S3Object", {"source": {"CSV": {"FileHeaderInfo": "MAYBE"}}}, "InvalidFileHeaderInfo"),
        ("SELECT * FROM S3Object", {"ScanRange": {"Start": 9, "End": 1}}, "InvalidScanRange"),
    ],
)
def test_what_cannot_be_asked_is_refused(s3, bucket, expression, options, code):
    s3.put_object(Bucket=bucket, Key="people.csv", Body=PEOPLE)
    assert refused(s3, "people.csv", expression, **options) == code


def test_an_object_must_be_there(s3, bucket):
    assert refused(s3, "missing.csv", "SELECT * FROM S3Object") == "NoSuchKey"
