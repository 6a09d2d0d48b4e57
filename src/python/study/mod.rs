//! What a file claims: its loss, its parameters, the derivatives derived by hand in it, and what is to be said of each.

mod attempt;
mod blame;
mod choose;
mod claim;
mod constants;
mod finding;
mod loss;
mod mend;
mod record;
mod term;
mod trial;
mod verdict;
mod written;

use std::ops::Range;

use ruff_python_ast::PySourceType;

use crate::check::Verdict;
use crate::error::Error;
use crate::python::names;
use crate::python::notebook::readable;
use crate::python::run::Supposed;
use attempt::{About, Asked, Attempt, Edit, edited};
use mend::{Change, Offers};
use written::Written;

pub use finding::{Finding, Kind, Opaque, Study, Supposition};

/// How many operations a file may record to be settled.
const MOST: usize = 30_000;
/// How many expressions of a file are run at most.
const LIMIT: usize = 400_000;
/// What a change may take more of them than the file as it is: one that makes a loop run on mends nothing.
const LONGER: usize = 4;
/// How many changes are tried to mend all that is wrong in a file.
const TRIED: usize = 300;
/// And how much all of them may compute.
const WORK: usize = 100_000;
/// So few are no search.
const FEW: usize = 100;

pub(super) fn study(file: &str, of: Option<&str>, told: &[&str]) -> Result<Study, Error> {
    let told = told.iter().map(|text| claim::told(text)).collect::<Result<Vec<_>, _>>()?;
    let code = readable(file)?;
    let tree = ruff_python_parser::parse_unchecked_source(&code.text, PySourceType::Python).into_syntax();
    let written = Written::new(&code.text, &tree.body);
    let asked =
        Asked { code: &code, body: &tree.body, written: &written, of, told: &told, is_written: false, limit: LIMIT };
    let best = asked.best();
    best.knows(of, &told)?;
    let (supposed, is_written) = (best.supposed, best.loss.is_some());
    if best.size > MOST {
        return Err(Error::new(format!("the file computes with {} numbers, too many to settle", best.size))
            .help("make its samples and layers smaller: the formulas are the same for all sizes"));
    }
    let may_be_kept = !best.sizes.symmetric.is_empty() || best.sizes.may_be_kept;
    let mut study = judged(&asked, best);
    if may_be_kept && let Some(kept) = by_structure(&asked, supposed, &study) {
        study = kept;
    }
    let is_fine = study.findings.iter().all(|finding| finding.problem.is_none());
    if study.is_implied && is_written && is_fine && supposed.data.is_none() {
        return Ok(by_one_mistake(&Asked { is_written: true, ..asked }, supposed, &study).unwrap_or(study));
    }
    Ok(study)
}

/// What is to be said of the file read in one way, with the changes that mend it.
fn judged(asked: &Asked<'_>, best: Attempt) -> Study {
    judged_if(asked, best, |_| true).expect("nothing else is asked")
}

/// The same, if what is said before anything is mended is as asked.
fn judged_if(asked: &Asked<'_>, best: Attempt, is_meant: impl FnOnce(&Study) -> bool) -> Option<Study> {
    let (supposed, fitting, is_written) = (best.supposed, best.fitting, best.loss.is_some());
    let left = TRIED.min(WORK / best.size.max(1));
    let asked = &Asked { limit: LIMIT.min(LONGER * best.steps + LIMIT / 40), ..*asked };
    let offers = Offers::new(&asked.code.text, asked.written, &best.records);
    let (mut study, about) = best.study(asked);
    if !is_meant(&study) {
        return None;
    }
    if supposed.data.is_some() && is_doubtful(&study) {
        let why = "it does not fit data of any shape that was supposed, nor do most others";
        study.findings.iter_mut().for_each(|finding| doubt(finding, why));
    } else {
        let fitting = mend(asked, &offers, &about, (supposed, fitting, left), &mut study);
        // A change after which derivatives fit bears out the loss that they fit.
        let is_mended =
            |finding: &Finding| finding.follows.map_or(finding, |first| &study.findings[first]).entry.repair.is_some();
        let is_first = |finding: &&Finding| finding.problem.is_some() && finding.follows.is_none();
        let is_one = study.findings.iter().filter(is_first).count() == 1;
        let is_borne_out = |finding: &Finding| fitting > 0 && !is_written && is_one && is_mended(finding);
        let borne_out: Vec<bool> = study.findings.iter().map(is_borne_out).collect();
        let why = if is_written {
            "nothing in the file is the derivative of the loss that it writes, nor of this one"
        } else {
            "the file writes no loss, and of this one nothing in it is the derivative"
        };
        let open =
            study.findings.iter_mut().zip(borne_out).filter(|(finding, borne_out)| finding.is_doubtful && !borne_out);
        open.for_each(|(finding, _)| doubt(finding, why));
        open_misshapen(&about, &mut study);
        // Where all is the derivative of another loss, what is of this one is not known to be wrong.
        if let Some(unused) = study.unused.clone() {
            let of_it = study.findings.iter_mut().filter(|finding| finding.entry.of == unused);
            of_it.for_each(|finding| doubt(finding, &format!("nothing in the file is the derivative of `{unused}`")));
        }
        add(asked.unfit(&study), &mut study);
    }
    Some(study)
}

