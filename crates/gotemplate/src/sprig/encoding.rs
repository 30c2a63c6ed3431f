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
        Ok(match BASE32.decode(a.str(0)) {
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
    BASE64
        .decode(text)
        .map_err(|at| format!("illegal base64 data at input byte {at}"))
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
        while out.len() % self.group != 0 {
            out.push('=');
        }
        out
    }

    fn character(&self, bits: u32) -> char {
        let position = bits as usize & (self.alphabet.len() - 1);
        char::from(self.alphabet.get(position).copied().unwrap_or(b'='))
    }

    /// Line breaks are passed over. The error is the position of the byte that does not fit.
    fn decode(&self, text: &str) -> Result<Vec<u8>, usize> {
        let bytes = text.as_bytes();
        let mut input = bytes
            .iter()
            .enumerate()
            .filter(|(_, byte)| !matches!(byte, b'\r' | b'\n'));
        let mut out = Vec::with_capacity(bytes.len());
        loop {
            let (mut buffer, mut count) = (0u64, 0);
            while count < self.group {
                let Some((at, byte)) = input.next() else {
                    // Go names the start of the unfinished group in base64, and the end in base32.
                    return match (count, self.bits) {
                        (0, _) => Ok(out),
                        (_, 6) => Err(bytes.len() - count),
                        _ => Err(bytes.len()),
                    };
                };
                let Some(value) = self.alphabet.iter().position(|c| c == byte) else {
                    if *byte != b'=' {
                        return Err(at);
                    }
                    return self.finish(out, buffer, count, at, input, bytes.len());
                };
                buffer = buffer << self.bits | value as u64;
                count += 1;
            }
            let whole = self.group * self.bits as usize / 8;
            out.extend_from_slice(&buffer.to_be_bytes()[8 - whole..]);
        }
    }

    /// Takes the fill at the end, the first of which was read, and the bytes of the last group.
    fn finish<'t>(
        &self,
        mut out: Vec<u8>,
        buffer: u64,
        count: usize,
        at: usize,
        mut input: impl Iterator<Item = (usize, &'t u8)>,
        end: usize,
    ) -> Result<Vec<u8>, usize> {
        let bits = count * self.bits as usize;
        let fits = match self.bits {
            6 => count >= 2,
            _ => matches!(count, 2 | 4 | 5 | 7),
        };
        if !fits {
            return Err(at);
        }
        for _ in count + 1..self.group {
            match input.next() {
                Some((_, b'=')) => {}
                Some((at, _)) => return Err(at),
                None => return Err(end),
            }
        }
        if let Some((at, _)) = input.next() {
            return Err(at);
        }
        let aligned = buffer >> (bits % 8);
        out.extend_from_slice(&aligned.to_be_bytes()[8 - bits / 8..]);
        Ok(out)
    }
}
