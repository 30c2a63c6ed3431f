//! From the events of the parser to nodes of whatever sort: anchors, aliases, merge keys, and the limits on them.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, StrInput};

use crate::{
    Error,
    scalar::{Scalar, Style, Tag},
};

/// How deeply lists and mappings may be nested, aliases expanded: as deep as JSON may be.
pub const MAX_DEPTH: usize = outrigger_json::MAX_DEPTH;

/// How many bytes the copies made by anchors and aliases may have, over four times the text's own.
const MAX_COPIES: usize = 16 << 20;

/// What a node weighs besides its text, in bytes.
const NODE: usize = 32;

/// Builds nodes of one's own from YAML.
///
/// Calls come from the leaves up. A message returned as an error gets the place of the scalar it is about.
pub trait Build {
    /// A node of the tree that is built.
    type Node: Clone;
    /// A key of a mapping.
    type Key;

    /// A scalar that is a value or an item.
    ///
    /// # Errors
    /// The scalar is not acceptable.
    fn scalar(&mut self, scalar: Scalar) -> Result<Self::Node, String>;

    /// A scalar that is a key.
    ///
    /// # Errors
    /// The key is not acceptable.
    fn key(&mut self, scalar: Scalar) -> Result<Self::Key, String>;

    /// A list.
    fn sequence(&mut self, items: Vec<Self::Node>) -> Self::Node;

    /// A mapping. Of entries with one key the last counts.
    fn mapping(&mut self, entries: Vec<(Self::Key, Self::Node)>) -> Self::Node;

    /// The entries of a node that [`Build::mapping`] made, `None` for other nodes: for merge keys.
    fn entries(&mut self, node: Self::Node) -> Option<Vec<(Self::Key, Self::Node)>>;
}

/// Reads the first document of `text` into nodes of `build`; a text without a document is a plain empty scalar.
///
/// # Errors
/// The text is not YAML, is nested deeper than [`MAX_DEPTH`], or its aliases expand to too much; or `build` refused a scalar.
pub fn parse_with<B: Build>(text: &str, build: &mut B) -> Result<B::Node, Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    check_characters(text)?;
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        build,
        anchors: HashMap::new(),
        weight: 0,
        unfinished_end: (!text.ends_with('\n')).then(|| text.chars().count()),
        copies_left: MAX_COPIES.saturating_add(text.len().saturating_mul(4)),
    };
    loop {
        let (event, span) = reader.next()?;
        match event {
            Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
            Event::StreamEnd | Event::DocumentEnd => {
                return reader.scalar(empty(), Marker::default());
            }
            event => {
                let root = reader.node(event, span, 0)?;
                return match reader.next()? {
                    (Event::DocumentEnd | Event::StreamEnd, _) => Ok(root.node),
                    (_, span) => Err(Error::at(span.start, "the document goes on after its end")),
                };
            }
        }
    }
}

fn empty() -> Scalar {
    Scalar {
        text: String::new(),
        style: Style::Plain,
        tag: None,
        line: 1,
        column: 1,
    }
}

/// Refuses what YAML calls unprintable, as Go does.
fn check_characters(text: &str) -> Result<(), Error> {
    let Some((at, bad)) = text.char_indices().find(|(_, c)| !is_printable(*c)) else {
        return Ok(());
    };
    let before = &text[..at];
    let line = 1 + before.matches('\n').count();
    let column = 1 + before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count();
    Err(Error::new(
        line,
        column,
        format!("the character U+{:04X} is not allowed", u32::from(bad)),
    ))
}

