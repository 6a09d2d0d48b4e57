//! Right formulas in odd forms are never refuted, and those that the method covers are proven.
#![cfg(feature = "python")]

#[path = "common/claims.rs"]
mod claims;

use chainrule::check::Verdict::{Proven, Refuted};
use claims::judged;

const NONE: &[&str] = &[];

/// All claims are proven, where the assumptions hold.
#[track_caller]
fn proven_where<const N: usize>(assumptions: &[&str], formula: &str, claims: [&str; N]) {
    for (entry, claim) in judged(formula, &claims, assumptions).iter().zip(claims) {
        assert_eq!(entry.verdict, Proven, "{formula}: {claim}: {} {:?}", entry.why, entry.counterexample);
        assert!(entry.bound.is_some_and(|bound| bound <= 1e-9), "{formula}: {claim}: {:?}", entry.bound);
    }
}

#[track_caller]
fn proven<const N: usize>(formula: &str, claims: [&str; N]) {
    proven_where(NONE, formula, claims);
}

/// No claim is refuted, where the assumptions hold.
#[track_caller]
fn never_refuted_where<const N: usize>(assumptions: &[&str], formula: &str, claims: [&str; N]) {
    for (entry, claim) in judged(formula, &claims, assumptions).iter().zip(claims) {
        assert_ne!(entry.verdict, Refuted, "{formula}: {claim}: {} {:?}", entry.why, entry.counterexample);
    }
}

#[track_caller]
fn never_refuted<const N: usize>(formula: &str, claims: [&str; N]) {
    never_refuted_where(NONE, formula, claims);
}

#[test]
fn expanded_factored_and_reordered_forms_are_proven() {
    proven("loss = (w*x + b - t)^2", ["dw = 2*(w*x + b - t)*x", "db = (b + x*w - t)*2"]);
    proven("loss = (w*x + b - t)^2", ["dw = 2*w*x^2 + 2*b*x - 2*t*x", "dt = -2*(w*x + b - t)"]);
    proven("loss = (w*x + b - t)^2", ["dw = -2*x*(t - (w*x + b))", "dw = x*((w*x + b - t) + (w*x + b - t))"]);
    proven("loss = (w*x - t)^2/2", ["dw = (w*x - t)*x", "dw = 0.5*2*(w*x - t)*x", "dw = x^2*(w - t/x)"]);
    proven("loss = x^4 - y^4", ["dx = 4*x*((x + y)*(x - y) + y^2)", "dy = -4*y*y*y"]);
    proven("loss = (x - 1)^6", ["dx = 6*(x - 1)^5", "dx = 6*x^5 - 30*x^4 + 60*x^3 - 60*x^2 + 30*x - 6"]);
    proven("loss = 1/(1 + x^2)", ["dx = -2*x/(1 + x^2)^2", "dx = -2*x/(1 + 2*x^2 + x^4)", "dx = -2*x*loss^2"]);
    proven("loss = x/y", ["dx = 1/y", "dy = -x/y^2", "dy = -(x/y)/y", "dy = x/y*(-1/y)"]);
    proven("loss = (a + b)*(a - b)", ["da = 2*a", "db = -2*b", "da = (a + b) + (a - b)"]);
    proven("loss = (a*b + c*d)/(a*b - c*d)", ["da = -2*b*c*d/(a*b - c*d)^2"]);
    proven("loss = 0.1*x + 0.2*x", ["dx = 0.3", "dx = 3/10", "dx = 0.1 + 0.2"]);
    proven("loss = x/3", ["dx = 1/3", "dx = 2/6", "dx = 1 - 2/3"]);
    proven("loss = x*y - y*x + z", ["dx = 0", "dx = y - y", "dz = 1"]);
    proven("loss = (x + 1e10)^2 - 1e20", ["dx = 2*x + 2e10", "dx = 2*(x + 1e10)"]);
    proven("loss = 7", ["d(loss)/d(loss) = 1"]);
}

#[test]
fn helper_variables_and_earlier_claims_are_read_through() {
    proven(
        "z = w*x + b; a = tanh(z); loss = (a - t)^2/2",
        ["d = a - t; dz = d*(1 - a^2)", "dw = dz*x", "db = dz", "dx = dz*w", "da = d"],
    );
    proven("y = w*x; e = y - t; loss = e*e", ["de = 2*e", "dy = de", "dw = dy*x", "dt = -dy"]);
    proven("z = w*x; loss = z^3", ["dz_dw = x", "dL_dz = 3*z^2", "dw = dL_dz*dz_dw", "d(z)/d(x) = w"]);
    proven("f = lambda v: v^2 + v; loss = f(f(w))", ["g = lambda v: 2*v + 1; dw = g(f(w))*g(w)"]);
    proven("u = x + y; v = u*u; loss = u*v", ["dv = u", "du = v + u*2*u", "dv_du = 2*u", "dx = 3*(x + y)^2"]);
    proven("s = sigmoid(z); loss = s^2", ["ds_dz = s*(1 - s)", "dL_ds = 2*s", "dz = dL_ds*ds_dz"]);
}

