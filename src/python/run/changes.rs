//! What statements change when they run, and which of it by steps of training: known by reading them.

use std::collections::BTreeSet;
use std::rc::Rc;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Comprehension, Expr, ExprCall, ExprDictComp, Operator, Stmt, StmtFor};
use ruff_text_size::Ranged;

use super::{Interpreter, Value};
use crate::python::names;

/// What running statements may change, and what of it by steps of training.
#[derive(Default)]
pub(super) struct Changes<'a> {
    /// What is changed as an attribute, and what in another way.
    attributes: BTreeSet<&'a str>,
    pub(super) variables: BTreeSet<&'a str>,
    /// What is given something that a rate or a derivative is in, as `v = mu*v - rate*dw`.
    moves: BTreeSet<&'a str>,
    called: BTreeSet<&'a str>,
    pub(super) stepped: BTreeSet<&'a str>,
    /// What is only added to.
    pub(super) added: BTreeSet<&'a str>,
    pub(super) given: BTreeSet<&'a str>,
    /// What is made of what it was before, and what is made anew.
    pub(super) kept_up: BTreeSet<&'a str>,
    pub(super) renewed: BTreeSet<&'a str>,
}

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

impl<'a> Changes<'a> {
    fn target(&mut self, target: &'a Expr) {
        match target {
            Expr::Subscript(subscript) => {
                self.variables.extend(last_name(target));
                self.target(&subscript.value);
            }
            Expr::Starred(starred) => self.target(&starred.value),
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(|target| self.target(target)),
            Expr::List(list) => list.elts.iter().for_each(|target| self.target(target)),
            _ => {
                let kind = if target.is_attribute_expr() { &mut self.attributes } else { &mut self.variables };
                kind.extend(last_name(target));
            }
        }
    }

    /// One value for one target.
    fn assigned(&mut self, target: &'a Expr, value: &'a Expr) {
        if let (Expr::Tuple(targets), Expr::Tuple(values)) = (target, value)
            && targets.elts.len() == values.elts.len()
        {
            return targets.elts.iter().zip(&values.elts).for_each(|(target, value)| self.assigned(target, value));
        }
        let goes_each = each_of(value).is_some() && steps(target, value);
        if let (Expr::Tuple(targets), true) = (target, goes_each) {
            return self.stepped.extend(targets.elts.iter().filter_map(last_name));
        }
        let Some(name) = last_name(target) else { return };
        let is_moved = matches!(value, Expr::BinOp(sum) if sum.op == Operator::Add && last_name(&sum.left) == Some(name)
            && mentions(&sum.right, |name| self.moves.contains(name)));
        if steps(target, value) || is_moved {
            self.stepped.insert(name);
        } else if steps_by(value)
            && value.is_bin_op_expr()
            && !names::is_rate(name)
            && (!names::is_sum(name) || mentions(value, |own| own == name))
        {
            self.moves.insert(name);
        }
    }

    /// All that is changed.
    pub(super) fn names(&self) -> BTreeSet<&'a str> {
        &self.attributes | &self.variables
    }

    /// Whether a variable of this name is changed by a step.
    pub(super) fn steps(&self, name: &str) -> bool {
        self.stepped.contains(name)
    }

    /// What is changed as one of a list, `for w, dw in zip([w1, w2], [dw1, dw2])`, is changed under its own name.
    fn go_through(&mut self, each: &'a StmtFor) {
        for statement in each.body.iter().filter(|statement| steps_item(each, statement)) {
            let Stmt::Assign(assign) = statement else { continue };
            self.stepped.extend(assign.targets.iter().filter_map(|target| match target {
                Expr::Subscript(of) => last_name(&of.value),
                _ => None,
            }));
        }
        let (Expr::Tuple(targets), Expr::Call(zip)) = (&*each.target, &*each.iter) else { return };
        for (target, list) in targets.elts.iter().zip(&zip.arguments.args) {
            let (Some(name), Expr::List(list)) = (last_name(target), list) else { continue };
            if self.names().contains(name) {
                list.elts.iter().for_each(|item| self.target(item));
            }
            if self.added.contains(name) {
                self.added.extend(list.elts.iter().filter_map(last_name));
            }
        }
    }
}

