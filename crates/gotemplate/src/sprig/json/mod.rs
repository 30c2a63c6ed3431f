//! sprig's JSON: written and read as Go's `encoding/json` does.
//!
//! `toJson` writes `<`, `>` and `&` as escapes, `toRawJson` as they are, `toPrettyJson` indents. `fromJson` gives nil
//! for what is no JSON. The forms with `must` fail instead of giving nothing.

mod decode;
mod encode;

use crate::function::{Args, CallError, Context, Functions};
use crate::types::Type;
use crate::value::Value;
use encode::Style;

const ANY: Type = Type::Any;

pub(super) fn add_to(f: &mut Functions) {
    f.add("toJson", &[ANY], |c, a| {
        or_nothing(encoded(c, a, Style::Escaped))
    })
    .structured();
    f.add("mustToJson", &[ANY], |c, a| encoded(c, a, Style::Escaped))
        .structured();
    f.add("toPrettyJson", &[ANY], |c, a| {
        or_nothing(encoded(c, a, Style::Pretty))
    })
    .structured();
    f.add("mustToPrettyJson", &[ANY], |c, a| {
        encoded(c, a, Style::Pretty)
    })
    .structured();
    f.add("toRawJson", &[ANY], |c, a| encoded(c, a, Style::Raw))
        .structured();
    f.add("mustToRawJson", &[ANY], |c, a| encoded(c, a, Style::Raw))
        .structured();

    f.add(
        "fromJson",
        &[Type::String],
        |context, a| match decode::decode(context, a.str(0)) {
            Err(error) if !error.budget => Ok(Value::Nil),
            result => result,
        },
    );
    f.add("mustFromJson", &[Type::String], |context, a| {
        decode::decode(context, a.str(0))
    });
}

fn encoded<'a>(
    context: &Context<'_>,
    a: &Args<'_, 'a>,
    style: Style,
) -> Result<Value<'a>, CallError> {
    Ok(encode::encode(context, a.value(0), style)?.into())
}

/// The empty string where encoding failed.
fn or_nothing(result: Result<Value<'_>, CallError>) -> Result<Value<'_>, CallError> {
    match result {
        Err(error) if !error.budget => Ok("".into()),
        result => result,
    }
}
