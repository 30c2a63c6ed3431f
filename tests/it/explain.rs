//! `outrigger explain` without a cluster.

use std::process::{Command, Output};

use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_outrigger");

fn explain(files: &[&str], args: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(PROGRAM);
    command.arg("explain").args(args).env_remove("REVISION");
    for (n, text) in files.iter().enumerate() {
        let path = folder.path().join(format!("{n}.yaml"));
        std::fs::write(&path, text).unwrap();
        command.arg("-f").arg(path);
    }
    command.output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

const NAMESPACE: &str =
    "kind: Namespace\nmetadata: {name: shop, labels: {istio-injection: enabled}}\n";
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec: {containers: [{name: a, image: i}]}\n";

#[test]
fn files_decide_as_the_cluster_would() {
    let job = "kind: CronJob\nmetadata: {name: web, namespace: shop}\nspec: {jobTemplate: {spec: {template: \
               {metadata: {labels: {sidecar.istio.io/inject: 'false'}}, spec: {containers: []}}}}}\n";
    let config = "kind: ConfigMap\nmetadata: {name: istio-sidecar-injector}\ndata: {config: 'policy: disabled'}\n";
    let webhook = "kind: MutatingWebhookConfiguration\nmetadata: {name: other}\nwebhooks:\n\
                   - name: rev.namespace.sidecar-injector.istio.io\n  clientConfig: {url: 'https://a'}\n  \
                   rules: [{operations: [CREATE], apiGroups: [''], apiVersions: [v1], resources: [pods]}]\n  \
                   namespaceSelector: {matchExpressions: [{key: istio.io/rev, operator: In, values: [canary]}]}\n";
    for (files, args, status, line) in [
        (
            &[NAMESPACE, POD][..],
            &[][..],
            0,
            "✓ injector      revision default injects it",
        ),
        (
            &[POD],
            &[],
            2,
            "→ ? namespace     the labels of namespace shop are not known",
        ),
        (
            &[NAMESPACE, job],
            &[],
            1,
            "→ ✗ webhook       the Pod's label sidecar.istio.io/inject is \"false\"",
        ),
        (
            &[NAMESPACE, POD, config],
            &[],
            1,
            "→ ✗ injector      the injector's policy is \"disabled\"",
        ),
        (
            &[NAMESPACE, POD, webhook],
            &[],
            1,
            "$ kubectl label namespace shop --overwrite istio.io/rev=canary istio-injection-",
        ),
        (
            &[NAMESPACE, POD],
            &["--revision", "canary"],
            1,
            "there is canary",
        ),
        // One of several is enough.
        (&[NAMESPACE, POD, job], &[], 1, "Pod shop/web: injected"),
    ] {
        let output = explain(files, args);
        let text = stdout(&output);
        assert_eq!(output.status.code(), Some(status), "{text}");
        assert!(text.contains(line), "{line}: {text}");
        assert!(!text.contains('\x1b'), "colour is for terminals");
    }
}

#[test]
fn machines_read_the_same() {
    let output = explain(&[NAMESPACE, POD], &["-o", "json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["verdict"], "injected");
    assert_eq!(json["object"]["name"], "web");
    assert_eq!(json["steps"][1]["link"], "webhook");
    let yaml = stdout(&explain(&[NAMESPACE, POD], &["-o", "yaml"]));
    let yaml = outrigger_yaml::parse(&yaml).unwrap();
    let yaml: Value = serde_json::from_str(&yaml.to_string()).unwrap();
    assert_eq!(yaml, json);
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (files, args, message) in [
        (&[][..], &[][..], "what is asked about?"),
        (&[], &["svc/web", "--kubeconfig", "/nowhere"], "/nowhere"),
        (&[NAMESPACE], &[], "there is no workload in the files"),
        (&["a: [\n"], &[], "document 1 (line 1)"),
        (&[POD], &["pod/web"], "cannot be used with"),
    ] {
        let output = explain(files, args);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(message), "{message}: {error}");
    }
}
