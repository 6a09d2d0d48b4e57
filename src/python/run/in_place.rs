//! Arrays that are changed in place: by methods and functions that write into what they are given, and as parts of others,
//! which slices and rows of numpy are.

use std::cell::RefCell;
use std::rc::Rc;

use ndarray::IxDyn;
use ruff_python_ast::{Expr, ExprCall, ExprSubscript, Operator, StmtFor};
use ruff_text_size::TextRange;

use super::call::{Named, taken};
use super::index::within;
use super::training::items_of;
use super::value::Array;
use super::{Assigned, Interpreter, Kind, Number, Slot, Value};

/// How many parts are remembered.
const PARTS: usize = 256;

/// A part of an array.
pub(super) struct Part<'a> {
    part: Rc<RefCell<Array<'a>>>,
    whole: Rc<RefCell<Array<'a>>>,
    /// What the whole is called.
    name: String,
    /// Where each number of the part stands in the whole.
    places: Vec<usize>,
}

impl<'a> Interpreter<'a> {
    /// Remembers that what a name is given is a part of an array: `row = w[i]`, `flat = w.reshape(-1)`.
    pub(super) fn note_part(&mut self, target: &Expr, from: &'a Expr, value: &Value<'a>) {
        let (Expr::Name(own), Value::Array(part)) = (target, value) else { return };
        if !self.spoiled.contains(own.id.as_str()) {
            return;
        }
        let of = match from {
            Expr::Subscript(of) if self.is_plain(&of.slice) => &of.value,
            Expr::Attribute(turned) if &*turned.attr == "T" => &turned.value,
            Expr::Call(call) => match &*call.func {
                Expr::Attribute(method) if ["reshape", "ravel", "view"].contains(&&*method.attr) => &method.value,
                _ => return,
            },
            _ => return,
        };
        let Value::Array(whole) = self.evaluate(of) else { return };
        let count = whole.borrow().len();
        let shape = whole.borrow().shape().to_vec();
        let places = Value::filled(&shape, (0..count).map(|at| Number::fixed(at as f64)).collect());
        let places = match from {
            Expr::Subscript(of) => self.item(&places, &of.slice),
            Expr::Call(ExprCall { func, arguments, .. }) => {
                let name = func.as_attribute_expr().map_or("", |method| &*method.attr);
                let given = arguments.args.iter().map(|argument| self.evaluate(argument)).collect();
                self.method(places, name, given, vec![])
            }
            _ => self.attribute(places, "T"),
        };
        let Some((places, _)) = places.numbers() else { return };
        let places: Vec<usize> = places.iter().map(|place| place.value as usize).collect();
        let name = self.target_name(of);
        self.part_of(part, &whole, name, places);
    }

    /// Remembers that what a loop goes through are rows of arrays: `for row in w`, `for row, x in zip(w, xs)`.
    pub(super) fn note_rows(&mut self, each: &'a StmtFor, at: usize) {
        let whole = match (&*each.target, &*each.iter) {
            (Expr::Name(item), Expr::Name(of)) => Some((item.id.as_str(), of.id.as_str())),
            _ => None,
        };
        let pairs: Vec<(&str, &str)> = items_of(&each.target, &each.iter).chain(whole).collect();
        for (item, of) in pairs {
            if !self.spoiled.contains(item) {
                continue;
            }
            if let (Some(Value::Array(part)), Some(Value::Array(whole))) = (self.lookup(item), self.lookup(of)) {
                let count = part.borrow().len();
                if (at + 1) * count <= whole.borrow().len() {
                    self.part_of(&part, &whole, of.to_owned(), (at * count..(at + 1) * count).collect());
                }
            }
        }
    }

    fn part_of(
        &mut self,
        part: &Rc<RefCell<Array<'a>>>,
        whole: &Rc<RefCell<Array<'a>>>,
        name: String,
        places: Vec<usize>,
    ) {
        if places.len() != part.borrow().len() || Rc::ptr_eq(part, whole) {
            return;
        }
        if self.parts.len() >= PARTS {
            self.parts.remove(0);
        }
        self.parts.push(Part { part: part.clone(), whole: whole.clone(), name, places });
    }

    /// Whether an index picks a part of an array, and copies nothing: numbers and slices.
    fn is_plain(&mut self, index: &'a Expr) -> bool {
        match index {
            Expr::Tuple(all) => all.elts.iter().all(|index| self.is_plain(index)),
            Expr::Slice(_) => true,
            one => matches!(self.evaluate(one), Value::Number(number) if number.kind != Kind::Truth),
        }
    }

