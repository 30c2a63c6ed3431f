//! Formats: flags, widths, argument indexes and verbs.

use super::value::Printer;
use crate::value::Value;

/// Widths and precisions past this are refused, as Go has it.
const TOO_LARGE: i64 = 1_000_000;

/// Writes values by a format.
pub(super) fn printf(printer: &mut Printer, format: &str, values: &[Value<'_>]) {
    let mut run = Run {
        printer,
        rest: format,
        values,
        next: 0,
        reordered: false,
        good_index: true,
        after_index: false,
    };
    run.all();
}

struct Run<'p, 'f, 'v, 'a> {
    printer: &'p mut Printer,
    rest: &'f str,
    values: &'v [Value<'a>],
    /// The argument that the next verb takes.
    next: usize,
    /// Whether the format, or this directive's part so far, used an argument index.
    reordered: bool,
    good_index: bool,
    after_index: bool,
}

impl<'f> Run<'_, 'f, '_, '_> {
    fn all(&mut self) {
        let mut any_reordered = false;
        while let Some(percent) = self.rest.bytes().position(|b| b == b'%') {
            let (text, rest) = self.rest.split_at(percent);
            self.printer.push(text);
            self.rest = &rest[1..];
            self.reordered = false;
            self.directive();
            any_reordered |= self.reordered;
        }
        self.printer.push(self.rest);
        self.printer.flags.clear();
        if !any_reordered && self.next < self.values.len() {
            self.extra();
        }
    }

    fn directive(&mut self) {
        self.printer.flags.clear();
        self.good_index = true;
        self.after_index = false;
        // Most directives are no more than a verb, and no letter stands before one.
        let first = self.rest.as_bytes().first();
        if !first.is_some_and(u8::is_ascii_alphabetic) {
            self.flags();
            self.argument_index();
            self.width();
            self.precision();
            if !self.after_index {
                self.argument_index();
            }
        }
        let mut chars = self.rest.chars();
        let Some(verb) = chars.next() else {
            self.printer.push("%!(NOVERB)");
            return;
        };
        self.rest = chars.as_str();
        match verb {
            '%' => self.printer.push("%"),
            _ if !self.good_index => self.printer.push(&format!("%!{verb}(BADINDEX)")),
            _ => match self.values.get(self.next) {
                None => self.printer.push(&format!("%!{verb}(MISSING)")),
                Some(value) => {
                    self.next += 1;
                    self.one(value, verb);
                }
            },
        }
    }

    fn one(&mut self, value: &Value<'_>, verb: char) {
        let flags = &mut self.printer.flags;
        if verb == 'v' {
            flags.sharp_v = std::mem::take(&mut flags.sharp);
            flags.plus_v = std::mem::take(&mut flags.plus);
        }
        self.printer.argument(value, verb);
    }

    fn flags(&mut self) {
        let flags = &mut self.printer.flags;
        let mut len = 0;
        for flag in self.rest.bytes() {
            match flag {
                b'#' => flags.sharp = true,
                b'0' => flags.zero = true,
                b'+' => flags.plus = true,
                b'-' => flags.minus = true,
                b' ' => flags.space = true,
                _ => break,
            }
            len += 1;
        }
        self.rest = &self.rest[len..];
    }

    fn width(&mut self) {
        if let Some(rest) = self.rest.strip_prefix('*') {
            self.rest = rest;
            match self.star() {
                Some(width) => {
                    // A negative width asks for padding on the right.
                    self.printer.flags.minus |= width < 0;
                    self.printer.flags.width = usize::try_from(width.unsigned_abs()).ok();
                }
                None => self.printer.push("%!(BADWIDTH)"),
            }
            self.after_index = false;
            return;
        }
        let width = self.number();
        self.printer.flags.width = width;
        if self.after_index && width.is_some() {
            self.good_index = false;
        }
    }

    fn precision(&mut self) {
        // A point that ends the format is taken for a verb.
        let Some(rest) = self.rest.strip_prefix('.').filter(|rest| !rest.is_empty()) else {
            return;
        };
        self.rest = rest;
        if self.after_index {
            self.good_index = false;
        }
        self.argument_index();
        if let Some(rest) = self.rest.strip_prefix('*') {
            self.rest = rest;
            match self
                .star()
                .and_then(|precision| usize::try_from(precision).ok())
            {
                Some(precision) => self.printer.flags.precision = Some(precision),
                None => self.printer.push("%!(BADPREC)"),
            }
            self.after_index = false;
            return;
        }
        let precision = self.number();
        self.printer.flags.precision = Some(precision.unwrap_or(0));
    }

    /// The integer argument that a `*` stands for.
    fn star(&mut self) -> Option<i64> {
        let value = self.values.get(self.next)?;
        self.next += 1;
        let number = value.as_i64()?;
        (-TOO_LARGE..=TOO_LARGE).contains(&number).then_some(number)
    }

    /// A number in the format. One that is too large ends the format, as Go has it.
    fn number(&mut self) -> Option<usize> {
        let mut number = 0_i64;
        let mut len = 0;
        for digit in self.rest.bytes().take_while(u8::is_ascii_digit) {
            number = number
                .saturating_mul(10)
                .saturating_add((digit - b'0').into());
            len += 1;
        }
        if len == 0 {
            return None;
        }
        let fits = number <= TOO_LARGE;
        self.rest = if fits { &self.rest[len..] } else { "" };
        usize::try_from(number).ok().filter(|_| fits)
    }

    /// An argument index such as `[3]`.
    fn argument_index(&mut self) {
        self.after_index = false;
        if let Some(rest) = self.rest.strip_prefix('[') {
            self.index_before(rest);
        }
    }

    #[cold]
    fn index_before(&mut self, rest: &'f str) {
        self.reordered = true;
        let Some(end) = rest.find(']') else {
            // Go skips the bracket alone.
            self.good_index = false;
            self.rest = rest;
            return;
        };
        let (digits, after) = rest.split_at(end);
        self.rest = &after[1..];
        self.after_index = true;
        let index = if digits.bytes().all(|b| b.is_ascii_digit()) {
            digits.parse::<usize>().ok()
        } else {
            None
        };
        match index {
            Some(index) if index >= 1 && index <= self.values.len() => self.next = index - 1,
            _ => self.good_index = false,
        }
    }

    /// Reports arguments that no verb took.
    fn extra(&mut self) {
        self.printer.push("%!(EXTRA ");
        for (i, value) in self.values.iter().enumerate().skip(self.next) {
            if i > self.next {
                self.printer.push(", ");
            }
            match value {
                Value::Nil | Value::Missing => self.printer.push("<nil>"),
                other => {
                    self.printer.push(&other.type_name());
                    self.printer.push("=");
                    self.printer.argument(other, 'v');
                }
            }
        }
        self.printer.push(")");
    }
}
