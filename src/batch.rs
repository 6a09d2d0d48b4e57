//! Many rows at once: ndarray in, ndarray out.
//!
//! A formula of one loss is run for each row of a table. Some of its inputs are columns of the table, the others
//! parameters, which are the same for all rows: so are the steps that depend on parameters alone, and they run once.
//! The other steps run on blocks of rows side by side, each block forward and backward while it is in the cache, with
//! the widest vector instructions that the processor has, on all cores where there are many rows.
//!
//! Results are, bit for bit, the same on any number of threads and with any instructions.

use ndarray::{Array1, Array2, ArrayView2, CowArray, Ix2};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::graph::Graph;
use crate::tape::{Buffers, LANES, PARTS, Tape, backward, blocks, forward, total};

/// How many blocks are added up before they meet the others: at least, and in how many groups at most.
const BLOCKS: usize = 8;
const GROUPS: usize = 64;
/// How many operations on blocks are worth starting threads.
const WORTH_THREADS: usize = 5_000;

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
    buffers: Buffers<f64>,
}

/// Where an input comes from.
#[derive(Debug, Clone, Copy)]
struct Source {
    is_column: bool,
    /// Which of the columns, or which of the parameters.
    at: usize,
}

/// The loss of each row, and the gradient of their sum in the parameters.
#[derive(Debug, Clone, Default, PartialEq)]
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
            each: tape.fuse_where(|input| !is_row(input)),
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
        let mut sum = Summed::default();
        self.gradient_into(parameters, rows, &mut sum);
        sum
    }

    /// As [`gradient`](Self::gradient), into arrays that the caller keeps: for as many rows as the last time, nothing
    /// large is allocated.
    ///
    /// # Panics
    /// As [`gradient`](Self::gradient).
    #[track_caller]
    pub fn gradient_into(&mut self, parameters: &[f64], rows: ArrayView2<'_, f64>, sum: &mut Summed) {
        let table = self.table(parameters, &rows);
        let count = rows.nrows();
        if sum.losses.len() != count {
            sum.losses = Array1::zeros(count);
        }
        let losses = sum.losses.as_slice_mut().expect("losses stand in a row");
        let (steps, parts) = self.sum.shared();
        let mut shared = vec![[0.0]; steps.len()];
        let parameter = |input: usize, x: &mut [f64; 1]| *x = [parameters[self.sources[input].at]];
        forward((steps, 0), parts, &[], &mut shared, parameter, |value| value);

        let size = group_size(count);
        let numbers = table.as_slice().expect("the layout is standard");
        let rows = Rows { numbers, columns: self.columns, parameters, sources: &self.sources };
        let run = |buffers: &mut Buffers<f64>, (at, losses): (usize, &mut [f64])| {
            let (tape, shared, rows) = (&self.sum, &shared[..], rows.from(at * size));
            self.arch.dispatch(SumJob { tape, shared, rows, losses, buffers })
        };
        let groups: Vec<_> = losses.chunks_mut(size).enumerate().collect();
        let groups: Vec<Vec<f64>> = if self.is_worth_threads(count) {
            groups.into_par_iter().map_init(Buffers::default, run).collect()
        } else {
            groups.into_iter().map(|group| run(&mut self.buffers, group)).collect()
        };
        let mut sums = vec![[0.0]; shared.len()];
        for group in groups {
            sums.iter_mut().zip(group).for_each(|([sum], more)| *sum += more);
        }

        let mut adjoints = sums.clone();
        backward::<f64, 1, 1, false>((steps, 0), parts, &[], &shared, &mut adjoints, &mut []);
        if !are_finite(&adjoints) {
            adjoints = sums;
            backward::<f64, 1, 1, true>((steps, 0), parts, &[], &shared, &mut adjoints, &mut []);
        }
        let entry = |at: Option<usize>| at.map_or(0.0, |at| adjoints[at][0]);
        sum.gradient = self.places(&self.sum).map(entry).collect();
    }

    /// The losses, and the gradient of each: `parameters` has one number a parameter, `rows` one column a name.
    ///
    /// # Panics
    /// If there is not one number a parameter and one column a name.
    #[track_caller]
    pub fn gradients(&mut self, parameters: &[f64], rows: ArrayView2<'_, f64>) -> Separate {
        let table = self.table(parameters, &rows);
        let count = rows.nrows();
        let mut losses = vec![0.0; count];
        let places: Vec<Option<usize>> = self.places(&self.each).collect();
        let mut gradients = Array2::zeros((count, places.len()));

        let size = group_size(count);
        let numbers = table.as_slice().expect("the layout is standard");
        let rows = Rows { numbers, columns: self.columns, parameters, sources: &self.sources };
        let run = |buffers: &mut Buffers<f64>, (at, (losses, gradients)): (usize, (&mut [f64], &mut [f64]))| {
            let (tape, places, rows) = (&self.each, &places[..], rows.from(at * size));
            self.arch.dispatch(EachJob { tape, places, rows, losses, gradients, buffers });
        };
        let numbers = gradients.as_slice_mut().expect("a new array");
        let groups = losses.chunks_mut(size).zip(numbers.chunks_mut((size * places.len()).max(1)));
        let groups: Vec<_> = groups.enumerate().collect();
        if self.is_worth_threads(count) {
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

    fn is_worth_threads(&self, rows: usize) -> bool {
        rows / LANES * self.sum.work() >= WORTH_THREADS
    }
}

/// How many rows are added up before their sum meets that of others.
fn group_size(rows: usize) -> usize {
    rows.div_ceil(LANES).div_ceil(GROUPS).max(BLOCKS) * LANES
}

fn are_finite<const N: usize>(blocks: &[[f64; N]]) -> bool {
    blocks.as_flattened().iter().all(|x| x.is_finite())
}

/// The rest of a table, from some row on, and what is the same in all rows.
#[derive(Clone, Copy)]
struct Rows<'a> {
    numbers: &'a [f64],
    columns: usize,
    parameters: &'a [f64],
    sources: &'a [Source],
}

