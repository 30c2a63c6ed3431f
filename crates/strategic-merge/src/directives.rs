//! The keys of a patch that are instructions.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashSet},
};

use outrigger_json::{Object, Value};

use crate::error::{Error, ErrorKind, Side};

const PATCH: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const SET_ORDER: &str = "$setElementOrder";
const DELETE_SCALARS: &str = "$deleteFromPrimitiveList";

/// What `$patch` asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patch {
    Replace,
    Delete,
}

/// The directive that an object of a patch carries for itself, taken out of it.
pub(crate) fn take_patch(object: &mut Object<'_>) -> Result<Option<Patch>, Error> {
    let Some(directive) = object.remove(PATCH) else {
        return Ok(None);
    };
    match directive.as_str() {
        Some("replace") => Ok(Some(Patch::Replace)),
        Some("delete") => Ok(Some(Patch::Delete)),
        _ => Err(Error::directive(PATCH)),
    }
}

/// The orders that a patch gives to lists, by the lists' names, taken out of it.
pub(crate) fn take_orders<'a>(
    patch: &mut Object<'a>,
) -> Result<BTreeMap<Cow<'a, str>, Vec<Value<'a>>>, Error> {
    let mut orders = BTreeMap::new();
    if !patch.keys().any(|key| key.starts_with(SET_ORDER)) {
        return Ok(orders);
    }
    let mut others = Object::with_capacity(patch.len());
    for (key, value) in std::mem::take(patch) {
        match (field_of(key, SET_ORDER)?, value) {
            (Target::Field(field), Value::Array(order)) => {
                orders.insert(field, order.into_vec());
            }
            (Target::Field(_), _) => return Err(Error::directive(SET_ORDER)),
            (Target::Key(key), value) => others.push(key, value),
        }
    }
    *patch = others;
    Ok(orders)
}

/// Follows and takes out `$retainKeys`: of the original stays what it lists, and the patch may set nothing else.
pub(crate) fn retain_keys(original: &mut Object<'_>, patch: &mut Object<'_>) -> Result<(), Error> {
    let Some(keys) = patch.remove(RETAIN_KEYS) else {
        return Ok(());
    };
    let keys = keys
        .as_array()
        .ok_or_else(|| Error::directive(RETAIN_KEYS))?;
    let keys: HashSet<&str> = keys.iter().filter_map(Value::as_str).collect();
    for (key, value) in patch.iter() {
        if !value.is_null() && !keys.contains(key) && !key.starts_with(DELETE_SCALARS) {
            return Err(Error::new(Side::Patch, ErrorKind::NotRetained).within(key));
        }
    }
    original.retain(|key, _| keys.contains(key));
    Ok(())
}

/// What a key of a patch is about.
pub(crate) enum Target<'a> {
    /// The key itself.
    Key(Cow<'a, str>),
    /// The field that a directive names.
    Field(Cow<'a, str>),
}

/// Tells a directive `$deleteFromPrimitiveList/field` from a key.
pub(crate) fn scalars_to_delete(key: Cow<'_, str>) -> Result<Target<'_>, Error> {
    field_of(key, DELETE_SCALARS)
}

/// The list that `$deleteFromPrimitiveList` must have.
pub(crate) fn scalars(value: Value<'_>) -> Result<Vec<Value<'_>>, Error> {
    match value {
        Value::Array(items) => Ok(items.into_vec()),
        _ => Err(Error::directive(DELETE_SCALARS)),
    }
}

fn field_of<'a>(key: Cow<'a, str>, prefix: &'static str) -> Result<Target<'a>, Error> {
    let Some(rest) = key.strip_prefix(prefix) else {
        return Ok(Target::Key(key));
    };
    if !rest.starts_with('/') {
        return Err(Error::directive(prefix));
    }
    let start = prefix.len() + 1;
    Ok(Target::Field(match key {
        Cow::Borrowed(key) => Cow::Borrowed(&key[start..]),
        Cow::Owned(key) => Cow::Owned(key[start..].to_owned()),
    }))
}

/// Takes out what a patch says to objects that are not there; gives whether anything is left.
pub(crate) fn strip(value: &mut Value<'_>) -> bool {
    match value {
        Value::Object(object) => {
            if object.contains_key(PATCH) {
                return false;
            }
            object.retain(|_, value| strip(value));
        }
        Value::Array(items) => items.to_mut().retain_mut(strip),
        _ => {}
    }
    true
}

/// Takes nulls and directives out of a value that takes the place of another or of none; gives whether anything is left.
pub(crate) fn settle(value: &mut Value<'_>) -> bool {
    if is_settled(value) {
        // Most values are, and then nothing of what they borrow has to be copied.
        return true;
    }
    drop_nulls(value);
    strip(value)
}

fn is_settled(value: &Value<'_>) -> bool {
    match value {
        Value::Object(object) => object
            .iter()
            .all(|(key, value)| key != PATCH && !value.is_null() && is_settled(value)),
        Value::Array(items) => items.iter().all(is_settled),
        _ => true,
    }
}

/// Takes out every field that is null.
fn drop_nulls(value: &mut Value<'_>) {
    match value {
        Value::Object(object) => object.retain(|_, value| {
            drop_nulls(value);
            !value.is_null()
        }),
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}
