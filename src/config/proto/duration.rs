//! Durations, read and printed as Go's `time.Duration` is.

use std::fmt;

/// A signed span of time, in nanoseconds; about 292 years at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(pub i64);

const SECOND: i64 = 1_000_000_000;

const UNITS: [(&str, i64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", SECOND),
    ("m", 60 * SECOND),
    ("h", 3_600 * SECOND),
];

impl Duration {
    /// Reads the text form of Go's `time.ParseDuration`: `45s`, `1m30s`, `-1.5h`, `0`.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, mut rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        if rest == "0" {
            return Some(Self(0));
        }
        if rest.is_empty() {
            return None;
        }
        let mut total: i128 = 0;
        while !rest.is_empty() {
            let number_end = rest
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .filter(|&at| at > 0)?;
            let (number, after) = rest.split_at(number_end);
            let unit_end = after
                .find(|c: char| c.is_ascii_digit() || c == '.')
                .unwrap_or(after.len());
            let (unit, after) = after.split_at(unit_end);
            let nanos = UNITS.iter().find(|(name, _)| *name == unit)?.1;
            total += scaled(number, nanos)?;
            if total > i128::from(i64::MAX) + i128::from(negative) {
                return None;
            }
            rest = after;
        }
        i64::try_from(if negative { -total } else { total })
            .ok()
            .map(Self)
    }

    /// Seconds with their fraction.
    pub fn as_seconds(self) -> f64 {
        let span = std::time::Duration::from_nanos(self.0.unsigned_abs());
        span.as_secs_f64()
            .copysign(if self.0 < 0 { -1.0 } else { 1.0 })
    }

    /// Whole seconds, towards zero.
    pub const fn seconds(self) -> i64 {
        self.0 / SECOND
    }

    /// Nanoseconds beyond the whole seconds, of the same sign.
    pub const fn subsecond_nanos(self) -> i64 {
        self.0 % SECOND
    }

    /// The text form in proto3 JSON: seconds with 0, 3, 6 or 9 decimals.
    pub fn to_proto_json(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (seconds, nanos) = (
            self.seconds().unsigned_abs(),
            self.subsecond_nanos().unsigned_abs(),
        );
        match nanos {
            0 => format!("{sign}{seconds}s"),
            n if n % 1_000_000 == 0 => format!("{sign}{seconds}.{:03}s", n / 1_000_000),
            n if n % 1_000 == 0 => format!("{sign}{seconds}.{:06}s", n / 1_000),
            n => format!("{sign}{seconds}.{n:09}s"),
        }
    }
}

/// `number`, digits with at most one point, times `unit`, rounded towards zero.
fn scaled(number: &str, unit: i64) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let whole: i128 = if whole.is_empty() {
        0
    } else {
        whole.parse::<i64>().ok()?.into()
    };
    // Digits beyond the eighteenth are worth less than a nanosecond, whatever the unit.
    let digits = &fraction[..fraction.len().min(18)];
    let part: i128 = digits.parse().unwrap_or(0);
    let power = 10_i128.pow(u32::try_from(digits.len()).ok()?);
    Some(whole * i128::from(unit) + part * i128::from(unit) / power)
}

impl fmt::Display for Duration {
    /// As Go prints a `time.Duration`: `1m30s`, `1.5s`, `100ms`, `0s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.unsigned_abs();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let fraction = |f: &mut fmt::Formatter<'_>, value: u64, unit: u64, name: &str| {
            let (whole, rest) = (value / unit, value % unit);
            if rest == 0 {
                return write!(f, "{whole}{name}");
            }
            let width = unit.ilog10() as usize;
            let digits = format!("{rest:0width$}");
            write!(f, "{whole}.{}{name}", digits.trim_end_matches('0'))
        };
        let second = SECOND.unsigned_abs();
        match nanos {
            0 => f.write_str("0s"),
            n if n < 1_000 => write!(f, "{n}ns"),
            n if n < 1_000_000 => fraction(f, n, 1_000, "µs"),
            n if n < second => fraction(f, n, 1_000_000, "ms"),
            n => {
                let (hours, minutes) = (n / second / 3_600, n / second / 60 % 60);
                if hours > 0 {
                    write!(f, "{hours}h")?;
                }
                if hours > 0 || minutes > 0 {
                    write!(f, "{minutes}m")?;
                }
                fraction(f, n % (60 * second), second, "s")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints_as_go() {
        for (text, nanos, go, json) in [
            ("45s", 45 * SECOND, "45s", "45s"),
            ("1m30s", 90 * SECOND, "1m30s", "90s"),
            ("1.5s", 1_500_000_000, "1.5s", "1.500s"),
            ("-1.5h", -5_400 * SECOND, "-1h30m0s", "-5400s"),
            ("100ms", 100_000_000, "100ms", "0.100s"),
            ("1500us", 1_500_000, "1.5ms", "0.001500s"),
            ("1us1ns", 1_001, "1.001µs", "0.000001001s"),
            (".5s", 500_000_000, "500ms", "0.500s"),
            ("0", 0, "0s", "0s"),
            (
                "2562047h47m16.854775807s",
                i64::MAX,
                "2562047h47m16.854775807s",
                "9223372036.854775807s",
            ),
        ] {
            let duration = Duration::parse(text);
            assert_eq!(duration, Some(Duration(nanos)), "{text}");
            assert_eq!(Duration(nanos).to_string(), go, "{text}");
            assert_eq!(Duration(nanos).to_proto_json(), json, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_printed_is_read_back(nanos: i64) {
            let duration = Duration(nanos);
            proptest::prop_assert_eq!(Duration::parse(&duration.to_string()), Some(duration));
            proptest::prop_assert_eq!(Duration::parse(&duration.to_proto_json()), Some(duration));
        }
    }

    #[test]
    fn refuses_what_go_refuses() {
        for text in [
            "",
            "-",
            "45",
            "s",
            ".s",
            "1.2.3s",
            "1 s",
            "45x",
            "9999999999h",
            "1é",
            "é",
        ] {
            assert_eq!(Duration::parse(text), None, "{text}");
        }
    }
}
