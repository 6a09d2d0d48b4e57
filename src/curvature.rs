//! The largest curvature of a loss, by Hessian-vector products alone.

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The largest eigenvalue of the Hessian in so many parameters, by the iteration of Lanczos (1950), every direction made
/// orthogonal to all before; `product` is the Hessian times a direction, taken no more than `most` times. With as many
/// products as parameters the whole Hessian is in it.
pub(crate) fn largest(parameters: usize, most: usize, product: impl Fn(&[f64]) -> Vec<f64>) -> f64 {
    let mut random = fastrand::Rng::with_seed(1);
    let scale = |vector: &[f64], by: f64| vector.iter().map(|x| x * by).collect::<Vec<f64>>();
    let start: Vec<f64> = (0..parameters).map(|_| random.f64() - 0.5).collect();
    let mut directions = vec![scale(&start, 1.0 / dot(&start, &start).sqrt())];
    let (mut diagonal, mut beside) = (Vec::new(), Vec::new());
    while diagonal.len() < parameters.min(most) {
        let direction = &directions[directions.len() - 1];
        let mut next = product(direction);
        let size = dot(&next, &next).sqrt();
        diagonal.push(dot(&next, direction));
        // Twice is enough (Parlett, The Symmetric Eigenvalue Problem, 1980, ch. 6).
        for _ in 0..2 {
            for known in &directions {
                let along = dot(&next, known);
                next.iter_mut().zip(known).for_each(|(x, k)| *x -= along * k);
            }
        }
        let length = dot(&next, &next).sqrt();
        if length.is_nan() || length <= 1e-13 * size {
            break; // nothing new: all that is curved has been seen
        }
        beside.push(length);
        directions.push(scale(&next, 1.0 / length));
    }
    largest_of_three_diagonals(&diagonal, &beside)
}

/// The largest eigenvalue of a symmetric matrix with three diagonals: bisection on how many are larger (Sturm 1829).
fn largest_of_three_diagonals(diagonal: &[f64], beside: &[f64]) -> f64 {
    let off = |at: usize| beside.get(at).filter(|_| at + 1 < diagonal.len()).copied().unwrap_or(0.0);
    let reach = |at: usize| off(at).abs() + if at > 0 { off(at - 1).abs() } else { 0.0 };
    let ends = |sign: f64| (0..diagonal.len()).map(move |at| diagonal[at] + sign * reach(at));
    let (mut low, mut high) = (ends(-1.0).fold(f64::INFINITY, f64::min), ends(1.0).fold(f64::NEG_INFINITY, f64::max));
    if !(low.is_finite() && high.is_finite()) {
        return f64::NAN;
    }
    let has_larger = |x: f64| {
        let mut pivot = 1.0_f64;
        (0..diagonal.len()).any(|at| {
            let before = if at > 0 { off(at - 1) } else { 0.0 };
            pivot = diagonal[at] - x - before * before / if pivot == 0.0 { f64::MIN_POSITIVE } else { pivot };
            pivot > 0.0
        })
    };
    while low + (high - low) / 2.0 > low && low + (high - low) / 2.0 < high {
        let middle = low + (high - low) / 2.0;
        if has_larger(middle) { low = middle } else { high = middle }
    }
    high
}
