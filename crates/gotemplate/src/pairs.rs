//! The pairs of a map, in the order of their keys.
//!
//! Most maps of templates are small: a list is faster to search than a tree, and a tree of one pair takes the room of
//! eleven.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::value::Value;

/// How many pairs are kept in a list.
const FEW: usize = 16;

type Pair<'a> = (Cow<'a, str>, Value<'a>);

pub(crate) enum Pairs<'a> {
    /// Sorted by key.
    Few(Vec<Pair<'a>>),
    Many(BTreeMap<Cow<'a, str>, Value<'a>>),
}

impl Default for Pairs<'_> {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl<'a> FromIterator<Pair<'a>> for Pairs<'a> {
    /// Of pairs with the same key the last one counts.
    fn from_iter<I: IntoIterator<Item = Pair<'a>>>(pairs: I) -> Self {
        let pairs = pairs.into_iter();
        if pairs.size_hint().0 > FEW {
            return Self::Many(pairs.collect());
        }
        let mut collected = Self::Few(Vec::with_capacity(pairs.size_hint().0));
        for (key, value) in pairs {
            collected.insert(key, value);
        }
        collected
    }
}

impl<'a> Pairs<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Few(pairs) => pairs.len(),
            Self::Many(pairs) => pairs.len(),
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value<'a>> {
        match self {
            // Keys of another length, which most are, take no comparison of texts.
            Self::Few(pairs) => pairs
                .iter()
                .find(|(known, _)| **known == *key)
                .map(|(_, value)| value),
            Self::Many(pairs) => pairs.get(key),
        }
    }

    /// Gives the value that was there before.
    pub(crate) fn insert(&mut self, key: Cow<'a, str>, value: Value<'a>) -> Option<Value<'a>> {
        match self {
            Self::Few(pairs) => match pairs.binary_search_by(|(known, _)| known.cmp(&key)) {
                Ok(at) => pairs
                    .get_mut(at)
                    .map(|(_, old)| std::mem::replace(old, value)),
                Err(at) => {
                    pairs.insert(at, (key, value));
                    if pairs.len() > FEW {
                        *self = Self::Many(std::mem::take(pairs).into_iter().collect());
                    }
                    None
                }
            },
            Self::Many(pairs) => pairs.insert(key, value),
        }
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<Value<'a>> {
        match self {
            Self::Few(pairs) => {
                let at = pairs.iter().position(|(known, _)| **known == *key)?;
                Some(pairs.remove(at).1)
            }
            Self::Many(pairs) => pairs.remove(key),
        }
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Value<'a>> {
        let (few, many) = match self {
            Self::Few(pairs) => (Some(pairs), None),
            Self::Many(pairs) => (None, Some(pairs.values())),
        };
        let few = few.into_iter().flatten().map(|(_, value)| value);
        few.chain(many.into_iter().flatten())
    }

    pub(crate) fn to_vec(&self) -> Vec<Pair<'a>> {
        match self {
            Self::Few(pairs) => pairs.clone(),
            Self::Many(pairs) => pairs
                .iter()
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
        }
    }

    pub(crate) fn into_vec(self) -> Vec<Pair<'a>> {
        match self {
            Self::Few(pairs) => pairs,
            Self::Many(pairs) => pairs.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_are_as_few() {
        let mut pairs = Pairs::default();
        let mut model = BTreeMap::new();
        // Keys in no order, some twice; so many that the list becomes a tree on the way.
        for i in 0..100_i64 {
            let key = format!("{}", i * 37 % 41);
            let old = pairs.insert(key.clone().into(), Value::Int(i));
            assert_eq!(
                old.and_then(|old| old.as_i64()),
                model.insert(key.clone(), i)
            );
            let gone = format!("{}", i * 17 % 43);
            if i % 3 == 0 {
                let removed = pairs.remove(&gone);
                assert_eq!(removed.and_then(|old| old.as_i64()), model.remove(&gone));
            }
            assert_eq!(pairs.len(), model.len());
            assert_eq!(
                pairs.get(&key).and_then(Value::as_i64),
                model.get(&key).copied()
            );
            let keys: Vec<_> = pairs.to_vec().into_iter().map(|(key, _)| key).collect();
            assert_eq!(keys, model.keys().map(String::as_str).collect::<Vec<_>>());
        }
        assert!(matches!(pairs, Pairs::Many(_)));
    }
}
