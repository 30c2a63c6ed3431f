//! Where in a Pod something is.

use std::fmt;

/// A path from the Pod to a field, made on the way down.
#[derive(Clone, Copy, Debug)]
pub(super) enum Path<'p> {
    /// The Pod itself.
    Root,
    /// A field of an object.
    Key(&'p Self, &'p str),
    /// A key of a map, which may hold any character.
    Entry(&'p Self, &'p str),
    /// An item of a list.
    Item(&'p Self, usize),
}

impl<'p> Path<'p> {
    pub(super) const fn key(&'p self, key: &'p str) -> Self {
        Self::Key(self, key)
    }

    pub(super) const fn entry(&'p self, key: &'p str) -> Self {
        Self::Entry(self, key)
    }

    pub(super) const fn item(&'p self, index: usize) -> Self {
        Self::Item(self, index)
    }
}

impl fmt::Display for Path<'_> {
    /// As the API server writes it: `spec.containers[0].image`, `metadata.labels[app]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Key(Self::Root, key) => f.write_str(key),
            Self::Key(parent, key) => write!(f, "{parent}.{key}"),
            Self::Entry(parent, key) => write!(f, "{parent}[{key}]"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}
