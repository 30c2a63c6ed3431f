//! From a template to an overlay whose structure is the template's alone.
//!
//! The template's own text is the skeleton. A value that it prints stands in the skeleton as a marker, whatever the
//! value is, so the skeleton depends only on the branches taken; it is parsed as YAML once and kept. Then the values
//! are filled in as scalars. No value can open a map, end a string or start a list item. The one exception is text
//! that is YAML or JSON by construction (`toYaml`, `toJson`, …): its parsed value is put where its marker stands.

mod fill;
mod marker;
mod skeleton;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use foldhash::fast::RandomState;
use outrigger_gotemplate::{Functions, Limits, Options, Origin, Template, Value as Data};
use outrigger_json::Value;

use fill::Values;
use marker::{Datum, Pieces, Printed};
use skeleton::{Node, Skeleton};

/// How many skeletons and parsed texts are kept. A configuration's templates have a few dozen branches that Pods take.
const KEPT: usize = 2048;

/// What templates see of the configuration alone: a renderer serves one.
const CONSTANTS: [&str; 3] = ["CompliancePolicy", "Revision", "Values"];

/// Templates, ready to render, all their lives with data of one configuration.
#[derive(Debug)]
pub(crate) struct Renderer {
    templates: BTreeMap<String, Template>,
    skeletons: Cache<Skeleton>,
    structures: Cache<Value<'static>>,
    limits: Limits,
}

/// Why a template does not give an overlay.
#[derive(Debug)]
pub(crate) enum Error {
    /// The template fails.
    Template(Box<outrigger_gotemplate::Error>),
    /// What it gives is not YAML, with the skeleton's line at fault.
    Yaml {
        template: String,
        cause: String,
        line: String,
    },
    /// What it gives is no object.
    NotAnObject { template: String, got: &'static str },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Template(error) => error.fmt(f),
            Self::Yaml {
                template,
                cause,
                line,
            } => {
                write!(
                    f,
                    "template {template:?} gives text that is not YAML: {cause}: {line:?}"
                )
            }
            Self::NotAnObject { template, got } => {
                write!(
                    f,
                    "template {template:?} gives a YAML {got} where a Pod overlay is an object"
                )
            }
        }
    }
}

/// A rendered template: a skeleton, and the values for it.
#[derive(Debug)]
pub(crate) struct Rendered<'a> {
    template: &'a str,
    skeleton: Arc<Skeleton>,
    printed: Printed,
    structures: Vec<Option<Arc<Value<'static>>>>,
}

impl Rendered<'_> {
    /// The overlay, which borrows from the rendering.
    pub(crate) fn overlay(&self) -> Result<Value<'_>, Error> {
        let values = Values {
            printed: &self.printed,
            structures: &self.structures,
        };
        let overlay = match &self.skeleton.root {
            // A template that prints nothing asks for nothing.
            Node::Fixed(Value::Null) => return Ok(outrigger_json::Object::new().into()),
            root => values.fill(root),
        };
        match overlay {
            Ok(overlay @ Value::Object(_)) => Ok(overlay),
            Ok(other) => Err(Error::NotAnObject {
                template: self.template.to_owned(),
                got: other.kind(),
            }),
            Err(cause) => Err(Error::Yaml {
                template: self.template.to_owned(),
                cause,
                line: String::new(),
            }),
        }
    }
}

impl Renderer {
    /// Parses all templates, or says what is wrong with each that does not parse.
    pub(crate) fn new(
        texts: &BTreeMap<String, String>,
        functions: &Functions,
    ) -> Result<Self, Vec<outrigger_gotemplate::Error>> {
        let options = Options::default().with_constants(&CONSTANTS);
        let mut templates = BTreeMap::new();
        let mut faults = Vec::new();
        for (name, text) in texts {
            match Template::parse(name, text, functions, &options) {
                Ok(template) => {
                    templates.insert(name.clone(), template);
                }
                Err(fault) => faults.push(fault),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            templates,
            skeletons: Cache::default(),
            structures: Cache::default(),
            limits: Limits::default(),
        })
    }

    /// The names of all templates, sorted.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.templates.keys().map(String::as_str)
    }

    /// The template of this name.
    pub(crate) fn template(&self, name: &str) -> Option<&Template> {
        self.templates.get(name)
    }

    /// Renders a template.
    pub(crate) fn render<'a>(
        &'a self,
        template: &'a Template,
        data: &Data<'a>,
    ) -> Result<Rendered<'a>, Error> {
        let mut pieces = Pieces::default();
        template
            .render_skeleton(data, &self.limits, &mut pieces)
            .map_err(|e| Error::Template(Box::new(e)))?;
        self.finish(template.name(), pieces)
    }

    /// Parses what is not known yet.
    fn finish<'a>(&self, template: &'a str, pieces: Pieces) -> Result<Rendered<'a>, Error> {
        let Pieces {
            skeleton: text,
            printed,
        } = pieces;
        let yaml = |cause: outrigger_yaml::Error| {
            // Where the text ends too early the last line that says something is the one to look at.
            let lines = text.lines().take(cause.line());
            let line = lines.filter(|line| !line.trim().is_empty()).last();
            let line = line.unwrap_or_default();
            Error::Yaml {
                template: template.to_owned(),
                cause: cause.message().to_owned(),
                line: marker::readable(line, &printed),
            }
        };
        let skeleton = self
            .skeletons
            .get_or_make(&text, || Skeleton::parse(&text))
            .map_err(yaml)?;
        let mut structures = vec![None; printed.len()];
        for at in &skeleton.structures {
            if let (Some(value), Some(place)) = (printed.get(*at), structures.get_mut(*at))
                && value.origin == Origin::Structured
            {
                *place = Some(self.structure(&value).map_err(yaml)?);
            }
        }
        Ok(Rendered {
            template,
            skeleton,
            printed,
            structures,
        })
    }

    fn structure(&self, value: &Datum<'_>) -> Result<Arc<Value<'static>>, outrigger_yaml::Error> {
        if value.text.contains('\n') {
            // Its further lines are indented to its place in the skeleton, so its first must be too.
            let text = format!("{}{}", " ".repeat(value.indent), value.text);
            return self.structures.get_or_make(&text, || parse(&text));
        }
        self.structures
            .get_or_make(value.text, || parse(value.text))
    }
}

/// Reads JSON as JSON: strings may hold characters that no YAML may.
fn parse(text: &str) -> Result<Value<'static>, outrigger_yaml::Error> {
    if text.trim_start().starts_with(['{', '['])
        && let Ok(json) = Value::parse(text.as_bytes())
    {
        return Ok(json.into_owned());
    }
    outrigger_yaml::parse(text)
}

/// Results by the text they were made from; forgets everything when it is full.
#[derive(Debug)]
pub(crate) struct Cache<T>(RwLock<HashMap<Box<str>, Arc<T>, RandomState>>);

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<T> Cache<T> {
    /// The result for `text`; `make` makes it the first time.
    fn get_or_make<E>(&self, text: &str, make: impl FnOnce() -> Result<T, E>) -> Result<Arc<T>, E> {
        // A panic elsewhere cannot leave a map half changed that is only ever added to or cleared.
        if let Some(found) = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(text)
        {
            return Ok(Arc::clone(found));
        }
        let made = Arc::new(make()?);
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if map.len() >= KEPT {
            map.clear();
        }
        map.insert(text.into(), Arc::clone(&made));
        Ok(made)
    }
}