impl<'a> Visitor<'a> for Changes<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Assign(assign) => {
                assign.targets.iter().for_each(|target| self.target(target));
                assign.targets.iter().for_each(|target| self.assigned(target, &assign.value));
                self.given.extend(assign.targets.iter().flat_map(named_in));
                for own in assign.targets.iter().filter_map(last_name) {
                    let goes_on = mentions(&assign.value, |name| name == own);
                    if goes_on { &mut self.kept_up } else { &mut self.renewed }.insert(own);
                }
            }
            Stmt::AugAssign(assign) => {
                self.target(&assign.target);
                self.added.extend(last_name(&assign.target).filter(|_| assign.op == Operator::Add));
                let is_loss = last_name(&assign.target).is_some_and(is_added_up);
                let by = match assign.op {
                    _ if is_loss => false,
                    // What has the short name of a derivative, `g -= y*x`, is added up where no rate is in it.
                    Operator::Sub => {
                        let is_sum = last_name(&assign.target).is_some_and(names::is_derivative_in_short);
                        !assign.value.is_number_literal_expr() && (!is_sum || steps_by(&assign.value))
                    }
                    Operator::Add => {
                        let is_moved = last_name(&assign.value).is_some_and(|name| self.moves.contains(name));
                        is_moved || steps_by(&assign.value) || goes_along(&assign.target, &assign.value)
                    }
                    _ => false,
                };
                self.stepped.extend(last_name(&assign.target).filter(|_| by));
            }
            // Where it begins is moved where it is handed back: `return b - rate*db, w - rate*dw`.
            Stmt::Return(result) => {
                let one = |value: &'a Expr| match value {
                    Expr::BinOp(step) if step.op == Operator::Sub && mentions(&step.right, names::is_rate) => {
                        last_name(&step.left)
                    }
                    _ => None,
                };
                match result.value.as_deref() {
                    Some(Expr::Tuple(all)) => self.stepped.extend(all.elts.iter().filter_map(one)),
                    Some(Expr::List(all)) => self.stepped.extend(all.elts.iter().filter_map(one)),
                    other => self.stepped.extend(other.and_then(one)),
                }
            }
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => return,
            _ => {}
        }
        walk_stmt(self, statement);
        if let Stmt::For(each) = statement {
            self.go_through(each);
        }
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        if let Expr::Call(call) = expression {
            self.called.extend(last_name(&call.func));
        }
        walk_expr(self, expression);
    }
}

/// Whether a name is that of a loss, and of no parameter: what is subtracted from it is another term.
fn is_added_up(name: &str) -> bool {
    names::loss_rank(name).is_some() && (name.len() > 1 || ["J", "L"].contains(&name))
}

