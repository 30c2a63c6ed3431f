//! Runs a compiled template: a stack machine, so that no nesting of templates or loops can overflow our own stack.

mod call;
mod fields;
mod output;
mod range;
mod report;
mod scope;

use std::{mem, slice};

use crate::convert;
use crate::error::{Error, ErrorKind};
use crate::function::{CallError, Context};
use crate::limits::Limits;
use crate::program::{Body, Const, Index, NONE, Op, Path, Program, Source};
use crate::template::Sink;
use crate::value::Value;
use output::Output;
use scope::Scope;

/// Runs the main template of a program.
pub(crate) fn execute<'a>(
    program: &'a Program,
    data: &Value<'a>,
    limits: &Limits,
    sink: &mut (impl Sink<'a> + ?Sized),
) -> Result<(), Error> {
    let context = Context::new(limits);
    let mut machine = Machine {
        program,
        context: &context,
        stack: Vec::with_capacity(16),
        scope: Scope::new(settled(data.clone())),
        frames: Vec::new(),
        template: 0,
        at: NONE,
    };
    let mut out = Output {
        program,
        context: &context,
        sink,
        left: limits.output_bytes,
    };
    machine
        .run(&mut out)
        .map_err(|failure| machine.error(failure))
}

/// Why an execution stops; boxed, as it is passed up through every step.
#[derive(Debug)]
pub(crate) struct Failure(Box<Cause>);

#[derive(Debug)]
struct Cause {
    message: String,
    kind: ErrorKind,
    hint: Option<String>,
}

impl Failure {
    fn new(message: impl Into<String>) -> Self {
        Self(Box::new(Cause {
            message: message.into(),
            kind: ErrorKind::Exec,
            hint: None,
        }))
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        let kind = if error.budget {
            ErrorKind::Budget
        } else {
            ErrorKind::Exec
        };
        Self(Box::new(Cause {
            message: error.message,
            kind,
            hint: error.hint,
        }))
    }
}

/// The result of a step.
type Step<T> = Result<T, Failure>;

struct Machine<'m, 'a> {
    program: &'a Program,
    context: &'m Context<'m>,
    stack: Vec<Value<'a>>,
    scope: Scope<'a>,
    frames: Vec<Frame>,
    /// The template that runs.
    template: Index,
    /// The place that errors name.
    at: Index,
}

