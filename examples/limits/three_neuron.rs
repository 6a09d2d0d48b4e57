//! The three-neuron network of the document, with the gradient that follows from it by hand.

use chainrule::{Recorder, Scalar, Var};
use ndarray::Array2;

use crate::lanes::{BLOCK, Vectors};

/// The parameters: w1 to w6, bias1 to bias3.
pub(crate) const PARAMETERS: [f64; 9] = [0.9, 0.5, 0.7, -0.4, 0.8, 0.6, 0.3, 0.1, 0.2];
pub(crate) const COLUMNS: [&str; 3] = ["input1", "input2", "true_value"];
const NAMES: [&str; 9] = ["w1", "w2", "w3", "w4", "w5", "w6", "bias1", "bias2", "bias3"];

/// The loss, recorded: parameters first, then the columns.
pub(crate) fn record(recorder: &Recorder) -> Var<'_> {
    let [w1, w2, w3, w4, w5, w6, b1, b2, b3] = NAMES.map(|name| recorder.input(name));
    let [x1, x2, t] = COLUMNS.map(|name| recorder.input(name));
    let h1 = (x1 * w1 + x2 * w3 + b1).relu();
    let h2 = (x1 * w2 + x2 * w4 + b2).relu();
    let y = (h1 * w5 + h2 * w6 + b3).relu();
    (y - t).powi(2)
}

/// The loss and its gradient in all twelve inputs, by hand.
pub(crate) fn by_hand(point: &[f64; 12]) -> (f64, [f64; 12]) {
    let &[w1, w2, w3, w4, w5, w6, b1, b2, b3, x1, x2, t] = point;
    let (z1, z2) = (x1 * w1 + x2 * w3 + b1, x1 * w2 + x2 * w4 + b2);
    let (h1, h2) = (z1.max(0.0), z2.max(0.0));
    let z3 = h1 * w5 + h2 * w6 + b3;
    let error = z3.max(0.0) - t;
    let d3 = if z3 > 0.0 { 2.0 * error } else { 0.0 };
    let d1 = if z1 > 0.0 { d3 * w5 } else { 0.0 };
    let d2 = if z2 > 0.0 { d3 * w6 } else { 0.0 };
    let gradient = [
        d1 * x1,
        d2 * x1,
        d1 * x2,
        d2 * x2,
        d3 * h1,
        d3 * h2,
        d1,
        d2,
        d3,
        d1 * w1 + d2 * w2,
        d1 * w3 + d2 * w4,
        -2.0 * error,
    ];
    (error * error, gradient)
}

/// The losses, and the gradient of their sum in the parameters, row by row.
pub(crate) fn batch_by_hand(parameters: &[f64; 9], rows: &Array2<f64>, losses: &mut [f64]) -> [f64; 9] {
    let &[w1, w2, w3, w4, w5, w6, b1, b2, b3] = parameters;
    let mut sum = [0.0; 9];
    let rows = rows.as_slice().expect("rows in a row");
    for (row, loss) in rows.chunks_exact(3).zip(losses) {
        let (x1, x2, t) = (row[0], row[1], row[2]);
        let (z1, z2) = (x1 * w1 + x2 * w3 + b1, x1 * w2 + x2 * w4 + b2);
        let (h1, h2) = (z1.max(0.0), z2.max(0.0));
        let z3 = h1 * w5 + h2 * w6 + b3;
        let error = z3.max(0.0) - t;
        let d3 = if z3 > 0.0 { 2.0 * error } else { 0.0 };
        let d1 = if z1 > 0.0 { d3 * w5 } else { 0.0 };
        let d2 = if z2 > 0.0 { d3 * w6 } else { 0.0 };
        let terms = [d1 * x1, d2 * x1, d1 * x2, d2 * x2, d3 * h1, d3 * h2, d1, d2, d3];
        sum.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
        *loss = error * error;
    }
    sum
}

/// The same, a block of rows at a time, so that the compiler can use vectors.
pub(crate) struct BatchInVectors<'a> {
    pub(crate) parameters: &'a [f64; 9],
    pub(crate) rows: &'a Array2<f64>,
    pub(crate) losses: &'a mut [f64],
}

impl Vectors for BatchInVectors<'_> {
    type Output = [f64; 9];

    #[inline(always)]
    fn run(self) -> [f64; 9] {
        let &[w1, w2, w3, w4, w5, w6, b1, b2, b3] = self.parameters;
        let mut sums = [[0.0; 4]; 9];
        let rows = self.rows.as_slice().expect("rows in a row");
        assert!(self.losses.len().is_multiple_of(BLOCK), "whole blocks");
        for (rows, losses) in rows.chunks_exact(3 * BLOCK).zip(self.losses.chunks_exact_mut(BLOCK)) {
            let [mut x1, mut x2, mut t] = [[0.0; BLOCK]; 3];
            for (lane, row) in rows.chunks_exact(3).enumerate() {
                (x1[lane], x2[lane], t[lane]) = (row[0], row[1], row[2]);
            }
            let mut terms = [[0.0; BLOCK]; 9];
            for lane in 0..BLOCK {
                let (x1, x2) = (x1[lane], x2[lane]);
                let (z1, z2) = (x1 * w1 + x2 * w3 + b1, x1 * w2 + x2 * w4 + b2);
                let h1 = if z1 > 0.0 { z1 } else { 0.0 };
                let h2 = if z2 > 0.0 { z2 } else { 0.0 };
                let z3 = h1 * w5 + h2 * w6 + b3;
                let error = (if z3 > 0.0 { z3 } else { 0.0 }) - t[lane];
                let d3 = if z3 > 0.0 { 2.0 * error } else { 0.0 };
                let d1 = if z1 > 0.0 { d3 * w5 } else { 0.0 };
                let d2 = if z2 > 0.0 { d3 * w6 } else { 0.0 };
                losses[lane] = error * error;
                (terms[0][lane], terms[1][lane], terms[2][lane]) = (d1 * x1, d2 * x1, d1 * x2);
                (terms[3][lane], terms[4][lane], terms[5][lane]) = (d2 * x2, d3 * h1, d3 * h2);
                (terms[6][lane], terms[7][lane], terms[8][lane]) = (d1, d2, d3);
            }
            for (sums, terms) in sums.iter_mut().zip(&terms) {
                for part in terms.chunks_exact(4) {
                    sums.iter_mut().zip(part).for_each(|(sum, term)| *sum += term);
                }
            }
        }
        sums.map(|lanes| lanes.iter().sum())
    }
}
