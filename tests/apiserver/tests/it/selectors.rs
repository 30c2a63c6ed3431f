//! Who injects a Pod, by the labels of its namespace and its own.
//!
//! The same table holds for both ways to install: with Istio's selectors, where the
//! API server decides whom to call, and with a webhook that sees every Pod and a
//! server that knows the namespaces' labels.

use std::fs;

use anyhow::Result;
use outrigger_apiserver_tests::{
    Namespace, Outrigger, Site,
    pod::{injected_by, pod},
    webhook::{FailurePolicy::Fail, default_install, every_pod, namespaces_by_default, revision},
};
use tempfile::NamedTempFile;

use self::{
    Injector::{ByDefault, Install, NamespaceRevision, Nobody, PodRevision},
    Pattern::{Absent, Any, Is, Not, Other, Set},
};

/// What a row says about a label's value.
enum Pattern {
    Any,
    Absent,
    Set,
    Is(&'static str),
    /// Absent, or another value.
    Not(&'static str),
    /// Set, to none of these values.
    Other(&'static [&'static str]),
}

/// Who injects the Pods of a row.
enum Injector {
    Nobody,
    /// The install without a revision name.
    Install,
    /// The same, where it takes namespaces by default; else nobody.
    ByDefault,
    /// The install of this name, if there is one.
    NamespaceRevision,
    PodRevision,
}

/// `istio-injection` and `istio.io/rev` of the namespace, `sidecar.istio.io/inject`
/// and `istio.io/rev` of the Pod. Each combination is in exactly one row.
#[rustfmt::skip]
const TABLE: &[([Pattern; 4], Injector)] = &[
    ([Is("enabled"),        Any,    Not("false"),              Any],    Install),
    ([Is("enabled"),        Any,    Is("false"),               Any],    Nobody),
    ([Other(&["enabled"]),  Any,    Any,                       Any],    Nobody),
    ([Absent,               Set,    Not("false"),              Any],    NamespaceRevision),
    ([Absent,               Any,    Is("false"),               Any],    Nobody),
    ([Absent,               Absent, Not("false"),              Set],    PodRevision),
    ([Absent,               Absent, Is("true"),                Absent], Install),
    ([Absent,               Absent, Absent,                    Absent], ByDefault),
    ([Absent,               Absent, Other(&["true", "false"]), Absent], Nobody),
];

/// The values that the table is tried with, in its columns' order.
const VALUES: [&[Option<&str>]; 4] = [
    &[None, Some("enabled"), Some("disabled"), Some("")],
    &[None, Some("default"), Some(NAMED), Some("missing")],
    &[None, Some("true"), Some("false"), Some("yes"), Some("")],
    &[None, Some("default"), Some(NAMED), Some("missing")],
];

/// The install that has a revision name.
const NAMED: &str = "canary";

impl Pattern {
    fn matches(&self, value: Option<&str>) -> bool {
        match self {
            Any => true,
            Absent => value.is_none(),
            Set => value.is_some(),
            Is(expected) => value == Some(expected),
            Not(unwanted) => value != Some(unwanted),
            Other(unwanted) => value.is_some_and(|value| !unwanted.contains(&value)),
        }
    }
}

impl Injector {
    /// The revision whose injector it is.
    fn revision<'a>(&self, labels: [Option<&'a str>; 4], by_default: bool) -> Option<&'a str> {
        match self {
            Nobody => None,
            Install => Some("default"),
            ByDefault => by_default.then_some("default"),
            NamespaceRevision => labels[1],
            PodRevision => labels[3],
        }
        .filter(|name| ["default", NAMED].contains(name))
    }
}

#[tokio::test]
async fn api_server_calls_the_right_install() -> Result<()> {
    for by_default in [false, true] {
        let site = Site::new().await?;
        let install = Outrigger::serve(&[]).await?;
        let named = Outrigger::serve(&["--revision", NAMED]).await?;
        let mut entries = default_install();
        if by_default {
            entries.push(namespaces_by_default());
        }
        site.register("default", &install, Fail, entries).await?;
        site.register(NAMED, &named, Fail, revision(NAMED)).await?;
        expect_table(&namespaces(&site).await?, by_default).await?;
    }
    Ok(())
}

#[tokio::test]
async fn printed_webhooks_call_the_right_install() -> Result<()> {
    for by_default in [false, true] {
        let site = Site::new().await?;
        let install = Outrigger::serve(&[]).await?;
        let named = Outrigger::serve(&["--revision", NAMED]).await?;
        let by_default_flag = ["--enable-namespaces-by-default"];
        let flags = &by_default_flag[..usize::from(by_default)];
        site.install("default", &install, flags).await?;
        let revision = ["--revision", NAMED];
        site.install(NAMED, &named, &revision).await?;
        expect_table(&namespaces(&site).await?, by_default).await?;
    }
    Ok(())
}

