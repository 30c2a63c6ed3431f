//! Reading a text piece by piece, in one pass.

use std::{borrow::Cow, ops::Range};

use crate::{Error, Number, Object, Value, object::Entry, string};

/// How deeply lists and objects may be nested in a value that is read.
pub const MAX_DEPTH: usize = 127;

/// Reads a text of JSON (RFC 8259) from its beginning to its end.
///
/// Whoever knows the outline of a document reads the parts that matter, and passes over the others:
///
/// ```
/// use outrigger_json::Reader;
///
/// let mut reader = Reader::new(br#"{"kind": "Pod", "spec": {"a": [1.50]}, "status": {}}"#)?;
/// let (mut kind, mut spec) = (None, None);
/// reader.object(|reader, key| {
///     match &*key {
///         "kind" => kind = Some(reader.string()?),
///         "spec" => spec = Some(reader.value()?),
///         _ => _ = reader.raw()?,
///     }
///     Ok(())
/// })?;
/// reader.end()?;
/// assert_eq!(kind.as_deref(), Some("Pod"));
/// assert_eq!(spec.map(|spec| spec.to_string()).as_deref(), Some(r#"{"a":[1.50]}"#));
/// # Ok::<(), outrigger_json::Error>(())
/// ```
#[derive(Debug)]
pub struct Reader<'a> {
    text: &'a str,
    /// Where the next byte is.
    at: usize,
    /// How many lists and objects are open.
    depth: usize,
    /// Room to collect in: lists and objects are made as large as they are, not larger.
    items: Vec<Value<'a>>,
    entries: Vec<Entry<'a>>,
    /// What closes the lists and objects that are passed over.
    closers: Vec<u8>,
    /// The value that is left out with its key; empty where none is.
    part: Range<usize>,
}

impl<'a> Reader<'a> {
    /// A reader at the beginning of a text.
    ///
    /// # Errors
    /// The text is not UTF-8.
    pub fn new(text: &'a [u8]) -> Result<Self, Error> {
        let utf8 = |cause: std::str::Utf8Error| {
            Error::at(text, cause.valid_up_to(), "a byte that is not UTF-8")
        };
        Ok(Self {
            text: str::from_utf8(text).map_err(utf8)?,
            at: 0,
            depth: 0,
            items: Vec::new(),
            entries: Vec::new(),
            closers: Vec::new(),
            part: 0..0,
        })
    }

