//! Which line a mistake stands in: of a chain of wrong derivatives the first; of a step, what is wrong with the step.

use std::collections::HashSet;
use std::ops::Range;

use petgraph::graph::NodeIndex;

use crate::python::names;
use crate::python::study::choose::{Chosen, is_same, keep};
use crate::python::study::claim::{Meaning, Start};
use crate::python::study::finding::Kind;
use crate::python::study::record::Record;
use crate::python::study::trial::{Element, Fit, Instead, Trial};
use crate::python::study::written::{Written, mentions, moves_towards};

/// How many meanings of a wrong derivative on the way are tried.
const TRIED: usize = 16;

/// Finds for each wrong claim the first one before it that would mend it if that were right. What nothing is known of,
/// and nothing wrong follows from, is no claim.
pub(super) fn blame(
    trial: &Trial<'_>,
    records: &[Record],
    (text, written): (&str, &Written),
    mut chosen: Vec<Chosen>,
) -> Vec<Chosen> {
    without_bounded(trial, records, &mut chosen);
    // What has not the shape of what it is by is no other derivative, unless something right is made of it.
    let is_made_of = |claim: &Chosen| {
        let own = claim.meaning().elements[0][2];
        let name = &records[claim.found.record].name;
        chosen.iter().filter(|other| other.is_fine() && other.found.record != claim.found.record).any(|other| {
            let right = Range::<usize>::from(records[other.found.record].right);
            let uses = || trial.below(other.meaning().elements.iter().map(|element| element[2])).contains(&own);
            (!is_shared(records, claim) || mentions(&text[right], name)) && uses()
        })
    };
    let misshapen: Vec<usize> =
        (0..chosen.len()).filter(|&claim| chosen[claim].found.is_misshapen && !is_made_of(&chosen[claim])).collect();
    for &claim in &misshapen {
        (chosen[claim].at, chosen[claim].fit, chosen[claim].factor) = (0, Fit::Wrong, None);
    }
    let mut order: Vec<usize> = (0..chosen.len()).collect();
    order.sort_by_key(|&claim| chosen[claim].found.record);
    let mut is_blamed = vec![false; chosen.len()];
    // Whether what a claim means has shown in what uses it, and not only in another name of it.
    let mut is_pinned = is_blamed.clone();
    let below = |claim: &Chosen| trial.below(claim.meaning().elements.iter().map(|element| element[2]));
    let below: Vec<_> = chosen.iter().map(below).collect();
    let uses = |claim: usize, other: &Chosen| below[claim].contains(&other.meaning().elements[0][2]);
    for (place, &claim) in order.iter().enumerate() {
        // What a layer hands back may mean several things: that which it is once what it uses is right.
        let is_handed = names::hands_back(&records[chosen[claim].found.record].name);
        let is_claimed = chosen[claim].meaning().is_parameter || chosen[claim].meaning().is_direct || is_handed;
        let own = chosen[claim].at;
        let may_mean = |at: &usize| {
            let (meaning, own) = (&chosen[claim].found.meanings[*at], chosen[claim].meaning());
            *at != chosen[claim].at && (is_handed || meaning.is_direct && meaning.wrt == own.wrt && own.is_direct)
        };
        let others = (0..chosen[claim].found.meanings.len().min(TRIED)).filter(may_mean);
        let meant: Vec<usize> = std::iter::once(own).chain(others).collect();
        // A step the wrong way is its own mistake, unless the derivative points there.
        let goes_up = chosen[claim].found.kind == Kind::Update
            && matches!(chosen[claim].fit, Fit::Scaled(factor) if factor < 0.0);
        if chosen[claim].is_fine() || !is_claimed {
            continue;
        }
        let of = chosen[claim].meaning().elements[0][0];
        let is_step = chosen[claim].found.kind == Kind::Update;
        let earlier = order[..place].iter().copied().filter(|&earlier| {
            let other = &chosen[earlier];
            let is_certain = other.is_fine()
                && (other.meaning().is_parameter || other.fit == Fit::Right && other.meaning().is_direct);
            // What something right is made of is right; a factor that comes through may be why other things are wrong.
            let is_borne_out = other.is_fine()
                && (0..chosen.len()).any(|user| {
                    // All are scaled alike, and what is wrong is not only scaled.
                    let is_alike = || {
                        let factors = chosen[user].fit.factor().zip(other.fit.factor());
                        factors.is_some_and(|(a, b)| is_same(a, b)) && !chosen[claim].fit.is_multiple()
                    };
                    (chosen[user].fit == Fit::Right
                        || chosen[user].is_fine() && (other.fit == Fit::Right || is_alike()))
                        && chosen[user].meaning().is_parameter
                        && uses(user, other)
                        && user != earlier
                });
            // What its name does not say, and something right uses, is right as it is.
            let is_guess = !other.meaning().is_direct && !other.meaning().is_parameter;
            let is_used = is_guess
                && (0..chosen.len()).any(|user| {
                    let is_right = chosen[user].is_fine() && chosen[user].meaning().is_parameter;
                    is_right && user != earlier && uses(user, other)
                });
            let is_right = is_certain || is_borne_out || is_used || goes_up && other.is_fine();
            other.found.kind == Kind::Derivative && !is_right && other.follows.is_none() && uses(claim, other)
        });
        let mended = |earlier: usize| {
            let other = &chosen[earlier];
            let tried = std::iter::once(other.at)
                .chain((0..other.found.meanings.len().min(TRIED)).filter(|&at| at != other.at));
            if is_step && other.found.is_misshapen {
                let is_same = other.meaning().wrt == chosen[claim].meaning().wrt;
                return is_same.then_some((earlier, other.at, chosen[claim].at));
            }
            // A derivative by the parameter of a step is of the loss of the step.
            let is_of_step =
                |meaning: &Meaning| is_step && meaning.is_parameter && meaning.wrt == chosen[claim].meaning().wrt;
            let fits = |at: usize| {
                let meaning = &other.found.meanings[at];
                meaning.elements[0][0] == of || meaning.is_direct && !meaning.is_parameter || is_of_step(meaning)
            };
            let mut tried = tried.filter(|&at| fits(at) && (!is_pinned[earlier] || at == other.at));
            let mends = |&at: &usize| -> Option<usize> {
                let meaning = &other.found.meanings[at];
                let elements = &meaning.elements;
                let of_it = |own: NodeIndex| if is_of_step(meaning) { of } else { own };
                let derivative = |&[own, wrt, formula]: &Element| (formula, Instead::Derivative(of_it(own), wrt));
                let mut instead: Vec<(NodeIndex, Instead)> = elements.iter().map(derivative).collect();
                // A value that has other uses is left there.
                if is_shared(records, other) {
                    let kept = order[..place].iter().map(|&kept| &chosen[kept]).filter(|kept| kept.is_fine());
                    let kept = kept.flat_map(|kept| kept.meaning().elements.iter().map(|element| element[2]));
                    instead.extend(kept.map(|node| (node, Instead::Value(node))));
                }
                // The sign of what is handed on is its author's choice.
                let own = chosen[claim].fit;
                let is_right = |at: &usize| match trial.fit_with(&chosen[claim].found.meanings[*at].elements, &instead)
                {
                    Fit::Right => true,
                    // A step may be as long as it likes.
                    Fit::Scaled(factor) if is_step && !other.is_fine() && factor > 0.0 => true,
                    Fit::Scaled(_) => !matches!(own, Fit::Scaled(_)),
                    _ => false,
                };
                meant.iter().copied().find(is_right)
            };
            tried.find_map(|at| mends(&at).map(|own| (earlier, at, own)))
        };
        if let Some((earlier, at, own)) = earlier.collect::<Vec<_>>().into_iter().find_map(mended) {
            chosen[claim].at = own;
            let is_itself = chosen[claim].meaning().elements[0][2] == chosen[earlier].meaning().elements[0][2];
            (is_blamed[earlier], is_pinned[earlier]) = (true, is_pinned[earlier] || !is_itself);
            chosen[earlier].at = at;
            chosen[earlier].fit = trial.fit(&chosen[earlier].meaning().elements);
            chosen[earlier].factor = None;
            chosen[claim].follows = Some(earlier);
        }
    }
    // What a statement says follows from a mistake whenever it runs.
    for claim in 0..chosen.len() {
        let place = |claim: usize| records[chosen[claim].found.record].place;
        let is_open = chosen[claim].found.kind == Kind::Update && !chosen[claim].is_fine();
        let again = |&other: &usize| other != claim && place(other) == place(claim);
        if is_open && chosen[claim].follows.is_none() {
            chosen[claim].follows = (0..chosen.len()).filter(again).find_map(|other| chosen[other].follows);
        }
    }
    // What is scaled as a derivative that is to blame is, and uses it, is so because of it.
    for claim in 0..chosen.len() {
        let Some(factor) = chosen[claim].factor else { continue };
        let is_source = |&other: &usize| {
            let same = matches!(chosen[other].fit, Fit::Scaled(own) if is_same(own, factor));
            is_blamed[other] && other != claim && same && uses(claim, &chosen[other])
        };
        if let Some(first) = (0..chosen.len()).find(is_source) {
            (chosen[claim].factor, chosen[claim].follows) = (None, Some(first));
        }
    }
    let steps: Vec<usize> = (0..chosen.len()).filter(|&claim| chosen[claim].found.kind == Kind::Update).collect();
    let is_again = |&claim: &usize| is_computed_again(trial, records, &chosen, claim, &steps);
    let wrong = (0..chosen.len()).filter(|&claim| !chosen[claim].is_fine());
    let computed_again: Vec<usize> = wrong.filter(is_again).collect();
    faults(trial, records, written, &mut chosen, &steps);
    let keeps = |claim: usize| {
        if computed_again.contains(&claim) {
            return false;
        }
        let Chosen { found, .. } = &chosen[claim];
        if found.is_asked {
            return true;
        }
        if found.start != Start::Own {
            return chosen[claim].fault.is_some();
        }
        if found.kind == Kind::Update && !chosen[claim].is_fine() {
            let Record { place, right, .. } = &records[found.record];
            let [head, right] = [place.start()..right.start(), right.start()..right.end()]
                .map(|part| &text[usize::from(part.start)..usize::from(part.end)]);
            let is_average = || moves_towards(head, right);
            if is_average() || !may_train(trial, records, &chosen[claim]) {
                return false;
            }
        }
        if found.is_misshapen {
            return misshapen.contains(&claim);
        }
        let is_derivative = found.kind == Kind::Derivative;
        if !is_derivative || chosen[claim].is_fine() || is_blamed[claim] || chosen[claim].follows.is_some() {
            return true;
        }
        let own = &records[found.record];
        if is_memory(trial, (text, own), &chosen[claim]) {
            return false;
        }
        let of_parameters =
            (0..chosen.len()).filter(|&other| chosen[other].meaning().is_parameter && uses(other, &chosen[claim]));
        // What something right was made of when the same line ran before.
        let is_before = |claim: usize| {
            let again =
                |other: &&Record| other.place == own.place && other.name == own.name && other.nodes != own.nodes;
            let nodes: Vec<NodeIndex> = records.iter().filter(again).map(|other| other.nodes[0]).collect();
            let is_of = |other: usize| chosen[other].meaning().is_parameter && chosen[other].is_fine();
            (0..chosen.len())
                .any(|other| other != claim && is_of(other) && nodes.iter().any(|node| below[other].contains(node)))
        };
        // What has a right name where a function hands it back has another in that function.
        let is_local = || {
            let is_it = |other: &Chosen| {
                let outer = &records[other.found.record];
                let [place, outside] = [own, outer].map(|record| record.place.start().into());
                outer.nodes == own.nodes && written.is_further_in(place, outside)
            };
            chosen.iter().filter(|other| other.is_fine()).any(is_it)
        };
        let mut right = of_parameters.filter(|other| *other != claim && chosen[*other].is_fine());
        if chosen[claim].meaning().is_parameter {
            // What nothing steps and something right is made of is another derivative than its name seems to say: that of a
            // state, or by what a function is given.
            let wrt = &chosen[claim].meaning().wrt;
            let moves = |record: &Record| record.step.as_ref().is_some_and(|step| step.parameter == *wrt);
            let is_state =
                |record: &Record| record.is_assigned() && record.name == *wrt && trial.is_computed(&record.nodes);
            let may_be_other = names::is_data(wrt) || records.iter().any(is_state);
            let is_stepped = !may_be_other || records.iter().any(moves);
            // The same numbers may stand in what is right without being meant.
            let names_it = |other: usize| {
                let right = Range::<usize>::from(records[chosen[other].found.record].right);
                mentions(&text[right], &own.name)
            };
            // A right step that is made of it says that it is a part of the derivative, `w -= rate*dL_dh*d_w`, or that of one
            // sample of several.
            let is_step = |other: usize| {
                let is_by_same = names::whole(&chosen[other].meaning().wrt) == names::whole(wrt);
                // So does a right derivative by the same parameter under another name: this is a factor of it.
                let is_factor = || {
                    let is_other = records[chosen[other].found.record].name != own.name;
                    is_other && chosen[other].meaning().is_parameter && names_it(other)
                };
                is_by_same && (chosen[other].found.kind == Kind::Update || is_factor())
            };
            let mut steps = (0..chosen.len()).filter(|&other| chosen[other].is_fine() && uses(other, &chosen[claim]));
            if !chosen[claim].fit.is_multiple() && written.is_read(&own.name) && steps.any(is_step) {
                return false;
            }
            // So does a wrong one that is wrong in what it adds, a decay of weights.
            let is_rest = |step: &Chosen| {
                let (elements, own) = (&step.meaning().elements, &chosen[claim].meaning().elements);
                step.found.kind == Kind::Update
                    && step.meaning().wrt == *wrt
                    && elements[0][0] == own[0][0]
                    && trial.lacks_rest_of(own, elements)
            };
            if chosen.iter().any(is_rest) {
                return false;
            }
            return is_stepped || !(right.any(names_it) || is_before(claim) || is_local());
        }
        chosen[claim].meaning().is_direct && right.next().is_none() && !is_before(claim) && !is_local()
    };
    let kept: Vec<bool> = (0..chosen.len()).map(keeps).collect();
    let moved = |follows: usize| kept[..follows].iter().filter(|kept| **kept).count();
    chosen.iter_mut().for_each(|claim| claim.follows = claim.follows.filter(|&first| kept[first]).map(moved));
    chosen.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(claim, _)| claim).collect()
}

