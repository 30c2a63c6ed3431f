//! Loops.

use std::borrow::Cow;
use std::slice;

use super::scope::Scope;
use super::{Failure, Machine, Step};
use crate::collection::List;
use crate::function::CallError;
use crate::object::ObjectRef;
use crate::program::{Index, NONE, Source};
use crate::text::Text;
use crate::types::{Kind, Type};
use crate::value::{Number, Value};

/// A loop under way: what it goes over, and the turns taken.
pub(super) struct Loop<'a> {
    over: Over<'a>,
    /// Whether the elements are held as `interface {}`.
    boxed: bool,
    /// Where its dot is, and the variable of the elements.
    dot: usize,
    elem: usize,
    turn: usize,
    len: usize,
}

enum Over<'a> {
    List(List<'a>),
    Slice(ObjectRef<'a>),
    Pairs(Vec<(Cow<'a, str>, Value<'a>)>),
    /// The kind of integer that is counted up to.
    Count(Kind),
}

impl<'a> Machine<'_, 'a> {
    /// Starts a loop over a value; gives whether there is anything to loop over.
    pub(super) fn start_loop(&mut self, value: Value<'a>, wants_pairs: bool) -> Step<bool> {
        let kind = value.kind();
        let boxed = value.elem() == Some(Type::Any);
        let (over, len) = match value {
            Value::Missing | Value::Nil => return Ok(false),
            Value::List(list) => {
                let len = list.len();
                (Over::List(list), len)
            }
            Value::Map(_) => {
                let entries = value.entries().unwrap_or_default();
                let len = entries.len();
                (Over::Pairs(entries), len)
            }
            Value::Object(ref object) if matches!(kind, Kind::Slice | Kind::Map) => {
                if object.is_nil() {
                    return Ok(false);
                }
                if kind == Kind::Slice {
                    (Over::Slice(object.clone()), object.len())
                } else {
                    let entries = value.entries().unwrap_or_default();
                    let len = entries.len();
                    (Over::Pairs(entries), len)
                }
            }
            Value::NilOf(Type::Slice(_) | Type::Map(_)) => {
                return Ok(false);
            }
            other => {
                // Go follows a pointer before it looks.
                let shown = || {
                    let text = crate::format::print(self.context, slice::from_ref(&other))?;
                    let pointed = text.strip_prefix('&').filter(|_| other.kind() == Kind::Ptr);
                    Ok::<_, CallError>(pointed.map_or_else(|| text.clone(), str::to_owned))
                };
                let count = other
                    .as_i64()
                    .or_else(|| other.as_u64().map(|n| i64::try_from(n).unwrap_or(i64::MAX)));
                let Some(count) = count else {
                    return Err(Failure::new(format!(
                        "range can't iterate over {}",
                        shown()?
                    )));
                };
                if wants_pairs {
                    let message = format!(
                        "can't use {} to iterate over more than one variable",
                        shown()?
                    );
                    return Err(Failure::new(message));
                }
                (Over::Count(kind), usize::try_from(count).unwrap_or(0))
            }
        };
        if len == 0 {
            return Ok(false);
        }
        self.scope.loops.push(Loop {
            over,
            boxed,
            dot: self.scope.dots.len(),
            elem: usize::MAX,
            turn: 0,
            len,
        });
        Ok(true)
    }
}

impl Scope<'_> {
    /// Whether the dot or a variable is the element of a loop over `interface {}`s. A template that is called in a loop
    /// has its dot for itself.
    pub(super) fn is_boxed(&self, source: Source) -> bool {
        let mut boxed = self.loops.iter().skip(self.outer).filter(|each| each.boxed);
        match source {
            Source::Dot => boxed.any(|each| each.dot + 1 == self.dots.len()),
            Source::Variable(slot) => {
                let at = self.base + slot as usize;
                boxed.any(|each| each.elem == at)
            }
            Source::Stack => false,
        }
    }

    /// Takes the next turn of the innermost loop; gives whether there was one.
    pub(super) fn turn(&mut self, key: Index, elem: Index) -> bool {
        let Some(current) = self.loops.last_mut() else {
            return false;
        };
        let turn = current.turn;
        if turn >= current.len {
            return false;
        }
        current.turn += 1;
        current.elem = self.base.saturating_add(elem as usize);
        let dots = &mut self.dots;
        dots.truncate(current.dot);
        let mut at = None;
        // Cloned where it belongs: moving what was just written is slow.
        match &current.over {
            Over::List(list) => dots.extend_from_slice(list.get(turn..=turn).unwrap_or_default()),
            Over::Slice(object) => dots.push(object.at(turn).unwrap_or(Value::Nil)),
            Over::Pairs(pairs) => {
                if let Some((key, value)) = pairs.get(turn) {
                    at = Some(key);
                    dots.extend_from_slice(slice::from_ref(value));
                }
            }
            Over::Count(kind) => dots.push(counted(*kind, turn)),
        }
        if key != NONE {
            let at = match at {
                Some(key) => Value::String(Text::plain(key.clone())),
                None => Value::Int(i64::try_from(turn).unwrap_or(i64::MAX)),
            };
            self.set(key, at);
        }
        if elem != NONE {
            self.set(elem, self.dot().clone());
        }
        true
    }
}

/// A turn's number as the kind of integer that the loop counts up to.
fn counted<'a>(kind: Kind, turn: usize) -> Value<'a> {
    let int = i64::try_from(turn).unwrap_or(i64::MAX);
    let number = match kind {
        Kind::Int8 => i8::try_from(int).ok().map(Number::Int8),
        Kind::Int16 => i16::try_from(int).ok().map(Number::Int16),
        Kind::Int32 => i32::try_from(int).ok().map(Number::Int32),
        Kind::Int64 => Some(Number::Int64(int)),
        Kind::Uint => u64::try_from(int).ok().map(Number::Uint),
        Kind::Uint8 => u8::try_from(int).ok().map(Number::Uint8),
        Kind::Uint16 => u16::try_from(int).ok().map(Number::Uint16),
        Kind::Uint32 => u32::try_from(int).ok().map(Number::Uint32),
        Kind::Uint64 => u64::try_from(int).ok().map(Number::Uint64),
        _ => None,
    };
    number.map_or(Value::Int(int), Value::Number)
}
