//! Go's layouts: how a time looks, written as a certain second of 2006 would look.

use std::fmt::Write;

use super::time::Civil;

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// One part of a layout that stands for part of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    Day,
    DayPadded,
    DaySpaced,
    /// A point or comma and digits; `trimmed` leaves zeros at the end out.
    Fraction {
        digits: usize,
        trimmed: bool,
    },
    Hour,
    Hour12,
    Hour12Padded,
    Minute,
    MinutePadded,
    Month,
    MonthName,
    MonthPadded,
    MonthShort,
    /// The offset from UTC.
    Offset(Offset),
    /// `PM` or `pm`.
    Half {
        upper: bool,
    },
    Second,
    SecondPadded,
    Weekday,
    WeekdayShort,
    Year,
    YearDayPadded,
    YearDaySpaced,
    YearShort,
    /// The zone's abbreviation.
    Zone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four choices that are free of each other"
)]
pub(super) struct Offset {
    /// Whether an offset of nothing is written as `Z`.
    pub(super) z: bool,
    pub(super) colon: bool,
    /// What follows the hours.
    pub(super) minutes: bool,
    pub(super) seconds: bool,
}

/// An offset: `Z` for nothing, a colon, how many numbers.
const fn offset(z: bool, colon: bool, numbers: u8) -> Element {
    Element::Offset(Offset {
        z,
        colon,
        minutes: numbers > 1,
        seconds: numbers > 2,
    })
}

/// Elements that are plain words, the longer ones before those they begin with.
const WORDS: [(&str, Element); 30] = [
    ("January", Element::MonthName),
    ("Monday", Element::Weekday),
    ("MST", Element::Zone),
    ("002", Element::YearDayPadded),
    ("01", Element::MonthPadded),
    ("02", Element::DayPadded),
    ("03", Element::Hour12Padded),
    ("04", Element::MinutePadded),
    ("05", Element::SecondPadded),
    ("06", Element::YearShort),
    ("15", Element::Hour),
    ("1", Element::Month),
    ("2006", Element::Year),
    ("2", Element::Day),
    ("__2", Element::YearDaySpaced),
    ("3", Element::Hour12),
    ("4", Element::Minute),
    ("5", Element::Second),
    ("PM", Element::Half { upper: true }),
    ("pm", Element::Half { upper: false }),
    ("-070000", offset(false, false, 3)),
    ("-07:00:00", offset(false, true, 3)),
    ("-0700", offset(false, false, 2)),
    ("-07:00", offset(false, true, 2)),
    ("-07", offset(false, false, 1)),
    ("Z070000", offset(true, false, 3)),
    ("Z07:00:00", offset(true, true, 3)),
    ("Z0700", offset(true, false, 2)),
    ("Z07:00", offset(true, true, 2)),
    ("Z07", offset(true, false, 1)),
];

/// The text before the first element of a layout, the element with its text, and what follows; the element is none
/// where the layout has no more.
pub(super) fn next_element(layout: &str) -> (&str, Option<(Element, &str)>, &str) {
    for (at, _) in layout.char_indices() {
        let rest = &layout[at..];
        // In `_2006` the year is meant, not the day.
        if rest.starts_with("_2006") {
            let end = at + 1;
            return (
                &layout[..end],
                Some((Element::Year, &layout[end..end + 4])),
                &layout[end + 4..],
            );
        }
        if let Some((element, len)) = element_at(rest) {
            let (text, after) = rest.split_at(len);
            return (&layout[..at], Some((element, text)), after);
        }
    }
    (layout, None, "")
}

fn element_at(rest: &str) -> Option<(Element, usize)> {
    let first = rest.bytes().next()?;
    if !matches!(
        first,
        b'J' | b'M' | b'0'..=b'5' | b'_' | b'P' | b'p' | b'-' | b'Z' | b'.' | b','
    ) {
        return None;
    }
    if let Some((word, element)) = WORDS.iter().find(|(word, _)| rest.starts_with(word)) {
        return Some((*element, word.len()));
    }
    // `Jan` in `Janet` is no month.
    let ends_word = rest
        .as_bytes()
        .get(3)
        .is_none_or(|byte| !byte.is_ascii_lowercase());
    match rest.get(..3) {
        Some("Jan") if ends_word => return Some((Element::MonthShort, 3)),
        Some("Mon") if ends_word => return Some((Element::WeekdayShort, 3)),
        _ => {}
    }
    if rest.starts_with("_2") {
        return Some((Element::DaySpaced, 2));
    }
    let fraction = rest.strip_prefix(['.', ','])?;
    let digit = fraction
        .bytes()
        .next()
        .filter(|byte| matches!(byte, b'0' | b'9'))?;
    let digits = fraction.bytes().take_while(|byte| *byte == digit).count();
    if fraction
        .as_bytes()
        .get(digits)
        .is_some_and(u8::is_ascii_digit)
    {
        return None;
    }
    let trimmed = digit == b'9';
    Some((Element::Fraction { digits, trimmed }, digits + 1))
}

