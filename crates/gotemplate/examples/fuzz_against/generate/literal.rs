//! Random literals.

use super::Generator;
use super::data::{KEYS, STRINGS};
use crate::functions::Want;

impl Generator<'_> {
    pub(super) fn literal(&mut self, want: Want) -> String {
        match want {
            Want::Bool => (*self.random.pick(&["true", "false"])).to_owned(),
            Want::Int | Want::Size => match self.random.below(8) {
                0 => (*self.random.pick(&[
                    "0x1F", "0b101", "017", "1_000", "'a'", "'\\n'", "0o7", "-3", "1e3",
                ]))
                .to_owned(),
                _ => self.random.below(12).to_string(),
            },
            Want::Float => (*self.random.pick(&[
                "1.5",
                "2.0",
                "1e3",
                "-0.25",
                ".5",
                "1e21",
                "0x1p4",
                "1000000.0",
            ]))
            .to_owned(),
            Want::List => {
                let items = self.arguments(&[Want::Rest(&Want::Any)], 0);
                format!("(list{items})")
            }
            Want::Map => {
                let value = self.operand(Want::Any, 0);
                let key = quoted(self.random.word(&KEYS));
                format!("(dict {key} {value})")
            }
            Want::Regex => quoted(&self.regex(3)),
            Want::Constraint => quoted(self.random.word(&[
                ">=1.0",
                "^1.2",
                "~1.2.3",
                "1.x",
                "*",
                "<2 || >3",
                "1.0 - 2.0",
                "!=1.2.3",
                ">=1.2.3-0",
                "bad",
                "",
                ">1, <2",
                "=1.2",
            ])),
            Want::Version => quoted(self.random.word(&[
                "1.2.3",
                "v1.2",
                "2",
                "1.2.3-rc.1",
                "1.2.3+meta",
                "bad",
                "0.0.1",
                "10.20.30",
                "1.2.3-0a.1",
            ])),
            Want::Layout => quoted(self.random.word(&[
                "2006-01-02",
                "15:04:05",
                "Jan 2, 2006 at 3:04pm (MST)",
                "Monday",
                "2006-01-02T15:04:05.000Z07:00",
                "_2 002",
                "",
                "06/1/2",
            ])),
            Want::Str => {
                let text = *self.random.pick(&STRINGS);
                if self.random.chance(15) && !text.contains('`') {
                    format!("`{text}`")
                } else {
                    quoted(text)
                }
            }
            _ => {
                let kind = *self.random.pick(&[
                    Want::Int,
                    Want::Str,
                    Want::Bool,
                    Want::Float,
                    Want::Str,
                    Want::Int,
                    Want::List,
                    Want::Map,
                ]);
                self.literal(kind)
            }
        }
    }

    /// Pieces of expressions one after the other, which now and then do not fit together.
    fn regex(&mut self, depth: usize) -> String {
        let mut text = String::new();
        for _ in 0..=self.random.below(3) {
            if depth > 0 && self.random.chance(20) {
                text += self
                    .random
                    .word(&["(", "(?:", "(?i)(", "(?P<n>", "(?s:", "(?U-i:"]);
                text += &self.regex(depth - 1);
                text += self.random.word(&[")", ")", ")", ")", "|)", ""]);
            } else {
                text += self.random.word(&PIECES);
            }
            if self.random.chance(30) {
                text += self.random.word(&[
                    "*", "+", "?", "*?", "+?", "{2}", "{0,2}", "{1,}?", "**", "{,2}", "|", "{0}",
                ]);
            }
        }
        text
    }
}

const PIECES: [&str; 48] = [
    "a",
    "b",
    "l",
    "o",
    "1",
    " ",
    "x",
    ".",
    "^",
    "$",
    "ab",
    "A",
    "é",
    "-",
    ",",
    "/",
    "\\d",
    "\\s",
    "\\w",
    "\\W",
    "\\b",
    "\\B",
    "\\A",
    "\\z",
    "\\pL",
    "\\p{Greek}",
    "\\PN",
    "\\x41",
    "\\012",
    "\\.",
    "\\Q.\\E",
    "\\1",
    "[a-z]",
    "[^a]",
    "[[:alpha:]]",
    "[\\d-]",
    "[]a]",
    "[^\\pL\\s]",
    "[z-a]",
    "[a",
    "(?i)",
    "(?",
    "(",
    ")",
    "(?-s)",
    "a**",
    "\\",
    "[a&&b]",
];

/// A Go string literal.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
