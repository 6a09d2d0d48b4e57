//! Loops: one that trains is run once with everything it changes free, any other is unrolled.

use std::collections::BTreeSet;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Comprehension, Expr, ExprCall, Operator, Stmt, StmtFor, StmtWhile};
use ruff_text_size::Ranged;

use super::value::element;
use super::{Flow, Interpreter, Kind, Number, Value};
use crate::python::names;

/// How often a loop is run that does not train.
const TURNS: usize = 10_000;
/// How many ways to do something are each looked at.
const WAYS: usize = 6;
/// And of all of them in a file.
const MOST_WAYS: usize = 24;
/// How many rounds are few, and run one after the other.
const FEW: usize = 8;

/// What running statements may change, and what of it by steps of training.
#[derive(Default)]
pub(super) struct Changes<'a> {
    /// What is changed as an attribute, and what in another way.
    attributes: BTreeSet<&'a str>,
    variables: BTreeSet<&'a str>,
    /// What is given something that a rate or a derivative is in, as `v = mu*v - rate*dw`.
    moves: BTreeSet<&'a str>,
    called: BTreeSet<&'a str>,
    stepped: BTreeSet<&'a str>,
    /// What is only added to.
    added: BTreeSet<&'a str>,
    given: BTreeSet<&'a str>,
}

/// How a number is made free that a loop changes.
#[derive(Clone, Copy)]
struct Release {
    place: usize,
    /// Whether it is only added to, and whether steps change it.
    is_sum: bool,
    is_stepped: bool,
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
        } else if steps_by(value) && value.is_bin_op_expr() && !names::is_rate(name) && !names::is_sum(name) {
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
        // `theta = {name: theta[name] - rate*gradient[name] for name in theta}`
        Expr::DictComp(all) => {
            return matches!(&*all.value, Expr::BinOp(step) if matches!(step.op, Operator::Sub | Operator::Add)
                && (steps_by(&step.right) || has_literal(&step.right))
                && matches!(&*step.left, Expr::Subscript(of) if own.is_some() && last_name(&of.value) == own));
        }
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
    let is_product = matches!(moved, Expr::Call(_) | Expr::BinOp(_)) && !names::is_sum(own);
    mentions(moved, |name| name.strip_prefix('d').is_some_and(|of| of.trim_start_matches('_') == own))
        || is_product && mentions(moved, names::is_handed)
}

/// Whether a loop takes a step of one thing after the other: of elements, `w[j] -= …`, of what it goes through,
/// `for w, dw in …: w -= …`, or of what holds weights, `layers[i].backward(…)`.
fn steps_each(each: &StmtFor) -> bool {
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
    looks.1
}

/// Whether a value is an object, or holds one.
fn is_object(value: &Value<'_>) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Tuple(items) => items.iter().any(is_object),
        _ => false,
    }
}

/// Whether a loop does the same in each round, whichever round that is.
fn is_repeated(each: &StmtFor) -> bool {
    let is_range = matches!(&*each.iter, Expr::Call(call) if last_name(&call.func) == Some("range"));
    let round = each.target.as_name_expr().map(|name| name.id.as_str());
    is_range && round.is_some_and(|round| !each.body.iter().any(|statement| uses(statement, round)))
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
fn goes_on(statement: &Stmt) -> bool {
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

/// Whether a value is a way to do something, a function or its name.
fn is_way(value: &Value<'_>) -> bool {
    match value {
        Value::Function(_) | Value::Class(_) | Value::Library(_) | Value::Text(_) => true,
        Value::Tuple(items) => items.iter().any(is_way),
        _ => false,
    }
}

/// Whether an expression uses such a name.
pub(super) fn mentions(expression: &Expr, is_meant: impl Fn(&str) -> bool) -> bool {
    struct Mentions<F>(F, bool);
    impl<F: Fn(&str) -> bool> Visitor<'_> for Mentions<F> {
        fn visit_expr(&mut self, expression: &Expr) {
            self.1 |= last_name(expression).is_some_and(&self.0);
            walk_expr(self, expression);
        }
    }
    let mut mentions = Mentions(is_meant, false);
    mentions.visit_expr(expression);
    mentions.1
}

/// All functions of a file.
struct Bodies<'b, 'a>(&'b mut Interpreter<'a>);

impl<'a> Visitor<'a> for Bodies<'_, 'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        if let Stmt::FunctionDef(function) = statement {
            self.0.bodies.entry(function.name.as_str()).or_default().push(&function.body);
        }
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        if let Expr::Subscript(subscript) = expression
            && let (Expr::Name(name), Expr::StringLiteral(key)) = (&*subscript.value, &*subscript.slice)
            && key.value.to_str() != name.id.as_str()
        {
            self.0.keys.entry(name.id.as_str()).or_default().insert(key.value.to_str());
        }
        walk_expr(self, expression);
    }
}

