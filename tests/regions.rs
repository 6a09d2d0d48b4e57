//! Regions: each condition counts once however it is written, and none that is impossible is reported.
#![cfg(feature = "python")]

#[path = "common/claims.rs"]
mod claims;

use std::collections::HashSet;

use chainrule::Rational;
use chainrule::check::Entry;
use chainrule::check::Verdict::{Proven, Refuted};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use claims::judged;

/// What is found of one claim.
fn entry(formula: &str, claim: &str, assumptions: &[&str]) -> Entry {
    judged(formula, &[claim], assumptions).remove(0)
}

/// The claim is proven in exactly so many regions, all of which are listed, with points in each.
#[track_caller]
fn proven_in_where(count: usize, assumptions: &[&str], formula: &str, claim: &str) {
    let entry = entry(formula, claim, assumptions);
    let found: Vec<_> = entry.patterns.iter().map(|pattern| &pattern.conditions).collect();
    assert_eq!(
        (entry.verdict, entry.regions.count(Proven)),
        (Proven, count),
        "{formula}: {claim}: {} {found:?}",
        entry.why
    );
    assert_eq!((entry.regions.total(), found.len()), (count, count), "{formula}: {claim}: {found:?}");
    assert_eq!(found.iter().collect::<HashSet<_>>().len(), count, "{formula}: {claim}: one twice: {found:?}");
    assert!(entry.patterns.iter().all(|pattern| pattern.points > 0), "{formula}: {claim}: {:?}", entry.patterns);
    assert!(!entry.sampled, "{formula}: {claim}");
}

#[track_caller]
fn proven_in(count: usize, formula: &str, claim: &str) {
    proven_in_where(count, &[], formula, claim);
}

#[test]
fn one_condition_under_many_writings_is_one() {
    let neuron = "z = w*x + b; loss = relu(z)";
    for same in [
        "z > 0",
        "0 < z",
        "2*z > 0",
        "-z < 0",
        "z/3 > 0",
        "0.1*z > 0",
        "not z <= 0",
        "not 0 >= z",
        "z >= 0",
        "w*x + b > 0",
        "x*w + b > 0",
        "w*x > -b",
        "-b < x*w",
        "3*(x*w + b) > 0",
        "-(b + w*x)/7 < 0",
        "z + z > 0",
        "relu(z) > 0",
        "relu(x*w + b) > 0",
        "max(z, 0) > 0",
        "max(0, -z) <= 0",
        "min(z, 2*z) > 0",
        "z > -z",
        "loss > 0",
        "z > 0 and 2*z > 0",
        "z > 0 or not z <= 0",
        "z*z*z > 0",
        "tanh(z) > 0",
        "exp(z) > 1",
        "sigmoid(z) > 0.5",
        "z*(1 + w*w) > 0",
        "z/abs(z) > 0",
    ] {
        proven_in(2, neuron, &format!("dw = x if {same} else 0"));
        proven_in(2, neuron, &format!("db = 1*({same})"));
    }
}

#[test]
fn one_kink_under_many_writings_is_one() {
    let slope = "dx = 2*x*(1 if x > 0 else -1)";
    for same in ["abs(x)*x", "max(x, -x)*x", "-min(x, -x)*x", "(x if x > 0 else -x)*x", "(relu(x) + relu(-x))*x"] {
        proven_in(2, &format!("loss = {same}"), slope);
    }
    for same in ["relu(x - y)", "max(x, y) - y", "x - min(x, y)", "(abs(x - y) + x - y)/2", "x - y if x > y else 0"] {
        proven_in(2, &format!("loss = {same}"), "dx = x > y");
        proven_in(2, &format!("loss = {same}"), "dx = 1 if y - x < 0 else 0");
        proven_in(2, &format!("loss = {same}"), "dx = 0 if 5*y >= 5*x else 1");
    }
}

#[test]
fn conditions_that_are_always_or_never_true_are_none() {
    proven_in(1, "loss = w*x", "dw = x");
    proven_in(1, "loss = max(0.3, 0.5)*x", "dx = 0.5");
    proven_in(1, "loss = x if 2 > 1 else 3*x", "dx = 1");
    proven_in(1, "loss = relu(x*x + 1)", "dx = 2*x");
    proven_in(1, "loss = relu(-x*x - 1) + x", "dx = 1");
    proven_in(1, "loss = abs(exp(x))", "dx = exp(x)");
    proven_in(1, "loss = w*relu(sin(x) + 2)", "dw = sin(x) + 2");
    proven_in(1, "loss = w*max(x*x, -1)", "dw = x*x");
    proven_in(1, "loss = relu(sigmoid(x))", "dx = sigmoid(x)*(1 - sigmoid(x))");
    proven_in(2, "loss = relu(relu(x))", "dx = x > 0");
    proven_in(2, "loss = abs(relu(x))", "dx = x > 0");
    proven_in_where(1, &["x > 0"], "loss = relu(x)", "dx = 1");
    proven_in_where(1, &["x < -1"], "loss = relu(x + 1) + x", "dx = 1");
    proven_in_where(2, &["x > y"], "loss = max(x, y)*relu(x)", "dx = 2*x if x > 0 else 0");
    proven_in_where(1, &["0 < p < 1"], "loss = relu(p)*max(p, 1)", "dp = 1");
}

