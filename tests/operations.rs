//! Every row of the table of operations: its value, its partials, its edges.
//!
//! Four witnesses that share no code with the rows: Rust's own functions, a central difference, dual numbers (which only
//! have to agree with the partial), and numbers computed to 60 digits with Python's mpmath, written here as literals.

#![allow(clippy::approx_constant)] // known answers are literals, also where one of them is ln 2

use chainrule::op::{Binary, Unary};
use chainrule::{Dual, Graph, Scalar, Var};

const INFINITY: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// Equal, or both NaN: a zero's sign is not compared, that of an infinity is.
fn same(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    same(a, b) || (a - b).abs() <= tolerance * a.abs().max(b.abs())
}

/// Points inside the domain of an operation and off its kinks, where a difference can be taken.
fn inside(op: Unary) -> &'static [f64] {
    match op {
        Unary::Ln | Unary::Log2 | Unary::Log10 | Unary::Sqrt | Unary::Ln1p => &[0.3, 1.0, 2.5, 7.0],
        Unary::Asin | Unary::Acos => &[-0.9, -0.3, 0.0, 0.5],
        Unary::Recip | Unary::Cbrt => &[-3.0, -0.7, 0.4, 5.0],
        Unary::Tan => &[-1.2, -0.7, 0.0, 1.3, 2.0],
        _ => &[-3.0, -0.7, 0.4, 1.1, 5.0],
    }
}

/// The same for two arguments.
fn inside_two(op: Binary) -> &'static [(f64, f64)] {
    match op {
        Binary::Pow => &[(0.4, 2.5), (3.0, -1.5), (1.7, 0.3), (2.0, 3.0)],
        _ => &[(0.4, 2.5), (-3.0, 1.5), (1.7, -0.3), (-2.0, -3.0)],
    }
}

/// Points at which nothing may be assumed.
const EXTREME: [f64; 19] = [
    0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 30.0, -30.0, 700.0, -700.0, 1000.0, -1000.0, 1e200, -1e200, 1e-200, -1e-200,
    INFINITY, -INFINITY, NAN,
];

/// What Rust calls it; `None` for the operations that Rust does not have.
fn in_rust(op: Unary) -> Option<fn(f64) -> f64> {
    Some(match op {
        Unary::Neg => |x| -x,
        Unary::Abs => f64::abs,
        Unary::Recip => f64::recip,
        Unary::Exp => f64::exp,
        Unary::Ln => f64::ln,
        Unary::Log2 => f64::log2,
        Unary::Log10 => f64::log10,
        Unary::ExpM1 => f64::exp_m1,
        Unary::Ln1p => f64::ln_1p,
        Unary::Sqrt => f64::sqrt,
        Unary::Cbrt => f64::cbrt,
        Unary::Sin => f64::sin,
        Unary::Cos => f64::cos,
        Unary::Tan => f64::tan,
        Unary::Asin => f64::asin,
        Unary::Acos => f64::acos,
        Unary::Atan => f64::atan,
        Unary::Sinh => f64::sinh,
        Unary::Cosh => f64::cosh,
        Unary::Tanh => f64::tanh,
        _ => return None,
    })
}

fn in_rust_two(op: Binary) -> Option<fn(f64, f64) -> f64> {
    Some(match op {
        Binary::Add => |a, b| a + b,
        Binary::Sub => |a, b| a - b,
        Binary::Mul => |a, b| a * b,
        Binary::Div => |a, b| a / b,
        Binary::Pow => f64::powf,
        Binary::Max => f64::max,
        Binary::Min => f64::min,
        Binary::Atan2 => f64::atan2,
        Binary::Hypot => f64::hypot,
        _ => return None,
    })
}

/// A central difference: the error is h²/6 of the third derivative, about 1e-10 at these points, and rounding as much.
fn central(f: impl Fn(f64) -> f64, x: f64) -> f64 {
    let h = 2_f64.powi(-17);
    (f(x + h) - f(x - h)) / (2.0 * h)
}

/// The steps of [`central`] leave up to 1e-8 of the slope, or of 1 where the slope is small.
fn is_slope(slope: f64, difference: f64) -> bool {
    (slope - difference).abs() <= 1e-8 * slope.abs().max(1.0)
}

#[test]
fn values_are_those_of_rust() {
    for &op in Unary::ALL {
        let Some(rust) = in_rust(op) else { continue };
        for &x in inside(op).iter().chain(&EXTREME) {
            assert!(same(f64::unary(op, x), rust(x)), "{op}({x})");
        }
    }
    for &op in Binary::ALL {
        let Some(rust) = in_rust_two(op) else { continue };
        for (a, b) in pairs(op) {
            assert!(same(f64::binary(op, a, b), rust(a, b)), "{op}({a}, {b})");
        }
    }
}

