//! What is in sight: the dot, the variables, the loops under way.

use std::slice;

use super::fields::Start;
use super::range::Loop;
use crate::function::Context;
use crate::program::{Index, Program, Source};
use crate::value::Value;

pub(super) struct Scope<'a> {
    /// The variables of all frames; those of the current one start at `base`.
    pub(super) variables: Vec<Value<'a>>,
    pub(super) base: usize,
    pub(super) dot: Value<'a>,
    /// Whether the dot is held as an `interface {}`, which errors say.
    pub(super) boxed: bool,
    /// The dots of enclosing `with`s, loops and frames.
    dots: Vec<(Value<'a>, bool)>,
    pub(super) loops: Vec<Loop<'a>>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(dot: Value<'a>) -> Self {
        Self {
            variables: Vec::with_capacity(16),
            base: 0,
            dot,
            boxed: false,
            dots: Vec::with_capacity(8),
            loops: Vec::new(),
        }
    }

    pub(super) fn variable(&self, slot: Index) -> &Value<'a> {
        self.variables
            .get(self.base + slot as usize)
            .unwrap_or(&Value::Missing)
    }

    pub(super) fn enter(&mut self, dot: Value<'a>) {
        let outer = std::mem::replace(&mut self.dot, dot);
        self.dots.push((outer, self.boxed));
        self.boxed = false;
    }

    pub(super) fn leave(&mut self) {
        if let Some((dot, boxed)) = self.dots.pop() {
            self.dot = dot;
            self.boxed = boxed;
        }
    }

    /// Makes the variables of a body, of which the first is the dot.
    pub(super) fn declare(&mut self, slots: usize) {
        self.variables.extend_from_slice(slice::from_ref(&self.dot));
        self.variables.extend((1..slots).map(|_| Value::Missing));
    }

    pub(super) fn set(&mut self, slot: Index, value: Value<'a>) {
        if let Some(variable) = self.variables.get_mut(self.base + slot as usize) {
            *variable = value;
        }
    }

    /// What a path starts from, if that is not on the stack.
    pub(super) fn start<'s>(
        &'s self,
        from: Source,
        program: &'a Program,
        context: &'s Context<'s>,
    ) -> Start<'s, 'a> {
        let (value, boxed) = match from {
            Source::Variable(slot) => (self.variable(slot), self.is_boxed(slot)),
            Source::Dot => (&self.dot, self.boxed),
            Source::Stack => (&Value::Missing, false),
        };
        Start {
            value,
            boxed,
            program,
            context,
        }
    }
}
