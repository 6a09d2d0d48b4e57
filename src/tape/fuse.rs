//! Fusion: sums of products become one step each, over steps in a row.

use std::ops::Range;

use petgraph::unionfind::UnionFind;

use crate::op::{Binary, Unary};
use crate::tape::alike::{self, Found};
use crate::tape::{ABSENT, Dot, Order, Part, Places, Step, Tape};

impl Tape {
    /// The same formula in fewer steps, for speed: each sum of products, `b + a₀·b₀ + a₁·b₁ + …` with the bias first,
    /// last or nowhere, becomes one step with the relu after it, and a square becomes a product. Of a long sum, terms that
    /// are one formula on other numbers, such as the losses of many samples, are swept side by side.
    ///
    /// Outputs are bit for bit those of the unfused tape, on every kind of number; adjoints are added up in another
    /// order. Only inputs, outputs, and what is not part of such a sum or term, keep a number of their own.
    ///
    /// ```
    /// use chainrule::{Graph, Scalar};
    /// let tape = Graph::record(["w", "v", "x", "y", "b"], |[w, v, x, y, b]| (b + w * x + v * y).relu()).compile();
    /// let fused = tape.clone().fuse();
    /// assert_eq!((tape.steps().len(), fused.steps().len()), (10, 6)); // the inputs and one sum
    /// let point = [0.1, 0.2, 0.3, 0.4, 0.5];
    /// assert_eq!(fused.gradient(&point), tape.gradient(&point));
    /// ```
    #[must_use]
    pub fn fuse(self) -> Self {
        let mut fusion = Fusion::new(self, |_| false);
        fusion.find_alike();
        fusion.unshared(|_| true)
    }

    /// As [`fuse`](Self::fuse), with adjoints only of what depends on an input that `moves`.
    #[must_use]
    pub(crate) fn fuse_where(self, moves: impl Fn(usize) -> bool) -> Self {
        Fusion::new(self, |_| false).unshared(moves)
    }

    /// As [`fuse`](Self::fuse), for rows side by side: what depends on no row stands in front, and only inputs that
    /// `move` have adjoints.
    #[must_use]
    pub(crate) fn fuse_for(self, is_row: impl Fn(usize) -> bool, moves: impl Fn(usize) -> bool) -> Self {
        let mut fused = Fusion::new(self, is_row).fuse();
        fused.plan_runs(moves);
        fused
    }

    /// The steps in front that are the same for all rows of a batch.
    pub(crate) fn shared(&self) -> (&[Step], &[Part]) {
        (&self.steps[..self.shared], &self.plan.parts[..self.shared])
    }

    /// The steps that depend on a row of a batch.
    pub(crate) fn rows(&self) -> (&[Step], &[Part]) {
        (&self.steps[self.shared..], &self.plan.parts[self.shared..])
    }

    /// How many operations the steps that depend on a row are.
    pub(crate) fn work(&self) -> usize {
        let products = |step: &Step| if let Step::Dot(dot) = step { dot.len.into() } else { 1 };
        self.rows().0.iter().map(products).sum()
    }
}

/// A sum of products while it is looked for.
struct Sum {
    order: Order,
    relu: bool,
    bias: u32,
    /// Where its products are among all.
    products: Range<usize>,
}

/// What becomes of each node, by its number.
struct Fusion {
    tape: Tape,
    /// Whether it stands behind: in a batch, what depends on a row; else, what the formulas that are alike do not need.
    is_behind: Vec<bool>,
    /// How many arguments and outputs it is; 0 where no output needs it.
    uses: Vec<u32>,
    /// Whether it is part of another's step.
    absorbed: Vec<bool>,
    /// Which of the sums it is; [`ABSENT`] where it is none.
    sum: Vec<u32>,
    sums: Vec<Sum>,
    products: Vec<[u32; 2]>,
    /// The node that has to stand after it; [`ABSENT`] where any may.
    next: Vec<u32>,
    /// The first node of the path that it stands in, once paths are known.
    head: Vec<u32>,
    /// Those that are formulas that are alike, one formula after the other.
    rows: Vec<u32>,
    /// Those that stand for others too.
    merged: Vec<u32>,
}

