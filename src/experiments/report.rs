//! What is reported of the document: types only.

use indexmap::IndexMap;
use serde::Serialize;

use crate::check::{At, Entry};
use crate::render::Number;

/// The document, recomputed.
#[derive(Debug, Serialize)]
pub struct Report {
    pub(super) schema: u32,
    /// The sample that every experiment runs on.
    pub sample: IndexMap<String, Number>,
    /// The forward passes.
    pub forward: Vec<Forward>,
    /// The gradient steps.
    pub updates: Vec<Update>,
    /// The gradients derived by hand, each judged, and beside four witnesses.
    pub gradients: Vec<Gradient>,
    /// The same gradients after what mends them, judged again; empty where something could not be mended.
    pub repaired: Vec<Entry>,
    /// The document's conclusions, judged.
    pub conclusions: Vec<Conclusion>,
}

/// One forward pass.
#[derive(Debug, Serialize)]
pub struct Forward {
    /// What the experiment varies: baseline, size or identity.
    pub group: String,
    /// The document's name for it.
    pub name: String,
    /// What the network gives.
    pub computed: IndexMap<&'static str, Number>,
    /// What the document prints; empty where it prints nothing.
    pub printed: IndexMap<&'static str, String>,
    /// The values whose printed digits are not those computed.
    pub differs: Vec<&'static str>,
}

/// One gradient step, and where it leads.
#[derive(Debug, Serialize)]
pub struct Update {
    /// The starting point.
    pub start: String,
    /// The learning rate.
    pub learning_rate: f64,
    /// The weights and biases before the step.
    pub before: IndexMap<String, Number>,
    /// The weights and biases after it.
    pub computed: IndexMap<String, Number>,
    /// What the document prints for them.
    pub printed: IndexMap<String, String>,
    /// The names whose printed digits are not those computed.
    pub differs: Vec<String>,
    /// The loss before the step.
    pub loss_before: Number,
    /// The loss after it.
    pub loss_after: Number,
    /// The loss after the step and after each of 50 further ones.
    pub losses: Vec<Number>,
}

/// One gradient derived by hand.
#[derive(Debug, Serialize)]
pub struct Gradient {
    /// What the check finds of it; its first point is the baseline.
    #[serde(flatten)]
    pub entry: Entry,
    /// At every start of the document, the baseline among them, and at one point that it does not visit.
    pub starts: Vec<Start>,
}

/// One gradient at one starting point.
#[derive(Debug, Serialize)]
pub struct Start {
    /// The starting point.
    pub start: String,
    /// Whether the document visits it.
    pub visited: bool,
    #[serde(flatten)]
    /// The gradient there.
    pub at: At,
}

/// One conclusion of the document, judged.
#[derive(Debug, Serialize)]
pub struct Conclusion {
    /// What the document says.
    pub text: String,
    /// What the numbers say.
    pub verdict: Verdict,
    /// The numbers that decide it.
    pub evidence: String,
}

/// Whether a conclusion holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// All of it.
    #[serde(rename = "holds")]
    Holds,
    /// Some of it.
    #[serde(rename = "holds in part")]
    HoldsInPart,
    /// None of it.
    #[serde(rename = "fails")]
    Fails,
}
