//! Which of its possible meanings a claim has: the one that the numbers bear out, where there is one.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use petgraph::graph::NodeIndex;

use crate::python::names;
use crate::python::study::claim::{Found, Meaning};
use crate::python::study::finding::Kind;
use crate::python::study::loss::has_penalty;
use crate::python::study::trial::{Element, Fit, Trial};

/// A claim with one meaning.
pub(super) struct Chosen {
    pub(super) found: Found,
    /// Which of its meanings it has.
    pub(super) at: usize,
    pub(super) fit: Fit,
    /// The one factor that all share, where the formula is right but for it.
    pub(super) factor: Option<f64>,
    /// Where it is wrong because it has not the factor of all others, that factor.
    pub(super) lacks: Option<f64>,
    /// The earlier claim that it is only wrong because of.
    pub(super) follows: Option<usize>,
    /// What is wrong with a step along a right derivative.
    pub(super) fault: Option<String>,
}

impl Chosen {
    pub(super) fn meaning(&self) -> &Meaning {
        &self.found.meanings[self.at]
    }

    /// The formula of the element of this name.
    pub(super) fn element(&self, name: &str) -> Option<NodeIndex> {
        let at = self.found.names.iter().position(|known| known == name)?;
        Some(self.meaning().elements.get(at)?[2])
    }

    /// Whether its name says of what it is the derivative, and that is no loss: `d_h1_d_w1`.
    pub(super) fn is_spelled_out(&self) -> bool {
        let meaning = self.meaning();
        self.found.kind == Kind::Derivative && meaning.is_direct && !meaning.is_parameter && meaning.is_told
    }

    /// Whether it is right, a factor aside that all share.
    pub(super) fn is_fine(&self) -> bool {
        self.fit == Fit::Right || self.factor.is_some()
    }
}

