//! The kinds of number: fractions are exact or say why not, duals nest, lanes are `f64` bit for bit.

use chainrule::number::Reason;
use chainrule::op::{Binary, Unary};
use chainrule::{Dual, Graph, Lanes, Rational, Recorder, Scalar};
use proptest::prelude::*;

use Rational::{Exact, Not};

fn fraction(n: i128, d: i128) -> Rational {
    Rational::new(n, d)
}

/// A fraction by the text that it prints as.
fn check(result: Rational, text: &str) {
    assert_eq!(result.to_string(), text);
}

#[test]
fn decimals_are_read_as_written() {
    let decimal = |value, text| check(Rational::constant(value), text);
    decimal(0.1, "1/10");
    decimal(-0.25, "-1/4");
    decimal(1e-5, "1/100000");
    decimal(123.456, "15432/125");
    decimal(0.0, "0");
    decimal(-0.0, "0");
    decimal(3.0, "3");
    decimal(1e30, "1000000000000000000000000000000");
    decimal(1e300, "the fraction grew beyond 38 digits");
    decimal(1e-300, "the fraction grew beyond 38 digits");
    decimal(5e-324, "the fraction grew beyond 38 digits");
    decimal(f64::NAN, "infinity and NaN are not fractions");
    decimal(f64::INFINITY, "infinity and NaN are not fractions");
    decimal(f64::NEG_INFINITY, "infinity and NaN are not fractions");
}

#[test]
fn lowest_terms_have_a_positive_denominator() {
    assert_eq!(fraction(6, -4).fraction(), Ok((-3, 2)));
    assert_eq!(fraction(-6, -4).fraction(), Ok((3, 2)));
    assert_eq!(fraction(0, -4).fraction(), Ok((0, 1)));
    assert_eq!(fraction(i128::MIN, i128::MIN).fraction(), Ok((1, 1)));
    assert_eq!(fraction(i128::MIN, 2).fraction(), Ok((i128::MIN / 2, 1)));
    check(fraction(i128::MIN, 3), "the fraction grew beyond 38 digits");
    check(fraction(1, i128::MIN), "the fraction grew beyond 38 digits");
    check(fraction(1, 0), "division by zero");
    check(fraction(0, 0), "division by zero");
}

#[test]
fn roots_of_perfect_powers_are_exact() {
    check(fraction(4, 9).sqrt(), "2/3");
    check(fraction(0, 1).sqrt(), "0");
    check(fraction(2, 1).sqrt(), "sqrt of this fraction is not a fraction");
    check(fraction(-4, 9).sqrt(), "sqrt of this fraction is not a fraction");
    check(fraction(-8, 27).cbrt(), "-2/3");
    check(fraction(9, 1).cbrt(), "cbrt of this fraction is not a fraction");
    check(fraction(3, 1).hypot(fraction(4, 1)), "5");
    check(fraction(5, 13).hypot(fraction(-12, 13)), "1");
    check(fraction(1, 1).hypot(fraction(1, 1)), "hypot of these fractions is not a fraction");
    let large = 10_i128.pow(18) + 9;
    check(fraction(large * large, 1).sqrt(), "1000000000000000009");
    check(fraction(large * large + 1, 1).sqrt(), "sqrt of this fraction is not a fraction");
    let side = 5_000_000_000_011_i128 / 10; // its cube has 36 digits
    check(fraction(side.pow(3), 1).cbrt(), &side.to_string());
    check(fraction(side.pow(3) + 1, 1).cbrt(), "cbrt of this fraction is not a fraction");
}

