//! A network of 2-16-16-1 on two half moons: relu, max-margin loss and L2, with its gradient by hand.

use chainrule::{Recorder, Scalar};
use ndarray::Array2;

use crate::lanes::{Vectors, one_by_one};

const WIDTH: usize = 16;
/// Weights and biases of three layers, as [`Parts`] tells them apart.
pub(crate) const PARAMETERS: usize = 3 * WIDTH + WIDTH * (WIDTH + 1) + WIDTH + 1;
const DECAY: f64 = 1e-4;

/// Two half moons, and which one: -1 or 1.
pub(crate) fn data(count: usize) -> Array2<f64> {
    let mut random = fastrand::Rng::with_seed(1);
    let mut rows = Array2::zeros((count, 3));
    for (i, mut row) in rows.rows_mut().into_iter().enumerate() {
        let angle = random.f64() * std::f64::consts::PI;
        let [x, y] = if i % 2 == 0 { [angle.cos(), angle.sin()] } else { [1.0 - angle.cos(), 0.5 - angle.sin()] };
        row[0] = x + 0.1 * (random.f64() - 0.5);
        row[1] = y + 0.1 * (random.f64() - 0.5);
        row[2] = if i % 2 == 0 { 1.0 } else { -1.0 };
    }
    rows
}

pub(crate) fn parameters() -> Vec<f64> {
    let mut random = fastrand::Rng::with_seed(2);
    (0..PARAMETERS).map(|_| random.f64() * 2.0 - 1.0).collect()
}

/// One layer: weights by unit, then biases.
#[derive(Clone, Copy)]
struct Layer<'a, S> {
    weights: &'a [S],
    biases: &'a [S],
}

fn layers<S>(parameters: &[S]) -> [Layer<'_, S>; 3] {
    let (first, rest) = parameters.split_at(3 * WIDTH);
    let (second, third) = rest.split_at(WIDTH * (WIDTH + 1));
    [(first, 2 * WIDTH), (second, WIDTH * WIDTH), (third, WIDTH)].map(|(layer, weights)| {
        let (weights, biases) = layer.split_at(weights);
        Layer { weights, biases }
    })
}

/// The margin loss of one moon, in any number.
pub(crate) fn loss<S: Scalar>(parameters: &[S], x: [S; 2], label: S) -> S {
    let mut values = x.to_vec();
    for Layer { weights, biases } in layers(parameters) {
        let units = weights.chunks(values.len()).zip(biases);
        let sum = |(weights, &bias): (&[S], &S)| {
            weights.iter().zip(&values).fold(bias, |sum, (&weight, &x)| sum + weight * x)
        };
        let sums: Vec<S> = units.map(sum).collect();
        values = if sums.len() == 1 { sums } else { sums.into_iter().map(S::relu).collect() };
    }
    (label.lift(1.0) - label * values[0]).relu()
}

/// The sum of the squares of the parameters.
fn squares<S: Scalar>(parameters: &[S]) -> S {
    let squares = parameters.iter().map(|&p| p * p);
    squares.reduce(|sum, square| sum + square).expect("there are parameters")
}

/// The loss of one moon in a batch of some number of them.
pub(crate) fn record_row(recorder: &Recorder, count: usize) -> chainrule::Var<'_> {
    let parameters: Vec<_> = (0..PARAMETERS).map(|i| recorder.input(&format!("p{i}"))).collect();
    let [x, y, label] = ["x", "y", "label"].map(|name| recorder.input(name));
    (loss(&parameters, [x, y], label) + DECAY * squares(&parameters)) * (1.0 / count as f64)
}

/// All moons as one graph of the parameters.
pub(crate) fn record_all<'r>(recorder: &'r Recorder, rows: &Array2<f64>) -> chainrule::Var<'r> {
    let parameters: Vec<_> = (0..PARAMETERS).map(|i| recorder.input(&format!("p{i}"))).collect();
    let losses = rows.rows().into_iter().map(|row| {
        let [x, y, label] = [0, 1, 2].map(|column| recorder.constant(row[column]));
        loss(&parameters, [x, y], label)
    });
    let sum = losses.reduce(|sum, loss| sum + loss).expect("there are moons");
    sum * (1.0 / rows.nrows() as f64) + DECAY * squares(&parameters)
}

