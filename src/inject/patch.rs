//! The difference between two trees as a JSON patch (RFC 6902): minimal, deterministic, aware of keyed lists.
//!
//! A list's items are matched by what names them in Kubernetes (`name`, `mountPath`, `containerPort`, …), so that a
//! container put in front of others is one operation and not a rewrite of them all. Of the items that both lists
//! have, as many as possible stay where they are (the longest common order); the others are taken out and added anew.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    fmt::Write as _,
};

use outrigger_json::{Object, Value, write_text};

/// The operations that turn `old` into `new`, as JSON text. `[]` if there is nothing to do.
///
/// Numbers are compared as they are written and objects without regard to the order of their keys; nothing that is
/// equal is touched.
pub(crate) fn diff(old: &Value<'_>, new: &Value<'_>) -> Vec<u8> {
    let mut patch = Patch {
        out: Vec::with_capacity(ROOM),
        path: String::with_capacity(64),
    };
    patch.out.push(b'[');
    patch.value(old, new);
    patch.out.push(b']');
    patch.out
}

/// Holds most patches: a sidecar, its init container and their volumes.
const ROOM: usize = 8 << 10;

struct Patch {
    out: Vec<u8>,
    /// The path of the place at hand, as a JSON pointer (RFC 6901).
    path: String,
}

impl Patch {
    fn value(&mut self, old: &Value<'_>, new: &Value<'_>) {
        match (old, new) {
            (Value::Object(old), Value::Object(new)) => self.object(old, new),
            (Value::Array(old), Value::Array(new)) => self.list(old, new),
            _ if old == new => {}
            _ => self.operation("replace", Some(new)),
        }
    }

    fn object(&mut self, old: &Object<'_>, new: &Object<'_>) {
        let (old_index, new_index) = (Lookup::new(old), Lookup::new(new));
        for (key, before) in old.iter() {
            match new_index.get(key) {
                Some(after) => self.at(key, |patch| patch.value(before, after)),
                None => self.at(key, |patch| patch.operation("remove", None)),
            }
        }
        for (key, after) in new.iter() {
            if old_index.get(key).is_none() {
                self.at(key, |patch| patch.operation("add", Some(after)));
            }
        }
    }

    fn list(&mut self, old: &[Value<'_>], new: &[Value<'_>]) {
        let same = old.iter().zip(new).take_while(|(a, b)| a == b).count();
        let (old_rest, new_rest) = (&old[same..], &new[same..]);
        if old_rest.is_empty() && new_rest.is_empty() {
            return;
        }
        let kept = matches(old_rest, new_rest);

        // From the end, so that what is taken out does not move what is still to be looked at. The places rise.
        let mut stays = kept.iter().rev().flatten().peekable();
        for i in (0..old_rest.len()).rev() {
            if stays.next_if(|at| **at == i).is_none() {
                self.at_index(same + i, |patch| patch.operation("remove", None));
            }
        }
        for (i, (after, before)) in new_rest.iter().zip(kept).enumerate() {
            self.at_index(same + i, |patch| match before {
                Some(before) => patch.value(&old_rest[before], after),
                None => patch.operation("add", Some(after)),
            });
        }
    }

    fn at(&mut self, key: &str, work: impl FnOnce(&mut Self)) {
        let parent = self.path.len();
        self.path.push('/');
        let mut rest = key;
        while let Some(at) = memchr::memchr2(b'~', b'/', rest.as_bytes()) {
            let (before, after) = rest.split_at(at);
            self.path.push_str(before);
            self.path
                .push_str(if after.starts_with('~') { "~0" } else { "~1" });
            rest = &after[1..];
        }
        self.path.push_str(rest);
        work(self);
        self.path.truncate(parent);
    }

    fn at_index(&mut self, index: usize, work: impl FnOnce(&mut Self)) {
        let parent = self.path.len();
        // Writing to a string cannot fail.
        let _ = write!(self.path, "/{index}");
        work(self);
        self.path.truncate(parent);
    }

