//! False formulas are never proven, and get a counterexample that is one.
#![cfg(feature = "python")]

#[path = "common/claims.rs"]
mod claims;
#[path = "common/counterexample.rs"]
mod counterexample;

use chainrule::check::Verdict::Proven;
use chainrule::check::check;
use claims::{judged, read};
use counterexample::is_refuted;

/// Every claim is refuted, and its counterexample is true.
#[track_caller]
fn refuted_where<const N: usize>(assumptions: &[&str], formula: &str, claims: [&str; N]) {
    let problem = read(formula, &claims, assumptions);
    for (claim, entry) in problem.claims.iter().zip(&check(&problem, &[]).claims) {
        is_refuted(&problem, claim, entry).unwrap_or_else(|why| panic!("{formula}: {claims:?}: {why}"));
    }
}

#[track_caller]
fn refuted<const N: usize>(formula: &str, claims: [&str; N]) {
    refuted_where(&[], formula, claims);
}

/// No claim is proven: what is wrong with them is below the rounding of floats, or true at points hard to meet.
#[track_caller]
fn never_proven<const N: usize>(formula: &str, claims: [&str; N]) {
    for (entry, claim) in judged(formula, &claims, &[]).iter().zip(claims) {
        assert_ne!(entry.verdict, Proven, "{formula}: {claim}");
    }
}

const NEURON: &str = "z = w*x + b; a = sigmoid(z); loss = (a - t)^2/2";

#[test]
fn small_regions_are_met() {
    // Bumps of several inputs.
    refuted("loss = w*(x + y)", ["dw = (x + y)*(1.001 if exp(-(x - 3)**2 - (y - 4)**2) > 0.5 else 1)"]);
    refuted("loss = w*(x + y)", ["dw = (x + y)*(2 if 1/(1 + (x - 3)**2 + (y - 3)**2) > 0.5 else 1)"]);
    refuted("loss = w*x*y", ["dw = x*y*(2 if exp(-((x - 1)**2 + (y - 2)**2)/0.02) > 0.5 else 1)"]);
    // Bands of steep functions.
    refuted("loss = w*x", ["dw = x*(2 if 600 < exp(x) < 700 else 1)"]);
    refuted("loss = w*x*y*z", ["dw = x*y*z*(1.5 if 1e5 < exp(x) < 1.5e5 else 1)"]);
    refuted("loss = w*x*y*z", ["dw = x*y*z*(1.5 if 200 < exp(x*y/10) < 250 else 1)"]);
    refuted("loss = w*x*y*z", ["dw = x*y*z*(1.5 if -0.1367 < tanh(x) < -0.1364 else 1)"]);
    refuted("loss = w*x", ["dw = 2*x if 1e12 < x**2 < 1e12 + 1 else x"]);
    never_proven("loss = relu(x)", ["dx = x > 1e-20"]);
    never_proven("loss = relu(x - 255)", ["dx = x > 255 + 1e-7"]);
    // Boxes among more conditions than are listed.
    let sum = ('a'..='k').map(|unit| format!("relu({unit})")).collect::<Vec<_>>().join(" + ");
    for place in ["2 < a < 2.5 and 2 < b < 2.5", "1 < a < 1.001 and b > 50", "0 < a < b < 0.01"] {
        refuted(&format!("loss = w*({sum})"), [&format!("dw = {sum} + (1 if {place} else 0)")]);
    }
}

#[test]
fn the_angle_has_a_cut_and_still_a_counterexample() {
    refuted("loss = w*atan2(y, x)", ["dy = x/(x**2 + y**2)"]);
}

#[test]
fn a_region_of_which_nothing_is_known_is_not_forgotten() {
    // Nested roots: no point of the region h > 2 says anything.
    never_proven(
        "u = hypot(x, x); q = atan2(x, u); h = hypot(q, u); loss = max(2, h)",
        ["dx = (1 if h > 2 else 0)*(q/h*u/(x*x + u*u) + 2*(u/h + q/h*x/(x*x + u*u))*x/u)"],
    );
}

