//! Numbers of a file: the value that each has there, and the formula that it comes from.

use std::collections::{BTreeSet, HashMap, HashSet};

use petgraph::graph::NodeIndex;

use crate::graph::{Node, Recorder, Var};
use crate::op::{Binary, Scalar, Unary};
use crate::python::names;

/// What Python would call it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::python) enum Kind {
    Whole,
    Float,
    Truth,
}

/// A number: what it is in the file, and as a formula of what is free.
#[derive(Clone, Copy)]
pub(in crate::python) struct Number<'a> {
    pub(in crate::python) value: f64,
    pub(in crate::python) var: Var<'a>,
    pub(in crate::python) kind: Kind,
    /// Whether it depends on anything free.
    pub(in crate::python) free: bool,
    /// Whether it is made of literals alone, so that a name that is given it is free.
    pub(in crate::python) literal: bool,
    /// Whether it is drawn at random: what it is multiplied by does not matter.
    pub(in crate::python) drawn: bool,
    /// The condition that it says, where that depends on what is free.
    pub(in crate::python) test: Option<usize>,
}

impl<'a> Number<'a> {
    /// What depends on something free.
    fn formula(value: f64, var: Var<'a>, kind: Kind) -> Self {
        Self { value, var, kind, free: true, literal: false, drawn: false, test: None }
    }

    pub(in crate::python) fn literal(value: f64, kind: Kind) -> Self {
        Self { value, var: Var::constant(value), kind, free: false, literal: true, drawn: false, test: None }
    }

    /// A number that the structure of the file gives: a length, an index.
    pub(in crate::python) fn fixed(value: f64) -> Self {
        Self { literal: false, ..Self::literal(value, Kind::Whole) }
    }

    pub(in crate::python) fn truth(holds: bool) -> Self {
        Self { literal: false, ..Self::literal(f64::from(u8::from(holds)), Kind::Truth) }
    }
}

/// What is added to a chance in its logarithm is no larger.
const SMALL: f64 = 1e-4;

/// How far a number is bounded on one side where its exponential is still a number.
const FAR: f64 = 20.0;

/// A tiny literal guards against a division by zero or a logarithm of it: it is no part of the formula.
pub(super) fn is_guard(x: Number<'_>) -> bool {
    !x.free && 0.0 < x.value && x.value <= 1e-6
}

/// A literal just beside 1 guards in the same way.
pub(super) fn is_beside_1(x: Number<'_>) -> bool {
    !x.free && x.value != 1.0 && (x.value - 1.0).abs() <= 1e-6
}

/// A literal so far out guards against overflow: `max(-500, x)`.
fn is_far(op: Binary, x: Number<'_>) -> bool {
    !x.free && if op == Binary::Max { x.value <= -FAR } else { x.value >= FAR }
}

fn unguarded(x: Number<'_>) -> Number<'_> {
    if is_beside_1(x) { Number { value: 1.0, var: Var::constant(1.0), ..x } } else { x }
}

/// A condition on what is free.
#[derive(Clone, Copy)]
enum Test<'a> {
    Positive(Var<'a>),
    Not(usize),
    Both(usize, usize),
}

/// A free number.
pub(in crate::python) struct Free {
    pub(in crate::python) name: String,
    pub(in crate::python) key: String,
    pub(in crate::python) value: f64,
    pub(in crate::python) node: NodeIndex,
    /// Whether a variable in a function is given it.
    pub(super) is_local: bool,
}

/// All numbers of a run.
pub(in crate::python) struct Numbers<'a> {
    pub(in crate::python) recorder: &'a Recorder,
    tests: Vec<Test<'a>>,
    pub(in crate::python) inputs: Vec<Free>,
    /// What was recorded already: the same operation on the same numbers is the same node.
    unaries: HashMap<(Unary, NodeIndex), Var<'a>>,
    binaries: HashMap<(Binary, [NodeIndex; 2]), Var<'a>>,
    literals: HashMap<u64, Var<'a>>,
    used: HashSet<NodeIndex>,
    /// What a loop remembers from round to round, and trains nothing by.
    pub(in crate::python) kept: HashSet<NodeIndex>,
    known: HashMap<NodeIndex, usize>,
    /// What steers structure, by key.
    pub(in crate::python) structural: BTreeSet<String>,
    pub(in crate::python) operations: usize,
    /// What loops go through: the smallest and the largest number of each.
    pub(in crate::python) spans: HashMap<NodeIndex, [f64; 2]>,
    /// What the names of derivatives say that they are by.
    pub(super) derived: BTreeSet<String>,
    /// Whether a forward pass runs: what it gives names to is the same when it runs again.
    pub(super) is_pass: bool,
    passed: HashMap<(String, u64), NodeIndex>,
}

