//! Training: steps of an optimiser on the mean loss of some rows, and what a learner should know about them.

use fastrand::Rng;
use ndarray::{Array2, ArrayView2, Axis, Slice};
use rayon::prelude::*;

use crate::batch::{Batch, Summed};
use crate::curvature;
use crate::error::Error;
use crate::network::examples::Examples;
use crate::network::idle::{Idle, idle};
use crate::network::loss::penalty;
use crate::network::lost::{Lost, place};
use crate::network::state::State;
use crate::network::{Data, Loss, Network, Optimiser, Schedule, Start};
use crate::tape::Tape;

/// So many Hessian-vector products give the largest curvature to some three digits.
const PRODUCTS: usize = 24;
/// With more slopes than this, rows times parameters, the curvature is not worth its cost.
const MOST_SLOPES: usize = 100_000;

/// How a network is trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// What is made small, as a mean over rows.
    pub loss: Loss,
    /// This times the sum of the squared weights is added to the loss.
    pub l2: f64,
    /// How a gradient becomes a step.
    pub optimiser: Optimiser,
    /// The learning rate of the first step.
    pub rate: f64,
    /// How it changes along the steps.
    pub schedule: Schedule,
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
    /// The learning rate of this step.
    pub rate: f64,
    /// The mean loss of the rows it saw.
    pub loss: f64,
    /// The row it saw, counted from 0, where it saw one only.
    pub row: Option<usize>,
}

/// How well a network does on some rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// The mean loss.
    pub loss: f64,
    /// The part of the rows whose class is found; `None` where targets are numbers.
    pub accuracy: Option<f64>,
}

/// A network being trained.
///
/// ```
/// use chainrule::network::{Data, Loss, Optimiser, Schedule, Settings, Start, Trainer};
/// let settings = Settings {
///     loss: Loss::BinaryCrossEntropy, l2: 0.0, optimiser: Optimiser::Adam, rate: 0.1, schedule: Schedule::Constant,
///     batch: None, start: Start::Xavier, seed: 1,
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
    examples: Examples,
    /// The loss of one row, unfused, to say where a number was lost.
    tape: Tape,
    outputs: Tape,
    batch: Batch,
    state: State,
}

impl Trainer {
    /// A network with its first weights.
    ///
    /// # Errors
    /// If a setting is no number one can train with, or network, data and loss do not fit one another.
    pub fn new(network: Network, data: &Data, settings: Settings) -> Result<Self, Error> {
        let Settings { rate, l2, batch, optimiser, start, seed, loss, .. } = settings;
        let refuse = |wrong: bool, message: String, help: &str| match wrong {
            true => Err(Error::new(message).help(format!("take {help}"))),
            false => Ok(()),
        };
        let is_rate = rate.is_finite() && rate > 0.0;
        refuse(!is_rate, format!("the learning rate is {rate}, not a number above 0"), "one such as 0.03")?;
        penalty(l2)?;
        refuse(batch == Some(0), "a batch has 0 rows".to_owned(), "a number such as 20, or all rows")?;
        if let Optimiser::Momentum(kept) = optimiser {
            let message = format!("momentum is {kept}, not a part from 0 to just below 1");
            refuse(!(0.0..1.0).contains(&kept), message, "one such as 0.9")?;
        }
        if let Start::Uniform(bound) = start {
            refuse(
                !bound.is_finite(),
                format!("weights start between minus and plus {bound}"),
                "a number such as 0.5",
            )?;
        }
        let examples = Examples::new(&network, loss, data)?;
        let graph = network.loss(loss, l2);
        let names = graph.inputs()[network.parameters()..].iter().map(|&input| graph.name(input).unwrap_or_default());
        let batch = Batch::new(graph.clone(), names);
        let parameters = network.start(start, seed);
        let zeros = vec![0.0; parameters.len()];
        let state = State {
            step: 0,
            parameters,
            velocity: zeros.clone(),
            squares: zeros,
            waiting: Vec::new(),
            random: Rng::with_seed(seed).get_seed(),
        };
        Ok(Self {
            tape: graph.compile(),
            outputs: network.graph().compile(),
            network,
            settings,
            examples,
            batch,
            state,
        })
    }