fn pairs(op: Binary) -> impl Iterator<Item = (f64, f64)> {
    let extreme = EXTREME.into_iter().flat_map(|a| EXTREME.map(|b| (a, b)));
    inside_two(op).iter().copied().chain(extreme)
}

#[test]
fn a_dual_moves_by_the_partial() {
    for &op in Unary::ALL {
        for &x in inside(op).iter().chain(&EXTREME) {
            let tangent = Dual::unary(op, Dual::variable(x)).tangent.expect("the argument moves");
            assert!(same(tangent, op.partial(x, f64::unary(op, x))), "{op}({x})");
        }
    }
    for &op in Binary::ALL {
        for (a, b) in pairs(op) {
            let y = f64::binary(op, a, b);
            let (still_a, still_b) = (Dual::constant(a), Dual::constant(b));
            let by_a = Dual::binary(op, Dual::variable(a), still_b).tangent.expect("a moves");
            let by_b = Dual::binary(op, still_a, Dual::variable(b)).tangent.expect("b moves");
            assert!(same(by_a, op.partial(0, a, b, y)), "{op}({a}, {b}) by a");
            assert!(same(by_b, op.partial(1, a, b, y)), "{op}({a}, {b}) by b");
            assert_eq!(Dual::binary(op, still_a, still_b).tangent, None, "{op} of constants has no tangent");
        }
    }
}

#[test]
fn partials_are_the_slopes_of_the_values() {
    for &op in Unary::ALL {
        for &x in inside(op) {
            let (slope, difference) = (op.partial(x, f64::unary(op, x)), central(|x| f64::unary(op, x), x));
            assert!(is_slope(slope, difference), "{op}'({x}) = {slope}, by differences {difference}");
        }
    }
    for &op in Binary::ALL {
        for &(a, b) in inside_two(op) {
            let y = f64::binary(op, a, b);
            let slopes = [op.partial(0, a, b, y), op.partial(1, a, b, y)];
            let differences = [central(|a| f64::binary(op, a, b), a), central(|b| f64::binary(op, a, b), b)];
            for (slope, difference) in slopes.into_iter().zip(differences) {
                assert!(is_slope(slope, difference), "{op}({a}, {b}): slope {slope}, by differences {difference}");
            }
        }
    }
}

#[test]
fn f32_runs_the_same_rows() {
    // An f32 result is off by the rounding of its input too, which the slope magnifies: 1e-5 where 6e-8 is one rounding.
    let agrees =
        |single: f32, double: f64| close(single.into(), double, 1e-5) || (f64::from(single) - double).abs() < 1e-6;
    for &op in Unary::ALL {
        for &x in inside(op) {
            let (y, wide) = (f32::unary(op, x as f32), f64::unary(op, x));
            assert!(agrees(y, wide), "{op}({x}) = {y} on f32");
            assert!(agrees(op.partial(x as f32, y), op.partial(x, wide)), "{op}'({x}) on f32");
        }
    }
    for &op in Binary::ALL {
        for &(a, b) in inside_two(op) {
            let (y, wide) = (f32::binary(op, a as f32, b as f32), f64::binary(op, a, b));
            assert!(agrees(y, wide), "{op}({a}, {b}) = {y} on f32");
            for argument in [0, 1] {
                let slope = op.partial(argument, a as f32, b as f32, y);
                assert!(
                    agrees(slope, op.partial(argument, a, b, wide)),
                    "{op}({a}, {b}) by argument {argument} on f32"
                );
            }
        }
    }
    assert_eq!([1000_f32, -1000.0].map(Scalar::sigmoid), [1.0, 0.0]);
    assert_eq!([1000_f32, -1000.0].map(Scalar::softplus), [1000.0, 0.0]);
    assert_eq!(Scalar::hypot(3e30_f32, 4e30), 5e30);
    assert_eq!(Dual::variable(0_f32).sqrt().tangent, Some(f32::INFINITY));
}

/// Known answers: an infinity is a slope beyond the largest float, NaN one that is not real.
fn check(op: Unary, x: f64, value: f64, slope: f64) {
    let y = f64::unary(op, x);
    let partial = op.partial(x, y);
    assert!(close(y, value, ACCURACY), "{op}({x}) = {y:e}, not {value:e}");
    assert!(close(partial, slope, ACCURACY), "{op}'({x}) = {partial:e}, not {slope:e}");
}

fn check_two(op: Binary, a: f64, b: f64, value: f64, slopes: [f64; 2], accuracy: f64) {
    let y = f64::binary(op, a, b);
    assert!(close(y, value, accuracy), "{op}({a}, {b}) = {y:e}, not {value:e}");
    for (argument, slope) in slopes.into_iter().enumerate() {
        let partial = op.partial(argument, a, b, y);
        assert!(close(partial, slope, accuracy), "{op}({a}, {b}) by {argument}: {partial:e}, not {slope:e}");
    }
}

