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
    /// The fields of the data that are the same in every execution of the template, and which nothing that it calls
    /// changes: what is made of these alone is worked out once. That holds as well for functions, which must give the
    /// same for the same arguments. Default: none.
    pub constants: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            left_delimiter: "{{".to_owned(),
            right_delimiter: "}}".to_owned(),
            missing_key: MissingKey::default(),
            constants: Vec::new(),
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

    /// Names the fields of the data that are the same in every execution.
    #[must_use]
    pub fn with_constants(mut self, fields: &[&str]) -> Self {
        self.constants = fields.iter().map(|field| (*field).to_owned()).collect();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorKind, Type};

    /// The pieces of typed output: literal text as it is, values with the initial of their origin.
    struct Pieces(Vec<String>);

    impl<'a> Sink<'a> for Pieces {
        fn literal(&mut self, text: &'a str) {
            self.0.push(text.to_owned());
        }

        fn value(&mut self, text: Text<'a>) {
            self.0.push(format!("{:?}:{text}", text.origin()));
        }
    }

    fn functions() -> Functions {
        let mut functions = Functions::builtins();
        functions
            .add("yaml", &[Type::Any], |_, _| Ok("a: 1".into()))
            .structured();
        functions.add("trim", &[Type::String], |_, a| {
            Ok(a.text(0).narrowed(str::trim).into())
        });
        functions.variadic("list", &[Type::Any], |_, a| {
            Ok(Value::list(a.rest(0).to_vec()))
        });
        functions
    }

    fn parse(text: &str) -> Template {
        Template::parse("t", text, &functions(), &Options::default()).unwrap()
    }

    #[test]
    fn values_carry_where_they_came_from() {
        let cases = [
            ("a{{.x}}b", vec!["a", "Plain:data", "b"]),
            ("{{\"c\"}}", vec!["Literal:c"]),
            ("{{$v := \"c\"}}{{$v}}", vec!["Literal:c"]),
            (
                "{{print \"c\" \"d\"}}{{print \"c\" .x}}",
                vec!["Literal:cd", "Plain:cdata"],
            ),
            (
                "{{printf \"%s\" \"d\"}}{{printf \"%s\" .x}}",
                vec!["Literal:d", "Plain:data"],
            ),
            ("{{printf \"%q\" .x}}", vec!["Quoted:\"data\""]),
            (
                "{{yaml .x}}{{yaml .x | trim}}",
                vec!["Structured:a: 1", "Structured:a: 1"],
            ),
            ("{{print (yaml .x)}}", vec!["Plain:a: 1"]),
            (
                "{{trim .x}}{{trim \" c \"}}",
                vec!["Plain:data", "Literal:c"],
            ),
        ];
        for (text, want) in cases {
            let template = parse(text);
            let data = Value::map([("x", Value::from("data"))]);
            let mut pieces = Pieces(Vec::new());
            template
                .render_skeleton(&data, &Limits::default(), &mut pieces)
                .unwrap();
            assert_eq!(pieces.0, want, "{text}");
        }
    }

    #[test]
    fn the_same_literal_has_the_same_address() {
        struct Addresses(Vec<usize>);
        impl<'a> Sink<'a> for Addresses {
            fn literal(&mut self, text: &'a str) {
                self.0.push(text.as_ptr() as usize);
            }
            fn value(&mut self, _: Text<'a>) {}
        }
        let template = parse("{{range list 1 2 3}}x{{end}}");
        let mut seen = Addresses(Vec::new());
        for _ in 0..2 {
            template
                .render_skeleton(&Value::Nil, &Limits::default(), &mut seen)
                .unwrap();
        }
        assert_eq!(seen.0.len(), 6);
        assert!(seen.0.iter().all(|address| *address == seen.0[0]));
    }

    #[test]
    fn hostile_templates_end() {
        let limits = Limits::default()
            .with_steps(10_000)
            .with_output_bytes(10_000);
        let deep = format!("{}{}", "{{if 1}}".repeat(50_000), "{{end}}".repeat(50_000));
        let cases = [
            "{{range 9223372036854775807}}{{end}}",
            "{{range 1000}}{{range 1000}}x{{end}}{{end}}",
            "{{define \"x\"}}{{template \"x\" .}}{{end}}{{template \"x\" .}}",
            "{{$s := \"0123456789\"}}{{range 60}}{{$s = print $s $s}}{{end}}",
            "{{printf \"%999999d\" 1}}",
            "{{$l := list}}{{range 60}}{{$l = list $l $l}}{{end}}{{$l}}",
            "{{$l := list}}{{range 9000}}{{$l = list $l}}{{end}}{{$l}}",
            &deep,
        ];
        for text in cases {
            let template = parse(text);
            let error = template.render_text(&Value::Nil, &limits).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Budget, "{error}");
        }
    }

    #[test]
    fn deep_parentheses_are_refused() {
        let text = format!("{{{{{}1{}}}}}", "(".repeat(100_000), ")".repeat(100_000));
        let error = Template::parse("t", &text, &functions(), &Options::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "template: t:1: max expression depth exceeded"
        );
        let text = format!("{{{{.a{}}}}}", ".a".repeat(100_000));
        assert!(
            parse(&text)
                .render_text(&Value::Nil, &Limits::default())
                .is_ok()
        );
    }

    #[test]
    fn errors_show_the_place() {
        let error = Template::parse(
            "t",
            "a\n\t{{ .x | trom }}",
            &functions(),
            &Options::default(),
        )
        .unwrap_err();
        assert_eq!((error.line(), error.column()), (2, 10));
        let want = "template: t:2: function \"trom\" not defined\n  |\n2 | \t{{ .x | trom }}\n  | \t        ^^^^\nhint: did you mean \"trim\"?";
        assert_eq!(format!("{error:#}"), want);

        let error = parse("{{.x}}\n{{ .x.y.z }}")
            .render_text(&Value::map([("x", Value::Int(1))]), &Limits::default());
        let want = "template: t:2:5: executing \"t\" at <.x.y.z>: can't evaluate field y in type interface {}\n  |\n2 | {{ .x.y.z }}\n  |    ^^^^^^";
        assert_eq!(format!("{:#}", error.unwrap_err()), want);
    }

    #[test]
    fn missing_keys_are_as_the_options_say() {
        let cases = [
            (MissingKey::NoValue, Ok("<no value>")),
            (MissingKey::Zero, Ok("<no value>")),
            (
                MissingKey::Error,
                Err("template: t:1:2: executing \"t\" at <.x>: map has no entry for key \"x\""),
            ),
        ];
        for (missing_key, want) in cases {
            let options = Options::default().with_missing_key(missing_key);
            let template = Template::parse("t", "{{.x}}", &functions(), &options).unwrap();
            let got = template.render_text(&Value::map::<&str>([]), &Limits::default());
            assert_eq!(
                got.map_err(|error| error.to_string()).as_deref(),
                want.map_err(str::to_owned).as_deref()
            );
        }
    }

    #[test]
    fn delimiters_can_be_set() {
        let options = Options::default().with_delimiters("<<", ">>");
        let template = Template::parse("t", "{{<<- 1 ->> }}<</* c */>>", &functions(), &options);
        assert_eq!(
            template
                .unwrap()
                .render_text(&Value::Nil, &Limits::default())
                .unwrap(),
            "{{1}}"
        );
    }

    #[test]
    fn templates_are_shared_between_threads() {
        fn check<T: Send + Sync>() {}
        check::<Template>();
        check::<Functions>();
        check::<Error>();
    }
}
