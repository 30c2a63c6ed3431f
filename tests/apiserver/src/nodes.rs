//! What nodes, controllers and the network do in a cluster, as far as the documents' commands wait for it: Deployments get
//! Pods, Pods run, Services lead somewhere. A Pod of this program is this program, with the arguments and the rights that it
//! would have.

use std::{
    collections::{BTreeMap, HashMap},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io,
    process::Stdio,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::{
    apps::v1::{Deployment, ReplicaSet},
    core::v1::{Namespace, Pod, PodSpec, ServiceAccount},
    discovery::v1::EndpointSlice,
};
use kube::{
    Api, Client, ResourceExt as _,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::{Instant, sleep},
};

use crate::{Outrigger, Site};

/// From one look at the cluster to the next.
const ROUND: Duration = Duration::from_millis(100);

/// How long it may take until a Pod's image is there.
const PULL: Duration = Duration::from_secs(20);

/// The namespace whose Deployments and bare Pods are this program.
pub const HOME: &str = "outrigger-system";

/// The port that each Service leads to, by the host that the API server calls it by.
type Routes = Arc<Mutex<HashMap<String, u16>>>;

/// A cluster with nodes.
pub struct Nodes {
    /// The API server.
    pub site: Site,
    routes: Routes,
    network: JoinHandle<()>,
    /// The running program of each Deployment, with what it was started with.
    programs: BTreeMap<String, (String, Outrigger)>,
    /// What the API server said last when it refused something.
    refused: String,
}

impl Nodes {
    /// Starts an API server with nodes.
    ///
    /// # Errors
    /// When the API server does not start.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let routes = Routes::default();
        let site = Site::with_network(listener.local_addr()?.port()).await?;
        Ok(Self {
            site,
            network: tokio::spawn(network(listener, routes.clone())),
            routes,
            programs: BTreeMap::new(),
            refused: String::new(),
        })
    }

    /// Works until something is done.
    ///
    /// # Errors
    /// When that fails, or the nodes cannot go on.
    pub async fn work_until<T>(&mut self, done: impl Future<Output = Result<T>>) -> Result<T> {
        let work = async {
            loop {
                Box::pin(self.round()).await?;
                sleep(ROUND).await;
            }
        };
        tokio::select! {
            result = done => result,
            stopped = work => stopped,
        }
    }

    /// What the API server said last when it refused something.
    #[must_use]
    pub fn refused(&self) -> &str {
        &self.refused
    }

    fn client(&self) -> Client {
        self.site.client.clone()
    }

    async fn round(&mut self) -> Result<()> {
        self.namespaces().await?;
        let deployments = Api::<Deployment>::all(self.client());
        for deployment in deployments.list(&ListParams::default()).await? {
            // What is refused, or was changed or deleted meanwhile, is for the next round.
            match self.deployment(&deployment).await {
                Err(error) if error.is::<kube::Error>() => {
                    self.refused = error.to_string();
                }
                other => other?,
            }
        }
        let present = deployments.list(&ListParams::default()).await?;
        let names: Vec<_> = present.iter().map(kube::ResourceExt::name_any).collect();
        self.programs.retain(|name, _| names.contains(name));
        for (_, outrigger) in self.programs.values() {
            let log = outrigger.log();
            ensure!(!log.contains("forbidden"), "a right is missing: {log}");
        }
        self.pods().await
    }

    /// A namespace has a service account, and one that is deleted ends.
    async fn namespaces(&self) -> Result<()> {
        let namespaces = Api::<Namespace>::all(self.client());
        for namespace in namespaces.list(&ListParams::default()).await? {
            let name = namespace.name_any();
            if namespace.metadata.deletion_timestamp.is_some() {
                let end = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}, "spec": {}});
                let request = http::Request::put(format!("/api/v1/namespaces/{name}/finalize"))
                    .header("content-type", "application/json")
                    .body(end.to_string().into_bytes())?;
                // It may have ended already.
                let _ = self.site.client.request_text(request).await;
                continue;
            }
            let accounts = Api::<ServiceAccount>::namespaced(self.client(), &name);
            if accounts.get_opt("default").await?.is_none() {
                let account = serde_json::from_value(json!({"metadata": {"name": "default"}}))?;
                let _ = accounts.create(&PostParams::default(), &account).await;
            }
        }
        Ok(())
    }

    /// As many Pods of the present template as are wanted, and none of another.
    async fn deployment(&mut self, deployment: &Deployment) -> Result<()> {
        let name = deployment.name_any();
        let namespace = deployment.namespace().context("a namespace")?;
        let spec = deployment.spec.as_ref().context("a spec")?;
        let replicas = usize::try_from(spec.replicas.unwrap_or(1))?;
        let mut template = serde_json::to_value(&spec.template)?;
        let mut hasher = DefaultHasher::new();
        template.to_string().hash(&mut hasher);
        let hash = format!("{:08x}", hasher.finish() >> 32);
        if namespace == HOME {
            self.program(&name, &hash, replicas, spec.template.spec.as_ref())
                .await?;
        }

        template["metadata"]["labels"]["pod-template-hash"] = json!(hash);
        let set = self.replica_set(deployment, &hash, &template).await?;
        let pods = Api::<Pod>::namespaced(self.client(), &namespace);
        let of_set = ListParams::default().labels(&format!("pod-template-hash={hash}"));
        let there = pods.list(&of_set).await?.items;
        for pod in there.iter().skip(replicas) {
            pods.delete(&pod.name_any(), &now()).await?;
        }
        for _ in there.len()..replicas {
            let mut pod = template.clone();
            pod["metadata"]["generateName"] = json!(format!("{name}-{hash}-"));
            pod["metadata"]["ownerReferences"] =
                owner("ReplicaSet", &set.name_any(), set.uid().as_deref());
            pods.create(&PostParams::default(), &serde_json::from_value(pod)?)
                .await?;
        }
        self.end_others(deployment, &set.name_any()).await?;
        let status = json!({
            "observedGeneration": deployment.metadata.generation,
            "replicas": replicas, "updatedReplicas": replicas,
            "readyReplicas": replicas, "availableReplicas": replicas,
            "conditions": [{"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
                {"type": "Available", "status": "True"}],
        });
        let patch = Patch::Merge(json!({"status": status}));
        Api::<Deployment>::namespaced(self.client(), &namespace)
            .patch_status(&name, &PatchParams::default(), &patch)
            .await?;
        Ok(())
    }

    async fn replica_set(
        &self,
        deployment: &Deployment,
        hash: &str,
        template: &Value,
    ) -> Result<ReplicaSet> {
        let name = deployment.name_any();
        let namespace = deployment.namespace().context("a namespace")?;
        let sets = Api::<ReplicaSet>::namespaced(self.client(), &namespace);
        let set_name = format!("{name}-{hash}");
        if let Some(set) = sets.get_opt(&set_name).await? {
            return Ok(set);
        }
        let labels = &template["metadata"]["labels"];
        let set = json!({
            "metadata": {
                "name": set_name, "labels": labels,
                "ownerReferences": owner("Deployment", &name, deployment.uid().as_deref()),
            },
            "spec": {
                "replicas": deployment.spec.as_ref().and_then(|spec| spec.replicas),
                "selector": {"matchLabels": labels}, "template": template,
            },
        });
        Ok(sets
            .create(&PostParams::default(), &serde_json::from_value(set)?)
            .await?)
    }

    /// Ends the Pods of the templates before.
    async fn end_others(&self, deployment: &Deployment, present: &str) -> Result<()> {
        let namespace = deployment.namespace().context("a namespace")?;
        let sets = Api::<ReplicaSet>::namespaced(self.client(), &namespace);
        let pods = Api::<Pod>::namespaced(self.client(), &namespace);
        for set in sets.list(&ListParams::default()).await? {
            let is_owned = set
                .owner_references()
                .iter()
                .any(|o| Some(&o.uid) == deployment.uid().as_ref());
            if !is_owned || set.name_any() == present {
                continue;
            }
            for pod in pods.list(&ListParams::default()).await? {
                if pod
                    .owner_references()
                    .iter()
                    .any(|o| Some(&o.uid) == set.uid().as_ref())
                {
                    pods.delete(&pod.name_any(), &now()).await?;
                }
            }
            sets.delete(&set.name_any(), &DeleteParams::default())
                .await?;
        }
        Ok(())
    }

    /// Runs the program of a Deployment, and has its Service lead there.
    async fn program(
        &mut self,
        name: &str,
        hash: &str,
        replicas: usize,
        spec: Option<&PodSpec>,
    ) -> Result<()> {
        if replicas == 0 {
            self.programs.remove(name);
            route(&self.routes, name, HOME, None);
            return Ok(());
        }
        if self.programs.get(name).is_some_and(|(of, _)| of == hash) {
            return Ok(());
        }
        let spec = spec.context("a spec")?;
        let account = spec.service_account_name.as_deref().context("an account")?;
        let kubeconfig = self.site.kubeconfig_of(HOME, account)?;
        let args = args(spec)?;
        let args = args
            .iter()
            .map(String::as_str)
            .filter(|arg| *arg != "serve" && !arg.starts_with("--listen="))
            .chain(["--namespace", HOME])
            .collect::<Vec<_>>();
        let mut outrigger = Outrigger::serve_kept(kubeconfig.path(), &args)?;
        outrigger.wait_until_ready().await?;
        route(&self.routes, name, HOME, Some(outrigger.port()));
        let slices = Api::<EndpointSlice>::namespaced(self.client(), HOME);
        let slice = json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"name": name, "labels": {"kubernetes.io/service-name": name}},
            "endpoints": [{"addresses": ["10.1.0.1"], "conditions": {"ready": true}}],
            "ports": [{"name": "https-webhook", "port": 15017}],
        });
        let apply = PatchParams::apply("nodes").force();
        slices.patch(name, &apply, &Patch::Apply(slice)).await?;
        self.programs
            .insert(name.to_owned(), (hash.to_owned(), outrigger));
        Ok(())
    }

    /// Pods are bound and become ready; one of the program that belongs to nobody runs to its end.
    async fn pods(&self) -> Result<()> {
        for pod in Api::<Pod>::all(self.client())
            .list(&ListParams::default())
            .await?
        {
            let phase = pod.status.as_ref().and_then(|status| status.phase.clone());
            if phase.as_deref() != Some("Pending") || pod.metadata.deletion_timestamp.is_some() {
                continue;
            }
            let (name, namespace) = (pod.name_any(), pod.namespace().context("a namespace")?);
            let pods = Api::<Pod>::namespaced(self.client(), &namespace);
            let phase = if namespace == HOME && pod.owner_references().is_empty() {
                self.run(pod.spec.as_ref().context("a spec")?).await?
            } else {
                "Running"
            };
            let conditions = json!([{"type": "Ready", "status": "True"}]);
            let status = json!({"status": {"phase": phase, "conditions": conditions}});
            // It may be gone by now.
            let _ = pods
                .patch_status(&name, &PatchParams::default(), &Patch::Merge(status))
                .await;
        }
        Ok(())
    }

    /// Runs the program of a Pod to its end; gives its phase. Until a Pod's image is there, some seconds pass, in which
    /// what it is about to look at comes to rest.
    async fn run(&self, spec: &PodSpec) -> Result<&'static str> {
        let account = spec.service_account_name.as_deref().context("an account")?;
        let kubeconfig = self.site.kubeconfig_of(HOME, account)?;
        let start = Instant::now();
        loop {
            let mut command = Outrigger::program()?;
            command
                .args(args(spec)?)
                .env("KUBECONFIG", kubeconfig.path())
                .stdin(Stdio::null());
            let status = tokio::task::spawn_blocking(move || command.status()).await??;
            if status.success() {
                return Ok("Succeeded");
            }
            if start.elapsed() > PULL {
                return Ok("Failed");
            }
            sleep(ROUND).await;
        }
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        self.network.abort();
    }
}

