//! Objects: field by field.

use std::collections::{HashMap, HashSet};

use outrigger_json::{Object, Value};

use crate::{
    directives::{self, Patch, Target},
    error::{Error, ErrorKind, Side},
    list::{self, List},
    schema::{Field, Strategy, Struct},
};

/// Merges `patch` into `original`, which is of the type `declared`. Fields that are new come last, in the patch's
/// order.
///
/// # Errors
/// See [`ErrorKind`]. Then `original` is merged in part, and of no use.
pub fn merge<'a>(
    original: &mut Value<'a>,
    patch: Value<'a>,
    declared: &'static Struct,
) -> Result<(), Error> {
    let side = match (original, patch) {
        (Value::Object(original), Value::Object(patch)) => {
            return objects(original, patch, Some(declared));
        }
        (Value::Object(_), _) => Side::Patch,
        _ => Side::Original,
    };
    Err(Error::new(side, ErrorKind::NotAnObject))
}

/// Merges one object, of a type that may be unknown.
pub(crate) fn objects<'a>(
    original: &mut Object<'a>,
    mut patch: Object<'a>,
    declared: Option<&'static Struct>,
) -> Result<(), Error> {
    match directives::take_patch(&mut patch)? {
        Some(Patch::Replace) => {
            *original = patch;
            return Ok(());
        }
        Some(Patch::Delete) => {
            *original = Object::new();
            return Ok(());
        }
        None => {}
    }
    let mut orders = directives::take_orders(&mut patch)?;
    directives::retain_keys(original, &mut patch)?;

    let (mut added, mut gone) = (Vec::new(), HashSet::new());
    let mut slots = Slots::of(original, patch.len() + orders.len());
    for (key, value) in patch {
        match directives::scalars_to_delete(key)? {
            Target::Field(name) => {
                let scalars = directives::scalars(value)?;
                if let Some(Value::Array(items)) = slots.get(&name) {
                    list::delete_scalars(items.to_mut(), &scalars).map_err(|e| e.within(name))?;
                }
            }
            Target::Key(name) => {
                let order = orders.remove(&name);
                let declared = find(declared, &name);
                let kept = match slots.get(&name) {
                    Some(slot) => field(slot, value, declared, order),
                    None => match new_field(value, declared, order) {
                        Ok(new) => {
                            added.extend(new.map(|value| (name, value)));
                            continue;
                        }
                        Err(e) => Err(e),
                    },
                };
                if !kept.map_err(|e| e.within(&*name))? {
                    gone.insert(name);
                }
            }
        }
    }
    for (name, order) in orders {
        if let Some(slot) = slots.get(&name) {
            field_list(slot, None, find(declared, &name), Some(order))
                .map_err(|e| e.within(name))?;
        }
    }
    if !gone.is_empty() {
        original.retain(|key, _| !gone.contains(key));
    }
    for (name, value) in added {
        original.push(name, value);
    }
    Ok(())
}

fn find(declared: Option<&'static Struct>, name: &str) -> Option<&'static Field> {
    declared?.json_field(name)
}

/// Merges a field that both sides have; gives whether the original keeps it.
fn field<'a>(
    original: &mut Value<'a>,
    patch: Value<'a>,
    field: Option<&'static Field>,
    order: Option<Vec<Value<'a>>>,
) -> Result<bool, Error> {
    match (original, patch) {
        (slot, patch) if order.is_some() => {
            let Value::Array(patch) = patch else {
                return Err(Error::new(Side::Patch, ErrorKind::Item));
            };
            field_list(slot, Some(patch.into_vec()), field, order)?;
        }
        (Value::Object(original), Value::Object(patch)) => {
            objects(original, patch, field.and_then(|f| f.of.element()))?;
        }
        (slot @ Value::Array(_), Value::Array(patch)) => {
            field_list(slot, Some(patch.into_vec()), field, None)?;
        }
        (_, Value::Null) => return Ok(false),
        (slot, mut patch) => {
            let kept = directives::settle(&mut patch);
            *slot = patch;
            return Ok(kept);
        }
    }
    Ok(true)
}

/// Merges or orders a list.
fn field_list<'a>(
    original: &mut Value<'a>,
    patch: Option<Vec<Value<'a>>>,
    field: Option<&'static Field>,
    order: Option<Vec<Value<'a>>>,
) -> Result<(), Error> {
    let Value::Array(original) = original else {
        return Err(Error::new(Side::Original, ErrorKind::Item));
    };
    let list = List {
        strategy: field.map_or(Strategy::Plain, |f| f.strategy),
        declared: field.and_then(|f| f.of.element()),
    };
    list.merge(original.to_mut(), patch, &order.unwrap_or_default())
}

/// A field that only the patch has, as it is stored; `None`: not at all.
fn new_field<'a>(
    mut patch: Value<'a>,
    declared: Option<&'static Field>,
    order: Option<Vec<Value<'a>>>,
) -> Result<Option<Value<'a>>, Error> {
    if order.is_some() {
        directives::strip(&mut patch);
        let mut list = Value::from(Vec::new());
        field(&mut list, patch, declared, order)?;
        return Ok(Some(list));
    }
    let kept = !patch.is_null() && directives::settle(&mut patch);
    Ok(kept.then_some(patch))
}

/// The fields of an object, by name. Few look-ups, or few fields, are walks.
enum Slots<'s, 'a> {
    Walk(&'s mut Object<'a>),
    Index(HashMap<&'s str, &'s mut Value<'a>>),
}

impl<'s, 'a> Slots<'s, 'a> {
    fn of(object: &'s mut Object<'a>, look_ups: usize) -> Self {
        const FEW: usize = 16;
        if object.len() <= FEW || look_ups <= FEW {
            Self::Walk(object)
        } else {
            Self::Index(object.iter_mut().collect())
        }
    }

    fn get(&mut self, name: &str) -> Option<&mut Value<'a>> {
        match self {
            Self::Walk(object) => object.get_mut(name),
            Self::Index(fields) => fields.get_mut(name).map(|value| &mut **value),
        }
    }
}
