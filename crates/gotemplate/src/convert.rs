//! Whether a value may be given for a parameter of a type, and what becomes of it.

use crate::object::ObjectRef;
use crate::types::{Kind, Type};
use crate::value::{Number, Value};

/// Makes a value what a parameter of the type takes, or says in Go's words why it cannot be.
pub(crate) fn to_param(value: &mut Value<'_>, param: Type) -> Result<(), String> {
    match (&*value, param) {
        (Value::Missing, Type::Any) => {
            *value = Value::Nil;
            Ok(())
        }
        (_, Type::Any) => Ok(()),
        (Value::Missing, Type::Slice(_) | Type::Map(_) | Type::Pointer(_)) => {
            *value = Value::NilOf(param);
            Ok(())
        }
        (Value::Missing, _) => Err(format!("invalid value; expected {param}")),
        (given, _) if fits(given, param) => Ok(()),
        (given, _) => {
            let got = match given {
                Value::Nil => "interface {}".into(),
                other => other.type_name(),
            };
            Err(format!("wrong type for value; expected {param}; got {got}"))
        }
    }
}

/// Whether a value is assignable to a parameter of the type without conversion.
pub(crate) fn fits(value: &Value<'_>, param: Type) -> bool {
    match (value, param) {
        (_, Type::Any) => true,
        (Value::NilOf(of), _) => *of == param,
        (Value::List(list), Type::Slice(elem)) => list.elem() == *elem,
        (Value::Map(map), Type::Map(elem)) => map.elem() == *elem,
        (Value::Object(object), _) => object_fits(object, param),
        (Value::Missing | Value::Nil | Value::List(_) | Value::Map(_) | Value::Func(_), _) => false,
        (basic, _) => basic.kind() == param.kind(),
    }
}

fn object_fits(object: &ObjectRef<'_>, param: Type) -> bool {
    match (object.kind(), param) {
        // A named map or slice type is assignable to the unnamed type that underlies it.
        (Kind::Slice, Type::Slice(elem)) | (Kind::Map, Type::Map(elem)) => object.elem() == *elem,
        // A pointer is followed where its struct is asked for.
        (Kind::Ptr, Type::Named(name)) if !object.is_nil() => {
            object.type_name().strip_prefix('*') == Some(name)
        }
        (Kind::Ptr, Type::Pointer(name)) => object.type_name().strip_prefix('*') == Some(name),
        (_, Type::Named(name)) => object.type_name() == name,
        _ => false,
    }
}

/// An integer as another kind of integer, as Go's conversion does it: bits that do not fit are dropped.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    reason = "that is what Go's conversion does"
)]
pub(crate) fn integer<'a>(value: &Value<'a>, to: Type) -> Option<Value<'a>> {
    let bits = value
        .as_i64()
        .or_else(|| value.as_u64().map(|n| n as i64))?;
    Some(match to {
        Type::Int => Value::Int(bits),
        Type::Int8 => Value::Number(Number::Int8(bits as i8)),
        Type::Int16 => Value::Number(Number::Int16(bits as i16)),
        Type::Int32 => Value::Number(Number::Int32(bits as i32)),
        Type::Int64 => Value::Number(Number::Int64(bits)),
        Type::Uint => Value::Number(Number::Uint(bits as u64)),
        Type::Uint8 => Value::Number(Number::Uint8(bits as u8)),
        Type::Uint16 => Value::Number(Number::Uint16(bits as u16)),
        Type::Uint32 => Value::Number(Number::Uint32(bits as u32)),
        Type::Uint64 => Value::Number(Number::Uint64(bits as u64)),
        _ => return None,
    })
}
