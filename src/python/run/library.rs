//! Functions of Python, `math`, numpy and torch, by name.

use std::cell::RefCell;
use std::rc::Rc;

use ndarray::{ArrayD, Axis, IxDyn};
use ruff_python_ast::Operator;

use super::call::Named;
use super::number::is_guard;
use super::{Interpreter, Kind, Number, Value};
use crate::op::{Binary, Unary};

/// What Python knows without an import.
pub(super) const BUILTINS: [&str; 34] = [
    "sum",
    "min",
    "max",
    "abs",
    "len",
    "round",
    "float",
    "int",
    "range",
    "sorted",
    "print",
    "zip",
    "enumerate",
    "list",
    "tuple",
    "dict",
    "str",
    "bool",
    "reversed",
    "map",
    "filter",
    "any",
    "all",
    "pow",
    "isinstance",
    "set",
    "type",
    "next",
    "iter",
    "display",
    "input",
    "getattr",
    "hasattr",
    "callable",
];

/// Whether a function changes each number by itself, so that what a condition picks can stay whole.
fn is_elementwise(name: &str) -> bool {
    Unary::named(name).is_some() || matches!(name, "expit" | "square" | "negative" | "add" | "subtract" | "multiply")
}

/// A copy of a value and all that it holds.
fn copied<'a>(value: &Value<'a>, depth: usize) -> Value<'a> {
    let copied = |value: &Value<'a>| copied(value, depth + 1);
    match value {
        _ if depth > 8 => value.clone(),
        Value::Array(array) => Value::array(array.borrow().clone()),
        Value::List(list) => Value::list(list.borrow().iter().map(copied).collect()),
        Value::Dict(dict) => {
            let items = dict.borrow().iter().map(|(key, value)| (key.clone(), copied(value))).collect();
            Value::Dict(Rc::new(RefCell::new(items)))
        }
        other => other.clone(),
    }
}

