//! Reads a time that is written in one of Go's layouts, with Go's errors.

use std::fmt::Write;

use super::layout::{Element, MONTHS, Offset, WEEKDAYS, next_element};
use super::time::{Time, Zone, days_in, is_leap};
use crate::function::CallError;

pub(super) fn parse(layout: &str, text: &str) -> Result<Time, CallError> {
    let failed = |fault: Fault<'_>, element: &str| -> CallError {
        let text = quote(text);
        match fault {
            Fault::Mismatch(rest) => {
                let (rest, layout, element) = (quote(rest), quote(layout), quote(element));
                format!("parsing time {text} as {layout}: cannot parse {rest} as {element}").into()
            }
            Fault::Other(message) => format!("parsing time {text}: {message}").into(),
        }
    };
    let mut found = Found::default();
    let (mut layout_rest, mut rest) = (layout, text);
    loop {
        let (before, element, after) = next_element(layout_rest);
        rest = skip(rest, before).map_err(|fault| failed(fault, before))?;
        let Some((element, written)) = element else {
            break;
        };
        let held = rest;
        rest = found
            .read(element, after, rest)
            .map_err(|fault| match fault {
                Fault::Mismatch(_) => failed(Fault::Mismatch(held), written),
                other @ Fault::Other(_) => failed(other, written),
            })?;
        layout_rest = after;
    }
    if !rest.is_empty() {
        return Err(failed(
            Fault::Other(format!("extra text: {}", quote(rest))),
            "",
        ));
    }
    found
        .into_time()
        .map_err(|message| failed(Fault::Other(message.to_owned()), ""))
}

enum Fault<'t> {
    /// What should have been there was not; the rest of the text.
    Mismatch(&'t str),
    Other(String),
}

fn out_of_range<'t>(what: &str) -> Fault<'t> {
    Fault::Other(format!("{what} out of range"))
}

/// What was read so far.
#[derive(Default)]
struct Found {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanos: u32,
    afternoon: Option<bool>,
    utc: bool,
    offset: Option<i32>,
    zone: String,
}

