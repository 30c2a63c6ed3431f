//! Number and character constants in all of Go's forms.
//!
//! Truth: the Go specification's lexical elements, and `strconv` as `text/template` uses it.

use std::borrow::Cow;

use crate::lex::Kind;

/// A constant, which like Go's untyped constants may be used as several types.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Constant {
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
    pub(crate) complex: Option<(f64, f64)>,
    /// Whether the constant is a `float64` where any type will do.
    reads_as_float: bool,
}

/// What a constant is where any type will do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ideal {
    Int(i64),
    Float(f64),
    Complex(f64, f64),
    /// An integer that does not fit an `int`.
    Overflow,
}

impl Constant {
    /// Reads a constant, or says what Go says about it.
    pub(crate) fn parse(text: &str, kind: Kind) -> Result<Self, String> {
        match kind {
            Kind::Char => Self::character(text),
            Kind::Complex => Self::sum(text),
            _ => Self::number(text),
        }
    }

    pub(crate) fn ideal(&self) -> Ideal {
        match (self.complex, self.float, self.int) {
            (Some((re, im)), ..) => Ideal::Complex(re, im),
            (_, Some(float), _) if self.reads_as_float => Ideal::Float(float),
            (_, _, Some(int)) => Ideal::Int(int),
            _ => Ideal::Overflow,
        }
    }

    fn character(text: &str) -> Result<Self, String> {
        let inner = text.strip_prefix('\'').unwrap_or(text);
        let (c, rest) = unescape(inner, '\'').ok_or("invalid syntax")?;
        if rest != "'" {
            return Err(format!("malformed character constant: {text}"));
        }
        Ok(Self::from_int(i64::from(c.code())))
    }

    fn from_int(int: i64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "Go's conversion loses the same")]
        let float = int as f64;
        Self {
            int: Some(int),
            uint: u64::try_from(int).ok(),
            float: Some(float),
            ..Self::default()
        }
    }

    fn number(text: &str) -> Result<Self, String> {
        let illegal = || format!("illegal number syntax: {}", crate::format::quote(text));
        if let Some(imaginary) = text.strip_suffix('i') {
            // A decimal with leading zeros is not octal here.
            let im = parse_float(imaginary).ok_or_else(illegal)?;
            return Ok(Self::imaginary(0.0, im));
        }
        let int = parse_int(text);
        let uint = parse_uint(text).or_else(|| (int == Some(0)).then_some(0));
        let has_mark = text.contains(['.', 'e', 'E', 'p', 'P']);
        let mut constant = if let Some(int) = int {
            Self {
                uint,
                ..Self::from_int(int)
            }
        } else if let Some(uint) = uint {
            #[expect(clippy::cast_precision_loss, reason = "Go's conversion loses the same")]
            let float = uint as f64;
            Self {
                uint: Some(uint),
                float: Some(float),
                ..Self::default()
            }
        } else {
            let float = parse_float(text).ok_or_else(illegal)?;
            if !has_mark {
                return Err(format!("integer overflow: {}", crate::format::quote(text)));
            }
            Self {
                float: Some(float),
                int: whole(float),
                uint: whole_unsigned(float),
                ..Self::default()
            }
        };
        let is_hex = text.starts_with("0x") || text.starts_with("0X");
        constant.reads_as_float = has_mark && (!is_hex || text.contains(['p', 'P']));
        Ok(constant)
    }

    /// A complex constant such as `1+2i`.
    fn sum(text: &str) -> Result<Self, String> {
        let illegal = || format!("illegal number syntax: {}", crate::format::quote(text));
        let split = text
            .char_indices()
            .skip(1)
            .filter(|(at, c)| {
                matches!(c, '+' | '-')
                    && !text[..*at].ends_with(['p', 'P'])
                    && (!text[..*at].ends_with(['e', 'E']) || text[..*at].contains(['x', 'X']))
            })
            .map(|(at, _)| at)
            .next()
            .ok_or_else(illegal)?;
        let re = parse_float(&text[..split]).ok_or_else(illegal)?;
        let im = text[split..]
            .strip_suffix('i')
            .and_then(parse_float)
            .ok_or_else(illegal)?;
        Ok(Self::imaginary(re, im))
    }

    /// A complex constant, also usable as a real one if it has no imaginary part.
    fn imaginary(re: f64, im: f64) -> Self {
        if im != 0.0 {
            return Self {
                complex: Some((re, im)),
                ..Self::default()
            };
        }
        Self {
            complex: Some((re, im)),
            float: Some(re),
            int: whole(re),
            uint: whole_unsigned(re),
            reads_as_float: false,
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "the round trip shows whether the number is whole"
)]
fn whole(float: f64) -> Option<i64> {
    let int = float as i64;
    (int as f64 == float && float < 9_223_372_036_854_775_808.0).then_some(int)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "the round trip shows whether the number is whole"
)]
fn whole_unsigned(float: f64) -> Option<u64> {
    let int = float as u64;
    (float >= 0.0 && int as f64 == float && float < 18_446_744_073_709_551_616.0).then_some(int)
}

