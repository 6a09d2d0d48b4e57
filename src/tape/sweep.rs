//! The two loops: forward for values, backward for adjoints. On which numbers, the caller decides.
//!
//! Each step works on a block of `N` numbers side by side: one, or a lane for each of `N` rows of a batch. Steps that are
//! the same for all rows stay single numbers: they ran before, and stand in front as `shared`.
//!
//! All of it is inlined, so that a caller may have it compiled for the vector instructions of a processor.

use crate::op::{Scalar, Unary};
use crate::tape::{Dot, Flow, Order, Part, Step};

/// Runs steps forward; `input` gives the block of the input at a position, `constant` a literal.
#[inline(always)]
pub(crate) fn forward<S: Scalar, const N: usize>(
    steps: &[Step],
    shared: &[[S; 1]],
    values: &mut [[S; N]],
    input: impl Fn(usize) -> [S; N],
    constant: impl Fn(f64) -> S,
) {
    for (at, step) in steps.iter().enumerate() {
        let (done, rest) = values.split_at_mut(at);
        let (done, y) = (Blocks { shared, rows: done }, &mut rest[0]);
        match *step {
            Step::Input(position) => *y = input(position as usize),
            Step::Constant(value) => *y = [constant(value); N],
            Step::Unary(op, [x]) => S::unary_each(op, done.block(x, &mut None), y),
            Step::Binary(op, [a, b]) => S::binary_each(op, done.block(a, &mut None), done.block(b, &mut None), y),
            Step::Dot(dot) if dot.relu => S::unary_each(Unary::Relu, &done.sum(dot), y),
            Step::Dot(dot) => *y = done.sum(dot),
        }
    }
}

/// Runs steps backward from the adjoints of the outputs: reverse accumulation (Linnainmaa 1970; Griewank & Walther,
/// *Evaluating Derivatives*, 2008, ch. 3).
///
/// What shared steps are handed is added up over the lanes, `P` by `P`, in `folds`. With `CHAIN` the product is that of the
/// chain rule, in which 0 times anything is 0; without, it is [`Scalar::times`].
#[inline(always)]
pub(crate) fn backward<S: Scalar, const N: usize, const P: usize, const CHAIN: bool>(
    steps: &[Step],
    parts: &[Part],
    shared: &[[S; 1]],
    values: &[[S; N]],
    adjoints: &mut [[S; N]],
    folds: &mut [[S; P]],
) {
    let times = |a: S, b: S| if CHAIN { a.chain(b) } else { a.times(b) };
    let all = Blocks { shared, rows: values };
    for (at, (step, part)) in steps.iter().zip(parts).enumerate().rev() {
        let flows = part.flows;
        if flows == [Flow::None; 3] {
            continue;
        }
        let (y, mut y_bar) = (&values[at], adjoints[at]);
        let mut give = |to: u32, flow: Flow, term: &[S; N]| match (flow, (to as usize).checked_sub(shared.len())) {
            (Flow::None, _) => {}
            (Flow::First, Some(row)) => adjoints[row] = *term,
            (Flow::More, Some(row)) => add::<S, N, N>(&mut adjoints[row], |lane| term[lane]),
            (_, None) => add::<S, N, P>(&mut folds[to as usize], |lane| term[lane]),
        };
        match *step {
            Step::Input(_) | Step::Constant(_) => {}
            Step::Unary(op, [x]) => {
                let mut term = y_bar;
                op.partials(all.block(x, &mut None), y, |lane, partial| term[lane] = times(y_bar[lane], partial));
                give(x, flows[0], &term);
            }
            Step::Binary(op, [a, b]) => {
                let wanted = [flows[0] != Flow::None, flows[1] != Flow::None];
                let mut terms = [y_bar; 2];
                op.partials(wanted, all.block(a, &mut None), all.block(b, &mut None), y, |argument, lane, partial| {
                    terms[argument][lane] = times(y_bar[lane], partial);
                });
                give(a, flows[0], &terms[0]);
                give(b, flows[1], &terms[1]);
            }
            Step::Dot(dot) => {
                if dot.relu {
                    y_bar = std::array::from_fn(|lane| times(y_bar[lane], y[lane].step()));
                }
                if dot.order != Order::NoBias {
                    give(dot.bias, flows[0], &y_bar);
                }
                for (flow, factors, others) in [(flows[1], dot.a, dot.b), (flows[2], dot.b, dot.a)] {
                    if flow == Flow::None {
                        continue;
                    }
                    let len = usize::from(dot.len);
                    let others = all.run(others, dot.len);
                    match ((factors as usize).checked_sub(shared.len()), others) {
                        (Some(row), Run::Shared(others)) => give_products(&mut adjoints[row..row + len], &y_bar, others, times),
                        (Some(row), Run::Rows(others)) => give_products(&mut adjoints[row..row + len], &y_bar, others, times),
                        (None, Run::Shared(others)) => give_products(&mut folds[factors as usize..][..len], &y_bar, others, times),
                        (None, Run::Rows(others)) => give_products(&mut folds[factors as usize..][..len], &y_bar, others, times),
                    }
                }
            }
        }
    }
}

