//! Layers that a file defines and never runs: what goes back through one is the derivative of what goes forward through
//! it, whatever comes from above.
//!
//! For a layer that gives `out` and is handed `dout`, the loss that is supposed is the sum of `dout * out`: its derivatives
//! are the products of `dout` and the layer's own Jacobians, which is what a backward pass computes.

use std::collections::HashMap;
use std::rc::Rc;

use petgraph::graph::NodeIndex;
use ruff_python_ast::Operator;
use ruff_text_size::{Ranged, TextRange};

use super::suppose::{ROWS, Targets};
use super::value::{Class, Function, Names};
use super::{Assigned, Interpreter, Value};
use crate::graph::Node;
use crate::op::Binary;
use crate::python::names;

/// How the names of functions end that go through a layer.
const FORWARD: [&str; 4] = ["_forward", "_fwd", "_forward_pass", ""];
const BACKWARD: [&str; 4] = ["_backward", "_bwd", "_backward_pass", "_backprop"];

/// What goes forward through a layer, and what goes back.
pub(super) struct Layer<'a> {
    class: Option<Rc<Class<'a>>>,
    forward: Rc<Function<'a>>,
    backward: Rc<Function<'a>>,
}

/// A name of a layer, and its numbers.
type Named<'a> = (String, Value<'a>);

impl<'a> Layer<'a> {
    /// The layer that a class is: its backward pass is given what comes from above, or its forward pass what is to come out.
    pub(super) fn of_class(class: &Rc<Class<'a>>) -> Option<Self> {
        let method = |is_it: &dyn Fn(&str) -> bool| class.methods().into_iter().find(|method| is_it(method.name));
        let forward = method(&names::hands_on).or_else(|| method(&|name| name == "__call__"))?;
        let backward = method(&names::hands_back)?;
        let layer = Self { class: Some(class.clone()), forward, backward };
        let is_loss = || layer.forward.asked().into_iter().any(names::is_target);
        let from_above = layer.backward.asked().into_iter().any(names::comes_from_above);
        (from_above || layer.backward.asked().is_empty() && is_loss()).then_some(layer)
    }

    /// The layer that a function goes back through: `affine_backward` goes with `affine_forward`.
    pub(super) fn of_function(backward: &Rc<Function<'a>>, all: &[Rc<Function<'a>>]) -> Option<Self> {
        let stem = BACKWARD.iter().find_map(|end| backward.name.strip_suffix(end))?;
        let is_forward =
            |other: &&Rc<Function<'a>>| other.name.strip_prefix(stem).is_some_and(|rest| FORWARD.contains(&rest));
        let forward = all.iter().find(is_forward)?.clone();
        let layer = Self { class: None, forward, backward: backward.clone() };
        backward.asked().into_iter().any(names::comes_from_above).then_some(layer)
    }

    pub(super) fn backward(&self) -> &Rc<Function<'a>> {
        &self.backward
    }

    /// What goes through it, as the file would write it.
    fn label(&self) -> String {
        let given = self.forward.asked().join(", ");
        match &self.class {
            Some(class) => format!("{}.{}({given})", class.name, self.forward.name),
            None => format!("{}({given})", self.forward.name),
        }
    }
}

impl<'a> Interpreter<'a> {
    /// Whether a function has another that goes back through it.
    pub(super) fn goes_back(&self, name: &str) -> bool {
        let stems = FORWARD.iter().filter_map(|end| name.strip_suffix(end));
        let mut all = stems.flat_map(|stem| BACKWARD.iter().map(move |end| format!("{stem}{end}")));
        all.any(|backward| self.bodies.contains_key(&*backward))
    }

