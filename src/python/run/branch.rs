//! Branches that free numbers decide: both are run, and what they changed is put together by gates.

use std::cell::RefCell;
use std::rc::Rc;

use super::value::{Array, Dict, Names};
use super::{Assigned, Flow, Interpreter, Number, Value};

/// Something that a branch can change.
#[derive(Clone)]
pub(super) enum Slot<'a> {
    Name(Names<'a>, String),
    List(Rc<RefCell<Vec<Value<'a>>>>),
    Dict(Rc<RefCell<Dict<'a>>>),
    Array(Rc<RefCell<Array<'a>>>),
}

/// What a branch did.
pub(super) struct Branch<'a> {
    flow: Flow<'a>,
    changes: Vec<(Slot<'a>, Option<Value<'a>>)>,
    log: Vec<Assigned<'a>>,
}

impl<'a> Slot<'a> {
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Name(a, x), Self::Name(b, y)) => Rc::ptr_eq(a, b) && x == y,
            (Self::List(a), Self::List(b)) => Rc::ptr_eq(a, b),
            (Self::Dict(a), Self::Dict(b)) => Rc::ptr_eq(a, b),
            (Self::Array(a), Self::Array(b)) => Rc::ptr_eq(a, b),
            _ => false,
        }
    }

    fn get(&self) -> Option<Value<'a>> {
        match self {
            Self::Name(names, name) => names.borrow().get(name).cloned(),
            Self::List(list) => Some(Value::list(list.borrow().clone())),
            Self::Dict(dict) => Some(Value::dict(dict.borrow().clone())),
            Self::Array(array) => Some(Value::Array(Rc::new(RefCell::new(array.borrow().clone())))),
        }
    }

    fn put(&self, value: Option<Value<'a>>) {
        match (self, value) {
            (Self::Name(names, name), Some(value)) => drop(names.borrow_mut().insert(name.clone(), value)),
            (Self::Name(names, name), None) => drop(names.borrow_mut().shift_remove(name)),
            (Self::List(list), Some(Value::List(value))) => {
                let value = value.borrow().clone();
                list.replace(value);
            }
            (Self::Dict(dict), Some(Value::Dict(value))) => {
                let value = value.borrow().clone();
                dict.replace(value);
            }
            (Self::Array(array), Some(Value::Array(value))) => {
                let value = value.borrow().clone();
                array.replace(value);
            }
            _ => {}
        }
    }
}

impl<'a> Branch<'a> {
    /// The names that it changed.
    pub(super) fn changed_names(&self) -> Vec<(Names<'a>, String)> {
        let name = |(slot, _): &(Slot<'a>, Option<Value<'a>>)| match slot {
            Slot::Name(names, name) => Some((names.clone(), name.clone())),
            _ => None,
        };
        self.changes.iter().filter_map(name).collect()
    }
}

impl<'a> Interpreter<'a> {
    /// What is about to be changed is remembered, where a branch is being run.
    pub(super) fn remember(&mut self, slot: Slot<'a>) {
        if let Some(journal) = self.journal.last_mut()
            && !journal.iter().rev().any(|(known, _)| known.is(&slot))
        {
            let old = slot.get();
            journal.push((slot, old));
        }
    }

    pub(super) fn set(&mut self, names: &Names<'a>, name: &str, value: Value<'a>) {
        self.remember(Slot::Name(names.clone(), name.to_owned()));
        names.borrow_mut().insert(name.to_owned(), value);
    }