/// 18 roundings.
const ACCURACY: f64 = 4e-15;

#[test]
fn values_and_slopes_are_right_to_4e_15() {
    KNOWN.iter().for_each(|&(op, x, value, slope)| check(op, x, value, slope));
    KNOWN_TWO.iter().for_each(|&(op, a, b, value, slopes)| check_two(op, a, b, value, slopes, ACCURACY));
}

/// Where digits are lost, and how many. The literals come from mpmath too.
#[test]
fn known_losses_stay_what_they_are() {
    // b - 1 is rounded where b < 1/2, and the logarithm of a magnifies it: 690 roundings of 6e-17
    check_two(Binary::Pow, 1e300, 0.1, 1.0000000000000038e30, [1.0000000000000039e-271, 6.907755278982164e32], 5e-14);
    // y is subnormal, its slope in b is not
    check_two(Binary::Pow, 1e-155, 2.0, 1e-310, [2e-155, -3.5690068941407707e-308], 5e-14);
    // a subnormal length has few digits to divide by
    check_two(Binary::Hypot, 3e-320, 4e-320, 5e-320, [0.6, 0.8], 1e-4);
}

#[test]
fn nothing_overflows_on_the_way_to_a_result() {
    check(Unary::Sigmoid, 1000.0, 1.0, 0.0);
    check(Unary::Sigmoid, -1000.0, 0.0, 0.0);
    check(Unary::Softplus, 1000.0, 1000.0, 1.0);
    check(Unary::Softplus, -1000.0, 0.0, 0.0);
    check(Unary::Tanh, 700.0, 1.0, 0.0);
    check(Unary::Tanh, -700.0, -1.0, 0.0);
    check(Unary::Tanh, 1000.0, 1.0, 0.0);
    check(Unary::Tanh, -1000.0, -1.0, 0.0);
    check(Unary::Atan, 1e200, 1.5707963267948966, 0.0);
    check(Unary::Exp, -1000.0, 0.0, 0.0);
    check(Unary::ExpM1, -1000.0, -1.0, 0.0);
    check(Unary::Exp, 1000.0, INFINITY, INFINITY);
}

/// Edges are exact.
fn edge(op: Unary, x: f64, value: f64, slope: f64) {
    let y = f64::unary(op, x);
    assert!(same(y, value), "{op}({x:?}) = {y}, not {value}");
    let partial = op.partial(x, y);
    assert!(same(partial, slope), "{op}'({x:?}) = {partial}, not {slope}");
}

fn edge_two(op: Binary, a: f64, b: f64, value: f64, slopes: [f64; 2]) {
    check_two(op, a, b, value, slopes, 0.0);
}

#[test]
fn slopes_at_the_edge_of_the_domain_are_limits() {
    edge(Unary::Sqrt, 0.0, 0.0, INFINITY);
    edge(Unary::Sqrt, -0.0, 0.0, INFINITY);
    edge(Unary::Sqrt, -1.0, NAN, NAN);
    edge(Unary::Cbrt, 0.0, 0.0, INFINITY);
    edge(Unary::Cbrt, -0.0, 0.0, INFINITY);
    edge(Unary::Ln, 0.0, -INFINITY, INFINITY);
    edge(Unary::Log2, 0.0, -INFINITY, INFINITY);
    edge(Unary::Log10, 0.0, -INFINITY, INFINITY);
    edge(Unary::Ln1p, -1.0, -INFINITY, INFINITY);
    edge(Unary::Asin, 1.0, 1.5707963267948966, INFINITY);
    edge(Unary::Asin, -1.0, -1.5707963267948966, INFINITY);
    edge(Unary::Acos, 1.0, 0.0, -INFINITY);
    edge(Unary::Acos, -1.0, 3.141592653589793, -INFINITY);
    edge(Unary::Recip, 0.0, INFINITY, -INFINITY);
}

#[test]
fn slopes_at_a_kink_are_declared() {
    for zero in [0.0, -0.0] {
        edge(Unary::Relu, zero, 0.0, 0.0);
        edge(Unary::Abs, zero, 0.0, 0.0);
        edge(Unary::Step, zero, 0.0, 0.0);
        edge_two(Binary::Gate, zero, 7.0, 0.0, [0.0, 0.0]);
        edge_two(Binary::GateNot, zero, 7.0, 7.0, [0.0, 1.0]);
    }
    edge(Unary::Relu, 1e-300, 1e-300, 1.0);
    edge(Unary::Relu, -1e-300, 0.0, 0.0);
    edge(Unary::Abs, -1e-300, 1e-300, -1.0);
    edge(Unary::Step, 1e-300, 1.0, 0.0);
    edge_two(Binary::Max, 2.0, 2.0, 2.0, [0.5, 0.5]);
    edge_two(Binary::Min, 2.0, 2.0, 2.0, [0.5, 0.5]);
    edge_two(Binary::Max, 0.0, -0.0, 0.0, [0.5, 0.5]);
    edge_two(Binary::Max, 3.0, 2.0, 3.0, [1.0, 0.0]);
    edge_two(Binary::Max, -3.0, 2.0, 2.0, [0.0, 1.0]);
    edge_two(Binary::Min, 3.0, 2.0, 2.0, [0.0, 1.0]);
    edge_two(Binary::Min, -3.0, 2.0, -3.0, [1.0, 0.0]);
    edge_two(Binary::Gate, 1e-300, 7.0, 7.0, [0.0, 1.0]);
    edge_two(Binary::GateNot, 1e-300, 7.0, 0.0, [0.0, 0.0]);
}

