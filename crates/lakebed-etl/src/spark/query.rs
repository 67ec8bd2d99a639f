//! Running one Spark SQL query over named frames.

use std::sync::Arc;

use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList,
    MemorySchemaProvider,
};
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::prelude::{DataFrame, SessionContext};
use datafusion::sql::parser::Statement as DataFusionStatement;
use datafusion::sql::sqlparser::ast::{Query, Statement};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
use lakebed_core::Timestamp;

use super::dialect::SparkDialect;
use super::functions;
use super::names::{Spelling, lowered};
use super::planner::{SparkExprPlanner, SparkTypePlanner};
use super::rewrite::rewrite;
use crate::error::NodeError;

/// A frame under the name a query uses for it.
#[derive(Debug)]
pub(crate) struct Alias {
    pub(crate) name: String,
    pub(crate) frame: DataFrame,
    /// The same rows with the path of the file each came from, as last column.
    pub(crate) with_file_name: Option<DataFrame>,
}

/// Plans a query; `now` is what `current_timestamp()` gives.
///
/// # Errors
/// If the text is not one query, or names what is not there.
pub(crate) async fn run(
    sql: &str,
    inputs: Vec<Alias>,
    now: Timestamp,
) -> Result<DataFrame, NodeError> {
    run_over(sql, inputs, None, now).await
}

/// Finds a table by its database and name.
pub(crate) type FindTable<'a> = &'a (dyn Fn(&str, &str) -> Result<DataFrame, NodeError> + Sync);

/// The same for a query that may also name tables as `database.table`.
///
/// # Errors
/// As [`run`], or if such a table is not found.
pub(crate) async fn run_over(
    sql: &str,
    inputs: Vec<Alias>,
    tables: Option<FindTable<'_>>,
    now: Timestamp,
) -> Result<DataFrame, NodeError> {
    let as_written = parse(sql, |name| name)?;
    let mut query = parse(sql, |name| name.to_lowercase())?;
    let Some(first) = inputs.first() else {
        return Err(NodeError::Setting("the query has no input".to_owned()));
    };
    let state = first.frame.clone().into_parts().0;
    let columns: Vec<String> = inputs
        .iter()
        .flat_map(|input| input.frame.schema().fields().iter())
        .map(|field| field.name().clone())
        .collect();
    let spelling = Spelling::of(&as_written, columns.into_iter());
    // Spark forgets file names when it brings inputs together.
    let of_files = inputs
        .iter()
        .filter(|input| input.with_file_name.is_some())
        .count();
    let file_name_asked = rewrite(&mut query, of_files == 1).map_err(NodeError::Setting)?;
    let spark = spark_session(&state, now)?;
    for input in inputs {
        let frame = input
            .with_file_name
            .filter(|_| file_name_asked)
            .unwrap_or(input.frame);
        let view = lowered(frame)?.into_view();
        spark.register_table(input.name.to_lowercase(), view)?;
    }
    let statement = Statement::Query(Box::new(query));
    let statement = DataFusionStatement::Statement(Box::new(statement));
    if let Some(find) = tables {
        register_tables(&spark, &statement, find)?;
    }
    let plan = spark.state().statement_to_plan(statement).await?;
    spelling.apply(DataFrame::new(state, plan))
}

/// Makes the tables known that a statement names with their databases.
fn register_tables(
    spark: &SessionContext,
    statement: &DataFusionStatement,
    find: FindTable<'_>,
) -> Result<(), NodeError> {
    let state = spark.state();
    let catalog = spark.catalog(&state.config_options().catalog.default_catalog);
    for reference in state.resolve_table_references(statement)? {
        let (Some(database), Some(catalog)) = (reference.schema(), &catalog) else {
            continue;
        };
        let view = lowered(find(database, reference.table())?)?.into_view();
        if catalog.schema(database).is_none() {
            catalog.register_schema(database, Arc::new(MemorySchemaProvider::new()))?;
        }
        spark.register_table(reference.clone(), view)?;
    }
    Ok(())
}

/// The session's settings and stores with Spark's functions, operators and types.
fn spark_session(state: &SessionState, now: Timestamp) -> Result<SessionContext, NodeError> {
    let mut planners = state.expr_planners().to_vec();
    planners.insert(0, Arc::new(SparkExprPlanner));
    // Names of one query are its own.
    let names = &state.config_options().catalog;
    let schemas = MemoryCatalogProvider::new();
    schemas.register_schema(&names.default_schema, Arc::new(MemorySchemaProvider::new()))?;
    let catalogs = MemoryCatalogProviderList::new();
    catalogs.register_catalog(names.default_catalog.clone(), Arc::new(schemas));
    let state = SessionStateBuilder::new_from_existing(state.clone())
        .with_catalog_list(Arc::new(catalogs))
        .with_expr_planners(planners)
        .with_type_planner(Arc::new(SparkTypePlanner))
        .build();
    let session = SessionContext::new_with_state(state);
    functions::register(&session, now);
    Ok(session)
}

