//! Any two documents are merged or refused, and a plain patch changes nothing the second time.
//!
//! The first line is the original, the rest is the patch.

#![no_main]

use libfuzzer_sys::fuzz_target;
use outrigger_json::Value;
use outrigger_strategic_merge::{Side, merge, pod};

fuzz_target!(|input: &[u8]| {
    let end = input
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(input.len());
    let (original, patch) = input.split_at(end);
    let (Ok(mut once), Ok(patch)) = (Value::parse(original), Value::parse(patch)) else {
        return;
    };
    if merge(&mut once, patch.clone(), &pod::POD).is_err() {
        return;
    }
    let mut twice = once.clone();
    let again = merge(&mut twice, patch.clone(), &pod::POD);
    if is_plain(&patch) {
        match again {
            Ok(()) => assert_eq!(twice, once),
            // A list that was not there takes any items, and then may be none that can be merged with.
            Err(error) => assert_eq!(error.side(), Side::Original, "{error}"),
        }
    }
});

/// Whether there is neither a directive nor a null in it, and no two items of a list may have the same merge key.
fn is_plain(value: &Value<'_>) -> bool {
    match value {
        Value::Null => false,
        Value::Object(fields) => fields
            .iter()
            .all(|(key, field)| !key.starts_with('$') && is_plain(field)),
        Value::Array(items) => {
            let mut before = items.iter().enumerate();
            items.iter().all(is_plain)
                && before.all(|(at, item)| items[..at].iter().all(|other| are_apart(item, other)))
        }
        _ => true,
    }
}

fn are_apart(one: &Value<'_>, other: &Value<'_>) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.iter().all(|(key, field)| other.get(key) != Some(field))
        }
        _ => one != other,
    }
}