impl Fusion {
    fn new(mut tape: Tape, rows: impl Fn(usize) -> bool) -> Self {
        for at in 0..tape.steps.len() {
            if let Step::Binary(Binary::Pow, [x, exponent]) = tape.steps[at]
                && tape.steps[exponent as usize] == Step::Constant(2.0)
            {
                tape.steps[at] = Step::Binary(Binary::Mul, [x, x]); // the row of the table computes it so
            }
        }
        let steps = &tape.steps;
        let mut is_row: Vec<bool> = Vec::with_capacity(steps.len());
        for step in steps {
            is_row.push(match *step {
                Step::Input(position) => rows(position as usize),
                _ => step.arguments().iter().any(|&argument| is_row[argument as usize]),
            });
        }
        let count = steps.len();
        let mut fusion = Self {
            tape,
            is_behind: is_row,
            uses: vec![],
            absorbed: vec![false; count],
            sum: vec![ABSENT; count],
            sums: vec![],
            products: vec![],
            next: vec![ABSENT; count],
            head: vec![ABSENT; count],
            rows: vec![],
            merged: vec![],
        };
        fusion.count_uses();
        fusion
    }

    fn count_uses(&mut self) {
        let mut uses = vec![0; self.tape.steps.len()];
        for output in self.tape.graph.outputs() {
            uses[output.index()] += 2; // nothing absorbs an output
        }
        for node in (0..uses.len()).rev() {
            if uses[node] > 0 {
                self.operands(node as u32).for_each(|operand| uses[operand as usize] += 1);
            }
        }
        self.uses = uses;
    }

    /// Makes a step of each of many formulas that are alike; what they are computed from stands in front.
    fn find_alike(&mut self) {
        for Found { alike, rows, merged } in alike::find(&self.tape.steps, &self.tape.plan.parts, &self.uses) {
            let formula = self.tape.alike.len() as u32;
            for (row, &node) in (0..).zip(&rows) {
                self.tape.steps[node as usize] = Step::Row(formula, row);
            }
            self.tape.alike.push(alike);
            self.rows.extend(rows);
            self.merged.extend(merged);
        }
        if self.rows.is_empty() {
            return;
        }
        self.count_uses();
        let mut is_behind = vec![true; self.uses.len()];
        for node in (0..self.uses.len()).rev().filter(|&node| self.uses[node] > 0) {
            if !is_behind[node] || matches!(self.tape.steps[node], Step::Row(..)) {
                self.operands(node as u32).for_each(|operand| is_behind[operand as usize] = false);
            }
        }
        self.is_behind = is_behind;
    }

    /// A tape without rows of a batch.
    fn unshared(self, moves: impl Fn(usize) -> bool) -> Tape {
        let mut fused = self.fuse();
        fused.shared = 0;
        fused.plan_runs(moves);
        fused
    }

    fn fuse(mut self) -> Tape {
        self.find_sums();
        self.find_paths();
        self.arrange()
    }

    /// The factors of a product that only one step asks for.
    fn product(&self, node: u32) -> Option<[u32; 2]> {
        match self.tape.steps[node as usize] {
            Step::Binary(Binary::Mul, factors) => Some(factors).filter(|_| self.uses[node as usize] == 1),
            _ => None,
        }
    }

    /// The arguments of an addition.
    fn addition(&self, node: u32) -> Option<[u32; 2]> {
        match self.tape.steps[node as usize] {
            Step::Binary(Binary::Add, arguments) => Some(arguments),
            _ => None,
        }
    }

    /// The arguments of an addition that only one step asks for.
    fn inner(&self, node: u32) -> Option<[u32; 2]> {
        self.addition(node).filter(|_| self.uses[node as usize] == 1)
    }

    fn find_sums(&mut self) {
        for node in (0..self.uses.len() as u32).rev() {
            if self.uses[node as usize] == 0 || self.absorbed[node as usize] {
                continue;
            }
            let found = match self.tape.steps[node as usize] {
                Step::Unary(Unary::Relu, [x]) if self.uses[x as usize] == 1 => {
                    self.find_sum(x).map(|sum| Sum { relu: true, ..sum }).inspect(|_| self.absorbed[x as usize] = true)
                }
                _ => self.find_sum(node),
            };
            if let Some(sum) = found {
                self.sum[node as usize] = self.sums.len() as u32;
                self.sums.push(sum);
            }
        }
    }

    /// The sum of products that ends with this addition.
    fn find_sum(&mut self, node: u32) -> Option<Sum> {
        let [a, b] = self.addition(node)?;
        let from = self.products.len();
        let (order, bias) = if self.product(b).is_some() {
            match self.take_left(node) {
                Some(bias) => (Order::BiasFirst, bias),
                None => (Order::NoBias, ABSENT),
            }
        } else if self.product(a).is_some() {
            (Order::BiasFirstTurned, self.take_right(node))
        } else if self.inner(a).is_some_and(|[_, b]| self.product(b).is_some()) && self.is_without_bias(a) {
            self.absorbed[a as usize] = true;
            self.take_left(a);
            (Order::BiasLast, b)
        } else {
            return None;
        };
        self.products[from..].reverse(); // they were found from the last to the first
        Some(Sum { order, relu: false, bias, products: from..self.products.len() })
    }

