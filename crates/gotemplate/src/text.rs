//! Strings as templates pass them: borrowed where they can be, and marked with where they came from.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

/// Says what a string is made of, so that typed output knows what it may become part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A constant of the template itself, or built of such constants and nothing else.
    Literal,
    /// YAML or JSON by construction: the result of a function declared [structured](crate::Entry::structured),
    /// or of indenting or trimming such a result.
    Structured,
    /// One complete quoted scalar: the result of `quote`, `squote`, or `printf "%q"` of one value.
    Quoted,
    /// Everything else, that is data.
    Plain,
}

/// A string with its [`Origin`].
#[derive(Clone, Debug)]
pub struct Text<'a> {
    chars: Cow<'a, str>,
    origin: Origin,
    /// Of indented text: how many bytes of white space were put before its first character.
    lead: Option<u16>,
}

impl<'a> Text<'a> {
    /// Makes a string of the given origin.
    pub fn new(text: impl Into<Cow<'a, str>>, origin: Origin) -> Self {
        Self {
            chars: text.into(),
            origin,
            lead: None,
        }
    }

    /// Makes a string that is data.
    pub fn plain(text: impl Into<Cow<'a, str>>) -> Self {
        Self::new(text, Origin::Plain)
    }

    /// Makes a string that is one complete quoted scalar.
    pub fn quoted(text: impl Into<Cow<'a, str>>) -> Self {
        Self::new(text, Origin::Quoted)
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.chars
    }

    /// Where the string came from.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// The characters, borrowed if they were.
    pub fn into_cow(self) -> Cow<'a, str> {
        self.chars
    }

    /// The characters as an owned string.
    pub fn into_string(self) -> String {
        self.chars.into_owned()
    }

    /// The same text, borrowing nothing.
    pub(crate) fn to_owned_text(&self) -> Text<'static> {
        Text {
            chars: Cow::Owned(self.chars.clone().into_owned()),
            origin: self.origin,
            lead: self.lead,
        }
    }

    /// The same text, lent by this one.
    pub(crate) fn lent(&self) -> Text<'_> {
        Text {
            chars: Cow::Borrowed(&self.chars),
            origin: self.origin,
            lead: self.lead,
        }
    }

    /// How many bytes of white space an indenting function put before the first character; `None` if none indented
    /// the text. That white space is the template's, all other is the text's own.
    pub fn lead(&self) -> Option<usize> {
        self.lead.map(usize::from)
    }

    /// This text with its lines indented: `text`, which has `lead` bytes more at its head. The origin is kept as by
    /// [`Text::reshaped`], and one quoted scalar stays one.
    #[must_use]
    pub fn indented(&self, text: impl Into<Cow<'a, str>>, lead: usize) -> Self {
        let mut indented = self.reshaped(text);
        if self.origin == Origin::Quoted && !self.chars.contains('\n') {
            indented.origin = Origin::Quoted;
        }
        let before = self.lead.unwrap_or_default();
        indented.lead = u16::try_from(lead.saturating_add(before.into())).ok();
        indented
    }

    /// Replaces the characters and keeps the origin if it is [`Origin::Structured`] or [`Origin::Literal`].
    ///
    /// For functions such as `indent` and `trim`, which leave YAML what it was.
    #[must_use]
    pub fn reshaped(&self, text: impl Into<Cow<'a, str>>) -> Self {
        let origin = match self.origin {
            Origin::Structured | Origin::Literal => self.origin,
            Origin::Quoted | Origin::Plain => Origin::Plain,
        };
        Self::new(text, origin)
    }

    /// The part of the string that `part` picks, without a copy if this string is borrowed; the origin is kept as by
    /// [`Text::reshaped`].
    #[must_use]
    pub fn narrowed(&self, part: impl FnOnce(&str) -> &str) -> Self {
        let text = match &self.chars {
            Cow::Borrowed(text) => Cow::Borrowed(shorten(text, part)),
            Cow::Owned(text) => Cow::Owned(part(text).to_owned()),
        };
        self.reshaped(text)
    }
}

/// Applies `part`, whose signature ties its result to its argument, to a longer-lived string.
fn shorten(text: &str, part: impl FnOnce(&str) -> &str) -> &str {
    let picked = part(text);
    let start = (picked.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    text.get(start..start + picked.len()).unwrap_or("")
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.chars
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.chars)
    }
}

impl PartialEq for Text<'_> {
    /// Two strings are equal if their characters are, wherever they came from.
    fn eq(&self, other: &Self) -> bool {
        self.chars == other.chars
    }
}

impl Eq for Text<'_> {}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self::plain(text)
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self::plain(text)
    }
}

impl<'a> From<Cow<'a, str>> for Text<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self::plain(text)
    }
}

/// Makes a string of bytes; each byte that is not part of a character becomes U+FFFD, as when Go ranges over a string.
pub(crate) fn from_bytes(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| {
        let mut text = String::new();
        for chunk in error.as_bytes().utf8_chunks() {
            text.push_str(chunk.valid());
            text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
        }
        text
    })
}
