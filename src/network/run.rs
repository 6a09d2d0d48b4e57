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
    best: Option<(u64, f64)>,
    /// Of the losses of this pass.
    sum: f64,
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
        };
        let pass = trainer.settings().batch.map_or(1, |batch| trainer.rows().div_ceil(batch) as u64);
        Ok(Self { test: test.transpose()?, trainer, log, pass, lost: None, best: None, sum: 0.0 })
    }

    /// Goes on from what another run has written down.
    ///
    /// # Errors
    /// If it is not of this network and these rows, or the history is not that of the steps done.
    pub fn resume(&mut self, log: Log) -> Result<(), Error> {
        if log.history.iter().map(|record| record.step).ne(1..=log.state.step) {
            return Err(Error::new("the history is not that of the steps done"));
        }
        self.trainer.resume(log.looked.clone())?;
        self.trainer.resume(log.state.clone())?;
        (self.best, self.sum) = (None, 0.0);
        log.history.iter().for_each(|record| self.note(record));
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

    /// The lowest loss of the test (without one, of a pass over the rows), and the step that reached it.
    pub fn best(&self) -> Option<(u64, f64)> {
        self.best
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
        self.note(&record);
        self.log.history.push(record);
        Ok(record)
    }

    /// How well the network does now, on the rows that it learns from and on the test.
    pub fn scores(&mut self) -> (Score, Option<Score>) {
        (self.trainer.score(), self.test.as_ref().map(|test| self.trainer.score_on(test)))
    }

    /// The typical slope in each layer now.
    pub(super) fn slopes(&mut self) -> Vec<f64> {
        self.trainer.slopes()
    }

    /// Keeps the lowest loss.
    fn note(&mut self, record: &Record) {
        self.sum += record.loss;
        if record.step.is_multiple_of(self.pass) {
            let mean = std::mem::take(&mut self.sum) / self.pass as f64;
            let loss = if self.test.is_some() { record.test.map_or(f64::NAN, |test| test.loss) } else { mean };
            if self.best.is_none_or(|(_, best)| loss < best) {
                self.best = Some((record.step, loss));
            }
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