#[test]
fn the_slope_of_tanh_has_many_forms() {
    proven("a = tanh(z); loss = a", ["dz = 1 - a^2", "dz = (1 - a)*(1 + a)", "dz = 1 - tanh(z)*tanh(z)"]);
    proven("loss = tanh(z)", ["dz = 1/cosh(z)^2", "dz = 4/(exp(z) + exp(-z))^2", "dz = 1 - (sinh(z)/cosh(z))^2"]);
    proven("loss = tanh(z)", ["dz = 4*exp(2*z)/(exp(2*z) + 1)^2", "dz = 4*sigmoid(2*z)*sigmoid(-2*z)"]);
    proven("loss = (exp(z) - exp(-z))/(exp(z) + exp(-z))", ["dz = 1/cosh(z)^2", "dz = 1 - tanh(z)^2"]);
    proven("loss = 2*sigmoid(2*z) - 1", ["dz = 1 - tanh(z)^2", "dz = 1 - loss^2"]);
    proven("loss = sinh(x)*cosh(x)", ["dx = cosh(2*x)", "dx = cosh(x)^2 + sinh(x)^2", "dx = 1 + 2*sinh(x)^2"]);
    proven("loss = cosh(x)^2 - sinh(x)^2", ["dx = 0"]);
}

#[test]
fn the_slope_of_the_sigmoid_has_many_forms() {
    proven("s = sigmoid(z); loss = s", ["dz = s*(1 - s)", "dz = s - s^2", "dz = s*sigmoid(-z)", "dz = -s*(s - 1)"]);
    proven("loss = sigmoid(z)", ["dz = exp(-z)/(1 + exp(-z))^2", "dz = exp(z)/(1 + exp(z))^2"]);
    proven("loss = sigmoid(z)", ["dz = 1/(exp(z/2) + exp(-z/2))^2", "dz = 1/(2 + exp(z) + exp(-z))"]);
    proven("loss = 1/(1 + exp(-z))", ["dz = sigmoid(z)*sigmoid(-z)", "dz = (1 - tanh(z/2)^2)/4"]);
    proven("loss = exp(z)/(1 + exp(z))", ["dz = loss*(1 - loss)", "dz = 1/(4*cosh(z/2)^2)", "dz = 1/(2 + 2*cosh(z))"]);
    proven("loss = z*sigmoid(z)", ["dz = sigmoid(z)*(1 + z*(1 - sigmoid(z)))", "dz = loss + sigmoid(z)*(1 - loss)"]);
    proven("loss = softplus(z)", ["dz = sigmoid(z)", "dz = 1/(1 + exp(-z))", "dz = 1 - sigmoid(-z)"]);
    proven("loss = log(1 + exp(z))", ["dz = sigmoid(z)", "dz = exp(z)/(exp(z) + 1)", "dz = (1 + tanh(z/2))/2"]);
    proven("loss = -log(sigmoid(z))", ["dz = sigmoid(z) - 1", "dz = -sigmoid(-z)", "dz = -1/(1 + exp(z))"]);
}

#[test]
fn softmax_and_its_cross_entropy_are_proven_with_and_without_the_shift() {
    let plain = "p = exp(a)/(exp(a) + exp(b)); loss = -y*log(p) - (1 - y)*log(1 - p)";
    proven(plain, ["da = p - y", "db = y - p", "da = sigmoid(a - b) - y", "da = 1/(1 + exp(b - a)) - y"]);
    let shifted = "m = max(a, b); ea = exp(a - m); eb = exp(b - m); p = ea/(ea + eb); loss = -log(p)";
    proven(shifted, ["da = p - 1", "db = 1 - p", "db = exp(b)/(exp(a) + exp(b))", "db = sigmoid(b - a)"]);
    let three = "s = exp(a) + exp(b) + exp(c); p = exp(a)/s; q = exp(b)/s; loss = -log(p)";
    proven(three, ["da = p - 1", "db = q", "dc = 1 - p - q", "db = 1/(exp(a - b) + 1 + exp(c - b))"]);
    let three = "m = max(a, b, c); s = exp(a - m) + exp(b - m) + exp(c - m); loss = log(s) - (b - m)";
    proven(three, ["da = exp(a)/(exp(a) + exp(b) + exp(c))", "db = exp(b - m)/s - 1"]);
    proven("p = exp(a)/(exp(a) + exp(b)); loss = p", ["da = p*(1 - p)", "db = -p*(1 - p)", "db = -p*sigmoid(b - a)"]);
    proven("s = exp(a) + exp(b) + exp(c); p = exp(a)/s; q = exp(b)/s; loss = p", ["db = -p*q", "dc = -p*(1 - p - q)"]);
    proven("loss = log(exp(a) + exp(b))", ["da = exp(a)/(exp(a) + exp(b))", "da = sigmoid(a - b)"]);
    proven("m = max(a, b); loss = m + log(exp(a - m) + exp(b - m))", ["da = sigmoid(a - b)", "db = sigmoid(b - a)"]);
    proven("loss = log(exp(a - 5) + exp(b - 5)) + 5", ["da = exp(a)/(exp(a) + exp(b))"]);
    proven("loss = log(exp(k*a) + exp(k*b))/k", ["da = sigmoid(k*a - k*b)", "db = 1/(1 + exp(k*(a - b)))"]);
}

