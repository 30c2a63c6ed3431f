//! The options that say how Pods are injected: the same for the webhook and for manifests.

use std::{env, fs, path::PathBuf};

use anyhow::{Context as _, bail};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::config::{InjectorConfig, NativeSidecars, Settings, Snapshot, Sources, Text};

/// Options for a [`Snapshot`].
///
/// Texts may be those of the ConfigMaps' keys, or the whole ConfigMaps as `kubectl get configmap -o yaml` gives them.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Configuration")]
pub struct ConfigOptions {
    /// The injector's configuration: the key 'config' of the ConfigMap istio-sidecar-injector, the whole ConfigMap, or
    /// a bare template to take the place of 'sidecar'; what it does not say is built in
    #[arg(long, value_name = "FILE", alias = "injectConfigFile")]
    injector_config: Option<PathBuf>,

    /// What templates see as .Values: the key 'values' of the ConfigMap istio-sidecar-injector, or the whole ConfigMap
    /// [default: that of --injector-config if it is a ConfigMap, else built in]
    #[arg(long, value_name = "FILE", alias = "valuesFile")]
    values: Option<PathBuf>,

    /// The MeshConfig: the key 'mesh' of the ConfigMap istio, or the whole ConfigMap; what it does not say is built in
    #[arg(long, value_name = "FILE", alias = "meshConfigFile")]
    mesh_config: Option<PathBuf>,

    /// Namespaces with their labels and annotations, as 'kubectl get namespaces -o yaml' gives them. One that is not
    /// in the file has no labels; without the file every namespace counts as labelled for injection
    #[arg(long, value_name = "FILE")]
    namespaces: Option<PathBuf>,

    /// ProxyConfig resources, as 'kubectl get proxyconfigs -A -o yaml' gives them
    #[arg(long, value_name = "FILE")]
    proxy_configs: Option<PathBuf>,

    /// Whether the proxy is a native sidecar, that is a restartable init container; auto: if every node can run one
    #[arg(
        long,
        value_name = "WHEN",
        env = "ENABLE_NATIVE_SIDECARS",
        default_value = "auto",
        value_parser = native_sidecars()
    )]
    native_sidecars: NativeSidecars,

    /// The platform of the cluster; on openshift user and group ids come from the namespace's annotations
    #[arg(
        long,
        value_name = "NAME",
        env = "PLATFORM",
        default_value = "",
        hide_default_value = true
    )]
    platform: String,

    /// What the proxy's cryptography complies with
    #[arg(
        long,
        value_name = "POLICY",
        env = "COMPLIANCE_POLICY",
        default_value = "",
        hide_default_value = true,
        value_parser = words(&COMPLIANCE_POLICIES)
    )]
    compliance_policy: String,

    /// The revision to inject for, as in the label istio.io/rev; none or 'default' is the unnamed one
    #[arg(
        long,
        value_name = "NAME",
        env = "REVISION",
        default_value = "",
        hide_default_value = true
    )]
    revision: String,
}

const NATIVE_SIDECARS: [&str; 3] = ["auto", "true", "false"];
const COMPLIANCE_POLICIES: [&str; 3] = ["fips-140-2", "fips-140-3", "pqc"];

fn native_sidecars() -> impl TypedValueParser<Value = NativeSidecars> {
    words(&NATIVE_SIDECARS).map(|word| native(&word))
}

fn native(word: &str) -> NativeSidecars {
    match word {
        "true" => NativeSidecars::On,
        "false" => NativeSidecars::Off,
        _ => NativeSidecars::Auto,
    }
}

