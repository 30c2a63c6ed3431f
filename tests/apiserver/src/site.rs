//! One test's part of the shared API server.

use std::{
    fs,
    io::Write,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use k8s_openapi::{
    ByteString,
    api::{
        admissionregistration::v1::{
            MutatingWebhook, MutatingWebhookConfiguration, WebhookClientConfig,
        },
        core::v1,
    },
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use kube::{
    Api, Client,
    api::{ListParams, Patch, PatchParams, PostParams},
};
use serde_json::json;
use tempfile::NamedTempFile;
use tokio::time::{Instant, sleep};

use crate::{
    Outrigger,
    cluster::{Cluster, Program},
    pod,
    webhook::{Entry, FailurePolicy, labelled},
};

/// On every namespace of a site, and asked for by every webhook of it.
pub(crate) const SITE: &str = "site.outrigger.test";
/// On the Pods that a configuration refuses once the API server has read it.
pub(crate) const READY: &str = "ready.outrigger.test";

/// A part of the API server that no other test sees: its webhooks are called for its
/// own namespaces only. Nothing is taken away afterwards, the whole API server is.
pub struct Site {
    /// A client that may do everything.
    pub client: Client,
    /// How to reach the API server from another process.
    pub kubeconfig: &'static Path,
    pub(crate) name: String,
    cluster: &'static Cluster,
}

/// A namespace of a [`Site`].
pub struct Namespace {
    client: Client,
    /// As the API server knows it.
    pub name: String,
}

/// What the API server answers to a Pod that is posted.
#[derive(Debug)]
pub struct Posted {
    /// Whether it was created.
    pub is_created: bool,
    /// The warnings, a line each.
    pub warnings: String,
    /// The body: the Pod, or why there is none.
    pub body: String,
}

impl Site {
    /// Makes a site, and starts the API server if this is the first.
    ///
    /// # Errors
    /// When the API server cannot be started; the message says what to do.
    pub async fn new() -> Result<Self> {
        Self::of(Cluster::shared().await?)
    }

    /// Makes a site on an API server of its own, which can be taken away.
    ///
    /// # Errors
    /// When the API server cannot be started; the message says what to do.
    pub async fn alone() -> Result<Self> {
        Self::of(Cluster::alone().await?)
    }

    /// Makes a site on an API server of its own that mounts the tokens of service accounts.
    ///
    /// # Errors
    /// When the API server cannot be started; the message says what to do.
    pub async fn with_service_accounts() -> Result<Self> {
        Self::of(Cluster::with_service_accounts().await?)
    }

    /// Makes a site on an API server of its own that gives Pods service accounts, and reaches what is not on this machine
    /// through the proxy on a port.
    ///
    /// # Errors
    /// When the API server cannot be started; the message says what to do.
    pub async fn with_network(proxy: u16) -> Result<Self> {
        Self::of(Cluster::with_network(proxy).await?)
    }

    /// Makes a site on an API server of its own that calls through a proxy which nobody runs.
    ///
    /// # Errors
    /// When the API server cannot be started; the message says what to do.
    pub async fn behind_proxy() -> Result<Self> {
        Self::of(Cluster::behind_proxy().await?)
    }

    /// Makes another site on the same API server.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn another(&self) -> Result<Self> {
        Self::of(self.cluster)
    }

    /// A client that may do everything and tries nothing again.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn strict_client(&self) -> Result<Client> {
        self.cluster.strict_client()
    }

    /// Kills a program of the cluster; only for a site [alone](Self::alone).
    ///
    /// # Errors
    /// When it is away already.
    pub fn take_away(&self, program: Program) -> Result<()> {
        self.cluster.take_away(program)
    }

    /// The system's number of a program's process.
    ///
    /// # Errors
    /// When it was never started.
    pub fn id(&self, program: Program) -> Result<u32> {
        self.cluster.id(program)
    }

    /// Starts what is away again.
    ///
    /// # Errors
    /// When nothing is away.
    pub fn bring_back(&self) -> Result<()> {
        self.cluster.bring_back()
    }

    /// Has the API server take connections and answer nothing; only for a site [alone](Self::alone).
    ///
    /// # Errors
    /// When it is away.
    pub fn hang(&self) -> Result<()> {
        self.cluster.signal(Program::ApiServer, "-STOP")
    }

    /// Has it answer again.
    ///
    /// # Errors
    /// When it is away.
    pub fn wake(&self) -> Result<()> {
        self.cluster.signal(Program::ApiServer, "-CONT")
    }

    /// What the API server's audit log has of the creations of Pods in a namespace.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn audited(&self, namespace: &str) -> Result<Vec<serde_json::Value>> {
        let log = self.cluster.audit_log()?;
        // The last line may be half written.
        let events = log
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        let is_here = |event: &serde_json::Value| event["objectRef"]["namespace"] == *namespace;
        Ok(events.filter(is_here).collect())
    }

    /// How to reach the API server as a service account.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn kubeconfig_of(&self, namespace: &str, account: &str) -> Result<NamedTempFile> {
        const ADMIN: &str = "{token: admin-token}";
        let text = fs::read_to_string(self.kubeconfig)?;
        ensure!(text.contains(ADMIN), "another kubeconfig: {text}");
        let user = format!("system:serviceaccount:{namespace}:{account}");
        let text = text.replace(ADMIN, &format!("{{token: admin-token, as: '{user}'}}"));
        let mut file = NamedTempFile::new()?;
        file.write_all(text.as_bytes())?;
        Ok(file)
    }

    fn of(cluster: &'static Cluster) -> Result<Self> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        Ok(Self {
            cluster,
            client: cluster.client()?,
            kubeconfig: &cluster.kubeconfig,
            name: format!("site-{}", COUNT.fetch_add(1, Ordering::Relaxed)),
        })
    }

    /// Makes a namespace with these labels.
    ///
    /// # Errors
    /// When the API server refuses it.
    pub async fn namespace(&self, labels: &[(&str, &str)]) -> Result<Namespace> {
        let site = [(SITE, self.name.as_str())];
        let labels = labels.iter().chain(&site);
        let namespace = v1::Namespace {
            metadata: ObjectMeta {
                generate_name: Some(format!("{}-", self.name)),
                labels: Some(labels.map(|(k, v)| ((*k).into(), (*v).into())).collect()),
                ..ObjectMeta::default()
            },
            ..v1::Namespace::default()
        };
        let namespace = Api::all(self.client.clone())
            .create(&PostParams::default(), &namespace)
            .await?;
        let name = namespace.metadata.name.context("a namespace has a name")?;
        if self.cluster.has_service_accounts {
            let account: v1::ServiceAccount =
                serde_json::from_value(json!({"metadata": {"name": "default"}}))?;
            Api::namespaced(self.client.clone(), &name)
                .create(&PostParams::default(), &account)
                .await?;
        }
        Ok(Namespace {
            client: self.client.clone(),
            name,
        })
    }

    /// Makes a namespace with this name, unless it is there.
    ///
    /// # Errors
    /// When the API server refuses it.
    pub async fn named_namespace(&self, name: &str) -> Result<()> {
        let namespace = v1::Namespace {
            metadata: ObjectMeta {
                name: Some(name.into()),
                ..ObjectMeta::default()
            },
            ..v1::Namespace::default()
        };
        match Api::all(self.client.clone())
            .create(&PostParams::default(), &namespace)
            .await
        {
            Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(()),
            other => Ok(other.map(drop)?),
        }
    }

    /// Writes the namespaces made so far into a file, one YAML document each.
    ///
    /// # Errors
    /// When they cannot be listed or written.
    pub async fn namespaces_file(&self) -> Result<NamedTempFile> {
        let own = ListParams::default().labels(&format!("{SITE}={}", self.name));
        let namespaces = Api::<v1::Namespace>::all(self.client.clone());
        let mut file = NamedTempFile::with_suffix(".yaml")?;
        for namespace in namespaces.list(&own).await? {
            // JSON is YAML, and the library adds `apiVersion` and `kind`.
            writeln!(file, "---\n{}", serde_json::to_string(&namespace)?)?;
        }
        file.flush()?;
        Ok(file)
    }

    /// Takes over a namespace that the API server has made for itself.
    ///
    /// # Errors
    /// When it does not exist.
    pub async fn adopt(&self, name: &str) -> Result<Namespace> {
        let labels = json!({"metadata": {"labels": {SITE: self.name}}});
        Api::<v1::Namespace>::all(self.client.clone())
            .patch(name, &PatchParams::default(), &Patch::Merge(labels))
            .await?;
        Ok(Namespace {
            client: self.client.clone(),
            name: name.into(),
        })
    }

    /// What the API server knows a configuration of this site by.
    #[must_use]
    pub fn configuration(&self, name: &str) -> String {
        format!("{}-{name}", self.name)
    }

    /// Registers the server under these entries and waits until the API server acts
    /// on them. `name` is unique within the site.
    ///
    /// # Errors
    /// When the API server refuses the configuration or does not come to use it.
    pub async fn register(
        &self,
        name: &str,
        outrigger: &Outrigger,
        policy: FailurePolicy,
        entries: impl IntoIterator<Item = Entry>,
    ) -> Result<()> {
        let name = self.configuration(name);
        let only = (SITE, self.name.as_str());
        let server = WebhookClientConfig {
            url: Some(outrigger.url()),
            ca_bundle: serde_json::from_value::<Option<ByteString>>(json!(outrigger.ca_bundle))?,
            service: None,
        };
        let ready = self.ready(&name);
        let webhooks = entries
            .into_iter()
            .map(|entry| entry.webhook(only, policy, server.clone()))
            .chain([ready])
            .collect();
        let configuration = MutatingWebhookConfiguration {
            metadata: ObjectMeta {
                name: Some(name.clone()),
                ..ObjectMeta::default()
            },
            webhooks: Some(webhooks),
        };
        Api::all(self.client.clone())
            .create(&PostParams::default(), &configuration)
            .await?;
        self.wait_for(&name).await
    }

    /// An entry for the Pods that are marked with this name: nobody listens there, so that they are refused.
    pub(crate) fn ready(&self, configuration: &str) -> MutatingWebhook {
        let nobody = WebhookClientConfig {
            url: Some("https://127.0.0.1:1/".into()),
            ..WebhookClientConfig::default()
        };
        let entry = labelled("ready.", READY, configuration);
        let webhook = entry.webhook((SITE, &self.name), FailurePolicy::Fail, nobody);
        MutatingWebhook {
            // It is no injector.
            name: "ready.outrigger.test".into(),
            ..webhook
        }
    }

    /// Waits until the API server sends a marked Pod to nobody.
    pub(crate) async fn wait_for(&self, configuration: &str) -> Result<()> {
        let namespace = self.namespace(&[]).await?;
        let pod = pod::pod(&[(READY, configuration)], &[]);
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            match namespace.try_create(&pod).await {
                Err(error) if error.to_string().contains("\"ready.") => return Ok(()),
                Err(error) => return Err(error.into()),
                Ok(_) => sleep(Duration::from_millis(10)).await,
            }
        }
        bail!("the API server does not act on {configuration}")
    }
}

