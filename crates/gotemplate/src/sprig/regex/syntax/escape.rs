//! What a backslash begins.

use super::{NOTHING, Translator, error, used};
use crate::function::CallError;

impl Translator<'_> {
    pub(super) fn backslash(&mut self) -> Result<(), CallError> {
        let next = self.rest[1..].chars().next();
        let translated = match next {
            Some('A') => r"\A",
            Some('z') => r"\z",
            Some('b') => r"(?-u:\b)",
            Some('B') => r"\B",
            Some('C') => return Err(error("invalid escape sequence", r"\C")),
            Some('Q') => {
                let quoted = &self.rest[2..];
                let (literal, after) = quoted.split_once(r"\E").unwrap_or((quoted, ""));
                self.rest = after;
                literal.chars().for_each(|c| self.push_literal(c));
                return Ok(());
            }
            _ => {
                if let Some(class) = self.class_escape()? {
                    self.out.push_str(&class);
                    self.item(0);
                    return Ok(());
                }
                if let Some(c) = char::from_u32(self.escape()?) {
                    self.push_literal(c);
                } else {
                    // No text has surrogates, which Go allows in an expression nevertheless.
                    self.out.push_str(NOTHING);
                    self.item(0);
                }
                return Ok(());
            }
        };
        self.take(2);
        self.out.push_str(translated);
        self.item(0);
        Ok(())
    }

    /// `\d` and its like, or `\p{Greek}`; it works inside brackets and outside.
    pub(super) fn class_escape(&mut self) -> Result<Option<String>, CallError> {
        let before = self.rest;
        let Some(letter) = before[1..].chars().next() else {
            return Ok(None);
        };
        let perl = match letter {
            'd' => "[0-9]",
            'D' => "[^0-9]",
            's' => r"[\t\n\f\r ]",
            'S' => r"[^\t\n\f\r ]",
            'w' => "[0-9A-Za-z_]",
            'W' => "[^0-9A-Za-z_]",
            'p' | 'P' => return self.unicode_class(letter == 'P').map(Some),
            _ => return Ok(None),
        };
        self.take(2);
        Ok(Some(perl.to_owned()))
    }

    fn unicode_class(&mut self, mut negated: bool) -> Result<String, CallError> {
        let before = self.rest;
        self.take(2);
        let mut chars = self.rest.chars();
        let mut name = match chars.next() {
            None => return Err(error("invalid character class range", before)),
            Some('{') => {
                let Some((name, after)) = self.rest[1..].split_once('}') else {
                    return Err(error("invalid character class range", before));
                };
                self.rest = after;
                name
            }
            Some(_) => {
                let name = &self.rest[..self.rest.len() - chars.as_str().len()];
                self.rest = chars.as_str();
                name
            }
        };
        let written = used(before, self.rest);
        if let Some(inner) = name.strip_prefix('^') {
            (name, negated) = (inner, !negated);
        }
        let letter = if negated { 'P' } else { 'p' };
        let class = format!(r"\{letter}{{{name}}}");
        let plain = name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
        if !plain || regex::Regex::new(&class).is_err() {
            return Err(error("invalid character class range", written));
        }
        Ok(class)
    }

    /// The code point of a character written with a backslash.
    pub(super) fn escape(&mut self) -> Result<u32, CallError> {
        let before = self.rest;
        self.take(1);
        let Some(c) = self.rest.chars().next() else {
            return Err(error("trailing backslash at end of expression", ""));
        };
        self.take(c.len_utf8());
        let simple = match c {
            'a' => Some(0x07),
            'f' => Some(0x0c),
            'n' => Some(0x0a),
            'r' => Some(0x0d),
            't' => Some(0x09),
            'v' => Some(0x0b),
            '0'..='7' => self.octal(c),
            'x' => self.hex(),
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => Some(c.into()),
            _ => None,
        };
        simple.ok_or_else(|| error("invalid escape sequence", used(before, self.rest)))
    }

    /// Up to three octal digits; one alone is refused unless it is 0, as it would be a back-reference elsewhere.
    fn octal(&mut self, first: char) -> Option<u32> {
        let digits = self
            .rest
            .chars()
            .take(2)
            .take_while(|c| c.is_digit(8))
            .count();
        if first != '0' && digits == 0 {
            return None;
        }
        let (more, after) = self.rest.split_at(digits);
        self.rest = after;
        u32::from_str_radix(&format!("{first}{more}"), 8).ok()
    }

    /// Two digits, or any number of them in braces. An error shows the text up to where it is decided.
    fn hex(&mut self) -> Option<u32> {
        let mut chars = self.rest.chars();
        let mut next = || {
            let c = chars.next();
            self.rest = chars.as_str();
            c
        };
        let first = next()?;
        if first != '{' {
            let second = next()?;
            return Some(first.to_digit(16)? * 16 + second.to_digit(16)?);
        }
        let mut value: Option<u32> = None;
        loop {
            let c = next()?;
            if c == '}' {
                return value;
            }
            let longer = value.unwrap_or(0) * 16 + c.to_digit(16)?;
            if longer > u32::from(char::MAX) {
                return None;
            }
            value = Some(longer);
        }
    }
}
