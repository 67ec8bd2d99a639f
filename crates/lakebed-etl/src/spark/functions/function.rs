//! What Spark's scalar functions share: arguments are cast to the types the function takes, and a
//! value that does not fit is null.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::casts;

/// Computes a column from columns of equal length, one for each parameter given.
pub(super) type Kernel = fn(&[ArrayRef]) -> Result<ArrayRef>;

/// A scalar function.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: &'static str,
    /// The types of the parameters; `None` takes any.
    pub(super) takes: Vec<Option<DataType>>,
    /// How many of them must be given.
    pub(super) required: usize,
    pub(super) returns: DataType,
    pub(super) kernel: Kernel,
}

impl Function {
    /// The function, ready for a session.
    pub(super) fn into_udf(self, aliases: &[&str]) -> ScalarUDF {
        ScalarUDF::new_from_impl(Registered {
            aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(),
            signature: Signature::variadic_any(Volatility::Immutable),
            function: self,
        })
    }
}

#[derive(Debug)]
struct Registered {
    function: Function,
    aliases: Vec<String>,
    signature: Signature,
}

impl PartialEq for Registered {
    fn eq(&self, other: &Self) -> bool {
        self.function.name == other.function.name
    }
}

impl Eq for Registered {}

impl Hash for Registered {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.function.name.hash(state);
    }
}

impl ScalarUDFImpl for Registered {
    fn name(&self) -> &str {
        self.function.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        let Function {
            name,
            takes,
            required,
            ..
        } = &self.function;
        if !(*required..=takes.len()).contains(&arg_types.len()) {
            return plan_err!(
                "{name} takes {required} to {} arguments, got {}",
                takes.len(),
                arg_types.len()
            );
        }
        Ok(self.function.returns.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let constant = args
            .args
            .iter()
            .all(|value| matches!(value, ColumnarValue::Scalar(_)));
        let rows = if constant { 1 } else { args.number_rows };
        let mut columns = Vec::with_capacity(args.args.len());
        for (value, wanted) in args.args.into_iter().zip(&self.function.takes) {
            let column = value.into_array(rows)?;
            columns.push(match wanted {
                Some(wanted) => casts::cast(&column, wanted)?,
                None => column,
            });
        }
        let computed = (self.function.kernel)(&columns)?;
        if constant {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(
                &computed, 0,
            )?));
        }
        Ok(ColumnarValue::Array(computed))
    }
}

/// The last thing made from a text: patterns come as columns but hardly ever change.
#[derive(Debug)]
pub(super) struct Memo<T> {
    last: Option<(String, Arc<T>)>,
}

impl<T> Memo<T> {
    pub(super) fn new() -> Self {
        Self { last: None }
    }

    /// What `make` makes from the text, made anew only if the text differs from the last one.
    pub(super) fn get(
        &mut self,
        text: &str,
        make: impl FnOnce(&str) -> Result<T>,
    ) -> Result<Arc<T>> {
        if let Some((last, made)) = &self.last
            && last == text
        {
            return Ok(Arc::clone(made));
        }
        let made = Arc::new(make(text)?);
        self.last = Some((text.to_owned(), Arc::clone(&made)));
        Ok(made)
    }
}
