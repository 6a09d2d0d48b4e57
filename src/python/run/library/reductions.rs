//! What makes fewer numbers of many: sums, means, norms, losses; and what needs a sum: softmax, running sums.

use ndarray::Axis;
use ruff_python_ast::Operator;

use super::{Call, Interpreter, Kind, Number, Value};
use crate::op::{Binary, Unary};

impl<'a> Interpreter<'a> {
    pub(super) fn of_reductions(&mut self, call: &Call<'a>) -> Option<Value<'a>> {
        let (given, first) = (&call.given, call.first());
        Some(match call.name.as_str() {
            name @ ("sum" | "mean" | "prod" | "max" | "min" | "amax" | "amin" | "average" | "nansum")
                if reduces(given, name) =>
            {
                let keep = call.keeps_axes(self);
                let count = first.numbers().map_or(0, |(_, shape)| shape.len());
                if let Some(axes) = call.axes(self, count) {
                    return Some(axes.into_iter().fold(first, |left, axis| self.reduce(name, &left, Some(axis), keep)));
                }
                let axis = call.axis(self);
                self.reduce(name, &first, axis, keep)
            }
            // Python's own adds up the rows of an array.
            "python sum" => {
                let axis = self.as_array(&first).filter(|array| array.ndim() > 1).map(|_| 0);
                let sum = self.reduce("sum", &first, axis, false);
                match call.nth(1) {
                    Some(Value::Number(start)) if !start.free && start.value == 0.0 => sum,
                    Some(start) => self.operate(Operator::Add, &start, &sum),
                    None => sum,
                }
            }
            "norm" if call.nth(1).or(call.by_name(&["ord", "p"])).is_some() => {
                Value::opaque("a norm of another order is not followed")
            }
            name @ ("std" | "var" | "norm") => {
                let axis = call.axis(self);
                let keep = call.keeps_axes(self);
                let mean = if name == "norm" { Value::whole(0) } else { self.reduce("mean", &first, axis, true) };
                let apart = self.operate(Operator::Sub, &first, &mean);
                let squares = self.squared(&apart);
                let of_squares = if name == "norm" { "sum" } else { "mean" };
                let result = self.reduce(of_squares, &squares, axis, keep);
                if name == "var" { result } else { self.each(&result, |run, x| run.numbers.unary(Unary::Sqrt, x)) }
            }
            "trace" => {
                let all = self.library("diag", vec![first], vec![]);
                self.reduce("sum", &all, None, false)
            }
            "logsumexp" => {
                let grown = self.each(&first, |run, x| run.numbers.unary(Unary::Exp, x));
                let axis = call.axis(self);
                let keep = call.keeps_axes(self);
                let sum = self.reduce("sum", &grown, axis, keep);
                self.each(&sum, |run, x| run.numbers.unary(Unary::Ln, x))
            }
            "softmax" => {
                let grown = self.each(&first, |run, x| run.numbers.unary(Unary::Exp, x));
                let last = grown.numbers().map_or(0, |(_, shape)| shape.len() as i64 - 1);
                let axis = call.axis(self).unwrap_or(last);
                let sum = self.reduce("sum", &grown, Some(axis), true);
                self.operate(Operator::Div, &grown, &sum)
            }
            "log_softmax" => {
                let likely = self.library("softmax", given.clone(), call.named.clone());
                self.each(&likely, |run, x| run.numbers.unary(Unary::Ln, x))
            }
            "cross_entropy" if given.len() == 2 => {
                let likely = self.library("log_softmax", vec![first], vec![]);
                self.of_labels(&likely, &given[1])
            }
            "nll_loss" if given.len() == 2 => self.of_labels(&first, &given[1]),
            "mse_loss" if given.len() == 2 => {
                let apart = self.operate(Operator::Sub, &first, &given[1]);
                let squares = self.library("square", vec![apart], vec![]);
                self.reduce("mean", &squares, None, false)
            }
            "diff" => match self.as_array(&first) {
                Some(array) if array.ndim() == 1 && array.len() > 1 => {
                    let all: Vec<Number<'a>> = array.iter().copied().collect();
                    let apart = all.windows(2).map(|pair| self.numbers.binary(Binary::Sub, pair[1], pair[0])).collect();
                    Value::filled(&[all.len() - 1], apart)
                }
                _ => Value::opaque("`diff` of something that is no row of numbers"),
            },
            "cumsum" => match first.numbers() {
                Some((all, shape)) if shape.len() == 1 => {
                    let mut sum = Number::fixed(0.0);
                    let sums = all.iter().map(|&number| {
                        sum = self.numbers.binary(Binary::Add, sum, number);
                        sum
                    });
                    Value::filled(&[all.len()], sums.collect())
                }
                _ => Value::opaque("`cumsum` of something that is no row of numbers"),
            },
            name @ ("argmax" | "argmin") if self.is_given(&first) => {
                let axis = call.axis(self);
                self.extreme(name, &first, axis)
            }
            name @ ("argmax" | "argmin") => {
                Value::opaque(format!("where `{name}` is of what is computed is not followed"))
            }
            "argsort" | "allclose" | "array_equal" | "isnan" => Value::Number(Number::fixed(0.0)),
            _ => return None,
        })
    }

    /// The mean over all rows of minus what stands at the row's label.
    fn of_labels(&mut self, likely: &Value<'a>, labels: &Value<'a>) -> Value<'a> {
        let (Some(rows), Some((labels, _))) = (self.as_array(likely), labels.numbers()) else {
            return Value::opaque("a cross entropy of something that is no number");
        };
        let classes = rows.shape().last().copied().unwrap_or(0);
        let rows: Vec<Number<'a>> = rows.iter().copied().collect();
        let mut sum = Number::fixed(0.0);
        for (row, label) in labels.iter().enumerate() {
            let at = self.numbers.structure(*label).value.max(0.0) as usize;
            let Some(&term) = (at < classes).then(|| rows.get(row * classes + at)).flatten() else {
                return Value::opaque("labels that do not fit");
            };
            sum = self.numbers.binary(Binary::Sub, sum, term);
        }
        self.operate(Operator::Div, &Value::Number(sum), &Value::whole(labels.len()))
    }

