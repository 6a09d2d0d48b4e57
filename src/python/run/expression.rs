//! Expressions.

use std::rc::Rc;

use indexmap::IndexMap;
use ndarray::{ArrayD, IxDyn};
use ruff_python_ast::{
    BoolOp, CmpOp, Comprehension, Expr, InterpolatedStringElement, Number as Literal, Operator, UnaryOp,
};
use ruff_text_size::Ranged;

use super::value::{Body, Key, Masked};
use super::{Flow, Interpreter, Kind, Number, Value, left_out, scope};
use crate::op::{Binary, Unary};

/// Whether something holds, and the condition that decides it where that is free.
type Truth = Result<(bool, Option<usize>), Rc<str>>;

impl<'a> Interpreter<'a> {
    pub(super) fn expression(&mut self, expression: &'a Expr) -> Value<'a> {
        match expression {
            Expr::NumberLiteral(literal) => match &literal.value {
                Literal::Float(value) => Value::float(*value),
                Literal::Int(whole) => match whole.as_u64() {
                    Some(value) => Value::Number(Number::literal(value as f64, Kind::Whole)),
                    None => Value::opaque("a number that is too long"),
                },
                Literal::Complex { .. } => Value::opaque("complex numbers are not followed"),
            },
            Expr::StringLiteral(text) => Value::Text(text.value.to_str().into()),
            Expr::FString(text) => {
                let mut all = String::new();
                for part in text.value.elements() {
                    match part {
                        InterpolatedStringElement::Literal(literal) => super::text::put(&mut all, &literal.value),
                        InterpolatedStringElement::Interpolation(inner) => {
                            let value = self.evaluate(&inner.expression);
                            super::text::put(&mut all, &super::text::shown(&value));
                        }
                    }
                }
                Value::Text(all.into())
            }
            Expr::BooleanLiteral(truth) => Value::Number(Number::truth(truth.value)),
            Expr::NoneLiteral(_) => Value::Nothing,
            Expr::Name(name) => self.name(&name.id),
            Expr::BinOp(binary) => {
                let (a, b) = (self.evaluate(&binary.left), self.evaluate(&binary.right));
                if binary.op == Operator::Div && left_out::is_near(&b) && left_out::is_difference(&binary.left) {
                    return left_out::near();
                }
                let b = if binary.op == Operator::Div { self.small_alike(b) } else { b };
                self.operate(binary.op, &a, &b)
            }
            Expr::UnaryOp(unary) => {
                let value = self.evaluate(&unary.operand);
                match unary.op {
                    UnaryOp::UAdd => value,
                    UnaryOp::USub if matches!(value, Value::Object(_)) => {
                        self.invoke(Value::Method(Box::new(value), "__neg__".to_owned()), vec![], vec![])
                    }
                    UnaryOp::USub => self.each(&value, |run, x| run.numbers.unary(Unary::Neg, x)),
                    UnaryOp::Not => self
                        .truth_value(&value)
                        .map_or_else(Value::Opaque, |truth| Value::Number(self.numbers.not(truth))),
                    UnaryOp::Invert => self.each(&value, |run, x| run.numbers.not(x)),
                }
            }
            Expr::BoolOp(of) => {
                let mut values = of.values.iter();
                let Some(first) = values.next() else { return Value::Nothing };
                let mut result = self.evaluate(first);
                for next in values {
                    let is_and = of.op == BoolOp::And;
                    match self.truth(&result) {
                        Err(why) => return Value::Opaque(why),
                        Ok((holds, None)) => {
                            if holds != is_and {
                                return result;
                            }
                            result = self.evaluate(next);
                        }
                        Ok((_, Some(_))) => {
                            let next = self.evaluate(next);
                            let (Ok(a), Ok(b)) = (self.truth_value(&result), self.truth_value(&next)) else {
                                return Value::opaque("a condition that cannot be followed");
                            };
                            result =
                                Value::Number(if is_and { self.numbers.both(a, b) } else { self.numbers.either(a, b) });
                        }
                    }
                }
                result
            }
            Expr::Compare(compare) => {
                let mut left = self.evaluate(&compare.left);
                let mut all: Option<Value<'a>> = None;
                for (op, right) in compare.ops.iter().zip(&compare.comparators) {
                    let right = self.evaluate(right);
                    let holds = self.compare(*op, &left, &right);
                    all = Some(match all {
                        None => holds,
                        Some(all) => self.pairs(&all, &holds, |run, a, b| run.numbers.both(a, b)),
                    });
                    left = right;
                }
                all.unwrap_or(Value::Nothing)
            }
            Expr::If(choice) => {
                let test = self.evaluate(&choice.test);
                // Of `1 if k == y else 0` each is what it is.
                let is_bit = |value: &Expr| {
                    let Expr::NumberLiteral(number) = value else { return false };
                    matches!(&number.value, ruff_python_ast::Number::Int(bit) if bit.as_u8().is_some_and(|bit| bit < 2))
                };
                let are_bits = is_bit(&choice.body) && is_bit(&choice.orelse);
                match self.truth(&test) {
                    Ok((holds, None)) => match self.evaluate(if holds { &choice.body } else { &choice.orelse }) {
                        Value::Number(bit) if are_bits => Value::Number(Number { literal: false, ..bit }),
                        chosen => chosen,
                    },
                    Ok((holds, Some(test))) => {
                        let (a, b) = (self.evaluate(&choice.body), self.evaluate(&choice.orelse));
                        self.merge(test, holds, &a, &b)
                    }
                    Err(why) => Value::Opaque(why),
                }
            }
            Expr::Call(call) => self.call(call),
            Expr::Attribute(attribute) => {
                let base = self.evaluate(&attribute.value);
                self.attribute(base, &attribute.attr)
            }
            Expr::Subscript(subscript) => {
                let base = self.evaluate(&subscript.value);
                self.item(&base, &subscript.slice)
            }
            Expr::List(list) => Value::list(self.elements(&list.elts)),
            Expr::Tuple(tuple) => Value::tuple(self.elements(&tuple.elts)),
            Expr::Set(set) => Value::list(self.elements(&set.elts)),
            Expr::Dict(dict) => {
                let mut items = IndexMap::new();
                for item in &dict.items {
                    let value = self.evaluate(&item.value);
                    let key = item.key.as_ref().map(|key| self.evaluate(key));
                    if let Some(key) = key.and_then(|key| self.key(&key)) {
                        items.insert(key, value);
                    }
                }
                Value::dict(items)
            }
            Expr::Lambda(lambda) => {
                self.function("lambda", lambda.parameters.as_deref(), Body::Expression(&lambda.body))
            }
            Expr::ListComp(all) => Value::list(self.comprehension(&all.generators, &all.elt)),
            Expr::SetComp(all) => Value::list(self.comprehension(&all.generators, &all.elt)),
            Expr::Generator(all) => Value::list(self.comprehension(&all.generators, &all.elt)),
            Expr::DictComp(all) => {
                let mut items = IndexMap::new();
                self.scopes.push(scope());
                self.gather(&all.generators, &mut |run| {
                    let key = all.key.as_ref().map(|key| run.evaluate(key));
                    let value = run.evaluate(&all.value);
                    if let Some(key) = key.and_then(|key| run.key(&key)) {
                        items.insert(key, value);
                    }
                });
                self.scopes.pop();
                Value::dict(items)
            }
            Expr::Named(named) => {
                let value = self.evaluate(&named.value);
                self.store(&named.target, value.clone());
                value
            }
            Expr::Yield(given) => {
                let value = given.value.as_ref().map_or(Value::Nothing, |value| self.evaluate(value));
                if let Some(yielded) = self.yielded.last_mut().filter(|yielded| yielded.len() < super::MOST[1]) {
                    yielded.push(value);
                }
                Value::Nothing
            }
            Expr::Starred(starred) => self.evaluate(&starred.value),
            other => Value::opaque(format!("`{}` is not followed", cut(self.words(other.range())))),
        }
    }

    fn elements(&mut self, elements: &'a [Expr]) -> Vec<Value<'a>> {
        let mut items = Vec::with_capacity(elements.len());
        for element in elements {
            let value = self.evaluate(element);
            if element.is_starred_expr() {
                items.extend(self.items(&value).unwrap_or_default());
            } else {
                items.push(value);
            }
        }
        items
    }

    fn comprehension(&mut self, generators: &'a [Comprehension], element: &'a Expr) -> Vec<Value<'a>> {
        let mut items = Vec::new();
        self.scopes.push(scope());
        self.gather(generators, &mut |run| {
            let value = run.evaluate(element);
            items.push(value);
        });
        self.scopes.pop();
        items
    }

    fn gather(&mut self, generators: &'a [Comprehension], each: &mut dyn FnMut(&mut Self)) {
        let Some((first, rest)) = generators.split_first() else { return each(self) };
        let all = self.evaluate(&first.iter);
        for item in self.items(&all).unwrap_or_default() {
            if self.is_exhausted() {
                return;
            }
            self.store(&first.target, item);
            let chosen = first.ifs.iter().all(|test| {
                let test = self.evaluate(test);
                self.steer(&test)
            });
            if chosen {
                self.gather(rest, each);
            }
        }
    }

    fn name(&mut self, name: &str) -> Value<'a> {
        if let Some(value) = self.lookup(name) {
            return value;
        }
        match name {
            "xrange" => Value::Library("range".to_owned()),
            "sum" => Value::Library("python sum".to_owned()),
            "__name__" => Value::Text("__main__".into()),
            // A part of a file does without its imports.
            "np" | "numpy" | "math" | "torch" => self.module(name),
            _ if super::library::BUILTINS.contains(&name) => Value::Library(name.to_owned()),
            _ if self.has_stars => self.member("numpy", name),
            _ => Value::opaque(format!("`{name}` is not known")),
        }
    }

