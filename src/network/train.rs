//! Training: steps of an optimiser on the mean loss of some rows, and what a learner should know about them.

use fastrand::Rng;
use ndarray::{Array2, Axis, concatenate};
use petgraph::graph::NodeIndex;

use crate::batch::Batch;
use crate::error::Error;
use crate::graph::Node;
use crate::network::{Activation, Data, Loss, Network, Start};
use crate::tape::Tape;

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

/// How a network is trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// What is made small, as a mean over rows.
    pub loss: Loss,
    /// This times the sum of the squared weights is added to the loss.
    pub l2: f64,
    /// How a gradient becomes a step.
    pub optimiser: Optimiser,
    /// The learning rate.
    pub rate: f64,
    /// How many rows a step sees, drawn without repeating until all were seen; `None` for all rows.
    pub batch: Option<usize>,
    /// How the weights start.
    pub start: Start,
    /// Of the first weights and the order of rows.
    pub seed: u64,
}

/// What one step found before it moved the parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// The steps done, this one included.
    pub step: u64,
    /// The mean loss of the rows it saw.
    pub loss: f64,
}

/// A unit that does not learn: on every row the slope of its activation is as good as 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Idle {
    /// Its name: `h1_3` is unit 3 of layer 1.
    pub unit: String,
    /// A relu that is off on every row; otherwise a tanh or sigmoid at its end.
    pub is_dead: bool,
}

/// A network being trained.
///
/// ```
/// use chainrule::network::{Data, Loss, Optimiser, Settings, Start, Trainer};
/// let settings = Settings {
///     loss: Loss::BinaryCrossEntropy, l2: 0.0, optimiser: Optimiser::Adam, rate: 0.1, batch: None,
///     start: Start::Xavier, seed: 1,
/// };
/// let mut trainer = Trainer::new("2-4-1 tanh".parse().unwrap(), &Data::xor(), settings).unwrap();
/// for _ in 0..200 {
///     trainer.step().unwrap();
/// }
/// assert_eq!(trainer.accuracy(), Some(1.0));
/// ```
#[derive(Debug, Clone)]
pub struct Trainer {
    network: Network,
    settings: Settings,
    data: Data,
    /// The loss of one row, unfused, to say where a number was lost.
    tape: Tape,
    outputs: Tape,
    batch: Batch,
    rows: Array2<f64>,
    parameters: Vec<f64>,
    velocity: Vec<f64>,
    squares: Vec<f64>,
    random: Rng,
    /// The rows of this pass that no step has seen yet, last first.
    waiting: Vec<usize>,
    step: u64,
}