    /// The network that is trained.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// How it is trained.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// All that has changed since the start.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The weights and biases, in the order of [`Network::loss`].
    pub fn parameters(&self) -> &[f64] {
        &self.state.parameters
    }

    /// Goes on from a state.
    ///
    /// # Errors
    /// If it is not of this network and these rows.
    pub fn resume(&mut self, state: State) -> Result<(), Error> {
        let (count, rows) = (self.network.parameters(), self.rows());
        let numbers = [&state.parameters, &state.velocity, &state.squares];
        if let Some(wrong) = numbers.iter().find(|numbers| numbers.len() != count) {
            let message = format!("the network has {count} parameters, and the state is of {}", wrong.len());
            return Err(Error::new(message));
        }
        if numbers.into_iter().flatten().any(|number| !number.is_finite()) {
            return Err(Error::new("the state holds a number that is not finite"));
        }
        if state.squares.iter().any(|&square| square < 0.0) {
            return Err(Error::new("the state holds a mean of squares below 0"));
        }
        let mut seen = vec![false; rows];
        if state.waiting.iter().any(|&row| row >= rows || std::mem::replace(&mut seen[row], true)) {
            return Err(Error::new(format!("the rows that wait in the state are not among the {rows} of the data")));
        }
        self.state = state;
        Ok(())
    }

    /// One step on the next rows.
    ///
    /// # Errors
    /// If the loss, its gradient or what the step leads to is no longer finite: names the step, the row and the
    /// operation. The state is then that before the step.
    pub fn step(&mut self) -> Result<Progress, Lost> {
        let chosen = self.next_rows();
        let sum = match &chosen {
            Some(chosen) => {
                let rows = self.examples.rows.select(Axis(0), chosen);
                self.batch.gradient(&self.state.parameters, rows.view())
            }
            None => self.batch.gradient(&self.state.parameters, self.examples.rows.view()),
        };
        let step = self.state.step + 1;
        let rate = self.rate_at(step);
        let lost = if is_finite(&sum) {
            let count = sum.losses.len() as f64;
            self.descend(step, rate, sum.gradient.iter().map(|slope| slope / count)).map(|place| (None, place))
        } else {
            Some(self.lost(chosen.as_deref()))
        };
        if let Some((row, place)) = lost {
            // A step that is lost was not taken.
            self.state.waiting.extend(chosen.iter().flatten());
            return Err(Lost { step, rate, row, place });
        }
        let loss = sum.losses.sum() / sum.losses.len() as f64;
        let row = chosen.and_then(|chosen| <[usize; 1]>::try_from(chosen).ok()).map(|[row]| row);
        Ok(Progress { step, rate, loss, row })
    }

    /// The mean loss of all rows after the last step.
    ///
    /// # Errors
    /// If it or its gradient is not finite: names the row and the operation.
    pub fn loss(&mut self) -> Result<f64, Lost> {
        let sum = self.batch.gradient(&self.state.parameters, self.examples.rows.view());
        if is_finite(&sum) {
            return Ok(sum.losses.sum() / sum.losses.len() as f64);
        }
        let step = self.state.step;
        let (row, place) = self.lost(None);
        Err(Lost { step, rate: self.rate_at(step), row, place })
    }

    /// The learning rate of a step.
    pub(super) fn rate_at(&self, step: u64) -> f64 {
        self.settings.rate * self.settings.schedule.factor(step)
    }