#[test]
fn powers_are_exact_where_a_fraction_holds_them() {
    let pow = |p, q, r, s, text| check(fraction(p, q).pow(fraction(r, s)), text);
    pow(2, 3, 3, 1, "8/27");
    pow(2, 3, -3, 1, "27/8");
    pow(-2, 3, 3, 1, "-8/27");
    pow(-2, 3, -2, 1, "9/4");
    pow(8, 27, 2, 3, "4/9");
    pow(8, 27, -2, 3, "9/4");
    pow(4, 9, 1, 2, "2/3");
    pow(2, 1, 1, 2, "pow of these fractions is not a fraction");
    pow(-8, 1, 1, 3, "pow of these fractions is not a fraction"); // NaN on floats too
    pow(0, 1, 0, 1, "1");
    pow(7, 1, 0, 1, "1");
    pow(0, 1, 5, 2, "0");
    pow(0, 1, -1, 1, "division by zero");
    pow(1, 1, 1, 7, "1");
    pow(-1, 1, 3, 1, "-1");
    pow(2, 1, 126, 1, "85070591730234615865843651857942052864");
    pow(2, 1, 127, 1, "the fraction grew beyond 38 digits");
    pow(2, 1, -127, 1, "the fraction grew beyond 38 digits");
    pow(-1, 1, 10_i128.pow(30), 1, "1");
    pow(-1, 1, 10_i128.pow(30) + 1, 1, "-1");
    pow(1, 1, -(10_i128.pow(30)), 1, "1");
    pow(3, 2, 10_i128.pow(30), 1, "the fraction grew beyond 38 digits");
}

#[test]
fn functions_are_exact_where_they_can_be() {
    check(fraction(1, 8).log2(), "-3");
    check(fraction(1000, 1).log10(), "3");
    check(fraction(3, 1).log2(), "log2 of this fraction is not a fraction");
    check(fraction(0, 1).log2(), "log2 of this fraction is not a fraction");
    check(fraction(0, 1).exp(), "1");
    check(fraction(0, 1).sigmoid(), "1/2");
    check(fraction(0, 1).tanh(), "0");
    check(fraction(1, 1).ln(), "0");
    check(fraction(1, 1).acos(), "0");
    check(fraction(0, 1).softplus(), "softplus of this fraction is not a fraction");
    check(fraction(0, 1).atan2(fraction(5, 1)), "0");
    check(fraction(0, 1).atan2(fraction(-5, 1)), "atan2 of these fractions is not a fraction");
    check(fraction(-2, 3).relu(), "0");
    check(fraction(2, 3).step(), "1");
    check(fraction(0, 1).step(), "0");
    check(fraction(0, 1).recip(), "division by zero");
    check(fraction(-2, 3).recip(), "-3/2");
    check(fraction(1, 3).max(fraction(1, 2)), "1/2");
    check(fraction(1, 3).min(fraction(1, 2)), "1/3");
}

/// What cancels is cancelled before it is multiplied, so only a result that is too large overflows.
#[test]
fn nothing_overflows_on_the_way_to_a_fraction() {
    let (two, three) = (1_i128 << 70, 3_i128.pow(40)); // their product has 134 bits
    check(fraction(two, three) * fraction(three, 7), "1180591620717411303424/7");
    check(fraction(three, 7) * fraction(two, three), "1180591620717411303424/7");
    check(fraction(two, three) / fraction(7, three), "1180591620717411303424/7");
    check(fraction(1, two) + fraction(1, two), "1/590295810358705651712");
    check(fraction(two, 1) * fraction(three, 1), "the fraction grew beyond 38 digits");
}

#[test]
fn the_first_reason_stays() {
    let by_zero = fraction(1, 1) / fraction(0, 1);
    assert_eq!(by_zero, Not(Reason::DivisionByZero));
    assert_eq!((by_zero.exp() + 1.0).sqrt(), by_zero);
    assert_eq!(by_zero + fraction(1, 1).exp(), by_zero);
    assert_eq!(fraction(1, 1).exp() + by_zero, Not(Reason::Unary(Unary::Exp)));
    assert!(by_zero.to_f64().is_nan());
    // but a branch that is not taken does not count, and 0 in a chain rule wins
    assert_eq!(fraction(-1, 1).gate(by_zero), fraction(0, 1));
    assert_eq!(fraction(1, 1).gate_not(by_zero), fraction(0, 1));
    assert_eq!(fraction(0, 1).chain(by_zero), fraction(0, 1));
    assert_eq!(by_zero.chain(fraction(0, 1)), fraction(0, 1));
    assert_eq!(by_zero.gate(fraction(1, 1)), by_zero);
}

