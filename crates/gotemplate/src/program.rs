//! The form of a template that is executed: for each template a flat list of instructions for a stack machine.

use std::sync::{Arc, OnceLock};

use crate::function::Function;
use crate::template::MissingKey;
use crate::text::{Origin, Text};
use crate::types::Type;
use crate::value::{Number, Value};

/// An index into one of the program's tables, or a position in a list of instructions.
pub(crate) type Index = u32;

/// No slot, no place.
pub(crate) const NONE: Index = Index::MAX;

/// One instruction. Comments say what it takes from the stack and leaves there.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    /// Writes text of the template.
    Text { start: Index, end: Index },
    /// value → ; writes it.
    Print,
    /// Writes what a path leads to.
    PrintPath(Index),
    /// value →
    Pop,
    /// Only moves the place that errors name.
    Mark,
    /// → what a path leads to
    Load(Index),
    /// → the variable's value, which is moved there: the pipeline sets the variable and does not read it again
    Take { slot: Index, settles: bool },
    /// → a constant
    Const(Index),
    /// → no value
    Missing,
    /// value → what a path from it leads to
    Follow(Index),
    /// (value) → what a path leads to, the receiver of a method; fails if it can have none, and skips the arguments and
    /// the call if it is nothing
    Receiver { name: Index, path: Index, to: Index },
    /// (piped value), receiver, arguments → the result of a method. The arguments' places are in the table from `first`
    /// on.
    Method {
        name: Index,
        first: Index,
        given: u16,
        piped: bool,
        place: Index,
    },
    /// (piped value), arguments → the result of a function
    Call {
        function: Index,
        given: u16,
        piped: bool,
        place: Index,
    },
    /// (piped value), function, arguments → the result of the function value. The name that errors call it by is missing
    /// if it is the piped value.
    CallValue {
        callee: Index,
        given: u16,
        piped: bool,
        place: Index,
    },
    /// value → the value as a parameter of the type takes it
    Convert(Index),
    /// value → value; a nil becomes no value, as at the end of every pipeline
    Settle,
    /// value → value, also into a variable
    Set(Index),
    /// value → ; into a variable
    Store(Index),
    /// Goes on elsewhere.
    Jump(Index),
    /// value → ; goes on elsewhere if it is not true
    JumpUnless(Index),
    /// Goes on elsewhere if what a path leads to is not true.
    JumpUnlessPath { path: Index, to: Index },
    /// value → (value); goes on elsewhere and keeps the value if its truth is the given one
    JumpKeeping { truth: bool, to: Index },
    /// under, value → value
    DropUnder,
    /// value → ; makes it the dot if it is true, or goes on elsewhere
    Enter(Index),
    /// Makes what a path leads to the dot if it is true, or goes on elsewhere.
    EnterPath { path: Index, to: Index },
    /// Takes the dot back to what it was.
    Leave,
    /// value → ; starts a loop over it, or goes on elsewhere if it is empty
    Loop(Index),
    /// Takes the next turn of the loop with its dot and variables, or ends the loop and goes on elsewhere.
    Next {
        key: Index,
        elem: Index,
        exit: Index,
    },
    /// Ends the innermost loop and goes on elsewhere.
    Break(Index),
    /// Fails if there is no such template.
    Find(Index),
    /// Runs another template on what a path leads to; without a path: value → ; runs it on the value. The place is named
    /// if there is no such template.
    Template {
        template: Index,
        path: Index,
        place: Index,
    },
    /// → what a run of instructions leaves there in every execution; once that is known it goes on after them
    Kept(Index),
    /// Goes back to the template that called this one.
    Return,
    /// Fails with a message.
    Fail(Index),
}

/// A chain of fields, and what it starts from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path {
    pub(crate) from: Source,
    /// The fields in their table.
    pub(crate) first: Index,
    pub(crate) count: Index,
    /// The action that prints it, which errors may name.
    pub(crate) action: Index,
    /// Whether a nil at its end is no value, as at the end of every pipeline.
    pub(crate) settles: bool,
    /// Where the value is kept if the path leads to the same in every execution.
    pub(crate) same: Index,
}

/// A value that is the same in every execution, once one has been; inside it `None` where it is not a scalar.
pub(crate) type Same = OnceLock<Option<Const>>;

