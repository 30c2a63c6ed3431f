//! Markers: what stands in a skeleton for a value.
//!
//! A marker is a number between two private-use characters, which no skeleton has otherwise. A value that is YAML by
//! construction gets a marker of its own shape, a key or an item, so that the skeleton parses where the value would.

use std::{fmt::Write as _, ops::Range};

use outrigger_gotemplate::{Origin, Sink, Text};

/// Opens every marker.
const OPEN: char = '\u{E000}';
/// Closes the marker of a scalar, or of YAML in flow style.
const SCALAR: char = '\u{E001}';
/// Closes the marker of a mapping in block style; a colon follows.
const MAPPING: char = '\u{E002}';
/// Closes the marker of a list in block style; `- ` comes before it.
const SEQUENCE: char = '\u{E003}';

const ALL: [char; 4] = [OPEN, SCALAR, MAPPING, SEQUENCE];

/// Whether a text has characters that markers are made of.
pub(super) fn clashes(text: &str) -> bool {
    text.contains(ALL)
}

/// What a marker stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Scalar,
    Mapping,
    Sequence,
}

/// The values that a template printed, one after the other in one text.
#[derive(Debug)]
pub(super) struct Printed {
    text: String,
    values: Vec<Place>,
}

/// Where a value is.
#[derive(Debug)]
struct Place {
    /// In the text; without the white space around it, which stands in the skeleton.
    range: Range<usize>,
    origin: Origin,
    /// For YAML and indented text: the column at which it begins, which its further lines are indented by.
    indent: usize,
    /// Whether further lines have an indentation that is not the text's own.
    is_indented: bool,
}

/// One printed value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Datum<'p> {
    pub(super) text: &'p str,
    pub(super) origin: Origin,
    pub(super) indent: usize,
    pub(super) is_indented: bool,
}

impl Printed {
    pub(super) const fn len(&self) -> usize {
        self.values.len()
    }

    /// The value of this number.
    pub(super) fn get(&self, at: usize) -> Option<Datum<'_>> {
        let Place {
            range,
            origin,
            indent,
            is_indented,
        } = self.values.get(at)?;
        Some(Datum {
            text: self.text.get(range.clone())?,
            origin: *origin,
            indent: *indent,
            is_indented: *is_indented,
        })
    }
}

impl Datum<'_> {
    /// The text as part of a string that begins at the column `indent`: further lines without that indentation.
    pub(super) fn dedented(&self, indent: usize) -> String {
        let mut lines = self.text.split('\n');
        let mut out = lines.next().unwrap_or_default().to_owned();
        for line in lines {
            let blanks = line.bytes().take(indent).take_while(|b| *b == b' ').count();
            out.push('\n');
            out.push_str(&line[blanks..]);
        }
        out
    }
}

/// Takes a template's output and makes the skeleton.
#[derive(Debug)]
pub(super) struct Pieces {
    pub(super) skeleton: String,
    pub(super) printed: Printed,
}

impl Default for Pieces {
    /// With room for what a sidecar's template prints.
    fn default() -> Self {
        Self {
            skeleton: String::with_capacity(8 << 10),
            printed: Printed {
                text: String::with_capacity(4 << 10),
                values: Vec::with_capacity(64),
            },
        }
    }
}

impl<'a> Sink<'a> for Pieces {
    fn literal(&mut self, text: &'a str) {
        self.skeleton.push_str(text);
    }

    fn value(&mut self, text: Text<'a>) {
        self.shared(&text);
    }

    fn shared(&mut self, text: &Text<'a>) {
        match text.origin() {
            // A constant of the template is the template's own text.
            Origin::Literal if !clashes(text) => self.skeleton.push_str(text),
            Origin::Structured => self.structured(text),
            origin => {
                // What indents a text is the template's; a text's own white space is the text's.
                let lead = text.lead().unwrap_or_default().min(text.len());
                self.skeleton.push_str(&text[..lead]);
                let is_indented = text.lead().is_some() && text.contains('\n');
                let value = Datum {
                    text: &text[lead..],
                    origin,
                    indent: if is_indented { self.column() } else { 0 },
                    is_indented,
                };
                self.mark(value, Shape::Scalar);
            }
        }
    }
}

impl Pieces {
    fn structured(&mut self, text: &str) {
        let (before, rest) = text.split_at(text.len() - text.trim_start().len());
        let (core, after) = rest.split_at(rest.trim_end().len());
        if core.is_empty() {
            return self.skeleton.push_str(text);
        }
        self.skeleton.push_str(before);
        let value = Datum {
            text: core,
            origin: Origin::Structured,
            indent: self.column(),
            is_indented: core.contains('\n'),
        };
        self.mark(value, shape(core));
        self.skeleton.push_str(after);
    }

    /// How many characters the skeleton's last line has.
    fn column(&self) -> usize {
        let line = self.skeleton.rsplit('\n').next().unwrap_or_default();
        line.chars().count()
    }

