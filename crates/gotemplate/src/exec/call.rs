//! Calls of functions, by name and as values.

use super::{Failure, Machine, Step};
use crate::builtins;
use crate::convert;
use crate::function::CallError;
use crate::program::{Index, NONE};
use crate::value::Value;

impl Machine<'_, '_> {
    pub(super) fn call(
        &mut self,
        function: Index,
        given: usize,
        piped: bool,
        place: Index,
    ) -> Step<()> {
        let Some((name, function)) = self.program.functions.get(function as usize) else {
            return Ok(());
        };
        let count = given + usize::from(piped);
        let start = self.stack.len().saturating_sub(count);
        let args = &mut self.stack[start..];
        if piped {
            args.rotate_left(1);
            if let (Some(last), Some(param)) = (args.last_mut(), function.param(given))
                && function.special.is_none()
            {
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
                Err(calling(name, count, error))
            }
        }
    }

    /// The builtin `call`: runs a function that is a value.
    pub(super) fn call_value(
        &mut self,
        callee: Index,
        given: usize,
        piped: bool,
        place: Index,
    ) -> Step<()> {
        let count = given + usize::from(piped);
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
        let result = builtins::call(self.context, &callee, &mut args);
        let value = result.map_err(|error| {
            self.at = place;
            calling("call", count, error)
        })?;
        self.stack.push(value);
        Ok(())
    }
}

/// Functions see nil where there is no value.
pub(super) fn unbox(value: &mut Value<'_>) {
    if let Value::Missing = value {
        *value = Value::Nil;
    }
}

/// The failure of a function or method that was given a number of arguments.
pub(super) fn calling(name: &str, given: usize, error: CallError) -> Failure {
    if error.budget {
        return error.into();
    }
    if let Some(want) = error.wants {
        return Failure::new(format!(
            "wrong number of args for {name}: want {want} got {given}"
        ));
    }
    let mut failure = Failure::from(error);
    failure.0.message = format!("error calling {name}: {}", failure.0.message);
    failure
}
