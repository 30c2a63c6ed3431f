//! Runs a compiled template: a stack machine, so that no nesting of templates or loops can overflow our own stack.

use std::borrow::Cow;

use crate::collection::List;
use crate::convert;
use crate::error::{Error, ErrorKind, Span};
use crate::function::{CallError, Context};
use crate::lex;
use crate::limits::Limits;
use crate::object::ObjectRef;
use crate::program::{Const, Index, NONE, Op, Program, Shown};
use crate::template::{MissingKey, Sink};
use crate::text::{Origin, Text};
use crate::types::{Kind, Type};
use crate::value::{Number, Value};

/// Runs the main template of a program.
pub(crate) fn execute<'a>(
    program: &'a Program,
    data: &Value<'a>,
    limits: &Limits,
    sink: &mut dyn Sink<'a>,
) -> Result<(), Error> {
    let context = Context::new(limits);
    let mut machine = Machine {
        program,
        context: &context,
        sink,
        stack: Vec::with_capacity(16),
        variables: Vec::with_capacity(16),
        dot: settled(data.clone()),
        dots: Vec::new(),
        boxed: false,
        loops: Vec::new(),
        frames: Vec::new(),
        template: 0,
        base: 0,
        at: NONE,
        written: 0,
    };
    machine.run().map_err(|failure| machine.error(*failure))
}

/// Why an execution stops.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    kind: ErrorKind,
    hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            message: message.into(),
            kind: ErrorKind::Exec,
            hint: None,
        })
    }
}

impl From<CallError> for Box<Failure> {
    fn from(error: CallError) -> Self {
        let kind = if error.budget {
            ErrorKind::Budget
        } else {
            ErrorKind::Exec
        };
        Self::new(Failure {
            message: error.message,
            kind,
            hint: error.hint,
        })
    }
}

/// The result of a step; failures are boxed to keep it small.
type Step<T> = Result<T, Box<Failure>>;

