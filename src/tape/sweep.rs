//! The two loops: forward for values, backward for adjoints. On which numbers, the caller decides.
//!
//! Each step works on a block of `N` numbers side by side: one, or a lane for each of `N` rows of a batch. Steps that
//! are the same for all rows stay single numbers: they ran before, and stand in front as `shared`.
//!
//! All of it is inlined, so that a caller may have it compiled for the vector instructions of a processor; but for runs
//! of steps that are one number each, which would take registers from the steps that stand alone.

use crate::op::{Binary, Scalar, Unary};
use crate::tape::{Dot, Flow, Order, Part, Step};

/// How many rows run side by side.
pub(crate) const LANES: usize = 32;
/// How many partial sums a sum over rows is kept in: one vector register of floats.
pub(crate) const PARTS: usize = 4;

/// The sum of the partial sums.
#[inline(always)]
pub(crate) fn total<S: Scalar>([a, b, c, d]: [S; PARTS]) -> S {
    (a + c) + (b + d)
}

/// Runs steps forward, those before `from` apart, which have run; `input` writes the block of the input at a position,
/// `constant` makes a literal.
#[inline(always)]
pub(crate) fn forward<S: Scalar, const N: usize>(
    (steps, from): (&[Step], usize),
    parts: &[Part],
    shared: &[[S; 1]],
    values: &mut [[S; N]],
    input: impl Fn(usize, &mut [S; N]),
    constant: impl Fn(f64) -> S,
) {
    let mut at = from;
    while at < steps.len() {
        let len = parts[at].run::<N>();
        let (done, rest) = values.split_at_mut(at);
        let (done, run, y) = (Blocks { shared, rows: done }, &steps[at..][..len], &mut rest[..len]);
        if let [Step::Dot(dot)] = *run {
            done.sum(dot, &mut y[0]);
            at += 1;
            continue;
        }
        match *run {
            [Step::Input(position)] => input(position as usize, &mut y[0]),
            [Step::Constant(value)] => y[0] = [constant(value); N],
            [Step::Unary(op, [x])] => S::unary_each(op, done.block(x, &mut None), &mut y[0]),
            [Step::Binary(op, [a, b])] => {
                S::binary_each(op, done.block(a, &mut None), done.block(b, &mut None), &mut y[0])
            }
            _ => compute_run(done.rows, run, y, &input, &constant),
        }
        at += len;
    }
}

/// Runs steps backward, down to `from`, from the adjoints of the outputs: reverse accumulation (Linnainmaa 1970; Griewank & Walther,
/// *Evaluating Derivatives*, 2008, ch. 3).
///
/// What shared steps are handed is added up over the lanes, `P` by `P`, in `folds`. With `CHAIN` the product is that
/// of the chain rule, in which 0 times anything is 0; without, it is [`Scalar::times`].
#[inline(always)]
pub(crate) fn backward<S: Scalar, const N: usize, const P: usize, const CHAIN: bool>(
    (steps, from): (&[Step], usize),
    parts: &[Part],
    shared: &[[S; 1]],
    values: &[[S; N]],
    adjoints: &mut [[S; N]],
    folds: &mut [[S; P]],
) {
    let all = Blocks { shared, rows: values };
    let mut end = steps.len();
    while end > from {
        let Part { flows, .. } = parts[end - 1];
        let at = end - parts[end - 1].run::<N>();
        let run = &steps[at..end];
        end = at;
        if flows == [Flow::None; 3] {
            continue;
        }
        let (adjoints, rest) = adjoints.split_at_mut(at);
        if let [Step::Dot(dot)] = *run {
            all.sum_back::<P, CHAIN>(dot, flows, &values[at], &rest[0], adjoints, folds);
            continue;
        }
        match *run {
            [Step::Input(_) | Step::Constant(_) | Step::Row(..)] => {}
            [Step::Unary(op, [x])] => {
                let to = &mut adjoints[x as usize - shared.len()];
                op.partials(all.block(x, &mut None), &values[at], |lane, partial| {
                    hand(flows[0], &mut to[lane], product::<S, CHAIN>(rest[0][lane], partial))
                });
            }
            [Step::Binary(op, arguments)] => {
                all.binary_back::<P, CHAIN>((op, arguments), flows, &values[at], &rest[0], adjoints, folds);
            }
            _ => hand_run::<S, N, P, CHAIN>(values, at, run, flows, rest, adjoints, folds),
        }
    }
}