    /// Whether `… + p₂ + p₁`, taken apart from the right, ends in a product.
    fn is_without_bias(&self, mut node: u32) -> bool {
        while let Some([a, b]) = self.inner(node) {
            if self.product(b).is_none() {
                return false;
            }
            node = a;
        }
        self.product(node).is_some()
    }

    fn take(&mut self, product: u32) {
        self.products.push(self.product(product).expect("only products are taken"));
        self.absorbed[product as usize] = true;
    }

    /// Takes `((b + p₀) + p₁) + …` apart from the right; what is left is the bias.
    fn take_left(&mut self, mut node: u32) -> Option<u32> {
        loop {
            let [a, b] = self.addition(node).expect("a sum is additions");
            self.take(b);
            if self.product(a).is_some() {
                self.take(a);
                return None;
            }
            if self.inner(a).is_none_or(|[_, b]| self.product(b).is_none()) {
                return Some(a);
            }
            self.absorbed[a as usize] = true;
            node = a;
        }
    }

    /// Takes `… + (p₁ + (p₀ + b))` apart from the left; what is left is the bias.
    fn take_right(&mut self, mut node: u32) -> u32 {
        loop {
            let [a, b] = self.addition(node).expect("a sum is additions");
            self.take(a);
            let goes_on = |[a, b]: [u32; 2]| self.product(a).is_some() && self.product(b).is_none();
            if !self.inner(b).is_some_and(goes_on) {
                return b;
            }
            self.absorbed[b as usize] = true;
            node = b;
        }
    }

    /// Whether a node becomes a step.
    fn is_step(&self, node: usize) -> bool {
        self.uses[node] > 0 && !self.absorbed[node]
    }

    /// The nodes that a step takes its arguments from.
    fn operands(&self, node: u32) -> impl Iterator<Item = u32> {
        let sum = self.sums.get(self.sum[node as usize] as usize);
        let own = if sum.is_some() { &[] } else { self.tape.steps[node as usize].arguments() };
        let row = match self.tape.steps[node as usize] {
            Step::Row(formula, row) => Some(self.tape.alike[formula as usize].sources(row)),
            _ => None,
        };
        let bias = sum.map(|sum| sum.bias).filter(|&bias| bias != ABSENT);
        let products = sum.map_or(&[][..], |sum| &self.products[sum.products.clone()]);
        let row = row.into_iter().flatten().map(|source| source as u32);
        own.iter().copied().chain(bias).chain(products.iter().flatten().copied()).chain(row)
    }

    /// Strings nodes that are factors one after the other on paths: each path becomes a run of steps.
    ///
    /// Two paths join only where no node of one can depend on the other: each node has a level, the last from which
    /// all that need it can follow, and may come as early as just after the last step it needs; a path stands where all
    /// of its nodes may.
    fn find_paths(&mut self) {
        let count = self.uses.len();
        let (mut earliest, mut latest) = (vec![0_u32; count], vec![count as u32; count]);
        for node in (0..count).rev().filter(|&node| self.is_step(node)) {
            for operand in self.operands(node as u32) {
                latest[operand as usize] = latest[operand as usize].min(latest[node] - 1);
            }
        }
        for node in (0..count).filter(|&node| self.is_step(node)) {
            let below = self.operands(node as u32).map(|operand| latest[operand as usize] + 1).max();
            earliest[node] = below.unwrap_or(0);
        }
        let mut paths = UnionFind::<u32>::new(count);
        let mut has_before = vec![false; count];
        for sum in (0..self.sums.len()).rev() {
            let products = &self.products[self.sums[sum].products.clone()];
            for [first, second] in products.array_windows() {
                for [node, after] in [[first[0], second[0]], [first[1], second[1]]] {
                    let [path, other] = [node, after].map(|node| paths.find_mut(node) as usize);
                    let level = (earliest[path].max(earliest[other]), latest[path].min(latest[other]));
                    let joins = path != other
                        && self.next[node as usize] == ABSENT
                        && !has_before[after as usize]
                        && self.is_behind[node as usize] == self.is_behind[after as usize]
                        && level.0 <= level.1;
                    if joins {
                        paths.union(node, after);
                        let path = paths.find_mut(node) as usize;
                        (earliest[path], latest[path]) = level;
                        self.next[node as usize] = after;
                        has_before[after as usize] = true;
                    }
                }
            }
        }
        let heads: Vec<usize> = (0..count).filter(|&node| self.is_step(node) && !has_before[node]).collect();
        for head in heads {
            let mut node = head as u32;
            while node != ABSENT {
                self.head[node as usize] = head as u32;
                node = self.next[node as usize];
            }
        }
    }