impl Found {
    /// Reads one element off the text and gives what follows it.
    #[expect(clippy::too_many_lines, reason = "one arm an element")]
    fn read<'t>(
        &mut self,
        element: Element,
        after: &str,
        text: &'t str,
    ) -> Result<&'t str, Fault<'t>> {
        let rest = match element {
            Element::Year => {
                let (digits, rest) = cut(text, 4)?;
                self.year = digits.parse().map_err(|_| Fault::Mismatch(text))?;
                rest
            }
            Element::YearShort => {
                let (digits, rest) = cut(text, 2)?;
                let year: i64 = digits.parse().map_err(|_| Fault::Mismatch(text))?;
                self.year = year + if year >= 69 { 1900 } else { 2000 };
                rest
            }
            Element::MonthName => self.month_name(text, usize::MAX)?,
            Element::MonthShort => self.month_name(text, 3)?,
            Element::Month | Element::MonthPadded => {
                let (month, rest) = number(text, element == Element::MonthPadded)?;
                if !(1..=12).contains(&month) {
                    return Err(out_of_range("month"));
                }
                self.month = Some(month);
                rest
            }
            Element::Weekday => name(text, &WEEKDAYS, usize::MAX)?.1,
            Element::WeekdayShort => name(text, &WEEKDAYS, 3)?.1,
            Element::Day | Element::DaySpaced | Element::DayPadded => {
                let text = match element {
                    Element::DaySpaced => text.strip_prefix(' ').unwrap_or(text),
                    _ => text,
                };
                let (day, rest) = number(text, element == Element::DayPadded)?;
                self.day = Some(day);
                rest
            }
            Element::YearDayPadded | Element::YearDaySpaced => {
                let padded = element == Element::YearDayPadded;
                let trimmed = if padded {
                    text
                } else {
                    text.trim_start_matches(' ')
                };
                let count = trimmed
                    .bytes()
                    .take(3)
                    .take_while(u8::is_ascii_digit)
                    .count();
                if count == 0 || (padded && count != 3) {
                    return Err(Fault::Mismatch(text));
                }
                let (digits, rest) = trimmed.split_at(count);
                self.year_day = digits.parse().ok();
                rest
            }
            Element::Hour => {
                let (hour, rest) = number(text, false)?;
                self.hour = Some(hour)
                    .filter(|h| *h < 24)
                    .ok_or_else(|| out_of_range("hour"))?;
                rest
            }
            Element::Hour12 | Element::Hour12Padded => {
                let (hour, rest) = number(text, element == Element::Hour12Padded)?;
                self.hour = Some(hour)
                    .filter(|h| *h <= 12)
                    .ok_or_else(|| out_of_range("hour"))?;
                rest
            }
            Element::Minute | Element::MinutePadded => {
                let (minute, rest) = number(text, element == Element::MinutePadded)?;
                let minute = Some(minute).filter(|m| *m < 60);
                self.minute = minute.ok_or_else(|| out_of_range("minute"))?;
                rest
            }
            Element::Second | Element::SecondPadded => {
                let (second, rest) = number(text, element == Element::SecondPadded)?;
                let second = Some(second).filter(|s| *s < 60);
                self.second = second.ok_or_else(|| out_of_range("second"))?;
                self.unasked_fraction(after, rest)
            }
            Element::Half { upper } => {
                let (half, rest) = cut(text, 2)?;
                self.afternoon = Some(match (half, upper) {
                    ("PM", true) | ("pm", false) => true,
                    ("AM", true) | ("am", false) => false,
                    _ => return Err(Fault::Mismatch(text)),
                });
                rest
            }
            Element::Fraction {
                digits,
                trimmed: false,
            } => {
                let (fraction, rest) = cut(text, digits + 1)?;
                let digits = fraction
                    .strip_prefix(['.', ','])
                    .ok_or(Fault::Mismatch(text))?;
                self.nanos = nanos(digits).ok_or(Fault::Mismatch(text))?;
                rest
            }
            Element::Fraction { trimmed: true, .. } => self.fraction(text),
            Element::Offset(form) => self.offset(form, text)?,
            Element::Zone => {
                if let Some(rest) = text.strip_prefix("UTC") {
                    self.utc = true;
                    rest
                } else {
                    let len = zone_len(text).ok_or(Fault::Mismatch(text))?;
                    let (zone, rest) = text.split_at(len);
                    zone.clone_into(&mut self.zone);
                    rest
                }
            }
        };
        Ok(rest)
    }

    fn month_name<'t>(&mut self, text: &'t str, len: usize) -> Result<&'t str, Fault<'t>> {
        let (position, rest) = name(text, &MONTHS, len)?;
        self.month = i64::try_from(position + 1).ok();
        Ok(rest)
    }

    /// A fraction after the seconds is read even where the layout has none.
    fn unasked_fraction<'t>(&mut self, layout: &str, text: &'t str) -> &'t str {
        match next_element(layout).1 {
            Some((Element::Fraction { .. }, _)) => text,
            _ => self.fraction(text),
        }
    }

    fn fraction<'t>(&mut self, text: &'t str) -> &'t str {
        let Some(digits) = text.strip_prefix(['.', ',']) else {
            return text;
        };
        let count = digits.bytes().take_while(u8::is_ascii_digit).count();
        if count == 0 {
            return text;
        }
        let (digits, rest) = digits.split_at(count);
        self.nanos = nanos(digits).unwrap_or(0);
        rest
    }

    fn offset<'t>(&mut self, form: Offset, text: &'t str) -> Result<&'t str, Fault<'t>> {
        if form.z
            && let Some(rest) = text.strip_prefix('Z')
        {
            self.utc = true;
            return Ok(rest);
        }
        let mismatch = || Fault::Mismatch(text);
        let (sign, mut rest) = cut(text, 1)?;
        let sign = match sign {
            "+" => 1,
            "-" => -1,
            _ => return Err(mismatch()),
        };
        let mut parts = [0; 3];
        let asked = [true, form.minutes, form.seconds];
        for (i, part) in parts.iter_mut().enumerate().filter(|(i, _)| asked[*i]) {
            if form.colon && i > 0 {
                rest = rest.strip_prefix(':').ok_or_else(mismatch)?;
            }
            let (value, after) = number(rest, true).map_err(|_| mismatch())?;
            (*part, rest) = (value, after);
        }
        for (value, bound, what) in [
            (parts[0], 24, "time zone offset hour"),
            (parts[1], 60, "time zone offset minute"),
            (parts[2], 60, "time zone offset second"),
        ] {
            if value > bound {
                return Err(out_of_range(what));
            }
        }
        let seconds = (parts[0] * 60 + parts[1]) * 60 + parts[2];
        self.offset = i32::try_from(sign * seconds).ok();
        Ok(rest)
    }

    fn into_time(mut self) -> Result<Time, &'static str> {
        match self.afternoon {
            Some(true) if self.hour < 12 => self.hour += 12,
            Some(false) if self.hour == 12 => self.hour = 0,
            _ => {}
        }
        if let Some(year_day) = self.year_day {
            self.set_year_day(year_day)?;
        }
        let (month, day) = (self.month.unwrap_or(1), self.day.unwrap_or(1));
        let last = days_in(u8::try_from(month).unwrap_or(1), self.year);
        if day < 1 || day > i64::from(last) {
            return Err("day out of range");
        }
        let (offset, zone) = match self.offset {
            _ if self.utc => (0, Zone::Utc),
            Some(0) if self.zone.is_empty() || self.zone == "UTC" => (0, Zone::Utc),
            Some(offset) => (offset, Zone::Fixed(offset, self.zone)),
            None if self.zone.is_empty() => (0, Zone::Utc),
            None => {
                let hours = self
                    .zone
                    .strip_prefix("GMT")
                    .and_then(|h| h.parse::<i32>().ok());
                let offset = hours.unwrap_or(0) * 3600;
                (offset, Zone::Fixed(offset, self.zone))
            }
        };
        let time = [self.hour, self.minute, self.second];
        Ok(Time::from_civil(
            [self.year, month, day],
            time,
            self.nanos,
            offset,
            zone,
        ))
    }

    fn set_year_day(&mut self, year_day: i64) -> Result<(), &'static str> {
        let days = if is_leap(self.year) { 366 } else { 365 };
        if !(1..=days).contains(&year_day) {
            return Err("day-of-year out of range");
        }
        let (mut month, mut day) = (1, year_day);
        while day > i64::from(days_in(month, self.year)) {
            day -= i64::from(days_in(month, self.year));
            month += 1;
        }
        let month = i64::from(month);
        if self.month.is_some_and(|known| known != month) {
            return Err("day-of-year does not match month");
        }
        if self.day.is_some_and(|known| known != day) {
            return Err("day-of-year does not match day");
        }
        (self.month, self.day) = (Some(month), Some(day));
        Ok(())
    }
}

