//! Turns a template's text into the form that is executed.

use crate::error::Error;
use crate::function::Functions;
use crate::template::Options;

/// A compiled template.
#[derive(Debug)]
pub(crate) struct Program {
    name: String,
    text: String,
}

impl Program {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn defined(&self) -> Vec<&str> {
        vec![&self.name]
    }
}

pub(crate) fn compile(
    name: &str,
    text: &str,
    _functions: &Functions,
    _options: &Options,
) -> Result<Program, Error> {
    Ok(Program {
        name: name.to_owned(),
        text: text.to_owned(),
    })
}
