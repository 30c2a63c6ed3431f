//! Prints floating-point numbers and strings.

use super::float::push_float;
use super::quote::{fits_back_quotes, push_quoted};
use super::value::{Flags, Printer};

impl Printer {
    /// Writes a floating-point number by a verb; gives whether the verb fits.
    pub(super) fn float(&mut self, number: f64, verb: char, single: bool) -> bool {
        let (form, default) = match verb {
            'v' => ('g', None),
            'b' | 'g' | 'G' | 'x' | 'X' => (verb, None),
            'f' | 'e' | 'E' => (verb, Some(6)),
            'F' => ('f', Some(6)),
            _ => return false,
        };
        let precision = self.flags.precision.or(default);
        let Flags {
            plus,
            space,
            sharp,
            zero,
            ..
        } = self.flags;
        let sign = match number.is_sign_negative() && !number.is_nan() {
            true => "-",
            false if plus => "+",
            false if space => " ",
            false => "",
        };
        let start = self.out.len();
        if !number.is_finite() {
            // An infinity has a sign in any case.
            let sign = if sign.is_empty() && number.is_infinite() {
                "+"
            } else {
                sign
            };
            self.push(sign);
            self.push(if number.is_nan() { "NaN" } else { "Inf" });
            self.pad_from(start, 0, false);
            return true;
        }
        self.push(sign);
        if sharp && form != 'b' {
            let mut plain = String::new();
            push_float(&mut plain, number.abs(), form, precision, single);
            self.push(&with_point(&plain, form, precision));
        } else {
            push_float(&mut self.out, number.abs(), form, precision, single);
        }
        self.pad_from(start, sign.len(), zero);
        true
    }

    pub(super) fn complex(&mut self, re: f64, im: f64, verb: char) -> bool {
        if !matches!(
            verb,
            'v' | 'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E'
        ) {
            return false;
        }
        let plus = self.flags.plus;
        self.push("(");
        self.float(re, verb, false);
        // The imaginary part always has a sign.
        self.flags.plus = true;
        self.float(im, verb, false);
        self.push("i)");
        self.flags.plus = plus;
        true
    }

    /// Writes a string by a verb; gives whether the verb fits.
    pub(super) fn string(&mut self, text: &str, verb: char) -> bool {
        match verb {
            'v' if self.flags.sharp_v => self.quoted(text),
            'v' | 's' => {
                let text = self.cut(text);
                self.pad(text);
            }
            'q' => self.quoted(text),
            'x' => self.hex(text.as_bytes(), false),
            'X' => self.hex(text.as_bytes(), true),
            _ => return false,
        }
        true
    }

    /// The part of a string that the precision leaves.
    fn cut<'t>(&self, text: &'t str) -> &'t str {
        match self.flags.precision {
            Some(precision) => text
                .char_indices()
                .nth(precision)
                .map_or(text, |(end, _)| &text[..end]),
            None => text,
        }
    }

    fn quoted(&mut self, text: &str) {
        let text = self.cut(text);
        let start = self.out.len();
        if self.flags.sharp && fits_back_quotes(text) {
            self.push("`");
            self.push(text);
            self.push("`");
        } else if self.has_room(text.len()) {
            push_quoted(&mut self.out, text, '"', self.flags.plus);
        }
        self.pad_from(start, 0, self.flags.zero);
    }

    pub(super) fn hex(&mut self, bytes: &[u8], upper: bool) {
        let bytes = &bytes[..self
            .flags
            .precision
            .map_or(bytes.len(), |precision| precision.min(bytes.len()))];
        if !self.has_room(bytes.len() * 5) {
            return;
        }
        let prefix = match (self.flags.sharp, upper) {
            (false, _) => "",
            (true, false) => "0x",
            (true, true) => "0X",
        };
        let mut text = String::with_capacity(bytes.len() * 2);
        for (i, byte) in bytes.iter().enumerate() {
            if i == 0 {
                text.push_str(prefix);
            } else if self.flags.space {
                text.push(' ');
                text.push_str(prefix);
            }
            text.push(digit(byte >> 4, upper));
            text.push(digit(byte & 15, upper));
        }
        self.pad(&text);
    }
}

/// The `#` flag of a floating-point number: a decimal point always, and with `%g` the zeros at the end.
fn with_point(text: &str, form: char, precision: Option<usize>) -> String {
    let keeps_zeros = matches!(form, 'g' | 'G' | 'x');
    let mut wanted = match (keeps_zeros, precision) {
        (false, _) => 0,
        (true, Some(precision)) => precision,
        (true, None) => 6,
    };
    let is_hex = matches!(form, 'x' | 'X');
    let exponent_at = if is_hex {
        text.find(['p', 'P'])
    } else {
        text.find(['e', 'E'])
    };
    let (digits, exponent) = text.split_at(exponent_at.unwrap_or(text.len()));
    let mut out = digits.to_owned();
    let mut has_point = false;
    let mut started = false;
    // Go counts the x of a hexadecimal number as a digit as well.
    for c in digits.chars() {
        match c {
            '.' => has_point = true,
            '0' if !started => {}
            _ => {
                started = true;
                wanted = wanted.saturating_sub(1);
            }
        }
    }
    if !has_point {
        // A lone zero counts as a digit.
        if !is_hex && digits == "0" {
            wanted = wanted.saturating_sub(1);
        }
        out.push('.');
    }
    out.extend(std::iter::repeat_n(
        '0',
        if keeps_zeros { wanted } else { 0 },
    ));
    out.push_str(exponent);
    out
}

/// The hexadecimal digit of a number below 16.
fn digit(number: u8, upper: bool) -> char {
    let digit = char::from_digit(number.into(), 16).unwrap_or('0');
    if upper {
        digit.to_ascii_uppercase()
    } else {
        digit
    }
}
