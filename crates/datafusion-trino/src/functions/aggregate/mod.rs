//! Aggregate functions, and how one is declared: its overloads, and how each reduces rows.
//!
//! ```text
//! aggregate("geometric_mean")
//!     .overload([Double], Double, GeometricMean)
//!     .udaf()
//! ```

pub(super) mod approx_distinct;
pub(super) mod approx_most_frequent;
pub(super) mod approx_percentile;
pub(super) mod avg;
pub(super) mod bitwise;
pub(super) mod checksum;
mod convert;
pub(super) mod digest;
pub(super) mod entropy;
pub(super) mod extremes;
pub(super) mod geometric_mean;
pub(super) mod groups;
pub(super) mod histogram;
pub(super) mod listagg;
pub(super) mod map_agg;
pub(super) mod moments;
pub(super) mod numeric_histogram;
pub(super) mod reduction;
pub(super) mod rewrite;
pub(super) mod sum;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::compute::SortOptions;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility,
};

use crate::functions::scalar::{Kind, Overloads, Returns};
use crate::types::has_own;
use reduction::{Distinct, Ordered, Reducer, Reduction};

/// Begins the declaration of an aggregate function.
pub(super) fn aggregate(name: &'static str) -> Aggregate {
    Aggregate {
        name,
        overloads: Overloads::new(name),
        signature: Signature::user_defined(Volatility::Immutable),
    }
}

/// An aggregate function in declaration.
pub(super) struct Aggregate {
    name: &'static str,
    overloads: Overloads<Arc<dyn Reduction>>,
    signature: Signature,
}

impl Aggregate {
    /// Adds an overload that takes so many arguments of these kinds.
    pub(super) fn overload<const N: usize>(
        mut self,
        parameters: [Kind; N],
        returns: impl Into<Returns>,
        reduction: impl Reduction,
    ) -> Self {
        let (parameters, reduction) = (parameters.to_vec(), Arc::new(reduction));
        self.overloads
            .push(parameters, false, returns.into(), reduction);
        self
    }

    pub(super) fn udaf(self) -> AggregateUDF {
        AggregateUDF::from(self)
    }

    /// How rows with these arguments are reduced, each once if `is_distinct`, and in an order if
    /// there is one.
    fn reduction(
        &self,
        types: &[DataType],
        is_distinct: bool,
        order: Vec<SortOptions>,
    ) -> Result<Arc<dyn Reduction>> {
        let mut reduction = Arc::clone(self.overloads.kernel(types)?);
        if is_distinct {
            reduction = Arc::new(Distinct(reduction));
        }
        if !order.is_empty() {
            reduction = Arc::new(Ordered { reduction, order });
        }
        Ok(reduction)
    }
}

fn types_of(fields: &[FieldRef]) -> Vec<DataType> {
    let types = fields.iter().map(|field| field.data_type().clone());
    types.collect()
}

impl fmt::Debug for Aggregate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Functions are told apart by their names, which are unique.
impl PartialEq for Aggregate {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Aggregate {}

impl Hash for Aggregate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl AggregateUDFImpl for Aggregate {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    /// DataFusion knows no casts from and to types of Trino's own.
    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let coerced = self.overloads.coerced(types)?.into_iter().zip(types);
        Ok(coerced
            .map(|(wanted, given)| match has_own(&wanted) || has_own(given) {
                true => given.clone(),
                false => wanted,
            })
            .collect())
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.overloads.return_type(types)
    }

    /// States are the columns of the reduction, each as a list.
    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let mut types = types_of(args.input_fields);
        let order = vec![SortOptions::default(); args.ordering_fields.len()];
        let reduction = self.reduction(&types, args.is_distinct, order)?;
        types.extend(types_of(args.ordering_fields));
        let columns = reduction.state(&types).into_iter().enumerate();
        Ok(columns
            .map(|(place, column)| {
                let name = format!("{}[{place}]", args.name);
                Arc::new(Field::new(name, DataType::new_list(column, true), true))
            })
            .collect())
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        let mut types = types_of(args.expr_fields);
        let order = args.order_bys.iter().map(|order| order.options);
        let reduction = self.reduction(&types, args.is_distinct, order.collect())?;
        for order in args.order_bys {
            types.push(order.expr.data_type(args.schema)?);
        }
        let returns = args.return_type().clone();
        Ok(Box::new(Reducer::new(reduction, &types, returns)))
    }

    /// What the rows are ordered by comes behind the arguments, and they are ordered at last.
    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Beneficial
    }

    fn with_beneficial_ordering(
        self: Arc<Self>,
        _: bool,
    ) -> Result<Option<Arc<dyn AggregateUDFImpl>>> {
        Ok(Some(self))
    }
}
