//! The answer as one JSON object.

use chainrule::difference::{Difference, Estimate};
use chainrule::render::Number;
use chainrule::{Rational, Witness};
use serde_json::{Map, Value, json};

use crate::cli::grad::answer::Answer;

pub(super) fn json(answer: &Answer) -> Value {
    let number = |value: f64| json!(Number(value));
    let estimate = |slope: Estimate| json!({ "value": Number(slope.value), "error": Number(slope.error) });
    let each = |of: &dyn Fn(&Witness) -> Value| {
        answer.slopes.iter().map(|(name, slope)| (name.clone(), of(slope))).collect::<Map<_, _>>()
    };
    let fraction = |exact: Rational| matches!(exact, Rational::Exact { .. }).then(|| exact.to_string());
    let mut object = json!({
        "schema": 1,
        "of": answer.of,
        "value": number(answer.value),
        "gradient": each(&|slope| number(slope.reverse)),
        "forward": each(&|slope| number(slope.forward)),
        "difference": each(&|slope| match slope.difference {
            Difference::Central(slope) => estimate(slope),
            Difference::OneSided { left, right } => {
                json!({ "value": null, "error": null, "left": estimate(left), "right": estimate(right) })
            }
        }),
        "notes": answer.notes,
    });
    if let Some(exact) = answer.exact {
        let mut all = std::iter::once(exact).chain(answer.slopes.iter().map(|(_, slope)| slope.exact));
        let reason = all.find_map(|exact| match exact {
            Rational::Exact { .. } => None,
            Rational::Not(reason) => Some(reason.to_string()),
        });
        object["exact"] = json!({ "value": fraction(exact), "gradient": each(&|slope| json!(fraction(slope.exact))), "reason": reason });
    }
    if let Some(hessian) = &answer.hessian {
        let names: Vec<&String> = answer.slopes.iter().map(|(name, _)| name).collect();
        let rows: Vec<Vec<Number>> = hessian.iter().map(|row| row.iter().copied().map(Number).collect()).collect();
        object["hessian"] = json!({ "names": names, "rows": rows });
    }
    object
}
