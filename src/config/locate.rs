//! Where in a YAML text the values of its tree are.

use outrigger_yaml::{Build, Scalar, Style};

/// Builds a tree of places instead of values.
pub(super) struct Locate;

/// A tree of places.
#[derive(Clone)]
pub(super) enum Located {
    Scalar(Place),
    List(Vec<Self>),
    Map(Vec<(Key, Self)>),
}

/// Where a scalar is.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
    /// Whether it is a literal block scalar.
    pub(super) block: bool,
}

/// A key and where it is.
#[derive(Clone)]
pub(super) struct Key {
    text: String,
    place: Place,
}

impl Located {
    /// Where the value at the end of a path is; of lists and objects that of the key that holds them.
    pub(super) fn find(&self, path: &[String]) -> Option<Place> {
        let mut node = self;
        let mut place = None;
        for segment in path {
            match node {
                Self::Map(entries) => {
                    let (key, value) = entries.iter().rfind(|(key, _)| key.text == *segment)?;
                    place = Some(key.place.clone());
                    node = value;
                }
                Self::List(items) => {
                    let index = segment.strip_prefix('[')?.strip_suffix(']')?;
                    node = items.get(index.parse::<usize>().ok()?)?;
                    place = node.first().or(place);
                }
                Self::Scalar(_) => return None,
            }
        }
        match node {
            Self::Scalar(place) => Some(place.clone()),
            _ => place.or_else(|| node.first()),
        }
    }

    fn first(&self) -> Option<Place> {
        match self {
            Self::Scalar(place) => Some(place.clone()),
            Self::List(items) => items.first().and_then(Self::first),
            Self::Map(entries) => entries.first().map(|(key, _)| key.place.clone()),
        }
    }
}

impl Place {
    fn of(scalar: &Scalar) -> Self {
        Self {
            line: scalar.line,
            column: scalar.column,
            block: scalar.style == Style::Literal,
        }
    }
}

impl Build for Locate {
    type Node = Located;
    type Key = Key;

    fn scalar(&mut self, scalar: Scalar) -> Result<Located, String> {
        Ok(Located::Scalar(Place::of(&scalar)))
    }

    fn key(&mut self, scalar: Scalar) -> Result<Key, String> {
        let place = Place::of(&scalar);
        let text = scalar.key()?.into_owned();
        Ok(Key { text, place })
    }

    fn sequence(&mut self, items: Vec<Located>) -> Located {
        Located::List(items)
    }

    fn mapping(&mut self, entries: Vec<(Key, Located)>) -> Located {
        Located::Map(entries)
    }

    fn entries(&mut self, node: Located) -> Option<Vec<(Key, Located)>> {
        match node {
            Located::Map(entries) => Some(entries),
            _ => None,
        }
    }
}
