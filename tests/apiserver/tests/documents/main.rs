//! The documents' commands that need a cluster, run as a reader would run them: by bash, with the real helm, kubectl and
//! kustomize, from the first line of a document to its last.

#[path = "../../../documents/mod.rs"]
mod documents;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use outrigger_apiserver_tests::{Nodes, Outrigger, Pipelines, print};
use serde_json::json;
use tokio::task::spawn_blocking;

use documents::{Block, Runner, blocks, lay_out, script};

/// What a document needs that its reader has.
struct Story {
    document: &'static str,
    /// By section, what has to be there before its first command. An empty name: before the first of all.
    before: &'static [(&'static str, &'static str)],
    /// What has to hold after the last.
    after: &'static str,
}

/// Functions for what is before and after.
const FUNCTIONS: &str = r#"
# An injector is asked about a Pod that is not created, until it answers as is expected.
probe() {
  for _ in {1..100}; do
    found=$(kubectl -n "$1" run probe --image=registry.test/probe:1 --dry-run=server -o jsonpath="$2")
    [ "$found" = "$3" ] && return
    sleep 0.1
  done
  echo "a Pod in $1 has '$found', not '$3'" >&2
  return 1
}
# Which revision injects.
made_by() { probe "$1" '{.metadata.annotations.istio\.io/rev}' "$2"; }
# A release that reads Istio's ConfigMaps.
install() {
  helm install "$1" charts/outrigger -n outrigger-system --create-namespace --set fullnameOverride=outrigger \
    --set istio.injectorConfigMap=istio-sidecar-injector --set istio.meshConfigMap=istio "${@:2}"
}
"#;

const STORIES: &[Story] = &[
    Story {
        document: "README.md",
        before: &[("", ISTIO)],
        after: "made_by shop outrigger",
    },
    Story {
        document: "docs/drift.md",
        before: &[
            ("", ISTIO),
            (
                "The order of a restart",
                r#"
                sed -i 's/tag: latest/tag: "2"/' values.yaml
                kubectl -n istio-system create configmap istio-sidecar-injector --dry-run=client -o yaml \
                  --from-literal=config='policy: enabled' --from-file=values=values.yaml |
                  kubectl -n istio-system replace -f -
                probe shop '{.spec.initContainers[?(@.name=="istio-init")].image}' registry.istio.io/testing/proxyv2:2
                ! outrigger drift -n shop
                "#,
            ),
        ],
        after: "outrigger drift -n shop",
    },
    Story {
        document: "docs/explain.md",
        before: &[
            ("", ISTIO),
            ("What may be asked about", "kubectl apply -f workloads.yaml"),
        ],
        after: "",
    },
    Story {
        document: "docs/install.md",
        before: &[
            ("", ISTIO),
            (
                "In the place of Istio's injector",
                "kubectl label namespace shop istio.io/rev- istio-injection=enabled
                helm uninstall outrigger -n outrigger-system",
            ),
            (
                "Without Helm",
                // Everything but what the section is about.
                "helm uninstall outrigger -n outrigger-system
                install outrigger --set revision=canary --set webhook.create=false",
            ),
            (
                "When the injector is away",
                "helm uninstall outrigger -n outrigger-system
                install outrigger",
            ),
        ],
        after: "",
    },
    Story {
        document: "docs/migrate.md",
        before: &[("", ISTIO)],
        after: "made_by shop default",
    },
    Story {
        document: "docs/operations.md",
        before: &[
            ("", ISTIO),
            (
                "What to look at first",
                "install outrigger --set revision=outrigger
                kubectl label namespace shop istio-injection- istio.io/rev=outrigger
                made_by shop outrigger",
            ),
        ],
        after: "made_by shop outrigger",
    },
    Story {
        document: "docs/pipelines.md",
        before: &[
            ("", ISTIO),
            ("Helm 4, as a plugin", "PATH=$HELM4:$PATH; hash -r"),
            ("kubectl, as a plugin", "mkdir -p ~/.local/bin"),
        ],
        after: "",
    },
    Story {
        document: "docs/quickstart.md",
        before: &[],
        after: "made_by shop default
            kubectl -n shop get pods -l app=storefront -o yaml | grep -q 'name: istio-proxy'",
    },
];

