//! What statements and expressions say: the names in them.

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, Stmt};

/// The last name of a target: of a variable, an attribute, or what is indexed.
pub(super) fn last_name(target: &Expr) -> Option<&str> {
    match target {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        Expr::Subscript(subscript) => match &*subscript.slice {
            Expr::StringLiteral(key) => Some(key.value.to_str()),
            _ => last_name(&subscript.value),
        },
        _ => None,
    }
}

/// Looks for a name in statements or expressions.
struct Mentions<F>(F, bool);

impl<F: Fn(&str) -> bool> Visitor<'_> for Mentions<F> {
    fn visit_expr(&mut self, expression: &Expr) {
        self.1 |= last_name(expression).is_some_and(&self.0);
        walk_expr(self, expression);
    }
}

/// Whether statements use such a name anywhere.
pub(super) fn says(body: &[Stmt], is_meant: impl Fn(&str) -> bool) -> bool {
    let mut mentions = Mentions(is_meant, false);
    body.iter().for_each(|statement| mentions.visit_stmt(statement));
    mentions.1
}

/// Whether an expression uses such a name.
pub(super) fn mentions(expression: &Expr, is_meant: impl Fn(&str) -> bool) -> bool {
    let mut mentions = Mentions(is_meant, false);
    mentions.visit_expr(expression);
    mentions.1
}

/// A real number as it is written.
pub(super) fn number_of(number: &ruff_python_ast::Number) -> Option<f64> {
    match number {
        ruff_python_ast::Number::Float(value) => Some(*value),
        ruff_python_ast::Number::Int(value) => Some(value.as_i64()? as f64),
        ruff_python_ast::Number::Complex { .. } => None,
    }
}