/// Chooses what each claim means.
///
/// A name alone often leaves open whether the loss of one row or of all is meant, or a derivative before or after an
/// activation. Where no meaning is borne out, it is what the name says first, of the loss that the others speak of.
pub(super) fn choose(trial: &Trial<'_>, mut found: Vec<Found>) -> Vec<Chosen> {
    // What is made of a right derivative of the loss that is written is of that loss, too.
    let is_right = |meaning: &&Meaning| {
        let is_on_the_way = meaning.is_direct && !meaning.is_parameter && !meaning.is_implied();
        is_on_the_way && meaning.elements.len() > 1 && trial.fit(&meaning.elements) == Fit::Right
    };
    let right = found.iter().filter(|found| found.kind == Kind::Derivative).flat_map(|found| &found.meanings);
    let right: BTreeSet<NodeIndex> =
        right.filter(is_right).flat_map(|meaning| meaning.elements.iter().map(|element| element[2])).collect();
    let whole = |input: NodeIndex| names::whole(trial.name(input).unwrap_or_default());
    for found in found.iter_mut().filter(|_| !right.is_empty()) {
        let is_both = found.meanings.iter().any(Meaning::is_implied) && !found.meanings.iter().all(Meaning::is_implied);
        let formulas = || found.meanings[0].elements.iter().map(|element| element[2]);
        // What is right for the rows of a batch is so for the outputs of all, too.
        let is_of_batch = || {
            let below = |is_meant: fn(&&Meaning) -> bool| {
                trial.below(found.meanings.iter().filter(is_meant).map(|meaning| meaning.elements[0][0]))
            };
            let [own, all] = [below(|meaning| meaning.is_implied()), below(|meaning| !meaning.is_implied())];
            let fits = |meaning: &Meaning| {
                meaning.is_implied() && meaning.is_parameter && trial.fit(&meaning.elements).is_multiple()
            };
            let arrays: BTreeSet<&str> = trial.inputs().filter(|input| own.contains(input)).map(whole).collect();
            let mut further = trial.inputs().filter(|input| all.contains(input) && !own.contains(input)).map(whole);
            further.any(|name| arrays.contains(name)) && found.meanings.iter().any(fits)
        };
        if is_both && !is_of_batch() && trial.below(formulas()).iter().any(|node| right.contains(node)) {
            found.meanings.retain(|meaning| !meaning.is_implied());
        }
    }
    // Where errors imply the loss of a row, no term of a mean has to.
    let is_of_errors =
        |meaning: &Meaning| meaning.is_parameter && meaning.is_implied() && trial.fit(&meaning.elements).is_multiple();
    let of_errors: BTreeSet<usize> =
        (found.iter()).filter(|found| found.meanings.iter().any(is_of_errors)).map(|found| found.training).collect();
    for found in found.iter_mut().filter(|found| of_errors.contains(&found.training)) {
        found.meanings.retain(|meaning| !meaning.is_of_row);
    }
    // A likelihood that nothing derives is only computed.
    let is_weak = |meaning: &Meaning| names::is_likelihood(&meaning.of) && !names::is_of_function(&meaning.of);
    let is_derived =
        |meaning: &Meaning| is_weak(meaning) && meaning.is_parameter && trial.fit(&meaning.elements).is_multiple();
    if !found.iter().flat_map(|found| &found.meanings).any(is_derived) {
        found.iter_mut().for_each(|found| found.meanings.retain(|meaning| !is_weak(meaning)));
        found.retain(|found| !found.meanings.is_empty());
    }
    // Where one derivative is of a loss that is written in the file, none is of one that is not.
    let is_of_written = |meaning: &Meaning| {
        let fits = || trial.fit(&meaning.elements).is_multiple();
        meaning.is_parameter && !meaning.is_implied() && fits()
    };
    let of_written: Vec<(usize, NodeIndex)> = found
        .iter()
        .filter_map(|found| {
            let meaning = found.meanings.iter().find(|meaning| is_of_written(meaning))?;
            Some((found.training, meaning.elements[0][0]))
        })
        .collect();
    if !of_written.is_empty() {
        // Another training may go by some of the rows alone.
        let inputs = |of: NodeIndex| {
            let below = trial.below([of]);
            trial.inputs().filter(|input| below.contains(input)).count()
        };
        let is_of_rows = |found: &Found, meaning: &Meaning| {
            let is_elsewhere = of_written.iter().all(|(training, _)| *training != found.training);
            is_elsewhere
                && meaning.is_implied()
                && meaning.is_parameter
                && trial.fit(&meaning.elements).is_multiple()
                && {
                    let own = inputs(meaning.elements[0][0]);
                    of_written.iter().any(|(_, of)| own < inputs(*of))
                }
        };
        for found in &mut found {
            let is_of_written = found.meanings.iter().any(is_of_written);
            let kept: Vec<bool> =
                found.meanings.iter().map(|meaning| !is_of_written && is_of_rows(found, meaning)).collect();
            if kept.contains(&true) {
                keep(&mut found.meanings, &kept);
            } else if found.meanings.iter().any(|meaning| !meaning.is_implied()) {
                found.meanings.retain(|meaning| !meaning.is_implied());
            }
        }
    }
    of_whole_losses(trial, &mut found);
    of_one_implied_loss(trial, &mut found);
    of_all_rows(trial, &mut found);
    of_one_written_loss(trial, &mut found);
    let best = |found: &Found| {
        let mut best = (0, trial.fit(&found.meanings[0].elements));
        for (at, meaning) in found.meanings.iter().enumerate().skip(1) {
            if best.1 == Fit::Right {
                break;
            }
            let fit = trial.fit(&meaning.elements);
            if fit.rank() > best.1.rank() {
                best = (at, fit);
            }
        }
        best
    };
    // Where nothing is remembered yet, what goes along a memory alone goes nowhere: conjugate gradients.
    let is_still = |found: &Found| {
        let goes = |element: &Element| trial.at(element[2]).iter().any(|moved| *moved != 0.0 && !moved.is_nan());
        found.has_memory && !found.meanings[0].elements.iter().any(goes)
    };
    found.retain(|found| !is_still(found));
    let mut fits: Vec<(usize, Fit)> = found.iter().map(best).collect();
    // Of a step that keeps a memory and is none along the derivative, only the way is known.
    for (found, (at, fit)) in found.iter().zip(&mut fits) {
        if found.has_memory && !fit.is_multiple() && trial.goes_against(&found.meanings[*at].elements) {
            *fit = Fit::Scaled(-1.0);
        }
    }
    // What uses the derivative by another parameter, and not that by its own, is wrong whatever it remembers.
    let uses_another = |(step, (_, fit)): (&Found, &(usize, Fit))| {
        let other = uses_another(trial, &found, step).filter(|_| !fit.is_multiple())?;
        Some(format!("it uses the derivative by `{other}`"))
    };
    let never_reset = |(step, (_, fit)): (&Found, &(usize, Fit))| {
        let name = step.never_reset.as_ref().filter(|_| fit.is_multiple())?;
        Some(format!("`{name}` goes on adding to what it was in the round before, and is never set back to 0"))
    };
    let fault = |step: (&Found, &(usize, Fit))| uses_another(step).or_else(|| never_reset(step));
    let faults: Vec<Option<String>> = found.iter().zip(&fits).map(fault).collect();
    let mut losses: BTreeMap<NodeIndex, usize> = BTreeMap::new();
    for (found, &(at, fit)) in found.iter().zip(&fits) {
        if fit.is_multiple() {
            *losses.entry(found.meanings[at].elements[0][0]).or_default() += 1;
        }
    }
    let common = |meaning: &Meaning| losses.get(&meaning.elements[0][0]).copied().unwrap_or(0);
    let choose = |((found, (mut at, fit)), fault): ((Found, (usize, Fit)), Option<String>)| {
        let is_told = !found.is_remembered || fit.is_multiple() || fault.is_some();
        if !fit.is_multiple() {
            let meanings = found.meanings.iter().enumerate();
            let likely = meanings.filter(|(_, meaning)| meaning.is_direct && meaning.wrt == found.meanings[0].wrt);
            at = likely.rev().max_by_key(|(_, meaning)| common(meaning)).map_or(at, |(at, _)| at);
        }
        let fit = if found.has_memory { fit } else { trial.fit(&found.meanings[at].elements) };
        is_told.then_some(Chosen { found, at, fit, factor: None, lacks: None, follows: None, fault })
    };
    let mut chosen: Vec<Chosen> = found.into_iter().zip(fits).zip(faults).filter_map(choose).collect();
    share_factors(trial, &mut chosen);
    let count = chosen.len();
    without_changes(trial, &mut chosen);
    without_others(trial, &mut chosen);
    if chosen.len() < count {
        for claim in &mut chosen {
            claim.fit = if claim.lacks.take().is_some() { Fit::Right } else { claim.fit };
            claim.factor = None;
        }
        share_factors(trial, &mut chosen);
    }
    chosen
}

