//! Steps of training, known by how they are written.

use ruff_python_ast::{Comprehension, Expr, ExprCall, ExprDictComp, Operator, Stmt, StmtFor};

use super::said::{last_name, mentions};
use crate::python::names;

/// What a method of torch adds something to, and what: `w.sub_(rate * dw)`, `w.data.add_(dw, alpha=-rate)`.
pub(super) fn moved_in_place(call: &ExprCall) -> Option<(&Expr, &Expr)> {
    let Expr::Attribute(method) = &*call.func else { return None };
    let target = match &*method.value {
        Expr::Attribute(data) if &*data.attr == "data" => &data.value,
        other => other,
    };
    let moved = call.arguments.args.first().filter(|_| matches!(&*method.attr, "add_" | "sub_"))?;
    Some((target, moved))
}

/// Whether a name is that of a loss, and of no parameter: what is subtracted from it is another term.
pub(super) fn is_added_up(name: &str) -> bool {
    names::loss_rank(name).is_some() && (name.len() > 1 || ["J", "L"].contains(&name))
}

/// What a list or a tuple is made of one by one: `[w - 0.1*g for w, g in zip(ws, gs)]`.
pub(super) fn each_of(value: &Expr) -> Option<(&Expr, &Comprehension)> {
    let (one, generators) = match value {
        Expr::ListComp(all) => (&*all.elt, &all.generators),
        Expr::Generator(all) => (&*all.elt, &all.generators),
        Expr::Call(call) if matches!(last_name(&call.func), Some("tuple" | "list" | "array")) => {
            return each_of(call.arguments.args.first()?);
        }
        _ => return None,
    };
    match &**generators {
        [only] => Some((one, only)),
        _ => None,
    }
}

/// Whether a product has a number in the place of a rate: `0.1 * g`.
pub(super) fn has_literal(moved: &Expr) -> bool {
    matches!(moved, Expr::BinOp(product) if product.left.is_number_literal_expr() || has_literal(&product.left))
}

/// Whether an assignment is a step of training.
pub(super) fn steps(target: &Expr, value: &Expr) -> bool {
    let own = last_name(target);
    if let Some((one, each)) = each_of(value) {
        let is_zipped = || {
            let zip = each.iter.as_call_expr().filter(|zip| last_name(&zip.func) == Some("zip"));
            own.is_some() && zip.is_some_and(|zip| zip.arguments.args.iter().any(|list| last_name(list) == own))
        };
        let derives = || mentions(&each.iter, names::is_derivative_in_short);
        return match one {
            Expr::BinOp(step) => {
                let is_way = matches!(step.op, Operator::Sub | Operator::Add) && is_zipped();
                let is_step = is_way && (has_literal(&step.right) || derives());
                is_step || step.op == Operator::Sub && steps_by(&step.right)
            }
            nested => each_of(nested).is_some() && is_zipped(),
        };
    }
    match value {
        Expr::DictComp(all) => return steps_keys(target, all),
        // A list of all parameters is made anew: `w = [w[0] - rate * dw[0], …]`.
        Expr::List(all) => {
            let is_own = |of: &Expr| matches!(of, Expr::Subscript(of) if own.is_some() && last_name(&of.value) == own);
            let is_step =
                |each: &Expr| matches!(each, Expr::BinOp(step) if step.op == Operator::Sub && is_own(&step.left));
            return all.elts.iter().any(is_step);
        }
        // A function of the file takes the step: `w = step(w, dw, -rate)`.
        Expr::Call(call) => {
            let given = || call.arguments.args.iter();
            return own.is_some() && given().any(|given| last_name(given) == own) && given().any(steps_by);
        }
        _ => {}
    }
    let Expr::BinOp(step) = value else { return false };
    if last_name(target).is_some_and(|name| names::is_derivative(name) || is_added_up(name)) {
        return false;
    }
    // `w = rate*g + w` begins with how far it goes.
    let is_turned = step.op == Operator::Add
        && last_name(target).is_some_and(|own| last_name(&step.right) == Some(own) && !names::is_sum(own));
    if is_turned && (steps_by(&step.left) || has_literal(&step.left)) {
        return true;
    }
    let same = last_name(target).is_some() && last_name(target) == last_name(&step.left);
    let subtracts = step.op == Operator::Sub && !step.right.is_number_literal_expr();
    let is_step = matches!(step.op, Operator::Sub | Operator::Add) && mentions(&step.right, names::is_rate);
    let goes_up =
        step.op == Operator::Add && step.right.is_bin_op_expr() && mentions(&step.right, names::is_derivative);
    // Several in one array: `theta = np.array([w, b]) - rate*…`.
    let is_array = step.left.is_call_expr() && step.op == Operator::Sub;
    (last_name(&step.left).is_some() || is_array) && (same && (subtracts || goes_up) || is_step)
}

