//! Arrays: making, shaping, stacking, repeating, inserting.

use ndarray::{ArrayD, Axis, IxDyn};

use super::{Call, Interpreter, Kind, MOST, Number, Value};
use crate::python::run::index::within;

impl<'a> Interpreter<'a> {
    pub(super) fn of_arrays(&mut self, call: &Call<'a>) -> Option<Value<'a>> {
        self.of_making(call).or_else(|| self.of_shaping(call))
    }

    fn of_making(&mut self, call: &Call<'a>) -> Option<Value<'a>> {
        let (given, first) = (&call.given, call.first());
        Some(match call.name.as_str() {
            name @ ("array" | "asarray" | "tensor" | "matrix" | "Tensor" | "FloatTensor" | "mat" | "atleast_2d"
            | "ascontiguousarray") => match self.as_array(&first) {
                Some(mut array) => {
                    let axes = call.by_name(&["ndmin"]).and_then(|axes| self.size(&axes));
                    let axes = axes.unwrap_or(i64::from(name == "atleast_2d" || name.starts_with("mat")) * 2);
                    while (array.ndim() as i64) < axes {
                        array = array.insert_axis(Axis(0));
                    }
                    Value::array(array)
                }
                None => Value::opaque("an array of something that is no number"),
            },
            "linspace" => {
                let count = call.nth(2).or(call.by_name(&["num"])).and_then(|count| self.size(&count));
                let count = self.taken(count.unwrap_or(50).clamp(0, 10_000));
                let (Value::Number(from), Some(Value::Number(to))) = (&first, given.get(1)) else {
                    return Some(Value::opaque("linspace"));
                };
                let step = |at: i64| from.value + (to.value - from.value) * at as f64 / (count - 1).max(1) as f64;
                Value::filled(&[count as usize], (0..count).map(|at| Number::literal(step(at), Kind::Float)).collect())
            }
            name @ ("zeros" | "ones" | "empty" | "full") => {
                let (shape, rest) = match (&first, name) {
                    (Value::Number(_), "full") => (self.shape(&given[..1]), given.get(1)),
                    (Value::Number(_), _) => (self.shape(given), None),
                    _ => (self.shape(&given[..1.min(given.len())]), given.get(1)),
                };
                let number = match (name, rest) {
                    ("full", Some(Value::Number(number))) => *number,
                    ("ones", _) => Number::literal(1.0, Kind::Float),
                    _ => Number::literal(0.0, Kind::Float),
                };
                let by_name = call.by_name(&["shape", "size"]);
                let shape = by_name.map_or(shape, |by_name| self.shape(&[by_name]));
                self.filled_with(shape, |_| number)
            }
            name @ ("zeros_like" | "ones_like" | "empty_like") => {
                let value = f64::from(u8::from(name == "ones_like"));
                // What is like another number is where a sum starts, or is filled in.
                self.each(&first, |_, _| Number { literal: false, ..Number::literal(value, Kind::Float) })
            }
            "eye" | "identity" => {
                let size = self.size(&first).unwrap_or(0).clamp(0, 300) as usize;
                let number = |at: usize| Number {
                    literal: false,
                    ..Number::literal(f64::from(u8::from(at / size == at % size)), Kind::Float)
                };
                Value::filled(&[size, size], (0..size * size).map(number).collect())
            }
            name @ ("diag" | "diagflat") => match first.numbers() {
                Some((all, shape)) => diagonal(name, &all, &shape),
                None => Value::opaque("this is no array"),
            },
            "unique" => match first.numbers() {
                Some((all, _)) => {
                    let mut met: Vec<f64> = all.iter().map(|&number| self.numbers.structure(number).value).collect();
                    met.sort_by(f64::total_cmp);
                    met.dedup();
                    Value::filled(&[met.len()], met.into_iter().map(Number::fixed).collect())
                }
                None => Value::opaque("this is no array"),
            },
            "apply_along_axis" if given.len() > 2 => {
                let rows = self.items(&given[2]).unwrap_or_default();
                let rows = rows.into_iter().map(|row| self.invoke(first.clone(), vec![row], vec![])).collect();
                let rows = Value::list(rows);
                self.as_array(&rows).map_or(Value::opaque("rows that do not fit together"), Value::array)
            }
            _ => return None,
        })
    }

    fn of_shaping(&mut self, call: &Call<'a>) -> Option<Value<'a>> {
        let (given, first) = (&call.given, call.first());
        Some(match call.name.as_str() {
            "reshape" => {
                let shape = if let Some(Value::Number(_)) = given.get(1) {
                    self.shape(&given[1..])
                } else {
                    call.nth(1).or(call.by_name(&["shape", "newshape"])).and_then(|shape| self.shape(&[shape]))
                };
                let (Some((numbers, _)), Some(shape)) = (first.numbers(), shape) else {
                    return Some(Value::opaque("a shape that cannot be followed"));
                };
                let known =
                    shape.iter().filter(|size| **size >= 0).try_fold(1_i64, |known, &size| known.checked_mul(size));
                let Some(known) = known else { return Some(Value::opaque("shapes do not fit")) };
                let free = numbers.len() as i64 / known.max(1);
                let shape: Vec<usize> = shape.iter().map(|&size| if size < 0 { free } else { size } as usize).collect();
                Value::filled(&shape, numbers)
            }
            "size" => match (call.nth(1), first.numbers()) {
                (Some(axis), sized) => {
                    let axis = self.size(&axis).unwrap_or(0).max(0) as usize;
                    Value::whole(sized.and_then(|(_, shape)| shape.get(axis).copied()).unwrap_or(1))
                }
                (None, sized) => Value::whole(sized.map_or(0, |(numbers, _)| numbers.len())),
            },
            "squeeze" => match first.numbers() {
                Some((numbers, mut shape)) => {
                    shape.retain(|&size| size != 1);
                    Value::filled(&shape, numbers)
                }
                None => Value::opaque("this is no array"),
            },
            "flatten" | "ravel" => match first.numbers() {
                Some((numbers, _)) => Value::filled(&[numbers.len()], numbers),
                None => Value::opaque("this is no array"),
            },
            "transpose" | "t" => self.reshaped(&first, |array| array.reversed_axes()),
            "expand_dims" | "unsqueeze" => {
                let at = call.axis(self).unwrap_or(0);
                self.reshaped(&first, |array| {
                    let most = array.ndim() as i64;
                    let at = if at < 0 { at + most + 1 } else { at };
                    array.insert_axis(Axis(at.clamp(0, most) as usize))
                })
            }
            name @ ("flip" | "flipud" | "fliplr") => {
                let axis = call.by_name(&["axis"]).or(call.nth(1)).and_then(|axis| self.size(&axis));
                let axis = axis.or((name == "fliplr").then_some(1)).map_or(0, |axis| axis.max(0) as usize);
                self.reshaped(&first, |mut array| {
                    if axis < array.ndim() {
                        array.invert_axis(Axis(axis));
                    }
                    array
                })
            }
            name @ ("concatenate" | "hstack" | "vstack" | "stack" | "cat" | "column_stack") => {
                let axis = call.axis(self);
                self.stack(name, &first, axis)
            }
            "append" if given.len() > 1 => {
                let axis = call.by_name(&["axis"]).and_then(|axis| self.size(&axis));
                self.stack("concatenate", &Value::list(given.clone()), axis)
            }
            name @ ("tile" | "repeat") if given.len() > 1 => {
                self.repeated(name, &first, &given[1], call.by_name(&["axis"]).or(call.nth(2)))
            }
            "insert" if given.len() > 2 => {
                let axis = call.by_name(&["axis"]).or(call.nth(3)).and_then(|axis| self.size(&axis));
                self.inserted(&first, &given[1], &given[2], axis)
            }
            "shape" => self.attribute(first, "shape"),
            "delete" if given.len() > 1 => {
                let axis = call.by_name(&["axis"]).or(call.nth(2)).and_then(|axis| self.size(&axis));
                self.deleted(&first, &given[1], axis)
            }
            _ => return None,
        })
    }

    /// A value as an array, changed.
    fn reshaped(&self, value: &Value<'a>, change: impl FnOnce(ArrayD<Number<'a>>) -> ArrayD<Number<'a>>) -> Value<'a> {
        self.as_array(value).map_or(Value::opaque("this is no array"), |array| Value::array(change(array)))
    }

    /// A shape: sizes, or one list of them; -1 where the size follows from the others.
    pub(super) fn shape(&mut self, given: &[Value<'a>]) -> Option<Vec<i64>> {
        let items = match given {
            [only @ (Value::Tuple(_) | Value::List(_))] => self.items(only).ok()?,
            _ => given.iter().filter(|value| matches!(value, Value::Number(_))).cloned().collect(),
        };
        items.iter().map(|size| self.size(size).map(|size| self.taken(size))).collect()
    }

    /// An array of this shape, of which each number is made in turn.
    pub(super) fn filled_with(
        &mut self,
        shape: Option<Vec<i64>>,
        mut number: impl FnMut(&mut Self) -> Number<'a>,
    ) -> Value<'a> {
        let Some(shape) = shape else { return Value::opaque("a shape that cannot be followed") };
        let shape: Vec<usize> = shape.into_iter().map(|size| size.max(0) as usize).collect();
        let count = shape.iter().try_fold(1_usize, |count, &size| count.checked_mul(size));
        match count {
            Some(count) if count <= MOST[1] => {
                let numbers = (0..count).map(|_| number(self)).collect();
                Value::filled(&shape, numbers)
            }
            _ => Value::opaque("an array that is too large to be followed"),
        }
    }

    fn stack(&mut self, name: &str, parts: &Value<'a>, axis: Option<i64>) -> Value<'a> {
        let axis = axis.unwrap_or(0);
        let parts: Option<Vec<ArrayD<Number<'a>>>> =
            self.items(parts).unwrap_or_default().iter().map(|part| self.as_array(part)).collect();
        let Some(mut parts) = parts.filter(|parts| !parts.is_empty()) else {
            return Value::opaque("these are no arrays");
        };
        let axes = parts[0].ndim();
        let axis = if axis < 0 { (axis + axes as i64).max(0) as usize } else { axis as usize };
        let (axis, new) = match name {
            "hstack" => (usize::from(axes > 1), false),
            "vstack" => (0, axes == 1),
            "column_stack" => (1, axes == 1),
            "stack" => (axis, true),
            _ => (axis, false),
        };
        for part in &mut parts {
            if new && axis <= part.ndim() {
                part.insert_axis_inplace(Axis(axis));
            }
            if part.ndim() == 0 {
                part.insert_axis_inplace(Axis(0));
            }
        }
        if parts.iter().map(|part| part.len()).sum::<usize>() > MOST[1] {
            return Value::opaque("an array that is too large to be followed");
        }
        // Of arrays with different numbers of axes, `concatenate` panics instead of an error.
        let axes = parts[0].ndim();
        if axis >= axes || parts.iter().any(|part| part.ndim() != axes) {
            return Value::opaque("shapes do not fit");
        }
        let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
        ndarray::concatenate(Axis(axis), &views).map_or_else(|_| Value::opaque("shapes do not fit"), Value::array)
    }

    /// `tile` and `repeat`.
    fn repeated(&mut self, name: &str, value: &Value<'a>, times: &Value<'a>, axis: Option<Value<'a>>) -> Value<'a> {
        let Some(mut array) = self.as_array(value) else { return Value::opaque("this is no array") };
        let axis = axis.and_then(|axis| self.size(&axis));
        let times: Option<Vec<i64>> = match times {
            Value::Number(_) => self.size(times).map(|times| vec![times]),
            other => self.items(other).unwrap_or_default().iter().map(|times| self.size(times)).collect(),
        };
        let times: Vec<usize> = times.unwrap_or_default().into_iter().map(|times| times.max(0) as usize).collect();
        // A 0 among them makes nothing of it, but not on the way.
        if times.iter().fold(array.len().max(1), |count, &times| count.saturating_mul(times.max(1))) > MOST[1] {
            return Value::opaque("an array that is too large to be followed");
        }
        if name == "repeat" {
            let ([times], Some(axis)) = (&*times, axis.or((array.ndim() < 2).then_some(0))) else {
                return Value::opaque("a `repeat` that is not followed");
            };
            if array.ndim() == 0 {
                array = array.insert_axis(Axis(0));
            }
            let axis = if axis < 0 { axis + array.ndim() as i64 } else { axis } as usize;
            if axis >= array.ndim() {
                return Value::opaque("shapes do not fit");
            }
            let places: Vec<usize> = (0..array.shape()[axis]).flat_map(|at| vec![at; *times]).collect();
            return Value::array(array.select(Axis(axis), &places));
        }
        while array.ndim() < times.len() {
            array = array.insert_axis(Axis(0));
        }
        let first = array.ndim() - times.len();
        for (at, &times) in times.iter().enumerate() {
            let places: Vec<usize> = (0..times).flat_map(|_| 0..array.shape()[first + at]).collect();
            array = array.select(Axis(first + at), &places);
        }
        Value::array(array)
    }

    /// `np.insert` of one number, or one row or column, at one place.
    pub(in crate::python::run) fn inserted(
        &mut self,
        value: &Value<'a>,
        at: &Value<'a>,
        new: &Value<'a>,
        axis: Option<i64>,
    ) -> Value<'a> {
        let (Some(array), Some(new), Some(at)) = (self.as_array(value), self.as_array(new), self.size(at)) else {
            return Value::opaque("an `insert` that is not followed");
        };
        let axis = match axis {
            Some(axis) if axis < 0 => axis + array.ndim() as i64,
            Some(axis) => axis,
            None if array.ndim() == 1 => 0,
            None => return Value::opaque("an `insert` that is not followed"),
        } as usize;
        if axis >= array.ndim() || !(0..=array.shape()[axis] as i64).contains(&at) {
            return Value::opaque("shapes do not fit");
        }
        let mut shape = array.shape().to_vec();
        shape.remove(axis);
        let Some(new) = new.broadcast(IxDyn(&shape)).map(|new| new.to_owned().insert_axis(Axis(axis))) else {
            return Value::opaque("shapes do not fit");
        };
        let (before, after) = array.view().split_at(Axis(axis), at as usize);
        ndarray::concatenate(Axis(axis), &[before, new.view(), after])
            .map_or_else(|_| Value::opaque("shapes do not fit"), Value::array)
    }

    /// `np.delete`: all but one row or column, or some.
    fn deleted(&mut self, value: &Value<'a>, at: &Value<'a>, axis: Option<i64>) -> Value<'a> {
        let without = |run: &mut Self| {
            let array = run.as_array(value)?;
            let axis = axis.or((array.ndim() == 1).then_some(0))?;
            let axis = within(axis, array.ndim())?;
            let length = array.shape()[axis];
            let (at, _) = at.numbers()?;
            let at = at.into_iter().map(|at| run.size(&Value::Number(at)).and_then(|at| within(at, length)));
            let at: Vec<usize> = at.collect::<Option<_>>()?;
            let kept: Vec<usize> = (0..length).filter(|place| !at.contains(place)).collect();
            Some(Value::array(array.select(Axis(axis), &kept)))
        };
        without(self).unwrap_or_else(|| Value::opaque("a `delete` that is not followed"))
    }
}

/// The diagonal of a matrix, or the matrix that has this diagonal.
fn diagonal<'a>(name: &str, all: &[Number<'a>], shape: &[usize]) -> Value<'a> {
    let size = all.len();
    match *shape {
        [rows, columns] if name == "diag" => {
            let count = rows.min(columns);
            Value::filled(&[count], (0..count).map(|at| all[at * columns + at]).collect())
        }
        _ if size > 300 => Value::opaque("an array that is too large to be followed"),
        _ => {
            let number = |at: usize| if at / size == at % size { all[at / size] } else { Number::fixed(0.0) };
            Value::filled(&[size, size], (0..size * size).map(number).collect())
        }
    }
}
