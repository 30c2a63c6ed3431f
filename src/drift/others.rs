//! What others are known to add to the containers of a Pod after it was injected, or beside it.
//!
//! The API server mounts the service account's token, a `LimitRange` fills in resources, the identity webhooks of cloud
//! providers hand credentials to every container, and the vertical autoscaler sets requests. None of that is drift.

use outrigger_json::{Object, Value};

use super::bare::named;
use crate::inject::pod::{self, List, annotation};

/// Where others mount volumes in every container.
///
/// Sources: <https://kubernetes.io/docs/concepts/storage/projected-volumes/>,
/// <https://github.com/aws/amazon-eks-pod-identity-webhook>, <https://azure.github.io/azure-workload-identity/>.
const MOUNTS: [&str; 4] = [
    "/var/run/secrets/kubernetes.io/serviceaccount",
    "/var/run/secrets/eks.amazonaws.com/serviceaccount",
    "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount",
    "/var/run/secrets/azure/tokens",
];

/// The variables that the same webhooks add.
const VARIABLES: [&str; 11] = [
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_ROLE_ARN",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AZURE_AUTHORITY_HOST",
    "AZURE_CLIENT_ID",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_TENANT_ID",
];

/// The proxy's variables that list the other containers and their ports: they say nothing but that others have added
/// containers since.
const LISTINGS: [&str; 2] = ["ISTIO_META_APP_CONTAINERS", "ISTIO_META_POD_PORTS"];

/// Says which resources a `LimitRange` has filled in: `cpu, memory request for container app; cpu limit for init
/// container istio-init`, after a word on the plugin.
const LIMIT_RANGER: &str = "kubernetes.io/limit-ranger";

/// Says that the vertical autoscaler has set requests and limits.
const AUTOSCALED: &str = "vpaUpdates";

/// Takes out of `before`, a live Pod in bare form, what others have added to containers that `after` has too.
pub(super) fn leave_out(live: &Value<'_>, before: &mut Value<'static>, after: &Value<'static>) {
    let filled = annotation(live, LIMIT_RANGER)
        .map(filled_in)
        .unwrap_or_default();
    let is_autoscaled = annotation(live, AUTOSCALED).is_some();
    for list in List::INIT_FIRST {
        let wanted = after.at(&["spec", list.key()]);
        for container in pod::items_mut(before, list.key()).into_iter().flatten() {
            let Some(wanted) = named(wanted, pod::name(container)) else {
                continue;
            };
            let name = pod::name(container).to_owned();
            let Some(container) = container.as_object_mut() else {
                continue;
            };
            drop_items(container, wanted, "volumeMounts", "mountPath", &MOUNTS);
            drop_items(container, wanted, "env", "name", &VARIABLES);
            take_over_listings(container, wanted);
            if is_autoscaled {
                container.remove("resources");
                if let Some(resources) = wanted.get("resources") {
                    container.insert("resources", resources.clone());
                }
            }
            for (_, what, resource) in filled.iter().filter(|(of, ..)| *of == name) {
                drop_resource(container, wanted, what, resource);
            }
        }
    }
}

/// Takes known items out of a list, unless they are wanted.
fn drop_items(
    container: &mut Object<'static>,
    wanted: &Value<'static>,
    list: &'static str,
    key: &str,
    known: &[&str],
) {
    let text = |item: &Value<'_>| item.get(key).and_then(Value::as_str).map(str::to_owned);
    let wanted = wanted
        .get(list)
        .and_then(Value::as_array)
        .unwrap_or_default();
    let Some(items) = container.get_mut(list).and_then(Value::as_array_mut) else {
        return;
    };
    items.retain(|item| {
        let text = text(item);
        let is_known = text.as_deref().is_some_and(|text| known.contains(&text));
        !is_known
            || wanted
                .iter()
                .any(|w| w.get(key).and_then(Value::as_str) == text.as_deref())
    });
    if items.is_empty() {
        container.remove(list);
    }
}

/// Gives the variables that list other containers the values that they would have.
fn take_over_listings(container: &mut Object<'static>, wanted: &Value<'static>) {
    let variables = container.get_mut("env").and_then(Value::as_array_mut);
    for variable in variables.into_iter().flatten() {
        let is_listing = LISTINGS.contains(&pod::name(variable));
        if let Some(wanted) = named(wanted.get("env"), pod::name(variable)).filter(|_| is_listing) {
            *variable = wanted.clone();
        }
    }
}

/// Takes a request or a limit out, unless there is to be one.
fn drop_resource(
    container: &mut Object<'static>,
    wanted: &Value<'static>,
    what: &str,
    resource: &str,
) {
    if wanted.at(&["resources", what, resource]).is_some() {
        return;
    }
    let Some(resources) = container
        .get_mut("resources")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    if let Some(part) = resources.get_mut(what).and_then(Value::as_object_mut) {
        part.remove(resource);
        if part.is_empty() {
            resources.remove(what);
        }
    }
    if resources.is_empty() {
        container.remove("resources");
    }
}

/// Container, `requests` or `limits`, and resource of each that the annotation names.
fn filled_in(annotation: &str) -> Vec<(String, &'static str, String)> {
    let mut filled = Vec::new();
    let parts = annotation
        .split_once(':')
        .map_or(annotation, |(_, parts)| parts);
    for part in parts.split(';') {
        let words: Vec<&str> = part
            .split([' ', ','])
            .filter(|word| !word.is_empty())
            .collect();
        let Some(at) = words
            .iter()
            .position(|word| matches!(*word, "request" | "limit"))
        else {
            continue;
        };
        let what = if words[at] == "request" {
            "requests"
        } else {
            "limits"
        };
        let container = words.last().copied().unwrap_or_default();
        let resources = words.iter().take(at);
        filled
            .extend(resources.map(|resource| (container.to_owned(), what, (*resource).to_owned())));
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_annotation_of_a_limit_range_is_read() {
        let text = "LimitRanger plugin set: cpu, memory request for container app; cpu limit for init container init";
        let entry = |container: &str, what, resource: &str| {
            (container.to_owned(), what, resource.to_owned())
        };
        assert_eq!(
            filled_in(text),
            [
                entry("app", "requests", "cpu"),
                entry("app", "requests", "memory"),
                entry("init", "limits", "cpu"),
            ]
        );
        assert_eq!(filled_in("nothing of that"), []);
    }
}
