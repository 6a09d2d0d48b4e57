//! The likelihood of a Gaussian mixture with a Wishart prior, the objective of ADBench (Šrajer, Kukelova and Fitzgibbon
//! 2018), with its gradient by hand.

use chainrule::{Recorder, Scalar, Var};
use ndarray::Array2;

/// Dimensions and components.
pub(crate) const D: usize = 10;
const K: usize = 25;
/// The strict lower triangle.
const L: usize = D * (D - 1) / 2;
/// For each component: its weight α, mean μ, the logarithms q of the diagonal of Q, and the rows l of the triangle
/// below.
pub(crate) const PARAMETERS: usize = K * (1 + D + D + L);

pub(crate) fn data(count: usize) -> Array2<f64> {
    let mut random = fastrand::Rng::with_seed(3);
    Array2::from_shape_simple_fn((count, D), || normal(&mut random))
}

pub(crate) fn parameters() -> Vec<f64> {
    let mut random = fastrand::Rng::with_seed(4);
    (0..PARAMETERS).map(|_| 0.5 * normal(&mut random)).collect()
}

fn normal(random: &mut fastrand::Rng) -> f64 {
    (0..12).map(|_| random.f64()).sum::<f64>() - 6.0
}

/// The parameters by what they are.
struct Parts<'a, S> {
    alpha: &'a [S],
    mu: &'a [S],
    q: &'a [S],
    l: &'a [S],
}

fn parts<S>(parameters: &[S]) -> Parts<'_, S> {
    let (alpha, rest) = parameters.split_at(K);
    let (mu, rest) = rest.split_at(K * D);
    let (q, l) = rest.split_at(K * D);
    Parts { alpha, mu, q, l }
}

fn sum<S: Scalar>(terms: impl IntoIterator<Item = S>) -> S {
    terms.into_iter().reduce(|sum, term| sum + term).expect("there are terms")
}

fn log_sum_exp<S: Scalar>(x: &[S]) -> S {
    let largest = x.iter().copied().reduce(S::max).expect("there are terms");
    sum(x.iter().map(|&x| (x - largest).exp())).ln() + largest
}

/// What all points share: exp q and α + Σ q of each component.
struct Shared<S> {
    diagonal: Vec<S>,
    height: Vec<S>,
}

fn shared<S: Scalar>(parameters: &[S]) -> Shared<S> {
    let Parts { alpha, q, .. } = parts(parameters);
    let height = alpha.iter().zip(q.chunks(D)).map(|(&alpha, q)| alpha + sum(q.iter().copied()));
    Shared { diagonal: q.iter().map(|q| q.exp()).collect(), height: height.collect() }
}

/// The log-likelihood of one point, without its constants.
fn point<S: Scalar>(parameters: &[S], shared: &Shared<S>, x: &[S]) -> S {
    let Parts { mu, l, .. } = parts(parameters);
    let term = |k: usize| {
        let away: Vec<S> = x.iter().zip(&mu[k * D..]).map(|(&x, &mu)| x - mu).collect();
        let (l, diagonal) = (&l[k * L..][..L], &shared.diagonal[k * D..][..D]);
        let rows = (0..D).map(|row| {
            let below = l[row * row.saturating_sub(1) / 2..][..row].iter().zip(&away);
            let products = below.map(|(&l, &away)| l * away).chain([diagonal[row] * away[row]]);
            sum(products)
        });
        let y: Vec<S> = rows.collect();
        shared.height[k] - away[0].lift(0.5) * sum(y.iter().map(|&y| y * y))
    };
    log_sum_exp(&(0..K).map(term).collect::<Vec<_>>())
}

/// What does not depend on the points, for `count` of them.
fn prior<S: Scalar>(parameters: &[S], shared: &Shared<S>, count: f64) -> S {
    let Parts { alpha, l, .. } = parts(parameters);
    let wishart = sum(shared.diagonal.iter().map(|&d| d * d)) + sum(l.iter().map(|&l| l * l));
    let constant = -count * 0.5 * D as f64 * std::f64::consts::TAU.ln();
    alpha[0].lift(0.5) * wishart - alpha[0].lift(count) * log_sum_exp(alpha) + alpha[0].lift(constant)
}

