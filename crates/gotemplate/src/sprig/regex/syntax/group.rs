//! What `(?` begins.

use super::{Translator, error, used};
use crate::function::CallError;

impl Translator<'_> {
    /// A named group, a group that counts for nothing, or flags.
    pub(super) fn open_special_group(&mut self) -> Result<(), CallError> {
        let before = self.rest;
        // Go looks for a name only where something follows the `<`.
        let named = ["(?P<", "(?<"]
            .iter()
            .find_map(|start| before.strip_prefix(start))
            .filter(|named| !named.is_empty());
        if let Some(named) = named {
            let Some((name, after)) = named.split_once('>') else {
                return Err(error("invalid named capture", before));
            };
            let is_word = |c: char| c == '_' || c.is_ascii_alphanumeric();
            if name.is_empty() || !name.chars().all(is_word) {
                return Err(error("invalid named capture", used(before, after)));
            }
            self.rest = after;
            self.groups += 1;
            self.names.push((name.to_owned(), self.groups));
            self.out.push('(');
            return self.descend();
        }
        self.take(2);
        let mut flags = Flags::default();
        while let Some(c) = self.rest.chars().next() {
            self.take(c.len_utf8());
            match c {
                'i' | 'm' | 's' | 'U' => flags.set(c),
                '-' if flags.negated.is_none() => flags.negated = Some(false),
                ':' | ')' if flags.negated != Some(false) => {
                    flags.write(&mut self.out, c);
                    let lazy = flags.lazy().unwrap_or(self.level.lazy);
                    if c == ')' {
                        self.level.lazy = lazy;
                        return Ok(());
                    }
                    self.descend()?;
                    self.level.lazy = lazy;
                    return Ok(());
                }
                _ => break,
            }
        }
        Err(error(
            "invalid or unsupported Perl syntax",
            used(before, self.rest),
        ))
    }
}

/// The flags of a group; the last word on each counts.
#[derive(Default)]
struct Flags {
    on: Vec<char>,
    off: Vec<char>,
    /// Whether any flag follows the `-`, if there is one.
    negated: Option<bool>,
}

impl Flags {
    fn set(&mut self, flag: char) {
        self.on.retain(|known| *known != flag);
        self.off.retain(|known| *known != flag);
        match &mut self.negated {
            None => self.on.push(flag),
            Some(any) => {
                *any = true;
                self.off.push(flag);
            }
        }
    }

    /// Whether repetition is lazy from here on, if that changes.
    fn lazy(&self) -> Option<bool> {
        let on = self.on.contains(&'U');
        (on || self.off.contains(&'U')).then_some(on)
    }

    /// Writes the start of a group that ends in a colon, or flags that end in a parenthesis and may set nothing.
    fn write(&self, out: &mut String, end: char) {
        if end == ')' && self.on.is_empty() && self.off.is_empty() {
            return;
        }
        out.push_str("(?");
        out.extend(&self.on);
        if !self.off.is_empty() {
            out.push('-');
            out.extend(&self.off);
        }
        out.push(end);
    }
}