/// All that a target gives a value to.
fn named_in(target: &Expr) -> BTreeSet<&str> {
    let mut changes = Changes::default();
    changes.target(target);
    changes.names()
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
fn has_literal(moved: &Expr) -> bool {
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
fn goes_along(target: &Expr, moved: &Expr) -> bool {
    let Some(own) = last_name(target) else { return false };
    let is_sum = names::is_sum(own) || names::is_derivative_in_short(own);
    let is_product = matches!(moved, Expr::Call(_) | Expr::BinOp(_)) && !is_sum;
    mentions(moved, |name| name.strip_prefix('d').is_some_and(|of| of.trim_start_matches('_') == own))
        || is_product && mentions(moved, names::is_handed)
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
fn steps_item(each: &StmtFor, statement: &Stmt) -> bool {
    let Stmt::Assign(assign) = statement else { return false };
    let ([Expr::Subscript(target)], Expr::BinOp(step)) = (&*assign.targets, &*assign.value) else { return false };
    let is_way = matches!(step.op, Operator::Sub | Operator::Add);
    is_way
        && (steps_by(&step.right) || has_literal(&step.right))
        && items_of(&each.target, &each.iter)
            .any(|(item, of)| last_name(&step.left) == Some(item) && last_name(&target.value) == Some(of))
}

/// Whether a loop takes a step of one thing after the other: of elements, `w[j] -= …`, of what it goes through,
/// `for w, dw in …: w -= …`, or of what holds weights, `layers[i].backward(…)`.
pub(super) fn steps_each(each: &StmtFor) -> bool {
    struct Looks<'e>(BTreeSet<&'e str>, bool);
    impl Looks<'_> {
        /// Whether an index in an expression is by what the loop goes through.
        fn is_by(&self, expression: &Expr) -> bool {
            match expression {
                Expr::Subscript(of) => mentions(&of.slice, |name| self.0.contains(name)) || self.is_by(&of.value),
                _ => false,
            }
        }
    }
    impl Visitor<'_> for Looks<'_> {
        fn visit_stmt(&mut self, statement: &Stmt) {
            let stepped = match statement {
                Stmt::AugAssign(assign) if matches!(assign.op, Operator::Sub | Operator::Add) => Some(&*assign.target),
                Stmt::Assign(assign) => assign.targets.first().filter(|target| steps(target, &assign.value)),
                _ => None,
            };
            let is_own = |target: &Expr| target.as_name_expr().is_some_and(|name| self.0.contains(name.id.as_str()));
            let is_derivative = |target: &Expr| last_name(target).is_some_and(names::is_derivative);
            self.1 |= stepped.is_some_and(|target| (self.is_by(target) || is_own(target)) && !is_derivative(target));
            walk_stmt(self, statement);
        }

        fn visit_expr(&mut self, expression: &Expr) {
            if let Expr::Call(call) = expression
                && let Expr::Attribute(method) = &*call.func
            {
                self.1 |= self.is_by(&method.value);
            }
            walk_expr(self, expression);
        }
    }
    let mut looks = Looks(named_in(&each.target), false);
    each.body.iter().for_each(|statement| looks.visit_stmt(statement));
    looks.1 || each.body.iter().any(|statement| steps_item(each, statement))
}

/// Whether a loop goes backwards through time or layers.
pub(super) fn goes_back(each: &StmtFor) -> bool {
    let is_negative = |step: &Expr| matches!(step, Expr::UnaryOp(step) if step.operand.is_number_literal_expr());
    match &*each.iter {
        Expr::Call(call) => match last_name(&call.func) {
            Some("reversed") => {
                let of = call.arguments.args.first().and_then(Expr::as_call_expr);
                of.is_some_and(|of| last_name(&of.func) == Some("range"))
            }
            Some("range") => call.arguments.args.get(2).is_some_and(is_negative),
            _ => false,
        },
        Expr::Subscript(of) => matches!(&*of.slice, Expr::Slice(all) if all.step.as_deref().is_some_and(is_negative)),
        Expr::Tuple(all) => falls(&all.elts),
        Expr::List(all) => falls(&all.elts),
        _ => false,
    }
}

/// Whether whole numbers are written down to 0.
fn falls(all: &[Expr]) -> bool {
    let numbers: Option<Vec<f64>> = all.iter().map(|one| number_of(&one.as_number_literal_expr()?.value)).collect();
    numbers.is_some_and(|numbers| {
        numbers.len() > 1 && numbers.last() == Some(&0.0) && numbers.windows(2).all(|pair| pair[1] == pair[0] - 1.0)
    })
}

/// Whether a loop does the same in each round, whichever round that is.
pub(super) fn is_repeated(each: &StmtFor) -> bool {
    let is_range = matches!(&*each.iter, Expr::Call(call) if last_name(&call.func) == Some("range"));
    let round = each.target.as_name_expr().map(|name| name.id.as_str());
    is_range && round.is_some_and(|round| !each.body.iter().any(|statement| uses(statement, round)))
}

/// Whether statements ask what a variable is.
pub(super) fn asks(body: &[Stmt], name: &str) -> bool {
    struct Asks<'n>(&'n str, bool);
    impl Asks<'_> {
        fn test(&mut self, test: &Expr) {
            self.1 |= match test {
                Expr::Compare(of) => {
                    mentions(&of.left, |name| name == self.0)
                        || of.comparators.iter().any(|other| mentions(other, |name| name == self.0))
                }
                other => other.as_name_expr().is_some_and(|name| &*name.id == self.0),
            };
        }
    }
    impl Visitor<'_> for Asks<'_> {
        fn visit_stmt(&mut self, statement: &Stmt) {
            if let Stmt::If(choice) = statement {
                self.test(&choice.test);
            }
            walk_stmt(self, statement);
        }
        fn visit_expr(&mut self, expression: &Expr) {
            if let Expr::If(choice) = expression {
                self.test(&choice.test);
            }
            walk_expr(self, expression);
        }
    }
    let mut asks = Asks(name, false);
    body.iter().for_each(|statement| asks.visit_stmt(statement));
    asks.1
}

