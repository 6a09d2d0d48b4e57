//! What statements change when they run, and which of it by steps of training: known by reading them.

use std::collections::BTreeSet;
use std::rc::Rc;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, Operator, Stmt, StmtFor};
use ruff_text_size::Ranged;

use super::said::{last_name, mentions, number_of, says};
use super::training::{each_of, goes_along, has_literal, is_added_up, moved_in_place, steps, steps_by, steps_item};
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
    pub(super) called: BTreeSet<&'a str>,
    /// What is handed to a function and is what comes back, `w, b = step(w, b)`, and to which.
    handed: BTreeSet<(&'a str, &'a str)>,
    pub(super) stepped: BTreeSet<&'a str>,
    /// What is only subtracted from, and not by a rate, a derivative or an error.
    loose: BTreeSet<&'a str>,
    /// What is changed in place: `row += x`, `row[:] = x`.
    spoiled: BTreeSet<&'a str>,
    /// What is only added to.
    pub(super) added: BTreeSet<&'a str>,
    pub(super) given: BTreeSet<&'a str>,
    /// What is made of what it was before, and what is made anew.
    pub(super) kept_up: BTreeSet<&'a str>,
    pub(super) renewed: BTreeSet<&'a str>,
    /// Where something is added to what is a sum, whatever it is made of.
    sums: Rc<BTreeSet<usize>>,
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
                let parts = assign.targets.iter().filter_map(Expr::as_subscript_expr);
                self.spoiled.extend(parts.filter_map(|part| last_name(&part.value)));
                assign.targets.iter().for_each(|target| self.assigned(target, &assign.value));
                self.given.extend(assign.targets.iter().flat_map(named_in));
                if let Expr::Call(call) = &*assign.value
                    && let Some(function) = last_name(&call.func)
                {
                    let given: BTreeSet<&str> = call.arguments.args.iter().filter_map(last_name).collect();
                    let back = assign.targets.iter().flat_map(named_in).filter(|name| given.contains(name));
                    self.handed.extend(back.map(|name| (function, name)));
                }
                for own in assign.targets.iter().filter_map(last_name) {
                    let goes_on = mentions(&assign.value, |name| name == own);
                    if goes_on { &mut self.kept_up } else { &mut self.renewed }.insert(own);
                }
            }
            Stmt::AugAssign(assign) => {
                self.target(&assign.target);
                self.spoiled.extend(last_name(&assign.target));
                self.added.extend(last_name(&assign.target).filter(|_| assign.op == Operator::Add));
                let is_loss = last_name(&assign.target).is_some_and(is_added_up);
                let by = match assign.op {
                    _ if is_loss => false,
                    // What has the short name of a derivative, `g -= y*x`, is added up where no rate is in it.
                    Operator::Sub => {
                        let is_sum = last_name(&assign.target).is_some_and(names::is_derivative_in_short);
                        let is_step = || steps_by(&assign.value) || goes_along(&assign.target, &assign.value);
                        !assign.value.is_number_literal_expr() && (!is_sum || is_step())
                    }
                    Operator::Add if self.sums.contains(&assign.start().into()) => false,
                    Operator::Add => {
                        let is_moved = last_name(&assign.value).is_some_and(|name| self.moves.contains(name));
                        is_moved || steps_by(&assign.value) || goes_along(&assign.target, &assign.value)
                    }
                    _ => false,
                };
                let name = last_name(&assign.target).filter(|_| by);
                self.stepped.extend(name);
                // Half of another parameter, `s -= 0.5*c`, is no step either.
                let is_half = matches!(&*assign.value, Expr::BinOp(of) if of.right.is_name_expr());
                let is_meant = steps_by(&assign.value) || has_literal(&assign.value) && !is_half;
                let is_loose = !is_meant && !goes_along(&assign.target, &assign.value);
                self.loose.extend(name.filter(|_| is_loose && assign.op == Operator::Sub));
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
            if let Some((target, moved)) = moved_in_place(call) {
                self.target(target);
                self.stepped.extend(last_name(target).filter(|_| steps_by(moved)));
            }
        }
        walk_expr(self, expression);
    }
}

