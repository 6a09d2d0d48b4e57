//! Loops: one that trains is run once with everything it changes free, any other is unrolled.

use indexmap::IndexMap;
use indexmap::map::Entry;
use ruff_python_ast::{Expr, Operator, Stmt, StmtFor, StmtIf, StmtWhile};
use ruff_text_size::{Ranged, TextRange};

use super::changes::Changes;
use super::rounds::{asks, counter, goes_back, goes_on, is_repeated, steps_each};
use super::said::{last_name, mentions};
use super::turns::{Training, counts};
use super::value::element;
use super::{Assigned, Flow, Interpreter, Kind, Number, Value};
use crate::python::names;

/// How often a loop is run that does not train.
const TURNS: usize = 10_000;
/// How many ways to do something are each looked at.
const WAYS: usize = 6;
/// And of all of them in a file.
const MOST_WAYS: usize = 24;
/// How many labels a loop may ask for, so that each is looked at.
const LABELS: usize = 4;
/// How many rounds are few, and run one after the other.
const FEW: usize = 8;

/// How a number is made free that a loop changes.
#[derive(Clone, Copy)]
struct Release {
    place: usize,
    /// Whether it is only added to, and whether steps change it.
    is_sum: bool,
    is_stepped: bool,
}

/// Whether a value is an object of which statements change something, and no sample, or holds one.
fn is_changed(value: &Value<'_>, changes: &Changes<'_>) -> bool {
    match value {
        Value::Object(object) => {
            let is_called = changes.called.iter().any(|name| object.class.get(name).is_some());
            let names = changes.names();
            is_called
                || object.names.borrow().iter().any(|(name, field)| {
                    let is_number = matches!(field, Value::Text(_)) || field.numbers().is_some();
                    names.contains(name.as_str()) || !is_number
                })
        }
        Value::Tuple(items) => items.iter().any(|item| is_changed(item, changes)),
        _ => false,
    }
}

/// Whether a value is a way to do something, a function or its name.
fn is_way(value: &Value<'_>) -> bool {
    match value {
        Value::Function(_) | Value::Class(_) | Value::Library(_) | Value::Text(_) => true,
        Value::Tuple(items) => items.iter().any(is_way),
        _ => false,
    }
}

/// What is indexed by a name in an expression: `delta` in `rate * delta[i]`.
fn indexed<'e>(expression: &'e Expr, by: &str) -> Vec<&'e str> {
    match expression {
        Expr::BinOp(of) => [indexed(&of.left, by), indexed(&of.right, by)].concat(),
        Expr::Subscript(of) if mentions(&of.slice, |name| name == by) => last_name(&of.value).into_iter().collect(),
        _ => Vec::new(),
    }
}

