//! Slices and maps that functions and callers make.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::mem;
use std::ops::Deref;
use std::rc::Rc;

use crate::pairs::Pairs;
use crate::types::Type;
use crate::value::Value;

/// A Go slice, cheap to clone. A template function changes one in place only where nobody else holds it, so to all who do
/// it is immutable.
#[derive(Clone)]
pub struct List<'a>(Rc<Items<'a>>);

struct Items<'a> {
    elem: Type,
    values: Vec<Value<'a>>,
}

impl<'a> List<'a> {
    /// Makes a slice whose elements have the given type.
    pub fn new(elem: Type, values: impl IntoIterator<Item = Value<'a>>) -> Self {
        Self(Rc::new(Items {
            elem,
            values: values.into_iter().collect(),
        }))
    }

    /// The type of the elements.
    pub fn elem(&self) -> Type {
        self.0.elem
    }

    /// Adds an element at the end of a slice that nobody else holds; gives it back where somebody does.
    pub(crate) fn push(&mut self, value: Value<'a>) -> Result<(), Value<'a>> {
        match Rc::get_mut(&mut self.0) {
            Some(items) => {
                items.values.push(value);
                Ok(())
            }
            None => Err(value),
        }
    }
}

impl<'a> Deref for List<'a> {
    type Target = [Value<'a>];

    fn deref(&self) -> &Self::Target {
        &self.0.values
    }
}

impl fmt::Debug for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<[]{} of {}>", self.0.elem, self.len())
    }
}

impl Drop for Items<'_> {
    fn drop(&mut self) {
        take_apart(mem::take(&mut self.values));
    }
}

/// A Go map with string keys: shared, so that a change is seen by all who hold it, and always in key order.
#[derive(Clone)]
pub struct Map<'a>(Rc<Entries<'a>>);

struct Entries<'a> {
    elem: Type,
    values: RefCell<Pairs<'a>>,
}

/// The answer to a change that would make a map contain itself, which could neither be printed nor freed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cycle;

impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the map would contain itself")
    }
}

impl std::error::Error for Cycle {}

impl<'a> Map<'a> {
    /// Makes a map whose values have the given type.
    pub fn new<K: Into<Cow<'a, str>>>(
        elem: Type,
        pairs: impl IntoIterator<Item = (K, Value<'a>)>,
    ) -> Self {
        let values = pairs
            .into_iter()
            .map(|(key, value)| (key.into(), value))
            .collect();
        Self(Rc::new(Entries {
            elem,
            values: RefCell::new(values),
        }))
    }

    /// The type of the values.
    pub fn elem(&self) -> Type {
        self.0.elem
    }

    /// The number of pairs.
    pub fn len(&self) -> usize {
        self.0.values.borrow().len()
    }

    /// Whether there are no pairs.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<Value<'a>> {
        self.0.values.borrow().get(key).cloned()
    }

    /// What a function makes of the value under a key, without a clone.
    pub(crate) fn with<T>(&self, key: &str, read: impl FnOnce(Option<&Value<'a>>) -> T) -> T {
        read(self.0.values.borrow().get(key))
    }

    /// Whether there is a key.
    pub fn contains_key(&self, key: &str) -> bool {
        self.0.values.borrow().get(key).is_some()
    }

    /// The pairs, sorted by key.
    pub fn entries(&self) -> Vec<(Cow<'a, str>, Value<'a>)> {
        self.0.values.borrow().to_vec()
    }

    /// Sets a key for all who hold this map, and returns the number of containers looked at on the way, which
    /// [`Context::set`](crate::Context::set) charges to the budget of steps.
    ///
    /// # Errors
    ///
    /// If the value contains this map.
    pub fn insert(&self, key: impl Into<Cow<'a, str>>, value: Value<'a>) -> Result<u64, Cycle> {
        let seen = self.reachable_from(&value)?;
        let old = self.0.values.borrow_mut().insert(key.into(), value);
        drop(old);
        Ok(seen)
    }

    /// Removes a key for all who hold this map.
    pub fn remove(&self, key: &str) -> Option<Value<'a>> {
        self.0.values.borrow_mut().remove(key)
    }

    /// Whether both are the same map, not only equal ones.
    pub fn same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// Walks everything inside `value` once and fails if this map is there.
    fn reachable_from(&self, value: &Value<'a>) -> Result<u64, Cycle> {
        let mut seen = HashSet::new();
        let mut open = vec![value.clone()];
        while let Some(value) = open.pop() {
            match value {
                Value::Map(map) => {
                    if map.same(self) {
                        return Err(Cycle);
                    }
                    if seen.insert(Rc::as_ptr(&map.0).cast::<()>()) {
                        let pairs = map.0.values.borrow();
                        open.extend(pairs.values().filter(|v| is_container(v)).cloned());
                    }
                }
                Value::List(list) if seen.insert(Rc::as_ptr(&list.0).cast::<()>()) => {
                    open.extend(list.iter().filter(|v| is_container(v)).cloned());
                }
                _ => {}
            }
        }
        Ok(seen.len() as u64)
    }
}

impl fmt::Debug for Map<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<map[string]{} of {}>", self.0.elem, self.len())
    }
}

impl Drop for Entries<'_> {
    fn drop(&mut self) {
        take_apart(values_of(mem::take(self.values.get_mut())));
    }
}

fn is_container(value: &Value<'_>) -> bool {
    matches!(value, Value::List(_) | Value::Map(_))
}

fn values_of(pairs: Pairs<'_>) -> impl Iterator<Item = Value<'_>> {
    pairs.into_vec().into_iter().map(|(_, value)| value)
}

/// Drops values without recursion, however deep they are nested.
fn take_apart<'a>(values: impl IntoIterator<Item = Value<'a>>) {
    let mut open: Vec<Value<'a>> = values.into_iter().filter(is_container).collect();
    while let Some(value) = open.pop() {
        match value {
            Value::List(list) => {
                if let Some(mut items) = Rc::into_inner(list.0) {
                    open.extend(
                        mem::take(&mut items.values)
                            .into_iter()
                            .filter(is_container),
                    );
                }
            }
            Value::Map(map) => {
                if let Some(mut entries) = Rc::into_inner(map.0) {
                    let values = mem::take(entries.values.get_mut());
                    open.extend(values_of(values).filter(is_container));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_does_not_take_itself_in() {
        let outer = Map::new::<&str>(Type::Any, []);
        let inner = Map::new(
            Type::Any,
            [("list", Value::list([Value::Map(outer.clone())]))],
        );
        assert_eq!(outer.insert("self", Value::Map(outer.clone())), Err(Cycle));
        assert_eq!(outer.insert("inner", Value::Map(inner)), Err(Cycle));
        assert!(outer.is_empty());
    }

    #[test]
    fn changes_are_seen_by_all_who_hold_the_map() {
        let one = Map::new::<&str>(Type::Any, []);
        let two = one.clone();
        one.insert("b", Value::Int(2)).unwrap();
        one.insert("a", Value::Int(1)).unwrap();
        let keys: Vec<_> = two.entries().into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["a", "b"]);
    }

    #[test]
    fn values_of_any_depth_are_dropped() {
        let mut deep = Value::list([]);
        let top = Map::new::<&str>(Type::Any, []);
        let mut last = top.clone();
        for _ in 0..200_000 {
            deep = Value::list([deep]);
            let next = Map::new::<&str>(Type::Any, []);
            last.insert("next", Value::Map(next.clone())).unwrap();
            last = next;
        }
        drop(deep);
        drop(last);
        drop(top);
    }
}
