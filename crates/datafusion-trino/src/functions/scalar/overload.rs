//! The overloads of a function, and which one a call means.

use std::borrow::Cow;

use arrow::datatypes::DataType;
use datafusion::common::Result;

use super::Kind;
use super::kind::Bindings;
use crate::error::TrinoError;
use crate::types::type_name;

/// The overloads of a function, each with what it does.
#[derive(Debug, Clone)]
pub(crate) struct Overloads<K> {
    name: &'static str,
    overloads: Vec<Overload<K>>,
}

#[derive(Debug, Clone)]
struct Overload<K> {
    parameters: Vec<Kind>,
    /// Whether the last parameter can be there any number of times, or not at all.
    is_variadic: bool,
    returns: Returns,
    kernel: K,
}

/// What the arguments of a call become.
struct Resolved {
    types: Vec<DataType>,
    bindings: Bindings,
}

/// What an overload answers with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Returns {
    Kind(Kind),
    /// A type that follows from those of the arguments, which are coerced already.
    Of(fn(&[DataType]) -> Result<DataType>),
}

impl From<Kind> for Returns {
    fn from(kind: Kind) -> Self {
        Self::Kind(kind)
    }
}

impl From<fn(&[DataType]) -> Result<DataType>> for Returns {
    fn from(of: fn(&[DataType]) -> Result<DataType>) -> Self {
        Self::Of(of)
    }
}

impl<K> Overloads<K> {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            // Those that stand in for another have its name after a dollar.
            name: name.trim_start_matches('$'),
            overloads: Vec::new(),
        }
    }

    pub(crate) fn push(
        &mut self,
        parameters: Vec<Kind>,
        is_variadic: bool,
        returns: Returns,
        kernel: K,
    ) {
        self.overloads.push(Overload {
            parameters,
            is_variadic,
            returns,
            kernel,
        });
    }

    /// What arguments of these types are cast to.
    ///
    /// # Errors
    /// `TYPE_MISMATCH` if there is no such overload.
    pub(crate) fn coerced(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(self.resolve(types)?.1.types)
    }

    /// What a call with arguments of these types answers.
    ///
    /// # Errors
    /// `TYPE_MISMATCH` if there is no such overload.
    pub(crate) fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let (overload, resolved) = self.resolve(types)?;
        match &overload.returns {
            Returns::Kind(kind) => kind.bound_type(&resolved.bindings),
            Returns::Of(of) => of(&resolved.types),
        }
    }

    /// What a call with arguments of these types does.
    ///
    /// # Errors
    /// `TYPE_MISMATCH` if there is no such overload.
    pub(crate) fn kernel(&self, types: &[DataType]) -> Result<&K> {
        Ok(&self.resolve(types)?.0.kernel)
    }

    /// The overload that takes arguments of these types with the least coercion, and what it
    /// makes of them.
    fn resolve(&self, types: &[DataType]) -> Result<(&Overload<K>, Resolved)> {
        // Most calls of operators, which stand in long chains.
        if let Some(exact) = self.overloads.iter().find(|overload| overload.takes(types)) {
            let resolved = Resolved {
                types: types.to_vec(),
                bindings: Bindings::default(),
            };
            return Ok((exact, resolved));
        }
        let best = self
            .overloads
            .iter()
            .filter_map(|overload| Some((overload.resolve(types)?, overload)))
            .min_by_key(|((cost, _), _)| *cost);
        match best {
            Some(((_, resolved), overload)) => Ok((overload, resolved)),
            None => Err(self.unexpected(types)),
        }
    }

    fn unexpected(&self, types: &[DataType]) -> datafusion::error::DataFusionError {
        let given: Vec<String> = types.iter().map(type_name).collect();
        match (self.name, given.as_slice()) {
            ("negate", [operand]) => {
                return TrinoError::wrong_types(format!("Cannot negate {operand}"));
            }
            ("subscript", [base, index]) => {
                let told = format!("Cannot apply operator: {base}[{index}]");
                return TrinoError::wrong_types(told);
            }
            ("like_pattern", [operand, ..]) => {
                return TrinoError::wrong_types(format!(
                    "Pattern for LIKE expression must evaluate to a varchar (actual: {operand})"
                ));
            }
            ("array", _) => {
                return TrinoError::wrong_types(format!(
                    "All ARRAY elements must be the same type or coercible to a common type. Cannot find common type between {}",
                    given.join(" and ")
                ));
            }
            _ => {}
        }
        let expected: Vec<String> = self
            .overloads
            .iter()
            .map(|overload| format!("{}({})", self.name, overload.signature()))
            .collect();
        TrinoError::wrong_types(format!(
            "Unexpected parameters ({}) for function {}. Expected: {}",
            given.join(", "),
            self.name,
            expected.join(", ")
        ))
    }
}

impl<K> Overload<K> {
    /// Whether the arguments are plainly of the parameters' types.
    fn takes(&self, types: &[DataType]) -> bool {
        let kinds = &self.parameters;
        !self.is_variadic
            && kinds.len() == types.len()
            && kinds
                .iter()
                .zip(types)
                .all(|(kind, given)| kind.is_plainly(given))
    }

    fn resolve(&self, types: &[DataType]) -> Option<(u32, Resolved)> {
        let fixed = self.parameters.len() - usize::from(self.is_variadic);
        if types.len() < fixed || (types.len() > fixed && !self.is_variadic) {
            return None;
        }
        let last = self.parameters.last();
        let kinds = || {
            self.parameters[..fixed]
                .iter()
                .chain(std::iter::repeat_with(move || last).flatten())
        };
        let mut bindings = Bindings::default();
        let mut total = 0;
        for (given, kind) in types.iter().zip(kinds()) {
            total += kind.bind(given, &mut bindings)?;
        }
        let types: Option<Vec<DataType>> = types
            .iter()
            .zip(kinds())
            .map(|(given, kind)| kind.bound(given, &bindings))
            .collect();
        let types = types?;
        Some((total, Resolved { types, bindings }))
    }

    fn signature(&self) -> String {
        let names: Vec<Cow<'_, str>> = self.parameters.iter().map(|kind| kind.name()).collect();
        let names = names.join(", ");
        match self.is_variadic {
            true => format!("{names}..."),
            false => names,
        }
    }
}
