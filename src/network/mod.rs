//! Toy networks of recorded scalars: written as one line, recorded as one graph, trained row by row or in batches.
//!
//! There is no tensor and no gradient of a layer here. The loss of one row is recorded once; [`Batch`](crate::Batch)
//! runs it on all rows, and what the engine says of any formula holds for a network too.

mod activation;
mod data;
mod diagnosis;
mod examples;
mod idle;
mod loss;
mod lost;
mod optimiser;
mod prepare;
mod run;
mod schedule;
mod start;
mod state;
#[cfg(feature = "cli")]
mod table;
mod train;

use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::graph::{Graph, Recorder, Var};
use crate::network::examples::Examples;

pub use activation::Activation;
pub use data::Data;
pub use diagnosis::{Finding, Kind, Report};
pub use idle::Idle;
pub use loss::Loss;
pub use lost::Lost;
pub use optimiser::Optimiser;
pub use prepare::Scaling;
pub use run::{Best, Log, Record, Run, Silent};
pub use schedule::Schedule;
pub use start::Start;
pub use state::State;
#[cfg(feature = "cli")]
pub use table::Table;
pub use train::{Progress, Score, Settings, Trainer};

/// More parameters than this are refused: a graph of scalars is for toy networks.
const MOST_PARAMETERS: usize = 1_000_000;

/// The layers of a network and what its units do.
///
/// ```
/// use chainrule::network::{Loss, Network};
/// let network: Network = "2-3-1 tanh".parse().unwrap();
/// assert_eq!(network.parameters(), 13);
/// let loss = network.loss(Loss::Squared, 0.0);
/// assert_eq!(loss.inputs().len(), 13 + 2 + 1); // parameters, the row's inputs, its target
/// assert!("2-0-1 tanh".parse::<Network>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// How many inputs, then how many units in each layer.
    sizes: Vec<usize>,
    hidden: Activation,
    output: Activation,
}

impl FromStr for Network {
    type Err = Error;

    /// Reads `2-16-16-1 relu`: sizes, the activation of hidden layers, and that of the output (else linear).
    fn from_str(line: &str) -> Result<Self, Error> {
        let help = || "write a network as `2-16-16-1 relu` or, with an activation for the output, `2-4-1 tanh sigmoid`";
        let wrong = |message: String| Error::new(message).help(help());
        let mut words = line.split_whitespace();
        let sizes = words.next().ok_or_else(|| wrong("the network has no layers".to_owned()))?;
        let sizes = sizes.split('-').map(|size| match size.parse::<usize>() {
            Ok(0) => Err(wrong(format!("a layer of `{sizes}` has 0 units"))),
            Ok(size) => Ok(size),
            Err(_) => Err(wrong(format!("`{size}` in `{sizes}` is not a number of units"))),
        });
        let sizes: Vec<usize> = sizes.collect::<Result<_, _>>()?;
        if sizes.len() < 2 {
            return Err(wrong(format!("the network `{line}` has inputs only, and 0 layers")));
        }
        let mut activation = || {
            words.next().map(|word| {
                let found = Activation::ALL.into_iter().find(|activation| activation.name() == word);
                let names = Activation::ALL.map(Activation::name).join(", ");
                found.ok_or_else(|| Error::new(format!("`{word}` is no activation")).help(format!("they are {names}")))
            })
        };
        let hidden = activation().transpose()?.unwrap_or(Activation::Relu);
        let output = activation().transpose()?.unwrap_or(Activation::Linear);
        if let Some(word) = words.next() {
            return Err(wrong(format!("`{word}` is one word too many")));
        }
        let count = sizes
            .windows(2)
            .try_fold(0_usize, |sum, pair| pair[0].checked_add(1)?.checked_mul(pair[1])?.checked_add(sum));
        if count.is_none_or(|count| count > MOST_PARAMETERS) {
            let message = format!("the network has more than {MOST_PARAMETERS} parameters, which is no toy");
            return Err(Error::new(message).help("take fewer layers, or smaller ones"));
        }
        Ok(Self { sizes, hidden, output })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes: Vec<String> = self.sizes.iter().map(usize::to_string).collect();
        write!(f, "{} {} {}", sizes.join("-"), self.hidden.name(), self.output.name())
    }
}

impl Network {
    /// How many inputs, then how many units in each layer.
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// How many inputs a row has.
    pub fn inputs(&self) -> usize {
        self.sizes[0]
    }

    /// How many outputs the last layer has.
    pub fn outputs(&self) -> usize {
        self.sizes[self.sizes.len() - 1]
    }

    /// What the units of a layer do, counted from 1.
    ///
    /// # Panics
    /// If there is no such layer.
    pub fn activation(&self, layer: usize) -> Activation {
        assert!((1..self.sizes.len()).contains(&layer), "no layer {layer}");
        if layer + 1 == self.sizes.len() { self.output } else { self.hidden }
    }

    /// The names of the parameters, in the order of [`loss`](Self::loss): `w1_2_3` leads from input 2 to unit 3 of
    /// layer 1, whose bias is `b1_3`.
    pub fn names(&self) -> Vec<String> {
        let unit = |layer: usize, inputs: usize, j: usize| {
            let weights = (1..=inputs).map(move |i| format!("w{layer}_{i}_{j}"));
            weights.chain([format!("b{layer}_{j}")])
        };
        let layer = |(layer, pair): (usize, &[usize])| {
            let (inputs, units) = (pair[0], pair[1]);
            (1..=units).flat_map(move |j| unit(layer, inputs, j)).collect::<Vec<_>>()
        };
        (1..).zip(self.sizes.windows(2)).flat_map(layer).collect()
    }