/// The objective's share of one of `count` points.
pub(crate) fn record_row(recorder: &Recorder, count: usize) -> Var<'_> {
    let parameters: Vec<_> = (0..PARAMETERS).map(|i| recorder.input(&format!("p{i}"))).collect();
    let x: Vec<_> = (0..D).map(|i| recorder.input(&format!("x{i}"))).collect();
    let shared = shared(&parameters);
    let prior = prior(&parameters, &shared, count as f64);
    point(&parameters, &shared, &x) + prior * recorder.constant(1.0 / count as f64)
}

/// The objective of all points as one graph of the parameters.
pub(crate) fn record_all<'r>(recorder: &'r Recorder, rows: &Array2<f64>) -> Var<'r> {
    let parameters: Vec<_> = (0..PARAMETERS).map(|i| recorder.input(&format!("p{i}"))).collect();
    let shared = shared(&parameters);
    let points = rows.rows().into_iter().map(|row| {
        let x: Vec<_> = row.iter().map(|&x| recorder.constant(x)).collect();
        point(&parameters, &shared, &x)
    });
    sum(points) + prior(&parameters, &shared, rows.nrows() as f64)
}

/// The objective and its gradient, point by point.
pub(crate) fn by_hand(parameters: &[f64], rows: &Array2<f64>, gradient: &mut [f64]) -> f64 {
    let Parts { alpha, mu, q, l } = parts(parameters);
    let Shared { diagonal, height } = shared(parameters);
    gradient.fill(0.0);
    let (alpha_bar, rest) = gradient.split_at_mut(K);
    let (mu_bar, rest) = rest.split_at_mut(K * D);
    let (q_bar, l_bar) = rest.split_at_mut(K * D);
    let (mut away, mut y, mut terms) = ([[0.0; D]; K], [[0.0; D]; K], [0.0; K]);
    let mut total = 0.0;
    for x in rows.as_slice().expect("rows in a row").chunks_exact(D) {
        for k in 0..K {
            let (l, diagonal) = (&l[k * L..][..L], &diagonal[k * D..][..D]);
            for i in 0..D {
                away[k][i] = x[i] - mu[k * D + i];
            }
            let (mut squares, mut from) = (0.0, 0);
            for row in 0..D {
                let below = l[from..from + row].iter().zip(&away[k]);
                y[k][row] = below.map(|(l, away)| l * away).sum::<f64>() + diagonal[row] * away[k][row];
                squares += y[k][row] * y[k][row];
                from += row;
            }
            terms[k] = height[k] - 0.5 * squares;
        }
        let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let powers = terms.map(|term| (term - largest).exp());
        let sum: f64 = powers.iter().sum();
        total += sum.ln() + largest;
        for k in 0..K {
            let share = powers[k] / sum;
            let (l, l_bar) = (&l[k * L..][..L], &mut l_bar[k * L..][..L]);
            let (away, mu_bar) = (&away[k], &mut mu_bar[k * D..][..D]);
            let q_bar = &mut q_bar[k * D..][..D];
            alpha_bar[k] += share;
            let mut from = 0;
            for row in 0..D {
                let y_bar = share * y[k][row];
                for i in 0..row {
                    l_bar[from + i] -= y_bar * away[i];
                    mu_bar[i] += y_bar * l[from + i];
                }
                let diagonal = diagonal[k * D + row];
                mu_bar[row] += y_bar * diagonal;
                q_bar[row] += share - y_bar * away[row] * diagonal;
                from += row;
            }
        }
    }
    let count = rows.nrows() as f64;
    let largest = alpha.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: f64 = alpha.iter().map(|alpha| (alpha - largest).exp()).sum();
    for (bar, alpha) in alpha_bar.iter_mut().zip(alpha) {
        *bar -= count * (alpha - largest).exp() / weights;
    }
    for ((bar, d), _) in q_bar.iter_mut().zip(&diagonal).zip(q) {
        *bar += d * d;
    }
    l_bar.iter_mut().zip(l).for_each(|(bar, l)| *bar += l);
    let wishart: f64 = diagonal.iter().map(|d| d * d).sum::<f64>() + l.iter().map(|l| l * l).sum::<f64>();
    total - count * (weights.ln() + largest) - count * 0.5 * D as f64 * std::f64::consts::TAU.ln() + 0.5 * wishart
}