// === numbers ===

/// Reads an integer with a base prefix and underscores as Go's literals have them.
pub(crate) fn parse_int(text: &str) -> Option<i64> {
    let (negative, digits) = sign(text);
    let magnitude = parse_uint(digits)?;
    if negative {
        0i64.checked_sub_unsigned(magnitude)
    } else {
        i64::try_from(magnitude).ok()
    }
}

pub(crate) fn parse_uint(text: &str) -> Option<u64> {
    if !underscores_fit(text) {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let (base, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, &lower[..]),
    };
    let digits = digits.replace('_', "");
    if digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(&digits, base).ok()
}

/// Reads a floating-point number as Go's `strconv.ParseFloat` reads a literal; `None` also if it is out of range.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    if !underscores_fit(text) {
        return None;
    }
    let (negative, rest) = sign(text);
    let digits = rest.replace('_', "");
    let magnitude = match digits.get(..2) {
        Some("0x" | "0X") => parse_hex_float(&digits[2..])?,
        _ if digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') => digits.parse().ok()?,
        _ => return None,
    };
    if !f64::is_finite(magnitude) {
        return None;
    }
    Some(if negative { -magnitude } else { magnitude })
}

/// Reads a hexadecimal floating-point number after its `0x`.
fn parse_hex_float(text: &str) -> Option<f64> {
    let (digits, exponent) = text.split_once(['p', 'P'])?;
    let mut exponent: i64 = exponent.parse().ok()?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut mantissa: u64 = 0;
    for (i, c) in whole.chars().chain(fraction.chars()).enumerate() {
        let digit = u64::from(c.to_digit(16)?);
        if mantissa >> 58 == 0 {
            mantissa = mantissa << 4 | digit;
            if i >= whole.len() {
                exponent -= 4;
            }
        } else {
            // What does not fit only matters as not being zero.
            mantissa |= u64::from(digit != 0);
            if i < whole.len() {
                exponent += 4;
            }
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "rounds to nearest, as wanted")]
    let mut value = mantissa as f64;
    let mut left = exponent.clamp(-5000, 5000);
    while left != 0 && value != 0.0 && value.is_finite() {
        let step = i32::try_from(left.clamp(-500, 500)).ok()?;
        value *= 2f64.powi(step);
        left -= i64::from(step);
    }
    Some(value)
}

fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// Whether each underscore stands between digits, where a base prefix counts as one.
fn underscores_fit(text: &str) -> bool {
    if !text.contains('_') {
        return true;
    }
    let (_, rest) = sign(text);
    let lower = rest.to_ascii_lowercase();
    let hex = lower.starts_with("0x");
    let prefixed = hex || lower.starts_with("0b") || lower.starts_with("0o");
    let body = if prefixed { &lower[2..] } else { &lower[..] };
    let mut last = if prefixed { '0' } else { '!' };
    for c in body.chars() {
        last = match c {
            '0'..='9' => '0',
            'a'..='f' if hex => '0',
            '_' if last == '0' => '_',
            '_' => return false,
            _ if last == '_' => return false,
            _ => '!',
        };
    }
    last != '_'
}

// === escapes ===

/// What one character or escape of a literal stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Char(char),
    /// A byte that need not be a character by itself.
    Byte(u8),
}

impl Unit {
    fn code(self) -> u32 {
        match self {
            Self::Char(c) => c.into(),
            Self::Byte(b) => b.into(),
        }
    }
}

