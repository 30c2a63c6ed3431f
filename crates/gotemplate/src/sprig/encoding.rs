//! sprig's encodings: `b64enc`, `b64dec`, `b32enc`, `b32dec`. A text that cannot be decoded gives the reason in place of
//! a result, as Go does.

use crate::function::Functions;
use crate::types::Type;

const S: Type = Type::String;

pub(super) fn add_to(f: &mut Functions) {
    f.add(
        "b64enc",
        &[S],
        |_, a| Ok(base64(a.str(0).as_bytes()).into()),
    );
    f.add("b32enc", &[S], |_, a| {
        Ok(BASE32.encode(a.str(0).as_bytes()).into())
    });
    f.add("b64dec", &[S], |_, a| {
        Ok(match decode_base64(a.str(0)) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned().into(),
            Err(reason) => reason.into(),
        })
    });
    f.add("b32dec", &[S], |_, a| {
        Ok(match decode32(a.str(0)) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned().into(),
            Err(at) => format!("illegal base32 data at input byte {at}").into(),
        })
    });
}

pub(super) fn base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// The error is what Go says.
pub(super) fn decode_base64(text: &str) -> Result<Vec<u8>, String> {
    decode64(text).map_err(|at| format!("illegal base64 data at input byte {at}"))
}

/// An encoding of bytes with an alphabet of a power of two, and `=` to fill the last group.
struct Encoding {
    alphabet: &'static [u8],
    /// Bits that one character stands for.
    bits: u32,
    /// Characters in a group that stands for whole bytes.
    group: usize,
}

const BASE64: Encoding = Encoding {
    alphabet: b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    bits: 6,
    group: 4,
};

const BASE32: Encoding = Encoding {
    alphabet: b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    bits: 5,
    group: 8,
};

impl Encoding {
    fn encode(&self, bytes: &[u8]) -> String {
        let mut out = String::with_capacity(bytes.len() * 8 / 5 + self.group);
        let (mut buffer, mut filled) = (0u32, 0);
        for byte in bytes {
            buffer = buffer << 8 | u32::from(*byte);
            filled += 8;
            while filled >= self.bits {
                filled -= self.bits;
                out.push(self.character(buffer >> filled));
            }
        }
        if filled > 0 {
            out.push(self.character(buffer << (self.bits - filled)));
        }
        while !out.len().is_multiple_of(self.group) {
            out.push('=');
        }
        out
    }

    fn character(&self, bits: u32) -> char {
        let position = bits as usize & (self.alphabet.len() - 1);
        char::from(self.alphabet.get(position).copied().unwrap_or(b'='))
    }

    fn value(&self, byte: u8) -> Option<u64> {
        self.alphabet
            .iter()
            .position(|c| *c == byte)
            .map(|position| position as u64)
    }

    /// The whole bytes of some characters' bits.
    fn push_bytes(&self, out: &mut Vec<u8>, buffer: u64, characters: usize) {
        let bits = characters * self.bits as usize;
        let aligned = buffer >> (bits % 8);
        out.extend_from_slice(&aligned.to_be_bytes()[8 - bits / 8..]);
    }
}

/// Line breaks are passed over. The error is the position of the byte that does not fit, as Go counts.
fn decode64(text: &str) -> Result<Vec<u8>, usize> {
    let is_line_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let mut input = text
        .bytes()
        .enumerate()
        .filter(|(_, byte)| !is_line_break(byte));
    let mut out = Vec::with_capacity(text.len());
    loop {
        let mut buffer = 0;
        for count in 0..4 {
            let Some((at, byte)) = input.next() else {
                return if count == 0 {
                    Ok(out)
                } else {
                    Err(text.len() - count)
                };
            };
            if let Some(value) = BASE64.value(byte) {
                buffer = buffer << 6 | value;
                continue;
            }
            if byte != b'=' || count < 2 {
                return Err(at);
            }
            if count == 2 {
                match input.next() {
                    Some((_, b'=')) => {}
                    Some((at, _)) => return Err(at - 1),
                    None => return Err(text.len()),
                }
            }
            if let Some((at, _)) = input.next() {
                return Err(at);
            }
            BASE64.push_bytes(&mut out, buffer, count);
            return Ok(out);
        }
        BASE64.push_bytes(&mut out, buffer, 4);
    }
}

/// The same in base 32, where Go counts without the line breaks and stops at the first fill.
fn decode32(text: &str) -> Result<Vec<u8>, usize> {
    let input: Vec<u8> = text
        .bytes()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect();
    let mut out = Vec::with_capacity(input.len());
    for (group, bytes) in input.chunks(8).enumerate() {
        let mut buffer = 0;
        for count in 0..8 {
            let at = group * 8 + count;
            let Some(byte) = bytes.get(count) else {
                return Err(input.len() - count);
            };
            let after = input.get(at + 1..).unwrap_or(&[]);
            if *byte == b'=' && count >= 2 && after.len() < 8 {
                let fill = 7 - count;
                if after.len() < fill {
                    return Err(input.len());
                }
                if let Some(wrong) = after.iter().take(fill).position(|byte| *byte != b'=') {
                    return Err(at + wrong);
                }
                if matches!(count, 3 | 6) {
                    return Err(at);
                }
                BASE32.push_bytes(&mut out, buffer, count);
                return Ok(out);
            }
            buffer = buffer << 5 | BASE32.value(*byte).ok_or(at)?;
        }
        BASE32.push_bytes(&mut out, buffer, 8);
    }
    Ok(out)
}
