//! Reads JSON as Go's `encoding/json` does, with its errors.

use std::borrow::Cow;

use crate::format;
use crate::function::{CallError, Context};
use crate::value::Value;

/// Reads one JSON value into maps, lists, strings, booleans, nil and `float64`.
pub(super) fn decode<'a>(context: &Context<'_>, text: &str) -> Result<Value<'a>, CallError> {
    let mut decoder = Decoder {
        context,
        text,
        at: 0,
    };
    let value = decoder.value(0)?;
    decoder.skip_space();
    match decoder.peek() {
        None => Ok(value),
        Some(byte) => Err(invalid(byte, "after top-level value")),
    }
}

struct Decoder<'t, 'c, 'l> {
    context: &'c Context<'l>,
    text: &'t str,
    at: usize,
}

impl<'a> Decoder<'_, '_, '_> {
    fn value(&mut self, depth: usize) -> Result<Value<'a>, CallError> {
        self.context.check_depth(depth)?;
        self.context.spend(1)?;
        self.skip_space();
        match self.peek().ok_or_else(unexpected_end)? {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => Ok(self.string()?.into()),
            b't' => self.literal("true", true.into()),
            b'f' => self.literal("false", false.into()),
            b'n' => self.literal("null", Value::Nil),
            b'-' | b'0'..=b'9' => self.number(),
            other => Err(invalid(other, "looking for beginning of value")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value<'a>, CallError> {
        self.at += 1;
        let mut pairs: Vec<(Cow<'a, str>, Value<'a>)> = Vec::new();
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::map(pairs));
        }
        loop {
            self.skip_space();
            match self.peek().ok_or_else(unexpected_end)? {
                b'"' => {}
                other => return Err(invalid(other, "looking for beginning of object key string")),
            }
            let key = self.string()?;
            self.skip_space();
            match self.peek().ok_or_else(unexpected_end)? {
                b':' => self.at += 1,
                other => return Err(invalid(other, "after object key")),
            }
            pairs.push((key.into(), self.value(depth + 1)?));
            self.skip_space();
            match self.peek().ok_or_else(unexpected_end)? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(Value::map(pairs));
                }
                other => return Err(invalid(other, "after object key:value pair")),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value<'a>, CallError> {
        self.at += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::list(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.skip_space();
            match self.peek().ok_or_else(unexpected_end)? {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Ok(Value::list(items));
                }
                other => return Err(invalid(other, "after array element")),
            }
        }
    }

    fn literal(&mut self, word: &str, value: Value<'a>) -> Result<Value<'a>, CallError> {
        for expected in word.bytes() {
            let byte = self.byte();
            if byte != expected {
                let place = format!("in literal {word} (expecting '{}')", char::from(expected));
                return Err(invalid(byte, &place));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Value<'a>, CallError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits("in numeric literal")?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        let digits = &self.text[start..self.at];
        match digits.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number.into()),
            _ => Err(format!(
                "json: cannot unmarshal number {digits} into Go value of type float64"
            )
            .into()),
        }
    }

    /// One digit or more.
    fn digits(&mut self, place: &str) -> Result<(), CallError> {
        match self.byte() {
            b'0'..=b'9' => {}
            other => return Err(invalid(other, place)),
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<String, CallError> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let start = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0..=0x1f)) {
                self.at += 1;
            }
            out.push_str(&self.text[start..self.at]);
            match self.peek().ok_or_else(unexpected_end)? {
                b'"' => {
                    self.at += 1;
                    return Ok(out);
                }
                b'\\' => {
                    self.at += 1;
                    out.push(self.escape()?);
                }
                control => return Err(invalid(control, "in string literal")),
            }
        }
    }

    /// What follows a backslash. Half a surrogate pair becomes the replacement character.
    fn escape(&mut self) -> Result<char, CallError> {
        let byte = self.byte();
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.hex()?;
                if let Some(c) = char::from_u32(unit.into()) {
                    return Ok(c);
                }
                let after_first = self.at;
                if self.text[self.at..].starts_with("\\u") {
                    self.at += 2;
                    let second = self.hex()?;
                    if let Some(Ok(c)) = char::decode_utf16([unit, second]).next() {
                        return Ok(c);
                    }
                    self.at = after_first;
                }
                char::REPLACEMENT_CHARACTER
            }
            other => return Err(invalid(other, "in string escape code")),
        })
    }

    fn hex(&mut self) -> Result<u16, CallError> {
        let mut unit = 0;
        for _ in 0..4 {
            let byte = self.byte();
            let digit = char::from(byte)
                .to_digit(16)
                .and_then(|digit| u16::try_from(digit).ok())
                .ok_or_else(|| invalid(byte, "in \\u hexadecimal character escape"))?;
            unit = unit << 4 | digit;
            self.at += 1;
        }
        Ok(unit)
    }

    /// The next byte; Go reads a space past the end.
    fn byte(&self) -> u8 {
        self.peek().unwrap_or(b' ')
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }
}

fn unexpected_end() -> CallError {
    "unexpected end of JSON input".into()
}

fn invalid(byte: u8, place: &str) -> CallError {
    let shown = match byte {
        b'\'' => "'\\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        _ => {
            let quoted = format::quote(char::from(byte).encode_utf8(&mut [0; 4]));
            format!("'{}'", &quoted[1..quoted.len() - 1])
        }
    };
    format!("invalid character {shown} {place}").into()
}