/// One of these words; none is what an empty environment variable says.
fn words(words: &[&'static str]) -> PossibleValuesParser {
    let words = words.iter().copied().map(PossibleValue::new);
    PossibleValuesParser::new(words.chain([PossibleValue::new("").hide(true)]))
}

impl ConfigOptions {
    /// Reads the files and builds the snapshot; its warnings are the caller's to tell.
    ///
    /// # Errors
    /// A file cannot be read, or what it says is refused, with line and column where they are known.
    pub fn load(&self) -> anyhow::Result<Snapshot> {
        Ok(Snapshot::build(&self.read()?, self.settings())?)
    }

    /// Takes over a word of a function's configuration, under the name that it has there.
    ///
    /// # Errors
    /// There is no such word, or its value is not accepted.
    pub(super) fn set(&mut self, name: &str, value: &str) -> anyhow::Result<()> {
        let accepted: &[&str] = match name {
            "nativeSidecars" => &NATIVE_SIDECARS,
            "compliancePolicy" => &COMPLIANCE_POLICIES,
            _ => &[],
        };
        if !accepted.is_empty() && !accepted.contains(&value) {
            bail!("{value:?} is not accepted; one of {}", accepted.join(", "));
        }
        match name {
            "revision" => value.clone_into(&mut self.revision),
            "nativeSidecars" => self.native_sidecars = native(value),
            "platform" => value.clone_into(&mut self.platform),
            "compliancePolicy" => value.clone_into(&mut self.compliance_policy),
            _ => bail!(
                "is not known; known are config, values, mesh, namespaces, proxyConfigs, revision, nativeSidecars, \
                 platform, compliancePolicy"
            ),
        }
        Ok(())
    }

    /// Whether any file is given.
    pub(super) const fn has_files(&self) -> bool {
        self.injector_config.is_some()
            || self.values.is_some()
            || self.mesh_config.is_some()
            || self.namespaces.is_some()
            || self.proxy_configs.is_some()
    }

    /// Reads the files.
    ///
    /// # Errors
    /// A file cannot be read.
    pub(super) fn read(&self) -> anyhow::Result<Sources> {
        Ok(Sources {
            injector: read(self.injector_config.as_ref())?,
            values: read(self.values.as_ref())?,
            mesh: read(self.mesh_config.as_ref())?,
            shared_mesh: None,
            namespaces: read(self.namespaces.as_ref())?,
            proxy_configs: read(self.proxy_configs.as_ref())?,
        })
    }

    /// What is not in files.
    pub(super) fn settings(&self) -> Settings {
        let Self {
            native_sidecars,
            platform,
            compliance_policy,
            revision,
            ..
        } = self;
        Settings {
            revision: revision.clone(),
            native_sidecars: *native_sidecars,
            openshift: platform == "openshift",
            compliance_policy: compliance_policy.clone(),
            environment: env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
        }
    }
}

/// The injector's configuration in a file, by itself; the built-in one without a file.
pub(super) fn injector_config(path: Option<&PathBuf>) -> anyhow::Result<InjectorConfig> {
    let sources = Sources {
        injector: read(path)?,
        ..Sources::default()
    };
    Ok(Snapshot::build(&sources, Settings::default())?.injector)
}

fn read(path: Option<&PathBuf>) -> anyhow::Result<Option<Text>> {
    let Some(path) = path else { return Ok(None) };
    let name = path.display().to_string();
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
    Ok(Some(Text { name, text }))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        config: ConfigOptions,
    }

    fn load(arguments: &[&str]) -> anyhow::Result<Snapshot> {
        let arguments = ["program"].iter().chain(arguments);
        Program::try_parse_from(arguments)?.config.load()
    }

    #[test]
    fn files_and_settings_reach_the_snapshot() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let config = file("config", "policy: disabled");
        let values = file("values", "global: {hub: h}");
        let mesh = file("mesh", "trustDomain: td");
        let namespaces = file("namespaces", "kind: Namespace\nmetadata: {name: a}");
        let snapshot = load(&[
            "--injectConfigFile",
            &config,
            "--valuesFile",
            &values,
            "--meshConfigFile",
            &mesh,
            "--namespaces",
            &namespaces,
            "--native-sidecars",
            "true",
            "--platform",
            "openshift",
            "--compliance-policy",
            "fips-140-3",
            "--revision",
            "canary",
        ])
        .unwrap();
        assert_eq!(snapshot.injector.policy, crate::config::Policy::Disabled);
        assert_eq!(
            (&*snapshot.values.hub, snapshot.mesh.trust_domain()),
            ("h", "td")
        );
        assert_eq!(snapshot.namespaces.unwrap().len(), 1);
        assert_eq!(snapshot.settings.native_sidecars, NativeSidecars::On);
        assert!(snapshot.settings.openshift);
        assert_eq!(snapshot.settings.revision, "canary");
    }

    #[test]
    fn faults_name_the_file() {
        let error = load(&["--mesh-config", "/nowhere/mesh.yaml"]).unwrap_err();
        assert_eq!(error.to_string(), "cannot read /nowhere/mesh.yaml");
        assert!(load(&["--native-sidecars", "maybe"]).is_err());
        assert!(load(&["--compliance-policy", "none"]).is_err());
    }
}
