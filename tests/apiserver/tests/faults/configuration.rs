//! Configurations that follow one another, of which some cannot be served.

use std::time::Instant;

use anyhow::{Result, ensure};
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::{
    Api,
    api::{ListParams, Patch, PatchParams},
};
use outrigger_apiserver_tests::{Outrigger, eventually, pod, pod::container};
use serde_json::json;

use crate::scene::Scene;

const NAME: &str = "istio-sidecar-injector";

/// What no good configuration injects.
const BAD: &str = "registry.test/bad:1";

/// How many Pods are read at a time.
const PAGE: u32 = 500;

/// Configurations that cannot be served: one that is no YAML, one with half an action, one that gives no Pod.
fn bad(count: usize) -> String {
    match count % 3 {
        0 => "templates: [".to_owned(),
        1 => good(BAD).replace("image:", "{{ if }}image:"),
        _ => good(BAD).replace("name: istio-proxy", "name: [istio-proxy]"),
    }
}

fn good(image: &str) -> String {
    format!(
        "templates:\n  sidecar: |\n    spec:\n      containers:\n      - name: istio-proxy\n        image: {image}\n"
    )
}

fn image(count: usize) -> String {
    format!("registry.test/good:{count}")
}

async fn put(scene: &Scene, config: &str) -> Result<()> {
    let map = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": NAME},
        "data": {"config": config, "values": "{}"},
    });
    let maps = Api::<ConfigMap>::namespaced(scene.site.client.clone(), &scene.home.name);
    let params = PatchParams::apply("test").force();
    maps.patch(NAME, &params, &Patch::Apply(map)).await?;
    Ok(())
}

/// Puts the first configuration, and waits until it is served.
pub(crate) async fn first(scene: &mut Scene) -> Result<()> {
    put(scene, &good(&image(0))).await?;
    eventually("every replica has it", async || {
        scene
            .replicas
            .iter()
            .all(|r| r.metric("outrigger_configuration_reloads_total") >= Some(1.0))
    })
    .await
}

/// Puts a good and a bad one in turns, each once the one before has been dealt with; no Pod is of a bad one.
pub(crate) async fn swap(scene: &mut Scene, until: Instant) -> Result<()> {
    const REFUSED: &str = "outrigger_configuration_reload_failures_total";
    let mut count = 0;
    while Instant::now() < until {
        count += 1;
        put(scene, &good(&image(count))).await?;
        let expected = Some(image(count));
        eventually("the good one is served", async || {
            let made = scene.users.try_create(&pod::typical()).await;
            made.is_ok_and(|made| proxy_image(&made) == expected)
        })
        .await?;
        let refused = |replica: &Outrigger| replica.metric(REFUSED).unwrap_or_default();
        let before: Vec<_> = scene.replicas.iter().map(refused).collect();
        put(scene, &bad(count)).await?;
        eventually("every replica refuses the bad one", async || {
            let mut now = scene.replicas.iter().map(refused).zip(&before);
            now.all(|(now, before)| now > *before)
        })
        .await?;
    }
    let pods = Api::<Pod>::namespaced(scene.site.client.clone(), &scene.users.name);
    let mut params = ListParams::default().limit(PAGE);
    loop {
        let page = pods.list(&params).await?;
        for made in &page.items {
            let image = proxy_image(made).unwrap_or_default();
            ensure!(
                image.starts_with("registry.test/good:"),
                "a Pod with {image:?}"
            );
        }
        match page.metadata.continue_.filter(|next| !next.is_empty()) {
            Some(next) => params = params.continue_token(&next),
            None => return Ok(()),
        }
    }
}

fn proxy_image(pod: &Pod) -> Option<String> {
    container(pod, "istio-proxy")?.image.clone()
}
