//! Pods that were created while the webhook was down: found by the replica that leads, told to their owners, evicted where
//! that is asked for and borne. No controllers and no kubelets run here, so that tests write what those would.

use anyhow::{Context, Result};
use k8s_openapi::api::{
    apps::v1::{Deployment, ReplicaSet},
    coordination::v1::{Lease, LeaseSpec},
    core::v1::{ConfigMap, Pod},
    events::v1::Event,
    policy::v1::PodDisruptionBudget,
};
use kube::{
    Api, Resource,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
};
use outrigger_apiserver_tests::{
    Namespace, Outrigger, Site, eventually, pod,
    webhook::{FailurePolicy::Ignore, default_install},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::ENABLED;

/// A site with a namespace for the injector and one for users.
struct Missed {
    site: Site,
    home: Namespace,
    user: Namespace,
}

impl Missed {
    async fn new() -> Result<Self> {
        let site = Site::new().await?;
        let home = site.namespace(&[]).await?;
        let user = site.namespace(ENABLED).await?;
        Ok(Self { site, home, user })
    }

    /// A server that searches every second, registered under `Ignore`.
    async fn serve(&self, what: &str) -> Result<Outrigger> {
        let outrigger = self.start(what).await?;
        self.site
            .register("default", &outrigger, Ignore, default_install())
            .await?;
        Ok(outrigger)
    }

    async fn start(&self, what: &str) -> Result<Outrigger> {
        self.start_with_pause(what, "0").await
    }

    /// A server that waits so many seconds from one eviction to the next.
    async fn start_with_pause(&self, what: &str, pause: &str) -> Result<Outrigger> {
        let configuration = self.site.configuration("default");
        let args = [
            "--namespace",
            &self.home.name,
            "--istio-namespace",
            &self.home.name,
            "--webhook-config",
            &configuration,
            "--native-sidecars",
            "false",
            "--missed-pods",
            what,
            "--missed-pods-interval",
            "1",
            "--eviction-pause",
            pause,
        ];
        let mut outrigger = Outrigger::serve_in(self.site.kubeconfig, &args)?;
        outrigger.wait_until_ready().await?;
        Ok(outrigger)
    }

    /// Has this image be injected from now on.
    async fn inject(&self, image: &str) -> Result<()> {
        const NAME: &str = "istio-sidecar-injector";
        let config = format!(
            "templates:\n  sidecar: |\n    spec:\n      containers:\n      - name: istio-proxy\n        image: {image}\n"
        );
        let map = json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": NAME},
            "data": {"config": config, "values": "{}"},
        });
        Api::<ConfigMap>::namespaced(self.site.client.clone(), &self.home.name)
            .patch(NAME, &PatchParams::apply("test"), &Patch::Apply(map))
            .await?;
        Ok(())
    }

    /// The Lease of the replica that leads.
    async fn lease(&self) -> Result<LeaseSpec> {
        let lease = self
            .leases()
            .get(&self.site.configuration("default"))
            .await?;
        lease.spec.context("a spec")
    }

    fn leases(&self) -> Api<Lease> {
        Api::namespaced(self.site.client.clone(), &self.home.name)
    }

    fn api<K>(&self) -> Api<K>
    where
        K: Resource<Scope = k8s_openapi::NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        Api::namespaced(self.site.client.clone(), &self.user.name)
    }

    async fn create<K>(&self, object: Value) -> Result<K>
    where
        K: Resource<Scope = k8s_openapi::NamespaceResourceScope> + Serialize + DeserializeOwned,
        K: Clone + std::fmt::Debug,
        K::DynamicType: Default,
    {
        let object = serde_json::from_value(object)?;
        Ok(self.api().create(&PostParams::default(), &object).await?)
    }

    /// A Deployment and its ReplicaSet, as a controller makes it, with all of its replicas ready.
    async fn workload(&self, name: &str, replicas: i32) -> Result<ReplicaSet> {
        let labels = json!({"app": name});
        let template = json!({
            "metadata": {"labels": labels},
            "spec": {"containers": [{"name": "app", "image": "registry.test/app:1"}]},
        });
        let spec = json!({"replicas": replicas, "selector": {"matchLabels": labels}, "template": template});
        let deployment: Deployment = self
            .create(json!({"metadata": {"name": name}, "spec": spec}))
            .await?;
        let owner = deployment.controller_owner_ref(&()).context("an owner")?;
        let set = format!("{name}-abc");
        self.create::<ReplicaSet>(
            json!({"metadata": {"name": set, "ownerReferences": [owner]}, "spec": spec}),
        )
        .await?;
        self.ready(&set, replicas).await
    }

    async fn ready(&self, set: &str, replicas: i32) -> Result<ReplicaSet> {
        let status = json!({"status": {"replicas": replicas, "readyReplicas": replicas}});
        let patch = Patch::Merge(status);
        let sets = self.api::<ReplicaSet>();
        Ok(sets
            .patch_status(set, &PatchParams::default(), &patch)
            .await?)
    }

    /// A running Pod of a ReplicaSet, or of nobody.
    async fn pod(&self, set: Option<&ReplicaSet>, annotations: &[(&str, &str)]) -> Result<String> {
        let mut pod = pod::pod(&[("app", "web")], annotations);
        pod.metadata.owner_references =
            set.and_then(|set| Some(vec![set.controller_owner_ref(&())?]));
        let created = self.user.create(&pod).await?;
        let name = created.metadata.name.context("a name")?;
        let status = json!({"status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True"}],
        }});
        self.api::<Pod>()
            .patch_status(&name, &PatchParams::default(), &Patch::Merge(status))
            .await?;
        Ok(name)
    }

    /// Whether the Pod is asked to end: it has not been scheduled, so that it then is gone.
    async fn is_gone(&self, pod: &str) -> Result<bool> {
        let found = self.api::<Pod>().get_opt(pod).await?;
        Ok(found.is_none_or(|pod| pod.metadata.deletion_timestamp.is_some()))
    }

    /// The kind and the name of those who were told, each with the note.
    async fn told(&self) -> Result<Vec<(String, String)>> {
        let events = self.api::<Event>().list(&ListParams::default()).await?;
        let told = events.items.into_iter().filter_map(|event| {
            let about = event.regarding?;
            let is_ours = event.reason.as_deref() == Some("SidecarMissing");
            is_ours.then(|| {
                let uid = about.uid.map_or("no uid", |_| "");
                let name = format!("{}/{}{uid}", about.kind?, about.name?);
                Some((name, event.note?))
            })?
        });
        Ok(told.collect())
    }
}

