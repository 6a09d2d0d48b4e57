//! Functions of Python, `math`, numpy and torch, by name.
//!
//! Each group is asked in turn, and answers nothing where a call is not its own.

mod arrays;
mod products;
mod python;
mod random;
mod reductions;

use ruff_python_ast::Operator;

use super::call::{Named, taken};
use super::number::is_guard;
use super::{Interpreter, Kind, MOST, Number, Value};
use crate::op::{Binary, Unary};

/// What Python knows without an import.
#[rustfmt::skip] // several a line
pub(super) const BUILTINS: [&str; 35] = [
    "sum", "min", "max", "abs", "len", "round", "float", "int", "range", "sorted", "print", "zip", "enumerate", "list",
    "tuple", "dict", "str", "bool", "reversed", "map", "filter", "any", "all", "pow", "isinstance", "set", "type",
    "next", "iter", "display", "input", "getattr", "hasattr", "callable", "open",
];

/// A call: the last name of the function, and its arguments.
struct Call<'a> {
    name: String,
    given: Vec<Value<'a>>,
    named: Named<'a>,
}

impl<'a> Call<'a> {
    fn nth(&self, at: usize) -> Option<Value<'a>> {
        self.given.get(at).cloned()
    }

    fn first(&self) -> Value<'a> {
        self.nth(0).unwrap_or(Value::Nothing)
    }

    /// The argument of one of these names.
    fn by_name(&self, names: &[&str]) -> Option<Value<'a>> {
        self.named.iter().find(|(known, _)| names.contains(&known.as_str())).map(|(_, value)| value.clone())
    }

    /// The axis, which comes second where it has no name.
    fn axis(&self, run: &mut Interpreter<'a>) -> Option<i64> {
        self.by_name(&["axis", "dim"]).or(self.nth(1)).and_then(|axis| run.size(&axis))
    }

    /// Several axes, the last first.
    fn axes(&self, run: &mut Interpreter<'a>, count: usize) -> Option<Vec<i64>> {
        let Some(Value::Tuple(axes)) = self.by_name(&["axis", "dim"]).or(self.nth(1)) else { return None };
        let axes = axes.iter().map(|axis| run.size(axis)).collect::<Option<Vec<i64>>>()?;
        let mut axes: Vec<i64> =
            axes.into_iter().map(|axis| if axis < 0 { axis + count as i64 } else { axis }).collect();
        axes.sort_unstable_by(|a, b| b.cmp(a));
        Some(axes)
    }

    /// Whether the axis that is reduced stays, with one number.
    fn keeps_axes(&self, run: &mut Interpreter<'a>) -> bool {
        self.by_name(&["keepdims", "keepdim"]).is_some_and(|keep| run.steer(&keep))
    }
}

/// Whether a function changes each number by itself, so that what a condition picks can stay whole.
fn is_elementwise(name: &str) -> bool {
    Unary::named(name).is_some() || matches!(name, "expit" | "square" | "negative" | "add" | "subtract" | "multiply")
}

