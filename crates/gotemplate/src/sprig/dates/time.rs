//! Go's `time.Time`: an instant and the zone it is shown in.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::duration::Duration;
use super::layout;
use crate::function::{CallError, Context};
use crate::limits::Limits;
use crate::object::Object;
use crate::types::Kind;
use crate::value::{Number, Value};

#[derive(Clone, Debug)]
pub(super) struct Time {
    /// Since 1970.
    seconds: i64,
    nanos: u32,
    zone: Zone,
}

/// Where a time is shown.
#[derive(Clone, Debug)]
pub(super) enum Zone {
    /// An offset in seconds with the name that was given for it, maybe none.
    Fixed(i32, String),
    /// A zone of the time-zone database.
    Named(TimeZone),
    Utc,
}

impl Zone {
    /// The zone of that name, UTC if there is none; so are `Local` and the empty name.
    pub(super) fn named(name: &str) -> Self {
        match name {
            "" | "UTC" | "Local" => Self::Utc,
            _ => TimeZone::get(name).map_or(Self::Utc, Self::Named),
        }
    }

    /// The offset from UTC in seconds, and the abbreviation.
    fn at(&self, seconds: i64) -> (i32, String) {
        match self {
            Self::Utc => (0, "UTC".to_owned()),
            Self::Fixed(offset, name) => (*offset, name.clone()),
            Self::Named(zone) => {
                let Ok(timestamp) = Timestamp::from_second(seconds) else {
                    return (0, "UTC".to_owned());
                };
                let info = zone.to_offset_info(timestamp);
                (info.offset().seconds(), info.abbreviation().to_owned())
            }
        }
    }
}

/// A time taken apart in its zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Civil {
    pub(super) year: i64,
    /// 1 to 12.
    pub(super) month: u8,
    pub(super) day: u8,
    /// From 1.
    pub(super) year_day: u16,
    /// 0 is Sunday.
    pub(super) weekday: u8,
    pub(super) hour: u8,
    pub(super) minute: u8,
    pub(super) second: u8,
    pub(super) nanos: u32,
    /// In seconds.
    pub(super) offset: i32,
    pub(super) zone: String,
}

const DAY: i64 = 86_400;
/// The year 1, which Go's zero time is the start of.
const ZERO: i64 = -62_135_596_800;

/// The day, counted from 1970, on which Go's calendar starts: seconds before it wrap around to its end.
const CALENDAR_START: i64 = -106_751_991_073_400;

pub(super) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(super) fn days_in(month: u8, year: i64) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to the date in the Gregorian calendar, before its time too; days may overflow the month.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = (
        year + (month - 1).div_euclid(12),
        (month - 1).rem_euclid(12) + 1,
    );
    // Years begin in March, so that the leap day is the last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468 + day - 1
}

fn civil_from_days(days: i64) -> (i64, u8, u8) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, small(month), small(day))
}

/// A number that is known to fit.
fn small(n: i64) -> u8 {
    u8::try_from(n).unwrap_or(0)
}

impl Time {
    pub(super) fn new(seconds: i64, nanos: u32, zone: Zone) -> Self {
        Self {
            seconds,
            nanos,
            zone,
        }
    }

    /// Go's zero time.
    pub(super) fn zero() -> Self {
        Self::new(ZERO, 0, Zone::Utc)
    }

    /// The instant at which clocks that are `offset` seconds ahead of UTC show this.
    pub(super) fn from_civil(
        [year, month, day]: [i64; 3],
        [hour, minute, second]: [i64; 3],
        nanos: u32,
        offset: i32,
        zone: Zone,
    ) -> Self {
        let of_day = hour * 3600 + minute * 60 + second - i64::from(offset);
        let days = days_from_civil(year, month, day);
        Self::new(days.wrapping_mul(DAY).wrapping_add(of_day), nanos, zone)
    }

    pub(super) fn seconds(&self) -> i64 {
        self.seconds
    }

    /// The same instant in another zone.
    pub(super) fn within(mut self, zone: Zone) -> Self {
        self.zone = zone;
        self
    }

    pub(super) fn civil(&self) -> Civil {
        let (offset, zone) = self.zone.at(self.seconds);
        let local = self.seconds.wrapping_add(offset.into());
        let since_start = local.wrapping_sub(CALENDAR_START * DAY).cast_unsigned();
        let day = DAY.cast_unsigned();
        let days = (since_start / day).cast_signed() + CALENDAR_START;
        let of_day = (since_start % day).cast_signed();
        let (year, month, day) = civil_from_days(days);
        let year_day = days - days_from_civil(year, 1, 1) + 1;
        Civil {
            year,
            month,
            day,
            year_day: u16::try_from(year_day).unwrap_or(0),
            weekday: small((days + 4).rem_euclid(7)),
            hour: small(of_day / 3600),
            minute: small(of_day / 60 % 60),
            second: small(of_day % 60),
            nanos: self.nanos,
            offset,
            zone,
        }
    }

