//! How the learning rate changes along the steps.

use std::f64::consts::PI;
use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// What the learning rate is multiplied by, step by step.
///
/// ```
/// use chainrule::network::Schedule;
/// let halved: Schedule = "step:100:0.5".parse().unwrap();
/// assert_eq!([1, 100, 101, 201].map(|step| halved.factor(step)), [1.0, 1.0, 0.5, 0.25]);
/// assert_eq!(Schedule::Inverse { half: 10 }.factor(11), 0.5);
/// assert_eq!(Schedule::Cosine { steps: 10 }.factor(11), 0.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Schedule {
    /// Always by 1.
    Constant,
    /// By `factor` once more after every so many steps.
    Step {
        /// How many steps one rate lasts.
        every: u64,
        /// Between 0 and 1.
        factor: f64,
    },
    /// Along half a cosine from 1 to 0 in so many steps (Loshchilov & Hutter 2017, without restarts).
    Cosine {
        /// The steps from 1 to 0.
        steps: u64,
    },
    /// By 1/(1 + t/half) after t steps (Robbins & Monro 1951).
    Inverse {
        /// After how many steps the rate is half of what it was.
        half: u64,
    },
}

impl Schedule {
    /// The factor of this step, counted from 1.
    pub fn factor(self, step: u64) -> f64 {
        let done = step.saturating_sub(1);
        match self {
            Self::Constant => 1.0,
            Self::Step { every, factor } => factor.powf((done / every.max(1)) as f64),
            Self::Cosine { steps } => 0.5 * (1.0 + (PI * (done as f64 / steps.max(1) as f64).min(1.0)).cos()),
            Self::Inverse { half } => 1.0 / (1.0 + done as f64 / half.max(1) as f64),
        }
    }

    /// What `step`, `cosine` and `inverse` mean without numbers in a run of so many steps.
    ///
    /// # Errors
    /// If it is no schedule.
    pub fn read(text: &str, steps: u64) -> Result<Self, Error> {
        match text {
            "step" => Ok(Self::Step { every: steps.div_ceil(4), factor: 0.5 }),
            "cosine" => Ok(Self::Cosine { steps }),
            "inverse" => Ok(Self::Inverse { half: steps.div_ceil(10) }),
            _ => text.parse(),
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant => f.write_str("constant"),
            Self::Step { every, factor } => write!(f, "step:{every}:{factor}"),
            Self::Cosine { steps } => write!(f, "cosine:{steps}"),
            Self::Inverse { half } => write!(f, "inverse:{half}"),
        }
    }
}

impl FromStr for Schedule {
    type Err = Error;

    /// Reads `constant`, `step:100:0.5`, `cosine:500`, `inverse:100`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || {
            Error::new(format!("`{text}` is no schedule of the learning rate")).help(
                "write `constant`, `step:100:0.5` (times 0.5 after every 100 steps), `cosine:500` (down to 0 in 500 \
                 steps) or `inverse:100` (half after 100 steps, a third after 200)",
            )
        };
        let words: Vec<&str> = text.split(':').collect();
        let steps = |word: &str| word.parse::<u64>().ok().filter(|&steps| steps > 0).ok_or_else(wrong);
        match words[..] {
            ["constant"] => Ok(Self::Constant),
            ["step", every, factor] => {
                let factor = factor.parse().ok().filter(|factor: &f64| *factor > 0.0 && *factor <= 1.0);
                Ok(Self::Step { every: steps(every)?, factor: factor.ok_or_else(wrong)? })
            }
            ["cosine", count] => Ok(Self::Cosine { steps: steps(count)? }),
            ["inverse", half] => Ok(Self::Inverse { half: steps(half)? }),
            _ => Err(wrong()),
        }
    }
}