    /// Moves the state, if it stays finite; else says what did not.
    fn descend(&mut self, step: u64, rate: f64, slopes: impl Iterator<Item = f64>) -> Option<String> {
        let State { parameters, velocity, squares, .. } = &self.state;
        let before = [parameters.clone(), velocity.clone(), squares.clone()];
        self.state.step = step;
        self.settings.optimiser.step(&mut self.state, slopes, rate);
        let State { parameters, velocity, squares, .. } = &mut self.state;
        let moved = parameters.iter().zip(velocity.iter()).zip(squares.iter());
        let lost =
            moved.map(|((p, v), s)| p.is_finite() && v.is_finite() && s.is_finite()).position(|finite| !finite)?;
        [*parameters, *velocity, *squares] = before;
        self.state.step -= 1;
        Some(format!("the step itself is too large, first in `{}`", self.network.names()[lost]))
    }

    /// The first of these rows, or of all, that loses a number, and where.
    fn lost(&self, rows: Option<&[usize]>) -> (Option<usize>, String) {
        let all = 0..if rows.is_none() { self.rows() } else { 0 };
        let mut rows = rows.unwrap_or_default().iter().copied().chain(all);
        let found = rows.find_map(|row| Some((Some(row), place(&self.tape, &self.point(row))?)));
        found.unwrap_or_else(|| (None, "the sum over the rows is too large".to_owned()))
    }

    /// How many rows it learns from.
    pub fn rows(&self) -> usize {
        self.examples.rows.nrows()
    }

    /// Back to a state of this run.
    pub(super) fn go_back(&mut self, state: State) {
        self.state = state;
    }

    /// The same trainer with the weights of another step.
    pub(super) fn with(mut self, parameters: &[f64]) -> Self {
        self.state.parameters.copy_from_slice(parameters);
        self
    }

    pub(super) fn examples(&self) -> &Examples {
        &self.examples
    }

    /// The outputs for these rows: one column an output.
    ///
    /// # Panics
    /// If the rows have not one column an input.
    pub fn predict(&self, inputs: ArrayView2<'_, f64>) -> Array2<f64> {
        let mut found = Array2::zeros((inputs.nrows(), self.network.outputs()));
        for (row, mut to) in inputs.rows().into_iter().zip(found.rows_mut()) {
            let point: Vec<f64> = self.state.parameters.iter().chain(row).copied().collect();
            to.iter_mut().zip(self.outputs.forward(&point).outputs()).for_each(|(to, y)| *to = y);
        }
        found
    }

    /// The class that each of these rows is given, where the loss is of classes or rounds to them.
    ///
    /// # Panics
    /// If the rows have not one column an input.
    pub fn classify(&self, inputs: ArrayView2<'_, f64>) -> Vec<f64> {
        let found = self.predict(inputs);
        found.rows().into_iter().map(|row| self.settings.loss.class(&row.to_vec())).collect()
    }

    /// The part of the rows whose class is found; `None` where targets are numbers.
    pub fn accuracy(&self) -> Option<f64> {
        self.accuracy_on(&self.examples)
    }

    /// The typical slope of the loss of a row in a parameter of each layer, on at most so many rows, spread evenly: the
    /// root of the mean square. The slopes of the mean loss would not do: rows that pull apart cancel in them.
    pub(super) fn slopes(&mut self, rows: usize) -> Vec<f64> {
        let mut squares = vec![0.0; self.network.parameters()];
        for row in (0..self.rows()).step_by(self.rows().div_ceil(rows)) {
            let row = self.examples.rows.slice_axis(Axis(0), Slice::from(row..row + 1));
            let gradient = self.batch.gradient(&self.state.parameters, row).gradient;
            squares.iter_mut().zip(&gradient).for_each(|(sum, slope)| *sum += slope * slope);
        }
        let mut squares = squares.into_iter();
        let mut typical = |count: usize| (squares.by_ref().take(count).sum::<f64>() / count as f64).sqrt();
        self.network.sizes().windows(2).map(|pair| typical((pair[0] + 1) * pair[1])).collect()
    }

    /// The mean squared difference between outputs and targets that are numbers.
    pub(super) fn squared_error(&self) -> f64 {
        let found = self.predict(self.examples.inputs());
        let targets = self.examples.targets.view();
        found.rows().into_iter().zip(targets).map(|(y, t)| (y[0] - t) * (y[0] - t)).sum::<f64>() / targets.len() as f64
    }