/// A document that nobody runs is found here.
#[test]
fn every_document_is_told() {
    let blocks = blocks(&root());
    let of_clusters = blocks
        .iter()
        .filter(|block| block.runner == Runner::Cluster);
    let documents: BTreeSet<&str> = of_clusters.map(|block| &*block.document).collect();
    let told = STORIES.iter().map(|story| story.document);
    assert_eq!(documents, told.collect());
    for story in STORIES {
        for (section, _) in story
            .before
            .iter()
            .filter(|(section, _)| !section.is_empty())
        {
            let mut sections = blocks
                .iter()
                .filter(|block| block.document == story.document);
            assert!(
                sections.any(|block| block.section == *section),
                "{} has no section {section} with commands",
                story.document
            );
        }
    }
}

/// Istio's objects, and a Deployment whose Pods it has injected.
const ISTIO: &str = r"
kubectl create namespace istio-system
kubectl -n istio-system create configmap istio-sidecar-injector \
  --from-literal=config='policy: enabled' --from-file=values=values.yaml
kubectl -n istio-system create configmap istio --from-file=mesh=mesh.yaml
kubectl apply -f shop.yaml
made_by shop default
kubectl -n shop create deployment web --image=registry.test/web:1
kubectl -n shop rollout status deployment web
";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// An injector in the place of istiod's, which reads the same ConfigMaps.
async fn istiod(nodes: &Nodes) -> Result<Outrigger> {
    let mut istiod = Outrigger::serve_in(nodes.site.kubeconfig, &[])?;
    istiod.wait_until_ready().await?;
    let (url, authority) = (istiod.url(), istiod.ca_file());
    let args = ["--url", &url, "--ca-bundle", &authority.to_string_lossy()];
    for mut object in print(&args)? {
        object["metadata"]["name"] = json!("istio-sidecar-injector");
        nodes.site.create(&object).await?;
    }
    Ok(istiod)
}

/// Runs the commands of a document in a cluster of their own.
async fn told(document: &str) -> Result<()> {
    let story = STORIES.iter().find(|story| story.document == document);
    let story = story.context("a story")?;
    let blocks = blocks(&root());
    let of_document =
        |block: &&Block| block.document == document && block.runner == Runner::Cluster;
    let blocks: Vec<&Block> = blocks.iter().filter(of_document).collect();
    let before = |section: &str| -> &'static str {
        let found = story.before.iter().find(|(name, _)| *name == section);
        found.map_or("", |(_, script)| script)
    };
    let script = format!(
        "{FUNCTIONS}\nset -e\n{}\nset +e\n{}\nset -e\n{}",
        before(""),
        script(&blocks, before),
        story.after
    );

    let mut nodes = Nodes::start().await?;
    let has_istio = before("") == ISTIO;
    let _istiod = if has_istio {
        Some(istiod(&nodes).await?)
    } else {
        None
    };
    let pipelines = Pipelines::new()?;
    lay_out(&root(), pipelines.folder())?;
    let kubeconfig = nodes.site.kubeconfig;
    let run = async { spawn_blocking(move || pipelines.bash(&script, kubeconfig)).await? };
    let output = nodes.work_until(run).await?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    ensure!(
        output.status.success(),
        "{}{}\n{}\nthe API server refused last: {}",
        text(&output.stdout),
        text(&output.stderr),
        output.status,
        nodes.refused()
    );
    Ok(())
}

macro_rules! documents {
    ($($name:ident: $document:literal,)*) => {$(
        #[tokio::test]
        async fn $name() -> Result<()> {
            told($document).await
        }
    )*};
}

documents! {
    readme: "README.md",
    drift: "docs/drift.md",
    explain: "docs/explain.md",
    install: "docs/install.md",
    migrate: "docs/migrate.md",
    operations: "docs/operations.md",
    pipelines: "docs/pipelines.md",
    quickstart: "docs/quickstart.md",
}
