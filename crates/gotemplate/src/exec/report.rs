//! Errors, with the place that Go would name.

use super::{Failure, Machine};
use crate::error::{Error, Span};
use crate::lex;
use crate::program::{Index, Program, Shown};

impl Machine<'_, '_> {
    pub(super) fn error(&self, failure: Failure) -> Error {
        let failure = *failure.0;
        let program = self.program;
        let name = program.name();
        let running = program
            .bodies
            .get(self.template as usize)
            .map_or("", |body| &*body.name);
        let Some(place) = program.places.get(self.at as usize) else {
            let message = format!("template: {name}: {}", failure.message);
            return Error::new(failure.kind, name, message).with_hint(failure.hint);
        };
        let text = program.text();
        let before = text.get(..place.at as usize).unwrap_or("");
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |newline| newline + 1);
        let message = format!(
            "template: {name}:{line}:{column}: executing {} at <{}>: {}",
            crate::format::quote(running),
            show(program, self.at),
            failure.message
        );
        let span = Span {
            start: place.start as usize,
            end: place.end as usize,
        };
        Error::new(failure.kind, name, message)
            .at(text, span)
            .with_hint(failure.hint)
    }
}

/// The text of a place as Go writes it back.
pub(super) fn show(program: &Program, place: Index) -> String {
    let Some(place) = program.places.get(place as usize) else {
        return String::new();
    };
    let source = program
        .text()
        .get(place.start as usize..place.end as usize)
        .unwrap_or("");
    let shown = lex::normalized(source);
    match place.shown {
        Shown::Bare => shown,
        Shown::Action => format!("{{{{{shown}}}}}"),
        Shown::Template(name) => {
            let name =
                crate::format::quote(program.names.get(name as usize).map_or("", |name| name));
            let gap = if shown.is_empty() { "" } else { " " };
            format!("{{{{template {name}{gap}{shown}}}}}")
        }
    }
}
