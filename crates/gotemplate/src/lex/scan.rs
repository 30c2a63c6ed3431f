//! How far the pieces of a text reach.

/// Go's white space, as trim markers see it.
pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

pub(super) fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// Finds the left delimiter by its first byte, which is rare in text.
pub(super) fn find(text: &str, delimiter: &str) -> Option<usize> {
    let (text, delimiter) = (text.as_bytes(), delimiter.as_bytes());
    memchr::memchr_iter(*delimiter.first()?, text).find(|at| text[*at..].starts_with(delimiter))
}

/// Whether text after a left delimiter starts with a trim marker.
pub(super) fn is_trim_start(text: &str) -> bool {
    text.strip_prefix('-')
        .is_some_and(|rest| rest.starts_with(is_space))
}

/// Whether text starts with the white space and minus of a right trim marker.
pub(super) fn is_trim_end(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| is_space(b.into())) && bytes.next() == Some(b'-')
}

/// The length of the name that a text starts with.
pub(super) fn word_len(text: &str) -> usize {
    let is_end = |b: &u8| !b.is_ascii_alphanumeric() && *b != b'_';
    match text.bytes().position(|b| is_end(&b)) {
        Some(at) if !text.as_bytes()[at].is_ascii() => {
            text.find(|c| !is_word(c)).unwrap_or(text.len())
        }
        end => end.unwrap_or(text.len()),
    }
}

/// The length of a quoted string or character constant with its quotes; `None` if it does not end on its line.
pub(super) fn quoted_len(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let quote = *bytes.first()?;
    let mut at = 1;
    loop {
        match *bytes.get(at)? {
            b'\n' => return None,
            b'\\' => {
                if matches!(*bytes.get(at + 1)?, b'\n') {
                    return None;
                }
                at += 2;
            }
            b if b == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// The bytes that look like one number, and whether a number may end there.
pub(super) fn number_len(text: &str) -> (usize, bool) {
    let bytes = text.as_bytes();
    let mut at = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let mut digits: fn(u8) -> bool = |b| b.is_ascii_digit() || b == b'_';
    let mut hex = false;
    let mut prefixed = false;
    if bytes.get(at) == Some(&b'0') {
        at += 1;
        let (base, is_prefix): (fn(u8) -> bool, bool) = match bytes.get(at) {
            Some(b'x' | b'X') => {
                hex = true;
                (|b| b.is_ascii_hexdigit() || b == b'_', true)
            }
            Some(b'o' | b'O') => (|b| matches!(b, b'0'..=b'7' | b'_'), true),
            Some(b'b' | b'B') => (|b| matches!(b, b'0' | b'1' | b'_'), true),
            _ => (digits, false),
        };
        digits = base;
        prefixed = is_prefix;
        at += usize::from(is_prefix);
    }
    let run = |at: &mut usize, digits: fn(u8) -> bool| {
        while bytes.get(*at).is_some_and(|b| digits(*b)) {
            *at += 1;
        }
    };
    run(&mut at, digits);
    if bytes.get(at) == Some(&b'.') {
        at += 1;
        run(&mut at, digits);
    }
    let exponent = match bytes.get(at) {
        Some(b'e' | b'E') => !prefixed,
        Some(b'p' | b'P') => hex,
        _ => false,
    };
    if exponent {
        at += 1;
        at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
        run(&mut at, |b| b.is_ascii_digit() || b == b'_');
    }
    at += usize::from(bytes.get(at) == Some(&b'i'));
    // A letter right behind is part of the mistake.
    match text[at..].chars().next() {
        Some(c) if is_word(c) => (at + c.len_utf8(), false),
        _ => (at, true),
    }
}
