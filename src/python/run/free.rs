//! What a name is given: which numbers of it are free, and which are what they are.

use std::collections::HashSet;

use ndarray::Axis;
use ruff_python_ast::Expr;
use ruff_text_size::Ranged;

use super::number::is_guard;
use super::value::{Array, Key, element, inner};
use super::{Interpreter, Kind, Number, Value};
use crate::op::Binary;
use crate::python::names;

impl<'a> Interpreter<'a> {
    /// The number that variables of several functions have where they have the same name and value: `a = 1` in a function
    /// and in its gradient.
    pub(super) fn local(&mut self, target: &Expr, value: &Value<'a>, place: usize) -> Option<Value<'a>> {
        let (Expr::Name(name), Value::Number(number)) = (target, value) else { return None };
        if self.globals.len() < 2 || !number.literal || number.free {
            return None;
        }
        Some(self.one_of_all(&name.id, *number, place))
    }

    /// The same for a number that a function is given.
    pub(super) fn one_of_all(&mut self, name: &str, number: Number<'a>, place: usize) -> Value<'a> {
        let key = format!("{place} {name}");
        let recorder = self.numbers.recorder;
        let is_it =
            |free: &&super::Free| free.is_local && free.name == name && free.value == number.value && free.key != key;
        let known = self.numbers.inputs.iter().find(is_it).map(|free| recorder.var(free.node));
        if let Some(var) = known {
            return Value::Number(Number { var, free: true, literal: false, ..number });
        }
        let before = self.numbers.inputs.len();
        let value = self.freed(Value::Number(number), name, place);
        self.numbers.inputs[before..].iter_mut().for_each(|free| free.is_local = true);
        value
    }

    /// A number that is put among what is computed is that number: `margins[range(n), y] = 0`.
    pub(super) fn constant_in(&mut self, target: &'a Expr, value: &Value<'a>) -> Option<Value<'a>> {
        let (Expr::Subscript(place), Value::Number(number)) = (target, value) else { return None };
        let Value::Array(array) = self.evaluate(&place.value) else { return None };
        let is_computed = |number: &Number<'a>| !number.literal && !self.numbers.is_input(*number);
        let is_constant = number.literal && !number.free && array.borrow().iter().any(is_computed);
        is_constant.then_some(Value::Number(Number { literal: false, ..*number }))
    }

    /// `y[range(n), labels] = 1` marks the class of each sample: what is there is 0 or 1, and no other number.
    pub(super) fn marks(&mut self, target: &'a Expr, value: &Value<'a>) -> Option<Value<'a>> {
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

    /// The same value with the literals in it free under this name, and the formulas called by it.
    pub(super) fn freed(&mut self, value: Value<'a>, name: &str, place: usize) -> Value<'a> {
        if self.depth > super::DEEPEST[1] || self.steps > self.limit {
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
                // A derivative that is a parameter, `dz_da = w`, is an array of its own.
                if is_derivative && array.borrow().iter().any(|number| self.numbers.is_input(*number)) {
                    self.depth -= 1;
                    return Value::array(own);
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

    /// Whether a name is that of a derivative: by itself, or as `d` before another name, of a variable or an attribute.
    pub(super) fn is_derivative(&self, name: &str) -> bool {
        let base = names::whole(name);
        let is_known =
            |of: &str| self.lookup(of).is_some() || self.objects.iter().any(|object| object.borrow().contains_key(of));
        let of = base.strip_prefix('d').filter(|of| of.len() > 1);
        names::is_derivative(base) || of.is_some_and(is_known)
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
            return self.sized(name, number);
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