#[tokio::test]
async fn owners_are_told_of_pods_that_were_missed() -> Result<()> {
    let missed = Missed::new().await?;
    let mut outrigger = missed.serve("report").await?;
    let web = missed.workload("web", 2).await?;
    // With a sidecar, and without one by its own word.
    missed.pod(Some(&web), &[]).await?;
    missed
        .pod(Some(&web), &[("sidecar.istio.io/inject", "false")])
        .await?;

    outrigger.kill();
    let pods = [
        missed.pod(Some(&web), &[]).await?,
        missed.pod(Some(&web), &[]).await?,
    ];
    let bare = missed.pod(None, &[]).await?;
    let bad = [("sidecar.istio.io/interceptionMode", "SOMETIMES")];
    let refused = missed.pod(None, &bad).await?;
    // Its namespace is not selected.
    let elsewhere = missed.site.namespace(&[]).await?;
    elsewhere.add(&pod::pod(&[], &[])).await?;

    outrigger.restart().await?;
    eventually("the missed Pods are counted", async || {
        outrigger.metric("outrigger_missed_pods{state=\"missing\"}") == Some(3.0)
            && outrigger.metric("outrigger_missed_pods{state=\"refused\"}") == Some(1.0)
    })
    .await?;
    eventually("their owners are told", async || {
        missed.told().await.is_ok_and(|told| told.len() == 3)
    })
    .await?;
    let told = missed.told().await?;
    let note = |name: &str| {
        let of = told.iter().find(|(owner, _)| owner == name);
        of.map(|(_, note)| note.as_str()).unwrap_or_default()
    };
    assert!(
        note("Deployment/web").starts_with("2 Pods without a sidecar"),
        "{told:?}"
    );
    assert!(
        note(&format!("Pod/{bare}")).contains("delete it"),
        "{told:?}"
    );
    let refusal = note(&format!("Pod/{refused}"));
    assert!(refusal.contains("would refuse: an annotation"), "{told:?}");
    for pod in pods {
        assert!(!missed.is_gone(&pod).await?);
    }
    Ok(())
}