/// Writes a time in the layout.
pub(super) fn format(layout: &str, time: &Civil) -> String {
    let mut out = String::with_capacity(layout.len() + 8);
    let mut rest = layout;
    while !rest.is_empty() {
        let (before, element, after) = next_element(rest);
        out.push_str(before);
        if let Some((element, text)) = element {
            write_element(&mut out, element, text, time);
        }
        rest = after;
    }
    out
}

fn write_element(out: &mut String, element: Element, text: &str, time: &Civil) {
    let hour12 = match time.hour % 12 {
        0 => 12,
        hour => hour,
    };
    let month = MONTHS
        .get(usize::from(time.month).wrapping_sub(1))
        .copied()
        .unwrap_or("");
    let weekday = WEEKDAYS
        .get(usize::from(time.weekday))
        .copied()
        .unwrap_or("");
    let _ = match element {
        Element::Year if time.year < 0 => write!(out, "-{:04}", time.year.unsigned_abs()),
        Element::Year => write!(out, "{:04}", time.year),
        Element::YearShort => write!(out, "{:02}", (time.year % 100).max(0)),
        Element::MonthName => write!(out, "{month}"),
        Element::MonthShort => write!(out, "{month:.3}"),
        Element::Month => write!(out, "{}", time.month),
        Element::MonthPadded => write!(out, "{:02}", time.month),
        Element::Weekday => write!(out, "{weekday}"),
        Element::WeekdayShort => write!(out, "{weekday:.3}"),
        Element::Day => write!(out, "{}", time.day),
        Element::DayPadded => write!(out, "{:02}", time.day),
        Element::DaySpaced => write!(out, "{:2}", time.day),
        Element::YearDayPadded => write!(out, "{:03}", time.year_day),
        Element::YearDaySpaced => write!(out, "{:3}", time.year_day),
        Element::Hour => write!(out, "{:02}", time.hour),
        Element::Hour12 => write!(out, "{hour12}"),
        Element::Hour12Padded => write!(out, "{hour12:02}"),
        Element::Minute => write!(out, "{}", time.minute),
        Element::MinutePadded => write!(out, "{:02}", time.minute),
        Element::Second => write!(out, "{}", time.second),
        Element::SecondPadded => write!(out, "{:02}", time.second),
        Element::Half { upper } => {
            let half = match (upper, time.hour >= 12) {
                (true, true) => "PM",
                (true, false) => "AM",
                (false, true) => "pm",
                (false, false) => "am",
            };
            write!(out, "{half}")
        }
        Element::Fraction { digits, trimmed } => {
            write_fraction(out, text, digits, trimmed, time.nanos);
            Ok(())
        }
        Element::Offset(offset) => {
            write_offset(out, offset, time.offset);
            Ok(())
        }
        Element::Zone if time.zone.is_empty() => {
            let plain = Offset {
                z: false,
                colon: false,
                minutes: true,
                seconds: false,
            };
            write_offset(out, plain, time.offset);
            Ok(())
        }
        Element::Zone => write!(out, "{}", time.zone),
    };
}

fn write_fraction(out: &mut String, text: &str, digits: usize, trimmed: bool, nanos: u32) {
    let all = format!("{nanos:09}");
    let mut shown = all.get(..digits.min(9)).unwrap_or(&all);
    if trimmed {
        shown = shown.trim_end_matches('0');
        if shown.is_empty() {
            return;
        }
    }
    out.extend(text.chars().next());
    out.push_str(shown);
    if !trimmed {
        out.extend(std::iter::repeat_n('0', digits.saturating_sub(9)));
    }
}

fn write_offset(out: &mut String, form: Offset, offset: i32) {
    if form.z && offset == 0 {
        out.push('Z');
        return;
    }
    let size = offset.unsigned_abs();
    out.push(if offset < 0 { '-' } else { '+' });
    let colon = if form.colon { ":" } else { "" };
    let _ = write!(out, "{:02}", size / 3600);
    if form.minutes {
        let _ = write!(out, "{colon}{:02}", size / 60 % 60);
    }
    if form.seconds {
        let _ = write!(out, "{colon}{:02}", size % 60);
    }
}