impl<'a> Interpreter<'a> {
    pub(super) fn for_each(&mut self, each: &'a StmtFor) -> Flow<'a> {
        let changes = self.changes(&each.body);
        let all = self.evaluate(&each.iter);
        // Layers and the like are gone through, and not trained on.
        let trains =
            self.trains(&changes) && !steps_each(each) && !goes_back(each) && !self.simulates(&changes, &each.body);
        let items = match self.items(&all) {
            Ok(items) => items,
            Err(why) if trains => {
                self.store(&each.target, Value::Opaque(why));
                vec![]
            }
            Err(why) => {
                self.store(&each.target, Value::Opaque(why.clone()));
                for (names, name) in self.branch(|run| run.block(&each.body)).changed_names() {
                    self.set(&names, &name, Value::Opaque(why.clone()));
                }
                return Flow::Next;
            }
        };
        if trains && self.steps_by_each(each, &items) {
            return self.sum(each, items);
        }
        let turn = if trains { self.turn(&each.body, counts(each)) } else { None };
        let trains = trains && !turn.is_some_and(|turn| self.steps_last(each, turn, &items));
        let is_training = trains || items.len() > FEW && self.repeats(each, &changes);
        let compares = is_training && self.compares(&changes, &items);
        if is_training && !items.iter().any(|item| is_changed(item, &changes)) && !compares {
            return self.round(each, (&changes, turn), items);
        }
        // What is done again and again is done a few times where sizes are made small.
        let turns = match self.supposed.is_small && is_repeated(each) {
            true => self.taken(items.len() as i64) as usize,
            false => TURNS,
        };
        for (at, item) in items.into_iter().take(turns).enumerate() {
            self.ways.extend((compares && self.ways.len() < MOST_WAYS).then_some(self.log.len()));
            self.store(&each.target, item);
            self.note_rows(each, at);
            match self.block(&each.body) {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Flow::Next,
                other => return other,
            }
        }
        self.block(&each.orelse)
    }

    /// Whether a loop only takes a step by each of some numbers that are computed: `for d in delta: b -= rate * d`.
    fn steps_by_each(&self, each: &StmtFor, items: &[Value<'a>]) -> bool {
        let Expr::Name(own) = &*each.target else { return false };
        let is_step = |statement: &Stmt| match statement {
            Stmt::AugAssign(assign) if matches!(assign.op, Operator::Sub | Operator::Add) => {
                mentions(&assign.value, |name| name == own.id)
                    && last_name(&assign.target).is_some_and(|target| !mentions(&assign.value, |name| name == target))
            }
            _ => false,
        };
        let is_computed = |item: &Value<'a>| {
            let is_one = |number: &Number<'a>| number.free && !self.numbers.is_input(*number);
            item.numbers().is_some_and(|(all, _)| all.iter().all(is_one))
        };
        // Or goes through their places: `b -= rate * delta[i]`.
        let is_place = || {
            let bases =
                each.body.iter().filter_map(Stmt::as_aug_assign_stmt).flat_map(|step| indexed(&step.value, &own.id));
            let values: Option<Vec<Value<'a>>> = bases.map(|base| self.lookup(base)).collect();
            values.is_some_and(|values| !values.is_empty() && values.iter().all(is_computed))
        };
        let are_computed = items.iter().all(is_computed) || counts(each).is_some() && is_place();
        each.body.iter().all(is_step) && !items.is_empty() && are_computed
    }

    /// Goes through all steps of such a loop, which are one step along the sum.
    fn sum(&mut self, each: &'a StmtFor, items: Vec<Value<'a>>) -> Flow<'a> {
        let from = self.log.len();
        for item in items {
            self.store(&each.target, item);
            self.block(&each.body);
        }
        self.assigned.0 = self.assigned.0.min(from);
        let mut steps: IndexMap<(TextRange, String), Assigned<'a>> = IndexMap::new();
        for entry in self.log.split_off(from) {
            match steps.entry((entry.place, entry.name.clone())) {
                Entry::Occupied(mut first) => first.get_mut().value = entry.value,
                Entry::Vacant(place) => drop(place.insert(entry)),
            }
        }
        self.log.extend(steps.into_values());
        Flow::Next
    }