    /// The nodes of a path.
    fn path(&self, head: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(Some(head), |&node| Some(self.next[node as usize]).filter(|&next| next != ABSENT))
    }

    /// Writes the steps down: what is shared by all rows first, then in recorded order, each path in one piece.
    fn arrange(self) -> Tape {
        let count = self.uses.len();
        let mut places = Places { steps: vec![ABSENT; count], nodes: vec![] };
        let (mut steps, mut shared, mut waiting) = (vec![], 0, vec![]);
        for is_behind in [false, true] {
            if is_behind {
                shared = steps.len();
                for &node in &self.rows {
                    places.steps[node as usize] = steps.len() as u32;
                    places.nodes.push(node);
                    steps.push(self.tape.steps[node as usize]);
                }
            }
            for node in (0..count).filter(|&node| self.is_step(node) && self.is_behind[node] == is_behind) {
                waiting.push(self.head[node]);
                while let Some(&head) = waiting.last() {
                    let before = waiting.len();
                    if places.steps[head as usize] == ABSENT {
                        let operands = self.path(head).flat_map(|node| self.operands(node));
                        let missing = operands.filter(|&operand| places.steps[operand as usize] == ABSENT);
                        waiting.extend(missing.map(|operand| self.head[operand as usize]));
                    }
                    if waiting.len() > before {
                        waiting[before..].reverse();
                        continue;
                    }
                    waiting.pop();
                    if places.steps[head as usize] == ABSENT {
                        self.write(head, shared, &mut steps, &mut places);
                    }
                }
            }
        }
        let mut tape = Tape::new(self.tape.graph, steps);
        tape.shared = shared;
        if !self.rows.is_empty() {
            tape.rows = shared..shared + self.rows.len();
        }
        tape.alike = self.tape.alike;
        tape.alike.iter_mut().for_each(|alike| alike.place(|node| places.steps[node as usize]));
        self.merged.iter().for_each(|&node| places.steps[node as usize] = ABSENT);
        tape.places = Some(places);
        tape
    }

    /// Writes a path. A sum whose factors are not in a row takes further steps, in front of the path.
    fn write(&self, head: u32, shared: usize, steps: &mut Vec<Step>, places: &mut Places) {
        let mut last = Vec::new();
        for node in self.path(head) {
            let place = |node: u32| places.steps[node as usize];
            let mut parts = match self.sums.get(self.sum[node as usize] as usize) {
                Some(sum) => self.parts(sum, place, shared as u32, steps.len() as u32),
                None => vec![self.tape.steps[node as usize].renumbered(place)],
            };
            last.extend(parts.pop());
            places.nodes.resize(places.nodes.len() + parts.len(), node);
            steps.append(&mut parts);
        }
        for (node, step) in self.path(head).zip(last) {
            places.steps[node as usize] = steps.len() as u32;
            places.nodes.push(node);
            steps.push(step);
        }
    }

    /// The steps of a sum, where the next step is number `at`: one for each stretch of factors in a row.
    fn parts(&self, sum: &Sum, place: impl Fn(u32) -> u32, shared: u32, at: u32) -> Vec<Step> {
        let follows = |[x, y]: [u32; 2]| x + 1 == y && y != shared;
        let products: Vec<_> = self.products[sum.products.clone()].iter().map(|factors| factors.map(&place)).collect();
        let mut parts = Vec::new();
        let mut order = if sum.order == Order::BiasLast { Order::NoBias } else { sum.order };
        let mut bias = if order == Order::NoBias { ABSENT } else { place(sum.bias) };
        for run in products.chunk_by(|x, y| follows([x[0], y[0]]) && follows([x[1], y[1]])) {
            for run in run.chunks(u8::MAX.into()) {
                parts.push(Dot { a: run[0][0], b: run[0][1], bias, len: run.len() as u8, order, relu: false });
                bias = at + parts.len() as u32 - 1;
                order = if order == Order::BiasFirstTurned { order } else { Order::BiasFirst };
            }
        }
        let mut steps: Vec<Step> = Vec::new();
        match &mut parts[..] {
            [only] if sum.order == Order::BiasLast => {
                *only = Dot { bias: place(sum.bias), order: sum.order, relu: sum.relu, ..*only };
                steps.push(Step::Dot(*only));
            }
            _ if sum.order == Order::BiasLast => {
                steps.extend(parts.into_iter().map(Step::Dot));
                steps.push(Step::Binary(Binary::Add, [bias, place(sum.bias)]));
                if sum.relu {
                    steps.push(Step::Unary(Unary::Relu, [at + steps.len() as u32 - 1]));
                }
            }
            [.., last] => {
                last.relu = sum.relu;
                steps.extend(parts.into_iter().map(Step::Dot));
            }
            [] => {}
        }
        steps
    }
}
