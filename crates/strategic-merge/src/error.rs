//! Why two documents cannot be merged, and where.

use std::fmt;

/// Why two documents cannot be merged.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    side: Side,
    /// From the innermost step out.
    steps: Vec<String>,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A document that is not an object.
    NotAnObject,
    /// An item of a merged list that lacks this key, or whose key is no scalar.
    MissingMergeKey(&'static str),
    /// An item of a list merged by key that is no object, or one of a list of scalars that is no scalar, or a scalar
    /// of another kind than the others.
    Item,
    /// A directive with a value that means nothing.
    Directive(&'static str),
    /// A field of the patch that its own `$retainKeys` does not list.
    NotRetained,
    /// Items of the patch that are missing from its `$setElementOrder`, or stand in another order there.
    OutOfOrder,
}

/// Which document is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The document that is changed.
    Original,
    /// The patch.
    Patch,
}

impl Error {
    pub(crate) const fn new(side: Side, kind: ErrorKind) -> Self {
        Self {
            kind,
            side,
            steps: Vec::new(),
        }
    }

    pub(crate) const fn directive(name: &'static str) -> Self {
        Self::new(Side::Patch, ErrorKind::Directive(name))
    }

    /// The same error, one step further out.
    pub(crate) fn within(mut self, step: impl Into<String>) -> Self {
        self.steps.push(step.into());
        self
    }

    /// What is wrong.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Which document is at fault.
    pub const fn side(&self) -> Side {
        self.side
    }

    /// Where, such as `spec.containers[name="app"].env[2]`; empty for the document itself.
    pub fn path(&self) -> String {
        let mut path = String::new();
        for step in self.steps.iter().rev() {
            if !path.is_empty() && !step.starts_with('[') {
                path.push('.');
            }
            path.push_str(step);
        }
        path
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path();
        if !path.is_empty() {
            write!(f, "{path}: ")?;
        }
        f.write_str(match self.side {
            Side::Original => "in the original, ",
            Side::Patch => "in the patch, ",
        })?;
        match self.kind {
            ErrorKind::NotAnObject => f.write_str("the document is not an object"),
            ErrorKind::MissingMergeKey(key) => write!(f, "the item has no merge key `{key}`"),
            ErrorKind::Item => f.write_str("the item is not of the kind that the list holds"),
            ErrorKind::Directive(name) => write!(f, "`{name}` has a value that means nothing"),
            ErrorKind::NotRetained => f.write_str("the field is not among its `$retainKeys`"),
            ErrorKind::OutOfOrder => {
                f.write_str("the items are not in the order of their `$setElementOrder`")
            }
        }
    }
}

impl std::error::Error for Error {}
