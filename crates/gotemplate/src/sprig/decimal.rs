//! Exact decimal numbers, as sprig's float arithmetic uses them.

use num_bigint::{BigInt, Sign};

use crate::function::CallError;

/// `digits` times ten to the power of `exponent`.
#[derive(Clone, Debug)]
pub(super) struct Decimal {
    digits: BigInt,
    exponent: i32,
}

/// Decimals that a division is carried to.
const DIVISION_PLACES: i32 = 16;

impl Decimal {
    /// The shortest decimal that stands for the float.
    pub(super) fn from_float(f: f64) -> Result<Self, CallError> {
        if !f.is_finite() {
            let name = match f {
                f if f.is_nan() => "NaN",
                f if f > 0.0 => "+Inf",
                _ => "-Inf",
            };
            return Err(format!("Cannot create a Decimal from {name}").into());
        }
        let text = format!("{f:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: i64 = format!("{whole}{fraction}").parse().unwrap_or(0);
        let exponent: i32 = exponent.parse().unwrap_or(0);
        let places = i32::try_from(fraction.len()).unwrap_or(0);
        Ok(Self {
            digits: digits.into(),
            exponent: exponent - places,
        })
    }

    /// The nearest float.
    pub(super) fn to_float(&self) -> f64 {
        format!("{}e{}", self.digits, self.exponent)
            .parse()
            .unwrap_or(f64::NAN)
    }

    /// How much there is to compute with, in units of 64 bits.
    pub(super) fn size(&self) -> u64 {
        self.digits.bits() / 64
    }

    #[expect(clippy::unnecessary_wraps, reason = "the operations have one type")]
    pub(super) fn add(&self, other: &Self) -> Result<Self, CallError> {
        let exponent = self.exponent.min(other.exponent);
        Ok(Self {
            digits: self.scaled_to(exponent) + other.scaled_to(exponent),
            exponent,
        })
    }

    pub(super) fn sub(&self, other: &Self) -> Result<Self, CallError> {
        let negated = Self {
            digits: -&other.digits,
            exponent: other.exponent,
        };
        self.add(&negated)
    }

    pub(super) fn mul(&self, other: &Self) -> Result<Self, CallError> {
        let exponent = self
            .exponent
            .checked_add(other.exponent)
            .ok_or("exponent overflow")?;
        Ok(Self {
            digits: &self.digits * &other.digits,
            exponent,
        })
    }

    /// Divides to 16 decimals; a half is rounded away from zero.
    pub(super) fn div(&self, other: &Self) -> Result<Self, CallError> {
        if other.digits.sign() == Sign::NoSign {
            return Err("decimal division by 0".into());
        }
        // self / other * 10^16, as a fraction of two integers.
        let shift = self.exponent - other.exponent + DIVISION_PLACES;
        let [mut above, mut below] = [self.digits.clone(), other.digits.clone()];
        if shift >= 0 {
            above *= power_of_ten(shift);
        } else {
            below *= power_of_ten(-shift);
        }
        let mut quotient = &above / &below;
        let rest = above - &quotient * &below;
        if (rest.magnitude() << 1u32) >= *below.magnitude() {
            let negative =
                (self.digits.sign() == Sign::Minus) != (other.digits.sign() == Sign::Minus);
            quotient += if negative { -1 } else { 1 };
        }
        Ok(Self {
            digits: quotient,
            exponent: -DIVISION_PLACES,
        })
    }

    /// The digits if the exponent were this smaller one.
    fn scaled_to(&self, exponent: i32) -> BigInt {
        &self.digits * power_of_ten(self.exponent - exponent)
    }
}

fn power_of_ten(exponent: i32) -> BigInt {
    BigInt::from(10).pow(u32::try_from(exponent).unwrap_or(0))
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the results are exact")]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_is_decimal() {
        let [a, b] = [0.1, 0.2].map(|f| Decimal::from_float(f).unwrap());
        assert_eq!(a.add(&b).unwrap().to_float(), 0.3);
        let [one, three] = [1.0, 3.0].map(|f| Decimal::from_float(f).unwrap());
        assert_eq!(one.div(&three).unwrap().to_float(), 0.333_333_333_333_333_3);
        let big = Decimal::from_float(1e308).unwrap();
        assert_eq!(big.mul(&big).unwrap().to_float(), f64::INFINITY);
    }
}