/// What to come back to when a called template is done.
struct Frame {
    template: Index,
    next: usize,
    base: usize,
    outer: usize,
    /// Whether the called template has the caller's dot, rather than one of its own.
    lent: bool,
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
    fn run(&mut self, out: &mut Output<'_, 'a, impl Sink<'a> + ?Sized>) -> Step<()> {
        let program = self.program;
        let Some(main) = program.bodies.first() else {
            return Ok(());
        };
        self.scope.declare(main);
        let mut ops = main.ops.as_slice();
        let mut next = 0;
        // Steps that are still to be charged. That waits for a loop's turn and for the start and end of a template:
        // between these an execution is no longer than its text.
        let mut steps = 0;
        // Where a value is to be kept, and which.
        let (mut keep_at, mut keeping) = (usize::MAX, NONE);
        loop {
            if next == keep_at {
                self.keep(keeping);
                keep_at = usize::MAX;
            }
            let Some((op, mark)) = ops.get(next) else {
                return Ok(());
            };
            next += 1;
            if *mark != NONE {
                self.at = *mark;
            }
            steps += 1;
            match *op {
                Op::Text { start, end } => {
                    let text = program.text.get(start as usize..end as usize).unwrap_or("");
                    out.literal(text)?;
                }
                Op::Print => {
                    let value = self.pop();
                    out.print(&value, self.at)?;
                }
                Op::PrintPath(path) => {
                    let Some(path) = program.paths.get(path as usize) else {
                        continue;
                    };
                    let print = |value: &Value<'a>| out.print(value, path.action);
                    self.scope.reach(path, program, self.context, print)??;
                }
                Op::Pop => drop(self.pop()),
                Op::Mark => {}
                Op::Load(path) => self.load(path)?,
                Op::Take { slot, settles } => {
                    let value = self.scope.take(slot);
                    let value = if settles { settled(value) } else { value };
                    self.stack.push(value);
                }
                Op::Const(at) => self.push_constant(at),
                Op::Missing => self.stack.push(Value::Missing),
                Op::Follow(path) => {
                    let Some(path) = program.paths.get(path as usize) else {
                        continue;
                    };
                    let from = self.pop();
                    let value = self
                        .scope
                        .start(path.from, program, self.context)
                        .of(&from)
                        .reach(path, Clone::clone)?;
                    self.stack.push(value);
                }
                Op::Receiver { name, path, to } => {
                    if self.receive(self.name(name), path)? && to != NONE {
                        next = to as usize;
                    }
                }
                Op::Method {
                    name,
                    first,
                    given,
                    piped,
                    place,
                } => {
                    let places = first as usize..first as usize + given as usize;
                    let places = program.arguments.get(places).unwrap_or(&[]);
                    self.method(name, places, piped, place)?;
                }
                Op::Call {
                    function,
                    given,
                    piped,
                    place,
                } => {
                    self.call(function, given as usize, piped, place)?;
                }
                Op::CallValue {
                    callee,
                    given,
                    piped,
                    place,
                } => {
                    self.call_value(callee, given as usize, piped, place)?;
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
                        self.scope.set(slot, value);
                    }
                }
                Op::Store(slot) => {
                    let value = self.pop();
                    self.scope.set(slot, value);
                }
                Op::Jump(to) => next = to as usize,
                Op::JumpUnlessPath { path, to } => {
                    let Some(path) = program.paths.get(path as usize) else {
                        continue;
                    };
                    let truth = Value::truth;
                    if !self.scope.reach(path, program, self.context, truth)? {
                        next = to as usize;
                    }
                }
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
                        self.scope.enter(value);
                    } else {
                        next = to as usize;
                    }
                }
                Op::EnterPath { path, to } => {
                    let Some(path) = program.paths.get(path as usize) else {
                        continue;
                    };
                    let stack = &mut self.stack;
                    let push = |value: &Value<'a>| {
                        let truth = value.truth();
                        if truth {
                            stack.extend_from_slice(slice::from_ref(value));
                        }
                        truth
                    };
                    if self.scope.reach(path, program, self.context, push)? {
                        let dot = self.pop();
                        self.scope.enter(dot);
                    } else {
                        next = to as usize;
                    }
                }
                Op::Leave => self.scope.leave(),
                Op::Loop(to) => {
                    let pairs =
                        matches!(ops.get(next), Some((Op::Next { key, .. }, _)) if *key != NONE);
                    let value = self.pop();
                    if self.start_loop(value, pairs)? {
                        self.scope.enter(Value::Missing);
                    } else {
                        next = to as usize;
                    }
                }
                Op::Next { key, elem, exit } => {
                    self.context.spend(mem::take(&mut steps))?;
                    if !self.scope.turn(key, elem) {
                        self.scope.loops.pop();
                        self.scope.leave();
                        next = exit as usize;
                    }
                }
                Op::Break(to) => {
                    self.scope.loops.pop();
                    self.scope.leave();
                    next = to as usize;
                }
                Op::Find(template) => {
                    if let Some(callee) = program.bodies.get(template as usize) {
                        self.may_call(callee)?;
                    }
                }
                Op::Template {
                    template,
                    path,
                    place,
                } => {
                    self.context.spend(mem::take(&mut steps))?;
                    let Some(callee) = program.bodies.get(template as usize) else {
                        continue;
                    };
                    if let Err(failure) = self.may_call(callee) {
                        self.at = place;
                        return Err(failure);
                    }
                    let lent = self.call_with(program.paths.get(path as usize))?;
                    self.frames.push(Frame {
                        template: self.template,
                        next,
                        base: self.scope.base,
                        outer: self.scope.outer,
                        lent,
                    });
                    self.scope.outer = self.scope.loops.len();
                    self.scope.declare(callee);
                    self.template = template;
                    ops = &callee.ops;
                    next = 0;
                }
                Op::Kept(at) => {
                    let Some(kept) = program.kept.get(at as usize) else {
                        continue;
                    };
                    let known = kept.value.get();
                    if let Some(Some(value)) = known {
                        self.stack.push(value.lent());
                        next = kept.end as usize;
                        if kept.mark != NONE {
                            self.at = kept.mark;
                        }
                        continue;
                    }
                    if known.is_none() {
                        (keep_at, keeping) = (kept.end as usize, at);
                    }
                    match kept.first {
                        Op::Load(path) => self.load(path)?,
                        Op::Const(at) => self.push_constant(at),
                        _ => self.stack.push(Value::Missing),
                    }
                }
                Op::Return => {
                    self.context.spend(mem::take(&mut steps))?;
                    let Some(frame) = self.frames.pop() else {
                        return Ok(());
                    };
                    let Some(caller) = program.bodies.get(frame.template as usize) else {
                        return Ok(());
                    };
                    self.scope.variables.truncate(self.scope.base);
                    if !frame.lent {
                        self.scope.leave();
                    }
                    self.scope.base = frame.base;
                    self.scope.outer = frame.outer;
                    self.template = frame.template;
                    ops = &caller.ops;
                    next = frame.next;
                }
                Op::Fail(message) => return Err(Failure::new(self.name(message))),
            }
        }
    }

    // === calls of templates ===

    /// Fails if a template was never defined, or if too many are under way.
    fn may_call(&self, callee: &Body) -> Step<()> {
        let limit = self.context.limits().template_depth;
        if callee.defined && self.frames.len() < limit {
            return Ok(());
        }
        if !callee.defined {
            let name = crate::format::quote(&callee.name);
            return Err(Failure::new(format!("template {name} not defined")));
        }
        let message = format!("exceeded maximum template depth ({limit})");
        Err(CallError::budget(message).into())
    }

    /// Makes what a path leads to, or without one the value on the stack, the dot of the template that is called. Gives
    /// whether that is the caller's dot, which needs no copy: it stays what it is until the called template is done.
    fn call_with(&mut self, path: Option<&Path>) -> Step<bool> {
        let dot = match path {
            None => self.pop(),
            Some(path) => {
                let is_dot = path.from == Source::Dot && path.count == 0;
                if is_dot && !matches!(self.scope.dot(), Value::Nil) {
                    return Ok(true);
                }
                let settled = |value: &Value<'a>| settled(value.clone());
                self.scope
                    .reach(path, self.program, self.context, settled)?
            }
        };
        self.scope.enter(dot);
        Ok(false)
    }

    // === the stack ===

    /// Puts on the stack what a path leads to.
    #[inline]
    fn load(&mut self, path: Index) -> Step<()> {
        let Some(path) = self.program.paths.get(path as usize) else {
            return Ok(());
        };
        // Cloned where it belongs: moving what was just written is slow.
        let stack = &mut self.stack;
        let push = |value: &Value<'a>| match value {
            Value::Nil if path.settles => stack.push(Value::Missing),
            value => stack.extend_from_slice(slice::from_ref(value)),
        };
        self.scope.reach(path, self.program, self.context, push)
    }

    /// Keeps the value on the stack for later executions, or that it cannot be kept.
    #[cold]
    fn keep(&self, at: Index) {
        if let (Some(kept), Some(value)) = (self.program.kept.get(at as usize), self.stack.last()) {
            // Whoever was faster has found the same.
            let _ = kept.value.set(Const::of(value));
        }
    }

    fn pop(&mut self) -> Value<'a> {
        self.stack.pop().unwrap_or(Value::Missing)
    }

    fn name(&self, at: Index) -> &'a str {
        self.program.names.get(at as usize).map_or("", |name| name)
    }

    fn push_constant(&mut self, at: Index) {
        let constant = self.program.consts.get(at as usize);
        self.stack.push(constant.map_or(Value::Nil, Const::lent));
    }
}