/// Whether a derivative is what a dictionary remembers of it: `v["dW"] = beta*v["dW"] + grads["dW"]`.
fn is_memory(trial: &Trial<'_>, (text, own): (&str, &Record), claim: &Chosen) -> bool {
    let [head, right] = [own.place.start()..own.right.start(), own.right.start()..own.right.end()]
        .map(|part| &text[usize::from(part.start)..usize::from(part.end)]);
    let target = head.trim_end().trim_end_matches('=').trim_end();
    let Some((base, _)) = target.split_once('[').filter(|_| !head.contains("+=") && right.contains(target)) else {
        return false;
    };
    let below = trial.below(claim.meaning().elements.iter().map(|element| element[2]));
    let is_of_it = |input: NodeIndex| {
        trial.name(input).and_then(|name| name.strip_prefix(base)).is_some_and(|rest| rest.starts_with('['))
    };
    trial.inputs().any(|input| below.contains(&input) && is_of_it(input))
}

/// What a right derivative is cut off to under the same name, or divided by its length, goes the same way and is none; it is
/// made of that derivative alone, and of bounds.
fn without_bounded(trial: &Trial<'_>, records: &[Record], chosen: &mut Vec<Chosen>) {
    let is_bounded = |claim: &Chosen| {
        let (own, meaning) = (&records[claim.found.record], claim.meaning());
        let is_before = |other: &&Chosen| {
            let before = &records[other.found.record];
            let is_same = before.name == own.name && before.place != own.place && other.meaning().wrt == meaning.wrt;
            is_same && other.is_fine()
        };
        let is_meant = claim.found.kind == Kind::Derivative && meaning.is_parameter && !claim.fit.is_multiple();
        let before: HashSet<NodeIndex> = match is_meant {
            true => {
                let before = chosen.iter().filter(is_before).flat_map(|other| &other.meaning().elements);
                before.map(|element| element[2]).collect()
            }
            false => return false,
        };
        let below = trial.below(meaning.elements.iter().map(|element| element[2]));
        let is_made_of_it = before.iter().any(|node| below.contains(node));
        is_made_of_it && trial.goes_along(&meaning.elements) && {
            let beside = trial.inputs_beside(meaning.elements.iter().map(|element| element[2]), &before);
            let of = trial.below([meaning.elements[0][0]]);
            beside.iter().all(|input| !of.contains(input))
        }
    };
    let free: Vec<bool> = chosen.iter().map(|claim| !is_bounded(claim)).collect();
    keep(chosen, &free);
}

