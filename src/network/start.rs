//! How the weights start.

use std::fmt;
use std::str::FromStr;

use fastrand::Rng;

use crate::error::Error;
use crate::network::{Activation, Network};
use crate::render::short_float;

/// How the weights start; biases start at 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Start {
    /// Uniform with variance 2 / inputs (He, Zhang, Ren & Sun 2015), for relu.
    He,
    /// Uniform with variance 2 / (inputs + outputs) (Glorot & Bengio 2010), for tanh and sigmoid.
    Xavier,
    /// Uniform between minus and plus this number.
    Uniform(f64),
}

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::He => f.write_str("he"),
            Self::Xavier => f.write_str("xavier"),
            Self::Uniform(bound) => write!(f, "uniform:{}", short_float(*bound)),
        }
    }
}

impl FromStr for Start {
    type Err = Error;

    /// Reads `he`, `xavier`, `uniform:0.5`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let bound = text.strip_prefix("uniform:").and_then(|bound| bound.parse().ok());
        match text {
            "he" => Ok(Self::He),
            "xavier" => Ok(Self::Xavier),
            _ => bound.map(Self::Uniform).ok_or_else(|| {
                Error::new(format!("`{text}` is no way to start the weights"))
                    .help("they are `he` (for relu), `xavier` (for tanh and sigmoid), `uniform:0.5` (from -0.5 to 0.5)")
            }),
        }
    }
}

impl Network {
    /// The start that suits the activation of the hidden layers.
    pub fn usual_start(&self) -> Start {
        match self.hidden {
            Activation::Relu | Activation::LeakyRelu => Start::He,
            _ => Start::Xavier,
        }
    }

    /// The first weights and biases, the same for the same seed.
    pub fn start(&self, start: Start, seed: u64) -> Vec<f64> {
        let mut random = Rng::with_seed(seed);
        let mut parameters = Vec::with_capacity(self.parameters());
        for pair in self.sizes.windows(2) {
            let (inputs, outputs) = (pair[0] as f64, pair[1] as f64);
            let bound = match start {
                Start::He => (6.0 / inputs).sqrt(), // a uniform number has a third of its bound, squared, as variance
                Start::Xavier => (6.0 / (inputs + outputs)).sqrt(),
                Start::Uniform(bound) => bound,
            };
            for _ in 0..pair[1] {
                parameters.extend((0..pair[0]).map(|_| bound * (2.0 * random.f64() - 1.0)));
                parameters.push(0.0);
            }
        }
        parameters
    }
}
