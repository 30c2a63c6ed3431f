//! Go's text/template and sprig, exactly as Go has them.

mod ast;
mod builtins;
mod collection;
mod compile;
mod convert;
mod error;
mod exec;
pub mod format;
mod function;
mod lex;
mod limits;
mod number;
mod object;
mod parse;
mod program;
pub mod sprig;
mod template;
mod text;
mod types;
mod value;

pub use collection::{Cycle, List, Map};
pub use error::{Error, ErrorKind};
pub use function::{Args, CallError, Context, Entry, Function, Functions};
pub use limits::Limits;
pub use object::{Object, ObjectRef};
pub use template::{MissingKey, Options, Sink, Template};
pub use text::{Origin, Text};
pub use types::{Kind, Type};
pub use value::{Number, Value};