    pub(super) fn format(&self, layout: &str) -> String {
        layout::format(layout, &self.civil())
    }

    pub(super) fn plus(&self, duration: Duration) -> Self {
        let nanos = i64::from(self.nanos) + duration.0 % 1_000_000_000;
        let whole = duration.0 / 1_000_000_000 + nanos.div_euclid(1_000_000_000);
        let seconds = self.seconds.wrapping_add(whole);
        let nanos = u32::try_from(nanos.rem_euclid(1_000_000_000)).unwrap_or(0);
        Self::new(seconds, nanos, self.zone.clone())
    }

    /// How long after the other; as much as a duration holds.
    pub(super) fn since(&self, other: &Self) -> Duration {
        let nanos = self.total_nanos() - other.total_nanos();
        Duration(i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX }))
    }

    fn total_nanos(&self) -> i128 {
        i128::from(self.seconds) * 1_000_000_000 + i128::from(self.nanos)
    }

    pub(super) fn into_value<'a>(self) -> Value<'a> {
        Value::object(self)
    }

    /// Reads a time of ours, or one of the host that has Go's method `UnixNano`.
    pub(super) fn from_value(value: &Value<'_>) -> Option<Self> {
        let Value::Object(object) = value else {
            return None;
        };
        if !matches!(&*object.type_name(), "time.Time" | "*time.Time") || object.is_nil() {
            return None;
        }
        let field = |name: &str| object.field(name);
        let seconds = field("seconds").and_then(|v| v.as_i64());
        let (Some(seconds), Some(nanos)) = (seconds, field("nanos").and_then(|v| v.as_u64()))
        else {
            let limits = Limits::default();
            let context = Context::new(&limits);
            let nanos = object.method("UnixNano", &[], &context)?.ok()?.as_i64()?;
            return Some(Self::new(0, 0, Zone::Utc).plus(Duration(nanos)));
        };
        let name = field("zone").and_then(|v| v.as_str().map(Cow::into_owned));
        let offset = field("offset").and_then(|v| v.as_i64());
        let zone = match (offset, name) {
            (Some(offset), Some(name)) => Zone::Fixed(i32::try_from(offset).unwrap_or(0), name),
            (None, Some(name)) => Zone::named(&name),
            _ => Zone::Utc,
        };
        Some(Self::new(seconds, u32::try_from(nanos).unwrap_or(0), zone))
    }

    fn with_date_moved(&self, years: i64, months: i64, days: i64) -> Self {
        let civil = self.civil();
        let bounded = |n: i64| n.clamp(-1_000_000_000, 1_000_000_000);
        let date = [
            civil.year + bounded(years),
            i64::from(civil.month) + bounded(months),
            i64::from(civil.day) + bounded(days),
        ];
        let time = [civil.hour, civil.minute, civil.second].map(i64::from);
        Self::from_civil(date, time, self.nanos, civil.offset, self.zone.clone())
    }
}

/// How Go prints a time.
const DEFAULT_LAYOUT: &str = "2006-01-02 15:04:05.999999999 -0700 MST";

impl<'a> Object<'a> for Time {
    fn kind(&self) -> Kind {
        Kind::Struct
    }

