//! Floating-point numbers in Go's forms: `%e %f %g %b %x`.

use std::fmt::{self, Write};

use super::integer::digits;

/// Formats a number as Go's `strconv.FormatFloat` does: `form` is one of `e E f g G b x X`, a missing `precision` asks
/// for as many digits as are needed to tell the number from its neighbours.
pub fn float(number: f64, form: char, precision: Option<usize>, single: bool) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let mut out = String::new();
    if number.is_sign_negative() {
        out.push('-');
    }
    push_float(&mut out, number.abs(), form, precision, single);
    out
}

/// Writes a number that is neither negative nor infinite.
pub(super) fn push_float(
    out: &mut String,
    magnitude: f64,
    form: char,
    precision: Option<usize>,
    single: bool,
) {
    // Writing to a string cannot fail.
    let _ = match (form, precision) {
        ('b', _) => binary(out, magnitude, single),
        ('x' | 'X', _) => {
            let text = hexadecimal(magnitude, precision);
            out.write_str(&if form == 'X' {
                text.to_uppercase()
            } else {
                text
            })
        }
        ('f' | 'F', Some(precision)) => match fixed(magnitude, precision) {
            Some(number) => {
                push_fixed(out, number, precision);
                Ok(())
            }
            None => write!(out, "{magnitude:.precision$}"),
        },
        ('f' | 'F', None) => plain(out, &Decimal::shortest(magnitude, single)),
        ('e' | 'E', Some(precision)) => {
            scientific(out, &Decimal::rounded(magnitude, precision + 1), form)
        }
        ('e' | 'E', None) => scientific(out, &Decimal::shortest(magnitude, single), form),
        _ => general(out, magnitude, form, precision, single),
    };
}

/// Decimal digits without trailing zeros' meaning: `d.ddd` times ten to the exponent.
struct Decimal {
    digits: String,
    exponent: i32,
}

impl Decimal {
    /// The fewest digits that read back as the same number.
    fn shortest(magnitude: f64, single: bool) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the number is a float32 then"
        )]
        let text = if single {
            format!("{:e}", magnitude as f32)
        } else {
            format!("{magnitude:e}")
        };
        Self::of(&text)
    }

    /// The given number of digits, at least one.
    fn rounded(magnitude: f64, digits: usize) -> Self {
        Self::of(&format!("{magnitude:.*e}", digits.max(1) - 1))
    }

    fn of(text: &str) -> Self {
        let (digits, exponent) = text.split_once('e').unwrap_or((text, "0"));
        Self {
            digits: digits.replace('.', ""),
            exponent: exponent.parse().unwrap_or(0),
        }
    }
}

/// A number times ten to the precision, rounded to the nearest whole number, half to even; `None` where that takes more
/// than a few machine words.
fn fixed(magnitude: f64, precision: usize) -> Option<u64> {
    let (mantissa, exponent) = parts(magnitude);
    let shift = u32::try_from(-exponent)
        .ok()
        .filter(|shift| (1..=120).contains(shift))?;
    let power = u32::try_from(precision).ok().filter(|power| *power <= 15)?;
    // At most 53 and 50 bits.
    let scaled = u128::from(mantissa) * u128::from(10u64.pow(power));
    let (whole, rest) = (scaled >> shift, scaled & ((1 << shift) - 1));
    let half = 1 << (shift - 1);
    let up = rest > half || (rest == half && whole & 1 == 1);
    u64::try_from(whole + u128::from(up)).ok()
}

/// Writes a number of so many digits behind the point.
fn push_fixed(out: &mut String, number: u64, precision: usize) {
    let mut buffer = [0; 64];
    let digits = digits(&mut buffer, number, 10, false);
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(precision));
    out.push_str(if whole.is_empty() { "0" } else { whole });
    if precision > 0 {
        out.push('.');
        out.extend((fraction.len()..precision).map(|_| '0'));
        out.push_str(fraction);
    }
}

/// `%g`: scientific for very small and very large numbers, plain otherwise.
fn general(
    out: &mut String,
    magnitude: f64,
    form: char,
    precision: Option<usize>,
    single: bool,
) -> fmt::Result {
    if precision.is_none()
        && let Some(whole) = whole(magnitude).filter(|whole| *whole < 1_000_000)
    {
        return write!(out, "{whole}");
    }
    let decimal = match precision {
        Some(precision) => {
            let mut decimal = Decimal::rounded(magnitude, precision);
            let kept = decimal.digits.trim_end_matches('0').len().max(1);
            decimal.digits.truncate(kept);
            decimal
        }
        None => Decimal::shortest(magnitude, single),
    };
    let bound = match precision {
        None => 6,
        // All digits of a whole number are shown where they are at hand.
        Some(precision) => {
            let precision = precision.max(1);
            let len = decimal.digits.len();
            let whole = i32::try_from(len).unwrap_or(i32::MAX) > decimal.exponent;
            if precision > len && whole {
                len
            } else {
                precision
            }
        }
    };
    let bound = i32::try_from(bound).unwrap_or(i32::MAX);
    if decimal.exponent < -4 || decimal.exponent >= bound {
        let form = if form == 'G' { 'E' } else { 'e' };
        return scientific(out, &decimal, form);
    }
    plain(out, &decimal)
}