/// A run of instructions that leaves the same value on the stack in every execution.
#[derive(Debug)]
pub(crate) struct Kept {
    /// The first of them, in whose place [`Op::Kept`] stands: it loads something.
    pub(crate) first: Op,
    /// Where they end.
    pub(crate) end: Index,
    /// The place that errors name after them, if it is not that of the first.
    pub(crate) mark: Index,
    pub(crate) value: Same,
}

/// What a path starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Dot,
    Variable(Index),
    Stack,
}

/// A constant of the template.
#[derive(Clone, Debug)]
pub(crate) enum Const {
    Missing,
    Nil,
    /// A nil map, slice or pointer, for a parameter of that type.
    NilOf(Type),
    Bool(bool),
    Int(i64),
    Float(f64),
    Number(Number),
    /// A string of the template.
    Str(Box<str>),
    /// A string that was made.
    Text(Text<'static>),
}

impl Const {
    /// A value to keep; `None` if it is not a scalar.
    pub(crate) fn of(value: &Value<'_>) -> Option<Self> {
        Some(match value {
            Value::Missing => Self::Missing,
            Value::Nil => Self::Nil,
            Value::NilOf(of) => Self::NilOf(*of),
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Float(value) => Self::Float(*value),
            Value::Number(value) => Self::Number(*value),
            Value::String(text) => Self::Text(text.to_owned_text()),
            Value::List(_) | Value::Map(_) | Value::Object(_) | Value::Func(_) => return None,
        })
    }

    /// The value, its string lent.
    pub(crate) fn lent(&self) -> Value<'_> {
        match self {
            Self::Str(text) => Value::String(Text::new(&**text, Origin::Literal)),
            Self::Text(text) => Value::String(text.lent()),
            other => other.to_value(),
        }
    }

    /// The value, with a copy of a string.
    pub(crate) fn to_value<'a>(&self) -> Value<'a> {
        match self {
            Self::Missing => Value::Missing,
            Self::Nil => Value::Nil,
            Self::NilOf(of) => Value::NilOf(*of),
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Float(value) => Value::Float(*value),
            Self::Number(value) => Value::Number(*value),
            Self::Str(text) => Value::String(Text::new(text.to_string(), Origin::Literal)),
            Self::Text(text) => Value::String(text.clone()),
        }
    }
}

/// A place in the text that an error may name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Where Go says it is.
    pub(crate) at: Index,
    pub(crate) start: Index,
    pub(crate) end: Index,
    pub(crate) shown: Shown,
}

/// How a place's text is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// As it is, with white space as Go puts it.
    Bare,
    /// In braces, as an action.
    Action,
    /// As an action that calls a template, whose name is in the table of names.
    Template(Index),
}

/// One template of the set: the main one, or one that its text defines.
#[derive(Debug, Default)]
pub(crate) struct Body {
    pub(crate) name: Box<str>,
    /// The instructions, each with the place that errors name from then on, or [`NONE`].
    pub(crate) ops: Vec<(Op, Index)>,
    /// Number of variables alive at once, `$` included where there is use for any.
    pub(crate) slots: usize,
    /// Whether it has use for `$`, which is the first variable.
    pub(crate) reads_root: bool,
    /// Whether the text defines it, rather than only calling it.
    pub(crate) defined: bool,
    /// Whether it is nothing but white space and comments.
    pub(crate) empty: bool,
}

/// A compiled template with everything that it uses.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(crate) text: Box<str>,
    pub(crate) missing_key: MissingKey,
    /// The main template is the first.
    pub(crate) bodies: Vec<Body>,
    /// Names of templates and methods, and messages.
    pub(crate) names: Vec<Box<str>>,
    /// The names of paths' fields.
    pub(crate) fields: Vec<Box<str>>,
    pub(crate) paths: Vec<Path>,
    /// The places of methods' arguments.
    pub(crate) arguments: Vec<Index>,
    pub(crate) consts: Vec<Const>,
    pub(crate) types: Vec<Type>,
    /// Functions with the names that the template calls them by.
    pub(crate) functions: Vec<(Box<str>, Arc<Function>)>,
    pub(crate) places: Vec<Place>,
    /// What paths lead to in every execution.
    pub(crate) same: Vec<Same>,
    pub(crate) kept: Vec<Kept>,
}

impl Program {
    pub(crate) fn name(&self) -> &str {
        self.bodies.first().map_or("", |body| &body.name)
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn defined(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .bodies
            .iter()
            .filter(|body| body.defined)
            .map(|body| &*body.name)
            .collect();
        names.sort_unstable();
        names
    }
}
