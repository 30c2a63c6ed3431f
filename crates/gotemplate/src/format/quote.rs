//! Quoted strings and characters, as Go's `strconv` writes them.

use std::fmt::Write;

/// Whether Go prints the character as it is: letters, marks, numbers, punctuation, symbols, and the ASCII space.
pub(crate) fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return matches!(c, ' '..='~');
    }
    // Rust escapes the same characters, but also marks at the start of a string: hence the letter before it.
    let mut text = String::with_capacity(5);
    text.push('a');
    text.push(c);
    text.escape_debug().count() == 2
}

/// Quotes a string in double quotes, as `%q` does.
pub fn quote(text: &str) -> String {
    quoted(text, '"', false)
}

/// Quotes what was printed just now, in its place where there is nothing to escape.
pub(crate) fn quote_printed(mut text: String) -> String {
    if !text.bytes().all(|b| is_plain(b, '"')) {
        return quote(&text);
    }
    text.reserve(2);
    text.insert(0, '"');
    text.push('"');
    text
}

/// Quotes a character in single quotes, as `%q` of a number does.
pub(crate) fn quote_char(c: char, ascii: bool) -> String {
    quoted(c.encode_utf8(&mut [0; 4]), '\'', ascii)
}

fn quoted(text: &str, quote: char, ascii: bool) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_quoted(&mut out, text, quote, ascii);
    out
}

/// Writes a string or character in quotes.
pub(super) fn push_quoted(out: &mut String, text: &str, quote: char, ascii: bool) {
    out.push(quote);
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.bytes().position(|b| !is_plain(b, quote));
        let (plain, after) = rest.split_at(end.unwrap_or(rest.len()));
        out.push_str(plain);
        let mut chars = after.chars();
        if let Some(c) = chars.next() {
            escape(out, c, quote, ascii);
        }
        rest = chars.as_str();
    }
    out.push(quote);
}

/// Whether a byte stands in quotes as it is.
fn is_plain(byte: u8, quote: char) -> bool {
    matches!(byte, b' '..=b'~') && char::from(byte) != quote && byte != b'\\'
}

fn escape(out: &mut String, c: char, quote: char, ascii: bool) {
    match c {
        '\\' => out.push_str("\\\\"),
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        c if c == quote => {
            out.push('\\');
            out.push(c);
        }
        c if (c.is_ascii() || !ascii) && is_printable(c) => out.push(c),
        c => {
            let code = u32::from(c);
            // Writing to a string cannot fail.
            let _ = match code {
                0..0x80 => write!(out, "\\x{code:02x}"),
                0x80..0x1_0000 => write!(out, "\\u{code:04x}"),
                _ => write!(out, "\\U{code:08x}"),
            };
        }
    }
}

/// Whether Go can write a string in back quotes: no control characters but tabs, no back quote.
pub(super) fn fits_back_quotes(text: &str) -> bool {
    text.chars().all(|c| match c {
        '\u{feff}' | '`' | '\u{7f}' => false,
        c => c >= ' ' || c == '\t',
    })
}