/// The mean loss and its gradient, moon by moon.
pub(crate) fn by_hand(parameters: &[f64], rows: &Array2<f64>, gradient: &mut [f64; PARAMETERS]) -> f64 {
    let [first, second, third] = layers(parameters);
    let scale = 1.0 / rows.nrows() as f64;
    let mut total = 0.0;
    gradient.fill(0.0);
    let (first_bar, rest) = gradient.split_at_mut(3 * WIDTH);
    let (second_bar, third_bar) = rest.split_at_mut(WIDTH * (WIDTH + 1));
    for row in rows.as_slice().expect("rows in a row").chunks_exact(3) {
        let (x, y, label) = (row[0], row[1], row[2]);
        let (mut h1, mut h2) = ([0.0; WIDTH], [0.0; WIDTH]);
        for (j, h) in h1.iter_mut().enumerate() {
            *h = (first.biases[j] + first.weights[2 * j] * x + first.weights[2 * j + 1] * y).max(0.0);
        }
        for (j, h) in h2.iter_mut().enumerate() {
            let weights = &second.weights[j * WIDTH..][..WIDTH];
            *h = weights.iter().zip(&h1).fold(second.biases[j], |sum, (w, h)| sum + w * h).max(0.0);
        }
        let score = third.weights.iter().zip(&h2).fold(third.biases[0], |sum, (w, h)| sum + w * h);
        let margin = 1.0 - label * score;
        if margin <= 0.0 {
            continue;
        }
        total += margin;
        let score_bar = -label * scale;
        let mut h1_bar = [0.0; WIDTH];
        for j in 0..WIDTH {
            third_bar[j] += score_bar * h2[j];
            if h2[j] > 0.0 {
                let z_bar = score_bar * third.weights[j];
                let (weights, bars) = (&second.weights[j * WIDTH..][..WIDTH], &mut second_bar[j * WIDTH..][..WIDTH]);
                for i in 0..WIDTH {
                    bars[i] += z_bar * h1[i];
                    h1_bar[i] += z_bar * weights[i];
                }
                second_bar[WIDTH * WIDTH + j] += z_bar;
            }
        }
        third_bar[WIDTH] += score_bar;
        for j in 0..WIDTH {
            if h1[j] > 0.0 {
                first_bar[2 * j] += h1_bar[j] * x;
                first_bar[2 * j + 1] += h1_bar[j] * y;
                first_bar[2 * WIDTH + j] += h1_bar[j];
            }
        }
    }
    let decay: f64 = parameters.iter().map(|p| p * p).sum();
    gradient.iter_mut().zip(parameters).for_each(|(bar, p)| *bar += 2.0 * DECAY * p);
    total * scale + DECAY * decay
}

/// The same, `LANES` moons at a time, so that the compiler can use vectors.
pub(crate) struct InVectors<'a> {
    pub(crate) parameters: &'a [f64],
    pub(crate) rows: &'a Array2<f64>,
    pub(crate) gradient: &'a mut [f64; PARAMETERS],
}

/// Four vectors of eight: enough to hide how long a sum takes.
const LANES: usize = 32;
type Block = [f64; LANES];

/// A product of lanes in a few partial sums.
#[inline(always)]
fn add_product(to: &mut [f64; 8], a: &Block, b: &Block) {
    for part in 0..LANES / 8 {
        for lane in 0..8 {
            to[lane] += a[part * 8 + lane] * b[part * 8 + lane];
        }
    }
}

#[inline(always)]
fn weighted(bias: f64, weights: &[f64], values: &[Block]) -> Block {
    let mut sum = [bias; LANES];
    for i in 0..weights.len() {
        let i = one_by_one(i);
        for lane in 0..LANES {
            sum[lane] += weights[i] * values[i][lane];
        }
    }
    sum
}

