//! Steps of training: what an assignment moves, and from where.

use std::rc::Rc;

use ruff_python_ast::{Expr, ExprDictComp, Operator};
use ruff_text_size::{Ranged, TextRange};

use super::value::{Key, Names, inner};
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
        // `x[:] = x + …` too.
        let whole = match target {
            Expr::Subscript(of) if matches!(&*of.slice, Expr::Slice(all) if all.lower.is_none() && all.upper.is_none()) => {
                &of.value
            }
            other => other,
        };
        matches!(value, Expr::BinOp(sum) if matches!(sum.op, Operator::Add | Operator::Sub)
            && [target, whole].iter().any(|own| self.words(sum.left.range()) == self.words(own.range())))
    }

    /// A step of training: `w = w - …`, or `new_w = w - …`.
    pub(super) fn step(&mut self, target: &'a Expr, value: &'a Expr) -> Option<(String, Value<'a>)> {
        let Expr::BinOp(step) = value else { return None };
        if !matches!(step.op, Operator::Sub | Operator::Add) {
            return None;
        }
        // `w = rate*g + w` begins with how far it goes.
        if step.op == Operator::Add && self.words(step.right.range()) == self.words(target.range()) {
            return super::training::steps(target, value)
                .then(|| (self.target_name(target), self.evaluate(&step.right)));
        }
        let left = self.target_name(&step.left);
        let own = self.target_name(target);
        // `t[j] = theta[j] - …`: what is new is gathered under another name.
        let is_gathered = matches!((target, &*step.left), (Expr::Subscript(new), Expr::Subscript(old))
            if self.words(new.slice.range()) == self.words(old.slice.range()))
            && super::training::steps(target, value);
        // A new name for what a step comes to: `new_b = b_now - rate*db`, `temp0 = theta0 - rate*…`.
        let is_new = || target.is_name_expr() && self.lookup(&own).is_none() && super::training::steps(target, value);
        let renamed = own != left && (names::in_time(&own) == names::in_time(&left) || is_gathered || is_new());
        (self.adds_to(target, value) || renamed).then(|| {
            let old = self.evaluate(&step.left);
            (left, old)
        })
    }

    /// `ws = [w - … for w, … in zip(ws, …)]`: a step of each element of a list, or of lists in it.
    pub(super) fn step_each(&mut self, target: &'a Expr, all: &'a Expr, new: &Value<'a>, place: TextRange) -> bool {
        let name = self.target_name(target);
        let mut steps = Vec::new();
        let own = self.words(target.range());
        let old = |run: &mut Self, from: &'a Expr| (run.words(from.range()) == own).then(|| run.evaluate(from));
        if self.steps_within(&name, all, new, &old, &mut steps).is_none() {
            self.note_parts(target, all, new, place);
            return false;
        }
        for (name, old, value, right) in steps {
            let step = Some((name.clone(), old));
            self.log.push(Assigned { name, value, step, told: None, place, right });
        }
        self.store(target, new.clone());
        true
    }

    /// `vs = [mu*v - … for v, … in zip(vs, …)]`: what each part of a list goes on to, where the whole is no array.
    fn note_parts(&mut self, target: &'a Expr, all: &'a Expr, new: &Value<'a>, place: TextRange) {
        let Some((one, each)) = super::training::each_of(all) else { return };
        let own = self.words(target.range());
        let goes_on = each
            .iter
            .as_call_expr()
            .is_some_and(|zip| zip.arguments.args.iter().any(|argument| self.words(argument.range()) == own));
        if new.numbers().is_some() || !goes_on {
            return;
        }
        let name = self.target_name(target);
        for (at, value) in self.items(new).unwrap_or_default().into_iter().enumerate() {
            let name = inner(&name, at);
            self.log.push(Assigned { name, value, step: None, told: None, place, right: one.range() });
        }
    }

    /// The steps that a comprehension takes; nothing where it takes none.
    fn steps_within(
        &mut self,
        name: &str,
        all: &'a Expr,
        new: &Value<'a>,
        old: &dyn Fn(&mut Self, &'a Expr) -> Option<Value<'a>>,
        steps: &mut Vec<(String, Value<'a>, Value<'a>, TextRange)>,
    ) -> Option<()> {
        let (one, each) = super::training::each_of(all)?;
        let (Expr::Tuple(names), Expr::Call(zip)) = (&each.target, &each.iter) else { return None };
        zip.func.as_name_expr().filter(|zip| &*zip.id == "zip")?;
        let left = match one {
            Expr::BinOp(step) if matches!(step.op, Operator::Sub | Operator::Add) => {
                Some(self.words(step.left.range()))
            }
            Expr::BinOp(_) => return None,
            _ => None,
        };
        let is_from = |run: &Self, at: usize| match left {
            Some(left) => run.words(names.elts[at].range()) == left,
            None => at == 0,
        };
        let at = (0..names.elts.len()).find(|&at| is_from(self, at))?;
        let before = old(self, zip.arguments.args.get(at)?)?;
        let (before, after) = (self.items(&before).ok()?, self.items(new).ok()?);
        if before.len() != after.len() {
            return None;
        }
        let inner_name = names.elts[at].as_name_expr()?.id.as_str();
        for (at, (before, after)) in before.into_iter().zip(after).enumerate() {
            let name = inner(name, at);
            match left {
                Some(_) => steps.push((name, before, after, one.range())),
                None => {
                    let own = |_: &mut Self, from: &'a Expr| {
                        from.as_name_expr().filter(|from| &*from.id == inner_name).map(|_| before.clone())
                    };
                    self.steps_within(&name, one, &after, &own, steps)?;
                }
            }
        }
        Some(())
    }

    /// `theta = {name: theta[name] - … for name in theta}`: a step of what stands at each key.
    pub(super) fn step_keys(
        &mut self,
        target: &'a Expr,
        all: &'a ExprDictComp,
        new: &Value<'a>,
        place: TextRange,
    ) -> bool {
        if !super::training::steps_keys(target, all) {
            return false;
        }
        let old = self.evaluate(target);
        let (Value::Dict(old), Value::Dict(new_items)) = (&old, new) else { return false };
        let items: Vec<_> = new_items.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        for (key, value) in items {
            let Key::Text(name) = &key else { continue };
            let step = old.borrow().get(&key).map(|old| (name.clone(), old.clone()));
            let name = name.clone();
            self.log.push(Assigned { name, value, step, told: None, place, right: all.value.range() });
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

    /// What a function of the file hands back for what it was given is a step of it: `w, b = update(w, b)`; so is what an
    /// item is set to that a loop has another name for.
    pub(super) fn moved(&mut self, target: &'a Expr, value: &Value<'a>) -> Option<(String, Value<'a>)> {
        let old = match target {
            Expr::Name(name) => self.lookup(&name.id)?,
            Expr::Subscript(_) if value.numbers().is_some() => self.evaluate(target),
            _ => return None,
        };
        // A sum that starts at an element of a parameter, `p = c[0]`, is no step of that.
        let is_element = |number: &Number<'a>| self.numbers.name_of(*number).is_some_and(|name| name.contains('['));
        if self.is_other(target, &old) && old.number().as_ref().is_some_and(is_element) {
            return None;
        }
        let name = self.target_name(target);
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
        (is_step && !is_known()).then_some((name, old))
    }
}