/// The variable that counts the rounds of a loop, where it is computed with.
pub(super) fn counter(each: &StmtFor) -> Option<&str> {
    struct Computes<'e>(&'e str, bool);
    impl Visitor<'_> for Computes<'_> {
        fn visit_expr(&mut self, expression: &Expr) {
            let is_it = |operand: &Expr| operand.as_name_expr().is_some_and(|name| &*name.id == self.0);
            match expression {
                // Where it only says which one, or when, it is what it is.
                Expr::Subscript(of) => return self.visit_expr(&of.value),
                Expr::Compare(_) | Expr::FString(_) => return,
                Expr::BinOp(of) if of.op == Operator::Mod => return,
                Expr::BinOp(of) => self.1 |= is_it(&of.left) || is_it(&of.right),
                _ => {}
            }
            walk_expr(self, expression);
        }
    }
    let function = each.iter.as_call_expr().and_then(|call| last_name(&call.func))?;
    let name = match (&*each.target, function) {
        (Expr::Name(name), "range") => &name.id,
        (Expr::Tuple(both), "enumerate") => &both.elts.first()?.as_name_expr()?.id,
        _ => return None,
    };
    let mut computes = Computes(name.as_str(), false);
    each.body.iter().for_each(|statement| computes.visit_stmt(statement));
    computes.1.then_some(name.as_str())
}

/// The variables that statements hand out as they are, so that something else may hold them: in a list, an object, a state.
fn handed_out(body: &[Stmt]) -> BTreeSet<&str> {
    struct Looks<'e>(BTreeSet<&'e str>);
    impl<'e> Looks<'e> {
        fn take(&mut self, all: impl IntoIterator<Item = &'e Expr>) {
            self.0.extend(all.into_iter().filter_map(|one| Some(one.as_name_expr()?.id.as_str())));
        }
    }
    impl<'e> Visitor<'e> for Looks<'e> {
        fn visit_stmt(&mut self, statement: &'e Stmt) {
            match statement {
                Stmt::Assign(assign) => self.take([&*assign.value]),
                Stmt::Nonlocal(outer) => self.0.extend(outer.names.iter().map(|name| name.as_str())),
                Stmt::Global(outer) => self.0.extend(outer.names.iter().map(|name| name.as_str())),
                _ => {}
            }
            walk_stmt(self, statement);
        }
        fn visit_expr(&mut self, expression: &'e Expr) {
            match expression {
                // Targets are no uses.
                Expr::Tuple(all) if all.ctx.is_load() => self.take(&all.elts),
                Expr::List(all) if all.ctx.is_load() => self.take(&all.elts),
                Expr::Dict(all) => self.take(all.items.iter().map(|item| &item.value)),
                Expr::Yield(all) => self.take(all.value.as_deref()),
                Expr::Call(call) => {
                    let holds = ["append", "extend", "insert", "add", "update", "setattr", "dict", "array", "tensor"];
                    let callee = last_name(&call.func).unwrap_or_default();
                    if holds.contains(&callee) || callee.starts_with(char::is_uppercase) {
                        self.take(&call.arguments.args);
                        self.take(call.arguments.keywords.iter().map(|named| &named.value));
                    }
                }
                _ => {}
            }
            walk_expr(self, expression);
        }
    }
    let mut looks = Looks(BTreeSet::new());
    body.iter().for_each(|statement| looks.visit_stmt(statement));
    looks.0
}