/// The other parameter by which the derivative is that a step uses, where it uses none by its own.
pub(super) fn uses_another<'f>(trial: &Trial<'_>, found: &'f [Found], step: &Found) -> Option<&'f str> {
    let own = step.meanings.first().filter(|_| step.kind == Kind::Update && step.is_remembered)?;
    // What it starts with, where nothing is remembered yet, may be that.
    let is_other = |other: &&Found| {
        let meaning = &other.meanings[0];
        let pairs = || own.elements.iter().zip(&meaning.elements).map(|(own, other)| [own[0], other[1], own[2]]);
        let is_alike = other.kind == Kind::Update && meaning.elements.len() == own.elements.len();
        is_alike && meaning.wrt != own.wrt && trial.fit(&pairs().collect::<Vec<_>>()).is_multiple()
    };
    if let Some(other) = found.iter().find(is_other) {
        return Some(&other.meanings[0].wrt);
    }
    let below = trial.below(step.meanings[0].elements.iter().map(|element| element[2]));
    let right = |claim: &&Found| {
        let meaning = &claim.meanings[0];
        claim.kind == Kind::Derivative && meaning.is_parameter && trial.fit(&meaning.elements).is_multiple()
    };
    let uses = |claim: &&Found| claim.meanings[0].elements.iter().any(|element| below.contains(&element[2]));
    let is_own = |claim: &&Found| claim.meanings[0].wrt == own.wrt;
    let derivative = found.iter().filter(right).rfind(is_own)?;
    let made_of = trial.below(derivative.meanings[0].elements.iter().map(|element| element[2]));
    let is_part = |claim: &&Found| claim.meanings[0].elements.iter().any(|element| made_of.contains(&element[2]));
    let other = found.iter().filter(right).filter(|claim| !is_own(claim) && !is_part(claim)).find(uses)?;
    (!uses(&derivative)).then_some(&*other.meanings[0].wrt)
}

/// What a right step adds as it is, `dw = -rate*gradient; w += dw`, is the change of its parameter, and no derivative.
fn without_changes(trial: &Trial<'_>, chosen: &mut Vec<Chosen>) {
    let goes_down = |claim: &&Chosen| {
        claim.fit.factor().is_some_and(|factor| factor > 0.0) || trial.is_newton(&claim.meaning().elements)
    };
    let steps = chosen.iter().filter(|claim| claim.found.kind == Kind::Update).filter(goes_down);
    let added: BTreeSet<NodeIndex> = steps.flat_map(|step| step.found.adds.iter().copied()).collect();
    chosen.retain(|claim| {
        let is_added = claim.meaning().elements.iter().all(|element| added.contains(&element[2]));
        claim.found.kind == Kind::Update || claim.is_fine() || !claim.meaning().is_parameter || !is_added
    });
}

