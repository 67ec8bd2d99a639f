//! `UNLOAD`: a query's rows as files that no table describes. Athena user guide, "UNLOAD".

use datafusion_trino::Location;

use super::storage_format::{FileProperties, Storage};
use super::table_properties::{folded, text, unknown_property, zstd_level};
use super::target::{Target, WritePlan};
use super::{Answer, Context, output_columns, select, target};
use crate::error::{ErrorKind, QueryError, Result};
use crate::results::output::OutputFolder;
use crate::statement::{TableProperty, Unload};

pub(super) async fn execute(context: &Context, unload: &Unload) -> Result<Answer> {
    let write = plan(context, unload).await?;
    let location = &write.target.location;
    let folder = OutputFolder::parse(location).ok_or_else(|| invalid_location(location))?;
    target::refuse_occupied(context, &folder, location, "unload").await?;
    let pending = target::write(context, write).await?;
    let report = target::publish(context, pending, |_| Ok(())).await?;
    Ok(Answer::Written {
        kind: "UNLOAD",
        rows: report.rows,
        files: report.files.into_iter().map(|file| file.path).collect(),
    })
}

/// What is to be written, and where.
pub(super) async fn plan(context: &Context, unload: &Unload) -> Result<WritePlan> {
    let options = Options::read(&unload.properties)?;
    let location = format!("{}/", unload.location.trim_end_matches('/'));
    if OutputFolder::parse(&location).is_none() {
        return Err(invalid_location(&location));
    }
    let planned = select::plan(context, &unload.query).await?;
    let planned = output_columns::storable(planned)?;
    let rows = output_columns::named(&planned, Location::START)?;
    let mut columns = output_columns::glue_columns(&rows)?;
    output_columns::split_off_keys(&mut columns, &options.partitioned_by)?;
    Ok(WritePlan {
        rows,
        target: Target {
            partition_by: options.partitioned_by,
            zstd_level: options.storage.zstd_level,
            ..Target::new(location, options.storage.write)
        },
    })
}

fn invalid_location(location: &str) -> QueryError {
    QueryError::new(
        ErrorKind::Named("INVALID_PROCEDURE_ARGUMENT".to_owned()),
        format!("UNLOAD location is not a valid S3 path: {location}"),
    )
}

struct Options {
    storage: Storage,
    partitioned_by: Vec<String>,
}

impl Options {
    fn read(properties: &[TableProperty]) -> Result<Self> {
        let mut files = FileProperties::default();
        let mut partitioned_by = Vec::new();
        for property in properties {
            match property.name.as_str() {
                "format" => files.format = Some(text(property)?),
                "compression" => files.compression = Some(text(property)?),
                "compression_level" => files.zstd_level = Some(zstd_level(property)?),
                "field_delimiter" => files.field_delimiter = Some(text(property)?),
                "partitioned_by" => partitioned_by = folded(property)?,
                _ => return Err(unknown_property(property)),
            }
        }
        if files.format.is_none() {
            return Err(QueryError::new(
                ErrorKind::InvalidTableProperty,
                "UNLOAD needs the property 'format': PARQUET, ORC, AVRO, JSON or TEXTFILE",
            ));
        }
        Ok(Self {
            storage: Storage::of_new_table(&files)?,
            partitioned_by,
        })
    }
}