/// A gradient is a fraction too, or says what stopped it.
#[test]
fn exact_gradients() {
    let formula = Graph::record(["x", "y"], |[x, y]| x.powi(3) / y + (x * x).sqrt()).compile();
    let gradient = formula.gradient(&[fraction(1, 3), fraction(1, 7)]);
    assert_eq!(gradient.to_vec(), [fraction(10, 3), fraction(-49, 27)]); // 3x²/y + 1 and -x³/y²
    let root = Graph::record(["x"], |[x]| x.sqrt()).compile();
    assert_eq!(root.gradient(&[fraction(0, 1)])[0], Not(Reason::DivisionByZero));
}

fn small() -> impl Strategy<Value = Rational> {
    (-30_i128..=30, 1_i128..=12).prop_map(|(n, d)| fraction(n, d))
}

/// Numbers that are likely to overflow something, and any other.
fn any_i128() -> impl Strategy<Value = i128> {
    let edges = vec![i128::MIN, i128::MIN + 1, i128::MAX, i128::MAX - 1, 1 << 64, -(1 << 64), -1, 0, 1, 2];
    prop_oneof![2 => any::<i128>(), 2 => proptest::sample::select(edges), 1 => -20_i128..=20]
}

fn any_fraction() -> impl Strategy<Value = Rational> {
    (any_i128(), any_i128()).prop_map(|(n, d)| fraction(n, d))
}

