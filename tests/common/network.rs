//! Small networks as a student's script writes them, and their gradients by hand: sums of products of pieces.

/// A network of one or two layers and one output, for one or two samples.
pub(crate) struct Network {
    /// All assignments, the loss last.
    pub(crate) script: String,
    /// The derivatives by hand: by numbers before activations first, from the output on; then weights and biases.
    pub(crate) gradients: Vec<Gradient>,
}

/// One derivative by hand.
#[derive(Clone)]
pub(crate) struct Gradient {
    /// By which name.
    pub(crate) wrt: String,
    pub(crate) sum: Sum,
}

pub(crate) type Sum = Vec<Product>;
pub(crate) type Product = Vec<Factor>;

/// What a factor is in the chain rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Role {
    /// The 2 that comes down from a square.
    Two,
    /// `y - t`.
    Error,
    /// The slope of an activation.
    Slope,
    Weight,
    /// What a weight is multiplied by.
    Input,
    /// The number of samples, which is divided by.
    Count,
    /// What comes down from later units, or an earlier claim.
    Flow,
}

#[derive(Clone)]
pub(crate) struct Factor {
    pub(crate) role: Role,
    pub(crate) over: bool,
    pub(crate) value: Value,
    /// What stands in the same place for the units beside this one.
    pub(crate) near: Vec<String>,
    /// The same before an activation in place of after, or after in place of before.
    pub(crate) mixed: Vec<String>,
    /// The same with + for -.
    pub(crate) plus: Option<String>,
}

#[derive(Clone)]
pub(crate) enum Value {
    Text(String),
    Sum(Sum),
}

impl Factor {
    fn new(role: Role, text: impl Into<String>) -> Self {
        let value = Value::Text(text.into());
        Self { role, over: role == Role::Count, value, near: vec![], mixed: vec![], plus: None }
    }
}

pub(crate) fn text(sum: &[Product]) -> String {
    sum.iter().map(|factors| product(factors)).collect::<Vec<_>>().join(" + ")
}

