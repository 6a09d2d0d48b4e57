//! An interpreter: runs a file's syntax tree on numbers that record, and writes down every assignment.
//!
//! Structure (ranges, shapes, indices) is decided by the numbers of the file; formulas are recorded for all numbers. A
//! loop that trains is run once, with everything that it changes free. What is not known here is opaque, never an error.

mod branch;
mod call;
mod changes;
mod expression;
mod free;
mod helper;
mod in_place;
mod index;
mod layer;
mod left_out;
mod library;
mod loaded;
mod loops;
mod number;
mod pair;
mod rest;
mod rounds;
mod said;
mod statement;
mod step;
mod suppose;
mod text;
mod training;
mod turns;
mod value;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use indexmap::IndexMap;
use petgraph::graph::NodeIndex;
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::{Ranged, TextRange};

use crate::graph::Recorder;
use branch::Slot;
use value::{Class, Names};

pub(super) use changes::named_in;
pub(super) use number::{Free, Kind, Number, Numbers};
pub(super) use rounds::uses;
pub(super) use suppose::{Data, Sizes, Supposed};
pub(super) use value::{Value, element};

/// How many operations are recorded, and how many elements an array may have.
const MOST: [usize; 2] = [200_000, 100_000];
/// How deep functions may call each other, and how deep anything may nest.
const DEEPEST: [usize; 2] = [60, 600];

/// One assignment.
pub(super) struct Assigned<'a> {
    /// The name: of a variable, an attribute, or a text key.
    pub(super) name: String,
    pub(super) value: Value<'a>,
    /// For a step of training, what the parameter is called and what it was before.
    pub(super) step: Option<(String, Value<'a>)>,
    /// Where the file says of what it is the derivative, and by what: their names.
    pub(super) told: Option<(String, String)>,
    /// The statement, and the expression in it.
    pub(super) place: TextRange,
    pub(super) right: TextRange,
}

/// What a run found.
pub(super) struct Run<'a> {
    pub(super) log: Vec<Assigned<'a>>,
    /// What is out of reach: name, place, reason.
    pub(super) opaque: Vec<(String, usize, Rc<str>)>,
    pub(super) numbers: Numbers<'a>,
    pub(super) sizes: Sizes,
    /// How many expressions were run.
    pub(super) steps: usize,
    /// How much was written down before each way to do something that a loop goes through.
    pub(super) ways: Vec<usize>,
    /// Where loops start that train.
    pub(super) trained: BTreeSet<usize>,
    /// What was run though the round that was looked at does not take it.
    pub(super) turns: Vec<TextRange>,
}

enum Flow<'a> {
    Next,
    Return(Value<'a>),
    Break,
    Continue,
    Stop,
}

pub(super) struct Interpreter<'a> {
    text: &'a str,
    numbers: Numbers<'a>,
    scopes: Vec<Names<'a>>,
    /// Names of a function that are those of a scope around it.
    globals: Vec<HashMap<&'a str, Names<'a>>>,
    /// The bodies of the functions that run, the innermost last, and whether each is given anything that is free.
    calls: Vec<(value::Body<'a>, bool)>,
    /// What each body hands out or takes steps of, by where it stands in memory.
    handed_out: HashMap<*const Stmt, Rc<BTreeSet<&'a str>>>,
    /// What generators have yielded so far.
    yielded: Vec<Vec<Value<'a>>>,
    depth: usize,
    steps: usize,
    limit: usize,
    log: Vec<Assigned<'a>>,
    ways: Vec<usize>,
    trained: BTreeSet<usize>,
    turns: Vec<TextRange>,
    /// The trainings that are run, the innermost last.
    trainings: Vec<turns::Training<'a>>,
    /// How much of the log was looked through for the names that it assigns, and those.
    assigned: (usize, HashSet<String>),
    opaque: Vec<(String, usize, Rc<str>)>,
    bodies: HashMap<&'a str, Vec<&'a [Stmt]>>,
    /// The numbers that are written in formulas of the file, by their bits; small whole numbers and a half aside.
    written: HashSet<u64>,
    /// Where something is added to what is a sum, whatever it is made of.
    sums: Rc<BTreeSet<usize>>,
    /// What the file takes steps of, and whether it gives anything the name of a derivative.
    stepped: BTreeSet<&'a str>,
    derives_by_name: bool,
    /// What steps are multiplied by.
    rates: BTreeSet<&'a str>,
    /// The text keys that each name is asked for anywhere in the file.
    keys: HashMap<&'a str, BTreeSet<&'a str>>,
    /// What is changed in place anywhere in the file, and the parts of arrays that are known.
    spoiled: BTreeSet<&'a str>,
    parts: Vec<in_place::Part<'a>>,
    objects: Vec<Names<'a>>,
    journal: Vec<Vec<(Slot<'a>, Option<Value<'a>>)>>,
    /// The class of the method that runs, and the object, for `super()`.
    classes: Vec<(Rc<Class<'a>>, Value<'a>)>,
    random: fastrand::Rng,
    place: usize,
    /// How much was written down when elements of a list or an array were last set, by a step or under one of its names.
    frozen: HashMap<(*const (), Option<String>), usize>,
    /// What was returned last, as it is written.
    returned: Option<&'a Expr>,
    /// Whether a loss runs with what its gradient was given.
    is_paired: bool,
    /// Whether all names of numpy or `math` were imported.
    has_stars: bool,
    supposed: Supposed,
    sizes: Sizes,
    /// Data that were supposed, by name.
    data: HashMap<String, Value<'a>>,
    ran: suppose::Ran,
    /// Parameters that are supposed to be one number.
    supposed_single: HashSet<NodeIndex>,
}

