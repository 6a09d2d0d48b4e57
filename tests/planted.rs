//! Errors of every kind, planted in right gradients of small networks: each is found, shown and mended.
#![cfg(feature = "python")]
#![expect(clippy::print_stdout, reason = "rates are a table to read")]

#[path = "common/claims.rs"]
mod claims;
#[path = "common/counterexample.rs"]
mod counterexample;
#[path = "common/network.rs"]
mod network;

use chainrule::check::{Problem, Verdict, check};

use claims::{judged, read};
use counterexample::is_refuted;
use network::{Factor, Gradient, Network, Product, Role, Sum, Value, text};

/// The claims of a gradient that come before this one, as lines of its script.
fn script(network: &Network, gradient: &Gradient, sum: &str) -> String {
    let earlier = network.gradients.iter().take_while(|earlier| earlier.wrt != gradient.wrt);
    let earlier: String = earlier.map(|earlier| format!("d{} = {}; ", earlier.wrt, text(&earlier.sum))).collect();
    format!("{earlier}d{} = {sum}", gradient.wrt)
}

#[test]
fn right_gradients_are_proven() {
    let mut failed = Vec::new();
    for seed in 0..NETWORKS {
        let network = Network::number(seed);
        let claims: Vec<String> =
            network.gradients.iter().map(|gradient| format!("d{} = {}", gradient.wrt, text(&gradient.sum))).collect();
        let claims: Vec<&str> = claims.iter().map(String::as_str).collect();
        let judged = judged(&network.script, &claims, &[]);
        let wrong = judged.iter().zip(&claims).filter(|(entry, _)| entry.verdict != Verdict::Proven);
        failed.extend(
            wrong.map(|(entry, claim)| format!("{}\n  {claim}: {}: {}", network.script, entry.verdict, entry.why)),
        );
    }
    assert!(failed.is_empty(), "{} are not proven:\n{}", failed.len(), failed.join("\n"));
}

/// Where a factor stands: in which term, at which place, as often as sums are nested.
type Path = Vec<(usize, usize)>;

fn paths(sum: &Sum, above: &Path, found: &mut Vec<Path>) {
    for (term, factors) in sum.iter().enumerate() {
        for (place, factor) in factors.iter().enumerate() {
            let path: Path = above.iter().copied().chain([(term, place)]).collect();
            if let Value::Sum(inner) = &factor.value {
                paths(inner, &path, found);
            }
            found.push(path);
        }
    }
}

fn product<'s>(sum: &'s mut Sum, path: &[(usize, usize)]) -> &'s mut Product {
    match path {
        [(term, _)] => &mut sum[*term],
        [(term, place), rest @ ..] => match &mut sum[*term][*place].value {
            Value::Sum(inner) => product(inner, rest),
            Value::Text(_) => unreachable!("a path goes through sums"),
        },
        [] => unreachable!("a path goes somewhere"),
    }
}

/// One kind of error.
struct Kind {
    name: &'static str,
    /// What it makes of the factor at a place of a product; none where it cannot be made there.
    plant: fn(&mut Product, usize, &mut fastrand::Rng) -> Option<()>,
    /// Words of which one has to stand in a reason that names this kind.
    words: &'static [&'static str],
    /// How many of a hundred are to be named at least.
    named: usize,
}

fn is(factor: &Factor, role: Role) -> Option<()> {
    (factor.role == role).then_some(())
}

/// Whether a factor is one of the partials that a chain rule multiplies.
fn is_partial(factor: &Factor) -> Option<()> {
    matches!(factor.role, Role::Slope | Role::Weight | Role::Input).then_some(())
}

fn put(factor: &mut Factor, text: Option<String>) -> Option<()> {
    factor.value = Value::Text(text?);
    Some(())
}

fn one_of(texts: &[String], random: &mut fastrand::Rng) -> Option<String> {
    (!texts.is_empty()).then(|| texts[random.usize(0..texts.len())].clone())
}

