//! Many rows at once: ndarray in, ndarray out.
//!
//! A formula of one loss is run for each row of a table. Some of its inputs are columns of the table, the others
//! parameters, which are the same for all rows: so are the steps that depend on parameters alone, and they run once. The other
//! steps run on blocks of rows side by side, each block forward and backward while it is in the cache, with the widest
//! vector instructions that the processor has, on all cores where there are many rows.
//!
//! Results are, bit for bit, the same on any number of threads and with any instructions.

use ndarray::{Array1, Array2, ArrayView2, CowArray, Ix2};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::graph::Graph;
use crate::tape::{Tape, backward, forward};

/// How many rows run side by side.
const LANES: usize = 32;
/// How many partial sums a sum over rows is kept in: one vector register.
const PARTS: usize = 8;
/// How many blocks are added up before they meet the others: at least, and in how many groups at most.
const BLOCKS: usize = 8;
const GROUPS: usize = 64;
/// How many operations on blocks are worth starting threads.
const WORTH_THREADS: usize = 20_000;

/// A formula of one loss, to be run on the rows of a table.
///
/// ```
/// use chainrule::{Batch, Graph, Scalar};
/// use ndarray::array;
///
/// let loss = Graph::record(["w", "b", "x", "t"], |[w, b, x, t]| (w * x + b - t).powi(2));
/// let mut batch = Batch::new(loss, ["x", "t"]); // two columns; w and b are parameters
/// let rows = array![[1.0, 3.0], [2.0, 5.0], [3.0, 6.0]];
/// let sum = batch.gradient(&[2.0, 0.0], rows.view());
/// assert_eq!(sum.losses, array![1.0, 1.0, 0.0]);
/// assert_eq!(sum.gradient, array![-6.0, -4.0]); // of the sum of the losses in w and b
/// let each = batch.gradients(&[2.0, 0.0], rows.view());
/// assert_eq!(each.gradients, array![[-2.0, -2.0], [-4.0, -2.0], [0.0, 0.0]]);
/// ```
#[derive(Debug, Clone)]
pub struct Batch {
    /// The steps that no row changes in front.
    sum: Tape,
    /// With parameters in every lane.
    each: Tape,
    /// What each input is, by position.
    sources: Vec<Source>,
    columns: usize,
    arch: Arch,
    buffers: Buffers,
}

/// Where an input comes from.
#[derive(Debug, Clone, Copy)]
struct Source {
    is_column: bool,
    /// Which of the columns, or which of the parameters.
    at: usize,
}

/// The loss of each row, and the gradient of their sum in the parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Summed {
    /// One loss a row.
    pub losses: Array1<f64>,
    /// One entry a parameter, in the order in which they were recorded.
    pub gradient: Array1<f64>,
}

/// The loss of each row, and its gradient in the parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Separate {
    /// One loss a row.
    pub losses: Array1<f64>,
    /// One row a row of the table, one column a parameter.
    pub gradients: Array2<f64>,
}

/// What the sweeps write in, kept from run to run.
#[derive(Debug, Clone, Default)]
struct Buffers {
    values: Vec<[f64; LANES]>,
    adjoints: Vec<[f64; LANES]>,
    folds: Vec<[f64; PARTS]>,
}

