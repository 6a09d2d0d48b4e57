//! Claims and assumptions about a formula: which derivative a left side means.

use std::collections::BTreeMap;

use petgraph::graph::NodeIndex;
use ruff_python_ast::{Expr, Operator, Stmt};
use ruff_text_size::Ranged;

use crate::check::{Claim, Named, Problem};
use crate::error::Error;
use crate::graph::Recorder;
use crate::python::list;
use crate::python::lower::{Reader, is_test};
use crate::python::source::Source;

/// Names of a loss. One that the formula does not know means the loss in a claim, as in `dL_dw`.
const LOSSES: [&str; 11] = ["loss", "L", "E", "J", "C", "cost", "error", "mse", "Loss", "Error", "Cost"];
/// How the name of a derivative may start; a longer word comes before one that it starts with.
const BEFORE: [&str; 6] = ["derivative", "deriv", "gradient", "grad", "partial", "d"];
/// How it may end.
const AFTER: [&str; 2] = ["_gradient", "_grad"];

/// Reads a formula, then claims and assumptions about it.
pub(super) fn problem(
    formula: &Source<'_>,
    claims: &[Source<'_>],
    assumptions: &[Source<'_>],
    deepest: usize,
) -> Result<Problem, Error> {
    let recorder = Recorder::new();
    let mut reader = Reader::new(&recorder, formula, deepest);
    let known = Known::read(&mut reader)?;
    let claims = claims.iter().map(|source| known.claim(&mut reader, source)).collect::<Result<Vec<Claim>, _>>()?;
    let assumptions = assumptions.iter().map(|source| assumption(&mut reader, source)).collect::<Result<_, _>>()?;
    let graph = recorder.finish([known.loss.node]);
    let tape = graph.clone().compile();
    // What is differentiated by is a variable, also where the formula gives it a number.
    let numbers = claims.iter().map(|claim| claim.wrt.node).filter(|&wrt| !tape.varies(wrt));
    let graph = numbers.fold(graph, |graph, wrt| graph.free(wrt));
    Ok(Problem { graph, claims, assumptions })
}

/// A condition: one comparison, or several with `and`, `or` and `not`.
fn assumption<'a>(reader: &mut Reader<'_, 'a>, source: &'a Source<'a>) -> Result<NodeIndex, Error> {
    reader.source = source;
    match &*source.tree.body {
        [Stmt::Expr(condition)] if is_test(&condition.value) => {
            reader.expression(&condition.value).map(|truth| reader.recorder.node(truth))
        }
        _ => Err(reader.error(&source.tree, "an assumption is one condition").help("it looks like x > 0 or 0 < p < 1")),
    }
}

/// What a left side may speak of: the names of the formula, as it left them.
struct Known<'a> {
    loss: Named,
    /// The node of each name, and whether the formula assigns it.
    names: BTreeMap<&'a str, (NodeIndex, bool)>,
}

impl<'a> Known<'a> {
    fn read(reader: &mut Reader<'_, 'a>) -> Result<Self, Error> {
        let last = reader.formula()?;
        let (loss, name) = LOSSES.iter().find_map(|name| reader.assigned(name)).unwrap_or(last);
        let node = |var| reader.recorder.node(var);
        let names = reader.numbers().map(|(name, var, is_input)| (name, (node(var), !is_input))).collect();
        Ok(Self { loss: Named { name, node: node(loss) }, names })
    }

    /// The last statement of a text is the claim; those before help to write it.
    fn claim<'t: 'a>(&self, reader: &mut Reader<'_, 't>, source: &'t Source<'t>) -> Result<Claim, Error> {
        reader.source = source;
        let equation = || {
            let error = reader.error(&source.tree, "a claim is an equation with one `=`");
            Err(error.help("it looks like dw = 2*x, or d(loss)/d(w) = 2*x; assignments separated by ; may come first"))
        };
        let Some((Stmt::Assign(claim), helpers)) = source.tree.body.split_last() else { return equation() };
        let [left] = &*claim.targets else { return equation() };
        for helper in helpers {
            reader.statement(helper)?;
        }
        let (of, wrt) = self.derivative(left).ok_or_else(|| {
            let error = reader.error(left, "this names no derivative of the formula");
            error.help(self.in_full())
        })?;
        let own = left.as_name_expr();
        if let Some(name) = own.filter(|name| self.names.contains_key(name.id.as_str())) {
            let message = format!("`{}` is a name of the formula already", name.id);
            return Err(reader.error(name, message).help(self.in_full()));
        }
        let formula = reader.expression(&claim.value)?;
        if let Some(name) = own {
            reader.name_number(name, formula)?;
        }
        let name = source.words(left.range()).to_owned();
        Ok(Claim { name, of, wrt, formula: reader.recorder.node(formula) })
    }

