//! Which configuration holds for one Pod.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use outrigger_json::Object;

use super::{ProxyConfig, apply, built_in, empty, overlay};
use crate::config::{MeshConfig, Snapshot, proto::Message};

/// What holds for one Pod.
#[derive(Clone, Debug)]
pub struct Effective {
    /// The layered configuration: what templates see and the proxy gets.
    pub proxy: Arc<ProxyConfig>,
    /// The mesh's configuration; for a manifest with the Pod's annotation applied to its `defaultConfig`.
    pub mesh: Arc<MeshConfig>,
    /// Whether mesh or annotation hold the application back until the proxy is ready: what the order of
    /// containers goes by.
    pub hold_application: bool,
}

/// The layers that are the same for all Pods, and results for those that share the others.
#[derive(Debug, Default)]
pub(in crate::config) struct Layers {
    /// Built-in defaults and the mesh's.
    base: Arc<ProxyConfig>,
    known: Mutex<Known>,
}

/// How many results are kept.
const CAPACITY: usize = 256;
/// Longer annotations, in bytes, are not kept.
const LONGEST: usize = 4096;

#[derive(Debug, Default)]
struct Known {
    results: HashMap<Key, Effective>,
    /// The keys, oldest first.
    order: VecDeque<Key>,
}

/// What a result depends on, the snapshot being given.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    manifest: bool,
    /// Places of the resources of the root namespace, of the Pod's and for the Pod.
    resources: [Option<usize>; 3],
    annotation: Option<String>,
}

impl Layers {
    pub(in crate::config) fn new(mesh: &MeshConfig) -> Self {
        let mut message = built_in().clone();
        overlay(&mut message, mesh.default_config().message());
        Self {
            base: Arc::new(ProxyConfig::new(message)),
            known: Mutex::default(),
        }
    }

    /// The same layers without the results.
    pub(in crate::config) fn again(&self) -> Self {
        Self {
            base: self.base.clone(),
            known: Mutex::default(),
        }
    }
}

impl Snapshot {
    /// The configuration for a Pod in an admission review: layers of built-in defaults, mesh, `ProxyConfig`
    /// resources and the annotation `proxy.istio.io/config`. An annotation that cannot be read counts as absent;
    /// validation refuses it.
    pub fn for_webhook(
        &self,
        namespace: &str,
        labels: Option<&Object<'_>>,
        annotation: Option<&str>,
    ) -> Effective {
        self.effective(false, namespace, labels, annotation)
    }

    /// The configuration for a Pod in a manifest: the annotation goes straight onto the mesh's `defaultConfig`, where
    /// its zeros count.
    pub fn for_manifest(
        &self,
        namespace: &str,
        labels: Option<&Object<'_>>,
        annotation: Option<&str>,
    ) -> Effective {
        self.effective(true, namespace, labels, annotation)
    }

    fn effective(
        &self,
        manifest: bool,
        namespace: &str,
        labels: Option<&Object<'_>>,
        annotation: Option<&str>,
    ) -> Effective {
        let root = self.mesh.root_namespace();
        let resources = &self.proxy_configs;
        let key = Key {
            manifest,
            resources: [
                resources.of_namespace(root),
                (namespace != root)
                    .then(|| resources.of_namespace(namespace))
                    .flatten(),
                resources.of_workload(namespace, labels),
            ],
            annotation: annotation.map(str::to_owned),
        };
        if annotation.is_some_and(|text| text.len() > LONGEST) {
            return self.compute(&key);
        }
        let lock = || {
            // A panic while the lock is held leaves a smaller cache at worst.
            let known = self.layers.known.lock();
            known.unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(result) = lock().results.get(&key) {
            return result.clone();
        }
        let result = self.compute(&key);
        let mut known = lock();
        if known.results.insert(key.clone(), result.clone()).is_none() {
            known.order.push_back(key);
        }
        if known.order.len() > CAPACITY
            && let Some(oldest) = known.order.pop_front()
        {
            known.results.remove(&oldest);
        }
        result
    }

    fn compute(&self, key: &Key) -> Effective {
        let tree = key
            .annotation
            .as_deref()
            .and_then(|t| outrigger_yaml::parse(t).ok());
        // What cannot be applied whole is not applied at all.
        let layer = tree.as_ref().and_then(|tree| {
            let mut layer = empty();
            apply(&mut layer, tree).ok().map(|()| layer)
        });
        let hold_application = layer
            .as_ref()
            .and_then(|layer| layer.bool("holdApplicationUntilProxyStarts"))
            .unwrap_or_else(|| self.mesh.default_config().hold_application());

        let mut mesh = Arc::clone(&self.mesh);
        let mut base = Arc::clone(&self.layers.base);
        if key.manifest {
            base = Arc::clone(self.mesh.default_config());
            if let (Some(tree), true) = (&tree, layer.is_some()) {
                let changed = changed(base.message(), |message| _ = apply(message, tree));
                mesh = Arc::new(self.mesh.with_default_config(changed));
            }
        }
        let [of_root, of_namespace, of_workload] = key.resources;
        let resource = |place: Option<usize>| self.proxy_configs.layer(place?);
        let mut layers = [
            resource(of_root),
            resource(of_namespace),
            resource(of_workload),
        ];
        let proxy = if layers.iter().all(Option::is_none) && key.manifest {
            Arc::clone(mesh.default_config())
        } else if layers.iter().all(Option::is_none) && layer.is_none() {
            base
        } else {
            let top = layers[2].take();
            let message = changed(base.message(), |message| {
                for layer in layers.into_iter().flatten() {
                    overlay(message, layer);
                }
                match (&tree, &layer) {
                    (Some(tree), Some(_)) if key.manifest => _ = apply(message, tree),
                    (_, Some(layer)) => overlay(message, layer),
                    _ => {}
                }
                if let Some(layer) = top {
                    overlay(message, layer);
                }
            });
            Arc::new(ProxyConfig::new(message))
        };
        Effective {
            proxy,
            mesh,
            hold_application,
        }
    }
}

fn changed(message: &Message, change: impl FnOnce(&mut Message)) -> Message {
    let mut message = message.clone();
    change(&mut message);
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Settings, Sources, Text};

