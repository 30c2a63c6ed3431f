//! `outrigger config lint`, and the same check at the start of the server.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

/// What the program writes on both streams, and its exit status.
struct Said {
    status: Option<i32>,
    out: String,
    err: String,
}

fn outrigger(folder: &Path, args: &[&str]) -> Said {
    let output = Command::new(env!("CARGO_BIN_EXE_outrigger"))
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    Said {
        status: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

const CONFIG_MAP: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: istio-sidecar-injector}
data:
  config: |
    policy: enabled
    templates:
      sidecar: |
        spec:
          containers:
          - name: istio-proxy
            image: registry.test/proxy:1
            ports:
            - containerPort: 99999
  values: '{}'
";

const EXCERPT: &str = "\
error[pod-range]: template \"sidecar\": spec.containers[istio-proxy].ports[0].containerPort: 99999 is not in the range 1..65535 (Pod bare)
  --> injector.yaml:14:15
   |
14 |             - containerPort: 99999
   |               ^^^^^^^^^^^^^^^^^^^^

";

#[test]
fn what_is_built_in_is_clean() {
    let folder = tempfile::tempdir().unwrap();
    let said = outrigger(folder.path(), &["config", "lint"]);
    assert_eq!((said.status, &*said.out), (Some(0), ""));
    assert_eq!(said.err, "0 errors, 0 warnings\n");
    let said = outrigger(folder.path(), &["config", "lint", "-o", "json"]);
    assert_eq!((said.status, &*said.out), (Some(0), "[]\n"));
}

#[test]
fn a_finding_has_its_place_in_the_config_map() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("injector.yaml"), CONFIG_MAP).unwrap();
    let lint = ["config", "lint", "--injector-config", "injector.yaml"];
    let said = outrigger(folder.path(), &lint);
    assert_eq!(said.status, Some(1), "{}", said.err);
    assert!(said.out.starts_with(EXCERPT), "{}", said.out);
    assert!(said.err.starts_with("1 error, "), "{}", said.err);

    let said = outrigger(folder.path(), &[&lint[..], &["-o", "json"]].concat());
    assert_eq!(said.status, Some(1));
    let findings: Value = serde_json::from_str(&said.out).unwrap();
    let first = &findings[0];
    for (key, value) in [
        ("severity", "error".into()),
        ("code", "pod-range".into()),
        ("file", "injector.yaml".into()),
        ("line", 14.into()),
        ("column", 15.into()),
        ("excerpt", "            - containerPort: 99999".into()),
        ("template", "sidecar".into()),
        ("field", "spec.containers[1].ports[0].containerPort".into()),
        ("help", Value::Null),
    ] {
        assert_eq!(first[key], value, "{key}");
    }
}

#[test]
fn each_file_is_read_and_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let table: &[(&str, &str, i32, &str)] = &[
        ("--injector-config", "policy: [\n", 1, "--> file:2:1"),
        (
            "--injector-config",
            "policy: off\n",
            1,
            "policy: want a string, found boolean false",
        ),
        ("--values", "global:\n  hub: 5\n", 1, "--> file:2:8"),
        (
            "--mesh-config",
            "defaultConfig:\n  statusPort: a\n",
            1,
            "--> file:2:15",
        ),
        (
            "--mesh-config",
            "defaultConfig: {statusPort: 0}\n",
            1,
            "warning[config-doubt]",
        ),
        ("--mesh-config", "trustDomain: mesh.test\n", 0, ""),
        (
            "--proxy-configs",
            "kind: ProxyConfig\nmetadata: {name: a}\nspec:\n  concurrency: many\n",
            1,
            "--> file:4:16",
        ),
        (
            "--namespaces",
            "kind: Pod\n",
            1,
            "an object is no Namespace",
        ),
    ];
    for (flag, text, status, wanted) in table {
        fs::write(folder.path().join("file"), text).unwrap();
        let said = outrigger(folder.path(), &["config", "lint", flag, "file"]);
        assert_eq!(said.status, Some(*status), "{text}: {}", said.out);
        assert!(said.out.contains(wanted), "{text}: {}", said.out);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let said = outrigger(folder.path(), &["config", "lint", "--values", "nowhere"]);
    assert_eq!((said.status, &*said.out), (Some(2), ""));
    assert!(said.err.contains("cannot read nowhere"), "{}", said.err);
}

#[test]
fn the_server_does_not_start_with_errors() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("values.yaml"),
        "global: {proxy: {image: a}}",
    )
    .unwrap();
    let said = outrigger(
        folder.path(),
        &[
            "serve",
            "--standalone",
            "--listen",
            "127.0.0.1:0",
            "--values",
            "values.yaml",
        ],
    );
    assert_eq!(said.status, Some(2), "{}", said.err);
    for part in [
        "error[pod-type]: template \"sidecar\"",
        "initialDelaySeconds: want an integer",
    ] {
        assert!(said.err.contains(part), "{}", said.err);
    }
}

#[test]
fn every_code_is_documented() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_to_string(root.join("docs/lint.md")).unwrap();
    let mut folders = vec![root.join("src/check")];
    let mut codes = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for quoted in text.split('"').skip(1).step_by(2) {
                let kind = quoted.split_once('-').map_or("", |(kind, _)| kind);
                let is_word = quoted.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
                if ["config", "template", "pod"].contains(&kind) && is_word {
                    codes += 1;
                    assert!(
                        docs.contains(&format!("`{quoted}`")),
                        "{quoted} is not in docs/lint.md"
                    );
                }
            }
        }
    }
    assert!(codes > 40, "{codes}");
}
