//! The program as a person or a script sees it: what it prints where, and its exit status.

use std::{
    io,
    process::{Command, Output},
};

fn outrigger(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_outrigger"))
        .args(args)
        .output()
        .unwrap()
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