#[test]
fn double_angles_and_sums_of_angles_are_proven() {
    proven("loss = sin(x)^2", ["dx = sin(2*x)", "dx = 2*sin(x)*cos(x)"]);
    proven("loss = cos(2*x)", ["dx = -4*sin(x)*cos(x)", "dx = -2*sin(2*x)"]);
    proven("loss = sin(x)*cos(x)", ["dx = cos(2*x)", "dx = 1 - 2*sin(x)^2", "dx = 2*cos(x)^2 - 1"]);
    proven("loss = sin(x + y)", ["dx = cos(x)*cos(y) - sin(x)*sin(y)", "dy = cos(y + x)"]);
    proven("loss = sin(3*x)", ["dx = 3*(4*cos(x)^3 - 3*cos(x))"]);
    proven("loss = sin(x)^2 + cos(x)^2", ["dx = 0"]);
    proven("loss = tan(x)", ["dx = 1 + tan(x)^2", "dx = 1/cos(x)^2", "dx = 2/(1 + cos(2*x))"]);
    proven("loss = sin(x)/cos(x)", ["dx = 1/cos(x)^2", "dx = 1 + loss^2"]);
    proven("loss = exp(-x)*sin(k*x)", ["dx = exp(-x)*(k*cos(k*x) - sin(k*x))"]);
    proven("loss = atan(x)", ["dx = 1/(1 + x^2)", "dx = 1/(x*x + 1)"]);
    proven_where(&["-1 < x < 1"], "loss = asin(x)", ["dx = 1/sqrt(1 - x^2)", "dx = 1/sqrt((1 - x)*(1 + x))"]);
    proven_where(&["-1 < x < 1"], "loss = acos(x)", ["dx = -1/sqrt(1 - x^2)", "dx = -(1 - x*x)^-0.5"]);
}

#[test]
fn clipped_and_leaky_forms_are_proven() {
    let clip = "y = min(max(x, -1), 1); loss = (y - t)^2";
    proven(clip, ["dx = 2*(y - t)*(1 if -1 < x < 1 else 0)", "dx = 2*(x - t) if x > -1 and x < 1 else 0"]);
    proven(
        clip,
        ["dx = 2*(y - t)*(abs(x) < 1)", "dx = 2*(x - t)*(x^2 < 1)", "dx = 0 if x < -1 or x > 1 else 2*x - 2*t"],
    );
    proven(
        "loss = max(0.01*z, z)",
        ["dz = 1 if z > 0 else 0.01", "dz = 0.01 + 0.99*(z > 0)", "dz = 1 if z >= 0 else 0.01"],
    );
    proven("loss = z if z > 0 else 0.01*z", ["dz = max(0.01, z > 0)", "dz = loss/z"]);
    proven("loss = relu(z) - 0.01*relu(-z)", ["dz = 1 if z > 0 else 0.01", "dz = (z > 0) + 0.01*(z < 0)"]);
    proven("loss = z if z > 0 else a*z", ["dz = 1 if z > 0 else a", "da = min(z, 0)", "da = 0 if z > 0 else z"]);
    proven("loss = z if z > 0 else exp(z) - 1", ["dz = 1 if z > 0 else exp(z)", "dz = 1 if z > 0 else loss + 1"]);
    proven("loss = z if z > 0 else exp(z) - 1", ["dz = exp(min(z, 0))", "dz = min(1, exp(z))"]);
    proven("loss = max(x, y)", ["dx = x > y", "dy = 1 - (x > y)", "dy = y >= x", "dx = (1 + (x - y)/abs(x - y))/2"]);
    proven("loss = max(x, y)", ["dx = 1 if y - x < 0 else 0", "dy = 0 if x/2 > y/2 else 1"]);
    proven("loss = (x + y + abs(x - y))/2", ["dx = x > y", "dy = x < y"]);
    proven("loss = median = max(min(x, y), min(max(x, y), z))", ["dz = 1 if x < z < y or y < z < x else 0"]);
}