impl<'a> Interpreter<'a> {
    pub(super) fn learn_bodies(&mut self, body: &'a [Stmt]) {
        let mut bodies = Bodies(self);
        body.iter().for_each(|statement| bodies.visit_stmt(statement));
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
            // A function may have been given another name.
            let defined = match self.bodies.contains_key(name) {
                true => Some(name),
                false => self.lookup(name).and_then(|value| match value {
                    Value::Function(function) => Some(function.name),
                    _ => None,
                }),
            };
            for body in defined.and_then(|name| self.bodies.get(name)).into_iter().flatten() {
                body.iter().for_each(|statement| changes.visit_stmt(statement));
            }
        }
        changes
    }

    /// Whether any of the steps is of something else than a sum of derivatives.
    pub(super) fn trains(&self, changes: &Changes<'a>) -> bool {
        changes.stepped.iter().any(|name| !self.is_derivative(name))
    }

    pub(super) fn for_each(&mut self, each: &'a StmtFor) -> Flow<'a> {
        let changes = self.changes(&each.body);
        let all = self.evaluate(&each.iter);
        // Layers and the like are gone through, and not trained on.
        let trains = self.trains(&changes) && !steps_each(each);
        let items = match self.items(&all) {
            Ok(items) => items,
            Err(why) if trains => {
                self.store(&each.target, Value::Opaque(why));
                vec![]
            }
            Err(why) => {
                self.store(&each.target, Value::Opaque(why.clone()));
                for (names, name) in self.branch(|run| run.block(&each.body)).changed_names() {
                    self.set(&names, &name, Value::Opaque(why.clone()));
                }
                return Flow::Next;
            }
        };
        let is_training = trains || items.len() > FEW && self.repeats(each, &changes);
        let compares = is_training && self.compares(&changes, &items);
        if is_training && !items.iter().any(is_object) && !compares {
            self.release(&changes, each.start().into());
            if let Some(first) = items.into_iter().next() {
                self.store(&each.target, first);
            }
            return match self.block(&each.body) {
                Flow::Return(value) => Flow::Return(value),
                _ => Flow::Next,
            };
        }
        // What is done again and again is done a few times where sizes are made small.
        let turns = match self.supposed.is_small && is_repeated(each) {
            true => self.taken(items.len() as i64) as usize,
            false => TURNS,
        };
        for item in items.into_iter().take(turns) {
            self.ways.extend((compares && self.ways.len() < MOST_WAYS).then_some(self.log.len()));
            self.store(&each.target, item);
            match self.block(&each.body) {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Flow::Next,
                other => return other,
            }
        }
        self.block(&each.orelse)
    }

    /// Whether a loop does the same again and again, and derives something in it: rounds of a training whose steps are taken
    /// where they are not seen.
    fn repeats(&self, each: &StmtFor, changes: &Changes<'a>) -> bool {
        let derives = changes.names().into_iter().any(names::is_derivative);
        derives && is_repeated(each) && !each.body.iter().any(goes_on)
    }

    /// Whether a loop goes through ways to do something, each of which is trained from the start.
    fn compares(&self, changes: &Changes<'a>, items: &[Value<'a>]) -> bool {
        let starts_anew = |name: &&'a str| changes.given.contains(*name) || self.lookup(name).is_none();
        (1..=WAYS).contains(&items.len()) && items.iter().all(is_way) && changes.stepped.iter().all(starts_anew)
    }

    pub(super) fn repeat(&mut self, repeat: &'a StmtWhile) -> Flow<'a> {
        let changes = self.changes(&repeat.body);
        if self.trains(&changes) {
            self.release(&changes, repeat.start().into());
            return match self.block(&repeat.body) {
                Flow::Return(value) => Flow::Return(value),
                _ => Flow::Next,
            };
        }
        for _ in 0..TURNS {
            let test = self.evaluate(&repeat.test);
            if !self.steer(&test) || self.is_exhausted() {
                break;
            }
            match self.block(&repeat.body) {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Flow::Next,
                other => return other,
            }
        }
        Flow::Next
    }

    /// Makes free what a loop changes: nothing is known of it but its shape.
    fn release(&mut self, changes: &Changes<'a>, place: usize) {
        for name in changes.names() {
            // A sum of derivatives that no round sets back goes on from the one before.
            let is_sum = changes.added.contains(name) && !changes.given.contains(name);
            if self.is_derivative(name) && !is_sum {
                continue;
            }
            // An attribute is no variable of the same name.
            let variables = if changes.variables.contains(name) { &self.scopes[..] } else { &[] };
            let scopes = variables.iter().rev().chain(&self.objects).cloned().collect::<Vec<_>>();
            for scope in scopes {
                let value = scope.borrow().get(name).cloned();
                if let Some(value) = value {
                    let how = Release { place, is_sum: changes.added.contains(name), is_stepped: changes.steps(name) };
                    let value = self.released(value, name, how);
                    self.set(&scope, name, value.clone());
                    self.note(name, value);
                }
            }
        }
    }

    fn released(&mut self, value: Value<'a>, name: &str, how: Release) -> Value<'a> {
        match value {
            Value::Number(number) => Value::Number(self.released_number(number, name, how)),
            Value::Array(array) => {
                let shape = array.borrow().shape().to_vec();
                let mut own = array.borrow().clone();
                for (flat, number) in own.iter_mut().enumerate() {
                    *number = self.released_number(*number, &element(name, flat, &shape), how);
                }
                Value::array(own)
            }
            Value::List(list) if self.depth < super::DEEPEST[1] => {
                self.depth += 1;
                let items = list.borrow().clone().into_iter().enumerate();
                let items = items.map(|(at, item)| self.released(item, &format!("{name}[{at}]"), how)).collect();
                self.depth -= 1;
                self.remember(super::Slot::List(list.clone()));
                list.replace(items);
                Value::List(list)
            }
            other => other,
        }
    }

    /// What is an input already is as free as can be; what is only added to is no start of a sum.
    fn released_number(&mut self, number: Number<'a>, name: &str, how: Release) -> Number<'a> {
        let Release { place, is_sum, is_stepped } = how;
        // What was filled with zeros like something else is a memory: nothing is known of it later on.
        let is_start = number.kind == Kind::Float || self.is_derivative(name);
        let is_memory = !number.free && !number.literal && is_start && number.value == 0.0;
        // What squares of derivatives are added to is no start of a sum either; what a loss is added to is.
        if is_sum && self.numbers.is_input(number) && number.value == 0.0 && !names::is_sum(name) {
            self.numbers.keep(number);
        }
        // What is stepped is free wherever it starts, `np.eye(2)` too.
        if !number.free && !is_memory && !is_stepped || self.numbers.is_input(number) {
            return number;
        }
        let free = self.numbers.free(name, place, number.value, number.kind);
        if is_memory && is_sum {
            self.numbers.keep(free);
        }
        free
    }
}
