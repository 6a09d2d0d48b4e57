//! What is reported of the document: types only.

use indexmap::IndexMap;
use serde::Serialize;

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
    /// The gradients derived by hand, each beside four witnesses.
    pub gradients: Vec<Gradient>,
    /// What mends the gradients by hand.
    pub missing_factor: MissingFactor,
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
    /// The document's name for it.
    pub name: String,
    /// What the loss is differentiated by.
    pub wrt: String,
    /// At the baseline.
    pub at: At,
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

/// One gradient at one point, by hand and by four witnesses.
#[derive(Debug, Clone, Serialize)]
pub struct At {
    /// By the formula derived by hand.
    pub hand: Number,
    /// By one backward sweep.
    pub reverse: Number,
    /// By a forward sweep on duals.
    pub forward: Number,
    /// By finite differences; none at a kink.
    pub difference: Option<Number>,
    /// As a fraction.
    pub exact: Option<String>,
    /// Whether all four confirm the formula here.
    pub agrees: bool,
}

/// The factor that the gradients by hand leave out.
#[derive(Debug, Serialize)]
pub struct MissingFactor {
    /// As the document would write it.
    pub formula: String,
    /// How many values by hand were asked about: each gradient at each start.
    pub values: usize,
    /// How many of them the witnesses confirm once they have the factor.
    pub confirmed: usize,
    /// Whether it is 1 at every start of the document, so that nobody could notice.
    pub hidden: bool,
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
