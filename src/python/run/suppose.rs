//! What is supposed where a file does not say: the data that it loads, what its functions are called with, and small
//! sizes in place of large ones. The formulas are the same for all sizes; a proof is for the sizes that are supposed.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::rc::Rc;

use indexmap::IndexMap;
use ndarray::ArrayD;

use super::value::{Class, Function};
use super::{Interpreter, Kind, Number, Value};
use crate::python::names;

/// How many rows of data are supposed.
pub(super) const ROWS: usize = 3;
/// How many units a hidden layer has where its size is asked for.
const HIDDEN: usize = 2;
/// Sizes up to this one are left as they are.
const SMALL: i64 = 8;
/// A learning rate that the file does not say.
const RATE: f64 = 0.1;
/// What larger sizes become, in the order in which they are met.
const SIZES: [i64; 4] = [3, 2, 4, 5];

/// How the answers stand in the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::python) enum Targets {
    /// One number a row, as a column.
    Column,
    /// One number a row.
    Flat,
    /// A 1 among zeros.
    Classes,
    /// The number of a class.
    Labels,
}

/// Data that are supposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::python) struct Data {
    /// Whether a sample is a column and not a row.
    pub(in crate::python) by_columns: bool,
    /// How many numbers a sample has; `None` where it is one number.
    pub(in crate::python) inputs: Option<usize>,
    pub(in crate::python) outputs: usize,
    pub(in crate::python) targets: Targets,
    /// Whether there is one sample, with no axis of rows.
    pub(in crate::python) is_single: bool,
}

/// What is supposed in one run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::python) struct Supposed {
    pub(in crate::python) data: Option<Data>,
    /// Whether large sizes are made small.
    pub(in crate::python) is_small: bool,
    /// Whether arrays that are symmetric stay so for all numbers, and what may be meant as it is stays so: zeros, masks, and
    /// constants that are written again elsewhere.
    pub(in crate::python) is_kept: bool,
}

impl Data {
    /// What data look like most often, the likeliest first.
    pub(in crate::python) fn all() -> impl Iterator<Item = Self> {
        let data =
            |by_columns, inputs, outputs, targets| Self { by_columns, inputs, outputs, targets, is_single: false };
        [
            data(false, Some(2), 1, Targets::Column),
            // Where tables are spread over each other number by number, one axis is meant.
            data(false, None, 1, Targets::Flat),
            data(true, Some(2), 1, Targets::Column),
            data(false, Some(2), 1, Targets::Flat),
            data(false, Some(2), 2, Targets::Classes),
            data(false, Some(2), 2, Targets::Labels),
            data(true, Some(2), 2, Targets::Classes),
            data(true, Some(2), 2, Targets::Labels),
            Self { is_single: true, ..data(false, None, 1, Targets::Flat) },
            Self { is_single: true, ..data(false, Some(2), 1, Targets::Flat) },
            Self { is_single: true, ..data(true, Some(2), 2, Targets::Column) },
        ]
        .into_iter()
    }
}

/// Sizes that were made small, and what arrays show of the sizes that data have and of their own structure.
#[derive(Debug, Clone, Default)]
pub(in crate::python) struct Sizes {
    /// What each large size was taken as.
    pub(in crate::python) taken: BTreeMap<i64, i64>,
    /// How many inputs and outputs the file's own arrays ask for.
    pub(in crate::python) inputs: Option<usize>,
    pub(in crate::python) outputs: Option<usize>,
    /// Arrays whose numbers are symmetric.
    pub(in crate::python) symmetric: BTreeSet<String>,
    /// What is kept as it is, and whether there is anything that may be meant so.
    pub(in crate::python) kept: BTreeSet<String>,
    pub(in crate::python) may_be_kept: bool,
    /// Whether supposed targets are spread over more outputs than they are.
    pub(in crate::python) is_spread: bool,
}

impl<'a> Interpreter<'a> {
    /// A size, made small where that is supposed.
    pub(super) fn taken(&mut self, size: i64) -> i64 {
        if !self.supposed.is_small || size <= SMALL {
            return size;
        }
        let next = SIZES[self.sizes.taken.len() % SIZES.len()];
        *self.sizes.taken.entry(size).or_insert(next)
    }