#[inline(always)]
fn relu(z: Block) -> Block {
    z.map(|z| if z > 0.0 { z } else { 0.0 })
}

/// An adjoint through a relu whose result is `h`.
#[inline(always)]
fn gated(h: &Block, bar: &Block) -> Block {
    let mut z_bar = [0.0; LANES];
    for lane in 0..LANES {
        z_bar[lane] = if h[lane] > 0.0 { bar[lane] } else { 0.0 };
    }
    z_bar
}

impl Vectors for InVectors<'_> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let [first, second, third] = layers(self.parameters);
        let rows = self.rows.as_slice().expect("rows in a row");
        let scale = 1.0 / self.rows.nrows() as f64;
        let mut sums = [[0.0; 8]; PARAMETERS];
        let mut total = [0.0; 8];
        let ones = [1.0; LANES];
        for rows in rows.chunks(3 * LANES) {
            let count = rows.len() / 3;
            let column = |column: usize| -> Block {
                std::array::from_fn(|lane| if lane < count { rows[3 * lane + column] } else { 0.0 })
            };
            let x = [column(0), column(1)];
            let label = column(2);
            let mut h1 = [[0.0; LANES]; WIDTH];
            for (j, h) in h1.iter_mut().enumerate() {
                *h = relu(weighted(first.biases[j], &first.weights[2 * j..][..2], &x));
            }
            let mut h2 = [[0.0; LANES]; WIDTH];
            for (j, h) in h2.iter_mut().enumerate() {
                *h = relu(weighted(second.biases[j], &second.weights[j * WIDTH..][..WIDTH], &h1));
            }
            let score = weighted(third.biases[0], third.weights, &h2);
            let mut score_bar = [0.0; LANES];
            let mut margin = [0.0; LANES];
            for lane in 0..LANES {
                margin[lane] = 1.0 - label[lane] * score[lane];
                // lanes beyond the last moon have label 0, so no adjoint
                score_bar[lane] = if margin[lane] > 0.0 { -label[lane] * scale } else { 0.0 };
                margin[lane] = if margin[lane] > 0.0 && lane < count { margin[lane] } else { 0.0 };
            }
            add_product(&mut total, &margin, &ones);
            let mut h1_bar = [[0.0; LANES]; WIDTH];
            let base = 3 * WIDTH;
            let last = base + WIDTH * (WIDTH + 1);
            for j in 0..WIDTH {
                add_product(&mut sums[last + j], &score_bar, &h2[j]);
                let z_bar = gated(&h2[j], &score_bar.map(|bar| bar * third.weights[j]));
                for i in 0..WIDTH {
                    let i = one_by_one(i);
                    add_product(&mut sums[base + j * WIDTH + i], &z_bar, &h1[i]);
                    let weight = second.weights[j * WIDTH + i];
                    for lane in 0..LANES {
                        h1_bar[i][lane] += weight * z_bar[lane];
                    }
                }
                add_product(&mut sums[base + WIDTH * WIDTH + j], &z_bar, &ones);
            }
            add_product(&mut sums[last + WIDTH], &score_bar, &ones);
            for j in 0..WIDTH {
                let z_bar = gated(&h1[j], &h1_bar[j]);
                add_product(&mut sums[2 * j], &z_bar, &x[0]);
                add_product(&mut sums[2 * j + 1], &z_bar, &x[1]);
                add_product(&mut sums[2 * WIDTH + j], &z_bar, &ones);
            }
        }
        for ((bar, sums), p) in self.gradient.iter_mut().zip(&sums).zip(self.parameters) {
            *bar = sums.iter().sum::<f64>() + 2.0 * DECAY * p;
        }
        total.iter().sum::<f64>() * scale + DECAY * self.parameters.iter().map(|p| p * p).sum::<f64>()
    }
}