/// A wrong step that goes along the derivative of something else, which the loss is not made of, `dprofit_dq`, is meant so: up
/// what is to grow, down what is not.
fn without_others(trial: &Trial<'_>, chosen: &mut Vec<Chosen>) {
    let is_along = |step: &Chosen, other: &Chosen| {
        let (own, of) = (step.meaning(), other.meaning());
        // What it adds is as it is written, whatever it remembers.
        let moved = |at: usize| step.found.adds.get(at).copied().unwrap_or(own.elements[at][2]);
        let goes_up = !step.found.adds.is_empty() || own.goes_up;
        let pairs = own.elements.iter().zip(&of.elements).enumerate();
        let pairs = pairs.map(|(at, (own, of))| [of[0], own[1], moved(at)]);
        let is_way = |factor: f64| (factor > 0.0) == (goes_up == names::is_to_grow(&of.of));
        own.elements.len() == of.elements.len()
            && own.wrt == of.wrt
            && other.is_spelled_out()
            && other.fit.is_multiple()
            && !trial.below([own.elements[0][0]]).contains(&of.elements[0][0])
            && trial.fit(&pairs.collect::<Vec<_>>()).factor().is_some_and(is_way)
    };
    let is_own = |step: &Chosen| {
        step.found.kind != Kind::Update || step.is_fine() || !chosen.iter().any(|other| is_along(step, other))
    };
    let own: Vec<bool> = chosen.iter().map(is_own).collect();
    keep(chosen, &own);
}

/// Before a regularisation is added, a loss is meant only where the derivative or the step by the same parameter is of the
/// whole elsewhere: the regularisation is derived there.
fn of_whole_losses(trial: &Trial<'_>, found: &mut [Found]) {
    if !found.iter().flat_map(|found| &found.meanings).any(|meaning| meaning.is_part) {
        return;
    }
    let is_of_whole =
        |meaning: &&Meaning| meaning.is_parameter && !meaning.is_part && trial.fit(&meaning.elements).is_multiple();
    struct Whole {
        wrt: String,
        record: usize,
        below: HashSet<NodeIndex>,
    }
    let whole = |found: &Found| {
        let meanings = found.meanings.iter().filter(is_of_whole);
        let whole = |meaning: &Meaning| Whole {
            wrt: meaning.wrt.clone(),
            record: found.record,
            below: trial.below(meaning.elements.iter().map(|element| element[2])),
        };
        meanings.map(whole).collect::<Vec<_>>()
    };
    let whole: Vec<Whole> = found.iter().flat_map(whole).collect();
    for found in found {
        let is_made_of = |meaning: &Meaning| {
            let mut later = whole.iter().filter(|whole| whole.wrt == meaning.wrt && whole.record > found.record);
            later.any(|whole| meaning.elements.iter().any(|element| whole.below.contains(&element[2])))
        };
        let is_kept = |meaning: &Meaning| !meaning.is_part || is_made_of(meaning);
        if found.meanings.iter().any(|meaning| !meaning.is_part && meaning.is_parameter) {
            found.meanings.retain(is_kept);
        }
    }
}