/// The product of a backward sweep.
#[inline(always)]
fn product<S: Scalar, const CHAIN: bool>(a: S, b: S) -> S {
    if CHAIN { a.chain(b) } else { a.times(b) }
}

/// Computes the steps of a run. It is no part of the loop, from which it would take registers.
#[inline(never)]
fn compute_run<S: Scalar, const N: usize>(
    done: &[[S; N]],
    run: &[Step],
    y: &mut [[S; N]],
    input: &impl Fn(usize, &mut [S; N]),
    constant: &impl Fn(f64) -> S,
) {
    let all = Blocks { shared: &[], rows: done };
    let steps = run.iter().zip(y);
    match run[0] {
        Step::Input(_) => steps.for_each(|(step, y)| {
            if let Step::Input(position) = *step {
                input(position as usize, y);
            }
        }),
        Step::Constant(_) => steps.for_each(|(step, y)| {
            if let Step::Constant(value) = *step {
                *y = [constant(value); N];
            }
        }),
        Step::Unary(op, [x]) => {
            let x = &all.rows[x as usize..];
            steps.zip(x).for_each(|((_, y), x)| S::unary_each(op, x, y));
        }
        Step::Binary(op, [a, b]) => {
            let (a, b) = (&all.rows[a as usize..], &all.rows[b as usize..]);
            steps.zip(a.iter().zip(b)).for_each(|((_, y), (a, b))| S::binary_each(op, a, b, y));
        }
        Step::Dot(shape) => steps.for_each(|(step, y)| {
            if let Step::Dot(Dot { a, b, bias, .. }) = *step {
                all.sum(Dot { a, b, bias, ..shape }, y);
            }
        }),
        Step::Row(..) => {} // the formulas that are alike run on their own
    }
}

/// Hands the arguments of a run their terms.
#[inline(never)]
fn hand_run<S: Scalar, const N: usize, const P: usize, const CHAIN: bool>(
    values: &[[S; N]],
    at: usize,
    run: &[Step],
    flows: [Flow; 3],
    y_bar: &[[S; N]],
    adjoints: &mut [[S; N]],
    folds: &mut [[S; P]],
) {
    let all = Blocks { shared: &[], rows: values };
    let steps = run.iter().zip(&values[at..][..run.len()]).zip(&y_bar[..run.len()]).rev();
    match run[0] {
        Step::Input(_) | Step::Constant(_) | Step::Row(..) => {}
        Step::Unary(op, _) => steps.for_each(|((step, y), y_bar)| {
            let x = step.arguments()[0] as usize;
            op.partials(&all.rows[x], y, |lane, partial| {
                hand(flows[0], &mut adjoints[x][lane], product::<S, CHAIN>(y_bar[lane], partial));
            });
        }),
        Step::Binary(op, _) => steps.for_each(|((step, y), y_bar)| {
            if let Step::Binary(_, arguments) = *step {
                all.binary_back::<P, CHAIN>((op, arguments), flows, y, y_bar, adjoints, folds);
            }
        }),
        Step::Dot(shape) => steps.for_each(|((step, y), y_bar)| {
            if let Step::Dot(Dot { a, b, bias, .. }) = *step {
                all.sum_back::<P, CHAIN>(Dot { a, b, bias, ..shape }, flows, y, y_bar, adjoints, folds);
            }
        }),
    }
}

/// The numbers of steps: single ones in front, then blocks.
#[derive(Clone, Copy)]
pub(super) struct Blocks<'a, S, const N: usize> {
    pub(super) shared: &'a [[S; 1]],
    pub(super) rows: &'a [[S; N]],
}

impl<'a, S: Scalar, const N: usize> Blocks<'a, S, N> {
    /// Where a step is among the blocks, or else among the shared ones.
    #[inline(always)]
    fn place(self, step: u32) -> Result<usize, usize> {
        (step as usize).checked_sub(self.shared.len()).ok_or(step as usize)
    }

