//! The documents say what the program does: those made from it are not stale, those written by hand name what is there.

use std::{env, fmt::Write as _, fs, path::PathBuf};

use outrigger::inject::Reason;

/// The path of a file of the repository.
fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Holds a document equal to what it is made from; `UPDATE_DOCS=1` writes it anew.
fn up_to_date(name: &str, text: &str) {
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(file(name), text).unwrap();
    }
    let written = fs::read_to_string(file(name)).unwrap_or_default();
    assert!(
        written == text,
        "{name} is stale: run `UPDATE_DOCS=1 cargo test --test it docs`"
    );
}

#[test]
fn reasons() {
    let mut text = String::from(
        "# Reasons\n\n\
         Made from `src/inject/reason.rs` by `tests/it/docs.rs`; `UPDATE_DOCS=1 cargo test --test it docs` writes it anew.\n\n\
         Every decision has exactly one of these reasons. The code is stable: alerts and scripts may rest on it.\n\n\
         | code | what happened | what to do |\n|---|---|---|\n",
    );
    for reason in Reason::ALL {
        writeln!(
            text,
            "| `{}` | {} | {} |",
            reason.code(),
            reason.sentence(),
            reason.remedy()
        )
        .unwrap();
    }
    up_to_date("docs/reasons.md", &text);
}

/// The documents written by hand.
const WRITTEN: &[&str] = &[
    "CHANGELOG.md",
    "SECURITY.md",
    "docs/templates.md",
    "templates/README.md",
];

#[test]
fn links_lead_somewhere() {
    for name in WRITTEN {
        let text = fs::read_to_string(file(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        let folder = file(name).parent().unwrap().to_owned();
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let path = target.split('#').next().unwrap_or_default();
            if !path.is_empty() && !path.contains("://") {
                assert!(
                    folder.join(path).exists(),
                    "{name} links to {path}, which is not there"
                );
            }
        }
    }
}

/// Paths in back-quotes, such as `src/inject/`, are there: a document that names a file outlives no move of it.
#[test]
fn named_paths_exist() {
    const FOLDERS: &[&str] = &[
        "benches/",
        "certs/",
        "charts/",
        "crates/",
        "docs/",
        "examples/",
        "fuzz/",
        "src/",
        "templates/",
        "tests/",
    ];
    for name in WRITTEN {
        let text = fs::read_to_string(file(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        for path in text.split('`').skip(1).step_by(2) {
            if FOLDERS.iter().any(|folder| path.starts_with(folder))
                && !path.contains(['*', '<', ' ', '{'])
            {
                assert!(
                    file(path).exists(),
                    "{name} names {path}, which is not there"
                );
            }
        }
    }
}