#[test]
fn wrong_signs_and_lost_factors_are_refuted() {
    refuted(
        "loss = (w*x - t)^2",
        ["dw = -2*(w*x - t)*x", "dw = (w*x - t)*x", "dw = 2*(w*x - t)", "dw = 2*(w*x + t)*x"],
    );
    refuted("loss = (w*x - t)^2", ["dw = 2*x*(w - t)", "dt = 2*(w*x - t)", "dx = 2*(w*x - t)*x", "dw = 2*x*w*x - t"]);
    refuted(
        NEURON,
        ["dw = (a - t)*x", "dw = (a - t)*a*(1 - a)", "dw = (a - t)*z*(1 - z)*x", "dw = (a - t)*a*(a - 1)*x"],
    );
    refuted(
        NEURON,
        ["dw = a*(1 - a)*x", "db = (a - t)*a*(1 - a)*b", "dw = 2*(a - t)*a*(1 - a)*x", "dw = (t - a)*a*(1 - a)*x"],
    );
    refuted(
        "loss = tanh(z)",
        ["dz = 1 - loss", "dz = 1/cosh(z)", "dz = 1 + loss^2", "dz = loss*(1 - loss)", "dz = 1 - tanh(z^2)"],
    );
    refuted("loss = x**3", ["dx = 3*x", "dx = x**2", "dx = 3*x**3", "dx = 2*x**3", "dx = 3*abs(x)*x"]);
    refuted("loss = x/y", ["dy = x/y^2", "dy = -x/y", "dy = -1/y^2", "dx = y", "dx = 1"]);
    refuted("loss = log(abs(x))", ["dx = 1/abs(x)", "dx = -1/x"]);
    refuted("loss = sin(x)^2", ["dx = 2*sin(x)", "dx = cos(x)^2", "dx = -sin(2*x)", "dx = sin(x)*cos(x)"]);
    refuted("p = exp(a)/(exp(a) + exp(b)); loss = -log(p)", ["da = p", "da = 1 - p", "db = p", "da = p*(1 - p)"]);
    refuted("loss = ((w*x - t)^2 + (w*y - s)^2)/n", ["dw = 2*((w*x - t)*x + (w*y - s)*y)", "dw = 2/n*(w*x - t)*x"]);
    refuted("loss = 5", ["d(loss)/d(loss) = 2"]);
}

#[test]
fn derivatives_of_and_by_intermediates_are_refuted() {
    refuted(
        "z = w*x; a = z^2; loss = 3*a",
        ["dz_dw = w", "dz = 2*z", "da = 1", "da_dz = z", "da_dw = 2*z", "dL_da = 3*a"],
    );
    refuted("u = x + y; v = u*u; loss = u*v", ["du = v", "dv = v", "dv_du = u", "dx = v + u*2"]);
    refuted("a = relu(z); loss = (a - t)^2", ["dz = 2*(a - t)", "da = 2*(z - t)", "da_dz = 1"]);
    refuted("h = max(a, b); loss = h*h", ["dh = h", "da = 2*h", "da = 2*a*(b > a)", "dh_da = b > a"]);
}

#[test]
fn formulas_that_fail_in_one_small_region_are_refuted() {
    refuted("loss = w*x", ["dw = x if x < 1000 else 2*x", "dw = x + relu(x - 1000)", "dw = min(x, 10000)"]);
    refuted("loss = w*x", ["dw = 0 if 3 < x < 3.001 else x", "dw = x + max(0, min(x - 3, 3.001 - x))"]);
    refuted(
        "loss = a*b*c",
        ["da = b*c + (1 if a*b > 100 and c < -50 else 0)", "dc = 0 if a > 9 and b > 9 and c > 9 else a*b"],
    );
    refuted(
        "loss = w*x*y",
        ["dw = x*y if x + y < 5 or x - y < 5 or y < -1 else 0", "dw = x*y + relu(relu(x - 2) - 30)"],
    );
    refuted("loss = w*x", ["dw = x + relu(x^2 - 1e6)", "dw = x if x > -1e5 else 0", "dw = x if abs(x) > 1e-3 else 1"]);
    refuted(
        "loss = relu(w*x + b)",
        ["dw = x if w*x + b > 0.01 else 0", "dw = x if w*x + b > -0.01 else 0", "db = w*x + b > 1"],
    );
    refuted("loss = relu(x)", ["dx = x > 1e-6", "dx = (x > 0) + (x > 1e6)", "dx = x > -1e-9"]);
    refuted("loss = w*relu(x)*relu(y)*relu(z)", ["dw = x*y*z", "dw = relu(x)*relu(y)*z", "dw = relu(x*y*z)"]);
    refuted(
        "loss = w*exp(x)",
        ["dw = exp(x) if exp(x) < 1e6 else 0", "dw = min(exp(x), 1000)", "dw = max(exp(x), 1e-5)"],
    );
    refuted("loss = w*sin(x)", ["dw = sin(x) if sin(x) < 0.999 else 0", "dw = min(sin(x), 0.9999)"]);
    refuted("loss = w*(x*x + y*y)", ["dw = max(x*x + y*y, 0.001)", "dw = x*x + y*y if x*x + y*y > 1e-4 else 0"]);
}

