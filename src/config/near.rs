//! What a name that nobody knows may have been meant to be.
//!
//! Unknown fields are ignored, as Istio ignores them: they may be newer than this program. One that is nearly the name of
//! a field that is known and not there is told.

use outrigger_json::{Object, Value};

use super::{
    field::FieldError,
    proto::{Cardinality, Type},
};

/// The known name most like a given one, if any is like it.
pub(crate) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let bound = name.chars().count() / 4 + 1;
    let known = known.into_iter().map(|known| {
        let distance = strsim::osa_distance(&known.to_lowercase(), &name.to_lowercase());
        (distance, known)
    });
    let near = known.filter(|(distance, _)| *distance <= bound);
    near.min().map(|(_, known)| known)
}

/// A key that is none of the known ones but nearly one that is not there.
fn misspelt(object: &Object<'_>, key: &str, known: &[&str]) -> Option<FieldError> {
    if known.contains(&key) {
        return None;
    }
    let absent = known.iter().filter(|known| !object.contains_key(known));
    let meant = nearest(key, absent.copied())?;
    let doubt = FieldError::new(format!("nothing reads it; did you mean {meant}?"));
    Some(doubt.within(key))
}

/// The keys of an object that are nearly some of the known ones.
pub(super) fn in_object(tree: &Value<'_>, known: &[&str]) -> Vec<FieldError> {
    let Some(object) = tree.as_object() else {
        return Vec::new();
    };
    let keys = object.keys();
    keys.filter_map(|key| misspelt(object, key, known))
        .collect()
}

/// The same in a message and those in it. A tree of YAML is not deep without bounds, so this ends.
pub(super) fn in_message(tree: &Value<'_>, of: &'static Type) -> Vec<FieldError> {
    let known: Vec<&str> = of.fields.iter().map(|field| &*field.json).collect();
    let Some(object) = tree.as_object() else {
        return Vec::new();
    };
    let mut doubts = Vec::new();
    for (key, value) in object.iter() {
        let field = of.position(key).and_then(|at| of.fields.get(at));
        let Some(field) = field else {
            doubts.extend(misspelt(object, key, &known));
            continue;
        };
        let Some(inner) = field.kind.message() else {
            continue;
        };
        let within = match field.cardinality {
            Cardinality::One => in_message(value, inner),
            Cardinality::List => {
                let items = value.as_array().unwrap_or_default().iter().enumerate();
                let item = |(i, item)| {
                    let doubts = in_message(item, inner).into_iter();
                    doubts.map(move |doubt| doubt.within(format!("[{i}]")))
                };
                items.flat_map(item).collect()
            }
            Cardinality::Map => Vec::new(),
        };
        doubts.extend(within.into_iter().map(|doubt| doubt.within(key)));
    }
    doubts
}

/// The same in a document that has no schema but an example.
pub(super) fn in_document(tree: &Value<'_>, example: &Value<'_>) -> Vec<FieldError> {
    let (Some(object), Some(example)) = (tree.as_object(), example.as_object()) else {
        return Vec::new();
    };
    let known: Vec<&str> = example.keys().collect();
    let mut doubts = Vec::new();
    for (key, value) in object.iter() {
        match example.get(key) {
            Some(example) => {
                let within = in_document(value, example).into_iter();
                doubts.extend(within.map(|doubt| doubt.within(key)));
            }
            None => doubts.extend(misspelt(object, key, &known)),
        }
    }
    doubts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::proto::message_type;

    fn tree(yaml: &str) -> Value<'static> {
        outrigger_yaml::parse(yaml).unwrap()
    }

    fn said(doubts: &[FieldError]) -> Vec<String> {
        doubts.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_nearly_known_is_told() {
        let mesh = message_type("istio.mesh.v1alpha1.MeshConfig");
        for (yaml, wanted) in [
            ("trustDomain: a", None),
            ("trust_domain: a", None),
            ("somethingNewer: 1", None),
            (
                "trustDomian: a",
                Some("trustDomian: nothing reads it; did you mean trustDomain?"),
            ),
            (
                "defaultConfig: {statusport: 1}",
                Some("defaultConfig.statusport: nothing reads it; did you mean statusPort?"),
            ),
            (
                "extensionProviders: [{}, {nmae: a}]",
                Some("extensionProviders[1].nmae: nothing reads it; did you mean name?"),
            ),
        ] {
            let got = said(&in_message(&tree(yaml), mesh));
            assert_eq!(got.first().map(String::as_str), wanted, "{yaml}");
        }
    }

    #[test]
    fn what_is_there_is_not_what_was_meant() {
        let known = ["policy", "templates"];
        assert_eq!(
            said(&in_object(&tree("{template: a, templates: {}}"), &known)),
            [""; 0]
        );
        assert_eq!(in_object(&tree("{template: a}"), &known).len(), 1);
        let example = tree("{global: {hub: a, proxy: {image: b}}}");
        let got = said(&in_document(
            &tree("{global: {proxy: {imgae: c}}}"),
            &example,
        ));
        assert_eq!(
            got,
            ["global.proxy.imgae: nothing reads it; did you mean image?"]
        );
    }
}
