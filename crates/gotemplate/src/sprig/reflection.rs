//! sprig's functions that ask for a value's type.

use std::borrow::Cow;

use crate::function::{CallError, Context, Functions};
use crate::types::{Kind, Type};
use crate::value::Value;

const ANY: Type = Type::Any;
const S: Type = Type::String;

pub(super) fn add_to(f: &mut Functions) {
    f.add("typeOf", &[ANY], |_, a| {
        Ok(a.value(0).type_name().into_owned().into())
    });
    f.add("typeIs", &[S, ANY], |_, a| {
        Ok((a.value(1).type_name() == a.str(0)).into())
    });
    // As typeIs, but a pointer to the type will do.
    f.add("typeIsLike", &[S, ANY], |_, a| {
        let name = a.value(1).type_name();
        Ok((name == a.str(0) || name.strip_prefix('*') == Some(a.str(0))).into())
    });
    f.add("kindOf", &[ANY], |_, a| {
        Ok(a.value(0).kind().to_string().into())
    });
    f.add("kindIs", &[S, ANY], |_, a| {
        Ok((a.value(1).kind().to_string() == a.str(0)).into())
    });
    f.add("deepEqual", &[ANY, ANY], |context, a| {
        Ok(deep_equal(context, a.value(0), a.value(1))?.into())
    });
}

/// Go's `reflect.DeepEqual`: equal types, and equal all the way down.
pub(super) fn deep_equal(
    context: &Context<'_>,
    a: &Value<'_>,
    b: &Value<'_>,
) -> Result<bool, CallError> {
    equal_at(context, a, b, 0)
}

fn equal_at(
    context: &Context<'_>,
    a: &Value<'_>,
    b: &Value<'_>,
    depth: usize,
) -> Result<bool, CallError> {
    context.check_depth(depth)?;
    context.spend(1)?;
    Ok(match (a, b) {
        (Value::String(a), Value::String(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        #[expect(clippy::float_cmp, reason = "Go compares them exactly")]
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Number(a), Value::Number(b)) => a == b,
        _ if a.kind() != b.kind() || a.type_name() != b.type_name() => false,
        _ if a.is_nil() || b.is_nil() => a.is_nil() && b.is_nil(),
        _ => match a.kind() {
            Kind::Slice => {
                let (a, b) = (a.items().unwrap_or_default(), b.items().unwrap_or_default());
                if a.len() != b.len() {
                    return Ok(false);
                }
                for (a, b) in a.iter().zip(b.iter()) {
                    if !equal_at(context, a, b, depth + 1)? {
                        return Ok(false);
                    }
                }
                true
            }
            Kind::Map => entries_equal(
                context,
                &a.entries().unwrap_or_default(),
                &b.entries().unwrap_or_default(),
                depth,
            )?,
            Kind::Struct | Kind::Ptr => match (a, b) {
                (Value::Object(a), Value::Object(b)) => {
                    entries_equal(context, &a.entries(), &b.entries(), depth)?
                }
                _ => false,
            },
            Kind::Func | Kind::Invalid => false,
            _ => equal_at(context, &a.basic(), &b.basic(), depth + 1)?,
        },
    })
}

fn entries_equal(
    context: &Context<'_>,
    a: &[(Cow<'_, str>, Value<'_>)],
    b: &[(Cow<'_, str>, Value<'_>)],
    depth: usize,
) -> Result<bool, CallError> {
    if a.len() != b.len() {
        return Ok(false);
    }
    for ((key, a), (other, b)) in a.iter().zip(b) {
        if key != other || !equal_at(context, a, b, depth + 1)? {
            return Ok(false);
        }
    }
    Ok(true)
}
