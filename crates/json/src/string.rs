//! The inside of strings.

const UNKNOWN: &str = "an escape that JSON does not have";

/// How many bytes from `at` on stand for themselves: up to a quote, a backslash, a control character or the end.
#[inline]
pub(crate) fn plain(bytes: &[u8], at: usize) -> usize {
    // Most texts have none of these, so several bytes are looked at at a time.
    let mut end = at;
    while let Some(word) = bytes.get(end..).and_then(<[u8]>::first_chunk) {
        let special = special(u64::from_le_bytes(*word));
        if special != 0 {
            return end - at + special.trailing_zeros() as usize / 8;
        }
        end += 8;
    }
    let tail = bytes.get(end..).unwrap_or_default();
    let is_special = |b: &u8| *b < 0x20 || *b == b'"' || *b == b'\\';
    end - at + tail.iter().position(is_special).unwrap_or(tail.len())
}

/// Whether all of a text stands for itself.
#[inline]
pub(crate) fn is_plain(text: &[u8]) -> bool {
    let half = |bytes: Option<&[u8; 4]>| bytes.map(|bytes| u64::from(u32::from_le_bytes(*bytes)));
    if let Some(last) = text.last_chunk() {
        // The last eight bytes are looked at together, though some may have been before.
        let (words, _) = text.as_chunks();
        let mut words = words.iter().chain([last]);
        words.all(|word| special(u64::from_le_bytes(*word)) == 0)
    } else if let (Some(first), Some(last)) = (half(text.first_chunk()), half(text.last_chunk())) {
        special(first | last << 32) == 0
    } else {
        plain(text, 0) == text.len()
    }
}

/// The lowest bit that is set tells the first byte of eight that does not stand for itself.
///
/// Source: <https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord>.
#[inline]
const fn special(word: u64) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const CONTROLS: u64 = u64::from_ne_bytes([0x20; 8]);
    const QUOTES: u64 = u64::from_ne_bytes([b'"'; 8]);
    const BACKSLASHES: u64 = u64::from_ne_bytes([b'\\'; 8]);
    // The high bit of a byte is set if the byte, or one before it, is below 0x20, a quote or a backslash.
    let control = word.wrapping_sub(CONTROLS);
    let quote = (word ^ QUOTES).wrapping_sub(ONES);
    let backslash = (word ^ BACKSLASHES).wrapping_sub(ONES);
    (control | quote | backslash) & !word & (ONES << 7)
}

/// How many bytes the escape at `at` has; or where it is wrong, and how.
pub(crate) fn escape(bytes: &[u8], at: usize) -> Result<usize, (usize, &'static str)> {
    match bytes.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(2),
        Some(b'u') => hex(bytes, at).map(|_| 6),
        _ => Err((at + 1, UNKNOWN)),
    }
}

/// The character that the escape at `at` stands for, and how many bytes the escape has; or where it is wrong, and how.
pub(crate) fn escaped(bytes: &[u8], at: usize) -> Result<(char, usize), (usize, &'static str)> {
    let short = match bytes.get(at + 1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(plain @ (b'"' | b'\\' | b'/')) => char::from(*plain),
        Some(b'u') => return unicode(bytes, at),
        _ => return Err((at + 1, UNKNOWN)),
    };
    Ok((short, 2))
}

fn unicode(bytes: &[u8], at: usize) -> Result<(char, usize), (usize, &'static str)> {
    const LONE: &str = "half of a surrogate pair";
    let first = hex(bytes, at)?;
    if !(0xd800..0xdc00).contains(&first) {
        // The other half has no place here, and is no character.
        return char::from_u32(first).map(|c| (c, 6)).ok_or((at, LONE));
    }
    if bytes.get(at + 6..at + 8) != Some(b"\\u") {
        return Err((at + 6, LONE));
    }
    let second = hex(bytes, at + 6)?;
    if !(0xdc00..0xe000).contains(&second) {
        return Err((at + 6, LONE));
    }
    let character = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
    char::from_u32(character).map(|c| (c, 12)).ok_or((at, LONE))
}

/// The number of four hexadecimal digits behind `\\u`.
fn hex(bytes: &[u8], at: usize) -> Result<u32, (usize, &'static str)> {
    (at + 2..at + 6).try_fold(0, |number, at| {
        let digit = bytes.get(at).and_then(|b| char::from(*b).to_digit(16));
        digit
            .map(|digit| number * 16 + digit)
            .ok_or((at, "want four hexadecimal digits"))
    })
}