/// Where one unit is off, what comes after it stands on its own border, and is off too.
#[test]
fn formulas_that_fail_where_an_inner_unit_is_off_are_refuted() {
    refuted("loss = relu(relu(x))", ["dx = 1", "dx = 1 if relu(x) > 0 else 5", "dx = 1 if x > 0 else 5"]);
    refuted("z = w*x; loss = relu(z)", ["dw = x if relu(z) > 0 else 5", "dw = x if max(z, 0) > 0 else x"]);
    refuted("loss = abs(relu(x))", ["dx = 1", "dx = 1 if x > 0 else -1"]);
    refuted("loss = max(relu(x), 0) + y", ["dx = 1", "dx = 1 if x > 0 else y"]);
    refuted("h = relu(w*x); loss = relu(h*v)", ["dw = v*x if v > 0 else 0", "dw = v*x*(x*w > 0)"]);
    refuted("a = relu(x); b = relu(a); c = relu(b); loss = c^2 + c", ["dx = 2*x + 1", "da = 1", "dx = 2*c + 1"]);
}

/// Planes that make 26 regions; each claim is wrong in one that is easily missed.
#[test]
fn formulas_that_fail_in_one_cell_of_an_arrangement_are_refuted() {
    let planes = ["z", "(z - y + x - 1)", "(z - 2*y + 4*x - 8)", "(z - 3*y + 9*x - 27)", "(z - 4*y + 16*x - 64)"];
    let sum = planes.map(|plane| format!("relu({plane})")).join(" + ");
    for cell in [[1, -1, 1, -1, -1], [1, 1, -1, 1, -1], [1, 1, 1, -1, 1]] {
        let inside: Vec<_> = planes.iter().zip(cell).map(|(plane, side)| format!("{side}*{plane} > 0")).collect();
        refuted(&format!("loss = w*({sum})"), [&format!("dw = {sum} + ({})", inside.join(" and "))]);
    }
}

#[test]
fn formulas_that_fail_where_a_constant_condition_is_misread_are_refuted() {
    refuted("loss = max(0.3, 0.5)*x", ["dx = 0.3", "dx = 0.8", "dx = 0"]);
    refuted("loss = min(2, 1 + 1/3)*x", ["dx = 2", "dx = 1"]);
    refuted("loss = x if x > x else 2*x", ["dx = 1", "dx = 1.5"]);
    refuted("loss = x if x >= x else 2*x", ["dx = 2"]);
    refuted("loss = x if 1e-17 > 0 else 3*x", ["dx = 3"]);
    refuted("loss = x if -1e-17 > 0 else 3*x", ["dx = 1"]);
    refuted("loss = x if 2^61 - 1 > 0 else 3*x", ["dx = 3"]);
    refuted("loss = x if sqrt(2)^2 > 1.9 else 3*x", ["dx = 3"]);
    refuted("loss = abs(-0.7)*x", ["dx = -0.7"]);
    refuted("loss = relu(-0.5)*x + relu(0.25)*y", ["dx = -0.5", "dy = 0"]);
    refuted("loss = abs(x - x)*y + max(x, x)", ["dx = 0", "dx = 2", "dx = 0.5"]);
    never_proven("loss = x if 0.1 + 0.2 > 0.3 else 2*x", ["dx = 1", "dx = 1.5"]);
    never_proven("loss = x if exp(log(3)) > 3 else 2*x", ["dx = 1.5", "dx = 3"]);
}

