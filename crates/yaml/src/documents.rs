//! Streams of documents, split as Kubernetes splits them: at lines that begin with `---`.

use std::ops::Range;

use outrigger_json::Value;

use crate::{Error, parse};

/// One document of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document<'t> {
    /// Its bytes in the stream, the separator line before it included: all ranges together are the stream.
    pub range: Range<usize>,
    /// Its text, comments included, the separator line not.
    pub text: &'t str,
    /// The line of the stream on which its text begins, from 1.
    pub line: usize,
}

impl Document<'_> {
    /// Reads the document; lines in errors count from the stream's beginning.
    ///
    /// # Errors
    /// As [`parse`].
    pub fn parse(&self) -> Result<Value<'static>, Error> {
        parse(self.text).map_err(|e| e.below(self.line - 1))
    }
}

/// The documents of a stream, see [`documents`].
#[derive(Clone, Debug)]
pub struct Documents<'t> {
    stream: &'t str,
    at: usize,
    line: usize,
}

/// Splits a stream into documents, empty ones included. An error is a line that begins with `---` and goes on with
/// something else than blanks or a comment; the document that it ends comes first.
pub const fn documents(stream: &str) -> Documents<'_> {
    Documents {
        stream,
        at: 0,
        line: 1,
    }
}

impl<'t> Iterator for Documents<'t> {
    type Item = Result<Document<'t>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        if start >= self.stream.len() {
            return None;
        }
        let mut body = start;
        let mut line = self.line;
        for text in self.stream[start..].split_inclusive('\n') {
            match is_separator(text) {
                None | Some(true) if self.at > start => break,
                None => {
                    self.at = self.stream.len();
                    return Some(Err(Error::new(self.line, 1, SEPARATOR)));
                }
                Some(true) => {
                    body = start + text.len();
                    line += 1;
                }
                Some(false) => {}
            }
            self.at += text.len();
            self.line += 1;
        }
        Some(Ok(Document {
            range: start..self.at,
            text: &self.stream[body..self.at],
            line,
        }))
    }
}

const SEPARATOR: &str = "only blanks or a comment may follow --- on its line";

/// Whether a line separates documents; `None` if it begins like a separator and goes on otherwise.
pub fn is_separator(line: &str) -> Option<bool> {
    let Some(rest) = line.strip_prefix("---") else {
        return Some(false);
    };
    let rest = rest.trim_start();
    (rest.is_empty() || rest.starts_with('#')).then_some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_the_stream() {
        let stream = "# head\na: 1\n--- # two\nb: 2\n---\n---\nc: 3";
        let parts: Vec<_> = documents(stream).map(Result::unwrap).collect();
        let texts: Vec<_> = parts.iter().map(|d| (d.text, d.line)).collect();
        assert_eq!(
            texts,
            [("# head\na: 1\n", 1), ("b: 2\n", 4), ("", 6), ("c: 3", 7)]
        );
        let whole: String = parts.iter().map(|d| &stream[d.range.clone()]).collect();
        assert_eq!(whole, stream);
    }

    #[test]
    fn text_after_a_separator_is_an_error() {
        let results: Vec<_> = documents("a: 1\n--- b\nc: 1\n").collect();
        assert_eq!(results.len(), 2);
        assert_eq!(results[1].as_ref().map_err(Error::line), Err(2));
    }

    #[test]
    fn errors_count_lines_of_the_stream() {
        let document = documents("a: 1\n---\nb: [\n").nth(1).unwrap().unwrap();
        assert!(document.parse().unwrap_err().line() >= 3);
    }
}