/// Whether a function hands back what it is given, moved: `new_w = w - 0.1*g; return new_w`.
fn hands_back_moved(body: &[Stmt]) -> bool {
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let mut moved: BTreeSet<&str> = BTreeSet::new();
    let is_moved = |value: &Expr, known: &BTreeSet<&str>| {
        let is_product = |of: &Expr| matches!(of, Expr::BinOp(of) if matches!(of.op, Operator::Mult | Operator::Div));
        matches!(value, Expr::BinOp(step) if step.op == Operator::Sub && is_product(&step.right)
            && step.left.as_name_expr().is_some_and(|from| !known.contains(from.id.as_str())))
    };
    body.iter().any(|statement| match statement {
        Stmt::Assign(assign) => {
            let targets: Vec<&str> = assign.targets.iter().flat_map(named_in).collect();
            if is_moved(&assign.value, &known) {
                moved.extend(&targets);
            }
            known.extend(targets);
            false
        }
        Stmt::Return(result) => match result.value.as_deref() {
            Some(Expr::Tuple(all)) => all.elts.iter().any(|one| mentions(one, |name| moved.contains(name))),
            Some(one) => one.as_name_expr().is_some_and(|name| moved.contains(name.id.as_str())),
            None => false,
        },
        _ => false,
    })
}

/// All that a target gives a value to.
pub(in crate::python) fn named_in(target: &Expr) -> BTreeSet<&str> {
    let mut changes = Changes::default();
    changes.target(target);
    changes.names()
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

/// Whether a name is that of a derivative, and of no step of time or space.
fn derives(name: &str) -> bool {
    names::is_derivative(name) && !matches!(name, "dt" | "dx")
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
    sums: BTreeSet<usize>,
}

/// Where loops add to what a statement beside them begins anew, and do not read it: `s = 0`, then `for …: s += …`. What goes
/// along a derivative by a rate, or by a number, is a parameter that begins anew.
fn sums(body: &[Stmt]) -> Vec<usize> {
    struct Looks<'e> {
        /// What is computed in the loop, and no rate whatever it is called.
        set: BTreeSet<&'e str>,
        added: Vec<(&'e str, usize)>,
        read: BTreeSet<&'e str>,
    }
    impl<'e> Visitor<'e> for Looks<'e> {
        fn visit_stmt(&mut self, statement: &'e Stmt) {
            if let Stmt::AugAssign(assign) = statement
                && let (Expr::Name(target), Operator::Add) = (&*assign.target, assign.op)
            {
                let is_rate = |name: &str| names::is_rate(name) && !self.set.contains(name);
                let is_total = names::is_sum(&target.id) || names::is_derivative_in_short(&target.id);
                let derives = |name: &str| names::is_derivative_in_short(name) || names::is_gradient(name);
                let is_step = mentions(&assign.value, is_rate) && mentions(&assign.value, derives);
                if is_step || has_literal(&assign.value) && !is_total {
                    self.read.insert(target.id.as_str());
                } else {
                    self.added.push((target.id.as_str(), assign.start().into()));
                }
            }
            walk_stmt(self, statement);
        }
        fn visit_expr(&mut self, expression: &'e Expr) {
            if let Expr::Name(name) = expression
                && name.ctx.is_load()
            {
                self.read.insert(name.id.as_str());
            }
            walk_expr(self, expression);
        }
    }
    let mut begun = BTreeSet::new();
    let mut found = Vec::new();
    for statement in body {
        match statement {
            Stmt::Assign(assign) => begun.extend(assign.targets.iter().flat_map(named_in)),
            Stmt::For(each) => {
                let set = each.body.iter().filter_map(Stmt::as_assign_stmt).flat_map(|assign| &assign.targets);
                let mut looks =
                    Looks { set: set.flat_map(named_in).collect(), added: Vec::new(), read: BTreeSet::new() };
                each.body.iter().for_each(|statement| looks.visit_stmt(statement));
                let is_sum = |(name, _): &&(&str, usize)| begun.contains(name) && !looks.read.contains(name);
                found.extend(looks.added.iter().filter(is_sum).map(|(_, at)| *at));
            }
            _ => {}
        }
    }
    found
}

/// What a step is multiplied by, first and last: `0.1` in `w -= 0.1*dw`.
fn factors(statement: &Stmt) -> Option<[&Expr; 2]> {
    let moved = match statement {
        Stmt::AugAssign(assign) => &assign.value,
        Stmt::Assign(assign) => match &*assign.value {
            Expr::BinOp(step) if matches!(step.op, Operator::Sub | Operator::Add) => &step.right,
            _ => return None,
        },
        _ => return None,
    };
    let product = moved.as_bin_op_expr()?;
    let mut first = &*product.left;
    while let Expr::BinOp(of) = first {
        first = &of.left;
    }
    Some([first, if product.op == Operator::Mult { &product.right } else { first }])
}