/// Whether what a wrong step subtracts may be a derivative, and is not only made of what it is subtracted from, as the mean
/// is in `x - mean(x)`: it has a rate, uses a derivative, or anything else that is given.
fn may_train(trial: &Trial<'_>, records: &[Record], step: &Chosen) -> bool {
    let elements = &step.meaning().elements;
    if matches!(step.found.rate, Some((_, false))) || matches!(step.fit, Fit::Scaled(_)) {
        return true;
    }
    let own: HashSet<NodeIndex> = elements.iter().map(|element| element[1]).collect();
    let below = trial.below(elements.iter().map(|element| element[2]));
    let earlier = records[..step.found.record].iter();
    let is_used = |record: &Record| record.nodes.iter().any(|node| below.contains(node));
    earlier.filter(|record| names::is_derivative(&record.name)).any(is_used) || {
        let rate = step.found.rate.map(|(rate, _)| rate);
        trial.inputs().any(|input| below.contains(&input) && !own.contains(&input) && Some(input) != rate)
    }
}

/// Whether the value of a claim has another name too.
fn is_shared(records: &[Record], claim: &Chosen) -> bool {
    let own = &records[claim.found.record];
    records.iter().any(|other| other.name != own.name && other.nodes == own.nodes)
}

/// Says of each wrong step what is wrong with it, where the derivative is not to blame.
fn faults(trial: &Trial<'_>, records: &[Record], written: &Written, chosen: &mut [Chosen], steps: &[usize]) {
    for claim in 0..chosen.len() {
        if chosen[claim].found.kind == Kind::Derivative && !chosen[claim].is_fine() && chosen[claim].follows.is_none() {
            chosen[claim].fault = stale(trial, records, chosen, claim, steps);
        }
    }
    let bare: Vec<bool> = steps.iter().map(|&step| is_bare(records, written, chosen, step, steps)).collect();
    for (&step, is_bare) in steps.iter().zip(bare) {
        let claim = &chosen[step];
        if claim.follows.is_some() || claim.fault.is_some() {
            continue;
        }
        let wrt = &claim.meaning().wrt;
        let fault = match (&claim.found.start, claim.fit) {
            (Start::Other(from), fit) if fit.factor().is_some_and(|factor| factor > 0.0) => {
                Some(format!("it starts from `{from}`, not from `{wrt}`"))
            }
            (Start::Nothing, Fit::Right | Fit::Scaled(_)) => {
                Some(format!("it replaces `{wrt}` by what that is to be moved by"))
            }
            (Start::Other(_) | Start::Nothing, _) => None,
            (Start::Own, Fit::Right | Fit::Scaled(_)) if is_bare => Some("it leaves the learning rate out".to_owned()),
            _ if claim.is_fine() => None,
            _ => fault(trial, records, chosen, step, steps),
        };
        chosen[step].fault = fault;
    }
}

