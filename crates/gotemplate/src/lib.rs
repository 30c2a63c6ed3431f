//! Go's `text/template` and [sprig](https://masterminds.github.io/sprig/), exactly as Go has them.
//!
//! A [`Template`] is parsed once, with the [`Functions`] that it may call, and rendered any number of times on a
//! [`Value`] within [`Limits`]. Data of the host program is read in place through the trait [`Object`].
//!
//! # Examples
//!
//! ```
//! use outrigger_gotemplate::{Functions, Limits, Options, Template, Value, sprig};
//!
//! let mut functions = Functions::builtins();
//! sprig::add_to(&mut functions);
//! functions.add("shout", &[outrigger_gotemplate::Type::String], |_, a| {
//!     Ok(format!("{}!", a.str(0).to_uppercase()).into())
//! });
//!
//! let text = "{{range $i, $name := .names}}{{if $i}}, {{end}}{{$name | shout}}{{end}}";
//! let template = Template::parse("greeting", text, &functions, &Options::default())?;
//!
//! let data = Value::map([("names", Value::strings(["ann", "bob"]))]);
//! assert_eq!(template.render_text(&data, &Limits::default())?, "ANN!, BOB!");
//! # Ok::<(), outrigger_gotemplate::Error>(())
//! ```
//!
//! Errors are worded as Go words them, and name the place:
//!
//! ```
//! use outrigger_gotemplate::{Functions, Limits, Options, Template, Value};
//!
//! let template = Template::parse("t", "{{index .list 3}}", &Functions::builtins(), &Options::default())?;
//! let data = Value::map([("list", Value::list([]))]);
//! let error = template.render_text(&data, &Limits::default()).unwrap_err();
//! let text = "template: t:1:2: executing \"t\" at <index .list 3>: error calling index: index out of range: 3";
//! assert_eq!(error.to_string(), text);
//! # Ok::<(), outrigger_gotemplate::Error>(())
//! ```
//!
//! # Typed output
//!
//! [`Template::render_skeleton`] hands the template's own text and the values it prints to a [`Sink`] one by one. Each
//! value is a [`Text`] with its [`Origin`], so that whoever puts YAML or JSON together can tell data from structure.
//!
//! # From text to output
//!
//! The lexer cuts the text into tokens; the parser reads pipelines into trees and hands control structures on as they
//! come; the compiler makes instructions of both; the machine runs these. Nothing but parentheses recurses, and these
//! are bounded.

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
mod pairs;
mod parse;
mod program;
pub mod sprig;
mod template;
mod text;
mod types;
mod value;

pub use collection::{Cycle, List, Map};
pub use error::{Error, ErrorKind};
pub use function::{Args, CallError, Context, Entry, Function, Functions, Signature};
pub use limits::Limits;
pub use object::{Object, ObjectRef};
pub use template::{MissingKey, Options, Sink, Template};
pub use text::{Origin, Text};
pub use types::{Kind, Type};
pub use value::{Number, Value};

/// Runs the example of the README as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