impl<'a> Visitor<'a> for Bodies<'_, 'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        if let Some([first, last]) = factors(statement) {
            self.rates.extend(first.as_number_literal_expr().map(|number| usize::from(number.start())));
            self.run.rates.extend([first, last].into_iter().filter_map(last_name));
        }
        self.sums.extend(match statement {
            Stmt::FunctionDef(function) => sums(&function.body),
            Stmt::For(each) => sums(&each.body),
            Stmt::While(repeat) => sums(&repeat.body),
            _ => vec![],
        });
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
        let mut bodies = Bodies { run: self, rates: BTreeSet::new(), sums: BTreeSet::new() };
        body.iter().for_each(|statement| bodies.visit_stmt(statement));
        self.sums = Rc::new(bodies.sums);
        let mut changes = self.no_changes();
        let all = self.bodies.values().flatten().copied().chain([body]);
        all.flatten().for_each(|statement| changes.visit_stmt(statement));
        self.add_handed(&mut changes);
        let assigned = changes.names();
        self.stepped = changes.stepped;
        self.spoiled = changes.spoiled;
        let derivatives = assigned.iter().filter(|name| derives(name));
        let known = |name: &str| assigned.contains(name).then(|| name.to_owned());
        let by = derivatives.clone().flat_map(|name| names::derivative(name, known)).map(|(_, by)| by);
        self.numbers.derived = by.collect();
        self.derives_by_name = derivatives.clone().next().is_some();
    }

    /// What statements call by name.
    pub(super) fn calls(&self, body: &'a [Stmt]) -> BTreeSet<&'a str> {
        let mut changes = self.no_changes();
        body.iter().for_each(|statement| changes.visit_stmt(statement));
        changes.called
    }

    fn no_changes(&self) -> Changes<'a> {
        Changes { sums: self.sums.clone(), ..Changes::default() }
    }

    pub(super) fn changes(&self, body: &'a [Stmt]) -> Changes<'a> {
        let mut changes = self.no_changes();
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
        self.add_handed(&mut changes);
        changes
    }

    /// What comes back from a function that moves what it is given is stepped.
    fn add_handed(&self, changes: &mut Changes<'a>) {
        let moves =
            |function: &str| self.bodies.get(function).is_some_and(|all| all.iter().any(|body| hands_back_moved(body)));
        let moved = changes.handed.iter().filter(|(function, _)| moves(function)).map(|(_, name)| *name);
        changes.stepped.extend(moved);
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
    /// as rates, derivatives or losses are. Or a derivative is added up in it, by something that it does not change, and
    /// nothing that it changes moves along one.
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
        let sums = changes.added.iter().filter(|name| derives(name));
        let mut by = sums.flat_map(|name| names::derivative(name, |of| self.lookup(of).map(|_| of.to_owned())));
        if by.any(|(_, by)| !changes.names().contains(&*by)) && !self.is_moved_along(changes, body) {
            return true;
        }
        let called = changes.called.iter().filter_map(|name| self.bodies.get(name)).flatten().copied();
        called.chain([body]).all(|body| {
            let mut looks = Looks(false);
            body.iter().for_each(|statement| looks.visit_stmt(statement));
            !looks.0 && !says(body, is_meant)
        })
    }

    /// Whether anything that statements change as steps do is changed by a rate, a derivative or an error.
    pub(super) fn is_moved_along(&self, changes: &Changes<'a>, body: &'a [Stmt]) -> bool {
        struct Looks<'c, 'a>(&'c Changes<'a>, bool);
        impl Looks<'_, '_> {
            fn step(&mut self, target: &Expr, moved: &Expr) {
                let is_along = |name: &str| {
                    let is_short = || names::is_derivative_in_short(name) && !names::is_derivative(name);
                    derives(name) || is_short() || names::is_rate(name) || names::is_handed(name)
                };
                let is_stepped = last_name(target).is_some_and(|name| self.0.steps(name));
                self.1 |= is_stepped && (has_literal(moved) || mentions(moved, is_along));
            }
        }
        impl Visitor<'_> for Looks<'_, '_> {
            fn visit_stmt(&mut self, statement: &Stmt) {
                match statement {
                    Stmt::Assign(assign) => {
                        let moved = assign.value.as_bin_op_expr().map_or(&assign.value, |step| &step.right);
                        assign.targets.iter().for_each(|target| self.step(target, moved));
                    }
                    Stmt::AugAssign(assign) => self.step(&assign.target, &assign.value),
                    _ => {}
                }
                walk_stmt(self, statement);
            }
        }
        let called = changes.called.iter().filter_map(|name| self.bodies.get(name)).flatten().copied();
        called.chain([body]).any(|body| {
            let mut looks = Looks(changes, false);
            body.iter().for_each(|statement| looks.visit_stmt(statement));
            looks.1
        })
    }

    /// Whether any of the steps is of something else than a sum of derivatives, and of what is made anew: `s = a*x`, `s -= c`.
    pub(super) fn trains(&self, changes: &Changes<'a>) -> bool {
        let is_made = |name: &str| changes.loose.contains(name) && changes.renewed.contains(name);
        changes.stepped.iter().any(|name| !self.is_derivative(name) && !is_made(name))
    }
}