impl<'a> Interpreter<'a> {
    pub(super) fn library(&mut self, name: &str, mut given: Vec<Value<'a>>, mut named: Named<'a>) -> Value<'a> {
        if !is_elementwise(name) {
            given = given.iter().map(|value| self.picked(value)).collect();
        }
        let is_matrix = matches!(name, "matrix" | "mat")
            || given.iter().any(Value::is_matrix) && !matches!(name, "array" | "asarray" | "len" | "list" | "tuple");
        if is_matrix && named.iter().all(|(name, _)| name != "keepdims") {
            let has_axis = named.iter().any(|(name, _)| name == "axis") || given.len() > 1;
            named.extend(has_axis.then(|| ("keepdims".to_owned(), Value::Number(Number::truth(true)))));
        }
        let value = self.function_of(name, given, named);
        if is_matrix { value.matrix() } else { value }
    }

    fn function_of(&mut self, name: &str, given: Vec<Value<'a>>, named: Named<'a>) -> Value<'a> {
        if let Some(problem) = name.strip_prefix("optimize ") {
            return self.optimize(problem, given, named);
        }
        // Each part of the samples looks like all of them.
        if name == "train_test_split" {
            return Value::tuple(given.iter().flat_map(|part| [part.clone(), part.clone()]).collect());
        }
        if let Some(Value::Opaque(why)) = given.iter().find(|value| matches!(value, Value::Opaque(_)))
            && !matches!(name, "print" | "display")
        {
            // How often something is repeated that is not known changes no formula.
            if name == "range" && self.supposed.data.is_some() {
                return self.range(name, &[Value::whole(super::suppose::ROWS)]);
            }
            return Value::Opaque(why.clone());
        }
        let by_name = |names: &[&str]| {
            named.iter().find(|(known, _)| names.contains(&known.as_str())).map(|(_, value)| value.clone())
        };
        let nth = |at: usize| given.get(at).cloned();
        let first = nth(0).unwrap_or(Value::Nothing);
        match name {
            "print" | "display" | "seed" | "random seed" | "random shuffle" | "manual_seed" | "set_printoptions"
            | "no_grad" => Value::Nothing,
            "random default_rng" | "random RandomState" | "random Random" | "Generator" => {
                Value::Module("random".to_owned())
            }
            "expit" => self.library("sigmoid", given, named),
            "len" => match &first {
                Value::Array(array) => Value::whole(array.borrow().shape().first().copied().unwrap_or(0)),
                other => self.items(other).map_or_else(Value::Opaque, |items| Value::whole(items.len())),
            },
            "range" | "arange" => {
                let stop = by_name(&["stop"]).filter(|_| given.is_empty());
                self.range(name, &stop.map_or(given, |stop| vec![stop]))
            }
            "linspace" => {
                let count =
                    nth(2).or(by_name(&["num"])).and_then(|count| self.size(&count)).unwrap_or(50).clamp(0, 10_000);
                let count = self.taken(count);
                let (Value::Number(from), Some(Value::Number(to))) = (&first, nth(1)) else {
                    return Value::opaque("linspace");
                };
                let step = |at: i64| from.value + (to.value - from.value) * at as f64 / (count - 1).max(1) as f64;
                Value::filled(&[count as usize], (0..count).map(|at| Number::literal(step(at), Kind::Float)).collect())
            }
            "list" => self.items(&first).map_or_else(|_| Value::list(vec![]), Value::list),
            "tuple" => self.items(&first).map_or_else(|_| Value::tuple(vec![]), Value::tuple),
            "reversed" => {
                self.items(&first).map_or_else(Value::Opaque, |items| Value::list(items.into_iter().rev().collect()))
            }
            "set" | "sorted" | "iter" => self.items(&first).map_or_else(Value::Opaque, Value::list),
            "dict" => Value::Dict(Rc::new(RefCell::new(
                named.into_iter().map(|(name, value)| (super::value::Key::Text(name), value)).collect(),
            ))),
            "zip" => {
                let all: Vec<Vec<Value<'a>>> = given.iter().map(|each| self.items(each).unwrap_or_default()).collect();
                let shortest = all.iter().map(Vec::len).min().unwrap_or(0);
                Value::list(
                    (0..shortest).map(|at| Value::tuple(all.iter().map(|each| each[at].clone()).collect())).collect(),
                )
            }
            "enumerate" => {
                let start = nth(1).or(by_name(&["start"])).and_then(|start| self.size(&start)).unwrap_or(0);
                let items = self.items(&first).unwrap_or_default();
                let pair = |(at, item): (usize, Value<'a>)| {
                    Value::tuple(vec![Value::Number(Number::fixed(at as f64 + start as f64)), item])
                };
                Value::list(items.into_iter().enumerate().map(pair).collect())
            }
            "map" => {
                let all: Vec<Vec<Value<'a>>> =
                    given[1.min(given.len())..].iter().map(|each| self.items(each).unwrap_or_default()).collect();
                let shortest = all.iter().map(Vec::len).min().unwrap_or(0);
                Value::list(
                    (0..shortest)
                        .map(|at| self.invoke(first.clone(), all.iter().map(|each| each[at].clone()).collect(), vec![]))
                        .collect(),
                )
            }
            "apply_along_axis" if given.len() > 2 => {
                let rows = self.items(&given[2]).unwrap_or_default();
                let rows = rows.into_iter().map(|row| self.invoke(first.clone(), vec![row], vec![])).collect();
                let rows = Value::list(rows);
                self.as_array(&rows).map_or(Value::opaque("rows that do not fit together"), Value::array)
            }
            "str" => Value::Text(self.shown(&first).into()),
            "float" | "as float" | "as float32" | "as float64" | "as double" => match first {
                Value::Number(number) => Value::Number(Number { kind: Kind::Float, ..number }),
                Value::Text(_) => Value::opaque("a number that is read from a text"),
                other => other,
            },
            "int" | "as int" | "as int32" | "as int64" | "as long" | "floor" | "ceil" | "round" | "around" => {
                self.each(&first, |run, x| {
                    // What is rounded is shown, and what is cast from a condition is that condition.
                    let is_shown = matches!(name, "round" | "around") && x.free && x.kind == Kind::Float;
                    if is_shown || x.kind == Kind::Truth && x.test.is_some() {
                        return x;
                    }
                    let x = run.numbers.structure(x);
                    let value = match name {
                        "floor" => x.value.floor(),
                        "ceil" => x.value.ceil(),
                        "round" | "around" => x.value.round(),
                        _ => x.value.trunc(),
                    };
                    Number::fixed(value)
                })
            }
            "isinstance" if given.len() == 2 => self.is_instance(&given[0], &given[1]),
            "any" | "all" => {
                let array = self.as_array(&first).filter(|array| array.iter().all(|number| !number.free));
                let Some(array) = array else { return Value::opaque(format!("`{name}` is not followed")) };
                let mut truths = array.iter().map(|number| number.value != 0.0);
                Value::Number(Number::truth(if name == "any" { truths.any(|it| it) } else { truths.all(|it| it) }))
            }
            "next" => self.items(&first).ok().and_then(|items| items.first().cloned()).unwrap_or(Value::Nothing),
            "filter" if given.len() == 2 => {
                let items = self.items(&given[1]).unwrap_or_default();
                let chosen = items.into_iter().filter(|item| {
                    let holds = self.invoke(first.clone(), vec![item.clone()], vec![]);
                    self.steer(&holds)
                });
                Value::list(chosen.collect())
            }
            "getattr" if given.len() > 1 => {
                let name = self.shown(&given[1]);
                self.attribute(first, &name)
            }
            "callable" | "hasattr" => Value::Number(Number::truth(true)),
            "field" => match (by_name(&["default_factory"]), by_name(&["default"])) {
                (Some(make), _) => self.invoke(make, vec![], vec![]),
                (_, default) => default.unwrap_or(Value::Nothing),
            },
            "bool" | "type" | "input" => Value::opaque(format!("`{name}` is not followed")),
            "array" | "asarray" | "tensor" | "matrix" | "Tensor" | "FloatTensor" | "mat" | "atleast_2d"
            | "deepcopy" | "ascontiguousarray" => {
                let array = self.as_array(&first);
                match array {
                    Some(mut array) => {
                        let axes = by_name(&["ndmin"])
                            .and_then(|axes| self.size(&axes))
                            .unwrap_or(i64::from(name == "atleast_2d" || name.starts_with("mat")) * 2);
                        while (array.ndim() as i64) < axes {
                            array = array.insert_axis(Axis(0));
                        }
                        Value::array(array)
                    }
                    None if name == "deepcopy" => copied(&first, 0),
                    None => Value::opaque("an array of something that is no number"),
                }
            }
            "zeros" | "ones" | "empty" | "full" => {
                let (shape, rest) = match (&first, name) {
                    (Value::Number(_), "full") => (self.shape(&given[..1]), nth(1)),
                    (Value::Number(_), _) => (self.shape(&given), None),
                    _ => (self.shape(&given[..1.min(given.len())]), nth(1)),
                };
                let number = match (name, rest) {
                    ("full", Some(Value::Number(number))) => number,
                    ("ones", _) => Number::literal(1.0, Kind::Float),
                    _ => Number::literal(0.0, Kind::Float),
                };
                let shape = shape.or_else(|| self.shape(&[by_name(&["shape", "size"])?]));
                self.filled_with(shape, |_| number)
            }
            "zeros_like" | "ones_like" | "empty_like" => {
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
            "randn" | "rand" | "random randn" | "random rand" => {
                let shape = if given.is_empty() { Some(vec![]) } else { self.shape(&given) };
                let normal = name.ends_with('n');
                self.filled_with(shape, |run| run.draw(normal))
            }
            "random random"
            | "random random_sample"
            | "random standard_normal"
            | "random gauss"
            | "random sample"
            | "random normal"
            | "random uniform"
            | "random normalvariate"
            | "random triangular"
            | "normal"
            | "random standard_uniform" => {
                let takes = if matches!(name, "random random" | "random random_sample" | "random standard_normal") {
                    0
                } else {
                    2
                };
                let shape = by_name(&["size"]).or(nth(takes)).map_or(Some(vec![]), |shape| self.shape(&[shape]));
                let at = |at: usize| match given.get(at) {
                    Some(Value::Number(number)) if takes == 2 => Some(number.value),
                    _ => None,
                };
                let (a, b) = (at(0), at(1));
                let normal = name.contains("norm") || name.contains("gauss");
                self.filled_with(shape, |run| {
                    let drawn = run.draw(normal);
                    let value = match (normal, a, b) {
                        (true, a, b) => a.unwrap_or(0.0) + b.unwrap_or(1.0) * drawn.value,
                        (false, Some(low), Some(high)) => low + (high - low) * drawn.value,
                        (false, Some(high), None) => high * drawn.value,
                        _ => drawn.value,
                    };
                    Number::literal(value, Kind::Float)
                })
            }
            "random randint" | "random randrange" | "randint" | "random permutation" | "random choice" | "randperm"
            | "random integers" => {
                let shape = by_name(&["size"]).or(nth(2)).map_or(Some(vec![]), |shape| self.shape(&[shape]));
                match name {
                    "random permutation" | "randperm" => self.range("arange", &given[..1.min(given.len())]),
                    "random choice" => {
                        let count = by_name(&["size"]).or(nth(1)).and_then(|count| self.size(&count));
                        let items = match &first {
                            Value::Number(_) => self.range("range", &given[..1]),
                            other => other.clone(),
                        };
                        let items = self.items(&items).unwrap_or_default();
                        match count {
                            Some(count) if !items.is_empty() => {
                                let chosen =
                                    items.into_iter().cycle().take(self.taken(count).clamp(0, 10_000) as usize);
                                let chosen = Value::list(chosen.collect());
                                self.as_array(&chosen).map_or(chosen, Value::array)
                            }
                            _ => items.first().cloned().unwrap_or(Value::whole(0)),
                        }
                    }
                    _ => {
                        let bound = |value: Option<Value<'a>>| match value {
                            Some(Value::Number(number)) => Some(number.value),
                            _ => None,
                        };
                        // One bound is the upper one.
                        let (low, high) = match (bound(nth(0)), bound(nth(1).or(by_name(&["high"])))) {
                            (Some(low), Some(high)) if high > low => (low, high),
                            (Some(high), _) if high > 0.0 => (0.0, high),
                            _ => (0.0, 1.0),
                        };
                        self.filled_with(shape, |run| {
                            let drawn = low + ((high - low) * run.random.f64()).floor();
                            Number::literal(drawn, Kind::Whole)
                        })
                    }
                }
            }
            "reshape" => {
                let shape = if let Some(Value::Number(_)) = given.get(1) {
                    self.shape(&given[1..])
                } else {
                    nth(1).or(by_name(&["shape", "newshape"])).and_then(|shape| self.shape(&[shape]))
                };
                let (Some((numbers, _)), Some(shape)) = (first.numbers(), shape) else {
                    return Value::opaque("a shape that cannot be followed");
                };
                let known: i64 = shape.iter().filter(|size| **size >= 0).product();
                let free = numbers.len() as i64 / known.max(1);
                let shape: Vec<usize> = shape.iter().map(|&size| if size < 0 { free } else { size } as usize).collect();
                Value::filled(&shape, numbers)
            }
            "flatten" | "ravel" | "squeeze" => {
                let Some((numbers, shape)) = first.numbers() else { return Value::opaque("this is no array") };
                let shape = if name == "squeeze" {
                    shape.into_iter().filter(|&size| size != 1).collect()
                } else {
                    vec![numbers.len()]
                };
                Value::filled(&shape, numbers)
            }
            "transpose" | "t" => self
                .as_array(&first)
                .map_or(Value::opaque("this is no array"), |array| Value::array(array.t().to_owned())),
            "expand_dims" | "unsqueeze" => {
                let at = nth(1).or(by_name(&["axis", "dim"])).and_then(|axis| self.size(&axis)).unwrap_or(0);
                let Some(array) = self.as_array(&first) else { return Value::opaque("this is no array") };
                let at = if at < 0 { at + array.ndim() as i64 + 1 } else { at };
                Value::array(array.insert_axis(Axis(at.clamp(0, 8) as usize)))
            }
            "concatenate" | "hstack" | "vstack" | "stack" | "cat" | "column_stack" => {
                self.stack(name, &first, by_name(&["axis", "dim"]).or(nth(1)))
            }
            "append" if given.len() > 1 => self.stack("concatenate", &Value::list(given), by_name(&["axis"])),
            "dot" | "matmul" | "mm" | "inner" | "mv" => match nth(1) {
                Some(second) => self.product(&first, &second),
                None => Value::opaque("a product of one array"),
            },
            "outer" => {
                let (Some((a, _)), Some((b, _))) = (first.numbers(), nth(1).and_then(|b| b.numbers())) else {
                    return Value::opaque("these are no numbers");
                };
                let (rows, columns) = (Value::filled(&[a.len(), 1], a), Value::filled(&[1, b.len()], b));
                self.operate(Operator::Mult, &rows, &columns)
            }
            "where" if given.len() == 3 => {
                let masked = self.pairs(&given[0], &given[1], |_, test, _| test);
                let masked = self.pairs(&masked, &given[2], |_, test, _| test);
                let a = self.pairs(&masked, &given[1], |_, _, a| a);
                let b = self.pairs(&masked, &given[2], |_, _, b| b);
                match (self.as_array(&masked), self.as_array(&a), self.as_array(&b)) {
                    (Some(tests), Some(a), Some(b)) => {
                        let shape = tests.shape().to_vec();
                        let mut numbers = Vec::with_capacity(tests.len());
                        for ((test, &a), &b) in tests.iter().zip(a.iter()).zip(b.iter()) {
                            let truth = self.truth(&Value::Number(*test));
                            numbers.push(match truth {
                                Ok((holds, Some(test))) => self.choose(test, holds, a, b),
                                Ok((true, None)) => a,
                                _ => b,
                            });
                        }
                        Value::filled(&shape, numbers)
                    }
                    _ => Value::opaque("`where` of something that is no number"),
                }
            }
            "clip" | "clamp" => {
                let bound = |value: Option<Value<'a>>| match value {
                    Some(Value::Number(number)) => Some(number),
                    _ => None,
                };
                let low = bound(nth(1).or(by_name(&["min", "a_min"])));
                let high = bound(nth(2).or(by_name(&["max", "a_max"])));
                // Far bounds guard against overflow, close to 0 and 1 against a logarithm of 0.
                let guards = |low: f64, high: f64| {
                    low <= -15.0 && high >= 15.0 || (0.0..=1e-2).contains(&low) && (0.99..=1.0).contains(&high)
                };
                match (low, high) {
                    (Some(low), Some(high)) if guards(low.value, high.value) => first,
                    (low, high) => self.each(&first, |run, x| {
                        let x = low.map_or(x, |low| run.numbers.binary(Binary::Max, x, low));
                        high.map_or(x, |high| run.numbers.binary(Binary::Min, x, high))
                    }),
                }
            }
            "negative" => self.each(&first, |run, x| run.numbers.unary(Unary::Neg, x)),
            "reciprocal" => self.each(&first, |run, x| run.numbers.binary(Binary::Div, Number::fixed(1.0), x)),
            "logical_not" => self.each(&first, |run, x| run.numbers.not(x)),
            "logical_and" if given.len() == 2 => self.pairs(&first, &given[1], |run, a, b| run.numbers.both(a, b)),
            "logical_or" if given.len() == 2 => self.pairs(&first, &given[1], |run, a, b| run.numbers.either(a, b)),
            "logaddexp" if given.len() == 2 => self.pairs(&first, &given[1], |run, a, b| {
                let [a, b] = [a, b].map(|x| run.numbers.unary(Unary::Exp, x));
                let sum = run.numbers.binary(Binary::Add, a, b);
                run.numbers.unary(Unary::Ln, sum)
            }),
            "logsumexp" => {
                let grown = self.each(&first, |run, x| run.numbers.unary(Unary::Exp, x));
                let axis = by_name(&["axis", "dim"]).or(nth(1)).and_then(|axis| self.size(&axis));
                let keep = by_name(&["keepdims", "keepdim"]).is_some_and(|keep| self.steer(&keep));
                let sum = self.reduce("sum", &grown, axis, keep);
                self.each(&sum, |run, x| run.numbers.unary(Unary::Ln, x))
            }
            "cross_entropy" | "nll_loss" if given.len() == 2 => {
                let likely = if name == "nll_loss" { first } else { self.library("log_softmax", vec![first], vec![]) };
                let (Some(rows), Some((labels, _))) = (self.as_array(&likely), given[1].numbers()) else {
                    return Value::opaque("a cross entropy of something that is no number");
                };
                let classes = rows.shape().last().copied().unwrap_or(0);
                let rows: Vec<Number<'a>> = rows.iter().copied().collect();
                let mut sum = Number::fixed(0.0);
                for (row, label) in labels.iter().enumerate() {
                    let at = self.numbers.structure(*label).value.max(0.0) as usize;
                    let Some(&term) = rows.get(row * classes + at).filter(|_| at < classes) else {
                        return Value::opaque("labels that do not fit");
                    };
                    sum = self.numbers.binary(Binary::Sub, sum, term);
                }
                self.operate(Operator::Div, &Value::Number(sum), &Value::whole(labels.len()))
            }
            "mse_loss" if given.len() == 2 => {
                let apart = self.operate(Operator::Sub, &first, &given[1]);
                let squares = self.library("square", vec![apart], vec![]);
                self.reduce("mean", &squares, None, false)
            }
            "diff" => {
                let Some(array) = self.as_array(&first).filter(|array| array.ndim() == 1 && array.len() > 1) else {
                    return Value::opaque("`diff` of something that is no row of numbers");
                };
                let all: Vec<Number<'a>> = array.iter().copied().collect();
                let apart = all.windows(2).map(|pair| self.numbers.binary(Binary::Sub, pair[1], pair[0])).collect();
                Value::filled(&[all.len() - 1], apart)
            }
            "cumsum" => {
                let Some((all, _)) = first.numbers().filter(|(_, shape)| shape.len() == 1) else {
                    return Value::opaque("`cumsum` of something that is no row of numbers");
                };
                let mut sum = Number::fixed(0.0);
                let sums = all.iter().map(|&number| {
                    sum = self.numbers.binary(Binary::Add, sum, number);
                    sum
                });
                Value::filled(&[all.len()], sums.collect())
            }
            "flip" | "flipud" | "fliplr" => {
                let Some(mut array) = self.as_array(&first) else { return Value::opaque("this is no array") };
                let axis = by_name(&["axis"]).or(nth(1)).and_then(|axis| self.size(&axis));
                let axis = axis.or((name == "fliplr").then_some(1)).map_or(0, |axis| axis.max(0) as usize);
                if axis < array.ndim() {
                    array.invert_axis(Axis(axis));
                }
                Value::array(array)
            }
            "tile" | "repeat" if given.len() > 1 => {
                self.repeated(name, &first, &given[1], by_name(&["axis"]).or(nth(2)))
            }
            "diag" | "diagflat" => {
                let Some((all, shape)) = first.numbers() else { return Value::opaque("this is no array") };
                match *shape {
                    [rows, columns] if name == "diag" => {
                        let count = rows.min(columns);
                        Value::filled(&[count], (0..count).map(|at| all[at * columns + at]).collect())
                    }
                    _ if all.len() > 300 => Value::opaque("an array that is too large to be followed"),
                    _ => {
                        let size = all.len();
                        let zero = Number::fixed(0.0);
                        let number = |at: usize| if at / size == at % size { all[at / size] } else { zero };
                        Value::filled(&[size, size], (0..size * size).map(number).collect())
                    }
                }
            }
            "trace" => {
                let all = self.library("diag", vec![first], vec![]);
                self.reduce("sum", &all, None, false)
            }
            "einsum" => self.einsum(&first, &given[1..]),
            "insert" if given.len() > 2 => {
                let axis = by_name(&["axis"]).or(nth(3)).and_then(|axis| self.size(&axis));
                self.inserted(&first, &given[1], &given[2], axis)
            }
            "unique" => {
                let Some((all, _)) = first.numbers() else { return Value::opaque("this is no array") };
                let mut met: Vec<f64> = all.iter().map(|&number| self.numbers.structure(number).value).collect();
                met.sort_by(f64::total_cmp);
                met.dedup();
                Value::filled(&[met.len()], met.into_iter().map(Number::fixed).collect())
            }
            "argmax" | "argmin" if self.is_given(&first) => {
                let axis = by_name(&["axis", "dim"]).or(nth(1)).and_then(|axis| self.size(&axis));
                self.extreme(name, &first, axis)
            }
            "square" => self.operate(
                Operator::Pow,
                &first,
                &Value::Number(Number { literal: false, ..Number::literal(2.0, Kind::Whole) }),
            ),
            "sign" => self.each(&first, |run, x| {
                let (above, below) =
                    (run.numbers.positive(x, Number::fixed(0.0)), run.numbers.positive(Number::fixed(0.0), x));
                run.numbers.binary(Binary::Sub, above, below)
            }),
            "heaviside" => self.each(&first, |run, x| run.numbers.positive(x, Number::fixed(0.0))),
            "greater" => self.pairs(&first, &nth(1).unwrap_or(Value::Nothing), |run, a, b| run.numbers.positive(a, b)),
            "size" => match nth(1) {
                Some(axis) => {
                    let axis = self.size(&axis).unwrap_or(0).max(0) as usize;
                    Value::whole(first.numbers().and_then(|(_, shape)| shape.get(axis).copied()).unwrap_or(1))
                }
                None => Value::whole(first.numbers().map_or(0, |(numbers, _)| numbers.len())),
            },
            "argmax" | "argmin" | "argsort" | "allclose" | "array_equal" | "isnan" => Value::Number(Number::fixed(0.0)),
            "sum" | "mean" | "prod" | "max" | "min" | "amax" | "amin" | "average" | "nansum"
                if self.reduces(&given, name) =>
            {
                let axis = by_name(&["axis", "dim"]).or(nth(1)).and_then(|axis| self.size(&axis));
                let keep = by_name(&["keepdims", "keepdim"]).is_some_and(|keep| self.steer(&keep));
                self.reduce(name, &first, axis, keep)
            }
            "std" | "var" | "norm" => {
                let axis = by_name(&["axis", "dim"]).or(nth(1)).and_then(|axis| self.size(&axis));
                let keep = by_name(&["keepdims", "keepdim"]).is_some_and(|keep| self.steer(&keep));
                let two = Value::Number(Number { literal: false, ..Number::literal(2.0, Kind::Whole) });
                let mean = if name == "norm" { Value::whole(0) } else { self.reduce("mean", &first, axis, true) };
                let apart = self.operate(Operator::Sub, &first, &mean);
                let squares = self.operate(Operator::Pow, &apart, &two);
                let of_squares = if name == "norm" { "sum" } else { "mean" };
                let result = self.reduce(of_squares, &squares, axis, keep);
                if name == "var" { result } else { self.each(&result, |run, x| run.numbers.unary(Unary::Sqrt, x)) }
            }
            "pow" => self.operate(Operator::Pow, &first, &nth(1).unwrap_or(Value::Nothing)),
            "log_softmax" => {
                let likely = self.library("softmax", given, named);
                self.each(&likely, |run, x| run.numbers.unary(Unary::Ln, x))
            }
            "softmax" => {
                let grown = self.each(&first, |run, x| run.numbers.unary(Unary::Exp, x));
                let last = grown.numbers().map_or(0, |(_, shape)| shape.len() as i64 - 1);
                let axis = by_name(&["axis", "dim"]).or(nth(1)).and_then(|axis| self.size(&axis)).unwrap_or(last);
                let sum = self.reduce("sum", &grown, Some(axis), true);
                self.operate(Operator::Div, &grown, &sum)
            }
            _ => match (Unary::named(name), Binary::named(name).filter(|op| *op != Binary::Chain)) {
                (Some(Unary::Ln), _) if given.len() == 2 => {
                    let [a, b] = [0, 1].map(|at| self.each(&given[at], |run, x| run.numbers.unary(Unary::Ln, x)));
                    self.operate(Operator::Div, &a, &b)
                }
                (Some(op), _) if given.len() == 1 => self.each(&first, |run, x| run.numbers.unary(op, x)),
                (_, Some(op)) if given.len() >= 2 => {
                    let mut result = first;
                    for next in &given[1..] {
                        result = self.pairs(&result, next, |run, a, b| match op {
                            Binary::Max if is_guard(b) => a,
                            Binary::Max if is_guard(a) => b,
                            _ => run.numbers.binary(op, a, b),
                        });
                    }
                    result
                }
                _ => Value::opaque(format!("`{name}` is not known")),
            },
        }
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

    /// Whether a value is of a kind; opaque where that is not known.
    fn is_instance(&self, value: &Value<'a>, kind: &Value<'a>) -> Value<'a> {
        let is = |kind: &Value<'a>| match (kind, value) {
            (_, Value::Opaque(_)) => None,
            (Value::Class(class), Value::Object(object)) => Some(Rc::ptr_eq(class, &object.class)),
            (Value::Class(_), _) => Some(false),
            (Value::Library(name), value) => Some(match (name.trim_start_matches("as "), value) {
                ("float" | "int" | "Number" | "float64" | "int64", Value::Number(_)) => true,
                ("list", Value::List(_)) | ("tuple", Value::Tuple(_)) | ("dict", Value::Dict(_)) => true,
                ("str", Value::Text(_)) | ("ndarray" | "Tensor", Value::Array(_)) => true,
                ("float" | "int" | "list" | "tuple" | "dict" | "str" | "ndarray" | "Tensor" | "bool", _) => false,
                _ => return None,
            }),
            _ => None,
        };
        let holds = match kind {
            Value::Tuple(kinds) => kinds.iter().map(is).try_fold(false, |any, is| Some(any | is?)),
            kind => is(kind),
        };
        holds.map_or(Value::opaque("`isinstance` is not followed"), |holds| Value::Number(Number::truth(holds)))
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
        if times.iter().product::<usize>().saturating_mul(array.len()) > super::MOST[2] {
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
    pub(super) fn inserted(
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

    /// Sums of products by the letters of their axes: `ij,jk->ik`.
    fn einsum(&mut self, rule: &Value<'a>, given: &[Value<'a>]) -> Value<'a> {
        let unknown = || Value::opaque("an `einsum` that is not followed");
        let Value::Text(rule) = rule else { return unknown() };
        let Some((from, to)) = rule.split_once("->") else { return unknown() };
        let from: Vec<Vec<char>> = from.split(',').map(|part| part.trim().chars().collect()).collect();
        let to: Vec<char> = to.trim().chars().collect();
        let arrays: Option<Vec<_>> = given.iter().map(|value| self.as_array(value)).collect();
        let Some(arrays) = arrays.filter(|arrays| arrays.len() == from.len()) else { return unknown() };
        let mut sizes: Vec<(char, usize)> = Vec::new();
        for (letters, array) in from.iter().zip(&arrays) {
            if letters.len() != array.ndim() || letters.iter().any(|letter| !letter.is_alphabetic()) {
                return unknown();
            }
            for (&letter, &size) in letters.iter().zip(array.shape()) {
                match sizes.iter().find(|(known, _)| *known == letter) {
                    Some((_, known)) if *known != size => return Value::opaque("shapes do not fit"),
                    Some(_) => {}
                    None => sizes.push((letter, size)),
                }
            }
        }
        // What is kept comes first, so that what is summed up runs fastest.
        sizes.sort_by_key(|(letter, _)| to.iter().position(|kept| kept == letter).unwrap_or(to.len()));
        let count = sizes.iter().try_fold(1_usize, |count, (_, size)| count.checked_mul(*size));
        let is_known = to.iter().all(|kept| sizes.iter().any(|(letter, _)| letter == kept));
        let Some(count) = count.filter(|&count| is_known && 0 < count && count <= super::MOST[2]) else {
            return unknown();
        };
        let shape: Vec<usize> = sizes[..to.len()].iter().map(|(_, size)| *size).collect();
        let kept = shape.iter().product::<usize>();
        let mut numbers = vec![Number::fixed(0.0); kept];
        for at in 0..count {
            let mut left = at;
            let mut place = vec![0; sizes.len()];
            for (axis, (_, size)) in sizes.iter().enumerate().rev() {
                place[axis] = left % size;
                left /= size;
            }
            let of = |letter: &char| place[sizes.iter().position(|(known, _)| known == letter).unwrap_or(0)];
            let factors = from.iter().zip(&arrays).map(|(letters, array)| {
                let index: Vec<usize> = letters.iter().map(of).collect();
                array[IxDyn(&index)]
            });
            let product = factors.reduce(|a, b| self.numbers.binary(Binary::Mul, a, b));
            let sum = &mut numbers[at / (count / kept)];
            if let Some(product) = product {
                *sum = self.numbers.binary(Binary::Add, *sum, product);
            }
            self.steps += 1;
        }
        Value::filled(&shape, numbers)
    }

    /// Whether `max(a, b)` is meant as of one collection.
    fn reduces(&self, given: &[Value<'a>], name: &str) -> bool {
        match given {
            [Value::Number(_)] => true,
            [Value::Number(_), ..] => false,
            [_, Value::Number(number), ..] if matches!(name, "max" | "min") => {
                !number.free && number.kind == Kind::Whole
            }
            [_, Value::Array(_) | Value::List(_), ..] => false,
            _ => true,
        }
    }

    fn range(&mut self, name: &str, given: &[Value<'a>]) -> Value<'a> {
        let whole = given.iter().map(|value| self.size(value)).collect::<Option<Vec<i64>>>();
        let Some(whole) = whole else { return Value::opaque("a range that cannot be followed") };
        let (from, to, by) = match *whole {
            [to] => (0, to, 1),
            [from, to] => (from, to, 1),
            [from, to, by] if by != 0 => (from, to, by),
            _ => return Value::opaque("a range that cannot be followed"),
        };
        let count = if by > 0 { (to - from + by - 1) / by } else { (from - to - by - 1) / -by };
        let count = self.sizes.taken.get(&count).copied().unwrap_or(count);
        // A loop that trains needs the first number of its range only.
        let count = count.clamp(0, 10_000) as usize;
        let numbers: Vec<Number<'a>> = (0..count).map(|at| Number::fixed((from + by * at as i64) as f64)).collect();
        if name == "range" {
            Value::list(numbers.into_iter().map(Value::Number).collect())
        } else {
            Value::filled(&[count], numbers)
        }
    }

    /// A shape: sizes, or one list of them; -1 where the size follows from the others.
    fn shape(&mut self, given: &[Value<'a>]) -> Option<Vec<i64>> {
        let items = match given {
            [only @ (Value::Tuple(_) | Value::List(_))] => self.items(only).ok()?,
            _ => given.iter().filter(|value| matches!(value, Value::Number(_))).cloned().collect(),
        };
        items.iter().map(|size| self.size(size).map(|size| self.taken(size))).collect()
    }

    fn filled_with(&mut self, shape: Option<Vec<i64>>, mut number: impl FnMut(&mut Self) -> Number<'a>) -> Value<'a> {
        let Some(shape) = shape else { return Value::opaque("a shape that cannot be followed") };
        let shape: Vec<usize> = shape.into_iter().map(|size| size.max(0) as usize).collect();
        let count = shape.iter().try_fold(1_usize, |count, &size| count.checked_mul(size));
        match count {
            Some(count) if count <= super::MOST[2] => {
                let numbers = (0..count).map(|_| number(self)).collect();
                Value::filled(&shape, numbers)
            }
            _ => Value::opaque("an array that is too large to be followed"),
        }
    }

    pub(super) fn draw(&mut self, normal: bool) -> Number<'a> {
        let uniform = self.random.f64();
        let value = if normal {
            (-2.0 * (1.0 - uniform).ln()).sqrt() * (std::f64::consts::TAU * self.random.f64()).cos()
        } else {
            uniform
        };
        Number::literal((value * 1e4).round() / 1e4, Kind::Float)
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

    fn stack(&mut self, name: &str, parts: &Value<'a>, axis: Option<Value<'a>>) -> Value<'a> {
        let axis = axis.and_then(|axis| self.size(&axis)).unwrap_or(0);
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
        if new {
            parts = parts
                .into_iter()
                .map(|part| if axis <= part.ndim() { part.insert_axis(Axis(axis)) } else { part })
                .collect();
        }
        for part in &mut parts {
            if part.ndim() == 0 {
                *part = part.to_shape(IxDyn(&[1])).map_or_else(|_| part.clone(), |part| part.to_owned());
            }
        }
        let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
        if axis >= views[0].ndim() {
            return Value::opaque("shapes do not fit");
        }
        ndarray::concatenate(Axis(axis), &views).map_or_else(|_| Value::opaque("shapes do not fit"), Value::array)
    }
}
