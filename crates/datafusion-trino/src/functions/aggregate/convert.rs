//! Aggregate functions of the engine's that count in another type than Trino answers in.

use std::hash::{Hash, Hasher};
use std::mem::size_of_val;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray};
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{
    DataType, Decimal128Type, Field, FieldRef, Int32Type, IntervalUnit, IntervalYearMonthType,
};
use datafusion::common::{Result, ScalarValue};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, ReversedUDAF,
    Signature, Volatility,
};

use crate::error::{ErrorCode, TrinoError};
use crate::functions::decimal::MAX_PRECISION;

/// The types of one argument.
#[derive(Debug, Clone)]
pub(super) struct Types {
    /// What the argument is cast to, and the engine's function takes.
    pub(super) counted: DataType,
    /// What is answered.
    pub(super) answered: DataType,
}

/// The types for an argument of a type; none if the function takes no such.
type TypesOf = fn(&DataType) -> Option<Types>;

/// A function of the engine's with one argument, under its name.
pub(super) fn converted(inner: Arc<AggregateUDF>, types: TypesOf) -> AggregateUDF {
    AggregateUDF::from(Converted {
        inner,
        types,
        signature: Signature::user_defined(Volatility::Immutable),
    })
}

#[derive(Debug)]
struct Converted {
    inner: Arc<AggregateUDF>,
    types: TypesOf,
    signature: Signature,
}

/// Functions are told apart by their names, which are unique.
impl PartialEq for Converted {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Converted {}

impl Hash for Converted {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl Converted {
    fn types(&self, given: &[DataType]) -> Result<Types> {
        let types = match given {
            [given] => (self.types)(given),
            _ => None,
        };
        types.ok_or_else(|| {
            let given: Vec<String> = given.iter().map(crate::types::type_name).collect();
            TrinoError::wrong_types(format!(
                "Unexpected parameters ({}) for function {}",
                given.join(", "),
                self.name()
            ))
        })
    }

    /// Calls the engine's function with what it takes and answers.
    fn inside<R>(
        &self,
        fields: &[FieldRef],
        call: impl FnOnce(&[FieldRef], FieldRef) -> Result<R>,
    ) -> Result<(R, Types)> {
        let given: Vec<DataType> = fields
            .iter()
            .map(|field| field.data_type().clone())
            .collect();
        let types = self.types(&given)?;
        let counted = [Arc::new(Field::new("x", types.counted.clone(), true))];
        let returned = self.inner.return_field(&counted)?;
        Ok((call(&counted, returned)?, types))
    }
}

impl AggregateUDFImpl for Converted {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        self.types(types)?;
        Ok(types.to_vec())
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(self.types(types)?.answered)
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let (fields, _) = self.inside(args.input_fields, |input_fields, return_field| {
            self.inner.state_fields(StateFieldsArgs {
                input_fields,
                return_field,
                ..args
            })
        })?;
        Ok(fields)
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        let (inner, types) = self.inside(args.expr_fields, |expr_fields, return_field| {
            self.inner.accumulator(AccumulatorArgs {
                expr_fields,
                return_field,
                ..args
            })
        })?;
        Ok(Box::new(ConvertedAccumulator { inner, types }))
    }

    fn create_sliding_accumulator(
        &self,
        args: AccumulatorArgs<'_>,
    ) -> Result<Box<dyn Accumulator>> {
        let (inner, types) = self.inside(args.expr_fields, |expr_fields, return_field| {
            self.inner.create_sliding_accumulator(AccumulatorArgs {
                expr_fields,
                return_field,
                ..args
            })
        })?;
        Ok(Box::new(ConvertedAccumulator { inner, types }))
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        let supported = self.inside(args.expr_fields, |expr_fields, return_field| {
            Ok(self.inner.groups_accumulator_supported(AccumulatorArgs {
                expr_fields,
                return_field,
                ..args
            }))
        });
        supported.is_ok_and(|(supported, _)| supported)
    }

    fn create_groups_accumulator(
        &self,
        args: AccumulatorArgs<'_>,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        let (inner, types) = self.inside(args.expr_fields, |expr_fields, return_field| {
            self.inner.create_groups_accumulator(AccumulatorArgs {
                expr_fields,
                return_field,
                ..args
            })
        })?;
        Ok(Box::new(ConvertedGroups { inner, types }))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        self.inner.order_sensitivity()
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }
}

impl Types {
    fn counted(&self, values: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        let counted = values.iter().map(|column| {
            // Months are integers that Arrow does not cast.
            Ok(match column.as_primitive_opt::<IntervalYearMonthType>() {
                Some(months) => cast(&months.reinterpret_cast::<Int32Type>(), &self.counted)?,
                None => cast(column, &self.counted)?,
            })
        });
        counted.collect()
    }

    /// # Errors
    /// `NUMERIC_VALUE_OUT_OF_RANGE` for what the answer's type does not hold.
    fn answered(&self, answers: &ArrayRef) -> Result<ArrayRef> {
        let overflow = |message: String| {
            DataFusionError::from(TrinoError::new(ErrorCode::NumericValueOutOfRange, message))
        };
        if let Some(decimals) = answers.as_primitive_opt::<Decimal128Type>() {
            let checked = decimals.validate_decimal_precision(MAX_PRECISION);
            checked.map_err(|_| overflow("Decimal overflow".to_owned()))?;
        }
        let checked = CastOptions {
            safe: false,
            ..CastOptions::default()
        };
        let is_months = self.answered == DataType::Interval(IntervalUnit::YearMonth);
        let to = match is_months {
            true => &DataType::Int32,
            false => &self.answered,
        };
        let answers = cast_with_options(answers, to, &checked).map_err(|_| {
            let kind = crate::types::type_name(&self.answered);
            overflow(format!("{kind} addition overflow"))
        })?;
        Ok(match answers.as_primitive_opt::<Int32Type>() {
            Some(months) if is_months => {
                Arc::new(months.reinterpret_cast::<IntervalYearMonthType>())
            }
            _ => answers,
        })
    }
}

#[derive(Debug)]
struct ConvertedAccumulator {
    inner: Box<dyn Accumulator>,
    types: Types,
}

impl Accumulator for ConvertedAccumulator {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.inner.update_batch(&self.types.counted(values)?)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let answer = self.inner.evaluate()?.to_array()?;
        ScalarValue::try_from_array(&self.types.answered(&answer)?, 0)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.inner.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.inner.state()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.inner.merge_batch(states)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.inner.retract_batch(&self.types.counted(values)?)
    }

    fn supports_retract_batch(&self) -> bool {
        self.inner.supports_retract_batch()
    }
}

struct ConvertedGroups {
    inner: Box<dyn GroupsAccumulator>,
    types: Types,
}

impl GroupsAccumulator for ConvertedGroups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        count: usize,
    ) -> Result<()> {
        let values = self.types.counted(values)?;
        self.inner.update_batch(&values, groups, filter, count)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        self.types.answered(&self.inner.evaluate(emit_to)?)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        self.inner.state(emit_to)
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], count: usize) -> Result<()> {
        self.inner.merge_batch(states, groups, count)
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        self.inner
            .convert_to_state(&self.types.counted(values)?, filter)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.inner.size()
    }
}