#[test]
fn losses_with_kinks_are_proven() {
    let huber = "e = y - t; loss = e^2/2 if abs(e) <= 1 else abs(e) - 0.5";
    proven(
        huber,
        ["dy = e if abs(e) <= 1 else (1 if e > 0 else -1)", "dy = max(-1, min(1, e))", "dy = e/max(1, abs(e))"],
    );
    proven(huber, ["dt = -e if -1 <= e <= 1 else -e/abs(e)", "dt = -1 if e > 1 else (1 if e < -1 else t - y)"]);
    let huber = "e = w*x - t; loss = e^2/2 if abs(e) <= k else k*(abs(e) - k/2)";
    proven_where(&["k > 0"], huber, ["dw = x*max(-k, min(k, e))", "dk = 0 if abs(e) <= k else abs(e) - k"]);
    let hinge = "f = w*x + b; loss = max(0, 1 - y*f)";
    proven(hinge, ["dw = -y*x if y*f < 1 else 0", "dw = -y*x*(1 - y*f > 0)", "db = 0 if y*f >= 1 else -y"]);
    proven(hinge, ["df = -y if 1 > y*(w*x + b) else 0", "dx = -y*w*(loss > 0)"]);
    proven(
        "loss = max(0, 1 - y*w*x)^2",
        ["dw = -2*y*x*max(0, 1 - y*w*x)", "dw = -2*y*x*(1 - y*w*x) if y*w*x < 1 else 0"],
    );
    proven(
        "loss = abs(w*x - t)",
        ["dw = x*(1 if w*x > t else -1)", "dw = x*(w*x - t)/abs(w*x - t)", "dt = 1 - 2*(w*x > t)"],
    );
    proven(
        "e = t - w*x; loss = q*e if e > 0 else (q - 1)*e",
        ["dw = -q*x if e > 0 else (1 - q)*x", "dw = x*((e < 0) - q)"],
    );
    proven("loss = abs(x)*x", ["dx = 2*abs(x)", "dx = 2*x if x > 0 else -2*x", "dx = 2*max(x, -x)"]);
    proven("loss = log(abs(x))", ["dx = 1/x"]);
}

#[test]
fn nested_scaled_and_complementary_conditions_are_proven() {
    proven(
        "loss = relu(z)",
        ["dz = 1 if 2*z > 0 else 0", "dz = z/3 > 0", "dz = -z < 0", "dz = not z <= 0", "dz = z >= 0"],
    );
    proven(
        "loss = relu(z)",
        ["dz = 0 if z <= 0 else 1", "dz = 1 - (z <= 0)", "dz = relu(z)/z", "dz = (1 + z/abs(z))/2"],
    );
    proven(
        "z = w*x + b; loss = relu(z)",
        ["dw = x if w*x > -b else 0", "dw = x*(3*(x*w + b) > 0)", "dw = x if not 0 >= z else 0"],
    );
    proven("z = w*x + b; loss = relu(z)", ["dw = x if relu(x*w + b) > 0 else 0", "db = 1 if z > 0 and z > 0 else 0"]);
    let nested = "loss = (x*y if y > 0 else x^2) if x > 0 else (y^2 if y > 0 else x + y)";
    proven(nested, ["dx = (y if y > 0 else 2*x) if x > 0 else (0 if y > 0 else 1)"]);
    proven(nested, ["dy = x if x > 0 and y > 0 else (2*y if y > 0 else (1 if x <= 0 else 0))"]);
    proven(nested, ["dx = y*(x > 0)*(y > 0) + 2*x*(x > 0)*(y <= 0) + (x <= 0)*(y <= 0)"]);
    proven("loss = relu(relu(x - 1) - 1)", ["dx = 1 if x > 2 else 0", "dx = x - 2 > 0", "dx = (x > 1)*(x - 1 > 1)"]);
    proven(
        "loss = relu(a)*relu(b)",
        ["da = relu(b) if a > 0 else 0", "da = b if min(a, b) > 0 else 0", "db = a if a > 0 and b > 0 else 0"],
    );
    proven("loss = max(0.3, 0.5)*x", ["dx = 0.5", "dx = 1/2"]);
    proven("loss = max(2, min(3, 2.5))*x + min(1, 0.1 + 0.2)*y", ["dx = 2.5", "dy = 0.3"]);
    proven("loss = x if 2 > 1 else 3*x", ["dx = 1", "dx = 1 if 1 < 2 else 5"]);
    proven("loss = x if x > x else 2*x", ["dx = 2", "dx = 1 if x - x > 0 else 2"]);
    proven("loss = max(x, x)", ["dx = 1"]);
    proven("loss = max(x, 2*x - x) + abs(x - x)", ["dx = 1"]);
    proven("loss = x if 1e-17 > 0 else 3*x", ["dx = 1"]);
}

#[test]
fn absolute_values_are_proven() {
    proven("loss = abs(x)", ["dx = 1 if x > 0 else -1", "dx = abs(x)/x", "dx = x/abs(x)", "dx = 2*(x > 0) - 1"]);
    proven("loss = abs(x)", ["dx = (x > 0) - (x < 0)", "dx = -1 if x < 0 else 1"]);
    proven("loss = abs(a*b)", ["da = b*(1 if a*b > 0 else -1)", "da = abs(b)*(1 if a > 0 else -1)", "da = abs(a*b)/a"]);
    proven("loss = abs(x)^3", ["dx = 3*x*abs(x)", "dx = 3*x^2*(2*(x > 0) - 1)"]);
    never_refuted("loss = sqrt(x**2)", ["dx = 1 if x > 0 else -1", "dx = x/abs(x)", "dx = x/sqrt(x*x)"]);
    never_refuted("loss = abs(x)", ["dx = x/sqrt(x**2)", "dx = x/(x**2)**0.5", "dx = x/hypot(x, 0)"]);
}