impl Rows<'_> {
    fn from(self, row: usize) -> Self {
        Self { numbers: &self.numbers[row * self.columns..], ..self }
    }

    /// An input of a block of rows; lanes beyond the last row repeat it.
    #[inline(always)]
    fn read(self, input: usize, count: usize, block: &mut [f64; LANES]) {
        let Source { is_column, at } = self.sources[input];
        if !is_column {
            *block = [self.parameters[at]; LANES];
            return;
        }
        // four rows at a time: fewer loops, and none waits for another
        let rows = self.numbers[..count * self.columns].chunks_exact(4 * self.columns);
        let (fours, rest) = block[..count].as_chunks_mut::<4>();
        rest.iter_mut().zip(rows.remainder().chunks_exact(self.columns)).for_each(|(lane, row)| *lane = row[at]);
        for (lanes, rows) in fours.iter_mut().zip(rows) {
            *lanes = [0, 1, 2, 3].map(|row| rows[row * self.columns + at]);
        }
        let last = block[count - 1];
        block[count..].fill(last);
    }
}

/// The sum of the gradients of a group of rows, by shared step.
struct SumJob<'a> {
    tape: &'a Tape,
    shared: &'a [[f64; 1]],
    rows: Rows<'a>,
    losses: &'a mut [f64],
    buffers: &'a mut Buffers<f64>,
}

impl WithSimd for SumJob<'_> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) -> Vec<f64> {
        let mut folds = std::mem::take(&mut self.buffers.folds);
        let sums = blocks(&mut folds, self.shared.len());
        self.run::<false>(sums);
        if !are_finite(sums) {
            self.run::<true>(sums);
        }
        let gradient = sums.iter().map(|&parts| total(parts)).collect();
        self.buffers.folds = folds;
        gradient
    }
}

