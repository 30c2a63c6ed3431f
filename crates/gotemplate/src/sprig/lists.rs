//! sprig's functions on lists.
//!
//! | function | gives |
//! |---|---|
//! | `list` `tuple` | the arguments as a list |
//! | `first` `last` `rest` `initial` `slice` `chunk` | parts of a list |
//! | `append` `push` `prepend` `concat` | a longer list; the first stays as it is |
//! | `reverse` `uniq` `without` `compact` | a list in another order, or with fewer elements |
//! | `has` | whether a list has an element |
//! | `until` `untilStep` `seq` | numbers in a row |
//!
//! The forms with `must` do the same: both end the template where the argument is not a list.

use std::borrow::Cow;

use super::convert::{is_empty, is_untyped_nil, items, to_int64};
use super::reflection::deep_equal;
use crate::collection::List;
use crate::function::{Args, CallError, Context, Functions};
use crate::types::Type;
use crate::value::Value;

const ANY: Type = Type::Any;

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn add_to(f: &mut Functions) {
    f.variadic("list", &[ANY], |_, a| {
        Ok(Value::list(a.rest(0).iter().cloned()))
    });
    f.alias("tuple", "list");

    f.add("first", &[ANY], |_, a| {
        let items = items(a.value(0), "Cannot find first on type")?;
        Ok(items.first().cloned().unwrap_or(Value::Nil))
    });
    f.add("last", &[ANY], |_, a| {
        let items = items(a.value(0), "Cannot find last on type")?;
        Ok(items.last().cloned().unwrap_or(Value::Nil))
    });
    f.add("rest", &[ANY], |context, a| {
        let items = copied(context, a.value(0), "Cannot find rest on type")?;
        Ok(items
            .get(1..)
            .map_or_else(nil_list, |rest| Value::list(rest.iter().cloned())))
    });
    f.add("initial", &[ANY], |context, a| {
        let items = copied(context, a.value(0), "Cannot find initial on type")?;
        Ok(items
            .split_last()
            .map_or_else(nil_list, |(_, rest)| Value::list(rest.iter().cloned())))
    });
    f.variadic("slice", &[ANY, ANY], slice);
    f.add("chunk", &[Type::Int, ANY], chunk);

    f.add("append", &[ANY, ANY], |context, a| {
        let (mut list, mut last) = (a.take(0), a.take(1));
        if let Value::List(held) = &mut list
            && held.elem() == ANY
        {
            match held.push(last) {
                Ok(()) => return Ok(list),
                Err(value) => last = value,
            }
        }
        let items = copied(context, &list, "Cannot push on type")?;
        Ok(Value::list(items.iter().cloned().chain([last])))
    });
    f.alias("push", "append");
    f.add("prepend", &[ANY, ANY], |context, a| {
        let first = a.take(1);
        let items = copied(context, a.value(0), "Cannot prepend on type")?;
        Ok(Value::list(
            [first].into_iter().chain(items.iter().cloned()),
        ))
    });
    f.variadic("concat", &[ANY], concat);

    f.add("reverse", &[ANY], |context, a| {
        let items = copied(context, a.value(0), "Cannot find reverse on type")?;
        Ok(Value::list(items.iter().rev().cloned()))
    });
    f.add("uniq", &[ANY], |context, a| {
        let mut kept: Vec<Value<'_>> = Vec::new();
        for item in items(a.value(0), "Cannot find uniq on type")?.iter() {
            if !contains(context, &kept, item)? {
                kept.push(item.clone());
            }
        }
        Ok(Value::list(kept))
    });
    f.variadic("without", &[ANY, ANY], |context, a| {
        let mut kept = Vec::new();
        for item in items(a.value(0), "Cannot find without on type")?.iter() {
            if !contains(context, a.rest(1), item)? {
                kept.push(item.clone());
            }
        }
        Ok(Value::list(kept))
    });
    f.add("compact", &[ANY], |context, a| {
        let items = copied(context, a.value(0), "Cannot compact on type")?;
        Ok(Value::list(
            items.iter().filter(|item| !is_empty(item)).cloned(),
        ))
    });
    f.add("has", &[ANY, ANY], |context, a| {
        if is_untyped_nil(a.value(1)) {
            return Ok(false.into());
        }
        let items = items(a.value(1), "Cannot find has on type")?;
        Ok(contains(context, &items, a.value(0))?.into())
    });

    for (must, plain) in [
        ("mustAppend", "append"),
        ("mustChunk", "chunk"),
        ("mustCompact", "compact"),
        ("mustFirst", "first"),
        ("mustHas", "has"),
        ("mustInitial", "initial"),
        ("mustLast", "last"),
        ("mustPrepend", "prepend"),
        ("mustPush", "append"),
        ("mustRest", "rest"),
        ("mustReverse", "reverse"),
        ("mustSlice", "slice"),
        ("mustUniq", "uniq"),
        ("mustWithout", "without"),
    ] {
        f.alias(must, plain);
    }

    f.add("until", &[Type::Int], |context, a| {
        let end = a.int(0);
        ints(context, 0, end, if end < 0 { -1 } else { 1 })
    });
    f.add(
        "untilStep",
        &[Type::Int, Type::Int, Type::Int],
        |context, a| ints(context, a.int(0), a.int(1), a.int(2)),
    );
    f.variadic("seq", &[Type::Int], seq);
}

