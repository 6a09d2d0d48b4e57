//! How a gradient becomes a step.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::network::state::State;

/// How a gradient becomes a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Optimiser {
    /// Against the gradient.
    Descent,
    /// With a velocity that keeps this part of itself each step (Polyak 1964).
    Momentum(f64),
    /// Adam (Kingma & Ba 2015) with its customary 0.9, 0.999 and 1e-8.
    Adam,
}

impl Optimiser {
    /// Moves the parameters by one step, the one that `state` has just counted, along slopes given in their order.
    pub(super) fn step(self, state: &mut State, slopes: impl Iterator<Item = f64>, rate: f64) {
        let State { parameters, velocity, squares, step, .. } = state;
        let moments = velocity.iter_mut().zip(squares);
        for ((parameter, slope), (velocity, square)) in parameters.iter_mut().zip(slopes).zip(moments) {
            *parameter -= match self {
                Self::Descent => rate * slope,
                Self::Momentum(kept) => {
                    *velocity = kept * *velocity + slope;
                    rate * *velocity
                }
                Self::Adam => {
                    let (first, second) = (0.9_f64, 0.999_f64);
                    *velocity = first * *velocity + (1.0 - first) * slope;
                    *square = second * *square + (1.0 - second) * slope * slope;
                    let unbiased = |mean: f64, kept: f64| mean / (1.0 - kept.powf(*step as f64));
                    rate * unbiased(*velocity, first) / (unbiased(*square, second).sqrt() + 1e-8)
                }
            };
        }
    }

    /// The rate, times the largest curvature, beyond which steps swing ever wider: 2 for descent, 2 (1 + kept) with
    /// momentum; Adam scales each parameter by itself, and has no such number.
    pub fn stable(self) -> Option<f64> {
        match self {
            Self::Descent => Some(2.0),
            Self::Momentum(kept) => Some(2.0 * (1.0 + kept)),
            Self::Adam => None,
        }
    }
}

impl fmt::Display for Optimiser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Descent => f.write_str("descent"),
            Self::Momentum(kept) => write!(f, "momentum:{kept}"),
            Self::Adam => f.write_str("adam"),
        }
    }
}

impl FromStr for Optimiser {
    type Err = Error;

    /// Reads `descent`, `momentum` (which keeps 0.9), `momentum:0.5`, `adam`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let kept = text.strip_prefix("momentum:").and_then(|kept| kept.parse().ok());
        match text {
            "descent" => Ok(Self::Descent),
            "momentum" => Ok(Self::Momentum(0.9)),
            "adam" => Ok(Self::Adam),
            _ => kept.map(Self::Momentum).ok_or_else(|| {
                Error::new(format!("`{text}` is no optimiser"))
                    .help("they are `descent`, `momentum` (or `momentum:0.9`, which keeps 0.9 of its velocity), `adam`")
            }),
        }
    }
}
