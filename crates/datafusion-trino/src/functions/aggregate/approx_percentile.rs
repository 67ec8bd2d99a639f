//! `approx_percentile(x, percentage) -> [same as x]`: DataFusion's t-digest, which counts in
//! doubles, with integers rounded back. Trino manual, "Approximate aggregate functions".

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue};
use datafusion::functions_aggregate::approx_percentile_cont::approx_percentile_cont_udaf;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility,
};

use crate::error::TrinoError;

pub(in crate::functions) fn udaf() -> AggregateUDF {
    AggregateUDF::from(ApproxPercentile {
        signature: Signature::user_defined(Volatility::Immutable),
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ApproxPercentile {
    signature: Signature,
}

impl AggregateUDFImpl for ApproxPercentile {
    fn name(&self) -> &'static str {
        "approx_percentile"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match types {
            [values, percentage] if values.is_numeric() && percentage.is_numeric() => {
                Ok(vec![values.clone(), DataType::Float64])
            }
            _ => Err(TrinoError::wrong_types(
                "Unexpected parameters for function approx_percentile. Expected: approx_percentile(numeric, double)",
            )),
        }
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types[0].clone())
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        approx_percentile_cont_udaf().state_fields(args)
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        let values: FieldRef = Arc::new(Field::new("x", DataType::Float64, true));
        let fields = [values, Arc::clone(&args.expr_fields[1])];
        let return_type = args.return_field.data_type().clone();
        let digest = approx_percentile_cont_udaf().accumulator(AccumulatorArgs {
            expr_fields: &fields,
            ..args
        })?;
        Ok(Box::new(InDoubles {
            digest,
            return_type,
        }))
    }
}

/// A digest of doubles over values of another numeric type.
#[derive(Debug)]
struct InDoubles {
    digest: Box<dyn Accumulator>,
    return_type: DataType,
}

impl Accumulator for InDoubles {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let mut values = values.to_vec();
        values[0] = cast(&values[0], &DataType::Float64)?;
        self.digest.update_batch(&values)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let value = match self.digest.evaluate()? {
            ScalarValue::Float64(Some(value)) if self.return_type.is_integer() => {
                ScalarValue::Float64(Some(value.round()))
            }
            value => value,
        };
        value.cast_to(&self.return_type)
    }

    fn size(&self) -> usize {
        self.digest.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.digest.state()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.digest.merge_batch(states)
    }
}
