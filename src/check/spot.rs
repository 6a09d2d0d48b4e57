//! Points to ask: random ones at many scales, and those put where a condition is an equality.

/// A point where something is asked: floats, some of them moved to where a condition is an equality.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    /// One number an input; those that are pinned are only near.
    pub(super) floats: Vec<f64>,
    pub(super) pins: Vec<Pin>,
}

/// An input that is set so that a deciding number is 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pin {
    pub(super) input: usize,
    /// Which output of the tape of conditions.
    pub(super) condition: usize,
}

/// A random point: heavy-tailed, so that few regions are out of reach; sometimes all positive, sometimes all small.
pub(super) fn random_point(inputs: usize, random: &mut fastrand::Rng) -> Vec<f64> {
    let style = random.u8(0..8);
    let coordinate = |random: &mut fastrand::Rng| {
        let size = match style {
            0..=3 => 2_f64.powi([-3, 0, 0, 3, 6][random.usize(0..5)]),
            4 => 2_f64.powi([-1, 0, 2][random.usize(0..3)]),
            5 | 6 => 1.0,
            _ => 2_f64.powi(random.i32(-20..=20)),
        };
        let sign = if matches!(style, 4 | 5) || random.bool() { 1.0 } else { -1.0 };
        sign * size * random.f64()
    };
    (0..inputs).map(|_| coordinate(random)).collect()
}

/// A point that is random too, ever closer to a known one.
pub(super) fn near(known: &[f64], round: usize, random: &mut fastrand::Rng) -> Vec<f64> {
    let reach = 2_f64.powi(-((round % 16) as i32) - 1);
    known.iter().map(|x| x + reach * x.abs().max(1.0 / 16.0) * (2.0 * random.f64() - 1.0)).collect()
}
