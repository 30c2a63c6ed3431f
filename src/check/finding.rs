//! What is wrong with a configuration, and where.

use std::fmt;

use outrigger_gotemplate as gotemplate;
use serde::Serialize;

use crate::config::{ConfigError, Fault, InjectorConfig};

/// Something that is wrong, or doubtful, in a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What sort of finding it is, in a word that never changes.
    pub code: &'static str,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The name of the source, such as the path of its file.
    pub file: Option<String>,
    /// The line in the source, from 1.
    pub line: Option<usize>,
    /// The column in characters, from 1.
    pub column: Option<usize>,
    /// The line itself.
    pub excerpt: Option<String>,
    /// The template that it is about.
    pub template: Option<String>,
    /// The field of the injected Pod that it is about, such as `spec.containers[0].image`.
    pub field: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
}

/// How bad a [`Finding`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Some Pods are not served as they should be, or not all that is written has an effect.
    Warning,
    /// Pods would be refused: the configuration is not to be used.
    Error,
}

impl Finding {
    pub(super) fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity,
            code,
            message: message.into(),
            file: None,
            line: None,
            column: None,
            excerpt: None,
            template: None,
            field: None,
            help: None,
        }
    }

    /// What is wrong in a template's text.
    pub(super) fn of_template(
        severity: Severity,
        code: &'static str,
        error: &gotemplate::Error,
        config: &InjectorConfig,
    ) -> Self {
        let name = error.template();
        let whole = error.to_string();
        // The place is told apart from the message.
        let place = format!("template: {name}:{}: ", error.line());
        let place_and_column = format!(
            "template: {name}:{}:{}: ",
            error.line(),
            error.column().saturating_sub(1)
        );
        let message = whole
            .strip_prefix(&place_and_column)
            .or_else(|| whole.strip_prefix(&place))
            .unwrap_or(&whole);
        let mut finding = Self::new(severity, code, message).in_template(
            config,
            name,
            (error.line(), error.column()),
        );
        finding.help = error.hint().map(str::to_owned);
        finding
    }

    /// The same with its place: a line of a template, and a column in bytes, both from 1.
    pub(super) fn in_template(
        mut self,
        config: &InjectorConfig,
        name: &str,
        (line, column): (usize, usize),
    ) -> Self {
        self.template = Some(name.to_owned());
        let Some(origin) = config.origins.get(name) else {
            return self;
        };
        self.file = Some(origin.source_name.clone());
        let text = config.templates.get(name).map_or("", String::as_str);
        let Some(head) = text.lines().nth(line.wrapping_sub(1)) else {
            return self;
        };
        let before = head.get(..column.saturating_sub(1)).unwrap_or(head);
        let place = origin.position(line, before.chars().count() + 1);
        self.line = Some(place.0);
        self.column = Some(place.1);
        self.excerpt = origin.line(text, line);
        self
    }
}

impl From<&ConfigError> for Finding {
    fn from(error: &ConfigError) -> Self {
        let (severity, code) = match error.fault {
            Fault::Syntax => (Severity::Error, "config-syntax"),
            Fault::Type => (Severity::Error, "config-type"),
            Fault::Missing => (Severity::Error, "config-missing"),
            Fault::Doubt => (Severity::Warning, "config-doubt"),
            Fault::LeftOut => (Severity::Warning, "config-left-out"),
        };
        Self {
            file: Some(error.source_name.clone()),
            line: error.position.map(|(line, _)| line),
            column: error.position.map(|(_, column)| column),
            excerpt: error.excerpt.clone(),
            ..Self::new(severity, code, error.message.clone())
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

impl fmt::Display for Finding {
    /// One line: `config.yaml:3:7: error[config-type]: …; help: …`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            f.write_str(file)?;
            if let (Some(line), Some(column)) = (self.line, self.column) {
                write!(f, ":{line}:{column}")?;
            }
            f.write_str(": ")?;
        }
        write!(f, "{}[{}]: ", self.severity, self.code)?;
        if let Some(template) = &self.template {
            write!(f, "template {template:?}: ")?;
        }
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, "; help: {help}"),
            None => Ok(()),
        }
    }
}
