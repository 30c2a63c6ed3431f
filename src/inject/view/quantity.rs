//! Resource quantities in the one form that Kubernetes writes: `2000m` is `2`, `1024Mi` is `1Gi`.
//!
//! Source: <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>.

use std::borrow::Cow;

/// How a quantity's suffix was written, which its canonical form keeps where it can.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `m`, `k`, `M`, …
    Decimal,
    /// `Ki`, `Mi`, …
    Binary,
    /// `e3`, …
    Exponent,
}

/// More digits than this are left as they are; they would not fit the arithmetic, and name no real resource.
const MAX_DIGITS: usize = 18;

/// The smallest power of ten that a quantity can have.
const NANO: i32 = -9;

/// The canonical form of a quantity; a text that is none is left as it is.
pub fn canonical(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim();
    let written = match parse(trimmed) {
        Some(parsed) if !parsed.is_kept => parsed.amount.write(),
        _ => None,
    };
    written.map_or(Cow::Borrowed(trimmed), Cow::Owned)
}

/// A quantity in units of ten to the power of `-places`, rounded up; 0 for a text that is none.
pub(super) fn scaled(text: &str, places: i32) -> i64 {
    let Some(Parsed { amount, .. }) = parse(text.trim()) else {
        return 0;
    };
    let exponent = amount.exponent + places;
    let power = 10_i128.pow(exponent.unsigned_abs());
    let value = if exponent >= 0 {
        amount.value.saturating_mul(power)
    } else {
        -(-amount.value).div_euclid(power)
    };
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

struct Parsed {
    amount: Amount,
    /// The text is what Kubernetes would keep.
    is_kept: bool,
}

/// `value` times ten to the power of `exponent`.
struct Amount {
    value: i128,
    exponent: i32,
    form: Form,
}

fn parse(text: &str) -> Option<Parsed> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole = whole.trim_start_matches('0');
    let digits = format!("{whole}{fraction}");
    if !number.contains(|c: char| c.is_ascii_digit())
        || fraction.contains('.')
        || digits.len() > MAX_DIGITS
    {
        return None;
    }
    let (form, power) = read_suffix(suffix)?;
    let places = i32::try_from(fraction.len()).ok()?;
    let value: i128 = if digits.is_empty() {
        0
    } else {
        digits.parse().ok()?
    };
    let is_kept = match form {
        Form::Binary => {
            // What Kubernetes trusts to fit: six decimal digits to every twenty binary ones.
            let room = 14 - i32::try_from(whole.len().max(1)).ok()? - power * 3 / 10;
            places == 0 && room >= 0 && power % 10 == 0 && value & 7 != 0
        }
        Form::Decimal | Form::Exponent => {
            let exponent = power - places;
            exponent >= NANO && exponent % 3 == 0 && !digits.ends_with("000") && !whole.is_empty()
        }
    };
    let (value, exponent) = match form {
        Form::Binary => (value << power, -places),
        Form::Decimal | Form::Exponent => (value, power - places),
    };
    let mut amount = Amount {
        value,
        exponent,
        form,
    };
    amount.bound();
    if text.starts_with('-') {
        amount.value = -amount.value;
    }
    Some(Parsed { amount, is_kept })
}

/// The form of a suffix, with its power of two if it is binary, else of ten.
fn read_suffix(suffix: &str) -> Option<(Form, i32)> {
    let power = match suffix {
        "n" => -9,
        "u" => -6,
        "m" => -3,
        "" => 0,
        "k" => 3,
        "M" => 6,
        "G" => 9,
        "T" => 12,
        "P" => 15,
        "E" => 18,
        _ => {
            if let Some(letter) = suffix.strip_suffix('i') {
                let thousands = ["K", "M", "G", "T", "P", "E"]
                    .iter()
                    .position(|s| *s == letter)?;
                return Some((Form::Binary, 10 * (i32::try_from(thousands).ok()? + 1)));
            }
            let power: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
            return (power.abs() <= MAX_POWER).then_some((Form::Exponent, power));
        }
    };
    Some((Form::Decimal, power))
}

/// The largest power of ten that is computed with.
const MAX_POWER: i32 = 18;

impl Amount {
    /// Rounds up to what can be represented, and caps what is too large.
    fn bound(&mut self) {
        while self.exponent < NANO {
            self.value = (self.value + 9).div_euclid(10);
            self.exponent += 1;
        }
        let one = 10_i128.pow(self.exponent.unsigned_abs());
        if self.form == Form::Binary {
            let most = i128::from(i64::MAX) * one;
            self.value = self.value.min(most);
            if self.value < one {
                self.form = Form::Decimal;
            }
        }
    }

    fn write(mut self) -> Option<String> {
        if self.value == 0 {
            return Some("0".to_owned());
        }
        if self.form == Form::Binary {
            let one = 10_i128.pow(self.exponent.unsigned_abs());
            if self.value % one == 0 && (self.value / one).abs() >= 1024 {
                return Some(write_binary(self.value / one));
            }
            self.form = Form::Decimal;
        }
        while self.value % 10 == 0 {
            self.value /= 10;
            self.exponent += 1;
        }
        while self.exponent.rem_euclid(3) != 0 {
            self.value *= 10;
            self.exponent -= 1;
        }
        let (value, exponent) = (self.value, self.exponent);
        if self.form == Form::Exponent {
            return Some(if exponent == 0 {
                value.to_string()
            } else {
                format!("{value}e{exponent}")
            });
        }
        let place = usize::try_from((exponent - NANO) / 3).ok()?;
        let suffix = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"].get(place)?;
        Some(format!("{value}{suffix}"))
    }
}

fn write_binary(mut value: i128) -> String {
    let mut suffixes = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].into_iter();
    let mut suffix = "";
    while value % 1024 == 0
        && let Some(next) = suffixes.next()
    {
        value /= 1024;
        suffix = next;
    }
    format!("{value}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::{canonical, scaled};

    /// Made by `go run ./view` in tests/schema: a text and what Kubernetes makes of it.
    const REFERENCE: &str = include_str!("../../../tests/data/view/quantities.txt");

    #[test]
    fn quantities_are_written_as_kubernetes_writes_them() {
        let faults: Vec<String> = REFERENCE
            .lines()
            .filter_map(|line| line.split_once(' '))
            .filter(|(text, expected)| canonical(text) != *expected)
            .map(|(text, expected)| format!("{text}: {expected}, not {}", canonical(text)))
            .collect();
        assert!(
            REFERENCE.lines().count() > 100 && faults.is_empty(),
            "{}",
            faults.join("\n")
        );
    }

    #[test]
    fn what_is_no_quantity_stays() {
        for text in [
            "",
            "x",
            "1x",
            "1..2",
            "1.2.3",
            "e3",
            "-",
            ".",
            "1e999999999",
            "1Zi",
            "99999999999999999999Ei",
        ] {
            assert_eq!(canonical(text), text);
        }
    }

    #[test]
    fn quantities_are_numbers_rounded_up() {
        for (text, whole, thousandths) in [
            ("2", 2, 2000),
            ("1500m", 2, 1500),
            ("1Gi", 1 << 30, 1000 << 30),
            ("1.5Ki", 1536, 1_536_000),
            ("100u", 1, 1),
            ("-1500m", -1, -1500),
            ("1e3", 1000, 1_000_000),
            ("9E", 9_000_000_000_000_000_000, i64::MAX),
            ("many", 0, 0),
        ] {
            assert_eq!(
                (scaled(text, 0), scaled(text, 3)),
                (whole, thousandths),
                "{text}"
            );
        }
    }
}