    /// The key of a dictionary.
    pub(super) fn key(&mut self, value: &Value<'a>) -> Option<Key> {
        match value {
            Value::Text(text) => Some(Key::Text(text.to_string())),
            Value::Number(_) => self.size(value).map(Key::Whole),
            Value::Tuple(items) => items.iter().map(|item| self.key(item)).collect::<Option<_>>().map(Key::Many),
            _ => None,
        }
    }

    /// Whether a value counts as true; where that is free, by which condition.
    pub(super) fn truth(&mut self, value: &Value<'a>) -> Truth {
        let truth = self.truth_value(value)?;
        Ok((truth.value != 0.0, truth.test))
    }

    fn truth_value(&mut self, value: &Value<'a>) -> Result<Number<'a>, Rc<str>> {
        Ok(match value {
            Value::Number(number) if number.test.is_some() || !number.free => {
                Number { value: f64::from(u8::from(number.value != 0.0)), kind: Kind::Truth, ..*number }
            }
            Value::Number(number) => {
                let zero = Number::fixed(0.0);
                let number = self.numbers.label(*number, zero);
                let is_zero = self.numbers.equal(number, zero);
                self.numbers.not(is_zero)
            }
            Value::Nothing => Number::truth(false),
            Value::Text(text) => Number::truth(!text.is_empty()),
            Value::List(list) => Number::truth(!list.borrow().is_empty()),
            Value::Tuple(items) => Number::truth(!items.is_empty()),
            Value::Dict(dict) => Number::truth(!dict.borrow().is_empty()),
            Value::Array(array) if array.borrow().len() == 1 => {
                let only = array.borrow().iter().next().map(|&number| Value::Number(number));
                return only.map_or(Ok(Number::truth(false)), |only| self.truth_value(&only));
            }
            Value::Array(_) => return Err("a whole array is no condition".into()),
            Value::Opaque(why) => return Err(why.clone()),
            _ => Number::truth(true),
        })
    }

    /// What a condition comes to where it decides structure.
    pub(super) fn steer(&mut self, value: &Value<'a>) -> bool {
        match self.truth_value(value) {
            Ok(truth) => self.numbers.structure(truth).value != 0.0,
            Err(_) => false,
        }
    }

    /// A value with each of its numbers changed.
    pub(super) fn each(
        &mut self,
        value: &Value<'a>,
        mut change: impl FnMut(&mut Self, Number<'a>) -> Number<'a>,
    ) -> Value<'a> {
        match value {
            Value::Number(number) => Value::Number(change(self, *number)),
            Value::Opaque(why) => Value::Opaque(why.clone()),
            Value::Masked(masked) => {
                let whole = masked.whole.mapv(|number| change(self, number));
                Value::Masked(Rc::new(Masked { whole, mask: masked.mask.clone() }))
            }
            other => match self.as_array(other) {
                Some(array) => Value::array(array.mapv(|number| change(self, number))).like(other),
                None => Value::opaque("this is no number"),
            },
        }
    }

    /// Two values with their numbers put together in pairs, after stretching as numpy does.
    pub(super) fn pairs(
        &mut self,
        a: &Value<'a>,
        b: &Value<'a>,
        mut together: impl FnMut(&mut Self, Number<'a>, Number<'a>) -> Number<'a>,
    ) -> Value<'a> {
        if let (Value::Number(a), Value::Number(b)) = (a, b) {
            return Value::Number(together(self, *a, *b));
        }
        if let (Value::Opaque(why), _) | (_, Value::Opaque(why)) = (a, b) {
            return Value::Opaque(why.clone());
        }
        match (a, b) {
            (Value::Masked(p), Value::Number(y)) => {
                let whole = p.whole.mapv(|x| together(self, x, *y));
                return Value::Masked(Rc::new(Masked { whole, mask: p.mask.clone() }));
            }
            (Value::Number(x), Value::Masked(q)) => {
                let whole = q.whole.mapv(|y| together(self, *x, y));
                return Value::Masked(Rc::new(Masked { whole, mask: q.mask.clone() }));
            }
            (Value::Masked(p), Value::Masked(q))
                if p.whole.shape() == q.whole.shape() && self.picks_alike(&p.mask, &q.mask) =>
            {
                let mut whole = p.whole.clone();
                whole.zip_mut_with(&q.whole, |x, &y| *x = together(self, *x, y));
                return Value::Masked(Rc::new(Masked { whole, mask: p.mask.clone() }));
            }
            _ => {}
        }
        let [a, b] = [a, b].map(|value| self.picked(value));
        let (Some(a), Some(b)) = (self.as_array(&a), self.as_array(&b)) else {
            return Value::opaque("these are no numbers");
        };
        let Some(shape) = stretched(a.shape(), b.shape()) else {
            self.learn_outputs(a.shape(), b.shape());
            return Value::opaque(format!("shapes {:?} and {:?} do not fit", a.shape(), b.shape()));
        };
        if shape.iter().product::<usize>() > super::MOST[1] {
            return Value::opaque("an array that is too large to be followed");
        }
        let (Some(a), Some(b)) = (a.broadcast(IxDyn(&shape)), b.broadcast(IxDyn(&shape))) else {
            return Value::opaque("shapes do not fit");
        };
        let numbers: Vec<Number<'a>> = a.iter().zip(b.iter()).map(|(&a, &b)| together(self, a, b)).collect();
        Value::filled(&shape, numbers)
    }

