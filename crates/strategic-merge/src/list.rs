//! Lists: replaced, merged by key, or united.

use std::{collections::HashSet, iter};

use outrigger_json::Value;

use crate::{
    directives::{self, Patch},
    error::{Error, ErrorKind, Side},
    identity::{Identity, Ids},
    merge::objects,
    schema::{Strategy, Struct},
};

/// How one list is merged.
#[derive(Clone, Copy)]
pub(crate) struct List {
    pub(crate) strategy: Strategy,
    /// The type of its items, where that is known.
    pub(crate) declared: Option<&'static Struct>,
}

impl List {
    /// Merges `patch`, if there is one, into `original`; an `order` that is not empty orders the result.
    pub(crate) fn merge<'a>(
        self,
        original: &mut Vec<Value<'a>>,
        patch: Option<Vec<Value<'a>>>,
        order: &[Value<'a>],
    ) -> Result<(), Error> {
        let patch = match (self.strategy, patch) {
            (Strategy::Plain, Some(patch)) => {
                original.clear();
                if order.is_empty() {
                    *original = patch;
                    return Ok(());
                }
                patch
            }
            (Strategy::ByKey(_), Some(patch)) => self.follow_directives(original, patch)?,
            (_, patch) => patch.unwrap_or_default(),
        };

        if order.is_empty() && self.are_apart(original, &patch) {
            let mut merged = patch;
            merged.append(original);
            *original = merged;
            return Ok(());
        }

        // Items are numbered by identity, those of the original first: numbers tell the order there.
        let mut ids = Ids::default();
        let original_ids = self.number(&mut ids, original, Side::Original)?;
        let known = ids.len();
        let patch_ids = self.number(&mut ids, &patch, Side::Patch)?;
        let order_ids = self.number(&mut ids, order, Side::Patch)?;
        if self.strategy == Strategy::Union && !ids.are_alike() {
            return Err(Error::new(Side::Patch, ErrorKind::Item));
        }
        let mut ranks = vec![None; ids.len()];
        let leading = if order.is_empty() {
            &patch_ids
        } else if is_subsequence(&patch_ids, &order_ids) {
            &order_ids
        } else {
            return Err(Error::new(Side::Patch, ErrorKind::OutOfOrder));
        };
        for (rank, &id) in leading.iter().enumerate() {
            ranks[id].get_or_insert(rank);
        }

        let originals = iter::zip(original_ids, original.drain(..)).collect();
        let merged = self.combine(originals, iter::zip(patch_ids, patch), ranks.len())?;
        *original = arrange(merged, &ranks, known);
        Ok(())
    }

    /// Whether these are a few items with a key each of its own: then those of the patch come first, and that is all.
    fn are_apart(self, original: &[Value<'_>], patch: &[Value<'_>]) -> bool {
        const FEW: usize = 12;
        let key = |item| self.identity(item, Side::Patch).ok();
        let items = || patch.iter().chain(original);
        matches!(self.strategy, Strategy::ByKey(_))
            && patch.len() + original.len() <= FEW
            && items().enumerate().all(|(at, item)| {
                key(item).is_some_and(|own| items().take(at).all(|other| key(other) != Some(own)))
            })
    }