#[tokio::test]
async fn missed_pods_are_evicted_as_their_owners_bear_it() -> Result<()> {
    let missed = Missed::new().await?;
    let mut outrigger = missed.serve("evict").await?;
    outrigger.kill();
    let web = missed.workload("web", 2).await?;
    let pods = [
        missed.pod(Some(&web), &[]).await?,
        missed.pod(Some(&web), &[]).await?,
    ];
    let kept = [("cluster-autoscaler.kubernetes.io/safe-to-evict", "false")];
    let alone = missed.workload("alone", 1).await?;
    let unsafe_to_evict = missed.pod(Some(&alone), &kept).await?;
    let bare = missed.pod(None, &[]).await?;
    let lacking = missed.workload("lacking", 1).await?;
    let of_lacking = missed.pod(Some(&lacking), &[]).await?;
    missed.ready("lacking-abc", 0).await?;
    // As its controller would say that no Pod may go now.
    missed
        .create::<PodDisruptionBudget>(json!({
            "metadata": {"name": "web"},
            "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}},
        }))
        .await?;
    let allow = async |disruptions: i32| {
        let budgets = missed.api::<PodDisruptionBudget>();
        let generation = budgets.get("web").await?.metadata.generation;
        let status = json!({"status": {
            "observedGeneration": generation,
            "disruptionsAllowed": disruptions,
            "currentHealthy": 2, "desiredHealthy": 2, "expectedPods": 2,
        }});
        budgets
            .patch_status("web", &PatchParams::default(), &Patch::Merge(status))
            .await?;
        anyhow::Ok(())
    };
    allow(0).await?;

    outrigger.restart().await?;
    let evicted = || outrigger.metric("outrigger_evictions_total{result=\"evicted\"}");
    let postponed = || outrigger.metric("outrigger_evictions_total{result=\"postponed\"}");
    eventually("the budget is waited for", async || {
        postponed().is_some_and(|count| count >= 3.0)
    })
    .await?;
    assert_eq!(evicted(), Some(0.0));

    allow(1).await?;
    eventually("one Pod is evicted", async || evicted() == Some(1.0)).await?;
    // It is not made anew, which only its controller would; so the next stays until that is done.
    missed.ready("web-abc", 1).await?;
    let gone = async || {
        let [one, other] = [
            missed.is_gone(&pods[0]).await?,
            missed.is_gone(&pods[1]).await?,
        ];
        anyhow::Ok(usize::from(one) + usize::from(other))
    };
    assert_eq!(gone().await?, 1);
    allow(1).await?;
    let before = postponed().unwrap_or_default();
    eventually("the owner is waited for", async || {
        postponed().is_some_and(|count| count >= before + 2.0)
    })
    .await?;
    assert_eq!(gone().await?, 1);

    // The replacement comes through the webhook.
    let replacement = missed.pod(Some(&web), &[]).await?;
    missed.ready("web-abc", 2).await?;
    eventually("the other Pod is evicted", async || evicted() == Some(2.0)).await?;
    assert_eq!(gone().await?, 2);
    for pod in [&unsafe_to_evict, &bare, &of_lacking, &replacement] {
        assert!(!missed.is_gone(pod).await?, "{pod}");
    }
    Ok(())
}

