//! The table of operations, and what a number must do to run them.
//!
//! One row is one operation: its name, how it is written, its value on floats, its partials from inputs and result,
//! and the sign that decides it where it has a kink. Everything else iterates over [`Unary::ALL`] and [`Binary::ALL`]; only
//! the exact rules of fractions and the rules of tidying know single operations. To add an operation, add a row.

use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A float that the value column of the table runs on: `f32` or `f64`.
pub(crate) trait Real: num_traits::Float + From<f32> {}
impl<F: num_traits::Float + From<f32>> Real for F {}

/// A constant in a value column.
fn r<F: Real>(value: f32) -> F {
    value.into()
}

/// A constant in a partials column.
fn c<S: Scalar>(value: f64) -> S {
    S::constant(value)
}

/// What the operations of one arity are called.
macro_rules! vocabulary {
    ($arity:ident { $($op:ident $method:ident $symbol:literal $aliases:expr)* }) => {
        impl $arity {
            /// Every operation of this arity, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$op),*];
            /// The name of its method on [`Scalar`].
            pub fn name(self) -> &'static str { match self { $(Self::$op => stringify!($method)),* } }
            /// How it is written: an operator (`+`), or the name of a function.
            pub fn symbol(self) -> &'static str { match self { $(Self::$op => $symbol),* } }
            /// The further names that Python's `math`, numpy and textbooks know it by.
            pub fn aliases(self) -> &'static [&'static str] { match self { $(Self::$op => &$aliases),* } }
            /// The operation of that name: its method's, as it is written, or an alias.
            pub fn named(name: &str) -> Option<Self> {
                let is_named = |op: &Self| op.name() == name || op.symbol() == name || op.aliases().contains(&name);
                Self::ALL.iter().copied().find(is_named)
            }
        }
        impl fmt::Display for $arity {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.name()) }
        }
    };
}