    /// A value as an array.
    pub(super) fn as_array(&self, value: &Value<'a>) -> Option<ArrayD<Number<'a>>> {
        let (numbers, shape) = value.numbers()?;
        ArrayD::from_shape_vec(IxDyn(&shape), numbers).ok()
    }

    /// What a class of the file makes of an operator.
    fn overloaded(&mut self, op: Operator, a: &Value<'a>, b: &Value<'a>) -> Option<Value<'a>> {
        let has =
            |value: &Value<'a>, name: &str| matches!(value, Value::Object(object) if object.class.get(name).is_some());
        let (own, name, other) = match () {
            () if has(a, op.dunder()) => (a, op.dunder(), b),
            () if has(b, op.reflected_dunder()) => (b, op.reflected_dunder(), a),
            () => return None,
        };
        Some(self.invoke(Value::Method(Box::new(own.clone()), name.to_owned()), vec![other.clone()], vec![]))
    }

    pub(super) fn operate(&mut self, op: Operator, a: &Value<'a>, b: &Value<'a>) -> Value<'a> {
        if let Some(value) = self.overloaded(op, a, b) {
            return value;
        }
        if !a.is_matrix() && !b.is_matrix() {
            return self.elementwise(op, a, b);
        }
        let is_number = |value: &Value<'a>| matches!(value, Value::Number(_));
        match op {
            Operator::Mult if !is_number(a) && !is_number(b) => self.product(a, b),
            Operator::Pow => Value::opaque("powers of an `np.matrix` are not followed"),
            _ => self.elementwise(op, a, b),
        }
        .matrix()
    }

    /// What a condition picked, as an array: as many as the file's own numbers give.
    pub(super) fn picked(&mut self, value: &Value<'a>) -> Value<'a> {
        let Value::Masked(masked) = value else { return value.clone() };
        let mut all = Vec::new();
        for (&number, &holds) in masked.whole.iter().zip(masked.mask.iter()) {
            if self.numbers.structure(holds).value != 0.0 {
                all.push(number);
            }
        }
        Value::filled(&[all.len()], all)
    }

    fn elementwise(&mut self, op: Operator, a: &Value<'a>, b: &Value<'a>) -> Value<'a> {
        match (op, a, b) {
            (_, Value::Opaque(why), _) | (_, _, Value::Opaque(why)) => return Value::Opaque(why.clone()),
            (Operator::Add, Value::List(p), Value::List(q)) => {
                let mut all = p.borrow().clone();
                all.extend(q.borrow().iter().cloned());
                return Value::list(all);
            }
            (Operator::Add, Value::Tuple(p), Value::Tuple(q)) => {
                return Value::tuple(p.iter().chain(q.iter()).cloned().collect());
            }
            (Operator::Mult, Value::List(list), Value::Number(_))
            | (Operator::Mult, Value::Number(_), Value::List(list)) => {
                let times =
                    if let Value::List(_) = a { self.size(b) } else { self.size(a) }.unwrap_or(0).max(0) as usize;
                let list = list.borrow().clone();
                if list.len().saturating_mul(times) > super::MOST[1] {
                    return Value::opaque("a list that is too long to be followed");
                }
                return Value::list((0..times).flat_map(|_| list.clone()).collect());
            }
            (Operator::Add, Value::Text(a), Value::Text(b)) if a.len() + b.len() < super::MOST[1] => {
                return Value::Text(format!("{a}{b}").into());
            }
            (Operator::Mod, Value::Text(text), _) => {
                let given = match b {
                    Value::Tuple(items) => items.to_vec(),
                    one => vec![one.clone()],
                };
                return Value::Text(super::text::percents(text, &given).into());
            }
            (Operator::Add | Operator::Mult, Value::Text(_), _) | (Operator::Add, _, Value::Text(_)) => {
                return Value::Text("…".into());
            }
            (Operator::MatMult, ..) => return self.product(a, b),
            _ => {}
        }
        let op = match op {
            Operator::Add => Binary::Add,
            Operator::Sub => {
                self.sizes.is_spread |= self.spreads(a, b) || self.spreads(b, a);
                Binary::Sub
            }
            Operator::Mult => Binary::Mul,
            Operator::Div => Binary::Div,
            Operator::Pow => Binary::Pow,
            Operator::BitAnd => return self.pairs(a, b, |run, a, b| run.numbers.both(a, b)),
            Operator::BitOr => return self.pairs(a, b, |run, a, b| run.numbers.either(a, b)),
            Operator::FloorDiv | Operator::Mod => {
                return self.pairs(a, b, |run, a, b| {
                    let (x, y) = (run.numbers.structure(a), run.numbers.structure(b));
                    let floor = (x.value / y.value).floor();
                    let value = if op == Operator::Mod { x.value - y.value * floor } else { floor };
                    Number {
                        kind: if a.kind == Kind::Float || b.kind == Kind::Float { Kind::Float } else { Kind::Whole },
                        ..Number::fixed(value)
                    }
                });
            }
            other => return Value::opaque(format!("`{}` is not followed", other.as_str())),
        };
        self.pairs(a, b, |run, a, b| run.numbers.binary(op, a, b))
    }

    pub(super) fn compare(&mut self, op: CmpOp, a: &Value<'a>, b: &Value<'a>) -> Value<'a> {
        let truth = |holds| Value::Number(Number::truth(holds));
        match (op, a, b) {
            (_, Value::Opaque(why), _) | (_, _, Value::Opaque(why)) => return Value::Opaque(why.clone()),
            (CmpOp::Is, Value::Nothing, Value::Nothing) => return truth(true),
            (CmpOp::Is | CmpOp::Eq, Value::Nothing, _) | (CmpOp::Is | CmpOp::Eq, _, Value::Nothing) => {
                return truth(false);
            }
            (CmpOp::IsNot, Value::Nothing, Value::Nothing) => return truth(false),
            (CmpOp::IsNot | CmpOp::NotEq, Value::Nothing, _) | (CmpOp::IsNot | CmpOp::NotEq, _, Value::Nothing) => {
                return truth(true);
            }
            (CmpOp::Eq | CmpOp::Is, Value::Object(a), Value::Object(b)) => return truth(Rc::ptr_eq(a, b)),
            (CmpOp::NotEq | CmpOp::IsNot, Value::Object(a), Value::Object(b)) => return truth(!Rc::ptr_eq(a, b)),
            (CmpOp::Eq | CmpOp::Is, Value::Text(a), Value::Text(b)) => return truth(a == b),
            (CmpOp::NotEq | CmpOp::IsNot, Value::Text(a), Value::Text(b)) => return truth(a != b),
            (CmpOp::Eq, Value::Text(_), _) | (CmpOp::Eq, _, Value::Text(_)) => return truth(false),
            (CmpOp::NotEq, Value::Text(_), _) | (CmpOp::NotEq, _, Value::Text(_)) => return truth(true),
            (CmpOp::In | CmpOp::NotIn, _, Value::Dict(dict)) => {
                let key = self.key(a);
                return truth(key.is_some_and(|key| dict.borrow().contains_key(&key)) == (op == CmpOp::In));
            }
            (CmpOp::In | CmpOp::NotIn, Value::Text(a), Value::Text(b)) => {
                return truth(b.contains(&**a) == (op == CmpOp::In));
            }
            (CmpOp::In | CmpOp::NotIn, ..) => {
                let items = self.items(b).unwrap_or_default();
                let found = items.iter().any(|item| {
                    let same = self.compare(CmpOp::Eq, a, item);
                    self.steer(&same)
                });
                return truth(found == (op == CmpOp::In));
            }
            (CmpOp::Eq | CmpOp::NotEq, Value::Tuple(p), Value::Tuple(q)) => {
                let same = p.len() == q.len()
                    && p.iter().zip(q.iter()).all(|(a, b)| {
                        let same = self.compare(CmpOp::Eq, a, b);
                        self.steer(&same)
                    });
                return truth(same == (op == CmpOp::Eq));
            }
            _ => {}
        }
        self.pairs(a, b, |run, a, b| {
            let (a, b) = (run.numbers.label(a, b), run.numbers.label(b, a));
            match op {
                CmpOp::Gt => run.numbers.positive(a, b),
                CmpOp::Lt => run.numbers.positive(b, a),
                CmpOp::GtE => {
                    let below = run.numbers.positive(b, a);
                    run.numbers.not(below)
                }
                CmpOp::LtE => {
                    let above = run.numbers.positive(a, b);
                    run.numbers.not(above)
                }
                CmpOp::NotEq | CmpOp::IsNot => {
                    let same = run.numbers.equal(a, b);
                    run.numbers.not(same)
                }
                _ => run.numbers.equal(a, b),
            }
        })
    }

    /// `a @ b`.
    pub(super) fn product(&mut self, a: &Value<'a>, b: &Value<'a>) -> Value<'a> {
        if let (Value::Opaque(why), _) | (_, Value::Opaque(why)) = (a, b) {
            return Value::Opaque(why.clone());
        }
        let [a, b] = &[a, b].map(|value| self.picked(value));
        let (Some(p), Some(q)) = (self.as_array(a), self.as_array(b)) else {
            return Value::opaque("these are no numbers");
        };
        let is_single = self.supposed.data.is_some_and(|data| data.is_single) && (p.ndim() == 0 || q.ndim() == 0);
        let is_one = |value| self.is_supposed_single(value);
        if is_single || p.ndim() != q.ndim() && [a, b].into_iter().any(is_one) {
            return Value::opaque(format!("shapes {:?} and {:?} do not fit in a product", p.shape(), q.shape()));
        }
        if p.ndim() == 0 || q.ndim() == 0 {
            return self.elementwise(Operator::Mult, a, b);
        }
        if p.ndim() > 2 || q.ndim() > 2 {
            return Value::opaque("products of arrays of more than two axes are not followed");
        }
        let (rows, inner) = if p.ndim() == 1 { (1, p.len()) } else { (p.shape()[0], p.shape()[1]) };
        let (height, columns) = if q.ndim() == 1 { (q.len(), 1) } else { (q.shape()[0], q.shape()[1]) };
        if inner != height {
            self.learn_inputs(&p, &q);
            return Value::opaque(format!("shapes {:?} and {:?} do not fit in a product", p.shape(), q.shape()));
        }
        if rows * columns > super::MOST[1] {
            return Value::opaque("an array that is too large to be followed");
        }
        let (x, y): (Vec<_>, Vec<_>) = (p.iter().copied().collect(), q.iter().copied().collect());
        let mut numbers = Vec::with_capacity(rows * columns);
        for row in 0..rows {
            for column in 0..columns {
                let mut sum = Number::fixed(0.0);
                for at in 0..inner {
                    let product = self.numbers.binary(Binary::Mul, x[row * inner + at], y[at * columns + column]);
                    sum = self.numbers.binary(Binary::Add, sum, product);
                    self.steps += 1;
                }
                numbers.push(sum);
                if self.is_exhausted() {
                    return Value::opaque("the file computes too much to be followed up to here");
                }
            }
        }
        let mut shape = Vec::new();
        if p.ndim() == 2 {
            shape.push(rows);
        }
        if q.ndim() == 2 {
            shape.push(columns);
        }
        Value::filled(&shape, numbers)
    }

    /// Runs the body of a function.
    pub(super) fn body(&mut self, body: Body<'a>) -> Value<'a> {
        match body {
            Body::Expression(expression) => {
                let value = self.evaluate(expression);
                self.returned = Some(expression);
                value
            }
            Body::Block(block) => match self.returned(block) {
                Flow::Return(value) => value,
                _ => Value::Nothing,
            },
        }
    }

    /// Runs a block; where a branch returns and the other goes on, the rest is the other branch.
    fn returned(&mut self, block: &'a [ruff_python_ast::Stmt]) -> Flow<'a> {
        use ruff_python_ast::Stmt;
        for (at, statement) in block.iter().enumerate() {
            if let Stmt::If(choice) = statement
                && returns(&choice.body)
            {
                let test = self.evaluate(&choice.test);
                let Ok((holds, Some(condition))) = self.truth(&test) else {
                    match self.block(std::slice::from_ref(statement)) {
                        Flow::Next => continue,
                        other => return other,
                    }
                };
                let rest: Vec<&'a ruff_python_ast::ElifElseClause> = choice.elif_else_clauses.iter().collect();
                let then = self.branch(|run| run.block(&choice.body));
                let otherwise = self.branch(|run| match run.otherwise(&rest) {
                    Flow::Next => run.returned(&block[at + 1..]),
                    other => other,
                });
                return self.join(condition, holds, then, otherwise);
            }
            match self.block(std::slice::from_ref(statement)) {
                Flow::Next => {}
                other => return other,
            }
        }
        Flow::Return(Value::Nothing)
    }
}

fn returns(block: &[ruff_python_ast::Stmt]) -> bool {
    block.iter().any(ruff_python_ast::Stmt::is_return_stmt)
}

/// The shape of two arrays together, as numpy stretches them.
fn stretched(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let count = a.len().max(b.len());
    let size = |shape: &[usize], at: usize| (at + shape.len()).checked_sub(count).map_or(1, |at| shape[at]);
    (0..count)
        .map(|at| match (size(a, at), size(b, at)) {
            (x, y) if x == y => Some(x),
            (1, y) => Some(y),
            (x, 1) => Some(x),
            _ => None,
        })
        .collect()
}

fn cut(words: &str) -> String {
    words.lines().next().unwrap_or_default().chars().take(40).collect()
}