fn route(routes: &Routes, service: &str, namespace: &str, port: Option<u16>) {
    let host = format!("{service}.{namespace}.svc");
    let mut routes = lock(routes);
    match port {
        Some(port) => routes.insert(host, port),
        None => routes.remove(&host),
    };
}

/// The API server reaches what is not on this machine through a proxy: this one, which knows where Services lead.
async fn network(listener: TcpListener, routes: Routes) {
    while let Ok((stream, _)) = listener.accept().await {
        // Whoever called sees that nobody answers.
        tokio::spawn(connect(stream, routes.clone()));
    }
}

async fn connect(mut stream: TcpStream, routes: Routes) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let target = head.split([' ', ':']).nth(1).unwrap_or_default();
    let port = lock(&routes).get(target).copied();
    let Some(port) = port else {
        return stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\n\r\n").await;
    };
    let mut behind = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    copy_bidirectional(&mut stream, &mut behind).await?;
    Ok(())
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A reference to the owner of an object, as controllers write it.
fn owner(kind: &str, name: &str, uid: Option<&str>) -> Value {
    json!([{"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": uid, "controller": true}])
}

/// Deletes without grace, as nothing runs that could use it.
fn now() -> DeleteParams {
    DeleteParams {
        grace_period_seconds: Some(0),
        ..DeleteParams::default()
    }
}

/// The arguments of a Pod's first container.
fn args(spec: &PodSpec) -> Result<Vec<String>> {
    let args = spec.containers.first().and_then(|c| c.args.clone());
    args.context("arguments")
}
