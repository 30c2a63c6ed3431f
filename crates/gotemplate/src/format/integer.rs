//! Integers in all bases, with sign, prefix, precision and padding.

use super::value::{Flags, Printer, SPACES, ZEROS};

/// An integer of any kind: its magnitude and whether it is negative.
#[derive(Clone, Copy)]
pub(super) struct Integer {
    pub(super) magnitude: u64,
    pub(super) negative: bool,
    pub(super) signed: bool,
}

impl Integer {
    pub(super) fn signed(number: i64) -> Self {
        Self {
            magnitude: number.unsigned_abs(),
            negative: number < 0,
            signed: true,
        }
    }

    pub(super) fn unsigned(number: u64) -> Self {
        Self {
            magnitude: number,
            negative: false,
            signed: false,
        }
    }

    /// The character of that code; what is none is the replacement character.
    pub(super) fn character(self) -> char {
        if self.negative {
            return char::REPLACEMENT_CHARACTER;
        }
        u32::try_from(self.magnitude)
            .ok()
            .and_then(char::from_u32)
            .unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// The bits as an unsigned number.
    fn bits(self) -> u64 {
        if self.negative {
            self.magnitude.wrapping_neg()
        } else {
            self.magnitude
        }
    }
}

impl Printer {
    /// Writes an integer by a verb; gives whether the verb fits integers.
    pub(super) fn integer(&mut self, number: Integer, verb: char) -> bool {
        match verb {
            'v' if self.flags.sharp_v && !number.signed => {
                let sharp = std::mem::replace(&mut self.flags.sharp, true);
                self.based(number, 16, 'v', false);
                self.flags.sharp = sharp;
            }
            'v' | 'd' => self.based(number, 10, verb, false),
            'b' => self.based(number, 2, verb, false),
            'o' | 'O' => self.based(number, 8, verb, false),
            'x' => self.based(number, 16, verb, false),
            'X' => self.based(number, 16, verb, true),
            'c' => {
                let text = number.character().to_string();
                self.pad(&text);
            }
            'q' => {
                let text = super::quote_char(number.character(), self.flags.plus);
                self.pad(&text);
            }
            'U' => self.unicode(number),
            _ => return false,
        }
        true
    }

    fn based(&mut self, number: Integer, base: u64, verb: char, upper: bool) {
        let Flags {
            plus,
            space,
            sharp,
            minus,
            zero,
            width,
            precision,
            ..
        } = self.flags;
        let signed = number.negative || plus || space;
        let mut least = 0;
        if let Some(precision) = precision {
            least = precision;
            if precision == 0 && number.magnitude == 0 {
                let spaces = width.unwrap_or(0);
                self.repeat(SPACES, spaces);
                return;
            }
        } else if zero
            && !minus
            && let Some(width) = width
        {
            least = width.saturating_sub(usize::from(signed));
        }
        let mut buffer = [0; 64];
        let digits = digits(&mut buffer, number.magnitude, base, upper);
        let zeros = least.saturating_sub(digits.len());
        let sign = match number.negative {
            true => "-",
            false if plus => "+",
            false if space => " ",
            false => "",
        };
        let marks_octal = sharp && zeros == 0 && !digits.starts_with('0');
        let prefix = match base {
            2 if sharp => "0b",
            8 if verb == 'O' && marks_octal => "0o0",
            8 if verb == 'O' => "0o",
            8 if marks_octal => "0",
            16 if sharp && upper => "0X",
            16 if sharp => "0x",
            _ => "",
        };
        let len = sign.len() + prefix.len() + zeros + digits.len();
        let missing = width.map_or(0, |width| width.saturating_sub(len));
        if !minus {
            self.repeat(SPACES, missing);
        }
        self.push(sign);
        self.push(prefix);
        self.repeat(ZEROS, zeros);
        self.push(digits);
        if minus {
            self.repeat(SPACES, missing);
        }
    }

    /// `%U`: `U+0041`, with `#` also the character.
    fn unicode(&mut self, number: Integer) {
        let mut buffer = [0; 64];
        let digits = digits(&mut buffer, number.bits(), 16, true);
        let least = self.flags.precision.map_or(4, |precision| precision.max(4));
        let zeros = "0".repeat(least.saturating_sub(digits.len()));
        let mut text = format!("U+{zeros}{digits}");
        if self.flags.sharp
            && let Some(c) = u32::try_from(number.bits()).ok().and_then(char::from_u32)
            && super::is_printable(c)
        {
            text.push_str(" '");
            text.push(c);
            text.push('\'');
        }
        let start = self.out.len();
        self.push(&text);
        self.pad_from(start, 0, false);
    }
}

/// The digits of a number in base 2, 8, 10 or 16, written into the end of a buffer.
pub(super) fn digits(buffer: &mut [u8; 64], number: u64, base: u64, upper: bool) -> &str {
    // With a constant base the division is a multiplication.
    let start = match base {
        2 => fill::<2>(buffer, number, upper),
        8 => fill::<8>(buffer, number, upper),
        10 => fill::<10>(buffer, number, upper),
        _ => fill::<16>(buffer, number, upper),
    };
    std::str::from_utf8(&buffer[start..]).unwrap_or("")
}

/// Gives where the digits start.
fn fill<const BASE: u64>(buffer: &mut [u8; 64], number: u64, upper: bool) -> usize {
    let letters = if upper { b'A' } else { b'a' };
    let mut at = buffer.len();
    let mut left = number;
    for place in buffer.iter_mut().rev() {
        // Less than the base, so a byte has room for it.
        let digit = (left % BASE).to_le_bytes()[0];
        *place = if digit < 10 {
            b'0' + digit
        } else {
            letters + digit - 10
        };
        at -= 1;
        left /= BASE;
        if left == 0 {
            break;
        }
    }
    at
}