    /// One round of a training loop, with all that it changes free; one for each label that it asks for.
    fn round(
        &mut self,
        each: &'a StmtFor,
        (changes, turn): (&Changes<'a>, Option<&'a StmtIf>),
        items: Vec<Value<'a>>,
    ) -> Flow<'a> {
        let several = self.labelled(each, &items);
        let span = |all: &[Value<'a>]| {
            let numbers: Option<Vec<f64>> = all.iter().map(|item| Some(item.number()?.value)).collect();
            numbers.map(|all| [all.iter().copied().fold(f64::MAX, f64::min), all.into_iter().fold(f64::MIN, f64::max)])
        };
        let span = span(&items);
        let rounds = match (several.is_empty(), items.is_empty()) {
            (false, _) => several,
            (true, false) => items.into_iter().take(1).map(Some).collect(),
            // What cannot be followed is gone through all the same.
            (true, true) => vec![None],
        };
        let mut flow = Flow::Next;
        let are_ways = rounds.len() > 1;
        self.trainings.push(Training { begun: changes.given.clone(), turn: turn.map(Ranged::start) });
        for item in rounds {
            self.ways.extend((are_ways && self.ways.len() < MOST_WAYS).then_some(self.log.len()));
            self.release(changes, each.start().into());
            if let Some(item) = item {
                let before = self.numbers.inputs.len();
                self.store_free(&each.target, item, counter(each));
                // A number that goes through others lies where they do.
                let own = &self.numbers.inputs[before..];
                if let ([free], Some(span)) = (own, span) {
                    self.numbers.spans.insert(free.node, span);
                }
            }
            flow = self.block(&each.body);
        }
        self.trainings.pop();
        match flow {
            Flow::Return(value) => Flow::Return(value),
            _ => Flow::Next,
        }
    }

    /// The first item of each label, where a loop asks which it is, `if y == 1: …`, and labels are few whole numbers.
    fn labelled(&mut self, each: &StmtFor, items: &[Value<'a>]) -> Vec<Option<Value<'a>>> {
        let Expr::Tuple(targets) = &*each.target else { return Vec::new() };
        let is_asked = |target: &Expr| target.as_name_expr().is_some_and(|name| asks(&each.body, &name.id));
        let labels = |at: usize| {
            let label = |item: &Value<'a>| match item {
                Value::Tuple(row) => row.get(at)?.number(),
                Value::List(row) => row.borrow().get(at)?.number(),
                _ => None,
            };
            items.iter().map(|item| label(item).filter(|label| label.value.fract() == 0.0)).collect::<Option<Vec<_>>>()
        };
        for (at, target) in targets.elts.iter().enumerate() {
            let Some(labels) = labels(at) else { continue };
            // What is 0 or 1, or -1 or 1, may be meant so.
            let is_bit = labels.iter().all(|label| label.kind == Kind::Whole && label.value.abs() <= 1.0);
            self.sizes.may_be_kept |= is_bit;
            let is_told_apart = is_asked(target) || is_bit && self.supposed.is_kept;
            if !is_told_apart {
                continue;
            }
            let mut first: Vec<usize> = Vec::new();
            for (row, label) in labels.iter().enumerate() {
                if first.iter().all(|&known| labels[known].value != label.value) {
                    first.push(row);
                }
            }
            if (2..=LABELS).contains(&first.len()) {
                return first.into_iter().map(|row| Some(items[row].clone())).collect();
            }
        }
        Vec::new()
    }

    /// Gives the target of a loop what is literal in an item as a free number: it is another in each round. So is the number
    /// of the round, where something is computed with it.
    fn store_free(&mut self, target: &'a Expr, item: Value<'a>, counter: Option<&str>) {
        let place = target.start().into();
        match (target, &item) {
            (Expr::Tuple(targets), _) => {
                return self.unpack(&targets.elts, &item, |run, target, item| run.store_free(target, item, counter));
            }
            (Expr::Name(name), Value::Number(round)) if counter == Some(name.id.as_str()) => {
                let round = Value::Number(Number { literal: true, ..*round });
                let round = self.freed(round, &name.id, place);
                return self.store(target, round);
            }
            _ => {}
        }
        // What is 0 or 1 may be meant so.
        let is_bit =
            |number: &Number<'a>| self.supposed.is_kept && number.kind == Kind::Whole && number.value.abs() <= 1.0;
        // A rate below 0 is meant so.
        let is_turned = |number: &Number<'a>| {
            number.value < 0.0 && target.as_name_expr().is_some_and(|name| names::is_rate(&name.id))
        };
        let is_literal = |number: &Number<'a>| number.literal && !number.free && !is_turned(number) && !is_bit(number);
        let item = match target {
            Expr::Name(name) if item.numbers().is_some_and(|(all, _)| all.iter().any(is_literal)) => {
                self.freed(item, &name.id, place)
            }
            _ => item,
        };
        self.store(target, item);
    }

    /// Whether a loop does the same again and again, and derives something in it: rounds of a training whose steps are taken
    /// where they are not seen.
    fn repeats(&self, each: &StmtFor, changes: &Changes<'a>) -> bool {
        let derives = changes.names().into_iter().any(names::is_derivative);
        derives && is_repeated(each) && !each.body.iter().any(goes_on)
    }

    /// Whether a loop goes through ways to do something, each of which is trained from the start.
    fn compares(&self, changes: &Changes<'a>, items: &[Value<'a>]) -> bool {
        let starts_anew = |name: &&'a str| changes.given.contains(*name) || self.lookup(name).is_none();
        (1..=WAYS).contains(&items.len()) && items.iter().all(is_way) && changes.stepped.iter().all(starts_anew)
    }

    pub(super) fn repeat(&mut self, repeat: &'a StmtWhile) -> Flow<'a> {
        let changes = self.changes(&repeat.body);
        let is_endless = repeat.test.is_boolean_literal_expr() || repeat.test.is_number_literal_expr();
        if self.trains(&changes) && (is_endless || !self.simulates(&changes, &repeat.body)) {
            let turn = self.turn(&repeat.body, None).map(Ranged::start);
            self.trainings.push(Training { begun: changes.given.clone(), turn });
            self.release(&changes, repeat.start().into());
            let flow = self.block(&repeat.body);
            self.trainings.pop();
            return match flow {
                Flow::Return(value) => Flow::Return(value),
                _ => Flow::Next,
            };
        }
        for _ in 0..TURNS {
            let test = self.evaluate(&repeat.test);
            if !self.steer(&test) || self.is_exhausted() {
                break;
            }
            match self.block(&repeat.body) {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Flow::Next,
                other => return other,
            }
        }
        Flow::Next
    }

    /// Makes free what a loop changes: nothing is known of it but its shape.
    fn release(&mut self, changes: &Changes<'a>, place: usize) {
        self.trained.insert(place);
        let takes_turns = self.trainings.last().is_some_and(|own| own.turn.is_some());
        let begins = |run: &Self, name: &str| run.trainings.iter().any(|own| own.begun.contains(name));
        for name in changes.names() {
            // What is added up until steps are taken begins anew after them, or in a round further out.
            if takes_turns && changes.added.contains(name) && !changes.steps(name) && begins(self, name) {
                continue;
            }
            // A sum of derivatives that no round sets back goes on from the one before.
            let is_sum = changes.added.contains(name) && !changes.given.contains(name);
            let is_memory = changes.kept_up.contains(name) && !changes.renewed.contains(name);
            let derives = names::is_derivative_in_short(name) && !changes.steps(name) || self.is_derivative(name);
            if derives && !is_sum && !is_memory {
                continue;
            }
            // An attribute is no variable of the same name.
            let variables = if changes.variables.contains(name) { &self.scopes[..] } else { &[] };
            let scopes = variables.iter().rev().chain(&self.objects).cloned().collect::<Vec<_>>();
            for scope in scopes {
                let value = scope.borrow().get(name).cloned();
                if let Some(value) = value {
                    let how = Release { place, is_sum: changes.added.contains(name), is_stepped: changes.steps(name) };
                    let value = self.released(value, name, how);
                    self.set(&scope, name, value.clone());
                    self.note(name, value);
                }
            }
        }
    }

    fn released(&mut self, value: Value<'a>, name: &str, how: Release) -> Value<'a> {
        match value {
            Value::Number(number) => Value::Number(self.released_number(number, name, how)),
            Value::Array(array) => {
                let shape = array.borrow().shape().to_vec();
                let mut own = array.borrow().clone();
                for (flat, number) in own.iter_mut().enumerate() {
                    *number = self.released_number(*number, &element(name, flat, &shape), how);
                }
                Value::array(own)
            }
            Value::List(list) if self.depth < super::DEEPEST[1] => {
                self.depth += 1;
                let items = list.borrow().clone().into_iter().enumerate();
                let items = items.map(|(at, item)| self.released(item, &format!("{name}[{at}]"), how)).collect();
                self.depth -= 1;
                self.remember(super::Slot::List(list.clone()));
                list.replace(items);
                Value::List(list)
            }
            Value::Dict(dict) if self.depth < super::DEEPEST[1] => {
                self.depth += 1;
                let mut own = dict.borrow().clone();
                let items: Vec<_> = own.iter().map(|(key, item)| (key.clone(), item.clone())).collect();
                for (key, item) in items {
                    // What is a parameter already keeps its name, that of its key.
                    let is_input =
                        item.numbers().is_some_and(|(all, _)| all.iter().all(|one| self.numbers.is_input(*one)));
                    if !is_input {
                        let name = format!("{name}[{}]", super::text::shown(&super::key_value(&key)));
                        own.insert(key, self.released(item, &name, how));
                    }
                }
                self.depth -= 1;
                self.remember(super::Slot::Dict(dict.clone()));
                dict.replace(own);
                Value::Dict(dict)
            }
            other => other,
        }
    }

    /// What is an input already is as free as can be; what is only added to is no start of a sum.
    fn released_number(&mut self, number: Number<'a>, name: &str, how: Release) -> Number<'a> {
        let Release { place, is_sum, is_stepped } = how;
        // What was filled with zeros like something else is a memory: nothing is known of it later on.
        let is_start = number.kind == Kind::Float || self.is_derivative(name);
        let is_memory = !number.free && !number.literal && is_start && number.value == 0.0;
        // What squares of derivatives are added to is no start of a sum either; what a loss is added to is.
        if is_sum && self.numbers.is_input(number) && number.value == 0.0 && !names::is_sum(name) {
            self.numbers.keep(number);
        }
        // What is stepped is free wherever it starts, `np.eye(2)` too.
        // What several parameters start from, `w1 = w2 = start`, is none of them later on.
        // The number of an object of an engine has the name of the object.
        let is_own = self.numbers.name_of(number).is_some_and(|own| !is_stepped || own == name || name == "data");
        if !number.free && !is_memory && !is_stepped || is_own {
            return number;
        }
        let free = self.numbers.free(name, place, number.value, number.kind);
        if is_memory && is_sum {
            self.numbers.keep(free);
        }
        free
    }
}