    /// The numbers of one step; a shared one is spread over a spare block.
    #[inline(always)]
    fn block<'b>(self, step: u32, spare: &'b mut Option<[S; N]>) -> &'b [S; N]
    where
        'a: 'b,
    {
        match self.place(step) {
            Ok(at) => &self.rows[at],
            Err(at) => spare.insert([self.shared[at][0]; N]),
        }
    }

    /// Hands the arguments of an operation their terms.
    #[inline(always)]
    fn binary_back<const P: usize, const CHAIN: bool>(
        self,
        (op, arguments): (Binary, [u32; 2]),
        flows: [Flow; 3],
        y: &[S; N],
        y_bar: &[S; N],
        adjoints: &mut [[S; N]],
        folds: &mut [[S; P]],
    ) {
        let [mut spare_a, mut spare_b] = [None; 2];
        let [a, b] = [self.block(arguments[0], &mut spare_a), self.block(arguments[1], &mut spare_b)];
        if N == 1 {
            let wanted = [flows[0] != Flow::None, flows[1] != Flow::None];
            op.partials(wanted, a, b, y, |argument, lane, partial| {
                let to = &mut adjoints[arguments[argument] as usize];
                hand(flows[argument], &mut to[lane], product::<S, CHAIN>(y_bar[lane], partial));
            });
            return;
        }
        for argument in 0..2 {
            let (flow, wanted) = (flows[argument], [argument == 0, argument == 1]);
            match (flow, self.place(arguments[argument])) {
                (Flow::None, _) => {}
                (_, Ok(to)) => {
                    let to = &mut adjoints[to];
                    op.partials(wanted, a, b, y, |_, lane, partial| {
                        hand(flow, &mut to[lane], product::<S, CHAIN>(y_bar[lane], partial));
                    });
                }
                (_, Err(to)) => {
                    let mut term = *y_bar;
                    op.partials(wanted, a, b, y, |_, lane, partial| {
                        term[lane] = product::<S, CHAIN>(term[lane], partial);
                    });
                    fold::<S, N, P>(&mut folds[to], |lane| term[lane]);
                }
            }
        }
    }

    /// Hands the bias and the factors of a sum of products their terms.
    #[inline(always)]
    fn sum_back<const P: usize, const CHAIN: bool>(
        self,
        dot: Dot,
        flows: [Flow; 3],
        y: &[S; N],
        y_bar: &[S; N],
        adjoints: &mut [[S; N]],
        folds: &mut [[S; P]],
    ) {
        let times = product::<S, CHAIN>;
        let mut gated = *y_bar;
        if dot.relu {
            for lane in 0..N {
                gated[lane] = times(gated[lane], y[lane].step());
            }
        }
        // A unit that is off hands on nothing; where lanes are many, some are on.
        if N == 1 && gated[0].is_nothing() && flows.iter().all(|&flow| flow != Flow::First) {
            return;
        }
        match (flows[0], self.place(dot.bias)) {
            (Flow::None, _) => {}
            (flow, Ok(to)) => {
                let to = &mut adjoints[to];
                for lane in 0..N {
                    hand(flow, &mut to[lane], gated[lane]);
                }
            }
            (_, Err(to)) => fold::<S, N, P>(&mut folds[to], |lane| gated[lane]),
        }
        let len = usize::from(dot.len);
        let (values, shared) = (self.rows, self.shared);
        for (flow, to, from) in [(flows[1], dot.a, dot.b), (flows[2], dot.b, dot.a)] {
            match (flow, self.place(to), self.place(from)) {
                (Flow::None, ..) => {}
                (_, Ok(to), Ok(from)) => hand_products(flow, &mut adjoints[to..], &gated, &values[from..], len, times),
                (_, Ok(to), Err(from)) => hand_products(flow, &mut adjoints[to..], &gated, &shared[from..], len, times),
                (_, Err(to), Ok(from)) => fold_products(&mut folds[to..], &gated, &values[from..], len, times),
                (_, Err(to), Err(from)) => fold_products(&mut folds[to..], &gated, &shared[from..], len, times),
            }
        }
    }

    /// The sum of products, and its relu.
    #[inline(always)]
    pub(super) fn sum(self, dot: Dot, y: &mut [S; N]) {
        let mut spare = None;
        let bias = if dot.order == Order::NoBias { None } else { Some(self.block(dot.bias, &mut spare)) };
        match (self.place(dot.a), self.place(dot.b)) {
            (Ok(a), Ok(b)) => sum_of_products(dot, bias, &self.rows[a..], &self.rows[b..], y),
            (Ok(a), Err(b)) => sum_of_products(dot, bias, &self.rows[a..], &self.shared[b..], y),
            (Err(a), Ok(b)) => sum_of_products(dot, bias, &self.shared[a..], &self.rows[b..], y),
            (Err(a), Err(b)) => sum_of_products(dot, bias, &self.shared[a..], &self.shared[b..], y),
        }
    }
}

