//! What a check finds: types only.

use std::fmt;

use crate::number::Rational;
use crate::render::short_float;

/// One entry a claim, in the order of the claims.
#[derive(Debug, Clone)]
pub struct Report {
    /// The claims, judged.
    pub claims: Vec<Entry>,
}

/// What is known of a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It is the derivative, wherever the loss has one.
    Proven,
    /// At every point that was tried it is, to rounding; there is no proof.
    Agrees,
    /// Neither could be shown.
    Undecided,
    /// It is not: there is a point where the two differ.
    Refuted,
}

/// One claim, judged.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What the person calls it.
    pub name: String,
    /// What is differentiated.
    pub of: String,
    /// By what.
    pub wrt: String,
    /// The worst verdict of all regions.
    pub verdict: Verdict,
    /// Where the formula is one constant times the derivative everywhere: that constant.
    pub factor: Option<f64>,
    /// How many regions were met, by verdict.
    pub regions: Regions,
    /// The regions that were met: each is one pattern of the conditions that loss and formula depend on. Of a sample only
    /// some are listed, refuted ones first.
    pub patterns: Vec<Pattern>,
    /// Whether there are too many conditions to list all regions, so that these are a sample.
    pub sampled: bool,
    /// At each of the person's own points.
    pub at: Vec<At>,
    /// For a refuted claim, the smallest point found where it fails.
    pub counterexample: Option<Counterexample>,
    /// What to write in place of the formula; proven in every region.
    pub repair: Option<String>,
    /// Why the verdict is what it is, in sentences; empty where there is nothing to say.
    pub why: String,
    /// For a proven claim, the largest chance that it is proven by accident.
    pub bound: Option<f64>,
}

impl Entry {
    /// A claim of which nothing is known.
    #[cfg(feature = "python")]
    pub(crate) fn open(name: &str, of: &str) -> Self {
        Self {
            name: name.to_owned(),
            of: of.to_owned(),
            wrt: String::new(),
            verdict: Verdict::Undecided,
            factor: None,
            regions: Regions::default(),
            patterns: Vec::new(),
            sampled: false,
            at: Vec::new(),
            counterexample: None,
            repair: None,
            why: String::new(),
            bound: None,
        }
    }
}

/// One region: where these conditions hold or do not.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    /// Each condition as text, and whether it holds.
    pub conditions: Vec<(String, bool)>,
    /// The verdict there.
    pub verdict: Verdict,
    /// How many points of the region were asked.
    pub points: usize,
}

/// One point: by hand and by four witnesses.
#[derive(Debug, Clone, PartialEq)]
pub struct At {
    /// By the formula.
    pub hand: f64,
    /// By one backward sweep.
    pub reverse: f64,
    /// By a forward sweep on duals.
    pub forward: f64,
    /// By finite differences; `None` at a kink.
    pub difference: Option<f64>,
    /// As a fraction, or why there is none.
    pub exact: Rational,
    /// Whether all four confirm the formula here.
    pub agrees: bool,
    /// Whether the point lies in a region where the formula is refuted; `None` where it lies on a border.
    pub refuted: Option<bool>,
}

/// A point where a formula fails.
#[derive(Debug, Clone, PartialEq)]
pub struct Counterexample {
    /// The value of each name.
    pub point: Vec<(String, f64)>,
    /// What the formula gives.
    pub hand: f64,
    /// What the derivative is.
    pub truth: f64,
}

/// How many regions have each verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Regions([usize; 4]);

impl Regions {
    /// How many have this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.0[verdict as usize]
    }

    /// How many there are.
    pub fn total(&self) -> usize {
        self.0.iter().sum()
    }
}

impl FromIterator<Verdict> for Regions {
    fn from_iter<I: IntoIterator<Item = Verdict>>(verdicts: I) -> Self {
        let mut regions = Self::default();
        verdicts.into_iter().for_each(|verdict| regions.0[verdict as usize] += 1);
        regions
    }
}

impl Verdict {
    /// All verdicts, in the order in which they are counted.
    pub const ALL: [Self; 4] = [Self::Proven, Self::Refuted, Self::Agrees, Self::Undecided];
}

/// In one word.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Proven => "proven",
            Self::Agrees => "agrees",
            Self::Undecided => "undecided",
            Self::Refuted => "refuted",
        })
    }
}

/// `At w = 1, x = 2 (all else 0): by hand -2, truly 0.`
impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let others: Vec<String> = (self.point.iter().filter(|(_, value)| *value != 0.0))
            .map(|(name, value)| format!("{name} = {}", short_float(*value)))
            .collect();
        match (others.len(), self.point.len()) {
            (0, 0) => f.write_str("Everywhere"),
            (0, 1) => write!(f, "At {} = 0", self.point[0].0),
            (0, _) => f.write_str("Where all names are 0"),
            (count, all) => {
                write!(f, "At {}{}", others.join(", "), if count < all { " (all else 0)" } else { "" })
            }
        }?;
        write!(f, ": by hand {}, truly {}.", short_float(self.hand), short_float(self.truth))
    }
}