    /// Adds the items of a patch to those of the original, or merges them into the first with the same number.
    fn combine<'a>(
        self,
        mut items: Vec<(usize, Value<'a>)>,
        patch: impl Iterator<Item = (usize, Value<'a>)>,
        ids: usize,
    ) -> Result<Vec<(usize, Value<'a>)>, Error> {
        let mut places = vec![None; ids];
        let mut kept = 0;
        items.retain(|(id, _)| {
            let is_first = places[*id].is_none();
            let keep = is_first || self.strategy != Strategy::Union;
            if is_first {
                places[*id] = Some(kept);
            }
            kept += usize::from(keep);
            keep
        });
        for (id, item) in patch {
            let Some(place) = places[id] else {
                places[id] = Some(items.len());
                items.push((id, item));
                continue;
            };
            if let (Value::Object(original), Value::Object(patch)) = (&mut items[place].1, item) {
                let merged = objects(original, patch, self.declared);
                merged.map_err(|e| e.within(self.step(&items[place].1)))?;
            }
        }
        Ok(items)
    }

    /// Does what the items with `$patch` say; gives the others.
    fn follow_directives<'a>(
        self,
        original: &mut Vec<Value<'a>>,
        patch: Vec<Value<'a>>,
    ) -> Result<Vec<Value<'a>>, Error> {
        let (mut others, mut deleted, mut replace) =
            (Vec::with_capacity(patch.len()), vec![], false);
        for (place, mut item) in patch.into_iter().enumerate() {
            let directive = item.as_object_mut().map(directives::take_patch);
            match directive
                .transpose()
                .map_err(|e| e.within(index(place)))?
                .flatten()
            {
                None => others.push(item),
                Some(Patch::Replace) => replace = true,
                Some(Patch::Delete) => {
                    self.identity(&item, Side::Patch)
                        .map_err(|e| e.within(index(place)))?;
                    deleted.push(item);
                }
            }
        }
        if replace {
            *original = others;
            return Ok(Vec::new());
        }
        if !deleted.is_empty() {
            let gone: HashSet<_> = deleted
                .iter()
                .filter_map(|item| self.identity(item, Side::Patch).ok())
                .collect();
            original.retain(|item| {
                !self
                    .identity(item, Side::Original)
                    .is_ok_and(|identity| gone.contains(&identity))
            });
        }
        Ok(others)
    }

    fn number<'k>(
        self,
        ids: &mut Ids<'k>,
        items: &'k [Value<'_>],
        side: Side,
    ) -> Result<Vec<usize>, Error> {
        let mut numbers = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            let identity = self
                .identity(item, side)
                .map_err(|e| e.within(index(place)))?;
            numbers.push(ids.of(identity));
        }
        Ok(numbers)
    }

    /// What tells an item from the others.
    fn identity<'k>(self, item: &'k Value<'_>, side: Side) -> Result<Identity<'k>, Error> {
        let (scalar, missing) = match (self.strategy, item) {
            (Strategy::ByKey(key), Value::Object(item)) => {
                (item.get(key), ErrorKind::MissingMergeKey(key))
            }
            (Strategy::ByKey(_), _) => (None, ErrorKind::Item),
            (Strategy::Plain | Strategy::Union, item) => (Some(item), ErrorKind::Item),
        };
        scalar
            .and_then(Identity::of)
            .ok_or_else(|| Error::new(side, missing))
    }

    /// An item as a step of a path.
    fn step(self, item: &Value<'_>) -> String {
        match self.strategy {
            Strategy::ByKey(key) => match item.get(key) {
                Some(value) => format!("[{key}={value}]"),
                None => "[]".to_owned(),
            },
            Strategy::Plain | Strategy::Union => format!("[{item}]"),
        }
    }
}

/// Takes scalars out of a list of scalars.
pub(crate) fn delete_scalars(
    items: &mut Vec<Value<'_>>,
    scalars: &[Value<'_>],
) -> Result<(), Error> {
    let list = List {
        strategy: Strategy::Union,
        declared: None,
    };
    let mut ids = Ids::default();
    list.number(&mut ids, scalars, Side::Patch)?;
    let deleted = ids.len();
    let numbers = list.number(&mut ids, items, Side::Original)?;
    if !ids.are_alike() {
        return Err(Error::new(Side::Patch, ErrorKind::Item));
    }
    let mut numbers = numbers.into_iter();
    items.retain(|_| numbers.next().is_none_or(|id| id >= deleted));
    Ok(())
}

/// Puts merged items in order: those with a rank by rank, the others by number, and the two together as the crate's
/// documentation says. Numbers below `known` are of the original and in its order.
fn arrange<'a>(
    items: Vec<(usize, Value<'a>)>,
    ranks: &[Option<usize>],
    known: usize,
) -> Vec<Value<'a>> {
    let mut out = Vec::with_capacity(items.len());
    let (mut ranked, mut others): (Vec<_>, Vec<_>) =
        items.into_iter().partition(|(id, _)| ranks[*id].is_some());
    ranked.sort_by_key(|(id, _)| ranks[*id]);
    others.sort_by_key(|(id, _)| *id);
    let mut others = others.into_iter().peekable();
    for (id, item) in ranked {
        while let Some((_, other)) = others.next_if(|(other, _)| id < known && *other < id) {
            out.push(other);
        }
        out.push(item);
    }
    out.extend(others.map(|(_, item)| item));
    out
}

fn is_subsequence(part: &[usize], whole: &[usize]) -> bool {
    let mut whole = whole.iter();
    part.iter().all(|id| whole.any(|other| other == id))
}

fn index(place: usize) -> String {
    format!("[{place}]")
}
