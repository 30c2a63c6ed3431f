//! Where the nodes of a text begin and end: what [`crate::edit`] copies by.

use outrigger_json::Value;
use saphyr_parser::{Event, Parser, Span, StrInput};

use crate::MAX_DEPTH;

/// A node of the text. Places are bytes.
pub(crate) struct Node {
    pub(crate) start: usize,
    /// The end of its last line's contents, before blanks and comments.
    pub(crate) end: usize,
    pub(crate) column: usize,
    pub(crate) kind: Kind,
}

pub(crate) enum Kind {
    /// A scalar or a flow collection.
    Leaf,
    Mapping(Vec<Entry>),
    List(Vec<Node>),
}

pub(crate) struct Entry {
    pub(crate) start: usize,
    /// Where its key ends.
    pub(crate) key_end: usize,
    pub(crate) value: Node,
}

impl Node {
    /// Whether the value can be written into the node's lines.
    pub(crate) fn can_become(&self, value: &Value<'_>) -> bool {
        match (&self.kind, value) {
            (Kind::Mapping(_), Value::Object(object)) => !object.is_empty(),
            (Kind::List(_), Value::Array(items)) => !items.is_empty(),
            _ => false,
        }
    }
}

/// Finds where nodes begin and end.
struct Outline<'t> {
    text: &'t str,
    parser: Parser<'t, StrInput<'t>>,
    /// From characters to bytes; empty for ASCII, where they are the same.
    bytes: Vec<usize>,
}

/// The outline of a text's first document; `None` if it has anchors, tagged collections, or keys that are no scalars.
pub(crate) fn outline(text: &str) -> Option<Node> {
    let mut outline = Outline {
        text,
        parser: Parser::new_from_str(text),
        bytes: if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().map(|(at, _)| at).collect()
        },
    };
    loop {
        let (event, span) = outline.next()?;
        if !matches!(event, Event::StreamStart | Event::DocumentStart(_)) {
            return outline.node(&event, span, 0);
        }
    }
}

impl<'t> Outline<'t> {
    fn next(&mut self) -> Option<(Event<'t>, Span)> {
        self.parser.next_event()?.ok()
    }

    fn byte(&self, character: usize) -> usize {
        let end = self.text.len();
        if self.bytes.is_empty() {
            character.min(end)
        } else {
            self.bytes.get(character).copied().unwrap_or(end)
        }
    }

    fn node(&mut self, event: &Event<'t>, span: Span, depth: usize) -> Option<Node> {
        let start = self.byte(span.start.index());
        let mut node = Node {
            start,
            end: self.byte(span.end.index()),
            column: span.start.col(),
            kind: Kind::Leaf,
        };
        match event {
            Event::Scalar(_, _, 0, _) => {
                // A block scalar ends where the next line's contents begin.
                let line = self.text[..node.end].trim_end_matches(' ');
                if line.ends_with('\n') {
                    node.end = line.len();
                }
            }
            Event::SequenceStart(0, None) if self.text[start..].starts_with('[') => {
                node.end = self.end_of_flow()?;
            }
            Event::MappingStart(0, None) if self.text[start..].starts_with('{') => {
                node.end = self.end_of_flow()?;
            }
            _ if depth > MAX_DEPTH => return None,
            Event::SequenceStart(0, None) => {
                let mut items = Vec::new();
                loop {
                    let (event, span) = self.next()?;
                    if event == Event::SequenceEnd {
                        break;
                    }
                    let item = self.node(&event, span, depth + 1)?;
                    if item.start == item.end {
                        return None; // the place of what is not there may be anywhere before the next token
                    }
                    items.push(item);
                }
                node.end = items.last()?.end;
                node.kind = Kind::List(items);
            }
            Event::MappingStart(0, None) => {
                let mut entries = Vec::new();
                loop {
                    let (event, span) = self.next()?;
                    match event {
                        Event::MappingEnd => break,
                        Event::Scalar(_, _, 0, _) => entries.push(self.entry(span, depth)?),
                        _ => return None,
                    }
                }
                node.end = entries.last()?.value.end;
                node.kind = Kind::Mapping(entries);
            }
            _ => return None,
        }
        Some(node)
    }

    fn entry(&mut self, key: Span, depth: usize) -> Option<Entry> {
        let key_end = self.byte(key.end.index());
        let (event, span) = self.next()?;
        let mut value = self.node(&event, span, depth + 1)?;
        if matches!(event, Event::Scalar(ref text, ..) if text.is_empty())
            && value.start == value.end
        {
            // Likewise.
            value.start = self.text[key_end..].find(':')? + key_end + 1;
            value.end = value.start;
        }
        if let Kind::List(_) = value.kind {
            // The parser places a list that is not indented after its first dash.
            (value.start, value.column) =
                first_contents(self.text, end_of_line(self.text, key_end))?;
        }
        Some(Entry {
            start: self.byte(key.start.index()),
            key_end,
            value,
        })
    }

    /// Goes to the end of a flow collection.
    fn end_of_flow(&mut self) -> Option<usize> {
        let mut open = 1;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::SequenceStart(..) | Event::MappingStart(..) => open += 1,
                Event::SequenceEnd | Event::MappingEnd => open -= 1,
                _ => {}
            }
            if open == 0 {
                return Some(self.byte(span.end.index()));
            }
        }
    }
}

/// The first contents after blank lines and comments from the line that begins `at`, and their column.
pub(crate) fn first_contents(text: &str, mut at: usize) -> Option<(usize, usize)> {
    for line in text[at..].split_inclusive('\n') {
        let contents = line.trim_start_matches([' ', '\t', '\r', '\n']);
        if !contents.is_empty() && !contents.starts_with('#') {
            let column = line.len() - line.trim_start_matches(' ').len();
            return Some((at + column, column));
        }
        at += line.len();
    }
    None
}

/// The end of the line that a place is on, its line break included; the place itself if a line begins there.
pub(crate) fn end_of_line(text: &str, at: usize) -> usize {
    if text[..at].ends_with('\n') {
        return at;
    }
    text[at..]
        .find('\n')
        .map_or(text.len(), |length| at + length + 1)
}
