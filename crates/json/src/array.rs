//! Lists.

use std::ops::{Deref, DerefMut};

use crate::{
    Value,
    items::{Items, Lend},
};

/// The items of a JSON list, read and changed as a slice and, by [`Array::to_mut`], as a vector.
///
/// Items that another tree lends ([`Value::borrowed`]) are taken over when they are changed first, those below when
/// these are.
#[derive(Clone, Debug, Default)]
pub struct Array<'a>(pub(crate) Items<'a, Value<'a>>);

impl<'a> Array<'a> {
    /// The items, to change.
    pub fn to_mut(&mut self) -> &mut Vec<Value<'a>> {
        self.0.to_mut()
    }

    /// The items as a vector.
    pub fn into_vec(self) -> Vec<Value<'a>> {
        self.0.into_vec()
    }

    pub(crate) const fn borrowed(&self) -> Array<'_> {
        Array(Items::Lent(self.0.as_slice()))
    }
}

impl<'a> Lend<'a> for Value<'a> {
    fn lend(&'a self) -> Self {
        self.borrowed()
    }
}

impl<'a> Deref for Array<'a> {
    type Target = [Value<'a>];

    fn deref(&self) -> &Self::Target {
        self.0.as_slice()
    }
}

impl DerefMut for Array<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.to_mut()
    }
}

impl PartialEq for Array<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.are_same(&other.0) || **self == **other
    }
}

impl<'a> From<Vec<Value<'a>>> for Array<'a> {
    fn from(items: Vec<Value<'a>>) -> Self {
        Self(Items::Own(items))
    }
}

impl<'a> FromIterator<Value<'a>> for Array<'a> {
    fn from_iter<I: IntoIterator<Item = Value<'a>>>(items: I) -> Self {
        Self(Items::Own(items.into_iter().collect()))
    }
}

impl<'a> IntoIterator for Array<'a> {
    type Item = Value<'a>;
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.into_vec().into_iter()
    }
}

impl<'s, 'a> IntoIterator for &'s Array<'a> {
    type Item = &'s Value<'a>;
    type IntoIter = std::slice::Iter<'s, Value<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'s, 'a> IntoIterator for &'s mut Array<'a> {
    type Item = &'s mut Value<'a>;
    type IntoIter = std::slice::IterMut<'s, Value<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lent_items_are_changed_in_one_tree_alone() {
        let text = br#"{"a":[{"b":[1,2]},{"c":{"d":"x"}}],"e":{"f":[]}}"#;
        let lender = Value::parse(text).unwrap();
        let mut tree = lender.borrowed();
        assert_eq!(tree, lender);
        let items = tree.get_mut("a").and_then(Value::as_array_mut).unwrap();
        items.push(Value::Null);
        items[0].get_mut("b").and_then(Value::as_array_mut).unwrap()[1] = true.into();
        tree.at_mut(&["a"]).and_then(Value::as_array_mut).unwrap()[1]
            .at_mut(&["c"])
            .and_then(Value::as_object_mut)
            .unwrap()
            .insert("g", 5);
        let want = r#"{"a":[{"b":[1,true]},{"c":{"d":"x","g":5}},null],"e":{"f":[]}}"#;
        assert_eq!(tree.to_string(), want);
        assert_eq!(tree.clone().into_owned().to_string(), want);
        assert_ne!(tree, lender);
        assert_eq!(lender.to_string().as_bytes(), text);
    }
}