#[test]
fn powers_at_0_and_of_negative_numbers() {
    edge_two(Binary::Pow, 0.0, 2.0, 0.0, [0.0, 0.0]);
    edge_two(Binary::Pow, 0.0, 1.0, 0.0, [1.0, 0.0]);
    edge_two(Binary::Pow, 0.0, 0.0, 1.0, [0.0, -INFINITY]);
    edge_two(Binary::Pow, 0.0, 0.5, 0.0, [INFINITY, 0.0]);
    edge_two(Binary::Pow, 0.0, -1.0, INFINITY, [-INFINITY, -INFINITY]);
    edge_two(Binary::Pow, -2.0, 3.0, -8.0, [12.0, NAN]);
    edge_two(Binary::Pow, -2.0, 0.0, 1.0, [0.0, NAN]);
    edge_two(Binary::Pow, -2.0, 2.5, NAN, [NAN, NAN]);
    edge_two(Binary::Pow, 1.0, 7.0, 1.0, [7.0, 0.0]);
}

#[test]
fn angles_and_lengths_at_the_origin() {
    edge_two(Binary::Atan2, 0.0, 0.0, 0.0, [NAN, NAN]);
    edge_two(Binary::Hypot, 0.0, 0.0, 0.0, [0.0, 0.0]);
    edge_two(Binary::Hypot, -0.0, 0.0, 0.0, [0.0, 0.0]);
    edge_two(Binary::Hypot, 0.0, -2.0, 2.0, [0.0, -1.0]);
    edge_two(Binary::Atan2, 0.0, -2.0, 3.141592653589793, [-0.5, 0.0]);
}

#[test]
fn a_chain_is_a_product_in_which_0_wins() {
    for other in [INFINITY, -INFINITY, NAN, 3.0, 0.0] {
        assert_eq!(f64::binary(Binary::Chain, 0.0, other), 0.0);
        assert_eq!(f64::binary(Binary::Chain, other, -0.0), 0.0);
    }
    edge_two(Binary::Chain, 3.0, -2.0, -6.0, [-2.0, 3.0]);
    assert!(f64::binary(Binary::Chain, INFINITY, NAN).is_nan());
}

/// Slope and second derivative of a formula of one variable, each by both of its ways.
fn check_slope(formula: impl for<'r> Fn(Var<'r>) -> Var<'r>, x: f64, slope: f64, second: f64) {
    let tape = Graph::record(["x"], |[x]| formula(x)).compile();
    let gradient = tape.gradient(&[x])[0];
    let jvp = tape.jvp(&[x], &[1.0]).1[0];
    let hessian = tape.hessian(&[x])[[0, 0]];
    let nested =
        tape.forward(&[Dual::variable(Dual::variable(x))])[0].tangent.map_or(0.0, |y| y.tangent.unwrap_or(0.0));
    let all = [gradient, jvp, hessian, nested];
    assert!(all.into_iter().zip([slope, slope, second, second]).all(|(a, b)| same(a, b)), "at {x}: {all:?}");
}

#[test]
fn a_constant_exponent_is_untouched_by_the_sign_of_the_base() {
    check_slope(|x| x.powi(3), -2.0, 12.0, -12.0);
    check_slope(|x| x.powi(2), 0.0, 0.0, 2.0);
    check_slope(|x| x.powi(1), 0.0, 1.0, 0.0);
    check_slope(|x| x.powi(0), 0.0, 0.0, 0.0);
    check_slope(|x| x.pow(0.5.into()), 0.0, INFINITY, -INFINITY);
    let moving: ndarray::Array1<f64> = Graph::record(["a", "b"], |[a, b]| a.pow(b)).compile().gradient(&[-2.0, 3.0]);
    assert!(moving[0] == 12.0 && moving[1].is_nan());
}