    fn type_name(&self) -> Cow<'a, str> {
        "time.Time".into()
    }

    fn display(&self) -> Option<String> {
        Some(self.format(DEFAULT_LAYOUT))
    }

    /// What makes up the time; templates cannot name these fields, as they begin with a small letter.
    fn field(&self, name: &str) -> Option<Value<'a>> {
        match (name, &self.zone) {
            ("seconds", _) => Some(Value::int64(self.seconds)),
            ("nanos", _) => Some(Value::Number(Number::Uint32(self.nanos))),
            ("offset", Zone::Fixed(offset, _)) => Some(Value::int32(*offset)),
            ("zone", Zone::Fixed(_, name)) => Some(name.clone().into()),
            ("zone", Zone::Named(zone)) => Some(zone.iana_name()?.to_owned().into()),
            _ => None,
        }
    }

    fn entries(&self) -> Vec<(Cow<'a, str>, Value<'a>)> {
        ["seconds", "nanos", "offset", "zone"]
            .into_iter()
            .filter_map(|name| Some((name.into(), self.field(name)?)))
            .collect()
    }

    fn method(
        &self,
        name: &str,
        args: &[Value<'a>],
        _: &Context<'_>,
    ) -> Option<Result<Value<'a>, CallError>> {
        let civil = self.civil();
        let int = |n: i64| Ok(Value::Int(n));
        let number = |at: usize| args.get(at).and_then(Value::as_i64).unwrap_or(0);
        let other = || {
            let other = args.first().and_then(Self::from_value);
            other.ok_or_else(|| CallError::from(format!("{name} needs a time.Time")))
        };
        Some(match name {
            "Year" => int(civil.year),
            "Month" => Ok(Value::object(Name::Month(civil.month))),
            "Day" => int(civil.day.into()),
            "Weekday" => Ok(Value::object(Name::Weekday(civil.weekday))),
            "YearDay" => int(civil.year_day.into()),
            "Hour" => int(civil.hour.into()),
            "Minute" => int(civil.minute.into()),
            "Second" => int(civil.second.into()),
            "Nanosecond" => int(self.nanos.into()),
            "Unix" => Ok(Value::int64(self.seconds)),
            "UnixMilli" => Ok(Value::int64(low_bits(
                self.total_nanos().div_euclid(1_000_000),
            ))),
            "UnixMicro" => Ok(Value::int64(low_bits(self.total_nanos().div_euclid(1_000)))),
            "UnixNano" => Ok(Value::int64(low_bits(self.total_nanos()))),
            "String" => Ok(self.format(DEFAULT_LAYOUT).into()),
            "Format" => {
                let layout = args.first().and_then(Value::as_str);
                Ok(self.format(&layout.unwrap_or_default()).into())
            }
            "UTC" | "Local" => Ok(self.clone().within(Zone::Utc).into_value()),
            "IsZero" => Ok((self.seconds == ZERO && self.nanos == 0).into()),
            "Add" => Ok(self.plus(Duration(number(0))).into_value()),
            "AddDate" => Ok(self
                .with_date_moved(number(0), number(1), number(2))
                .into_value()),
            "Sub" => other().map(|other| self.since(&other).into_value()),
            "Equal" => other().map(|o| (self.total_nanos() == o.total_nanos()).into()),
            "Before" => other().map(|o| (self.total_nanos() < o.total_nanos()).into()),
            "After" => other().map(|o| (self.total_nanos() > o.total_nanos()).into()),
            "Compare" => {
                other().map(|o| Value::Int(self.total_nanos().cmp(&o.total_nanos()) as i64))
            }
            _ => return None,
        })
    }

    fn write_json(&self, out: &mut String) -> bool {
        out.push('"');
        out.push_str(&self.format("2006-01-02T15:04:05.999999999Z07:00"));
        out.push('"');
        true
    }
}

/// The low 64 bits, as Go's arithmetic leaves them.
fn low_bits(n: i128) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "wraps around as Go does")]
    let n = n as i64;
    n
}

/// Go's `time.Month` and `time.Weekday`: numbers that print as words.
enum Name {
    Month(u8),
    Weekday(u8),
}

impl<'a> Object<'a> for Name {
    fn kind(&self) -> Kind {
        Kind::Int
    }

    fn type_name(&self) -> Cow<'a, str> {
        match self {
            Self::Month(_) => "time.Month".into(),
            Self::Weekday(_) => "time.Weekday".into(),
        }
    }

    fn scalar(&self) -> Value<'a> {
        let (Self::Month(number) | Self::Weekday(number)) = self;
        Value::Int(i64::from(*number))
    }

    fn display(&self) -> Option<String> {
        let name = match self {
            Self::Month(number) => layout::MONTHS.get(usize::from(*number).wrapping_sub(1)),
            Self::Weekday(number) => layout::WEEKDAYS.get(usize::from(*number)),
        };
        name.map(|name| (*name).to_owned())
    }

    fn method(
        &self,
        name: &str,
        _: &[Value<'a>],
        _: &Context<'_>,
    ) -> Option<Result<Value<'a>, CallError>> {
        (name == "String").then(|| Ok(self.display().unwrap_or_default().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_agree() {
        for days in (-800_000..800_000).step_by(97) {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month.into(), day.into()), days);
        }
        assert_eq!(civil_from_days(0), (1970, 1, 1));
        assert_eq!(civil_from_days(19_782), (2024, 2, 29));
    }
}
