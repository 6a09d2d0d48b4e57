//! Products of arrays.

use ndarray::IxDyn;
use ruff_python_ast::Operator;

use super::{Call, Interpreter, MOST, Number, Value};
use crate::op::Binary;

impl<'a> Interpreter<'a> {
    pub(super) fn of_products(&mut self, call: &Call<'a>) -> Option<Value<'a>> {
        let (given, first) = (&call.given, call.first());
        Some(match call.name.as_str() {
            "dot" | "matmul" | "mm" | "inner" | "mv" => match given.get(1) {
                Some(second) => self.product(&first, second),
                None => Value::opaque("a product of one array"),
            },
            "outer" => match (first.numbers(), given.get(1).and_then(Value::numbers)) {
                (Some((a, _)), Some((b, _))) => {
                    let (rows, columns) = (Value::filled(&[a.len(), 1], a), Value::filled(&[1, b.len()], b));
                    self.operate(Operator::Mult, &rows, &columns)
                }
                _ => Value::opaque("these are no numbers"),
            },
            "einsum" if !given.is_empty() => self.einsum(&first, &given[1..]),
            _ => return None,
        })
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
        let is_known = to
            .iter()
            .enumerate()
            .all(|(at, kept)| sizes.iter().any(|(letter, _)| letter == kept) && !to[..at].contains(kept));
        let Some(count) = count.filter(|&count| is_known && 0 < count && count <= MOST[1]) else {
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
}