#[test]
fn formulas_that_fail_only_on_an_equality_are_refuted() {
    let p = &["0 < p < 1"];
    let loss = "loss = -log(p) if y == 1 else -log(1 - p)";
    refuted_where(
        p,
        loss,
        ["dp = 1/(1 - p)", "dp = 1/(1 - p) if y == 1 else -1/p", "dp = 1/p if y == 1 else 1/(1 - p)"],
    );
    refuted_where(p, loss, ["dp = -1/p", "dp = (p - y)/(p*(1 - p))", "dp = -1/p if y == 2 else 1/(1 - p)"]);
    refuted("loss = w if x == 3 else 2*w", ["dw = 2", "dw = 1 if x == 2 else 2", "dw = 1 if 2*x == 3 else 2"]);
    refuted(
        "loss = w*x + y + a*b",
        ["dw = x if x != 7 else 0", "dw = 0 if x == y else x", "dw = x + (a*b == 6)", "dw = x + (3*x - y == 1)"],
    );
    refuted("loss = w*x + y + z", ["dw = x + (x == 3 and y == 2)", "dw = x if x != 1 or y != -1 or z != 5 else 0"]);
    refuted("loss = w if x > 3 else 2*w", ["dw = 1 if x >= 3 else 2", "dw = 2 if x <= 2.9 else 1"]);
    refuted("loss = w*x", ["dw = x + (x >= 1)*(x <= 1)", "dw = 0 if not (x > 1 or x < 1) else x"]);
    never_proven("loss = w*x", ["dw = 0 if x^2 == 4 else x", "dw = x + (abs(x) == 1)", "dw = x + (x*(x - 1) == 0)"]);
    never_proven(
        "loss = w*x + y",
        ["dw = x + (exp(x) == 1)", "dw = x + (x**3 == 8)", "dw = 0 if x^2 + y^2 == 1 else x"],
    );
    refuted(
        "loss = w*x + y",
        ["dw = x + (relu(x - 1) == 0)", "dw = x + (max(x, y) == 2)", "dw = x + (min(x, 1) == 1)"],
    );
}

#[test]
fn identities_of_one_prime_alone_are_refuted() {
    refuted("loss = x", ["dx = 2^61", "dx = 2^61 - 1", "dx = 2^64 + 1", "dx = 2^62 - 2^61"]);
    refuted("loss = 0*x", ["dx = 1588109672*1e9 + 284221689", "dx = 1088466254*1e9 + 148994169"]);
    never_proven("loss = 0*x", ["dx = (1588109672*1e9 + 284221689)*(1088466254*1e9 + 148994169)*x"]);
    refuted("loss = x*y", ["dx = y*(1 + 28359101290789673)", "dx = y*(1 + 19436897*1e9 + 395517753)"]);
    refuted("loss = 1/x", ["dx = (1 - 1099530912329*1399546183433)/x^2", "dx = -1/x^2 + 1588109672284221689"]);
    refuted("loss = x*exp(0*y)", ["dx = exp(28359101290789673*1e-15*y)", "dx = 1 + 272683666257593*1e-15"]);
    refuted("loss = x*cos(0*y)", ["dx = cos(28359101290789673*1e-15*y)", "dx = cos(2*pi*y)", "dx = sin(pi/2*y)"]);
    never_proven("loss = x", ["dx = 1 + (1588109672*1e9 + 284221689)*1e-30*(1088466254*1e9 + 148994169)*1e-30"]);
    never_proven("loss = x", ["dx = x**(2**61)/x**(2**61 - 1)", "dx = abs(x)**(2^61)", "dx = x**1588109672284221688"]);
    never_proven("loss = x", ["dx = exp(28359101290789673*1e-30*(19436897395517753*1e-30)*x)"]);
    // With four exponentials inside each other the last field alone is left.
    let deep = "e = exp(-exp(-exp(-exp(-x)))); loss = w*e";
    refuted(deep, ["dw = e*(1 + 1588109672*1e9 + 284221689)", "dw = 2*e", "dw = e + 1e-3", "dw = e^2"]);
    never_proven(deep, ["dw = e*(1 + (1588109672*1e9 + 284221689)*1e-30*(1088466254*1e9 + 148994169)*1e-30)"]);
    never_proven(deep, ["dw = e + e*28359101290789673*1e-15*(19436897395517753*1e-15)*1e-20"]);
}

