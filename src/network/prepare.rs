//! Data made ready: split, scaled, turned into classes.

use fastrand::Rng;
use ndarray::{Array1, Axis};

use crate::error::Error;
use crate::network::Data;

/// More values than this are numbers, not classes.
const MOST_CLASSES: usize = 10;

/// What is taken off each column and what it is divided by, so that its mean is 0 and its variance 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Scaling {
    /// One number an input.
    pub means: Array1<f64>,
    /// One number an input.
    pub widths: Array1<f64>,
    /// Mean and width of the targets; 0 and 1 where they are classes.
    pub target: (f64, f64),
}

impl Data {
    /// These rows, counted from 0.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        Self {
            inputs: self.inputs.select(Axis(0), rows),
            targets: self.targets.select(Axis(0), rows),
            classes: self.classes,
        }
    }

    /// Which rows to learn from and which to test with, counted from 0: this part of them for the test, drawn at random.
    ///
    /// ```
    /// use chainrule::network::Data;
    /// let (learn, test) = Data::moons(100, 0.1, 1).split(0.25, 1)?;
    /// assert_eq!((learn.len(), test.len()), (75, 25));
    /// # Ok::<(), chainrule::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the part is not between 0 and 1, or leaves no row on one of the sides.
    pub fn split(&self, part: f64, seed: u64) -> Result<(Vec<usize>, Vec<usize>), Error> {
        if !(part > 0.0 && part < 1.0) {
            return Err(Error::new(format!("a part of {part} of the rows cannot be kept for the test"))
                .help("take a number between 0 and 1, such as 0.25"));
        }
        let rows = self.targets.len();
        let count = (part * rows as f64).round() as usize;
        if count == 0 || count == rows {
            let (sides, one) = if count == 0 { ("the test", "more") } else { ("learning", "less") };
            return Err(Error::new(format!("a part of {part} of {rows} rows leaves no row for {sides}"))
                .help(format!("take {one}, or more rows")));
        }
        let mut order: Vec<usize> = (0..rows).collect();
        Rng::with_seed(seed).shuffle(&mut order);
        let (test, learn) = order.split_at_mut(count);
        test.sort_unstable();
        learn.sort_unstable();
        Ok((learn.to_vec(), test.to_vec()))
    }

    /// The scaling that gives each input, and the targets where they are numbers, mean 0 and variance 1; a column that
    /// never changes is left as wide as it is.
    pub fn scaling(&self) -> Scaling {
        let measure = |column: ndarray::ArrayView1<'_, f64>| {
            let (mean, width) = (column.mean().unwrap_or(0.0), column.std(0.0));
            // Numbers whose mean or width floats do not hold are left as they are.
            match mean.is_finite() && width.is_finite() {
                true => (mean, if width > 0.0 { width } else { 1.0 }),
                false => (0.0, 1.0),
            }
        };
        let (means, widths): (Vec<f64>, Vec<f64>) = self.inputs.columns().into_iter().map(measure).unzip();
        let target = if self.classes.is_some() { (0.0, 1.0) } else { measure(self.targets.view()) };
        Scaling { means: means.into(), widths: widths.into(), target }
    }

    /// The same data, scaled.
    ///
    /// # Panics
    /// If the scaling is of another number of inputs.
    #[must_use]
    pub fn scaled(&self, scaling: &Scaling) -> Self {
        let (mean, width) = scaling.target;
        Self {
            inputs: (&self.inputs - &scaling.means) / &scaling.widths,
            targets: self.targets.mapv(|t| (t - mean) / width),
            classes: self.classes,
        }
    }

    /// Numbers read as classes where all are whole and few are different, smallest first; and what the classes were.
    /// `None` where they are not.
    pub fn as_classes(&self) -> Option<(Self, Vec<f64>)> {
        let mut values = Vec::new();
        for &t in &self.targets {
            if t.fract() != 0.0 {
                return None;
            }
            if !values.contains(&t) {
                values.push(t);
            }
            if values.len() > MOST_CLASSES {
                return None;
            }
        }
        values.sort_by(f64::total_cmp);
        let class = |t: &f64| values.iter().position(|value| value == t).map_or(f64::NAN, |class| class as f64);
        let targets = self.targets.iter().map(class).collect();
        let classes = Some(values.len()).filter(|&count| count > 1)?;
        Some((Self { inputs: self.inputs.clone(), targets, classes: Some(classes) }, values))
    }
}