/// Whether a step takes the derivative as it is, where others multiply it by a rate, or nothing uses the rate that the
/// file has.
fn is_bare(records: &[Record], written: &Written, chosen: &[Chosen], step: usize, steps: &[usize]) -> bool {
    let claim = &chosen[step];
    let scale = |claim: &Chosen| claim.fit.factor();
    let derivative = chosen.iter().find(|other| {
        let same = other.meaning().is_parameter && other.meaning().wrt == claim.meaning().wrt;
        same && other.found.kind == Kind::Derivative && other.is_fine()
    });
    let plain = derivative.and_then(scale).unwrap_or(1.0);
    if claim.found.rate.is_some() || scale(claim).is_none_or(|own| (own - plain).abs() > 1e-6 * plain.abs()) {
        return false;
    }
    let of = claim.meaning().elements[0][0];
    let others: Vec<&Chosen> = (steps.iter().filter(|&&other| other != step).map(|&other| &chosen[other]))
        .filter(|other| other.meaning().elements[0][0] == of && other.found.start == Start::Own)
        .collect();
    let with_rate = others.iter().filter(|other| other.found.rate.is_some()).count();
    let named = others.iter().any(|other| matches!(other.found.rate, Some((_, false))));
    let numbers: Vec<f64> =
        others.iter().filter(|other| other.found.rate.is_none()).filter_map(|other| scale(other)).collect();
    let is_rate = |number: f64| !is_same(plain, number) && numbers.iter().all(|other| is_same(number, *other));
    let with_number = numbers.len() > 1 && is_rate(numbers[0]);
    let unused = || records.iter().any(|record| names::is_rate(&record.name) && !written.is_read(&record.name));
    named || 2 * with_rate > others.len() || with_number || with_rate == 0 && unused()
}