    /// Runs a layer forward and back, and says what each derivative in it is of, and by what.
    pub(super) fn call_layer(&mut self, layer: &Layer<'a>) {
        // Where sizes are 1, what is turned round looks right; of classes, one is right in each sample.
        let has_target = layer.forward.asked().into_iter().any(names::is_target);
        let has_classes =
            self.supposed.data.is_some_and(|data| matches!(data.targets, Targets::Classes | Targets::Labels));
        if !has_classes && (!has_target || names::is_of_classes(&layer.label())) {
            return;
        }
        let object = layer.class.as_ref().map(|class| self.object(class));
        let pass = |function: &Rc<Function<'a>>| match &object {
            Some(object) => Value::Method(Box::new(object.clone()), function.name.to_owned()),
            None => Value::Function(function.clone()),
        };
        let (forward, backward) = (pass(&layer.forward), pass(&layer.backward));
        let fields = match &object {
            Some(Value::Object(object)) => object.names.clone(),
            _ => Names::default(),
        };
        self.place = layer.forward.place;
        let inputs = self.inputs_of(layer);
        let Some((out, kept)) = self.went_forward(&forward, &inputs, &fields) else { return };
        self.place = layer.backward.place;
        let (arguments, above) = self.handed(layer, &inputs, &out, kept);
        if above.as_ref().is_some_and(|(name, _)| !names::is_by_output(name)) && self.activates(&out, &inputs, &fields)
        {
            return;
        }
        let of = match &above {
            None => layer.label(),
            Some((name, _)) => format!("sum({name} * {})", layer.label()),
        };
        // A layer may leave the mean over the rows of what comes from above to be taken where its own slopes are added up.
        let has_rows = out.numbers().is_some_and(|(_, shape)| shape.contains(&ROWS));
        let of_own = match above {
            Some(_) if has_rows => format!("{}, or its mean over the rows)", &of[..of.len() - 1]),
            _ => of.clone(),
        };
        let weigh = |run: &mut Self, weights: &Value<'a>| {
            let product = run.operate(Operator::Mult, weights, &out);
            run.library("sum", vec![product], vec![])
        };
        let loss = above.as_ref().map_or_else(|| out.clone(), |(_, value)| weigh(self, value));
        self.note(&of, loss.clone());
        if let Some((_, value)) = above.as_ref().filter(|_| of_own != of) {
            let mean = self.operate(Operator::Div, value, &Value::whole(ROWS));
            let mean = weigh(self, &mean);
            self.note(&of_own, mean);
            self.note(&of_own, loss);
        }
        let mut known = inputs.clone();
        known.extend(self.given_fields(&fields));
        for (name, value) in &known {
            self.note(name, value.copied());
        }
        let from = self.log.len();
        self.returned = None;
        let derived = self.invoke(backward, arguments, vec![]);
        let first = inputs.iter().position(|(name, _)| !names::is_target(name));
        let by_data = first.map(|at| inputs[at].0.as_str());
        self.tell(from, [&of, &of_own], &known, by_data);
        let is_handed_on = above.as_ref().is_some_and(|(_, above)| self.is_same(above, &derived));
        if let Some(at) = first.filter(|_| !is_handed_on) {
            let (name, input) = &inputs[at];
            let given: Vec<Value<'a>> = inputs.iter().map(|(_, value)| value.clone()).collect();
            let is_with_activation = above.is_none() && self.is_with_activation(&derived, &forward, &given, at);
            let fits = derived.numbers().map(|(all, _)| all.len()) == input.numbers().map(|(all, _)| all.len());
            if fits && !is_with_activation {
                self.tell_handed(from, &of, name, (layer.backward.name, &derived));
            }
        }
        // Of what it hands back nothing else is known.
        let is_open = |entry: &&mut Assigned<'a>| entry.name == layer.backward.name && entry.told.is_none();
        self.log[from..].iter_mut().filter(is_open).for_each(|entry| entry.right = TextRange::default());
    }

    /// What comes out of a layer, and what is kept beside it; nothing where no free number comes out.
    fn went_forward(
        &mut self,
        forward: &Value<'a>,
        inputs: &[Named<'a>],
        fields: &Names<'a>,
    ) -> Option<(Value<'a>, Option<Value<'a>>)> {
        // What it is given may be changed in place.
        let given = inputs.iter().map(|(_, value)| value.copied()).collect();
        let (out, kept) = match self.invoke(forward.clone(), given, vec![]) {
            Value::Tuple(both) if both.len() >= 2 && forward.function().is_some() => {
                (both[0].clone(), Some(both[1].clone()))
            }
            // What is not handed back may be kept.
            Value::Nothing => {
                let fields = fields.borrow();
                (["output", "out"].iter().find_map(|name| fields.get(*name)).cloned()?, None)
            }
            out => (out, None),
        };
        out.numbers()?.0.iter().any(|number| number.free).then_some((out, kept))
    }

    /// What the backward pass of a layer is given, and which of it comes from above.
    fn handed(
        &mut self,
        layer: &Layer<'a>,
        inputs: &[Named<'a>],
        out: &Value<'a>,
        kept: Option<Value<'a>>,
    ) -> (Vec<Value<'a>>, Option<Named<'a>>) {
        let (numbers, shape) = out.numbers().unwrap_or_default();
        let mut above: Option<Named<'a>> = None;
        let mut arguments = Vec::new();
        for name in layer.backward.asked() {
            let plain = names::plain(name);
            let known = inputs.iter().find(|(known, _)| names::plain(known) == plain).map(|(_, value)| value.clone());
            arguments.push(match known {
                Some(known) => known,
                None if names::is_rate(name) => self.argument(name),
                None if above.is_none() && names::comes_from_above(name) => {
                    let drawn = (0..numbers.len()).map(|_| self.draw(true)).collect();
                    let place = self.place;
                    let value = self.freed(Value::filled(&shape, drawn), name, place);
                    above = Some((name.to_owned(), value.copied()));
                    value
                }
                None => kept.clone().unwrap_or_else(|| out.clone()),
            });
        }
        (arguments, above)
    }

    /// Whether a layer has an activation after what its own numbers do: `dz` and `delta` are by what goes into that.
    fn activates(&self, out: &Value<'a>, inputs: &[Named<'a>], fields: &Names<'a>) -> bool {
        let shape = |value: &Value<'a>| value.numbers().map(|(_, shape)| shape);
        let is_known =
            |value: &Value<'a>| self.is_same(value, out) || inputs.iter().any(|(_, input)| self.is_same(value, input));
        let fields = fields.borrow();
        let mut others = fields.values().filter(|value| !is_known(value));
        // What is kept in the shape of what comes out is what goes in; parameters are its own.
        let is_sum = |node: NodeIndex| {
            let op = self.numbers.recorder.look(node).0;
            matches!(op, Node::Binary(Binary::Add | Binary::Sub | Binary::Mul))
        };
        let nodes = self.nodes(out).unwrap_or_default();
        let is_linear = nodes.into_iter().flatten().all(is_sum);
        others.any(|value| match self.is_input(value) {
            false => shape(value) == shape(out),
            true => !is_linear && shape(value).is_some_and(|own| own.len() > 1),
        })
    }

    /// What a layer is given: data first, then what belongs to it.
    fn inputs_of(&mut self, layer: &Layer<'a>) -> Vec<Named<'a>> {
        let names = layer.forward.asked();
        let like = self.argument("x").numbers().map(|(_, shape)| shape).unwrap_or_default();
        let by_columns = self.supposed.data.is_some_and(|data| data.by_columns);
        let outputs = self.supposed.data.map_or(1, |data| data.outputs);
        let target = names.iter().find(|name| names::is_target(name)).copied();
        let mut inputs: Vec<Named<'a>> = Vec::new();
        for name in names {
            let is_first = !names::is_target(name) && inputs.iter().all(|(name, _)| names::is_target(name));
            let shape = match name {
                // A prediction has the shape of what it should be.
                _ if is_first && target.is_some() => {
                    let target = target.map(|target| self.argument(target));
                    target.and_then(|target| target.numbers()).map(|(_, shape)| shape)
                }
                _ if is_first => Some(like.clone()),
                "b" | "bias" if by_columns => Some(vec![outputs, 1]),
                "b" | "bias" => Some(vec![outputs]),
                "gamma" | "beta" if by_columns => like.first().map(|&height| vec![height, 1]),
                "gamma" | "beta" => like.last().map(|&width| vec![width]),
                _ => None,
            };
            let value = match shape {
                None => self.argument(name),
                Some(shape) => {
                    let count = shape.iter().product();
                    let numbers = (0..count).map(|_| self.draw(target.is_none())).collect();
                    let place = self.place;
                    self.freed(Value::filled(&shape, numbers), name, place)
                }
            };
            inputs.push((name.to_owned(), value));
        }
        inputs
    }

    /// Says of what was assigned since, by its names, what it is the derivative of.
    fn tell(&mut self, from: usize, of: [&str; 2], known: &[Named<'a>], by_data: Option<&str>) {
        let resolve = |name: &str| {
            let plain = names::plain(name);
            let full = names::in_full(name);
            let is_it = |(known, _): &&Named<'a>| {
                let known = names::plain(known);
                known == plain || full.contains(&known)
            };
            known.iter().find(is_it).map(|(name, _)| name.clone())
        };
        let last: HashMap<String, usize> =
            (self.log.iter().enumerate().skip(from)).map(|(at, entry)| (entry.name.clone(), at)).collect();
        for at in from..self.log.len() {
            let entry = &self.log[at];
            let is_last = last.get(&entry.name) == Some(&at);
            if entry.right.is_empty() || entry.step.is_some() || !is_last {
                continue;
            }
            let Some((_, by)) = names::derivative(&entry.name, resolve).into_iter().next() else { continue };
            let count = |value: &Value<'a>| value.numbers().map(|(all, _)| all.len());
            let fits = known.iter().any(|(name, value)| *name == by && count(value) == count(&entry.value));
            if fits {
                let of = of[usize::from(Some(&*by) != by_data)];
                self.log[at].told = Some((of.to_owned(), by));
            }
        }
    }

    /// Says of what a backward pass returns that it is the derivative by what went in.
    fn tell_handed(&mut self, from: usize, of: &str, by: &str, (name, derived): (&str, &Value<'a>)) {
        let told = Some((of.to_owned(), by.to_owned()));
        let found = (from..self.log.len()).rev().find(|&at| {
            let entry = &self.log[at];
            !entry.right.is_empty() && self.is_same(&entry.value, derived)
        });
        match (found, self.returned.take()) {
            // Of an array of which some elements are set in the end, that is where it is complete.
            (Some(at), _) if self.log[at].name.contains('…') => {
                let Assigned { name, place, right, .. } = &self.log[at];
                let (name, place, right) = (names::whole(name).to_owned(), *place, *right);
                self.log.push(Assigned { name, value: derived.copied(), step: None, told, place, right });
            }
            (Some(at), _) if self.log[at].told.is_none() => self.log[at].told = told,
            (Some(_), _) | (None, None) => {}
            (None, Some(written)) => {
                let (place, right) = (written.range(), written.range());
                self.log.push(Assigned {
                    name: name.to_owned(),
                    value: derived.clone(),
                    step: None,
                    told,
                    place,
                    right,
                });
            }
        }
    }

    fn nodes(&self, value: &Value<'a>) -> Option<Vec<Option<NodeIndex>>> {
        let (numbers, _) = value.numbers()?;
        Some(numbers.iter().map(|number| self.numbers.node(*number)).collect())
    }

    /// What an object has that is given, derivatives aside.
    fn given_fields(&self, fields: &Names<'a>) -> Vec<Named<'a>> {
        let fields = fields.borrow();
        let given = fields.iter().filter(|(name, value)| !names::is_derivative(name) && self.is_input(value));
        given.map(|(name, value)| (name.clone(), value.copied())).collect()
    }

    /// Whether a value is computed from nothing.
    fn is_input(&self, value: &Value<'a>) -> bool {
        value.numbers().is_some_and(|(all, _)| all.iter().all(|number| self.numbers.is_input(*number)))
    }

    /// Whether two values are the same numbers.
    fn is_same(&self, a: &Value<'a>, b: &Value<'a>) -> bool {
        let (a, b) = (self.nodes(a), self.nodes(b));
        a.is_some() && a == b
    }
}
