//! The README's commands do what it says: each of its lines is run here, or is what the program itself says.

use std::{
    env, fs, io,
    path::Path,
    process::{Command, Stdio},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_outrigger");

/// The command lines of the README, one each.
fn lines() -> Vec<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let blocks = text.split("```sh\n").skip(1);
    let lines = blocks.flat_map(|rest| rest.split("```").next().unwrap_or_default().lines());
    lines.map(str::to_owned).collect()
}

/// What a command prints, once it has ended well.
fn printed(command: &mut Command) -> String {
    let output = command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_command_of_the_readme_does_what_it_says() {
    // The help is wrapped to the width of the terminal.
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let install = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/install.md"));
    let install = install.unwrap();
    let help = words(&printed(Command::new(PROGRAM).args(["serve", "--help"])));
    for line in lines() {
        if let Some(args) = line.strip_prefix("cargo run --release -- ") {
            if args == "serve --standalone" {
                // Runs until it is stopped; `a_pod_is_injected_with_nothing_to_configure` starts it.
                continue;
            }
            let out = printed(Command::new(PROGRAM).args(args.split(' ')));
            assert!(out.contains("name: istio-proxy"), "{line}: {out}");
        } else if line.starts_with("curl ") {
            assert!(
                help.contains(&words(&line)),
                "`serve --help` has not the line {line}"
            );
        } else if line.starts_with("helm ") || line.starts_with("kubectl ") {
            // `chart` and the tests with a real API server hold those.
            assert!(
                install.contains(&line),
                "docs/install.md has not the line {line}"
            );
        } else {
            assert!(
                ["cargo test", "examples/try"].contains(&line.as_str()),
                "nothing runs `{line}`"
            );
        }
    }
}

#[test]
fn a_pod_is_injected_with_nothing_to_configure() {
    match Command::new("curl").arg("--version").output() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            eprintln!("left out: examples/try needs curl, which is not on this machine");
        }
        _ => {
            let out = printed(Command::new("examples/try").env("OUTRIGGER", PROGRAM));
            assert!(out.contains(r#""name":"istio-proxy""#), "{out}");
        }
    }
}
