//! Changes of formulas at random.

use chainrule::check::Verdict;
use chainrule::python::formula;

use super::{read, studied};

/// The words of a formula, operators and spaces among them.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
    for letter in text.chars() {
        match words.last_mut() {
            Some(last) if is_word(letter) && last.ends_with(is_word) || letter == '*' && last == "*" => {
                last.push(letter)
            }
            _ => words.push(letter.to_string()),
        }
    }
    words
}

/// Whether two formulas have one value where all their names are free.
fn are_equal(one: &str, other: &str) -> bool {
    let value = |text: &str, shift: f64| {
        let formula = formula(&format!("value = ({text}) + 0*unused"), None).unwrap_or_else(|error| panic!("{error}"));
        // What a name is worth hangs on its letters alone, not on where it stands.
        let names = formula.graph.inputs().iter().map(|&input| formula.graph.name(input).unwrap_or_default());
        let inputs = names.map(|name| name.bytes().map(f64::from).sum::<f64>());
        let point: Vec<f64> = inputs.map(|sum| (sum * shift).sin() + 1.5).collect();
        formula.graph.compile().forward(&point).outputs()[0]
    };
    [0.37, 0.71, 1.13].iter().all(|&shift| (value(one, shift) - value(other, shift)).abs() < 1e-9)
}

#[test]
fn a_random_change_of_a_formula_is_refuted_or_changes_nothing() {
    let mut random = fastrand::Rng::with_seed(5);
    for (name, claim, right, names) in [
        ("tests/files/tanh_scalars.py", "grad_q1", "grad_guess * y1", ["y2", "s1"]),
        ("tests/files/tanh_scalars.py", "grad_s2", "grad_guess * q2 * (1 - y2 ** 2)", ["y1", "s2"]),
        ("tests/files/parts_by_name.py", "dL_dw1", "dL_dpred * dpred_dz * dz_dw1", ["dz_dw2", "w1"]),
        ("tests/files/two_by_two.py", "dE_dv22", "dE_dnet_o2 * out_h2", ["out_h1", "v22"]),
        ("tests/files/rows.py", "dcost_dw1", "dcost_dz * dz_dw1", ["dz_dw2", "w1"]),
        ("examples/training_table.py", "dw2", "dz1 * age", ["size", "dz2"]),
    ] {
        let text = read(name);
        for _ in 0..8 {
            let mut changed = words(right);
            let at = random.usize(..changed.len());
            let word = changed[at].clone();
            changed[at] = match &*word {
                "*" | "/" | "+" | "-" | "**" => ["*", "/", "+", "-", "**"][random.usize(..5)].to_owned(),
                "1" | "2" => ["1", "2", "3", "0.5"][random.usize(..4)].to_owned(),
                _ if text.contains(&format!("{word} = ")) => names[random.usize(..2)].to_owned(),
                _ => continue,
            };
            let wrong = changed.concat();
            let bad = text.replacen(&format!("{claim} = {right}"), &format!("{claim} = {wrong}"), 1);
            assert!(wrong == right || bad != text, "{name} has no `{right}`");
            let study = studied(&bad);
            let found = study.findings.iter().find(|finding| finding.entry.name == claim);
            let found = found.unwrap_or_else(|| panic!("{name}: {wrong} is no claim"));
            let is_right = matches!(found.entry.verdict, Verdict::Proven | Verdict::Agrees);
            if is_right && found.entry.factor.is_none_or(|factor| factor == 1.0) {
                assert!(are_equal(&wrong, right), "{name}: {claim} = {wrong} is proven");
            }
        }
    }
}