/// Whether statements set elements of an array.
pub(super) fn sets_elements(body: &[Stmt]) -> bool {
    struct Sets(bool);
    impl Visitor<'_> for Sets {
        fn visit_stmt(&mut self, statement: &Stmt) {
            self.0 |= match statement {
                Stmt::Assign(assign) => assign.targets.iter().any(Expr::is_subscript_expr),
                Stmt::AugAssign(assign) => assign.target.is_subscript_expr(),
                _ => false,
            };
            walk_stmt(self, statement);
        }
    }
    let mut sets = Sets(false);
    body.iter().for_each(|statement| sets.visit_stmt(statement));
    sets.0
}

/// Whether a statement computes with a name, and does not only print it, keep it or ask for it.
fn uses(statement: &Stmt, name: &str) -> bool {
    let is_it = |known: &str| known == name;
    let any = |body: &[Stmt]| body.iter().any(|statement| uses(statement, name));
    match statement {
        Stmt::Expr(of) => {
            let is_print = |call: &ExprCall| last_name(&call.func) == Some("print");
            !of.value.as_call_expr().is_some_and(is_print) && mentions(&of.value, is_it)
        }
        // What is only printed may be asked for.
        Stmt::If(choice) => {
            let is_said = choice.body.iter().all(is_expression) && choice.elif_else_clauses.is_empty();
            any(&choice.body)
                || !is_said && mentions(&choice.test, is_it)
                || choice.elif_else_clauses.iter().any(|other| any(&other.body))
        }
        Stmt::For(each) => mentions(&each.iter, is_it) || any(&each.body),
        Stmt::While(repeat) => mentions(&repeat.test, is_it) || any(&repeat.body),
        Stmt::Pass(_) | Stmt::Break(_) | Stmt::Continue(_) => false,
        Stmt::Assign(assign) => {
            mentions(&assign.value, is_it) || assign.targets.iter().any(|target| mentions(target, is_it))
        }
        Stmt::AugAssign(assign) => mentions(&assign.value, is_it) || mentions(&assign.target, is_it),
        Stmt::AnnAssign(assign) => assign.value.as_ref().is_some_and(|value| mentions(value, is_it)),
        Stmt::Return(result) => result.value.as_ref().is_some_and(|value| mentions(value, is_it)),
        _ => true,
    }
}

fn is_expression(statement: &Stmt) -> bool {
    matches!(statement, Stmt::Expr(_) | Stmt::Pass(_) | Stmt::Break(_))
}

