//! The commands of the documents: every block of shell in every Markdown file of the repository.
//!
//! A fence names who runs its block: ```` ```sh ```` alone `tests/it`, without a cluster; ```` ```sh cluster ````
//! `tests/apiserver`, with a real API server; ```` ```sh ci ```` nobody, as it takes minutes, but `tests/it` holds that
//! what it calls is there. `console` in the place of `sh` shows what a command prints, too.

use std::{fmt::Write as _, fs, io, path::Path};

/// Who runs a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runner {
    /// `tests/it`.
    Offline,
    /// `tests/apiserver`.
    Cluster,
    /// The steps of `.ci/run`, or a person.
    Ci,
}

/// A block of commands.
#[derive(Debug)]
pub(crate) struct Block {
    /// The document's path in the repository.
    pub(crate) document: String,
    /// The heading that it stands under, without its marks.
    pub(crate) section: String,
    /// Who runs it.
    pub(crate) runner: Runner,
    /// Its commands, in order.
    pub(crate) commands: Vec<Command>,
}

/// A command, on one line of its document or on several.
#[derive(Debug)]
pub(crate) struct Command {
    /// The line of the document, from 1.
    pub(crate) line: usize,
    /// What is typed.
    pub(crate) text: String,
    /// What is shown of its output.
    pub(crate) output: String,
}

/// All documents, by their path in the repository.
///
/// # Panics
/// When one cannot be read.
#[must_use]
pub(crate) fn texts(root: &Path) -> Vec<(String, String)> {
    let mut documents = Vec::new();
    find(root, root, &mut documents).expect("the repository can be read");
    documents.sort();
    let read = |document: String| {
        let text = fs::read_to_string(root.join(&document)).expect("a document is text");
        (document, text)
    };
    documents.into_iter().map(read).collect()
}

/// The blocks of all documents.
///
/// # Panics
/// When a fence says what no test knows, so that nothing is left out in silence.
#[must_use]
pub(crate) fn blocks(root: &Path) -> Vec<Block> {
    let texts = texts(root);
    texts
        .iter()
        .flat_map(|(document, text)| parse(document, text))
        .collect()
}

/// The paths of all documents, from the repository's root.
fn find(root: &Path, folder: &Path, found: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if entry.file_type()?.is_dir() {
            if name != "target" && !name.starts_with('.') {
                find(root, &path, found)?;
            }
        } else if name.ends_with(".md") {
            let path = path.strip_prefix(root).unwrap_or(&path);
            found.push(path.to_string_lossy().into_owned());
        }
    }
    Ok(())
}

fn parse(document: &str, text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut section = String::new();
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        if let Some(heading) = line.strip_prefix('#') {
            heading
                .trim_start_matches('#')
                .trim()
                .clone_into(&mut section);
        }
        let Some(fence) = line.trim_start().strip_prefix("```") else {
            continue;
        };
        let place = format!("{document}:{}", at + 1);
        let body = lines
            .by_ref()
            .take_while(|(_, line)| line.trim_start() != "```");
        let (language, runner) = fence.split_once(' ').unwrap_or((fence, ""));
        let commands = match language {
            "sh" => plain(body, &place),
            "console" => shown(body, &place),
            "bash" | "shell" | "zsh" => panic!("{place}: a block of commands begins with ```sh"),
            _ => {
                body.for_each(drop);
                continue;
            }
        };
        blocks.push(Block {
            document: document.to_owned(),
            section: section.clone(),
            runner: match runner {
                "" => Runner::Offline,
                "cluster" => Runner::Cluster,
                "ci" => Runner::Ci,
                other => panic!("{place}: no test runs what is marked {other}"),
            },
            commands,
        });
    }
    blocks
}