#[test]
fn powers_and_roots_are_proven() {
    proven("loss = x**3", ["dx = 3*x**2", "dx = 3*x*x", "dx = 3*x**3/x", "dx = x**2 + x**2 + x**2"]);
    proven("loss = x**-2", ["dx = -2*x**-3", "dx = -2/x^3", "dx = -2/(x*x*x)", "dx = -2*loss/x"]);
    proven("loss = 1/x", ["dx = -1/x^2", "dx = -x**-2", "dx = -loss*loss"]);
    proven_where(&["x > 0"], "loss = x**0.5", ["dx = 0.5*x**-0.5", "dx = 1/(2*sqrt(x))", "dx = sqrt(x)/(2*x)"]);
    proven_where(&["x > 0"], "loss = sqrt(x)", ["dx = 0.5/sqrt(x)", "dx = 1/2*x**(-1/2)", "dx = loss/x/2"]);
    proven_where(&["x > 0"], "loss = x*sqrt(x)", ["dx = 3/2*sqrt(x)", "dx = 1.5*x**0.5"]);
    proven_where(&["x > 0"], "loss = x**1.5", ["dx = 1.5*sqrt(x)", "dx = 1.5*x/sqrt(x)", "dx = 3*loss/(2*x)"]);
    proven("loss = w*sqrt(2)", ["dw = sqrt(2)", "dw = 2**0.5"]);
    proven(
        "loss = exp(-x*x/3)/sqrt(3*pi)",
        ["dx = -2*x/3*exp(-x*x/3)/sqrt(3*pi)", "dx = -2*x/(3*sqrt(3*pi))/exp(x*x/3)"],
    );
    never_refuted("loss = w*sqrt(3)", ["dw = 3/sqrt(3)", "dw = sqrt(12)/2"]);
    proven("loss = sqrt(2*x^2 + 2)", ["dx = 2*x/loss", "dx = 2*x/sqrt(2 + 2*x*x)"]);
    proven("k = 2; n = 3; loss = (w*x)^k/n", ["dw = k*w*x^k/n", "dw = 2*w*x*x/3"]);
    proven("loss = cbrt(x)", ["dx = 1/(3*cbrt(x)^2)", "dx = cbrt(x)/(3*x)", "dx = 1/3/cbrt(x^2)"]);
    proven_where(&["x > 0"], "loss = x**(1/3)", ["dx = 1/3*x**(-2/3)", "dx = 1/(3*cbrt(x)**2)"]);
    proven_where(&["x > 0", "y > 0"], "loss = sqrt(x*y)", ["dx = y/(2*sqrt(x*y))", "dx = sqrt(x*y)/(2*x)"]);
    proven("loss = hypot(x, y)", ["dx = x/hypot(x, y)", "dx = x/sqrt(x^2 + y^2)", "dy = y*(y*y + x*x)**-0.5"]);
    proven("loss = sqrt(x^2 + y^2)", ["dx = x/loss", "dy = y/hypot(x, y)", "dy = y*loss/(x^2 + y^2)"]);
    proven("loss = atan2(y, x)", ["dy = x/(x^2 + y^2)", "dx = -y/(x*x + y*y)", "dx = -y/hypot(x, y)^2"]);
    proven_where(&["x > 0"], "loss = x**n", ["dx = n*x**(n - 1)", "dn = x**n*log(x)", "dn = loss*log(x)"]);
    never_refuted_where(&["x > 0"], "loss = x**n", ["dx = n*x**n/x", "dx = n*exp((n - 1)*log(x))", "dx = n/x*loss"]);
    proven("loss = 2**x", ["dx = 2**x*log(2)", "dx = loss*log(2)"]);
    never_refuted("loss = 2**x", ["dx = exp(x*log(2))*log(2)", "dx = 2**(x + 1)*log(2)/2"]);
    never_refuted_where(&["x > 0"], "loss = x**x", ["dx = x**x*(log(x) + 1)", "dx = exp(x*log(x))*(1 + log(x))"]);
}

