//! Fields, keys and methods.

use std::borrow::Cow;

use super::call::{calling, unbox};
use super::scope::Scope;
use super::{Failure, Machine, Step};
use crate::compile::constant::literal_for;
use crate::convert;
use crate::function::{Context, Signature};
use crate::program::{Index, NONE, Path, Program, Source};
use crate::template::MissingKey;
use crate::types::{Kind, Type};
use crate::value::Value;

/// How many maps within each other are borrowed at once; past that a chain of fields clones what is on its way.
const MAX_BORROWS: usize = 16;

/// A value that fields are asked of, with what they need.
#[derive(Clone, Copy)]
pub(super) struct Start<'s, 'a> {
    pub(super) value: &'s Value<'a>,
    pub(super) held: Held<'s, 'a>,
    pub(super) program: &'a Program,
    pub(super) context: &'s Context<'s>,
}

/// Whether a value is held as an `interface {}`, which errors say.
#[derive(Clone, Copy)]
pub(super) enum Held<'s, 'a> {
    Boxed(bool),
    /// As the dot or the variable is, which takes a search.
    By(Source, &'s Scope<'a>),
}

impl Held<'_, '_> {
    fn is_boxed(self) -> bool {
        match self {
            Self::Boxed(boxed) => boxed,
            Self::By(source, scope) => scope.is_boxed(source),
        }
    }
}

impl<'a> Start<'_, 'a> {
    /// The same of another value.
    pub(super) fn of<'v>(self, value: &'v Value<'a>) -> Start<'v, 'a>
    where
        Self: 'v,
    {
        Start { value, ..self }
    }

    /// Follows a path and gives what `then` makes of the value at its end.
    pub(super) fn reach<T>(self, path: &Path, then: impl FnOnce(&Value<'a>) -> T) -> Step<T> {
        if path.count == 0 {
            return Ok(then(self.value));
        }
        let fields = path.first as usize..(path.first + path.count) as usize;
        self.walk(
            self.program.fields.get(fields).unwrap_or(&[]),
            MAX_BORROWS,
            then,
        )
    }

    /// Whether what is at the end of a path that was followed is held as an `interface {}`.
    pub(super) fn is_boxed_at(self, path: &Path) -> bool {
        match path.count.checked_sub(1) {
            None => self.held.is_boxed(),
            Some(count) => self
                .reach(&Path { count, ..*path }, holds_any)
                .unwrap_or_default(),
        }
    }

    /// As long as maps hold maps, which is common, what is on the way is not cloned.
    fn walk<T>(
        self,
        fields: &[Box<str>],
        borrows: usize,
        then: impl FnOnce(&Value<'a>) -> T,
    ) -> Step<T> {
        let Some((name, rest)) = fields.split_first() else {
            return Ok(then(self.value));
        };
        if let Value::Map(map) = self.value
            && borrows > 0
        {
            return map.with(name, |found| {
                let missing;
                let value = if let Some(value) = found {
                    value
                } else {
                    missing = self.no_entry(name)?;
                    &missing
                };
                if rest.is_empty() {
                    return Ok(then(value));
                }
                let boxed = found.is_some() && map.elem() == Type::Any;
                Start {
                    value,
                    held: Held::Boxed(boxed),
                    ..self
                }
                .walk(rest, borrows - 1, then)
            });
        }
        let mut value = self.field(name)?;
        let mut boxed = holds_any(self.value);
        for name in rest {
            let inner = Start {
                value: &value,
                held: Held::Boxed(boxed),
                ..self
            }
            .field(name)?;
            boxed = holds_any(&value);
            value = inner;
        }
        Ok(then(&value))
    }

    fn no_field(self, name: &str) -> Failure {
        let of = if self.held.is_boxed() {
            Cow::Borrowed("interface {}")
        } else {
            self.value.type_name()
        };
        Failure::new(format!("can't evaluate field {name} in type {of}"))
    }

    /// What a map gives for a key that it lacks.
    fn no_entry(self, name: &str) -> Step<Value<'a>> {
        match self.program.missing_key {
            MissingKey::NoValue => Ok(Value::Missing),
            MissingKey::Zero => Ok(self.value.elem().map_or(Value::Missing, Value::zero)),
            MissingKey::Error => {
                let name = crate::format::quote(name);
                Err(Failure::new(format!("map has no entry for key {name}")))
            }
        }
    }

    /// One field, key or method without arguments.
    pub(super) fn field(self, name: &str) -> Step<Value<'a>> {
        let receiver = self.value;
        let found = match receiver {
            Value::Missing => {
                if self.program.missing_key == MissingKey::Error {
                    let name = crate::format::quote(name);
                    return Err(Failure::new(format!("nil data; no entry for key {name}")));
                }
                return Ok(Value::Missing);
            }
            Value::Map(map) => map.get(name),
            Value::Object(object) => {
                if let Some(result) = object.method(name, &[], self.context) {
                    let wrong = object
                        .signature(name)
                        .and_then(|s| s.mismatch(name, 0, false));
                    return match wrong {
                        Some(message) => Err(Failure::new(message)),
                        None => result.map_err(|error| calling(name, 0, error)),
                    };
                }
                match object.kind() {
                    Kind::Map if object.is_nil() => None,
                    Kind::Map => object.get(name),
                    Kind::Ptr if object.is_nil() && object.field(name).is_some() => {
                        return Err(nil_pointer(receiver, name));
                    }
                    Kind::Struct | Kind::Ptr => match object.field(name) {
                        Some(value) => return Ok(value),
                        None => return Err(self.no_field(name)),
                    },
                    _ => return Err(self.no_field(name)),
                }
            }
            Value::NilOf(Type::Map(_)) => None,
            Value::Nil | Value::NilOf(Type::Pointer(_)) => {
                return Err(nil_pointer(receiver, name));
            }
            _ => return Err(self.no_field(name)),
        };
        match (found, self.program.missing_key) {
            (Some(value), _) => Ok(value),
            (None, MissingKey::NoValue) => Ok(Value::Missing),
            (None, MissingKey::Zero) => Ok(receiver.elem().map_or(Value::Missing, Value::zero)),
            (None, MissingKey::Error) => {
                let name = crate::format::quote(name);
                Err(Failure::new(format!("map has no entry for key {name}")))
            }
        }
    }
}

