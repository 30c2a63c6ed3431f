//! Go's own functions.

mod compare;
mod escape;
mod index;

use std::cmp::Ordering;

use crate::convert;
use crate::format;
use crate::function::{Args, CallError, Context, Functions};
use crate::text::{Origin, Text};
use crate::types::{Kind, Type};
use crate::value::Value;

/// Functions that the compiler or the machine treat in a way of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Special {
    And,
    Or,
    Call,
    /// Tells no value from nil, as functions on `reflect.Value` can.
    Raw,
}

const ANY: &[Type] = &[Type::Any];
const TWO: &[Type] = &[Type::Any, Type::Any];

/// Adds Go's functions to a table.
pub(crate) fn add_to(functions: &mut Functions) {
    // `and`, `or` and `call` are instructions of their own; the bodies here serve `call`ers of the table.
    functions
        .variadic("and", TWO, |_, a| Ok(short(a, false)))
        .special(Special::And);
    functions
        .variadic("or", TWO, |_, a| Ok(short(a, true)))
        .special(Special::Or);
    functions
        .variadic("call", TWO, |context, a| {
            let mut args: Vec<Value<'_>> = (0..a.len()).map(|i| a.take(i)).collect();
            call(context, "value", &mut args)
        })
        .special(Special::Call);
    functions
        .add("not", ANY, |_, a| Ok((!a.value(0).truth()).into()))
        .special(Special::Raw);
    functions
        .add("len", ANY, |_, a| index::len(a.value(0)))
        .special(Special::Raw);
    functions
        .variadic("index", TWO, index::index)
        .special(Special::Raw);
    functions
        .variadic("slice", TWO, index::slice)
        .special(Special::Raw);
    functions.variadic("print", ANY, |context, a| {
        Ok(joined(format::print(context, a.rest(0))?, a.rest(0)))
    });
    functions.variadic("println", ANY, |context, a| {
        Ok(joined(format::println(context, a.rest(0))?, a.rest(0)))
    });
    functions.variadic("printf", &[Type::String, Type::Any], |context, a| {
        let text = format::format(context, a.str(0), a.rest(1))?;
        if a.str(0) == "%q" && a.len() == 2 {
            return Ok(Text::quoted(text).into());
        }
        Ok(joined(text, a.rest(0)))
    });
    functions.variadic("html", ANY, escape::html);
    functions.variadic("js", ANY, escape::js);
    functions.variadic("urlquery", ANY, escape::query);
    functions
        .variadic("eq", TWO, compare::eq)
        .special(Special::Raw);
    functions.add("ne", TWO, compare::ne).special(Special::Raw);
    functions
        .add("lt", TWO, |_, a| compare::ordered(a, Ordering::is_lt))
        .special(Special::Raw);
    functions
        .add("le", TWO, |_, a| compare::ordered(a, Ordering::is_le))
        .special(Special::Raw);
    functions
        .add("gt", TWO, |_, a| compare::ordered(a, Ordering::is_gt))
        .special(Special::Raw);
    functions
        .add("ge", TWO, |_, a| compare::ordered(a, Ordering::is_ge))
        .special(Special::Raw);
}

fn short<'a>(args: &mut Args<'_, 'a>, truth: bool) -> Value<'a> {
    let last = args.len().saturating_sub(1);
    let picked = args
        .rest(0)
        .iter()
        .position(|value| value.truth() == truth)
        .unwrap_or(last);
    args.take(picked)
}

/// A string made of others: a constant if all of them are.
fn joined<'a>(text: String, parts: &[Value<'a>]) -> Value<'a> {
    let literal = parts.iter().all(|part| {
        part.as_text()
            .is_some_and(|text| text.origin() == Origin::Literal)
    });
    let origin = if literal {
        Origin::Literal
    } else {
        Origin::Plain
    };
    Value::String(Text::new(text, origin))
}

/// Runs a function that is a value, with the name that errors call it by.
pub(crate) fn call<'a>(
    context: &Context<'_>,
    callee: &str,
    args: &mut [Value<'a>],
) -> Result<Value<'a>, CallError> {
    let Some((function, args)) = args.split_first_mut() else {
        return Err("call of nil".into());
    };
    let function = match function {
        Value::Missing | Value::Nil => return Err("call of nil".into()),
        Value::Func(function) => function.clone(),
        other => {
            return Err(format!("non-function {callee} of type {}", other.type_name()).into());
        }
    };
    let params = function.params().len();
    let given = args.len();
    if function.is_variadic() {
        let least = params.saturating_sub(1);
        if given < least {
            let message =
                format!("wrong number of args for {callee}: got {given} want at least {least}");
            return Err(message.into());
        }
    } else if given != params {
        return Err(format!("wrong number of args for {callee}: got {given} want {params}").into());
    }
    for (i, arg) in args.iter_mut().enumerate() {
        let param = function.param(i).unwrap_or(Type::Any);
        prepare(arg, param).map_err(|message| format!("arg {i}: {message}"))?;
    }
    function.run(context, args).map_err(|error| {
        if error.budget {
            error
        } else {
            CallError {
                message: format!("error calling {callee}: {error}"),
                ..error
            }
        }
    })
}

/// Makes an argument of `call` or an index what a parameter takes; integers are converted.
fn prepare(arg: &mut Value<'_>, param: Type) -> Result<(), String> {
    if let Value::Missing | Value::Nil = arg {
        return match param {
            Type::Any => {
                *arg = Value::Nil;
                Ok(())
            }
            Type::Slice(_) | Type::Map(_) | Type::Pointer(_) => {
                *arg = Value::NilOf(param);
                Ok(())
            }
            _ => Err(format!("value is nil; should be of type {param}")),
        };
    }
    if convert::fits(arg, param) {
        return Ok(());
    }
    if let Some(converted) = convert::integer(arg, param) {
        *arg = converted;
        return Ok(());
    }
    Err(format!(
        "value has type {}; should be {param}",
        arg.type_name()
    ))
}

/// Whether a value's kind is one of Go's integers.
fn is_integer(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Int
            | Kind::Int8
            | Kind::Int16
            | Kind::Int32
            | Kind::Int64
            | Kind::Uint
            | Kind::Uint8
            | Kind::Uint16
            | Kind::Uint32
            | Kind::Uint64
    )
}