    fn reduce(&mut self, name: &str, value: &Value<'a>, axis: Option<i64>, keep: bool) -> Value<'a> {
        let Some(array) = self.as_array(value) else {
            // A list of arrays of different kinds: added one by one.
            let items = self.items(value).unwrap_or_default();
            if name != "sum" || items.is_empty() {
                return Value::opaque(format!("`{name}` of something that is no number"));
            }
            return items
                .iter()
                .fold(Value::Number(Number::fixed(0.0)), |sum, item| self.operate(Operator::Add, &sum, item));
        };
        let axis = axis.map(|axis| if axis < 0 { axis + array.ndim() as i64 } else { axis } as usize);
        if array.is_empty() {
            return Value::Number(Number::fixed(0.0));
        }
        let reduced = match axis {
            Some(axis) if axis < array.ndim() => {
                let mut shape = array.shape().to_vec();
                if keep {
                    shape[axis] = 1;
                } else {
                    shape.remove(axis);
                }
                let numbers =
                    array.lanes(Axis(axis)).into_iter().map(|lane| self.fold(name, lane.iter().copied())).collect();
                Value::filled(&shape, numbers)
            }
            _ => {
                let number = self.fold(name, array.iter().copied());
                if keep { Value::filled(&vec![1; array.ndim()], vec![number]) } else { Value::Number(number) }
            }
        };
        if matches!(name, "mean" | "average") {
            let count = axis.and_then(|axis| array.shape().get(axis).copied()).unwrap_or(array.len());
            return self.operate(Operator::Div, &reduced, &Value::whole(count));
        }
        reduced
    }

    fn fold(&mut self, name: &str, mut numbers: impl Iterator<Item = Number<'a>>) -> Number<'a> {
        let op = match name {
            "max" | "amax" => Binary::Max,
            "min" | "amin" => Binary::Min,
            "prod" => Binary::Mul,
            _ => Binary::Add,
        };
        let first = numbers.next().unwrap_or(Number::fixed(0.0));
        let sum = numbers.fold(first, |sum, number| self.numbers.binary(op, sum, number));
        Number { literal: sum.literal && op != Binary::Add, ..sum }
    }

    /// Whether all numbers are given: none is computed from others.
    fn is_given(&self, value: &Value<'a>) -> bool {
        value.numbers().is_some_and(|(all, _)| {
            !all.is_empty() && all.iter().all(|&number| !number.free || self.numbers.is_input(number))
        })
    }

    /// Where the largest or smallest number stands, of numbers that are given: labels.
    fn extreme(&mut self, name: &str, value: &Value<'a>, axis: Option<i64>) -> Value<'a> {
        let Some(array) = self.as_array(value) else { return Value::opaque("this is no array") };
        let mut place = |lane: Vec<Number<'a>>| {
            let values: Vec<f64> = lane.into_iter().map(|number| self.numbers.structure(number).value).collect();
            let largest = |&a: &usize, &b: &usize| {
                let order = values[a].total_cmp(&values[b]);
                if name == "argmax" { order.then(b.cmp(&a)) } else { order.reverse().then(b.cmp(&a)) }
            };
            Number::fixed((0..values.len()).max_by(largest).unwrap_or(0) as f64)
        };
        match axis.map(|axis| if axis < 0 { axis + array.ndim() as i64 } else { axis } as usize) {
            Some(axis) if axis < array.ndim() => {
                let mut shape = array.shape().to_vec();
                shape.remove(axis);
                let lanes = array.lanes(Axis(axis)).into_iter().map(|lane| place(lane.iter().copied().collect()));
                Value::filled(&shape, lanes.collect())
            }
            _ => Value::Number(place(array.iter().copied().collect())),
        }
    }
}

/// Whether `max(a, b)` is meant as of one collection.
fn reduces(given: &[Value], name: &str) -> bool {
    match given {
        [Value::Number(_)] => true,
        [Value::Number(_), ..] => false,
        [_, Value::Number(number), ..] if matches!(name, "max" | "min") => !number.free && number.kind == Kind::Whole,
        [_, Value::Array(_) | Value::List(_), ..] => false,
        _ => true,
    }
}
