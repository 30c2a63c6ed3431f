//! Objects: entries in the order of their author.

use std::{borrow::Cow, collections::HashMap};

use crate::{
    Value,
    items::{Items, Lend},
};

/// The entries of a JSON object, in order; no key stands twice.
///
/// A look-up walks the entries: objects of Kubernetes have a handful of keys, and a walk over so few beats hashing.
/// Code that looks up many keys in an object of unknown size takes an [`Object::index`] first.
///
/// Entries that another tree lends ([`Object::borrowed`]) are taken over when they are changed first, those below when
/// these are.
#[derive(Clone, Debug, Default)]
pub struct Object<'a>(Items<'a, Entry<'a>>);

pub(crate) type Entry<'a> = (Cow<'a, str>, Value<'a>);

impl<'a> Lend<'a> for Entry<'a> {
    fn lend(&'a self) -> Self {
        (Cow::Borrowed(&self.0), self.1.borrowed())
    }
}

/// Above this many entries a comparison or a check for duplicates uses a hash map.
const SMALL: usize = 24;

impl<'a> Object<'a> {
    /// An empty object.
    pub const fn new() -> Self {
        Self(Items::Own(Vec::new()))
    }

    /// An empty object with room for `entries`.
    pub fn with_capacity(entries: usize) -> Self {
        Self(Items::Own(Vec::with_capacity(entries)))
    }

    /// The object of entries as they came; of those with one key the last counts.
    pub(crate) fn settled(entries: Vec<Entry<'a>>) -> Self {
        let mut object = Self::of(entries);
        if object.has_duplicates() {
            object.drop_duplicates();
        }
        object
    }

    /// The object of entries of which no two have one key.
    const fn of(entries: Vec<Entry<'a>>) -> Self {
        Self(Items::Own(entries))
    }

    const fn entries(&self) -> &[Entry<'a>] {
        self.0.as_slice()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.entries().iter().position(|(k, _)| k == key)
    }

    /// Whether `key` is present, whatever its value.
    pub fn contains_key(&self, key: &str) -> bool {
        self.position(key).is_some()
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.entries()
            .iter()
            .find(|(k, _)| k == key)
            .map(|(_, v)| v)
    }

    /// The value of `key`, to change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value<'a>> {
        let at = self.position(key)?;
        self.0.to_mut().get_mut(at).map(|(_, v)| v)
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
        self.0.to_mut().push((key, value));
        None
    }

    /// Adds an entry at the end without looking whether `key` is present. The caller knows that it is not.
    pub fn push(&mut self, key: impl Into<Cow<'a, str>>, value: impl Into<Value<'a>>) {
        self.0.to_mut().push((key.into(), value.into()));
    }

    /// The value of `key`, which becomes `default` if it is absent.
    pub fn entry(
        &mut self,
        key: impl Into<Cow<'a, str>>,
        default: impl FnOnce() -> Value<'a>,
    ) -> &mut Value<'a> {
        let key = key.into();
        let at = self.position(&key);
        let entries = self.0.to_mut();
        let at = at.unwrap_or_else(|| {
            entries.push((key, default()));
            entries.len() - 1
        });
        &mut entries[at].1
    }

    /// Takes `key` out; the order of the others stays.
    pub fn remove(&mut self, key: &str) -> Option<Value<'a>> {
        let at = self.position(key)?;
        Some(self.0.to_mut().remove(at).1)
    }

    /// Keeps the entries for which `keep` is true.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &mut Value<'a>) -> bool) {
        self.0.to_mut().retain_mut(|(k, v)| keep(k, v));
    }

    /// The entries in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &Value<'a>)> + ExactSizeIterator {
        self.entries().iter().map(|(k, v)| (&**k, v))
    }

    /// The entries in order, values to change.
    pub fn iter_mut(
        &mut self,
    ) -> impl DoubleEndedIterator<Item = (&str, &mut Value<'a>)> + ExactSizeIterator {
        self.0.to_mut().iter_mut().map(|(k, v)| (&**k, v))
    }

    /// The keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &str> + ExactSizeIterator {
        self.entries().iter().map(|(k, _)| &**k)
    }

    /// From each key to its place, for many look-ups.
    pub fn index(&self) -> HashMap<&str, &Value<'a>> {
        self.iter().collect()
    }

    /// The same object, its entries lent by this one: nothing is copied.
    pub const fn borrowed(&self) -> Object<'_> {
        Object(Items::Lent(self.entries()))
    }

    /// The same object, borrowing nothing.
    pub fn into_owned(self) -> Object<'static> {
        let owned = |(k, v): Entry<'a>| (Cow::Owned(k.into_owned()), v.into_owned());
        Object::of(self.into_iter().map(owned).collect())
    }

    fn has_duplicates(&self) -> bool {
        if self.len() > SMALL {
            return self.index().len() != self.len();
        }
        let entries = self.entries();
        entries
            .iter()
            .enumerate()
            .any(|(i, (k, _))| entries[..i].iter().any(|(other, _)| other == k))
    }

    /// Of entries with one key keeps the last value, at the place of the first: what readers of JSON agree on.
    fn drop_duplicates(&mut self) {
        let mut places: HashMap<Cow<'a, str>, usize> = HashMap::with_capacity(self.len());
        let mut kept: Vec<Entry<'a>> = Vec::with_capacity(self.len());
        for (key, value) in std::mem::take(self) {
            if let Some(&at) = places.get(&key) {
                kept[at].1 = value;
            } else {
                places.insert(key.clone(), kept.len());
                kept.push((key, value));
            }
        }
        *self = Self::of(kept);
    }
}

impl PartialEq for Object<'_> {
    /// Equal if both have the same entries, in whatever order.
    fn eq(&self, other: &Self) -> bool {
        if self.0.are_same(&other.0) {
            return true;
        }
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
        let entries = entries.into_iter().map(|(k, v)| (k.into(), v.into()));
        Self::settled(entries.collect())
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
        self.0.into_vec().into_iter()
    }
}
