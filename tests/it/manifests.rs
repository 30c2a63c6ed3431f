//! Manifests through the program: what is injected, what is kept, and what is told.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

pub(crate) fn outrigger(args: &[&str], input: &str) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_outrigger"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = program.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || {
        // A program that refuses its arguments does not read.
        let _ = stdin.write_all(input.as_bytes());
    });
    let output = program.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

/// Runs with the input as standard input, and gives what standard output says; standard error must be empty.
fn quiet(args: &[&str], input: &str) -> String {
    let output = outrigger(args, input);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8(output.stdout).unwrap()
}

fn examples() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut examples = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "yaml") {
            examples.push((
                path.display().to_string(),
                fs::read_to_string(path).unwrap(),
            ));
        }
    }
    assert!(examples.len() >= 4);
    examples
}

#[test]
fn examples_are_injected_and_keep_their_text() {
    for (path, text) in examples() {
        let injected = quiet(&["inject", "-f", &path], "");
        assert!(injected.contains("sidecar.istio.io/status"), "{path}");
        // A line may be changed by injection, but no comment and no document goes away.
        for line in text
            .lines()
            .filter(|line| line.trim_start().starts_with(['#', '-']))
        {
            assert!(injected.lines().any(|l| l == line), "{path}: {line}");
        }
        let again = quiet(&["inject", "-f", "-"], &injected);
        assert_eq!(again, injected, "{path}: a second pass changes something");
        let back = quiet(&["uninject", "-f", "-"], &injected);
        assert_eq!(back, text, "{path}: what injection did is not undone");
    }
}

#[test]
fn patches_and_names() {
    let path = "examples/deployment.yaml";
    let patch = quiet(&["inject", "-f", path, "-o", "patch"], "");
    assert!(patch.starts_with(
        r#"{"apiVersion":"apps/v1","kind":"Deployment","name":"storefront","patch":[{"#
    ));
    assert_eq!(patch.lines().count(), 1);
    assert_eq!(
        quiet(&["inject", "-f", path, "-o", "name"], ""),
        "deployment.apps/storefront\n"
    );
    assert_eq!(quiet(&["uninject", "-f", path, "-o", "name"], ""), "");
}

#[test]
fn skips_and_failures_are_told() {
    let pod = |extra: &str, spec: &str| {
        format!(
            "# kept\napiVersion: v1\nkind: Pod\nmetadata: {{name: a, namespace: shop{extra}}}\nspec: {{{spec}containers: [{{name: a, image: b}}]}}\n"
        )
    };
    let text = pod("", "hostNetwork: true, ");
    let output = outrigger(&["inject", "-f", "-"], &text);
    assert_eq!(String::from_utf8_lossy(&output.stdout), text);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.starts_with("skipped: Pod shop/a: ") && told.contains("remove hostNetwork"),
        "{told}"
    );
    assert_eq!(output.status.code(), Some(0));

    let text = format!(
        "a: 1\n---\n{}",
        pod(", annotations: {status.sidecar.istio.io/port: x}", "")
    );
    let output = outrigger(&["inject", "-f", "-"], &text);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.starts_with("error: standard input, document 2 (line 3): Pod shop/a: ")
            && told.contains("status.sidecar.istio.io/port"),
        "{told}"
    );
    assert_eq!(output.status.code(), Some(2));

    let output = outrigger(&["inject"], "");
    assert!(String::from_utf8_lossy(&output.stderr).contains("--filename <PATH>"));
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn what_cannot_be_known_is_told_and_garbage_is_placed() {
    let injected = quiet(&["inject", "-f", "examples/deployment.yaml"], "");
    let mark = "# outrigger.dev/restore: ";
    let without = injected.split(mark).next().unwrap();
    let output = outrigger(&["uninject", "-f", "-"], without);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    let line = "not known: Deployment storefront: may have been the name \"http\": \
                spec.template.spec.containers[storefront].readinessProbe.httpGet.port";
    assert!(told.contains(line), "{told}");

    let output = outrigger(&["uninject", "-f", "-"], &format!("{without}{mark}{{\n"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    let line = without.lines().count() + 1;
    assert!(
        told.starts_with("error: standard input, document 2 (line "),
        "{told}"
    );
    assert!(
        told.contains(&format!("line {line}: what follows")),
        "{told}"
    );
}
