//! Functions that templates call: how to write one, and the table they are looked up in.

mod args;
mod context;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::builtins;
use crate::types::Type;
use crate::value::Value;

pub use args::Args;
pub use context::{CallError, Context};

/// What a function does: takes checked arguments, gives a value or fails.
type Body = dyn for<'c, 's, 'a> Fn(&Context<'c>, &mut Args<'s, 'a>) -> Result<Value<'a>, CallError>
    + Send
    + Sync;

/// What a function or method takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The parameters' types.
    pub params: &'static [Type],
    /// Whether the last parameter may be given any number of times.
    pub variadic: bool,
}

impl Signature {
    /// The type of the argument at a position, `None` past the last.
    pub(crate) fn param(&self, position: usize) -> Option<Type> {
        match self.params.get(position) {
            None if self.variadic => self.params.last().copied(),
            param => param.copied(),
        }
    }

    /// What is wrong with the number of arguments, of which one may be piped.
    pub(crate) fn mismatch(&self, name: &str, args: usize, piped: bool) -> Option<String> {
        let given = args + usize::from(piped);
        let params = self.params.len();
        if self.variadic {
            let least = params.saturating_sub(1);
            return (given < least).then(|| {
                format!("wrong number of args for {name}: want at least {least} got {args}")
            });
        }
        (given != params)
            .then(|| format!("wrong number of args for {name}: want {params} got {given}"))
    }
}

/// A function with its name, its parameters' types and what it does.
pub struct Function {
    name: Cow<'static, str>,
    signature: Signature,
    structured: bool,
    pub(crate) special: Option<builtins::Special>,
    body: Box<Body>,
}

impl Function {
    /// The name that templates call it by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The parameters' types; if the function is [variadic](Function::is_variadic), the last one may be given any
    /// number of times.
    pub fn params(&self) -> &[Type] {
        self.signature.params
    }

    /// Whether the last parameter may be given any number of times.
    pub fn is_variadic(&self) -> bool {
        self.signature.variadic
    }

    /// Whether the result is YAML or JSON by construction.
    pub fn is_structured(&self) -> bool {
        self.structured
    }

    /// The type of the argument at a position, `None` past the last.
    pub fn param(&self, position: usize) -> Option<Type> {
        self.signature.param(position)
    }

    pub(crate) fn signature(&self) -> &Signature {
        &self.signature
    }

    /// The function's Go type; results are taken to be `interface {}`.
    pub(crate) fn type_name(&self) -> String {
        let mut params: Vec<String> = self.params().iter().map(ToString::to_string).collect();
        if self.is_variadic()
            && let Some(last) = params.last_mut()
        {
            last.insert_str(0, "...");
        }
        format!("func({}) interface {{}}", params.join(", "))
    }

    /// Runs the function on arguments that have the parameters' types.
    pub(crate) fn run<'a>(
        &self,
        context: &Context<'_>,
        args: &mut [Value<'a>],
    ) -> Result<Value<'a>, CallError> {
        let result = (self.body)(context, &mut Args::new(args));
        if self.structured {
            return result.map(structured);
        }
        result
    }
}

/// Says of a string that it is YAML or JSON by construction.
fn structured(value: Value<'_>) -> Value<'_> {
    match value {
        Value::String(text) => Value::structured(text.into_cow()),
        other => other,
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} {}>", self.name, self.type_name())
    }
}

