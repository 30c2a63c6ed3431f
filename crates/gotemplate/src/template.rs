//! A parsed template and the two ways to run it.

use crate::compile;
use crate::error::Error;
use crate::exec;
use crate::function::Functions;
use crate::limits::Limits;
use crate::program::Program;
use crate::text::Text;
use crate::value::Value;

/// What a field or key that a map lacks gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingKey {
    /// No value, which prints `<no value>`. Go calls this `missingkey=default` or `invalid`.
    #[default]
    NoValue,
    /// The zero value of the map's element type.
    Zero,
    /// An error that ends the execution.
    Error,
}

/// How a template is read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// What opens an action. Default, also for an empty string: `{{`.
    pub left_delimiter: String,
    /// What closes an action. Default, also for an empty string: `}}`.
    pub right_delimiter: String,
    /// What a key that a map lacks gives. Default: no value.
    pub missing_key: MissingKey,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            left_delimiter: "{{".to_owned(),
            right_delimiter: "}}".to_owned(),
            missing_key: MissingKey::default(),
        }
    }
}

impl Options {
    /// Sets the delimiters of actions.
    #[must_use]
    pub fn with_delimiters(mut self, left: &str, right: &str) -> Self {
        left.clone_into(&mut self.left_delimiter);
        right.clone_into(&mut self.right_delimiter);
        self
    }

    /// Sets what a key that a map lacks gives.
    #[must_use]
    pub fn with_missing_key(mut self, missing_key: MissingKey) -> Self {
        self.missing_key = missing_key;
        self
    }
}

/// Where typed output goes: the template's own text, and the values it prints, each in its turn.
pub trait Sink<'a> {
    /// Takes text of the template. The same place of a template always gives the same slice, at the same address.
    fn literal(&mut self, text: &'a str);

    /// Takes a printed value.
    fn value(&mut self, text: Text<'a>);

    /// Takes a printed string that others hold as well. Unless it is said otherwise it is cloned.
    fn shared(&mut self, text: &Text<'a>) {
        self.value(text.clone());
    }
}

/// A template, parsed and ready to run any number of times, from several threads at once.
///
/// # Examples
///
/// ```
/// use outrigger_gotemplate::{Functions, Limits, Options, Template, Value};
///
/// let text = "{{range $i, $e := .}}{{if $i}}, {{end}}{{printf \"%q\" $e}}{{end}}";
/// let template = Template::parse("list", text, &Functions::builtins(), &Options::default())?;
/// let data = Value::strings(["a", "b"]);
/// assert_eq!(template.render_text(&data, &Limits::default())?, r#""a", "b""#);
/// # Ok::<(), outrigger_gotemplate::Error>(())
/// ```
#[derive(Debug)]
pub struct Template {
    program: Program,
}

impl Template {
    /// Parses a template. Templates that the text defines are known within it only.
    ///
    /// # Errors
    ///
    /// If the text is not a template, or calls a function that is not in the table.
    pub fn parse(
        name: &str,
        text: &str,
        functions: &Functions,
        options: &Options,
    ) -> Result<Self, Error> {
        Ok(Self {
            program: compile::compile(name, text, functions, options)?,
        })
    }

    /// The template's name.
    pub fn name(&self) -> &str {
        self.program.name()
    }

    /// The text it was parsed from.
    pub fn source(&self) -> &str {
        self.program.text()
    }

    /// The names of all templates that the text defines, itself included if it is not empty, sorted.
    pub fn defined(&self) -> Vec<&str> {
        self.program.defined()
    }

    /// Runs the template and gives its output, byte for byte what Go gives.
    ///
    /// # Errors
    ///
    /// If the execution fails or goes past a limit.
    pub fn render_text<'a>(&'a self, data: &Value<'a>, limits: &Limits) -> Result<String, Error> {
        let mut out = TextSink(String::with_capacity(self.program.text().len()));
        exec::execute(&self.program, data, limits, &mut out)?;
        Ok(out.0)
    }

    /// Runs the template and hands its own text and the values it prints to a sink, so that the sink can tell them
    /// apart. Nothing is escaped; the pieces in order are [`Template::render_text`]'s output.
    ///
    /// # Errors
    ///
    /// If the execution fails or goes past a limit. The sink may have got some output by then.
    pub fn render_skeleton<'a>(
        &'a self,
        data: &Value<'a>,
        limits: &Limits,
        sink: &mut dyn Sink<'a>,
    ) -> Result<(), Error> {
        exec::execute(&self.program, data, limits, sink)
    }
}

/// Joins everything.
struct TextSink(String);

impl<'a> Sink<'a> for TextSink {
    fn literal(&mut self, text: &'a str) {
        self.0.push_str(text);
    }

    fn value(&mut self, text: Text<'a>) {
        self.0.push_str(&text);
    }

    fn shared(&mut self, text: &Text<'a>) {
        self.0.push_str(text);
    }
}