impl Trainer {
    /// A network with its first weights.
    ///
    /// # Errors
    /// If a setting is no number one can train with, or network, data and loss do not fit one another.
    pub fn new(network: Network, data: &Data, settings: Settings) -> Result<Self, Error> {
        let Settings { rate, l2, batch, optimiser, start, seed, loss } = settings;
        let refuse = |wrong: bool, message: String| if wrong { Err(Error::new(message)) } else { Ok(()) };
        refuse(!(rate.is_finite() && rate > 0.0), format!("the learning rate is {rate}, not a number above 0"))?;
        refuse(!(l2.is_finite() && l2 >= 0.0), format!("l2 is {l2}, not a number of at least 0"))?;
        refuse(batch == Some(0), "a batch has 0 rows".to_owned())?;
        refuse(data.inputs.is_empty(), "the data have no rows".to_owned())?;
        if let Optimiser::Momentum(kept) = optimiser {
            refuse(!(0.0..1.0).contains(&kept), format!("momentum is {kept}, not between 0 and 1"))?;
        }
        if let Start::Uniform(bound) = start {
            refuse(!bound.is_finite(), format!("weights start between minus and plus {bound}"))?;
        }
        let (columns, inputs) = (data.inputs.ncols(), network.inputs());
        refuse(columns != inputs, format!("the network has {inputs} inputs, and the data have {columns}"))?;
        let counts = (data.inputs.nrows(), data.targets.len());
        refuse(counts.0 != counts.1, format!("the data have {} rows and {} targets", counts.0, counts.1))?;
        for (row, (x, t)) in data.inputs.rows().into_iter().zip(&data.targets).enumerate() {
            let lost = !t.is_finite() || x.iter().any(|x| !x.is_finite());
            refuse(lost, format!("row {} of the data holds a number that is not finite", row + 1))?;
            let is_class = |classes: usize| (0..classes).any(|class| class as f64 == *t);
            let strange = data.classes.is_some_and(|classes| !is_class(classes));
            refuse(strange, format!("row {} of the data has the label {t}, which is no class", row + 1))?;
        }
        let targets = loss.targets(data, network.outputs())?;
        let rows = concatenate(Axis(1), &[data.inputs.view(), targets.view()]).expect("as many rows");
        let graph = network.loss(loss, l2);
        let names = graph.inputs()[network.parameters()..].iter().map(|&input| graph.name(input).unwrap_or_default());
        let batch = Batch::new(graph.clone(), names);
        let parameters = network.start(start, seed);
        Ok(Self {
            tape: graph.compile(),
            outputs: network.graph().compile(),
            velocity: vec![0.0; parameters.len()],
            squares: vec![0.0; parameters.len()],
            random: Rng::with_seed(seed),
            waiting: Vec::new(),
            step: 0,
            data: data.clone(),
            network,
            settings,
            batch,
            rows,
            parameters,
        })
    }

    /// The weights and biases, in the order of [`Network::loss`].
    pub fn parameters(&self) -> &[f64] {
        &self.parameters
    }

    /// One step on the next rows.
    ///
    /// # Errors
    /// If the loss or its gradient is no longer finite: names the step, the row, the operation and what to try. The
    /// parameters are then those before the step.
    pub fn step(&mut self) -> Result<Progress, Error> {
        let chosen = self.next_rows();
        let few;
        let rows = match &chosen {
            Some(chosen) => {
                few = self.rows.select(Axis(0), chosen);
                few.view()
            }
            None => self.rows.view(),
        };
        let sum = self.batch.gradient(&self.parameters, rows);
        let count = rows.nrows() as f64;
        let loss = sum.losses.sum() / count;
        self.step += 1;
        if !loss.is_finite() || sum.gradient.iter().any(|slope| !slope.is_finite()) {
            return Err(self.lost(chosen.as_deref()));
        }
        let Settings { optimiser, rate, .. } = self.settings;
        let moments = self.velocity.iter_mut().zip(&mut self.squares);
        for ((parameter, slope), (velocity, square)) in self.parameters.iter_mut().zip(&sum.gradient).zip(moments) {
            let slope = slope / count;
            *parameter -= match optimiser {
                Optimiser::Descent => rate * slope,
                Optimiser::Momentum(kept) => {
                    *velocity = kept * *velocity + slope;
                    rate * *velocity
                }
                Optimiser::Adam => {
                    let (first, second) = (0.9_f64, 0.999_f64);
                    *velocity = first * *velocity + (1.0 - first) * slope;
                    *square = second * *square + (1.0 - second) * slope * slope;
                    let unbiased = |mean: f64, kept: f64| mean / (1.0 - kept.powf(self.step as f64));
                    rate * unbiased(*velocity, first) / (unbiased(*square, second).sqrt() + 1e-8)
                }
            };
        }
        Ok(Progress { step: self.step, loss })
    }

    /// The outputs for these rows: one column an output.
    ///
    /// # Panics
    /// If the rows have not one column an input.
    pub fn predict(&self, inputs: &Array2<f64>) -> Array2<f64> {
        let mut found = Array2::zeros((inputs.nrows(), self.network.outputs()));
        for (row, mut to) in inputs.rows().into_iter().zip(found.rows_mut()) {
            let point: Vec<f64> = self.parameters.iter().chain(row).copied().collect();
            to.iter_mut().zip(self.outputs.forward(&point).outputs()).for_each(|(to, y)| *to = y);
        }
        found
    }