fn is_reduced(x: Rational) -> bool {
    let gcd = |mut a: u128, mut b: u128| {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    match x {
        Exact { 0: n, 1: d, .. } => d > 0 && n != i128::MIN && gcd(n.unsigned_abs(), d.unsigned_abs()) == 1,
        Not(_) => true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn fractions_obey_the_laws_of_arithmetic(a in small(), b in small(), c in small()) {
        let (zero, one) = (fraction(0, 1), fraction(1, 1));
        prop_assert_eq!(a + b, b + a);
        prop_assert_eq!(a * b, b * a);
        prop_assert_eq!((a + b) + c, a + (b + c));
        prop_assert_eq!((a * b) * c, a * (b * c));
        prop_assert_eq!(a * (b + c), a * b + a * c);
        prop_assert_eq!((a + zero, a * one, a - a), (a, a, zero));
        prop_assert_eq!(a - b, -(b - a));
        prop_assert_eq!(a.max(b) + a.min(b), a + b);
        prop_assert_eq!(a.relu() - (-a).relu(), a);
        prop_assert_eq!(a.abs(), a.max(-a));
        prop_assert_eq!((a * a).sqrt(), a.abs());
        prop_assert_eq!((a * a * a).cbrt(), a);
        prop_assert_eq!(a.powi(3), a * a * a);
        if b != zero {
            prop_assert_eq!(a / b * b, a);
            prop_assert_eq!(b.recip() * b, one);
            prop_assert_eq!(b.powi(-2), one / (b * b));
        }
    }

    #[test]
    fn nothing_panics_on_any_fraction(a in any_fraction(), b in any_fraction()) {
        for &op in Unary::ALL {
            let y = Rational::unary(op, a);
            prop_assert!(is_reduced(y), "{op}({a}) = {y:?}");
            prop_assert!(is_reduced(op.partial(a, y)), "{op}'({a})");
        }
        for &op in Binary::ALL {
            let y = Rational::binary(op, a, b);
            prop_assert!(is_reduced(y), "{op}({a}, {b}) = {y:?}");
            for argument in [0, 1] {
                prop_assert!(is_reduced(op.partial(argument, a, b, y)), "{op}({a}, {b}) by {argument}");
            }
        }
    }

    #[test]
    fn new_is_in_lowest_terms(n in any_i128(), d in any_i128()) {
        let x = fraction(n, d);
        prop_assert!(is_reduced(x), "{n}/{d} = {x:?}");
        prop_assert_eq!(x == Not(Reason::DivisionByZero), d == 0);
    }

    #[test]
    fn every_decimal_is_read_without_a_panic(value in any::<f64>()) {
        match Rational::constant(value) {
            x @ Exact { .. } => prop_assert!((x.to_f64() - value).abs() <= 4.5e-16 * value.abs(), "{value}"),
            Not(Reason::NotFinite) => prop_assert!(!value.is_finite()),
            Not(reason) => prop_assert_eq!(reason, Reason::Overflow),
        }
    }

    /// 1e-9 relative: the floats' arguments are rounded, and a difference of two of them may cancel down to 1/144.
    #[test]
    fn fractions_agree_with_floats(a in small(), b in small()) {
        let agrees = |exact: Rational, float: f64| {
            let exact = exact.to_f64();
            exact.is_nan() || (exact - float).abs() <= 1e-9 * exact.abs().max(float.abs()) || exact.abs().max(float.abs()) < 1e-12
        };
        let (x, z) = (a.to_f64(), b.to_f64());
        for &op in Unary::ALL {
            let (y, float) = (Rational::unary(op, a), f64::unary(op, x));
            prop_assert!(agrees(y, float), "{op}({a}) = {y}, {float}");
            prop_assert!(agrees(op.partial(a, y), op.partial(x, float)), "{op}'({a})");
        }
        for &op in Binary::ALL {
            let (y, float) = (Rational::binary(op, a, b), f64::binary(op, x, z));
            prop_assert!(agrees(y, float), "{op}({a}, {b}) = {y}, {float}");
            for argument in [0, 1] {
                let (exact, slope) = (op.partial(argument, a, b, y), op.partial(argument, x, z, float));
                prop_assert!(agrees(exact, slope), "{op}({a}, {b}) by {argument}: {exact}, {slope}");
            }
        }
    }

    #[test]
    fn each_lane_is_f64_bit_for_bit(a in any::<[f64; 4]>(), b in any::<[f64; 4]>()) {
        lanes_are_f64(a, b);
    }
}

fn lanes_are_f64<const N: usize>(a: [f64; N], b: [f64; N]) {
    let bits = |x: f64| if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() }; // which NaN is not specified
    for &op in Unary::ALL {
        let y = Lanes::unary(op, Lanes(a));
        let slope = op.partial(Lanes(a), y);
        for (i, x) in a.into_iter().enumerate() {
            assert_eq!(bits(y.0[i]), bits(f64::unary(op, x)), "{op}({x})");
            assert_eq!(bits(slope.0[i]), bits(op.partial(x, y.0[i])), "{op}'({x})");
        }
    }
    for &op in Binary::ALL {
        let y = Lanes::binary(op, Lanes(a), Lanes(b));
        let slopes = [0, 1].map(|argument| op.partial(argument, Lanes(a), Lanes(b), y));
        for (i, (a, b)) in a.into_iter().zip(b).enumerate() {
            assert_eq!(bits(y.0[i]), bits(f64::binary(op, a, b)), "{op}({a}, {b})");
            for (argument, slope) in slopes.iter().enumerate() {
                let alone = op.partial(argument, a, b, y.0[i]);
                assert_eq!(bits(slope.0[i]), bits(alone), "{op}({a}, {b}) by {argument}");
            }
        }
    }
}

#[test]
fn each_lane_is_f64_at_infinity_nan_and_zero() {
    let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, 1.0, -1.0, 5e-324, 1e308];
    (0..odd.len()).for_each(|turn| {
        let mut turned = odd;
        turned.rotate_left(turn);
        lanes_are_f64(odd, turned);
    });
}

type Third = Dual<Dual<Dual<f64>>>;

/// d³/dx³, by three duals inside each other; what is absent is 0.
fn third(formula: impl Fn(Third) -> Third, x: f64) -> f64 {
    let y = formula(Dual::variable(Dual::variable(Dual::variable(x))));
    y.tangent.and_then(|y| y.tangent).and_then(|y| y.tangent).unwrap_or(0.0)
}