    fn operation(&mut self, op: &'static str, value: Option<&Value<'_>>) {
        if self.out.len() > 1 {
            self.out.push(b',');
        }
        self.out.extend_from_slice(b"{\"op\":\"");
        self.out.extend_from_slice(op.as_bytes());
        self.out.extend_from_slice(b"\",\"path\":");
        write_text(&self.path, &mut self.out);
        if let Some(value) = value {
            self.out.extend_from_slice(b",\"value\":");
            value.write(&mut self.out);
        }
        self.out.push(b'}');
    }
}

/// Up to so many a walk finds one faster than hashing does.
const FEW: usize = 32;

/// A look-up by key that stays fast in large objects.
enum Lookup<'o, 'a> {
    Few(&'o Object<'a>),
    Many(HashMap<&'o str, &'o Value<'a>>),
}

impl<'o, 'a> Lookup<'o, 'a> {
    fn new(object: &'o Object<'a>) -> Self {
        if object.len() > FEW {
            Self::Many(object.index())
        } else {
            Self::Few(object)
        }
    }

    fn get(&self, key: &str) -> Option<&'o Value<'a>> {
        match self {
            Self::Few(object) => object.get(key),
            Self::Many(index) => index.get(key).copied(),
        }
    }
}

/// What names an item in the keyed lists of a Pod, the most telling first.
const KEYS: [&str; 8] = [
    "name",
    "mountPath",
    "devicePath",
    "containerPort",
    "uid",
    "ip",
    "topologyKey",
    "conditionType",
];

/// For each item of `new` the item of `old` that it is made from, if that one can stay in its place.
fn matches(old: &[Value<'_>], new: &[Value<'_>]) -> Vec<Option<usize>> {
    let Some((old_names, new_names)) = names(old, new) else {
        // Nothing names the items: they are matched by place.
        return (0..new.len())
            .map(|i| (i < old.len()).then_some(i))
            .collect();
    };
    let mut matched: Vec<Option<usize>> = if old_names.len() > FEW {
        let places: HashMap<&str, usize> = old_names.iter().map(|n| &**n).zip(0..).collect();
        let place = |name: &Cow<'_, str>| places.get(&**name).copied();
        new_names.iter().map(place).collect()
    } else {
        let place = |name: &Cow<'_, str>| old_names.iter().position(|old| old == name);
        new_names.iter().map(place).collect()
    };
    keep_longest_order(&mut matched);
    matched
}

type Names<'v> = Vec<Cow<'v, str>>;

/// The items' names in both lists, if some key names them all, each but once.
fn names<'v>(old: &'v [Value<'_>], new: &'v [Value<'_>]) -> Option<(Names<'v>, Names<'v>)> {
    let all = |list: &'v [Value<'_>], key: Option<&str>| -> Option<Names<'v>> {
        let mut names = Vec::with_capacity(list.len());
        for item in list {
            names.push(item_name(item, key)?);
        }
        are_unique(&names).then_some(names)
    };
    let scalars = std::iter::once(None);
    KEYS.into_iter()
        .map(Some)
        .chain(scalars)
        .find_map(|key| Some((all(old, key)?, all(new, key)?)))
}

fn are_unique(names: &[Cow<'_, str>]) -> bool {
    if names.len() > FEW {
        let mut seen = HashSet::with_capacity(names.len());
        names.iter().all(|name| seen.insert(&**name))
    } else {
        let mut before = names
            .iter()
            .enumerate()
            .map(|(i, name)| (&names[..i], name));
        before.all(|(before, name)| !before.contains(name))
    }
}

/// An object's value of `key`; without a key the text of a scalar.
fn item_name<'v>(item: &'v Value<'_>, key: Option<&str>) -> Option<Cow<'v, str>> {
    match (item, key) {
        (Value::Object(object), Some(key)) => match object.get(key)? {
            Value::String(s) => Some(Cow::Borrowed(s)),
            Value::Number(n) => Some(Cow::Owned(n.to_string())),
            _ => None,
        },
        (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), None) => {
            Some(item.to_string().into())
        }
        _ => None,
    }
}

