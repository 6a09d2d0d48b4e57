//! Prime fields for proofs: a tower in which each prime is one more than a multiple of the next.
//!
//! `p₀ = k·p₁ + 1`, `p₁ = k·p₂ + 1`, …: so a field holds elements whose order is the next prime, and a power of such an
//! element, with the exponent taken in the next field, turns sums into products as the exponential does.
//! Every `p − 1` is 8 times an odd number without the factors 3 and 5: a root of −1 exists, and roots are powers. In the
//! largest field of each tower 2, 5, 7 and 11 are of odd order, so that they have a unique root there.
//! Numbers are kept in Montgomery's form (P. L. Montgomery, *Modular multiplication without trial division*, 1985).

/// How many primes a tower has; one exponential inside another uses up one of them.
const LEVELS: usize = 4;

/// Two towers that have nothing in common.
static TOWERS: [[Prime; LEVELS]; 2] = [
    tower([1_588_109_672_284_221_689, 28_359_101_290_789_673, 272_683_666_257_593, 1_099_530_912_329]),
    tower([1_088_466_254_148_994_169, 19_436_897_395_517_753, 78_374_586_272_249, 1_399_546_183_433]),
];

/// The smallest prime of both: what the chance of an accident is measured by.
pub(crate) const SMALLEST: f64 = 1_099_530_912_329.0;

/// A prime field; its elements are `u64` in Montgomery's form.
struct Prime {
    modulus: u64,
    /// −1/modulus, modulo 2^64.
    inverse: u64,
    /// 2^128 modulo the prime: takes a whole number into the form.
    square: u64,
    one: u64,
    half: u64,
    tenth: u64,
    sixteenth: u64,
    /// What the exponential takes 1 to.
    e: u64,
    /// What a circle of radius 1 takes the angle 1 to: cos 1 + i sin 1.
    circle: u64,
    /// A root of −1.
    i: u64,
    /// The odd part of the order of the field: roots of every degree prime to it are powers there.
    odd: u64,
}

const fn tower(moduli: [u64; LEVELS]) -> [Prime; LEVELS] {
    [
        prime(moduli[0], moduli[1]),
        prime(moduli[1], moduli[2]),
        prime(moduli[2], moduli[3]),
        prime(moduli[3], (moduli[3] - 1) / 8),
    ]
}

const fn prime(modulus: u64, next: u64) -> Prime {
    let mut inverse = 1_u64;
    let mut bits = 1;
    while bits < 64 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(modulus.wrapping_mul(inverse)));
        bits *= 2;
    }
    let one = ((1_u128 << 64) % modulus as u128) as u64;
    let square = ((one as u128 * one as u128) % modulus as u128) as u64;
    let odd = (modulus - 1) / 8;
    let bare = Prime {
        modulus,
        inverse: inverse.wrapping_neg(),
        square,
        one,
        half: one,
        tenth: one,
        sixteenth: one,
        e: one,
        circle: one,
        i: one,
        odd,
    };
    let half = bare.reciprocal(bare.whole(2));
    // The order of such a power divides the next prime, so it is that prime, or the power is 1: a test looks.
    let e = bare.power(bare.whole(3), (modulus - 1) / next);
    let circle = bare.power(bare.whole(5), (modulus - 1) / next);
    let mut candidate = 2;
    let mut i = one;
    while bare.product(i, i) != modulus - one {
        i = bare.power(bare.whole(candidate), 2 * odd);
        candidate += 1;
    }
    let (tenth, quarter) = (bare.reciprocal(bare.whole(10)), bare.product(half, half));
    Prime { half, tenth, sixteenth: bare.product(quarter, quarter), e, circle, i, ..bare }
}

impl Prime {
    const fn sum(&self, a: u64, b: u64) -> u64 {
        let sum = a + b; // both are below 2^62
        if sum >= self.modulus { sum - self.modulus } else { sum }
    }

    const fn negative(&self, a: u64) -> u64 {
        if a == 0 { 0 } else { self.modulus - a }
    }