#[test]
fn duals_nest() {
    assert_eq!(third(|x| x.powi(5), 2.0), 240.0); // 60x²
    assert_eq!(third(|x| x * x * x * x * x, 2.0), 240.0);
    assert_eq!(third(|x| x.powi(2), 3.0), 0.0);
    assert_eq!(third(|x| x.sin(), 0.75), -(0.75_f64.cos()));
    assert_eq!(third(|x| x.exp(), 0.75), 0.75_f64.exp());
    assert_eq!(third(|x| x.recip(), 2.0), -0.375); // -6/x⁴
    assert_eq!(third(|x| x.ln(), 2.0), 0.25); // 2/x³
}

#[test]
fn backward_on_nested_duals_has_third_derivatives() {
    let formula = Graph::record(["x", "y"], |[x, y]| x.powi(5) + x * x * y * y).compile();
    // twice along x, then by each input: ∂³/∂x³ = 60x², ∂³/∂x²∂y = 4y
    let x = Dual { primal: Dual::variable(2.0), tangent: Some(Dual::constant(1.0)) };
    let y = Dual::constant(3.0);
    let along: Vec<f64> = formula
        .gradient(&[x, y])
        .iter()
        .map(|entry| entry.tangent.and_then(|entry| entry.tangent).unwrap_or(0.0))
        .collect();
    assert_eq!(along, [240.0, 12.0]);
    let sine = Graph::record(["x"], |[x]| x.sin()).compile();
    let third = sine.gradient(&[Dual::variable(Dual::variable(0.75))])[0].tangent.and_then(|y| y.tangent);
    assert_eq!(third, Some(-(0.75_f64.cos())));
}

#[test]
fn a_constant_has_no_tangent() {
    let x = Dual::variable(3.0);
    assert_eq!(Dual::<f64>::constant(2.0).tangent, None);
    assert_eq!((Dual::<f64>::constant(2.0) * 5.0).sin().tangent, None);
    assert_eq!((x - x).tangent, Some(0.0));
    assert_eq!(x.lift(7.0), Dual { primal: 7.0, tangent: None });
}

/// `((((2 - (x + 1)·3)/4 - x)·x + 0.5)·2 - 1 + x)/x`, which is 0.5 - 3.5x, with literals on both sides and every
/// assignment; and 1 + 2x - 8/x.
macro_rules! literals_on_both_sides {
    ($x:expr) => {{
        let x = $x;
        let mut y = 2.0 - (x + 1.0) * 3.0;
        y /= 4.0;
        y -= x;
        y *= x;
        y += 0.5;
        y *= 2.0;
        y -= 1.0;
        y += x;
        y /= x;
        (y, 1.0 + 2.0 * x - 8.0 / x)
    }};
}

/// At x = 2, by hand: 0.5 - 7 = -6.5 with slope -3.5, and 1 + 4 - 4 = 1 with slope 2 + 8/4 = 4.
#[test]
fn literals_stand_on_both_sides_of_every_operator() {
    let (y, z) = literals_on_both_sides!(Dual::variable(2.0));
    assert_eq!((y.primal, z.primal), (-6.5, 1.0));
    assert_eq!((y.tangent, z.tangent), (Some(-3.5), Some(4.0)));
    assert_eq!(literals_on_both_sides!(fraction(2, 1)), (fraction(-13, 2), fraction(1, 1)));
    assert_eq!(literals_on_both_sides!(Lanes([2.0, 2.0])), (Lanes([-6.5, -6.5]), Lanes([1.0, 1.0])));
    let recorder = Recorder::new();
    let (y, z) = literals_on_both_sides!(recorder.input("x"));
    let outputs = [recorder.node(y), recorder.node(z)];
    let tape = recorder.finish(outputs).compile();
    assert_eq!(tape.forward(&[2.0]).outputs(), [-6.5, 1.0]);
    assert_eq!(tape.jacobian(&[2.0]).column(0).to_vec(), [-3.5, 4.0]);
}
