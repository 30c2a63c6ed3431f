//! Where in a template's text a field of the Pod is written.

use std::ops::Range;

/// The line and the column, from 1, at which a template writes a field of the item of this name, or the item's name.
pub(super) fn locate_in(template: &str, item: &str, field: &str) -> Option<(usize, usize)> {
    let lines: Vec<Line<'_>> = template.lines().map(Line::of).collect();
    let name = lines
        .iter()
        .position(|line| line.key == "name" && line.value == item)?;
    let column = lines.get(name)?.column;
    let mut before = lines.get(..=name)?.iter();
    let start = before.rposition(|line| line.is_item && line.column == column)?;
    let after = lines.get(start + 1..)?.iter();
    let ends = |line: &Line<'_>| {
        !line.key.is_empty() && (line.column < column || line.is_item && line.column == column)
    };
    let len = after.take_while(|line| !ends(line)).count();
    let keys = keys(field);
    // Of the way to the field the first two keys lead to the list.
    let written = (3..=keys.len())
        .rev()
        .find_map(|depth| written(&lines, keys.get(..depth)?, start..start + 1 + len));
    written.or(Some((name + 1, column)))
}

/// The line and the column, from 1, at which a template writes a field, or the part of the way to it that it writes.
pub(super) fn locate(template: &str, field: &str) -> Option<(usize, usize)> {
    let keys = keys(field);
    let lines: Vec<Line<'_>> = template.lines().map(Line::of).collect();
    // A field that a template does not write may be missing from the object that it does write; that the Pod has a
    // spec says nothing.
    let least = keys.len().min(2);
    (least..=keys.len())
        .rev()
        .find_map(|depth| written(&lines, keys.get(..depth)?, 0..lines.len()))
}

/// The keys of the way to a field.
fn keys(field: &str) -> Vec<&str> {
    field
        .split('.')
        .map(|segment| segment.split('[').next().unwrap_or_default())
        .collect()
}

/// The first of some lines that writes the last of these keys under the others.
fn written(lines: &[Line<'_>], keys: &[&str], of: Range<usize>) -> Option<(usize, usize)> {
    // What a template writes into one list of containers may be read in the other.
    let other: Vec<&str> = keys.iter().map(|key| other_list(key)).collect();
    first(lines, keys, of.clone()).or_else(|| first(lines, &other, of))
}

fn other_list(key: &str) -> &str {
    match key {
        "containers" => "initContainers",
        "initContainers" => "containers",
        key => key,
    }
}

/// The first line that writes a key under its parents: where branches write the same field any may be meant.
fn first(lines: &[Line<'_>], keys: &[&str], of: Range<usize>) -> Option<(usize, usize)> {
    let (last, parents) = keys.split_last()?;
    let numbered = lines.iter().enumerate().take(of.end).skip(of.start);
    let mut named = numbered.filter(|(_, l)| l.key == *last);
    let (at, line) = named.find(|(at, line)| is_under(lines.get(..*at), line, parents))?;
    Some((at + 1, line.column))
}

/// Whether the lines before a line, by indentation, are of these keys.
fn is_under(before: Option<&[Line<'_>]>, line: &Line<'_>, parents: &[&str]) -> bool {
    let mut column = line.column;
    let mut wanted = parents.iter().rev();
    let mut next = wanted.next();
    for line in before.unwrap_or_default().iter().rev() {
        let Some(key) = next else { break };
        if line.key.is_empty() || line.column >= column {
            continue;
        }
        column = line.column;
        if line.key == *key {
            next = wanted.next();
        } else if !line.is_item {
            // The first key of an item of a list stands between the item's others and the list; nothing else does.
            break;
        }
    }
    next.is_none()
}

/// A line of a template that begins with a key.
struct Line<'t> {
    /// Empty for lines that write no key.
    key: &'t str,
    /// What comes after the key, without quotes.
    value: &'t str,
    column: usize,
    /// Whether a dash comes before the key.
    is_item: bool,
}

impl<'t> Line<'t> {
    fn of(text: &'t str) -> Self {
        let bare = text.trim_start_matches([' ', '-']);
        let blank = text.len() - bare.len();
        let (key, value) = bare.split_once(':').unwrap_or_default();
        let key = key.trim_matches(['"', '\'']);
        let is_key = !key.is_empty() && !key.contains(['{', ' ', '#']);
        Self {
            key: if is_key { key } else { "" },
            value: value.trim().trim_matches(['"', '\'']),
            column: blank + 1,
            is_item: text.trim_start().starts_with("- "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_among_others_of_the_same_name() {
        let template = "\
metadata:
  labels:
    name: x
spec:
  {{- if .X }}
  containers:
  - name: istio-proxy
    image: a
    readinessProbe:
      {{- with .Y }}
      periodSeconds: {{ . }}
      {{- end }}
    startupProbe:
      periodSeconds: 1
  initContainers:
";
        for (field, want) in [
            (
                "spec.containers[1].readinessProbe.periodSeconds",
                Some((11, 7)),
            ),
            (
                "spec.containers[0].startupProbe.periodSeconds",
                Some((14, 7)),
            ),
            ("spec.initContainers[0].args[0]", Some((15, 3))),
            ("spec.containers[0].name", Some((7, 5))),
            ("spec.containers[0].ports[0].name", Some((6, 3))),
            ("metadata.labels[a.b/c]", Some((2, 3))),
            ("spec.volumes[0].name", None),
            ("status", None),
        ] {
            assert_eq!(locate(template, field), want, "{field}");
        }
    }

    #[test]
    fn fields_of_items_are_found_in_them() {
        let template = "\
spec:
  containers:
  - name: istio-proxy
    ports:
    - containerPort: 1
  - image: x
    name: \"other\"
    ports:
    - containerPort: 2
  volumes:
  - name: last
";
        for (item, field, want) in [
            ("istio-proxy", "ports[0].containerPort", Some((5, 7))),
            ("other", "ports[0].containerPort", Some((9, 7))),
            ("other", "image", Some((6, 5))),
            ("other", "name", Some((7, 5))),
            ("other", "args[0]", Some((7, 5))),
            ("app", "image", None),
        ] {
            let field = format!("spec.containers[0].{field}");
            assert_eq!(locate_in(template, item, &field), want, "{item} {field}");
        }
    }
}
