//! Calls: of functions and classes of the file, of methods, and of what modules have.

use std::collections::HashMap;
use std::rc::Rc;

use indexmap::IndexMap;
use ruff_python_ast::{Expr, ExprCall, Operator};
use ruff_text_size::Ranged;

use super::said::mentions;
use super::value::{Class, Function, Object};
use super::{Assigned, Interpreter, Kind, Number, Value, scope};
use crate::graph::Var;
use crate::op::Scalar;
use crate::python::names;

/// Arguments by name.
pub(super) type Named<'a> = Vec<(String, Value<'a>)>;

/// Takes an argument out by its name.
pub(super) fn taken<'a>(named: &mut Named<'a>, name: &str) -> Option<Value<'a>> {
    named.iter().position(|(known, _)| known == name).map(|at| named.remove(at).1)
}

impl<'a> Interpreter<'a> {
    pub(super) fn call(&mut self, call: &'a ExprCall) -> Value<'a> {
        // Bounds keep a derivative from growing too large, and are no part of it.
        if let Some(derivative) = super::left_out::bounds_derivative(call) {
            return self.evaluate(derivative);
        }
        let parent = self.parent_method(&call.func);
        let function = match &*call.func {
            _ if parent.is_some() => Value::Nothing,
            // `x.size(0)` of torch is a method, `x.size` of numpy a number.
            Expr::Attribute(size) if &*size.attr == "size" => match self.evaluate(&size.value) {
                array @ Value::Array(_) => Value::Method(Box::new(array), "size".to_owned()),
                base => self.attribute(base, "size"),
            },
            Expr::Attribute(method) => match self.evaluate(&method.value) {
                // What is called is no number that was not known: `optimizer.step()`.
                Value::Opaque(why) => super::loaded::computed(&why, &method.attr),
                base => self.attribute(base, &method.attr),
            },
            function => self.evaluate(function),
        };
        let mut given = Vec::new();
        for argument in &call.arguments.args {
            let value = self.evaluate(argument);
            if argument.is_starred_expr() {
                given.extend(self.items(&value).unwrap_or_default());
            } else {
                given.push(value);
            }
        }
        let mut named = Vec::new();
        for keyword in &call.arguments.keywords {
            let value = self.evaluate(&keyword.value);
            match (&keyword.arg, &value) {
                (Some(name), _) => named.push((name.to_string(), value)),
                (None, Value::Dict(dict)) => named.extend(dict.borrow().iter().filter_map(|(key, value)| match key {
                    super::value::Key::Text(name) => Some((name.clone(), value.clone())),
                    _ => None,
                })),
                _ => {}
            }
        }
        if super::left_out::bounds_norm(call) {
            return Value::Number(Number::fixed(1.0));
        }
        match parent {
            Some(Some((function, class, object))) => {
                given.insert(0, object.clone());
                self.run(&function, given, named, Some((class, object)))
            }
            Some(None) => Value::Nothing,
            None => self.invoke(function, given, named),
        }
    }

    /// `super().method`: the method of a base class, and the object; an inner `None` where there is no such method.
    #[allow(clippy::type_complexity)] // absent, not a method, or a method with its class and its object
    fn parent_method(&mut self, function: &'a Expr) -> Option<Option<(Rc<Function<'a>>, Rc<Class<'a>>, Value<'a>)>> {
        let Expr::Attribute(attribute) = function else { return None };
        let Expr::Call(inner) = &*attribute.value else { return None };
        inner.func.as_name_expr().filter(|name| &*name.id == "super")?;
        let (class, object) = self.classes.last()?.clone();
        let found = class.bases.iter().find_map(|base| match base.get(&attribute.attr) {
            Some(Value::Function(function)) => Some((function, base.clone(), object.clone())),
            _ => None,
        });
        Some(found)
    }

    pub(super) fn invoke(&mut self, function: Value<'a>, given: Vec<Value<'a>>, named: Named<'a>) -> Value<'a> {
        match function {
            Value::Function(function) => self.run(&function, given, named, None),
            Value::Class(class) => {
                let own = scope();
                self.objects.push(own.clone());
                let object = Value::Object(Rc::new(Object { class: class.clone(), names: own }));
                if let Some(Value::Function(init)) = class.get("__init__") {
                    let given = std::iter::once(object.clone()).chain(given).collect();
                    self.run(&init, given, named, Some((class, object.clone())));
                } else if let Value::Object(data) = &object {
                    let fields = class.all_fields();
                    let given = fields.iter().map(|field| (*field).to_owned()).zip(given);
                    data.names.borrow_mut().extend(given.chain(named).filter(|(name, _)| fields.contains(&&**name)));
                }
                object
            }
            Value::Object(object) => {
                let call = ["__call__", "forward"].iter().find(|name| object.class.get(name).is_some());
                match call {
                    Some(name) => {
                        self.invoke(Value::Method(Box::new(Value::Object(object)), (*name).to_owned()), given, named)
                    }
                    None => Value::opaque("this object cannot be called"),
                }
            }
            Value::Method(base, name) => match (*base, name) {
                (Value::Object(object), name) => match object.class.get(&name) {
                    Some(Value::Function(function)) => {
                        let class = object.class.clone();
                        let object = Value::Object(object);
                        let first = function.takes_self().then(|| object.clone());
                        self.run(&function, first.into_iter().chain(given).collect(), named, Some((class, object)))
                    }
                    Some(other) => self.invoke(other, given, named),
                    None => Value::opaque(format!("`{name}` is not known")),
                },
                (base, name) => self.method(base, &name, given, named),
            },
            Value::Library(name) => self.library(&name, given, named),
            Value::Opaque(why) => Value::Opaque(why),
            _ => Value::opaque("this cannot be called"),
        }
    }

    /// Runs a function of the file.
    pub(super) fn run(
        &mut self,
        function: &Rc<Function<'a>>,
        given: Vec<Value<'a>>,
        mut named: Named<'a>,
        class: Option<(Rc<Class<'a>>, Value<'a>)>,
    ) -> Value<'a> {
        if function.scopes.len() > super::DEEPEST[0] || self.globals.len() > super::DEEPEST[0] {
            return Value::opaque(format!("`{}` calls itself too deep", function.name));
        }
        self.ran.insert(Rc::as_ptr(function).cast());
        if names::is_numeric(function.name) {
            return super::left_out::near();
        }
        self.compare_with_loss(function, &given, &named, class.as_ref().map(|(_, object)| object));
        let only = match (&*given, &*named) {
            ([Value::Number(argument)], []) => Some(*argument),
            _ => None,
        };
        let own = scope();
        let mut given = given.into_iter();
        if let Some(parameters) = function.parameters {
            for parameter in parameters.posonlyargs.iter().chain(&parameters.args) {
                let name = parameter.parameter.name.as_str();
                let by_name = named.iter().position(|(known, _)| known == name).map(|at| named.remove(at).1);
                let default =
                    function.defaults.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
                let value = if by_name.is_some() { by_name } else { given.next().or(default) };
                let value = value.unwrap_or_else(|| Value::opaque(format!("`{name}` is given no value")));
                own.borrow_mut().insert(name.to_owned(), self.or_supposed(name, value));
            }
            if let Some(rest) = &parameters.vararg {
                own.borrow_mut().insert(rest.name.to_string(), Value::tuple(given.collect()));
            }
            for parameter in &parameters.kwonlyargs {
                let name = parameter.parameter.name.as_str();
                let by_name = named.iter().position(|(known, _)| known == name).map(|at| named.remove(at).1);
                let default =
                    function.defaults.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
                own.borrow_mut().insert(name.to_owned(), by_name.or(default).unwrap_or(Value::Nothing));
            }
            if let Some(rest) = &parameters.kwarg {
                let items: IndexMap<_, _> =
                    named.into_iter().map(|(name, value)| (super::value::Key::Text(name), value)).collect();
                own.borrow_mut().insert(rest.name.to_string(), Value::dict(items));
            }
        }
        for (name, value) in own.borrow_mut().iter_mut().filter(|(name, _)| names::is_size(name)) {
            if let Value::Number(number) = value
                && number.literal
                && !number.free
                && number.kind == Kind::Whole
            {
                *value = Value::Number(self.sized(name, *number));
            }
        }
        // Data that are written where a function is called are as free as what has a name, and so are rates, and where it
        // begins to train a number.
        let is_stepped = |run: &Self, name: &str| match function.body {
            super::value::Body::Block(body) => run.changes(body).steps(name) || run.steps_from_within(body, name),
            super::value::Body::Expression(_) => false,
        };
        let is_literal = |number: &Number<'a>| number.literal && !number.free && number.kind != Kind::Truth;
        let given: Vec<(String, Value<'a>)> =
            own.borrow().iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let is_free = |value: &Value<'a>| {
            let is_number = || value.numbers().is_some_and(|(all, _)| all.iter().any(|number| number.free));
            matches!(value, Value::Object(_)) || is_number()
        };
        let is_fed = given.iter().any(|(_, value)| is_free(value));
        for (name, value) in given {
            let value = match value {
                Value::Number(number) if is_literal(&number) => match is_stepped(self, &name) {
                    true => self.freed(value, &name, function.place),
                    false if (names::is_rate(&name) || names::is_penalty(&name)) && number.value > 0.0 => {
                        self.one_of_all(&name, number, function.place, is_fed)
                    }
                    false => continue,
                },
                Value::List(_) | Value::Array(_)
                    if value.numbers().is_some_and(|(all, _)| all.len() > 1 && all.iter().all(is_literal)) =>
                {
                    self.freed(value, &name, function.place)
                }
                _ => continue,
            };
            own.borrow_mut().insert(name, value);
        }
        let arguments: Vec<(String, Value<'a>)> =
            own.borrow().iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        // The parameter of a helper called elsewhere, `sigmoid(z)`, is not what the file calls so; that of a layer is what
        // its backward pass speaks of.
        let is_layer = self.goes_back(function.name);
        for (name, value) in arguments {
            if is_layer || !self.is_assigned(&name) {
                self.note(&name, value);
            }
        }
        let mut scopes = function.scopes.clone();
        scopes.push(own);
        let around = std::mem::replace(&mut self.scopes, scopes);
        self.globals.push(HashMap::new());
        let is_method = class.is_some();
        let before = self.log.len();
        // What is given nothing that is free makes something, and computes nothing.
        let is_pass = names::hands_on(function.name) || names::is_pass(function.name) && is_fed;
        let is_pass = std::mem::replace(&mut self.numbers.is_pass, is_pass);
        self.calls.push((function.body, is_fed));
        self.classes.extend(class);
        let result = if function.is_generator {
            self.yielded.push(Vec::new());
            self.body(function.body);
            Value::list(self.yielded.pop().unwrap_or_default())
        } else {
            self.body(function.body)
        };
        self.calls.pop();
        self.numbers.is_pass = is_pass;
        if is_method {
            self.classes.pop();
            self.hand_back(function.name, &result);
        }
        self.globals.pop();
        self.scopes = around;
        // What is only printed may be the loss.
        if names::is_loss(function.name) && matches!(result, Value::Number(number) if number.free) {
            self.note(&format!("{}(…)", function.name), result.clone());
        } else if let (Value::Number(_), Some(name)) = (&result, self.penalised(before)) {
            self.note(&name, result.clone());
        }
        match (result, only) {
            (Value::Number(result), Some(argument)) if result.free && argument.free => {
                let var = result.var.result_of(function.name, argument.var);
                Value::Number(Number { var, ..result })
            }
            (result, _) => result,
        }
    }

    /// The loss, of those that were named from a place on, that is handed back with a penalty, terms without data:
    /// `return mse + lam*sum(w**2)`.
    fn penalised(&self, from: usize) -> Option<String> {
        let mut terms = vec![self.returned?];
        while let Some(Expr::BinOp(sum)) = terms.last()
            && sum.op == Operator::Add
        {
            terms.pop();
            terms.extend([&*sum.right, &*sum.left]);
        }
        let is_loss = |name: &str| names::loss_rank(name).is_some();
        let name = terms.pop()?.as_name_expr().filter(|name| is_loss(&name.id) && !terms.is_empty())?;
        let is_other = |term: &&Expr| {
            let is_name = term.as_name_expr().is_some_and(|name| !names::is_penalty(&name.id));
            is_name || mentions(term, |name| is_loss(name) || names::may_be_data(name))
        };
        if terms.iter().any(is_other) {
            return None;
        }
        // What another function comes to is the loss as it is.
        let node = |entry: &Assigned<'a>| entry.value.number().and_then(|number| self.numbers.node(number));
        let own = self.log[from..].iter().rfind(|entry| entry.name == *name.id)?;
        let mut results = self.log.iter().filter(|entry| names::is_of_function(&entry.name));
        (!results.any(|result| node(result) == node(own))).then(|| own.name.clone())
    }

    /// What the method of a layer hands back to the layer before is a derivative, though it has no name.
    fn hand_back(&mut self, name: &str, result: &Value<'a>) {
        let written = self.returned.filter(|written| !written.is_name_expr() && !written.is_attribute_expr());
        let is_number = matches!(result, Value::Number(_) | Value::Array(_));
        if let Some(written) = written.filter(|_| is_number && names::hands_back(name)) {
            let (name, value, place) = (name.to_owned(), result.clone(), written.range());
            self.log.push(Assigned { name, value, step: None, told: None, place, right: place });
        }
    }

    /// Where the first item stands that equals a value.
    fn place_in(&mut self, items: &[Value<'a>], value: &Value<'a>) -> Option<usize> {
        items.iter().position(|item| {
            let same = self.compare(ruff_python_ast::CmpOp::Eq, item, value);
            self.steer(&same)
        })
    }

    pub(super) fn attribute(&mut self, base: Value<'a>, name: &str) -> Value<'a> {
        match &base {
            Value::Opaque(_) if names::is_rate(name) => self.or_supposed(name, base),
            Value::Opaque(why) => super::loaded::attribute(why, name),
            Value::Module(module) => self.member(&module.clone(), name),
            Value::Object(object) => {
                let own = object.names.borrow().get(name).cloned();
                own.or_else(|| match object.class.get(name) {
                    Some(Value::Function(function)) if function.is_property => {
                        let class = object.class.clone();
                        Some(self.run(&function, vec![base.clone()], vec![], Some((class, base.clone()))))
                    }
                    Some(Value::Function(_)) => Some(Value::Method(Box::new(base.clone()), name.to_owned())),
                    other => other,
                })
                .unwrap_or_else(|| Value::opaque(format!("`{name}` is not known")))
            }
            Value::Class(class) => class.get(name).unwrap_or_else(|| Value::opaque(format!("`{name}` is not known"))),
            Value::Array(array) => match name {
                "T" => Value::array(array.borrow().t().to_owned()).like(&base),
                "A" => Value::array((**array.borrow()).clone()),
                "A1" => self.library("ravel", vec![Value::array((**array.borrow()).clone())], vec![]),
                "shape" => Value::tuple(array.borrow().shape().iter().map(|&size| Value::whole(size)).collect()),
                "size" => Value::whole(array.borrow().len()),
                "ndim" => Value::whole(array.borrow().ndim()),
                "data" | "real" | "values" | "iloc" | "loc" | "flat" => base.clone(),
                "grad" => Value::opaque("a gradient that a library computes"),
                _ => Value::Method(Box::new(base.clone()), name.to_owned()),
            },
            Value::Masked(_) => {
                let picked = self.picked(&base);
                self.attribute(picked, name)
            }
            Value::Number(_) if matches!(name, "T" | "data" | "real" | "values") => base,
            Value::Number(_) if name == "shape" => Value::tuple(vec![]),
            _ => Value::Method(Box::new(base), name.to_owned()),
        }
    }

    pub(super) fn module(&self, path: &str) -> Value<'a> {
        let known = match path {
            "math" | "numpy" | "torch" | "jax.numpy" | "autograd.numpy" | "cmath" => "numpy",
            "random" | "numpy.random" => "random",
            "torch.nn.functional" | "scipy.special" | "scipy" => "numpy",
            "__future__" | "typing" | "copy" | "collections" | "dataclasses" | "functools" | "itertools" => "numpy",
            "scipy.optimize" => "optimize",
            "sklearn.model_selection" => "split",
            _ => return Value::opaque(format!("module `{path}` is not followed")),
        };
        Value::Module(known.to_owned())
    }

    pub(super) fn member(&mut self, module: &str, name: &str) -> Value<'a> {
        let named = |var: Var<'a>, value: f64| Value::Number(Number { var, kind: Kind::Float, ..Number::fixed(value) });
        let constant = |value| self.numbers.constant(value);
        match name {
            "pi" => named(constant(-1.0).acos(), std::f64::consts::PI),
            "e" => named(constant(1.0).exp(), std::f64::consts::E),
            "inf" | "Inf" => Value::float(f64::INFINITY),
            "nan" => Value::float(f64::NAN),
            "newaxis" => Value::Nothing,
            "random" if module == "numpy" => Value::Module("random".to_owned()),
            "functional" | "nn" | "special" => Value::Module("numpy".to_owned()),
            "optimize" => Value::Module("optimize".to_owned()),
            "read" if module == "file" => Value::Library("file read".to_owned()),
            _ if module == "file" => Value::opaque("a file that is read"),
            _ if module == "optimize" => Value::Library(format!("optimize {name}")),
            _ if module == "split" && name != "train_test_split" => Value::opaque(format!("`{name}` is not followed")),
            "linalg" => Value::Module("linalg".to_owned()),
            _ if module == "linalg" && name != "norm" => Value::opaque(format!("`{name}` is not followed")),
            "optim" | "autograd" | "fft" => Value::opaque(format!("`{name}` is not followed")),
            "float" | "float32" | "float64" | "int" | "int32" | "int64" | "long" | "double" if module == "numpy" => {
                Value::Library(format!("as {name}"))
            }
            _ if module == "random" => Value::Library(format!("random {name}")),
            _ => Value::Library(name.to_owned()),
        }
    }

    pub(super) fn method(&mut self, base: Value<'a>, name: &str, given: Vec<Value<'a>>, named: Named<'a>) -> Value<'a> {
        match (&base, name) {
            (Value::Opaque(_), _) => base,
            (Value::List(list), "append") => {
                self.remember(super::Slot::List(list.clone()));
                if list.borrow().len() < super::MOST[1] {
                    list.borrow_mut().extend(given);
                }
                Value::Nothing
            }
            // A set is a list, too.
            (Value::List(list), "add") => {
                let items = list.borrow().clone();
                match given.first().and_then(|value| self.place_in(&items, value)) {
                    Some(_) => Value::Nothing,
                    None => self.method(base, "append", given, named),
                }
            }
            (Value::List(list), "extend") => {
                self.remember(super::Slot::List(list.clone()));
                let more = given.first().map(|more| self.items(more).unwrap_or_default()).unwrap_or_default();
                list.borrow_mut().extend(more);
                Value::Nothing
            }
            (Value::List(list), "insert") => {
                self.remember(super::Slot::List(list.clone()));
                if let [at, value] = &*given {
                    let length = list.borrow().len();
                    let at = self.size(at).unwrap_or(0).clamp(0, length as i64) as usize;
                    list.borrow_mut().insert(at, value.clone());
                }
                Value::Nothing
            }
            (Value::List(list), "pop") => {
                self.remember(super::Slot::List(list.clone()));
                let last = list.borrow().len() as i64 - 1;
                let at = given.first().and_then(|at| self.size(at)).unwrap_or(last);
                let at = if at < 0 { at + last + 1 } else { at };
                if (0..=last).contains(&at) { list.borrow_mut().remove(at as usize) } else { Value::Nothing }
            }
            (Value::List(list), "reverse") => {
                self.remember(super::Slot::List(list.clone()));
                list.borrow_mut().reverse();
                Value::Nothing
            }
            (Value::List(list), "remove") => {
                self.remember(super::Slot::List(list.clone()));
                let items = list.borrow().clone();
                if let Some(at) = given.first().and_then(|value| self.place_in(&items, value)) {
                    list.borrow_mut().remove(at);
                }
                Value::Nothing
            }
            (Value::List(list), "index") => {
                let items = list.borrow().clone();
                let place = given.first().and_then(|value| self.place_in(&items, value));
                place.map_or(Value::opaque("a list that does not have it"), Value::whole)
            }
            (Value::List(list), "copy") => Value::list(list.borrow().clone()),
            (Value::List(list), "clear") => {
                self.remember(super::Slot::List(list.clone()));
                list.borrow_mut().clear();
                Value::Nothing
            }
            (Value::Dict(dict), "update" | "setdefault" | "pop") => {
                self.remember(super::Slot::Dict(dict.clone()));
                let key = given.first().and_then(|key| self.key(key));
                let default = given.get(1).cloned().unwrap_or(Value::Nothing);
                match (name, key, given.first()) {
                    ("update", _, Some(Value::Dict(more))) => {
                        let more: Vec<_> =
                            more.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect();
                        dict.borrow_mut().extend(more);
                        Value::Nothing
                    }
                    ("setdefault", Some(key), _) => dict.borrow_mut().entry(key).or_insert(default).clone(),
                    ("pop", Some(key), _) => dict.borrow_mut().shift_remove(&key).unwrap_or(default),
                    _ => Value::Nothing,
                }
            }
            (Value::Dict(dict), _) => {
                let dict = dict.borrow();
                match name {
                    "keys" => Value::list(dict.keys().map(super::key_value).collect()),
                    "values" => Value::list(dict.values().cloned().collect()),
                    "items" => Value::list(
                        dict.iter()
                            .map(|(key, value)| Value::tuple(vec![super::key_value(key), value.clone()]))
                            .collect(),
                    ),
                    "copy" => Value::dict(dict.clone()),
                    "get" => {
                        let key = given.first().and_then(|key| self.key(key));
                        let found = key.and_then(|key| dict.get(&key).cloned());
                        found.unwrap_or_else(|| given.get(1).cloned().unwrap_or(Value::Nothing))
                    }
                    _ => Value::opaque(format!("`{name}` of a dictionary is not followed")),
                }
            }
            (Value::Library(of), "at") => self.add_at(of, &given),
            (Value::Text(text), "startswith" | "endswith") => match given.first() {
                Some(Value::Text(part)) if name == "startswith" => {
                    Value::Number(Number::truth(text.starts_with(&**part)))
                }
                Some(Value::Text(part)) => Value::Number(Number::truth(text.ends_with(&**part))),
                _ => Value::opaque(format!("`{name}` is not followed")),
            },
            (Value::Text(text), "format") => Value::Text(super::text::braces(text, &given, &named).into()),
            (Value::Text(_), "join" | "upper" | "lower" | "strip" | "ljust" | "rjust" | "center") => {
                Value::Text("…".into())
            }
            // A table of pandas gets a new column.
            (Value::Array(array), "insert") if given.len() == 3 && matches!(given[1], Value::Text(_)) => {
                if let Value::Array(wider) = self.inserted(&base, &given[0], &given[2], Some(1)) {
                    self.remember(super::Slot::Array(array.clone()));
                    array.replace(wider.borrow().clone());
                }
                Value::Nothing
            }
            (Value::Masked(_), _) => {
                let picked = self.picked(&base);
                self.method(picked, name, given, named)
            }
            (Value::Array(_), "size") => {
                let shape = self.attribute(base, "shape");
                match (given.first(), self.items(&shape)) {
                    (Some(at), Ok(sizes)) => {
                        let at = self.size(at).and_then(|at| super::index::within(at, sizes.len()));
                        at.map_or_else(|| Value::opaque("there is no such axis"), |at| sizes[at].clone())
                    }
                    _ => shape,
                }
            }
            (Value::Array(array), "numel") => Value::whole(array.borrow().len()),
            (Value::Array(_), "getA") => self.attribute(base, "A"),
            (Value::Number(_) | Value::Array(_), _) => {
                let mut all = vec![base.clone()];
                match name {
                    "item" | "detach" | "numpy" | "clone" | "copy" | "tolist" | "requires_grad_" | "cpu" | "astype"
                    | "type" | "to" | "double" | "contiguous" | "float" | "long" | "int" | "to_numpy"
                    | "requires_grad" | "toarray" | "reset_index" | "dropna" => {
                        let is_copy = matches!(name, "copy" | "clone" | "astype");
                        if let (Value::Array(array), true) = (&base, is_copy) {
                            let own = array.borrow().clone();
                            return Value::array(own);
                        }
                        match (&base, name) {
                            (Value::Array(array), "item") if array.borrow().len() == 1 => {
                                array.borrow().iter().next().map_or(Value::Nothing, |&number| Value::Number(number))
                            }
                            (Value::Array(_), "tolist") => self.items(&base).map_or(Value::Nothing, Value::list),
                            _ => base,
                        }
                    }
                    "backward" | "sort" => Value::Nothing,
                    "fill" => self.change(&base, name, &given, &named),
                    _ if name.ends_with('_') => self.change(&base, name, &given, &named),
                    "view" => {
                        all.extend(given);
                        self.library("reshape", all, named)
                    }
                    _ => {
                        all.extend(given);
                        self.library(name, all, named)
                    }
                }
            }
            _ => Value::opaque(format!("`{name}` is not followed")),
        }
    }
}
