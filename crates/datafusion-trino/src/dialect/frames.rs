//! Offsets of window frames: the planner takes numbers, and Trino also literals with a type, as in
//! `ROWS BIGINT '1' PRECEDING`. Trino manual, "Window functions".

use datafusion::sql::sqlparser::ast::{
    Expr, Function, NamedWindowExpr, Select, Value, WindowFrameBound, WindowSpec, WindowType,
};

/// Writes the typed offsets of a function's own window as numbers.
pub(super) fn rewrite_function(function: &mut Function) {
    if let Some(WindowType::WindowSpec(window)) = &mut function.over {
        rewrite_window(window);
    }
}

/// Writes the typed offsets of named windows as numbers.
pub(super) fn rewrite_named(select: &mut Select) {
    for definition in &mut select.named_window {
        if let NamedWindowExpr::WindowSpec(window) = &mut definition.1 {
            rewrite_window(window);
        }
    }
}

fn rewrite_window(window: &mut WindowSpec) {
    let Some(frame) = &mut window.window_frame else {
        return;
    };
    for bound in std::iter::once(&mut frame.start_bound).chain(&mut frame.end_bound) {
        if let WindowFrameBound::Preceding(Some(offset)) | WindowFrameBound::Following(Some(offset)) =
            bound
            && let Some(number) = typed_number(offset)
        {
            **offset = Expr::value(Value::Number(number, false));
        }
    }
}

/// The number of a literal with a type, which is a cast of its text by now.
fn typed_number(offset: &Expr) -> Option<String> {
    let Expr::Cast { expr, .. } = offset else {
        return None;
    };
    let Expr::Value(literal) = expr.as_ref() else {
        return None;
    };
    let Value::SingleQuotedString(text) = &literal.value else {
        return None;
    };
    let is_number = text.bytes().all(|c| c.is_ascii_digit() || c == b'.');
    (is_number && !text.is_empty()).then(|| text.clone())
}