/// Factors that all derivatives share only scale the loss; those of all steps only scale the learning rate.
fn share_factors(trial: &Trial<'_>, chosen: &mut [Chosen]) {
    let on_the_way = |claim: &&Chosen| claim.found.kind == Kind::Derivative && !claim.meaning().is_parameter;
    let on_the_way: Vec<f64> = chosen
        .iter()
        .filter(on_the_way)
        .filter_map(|claim| claim.fit.factor().filter(|_| claim.fit != Fit::Right))
        .collect();
    let is_on_the_way = |factor: f64| on_the_way.iter().any(|other| is_same(other.abs(), factor.abs()));
    // `scale` is that of the derivatives that steps use.
    let shared = |kind: Kind, scale: f64| {
        let is_meant = |claim: &&Chosen| claim.found.kind == kind && claim.meaning().is_parameter;
        let claims = chosen.iter().filter(is_meant);
        let mut votes = vec![(1.0, 0)];
        // One vote of each parameter: its derivative may have several names.
        let mut met: Vec<(&str, f64)> = Vec::new();
        // What a step has from its derivative is no factor of its own.
        let own = |claim: &Chosen| {
            let derivative = |other: &&Chosen| {
                let same = other.meaning().is_parameter && other.meaning().wrt == claim.meaning().wrt;
                same && other.found.kind == Kind::Derivative && other.fit.is_multiple() && kind == Kind::Update
            };
            let used = chosen.iter().filter(derivative).filter_map(|other| other.fit.factor()).next_back();
            let factor = claim.fit.factor().or_else(|| trial.factor_beside(&claim.meaning().elements))?;
            Some(factor * scale / used.unwrap_or(scale))
        };
        for (wrt, factor) in claims.clone().filter_map(|claim| Some((&*claim.meaning().wrt, own(claim)?))) {
            if !met.iter().any(|(known, other)| *known == wrt && is_same(*other, factor)) {
                met.push((wrt, factor));
            }
        }
        // What is right under one of them is not scaled: the other is divided later.
        let right: Vec<&str> = met.iter().filter(|(_, factor)| is_same(*factor, 1.0)).map(|(wrt, _)| *wrt).collect();
        met.retain(|(wrt, factor)| is_same(*factor, 1.0) || !right.contains(wrt));
        tally(&mut votes, met.into_iter().map(|(_, factor)| factor));
        // Of two that are as many, what is on the way tells.
        let rank = |(factor, count): &(f64, usize)| (*count, *factor == 1.0 || is_on_the_way(*factor));
        let most = votes.iter().copied().max_by_key(rank).filter(|(factor, _)| *factor != 1.0)?;
        // One of several will do where what is on the way is scaled alike.
        let is_borne_out = || claims.clone().count() > 1 && is_on_the_way(most.0);
        (most.1 > votes[0].1 && (most.1 > 1 || is_borne_out())).then_some(most.0)
    };
    let fits = |claim: &&Chosen| claim.fit.is_multiple();
    let goes_up_alone = |claim: &&Chosen| matches!(claim.fit, Fit::Scaled(factor) if factor < 0.0);
    let steps = || chosen.iter().filter(|claim| claim.found.kind == Kind::Update);
    // Where all steps go up, a sign that all derivatives share is no choice of their author.
    let goes_up = steps().filter(goes_up_alone).count() > 0 && steps().filter(fits).all(|step| goes_up_alone(&step));
    let goes_down = steps().any(|step| fits(&step) && !goes_up_alone(&step));
    let is_wrong_sign = |factor: f64| factor < 0.0 && (goes_up || !goes_down);
    let of_derivatives =
        shared(Kind::Derivative, 1.0).filter(|_| !is_anchored(trial, chosen) && !is_some_unscaled(chosen));
    let turned = of_derivatives.filter(|factor| is_wrong_sign(*factor));
    let of_derivatives = of_derivatives.filter(|_| turned.is_none());
    let of_steps = shared(Kind::Update, of_derivatives.unwrap_or(1.0));
    let is_some_right = (chosen.iter().filter(|claim| claim.found.kind == Kind::Derivative))
        .any(|claim| claim.meaning().is_parameter && claim.fit == Fit::Right);
    let implied = implied_factor(chosen);
    let derivatives = chosen.iter().filter(|claim| claim.found.kind == Kind::Derivative);
    let is_one_derivative = derivatives.filter(|claim| claim.meaning().is_parameter).count() == 1;
    // What is the only step in its training, and goes along a loss of its own, is alone, too.
    let step_of = |claim: &Chosen| (claim.found.training, claim.meaning().elements[0][0]);
    let all_steps: Vec<(usize, NodeIndex)> = steps().map(step_of).collect();
    let is_lone = |claim: &Chosen| {
        let (training, of) = step_of(claim);
        all_steps.iter().filter(|(other, loss)| *other == training || *loss == of).count() == 1
    };
    let stepped: BTreeSet<String> = steps().map(|step| step.meaning().wrt.clone()).collect();
    // Where a step takes the factor of its derivative away, so do the others of its training.
    let unscaled: BTreeSet<usize> = steps()
        .filter(|step| step.fit == Fit::Right && step.found.rate.is_some() && of_derivatives.is_some())
        .map(|step| step.found.training)
        .collect();
    // What a right step is made of is divided later.
    let right_steps: Vec<(String, HashSet<NodeIndex>)> = steps()
        .filter(|step| step.fit == Fit::Right && step.found.rate.is_some())
        .map(|step| (step.meaning().wrt.clone(), trial.below(step.meaning().elements.iter().map(|element| element[2]))))
        .collect();
    let is_made_up_for = |claim: &Meaning| {
        right_steps.iter().any(|(wrt, below)| *wrt == claim.wrt && below.contains(&claim.elements[0][2]))
    };
    // Where all derivatives have their sign turned that fit, and all steps go down, the steps turn it back.
    let is_turned_back = goes_down && !goes_up && {
        let derivatives = chosen.iter().filter(|claim| claim.found.kind == Kind::Derivative);
        let mut factors =
            derivatives.filter(|claim| claim.meaning().is_parameter).filter_map(|claim| claim.fit.factor());
        factors.all(|factor| factor < 0.0)
    };
    // The loss of one row is another than that of all, which is scaled.
    let scaled: BTreeSet<NodeIndex> = (chosen.iter())
        .filter(|claim| claim.found.kind == Kind::Derivative && matches!(claim.fit, Fit::Scaled(_)))
        .map(|claim| claim.meaning().elements[0][0])
        .collect();
    for claim in chosen.iter_mut().filter(|claim| claim.found.kind == Kind::Derivative && claim.fit == Fit::Right) {
        if let Some(factor) = implied.filter(|factor| *factor != 1.0 && claim.meaning().is_parameter)
            && claim.meaning().is_implied()
            && scaled.contains(&claim.meaning().elements[0][0])
        {
            (claim.fit, claim.lacks) = (Fit::Scaled(1.0 / factor), Some(factor));
        }
    }
    let is = |shared: Option<f64>, factor: f64| shared.is_some_and(|shared| is_same(shared, factor));
    for claim in chosen.iter_mut().filter(|claim| claim.found.kind == Kind::Derivative) {
        let Fit::Scaled(factor) = claim.fit else { continue };
        let accepted = match claim.meaning().is_parameter {
            // What is on the way may be scaled as its author likes.
            false => turned.is_none() || factor > 0.0,
            true => {
                let is_handed_back = || is_data(trial, claim) && !stepped.contains(&claim.meaning().wrt);
                is(of_derivatives, factor)
                    || factor > 0.0 && is_made_up_for(claim.meaning())
                    || is_turned_back && is_same(factor, -1.0)
                    || !is_some_right && factor > 0.0 && is(of_steps, factor)
                    || factor > 0.0 && is_on_the_way(factor) && is_handed_back()
            }
        };
        // A loss that is not written may be scaled as its author likes, all derivatives of it alike.
        let accepted =
            accepted || claim.meaning().is_implied() && (is(implied, factor) || is_one_derivative && turned.is_none());
        claim.factor = accepted.then_some(factor);
        // What is wrong is so by the loss as the others are scaled.
        let is_own = claim.meaning().is_implied() && claim.meaning().is_parameter && claim.lacks.is_none();
        if let Some(scale) = implied.filter(|scale| *scale != 1.0 && is_own && !accepted) {
            (claim.fit, claim.lacks) = (Fit::Scaled(factor / scale), Some(scale));
        }
    }
    // What is no multiple of the derivative is a part of it, where the step is one.
    let wrong: Vec<(String, NodeIndex)> = (chosen.iter())
        .filter(|claim| claim.found.kind == Kind::Derivative && claim.meaning().is_parameter && !claim.is_fine())
        .filter(|claim| claim.fit.is_multiple())
        .map(|claim| (claim.meaning().wrt.clone(), claim.meaning().elements[0][2]))
        .collect();
    let is_along_wrong = |step: &Meaning| {
        let mut own = wrong.iter().filter(|(wrt, _)| *wrt == step.wrt).peekable();
        if own.peek().is_none() {
            return false;
        }
        let below = trial.below(step.elements.iter().map(|element| element[2]));
        own.any(|(_, derivative)| below.contains(derivative))
    };
    let derived: BTreeSet<String> = (chosen.iter())
        .filter(|claim| claim.found.kind == Kind::Derivative && claim.meaning().is_parameter)
        .map(|claim| claim.meaning().wrt.clone())
        .collect();
    let is_like_others =
        of_steps.is_some() || (chosen.iter()).any(|claim| claim.found.kind == Kind::Update && claim.fit == Fit::Right);
    for claim in chosen.iter_mut().filter(|claim| claim.found.kind == Kind::Update) {
        let Fit::Scaled(factor) = claim.fit else { continue };
        // A number in its place may hold any factor, unless it is a rate like that of others.
        let is_free = claim.found.rate.is_none() || claim.found.has_literal_rate && !is_like_others;
        let is_any = is_free || claim.meaning().is_implied() || claim.found.is_turn;
        // What the only step of a file lacks of a derivative that has no name may be in its learning rate.
        let is_alone = is_lone(claim) && !derived.contains(&claim.meaning().wrt);
        let is_scaled = || is(of_derivatives, factor) && !unscaled.contains(&claim.found.training);
        let accepted = factor > 0.0 && (is(of_steps, factor) || is_scaled() || is_any || is_alone)
            || claim.meaning().is_implied() && factor > 0.0 && is_lone(claim);
        // A factor of the derivative is no rate.
        claim.factor = (accepted && !is_along_wrong(claim.meaning())).then_some(factor);
    }
}