/// What is wrong may be right for matrices that are symmetric, or for zeros, masks and constants as those of the file are;
/// parameters do not stay so.
fn by_structure(asked: &Asked<'_>, supposed: Supposed, study: &Study) -> Option<Study> {
    let is_open = |finding: &Finding| finding.problem.is_none() && finding.entry.verdict == Verdict::Undecided;
    let is_right = |finding: &Finding| finding.problem.is_none() && !is_open(finding);
    let wrong = |study: &Study| study.findings.iter().filter(|finding| !is_right(finding)).count();
    if wrong(study) == 0 {
        return None;
    }
    let attempt = asked.attempt(Supposed { is_kept: true, ..supposed });
    let has = |name: &String| study.parameters.contains(name);
    if attempt.sizes.symmetric.iter().any(has) {
        return None;
    }
    // Where it decides all that was open, what is still wrong is so.
    let is_more = |kept: &Study| {
        let is_decided = study.findings.iter().any(is_open) && !kept.findings.iter().any(is_open);
        // Of what follows from a mistake, as many as it likes may be wrong.
        let first = |study: &Study| {
            study.findings.iter().filter(|finding| !is_right(finding) && finding.follows.is_none()).count()
        };
        let is_less = first(kept) < first(study) || is_decided && wrong(kept) <= wrong(study);
        wrong(kept) == 0 || is_less && 2 * wrong(kept) <= kept.findings.len()
    };
    let mut kept = judged_if(asked, attempt, is_more)?;
    kept.supposed.kept.retain(|name| !has(name));
    let derived = |study: &Study| study.findings.iter().filter(|finding| finding.kind == Kind::Derivative).count();
    (kept.parameters.len() >= study.parameters.len() && derived(&kept) >= derived(study)).then_some(kept)
}

/// Whether more goes wrong by itself than is right, so that what is supposed may be why.
fn is_doubtful(study: &Study) -> bool {
    // A layer or an activation is what it is, whatever is supposed.
    let is_sure = |finding: &Finding| names::is_of_helper(&finding.entry.of);
    let wrong = study.findings.iter().filter(|finding| finding.problem.is_some() && finding.follows.is_none());
    let wrong = wrong.filter(|finding| !is_sure(finding));
    // What is right but for a sign, a 2 or some regions fits what is supposed, too.
    let right = study.findings.iter().filter(|finding| {
        let is_near = match finding.problem {
            Some("factor") => {
                finding.entry.factor.is_some_and(|factor| [0.25, 0.5, 1.0, 2.0, 4.0].contains(&factor.abs()))
            }
            problem => matches!(problem, Some("region" | "update")),
        };
        let is_fine = finding.problem.is_none() && matches!(finding.entry.verdict, Verdict::Proven | Verdict::Agrees);
        (is_near || is_fine) && study.parameters.contains(&finding.entry.wrt)
    });
    wrong.count() > right.count()
}

/// Derivatives that fit a loss which the file does not write may be those of one that it writes, but for one mistake:
/// then that is what is meant, if with the mistake mended all of them are right.
fn by_one_mistake(asked: &Asked<'_>, supposed: Supposed, implied: &Study) -> Option<Study> {
    let first = |study: &Study| {
        let first = study.findings.iter().filter(|finding| finding.problem.is_some() && finding.follows.is_none());
        first.count()
    };
    let of_parameters =
        |study: &Study| study.findings.iter().filter(|finding| study.parameters.contains(&finding.entry.wrt)).count();
    let is_meant = |found: &Study| first(found) == 1 && of_parameters(found) >= of_parameters(implied);
    let mut study = judged_if(asked, asked.attempt(supposed), is_meant)?;
    let repair = |finding: &Finding| Some((finding.right.clone(), finding.entry.repair.clone()?));
    let mended = edited(&study.code, &study.findings.iter().filter_map(repair).collect::<Vec<_>>());
    let code = readable(&mended).ok()?;
    let tree = ruff_python_parser::parse_unchecked_source(&code.text, PySourceType::Python).into_syntax();
    let written = Written::new(&code.text, &tree.body);
    let asked = Asked { code: &code, body: &tree.body, written: &written, ..*asked };
    let (proven, _) = asked.attempt(supposed).study(&asked);
    let is_proven = |finding: &Finding| matches!(finding.entry.verdict, Verdict::Proven | Verdict::Agrees);
    if first(&study) != 1 || mended == study.code || !proven.findings.iter().all(is_proven) {
        return None;
    }
    let wrong = study.findings.iter_mut().find(|finding| finding.problem.is_some() && finding.follows.is_none());
    let (entry, meant) = (&mut wrong?.entry, implied.loss.as_ref()?);
    entry.why = format!("{}; it would be right if the loss were {meant}", entry.why);
    Some(study)
}

