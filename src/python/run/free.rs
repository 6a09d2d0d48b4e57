//! What a name is given: which numbers of it are free, and which are what they are.

use std::collections::HashSet;

use ndarray::Axis;
use ruff_python_ast::Expr;
use ruff_text_size::Ranged;

use super::number::{is_beside_1, is_guard};
use super::value::{Array, Body, Key, element, inner};
use super::{Interpreter, Kind, Number, Value};
use crate::op::Binary;
use crate::python::names;

/// A longer list of zeros marks no class.
const CLASSES: usize = 64;

/// A number below this guards against a division by 0, though it is called as a rate is.
const SMALLEST_RATE: f64 = 1e-9;

impl<'a> Interpreter<'a> {
    /// The number that variables of several functions have where they have the same name and value: `a = 1` in a function
    /// and in its gradient.
    pub(super) fn local(&mut self, target: &Expr, value: &Value<'a>, place: usize) -> Option<Value<'a>> {
        let (Expr::Name(name), Value::Number(number)) = (target, value) else { return None };
        if self.globals.len() < 2 || !number.literal || number.free {
            return None;
        }
        // What the same statement gave a name to before may be a number of another object, where it is handed out.
        let is_constant = match self.calls.last() {
            Some((Body::Block(body), true)) => !self.handed_out(body).contains(name.id.as_str()),
            _ => false,
        };
        Some(self.one_of_all(&name.id, *number, place, is_constant))
    }

    /// The same for a number that a function is given; a constant is the same also where the same statement runs again.
    pub(super) fn one_of_all(&mut self, name: &str, number: Number<'a>, place: usize, is_constant: bool) -> Value<'a> {
        let key = format!("{place} {name}");
        let recorder = self.numbers.recorder;
        let is_it = |free: &&super::Free| {
            free.is_local && free.name == name && free.value == number.value && (is_constant || free.key != key)
        };
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

    /// `y[range(n), labels] = 1` marks the class of each sample: what is there is 0 or 1, and no other number. So is what a
    /// list of zeros is marked by.
    pub(super) fn marks(&mut self, target: &'a Expr, value: &Value<'a>) -> Option<Value<'a>> {
        let (Expr::Subscript(place), Value::Number(one)) = (target, value) else { return None };
        if !one.literal || one.value != 1.0 {
            return None;
        }
        let marked = Some(Value::Number(Number { kind: Kind::Float, ..Number::fixed(1.0) }));
        let of = self.evaluate(&place.value);
        if let Value::List(list) = of {
            if list.borrow().len() > CLASSES {
                return None;
            }
            let items: Option<Vec<Number<'a>>> = list.borrow().iter().map(Value::number).collect();
            let settled: Vec<Number<'a>> =
                items.unwrap_or_default().into_iter().map(|number| self.numbers.settled(number)).collect();
            let is_zero = |number: &Number<'a>| !number.free && number.value == 0.0 && number.kind == Kind::Whole;
            let are_zeros = settled.len() > 1 && one.kind == Kind::Whole && settled.iter().all(is_zero);
            if are_zeros {
                self.remember(super::Slot::List(list.clone()));
                list.replace(settled.into_iter().map(Value::Number).collect());
            }
            return marked.filter(|_| are_zeros);
        }
        let lists =
            |index: &Expr| matches!(index, Expr::Call(call) if self.words(call.func.range()).ends_with("range"));
        let is_marked = names::is_target(&self.words(place.value.range()).replace("self.", ""))
            || matches!(&*place.slice, Expr::Tuple(tuple) if tuple.elts.iter().any(lists));
        if !is_marked {
            return None;
        }
        if let Value::Array(array) = of {
            let settled = array.borrow().mapv(|number| self.numbers.settled(number));
            self.remember(super::Slot::Array(array.clone()));
            **array.borrow_mut() = settled;
        }
        marked
    }

    /// The same value with the literals in it free under this name, and the formulas called by it.
    pub(super) fn freed(&mut self, value: Value<'a>, name: &str, place: usize) -> Value<'a> {
        if self.depth > super::DEEPEST[1] || self.steps > self.limit {
            return value;
        }
        self.steps += usize::from(matches!(value, Value::List(_) | Value::Tuple(_) | Value::Dict(_)));
        self.depth += 1;
        if names::may_be_design(names::whole(name)) && !self.is_moved(name) {
            self.settle_ones(&value);
        }
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
                if self.keeps(own.iter(), name) || self.keeps_labels(&own, name) {
                    own.mapv_inplace(|number| Number { literal: false, ..number });
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
                if (names::is_target(names::whole(name)) || self.may_be_shares(name)) && self.tie(&old, &mut own) {
                    self.keep_shares(name);
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
                let mut old = list.borrow().clone();
                let numbers: Vec<Number<'a>> = old.iter().filter_map(Value::number).collect();
                // Data that are computed as a grid, `[0.1*i for i in range(9)]`, are as good as others.
                let is_point = |number: &Number<'a>| !number.free && !number.literal && number.kind == Kind::Float;
                if numbers.len() == old.len() && names::may_be_data(name) && numbers.iter().all(is_point) {
                    let points = numbers.iter().map(|number| Value::Number(Number { literal: true, ..*number }));
                    old = points.collect();
                } else if numbers.len() == old.len() && self.keeps(numbers.iter(), name) {
                    let fixed = numbers.iter().map(|number| Value::Number(Number { literal: false, ..*number }));
                    old = fixed.collect();
                }
                let items = old.iter().enumerate();
                let items: Vec<Value<'a>> =
                    items.map(|(at, item)| self.freed(item.clone(), &inner(name, at), place)).collect();
                let items = match names::is_target(names::whole(name)) || self.may_be_shares(name) {
                    true => self.tied(&old, items, name),
                    false => items,
                };
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
                // A memory has the keys of what it is of.
                let is_zero = |item: &Value<'a>| {
                    item.numbers().is_some_and(|(all, _)| all.iter().all(|number| !number.free && number.value == 0.0))
                };
                let are_zeros = own.values().all(is_zero);
                let items: Vec<_> = own.iter().map(|(key, item)| (key.clone(), item.clone())).collect();
                for (key, item) in items {
                    let name = match &key {
                        Key::Text(text) if are_zeros && self.numbers.is_known(text) => format!("{name}[{text}]"),
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

    /// A column or a row of ones beside other numbers is what a bias is multiplied by, and no other number.
    fn settle_ones(&mut self, value: &Value<'a>) {
        let is_one = |number: &Number<'a>| number.literal && !number.free && !number.drawn && number.value == 1.0;
        let settled = |number: &Number<'a>| Number { literal: false, ..*number };
        // A table of zeros and ones is another thing.
        let is_table = || {
            value.numbers().is_some_and(|(all, _)| all.iter().all(|number| number.value == 0.0 || number.value == 1.0))
        };
        match value {
            Value::Array(_) | Value::List(_) if is_table() => {}
            Value::Array(array) if array.borrow().ndim() == 2 => {
                let mut own = array.borrow_mut();
                for axis in [Axis(1), Axis(0)] {
                    let is_ones: Vec<bool> = own.axis_iter(axis).map(|lane| lane.iter().all(is_one)).collect();
                    if own.len_of(Axis(1 - axis.0)) < 2 || is_ones.iter().all(|it| *it) {
                        continue;
                    }
                    let lanes = own.axis_iter_mut(axis).zip(is_ones).filter(|(_, is_ones)| *is_ones);
                    lanes.for_each(|(mut lane, _)| lane.mapv_inplace(|number| settled(&number)));
                }
            }
            Value::List(rows) => {
                let items = |row: &Value<'a>| match row {
                    Value::List(row) => Some(row.borrow().clone()),
                    Value::Tuple(row) => Some(row.to_vec()),
                    _ => None,
                };
                let inner: Option<Vec<Vec<Value<'a>>>> = rows.borrow().iter().map(items).collect();
                let Some(mut inner) = inner.filter(|rows| rows.len() > 1) else { return };
                let is_ones = |at: &usize| {
                    let mut column = inner.iter().map(|row| row.get(*at).and_then(Value::number));
                    column.all(|number| number.as_ref().is_some_and(is_one))
                };
                let width = inner[0].len();
                let ones: Vec<usize> = (0..width).filter(is_ones).collect();
                if ones.is_empty() || ones.len() == width {
                    return;
                }
                for row in &mut inner {
                    for &at in &ones {
                        row[at] = row[at].number().map_or(Value::Nothing, |number| Value::Number(settled(&number)));
                    }
                }
                for (row, own) in rows.borrow_mut().iter_mut().zip(inner) {
                    match row {
                        Value::List(row) => *row.borrow_mut() = own,
                        other => *other = Value::tuple(own),
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether numbers stay what they are: zeros, a mask of zeros and ones.
    fn keeps<'n>(&mut self, numbers: impl Iterator<Item = &'n Number<'a>> + Clone, name: &str) -> bool
    where
        'a: 'n,
    {
        let mut literal = numbers.clone().map(|number| number.literal && !number.free);
        let mut is_mask = numbers.clone().map(|number| number.value == 0.0 || number.value == 1.0);
        let has_zero = numbers.clone().any(|number| number.value == 0.0);
        let has_several = has_zero || numbers.clone().count() > 1;
        let is_mask = has_several && literal.all(|it| it) && is_mask.all(|it| it);
        // Shares that add up to 1 do so for all numbers, too.
        let sum: f64 = numbers.clone().map(|number| number.value).sum();
        let is_shares = numbers.clone().count() > 1
            && numbers.clone().all(|number| number.value >= 0.0)
            && (sum - sum.round().max(1.0)).abs() < 1e-12;
        self.sizes.may_be_kept |= is_mask || is_shares;
        let whole = names::whole(name);
        let is_data = names::is_data(whole) || whole.contains("input");
        let is_given = names::is_target(whole) || is_data || self.stepped.contains(whole);
        let is_kept = is_mask && self.supposed.is_kept && !is_given;
        if is_kept {
            self.sizes.kept.insert(name.to_owned());
        }
        is_kept
    }

    /// Whether targets stay the labels that they are: zeros and ones, of several axes one 1 in each row or column.
    fn keeps_labels(&mut self, own: &Array<'a>, name: &str) -> bool {
        let is_literal = |number: &Number<'a>| number.literal && !number.free;
        let is_label = |number: &Number<'a>| is_literal(number) && [0.0, 1.0].contains(&number.value);
        let adds_up = |axis: usize| own.lanes(Axis(axis)).into_iter().all(|lane| adds_up(lane.iter()));
        let are_both = || [0.0, 1.0].iter().all(|label| own.iter().any(|number| number.value == *label));
        let are_labels = match own.ndim() {
            1 => own.iter().all(is_label) && are_both(),
            2 => own.iter().all(is_label) && (0..2).any(adds_up),
            _ => false,
        };
        let is_kept = self.supposed.is_kept && names::is_target(names::whole(name)) && are_labels;
        if is_kept {
            self.sizes.kept.insert(name.to_owned());
        }
        is_kept
    }

    /// Whether the file takes steps of a name, or derives by it.
    fn is_moved(&self, name: &str) -> bool {
        let whole = names::whole(name);
        [name, whole].iter().any(|name| self.stepped.contains(name) || self.numbers.derived.contains(*name))
    }

    /// Whether numbers that add up to 1 may be kept so, whatever they are called.
    fn may_be_shares(&self, name: &str) -> bool {
        self.supposed.is_kept && !names::is_data(names::whole(name)) && !self.is_moved(name)
    }

    fn keep_shares(&mut self, name: &str) {
        if !names::is_target(names::whole(name)) {
            self.sizes.kept.insert(names::whole(name).to_owned());
        }
    }

    /// Numbers of a list that add up to 1 do so for all numbers: the last is what is left.
    fn tied(&mut self, old: &[Value<'a>], mut own: Vec<Value<'a>>, name: &str) -> Vec<Value<'a>> {
        let before: Option<Vec<Number<'a>>> = old.iter().map(Value::number).collect();
        if before.is_some_and(|all| adds_up(all.iter())) {
            self.keep_shares(name);
            own.pop();
            let rest = self.rest(own.iter().filter_map(Value::number));
            own.push(Value::Number(rest));
        }
        own
    }

    /// What is left of 1.
    fn rest(&mut self, shares: impl Iterator<Item = Number<'a>>) -> Number<'a> {
        let one = Number::literal(1.0, Kind::Whole);
        shares.fold(one, |rest, share| self.numbers.binary(Binary::Sub, rest, share))
    }

    /// Rows or columns that add up to 1 do so for all numbers: the last of each is what is left; whether there are any.
    fn tie(&mut self, old: &Array<'a>, own: &mut Array<'a>) -> bool {
        let adds_up = |axis: &usize| {
            old.shape()[*axis] > 1 && old.lanes(Axis(*axis)).into_iter().all(|lane| adds_up(lane.iter()))
        };
        // Where both do, the classes of a sample stand as supposed.
        let by_columns = self.supposed.data.is_some_and(|data| data.by_columns);
        let mut axes: Vec<usize> = (0..old.ndim()).filter(adds_up).collect();
        let Some(axis) = (if by_columns { axes.first().copied() } else { axes.pop() }) else { return false };
        for mut lane in own.lanes_mut(Axis(axis)) {
            let last = lane.len() - 1;
            lane[last] = self.rest(lane.iter().take(last).copied());
        }
        true
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
        // A rate may be nearly as small; `eta` may be a guard as well.
        let is_used = || ["lr", "learn", "rate"].iter().any(|word| name.contains(word)) || self.rates.contains(name);
        let is_small_rate = || number.value >= SMALLEST_RATE && names::is_rate(name) && is_used();
        if is_guard(number) && !is_small_rate() || is_beside_1(number) {
            return number;
        }
        // A rate below 0 is meant so.
        let is_turned = || number.value < 0.0 && !number.drawn && names::is_rate(name) && !self.is_moved(name);
        if self.is_derivative(name) || is_turned() {
            return Number { literal: false, ..number };
        }
        if number.kind == Kind::Whole && number.value > 1.0 && names::is_size(name) {
            return self.sized(name, number);
        }
        // A constant that is written in a formula, without its name, may be no other number.
        let is_constant = || !name.contains('[') && !names::may_be_data(name) && !self.stepped.contains(name);
        if self.written.contains(&number.value.to_bits()) && is_constant() {
            self.sizes.may_be_kept = true;
            if self.supposed.is_kept {
                self.sizes.kept.insert(name.to_owned());
                return Number { literal: false, ..number };
            }
        }
        self.numbers.free(name, place, number.value, number.kind)
    }

    /// The value of a name where sums start at 0.
    pub(super) fn settled(&mut self, target: &Expr, value: &Value<'a>) -> Value<'a> {
        // A sum that starts at a parameter, `s = b[j]`, starts at what that is.
        let is_parameter = |number: &Number<'a>| {
            let is_own = |name: &str| target.as_name_expr().is_some_and(|own| own.id == *names::whole(name));
            self.numbers.name_of(*number).is_some_and(|name| self.is_moved(name) && !is_own(name))
        };
        match value {
            Value::Number(number) if is_parameter(number) => value.clone(),
            Value::Number(number) => Value::Number(self.numbers.settled(*number)),
            Value::Array(array) => {
                let settled = array.borrow().mapv(|number| self.numbers.settled(number));
                Value::array(settled).like(value)
            }
            other => other.clone(),
        }
    }
}

/// Whether several numbers are written as shares of 1.
fn adds_up<'n, 'a: 'n>(all: impl ExactSizeIterator<Item = &'n Number<'a>> + Clone) -> bool {
    let is_share = |number: &Number<'a>| number.literal && !number.free && number.value >= 0.0;
    let sum: f64 = all.clone().map(|number| number.value).sum();
    all.len() > 1 && all.clone().all(is_share) && (sum - 1.0).abs() < 1e-12
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