/// Runs a file up to so many expressions, with what is supposed where it does not say; numbers in `structural` are no longer
/// free.
pub(super) fn run<'a>(
    (text, body): (&'a str, &'a [Stmt]),
    recorder: &'a Recorder,
    structural: BTreeSet<String>,
    supposed: Supposed,
    limit: usize,
) -> Run<'a> {
    let mut interpreter = Interpreter {
        text,
        numbers: Numbers::new(recorder, structural),
        scopes: vec![scope()],
        globals: vec![HashMap::new()],
        calls: Vec::new(),
        handed_out: HashMap::new(),
        yielded: Vec::new(),
        depth: 0,
        steps: 0,
        limit,
        log: Vec::new(),
        ways: Vec::new(),
        trained: BTreeSet::new(),
        turns: Vec::new(),
        trainings: Vec::new(),
        assigned: Default::default(),
        opaque: Vec::new(),
        bodies: HashMap::new(),
        written: HashSet::new(),
        sums: Default::default(),
        stepped: BTreeSet::new(),
        derives_by_name: false,
        rates: BTreeSet::new(),
        keys: HashMap::new(),
        spoiled: BTreeSet::new(),
        parts: Vec::new(),
        objects: Vec::new(),
        journal: Vec::new(),
        classes: Vec::new(),
        random: fastrand::Rng::with_seed(1),
        place: 0,
        frozen: HashMap::new(),
        returned: None,
        is_paired: false,
        has_stars: text.contains("#pylab"),
        supposed,
        sizes: Sizes::default(),
        data: HashMap::new(),
        ran: suppose::Ran::new(),
        supposed_single: HashSet::new(),
    };
    interpreter.learn_bodies(body);
    interpreter.block(body);
    if supposed.data.is_some() {
        interpreter.call_the_rest();
    }
    interpreter.call_pairs();
    let Interpreter { log, opaque, numbers, sizes, steps, ways, trained, turns, .. } = interpreter;
    Run { log, opaque, numbers, sizes, steps, ways, trained, turns }
}

fn scope<'a>() -> Names<'a> {
    Rc::new(RefCell::new(IndexMap::new()))
}

impl<'a> Interpreter<'a> {
    fn is_exhausted(&self) -> bool {
        self.steps > self.limit || self.numbers.operations > MOST[0]
    }

    fn words(&self, range: TextRange) -> &'a str {
        self.text.get(std::ops::Range::<usize>::from(range)).unwrap_or_default()
    }

    fn evaluate(&mut self, expression: &'a Expr) -> Value<'a> {
        self.steps += 1;
        if self.is_exhausted() {
            return Value::opaque("the file computes too much to be followed up to here");
        }
        if self.depth >= DEEPEST[1] {
            return Value::opaque("this nests too deep");
        }
        self.depth += 1;
        let around = std::mem::replace(&mut self.place, expression.start().into());
        let value = self.expression(expression);
        self.place = around;
        self.depth -= 1;
        value
    }

    /// A name has this value from here on, which is no assignment of the file.
    fn note(&mut self, name: &str, value: Value<'a>) {
        if matches!(value, Value::Number(_) | Value::Array(_) | Value::List(_)) {
            let nowhere = TextRange::default();
            self.log.push(Assigned {
                name: name.to_owned(),
                value,
                step: None,
                told: None,
                place: nowhere,
                right: nowhere,
            });
        }
    }

    /// Whether a statement that was run assigns this name.
    fn is_assigned(&mut self, name: &str) -> bool {
        let (seen, names) = &mut self.assigned;
        let new = self.log.iter().skip(*seen).filter(|entry| !entry.right.is_empty());
        names.extend(new.map(|entry| entry.name.clone()));
        *seen = self.log.len();
        names.contains(name)
    }

    fn lookup(&self, name: &str) -> Option<Value<'a>> {
        self.scopes.iter().rev().find_map(|scope| scope.borrow().get(name).cloned())
    }

    /// A whole number that decides structure.
    fn size(&mut self, value: &Value<'a>) -> Option<i64> {
        match value {
            Value::Number(number) => {
                let number = self.numbers.structure(*number);
                (number.value.fract() == 0.0 && number.value.abs() < 1e9).then_some(number.value as i64)
            }
            _ => None,
        }
    }

    fn items(&mut self, value: &Value<'a>) -> Result<Vec<Value<'a>>, Rc<str>> {
        match value {
            Value::List(list) => Ok(list.borrow().clone()),
            Value::Tuple(items) => Ok(items.to_vec()),
            Value::Dict(dict) => Ok(dict.borrow().keys().map(key_value).collect()),
            Value::Text(text) => Ok(text.chars().map(|letter| Value::Text(letter.to_string().into())).collect()),
            Value::Array(array) => {
                let array = array.borrow();
                let rows = array.outer_iter().map(|row| Value::array(row.to_owned()));
                Ok(rows.map(|row| if array.is_matrix { row.matrix() } else { row }).collect())
            }
            Value::Masked(_) => {
                let picked = self.picked(value);
                self.items(&picked)
            }
            Value::Opaque(why) => Err(why.clone()),
            _ => Err("this cannot be gone through".into()),
        }
    }
}

fn key_value<'a>(key: &value::Key) -> Value<'a> {
    match key {
        value::Key::Text(text) => Value::Text(text.as_str().into()),
        value::Key::Whole(whole) => Value::Number(Number::fixed(*whole as f64)),
        value::Key::Many(keys) => Value::tuple(keys.iter().map(key_value).collect()),
    }
}