impl Namespace {
    /// Creates a Pod and returns it as it is stored.
    ///
    /// # Errors
    /// When the API server refuses it; the message is what a user would see.
    pub async fn create(&self, pod: &v1::Pod) -> kube::Result<v1::Pod> {
        let stored = self.pods().create(&PostParams::default(), pod).await?;
        self.pods()
            .get(stored.metadata.name.as_deref().unwrap_or_default())
            .await
    }

    /// Creates a Pod and does not look at what is stored.
    ///
    /// # Errors
    /// When the API server refuses it.
    pub async fn add(&self, pod: &v1::Pod) -> kube::Result<()> {
        self.pods().create(&PostParams::default(), pod).await?;
        Ok(())
    }

    /// Creates a Pod with `dryRun: All`: nothing is stored.
    ///
    /// # Errors
    /// When the API server refuses it.
    pub async fn try_create(&self, pod: &v1::Pod) -> kube::Result<v1::Pod> {
        let dry_run = PostParams {
            dry_run: true,
            ..PostParams::default()
        };
        self.pods().create(&dry_run, pod).await
    }

    /// Creates a Pod that may be none, with `dryRun: All`.
    ///
    /// # Errors
    /// When the API server refuses it.
    pub async fn try_json(&self, pod: &serde_json::Value) -> kube::Result<()> {
        let path = format!("/api/v1/namespaces/{}/pods?dryRun=All", self.name);
        let request = http::Request::post(path).header("content-type", "application/json");
        let request = request.body(pod.to_string().into_bytes());
        let request = request.map_err(kube::Error::HttpError)?;
        self.client.request_text(request).await.map(drop)
    }