/// Reads one character or escape of a literal in the given quotes.
fn unescape(text: &str, quote: char) -> Option<(Unit, &str)> {
    let mut chars = text.chars();
    let first = chars.next()?;
    if first == quote || first == '\n' {
        return None;
    }
    if first != '\\' {
        return Some((Unit::Char(first), chars.as_str()));
    }
    let kind = chars.next()?;
    let rest = chars.as_str();
    let plain = |c| Some((Unit::Char(c), rest));
    match kind {
        'a' => plain('\u{7}'),
        'b' => plain('\u{8}'),
        'f' => plain('\u{c}'),
        'n' => plain('\n'),
        'r' => plain('\r'),
        't' => plain('\t'),
        'v' => plain('\u{b}'),
        '\\' => plain('\\'),
        c if c == quote => plain(c),
        'x' => {
            let (code, rest) = digits(rest, 2, 16)?;
            Some((Unit::Byte(u8::try_from(code).ok()?), rest))
        }
        '0'..='7' => {
            let (code, rest) = digits(&text[1..], 3, 8)?;
            Some((Unit::Byte(u8::try_from(code).ok()?), rest))
        }
        'u' => {
            let (code, rest) = digits(rest, 4, 16)?;
            Some((Unit::Char(char::from_u32(code)?), rest))
        }
        'U' => {
            let (code, rest) = digits(rest, 8, 16)?;
            Some((Unit::Char(char::from_u32(code)?), rest))
        }
        _ => None,
    }
}

fn digits(text: &str, count: usize, base: u32) -> Option<(u32, &str)> {
    let digits = text.get(..count)?;
    if !digits.chars().all(|c| c.is_digit(base)) {
        return None;
    }
    Some((u32::from_str_radix(digits, base).ok()?, &text[count..]))
}

/// The contents of a string literal, in double quotes or back quotes; `None` if an escape is wrong.
pub(crate) fn unquote(literal: &str) -> Option<Cow<'_, str>> {
    if let Some(raw) = literal.strip_prefix('`') {
        let raw = raw.strip_suffix('`')?;
        return Some(if raw.contains('\r') {
            raw.replace('\r', "").into()
        } else {
            raw.into()
        });
    }
    let mut rest = literal.strip_prefix('"')?.strip_suffix('"')?;
    if !rest.contains('\\') {
        return Some(rest.into());
    }
    let mut bytes = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let (unit, after) = unescape(rest, '"')?;
        match unit {
            Unit::Char(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Unit::Byte(b) => bytes.push(b),
        }
        rest = after;
    }
    Some(crate::text::from_bytes(bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_what_go_makes_of_them() {
        let cases = [
            ("1", Ideal::Int(1)),
            ("-0x1F", Ideal::Int(-31)),
            ("0b101", Ideal::Int(5)),
            ("0o17", Ideal::Int(15)),
            ("017", Ideal::Int(15)),
            ("1_000", Ideal::Int(1000)),
            ("0x_1F", Ideal::Int(31)),
            ("1_0.5", Ideal::Float(10.5)),
            ("1.", Ideal::Float(1.0)),
            (".5", Ideal::Float(0.5)),
            ("1e3", Ideal::Float(1000.0)),
            ("0x1.8p1", Ideal::Float(3.0)),
            ("0x1p-1074", Ideal::Float(5e-324)),
            ("2i", Ideal::Complex(0.0, 2.0)),
            ("-9223372036854775808", Ideal::Int(i64::MIN)),
            ("18446744073709551615", Ideal::Overflow),
        ];
        for (text, want) in cases {
            assert_eq!(
                Constant::parse(text, Kind::Number).unwrap().ideal(),
                want,
                "{text}"
            );
        }
        assert_eq!(
            Constant::parse("1-2i", Kind::Complex).unwrap().ideal(),
            Ideal::Complex(1.0, -2.0)
        );
        assert_eq!(
            Constant::parse("'\\x41'", Kind::Char).unwrap().ideal(),
            Ideal::Int(65)
        );
    }

    #[test]
    fn wrong_constants_are_refused_in_go_s_words() {
        let cases = [
            ("0x", "illegal number syntax: \"0x\""),
            ("08", "integer overflow: \"08\""),
            ("1__0", "illegal number syntax: \"1__0\""),
            ("1e400", "illegal number syntax: \"1e400\""),
            (
                "99999999999999999999",
                "integer overflow: \"99999999999999999999\"",
            ),
        ];
        for (text, want) in cases {
            assert_eq!(Constant::parse(text, Kind::Number).unwrap_err(), want);
        }
    }

    #[test]
    fn literals_are_unquoted() {
        let cases = [
            (r#""a\tb\"\\""#, Some("a\tb\"\\")),
            (r#""\u00e9\101\xc3\xa9""#, Some("éAé")),
            (r#""\xff""#, Some("\u{fffd}")),
            ("`a\\n`", Some("a\\n")),
            (r#""\q""#, None),
            (r#""\'""#, None),
            (r#""\ud800""#, None),
            (r#""\400""#, None),
        ];
        for (literal, want) in cases {
            assert_eq!(unquote(literal).as_deref(), want, "{literal}");
        }
    }
}
