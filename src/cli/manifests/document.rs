//! One document: read, changed, and put into the form of the output. Nothing here depends on another document.

use std::borrow::Cow;

use outrigger_json::{Object, Value};

use super::{super::Note, Changed, Chunk, Document, Format, Job, comment, read::Contents};
use crate::{
    inject,
    workload::{Reference, objects},
};

/// A piece of output.
#[derive(Debug)]
pub(super) struct Piece<'c> {
    /// What the piece is separated by from what comes before it, where it is a document of a stream; empty: as it needs.
    pub(super) separator: Option<&'c str>,
    pub(super) text: Cow<'c, str>,
}

impl Piece<'_> {
    const fn line(text: String) -> Self {
        Self {
            separator: None,
            text: Cow::Owned(text),
        }
    }
}

/// Does the job on a document and gives what is written of it.
pub(super) fn document<'c>(
    chunk: &'c Chunk,
    format: Format,
    job: &Job<'_>,
    notes: &mut Vec<Note>,
) -> anyhow::Result<Vec<Piece<'c>>> {
    let contents = chunk.contents()?;
    let record = contents.record.as_ref();
    let mut results = Vec::with_capacity(contents.objects.len());
    for object in &contents.objects {
        let changed = job(&Document { object, record }, format, notes)?;
        results.push(changed.filter(|c| c.object != *object || c.record.as_ref() != record));
    }
    let pairs = || contents.objects.iter().zip(&results);
    Ok(match format {
        Format::Yaml if results.iter().all(Option::is_none) => vec![Piece {
            separator: Some(&chunk.separator),
            text: Cow::Borrowed(&chunk.text),
        }],
        Format::Yaml => yaml(chunk, &contents, &results),
        Format::Json => pairs()
            .filter(|(object, _)| !object.is_null())
            .map(|(object, result)| {
                let new = result.as_ref().map_or(object, |changed| &changed.object);
                Ok(Piece::line(serde_json::to_string_pretty(new)? + "\n"))
            })
            .collect::<anyhow::Result<_>>()?,
        Format::Patch | Format::Name => pairs()
            .flat_map(|(object, result)| changes(object, result.as_ref()))
            .map(|(old, new)| match format {
                Format::Patch => patch(old, new),
                _ => Ok(Piece::line(Reference::of(new).resource_name() + "\n")),
            })
            .collect::<anyhow::Result<_>>()?,
    })
}

/// A document some of whose objects changed: over its text if that is YAML, else anew.
fn yaml<'c>(
    chunk: &'c Chunk,
    contents: &Contents<'_>,
    results: &[Option<Changed>],
) -> Vec<Piece<'c>> {
    let separators = std::iter::once(&*chunk.separator).chain(std::iter::repeat(""));
    let pairs = contents.objects.iter().zip(results).zip(separators);
    let piece = |((object, result), separator): ((_, &Option<Changed>), _)| {
        let new = result.as_ref().map_or(object, |changed| &changed.object);
        let record = result.as_ref().and_then(|changed| changed.record.as_ref());
        let comment = record.map(comment::line).unwrap_or_default();
        let (text, old) = if contents.is_yaml {
            (&*contents.text, Some(object))
        } else {
            ("", None)
        };
        Piece {
            separator: Some(separator),
            text: outrigger_yaml::edit_with(text, old, new, &comment).into(),
        }
    };
    pairs.map(piece).collect()
}

/// The patch from one object to another and which object it is for, on one line.
fn patch(old: &Value<'_>, new: &Value<'_>) -> anyhow::Result<Piece<'static>> {
    let object = Reference::of(new);
    let patch = inject::diff(old, new);
    let mut line = Object::new();
    for (key, text) in [
        ("apiVersion", &object.api_version),
        ("kind", &object.kind),
        ("namespace", &object.namespace),
        ("name", &object.name),
    ] {
        if !text.is_empty() {
            line.push(key, text.as_str());
        }
    }
    line.push("patch", Value::parse(&patch)?);
    Ok(Piece::line(Value::from(line).to_string() + "\n"))
}

/// The objects of a document that changed, as they were and as they are.
fn changes<'o, 'v>(
    old: &'o Value<'v>,
    new: Option<&'o Changed>,
) -> Vec<(&'o Value<'v>, &'o Value<'static>)> {
    let new = new.map(|changed| objects(&changed.object));
    let pairs = objects(old).into_iter().zip(new.unwrap_or_default());
    pairs.filter(|(old, new)| old != new).collect()
}