/// Finds for each wrong line the change that mends it, with the changes before it in place; how many claims fit then.
fn mend(
    asked: &Asked<'_>,
    offers: &Offers<'_>,
    about: &[About],
    (supposed, mut fitting, mut left): (Supposed, usize, usize),
    study: &mut Study,
) -> usize {
    let mut edits: Vec<Edit> = Vec::new();
    let mut mended: Option<Study> = None;
    for (at, about) in about.iter().enumerate() {
        // What uses a line that is mended may be wrong itself.
        let is_wrong = |finding: &&Finding| finding.problem.is_some() && finding.follows.is_none();
        if let Some(first) = study.findings[at].follows.filter(|first| study.findings[*first].entry.repair.is_some())
            && let Some(found) = mended.as_ref().and_then(|mended| study.findings[at].found_in(mended, &edits))
            && is_wrong(&found)
        {
            let mut entry = found.entry.clone();
            entry.why = format!("{}, also once `{}` is mended", entry.why, study.findings[first].entry.name);
            let own = &mut study.findings[at];
            (own.entry, own.problem, own.follows) = (entry, found.problem, None);
        }
        let finding = &study.findings[at];
        if !is_wrong(&finding) {
            continue;
        }
        // Several claims may stand in one line, and are mended with it, or not at all.
        let is_there = |(place, _): &Edit| place.start < finding.right.end && finding.right.start < place.end;
        if edits.iter().any(is_there) {
            let is_one = |other: &&Finding| other.right == finding.right && other.entry.repair.is_some();
            let repair = study.findings.iter().find(is_one).and_then(|other| other.entry.repair.clone());
            let found = mended.as_ref().and_then(|mended| finding.found_in(mended, &edits));
            let repair = repair.filter(|_| found.is_none_or(|found| found.problem.is_none()));
            study.findings[at].entry.repair = repair;
            continue;
        }
        let all = |finding: &Finding| {
            let right = mend::expression_at(asked.body, &finding.right);
            let index = mend::index_at(asked.body, &finding.place);
            right.map_or(Vec::new(), |right| offers.changes(finding, &right, index.as_ref(), about))
        };
        let sums: Vec<[Range<usize>; 2]> = offers.sums(finding, asked.written).collect();
        let mut changes = all(finding);
        let whole =
            finding.entry.repair.clone().filter(|repair| !repair.contains('\n') && is_written(&study.code, repair));
        let whole = whole.map(|text| Change { place: finding.right.clone(), text, why: String::new() });
        // The author's own words are better, where there is time to look for them.
        let place = if left < FEW && about.shape.is_empty() { 0 } else { changes.len() };
        changes.splice(place..place, whole);
        // What is added up may be wrong where that is done.
        for [place, right] in &sums {
            changes.extend(all(&Finding { place: place.clone(), right: right.clone(), ..finding.clone() }));
        }
        let followers: Vec<&Finding> = study.findings.iter().filter(|finding| finding.follows == Some(at)).collect();
        // After a change that has the other sign a step goes the wrong way; and what is not proven where all else is may be
        // right by chance. There may be better ones.
        let agrees = |finding: &&Finding| finding.entry.verdict == Verdict::Agrees;
        let is_certain = !study.findings.iter().any(|finding| agrees(&finding));
        let mut second = None;
        let first = changes.into_iter().find_map(|change| {
            left = left.checked_sub(1)?;
            edits.push((change.place.clone(), change.text.clone()));
            let found = asked.mends(study, at, fitting, &edits, supposed);
            let is_turned = |follower: &&Finding| {
                let found = found.as_ref().and_then(|(_, mended)| follower.found_in(mended, &edits));
                found.filter(is_wrong).is_some_and(|found| found.entry.factor.is_some_and(|factor| factor < 0.0))
            };
            let is_turned = followers.iter().any(is_turned);
            let own = found.as_ref().and_then(|(_, mended)| study.findings[at].found_in(mended, &edits));
            let is_second = is_turned || is_certain && own.as_ref().is_some_and(agrees);
            edits.pop();
            let found = found.map(|found| (change, found));
            if is_second {
                second = second.take().or(found);
                return None;
            }
            found
        });
        let finding = &mut study.findings[at];
        finding.entry.repair = None;
        let Some((change, (now, found))) = first.or(second) else {
            finding.entry.why = finding.entry.why.replace("; this is the derivative", "");
            continue;
        };
        let is_turned =
            finding.found_in(&found, &edits).is_some_and(|found| found.entry.factor.is_some_and(|factor| factor < 0.0));
        if let Some([place, right]) = sums.into_iter().find(|[place, _]| place.contains(&change.place.start)) {
            (finding.cell, finding.line) = asked.code.place(place.start);
            finding.source = study.code[place.clone()].to_owned();
            (finding.place, finding.right) = (place, right);
        }
        // What is more than the expression is the statement.
        if change.place.start < finding.right.start {
            finding.right = finding.place.clone();
        }
        let (right, entry) = (finding.right.clone(), &mut finding.entry);
        let mut repair = study.code[right.clone()].to_owned();
        repair.replace_range(change.place.start - right.start..change.place.end - right.start, &change.text);
        // What the checker says of the chain rule says more, unless it speaks of single elements.
        let says_more = entry.why.contains("in the chain rule") && !entry.why.contains('[') && !is_turned;
        if !change.why.is_empty() && !says_more {
            let wrong = entry.why.split("; ").next().unwrap_or_default();
            entry.why = if wrong.is_empty() { change.why } else { format!("{wrong}; {}", change.why) };
        }
        entry.repair = Some(repair);
        if let Some(case) = entry.counterexample.as_mut().filter(|_| is_turned) {
            case.truth = -case.truth;
        }
        edits.push((change.place, change.text));
        (fitting, mended) = (now, Some(found));
    }
    fitting
}