#[test]
fn logarithms_are_proven() {
    proven_where(&["x > 0"], "loss = log(x)", ["dx = 1/x", "dx = x**-1"]);
    proven_where(&["x > 0"], "loss = log2(x)", ["dx = 1/(x*log(2))", "dx = 1/x/ln(2)"]);
    proven_where(&["x > 0"], "loss = log10(x)", ["dx = 1/(x*log(10))"]);
    proven_where(&["x > 0"], "loss = log(x, 3)", ["dx = 1/(x*log(3))"]);
    proven("loss = log(x^2)", ["dx = 2/x"]);
    proven("loss = log(x^2 + 1)", ["dx = 2*x/(x^2 + 1)", "dx = 2/(x + 1/x)"]);
    proven_where(&["x > 0", "y > 0"], "loss = log(x*y)", ["dx = 1/x", "dy = 1/y"]);
    proven_where(&["x > -1"], "loss = log1p(x)", ["dx = 1/(1 + x)"]);
    proven("loss = log(exp(x))", ["dx = 1"]);
    proven("loss = expm1(x)", ["dx = exp(x)", "dx = loss + 1"]);
    proven("loss = exp(x)^2", ["dx = 2*exp(2*x)", "dx = 2*exp(x + x)", "dx = 2*exp(x)*exp(x)"]);
    never_refuted_where(&["x > 0"], "loss = exp(log(x))", ["dx = 1", "dx = exp(log(x))/x"]);
    never_refuted_where(&["x > 0"], "loss = exp(2*log(x))", ["dx = 2*x"]);
    never_refuted_where(&["x > 0"], "loss = log(sqrt(x))", ["dx = 1/(2*x)", "dx = 0.5/x"]);
    never_refuted_where(&["x > 0", "y > 0"], "loss = x*log(x*y)", ["dx = log(x) + log(y) + 1"]);
    never_refuted_where(&["x > 0"], "loss = log(x)^2", ["dx = log(x^2)/x", "dx = 4*log(sqrt(x))/x"]);
    never_refuted("loss = exp(x)**n", ["dx = n*exp(n*x)"]);
}

#[test]
fn gaussians_are_proven() {
    let bell = "g = exp(-(x - m)^2/(2*s^2)); loss = g";
    proven(bell, ["dx = -(x - m)/s^2*g", "dm = (x - m)/s^2*g", "ds = g*(x - m)^2/s^3"]);
    proven(bell, ["u = (x - m)/s; dx = -u/s*exp(-u*u/2)", "ds = u^2/s*exp(-0.5*u^2)"]);
    proven_where(&["s > 0"], "loss = log(s) + (x - m)^2/(2*s^2)", ["ds = 1/s - (x - m)^2/s^3", "dm = (m - x)/s^2"]);
    proven(
        "v = exp(r); loss = r/2 + (x - m)^2/(2*v)",
        ["dr = (1 - (x - m)^2/v)/2", "dr = 0.5 - 0.5*(x - m)^2*exp(-r)"],
    );
    proven("loss = exp(-x*x/2)/sqrt(2*pi)", ["dx = -x*loss", "dx = -x*exp(-x^2/2)/sqrt(2*pi)"]);
    proven("loss = exp(-a*x)*exp(-b*x)", ["dx = -(a + b)*exp(-(a + b)*x)"]);
}

#[test]
fn binary_cross_entropies_are_proven() {
    let p = &["0 < p < 1"];
    let smooth = "loss = -(y*log(p) + (1 - y)*log(1 - p))";
    proven_where(p, smooth, ["dp = (p - y)/(p*(1 - p))", "dp = -y/p + (1 - y)/(1 - p)", "dp = (p - y)/(p - p^2)"]);
    let chosen = "loss = -log(p) if y == 1 else -log(1 - p)";
    proven_where(p, chosen, ["dp = -1/p if y == 1 else 1/(1 - p)", "dp = 1/(1 - p) if y != 1 else -1/p"]);
    let label = &["0 < p < 1", "y == 0 or y == 1"];
    proven_where(label, chosen, ["dp = (p - y)/(p*(1 - p))", "dp = -y/p + (1 - y)/(1 - p)", "dp = 1/(1 - y - p)"]);
    proven_where(label, smooth, ["dp = -1/p if y == 1 else 1/(1 - p)", "dp = 1/(1 - p) if y == 0 else -1/p"]);
    proven(
        "p = sigmoid(z); loss = -(y*log(p) + (1 - y)*log(1 - p))",
        ["dz = p - y", "dz = sigmoid(z) - y", "dz = (1 - y) - 1/(1 + exp(z))"],
    );
    proven(
        "p = 1/(1 + exp(-z)); loss = -log(p) if y == 1 else -log(1 - p)",
        ["dz = p - (y == 1)", "dz = p - 1 if y == 1 else p"],
    );
    proven("loss = max(z, 0) - z*y + log(1 + exp(-abs(z)))", ["dz = sigmoid(z) - y", "dz = 1/(1 + exp(-z)) - y"]);
    proven("loss = softplus(z) - y*z", ["dz = sigmoid(z) - y", "dz = 1 - y - sigmoid(-z)"]);
    proven_where(
        &["y == -1 or y == 1"],
        "loss = log(1 + exp(-y*z))",
        ["dz = -y*sigmoid(-y*z)", "dz = sigmoid(z) - (y + 1)/2"],
    );
    proven("p = sigmoid(w*x + b); loss = -log(p) if y == 1 else -log(1 - p)", ["dw = (p - (1 if y == 1 else 0))*x"]);
}