/// Whether beside derivatives that are scaled one of the same loss by another parameter is right as it is: then not all are
/// scaled alike.
fn is_some_unscaled(chosen: &[Chosen]) -> bool {
    let derived = || {
        let derived = chosen.iter().filter(|claim| claim.found.kind == Kind::Derivative);
        derived.filter(|claim| claim.meaning().is_parameter && claim.meaning().is_direct)
    };
    let is_beside_scaled = |own: &Chosen| {
        let of = |claim: &Chosen| claim.meaning().elements[0][0];
        let scaled = derived().filter(|other| of(other) == of(own) && matches!(other.fit, Fit::Scaled(_)));
        let mut by = scaled.map(|other| &other.meaning().wrt).peekable();
        by.peek().is_some() && by.all(|wrt| *wrt != own.meaning().wrt)
    };
    derived().filter(|claim| claim.fit == Fit::Right).any(is_beside_scaled)
}

/// Whether a derivative that others are made of is right as it is, so that a factor comes in after it.
fn is_anchored(trial: &Trial<'_>, chosen: &[Chosen]) -> bool {
    let is_derivative = |claim: &&Chosen| claim.found.kind == Kind::Derivative;
    let scaled: Vec<&Chosen> = (chosen.iter().filter(is_derivative))
        .filter(|claim| claim.meaning().is_parameter && matches!(claim.fit, Fit::Scaled(_)))
        .collect();
    let formulas = scaled.iter().flat_map(|claim| claim.meaning().elements.iter().map(|element| element[2]));
    let below = trial.below(formulas);
    let of: BTreeSet<NodeIndex> = scaled.iter().map(|claim| claim.meaning().elements[0][0]).collect();
    chosen.iter().filter(is_derivative).any(|claim| {
        let meaning = claim.meaning();
        let is_on_the_way = !meaning.is_parameter && meaning.is_direct && claim.fit == Fit::Right;
        is_on_the_way && of.contains(&meaning.elements[0][0]) && below.contains(&meaning.elements[0][2])
    })
}

