//! What constants of the template become, by the type that is asked for.

use crate::ast::{Operand, What};
use crate::lex::{Kind, Lexer};
use crate::number::{self, Constant, Ideal};
use crate::program::Const;
use crate::types::Type;
use crate::value::Number;

/// What `nil` is for a parameter, where the parameter may be nil.
pub(super) fn nil_for(param: Type) -> Option<Const> {
    match param {
        Type::Any => Some(Const::Nil),
        Type::Slice(_) | Type::Map(_) | Type::Pointer(_) => Some(Const::NilOf(param)),
        _ => None,
    }
}

/// What a text is as an argument for a parameter, if it is a constant and nothing else.
pub(crate) fn literal_for(text: &str, param: Type) -> Option<Result<Const, String>> {
    let token = Lexer::new(text, "", "\0", (false, false)).first_in_action()?;
    if token.span.end != text.len() {
        return None;
    }
    let what = match token.kind {
        Kind::Nil => {
            return Some(nil_for(param).ok_or_else(|| format!("cannot assign nil to {param}")));
        }
        Kind::Bool => What::Bool(text == "true"),
        Kind::Char | Kind::Complex | Kind::Number => What::Number {
            text,
            constant: Box::new(Constant::parse(text, token.kind).ok()?),
        },
        Kind::Str | Kind::RawStr => What::Str {
            quoted: text,
            value: number::unquote(text)?,
        },
        _ => return None,
    };
    Some(constant_for(
        &Operand {
            at: 0,
            start: 0,
            end: text.len(),
            what,
        },
        param,
    ))
}

/// A constant as a parameter of a type takes it.
pub(super) fn constant_for(operand: &Operand<'_>, param: Type) -> Result<Const, String> {
    let found = |expected: &str| Err(format!("expected {expected}; found {operand}"));
    match (param, &operand.what) {
        (Type::Any | Type::Bool, What::Bool(value)) => Ok(Const::Bool(*value)),
        (Type::Any | Type::String, What::Str { value, .. }) => Ok(Const::Str((&**value).into())),
        (Type::Any, What::Number { text, constant }) => match constant.ideal() {
            Ideal::Int(int) => Ok(Const::Int(int)),
            Ideal::Float(float) => Ok(Const::Float(float)),
            Ideal::Complex(re, im) => Ok(Const::Number(Number::Complex128(re, im))),
            Ideal::Overflow => Err(format!("{text} overflows int")),
        },
        (Type::Bool, _) => found("bool"),
        (Type::String, _) => found("string"),
        (_, What::Number { constant, .. }) if is_number(param) => match number_for(constant, param)
        {
            Some(number) => Ok(number),
            None => found(expected(param)),
        },
        _ if is_number(param) => found(expected(param)),
        _ => Err(format!("can't handle {operand} for arg of type {param}")),
    }
}

fn is_number(param: Type) -> bool {
    !matches!(
        param,
        Type::Any
            | Type::Bool
            | Type::String
            | Type::Slice(_)
            | Type::Map(_)
            | Type::Named(_)
            | Type::Pointer(_)
    )
}

/// What messages call the kind of constant that a numeric parameter takes.
fn expected(param: Type) -> &'static str {
    match param {
        Type::Int | Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64 => "integer",
        Type::Float32 | Type::Float64 => "float",
        Type::Complex128 => "complex",
        _ => "unsigned integer",
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "reflect.Value.SetInt and its sisters drop the bits that do not fit"
)]
fn number_for(constant: &Constant, param: Type) -> Option<Const> {
    let number = match param {
        Type::Int => return constant.int.map(Const::Int),
        Type::Float64 => return constant.float.map(Const::Float),
        Type::Int8 => Number::Int8(constant.int? as i8),
        Type::Int16 => Number::Int16(constant.int? as i16),
        Type::Int32 => Number::Int32(constant.int? as i32),
        Type::Int64 => Number::Int64(constant.int?),
        Type::Uint => Number::Uint(constant.uint?),
        Type::Uint8 => Number::Uint8(constant.uint? as u8),
        Type::Uint16 => Number::Uint16(constant.uint? as u16),
        Type::Uint32 => Number::Uint32(constant.uint? as u32),
        Type::Uint64 => Number::Uint64(constant.uint?),
        Type::Float32 => Number::Float32(constant.float? as f32),
        Type::Complex128 => {
            let (re, im) = constant
                .complex
                .or_else(|| constant.float.map(|re| (re, 0.0)))?;
            Number::Complex128(re, im)
        }
        _ => return None,
    };
    Some(Const::Number(number))
}
