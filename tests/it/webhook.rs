//! What `outrigger webhook` prints and refuses.

use std::{
    env, fs,
    path::Path,
    process::{Command, Output},
};

fn webhook(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_outrigger"))
        .arg("webhook")
        .args(args)
        .env_remove("REVISION")
        .env_remove("POD_NAMESPACE")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}

/// Holds what is printed equal to the file that keeps it; `UPDATE_GOLDEN=1` writes the file anew.
#[test]
fn printed_objects() {
    for (name, args) in [
        ("default", &["print"][..]),
        (
            "tagged",
            &[
                "print",
                "--revision",
                "canary",
                "--tag",
                "prod",
                "--tag",
                "default",
                "--enable-namespaces-by-default",
                "--failure-policy",
                "ignore",
                "--reinvocation-policy",
                "never",
                "--timeout-seconds",
                "10",
                "--namespace",
                "mesh",
                "--service",
                "injector",
                "--port",
                "8443",
                "--path",
                "/inject/cluster/east",
            ],
        ),
        (
            "guard",
            &[
                "print",
                "--revision",
                "canary",
                "--guard=warn",
                "--injector-config",
                "tests/data/webhook/injector-config.yaml",
            ],
        ),
    ] {
        let output = webhook(args);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}: {stderr}");
        let text = String::from_utf8(output.stdout).unwrap();
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/webhook/{name}.yaml"));
        if env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&path, &text).unwrap();
        }
        let written = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == text,
            "{} is not what is printed now; read the difference after \
             `UPDATE_GOLDEN=1 cargo test --test it webhook`:\n{text}",
            path.display()
        );
    }
}

#[test]
fn yaml_and_json_are_the_same_objects() {
    let print = |format| {
        let output = webhook(&["print", "--guard", "-o", format]);
        String::from_utf8(output.stdout).unwrap()
    };
    let json = outrigger_json::Value::parse(print("json").as_bytes())
        .unwrap()
        .into_owned();
    let yaml = print("yaml");
    let documents = yaml.split("---\n");
    let documents: Vec<_> = documents
        .map(|d| outrigger_yaml::parse(d).unwrap())
        .collect();
    assert_eq!(json.get("items").unwrap().as_array().unwrap(), documents);
    let kinds: Vec<_> = documents
        .iter()
        .map(|d| d.get("kind").unwrap().as_str().unwrap())
        .collect();
    let binding = "ValidatingAdmissionPolicyBinding";
    assert_eq!(
        kinds,
        [
            "MutatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            binding,
            binding,
            binding,
            binding
        ]
    );
}

#[test]
fn the_bundle_is_a_file_of_certificates() {
    let dir = tempfile::tempdir().unwrap();
    let certs = Command::new(env!("CARGO_BIN_EXE_outrigger"))
        .args(["certs", "--dir"])
        .arg(dir.path())
        .output()
        .unwrap();
    let bundle = String::from_utf8(certs.stdout).unwrap();
    let file = dir.path().join("ca.crt");
    let output = webhook(&["print", "--ca-bundle", file.to_str().unwrap()]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains(&format!("caBundle: {}", bundle.trim())),
        "{text}"
    );
}

/// Arguments, and what standard error says of them: the option, and what it takes.
#[test]
fn errors_name_the_option_and_what_it_takes() {
    let table: &[(&[&str], &[&str])] = &[
        (&["--revision", "A"], &["--revision", "lower-case letters"]),
        (&["--tag", "a.b"], &["--tag", "lower-case letters"]),
        (
            &["--timeout-seconds", "31"],
            &["--timeout-seconds", "1..=30"],
        ),
        (
            &["--failure-policy", "Maybe"],
            &["--failure-policy", "Fail, Ignore"],
        ),
        (
            &["--reinvocation-policy", "Maybe"],
            &["--reinvocation-policy", "IfNeeded, Never"],
        ),
        (&["--guard=audit"], &["--guard", "deny, warn"]),
        (
            &["--namespace", "a.b"],
            &["--namespace", "lower-case letters"],
        ),
        (&["--path", "/other"], &["--path", "/inject/"]),
        (&["--url", "http://a/inject"], &["--url", "https://"]),
        (
            &["--url", "https://a/inject", "--service", "b"],
            &["--url", "--service"],
        ),
        (&["--ca-bundle", "/nowhere"], &["--ca-bundle", "/nowhere"]),
        (
            &["--ca-bundle", "README.md"],
            &[
                "--ca-bundle",
                "README.md has no certificate",
                "outrigger certs",
            ],
        ),
        (&["--injector-config", "a"], &["--guard"]),
        (
            &["--revision", "a", "--enable-namespaces-by-default"],
            &["--enable-namespaces-by-default", "--tag default"],
        ),
        (
            &[
                "--guard",
                "--injector-config",
                "tests/data/webhook/unknown-policy.yaml",
            ],
            &["policy \"on\"", "[disabled, enabled]"],
        ),
    ];
    for (args, says) in table {
        let output = webhook(&[&["print"], *args].concat());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
        assert!(output.stdout.is_empty(), "{args:?}");
        for text in *says {
            assert!(stderr.contains(text), "{args:?}: no {text} in {stderr}");
        }
    }
}