    /// How many weights and biases there are.
    pub fn parameters(&self) -> usize {
        self.sizes.windows(2).map(|pair| (pair[0] + 1) * pair[1]).sum()
    }

    /// The loss of one row, plus `l2` times the sum of the squared weights. Inputs: the parameters, the row's
    /// `x1`, `x2`, …, and its targets `t1`, …; a unit is named by layer and place, `h1_3`, its sum `z1_3`.
    pub fn loss(&self, loss: Loss, l2: f64) -> Graph {
        let recorder = Recorder::new();
        let layers = self.layers(&recorder);
        let inputs = self.row(&recorder);
        let outputs = self.outputs_of(&layers, inputs);
        let targets: Vec<Var<'_>> = (1..=self.outputs()).map(|k| recorder.input(&format!("t{k}"))).collect();
        let sum = penalised(&recorder, loss.of(&outputs, &targets), &layers, l2);
        let output = recorder.node(sum.named("loss"));
        recorder.finish([output])
    }

    /// The mean loss over these rows, plus `l2` times the sum of the squared weights, as one formula of the parameters
    /// alone. Each unit has its name once a row.
    ///
    /// ```
    /// use chainrule::network::{Data, Loss, Network};
    /// let network: Network = "2-3-1 tanh".parse()?;
    /// let loss = network.mean_loss(Loss::Squared, 0.0, &Data::xor())?;
    /// assert_eq!(loss.inputs().len(), 13);
    /// # Ok::<(), chainrule::Error>(())
    /// ```
    ///
    /// # Errors
    /// If network, data and loss do not fit one another, or `l2` is no number of at least 0.
    pub fn mean_loss(&self, loss: Loss, l2: f64, data: &Data) -> Result<Graph, Error> {
        let examples = Examples::new(self, loss, data)?;
        loss::penalty(l2)?;
        let recorder = Recorder::new();
        let layers = self.layers(&recorder);
        let of_row = |row: ndarray::ArrayView1<'_, f64>| {
            let numbers: Vec<Var<'_>> = row.iter().map(|&number| recorder.constant(number)).collect();
            let (inputs, targets) = numbers.split_at(self.inputs());
            loss.of(&self.outputs_of(&layers, inputs.to_vec()), targets).named("row loss")
        };
        let sum = examples.rows.rows().into_iter().map(of_row).reduce(|sum, row| sum + row).expect("there are rows");
        let mean = sum / recorder.constant(examples.rows.nrows() as f64);
        let output = recorder.node(penalised(&recorder, mean, &layers, l2).named("loss"));
        Ok(recorder.finish([output]))
    }

    /// The outputs for one row. Inputs as for [`loss`](Self::loss), without targets.
    pub fn graph(&self) -> Graph {
        let recorder = Recorder::new();
        let layers = self.layers(&recorder);
        let outputs = self.outputs_of(&layers, self.row(&recorder));
        let outputs: Vec<_> = outputs.into_iter().map(|output| recorder.node(output)).collect();
        recorder.finish(outputs)
    }

    /// Records the parameters.
    fn layers<'r>(&self, recorder: &'r Recorder) -> Layers<'r> {
        let names = self.names();
        let mut names = names.iter().map(|name| recorder.input(name));
        let mut unit = |inputs: usize| {
            let weights = names.by_ref().take(inputs).collect();
            (weights, names.next().expect("every unit has a bias"))
        };
        self.sizes.windows(2).map(|pair| (0..pair[1]).map(|_| unit(pair[0])).collect()).collect()
    }

    /// Records the inputs of one row.
    fn row<'r>(&self, recorder: &'r Recorder) -> Vec<Var<'r>> {
        (1..=self.inputs()).map(|i| recorder.input(&format!("x{i}"))).collect()
    }

    /// Records the units, on these inputs.
    fn outputs_of<'r>(&self, layers: &Layers<'r>, mut below: Vec<Var<'r>>) -> Vec<Var<'r>> {
        for (at, layer) in (1..).zip(layers) {
            let activation = self.activation(at);
            let unit = |(j, (weights, bias)): (usize, &(Vec<Var<'r>>, Var<'r>))| {
                let z = weights.iter().zip(&below).fold(*bias, |sum, (&w, &x)| sum + w * x);
                activation.of(z.named(&format!("z{at}_{j}"))).named(&format!("h{at}_{j}"))
            };
            below = (1..).zip(layer).map(unit).collect();
        }
        below
    }
}

/// Layers of units, each with its weights and its bias.
type Layers<'r> = Vec<Vec<(Vec<Var<'r>>, Var<'r>)>>;

/// The loss plus `l2` times the sum of the squared weights.
fn penalised<'r>(recorder: &'r Recorder, loss: Var<'r>, layers: &Layers<'r>, l2: f64) -> Var<'r> {
    if l2 == 0.0 {
        return loss;
    }
    let weights = layers.iter().flatten().flat_map(|(weights, _)| weights);
    let squares = weights.map(|&w| w * w).reduce(|sum, square| sum + square);
    squares.map_or(loss, |squares| loss + recorder.constant(l2) * squares)
}
