use lakebed_engine::{AvroCompression, WriteFormat, WriteOptions};

use crate::bed::{AVRO, Bed, Partitions, rows, table};

/// Writes the rows of a query as the Avro file of `s3://lake/t/`.
async fn write(bed: &Bed, compression: AvroCompression, sql: &str) {
    let options = WriteOptions {
        file_stem: "a".to_owned(),
        ..WriteOptions::new("s3://lake/t/", WriteFormat::Avro(compression))
    };
    bed.write(sql, options).await.unwrap();
}

#[tokio::test]
async fn columns_are_found_by_name_and_widened() {
    let bed = Bed::new().await;
    let sql = "SELECT arrow_cast(1, 'Int32') AS \"Id\", 'Kim' AS name, \
               named_struct('Zip', 7) AS place, 2 AS unwanted";
    write(&bed, AvroCompression::Snappy, sql).await;
    let table = table(
        &[
            "name string",
            "missing int",
            "place struct<city:string,zip:bigint>",
            "id bigint",
        ],
        "s3://lake/t/",
        AVRO,
        &[],
    );
    assert_eq!(
        bed.query(&table, "SELECT * FROM t").await.unwrap(),
        "+------+---------+------------------+----+\n\
         | name | missing | place            | id |\n\
         +------+---------+------------------+----+\n\
         | Kim  |         | {city: , zip: 7} | 1  |\n\
         +------+---------+------------------+----+"
    );
    assert_eq!(
        bed.query(&table, "SELECT count(*) AS n FROM t")
            .await
            .unwrap(),
        "+---+\n| n |\n+---+\n| 1 |\n+---+"
    );
}

#[tokio::test]
async fn what_does_not_fit_names_file_and_column() {
    let bed = Bed::new().await;
    write(&bed, AvroCompression::Deflate, "SELECT 'x' AS id, 1 AS n").await;
    let wrong = table(&["id int", "n bigint"], "s3://lake/t/", AVRO, &[]);
    assert_eq!(
        bed.error(&wrong, "SELECT id FROM t").await,
        "HIVE_BAD_DATA: Field id's type string in avro file s3://lake/t/a-00000.avro is \
         incompatible with type int defined in table schema"
    );
    assert!(bed.query(&wrong, "SELECT n FROM t").await.is_ok());
    for content in ["", "Obj", "no Avro at all, but long enough for a header"] {
        bed.put("u/a.avro", format!("{content}\n")).await;
        let broken = table(&["id int"], "s3://lake/u/", AVRO, &[]);
        let error = bed.error(&broken, "SELECT id FROM t").await;
        assert!(
            error.starts_with("HIVE_BAD_DATA: Not valid Avro file: s3://lake/u/a.avro"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn large_files_are_read_in_pieces_without_losing_rows() {
    let bed = Bed::new().await;
    let sql = "SELECT n, 'row, number ' || n || ', and some filling to make the file large' AS s \
               FROM generate_series(0, 399999) AS t(n)";
    write(&bed, AvroCompression::None, sql).await;
    let table = table(&["n bigint", "s string"], "s3://lake/t/", AVRO, &[]);
    let table = lakebed_engine::LakeTable::try_new(&table, std::sync::Arc::new(Partitions::none()))
        .unwrap();
    let session = bed.session_with(table);
    assert_eq!(
        rows(
            &session,
            "SELECT count(*) AS c, sum(n) AS total, count(DISTINCT s) AS d FROM t"
        )
        .await
        .unwrap(),
        "+--------+-------------+--------+\n\
         | c      | total       | d      |\n\
         +--------+-------------+--------+\n\
         | 400000 | 79999800000 | 400000 |\n\
         +--------+-------------+--------+"
    );
    let scanned = session.scanned_bytes();
    assert!(
        scanned > 16 << 20,
        "large enough for several pieces: {scanned}"
    );
}