fn scientific(out: &mut String, decimal: &Decimal, form: char) -> fmt::Result {
    let (first, rest) = decimal.digits.split_at(decimal.digits.len().min(1));
    let point = if rest.is_empty() { "" } else { "." };
    let sign = if decimal.exponent < 0 { '-' } else { '+' };
    write!(
        out,
        "{first}{point}{rest}{form}{sign}{:02}",
        decimal.exponent.unsigned_abs()
    )
}

fn plain(out: &mut String, decimal: &Decimal) -> fmt::Result {
    let digits = &decimal.digits;
    let Ok(point) = usize::try_from(decimal.exponent + 1) else {
        out.push_str("0.");
        out.extend((1..decimal.exponent.unsigned_abs()).map(|_| '0'));
        return out.write_str(digits);
    };
    if point == 0 {
        return write!(out, "0.{digits}");
    }
    if digits.len() <= point {
        out.push_str(digits);
        out.extend((digits.len()..point).map(|_| '0'));
        return Ok(());
    }
    let (whole, fraction) = digits.split_at(point);
    write!(out, "{whole}.{fraction}")
}

/// Mantissa and exponent of two, normalized as the machine has them.
fn parts(magnitude: f64) -> (u64, i32) {
    let bits = magnitude.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let exponent = i32::try_from(bits >> 52 & 0x7ff).unwrap_or(0);
    if exponent == 0 {
        (fraction, -1074)
    } else {
        (fraction | 1 << 52, exponent - 1075)
    }
}

/// A number that is whole and has a mantissa of as many bits, as a port or a count has.
fn whole(magnitude: f64) -> Option<u64> {
    let (mantissa, exponent) = parts(magnitude);
    let shift = u32::try_from(-exponent).ok().filter(|shift| *shift <= 52)?;
    let whole = mantissa >> shift;
    (whole << shift == mantissa).then_some(whole)
}

/// `%b`: a whole mantissa and an exponent of two.
fn binary(out: &mut String, magnitude: f64, single: bool) -> fmt::Result {
    let (mut mantissa, mut exponent) = parts(magnitude);
    if single {
        // A float32 has 29 bits less; a subnormal one fewer still.
        mantissa >>= 29;
        exponent += 29;
        while exponent < -149 {
            mantissa >>= 1;
            exponent += 1;
        }
        if magnitude == 0.0 {
            exponent = -149;
        }
    }
    write!(out, "{mantissa}p{exponent:+}")
}

/// `%x`: a hexadecimal mantissa and an exponent of two.
fn hexadecimal(magnitude: f64, precision: Option<usize>) -> String {
    let (mut mantissa, mut exponent) = parts(magnitude);
    if mantissa == 0 {
        exponent = 0;
    } else {
        // One digit before the point, which is 1, and sixty bits after it.
        exponent += 52;
        while mantissa >> 52 == 0 {
            mantissa <<= 1;
            exponent -= 1;
        }
        mantissa <<= 8;
    }
    if let Some(precision) = precision
        && precision < 15
    {
        let shift = 60 - precision * 4;
        let extra = mantissa & ((1 << shift) - 1);
        mantissa -= extra;
        let half = 1u64 << (shift - 1);
        if extra > half || (extra == half && mantissa >> shift & 1 == 1) {
            mantissa += 1 << shift;
        }
        if mantissa >> 61 != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let lead = mantissa >> 60 & 1;
    let mut fraction = format!("{:015x}", mantissa & ((1 << 60) - 1));
    match precision {
        None => fraction.truncate(fraction.trim_end_matches('0').len()),
        Some(precision) => {
            fraction.truncate(precision);
            while fraction.len() < precision {
                fraction.push('0');
            }
        }
    }
    let point = if fraction.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!(
        "0x{lead}{point}{fraction}p{sign}{:02}",
        exponent.unsigned_abs()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_points_are_those_of_the_exact_way() {
        let mut numbers = vec![
            0.0,
            0.5,
            1.5,
            2.5,
            0.125,
            0.375,
            1e15,
            9.995,
            0.045,
            1e-7,
            123_456.789,
            f64::MAX,
            5e-324,
        ];
        // A sequence that is no pattern, over many magnitudes.
        let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
        for _ in 0..20_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let exponent = 0x3ff - 50 + (state >> 58);
            numbers.push(f64::from_bits((state & ((1 << 52) - 1)) | exponent << 52));
        }
        for number in numbers {
            for precision in [0, 1, 2, 3, 6, 15] {
                assert_eq!(
                    float(number, 'f', Some(precision), false),
                    format!("{number:.precision$}")
                );
            }
        }
    }
}