impl Batch {
    /// Prepares a formula of one output: the named inputs are the columns of the table, in this order, all others are
    /// parameters.
    ///
    /// # Panics
    /// If the formula has not exactly one output, or no input of such a name.
    #[track_caller]
    pub fn new<'n>(graph: Graph, columns: impl IntoIterator<Item = &'n str>) -> Self {
        assert!(graph.outputs().len() == 1, "a batch of a formula of {} outputs", graph.outputs().len());
        let mut sources = vec![Source { is_column: false, at: 0 }; graph.inputs().len()];
        let columns = columns.into_iter().enumerate().map(|(column, name)| {
            let input = graph.inputs().iter().position(|&input| graph.node(name) == Some(input));
            let input = input.unwrap_or_else(|| panic!("no input of this formula is named {name:?}"));
            sources[input] = Source { is_column: true, at: column };
        });
        let columns = columns.count();
        let parameters = sources.iter_mut().filter(|source| !source.is_column);
        parameters.enumerate().for_each(|(at, source)| source.at = at);
        let is_row = |input: usize| sources[input].is_column;
        let tape = graph.compile();
        Self {
            sum: tape.clone().fuse_for(is_row, |input| !is_row(input)),
            each: tape.fuse_for(|_| false, |input| !is_row(input)),
            columns,
            arch: Arch::new(),
            buffers: Buffers::default(),
            sources,
        }
    }

    /// The names of the parameters, in the order of their numbers.
    pub fn parameters(&self) -> Vec<&str> {
        let graph = self.sum.graph();
        let parameters = graph.inputs().iter().zip(&self.sources);
        let parameters = parameters.filter(|(_, source)| !source.is_column);
        parameters.map(|(&input, _)| graph.name(input).unwrap_or_default()).collect()
    }

    /// The losses, and the gradient of their sum: `parameters` has one number a parameter, `rows` one column a name.
    ///
    /// # Panics
    /// If there is not one number a parameter and one column a name.
    #[track_caller]
    pub fn gradient(&mut self, parameters: &[f64], rows: ArrayView2<'_, f64>) -> Summed {
        let table = self.table(parameters, &rows);
        let mut losses = vec![0.0; rows.nrows()];
        let (steps, parts) = self.sum.shared();
        let mut shared = vec![[0.0]; steps.len()];
        let parameter = |input: usize| [parameters[self.sources[input].at]];
        forward(steps, &[], &mut shared, parameter, |value| value);

        let size = group_size(losses.len());
        let rows = Rows { numbers: table.as_slice().expect("the layout is standard"), sources: &self.sources, columns: self.columns };
        let run = |buffers: &mut Buffers, (at, losses): (usize, &mut [f64])| {
            let (tape, shared, rows) = (&self.sum, &shared[..], rows.from(at * size));
            self.arch.dispatch(SumJob { tape, shared, rows, losses, buffers })
        };
        let groups: Vec<_> = losses.chunks_mut(size).enumerate().collect();
        let groups: Vec<Vec<f64>> = if self.is_worth_threads(groups.len()) {
            groups.into_par_iter().map_init(Buffers::default, run).collect()
        } else {
            groups.into_iter().map(|group| run(&mut self.buffers, group)).collect()
        };
        let mut sums = vec![[0.0]; shared.len()];
        for group in groups {
            sums.iter_mut().zip(group).for_each(|([sum], more)| *sum += more);
        }

        let mut adjoints = sums.clone();
        backward::<f64, 1, 1, false>(steps, parts, &[], &shared, &mut adjoints, &mut []);
        if !are_finite(&adjoints) {
            adjoints = sums;
            backward::<f64, 1, 1, true>(steps, parts, &[], &shared, &mut adjoints, &mut []);
        }
        let entry = |at: Option<usize>| at.map_or(0.0, |at| adjoints[at][0]);
        Summed { gradient: self.places(&self.sum).map(entry).collect(), losses: losses.into() }
    }

    /// The losses, and the gradient of each: `parameters` has one number a parameter, `rows` one column a name.
    ///
    /// # Panics
    /// If there is not one number a parameter and one column a name.
    #[track_caller]
    pub fn gradients(&mut self, parameters: &[f64], rows: ArrayView2<'_, f64>) -> Separate {
        let table = self.table(parameters, &rows);
        let mut losses = vec![0.0; rows.nrows()];
        let places: Vec<Option<usize>> = self.places(&self.each).collect();
        let mut gradients = Array2::zeros((rows.nrows(), places.len()));

        let size = group_size(losses.len());
        let rows = Rows { numbers: table.as_slice().expect("the layout is standard"), sources: &self.sources, columns: self.columns };
        let run = |buffers: &mut Buffers, (at, (losses, gradients)): (usize, (&mut [f64], &mut [f64]))| {
            let (tape, places, rows) = (&self.each, &places[..], rows.from(at * size));
            self.arch.dispatch(EachJob { tape, parameters, places, rows, losses, gradients, buffers });
        };
        let numbers = gradients.as_slice_mut().expect("a new array");
        let groups = losses.chunks_mut(size).zip(numbers.chunks_mut((size * places.len()).max(1)));
        let groups: Vec<_> = groups.enumerate().collect();
        if self.is_worth_threads(groups.len()) {
            groups.into_par_iter().for_each_init(Buffers::default, run);
        } else {
            groups.into_iter().for_each(|group| run(&mut self.buffers, group));
        }
        Separate { losses: losses.into(), gradients }
    }

    #[track_caller]
    fn table<'r>(&self, parameters: &[f64], rows: &'r ArrayView2<'_, f64>) -> CowArray<'r, f64, Ix2> {
        let (count, columns) = (self.sources.len() - self.columns, self.columns);
        assert!(parameters.len() == count, "{} numbers for {count} parameters", parameters.len());
        assert!(rows.ncols() == columns, "{} columns for {columns} names", rows.ncols());
        rows.as_standard_layout()
    }

    /// Where the adjoint of each parameter is, if it has one.
    fn places(&self, tape: &Tape) -> impl Iterator<Item = Option<usize>> {
        let inputs = tape.input_places().zip(&self.sources);
        inputs.filter(|(_, source)| !source.is_column).map(|(at, _)| at)
    }

    fn is_worth_threads(&self, groups: usize) -> bool {
        groups > 1 && groups * BLOCKS * self.sum.work() >= WORTH_THREADS
    }
}