/// Whether all elements that a formula speaks of are written so in a file.
fn is_written(code: &str, formula: &str) -> bool {
    formula.match_indices('[').all(|(at, _)| {
        let end = formula[at..].find(']').map_or(formula.len(), |end| at + end + 1);
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
        let start = formula[..at].trim_end_matches(is_part).len();
        code.contains(&formula[start..end])
    })
}

/// Leaves open what has another shape than the derivative that its name says, where no change makes it one; where shapes are
/// supposed, or it may be that by one row or element, it is left out.
fn open_misshapen(about: &[About], study: &mut Study) {
    let shown = |shape: &[usize]| {
        if shape.is_empty() { "is one number".to_owned() } else { format!("has the shape {shape:?}") }
    };
    for at in (0..about.len()).rev() {
        let finding = &mut study.findings[at];
        let Some(of_wrt) = about[at].other_shape.as_ref().filter(|_| finding.entry.repair.is_none()) else { continue };
        let why = format!("it {}, and `{}` {}", shown(&about[at].shape), finding.entry.wrt, shown(of_wrt));
        let name = finding.entry.name.clone();
        doubt(finding, &why);
        let followers = study.findings.iter_mut().filter(|finding| finding.follows == Some(at));
        followers.for_each(|follower| doubt(follower, &format!("it uses `{name}`, of which nothing can be said")));
        let count = |shape: &[usize]| shape.iter().product::<usize>();
        let may_be_other = study.supposed.data || count(&about[at].shape) < count(of_wrt);
        if may_be_other && !study.findings.iter().any(|finding| finding.follows == Some(at)) {
            study.findings.remove(at);
            let later = study.findings.iter_mut().filter_map(|other| other.follows.as_mut());
            later.filter(|follows| **follows > at).for_each(|follows| *follows -= 1);
        }
    }
}

/// Puts findings where they belong in the file.
fn add(more: Vec<Finding>, study: &mut Study) {
    for finding in more {
        let at = study.findings.partition_point(|other| other.place.start < finding.place.start);
        let later = study.findings.iter_mut().filter_map(|other| other.follows.as_mut());
        later.filter(|follows| **follows >= at).for_each(|follows| *follows += 1);
        study.findings.insert(at, finding);
    }
}

/// What a claim is called wrong for may lie in what is supposed.
fn doubt(finding: &mut Finding, why: &str) {
    if finding.entry.verdict == Verdict::Refuted {
        finding.entry.verdict = Verdict::Undecided;
        finding.entry.why = why.to_owned();
        (finding.problem, finding.reached) = (None, None);
        (finding.entry.repair, finding.entry.counterexample) = (None, None);
    }
}
