//! What `outrigger webhook print` makes: whom the API server calls, whom it never calls, and what the guard sees while
//! the injector is away.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use k8s_openapi::api::core::v1::{Pod, PodOS};
use outrigger_apiserver_tests::{
    Namespace, Outrigger, Site,
    pod::{injected_by, pod},
    print,
};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::ENABLED;

const INJECT: &str = "sidecar.istio.io/inject";

/// A configuration of the injector with a policy and selectors.
const CONFIG: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../data/webhook/injector-config.yaml"
);

/// What is left to the API server to fill in would look like a change to whoever compares the two.
#[tokio::test]
async fn objects_are_stored_as_they_are_printed() -> Result<()> {
    let site = Site::new().await?;
    let settings: &[&[&str]] = &[
        &["--guard"],
        &[
            "--revision",
            "canary",
            "--tag",
            "default",
            "--enable-namespaces-by-default",
            "--guard=warn",
            "--injector-config",
            CONFIG,
        ],
    ];
    for args in settings {
        for object in print(args)? {
            let stored = site.stored(&object).await?;
            for part in ["webhooks", "spec"] {
                contains(&stored[part], &object[part], part)?;
            }
            assert_eq!(stored["webhooks"], object["webhooks"]);
        }
    }
    Ok(())
}

/// Whether everything of `part` is in `whole` as it is.
fn contains(whole: &Value, part: &Value, path: &str) -> Result<()> {
    match part {
        Value::Object(entries) => entries
            .iter()
            .try_for_each(|(key, value)| contains(&whole[key], value, &format!("{path}.{key}"))),
        _ if whole == part => Ok(()),
        _ => bail!("{path} is {whole}, not {part}"),
    }
}

/// A Pod, whether it depends on the injector, and why not.
type Case<'a> = (&'a Namespace, Pod, bool, &'static str);

/// Pods that ask for a sidecar, those that no injector is asked about, and those that say no.
fn cases<'a>(
    user: &'a Namespace,
    own: &'a Namespace,
    system: &'a Namespace,
    plain: &'a Namespace,
) -> Vec<Case<'a>> {
    let asking = || pod(&[(INJECT, "true")], &[]);
    let with = |change: &dyn Fn(&mut Pod)| {
        let mut pod = asking();
        change(&mut pod);
        pod
    };
    vec![
        (user, pod(&[], &[]), true, "of a labelled namespace"),
        (user, asking(), true, "asks"),
        (plain, asking(), true, "asks in another namespace"),
        (plain, pod(&[], &[]), false, "of another namespace"),
        (user, pod(&[(INJECT, "false")], &[]), false, "says no"),
        (own, asking(), false, "of the injector"),
        (system, asking(), false, "of the system"),
        (
            user,
            with(&|pod| spec(pod).host_network = Some(true)),
            false,
            "on the host's network",
        ),
        (
            user,
            with(&|pod| {
                spec(pod).os = Some(PodOS {
                    name: "windows".into(),
                });
            }),
            false,
            "for Windows",
        ),
        (
            user,
            with(&|pod| {
                let selector = [("kubernetes.io/os".to_owned(), "windows".to_owned())];
                spec(pod).node_selector = Some(selector.into());
            }),
            false,
            "for nodes with Windows",
        ),
        (
            user,
            with(&|pod| {
                let mirror = [("kubernetes.io/config.mirror".to_owned(), "1".to_owned())];
                pod.metadata.annotations = Some(mirror.into());
                spec(pod).node_name = Some("node".into());
            }),
            false,
            "a mirror of a static Pod",
        ),
    ]
}

fn spec(pod: &mut Pod) -> &mut k8s_openapi::api::core::v1::PodSpec {
    pod.spec.get_or_insert_default()
}

#[tokio::test]
async fn with_no_replica_left_the_injector_comes_back_by_itself() -> Result<()> {
    let site = Site::new().await?;
    let mut outrigger = Outrigger::serve(&[]).await?;
    // Labelled for injection, as carelessness would have it.
    let own = site.namespace(ENABLED).await?;
    let (user, plain) = (site.namespace(ENABLED).await?, site.namespace(&[]).await?);
    let system = site.adopt("kube-system").await?;
    let args = ["--namespace", &own.name, "--failure-policy", "Fail"];
    site.install("default", &outrigger, &args).await?;

    outrigger.kill();
    for (namespace, pod, depends, why) in cases(&user, &own, &system, &plain) {
        let created = namespace.create(&pod).await;
        if depends {
            let message = created.expect_err(why).to_string();
            assert!(message.contains("failed calling webhook"), "{message}");
            assert!(message.contains("sidecar-injector.istio.io"), "{message}");
        } else if let Err(error) = created {
            bail!("a Pod {why} is refused: {error}");
        }
    }

    outrigger.restart().await?;
    for (namespace, pod, depends, why) in cases(&user, &own, &system, &plain) {
        // The API server may hold a connection yet that nobody answers.
        let stored = eventually(async || namespace.create(&pod).await.ok()).await?;
        assert_eq!(injected_by(&stored).is_some(), depends, "{why}");
    }
    Ok(())
}

