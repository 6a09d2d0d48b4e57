//! Functions of Python, `math`, numpy and torch, by name.

use ndarray::{ArrayD, Axis, IxDyn};
use ruff_python_ast::Operator;

use super::call::Named;
use super::number::is_guard;
use super::{Interpreter, Kind, Number, Value};
use crate::op::{Binary, Unary};

/// What Python knows without an import.
pub(super) const BUILTINS: [&str; 31] = [
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
];

impl<'a> Interpreter<'a> {
    pub(super) fn library(&mut self, name: &str, given: Vec<Value<'a>>, named: Named<'a>) -> Value<'a> {
        if let Some(Value::Opaque(why)) = given.iter().find(|value| matches!(value, Value::Opaque(_)))
            && !matches!(name, "print" | "display")
        {
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
            "range" | "arange" => self.range(name, &given),
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
            "dict" => Value::Dict(std::rc::Rc::new(std::cell::RefCell::new(
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
            "bool" | "isinstance" | "type" | "any" | "all" | "filter" | "next" | "input" => {
                Value::opaque(format!("`{name}` is not followed"))
            }
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
                    None if name == "deepcopy" => first,
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
                        self.items(&first).ok().and_then(|items| items.first().cloned()).unwrap_or(Value::whole(0))
                    }
                    _ => {
                        let low = if let Value::Number(low) = &first { low.value } else { 0.0 };
                        self.filled_with(shape, |_| Number::literal(low, Kind::Whole))
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