    /// Puts a value where a subscript says; whether that could be followed. What is put into a row of an array is in the
    /// array, too: `P[i][k] = …`.
    pub(super) fn store_part(&mut self, part: &'a ExprSubscript, value: Value<'a>) -> bool {
        let Expr::Subscript(outer) = &*part.value else {
            let base = self.evaluate(&part.value);
            return self.store_item(&base, &part.slice, value);
        };
        let whole = self.evaluate(&outer.value);
        let row = self.item(&whole, &outer.slice);
        let is_stored = self.store_item(&row, &part.slice, value);
        if is_stored && matches!((&whole, &row), (Value::Array(_), Value::Array(_))) && self.is_plain(&outer.slice) {
            match outer.value.is_subscript_expr() {
                true => self.store_part(outer, row),
                false => self.store_item(&whole, &outer.slice, row),
            };
        }
        is_stored
    }

    /// Whether any part of an array has a name.
    pub(super) fn has_parts(&self) -> bool {
        !self.parts.is_empty()
    }

    /// What is put into a part of an array is in the array, too, and moves it where it moves the part.
    pub(super) fn wrote(
        &mut self,
        old: &Rc<RefCell<Array<'a>>>,
        new: &Value<'a>,
        is_step: bool,
        (place, right): (TextRange, TextRange),
    ) {
        let Value::Array(new) = new else { return };
        let Some(at) = self.parts.iter().rposition(|part| Rc::ptr_eq(&part.part, old)) else { return };
        if new.borrow().len() != self.parts[at].places.len() {
            return;
        }
        self.parts[at].part = new.clone();
        let Part { whole, name, places, .. } = &self.parts[at];
        let (whole, name, places) = (whole.clone(), name.clone(), places.clone());
        let numbers: Vec<Number<'a>> = new.borrow().iter().copied().collect();
        let is_step = is_step && !self.is_derivative(&name);
        let before = is_step.then(|| Value::array((**whole.borrow()).clone()));
        self.put_at(&whole, places.into_iter().zip(numbers));
        // The name may be that of another array by now.
        let is_it = |known: &Value<'a>| matches!(known, Value::Array(known) if Rc::ptr_eq(known, &whole));
        if self.scopes.iter().chain(&self.objects).any(|scope| scope.borrow().get(&name).is_some_and(is_it)) {
            let value = match is_step {
                true => Value::array((**whole.borrow()).clone()),
                false => Value::Array(whole.clone()),
            };
            let step = before.map(|before| (name.clone(), before));
            self.log.push(Assigned { name, value, step, told: None, place, right });
        }
        self.wrote(&whole, &Value::Array(whole.clone()), is_step, (place, right));
    }

