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

use super::follow::{Standing, Table, WATCH_SECONDS, follow, is_refusal, random};

/// The name of the bundle in the health report.
const PART: &str = "ca-bundle";

/// Who owns the field.
const MANAGER: &str = "outrigger-ca-bundle";

/// The pause after a fault, and the shortest time between two repairs.
const PAUSE: Duration = Duration::from_secs(1);

/// The bundles of a configuration's entries, by their names.
type Entries = BTreeMap<String, Vec<u8>>;

/// What clients are told to trust.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Published {
    /// The API server has not said yet.
    #[default]
    Unknown,
    /// Nothing can be told: there is no configuration, or the API server refuses.
    Nowhere,
    /// All entries have this bundle.
    Everywhere(String),
}

/// Keeps the `caBundle` of all entries of the configuration `name` at `bundle` for ever, and says through `published`
/// what they have.
pub async fn keep_bundle(
    client: Client,
    name: String,
    mut bundle: watch::Receiver<String>,
    published: watch::Sender<Published>,
    shared: Arc<Shared>,
) {
    let report = |fault| shared.health.report(PART, fault);
    report(Some("not published yet".to_owned()));
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
            let (outcome, fault) = match (state.standing, state.items.get(&name)) {
                (Standing::Waiting, _) => continue,
                (Standing::Refused(cause), _) => (Published::Nowhere, Some(cause)),
                (Standing::Absent, _) | (Standing::Known, None) => (
                    Published::Nowhere,
                    Some(format!("there is no MutatingWebhookConfiguration {name}")),
                ),
                (Standing::Known, Some(entries)) => match repair(&name, entries, &wanted) {
                    None => (Published::Everywhere(wanted), None),
                    Some(patch) => match apply(&api, &name, patch, &shared).await {
                        Ok(()) => (Published::Everywhere(wanted), None),
                        Err(error) => {
                            again = true;
                            let outcome = match &error {
                                kube::Error::Api(s) if is_refusal(s.code) => Published::Nowhere,
                                _ => published.borrow().clone(),
                            };
                            let fault = format!("{:#}", anyhow::Error::from(error));
                            (outcome, Some(fault))
                        }
                    },
                },
            };
            published.send_replace(outcome);
            if let Some(fault) = &fault {
                tracing::warn!(fault, configuration = name, "caBundle not set");
            }
            report(fault);
            if again {
                sleep(PAUSE.mul_f64(0.5 + random())).await;
                changed.notify_one();
            }
        }
    };
    tokio::join!(following, keeping);
}

/// Applies a repair, and gives the API server a moment to act on it. What is stored comes by the watch.
async fn apply(
    api: &Api<MutatingWebhookConfiguration>,
    name: &str,
    patch: Value,
    shared: &Shared,
) -> kube::Result<()> {
    let params = PatchParams::apply(MANAGER).force();
    api.patch(name, &params, &Patch::Apply(patch)).await?;
    tracing::info!(configuration = name, "caBundle set");
    shared.metrics.ca_bundle_repairs.inc();
    sleep(PAUSE.mul_f64(0.5 + random())).await;
    Ok(())
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
    use std::{collections::VecDeque, convert::Infallible};

    use hyper::http::{Method, Request, Response};
    use kube::client::Body;
    use tokio::time::timeout;
    use tower::service_fn;

    use super::*;
    use crate::server::{Limits, Starting};

    /// An API server that answers by these status codes: what is there, and each patch in turn. With no code left, and
    /// to a watch, it answers nothing.
    fn api_server(read: u16, has: Option<&str>, patches: &[u16]) -> Client {
        let bundle = |text: &str| k8s_openapi::ByteString(text.as_bytes().to_vec());
        let items = has.map(|text| {
            json!({
                "metadata": {"name": "c"},
                "webhooks": [{
                    "name": "e0",
                    "admissionReviewVersions": [],
                    "clientConfig": {"caBundle": bundle(text)},
                    "sideEffects": "None",
                }],
            })
        });
        let list = json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "MutatingWebhookConfigurationList",
            "metadata": {"resourceVersion": "1"},
            "items": items.iter().collect::<Vec<_>>(),
        });
        let mut patches: VecDeque<_> = patches.iter().copied().collect();
        let service = service_fn(move |request: Request<Body>| {
            let is_watch = request.uri().query().is_some_and(|q| q.contains("watch="));
            let answer = if request.method() == Method::PATCH {
                let code = patches.pop_front();
                code.map(|code| (code, json!({"metadata": {}})))
            } else {
                (!is_watch).then(|| (read, list.clone()))
            };
            async move {
                let Some((code, body)) = answer else {
                    return std::future::pending().await;
                };
                let body = if code == 200 {
                    body
                } else {
                    json!({"kind": "Status", "status": "Failure", "message": "no", "reason": "no", "code": code})
                };
                let body = Body::from(body.to_string().into_bytes());
                let answer = Response::builder().status(code).body(body).unwrap();
                Ok::<_, Infallible>(answer)
            }
        });
        Client::new(service, "default")
    }

    #[tokio::test(start_paused = true)]
    async fn what_becomes_of_the_first_attempt_is_told() {
        let everywhere = || Published::Everywhere("new".into());
        for (what, read, has, patches, expected) in [
            ("set", 200, Some("old"), &[200][..], everywhere()),
            ("set before", 200, Some("new"), &[], everywhere()),
            (
                "fails first",
                200,
                Some("old"),
                &[503, 500, 200],
                everywhere(),
            ),
            ("no object", 200, None, &[], Published::Nowhere),
            ("no right to read", 403, None, &[], Published::Nowhere),
            (
                "no right to write",
                200,
                Some("old"),
                &[403],
                Published::Nowhere,
            ),
            ("read fails", 500, None, &[], Published::Unknown),
            ("no answer", 200, Some("old"), &[503], Published::Unknown),
        ] {
            let starting = Starting::bind(None, Limits::default()).await.unwrap();
            let shared = starting.shared();
            let (_told, bundle) = watch::channel("new".to_owned());
            let (published, mut says) = watch::channel(Published::default());
            let client = api_server(read, has, patches);
            let keep = keep_bundle(client, "c".into(), bundle, published, shared.clone());
            let said = timeout(
                Duration::from_secs(3600),
                says.wait_for(|p| *p != Published::Unknown),
            );
            let said = tokio::select! {
                () = keep => None,
                said = said => said.ok().map(|said| said.unwrap().clone()),
            };
            assert_eq!(said.unwrap_or_default(), expected, "{what}");
            let is_well = shared.health.report_text().contains("[+]ca-bundle ok");
            assert_eq!(is_well, expected == everywhere(), "{what}");
        }
    }

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
