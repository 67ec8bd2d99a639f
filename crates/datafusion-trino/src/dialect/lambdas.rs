//! The parameters of lambda expressions, whose fields would be read as columns of a table.

use datafusion::sql::sqlparser::ast::{AccessExpr, Expr, LambdaFunction, Subscript, Value};

/// The parameters that can be seen from here, of the inner lambdas last.
#[derive(Debug, Default)]
pub(super) struct Parameters(Vec<Vec<String>>);

impl Parameters {
    pub(super) fn enter(&mut self, lambda: &LambdaFunction) {
        let names = lambda.params.iter();
        self.0.push(
            names
                .map(|parameter| parameter.name.value.to_lowercase())
                .collect(),
        );
    }

    pub(super) fn leave(&mut self) {
        self.0.pop();
    }

    /// Whether it is a parameter by itself.
    pub(super) fn has(&self, expr: &Expr) -> bool {
        matches!(expr, Expr::Identifier(name) if self.has_name(&name.value))
    }

    fn has_name(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.0.iter().flatten().any(|parameter| *parameter == name)
    }

    /// Makes `x.field` the field of a parameter `x`.
    pub(super) fn rewrite(&self, expr: &mut Expr) {
        let Expr::CompoundIdentifier(parts) = expr else {
            return;
        };
        let [first, fields @ ..] = parts.as_slice() else {
            return;
        };
        if !self.has_name(&first.value) {
            return;
        }
        let field = |name: &str| {
            let index = Expr::value(Value::SingleQuotedString(name.to_lowercase()));
            AccessExpr::Subscript(Subscript::Index { index })
        };
        *expr = Expr::CompoundFieldAccess {
            root: Box::new(Expr::Identifier(first.clone())),
            access_chain: fields.iter().map(|name| field(&name.value)).collect(),
        };
    }
}
