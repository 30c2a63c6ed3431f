//! Go's `time.Duration`.

use std::borrow::Cow;
use std::fmt;

use crate::format;
use crate::function::{CallError, Context};
use crate::object::Object;
use crate::types::Kind;
use crate::value::{Number, Value};

/// A length of time in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Duration(pub(super) i64);

const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

impl Duration {
    /// Reads `1h30m`, `-1.5h`, `300ms` and so on.
    pub(super) fn parse(text: &str) -> Result<Self, CallError> {
        let quoted = || format::quote(text);
        let invalid = || CallError::from(format!("time: invalid duration {}", quoted()));
        let (negative, mut rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if rest == "0" {
            return Ok(Self(0));
        }
        if rest.is_empty() {
            return Err(invalid());
        }
        let mut total: u64 = 0;
        while !rest.is_empty() {
            let (whole, after) = digits(rest);
            let (fraction, after) = match after.strip_prefix('.') {
                Some(after) => digits(after),
                None => ("", after),
            };
            if whole.is_empty() && fraction.is_empty() {
                return Err(invalid());
            }
            let end = after
                .find(|c: char| c == '.' || c.is_ascii_digit())
                .unwrap_or(after.len());
            let (name, after) = after.split_at(end);
            if name.is_empty() {
                return Err(format!("time: missing unit in duration {}", quoted()).into());
            }
            let Some(unit) = unit(name) else {
                let name = format::quote(name);
                return Err(format!("time: unknown unit {name} in duration {}", quoted()).into());
            };
            let whole: u64 = if whole.is_empty() {
                0
            } else {
                whole.parse().map_err(|_| invalid())?
            };
            let sum = whole
                .checked_mul(unit)
                .and_then(|part| part.checked_add(fraction_of(fraction, unit)))
                .and_then(|part| total.checked_add(part))
                .filter(|sum| *sum <= 1 << 63);
            total = sum.ok_or_else(invalid)?;
            rest = after;
        }
        match (negative, i64::try_from(total)) {
            (true, _) => Ok(Self(0_i64.wrapping_sub_unsigned(total))),
            (false, Ok(total)) => Ok(Self(total)),
            (false, Err(_)) => Err(invalid()),
        }
    }

    /// Rounds to whole seconds, a half away from zero.
    pub(super) fn rounded_to_seconds(self) -> Self {
        let second = 1_000_000_000;
        let rest = self.0 % second;
        let whole = self.0 - rest;
        if rest.abs() * 2 < second {
            Self(whole)
        } else {
            Self(whole.saturating_add(second * rest.signum()))
        }
    }

    /// The number of whole years, months, days and so on, in the largest unit of which there is more than one… or `0s`.
    pub(super) fn in_largest_unit(self) -> String {
        let size = self.0.unsigned_abs();
        let units = [
            (365 * DAY, "y"),
            (30 * DAY, "mo"),
            (DAY, "d"),
            (HOUR, "h"),
            (MINUTE, "m"),
            (SECOND, "s"),
        ];
        units.iter().find(|(unit, _)| size > *unit).map_or_else(
            || "0s".to_owned(),
            |(unit, name)| format!("{}{name}", size / unit),
        )
    }

    pub(super) fn into_value<'a>(self) -> Value<'a> {
        Value::object(self)
    }
}

fn digits(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

fn unit(name: &str) -> Option<u64> {
    Some(match name {
        "ns" => 1,
        // The micro sign and the Greek letter.
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => SECOND,
        "m" => MINUTE,
        "h" => HOUR,
        _ => return None,
    })
}

/// The digits after the point times the unit.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "Go computes the fraction in floating point too; it is less than a unit"
)]
fn fraction_of(digits: &str, unit: u64) -> u64 {
    let (mut value, mut scale) = (0_u64, 1_f64);
    for digit in digits.bytes() {
        let next = value
            .checked_mul(10)
            .and_then(|v| v.checked_add(u64::from(digit - b'0')));
        match next.filter(|next| i64::try_from(*next).is_ok()) {
            Some(next) => (value, scale) = (next, scale * 10.0),
            None => break,
        }
    }
    (value as f64 * (unit as f64 / scale)) as u64
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.unsigned_abs();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let fraction = |value: u64, unit: u64| {
            let whole = value / unit;
            let rest = format!("{:0width$}", value % unit, width = unit.ilog10() as usize);
            match rest.trim_end_matches('0') {
                _ if unit == 1 => whole.to_string(),
                "" => whole.to_string(),
                digits => format!("{whole}.{digits}"),
            }
        };
        match size {
            0 => f.write_str("0s"),
            1..1_000 => write!(f, "{size}ns"),
            1_000..1_000_000 => write!(f, "{}\u{b5}s", fraction(size, 1_000)),
            1_000_000..SECOND => write!(f, "{}ms", fraction(size, 1_000_000)),
            _ => {
                let (hours, minutes) = (size / HOUR, size / MINUTE % 60);
                if hours > 0 {
                    write!(f, "{hours}h")?;
                }
                if size >= MINUTE {
                    write!(f, "{minutes}m")?;
                }
                write!(f, "{}s", fraction(size % MINUTE, SECOND))
            }
        }
    }
}

impl<'a> Object<'a> for Duration {
    fn kind(&self) -> Kind {
        Kind::Int64
    }

    fn type_name(&self) -> Cow<'a, str> {
        "time.Duration".into()
    }

    fn scalar(&self) -> Value<'a> {
        Value::Number(Number::Int64(self.0))
    }

    fn display(&self) -> Option<String> {
        Some(self.to_string())
    }

    #[expect(clippy::cast_precision_loss, reason = "Go's methods give floats too")]
    fn method(
        &self,
        name: &str,
        _: &[Value<'a>],
        _: &Context<'_>,
    ) -> Option<Result<Value<'a>, CallError>> {
        let in_units = |unit: u64| {
            let unit = unit.cast_signed();
            Value::Float((self.0 / unit) as f64 + (self.0 % unit) as f64 / unit as f64)
        };
        Some(Ok(match name {
            "String" => self.to_string().into(),
            "Hours" => in_units(HOUR),
            "Minutes" => in_units(MINUTE),
            "Seconds" => in_units(SECOND),
            "Milliseconds" => Value::int64(self.0 / 1_000_000),
            "Microseconds" => Value::int64(self.0 / 1_000),
            "Nanoseconds" => Value::int64(self.0),
            "Abs" => Self(self.0.saturating_abs()).into_value(),
            _ => return None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_go_writes_them() {
        for (text, want) in [
            ("95s", "1m35s"),
            ("-1.5h", "-1h30m0s"),
            ("1h0m0.5s", "1h0m0.5s"),
            ("1500us", "1.5ms"),
            ("1ns", "1ns"),
            ("0", "0s"),
        ] {
            assert_eq!(Duration::parse(text).unwrap().to_string(), want);
        }
    }
}
