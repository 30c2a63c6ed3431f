//! What was injected comes back: to the letter where a record is, else up to what is listed as not known.

mod authors;
mod configurations;
mod golden;
mod random;

use std::collections::BTreeMap;

use outrigger::{inject::Doubt, workload};
use outrigger_json::{Object, Value};

/// The places in which two trees differ, as doubts name them. Null is nothing, and so is an empty map or list.
fn differences(a: &Value<'_>, b: &Value<'_>) -> Vec<String> {
    let mut places = Vec::new();
    differ("", a, b, &mut places);
    places
}

fn differ(path: &str, a: &Value<'_>, b: &Value<'_>, places: &mut Vec<String>) {
    match (a, b) {
        _ if a == b || says_nothing(a) && says_nothing(b) => {}
        (Value::Object(x), Value::Object(y)) => {
            let is_map = ["labels", "annotations"].iter().any(|m| path.ends_with(m));
            let keys = x.keys().chain(y.keys().filter(|key| !x.contains_key(key)));
            for key in keys {
                let path = match (is_map, path) {
                    (true, _) => format!("{path}[{key:?}]"),
                    (false, "") => key.to_owned(),
                    (false, _) => format!("{path}.{key}"),
                };
                let of = |o: &Object<'_>| o.get(key).cloned().unwrap_or_default().into_owned();
                differ(&path, &of(x), &of(y), places);
            }
        }
        (Value::Array(x), Value::Array(y)) => {
            let (x, y) = (by_name(x), by_name(y));
            for key in x.keys().chain(y.keys().filter(|key| !x.contains_key(*key))) {
                let of = |items: &BTreeMap<String, &Value<'_>>| {
                    items
                        .get(key)
                        .map(|v| (*v).clone().into_owned())
                        .unwrap_or_default()
                };
                differ(&format!("{path}[{key}]"), &of(&x), &of(&y), places);
            }
        }
        // A whole map or list is the same to its reader as all of its entries.
        (Value::Object(_), Value::Null) => differ(path, a, &Object::new().into(), places),
        (Value::Null, Value::Object(_)) => differ(path, &Object::new().into(), b, places),
        (Value::Array(_), Value::Null) => differ(path, a, &Vec::new().into(), places),
        (Value::Null, Value::Array(_)) => differ(path, &Vec::new().into(), b, places),
        _ => places.push(path.to_owned()),
    }
}

fn says_nothing(value: &Value<'_>) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(object) => object.iter().all(|(_, value)| says_nothing(value)),
        _ => false,
    }
}

fn by_name<'v, 'a>(items: &'v [Value<'a>]) -> BTreeMap<String, &'v Value<'a>> {
    let name = |(i, item): (usize, &'v Value<'a>)| {
        let name = item.get("name").and_then(Value::as_str);
        (name.map_or_else(|| i.to_string(), str::to_owned), item)
    };
    items.iter().enumerate().map(name).collect()
}

/// The differences that no doubt lists.
fn unlisted(author: &Value<'_>, restored: &Value<'_>, doubts: &[&Doubt]) -> Vec<String> {
    let mut places = differences(author, restored);
    places.retain(|place| {
        let listed = |doubt: &Doubt| {
            // What is listed in its usual form covers its other spelling.
            let usual = |place: &str| place.replace("prometheus.io.port", "prometheus.io/port");
            let (place, listed) = (usual(place), usual(&doubt.place));
            let rest = place.strip_prefix(&listed);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        !doubts.iter().any(|doubt| listed(doubt))
    });
    places
}

/// Restores a manifest by rule alone and gives the differences from the author's that are not listed, and whether
/// there are any differences.
fn by_rule(injected: &Value<'_>, author: &Value<'_>) -> (Vec<String>, bool) {
    match workload::restore(injected, None).unwrap() {
        None => (differences(author, injected), author != injected),
        Some(restored) => {
            let [was, is] = [author, &restored.object].map(|o| workload::objects(o));
            assert_eq!(was.len(), is.len());
            let mut all = Vec::new();
            for (was, is) in was.into_iter().zip(is) {
                let object = workload::Reference::of(was);
                let doubts = restored.doubts.iter();
                let doubts = doubts.filter(|(o, _)| *o == object).map(|(_, doubt)| doubt);
                all.extend(unlisted(was, is, &doubts.collect::<Vec<_>>()));
            }
            (all, !differences(author, &restored.object).is_empty())
        }
    }
}

fn documents(stream: &str) -> Vec<Value<'static>> {
    outrigger_yaml::documents(stream)
        .map(|document| document.unwrap().parse().unwrap())
        .filter(|value| !value.is_null())
        .collect()
}

/// The stream without the comments that injection leaves.
fn uncommented(stream: &str) -> String {
    let lines = stream.split_inclusive('\n');
    lines
        .filter(|line| !line.starts_with("# outrigger.dev/"))
        .collect()
}
