//! The term that a sum lacks: a name, or two that are multiplied, found by its numbers.

use std::collections::BTreeSet;

use crate::python::study::choose::Chosen;
use crate::python::study::record::Record;
use crate::python::study::trial::Trial;

/// How many names are looked at.
const NAMES: usize = 150;
/// How far numbers may be apart that count as equal.
const CLOSE: f64 = 1e-6;

/// The terms that a wrong claim may lack, each as the names of its factors; whether each is to be subtracted.
pub(super) fn lacking(trial: &Trial<'_>, records: &[Record], claim: &Chosen) -> Vec<(Vec<String>, bool)> {
    let (own, elements) = (&records[claim.found.record], &claim.meaning().elements);
    if elements.len() != own.nodes.len() {
        return Vec::new();
    }
    let lacks: Vec<f64> = elements.iter().flat_map(|&element| trial.lacks(element)).collect();
    let mut met = BTreeSet::new();
    let names = records[..claim.found.record].iter().rev().filter(|record| {
        let fits = record.shape == own.shape || record.shape.is_empty();
        record.name != own.name && fits && met.insert(&record.name)
    });
    // One number goes with every element.
    let values = |record: &Record| {
        let nodes = record.nodes.iter().cycle().take(own.nodes.len());
        nodes.flat_map(|&node| trial.at(node)).collect::<Vec<f64>>()
    };
    let names: Vec<(&String, Vec<f64>)> = names.take(NAMES).map(|record| (&record.name, values(record))).collect();
    let fits = |term: &dyn Fn(usize) -> f64| {
        let is = |sign: f64| {
            let mut pairs = lacks.iter().enumerate().filter(|(_, lack)| lack.is_finite());
            pairs.all(|(at, lack)| (lack - sign * term(at)).abs() <= CLOSE * lack.abs())
        };
        [(1.0, false), (-1.0, true)].into_iter().find(|(sign, _)| is(*sign)).map(|(_, is_less)| is_less)
    };
    if lacks.iter().all(|lack| !lack.is_finite() || *lack == 0.0) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (at, (name, one)) in names.iter().enumerate() {
        found.extend(fits(&|point| one[point]).map(|is_less| (vec![(*name).clone()], is_less)));
        for (other, two) in &names[at..] {
            let is_less = fits(&|point| one[point] * two[point]);
            found.extend(is_less.map(|is_less| (vec![(*other).clone(), (*name).clone()], is_less)));
        }
    }
    found.truncate(4);
    found
}