    /// The part of the rows whose class is found; `None` where targets are numbers.
    pub fn accuracy(&self) -> Option<f64> {
        self.data.classes?;
        let found = self.predict(&self.data.inputs);
        let is_right =
            |(row, target): (ndarray::ArrayView1<'_, f64>, &f64)| self.settings.loss.class(&row.to_vec()) == *target;
        let right = found.rows().into_iter().zip(&self.data.targets).filter(|&pair| is_right(pair)).count();
        Some(right as f64 / self.data.targets.len() as f64)
    }

    /// The units that do not learn now: dead relus, and tanh or sigmoid units of slope below 0.001 on every row.
    pub fn idle_units(&self) -> Vec<Idle> {
        /// A slope that is as good as 0, beside a largest one of 1 or ¼.
        const FLAT: f64 = 1e-3;
        let Network { hidden, output, sizes } = &self.network;
        let mut units = Vec::new();
        for layer in 1..sizes.len() {
            let activation = if layer + 1 == sizes.len() { output } else { hidden };
            if matches!(activation, Activation::Relu | Activation::Tanh | Activation::Sigmoid) {
                let is_dead = *activation == Activation::Relu;
                units.extend((1..=sizes[layer]).map(|j| Idle { unit: format!("h{layer}_{j}"), is_dead }));
            }
        }
        for row in self.data.inputs.rows() {
            let point: Vec<f64> = self.parameters.iter().chain(row).copied().collect();
            let values = self.outputs.forward(&point);
            units.retain(|Idle { unit, .. }| {
                let node = self.outputs.graph().node(unit).expect("every unit is named");
                let [z] = self.outputs.graph().arguments(node);
                match self.outputs.graph().petgraph()[node] {
                    Node::Unary(op) => op.partial(values[z], values[node]).abs() < FLAT,
                    _ => false,
                }
            });
        }
        units
    }

    fn next_rows(&mut self) -> Option<Vec<usize>> {
        let size = self.settings.batch?;
        if self.waiting.is_empty() {
            self.waiting.extend(0..self.rows.nrows());
            self.random.shuffle(&mut self.waiting);
        }
        Some(self.waiting.split_off(self.waiting.len().saturating_sub(size)))
    }

    /// Where the first number was lost.
    fn lost(&self, chosen: Option<&[usize]>) -> Error {
        let all: Vec<usize> = (0..self.rows.nrows()).collect();
        let mut place = String::new();
        for &row in chosen.unwrap_or(&all) {
            let point: Vec<f64> = self.parameters.iter().chain(self.rows.row(row)).copied().collect();
            let values = self.tape.forward(&point);
            let forward = values.first_non_finite().map(|at| ("the loss", at));
            let found =
                forward.or_else(|| values.backward(&[1.0]).first_non_finite(&values).map(|at| ("the gradient", at)));
            if let Some((what, at)) = found {
                place = format!(": on row {}, {what} is lost at {}", row + 1, self.words(at));
                break;
            }
        }
        let message = format!("step {}: the loss or its gradient is no longer finite{place}", self.step);
        let help =
            format!("lower the learning rate (it is {}), scale the inputs, or start smaller", self.settings.rate);
        Error::new(message).help(help)
    }

    fn words(&self, at: NodeIndex) -> String {
        let graph = self.tape.graph();
        let operation = match graph.petgraph()[at] {
            Node::Unary(op) => format!("`{}`", op.symbol()),
            Node::Binary(op) => format!("`{}`", op.symbol()),
            Node::Input(_) | Node::Constant(_) => "a number that was given".to_owned(),
        };
        let named = (at.index()..graph.petgraph().node_count()).find_map(|node| graph.name(NodeIndex::new(node)));
        named.map_or(operation.clone(), |name| format!("{operation}, on the way to `{name}`"))
    }
}