fn lose(product: &mut Product, place: usize, role: Role) -> Option<()> {
    is(&product[place], role)?;
    product.remove(place);
    Some(())
}

fn exchange(product: &mut Product, place: usize, role: Role, random: &mut fastrand::Rng) -> Option<()> {
    is(&product[place], role)?;
    let text = one_of(&product[place].near, random);
    put(&mut product[place], text)
}

const KINDS: [Kind; 15] = [
    Kind {
        name: "slope missing",
        plant: |product, at, _| lose(product, at, Role::Slope),
        words: &["is missing"],
        named: 90,
    },
    Kind {
        name: "weight missing",
        plant: |product, at, _| lose(product, at, Role::Weight),
        words: &["is missing"],
        named: 90,
    },
    Kind {
        name: "input missing",
        plant: |product, at, _| lose(product, at, Role::Input),
        words: &["is missing"],
        named: 95,
    },
    Kind {
        name: "2 missing",
        plant: |product, at, _| lose(product, at, Role::Two),
        words: &["is missing", "`2`"],
        named: 95,
    },
    Kind {
        name: "1/n missing",
        plant: |product, at, _| lose(product, at, Role::Count),
        words: &["too much", "1/2"],
        named: 95,
    },
    Kind {
        name: "factor doubled",
        plant: |product, at, _| {
            is_partial(&product[at])?;
            product.insert(at, product[at].clone());
            Some(())
        },
        words: &["too often", "too much", "belongs where"],
        named: 95,
    },
    Kind {
        name: "factor inverted",
        plant: |product, at, _| {
            is_partial(&product[at])?;
            product[at].over = true;
            Some(())
        },
        words: &["operation should be"],
        named: 95,
    },
    Kind {
        name: "sign wrong",
        plant: |product, at, _| {
            is(&product[at], Role::Error)?;
            let Value::Text(text) = &product[at].value else { return None };
            let (y, t) = text[1..text.len() - 1].split_once(" - ")?;
            let turned = format!("({t} - {y})");
            put(&mut product[at], Some(turned))
        },
        words: &["sign", "other way round"],
        named: 95,
    },
    Kind {
        name: "neighbour's weight",
        plant: |product, at, random| exchange(product, at, Role::Weight, random),
        words: &["belongs where"],
        named: 95,
    },
    Kind {
        name: "neighbour's input",
        plant: |product, at, random| exchange(product, at, Role::Input, random),
        words: &["belongs where"],
        named: 95,
    },
    Kind {
        name: "neighbour's slope",
        plant: |product, at, random| exchange(product, at, Role::Slope, random),
        words: &["belongs where"],
        named: 95,
    },
    Kind {
        name: "before for after activation",
        plant: |product, at, random| {
            let text = one_of(&product[at].mixed, random);
            put(&mut product[at], text)
        },
        words: &["belongs where"],
        named: 80,
    },
    Kind {
        name: "+ for -",
        plant: |product, at, _| {
            let text = product[at].plus.clone();
            put(&mut product[at], text)
        },
        words: &["operation should be", "belongs where"],
        named: 95,
    },
    Kind {
        name: "path lost",
        plant: |product, at, random| match &mut product[at].value {
            Value::Sum(sum) => {
                sum.remove(random.usize(0..sum.len()));
                Some(())
            }
            Value::Text(_) => None,
        },
        words: &["paths", "is missing"],
        named: 95,
    },
    Kind {
        name: "path's sign wrong",
        plant: |product, at, random| match &mut product[at].value {
            Value::Sum(sum) => {
                let term = random.usize(0..sum.len());
                let Value::Text(first) = &mut sum[term][0].value else { return None };
                *first = format!("(-{first})");
                Some(())
            }
            Value::Text(_) => None,
        },
        words: &["sign", "operation should be -"],
        named: 95,
    },
];