fn fault(trial: &Trial<'_>, records: &[Record], chosen: &[Chosen], step: usize, steps: &[usize]) -> Option<String> {
    let (claim, meaning) = (&chosen[step], chosen[step].meaning());
    let is_along = |fit: Fit| matches!(fit, Fit::Right) || matches!(fit, Fit::Scaled(factor) if factor > 0.0);
    if let Fit::Scaled(factor) = claim.fit
        && factor < 0.0
    {
        let way = if meaning.goes_up { "down" } else { "up" };
        return Some(format!("it goes {way} `{}`: the sign is wrong", meaning.of));
    }
    if let Some((rate, _)) = claim.found.rate.filter(|(_, is_guess)| !claim.found.has_literal_rate && !is_guess) {
        let powers = [(-1, "it multiplies by the learning rate twice"), (2, "it divides by the learning rate")];
        let known = powers.into_iter().find(|&(power, _)| is_along(trial.fit_times(&meaning.elements, rate, power)));
        if let Some((_, words)) = known {
            return Some(words.to_owned());
        }
    }
    let own = |other: &Meaning| other.elements.len() == meaning.elements.len() && other.wrt != meaning.wrt;
    let of_another = steps.iter().map(|&other| chosen[other].meaning()).filter(|other| own(other)).find(|other| {
        let pairs = meaning.elements.iter().zip(&other.elements);
        is_along(trial.fit(&pairs.map(|(own, other)| [own[0], other[1], own[2]]).collect::<Vec<_>>()))
    });
    if let Some(other) = of_another {
        return Some(format!("it subtracts the derivative by `{}`", other.wrt));
    }
    stale(trial, records, chosen, step, steps)
}