    fn snapshot(mesh: &str, resources: &str) -> Snapshot {
        let text = |text: &str| {
            Some(Text {
                name: "test".into(),
                text: text.into(),
            })
        };
        let sources = Sources {
            mesh: text(mesh),
            proxy_configs: text(resources),
            ..Sources::default()
        };
        Snapshot::build(&sources, Settings::default()).unwrap()
    }

    fn told(snapshot: &Snapshot, namespace: &str, app: &str, annotation: Option<&str>) -> String {
        let labels: Object<'_> = [("app", app)].into_iter().collect();
        let effective = snapshot.for_webhook(namespace, Some(&labels), annotation);
        effective.proxy.cleaned_json().to_owned()
    }

    const RESOURCES: &str = "
kind: ProxyConfig
metadata: {name: root, namespace: istio-system, creationTimestamp: 2024-01-01T00:00:00Z}
spec: {concurrency: 1, environmentVariables: {A: root, R: root}}
---
kind: ProxyConfig
metadata: {name: newer, namespace: istio-system, creationTimestamp: 2025-01-01T00:00:00Z}
spec: {concurrency: 9}
---
kind: ProxyConfigList
items:
- kind: ProxyConfig
  metadata: {name: all, namespace: shop}
  spec: {environmentVariables: {A: all}, image: {imageType: debug}}
- kind: ProxyConfig
  metadata: {name: web, namespace: shop}
  spec: {selector: {matchLabels: {app: web}}, concurrency: 0}
- kind: ProxyConfig
  metadata: {name: nobody, namespace: shop}
  spec: {selector: {}, concurrency: 7}
";

    #[test]
    fn layers_lie_in_the_order_of_the_reference() {
        let snapshot = snapshot("defaultConfig: {concurrency: 5, statusPort: 0}", RESOURCES);
        for (namespace, app, annotation, wanted) in [
            (
                "other",
                "web",
                None,
                r#"{"concurrency":1,"proxyMetadata":{"A":"root","R":"root"}}"#,
            ),
            (
                "shop",
                "db",
                None,
                r#"{"concurrency":1,"proxyMetadata":{"A":"all","R":"root"},"image":{"imageType":"debug"}}"#,
            ),
            (
                "shop",
                "web",
                Some("{concurrency: 3, proxyMetadata: {A: own}}"),
                r#"{"concurrency":0,"proxyMetadata":{"A":"own","R":"root"},"image":{"imageType":"debug"}}"#,
            ),
            (
                "istio-system",
                "db",
                Some("concurrency: 3"),
                r#"{"concurrency":3,"proxyMetadata":{"A":"root","R":"root"}}"#,
            ),
            (
                "other",
                "db",
                Some("concurrency: many"),
                r#"{"concurrency":1,"proxyMetadata":{"A":"root","R":"root"}}"#,
            ),
        ] {
            for _ in 0..2 {
                let got = told(&snapshot, namespace, app, annotation);
                assert_eq!(got, wanted, "{namespace} {app} {annotation:?}");
            }
        }
    }

    #[test]
    fn zeros_of_the_annotation_count_only_in_manifests() {
        let snapshot = snapshot(
            "defaultConfig: {proxyMetadata: {A: '1'}, holdApplicationUntilProxyStarts: true}",
            "",
        );
        let annotation = Some(
            "{statusPort: 0, proxyMetadata: {B: '2'}, holdApplicationUntilProxyStarts: false}",
        );
        let webhook = snapshot.for_webhook("", None, annotation);
        assert_eq!(webhook.proxy.status_port(), 15020);
        assert_eq!(webhook.mesh.status_port(), 15020);
        assert!(!webhook.hold_application);
        let manifest = snapshot.for_manifest("", None, annotation);
        assert_eq!(manifest.proxy.status_port(), 0);
        assert_eq!(manifest.mesh.status_port(), 0);
        assert!(Arc::ptr_eq(&manifest.proxy, manifest.mesh.default_config()));
        assert_eq!(manifest.proxy.metadata().len(), 2);
        assert!(snapshot.for_manifest("", None, None).hold_application);
    }

    #[test]
    fn results_are_shared_and_the_cache_is_bounded() {
        let snapshot = snapshot("", "");
        let one = snapshot.for_webhook("a", None, Some("concurrency: 2"));
        let two = snapshot.for_webhook("b", None, Some("concurrency: 2"));
        assert!(Arc::ptr_eq(&one.proxy, &two.proxy));
        for i in 0..2 * CAPACITY {
            snapshot.for_webhook("a", None, Some(&format!("concurrency: {i}")));
        }
        let known = snapshot.layers.known.lock().unwrap();
        assert_eq!(
            (known.results.len(), known.order.len()),
            (CAPACITY, CAPACITY)
        );
    }
}
