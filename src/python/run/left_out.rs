//! What stands in formulas and is no part of them: bounds on derivatives, and quotients that only come near one.

use ruff_python_ast::{Expr, ExprBinOp, ExprCall, Number as Literal, Operator, Stmt, StmtIf};

use super::Value;
use super::said::{last_name, mentions};
use crate::python::names;

/// How far apart the points of a difference quotient are at most.
const NEAR: f64 = 1e-2;

/// What is said of a difference quotient.
pub(super) fn near<'a>() -> Value<'a> {
    Value::opaque("a difference quotient only comes near a derivative")
}

/// Whether a branch only keeps derivatives from growing too large: `if norm > 1: grad /= norm`.
pub(super) fn bounds(choice: &StmtIf) -> bool {
    let is_of_derivative = |name: &str| {
        names::is_derivative_in_short(name) || ["norm", "clip"].iter().any(|word| name.to_lowercase().contains(word))
    };
    let test = mentions(&choice.test, is_of_derivative) && choice.test.is_compare_expr();
    test && choice.elif_else_clauses.is_empty() && choice.body.iter().all(scales_derivative)
}

/// Whether a statement makes derivatives smaller, or all of a list.
fn scales_derivative(statement: &Stmt) -> bool {
    match statement {
        Stmt::For(each) => each.body.iter().all(scales_derivative),
        Stmt::AugAssign(assign) => {
            let is_scaled = matches!(assign.op, Operator::Div | Operator::Mult);
            is_scaled && last_name(&assign.target).is_some_and(names::is_derivative_in_short)
        }
        Stmt::Assign(assign) => {
            let name = assign.targets.first().and_then(last_name).filter(|name| names::is_derivative_in_short(name));
            name.is_some_and(|name| match &*assign.value {
                Expr::BinOp(of) => {
                    matches!(of.op, Operator::Div | Operator::Mult) && mentions(value_of(of), |of| of == name)
                }
                other => other.is_number_literal_expr(),
            })
        }
        _ => false,
    }
}

/// The derivative that a call bounds: `np.clip(dw, -1, 1)`, `min(dw, 5)`, `max(min(g, 1), -1)`.
pub(super) fn bounds_derivative(call: &ExprCall) -> Option<&Expr> {
    bounded(call)
        .filter(|(inner, is_on_both)| {
            last_name(inner).is_some_and(if *is_on_both { names::is_derivative_in_short } else { names::is_derivative })
        })
        .map(|(inner, _)| inner)
}

/// What a call bounds, and whether on both sides.
fn bounded(call: &ExprCall) -> Option<(&Expr, bool)> {
    let args = &call.arguments.args;
    match last_name(&call.func)? {
        "clip" | "clamp" => Some((args.first()?, true)),
        "max" | "min" | "maximum" | "minimum" if args.len() == 2 => {
            let at = args.iter().position(|given| !is_bound(given)).filter(|at| is_bound(&args[1 - at]))?;
            match &args[at] {
                Expr::Call(inner) => bounded(inner).map(|(inner, _)| (inner, true)),
                other => Some((other, false)),
            }
        }
        _ => None,
    }
}

/// Whether a number bounds something, and is not 0: `5.0`, `-c`, `max_norm`.
fn is_bound(given: &Expr) -> bool {
    match given {
        Expr::UnaryOp(minus) => is_bound(&minus.operand),
        Expr::NumberLiteral(literal) => {
            !matches!(&literal.value, Literal::Int(zero) if zero.as_u64() == Some(0))
                && !matches!(literal.value, Literal::Float(0.0))
        }
        other => last_name(other).is_some_and(|name| {
            let lower = name.to_lowercase();
            lower == "c" || ["clip", "max", "min", "bound", "limit", "thresh"].iter().any(|word| lower.contains(word))
        }),
    }
}

/// Whether a call is the factor that bounds the norm of a derivative: `min(1, 5 / norm)`.
pub(super) fn bounds_norm(call: &ExprCall) -> bool {
    let is_one = |given: &Expr| match given {
        Expr::NumberLiteral(literal) => match &literal.value {
            Literal::Int(whole) => whole.as_u64() == Some(1),
            Literal::Float(float) => *float == 1.0,
            Literal::Complex { .. } => false,
        },
        _ => false,
    };
    let of_norm = |given: &Expr| mentions(given, |name| name.to_lowercase().contains("norm"));
    matches!(last_name(&call.func), Some("min" | "minimum"))
        && matches!(&*call.arguments.args, [a, b] if is_one(a) && of_norm(b) || is_one(b) && of_norm(a))
}

/// What is scaled, on the left of a product that may have several factors.
fn value_of(product: &ExprBinOp) -> &Expr {
    match &*product.left {
        Expr::BinOp(left) if matches!(left.op, Operator::Mult | Operator::Div) => value_of(left),
        left => left,
    }
}

/// Whether a number is as small as the distance between the two points of a difference quotient.
pub(super) fn is_near(value: &Value<'_>) -> bool {
    matches!(value, Value::Number(number) if 0.0 < number.value && number.value <= NEAR)
}

/// Whether two values of one thing are subtracted: `f(w + h) - f(w - h)`, `cost1 - cost2`.
pub(super) fn is_difference(expression: &Expr) -> bool {
    let Expr::BinOp(difference) = expression else { return false };
    let function = |side: &Expr| match side {
        Expr::Call(call) => last_name(&call.func).map(str::to_owned),
        _ => None,
    };
    let of_loss = |side: &Expr| last_name(side).is_some_and(|name| names::loss_rank(name).is_some());
    let (a, b) = (&*difference.left, &*difference.right);
    difference.op == Operator::Sub
        && (function(a).is_some() && function(a) == function(b)
            || of_loss(a) && of_loss(b)
            || last_name(a).zip(last_name(b)).is_some_and(|(a, b)| is_side(a) && is_side(b)))
}

/// Names of a value beside a point: `f_plus`, `fxph`.
fn is_side(name: &str) -> bool {
    let lower = name.to_lowercase();
    ["plus", "minus", "pos", "neg", "fxph", "fxmh", "fxh"].iter().any(|word| lower.contains(word))
}