    /// Runs a branch and takes back what it changed.
    pub(super) fn branch(&mut self, run: impl FnOnce(&mut Self) -> Flow<'a>) -> Branch<'a> {
        self.journal.push(Vec::new());
        let length = self.log.len();
        let scopes = self.scopes.clone();
        let flow = run(self);
        self.scopes = scopes;
        let journal = self.journal.pop().unwrap_or_default();
        let after = |(slot, old): (Slot<'a>, Option<Value<'a>>)| {
            let new = slot.get();
            slot.put(old);
            (slot, new)
        };
        let changes = journal.into_iter().map(after).collect();
        // What is cut off comes back later on, and has not been looked at then.
        self.assigned.0 = self.assigned.0.min(length);
        self.frozen.values_mut().for_each(|known| *known = (*known).min(length));
        Branch { flow, changes, log: self.log.split_off(length) }
    }

    /// Puts two branches together: `then` is what happens where the test holds.
    pub(super) fn join(&mut self, test: usize, holds: bool, then: Branch<'a>, otherwise: Branch<'a>) -> Flow<'a> {
        let mut slots: Vec<Slot<'a>> = Vec::new();
        for (slot, _) in then.changes.iter().chain(&otherwise.changes) {
            if !slots.iter().any(|known| known.is(slot)) {
                slots.push(slot.clone());
            }
        }
        let mut names = Vec::new();
        for slot in slots {
            let after = |branch: &Branch<'a>| {
                let changed = branch.changes.iter().find(|(changed, _)| changed.is(&slot));
                changed.map_or_else(|| slot.get(), |(_, value)| value.clone())
            };
            let value = match (after(&then), after(&otherwise)) {
                (Some(a), Some(b)) => Some(self.merge(test, holds, &a, &b)),
                (a, b) => a.or(b),
            };
            if let (Slot::Name(_, name), Some(value)) = (&slot, &value) {
                names.push((name.clone(), value.clone()));
            }
            self.remember(slot.clone());
            slot.put(value);
        }
        let (mut log, rest) = if holds { (then.log, otherwise.log) } else { (otherwise.log, then.log) };
        log.extend(rest);
        for (name, value) in names {
            let own = log.iter().rposition(|entry| entry.name == name);
            if let Some(mut entry) = own.map(|at| log.remove(at)) {
                entry.value = value;
                log.retain(|other| other.name != name);
                log.push(entry);
            }
        }
        self.log.extend(log);
        match (then.flow, otherwise.flow) {
            (Flow::Return(a), Flow::Return(b)) => Flow::Return(self.merge(test, holds, &a, &b)),
            (Flow::Next, _) | (_, Flow::Next) => Flow::Next,
            (a, b) => {
                if holds {
                    a
                } else {
                    b
                }
            }
        }
    }

    pub(super) fn merge(&mut self, test: usize, holds: bool, a: &Value<'a>, b: &Value<'a>) -> Value<'a> {
        if self.depth > super::DEEPEST[1] {
            return Value::opaque("this nests too deep");
        }
        self.depth += 1;
        let merged = match (a, b) {
            (Value::Opaque(why), _) | (_, Value::Opaque(why)) => Value::Opaque(why.clone()),
            (Value::Number(x), Value::Number(y)) => Value::Number(self.choose(test, holds, *x, *y)),
            (Value::Array(p), Value::Array(q)) if p.borrow().shape() == q.borrow().shape() => {
                let mut merged = p.borrow().clone();
                merged.zip_mut_with(&q.borrow(), |x, &y| *x = self.choose(test, holds, *x, y));
                Value::array(merged)
            }
            (Value::Array(p), Value::Number(y)) => {
                let merged = p.borrow().mapv(|x| self.choose(test, holds, x, *y));
                Value::array(merged)
            }
            (Value::Number(x), Value::Array(q)) => {
                let merged = q.borrow().mapv(|y| self.choose(test, holds, *x, y));
                Value::array(merged)
            }
            (Value::List(p), Value::List(q)) if p.borrow().len() == q.borrow().len() => {
                let (p, q) = (p.borrow().clone(), q.borrow().clone());
                Value::list(p.iter().zip(&q).map(|(a, b)| self.merge(test, holds, a, b)).collect())
            }
            (Value::Tuple(p), Value::Tuple(q)) if p.len() == q.len() => {
                Value::tuple(p.iter().zip(q.iter()).map(|(a, b)| self.merge(test, holds, a, b)).collect())
            }
            _ => {
                if holds {
                    a.clone()
                } else {
                    b.clone()
                }
            }
        };
        self.depth -= 1;
        merged
    }

    pub(super) fn choose(&mut self, test: usize, holds: bool, a: Number<'a>, b: Number<'a>) -> Number<'a> {
        let (a, b) = (self.numbers.settled(a), self.numbers.settled(b));
        self.numbers.select(test, holds, a, b)
    }
}
