//! Editing: a new value written over a text, so that what is the same keeps its text, comments included.
//!
//! Only block collections are edited in place; whatever else changes is written anew. The result is read back, and if
//! it is not the value that it should be, the whole is written anew: an edit may lose comments, but never be wrong.

use std::collections::HashMap;

use outrigger_json::{Object, Value};

use crate::{
    outline::{Entry, Kind, Node, end_of_line, first_contents, outline},
    parse, to_string,
    write::{Place, Writer},
};

/// Writes `new` where `text` says something else, and keeps the text of everything that is the same.
///
/// Entries keep the comments above them and beside them, items of a list also when they move: an item is known by its
/// `name`, or by being equal. The result always reads as `new`.
pub fn edit(text: &str, new: &Value<'_>) -> String {
    edit_with(text, None, new, "")
}

/// The same, with whole lines of comments at the end, for those who have read the text already: `old` is what it says.
pub fn edit_with(text: &str, old: Option<&Value<'_>>, new: &Value<'_>, comments: &str) -> String {
    let with_comments = |mut out: String| {
        if !comments.is_empty() && !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
        out + comments
    };
    let reads_as_new = |out: &String| parse(out).as_ref() == Ok(new);
    let anew = || to_string(new);
    edited(text, old, new)
        .map(with_comments)
        .filter(reads_as_new)
        .or_else(|| Some(with_comments(head(text).to_owned() + &anew())).filter(reads_as_new))
        .or_else(|| Some(with_comments(anew())).filter(reads_as_new))
        // Nothing is known after which a comment is no comment; if there is, it stands before everything.
        .unwrap_or_else(|| comments.to_owned() + &anew())
}

/// The comments and blank lines at a text's beginning.
fn head(text: &str) -> &str {
    let end = first_contents(text, 0).map_or(text.len(), |(at, _)| at);
    text[..end].rfind('\n').map_or("", |last| &text[..=last])
}

fn edited(text: &str, old: Option<&Value<'_>>, new: &Value<'_>) -> Option<String> {
    let read;
    let old = if let Some(old) = old {
        old
    } else {
        read = parse(text).ok()?;
        &read
    };
    let root = outline(text)?;
    let mut editor = Editor {
        text,
        writer: Writer::new(false),
    };
    if old == new {
        return Some(text.to_owned());
    }
    editor.writer.out.push_str(&text[..root.start]);
    editor.node(&root, old, new)?;
    editor
        .writer
        .out
        .push_str(&text[end_of_line(text, root.end)..]);
    Some(editor.writer.out)
}

struct Editor<'t> {
    text: &'t str,
    writer: Writer,
}

