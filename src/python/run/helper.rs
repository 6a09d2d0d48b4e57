//! Helpers that a file defines and never calls, each with a function beside it that is named as its derivative: activations
//! and losses.
//!
//! What such a derivative is given, what goes in or what comes out, is told by difference quotients.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::value::{Class, Function};
use super::{Interpreter, Number, Value};
use crate::python::names;

/// How far a number is moved for a difference quotient, and how near that comes to a derivative.
const STEP: f64 = 1e-5;
const NEAR: f64 = 1e-6;

impl<'a> Interpreter<'a> {
    /// Activations and losses, each with a function beside it that is named as its derivative.
    pub(super) fn call_helpers(&mut self, functions: &[Rc<Function<'a>>], called: &BTreeSet<&'a str>) {
        let is_open =
            |run: &Self, function: &Rc<Function<'a>>| !called.contains(function.name) && !run.was_run(function);
        for gradient in functions.iter().filter(|function| is_open(self, function)).cloned().collect::<Vec<_>>() {
            let asked = gradient.asked();
            let is_it = |other: &&Rc<Function<'a>>| {
                let is_meant = names::is_gradient_of(gradient.name, other.name) && !names::is_objective(other.name);
                is_meant && other.asked().len() == asked.len()
            };
            if let Some(helper) = functions.iter().find(is_it).filter(|_| !asked.is_empty()).cloned() {
                let [helper, gradient] = [helper, gradient].map(Value::Function);
                self.call_pair(&helper, &gradient, &asked);
            }
        }
    }

    /// The same as methods of one class: `f` and `df`, `loss` and `grad`.
    pub(super) fn call_methods(&mut self, class: &Rc<Class<'a>>) {
        let methods = class.methods();
        let is_gradient = |name: &str| {
            let is_whole =
                ["grad", "gradient", "derivative", "deriv", "prime", "df", "dfdx"].contains(&&*names::plain(name));
            is_whole || names::is_of_loss(name) || names::hands_back(name)
        };
        let is_helper = |name: &str| {
            names::is_objective(name)
                || names::hands_on(name)
                || ["l", "calculate", "__call__"].contains(&&*names::plain(name))
        };
        let pair = || {
            let gradient = methods.iter().find(|method| is_gradient(method.name))?;
            let is_it = |other: &&Rc<Function<'a>>| is_helper(other.name) && other.asked() == gradient.asked();
            Some((methods.iter().find(is_it)?, gradient))
        };
        let Some((helper, gradient)) = pair().filter(|(_, gradient)| !self.was_run(gradient)) else { return };
        let asked = gradient.asked();
        if asked.is_empty() {
            return;
        }
        let object = match helper.takes_self() || gradient.takes_self() {
            true => self.object(class),
            false => Value::Nothing,
        };
        let callable = |method: &Rc<Function<'a>>| match method.takes_self() {
            true => Value::Method(Box::new(object.clone()), method.name.to_owned()),
            false => Value::Function(method.clone()),
        };
        let [helper, gradient] = [helper, gradient].map(callable);
        self.call_pair(&helper, &gradient, &asked);
    }

    /// What a function comes to, without a word of how.
    fn tried(&mut self, function: &Value<'a>, given: Vec<Value<'a>>) -> Value<'a> {
        let before = self.log.len();
        let value = self.invoke(function.clone(), given, vec![]);
        self.log.truncate(before);
        self.ways.retain(|start| *start <= before);
        value
    }

    /// What a function of numbers changes by where one of its arguments does: a difference quotient for each number of it.
    fn quotients(&mut self, function: &Value<'a>, given: &[Value<'a>], at: usize) -> Option<Vec<f64>> {
        let (numbers, shape) = given[at].numbers()?;
        let mut total = |flat: usize, by: f64| {
            let moved = numbers.iter().enumerate();
            let moved = moved.map(|(place, number)| Number::fixed(number.value + if place == flat { by } else { 0.0 }));
            let mut given = given.to_vec();
            given[at] = Value::filled(&shape, moved.collect());
            let (all, _) = self.tried(function, given).numbers()?;
            Some(all.iter().map(|number| number.value).sum::<f64>())
        };
        (0..numbers.len()).map(|flat| Some((total(flat, STEP)? - total(flat, -STEP)?) / (2.0 * STEP))).collect()
    }

    /// Whether a derivative uses no other numbers than what it derives, and by what it does: an array of ones that has a name
    /// is no number of its own.
    pub(super) fn is_made_of(&self, derived: &Value<'a>, known: [&Value<'a>; 2]) -> bool {
        let below = |value: &Value<'a>| {
            let nodes = value.numbers().into_iter().flat_map(|(all, _)| all);
            self.numbers.recorder.below(nodes.filter_map(|number| self.numbers.node(number)).collect::<Vec<_>>())
        };
        let (derived, known) = (below(derived), known.map(below));
        let mut inputs = self.numbers.inputs.iter().map(|free| free.node.index());
        inputs.all(|input| !derived.contains(input) || known.iter().any(|known| known.contains(input)))
    }

    fn comes_near(slope: &Value<'a>, quotients: &[f64]) -> bool {
        slope.numbers().is_some_and(|(all, _)| {
            let is_near = |(number, quotient): (&Number<'a>, &f64)| {
                (number.value - quotient).abs() <= NEAR * quotient.abs().max(1.0)
            };
            all.len() == quotients.len() && all.iter().zip(quotients).all(is_near)
        })
    }

    /// Whether the slope of a loss is that by what goes into an activation before it: the difference of what comes out and
    /// what should, up to a factor.
    pub(super) fn is_with_activation(
        &mut self,
        slope: &Value<'a>,
        loss: &Value<'a>,
        given: &[Value<'a>],
        at: usize,
    ) -> bool {
        let numbers = |value: &Value<'a>| value.numbers().map(|(all, _)| all);
        let targets = given.iter().enumerate().filter(|(other, _)| *other != at).find_map(|(_, value)| numbers(value));
        let (Some(slopes), Some(input), Some(target)) = (numbers(slope), numbers(&given[at]), targets) else {
            return false;
        };
        let is_alike = |slopes: &[f64], near: f64| {
            let ratio =
                |((slope, input), target): ((&f64, &Number<'a>), &Number<'a>)| slope / (input.value - target.value);
            let mut ratios = slopes.iter().zip(&input).zip(&target).map(ratio);
            let first = ratios.next().unwrap_or(f64::NAN);
            target.len() == input.len() && ratios.all(|ratio| (ratio - first).abs() <= near * first.abs())
        };
        let slopes: Vec<f64> = slopes.iter().map(|slope| slope.value).collect();
        // That of squares is such a difference too.
        is_alike(&slopes, 1e-9) && !self.quotients(loss, given, at).is_some_and(|quotients| is_alike(&quotients, STEP))
    }

    /// Whether a derivative is that of an activation only where it is given what comes out of it: `a * (1 - a)`.
    pub(super) fn is_by_output(
        &mut self,
        (activation, out): (&Value<'a>, &Value<'a>),
        derivative: &Value<'a>,
        point: &Value<'a>,
    ) -> bool {
        let Some(quotients) = self.quotients(activation, std::slice::from_ref(point), 0) else { return false };
        let mut is_right = |at: &Value<'a>| {
            let fixed = at.numbers().map(|(all, shape)| {
                Value::filled(&shape, all.iter().map(|number| Number::fixed(number.value)).collect())
            });
            fixed.is_some_and(|at| Self::comes_near(&self.tried(derivative, vec![at]), &quotients))
        };
        !is_right(point) && is_right(out)
    }
}
