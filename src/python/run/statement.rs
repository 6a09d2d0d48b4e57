//! Statements.

use std::collections::HashMap;
use std::rc::Rc;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, Operator, Stmt};
use ruff_text_size::{Ranged, TextRange};

use super::said::last_name;
use super::training::{moved_in_place, steps_by};
use super::value::{Body, Class, Function, Key};
use super::{Assigned, Flow, Interpreter, Value, scope};
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
                let call = expression.value.as_call_expr();
                match call.and_then(|call| Some((call, moved_in_place(call)?))) {
                    Some((call, (target, moved))) if target.is_name_expr() || target.is_attribute_expr() => {
                        let old = self.evaluate(target);
                        let right = self.evaluate(moved);
                        let scale = call.arguments.find_keyword("alpha").map(|scale| self.evaluate(&scale.value));
                        let value = self.added(last_name(&call.func).unwrap_or_default(), &old, right, scale);
                        let step = Some((self.target_name(target), old));
                        self.assign(target, value, step, expression.range, moved.range());
                    }
                    _ => {
                        self.evaluate(&expression.value);
                    }
                }
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
                        let left = self.settled(&assign.targets[0], &left);
                        self.operate(sum.op, &left, &right)
                    }
                    _ => self.evaluate(&assign.value),
                };
                let is_stepped = match (&*assign.targets, &*assign.value) {
                    ([target], Expr::DictComp(all)) => self.step_keys(target, all, &value, assign.range),
                    ([target], all) if super::training::each_of(all).is_some() => {
                        self.step_each(target, all, &value, assign.range)
                    }
                    _ => false,
                };
                if is_stepped {
                    return Flow::Next;
                }
                if let ([target], Expr::List(all)) = (&*assign.targets, &*assign.value)
                    && super::training::steps(target, &assign.value)
                {
                    self.step_listed(target, &all.elts, &value, assign.range);
                    return Flow::Next;
                }
                let step = assign.targets.first().and_then(|target| self.step(target, &assign.value));
                for target in &assign.targets {
                    self.assign(target, value.clone(), step.clone(), assign.range, assign.value.range());
                    self.note_part(target, &assign.value, &value);
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
                let left = if is_step { self.settled(&assign.target, &old) } else { old.clone() };
                let value = match (assign.op, &left, &right) {
                    (Operator::Add, Value::List(list), Value::List(_)) => {
                        self.remember(super::Slot::List(list.clone()));
                        let more = self.items(&right).unwrap_or_default();
                        list.borrow_mut().extend(more);
                        left.clone()
                    }
                    _ => match (&old, self.operate(assign.op, &left, &right)) {
                        // What is changed in place keeps its shape.
                        (Value::Array(own), Value::Array(new)) if own.borrow().shape() != new.borrow().shape() => {
                            let (own, new) = (own.borrow().shape().to_vec(), new.borrow().shape().to_vec());
                            Value::opaque(format!("shapes {own:?} and {new:?} do not fit"))
                        }
                        (_, value) => value,
                    },
                };
                let other = self.other_name(&assign.target, &old);
                let name = other.as_ref().map_or_else(|| self.target_name(&assign.target), |(_, name)| name.clone());
                // What adds up to another number than its own is no step of it.
                let adds_up =
                    assign.op == Operator::Add && self.is_other(&assign.target, &old) && !steps_by(&assign.value);
                let step = (is_step && !adds_up).then(|| (name, old.clone()));
                self.assign(&assign.target, value.clone(), step, assign.range, assign.value.range());
                if let (Value::Array(part), true) = (&old, self.has_parts()) {
                    let new = self.evaluate(&assign.target);
                    self.wrote(part, &new, is_step, (assign.range, assign.value.range()));
                }
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
                self.bind(&class.name, Value::Class(Rc::new(Class { name: &class.name, names: own, bases, fields })));
            }
            Stmt::Return(result) => {
                let value = result.value.as_ref().map_or(Value::Nothing, |value| self.evaluate(value));
                self.returned = result.value.as_deref();
                return Flow::Return(value);
            }
            Stmt::If(choice) if super::left_out::bounds(choice) => {}
            Stmt::If(choice) => {
                let test = self.evaluate(&choice.test);
                if !matches!(self.truth(&test), Ok((true, None))) && self.takes_turn(choice) {
                    return self.take_turn(choice);
                }
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
            self.assign(target, value.clone(), step, place, right.range());
            self.note_part(target, right, &value);
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
        let value = self.given_or_supposed(name, value);
        let scope = self.globals.last().and_then(|globals| globals.get(name)).or(self.scopes.last()).cloned();
        if let Some(scope) = scope {
            self.set(&scope, name, value);
        }
    }

    /// What a target is called: a variable, an attribute, or a text key.
    pub(super) fn target_name(&mut self, target: &'a Expr) -> String {
        match target {
            Expr::Name(name) => name.id.to_string(),
            // The number of an object is called as the object is.
            Expr::Attribute(attribute) if &*attribute.attr == "data" => {
                let number = match self.evaluate(target) {
                    Value::Number(number) => self.numbers.name_of(number).map(str::to_owned),
                    _ => None,
                };
                number.unwrap_or_else(|| attribute.attr.to_string())
            }
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
                    format!("{base}[{}]", super::text::shown(&index))
                }
            },
            other => self.words(other.range()).to_owned(),
        }
    }

    /// What stands at a key of a dictionary is called by the key; derivatives and memories that have the keys of their
    /// parameters, by both.
    fn key_name(&mut self, base: &'a Expr, key: &str) -> String {
        let of = self.target_name(base);
        let mut is_memory = || {
            let Value::Dict(dict) = self.evaluate(base) else { return false };
            let own = dict.borrow().get(&Key::Text(key.to_owned())).and_then(Value::numbers);
            let is_it = |number: &super::Number<'a>| {
                self.numbers.name_of(*number).is_some_and(|name| names::whole(name) == key)
            };
            own.is_some_and(|(own, _)| !own.iter().any(is_it)) && self.numbers.is_known(key)
        };
        if names::is_derivative(&of) && !names::is_derivative(key) || is_memory() {
            format!("{of}[{key}]")
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
                let value = self.given_or_supposed(&name, value);
                if let Value::Opaque(why) = &value {
                    self.opaque.push((name.clone(), place.start().into(), why.clone()));
                }
                let step = step.or_else(|| self.moved(target, &value));
                if let Some((name, old)) = step.as_ref().filter(|(name, _)| !self.is_derivative(name))
                    && let (Some((before, old)), Some((after, new))) = (old.numbers(), value.numbers())
                    && before.len() > 1
                    && before.len() != after.len()
                {
                    let why = format!("shapes change in this step, from {old:?} to {new:?}");
                    self.opaque.push((name.clone(), place.start().into(), why.into()));
                }
                let mut value = match self.marks(target, &value).or_else(|| self.constant_in(target, &value)) {
                    Some(one) => one,
                    None => match self.local(target, &value, place.start().into()) {
                        Some(known) => known,
                        None => self.freed(value, &name, place.start().into()),
                    },
                };
                if let Expr::Subscript(of) = target {
                    let is_step = step.is_some() && !self.is_derivative(&name);
                    self.freeze(target, (!is_step).then_some(&*of.value));
                }
                self.store(target, value.clone());
                if let (Expr::Subscript(of), true) = (target, self.has_parts())
                    && let of @ Value::Array(part) = &self.evaluate(&of.value)
                {
                    self.wrote(part, of, false, (place, right));
                }
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
                // An object that holds one number, as those of an engine do, is known by it.
                if let Value::Object(object) = &value {
                    let data = object.names.borrow().get("data").cloned();
                    if let Some(Value::Number(number)) = data {
                        let number = self.numbers.renamed(number, &name, place.start().into());
                        self.set(&object.names.clone(), "data", Value::Number(number));
                        self.note(&name, Value::Number(number));
                    }
                }
                self.log.push(Assigned { name, value, step, told: None, place, right });
            }
        }
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
                    Value::Opaque(why) => super::loaded::unpacked(why),
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
                let is_one = matches!(&value, Value::Number(number) if number.literal);
                if self.store_part(subscript, value) || subscript.value.is_subscript_expr() {
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
