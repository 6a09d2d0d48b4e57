//! Where a run stands.

/// All that changes while a network is trained: a run that goes on from it is, bit for bit, the run that never stopped.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// The steps done.
    pub step: u64,
    /// The weights and biases, in the order of [`Network::loss`](crate::network::Network::loss).
    pub parameters: Vec<f64>,
    /// The velocity of momentum, or Adam's mean slope; one number a parameter.
    pub velocity: Vec<f64>,
    /// Adam's mean squared slope; one number a parameter.
    pub squares: Vec<f64>,
    /// The rows of this pass that no step has seen yet, counted from 0, last first.
    pub waiting: Vec<usize>,
    /// The state of the random numbers that shuffle the rows.
    pub random: u64,
}
