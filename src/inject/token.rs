//! The volume of a service account's token: the API server adds it to Pods, and makes a name up for each.
//!
//! So no two Pods of a workload are the same to the letter. What is said of one holds for the others if nothing depends
//! on that name.
//!
//! Source: <https://kubernetes.io/docs/concepts/storage/projected-volumes/#serviceaccounttoken>.

use outrigger_json::Value;

use super::pod;

/// What the names begin with; five characters follow.
pub const PREFIX: &str = "kube-api-access-";

/// In how many places a Pod has `name` as the name of a volume, or of what a container mounts.
pub(super) fn places(pod: &Value<'_>, name: &str) -> usize {
    let named = |items: &[Value<'_>]| items.iter().filter(|item| pod::name(item) == name).count();
    let containers = ["containers", "initContainers", "ephemeralContainers"]
        .iter()
        .flat_map(|list| pod::items(pod, list));
    let mounts = containers.filter_map(|c| c.get("volumeMounts")?.as_array());
    named(pod::items(pod, "volumes")) + mounts.map(named).sum::<usize>()
}

/// Whether any text of a tree could be such a name.
pub(super) fn is_in(tree: &Value<'_>) -> bool {
    match tree {
        Value::String(text) => text.starts_with(PREFIX),
        Value::Array(items) => items.iter().any(is_in),
        Value::Object(entries) => entries
            .iter()
            .any(|(key, value)| key.starts_with(PREFIX) || is_in(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_names_of_volumes_and_mounts() {
        let pod = br#"{"metadata": {"name": "x"}, "spec": {"volumes": [{"name": "x"}, {"name": "y"}],
            "containers": [{"name": "x", "env": [{"name": "x"}], "volumeMounts": [{"name": "x"}]}, {}],
            "ephemeralContainers": [{"volumeMounts": [{"name": "x"}, {"name": "x", "mountPath": "x"}]}]}}"#;
        assert_eq!(places(&Value::parse(pod).unwrap(), "x"), 4);
        assert_eq!(places(&Value::parse(b"{}").unwrap(), "x"), 0);
    }

    #[test]
    fn texts_that_could_be_a_name_are_found_anywhere() {
        for (tree, want) in [
            (r#"[{"a": ["kube-api-access-"]}]"#, true),
            (r#"{"kube-api-access-x": 1}"#, true),
            (r#"{"a": "see kube-api-access-x"}"#, false),
        ] {
            assert_eq!(
                is_in(&Value::parse(tree.as_bytes()).unwrap()),
                want,
                "{tree}"
            );
        }
    }
}
