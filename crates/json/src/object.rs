//! Objects: entries in the order of their author.

use std::{borrow::Cow, collections::HashMap};

use crate::Value;

/// The entries of a JSON object, in order; no key stands twice.
///
/// A look-up walks the entries: objects of Kubernetes have a handful of keys, and a walk over so few beats hashing.
/// Code that looks up many keys in an object of unknown size takes an [`Object::index`] first.
#[derive(Clone, Debug, Default)]
pub struct Object<'a>(pub(crate) Vec<(Cow<'a, str>, Value<'a>)>);

/// Above this many entries a comparison or a check for duplicates uses a hash map.
const SMALL: usize = 24;

impl<'a> Object<'a> {
    /// An empty object.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// An empty object with room for `entries`.
    pub fn with_capacity(entries: usize) -> Self {
        Self(Vec::with_capacity(entries))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.0.iter().position(|(k, _)| k == key)
    }

    /// Whether `key` is present, whatever its value.
    pub fn contains_key(&self, key: &str) -> bool {
        self.position(key).is_some()
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.0.iter().find(|(k, _)| k == key).map(|(_, v)| v)
    }

    /// The value of `key`, to change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value<'a>> {
        self.0.iter_mut().find(|(k, _)| k == key).map(|(_, v)| v)
    }

    /// The value of `key` if it is a string.
    pub fn str(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Value::as_str)
    }

    /// Sets `key`: in its place if it is present, else at the end. Gives the value it had.
    pub fn insert(
        &mut self,
        key: impl Into<Cow<'a, str>>,
        value: impl Into<Value<'a>>,
    ) -> Option<Value<'a>> {
        let (key, value) = (key.into(), value.into());
        if let Some(old) = self.get_mut(&key) {
            return Some(std::mem::replace(old, value));
        }
        self.0.push((key, value));
        None
    }

    /// Adds an entry at the end without looking whether `key` is present. The caller knows that it is not.
    pub fn push(&mut self, key: impl Into<Cow<'a, str>>, value: impl Into<Value<'a>>) {
        self.0.push((key.into(), value.into()));
    }

    /// The value of `key`, which becomes `default` if it is absent.
    pub fn entry(
        &mut self,
        key: impl Into<Cow<'a, str>>,
        default: impl FnOnce() -> Value<'a>,
    ) -> &mut Value<'a> {
        let key = key.into();
        let at = self.position(&key).unwrap_or_else(|| {
            self.0.push((key, default()));
            self.0.len() - 1
        });
        &mut self.0[at].1
    }

    /// Takes `key` out; the order of the others stays.
    pub fn remove(&mut self, key: &str) -> Option<Value<'a>> {
        self.position(key).map(|at| self.0.remove(at).1)
    }

    /// Keeps the entries for which `keep` is true.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &mut Value<'a>) -> bool) {
        self.0.retain_mut(|(k, v)| keep(k, v));
    }

    /// The entries in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &Value<'a>)> + ExactSizeIterator {
        self.0.iter().map(|(k, v)| (&**k, v))
    }

    /// The entries in order, values to change.
    pub fn iter_mut(
        &mut self,
    ) -> impl DoubleEndedIterator<Item = (&str, &mut Value<'a>)> + ExactSizeIterator {
        self.0.iter_mut().map(|(k, v)| (&**k, v))
    }

    /// The keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &str> + ExactSizeIterator {
        self.0.iter().map(|(k, _)| &**k)
    }

    /// From each key to its place, for many look-ups.
    pub fn index(&self) -> HashMap<&str, &Value<'a>> {
        self.iter().collect()
    }

    /// The same object with its keys and strings borrowed from this one.
    pub fn borrowed(&self) -> Object<'_> {
        Object(
            self.0
                .iter()
                .map(|(k, v)| (Cow::Borrowed(&**k), v.borrowed()))
                .collect(),
        )
    }

    /// The same object, borrowing nothing.
    pub fn into_owned(self) -> Object<'static> {
        Object(
            self.0
                .into_iter()
                .map(|(k, v)| (Cow::Owned(k.into_owned()), v.into_owned()))
                .collect(),
        )
    }

    pub(crate) fn has_duplicates(&self) -> bool {
        if self.len() > SMALL {
            return self.index().len() != self.len();
        }
        self.0
            .iter()
            .enumerate()
            .any(|(i, (k, _))| self.0[..i].iter().any(|(other, _)| other == k))
    }

    /// Of entries with one key keeps the last value, at the place of the first: what readers of JSON agree on.
    pub(crate) fn drop_duplicates(&mut self) {
        let mut places: HashMap<Cow<'a, str>, usize> = HashMap::with_capacity(self.len());
        for (key, value) in std::mem::take(&mut self.0) {
            if let Some(&at) = places.get(&key) {
                self.0[at].1 = value;
            } else {
                places.insert(key.clone(), self.len());
                self.0.push((key, value));
            }
        }
    }
}

impl PartialEq for Object<'_> {
    /// Equal if both have the same entries, in whatever order.
    fn eq(&self, other: &Self) -> bool {
        if self.len() != other.len() {
            return false;
        }
        if self.iter().zip(other.iter()).all(|((a, _), (b, _))| a == b) {
            return self.iter().zip(other.iter()).all(|((_, a), (_, b))| a == b);
        }
        if self.len() > SMALL {
            let index = other.index();
            return self
                .iter()
                .all(|(k, v)| index.get(k).is_some_and(|o| *o == v));
        }
        self.iter().all(|(k, v)| other.get(k) == Some(v))
    }
}

impl<'a, K: Into<Cow<'a, str>>, V: Into<Value<'a>>> FromIterator<(K, V)> for Object<'a> {
    /// Collects entries; of those with one key the last counts.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut object = Self(
            entries
                .into_iter()
                .map(|(k, v)| (k.into(), v.into()))
                .collect(),
        );
        if object.has_duplicates() {
            object.drop_duplicates();
        }
        object
    }
}

impl<'a, K: Into<Cow<'a, str>>, V: Into<Value<'a>>> Extend<(K, V)> for Object<'a> {
    /// Sets each entry as [`Object::insert`] does.
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<'a> IntoIterator for Object<'a> {
    type Item = (Cow<'a, str>, Value<'a>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