#[test]
fn impossible_regions_are_not_reported() {
    proven_in(3, "loss = relu(x - 1) + relu(-x)", "dx = (x > 1) - (x < 0)");
    proven_in(3, "loss = min(max(x, -1), 1)", "dx = -1 < x < 1");
    proven_in(3, "loss = relu(relu(x - 1) - 1)", "dx = x > 2");
    proven_in(4, "loss = relu(relu(relu(x - 1) - 1) - 1)", "dx = x > 3");
    proven_in(3, "loss = relu(x)*relu(x + 0.001)", "dx = 2*x + 0.001 if x > 0 else 0");
    proven_in(3, "loss = relu(x - 1000) + relu(x)", "dx = (x > 1000) + (x > 0)");
    proven_in(3, "loss = relu(x - 3)*(x > 3.001) + x", "dx = 2 if x > 3.001 else 1");
    proven_in(4, "loss = w*max(x, y, z)", "dw = max(x, y, z)");
    proven_in(6, "loss = max(x, y, z)", "dz = (z > x)*(z > y) if x > y else (z > y)");
    proven_in(6, "loss = w*((x > y) + 2*(y > z) + 4*(x > z))", "dw = (x > y) + 2*(y > z) + 4*(x > z)");
    proven_in(7, "loss = relu(x)*w + relu(x - y)*(y > 1)", "dw = relu(x)");
    proven_in(3, "loss = w*(x*x + y*y < 1)*(x > 2) + w", "dw = 1");
    proven_in(4, "loss = w*(x*x + y*y < 1)*(x > 0.5) + w", "dw = 1 + (x*x + y*y < 1)*(x > 0.5)");
    proven_in(4, "loss = abs(a*b) + 0*(a > 0 and b > 0)", "da = abs(a*b)/a");
    proven_in(4, "loss = relu(a)*relu(b)", "da = b if a > 0 and b > 0 else 0");
    proven_in(4, "loss = relu(a*b) + relu(a)", "da = b*(a*b > 0) + (a > 0)");
}

/// `relu` of each term, summed up.
fn arrangement(terms: &[String]) -> (String, String) {
    let loss: Vec<_> = terms.iter().map(|term| format!("relu({term})")).collect();
    (format!("loss = w*({})", loss.join(" + ")), format!("dw = {}", loss.join(" + ")))
}

#[track_caller]
fn arranged_in(count: usize, terms: &[String]) {
    let (loss, claim) = arrangement(terms);
    proven_in(count, &loss, &claim);
}

#[test]
fn points_lines_and_planes_in_general_position_make_as_many_regions_as_they_do() {
    for k in 1..=10 {
        arranged_in(k + 1, &(0..k).map(|i| format!("x - {i}")).collect::<Vec<_>>());
    }
    // Tangents of a parabola: no two are parallel, no three meet.
    for k in 1..=7 {
        let lines: Vec<_> = (0..k).map(|i| format!("y - {i}*x + {}", i * i)).collect();
        arranged_in(1 + k + k * (k - 1) / 2, &lines);
    }
    for k in 2..=5 {
        // Planes where a point of the twisted cubic is a root: no four meet.
        let planes: Vec<_> = (0..k).map(|i| format!("z - {i}*y + {}*x - {}", i * i, i * i * i)).collect();
        arranged_in(1 + k + k * (k - 1) / 2 + k * (k - 1) * (k - 2) / 6, &planes);
    }
    // Lines through the origin, and parallel ones.
    arranged_in(8, &["x", "y", "x + y", "x - y"].map(str::to_owned));
    arranged_in(12, &["x", "y", "x + y", "x - y", "x + 2*y", "2*x - y"].map(str::to_owned));
    arranged_in(9, &["x", "x - 1", "y", "y + 2"].map(str::to_owned));
    arranged_in(32, &["a", "b", "c", "d", "e"].map(str::to_owned));
}

/// A line `a·x + b·y + c`.
type Line = [i128; 3];

