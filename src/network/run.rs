//! A run: steps with their history, the test beside them, and since when a unit is silent.

use crate::error::Error;
use crate::network::examples::Examples;
use crate::network::idle::Idle;
use crate::network::{Data, Lost, Score, State, Trainer};

/// Units are looked at after so many passes over the rows, and after so many steps at most.
const PASSES: u64 = 20;
const STEPS: u64 = 200;
/// On at most so many rows, spread evenly.
const ROWS: usize = 1000;
/// Slopes are looked at on so many.
const SLOPES: usize = 100;

/// One line of the history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Record {
    /// The step, counted from 1.
    pub step: u64,
    /// Its learning rate.
    pub rate: f64,
    /// The mean loss of the rows that it saw, before it.
    pub loss: f64,
    /// The part of the rows whose class is found, after it; where it was looked at.
    pub accuracy: Option<f64>,
    /// How well the network did on the test after it; after each pass over the rows.
    pub test: Option<Score>,
}

/// A unit that does not learn, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silent {
    /// The unit.
    pub idle: Idle,
    /// The step after which it never learned again; 0 where it never did.
    pub since: u64,
    /// The row, counted from 0, that this step saw, where it saw one only.
    pub row: Option<usize>,
}

/// A trainer with what is written down along its steps.
///
/// ```
/// use chainrule::network::{Data, Loss, Run, Settings, Start, Optimiser, Schedule, Trainer};
/// let settings = Settings {
///     loss: Loss::BinaryCrossEntropy, l2: 0.0, optimiser: Optimiser::Adam, rate: 0.1, schedule: Schedule::Constant,
///     batch: None, start: Start::Xavier, seed: 1,
/// };
/// let data = Data::moons(100, 0.1, 1);
/// let mut run = Run::new(Trainer::new("2-8-1 tanh".parse()?, &data, settings)?, Some(&Data::moons(50, 0.1, 2)))?;
/// for _ in 0..200 {
///     run.step()?;
/// }
/// assert!(run.history().last().unwrap().test.unwrap().accuracy > Some(0.9));
/// # Ok::<(), chainrule::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Run {
    trainer: Trainer,
    test: Option<Examples>,
    log: Log,
    /// Steps in a pass over the rows.
    pass: u64,
    lost: Option<Lost>,
    /// Of the losses of this pass.
    sum: f64,
    keeps_best: bool,
}

/// The lowest loss, and the weights that have it.
#[derive(Debug, Clone, PartialEq)]
pub struct Best {
    /// The step that led there; 0 is the start.
    pub step: u64,
    /// Of the test; without one, of all rows, or the mean over a pass of batches.
    pub loss: f64,
    /// The weights and biases after that step.
    pub parameters: Vec<f64>,
}

/// What a run has written down: with the [`State`] in it, all that it takes to go on.
#[derive(Debug, Clone, PartialEq)]
pub struct Log {
    /// Where the run stands.
    pub state: State,
    /// One record a step.
    pub history: Vec<Record>,
    /// The units that were silent when they were last looked at.
    pub silent: Vec<Silent>,
    /// Where the run stood at that time.
    pub looked: State,
    /// The largest curvature of the mean loss where the run began, where that is worth its cost.
    pub curvature: Option<f64>,
    /// The lowest loss so far.
    pub best: Option<Best>,
}

impl Run {
    /// A run that begins where the trainer stands, with data to test on.
    ///
    /// # Errors
    /// If the test data do not fit the network.
    pub fn new(trainer: Trainer, test: Option<&Data>) -> Result<Self, Error> {
        let of_test = |error: Error| Error { message: format!("in the test, {}", error.message), ..error };
        let test = test.map(|data| Examples::new(trainer.network(), trainer.settings().loss, data).map_err(of_test));
        let silent = trainer.idle_among(trainer.network().may_idle(), ROWS);
        let log = Log {
            state: trainer.state().clone(),
            history: Vec::new(),
            silent: silent.into_iter().map(Silent::new).collect(),
            looked: trainer.state().clone(),
            curvature: trainer.worthwhile_curvature(),
            best: None,
        };
        let pass = trainer.settings().batch.map_or(1, |batch| trainer.rows().div_ceil(batch) as u64);
        Ok(Self { test: test.transpose()?, trainer, log, pass, lost: None, sum: 0.0, keeps_best: false })
    }

    /// Goes on from what another run has written down.
    ///
    /// # Errors
    /// If it is not of this network and these rows, or the history is not that of the steps done.
    pub fn resume(&mut self, log: Log) -> Result<(), Error> {
        if log.history.iter().map(|record| record.step).ne(1..=log.state.step) {
            return Err(Error::new("the history is not that of the steps done"));
        }
        if log.looked.step > log.state.step || log.best.as_ref().is_some_and(|best| best.step > log.state.step) {
            return Err(Error::new("the log tells of later steps than those done"));
        }
        if log.best.as_ref().is_some_and(|best| best.parameters.len() != log.state.parameters.len()) {
            return Err(Error::new("the best weights are not those of this network"));
        }
        self.trainer.resume(log.looked.clone())?;
        self.trainer.resume(log.state.clone())?;
        let passed = log.history.len() - log.history.len() % self.pass();
        self.sum = log.history[passed..].iter().fold(0.0, |sum, record| sum + record.loss);
        self.log = log;
        Ok(())
    }

    /// The network being trained.
    pub fn trainer(&self) -> &Trainer {
        &self.trainer
    }

    /// One record a step.
    pub fn history(&self) -> &[Record] {
        &self.log.history
    }

    /// All that it takes to go on.
    pub fn log(&self) -> Log {
        Log { state: self.trainer.state().clone(), ..self.log.clone() }
    }