impl<'a> Machine<'_, 'a> {
    /// Puts the receiver of a method with arguments on the stack, or fails if there can be no such method. Gives
    /// whether it is nothing, of which anything may be asked.
    pub(super) fn receive(&mut self, name: &str, path: Index) -> Step<bool> {
        let Some(path) = self.program.paths.get(path as usize) else {
            return Ok(false);
        };
        let from = match path.from {
            Source::Stack => self.pop(),
            _ => Value::Missing,
        };
        let mut start = self.scope.start(path.from, self.program, self.context);
        if path.from == Source::Stack {
            start = start.of(&from);
        }
        let receiver = start.reach(path, Clone::clone)?;
        let is_nothing = !matches!(receiver, Value::Object(_));
        if is_nothing {
            self.no_method(&receiver, start.is_boxed_at(path), name)?;
        }
        self.stack.push(receiver);
        Ok(is_nothing)
    }

    /// A method with arguments.
    pub(super) fn method(
        &mut self,
        name: Index,
        places: &[Index],
        piped: bool,
        place: Index,
    ) -> Step<()> {
        let name = self.name(name);
        let args_at = self.stack.len().saturating_sub(places.len());
        let receiver_at = args_at.saturating_sub(1);
        let mut args = self.stack.split_off(args_at.min(self.stack.len()));
        let receiver = self
            .stack
            .get(receiver_at)
            .cloned()
            .unwrap_or(Value::Missing);
        self.stack.truncate(receiver_at);
        if piped {
            args.push(self.pop());
        }
        for arg in &mut args {
            unbox(arg);
        }
        if place != NONE {
            self.at = place;
        }
        if let Value::Object(object) = &receiver
            && let Some(signature) = object.signature(name)
        {
            self.fit(&mut args, name, signature, places, piped)?;
        }
        if let Value::Object(object) = &receiver
            && let Some(result) = object.method(name, &args, self.context)
        {
            if place != NONE && result.is_err() {
                self.at = place;
            }
            let value = result.map_err(|error| calling(name, args.len(), error))?;
            self.stack.push(value);
            return Ok(());
        }
        self.no_method(&receiver, false, name)?;
        self.stack.push(Value::Missing);
        Ok(())
    }

    /// Checks and converts the arguments of a method.
    fn fit(
        &mut self,
        args: &mut [Value<'a>],
        name: &str,
        signature: Signature,
        places: &[Index],
        piped: bool,
    ) -> Step<()> {
        if let Some(message) = signature.mismatch(name, places.len(), piped) {
            return Err(Failure::new(message));
        }
        for (i, arg) in args.iter_mut().enumerate() {
            let param = signature.param(i).unwrap_or(Type::Any);
            let place = places.get(i).copied();
            self.at = place.unwrap_or(self.at);
            let literal = place.and_then(|place| {
                let place = self.program.places.get(place as usize)?;
                let text = self
                    .program
                    .text
                    .get(place.start as usize..place.end as usize)?;
                literal_for(text, param)
            });
            match literal {
                Some(constant) => *arg = constant.map_err(Failure::new)?.to_value(),
                None => convert::to_param(arg, param).map_err(Failure::new)?,
            }
        }
        Ok(())
    }

    /// Says what a name with arguments is instead of a method; only of no value anything may be asked.
    fn no_method(&self, receiver: &Value<'a>, boxed: bool, name: &str) -> Step<()> {
        let is_map = receiver.kind() == Kind::Map;
        if !is_map {
            let from = Start {
                value: receiver,
                held: Held::Boxed(boxed),
                ..self.scope.start(Source::Stack, self.program, self.context)
            };
            from.field(name)?;
        }
        if matches!(receiver, Value::Missing) {
            return Ok(());
        }
        Err(Failure::new(if is_map {
            format!("{name} is not a method but has arguments")
        } else {
            format!("{name} has arguments but cannot be invoked as function")
        }))
    }
}

/// Whether what a value holds is held as an `interface {}`.
fn holds_any(value: &Value<'_>) -> bool {
    value.kind() == Kind::Map && value.elem() == Some(Type::Any)
}

fn nil_pointer(receiver: &Value<'_>, name: &str) -> Failure {
    let of = match receiver {
        Value::Nil => Cow::Borrowed("interface {}"),
        other => other.type_name(),
    };
    Failure::new(format!("nil pointer evaluating {of}.{name}"))
}
