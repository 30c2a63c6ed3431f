//! The contents of lists and objects: a tree's own, or lent by another tree until they are changed.

use std::ptr;

/// What can stand in a second tree without a copy of its text and of what is below it.
pub(crate) trait Lend<'a> {
    fn lend(&'a self) -> Self;
}

/// Items in order.
#[derive(Clone, Debug)]
pub(crate) enum Items<'a, T> {
    Own(Vec<T>),
    Lent(&'a [T]),
}

impl<T> Items<'_, T> {
    pub(crate) const fn as_slice(&self) -> &[T] {
        match self {
            Self::Own(items) => items.as_slice(),
            Self::Lent(items) => items,
        }
    }
}

impl<'a, T: Lend<'a>> Items<'a, T> {
    /// The items, to change. Lent ones are taken over first; what is below them stays lent.
    pub(crate) fn to_mut(&mut self) -> &mut Vec<T> {
        if let Self::Lent(items) = *self {
            *self = Self::Own(taken_over(items));
        }
        match self {
            Self::Own(items) => items,
            Self::Lent(_) => unreachable!("lent items have just been taken over"),
        }
    }

    pub(crate) fn into_vec(self) -> Vec<T> {
        match self {
            Self::Own(items) => items,
            Self::Lent(items) => taken_over(items),
        }
    }
}

fn taken_over<'a, T: Lend<'a>>(items: &'a [T]) -> Vec<T> {
    items.iter().map(T::lend).collect()
}

impl<T> Default for Items<'_, T> {
    fn default() -> Self {
        Self::Own(Vec::new())
    }
}

impl<T> Items<'_, T> {
    /// Whether both are the same items, not only equal ones: then there is no need to compare them.
    pub(crate) fn are_same(&self, other: &Self) -> bool {
        ptr::eq(self.as_slice(), other.as_slice())
    }
}
