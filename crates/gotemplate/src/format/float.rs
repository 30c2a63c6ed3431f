//! Floating-point numbers in Go's forms: `%e %f %g %b %x`.

/// Formats a number as Go's `strconv.FormatFloat` does: `form` is one of `e E f g G b x X`, a missing `precision` asks
/// for as many digits as are needed to tell the number from its neighbours.
pub fn float(number: f64, form: char, precision: Option<usize>, single: bool) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let sign = if number.is_sign_negative() { "-" } else { "" };
    let magnitude = number.abs();
    let body = match form {
        'b' => binary(magnitude, single),
        'x' | 'X' => {
            let text = hexadecimal(magnitude, precision);
            if form == 'X' {
                text.to_uppercase()
            } else {
                text
            }
        }
        'f' | 'F' => match precision {
            Some(precision) => format!("{magnitude:.precision$}"),
            None => plain(&Decimal::shortest(magnitude, single)),
        },
        'e' | 'E' => {
            let decimal = match precision {
                Some(precision) => Decimal::rounded(magnitude, precision + 1),
                None => Decimal::shortest(magnitude, single),
            };
            scientific(&decimal, form)
        }
        _ => general(magnitude, form, precision, single),
    };
    format!("{sign}{body}")
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

/// `%g`: scientific for very small and very large numbers, plain otherwise.
fn general(magnitude: f64, form: char, precision: Option<usize>, single: bool) -> String {
    let decimal = match precision {
        Some(precision) => {
            let mut decimal = Decimal::rounded(magnitude, precision);
            let kept = decimal.digits.trim_end_matches('0').len().max(1);
            decimal.digits.truncate(kept);
            decimal
        }
        None => Decimal::shortest(magnitude, single),
    };
    // The bound is the precision asked for, but all digits of a whole number are shown where they are at hand.
    let bound = match precision {
        None => 21.min(6.max(if decimal.digits.len() > 6 { 0 } else { 6 })),
        Some(precision) => {
            let precision = precision.max(1);
            let len = decimal.digits.len();
            let point = decimal.exponent + 1;
            if precision > len && i32::try_from(len).unwrap_or(i32::MAX) >= point {
                len
            } else {
                precision
            }
        }
    };
    let bound = i32::try_from(bound).unwrap_or(i32::MAX);
    if decimal.exponent < -4 || decimal.exponent >= bound {
        let form = if form == 'G' { 'E' } else { 'e' };
        return scientific(&decimal, form);
    }
    plain(&decimal)
}

fn scientific(decimal: &Decimal, form: char) -> String {
    let (first, rest) = decimal.digits.split_at(decimal.digits.len().min(1));
    let point = if rest.is_empty() { "" } else { "." };
    let sign = if decimal.exponent < 0 { '-' } else { '+' };
    format!(
        "{first}{point}{rest}{form}{sign}{:02}",
        decimal.exponent.unsigned_abs()
    )
}

fn plain(decimal: &Decimal) -> String {
    let digits = &decimal.digits;
    let Ok(point) = usize::try_from(decimal.exponent + 1) else {
        let zeros = "0".repeat(usize::try_from(-1 - decimal.exponent).unwrap_or(0));
        return format!("0.{zeros}{digits}");
    };
    if point == 0 {
        return format!("0.{digits}");
    }
    if digits.len() <= point {
        return format!("{digits}{}", "0".repeat(point - digits.len()));
    }
    let (whole, fraction) = digits.split_at(point);
    format!("{whole}.{fraction}")
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

/// `%b`: a whole mantissa and an exponent of two.
fn binary(magnitude: f64, single: bool) -> String {
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
    format!("{mantissa}p{exponent:+}")
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
