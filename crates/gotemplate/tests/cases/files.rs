//! Reads the case files.
//!
//! A line is a template; `<<<` and `>>>` on lines of their own enclose one of several lines. `@data JSON`, `@typed NAME`
//! and `@missingkey OPTION` hold for what follows. Lines that begin with `#` are comments.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::{Value as Json, json};

/// One template with its data.
pub(crate) struct Case {
    /// Where the template begins, from 1.
    pub(crate) line: usize,
    pub(crate) template: String,
    /// What the oracle is asked.
    pub(crate) request: Json,
}

/// A file of cases, and beside it one with what Go makes of them.
pub(crate) struct CaseFile {
    pub(crate) name: String,
    pub(crate) golden: PathBuf,
    pub(crate) cases: Vec<Case>,
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// All case files by name.
pub(crate) fn read_all() -> io::Result<Vec<CaseFile>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            paths.push(path);
        }
    }
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> io::Result<CaseFile> {
    let text = fs::read_to_string(path)?;
    let invalid = |line: usize, what: String| {
        let place = format!("{}:{line}: {what}", path.display());
        io::Error::new(io::ErrorKind::InvalidData, place)
    };
    let mut cases = Vec::new();
    let mut request = json!({"data": null});
    let mut block: Option<(usize, Vec<&str>)> = None;
    for (at, line) in text.split('\n').enumerate() {
        let number = at + 1;
        if let Some((start, lines)) = &mut block {
            if line == ">>>" {
                cases.push(case(*start, lines.join("\n"), &request));
                block = None;
            } else {
                lines.push(line);
            }
        } else if line == "<<<" {
            block = Some((number, Vec::new()));
        } else if let Some(directive) = line.strip_prefix('@') {
            let (name, value) = directive.split_once(' ').unwrap_or((directive, ""));
            let changed = match name {
                "data" => {
                    let data: Json = serde_json::from_str(value)
                        .map_err(|error| invalid(number, error.to_string()))?;
                    json!({"data": data})
                }
                "typed" => json!({"typed": value}),
                "missingkey" => json!({"missingkey": value}),
                other => return Err(invalid(number, format!("unknown directive {other}"))),
            };
            set(&mut request, changed);
        } else if !line.is_empty() && !line.starts_with('#') {
            cases.push(case(number, line.to_owned(), &request));
        }
    }
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    Ok(CaseFile {
        name: name.into_owned(),
        golden: path.with_extension("golden"),
        cases,
    })
}

/// Data and typed data take each other's place.
fn set(request: &mut Json, changed: Json) {
    let (Json::Object(request), Json::Object(changed)) = (request, changed) else {
        return;
    };
    if !changed.contains_key("missingkey") {
        request.remove("data");
        request.remove("typed");
    }
    request.extend(changed);
}

fn case(line: usize, template: String, context: &Json) -> Case {
    let mut request = context.clone();
    request["template"] = template.clone().into();
    Case {
        line,
        template,
        request,
    }
}
