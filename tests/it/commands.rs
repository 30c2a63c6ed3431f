//! Every command of the documents is run, or what it calls is there.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
};

use clap::CommandFactory as _;
use outrigger::cli::Cli;

use crate::documents::{Block, Runner, blocks, lay_out, script, texts};

const PROGRAM: &str = env!("CARGO_BIN_EXE_outrigger");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program under its name, and `serve` on a port of its own: tests run side by side.
const OUTRIGGER: &str = r#"#!/bin/sh
case "$1 $*" in
  *" --listen "* | *--help*) ;;
  "serve "*) exec "$PROGRAM" "$@" --listen 127.0.0.1:0 2>"$FOLDER/serve.log" ;;
esac
exec "$PROGRAM" "$@"
"#;

/// What cargo would build is built. Build scripts that look at the package they are run for would run again if it were told
/// of this one.
const CARGO: &str = r#"#!/bin/bash
case "$*" in
  "run --release -- "*) shift 3; exec outrigger "$@" ;;
  "run --example "*)
    shift
    unset ${!CARGO_PKG_*} ${!CARGO_MANIFEST_*}
    exec "$CARGO" run --quiet --manifest-path "$ROOT/Cargo.toml" "$@"
    ;;
  *) echo "the tests of documents do not run cargo $*" >&2; exit 127 ;;
esac
"#;

/// The one thing that kubectl does offline: it forwards the port of a Pod, here of a server with that port.
const KUBECTL: &str = r#"#!/bin/sh
case "$*" in
  *" port-forward deploy/outrigger 15014")
    exec "$PROGRAM" serve --standalone --listen 127.0.0.1:0 --health-listen 127.0.0.1:0 2>"$FOLDER/serve.log"
    ;;
  *) echo "the tests of documents do not run kubectl $* offline" >&2; exit 127 ;;
esac
"#;

