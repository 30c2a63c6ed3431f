//! Configuration: injector configuration, values and MeshConfig, parsed into one validated, immutable [`Snapshot`].
//!
//! Nothing here reads a file: [`Sources`] are texts with the names that messages call them by.

pub mod cluster;
mod error;
mod field;
mod injector;
mod locate;
mod mesh;
mod namespace;
mod near;
pub mod proto;
pub mod proxy_config;
mod selector;
mod source;
mod values;
pub mod view;

use std::{collections::BTreeMap, sync::Arc};

pub use cluster::Cluster;
pub use error::{ConfigError, Fault};
pub use field::FieldError;
pub use injector::{InjectorConfig, Policy};
pub use mesh::MeshConfig;
pub use namespace::{Namespace, Namespaces};
pub(crate) use near::nearest;
pub use proxy_config::{Effective, ProxyConfig, ProxyConfigs, validate_annotations};
pub use selector::{Operator, Requirement, Selector};
pub use source::Origin;
pub use values::Values;

use proxy_config::Layers;
use source::Source;

/// A text and the name that messages call it by, such as the path of its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// For example `mesh.yaml`, or `ConfigMap istio-system/istio`.
    pub name: String,
    /// The text.
    pub text: String,
}

/// The texts that a [`Snapshot`] is built from; what is absent is built in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// The `config` key of the ConfigMap `istio-sidecar-injector`, the whole ConfigMap, or a bare template.
    pub injector: Option<Text>,
    /// The `values` key of the same ConfigMap, or the whole ConfigMap.
    pub values: Option<Text>,
    /// The `mesh` key of the ConfigMap `istio`, or the whole ConfigMap.
    pub mesh: Option<Text>,
    /// A mesh that lies under `mesh`, in the same forms.
    pub shared_mesh: Option<Text>,
    /// Namespaces: documents, or a list of them.
    pub namespaces: Option<Text>,
    /// `ProxyConfig` resources: documents, or a list of them.
    pub proxy_configs: Option<Text>,
}

/// Everything that decides how a Pod is injected, at one moment. Never changes; a reload makes a new one.
#[derive(Debug)]
pub struct Snapshot {
    /// The `config` key of the injector's ConfigMap.
    pub injector: InjectorConfig,
    /// The `values` key of the injector's ConfigMap.
    pub values: Values,
    /// The mesh's configuration.
    pub mesh: Arc<MeshConfig>,
    /// The `ProxyConfig` resources that are known.
    pub proxy_configs: ProxyConfigs,
    /// What the process was started with.
    pub settings: Settings,
    /// The namespaces of a source, if there is one: their labels decide as the selectors of Istio's webhooks would.
    pub namespaces: Option<Namespaces>,
    /// What is known of the cluster, if one is asked: its API server has applied the selectors already.
    pub cluster: Option<Cluster>,
    /// What is doubtful in the sources but kept nothing from being built.
    pub warnings: Vec<ConfigError>,
    layers: Layers,
}

impl Snapshot {
    /// Builds a snapshot, or says what is wrong with the first source that is.
    pub fn build(sources: &Sources, settings: Settings) -> Result<Self, ConfigError> {
        let Read {
            injector,
            values,
            mesh,
            namespaces,
            proxy_configs,
            warnings,
        } = Read::all(sources);
        let mesh = mesh?;
        Ok(Self {
            injector: injector?,
            values: values?,
            layers: Layers::new(&mesh),
            mesh: Arc::new(mesh),
            proxy_configs: proxy_configs?,
            settings,
            namespaces: namespaces?,
            cluster: None,
            warnings,
        })
    }
}

impl Sources {
    /// What is wrong with each source for itself: at most one fault a source, and all that is doubtful.
    pub fn faults(&self) -> Vec<ConfigError> {
        let Read {
            injector,
            values,
            mesh,
            namespaces,
            proxy_configs,
            warnings,
        } = Read::all(self);
        let faults = [
            injector.err(),
            values.err(),
            mesh.err(),
            namespaces.err(),
            proxy_configs.err(),
        ];
        let mut all: Vec<_> = faults.into_iter().flatten().chain(warnings).collect();
        // A ConfigMap that is given for two sources is at fault once.
        let mut seen = Vec::new();
        all.retain(|fault| {
            let is_new = !seen.contains(fault);
            seen.push(fault.clone());
            is_new
        });
        all
    }
}