#[test]
fn a_branch_not_taken_leaks_nothing() {
    // ∞, NaN and an infinite slope, each behind a gate that is off
    check_slope(|x| (-x).gate(x.sqrt()) + x * x, 0.0, 0.0, 2.0);
    check_slope(|x| x.gate(x.sqrt()) + x * x, -3.0, -6.0, 2.0);
    check_slope(|x| x.gate(x.ln()) + x * x, 0.0, 0.0, 2.0);
    check_slope(|x| x.gate(x.recip()) + x, 0.0, 1.0, 0.0);
    check_slope(|x| x.gate_not(x.exp() * x.exp()) + x * x, 1000.0, 2000.0, 2.0);
    check_slope(|x| x.gate_not((-x).sqrt()) + x * x, 3.0, 6.0, 2.0);
    check_slope(|x| x.gate_not((-x).ln()) + x.gate(x * x), 3.0, 6.0, 2.0);
    // and the branch that is taken is the formula itself
    check_slope(|x| x.gate(x * x) + x.gate_not(-x), 3.0, 6.0, 2.0);
    check_slope(|x| x.gate(x * x) + x.gate_not(-x), -3.0, -1.0, 0.0);
    check_slope(|x| x.gate(x * x) + x.gate_not(-x), 0.0, -1.0, 0.0);
}