impl SumJob<'_> {
    #[inline(always)]
    fn run<const CHAIN: bool>(&mut self, folds: &mut [[f64; PARTS]]) {
        let (steps, parts) = self.tape.rows();
        let Buffers { values, adjoints, .. } = &mut *self.buffers;
        let (values, adjoints) = (blocks(values, steps.len()), blocks(adjoints, steps.len()));
        folds.fill([0.0; PARTS]);
        for (block, losses) in self.losses.chunks_mut(LANES).enumerate() {
            let rows = self.rows.from(block * LANES);
            forward(
                (steps, 0),
                parts,
                self.shared,
                values,
                |input, x| rows.read(input, losses.len(), x),
                |value| value,
            );
            self.tape.clear(adjoints);
            let (output, count) = (self.tape.output(), losses.len());
            if let Some(output) = output.checked_sub(self.shared.len()) {
                losses.copy_from_slice(&values[output][..count]);
                adjoints[output] = [0.0; LANES]; // lanes beyond the last row have no seed
                adjoints[output][..count].fill(1.0);
            } else {
                losses.fill(self.shared[output][0]);
                folds[output][0] += count as f64;
            }
            backward::<f64, LANES, PARTS, CHAIN>((steps, 0), parts, self.shared, values, adjoints, folds);
        }
    }
}

/// The gradient of each of a group of rows.
struct EachJob<'a> {
    tape: &'a Tape,
    places: &'a [Option<usize>],
    rows: Rows<'a>,
    losses: &'a mut [f64],
    gradients: &'a mut [f64],
    buffers: &'a mut Buffers<f64>,
}

impl WithSimd for EachJob<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let (steps, parts) = self.tape.rows();
        let Buffers { values, adjoints, .. } = &mut *self.buffers;
        let (values, adjoints) = (blocks(values, steps.len()), blocks(adjoints, steps.len()));
        let (output, count) = (self.tape.output(), self.places.len());
        for (block, losses) in self.losses.chunks_mut(LANES).enumerate() {
            let rows = self.rows.from(block * LANES);
            forward((steps, 0), parts, &[], values, |input, x| rows.read(input, losses.len(), x), |value| value);
            losses.copy_from_slice(&values[output][..losses.len()]);
            self.tape.clear(adjoints);
            adjoints[output] = [1.0; LANES];
            backward::<f64, LANES, LANES, false>((steps, 0), parts, &[], values, adjoints, &mut []);
            if !self.places.iter().flatten().all(|&at| are_finite(&adjoints[at..=at])) {
                self.tape.clear(adjoints);
                adjoints[output] = [1.0; LANES];
                backward::<f64, LANES, LANES, true>((steps, 0), parts, &[], values, adjoints, &mut []);
            }
            for (lane, gradient) in
                self.gradients[block * LANES * count..].chunks_mut(count.max(1)).take(losses.len()).enumerate()
            {
                for (entry, place) in gradient.iter_mut().zip(self.places) {
                    *entry = place.map_or(0.0, |at| adjoints[at][lane]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::Scalar;

    /// Vector instructions are what this processor has; without any, the same sums come out.
    #[test]
    fn instructions_change_no_bit() {
        let loss = Graph::record(["w", "v", "b", "x", "t"], |[w, v, b, x, t]| {
            let h = (b + w * x + v * t).relu();
            (h * w + b - t).powi(2) + (x * w).tanh() * v.exp() + h.max(x).sqrt()
        });
        let mut vectors = Batch::new(loss, ["x", "t"]);
        let mut plain = Batch { arch: Arch::Scalar, ..vectors.clone() };
        let rows = Array2::from_shape_fn((1234, 2), |(i, j)| (i as f64 * 0.37 + j as f64).sin() * 2.0);
        let parameters = [0.7, -0.3, 0.2];
        assert_eq!(vectors.gradient(&parameters, rows.view()), plain.gradient(&parameters, rows.view()));
        assert_eq!(vectors.gradients(&parameters, rows.view()), plain.gradients(&parameters, rows.view()));
    }
}
