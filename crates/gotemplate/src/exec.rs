//! Runs a compiled template.

use crate::compile::Program;
use crate::error::Error;
use crate::limits::Limits;
use crate::template::Sink;
use crate::value::Value;

pub(crate) fn execute<'a>(
    program: &'a Program,
    _data: &Value<'a>,
    _limits: &Limits,
    sink: &mut dyn Sink<'a>,
) -> Result<(), Error> {
    sink.literal(program.text());
    Ok(())
}
