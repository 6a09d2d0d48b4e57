//! Functions that go together: one that is made small, and one that derives it.

use std::rc::Rc;

use ruff_python_ast::Expr;
use ruff_text_size::Ranged;

use super::call::Named;
use super::value::{Body, Function, element};
use super::{Assigned, Interpreter, Kind, Value};
use crate::python::names;

/// How many numbers a point is tried with where a function of one parameter does not say.
const POINTS: [usize; 3] = [1, 2, 3];

impl<'a> Interpreter<'a> {
    /// What `scipy.optimize` is given: an objective and its gradient, which is a claim about it.
    pub(super) fn optimize(&mut self, problem: &str, given: Vec<Value<'a>>, named: Named<'a>) -> Value<'a> {
        let by_name = |names: &[&str]| {
            named.iter().find(|(known, _)| names.contains(&known.as_str())).map(|(_, value)| value.clone())
        };
        let nth = |at: usize| given.get(at).cloned();
        let objective = by_name(&["fun", "func", "f"]).or(nth(0));
        let (start, gradient, rest) = match problem {
            "check_grad" => (nth(2), nth(1), Value::list(given.get(3..).unwrap_or_default().to_vec())),
            "minimize" | "root" => {
                let rest = by_name(&["args"]).or(nth(2)).unwrap_or(Value::Nothing);
                (by_name(&["x0"]).or(nth(1)), by_name(&["jac"]).or(nth(4)), rest)
            }
            "least_squares" => (
                by_name(&["x0"]).or(nth(1)),
                by_name(&["jac"]).or(nth(2)),
                by_name(&["args"]).unwrap_or(Value::Nothing),
            ),
            _ if problem.starts_with("fmin") => {
                let rest = by_name(&["args"]).or(nth(3)).unwrap_or(Value::Nothing);
                (by_name(&["x0"]).or(nth(1)), by_name(&["fprime"]).or(nth(2)), rest)
            }
            _ => (None, None, Value::Nothing),
        };
        if let (Some(objective), Some(start)) = (objective, start) {
            let rest = match rest {
                Value::Tuple(_) | Value::List(_) => self.items(&rest).unwrap_or_default(),
                Value::Nothing => vec![],
                one => vec![one],
            };
            let gradient =
                gradient.filter(|gradient| !matches!(gradient, Value::Number(_) | Value::Nothing | Value::Text(_)));
            let both = gradient.is_none() && !matches!(problem, "check_grad" | "least_squares");
            if gradient.is_some() || both {
                self.pair(&objective, gradient.as_ref(), &start, rest);
            }
        }
        Value::opaque(format!("what `{problem}` finds is not followed"))
    }

    /// Notes what an objective comes to at a point, and that its gradient there is a claim; without one, what the
    /// objective returns beside its value is.
    fn pair(&mut self, objective: &Value<'a>, gradient: Option<&Value<'a>>, start: &Value<'a>, rest: Vec<Value<'a>>) {
        let Some((name, by)) = named_by(objective) else { return };
        let Some(point) = self.loosened(start, &by) else { return };
        let arguments: Vec<Value<'a>> = std::iter::once(point.clone()).chain(rest).collect();
        let value = self.invoke(objective.clone(), arguments.clone(), vec![]);
        let written = self.returned.take();
        let (value, found) = match (gradient, value) {
            (None, Value::Tuple(both)) if both.len() == 2 => {
                let written = written.and_then(|both| match both {
                    Expr::Tuple(both) => both.elts.get(1),
                    _ => None,
                });
                (both[0].clone(), written.map(|written| (name.clone(), both[1].clone(), written)))
            }
            (None, _) => return,
            (Some(gradient), value) => {
                let derived = self.invoke(gradient.clone(), arguments, vec![]);
                let written = self.returned.take();
                let name = named_by(gradient).map_or_else(|| "gradient".to_owned(), |(name, _)| name);
                (value, written.map(|written| (name, derived, written)))
            }
        };
        if let Some((name_of_gradient, derived, written)) = found {
            self.claim((&name, &value), (&by, &point), (&name_of_gradient, &derived), written);
        }
    }

    /// That one value is the derivative of another by a third.
    fn claim(
        &mut self,
        (of, value): (&str, &Value<'a>),
        (by, point): (&str, &Value<'a>),
        (name, derived): (&str, &Value<'a>),
        written: &'a Expr,
    ) {
        let (Some((values, _)), Some((points, _)), Some((all, shape))) =
            (value.numbers(), point.numbers(), derived.numbers())
        else {
            return;
        };
        let of = if values.len() == 1 || values.len() == all.len() { format!("{of}({by})") } else { of.to_owned() };
        let count = points.len();
        let spread = if all.len() == count {
            (value.clone(), points)
        } else if all.len() == values.len() * count {
            // A Jacobian: a row for each value, a column for each number that it depends on.
            let rows = values.iter().flat_map(|value| vec![*value; count]).collect();
            (Value::filled(&shape, rows), (0..all.len()).map(|at| points[at % count]).collect())
        } else {
            return;
        };
        self.note(&of, spread.0);
        self.note(by, Value::filled(&shape, spread.1));
        let told = Some((of, by.to_owned()));
        // What has a name is known by it.
        let known = written.as_name_expr().and_then(|own| {
            let is_it = |entry: &Assigned<'a>| entry.name == *own.id && !entry.right.is_empty();
            let at = self.log.iter().rposition(is_it)?;
            let [a, b] = [&self.log[at].value, derived].map(|value| value.numbers().map(|(numbers, _)| numbers));
            let same = a?.iter().zip(&b?).all(|(a, b)| self.numbers.node(*a) == self.numbers.node(*b));
            same.then_some(at)
        });
        let (name, place) = match known {
            Some(at) => {
                let entry = self.log.remove(at);
                (entry.name, (entry.place, entry.right))
            }
            None => (name.to_owned(), (written.range(), written.range())),
        };
        let (place, right) = place;
        self.log.push(Assigned { name, value: derived.clone(), step: None, told, place, right });
    }

    /// A point whose every number is free.
    fn loosened(&mut self, start: &Value<'a>, name: &str) -> Option<Value<'a>> {
        let (numbers, shape) = start.numbers()?;
        let place = self.place;
        let free = numbers.into_iter().enumerate().map(|(flat, number)| {
            if self.numbers.is_input(number) {
                return number;
            }
            self.numbers.free(&element(name, flat, &shape), place, number.value, Kind::Float)
        });
        let free = free.collect();
        Some(Value::filled(&shape, free))
    }

    /// Objectives and gradients that the file defines side by side and never calls: the same parameters, and names that
    /// say what they are.
    pub(super) fn call_pairs(&mut self) {
        let Some(global) = self.scopes.first().cloned() else { return };
        let values: Vec<Value<'a>> = global.borrow().values().cloned().collect();
        let functions: Vec<Rc<Function<'a>>> = (values.iter()).filter_map(Value::function).collect();
        let steps = self.log.iter().any(|entry| entry.step.is_some());
        if steps {
            for objective in functions.iter().filter(|function| names::is_objective(function.name)) {
                self.call_objective(objective);
            }
        }
        let gradients = functions.iter().filter(|function| names::is_gradient(function.name));
        for gradient in gradients.cloned().collect::<Vec<_>>() {
            let asked = gradient.asked();
            let alike = || functions.iter().filter(|other| names::is_objective(other.name) && other.asked() == asked);
            let goes_with =
                |gradient: &Function<'a>, other: &Function<'a>| names::is_gradient_of(gradient.name, other.name);
            // One that is named as the derivative of a function is of no other, and that function has no other.
            let is_of_one = functions.iter().any(|other| goes_with(&gradient, other));
            let is_free = |other: &&Rc<Function<'a>>| !functions.iter().any(|gradient| goes_with(gradient, other));
            // What is a loss for certain comes before what is called `f`.
            let mut free: Vec<&Rc<Function<'a>>> = alike().filter(is_free).collect();
            if free.iter().any(|other| names::is_loss(other.name)) {
                free.retain(|other| names::is_loss(other.name));
            }
            let objective = match free[..] {
                [only] if !is_of_one => Some(only),
                _ => alike().find(|other| goes_with(&gradient, other)),
            };
            if let Some(objective) =
                objective.cloned().filter(|_| !(asked.is_empty() || steps && self.was_run(&gradient)))
            {
                let [objective, gradient] = [objective, gradient].map(Value::Function);
                self.call_pair(&objective, &gradient, &asked);
            }
        }
        if self.supposed.data.is_some() {
            for value in &values {
                if let Value::Class(class) = value {
                    self.call_methods(class);
                }
            }
        }
    }

    /// What a gradient is given, the loss that goes with it is given too: that of a batch is what its gradient is of, whatever
    /// the file prints of all rows.
    pub(super) fn compare_with_loss(
        &mut self,
        gradient: &Rc<Function<'a>>,
        given: &[Value<'a>],
        named: &Named<'a>,
        object: Option<&Value<'a>>,
    ) {
        let is_meant = names::is_gradient(gradient.name) || names::hands_back(gradient.name);
        if !is_meant || self.is_paired || self.is_exhausted() {
            return;
        }
        let all: Vec<Value<'a>> = match object {
            Some(Value::Object(object)) => object.class.names.borrow().values().cloned().collect(),
            _ => self.scopes.first().map(|scope| scope.borrow().values().cloned().collect()).unwrap_or_default(),
        };
        let asked = gradient.asked();
        let goes_with = |value: &Value<'a>| match value {
            Value::Function(other) => {
                // What has one parameter may be an activation.
                let is_own = || names::is_gradient_of(gradient.name, other.name);
                let is_function = || asked.len() > 1 || names::is_objective(other.name);
                let is_meant = names::is_loss(other.name) || is_function() && is_own();
                is_meant && !asked.is_empty() && other.asked() == asked
            }
            _ => false,
        };
        let Some(Value::Function(loss)) = all.into_iter().find(goes_with) else { return };
        self.is_paired = true;
        let class = object.and_then(|object| match object {
            Value::Object(own) => Some((own.class.clone(), object.clone())),
            _ => None,
        });
        let value = self.run(&loss, given.to_vec(), named.clone(), class);
        self.is_paired = false;
        if !names::is_loss(loss.name) && matches!(value, Value::Number(number) if number.free) {
            self.note(&format!("{}(…)", loss.name), value.clone());
        }
        // What a loss hands back beside its value is not it.
        if let Value::Tuple(both) = &value
            && let Some(Value::Number(number)) = both.first().filter(|_| both.len() == 2)
        {
            self.note(&format!("{}(…)", loss.name), Value::Number(*number));
        }
    }

    /// What a function that is never called comes to with what the file gives to the names of its parameters.
    fn call_objective(&mut self, objective: &Rc<Function<'a>>) {
        let asked = objective.asked();
        let known = |name: &&'a str| {
            let entry = self.log.iter().rev().find(|entry| entry.name == *name)?;
            Some(entry.value.clone())
        };
        let arguments: Option<Vec<Value<'a>>> = asked.iter().map(known).collect();
        let Some(arguments) = arguments.filter(|arguments| !arguments.is_empty()) else { return };
        let value = self.invoke(Value::Function(objective.clone()), arguments, vec![]);
        self.note(&format!("{}({})", objective.name, asked.join(", ")), value);
    }

    /// What a function and its derivative come to for the same arguments.
    pub(super) fn call_pair(&mut self, objective: &Value<'a>, gradient: &Value<'a>, asked: &[&'a str]) {
        let Some((name_of, _)) = named_by(objective) else { return };
        let Some((name, _)) = named_by(gradient) else { return };
        if let [by] = asked {
            // What sets elements of what it is given is for arrays.
            let sets = |function: &Value<'a>| match function {
                Value::Function(function) => match function.body {
                    Body::Block(body) => super::rounds::sets_elements(body),
                    Body::Expression(_) => false,
                },
                _ => false,
            };
            let is_of_arrays = sets(objective) || sets(gradient);
            for count in POINTS.into_iter().filter(|count| *count > 1 || !is_of_arrays) {
                let numbers = (0..count).map(|_| self.draw(true)).collect();
                let shape = if count == 1 { vec![] } else { vec![count] };
                let start = Value::filled(&shape, numbers);
                let Some(point) = self.loosened(&start, by) else { return };
                let value = self.invoke(objective.clone(), vec![point.copied()], vec![]);
                // The derivative of an activation may be written in terms of what comes out of it.
                let is_by_output = self.is_by_output((objective, &value), gradient, &point);
                let at = if is_by_output { value.clone() } else { point.clone() };
                let derived = self.invoke(gradient.clone(), vec![at.copied()], vec![]);
                if let (Some((values, _)), Some((all, _)), Some(written)) =
                    (value.numbers(), derived.numbers(), self.returned)
                    && (values.len() == 1 || values.len() == count && all.len() == count)
                    && self.is_made_of(&derived, [&value, &point])
                {
                    return self.claim((&name_of, &value), (by, &point), (&name, &derived), written);
                }
            }
            return;
        }
        let before = self.log.len();
        if self.call_at_point((&name_of, objective), (&name, gradient), asked) {
            return;
        }
        self.log.truncate(before);
        self.ways.retain(|start| *start <= before);
        // Of several parameters, one has to be what people derive by: that of a model, or the only one beside a target.
        let targets = asked.iter().filter(|name| names::is_target(name)).count();
        let is_target = |name: &&str| names::is_target(name);
        let parameter = asked.iter().position(|name| names::is_parameter(name));
        let beside = || asked.iter().position(|name| !is_target(name)).filter(|_| targets == 1 && asked.len() == 2);
        let Some(at) = parameter.or_else(beside).filter(|_| self.supposed.data.is_some()) else { return };
        let mut arguments: Vec<Value<'a>> = asked.iter().map(|name| self.argument(name)).collect();
        if parameter.is_none()
            && let Some((all, shape)) = arguments[1 - at].numbers()
        {
            arguments[at] = Value::filled(&shape, all.iter().map(|_| self.draw(false)).collect());
        }
        let Some(point) = self.loosened(&arguments[at], asked[at]) else { return };
        arguments[at] = point.clone();
        let value = match self.invoke(objective.clone(), arguments.clone(), vec![]) {
            Value::Tuple(both) if both.len() == 2 => both[0].clone(),
            other => other,
        };
        let derived = self.invoke(gradient.clone(), arguments.clone(), vec![]);
        let Some(written) = self.returned else { return };
        let (Some((values, _)), Some((all, _))) = (value.numbers(), derived.numbers()) else { return };
        let is_each = parameter.is_none() && values.len() == all.len();
        if (values.len() == 1 || is_each)
            && (parameter.is_some() || !self.is_with_activation(&derived, objective, &arguments, at))
        {
            self.claim((&name_of, &value), (asked[at], &point), (&name, &derived), written);
        }
    }

    /// A function of several numbers, `f(x, y)`, and what is named as its gradient: a number for each of them.
    fn call_at_point(
        &mut self,
        (of, objective): (&str, &Value<'a>),
        (name, gradient): (&str, &Value<'a>),
        asked: &[&'a str],
    ) -> bool {
        let points: Option<Vec<Value<'a>>> = asked
            .iter()
            .map(|by| {
                let start = Value::Number(self.draw(true));
                self.loosened(&start, by)
            })
            .collect();
        let Some(points) = points else { return false };
        let value = self.invoke(objective.clone(), points.clone(), vec![]);
        let from = self.log.len();
        let derived = self.invoke(gradient.clone(), points.clone(), vec![]);
        let written = self.returned.take();
        let (Value::Number(_), Some((all, _)), Some(written)) = (&value, derived.numbers(), written) else {
            return false;
        };
        if all.len() != points.len() || !all.iter().any(|number| number.free) {
            return false;
        }
        let of = format!("{of}({})", asked.join(", "));
        self.note(&of, value.clone());
        for (by, point) in asked.iter().zip(&points) {
            self.note(by, point.clone());
        }
        // Each that has a name is a claim of its own.
        let named: Vec<Option<usize>> = all
            .iter()
            .map(|number| {
                let is_it = |entry: &Assigned<'a>| {
                    !entry.right.is_empty() && matches!(entry.value, Value::Number(own) if self.numbers.node(own) == self.numbers.node(*number))
                };
                self.log[from..].iter().rposition(is_it).map(|at| from + at)
            })
            .collect();
        let named: Option<Vec<usize>> = named.into_iter().collect();
        if let Some(places) = named.filter(|places| places.is_sorted_by(|a, b| a < b)) {
            // What they are of is written down before them.
            let mut entries: Vec<Assigned<'a>> = places.into_iter().rev().map(|at| self.log.remove(at)).collect();
            entries.reverse();
            for (mut entry, by) in entries.into_iter().zip(asked) {
                entry.told = Some((of.clone(), (*by).to_owned()));
                self.log.push(entry);
            }
            return true;
        }
        let by = format!("({})", asked.join(", "));
        let point = Value::filled(
            &[points.len()],
            points
                .iter()
                .filter_map(|point| match point {
                    Value::Number(number) => Some(*number),
                    _ => None,
                })
                .collect(),
        );
        self.note(&by, point);
        let (place, right) = (written.range(), written.range());
        let value = Value::filled(&[all.len()], all);
        self.log.push(Assigned { name: name.to_owned(), value, step: None, told: Some((of, by)), place, right });
        true
    }
}

/// The name of a function, and that of its first parameter.
fn named_by(function: &Value<'_>) -> Option<(String, String)> {
    let (function, own) = match function {
        Value::Function(function) => (function.clone(), 0),
        Value::Method(base, name) => match &**base {
            Value::Object(object) => match object.class.get(name)? {
                Value::Function(function) => (function, 1),
                _ => return None,
            },
            _ => return None,
        },
        _ => return None,
    };
    let by = function.by_place().map(|parameter| parameter.parameter.name.to_string()).nth(own)?;
    Some((function.name.to_owned(), by))
}