    fn in_full(&self) -> String {
        let of = if self.names.contains_key(&*self.loss.name) { &self.loss.name } else { LOSSES[0] };
        let inputs = self.names.iter().filter(|(_, (_, assigned))| !assigned);
        let wrt = inputs.map(|(name, _)| *name).next().unwrap_or("w");
        let names = list(self.names.keys().copied());
        format!("write it in full: d({of})/d({wrt}) = …, with names of the formula: {names}")
    }

    /// What a left side says is differentiated, and by what: `d(loss)/d(w)`, `dL/dw`, or one name, such as `dL_dw`.
    fn derivative(&self, left: &Expr) -> Option<(Named, Named)> {
        match left {
            Expr::Name(name) => self.one_name(&name.id),
            Expr::BinOp(quotient) if quotient.op == Operator::Div => {
                Some((part(&quotient.left, |of| self.of(of))?, part(&quotient.right, |wrt| self.wrt(wrt))?))
            }
            _ => None,
        }
    }

    /// `dw`, `dL_dw`, `deriv_w`, `w_grad`, …: the longest name that it can end with wins.
    fn one_name(&self, derivative: &str) -> Option<(Named, Named)> {
        let before = BEFORE.into_iter().filter_map(|word| Some((word, derivative.strip_prefix(word)?)));
        let after = AFTER.into_iter().filter_map(|word| Some((word, derivative.strip_suffix(word)?)));
        before.chain(after).find_map(|(word, rest)| {
            let fits = self.names.keys().filter_map(|wrt| Some((self.between(word, rest.strip_suffix(wrt)?)?, *wrt)));
            let (of, wrt) = fits.max_by_key(|(_, wrt)| wrt.len())?;
            Some((of, self.wrt(wrt)?))
        })
    }

    /// What is differentiated, by what stands between the word and the last name: nothing, `_`, `_L_`, `L_d`, `L_d_`, …
    fn between(&self, word: &str, between: &str) -> Option<Named> {
        let name = between.trim_matches('_');
        if name.is_empty() {
            return Some(self.loss.clone());
        }
        let alone = between.ends_with('_').then_some(name);
        let repeated = name.strip_suffix(word).map(|name| name.trim_end_matches('_'));
        alone.into_iter().chain(repeated).find_map(|name| self.of(name))
    }

    fn of(&self, name: &str) -> Option<Named> {
        match self.names.get(name) {
            Some(&(node, true)) => Some(Named { name: name.to_owned(), node }),
            Some((_, false)) => None,
            None => LOSSES.contains(&name).then(|| self.loss.clone()),
        }
    }

    fn wrt(&self, name: &str) -> Option<Named> {
        self.names.get(name).map(|&(node, _)| Named { name: name.to_owned(), node })
    }
}

/// One side of a quotient: `d(w)`, or `dw`.
fn part(side: &Expr, find: impl Fn(&str) -> Option<Named>) -> Option<Named> {
    match side {
        Expr::Name(name) => BEFORE.iter().find_map(|word| find(name.id.strip_prefix(word)?.trim_start_matches('_'))),
        Expr::Call(call) if call.func.as_name_expr().is_some_and(|name| BEFORE.contains(&name.id.as_str())) => {
            match (&*call.arguments.args, &*call.arguments.keywords) {
                ([Expr::Name(name)], []) => find(&name.id),
                _ => None,
            }
        }
        _ => None,
    }
}
