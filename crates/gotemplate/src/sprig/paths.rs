//! sprig's functions on slash-separated paths: `base`, `dir`, `clean`, `ext`, `isAbs`, and the same on the system's paths
//! with `os` before the name, which here are slash-separated too.

use crate::function::Functions;
use crate::types::Type;

const S: Type = Type::String;

pub(super) fn add_to(f: &mut Functions) {
    f.add("base", &[S], |_, a| Ok(base(a.str(0)).to_owned().into()));
    f.add("dir", &[S], |_, a| Ok(dir(a.str(0)).into()));
    f.add("clean", &[S], |_, a| Ok(clean(a.str(0)).into()));
    f.add("ext", &[S], |_, a| Ok(ext(a.str(0)).to_owned().into()));
    f.add("isAbs", &[S], |_, a| Ok(a.str(0).starts_with('/').into()));
    for (os, plain) in [
        ("osBase", "base"),
        ("osClean", "clean"),
        ("osDir", "dir"),
        ("osExt", "ext"),
        ("osIsAbs", "isAbs"),
    ] {
        f.alias(os, plain);
    }
}

fn base(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    match trimmed.rsplit('/').next() {
        _ if path.is_empty() => ".",
        None | Some("") => "/",
        Some(last) => last,
    }
}

fn dir(path: &str) -> String {
    clean(path.rfind('/').map_or("", |slash| &path[..=slash]))
}

fn ext(path: &str) -> &str {
    let name = path.rfind('/').map_or(path, |slash| &path[slash..]);
    name.rfind('.').map_or("", |dot| &name[dot..])
}

/// The shortest path that means the same.
fn clean(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." if kept.last().is_some_and(|last| *last != "..") => {
                kept.pop();
            }
            ".." if absolute => {}
            name => kept.push(name),
        }
    }
    let joined = kept.join("/");
    match (absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned() {
        for (path, want) in [
            ("", "."),
            ("/", "/"),
            ("/..", "/"),
            ("a/../..", ".."),
            ("/a/../b//c/.", "/b/c"),
            ("../a", "../a"),
        ] {
            assert_eq!(clean(path), want, "{path}");
        }
    }
}