/// Operation, point, value, slope.
#[rustfmt::skip]
const KNOWN: &[(Unary, f64, f64, f64)] = &{ use Unary::*; [
    (Recip, 3.0, 0.3333333333333333, -0.1111111111111111),
    (Recip, -0.1, -10.0, -99.99999999999999),
    (Recip, 1e-150, 1e150, -1e300),
    (Recip, 1e150, 1e-150, -1e-300),
    (Exp, 1.0, 2.718281828459045, 2.718281828459045),
    (Exp, -1.0, 0.36787944117144233, 0.36787944117144233),
    (Exp, 0.1, 1.1051709180756477, 1.1051709180756477),
    (Exp, 1e-10, 1.0000000001, 1.0000000001),
    (Exp, 30.0, 10686474581524.463, 10686474581524.463),
    (Exp, -30.0, 9.357622968840175e-14, 9.357622968840175e-14),
    (Exp, 700.0, 1.0142320547350045e304, 1.0142320547350045e304),
    (Exp, -700.0, 9.85967654375977e-305, 9.85967654375977e-305),
    (Exp, -708.0, 3.307553003638408e-308, 3.307553003638408e-308),
    (Ln, 0.1, -2.3025850929940455, 10.0),
    (Ln, 0.999999999999, -9.999778782803785e-13, 1.000000000001),
    (Ln, 1.000001, 9.999994999180668e-7, 0.9999990000010001),
    (Ln, 3.0, 1.0986122886681098, 0.3333333333333333),
    (Ln, 1e-300, -690.7755278982137, 9.999999999999999e299),
    (Ln, 1e300, 690.7755278982137, 1e-300),
    (Ln, 5e-324, -744.4400719213812, INFINITY),
    (Log2, 0.1, -3.321928094887362, 14.426950408889633),
    (Log2, 1.000001, 1.4426943194232382e-6, 1.4426935981953652),
    (Log2, 3.0, 1.584962500721156, 0.4808983469629878),
    (Log2, 1e-300, -996.5784284662087, 1.4426950408889632e300),
    (Log2, 1e300, 996.5784284662087, 1.4426950408889634e-300),
    (Log10, 0.1, -1.0, 4.342944819032518),
    (Log10, 1.000001, 4.3429426472042774e-7, 0.43429404760920426),
    (Log10, 2.0, 0.3010299956639812, 0.2171472409516259),
    (Log10, 3.0, 0.47712125471966244, 0.14476482730108395),
    (Log10, 1e-300, -300.0, 4.342944819032518e299),
    (Log10, 1e300, 300.0, 4.342944819032518e-301),
    (ExpM1, 1e-300, 1e-300, 1.0),
    (ExpM1, 1e-10, 1.00000000005e-10, 1.0000000001),
    (ExpM1, -1e-10, -9.999999999500001e-11, 0.9999999999),
    (ExpM1, 0.5, 0.6487212707001282, 1.6487212707001282),
    (ExpM1, -0.5, -0.3934693402873666, 0.6065306597126334),
    (ExpM1, 1.0, 1.7182818284590453, 2.718281828459045),
    (ExpM1, -30.0, -0.9999999999999064, 9.357622968840175e-14),
    (ExpM1, 30.0, 10686474581523.463, 10686474581524.463),
    (ExpM1, -700.0, -1.0, 9.85967654375977e-305),
    (ExpM1, 700.0, 1.0142320547350045e304, 1.0142320547350045e304),
    (Ln1p, 1e-300, 1e-300, 1.0),
    (Ln1p, 1e-10, 9.999999999500001e-11, 0.9999999999),
    (Ln1p, -1e-10, -1.00000000005e-10, 1.0000000001),
    (Ln1p, 0.5, 0.4054651081081644, 0.6666666666666666),
    (Ln1p, -0.5, -0.6931471805599453, 2.0),
    (Ln1p, -0.999999999999, -27.63104323789336, 1000022122209.5028),
    (Ln1p, 10000000000.0, 23.025850930040455, 9.999999999e-11),
    (Ln1p, 1e300, 690.7755278982137, 1e-300),
    (Sqrt, 2.0, 1.4142135623730951, 0.3535533905932738),
    (Sqrt, 0.1, 0.31622776601683794, 1.5811388300841895),
    (Sqrt, 1e-300, 1e-150, 5e149),
    (Sqrt, 1e300, 1e150, 5e-151),
    (Sqrt, 5e-324, 2.2227587494850775e-162, 2.2494568972715982e161),
    (Cbrt, 2.0, 1.2599210498948732, 0.20998684164914552),
    (Cbrt, -0.1, -0.4641588833612779, 1.5471962778709263),
    (Cbrt, 1e-200, 2.1544346900318838e-67, 7.181448966772946e132),
    (Cbrt, -1e-200, -2.1544346900318838e-67, 7.181448966772946e132),
    (Cbrt, 1e300, 1e100, 3.3333333333333335e-201),
    (Cbrt, -1e300, -1e100, 3.3333333333333335e-201),
    (Sin, 0.1, 0.09983341664682815, 0.9950041652780258),
    (Sin, 1.0, 0.8414709848078965, 0.5403023058681398),
    (Sin, -2.0, -0.9092974268256817, -0.4161468365471424),
    (Sin, 3.141592653589793, 1.2246467991473532e-16, -1.0),
    (Sin, 100.0, -0.5063656411097588, 0.8623188722876839),
    (Sin, 10000000000.0, -0.4875060250875107, 0.873119622676856),
    (Sin, 1e300, -0.8178819121159085, -0.5753861119575491),
    (Sin, 1e-300, 1e-300, 1.0),
    (Cos, 0.1, 0.9950041652780258, -0.09983341664682815),
    (Cos, 1.0, 0.5403023058681398, -0.8414709848078965),
    (Cos, -2.0, -0.4161468365471424, 0.9092974268256817),
    (Cos, 1.5707963267948966, 6.123233995736766e-17, -1.0),
    (Cos, 100.0, 0.8623188722876839, 0.5063656411097588),
    (Cos, 10000000000.0, 0.873119622676856, 0.4875060250875107),
    (Cos, 1e300, -0.5753861119575491, 0.8178819121159085),
    (Tan, 0.1, 0.10033467208545055, 1.0100670464224948),
    (Tan, 1.0, 1.5574077246549023, 3.4255188208147596),
    (Tan, -2.0, 2.185039863261519, 5.774399204041917),
    (Tan, 1.5707963267948966, 1.633123935319537e16, 2.667093788113571e32),
    (Tan, 1.5707963267948963, 3530114321217157.5, 1.2461707120862474e31),
    (Tan, -1.57, -1255.7655915007897, 1576948.220797328),
    (Tan, 1.570796, 3060023.306952844, 9363742639095.617),
    (Tan, 100.0, -0.5872139151569291, 1.3448201821539292),
    (Tan, 10000000000.0, -0.5583496378112418, 1.311754318043945),
    (Asin, 1e-300, 1e-300, 1.0),
    (Asin, 0.1, 0.1001674211615598, 1.005037815259212),
    (Asin, -0.5, -0.5235987755982989, 1.1547005383792515),
    (Asin, 0.9, 1.1197695149986342, 2.294157338705618),
    (Asin, 0.9999999999, 1.5707821846586878, 70710.67519510884),
    (Asin, -0.9999999999, -1.5707821846586878, 70710.67519510884),
    (Asin, 0.9999999999999999, 1.5707963118937354, 67108864.0),
    (Asin, -0.9999999999999999, -1.5707963118937354, 67108864.0),
    (Acos, 0.1, 1.4706289056333368, -1.005037815259212),
    (Acos, -0.5, 2.0943951023931957, -1.1547005383792515),
    (Acos, 0.9, 0.45102681179626236, -2.294157338705618),
    (Acos, 0.9999999999, 1.4142136208911564e-5, -70710.67519510884),
    (Acos, -0.9999999999, 3.1415785114535844, -70710.67519510884),
    (Acos, 0.9999999999999999, 1.4901161193847656e-8, -67108864.0),
    (Acos, -0.9999999999999999, 3.141592638688632, -67108864.0),
    (Atan, 1e-300, 1e-300, 1.0),
    (Atan, 0.1, 0.09966865249116204, 0.9900990099009901),
    (Atan, -1.0, -0.7853981633974483, 0.5),
    (Atan, 3.0, 1.2490457723982544, 0.1),
    (Atan, 100000000.0, 1.5707963167948966, 9.999999999999999e-17),
    (Atan, -1e100, -1.5707963267948966, 1e-200),
    (Atan, 1e153, 1.5707963267948966, 1e-306),
    (Sinh, 1e-300, 1e-300, 1.0),
    (Sinh, 1e-10, 1e-10, 1.0),
    (Sinh, 0.1, 0.10016675001984403, 1.0050041680558035),
    (Sinh, -1.0, -1.1752011936438014, 1.5430806348152437),
    (Sinh, 30.0, 5343237290762.231, 5343237290762.231),
    (Sinh, -30.0, -5343237290762.231, 5343237290762.231),
    (Sinh, 700.0, 5.0711602736750225e303, 5.0711602736750225e303),
    (Sinh, -700.0, -5.0711602736750225e303, 5.0711602736750225e303),
    (Cosh, 1e-300, 1.0, 1e-300),
    (Cosh, 1e-10, 1.0, 1e-10),
    (Cosh, 0.1, 1.0050041680558035, 0.10016675001984403),
    (Cosh, -1.0, 1.5430806348152437, -1.1752011936438014),
    (Cosh, 30.0, 5343237290762.231, 5343237290762.231),
    (Cosh, -30.0, 5343237290762.231, -5343237290762.231),
    (Cosh, 700.0, 5.0711602736750225e303, 5.0711602736750225e303),
    (Cosh, -700.0, 5.0711602736750225e303, -5.0711602736750225e303),
    (Tanh, 1e-300, 1e-300, 1.0),
    (Tanh, 1e-10, 1e-10, 1.0),
    (Tanh, 0.1, 0.09966799462495582, 0.9900662908474398),
    (Tanh, -1.0, -0.7615941559557649, 0.4199743416140261),
    (Tanh, 3.0, 0.9950547536867305, 0.00986603716544019),
    (Tanh, 20.0, 1.0, 1.6993417021166355e-17),
    (Tanh, -20.0, -1.0, 1.6993417021166355e-17),
    (Tanh, 30.0, 1.0, 3.502604305078608e-26),
    (Tanh, -30.0, -1.0, 3.502604305078608e-26),
    (Tanh, 350.0, 1.0, 3.943870617503908e-304),
    (Tanh, -350.0, -1.0, 3.943870617503908e-304),
    (Tanh, 354.0, 1.0, 1.3230212014553631e-307),
    (Sigmoid, 0.0, 0.5, 0.25),
    (Sigmoid, 1e-10, 0.500000000025, 0.25),
    (Sigmoid, 0.1, 0.52497918747894, 0.24937604019289197),
    (Sigmoid, -1.0, 0.2689414213699951, 0.19661193324148185),
    (Sigmoid, 3.0, 0.9525741268224333, 0.04517665973091213),
    (Sigmoid, 20.0, 0.9999999979388464, 2.061153613941849e-9),
    (Sigmoid, -20.0, 2.0611536181902037e-9, 2.061153613941849e-9),
    (Sigmoid, 30.0, 0.9999999999999064, 9.357622968838423e-14),
    (Sigmoid, -30.0, 9.357622968839299e-14, 9.357622968838423e-14),
    (Sigmoid, 37.0, 0.9999999999999999, 8.533047625744065e-17),
    (Sigmoid, -37.0, 8.533047625744065e-17, 8.533047625744065e-17),
    (Sigmoid, 700.0, 1.0, 9.85967654375977e-305),
    (Sigmoid, -700.0, 9.85967654375977e-305, 9.85967654375977e-305),
    (Sigmoid, -708.0, 3.307553003638408e-308, 3.307553003638408e-308),
    (Softplus, 0.0, 0.6931471805599453, 0.5),
    (Softplus, 1e-10, 0.6931471806099453, 0.500000000025),
    (Softplus, 0.1, 0.7443966600735709, 0.52497918747894),
    (Softplus, -1.0, 0.3132616875182228, 0.2689414213699951),
    (Softplus, 3.0, 3.048587351573742, 0.9525741268224333),
    (Softplus, 20.0, 20.000000002061153, 0.9999999979388464),
    (Softplus, -20.0, 2.061153620314381e-9, 2.0611536181902037e-9),
    (Softplus, 30.0, 30.000000000000092, 0.9999999999999064),
    (Softplus, -30.0, 9.357622968839737e-14, 9.357622968839299e-14),
    (Softplus, 37.0, 37.0, 0.9999999999999999),
    (Softplus, -37.0, 8.533047625744066e-17, 8.533047625744065e-17),
    (Softplus, 700.0, 700.0, 1.0),
    (Softplus, -700.0, 9.85967654375977e-305, 9.85967654375977e-305),
    (Softplus, -708.0, 3.307553003638408e-308, 3.307553003638408e-308),
] };