    /// Where the run was lost, if it was.
    pub fn lost(&self) -> Option<&Lost> {
        self.lost.as_ref()
    }

    /// The lowest loss of the test (without one, of a pass over the rows), and the weights that have it.
    pub fn best(&self) -> Option<&Best> {
        self.log.best.as_ref()
    }

    /// How many steps later than the best have come to nothing lower.
    pub fn since_best(&self) -> Option<u64> {
        let known = self.trainer.state().step.saturating_sub(u64::from(self.looks_back()));
        self.best().map(|best| known.saturating_sub(best.step))
    }

    /// Leaves the best weights, not the last ones.
    pub fn keep_best(&mut self) {
        self.keeps_best = true;
    }

    /// The step whose weights the run leaves: that of the lowest loss where [`keep_best`](Self::keep_best) asks for it,
    /// else the last.
    pub fn kept(&self) -> u64 {
        self.best().filter(|_| self.keeps_best).map_or(self.trainer.state().step, |best| best.step)
    }

    /// The network with the weights that the run leaves.
    pub fn result(&self) -> Trainer {
        let trainer = self.trainer.clone();
        match self.best().filter(|_| self.keeps_best) {
            Some(best) => trainer.with(&best.parameters),
            None => trainer,
        }
    }

    /// The end of the run: looks at the loss that the last step has led to.
    ///
    /// # Errors
    /// As [`Trainer::loss`].
    pub fn end(&mut self) -> Result<(), Lost> {
        if let Some(lost) = &self.lost {
            return Err(lost.clone());
        }
        let loss = self.trainer.loss().inspect_err(|lost| self.lost = Some(lost.clone()))?;
        if self.looks_back() {
            self.note(self.trainer.state().step, loss, None);
        }
        Ok(())
    }

    /// Whether a step finds the very loss of all rows: then it is that of the weights before it.
    fn looks_back(&self) -> bool {
        self.test.is_none() && self.pass == 1
    }

    /// How many steps a pass over the rows takes.
    pub(super) fn pass(&self) -> usize {
        self.pass as usize
    }

    /// One step.
    ///
    /// # Errors
    /// As [`Trainer::step`]; what was found up to there stays.
    pub fn step(&mut self) -> Result<Record, Lost> {
        let before = self.looks_back().then(|| self.trainer.parameters().to_vec());
        let progress = self.trainer.step().inspect_err(|lost| self.lost = Some(lost.clone()))?;
        let mut record =
            Record { step: progress.step, rate: progress.rate, loss: progress.loss, accuracy: None, test: None };
        if progress.step.is_multiple_of(self.pass) {
            record.test = self.test.as_ref().map(|test| self.trainer.score_on(test));
        }
        if progress.step.is_multiple_of((PASSES * self.pass).min(STEPS)) {
            record.accuracy = self.trainer.accuracy();
            self.look();
        }
        self.sum += record.loss;
        if record.step.is_multiple_of(self.pass) {
            let mean = std::mem::take(&mut self.sum) / self.pass as f64;
            match before {
                Some(before) => self.note(record.step - 1, mean, Some(before)),
                None => self.note(record.step, record.test.map_or(mean, |test| test.loss), None),
            }
        }
        self.log.history.push(record);
        Ok(record)
    }

    /// How well the network that the run leaves does, on the rows that it learns from and on the test.
    pub fn scores(&self) -> (Score, Option<Score>) {
        let mut trainer = self.result();
        (trainer.score(), self.test.as_ref().map(|test| trainer.score_on(test)))
    }

    /// The typical slope in each layer now.
    pub(super) fn slopes(&mut self) -> Vec<f64> {
        self.trainer.slopes(SLOPES)
    }

    /// Keeps the lowest loss, and the weights that have it: these, or those of now.
    fn note(&mut self, step: u64, loss: f64, parameters: Option<Vec<f64>>) {
        if loss.is_finite() && self.log.best.as_ref().is_none_or(|best| loss < best.loss) {
            let parameters = parameters.unwrap_or_else(|| self.trainer.parameters().to_vec());
            self.log.best = Some(Best { step, loss, parameters });
        }
    }

    /// Looks at the units. For each that has fallen silent since the last look, the steps are repeated from there, to
    /// find the one that did it: a run that is repeated comes to the same bits.
    pub(super) fn look(&mut self) -> &[Silent] {
        let Log { silent: known, looked, .. } = &mut self.log;
        let now = self.trainer.idle_among(self.trainer.network().may_idle(), ROWS);
        known.retain(|silent| now.contains(&silent.idle));
        let is_new = |idle: &Idle| !known.iter().any(|silent| silent.idle == *idle);
        let mut new: Vec<Silent> = now.into_iter().filter(is_new).map(Silent::new).collect();
        if !new.is_empty() {
            let end = self.trainer.state().clone();
            self.trainer.go_back(looked.clone());
            while self.trainer.state().step < end.step {
                let Ok(progress) = self.trainer.step() else { break };
                let units = new.iter().map(|silent| silent.idle.clone()).collect();
                let idle = self.trainer.idle_among(units, ROWS);
                for silent in &mut new {
                    match (idle.contains(&silent.idle), silent.since) {
                        (true, 0) => (silent.since, silent.row) = (progress.step, progress.row),
                        (true, _) => {}
                        (false, _) => *silent = Silent::new(silent.idle.clone()),
                    }
                }
            }
            self.trainer.go_back(end);
            known.append(&mut new);
            known.sort_by_key(|silent| silent.since);
        }
        looked.clone_from(self.trainer.state());
        known
    }
}

impl Silent {
    /// One that never learned.
    fn new(idle: Idle) -> Self {
        Self { idle, since: 0, row: None }
    }
}
