//! `UNNEST(array, map, …) [WITH ORDINALITY]`: a row for each element; those of arrays of rows have a
//! column for each field, those of maps a key and a value. Shorter arrays end in nulls. Trino manual,
//! "SELECT", "UNNEST".

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field};
use datafusion::common::{Column, DFSchema, NullHandling, Result, UnnestOptions, internal_err};
use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlanBuilder, ScalarUDF};
use datafusion::sql::sqlparser::ast::TableFactor;

use crate::error::TrinoError;
use crate::functions::scalar::{Call, Kind, Returns, scalar};
use crate::types::{Own, type_name};

/// Plans `UNNEST` as Trino does.
#[derive(Debug)]
pub(crate) struct Unnest;

impl RelationPlanner for Unnest {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        let TableFactor::UNNEST {
            alias,
            array_exprs,
            with_ordinality,
            ..
        } = relation
        else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        let nothing = DFSchema::empty();
        let mut lists = Vec::with_capacity(array_exprs.len());
        for written in array_exprs {
            let expr = context.sql_expr_to_logical_expr(written, &nothing)?;
            let given = expr.get_type(&nothing)?;
            lists.push(match given {
                DataType::List(_) => expr,
                DataType::Map(..) => ENTRIES.call(vec![expr]),
                other => {
                    return Err(TrinoError::wrong_types(format!(
                        "Cannot unnest type: {}",
                        type_name(&other)
                    )));
                }
            });
        }
        let names_are_given = alias
            .as_ref()
            .is_some_and(|alias| !alias.columns.is_empty());
        let mut names = Names::new(names_are_given);
        let mut columns = Vec::new();
        for (place, list) in lists.iter().enumerate() {
            let element = Expr::Column(Column::new_unqualified(list_name(place)));
            match list.get_type(&nothing)? {
                DataType::List(field) if is_row(field.data_type()) => {
                    for (place, field) in row_fields(field.data_type()).enumerate() {
                        let is_anonymous = *field.name() == format!("c{place}");
                        let written = (!is_anonymous).then(|| field.name().as_str());
                        let value = get_field(element.clone(), field.name().as_str());
                        columns.push(value.alias(names.next(written)));
                    }
                }
                _ => columns.push(element.alias(names.next(None))),
            }
        }
        if with_ordinality {
            let ordinal = Expr::Column(Column::new_unqualified(list_name(lists.len())));
            columns.push(ordinal.alias(names.next(Some("ordinality"))));
            lists.push(ORDINALS.call(lists.clone()));
        }
        let places: Vec<Column> = (0..lists.len())
            .map(|place| Column::new_unqualified(list_name(place)))
            .collect();
        let named = lists.into_iter().enumerate();
        let named = named.map(|(place, list)| list.alias(list_name(place)));
        let options = UnnestOptions {
            null_handling: NullHandling::Drop,
            ..UnnestOptions::default()
        };
        let plan = LogicalPlanBuilder::empty(true)
            .project(named.collect::<Vec<_>>())?
            .unnest_columns_with_options(places, options)?
            .project(columns)?
            .build()?;
        let planned = PlannedRelation::new(plan, alias);
        Ok(RelationPlanning::Planned(Box::new(planned)))
    }
}

fn list_name(place: usize) -> String {
    format!("__unnest_{place}")
}

fn is_row(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Struct(_)) && Own::of(data_type).is_none()
}

fn row_fields(row: &DataType) -> impl Iterator<Item = &Arc<Field>> {
    let fields = match row {
        DataType::Struct(fields) => fields.as_ref(),
        _ => &[],
    };
    fields.iter()
}

/// What the columns are called, each otherwise.
struct Names {
    all_by_place: bool,
    taken: HashSet<String>,
}

impl Names {
    fn new(all_by_place: bool) -> Self {
        Self {
            all_by_place,
            taken: HashSet::new(),
        }
    }

    fn next(&mut self, written: Option<&str>) -> String {
        let place = self.taken.len();
        let written = written.filter(|name| !self.all_by_place && !self.taken.contains(*name));
        let name = written.map_or_else(|| format!("_col{place}"), str::to_owned);
        self.taken.insert(name.clone());
        name
    }
}

/// The entries of maps as lists of rows.
static ENTRIES: LazyLock<ScalarUDF> = LazyLock::new(|| {
    let lists: fn(&[DataType]) -> Result<DataType> = |types| match &types[0] {
        DataType::Map(entries, _) => Ok(DataType::new_list(entries.data_type().clone(), true)),
        other => internal_err!("{other} is no map"),
    };
    scalar("$entries")
        .overload([Kind::Any], Returns::Of(lists), entries)
        .udf()
});

fn entries(call: &Call<'_>) -> Result<ArrayRef> {
    let maps = call.array(0)?;
    let maps = maps.as_map();
    let entries = Arc::new(maps.entries().clone());
    let field = Arc::new(Field::new_list_field(entries.data_type().clone(), true));
    let lists = ListArray::try_new(
        field,
        maps.offsets().clone(),
        entries,
        maps.nulls().cloned(),
    )?;
    Ok(Arc::new(lists))
}

/// The numbers of the elements of the longest of the lists.
static ORDINALS: LazyLock<ScalarUDF> = LazyLock::new(|| {
    let numbers: fn(&[DataType]) -> Result<DataType> =
        |_| Ok(DataType::new_list(DataType::Int64, true));
    scalar("$ordinals")
        .variadic([Kind::Any], Returns::Of(numbers), ordinals)
        .udf()
});

fn ordinals(call: &Call<'_>) -> Result<ArrayRef> {
    let mut lengths = vec![0_usize; call.rows()];
    for argument in 0..call.len() {
        let lists = call.array(argument)?;
        let lists = lists.as_list::<i32>();
        for (row, length) in lengths.iter_mut().enumerate() {
            if lists.is_valid(row) {
                *length = (*length).max(lists.value(row).len());
            }
        }
    }
    let numbers = lengths.iter().flat_map(|length| 1..=*length as i64);
    let numbers = Arc::new(Int64Array::from_iter_values(numbers));
    let field = Arc::new(Field::new_list_field(DataType::Int64, true));
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(ListArray::try_new(field, offsets, numbers, None)?))
}