    /// How well it does on the rows it learns from.
    pub fn score(&mut self) -> Score {
        let loss = self.batch.gradient(&self.state.parameters, self.examples.rows.view()).losses;
        Score { loss: loss.sum() / loss.len() as f64, accuracy: self.accuracy() }
    }

    pub(super) fn score_on(&mut self, examples: &Examples) -> Score {
        let loss = self.batch.gradient(&self.state.parameters, examples.rows.view()).losses;
        Score { loss: loss.sum() / loss.len() as f64, accuracy: self.accuracy_on(examples) }
    }

    fn accuracy_on(&self, examples: &Examples) -> Option<f64> {
        examples.classes?;
        let found = self.classify(examples.inputs());
        let right = found.iter().zip(&examples.targets).filter(|(found, target)| found == target).count();
        Some(right as f64 / examples.targets.len() as f64)
    }

    /// The units that do not learn now: dead relus, and tanh or sigmoid units of slope below 0.001 on every row.
    pub fn idle_units(&self) -> Vec<Idle> {
        self.idle_among(self.network.may_idle(), usize::MAX)
    }

    /// As [`idle_units`](Self::idle_units), for some units and at most so many rows, spread evenly.
    pub(super) fn idle_among(&self, units: Vec<Idle>, rows: usize) -> Vec<Idle> {
        let every = self.rows().div_ceil(rows);
        let inputs = self.examples.inputs();
        idle(
            &self.outputs,
            units,
            &self.state.parameters,
            inputs.slice_axis(Axis(0), Slice::new(0, None, every as isize)),
        )
    }

    /// The [`curvature`](Self::curvature), where it bounds the rate and costs little beside the training.
    pub(super) fn worthwhile_curvature(&self) -> Option<f64> {
        let is_cheap = self.rows() * self.network.parameters() <= MOST_SLOPES;
        (is_cheap && self.settings.optimiser.stable().is_some()).then(|| self.curvature())
    }

    /// The largest eigenvalue of the Hessian of the mean loss over all rows, to some three digits.
    pub fn curvature(&self) -> f64 {
        let (count, rows) = (self.network.parameters(), self.rows());
        let tape = self.tape.clone().fuse();
        curvature::largest(count, PRODUCTS, |direction| {
            let mut tangent = vec![0.0; count + self.examples.rows.ncols()];
            tangent[..count].copy_from_slice(direction);
            // Added up in the order of rows, whatever the threads.
            let each = |row: usize| tape.hessian_vector(&self.point(row), &tangent);
            let mut sum = vec![0.0; count];
            let all: Vec<usize> = (0..rows).collect();
            for some in all.chunks(256) {
                let products: Vec<_> = some.par_iter().map(|&row| each(row)).collect();
                products.iter().for_each(|product| sum.iter_mut().zip(product).for_each(|(sum, part)| *sum += part));
            }
            sum.iter_mut().for_each(|sum| *sum /= rows as f64);
            sum
        })
    }

    /// The inputs of the loss of one row.
    fn point(&self, row: usize) -> Vec<f64> {
        self.state.parameters.iter().chain(self.examples.rows.row(row)).copied().collect()
    }

    fn next_rows(&mut self) -> Option<Vec<usize>> {
        let (size, rows) = (self.settings.batch?, self.rows());
        let State { waiting, random, .. } = &mut self.state;
        if waiting.is_empty() {
            let mut shuffler = Rng::with_seed(*random);
            waiting.extend(0..rows);
            shuffler.shuffle(waiting);
            *random = shuffler.get_seed();
        }
        Some(waiting.split_off(waiting.len().saturating_sub(size)))
    }
}

fn is_finite(Summed { losses, gradient }: &Summed) -> bool {
    losses.sum().is_finite() && gradient.iter().all(|slope| slope.is_finite())
}
