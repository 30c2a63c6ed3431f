//! The `caBundle` of the webhook's entries: the one field of them that is ours, by server-side apply.
//!
//! Whoever makes the object leaves the field out and is never fought with; whoever sets it is overruled.
//! Source of truth: <https://kubernetes.io/docs/reference/using-api/server-side-apply/>.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use kube::{
    Api, Client,
    api::{Patch, PatchParams},
    runtime::watcher,
};
use serde_json::{Value, json};
use tokio::{
    sync::{Notify, watch},
    time::sleep,
};

use crate::server::Shared;

use super::follow::{Standing, Table, WATCH_SECONDS, follow, random};

/// The name of the bundle in the health report.
const PART: &str = "ca-bundle";

/// Who owns the field.
const MANAGER: &str = "outrigger-ca-bundle";

/// The pause after a fault, and the shortest time between two repairs.
const PAUSE: Duration = Duration::from_secs(1);

/// The bundles of a configuration's entries, by their names.
type Entries = BTreeMap<String, Vec<u8>>;

/// Keeps the `caBundle` of all entries of the configuration `name` at `bundle` for ever, and says through `trusted`
/// what they have.
pub async fn keep_bundle(
    client: Client,
    name: String,
    mut bundle: watch::Receiver<String>,
    trusted: watch::Sender<Option<String>>,
    shared: Arc<Shared>,
) {
    let api = Api::<MutatingWebhookConfiguration>::all(client);
    let changed = Arc::new(Notify::new());
    let table = Table::new(changed.clone());
    let only = watcher::Config::default()
        .fields(&format!("metadata.name={name}"))
        .timeout(WATCH_SECONDS);
    let following = follow(
        &table,
        || watcher(api.clone(), only.clone()),
        |configuration| Some(entries(configuration)),
    );
    let keeping = async {
        loop {
            tokio::select! {
                () = changed.notified() => {}
                // That nobody tells any more is the end of the program.
                _ = bundle.changed() => {}
            }
            let wanted = bundle.borrow_and_update().clone();
            let state = table.state();
            let mut again = false;
            let fault = match (state.standing, state.items.get(&name)) {
                (Standing::Refused(cause), _) => Some(cause),
                (Standing::Waiting | Standing::Absent, _) => continue,
                (Standing::Known, None) => {
                    trusted.send_replace(None);
                    Some(format!("there is no MutatingWebhookConfiguration {name}"))
                }
                (Standing::Known, Some(entries)) => match repair(&name, entries, &wanted) {
                    None => {
                        trusted.send_replace(Some(wanted));
                        None
                    }
                    Some(patch) => {
                        let params = PatchParams::apply(MANAGER).force();
                        match api.patch(&name, &params, &Patch::Apply(patch)).await {
                            Ok(_) => {
                                tracing::info!(configuration = name, "caBundle set");
                                shared.metrics.ca_bundle_repairs.inc();
                                // What is stored now comes by the watch.
                                sleep(PAUSE.mul_f64(0.5 + random())).await;
                                None
                            }
                            Err(error) => {
                                again = true;
                                Some(format!("{:#}", anyhow::Error::from(error)))
                            }
                        }
                    }
                },
            };
            if let Some(fault) = &fault {
                tracing::warn!(fault, configuration = name, "caBundle not set");
            }
            shared.health.report(PART, fault);
            if again {
                sleep(PAUSE.mul_f64(0.5 + random())).await;
                changed.notify_one();
            }
        }
    };
    tokio::join!(following, keeping);
}

fn entries(configuration: &MutatingWebhookConfiguration) -> Entries {
    let webhooks = configuration.webhooks.iter().flatten();
    webhooks
        .map(|webhook| {
            let bundle = webhook.client_config.ca_bundle.clone();
            (webhook.name.clone(), bundle.map_or_else(Vec::new, |b| b.0))
        })
        .collect()
}

/// What is to be applied so that all entries have the bundle; `None`: they have. All of them are named, since an entry
/// that is left out is given up.
fn repair(name: &str, entries: &Entries, bundle: &str) -> Option<Value> {
    let all_have = entries.values().all(|has| has == bundle.as_bytes());
    if bundle.is_empty() || all_have {
        return None;
    }
    let bytes = k8s_openapi::ByteString(bundle.as_bytes().to_vec());
    let entries = entries
        .keys()
        .map(|name| json!({"name": name, "clientConfig": {"caBundle": bytes}}));
    Some(json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": entries.collect::<Vec<_>>(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_entries_are_named_where_one_is_wrong() {
        let entries = |bundles: &[&str]| -> Entries {
            let named = bundles.iter().enumerate();
            named
                .map(|(n, bundle)| (format!("e{n}"), bundle.as_bytes().to_vec()))
                .collect()
        };
        for (found, bundle, repaired) in [
            (&["new", "new"][..], "new", 0),
            (&["new", "old"], "new", 2),
            (&["", ""], "new", 2),
            (&[], "new", 0),
            (&["old"], "", 0),
        ] {
            let patch = repair("c", &entries(found), bundle);
            let webhooks = patch.as_ref().and_then(|p| p["webhooks"].as_array());
            assert_eq!(webhooks.map_or(0, Vec::len), repaired, "{found:?}");
        }
        let patch = repair("c", &entries(&[""]), "new").unwrap();
        let expected = json!([{"name": "e0", "clientConfig": {"caBundle": "bmV3"}}]);
        assert_eq!(patch["webhooks"], expected);
    }
}
