//! `UNLOAD`: a query's rows as files that no table describes. Athena user guide, "UNLOAD".

use super::storage_format::Storage;
use super::table_properties::{folded, text, unknown_property};
use super::{Answer, Context, output_columns, select, target};
use crate::error::{ErrorKind, QueryError, Result};
use crate::results::output::OutputFolder;
use crate::statement::{TableProperty, Unload};

pub(super) async fn execute(context: &Context, unload: &Unload) -> Result<Answer> {
    let options = Options::read(&unload.properties)?;
    let location = format!("{}/", unload.location.trim_end_matches('/'));
    let folder = OutputFolder::parse(&location).ok_or_else(|| {
        QueryError::new(
            ErrorKind::Named("INVALID_PROCEDURE_ARGUMENT".to_owned()),
            format!(
                "UNLOAD location is not a valid S3 path: {}",
                unload.location
            ),
        )
    })?;
    let planned = select::plan(context, &unload.query).await?;
    let plan = output_columns::named(&planned, datafusion_trino::Location::START)?;
    let mut columns = output_columns::glue_columns(&plan)?;
    output_columns::split_off_keys(&mut columns, &options.partitioned_by)?;
    target::refuse_occupied(context, &folder, &location, "unload").await?;
    let report = target::write(
        context,
        plan,
        &location,
        options.storage.write,
        options.partitioned_by,
        None,
    )
    .await?;
    Ok(Answer::Written {
        kind: "UNLOAD",
        rows: report.rows,
        files: report.files.into_iter().map(|file| file.path).collect(),
    })
}

struct Options {
    storage: Storage,
    partitioned_by: Vec<String>,
}

impl Options {
    fn read(properties: &[TableProperty]) -> Result<Self> {
        let mut format = None;
        let mut compression = None;
        let mut delimiter = None;
        let mut partitioned_by = Vec::new();
        for property in properties {
            match property.name.as_str() {
                "format" => format = Some(text(property)?),
                "compression" => compression = Some(text(property)?),
                "field_delimiter" => delimiter = Some(text(property)?),
                "partitioned_by" => partitioned_by = folded(property)?,
                "compression_level" => {
                    return Err(QueryError::unsupported("UNLOAD with compression_level")
                        .or_at(property.location));
                }
                _ => return Err(unknown_property(property)),
            }
        }
        let format = format.ok_or_else(|| {
            QueryError::new(
                ErrorKind::InvalidTableProperty,
                "UNLOAD needs the property 'format': PARQUET, ORC, AVRO, JSON or TEXTFILE",
            )
        })?;
        Ok(Self {
            storage: Storage::of_new_table(&format, compression.as_deref(), delimiter.as_deref())?,
            partitioned_by,
        })
    }
}