#[test]
fn means_over_samples_are_proven() {
    let mean = "loss = ((w*x1 - t1)^2 + (w*x2 - t2)^2)/n";
    proven(mean, ["dw = 2/n*((w*x1 - t1)*x1 + (w*x2 - t2)*x2)", "dw = 2*(w*(x1^2 + x2^2) - (t1*x1 + t2*x2))/n"]);
    proven(mean, ["dt1 = -2*(w*x1 - t1)/n", "dn = -loss/n"]);
    let mean = "e1 = w*x1 + b - t1; e2 = w*x2 + b - t2; e3 = w*x3 + b - t3; loss = (e1^2 + e2^2 + e3^2)/3";
    proven(
        mean,
        ["db = 2*(e1 + e2 + e3)/3", "dw = 2/3*(e1*x1 + e2*x2 + e3*x3)", "dw = 2*(e1*x1)/3 + 2*(e2*x2)/3 + e3*x3/1.5"],
    );
    proven("m = (a + b)/2; loss = ((a - m)^2 + (b - m)^2)/2", ["da = (a - b)/2", "db = b - m"]);
}

const TANH: &str = "h1 = tanh(u1*x + c1); h2 = tanh(u2*x + c2); y = tanh(v1*h1 + v2*h2 + c); loss = (y - t)^2";
const SIGMOID: &str = "h = sigmoid(u*x); k = sigmoid(v*h); y = sigmoid(w*k); loss = -t*log(y) - (1 - t)*log(1 - y)";

#[test]
fn deep_networks_are_proven() {
    proven(
        TANH,
        ["d = 2*(y - t)*(1 - y^2); dv1 = d*h1", "dc = d", "du1 = d*v1*(1 - h1^2)*x", "du2 = d*v2*x/cosh(u2*x + c2)^2"],
    );
    proven(
        TANH,
        ["dh1 = 2*(y - t)*v1/cosh(v1*h1 + v2*h2 + c)^2", "dx = dh1*u1*(1 - h1)*(1 + h1) + dh1/v1*v2*u2*(1 - h2*h2)"],
    );
    proven(SIGMOID, ["dw = (y - t)*k", "dv = (y - t)*w*k*(1 - k)*h", "du = (y - t)*w*k*(1 - k)*v*h*(1 - h)*x"]);
    proven(
        SIGMOID,
        ["dk = (y - t)*w", "dh = dk*v*exp(-v*h)/(1 + exp(-v*h))^2", "dk_dh = v*k - v*k^2", "dy_dk = w*y*sigmoid(-w*k)"],
    );
    proven(
        "a = relu(w*x); b = tanh(v*a); loss = (b - t)^2",
        ["dw = 2*(b - t)*(1 - b^2)*v*x*(w*x > 0)", "dw = 2*(b - t)*(1 - b^2)*v*x if a > 0 else 0"],
    );
    proven(
        "a = sin(w*x); b = exp(v*a); loss = cos(b)",
        ["dw = -sin(b)*b*v*cos(w*x)*x", "dv = -sin(exp(v*a))*exp(v*a)*a"],
    );
    proven("loss = exp(exp(exp(x)))", ["dx = loss*exp(exp(x))*exp(x)", "dx = exp(exp(exp(x)) + exp(x) + x)"]);
    proven(
        "loss = sigmoid(sigmoid(sigmoid(sigmoid(x))))",
        ["s = sigmoid(x); r = sigmoid(s); q = sigmoid(r); dx = loss*(1 - loss)*q*(1 - q)*r*(1 - r)*s*(1 - s)"],
    );
}

