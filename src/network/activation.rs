//! What a unit does with its sum.

use crate::op::Scalar;

/// What a unit does with its sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    Linear,
    /// `max(z, 0)`, with slope 0 at 0.
    Relu,
    /// `z` where `z > 0`, else `z / 100`.
    LeakyRelu,
    /// The hyperbolic tangent.
    Tanh,
    /// `1/(1 + exp(-z))`.
    Sigmoid,
    /// `ln(1 + exp z)`.
    Softplus,
}

impl Activation {
    /// Every activation.
    pub const ALL: [Self; 6] = [Self::Linear, Self::Relu, Self::LeakyRelu, Self::Tanh, Self::Sigmoid, Self::Softplus];

    /// The name it has in the line of a network.
    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Relu => "relu",
            Self::LeakyRelu => "leaky_relu",
            Self::Tanh => "tanh",
            Self::Sigmoid => "sigmoid",
            Self::Softplus => "softplus",
        }
    }

    /// The numbers that it can come near.
    pub(super) fn range(self) -> (f64, f64) {
        match self {
            Self::Linear | Self::LeakyRelu => (f64::NEG_INFINITY, f64::INFINITY),
            Self::Relu | Self::Softplus => (0.0, f64::INFINITY),
            Self::Tanh => (-1.0, 1.0),
            Self::Sigmoid => (0.0, 1.0),
        }
    }

    /// Its value, on any kind of number.
    pub fn of<S: Scalar>(self, z: S) -> S {
        match self {
            Self::Linear => z,
            Self::Relu => z.relu(),
            Self::LeakyRelu => z.gate(z) + z.gate_not(z.lift(0.01) * z),
            Self::Tanh => z.tanh(),
            Self::Sigmoid => z.sigmoid(),
            Self::Softplus => z.softplus(),
        }
    }
}
