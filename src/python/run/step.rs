//! Steps of training: what an assignment moves, and from where.

use std::rc::Rc;

use ruff_python_ast::{Expr, ExprListComp, Operator};
use ruff_text_size::{Ranged, TextRange};

use super::value::{Names, inner};
use super::{Assigned, Interpreter, Number, Value};
use crate::python::names;

impl<'a> Interpreter<'a> {
    /// Whether a variable has a free number that goes by another name.
    pub(super) fn is_other(&self, target: &Expr, old: &Value<'a>) -> bool {
        let (Expr::Name(target), Value::Number(number)) = (target, old) else { return false };
        self.numbers.name_of(*number).is_some_and(|name| *name != *target.id)
    }

    /// What else an array is called that is changed under the name of a variable, and where.
    pub(super) fn other_name(&self, target: &Expr, old: &Value<'a>) -> Option<(Names<'a>, String)> {
        let (Expr::Name(target), Value::Array(array)) = (target, old) else { return None };
        let own = target.id.as_str();
        let is_it = |value: &Value<'a>| matches!(value, Value::Array(other) if Rc::ptr_eq(array, other));
        self.scopes.iter().chain(&self.objects).find_map(|scope| {
            let names = scope.borrow();
            let (name, _) = names.iter().find(|(name, value)| *name != own && is_it(value))?;
            Some((scope.clone(), name.clone()))
        })
    }

    /// Whether `x = x + …` is assigned.
    pub(super) fn adds_to(&self, target: &'a Expr, value: &'a Expr) -> bool {
        matches!(value, Expr::BinOp(sum) if matches!(sum.op, Operator::Add | Operator::Sub)
            && self.words(sum.left.range()) == self.words(target.range()))
    }

    /// A step of training: `w = w - …`, or `new_w = w - …`.
    pub(super) fn step(&mut self, target: &'a Expr, value: &'a Expr) -> Option<(String, Value<'a>)> {
        let Expr::BinOp(step) = value else { return None };
        if !matches!(step.op, Operator::Sub | Operator::Add) {
            return None;
        }
        let left = self.target_name(&step.left);
        let own = self.target_name(target);
        // `t[j] = theta[j] - …`: what is new is gathered under another name.
        let is_gathered = matches!((target, &*step.left), (Expr::Subscript(new), Expr::Subscript(old))
            if self.words(new.slice.range()) == self.words(old.slice.range()))
            && super::loops::steps(target, value);
        // A new name for what a step comes to: `new_b = b_now - rate*db`, `temp0 = theta0 - rate*…`.
        let is_new = || target.is_name_expr() && self.lookup(&own).is_none() && super::loops::steps(target, value);
        let renamed = own != left && (names::in_time(&own) == names::in_time(&left) || is_gathered || is_new());
        (self.adds_to(target, value) || renamed).then(|| {
            let old = self.evaluate(&step.left);
            (left, old)
        })
    }

    /// `ws = [w - … for w, … in zip(ws, …)]`: a step of each element of a list.
    pub(super) fn step_each(
        &mut self,
        target: &'a Expr,
        all: &'a ExprListComp,
        new: &Value<'a>,
        place: TextRange,
    ) -> bool {
        let ([each], Expr::BinOp(step)) = (&*all.generators, &*all.elt) else { return false };
        let (Expr::Tuple(names), Expr::Call(zip)) = (&each.target, &each.iter) else { return false };
        let own = self.words(step.left.range());
        let is_zip = zip.func.as_name_expr().is_some_and(|name| &*name.id == "zip");
        let at = names.elts.iter().position(|name| self.words(name.range()) == own);
        let Some(from) = at.and_then(|at| zip.arguments.args.get(at)).filter(|_| is_zip) else { return false };
        if !matches!(step.op, Operator::Sub | Operator::Add) || self.words(from.range()) != self.words(target.range()) {
            return false;
        }
        let name = self.target_name(target);
        let old = self.evaluate(from);
        let (Ok(old), Ok(items)) = (self.items(&old), self.items(new)) else { return false };
        if old.len() != items.len() {
            return false;
        }
        for (at, (old, value)) in old.into_iter().zip(items).enumerate() {
            let (name, right) = (inner(&name, at), all.elt.range());
            let step = Some((name.clone(), old));
            self.log.push(Assigned { name, value, step, told: None, place, right });
        }
        self.store(target, new.clone());
        true
    }

    /// `w = [w[0] - …, w[1] - …]`: a step of each element of a list that is written out.
    pub(super) fn step_listed(&mut self, target: &'a Expr, all: &'a [Expr], new: &Value<'a>, place: TextRange) {
        let old: Vec<_> = all.iter().map(|each| each.as_bin_op_expr().map(|step| self.evaluate(&step.left))).collect();
        let name = self.target_name(target);
        let items = self.items(new).unwrap_or_default();
        for (at, ((value, old), each)) in items.into_iter().zip(old).zip(all).enumerate() {
            let name = inner(&name, at);
            let step = old.map(|old| (name.clone(), old));
            self.log.push(Assigned { name, value, step, told: None, place, right: each.range() });
        }
        self.store(target, new.clone());
    }

    /// What was written down of a list or an array stays what it was before elements of it are set: by a step, or under
    /// another name than its `own`.
    pub(super) fn freeze(&mut self, target: &'a Expr, own: Option<&'a Expr>) {
        let own = own.map(|own| self.target_name(own));
        let mut whole = target;
        while let Expr::Subscript(of) = whole {
            whole = &of.value;
        }
        let Some(address) = self.evaluate(whole).address() else { return };
        let known = self.frozen.insert((address, own.clone()), self.log.len()).unwrap_or(0).min(self.log.len());
        let is_it =
            |entry: &&mut Assigned<'a>| entry.value.address() == Some(address) && own.as_ref() != Some(&entry.name);
        self.log[known..].iter_mut().filter(is_it).for_each(|entry| entry.value = entry.value.copied());
    }

    /// What a function of the file hands back for what it was given is a step of it: `w, b = update(w, b)`.
    pub(super) fn moved(&self, target: &Expr, value: &Value<'a>) -> Option<(String, Value<'a>)> {
        let Expr::Name(name) = target else { return None };
        let old = self.lookup(&name.id)?;
        let ((before, _), (after, _)) = (old.numbers()?, value.numbers()?);
        let goes_on = |(old, new): (&Number<'a>, &Number<'a>)| {
            self.numbers.is_input(*old) && self.numbers.starts_from(*new, *old)
        };
        let is_step = before.len() == after.len() && before.iter().zip(&after).all(goes_on);
        // A step that has a name there is none again where it is handed back.
        let is_known = || {
            let same = |entry: &Assigned<'a>| {
                entry.step.is_some()
                    && entry.value.numbers().is_some_and(|(known, _)| {
                        let mut pairs = known.iter().zip(&after);
                        known.len() == after.len() && pairs.all(|(a, b)| self.numbers.node(*a) == self.numbers.node(*b))
                    })
            };
            self.log.iter().any(same)
        };
        (is_step && !is_known()).then(|| (name.id.to_string(), old))
    }
}