impl<'a> Numbers<'a> {
    pub(super) fn new(recorder: &'a Recorder, structural: BTreeSet<String>) -> Self {
        let (tests, inputs, used, known) = Default::default();
        let (unaries, binaries, literals, kept) = Default::default();
        Self {
            recorder,
            tests,
            inputs,
            unaries,
            binaries,
            literals,
            used,
            kept,
            known,
            structural,
            operations: 0,
            spans: HashMap::new(),
            derived: BTreeSet::new(),
            is_pass: false,
            passed: HashMap::new(),
        }
    }

    pub(in crate::python) fn node(&self, number: Number<'a>) -> Option<NodeIndex> {
        number.free.then(|| self.recorder.node(number.var))
    }

    fn record(&mut self, from: &[Number<'a>]) {
        self.operations += 1;
        let arguments: Vec<NodeIndex> = from.iter().filter_map(|number| self.node(*number)).collect();
        self.used.extend(arguments);
    }

    pub(in crate::python) fn unary(&mut self, op: Unary, x: Number<'a>) -> Number<'a> {
        let value = op.value(x.value);
        let exact = op == Unary::Neg || op == Unary::Abs;
        let kind = if exact { x.kind } else { Kind::Float };
        if !x.free {
            let is_literal = exact && x.var.is_literal();
            let var = if is_literal { Var::constant(value) } else { Var::unary(op, self.lifted(x)) };
            return Number { value, var, kind, test: None, ..x };
        }
        let x = if matches!(op, Unary::Ln | Unary::Log2 | Unary::Log10) { self.unguarded_in_logarithm(x) } else { x };
        let var = self.unary_of(op, x.var);
        self.record(&[x]);
        Number::formula(value, var, kind)
    }

    /// A small number that is added in a logarithm guards it: `np.log(p + 1e-5)`, or `epsilon`.
    fn unguarded_in_logarithm(&self, x: Number<'a>) -> Number<'a> {
        let is_small = |node: NodeIndex| match self.recorder.look(node).0 {
            Node::Constant(value) => 0.0 < value && value <= SMALL,
            Node::Input(_) => self.known.get(&node).is_some_and(|&at| {
                let Free { name, value, .. } = &self.inputs[at];
                name.starts_with("eps") && 0.0 < *value && *value <= SMALL
            }),
            _ => false,
        };
        let node = self.recorder.node(x.var);
        let own = match (self.recorder.look(node).0, &*self.recorder.arguments(node)) {
            (Node::Binary(Binary::Add), &[own, small]) if is_small(small) => own,
            (Node::Binary(Binary::Add), &[small, own]) if is_small(small) => own,
            _ => return x,
        };
        Number { var: self.recorder.var(own), ..x }
    }

    fn lifted(&mut self, x: Number<'a>) -> Var<'a> {
        if x.var.is_literal() {
            let recorder = self.recorder;
            return *self.literals.entry(x.value.to_bits()).or_insert_with(|| recorder.constant(x.value));
        }
        x.var
    }

    fn unary_of(&mut self, op: Unary, x: Var<'a>) -> Var<'a> {
        let node = self.recorder.node(x);
        *self.unaries.entry((op, node)).or_insert_with(|| Var::unary(op, x))
    }

    fn binary_of(&mut self, op: Binary, a: Var<'a>, b: Var<'a>) -> Var<'a> {
        let nodes = [self.recorder.node(a), self.recorder.node(b)];
        *self.binaries.entry((op, nodes)).or_insert_with(|| Var::binary(op, a, b))
    }

    pub(in crate::python) fn binary(&mut self, op: Binary, a: Number<'a>, b: Number<'a>) -> Number<'a> {
        let value = op.value(a.value, b.value);
        let whole = a.kind != Kind::Float && b.kind != Kind::Float && op != Binary::Div && value.fract() == 0.0;
        let kind = if whole { Kind::Whole } else { Kind::Float };
        let drawn = a.drawn || b.drawn;
        let literal = a.literal && b.literal || drawn;
        if !a.free && !b.free {
            let exact = value.fract() == 0.0 && value.abs() < 1e9 && a.value.fract() == 0.0 && b.value.fract() == 0.0;
            let var = if exact { Var::constant(value) } else { Var::binary(op, self.lifted(a), self.lifted(b)) };
            return Number { value, var, kind, free: false, literal, drawn, test: None };
        }
        let (a, b) = (unguarded(a), unguarded(b));
        // 0 + x is x: that is how sums over lists begin.
        let is = |x: Number<'a>, value: f64| !x.free && x.value == value;
        match op {
            Binary::Add if is(a, 0.0) && !a.literal => return b,
            Binary::Add if is(b, 0.0) && !b.literal => return a,
            Binary::Add | Binary::Sub if is_guard(b) => return a,
            Binary::Add if is_guard(a) => return b,
            Binary::Max | Binary::Min if is_far(op, b) => return a,
            Binary::Max | Binary::Min if is_far(op, a) => return b,
            _ => {}
        }
        // 2.718281828 ** z is meant as exp z.
        let is_euler = (a.value - std::f64::consts::E).abs() < 1e-3;
        if op == Binary::Pow && !a.free && is_euler {
            return self.unary(Unary::Exp, b);
        }
        // What is derived by stands in an exponent as in any other place.
        if op == Binary::Pow && b.free && self.is_derived(b) {
            let logarithm = self.unary(Unary::Ln, a);
            let product = self.binary(Binary::Mul, b, logarithm);
            return self.unary(Unary::Exp, product);
        }
        let b = if op == Binary::Pow && b.free { self.structure(b) } else { b };
        if op == Binary::Pow && !a.free && !b.free {
            return self.binary(op, a, b);
        }
        let (x, y) = (self.lifted(a), self.lifted(b));
        let var = self.binary_of(op, x, y);
        self.record(&[a, b]);
        Number::formula(value, var, kind)
    }

    /// Whether a number is made of one that is derived by.
    fn is_derived(&self, number: Number<'a>) -> bool {
        let Some(node) = self.node(number).filter(|_| !self.derived.is_empty()) else { return false };
        let below = self.recorder.below([node]);
        below
            .ones()
            .map(NodeIndex::new)
            .any(|node| self.known.get(&node).is_some_and(|&at| self.derived.contains(&self.inputs[at].name)))
    }

    /// A number that decides structure is that number and no other.
    pub(super) fn structure(&mut self, number: Number<'a>) -> Number<'a> {
        let Some(node) = self.node(number) else { return number };
        if let Some(own) = self.known.get(&node) {
            self.structural.insert(self.inputs[*own].key.clone());
        } else {
            for node in self.recorder.below([node]).ones().map(NodeIndex::new) {
                self.structural.extend(self.known.get(&node).map(|own| self.inputs[*own].key.clone()));
            }
        }
        Number { kind: number.kind, ..Number::fixed(number.value) }
    }

    /// A target that is compared with a whole number, or one between two, is a label: it is that number and no other.
    pub(super) fn label(&mut self, number: Number<'a>, other: Number<'a>) -> Number<'a> {
        let is_whole = !other.free && (2.0 * other.value).fract() == 0.0 && number.value.fract() == 0.0;
        // One of the whole numbers in a table: `[(0.5, 1), (1.2, 0)]`, or `[(0.5, 1.0), (1.2, 0.0)]` where 1 is asked for.
        let is_one = number.value.abs() <= 1.0 && other.value == 1.0;
        let is_in_table = |name: &str| (number.kind == Kind::Whole || is_one) && name.contains(", ");
        let is_meant = |name: &str| names::is_target(names::whole(name)) || is_in_table(name);
        let is_label = is_whole && self.name_of(number).is_some_and(is_meant);
        if is_label { self.structure(number) } else { number }
    }

    /// The same number as an operation.
    pub(super) fn copied(&mut self, number: Number<'a>) -> Number<'a> {
        let var = self.recorder.constant(1.0) * number.var;
        self.record(&[number]);
        Number { var, ..number }
    }

    /// Whether a free number has this name, or is an element of what has.
    pub(super) fn is_known(&self, name: &str) -> bool {
        self.inputs.iter().any(|free| names::whole(&free.name) == name)
    }

    /// A free number of this name.
    pub(in crate::python) fn free(&mut self, name: &str, place: usize, value: f64, kind: Kind) -> Number<'a> {
        let key = format!("{place} {name}");
        if self.structural.contains(&key) {
            return Number { kind, ..Number::fixed(value) };
        }
        if let Some(&known) = self.passed.get(&(key.clone(), value.to_bits())).filter(|_| self.is_pass) {
            return Number::formula(value, self.recorder.var(known), kind);
        }
        let var = self.recorder.input(name);
        let node = self.recorder.node(var);
        if self.is_pass {
            self.passed.insert((key.clone(), value.to_bits()), node);
        }
        self.known.insert(node, self.inputs.len());
        self.inputs.push(Free { name: name.to_owned(), key, value, node, is_local: false });
        Number::formula(value, var, kind)
    }

    /// A free number that nothing was made of under the name of its object.
    pub(super) fn renamed(&mut self, number: Number<'a>, name: &str, place: usize) -> Number<'a> {
        let is_new = self.node(number).is_some_and(|node| !self.used.contains(&node));
        match self.name_of(number) {
            Some("data") if is_new => self.free(name, place, number.value, number.kind),
            _ => number,
        }
    }

    /// A free number is none that a sum starts at, even if nothing was made of it so far.
    pub(super) fn keep(&mut self, number: Number<'a>) {
        self.used.extend(self.node(number));
        self.kept.extend(self.node(number));
    }

    /// A free 0 that nothing was made of is where a sum starts.
    pub(super) fn settled(&self, number: Number<'a>) -> Number<'a> {
        let start = number.value == 0.0
            && self.node(number).is_some_and(|node| self.known.contains_key(&node) && !self.used.contains(&node));
        if start { Number { kind: number.kind, ..Number::fixed(0.0) } } else { number }
    }

    fn says(&mut self, holds: bool, test: Test<'a>) -> Number<'a> {
        self.tests.push(test);
        self.says_again(holds, self.tests.len() - 1)
    }

    /// The same of a condition that is known.
    fn says_again(&mut self, holds: bool, test: usize) -> Number<'a> {
        let [one, zero] = [1.0, 0.0].map(|value| Number::literal(value, Kind::Whole));
        let var = self.select(test, holds, one, zero);
        Number { kind: Kind::Truth, test: Some(test), ..var }
    }

    pub(super) fn positive(&mut self, a: Number<'a>, b: Number<'a>) -> Number<'a> {
        let holds = a.value > b.value;
        if !a.free && !b.free {
            return Number::truth(holds);
        }
        let zero = |x: Number<'a>| !x.free && x.value == 0.0;
        let difference = match (zero(a), zero(b)) {
            (_, true) => a,
            (true, _) => self.unary(Unary::Neg, b),
            _ => self.binary(Binary::Sub, a, b),
        };
        self.says(holds, Test::Positive(difference.var))
    }

    pub(super) fn not(&mut self, a: Number<'a>) -> Number<'a> {
        match a.test {
            None => Number::truth(a.value == 0.0),
            Some(test) => match self.tests[test] {
                Test::Not(inner) => self.says_again(a.value == 0.0, inner),
                _ => self.says(a.value == 0.0, Test::Not(test)),
            },
        }
    }

    pub(super) fn both(&mut self, a: Number<'a>, b: Number<'a>) -> Number<'a> {
        let no = |x: Number<'a>| x.value == 0.0;
        match (a.test, b.test) {
            (None, _) => {
                if no(a) {
                    Number::truth(false)
                } else {
                    b
                }
            }
            (_, None) => {
                if no(b) {
                    Number::truth(false)
                } else {
                    a
                }
            }
            (Some(p), Some(q)) if p == q => a,
            (Some(p), Some(q)) => self.says(!no(a) && !no(b), Test::Both(p, q)),
        }
    }

    pub(super) fn either(&mut self, a: Number<'a>, b: Number<'a>) -> Number<'a> {
        let (a, b) = (self.not(a), self.not(b));
        let neither = self.both(a, b);
        self.not(neither)
    }

    pub(super) fn equal(&mut self, a: Number<'a>, b: Number<'a>) -> Number<'a> {
        if !a.free && !b.free {
            return Number::truth(a.value == b.value);
        }
        let (above, below) = (self.positive(a, b), self.positive(b, a));
        let (above, below) = (self.not(above), self.not(below));
        self.both(above, below)
    }

    /// One of two numbers; neither leaks into the other.
    pub(super) fn select(&mut self, test: usize, holds: bool, a: Number<'a>, b: Number<'a>) -> Number<'a> {
        let value = if holds { a.value } else { b.value };
        let chosen = match self.tests[test] {
            Test::Not(inner) => self.select(inner, !holds, b, a),
            Test::Both(p, q) => {
                let inner = self.select(q, holds, a, b);
                self.select(p, holds, inner, b)
            }
            Test::Positive(condition) => {
                let zero = |x: Number<'a>| !x.free && x.value == 0.0;
                let from = Number::formula(0.0, condition, Kind::Float);
                let [x, y] = [a, b].map(|number| self.lifted(number));
                let then = (!zero(a)).then(|| self.binary_of(Binary::Gate, condition, x));
                let otherwise = (!zero(b)).then(|| self.binary_of(Binary::GateNot, condition, y));
                self.record(&[from, a, b]);
                match (then, otherwise) {
                    (Some(then), Some(otherwise)) => {
                        let parts = [Number { var: then, ..from }, Number { var: otherwise, ..from }];
                        let var = self.binary_of(Binary::Add, then, otherwise);
                        self.record(&parts);
                        Number { var, ..from }
                    }
                    (Some(var), None) | (None, Some(var)) => Number { var, ..from },
                    (None, None) => Number::fixed(0.0),
                }
            }
        };
        let kind = if a.kind == b.kind { a.kind } else { Kind::Float };
        Number { value, kind, test: None, ..chosen }
    }

    /// Gives a name to a formula that has none.
    pub(super) fn name(&self, number: Number<'a>, name: &str) {
        if number.free {
            let _ = number.var.named(name);
        }
    }
}

impl<'a> Numbers<'a> {
    /// What a number that is free itself is called.
    pub(super) fn name_of(&self, number: Number<'a>) -> Option<&str> {
        let at = self.known.get(&self.node(number)?)?;
        Some(&self.inputs[*at].name)
    }