/// The numbers of steps: single ones in front, then blocks.
#[derive(Clone, Copy)]
pub(super) struct Blocks<'a, S, const N: usize> {
    pub(super) shared: &'a [[S; 1]],
    pub(super) rows: &'a [[S; N]],
}

/// The numbers of steps in a row: either all are shared, or none.
enum Run<'a, S, const N: usize> {
    Shared(&'a [[S; 1]]),
    Rows(&'a [[S; N]]),
}

impl<'a, S: Scalar, const N: usize> Blocks<'a, S, N> {
    /// The numbers of one step; a shared one is spread over a spare block.
    #[inline(always)]
    fn block<'b>(self, step: u32, spare: &'b mut Option<[S; N]>) -> &'b [S; N]
    where
        'a: 'b,
    {
        match (step as usize).checked_sub(self.shared.len()) {
            Some(row) => &self.rows[row],
            None => spare.insert([self.shared[step as usize][0]; N]),
        }
    }

    #[inline(always)]
    fn run(self, from: u32, len: u8) -> Run<'a, S, N> {
        match (from as usize).checked_sub(self.shared.len()) {
            Some(row) => Run::Rows(&self.rows[row..][..usize::from(len)]),
            None => Run::Shared(&self.shared[from as usize..][..usize::from(len)]),
        }
    }

    /// The sum of products, before its relu.
    #[inline(always)]
    pub(super) fn sum(self, dot: Dot) -> [S; N] {
        let start = matches!(dot.order, Order::BiasFirst | Order::BiasFirstTurned);
        let start = start.then(|| *self.block(dot.bias, &mut None));
        let turned = dot.order == Order::BiasFirstTurned;
        let sum = match (self.run(dot.a, dot.len), self.run(dot.b, dot.len)) {
            (Run::Shared(a), Run::Shared(b)) => sum_of_products(start, turned, a, b),
            (Run::Shared(a), Run::Rows(b)) => sum_of_products(start, turned, a, b),
            (Run::Rows(a), Run::Shared(b)) => sum_of_products(start, turned, a, b),
            (Run::Rows(a), Run::Rows(b)) => sum_of_products(start, turned, a, b),
        };
        if dot.order != Order::BiasLast {
            return sum;
        }
        let mut spare = None;
        let bias = self.block(dot.bias, &mut spare);
        std::array::from_fn(|lane| sum[lane] + bias[lane])
    }
}

/// Where a lane finds its number among `width`: what is shared has one.
#[inline(always)]
const fn of(width: usize, lane: usize) -> usize {
    if width == 1 { 0 } else { lane }
}

/// Adds products up one after the other, each sum before the product, or after it where `turned`.
#[inline(always)]
fn sum_of_products<S: Scalar, const N: usize, const A: usize, const B: usize>(
    start: Option<[S; N]>,
    turned: bool,
    a: &[[S; A]],
    b: &[[S; B]],
) -> [S; N] {
    let mut products = a.iter().zip(b).map(|(a, b)| std::array::from_fn(|lane| a[of(A, lane)] * b[of(B, lane)]));
    let mut sum: [S; N] = start.unwrap_or_else(|| products.next().expect("a sum has a product"));
    if turned {
        products.for_each(|product: [S; N]| sum = std::array::from_fn(|lane| product[lane] + sum[lane]));
    } else {
        products.for_each(|product: [S; N]| sum = std::array::from_fn(|lane| sum[lane] + product[lane]));
    }
    sum
}

/// Hands each factor of a sum of products its term: the adjoint of the sum times the other factor.
#[inline(always)]
fn give_products<S: Scalar, const N: usize, const T: usize, const B: usize>(
    to: &mut [[S; T]],
    y_bar: &[S; N],
    others: &[[S; B]],
    times: impl Fn(S, S) -> S,
) {
    for (to, other) in to.iter_mut().zip(others) {
        add::<S, N, T>(to, |lane| times(y_bar[lane], other[of(B, lane)]));
    }
}

/// Adds `N` terms to an adjoint of as many lanes, or to fewer partial sums.
#[inline(always)]
fn add<S: Scalar, const N: usize, const T: usize>(to: &mut [S; T], term: impl Fn(usize) -> S) {
    let mut sums = *to;
    for block in 0..N / T {
        for (part, sum) in sums.iter_mut().enumerate() {
            *sum = *sum + term(block * T + part);
        }
    }
    *to = sums;
}
