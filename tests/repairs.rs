//! What mends a wrong formula is what a teacher would say: the smallest change, in the person's own names.
#![cfg(feature = "python")]

#[path = "common/claims.rs"]
mod claims;

use claims::judged;

/// The wrong formula is mended by this one, and the reason says so.
#[track_caller]
fn mended(formula: &str, wrong: &str, right: &str, reason: &str) {
    let entry = &judged(formula, &[wrong], &[])[0];
    assert_eq!(entry.repair.as_deref(), Some(right), "{formula}: {wrong}: {}", entry.why);
    assert!(entry.why.contains(reason), "{formula}: {wrong}: {}", entry.why);
}

const SIGMOID: &str = "z = w*x + b; a = 1/(1 + exp(-z)); loss = (a - y)**2";
const TANH: &str = "z = w*x + b; a = (exp(z) - exp(-z))/(exp(z) + exp(-z)); loss = (a - y)**2";
const LEAKY: &str = "z = w*x + b; a = z if z > 0 else 0.01*z; loss = (a - y)**2";
const LOGISTIC: &str = "z = w*x + b; p = 1/(1 + exp(-z)); loss = -(y*log(p) + (1 - y)*log(1 - p))";
const SOFTMAX: &str =
    "e1 = exp(a); e2 = exp(b); s = e1 + e2; p1 = e1/s; p2 = e2/s; loss = -(t*log(p1) + (1 - t)*log(p2))";
const MEAN: &str = "p1 = m*x1 + b; p2 = m*x2 + b; loss = ((p1 - y1)**2 + (p2 - y2)**2)/2";

#[test]
fn the_slope_of_an_activation_written_out_is_told_by_its_value() {
    mended(SIGMOID, "dw = 2*(a - y)*x", "2*(a - y)*x*(a*(1 - a))", "the slope of `a` by `z`");
    mended(SIGMOID, "dw = 2*(a - y)*a*x", "2*(a - y)*a*x*(1 - a)", "the slope of `a` by `z` is `a*(1 - a)`");
    mended(SIGMOID, "dw = 2*(a - y)*z*(1 - z)*x", "2*(a - y)*a*(1 - a)*x", "`a` belongs where `z` stands");
    mended(TANH, "dw = 2*(a - y)*x", "2*(a - y)*x*(1 - a^2)", "the slope of `a` by `z`");
    mended(TANH, "dw = 2*(a - y)*(1 - a)*x", "2*(a - y)*(1 - a^2)*x", "`1 - a^2` belongs where `1 - a` stands");
    mended(LEAKY, "dw = 2*(a - y)*x", "2*(a - y)*x*(1 if z > 0 else 0.01)", "the slope of `a` by `z`");
    mended(LEAKY, "dw = 2*(a - y)*(1 if z > 0 else 0)*x", "2*(a - y)*(1 if z > 0 else 0.01)*x", "belongs where");
    mended(LEAKY, "dw = 2*(a - y)*(1 if z > 0 else 0.1)*x", "2*(a - y)*(1 if z > 0 else 0.01)*x", "`0.01` belongs");
}

#[test]
fn a_slope_that_cancels_is_taken_out_again() {
    mended(LOGISTIC, "dw = (p - y)*p*(1 - p)*x", "(p - y)*x", "`p*(1 - p)` in `(p - y)*p*(1 - p)*x` is too much");
    mended(SOFTMAX, "da = (p1 - t)*p1*(1 - p1)", "p1 - t", "is too much");
}

#[test]
fn a_wrong_sign_is_mended_where_it_stands() {
    mended(SIGMOID, "dw = 2*(y - a)*a*(1 - a)*x", "2*(a - y)*a*(1 - a)*x", "the other way round");
    mended(SOFTMAX, "da = t - p1", "p1 - t", "the other way round");
    mended(MEAN, "dm = (p1 - y1)*x1 + (y2 - p2)*x2", "(p1 - y1)*x1 + (p2 - y2)*x2", "the other way round");
    mended(MEAN, "db = -1*(p1 - y1 + (p2 - y2))", "p1 - y1 + (p2 - y2)", "sign");
    mended(SIGMOID, "dw = -2*(a - y)*a*(1 - a)*x", "2*(a - y)*a*(1 - a)*x", "the sign of `-2`");
}

#[test]
fn where_no_single_change_will_do_the_derivative_is_short() {
    mended(SOFTMAX, "da = p1", "p1 - t", "this is the derivative");
    mended(MEAN, "db = (p1 - y1)*x1 + (p2 - y2)*x2", "1/2*(2*(p1 - y1) + 2*(p2 - y2))", "this is the derivative");
}
