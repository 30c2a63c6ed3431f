//! What tells one item of a list from another.

use std::{collections::HashMap, mem};

use outrigger_json::{Number, Value};

/// A scalar, as Go compares the scalars of JSON: integers of 64 bits are one type, all other numbers another.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Identity<'k> {
    Bool(bool),
    Integer(i64),
    /// The bits of a float.
    Float(u64),
    String(&'k str),
}

impl<'k> Identity<'k> {
    /// The identity of a value, if it is a scalar other than null.
    pub(crate) fn of(value: &'k Value<'_>) -> Option<Self> {
        match value {
            Value::Bool(b) => Some(Self::Bool(*b)),
            Value::Number(n) => Some(Self::of_number(n)),
            Value::String(s) => Some(Self::String(s)),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    fn of_number(n: &Number<'_>) -> Self {
        // Adding zero makes -0.0, which equals 0.0, have its bits.
        n.as_i64()
            .map_or_else(|| Self::Float((n.as_f64() + 0.0).to_bits()), Self::Integer)
    }
}

/// Numbers identities from 0, in the order of their first appearance.
#[derive(Default)]
pub(crate) struct Ids<'k> {
    /// The first [`FEW`], which a walk finds faster than hashing does.
    few: Vec<Identity<'k>>,
    /// All, as soon as there are more.
    all: HashMap<Identity<'k>, usize>,
}

const FEW: usize = 16;

impl<'k> Ids<'k> {
    /// The number of an identity: a new one if it has not been seen.
    pub(crate) fn of(&mut self, identity: Identity<'k>) -> usize {
        if self.all.is_empty() {
            if let Some(id) = self.few.iter().position(|seen| *seen == identity) {
                return id;
            }
            if self.few.len() < FEW {
                self.few.push(identity);
                return self.few.len() - 1;
            }
            self.all = self.few.iter().copied().zip(0..).collect();
        }
        let next = self.all.len();
        *self.all.entry(identity).or_insert(next)
    }

    /// How many have been seen.
    pub(crate) fn len(&self) -> usize {
        self.few.len().max(self.all.len())
    }

    /// Whether all are of one type.
    pub(crate) fn are_alike(&self) -> bool {
        let Some(first) = self.few.first() else {
            return true;
        };
        let alike = |other: &Identity<'_>| mem::discriminant(other) == mem::discriminant(first);
        self.few.iter().all(alike) && self.all.keys().all(alike)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_numbered_as_they_appear() {
        let texts: Vec<String> = (0..100).map(|i| i.to_string()).collect();
        let mut ids = Ids::default();
        for round in 0..2 {
            for (i, text) in texts.iter().enumerate() {
                assert_eq!(ids.of(Identity::String(text)), i, "round {round}");
            }
        }
        assert!(ids.len() == 100 && ids.are_alike());
        ids.of(Identity::Integer(1));
        assert!(!ids.are_alike());
    }

    #[test]
    fn numbers_are_compared_as_go_does() {
        let number = |text: &'static str| Value::parse(text.as_bytes());
        for (a, b, same) in [
            ("8080", "8080", true),
            ("8080", "8080.0", false),
            ("1.50", "1.5", true),
            ("0.0", "-0.0", true),
            ("18446744073709551615", "18446744073709551615.0", true),
        ] {
            let (a, b) = (number(a), number(b));
            let same_here =
                a.as_ref().ok().and_then(Identity::of) == b.as_ref().ok().and_then(Identity::of);
            assert_eq!(same_here, same, "{a:?} {b:?}");
        }
    }
}