/// Clears all but a longest increasing subsequence of the places, by patience sorting.
fn keep_longest_order(places: &mut [Option<usize>]) {
    // tails[k]: where in `places` the best run of length k + 1 ends.
    if places.iter().flatten().is_sorted() {
        return; // No two items have one place.
    }
    let mut tails: Vec<usize> = Vec::new();
    let mut previous = vec![None; places.len()];
    for (i, place) in places.iter().enumerate() {
        let Some(place) = place else { continue };
        let length = tails.partition_point(|&tail| places[tail].is_some_and(|p| p < *place));
        previous[i] = length.checked_sub(1).map(|l| tails[l]);
        if length == tails.len() {
            tails.push(i);
        } else {
            tails[length] = i;
        }
    }
    let mut kept = vec![false; places.len()];
    let mut at = tails.last().copied();
    while let Some(i) = at {
        kept[i] = true;
        at = previous[i];
    }
    for (place, kept) in places.iter_mut().zip(kept) {
        if !kept {
            *place = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(old: &str, new: &str) -> String {
        let (old, new) = (
            Value::parse(old.as_bytes()).unwrap(),
            Value::parse(new.as_bytes()).unwrap(),
        );
        String::from_utf8(diff(&old, &new)).unwrap()
    }

    #[test]
    fn names_are_unique_or_not() {
        for count in [0, 1, 2, FEW, FEW + 1, 3 * FEW] {
            let mut names: Vec<Cow<'_, str>> = (0..count).map(|i| i.to_string().into()).collect();
            assert!(are_unique(&names), "{count}");
            if count > 1 {
                names[count - 1] = "0".into();
                assert!(!are_unique(&names), "{count}");
            }
        }
    }

    #[test]
    fn operations() {
        for (old, new, want) in [
            ("{}", "{}", "[]"),
            (r#"{"a":1.0}"#, r#"{"a":1.0}"#, "[]"),
            (r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, "[]"),
            (
                r#"{"a":{"b":null}}"#,
                r#"{"a":{"b":{}}}"#,
                r#"[{"op":"replace","path":"/a/b","value":{}}]"#,
            ),
            (
                r#"{"x/y~":1}"#,
                r"{}",
                r#"[{"op":"remove","path":"/x~1y~0"}]"#,
            ),
            (r#"{"a\"":1}"#, r"{}", r#"[{"op":"remove","path":"/a\""}]"#),
            (
                r#"[{"name":"app","v":1}]"#,
                r#"[{"name":"proxy"},{"name":"app","v":2}]"#,
                r#"[{"op":"add","path":"/0","value":{"name":"proxy"}},{"op":"replace","path":"/1/v","value":2}]"#,
            ),
            (
                r#"[{"name":"a"},{"name":"b"},{"name":"c"}]"#,
                r#"[{"name":"c"},{"name":"a"},{"name":"b"}]"#,
                r#"[{"op":"remove","path":"/2"},{"op":"add","path":"/0","value":{"name":"c"}}]"#,
            ),
            (
                r#"["x","y"]"#,
                r#"["x","z","y"]"#,
                r#"[{"op":"add","path":"/1","value":"z"}]"#,
            ),
            (
                "[[1],[2]]",
                "[[1],[3]]",
                r#"[{"op":"remove","path":"/1/0"},{"op":"add","path":"/1/0","value":3}]"#,
            ),
        ] {
            assert_eq!(text(old, new), want, "{old} -> {new}");
        }
    }

    fn tree() -> impl Strategy<Value = serde_json::Value> {
        let scalar = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            (0..4i64).prop_map(Into::into),
            "[a-c/~\"]{0,2}".prop_map(Into::into),
        ];
        scalar.prop_recursive(4, 48, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                prop::collection::vec(("[a-d]", inner.clone()), 0..5).prop_map(|items| items
                    .into_iter()
                    .map(|(name, value)| serde_json::json!({"name": name, "value": value}))
                    .collect::<Vec<_>>()
                    .into()),
                prop::collection::btree_map("[a-c/~]{0,2}", inner, 0..5)
                    .prop_map(|m| serde_json::Value::Object(m.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn the_patch_of_a_difference_gives_the_new_tree(old in tree(), new in tree()) {
            let (a, b) = (old.to_string(), new.to_string());
            let patch: json_patch::Patch = serde_json::from_str(&text(&a, &b)).unwrap();
            let mut patched = old.clone();
            json_patch::patch(&mut patched, &patch).unwrap();
            prop_assert_eq!(&patched, &new);
            if old == new {
                prop_assert!(patch.is_empty());
            }
        }
    }
}
