//! What a file defines and never calls: functions, classes and layers that derive, called as they would be.

use std::collections::BTreeSet;
use std::rc::Rc;

use ruff_python_ast::Stmt;

use super::layer::Layer;
use super::value::{Body, Class, Function};
use super::{Interpreter, Value};
use crate::python::names;

impl<'a> Interpreter<'a> {
    /// Calls what derives and is never called, as it would be.
    pub(super) fn call_the_rest(&mut self) {
        let Some(global) = self.scopes.first().cloned() else { return };
        let mut values: Vec<Value<'a>> = global.borrow().values().cloned().collect();
        let inner = values.iter().filter_map(|value| if let Value::Class(class) = value { Some(class) } else { None });
        let inner = inner.flat_map(|class| class.names.borrow().values().cloned().collect::<Vec<_>>());
        values.extend(inner.filter(|value| matches!(value, Value::Class(_))).collect::<Vec<_>>());
        let mut called: BTreeSet<&'a str> = BTreeSet::new();
        let bodies: Vec<(&'a str, &'a [Stmt])> =
            self.bodies.iter().flat_map(|(name, bodies)| bodies.iter().map(|body| (*name, *body))).collect();
        for &(name, body) in &bodies {
            called.extend(self.calls(body).into_iter().filter(|called| *called != name));
        }
        let functions: Vec<Rc<Function<'a>>> = values.iter().filter_map(Value::function).collect();
        let layer = |value: &Value<'a>| match value {
            Value::Function(function) => Layer::of_function(function, &functions),
            Value::Class(class) => Layer::of_class(class),
            _ => None,
        };
        self.call_helpers(&functions, &called);
        let layers: Vec<Option<Layer<'a>>> = values.iter().map(layer).collect();
        for (value, _) in values.iter().zip(&layers).filter(|(_, layer)| layer.is_none()) {
            match value {
                Value::Function(function) if !called.contains(function.name) => self.call_function(function),
                Value::Class(class) => self.call_class(class, &called),
                _ => {}
            }
        }
        for layer in layers.iter().flatten() {
            if !self.was_run(layer.backward()) {
                self.call_layer(layer);
            }
        }
        // What could not be called by what calls it.
        functions.iter().for_each(|function| self.call_function(function));
    }

    fn call_function(&mut self, function: &Rc<Function<'a>>) {
        if !self.derives(function) || self.was_run(function) {
            return;
        }
        self.place = function.place;
        let arguments = self.arguments(function);
        self.invoke(Value::Function(function.clone()), arguments, vec![]);
    }

    /// An object, and its methods that no other calls, in their order.
    fn call_class(&mut self, class: &Rc<Class<'a>>, called: &BTreeSet<&'a str>) {
        let methods = class.methods();
        let deriving: Vec<_> = methods.iter().filter(|method| self.derives(method)).cloned().collect();
        if deriving.is_empty() || deriving.iter().any(|method| self.was_run(method)) {
            return;
        }
        let object = self.object(class);
        let is_meant = |name: &str| {
            !name.starts_with("__")
                && !["predict", "plot", "save", "load", "show"].iter().any(|word| name.contains(word))
        };
        let roots = methods.iter().filter(|method| is_meant(method.name) && !called.contains(method.name));
        for method in roots.cloned().collect::<Vec<_>>() {
            self.place = method.place;
            let arguments = self.arguments(&method);
            let bound = Value::Method(Box::new(object.clone()), method.name.to_owned());
            self.invoke(bound, arguments, vec![]);
        }
    }

    /// Whether a function assigns derivatives or steps, itself or in what it calls.
    fn derives(&self, function: &Function<'a>) -> bool {
        let Body::Block(body) = function.body else { return false };
        let changes = self.changes(body);
        self.trains(&changes) || changes.names().into_iter().any(names::is_derivative)
    }
}