/// The commands of a block that shows nothing else: one a line, or over several that end in `\`.
fn plain<'t>(body: impl Iterator<Item = (usize, &'t str)>, place: &str) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    let mut goes_on = false;
    for (at, line) in body {
        assert!(!line.contains("<<"), "{place}: here documents are not read");
        match commands.last_mut().filter(|_| goes_on) {
            Some(command) => command.text.extend(["\n", line]),
            None => commands.push(Command {
                line: at + 1,
                text: line.to_owned(),
                output: String::new(),
            }),
        }
        goes_on = line.ends_with('\\');
    }
    commands
}

/// The commands of a block that shows a session: they follow `$ `, what they print is below.
fn shown<'t>(body: impl Iterator<Item = (usize, &'t str)>, place: &str) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    for (at, line) in body {
        if let Some(text) = line.strip_prefix("$ ") {
            commands.push(Command {
                line: at + 1,
                text: text.to_owned(),
                output: String::new(),
            });
        } else {
            let command = commands.last_mut();
            let command = command.unwrap_or_else(|| panic!("{place}: output before a command"));
            command.output.extend([line, "\n"]);
        }
    }
    commands
}

/// Commands that say with status 1 that they found something.
const FINDERS: &[&str] = &["config lint ", "diff ", "drift ", "explain "];

/// A script for bash that runs the blocks as a reader would, and ends with the first command that fails or prints
/// something else than is shown. A server that is a block by itself goes on beside what follows. `before` gives what has
/// to be done before the blocks of a section.
#[must_use]
pub(crate) fn script(blocks: &[&Block], before: impl Fn(&str) -> &'static str) -> String {
    let mut script = String::from(
        "set -o pipefail\n\
         held() { [ \"$1\" -le \"$2\" ] || { echo \"status $1: $3\" >&2; exit 1; }; }\n\
         trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n",
    );
    let mut section = None;
    for block in blocks {
        if section != Some(&block.section) {
            section = Some(&block.section);
            let text = before(&block.section);
            writeln!(
                script,
                "{{\n{text}\ntrue\n}}\nheld $? 0 'before {}'",
                block.section.replace('\'', "")
            )
            .expect("a string takes all");
        }
        for Command { line, text, output } in &block.commands {
            let place = format!("{}:{line}", block.document);
            let finds = FINDERS
                .iter()
                .any(|finder| text.contains(&format!("outrigger {finder}")));
            let serves =
                block.commands.len() == 1 && text.contains(" serve") && !text.ends_with('&');
            let beside = if serves { " &" } else { "" };
            // Whoever types is slower than what has just been registered.
            let again = text.starts_with("outrigger webhook check");
            let text = if again {
                format!(
                    "n=0; until {text}; do n=$((n+1)); [ $n -lt 50 ] || break; sleep 0.2; done; [ $n -lt 50 ]"
                )
            } else {
                text.clone()
            };
            let shown = if output.is_empty() { "" } else { " >.shown" };
            writeln!(
                script,
                "echo '{place}' >&2\n{{\n{text}{beside}\n}}{shown}\nheld $? {} '{place}'",
                u8::from(finds)
            )
            .expect("a string takes all");
            if !output.is_empty() {
                let output = output.replace('\'', r"'\''");
                writeln!(
                    script,
                    "diff .shown <(printf '%s' '{output}') >&2\nheld $? 0 '{place} prints something else'"
                )
                .expect("a string takes all");
            }
        }
    }
    script
}

/// Fills a folder with what the documents' commands find in a clone, and with the files that they name as the reader's
/// own: what is in `tests/data/docs`, and the built-in values.
///
/// # Errors
/// When a file cannot be copied.
pub(crate) fn lay_out(root: &Path, folder: &Path) -> io::Result<()> {
    for name in ["certs", "charts", "contrib", "examples"] {
        copy(&root.join(name), &folder.join(name))?;
    }
    let values = root.join("src/config/defaults/values.yaml");
    fs::copy(values, folder.join("values.yaml"))?;
    copy(&root.join("tests/data/docs"), folder)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to)?;
        } else {
            fs::copy(&path, &to)?;
        }
    }
    Ok(())
}