    fn mark(&mut self, value: Datum<'_>, shape: Shape) {
        let (before, close, after) = match shape {
            Shape::Scalar => ("", SCALAR, ""),
            Shape::Mapping => ("", MAPPING, ":"),
            Shape::Sequence => ("- ", SEQUENCE, ""),
        };
        self.skeleton.push_str(before);
        self.skeleton.push(OPEN);
        let Printed { text, values } = &mut self.printed;
        // Writing to a string cannot fail.
        let _ = write!(self.skeleton, "{}", values.len());
        self.skeleton.push(close);
        self.skeleton.push_str(after);
        let start = text.len();
        text.push_str(value.text);
        values.push(Place {
            range: start..text.len(),
            origin: value.origin,
            indent: value.indent,
            is_indented: value.is_indented,
        });
    }
}

/// What sort of node a YAML text is, by how it begins.
fn shape(text: &str) -> Shape {
    let first = text.lines().next().unwrap_or_default();
    if first == "-" || first.starts_with("- ") {
        return Shape::Sequence;
    }
    let rest = match first.chars().next() {
        Some('{' | '[' | '|' | '>' | '&' | '*' | '!' | '#') => return Shape::Scalar,
        Some(quote @ ('"' | '\'')) => after_quoted(first, quote),
        _ => first,
    };
    let key_ends = if rest.len() == first.len() {
        rest.contains(": ")
    } else {
        rest.starts_with(": ") || rest == ":"
    };
    if key_ends || rest.ends_with(':') {
        Shape::Mapping
    } else {
        Shape::Scalar
    }
}

/// What follows the quoted scalar that a line begins with.
fn after_quoted(line: &str, quote: char) -> &str {
    let mut chars = line.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == '\\' && quote == '"' {
            chars.next();
        } else if c == quote {
            return &line[at + 1..];
        }
    }
    ""
}

/// How many characters the marker of a scalar has.
pub(super) fn width(number: usize) -> usize {
    2 + number
        .checked_ilog10()
        .map_or(1, |digits| digits as usize + 1)
}

/// Part of a scalar of the skeleton.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(Box<str>),
    Value(usize),
}

/// Takes a scalar of the skeleton apart. `Err` gives the marker that the scalar is nothing but.
pub(super) fn parts(scalar: &str) -> Result<Vec<Part>, (Shape, usize)> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = scalar;
    while let Some(open) = rest.find(OPEN) {
        let (before, marker) = rest.split_at(open);
        let marker = &marker[OPEN.len_utf8()..];
        let Some((at, close)) = marker.char_indices().find(|(_, c)| ALL.contains(c)) else {
            break;
        };
        let Ok(number) = marker[..at].parse() else {
            break;
        };
        let after = &marker[at + close.len_utf8()..];
        let shape = match close {
            MAPPING => Shape::Mapping,
            SEQUENCE => Shape::Sequence,
            _ => Shape::Scalar,
        };
        if before.is_empty() && after.is_empty() && parts.is_empty() && text.is_empty() {
            return Err((shape, number));
        }
        // Inside a string the signs that belong to the marker are not the string's.
        text.push_str(if shape == Shape::Sequence {
            before.strip_suffix("- ").unwrap_or(before)
        } else {
            before
        });
        rest = if shape == Shape::Mapping {
            after.strip_prefix(':').unwrap_or(after)
        } else {
            after
        };
        if !text.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut text).into()));
        }
        parts.push(Part::Value(number));
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.into()));
    }
    Ok(parts)
}

/// A line of a skeleton for people: values in the place of markers, shortened.
pub(super) fn readable(line: &str, printed: &Printed) -> String {
    let line = line.trim();
    let parts = match parts(line) {
        Ok(parts) => parts,
        Err((_, only)) => vec![Part::Value(only)],
    };
    let show = |part: &Part| match part {
        Part::Text(text) => text.to_string(),
        Part::Value(at) => {
            let text = printed.get(*at).map_or("", |value| value.text);
            let shown: String = text.chars().take(40).collect();
            if shown.len() < text.len() {
                format!("{shown}…")
            } else {
                shown
            }
        }
    };
    parts.iter().map(show).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        for (text, want) in [
            ("a: b", Shape::Mapping),
            ("a:\n  b: c", Shape::Mapping),
            ("\"a: b\"", Shape::Scalar),
            ("\"a\\\" b\": c", Shape::Mapping),
            ("'a': c", Shape::Mapping),
            ("'it: is'", Shape::Scalar),
            ("- a", Shape::Sequence),
            ("{\"a\": 1}", Shape::Scalar),
            ("plain text", Shape::Scalar),
            ("http://x", Shape::Scalar),
        ] {
            assert_eq!(shape(text), want, "{text}");
        }
    }

    #[test]
    fn scalars_come_apart() {
        assert_eq!(parts("\u{E000}7\u{E001}"), Err((Shape::Scalar, 7)));
        assert_eq!(
            parts("a\u{E000}1\u{E001}b\u{E000}2\u{E002}:c"),
            Ok(vec![
                Part::Text("a".into()),
                Part::Value(1),
                Part::Text("b".into()),
                Part::Value(2),
                Part::Text("c".into())
            ])
        );
        assert_eq!(parts("- \u{E000}1\u{E003}"), Ok(vec![Part::Value(1)]));
        assert_eq!(parts("none"), Ok(vec![Part::Text("none".into())]));
    }
}