    /// A number that something is divided by, as small as a size that it equals was made.
    pub(super) fn small_alike(&self, value: Value<'a>) -> Value<'a> {
        let Value::Number(number) = &value else { return value };
        let taken = self.sizes.taken.get(&(number.value as i64)).filter(|_| number.value.fract() == 0.0);
        match taken.filter(|_| number.literal && !number.free) {
            Some(taken) => Value::Number(Number { kind: number.kind, ..Number::fixed(*taken as f64) }),
            None => value,
        }
    }

    /// A size by its name: made small with what has it, unless it counts rounds.
    pub(super) fn sized(&mut self, name: &str, number: Number<'a>) -> Number<'a> {
        let lower = name.to_lowercase();
        let is_rounds = ["iter", "epoch", "step", "round"].iter().any(|word| lower.contains(word));
        let value = if is_rounds { number.value } else { self.taken(number.value as i64) as f64 };
        Number { kind: number.kind, ..Number::fixed(value) }
    }

    /// A value, or what is supposed for it by its name.
    pub(super) fn or_supposed(&mut self, name: &str, value: Value<'a>) -> Value<'a> {
        match (&value, self.supposed.data) {
            // How far a step goes does not matter: `args.lr`, `float(input())`.
            (Value::Opaque(_), _) if names::is_rate(name) => {
                if let Some(known) = self.data.get(name) {
                    return known.clone();
                }
                let rate = self.freed(Value::Number(Number::literal(RATE, Kind::Float)), name, 0);
                self.data.insert(name.to_owned(), rate.clone());
                rate
            }
            (Value::Opaque(why), Some(data)) => self.of_data(name, why, data).unwrap_or(value),
            _ => value,
        }
    }

    /// The same for what a statement gives a name to. What is called a step may be all of one: `step = solve(H, gradient)`.
    pub(super) fn given_or_supposed(&mut self, name: &str, value: Value<'a>) -> Value<'a> {
        if name == "step" { value } else { self.or_supposed(name, value) }
    }

    /// Data by their name; where targets have one of their own, `data` are inputs alone.
    pub(super) fn data_of(&mut self, name: &str, data: Data, has_targets: bool) -> Option<Value<'a>> {
        // The same name means the same data wherever it is asked for.
        if let Some(known) = self.data.get(name) {
            return Some(known.clone());
        }
        let outputs = data.outputs;
        let turned = |rows: usize, columns: usize| match data {
            Data { is_single: true, .. } => vec![columns],
            Data { by_columns: true, .. } => vec![columns, rows],
            _ => vec![rows, columns],
        };
        // One number of each sample.
        let one = if data.is_single { vec![] } else { vec![ROWS] };
        let may_be_table = ["points", "data", "dataset", "training_data", "dados", "datos", "daten", "donnees", "dati"]
            .contains(&name);
        let is_table = may_be_table && !has_targets;
        let width = data.inputs.filter(|_| name != "points").unwrap_or(1) + 1;
        let shape = if is_table {
            vec![ROWS, width]
        } else if names::is_data(name) || may_be_table {
            data.inputs.map_or(one.clone(), |inputs| turned(ROWS, inputs))
        } else if names::is_target(name) || is_answers(name) {
            match data.targets {
                Targets::Labels | Targets::Flat => one,
                Targets::Column | Targets::Classes => turned(ROWS, outputs),
            }
        } else {
            return None;
        };
        let is_data = names::is_data(name) || may_be_table;
        let literal = |run: &mut Self, at: usize| match data.targets {
            // A table of labelled samples has their classes in its first or its last column.
            Targets::Labels if is_table && [0, width - 1].contains(&(at % width)) => {
                Number::literal((at / width % outputs) as f64, Kind::Whole)
            }
            Targets::Labels if !is_data => Number::fixed((at % outputs) as f64),
            Targets::Classes if !is_data => {
                let (row, class) = if data.by_columns { (at % ROWS, at / ROWS) } else { (at / outputs, at % outputs) };
                Number::literal(f64::from(u8::from(row % outputs == class)), Kind::Float)
            }
            _ => run.draw(true),
        };
        let count = shape.iter().product();
        let numbers = (0..count).map(|at| literal(self, at)).collect();
        let array = Value::filled(&shape, numbers);
        let place = self.place;
        let value = self.freed(array, name, place);
        self.data.insert(name.to_owned(), value.clone());
        Some(value)
    }

    /// What a function is given for a parameter without a default.
    pub(super) fn argument(&mut self, name: &str) -> Value<'a> {
        self.argument_beside(name, &[])
    }

    /// The same, where others have no default either.
    fn argument_beside(&mut self, name: &str, others: &[&'a str]) -> Value<'a> {
        let data = self.supposed.data.unwrap_or(Data {
            by_columns: false,
            inputs: None,
            outputs: 1,
            targets: Targets::Flat,
            is_single: false,
        });
        if let Some(value) = self.data_of(name, data, others.iter().any(|other| names::is_target(other))) {
            return value;
        }
        if names::is_rate(name) {
            return self.or_supposed(name, Value::opaque("it is given nowhere"));
        }
        let (inputs, outputs) = (data.inputs.unwrap_or(1), data.outputs);
        // What was computed before under this name is handed on.
        let plain = names::plain(name);
        let known = self.log.iter().rev().find(|entry| !entry.right.is_empty() && names::plain(&entry.name) == plain);
        if let Some(known) = known {
            return known.value.clone();
        }
        let lower =
            ["initial", "init", "starting", "current", "start", "in"].iter().fold(name.to_lowercase(), |name, word| {
                let base = name.strip_suffix(word).and_then(|base| base.strip_suffix('_'));
                let base = base.or_else(|| name.strip_prefix(word)?.strip_prefix('_'));
                let base = base.filter(|base| !["n", "fan", "dim", "d", "size"].contains(base));
                base.map_or(name.clone(), str::to_owned)
            });
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        if has(&["layers", "sizes", "dims", "architecture", "topology"]) {
            return Value::list([inputs, HIDDEN, outputs].map(Value::whole).to_vec());
        }
        let size = match () {
            () if has(&["epoch", "iter", "steps", "rounds"]) => Some(2),
            () if has(&["batch", "n_samples", "num_samples"]) => Some(ROWS),
            () if has(&["hidden", "n_h", "nodes", "neuron", "units"]) || lower == "nh" => Some(HIDDEN),
            () if has(&["output", "n_y", "n_out", "class", "out_feat", "fan_out", "dim_out", "out_dim"])
                || ["ny", "k"].contains(&&*lower) =>
            {
                Some(outputs)
            }
            () if has(&["input", "n_x", "n_in", "feature", "n_dim", "in_feat", "fan_in", "dim"])
                || ["nx", "d"].contains(&&*lower) =>
            {
                Some(inputs)
            }
            () if has(&["seed"]) => Some(1),
            () => None,
        };
        if let Some(size) = size {
            return Value::whole(size);
        }
        if ["train", "training", "is_train", "is_training"].contains(&&*lower) {
            return Value::Number(Number::truth(true));
        }
        if has(&["verbose", "print", "plot", "debug", "show"]) {
            return Value::Number(Number::truth(false));
        }
        // What is asked for by keys is a dictionary of them.
        // Taken out for the while, so that none asks for itself by way of others.
        if let Some((name, keys)) = self.keys.remove_entry(name) {
            let named = |key: &&'a str| (super::value::Key::Text((*key).to_owned()), self.argument(key));
            let items: IndexMap<_, _> = keys.iter().map(named).collect();
            self.keys.insert(name, keys);
            return Value::dict(items);
        }
        let shape = match &*lower {
            _ if names::is_parameter(&lower) => data.inputs.map(|inputs| match data.targets {
                Targets::Flat => vec![inputs],
                Targets::Column if data.by_columns => vec![outputs, inputs],
                _ => vec![inputs, outputs],
            }),
            "b" | "bias" | "biases" | "b2" if data.is_single => Some(vec![outputs]),
            "b1" if data.is_single => Some(vec![HIDDEN]),
            "b" | "bias" | "biases" if outputs > 1 && data.by_columns => Some(vec![outputs, 1]),
            "b" | "bias" | "biases" if outputs > 1 => Some(vec![outputs]),
            "w1" if data.by_columns => Some(vec![HIDDEN, inputs]),
            "w1" => Some(vec![inputs, HIDDEN]),
            "w2" if data.by_columns => Some(vec![outputs, HIDDEN]),
            "w2" => Some(vec![HIDDEN, outputs]),
            "b1" if data.by_columns => Some(vec![HIDDEN, 1]),
            "b1" => Some(vec![1, HIDDEN]),
            "b2" if data.by_columns => Some(vec![outputs, 1]),
            "b2" => Some(vec![1, outputs]),
            _ => None,
        };
        let is_matrix = shape.is_some() || names::is_parameter(&lower);
        let shape = shape.filter(|_| data.inputs.is_some()).unwrap_or_default();
        let count = shape.iter().product();
        let numbers = (0..count).map(|_| self.draw(true)).collect();
        let value = Value::filled(&shape, numbers);
        let place = self.place;
        let value = self.freed(value, name, place);
        let node = value.number().filter(|_| is_matrix).and_then(|number| self.numbers.node(number));
        self.supposed_single.extend(node);
        value
    }

    /// Whether a number is a parameter that is supposed to be one: a product of matrices asks for more.
    pub(super) fn is_supposed_single(&self, value: &Value<'a>) -> bool {
        let node = value.number().and_then(|number| self.numbers.node(number));
        node.is_some_and(|node| self.supposed_single.contains(&node))
    }

    /// Arguments for what a function has to be given.
    pub(super) fn arguments(&mut self, function: &Function<'a>) -> Vec<Value<'a>> {
        let asked = function.asked();
        asked.iter().map(|name| self.argument_beside(name, &asked)).collect()
    }

    /// An object of a class, made of what it has to be given.
    pub(super) fn object(&mut self, class: &Rc<Class<'a>>) -> Value<'a> {
        let init = class.get("__init__").and_then(|init| init.function());
        let arguments = init.map_or(vec![], |init| {
            self.place = init.place;
            self.arguments(&init)
        });
        self.invoke(Value::Class(class.clone()), arguments, vec![])
    }

    pub(super) fn was_run(&self, function: &Rc<Function<'a>>) -> bool {
        self.ran.contains(&Rc::as_ptr(function).cast())
    }

    /// Arrays of the file whose product with supposed data does not fit say how many inputs those have. What is computed of
    /// the data says nothing.
    pub(super) fn learn_inputs(&mut self, a: &ArrayD<Number<'a>>, b: &ArrayD<Number<'a>>) {
        let Some(data) = self.supposed.data else { return };
        let is_given =
            |array: &ArrayD<Number<'a>>| array.iter().all(|number| !number.free || self.numbers.is_input(*number));
        let asked = match (a.shape(), b.shape()) {
            (&[ROWS, inner], &[height, ..]) if !data.by_columns && Some(inner) == data.inputs && is_given(b) => height,
            (&[.., width], &[height, ROWS]) if data.by_columns && Some(height) == data.inputs && is_given(a) => width,
            _ => return,
        };
        self.sizes.inputs = self.sizes.inputs.or(Some(asked).filter(|asked| *asked > 0));
    }

    /// Whether targets that are supposed stand beside more numbers than they are, and are no single one.
    pub(super) fn spreads(&self, targets: &Value<'a>, others: &Value<'a>) -> bool {
        if self.supposed.data.is_none() {
            return false;
        }
        let (Value::Array(targets), Value::Array(others)) = (targets, others) else { return false };
        let (targets, others) = (targets.borrow(), others.borrow());
        let is_target = |name: &str| self.data.contains_key(name) && names::is_target(name);
        targets.len() > 1
            && others.len() > targets.len()
            && targets.first().and_then(|first| self.numbers.name_of(*first)).map(names::whole).is_some_and(is_target)
    }

    /// Arrays of the file that stand beside supposed targets and do not fit say how many outputs there are.
    pub(super) fn learn_outputs(&mut self, a: &[usize], b: &[usize]) {
        let Some(data) = self.supposed.data else { return };
        let both = match (a, b) {
            (&[ROWS, one], &[ROWS, other]) if !data.by_columns => [one, other],
            (&[one, ROWS], &[other, ROWS]) if data.by_columns => [one, other],
            _ => return,
        };
        let asked = both.into_iter().find(|&size| size != data.outputs && size > 0);
        self.sizes.outputs = self.sizes.outputs.or(asked);
    }
}

/// Names of what a model should say.
fn is_answers(name: &str) -> bool {
    let lower = name.to_lowercase();
    ["y", "ys", "labels", "outputs", "answers"].contains(&lower.as_str())
        || ["ytrain", "ytest", "ybatch"].contains(&lower.replace('_', "").as_str())
}

/// What was run: each function by where it stands in memory.
pub(super) type Ran = HashSet<*const ()>;
