//! `current_date`, `current_time[(p)]`, `current_timestamp[(p)]`, `now()`, `localtime[(p)]` and
//! `localtimestamp[(p)]`: when the query was planned, in UTC, the same everywhere in the query. Trino
//! manual, "Date and time functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("typeof(current_timestamp)"), "timestamp(3) with time zone");
//! assert_eq!(evaluate("typeof(localtime(0))"), "time(0)");
//! assert_eq!(evaluate("current_date = CAST(now() AS date)"), "true");
//! ```

use chrono::{DateTime, Utc};
use datafusion::sql::sqlparser::ast::{
    CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident,
    ObjectName, Value,
};

use crate::types::{MAX_TIME_PRECISION, Own};

/// When a query was planned.
#[derive(Debug)]
pub(crate) struct Now(DateTime<Utc>);

impl Now {
    pub(crate) fn read() -> Self {
        Self(Utc::now())
    }

    /// The value of a function that asks for the time; none for other functions.
    pub(super) fn value(&self, name: &str, function: &Function) -> Option<Expr> {
        let precision = precision(&function.args)?;
        let own = match name {
            "now" | "current_timestamp" => Own::TimestampWithZone(precision),
            "localtimestamp" => Own::Timestamp(precision),
            "current_time" => Own::TimeWithZone(precision),
            "localtime" => Own::Time(precision),
            "current_date" => return Some(cast(self.0.format("%Y-%m-%d").to_string(), "date")),
            _ => return None,
        };
        let format = match own {
            Own::TimestampWithZone(_) => "%Y-%m-%d %H:%M:%S%.9f UTC",
            Own::Timestamp(_) => "%Y-%m-%d %H:%M:%S%.9f",
            Own::TimeWithZone(_) => "%H:%M:%S%.9f+00:00",
            _ => "%H:%M:%S%.9f",
        };
        Some(cast(self.0.format(format).to_string(), &own.name()))
    }
}

/// The precision that a call asks for, 3 if it does not; none if the arguments are no precision.
fn precision(arguments: &FunctionArguments) -> Option<u8> {
    let FunctionArguments::List(list) = arguments else {
        return matches!(arguments, FunctionArguments::None).then_some(3);
    };
    let precision = match list.args.as_slice() {
        [] => return Some(3),
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(precision))] => precision,
        _ => return None,
    };
    // Numbers have their types already.
    let precision = match precision {
        Expr::Cast { expr, .. } => expr.as_ref(),
        other => other,
    };
    let Expr::Value(literal) = precision else {
        return None;
    };
    let Value::Number(digits, _) = &literal.value else {
        return None;
    };
    let precision = digits.parse().ok()?;
    (precision <= MAX_TIME_PRECISION).then_some(precision)
}

fn cast(text: String, data_type: &str) -> Expr {
    let name = Ident::with_quote('"', data_type);
    Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(Expr::value(Value::SingleQuotedString(text))),
        data_type: DataType::Custom(ObjectName::from(vec![name]), Vec::new()),
        array: false,
        format: None,
    }
}