/// Takes a number of bytes off the text.
fn cut(text: &str, len: usize) -> Result<(&str, &str), Fault<'_>> {
    text.split_at_checked(len).ok_or(Fault::Mismatch(text))
}

/// One or two digits, or exactly two.
fn number(text: &str, two: bool) -> Result<(i64, &str), Fault<'_>> {
    let count = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    if count == 0 || (two && count != 2) {
        return Err(Fault::Mismatch(text));
    }
    let (digits, rest) = text.split_at(count);
    Ok((digits.parse().map_err(|_| Fault::Mismatch(text))?, rest))
}

/// The position of the name that the text begins with in any case, or of its first letters.
fn name<'t>(text: &'t str, names: &[&str], len: usize) -> Result<(usize, &'t str), Fault<'t>> {
    for (position, name) in names.iter().enumerate() {
        let name = name.get(..len).unwrap_or(name);
        if let Some((start, rest)) = text.split_at_checked(name.len())
            && start.eq_ignore_ascii_case(name)
        {
            return Ok((position, rest));
        }
    }
    Err(Fault::Mismatch(text))
}

/// Digits after the point as nanoseconds; those past the ninth are dropped.
fn nanos(digits: &str) -> Option<u32> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let kept = digits.get(..9).unwrap_or(digits);
    format!("{kept:0<9}").parse().ok()
}

/// Passes the text of a layout over; one space stands for any number of them.
fn skip<'t>(mut text: &'t str, mut expected: &str) -> Result<&'t str, Fault<'t>> {
    while let Some(c) = expected.chars().next() {
        if c == ' ' {
            if !text.is_empty() && !text.starts_with(' ') {
                return Err(Fault::Mismatch(text));
            }
            expected = expected.trim_start_matches(' ');
            text = text.trim_start_matches(' ');
            continue;
        }
        text = text.strip_prefix(c).ok_or(Fault::Mismatch(text))?;
        expected = &expected[c.len_utf8()..];
    }
    Ok(text)
}

/// The length of the zone abbreviation that the text begins with.
fn zone_len(text: &str) -> Option<usize> {
    if text.len() < 3 {
        return None;
    }
    if text.starts_with("ChST") || text.starts_with("MeST") {
        return Some(4);
    }
    if let Some(after) = text.strip_prefix("GMT") {
        return Some(3 + signed_offset_len(after).unwrap_or(0));
    }
    if text.starts_with(['+', '-']) {
        return signed_offset_len(text);
    }
    let capitals = text
        .bytes()
        .take(6)
        .take_while(u8::is_ascii_uppercase)
        .count();
    let ends_in_t = |len: usize| text.as_bytes().get(len - 1) == Some(&b'T');
    match capitals {
        5 if ends_in_t(5) => Some(5),
        4 if ends_in_t(4) || text.starts_with("WITA") => Some(4),
        3 => Some(3),
        _ => None,
    }
}

/// The length of a sign and hours up to 23.
fn signed_offset_len(text: &str) -> Option<usize> {
    let digits = text.strip_prefix(['+', '-'])?;
    let count = digits.bytes().take_while(u8::is_ascii_digit).count();
    let hours: u32 = digits[..count].parse().ok()?;
    (hours <= 23).then_some(count + 1)
}

/// Go's `time` quotes in its own way.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            ' '..='\u{7f}' => out.push(c),
            _ => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    let _ = write!(out, "\\x{byte:02x}");
                }
            }
        }
    }
    out.push('"');
    out
}