/// What a claim says that would be right with parameters as they were before earlier steps, and which.
fn stale(trial: &Trial<'_>, records: &[Record], chosen: &[Chosen], claim: usize, steps: &[usize]) -> Option<String> {
    let name = match *stale_by(trial, records, chosen, claim, steps)? {
        [one] => format!("`{}`", chosen[one].meaning().wrt),
        _ => "other parameters".to_owned(),
    };
    Some(format!("it is computed with {name} as already changed by a step, not as it was before"))
}

/// The earlier steps without which a claim would be right: one of them, or all.
fn stale_by(
    trial: &Trial<'_>,
    records: &[Record],
    chosen: &[Chosen],
    claim: usize,
    steps: &[usize],
) -> Option<Vec<usize>> {
    let (claim, meaning) = (&chosen[claim], chosen[claim].meaning());
    let is_along =
        |fit: Fit| fit == Fit::Right || matches!(fit, Fit::Scaled(factor) if claim.fit != Fit::Scaled(factor));
    let is_earlier = |other: &usize| chosen[*other].found.record < claim.found.record;
    let earlier: Vec<usize> = steps.iter().copied().filter(is_earlier).collect();
    let moved = |other: &usize| {
        let Record { nodes, step, .. } = &records[chosen[*other].found.record];
        let old = step.as_ref().map_or(&[][..], |step| &step.nodes);
        nodes.iter().zip(old).map(|(&new, &old)| (new, Instead::Value(old))).collect::<Vec<_>>()
    };
    let all: Vec<(NodeIndex, Instead)> = earlier.iter().flat_map(moved).collect();
    if all.is_empty() || !is_along(trial.fit_with(&meaning.elements, &all)) {
        return None;
    }
    let one = earlier.iter().find(|other| is_along(trial.fit_with(&meaning.elements, &moved(other))));
    Some(one.map_or(earlier.clone(), |one| vec![*one]))
}

/// Whether a claim is of parameters that were moved on purpose: what it uses is computed again after their steps.
fn is_computed_again(trial: &Trial<'_>, records: &[Record], chosen: &[Chosen], claim: usize, steps: &[usize]) -> bool {
    let Some(moved) = stale_by(trial, records, chosen, claim, steps) else { return false };
    let below = trial.below(chosen[claim].meaning().elements.iter().map(|element| element[2]));
    moved.iter().all(|&step| {
        let step = chosen[step].found.record;
        let is_again = |record: &Record| {
            let is_moved = record.nodes == records[step].nodes;
            let is_computed = record.is_assigned() && record.step.is_none() && !is_moved;
            let is_used = is_computed && below.contains(&record.nodes[0]);
            let is_of_forward = !names::is_derivative(&record.name) && !names::is_handed(&record.name);
            let was_before = || records[..step].iter().any(|other| other.is_assigned() && other.name == record.name);
            let uses = || trial.below(record.nodes.iter().copied()).contains(&records[step].nodes[0]);
            let is_loss = || names::loss_rank(&record.name).is_some() && is_computed;
            is_used && is_of_forward && was_before() && uses() || is_loss() && uses()
        };
        records[step + 1..chosen[claim].found.record].iter().any(is_again)
    })
}