/// Reads one query; what is in double quotes is a text, names in backticks go through `spell`.
fn parse(sql: &str, spell: impl Fn(String) -> String) -> Result<Query, NodeError> {
    let wrong = |reason: String| NodeError::Setting(format!("the query cannot be read: {reason}"));
    let tokens = Tokenizer::new(&SparkDialect, sql)
        .tokenize_with_location()
        .map_err(|error| wrong(error.to_string()))?;
    let tokens = tokens
        .into_iter()
        .map(|mut token| {
            token.token = match token.token {
                // The planner brings plain names to lower case itself, but only their ASCII letters.
                Token::Word(mut word)
                    if word.quote_style == Some('`') || !word.value.is_ascii() =>
                {
                    word.value = spell(word.value);
                    word.keyword = Keyword::NoKeyword;
                    Token::Word(word)
                }
                Token::DoubleQuotedString(text) => Token::SingleQuotedString(text),
                other => other,
            };
            token
        })
        .collect();
    let statements = Parser::new(&SparkDialect)
        .with_tokens_with_locations(tokens)
        .parse_statements()
        .map_err(|error| wrong(error.to_string()))?;
    match <[Statement; 1]>::try_from(statements) {
        Ok([Statement::Query(query)]) => Ok(*query),
        Ok([other]) => Err(wrong(format!("only a query returns rows, got '{other}'"))),
        Err(statements) => Err(wrong(format!(
            "it must be one statement, got {}",
            statements.len()
        ))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use datafusion::arrow::array::{ArrayRef, Int32Array, RecordBatch, StringArray, StructArray};
    use datafusion::arrow::datatypes::{DataType, Field};
    use datafusion::arrow::util::display::array_value_to_string;
    use rstest::rstest;

    use datafusion::prelude::SessionConfig;

    use super::*;
    use crate::lake::adjusted;

    /// Three students: a mixed-case column, numbers as texts, nulls, a struct.
    fn students(session: &SessionContext) -> DataFrame {
        let city: ArrayRef = Arc::new(StringArray::from(vec![Some("서울"), None, Some("Busan")]));
        let home = StructArray::from(vec![(
            Arc::new(Field::new("homeCity", DataType::Utf8, true)),
            city,
        )]);
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("studentId", Arc::new(Int32Array::from(vec![1, 2, 3]))),
            (
                "minutes",
                Arc::new(StringArray::from(vec![Some("90"), Some("x"), None])),
            ),
            (
                "day",
                Arc::new(StringArray::from(vec!["2025-01-31", "02/15/2025", ""])),
            ),
            ("home", Arc::new(home)),
        ];
        session
            .read_batch(RecordBatch::try_from_iter(columns).unwrap())
            .unwrap()
    }

    async fn answer(sql: &str) -> Result<Vec<Vec<String>>, NodeError> {
        let session = SessionContext::new_with_config(adjusted(SessionConfig::new()));
        let alias = Alias {
            name: "Students".to_owned(),
            frame: students(&session),
            with_file_name: None,
        };
        let now = Timestamp::from_millis(1_735_689_600_000);
        let frame = run(sql, vec![alias], now).await?;
        let names = frame
            .schema()
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect();
        let mut rows: Vec<Vec<String>> = vec![names];
        for batch in frame.collect().await? {
            for row in 0..batch.num_rows() {
                let cells = batch.columns().iter().map(|column| {
                    if column.is_null(row) {
                        "null".to_owned()
                    } else {
                        array_value_to_string(column, row).unwrap()
                    }
                });
                rows.push(cells.collect());
            }
        }
        Ok(rows)
    }

    /// One value from a query without a table's rows mattering.
    #[rstest]
    #[case("1 / 2", "0.5")]
    #[case("1 / 0", "null")]
    #[case("7 DIV 2", "3")]
    #[case("7 % 0", "null")]
    #[case("'3' + 4", "7.0")]
    #[case("cast('12.7' AS int)", "12")]
    #[case("cast('abc' AS int)", "null")]
    #[case("cast(1.0 AS string)", "1.0")]
    #[case("cast('2025-01-31 09:30:00' AS timestamp)", "2025-01-31T09:30:00")]
    #[case("cast('1,5' AS decimal(5,2))", "null")]
    #[case("'10' > 9", "true")]
    #[case("\"text\"", "text")]
    #[case("concat('a', null)", "null")]
    #[case("concat_ws('-', 'a', null, 'b')", "a-b")]
    #[case("regexp_replace('1,234,567', ',', '')", "1234567")]
    #[case("regexp_replace('a1b2', '([a-z])(\\\\d)', '$2$1')", "1a2b")]
    #[case("regexp_extract('S0042', '([A-Z])(\\\\d+)', 2)", "0042")]
    #[case("split('a,b,,c', ',')[1]", "a")]
    #[case("size(split('a,b,,c', ','))", "4")]
    #[case("substring('가나다라', 2, 2)", "나다")]
    #[case("substr('abc', -2)", "bc")]
    #[case("lpad(cast(month(to_date('2025-01-31')) AS string), 2, '0')", "01")]
    #[case("to_date('31/01/2025', 'dd/MM/yyyy')", "2025-01-31")]
    #[case("to_date('31/01/2025', 'yyyy-MM-dd')", "null")]
    #[case("date_format(to_date('2025-01-31'), 'yyyy/MM')", "2025/01")]
    #[case("datediff('2025-03-01', '2025-02-01')", "28")]
    #[case("date_add('2025-01-31', 1)", "2025-02-01")]
    #[case("add_months('2025-01-31', 1)", "2025-02-28")]
    #[case("last_day('2024-02-10')", "2024-02-29")]
    #[case("trunc('2025-05-17', 'MM')", "2025-05-01")]
    #[case("unix_timestamp('2025-01-01 00:00:00')", "1735689600")]
    #[case("from_unixtime(0)", "1970-01-01 00:00:00")]
    #[case("dayofweek('2025-01-31')", "6")]
    #[case("current_timestamp()", "2025-01-01T00:00:00")]
    #[case("current_date", "2025-01-01")]
    #[case("nvl(null, 'x')", "x")]
    #[case("if(1 > 2, 'a', 'b')", "b")]
    #[case("coalesce(null, 3)", "3")]
    #[case("initcap('chat gpt')", "Chat Gpt")]
    #[case("'chatgpt' RLIKE '^chat'", "true")]
    #[case("round(2.5)", "3.0")]
    #[case("array_contains(array(1, 2), 2)", "true")]
    #[case("input_file_name()", "")]
    #[tokio::test]
    async fn expressions(#[case] expression: &str, #[case] expected: &str) {
        let rows = answer(&format!(
            "SELECT {expression} AS value FROM students LIMIT 1"
        ))
        .await
        .unwrap();
        assert_eq!(rows, [["value"], [expected]]);
    }

    #[tokio::test]
    async fn names_match_in_any_case_and_show_as_written() {
        let rows = answer(
            "SELECT STUDENTID, `studentid` AS `Student No`, s.Home.homecity \
             FROM Students s WHERE studentId = 1",
        )
        .await
        .unwrap();
        assert_eq!(
            rows,
            [["STUDENTID", "Student No", "homecity"], ["1", "1", "서울"]]
        );
        let all = answer("SELECT * FROM STUDENTS ORDER BY studentid LIMIT 0")
            .await
            .unwrap();
        assert_eq!(all, [["studentId", "minutes", "day", "home"]]);
    }

    #[tokio::test]
    async fn aggregates_read_texts_as_numbers() {
        let rows = answer(
            "SELECT count(*), sum(minutes) AS total, avg(minutes) AS mean, \
             percentile_approx(studentId, 0.5) AS middle, count_if(minutes IS NULL) AS missing, \
             size(collect_list(minutes)) AS listed, skewness(studentId) AS skew FROM students",
        )
        .await
        .unwrap();
        assert_eq!(
            rows,
            [
                [
                    "count(1)", "total", "mean", "middle", "missing", "listed", "skew"
                ],
                ["3", "90.0", "90.0", "2.0", "1", "2", "0.0"]
            ]
        );
    }

    #[tokio::test]
    async fn windows_common_tables_and_nulls_first() {
        let rows = answer(
            "WITH numbered AS (
               SELECT studentId, minutes, row_number() OVER (ORDER BY minutes) AS place FROM students
             )
             SELECT place, studentId, sum(minutes) OVER () AS total FROM numbered ORDER BY place",
        )
        .await
        .unwrap();
        assert_eq!(
            rows,
            [
                ["place", "studentId", "total"],
                ["1", "3", "90.0"],
                ["2", "1", "90.0"],
                ["3", "2", "90.0"]
            ]
        );
    }

    #[tokio::test]
    async fn groups_by_alias_and_null_safe_comparison() {
        let rows = answer(
            "SELECT minutes <=> null AS missing, count(DISTINCT studentId) AS n FROM students \
             GROUP BY missing HAVING n > 1 ORDER BY missing",
        )
        .await
        .unwrap();
        assert_eq!(rows, [["missing", "n"], ["false", "2"]]);
    }

    #[tokio::test]
    async fn exploding_makes_rows() {
        let rows = answer(
            "SELECT studentId, explode(split('a b', ' ')) AS word FROM students WHERE studentId = 2",
        )
        .await
        .unwrap();
        assert_eq!(rows, [["studentId", "word"], ["2", "a"], ["2", "b"]]);
    }

    #[rstest]
    #[case("SELECT nothing FROM students", "nothing")]
    #[case("SELECT 1; SELECT 2", "it must be one statement, got 2")]
    #[case("DROP TABLE students", "only a query returns rows")]
    #[case("SELECT * FROM absent", "absent")]
    #[case("SELEC 1", "cannot be read")]
    #[case(
        "SELECT w FROM students LATERAL VIEW explode(split(day, '-')) t AS w",
        "LATERAL VIEW is not supported"
    )]
    #[case("SELECT 1 AS a, 2 AS A FROM students", "unique expression names")]
    #[tokio::test]
    async fn refuses(#[case] sql: &str, #[case] part: &str) {
        let error = answer(sql).await.unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}