    const fn product(&self, a: u64, b: u64) -> u64 {
        self.reduced(a as u128 * b as u128)
    }

    const fn reduced(&self, product: u128) -> u64 {
        let multiple = (product as u64).wrapping_mul(self.inverse);
        let reduced = ((product + multiple as u128 * self.modulus as u128) >> 64) as u64;
        if reduced >= self.modulus { reduced - self.modulus } else { reduced }
    }

    const fn power(&self, base: u64, mut exponent: u64) -> u64 {
        let (mut base, mut power) = (base, self.one);
        while exponent > 0 {
            if exponent & 1 == 1 {
                power = self.product(power, base);
            }
            base = self.product(base, base);
            exponent >>= 1;
        }
        power
    }

    /// `1 / a`; 0 for 0, which the caller has to refuse.
    const fn reciprocal(&self, a: u64) -> u64 {
        self.power(a, self.modulus - 2)
    }

    /// A whole number as an element.
    const fn whole(&self, n: u64) -> u64 {
        self.product(n % self.modulus, self.square)
    }

    /// An element as a whole number.
    const fn number(&self, a: u64) -> u64 {
        self.reduced(a as u128)
    }

    /// `a` to the power `numerator / degree` where roots of that degree are unique: for an odd degree everywhere, for an
    /// even one among the elements of odd order, where roots keep products.
    fn root(&self, a: u64, numerator: i64, degree: u64) -> Option<u64> {
        let (order, base) = (self.odd, if numerator < 0 { self.reciprocal(a) } else { a });
        let order = if degree.is_multiple_of(2) { order } else { 8 * order };
        if degree.is_multiple_of(2) && self.power(a, self.odd) != self.one {
            return None;
        }
        // The whole number that is 1 modulo the degree and 0 modulo the order, divided by the degree.
        let inverse = (0..degree).find(|k| (u128::from(*k) * u128::from(order) + 1) % u128::from(degree) == 0)?;
        let inverse = ((u128::from(inverse) * u128::from(order) + 1) / u128::from(degree)) as u64;
        Some(self.power(self.power(base, inverse), numerator.unsigned_abs()))
    }
}

/// The images of one number in a tower.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Images<const TOWER: usize> {
    at: [u64; LEVELS],
    /// How many of them keep sums and products alike; the first one always does.
    exact: usize,
}

/// An even root that is not unique in the field, or a division by 0 there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    Root,
    Division,
}

impl<const TOWER: usize> Images<TOWER> {
    const FIELDS: &'static [Prime; LEVELS] = &TOWERS[TOWER];

    fn each(exact: usize, of: impl Fn(usize, &Prime) -> u64) -> Self {
        Self { at: std::array::from_fn(|level| of(level, &Self::FIELDS[level])), exact }
    }

    /// `whole · 2^exponent`.
    pub(super) fn binary(whole: u64, exponent: i32) -> Self {
        Self::scaled(whole, exponent, |field| [field.whole(2), field.half])
    }

    /// `whole · 10^exponent`.
    pub(super) fn decimal(whole: u64, exponent: i32) -> Self {
        Self::scaled(whole, exponent, |field| [field.whole(10), field.tenth])
    }

    fn scaled(whole: u64, exponent: i32, base: impl Fn(&Prime) -> [u64; 2]) -> Self {
        Self::each(LEVELS, |_, field| {
            let power = field.power(base(field)[usize::from(exponent < 0)], exponent.unsigned_abs().into());
            field.product(field.whole(whole), power)
        })
    }

    pub(super) fn whole(n: i64) -> Self {
        let size = Self::each(LEVELS, |_, field| field.whole(n.unsigned_abs()));
        if n < 0 { size.negative() } else { size }
    }

    pub(super) fn sixteenths(n: i64) -> Self {
        Self::whole(n).product(Self::each(LEVELS, |_, field| field.sixteenth))
    }