impl Editor<'_> {
    /// Writes `new` over a node whose column the output has reached, up to the end of its last line.
    fn node(&mut self, node: &Node, old: &Value<'_>, new: &Value<'_>) -> Option<()> {
        match (&node.kind, old, new) {
            (Kind::Mapping(entries), Value::Object(old), Value::Object(new)) if !new.is_empty() => {
                self.mapping(node, entries, old, new)
            }
            (Kind::List(items), Value::Array(old), Value::Array(new)) if !new.is_empty() => {
                self.list(node, items, old, new)
            }
            _ => None,
        }
    }

    fn mapping(
        &mut self,
        node: &Node,
        entries: &[Entry],
        old: &Object<'_>,
        new: &Object<'_>,
    ) -> Option<()> {
        if entries.len() != old.len() {
            return None; // merge keys, or a key twice
        }
        let places: Vec<_> = old.iter().zip(entries).collect();
        let index: HashMap<_, usize> = old.keys().zip(0..).collect();
        for (i, (key, value)) in new.iter().enumerate() {
            let place = index.get(key).copied();
            let above = place
                .and_then(|at| at.checked_sub(1))
                .map(|at| entries[at].value.end);
            self.begin(
                i == 0,
                node.column,
                above,
                place.map(|at| entries[at].start),
            );
            let Some(((_, old), entry)) = place.and_then(|at| places.get(at)) else {
                self.writer.entry(key, value, node.column);
                continue;
            };
            if *old == value {
                self.copy(entry.start, end_of_line(self.text, entry.value.end));
            } else if entry.value.can_become(value) {
                self.copy(entry.start, entry.value.start);
                self.node(&entry.value, old, value)?;
            } else {
                self.copy(entry.start, entry.key_end);
                self.writer.after_key(value, node.column);
            }
        }
        Some(())
    }

    fn list(
        &mut self,
        node: &Node,
        items: &[Node],
        old: &[Value<'_>],
        new: &[Value<'_>],
    ) -> Option<()> {
        if items.len() != old.len() {
            return None;
        }
        let dashes = self.dashes(node, items)?;
        for (i, value) in new.iter().enumerate() {
            let place = same_item(old, value, i, old.len() == new.len());
            let above = place
                .and_then(|at| at.checked_sub(1))
                .map(|at| items[at].end);
            self.begin(i == 0, node.column, above, place.map(|at| dashes[at]));
            match place {
                Some(at) if old[at] == *value => {
                    self.copy(dashes[at], end_of_line(self.text, items[at].end));
                }
                Some(at) if items[at].can_become(value) => {
                    self.copy(dashes[at], items[at].start);
                    self.node(&items[at], &old[at], value)?;
                }
                _ => {
                    self.writer.out.push_str("- ");
                    self.writer.value(value, node.column + 2, Place::Start);
                }
            }
        }
        Some(())
    }

    /// Where the dashes of a list's items are: each begins the first line of contents after the item before.
    fn dashes(&self, list: &Node, items: &[Node]) -> Option<Vec<usize>> {
        let mut dashes = vec![list.start];
        for item in items.split_last()?.1 {
            let (dash, column) = first_contents(self.text, end_of_line(self.text, item.end))?;
            if column != list.column || !self.text[dash..].starts_with('-') {
                return None;
            }
            dashes.push(dash);
        }
        self.text[list.start..].starts_with('-').then_some(dashes)
    }

    /// Goes to where an entry or item begins, with the lines above it that belong to it: those between the end of
    /// the one `above` and its own `start` in the text.
    fn begin(&mut self, first: bool, column: usize, above: Option<usize>, start: Option<usize>) {
        if first {
            return;
        }
        if let (Some(above), Some(start)) = (above, start) {
            let line = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
            self.copy(end_of_line(self.text, above), line);
        }
        self.writer.indent(column);
    }

    /// Copies whole lines, or the beginning of one, and sees that what is a last line ends.
    fn copy(&mut self, start: usize, end: usize) {
        let text = self.text.get(start..end).unwrap_or_default();
        self.writer.out.push_str(text);
        if end == self.text.len() && !text.ends_with('\n') {
            self.writer.out.push('\n');
        }
    }
}

/// The place of the item that `value`, the item `at` its place in the new list, was before: by its name, else by
/// being equal, else the same place in a list that did not change its length.
fn same_item(old: &[Value<'_>], value: &Value<'_>, at: usize, in_place: bool) -> Option<usize> {
    if let Some(name) = value.get("name").and_then(Value::as_str) {
        let has_name = |item: &Value<'_>| item.get("name").and_then(Value::as_str) == Some(name);
        return old.iter().position(has_name);
    }
    if in_place || old.get(at) == Some(value) {
        return Some(at);
    }
    old.iter().position(|item| item == value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tree() -> impl Strategy<Value = Value<'static>> {
        let leaf = prop_oneof![
            (0i64..3).prop_map(Value::from),
            prop::sample::select(vec!["x", "two\nlines\n", "ü", "yes", "- a", "", "a: b"])
                .prop_map(Value::from),
            Just(Value::Null),
        ];
        leaf.prop_recursive(4, 30, 4, |inner| {
            let key = prop::sample::select(vec!["a", "b", "c", "name", "yes", "ö"]);
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((key, inner), 0..4)
                    .prop_map(|entries| entries.into_iter().collect::<Object<'_>>().into()),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        #[test]
        fn an_edit_reads_as_the_new_value(old in tree(), new in tree()) {
            let text = format!("# head\n{}# tail\n", to_string(&old));
            if let Some(out) = edited(&text, None, &new) {
                prop_assert_eq!(parse(&out), Ok(new.clone()), "{}\n=>\n{}", text, out);
            }
            prop_assert_eq!(parse(&edit(&text, &new)), Ok(new));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        #[test]
        fn any_text_can_be_edited(text in "([ab1~é]|[\\-:?] |[:#&*!|>'\"%@`\\[\\]{},?\\\\.-]|&a |\\*a|<<: |---|\n {0,4}|\t|\r|\u{feff}){0,20}") {
            let new = Object::from_iter([("a", Value::from(1)), ("b", vec!["x".into()].into())]).into();
            prop_assert_eq!(parse(&edit(&text, &new)), Ok(new));
            if let Ok(value) = parse(&text) {
                prop_assert_eq!(parse(&to_string(&value)), Ok(value));
            }
        }
    }

    #[test]
    fn what_is_the_same_keeps_its_text() {
        for (text, new, want) in [
            (
                "# head\na: 1 # one\n# about b\nb:   'two'\n\nc: [1, 2]\n# end\n",
                r#"{"a":1,"b":"two","c":[1,3],"d":{"e":[]}}"#,
                "# head\na: 1 # one\n# about b\nb:   'two'\n\nc:\n- 1\n- 3\nd:\n  e: []\n# end\n",
            ),
            (
                "a:\n    b: 1 # one\n    c: # see\n        d: yes\n",
                r#"{"a":{"c":{"d":true,"e":2},"b":1}}"#,
                "a:\n    c: # see\n        d: yes\n        e: 2\n    b: 1 # one\n",
            ),
            (
                "list:\n  # first\n  - name: a\n    image: x # pinned\n  # second\n  -   name: b\n      args: [\"-v\"]\n  # tail\nend: 1\n",
                r#"{"list":[{"name":"new"},{"name":"a","image":"x","env":[1]},{"name":"b","args":["-v"]}],"end":1}"#,
                "list:\n  # first\n  - name: new\n  - name: a\n    image: x # pinned\n    env:\n    - 1\n  # second\n  -   name: b\n      args: [\"-v\"]\n  # tail\nend: 1\n",
            ),
            (
                "a: |\n  x\n\n\nb: 1\nc:\nd: 2\n",
                r#"{"a":"x\n","b":2,"c":null,"d":{"x":1}}"#,
                "a: |\n  x\n\n\nb: 2\nc:\nd:\n  x: 1\n",
            ),
            (
                "grün: ä # ö\nb: ü\n",
                r#"{"grün":"ä","b":1}"#,
                "grün: ä # ö\nb: 1\n",
            ),
            ("a: 1\nb: 2", r#"{"b":2,"c":3}"#, "b: 2\nc: 3\n"),
            ("a: {b: 1}\n", r#"{"a":{"b":2}}"#, "a:\n  b: 2\n"),
            ("a: 1\n", "[1]", "- 1\n"),
            (
                "# x\na:\n  b:\n    c: |-\n      d\n  # e\n  e: 1\n",
                r#"{"a":{"b":{"c":"d","f":1},"e":1}}"#,
                "# x\na:\n  b:\n    c: |-\n      d\n    f: 1\n  # e\n  e: 1\n",
            ),
            (
                "args:\n- |\n  set -e # x\n\n- b # c\n-\n  x: 1\n",
                r#"{"args":["set -e # x\n","a",{"x":2}]}"#,
                "args:\n- |\n  set -e # x\n\n- a\n-\n  x: 2\n",
            ),
            (
                "# a\na: &a 1\nb: *a\n",
                r#"{"a":1,"b":2}"#,
                "# a\na: 1\nb: 2\n",
            ),
            (
                "x: &a {b: 1}\ny: {<<: *a}\n",
                r#"{"x":{"b":1},"y":{"b":2}}"#,
                "x:\n  b: 1\n\"y\":\n  b: 2\n",
            ),
        ] {
            let new = Value::parse(new.as_bytes()).unwrap();
            assert_eq!(edit(text, &new), want, "{text}");
        }
    }
}