#[test]
fn large_and_small_numbers_refute_nothing() {
    // Where one factor underflows, or keeps few digits, and the whole does not.
    let far = &["-60 < x < -37.5", "30 < y < 35"];
    never_refuted_where(far, "loss = exp(20*x + 20*y)", ["dx = 20*exp(20*x)*exp(20*y)"]);
    never_refuted_where(
        far,
        "loss = exp(-20*y - 20*x)",
        ["dx = -20/(exp(20*x)*exp(20*y))", "dx = -20/exp(20*x)/exp(20*y)"],
    );
    never_refuted_where(&["36.5 < x < 37.2"], "loss = exp(-20*x)*y", ["dx = -20*y*exp(-20*x)", "dx = -20*y/exp(20*x)"]);
    never_refuted_where(&["27 < x < 28"], "loss = exp(-x*x)*y", ["dx = -2*x*y*exp(-x*x)", "dx = -x*(y + y)/exp(x*x)"]);
    never_refuted_where(
        &["x > 1e5"],
        "loss = sin(1e14*x)",
        ["dx = 1e14*cos(1e7*(1e7*x))", "dx = 1e14*cos(1e14*x/3*3)"],
    );
    never_refuted_where(
        &["x > 700"],
        "loss = sigmoid(x) + sigmoid(-x)",
        ["dx = 0", "dx = 1/(2 + 2*cosh(x)) - 1/(2 + 2*cosh(x))"],
    );
    never_refuted_where(
        &["x > 30"],
        "loss = tanh(x)",
        ["dx = 1 - loss^2", "dx = 1/cosh(x)^2", "dx = (1 - loss)*(1 + loss)"],
    );
    never_refuted_where(&["x < -30"], "loss = log(1 + exp(x))", ["dx = sigmoid(x)", "dx = 1 - 1/(1 + exp(x))"]);
    never_refuted_where(&["0 < x < 1e-6"], "loss = cos(x)", ["dx = -sin(x)", "dx = -2*sin(x/2)*cos(x/2)"]);
    never_refuted_where(&["0 < x < 1e-6"], "loss = (1 - cos(x))/x", ["dx = (x*sin(x) - 2*sin(x/2)^2)/x^2"]);
    never_refuted_where(&["a > 1e5"], "loss = (a + b)^3 - a^3", ["da = 3*b*(2*a + b)", "db = 3*(a + b)^2"]);
    never_refuted("loss = exp(20*x + 20*y)", ["dx = 20*exp(20*x)*exp(20*y)", "dy = 20*exp(20*y + 20*x)"]);
    never_refuted("loss = exp(-20*x)*y", ["dx = -20*y*exp(-20*x)", "dx = -20*y/exp(20*x)"]);
    never_refuted("loss = exp(-20*x)*exp(20*x)*y", ["dx = 0", "dy = 1"]);
    never_refuted("loss = sin(1e16*x)", ["dx = 1e16*cos(1e8*(1e8*x))", "dx = 1e16*cos(1e15*x*10)"]);
    never_refuted("loss = cos(exp(5*x))", ["dx = -5*sin(exp(2*x)*exp(3*x))*exp(5*x)"]);
    never_refuted("loss = (x + 1e10)^2 - 1e20 - 2e10*x", ["dx = 2*x", "dx = 2*(x + 1e10) - 2e10"]);
    never_refuted("loss = (1e-200*x)^2*1e300", ["dx = 2e-100*x", "dx = 2*(1e-200*x)*(1e-200*1e300)"]);
    never_refuted(
        "loss = (1 - cos(x))/x^2",
        ["dx = sin(x)/x^2 - 2*(1 - cos(x))/x^3", "dx = (x*sin(x) - 4*sin(x/2)^2)/x^3"],
    );
    never_refuted(
        "loss = 1 - tanh(20*x)",
        ["dx = -20/cosh(20*x)^2", "dx = -20*(2 - loss)*loss", "dx = -80*exp(-40*x)/(1 + exp(-40*x))^2"],
    );
    never_refuted("loss = sqrt(1 + 1e-12*x) - 1", ["dx = 5e-13/sqrt(1 + 1e-12*x)", "dx = 5e-13/(loss + 1)"]);
    never_refuted("loss = x**40", ["dx = 40*x**39", "dx = 40*(x**13)**3", "dx = 40*x**20*x**19"]);
    never_refuted("loss = exp(-x**2)*exp(x**2)", ["dx = 0", "dx = 2*x*loss - 2*x*loss"]);
    never_refuted("loss = x if 0.1 + 0.2 > 0.3 else 2*x", ["dx = 2"]);
    never_refuted("loss = x/3", ["dx = 0.3333333333333333"]);
}

#[test]
fn functions_of_their_own_inverses_are_never_refuted() {
    never_refuted_where(&["-1 < x < 1"], "loss = sin(asin(x))", ["dx = 1", "dx = cos(asin(x))/sqrt(1 - x^2)"]);
    never_refuted_where(&["-1 < x < 1"], "loss = asin(x) + acos(x)", ["dx = 0"]);
    never_refuted("loss = tan(atan(x))", ["dx = 1"]);
    never_refuted("loss = cbrt(x**3)", ["dx = 1", "dx = cbrt(x**3)/x"]);
    never_refuted("loss = sqrt(x)^2", ["dx = 1"]);
    never_refuted("loss = atan(1/x)", ["dx = -1/(1 + x^2)", "dx = -1/(x^2*(1 + 1/x^2))"]);
    never_refuted("loss = log(x + sqrt(x^2 + 1))", ["dx = 1/sqrt(x^2 + 1)", "dx = 1/hypot(x, 1)"]);
    never_refuted("loss = log(tan(x/2)^2)", ["dx = 2/sin(x)"]);
    never_refuted("loss = atan2(sin(x), cos(x))", ["dx = 1"]);
    never_refuted("loss = max(x, y)**3", ["dx = 3*max(x, y)**2*(x > y)"]);
    never_refuted("loss = sqrt(1 - tanh(x)^2)", ["dx = -tanh(x)/cosh(x)", "dx = -tanh(x)*loss"]);
}