    pub(super) fn sum(self, b: Self) -> Self {
        Self::each(self.exact.min(b.exact), |level, field| field.sum(self.at[level], b.at[level]))
    }

    pub(super) fn negative(self) -> Self {
        Self::each(self.exact, |level, field| field.negative(self.at[level]))
    }

    pub(super) fn product(self, b: Self) -> Self {
        Self::each(self.exact.min(b.exact), |level, field| field.product(self.at[level], b.at[level]))
    }

    pub(super) fn quotient(self, b: Self) -> Result<Self, Lost> {
        if b.at[..self.exact.min(b.exact)].contains(&0) {
            return Err(Lost::Division);
        }
        Ok(self.product(Self::each(b.exact, |level, field| field.reciprocal(b.at[level]))))
    }

    pub(super) fn reciprocal(self) -> Result<Self, Lost> {
        Self::whole(1).quotient(self)
    }

    pub(super) fn is_zero(&self) -> bool {
        self.at[..self.exact].iter().all(|&at| at == 0)
    }

    pub(super) fn equals(&self, b: &Self) -> bool {
        let exact = self.exact.min(b.exact);
        self.at[..exact] == b.at[..exact]
    }

    /// The first image, which equal numbers share.
    pub(super) fn first(&self) -> u64 {
        self.at[0]
    }

    /// A power of a fixed element of each field, the exponent taken in the next one. It has one exact image fewer.
    fn powers(self, base: impl Fn(&Prime) -> u64) -> Self {
        let (last, negative) = self.even();
        Self::each((self.exact - 1).max(1), |level, field| match Self::FIELDS.get(level + 1) {
            Some(next) => field.power(base(field), next.number(self.at[level + 1])),
            None => {
                let power = field.power(base(field), if last == 0 { 0 } else { scrambled(0, last) });
                if negative { field.reciprocal(power) } else { power }
            }
        })
    }

    pub(super) fn exponential(self) -> Self {
        self.powers(|field| field.e)
    }

    /// Cosine and sine, from the power that is cos x + i sin x.
    pub(super) fn circle(self) -> [Self; 2] {
        let turn = self.powers(|field| field.circle);
        let back = Self::each(turn.exact, |level, field| field.reciprocal(turn.at[level])); // a power is never 0
        let part = |factor: fn(&Prime) -> u64, b: Self| {
            Self::each(turn.exact, |_, field| field.product(factor(field), field.half)).product(turn.sum(b))
        };
        [part(|field| field.one, back), part(|field| field.negative(field.i), back.negative())]
    }

    /// The smaller of the first image and its negative, and whether it is the negative.
    fn even(&self) -> (u64, bool) {
        let negative = Self::FIELDS[0].negative(self.at[0]);
        if negative < self.at[0] { (negative, true) } else { (self.at[0], false) }
    }

    /// A fixed function of which nothing is known but f(−x) = −f(x).
    pub(super) fn odd(self, tag: u64) -> Self {
        let (size, negative) = self.even();
        let y = Self::each(LEVELS, |level, field| match size {
            0 => 0,
            _ => field.whole(scrambled(tag + level as u64, size)),
        });
        if negative { y.negative() } else { y }
    }

    /// A fixed number of which nothing is known but that its even roots are unique.
    pub(super) fn quarter_turn() -> Self {
        Self::each(LEVELS, |level, field| field.power(field.whole(scrambled(1, level as u64)), 8))
    }

    /// A fixed function of which nothing is known.
    pub(super) fn fixed(self, tag: u64) -> Self {
        Self::each(LEVELS, |level, field| field.whole(scrambled(tag + level as u64, self.at[0])))
    }

    /// A fixed function of which nothing is known but ln(1/x) = −ln x and ln e = 1.
    pub(super) fn logarithm(self, tag: u64) -> Self {
        let field = &Self::FIELDS[0];
        let (a, inverse) = (self.at[0], field.reciprocal(self.at[0]));
        let (size, negative) = if inverse < a { (inverse, true) } else { (a, false) };
        let y = Self::each(LEVELS, |level, own| match size {
            _ if a == inverse => 0,
            _ if a == field.e || inverse == field.e => own.one,
            _ => own.whole(scrambled(tag + level as u64, size)),
        });
        if inverse == field.e || (a != field.e && negative) { y.negative() } else { y }
    }

