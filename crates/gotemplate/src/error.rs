//! What goes wrong, where, and what could be done about it.

use std::fmt;

/// What stage of a template's life failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text is not a template.
    Parse,
    /// The template ran and failed.
    Exec,
    /// The template ran and used up one of the [`Limits`](crate::Limits).
    Budget,
}

/// A failure to parse or to execute a template.
///
/// `{}` writes one line, worded as Go words it. `{:#}` adds the line of the template with a caret, and a hint where
/// there is one.
#[derive(Clone)]
pub struct Error(Box<Report>);

#[derive(Clone)]
struct Report {
    kind: ErrorKind,
    message: String,
    template: String,
    line: usize,
    column: usize,
    excerpt: Option<Excerpt>,
    hint: Option<String>,
}

/// One line of a template and the part of it that is meant.
#[derive(Clone)]
struct Excerpt {
    line: String,
    /// Bytes before the caret.
    start: usize,
    /// Characters under the caret.
    width: usize,
}

/// Where in a template's text something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Error {
    /// `message` is the whole line as Go words it.
    pub(crate) fn new(kind: ErrorKind, template: &str, message: String) -> Self {
        Self(Box::new(Report {
            kind,
            message,
            template: template.to_owned(),
            line: 0,
            column: 0,
            excerpt: None,
            hint: None,
        }))
    }

    /// Adds the place in the template's text.
    pub(crate) fn at(mut self, text: &str, span: Span) -> Self {
        let start = floor(text, span.start);
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[start..]
            .find('\n')
            .map_or(text.len(), |newline| start + newline);
        let end = floor(text, span.end.clamp(start, line_end));
        self.0.line = before.matches('\n').count() + 1;
        self.0.column = start - line_start + 1;
        self.0.excerpt = Some(Excerpt {
            line: text[line_start..line_end].trim_end().to_owned(),
            start: start - line_start,
            width: text[start..end].chars().count().max(1),
        });
        self
    }

    pub(crate) fn with_hint(mut self, hint: Option<String>) -> Self {
        self.0.hint = hint;
        self
    }

    /// What stage failed.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The name of the template.
    pub fn template(&self) -> &str {
        &self.0.template
    }

    /// The line in the template's text, from 1; 0 if there is no place to name.
    pub fn line(&self) -> usize {
        self.0.line
    }

    /// The column in bytes, from 1; 0 if there is no place to name. Note that Go's wording counts columns from 0.
    pub fn column(&self) -> usize {
        self.0.column
    }

    /// What the template's author could do about it.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

/// The nearest character boundary at or before a byte position.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if !f.alternate() {
            return Ok(());
        }
        if let Some(excerpt) = &self.0.excerpt {
            let number = self.0.line.to_string();
            let gutter = " ".repeat(number.len());
            // Tabs stay tabs, so that the caret stands under its character in any terminal.
            let indent: String = excerpt.line[..excerpt.start.min(excerpt.line.len())]
                .chars()
                .map(|c| if c == '\t' { '\t' } else { ' ' })
                .collect();
            let carets = "^".repeat(excerpt.width);
            write!(
                f,
                "\n{gutter} |\n{number} | {}\n{gutter} | {indent}{carets}",
                excerpt.line
            )?;
        }
        if let Some(hint) = &self.0.hint {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.0.kind, self.0.message)
    }
}

impl std::error::Error for Error {}