/// The elements of a list that is about to be copied, which is charged so that a loop that makes a list longer one by one
/// ends.
fn copied<'v, 'a>(
    context: &Context<'_>,
    value: &'v Value<'a>,
    refusal: &str,
) -> Result<Cow<'v, [Value<'a>]>, CallError> {
    let items = items(value, refusal)?;
    context.spend(items.len() as u64 / 64)?;
    Ok(items)
}

/// A nil `[]interface {}`, which some functions give for an empty list.
fn nil_list<'a>() -> Value<'a> {
    Value::NilOf(Type::LIST)
}

fn contains(
    context: &Context<'_>,
    items: &[Value<'_>],
    wanted: &Value<'_>,
) -> Result<bool, CallError> {
    for item in items {
        if deep_equal(context, wanted, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn slice<'a>(context: &Context<'_>, a: &mut Args<'_, 'a>) -> Result<Value<'a>, CallError> {
    let list = a.value(0);
    let items = copied(context, list, "list should be type of slice or array but")?;
    if items.is_empty() {
        return Ok(Value::Nil);
    }
    let start = a.rest(1).first().map_or(0, to_int64);
    let end = a.rest(1).get(1).map(to_int64);
    let positions = usize::try_from(start).ok().zip(match end {
        Some(end) => usize::try_from(end).ok(),
        None => Some(items.len()),
    });
    let elem = list.elem().unwrap_or(Type::Any);
    positions
        .and_then(|(start, end)| items.get(start..end))
        .map(|part| List::new(elem, part.iter().cloned()).into())
        .ok_or_else(|| "reflect.Value.Slice: slice index out of bounds".into())
}

const BAD_LENGTH: &str = "runtime error: makeslice: len out of range";

fn chunk<'a>(context: &Context<'_>, a: &mut Args<'_, 'a>) -> Result<Value<'a>, CallError> {
    let items = items(a.value(1), "Cannot chunk type")?;
    let size = match (usize::try_from(a.int(0)), items.len()) {
        (Err(_), 1) if a.int(0) == -1 => return Err(BAD_LENGTH.into()),
        (Ok(0), _) | (Err(_), 0) => return Err(BAD_LENGTH.into()),
        (Ok(size), _) => size,
        // What Go's arithmetic makes of a negative size.
        (Err(_), 1) => 1,
        (Err(_), len) if len as u64 <= a.int(0).unsigned_abs() + 1 => {
            return Ok(List::new(Type::LIST, []).into());
        }
        (Err(_), _) => return Err(BAD_LENGTH.into()),
    };
    context.spend(items.len() as u64)?;
    let chunks = items
        .chunks(size)
        .map(|chunk| Value::list(chunk.iter().cloned()));
    Ok(List::new(Type::LIST, chunks).into())
}

fn concat<'a>(context: &Context<'_>, a: &mut Args<'_, 'a>) -> Result<Value<'a>, CallError> {
    let mut all = Vec::new();
    for list in a.rest(0) {
        if is_untyped_nil(list) {
            return Err(super::convert::NIL_DEREFERENCE.into());
        }
        let Some(items) = list.items() else {
            return Err(format!("Cannot concat type {} as list", list.kind()).into());
        };
        context.spend(items.len() as u64)?;
        all.extend(items.iter().cloned());
    }
    Ok(if all.is_empty() {
        nil_list()
    } else {
        Value::list(all)
    })
}

/// The numbers from `start` to before `end`; none if the step leads away from the end. It wraps around as Go's does.
fn range(context: &Context<'_>, start: i64, end: i64, step: i64) -> Result<Vec<i64>, CallError> {
    let mut numbers = Vec::new();
    let mut n = start;
    while (step > 0 && n < end) || (step < 0 && n > end) {
        context.spend(1)?;
        numbers.push(n);
        n = n.wrapping_add(step);
    }
    Ok(numbers)
}

fn ints<'a>(
    context: &Context<'_>,
    start: i64,
    end: i64,
    step: i64,
) -> Result<Value<'a>, CallError> {
    let numbers = range(context, start, end, step)?;
    Ok(List::new(Type::Int, numbers.into_iter().map(Value::Int)).into())
}

/// `seq END`, `seq START END`, `seq START STEP END`, as a shell's: the numbers with spaces between, the end included.
fn seq<'a>(context: &Context<'_>, a: &mut Args<'_, 'a>) -> Result<Value<'a>, CallError> {
    let (start, step, end) = match a.len() {
        1 => (1, None, a.int(0)),
        2 => (a.int(0), None, a.int(1)),
        3 => (a.int(0), Some(a.int(1)), a.int(2)),
        _ => return Ok("".into()),
    };
    let direction = if end < start { -1 } else { 1 };
    if direction < 0 && step.is_some_and(|step| step > 0) {
        return Ok("".into());
    }
    let numbers = range(
        context,
        start,
        end.wrapping_add(direction),
        step.unwrap_or(direction),
    )?;
    let texts: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    Ok(texts.join(" ").into())
}
