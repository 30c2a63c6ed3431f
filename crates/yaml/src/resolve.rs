//! From the text of a plain scalar to its value: YAML 1.1 as Go's `gopkg.in/yaml.v2` has it.

use std::borrow::Cow;

use outrigger_json::{Number, Value};

/// The value of a plain scalar's text: null, boolean, number or string. `None` for an infinity or not-a-number, which
/// JSON does not have.
///
/// A number keeps its written form where that is JSON's (`1.10`), else takes JSON's (`0x10` becomes 16). Dates and
/// base-60 numbers are strings.
pub fn resolve<'a>(text: impl Into<Cow<'a, str>>) -> Option<Value<'a>> {
    let text = text.into();
    Some(match &*text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Value::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Value::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF"
        | "-.inf" | "-.Inf" | "-.INF" => return None,
        plain => match number(plain) {
            Some(number) => Value::Number(number),
            None => Value::String(text),
        },
    })
}

fn number(text: &str) -> Option<Number<'static>> {
    let digits = match text.as_bytes().first()? {
        b'.' | b'+' | b'-' | b'0'..=b'9' if text.contains('_') => Cow::Owned(text.replace('_', "")),
        b'.' | b'+' | b'-' | b'0'..=b'9' => Cow::Borrowed(text),
        _ => return None,
    };
    if let Some(integer) = integer(&digits) {
        return Some(integer);
    }
    let decimal = Decimal::split(&digits)?;
    let float: f64 = digits.parse().ok().filter(|f: &f64| f.is_finite())?;
    if decimal.is_json() {
        return Some(Number::Text(Cow::Owned(digits.into_owned())));
    }
    let written = json_float(float);
    Some(integer(&written).unwrap_or(Number::Text(Cow::Owned(written))))
}

/// An integer of 64 bits in one of Go's notations: `10`, `0x1F`, `0b11`, `0o17`, `017`, each with a sign or without.
fn integer(text: &str) -> Option<Number<'static>> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'+' | b'-' => text.split_at(1),
        _ => ("", text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.starts_with(|c: char| c.is_digit(radix)) {
        return None; // `from_str_radix` takes a sign of its own
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    match sign {
        "-" => 0i64.checked_sub_unsigned(magnitude).map(Number::from),
        "+" => i64::try_from(magnitude).ok().map(Number::from),
        _ => Some(Number::Unsigned(magnitude)),
    }
}

/// Whether the text begins as a date does: `2001-1-1`.
pub(crate) fn is_date(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let mut parts = text.splitn(3, '-');
    parts
        .next()
        .is_some_and(|year| year.len() == 4 && digits(year))
        && parts
            .next()
            .is_some_and(|month| month.len() <= 2 && digits(month))
        && parts
            .next()
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// The parts of a decimal number.
pub(crate) struct Decimal<'t> {
    plus: bool,
    integer: &'t str,
    fraction: Option<&'t str>,
}

impl<'t> Decimal<'t> {
    /// Splits `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`.
    pub(crate) fn split(text: &'t str) -> Option<Self> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, Some(exponent)),
            None => (unsigned, None),
        };
        let (integer, fraction) = match mantissa.split_once('.') {
            Some((integer, fraction)) => (integer, Some(fraction)),
            None => (mantissa, None),
        };
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let some_digits = |text: &str| !text.is_empty() && digits(text);
        let valid = digits(integer)
            && fraction.is_none_or(digits)
            && (!integer.is_empty() || fraction.is_some_and(some_digits))
            && exponent.is_none_or(|e| some_digits(e.strip_prefix(['+', '-']).unwrap_or(e)));
        valid.then_some(Self {
            plus: text.starts_with('+'),
            integer,
            fraction,
        })
    }

    fn is_json(&self) -> bool {
        !self.plus
            && !self.integer.is_empty()
            && (self.integer == "0" || !self.integer.starts_with('0'))
            && self.fraction != Some("")
    }
}

/// A float in JSON's grammar, with an exponent where Go writes one.
fn json_float(float: f64) -> String {
    let magnitude = float.abs();
    if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        format!("{float:e}")
    } else {
        float.to_string()
    }
}

/// The key that a float becomes: the shortest form of its 32-bit value in Go's format `g`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "Kubernetes writes such keys with 32 bits"
)]
pub(crate) fn float_key(text: &str) -> String {
    let float = text.parse::<f64>().unwrap_or(f64::NAN) as f32;
    let scientific = format!("{float:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific.replace("inf", ".inf");
    };
    match exponent.parse::<i32>() {
        Ok(e) if (-4..6).contains(&e) => float.to_string(),
        Ok(e) => format!("{mantissa}e{}{:02}", if e < 0 { '-' } else { '+' }, e.abs()),
        Err(_) => scientific,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars() {
        for (text, want) in [
            ("", "null"),
            ("~", "null"),
            ("y", "true"),
            ("Off", "false"),
            ("yEs", "\"yEs\""),
            ("0777", "511"),
            ("0o777", "511"),
            ("-0b101", "-5"),
            ("0x1F", "31"),
            ("1_000", "1000"),
            ("_1", "\"_1\""),
            ("08", "8"),
            ("1.10", "1.10"),
            ("+1.5", "1.5"),
            ("1.", "1"),
            (".5", "0.5"),
            ("1e3", "1e3"),
            ("1e400", "\"1e400\""),
            ("18446744073709551615", "18446744073709551615"),
            ("18446744073709551616", "18446744073709551616"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("2001-01-01", "\"2001-01-01\""),
            ("1:30", "\"1:30\""),
            ("0x", "\"0x\""),
            ("0x+1", "\"0x+1\""),
            ("-", "\"-\""),
            (".", "\".\""),
            ("<<", "\"<<\""),
        ] {
            assert_eq!(
                resolve(text).map(|v| v.to_string()).as_deref(),
                Some(want),
                "{text}"
            );
        }
        assert_eq!(resolve(".inf"), None);
    }

    #[test]
    fn keys_that_are_floats() {
        for (text, want) in [
            ("1.5", "1.5"),
            ("1e5", "100000"),
            ("1e6", "1e+06"),
            ("0.00001", "1e-05"),
            ("1e300", ".inf"),
        ] {
            assert_eq!(float_key(text), want);
        }
    }
}