    /// Reads a value. Strings without escapes are borrowed; of entries with one key the last counts, at the place of the
    /// first.
    ///
    /// # Errors
    /// There is no JSON value here, or one that is nested deeper than [`MAX_DEPTH`], has a number beyond the range of an
    /// `f64`, or half of a surrogate pair.
    pub fn value(&mut self) -> Result<Value<'a>, Error> {
        match self.ahead()? {
            b'{' => self.deeper(Self::entries),
            b'[' => self.deeper(Self::list),
            b'"' => self.text().map(Value::String),
            b'-' | b'0'..=b'9' => self.number().map(Value::Number),
            b't' => self.word("true").map(|()| Value::Bool(true)),
            b'f' => self.word("false").map(|()| Value::Bool(false)),
            b'n' => self.word("null").map(|()| Value::Null),
            _ => Err(self.fault("want a value")),
        }
    }

    /// The same for a text of which a part is left out: the entry of an object whose value begins and ends here. That
    /// part has been passed over before, and is not looked at.
    ///
    /// # Errors
    /// As of [`Reader::value`].
    pub fn value_without(&mut self, part: Range<usize>) -> Result<Value<'a>, Error> {
        self.part = part;
        self.value()
    }

    /// Passes over a value, and gives its text: by the grammar alone, whatever depth, numbers and characters it has.
    ///
    /// # Errors
    /// There is no JSON value here.
    pub fn raw(&mut self) -> Result<&'a str, Error> {
        self.ahead()?;
        let start = self.at;
        self.closers.clear();
        loop {
            match self.ahead()? {
                open @ (b'{' | b'[') => {
                    self.at += 1;
                    let close = open + 2;
                    if self.ahead()? == close {
                        self.at += 1;
                    } else {
                        self.closers.push(close);
                        if open == b'{' {
                            self.skipped_key()?;
                        }
                        continue;
                    }
                }
                b'"' => self.skip_text()?,
                b'-' | b'0'..=b'9' => _ = self.number_token()?,
                b't' => self.word("true")?,
                b'f' => self.word("false")?,
                b'n' => self.word("null")?,
                _ => return Err(self.fault("want a value")),
            }
            // A value has ended, and with it all that end here.
            loop {
                let Some(close) = self.closers.last().copied() else {
                    return Ok(self.text.get(start..self.at).unwrap_or_default());
                };
                let next = self.ahead()?;
                if next == b',' {
                    self.at += 1;
                    if close == b'}' {
                        self.skipped_key()?;
                    }
                    break;
                }
                if next != close {
                    return Err(self.fault(after_item(close)));
                }
                self.at += 1;
                self.closers.pop();
            }
        }
    }

    /// Reads a string.
    ///
    /// # Errors
    /// There is no string here.
    pub fn string(&mut self) -> Result<Cow<'a, str>, Error> {
        match self.ahead()? {
            b'"' => self.text(),
            _ => Err(self.fault("want a string")),
        }
    }

    /// Whether the next value is `null`, which is then passed over.
    ///
    /// # Errors
    /// There is nothing here.
    pub fn null(&mut self) -> Result<bool, Error> {
        let is_null = self.ahead()? == b'n';
        if is_null {
            self.word("null")?;
        }
        Ok(is_null)
    }

    /// Whether the next value is an object.
    ///
    /// # Errors
    /// There is nothing here.
    pub fn is_object(&mut self) -> Result<bool, Error> {
        Ok(self.ahead()? == b'{')
    }

    /// Where in the text the next value begins, in bytes.
    pub fn start(&mut self) -> usize {
        self.skip_blanks();
        self.at
    }

    /// How many bytes have been read.
    pub const fn position(&self) -> usize {
        self.at
    }

    /// The text from a position on that has been read; empty where there is none.
    pub fn since(&self, position: usize) -> &'a str {
        self.text.get(position..self.at).unwrap_or_default()
    }

    /// Reads an object: `entry` is called with each key, and reads the value.
    ///
    /// # Errors
    /// There is no object here, or `entry` fails.
    pub fn object(
        &mut self,
        mut entry: impl FnMut(&mut Self, Cow<'a, str>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if self.ahead()? != b'{' {
            return Err(self.fault("want an object"));
        }
        self.deeper(|reader| {
            let mut more = !reader.is_empty(b'}')?;
            while more {
                let key = reader.key()?;
                entry(reader, key)?;
                more = reader.has_more(b'}')?;
            }
            Ok(())
        })
    }

    /// Checks that nothing follows.
    ///
    /// # Errors
    /// Something does.
    pub fn end(&mut self) -> Result<(), Error> {
        self.skip_blanks();
        if self.at < self.text.len() {
            return Err(self.fault("want nothing more"));
        }
        Ok(())
    }

    // === what values are made of ===

    fn entries(&mut self) -> Result<Value<'a>, Error> {
        let start = self.entries.len();
        let mut more = !self.is_empty(b'}')?;
        while more {
            let key = self.key()?;
            let at = self.start();
            if self.part.contains(&at) {
                self.at = self.part.end;
            } else {
                let value = self.value()?;
                self.entries.push((key, value));
            }
            more = self.has_more(b'}')?;
        }
        let entries = self.entries.drain(start..).collect();
        Ok(Value::Object(Object::settled(entries)))
    }

    fn list(&mut self) -> Result<Value<'a>, Error> {
        let start = self.items.len();
        let mut more = !self.is_empty(b']')?;
        while more {
            let item = self.value()?;
            self.items.push(item);
            more = self.has_more(b']')?;
        }
        let items: Vec<_> = self.items.drain(start..).collect();
        Ok(items.into())
    }

    /// Reads what is inside the list or object that opens here.
    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        if self.depth == MAX_DEPTH {
            return Err(self.fault("a value that is nested too deeply"));
        }
        self.at += 1;
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    /// Whether the list or object that has opened closes at once.
    fn is_empty(&mut self, close: u8) -> Result<bool, Error> {
        let is_empty = self.ahead()? == close;
        self.at += usize::from(is_empty);
        Ok(is_empty)
    }

    /// Whether another item or entry follows the one that has been read.
    fn has_more(&mut self, close: u8) -> Result<bool, Error> {
        let next = self.ahead()?;
        if next != b',' && next != close {
            return Err(self.fault(after_item(close)));
        }
        self.at += 1;
        Ok(next == b',')
    }

    fn key(&mut self) -> Result<Cow<'a, str>, Error> {
        if self.ahead()? != b'"' {
            return Err(self.fault("want a key"));
        }
        let key = self.text()?;
        self.colon()?;
        Ok(key)
    }

    fn skipped_key(&mut self) -> Result<(), Error> {
        if self.ahead()? != b'"' {
            return Err(self.fault("want a key"));
        }
        self.skip_text()?;
        self.colon()
    }

    fn colon(&mut self) -> Result<(), Error> {
        if self.ahead()? != b':' {
            return Err(self.fault("want a colon"));
        }
        self.at += 1;
        Ok(())
    }

    /// Reads the string whose quote is next.
    fn text(&mut self) -> Result<Cow<'a, str>, Error> {
        let start = self.at + 1;
        let end = start + string::plain(self.bytes(), start);
        if self.bytes().get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(Cow::Borrowed(self.text.get(start..end).unwrap_or_default()));
        }
        self.at = end;
        let mut text = String::new();
        let mut plain = start;
        loop {
            text.push_str(self.text.get(plain..self.at).unwrap_or_default());
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(text));
                }
                Some(b'\\') => text.push(self.escaped()?),
                _ => return Err(self.fault("a control character in a string")),
            }
            plain = self.at;
            self.at += string::plain(self.bytes(), plain);
        }
    }

    #[inline]
    fn skip_text(&mut self) -> Result<(), Error> {
        let mut start = self.at + 1;
        loop {
            let end = start + string::plain(self.bytes(), start);
            self.at = end;
            match self.bytes().get(end) {
                Some(b'"') => {
                    self.at = end + 1;
                    return Ok(());
                }
                // Whether halves of surrogate pairs fit is for those to see who read the string.
                Some(b'\\') => start = end + self.passed(string::escape(self.bytes(), end))?,
                _ => return Err(self.fault("a control character in a string")),
            }
        }
    }

    /// Reads the character whose backslash is next.
    fn escaped(&mut self) -> Result<char, Error> {
        let (character, length) = self.passed(string::escaped(self.bytes(), self.at))?;
        self.at += length;
        Ok(character)
    }

    fn passed<T>(&mut self, read: Result<T, (usize, &'static str)>) -> Result<T, Error> {
        read.map_err(|(at, what)| {
            self.at = at;
            self.fault(what)
        })
    }

    fn number(&mut self) -> Result<Number<'a>, Error> {
        let start = self.at;
        let (token, is_integer) = self.number_token()?;
        let integer = match (is_integer, token.starts_with('-')) {
            (true, false) => token.parse().ok().map(Number::Unsigned),
            // There is no integer -0.
            (true, true) if token != "-0" => token.parse().ok().map(Number::Signed),
            _ => None,
        };
        if let Some(number) = integer {
            return Ok(number);
        }
        let number = Number::Text(Cow::Borrowed(token));
        if number.as_f64().is_finite() {
            return Ok(number);
        }
        self.at = start;
        Err(self.fault("a number that is too large"))
    }

    /// Passes over a number; gives its text, and whether that has neither fraction nor exponent.
    fn number_token(&mut self) -> Result<(&'a str, bool), Error> {
        let start = self.at;
        _ = self.take(b'-');
        let first = self.peek();
        if self.digits()? > 1 && first == Some(b'0') {
            self.at = start;
            return Err(self.fault("a number that begins with 0"));
        }
        let mut is_integer = true;
        if self.take(b'.') {
            is_integer = false;
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            is_integer = false;
            _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok((self.since(start), is_integer))
    }

    /// Passes over digits, of which there must be one, and counts them.
    fn digits(&mut self) -> Result<usize, Error> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.fault("want a digit"));
        }
        Ok(self.at - start)
    }

    fn word(&mut self, word: &'static str) -> Result<(), Error> {
        for byte in word.bytes() {
            if self.peek() != Some(byte) {
                return Err(self.fault("want a value"));
            }
            self.at += 1;
        }
        Ok(())
    }

    // === bytes ===

    const fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    fn peek(&self) -> Option<u8> {
        self.bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// The next byte that is not blank, which the reader then stands before.
    #[inline]
    fn ahead(&mut self) -> Result<u8, Error> {
        self.skip_blanks();
        self.peek().ok_or_else(|| self.fault("want a value"))
    }

    #[cold]
    fn fault(&self, what: &'static str) -> Error {
        Error::at(self.bytes(), self.at, what)
    }
}

/// What is missing where neither another item follows nor the end of what closes so.
const fn after_item(close: u8) -> &'static str {
    if close == b']' {
        "want a comma or ]"
    } else {
        "want a comma or }"
    }
}
