//! Numbers, kept as they were written.

use std::{borrow::Cow, fmt};

/// A JSON number: an integer that fits 64 bits, or the text of any other.
///
/// Equality is equality of the written form for [`Number::Text`]: `1.0` and `1.00` differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Number<'a> {
    /// An integer of 0 or more.
    Unsigned(u64),
    /// An integer below 0.
    Signed(i64),
    /// Everything else, in JSON's grammar for numbers: fractions, exponents, integers beyond 64 bits.
    Text(Cow<'a, str>),
}

impl Number<'_> {
    /// The value as an `i64`, if it is an integer that fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Unsigned(n) => i64::try_from(*n).ok(),
            Self::Signed(n) => Some(*n),
            Self::Text(_) => None,
        }
    }

    /// The nearest `f64`; infinite where the text is beyond its range.
    #[expect(
        clippy::cast_precision_loss,
        reason = "the nearest value is what is asked for"
    )]
    pub fn as_f64(&self) -> f64 {
        match self {
            Self::Unsigned(n) => *n as f64,
            Self::Signed(n) => *n as f64,
            Self::Text(text) => text.parse().unwrap_or(f64::NAN),
        }
    }

    /// The same number with its text borrowed from this one.
    pub fn borrowed(&self) -> Number<'_> {
        match self {
            Self::Unsigned(n) => Number::Unsigned(*n),
            Self::Signed(n) => Number::Signed(*n),
            Self::Text(text) => Number::Text(Cow::Borrowed(text)),
        }
    }

    /// The same number, owning its text.
    pub fn into_owned(self) -> Number<'static> {
        match self {
            Self::Unsigned(n) => Number::Unsigned(n),
            Self::Signed(n) => Number::Signed(n),
            Self::Text(text) => Number::Text(Cow::Owned(text.into_owned())),
        }
    }
}

impl From<i64> for Number<'_> {
    fn from(n: i64) -> Self {
        u64::try_from(n).map_or(Self::Signed(n), Self::Unsigned)
    }
}

impl fmt::Display for Number<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned(n) => n.fmt(f),
            Self::Signed(n) => n.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}
