//! What `docs/security.md` says that no other test holds.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    process::{Command, Stdio},
};

use crate::manifests::outrigger;

/// The status tells what is to be taken out, not that nothing is to be put in.
#[test]
fn a_forged_status_keeps_no_sidecar_away() {
    for status in [
        "{}",
        r#"{"containers":["istio-proxy"],"initContainers":["istio-init"],"revision":"default"}"#,
        r#"{"containers":["app"]}"#,
    ] {
        let pod = format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: app\n  annotations:\n    sidecar.istio.io/status: '{status}'\n\
             spec:\n  containers:\n  - name: app\n    image: registry.test/app:1\n  - name: other\n    image: registry.test/other:1\n"
        );
        let output = outrigger(&["inject", "-f", "-"], &pod);
        let injected = String::from_utf8(output.stdout).unwrap();
        assert!(
            injected.contains("name: istio-proxy"),
            "{status}: {injected}"
        );
    }
}

/// At its most talkative, too.
#[test]
fn keys_and_pods_are_not_logged() {
    const MARK: &str = "kept-to-itself-4711";
    let folder = tempfile::tempdir().unwrap();
    let certs = ["certs", "--dir", folder.path().to_str().unwrap()];
    assert!(outrigger(&certs, "").status.success());
    let file = |name: &str| folder.path().join(name);
    let mut program = Command::new(env!("CARGO_BIN_EXE_outrigger"))
        .args([
            "serve",
            "--standalone",
            "--listen",
            "127.0.0.1:0",
            "--log-level",
            "trace",
        ])
        .arg("--tls-cert")
        .arg(file("tls.crt"))
        .arg("--tls-key")
        .arg(file("tls.key"))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut reader = BufReader::new(program.stderr.take().unwrap());
    let mut log = String::new();
    while !log.contains("listening") {
        assert!(reader.read_line(&mut log).unwrap() > 0, "{log}");
    }
    let (_, rest) = log.rsplit_once("127.0.0.1:").unwrap();
    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();

    let review = include_str!("../../examples/review.json");
    let review = review.replacen(
        "\"env\":",
        &format!("\"workingDir\": \"/{MARK}\", \"env\":"),
        1,
    );
    assert!(review.contains(MARK), "the example has another form");
    let mut curl = Command::new("curl")
        .args([
            "-sS",
            "-H",
            "content-type: application/json",
            "--data-binary",
            "@-",
            "--cacert",
        ])
        .arg(file("ca.crt"))
        .arg(format!("https://localhost:{port}/inject"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = curl.stdin.take().unwrap();
    stdin.write_all(review.as_bytes()).unwrap();
    drop(stdin);
    let answer = curl.wait_with_output().unwrap();
    let answer = String::from_utf8(answer.stdout).unwrap();
    assert!(answer.contains("\"allowed\":true"), "{answer}");

    let id = program.id().to_string();
    assert!(Command::new("kill").arg(&id).status().unwrap().success());
    reader.read_to_string(&mut log).unwrap();
    assert!(program.wait().unwrap().success());
    let key = std::fs::read_to_string(file("tls.key")).unwrap();
    let key = key.lines().nth(1).unwrap();
    assert!(log.contains("injected"), "{log}");
    for secret in [MARK, key, "PRIVATE KEY"] {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
    }
}