/// Bounds on both sides that are so far out guard against overflow.
const WIDE: f64 = 15.0;

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
        if let Some(done) = self.write_into(name, &given, &mut named) {
            return done;
        }
        let target = taken(&mut named, "out");
        let value = self.function_of(Call { name: name.to_owned(), given, named });
        if let Some(target) = target.filter(|target| self.put_into(target, &value)) {
            return target;
        }
        if is_matrix { value.matrix() } else { value }
    }

    fn function_of(&mut self, call: Call<'a>) -> Value<'a> {
        if let Some(problem) = call.name.strip_prefix("optimize ") {
            return self.optimize(problem, call.given, call.named);
        }
        // Each part of the samples looks like all of them.
        if call.name == "train_test_split" {
            return Value::tuple(call.given.iter().flat_map(|part| [part.clone(), part.clone()]).collect());
        }
        if let Some(Value::Opaque(why)) = call.given.iter().find(|value| matches!(value, Value::Opaque(_)))
            && !matches!(call.name.as_str(), "print" | "display")
        {
            // How often something is repeated that is not known changes no formula.
            if call.name == "range" && self.supposed.data.is_some() {
                return self.range("range", &[Value::whole(super::suppose::ROWS)]);
            }
            return super::loaded::computed(why, &call.name);
        }
        let is_by_order = matches!(&*call.name, "ravel" | "flatten" | "reshape");
        if is_by_order
            && matches!(call.by_name(&["order"]), Some(Value::Text(order)) if matches!(&*order, "F" | "A" | "K"))
        {
            return Value::opaque("an order of elements that is not followed");
        }
        self.of_python(&call)
            .or_else(|| self.of_random(&call))
            .or_else(|| self.of_arrays(&call))
            .or_else(|| self.of_products(&call))
            .or_else(|| self.of_reductions(&call))
            .or_else(|| self.of_choices(&call))
            .or_else(|| self.of_each_number(&call))
            .unwrap_or_else(|| Value::opaque(format!("`{}` is not known", call.name)))
    }

    /// Which of two numbers is taken.
    fn of_choices(&mut self, call: &Call<'a>) -> Option<Value<'a>> {
        let (given, first) = (&call.given, call.first());
        Some(match call.name.as_str() {
            "where" if given.len() == 3 => self.chosen(&first, &given[1], &given[2]),
            "clip" | "clamp" => {
                let bound = |value: Option<Value<'a>>| match value {
                    Some(Value::Number(number)) => Some(number),
                    _ => None,
                };
                let low = bound(call.nth(1).or(call.by_name(&["min", "a_min"])));
                let high = bound(call.nth(2).or(call.by_name(&["max", "a_max"])));
                // Far bounds guard against overflow, close to 0 and 1 against a logarithm of 0.
                let guards = |low: f64, high: f64| {
                    low <= -WIDE && high >= WIDE || (0.0..=1e-2).contains(&low) && (0.99..=1.0).contains(&high)
                };
                match (low, high) {
                    (Some(low), Some(high)) if guards(low.value, high.value) => first,
                    (low, high) => self.each(&first, |run, x| {
                        let x = low.map_or(x, |low| run.numbers.binary(Binary::Max, x, low));
                        high.map_or(x, |high| run.numbers.binary(Binary::Min, x, high))
                    }),
                }
            }
            "logical_not" => self.each(&first, |run, x| run.numbers.not(x)),
            "logical_and" if given.len() == 2 => self.pairs(&first, &given[1], |run, a, b| run.numbers.both(a, b)),
            "logical_or" if given.len() == 2 => self.pairs(&first, &given[1], |run, a, b| run.numbers.either(a, b)),
            "sign" => self.each(&first, |run, x| {
                let (above, below) =
                    (run.numbers.positive(x, Number::fixed(0.0)), run.numbers.positive(Number::fixed(0.0), x));
                run.numbers.binary(Binary::Sub, above, below)
            }),
            "heaviside" => {
                let [above, below] = [true, false].map(|is_above| {
                    self.each(&first, |run, x| match is_above {
                        true => run.numbers.positive(x, Number::fixed(0.0)),
                        false => run.numbers.positive(Number::fixed(0.0), x),
                    })
                });
                match call.nth(1) {
                    // Where the number is 0, neither is.
                    Some(Value::Number(at)) if at.value != 0.0 => {
                        let one = Value::whole(1);
                        let rest = self.operate(Operator::Sub, &one, &above);
                        let rest = self.operate(Operator::Sub, &rest, &below);
                        let rest = self.operate(Operator::Mult, &rest, &Value::Number(at));
                        self.operate(Operator::Add, &above, &rest)
                    }
                    _ => above,
                }
            }
            "greater" => {
                let second = call.nth(1).unwrap_or(Value::Nothing);
                self.pairs(&first, &second, |run, a, b| run.numbers.positive(a, b))
            }
            _ => return None,
        })
    }

    /// `np.where` of three arguments.
    fn chosen(&mut self, test: &Value<'a>, a: &Value<'a>, b: &Value<'a>) -> Value<'a> {
        let masked = self.pairs(test, a, |_, test, _| test);
        let masked = self.pairs(&masked, b, |_, test, _| test);
        let a = self.pairs(&masked, a, |_, _, a| a);
        let b = self.pairs(&masked, b, |_, _, b| b);
        let (Some(tests), Some(a), Some(b)) = (self.as_array(&masked), self.as_array(&a), self.as_array(&b)) else {
            return Value::opaque("`where` of something that is no number");
        };
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

    /// Each number by itself, or with the one at its place.
    fn of_each_number(&mut self, call: &Call<'a>) -> Option<Value<'a>> {
        let (given, first) = (&call.given, call.first());
        Some(match call.name.as_str() {
            "expit" => self.library("sigmoid", given.clone(), call.named.clone()),
            "negative" => self.each(&first, |run, x| run.numbers.unary(Unary::Neg, x)),
            "reciprocal" => self.each(&first, |run, x| run.numbers.binary(Binary::Div, Number::fixed(1.0), x)),
            "logaddexp" if given.len() == 2 => self.pairs(&first, &given[1], |run, a, b| {
                let [a, b] = [a, b].map(|x| run.numbers.unary(Unary::Exp, x));
                let sum = run.numbers.binary(Binary::Add, a, b);
                run.numbers.unary(Unary::Ln, sum)
            }),
            "square" => self.squared(&first),
            "pow" => self.operate(Operator::Pow, &first, &call.nth(1).unwrap_or(Value::Nothing)),
            name => match (Unary::named(name), Binary::named(name).filter(|op| *op != Binary::Chain)) {
                (Some(Unary::Ln), _) if given.len() == 2 => {
                    let [a, b] = [0, 1].map(|at| self.each(&given[at], |run, x| run.numbers.unary(Unary::Ln, x)));
                    self.operate(Operator::Div, &a, &b)
                }
                (Some(op), _) if given.len() == 1 => self.each(&first, |run, x| run.numbers.unary(op, x)),
                (_, Some(op)) if given.len() >= 2 => given[1..].iter().fold(first, |result, next| {
                    self.pairs(&result, next, |run, a, b| match op {
                        Binary::Max if is_guard(b) => a,
                        Binary::Max if is_guard(a) => b,
                        _ => run.numbers.binary(op, a, b),
                    })
                }),
                _ => return None,
            },
        })
    }

    fn squared(&mut self, value: &Value<'a>) -> Value<'a> {
        let two = Number { literal: false, ..Number::literal(2.0, Kind::Whole) };
        self.operate(Operator::Pow, value, &Value::Number(two))
    }
}
