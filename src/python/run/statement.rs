//! Statements.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use ndarray::Axis;
use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprListComp, Operator, Stmt};
use ruff_text_size::{Ranged, TextRange};

use super::loops::steps_by;
use super::number::is_guard;
use super::value::{Array, Body, Class, Function, Key, Names, element, inner};
use super::{Assigned, Flow, Interpreter, Kind, Number, Value, scope};
use crate::op::Binary;
use crate::python::names;

impl<'a> Interpreter<'a> {
    pub(super) fn block(&mut self, body: &'a [Stmt]) -> Flow<'a> {
        for statement in body {
            if self.is_exhausted() {
                return Flow::Stop;
            }
            match self.statement(statement) {
                Flow::Next => {}
                other => return other,
            }
        }
        Flow::Next
    }

    fn statement(&mut self, statement: &'a Stmt) -> Flow<'a> {
        self.steps += 1;
        match statement {
            Stmt::Expr(expression) => {
                self.evaluate(&expression.value);
            }
            Stmt::Assign(assign) => {
                if let ([Expr::Tuple(targets)], Expr::Tuple(values)) = (&*assign.targets, &*assign.value)
                    && targets.elts.len() == values.elts.len()
                    && !targets.elts.iter().chain(&values.elts).any(Expr::is_starred_expr)
                {
                    return self.assign_each(&targets.elts, &values.elts, assign.range);
                }
                let starts = assign.targets.first().is_some_and(|target| self.adds_to(target, &assign.value));
                let value = match (&*assign.value, starts) {
                    (Expr::BinOp(sum), true) => {
                        let left = self.evaluate(&sum.left);
                        let right = self.evaluate(&sum.right);
                        let left = self.settled(&left);
                        self.operate(sum.op, &left, &right)
                    }
                    _ => self.evaluate(&assign.value),
                };
                if let ([target], Expr::ListComp(all)) = (&*assign.targets, &*assign.value)
                    && self.step_each(target, all, &value, assign.range)
                {
                    return Flow::Next;
                }
                if let ([target], Expr::List(all)) = (&*assign.targets, &*assign.value)
                    && super::loops::steps(target, &assign.value)
                {
                    self.step_listed(target, &all.elts, &value, assign.range);
                    return Flow::Next;
                }
                let step = assign.targets.first().and_then(|target| self.step(target, &assign.value));
                for target in &assign.targets {
                    self.assign(target, value.clone(), step.clone(), assign.range, assign.value.range());
                }
            }
            Stmt::AnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    let range = value.range();
                    let value = self.evaluate(value);
                    self.assign(&assign.target, value, None, assign.range, range);
                }
            }
            Stmt::AugAssign(assign) => {
                let old = self.evaluate(&assign.target);
                let right = self.evaluate(&assign.value);
                let is_step = matches!(assign.op, Operator::Sub | Operator::Add);
                let left = if is_step { self.settled(&old) } else { old.clone() };
                let value = match (assign.op, &left, &right) {
                    (Operator::Add, Value::List(list), Value::List(_)) => {
                        self.remember(super::Slot::List(list.clone()));
                        let more = self.items(&right).unwrap_or_default();
                        list.borrow_mut().extend(more);
                        left.clone()
                    }
                    _ => self.operate(assign.op, &left, &right),
                };
                let other = self.other_name(&assign.target, &old);
                let name = other.as_ref().map_or_else(|| self.target_name(&assign.target), |(_, name)| name.clone());
                // What adds up to another number than its own is no step of it.
                let adds_up =
                    assign.op == Operator::Add && self.is_other(&assign.target, &old) && !steps_by(&assign.value);
                let step = (is_step && !adds_up).then_some((name, old));
                self.assign(&assign.target, value.clone(), step, assign.range, assign.value.range());
                // An array is changed in place, whatever it is called.
                if let Some((names, name)) = other {
                    if let Some(last) = self.log.last_mut() {
                        last.name = name.clone();
                    }
                    self.set(&names, &name, value);
                }
            }
            Stmt::FunctionDef(function) => {
                let mut value = self.function(&function.name, Some(&function.parameters), Body::Block(&function.body));
                let is_property = function.decorator_list.iter().any(|decorator| {
                    self.words(decorator.expression.range())
                        .rsplit('.')
                        .next()
                        .is_some_and(|last| last.ends_with("property"))
                });
                if let Value::Function(own) = &mut value
                    && let Some(own) = Rc::get_mut(own)
                {
                    own.is_property = is_property;
                }
                self.bind(&function.name, value);
            }
            Stmt::ClassDef(class) => {
                let bases = class.arguments.iter().flat_map(|arguments| &arguments.args);
                let bases: Vec<Rc<Class<'a>>> = bases
                    .filter_map(|base| match self.evaluate(base) {
                        Value::Class(class) => Some(class),
                        _ => None,
                    })
                    .collect();
                let own = scope();
                self.scopes.push(own.clone());
                self.globals.push(HashMap::new());
                self.block(&class.body);
                self.globals.pop();
                self.scopes.pop();
                let field = |statement: &'a Stmt| match statement {
                    Stmt::AnnAssign(field) => field.target.as_name_expr().map(|name| name.id.as_str()),
                    _ => None,
                };
                let fields = class.body.iter().filter_map(field).collect();
                self.bind(&class.name, Value::Class(Rc::new(Class { names: own, bases, fields })));
            }
            Stmt::Return(result) => {
                let value = result.value.as_ref().map_or(Value::Nothing, |value| self.evaluate(value));
                self.returned = result.value.as_deref();
                return Flow::Return(value);
            }
            Stmt::If(choice) if super::loops::bounds(choice) => {}
            Stmt::If(choice) => {
                let test = self.evaluate(&choice.test);
                let rest: Vec<_> = choice.elif_else_clauses.iter().collect();
                return self.decide(test, &choice.body, &rest);
            }
            Stmt::For(each) => return self.for_each(each),
            Stmt::While(repeat) => return self.repeat(repeat),
            Stmt::With(with) => {
                for item in &with.items {
                    let value = self.evaluate(&item.context_expr);
                    if let Some(target) = &item.optional_vars {
                        self.assign(target, value, None, with.range, item.context_expr.range());
                    }
                }
                return self.block(&with.body);
            }
            Stmt::Try(attempt) => {
                for part in [&attempt.body, &attempt.orelse, &attempt.finalbody] {
                    match self.block(part) {
                        Flow::Next => {}
                        flow => return flow,
                    }
                }
            }
            Stmt::Import(import) => {
                for alias in &import.names {
                    let name = alias.asname.as_ref().map_or_else(
                        || alias.name.split('.').next().unwrap_or_default().to_owned(),
                        ToString::to_string,
                    );
                    let path = if alias.asname.is_some() { alias.name.to_string() } else { name.clone() };
                    let value = self.module(&path);
                    self.bind(&name, value);
                }
            }
            Stmt::ImportFrom(import) => {
                let module = import.module.as_ref().map_or("", |module| module.as_str());
                for alias in &import.names {
                    let name = alias.asname.as_ref().unwrap_or(&alias.name);
                    // What Python or everybody knows is what it is, wherever it comes from.
                    let is_known = ["xrange", "range", "sigmoid", "relu"].contains(&&*alias.name);
                    let value = match self.module(module) {
                        Value::Module(module) => self.member(&module, &alias.name),
                        _ if is_known => Value::Library(alias.name.to_string().replace("xrange", "range")),
                        other => other,
                    };
                    if &*alias.name == "*" {
                        self.has_stars |= matches!(module, "numpy" | "math" | "pylab");
                        continue;
                    }
                    self.bind(name, value);
                }
            }
            Stmt::Global(global) => {
                if let Some((globals, owner)) = self.globals.last_mut().zip(self.scopes.first()) {
                    globals.extend(global.names.iter().map(|name| (name.as_str(), owner.clone())));
                }
            }
            Stmt::Nonlocal(outer) => {
                for name in &outer.names {
                    let mut around = self.scopes.iter().rev().skip(1);
                    let owner = around.find(|scope| scope.borrow().contains_key(name.as_str())).cloned();
                    if let Some((globals, owner)) = self.globals.last_mut().zip(owner) {
                        globals.insert(name.as_str(), owner);
                    }
                }
            }
            Stmt::Break(_) => return Flow::Break,
            Stmt::Continue(_) => return Flow::Continue,
            Stmt::Raise(_) => return Flow::Stop,
            _ => {}
        }
        Flow::Next
    }

    /// `a, b = …, …`: all values come before any name.
    fn assign_each(&mut self, targets: &'a [Expr], values: &'a [Expr], place: TextRange) -> Flow<'a> {
        let pairs = targets.iter().zip(values);
        let found: Vec<_> = pairs.map(|(target, value)| (self.evaluate(value), self.step(target, value))).collect();
        for ((target, right), (value, step)) in targets.iter().zip(values).zip(found) {
            self.assign(target, value, step, place, right.range());
        }
        Flow::Next
    }

    fn decide(&mut self, test: Value<'a>, body: &'a [Stmt], rest: &[&'a ruff_python_ast::ElifElseClause]) -> Flow<'a> {
        match self.truth(&test) {
            Ok((holds, None)) => {
                if holds {
                    self.block(body)
                } else {
                    self.otherwise(rest)
                }
            }
            Ok((holds, Some(condition))) => {
                let then = self.branch(|run| run.block(body));
                let otherwise = self.branch(|run| run.otherwise(rest));
                self.join(condition, holds, then, otherwise)
            }
            Err(why) => {
                let mut lost = self.branch(|run| run.block(body)).changed_names();
                lost.extend(self.branch(|run| run.otherwise(rest)).changed_names());
                for (names, name) in lost {
                    self.set(&names, &name, Value::Opaque(why.clone()));
                }
                Flow::Next
            }
        }
    }

    pub(super) fn otherwise(&mut self, rest: &[&'a ruff_python_ast::ElifElseClause]) -> Flow<'a> {
        let Some((first, rest)) = rest.split_first() else { return Flow::Next };
        match &first.test {
            None => self.block(&first.body),
            Some(test) => {
                let test = self.evaluate(test);
                self.decide(test, &first.body, rest)
            }
        }
    }

    pub(super) fn function(
        &mut self,
        name: &'a str,
        parameters: Option<&'a ruff_python_ast::Parameters>,
        body: Body<'a>,
    ) -> Value<'a> {
        let all = parameters.into_iter().flat_map(|parameters| parameters.iter_non_variadic_params());
        let mut defaults = Vec::new();
        for parameter in all {
            if let Some(default) = &parameter.default {
                defaults.push((parameter.parameter.name.as_str(), self.evaluate(default)));
            }
        }
        let place = match body {
            Body::Block(block) => block.first().map_or(0, |first| first.start().into()),
            Body::Expression(expression) => expression.start().into(),
        };
        let is_generator = matches!(body, Body::Block(block) if yields(block));
        let scopes = self.scopes.clone();
        Value::Function(Rc::new(Function {
            name,
            place,
            parameters,
            defaults,
            body,
            is_property: false,
            is_generator,
            scopes,
        }))
    }

    /// Gives a name of this scope a value, as it is.
    pub(super) fn bind(&mut self, name: &str, value: Value<'a>) {
        let value = self.or_supposed(name, value);
        let scope = self.globals.last().and_then(|globals| globals.get(name)).or(self.scopes.last()).cloned();
        if let Some(scope) = scope {
            self.set(&scope, name, value);
        }
    }

    /// Whether a variable has a free number that goes by another name.
    fn is_other(&self, target: &Expr, old: &Value<'a>) -> bool {
        let (Expr::Name(target), Value::Number(number)) = (target, old) else { return false };
        self.numbers.name_of(*number).is_some_and(|name| *name != *target.id)
    }

    /// What else an array is called that is changed under the name of a variable, and where.
    fn other_name(&self, target: &Expr, old: &Value<'a>) -> Option<(Names<'a>, String)> {
        let (Expr::Name(target), Value::Array(array)) = (target, old) else { return None };
        let own = target.id.as_str();
        let is_it = |value: &Value<'a>| matches!(value, Value::Array(other) if Rc::ptr_eq(array, other));
        self.scopes.iter().chain(&self.objects).find_map(|scope| {
            let names = scope.borrow();
            let (name, _) = names.iter().find(|(name, value)| *name != own && is_it(value))?;
            Some((scope.clone(), name.clone()))
        })
    }

    /// Whether `x = x + …` is assigned.
    fn adds_to(&self, target: &'a Expr, value: &'a Expr) -> bool {
        matches!(value, Expr::BinOp(sum) if matches!(sum.op, Operator::Add | Operator::Sub)
            && self.words(sum.left.range()) == self.words(target.range()))
    }

    /// A step of training: `w = w - …`, or `new_w = w - …`.
    fn step(&mut self, target: &'a Expr, value: &'a Expr) -> Option<(String, Value<'a>)> {
        let Expr::BinOp(step) = value else { return None };
        if !matches!(step.op, Operator::Sub | Operator::Add) {
            return None;
        }
        let left = self.target_name(&step.left);
        let own = self.target_name(target);
        // `t[j] = theta[j] - …`: what is new is gathered under another name.
        let is_gathered = matches!((target, &*step.left), (Expr::Subscript(new), Expr::Subscript(old))
            if self.words(new.slice.range()) == self.words(old.slice.range()))
            && super::loops::steps(target, value);
        // A new name for what a step comes to: `new_b = b_now - rate*db`, `temp0 = theta0 - rate*…`.
        let is_new = || target.is_name_expr() && self.lookup(&own).is_none() && super::loops::steps(target, value);
        let renamed = own != left && (names::in_time(&own) == names::in_time(&left) || is_gathered || is_new());
        (self.adds_to(target, value) || renamed).then(|| {
            let old = self.evaluate(&step.left);
            (left, old)
        })
    }

    /// `ws = [w - … for w, … in zip(ws, …)]`: a step of each element of a list.
    fn step_each(&mut self, target: &'a Expr, all: &'a ExprListComp, new: &Value<'a>, place: TextRange) -> bool {
        let ([each], Expr::BinOp(step)) = (&*all.generators, &*all.elt) else { return false };
        let (Expr::Tuple(names), Expr::Call(zip)) = (&each.target, &each.iter) else { return false };
        let own = self.words(step.left.range());
        let is_zip = zip.func.as_name_expr().is_some_and(|name| &*name.id == "zip");
        let at = names.elts.iter().position(|name| self.words(name.range()) == own);
        let Some(from) = at.and_then(|at| zip.arguments.args.get(at)).filter(|_| is_zip) else { return false };
        if !matches!(step.op, Operator::Sub | Operator::Add) || self.words(from.range()) != self.words(target.range()) {
            return false;
        }
        let name = self.target_name(target);
        let old = self.evaluate(from);
        let (Ok(old), Ok(items)) = (self.items(&old), self.items(new)) else { return false };
        if old.len() != items.len() {
            return false;
        }
        for (at, (old, value)) in old.into_iter().zip(items).enumerate() {
            let (name, right) = (inner(&name, at), all.elt.range());
            let step = Some((name.clone(), old));
            self.log.push(Assigned { name, value, step, told: None, place, right });
        }
        self.store(target, new.clone());
        true
    }

    /// `w = [w[0] - …, w[1] - …]`: a step of each element of a list that is written out.
    fn step_listed(&mut self, target: &'a Expr, all: &'a [Expr], new: &Value<'a>, place: TextRange) {
        let old: Vec<_> = all.iter().map(|each| each.as_bin_op_expr().map(|step| self.evaluate(&step.left))).collect();
        let name = self.target_name(target);
        let items = self.items(new).unwrap_or_default();
        for (at, ((value, old), each)) in items.into_iter().zip(old).zip(all).enumerate() {
            let name = inner(&name, at);
            let step = old.map(|old| (name.clone(), old));
            self.log.push(Assigned { name, value, step, told: None, place, right: each.range() });
        }
        self.store(target, new.clone());
    }

    /// What a target is called: a variable, an attribute, or a text key.
    pub(super) fn target_name(&mut self, target: &'a Expr) -> String {
        match target {
            Expr::Name(name) => name.id.to_string(),
            Expr::Attribute(attribute) => attribute.attr.to_string(),
            Expr::Subscript(subscript) => match &*subscript.slice {
                Expr::StringLiteral(key) => self.key_name(&subscript.value, key.value.to_str()),
                Expr::Slice(_) => self.target_name(&subscript.value),
                index => {
                    let index = self.evaluate(index);
                    if let Value::Text(key) = &index {
                        return self.key_name(&subscript.value, key);
                    }
                    let base = self.target_name(&subscript.value);
                    format!("{base}[{}]", self.shown(&index))
                }
            },
            other => self.words(other.range()).to_owned(),
        }
    }

    /// What stands at a key of a dictionary is called by the key; derivatives that have the keys of their parameters, by both.
    fn key_name(&mut self, base: &'a Expr, key: &str) -> String {
        let base = self.target_name(base);
        if names::is_derivative(&base) && !names::is_derivative(key) {
            format!("{base}[{key}]")
        } else {
            key.to_owned()
        }
    }

    fn assign(
        &mut self,
        target: &'a Expr,
        value: Value<'a>,
        step: Option<(String, Value<'a>)>,
        place: TextRange,
        right: TextRange,
    ) {
        match target {
            Expr::Tuple(_) | Expr::List(_) => {
                let targets = match target {
                    Expr::Tuple(tuple) => &tuple.elts,
                    Expr::List(list) => &list.elts,
                    _ => return,
                };
                self.unpack(targets, &value, |run, target, value| run.assign(target, value, None, place, right));
            }
            Expr::Starred(starred) => self.assign(&starred.value, value, step, place, right),
            _ => {
                let name = self.target_name(target);
                let value = self.or_supposed(&name, value);
                if let Value::Opaque(why) = &value {
                    self.opaque.push((name.clone(), place.start().into(), why.clone()));
                }
                let step = step.or_else(|| self.moved(target, &value));
                let mut value = match self.marks(target, &value).or_else(|| self.constant_in(target, &value)) {
                    Some(one) => one,
                    None => match self.local(target, &value, place.start().into()) {
                        Some(known) => known,
                        None => self.freed(value, &name, place.start().into()),
                    },
                };
                if matches!(target, Expr::Subscript(_)) && step.is_some() && !self.is_derivative(&name) {
                    self.freeze(target);
                }
                self.store(target, value.clone());
                // Of elements that a condition or a list picks, all is written down.
                if let (Expr::Subscript(of), true) = (target, name.contains('…')) {
                    value = self.evaluate(&of.value);
                }
                if let Value::Dict(dict) = &value {
                    let items: Vec<_> = dict.borrow().iter().map(|(key, item)| (key.clone(), item.clone())).collect();
                    for (key, item) in items {
                        if let Key::Text(key) = key {
                            self.note(&key, item);
                        }
                    }
                }
                self.log.push(Assigned { name, value, step, told: None, place, right });
            }
        }
    }

    /// What was written down of a list or an array stays what it was before a step sets its elements.
    fn freeze(&mut self, target: &'a Expr) {
        let mut whole = target;
        while let Expr::Subscript(of) = whole {
            whole = &of.value;
        }
        let Some(address) = self.evaluate(whole).address() else { return };
        let known = self.frozen.insert(address, self.log.len()).unwrap_or(0).min(self.log.len());
        let live = self.log[known..].iter_mut().filter(|entry| entry.value.address() == Some(address));
        live.for_each(|entry| entry.value = entry.value.copied());
    }

    /// What a function of the file hands back for what it was given is a step of it: `w, b = update(w, b)`.
    fn moved(&self, target: &Expr, value: &Value<'a>) -> Option<(String, Value<'a>)> {
        let Expr::Name(name) = target else { return None };
        let old = self.lookup(&name.id)?;
        let ((before, _), (after, _)) = (old.numbers()?, value.numbers()?);
        let goes_on = |(old, new): (&Number<'a>, &Number<'a>)| {
            self.numbers.is_input(*old) && self.numbers.starts_from(*new, *old)
        };
        let is_step = before.len() == after.len() && before.iter().zip(&after).all(goes_on);
        // A step that has a name there is none again where it is handed back.
        let is_known = || {
            let same = |entry: &Assigned<'a>| {
                entry.step.is_some()
                    && entry.value.numbers().is_some_and(|(known, _)| {
                        let mut pairs = known.iter().zip(&after);
                        known.len() == after.len() && pairs.all(|(a, b)| self.numbers.node(*a) == self.numbers.node(*b))
                    })
            };
            self.log.iter().any(same)
        };
        (is_step && !is_known()).then(|| (name.id.to_string(), old))
    }

    /// The number that variables of several functions have where they have the same name and value: `a = 1` in a function
    /// and in its gradient.
    fn local(&mut self, target: &Expr, value: &Value<'a>, place: usize) -> Option<Value<'a>> {
        let (Expr::Name(name), Value::Number(number)) = (target, value) else { return None };
        if self.globals.len() < 2 || !number.literal || number.free {
            return None;
        }
        let key = format!("{place} {}", name.id);
        let recorder = self.numbers.recorder;
        let is_it = |free: &&super::Free| {
            free.is_local && free.name == *name.id && free.value == number.value && free.key != key
        };
        let known = self.numbers.inputs.iter().find(is_it).map(|free| recorder.var(free.node));
        if let Some(var) = known {
            return Some(Value::Number(Number { var, free: true, literal: false, ..*number }));
        }
        let before = self.numbers.inputs.len();
        let value = self.freed(value.clone(), &name.id, place);
        self.numbers.inputs[before..].iter_mut().for_each(|free| free.is_local = true);
        Some(value)
    }

    /// A number that is put among what is computed is that number: `margins[range(n), y] = 0`.
    fn constant_in(&mut self, target: &'a Expr, value: &Value<'a>) -> Option<Value<'a>> {
        let (Expr::Subscript(place), Value::Number(number)) = (target, value) else { return None };
        let Value::Array(array) = self.evaluate(&place.value) else { return None };
        let is_computed = |number: &Number<'a>| !number.literal && !self.numbers.is_input(*number);
        let is_constant = number.literal && !number.free && array.borrow().iter().any(is_computed);
        is_constant.then_some(Value::Number(Number { literal: false, ..*number }))
    }

    /// `y[range(n), labels] = 1` marks the class of each sample: what is there is 0 or 1, and no other number.
    fn marks(&mut self, target: &'a Expr, value: &Value<'a>) -> Option<Value<'a>> {
        let (Expr::Subscript(place), Value::Number(one)) = (target, value) else { return None };
        let lists =
            |index: &Expr| matches!(index, Expr::Call(call) if self.words(call.func.range()).ends_with("range"));
        let is_marked = names::is_target(&self.words(place.value.range()).replace("self.", ""))
            || matches!(&*place.slice, Expr::Tuple(tuple) if tuple.elts.iter().any(lists));
        if !one.literal || one.value != 1.0 || !is_marked {
            return None;
        }
        if let Value::Array(array) = self.evaluate(&place.value) {
            let settled = array.borrow().mapv(|number| self.numbers.settled(number));
            self.remember(super::Slot::Array(array.clone()));
            **array.borrow_mut() = settled;
        }
        Some(Value::Number(Number { kind: Kind::Float, ..Number::fixed(1.0) }))
    }

    pub(super) fn unpack(
        &mut self,
        targets: &'a [Expr],
        value: &Value<'a>,
        mut each: impl FnMut(&mut Self, &'a Expr, Value<'a>),
    ) {
        let items = self.items(value).unwrap_or_default();
        let starred = targets.iter().position(Expr::is_starred_expr);
        for (at, target) in targets.iter().enumerate() {
            let after = targets.len() - at - 1;
            let value = match starred {
                Some(star) if at == star => {
                    let end = items.len().saturating_sub(after).max(at);
                    Value::list(items.get(at..end).unwrap_or_default().to_vec())
                }
                Some(star) if at > star => {
                    items.len().checked_sub(after + 1).and_then(|at| items.get(at)).cloned().unwrap_or(Value::Nothing)
                }
                _ => items.get(at).cloned().unwrap_or_else(|| match value {
                    Value::Opaque(why) => Value::Opaque(why.clone()),
                    _ => Value::opaque("there is nothing to unpack for it"),
                }),
            };
            each(self, target, value);
        }
    }

    /// Puts a value where a target says.
    pub(super) fn store(&mut self, target: &'a Expr, value: Value<'a>) {
        match target {
            Expr::Name(name) => self.bind(&name.id, value),
            Expr::Attribute(attribute) => match self.evaluate(&attribute.value) {
                Value::Object(object) => {
                    let value = self.or_supposed(&attribute.attr, value);
                    self.set(&object.names.clone(), &attribute.attr, value);
                }
                Value::Class(class) => self.set(&class.names.clone(), &attribute.attr, value),
                _ => {}
            },
            Expr::Subscript(subscript) => {
                let base = self.evaluate(&subscript.value);
                let is_one = matches!(&value, Value::Number(number) if number.literal);
                if self.store_item(&base, &subscript.slice, value) || subscript.value.is_subscript_expr() {
                    return;
                }
                // Of data nothing is known anyway, unless single elements of them are marked.
                let name = self.target_name(&subscript.value);
                if is_one || !(names::is_data(&name) || names::is_target(&name)) {
                    let why = "elements of it are set at places that cannot be followed";
                    self.opaque.push((self.words(subscript.value.range()).to_owned(), self.place, why.into()));
                    self.store(&subscript.value, Value::opaque(why));
                }
            }
            Expr::Tuple(tuple) => {
                self.unpack(&tuple.elts, &value, |run, target, value| run.store(target, value));
            }
            Expr::List(list) => {
                self.unpack(&list.elts, &value, |run, target, value| run.store(target, value));
            }
            Expr::Starred(starred) => self.store(&starred.value, value),
            _ => {}
        }
    }

    /// The same value with the literals in it free under this name, and the formulas called by it.
    pub(super) fn freed(&mut self, value: Value<'a>, name: &str, place: usize) -> Value<'a> {
        if self.depth > super::DEEPEST[1] || self.steps > super::MOST[0] {
            return value;
        }
        self.steps += usize::from(matches!(value, Value::List(_) | Value::Tuple(_) | Value::Dict(_)));
        self.depth += 1;
        let value = match value {
            Value::Number(number) => Value::Number(self.freed_number(number, name, place)),
            Value::Array(array) => {
                let shape = array.borrow().shape().to_vec();
                let mut own = array.borrow().clone();
                // Targets that are all 0 are still to be filled in.
                let is_empty =
                    |number: &Number<'a>| number.literal && number.kind == Kind::Float && number.value == 0.0;
                if names::is_target(name) && shape.len() == 2 && own.iter().all(is_empty) {
                    own.mapv_inplace(|number| Number { literal: false, ..number });
                } else if names::is_target(name) && is_classes(&own) {
                    own.mapv_inplace(|number| Number { literal: true, ..number });
                }
                let is_zero = |number: &Number<'a>| number.literal && !number.free && number.value == 0.0;
                if self.supposed.is_kept && own.iter().all(is_zero) && !names::is_target(name) {
                    self.sizes.zeros.insert(name.to_owned());
                    own.mapv_inplace(|number| Number { literal: false, ..number });
                } else if own.iter().all(is_zero) {
                    self.sizes.has_zeros = true;
                }
                let old = own.clone();
                let is_symmetric = is_symmetric(&own);
                let is_derivative = self.is_derivative(name);
                let (mut met, mut again) = (HashSet::new(), HashSet::new());
                let nodes = own.iter().filter_map(|number| self.numbers.node(*number));
                again.extend(nodes.filter(|node| !met.insert(*node)));
                for (flat, number) in own.iter_mut().enumerate() {
                    // What stands in two places, as a row that is picked twice, can be derived by in each of them.
                    let is_again = self.numbers.node(*number).is_some_and(|node| again.contains(&node));
                    if is_again && !is_derivative && number.kind != Kind::Truth {
                        *number = self.numbers.copied(*number);
                    }
                    *number = self.freed_number(*number, &element(name, flat, &shape), place);
                }
                if names::is_target(name) {
                    self.tie(&old, &mut own);
                }
                if is_symmetric && !names::is_target(name) && !names::is_data(name) {
                    self.sizes.symmetric.insert(name.to_owned());
                    if self.supposed.is_kept {
                        let upper = own.clone();
                        own.indexed_iter_mut()
                            .for_each(|(at, number)| *number = upper[[at[0].min(at[1]), at[0].max(at[1])]]);
                    }
                }
                self.remember(super::Slot::Array(array.clone()));
                array.replace(own);
                Value::Array(array)
            }
            Value::List(list) => {
                let items = list.borrow().clone();
                let items =
                    items.into_iter().enumerate().map(|(at, item)| self.freed(item, &inner(name, at), place)).collect();
                self.remember(super::Slot::List(list.clone()));
                list.replace(items);
                Value::List(list)
            }
            Value::Tuple(items) => {
                let items = items.iter().cloned().enumerate();
                Value::tuple(items.map(|(at, item)| self.freed(item, &inner(name, at), place)).collect())
            }
            Value::Dict(dict) => {
                let mut own = dict.borrow().clone();
                for (key, item) in dict.borrow().iter().map(|(key, item)| (key.clone(), item.clone())) {
                    let name = match &key {
                        Key::Text(text) => text.clone(),
                        Key::Whole(at) => format!("{name}[{at}]"),
                        Key::Many(_) => name.to_owned(),
                    };
                    own.insert(key, self.freed(item, &name, place));
                }
                self.remember(super::Slot::Dict(dict.clone()));
                dict.replace(own);
                Value::Dict(dict)
            }
            other => other,
        };
        self.depth -= 1;
        value
    }

    /// Rows or columns of targets that add up to 1 do so for all numbers: the last of each is what is left.
    fn tie(&mut self, old: &Array<'a>, own: &mut Array<'a>) {
        let adds_up = |axis: &usize| {
            old.shape()[*axis] > 1
                && old.lanes(Axis(*axis)).into_iter().all(|lane| {
                    lane.iter().all(|number| number.literal && !number.free && number.value >= 0.0)
                        && (lane.iter().map(|number| number.value).sum::<f64>() - 1.0).abs() < 1e-12
                })
        };
        // Where both do, the classes of a sample stand as supposed.
        let by_columns = self.supposed.data.is_some_and(|data| data.by_columns);
        let mut axes: Vec<usize> = (0..old.ndim()).filter(adds_up).collect();
        let Some(axis) = (if by_columns { axes.first().copied() } else { axes.pop() }) else { return };
        for mut lane in own.lanes_mut(Axis(axis)) {
            let last = lane.len() - 1;
            let mut rest = Number::literal(1.0, Kind::Whole);
            for &number in lane.iter().take(last) {
                rest = self.numbers.binary(Binary::Sub, rest, number);
            }
            lane[last] = rest;
        }
    }

    /// Whether a name is that of a derivative: by itself, or as `d` before another name.
    pub(super) fn is_derivative(&self, name: &str) -> bool {
        let base = names::whole(name);
        let of = base.strip_prefix('d').filter(|of| of.len() > 1);
        names::is_derivative(base) || of.is_some_and(|of| self.lookup(of).is_some())
    }

    fn freed_number(&mut self, number: Number<'a>, name: &str, place: usize) -> Number<'a> {
        if number.free || !number.literal {
            // A derivative that is an input is a number of its own, so that it can be told from the input.
            let is_own = self.is_derivative(name) && self.numbers.is_input(number);
            let number = if is_own { self.numbers.copied(number) } else { number };
            self.numbers.name(number, name);
            return number;
        }
        if is_guard(number) {
            return number;
        }
        if self.is_derivative(name) {
            return Number { literal: false, ..number };
        }
        if number.kind == Kind::Whole && number.value > 1.0 && names::is_size(name) {
            // A size is made small with what has it.
            return Number { kind: number.kind, ..Number::fixed(self.taken(number.value as i64) as f64) };
        }
        self.numbers.free(name, place, number.value, number.kind)
    }

    /// The same value where sums start at 0.
    pub(super) fn settled(&mut self, value: &Value<'a>) -> Value<'a> {
        match value {
            Value::Number(number) => Value::Number(self.numbers.settled(*number)),
            Value::Array(array) => {
                let settled = array.borrow().mapv(|number| self.numbers.settled(number));
                Value::array(settled).like(value)
            }
            other => other.clone(),
        }
    }
}

/// Whether an array that was filled in has a 1 for the class of each sample, among zeros.
fn is_classes(array: &Array<'_>) -> bool {
    let is_set = |number: &Number<'_>| !number.free && (number.value == 0.0 || number.value == 1.0);
    let has_one = |axis: usize| {
        array.lanes(Axis(axis)).into_iter().all(|lane| lane.iter().filter(|it| it.value == 1.0).count() == 1)
    };
    array.ndim() == 2 && array.iter().all(is_set) && (has_one(0) || has_one(1))
}

/// Whether an array that was filled in is its own transpose, and not only because nothing stands in it.
fn is_symmetric(array: &Array<'_>) -> bool {
    let is_literal = |number: &Number<'_>| number.literal && !number.free && !number.drawn;
    let is_square = matches!(*array.shape(), [rows, columns] if rows == columns && rows > 1);
    let same = || array.indexed_iter().all(|(at, number)| number.value == array[[at[1], at[0]]].value);
    is_square && array.iter().all(is_literal) && array.iter().any(|number| number.value != 0.0) && same()
}

/// Whether the body of a function yields what it finds.
fn yields(body: &[Stmt]) -> bool {
    struct Yields(bool);
    impl Visitor<'_> for Yields {
        fn visit_stmt(&mut self, statement: &Stmt) {
            if !matches!(statement, Stmt::FunctionDef(_) | Stmt::ClassDef(_)) {
                walk_stmt(self, statement);
            }
        }
        fn visit_expr(&mut self, expression: &Expr) {
            self.0 |= matches!(expression, Expr::Yield(_));
            walk_expr(self, expression);
        }
    }
    let mut yields = Yields(false);
    body.iter().for_each(|statement| yields.visit_stmt(statement));
    yields.0
}
