//! Rows to learn from.

use std::f64::consts::{PI, TAU};

use fastrand::Rng;
use ndarray::{Array1, Array2};

/// Inputs and what the network should say to them.
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    /// One row a row, one column an input.
    pub inputs: Array2<f64>,
    /// One number a row: the class, counted from 0, or any number.
    pub targets: Array1<f64>,
    /// How many classes there are; `None` where targets are numbers.
    pub classes: Option<usize>,
}

impl Data {
    /// The four rows of exclusive or.
    pub fn xor() -> Self {
        let inputs = ndarray::array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
        Self { inputs, targets: ndarray::array![0.0, 1.0, 1.0, 0.0], classes: Some(2) }
    }

    /// Two half circles that reach into each other, with normal noise of this size on both coordinates.
    pub fn moons(rows: usize, noise: f64, seed: u64) -> Self {
        Self::classes(rows, 2, noise, seed, |class, random| {
            let angle = PI * random.f64();
            if class == 0 { [angle.cos(), angle.sin()] } else { [1.0 - angle.cos(), 0.5 - angle.sin()] }
        })
    }

    /// A circle of radius 1 and one of radius ½ inside it.
    pub fn circles(rows: usize, noise: f64, seed: u64) -> Self {
        Self::classes(rows, 2, noise, seed, |class, random| {
            let (angle, radius) = (TAU * random.f64(), if class == 0 { 1.0 } else { 0.5 });
            [radius * angle.cos(), radius * angle.sin()]
        })
    }

    /// Two arms that wind around the origin, one turn and a quarter each.
    pub fn spiral(rows: usize, noise: f64, seed: u64) -> Self {
        Self::classes(rows, 2, noise, seed, |class, random| {
            let along = random.f64();
            let angle = 1.25 * TAU * along + PI * class as f64;
            [along * angle.cos(), along * angle.sin()]
        })
    }

    /// So many clouds, on a circle of radius 1.
    pub fn blobs(rows: usize, classes: usize, noise: f64, seed: u64) -> Self {
        Self::classes(rows, classes, noise, seed, |class, _| {
            let angle = TAU * class as f64 / classes as f64;
            [angle.cos(), angle.sin()]
        })
    }

    /// `sin x` for x between -π and π, with noise on the target.
    pub fn sine(rows: usize, noise: f64, seed: u64) -> Self {
        Self::numbers(rows, noise, seed, |random| [PI * (2.0 * random.f64() - 1.0)], |[x]| x.sin())
    }

    /// The table of the three-neuron lectures: `x1² + x2` for inputs between -1 and 1, with noise on the target.
    pub fn lectures(rows: usize, noise: f64, seed: u64) -> Self {
        let place = |random: &mut Rng| [2.0 * random.f64() - 1.0, 2.0 * random.f64() - 1.0];
        Self::numbers(rows, noise, seed, place, |[x1, x2]| x1 * x1 + x2)
    }

    fn classes(
        rows: usize,
        classes: usize,
        noise: f64,
        seed: u64,
        place: impl Fn(usize, &mut Rng) -> [f64; 2],
    ) -> Self {
        let mut random = Rng::with_seed(seed);
        let mut inputs = Array2::zeros((rows, 2));
        let class = |row: usize| row % classes.max(1);
        for (row, mut input) in inputs.rows_mut().into_iter().enumerate() {
            let [x, y] = place(class(row), &mut random);
            (input[0], input[1]) = (x + noise * normal(&mut random), y + noise * normal(&mut random));
        }
        Self { inputs, targets: (0..rows).map(|row| class(row) as f64).collect(), classes: Some(classes) }
    }

    fn numbers<const N: usize>(
        rows: usize,
        noise: f64,
        seed: u64,
        place: impl Fn(&mut Rng) -> [f64; N],
        target: impl Fn([f64; N]) -> f64,
    ) -> Self {
        let mut random = Rng::with_seed(seed);
        let (mut inputs, mut targets) = (Array2::zeros((rows, N)), Array1::zeros(rows));
        for row in 0..rows {
            let x = place(&mut random);
            (0..N).for_each(|i| inputs[(row, i)] = x[i]);
            targets[row] = target(x) + noise * normal(&mut random);
        }
        Self { inputs, targets, classes: None }
    }
}

/// A normal number of mean 0 and variance 1 (Box & Muller 1958).
fn normal(random: &mut Rng) -> f64 {
    (-2.0 * (1.0 - random.f64()).ln()).sqrt() * (TAU * random.f64()).cos()
}
