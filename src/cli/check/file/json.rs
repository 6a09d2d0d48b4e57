//! A study as JSON.

use chainrule::python::{Finding, Kind, Opaque, Study};
use serde_json::{Value, json};

pub(super) fn json(name: &str, study: &Study) -> Value {
    let claim = |finding: &Finding| {
        let mut claim = json!(finding.entry);
        let more = json!({
            "cell": finding.cell,
            "line": finding.line,
            "source": finding.source,
            "kind": if finding.kind == Kind::Derivative { "derivative" } else { "update" },
            "problem": finding.problem,
            "reached": finding.reached,
            "follows": finding.follows,
            "mended": finding.mended(),
        });
        if let (Value::Object(claim), Value::Object(more)) = (&mut claim, more) {
            claim.extend(more);
        }
        claim
    };
    let opaque =
        |Opaque { name, cell, line, why, .. }: &Opaque| json!({ "name": name, "cell": cell, "line": line, "why": why });
    let size = |(size, taken): &(usize, usize)| json!({ "size": size, "taken": taken });
    json!({
        "schema": 1,
        "file": name,
        "loss": study.loss,
        "parameters": study.parameters,
        "claims": study.findings.iter().map(claim).collect::<Vec<_>>(),
        "opaque": study.opaque.iter().map(opaque).collect::<Vec<_>>(),
        "supposed": {
            "data": study.supposed.data,
            "sizes": study.supposed.sizes.iter().map(size).collect::<Vec<_>>(),
            "symmetric": study.supposed.symmetric,
            "kept": study.supposed.kept,
        },
    })
}