/// Operation, point, value, slopes.
#[rustfmt::skip]
const KNOWN_TWO: &[(Binary, f64, f64, f64, [f64; 2])] = &{ use Binary::*; [
    (Div, 1.0, 3.0, 0.3333333333333333, [0.3333333333333333, -0.1111111111111111]),
    (Div, -0.1, 7.0, -0.014285714285714287, [0.14285714285714285, 0.0020408163265306124]),
    (Div, 1e300, 1e200, 1e100, [1e-200, -1.0000000000000001e-100]),
    (Div, 1e-300, 1e-100, 1e-200, [1e100, -1e-100]),
    (Div, 1e200, 1e-100, 9.999999999999999e299, [1e100, -INFINITY]),
    (Pow, 2.0, 0.5, 1.4142135623730951, [0.3535533905932738, 0.9802581434685472]),
    (Pow, 0.1, 3.0, 0.0010000000000000002, [0.030000000000000002, -0.002302585092994046]),
    (Pow, 3.0, -2.5, 0.06415002990995841, [-0.05345835825829868, 0.07047601117750711]),
    (Pow, 10.0, 0.1, 1.2589254117941673, [0.012589254117941673, 2.89878288638864]),
    (Pow, 1.000001, 1000.0, 1.0010004996661261, [1000.9994986666275, 1.000999999083861e-6]),
    (Pow, 1e-200, 1.5, 1e-300, [1.5e-100, -4.605170185988091e-298]),
    (Pow, 1e100, 3.0, 1e300, [3.0000000000000002e200, 2.3025850929940457e302]),
    (Pow, 1e100, -2.0, 1e-200, [-2e-300, 2.3025850929940457e-198]),
    (Pow, 1e-100, 0.5, 1e-50, [5e49, -2.3025850929940456e-48]),
    (Pow, 0.5, 1000.0, 9.332636185032189e-302, [1.8665272370064378e-298, -6.468890458846786e-302]),
    (Pow, 7.0, 300.0, 3.38385702007491e253, [1.4502244371749617e255, 6.584681718315838e253]),
    (Pow, 1e155, 1.5, 3.162277660168379e232, [4.743416490252569e77, 1.1286190770328292e235]),
    (Pow, -2.0, 3.0, -8.0, [12.0, NAN]),
    (Pow, -0.1, -3.0, -999.9999999999999, [-29999.999999999993, NAN]),
    (Pow, -3.0, 4.0, 81.0, [-108.0, NAN]),
    (Pow, 0.999999999999, 1000000000000.0, 0.36788757938730976, [367887579387.6777, -3.678794410814263e-13]),
    (Pow, 2.0, 1e-10, 1.0000000000693148, [5.000000000346574e-11, 0.6931471806079906]),
    (Atan2, 1.0, 2.0, 0.4636476090008061, [0.4, -0.2]),
    (Atan2, -1.0, 2.0, -0.4636476090008061, [0.4, 0.2]),
    (Atan2, 1.0, -2.0, 2.677945044588987, [-0.4, -0.2]),
    (Atan2, -1.0, -2.0, -2.677945044588987, [-0.4, 0.2]),
    (Atan2, 0.1, 1e-10, 1.5707963257948967, [9.999999999999999e-9, -10.0]),
    (Atan2, 1e200, 1e200, 0.7853981633974483, [5e-201, -5e-201]),
    (Atan2, 1e200, -3e200, 2.819842099193151, [-3e-201, -1e-201]),
    (Atan2, 1e-200, 2e-200, 0.4636476090008061, [4e199, -2e199]),
    (Atan2, -1e-200, -2e-200, -2.677945044588987, [-4e199, 2e199]),
    (Atan2, 1e-200, 1e200, 0.0, [1e-200, 0.0]),
    (Atan2, 1e-300, 1.0, 1e-300, [1.0, -1e-300]),
    (Atan2, 1.0, 1e-300, 1.5707963267948966, [1e-300, -1.0]),
    (Hypot, 3.0, 4.0, 5.0, [0.6, 0.8]),
    (Hypot, 0.1, -0.2, 0.223606797749979, [0.4472135954999579, -0.8944271909999159]),
    (Hypot, 1.0, 1e-10, 1.0, [1.0, 1e-10]),
    (Hypot, 1e200, 1e200, 1.414213562373095e200, [0.7071067811865476, 0.7071067811865476]),
    (Hypot, -1e200, 2e200, 2.2360679774997897e200, [-0.4472135954999579, 0.8944271909999159]),
    (Hypot, 1e-200, 1e-200, 1.414213562373095e-200, [0.7071067811865476, 0.7071067811865476]),
    (Hypot, 3e-200, -4e-200, 5e-200, [0.6, -0.8]),
    (Hypot, 1e300, 1e100, 1e300, [1.0, 1e-200]),
    (Hypot, 1e308, 1e308, 1.4142135623730951e308, [0.7071067811865476, 0.7071067811865476]),
] };
