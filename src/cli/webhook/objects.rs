//! The options that say what the objects are.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use outrigger_json::Value;
use rustls::pki_types::{CertificateDer, pem::PemObject as _};

use super::super::options::injector_config;
use crate::webhook::{
    Action, Endpoint, Entry, FailurePolicy, ReinvocationPolicy, Revision, Settings, configuration,
    guard,
};

/// The options that say what the objects are.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Objects")]
pub(super) struct Objects {
    /// The revision whose Pods are sent, as in the label istio.io/rev; none or 'default' is the unnamed one
    #[arg(
        long,
        value_name = "NAME",
        env = "REVISION",
        default_value = "",
        hide_default_value = true
    )]
    revision: Revision,

    /// Another name that the revision answers to; 'default' makes it the one for Pods that name no revision. May be
    /// repeated
    #[arg(long = "tag", value_name = "NAME")]
    tags: Vec<Revision>,

    /// Send Pods that say nothing, in namespaces that say nothing; the unnamed revision or the tag 'default' can
    #[arg(long, alias = "enableNamespacesByDefault")]
    enable_namespaces_by_default: bool,

    /// The injector's namespace, whose Pods are never sent
    #[arg(
        short,
        long,
        value_name = "NAME",
        env = "POD_NAMESPACE",
        hide_env_values = true,
        default_value = "outrigger-system",
        value_parser = dns_label
    )]
    namespace: String,

    /// The injector's Service
    #[arg(
        long,
        value_name = "NAME",
        default_value = "outrigger",
        value_parser = dns_label
    )]
    service: String,

    /// The Service's port
    #[arg(long, value_name = "PORT", default_value_t = 443, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,

    /// The path of requests; pairs behind /inject are variables of templates, as in /inject/cluster/east
    #[arg(
        long,
        value_name = "PATH",
        default_value = "/inject",
        value_parser = inject_path
    )]
    path: String,

    /// Where the injector is if it is not behind a Service: a URL with https, and its path
    #[arg(
        long,
        value_name = "URL",
        conflicts_with_all = ["service", "port", "path"],
        value_parser = https_url
    )]
    url: Option<String>,

    /// The certificates that the injector's is verified with, PEM
    #[arg(long, value_name = "FILE")]
    ca_bundle: Option<PathBuf>,

    /// What happens to a Pod when the injector does not answer: it is refused, or created without a sidecar
    #[arg(
        long,
        value_name = "POLICY",
        value_enum,
        ignore_case = true,
        default_value_t
    )]
    failure_policy: FailurePolicy,

    /// Whether a Pod is sent again that another webhook has changed since
    #[arg(
        long,
        value_name = "POLICY",
        value_enum,
        ignore_case = true,
        default_value_t
    )]
    reinvocation_policy: ReinvocationPolicy,

    /// How long the API server waits for the injector, in seconds, from 1 to 30
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=30))]
    timeout_seconds: u8,

    /// Also make a ValidatingAdmissionPolicy that refuses a Pod that should have a sidecar and has none, or warns about
    /// it. It follows --injector-config: make it anew when that changes
    #[arg(
        long,
        value_name = "ACTION",
        value_enum,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "deny"
    )]
    guard: Option<Action>,

    /// The injector's configuration, whose policy and selectors the guard follows: the key 'config' of the ConfigMap
    /// istio-sidecar-injector, or the whole ConfigMap [default: built in]
    #[arg(
        long,
        value_name = "FILE",
        alias = "injectConfigFile",
        requires = "guard"
    )]
    injector_config: Option<PathBuf>,
}

/// What is made from the options.
pub(super) struct Made {
    pub(super) entries: Vec<Entry>,
    pub(super) objects: Vec<Value<'static>>,
}

impl Objects {
    /// The objects, the MutatingWebhookConfiguration first.
    pub(super) fn make(self) -> anyhow::Result<Made> {
        let is_default = self.revision.is_default() || self.tags.iter().any(Revision::is_default);
        if self.enable_namespaces_by_default && !is_default {
            bail!(
                "--enable-namespaces-by-default is for Pods that name no revision, which go to the unnamed revision: \
                 leave out --revision {}, or give --tag default",
                self.revision
            );
        }
        let settings = Settings {
            revision: self.revision,
            tags: self.tags,
            namespaces_by_default: self.enable_namespaces_by_default,
            namespace: self.namespace,
            endpoint: self.url.map_or(
                Endpoint::Service {
                    name: self.service,
                    path: self.path,
                    port: self.port,
                },
                Endpoint::Url,
            ),
            ca_bundle: self.ca_bundle.as_deref().map(ca_bundle).transpose()?,
            failure_policy: self.failure_policy,
            reinvocation_policy: self.reinvocation_policy,
            timeout_seconds: self.timeout_seconds,
        };
        let mut objects = vec![configuration(&settings)];
        if let Some(action) = self.guard {
            let config = injector_config(self.injector_config.as_ref())?;
            objects.extend(guard(&settings, &config, action)?);
        }
        Ok(Made {
            entries: Entry::all(&settings),
            objects,
        })
    }
}

/// A file of certificates, as it stands in a `caBundle`.
fn ca_bundle(path: &Path) -> anyhow::Result<String> {
    let name = path.display();
    let text = fs::read(path).with_context(|| format!("--ca-bundle: cannot read {name}"))?;
    let certificates = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<Vec<_>, _>>()
        .with_context(|| format!("--ca-bundle: {name} cannot be read as PEM"))?;
    if certificates.is_empty() {
        bail!("--ca-bundle: {name} has no certificate; 'outrigger certs' writes one to ca.crt");
    }
    Ok(STANDARD.encode(text))
}

/// The name of a namespace or a Service.
pub(in crate::cli) fn dns_label(name: &str) -> Result<String, String> {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if name.is_empty()
        || name.len() > 63
        || !name.bytes().all(inner)
        || name.starts_with('-')
        || name.ends_with('-')
    {
        return Err("want up to 63 lower-case letters, digits and '-'".to_owned());
    }
    Ok(name.to_owned())
}

/// A path that the server answers.
fn inject_path(path: &str) -> Result<String, String> {
    if path == "/inject" || path.starts_with("/inject/") && !path.contains(['?', '#', ' ']) {
        Ok(path.to_owned())
    } else {
        Err("want /inject, or /inject/ with pairs behind".to_owned())
    }
}

/// A URL that an API server calls.
fn https_url(url: &str) -> Result<String, String> {
    match url.strip_prefix("https://") {
        Some(rest) if !rest.is_empty() && !rest.contains(['?', '#', '@', ' ']) => {
            Ok(url.to_owned())
        }
        _ => Err("want https://HOST/inject, without user, query and fragment".to_owned()),
    }
}
