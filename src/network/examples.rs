//! Rows as a loss wants them, checked.

use ndarray::{Array1, Array2, ArrayView2, Axis, Slice, concatenate};

use crate::error::Error;
use crate::network::{Data, Loss, Network};

/// Rows that fit a network and a loss.
#[derive(Debug, Clone)]
pub(super) struct Examples {
    /// Inputs, then targets as the loss wants them.
    pub(super) rows: Array2<f64>,
    pub(super) targets: Array1<f64>,
    pub(super) classes: Option<usize>,
    columns: usize,
}

impl Examples {
    pub(super) fn new(network: &Network, loss: Loss, data: &Data) -> Result<Self, Error> {
        let refuse = |wrong: bool, message: String| if wrong { Err(Error::new(message)) } else { Ok(()) };
        refuse(data.inputs.is_empty(), "the data have no rows".to_owned())?;
        let (columns, inputs) = (data.inputs.ncols(), network.inputs());
        if columns != inputs {
            return Err(Error::new(format!("the network has {inputs} inputs, and the data have {columns}"))
                .help(format!("begin its line with the inputs of the data: `{columns}-…`")));
        }
        let counts = (data.inputs.nrows(), data.targets.len());
        refuse(counts.0 != counts.1, format!("the data have {} rows and {} targets", counts.0, counts.1))?;
        for (row, (x, t)) in data.inputs.rows().into_iter().zip(&data.targets).enumerate() {
            let lost = !t.is_finite() || x.iter().any(|x| !x.is_finite());
            refuse(lost, format!("row {} of the data holds a number that is not finite", row + 1))?;
            let is_class = |classes: usize| t.fract() == 0.0 && (0.0..classes as f64).contains(t);
            let strange = data.classes.is_some_and(|classes| !is_class(classes));
            refuse(strange, format!("row {} of the data has the label {t}, which is no class", row + 1))?;
        }
        let targets = loss.targets(data, network.outputs())?;
        let rows = concatenate(Axis(1), &[data.inputs.view(), targets.view()]).expect("as many rows");
        Ok(Self { rows, targets: data.targets.clone(), classes: data.classes, columns })
    }

    pub(super) fn inputs(&self) -> ArrayView2<'_, f64> {
        self.rows.slice_axis(Axis(1), Slice::from(..self.columns))
    }
}