/// curl at the ports that `serve` has, once it has them.
const CURL: &str = r#"#!/bin/bash
if [[ $* == *:15017/* || $* == *:15014/* ]]; then
  for _ in {1..600}; do
    line=$(grep -m1 'listening address=127' "$FOLDER/serve.log" 2>/dev/null) && break
    sleep 0.1
  done
  listen=$(grep -oP 'address=127\.0\.0\.1:\K[0-9]+' <<<"$line")
  health=$(grep -oP 'health=127\.0\.0\.1:\K[0-9]+' <<<"$line")
  set -- "${@/:15017/:$listen}"
  set -- "${@/:15014/:$health}"
fi
exec "$CURL" -f "$@"
"#;

/// What is to be seen when a document's commands have run.
const SHOWN: &[(&str, &str)] = &[
    ("README.md", "\"path\":\"/spec/initContainers"),
    ("README.md", "\"allowed\":true"),
    ("README.md", "name: istio-proxy"),
    ("docs/quickstart.md", "name: istio-proxy"),
    ("docs/quickstart.md", "\"allowed\":true"),
];

#[test]
fn offline_commands_do_what_they_say() {
    let blocks = blocks(root());
    let offline = blocks
        .iter()
        .filter(|block| block.runner == Runner::Offline);
    let offline: Vec<&Block> = offline.collect();
    assert!(offline.len() > 5, "the documents are not where they were");
    let of_one = offline.chunk_by(|a, b| a.document == b.document);
    let failed: Vec<String> = of_one.filter_map(|blocks| run(blocks).err()).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Runs the blocks of a document, one after the other, in a folder that looks like a clone.
fn run(blocks: &[&Block]) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    lay_out(root(), folder.path()).unwrap();
    let bin = folder.path().join(".bin");
    fs::create_dir(&bin).unwrap();
    for (name, text) in [
        ("outrigger", OUTRIGGER),
        ("cargo", CARGO),
        ("curl", CURL),
        ("kubectl", KUBECTL),
    ] {
        let path = bin.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = std::env::var("PATH").unwrap();
    let curl = path.split(':').map(|f| Path::new(f).join("curl"));
    let curl = curl.into_iter().find(|path| path.exists());
    let output = Command::new("bash")
        .args(["-c", &script(blocks, |_| "")])
        .current_dir(folder.path())
        .env("PATH", format!("{}:{path}", bin.display()))
        .env("PROGRAM", PROGRAM)
        // What `examples/try` takes for built.
        .env("OUTRIGGER", PROGRAM)
        .env("FOLDER", folder.path())
        .env("ROOT", root())
        .env("CARGO", env!("CARGO"))
        .env("CURL", curl.expect("curl is on the path"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, told) = (text(&output.stdout), text(&output.stderr));
    let shown = SHOWN
        .iter()
        .filter(|(document, _)| *document == blocks[0].document);
    let missing: Vec<_> = shown.filter(|(_, words)| !out.contains(words)).collect();
    if output.status.success() && missing.is_empty() {
        return Ok(());
    }
    Err(format!("{out}{told}not shown: {missing:?}"))
}

/// The commands that take minutes, a machine of its own or the network, and the step of `.ci/run` that does as much.
const BY_CI: &[(&str, &str)] = &[
    ("git clone https://github.com/outrigger-dev/outrigger", ""),
    ("cd outrigger", ""),
    ("cargo add outrigger-gotemplate", ""),
    ("cargo test", "test"),
    ("just bench --bench inject", "lint"),
    ("just bench-cost", "cost"),
    ("just bench-growth", "lint"),
    ("just bench-http", "lint"),
    ("just bench-load", "lint"),
    ("just bench-memory", "lint"),
    ("just bench-offline", "lint"),
    ("just bench --package outrigger-gotemplate", "lint"),
    ("tests/oracle/bench.sh", ""),
    ("./run.sh restore 900", "fuzz"),
    ("go build -o oracle .", "oracle"),
    (
        r#"echo '{"template": "{{.a | quote}}", "data": {"a": 1}}' | ./oracle"#,
        "oracle",
    ),
];

#[test]
fn commands_that_are_left_to_ci_are_there() {
    let ci = fs::read_to_string(root().join(".ci/run")).unwrap();
    let blocks = blocks(root());
    let left = blocks.iter().filter(|block| block.runner == Runner::Ci);
    let mut seen = Vec::new();
    for block in left {
        let folder = root().join(&block.document);
        let folder = folder.parent().unwrap();
        for command in &block.commands {
            let Block {
                document, section, ..
            } = block;
            let place = format!("{document}:{} ({section})", command.line);
            let text = command.text.split(" #").next().unwrap_or_default().trim();
            let row = BY_CI.iter().find(|(known, _)| *known == text);
            let (_, step) = row.unwrap_or_else(|| panic!("{place}: nothing runs `{text}`"));
            seen.push(text);
            assert!(
                step.is_empty() || ci.contains(&format!("\nstep {step} ")),
                "{place}: .ci/run has no step {step}"
            );
            is_there(text, folder, &place);
        }
    }
    for (command, _) in BY_CI {
        assert!(
            seen.contains(command),
            "no document says `{command}` any more"
        );
    }
}

/// Holds that what a command calls exists.
fn is_there(command: &str, folder: &Path, place: &str) {
    let words: Vec<&str> = command.split(' ').collect();
    match words.as_slice() {
        ["just", recipe, ..] => {
            let justfile = fs::read_to_string(root().join("justfile")).unwrap();
            let heads = justfile
                .lines()
                .filter(|line| line.ends_with(':') || line.contains(": "));
            let mut names = heads.filter_map(|line| line.split([' ', ':']).next());
            assert!(
                names.any(|name| name == *recipe),
                "{place}: no recipe {recipe}"
            );
        }
        ["git", "clone", address] => {
            let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
            let line = format!("repository = \"{address}\"");
            assert!(manifest.contains(&line), "{place}: not this repository");
        }
        ["cargo", "add", name] => {
            let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
            assert!(
                manifest.contains(&format!("\n{name} = ")),
                "{place}: no crate {name}"
            );
        }
        ["cargo", "test"] | ["cd", _] | ["go" | "echo", ..] => {}
        [script, ..] => {
            let path = [folder, root()].map(|folder| folder.join(script));
            assert!(
                path.iter().any(|path| path.exists()),
                "{place}: no {script}"
            );
        }
        [] => panic!("{place}: no command"),
    }
}

/// Commands within sentences name what there is.
#[test]
fn commands_within_sentences_are_commands() {
    let mut held = 0;
    for (document, text) in texts(root()) {
        for span in spans(&text) {
            let words: Vec<&str> = span.split_whitespace().collect();
            let place = format!("{document}: `{span}`");
            match words
                .iter()
                .position(|word| !word.contains('='))
                .map(|at| &words[at..])
            {
                Some(["outrigger", rest @ ..]) => names_what_there_is(rest, &place),
                Some(["just", _, ..]) => is_there(&span, root(), &place),
                Some(["cargo", "test", "--test", name, ..]) => {
                    assert!(root().join("tests").join(name).is_dir(), "{place}");
                }
                _ => continue,
            }
            held += 1;
        }
    }
    assert!(held > 50, "{held}");
}

/// Holds that the subcommands and options after `outrigger` exist.
fn names_what_there_is(words: &[&str], place: &str) {
    let root = Cli::command();
    let mut command = &root;
    let mut words = words.iter().take_while(|word| **word != "|").peekable();
    while let Some(sub) = words.peek().and_then(|word| command.find_subcommand(word)) {
        command = sub;
        words.next();
    }
    let has_subcommands = command.get_subcommands().next().is_some();
    for (at, word) in words.enumerate() {
        let Some(option) = word.strip_prefix("--") else {
            assert!(
                at > 0 || !has_subcommands || word.starts_with('-'),
                "{place}: no command {word}"
            );
            continue;
        };
        let option = option.split('=').next().unwrap_or_default();
        let known = command.get_arguments().any(|argument| {
            let names = argument.get_long_and_visible_aliases().unwrap_or_default();
            names.contains(&option)
        });
        assert!(known || option == "help", "{place}: no option --{option}");
    }
}

/// What stands between back-quotes outside of blocks.
fn spans(text: &str) -> Vec<String> {
    let prose = text.split("```").step_by(2);
    prose
        .flat_map(|part| part.split('`').skip(1).step_by(2))
        .map(|span| span.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}