    /// The power `numerator / degree`; even roots keep products, being taken among the elements of odd order.
    pub(super) fn root(self, numerator: i64, degree: u64) -> Result<Self, Lost> {
        if numerator < 0 && self.at[..self.exact].contains(&0) {
            return Err(Lost::Division);
        }
        if self.is_zero() {
            return Ok(Self::whole((numerator == 0).into()));
        }
        let roots: [Option<u64>; LEVELS] =
            std::array::from_fn(|level| Self::FIELDS[level].root(self.at[level], numerator, degree));
        let unique = roots.iter().take_while(|root| root.is_some()).count();
        if unique == 0 {
            return Err(Lost::Root);
        }
        Ok(Self::each(self.exact.min(unique), |level, field| {
            roots[level].unwrap_or_else(|| field.whole(scrambled(degree, self.at[0])))
        }))
    }
}

/// A fixed function without any pattern, from an element to a number below 2^62.
fn scrambled(tag: u64, a: u64) -> u64 {
    // The finaliser of splitmix64 (G. L. Steele, D. Lea, C. H. Flood, *Fast splittable pseudorandom number generators*, 2014).
    let mut z = a.wrapping_add(tag.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    for _ in 0..2 {
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
    }
    z >> 2
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Miller and Rabin's test; with these bases it errs for no number below 3·10^24 (Sorenson & Webster 2015).
    fn is_prime(n: u64) -> bool {
        let power = |mut base: u128, mut exponent: u64| {
            let mut power = 1;
            while exponent > 0 {
                if exponent % 2 == 1 {
                    power = power * base % u128::from(n);
                }
                base = base * base % u128::from(n);
                exponent /= 2;
            }
            power
        };
        let twos = (n - 1).trailing_zeros();
        [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41].iter().all(|&base| {
            let powers = (0..twos).map(|k| power(base, ((n - 1) >> twos) << k)).collect::<Vec<_>>();
            powers[0] == 1 || powers.contains(&u128::from(n - 1))
        })
    }

    #[test]
    fn towers_are_what_they_are_said_to_be() {
        assert!(is_prime(1_000_003) && !is_prime(1_000_001));
        for tower in &TOWERS {
            for (level, prime) in tower.iter().enumerate() {
                let p = prime.modulus;
                assert!(is_prime(p) && p % 16 == 9 && p < 1 << 62 && prime.odd % 3 != 0 && prime.odd % 5 != 0);
                assert!(p as f64 >= SMALLEST);
                let next = tower.get(level + 1).map_or(prime.odd, |next| next.modulus);
                assert_eq!((p - 1) % next, 0);
                for generator in [prime.e, prime.circle] {
                    assert!(generator != prime.one && prime.power(generator, next) == prime.one);
                }
                assert_ne!(prime.e, prime.circle);
                assert_eq!(prime.sum(prime.product(prime.i, prime.i), prime.one), 0);
                assert_eq!(prime.number(prime.product(prime.whole(1 << 40), prime.sixteenth)), 1 << 36);
                let eight = prime.whole(8);
                assert_eq!(prime.root(eight, 1, 3), Some(prime.whole(2)));
                assert_eq!(prime.root(eight, -2, 3), Some(prime.reciprocal(prime.whole(4))));
            }
        }
        for prime in [&TOWERS[0][0], &TOWERS[1][0]] {
            assert!([2, 5, 7, 11].iter().all(|&n| prime.root(prime.whole(n), 1, 2).is_some()));
        }
        assert!(TOWERS[0].iter().all(|a| TOWERS[1].iter().all(|b| a.modulus != b.modulus)));
    }
}