    /// Creates a Pod that may be none; gives the status, the warnings and the body of the answer.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn post(&self, pod: &serde_json::Value) -> Result<Posted> {
        let path = format!("/api/v1/namespaces/{}/pods", self.name);
        let request = http::Request::post(path)
            .header("content-type", "application/json")
            .body(pod.to_string().into_bytes().into())?;
        let answer = self.client.send(request).await?;
        let warnings = answer.headers().get_all("warning").iter();
        let warnings: Vec<_> = warnings.filter_map(|w| w.to_str().ok()).collect();
        Ok(Posted {
            is_created: answer.status().is_success(),
            warnings: warnings.join("\n"),
            body: String::from_utf8(answer.into_body().collect_bytes().await?.into())?,
        })
    }

    /// Whether it has no Pod.
    ///
    /// # Errors
    /// When the Pods cannot be listed.
    pub async fn is_empty(&self) -> kube::Result<bool> {
        let pods = self.pods().list(&ListParams::default()).await?;
        Ok(pods.items.is_empty())
    }

    /// Creates a Pod with `dryRun: All` and gives the warnings that come with the answer, one after the other.
    ///
    /// # Errors
    /// When the API server cannot be asked or refuses the Pod.
    pub async fn warnings(&self, pod: &v1::Pod) -> Result<String> {
        let path = format!("/api/v1/namespaces/{}/pods?dryRun=All", self.name);
        let request = http::Request::post(path)
            .header("Content-Type", "application/json")
            .body(serde_json::to_vec(pod)?.into())?;
        let answer = self.client.send(request).await?;
        ensure!(answer.status().is_success(), "{}", answer.status());
        let warnings = answer.headers().get_all("warning").iter();
        let warnings: Vec<_> = warnings.filter_map(|w| w.to_str().ok()).collect();
        Ok(warnings.join("\n"))
    }

    fn pods(&self) -> Api<v1::Pod> {
        Api::namespaced(self.client.clone(), &self.name)
    }
}