/// Whether what is added to something may be a step: it uses a rate or a derivative.
pub(super) fn steps_by(moved: &Expr) -> bool {
    mentions(moved, |name| names::is_rate(name) || names::is_derivative_in_short(name))
}

/// Whether what is added to something is its own derivative, `param += -0.1 * dparam`, or an error times something, where
/// it is no sum of errors: `w += 0.3 * np.dot(output_errors, h.T)`.
pub(super) fn goes_along(target: &Expr, moved: &Expr) -> bool {
    let Some(own) = last_name(target) else { return false };
    let is_sum = names::is_sum(own) || names::is_derivative_in_short(own);
    let is_product = matches!(moved, Expr::Call(_) | Expr::BinOp(_)) && !is_sum;
    mentions(moved, |name| name.strip_prefix('d').is_some_and(|of| of.trim_start_matches('_') == own))
        || is_product && mentions(moved, |name| names::is_handed(name) || names::is_slope_of_unit(name))
}

/// Whether what stands at each key of a dictionary takes a step: `theta = {name: theta[name] - … for name in theta}`, or
/// `{name: old - … for name, old in theta.items()}`.
pub(super) fn steps_keys(target: &Expr, all: &ExprDictComp) -> bool {
    let Some(own) = last_name(target) else { return false };
    let is_own = |left: &Expr| match left {
        Expr::Subscript(of) => last_name(&of.value) == Some(own),
        Expr::Name(item) => {
            let mut each = all.generators.iter().flat_map(|each| items_of(&each.target, &each.iter));
            each.any(|(known, of)| known == &*item.id && of == own)
        }
        _ => false,
    };
    matches!(&*all.value, Expr::BinOp(step) if matches!(step.op, Operator::Sub | Operator::Add)
        && (steps_by(&step.right) || has_literal(&step.right)) && is_own(&step.left))
}

/// What a loop calls the items of what it goes through, `for key, value in theta.items()`, and that.
pub(super) fn items_of<'e>(target: &'e Expr, iter: &'e Expr) -> impl Iterator<Item = (&'e str, &'e str)> {
    let each = |target: &'e Expr, of: Option<&'e Expr>| Some((target.as_name_expr()?.id.as_str(), last_name(of?)?));
    let (targets, call) = match (target, iter) {
        (Expr::Tuple(both), Expr::Call(call)) => (&both.elts[..], Some(call)),
        _ => (&[][..], None),
    };
    let given = call.map_or(&[][..], |call| &call.arguments.args);
    let found: Vec<_> = match call.and_then(|call| Some((last_name(&call.func)?, &*call.func))) {
        Some(("items", Expr::Attribute(items))) => vec![targets.get(1).and_then(|item| each(item, Some(&items.value)))],
        Some(("zip", _)) => targets.iter().zip(given).map(|(item, of)| each(item, Some(of))).collect(),
        Some(("enumerate", _)) => match (targets.get(1), given.first()) {
            (Some(item @ Expr::Tuple(_)), Some(inner)) => items_of(item, inner).map(Some).collect(),
            (Some(item), of) => vec![each(item, of)],
            _ => vec![],
        },
        _ => vec![],
    };
    found.into_iter().flatten()
}

/// Whether a statement sets an item of what a loop goes through by a step from what it was: `theta[key] = value - rate*…`.
pub(super) fn steps_item(each: &StmtFor, statement: &Stmt) -> bool {
    let Stmt::Assign(assign) = statement else { return false };
    let ([Expr::Subscript(target)], Expr::BinOp(step)) = (&*assign.targets, &*assign.value) else { return false };
    let is_way = matches!(step.op, Operator::Sub | Operator::Add);
    is_way
        && (steps_by(&step.right) || has_literal(&step.right))
        && items_of(&each.target, &each.iter)
            .any(|(item, of)| last_name(&step.left) == Some(item) && last_name(&target.value) == Some(of))
}
