//! `chainrule experiments`: the three-neuron document, recomputed.

use chainrule::{Error, experiments};

use crate::cli::{Format, json};

pub(super) fn run(format: Format) -> Result<String, Error> {
    let report = experiments::report();
    match format {
        Format::Text => Ok(report.to_string()),
        Format::Json => json(&report),
    }
}