/// As of another webhook that undoes the injection, or of an entry that the API server does not act on.
#[tokio::test]
async fn replacements_without_a_sidecar_are_not_evicted_again() -> Result<()> {
    let missed = Missed::new().await?;
    let mut webhook = missed.serve("ignore").await?;
    webhook.kill();
    let web = missed.workload("web", 1).await?;
    let first = missed.pod(Some(&web), &[]).await?;
    let outrigger = missed.start("evict").await?;
    eventually("it is evicted", async || {
        missed.is_gone(&first).await.unwrap_or(false)
    })
    .await?;
    let mut last = first;
    // Times of creation are told in seconds: what comes in the same one is taken for as old as the first.
    eventually("the log says why a Pod stays", async || {
        if let Ok(pod) = missed.pod(Some(&web), &[]).await {
            last = pod;
        }
        outrigger.log().contains("it replaces an evicted Pod")
    })
    .await?;
    assert!(!missed.is_gone(&last).await?);
    Ok(())
}

#[tokio::test]
async fn pods_with_an_old_sidecar_are_told_and_evicted_only_where_that_is_asked_for() -> Result<()>
{
    let missed = Missed::new().await?;
    missed.inject("registry.test/proxy:1").await?;
    let mut cautious = missed.serve("evict").await?;
    let web = missed.workload("web", 1).await?;
    let old = missed.pod(Some(&web), &[]).await?;
    missed.inject("registry.test/proxy:2").await?;
    eventually("the old one is counted", async || {
        cautious.metric("outrigger_missed_pods{state=\"outdated\"}") == Some(1.0)
    })
    .await?;
    eventually("its owner is told", async || {
        missed.told().await.is_ok_and(|told| {
            let told = told.first();
            told.is_some_and(|(_, note)| note.starts_with("1 Pod with an old sidecar"))
        })
    })
    .await?;
    assert!(!missed.is_gone(&old).await?);

    // The next one need not wait until the Lease is over.
    cautious.kill();
    let name = missed.site.configuration("default");
    missed
        .leases()
        .delete(&name, &DeleteParams::default())
        .await?;
    let _thorough = missed.start("evict-outdated").await?;
    eventually("it is evicted", async || {
        missed.is_gone(&old).await.unwrap_or(false)
    })
    .await
}

#[tokio::test]
async fn evictions_come_one_after_the_other_with_a_pause() -> Result<()> {
    let missed = Missed::new().await?;
    let mut webhook = missed.serve("ignore").await?;
    webhook.kill();
    let mut pods = Vec::new();
    for name in ["one", "other"] {
        let owner = missed.workload(name, 1).await?;
        pods.push(missed.pod(Some(&owner), &[]).await?);
    }
    let outrigger = missed.start_with_pause("evict", "3600").await?;
    let evicted = || outrigger.metric("outrigger_evictions_total{result=\"evicted\"}");
    eventually("one is evicted", async || evicted() == Some(1.0)).await?;
    // Long enough for several searches.
    let renewed = missed.lease().await?.renew_time;
    eventually("the Lease is renewed", async || {
        missed
            .lease()
            .await
            .is_ok_and(|lease| lease.renew_time != renewed)
    })
    .await?;
    assert_eq!(evicted(), Some(1.0));
    let gone = [
        missed.is_gone(&pods[0]).await?,
        missed.is_gone(&pods[1]).await?,
    ];
    assert!(gone[0] != gone[1], "{gone:?}");
    Ok(())
}

#[tokio::test]
async fn one_replica_leads_and_another_takes_over() -> Result<()> {
    let missed = Missed::new().await?;
    let mut one = missed.serve("report").await?;
    let leads = |outrigger: &Outrigger| outrigger.metric("outrigger_leader") == Some(1.0);
    eventually("the first leads", async || leads(&one)).await?;
    let two = missed.start("report").await?;
    let first = missed.lease().await?.holder_identity;
    eventually("the second has seen the Lease", async || {
        two.health().contains("[+]missed-pods-lease ok")
    })
    .await?;
    assert!(leads(&one) && !leads(&two));

    one.kill();
    eventually("the second leads", async || leads(&two)).await?;
    let lease = missed.lease().await?;
    assert_ne!(lease.holder_identity, first);
    assert_eq!(lease.lease_transitions, Some(2));
    Ok(())
}