/// How many rows are added up before their sum meets that of others.
fn group_size(rows: usize) -> usize {
    rows.div_ceil(LANES).div_ceil(GROUPS).max(BLOCKS) * LANES
}

fn are_finite<const N: usize>(blocks: &[[f64; N]]) -> bool {
    blocks.as_flattened().iter().all(|x| x.is_finite())
}

/// The rest of a table, from some row on.
#[derive(Clone, Copy)]
struct Rows<'a> {
    numbers: &'a [f64],
    sources: &'a [Source],
    columns: usize,
}

impl<'a> Rows<'a> {
    fn from(self, row: usize) -> Self {
        Self { numbers: &self.numbers[row * self.columns..], ..self }
    }

    /// A column of a block of rows; lanes beyond the last row repeat it.
    #[inline(always)]
    fn block(self, column: usize, count: usize) -> [f64; LANES] {
        if count == LANES {
            return std::array::from_fn(|lane| self.numbers[lane * self.columns + column]);
        }
        std::array::from_fn(|lane| self.numbers[lane.min(count - 1) * self.columns + column])
    }
}

/// The sum of the gradients of a group of rows, by shared step.
struct SumJob<'a> {
    tape: &'a Tape,
    shared: &'a [[f64; 1]],
    rows: Rows<'a>,
    losses: &'a mut [f64],
    buffers: &'a mut Buffers,
}

impl WithSimd for SumJob<'_> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) -> Vec<f64> {
        self.run::<false>();
        if !are_finite(&self.buffers.folds) {
            self.run::<true>();
        }
        self.buffers.folds.iter().map(|parts| parts.iter().sum()).collect()
    }
}

impl SumJob<'_> {
    #[inline(always)]
    fn run<const CHAIN: bool>(&mut self) {
        let (steps, parts) = self.tape.rows();
        let Buffers { values, adjoints, folds } = &mut *self.buffers;
        values.resize(steps.len(), [0.0; LANES]);
        folds.clear();
        folds.resize(self.shared.len(), [0.0; PARTS]);
        for (block, losses) in self.losses.chunks_mut(LANES).enumerate() {
            let rows = self.rows.from(block * LANES);
            let column = |input: usize| rows.block(rows.sources[input].at, losses.len());
            forward(steps, self.shared, values, column, |value| value);
            adjoints.clear();
            adjoints.resize(steps.len(), [0.0; LANES]);
            match self.tape.output().checked_sub(self.shared.len()) {
                Some(at) => {
                    losses.copy_from_slice(&values[at][..losses.len()]);
                    adjoints[at][..losses.len()].fill(1.0); // lanes beyond the last row have no seed
                }
                None => {
                    let at = self.tape.output();
                    losses.fill(self.shared[at][0]);
                    folds[at][0] += losses.len() as f64;
                }
            }
            backward::<f64, LANES, PARTS, CHAIN>(steps, parts, self.shared, values, adjoints, folds);
        }
    }
}

/// The gradient of each of a group of rows.
struct EachJob<'a> {
    tape: &'a Tape,
    parameters: &'a [f64],
    places: &'a [Option<usize>],
    rows: Rows<'a>,
    losses: &'a mut [f64],
    gradients: &'a mut [f64],
    buffers: &'a mut Buffers,
}

impl WithSimd for EachJob<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let (steps, parts) = self.tape.rows();
        let Buffers { values, adjoints, .. } = &mut *self.buffers;
        values.resize(steps.len(), [0.0; LANES]);
        let (output, count) = (self.tape.output(), self.places.len());
        for (block, losses) in self.losses.chunks_mut(LANES).enumerate() {
            let rows = self.rows.from(block * LANES);
            let input = |input: usize| match rows.sources[input] {
                Source { is_column: true, at } => rows.block(at, losses.len()),
                Source { at, .. } => [self.parameters[at]; LANES],
            };
            forward(steps, &[], values, input, |value| value);
            losses.copy_from_slice(&values[output][..losses.len()]);
            adjoints.clear();
            adjoints.resize(steps.len(), [0.0; LANES]);
            adjoints[output] = [1.0; LANES];
            backward::<f64, LANES, LANES, false>(steps, parts, &[], values, adjoints, &mut []);
            if !are_finite(adjoints) {
                adjoints.fill([0.0; LANES]);
                adjoints[output] = [1.0; LANES];
                backward::<f64, LANES, LANES, true>(steps, parts, &[], values, adjoints, &mut []);
            }
            for (lane, gradient) in self.gradients[block * LANES * count..].chunks_mut(count.max(1)).take(losses.len()).enumerate() {
                for (entry, place) in gradient.iter_mut().zip(self.places) {
                    *entry = place.map_or(0.0, |at| adjoints[at][lane]);
                }
            }
        }
    }
}