/// The functions that templates may call, by name. Starts from Go's own; later additions of a name replace earlier ones.
///
/// Functions are looked up when a template is parsed; a template keeps those it uses.
///
/// # Examples
///
/// ```
/// use outrigger_gotemplate::{Functions, Limits, Options, Template, Type, Value};
///
/// let mut functions = Functions::builtins();
/// functions.add("upper", &[Type::String], |_, a| Ok(a.str(0).to_uppercase().into()));
/// functions.variadic("sum", &[Type::Int], |_, a| Ok((0..a.len()).map(|i| a.int(i)).sum::<i64>().into()));
/// functions.add("port", &[], |_, _| Err("no port is known".into()));
///
/// let template = Template::parse("t", "{{upper .}} {{sum 1 2 3}}", &functions, &Options::default())?;
/// assert_eq!(template.render_text(&Value::from("a"), &Limits::default())?, "A 6");
///
/// let template = Template::parse("t", "{{port}}", &functions, &Options::default())?;
/// let error = template.render_text(&Value::Nil, &Limits::default()).unwrap_err();
/// assert_eq!(error.to_string(), "template: t:1:2: executing \"t\" at <port>: error calling port: no port is known");
/// # Ok::<(), outrigger_gotemplate::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Functions {
    table: HashMap<Cow<'static, str>, Arc<Function>>,
}

impl Functions {
    /// No functions at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// Go's own functions: `and`, `or`, `not`, `len`, `index`, `printf`, `eq` and so on.
    pub fn builtins() -> Self {
        let mut functions = Self::none();
        builtins::add_to(&mut functions);
        functions
    }

    /// Adds a function with a fixed number of parameters.
    pub fn add<F>(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        params: &'static [Type],
        body: F,
    ) -> Entry<'_>
    where
        F: for<'c, 's, 'a> Fn(&Context<'c>, &mut Args<'s, 'a>) -> Result<Value<'a>, CallError>
            + Send
            + Sync
            + 'static,
    {
        self.insert(name.into(), params, false, Box::new(body))
    }

    /// Adds a function whose last parameter may be given any number of times.
    pub fn variadic<F>(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        params: &'static [Type],
        body: F,
    ) -> Entry<'_>
    where
        F: for<'c, 's, 'a> Fn(&Context<'c>, &mut Args<'s, 'a>) -> Result<Value<'a>, CallError>
            + Send
            + Sync
            + 'static,
    {
        self.insert(name.into(), params, !params.is_empty(), Box::new(body))
    }

    /// Adds all functions of another table; they replace those of the same name.
    pub fn extend(&mut self, other: &Self) {
        self.table.extend(
            other
                .table
                .iter()
                .map(|(name, f)| (name.clone(), f.clone())),
        );
    }

    /// Gives a function a second name. Nothing happens if there is no such function.
    pub fn alias(&mut self, name: impl Into<Cow<'static, str>>, of: &str) {
        if let Some(function) = self.table.get(of).cloned() {
            self.table.insert(name.into(), function);
        }
    }

    /// Removes a function.
    pub fn remove(&mut self, name: &str) {
        self.table.remove(name);
    }

    /// Looks a function up.
    pub fn get(&self, name: &str) -> Option<&Arc<Function>> {
        self.table.get(name)
    }

    /// The names of all functions, sorted.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.table.keys().map(AsRef::as_ref).collect();
        names.sort_unstable();
        names
    }

    fn insert(
        &mut self,
        name: Cow<'static, str>,
        params: &'static [Type],
        variadic: bool,
        body: Box<Body>,
    ) -> Entry<'_> {
        let function = Function {
            name: name.clone(),
            signature: Signature { params, variadic },
            structured: false,
            special: None,
            body,
        };
        self.table.insert(name.clone(), Arc::new(function));
        Entry {
            functions: self,
            name,
        }
    }
}

impl fmt::Debug for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

/// A function just added, to say more about it.
#[derive(Debug)]
pub struct Entry<'f> {
    functions: &'f mut Functions,
    name: Cow<'static, str>,
}

impl Entry<'_> {
    /// Declares that the function's result is YAML or JSON by construction, whatever its arguments are, so that typed
    /// output lets it become more than a string.
    pub fn structured(self) {
        self.change(|function| function.structured = true);
    }

    pub(crate) fn special(self, special: builtins::Special) {
        self.change(|function| function.special = Some(special));
    }

    fn change(self, change: impl FnOnce(&mut Function)) {
        if let Some(function) = self
            .functions
            .table
            .get_mut(&self.name)
            .and_then(Arc::get_mut)
        {
            change(function);
        }
    }
}
