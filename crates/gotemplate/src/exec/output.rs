//! What is written: the template's text and the values that it prints.

use super::{Failure, Step, report};
use crate::format;
use crate::function::{CallError, Context};
use crate::program::{Index, Program};
use crate::template::Sink;
use crate::text::Text;
use crate::value::Value;

/// Where output goes, and how much more of it there may be.
pub(super) struct Output<'m, 'a, S: ?Sized> {
    pub(super) program: &'a Program,
    pub(super) context: &'m Context<'m>,
    pub(super) sink: &'m mut S,
    pub(super) left: usize,
}

impl<'a, S: Sink<'a> + ?Sized> Output<'_, 'a, S> {
    /// Writes text of the template.
    pub(super) fn literal(&mut self, text: &'a str) -> Step<()> {
        self.account(text.len())?;
        self.sink.literal(text);
        Ok(())
    }

    /// Writes a value as the action at a place prints it.
    pub(super) fn print(&mut self, value: &Value<'a>, action: Index) -> Step<()> {
        let Value::String(text) = value else {
            return self.print_other(value, action);
        };
        self.account(text.len())?;
        self.sink.shared(text);
        Ok(())
    }

    fn print_other(&mut self, value: &Value<'a>, action: Index) -> Step<()> {
        let text = match value {
            Value::Missing | Value::Nil => Text::plain("<no value>"),
            Value::Bool(truth) => Text::plain(if *truth { "true" } else { "false" }),
            Value::Int(number) => Text::plain(number.to_string()),
            Value::Func(function) => {
                let action = report::show(self.program, action);
                let message = format!("can't print {action} of type {}", function.type_name());
                return Err(Failure::new(message));
            }
            other => Text::plain(format::action(self.context, other)?),
        };
        self.account(text.len())?;
        self.sink.value(text);
        Ok(())
    }

    fn account(&mut self, bytes: usize) -> Step<()> {
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(self.full()),
        }
    }

    #[cold]
    fn full(&self) -> Failure {
        let limit = self.context.limits().output_bytes;
        CallError::budget(format!("more than {limit} bytes of output")).into()
    }
}