fn product(factors: &[Factor]) -> String {
    let mut all = String::new();
    for factor in factors {
        let inner = match &factor.value {
            Value::Text(text) => text.clone(),
            Value::Sum(sum) => format!("({})", text(sum)),
        };
        let is_name = inner.chars().all(|letter| letter.is_alphanumeric());
        match (
            factor.over,
            all.is_empty(),
            is_name || inner.starts_with('(') && inner.ends_with(')') && inner.matches('(').count() == 1,
        ) {
            (true, true, _) => all += &format!("1/({inner})"),
            (true, false, true) => all += &format!("/{inner}"),
            (true, false, false) => all += &format!("/({inner})"),
            (false, true, _) => all += &inner,
            (false, false, _) => all += &format!("*{inner}"),
        }
    }
    if all.is_empty() { "1".to_owned() } else { all }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Activation {
    /// By a function of the script's own.
    Own,
    Relu,
    Leaky,
    Tanh,
    Sigmoid,
    Softplus,
    Linear,
}

pub(crate) const ACTIVATIONS: [Activation; 7] = [
    Activation::Own,
    Activation::Relu,
    Activation::Leaky,
    Activation::Tanh,
    Activation::Sigmoid,
    Activation::Softplus,
    Activation::Linear,
];

impl Activation {
    fn of(self, z: &str) -> String {
        match self {
            Self::Own => format!("act({z})"),
            Self::Relu => format!("relu({z})"),
            Self::Leaky => format!("{z} if {z} > 0 else 0.1*{z}"),
            Self::Tanh => format!("tanh({z})"),
            Self::Sigmoid => format!("1/(1 + exp(-{z}))"),
            Self::Softplus => format!("log(1 + exp({z}))"),
            Self::Linear => z.to_owned(),
        }
    }

    /// The slope where `z` is before the activation and `a` after it; none where it is 1.
    fn slope(self, z: &str, a: &str) -> Option<String> {
        Some(match self {
            Self::Own => format!("(1 if {z} > 0 else 0)"),
            Self::Relu => format!("({z} > 0)"),
            Self::Leaky => format!("(1 if {z} > 0 else 0.1)"),
            Self::Tanh => format!("(1 - {a}^2)"),
            Self::Sigmoid => format!("{a}*(1 - {a})"),
            Self::Softplus => format!("sigmoid({z})"),
            Self::Linear => return None,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Loss {
    Squared,
    Half,
    CrossEntropy,
    MeanOfTwo,
}

pub(crate) const LOSSES: [Loss; 4] = [Loss::Squared, Loss::Half, Loss::CrossEntropy, Loss::MeanOfTwo];

/// How many units each hidden layer has; the last are for one sample only.
const SHAPES: [&[usize]; 10] = [&[], &[1], &[2], &[1, 1], &[3], &[1, 2], &[2, 1], &[2, 2], &[4], &[5]];

struct Unit {
    name: String,
    activation: Activation,
    bias: String,
    weights: Vec<String>,
}

impl Unit {
    fn z(&self, sample: &str) -> String {
        format!("z{}{sample}", self.name)
    }

    fn a(&self, sample: &str) -> String {
        if self.name == "o" { format!("y{sample}") } else { format!("a{}{sample}", self.name) }
    }
}

impl Network {
    /// The network of this number, always the same.
    pub(crate) fn number(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let loss = LOSSES[random.usize(0..LOSSES.len())];
        let shapes = if loss == Loss::MeanOfTwo { &SHAPES[..4] } else { &SHAPES[..] };
        let shape = shapes[random.usize(0..shapes.len())];
        let own = ACTIVATIONS[random.usize(0..ACTIVATIONS.len())];
        let inputs = random.usize(1..=2);
        let samples: &[&str] = if loss == Loss::MeanOfTwo { &["p", "q"] } else { &[""] };

        let (mut count, mut weights, mut before) = (0, 0, inputs);
        let mut layers: Vec<Vec<Unit>> = Vec::new();
        for (layer, &size) in shape.iter().chain(&[1]).enumerate() {
            let mut units = Vec::new();
            for _ in 0..size {
                let is_output = layer == shape.len();
                count += 1;
                let name = if is_output { "o".to_owned() } else { count.to_string() };
                let activation = match (is_output, loss) {
                    (true, Loss::CrossEntropy) => Activation::Sigmoid,
                    (true, _) => ACTIVATIONS[random.usize(0..ACTIVATIONS.len())],
                    _ if random.u8(0..4) == 0 => ACTIVATIONS[random.usize(0..ACTIVATIONS.len())],
                    _ => own,
                };
                let own = (weights + 1..=weights + before).map(|number| format!("w{number}")).collect();
                weights += before;
                units.push(Unit { bias: format!("b{name}"), name, activation, weights: own });
            }
            before = size;
            layers.push(units);
        }

        let is_full = random.bool();
        let script = script(&layers, inputs, samples, loss);
        Self { script, gradients: gradients(&layers, inputs, samples, loss, is_full) }
    }
}

/// What feeds a layer: names after the activation, and before it where there are such.
fn feeds(layers: &[Vec<Unit>], layer: usize, inputs: usize, sample: &str) -> Vec<(String, Option<String>)> {
    match layer.checked_sub(1) {
        None => (1..=inputs).map(|number| (format!("x{number}{sample}"), None)).collect(),
        Some(before) => layers[before].iter().map(|unit| (unit.a(sample), Some(unit.z(sample)))).collect(),
    }
}

fn script(layers: &[Vec<Unit>], inputs: usize, samples: &[&str], loss: Loss) -> String {
    let mut script = "act = lambda v: max(0, v); ".to_owned();
    for sample in samples {
        for (layer, units) in layers.iter().enumerate() {
            for unit in units {
                let feeds = feeds(layers, layer, inputs, sample);
                let sum: Vec<_> =
                    unit.weights.iter().zip(&feeds).map(|(weight, (feed, _))| format!("{weight}*{feed}")).collect();
                let (z, a) = (unit.z(sample), unit.a(sample));
                script += &format!("{z} = {} + {}; {a} = {}; ", sum.join(" + "), unit.bias, unit.activation.of(&z));
            }
        }
    }
    script
        + match loss {
            Loss::Squared => "loss = (y - t)^2",
            Loss::Half => "loss = (y - t)^2/2",
            Loss::CrossEntropy => "loss = -(t*log(y) + (1 - t)*log(1 - y))",
            Loss::MeanOfTwo => "loss = ((yp - tp)^2 + (yq - tq)^2)/2",
        }
}

fn slope(unit: &Unit, beside: &[Unit], sample: &str) -> Option<Factor> {
    let (z, a) = (unit.z(sample), unit.a(sample));
    let text = unit.activation.slope(&z, &a)?;
    let near = beside.iter().filter(|other| other.name != unit.name);
    let near = near.filter_map(|other| other.activation.slope(&other.z(sample), &other.a(sample)));
    let mixed = unit
        .activation
        .slope(&a, &z)
        .filter(|_| !matches!(unit.activation, Activation::Own | Activation::Relu | Activation::Leaky));
    let plus = text.contains("1 - ").then(|| text.replace("1 - ", "1 + "));
    Some(Factor { near: near.collect(), mixed: mixed.into_iter().collect(), plus, ..Factor::new(Role::Slope, text) })
}

fn gradients(layers: &[Vec<Unit>], inputs: usize, samples: &[&str], loss: Loss, is_full: bool) -> Vec<Gradient> {
    let mut flows: Vec<Gradient> = Vec::new();
    for sample in samples {
        for (layer, units) in layers.iter().enumerate().rev() {
            for (place, unit) in units.iter().enumerate() {
                let mut factors: Product = match layers.get(layer + 1) {
                    None => error(unit, sample, loss),
                    Some(later) => {
                        let path = |next: &Unit| -> Product {
                            let z = next.z(sample);
                            let mut factors = match flows.iter().find(|flow| flow.wrt == z) {
                                Some(flow) if is_full && flow.sum.len() == 1 => flow.sum[0].clone(),
                                _ => vec![Factor::new(Role::Flow, format!("d{z}"))],
                            };
                            let near = next.weights.iter().chain(later.iter().map(|other| &other.weights[place]));
                            let near = near.filter(|weight| **weight != next.weights[place]).cloned().collect();
                            factors.push(Factor { near, ..Factor::new(Role::Weight, &next.weights[place]) });
                            factors
                        };
                        match &*later.iter().map(path).collect::<Vec<_>>() {
                            [only] => only.clone(),
                            paths => vec![Factor { value: Value::Sum(paths.to_vec()), ..Factor::new(Role::Flow, "") }],
                        }
                    }
                };
                if layer + 1 < layers.len() || loss != Loss::CrossEntropy {
                    factors.extend(slope(unit, units, sample));
                }
                flows.push(Gradient { wrt: unit.z(sample), sum: vec![factors] });
            }
        }
    }
    let flow = |z: &str| -> Product {
        match flows.iter().find(|flow| flow.wrt == z) {
            Some(flow) if is_full => flow.sum[0].clone(),
            _ => vec![Factor::new(Role::Flow, format!("d{z}"))],
        }
    };
    let mut gradients = flows.clone();
    for (layer, units) in layers.iter().enumerate() {
        for unit in units {
            for (place, weight) in unit.weights.iter().enumerate() {
                let term = |sample: &&str| {
                    let feeds = feeds(layers, layer, inputs, sample);
                    let (feed, before) = &feeds[place];
                    let near = feeds.iter().map(|(other, _)| other).filter(|other| *other != feed).cloned().collect();
                    let mixed = before.iter().cloned().collect();
                    let mut factors = flow(&unit.z(sample));
                    factors.push(Factor { near, mixed, ..Factor::new(Role::Input, feed) });
                    factors
                };
                gradients.push(Gradient { wrt: weight.clone(), sum: samples.iter().map(term).collect() });
            }
            let term = |sample: &&str| flow(&unit.z(sample));
            gradients.push(Gradient { wrt: unit.bias.clone(), sum: samples.iter().map(term).collect() });
        }
    }
    gradients
}

/// The derivative of the loss by the output; by what is before its activation, for the cross-entropy.
fn error(output: &Unit, sample: &str, loss: Loss) -> Product {
    let (y, z) = (output.a(sample), output.z(sample));
    let error = Factor {
        mixed: if output.activation == Activation::Linear { vec![] } else { vec![format!("({z} - t{sample})")] },
        plus: Some(format!("({y} + t{sample})")),
        ..Factor::new(Role::Error, format!("({y} - t{sample})"))
    };
    match loss {
        Loss::Squared => vec![Factor::new(Role::Two, "2"), error],
        Loss::Half | Loss::CrossEntropy => vec![error],
        Loss::MeanOfTwo => vec![Factor::new(Role::Two, "2"), error, Factor::new(Role::Count, "2")],
    }
}