#[tokio::test]
async fn guard_sees_what_ignore_lets_through() -> Result<()> {
    let site = Site::new().await?;
    let mut outrigger = Outrigger::serve(&[]).await?;
    let own = site.namespace(ENABLED).await?;
    let (user, plain) = (site.namespace(ENABLED).await?, site.namespace(&[]).await?);
    let system = site.adopt("kube-node-lease").await?;
    let args = [
        "--namespace",
        &own.name,
        "--failure-policy",
        "Ignore",
        "--guard",
    ];
    site.install("default", &outrigger, &args).await?;
    assert!(injected_by(&user.create(&pod(&[], &[])).await?).is_some());

    outrigger.kill();
    refused(&user, &pod(&[], &[])).await?;
    for (namespace, pod, depends, why) in cases(&user, &own, &system, &plain) {
        if depends {
            // The guard has a binding for each entry, and the API server takes them up one by one.
            let message = eventually(async || namespace.try_create(&pod).await.err())
                .await
                .context(why)?
                .to_string();
            for text in ["should have a sidecar of revision default", "inject=false"] {
                assert!(message.contains(text), "{message}");
            }
        } else if let Err(error) = namespace.create(&pod).await {
            bail!("a Pod {why} is refused: {error}");
        }
    }

    outrigger.restart().await?;
    for (namespace, pod, depends, why) in cases(&user, &own, &system, &plain) {
        let stored = eventually(async || namespace.create(&pod).await.ok()).await?;
        assert_eq!(injected_by(&stored).is_some(), depends, "{why}");
    }
    Ok(())
}

#[tokio::test]
async fn guard_that_warns_lets_the_pod_be_created() -> Result<()> {
    let site = Site::new().await?;
    site.guard(&["--guard=warn"]).await?;
    let namespace = site.namespace(ENABLED).await?;
    let warning = eventually(async || {
        let warnings = namespace.warnings(&pod(&[], &[])).await.ok()?;
        (!warnings.is_empty()).then_some(warnings)
    })
    .await?;
    assert!(warning.contains("should have a sidecar"), "{warning}");
    let quiet = namespace.warnings(&pod(&[(INJECT, "false")], &[])).await?;
    assert!(quiet.is_empty(), "{quiet}");
    Ok(())
}

/// With the injector's policy and selectors, what the guard refuses is what the injector injects.
#[tokio::test]
async fn guard_and_injector_agree() -> Result<()> {
    let config = ["--injector-config", CONFIG];
    for config in [&[][..], &config[..]] {
        let outrigger = Outrigger::serve(config).await?;
        let (injecting, guarded) = (Site::new().await?, Site::new().await?);
        injecting.install("default", &outrigger, &[]).await?;
        guarded.guard(&[&["--guard"], config].concat()).await?;
        let injecting = injecting.namespace(ENABLED).await?;
        let guarded = guarded.namespace(ENABLED).await?;
        refused(&guarded, &pod(&[(INJECT, "true")], &[])).await?;

        let mut injected = 0;
        for inject in [None, Some("true"), Some("false"), Some("yes"), Some("")] {
            for annotation in [None, Some("true"), Some("false"), Some("no")] {
                for labels in [
                    &[][..],
                    &[("mesh", "yes")],
                    &[("mesh", "yes"), ("job-name", "a")],
                    &[("mesh", "yes"), ("app", "builder")],
                    &[("mesh", "yes"), ("app", "builder"), ("tier", "back")],
                    &[("app", "builder"), ("tier", "back")],
                ] {
                    let mut labels = labels.to_vec();
                    labels.extend(inject.map(|value| (INJECT, value)));
                    let annotations: Vec<_> = annotation.map(|v| (INJECT, v)).into_iter().collect();
                    let pod = pod(&labels, &annotations);
                    let is_injected = injected_by(&injecting.try_create(&pod).await?).is_some();
                    let is_refused = guarded.try_create(&pod).await.is_err();
                    assert_eq!(is_injected, is_refused, "{labels:?} {annotations:?}");
                    injected += usize::from(is_injected);
                }
            }
        }
        assert!((20..100).contains(&injected), "{injected} of 120");
    }
    Ok(())
}

/// Waits until the API server acts on the guard, or has nothing more to say for the dead injector.
async fn refused(namespace: &Namespace, pod: &Pod) -> Result<()> {
    eventually(async || namespace.try_create(pod).await.err())
        .await
        .map(drop)
}

/// Asks until there is an answer, for a minute.
async fn eventually<T>(ask: impl AsyncFn() -> Option<T>) -> Result<T> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(answer) = ask().await {
            return Ok(answer);
        }
        if Instant::now() > deadline {
            bail!("no answer within a minute");
        }
        sleep(Duration::from_millis(20)).await;
    }
}