/// Whether a claim is by data: what is handed back to the first layer is on the way as what is to the others.
fn is_data(trial: &Trial<'_>, claim: &Chosen) -> bool {
    let name = trial.name(claim.meaning().elements[0][1]).unwrap_or(&claim.meaning().wrt);
    names::is_data(names::whole(name)) || names::is_data(&claim.meaning().wrt)
}

/// The factor that most derivatives of a loss have that is not written; of two, the smaller one: a division is forgotten
/// more often than it is made up.
fn implied_factor(chosen: &[Chosen]) -> Option<f64> {
    let implied = chosen.iter().filter(|claim| claim.found.kind == Kind::Derivative && claim.meaning().is_implied());
    // What is on the way says how the loss is scaled only where nothing else does.
    let is_known = implied.clone().any(|claim| claim.meaning().is_parameter && claim.fit.is_multiple());
    let voting = implied.filter(|claim| !is_known || claim.meaning().is_parameter);
    let mut votes = Vec::new();
    tally(&mut votes, voting.filter_map(|claim| claim.fit.factor()).filter(|factor| *factor > 0.0));
    votes.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    votes.into_iter().max_by_key(|(_, count)| *count).map(|(factor, _)| factor)
}

/// Counts how often each factor is met.
fn tally(votes: &mut Vec<(f64, usize)>, factors: impl Iterator<Item = f64>) {
    for factor in factors {
        match votes.iter_mut().find(|(known, _)| is_same(*known, factor)) {
            Some((_, count)) => *count += 1,
            None => votes.push((factor, 1)),
        }
    }
}

/// Of the losses that the same errors imply, all claims are of the one that most of them fit.
fn of_one_implied_loss(trial: &Trial<'_>, found: &mut [Found]) {
    /// How many claims fit a loss that is not written.
    struct Vote {
        loss: NodeIndex,
        count: usize,
        has_penalty: bool,
    }
    let mut votes: BTreeMap<usize, Vec<Vote>> = BTreeMap::new();
    for found in &*found {
        for meaning in found.meanings.iter().filter(|meaning| meaning.is_parameter) {
            let Some(errors) = meaning.implied else { continue };
            let (loss, has_penalty) = (meaning.elements[0][0], has_penalty(&meaning.of));
            let fit = trial.fit(&meaning.elements);
            let fits = usize::from(fit == Fit::Right || fit.is_multiple() && !has_penalty);
            let losses = votes.entry(errors).or_default();
            match losses.iter_mut().find(|known| known.loss == loss) {
                Some(known) => known.count += fits,
                None => losses.push(Vote { loss, count: fits, has_penalty }),
            }
        }
    }
    // Of two that as many fit, the one with a penalty is what the file writes.
    let best = |losses: &Vec<Vote>| {
        let met = losses.iter().rev().filter(|vote| vote.count > 0 || !vote.has_penalty);
        met.max_by_key(|vote| (vote.count, vote.has_penalty)).map(|best| best.loss)
    };
    let best: BTreeMap<usize, NodeIndex> =
        votes.iter().filter_map(|(errors, losses)| Some((*errors, best(losses)?))).collect();
    for found in found {
        let is_best = |meaning: &Meaning| {
            let best = meaning.implied.and_then(|errors| best.get(&errors));
            best.is_none_or(|best| *best == meaning.elements[0][0])
        };
        if found.meanings.iter().any(is_best) {
            found.meanings.retain(is_best);
        }
    }
}

