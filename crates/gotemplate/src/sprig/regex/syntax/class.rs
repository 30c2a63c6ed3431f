//! Brackets.

use super::{NOTHING, Translator, error, used};
use crate::function::CallError;

impl Translator<'_> {
    pub(super) fn class(&mut self) -> Result<(), CallError> {
        let whole = self.rest;
        self.take(1);
        self.out.push('[');
        if self.rest.starts_with('^') {
            self.take(1);
            self.out.push('^');
        }
        let mut first = true;
        while std::mem::take(&mut first) || !self.rest.starts_with(']') {
            if let Some(named) = self.rest.strip_prefix("[:")
                && let Some(end) = named.find(":]")
            {
                let (name, written) = (&named[..end], &self.rest[..end + 4]);
                let known = name.strip_prefix('^').unwrap_or(name);
                if !NAMED_CLASSES.contains(&known) {
                    return Err(error("invalid character class range", written));
                }
                self.out.push_str(written);
                self.take(end + 4);
                continue;
            }
            if self.rest.starts_with('\\')
                && let Some(class) = self.class_escape()?
            {
                self.out.push_str(&class);
                continue;
            }
            let range = self.rest;
            let low = self.class_char(whole)?;
            let mut high = low;
            if self.rest.starts_with('-') && self.rest.len() > 1 && !self.rest.starts_with("-]") {
                self.take(1);
                high = self.class_char(whole)?;
                if high < low {
                    return Err(error(
                        "invalid character class range",
                        used(range, self.rest),
                    ));
                }
            }
            push_range(&mut self.out, low, high);
        }
        self.take(1);
        self.out.push(']');
        self.item(0);
        Ok(())
    }

    fn class_char(&mut self, whole: &str) -> Result<u32, CallError> {
        match self.rest.chars().next() {
            None => Err(error("missing closing ]", whole)),
            Some('\\') => self.escape(),
            Some(c) => {
                self.take(c.len_utf8());
                Ok(c.into())
            }
        }
    }
}

/// The names that may stand in `[[:name:]]`.
const NAMED_CLASSES: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

/// Writes what lies between two code points. No text has surrogates, which Go allows in an expression nevertheless.
fn push_range(out: &mut String, low: u32, high: u32) {
    let first = char::from_u32(low).unwrap_or('\u{e000}');
    let last = char::from_u32(high).unwrap_or('\u{d7ff}');
    if first > last {
        out.push_str(NOTHING);
        return;
    }
    push_char(out, first);
    if first < last {
        out.push('-');
        push_char(out, last);
    }
}

fn push_char(out: &mut String, c: char) {
    if "[]\\^-&~".contains(c) {
        out.push('\\');
        out.push(c);
    } else {
        out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
    }
}
