//! What is in sight: the dot, the variables, the loops under way.

use std::{mem, slice};

use super::Step;
use super::fields::{Held, Start};
use super::range::Loop;
use crate::function::Context;
use crate::program::{Body, Const, Index, Path, Program, Source};
use crate::value::Value;

pub(super) struct Scope<'a> {
    /// The variables of all frames; those of the current one start at `base`.
    pub(super) variables: Vec<Value<'a>>,
    pub(super) base: usize,
    /// The dot, last, and before it those of enclosing `with`s, loops and frames.
    pub(super) dots: Vec<Value<'a>>,
    /// The loops of all frames; those of the current one start at `outer`.
    pub(super) loops: Vec<Loop<'a>>,
    pub(super) outer: usize,
}

impl<'a> Scope<'a> {
    pub(super) fn new(dot: Value<'a>) -> Self {
        let mut scope = Self {
            variables: Vec::with_capacity(16),
            base: 0,
            dots: Vec::with_capacity(8),
            loops: Vec::new(),
            outer: 0,
        };
        scope.enter(dot);
        scope
    }

    pub(super) fn variable(&self, slot: Index) -> &Value<'a> {
        self.variables
            .get(self.base + slot as usize)
            .unwrap_or(&Value::Missing)
    }

    pub(super) fn dot(&self) -> &Value<'a> {
        self.dots.last().unwrap_or(&Value::Missing)
    }

    pub(super) fn enter(&mut self, value: Value<'a>) {
        self.dots.push(value);
    }

    pub(super) fn leave(&mut self) {
        self.dots.truncate(self.dots.len().saturating_sub(1));
    }

    /// Makes the variables of a body, of which the first is the dot if the body reads it there.
    pub(super) fn declare(&mut self, body: &Body) {
        self.base = self.variables.len();
        if body.slots == 0 {
            return;
        }
        if let (true, Some(dot)) = (body.reads_root, self.dots.last()) {
            self.variables.extend_from_slice(slice::from_ref(dot));
        }
        self.variables
            .resize(self.base + body.slots, Value::Missing);
    }

    pub(super) fn set(&mut self, slot: Index, value: Value<'a>) {
        if let Some(variable) = self.variables.get_mut(self.base + slot as usize) {
            *variable = value;
        }
    }

    /// Moves a variable's value out; the variable is to be set next.
    pub(super) fn take(&mut self, slot: Index) -> Value<'a> {
        let variable = self.variables.get_mut(self.base + slot as usize);
        variable.map_or(Value::Missing, |variable| {
            mem::replace(variable, Value::Missing)
        })
    }

    /// The value that a path starts from, if that is not on the stack.
    fn source(&self, from: Source) -> &Value<'a> {
        match from {
            Source::Variable(slot) => self.variable(slot),
            Source::Dot => self.dot(),
            Source::Stack => &Value::Missing,
        }
    }

    /// Follows a path that does not start on the stack, and gives what `then` makes of the value at its end.
    pub(super) fn reach<T>(
        &self,
        path: &Path,
        program: &'a Program,
        context: &Context<'_>,
        then: impl FnOnce(&Value<'a>) -> T,
    ) -> Step<T> {
        if path.count == 0 {
            return Ok(then(self.source(path.from)));
        }
        let start = self.start(path.from, program, context);
        let Some(same) = program.same.get(path.same as usize) else {
            return start.reach(path, then);
        };
        match same.get() {
            Some(Some(value)) => Ok(then(&value.lent())),
            Some(None) => start.reach(path, then),
            None => start.reach(path, |value| {
                // Whoever was faster has found the same.
                let _ = same.set(Const::of(value));
                then(value)
            }),
        }
    }

    /// What a path starts from, if that is not on the stack.
    pub(super) fn start<'s>(
        &'s self,
        from: Source,
        program: &'a Program,
        context: &'s Context<'s>,
    ) -> Start<'s, 'a> {
        Start {
            value: self.source(from),
            held: Held::By(from, self),
            program,
            context,
        }
    }
}
