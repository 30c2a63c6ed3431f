//! The functions of sprig, a library that most Go programs with templates add to Go's own.

use crate::function::Functions;

/// Adds sprig's functions to a table.
pub fn add_to(functions: &mut Functions) {
    let _ = functions;
}