#[test]
fn false_laws_of_functions_are_refuted() {
    refuted("loss = z*exp(x*y)", ["dz = exp(x)*exp(y)", "dz = exp(x)^x", "dz = exp(x + y)"]);
    refuted("loss = z*exp(x + y)", ["dz = exp(x) + exp(y)", "dz = exp(x*y)"]);
    refuted_where(&["x > 0", "y > 0"], "loss = z*log(x*y)", ["dz = log(x)*log(y)", "dz = log(x + y)"]);
    refuted_where(
        &["x > 0", "y > 0"],
        "loss = z*sqrt(x + y)",
        ["dz = sqrt(x) + sqrt(y)", "dz = sqrt(x*y)", "dz = sqrt(x + y)/1.001"],
    );
    refuted("loss = z*(x + y)^2", ["dz = x^2 + y^2", "dz = x^2 + x*y + y^2"]);
    refuted("loss = z*sin(x + y)", ["dz = sin(x) + sin(y)", "dz = sin(x)*cos(y) - cos(x)*sin(y)"]);
    refuted("loss = z*cos(x)", ["dz = sin(x)", "dz = cos(x + 6.283)", "dz = 1 - x^2/2", "dz = sqrt(1 - sin(x)^2)"]);
    refuted("loss = z*abs(x + y)", ["dz = abs(x) + abs(y)", "dz = x + y", "dz = abs(x - y)"]);
    refuted("loss = z*sqrt(x^2)", ["dz = x", "dz = -x"]);
    refuted("loss = z*cbrt(x)", ["dz = x/3", "dz = sqrt(abs(x))", "dz = cbrt(abs(x))"]);
    refuted("loss = z*hypot(x, y)", ["dz = x + y", "dz = abs(x) + abs(y)", "dz = max(abs(x), abs(y))"]);
    refuted("loss = z*atan2(y, x)", ["dz = atan(y/x)", "dz = atan2(x, y)"]);
    refuted("loss = z*asin(sin(x))", ["dz = x"]);
    refuted("loss = z*tanh(x)", ["dz = tanh(x/2)", "dz = x/(1 + abs(x))", "dz = 2*sigmoid(x) - 1"]);
    refuted("loss = z*relu(x + y)", ["dz = relu(x) + relu(y)", "dz = (x + y)*(x > 0)*(y > 0)"]);
    refuted("loss = z*x**4", ["dz = x**4.0001", "dz = abs(x)**3.99"]);
}

#[test]
fn small_errors_are_refuted_and_tiny_ones_never_proven() {
    refuted(
        "loss = (w*x - t)^2",
        ["dw = 2.06*(w*x - t)*x", "dw = 2*(1.03*w*x - t)*x", "dw = 2.002*x*(w*x - t)", "dw = 2*(w*x - t)*x + 0.01"],
    );
    refuted(
        NEURON,
        ["dw = 0.97*(a - t)*a*(1 - a)*x", "dw = (a - t)*a*(1 - 0.999*a)*x", "db = (a - t)*a*(1 - a) + 1e-3"],
    );
    refuted("loss = tanh(3*x)", ["dx = 3.003*(1 - loss^2)", "dx = 3/cosh(3.001*x)^2", "dx = 3 - 2.99*loss^2"]);
    refuted(
        "loss = exp(x)",
        ["dx = 1 + x + x^2/2 + x^3/6 + x^4/24 + x^5/120", "dx = 2.718^x", "dx = (exp(x + 0.01) - exp(x - 0.01))/0.02"],
    );
    never_proven(
        "loss = (w*x - t)^2",
        ["dw = 2.000000002*(w*x - t)*x", "dw = 2*(w*x - t)*x + 1e-9", "dw = 2*(w*x - t)*x - 1e-15*x"],
    );
    never_proven(
        "loss = exp(x)",
        ["dx = exp(x*1.000000001)", "dx = 2.718281828459045^x", "dx = exp(x) + 1e-30", "dx = exp(x + 1e-20)"],
    );
    never_proven(
        "loss = sin(x)",
        ["dx = sin(x + 1.5707963267948966)", "dx = cos(x)*(1 + 1e-16)", "dx = cos(x + 1e-18)"],
    );
    never_proven("loss = x/3", ["dx = 0.3333333333333333", "dx = 0.333333333333"]);
    never_proven("loss = x*pi", ["dx = 3.141592653589793", "dx = 3.14159265358979"]);
    never_proven("loss = relu(x)", ["dx = 1 if x > 0 else 1e-12", "dx = 0.999999999999 if x > 0 else 0"]);
    never_proven("loss = sqrt(x)", ["dx = 0.5000000001/sqrt(x)", "dx = (sqrt(x + 1e-9) - sqrt(x))/1e-9"]);
}

