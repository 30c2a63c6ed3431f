//! The options that say where in a cluster things are.

use std::{env, net::IpAddr};

use kube::Client;

use crate::{
    cluster::{ConfigMaps, Connection, Events},
    pki::Name,
};

/// Where Istio's ConfigMaps are where nothing else is said.
const ISTIO_NAMESPACE: &str = "istio-system";

/// What the webhook of the unnamed revision is called where nothing else is said.
const WEBHOOK: &str = "outrigger-sidecar-injector";

/// The name of this replica's Pod; empty where nobody says it.
pub(super) fn pod_name() -> String {
    env::var("POD_NAME").unwrap_or_default()
}

/// Events of this replica.
pub(super) fn events(client: &Client) -> Events {
    Events::new(client.clone(), pod_name())
}

/// Options for what is read of a cluster.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Cluster")]
pub struct ClusterOptions {
    #[command(flatten)]
    pub(super) connection: Connection,

    /// The namespace of this injector: its Secret and its Service [default: the Pod's, else the kubeconfig's]
    #[arg(long, value_name = "NAME", env = "POD_NAMESPACE")]
    pub(super) namespace: Option<String>,

    #[command(flatten)]
    pub(super) config_maps: ConfigMapOptions,

    /// The Secret with authority and serving certificate, which replicas share; made and renewed here unless --tls-cert
    /// is given
    #[arg(long, value_name = "NAME", default_value = "outrigger-certificate")]
    pub(super) certificate_secret: String,

    /// The Service that the API server calls: the certificate is for its names
    #[arg(long, value_name = "NAME", default_value = "outrigger")]
    service: String,

    /// A further host name or address that the certificate is for. May be repeated
    #[arg(long = "certificate-name", value_name = "NAME")]
    certificate_names: Vec<String>,

    /// The MutatingWebhookConfiguration whose caBundle is kept
    /// [default: outrigger-sidecar-injector, with a revision outrigger-sidecar-injector-REVISION]
    #[arg(long, value_name = "NAME")]
    webhook_config: Option<String>,
}

/// Options for where the configuration is in a cluster.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Cluster")]
pub struct ConfigMapOptions {
    /// The namespace of Istio's ConfigMaps
    #[arg(long, value_name = "NAME", alias = "istioNamespace", default_value = ISTIO_NAMESPACE)]
    istio_namespace: String,

    /// The ConfigMap with the injector's configuration and values
    /// [default: istio-sidecar-injector, with a revision istio-sidecar-injector-REVISION]
    #[arg(long, value_name = "NAME", alias = "injectConfigMapName")]
    injector_configmap: Option<String>,

    /// The ConfigMap with the MeshConfig [default: istio, with a revision istio-REVISION]
    #[arg(long, value_name = "NAME", alias = "meshConfigMapName")]
    mesh_configmap: Option<String>,

    /// A ConfigMap with a MeshConfig that lies under the other
    #[arg(long, value_name = "NAME", env = "SHARED_MESH_CONFIG")]
    shared_mesh_configmap: Option<String>,
}

/// A name of one of the cluster's objects: as it is given, else the usual one of a revision.
fn of_revision(given: Option<&String>, usual: &str, revision: &str) -> String {
    match (given, revision) {
        (Some(name), _) => name.clone(),
        (None, "" | "default") => usual.to_owned(),
        (None, revision) => format!("{usual}-{revision}"),
    }
}

/// The usual name of a revision's webhook.
pub(super) fn usual_webhook(revision: &str) -> String {
    of_revision(None, WEBHOOK, revision)
}

/// The ConfigMaps of a revision, as they are named where nothing else is said.
pub(super) fn usual_config_maps(revision: &str) -> ConfigMaps {
    let options = ConfigMapOptions {
        istio_namespace: ISTIO_NAMESPACE.to_owned(),
        ..ConfigMapOptions::default()
    };
    options.of_revision(revision)
}

impl ConfigMapOptions {
    /// The ConfigMaps of a revision.
    pub(super) fn of_revision(&self, revision: &str) -> ConfigMaps {
        let name = |given: &Option<String>, usual| of_revision(given.as_ref(), usual, revision);
        ConfigMaps {
            namespace: self.istio_namespace.clone(),
            injector: name(&self.injector_configmap, "istio-sidecar-injector"),
            mesh: name(&self.mesh_configmap, "istio"),
            shared_mesh: self
                .shared_mesh_configmap
                .clone()
                .filter(|name| !name.is_empty()),
        }
    }
}

impl ClusterOptions {
    /// The namespace of this injector, with a client whose default it may be.
    pub(super) fn own_namespace<'n>(&'n self, client: &'n Client) -> &'n str {
        let given = self.namespace.as_deref().filter(|name| !name.is_empty());
        given.unwrap_or_else(|| client.default_namespace())
    }

    /// The webhook whose `caBundle` is kept.
    pub(super) fn webhook(&self, revision: &str) -> String {
        let given = self.webhook_config.as_ref();
        of_revision(given, WEBHOOK, revision)
    }

    /// The names that the certificate is for.
    pub(super) fn names(&self, namespace: &str) -> Vec<Name> {
        let service = &self.service;
        let of_service = ["", ".svc", ".svc.cluster.local"]
            .map(|suffix| Name::Dns(format!("{service}.{namespace}{suffix}")));
        let further = self.certificate_names.iter().map(|name| {
            let address = name.parse::<IpAddr>();
            address.map_or_else(|_| Name::Dns(name.clone()), Name::Ip)
        });
        of_service.into_iter().chain(further).collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        cluster: ClusterOptions,
    }

    #[test]
    fn names_follow_the_revision_unless_they_are_given() {
        for (revision, arguments, expected) in [
            ("", &[][..], ("istio-sidecar-injector", "istio", None)),
            ("default", &[], ("istio-sidecar-injector", "istio", None)),
            (
                "canary",
                &["--shared-mesh-configmap", "all"],
                ("istio-sidecar-injector-canary", "istio-canary", Some("all")),
            ),
            (
                "canary",
                &["--injectConfigMapName", "a", "--mesh-configmap", "b"],
                ("a", "b", None),
            ),
        ] {
            let arguments = ["program"].iter().chain(arguments);
            let names = Program::parse_from(arguments).cluster.config_maps;
            let names = names.of_revision(revision);
            let ConfigMaps {
                namespace,
                injector,
                mesh,
                shared_mesh,
            } = &names;
            assert_eq!(namespace, "istio-system");
            assert_eq!((&**injector, &**mesh, shared_mesh.as_deref()), expected);
        }
    }
}