/// Whether YAML allows a character to stand in its text as it is.
pub(crate) const fn is_printable(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// What an alias stands for.
enum Anchor<N> {
    Scalar(Scalar),
    Node(Built<N>),
}

#[derive(Clone)]
struct Built<N> {
    node: N,
    /// Levels of lists and mappings, itself included.
    height: usize,
    /// Bytes, about.
    weight: usize,
}

struct Reader<'t, 'b, B: Build> {
    parser: Parser<'t, StrInput<'t>>,
    build: &'b mut B,
    anchors: HashMap<usize, Anchor<B::Node>>,
    /// Of all nodes so far.
    weight: usize,
    copies_left: usize,
    /// Where the text ends, in characters, if its last line has no line break.
    unfinished_end: Option<usize>,
}

type Entries<B> = Vec<(<B as Build>::Key, <B as Build>::Node)>;

impl<'t, B: Build> Reader<'t, '_, B> {
    fn next(&mut self) -> Result<(Event<'t>, Span), Error> {
        self.parser
            .next_event()
            .unwrap_or_else(|| Ok((Event::StreamEnd, Span::default())))
            .map_err(Error::from)
    }

    fn node(
        &mut self,
        event: Event<'t>,
        span: Span,
        depth: usize,
    ) -> Result<Built<B::Node>, Error> {
        let before = self.weight;
        let mut height = 0;
        let (node, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let mut scalar = scalar(text.into_owned(), style, tag.as_deref(), span.start);
                if matches!(scalar.style, Style::Literal | Style::Folded)
                    && self
                        .unfinished_end
                        .is_some_and(|end| span.end.index() >= end)
                    && scalar.text.ends_with('\n')
                {
                    scalar.text.pop(); // the parser adds a line break that is not there
                }
                self.remember(anchor, &scalar, span.start)?;
                return self.leaf(scalar, span.start);
            }
            Event::Alias(id) => return self.alias(id, span.start, depth),
            _ if depth >= MAX_DEPTH => return Err(too_deep(span.start)),
            Event::SequenceStart(anchor, _) => {
                let mut items = Vec::new();
                loop {
                    let (event, span) = self.next()?;
                    if event == Event::SequenceEnd {
                        break;
                    }
                    let item = self.node(event, span, depth + 1)?;
                    height = height.max(item.height);
                    items.push(item.node);
                }
                (self.build.sequence(items), anchor)
            }
            Event::MappingStart(anchor, _) => {
                let mut entries = Vec::new();
                loop {
                    let (event, span) = self.next()?;
                    if event == Event::MappingEnd {
                        break;
                    }
                    let key = self.key(event, span)?;
                    let (event, span_of_value) = self.next()?;
                    let child = if key.is_merge() {
                        self.merge(event, span_of_value, depth, &mut entries)?
                    } else {
                        let key = self.build.key(key).map_err(|e| Error::at(span.start, e))?;
                        let value = self.node(event, span_of_value, depth + 1)?;
                        entries.push((key, value.node));
                        value.height
                    };
                    height = height.max(child);
                }
                (self.build.mapping(entries), anchor)
            }
            _ => return Err(Error::at(span.start, "a value is missing")),
        };
        self.weight += NODE;
        let built = Built {
            node,
            height: height + 1,
            weight: self.weight - before,
        };
        if anchor > 0 {
            self.charge(built.weight, span.start)?;
            self.anchors.insert(anchor, Anchor::Node(built.clone()));
        }
        Ok(built)
    }

    fn key(&mut self, event: Event<'t>, span: Span) -> Result<Scalar, Error> {
        let scalar = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let scalar = scalar(text.into_owned(), style, tag.as_deref(), span.start);
                self.remember(anchor, &scalar, span.start)?;
                scalar
            }
            Event::Alias(id) => {
                let Some(Anchor::Scalar(scalar)) = self.anchors.get(&id) else {
                    return Err(Error::at(span.start, "a key cannot be a list or a mapping"));
                };
                let scalar = scalar.clone();
                self.charge(NODE + scalar.text.len(), span.start)?;
                scalar
            }
            _ => return Err(Error::at(span.start, "a key cannot be a list or a mapping")),
        };
        self.weight += NODE + scalar.text.len();
        Ok(scalar)
    }

    /// Adds the entries that `<<` stands for at this place, so that later keys win over them, and they over earlier ones.
    fn merge(
        &mut self,
        event: Event<'t>,
        span: Span,
        depth: usize,
        entries: &mut Entries<B>,
    ) -> Result<usize, Error> {
        let mut sources = Vec::new();
        if matches!(event, Event::SequenceStart(..)) {
            loop {
                let (event, span) = self.next()?;
                if event == Event::SequenceEnd {
                    break;
                }
                sources.push(self.node(event, span, depth)?);
            }
        } else {
            sources.push(self.node(event, span, depth)?);
        }
        let mut height = 0;
        for source in sources.into_iter().rev() {
            height = height.max(source.height.saturating_sub(1));
            entries.extend(self.build.entries(source.node).ok_or_else(|| {
                Error::at(span.start, "<< takes a mapping or a list of mappings")
            })?);
        }
        Ok(height)
    }

    fn leaf(&mut self, scalar: Scalar, at: Marker) -> Result<Built<B::Node>, Error> {
        let weight = NODE + scalar.text.len();
        self.weight += weight;
        Ok(Built {
            node: self.scalar(scalar, at)?,
            height: 0,
            weight,
        })
    }

    fn scalar(&mut self, scalar: Scalar, at: Marker) -> Result<B::Node, Error> {
        self.build.scalar(scalar).map_err(|e| Error::at(at, e))
    }

    fn remember(&mut self, anchor: usize, scalar: &Scalar, at: Marker) -> Result<(), Error> {
        if anchor > 0 {
            self.charge(NODE + scalar.text.len(), at)?;
            self.anchors.insert(anchor, Anchor::Scalar(scalar.clone()));
        }
        Ok(())
    }

    fn alias(&mut self, id: usize, at: Marker, depth: usize) -> Result<Built<B::Node>, Error> {
        let (weight, height) = match self.anchors.get(&id) {
            Some(Anchor::Scalar(scalar)) => (NODE + scalar.text.len(), 0),
            Some(Anchor::Node(built)) => (built.weight, built.height),
            None => return Err(Error::at(at, "the anchor's value contains itself")),
        };
        if depth + height > MAX_DEPTH {
            return Err(too_deep(at));
        }
        self.charge(weight, at)?;
        match &self.anchors[&id] {
            Anchor::Scalar(scalar) => {
                let scalar = scalar.clone();
                self.leaf(scalar, at)
            }
            Anchor::Node(built) => {
                self.weight += weight;
                Ok(built.clone())
            }
        }
    }

    fn charge(&mut self, weight: usize, at: Marker) -> Result<(), Error> {
        self.copies_left = self
            .copies_left
            .checked_sub(weight)
            .ok_or_else(|| Error::at(at, "the document's aliases expand to too much"))?;
        Ok(())
    }
}

