//! `eq ne lt le gt ge`: comparison of basic kinds, and errors for the rest.

use std::cmp::Ordering;

use crate::format;
use crate::function::{Args, CallError, Context};
use crate::types::Kind;
use crate::value::Value;

/// The kinds that comparison knows; values of one may be compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Basic {
    Bool,
    Int,
    Uint,
    Float,
    Complex,
    String,
}

fn basic_kind(kind: Kind) -> Option<Basic> {
    Some(match kind {
        Kind::Bool => Basic::Bool,
        Kind::Int | Kind::Int8 | Kind::Int16 | Kind::Int32 | Kind::Int64 => Basic::Int,
        Kind::Uint | Kind::Uint8 | Kind::Uint16 | Kind::Uint32 | Kind::Uint64 => Basic::Uint,
        Kind::Float32 | Kind::Float64 => Basic::Float,
        Kind::Complex128 => Basic::Complex,
        Kind::String => Basic::String,
        _ => return None,
    })
}

/// Whether the first argument equals any of the others.
pub(super) fn eq<'a>(
    context: &Context<'_>,
    args: &mut Args<'_, 'a>,
) -> Result<Value<'a>, CallError> {
    let first = args.value(0);
    if args.len() < 2 {
        return Err("missing argument for comparison".into());
    }
    for other in args.rest(1) {
        if equal(context, first, other)? {
            return Ok(true.into());
        }
    }
    Ok(false.into())
}

pub(super) fn ne<'a>(
    context: &Context<'_>,
    args: &mut Args<'_, 'a>,
) -> Result<Value<'a>, CallError> {
    Ok((!equal(context, args.value(0), args.value(1))?).into())
}

fn equal(context: &Context<'_>, a: &Value<'_>, b: &Value<'_>) -> Result<bool, CallError> {
    match (basic_kind(a.kind()), basic_kind(b.kind())) {
        (Some(Basic::Int), Some(Basic::Uint)) | (Some(Basic::Uint), Some(Basic::Int)) => {
            Ok(compare_integers(a, b).is_some_and(Ordering::is_eq))
        }
        (Some(left), Some(right)) if left != right => Err(mismatch(a, b)),
        (Some(kind), Some(_)) => Ok(equal_basics(kind, a, b)),
        (left, right) => {
            let has_nil = untyped_nil(a) || untyped_nil(b);
            if left.is_some() != right.is_some() && !has_nil {
                return Err(mismatch(a, b));
            }
            if a.kind() != b.kind() && !has_nil {
                return Err(not_comparable(context, a, b)?);
            }
            if a.is_nil() || b.is_nil() {
                return Ok(a.is_nil() == b.is_nil());
            }
            if matches!(b.kind(), Kind::Slice | Kind::Map | Kind::Func) {
                return Err(not_comparable(context, a, b)?);
            }
            same(context, a, b, 0)
        }
    }
}

/// Whether two values of one basic kind are equal.
fn equal_basics(kind: Basic, a: &Value<'_>, b: &Value<'_>) -> bool {
    match kind {
        Basic::Int | Basic::Uint => compare_integers(a, b).is_some_and(Ordering::is_eq),
        Basic::Float => a
            .as_f64()
            .partial_cmp(&b.as_f64())
            .is_some_and(Ordering::is_eq),
        Basic::String => a.as_str() == b.as_str(),
        Basic::Bool => a.truth() == b.truth(),
        Basic::Complex => matches!(
            (&*a.basic(), &*b.basic()),
            (Value::Number(left), Value::Number(right)) if left == right
        ),
    }
}

fn mismatch(a: &Value<'_>, b: &Value<'_>) -> CallError {
    format!(
        "incompatible types for comparison: {} and {}",
        a.type_name(),
        b.type_name()
    )
    .into()
}

fn untyped_nil(value: &Value<'_>) -> bool {
    matches!(value, Value::Missing | Value::Nil)
}

/// What is said of two values of which one cannot be compared, or not with the other.
fn not_comparable(
    context: &Context<'_>,
    a: &Value<'_>,
    b: &Value<'_>,
) -> Result<CallError, CallError> {
    let show = |value: &Value<'_>| format::format(context, "%s", std::slice::from_ref(value));
    if a.kind() == b.kind() {
        return Ok(format!("non-comparable type {}: {}", show(b)?, b.type_name()).into());
    }
    let other = format::print(context, std::slice::from_ref(b))?;
    let (first, second) = (a.type_name(), b.type_name());
    Ok(format!(
        "non-comparable types {}: {first}, {second}: {other}",
        show(a)?
    )
    .into())
}

/// Go's == on structs and pointers.
fn same(
    context: &Context<'_>,
    a: &Value<'_>,
    b: &Value<'_>,
    depth: usize,
) -> Result<bool, CallError> {
    context.check_depth(depth)?;
    context.spend(1)?;
    if a.type_name() != b.type_name() {
        return Ok(false);
    }
    match (a, b) {
        (Value::Object(x), Value::Object(y)) if x.kind() == Kind::Ptr => {
            Ok(x.is_nil() && y.is_nil() || x.same(y))
        }
        (Value::Object(x), Value::Object(y)) if x.kind() == Kind::Struct => {
            let (x, y) = (x.entries(), y.entries());
            if x.len() != y.len() {
                return Ok(false);
            }
            for ((_, p), (_, q)) in x.iter().zip(&y) {
                if !same(context, p, q, depth + 1)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        _ => {
            if basic_kind(a.kind()).is_some() {
                return equal(context, a, b);
            }
            Ok(a.is_nil() && b.is_nil())
        }
    }
}

/// `lt le gt ge`.
pub(super) fn ordered<'a>(
    args: &Args<'_, 'a>,
    holds: fn(Ordering) -> bool,
) -> Result<Value<'a>, CallError> {
    let (a, b) = (args.value(0), args.value(1));
    let (Some(left), Some(right)) = (basic_kind(a.kind()), basic_kind(b.kind())) else {
        return Err("invalid type for comparison".into());
    };
    let is_integer = |kind| matches!(kind, Basic::Int | Basic::Uint);
    if left != right && !(is_integer(left) && is_integer(right)) {
        return Err(mismatch(a, b));
    }
    let order = match left {
        Basic::Bool | Basic::Complex => return Err("invalid type for comparison".into()),
        Basic::Int | Basic::Uint => compare_integers(a, b),
        Basic::Float => a.as_f64().partial_cmp(&b.as_f64()),
        Basic::String => Some(a.as_str().cmp(&b.as_str())),
    };
    Ok(order.is_some_and(holds).into())
}

/// Compares integers of any kinds by their values.
fn compare_integers(a: &Value<'_>, b: &Value<'_>) -> Option<Ordering> {
    let wide = |value: &Value<'_>| {
        value
            .as_u64()
            .map(i128::from)
            .or_else(|| value.as_i64().map(i128::from))
    };
    Some(wide(a)?.cmp(&wide(b)?))
}
