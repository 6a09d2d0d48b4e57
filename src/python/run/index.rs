//! Indexing: which elements a subscript means.

use std::rc::Rc;

use ndarray::{ArrayD, Axis, IxDyn, Slice};
use ruff_python_ast::Expr;

use super::said::last_name;
use super::suppose::ROWS;
use super::value::{Array, Masked};
use super::{Interpreter, Number, Slot, Value};

impl<'a> Interpreter<'a> {
    /// `base[index]`.
    pub(super) fn item(&mut self, base: &Value<'a>, index: &'a Expr) -> Value<'a> {
        if let Value::Opaque(why) = base {
            return super::loaded::part(why, index);
        }
        match base {
            Value::Array(array) => {
                let (shape, is_matrix) = form(&array.borrow());
                let known = self.known(index);
                let mask = mask(known.as_ref(), &shape);
                if let Some(mask) = mask.filter(|mask| mask.iter().any(|holds| holds.free)) {
                    return Value::Masked(Rc::new(Masked { whole: (**array.borrow()).clone(), mask: Rc::new(mask) }));
                }
                let is_some = matches!(known, Some(Value::Opaque(_)));
                let Some(places) = self.positions(&shape, is_matrix, index, known) else {
                    // Some of the samples look like all of them.
                    if self.supposed.data.is_some() && index.is_name_expr() && is_some {
                        return base.clone();
                    }
                    return Value::opaque("an index that cannot be followed");
                };
                let numbers = array.borrow();
                let all = numbers.as_standard_layout();
                let Some(all) = all.as_slice() else { return Value::opaque("an index that cannot be followed") };
                let chosen = Value::array(places.mapv(|at| all[at]));
                let is_element = matches!(index, Expr::Tuple(tuple) if tuple.elts.len() == 2
                    && places.len() == 1 && !tuple.elts.iter().any(Expr::is_slice_expr));
                match () {
                    () if !is_matrix => chosen,
                    () if is_element => places.iter().next().map_or(Value::Nothing, |&at| Value::Number(all[at])),
                    () => chosen.matrix(),
                }
            }
            Value::Masked(_) => {
                let picked = self.picked(base);
                self.item(&picked, index)
            }
            Value::List(_) | Value::Tuple(_) | Value::Text(_) => {
                let items = self.items(base).unwrap_or_default();
                if let Expr::Slice(slice) = index {
                    let (from, mut to, by) = self.slice(slice, items.len());
                    // Of a text that is supposed a short part will do.
                    if self.supposed.data.is_some() && matches!(base, Value::Text(_)) && by > 0 {
                        to = to.min(from + ROWS as i64);
                    }
                    let chosen: Vec<Value<'a>> = steps(from, to, by).map(|at| items[at].clone()).collect();
                    return match base {
                        Value::Tuple(_) => Value::tuple(chosen),
                        Value::Text(_) => {
                            let letters: String = chosen.iter().map(|letter| super::text::shown(letter)).collect();
                            Value::Text(letters.into())
                        }
                        _ => Value::list(chosen),
                    };
                }
                let at = self.evaluate(index);
                match self.size(&at).and_then(|at| within(at, items.len())) {
                    Some(at) => items[at].clone(),
                    None => Value::opaque("an index that cannot be followed"),
                }
            }
            Value::Dict(dict) => {
                let key = self.evaluate(index);
                let key = self.key(&key);
                let found = key.as_ref().and_then(|key| dict.borrow().get(key).cloned());
                let default = dict.borrow().default.clone();
                match (found, key, default) {
                    (Some(found), ..) => found,
                    (None, Some(key), Some(make)) => {
                        let value = self.invoke(make, vec![], vec![]);
                        self.remember(Slot::Dict(dict.clone()));
                        dict.borrow_mut().insert(key, value.clone());
                        value
                    }
                    _ => Value::opaque("a key that the dictionary does not have"),
                }
            }
            Value::Library(name) if name == "c_" || name == "r_" => {
                let parts = self.evaluate(index);
                let name = if name == "c_" { "column_stack" } else { "concatenate" };
                self.library(name, vec![parts], vec![])
            }
            _ => Value::opaque("this cannot be indexed"),
        }
    }

    /// `base[index] = value`; whether that could be followed.
    pub(super) fn store_item(&mut self, base: &Value<'a>, index: &'a Expr, value: Value<'a>) -> bool {
        match base {
            Value::Array(array) => {
                let (shape, is_matrix) = form(&array.borrow());
                let known = self.known(index);
                let masked = mask(known.as_ref(), &shape).and_then(|mask| {
                    let new: Vec<Number<'a>> = match &value {
                        Value::Masked(new) if self.picks_alike(&new.mask, &mask) => new.whole.iter().copied().collect(),
                        _ => {
                            let (new, _) = value.numbers().filter(|(new, _)| new.len() == 1)?;
                            vec![new[0]; mask.len()]
                        }
                    };
                    Some((mask, new))
                });
                if let Some((mask, new)) = masked {
                    let mut own = array.borrow().clone();
                    for ((number, mask), new) in own.iter_mut().zip(&mask).zip(new) {
                        *number = match mask.test {
                            Some(test) => self.choose(test, mask.value != 0.0, new, *number),
                            None if mask.value != 0.0 => new,
                            None => *number,
                        };
                    }
                    self.remember(Slot::Array(array.clone()));
                    array.replace(own);
                    return true;
                }
                let Some(places) = self.positions(&shape, is_matrix, index, known) else { return false };
                let value = self.picked(&value);
                let Some(mut new) = self.as_array(&value) else { return false };
                // One row more about it changes nothing.
                while new.ndim() > places.ndim() && new.shape()[0] == 1 {
                    new = new.index_axis_move(Axis(0), 0);
                }
                let Some(new) = new.broadcast(IxDyn(places.shape())) else { return false };
                self.put_at(array, places.iter().copied().zip(new.iter().copied()));
            }
            Value::List(list) => {
                let at = self.evaluate(index);
                let length = list.borrow().len();
                let Some(at) = self.size(&at).and_then(|at| within(at, length)) else { return false };
                self.remember(Slot::List(list.clone()));
                list.borrow_mut()[at] = value;
            }
            Value::Dict(dict) => {
                let key = self.evaluate(index);
                let Some(key) = self.key(&key) else { return false };
                self.remember(Slot::Dict(dict.clone()));
                dict.borrow_mut().insert(key, value);
            }
            _ => {}
        }
        true
    }

    /// What an index is, where it is one value.
    fn known(&mut self, index: &'a Expr) -> Option<Value<'a>> {
        let is_value =
            !matches!(index, Expr::Tuple(_) | Expr::Slice(_) | Expr::NoneLiteral(_) | Expr::EllipsisLiteral(_));
        // Where a condition holds is what it picks: `x[np.where(x > 0)]`.
        let index = match index {
            Expr::Call(call) if last_name(&call.func) == Some("where") && !self.bodies.contains_key("where") => {
                match &*call.arguments.args {
                    [condition] => condition,
                    _ => index,
                }
            }
            _ => index,
        };
        is_value.then(|| self.evaluate(index))
    }

    /// Whether two conditions are the same, element by element.
    pub(super) fn picks_alike(&self, a: &[Number<'a>], b: &[Number<'a>]) -> bool {
        let is_same = |(a, b): (&Number<'a>, &Number<'a>)| {
            let [p, q] = [a, b].map(|number| self.numbers.node(*number));
            p == q && (p.is_some() || a.value == b.value)
        };
        a.len() == b.len() && a.iter().zip(b).all(is_same)
    }

    fn slice(&mut self, slice: &'a ruff_python_ast::ExprSlice, length: usize) -> (i64, i64, i64) {
        let mut bound = |bound: &'a Option<Box<Expr>>| {
            let value = self.evaluate(bound.as_deref()?);
            self.size(&value)
        };
        let (from, to, by) = (bound(&slice.lower), bound(&slice.upper), bound(&slice.step).unwrap_or(1));
        let length = length as i64;
        let clamp = |at: i64| if at < 0 { (at + length).max(0) } else { at.min(length) };
        if by < 0 {
            let clamp = |at: i64| if at < 0 { (at + length).max(-1) } else { at.min(length - 1) };
            return (from.map_or(length - 1, clamp), to.map_or(-1, clamp), by);
        }
        // Data that are supposed are few: what is cut off them for other uses is all of them again.
        let is_beyond = |from: i64| self.supposed.data.is_some() && from >= length && to.is_none_or(|to| to >= length);
        let from = from.filter(|&from| !is_beyond(from));
        (from.map_or(0, clamp), to.map_or(length, clamp), by.max(1))
    }

    /// For each element of what a subscript means, where it stands in an array; an index of one value is known.
    fn positions(
        &mut self,
        shape: &[usize],
        is_matrix: bool,
        index: &'a Expr,
        mut known: Option<Value<'a>>,
    ) -> Option<ArrayD<usize>> {
        let count = shape.iter().product();
        let mut all = ArrayD::from_shape_vec(IxDyn(shape), (0..count).collect()).ok()?;
        let one = [index];
        let indices: Vec<&'a Expr> = match index {
            Expr::Tuple(tuple) => tuple.elts.iter().collect(),
            _ => one.to_vec(),
        };
        let mut axis = 0;
        let mut picked: Option<(usize, Vec<usize>)> = None;
        for (nth, index) in indices.iter().enumerate() {
            match index {
                Expr::Slice(slice) => {
                    let length = *all.shape().get(axis)?;
                    let (from, to, by) = self.slice(slice, length);
                    let chosen: Vec<usize> = steps(from, to, by).collect();
                    all = if by > 0 {
                        all.slice_axis(Axis(axis), Slice::new(from as isize, Some(to.max(from) as isize), by as isize))
                            .to_owned()
                    } else {
                        all.select(Axis(axis), &chosen)
                    };
                    axis += 1;
                }
                Expr::NoneLiteral(_) => {
                    all = all.insert_axis(Axis(axis));
                    axis += 1;
                }
                Expr::EllipsisLiteral(_) => axis = all.ndim().checked_sub(indices.len() - nth - 1)?,
                _ => {
                    let value = known.take().unwrap_or_else(|| self.evaluate(index));
                    if let Value::Nothing = value {
                        all = all.insert_axis(Axis(axis));
                        axis += 1;
                        continue;
                    }
                    let length = *all.shape().get(axis)?;
                    match &value {
                        Value::Number(_) => {
                            let at = self.size(&value).and_then(|at| within(at, length))?;
                            if is_matrix {
                                all = all.select(Axis(axis), &[at]);
                                axis += 1;
                            } else {
                                all = all.index_axis(Axis(axis), at).to_owned();
                            }
                        }
                        other => {
                            let (numbers, own) = other.numbers()?;
                            if numbers.iter().all(|number| number.kind == super::Kind::Truth) && !numbers.is_empty() {
                                let chosen: Vec<usize> = numbers
                                    .iter()
                                    .enumerate()
                                    .filter_map(|(at, &number)| {
                                        (self.numbers.structure(number).value != 0.0).then_some(at)
                                    })
                                    .collect();
                                if own.len() > 1 && own == all.shape() {
                                    let flat: Vec<usize> = all.iter().copied().collect();
                                    return Some(
                                        chosen
                                            .into_iter()
                                            .map(|at| flat[at])
                                            .collect::<ndarray::Array1<usize>>()
                                            .into_dyn(),
                                    );
                                }
                                if *own != [length] {
                                    return None;
                                }
                                all = all.select(Axis(axis), &chosen);
                                axis += 1;
                                continue;
                            }
                            let chosen: Option<Vec<usize>> = numbers
                                .iter()
                                .map(|&number| self.size(&Value::Number(number)).and_then(|at| within(at, length)))
                                .collect();
                            let chosen = chosen?;
                            match picked.take() {
                                // Two lists of indices go together: A[[0, 1], [2, 3]].
                                Some((first, rows))
                                    if rows.len() == chosen.len() && axis == first + 1 && first == 0 =>
                                {
                                    let parts: Vec<_> = chosen
                                        .iter()
                                        .enumerate()
                                        .map(|(at, &column)| {
                                            all.index_axis(Axis(0), at).index_axis(Axis(0), column).to_owned()
                                        })
                                        .collect();
                                    let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
                                    all = ndarray::stack(Axis(0), &views).ok()?;
                                }
                                _ => {
                                    if chosen.len().saturating_mul(all.len() / length.max(1)) > super::MOST[1] {
                                        return None;
                                    }
                                    all = all.select(Axis(axis), &chosen);
                                    if own.len() > 1 {
                                        let mut shape = all.shape().to_vec();
                                        shape.splice(axis..=axis, own.iter().copied());
                                        all = all.to_shape(IxDyn(&shape)).ok()?.to_owned();
                                        axis += own.len();
                                        continue;
                                    }
                                    picked = Some((axis, chosen));
                                    axis += 1;
                                }
                            }
                        }
                    }
                }
            }
        }
        Some(all)
    }
}

/// The conditions of a mask of this shape.
fn mask<'a>(known: Option<&Value<'a>>, shape: &[usize]) -> Option<Vec<Number<'a>>> {
    let (numbers, own) = known?.numbers()?;
    let is_mask = own == shape && numbers.iter().all(|number| number.kind == super::Kind::Truth);
    is_mask.then_some(numbers)
}

/// The shape of an array, and whether it is an `np.matrix`.
fn form(array: &Array<'_>) -> (Vec<usize>, bool) {
    (array.shape().to_vec(), array.is_matrix)
}

pub(super) fn within(at: i64, length: usize) -> Option<usize> {
    let at = if at < 0 { at + length as i64 } else { at };
    usize::try_from(at).ok().filter(|&at| at < length)
}

fn steps(from: i64, to: i64, by: i64) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(from), move |at| Some(at + by))
        .take_while(move |&at| if by > 0 { at < to } else { at > to })
        .filter_map(|at| usize::try_from(at).ok())
}