/// The sources, read one by one.
struct Read {
    injector: Result<InjectorConfig, ConfigError>,
    values: Result<Values, ConfigError>,
    mesh: Result<MeshConfig, ConfigError>,
    namespaces: Result<Option<Namespaces>, ConfigError>,
    proxy_configs: Result<ProxyConfigs, ConfigError>,
    warnings: Vec<ConfigError>,
}

impl Read {
    fn all(sources: &Sources) -> Self {
        let mut warnings = Vec::new();
        let (injector, beside) =
            match part(sources.injector.as_ref(), &["config", "values", "mesh"]) {
                Ok((None, beside)) => (Ok(InjectorConfig::default()), beside),
                Ok((Some(source), beside)) => {
                    (InjectorConfig::parse(&source, &mut warnings), beside)
                }
                Err(fault) => (Err(fault), Vec::new()),
            };
        let [values_beside, mesh_beside] = <[_; 2]>::try_from(beside).unwrap_or_default();

        let values =
            part(sources.values.as_ref(), &["values"]).and_then(|(values, _)| {
                match values.or(values_beside) {
                    Some(source) => Values::parse(&source, &mut warnings),
                    None => Values::parse(&Values::built_in(), &mut warnings),
                }
            });
        let mesh = part(sources.mesh.as_ref(), &["mesh"]).and_then(|(mesh, _)| {
            let own = mesh.or(mesh_beside);
            let shared = part(sources.shared_mesh.as_ref(), &["mesh"]).and_then(|(shared, _)| {
                MeshConfig::parse(&shared, &mut Vec::new())?;
                Ok(shared)
            });
            let shared = match shared {
                // As in the reference; what a mesh says for itself is not held up by what others share.
                Err(fault) if own.is_some() => {
                    warnings.push(fault.left_out());
                    None
                }
                shared => shared?,
            };
            MeshConfig::parse(shared.iter().chain(&own), &mut warnings)
        });
        let namespaces = sources.namespaces.as_ref();
        let namespaces = namespaces.map(|text| namespace::parse(&Source::new(text)));
        let proxy_configs = sources.proxy_configs.as_ref();
        let proxy_configs =
            proxy_configs.map(|text| ProxyConfigs::parse(&Source::new(text), &mut warnings));
        Self {
            injector,
            values,
            mesh,
            namespaces: namespaces.transpose(),
            proxy_configs: proxy_configs.transpose().map(Option::unwrap_or_default),
            warnings,
        }
    }
}

/// A source and what a ConfigMap holds under further keys: of a ConfigMap the part under the first of `keys`, which it
/// has to have; of anything else the whole.
fn part<'t>(
    text: Option<&'t Text>,
    keys: &[&str],
) -> Result<(Option<Source<'t>>, Vec<Option<Source<'t>>>), ConfigError> {
    let Some(text) = text else {
        return Ok((None, Vec::new()));
    };
    let whole = Source::new(text);
    // A text that is no YAML may still be a template.
    let tree = whole.parse().ok().filter(source::is_config_map);
    let Some(tree) = tree else {
        return Ok((Some(whole), Vec::new()));
    };
    let mut parts = whole.config_map_parts(&tree, keys);
    if let Some(first) = parts.first_mut().and_then(Option::take) {
        return Ok((Some(first), parts.split_off(1)));
    }
    let key = keys.first().copied().unwrap_or_default();
    let message = format!("missing ConfigMap {key} key {key:?}");
    Err(whole.error(Fault::Missing, None, message))
}

/// What the process was started with: flags and environment.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The revision of this injector; empty and `default` are the unnamed one.
    pub revision: String,
    /// Whether the proxy runs as a native sidecar.
    pub native_sidecars: NativeSidecars,
    /// Whether the cluster is an OpenShift cluster: user ids come from the namespace.
    pub openshift: bool,
    /// `COMPLIANCE_POLICY`: empty, `fips-140-2`, `fips-140-3` or `pqc`.
    pub compliance_policy: String,
    /// The environment that the template function `env` sees.
    pub environment: BTreeMap<String, String>,
}

impl Settings {
    /// The revision as labels and annotations name it: `default` for the unnamed one.
    pub fn revision_label(&self) -> &str {
        if self.revision.is_empty() {
            "default"
        } else {
            &self.revision
        }
    }
}

/// Whether the proxy runs as a restartable init container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NativeSidecars {
    /// If every node's kubelet can.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

#[cfg(test)]
mod tests;