macro_rules! operations {
    (
        unary { $($(#[$udoc:meta])* $un:ident, $method:ident, $usymbol:literal, $unames:expr,
            |$x:ident| $uvalue:expr, |$px:pat_param, $py:pat_param| $upartial:expr
            $(, kink |$kx:ident| $ukink:expr)?;)* }
        binary { $($(#[$bdoc:meta])* $bin:ident, $function:ident, $bsymbol:literal, $bnames:expr,
            |$a:ident, $b:ident| $bvalue:expr, |$pa:pat_param, $pb:pat_param, $pc:pat_param| [$da:expr, $db:expr]
            $(, kink |$ka:ident, $kb:pat_param| $bkink:expr)?;)* }
    ) => {
        /// An operation of one argument.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Unary { $(#[doc = concat!("`", stringify!($method), "(x)`.")] #[doc = ""] $(#[$udoc])* $un),* }

        /// An operation of two arguments.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Binary { $(#[doc = concat!("`", stringify!($function), "(a, b)`.")] #[doc = ""] $(#[$bdoc])* $bin),* }

        vocabulary!(Unary { $($un $method $usymbol $unames)* });
        vocabulary!(Binary { $($bin $function $bsymbol $bnames)* });

        impl Unary {
            /// The values of N floats side by side.
            #[inline(always)]
            pub(crate) fn values<F: Real, const N: usize>(self, x: &[F; N], y: &mut [F; N]) {
                match self { $(Self::$un => for lane in 0..N { let $x = x[lane]; y[lane] = $uvalue; })* }
            }
            /// The partials of N results side by side, each given with its lane.
            #[inline(always)]
            pub(crate) fn partials<S: Scalar, const N: usize>(
                self, x: &[S; N], y: &[S; N], mut give: impl FnMut(usize, S),
            ) {
                match self { $(Self::$un => for lane in 0..N {
                    let ($px, $py) = (x[lane], y[lane]);
                    give(lane, $upartial);
                })* }
            }
            pub(crate) fn value<F: Real>(self, x: F) -> F {
                let mut y = [x];
                self.values(&[x], &mut y);
                y[0]
            }
            /// dy/dx, from the input `x` and the result `y`.
            pub fn partial<S: Scalar>(self, x: S, y: S) -> S {
                let mut partial = y;
                self.partials(&[x], &[y], |_, slope| partial = slope);
                partial
            }
            /// The number that is 0 or changes its sign at a kink or a jump; `None` for a smooth operation.
            pub fn kink<S: Scalar>(self, x: S) -> Option<S> {
                match self { $($(Self::$un => { let $kx = x; Some($ukink) })?)* _ => None }
            }
        }

        impl Binary {
            /// The values of N pairs of floats side by side.
            #[inline(always)]
            pub(crate) fn values<F: Real, const N: usize>(self, a: &[F; N], b: &[F; N], y: &mut [F; N]) {
                match self { $(Self::$bin => for lane in 0..N {
                    let ($a, $b) = (a[lane], b[lane]);
                    y[lane] = $bvalue;
                })* }
            }
            /// The partials of N results side by side with respect to the arguments that are wanted, each given with
            /// its argument and its lane.
            #[inline(always)]
            #[allow(unused_variables)] // a row names a, b and y; each of its two partials needs some
            pub(crate) fn partials<S: Scalar, const N: usize>(
                self, wanted: [bool; 2], a: &[S; N], b: &[S; N], y: &[S; N], mut give: impl FnMut(usize, usize, S),
            ) {
                match self { $(Self::$bin => {
                    if wanted[0] {
                        for lane in 0..N { let ($pa, $pb, $pc) = (a[lane], b[lane], y[lane]); give(0, lane, $da); }
                    }
                    if wanted[1] {
                        for lane in 0..N { let ($pa, $pb, $pc) = (a[lane], b[lane], y[lane]); give(1, lane, $db); }
                    }
                })* }
            }
            pub(crate) fn value<F: Real>(self, a: F, b: F) -> F {
                let mut y = [a];
                self.values(&[a], &[b], &mut y);
                y[0]
            }
            /// dy/da for argument 0, dy/db for any other, from the inputs `a`, `b` and the result `y`.
            pub fn partial<S: Scalar>(self, argument: usize, a: S, b: S, y: S) -> S {
                let mut partial = y;
                self.partials([argument == 0, argument != 0], &[a], &[b], &[y], |_, _, slope| partial = slope);
                partial
            }
            /// The number that is 0 or changes its sign at a kink or a jump; `None` for a smooth operation.
            pub fn kink<S: Scalar>(self, a: S, b: S) -> Option<S> {
                match self { $($(Self::$bin => { let ($ka, $kb) = (a, b); Some($bkink) })?)* _ => None }
            }
        }

        /// A kind of number that a recorded formula can be run on: an interpreter of the table.
        ///
        /// Three methods are required; every operation of the table is then a method too.
        ///
        /// ```
        /// use chainrule::{Dual, Scalar};
        /// fn cube<S: Scalar>(x: S) -> S { x * x * x + S::constant(1.0) }
        /// assert_eq!(cube(2.0), 9.0);
        /// assert_eq!(cube(Dual::variable(2.0)).tangent, Some(12.0));
        /// ```
        pub trait Scalar: Copy + Neg<Output = Self> + Add<Output = Self> + Sub<Output = Self>
            + Mul<Output = Self> + Div<Output = Self>
        {
            /// The number that the shortest decimal of `value` stands for: `0.1` is one tenth where that can be said.
            fn constant(value: f64) -> Self;
            /// The result of an operation of one argument.
            fn unary(op: Unary, x: Self) -> Self;
            /// The result of an operation of two arguments.
            fn binary(op: Binary, a: Self, b: Self) -> Self;

            /// A constant in the same place as `self`: for a recorded variable, a node of its graph.
            fn lift(self, value: f64) -> Self { Self::constant(value) }
            /// [`unary`](Self::unary) on each of N numbers side by side.
            #[inline(always)]
            fn unary_each<const N: usize>(op: Unary, x: &[Self; N], y: &mut [Self; N]) {
                for lane in 0..N { y[lane] = Self::unary(op, x[lane]); }
            }
            /// [`binary`](Self::binary) on each of N pairs side by side.
            #[inline(always)]
            fn binary_each<const N: usize>(op: Binary, a: &[Self; N], b: &[Self; N], y: &mut [Self; N]) {
                for lane in 0..N { y[lane] = Self::binary(op, a[lane], b[lane]); }
            }
            /// What a backward sweep multiplies by at first: [`chain`](Self::chain), or faster. Where the two differ
            /// the adjoint of an input comes out unsettled, and the sweep is run again with `chain`.
            #[inline(always)]
            fn times(self, b: Self) -> Self { self.chain(b) }
            /// Whether an adjoint found with [`times`](Self::times) is that found with [`chain`](Self::chain).
            #[inline(always)]
            fn is_settled(self) -> bool { true }
            /// Whether nothing but 0 comes of a product with this in the chain rule.
            #[inline(always)]
            fn is_nothing(self) -> bool { false }
            /// `self` to a whole power.
            #[inline]
            fn powi(self, exponent: i32) -> Self { self.pow(self.lift(exponent.into())) }
            $(#[doc = concat!("[`Unary::", stringify!($un), "`].")]
            #[inline]
            fn $method(self) -> Self { Self::unary(Unary::$un, self) })*
            $(#[doc = concat!("[`Binary::", stringify!($bin), "`].")]
            #[inline]
            #[track_caller]
            fn $function(self, b: Self) -> Self { Self::binary(Binary::$bin, self, b) })*
        }
    };
}

operations! {
    // operation, method, written as, other names, value on floats, dy/dx from the input x and the result y, kink
    unary {
        Neg, neg, "-", ["negative"], |x| -x, |_, _| c(-1.0);
        /// Slope 0 at 0, halfway between the slopes at either side.
        Abs, abs, "abs", ["fabs", "absolute"], |x| x.abs(), |x, _| x.step() - (-x).step(), kink |x| x;
        Recip, recip, "recip", ["reciprocal"], |x| x.recip(), |_, y| -(y * y);
        Exp, exp, "exp", [], |x| x.exp(), |_, y| y;
        /// Slope +∞ at 0 (-∞ at -0). Below 0 the value is NaN.
        Ln, ln, "ln", ["log"], |x| x.ln(), |x, _| c::<S>(1.0) / x;
        /// Slope +∞ at 0. The 2 is lifted, so that ln 2 is an operation and never a rounded number.
        Log2, log2, "log2", [], |x| x.log2(), |x, _| c::<S>(1.0) / (x * x.lift(2.0).ln());
        /// Slope +∞ at 0.
        Log10, log10, "log10", [], |x| x.log10(), |x, _| c::<S>(1.0) / (x * x.lift(10.0).ln());
        /// The slope is exp x, not y + 1, which loses its digits below 0.
        ExpM1, exp_m1, "expm1", [], |x| x.exp_m1(), |x, _| x.exp();
        /// Slope +∞ at -1.
        Ln1p, ln_1p, "log1p", [], |x| x.ln_1p(), |x, _| c::<S>(1.0) / (c::<S>(1.0) + x);
        /// Slope +∞ at 0, as the limit is; adding 0 turns -0 into 0, at which the slope would be -∞.
        Sqrt, sqrt, "sqrt", [], |x| x.sqrt() + r(0.0), |_, y| c::<S>(0.5) / y;
        /// Slope +∞ at 0.
        Cbrt, cbrt, "cbrt", [], |x| x.cbrt(), |_, y| c::<S>(1.0) / (c::<S>(3.0) * (y * y));
        Sin, sin, "sin", [], |x| x.sin(), |x, _| x.cos();
        Cos, cos, "cos", [], |x| x.cos(), |x, _| -x.sin();
        Tan, tan, "tan", [], |x| x.tan(), |_, y| c::<S>(1.0) + y * y;
        /// Slope +∞ at ±1. (1 - x)(1 + x) keeps the digits that 1 - x² loses there.
        Asin, asin, "asin", ["arcsin"], |x| x.asin(),
            |x, _| c::<S>(1.0) / ((c::<S>(1.0) - x) * (c::<S>(1.0) + x)).sqrt();
        /// Slope -∞ at ±1.
        Acos, acos, "acos", ["arccos"], |x| x.acos(),
            |x, _| c::<S>(-1.0) / ((c::<S>(1.0) - x) * (c::<S>(1.0) + x)).sqrt();
        Atan, atan, "atan", ["arctan"], |x| x.atan(), |x, _| c::<S>(1.0) / (c::<S>(1.0) + x * x);
        Sinh, sinh, "sinh", [], |x| x.sinh(), |x, _| x.cosh();
        Cosh, cosh, "cosh", [], |x| x.cosh(), |x, _| x.sinh();
        /// The slope is 1/cosh², since 1 - y² loses its digits by x = 20.
        Tanh, tanh, "tanh", [], |x| x.tanh(), |x, _| c::<S>(1.0) / (x.cosh() * x.cosh());
        /// 1/(1 + exp(-x)), on whichever side does not overflow. The slope is y·sigmoid(-x), since 1 - y loses its digits.
        Sigmoid, sigmoid, "sigmoid", ["expit", "logistic"],
            |x| if x < r(0.0) { x.exp() / (x.exp() + r(1.0)) } else { ((-x).exp() + r(1.0)).recip() },
            |x, y| y * (-x).sigmoid();
        /// ln(1 + exp x), without overflow.
        Softplus, softplus, "softplus", [], |x| x.max(r(0.0)) + (-x.abs()).exp().ln_1p(), |x, _| x.sigmoid();
        /// `x` where `x > 0`, else 0. Slope 0 at 0.
        Relu, relu, "relu", [], |x| if x > r(0.0) { x } else { r(0.0) }, |x, _| x.step(), kink |x| x;
        /// 1 where `x > 0`, else 0: the slope of relu. Its own slope is 0, at the jump too.
        Step, step, "step", [], |x| if x > r(0.0) { r(1.0) } else { r(0.0) }, |_, _| c(0.0), kink |x| x;
    }
    // operation, method, written as, other names, value on floats, [dy/da, dy/db] from a, b and the result y, kink
    binary {
        Add, add, "+", [], |a, b| a + b, |_, _, _| [c(1.0), c(1.0)];
        Sub, sub, "-", ["subtract"], |a, b| a - b, |_, _, _| [c(1.0), c(-1.0)];
        Mul, mul, "*", ["multiply"], |a, b| a * b, |a, b, _| [b, a];
        /// The product in the chain rule: 0 times anything, infinity and NaN included, is 0. So an infinite slope in a
        /// branch that is not taken stays there.
        Chain, chain, "*", [],
            |a, b| { let y = a * b; if y.is_nan() && (a == r(0.0) || b == r(0.0)) { r(0.0) } else { y } },
            |a, b, _| [b, a];
        Div, div, "/", ["divide", "true_divide"], |a, b| a / b, |_, b, y| [c::<S>(1.0) / b, -(y / b)];
        /// `a` to the power `b`. At a = 0 both slopes are the limits from the right: `0**b` has slope 0 in `b` for b > 0,
        /// `0**0` slope 0 in `a`. A negative base has a slope in `a` wherever it has a value, and none (NaN) in `b`.
        Pow, pow, "^", ["power"], |a, b| power(a, b),
            |a, b, y| [b.chain(a.pow(b - c(1.0))), y.chain(a.ln())];
        /// The slope goes to the larger argument; at a tie each gets half.
        Max, max, "max", ["maximum", "fmax"], |a, b| a.max(b),
            |a, b, _| [half_at_tie(a - b), half_at_tie(b - a)], kink |a, b| a - b;
        /// The slope goes to the smaller argument; at a tie each gets half.
        Min, min, "min", ["minimum", "fmin"], |a, b| a.min(b),
            |a, b, _| [half_at_tie(b - a), half_at_tie(a - b)], kink |a, b| a - b;
        /// The angle of the point (b, a). At the origin it has no slope: NaN. Dividing twice keeps the squares from
        /// overflowing. Where a = 0 and b is not positive it jumps by a whole turn.
        Atan2, atan2, "atan2", ["arctan2"], |a, b| a.atan2(b),
            |a, b, _| [b / a.hypot(b) / a.hypot(b), -(a / a.hypot(b) / a.hypot(b))],
            kink |a, b| a.hypot(b) + b;
        /// √(a² + b²), without overflow. Both slopes are 0 at the origin, as for abs.
        Hypot, hypot, "hypot", [], |a, b| a.hypot(b), |a, b, y| [y.gate(a / y), y.gate(b / y)];
        /// `b` where `a > 0`, else 0: what a conditional is made of. Only the branch has a slope, not the condition.
        Gate, gate, "gate", [], |a, b| if a > r(0.0) { b } else { r(0.0) },
            |a, _, _| [c(0.0), a.step()], kink |a, _| a;
        /// `b` where not `a > 0`, else 0: the `else` of [`Gate`](Self::Gate).
        GateNot, gate_not, "gate_not", [], |a, b| if a > r(0.0) { r(0.0) } else { b },
            |a, _, _| [c(0.0), c::<S>(1.0) - a.step()], kink |a, _| a;
    }
}

/// `a` to the power `b`; a square is the product, rounded once.
#[inline(always)]
fn power<F: Real>(a: F, b: F) -> F {
    if b == r(2.0) {
        a * a
    } else if b == r(1.0) {
        a
    } else {
        other_power(a, b)
    }
}

/// A call, or else the compiler computes it before it knows whether it is needed.
#[inline(never)]
fn other_power<F: Real>(a: F, b: F) -> F {
    a.powf(b)
}

/// 1 where `d > 0`, ½ where `d = 0`, else 0.
fn half_at_tie<S: Scalar>(d: S) -> S {
    c::<S>(0.5) * (c::<S>(1.0) + d.step() - (-d).step())
}