    /// Whether a number is another one with something added or subtracted.
    pub(super) fn starts_from(&self, number: Number<'a>, other: Number<'a>) -> bool {
        let (Some(node), Some(other)) = (self.node(number), self.node(other)) else { return false };
        let is_sum = matches!(self.recorder.look(node).0, Node::Binary(Binary::Add | Binary::Sub));
        is_sum && self.recorder.arguments(node).first() == Some(&other)
    }

    /// Whether a number is free itself.
    pub(in crate::python) fn is_input(&self, number: Number<'a>) -> bool {
        self.name_of(number).is_some()
    }
}

impl<'a> Numbers<'a> {
    /// A literal in the graph.
    pub(super) fn constant(&self, value: f64) -> Var<'a> {
        self.recorder.constant(value)
    }
}

impl<'a> Numbers<'a> {
    /// The same number with other nodes in place of some that it is made of.
    pub(in crate::python) fn with(&mut self, node: NodeIndex, others: &HashMap<NodeIndex, NodeIndex>) -> NodeIndex {
        self.all_with(&[node], others)[0]
    }

    /// The same of several nodes.
    pub(in crate::python) fn all_with(
        &mut self,
        nodes: &[NodeIndex],
        others: &HashMap<NodeIndex, NodeIndex>,
    ) -> Vec<NodeIndex> {
        let below = self.recorder.below(nodes.iter().copied());
        let mut moved = others.clone();
        // Arguments come first.
        for node in below.ones().map(NodeIndex::new) {
            if moved.contains_key(&node) {
                continue;
            }
            let arguments = self.recorder.arguments(node);
            let [a, b] = [0, 1].map(|at| {
                let old = arguments.get(at).copied().unwrap_or(node);
                self.recorder.var(moved.get(&old).copied().unwrap_or(old))
            });
            let is_same = arguments.iter().all(|old| moved.get(old).is_none_or(|new| new == old));
            let var = match self.recorder.look(node).0 {
                _ if is_same => self.recorder.var(node),
                Node::Unary(op) => self.unary_of(op, a),
                Node::Binary(op) => self.binary_of(op, a, b),
                Node::Input(_) | Node::Constant(_) => self.recorder.var(node),
            };
            moved.insert(node, self.recorder.node(var));
        }
        nodes.iter().map(|node| moved[node]).collect()
    }
}