fn too_deep(at: Marker) -> Error {
    Error::at(at, format!("nested deeper than {MAX_DEPTH} levels"))
}

fn scalar(
    text: String,
    style: ScalarStyle,
    tag: Option<&saphyr_parser::Tag>,
    at: Marker,
) -> Scalar {
    Scalar {
        text,
        style: match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        },
        tag: tag.map(Tag::new),
        line: at.line(),
        column: at.col() + 1,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use crate::parse;

    #[test]
    fn hostile_texts_are_refused() {
        let deep = |open: &str, close: &str| open.repeat(100_000) + &close.repeat(100_000);
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        let mut chain = "a0: &a0 [x]\n".to_owned();
        let mut nested = String::new();
        for i in 1..1000 {
            let aliases = format!("*a{}, ", i - 1).repeat(9);
            let _ = writeln!(bomb, "a{i}: &a{i} [{aliases}]");
            let _ = writeln!(chain, "a{i}: &a{i} [*a{}]", i - 1);
        }
        for i in 0..100 {
            let _ = writeln!(nested, "{}&a{i}\n{}- ", "  ".repeat(i), "  ".repeat(i));
        }
        let _ = write!(nested, "{}\"{}\"", "  ".repeat(100), "x".repeat(5_000_000));
        let long = format!(
            "a: &a \"{}\"\nb: [{}]",
            "x".repeat(1_000_000),
            "*a,".repeat(1000)
        );
        for (text, want) in [
            (deep("[", "]"), "recursion limit"),
            (deep("- ", ""), "nested deeper"),
            (deep("{a: ", "}"), "recursion limit"),
            (bomb, "expand to too much"),
            (chain, "nested deeper"),
            (nested, "expand to too much"),
            (long, "expand to too much"),
        ] {
            let error = parse(&text).unwrap_err();
            assert!(error.message().contains(want), "{error}");
        }
    }

    #[test]
    fn faults_have_their_place() {
        for (text, line, column) in [
            ("a: 1\nb: .inf\n", 2, 4),
            ("a: 1\n~: 2\n", 2, 1),
            ("ä: \u{1}\n", 1, 4),
            ("a: *b\n", 1, 4),
            ("a: &a [*a]\n", 1, 8),
            ("a:\n  <<: 1\n", 2, 7),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!((error.line(), error.column()), (line, column), "{error}");
        }
    }
}