/// Where a loss is not written and the claims by some parameters are of all rows, so are those by others in the same training,
/// though they fit one of few rows alone.
fn of_all_rows(trial: &Trial<'_>, found: &mut [Found]) {
    struct Fitting {
        training: usize,
        wrt: String,
        of: NodeIndex,
        inputs: BTreeSet<NodeIndex>,
    }
    let implied = |found: &Found| -> Vec<NodeIndex> {
        let fits = |meaning: &&Meaning| {
            meaning.is_parameter && meaning.is_implied() && trial.fit(&meaning.elements).is_multiple()
        };
        found.meanings.iter().filter(fits).map(|meaning| meaning.elements[0][0]).collect()
    };
    let inputs = |of: NodeIndex| {
        let below = trial.below([of]);
        trial.inputs().filter(|input| below.contains(input)).collect()
    };
    let fitting: Vec<Fitting> = found
        .iter()
        .flat_map(|found| {
            let one =
                |of| Fitting { training: found.training, wrt: found.meanings[0].wrt.clone(), of, inputs: inputs(of) };
            implied(found).into_iter().map(one)
        })
        .collect();
    for found in found {
        let own = implied(found);
        let (Some(&first), false) = (own.first(), found.meanings.iter().any(|meaning| !meaning.is_implied())) else {
            continue;
        };
        let few: BTreeSet<NodeIndex> = inputs(first);
        let is_of = |meaning: &Meaning, of: NodeIndex| meaning.is_parameter && meaning.elements[0][0] == of;
        let is_wider = |other: &&Fitting| {
            let is_other = other.training == found.training && other.wrt != found.meanings[0].wrt;
            is_other
                && !own.contains(&other.of)
                && other.inputs.len() > few.len()
                && other.inputs.is_superset(&few)
                && found.meanings.iter().any(|meaning| is_of(meaning, other.of))
        };
        if let Some(wider) = fitting.iter().find(is_wider) {
            found.meanings.retain(|meaning| is_of(meaning, wider.of));
        }
    }
}

/// Where steps of one training go along several losses that the file writes, each a multiple of the other, all of them are
/// along the one that most are: of two, the one that is made of the other.
fn of_one_written_loss(trial: &Trial<'_>, found: &mut [Found]) {
    let along = |found: &Found, is_meant: fn(Fit) -> bool| -> Vec<NodeIndex> {
        let is_it = |meaning: &&Meaning| {
            meaning.is_parameter && !meaning.is_implied() && is_meant(trial.fit(&meaning.elements))
        };
        found.meanings.iter().filter(is_it).map(|meaning| meaning.elements[0][0]).collect()
    };
    let is_step = |found: &Found| {
        found.kind == Kind::Update && found.rate.is_some_and(|(_, is_guess)| !is_guess) && !found.has_memory
    };
    let steps: Vec<(usize, usize, Vec<NodeIndex>)> = (found.iter().enumerate())
        .filter(|(_, found)| is_step(found))
        .map(|(at, found)| (at, found.training, along(found, |fit| fit == Fit::Right)))
        .filter(|(.., of)| !of.is_empty())
        .collect();
    for (at, training, own) in &steps {
        let beside = || steps.iter().filter(|(_, other, _)| other == training);
        let count = |of: &NodeIndex| beside().filter(|(.., all)| all.contains(of)).count();
        let is_made_of = |of: &NodeIndex| own.iter().any(|own| own != of && trial.below([*of]).contains(own));
        let all: BTreeSet<NodeIndex> = beside().flat_map(|(.., all)| all.iter().copied()).collect();
        let Some(best) = all.into_iter().max_by_key(|of| (count(of), is_made_of(of))) else { continue };
        if !own.contains(&best) && along(&found[*at], Fit::is_multiple).contains(&best) {
            found[*at].meanings.retain(|meaning| meaning.elements[0][0] == best);
        }
    }
}

/// Keeps what is marked.
pub(super) fn keep<T>(all: &mut Vec<T>, kept: &[bool]) {
    let mut kept = kept.iter();
    all.retain(|_| kept.next() == Some(&true));
}

/// Whether a factor is another, but for what it is rounded by.
pub(super) fn is_same(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * a.abs()
}