    /// Puts numbers at places of an array, counted row by row.
    pub(super) fn put_at(
        &mut self,
        array: &Rc<RefCell<Array<'a>>>,
        numbers: impl IntoIterator<Item = (usize, Number<'a>)>,
    ) {
        self.remember(Slot::Array(array.clone()));
        let mut own = array.borrow_mut();
        if !own.is_standard_layout() {
            let plain = own.as_standard_layout().to_owned();
            **own = plain;
        }
        if let Some(all) = own.as_slice_mut() {
            numbers.into_iter().for_each(|(place, number)| all[place] = number);
        }
    }

    /// Puts other numbers into an array.
    fn put(&mut self, array: &Rc<RefCell<Array<'a>>>, numbers: Vec<Number<'a>>) {
        self.put_at(array, numbers.into_iter().enumerate());
    }

    /// Puts a value into an array, one number into all of it; whether it fits.
    pub(super) fn put_into(&mut self, target: &Value<'a>, value: &Value<'a>) -> bool {
        let Value::Array(array) = target else { return false };
        let value = self.picked(value);
        let Some(new) = self.as_array(&value) else { return false };
        let shape = array.borrow().shape().to_vec();
        let Some(new) = new.broadcast(IxDyn(&shape)) else { return false };
        let numbers = new.iter().copied().collect();
        self.put(array, numbers);
        true
    }

    /// Functions that write into what they are given; nothing where this is none of them.
    pub(super) fn write_into(&mut self, name: &str, given: &[Value<'a>], named: &mut Named<'a>) -> Option<Value<'a>> {
        match (name, given) {
            // A bound in place.
            ("clip" | "clamp", [own @ Value::Array(array), ..]) => {
                let is_own = |(name, target): &(String, Value<'a>)| {
                    name == "out" && matches!(target, Value::Array(other) if Rc::ptr_eq(other, array))
                };
                named.iter().any(is_own).then(|| own.clone())
            }
            ("fill_diagonal", [Value::Array(array), Value::Number(one)]) => {
                let [rows, columns] = *array.borrow().shape() else { return Some(Value::Nothing) };
                let one = Number { literal: false, ..*one };
                self.put_at(array, (0..rows.min(columns)).map(|at| (at * columns + at, one)));
                Some(Value::Nothing)
            }
            ("put" | "put_along_axis" | "fill_diagonal", [Value::Array(array), ..]) => {
                self.spoil(array, name);
                Some(Value::Nothing)
            }
            ("copyto" | "putmask", _) => {
                let mut given = given.iter().cloned();
                let target = taken(named, "dst").or_else(|| given.next());
                let mask = if name == "copyto" { taken(named, "where") } else { given.next() };
                let source = taken(named, "src").or_else(|| given.next());
                let (Some(target), Some(source)) = (target, source) else { return Some(Value::Nothing) };
                let value = match mask {
                    Some(mask) => self.library("where", vec![mask, source, target.clone()], vec![]),
                    None => source,
                };
                self.put_into(&target, &value);
                Some(target)
            }
            _ => None,
        }
    }

    /// Of an array that something unknown is done to nothing is known.
    fn spoil(&mut self, array: &Rc<RefCell<Array<'a>>>, why: &str) {
        let place = self.place;
        let free = array.borrow().iter().map(|number| number.value).collect::<Vec<f64>>();
        let free = free.into_iter().map(|value| self.numbers.free(why, place, value, Kind::Float)).collect();
        self.put(array, free);
    }

    /// Methods that change an array: `fill`, and those of torch, whose names end with `_`.
    pub(super) fn change(&mut self, base: &Value<'a>, name: &str, given: &[Value<'a>], named: &Named<'a>) -> Value<'a> {
        let Value::Array(array) = base else { return Value::Nothing };
        let first = given.first().cloned().unwrap_or(Value::Nothing);
        // A bound in place is no part of a derivative; and a parameter that starts again is as free as it was.
        let is_parameter = |number: &Number<'a>| {
            self.numbers.is_input(*number)
                && self.numbers.name_of(*number).is_some_and(|name| !self.is_derivative(name))
        };
        let is_start = matches!(&first, Value::Number(number) if number.literal) || name == "zero_";
        let is_again =
            matches!(name, "fill" | "fill_" | "zero_") && is_start && array.borrow().iter().all(is_parameter);
        if matches!(name, "clamp_" | "clip_") || is_again {
            return base.clone();
        }
        let value = match name {
            "zero_" => Value::Number(Number { kind: Kind::Float, ..Number::fixed(0.0) }),
            "fill" | "fill_" | "copy_" => match first {
                Value::Number(number) if number.literal => Value::Number(Number { literal: false, ..number }),
                other => other,
            },
            "masked_fill_" => match given {
                [mask, value] => self.library("where", vec![mask.clone(), value.clone(), base.clone()], vec![]),
                _ => Value::Nothing,
            },
            "add_" | "sub_" => {
                let scale = named.iter().find(|(name, _)| name == "alpha").map(|(_, scale)| scale.clone());
                self.added(name, base, first, scale)
            }
            "mul_" => self.operate(Operator::Mult, base, &first),
            "div_" => self.operate(Operator::Div, base, &first),
            _ => self.method(base.clone(), name.trim_end_matches('_'), given.to_vec(), named.clone()),
        };
        if !self.put_into(base, &value) {
            self.spoil(array, name);
        }
        base.clone()
    }

    /// What `add_` or `sub_` of torch make of something: `w.add_(dw, alpha=-rate)`.
    pub(super) fn added(
        &mut self,
        name: &str,
        base: &Value<'a>,
        moved: Value<'a>,
        scale: Option<Value<'a>>,
    ) -> Value<'a> {
        let moved = match scale {
            Some(scale) => self.operate(Operator::Mult, &scale, &moved),
            None => moved,
        };
        self.operate(if name == "add_" { Operator::Add } else { Operator::Sub }, base, &moved)
    }

    /// `np.add.at(a, at, b)`: adds to each of the rows, to one that is named twice both times.
    pub(super) fn add_at(&mut self, name: &str, given: &[Value<'a>]) -> Value<'a> {
        let [Value::Array(array), at, value] = given else { return Value::Nothing };
        let op = if name == "subtract" { Operator::Sub } else { Operator::Add };
        let rows = self.items(&Value::Array(array.clone())).unwrap_or_default();
        let of_rows = |run: &mut Self| {
            let (at, shape) =
                at.numbers().filter(|(_, shape)| shape.len() <= 1 && matches!(name, "add" | "subtract"))?;
            let at: Option<Vec<usize>> =
                at.into_iter().map(|at| run.size(&Value::Number(at)).and_then(|at| within(at, rows.len()))).collect();
            let at = at?;
            let values = match run.items(value) {
                Ok(values) if values.len() == at.len() && !shape.is_empty() => values,
                _ => vec![value.clone(); at.len()],
            };
            let mut sums = rows.clone();
            for (at, value) in at.into_iter().zip(values) {
                sums[at] = run.operate(op, &sums[at], &value);
            }
            let (numbers, _) = Value::list(sums).numbers()?;
            Some(numbers)
        };
        match of_rows(self).filter(|numbers| numbers.len() == array.borrow().len()) {
            Some(numbers) => self.put(array, numbers),
            None => self.spoil(array, name),
        }
        Value::Nothing
    }
}