/// Where a lane finds its number among `width`: what is shared has one.
#[inline(always)]
const fn of(width: usize, lane: usize) -> usize {
    if width == 1 { 0 } else { lane }
}

/// The number itself. Where lanes are many it is opaque to the compiler, which would otherwise gather one lane of
/// several steps into a vector: many times slower than the lanes of one step, which stand side by side.
#[inline(always)]
fn step_by_step<const N: usize>(step: usize) -> usize {
    if N == 1 { step } else { std::hint::black_box(step) }
}

/// Adds products up one after the other, into `y`.
#[inline(always)]
fn sum_of_products<S: Scalar, const N: usize, const A: usize, const B: usize>(
    dot: Dot,
    bias: Option<&[S; N]>,
    a: &[[S; A]],
    b: &[[S; B]],
    y: &mut [S; N],
) {
    let (order, len) = (dot.order, usize::from(dot.len));
    let (a, b) = (&a[..len], &b[..len]);
    let (mut sum, mut first) = (*y, 0);
    match (order, bias) {
        (Order::BiasFirst | Order::BiasFirstTurned, Some(bias)) => sum = *bias,
        _ => {
            first = 1;
            for lane in 0..N {
                sum[lane] = a[0][of(A, lane)] * b[0][of(B, lane)];
            }
        }
    }
    for i in first..len {
        let i = step_by_step::<N>(i);
        let (a, b) = (&a[i], &b[i]);
        for lane in 0..N {
            let product = a[of(A, lane)] * b[of(B, lane)];
            sum[lane] = if order == Order::BiasFirstTurned { product + sum[lane] } else { sum[lane] + product };
        }
    }
    if let (Order::BiasLast, Some(bias)) = (order, bias) {
        for lane in 0..N {
            sum[lane] = sum[lane] + bias[lane];
        }
    }
    if dot.relu {
        S::unary_each(Unary::Relu, &sum, y);
    } else {
        *y = sum;
    }
}

/// Hands one lane of an adjoint its term.
#[inline(always)]
fn hand<S: Scalar>(flow: Flow, to: &mut S, term: S) {
    *to = if flow == Flow::First { term } else { *to + term };
}

/// Hands each factor of a sum of products its term: the adjoint of the sum times the other factor.
#[inline(always)]
fn hand_products<S: Scalar, const N: usize, const B: usize>(
    flow: Flow,
    to: &mut [[S; N]],
    y_bar: &[S; N],
    others: &[[S; B]],
    len: usize,
    times: impl Fn(S, S) -> S,
) {
    let (to, others) = (&mut to[..len], &others[..len]);
    for i in 0..len {
        let i = step_by_step::<N>(i);
        let (to, other) = (&mut to[i], &others[i]);
        for lane in 0..N {
            hand(flow, &mut to[lane], times(y_bar[lane], other[of(B, lane)]));
        }
    }
}

/// The same for factors that are shared.
#[inline(always)]
fn fold_products<S: Scalar, const N: usize, const P: usize, const B: usize>(
    to: &mut [[S; P]],
    y_bar: &[S; N],
    others: &[[S; B]],
    len: usize,
    times: impl Fn(S, S) -> S,
) {
    let (to, others) = (&mut to[..len], &others[..len]);
    for i in 0..len {
        let i = step_by_step::<N>(i);
        let other = &others[i];
        fold::<S, N, P>(&mut to[i], |lane| times(y_bar[lane], other[of(B, lane)]));
    }
}

/// Adds the terms of `N` lanes to `P` partial sums: in halves, so that no addition waits for many others.
#[inline(always)]
fn fold<S: Scalar, const N: usize, const P: usize>(to: &mut [S; P], term: impl Fn(usize) -> S) {
    let mut terms: [S; N] = std::array::from_fn(term);
    let mut width = N;
    while width > P {
        width /= 2;
        for lane in 0..width {
            terms[lane] = terms[lane] + terms[width + lane];
        }
    }
    for (sum, &term) in to.iter_mut().zip(&terms) {
        *sum = *sum + term;
    }
}