struct Machine<'m, 'a> {
    program: &'a Program,
    context: &'m Context<'m>,
    sink: &'m mut dyn Sink<'a>,
    stack: Vec<Value<'a>>,
    /// The variables of all frames; those of the current one start at `base`.
    variables: Vec<Value<'a>>,
    dot: Value<'a>,
    /// The dots of enclosing `with`s, loops and frames.
    dots: Vec<(Value<'a>, bool)>,
    /// Whether the dot is held as an `interface {}`, which errors say.
    boxed: bool,
    loops: Vec<Loop<'a>>,
    frames: Vec<Frame>,
    /// The template that runs.
    template: Index,
    base: usize,
    /// The place that errors name.
    at: Index,
    written: usize,
}

/// What to come back to when a called template is done.
struct Frame {
    template: Index,
    next: usize,
    base: usize,
}

/// A loop under way: what it goes over, and the turns taken.
struct Loop<'a> {
    over: Over<'a>,
    /// Whether the elements are held as `interface {}`.
    boxed: bool,
    /// Where the variable of the elements is.
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

/// A nil that a pipeline gives is no value at all.
fn settled(value: Value<'_>) -> Value<'_> {
    match value {
        Value::Nil => Value::Missing,
        other => other,
    }
}

impl<'a> Machine<'_, 'a> {
    #[expect(
        clippy::too_many_lines,
        reason = "one arm an instruction reads best in one place"
    )]
    fn run(&mut self) -> Step<()> {
        let program = self.program;
        let Some(mut body) = program.bodies.first() else {
            return Ok(());
        };
        self.variables.resize(body.slots, Value::Missing);
        self.set(0, self.dot.clone());
        let mut next = 0;
        loop {
            let (Some(op), Some(mark)) = (body.ops.get(next), body.marks.get(next)) else {
                return Ok(());
            };
            next += 1;
            if *mark != NONE {
                self.at = *mark;
            }
            self.context.spend(1)?;
            match *op {
                Op::Text { start, end } => {
                    let text = program.text.get(start as usize..end as usize).unwrap_or("");
                    self.account(text.len())?;
                    self.sink.literal(text);
                }
                Op::Print => self.print()?,
                Op::Pop => drop(self.pop()),
                Op::Mark => {}
                Op::Dot => self.stack.push(self.dot.clone()),
                Op::Var(slot) => {
                    let value = self.variable(slot).clone();
                    self.stack.push(value);
                }
                Op::Const(at) => self.stack.push(self.constant(at)),
                Op::Missing => self.stack.push(Value::Missing),
                Op::DotFields { first, count } => {
                    let value = self.fields(&self.dot, first, count, self.boxed)?;
                    self.stack.push(value);
                }
                Op::VarFields { slot, first, count } => {
                    let boxed = self.is_boxed(slot);
                    let value = self.fields(self.variable(slot), first, count, boxed)?;
                    self.stack.push(value);
                }
                Op::Fields { first, count } => {
                    let from = self.pop();
                    let value = self.fields(&from, first, count, false)?;
                    self.stack.push(value);
                }
                Op::Receiver(name) => {
                    if !matches!(self.stack.last(), Some(Value::Object(_))) {
                        let receiver = self.stack.last().cloned().unwrap_or(Value::Missing);
                        self.no_method(&receiver, self.name(name))?;
                    }
                }
                Op::Method {
                    name,
                    argc,
                    piped,
                    place,
                } => {
                    self.method(name, argc as usize, piped, place)?;
                }
                Op::Call {
                    function,
                    argc,
                    piped,
                    place,
                } => {
                    self.call(function, argc as usize, piped, place)?;
                }
                Op::CallValue {
                    callee,
                    argc,
                    piped,
                    place,
                } => {
                    self.call_value(callee, argc as usize, piped, place)?;
                }
                Op::Convert(to) => {
                    if let (Some(to), Some(value)) =
                        (program.types.get(to as usize), self.stack.last_mut())
                    {
                        convert::to_param(value, *to).map_err(Failure::new)?;
                    }
                }
                Op::Settle => {
                    if let Some(value @ Value::Nil) = self.stack.last_mut() {
                        *value = Value::Missing;
                    }
                }
                Op::Set(slot) => {
                    if let Some(value) = self.stack.last().cloned() {
                        self.set(slot, value);
                    }
                }
                Op::Store(slot) => {
                    let value = self.pop();
                    self.set(slot, value);
                }
                Op::Jump(to) => next = to as usize,
                Op::JumpUnless(to) => {
                    if !self.pop().truth() {
                        next = to as usize;
                    }
                }
                Op::JumpKeeping { truth, to } => {
                    if self
                        .stack
                        .last()
                        .is_some_and(|value| value.truth() == truth)
                    {
                        next = to as usize;
                    } else {
                        self.pop();
                    }
                }
                Op::DropUnder => {
                    let value = self.pop();
                    self.pop();
                    self.stack.push(value);
                }
                Op::Enter(to) => {
                    let value = self.pop();
                    if value.truth() {
                        self.enter(value);
                    } else {
                        next = to as usize;
                    }
                }
                Op::Leave => self.leave(),
                Op::Loop(to) => {
                    let pairs =
                        matches!(body.ops.get(next), Some(Op::Next { key, .. }) if *key != NONE);
                    let value = self.pop();
                    if self.start_loop(value, pairs)? {
                        self.enter(Value::Missing);
                    } else {
                        next = to as usize;
                    }
                }
                Op::Next { key, elem, exit } => {
                    if !self.turn(key, elem) {
                        self.loops.pop();
                        self.leave();
                        next = exit as usize;
                    }
                }
                Op::Break(to) => {
                    self.loops.pop();
                    self.leave();
                    next = to as usize;
                }
                Op::Find(template) => {
                    let found = program.bodies.get(template as usize);
                    if let Some(missing) = found.filter(|body| !body.defined) {
                        let name = crate::format::quote(&missing.name);
                        return Err(Failure::new(format!("template {name} not defined")));
                    }
                    let limit = self.context.limits().template_depth;
                    if self.frames.len() + 1 >= limit {
                        let message = format!("exceeded maximum template depth ({limit})");
                        return Err(CallError::budget(message).into());
                    }
                }
                Op::Template(template) => {
                    let Some(callee) = program.bodies.get(template as usize) else {
                        continue;
                    };
                    let data = self.pop();
                    self.frames.push(Frame {
                        template: self.template,
                        next,
                        base: self.base,
                    });
                    self.enter(data);
                    self.base = self.variables.len();
                    self.variables
                        .resize(self.base + callee.slots, Value::Missing);
                    self.set(0, self.dot.clone());
                    self.template = template;
                    body = callee;
                    next = 0;
                }
                Op::Return => {
                    let Some(frame) = self.frames.pop() else {
                        return Ok(());
                    };
                    let Some(caller) = program.bodies.get(frame.template as usize) else {
                        return Ok(());
                    };
                    self.variables.truncate(self.base);
                    self.leave();
                    self.base = frame.base;
                    self.template = frame.template;
                    body = caller;
                    next = frame.next;
                }
                Op::Fail(message) => return Err(Failure::new(self.name(message))),
            }
        }
    }

    // === the stack ===

    fn pop(&mut self) -> Value<'a> {
        self.stack.pop().unwrap_or(Value::Missing)
    }

    fn variable(&self, slot: Index) -> &Value<'a> {
        self.variables
            .get(self.base + slot as usize)
            .unwrap_or(&Value::Missing)
    }

    /// Whether a variable is the element of a loop over `interface {}`s.
    fn is_boxed(&self, slot: Index) -> bool {
        let at = self.base + slot as usize;
        self.loops.iter().any(|each| each.boxed && each.elem == at)
    }

    fn set(&mut self, slot: Index, value: Value<'a>) {
        if let Some(variable) = self.variables.get_mut(self.base + slot as usize) {
            *variable = value;
        }
    }

    fn enter(&mut self, dot: Value<'a>) {
        let outer = std::mem::replace(&mut self.dot, dot);
        self.dots.push((outer, self.boxed));
        self.boxed = false;
    }

    fn leave(&mut self) {
        if let Some((dot, boxed)) = self.dots.pop() {
            self.dot = dot;
            self.boxed = boxed;
        }
    }

    fn name(&self, at: Index) -> &'a str {
        self.program.names.get(at as usize).map_or("", |name| name)
    }

    fn constant(&self, at: Index) -> Value<'a> {
        match self.program.consts.get(at as usize) {
            None | Some(Const::Nil) => Value::Nil,
            Some(Const::NilOf(of)) => Value::NilOf(*of),
            Some(Const::Bool(value)) => Value::Bool(*value),
            Some(Const::Int(value)) => Value::Int(*value),
            Some(Const::Float(value)) => Value::Float(*value),
            Some(Const::Number(value)) => Value::Number(*value),
            Some(Const::Str(text)) => Value::String(Text::new(&**text, Origin::Literal)),
        }
    }

    // === output ===

    fn account(&mut self, bytes: usize) -> Step<()> {
        self.written += bytes;
        let limit = self.context.limits().output_bytes;
        if self.written > limit {
            return Err(CallError::budget(format!("more than {limit} bytes of output")).into());
        }
        Ok(())
    }

    fn print(&mut self) -> Step<()> {
        let value = self.pop();
        let text = match value {
            Value::String(text) => text,
            Value::Missing | Value::Nil => Text::plain("<no value>"),
            Value::Func(function) => {
                let place = self.show(self.at);
                let message = format!("can't print {place} of type {}", function.type_name());
                return Err(Failure::new(message));
            }
            other => Text::plain(crate::format::print(
                self.context,
                std::slice::from_ref(&other),
            )?),
        };
        self.account(text.len())?;
        self.sink.value(text);
        Ok(())
    }

    // === fields and methods ===

    fn fields(&self, from: &Value<'a>, first: Index, count: Index, boxed: bool) -> Step<Value<'a>> {
        let names = self
            .program
            .names
            .get(first as usize..(first + count) as usize)
            .unwrap_or(&[]);
        let Some((name, rest)) = names.split_first() else {
            return Ok(from.clone());
        };
        let mut value = self.field(from, name, boxed)?;
        let mut boxed = holds_any(from);
        for name in rest {
            let inner = self.field(&value, name, boxed)?;
            boxed = holds_any(&value);
            value = inner;
        }
        Ok(value)
    }

    /// One field, key or method without arguments. `boxed` says whether the receiver was held as an `interface {}`.
    fn field(&self, receiver: &Value<'a>, name: &str, boxed: bool) -> Step<Value<'a>> {
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
                    return result.map_err(|error| calling(name, 0, error));
                }
                match object.kind() {
                    Kind::Map if object.is_nil() => None,
                    Kind::Map => object.get(name),
                    Kind::Ptr if object.is_nil() && object.field(name).is_some() => {
                        return Err(self.nil_pointer(receiver, name));
                    }
                    Kind::Struct | Kind::Ptr => match object.field(name) {
                        Some(value) => return Ok(value),
                        None => return Err(self.no_field(receiver, name, boxed)),
                    },
                    _ => return Err(self.no_field(receiver, name, boxed)),
                }
            }
            Value::NilOf(Type::Map(_)) => None,
            Value::Nil | Value::NilOf(Type::Pointer(_)) => {
                return Err(self.nil_pointer(receiver, name));
            }
            _ => return Err(self.no_field(receiver, name, boxed)),
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

    fn nil_pointer(&self, receiver: &Value<'a>, name: &str) -> Box<Failure> {
        let of = match receiver {
            Value::Nil => Cow::Borrowed("interface {}"),
            other => other.type_name(),
        };
        Failure::new(format!("nil pointer evaluating {of}.{name}"))
    }

    fn no_field(&self, receiver: &Value<'a>, name: &str, boxed: bool) -> Box<Failure> {
        let of = if boxed {
            Cow::Borrowed("interface {}")
        } else {
            receiver.type_name()
        };
        Failure::new(format!("can't evaluate field {name} in type {of}"))
    }

    /// A method with arguments.
    fn method(&mut self, name: Index, argc: usize, piped: bool, place: Index) -> Step<()> {
        let name = self.name(name);
        let args_at = self.stack.len().saturating_sub(argc);
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
            && let Some(result) = object.method(name, &args, self.context)
        {
            let value = result.map_err(|error| calling(name, args.len(), error))?;
            self.stack.push(value);
            return Ok(());
        }
        self.no_method(&receiver, name)?;
        self.stack.push(Value::Missing);
        Ok(())
    }

    /// Says what a name with arguments is instead of a method; only of no value anything may be asked.
    fn no_method(&self, receiver: &Value<'a>, name: &str) -> Step<()> {
        let is_map = receiver.kind() == Kind::Map;
        if !is_map {
            self.field(receiver, name, false)?;
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

    // === calls ===

    fn call(&mut self, function: Index, argc: usize, piped: bool, place: Index) -> Step<()> {
        let Some(function) = self.program.functions.get(function as usize) else {
            return Ok(());
        };
        let count = argc + usize::from(piped);
        let start = self.stack.len().saturating_sub(count);
        let args = &mut self.stack[start..];
        if piped {
            args.rotate_left(1);
            if let (Some(last), Some(param)) = (args.last_mut(), function.param(argc)) {
                convert::to_param(last, param).map_err(Failure::new)?;
            }
        }
        if function.special.is_none() {
            args.iter_mut().for_each(unbox);
        }
        match function.run(self.context, args) {
            Ok(value) => {
                self.stack.truncate(start);
                self.stack.push(value);
                Ok(())
            }
            Err(error) => {
                self.at = place;
                Err(calling(function.name(), count, error))
            }
        }
    }

    /// The builtin `call`: runs a function that is a value.
    fn call_value(&mut self, callee: Index, argc: usize, piped: bool, place: Index) -> Step<()> {
        let count = argc + usize::from(piped);
        let start = self.stack.len().saturating_sub(count);
        let mut args = self.stack.split_off(start);
        if piped {
            args.rotate_left(1);
        }
        let callee = match args.first() {
            Some(Value::String(text)) if callee == NONE => text.to_string(),
            Some(other) if callee == NONE => format!("<{} Value>", other.type_name()),
            _ => self.name(callee).to_owned(),
        };
        let result = crate::builtins::call(self.context, &callee, &mut args);
        let value = result.map_err(|error| {
            self.at = place;
            calling("call", count, error)
        })?;
        self.stack.push(value);
        Ok(())
    }

    // === loops ===

    /// Starts a loop over a value; gives whether there is anything to loop over.
    fn start_loop(&mut self, value: Value<'a>, wants_pairs: bool) -> Step<bool> {
        let kind = value.kind();
        let boxed = value.elem() == Some(Type::Any);
        let count = value
            .as_i64()
            .or_else(|| value.as_u64().map(|n| i64::try_from(n).unwrap_or(i64::MAX)));
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
                    let text = crate::format::print(self.context, std::slice::from_ref(&other))?;
                    Ok::<_, CallError>(text.strip_prefix('&').map_or(text.clone(), str::to_owned))
                };
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
        self.loops.push(Loop {
            over,
            boxed,
            elem: usize::MAX,
            turn: 0,
            len,
        });
        Ok(true)
    }

    /// Takes the next turn of the innermost loop; gives whether there was one.
    fn turn(&mut self, key: Index, elem: Index) -> bool {
        let Some(current) = self.loops.last_mut() else {
            return false;
        };
        let turn = current.turn;
        if turn >= current.len {
            return false;
        }
        current.turn += 1;
        current.elem = self.base.saturating_add(elem as usize);
        self.boxed = current.boxed;
        let position = Value::Int(i64::try_from(turn).unwrap_or(i64::MAX));
        let (at, value) = match &current.over {
            Over::List(list) => (position, list.get(turn).cloned().unwrap_or(Value::Nil)),
            Over::Slice(object) => (position, object.at(turn).unwrap_or(Value::Nil)),
            Over::Pairs(pairs) => pairs
                .get(turn)
                .map_or((Value::Nil, Value::Nil), |(key, value)| {
                    (Value::String(Text::plain(key.clone())), value.clone())
                }),
            Over::Count(kind) => (Value::Nil, counted(*kind, turn)),
        };
        if key != NONE {
            self.set(key, at);
        }
        if elem != NONE {
            self.set(elem, value.clone());
        }
        self.dot = value;
        true
    }

    // === errors ===

    fn error(&self, failure: Failure) -> Error {
        let program = self.program;
        let name = program.name();
        let running = program
            .bodies
            .get(self.template as usize)
            .map_or("", |body| &*body.name);
        let Some(place) = program.places.get(self.at as usize) else {
            let message = format!("template: {name}: {}", failure.message);
            return Error::new(failure.kind, name, message).with_hint(failure.hint);
        };
        let text = program.text();
        let before = text.get(..place.at as usize).unwrap_or("");
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |newline| newline + 1);
        let message = format!(
            "template: {name}:{line}:{column}: executing {} at <{}>: {}",
            crate::format::quote(running),
            self.show(self.at),
            failure.message
        );
        let span = Span {
            start: place.start as usize,
            end: place.end as usize,
        };
        Error::new(failure.kind, name, message)
            .at(text, span)
            .with_hint(failure.hint)
    }

    /// The text of a place as Go writes it back.
    fn show(&self, place: Index) -> String {
        let Some(place) = self.program.places.get(place as usize) else {
            return String::new();
        };
        let source = self
            .program
            .text()
            .get(place.start as usize..place.end as usize)
            .unwrap_or("");
        let shown = lex::normalized(source);
        match place.shown {
            Shown::Bare => shown,
            Shown::Action => format!("{{{{{shown}}}}}"),
            Shown::Template(name) => {
                let name = crate::format::quote(self.name(name));
                let gap = if shown.is_empty() { "" } else { " " };
                format!("{{{{template {name}{gap}{shown}}}}}")
            }
        }
    }
}

/// Whether what a value holds is held as an `interface {}`.
fn holds_any(value: &Value<'_>) -> bool {
    value.kind() == Kind::Map && value.elem() == Some(Type::Any)
}

/// Functions see nil where there is no value.
fn unbox(value: &mut Value<'_>) {
    if let Value::Missing = value {
        *value = Value::Nil;
    }
}

/// The failure of a function or method that was given a number of arguments.
fn calling(name: &str, given: usize, error: CallError) -> Box<Failure> {
    if error.budget {
        return error.into();
    }
    if let Some(want) = error.wants {
        return Failure::new(format!(
            "wrong number of args for {name}: want {want} got {given}"
        ));
    }
    let mut failure: Box<Failure> = error.into();
    failure.message = format!("error calling {name}: {}", failure.message);
    failure
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