/// Whether the formula differs from the slope by a sweep anywhere.
fn is_wrong(problem: &Problem, random: &mut fastrand::Rng) -> bool {
    let claim = &problem.claims[0];
    let tape = problem.graph.clone().with_outputs([claim.of.node]).compile();
    (0..200).any(|_| {
        let point: Vec<f64> = (0..tape.graph().inputs().len()).map(|_| 4.0 * random.f64() - 2.0).collect();
        let values = tape.forward(&point);
        let slope = values.backward(&[1.0])[claim.wrt.node].unwrap_or(0.0);
        let hand = values[claim.formula];
        hand.is_finite() && (hand - slope).abs() > 1e-3 * hand.abs().max(slope.abs()).max(1e-6)
    })
}

/// How many networks are proven right.
const NETWORKS: u64 = 40;
/// How many errors of each kind are planted.
const PLANTED: usize = 16;

/// What became of the errors of one kind.
#[derive(Default)]
struct Rates {
    planted: usize,
    /// Refuted, with a counterexample that is one.
    refuted: usize,
    /// With a repair that is proven when it is claimed.
    repaired: usize,
    /// With a reason that names the kind.
    named: usize,
}

/// Plants errors of one kind in networks at random places.
fn planted(kind: &Kind) -> Rates {
    let mut rates = Rates::default();
    for seed in 0.. {
        if rates.planted == PLANTED {
            break;
        }
        assert!(seed < 2000, "{}: only {} were planted", kind.name, rates.planted);
        let network = Network::number(seed);
        let mut random = fastrand::Rng::with_seed(seed);
        let gradient = &network.gradients[random.usize(0..network.gradients.len())];
        let mut found = Vec::new();
        paths(&gradient.sum, &Path::new(), &mut found);
        random.shuffle(&mut found);
        let wrong = found.into_iter().find_map(|path| {
            let mut sum = gradient.sum.clone();
            let place = path.last()?.1;
            (kind.plant)(product(&mut sum, &path), place, &mut random)?;
            Some(text(&sum))
        });
        let Some(wrong) = wrong else { continue };
        let claim = script(&network, gradient, &wrong);
        let problem = read(&network.script, &[&claim], &[]);
        if !is_wrong(&problem, &mut random) {
            continue;
        }
        rates.planted += 1;
        let entry = &check(&problem, &[]).claims[0];
        let miss = |what: &str| println!("{}: {what}: {}\n    {}\n    {claim}", kind.name, entry.why, network.script);
        match is_refuted(&problem, &problem.claims[0], entry) {
            Ok(()) => rates.refuted += 1,
            Err(why) => miss(&why),
        }
        let Some(repair) = &entry.repair else {
            miss("no repair");
            continue;
        };
        let again = judged(&network.script, &[&format!("d{} = {repair}", gradient.wrt)], &[]);
        match again[0].verdict {
            Verdict::Proven => rates.repaired += 1,
            verdict => miss(&format!("the repair {repair} is {verdict}")),
        }
        match kind.words.iter().any(|word| entry.why.contains(word)) {
            true => rates.named += 1,
            false => miss("not named"),
        }
    }
    rates
}

/// Each kind by itself, and the rates of all as a table: `cargo test --test planted -- --nocapture`.
fn refuted_and_repaired(kinds: &[Kind]) {
    let mut failed = Vec::new();
    for kind in kinds {
        let Rates { planted, refuted, repaired, named } = planted(kind);
        println!("RATE {:32} {planted:4} planted {refuted:4} refuted {repaired:4} repaired {named:4} named", kind.name);
        if refuted < planted || repaired < planted || 100 * named < kind.named * planted {
            failed.push(kind.name);
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn lost_and_repeated_factors_are_refuted_and_repaired() {
    refuted_and_repaired(&KINDS[..8]);
}

#[test]
fn mistaken_factors_and_lost_paths_are_refuted_and_repaired() {
    refuted_and_repaired(&KINDS[8..]);
}
