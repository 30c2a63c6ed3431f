//! Imports point one way: what is inside knows nothing of what is around it.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The modules from the innermost to the outermost; those of one line may use those of the lines before it.
const LAYERS: &[&[&str]] = &[
    &["annotations"],
    &["config"],
    &["inject"],
    &["admission", "drift", "workload", "pki", "webhook"],
    &["check", "explain", "telemetry"],
    &["server"],
    &["cluster"],
    &["cli"],
];

/// The modules that do no I/O and read neither a clock nor the environment.
const PURE: &[&str] = &[
    "annotations",
    "config",
    "inject",
    "admission",
    "drift",
    "workload",
    "check",
    "explain",
    "webhook",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// A module's name, its layer, and its files as path and text.
type Module = (&'static str, usize, Vec<(PathBuf, String)>);

fn modules() -> Vec<Module> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut modules = Vec::new();
    for (layer, names) in LAYERS.iter().enumerate() {
        for name in *names {
            let mut paths = Vec::new();
            if src.join(name).is_dir() {
                sources(&src.join(name), &mut paths);
            } else {
                paths.push(src.join(name).with_extension("rs"));
            }
            let read = |path: PathBuf| {
                let text = fs::read_to_string(&path).unwrap();
                (path, text)
            };
            modules.push((*name, layer, paths.into_iter().map(read).collect()));
        }
    }
    modules
}

/// The modules that a text names after `crate::`, those in braces too.
fn used(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for rest in text.split("crate::").skip(1) {
        let mut depth = 0;
        let mut name = String::new();
        for c in rest.chars() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                c if depth <= 1 && (c.is_alphanumeric() || c == '_') => name.push(c),
                ',' if depth == 1 => names.push(std::mem::take(&mut name)),
                ' ' | '\n' if depth == 1 && name.is_empty() => {}
                // The rest of a path is of no interest.
                _ if depth == 1 => name.push(':'),
                _ if depth == 0 => break,
                _ => {}
            }
            if depth < 0 {
                break;
            }
        }
        names.push(name);
    }
    let first = |name: String| name.split(':').next().unwrap_or_default().to_owned();
    names.into_iter().map(first).collect()
}

#[test]
fn braces_are_seen_through() {
    let text = "use crate::{\n    admission::{Core, Way},\n    pki,\n};\nuse crate::server;\n crate::inject::run()";
    assert_eq!(used(text), ["admission", "pki", "", "server", "inject"]);
}

#[test]
fn imports_point_one_way() {
    for (module, layer, files) in modules() {
        for (path, text) in files {
            for name in used(&text) {
                let other = LAYERS
                    .iter()
                    .position(|names| names.contains(&name.as_str()));
                let upward =
                    other.is_some_and(|other| other > layer || (other == layer && name != module));
                assert!(!upward, "{}: `{module}` uses `{name}`", path.display());
            }
        }
    }
}

#[test]
fn the_core_does_no_io() {
    const OUTSIDE: &[&str] = &[
        "std::fs",
        "std::env",
        // Addresses as such are data.
        "TcpListener",
        "TcpStream",
        "ToSocketAddrs",
        "UdpSocket",
        "std::process",
        "::now()",
        "tokio::",
        "async fn",
    ];
    for (module, _, files) in modules() {
        if !PURE.contains(&module) {
            continue;
        }
        for (path, text) in files {
            // What tests do at the foot of a file is their own affair.
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            if path.ends_with("tests.rs") {
                continue;
            }
            for outside in OUTSIDE {
                assert!(!code.contains(outside), "{} has {outside}", path.display());
            }
        }
    }
}
