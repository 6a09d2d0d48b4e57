//! What a check finds, as JSON: the one place that says which fields an entry has.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::check::{At, Counterexample, Entry, Pattern, Verdict};
use crate::render::Number;

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut regions: Map<String, Value> =
            Verdict::ALL.iter().map(|&verdict| (verdict.to_string(), json!(self.regions.count(verdict)))).collect();
        regions.insert("total".to_owned(), json!(self.regions.total()));
        let entry = json!({
            "name": self.name,
            "wrt": self.wrt,
            "of": self.of,
            "verdict": self.verdict.to_string(),
            "factor": self.factor.map(Number),
            "regions": regions,
            "sampled": self.sampled,
            "patterns": self.patterns.iter().map(pattern).collect::<Vec<_>>(),
            "at": self.at.first(),
            "counterexample": self.counterexample.as_ref().map(counterexample),
            "repair": self.repair,
            "why": Some(&self.why).filter(|why| !why.is_empty()),
            "bound": self.bound.map(Number),
        });
        entry.serialize(serializer)
    }
}

fn pattern(pattern: &Pattern) -> Value {
    let conditions: Map<_, _> = pattern.conditions.iter().map(|(text, holds)| (text.clone(), json!(holds))).collect();
    json!({ "conditions": conditions, "verdict": pattern.verdict.to_string(), "points": pattern.points })
}

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let at = json!({
            "hand": Number(self.hand),
            "reverse": Number(self.reverse),
            "forward": Number(self.forward),
            "difference": self.difference.map(Number),
            "exact": self.exact.fraction().is_ok().then(|| self.exact.to_string()),
            "agrees": self.agrees,
            "refuted": self.refuted,
        });
        at.serialize(serializer)
    }
}

fn counterexample(found: &Counterexample) -> Value {
    let point: Map<_, _> = found.point.iter().map(|(name, value)| (name.clone(), json!(Number(*value)))).collect();
    json!({ "point": point, "hand": Number(found.hand), "true": Number(found.truth) })
}