#[tokio::test]
async fn server_that_sees_every_pod_decides_right() -> Result<()> {
    for by_default in [false, true] {
        let site = Site::new().await?;
        let namespaces = namespaces(&site).await?;
        let known = site.namespaces_file().await?;
        let values = NamedTempFile::with_suffix(".yaml")?;
        fs::write(&values, values_with(by_default))?;
        let files = [
            "--namespaces",
            &known.path().to_string_lossy(),
            "--values",
            &values.path().to_string_lossy(),
        ];
        let install = Outrigger::serve(&files).await?;
        let named = Outrigger::serve(&[&files[..], &["--revision", NAMED]].concat()).await?;
        site.register("default", &install, Fail, [every_pod()])
            .await?;
        site.register(NAMED, &named, Fail, [every_pod()]).await?;
        expect_table(&namespaces, by_default).await?;
    }
    Ok(())
}

#[tokio::test]
async fn namespace_that_the_file_lacks_counts_as_unlabelled() -> Result<()> {
    let site = Site::new().await?;
    let known = site.namespaces_file().await?;
    let outrigger = Outrigger::serve(&["--namespaces", &known.path().to_string_lossy()]).await?;
    site.register("default", &outrigger, Fail, [every_pod()])
        .await?;
    let unknown = site.namespace(&[("istio-injection", "enabled")]).await?;

    let unasked = unknown.create(&pod(&[], &[])).await?;
    let asked = unknown
        .create(&pod(&[("sidecar.istio.io/inject", "true")], &[]))
        .await?;

    assert_eq!(injected_by(&unasked), None);
    assert!(injected_by(&asked).is_some());
    Ok(())
}

#[tokio::test]
async fn server_without_namespaces_takes_every_one_as_labelled() -> Result<()> {
    let site = Site::new().await?;
    let outrigger = Outrigger::serve(&[]).await?;
    site.register("default", &outrigger, Fail, [every_pod()])
        .await?;
    let namespace = site.namespace(&[]).await?;

    let stored = namespace.create(&pod(&[], &[])).await?;

    assert!(injected_by(&stored).is_some());
    Ok(())
}

/// The built-in values with one setting as given.
fn values_with(by_default: bool) -> String {
    const BUILT_IN: &str = include_str!("../../../../src/config/defaults/values.yaml");
    const SETTING: &str = "enableNamespacesByDefault: false";
    assert!(BUILT_IN.contains(SETTING));
    BUILT_IN.replace(SETTING, &format!("enableNamespacesByDefault: {by_default}"))
}

/// A namespace and the two labels it has or lacks.
struct Labelled {
    namespace: Namespace,
    labels: [Option<&'static str>; 2],
}

/// One namespace for each combination of the first two columns.
async fn namespaces(site: &Site) -> Result<Vec<Labelled>> {
    let mut made = Vec::new();
    for injection in VALUES[0] {
        for revision in VALUES[1] {
            let labels = [("istio-injection", *injection), ("istio.io/rev", *revision)];
            made.push(Labelled {
                namespace: site.namespace(&present(&labels)).await?,
                labels: [*injection, *revision],
            });
        }
    }
    Ok(made)
}

/// Creates a Pod for each combination of labels and looks up who injected it.
async fn expect_table(namespaces: &[Labelled], by_default: bool) -> Result<()> {
    let mut rows_met = [false; TABLE.len()];
    let mut wrong = Vec::new();
    for Labelled { namespace, labels } in namespaces {
        for inject in VALUES[2] {
            for revision in VALUES[3] {
                let all = [labels[0], labels[1], *inject, *revision];
                let row = row(all);
                rows_met[row] = true;
                let expected = TABLE[row].1.revision(all, by_default);
                let labels = [
                    ("sidecar.istio.io/inject", *inject),
                    ("istio.io/rev", *revision),
                ];
                let stored = namespace.create(&pod(&present(&labels), &[])).await?;
                let found = injected_by(&stored);
                if found.as_deref() != expected {
                    wrong.push(format!("{all:?}: by {found:?}, not {expected:?}"));
                }
            }
        }
    }
    assert!(
        rows_met.iter().all(|met| *met),
        "a row is never met: {rows_met:?}"
    );
    assert!(
        wrong.is_empty(),
        "namespaces by default: {by_default}; labels and who injected:\n{}",
        wrong.join("\n")
    );
    Ok(())
}

/// The one row that these labels are in.
fn row(labels: [Option<&str>; 4]) -> usize {
    let rows: Vec<usize> = (0..TABLE.len())
        .filter(|row| {
            TABLE[*row]
                .0
                .iter()
                .zip(labels)
                .all(|(pattern, value)| pattern.matches(value))
        })
        .collect();
    assert_eq!(rows.len(), 1, "{labels:?} is in rows {rows:?}");
    rows[0]
}

fn present<'a>(labels: &[(&'a str, Option<&'a str>)]) -> Vec<(&'a str, &'a str)> {
    labels
        .iter()
        .filter_map(|(key, value)| Some((*key, (*value)?)))
        .collect()
}
