//! What is in sight: the dot, the variables, the loops under way.

use std::slice;

use super::fields::{Held, Start};
use super::range::Loop;
use crate::function::Context;
use crate::program::{Body, Index, Program, Source};
use crate::value::Value;

pub(super) struct Scope<'a> {
    /// The variables of all frames; those of the current one start at `base`.
    pub(super) variables: Vec<Value<'a>>,
    pub(super) base: usize,
    /// The dot, last, and before it those of enclosing `with`s, loops and frames.
    dots: Vec<Dot<'a>>,
    pub(super) loops: Vec<Loop<'a>>,
}

struct Dot<'a> {
    value: Value<'a>,
    /// Whether it is held as an `interface {}`, which errors say.
    boxed: bool,
}

impl<'a> Scope<'a> {
    pub(super) fn new(dot: Value<'a>) -> Self {
        let mut scope = Self {
            variables: Vec::with_capacity(16),
            base: 0,
            dots: Vec::with_capacity(8),
            loops: Vec::new(),
        };
        scope.enter(dot);
        scope
    }

    pub(super) fn variable(&self, slot: Index) -> &Value<'a> {
        self.variables
            .get(self.base + slot as usize)
            .unwrap_or(&Value::Missing)
    }

    pub(super) fn enter(&mut self, value: Value<'a>) {
        self.dots.push(Dot {
            value,
            boxed: false,
        });
    }

    pub(super) fn leave(&mut self) {
        self.dots.pop();
    }

    /// Changes the dot for the next turn of a loop.
    pub(super) fn change_dot(&mut self, value: Value<'a>, boxed: bool) {
        if let Some(dot) = self.dots.last_mut() {
            *dot = Dot { value, boxed };
        }
    }

    /// Makes the variables of a body, of which the first is the dot if the body reads it there.
    pub(super) fn declare(&mut self, body: &Body) {
        self.base = self.variables.len();
        if let (true, Some(dot)) = (body.reads_root, self.dots.last()) {
            self.variables
                .extend_from_slice(slice::from_ref(&dot.value));
        }
        self.variables
            .resize(self.base + body.slots, Value::Missing);
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
        let (value, held) = match from {
            Source::Variable(slot) => (self.variable(slot), Held::In(slot, self)),
            Source::Dot => match self.dots.last() {
                Some(dot) => (&dot.value, Held::Boxed(dot.boxed)),
                None => (&Value::Missing, Held::Boxed(false)),
            },
            Source::Stack => (&Value::Missing, Held::Boxed(false)),
        };
        Start {
            value,
            held,
            program,
            context,
        }
    }
}
