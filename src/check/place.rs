//! Where in a template's text a field of the Pod is written.

/// The line and the column, from 1, at which a template writes a field, or the part of the way to it that it writes.
pub(super) fn locate(template: &str, field: &str) -> Option<(usize, usize)> {
    let keys: Vec<&str> = field
        .split('.')
        .map(|segment| segment.split('[').next().unwrap_or_default())
        .collect();
    let lines: Vec<Line<'_>> = template.lines().map(Line::of).collect();
    // A field that a template does not write may be missing from the object that it does write; that the Pod has a
    // spec says nothing.
    let least = keys.len().min(2);
    (least..=keys.len()).rev().find_map(|depth| {
        let keys = keys.get(..depth)?;
        // What a template writes into one list of containers may be read in the other.
        let other: Vec<&str> = keys.iter().map(|key| other_list(key)).collect();
        first(&lines, keys).or_else(|| first(&lines, &other))
    })
}

fn other_list(key: &str) -> &str {
    match key {
        "containers" => "initContainers",
        "initContainers" => "containers",
        key => key,
    }
}

/// The first line that writes a key under its parents: where branches write the same field any may be meant.
fn first(lines: &[Line<'_>], keys: &[&str]) -> Option<(usize, usize)> {
    let (last, parents) = keys.split_last()?;
    let mut named = lines.iter().enumerate().filter(|(_, l)| l.key == *last);
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
    column: usize,
    /// Whether a dash comes before the key.
    is_item: bool,
}

impl<'t> Line<'t> {
    fn of(text: &'t str) -> Self {
        let bare = text.trim_start_matches([' ', '-']);
        let blank = text.len() - bare.len();
        let key = bare
            .split_once(':')
            .map_or("", |(key, _)| key.trim_matches(['"', '\'']));
        let is_key = !key.is_empty() && !key.contains(['{', ' ', '#']);
        Self {
            key: if is_key { key } else { "" },
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
}