/// Where the fields have no root, nothing is known; which is not nothing to know.
#[test]
fn formulas_that_fail_where_there_is_a_root_of_two_are_refuted() {
    refuted("loss = w*sqrt(2*x^2) if x > 0 else w", ["dw = 0 if x > 0 else 1", "dw = x if x > 0 else 1"]);
    refuted("loss = w*sqrt(2) if x > 0 else w", ["dw = 1.4 if x > 0 else 1", "dw = 1"]);
    refuted("loss = w*hypot(x, x) if x > 0 else w", ["dw = 5*x if x > 0 else 1"]);
    refuted("h = sqrt(x^2 + y^2); loss = w*h if x > y else w", ["dw = x if x > y else 1"]);
}

#[test]
fn constants_with_names_are_refuted_like_others() {
    refuted("k = 2; loss = k*w^2", ["dw = k*w", "dw = k", "dw = k + w", "dw = 2*w"]);
    refuted("n = 2; loss = ((w*x - t)^2 + (w*y - s)^2)/n", ["dw = (w*x - t)*x/n + (w*y - s)*y/n", "dn = 1/n"]);
    refuted(
        "rate = 0.1; z = w*x; loss = z if z > 0 else rate*z",
        ["dw = x if z > 0 else rate", "dw = x*rate", "dz = rate"],
    );
    refuted("loss = (w - pi)^2", ["dw = w - pi", "dw = 2*(w + pi)", "dw = 2*w - pi"]);
}

/// A formula that divides by 0 in a whole region is not the derivative there; one that does so on a border may be.
#[test]
fn formulas_without_a_value_in_some_region_are_never_proven() {
    never_proven("loss = relu(z)", ["dz = 1/(z > 0)", "dz = log(z > 0) + 1", "dz = (z > 0)/(z > 0)"]);
    never_proven("loss = abs(x)", ["dx = sqrt(x)/sqrt(x)", "dx = x**0.5/abs(x)**0.5", "dx = exp(log(x))/abs(x)"]);
    never_proven(
        "loss = w*x",
        ["dw = x/(x < 3)", "dw = x + 0/(x < 1000)", "dw = x + 0*log(x)", "dw = x + 0*sqrt(1 - x^2)"],
    );
    never_proven("loss = w*x", ["dw = x/0*0", "dw = x + 0/0", "dw = log(-1)", "dw = x*math.inf", "dw = math.nan"]);
}

#[test]
fn assumptions_leave_the_rest_of_the_claim_to_be_judged() {
    refuted_where(&["x > 0"], "loss = w*abs(x)", ["dw = -x", "dw = x if x > 1 else -x"]);
    refuted_where(&["x > 2", "x < 2.5"], "loss = w*x", ["dw = x if x < 2.25 else 0", "dw = x + 0.001"]);
    refuted_where(&["y == 0 or y == 1"], "loss = w*y", ["dw = 1", "dw = 0", "dw = 1 - y", "dw = y/2"]);
    refuted_where(&["x == 2"], "loss = w*x*y", ["dw = y", "dw = 2*y + x - 1.99", "dw = x^2"]);
    refuted_where(&["x + y == 1"], "loss = w*(x + y)", ["dw = x", "dw = 2*x + 2*y"]);
}
