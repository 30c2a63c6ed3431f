//! Pipelines as they are written, and how Go's messages write them back.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::function::Function;
use crate::number::Constant;

/// A pipeline: commands, and the variables that take its value.
#[derive(Debug)]
pub(crate) struct Pipe<'t> {
    pub(crate) at: usize,
    /// Where the pipeline ends in the text.
    pub(crate) end: usize,
    pub(crate) variables: Vec<&'t str>,
    /// Whether the variables are assigned to (`=`) rather than declared (`:=`).
    pub(crate) assigns: bool,
    pub(crate) commands: Vec<Command<'t>>,
}

/// A command: an operand, or a function, field or variable with arguments.
#[derive(Debug)]
pub(crate) struct Command<'t> {
    pub(crate) at: usize,
    pub(crate) end: usize,
    pub(crate) args: Vec<Operand<'t>>,
}

/// One operand and where it is.
#[derive(Debug)]
pub(crate) struct Operand<'t> {
    /// Where Go says it is: the second field of a chain of fields, for instance.
    pub(crate) at: usize,
    /// Where it starts and ends in the text.
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) what: What<'t>,
}

/// What an operand is.
#[derive(Debug)]
pub(crate) enum What<'t> {
    Dot,
    Nil,
    Bool(bool),
    Number {
        text: &'t str,
        constant: Box<Constant>,
    },
    Str {
        quoted: &'t str,
        value: Cow<'t, str>,
    },
    Field(Vec<&'t str>),
    Variable {
        name: &'t str,
        fields: Vec<&'t str>,
    },
    Function(&'t str, &'t Arc<Function>),
    Pipe(Box<Pipe<'t>>),
    Chain {
        of: Box<Operand<'t>>,
        fields: Vec<&'t str>,
    },
}

impl fmt::Display for Pipe<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.variables.is_empty() {
            write!(
                f,
                "{} {} ",
                self.variables.join(", "),
                if self.assigns { "=" } else { ":=" }
            )?;
        }
        for (i, command) in self.commands.iter().enumerate() {
            if i > 0 {
                f.write_str(" | ")?;
            }
            command.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Command<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, arg) in self.args.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            match &arg.what {
                What::Pipe(pipe) => write!(f, "({pipe})")?,
                _ => arg.fmt(f)?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Operand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Dot => f.write_str("."),
            What::Nil => f.write_str("nil"),
            What::Bool(value) => write!(f, "{value}"),
            What::Number { text, .. } => f.write_str(text),
            What::Str { quoted, .. } => f.write_str(quoted),
            What::Field(names) => names.iter().try_for_each(|name| write!(f, ".{name}")),
            What::Variable { name, fields } => {
                f.write_str(name)?;
                fields.iter().try_for_each(|field| write!(f, ".{field}"))
            }
            What::Function(name, _) => f.write_str(name),
            What::Pipe(pipe) => pipe.fmt(f),
            What::Chain { of, fields } => {
                match &of.what {
                    What::Pipe(pipe) => write!(f, "({pipe})")?,
                    _ => of.fmt(f)?,
                }
                fields.iter().try_for_each(|field| write!(f, ".{field}"))
            }
        }
    }
}