/// How many regions some distinct lines cut the plane into: one more for each line, and one for each line after the first
/// through each point where lines meet.
fn cut(lines: &[Line]) -> usize {
    let mut meetings: HashSet<(String, usize)> = HashSet::new();
    let mut points: HashSet<String> = HashSet::new();
    for (i, [a, b, c]) in lines.iter().enumerate() {
        for (j, [d, e, f]) in lines.iter().enumerate().skip(i + 1) {
            let determinant = a * e - b * d;
            if determinant != 0 {
                let [x, y] = [b * f - c * e, c * d - a * f].map(|n| Rational::new(n, determinant));
                let point = format!("{x}, {y}");
                meetings.extend([(point.clone(), i), (point.clone(), j)]);
                points.insert(point);
            }
        }
    }
    1 + lines.len() + meetings.len() - points.len()
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), ..ProptestConfig::with_cases(48) })]

    #[test]
    fn lines_anywhere_make_as_many_regions_as_they_do(
        lines in vec((-4_i128..=4, -4_i128..=4, -6_i128..=6), 1..=6)
    ) {
        // Each line once: up to a factor.
        let mut distinct: Vec<Line> = Vec::new();
        for (a, b, c) in lines {
            let same = |[d, e, f]: &Line| a * e == b * d && a * f == c * d && b * f == c * e;
            if (a, b) != (0, 0) && !distinct.iter().any(same) {
                distinct.push([a, b, c]);
            }
        }
        prop_assume!(!distinct.is_empty());
        let terms: Vec<_> = distinct.iter().map(|[a, b, c]| format!("{a}*x + {b}*y + {c}")).collect();
        let (loss, claim) = arrangement(&terms);
        let entry = entry(&loss, &claim, &[]);
        prop_assert_eq!((entry.verdict, entry.regions.total()), (Proven, cut(&distinct)), "{}", loss);
    }
}

#[test]
fn ten_conditions_are_listed_completely() {
    let ten: Vec<_> = (1..=10).map(|i| format!("x{i}")).collect();
    let (loss, claim) = arrangement(&ten);
    let found = entry(&loss, &claim, &[]);
    assert_eq!((found.verdict, found.sampled, found.regions.total()), (Proven, false, 1024), "{}", found.why);
    assert!(found.bound.is_some_and(|bound| bound < 1e-9));
    let wrong = format!("{claim} + ({})", ten.iter().map(|x| format!("({x} > 0)")).collect::<Vec<_>>().join("*"));
    let found = entry(&loss, &wrong, &[]);
    assert_eq!((found.verdict, found.regions.count(Refuted), found.regions.count(Proven)), (Refuted, 1, 1023));
}

#[test]
fn more_than_ten_conditions_are_sampled_and_it_says_so() {
    for count in [11, 14] {
        let (loss, claim) = arrangement(&(1..=count).map(|i| format!("x{i}")).collect::<Vec<_>>());
        let found = entry(&loss, &claim, &[]);
        assert!(found.sampled && found.verdict <= chainrule::check::Verdict::Agrees, "{count}: {}", found.why);
        assert!((64..=1 << count).contains(&found.regions.total()), "{count}: {}", found.regions.total());
        let found = entry(&loss, &claim.replace("relu(x7)", "x7"), &[]);
        assert!(found.sampled && found.verdict == Refuted, "{count}: {}", found.why);
        assert!(found.counterexample.is_some(), "{count}: {}", found.why);
    }
}

#[test]
fn what_holds_on_all_sides_at_once_is_proven_and_a_corner_is_not() {
    let names: Vec<String> = (1..=40).map(|i| format!("x{i}")).collect();
    let (loss, claim) = arrangement(&names);
    let found = entry(&loss, &claim, &[]);
    assert_eq!((found.verdict, found.sampled), (Proven, true), "{}", found.why);
    assert!(found.bound.is_some_and(|bound| bound < 1e-9));
    // Wrong in one of 2^40 regions, which no point meets.
    let corner = names.iter().map(|x| format!("({x} > 0)")).collect::<Vec<_>>().join("*");
    assert_ne!(entry(&loss, &format!("{claim} + {corner}"), &[]).verdict, Proven);
}

#[test]
fn a_mask_by_what_comes_out_of_relu_is_the_one_by_what_goes_in() {
    let inputs: Vec<String> = (1..=12).map(|i| format!("w{i}*x")).collect();
    let sum = |each: &dyn Fn(&str) -> String| inputs.iter().map(|x| each(x)).collect::<Vec<_>>().join(" + ");
    let found = entry(&sum(&|x| format!("relu({x})")), "dL_dw3 = x*(relu(w3*x) > 0)", &[]);
    assert_eq!((found.verdict, found.regions.count(Refuted)), (Proven, 0), "{}", found.why);
}

#[test]
fn regions_of_a_sample_are_possible_ones() {
    let (loss, claim) = arrangement(&(0..40).map(|i| format!("x - {i}")).collect::<Vec<_>>());
    let found = entry(&loss, &claim, &[]);
    assert!(found.sampled && (20..=41).contains(&found.regions.total()), "{}", found.regions.total());
    assert!(!found.patterns.is_empty());
    for pattern in &found.patterns {
        let mut above = f64::NEG_INFINITY;
        let mut below = f64::INFINITY;
        for (condition, holds) in &pattern.conditions {
            let border: f64 =
                condition.strip_prefix("x > ").and_then(|x| x.parse().ok()).expect("conditions on x alone");
            if *holds { above = above.max(border) } else { below = below.min(border) }
        }
        assert!(above < below, "{:?}", pattern.conditions);
    }
}
