//! Integers in all bases, with sign, prefix, precision and padding.

use super::value::{Flags, Printer};

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
                self.repeat(' ', spaces);
                return;
            }
        } else if zero
            && !minus
            && let Some(width) = width
        {
            least = width.saturating_sub(usize::from(signed));
        }
        let mut digits = digits(number.magnitude, base, upper);
        if digits.len() < least {
            digits.insert_str(0, &"0".repeat(least - digits.len()));
        }
        if sharp {
            let prefix = match base {
                2 => "0b",
                8 if !digits.starts_with('0') => "0",
                16 if upper => "0X",
                16 => "0x",
                _ => "",
            };
            digits.insert_str(0, prefix);
        }
        if verb == 'O' {
            digits.insert_str(0, "0o");
        }
        if number.negative {
            digits.insert(0, '-');
        } else if plus {
            digits.insert(0, '+');
        } else if space {
            digits.insert(0, ' ');
        }
        self.pad_with(&digits, false);
    }

    /// `%U`: `U+0041`, with `#` also the character.
    fn unicode(&mut self, number: Integer) {
        let digits = digits(number.bits(), 16, true);
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
        self.pad_with(&text, false);
    }
}

fn digits(number: u64, base: u64, upper: bool) -> String {
    match base {
        2 => format!("{number:b}"),
        8 => format!("{number:o}"),
        16 if upper => format!("{number:X}"),
        16 => format!("{number:x}"),
        _ => number.to_string(),
    }
}
