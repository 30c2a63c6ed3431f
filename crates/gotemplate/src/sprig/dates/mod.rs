//! sprig's dates, in Go's layouts (`2006-01-02 15:04:05`).
//!
//! | function | gives |
//! |---|---|
//! | `date` `dateInZone` `htmlDate` `htmlDateInZone` | a time as text; numbers are seconds since 1970 |
//! | `toDate` `mustToDate` | a time from text |
//! | `dateModify` `mustDateModify` | a time moved by a duration such as `-1.5h` |
//! | `unixEpoch` | a time's seconds since 1970 |
//! | `duration` `durationRound` | seconds as `1m35s`, a duration as `2h` |
//! | `now` `ago` | the time, and how long ago another one was; they need the clock |
//!
//! The local time zone is UTC. Without a clock, what is no time counts as the start of 1970.

mod duration;
mod layout;
mod parse;
mod time;

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use super::{Capabilities, Clock};
use crate::function::{CallError, Functions};
use crate::types::Type;
use crate::value::{Number, Value};
use duration::Duration;
use time::{Time, Zone};

const S: Type = Type::String;
const ANY: Type = Type::Any;
const TIME: Type = Type::Named("time.Time");

pub(super) fn add_to(f: &mut Functions, capabilities: &Capabilities) {
    let now = Now(capabilities.clock.clone());
    if capabilities.clock.is_some() {
        let now = now.clone();
        f.add("now", &[], move |_, _| Ok(now.time().into_value()));
    }
    if capabilities.clock.is_some() {
        let now = now.clone();
        f.add("ago", &[ANY], move |_, a| {
            let present = now.time();
            let past = match a.value(0) {
                Value::Number(Number::Int32(_)) => present.clone(),
                value => now.or_time(value),
            };
            Ok(present.since(&past).rounded_to_seconds().to_string().into())
        });
    }

    let clock = now.clone();
    f.add("date", &[S, ANY], move |_, a| {
        Ok(clock.or_time(a.value(1)).format(a.str(0)).into())
    });
    let clock = now.clone();
    f.add("dateInZone", &[S, ANY, S], move |_, a| {
        Ok(clock
            .or_time(a.value(1))
            .within(Zone::named(a.str(2)))
            .format(a.str(0))
            .into())
    });
    let clock = now.clone();
    f.add("htmlDate", &[ANY], move |_, a| {
        Ok(clock.or_time(a.value(0)).format("2006-01-02").into())
    });
    let clock = now.clone();
    f.add("htmlDateInZone", &[ANY, S], move |_, a| {
        Ok(clock
            .or_time(a.value(0))
            .within(Zone::named(a.str(1)))
            .format("2006-01-02")
            .into())
    });
    f.add("toDate", &[S, S], |_, a| {
        Ok(parse::parse(a.str(0), a.str(1))
            .unwrap_or_else(|_| Time::zero())
            .into_value())
    });
    f.add("mustToDate", &[S, S], |_, a| {
        Ok(parse::parse(a.str(0), a.str(1))?.into_value())
    });
    f.add("dateModify", &[S, TIME], |_, a| {
        let time = time_argument(a.value(1))?;
        Ok(match Duration::parse(a.str(0)) {
            Ok(duration) => time.plus(duration).into_value(),
            Err(_) => time.into_value(),
        })
    });
    f.add("mustDateModify", &[S, TIME], |_, a| {
        let time = time_argument(a.value(1))?;
        Ok(time.plus(Duration::parse(a.str(0))?).into_value())
    });
    f.add("unixEpoch", &[TIME], |_, a| {
        Ok(time_argument(a.value(0))?.seconds().to_string().into())
    });
    f.add("duration", &[ANY], |_, a| {
        let seconds = match a.value(0) {
            Value::String(text) => super::convert::parse_int(text, 10).unwrap_or(0),
            Value::Number(Number::Int64(n)) => *n,
            _ => 0,
        };
        Ok(Duration(seconds.wrapping_mul(1_000_000_000))
            .to_string()
            .into())
    });
    f.add("durationRound", &[ANY], move |_, a| {
        let duration = match a.value(0) {
            Value::String(text) => Duration::parse(text).unwrap_or_default(),
            Value::Number(Number::Int64(n)) => Duration(*n),
            value => match Time::from_value(value) {
                Some(past) => now.time().since(&past),
                None => Duration::default(),
            },
        };
        Ok(duration.in_largest_unit().into())
    });
    for (second, first) in [
        ("date_in_zone", "dateInZone"),
        ("date_modify", "dateModify"),
        ("must_date_modify", "mustDateModify"),
    ] {
        f.alias(second, first);
    }
}

fn time_argument(value: &Value<'_>) -> Result<Time, CallError> {
    Time::from_value(value).ok_or_else(|| "this time.Time cannot be read".into())
}

/// The clock, if there is one.
#[derive(Clone)]
struct Now(Option<Arc<Clock>>);

impl Now {
    fn time(&self) -> Time {
        let since = self
            .0
            .as_ref()
            .and_then(|now| now().duration_since(UNIX_EPOCH).ok());
        let since = since.unwrap_or_default();
        let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
        Time::new(seconds, since.subsec_nanos(), Zone::Utc)
    }

    /// The time that the value is or counts seconds to, else the present, in the local zone.
    fn or_time(&self, value: &Value<'_>) -> Time {
        match value {
            Value::Int(n) | Value::Number(Number::Int64(n)) => Time::new(*n, 0, Zone::Utc),
            Value::Number(Number::Int32(n)) => Time::new((*n).into(), 0, Zone::Utc),
            _ => Time::from_value(value).map_or_else(|| self.time(), |time| time.within(Zone::Utc)),
        }
    }
}
