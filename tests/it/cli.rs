//! The program as a person or a script sees it: what it prints where, and its exit status.

use std::{
    env, fs, io,
    process::{Command, Output},
};

fn outrigger(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_outrigger"))
        .args(args)
        .output()
        .unwrap()
}

/// As kubectl reads them: the first file that has something counts, and one that is not there is passed over.
#[test]
fn kubeconfigs_are_found_and_merged() {
    const USERS: &str = "users: [{name: u, user: {token: S3CRET}}]\ncurrent-context: none\n";
    const CLUSTERS: &str = "clusters: [{name: c, cluster: {server: 'http://127.0.0.1:1'}}]\n\
                            contexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\n";
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let (users, clusters) = (file("users", USERS), file("clusters", CLUSTERS));
    let broken = file("broken", "users: [{name: u, user: {token: [S3CRET]}}]\n");
    let absent = dir.path().join("absent");
    for (files, want) in [
        (vec![&absent, &clusters, &users], "Connection refused"),
        (vec![&users, &clusters], "none"),
        (vec![&absent], "give --kubeconfig"),
        (
            vec![&clusters, &broken],
            "broken: one of the users, \"u\": something in it should be a string",
        ),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_outrigger"))
            .args(["drift", "-A"])
            .env("KUBECONFIG", env::join_paths(&files).unwrap())
            .env_remove("KUBERNETES_SERVICE_HOST")
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{files:?}: {told}");
        assert!(told.contains(want), "{files:?}: {told}");
        assert!(!told.contains("S3CRET"), "{told}");
    }
}

/// Arguments, the exit status, and what standard output and standard error contain.
#[test]
fn exit_statuses_and_streams() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().to_str().unwrap();
    let table: &[(&[&str], i32, &str, &str)] = &[
        (&["--help"], 0, "Usage: outrigger <COMMAND>", ""),
        (&["--version"], 0, "outrigger ", ""),
        (&["version"], 0, "admission.k8s.io/v1beta1", ""),
        (
            &["serve", "--help"],
            0,
            "curl -k -H content-type:application/json -d @examples/review.json https://127.0.0.1:15017/inject\n",
            "",
        ),
        (&[], 2, "", "Usage:"),
        (&["nonsense"], 2, "", "unrecognized subcommand"),
        (
            &["serve", "--kubeconfig", "/nowhere/config"],
            2,
            "",
            "error: cannot use the kubeconfig /nowhere/config",
        ),
        (
            &["serve", "--standalone", "--tls-cert", "a"],
            2,
            "",
            "--tls-key <FILE>",
        ),
        (
            &["serve", "--standalone", "--listen", "here"],
            2,
            "",
            "invalid value 'here'",
        ),
        (
            &[
                "serve",
                "--standalone",
                "--tls-cert",
                "/nowhere/a",
                "--tls-key",
                "/nowhere/b",
            ],
            2,
            "",
            "error: cannot read /nowhere/a: No such file or directory",
        ),
        (&["certs", "--dir", dir], 0, "LS0tLS1CRUdJTi", "wrote "),
        (&["certs", "--dir", dir], 2, "", "--force replaces it"),
        (
            &[
                "certs", "--dir", dir, "--force", "--dns", "a.b", "--ip", "::2",
            ],
            0,
            "LS0tLS1CRUdJTi",
            "next: ",
        ),
        (
            &["certs", "--dir", dir, "--force", "--dns", "é"],
            2,
            "",
            "é",
        ),
        (
            &["certs", "--dir", "/dev/null/x"],
            2,
            "",
            "error: cannot make /dev/null/x: ",
        ),
    ];
    for (args, status, out, err) in table {
        let output = outrigger(args);
        let stdout = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(*status), "{args:?}: {stderr}");
        assert!(stdout.contains(out), "{args:?}: {stdout}");
        assert!(stderr.contains(err), "{args:?}: {stderr}");
        assert_eq!(stdout.is_empty(), out.is_empty(), "{args:?}: {stdout}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let output = Command::new(env!("CARGO_BIN_EXE_outrigger"))
        .arg("version")
        .stdout(writer)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{output:?}");
}