/// Whether a derivative goes on with what it was in the round before: `dh = dh * w`, `dw += …`.
pub(super) fn goes_on(statement: &Stmt) -> bool {
    let is_carried = |target: &Expr, value: &Expr| {
        let own = last_name(target).filter(|name| names::is_derivative(name));
        own.is_some_and(|own| mentions(value, |name| name == own))
    };
    match statement {
        Stmt::Assign(assign) => assign.targets.iter().any(|target| is_carried(target, &assign.value)),
        Stmt::AugAssign(assign) => last_name(&assign.target).is_some_and(names::is_derivative),
        Stmt::If(choice) => choice.body.iter().any(goes_on),
        _ => false,
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
fn says(body: &[Stmt], is_meant: impl Fn(&str) -> bool) -> bool {
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

/// Whether a name is that of a derivative, and of no step of time or space.
fn derives(name: &str) -> bool {
    names::is_derivative(name) && !matches!(name, "dt" | "dx")
}

/// A real number as it is written.
fn number_of(number: &ruff_python_ast::Number) -> Option<f64> {
    match number {
        ruff_python_ast::Number::Float(value) => Some(*value),
        ruff_python_ast::Number::Int(value) => Some(value.as_i64()? as f64),
        ruff_python_ast::Number::Complex { .. } => None,
    }
}

/// A number that tells, where it is written again, what is meant by it: a half and small whole numbers may be anything.
fn telling(number: &ruff_python_ast::Number) -> Option<f64> {
    let value = number_of(number)?;
    let is_any = value == 0.5 || value.fract() == 0.0 && value.abs() <= 2.0;
    (!is_any).then_some(value)
}

/// All functions of a file, and the numbers that are written in its formulas.
struct Bodies<'b, 'a> {
    run: &'b mut Interpreter<'a>,
    /// Where numbers stand that say how far a step goes.
    rates: BTreeSet<usize>,
}

/// Where the number stands that a step is multiplied by: `w -= 0.1*dw`.
fn rate_of(statement: &Stmt) -> Option<usize> {
    let moved = match statement {
        Stmt::AugAssign(assign) => &assign.value,
        Stmt::Assign(assign) => match &*assign.value {
            Expr::BinOp(step) if matches!(step.op, Operator::Sub | Operator::Add) => &step.right,
            _ => return None,
        },
        _ => return None,
    };
    let mut first = &**moved;
    while let Expr::BinOp(of) = first {
        first = &of.left;
    }
    first.as_number_literal_expr().map(|number| number.start().into())
}

impl<'a> Visitor<'a> for Bodies<'_, 'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        self.rates.extend(rate_of(statement));
        if let Stmt::FunctionDef(function) = statement {
            self.run.bodies.entry(function.name.as_str()).or_default().push(&function.body);
        }
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        if let Expr::Subscript(subscript) = expression
            && let (Expr::Name(name), Expr::StringLiteral(key)) = (&*subscript.value, &*subscript.slice)
            && key.value.to_str() != name.id.as_str()
        {
            self.run.keys.entry(name.id.as_str()).or_default().insert(key.value.to_str());
        }
        let written: Vec<&Expr> = match expression {
            Expr::BinOp(of) => vec![&of.left, &of.right],
            Expr::If(of) => vec![&of.body, &of.orelse],
            Expr::Call(call) => {
                let picks = ["where", "maximum", "minimum", "max", "min", "clip"];
                let is_formula = last_name(&call.func).is_some_and(|name| picks.contains(&name));
                call.arguments.args.iter().filter(|_| is_formula).collect()
            }
            _ => vec![],
        };
        let numbers = written.into_iter().filter_map(Expr::as_number_literal_expr);
        let numbers = numbers.filter(|number| !self.rates.contains(&number.start().into()));
        self.run.written.extend(numbers.filter_map(|number| telling(&number.value)).map(f64::to_bits));
        walk_expr(self, expression);
    }
}

impl<'a> Interpreter<'a> {
    pub(super) fn learn_bodies(&mut self, body: &'a [Stmt]) {
        let mut bodies = Bodies { run: self, rates: BTreeSet::new() };
        body.iter().for_each(|statement| bodies.visit_stmt(statement));
        let mut changes = Changes::default();
        let all = self.bodies.values().flatten().copied().chain([body]);
        all.flatten().for_each(|statement| changes.visit_stmt(statement));
        let assigned = changes.names();
        self.stepped = changes.stepped;
        let derivatives = assigned.iter().filter(|name| derives(name));
        let known = |name: &str| assigned.contains(name).then(|| name.to_owned());
        let by = derivatives.clone().flat_map(|name| names::derivative(name, known)).map(|(_, by)| by);
        self.numbers.derived = by.collect();
        self.derives_by_name = derivatives.clone().next().is_some();
    }

    /// What statements call by name.
    pub(super) fn calls(&self, body: &'a [Stmt]) -> BTreeSet<&'a str> {
        let mut changes = Changes::default();
        body.iter().for_each(|statement| changes.visit_stmt(statement));
        changes.called
    }

    pub(super) fn changes(&self, body: &'a [Stmt]) -> Changes<'a> {
        let mut changes = Changes::default();
        body.iter().for_each(|statement| changes.visit_stmt(statement));
        let mut done = BTreeSet::new();
        while let Some(name) = changes.called.iter().find(|name| !done.contains(*name)).copied() {
            done.insert(name);
            // A function may have another name: then it is known by its own, too.
            let defined = match self.bodies.contains_key(name) {
                true => Some(name),
                false => self.lookup(name).and_then(|value| match value {
                    Value::Function(function) => Some(function.name),
                    _ => None,
                }),
            };
            changes.called.extend(defined);
            done.extend(defined);
            for body in defined.and_then(|name| self.bodies.get(name)).into_iter().flatten() {
                body.iter().for_each(|statement| changes.visit_stmt(statement));
            }
        }
        changes
    }

    /// What a body hands out or takes steps of.
    pub(super) fn handed_out(&mut self, body: &'a [Stmt]) -> Rc<BTreeSet<&'a str>> {
        if let Some(known) = self.handed_out.get(&body.as_ptr()) {
            return known.clone();
        }
        let mut found = handed_out(body);
        found.extend(self.changes(body).stepped);
        let found = Rc::new(found);
        self.handed_out.insert(body.as_ptr(), found.clone());
        found
    }

    /// Whether a function in statements steps a variable of theirs, as what it says to be `nonlocal`.
    pub(super) fn steps_from_within(&self, body: &'a [Stmt], name: &str) -> bool {
        body.iter().filter_map(Stmt::as_function_def_stmt).any(|inner| {
            let is_meant = |statement: &Stmt| matches!(statement, Stmt::Nonlocal(outer) if outer.names.iter().any(|outer| &**outer == name));
            inner.body.iter().any(is_meant) && self.changes(&inner.body).steps(name)
        })
    }

    /// Whether a loop only goes on with a state, `v = v - dt*k*v`, in a file that derives elsewhere: nothing in it is called
    /// as rates, derivatives or losses are.
    pub(super) fn simulates(&self, changes: &Changes<'a>, body: &'a [Stmt]) -> bool {
        struct Looks(bool);
        let is_meant = |name: &str| {
            derives(name) || names::is_rate(name) || names::is_gradient(name) || names::loss_rank(name).is_some()
        };
        impl Visitor<'_> for Looks {
            fn visit_stmt(&mut self, statement: &Stmt) {
                self.0 |= match statement {
                    Stmt::Assign(assign) => matches!(&*assign.value, Expr::BinOp(step) if has_literal(&step.right)),
                    Stmt::AugAssign(assign) => has_literal(&assign.value),
                    _ => false,
                };
                walk_stmt(self, statement);
            }
        }
        if !self.derives_by_name {
            return false;
        }
        let called = changes.called.iter().filter_map(|name| self.bodies.get(name)).flatten().copied();
        called.chain([body]).all(|body| {
            let mut looks = Looks(false);
            body.iter().for_each(|statement| looks.visit_stmt(statement));
            !looks.0 && !says(body, is_meant)
        })
    }

    /// Whether any of the steps is of something else than a sum of derivatives.
    pub(super) fn trains(&self, changes: &Changes<'a>) -> bool {
        changes.stepped.iter().any(|name| !self.is_derivative(name))
    }
}
