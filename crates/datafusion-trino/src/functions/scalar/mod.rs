//! How a scalar function is declared: its overloads, and the kernel of each.
//!
//! ```text
//! scalar("bitwise_and")
//!     .overload([Bigint, Bigint], Bigint, |call| call.map2(|a: i64, b: i64| a & b))
//!     .udf()
//! ```
//!
//! Arguments are coerced as Trino coerces them, so a kernel sees the types it was declared with.

mod arguments;
mod call;
mod kind;
mod output;
mod overload;

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::types::has_own;

pub(crate) use arguments::{Date, Input};
pub(crate) use call::{Call, Column};
pub(crate) use kind::{Kind, entry_types};
pub(crate) use output::{Elements, Output};
pub(crate) use overload::{Overloads, Returns};

type Kernel = fn(&Call<'_>) -> Result<ArrayRef>;

/// Begins the declaration of a function.
pub(crate) fn scalar(name: &'static str) -> Scalar {
    Scalar {
        name,
        overloads: Arc::new(Overloads::new(name)),
        signature: Signature::user_defined(Volatility::Immutable),
        sign: None,
        written: None,
    }
}

/// A function in declaration.
#[derive(Clone)]
pub(crate) struct Scalar {
    name: &'static str,
    overloads: Arc<Overloads<Kernel>>,
    signature: Signature,
    /// The sign of an operator with two operands, which is written between them.
    sign: Option<&'static str>,
    /// The name of a long call, which would take long to write again and again.
    written: Option<Arc<str>>,
}

impl Scalar {
    /// Adds an overload that takes so many arguments of these kinds.
    pub(crate) fn overload<const N: usize>(
        self,
        parameters: [Kind; N],
        returns: impl Into<Returns>,
        kernel: Kernel,
    ) -> Self {
        self.with(parameters.to_vec(), false, returns.into(), kernel)
    }

    /// Adds an overload whose last argument may be there any number of times.
    pub(crate) fn variadic<const N: usize>(
        self,
        parameters: [Kind; N],
        returns: impl Into<Returns>,
        kernel: Kernel,
    ) -> Self {
        self.with(parameters.to_vec(), true, returns.into(), kernel)
    }

    fn with(
        mut self,
        parameters: Vec<Kind>,
        is_variadic: bool,
        returns: Returns,
        kernel: Kernel,
    ) -> Self {
        let overloads = Arc::make_mut(&mut self.overloads);
        overloads.push(parameters, is_variadic, returns, kernel);
        self
    }

    /// The function may answer otherwise in each row.
    pub(crate) fn volatile(mut self) -> Self {
        self.signature.volatility = Volatility::Volatile;
        self
    }

    /// The function is an operator, and is shown as one.
    pub(crate) fn sign(mut self, sign: &'static str) -> Self {
        self.sign = Some(sign);
        self
    }

    /// A call of an operator. DataFusion asks every link of a chain such as `a + b + c + …` for its
    /// name again and again: long chains are named by a hash, once, or planning would take the cube
    /// of their length.
    pub(crate) fn operation(&self, operands: [Expr; 2]) -> Expr {
        let mut function = self.clone();
        if operands.iter().any(is_long) {
            let mut hasher = DefaultHasher::new();
            operands.hash(&mut hasher);
            let name = format!("{}#{:016x}", self.name, hasher.finish());
            function.written = Some(name.into());
        }
        function.udf().call(operands.into())
    }

    pub(crate) fn udf(self) -> ScalarUDF {
        ScalarUDF::from(self)
    }

    /// Whether it is an operator on numbers. These stand in chains as long as a query may be, whose
    /// types are not to be asked for at every link.
    pub(crate) fn is_operator(&self) -> bool {
        self.sign.is_some()
    }

    /// What arguments of these types are cast to.
    ///
    /// # Errors
    /// `TYPE_MISMATCH` if there is no such overload.
    pub(crate) fn coerced(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        self.overloads.coerced(types)
    }
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Functions are told apart by their names, which are unique.
impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Scalar {}

impl Hash for Scalar {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Scalar {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        if let Some(written) = &self.written {
            return Ok(written.to_string());
        }
        Ok(match (self.sign, args) {
            (Some(sign), [left, right]) => {
                format!("{} {sign} {}", left.schema_name(), right.schema_name())
            }
            _ => {
                let args: Vec<String> = args
                    .iter()
                    .map(|arg| arg.schema_name().to_string())
                    .collect();
                format!("{}({})", self.name, args.join(","))
            }
        })
    }

    fn display_name(&self, args: &[Expr]) -> Result<String> {
        match (self.sign, args) {
            (Some(sign), [left, right]) => Ok(format!("{left} {sign} {right}")),
            _ => {
                let args: Vec<String> = args.iter().map(Expr::to_string).collect();
                Ok(format!("{}({})", self.name, args.join(", ")))
            }
        }
    }

    /// DataFusion knows no casts from and to types of Trino's own; `coercion::rewrite` casts these.
    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let coerced = self.coerced(types)?.into_iter().zip(types);
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

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let types: Vec<DataType> = args.args.iter().map(ColumnarValue::data_type).collect();
        let kernel = self.overloads.kernel(&types)?;
        let call = Call::new(&args)?;
        let answer = kernel(&call)?;
        if call.is_constant() && self.signature.volatility == Volatility::Immutable {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(
                &answer, 0,
            )?));
        }
        Ok(ColumnarValue::Array(answer))
    }
}

/// How many parts an expression may have to be named by them.
const NAMED_PARTS: usize = 32;

fn is_long(expr: &Expr) -> bool {
    let mut parts = 0;
    let visited = expr.apply(|_| {
        parts += 1;
        Ok(match parts > NAMED_PARTS {
            true => TreeNodeRecursion::Stop,
            false => TreeNodeRecursion::Continue,
        })
    });
    visited.is_err() || parts > NAMED_PARTS
}
